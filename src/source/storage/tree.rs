//! distribution's folders, read as they stand (distribution, `registry/storage/paths.go`).
//!
//! ```text
//! docker/registry/v2
//!   blobs/<algorithm>/<2 hex>/<hex>/data                              every blob, whoever has it
//!   repositories/<name>/_manifests/revisions/<algorithm>/<hex>/link   a manifest that answers by digest
//!   repositories/<name>/_manifests/tags/<tag>/current/link            what a tag names
//!   repositories/<name>/_manifests/tags/<tag>/index/<algorithm>/<hex>/link   what it has named
//!   repositories/<name>/_layers/<algorithm>/<hex>/link                a blob that answers by digest
//!   repositories/<name>/_uploads/<uuid>/                              an upload that was not finished
//! ```

use std::path::{Path, PathBuf};

use crate::oci::{Absence, AbsenceKind, Algorithm, Digest};
use crate::source::Limits;
use crate::source::local::content::{Blob, Opened};
#[cfg(unix)]
use crate::source::local::files::identity;
use crate::source::local::files::{FileError, Root};

use super::walk::{Found, LINKED, Walk};

/// A link file holds one digest.
const LINK_BYTES: u64 = 1024;

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

/// distribution's `docker/registry/v2`.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    root: Root,
}

impl Tree {
    /// Finds the tree in `folder`: the root of the registry, `docker/registry/v2` itself, or a folder between them.
    pub(crate) fn find(folder: &Path) -> Option<Self> {
        let inner = ["docker/registry/v2", "registry/v2", "v2", ""];
        inner.iter().find_map(|inner| {
            let root = Root::open(&folder.join(inner)).ok()?;
            let has = |name: &str| root.has_folder(Path::new(name));
            // A new registry has neither folder until something is pushed; `v2` at its full path tells enough.
            let is_tree = has("repositories") && (has("blobs") || inner.len() > "v2".len());
            is_tree.then_some(Self { root })
        })
    }

    /// The folder of a repository, relative to the tree; absent where the name is none that a registry gives.
    pub(crate) fn repository(&self, name: &str) -> Option<PathBuf> {
        let is_part = |part: &str| {
            !part.is_empty() && !part.starts_with(['.', '_']) && !part.contains(['\0', '\\'])
        };
        if !name.split('/').all(is_part) {
            return None;
        }
        let folder = Path::new("repositories").join(name);
        let marks = ["_manifests", "_layers", "_uploads"];
        marks
            .iter()
            .any(|mark| self.root.has_folder(&folder.join(mark)))
            .then_some(folder)
    }

    /// The names of all repositories, in the order in which distribution's walk meets their `_layers`: by path
    /// component, so that `a/b` comes before `a-b`, and `a/1` before `a`, because a digit sorts before `_`.
    pub(crate) fn repositories(&self, limits: &Limits) -> Found<String> {
        let mut walk = Walk::new(limits, limits.list_entries);
        self.walk("", 0, &mut walk);
        walk.found
    }

    fn walk(&self, name: &str, depth: usize, walk: &mut Walk<'_>) {
        let folder = Path::new("repositories").join(name);
        let Some(entries) = walk.enter(&self.root, &folder, depth) else {
            return;
        };
        let mut is_listed = false;
        for entry in entries {
            let Some(inner) = entry.name else {
                walk.problem(&folder, "a name in it is no Unicode");
                continue;
            };
            let is_mark = matches!(inner.as_str(), "_layers" | "_manifests" | "_uploads");
            if is_mark && !name.is_empty() && !is_listed {
                walk.found.items.push(name.to_owned());
                is_listed = true;
            } else if entry.is_folder && !inner.starts_with('_') {
                let inner = match name {
                    "" => inner,
                    outer => format!("{outer}/{inner}"),
                };
                self.walk(&inner, depth + 1, walk);
            } else if entry.is_link && !inner.starts_with('_') {
                walk.problem(&folder.join(inner), LINKED);
            }
        }
    }

    /// Whether the repository at `folder` has this inner folder.
    pub(crate) fn has_folder(&self, folder: &Path, inner: &str) -> bool {
        self.root.has_folder(&folder.join(inner))
    }

    /// The tags of the repository at `folder`, sorted.
    pub(crate) fn tags(&self, folder: &Path) -> Found<String> {
        let tags = folder.join("_manifests/tags");
        let mut found = self.folders(&tags);
        // What deleting a tag leaves behind in some stores: a folder without a current link names nothing.
        found
            .items
            .retain(|tag| self.root.resolve(&tags.join(tag).join("current")).is_ok());
        found
    }

    /// The digest that `tag` names now.
    pub(crate) fn tag(&self, folder: &Path, tag: &str) -> Result<Digest, Absence> {
        let is_name = !tag.is_empty() && !tag.contains(['/', '\\', '\0']) && !tag.starts_with('.');
        if !is_name {
            let reason = "no tag can have this name";
            return Err(Absence::new(AbsenceKind::Missing, reason));
        }
        let link = folder
            .join("_manifests/tags")
            .join(tag)
            .join("current/link");
        self.read_link(&link)
            .map_err(|error| error.absence("its link"))?
            .map_err(|text| {
                let reason = format!("its link says `{text}`, which is no digest");
                Absence::new(AbsenceKind::Invalid, reason)
            })
    }

    /// What `tag` names or has named, sorted by digest: the store keeps no order.
    pub(crate) fn history(&self, folder: &Path, tag: &str) -> Found<Digest> {
        self.links(&folder.join("_manifests/tags").join(tag).join("index"))
    }

    /// The manifests that the repository at `folder` has links to.
    pub(crate) fn revisions(&self, folder: &Path) -> Found<Digest> {
        self.links(&folder.join("_manifests/revisions"))
    }

    /// The blobs that the repository at `folder` has links to.
    pub(crate) fn layers(&self, folder: &Path) -> Found<Digest> {
        self.links(&folder.join("_layers"))
    }

    /// How many uploads the repository at `folder` has that were not finished.
    pub(crate) fn uploads(&self, folder: &Path) -> usize {
        self.folders(&folder.join("_uploads")).items.len()
    }

    /// Whether the repository at `folder` has a link to `digest`, as a manifest or as a blob.
    pub(crate) fn is_linked(&self, folder: &Path, digest: &Digest) -> bool {
        let link = Path::new(digest.algorithm().name())
            .join(digest.encoded())
            .join("link");
        ["_manifests/revisions", "_layers"]
            .iter()
            .any(|inner| self.root.has_file(&folder.join(inner).join(&link)))
    }

    /// The digests under `<folder>/<algorithm>/<hex>/link`. The folder's name counts, as it does when the registry is
    /// asked; a link that says something else is a problem.
    fn links(&self, folder: &Path) -> Found<Digest> {
        let mut found = Found::default();
        for algorithm in ALGORITHMS {
            let folder = folder.join(algorithm.name());
            let names = self.folders(&folder);
            found.problems.extend(names.problems);
            for name in names.items {
                let Ok(digest) = format!("{}:{name}", algorithm.name()).parse::<Digest>() else {
                    continue;
                };
                let place = folder.join(&name).join("link");
                match self.read_link(&place) {
                    // Deleting a manifest removes the link and leaves its folder.
                    Err(FileError::Missing) => continue,
                    Ok(Ok(stated)) if stated == digest => {}
                    Ok(Ok(_)) => found
                        .problems
                        .push(format!("{}: says another digest", place.display())),
                    Ok(Err(text)) => found
                        .problems
                        .push(format!("{}: says `{text}`, no digest", place.display())),
                    Err(error) => found
                        .problems
                        .push(format!("{}: it {error}", place.display())),
                }
                found.items.push(digest);
            }
        }
        found
    }

    /// What a link file says: a digest, or the text that is none.
    fn read_link(&self, link: &Path) -> Result<Result<Digest, String>, FileError> {
        let bytes = self.root.read(link, LINK_BYTES)?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        Ok(text.parse().map_err(|_| text.to_owned()))
    }

    /// The folders in a folder, sorted; none where it is not there.
    fn folders(&self, folder: &Path) -> Found<String> {
        let mut found = Found::default();
        match self.root.entries(folder) {
            Ok(entries) => {
                for entry in entries.into_iter().filter(|entry| entry.is_folder) {
                    match entry.name {
                        Some(name) => found.items.push(name),
                        None => found
                            .problems
                            .push(format!("{}: a name in it is no Unicode", folder.display())),
                    }
                }
            }
            Err(FileError::Missing) => {}
            Err(error) => found
                .problems
                .push(format!("{}: it {error}", folder.display())),
        }
        found
    }

    /// The blob with this digest, if its data is there. Cost: a look at one file.
    pub(crate) fn blob(&self, digest: &Digest) -> Option<Blob> {
        let (_, metadata) = self.root.resolve(&data_path(digest)).ok()?;
        metadata.is_file().then(|| Blob {
            digest: *digest,
            size: metadata.len(),
            #[cfg(unix)]
            identity: Some(identity(&metadata)),
            #[cfg(not(unix))]
            identity: None,
        })
    }

    /// Opens the data of a blob, whoever has links to it.
    pub(crate) fn open(&self, digest: &Digest) -> Result<Opened, Absence> {
        let (file, size) = self
            .root
            .open_file(&data_path(digest))
            .map_err(|error| error.absence("its data"))?;
        Ok(Opened {
            size,
            reader: Box::new(file),
        })
    }

    /// Every blob of the store, sorted by digest.
    pub(crate) fn blobs(&self) -> Found<Blob> {
        let mut found = Found::default();
        for algorithm in ALGORITHMS {
            let folder = Path::new("blobs").join(algorithm.name());
            let shards = self.folders(&folder);
            found.problems.extend(shards.problems);
            for shard in shards.items {
                let names = self.folders(&folder.join(shard));
                found.problems.extend(names.problems);
                let digests = names
                    .items
                    .iter()
                    .filter_map(|name| format!("{}:{name}", algorithm.name()).parse().ok());
                found
                    .items
                    .extend(digests.filter_map(|digest| self.blob(&digest)));
            }
        }
        found.items.sort_unstable_by_key(|blob| blob.digest);
        found.items.dedup_by_key(|blob| blob.digest);
        found
    }
}

/// `blobs/<algorithm>/<2 hex>/<hex>/data`.
fn data_path(digest: &Digest) -> PathBuf {
    let encoded = digest.encoded();
    let shard: String = encoded.chars().take(2).collect();
    Path::new("blobs")
        .join(digest.algorithm().name())
        .join(shard)
        .join(encoded)
        .join("data")
}

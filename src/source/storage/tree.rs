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
use crate::source::local::files::{Entry, FileError, Root};

use super::walk::{Found, LINKED, Walk};

/// A link file holds one digest.
const LINK_BYTES: u64 = 1024;

/// Links lie two folders deep; damage a little deeper is still looked for.
const LINK_DEPTH: usize = 4;

/// Data lies three folders deep.
const BLOB_DEPTH: usize = 5;

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
            let place = folder.join(inner);
            let root = Root::open(&place).ok()?;
            let has = |name: &str| root.has_folder(Path::new(name));
            // The folder at its full path tells enough: of a registry that something went wrong with, what is left.
            let is_tree = match (has("repositories"), has("blobs")) {
                (true, true) => true,
                (false, false) => place.ends_with("docker/registry/v2"),
                (true, false) | (false, true) => place.ends_with("registry/v2"),
            };
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
        if self.root.lacks(Path::new("repositories")) {
            walk.found.damage = Some(not_found("repositories"));
        } else {
            self.walk("", 0, &mut walk);
        }
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
                let text = text.trim();
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
    ///
    /// Errors: it cannot be told, because a folder may not be read.
    pub(crate) fn is_linked(&self, folder: &Path, digest: &Digest) -> Result<bool, FileError> {
        let link = link_path(digest);
        let mut refused = None;
        for inner in ["_manifests/revisions", "_layers"] {
            match self.root.resolve(&folder.join(inner).join(&link)) {
                Ok((_, metadata)) if metadata.is_file() => return Ok(true),
                Ok(_) | Err(FileError::Missing) => {}
                Err(error) => refused = Some(error),
            }
        }
        refused.map_or(Ok(false), Err)
    }

    /// What the links under `folder` say, as distribution lists them (`linkedBlobStore.Enumerate`): every file called
    /// `link` counts, wherever it lies, by what it says; and what it says only where that has a link of its own. One
    /// that says no digest is damage: it ends the collector's run.
    fn links(&self, folder: &Path) -> Found<Digest> {
        let mut found = Found::default();
        self.collect_links(folder, 0, &mut found);
        let has_own = |digest: &Digest| self.root.has_file(&folder.join(link_path(digest)));
        found.items.retain(has_own);
        found.items.sort_unstable();
        let twice = found.items.windows(2).filter(|two| two[0] == two[1]);
        found.twice = twice.map(|two| two[0]).collect();
        found.items.dedup();
        found
    }

    /// What is in a folder, by name; nothing where there is no such folder. What cannot be read is a problem.
    fn named_entries<T>(&self, folder: &Path, found: &mut Found<T>) -> Vec<(String, Entry)> {
        let entries = match self.root.entries(folder) {
            Ok(entries) => entries,
            Err(FileError::Missing) => return Vec::new(),
            Err(error) => {
                let problem = format!("{}: it {error}", folder.display());
                found.problems.push(problem);
                return Vec::new();
            }
        };
        let mut named = Vec::new();
        for mut entry in entries {
            if let Some(name) = entry.name.take() {
                named.push((name, entry));
            } else {
                let problem = format!("{}: a name in it is no Unicode", folder.display());
                found.problems.push(problem);
            }
        }
        named
    }

    fn collect_links(&self, folder: &Path, depth: usize, found: &mut Found<Digest>) {
        for (name, entry) in self.named_entries(folder, found) {
            let place = folder.join(&name);
            if entry.is_folder && depth < LINK_DEPTH {
                self.collect_links(&place, depth + 1, found);
            } else if !entry.is_folder && name == "link" {
                self.collect_link(&place, found);
            }
        }
    }

    fn collect_link(&self, place: &Path, found: &mut Found<Digest>) {
        match self.read_link(place) {
            // It went between the list and the look.
            Err(FileError::Missing) => {}
            Ok(Ok(digest)) => {
                if !place.ends_with(link_path(&digest)) {
                    let problem = format!("{}: says another digest, {digest}", place.display());
                    found.problems.push(problem);
                }
                found.items.push(digest);
            }
            Ok(Err(text)) => {
                let problem = format!("{}: says `{text}`, no digest", place.display());
                found.damage.get_or_insert_with(|| no_digest(&text));
                found.problems.push(problem);
            }
            Err(error) => {
                let problem = format!("{}: it {error}", place.display());
                found.damage.get_or_insert_with(|| error.to_string());
                found.problems.push(problem);
            }
        }
    }

    /// What a link file says: a digest, or the text that is none. The file holds nothing else, not even a line's end.
    fn read_link(&self, link: &Path) -> Result<Result<Digest, String>, FileError> {
        let bytes = self.root.read(link, LINK_BYTES)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.parse().map_err(|_| text.into_owned()))
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

    /// Every blob of the store, sorted by digest. A file called `data` in another place than a blob's is damage.
    pub(crate) fn blobs(&self) -> Found<Blob> {
        let mut found = Found::default();
        if self.root.lacks(Path::new("blobs")) {
            found.damage = Some(not_found("blobs"));
        }
        self.collect_blobs(Path::new("blobs"), 0, &mut found);
        found.items.sort_unstable_by_key(|blob: &Blob| blob.digest);
        found.items.dedup_by_key(|blob| blob.digest);
        found
    }

    fn collect_blobs(&self, folder: &Path, depth: usize, found: &mut Found<Blob>) {
        for (name, entry) in self.named_entries(folder, found) {
            let place = folder.join(&name);
            if let Some(digest) = blob_of(&place).filter(|_| entry.is_folder) {
                found.items.extend(self.blob(&digest));
            } else if entry.is_folder && depth < BLOB_DEPTH {
                self.collect_blobs(&place, depth + 1, found);
            } else if !entry.is_folder && name == "data" {
                let problem = format!("{}: lies under no digest", place.display());
                let damage = || "data lies under no digest".to_owned();
                found.damage.get_or_insert_with(damage);
                found.problems.push(problem);
            }
        }
    }
}

/// What the collector says where a folder of the tree is not there.
fn not_found(folder: &str) -> String {
    format!("Path not found: /docker/registry/v2/{folder}")
}

/// The digest of the blob whose folder this is.
fn blob_of(folder: &Path) -> Option<Digest> {
    let mut parts = folder.iter().rev().map(|part| part.to_str());
    let [hex, _, algorithm] = [parts.next()??, parts.next()??, parts.next()??];
    let digest = format!("{algorithm}:{hex}").parse().ok()?;
    data_path(&digest).starts_with(folder).then_some(digest)
}

/// `<algorithm>/<hex>/link`.
fn link_path(digest: &Digest) -> PathBuf {
    let folder = Path::new(digest.algorithm().name());
    folder.join(digest.encoded()).join("link")
}

/// Why a link's text is no digest, as distribution says it.
fn no_digest(text: &str) -> String {
    let is_unknown = text.split_once(':').is_some_and(|(name, encoded)| {
        !encoded.is_empty() && ALGORITHMS.iter().all(|known| known.name() != name)
    });
    if is_unknown {
        "unsupported digest algorithm".to_owned()
    } else {
        "invalid checksum digest format".to_owned()
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

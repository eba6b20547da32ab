//! All of a storage at once, as plain data: what the impact of a deletion is predicted from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::oci::distribution::{self, Unreadable};
use crate::oci::{Absence, AbsenceKind, Digest, Form, Manifest, RemoteText};
use crate::source::Limits;
use crate::source::layout::load;
use crate::source::layout::rows::{Row, Rows};
use crate::source::local::content::{self, Blob, Content, LayoutBlobs, Listing, Opened};
use crate::source::local::files;

use super::folders::Folders;
use super::tree::Tree;
use super::walk::Found;

/// Which program's storage it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// distribution's `docker/registry/v2`: one store of blobs, links by repository. 2.8 and 3 keep the same folders.
    Distribution,
    /// A layout a repository, each with its own blobs.
    Layouts(LayoutWriter),
}

/// Who wrote a folder of layouts, as far as its files tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutWriter {
    /// There are zot's own files: `cache.db` or `meta.db` in the root, `.uploads` in a repository.
    Zot,
    /// There are olareg's annotations, `org.olareg.…`.
    Olareg,
    /// Neither: the layouts alone do not tell.
    Unknown,
}

/// All of a storage.
///
/// - distribution: `repositories[..].revisions` and `.tags` are the links, `blobs` the one store; `rows` and
///   `repositories[..].blobs` are empty.
/// - layouts: `repositories[..].rows` are the rows in the order of `index.json`, `.blobs` the repository's store;
///   `revisions`, `layer_links` and the view's `blobs` are empty, and `tags` repeats the rows that have a name.
#[derive(Clone, Debug)]
pub struct StorageView {
    /// Whose storage it is.
    pub kind: StorageKind,
    /// The repositories, in the order in which distribution's collector walks them (by path component, at the place
    /// of `_layers` among a folder's entries); layouts by path component.
    pub repositories: Vec<RepositoryView>,
    /// Every blob of the one store, named by something or not, sorted by digest.
    pub blobs: Vec<Blob>,
    /// Every blob in any store that reads as a manifest of a known form, and whatever revisions, rows, tags and
    /// indexes name that is JSON. That a document is here does not say that a repository answers for it.
    pub manifests: BTreeMap<Digest, Arc<Manifest>>,
    /// What is named as a manifest, or might be one, and could not be read: over the limit, wrong digest, forbidden, no
    /// JSON object. Missing data is not here; it shows as a revision without data, or a row without its blob.
    pub unread: BTreeMap<Digest, Absence>,
    /// distribution: documents that lie under another digest than their own. Its collector does not look, and follows
    /// what they name; by the digest that they lie under.
    pub misfiled: BTreeMap<Digest, Arc<Manifest>>,
    /// distribution: revisions whose data is there and no manifest to its collector, which gives up over them.
    pub unreadable: BTreeMap<Digest, Unreadable>,
    /// distribution: why its collector cannot walk the repositories, if it cannot.
    pub walk_damage: Option<String>,
    /// distribution: why its collector cannot list the blobs, if it cannot.
    pub blob_damage: Option<String>,
    /// What else could not be read, each a fragment with its place. Where there is any, what is predicted is partial.
    pub problems: Vec<String>,
}

/// What of a repository ends the run of distribution's collector, each with the reason that it gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkDamage {
    /// Its name is none that a registry gives.
    pub name: Option<String>,
    /// A link to a manifest.
    pub revisions: Option<String>,
    /// Manifests that several links name: where they are deleted, the second time fails.
    pub twice: Vec<Digest>,
    /// A tag's link, which is read only where what is untagged is deleted.
    pub tags: Option<String>,
    /// A link to a blob, which only 3 reads.
    pub layers: Option<String>,
}

/// One repository of a storage.
#[derive(Clone, Debug, Default)]
pub struct RepositoryView {
    /// Its name; empty where the storage is itself one layout.
    pub name: RemoteText,
    /// Its tags: distribution's sorted by name, those of a layout in the order of its rows.
    pub tags: Vec<TagView>,
    /// distribution: the manifests it has links to, tagged or not, sorted by digest.
    pub revisions: Vec<Revision>,
    /// Layouts: the rows, in order, with their annotations.
    pub rows: Vec<Row>,
    /// Layouts: the annotations of `index.json` itself.
    pub annotations: crate::oci::Annotations,
    /// distribution: the blobs it has layer links to, with data or without, sorted by digest.
    pub layer_links: Vec<Digest>,
    /// distribution: whether `_manifests/tags` is there. Without it, a collector that deletes what is untagged aborts
    /// (2.8) or strips the repository (3); see `docs/collectors.md`.
    pub has_tags_folder: bool,
    /// distribution: whether `_manifests` is there.
    pub has_manifests_folder: bool,
    /// distribution: whether `_layers` is there. The collector and the catalog do not see a repository without it.
    pub has_layers_folder: bool,
    /// Layouts: the repository's blobs, named by something or not, sorted by digest.
    pub blobs: Vec<Blob>,
    /// Uploads that were not finished. Their bytes are in no count.
    pub uploads: usize,
    /// distribution: what its collector stumbles over.
    pub damage: LinkDamage,
    /// Layouts: why `index.json` cannot be read whole, if so. Then the registry that keeps it cannot collect here either.
    pub unread: Option<String>,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagView {
    /// Its name.
    pub name: RemoteText,
    /// What it names; absent where its link or its row cannot be read (the view's problems say why).
    pub digest: Option<Digest>,
    /// distribution: what it names and has named, sorted by digest, for the store keeps no order.
    pub history: Vec<Digest>,
}

/// A manifest that a repository of distribution has a link to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its digest.
    pub digest: Digest,
    /// Whether its bytes are in the store.
    pub has_data: bool,
}

impl StorageView {
    /// Bytes of all blobs, each counted once a store.
    pub fn bytes(&self) -> u64 {
        self.every_blob()
            .fold(0, |sum, blob| sum.saturating_add(blob.size))
    }

    /// Bytes of all blobs as the disk has them: blobs that are hard links of one file are counted once.
    pub fn bytes_on_disk(&self) -> u64 {
        let mut seen = BTreeSet::new();
        self.every_blob()
            .filter(|blob| blob.identity.is_none_or(|identity| seen.insert(identity)))
            .fold(0, |sum, blob| sum.saturating_add(blob.size))
    }

    fn every_blob(&self) -> impl Iterator<Item = &Blob> {
        let inner = self.repositories.iter().flat_map(|one| &one.blobs);
        self.blobs.iter().chain(inner)
    }
}

/// Reads distribution's tree.
pub(super) fn of_tree(tree: &Tree, limits: &Limits) -> StorageView {
    let found = tree.repositories(limits);
    let (mut problems, walk_damage) = (found.problems, found.damage);
    let blobs = tree.blobs();
    let blob_damage = blobs.damage.clone();
    let blobs = keep(blobs, &mut problems);
    let mut repositories = Vec::new();
    for name in found.items {
        let Some(folder) = tree.repository(&name) else {
            problems.push(format!("{name}: is no name that a registry gives"));
            continue;
        };
        repositories.push(repository_of_tree(
            tree,
            &folder,
            name,
            &blobs,
            &mut problems,
        ));
    }
    let mut documents = Documents::new(limits);
    let named = repositories.iter().flat_map(|repository: &RepositoryView| {
        let tags = repository.tags.iter().filter_map(|tag| tag.digest);
        tags.chain(repository.revisions.iter().map(|revision| revision.digest))
    });
    let named: BTreeSet<Digest> = named.collect();
    documents.read(&WholeStore(tree), &blobs, named.clone());
    let judged = documents.judge(tree, &blobs, &named);
    StorageView {
        kind: StorageKind::Distribution,
        repositories,
        blobs,
        manifests: documents.manifests,
        unread: documents.unread,
        misfiled: judged.misfiled,
        unreadable: judged.unreadable,
        walk_damage,
        blob_damage,
        problems,
    }
}

fn repository_of_tree(
    tree: &Tree,
    folder: &Path,
    name: String,
    blobs: &[Blob],
    problems: &mut Vec<String>,
) -> RepositoryView {
    let mut damage = LinkDamage::default();
    if !distribution::is_repository_name(&name) {
        damage.name = Some("invalid reference format".to_owned());
        problems.push(format!("{name}: is no name that a registry gives"));
    }
    let tags = keep(tree.tags(folder), problems);
    let mut read_tag = |tag: String| {
        let history = keep(tree.history(folder, &tag), problems);
        let digest = tree.tag(folder, &tag);
        if let Err(absence) = &digest {
            problems.push(format!("{name}:{tag}: {}", absence.reason.as_str()));
            // A tag without a link is passed over; one that says nothing readable is not.
            if absence.kind != AbsenceKind::Missing {
                let reason = || "invalid checksum digest format".to_owned();
                damage.tags.get_or_insert_with(reason);
            }
        }
        TagView {
            name: tag.into(),
            digest: digest.ok(),
            history,
        }
    };
    let tags = tags.into_iter().map(&mut read_tag).collect();
    let revisions = tree.revisions(folder);
    let layers = tree.layers(folder);
    damage.revisions.clone_from(&revisions.damage);
    damage.twice.clone_from(&revisions.twice);
    damage.layers.clone_from(&layers.damage);
    let has_data = |digest: &Digest| {
        blobs
            .binary_search_by_key(digest, |blob| blob.digest)
            .is_ok()
    };
    let revisions = keep(revisions, problems);
    RepositoryView {
        tags,
        revisions: revisions
            .iter()
            .map(|digest| Revision {
                digest: *digest,
                has_data: has_data(digest),
            })
            .collect(),
        layer_links: keep(layers, problems),
        has_tags_folder: tree.has_folder(folder, "_manifests/tags"),
        has_manifests_folder: tree.has_folder(folder, "_manifests"),
        has_layers_folder: tree.has_folder(folder, "_layers"),
        uploads: tree.uploads(folder),
        name: name.into(),
        damage,
        ..RepositoryView::default()
    }
}

fn keep<T>(found: Found<T>, problems: &mut Vec<String>) -> Vec<T> {
    problems.extend(found.problems);
    found.items
}

/// Reads a folder of layouts.
pub(super) fn of_folders(folders: &Folders, limits: &Limits) -> StorageView {
    let found = folders.repositories(limits);
    let mut problems = found.problems;
    let mut repositories = Vec::new();
    let mut documents = Documents::new(limits);
    let has_zot_file = |file: &str| folders.root.has_file(Path::new(file));
    let mut writer = if has_zot_file("cache.db") || has_zot_file("meta.db") {
        LayoutWriter::Zot
    } else {
        LayoutWriter::Unknown
    };
    for name in found.items {
        let folder = Path::new(&name);
        let rows = load(&folders.root, folder, limits);
        let unread = rows.as_ref().err();
        let unread = unread.map(|absence| absence.reason.as_str().to_owned());
        let rows = rows.unwrap_or_else(|absence| {
            problems.push(format!("{name}: {}", absence.reason.as_str()));
            Rows::default()
        });
        let unread = unread.or_else(|| rows.problems.first().cloned());
        let about_rows = rows.problems.iter();
        problems.extend(about_rows.map(|problem| format!("{name}: index.json: {problem}")));
        let content = LayoutBlobs::new(folders.root.clone(), folder);
        let Listing {
            blobs,
            problems: unlisted,
        } = content.list();
        problems.extend(unlisted.iter().map(|problem| format!("{name}: {problem}")));
        let named = rows.rows.iter().map(|row| row.descriptor.digest).collect();
        documents.read(&content, &blobs, named);
        if is_olareg(&rows) {
            writer = LayoutWriter::Olareg;
        } else if writer == LayoutWriter::Unknown
            && folders.root.has_folder(&folder.join(".uploads"))
        {
            writer = LayoutWriter::Zot;
        }
        let digest_of = |tag: &RemoteText| rows.tagged(tag).map(|row| row.descriptor.digest);
        repositories.push(RepositoryView {
            tags: rows
                .tags()
                .into_iter()
                .map(|name| TagView {
                    digest: digest_of(&name),
                    name,
                    history: Vec::new(),
                })
                .collect(),
            uploads: folders.uploads(folder),
            unread,
            blobs,
            annotations: rows.annotations,
            rows: rows.rows,
            name: name.into(),
            ..RepositoryView::default()
        });
    }
    StorageView {
        kind: StorageKind::Layouts(writer),
        repositories,
        blobs: Vec::new(),
        manifests: documents.manifests,
        unread: documents.unread,
        misfiled: BTreeMap::new(),
        unreadable: BTreeMap::new(),
        walk_damage: None,
        blob_damage: None,
        problems,
    }
}

/// Whether olareg has written these rows.
fn is_olareg(rows: &Rows) -> bool {
    let is_mark = |key: &RemoteText| key.as_str().starts_with("org.olareg.");
    rows.annotations.keys().any(is_mark)
        || rows
            .rows
            .iter()
            .any(|row| row.descriptor.annotations.keys().any(is_mark))
}

/// The manifests of one store after another.
struct Documents<'a> {
    limits: &'a Limits,
    manifests: BTreeMap<Digest, Arc<Manifest>>,
    unread: BTreeMap<Digest, Absence>,
}

impl<'a> Documents<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            manifests: BTreeMap::new(),
            unread: BTreeMap::new(),
        }
    }

    /// Reads the manifests among `blobs`: those of a known form, and `named` and what their indexes list whatever its
    /// form.
    fn read(&mut self, content: &dyn Content, blobs: &[Blob], mut named: BTreeSet<Digest>) {
        let mut others = Vec::new();
        for blob in blobs {
            if self.manifests.contains_key(&blob.digest) {
                continue;
            }
            match self.parse(content, blob) {
                Ok(Some(manifest)) if manifest.form != Form::Unknown => {
                    named.extend(manifest.manifests.iter().map(|child| child.digest));
                    self.manifests.insert(blob.digest, Arc::new(manifest));
                }
                // Most are configs and documents, too large together to be kept until all names are known.
                Ok(_) => others.push(blob),
                Err(absence) => {
                    self.unread.insert(blob.digest, absence);
                }
            }
        }
        others.retain(|blob| named.contains(&blob.digest));
        for blob in others {
            match self.parse(content, blob) {
                Ok(Some(manifest)) => {
                    self.manifests.insert(blob.digest, Arc::new(manifest));
                }
                Ok(None) => {
                    let absence = no_manifest(blob, self.limits);
                    self.unread.insert(blob.digest, absence);
                }
                Err(absence) => {
                    self.unread.insert(blob.digest, absence);
                }
            }
        }
        // One repository may hold a broken copy of what another has whole.
        self.unread
            .retain(|digest, _| !self.manifests.contains_key(digest));
    }

    /// Looks at the revisions as distribution's collector does, which neither hashes what it reads nor knows every form.
    fn judge(&self, tree: &Tree, blobs: &[Blob], named: &BTreeSet<Digest>) -> Judged {
        let mut judged = Judged::default();
        for blob in blobs.iter().filter(|blob| named.contains(&blob.digest)) {
            let digest = blob.digest;
            let known = self.manifests.get(&digest);
            let unreadable = if let Some(manifest) = known {
                distribution::unreadable(&manifest.bytes)
            } else {
                match read_unchecked(tree, blob) {
                    Ok(bytes) => {
                        let own = Digest::of_with(digest.algorithm(), &bytes);
                        let unreadable = distribution::unreadable(&bytes);
                        if let Ok(manifest) = Manifest::parse(own, bytes, "") {
                            judged.misfiled.insert(digest, Arc::new(manifest));
                        }
                        unreadable
                    }
                    Err(reason) => Unreadable::by_both(reason),
                }
            };
            if !unreadable.is_empty() {
                judged.unreadable.insert(digest, unreadable);
            }
        }
        judged
    }

    /// The document of a blob, if it is a JSON object within the limit.
    fn parse(&self, content: &dyn Content, blob: &Blob) -> Result<Option<Manifest>, Absence> {
        let bytes = content::read_if_object(content, &blob.digest, self.limits.manifest_bytes)?;
        Ok(bytes.and_then(|bytes| Manifest::parse(blob.digest, bytes, "").ok()))
    }
}

/// What distribution's collector makes of revisions.
#[derive(Default)]
struct Judged {
    misfiled: BTreeMap<Digest, Arc<Manifest>>,
    unreadable: BTreeMap<Digest, Unreadable>,
}

/// The data of a blob, whatever its digest; or why distribution cannot read it.
fn read_unchecked(tree: &Tree, blob: &Blob) -> Result<Arc<[u8]>, String> {
    if blob.size > distribution::MOST_BYTES {
        return Err("content is too large".to_owned());
    }
    let opened = tree.open(&blob.digest);
    let opened = opened.map_err(|absence| absence.reason.as_str().to_owned())?;
    files::read_to_limit(opened.reader, opened.size, distribution::MOST_BYTES)
        .map(Into::into)
        .map_err(|error| error.to_string())
}

/// Why what is named as a manifest is none.
fn no_manifest(blob: &Blob, limits: &Limits) -> Absence {
    let most = limits.manifest_bytes;
    if blob.size > most {
        let reason = format!("has {} bytes; at most {most} are read", blob.size);
        Absence::new(AbsenceKind::TooLarge, reason)
    } else {
        Absence::new(AbsenceKind::Invalid, "is no manifest: it is no JSON object")
    }
}

/// Every blob of distribution's store, whoever has links to it.
struct WholeStore<'a>(&'a Tree);

impl Content for WholeStore<'_> {
    fn open(&self, digest: &Digest) -> Result<Opened, Absence> {
        self.0.open(digest)
    }

    fn list(&self) -> Listing {
        let found = self.0.blobs();
        Listing {
            blobs: found.items,
            problems: found.problems,
        }
    }
}

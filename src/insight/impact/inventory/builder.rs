//! How an [`Inventory`] is made: from a registry's storage, from a graph, or by hand.

mod close;

use std::collections::{HashMap, HashSet};

use crate::oci::Digest;
use crate::oci::distribution::Unreadable;

use super::damage::{Damage, Damages};
use super::derived::{DerivedKind, derived_from};
use super::view::View;
use super::{
    ASSUMED, BYTES, CONVERTS, FOREIGN, Frozen, LINK, NONE, ObjectId, ObjectKind, ROW, RepositoryId,
    Row,
};

/// Why an inventory could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// Ids are 32 bits wide.
    #[error("more than four billion objects, descriptors or links")]
    TooLarge,
}

/// What a manifest names, in its own order.
#[derive(Clone, Debug, Default)]
pub struct ManifestContent {
    /// What it is.
    pub kind: ObjectKind,
    /// An image's config.
    pub config: Option<ObjectId>,
    /// An image's layers, or an artifact's blobs.
    pub layers: Vec<ObjectId>,
    /// An index's manifests.
    pub children: Vec<ObjectId>,
    /// Its subject.
    pub subject: Option<ObjectId>,
    /// Whether its media type is Docker's rather than OCI's.
    pub is_docker: bool,
    /// Whether a layer is cosign's simple signing.
    pub is_signature: bool,
}

/// In which way a repository has an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredAs {
    /// The data is there, and the repository serves it as a blob.
    Blob,
    /// The repository serves it as a blob, but the data is gone.
    LinkWithoutData,
    /// The data is in the repository's own store, and nothing says that it is served (a leftover).
    DataOnly,
    /// The data of a manifest; say by [`InventoryBuilder::row`] whether it answers.
    Manifest,
    /// It is named by something that was read, and nobody looked whether it is there.
    Assumed,
    /// It could be pushed into this repository, and is not there (for simulations that push).
    Absent,
}

/// Gathers an [`Inventory`](crate::insight::impact::inventory::Inventory). Everything can be said in any order; objects are numbered as they are first mentioned.
#[derive(Debug, Default)]
pub struct InventoryBuilder {
    repositories: Vec<Box<str>>,
    repository_numbers: HashMap<Box<str>, u32>,
    ever_tagged: Vec<bool>,
    without_layers: Vec<bool>,
    frozen: Vec<Frozen>,
    converted: Vec<bool>,
    tags_unseen: Vec<bool>,
    answered_missing: HashSet<(Box<str>, Box<str>)>,
    rows: Vec<Vec<Row>>,
    digests: Vec<Digest>,
    object_numbers: HashMap<Digest, u32>,
    sizes: Vec<u64>,
    contents: Vec<Option<Content>>,
    held: Vec<(u32, u32, u8)>,
    inodes: Vec<(u32, u32, u32)>,
    inode_links: HashMap<u32, u32>,
    foreign_layers: HashSet<(u32, u32)>,
    unlinked: Vec<u32>,
    dockers: HashSet<u32>,
    platforms: HashMap<u32, Box<str>>,
    roles: HashMap<u32, &'static str>,
    signatures: HashSet<u32>,
    damages: Damages,
    tag_names: Vec<Box<str>>,
    tag_numbers: HashMap<Box<str>, u32>,
    derived: Vec<Option<(u32, DerivedKind)>>,
    view: View,
    is_too_large: bool,
}

#[derive(Debug)]
struct Content {
    kind: ObjectKind,
    has_config: bool,
    subject: u32,
    edges: Box<[u32]>,
}

impl InventoryBuilder {
    /// An empty one, of what could be seen as `view` says.
    pub fn new(view: View) -> Self {
        Self {
            view,
            ..Self::default()
        }
    }

    /// Says anew what could be seen.
    pub fn see(&mut self, view: View) {
        self.view = view;
    }

    /// The names of the repositories that were mentioned.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.repositories.iter().map(AsRef::as_ref)
    }

    fn number(&mut self, length: usize) -> u32 {
        u32::try_from(length)
            .ok()
            .filter(|number| *number != NONE)
            .unwrap_or_else(|| {
                self.is_too_large = true;
                0
            })
    }

    /// The repository with this name, new or known.
    pub fn repository(&mut self, name: &str) -> RepositoryId {
        if let Some(known) = self.repository_numbers.get(name) {
            return RepositoryId(*known);
        }
        let number = self.number(self.repositories.len());
        self.repositories.push(name.into());
        self.repository_numbers.insert(name.into(), number);
        self.ever_tagged.push(false);
        self.without_layers.push(false);
        self.frozen.push(Frozen::No);
        self.converted.push(false);
        self.tags_unseen.push(false);
        self.rows.push(Vec::new());
        RepositoryId(number)
    }

    /// The object with this digest, new or known; a size that is not zero is kept.
    pub fn object(&mut self, digest: Digest, size: u64) -> ObjectId {
        if let Some(known) = self.object_numbers.get(&digest) {
            let known = *known;
            if size != 0 {
                self.sizes[known as usize] = size;
            }
            return ObjectId(known);
        }
        let number = self.number(self.digests.len());
        self.digests.push(digest);
        self.object_numbers.insert(digest, number);
        self.sizes.push(size);
        self.contents.push(None);
        ObjectId(number)
    }

    /// Says that `object` is a manifest and what it names.
    pub fn manifest(&mut self, object: ObjectId, content: &ManifestContent) {
        let named = content
            .config
            .iter()
            .chain(&content.layers)
            .chain(&content.children);
        if content.is_docker {
            self.dockers.insert(object.0);
        }
        if content.is_signature {
            self.signatures.insert(object.0);
        }
        self.contents[object.0 as usize] = Some(Content {
            kind: content.kind,
            has_config: content.config.is_some(),
            subject: content.subject.map_or(NONE, |subject| subject.0),
            edges: named.map(|id| id.0).collect(),
        });
    }

    /// Says on which platform a manifest runs, as an index states it.
    pub fn platform(&mut self, object: ObjectId, platform: &str) {
        self.platforms.insert(object.0, platform.into());
    }

    /// Says what a document is, for people.
    pub fn role(&mut self, object: ObjectId, role: &'static str) {
        self.roles.insert(object.0, role);
    }

    /// Says that `repository` has `object`, and how. Several statements add up.
    pub fn hold(&mut self, repository: RepositoryId, object: ObjectId, held: StoredAs) {
        let flags = match held {
            StoredAs::Blob => BYTES | LINK,
            StoredAs::LinkWithoutData => LINK,
            StoredAs::DataOnly | StoredAs::Manifest => BYTES,
            StoredAs::Assumed => BYTES | LINK | ASSUMED,
            StoredAs::Absent => 0,
        };
        self.held.push((repository.0, object.0, flags));
    }

    /// Says where on the disk the data of a holding lies: equal numbers share their bytes (hard links). `links` is how
    /// many names the file has in all: some may lie outside of what is seen.
    pub fn inode(&mut self, repository: RepositoryId, object: ObjectId, inode: u32, links: u64) {
        self.inodes.push((repository.0, object.0, inode));
        let links = u32::try_from(links).unwrap_or(u32::MAX);
        let known = self.inode_links.entry(inode).or_insert(links);
        *known = links.max(*known);
    }

    /// Says that `repository` answers for the manifest `object`, under `tag` if there is one.
    ///
    /// Say it in the registry's own order where it has one (lines of `index.json`): quirks depend on it.
    pub fn row(&mut self, repository: RepositoryId, object: ObjectId, tag: Option<&str>) {
        let tag = tag.map_or(NONE, |name| {
            self.ever_tagged[repository.0 as usize] = true;
            self.tag(name)
        });
        self.rows[repository.0 as usize].push(Row {
            object: object.0,
            tag,
            lists_for: NONE,
        });
        self.assume_manifest(object);
        self.held.push((repository.0, object.0, ROW));
    }

    /// What answers as a manifest is one, even if nobody could read it.
    fn assume_manifest(&mut self, object: ObjectId) {
        self.contents[object.0 as usize].get_or_insert_with(|| Content {
            kind: ObjectKind::Artifact,
            has_config: false,
            subject: NONE,
            edges: Box::default(),
        });
    }

    /// Says that a tag names `object` although the repository does not answer for it by digest.
    pub fn dangling_tag(&mut self, repository: RepositoryId, object: ObjectId, tag: &str) {
        let tag = self.tag(tag);
        self.ever_tagged[repository.0 as usize] = true;
        self.rows[repository.0 as usize].push(Row {
            object: object.0,
            tag,
            lists_for: NONE,
        });
        self.held.push((repository.0, object.0, 0));
    }

    /// Says that `list`, an object of the registry's own making, lists the referrers of `subject` (olareg).
    pub fn referrers_row(&mut self, repository: RepositoryId, subject: ObjectId, list: ObjectId) {
        self.rows[repository.0 as usize].push(Row {
            object: list.0,
            tag: NONE,
            lists_for: subject.0,
        });
        self.held.push((repository.0, list.0, ROW | BYTES));
    }

    /// Says that `repository` once had a tag, even if it has none now.
    pub fn ever_tagged(&mut self, repository: RepositoryId) {
        self.ever_tagged[repository.0 as usize] = true;
    }

    /// Says that `repository` has manifests and was never given a blob (distribution).
    pub fn without_layers(&mut self, repository: RepositoryId) {
        self.without_layers[repository.0 as usize] = true;
    }

    /// Says that the registry of `repository`, an OCI layout, cannot collect in it.
    pub fn frozen(&mut self, repository: RepositoryId, why: Frozen) {
        let known = &mut self.frozen[repository.0 as usize];
        *known = why.max(*known);
    }

    /// Says that olareg has turned the fallback tags of `repository` into lists of referrers: later ones are tags.
    pub fn converted(&mut self, repository: RepositoryId) {
        self.converted[repository.0 as usize] = true;
    }

    /// Says that the fallback tag that names `object` says what olareg's own list would, so that it takes it as it is.
    pub fn convertible(&mut self, repository: RepositoryId, object: ObjectId) {
        self.held.push((repository.0, object.0, CONVERTS));
    }

    /// Says that the row of `object` states a media type that is no manifest's.
    pub fn foreign_row(&mut self, repository: RepositoryId, object: ObjectId) {
        self.held.push((repository.0, object.0, FOREIGN));
    }

    /// Says that not all tags of `repository` were asked for.
    pub fn tags_unseen(&mut self, repository: RepositoryId) {
        self.tags_unseen[repository.0 as usize] = true;
    }

    /// Says that the registry was asked for a tag or digest of the repository `name`, and that it is not there. The
    /// repository need not be there either.
    pub fn answered_missing(&mut self, name: &str, reference: &str) {
        self.answered_missing
            .insert((name.into(), reference.into()));
    }

    /// Says that `object` is in the one store of all repositories though none refers to it.
    pub fn unlinked(&mut self, object: ObjectId) {
        self.unlinked.push(object.0);
    }

    /// Says that `layer` of the manifest `object` is fetched from elsewhere, so that a registry need not have it.
    pub fn foreign_layer(&mut self, object: ObjectId, layer: ObjectId) {
        self.foreign_layers.insert((object.0, layer.0));
    }

    /// Says that something of `repository` cannot be read by the registry's own collector.
    pub fn damaged(&mut self, repository: RepositoryId, damage: Damage) {
        let known = self.damages.repositories.entry(repository.0).or_default();
        known.push(damage);
    }

    /// Says why a manifest cannot be read by it.
    pub fn unreadable(&mut self, object: ObjectId, why: Unreadable) {
        self.damages.unreadable.insert(object.0, why);
    }

    /// Says why the collector cannot walk the repositories.
    pub fn walk_damaged(&mut self, reason: String) {
        self.damages.walk = Some(reason);
    }

    /// Says why it cannot list the blobs of its store.
    pub fn blobs_damaged(&mut self, reason: String) {
        self.damages.blobs = Some(reason);
    }

    fn tag(&mut self, name: &str) -> u32 {
        if let Some(known) = self.tag_numbers.get(name) {
            return *known;
        }
        let derived = derived_from(name).map(|(digest, kind)| (self.object(digest, 0).0, kind));
        let number = self.number(self.tag_names.len());
        self.tag_names.push(name.into());
        self.tag_numbers.insert(name.into(), number);
        self.derived.push(derived);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::impact::inventory::view::Rows;

    #[test]
    fn repositories_are_walked_by_components() {
        let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
        for name in ["a-b", "a/b", "a", "a/1", "b"] {
            builder.repository(name);
        }
        let inventory = builder.build().unwrap();
        let names: Vec<_> = inventory.repositories().map(|(_, name)| name).collect();
        assert_eq!(names, ["a/1", "a", "a/b", "a-b", "b"]);
    }

    #[test]
    fn what_was_seen_outweighs_what_was_concluded() {
        let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
        let repository = builder.repository("a");
        let object = builder.object(Digest::of(b"x"), 1);
        builder.hold(repository, object, StoredAs::Assumed);
        builder.hold(repository, object, StoredAs::Blob);
        let inventory = builder.build().unwrap();
        assert_eq!(inventory.flags, [BYTES | LINK]);
    }
}

//! The compact snapshot that impact is computed on: what a registry has, without anything that rules do not ask for.
//!
//! Everything is a dense number. What a manifest names is one array with offsets (CSR), what a repository holds another,
//! so that a walk over five million edges touches two arrays and hashes nothing.

pub(in crate::insight::impact) mod builder;
pub(in crate::insight::impact) mod damage;
pub(in crate::insight::impact) mod derived;
pub(in crate::insight::impact) mod uploads;
pub(in crate::insight::impact) mod view;

use std::collections::{HashMap, HashSet};

use crate::oci::Digest;

use self::damage::Damages;
use self::derived::DerivedKind;
use self::view::{Unseen, View};

/// An object (manifest or blob, by digest, wherever it is) within one [`Inventory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub(in crate::insight::impact) u32);

/// A repository within one [`Inventory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryId(pub(in crate::insight::impact) u32);

/// What an object is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectKind {
    /// A config or layer, or something of which only the digest is known.
    #[default]
    Blob,
    /// An image manifest.
    Image,
    /// An index or manifest list.
    Index,
    /// An artifact manifest, or an image manifest that holds none.
    Artifact,
    /// A list of referrers that the registry keeps as an object of its own (olareg).
    ReferrersList,
}

impl ObjectKind {
    /// Whether it is read for what it names.
    pub const fn is_manifest(self) -> bool {
        !matches!(self, Self::Blob)
    }

    /// Whether it names children rather than blobs.
    pub const fn has_children(self) -> bool {
        matches!(self, Self::Index | Self::ReferrersList)
    }
}

/// Why nothing can be collected in a repository that is an OCI layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frozen {
    /// It can.
    #[default]
    No,
    /// A manifest that something holds cannot be read, so nobody knows what it holds. olareg goes on all the same.
    ByManifest,
    /// Its `index.json` cannot be read.
    ByIndex,
}

pub(in crate::insight::impact) const NONE: u32 = u32::MAX;

/// The repository answers for this manifest by digest.
pub(in crate::insight::impact) const ROW: u8 = 1;
/// The data is there, for this repository.
pub(in crate::insight::impact) const BYTES: u8 = 2;
/// The repository serves it as a blob.
pub(in crate::insight::impact) const LINK: u8 = 4;
/// It answers, but is no root of its own (olareg's `childManifests`).
pub(in crate::insight::impact) const ABSORBED: u8 = 8;
/// That it is there was concluded from what names it, not seen.
pub(in crate::insight::impact) const ASSUMED: u8 = 16;
/// Its row states a media type that registries do not know.
pub(in crate::insight::impact) const FOREIGN: u8 = 32;
/// Its row is a fallback tag that olareg takes for a list of referrers as it is.
pub(in crate::insight::impact) const CONVERTS: u8 = 64;

/// Whether the repository answers for what is held so.
#[inline]
pub(in crate::insight::impact) const fn is_row(flags: u8) -> bool {
    flags & ROW != 0
}

/// One line of a repository's list of manifests: one for each tag, one without for an untagged manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::insight::impact) struct Row {
    pub(in crate::insight::impact) object: u32,
    /// Number of the tag's name, or [`NONE`].
    pub(in crate::insight::impact) tag: u32,
    /// The subject that this list of referrers is for, or [`NONE`].
    pub(in crate::insight::impact) lists_for: u32,
}

/// Offsets into an array, one range a key.
#[derive(Clone, Debug, Default)]
pub(in crate::insight::impact) struct Csr {
    pub(in crate::insight::impact) offsets: Vec<u32>,
    pub(in crate::insight::impact) targets: Vec<u32>,
}

impl Csr {
    /// From pairs sorted by key. `O(keys + pairs)`.
    pub(in crate::insight::impact) fn from_sorted(keys: usize, pairs: &[(u32, u32)]) -> Self {
        let mut offsets = vec![0; keys + 1];
        for (key, _) in pairs {
            offsets[*key as usize + 1] += 1;
        }
        for next in 1..offsets.len() {
            offsets[next] += offsets[next - 1];
        }
        Self {
            offsets,
            targets: pairs.iter().map(|(_, target)| *target).collect(),
        }
    }

    /// The same pairs the other way round, each once. `O(keys + pairs)`.
    pub(in crate::insight::impact) fn reversed(&self) -> Self {
        let mut counts = vec![0u32; self.offsets.len()];
        let mut last = vec![NONE; self.offsets.len()];
        let mut each = |visit: &mut dyn FnMut(u32, u32)| {
            last.fill(NONE);
            for (from, range) in (0u32..).zip(self.offsets.windows(2)) {
                for to in &self.targets[range[0] as usize..range[1] as usize] {
                    if std::mem::replace(&mut last[*to as usize], from) != from {
                        visit(from, *to);
                    }
                }
            }
        };
        each(&mut |_, to| counts[to as usize + 1] += 1);
        for next in 1..counts.len() {
            counts[next] += counts[next - 1];
        }
        let offsets = counts.clone();
        let mut targets = vec![0; offsets.last().map_or(0, |end| *end as usize)];
        each(&mut |from, to| {
            let place = &mut counts[to as usize];
            targets[*place as usize] = from;
            *place += 1;
        });
        Self { offsets, targets }
    }

    #[inline]
    pub(in crate::insight::impact) fn range(&self, key: u32) -> std::ops::Range<usize> {
        self.offsets[key as usize] as usize..self.offsets[key as usize + 1] as usize
    }

    #[inline]
    pub(in crate::insight::impact) fn of(&self, key: u32) -> &[u32] {
        &self.targets[self.range(key)]
    }

    fn memory(&self) -> usize {
        (self.offsets.capacity() + self.targets.capacity()) * 4
    }
}

/// A snapshot of what a registry holds. Made by [`super::InventoryBuilder`]; never changes.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub(in crate::insight::impact) repositories: Vec<Box<str>>,
    pub(in crate::insight::impact) digests: Vec<Digest>,
    pub(in crate::insight::impact) sizes: Vec<u64>,
    pub(in crate::insight::impact) kinds: Vec<ObjectKind>,
    /// Whether the first edge of a manifest is its config.
    pub(in crate::insight::impact) has_config: Vec<bool>,
    pub(in crate::insight::impact) subjects: Vec<u32>,
    /// Manifests of Docker's media types, by number.
    pub(in crate::insight::impact) dockers: HashSet<u32>,
    /// What is known of manifests for people: the platform that an index states, and what a document is.
    pub(in crate::insight::impact) platforms: HashMap<u32, Box<str>>,
    pub(in crate::insight::impact) roles: HashMap<u32, &'static str>,
    /// Manifests with a layer of cosign's simple signing.
    pub(in crate::insight::impact) signatures: HashSet<u32>,
    pub(in crate::insight::impact) edges: Csr,
    /// Object → manifests that name it, as a child, config or layer; ascending.
    pub(in crate::insight::impact) parents: Csr,
    /// Subject → its referrers.
    pub(in crate::insight::impact) referrers: Csr,
    /// Repository → objects, ascending.
    pub(in crate::insight::impact) repository_objects: Csr,
    /// Repository → those of its holdings that are manifests.
    pub(in crate::insight::impact) repository_manifests: Csr,
    pub(in crate::insight::impact) flags: Vec<u8>,
    /// Position of a holding's data on the disk: equal numbers are hard links. Empty where that is not known.
    pub(in crate::insight::impact) inodes: Vec<u32>,
    /// How many holdings share each place.
    pub(in crate::insight::impact) inode_links: HashMap<u32, u32>,
    pub(in crate::insight::impact) rows: Vec<std::sync::Arc<Vec<Row>>>,
    pub(in crate::insight::impact) tag_names: Vec<Box<str>>,
    pub(in crate::insight::impact) tag_numbers: HashMap<Box<str>, u32>,
    /// For each tag name: the object whose digest it has in it, and what for.
    pub(in crate::insight::impact) derived: Vec<Option<(u32, DerivedKind)>>,
    /// Whether its registry cannot collect in it.
    pub(in crate::insight::impact) frozen: Vec<Frozen>,
    /// Whether olareg has turned its fallback tags into lists of referrers.
    pub(in crate::insight::impact) converted: Vec<bool>,
    /// Whether not all of its tags were asked for.
    pub(in crate::insight::impact) tags_unseen: Vec<bool>,
    /// Name of a repository, and a tag or digest that was asked for there and answered "not found".
    pub(in crate::insight::impact) answered_missing: HashSet<(Box<str>, Box<str>)>,
    pub(in crate::insight::impact) ever_tagged: Vec<bool>,
    /// Whether it was never given a blob: there is no `_layers` in distribution's storage.
    pub(in crate::insight::impact) without_layers: Vec<bool>,
    /// Manifest and layer, where the layer is fetched from elsewhere.
    pub(in crate::insight::impact) foreign_layers: HashSet<(u32, u32)>,
    /// What its collector cannot read.
    pub(in crate::insight::impact) damages: Damages,
    /// Objects that are in the store though no repository refers to them.
    pub(in crate::insight::impact) unlinked: Vec<u32>,
    pub(in crate::insight::impact) by_digest: Vec<u32>,
    /// The inverse: an object's place among all digests.
    pub(in crate::insight::impact) digest_rank: Vec<u32>,
    /// A repository's place among all names, as text.
    pub(in crate::insight::impact) name_rank: Vec<u32>,
    pub(in crate::insight::impact) view: View,
}

impl Inventory {
    /// How many objects there are.
    pub const fn object_count(&self) -> usize {
        self.digests.len()
    }

    /// How many descriptors the manifests have, together.
    pub const fn edge_count(&self) -> usize {
        self.edges.targets.len()
    }

    /// How many repositories there are.
    pub const fn repository_count(&self) -> usize {
        self.repositories.len()
    }

    /// All repositories, in the order in which a registry's own storage is walked.
    pub fn repositories(&self) -> impl Iterator<Item = (RepositoryId, &str)> {
        (0u32..)
            .map(RepositoryId)
            .zip(self.repositories.iter().map(AsRef::as_ref))
    }

    /// The repository with this name. `O(log repositories)`.
    pub fn repository(&self, name: &str) -> Option<RepositoryId> {
        let place = self
            .repositories
            .binary_search_by(|known| walk_key(known).cmp(walk_key(name)))
            .ok()?;
        u32::try_from(place).ok().map(RepositoryId)
    }

    /// The name of a repository.
    pub fn repository_name(&self, id: RepositoryId) -> &str {
        self.repositories
            .get(id.0 as usize)
            .map_or("", AsRef::as_ref)
    }

    /// The object with this digest. `O(log objects)`.
    pub fn object(&self, digest: &Digest) -> Option<ObjectId> {
        let place = self
            .by_digest
            .binary_search_by(|id| self.digests[*id as usize].cmp(digest))
            .ok()?;
        self.by_digest.get(place).copied().map(ObjectId)
    }

    /// The digest of an object.
    pub fn digest(&self, id: ObjectId) -> &Digest {
        &self.digests[id.0 as usize]
    }

    /// The size of an object in bytes.
    pub fn size(&self, id: ObjectId) -> u64 {
        self.sizes[id.0 as usize]
    }

    /// What an object is.
    pub fn kind(&self, id: ObjectId) -> ObjectKind {
        self.kinds[id.0 as usize]
    }

    /// The platform of a manifest, as an index states it.
    pub fn platform(&self, id: ObjectId) -> Option<&str> {
        self.platforms.get(&id.0).map(AsRef::as_ref)
    }

    /// What a document is, for people: `signature`, `SBOM`; none of images.
    pub fn role(&self, id: ObjectId) -> Option<&'static str> {
        self.roles.get(&id.0).copied()
    }

    /// The subject of a manifest.
    pub fn subject_of(&self, id: ObjectId) -> Option<ObjectId> {
        let subject = self.subjects.get(id.0 as usize).copied()?;
        (subject != NONE).then_some(ObjectId(subject))
    }

    /// What a tag with a digest in its name is about, and what for.
    pub fn derived_tag(&self, tag: &str) -> Option<(ObjectId, DerivedKind)> {
        let number = self.tag_numbers.get(tag)?;
        let (object, kind) = (*self.derived.get(*number as usize)?)?;
        Some((ObjectId(object), kind))
    }

    /// How much of the registry this snapshot shows.
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// Says of one more thing that it could not be seen.
    pub fn cannot_see(&mut self, what: Unseen) {
        if !self.view.blind.contains(&what) {
            self.view.blind.push(what);
            self.view.blind.sort_unstable();
        }
    }

    /// The tags of a repository and what they name, in no order.
    pub fn tags(&self, repository: RepositoryId) -> impl Iterator<Item = (&str, ObjectId)> {
        let rows = self
            .rows
            .get(repository.0 as usize)
            .into_iter()
            .flat_map(|rows| rows.iter());
        rows.filter(|row| row.tag != NONE).map(|row| {
            (
                self.tag_names[row.tag as usize].as_ref(),
                ObjectId(row.object),
            )
        })
    }

    /// The manifests that a repository answers for by digest.
    pub fn manifests(&self, repository: RepositoryId) -> impl Iterator<Item = ObjectId> {
        let members = self
            .repository_manifests
            .of(repository.0)
            .iter()
            .map(|h| *h as usize);
        members
            .filter(|h| self.flags[*h] & (ROW | ABSORBED) != 0)
            .map(|h| ObjectId(self.repository_objects.targets[h]))
    }

    /// Everything that a repository refers to.
    pub fn held(&self, repository: RepositoryId) -> impl Iterator<Item = ObjectId> {
        self.repository_objects
            .of(repository.0)
            .iter()
            .copied()
            .map(ObjectId)
    }

    /// Bytes of memory that the snapshot takes, without the names.
    pub fn memory(&self) -> usize {
        let objects = self.digests.capacity() * size_of::<Digest>() + self.sizes.capacity() * 8;
        let small = self.kinds.capacity() + self.has_config.capacity() + self.flags.capacity();
        let numbers =
            (self.subjects.capacity() + 2 * self.by_digest.capacity() + self.inodes.capacity()) * 4;
        let rows: usize = self
            .rows
            .iter()
            .map(|rows| rows.capacity() * size_of::<Row>())
            .sum();
        let csr = [
            &self.edges,
            &self.parents,
            &self.referrers,
            &self.repository_objects,
            &self.repository_manifests,
        ];
        objects + small + numbers + rows + csr.into_iter().map(Csr::memory).sum::<usize>()
    }

    /// Where `object` is among what `repository` holds. `O(log held)`.
    #[inline]
    pub(in crate::insight::impact) fn member(&self, repository: u32, object: u32) -> Option<usize> {
        let range = self.repository_objects.range(repository);
        self.repository_objects.targets[range.clone()]
            .binary_search(&object)
            .ok()
            .map(|place| range.start + place)
    }
}

/// What repositories are sorted by: a walk over the storage goes by components, and meets a repository at its own
/// `_manifests` folder, which sorts among the repositories below it.
pub(in crate::insight::impact) fn walk_key(name: &str) -> impl Iterator<Item = &str> {
    name.split('/').chain(["_manifests"])
}

//! Nodes: what they are, in 64 bytes.

use crate::oci::AbsenceKind;

use super::intern::{Hash32, TextId};

/// A node's number. Valid for the whole run: nodes are never removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The number, for tables beside the graph.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum NodeKind {
    /// A registry.
    Registry,
    /// A repository.
    Repository,
    /// A tag.
    Tag,
    /// An index or list.
    Index,
    /// A manifest of an image, or of an artifact that is shaped like one.
    Manifest,
    /// An artifact manifest: of ORAS, or the one that OCI withdrew.
    Artifact,
    /// A blob.
    Blob,
}

impl NodeKind {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Repository => "repository",
            Self::Tag => "tag",
            Self::Index => "index",
            Self::Manifest => "manifest",
            Self::Artifact => "artifact",
            Self::Blob => "blob",
        }
    }

    /// Whether it is a manifest of any form.
    pub const fn is_manifest(self) -> bool {
        matches!(self, Self::Index | Self::Manifest | Self::Artifact)
    }
}

/// What is known of a node's own bytes (of a tag: of what it names; of a repository: of its tags; of a registry: of
/// its catalog).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum NodeState {
    /// Nobody asked.
    NotAsked,
    /// They were read.
    Loaded,
    /// They are not there.
    Missing,
    /// We may not see them.
    Forbidden,
    /// The host asked us to wait.
    RateLimited,
    /// They are over a limit.
    TooLarge,
    /// They are not what they should be.
    Invalid,
    /// Reading them failed.
    Failed,
}

impl NodeState {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Loaded => "loaded",
            Self::Missing => "missing",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate-limited",
            Self::TooLarge => "too-large",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
        }
    }
}

impl From<AbsenceKind> for NodeState {
    fn from(kind: AbsenceKind) -> Self {
        match kind {
            AbsenceKind::Missing => Self::Missing,
            AbsenceKind::Forbidden => Self::Forbidden,
            AbsenceKind::RateLimited => Self::RateLimited,
            AbsenceKind::TooLarge => Self::TooLarge,
            AbsenceKind::Invalid => Self::Invalid,
            AbsenceKind::Unsupported | AbsenceKind::CutShort | AbsenceKind::Failed => Self::Failed,
        }
    }
}

/// How sure a value is; a surer source replaces a less sure one, whatever came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Trust {
    /// Nothing is known.
    Unknown,
    /// By its place in another document.
    Implied,
    /// By a descriptor.
    Described,
    /// By its own bytes.
    Own,
}

/// A size that is not known.
const NO_SIZE: u64 = u64::MAX;

/// A node as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Digest of an object; zeros otherwise.
    pub(super) hash: Hash32,
    /// Size of an object's bytes, or [`NO_SIZE`].
    pub(super) size: u64,
    /// Number of the repository (of a registry node: of the origin).
    pub(super) place: u32,
    /// Name of a tag; platform of an object.
    pub(super) text: TextId,
    /// Media type of an object.
    pub(super) media_type: TextId,
    /// Artifact type of an object.
    pub(super) artifact_type: TextId,
    /// Number of the purpose of a manifest.
    pub(super) purpose: u16,
    /// What it is.
    pub(super) kind: NodeKind,
    /// What is known of its bytes, for objects.
    pub(super) state: NodeState,
    /// How sure kind, media type, artifact type and purpose are.
    pub(super) trust: Trust,
    /// How sure the size is.
    pub(super) size_trust: Trust,
    /// How sure the platform is.
    pub(super) platform_trust: Trust,
    /// Whether `hash` is the number of a longer digest.
    pub(super) is_long: bool,
}

impl Node {
    pub(super) fn new(kind: NodeKind, place: u32) -> Self {
        Self {
            hash: [0; 32],
            size: NO_SIZE,
            place,
            text: TextId::NONE,
            media_type: TextId::NONE,
            artifact_type: TextId::NONE,
            purpose: 0,
            kind,
            state: NodeState::NotAsked,
            trust: Trust::Unknown,
            size_trust: Trust::Unknown,
            platform_trust: Trust::Unknown,
            is_long: false,
        }
    }

    pub(super) fn size(&self) -> Option<u64> {
        (self.size != NO_SIZE).then_some(self.size)
    }

    /// Takes a size: the surer one, of equally sure ones the larger, so that the order does not matter.
    pub(super) fn claim_size(&mut self, size: Option<u64>, trust: Trust) {
        let Some(size) = size.filter(|size| *size != NO_SIZE) else {
            return;
        };
        let is_better = trust > self.size_trust || (trust == self.size_trust && size > self.size);
        if self.size == NO_SIZE || is_better {
            self.size = size;
            self.size_trust = trust;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_takes_64_bytes() {
        assert_eq!(std::mem::size_of::<Node>(), 64);
    }
}

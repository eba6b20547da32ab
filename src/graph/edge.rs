//! Edges: what holds what, and how that was found.

use crate::oci::FoundBy;

/// What an edge means. Edges point from the holder to the held, and from the referrer to its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EdgeKind {
    /// Registry → repository → tag.
    Contains,
    /// Tag → manifest.
    Names,
    /// Index → manifest.
    Child,
    /// Manifest → its config.
    Config,
    /// Manifest → a layer; artifact → a blob.
    Layer,
    /// Referrer → subject.
    Subject,
}

impl EdgeKind {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::Names => "names",
            Self::Child => "child",
            Self::Config => "config",
            Self::Layer => "layer",
            Self::Subject => "subject",
        }
    }
}

/// An edge's number. Valid for the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeId(pub(super) u32);

/// The ways in which an edge was found: a set in 16 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FoundBySet(u16);

impl FoundBySet {
    /// The set of one way.
    pub const fn of(way: FoundBy) -> Self {
        Self(1 << way as u16)
    }

    /// Adds a way.
    pub fn insert(&mut self, way: FoundBy) {
        self.0 |= Self::of(way).0;
    }

    /// Takes a way out.
    pub fn remove(&mut self, way: FoundBy) {
        self.0 &= !Self::of(way).0;
    }

    /// Whether a way is in it.
    pub const fn contains(self, way: FoundBy) -> bool {
        self.0 & Self::of(way).0 != 0
    }

    /// Whether nothing is in it: the edge does not hold any more.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The ways, in their order.
    pub fn iter(self) -> impl Iterator<Item = FoundBy> {
        FoundBy::ALL
            .into_iter()
            .filter(move |way| self.contains(*way))
    }
}

/// An edge as it is stored: every way in which it was ever found. Which of them still hold is worked out when asked,
/// so that the order of facts cannot matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// Place among its siblings: the number of a layer, of an entry.
    pub(super) position: u32,
    pub(super) ever: FoundBySet,
    pub(super) kind: EdgeKind,
}

/// An edge as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeView {
    /// Its number.
    pub id: EdgeId,
    /// The holder; of a subject edge the referrer.
    pub from: super::NodeId,
    /// The held; of a subject edge the subject.
    pub to: super::NodeId,
    /// What it means.
    pub kind: EdgeKind,
    /// Place among its siblings.
    pub position: u32,
    /// How it was found; never empty.
    pub found_by: FoundBySet,
}

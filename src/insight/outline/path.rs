//! What a row of the tree is: its path of edges from a root.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::graph::{EdgeId, NodeId};
use crate::insight::freshness::Line;
use crate::oci::{Address, Asked, RemoteText};

/// One step of a [`RowPath`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A root, by its key: it may not be in the graph yet.
    Root(Address),
    /// A repository of a registry.
    Repository(NodeId),
    /// What one or several tags of a repository name: they are one row.
    Named(NodeId),
    /// A tag of which it is not known what it names, one that is gone, or one that is machinery.
    Tag(NodeId),
    /// Along an edge: a platform, a referrer, a config, a layer.
    Along(EdgeId),
    /// Something that a repository holds and no tag leads to.
    Holding(NodeId),
    /// A heading. It is no part of the identity of what stands under it, so that a row stays the same row when a
    /// heading comes between.
    Fold(Fold),
    /// A line that says why nothing stands here.
    Note(Asked),
}

/// Rows that stand under a heading.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fold {
    /// Repositories whose paths begin alike.
    Namespace(RemoteText),
    /// Versions of one line.
    Line(Line),
    /// Tags that state no version.
    NoVersion,
    /// Tags with a digest in their name.
    DigestTags,
    /// Manifests that no tag and no referrer leads to.
    Untagged,
    /// Manifests that are not there any more, and that referrers are still about.
    GoneSubjects,
    /// Blobs that no manifest names.
    Unreferenced,
    /// The layers of a manifest.
    Layers,
}

/// The identity of a row: its path of edges from a root. A digest alone identifies nothing, since the same manifest
/// stands under several tags.
///
/// Cheap to clone and to compare: paths share their beginnings, and each knows its hash.
#[derive(Clone)]
pub struct RowPath(Arc<Link>);

struct Link {
    parent: Option<RowPath>,
    segment: Segment,
    /// The node that the path leads to; what is met twice on a path is found by this.
    node: Option<NodeId>,
    hash: u64,
}

impl RowPath {
    /// The path of a root.
    pub fn root(key: Address, node: Option<NodeId>) -> Self {
        Self::link(None, Segment::Root(key), node)
    }

    /// The path one step further, to `node`.
    #[must_use]
    pub fn child(&self, segment: Segment, node: Option<NodeId>) -> Self {
        Self::link(Some(self.clone()), segment, node)
    }

    fn link(parent: Option<Self>, segment: Segment, node: Option<NodeId>) -> Self {
        let mut hasher = DefaultHasher::new();
        parent
            .as_ref()
            .map(|parent| parent.0.hash)
            .hash(&mut hasher);
        segment.hash(&mut hasher);
        let hash = hasher.finish();
        Self(Arc::new(Link {
            parent,
            segment,
            node,
            hash,
        }))
    }

    /// The last step.
    pub fn segment(&self) -> &Segment {
        &self.0.segment
    }

    /// The path without its last step; a root has none.
    pub fn parent(&self) -> Option<&Self> {
        self.0.parent.as_ref()
    }

    /// The node that the path leads to.
    pub fn node(&self) -> Option<NodeId> {
        self.0.node
    }

    /// The path and those that it goes through, from the row up to the root.
    pub fn ancestry(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |path| path.parent())
    }

    /// Whether the path goes through `node`. Cost: its length.
    pub fn meets(&self, node: NodeId) -> bool {
        self.ancestry().any(|path| path.node() == Some(node))
    }
}

impl PartialEq for RowPath {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.hash == other.0.hash
                && self.0.segment == other.0.segment
                && self.0.parent == other.0.parent)
    }
}

impl Eq for RowPath {}

impl Hash for RowPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl fmt::Debug for RowPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent() {
            write!(f, "{parent:?} › ")?;
        }
        write!(f, "{:?}", self.segment())
    }
}

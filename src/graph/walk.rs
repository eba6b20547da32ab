//! Walks: who holds a node, by which paths, and what lies below it.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;

use super::edge::{EdgeKind, EdgeView};
use super::node::NodeId;
use super::store::Graph;

/// How many hold a node, by kind of edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Tags that name it.
    pub tags: usize,
    /// Indexes that list it.
    pub indexes: usize,
    /// Manifests whose config it is.
    pub configs: usize,
    /// Manifests that have it as a layer.
    pub layers: usize,
    /// Manifests that refer to it.
    pub referrers: usize,
}

/// One step of a path: over this edge, to its holder.
pub type Step = EdgeView;

impl Graph {
    /// What stands below a node in the joined tree: what it holds, then who refers to it. Each has the edge by which
    /// it stands there; of a referrer that is the edge that points back to `id`.
    ///
    /// Cost: `O(d log d)` in the degree.
    pub fn below(&self, id: NodeId) -> Vec<(EdgeView, NodeId)> {
        let held = self
            .outgoing(id)
            .into_iter()
            .filter(|edge| edge.kind != EdgeKind::Subject);
        let mut below: Vec<_> = held.map(|edge| (edge, edge.to)).collect();
        below.extend(self.referrers(id).into_iter().map(|edge| (edge, edge.from)));
        below
    }

    /// The edges of the referrers of a manifest.
    pub fn referrers(&self, id: NodeId) -> Vec<EdgeView> {
        let mut edges: Vec<_> = self.incoming_of(id, EdgeKind::Subject).collect();
        if edges.len() < 2 {
            return edges;
        }
        edges.sort_by_key(|edge| (edge.position, edge.id));
        edges.sort_by_cached_key(|edge| (self.purpose(edge.from), self.digest_of(edge.from)));
        edges
    }

    /// What anything in a repository was ever said to be about, in no particular order.
    pub fn subjects_in(&self, repository: NodeId) -> impl Iterator<Item = NodeId> {
        let place = self.node(repository).map(|node| node.place);
        let subjects = place.and_then(|place| self.subjects.get(&place));
        subjects.into_iter().flatten().copied()
    }

    /// How many hold a node. Cost: `O(d)`.
    pub fn holders(&self, id: NodeId) -> Holders {
        let mut holders = Holders::default();
        for edge in self.incoming(id) {
            match edge.kind {
                EdgeKind::Contains => {}
                EdgeKind::Names => holders.tags += 1,
                EdgeKind::Child => holders.indexes += 1,
                EdgeKind::Config => holders.configs += 1,
                EdgeKind::Layer => holders.layers += 1,
                EdgeKind::Subject => holders.referrers += 1,
            }
        }
        holders
    }

    /// Everything that can be reached from `roots` in the joined tree, by node number; the roots included.
    ///
    /// Cost: `O(V + E)`. Cycles end at the second meeting.
    pub fn reachable(&self, roots: impl IntoIterator<Item = NodeId>) -> FixedBitSet {
        let mut seen = FixedBitSet::with_capacity(self.node_count());
        let mut queue: VecDeque<NodeId> = roots.into_iter().collect();
        while let Some(id) = queue.pop_front() {
            if id.index() < seen.len() && !seen.put(id.index()) {
                queue.extend(self.below(id).into_iter().map(|(_, node)| node));
            }
        }
        seen
    }

    /// Paths from a root (a node that nothing holds) to `id`, shortest first, each as the steps from the root down.
    /// At most `limit` of them, over at most `limit * 64` visited steps and, of each node, `limit` holders of a kind; a
    /// path never meets a node twice.
    ///
    /// A referrer is held by its subject here, as in the tree.
    pub fn paths(&self, id: NodeId, limit: usize) -> Vec<Vec<Step>> {
        let mut found = Vec::new();
        let mut queue: VecDeque<Vec<Step>> = VecDeque::from([Vec::new()]);
        let mut budget = limit.saturating_mul(64);
        while let Some(path) = queue.pop_front() {
            let top = path.last().map_or(id, holder_end);
            let above = self.some_above(top, limit.max(1));
            let is_root = above.is_empty();
            if is_root && !path.is_empty() {
                found.push(path.iter().rev().copied().collect());
                if found.len() == limit {
                    break;
                }
            }
            for step in above {
                let holder = holder_end(&step);
                let is_repeat =
                    holder == id || path.iter().any(|before| holder_end(before) == holder);
                if is_repeat || budget == 0 {
                    continue;
                }
                budget -= 1;
                let mut longer = path.clone();
                longer.push(step);
                queue.push_back(longer);
            }
        }
        found
    }

    /// At most `most` edges of each kind over which a node stands somewhere: a layer or a manifest may have ten thousand
    /// holders, and a repository as many tags.
    fn some_above(&self, id: NodeId, most: usize) -> Vec<Step> {
        let kinds = [
            EdgeKind::Contains,
            EdgeKind::Names,
            EdgeKind::Child,
            EdgeKind::Config,
            EdgeKind::Layer,
        ];
        let held = kinds
            .into_iter()
            .flat_map(|kind| self.incoming_of(id, kind).take(most));
        let mut above: Vec<_> = held.collect();
        above.sort_by_key(|edge| (edge.kind, edge.position, edge.id));
        above.extend(self.subjects(id));
        above
    }

    /// The edges over which a node is about another.
    pub(super) fn subjects(&self, id: NodeId) -> Vec<Step> {
        // What is no manifest is about nothing, and a repository has too many edges to look for one.
        if !self.kind(id).is_manifest() {
            return Vec::new();
        }
        let mut edges = self.outgoing(id);
        edges.retain(|edge| edge.kind == EdgeKind::Subject);
        edges
    }

    /// The edges over which a node stands somewhere in the joined tree.
    pub fn above(&self, id: NodeId) -> Vec<Step> {
        let mut above: Vec<_> = self.incoming(id);
        above.retain(|edge| edge.kind != EdgeKind::Subject);
        above.extend(self.subjects(id));
        above
    }
}

/// The end of a step that is nearer to the root.
pub fn holder_end(step: &Step) -> NodeId {
    if step.kind == EdgeKind::Subject {
        step.to
    } else {
        step.from
    }
}

//! Which edges hold now, and by which of the ways in which they were ever found.

use petgraph::Direction;
use petgraph::graph::{EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef as _;

use crate::oci::tag::{DigestTag, DigestTagKind, fallback_tag};
use crate::oci::{Asked, FoundBy};

use super::edge::{Edge, EdgeId, EdgeKind, EdgeView, FoundBySet};
use super::node::NodeId;
use super::store::{Graph, edge_id, node_id};

impl Graph {
    /// The edges that leave a node and hold now, by position. Cost: `O(d log d)` in the degree.
    pub fn outgoing(&self, id: NodeId) -> Vec<EdgeView> {
        self.valid_edges(id, Direction::Outgoing)
    }

    /// The edges that reach a node and hold now: its holders, and (kind subject) its referrers.
    pub fn incoming(&self, id: NodeId) -> Vec<EdgeView> {
        self.valid_edges(id, Direction::Incoming)
    }

    /// The edges of one kind that reach a node and hold now, one by one and in no particular order: of a node that
    /// thousands hold, for those who look at a few.
    pub fn incoming_of(&self, id: NodeId, kind: EdgeKind) -> impl Iterator<Item = EdgeView> {
        self.incoming_where(id, move |one| one == kind)
    }

    /// Whether a node stands somewhere in the joined tree: [`Graph::above`] has anything. Cost: `O(1)` where something
    /// holds it, however many do.
    pub fn is_held(&self, id: NodeId) -> bool {
        let mut holders = self.incoming_where(id, |kind| kind != EdgeKind::Subject);
        holders.next().is_some() || !self.subjects(id).is_empty()
    }

    fn incoming_where(
        &self,
        id: NodeId,
        is_wanted: impl Fn(EdgeKind) -> bool,
    ) -> impl Iterator<Item = EdgeView> {
        let edges = self
            .structure
            .edges_directed(NodeIndex::new(id.index()), Direction::Incoming);
        edges
            .filter(move |edge| is_wanted(edge.weight().kind))
            .filter_map(move |edge| {
                let from = node_id(edge.source().index());
                self.edge_view(edge_id(edge.id()), from, id, *edge.weight())
            })
    }

    fn valid_edges(&self, id: NodeId, direction: Direction) -> Vec<EdgeView> {
        let edges = self
            .structure
            .edges_directed(NodeIndex::new(id.index()), direction);
        let mut views: Vec<_> = edges
            .filter_map(|edge| {
                let ends = (edge.source().index(), edge.target().index());
                self.edge_view(
                    edge_id(edge.id()),
                    node_id(ends.0),
                    node_id(ends.1),
                    *edge.weight(),
                )
            })
            .collect();
        views.sort_by_key(|edge| (edge.kind, edge.position, edge.id));
        views
    }

    /// Every edge that holds now, in no particular order. Cost: `O(E)`.
    pub fn edges(&self) -> impl Iterator<Item = EdgeView> {
        self.structure.edge_indices().filter_map(|index| {
            let (from, to) = self.structure.edge_endpoints(index)?;
            let edge = self.structure.edge_weight(index)?;
            self.edge_view(
                edge_id(index),
                node_id(from.index()),
                node_id(to.index()),
                *edge,
            )
        })
    }

    /// An edge as it is shown; absent where it does not hold any more.
    pub fn edge(&self, id: EdgeId) -> Option<EdgeView> {
        let index = EdgeIndex::new(id.0 as usize);
        let (from, to) = self.structure.edge_endpoints(index)?;
        self.edge_view(
            id,
            node_id(from.index()),
            node_id(to.index()),
            *self.structure.edge_weight(index)?,
        )
    }

    fn edge_view(&self, id: EdgeId, from: NodeId, to: NodeId, edge: Edge) -> Option<EdgeView> {
        let found_by = match edge.kind {
            EdgeKind::Child | EdgeKind::Config | EdgeKind::Layer => edge.ever,
            EdgeKind::Contains => contains_ways(edge.ever),
            EdgeKind::Names if self.target(from) == Some(to) => edge.ever,
            EdgeKind::Names => FoundBySet::default(),
            EdgeKind::Subject => self.subject_ways(id, from, to, edge.ever),
        };
        let view = EdgeView {
            id,
            from,
            to,
            kind: edge.kind,
            position: edge.position,
            found_by,
        };
        (!found_by.is_empty()).then_some(view)
    }

    /// The ways in which a referrer's edge still holds.
    fn subject_ways(&self, id: EdgeId, from: NodeId, to: NodeId, ever: FoundBySet) -> FoundBySet {
        let mut ways = ever;
        for way in ever.iter() {
            let holds = match way {
                FoundBy::Subject | FoundBy::BuildkitAnnotation => true,
                FoundBy::CosignTag | FoundBy::DigestTag => {
                    self.is_named_by_digest_tag(from, to, way)
                }
                FoundBy::FallbackTag => {
                    !self.is_refuted(from, to)
                        && (self.is_listed(id, to, way) || self.is_in_fallback_index(from, to))
                }
                _ => self.is_listed(id, to, way),
            };
            if !holds {
                ways.remove(way);
            }
        }
        ways
    }

    /// Whether a referrer is on the newest list of its subject's referrers that this way gave.
    fn is_listed(&self, edge: EdgeId, subject: NodeId, way: FoundBy) -> bool {
        let Some(listed) = self.listed.get(&(edge, way)) else {
            return false;
        };
        let listings = self.listings.get(&(subject, Asked::Referrers, Some(way)));
        !listings.is_some_and(|listings| listings.is_gone(Some(*listed)))
    }

    /// Whether a referrer that was read names another subject, or none, than the list that claims it.
    fn is_refuted(&self, referrer: NodeId, subject: NodeId) -> bool {
        let was_read = self
            .registers
            .get(&(referrer, Asked::Manifest, None))
            .is_some_and(|r| r.success.is_some());
        was_read && !self.was_found(referrer, subject, EdgeKind::Subject, FoundBy::Subject)
    }

    fn was_found(&self, from: NodeId, to: NodeId, kind: EdgeKind, way: FoundBy) -> bool {
        let edge = self.edge_between(from, to, kind);
        let edge =
            edge.and_then(|edge| self.structure.edge_weight(EdgeIndex::new(edge.0 as usize)));
        edge.is_some_and(|edge| edge.ever.contains(way))
    }

    fn is_in_fallback_index(&self, referrer: NodeId, subject: NodeId) -> bool {
        let (Some(repository), Some(digest)) =
            (self.repository_of(subject), self.digest_of(subject))
        else {
            return false;
        };
        let index = self
            .tag(repository, &fallback_tag(&digest))
            .filter(|tag| !self.is_tag_gone(*tag));
        let index = index.and_then(|tag| self.target(tag));
        index.is_some_and(|index| {
            self.edge_between(index, referrer, EdgeKind::Child)
                .is_some()
        })
    }

    fn is_named_by_digest_tag(&self, referrer: NodeId, subject: NodeId, way: FoundBy) -> bool {
        let Some(digest) = self.digest_of(subject) else {
            return false;
        };
        self.raw_sources(referrer, EdgeKind::Names)
            .into_iter()
            .any(|tag| {
                let parsed = self
                    .tag_name(tag)
                    .and_then(|name| DigestTag::parse(name.as_str()));
                let is_about = parsed.is_some_and(|parsed| {
                    parsed.is_about(&digest)
                        && match parsed.kind {
                            DigestTagKind::Fallback => false,
                            DigestTagKind::Cosign => way == FoundBy::CosignTag,
                            DigestTagKind::Other(_) => way == FoundBy::DigestTag,
                        }
                });
                is_about && self.target(tag) == Some(referrer) && !self.is_tag_gone(tag)
            })
    }

    /// The other ends of edges of one kind that were ever found.
    pub(super) fn raw_targets(&self, id: NodeId, kind: EdgeKind) -> Vec<NodeId> {
        let edges = self
            .structure
            .edges_directed(NodeIndex::new(id.index()), Direction::Outgoing);
        edges
            .filter(|edge| edge.weight().kind == kind)
            .map(|edge| node_id(edge.target().index()))
            .collect()
    }

    pub(super) fn raw_sources(&self, id: NodeId, kind: EdgeKind) -> Vec<NodeId> {
        let edges = self
            .structure
            .edges_directed(NodeIndex::new(id.index()), Direction::Incoming);
        edges
            .filter(|edge| edge.weight().kind == kind)
            .map(|edge| node_id(edge.source().index()))
            .collect()
    }

    /// The subject that a manifest itself names.
    pub(super) fn own_subject(&self, id: NodeId) -> Option<NodeId> {
        let mut edges = self
            .structure
            .edges_directed(NodeIndex::new(id.index()), Direction::Outgoing);
        let own =
            |edge: &Edge| edge.kind == EdgeKind::Subject && edge.ever.contains(FoundBy::Subject);
        edges
            .find(|edge| own(edge.weight()))
            .map(|edge| node_id(edge.target().index()))
    }
}

/// That a tag answered tells that its repository has it only where no list told.
fn contains_ways(ever: FoundBySet) -> FoundBySet {
    let mut listed = ever;
    listed.remove(FoundBy::Tag);
    if listed.is_empty() { ever } else { listed }
}

//! What holds now: nodes and edges as they are shown, worked out from what was ever found.

use petgraph::Direction;
use petgraph::graph::{EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef as _;

use crate::oci::purpose::SOURCE_IMAGE;
use crate::oci::tag::{DigestTag, DigestTagKind, fallback_tag};
use crate::oci::{Absence, Digest, FoundBy, Origin, Purpose, RemoteText, Repository, Role};

use super::edge::{Edge, EdgeId, EdgeKind, EdgeView, FoundBySet};
use super::fact::Stamp;
use super::node::{NodeId, NodeKey, NodeKind, NodeState};
use super::register::{Asked, Register};
use super::store::{Graph, edge_id};

/// A node as it is shown. Borrows from the graph.
#[derive(Clone, Debug)]
pub struct NodeView<'a> {
    /// Its number.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// Its repository; a registry has none.
    pub repository: Option<&'a Repository>,
    /// Where it lives.
    pub origin: Option<&'a Origin>,
    /// The name of a tag.
    pub tag: Option<&'a RemoteText>,
    /// The digest of a manifest or blob.
    pub digest: Option<Digest>,
    /// Size of its bytes.
    pub size: Option<u64>,
    /// Media type.
    pub media_type: Option<&'a RemoteText>,
    /// Artifact type.
    pub artifact_type: Option<&'a RemoteText>,
    /// Platform, `os/arch[/variant]`: as its index says, else as its config says.
    pub platform: Option<&'a RemoteText>,
    /// What a manifest is for.
    pub purpose: Option<Purpose>,
    /// What is known of its bytes.
    pub state: NodeState,
    /// Whether it was there and is gone: a tag or repository that the newest complete list does not have.
    pub is_gone: bool,
}

/// One value that a tag had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naming {
    /// When the tag was last seen to name it.
    pub last: Stamp,
    /// The manifest.
    pub manifest: NodeId,
}

impl Graph {
    /// Every node, in no particular order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (0..self.node_count()).filter_map(|index| Some(NodeId(u32::try_from(index).ok()?)))
    }

    /// A node as it is shown.
    ///
    /// # Panics
    /// Never for an id of this graph.
    pub fn view(&self, id: NodeId) -> NodeView<'_> {
        let Some(node) = self.node(id) else {
            return NodeView::nothing(id);
        };
        let repository = match node.kind {
            NodeKind::Registry => None,
            _ => self.repositories.get(node.place),
        };
        let origin = match node.kind {
            NodeKind::Registry => self.origins.get(node.place),
            _ => repository.map(|repository| &repository.origin),
        };
        let is_object = !matches!(
            node.kind,
            NodeKind::Registry | NodeKind::Repository | NodeKind::Tag
        );
        NodeView {
            id,
            kind: node.kind,
            repository,
            origin,
            tag: if node.kind == NodeKind::Tag {
                self.texts.text(node.text)
            } else {
                None
            },
            digest: self.digest_of(id),
            size: node.size(),
            media_type: self.texts.text(node.media_type),
            artifact_type: self.texts.text(node.artifact_type),
            platform: if is_object { self.platform(id) } else { None },
            purpose: self.purpose(id),
            state: self.state(id),
            is_gone: self.is_gone(id),
        }
    }

    /// What a node is.
    pub fn kind(&self, id: NodeId) -> NodeKind {
        self.node(id).map_or(NodeKind::Blob, |node| node.kind)
    }

    /// The digest of a manifest or blob.
    pub fn digest_of(&self, id: NodeId) -> Option<Digest> {
        let node = self.node(id)?;
        let is_object = !matches!(
            node.kind,
            NodeKind::Registry | NodeKind::Repository | NodeKind::Tag
        );
        if is_object {
            self.digests.unpack(&node.hash, node.is_long)
        } else {
            None
        }
    }

    /// The repository of a node; a registry has none.
    pub fn repository_of(&self, id: NodeId) -> Option<&Repository> {
        let node = self.node(id)?;
        if node.kind == NodeKind::Registry {
            None
        } else {
            self.repositories.get(node.place)
        }
    }

    /// The name of a tag.
    pub fn tag_name(&self, id: NodeId) -> Option<&RemoteText> {
        let node = self.node(id)?;
        if node.kind == NodeKind::Tag {
            self.texts.text(node.text)
        } else {
            None
        }
    }

    /// The key of a node.
    pub fn key(&self, id: NodeId) -> Option<NodeKey> {
        let node = self.node(id)?;
        Some(match node.kind {
            NodeKind::Registry => NodeKey::Registry(self.origins.get(node.place)?.clone()),
            NodeKind::Repository => NodeKey::Repository(self.repositories.get(node.place)?.clone()),
            NodeKind::Tag => NodeKey::Tag(
                self.repositories.get(node.place)?.clone(),
                self.texts.text(node.text)?.clone(),
            ),
            _ => NodeKey::Object(
                self.repositories.get(node.place)?.clone(),
                self.digest_of(id)?,
            ),
        })
    }

    fn platform(&self, id: NodeId) -> Option<&RemoteText> {
        let node = self.node(id)?;
        let own = self.texts.text(node.text);
        if own.is_some() || node.kind != NodeKind::Manifest {
            return own;
        }
        let config = self.raw_targets(id, EdgeKind::Config).into_iter().next()?;
        self.texts.text(self.node(config)?.text)
    }

    /// What a manifest is for: as it says itself, else as those say who name it. That somebody gave the media type of an
    /// image to what is not there, or is none, makes no image of it.
    pub fn purpose(&self, id: NodeId) -> Option<Purpose> {
        let node = self.node(id).filter(|node| node.kind.is_manifest())?;
        let number = u32::from(node.purpose).checked_sub(1)?;
        let stated = self.purposes.get(number).copied()?;
        if stated.role != Role::Image {
            return Some(stated);
        }
        if self.sources.contains(&id) {
            return Some(SOURCE_IMAGE);
        }
        let is_unreal = matches!(node.state, NodeState::Missing | NodeState::Invalid);
        (!is_unreal).then_some(stated)
    }

    /// What is known of a node's own bytes; see [`NodeState`].
    pub fn state(&self, id: NodeId) -> NodeState {
        let Some(node) = self.node(id) else {
            return NodeState::NotAsked;
        };
        let asked = match node.kind {
            NodeKind::Registry => Asked::Catalog,
            NodeKind::Repository => Asked::Tags,
            NodeKind::Tag => Asked::Target,
            _ => return node.state,
        };
        match self.registers.get(&(id, asked)) {
            None => NodeState::NotAsked,
            Some(register) if register.success.is_some() => NodeState::Loaded,
            Some(register) => register
                .failure
                .as_ref()
                .map_or(NodeState::NotAsked, |(_, absence)| absence.kind.into()),
        }
    }

    /// The register of a question, if it was ever asked.
    pub fn asked(&self, node: NodeId, asked: Asked) -> Option<&Register> {
        self.registers.get(&(node, asked))
    }

    /// Every question that was asked, in no particular order.
    pub fn questions(&self) -> impl Iterator<Item = (NodeId, Asked, &Register)> {
        self.registers
            .iter()
            .map(|((node, asked), register)| (*node, *asked, register))
    }

    /// Whether a list is known from its first page to its last.
    pub fn is_complete(&self, node: NodeId, asked: Asked) -> bool {
        self.listings
            .get(&(node, asked))
            .is_some_and(|listings| listings.complete().is_some())
    }

    /// Why a node's own bytes could not be had; of a node that was read before and failed just now, the failure too.
    pub fn absence(&self, id: NodeId) -> Option<&Absence> {
        let asked: &[Asked] = match self.kind(id) {
            NodeKind::Registry => &[Asked::Catalog],
            NodeKind::Repository => &[Asked::Tags],
            NodeKind::Tag => &[Asked::Target],
            _ if self.state(id) == NodeState::Loaded => return None,
            _ => &[Asked::Manifest, Asked::Config, Asked::Document],
        };
        asked
            .iter()
            .find_map(|asked| self.registers.get(&(id, *asked))?.standing_failure())
    }

    /// Whether a tag or repository was there and is gone.
    pub fn is_gone(&self, id: NodeId) -> bool {
        match self.kind(id) {
            NodeKind::Tag => self.is_tag_gone(id),
            NodeKind::Repository => {
                let Some(listed) = self.catalogued.get(&id) else {
                    return false;
                };
                let registry = self.raw_sources(id, EdgeKind::Contains).into_iter().next();
                registry
                    .and_then(|registry| self.listings.get(&(registry, Asked::Catalog)))
                    .is_some_and(|listings| listings.is_gone(Some(*listed)))
            }
            _ => false,
        }
    }

    fn is_tag_gone(&self, id: NodeId) -> bool {
        let asked = self.registers.get(&(id, Asked::Target));
        let is_missing = asked
            .and_then(Register::standing_failure)
            .is_some_and(|absence| absence.kind == crate::oci::AbsenceKind::Missing);
        let mut holders = self
            .structure
            .edges_directed(NodeIndex::new(id.index()), Direction::Incoming);
        let holder = holders.find(|edge| edge.weight().kind == EdgeKind::Contains);
        let repository = holder.map(|edge| node_id(edge.source().index()));
        let listings =
            repository.and_then(|repository| self.listings.get(&(repository, Asked::Tags)));
        let seen = self
            .tags
            .get(&id)
            .and_then(|tag| tag.listed)
            .max(asked.and_then(|register| register.success));
        is_missing || listings.is_some_and(|listings| listings.is_gone(seen))
    }

    /// What a tag names: the value that was seen last.
    pub fn target(&self, tag: NodeId) -> Option<NodeId> {
        let named = &self.tags.get(&tag)?.named;
        if let [(_, only)] = named.as_slice() {
            return Some(*only);
        }
        named
            .iter()
            .max_by_key(|(stamp, node)| (*stamp, self.digest_of(*node)))
            .map(|(_, node)| *node)
    }

    /// Everything that a tag was seen to name, newest first; the first is what it names.
    pub fn history(&self, tag: NodeId) -> Vec<Naming> {
        let named = self
            .tags
            .get(&tag)
            .map(|tag| tag.named.as_slice())
            .unwrap_or_default();
        let mut history: Vec<_> = named
            .iter()
            .map(|(last, manifest)| Naming {
                last: *last,
                manifest: *manifest,
            })
            .collect();
        history.sort_by_key(|naming| {
            std::cmp::Reverse((naming.last, self.digest_of(naming.manifest)))
        });
        history
    }

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
        let edges = self
            .structure
            .edges_directed(NodeIndex::new(id.index()), Direction::Incoming);
        edges
            .filter(move |edge| edge.weight().kind == kind)
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
        let listings = self.listings.get(&(subject, Asked::Referrers(Some(way))));
        !listings.is_some_and(|listings| listings.is_gone(Some(*listed)))
    }

    /// Whether a referrer that was read names another subject, or none, than the list that claims it.
    fn is_refuted(&self, referrer: NodeId, subject: NodeId) -> bool {
        let was_read = self
            .registers
            .get(&(referrer, Asked::Manifest))
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

pub(super) fn node_id(index: usize) -> NodeId {
    NodeId(u32::try_from(index).unwrap_or(u32::MAX))
}

impl NodeView<'_> {
    fn nothing(id: NodeId) -> Self {
        Self {
            id,
            kind: NodeKind::Blob,
            repository: None,
            origin: None,
            tag: None,
            digest: None,
            size: None,
            media_type: None,
            artifact_type: None,
            platform: None,
            purpose: None,
            state: NodeState::NotAsked,
            is_gone: false,
        }
    }
}

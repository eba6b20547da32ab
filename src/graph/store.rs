//! How the graph is stored: petgraph for structure, one index from key to node, registers beside.

use std::hash::BuildHasher as _;

// Its hasher is several times as fast on small keys as the standard one, and randomised too.
use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};
use petgraph::Direction;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef as _;

use crate::oci::{Address, Asked, Digest, FoundBy, Origin, Purpose, RemoteText, Repository};

use super::edge::{Edge, EdgeId, EdgeKind, FoundBySet};
use super::fact::Stamp;
use super::intern::{Interner, TextId};
use super::node::{Node, NodeId, NodeKind};
use super::register::{Listings, Register, TagRegister};

/// Everything that is known.
///
/// Memory: about 72 bytes a node, 24 an edge and 10 for the index from keys; texts and documents are apart
/// (`benches/graph.rs` measures it). Nodes and edges are never removed, so their numbers stay valid.
#[derive(Default)]
pub struct Graph {
    pub(super) structure: DiGraph<Node, Edge, u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    pub(super) origins: Interner<Origin>,
    pub(super) repositories: Interner<Repository>,
    pub(super) texts: Interner<RemoteText>,
    pub(super) digests: Interner<Digest>,
    pub(super) purposes: Interner<Purpose>,
    pub(super) tags: HashMap<NodeId, TagRegister>,
    pub(super) registers: HashMap<(NodeId, Asked, Option<FoundBy>), Register>,
    pub(super) listings: HashMap<(NodeId, Asked, Option<FoundBy>), Listings>,
    /// When a repository was last on its registry's catalog.
    pub(super) catalogued: HashMap<NodeId, Stamp>,
    /// When a referrer was last on the list of its subject, by way.
    pub(super) listed: HashMap<(EdgeId, FoundBy), Stamp>,
    /// What anything was ever said to be about, by the number of its repository.
    pub(super) subjects: HashMap<u32, HashSet<NodeId>>,
    /// Manifests that were read and of which a part cannot be, with what that is. It follows from their bytes.
    pub(super) unread_parts: HashMap<NodeId, RemoteText>,
    /// Images that a row or a tag calls the sources of another; they do not say so themselves.
    pub(super) sources: HashSet<NodeId>,
    pub(super) version: u64,
}

/// A key in the graph's own terms.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PackedKey {
    class: u8,
    place: u32,
    hash: [u8; 32],
    text: Option<u32>,
    is_long: bool,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many nodes there are, the gone included.
    pub fn node_count(&self) -> usize {
        self.structure.node_count()
    }

    /// How many edges there are, those included that do not hold any more.
    pub fn edge_count(&self) -> usize {
        self.structure.edge_count()
    }

    /// Counts changes: two equal versions of one graph are the same graph.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The node with this key. Cost: one hash.
    pub fn find(&self, key: &Address) -> Option<NodeId> {
        let packed = match key {
            Address::Registry(origin) => PackedKey::plain(0, self.origins.find(origin)?),
            Address::Repository(repository) => {
                PackedKey::plain(1, self.repositories.find(repository)?)
            }
            Address::Tag(repository, name) => {
                let text = Some(self.texts.find(name)?);
                PackedKey {
                    text,
                    ..PackedKey::plain(2, self.repositories.find(repository)?)
                }
            }
            Address::Object(repository, digest) => {
                let (hash, is_long) = self.digests.find_packed(digest)?;
                PackedKey {
                    hash,
                    is_long,
                    ..PackedKey::plain(3, self.repositories.find(repository)?)
                }
            }
        };
        self.find_packed(&packed)
    }

    /// The manifest or blob with this digest in this repository.
    pub fn object(&self, repository: &Repository, digest: &Digest) -> Option<NodeId> {
        let (hash, is_long) = self.digests.find_packed(digest)?;
        let place = self.repositories.find(repository)?;
        self.find_packed(&PackedKey {
            hash,
            is_long,
            ..PackedKey::plain(3, place)
        })
    }

    /// The tag with this name in this repository.
    pub fn tag(&self, repository: &Repository, name: &str) -> Option<NodeId> {
        let text = Some(self.texts.find(&RemoteText::from(name))?);
        let place = self.repositories.find(repository)?;
        self.find_packed(&PackedKey {
            text,
            ..PackedKey::plain(2, place)
        })
    }

    /// The node of a repository.
    pub fn repository(&self, repository: &Repository) -> Option<NodeId> {
        self.find_packed(&PackedKey::plain(1, self.repositories.find(repository)?))
    }

    /// The node of a registry.
    pub fn registry(&self, origin: &Origin) -> Option<NodeId> {
        self.find_packed(&PackedKey::plain(0, self.origins.find(origin)?))
    }

    fn find_packed(&self, key: &PackedKey) -> Option<NodeId> {
        let hash = self.hasher.hash_one(key);
        self.index
            .find(hash, |id| self.packed_key(*id).as_ref() == Some(key))
            .map(|id| NodeId(*id))
    }

    fn packed_key(&self, id: u32) -> Option<PackedKey> {
        self.structure
            .node_weight(NodeIndex::new(id as usize))
            .map(|node| PackedKey {
                class: match node.kind {
                    NodeKind::Registry => 0,
                    NodeKind::Repository => 1,
                    NodeKind::Tag => 2,
                    _ => 3,
                },
                place: node.place,
                hash: node.hash,
                text: if node.kind == NodeKind::Tag {
                    Some(node.text.number())
                } else {
                    None
                },
                is_long: node.is_long,
            })
    }

    fn insert(&mut self, key: PackedKey, node: Node) -> NodeId {
        if let Some(found) = self.find_packed(&key) {
            return found;
        }
        let id = NodeId(u32::try_from(self.structure.add_node(node).index()).unwrap_or(u32::MAX));
        let hash = self.hasher.hash_one(key);
        // The table asks for hashes only when it grows; taken out of `self` so that it can look at the nodes then.
        let mut index = std::mem::take(&mut self.index);
        index.insert_unique(hash, id.0, |id| {
            self.packed_key(*id)
                .map_or(0, |key| self.hasher.hash_one(key))
        });
        self.index = index;
        id
    }

    pub(super) fn registry_node(&mut self, origin: &Origin) -> NodeId {
        let place = self.origins.intern(origin);
        self.insert(
            PackedKey::plain(0, place),
            Node::new(NodeKind::Registry, place),
        )
    }

    pub(super) fn repository_node(&mut self, repository: &Repository) -> NodeId {
        let place = self.repositories.intern(repository);
        self.insert(
            PackedKey::plain(1, place),
            Node::new(NodeKind::Repository, place),
        )
    }

    pub(super) fn tag_node(&mut self, repository: &Repository, name: &RemoteText) -> NodeId {
        let place = self.repositories.intern(repository);
        let number = self.texts.intern(name);
        let key = PackedKey {
            text: Some(number),
            ..PackedKey::plain(2, place)
        };
        let node = Node {
            text: TextId::of(number),
            ..Node::new(NodeKind::Tag, place)
        };
        self.insert(key, node)
    }

    pub(super) fn object_node(&mut self, repository: &Repository, digest: &Digest) -> NodeId {
        let place = self.repositories.intern(repository);
        let (hash, is_long) = self.digests.pack(digest);
        let key = PackedKey {
            hash,
            is_long,
            ..PackedKey::plain(3, place)
        };
        self.insert(
            key,
            Node {
                hash,
                is_long,
                ..Node::new(NodeKind::Blob, place)
            },
        )
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.structure.node_weight(NodeIndex::new(id.index()))
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.structure.node_weight_mut(NodeIndex::new(id.index()))
    }

    /// The edge of this kind between two nodes, if it was ever found.
    ///
    /// Cost: `O(min(out-degree, in-degree))`; the two lists are walked in step, because a repository has a hundred
    /// thousand tags and the empty config a hundred thousand holders, but never the same edge both.
    pub(super) fn edge_between(&self, from: NodeId, to: NodeId, kind: EdgeKind) -> Option<EdgeId> {
        let (from, to) = (NodeIndex::new(from.index()), NodeIndex::new(to.index()));
        let mut outgoing = self.structure.edges_directed(from, Direction::Outgoing);
        let mut incoming = self.structure.edges_directed(to, Direction::Incoming);
        loop {
            let (out, into) = (outgoing.next()?, incoming.next()?);
            if out.target() == to && out.weight().kind == kind {
                return Some(edge_id(out.id()));
            }
            if into.source() == from && into.weight().kind == kind {
                return Some(edge_id(into.id()));
            }
        }
    }

    /// Finds or makes an edge and notes how it was found.
    pub(super) fn link(
        &mut self,
        from: NodeId,
        to: NodeId,
        kind: EdgeKind,
        way: FoundBy,
        position: u32,
    ) -> EdgeId {
        if let Some(id) = self.edge_between(from, to, kind) {
            if let Some(edge) = self
                .structure
                .edge_weight_mut(EdgeIndex::new(id.0 as usize))
            {
                edge.ever.insert(way);
                edge.position = edge.position.min(position);
            }
            return id;
        }
        if let (EdgeKind::Subject, Some(subject)) = (kind, self.node(to)) {
            let place = subject.place;
            self.subjects.entry(place).or_default().insert(to);
        }
        let edge = Edge {
            position,
            ever: FoundBySet::of(way),
            kind,
        };
        let (from, to) = (NodeIndex::new(from.index()), NodeIndex::new(to.index()));
        edge_id(self.structure.add_edge(from, to, edge))
    }

    /// Notes that a referrer was on a list at `asked`.
    pub(super) fn note_listed(&mut self, edge: EdgeId, way: FoundBy, asked: Stamp) {
        let listed = self.listed.entry((edge, way)).or_default();
        *listed = (*listed).max(asked);
    }

    pub(super) fn register(&mut self, node: NodeId, asked: Asked) -> &mut Register {
        self.register_by(node, asked, None)
    }

    /// The register of one way of asking, or (none) of the question as a whole.
    pub(super) fn register_by(
        &mut self,
        node: NodeId,
        asked: Asked,
        by: Option<FoundBy>,
    ) -> &mut Register {
        self.registers.entry((node, asked, by)).or_default()
    }

    /// Bytes of the structure alone: nodes, edges and the index from keys, at their capacities. Texts, registers and
    /// documents are not counted.
    pub fn structure_bytes(&self) -> usize {
        let (nodes, edges) = self.structure.capacity();
        // petgraph keeps two links of 4 bytes beside a node, and two links and two ends beside an edge.
        let node = std::mem::size_of::<Node>() + 8;
        let edge = std::mem::size_of::<Edge>() + 16;
        nodes * node + edges * edge + self.index.allocation_size()
    }
}

pub(super) fn node_id(index: usize) -> NodeId {
    NodeId(u32::try_from(index).unwrap_or(u32::MAX))
}

pub(super) fn edge_id(index: EdgeIndex<u32>) -> EdgeId {
    EdgeId(u32::try_from(index.index()).unwrap_or(u32::MAX))
}

impl PackedKey {
    fn plain(class: u8, place: u32) -> Self {
        Self {
            class,
            place,
            hash: [0; 32],
            text: None,
            is_long: false,
        }
    }
}

//! What holds now: nodes and edges as they are shown, worked out from what was ever found.

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef as _;

use crate::oci::purpose::SOURCE_IMAGE;
use crate::oci::{
    Absence, AbsenceKind, Address, Asked, Digest, FoundBy, Origin, Purpose, RemoteText, Repository,
    Role,
};

use super::edge::EdgeKind;
use super::fact::Stamp;
use super::node::{NodeId, NodeKind, NodeState};
use super::register::Register;
use super::store::{Graph, node_id};

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
    pub fn key(&self, id: NodeId) -> Option<Address> {
        let node = self.node(id)?;
        Some(match node.kind {
            NodeKind::Registry => Address::Registry(self.origins.get(node.place)?.clone()),
            NodeKind::Repository => Address::Repository(self.repositories.get(node.place)?.clone()),
            NodeKind::Tag => Address::Tag(
                self.repositories.get(node.place)?.clone(),
                self.texts.text(node.text)?.clone(),
            ),
            _ => Address::Object(
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
        match self.registers.get(&(id, asked, None)) {
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
        self.asked_by(node, asked, None)
    }

    /// The register of one way of asking (for referrers there are several), or (none) of the question as a whole.
    pub fn asked_by(&self, node: NodeId, asked: Asked, by: Option<FoundBy>) -> Option<&Register> {
        self.registers.get(&(node, asked, by))
    }

    /// Every question that was asked, and in which way, in no particular order.
    pub fn questions(&self) -> impl Iterator<Item = (NodeId, Asked, Option<FoundBy>, &Register)> {
        self.registers
            .iter()
            .map(|((node, asked, by), register)| (*node, *asked, *by, register))
    }

    /// Whether the source told what a repository holds: only then it is known that nothing else leads to a manifest.
    pub fn has_listed_contents(&self, repository: NodeId) -> bool {
        self.asked(repository, Asked::Contents)
            .is_some_and(|register| register.success.is_some())
    }

    /// Whether a list is known from its first page to its last.
    pub fn is_complete(&self, node: NodeId, asked: Asked) -> bool {
        self.is_complete_by(node, asked, None)
    }

    /// Whether a list that was asked for in one way is known whole.
    pub fn is_complete_by(&self, node: NodeId, asked: Asked, by: Option<FoundBy>) -> bool {
        self.listings
            .get(&(node, asked, by))
            .is_some_and(|listings| listings.complete().is_some())
    }

    /// The manifests that were read and of which a part cannot be, with what that is; in no particular order.
    pub fn unread_parts(&self) -> impl Iterator<Item = (NodeId, &RemoteText)> {
        self.unread_parts.iter().map(|(node, what)| (*node, what))
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
            .find_map(|asked| self.registers.get(&(id, *asked, None))?.standing_failure())
    }

    /// Whether a tag or repository was there and is gone.
    pub fn is_gone(&self, id: NodeId) -> bool {
        match self.kind(id) {
            NodeKind::Tag => self.is_tag_gone(id),
            NodeKind::Repository => {
                let Some(listed) = self.catalogued.get(&id) else {
                    return false;
                };
                // The catalog still has its name, and nobody has its tags (distribution, after the last was deleted).
                let tags = self.registers.get(&(id, Asked::Tags, None));
                let missing = tags.and_then(Register::standing_failure);
                if missing.is_some_and(|absence| absence.kind == AbsenceKind::Missing) {
                    return true;
                }
                let registry = self.raw_sources(id, EdgeKind::Contains).into_iter().next();
                registry
                    .and_then(|registry| self.listings.get(&(registry, Asked::Catalog, None)))
                    .is_some_and(|listings| listings.is_gone(Some(*listed)))
            }
            _ => false,
        }
    }

    /// A tag is gone where a complete list that is newer than all that was seen of it lacks it, and where it answered
    /// once and is not there now. One that was listed and never answered is not there, and was not seen to go.
    pub(super) fn is_tag_gone(&self, id: NodeId) -> bool {
        let asked = self.registers.get(&(id, Asked::Target, None));
        let answered = asked.and_then(|register| register.success);
        let listed = self.tags.get(&id).and_then(|tag| tag.listed);
        let missing = asked.and_then(|register| {
            let is_missing = register.standing_failure()?.kind == AbsenceKind::Missing;
            let (stamp, _) = register.failure.as_ref().filter(|_| is_missing)?;
            Some(*stamp)
        });
        if answered.is_some() && missing.is_some_and(|stamp| Some(stamp) > listed) {
            return true;
        }
        let mut holders = self
            .structure
            .edges_directed(NodeIndex::new(id.index()), Direction::Incoming);
        let holder = holders.find(|edge| edge.weight().kind == EdgeKind::Contains);
        let repository = holder.map(|edge| node_id(edge.source().index()));
        let listings =
            repository.and_then(|repository| self.listings.get(&(repository, Asked::Tags, None)));
        listings.is_some_and(|listings| listings.is_gone(listed.max(answered)))
    }

    /// Whether a tag names nothing: it is gone, or was asked for and is not there.
    pub fn is_tag_absent(&self, id: NodeId) -> bool {
        self.is_tag_gone(id) || self.state(id) == NodeState::Missing
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

    /// Whether a tag was seen to name several manifests.
    pub fn has_moved(&self, tag: NodeId) -> bool {
        self.tags.get(&tag).is_some_and(|tag| tag.named.len() > 1)
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

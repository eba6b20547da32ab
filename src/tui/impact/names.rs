//! What things are called in the panes.

use crate::graph::{EdgeKind, Graph, NodeId, NodeKind};
use crate::insight::impact::{Inventory, ObjectKind};
use crate::insight::outline::thing;
use crate::oci::{Digest, Origin, Repository, Role};

use super::document::ItemKind;

/// Names out of one registry's graph.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) graph: &'a Graph,
    pub(super) origin: &'a Origin,
}

impl Names<'_> {
    pub(super) fn node(self, repository: &str, digest: &Digest) -> Option<NodeId> {
        let repository = Repository::new(self.origin, repository);
        self.graph.object(&repository, digest)
    }

    /// `image linux/amd64`, `layer`, `signature`; `word` where the graph does not know it.
    pub(super) fn kind(self, repository: &str, digest: &Digest, word: &str) -> String {
        let Some(node) = self.node(repository, digest) else {
            return word.to_owned();
        };
        if self.graph.kind(node) == NodeKind::Blob {
            return self.blob(node).unwrap_or(word).to_owned();
        }
        let thing = thing(self.graph, node);
        match self.graph.view(node).platform {
            Some(platform) if !platform.is_empty() => format!("{thing} {platform}"),
            _ => thing.to_owned(),
        }
    }

    /// The same with its short digest.
    pub(super) fn name(self, repository: &str, digest: &Digest, word: &str) -> String {
        format!("{} {}", self.kind(repository, digest, word), digest.short())
    }

    /// What a line about it is.
    pub(super) fn item_kind(
        self,
        repository: &str,
        digest: &Digest,
        inventory: &Inventory,
    ) -> ItemKind {
        let object = inventory.object(digest);
        if object.is_none_or(|id| inventory.kind(id) == ObjectKind::Blob) {
            return ItemKind::Blob;
        }
        let node = self.node(repository, digest);
        let purpose = node.and_then(|node| self.graph.purpose(node));
        match (node.map(|node| self.graph.kind(node)), purpose) {
            (Some(NodeKind::Index), _) => ItemKind::Index,
            (_, Some(purpose)) if purpose.role == Role::Image => ItemKind::Image,
            _ => ItemKind::Manifest,
        }
    }

    fn blob(self, node: NodeId) -> Option<&'static str> {
        let edges = self.graph.incoming(node);
        let is = |kind| edges.iter().any(|edge| edge.kind == kind);
        if is(EdgeKind::Config) {
            return Some("config");
        }
        is(EdgeKind::Layer).then_some("layer")
    }
}

/// How a repository is called: one that is the whole target has no name.
pub(super) fn repository(name: &str) -> &str {
    match name {
        "" => "the layout",
        "*" => "in no repository",
        name => name,
    }
}

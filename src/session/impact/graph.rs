//! What a client sees of a registry: the graph, and what it cannot show.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::graph::{EdgeKind, EdgeView, Graph, NodeId, NodeKind, NodeState};
use crate::insight::coverage;
use crate::insight::impact::{
    Charts, InventoryBuilder, InventoryError, ManifestContent, ObjectId, ObjectKind, RepositoryId,
    StoredAs, Unseen, Uploads, View,
};
use crate::insight::marks::{self, Mark};
use crate::oci::{AbsenceKind, Asked, Digest, FoundBy, Repository};

use super::{ImpactInput, Notes, is_docker, is_simple_signing, role_words};
use crate::session::Known;
use crate::words::counted;

/// The stock of what is known, of which notes are gathered. `is_narrowed` says that not all of the target was asked for (tags, platforms, depth).
///
/// Cost: `O(V + E)`.
pub fn input_of(known: &Known, is_narrowed: bool) -> Result<ImpactInput, InventoryError> {
    input_of_and(known, is_narrowed, &HashSet::new())
}

/// The same, where `stored` are manifests that do not answer and whose bytes are there.
pub(super) fn input_of_and(
    known: &Known,
    is_narrowed: bool,
    stored: &HashSet<(Repository, Digest)>,
) -> Result<ImpactInput, InventoryError> {
    let graph = &known.graph;
    let none = Notes::default();
    let notes = known.notes().unwrap_or(&none);
    let mut taking = Taking {
        graph,
        notes,
        builder: InventoryBuilder::new(View::default()),
        blind: BTreeSet::from([Unseen::UnreferencedBlobs, Unseen::PresenceOfBlobs]),
        placed: HashSet::new(),
        charts: Charts::default(),
    };
    for node in graph.nodes() {
        taking.node(node);
    }
    for (repository, digest) in stored {
        let place = taking.builder.repository(repository.path.as_str());
        let object = taking.builder.object(*digest, 0);
        taking.builder.hold(place, object, StoredAs::DataOnly);
    }
    taking.blind_by_registry(is_narrowed);
    taking.unasked(graph);
    let mut gaps = taking.gaps();
    let unread = taking.charts.unread().len();
    // What was left out on purpose is no gap.
    if unread > 0 && !is_narrowed {
        let charts = counted(unread, "chart", "charts");
        gaps.push(format!("the config of {charts}, which may name images"));
    }
    let mut view = View::default();
    view.blind.extend(taking.blind);
    taking.builder.see(view);
    Ok(ImpactInput {
        inventory: Arc::new(taking.builder.build()?),
        gaps,
        charts: taking.charts,
        uploads: Uploads::default(),
    })
}

struct Taking<'a> {
    graph: &'a Graph,
    notes: &'a Notes,
    builder: InventoryBuilder,
    blind: BTreeSet<Unseen>,
    /// Documents that were told to the builder.
    placed: HashSet<Digest>,
    charts: Charts,
}

impl<'a> Taking<'a> {
    fn node(&mut self, node: NodeId) {
        match self.graph.kind(node) {
            NodeKind::Registry => {}
            NodeKind::Repository => self.repository(node),
            NodeKind::Tag => self.tag(node),
            NodeKind::Index | NodeKind::Manifest | NodeKind::Artifact => self.manifest(node),
            NodeKind::Blob => self.blob(node),
        }
    }

    fn repository(&mut self, node: NodeId) {
        if self.graph.is_gone(node) {
            return;
        }
        self.place(node);
        let is_held = |asked| {
            let register = self.graph.asked(node, asked);
            register.is_some_and(|register| register.success.is_some())
        };
        if !is_held(Asked::Contents) {
            self.blind.insert(Unseen::UntaggedManifests);
        }
        if !self.graph.is_complete(node, Asked::Tags) {
            self.blind.insert(Unseen::SomeTags);
            let register = self.graph.asked(node, Asked::Tags);
            let failure = register.and_then(|register| register.failure.as_ref());
            // A registry that says it has no such list was asked, and has none.
            let has_none = failure.is_some_and(|(_, absence)| absence.kind == AbsenceKind::Missing);
            if let Some(repository) = self.place(node).filter(|_| !has_none) {
                self.builder.tags_unseen(repository);
            }
        }
    }

    fn tag(&mut self, node: NodeId) {
        if self.graph.is_tag_absent(node) {
            if let Some(name) = self.graph.tag_name(node) {
                self.missing(node, name.as_str());
            }
            return;
        }
        let (Some(repository), Some(name)) = (self.place(node), self.graph.tag_name(node)) else {
            return;
        };
        let target = self.graph.target(node);
        let known = target.and_then(|target| Some((target, self.object(target)?)));
        let Some((target, object)) = known else {
            self.blind.insert(Unseen::SomeTags);
            if self.graph.state(node) == NodeState::NotAsked {
                self.builder.tags_unseen(repository);
            }
            return;
        };
        if self.graph.state(target) == NodeState::Missing {
            self.builder.dangling_tag(repository, object, name.as_str());
        } else {
            self.builder.row(repository, object, Some(name.as_str()));
        }
    }

    fn manifest(&mut self, node: NodeId) {
        let state = self.graph.state(node);
        let edges = self.graph.outgoing(node);
        let is_read = state == NodeState::Loaded;
        let is_there = is_read || (state != NodeState::Missing && self.is_held(node, &edges));
        if state == NodeState::Missing
            && let Some(digest) = self.graph.digest_of(node)
        {
            self.missing(node, &digest.to_string());
        }
        if !is_there {
            return;
        }
        let (Some(repository), Some(object)) = (self.place(node), self.object(node)) else {
            return;
        };
        if !is_read {
            self.blind.insert(Unseen::SomeManifests);
        }
        self.document(node, object, &edges);
        let path = self.graph.repository_of(node);
        let path = path.map_or("", |repository| repository.path.as_str());
        if let Some(digest) = self.graph.digest_of(node) {
            self.charts.take_from(self.notes.charts(), path, &digest);
        }
        let held = if is_read {
            StoredAs::Manifest
        } else {
            StoredAs::Assumed
        };
        self.builder.hold(repository, object, held);
        if !self.has_tag(node) {
            self.builder.row(repository, object, None);
        }
        let blobs = edges
            .iter()
            .filter(|edge| matches!(edge.kind, EdgeKind::Config | EdgeKind::Layer));
        // A layer that is somebody's subject too may be missing as a manifest and there as a blob.
        let is_there = |edge: &&EdgeView| {
            self.graph.state(edge.to) != NodeState::Missing
                || self.graph.kind(edge.to) != NodeKind::Blob
        };
        let blobs: Vec<&EdgeView> = blobs.filter(is_there).collect();
        let foreign = self.foreign(node);
        for edge in blobs {
            let digest = self.graph.digest_of(edge.to);
            if digest.is_some_and(|digest| foreign.contains(&digest)) {
                continue;
            }
            if let Some(blob) = self.object(edge.to) {
                self.builder.hold(repository, blob, StoredAs::Assumed);
            }
        }
    }

    /// Layers of a manifest that a registry need not have.
    fn foreign(&self, node: NodeId) -> &'a [Digest] {
        let digest = self.graph.digest_of(node);
        let said = digest.and_then(|digest| self.notes.of(&digest));
        said.map_or(&[], |said| &said.foreign)
    }

    /// A blob that was read is there; what is only named is held by what names it.
    fn blob(&mut self, node: NodeId) {
        let (Some(repository), Some(object)) = (self.place(node), self.object(node)) else {
            return;
        };
        if self.graph.view(node).size.is_none() {
            self.blind.insert(Unseen::SomeSizes);
        }
        if self.graph.state(node) == NodeState::Loaded {
            self.builder.hold(repository, object, StoredAs::Blob);
        }
    }

    /// Says once what a manifest names.
    fn document(&mut self, node: NodeId, object: ObjectId, edges: &[EdgeView]) {
        let Some(digest) = self.graph.digest_of(node) else {
            return;
        };
        let is_read = self.graph.state(node) == NodeState::Loaded;
        if !is_read && self.placed.contains(&digest) || is_read && !self.placed.insert(digest) {
            return;
        }
        let content = self.content(node, edges);
        self.builder.manifest(object, &content);
        let Some(said) = self.notes.of(&digest).filter(|_| is_read) else {
            return;
        };
        if !said.unreadable.is_empty() {
            self.builder.unreadable(object, said.unreadable.clone());
        }
        for layer in &said.foreign {
            let layer = self.builder.object(*layer, 0);
            self.builder.foreign_layer(object, layer);
        }
    }

    /// What a manifest names, as the graph has it.
    fn content(&mut self, node: NodeId, edges: &[EdgeView]) -> ManifestContent {
        let mut content = ManifestContent {
            kind: match self.graph.kind(node) {
                NodeKind::Index => ObjectKind::Index,
                NodeKind::Manifest => ObjectKind::Image,
                _ => ObjectKind::Artifact,
            },
            is_docker: self
                .graph
                .view(node)
                .media_type
                .is_some_and(|name| is_docker(name.as_str())),
            ..ManifestContent::default()
        };
        let role = self
            .graph
            .purpose(node)
            .and_then(|purpose| role_words(purpose.role));
        if let (Some(role), Some(itself)) = (role, self.object(node)) {
            self.builder.role(itself, role);
        }
        for edge in edges {
            let Some(object) = self.object(edge.to) else {
                continue;
            };
            let platform = self.graph.view(edge.to).platform;
            if let Some(platform) =
                platform.filter(|platform| edge.kind == EdgeKind::Child && !platform.is_empty())
            {
                self.builder.platform(object, platform.as_str());
            }
            match edge.kind {
                EdgeKind::Child => content.children.push(object),
                EdgeKind::Config => content.config = Some(object),
                EdgeKind::Layer => {
                    let kind = self.graph.view(edge.to).media_type;
                    content.is_signature |=
                        kind.is_some_and(|name| is_simple_signing(name.as_str()));
                    content.layers.push(object);
                }
                EdgeKind::Subject if is_own(edge) => content.subject = Some(object),
                _ => {}
            }
        }
        content
    }

    /// Whether something that was seen says that the repository has a manifest that was not read.
    fn is_held(&self, node: NodeId, edges: &[EdgeView]) -> bool {
        let is_listed = edges.iter().any(|edge| edge.kind == EdgeKind::Subject);
        let mut holders = self.graph.incoming(node).into_iter();
        is_listed || holders.any(|edge| matches!(edge.kind, EdgeKind::Names | EdgeKind::Child))
    }

    fn has_tag(&self, node: NodeId) -> bool {
        self.graph
            .incoming(node)
            .iter()
            .any(|edge| edge.kind == EdgeKind::Names && !self.graph.is_gone(edge.from))
    }

    fn place(&mut self, node: NodeId) -> Option<RepositoryId> {
        let repository = self.graph.repository_of(node)?;
        Some(self.builder.repository(repository.path.as_str()))
    }

    /// Says that the registry was asked for a tag or digest and does not have it.
    fn missing(&mut self, node: NodeId, reference: &str) {
        if let Some(repository) = self.graph.repository_of(node) {
            self.builder
                .answered_missing(repository.path.as_str(), reference);
        }
    }

    fn object(&mut self, node: NodeId) -> Option<ObjectId> {
        let digest = self.graph.digest_of(node)?;
        let size = self.graph.view(node).size.unwrap_or_default();
        Some(self.builder.object(digest, size))
    }

    /// What the way of looking leaves out.
    fn blind_by_registry(&mut self, is_narrowed: bool) {
        let nodes = self.graph.nodes();
        let mut registries = nodes.filter(|node| self.graph.kind(*node) == NodeKind::Registry);
        let is_listed = registries.any(|registry| self.graph.is_complete(registry, Asked::Catalog));
        // Where an origin is itself one repository, there are no others.
        let is_alone = self.builder.names().all(str::is_empty);
        if !is_listed && !is_alone {
            self.blind.insert(Unseen::OtherRepositories);
        }
        if is_narrowed {
            self.blind.extend([Unseen::SomeTags, Unseen::SomeManifests]);
            let mut manifests = self.graph.nodes().filter(|node| {
                self.graph.kind(*node).is_manifest() && marks::wants_evidence(self.graph, *node)
            });
            if manifests.any(|node| marks::asked(self.graph, node) == Mark::NotAsked) {
                self.blind.insert(Unseen::SomeReferrers);
            }
        }
    }

    /// Referrers that nobody asked for may be there, whatever was told of the rest.
    fn unasked(&mut self, graph: &Graph) {
        let is_unasked = |node| {
            marks::wants_evidence(graph, node) && marks::asked(graph, node) == Mark::NotAsked
        };
        if graph.nodes().any(is_unasked) {
            self.blind.insert(Unseen::SomeReferrers);
        }
    }

    /// The holes of the graph in words.
    fn gaps(&mut self) -> Vec<String> {
        let known = coverage::coverage(self.graph, |_| true);
        for hole in &known.holes {
            match hole.what {
                Asked::Referrers => self.blind.insert(Unseen::SomeReferrers),
                Asked::Tags => self.blind.insert(Unseen::SomeTags),
                Asked::Catalog => self.blind.insert(Unseen::OtherRepositories),
                Asked::Manifest => self.blind.insert(Unseen::SomeManifests),
                _ => false,
            };
        }
        coverage::in_words(self.graph, &known.holes)
    }
}

/// Whether an edge to a subject stands for the referrer's own `subject` rather than for a tag's name or an annotation.
fn is_own(edge: &EdgeView) -> bool {
    let ways = [
        FoundBy::Subject,
        FoundBy::ReferrersApi,
        FoundBy::OrasApi,
        FoundBy::FallbackTag,
        FoundBy::OlaregRow,
    ];
    ways.into_iter().any(|way| edge.found_by.contains(way))
}

//! Bills of materials among what is attached: where each stands, and whether it describes what it is attached to.

use crate::content::Content;
use crate::evidence::sbom::About;
use crate::graph::{EdgeKind, Graph, NodeId, NodeKind};
use crate::oci::purpose::DocumentKinds;
use crate::oci::{Digest, FoundBy, RemoteText, Repository, Role};

use super::attached::attached;

/// A document, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The repository of all of these.
    pub repository: Repository,
    /// The bytes.
    pub blob: Digest,
    /// The manifest that carries them.
    pub manifest: Digest,
    /// What it is attached to.
    pub subject: NodeId,
    /// The digest of that.
    pub subject_digest: Digest,
    /// The platform of that.
    pub platform: Option<RemoteText>,
    /// How the carrier was found.
    pub found_by: Vec<FoundBy>,
    /// What it is for, by its labels.
    pub role: Role,
    /// The digests by which it may name what it is attached to.
    pub related: Vec<(Digest, DescribedIs)>,
}

/// The documents of these kinds that are attached to what `is_shown`, by repository, subject, and carrier; of one carrier
/// in its own order. Cost: `O(V + r log r)` in the referrers.
pub fn placed(
    graph: &Graph,
    content: &Content,
    is_shown: impl Fn(NodeId) -> bool,
    kinds: DocumentKinds,
) -> Vec<Placed> {
    let mut found = Vec::new();
    for subject in graph.nodes().filter(|node| is_shown(*node)) {
        if !graph.kind(subject).is_manifest() {
            continue;
        }
        let (Some(repository), Some(subject_digest)) =
            (graph.repository_of(subject), graph.digest_of(subject))
        else {
            continue;
        };
        let documents = attached(graph, content, subject, kinds).documents;
        let related = if documents.is_empty() {
            Vec::new()
        } else {
            related(graph, subject)
        };
        for document in documents {
            let Some(manifest) = graph.digest_of(document.carrier) else {
                continue;
            };
            found.push(Placed {
                repository: repository.clone(),
                blob: document.blob.digest,
                manifest,
                subject,
                subject_digest,
                platform: graph.view(subject).platform.cloned(),
                found_by: document.found_by,
                role: document.role,
                related: related.clone(),
            });
        }
    }
    let key = |placed: &Placed| {
        (
            placed.repository.clone(),
            placed.subject_digest,
            placed.manifest,
        )
    };
    found.sort_by_cached_key(key);
    found
}

/// What a digest that a document gives for what it describes is, seen from what it is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DescribedIs {
    /// What it is attached to.
    Subject,
    /// An index that has that.
    Index,
    /// A platform of that.
    Platform,
    /// The config of that, or of one of its platforms.
    Config,
}

impl DescribedIs {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Index => "index",
            Self::Platform => "platform",
            Self::Config => "config",
        }
    }
}

/// The digests by which a document may name what it is attached to, the nearest first.
fn related(graph: &Graph, subject: NodeId) -> Vec<(Digest, DescribedIs)> {
    let held = |node: NodeId, kind: EdgeKind| {
        let edges = graph.outgoing(node).into_iter();
        edges
            .filter(move |edge| edge.kind == kind)
            .map(|edge| edge.to)
    };
    let platforms: Vec<NodeId> = held(subject, EdgeKind::Child).collect();
    let indexes = graph
        .incoming_of(subject, EdgeKind::Child)
        .map(|edge| edge.from);
    let indexes = indexes.filter(|node| graph.kind(*node) == NodeKind::Index);
    let manifests = std::iter::once(subject).chain(platforms.clone());
    let configs = manifests.flat_map(|node| held(node, EdgeKind::Config));
    let all = std::iter::once((subject, DescribedIs::Subject))
        .chain(platforms.iter().map(|node| (*node, DescribedIs::Platform)))
        .chain(indexes.map(|node| (node, DescribedIs::Index)))
        .chain(configs.map(|node| (node, DescribedIs::Config)));
    all.filter_map(|(node, is)| Some((graph.digest_of(node)?, is)))
        .collect()
}

/// Which of these a document describes; none where it gives no digest, or one of something else.
pub fn described_is(about: &About, placed: &Placed) -> Option<DescribedIs> {
    let mut related = placed.related.iter();
    related
        .find(|(digest, _)| about.digests.contains(digest))
        .map(|(_, is)| *is)
}

/// Whether a document describes what it is attached to; none where it gives no digest.
pub fn describes_its_subject(about: &About, is: Option<DescribedIs>) -> Option<bool> {
    (!about.digests.is_empty()).then_some(is.is_some())
}

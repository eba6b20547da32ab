//! The document of `regscope tree --format json` (`schema` 1; the field names are promised in `README.md`).

use std::collections::HashMap;

use fixedbitset::FixedBitSet;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::content::Content;
use crate::graph::{EdgeKind, FoundBySet, Graph, NodeId, NodeKind};
use crate::insight::coverage::{self, Coverage};
use crate::insight::impact::Uploads;
use crate::insight::outline::created;
use crate::insight::problems::problems;
use crate::oci::tag::DigestTag;
use crate::oci::{Address, Annotations, Digest, FoundBy, RemoteText, Repository};

use super::uploads::UploadsDocument;

/// The whole document. Nodes and edges are made one by one as they are written: all of them together would be larger
/// than the graph.
#[derive(Serialize, JsonSchema)]
pub struct TreeDocument<'a> {
    schema: u32,
    target: &'a str,
    #[schemars(with = "Vec<Node<'static>>")]
    nodes: Nodes<'a>,
    #[schemars(with = "Vec<Edge>")]
    edges: Edges,
    inferred: Vec<Inferred>,
    coverage: CoverageDocument,
    /// What was begun and never finished in a storage; not there where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    uploads: Option<UploadsDocument>,
}

impl TreeDocument<'_> {
    /// The same with the uploads of the storage that it is about.
    #[must_use]
    pub fn with_uploads(self, uploads: &Uploads) -> Self {
        Self {
            uploads: UploadsDocument::of(uploads),
            ..self
        }
    }
}

/// The nodes in the order of their numbers.
struct Nodes<'a> {
    graph: &'a Graph,
    content: &'a Content,
    order: Vec<NodeId>,
}

impl Serialize for Nodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nodes = self.order.iter().enumerate();
        serializer
            .collect_seq(nodes.map(|(number, id)| node(self.graph, self.content, *id, number)))
    }
}

/// The edges by their ends, as numbers of nodes.
struct Edges(Vec<(u32, u32, EdgeKind, FoundBySet)>);

impl Serialize for Edges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(from, to, kind, found_by)| Edge {
            from: *from,
            to: *to,
            kind: kind.name(),
            found_by: found_by.iter().map(FoundBy::name).collect(),
        }))
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct Node<'a> {
    id: usize,
    kind: &'static str,
    /// Where it is: a registry's host, or a target that is a folder or a file.
    #[schemars(with = "Option<String>")]
    registry: Option<&'a RemoteText>,
    #[schemars(with = "Option<String>")]
    repository: Option<&'a RemoteText>,
    #[schemars(with = "Option<String>")]
    name: Option<&'a RemoteText>,
    #[schemars(with = "Option<String>")]
    digest: Option<Digest>,
    size: Option<u64>,
    #[schemars(with = "Option<String>")]
    media_type: Option<&'a RemoteText>,
    #[schemars(with = "Option<String>")]
    artifact_type: Option<&'a RemoteText>,
    role: Option<&'static str>,
    /// What a person calls it: the format or the tool.
    format: Option<&'static str>,
    #[schemars(with = "Option<String>")]
    platform: Option<&'a RemoteText>,
    /// When it was made, as its publisher states it: its annotation, else its config, else the newest of what it lists;
    /// RFC 3339. Null where that was not read, or states none since 2000.
    created: Option<String>,
    /// The annotations of the manifest itself; null where it was not read, or is too large to be kept.
    #[schemars(with = "Option<std::collections::BTreeMap<String, String>>")]
    annotations: Option<Annotations>,
    state: &'static str,
    /// Only of what was there and is gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
    /// Only of a document that is not all as the specification wants it: what could not be read of it, and where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Told>,
}

/// One thing that is wrong with a document.
#[derive(Debug, Serialize, JsonSchema)]
struct Told {
    #[schemars(with = "String")]
    place: RemoteText,
    #[schemars(with = "String")]
    what: RemoteText,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Edge {
    from: u32,
    to: u32,
    kind: &'static str,
    found_by: Vec<&'static str>,
}

/// What is inferred, not found.
#[derive(Debug, Serialize, JsonSchema)]
struct Inferred {}

#[derive(Debug, Serialize, JsonSchema)]
struct CoverageDocument {
    complete: bool,
    asked: Vec<Asked>,
    holes: Vec<Hole>,
    not_asked: Vec<NotAsked>,
}

/// What was left unasked on purpose and could matter; it is no hole.
#[derive(Debug, Serialize, JsonSchema)]
struct NotAsked {
    node: u32,
    what: &'static str,
    count: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Asked {
    node: u32,
    what: &'static str,
    answer: &'static str,
    by: Vec<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Hole {
    node: u32,
    what: &'static str,
    state: &'static str,
    #[schemars(with = "String")]
    reason: RemoteText,
}

/// The document of the shown part of a graph. Equal graphs give equal documents: nodes are sorted by their key and
/// numbered in that order, edges by their ends. `tags` are those that were wanted by their names. Cost: `O(n log n)`.
pub fn document<'a>(
    graph: &'a Graph,
    content: &'a Content,
    target: &'a str,
    shown: &FixedBitSet,
    tags: &[NodeId],
) -> TreeDocument<'a> {
    let mut order: Vec<NodeId> = graph
        .nodes()
        .filter(|id| shown.contains(id.index()))
        .collect();
    order.sort_by_cached_key(|id| sort_key(graph, *id));
    // A graph has fewer nodes than there are numbers of 32 bits.
    let ids: HashMap<NodeId, u32> = (0..)
        .zip(&order)
        .map(|(number, id)| (*id, number))
        .collect();
    let mut edges: Vec<_> = graph
        .edges()
        .filter_map(|edge| {
            let ends = (*ids.get(&edge.from)?, *ids.get(&edge.to)?);
            Some((ends.0, ends.1, edge.kind, edge.found_by))
        })
        .collect();
    edges.sort_by_key(|(from, to, kind, _)| (*from, *to, kind.name()));
    let known = coverage::coverage(graph, |node| ids.contains_key(&node));
    TreeDocument {
        schema: 1,
        target,
        uploads: None,
        coverage: CoverageDocument {
            not_asked: tags
                .iter()
                .filter_map(|tag| unasked_aliases(graph, *tag, &ids))
                .collect(),
            ..coverage_document(&known, &ids)
        },
        nodes: Nodes {
            graph,
            content,
            order,
        },
        edges: Edges(edges),
        inferred: Vec::new(),
    }
}

fn sort_key(graph: &Graph, id: NodeId) -> (u8, Option<Address>) {
    let class = match graph.kind(id) {
        NodeKind::Registry => 0,
        NodeKind::Repository => 1,
        NodeKind::Tag => 2,
        kind if kind.is_manifest() => 3,
        _ => 4,
    };
    (class, graph.key(id))
}

fn node<'a>(graph: &'a Graph, content: &Content, id: NodeId, number: usize) -> Node<'a> {
    let view = graph.view(id);
    let repository = view.repository.map(shown_path);
    let name = match view.kind {
        NodeKind::Registry => view.origin.map(|origin| &origin.0),
        NodeKind::Repository => repository,
        NodeKind::Tag => view.tag,
        _ => None,
    };
    let digest = view.digest.filter(|_| view.kind.is_manifest());
    let manifest = digest.and_then(|digest| content.manifest(&digest));
    let origin = view.repository.map(|repository| &repository.origin);
    Node {
        id: number,
        kind: view.kind.name(),
        registry: origin.or(view.origin).map(|origin| &origin.0),
        repository,
        name,
        digest: view.digest,
        size: view.size,
        media_type: view.media_type,
        // A config descriptor may have one too (cosign 3); of a blob that many share it says nothing.
        artifact_type: view.artifact_type.filter(|_| view.kind.is_manifest()),
        role: view.purpose.map(|purpose| purpose.role.name()),
        format: view
            .purpose
            .map(|purpose| purpose.format)
            .filter(|format| !format.is_empty()),
        platform: view.platform,
        created: manifest
            .as_ref()
            .and_then(|_| created(graph, content, id))
            .map(|created| created.to_string()),
        annotations: manifest.map(|manifest| manifest.annotations.clone()),
        state: view.state.name(),
        gone: view.is_gone,
        problems: told(graph, content, id),
    }
}

fn told(graph: &Graph, content: &Content, id: NodeId) -> Vec<Told> {
    problems(graph, content, id)
        .into_iter()
        .map(|problem| Told {
            place: problem.place,
            what: problem.what,
        })
        .collect()
}

/// A repository's path; of a source that is one repository, the source's name.
pub fn shown_path(repository: &Repository) -> &RemoteText {
    if repository.path.is_empty() {
        &repository.origin.0
    } else {
        &repository.path
    }
}

fn coverage_document(known: &Coverage, ids: &HashMap<NodeId, u32>) -> CoverageDocument {
    let number = |node: &NodeId| ids.get(node).copied().unwrap_or_default();
    let mut asked: Vec<Asked> = known
        .asked
        .iter()
        .map(|answered| Asked {
            node: number(&answered.node),
            what: answered.what.name(),
            answer: answered.outcome.name(),
            by: answered.by.iter().map(|way| way.name()).collect(),
        })
        .collect();
    asked.sort_by_key(|asked| (asked.node, asked.what));
    let mut holes: Vec<Hole> = known
        .holes
        .iter()
        .map(|hole| Hole {
            node: number(&hole.node),
            what: hole.what.name(),
            state: hole.kind.name(),
            reason: hole.reason.clone(),
        })
        .collect();
    holes.sort_by(|a, b| (a.node, a.what, &a.reason).cmp(&(b.node, b.what, &b.reason)));
    CoverageDocument {
        complete: known.is_complete(),
        asked,
        holes,
        not_asked: Vec::new(),
    }
}

/// That other tags were not asked whether they name the same as the one that was wanted.
fn unasked_aliases(graph: &Graph, tag: NodeId, ids: &HashMap<NodeId, u32>) -> Option<NotAsked> {
    let count = coverage::unasked_aliases(graph, tag);
    let node = *ids.get(&tag)?;
    (count > 0).then_some(NotAsked {
        node,
        what: "aliases",
        count,
    })
}

/// The nodes that belong to one tag or manifest: what lies below it, the tags that name any of that, the tags with a
/// digest of any of that in their name, and its repository. Cost: `O(V + E)` of the part.
pub fn part_of(graph: &Graph, root: NodeId) -> FixedBitSet {
    let target = graph.target(root).unwrap_or(root);
    let mut shown = graph.reachable([root, target]);
    let Some(repository) = graph
        .repository_of(root)
        .and_then(|repository| graph.repository(repository))
    else {
        return shown;
    };
    let tags = graph
        .outgoing(repository)
        .into_iter()
        .filter(|edge| edge.kind == EdgeKind::Contains);
    let below: Vec<Digest> = graph
        .nodes()
        .filter(|id| shown.contains(id.index()))
        .filter_map(|id| graph.digest_of(id))
        .collect();
    for tag in tags.map(|edge| edge.to) {
        let names_shown = graph
            .target(tag)
            .is_some_and(|target| shown.contains(target.index()));
        let parsed = graph
            .tag_name(tag)
            .and_then(|name| DigestTag::parse(name.as_str()));
        let is_about =
            parsed.is_some_and(|parsed| below.iter().any(|digest| parsed.is_about(digest)));
        if names_shown || is_about {
            shown.insert(tag.index());
            if let Some(target) = graph.target(tag) {
                shown.insert(target.index());
            }
        }
    }
    shown.insert(repository.index());
    shown
}

/// Every node.
pub fn whole(graph: &Graph) -> FixedBitSet {
    let mut shown = FixedBitSet::with_capacity(graph.node_count());
    shown.insert_range(..);
    shown
}

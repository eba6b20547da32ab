//! From a node to its row, and from a text to rows.

use crate::graph::{EdgeKind, Graph, NodeId, Step, holder_end};
use crate::oci::tag::DigestTag;
use crate::oci::{Address, RemoteText, Role};

use super::{RowPath, Segment, manifest};

/// How many paths to a node are tried; the shortest that begins at a root of the screen counts.
const PATHS: usize = 64;

/// The path of the row at which `node` stands, nearest to a root. Absent where no root leads to it.
pub fn path_to(graph: &Graph, roots: &[Address], node: NodeId) -> Option<RowPath> {
    if let Some(path) = root_path(graph, roots, node) {
        return Some(path);
    }
    let unheld = || {
        let repository = graph.repository(graph.repository_of(node)?)?;
        let holder = path_to(graph, roots, repository)?;
        Some(holder.child(Segment::Holding(node), Some(node)))
    };
    let paths = graph.paths(node, PATHS);
    let found = paths.iter().find_map(|steps| along(graph, roots, steps));
    found.or_else(|| if graph.is_held(node) { None } else { unheld() })
}

/// The row to which steps of the graph lead, from the first root that they meet. Absent where they meet none.
pub fn along(graph: &Graph, roots: &[Address], steps: &[Step]) -> Option<RowPath> {
    let root = |id: NodeId| root_path(graph, roots, id);
    let begin = steps
        .iter()
        .position(|step| root(holder_end(step)).is_some())?;
    let mut path = root(holder_end(steps.get(begin)?))?;
    for step in steps.iter().skip(begin) {
        path = match step.kind {
            EdgeKind::Contains => match graph.tag_name(step.to) {
                None => path.child(Segment::Repository(step.to), Some(step.to)),
                Some(_) => tag_path(graph, &path, step.to),
            },
            // The tag's row is that of what it names.
            EdgeKind::Names => path,
            EdgeKind::Subject => path.child(Segment::Along(step.id), Some(step.from)),
            _ => path.child(Segment::Along(step.id), Some(step.to)),
        };
    }
    Some(path)
}

fn root_path(graph: &Graph, roots: &[Address], id: NodeId) -> Option<RowPath> {
    let key = graph.key(id)?;
    let found = roots.iter().find(|root| **root == key)?;
    Some(RowPath::root(found.clone(), root_node(graph, id)))
}

/// The node that a text means: a tag, `repository:tag`, a repository, or the beginning of a digest with at least
/// four hex digits. Cost: `O(V)`.
pub fn look_up(graph: &Graph, text: &str) -> Option<NodeId> {
    let text = text.trim();
    let hex = text
        .split_once(':')
        .filter(|(name, _)| name.starts_with("sha"));
    let hex = hex.map_or(text, |(_, hex)| hex);
    let hex = hex.rsplit_once('@').map_or(hex, |(_, digest)| {
        digest.split_once(':').map_or(digest, |(_, hex)| hex)
    });
    let is_hex = hex.len() >= 4 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut best: Option<(u8, NodeId)> = None;
    for node in graph.nodes() {
        let rank = if let Some(tag) = graph.tag_name(node) {
            rank_of_tag(graph, node, tag, text)
        } else if let Some(digest) = graph.digest_of(node) {
            (is_hex && digest.encoded().starts_with(hex)).then_some(3)
        } else {
            let repository = graph.repository_of(node);
            repository.and_then(|repository| {
                (repository.path == *text || repository.to_string() == text).then_some(1)
            })
        };
        if let Some(rank) = rank
            && best.is_none_or(|(before, _)| rank < before)
        {
            best = Some((rank, node));
        }
    }
    best.map(|(_, node)| node)
}

/// What an index lists apart from attestations, where it is an index of images.
pub fn image_platforms(graph: &Graph, index: NodeId) -> Vec<NodeId> {
    let below = graph.below(index);
    manifest::platforms(graph, &below)
        .into_iter()
        .map(|(_, node)| node)
        .filter(|node| {
            let role = graph.purpose(*node).map(|purpose| purpose.role);
            role.is_none_or(|role| role == Role::Image)
        })
        .collect()
}

fn root_node(graph: &Graph, id: NodeId) -> Option<NodeId> {
    if graph.tag_name(id).is_some() {
        graph.target(id)
    } else {
        Some(id)
    }
}

fn tag_path(graph: &Graph, repository: &RowPath, tag: NodeId) -> RowPath {
    let is_machinery = graph
        .tag_name(tag)
        .is_some_and(|name| DigestTag::parse(name.as_str()).is_some());
    let target = graph.target(tag);
    let segment = match target {
        Some(target) if !is_machinery && !graph.is_gone(tag) => Segment::Named(target),
        _ => Segment::Tag(tag),
    };
    repository.child(segment, target)
}

fn rank_of_tag(graph: &Graph, node: NodeId, tag: &RemoteText, text: &str) -> Option<u8> {
    if *tag == *text {
        return Some(2);
    }
    let (repository, name) = text.rsplit_once(':')?;
    let holder = graph.repository_of(node)?;
    let is_there =
        *tag == *name && (holder.path == *repository || holder.to_string() == repository);
    is_there.then_some(0)
}

//! From a node to its row, and from a text to rows.

use std::collections::HashSet;

use crate::graph::{EdgeKind, Graph, NodeId, NodeKind, Step, holder_end};
use crate::oci::tag::DigestTag;
use crate::oci::{Address, RemoteText, Role};

use super::{Entry, RowPath, Segment, What, manifest};

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

/// Whether a row shows `text` (in lower case) in its names or is the beginning of its digest.
pub fn matches(graph: &Graph, entry: &Entry, text: &str) -> bool {
    let has = |shown: &str| contains(shown, text);
    match &entry.what {
        What::Pending(_) | What::Note(..) | What::Fold { .. } => false,
        What::Registry(node) => {
            let view = graph.view(*node);
            view.origin.is_some_and(|origin| has(origin.0.as_str()))
        }
        What::Repository(node) => graph
            .repository_of(*node)
            .is_some_and(|repository| has(repository.path.as_str())),
        What::Tags(tags) => {
            let names = tags.iter().filter_map(|tag| graph.tag_name(*tag));
            let mut names = names.map(RemoteText::as_str);
            names.any(has)
                || entry
                    .path
                    .node()
                    .is_some_and(|node| has_digest(graph, node, text))
        }
        What::Object { node, .. } => object_matches(graph, *node, text),
    }
}

/// The nodes above whatever matches `text` (in lower case), itself not among them; nothing for an empty text.
///
/// Cost: `O(V)`, and `O(d)` in the holders of what matches.
pub fn leading_to(graph: &Graph, text: &str) -> HashSet<NodeId> {
    let mut leading = HashSet::new();
    if text.is_empty() {
        return leading;
    }
    let is_match = |node: &NodeId| match graph.kind(*node) {
        NodeKind::Registry => false,
        NodeKind::Repository => graph
            .repository_of(*node)
            .is_some_and(|repository| contains(repository.path.as_str(), text)),
        NodeKind::Tag => graph
            .tag_name(*node)
            .is_some_and(|name| contains(name.as_str(), text)),
        _ => object_matches(graph, *node, text),
    };
    let mut waiting: Vec<NodeId> = graph.nodes().filter(is_match).collect();
    while let Some(node) = waiting.pop() {
        for step in graph.above(node) {
            let holder = holder_end(&step);
            if leading.insert(holder) {
                waiting.push(holder);
            }
        }
    }
    leading
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

fn object_matches(graph: &Graph, node: NodeId, text: &str) -> bool {
    let has = |shown: &str| contains(shown, text);
    let view = graph.view(node);
    let purpose = view.purpose.filter(|purpose| purpose.role != Role::Image);
    view.platform.is_some_and(|platform| has(platform.as_str()))
        || purpose.is_some_and(|purpose| has(purpose.role.name()) || has(purpose.format))
        || has_digest(graph, node, text)
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

fn has_digest(graph: &Graph, node: NodeId, text: &str) -> bool {
    let hex = text.split_once(':').map_or(text, |(_, hex)| hex);
    let is_hex = hex.len() >= 4 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex
        && graph
            .digest_of(node)
            .is_some_and(|digest| digest.encoded().starts_with(hex))
}

/// Whether `shown` contains `wanted`, which is in lower case; without allocating for plain text.
fn contains(shown: &str, wanted: &str) -> bool {
    if !shown.is_ascii() {
        return shown.to_lowercase().contains(wanted);
    }
    let (shown, wanted) = (shown.as_bytes(), wanted.as_bytes());
    wanted.is_empty()
        || shown
            .windows(wanted.len())
            .any(|window| window.eq_ignore_ascii_case(wanted))
}

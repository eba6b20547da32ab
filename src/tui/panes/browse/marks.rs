//! Marks: what the person chose, row by row or in a range.

use crate::graph::{EdgeKind, Graph, NodeId, NodeKind};
use crate::insight::outline::{Entry, What};
use crate::tui::effect::Effect;
use crate::tui::model::Model;
use crate::words::counted;

/// Everything that could be deleted in what a row stands for: the tags of an image or of all that is below a heading, a
/// manifest without one. Nothing of a blob, which goes with what names it.
pub(in crate::tui::panes) fn below(model: &Model, entry: &Entry) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    collect(model, entry, &mut nodes);
    nodes
}

fn collect(model: &Model, entry: &Entry, nodes: &mut Vec<NodeId>) {
    let graph = &model.known.graph;
    match &entry.what {
        What::Tags(tags) => nodes.extend(tags.iter().copied()),
        What::Repository(node) => nodes.extend(tags_in(graph, *node)),
        What::Registry(node) => {
            let repositories = graph.outgoing(*node).into_iter();
            let repositories = repositories.filter(|edge| edge.kind == EdgeKind::Contains);
            nodes.extend(repositories.flat_map(|edge| tags_in(graph, edge.to)));
        }
        What::Fold { .. } => {
            for child in model.tree.outline().children(graph, entry) {
                collect(model, &child, nodes);
            }
        }
        What::Object { node, .. } if graph.kind(*node).is_manifest() => nodes.push(*node),
        What::Object { .. } | What::Pending(_) | What::Note(..) => {}
    }
}

/// The tags of a repository that are there.
fn tags_in(graph: &Graph, repository: NodeId) -> Vec<NodeId> {
    let edges = graph.outgoing(repository).into_iter();
    let tags = edges
        .filter(|edge| edge.kind == EdgeKind::Contains)
        .map(|edge| edge.to);
    tags.filter(|node| graph.kind(*node) == NodeKind::Tag && !graph.is_tag_absent(*node))
        .collect()
}

/// Marks the row under the cursor, or the range that ends there; what is marked already loses its mark.
pub(super) fn toggle(model: &mut Model) {
    let is_range = model.range.is_some();
    let rows = model.ranged().unwrap_or_else(|| {
        let cursor = model.tree.cursor();
        cursor..=cursor
    });
    model.range = None;
    let lines = model.tree.lines().get(rows).unwrap_or_default();
    let nodes: Vec<NodeId> = lines
        .iter()
        .flat_map(|line| below(model, &line.entry))
        .collect();
    if nodes.is_empty() {
        model.notice = Some("tags and manifests can be marked".to_owned());
        return;
    }
    // What was worked out was about other marks.
    model.affected.clear();
    if nodes.iter().all(|node| model.marked.contains(node)) {
        for node in &nodes {
            model.marked.remove(node);
        }
    } else {
        model.marked.extend(nodes);
    }
    if !is_range {
        model.tree.move_by(1);
    }
}

/// Begins a range at the row under the cursor, or marks the one that has begun.
pub(super) fn range(model: &mut Model) -> Vec<Effect> {
    if model.range.is_some() {
        toggle(model);
    } else {
        model.range = model.tree.selected().map(|line| line.entry.path.clone());
    }
    Vec::new()
}

/// Takes back what was begun last: the range, else all marks. False where there is neither.
pub(super) fn clear(model: &mut Model) -> bool {
    if model.range.take().is_some() {
        return true;
    }
    if model.marked.is_empty() {
        return false;
    }
    let count = model.marked.len();
    model.marked.clear();
    model.affected.clear();
    model.notice = Some(format!("{} taken away", counted(count, "mark", "marks")));
    true
}

/// The tags of the rows that are shown.
fn tags_shown(model: &Model) -> Vec<NodeId> {
    let lines = model.tree.lines().iter();
    lines
        .filter(|line| matches!(line.entry.what, What::Tags(_)))
        .flat_map(|line| below(model, &line.entry))
        .collect()
}

/// Marks what is shown and has no mark, and takes the marks of what has one.
pub(super) fn invert(model: &mut Model) -> Vec<Effect> {
    let nodes = tags_shown(model);
    model.affected.clear();
    for node in nodes {
        if !model.marked.remove(&node) {
            model.marked.insert(node);
        }
    }
    let count = model.marked.len();
    model.notice = Some(format!("{} marked now", counted(count, "tag", "tags")));
    Vec::new()
}

/// Marks all images that are shown: with a filter, all that it found.
pub(super) fn shown(model: &mut Model) -> Vec<Effect> {
    let nodes = tags_shown(model);
    model.notice = Some(match nodes.len() {
        0 => "no row that is shown has a tag".to_owned(),
        count => format!("{} marked", counted(count, "tag", "tags")),
    });
    model.affected.clear();
    model.marked.extend(nodes);
    Vec::new()
}

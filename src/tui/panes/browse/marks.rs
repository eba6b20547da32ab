//! Marks: what the person chose, row by row or in a range.

use crate::graph::{Graph, NodeId};
use crate::insight::outline::What;
use crate::tui::effect::Effect;
use crate::tui::model::Model;
use crate::tui::tree::Line;
use crate::words::counted;

/// The tags or the manifest of a row.
pub(in crate::tui::panes) fn markable(graph: &Graph, line: &Line) -> Vec<NodeId> {
    match &line.entry.what {
        What::Tags(tags) => tags.to_vec(),
        What::Object { node, .. } if graph.kind(*node).is_manifest() => vec![*node],
        _ => Vec::new(),
    }
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
        .flat_map(|line| markable(&model.known.graph, line))
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

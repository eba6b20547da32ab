//! Jumps from row to row, and the way back.

use crate::graph::NodeId;
use crate::insight::outline::{self, RowPath};
use crate::tui::model::{Model, Pane};

/// Jumps that are remembered.
const TRAIL: usize = 100;

/// Puts the cursor on the row of a node, and remembers where it came from.
pub(super) fn go_to(model: &mut Model, node: NodeId) {
    match outline::path_to(&model.known.graph, model.tree.roots(), node) {
        Some(path) => go_along(model, &path),
        None => model.notice = Some("no root of this screen leads there".to_owned()),
    }
}

/// Puts the cursor on a row.
pub(super) fn go_along(model: &mut Model, path: &RowPath) {
    let before = here(model);
    if model.tree.reveal(&model.known.graph, path) {
        remember(&mut model.trail, before);
        model.ahead.clear();
        model.focus = Pane::Tree;
    } else {
        model.notice = Some("that row is not in the tree yet".to_owned());
    }
}

/// To where the last jump began.
pub(super) fn back(model: &mut Model) {
    let Some(path) = model.trail.pop() else {
        model.notice = Some("there is no jump to go back from".to_owned());
        return;
    };
    let before = here(model);
    remember(&mut model.ahead, before);
    model.tree.reveal(&model.known.graph, &path);
}

/// To where the cursor was before it went back.
pub(super) fn forward(model: &mut Model) {
    let Some(path) = model.ahead.pop() else {
        model.notice = Some("there is nothing to go forward to".to_owned());
        return;
    };
    let before = here(model);
    remember(&mut model.trail, before);
    model.tree.reveal(&model.known.graph, &path);
}

fn here(model: &Model) -> Option<RowPath> {
    model.tree.selected().map(|line| line.entry.path.clone())
}

fn remember(places: &mut Vec<RowPath>, place: Option<RowPath>) {
    places.extend(place);
    if places.len() > TRAIL {
        places.remove(0);
    }
}

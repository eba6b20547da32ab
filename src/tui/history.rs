//! Jumps from view to view, and the way back: a view is a row of the tree and all that lay over it.

use crate::graph::NodeId;
use crate::insight::outline::{self, RowPath};

use super::effect::Effect;
use super::model::{Focus, Model};
use super::pane::Pane;
use super::panes::tabs::Tab;
use super::panes::{ImpactState, WhyState};

/// Jumps that are remembered.
const TRAIL: usize = 100;

/// Where a person was: the row under the cursor, and what lay over tree and details.
#[derive(Debug)]
pub struct View {
    row: Option<RowPath>,
    focus: Focus,
    tab: Tab,
    scroll: usize,
    panes: Vec<Box<dyn Pane>>,
    impact: ImpactState,
    why: WhyState,
    /// The row that was gone to from here.
    to: Option<RowPath>,
}

/// The path to the row of a node; none where no root of the screen leads there.
pub(super) fn path_to(model: &Model, node: NodeId) -> Option<RowPath> {
    outline::path_to(&model.known.graph, model.tree.roots(), node)
}

/// Puts the cursor on the row of a node, and remembers the view that it came from.
pub(super) fn go_to(model: &mut Model, node: NodeId) {
    match path_to(model, node) {
        Some(path) => {
            go_along(model, &path);
            model.sought = Some(node);
        }
        None => model.notice = Some("no root of this screen leads there".to_owned()),
    }
}

/// Puts the cursor on a row; what lay over the tree is remembered with the row that it lay over.
pub(super) fn go_along(model: &mut Model, path: &RowPath) {
    let mut before = leave(model);
    if model.tree.reveal(&model.known.graph, path) {
        before.to = Some(path.clone());
        remember(&mut model.trail, before);
        model.ahead.clear();
        model.focus = Focus::Tree;
    } else {
        restore(model, before);
        model.notice = Some("that row is not in the tree yet".to_owned());
    }
}

/// To the view where the last jump began.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let Some(view) = model.trail.pop() else {
        model.notice = Some("there is no jump to go back from".to_owned());
        return Vec::new();
    };
    let before = leave(model);
    remember(&mut model.ahead, before);
    restore(model, view);
    Vec::new()
}

/// To the view that was left by going back.
pub(super) fn forward(model: &mut Model) -> Vec<Effect> {
    let Some(view) = model.ahead.pop() else {
        model.notice = Some("there is nothing to go forward to".to_owned());
        return Vec::new();
    };
    let before = leave(model);
    remember(&mut model.trail, before);
    restore(model, view);
    Vec::new()
}

/// Back to the pane that the row under the cursor was gone to from; false where it was reached otherwise.
pub(super) fn back_to_pane(model: &mut Model) -> bool {
    let here = model.tree.selected().map(|line| &line.entry.path);
    let last = model.trail.last();
    let is_from_pane = last.is_some_and(|view| !view.panes.is_empty() && view.to.as_ref() == here);
    if is_from_pane {
        back(model);
    }
    is_from_pane
}

/// The view as it is; its panes are taken off the screen.
fn leave(model: &mut Model) -> View {
    View {
        row: model.tree.selected().map(|line| line.entry.path.clone()),
        focus: model.focus,
        tab: model.tab,
        scroll: model.scroll,
        panes: std::mem::take(&mut model.panes),
        impact: model.impact.clone(),
        why: model.why.clone(),
        to: None,
    }
}

fn restore(model: &mut Model, view: View) {
    if let Some(row) = &view.row {
        model.tree.reveal(&model.known.graph, row);
    }
    model.focus = view.focus;
    model.tab = view.tab;
    model.scroll = view.scroll;
    // Of the same request the answer may have come since.
    if model.impact.ticket != view.impact.ticket {
        model.impact = view.impact;
    }
    if model.why.ticket != view.why.ticket {
        model.why = view.why;
    }
    model.panes = view.panes;
}

fn remember(views: &mut Vec<View>, view: View) {
    views.push(view);
    if views.len() > TRAIL {
        views.remove(0);
    }
}

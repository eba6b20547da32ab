//! The mouse: what is clicked is selected, what is clicked again is opened, the wheel scrolls what it is over.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::tui::layout::Layout;
use crate::tui::model::{Focus, Model, Mouse};
use crate::tui::panes::tabs;

use super::columns::Columns;
use super::{SPLIT_LEAST, SPLIT_MOST, sort_by};

/// Rows that one turn of the wheel scrolls.
const WHEEL: isize = 3;

pub(in crate::tui::panes) fn moused(model: &mut Model, event: MouseEvent) {
    let layout = Layout::of(model);
    let at = Position::new(event.column, event.row);
    if drags_split(model, &layout, event) {
        return;
    }
    let is_in = |area: Option<ratatui::layout::Rect>| area.is_some_and(|area| area.contains(at));
    let pane = match (is_in(layout.tree), is_in(layout.details)) {
        (true, _) => Focus::Tree,
        (_, true) => Focus::Details,
        _ => return,
    };
    match event.kind {
        MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
            let rows = if event.kind == MouseEventKind::ScrollUp {
                -WHEEL
            } else {
                WHEEL
            };
            match pane {
                Focus::Tree => model.tree.scroll(rows),
                Focus::Details => model.scroll = model.scroll.saturating_add_signed(rows),
            }
        }
        MouseEventKind::Down(MouseButton::Left) => {
            model.notice = None;
            model.focus = pane;
            match pane {
                Focus::Tree if click_head(model, &layout, at) => {}
                Focus::Tree => click_row(model, &layout, at),
                Focus::Details => {
                    if let Some(tab) = tabs::at(model, &layout, at) {
                        model.tab = tab;
                        model.scroll = 0;
                    }
                }
            }
        }
        _ => {}
    }
}

/// Moves the line between tree and details along with the mouse; whether that is what the mouse does.
fn drags_split(model: &mut Model, layout: &Layout, event: MouseEvent) -> bool {
    let (Some(tree), Some(details)) = (layout.tree, layout.details) else {
        return false;
    };
    let is_side_by_side = tree.y == details.y;
    let (at, edge, first, all) = if is_side_by_side {
        (event.column, details.x, tree.x, tree.width + details.width)
    } else {
        (event.row, details.y, tree.y, tree.height + details.height)
    };
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            // The two frames that touch.
            let is_held = at == edge || at + 1 == edge && is_side_by_side;
            model.mouse = if is_held {
                Mouse::Splitting
            } else {
                Mouse::Ours
            };
            is_held
        }
        MouseEventKind::Drag(MouseButton::Left) if model.mouse == Mouse::Splitting => {
            let share = u32::from(at.saturating_sub(first)) * 100 / u32::from(all.max(1));
            let share = u16::try_from(share).unwrap_or(SPLIT_MOST);
            model.split = share.clamp(SPLIT_LEAST, SPLIT_MOST);
            true
        }
        MouseEventKind::Up(MouseButton::Left) => {
            let before = std::mem::replace(&mut model.mouse, Mouse::Ours);
            before == Mouse::Splitting
        }
        _ => false,
    }
}

/// Sorts by the column whose head was clicked; false where there is no head.
fn click_head(model: &mut Model, layout: &Layout, at: Position) -> bool {
    let Some(area) = layout.tree.filter(|area| area.y == at.y) else {
        return false;
    };
    let inside = usize::from(area.width.saturating_sub(2));
    let column = usize::from(at.x.saturating_sub(area.x + 1));
    if let Some(sort) = Columns::fitting(inside).sort_at(column) {
        sort_by(model, sort);
    }
    true
}

fn click_row(model: &mut Model, layout: &Layout, at: Position) {
    let Some(area) = layout.tree_inside() else {
        return;
    };
    if !area.contains(at) {
        return;
    }
    let row = model.tree.offset() + usize::from(at.y - area.y);
    if row >= model.tree.lines().len() {
        return;
    }
    if model.tree.cursor() != row {
        model.tree.select(row);
        return;
    }
    let is_open = model.tree.selected().is_some_and(|line| line.is_open);
    if is_open {
        model.tree.set_open(false);
    } else {
        super::open(model);
        model.focus = Focus::Tree;
    }
}

//! The mouse: what is clicked is selected, what is clicked again is opened, the wheel scrolls what it is over.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::tui::layout::Layout;
use crate::tui::model::{Focus, Model};
use crate::tui::panes::tabs;

/// Rows that one turn of the wheel scrolls.
const WHEEL: isize = 3;

pub(in crate::tui::panes) fn moused(model: &mut Model, event: MouseEvent) {
    let layout = Layout::of(model);
    let at = Position::new(event.column, event.row);
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

//! The frame of the details, and its tabs with their counts.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use crate::tui::model::{Model, Pane, Tab};
use crate::words::{fit, width};

use super::layout::Layout;

/// Columns between two tabs.
const GAP: usize = 3;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let has_focus = model.focus == Pane::Details;
    let title = format!(" {} ", model.details.title);
    let title = fit(
        &title,
        usize::from(area.width.saturating_sub(4)),
        theme.more(),
    );
    let block = Block::bordered()
        .border_set(theme.border_set())
        .border_style(theme.border(has_focus))
        .title(Span::styled(title, theme.strong()));
    frame.render_widget(block, area);
    let shown = model.shown_tab();
    let mut spans = Vec::new();
    for (tab, label) in labels(model) {
        if !spans.is_empty() {
            let line = if theme.is_ascii() { " | " } else { " │ " };
            spans.push(Span::styled(line, theme.dim()));
        }
        let style = if tab == shown {
            theme.key().underlined()
        } else {
            theme.dim()
        };
        spans.push(Span::styled(label, style));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), Layout::of(model).tabs());
}

fn labels(model: &Model) -> Vec<(Tab, String)> {
    let tabs = model.details.tabs().into_iter();
    tabs.map(|(tab, count)| match count {
        0 => (tab, tab.title().to_owned()),
        count => (tab, format!("{} {count}", tab.title())),
    })
    .collect()
}

/// The tab at a place of the screen.
pub fn at(model: &Model, layout: &Layout, at: Position) -> Option<Tab> {
    let area = layout.tabs();
    if !area.contains(at) {
        return None;
    }
    let mut start = usize::from(area.x);
    for (tab, label) in labels(model) {
        let end = start + width(&label);
        if (start..end).contains(&usize::from(at.x)) {
            return Some(tab);
        }
        start = end + GAP;
    }
    None
}

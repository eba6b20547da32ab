//! Boxes in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph};

use super::model::Model;

/// Columns and rows of a box around its content: the frame, and beside the text a space.
pub(super) const FRAME: (usize, usize) = (4, 2);

/// Columns of the text in a box, `most` where the screen has as many.
pub(super) fn room(area: Rect, most: usize) -> usize {
    usize::from(area.width)
        .saturating_sub(2 + FRAME.0)
        .min(most)
}

/// Rows of the largest box.
pub(super) fn rows(area: Rect) -> usize {
    usize::from(area.height).saturating_sub(2 + FRAME.1)
}

/// What a box is in the middle of.
pub(super) fn screen(model: &Model) -> Rect {
    Rect::new(0, 0, model.size.0, model.size.1)
}

/// Which line of a box of so many rows stands at a row of the screen; none outside of its frame.
pub(super) fn row_at(area: Rect, rows: usize, at: u16) -> Option<usize> {
    let height = u16::try_from(rows)
        .unwrap_or(u16::MAX)
        .min(area.height.saturating_sub(2));
    let first = area.y + (area.height - height) / 2 + 1;
    let last = (first + height).saturating_sub(2);
    (first..last).contains(&at).then(|| usize::from(at - first))
}

/// A box in the middle, as large as its content and the screen allow: `(columns, rows)` with its frame.
pub(super) fn draw_box(
    model: &Model,
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    lines: Vec<Line<'_>>,
    size: (usize, usize),
) {
    let within = |wanted: usize, most: u16| u16::try_from(wanted).unwrap_or(u16::MAX).min(most);
    let width = within(size.0, area.width.saturating_sub(2));
    let height = within(size.1, area.height.saturating_sub(2));
    let popup = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let block = Block::bordered()
        .border_set(model.theme.border_set())
        .border_style(model.theme.border(true))
        .padding(Padding::horizontal(1))
        .title(Span::styled(title.to_owned(), model.theme.strong()));
    frame.render_widget(Clear, popup);
    frame.render_widget(Paragraph::new(lines).block(block), popup);
}

/// The inside of a pane over tree and details: its frame with a title, a position at its foot, and a space on both
/// sides.
pub(super) fn draw_pane(
    model: &Model,
    frame: &mut Frame<'_>,
    area: Rect,
    title: String,
    position: String,
) -> Rect {
    let theme = model.theme;
    frame.render_widget(Clear, area);
    let block = Block::bordered()
        .border_set(theme.border_set())
        .border_style(theme.border(true))
        .title(Span::styled(title, theme.strong()))
        .title_bottom(Line::from(Span::styled(position, theme.dim())).right_aligned());
    frame.render_widget(block, area);
    inside(area)
}

/// The inside of a pane of this size.
pub(super) fn inside(area: Rect) -> Rect {
    area.inner(Margin::new(2, 1))
}

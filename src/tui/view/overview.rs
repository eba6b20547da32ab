//! The overview: name, value, and where the value came from.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::details::{Field, Tone};
use crate::tui::model::Model;
use crate::tui::text::{fit, width, wrap};
use crate::tui::theme::Theme;

/// Columns of the names; longer ones stand on a line of their own.
const NAME: usize = 12;
/// Columns below which nothing is wrapped any narrower.
const VALUE: usize = 16;

/// How many lines the overview has at a width.
pub fn line_count(model: &Model, columns: usize) -> usize {
    model
        .details
        .fields
        .iter()
        .map(|field| lines(field, columns, model.theme).len())
        .sum()
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let columns = usize::from(area.width);
    let fields = model.details.fields.iter();
    let lines = fields.flat_map(|field| lines(field, columns, model.theme));
    let shown: Vec<_> = lines
        .skip(model.scroll)
        .take(usize::from(area.height))
        .collect();
    frame.render_widget(Paragraph::new(shown), area);
}

fn lines<'a>(field: &Field, columns: usize, theme: Theme) -> Vec<Line<'a>> {
    if field.tone == Tone::Heading {
        return vec![Line::default()];
    }
    let room = columns.saturating_sub(NAME).max(VALUE);
    let style = match field.tone {
        Tone::Conflict => theme.warning(),
        Tone::Hole => theme.bad(),
        Tone::Plain | Tone::Heading => theme.text(),
    };
    let sign = if field.tone == Tone::Conflict {
        "! "
    } else {
        ""
    };
    let value = format!("{sign}{}", field.value);
    let mut values = wrap(&value, room).into_iter();
    let mut lines = Vec::new();
    let is_long = width(&field.name) >= NAME;
    if is_long {
        lines.push(Line::styled(
            fit(&field.name, columns, theme.more()),
            theme.dim(),
        ));
    }
    let first = values.next().unwrap_or_default();
    let name = if is_long { "" } else { &field.name };
    lines.push(Line::from(vec![
        Span::styled(format!("{name:NAME$}"), theme.dim()),
        Span::styled(first, style),
    ]));
    for value in values {
        lines.push(Line::from(vec![
            Span::raw(" ".repeat(NAME)),
            Span::styled(value, style),
        ]));
    }
    add_note(field, columns, theme, &mut lines);
    lines
}

/// The remark stands behind the value where it fits, else below it.
fn add_note(field: &Field, columns: usize, theme: Theme, lines: &mut Vec<Line<'_>>) {
    if field.note.is_empty() {
        return;
    }
    let used = lines.last().map_or(0, Line::width);
    if used + width(&field.note) + 3 <= columns {
        if let Some(line) = lines.last_mut() {
            line.push_span(Span::styled(format!("   {}", field.note), theme.dim()));
        }
        return;
    }
    let room = columns.saturating_sub(NAME).max(VALUE);
    for piece in wrap(&field.note, room) {
        lines.push(Line::from(vec![
            Span::raw(" ".repeat(NAME)),
            Span::styled(piece, theme.dim()),
        ]));
    }
}

//! The overview: name, value, and where the value came from.

use std::ops::Range;

use ratatui::text::{Line, Span};

use crate::tui::details::{Field, Tone};
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::{bytes, fit, head, width, wrap};

use super::TabPage;

/// Columns of the names; longer ones stand on a line of their own.
const NAME: usize = 12;
/// Rows of a value that is too long to be told.
const ROWS: usize = 8;
/// Columns below which nothing is wrapped any narrower.
const VALUE: usize = 16;

/// The overview.
pub(super) struct Overview;

impl TabPage for Overview {
    fn title(&self) -> &'static str {
        "Overview"
    }

    fn count(&self, _: &Model) -> Option<usize> {
        Some(0)
    }

    fn len(&self, model: &Model, columns: usize) -> usize {
        let fields = model.details.fields.iter();
        fields
            .map(|field| lines(field, columns, model.theme).len())
            .sum()
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        let fields = model.details.fields.iter();
        let lines = fields.flat_map(|field| lines(field, columns, model.theme));
        lines.skip(rows.start).take(rows.len()).collect()
    }
}

fn lines(field: &Field, columns: usize, theme: Theme) -> Vec<Line<'static>> {
    match field.tone {
        Tone::Gap => return vec![Line::default()],
        Tone::Block => return vec![Line::styled(field.name.clone(), theme.heading())],
        Tone::Plain | Tone::Conflict | Tone::Hole | Tone::Faint => {}
    }
    let room = columns.saturating_sub(NAME).max(VALUE);
    let style = match field.tone {
        Tone::Conflict => theme.warning(),
        Tone::Hole => theme.bad(),
        Tone::Faint => theme.dim(),
        Tone::Plain | Tone::Block | Tone::Gap => theme.text(),
    };
    let sign = if field.tone == Tone::Conflict {
        "! "
    } else {
        ""
    };
    let (start, rest) = told(field, room);
    let value = format!("{sign}{start}");
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
    if !rest.is_empty() {
        let words = format!("{} {}", theme.more(), left_out(field, rest));
        for words in wrap(&words, room) {
            let words = format!("{}{words}", " ".repeat(NAME));
            lines.push(Line::styled(words, theme.warning()));
        }
    }
    add_note(field, columns, theme, &mut lines);
    lines
}

/// What is told of a value, and what is left out of it: an annotation may be as long as its manifest. A note says that
/// the value is from a document, which has the rest. Cost: what is told.
fn told(field: &Field, room: usize) -> (&str, &str) {
    if field.note.is_empty() || field.value.len() <= room * ROWS * 2 {
        return (&field.value, "");
    }
    let start = head(&field.value, room * ROWS).len();
    field.value.split_at_checked(start).unwrap_or_default()
}

/// How much that is, and the key that shows it.
fn left_out(field: &Field, rest: &str) -> String {
    let place = if field.note == "config label" {
        "J on the row of the config"
    } else {
        "J"
    };
    format!(
        "and {} more; {place} shows all of it",
        bytes(rest.len() as u64)
    )
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

#[cfg(test)]
mod tests {
    use crate::insight::outline::fixture::World;
    use crate::tui::screens::Screen;

    use super::TabPage as _;

    #[test]
    fn a_huge_annotation_leaves_room_for_the_rest_and_says_where_it_is() {
        for (size, room) in [((160, 45), 20), ((80, 24), 20), ((40, 12), 30)] {
            let mut world = World::default();
            let image = world.image(&"huge ".repeat(40_000), "amd64", "");
            world.tag("1.0", &image);
            let mut screen = Screen::of(&world, size);
            screen.press("j<Tab>");
            let model = &screen.model;
            let columns = crate::tui::layout::Layout::of(model).details_columns();
            let lines = super::Overview.len(model, columns);
            assert!(lines < 40 + room, "{size:?}: {lines}");
            let mut seen = String::new();
            for _ in 0..lines {
                seen.push_str(&screen.shown());
                screen.press("j");
            }
            assert!(seen.contains("kB more"), "{seen}");
            assert!(seen.contains("kept by"), "what stands below it");
        }
    }
}

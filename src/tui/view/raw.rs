//! The document as it is, indented.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::model::{Model, Raw};
use crate::tui::theme::Theme;
use crate::words::wrap;

/// How many lines the document has; a line that is wider than the pane goes on below and counts once.
pub fn line_count(model: &Model) -> usize {
    match &model.raw {
        Raw::Ready(_, lines) => lines.len(),
        _ => 1,
    }
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Raw::Ready(_, lines) = &model.raw else {
        let words = "indenting the document …";
        frame.render_widget(Paragraph::new(Span::styled(words, model.theme.dim())), area);
        return;
    };
    let rows = usize::from(area.height);
    let mut shown: Vec<Line<'_>> = Vec::with_capacity(rows);
    for line in lines.iter().skip(model.scroll).take(rows) {
        for piece in wrap(line, usize::from(area.width)) {
            shown.push(coloured(&piece, model.theme));
        }
        if shown.len() >= rows {
            break;
        }
    }
    frame.render_widget(Paragraph::new(shown), area);
}

/// A line of JSON: keys apart from values.
fn coloured<'a>(line: &str, theme: Theme) -> Line<'a> {
    let text = line.trim_start_matches(' ');
    let indent = " ".repeat(line.len() - text.len());
    let key = text
        .strip_prefix('"')
        .and_then(|rest| rest.split_once("\": "));
    match key {
        Some((key, value)) if !key.contains('"') => Line::from(vec![
            Span::raw(indent),
            Span::styled(format!("\"{key}\""), theme.heading()),
            Span::raw(": "),
            Span::raw(value.to_owned()),
        ]),
        _ => Line::from(vec![Span::raw(indent), Span::raw(text.to_owned())]),
    }
}

//! Why something is kept: a sentence, the paths, what names it, who shares it, and the rule.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::tui::impact::Reasons;
use crate::tui::model::Model;
use crate::words::{counted, fit, fit_middle, wrap};

/// Columns of the names.
const NAME: usize = 13;
/// At most so many that share it are told.
const SHARED: usize = 6;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    frame.render_widget(Clear, area);
    let block = Block::bordered()
        .border_set(theme.border_set())
        .border_style(theme.border(true))
        .title(Span::styled(" Why is this kept ", theme.strong()));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let inside = Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        ..inside
    };
    let room = usize::from(inside.width);
    let lines = match &model.why.shown {
        None => vec![Line::styled(
            format!("{} working it out", theme.more()),
            theme.dim(),
        )],
        Some(Err(words)) => wrap(words, room)
            .into_iter()
            .map(|line| Line::styled(line, theme.bad()))
            .collect(),
        Some(Ok(reasons)) => lines(model, reasons, room, usize::from(inside.height)),
    };
    frame.render_widget(Paragraph::new(lines), inside);
}

fn lines<'a>(model: &Model, reasons: &Reasons, room: usize, rows: usize) -> Vec<Line<'a>> {
    let theme = model.theme;
    let mut lines: Vec<Line<'a>> = wrap(&reasons.title, room)
        .into_iter()
        .map(|line| Line::styled(line, theme.strong()))
        .collect();
    let below = below(model, reasons, room);
    let space = rows.saturating_sub(lines.len() + below.len()).max(1);
    let cursor = model.why.cursor;
    let start = cursor
        .saturating_sub(space / 2)
        .min(reasons.ways.len().saturating_sub(space));
    let shown = reasons.ways.iter().enumerate().skip(start).take(space);
    for (number, way) in shown {
        let words = theme.plain_path(&way.words);
        let words = fit_middle(&words, room.saturating_sub(2), theme.more());
        let line = Line::from(format!("  {words}"));
        lines.push(if number == cursor {
            line.patch_style(theme.cursor(true))
        } else {
            line
        });
    }
    lines.extend(below);
    lines
}

fn below<'a>(model: &Model, reasons: &Reasons, room: usize) -> Vec<Line<'a>> {
    let theme = model.theme;
    let mut lines = vec![Line::default()];
    let mut field = |name: &str, value: &str, style| {
        let pieces = wrap(value, room.saturating_sub(NAME).max(16));
        for (number, piece) in pieces.into_iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("{name:NAME$}"), theme.dim()),
                Span::styled(piece, style),
            ]));
        }
    };
    field("named by", &reasons.references, theme.text());
    for (number, place) in reasons.shared_with.iter().take(SHARED).enumerate() {
        let name = if number == 0 { "shared with" } else { "" };
        let place = fit(place, room.saturating_sub(NAME), theme.more());
        field(name, &place, theme.text());
    }
    if reasons.shared_with.len() > SHARED {
        let more = reasons.shared_with.len() - SHARED;
        let words = format!("and {}", counted(more, "more", "more"));
        field("", &words, theme.dim());
    }
    field("under", &reasons.rules, theme.text());
    field("", &reasons.keeping, theme.text());
    if reasons.is_partial {
        let words = "not all of the registry is seen; more may keep it than is told here";
        field("partial view", words, theme.warning());
    }
    lines
}

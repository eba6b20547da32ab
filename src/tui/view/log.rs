//! The requests that were sent, the newest last.
//!
//! ```text
//! 12:03:01.120  GET   200      1.2 kB    21 ms  https://registry.example.com/v2/team/app/manifests/1.4.1
//! 12:03:01.140  GET   429        0 B     18 ms  https://registry.example.com/v2/… (try 2)
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::source::registry::{LogEntry, Outcome};
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::{bytes, counted, fit, fit_middle, width};

/// From this many columns on, the moment is told.
const WIDE: usize = 100;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect, back: usize) {
    let theme = model.theme;
    frame.render_widget(Clear, area);
    let progress = &model.progress;
    let requests = usize::try_from(progress.requests).unwrap_or(usize::MAX);
    let title = format!(
        " Requests{}{}{}{} ",
        theme.dot(),
        counted(requests, "sent", "sent"),
        theme.dot(),
        bytes(progress.bytes)
    );
    let shown_to = model.log.len().saturating_sub(back);
    let position = match model.log.len() {
        0 => String::new(),
        all => format!(" {shown_to} / {all} "),
    };
    let block = Block::bordered()
        .border_set(theme.border_set())
        .border_style(theme.border(true))
        .title(Span::styled(title, theme.strong()))
        .title_bottom(Line::from(Span::styled(position, theme.dim())).right_aligned());
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let (room, rows) = (usize::from(inside.width), usize::from(inside.height));
    if model.log.is_empty() {
        let words = fit(
            " nothing was sent: what is shown comes from files, from the program itself or from the cache",
            room,
            theme.more(),
        );
        frame.render_widget(Paragraph::new(Span::styled(words, theme.dim())), inside);
        return;
    }
    let end = shown_to.max(rows.min(model.log.len()));
    let entries = model
        .log
        .get(end.saturating_sub(rows)..end)
        .unwrap_or_default();
    let lines: Vec<_> = entries
        .iter()
        .map(|entry| line(theme, entry, room))
        .collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

fn line<'a>(theme: Theme, entry: &LogEntry, room: usize) -> Line<'a> {
    let (outcome, style) = match &entry.outcome {
        Outcome::Status(status @ 200..=399) => (status.to_string(), theme.good()),
        Outcome::Status(status @ (404 | 429)) => (status.to_string(), theme.warning()),
        Outcome::Status(status) => (status.to_string(), theme.bad()),
        Outcome::Error(_) => ("error".to_owned(), theme.bad()),
        Outcome::Abandoned => ("left".to_owned(), theme.dim()),
        Outcome::Cached => ("cache".to_owned(), theme.dim()),
    };
    let mut spans = vec![Span::raw(" ")];
    if room >= WIDE {
        let moment = entry.at.strftime("%H:%M:%S%.3f").to_string();
        spans.push(Span::styled(format!("{moment}  "), theme.dim()));
    }
    spans.push(Span::raw(format!("{:5} ", entry.method)));
    spans.push(Span::styled(format!("{outcome:6}"), style));
    spans.push(Span::raw(format!("{:>8}  ", bytes(entry.bytes))));
    let took = format!("{} ms", entry.took.as_millis());
    spans.push(Span::styled(format!("{took:>8}  "), theme.dim()));
    let mut after = String::new();
    if entry.attempt > 1 {
        after = format!("  try {}", entry.attempt);
    }
    if let Outcome::Error(words) = &entry.outcome {
        after = format!("{after}  {words}");
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let url = crate::oci::remote_text::clean(&entry.url);
    let after = fit(&after, room.saturating_sub(used) / 2, theme.more());
    let left = room.saturating_sub(used + width(&after) + 1);
    spans.push(Span::raw(fit_middle(&url, left, theme.more())));
    spans.push(Span::styled(after, theme.warning()));
    Line::from(spans)
}

//! The requests that were sent, the newest last.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::source::registry::{LogEntry, Outcome};
use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::tui::popup;
use crate::tui::theme::Theme;
use crate::words::{bytes, counted, fit, fit_middle, width};

use super::bind;

/// Lines that a page key moves by.
const PAGE: usize = 10;

/// The key that opens it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::EVERYWHERE,
    "requests",
    &[Key::letter('@')],
    Action::Run(open),
    Group::Do,
    ("requests", "the requests that were sent, the newest last"),
)];

/// The requests, scrolled back by so many lines.
#[derive(Clone, Copy, Debug)]
pub struct Log(usize);

impl Log {
    /// Its place: while it is on the screen, [`Model::log`] is brought up to date.
    pub const PLACE: Place = Place("requests");
}

fn open(model: &mut Model) -> Vec<Effect> {
    model.toggle(Log(0));
    Vec::new()
}

impl Pane for Log {
    fn place(&self) -> Place {
        Self::PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Panes
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        let last = model.log.len().saturating_sub(1);
        let back = self.0;
        let back = match verb {
            Verb::Escape | Verb::Back | Verb::Quit => return Flow::CLOSE,
            Verb::Up => back.saturating_add(1),
            Verb::Down => back.saturating_sub(1),
            Verb::PageUp => back.saturating_add(PAGE),
            Verb::PageDown => back.saturating_sub(PAGE),
            Verb::First => last,
            Verb::Last => 0,
            _ => back,
        };
        self.0 = back.min(last);
        Flow::STAY
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        draw(model, frame, area, self.0);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        vec![
            model.keys.hint("back", model.theme),
            Hint::new("j k", "scroll"),
        ]
    }
}

/// From this many columns on, the moment is told.
const WIDE: usize = 100;

fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect, back: usize) {
    let theme = model.theme;
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
    let inside = popup::draw_pane(model, frame, area, title, position);
    let (room, rows) = (usize::from(inside.width), usize::from(inside.height));
    if model.log.is_empty() {
        let words = fit(
            "nothing was sent: what is shown comes from files, from the program itself or from the cache",
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
    let mut spans = Vec::new();
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

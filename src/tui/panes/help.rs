//! The help: every key, from the table of keys, and what the marks mean.

use std::collections::HashSet;

use ratatui::Frame;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::insight::marks::Mark;
use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Keymap, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup;
use crate::tui::theme::Theme;
use crate::words::wrap;

use super::{bind, moved};

const PLACE: Place = Place("help");
/// Columns of the keys.
const KEYS_WIDE: usize = 18;
/// Columns of the widest help; sentences are wrapped to less.
const WIDTH: u16 = 96;
/// Lines that a page key moves by.
const PAGE: usize = 10;

/// The key that opens it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::EVERYWHERE,
    "help",
    &[Key::letter('?'), Key::plain(KeyCode::F(1))],
    Action::Run(open),
    Group::Do,
    ("help", "this help"),
)];

/// The help, scrolled by so many lines.
#[derive(Clone, Copy, Debug)]
struct Help(usize);

fn open(model: &mut Model) -> Vec<Effect> {
    model.toggle(Help(0));
    Vec::new()
}

/// Shows the help over whatever there is.
pub(super) fn show(model: &mut Model) {
    model.show(Help(0));
}

impl Pane for Help {
    fn place(&self) -> Place {
        PLACE
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        if matches!(verb, Verb::Escape | Verb::Back | Verb::Quit | Verb::Open) {
            return Flow::CLOSE;
        }
        let lines = lines(&model.keys, model.theme, room(model.size.0)).len();
        self.0 = moved(self.0, lines, PAGE, verb);
        Flow::STAY
    }

    fn rows(&self, model: &Model) -> Vec<String> {
        let lines = lines(&model.keys, model.theme, room(model.size.0));
        lines.iter().map(ToString::to_string).collect()
    }

    fn cursor(&self, _: &Model) -> usize {
        self.0
    }

    fn put_cursor(&mut self, _: &mut Model, row: usize) {
        self.0 = row;
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let lines = lines(&model.keys, model.theme, room(area.width));
        let height = lines.len() + 2;
        let most = height.saturating_sub(usize::from(area.height.saturating_sub(2)));
        let lines: Vec<_> = lines.into_iter().skip(self.0.min(most)).collect();
        let size = (usize::from(WIDTH), height);
        popup::draw_box(model, frame, area, " Help ", lines, size);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        vec![
            Hint::new("j k", "more"),
            model.keys.hint("back", model.theme),
        ]
    }
}

/// Columns inside the frame, on a screen of so many.
fn room(columns: u16) -> usize {
    usize::from(columns.saturating_sub(2).min(WIDTH).saturating_sub(4))
}

fn lines<'a>(keys: &Keymap, theme: Theme, room: usize) -> Vec<Line<'a>> {
    let mut lines = legend(theme, room);
    lines.push(Line::default());
    for group in Group::ALL {
        lines.push(Line::styled(group.title(), theme.heading()));
        let mut told = HashSet::new();
        for (binding, bound) in keys.bindings() {
            let is_told = binding.group == group && !binding.help.is_empty();
            if is_told && told.insert(binding.name) {
                lines.extend(of_binding(binding, bound, theme, room));
            }
        }
        lines.push(Line::default());
    }
    lines
}

/// What the marks mean: what a person looks for first.
fn legend<'a>(theme: Theme, room: usize) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    lines.push(Line::styled("Marks", theme.heading()));
    let words = "S signature, B bill of materials, P provenance, V VEX; a small letter: for some platforms only. \
                 Nothing is verified unless it says so.";
    for words in wrap(words, room.saturating_sub(2)) {
        lines.push(Line::raw(format!("  {words}")));
    }
    for mark in [
        Mark::Verified,
        Mark::Present,
        Mark::Refuted,
        Mark::None,
        Mark::Unsupported,
        Mark::Forbidden,
        Mark::RateLimited,
        Mark::Failed,
        Mark::Missing,
        Mark::CutShort,
        Mark::Loading,
        Mark::NotAsked,
    ] {
        let symbol = mark.symbol(theme.is_ascii());
        lines.push(Line::from(vec![
            Span::styled(format!("  {symbol:KEYS_WIDE$}"), theme.mark(mark)),
            Span::raw(match mark {
                // Two that share a symbol; the row's own words tell which.
                Mark::Failed => "asking failed, or what came is invalid",
                Mark::CutShort => "cut short by a limit, or too large for one",
                mark => mark.words(),
            }),
        ]));
    }
    lines
}

/// The keys, and what they do beside them.
fn of_binding<'a>(binding: &Binding, keys: &[Key], theme: Theme, room: usize) -> Vec<Line<'a>> {
    let names: Vec<_> = keys.iter().map(|key| key.name(theme)).collect();
    let mut words = wrap(binding.help, room.saturating_sub(KEYS_WIDE + 2)).into_iter();
    let mut names = wrap(&names.join(" "), KEYS_WIDE - 1).into_iter();
    let lines = std::iter::from_fn(|| {
        let (names, words) = (names.next(), words.next());
        if names.is_none() && words.is_none() {
            return None;
        }
        let names = names.unwrap_or_default();
        Some(Line::from(vec![
            Span::styled(format!("  {names:KEYS_WIDE$}"), theme.key()),
            Span::raw(words.unwrap_or_default()),
        ]))
    });
    lines.collect()
}

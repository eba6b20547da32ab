//! The help: every key, from the key map, and what the marks mean.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::insight::marks::Mark;
use crate::tui::keymap::{BINDINGS, Binding, Group, IMPACT};
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::wrap;

use super::popup;

/// Columns of the keys.
const KEYS: usize = 18;

/// How many lines the help has.
pub fn line_count(theme: Theme, columns: u16) -> usize {
    lines(theme, room(columns)).len()
}

/// Columns of the widest help; sentences are wrapped to less.
const WIDTH: u16 = 96;

/// Columns inside the frame, on a screen of so many.
fn room(columns: u16) -> usize {
    usize::from(columns.saturating_sub(2).min(WIDTH).saturating_sub(4))
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect, scroll: usize) {
    let lines = lines(model.theme, room(area.width));
    let height = lines.len() + 2;
    let most = (lines.len() + 2).saturating_sub(usize::from(area.height.saturating_sub(2)));
    let lines: Vec<_> = lines.into_iter().skip(scroll.min(most)).collect();
    popup::draw_box(
        model,
        frame,
        area,
        " Help ",
        lines,
        (usize::from(WIDTH), height),
    );
}

fn lines<'a>(theme: Theme, room: usize) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(Line::styled(group.title(), theme.heading()));
        for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
            lines.extend(of_binding(binding, theme, room));
        }
        for binding in IMPACT.iter().filter(|binding| binding.group == group) {
            lines.extend(of_binding(binding, theme, room));
        }
        lines.push(Line::default());
    }
    lines.push(Line::styled("Marks", theme.heading()));
    let words = "S signature, B bill of materials, P provenance, V VEX; a small letter: for some platforms only. \
                 Nothing is verified unless it says so.";
    for words in wrap(words, room.saturating_sub(2)) {
        lines.push(Line::raw(format!("  {words}")));
    }
    for mark in [
        Mark::Present,
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
            Span::styled(format!("  {symbol:KEYS$}"), theme.mark(mark)),
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
fn of_binding<'a, A>(binding: &Binding<A>, theme: Theme, room: usize) -> Vec<Line<'a>> {
    let mut words = wrap(binding.help, room.saturating_sub(KEYS + 2)).into_iter();
    let mut names = wrap(&binding.names(theme), KEYS - 1).into_iter();
    let lines = std::iter::from_fn(|| {
        let (names, words) = (names.next(), words.next());
        if names.is_none() && words.is_none() {
            return None;
        }
        let names = names.unwrap_or_default();
        Some(Line::from(vec![
            Span::styled(format!("  {names:KEYS$}"), theme.key()),
            Span::raw(words.unwrap_or_default()),
        ]))
    });
    lines.collect()
}

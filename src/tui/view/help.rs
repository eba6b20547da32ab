//! The help: every key, from the key map, and what the marks mean.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::insight::marks::Mark;
use crate::tui::keymap::{BINDINGS, Group};
use crate::tui::model::Model;
use crate::tui::theme::Theme;

use super::popup;

/// Columns of the keys.
const KEYS: usize = 18;

/// How many lines the help has.
pub fn line_count(theme: Theme) -> usize {
    lines(theme).len()
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect, scroll: usize) {
    let lines = lines(model.theme);
    let height = lines.len() + 2;
    let most = (lines.len() + 2).saturating_sub(usize::from(area.height.saturating_sub(2)));
    let lines: Vec<_> = lines.into_iter().skip(scroll.min(most)).collect();
    popup::draw_box(model, frame, area, " Help ", lines, (78, height));
}

fn lines<'a>(theme: Theme) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(Line::styled(group.title(), theme.heading()));
        for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
            lines.push(Line::from(vec![
                Span::styled(format!("  {:KEYS$}", binding.names(theme)), theme.key()),
                Span::raw(binding.help),
            ]));
        }
        lines.push(Line::default());
    }
    lines.push(Line::styled("Marks", theme.heading()));
    lines.push(Line::raw(
        "  S signature, B bill of materials, P provenance, V VEX; a small letter:",
    ));
    lines.push(Line::raw(
        "  for some platforms only. Nothing is verified unless it says so.",
    ));
    for mark in [
        Mark::Present,
        Mark::None,
        Mark::Unsupported,
        Mark::Forbidden,
        Mark::RateLimited,
        Mark::Failed,
        Mark::CutShort,
        Mark::Loading,
        Mark::NotAsked,
    ] {
        let symbol = mark.symbol(theme.is_ascii());
        lines.push(Line::from(vec![
            Span::styled(format!("  {symbol:KEYS$}"), theme.mark(mark)),
            Span::raw(mark.words()),
        ]));
    }
    lines
}

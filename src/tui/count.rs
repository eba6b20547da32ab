//! A number before a movement: `alt-1 2 j` is twelve rows down, `alt-4 0 G` the fortieth row.
//!
//! A digit alone chooses a tab; so the first digit of a number comes with alt, as it does in Emacs and readline.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::keys::Verb;
use super::model::Model;

/// The largest number; more rows than that nobody counts.
const MOST: usize = 1_000_000;

/// A digit was pressed that begins a number or goes on with one, so that it means nothing else.
pub(super) fn takes(model: &mut Model, key: KeyEvent) -> bool {
    let KeyCode::Char(letter) = key.code else {
        return false;
    };
    let Some(digit) = letter.to_digit(10) else {
        return false;
    };
    let begins = key.modifiers.contains(KeyModifiers::ALT) && digit > 0;
    if model.count.is_none() && !begins {
        return false;
    }
    let number = model.count.unwrap_or(0) * 10 + digit as usize;
    let number = number.min(MOST);
    model.count = Some(number);
    model.notice = Some(format!("{number}: j down, k up, G to that row"));
    true
}

/// Moves as many rows, or to the row, that was counted; false where nothing was counted, or that is no movement.
pub(super) fn moves(model: &mut Model, verb: Verb) -> bool {
    let Some(number) = model.count.filter(|_| model.panes.is_empty()) else {
        return false;
    };
    let rows = isize::try_from(number).unwrap_or(isize::MAX);
    let tree = &mut model.tree;
    match verb {
        Verb::Up => tree.move_by(-rows),
        Verb::Down => tree.move_by(rows),
        Verb::PageUp => tree.page(-rows),
        Verb::PageDown => tree.page(rows),
        Verb::First | Verb::Last => tree.select(number.saturating_sub(1)),
        _ => return false,
    }
    true
}

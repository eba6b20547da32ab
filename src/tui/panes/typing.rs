//! A line that is typed.

use ratatui::crossterm::event::{Event, KeyEvent};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

/// Characters that a line holds at most: far more than the longest reference.
const LONGEST: usize = 4_000;

/// Types a key into a line.
pub(super) fn key(input: &mut Input, key: KeyEvent) {
    if input.value().len() < LONGEST || !is_character(key) {
        input.handle_event(&Event::Key(key));
    }
}

fn is_character(key: KeyEvent) -> bool {
    matches!(key.code, ratatui::crossterm::event::KeyCode::Char(_))
}

/// Puts a text where the cursor of a line is. Cost: that of both texts, once.
pub(super) fn insert(input: &mut Input, text: &str) {
    let before: String = input.value().chars().take(input.cursor()).collect();
    let after: String = input.value().chars().skip(input.cursor()).collect();
    let room = LONGEST.saturating_sub(before.len() + after.len());
    let text: String = text.chars().take(room).collect();
    let cursor = before.chars().count() + text.chars().count();
    *input = Input::new(format!("{before}{text}{after}")).with_cursor(cursor);
}

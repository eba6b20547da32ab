//! Keys while something is typed, or while a popup lies over the panes.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::Input;
use tui_input::InputRequest;
use tui_input::backend::crossterm::EventHandler as _;

use crate::insight::outline;
use crate::tui::effect::Effect;
use crate::tui::keymap::{self, Action};
use crate::tui::model::{Mode, Model};
use crate::tui::view::{help, popup};

use super::copy::{self, Copied};
use super::{history, home};

pub(super) fn pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    match std::mem::replace(&mut model.mode, Mode::Browse) {
        Mode::Filter(input) => filter(model, input, key),
        Mode::GoTo(input) => go_to(model, input, key),
        Mode::Copy => return copy(model, key),
        Mode::UsedBy(used_by) => {
            model.mode = Mode::UsedBy(used_by);
            used_by_key(model, key);
        }
        Mode::LoadAll(remaining) => {
            if matches!(key.code, KeyCode::Enter | KeyCode::Char('y')) {
                model.is_reserved = false;
                model.notice = Some("loading everything".to_owned());
                // First what failed: what is asked for then would be met as failed on the way.
                return vec![
                    Effect::AgainFailed(None),
                    Effect::LoadAll(remaining.unasked),
                ];
            }
        }
        Mode::Told(sentences, scroll) => told_key(model, sentences, scroll, key),
        Mode::Help(scroll) => help_key(model, scroll, key),
        Mode::Log(back) => log_key(model, back, key),
        other @ (Mode::Browse | Mode::Home(_) | Mode::Impact | Mode::Why) => model.mode = other,
    }
    Vec::new()
}

/// Text from the clipboard goes into whatever is being typed; elsewhere it is no keys.
pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    let is_text = |character: &char| !character.is_control();
    let characters = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(is_text);
    match &mut model.mode {
        Mode::Filter(input) | Mode::GoTo(input) => {
            for character in characters {
                input.handle(InputRequest::InsertChar(character));
            }
        }
        Mode::Home(home) => {
            for character in characters {
                home.input.handle(InputRequest::InsertChar(character));
            }
        }
        _ => {}
    }
    if let Mode::Filter(input) = &model.mode {
        let text = input.value().to_owned();
        model.tree.set_filter(&text);
    }
    Vec::new()
}

/// Types a key into a line.
pub(super) fn type_key(input: &mut Input, key: KeyEvent) {
    input.handle_event(&Event::Key(key));
}

fn filter(model: &mut Model, mut input: Input, key: KeyEvent) {
    match key.code {
        KeyCode::Esc => {
            model.tree.clear_filter(&model.known.graph);
        }
        KeyCode::Enter => {
            let count = model.tree.lines().len();
            model.notice =
                (count == 0).then(|| format!("nothing matches {}; esc shows all", input.value()));
        }
        KeyCode::Up | KeyCode::Down => {
            model
                .tree
                .move_by(if key.code == KeyCode::Up { -1 } else { 1 });
            model.mode = Mode::Filter(input);
        }
        _ => {
            type_key(&mut input, key);
            model.tree.set_filter(input.value());
            model.mode = Mode::Filter(input);
        }
    }
}

fn go_to(model: &mut Model, mut input: Input, key: KeyEvent) {
    match key.code {
        KeyCode::Esc => {}
        KeyCode::Enter => {
            let text = input.value().trim().to_owned();
            match outline::look_up(&model.known.graph, &text) {
                Some(node) => history::go_to(model, node),
                None if text.is_empty() => {}
                None => {
                    model.notice = Some(format!(
                        "nothing that is loaded is called {text}, and no digest begins with it; o opens another target"
                    ));
                }
            }
        }
        _ => {
            type_key(&mut input, key);
            model.mode = Mode::GoTo(input);
        }
    }
}

fn copy(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let KeyCode::Char(letter) = key.code else {
        return Vec::new();
    };
    let offers = copy::offers(model);
    match offers.into_iter().find(|offer| offer.letter == letter) {
        Some(Copied { what, text, .. }) => {
            model.notice = Some(format!("copied the {what}, if the terminal allows it"));
            vec![Effect::Copy(text)]
        }
        None => Vec::new(),
    }
}

/// What does not fit is scrolled; any other key goes on.
fn told_key(model: &mut Model, sentences: Vec<String>, scroll: usize, key: KeyEvent) {
    let below = popup::told_below(model, &sentences);
    let scroll = match keymap::action(key) {
        Some(Action::Down | Action::PageDown) if below > 0 => (scroll + 1).min(below),
        Some(Action::Up | Action::PageUp) if below > 0 => scroll.saturating_sub(1),
        _ => {
            home::restore(model);
            return;
        }
    };
    model.mode = Mode::Told(sentences, scroll);
}

fn used_by_key(model: &mut Model, key: KeyEvent) {
    let Mode::UsedBy(used_by) = &mut model.mode else {
        return;
    };
    let last = used_by.paths.len().saturating_sub(1);
    match keymap::action(key) {
        Some(Action::Up) => used_by.cursor = used_by.cursor.saturating_sub(1),
        Some(Action::Down) => used_by.cursor = (used_by.cursor + 1).min(last),
        Some(Action::First | Action::PageUp) => used_by.cursor = 0,
        Some(Action::Last | Action::PageDown) => used_by.cursor = last,
        Some(Action::Open) => {
            let path = used_by
                .paths
                .get(used_by.cursor)
                .and_then(|(_, path)| path.clone());
            model.mode = Mode::Browse;
            match path {
                Some(path) => history::go_along(model, &path),
                None => model.notice = Some("no root of this screen leads there".to_owned()),
            }
        }
        Some(Action::Back | Action::Quit | Action::UsedBy) => model.mode = Mode::Browse,
        _ => {}
    }
}

fn help_key(model: &mut Model, scroll: usize, key: KeyEvent) {
    let last = help::line_count(model.theme, model.size.0).saturating_sub(1);
    let scroll = match keymap::action(key) {
        Some(Action::Up) => scroll.saturating_sub(1),
        Some(Action::Down) => scroll + 1,
        Some(Action::PageUp) => scroll.saturating_sub(10),
        Some(Action::PageDown) => scroll + 10,
        Some(Action::First) => 0,
        Some(Action::Last) => last,
        Some(Action::Back | Action::Help | Action::Quit | Action::Open) => {
            home::restore(model);
            return;
        }
        _ => scroll,
    };
    model.mode = Mode::Help(scroll.min(last));
}

fn log_key(model: &mut Model, back: usize, key: KeyEvent) {
    /// Lines that a page key moves by.
    const PAGE: usize = 10;
    let last = model.log.len().saturating_sub(1);
    let back = match keymap::action(key) {
        Some(Action::Up) => back.saturating_add(1),
        Some(Action::Down) => back.saturating_sub(1),
        Some(Action::PageUp) => back.saturating_add(PAGE),
        Some(Action::PageDown) => back.saturating_sub(PAGE),
        Some(Action::First) => last,
        Some(Action::Last) => 0,
        Some(Action::Back | Action::Quit | Action::Log) => {
            home::restore(model);
            return;
        }
        _ => back,
    };
    model.mode = Mode::Log(back.min(last));
}

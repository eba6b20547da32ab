//! The first screen: a line to type a target.

use ratatui::crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use crate::crawl::Root;
use crate::tui::effect::Effect;
use crate::tui::model::{Home, Mode, Model, Place};

use super::add_root;
use super::overlay::type_key;

/// What an empty line opens.
const EXAMPLE: &str = "demo";

pub(super) fn pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Mode::Home(home) = &mut model.mode else {
        return Vec::new();
    };
    match key.code {
        KeyCode::Up | KeyCode::Down => {
            choose(home, &model.places, key.code == KeyCode::Down);
            Vec::new()
        }
        KeyCode::Enter => {
            if home.opening.is_some() {
                return Vec::new();
            }
            let written = match home.input.value().trim() {
                "" => EXAMPLE.to_owned(),
                written => written.to_owned(),
            };
            home.error = None;
            home.opening = Some(written.clone());
            vec![Effect::Open(written)]
        }
        KeyCode::Esc => {
            home.input.reset();
            home.error = None;
            home.opening = None;
            home.chosen = None;
            Vec::new()
        }
        KeyCode::F(1) => {
            model.mode = Mode::Help(0);
            Vec::new()
        }
        KeyCode::Char('?') if home.input.value().is_empty() => {
            model.mode = Mode::Help(0);
            Vec::new()
        }
        _ => {
            type_key(&mut home.input, key);
            home.chosen = None;
            home.error = None;
            Vec::new()
        }
    }
}

/// Puts the next or the last place into the line; above the first it is empty again.
fn choose(home: &mut Home, places: &[Place], is_down: bool) {
    let last = places.len().checked_sub(1);
    home.chosen = match (home.chosen, is_down) {
        (None, true) => last.map(|_| 0),
        (None, false) => last,
        (Some(at), true) => Some((at + 1).min(last.unwrap_or(0))),
        (Some(at), false) => at.checked_sub(1),
    };
    let place = home.chosen.and_then(|at| places.get(at));
    home.input = Input::new(place.map(|place| place.target.clone()).unwrap_or_default());
    home.error = None;
}

/// Back from the help: to what lay under it.
pub(super) fn restore(model: &mut Model) {
    model.mode = if model.tree.roots().is_empty() {
        Mode::Home(Home::default())
    } else if model.impact.is_open {
        Mode::Impact
    } else {
        Mode::Browse
    };
}

/// A target was opened, or could not be.
pub(super) fn opened(model: &mut Model, opened: Result<Root, String>) {
    match opened {
        Ok(root) => {
            model.mode = Mode::Browse;
            add_root(model, &root);
        }
        Err(error) => {
            if let Mode::Home(home) = &mut model.mode {
                // Whoever cleared the line does not wait for this any more.
                home.error = home.opening.take().map(|_| error);
            } else {
                model.notice = Some(error);
            }
        }
    }
}

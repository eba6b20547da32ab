//! The first screen: a line to type a target.

use crate::graph::NodeState;
use crate::oci::Address;
use crate::tui::effect::Effect;
use crate::tui::model::{Home, Mode, Model, Place};
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

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
        // What was not typed needs no clearing: one key sends the question away.
        KeyCode::Esc
            if (home.reason.is_some() || home.input.value().is_empty())
                && !model.tree.roots().is_empty() =>
        {
            model.mode = Mode::Browse;
            Vec::new()
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

/// Shows the first screen over whatever there is.
pub(super) fn enter(model: &mut Model) {
    model.mode = Mode::Home(Home::default());
}

/// Whether no root of the screen could be read at all: a host or a name that was mistyped, mostly.
pub(super) fn is_barren(model: &Model) -> bool {
    let graph = &model.known.graph;
    let is_nothing = |root: &Address| {
        graph.find(root).is_some_and(|node| {
            graph.absence(node).is_some()
                && graph.state(node) != NodeState::Loaded
                && graph.outgoing(node).is_empty()
        })
    };
    model.tree.roots().iter().all(is_nothing)
}

/// Back to the first screen from where there is nothing to see.
pub(super) fn leave_barren(model: &mut Model) {
    model.tree.forget_roots();
    enter(model);
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
pub(super) fn opened(model: &mut Model, opened: Result<Address, String>) {
    match opened {
        Ok(root) => {
            model.mode = Mode::Browse;
            if let Address::Registry(origin) = &root {
                // Whoever opens a host anew may be asked anew.
                model.asked_for_repository.remove(origin);
            }
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

//! The line in which the range of versions is typed that updates are told for.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use tui_input::Input;

use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};

use super::{bind, tabs, typing};

const PLACE: Place = Place("range");

/// The key that shows what is newer, and there begins this line.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "updates",
    &[Key::letter('u')],
    Action::Run(tabs::updates::open),
    Group::Look,
    (
        "updates",
        "what is newer than this tag, and why not the others; again: within a range that you type, like ^1.2",
    ),
)];

/// What is being typed; the page follows letter by letter.
#[derive(Debug)]
struct RangeLine(Input);

/// Begins to type a range.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.show(RangeLine(Input::new(model.updates.range.clone())));
    Vec::new()
}

impl Pane for RangeLine {
    fn place(&self) -> Place {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Line
    }

    fn takes_letters(&self) -> bool {
        true
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape => {
                model.updates.range.clear();
                Flow::CLOSE
            }
            Verb::Open => Flow::CLOSE,
            _ => Flow::STAY,
        }
    }

    fn key(&mut self, model: &mut Model, key: KeyEvent) -> Flow {
        typing::key(&mut self.0, key);
        self.0.value().trim().clone_into(&mut model.updates.range);
        Flow::STAY
    }

    fn paste(&mut self, model: &mut Model, text: &str) {
        typing::insert(&mut self.0, text);
        self.0.value().trim().clone_into(&mut model.updates.range);
    }

    fn typed(&self) -> Option<(&'static str, &Input)> {
        Some(("range (^1.2, ~1.4, >=22.04): ", &self.0))
    }

    fn draw(&self, _: &Model, _: &mut Frame<'_>, _: Rect) {}

    fn hints(&self, _: &Model) -> Vec<Hint> {
        Vec::new()
    }
}

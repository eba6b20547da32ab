//! The line in which what the table is filtered by is typed.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use tui_input::Input;

use crate::tui::effect::Effect;
use crate::tui::keys::{Hint, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::tui::panes::typing;

use super::{Packages, TabPage as _, set_filter};

const PLACE: Place = Place("find packages");

/// What is being typed.
#[derive(Debug)]
struct FindPackages(Input);

pub(in crate::tui::panes) fn open(model: &mut Model) -> Vec<Effect> {
    model.show(FindPackages(Input::new(model.packages.filter.clone())));
    Vec::new()
}

impl Pane for FindPackages {
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
                set_filter(model, "");
                Flow::CLOSE
            }
            Verb::Open => Flow::CLOSE,
            Verb::Up | Verb::Down => {
                Packages.act(model, verb);
                Flow::STAY
            }
            _ => Flow::STAY,
        }
    }

    fn key(&mut self, model: &mut Model, key: KeyEvent) -> Flow {
        typing::key(&mut self.0, key);
        set_filter(model, self.0.value());
        Flow::STAY
    }

    fn paste(&mut self, model: &mut Model, text: &str) {
        typing::insert(&mut self.0, text);
        set_filter(model, self.0.value());
    }

    fn typed(&self) -> Option<(&'static str, &Input)> {
        Some(("packages: ", &self.0))
    }

    fn draw(&self, _: &Model, _: &mut Frame<'_>, _: Rect) {}

    fn hints(&self, _: &Model) -> Vec<Hint> {
        Vec::new()
    }
}

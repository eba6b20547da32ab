//! The line in which the name of a file is typed, to which what is shown is written.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use tui_input::Input;

use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::tui::written;

use super::{bind, typing};

const PLACE: Place = Place("write out");

/// The key that begins it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::EVERYWHERE,
    "export",
    &[Key::letter('E')],
    Action::Run(open),
    Group::Do,
    (
        "write out",
        "write what is shown to a new file: the pane, the tree as it is open, the page or the document",
    ),
)];

/// The file's name as it is typed, and what is written: it was shown when the key was pressed.
#[derive(Debug)]
struct WriteOut {
    name: Input,
    text: String,
}

fn open(model: &mut Model) -> Vec<Effect> {
    let (name, text) = written::shown(model);
    model.show(WriteOut {
        name: Input::new(name),
        text,
    });
    Vec::new()
}

impl Pane for WriteOut {
    fn place(&self) -> Place {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Line
    }

    fn takes_letters(&self) -> bool {
        true
    }

    fn act(&mut self, _: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape => Flow::CLOSE,
            Verb::Open => {
                let name = self.name.value().trim();
                if name.is_empty() {
                    return Flow::CLOSE;
                }
                let text = std::mem::take(&mut self.text);
                Flow::Close(vec![Effect::Write(name.to_owned(), text)])
            }
            _ => Flow::STAY,
        }
    }

    fn key(&mut self, _: &mut Model, key: KeyEvent) -> Flow {
        typing::key(&mut self.name, key);
        Flow::STAY
    }

    fn paste(&mut self, _: &mut Model, text: &str) {
        typing::insert(&mut self.name, text);
    }

    fn typed(&self) -> Option<(&'static str, &Input)> {
        Some(("write to a new file: ", &self.name))
    }

    fn draw(&self, _: &Model, _: &mut Frame<'_>, _: Rect) {}

    fn hints(&self, _: &Model) -> Vec<Hint> {
        Vec::new()
    }
}

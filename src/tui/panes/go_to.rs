//! The line in which a name or the beginning of a digest is typed to go there.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use tui_input::Input;

use crate::insight::outline;
use crate::tui::effect::Effect;
use crate::tui::history;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};

use super::bind;
use super::typing;

const PLACE: Place = Place("go to");

/// The key that begins it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "go-to",
    &[Key::letter(':')],
    Action::Run(open),
    Group::Find,
    (
        "go to",
        "to a tag, repository:tag, a repository, or the beginning of a digest",
    ),
)];

/// What is being typed.
#[derive(Debug, Default)]
struct GoTo(Input);

fn open(model: &mut Model) -> Vec<Effect> {
    model.show(GoTo::default());
    Vec::new()
}

impl Pane for GoTo {
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
            Verb::Escape => Flow::CLOSE,
            Verb::Open => {
                let text = self.0.value().trim().to_owned();
                match outline::look_up(&model.known.graph, &text) {
                    Some(node) => history::go_to(model, node),
                    None if text.is_empty() => {}
                    None => {
                        model.notice = Some(format!(
                            "nothing that is loaded is called {text}, and no digest begins with it; o opens another target"
                        ));
                    }
                }
                Flow::CLOSE
            }
            _ => Flow::STAY,
        }
    }

    fn key(&mut self, _: &mut Model, key: KeyEvent) -> Flow {
        typing::key(&mut self.0, key);
        Flow::STAY
    }

    fn paste(&mut self, _: &mut Model, text: &str) {
        typing::insert(&mut self.0, text);
    }

    fn typed(&self) -> Option<(&'static str, &Input)> {
        Some(("go to: ", &self.0))
    }

    fn draw(&self, _: &Model, _: &mut Frame<'_>, _: Rect) {}

    fn hints(&self, _: &Model) -> Vec<Hint> {
        Vec::new()
    }
}

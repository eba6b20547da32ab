//! The line in which what the tree is filtered by is typed, and the way from match to match.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use tui_input::Input;

use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};

use super::{bind, find_in_list, tabs, typing};

const PLACE: Place = Place("find");

/// The keys that begin it, and those that go on with what was found.
pub(super) const KEYS: &[Binding] = &[
    bind(
        Place::EVERYWHERE,
        "find",
        &[Key::letter('/')],
        Action::Run(open),
        Group::Find,
        (
            "find",
            "show only rows in which all words stand that you type: names, kinds, formats, states, annotations, packages; in a list, go to such a row",
        ),
    ),
    bind(
        Place::EVERYWHERE,
        "next-match",
        &[Key::letter('n')],
        Action::Run(next),
        Group::Find,
        ("next", "to the next match"),
    ),
    bind(
        Place::EVERYWHERE,
        "previous-match",
        &[Key::letter('N')],
        Action::Run(previous),
        Group::Find,
        ("previous", "to the match before"),
    ),
];

/// What is being typed.
#[derive(Debug)]
struct Filter(Input);

fn open(model: &mut Model) -> Vec<Effect> {
    if let Some(effects) = find_in_list::open(model) {
        return effects;
    }
    if tabs::packages::has_focus(model) {
        return tabs::packages::find(model);
    }
    model.show(Filter(Input::new(model.tree.filter().to_owned())));
    Vec::new()
}

fn next(model: &mut Model) -> Vec<Effect> {
    to_match(model, true)
}

fn previous(model: &mut Model) -> Vec<Effect> {
    to_match(model, false)
}

fn to_match(model: &mut Model, is_forward: bool) -> Vec<Effect> {
    if let Some(effects) = find_in_list::go_on(model, is_forward) {
        return effects;
    }
    let text = model.tree.filter().to_owned();
    if text.is_empty() {
        model.notice = Some("nothing to find yet: / begins".to_owned());
    } else if !model.tree.next_match(is_forward) {
        model.notice = Some(format!("nothing else matches {text}"));
    }
    Vec::new()
}

impl Pane for Filter {
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
                model.tree.clear_filter(&model.known.graph);
                Flow::CLOSE
            }
            Verb::Open => {
                let words = format!("nothing matches {}; esc shows all", self.0.value());
                model.notice = model.tree.lines().is_empty().then_some(words);
                Flow::CLOSE
            }
            Verb::Up | Verb::Down => {
                model.tree.move_by(if verb == Verb::Up { -1 } else { 1 });
                Flow::STAY
            }
            _ => Flow::STAY,
        }
    }

    fn key(&mut self, model: &mut Model, key: KeyEvent) -> Flow {
        typing::key(&mut self.0, key);
        model.tree.set_filter(self.0.value());
        Flow::STAY
    }

    fn paste(&mut self, model: &mut Model, text: &str) {
        typing::insert(&mut self.0, text);
        model.tree.set_filter(self.0.value());
    }

    fn typed(&self) -> Option<(&'static str, &Input)> {
        Some(("find: ", &self.0))
    }

    fn draw(&self, _: &Model, _: &mut Frame<'_>, _: Rect) {}

    fn hints(&self, _: &Model) -> Vec<Hint> {
        Vec::new()
    }
}

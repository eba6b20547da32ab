//! The line in which what is sought in the list of a pane is typed; the cursor of the list goes to it as one types.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use tui_input::Input;

use crate::insight::outline::Needle;
use crate::tui::effect::Effect;
use crate::tui::keys::{Hint, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};

use super::typing;

const PLACE: Place = Place("find in a list");

/// What is being typed, and the row from which it is sought.
#[derive(Debug)]
struct FindInList {
    input: Input,
    from: usize,
}

/// Begins to seek in the list of the pane on top; none where it has no list.
pub(super) fn open(model: &mut Model) -> Option<Vec<Effect>> {
    let pane = model.top()?;
    if pane.rows(model).is_empty() {
        model.notice = Some("there is no list here to find anything in".to_owned());
        return Some(Vec::new());
    }
    let from = pane.cursor(model);
    model.show(FindInList {
        input: Input::default(),
        from,
    });
    Some(Vec::new())
}

/// To the next row of the pane on top in which what was sought last stands, or to the one before; none where no pane has
/// the keys.
pub(super) fn go_on(model: &mut Model, is_forward: bool) -> Option<Vec<Effect>> {
    let from = model.top()?.cursor(model);
    let text = model.sought_in_list.clone();
    if text.is_empty() {
        model.notice = Some("nothing to find yet: / begins".to_owned());
    } else if !seek(model, &text, from, is_forward, 1) {
        model.notice = Some(format!("nothing else here matches {text}"));
    }
    Some(Vec::new())
}

/// Puts the cursor of the pane on top on the first row that has the words, `skipped` rows from where it begins. Cost: that
/// of the list.
fn seek(model: &mut Model, text: &str, from: usize, is_forward: bool, skipped: usize) -> bool {
    let Some(mut pane) = model.panes.pop() else {
        return false;
    };
    let rows = pane.rows(model);
    let needle = Needle::new(text);
    let count = rows.len();
    let step = |step: usize| {
        let step = if is_forward {
            step
        } else {
            count - step % count
        };
        (from + step) % count
    };
    let mut order = (skipped..count.max(1)).filter(|_| count > 0).map(step);
    let found = order.find(|row| rows.get(*row).is_some_and(|row| needle.is_in(row)));
    if let Some(row) = found {
        pane.put_cursor(model, row);
    }
    model.panes.push(pane);
    found.is_some()
}

impl FindInList {
    fn seek(&self, model: &mut Model) {
        let text = self.input.value().trim().to_owned();
        model.notice = None;
        if !text.is_empty() && !seek(model, &text, self.from, true, 0) {
            model.notice = Some(format!("nothing here matches {text}"));
        }
        model.sought_in_list = text;
    }
}

impl Pane for FindInList {
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
            Verb::Escape | Verb::Open => Flow::CLOSE,
            _ => Flow::STAY,
        }
    }

    fn key(&mut self, model: &mut Model, key: KeyEvent) -> Flow {
        typing::key(&mut self.input, key);
        self.seek(model);
        Flow::STAY
    }

    fn paste(&mut self, model: &mut Model, text: &str) {
        typing::insert(&mut self.input, text);
        self.seek(model);
    }

    fn typed(&self) -> Option<(&'static str, &Input)> {
        Some(("find in this list: ", &self.input))
    }

    fn draw(&self, _: &Model, _: &mut Frame<'_>, _: Rect) {}

    fn hints(&self, _: &Model) -> Vec<Hint> {
        Vec::new()
    }
}

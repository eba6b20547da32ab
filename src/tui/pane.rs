//! What a pane is: what lies over tree and details and takes the keys while it does.
//!
//! Panes lie on each other; the one on top has the keys, and what it leaves in view is drawn below it. So help over the
//! impact comes back to the impact, whatever was opened from where.

use std::fmt;

use ratatui::Frame;
use ratatui::crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use crate::insight::outline::RowPath;

use super::effect::Effect;
use super::keys::{Hint, Place, Verb};
use super::model::Model;

/// How much of the screen a pane covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// Everything above the bottom line.
    Screen,
    /// All between top line and bottom line.
    Panes,
    /// A box in the middle.
    Box,
    /// The bottom line alone.
    Line,
}

/// What follows from a key.
#[derive(Debug)]
pub enum Flow {
    /// The pane stays.
    Stay(Vec<Effect>),
    /// The pane goes.
    Close(Vec<Effect>),
    /// All panes make room for a row of the tree; going back brings them all back.
    Leave(RowPath),
}

impl Flow {
    /// The pane stays, and nothing is to be done.
    pub const STAY: Self = Self::Stay(Vec::new());
    /// The pane goes, and nothing is to be done.
    pub const CLOSE: Self = Self::Close(Vec::new());
}

/// What lies over tree and details.
///
/// A pane is one file of [`panes`](super::panes): what it remembers, its keys, what they do, how it is drawn, and what
/// the bottom line says.
pub trait Pane: fmt::Debug {
    /// Whose keys it has, besides those that hold everywhere.
    fn place(&self) -> Place;

    /// How much it covers.
    fn cover(&self) -> Cover {
        Cover::Box
    }

    /// Whether letters are typed into it, or are its own: then only keys of [`Place::TYPING`] mean what they mean
    /// elsewhere.
    fn takes_letters(&self) -> bool {
        false
    }

    /// One of the verbs that every pane understands. While this runs, the pane is not among those of the model.
    fn act(&mut self, _model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape | Verb::Back | Verb::Quit => Flow::CLOSE,
            _ => Flow::STAY,
        }
    }

    /// A key of which the table says nothing here.
    fn key(&mut self, _model: &mut Model, _key: KeyEvent) -> Flow {
        Flow::STAY
    }

    /// Text from the clipboard: one line without control characters, not longer than a person types.
    fn paste(&mut self, _model: &mut Model, _text: &str) {}

    /// The rows of its list as text, in which `/` finds; empty where it has no list. Cost: that of the list.
    fn rows(&self, _model: &Model) -> Vec<String> {
        Vec::new()
    }

    /// The row of its list under the cursor.
    fn cursor(&self, _model: &Model) -> usize {
        0
    }

    /// Puts the cursor on a row of its list.
    fn put_cursor(&mut self, _model: &mut Model, _row: usize) {}

    /// Which row of its list stands at a place of the screen.
    fn row_at(&self, _model: &Model, _at: Position) -> Option<usize> {
        None
    }

    /// The mouse. The wheel scrolls; what is clicked is selected, what is clicked again is opened.
    fn mouse(&mut self, model: &mut Model, event: MouseEvent) -> Flow {
        match event.kind {
            MouseEventKind::ScrollUp => self.act(model, Verb::Up),
            MouseEventKind::ScrollDown => self.act(model, Verb::Down),
            MouseEventKind::Down(MouseButton::Left) => {
                let row = self.row_at(model, Position::new(event.column, event.row));
                match row {
                    Some(row) if row == self.cursor(model) => return self.act(model, Verb::Open),
                    Some(row) => self.put_cursor(model, row),
                    None => {}
                }
                Flow::STAY
            }
            _ => Flow::STAY,
        }
    }

    /// What is typed on the bottom line, and what stands before it.
    fn typed(&self) -> Option<(&'static str, &Input)> {
        None
    }

    /// Draws it; `area` is what it covers at most.
    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect);

    /// The next keys, for the bottom line.
    fn hints(&self, model: &Model) -> Vec<Hint>;
}

impl Model {
    /// Puts a pane on top; what is on top already and has the same place, goes.
    pub fn toggle(&mut self, pane: impl Pane + 'static) {
        if self.place() == pane.place() {
            self.panes.pop();
        } else {
            self.show(pane);
        }
    }

    /// Puts a pane on top.
    pub fn show(&mut self, pane: impl Pane + 'static) {
        self.panes.push(Box::new(pane));
    }

    /// The pane that has the keys; none where tree and details have them.
    pub fn top(&self) -> Option<&dyn Pane> {
        self.panes.last().map(|pane| &**pane)
    }

    /// Where the keys are.
    pub fn place(&self) -> Place {
        self.top().map_or(Place::BROWSE, Pane::place)
    }

    /// Whether a pane of this place lies anywhere on the screen.
    pub fn has(&self, place: Place) -> bool {
        self.panes.iter().any(|pane| pane.place() == place)
    }
}

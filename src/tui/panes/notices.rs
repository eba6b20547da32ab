//! What could not be opened, one sentence each, until a key is pressed.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::oci::remote_text::clean;
use crate::tui::keys::{Hint, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup::{self, FRAME};
use crate::words::wrap;

const PLACE: Place = Place("notices");
/// Columns of the widest box.
const WIDTH: usize = 90;

/// What could not be opened.
#[derive(Clone, Debug)]
pub struct Notices {
    sentences: Vec<String>,
    /// How many lines are scrolled away.
    scroll: usize,
}

impl Notices {
    /// Sentences, one below the other.
    pub fn new(sentences: Vec<String>) -> Self {
        Self {
            sentences,
            scroll: 0,
        }
    }

    fn lines<'a>(&self, model: &Model, area: Rect) -> Vec<Line<'a>> {
        let room = popup::room(area, WIDTH);
        let mut lines: Vec<Line<'_>> = Vec::new();
        for sentence in &self.sentences {
            let pieces = wrap(&clean(sentence), room).into_iter();
            lines.extend(pieces.map(|piece| Line::styled(piece, model.theme.bad())));
        }
        lines.push(Line::default());
        let last = wrap("The other targets are here; any key goes on.", room);
        lines.extend(last.into_iter().map(Line::raw));
        lines
    }

    /// How far it can be scrolled.
    fn below(&self, model: &Model) -> usize {
        let area = Rect::new(0, 0, model.size.0, model.size.1);
        let lines = self.lines(model, area).len();
        lines.saturating_sub(popup::rows(area))
    }
}

impl Pane for Notices {
    fn place(&self) -> Place {
        PLACE
    }

    /// What does not fit is scrolled; any other key goes on.
    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        let below = self.below(model);
        self.scroll = match verb {
            Verb::Down | Verb::PageDown if below > 0 => (self.scroll + 1).min(below),
            Verb::Up | Verb::PageUp if below > 0 => self.scroll.saturating_sub(1),
            _ => return Flow::CLOSE,
        };
        Flow::STAY
    }

    fn key(&mut self, _: &mut Model, _: KeyEvent) -> Flow {
        Flow::CLOSE
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let mut lines = self.lines(model, area);
        let size = (popup::room(area, WIDTH) + FRAME.0, lines.len() + FRAME.1);
        let first = self
            .scroll
            .min(lines.len().saturating_sub(popup::rows(area)));
        let lines = lines.split_off(first);
        popup::draw_box(model, frame, area, " Not opened ", lines, size);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let back = model.keys.hint("back", model.theme);
        if self.below(model) > 0 {
            return vec![Hint::new("j k", "more"), back];
        }
        vec![back]
    }
}

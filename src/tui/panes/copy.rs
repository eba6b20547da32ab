//! What can be copied from the row under the cursor.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::oci::remote_text::clean;
use crate::tui::copying::{Copied, offers};
use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup::{self, FRAME};
use crate::words::fit_middle;

use super::bind;

const PLACE: Place = Place("copy");

/// The key that opens it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "copy",
    &[Key::letter('y')],
    Action::Run(open),
    Group::Do,
    (
        "copy",
        "copy digest, tag, reference, JSON, the pull command, or the line of oras, regctl, crane or cosign that shows this, of cosign or notation that verifies it",
    ),
)];

/// A letter for each thing that can be copied.
#[derive(Debug)]
struct Copy;

fn open(model: &mut Model) -> Vec<Effect> {
    model.show(Copy);
    Vec::new()
}

impl Pane for Copy {
    fn place(&self) -> Place {
        PLACE
    }

    fn takes_letters(&self) -> bool {
        true
    }

    fn key(&mut self, model: &mut Model, key: KeyEvent) -> Flow {
        let KeyCode::Char(letter) = key.code else {
            return Flow::CLOSE;
        };
        let offers = offers(model);
        match offers.into_iter().find(|offer| offer.letter == letter) {
            Some(Copied { what, text, .. }) => {
                model.notice = Some(format!("copied the {what}, if the terminal allows it"));
                Flow::Close(vec![Effect::Copy(text)])
            }
            None => Flow::CLOSE,
        }
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let offers = offers(model);
        let room = popup::room(area, 100);
        let mut lines: Vec<_> = offers
            .iter()
            .map(|offer| {
                let first = offer.text.lines().next().unwrap_or_default();
                let left = room.saturating_sub(18);
                Line::from(vec![
                    Span::styled(format!("{} ", offer.letter), theme.key()),
                    Span::raw(format!("{:14}", offer.what)),
                    Span::styled(fit_middle(&clean(first), left, theme.more()), theme.dim()),
                ])
            })
            .collect();
        if lines.is_empty() {
            lines.push(Line::raw("this row has nothing to copy"));
        }
        let size = (room + FRAME.0, lines.len() + FRAME.1);
        popup::draw_box(model, frame, area, " Copy ", lines, size);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        vec![model.keys.hint_as("back", "nothing", model.theme)]
    }
}

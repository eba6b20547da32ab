//! The question before what is in view is verified.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::graph::NodeId;
use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup::{self, FRAME};
use crate::tui::verifying;
use crate::words::{counted, wrap};

use super::bind;

const PLACE: Place = Place("verify");

/// The key that asks.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "verify",
    &[Key::letter('V')],
    Action::Run(open),
    Group::Do,
    (
        "verify",
        "verify what is in view against configured trust, after saying what that asks for",
    ),
)];

/// What is to be verified, and how much is to be asked for first.
#[derive(Clone, Debug, PartialEq, Eq)]
struct VerifyView {
    images: Vec<NodeId>,
    requests: usize,
}

fn open(model: &mut Model) -> Vec<Effect> {
    let images = verifying::in_view(model);
    if images.is_empty() {
        model.notice = Some("no image is in view".to_owned());
        return Vec::new();
    }
    let requests = verifying::left(model, &images);
    if requests == 0 {
        verifying::begin(model, images);
    } else {
        model.show(VerifyView { images, requests });
    }
    Vec::new()
}

impl Pane for VerifyView {
    fn place(&self) -> Place {
        PLACE
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        if verb == Verb::Open {
            model.notice = Some("asking for signatures".to_owned());
            verifying::begin(model, std::mem::take(&mut self.images));
        }
        Flow::CLOSE
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let room = popup::room(area, 60);
        let images = counted(self.images.len(), "image", "images");
        let requests = counted(self.requests, "request", "requests");
        let mut words = format!(
            "Of {images} in view that is {requests} now, and more where signatures are found on the \
             way: lists of referrers, and what they carry."
        );
        if model.signatures.rules.is_empty() {
            words.push_str(
                " No trust is configured, so nothing can come out as verified: [[trust]] in the configuration gives it.",
            );
        }
        let mut lines: Vec<_> = wrap(&words, room).into_iter().map(Line::raw).collect();
        lines.push(Line::default());
        lines.push(Line::from(vec![
            Span::styled(theme.arrows()[4].to_owned(), theme.key()),
            Span::raw(" verify    "),
            Span::styled("esc", theme.key()),
            Span::raw(" not now"),
        ]));
        let size = (room + FRAME.0, lines.len() + FRAME.1);
        popup::draw_box(model, frame, area, " Verify what is in view? ", lines, size);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let keys = &model.keys;
        vec![
            keys.hint_as("open", "verify", model.theme),
            keys.hint_as("back", "not now", model.theme),
        ]
    }
}

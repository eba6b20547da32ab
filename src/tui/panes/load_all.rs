//! The question before everything is loaded.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::oci::Question;
use crate::tui::effect::Effect;
use crate::tui::fetch_plan;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup::{self, FRAME};
use crate::words::{counted, grouped, wrap};

use super::bind;

const PLACE: Place = Place("load all");

/// The key that asks.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "load-all",
    &[Key::letter('L')],
    Action::Run(open),
    Group::Do,
    (
        "load all",
        "load everything, after saying how many requests that is",
    ),
)];

/// What is left to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadAll {
    /// What was never asked for.
    pub unasked: Vec<Question>,
    /// How many lists were never asked for, which the crawl knows by itself.
    pub lists: u64,
    /// How many questions stand as failed.
    pub failed: u64,
}

impl LoadAll {
    /// How many requests that is at least.
    pub fn requests(&self) -> u64 {
        self.unasked.len() as u64 + self.lists + self.failed
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    let (unasked, lists) = fetch_plan::remaining(model);
    let remaining = LoadAll {
        unasked,
        lists,
        failed: model.progress.failed,
    };
    if remaining.requests() > 0 {
        model.show(remaining);
    } else {
        model.notice = Some("nothing is left to load".to_owned());
    }
    Vec::new()
}

impl Pane for LoadAll {
    fn place(&self) -> Place {
        PLACE
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        if verb != Verb::Open {
            return Flow::CLOSE;
        }
        model.is_reserved = false;
        model.notice = Some("loading everything".to_owned());
        // First what failed: what is asked for then would be met as failed on the way.
        Flow::Close(vec![
            Effect::AgainFailed(None),
            Effect::LoadAll(std::mem::take(&mut self.unasked)),
        ])
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let room = popup::room(area, 60);
        let requests = usize::try_from(self.requests()).unwrap_or(usize::MAX);
        let again = match self.failed {
            0 => String::new(),
            failed => format!(" {} of them again,", grouped(failed)),
        };
        let words = format!(
            "That is at least {},{again} more where indexes and referrers are found on the way. \
             Registries count them, and some limit them.",
            counted(requests, "request", "requests")
        );
        let mut lines: Vec<_> = wrap(&words, room).into_iter().map(Line::raw).collect();
        lines.push(Line::default());
        lines.push(Line::from(vec![
            Span::styled(theme.arrows()[4].to_owned(), theme.key()),
            Span::raw(" load everything    "),
            Span::styled("esc", theme.key()),
            Span::raw(" not now"),
        ]));
        let size = (room + FRAME.0, lines.len() + FRAME.1);
        popup::draw_box(model, frame, area, " Load everything? ", lines, size);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let keys = &model.keys;
        vec![
            keys.hint_as("open", "load", model.theme),
            keys.hint_as("back", "not now", model.theme),
        ]
    }
}

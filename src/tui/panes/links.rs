//! What the shown page names, to go there.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::oci::remote_text::clean;
use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::links::{self, Link};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup::{self, FRAME};
use crate::words::fit_middle;

use super::{bind, moved, tabs};

const PLACE: Place = Place("links");
/// Columns of the widest list.
const WIDTH: usize = 110;
/// Columns of what following does.
const WORDS: usize = 32;

/// The key that opens it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "follow",
    &[Key::letter('f')],
    Action::Run(open),
    Group::Move,
    (
        "follow",
        "go to what the shown page names: digests, references, addresses; H comes back",
    ),
)];

/// The links, and the one under the cursor.
#[derive(Debug)]
struct Links {
    links: Vec<Link>,
    cursor: usize,
}

fn open(model: &mut Model) -> Vec<Effect> {
    follow(model).unwrap_or_else(|| {
        model.notice = Some("this page names nothing to go to".to_owned());
        Vec::new()
    })
}

/// Follows the only link of the page, or lists them; none where it has none.
pub(super) fn follow(model: &mut Model) -> Option<Vec<Effect>> {
    let page = tabs::text(model);
    let mut found = links::in_text(model, &page);
    Some(match found.len() {
        0 => return None,
        1 => links::follow(model, &found.remove(0)),
        _ => {
            model.show(Links {
                links: found,
                cursor: 0,
            });
            Vec::new()
        }
    })
}

impl Links {
    fn follow(&self, model: &mut Model) -> Flow {
        match self.links.get(self.cursor) {
            // The pane goes first: coming back is to the page, not to the list of what it names.
            Some(link) => Flow::Close(links::follow(model, link)),
            None => Flow::CLOSE,
        }
    }

    fn height(area: Rect) -> usize {
        popup::rows(area).max(1)
    }

    fn first(&self, rows: usize) -> usize {
        (self.cursor + 1).saturating_sub(rows)
    }
}

impl Pane for Links {
    fn place(&self) -> Place {
        PLACE
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape | Verb::Back | Verb::Quit => return Flow::CLOSE,
            Verb::Open => return self.follow(model),
            _ => self.cursor = moved(self.cursor, self.links.len(), 10, verb),
        }
        Flow::STAY
    }

    fn rows(&self, _: &Model) -> Vec<String> {
        let links = self.links.iter();
        links.map(|link| link.text().to_owned()).collect()
    }

    fn cursor(&self, _: &Model) -> usize {
        self.cursor
    }

    fn put_cursor(&mut self, _: &mut Model, row: usize) {
        self.cursor = row;
    }

    fn row_at(&self, model: &Model, at: Position) -> Option<usize> {
        let area = popup::screen(model);
        let row = popup::row_at(area, self.links.len() + FRAME.1, at.y)?;
        let row = row + self.first(Self::height(area));
        (row < self.links.len()).then_some(row)
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let room = popup::room(area, WIDTH);
        let rows = Self::height(area);
        let left = room.saturating_sub(WORDS + 1);
        let shown = self.links.iter().enumerate();
        let shown = shown.skip(self.first(rows)).take(rows);
        let lines = shown.map(|(number, link)| {
            let style = if number == self.cursor {
                theme.cursor(true)
            } else {
                theme.text()
            };
            let text = fit_middle(&clean(link.text()), left, theme.more());
            Line::from(vec![
                Span::styled(format!("{text:left$} "), style),
                Span::styled(link.words(), theme.dim()),
            ])
        });
        let lines: Vec<_> = lines.collect();
        let size = (room + FRAME.0, self.links.len() + FRAME.1);
        popup::draw_box(model, frame, area, " What this page names ", lines, size);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![
            keys.hint_as("open", "go there", theme),
            Hint::new("j k", "more"),
            keys.hint("back", theme),
        ]
    }
}

//! The policies, one of which is taken or compared with.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::tui::effect::Effect;
use crate::tui::impact::{Impact, Rules};
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup;
use crate::words::{fit, width};

use super::super::{bind, moved};
use super::{PAGE, ask};

const PLACE: Place = Place("policies");

/// The keys that open it go on to the next.
pub(in crate::tui::panes) const KEYS: &[Binding] = &[
    bind(
        PLACE,
        "policy",
        &[Key::letter('p')],
        Action::Verb(Verb::NextPane),
        Group::Impact,
        ("next", ""),
    ),
    bind(
        PLACE,
        "difference",
        &[Key::letter('d')],
        Action::Verb(Verb::NextPane),
        Group::Impact,
        ("next", ""),
    ),
];

/// The policies.
#[derive(Clone, Copy, Debug)]
struct Policies {
    /// The row under the cursor.
    cursor: usize,
    /// Whether it is to be compared with, rather than taken.
    is_other: bool,
}

/// By other rules.
pub(super) fn take(model: &mut Model) -> Vec<Effect> {
    choose(model, false);
    Vec::new()
}

/// What differs under other rules; once more: no difference.
pub(super) fn compare(model: &mut Model) -> Vec<Effect> {
    if model.impact.other.take().is_some() {
        return ask(model, false);
    }
    choose(model, true);
    Vec::new()
}

fn choose(model: &mut Model, is_other: bool) {
    if model.impact.impact().is_some() {
        // To compare with the policy itself tells nothing: the next one is offered.
        let cursor = usize::from(is_other);
        model.show(Policies { cursor, is_other });
    }
}

impl Pane for Policies {
    fn place(&self) -> Place {
        PLACE
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        let Some(impact) = model.impact.impact().cloned() else {
            return Flow::CLOSE;
        };
        match verb {
            Verb::Escape | Verb::Back | Verb::Quit => Flow::CLOSE,
            Verb::Open | Verb::Mark => {
                let choice = impact.choices.get(self.cursor);
                let name = choice.map(|choice| choice.name.clone());
                Flow::Close(name.map(|name| self.taken(model, name)).unwrap_or_default())
            }
            Verb::NextPane => {
                self.cursor = (self.cursor + 1) % impact.choices.len().max(1);
                Flow::STAY
            }
            _ => {
                self.cursor = moved(self.cursor, impact.choices.len(), PAGE, verb);
                Flow::STAY
            }
        }
    }

    fn rows(&self, model: &Model) -> Vec<String> {
        let choices = model.impact.impact().map(|impact| impact.choices.iter());
        let choices = choices.into_iter().flatten();
        choices
            .map(|choice| format!("{} {}", choice.name, choice.words))
            .collect()
    }

    fn cursor(&self, _: &Model) -> usize {
        self.cursor
    }

    fn put_cursor(&mut self, _: &mut Model, row: usize) {
        self.cursor = row;
    }

    fn row_at(&self, model: &Model, at: Position) -> Option<usize> {
        let area = popup::screen(model);
        let choices = model.impact.impact()?.choices.len();
        let row = popup::row_at(area, choices + 2, at.y)?;
        let row = row + self.cursor.saturating_sub(rows_of(area).saturating_sub(1));
        (row < choices).then_some(row)
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        if let Some(impact) = model.impact.impact() {
            draw(model, impact, frame, area, *self);
        }
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let verb = if self.is_other { "compare" } else { "take" };
        vec![
            model.keys.hint_as("open", verb, model.theme),
            model.keys.hint("back", model.theme),
        ]
    }
}

impl Policies {
    /// Takes a policy, or compares with it.
    fn taken(self, model: &mut Model, name: String) -> Vec<Effect> {
        let state = &mut model.impact;
        let at = state.at;
        if let Some(part) = state.parts.get_mut(at) {
            let rules = Rules {
                policy: Some(name),
                deletion: part.rules.deletion,
            };
            if self.is_other {
                state.other = Some(rules);
            } else {
                part.rules = rules;
            }
        }
        ask(model, false)
    }
}

/// How many policies are shown at once.
fn rows_of(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(4)).max(1)
}

fn draw(
    model: &Model,
    impact: &Impact,
    frame: &mut Frame<'_>,
    area: Rect,
    Policies { cursor, is_other }: Policies,
) {
    let theme = model.theme;
    let room = usize::from(area.width.saturating_sub(8)).min(120);
    let rows = rows_of(area);
    let widest = impact
        .choices
        .iter()
        .map(|choice| width(&choice.name))
        .max();
    let column = widest.unwrap_or(0) + 2;
    let start = cursor.saturating_sub(rows.saturating_sub(1));
    let choices = impact.choices.iter().enumerate().skip(start).take(rows);
    let lines: Vec<_> = choices
        .map(|(number, choice)| {
            let marker = if choice.name == impact.policy {
                "• "
            } else {
                "  "
            };
            let marker = if theme.is_ascii() && marker != "  " {
                "* "
            } else {
                marker
            };
            let gap = column.saturating_sub(width(&choice.name));
            let words = fit(&choice.words, room.saturating_sub(column + 6), theme.more());
            let line = Line::from(vec![
                Span::styled(marker, theme.good()),
                Span::styled(choice.name.clone(), theme.strong()),
                Span::raw(" ".repeat(gap)),
                Span::styled(words, theme.dim()),
            ]);
            if number == cursor {
                line.patch_style(theme.cursor(true))
            } else {
                line
            }
        })
        .collect();
    let title = if is_other {
        format!(" Compare {} with ", impact.policy)
    } else {
        " By whose rules ".to_owned()
    };
    let height = impact.choices.len() + 2;
    popup::draw_box(model, frame, area, &title, lines, (room, height));
}

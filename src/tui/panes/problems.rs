//! What could not be read: a list of all of it, and the way from one to the next.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::graph::{Graph, NodeId};
use crate::insight::outline;
use crate::oci::remote_text::clean;
use crate::oci::{AbsenceKind, Question};
use crate::tui::effect::Effect;
use crate::tui::history;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::tui::popup;
use crate::words::{fit, grouped, wrap};

use super::{bind, moved};

const PLACE: Place = Place("problems");
/// Rows that a page key moves by.
const PAGE: usize = 10;
/// Problems that are listed at most; of more, more lines help nobody.
const LISTED: usize = 5_000;

/// The keys that open the list and go from one problem to the next, and the one that asks again.
pub(super) const KEYS: &[Binding] = &[
    bind(
        Place::EVERYWHERE,
        "problems",
        &[Key::ctrl('p')],
        Action::Run(open),
        Group::Find,
        (
            "problems",
            "what could not be read, and what to do about it",
        ),
    ),
    bind(
        Place::BROWSE,
        "next-problem",
        &[Key::letter('!')],
        Action::Run(next),
        Group::Find,
        ("next problem", "to the next row that could not be read"),
    ),
    bind(
        PLACE,
        "ask-again",
        &[Key::letter('r')],
        Action::Verb(Verb::Mark),
        Group::Find,
        ("ask again", ""),
    ),
];

/// Something that was asked for and could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    node: NodeId,
    /// What asks for it again.
    question: Question,
    /// Where, as a person knows it.
    place: String,
    kind: AbsenceKind,
    reason: String,
}

/// The list, as it was when it was opened.
#[derive(Debug)]
struct Problems {
    found: Vec<Problem>,
    cursor: usize,
}

/// What could not be read, in the order of the places. Cost: `O(n)` in the questions that were asked.
fn find(graph: &Graph) -> Vec<Problem> {
    let questions = graph.questions();
    let failed = questions.filter_map(|(node, what, _, register)| {
        let absence = register.standing_failure()?;
        let at = graph.key(node)?;
        // That a registry has no way to tell is an answer.
        let is_told = absence.kind != AbsenceKind::Unsupported;
        is_told.then_some((node, Question { at, what }, absence))
    });
    let mut found: Vec<Problem> = failed
        .take(LISTED)
        .map(|(node, question, absence)| Problem {
            node,
            question,
            place: place(graph, node),
            kind: absence.kind,
            reason: absence.reason.to_string(),
        })
        .collect();
    found.sort_by(|one, other| (&one.place, &one.reason).cmp(&(&other.place, &other.reason)));
    found.dedup();
    found
}

/// What a node is called: its reference, with a short digest.
fn place(graph: &Graph, node: NodeId) -> String {
    let view = graph.view(node);
    let repository = view.repository.map(ToString::to_string);
    let place = repository
        .or(view.origin.map(ToString::to_string))
        .unwrap_or_default();
    let words = match (view.tag, view.digest) {
        (Some(tag), _) => format!("{place}:{tag}"),
        (None, Some(digest)) => {
            format!("{place} {} {}", outline::thing(graph, node), digest.short())
        }
        (None, None) => place,
    };
    clean(&words).into_owned()
}

/// What a person can do about it.
const fn advice(kind: AbsenceKind) -> &'static str {
    match kind {
        AbsenceKind::Forbidden => "log in with docker login or podman login, then r asks again",
        AbsenceKind::RateLimited => "the host asks for patience; r asks again later",
        AbsenceKind::Missing => {
            "something names it and it is gone; whoever needs it must push it again"
        }
        AbsenceKind::Invalid => "do not trust it; whoever made it must push it again",
        AbsenceKind::TooLarge | AbsenceKind::CutShort => {
            "a limit was met; config.toml has [limits] to raise"
        }
        AbsenceKind::Unsupported => "the registry has no way to tell",
        AbsenceKind::Failed => "r asks again",
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    let found = find(&model.known.graph);
    if found.is_empty() {
        model.notice = Some("nothing that was asked for could not be read".to_owned());
    } else {
        model.toggle(Problems { found, cursor: 0 });
    }
    Vec::new()
}

/// To the next row of which something could not be read, from the cursor on and around the end.
fn next(model: &mut Model) -> Vec<Effect> {
    let found = find(&model.known.graph);
    let here = model.tree.selected().and_then(|line| line.entry.node());
    let at = found.iter().position(|problem| Some(problem.node) == here);
    let start = at.map_or(0, |at| at + 1);
    let order = (0..found.len()).filter_map(|step| found.get((start + step) % found.len()));
    let mut rows = order
        .filter(|problem| Some(problem.node) != here)
        .filter_map(|problem| Some((problem, history::path_to(model, problem.node)?)));
    let Some((problem, path)) = rows.next() else {
        model.notice = Some("nothing else could not be read".to_owned());
        return Vec::new();
    };
    let words = format!("{}; {}", problem.reason, advice(problem.kind));
    history::go_along(model, &path);
    model.notice = Some(clean(&words).into_owned());
    Vec::new()
}

impl Problems {
    /// What the cursor is on, told whole at the foot: the reason, what to do; and the rows that the list has above it.
    fn told(&self, room: usize, height: usize) -> (Vec<String>, Vec<String>, usize) {
        let told = self.found.get(self.cursor).map(|problem| {
            let mut lines = wrap(&clean(&problem.reason), room);
            lines.truncate(height / 3);
            (lines, wrap(advice(problem.kind), room))
        });
        let (reason, advice) = told.unwrap_or_default();
        let below = 1 + reason.len() + advice.len();
        let rows = height.saturating_sub(below).max(1);
        (reason, advice, rows)
    }

    /// The first row that is shown.
    fn first(&self, rows: usize) -> usize {
        let least = self.found.len().saturating_sub(rows);
        self.cursor.saturating_sub(rows / 2).min(least)
    }
}

impl Pane for Problems {
    fn place(&self) -> Place {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Panes
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        let problem = self.found.get(self.cursor);
        match verb {
            Verb::Escape | Verb::Back | Verb::Quit => Flow::CLOSE,
            Verb::Open => {
                let path = problem.and_then(|problem| history::path_to(model, problem.node));
                if let Some(path) = path {
                    return Flow::Leave(path);
                }
                model.notice = Some("no row of the tree stands for this".to_owned());
                Flow::STAY
            }
            Verb::Mark => {
                let question = problem.map(|problem| problem.question.clone());
                model.notice = Some("asking again".to_owned());
                model.again.extend(question.clone());
                Flow::Stay(question.into_iter().map(Effect::Again).collect())
            }
            _ => {
                self.cursor = moved(self.cursor, self.found.len(), PAGE, verb);
                Flow::STAY
            }
        }
    }

    fn rows(&self, _: &Model) -> Vec<String> {
        let found = self.found.iter();
        found
            .map(|problem| {
                format!(
                    "{} {} {}",
                    problem.kind.name(),
                    problem.place,
                    problem.reason
                )
            })
            .collect()
    }

    fn cursor(&self, _: &Model) -> usize {
        self.cursor
    }

    fn put_cursor(&mut self, _: &mut Model, row: usize) {
        self.cursor = row;
    }

    fn row_at(&self, model: &Model, at: Position) -> Option<usize> {
        let area = Layout::of(model).panes();
        let inside = popup::inside(area);
        let (_, _, rows) = self.told(usize::from(inside.width), usize::from(inside.height));
        let row = usize::from(at.y.checked_sub(inside.y)?);
        let row = (row < rows).then(|| self.first(rows) + row)?;
        (row < self.found.len()).then_some(row)
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let title = format!(" Not read {} ", grouped(self.found.len() as u64));
        let position = format!(" {} / {} ", self.cursor + 1, self.found.len());
        let inside = popup::draw_pane(model, frame, area, title, position);
        let room = usize::from(inside.width);
        let (reason, advice, rows) = self.told(room, usize::from(inside.height));
        let start = self.first(rows);
        let mut lines: Vec<Line<'_>> = Vec::new();
        for (number, problem) in self.found.iter().enumerate().skip(start).take(rows) {
            let words = format!("! {:12} {}", problem.kind.name(), problem.place);
            let words = fit(&words, room, theme.more());
            lines.push(if number == self.cursor {
                Line::styled(format!("{words:room$}"), theme.cursor(true))
            } else {
                Line::styled(words, theme.text())
            });
        }
        lines.resize_with(rows, Line::default);
        let line = if theme.is_ascii() { "-" } else { "─" };
        lines.push(Line::styled(line.repeat(room), theme.dim()));
        lines.extend(
            reason
                .into_iter()
                .map(|words| Line::styled(words, theme.bad())),
        );
        lines.extend(advice.into_iter().map(Line::raw));
        frame.render_widget(Paragraph::new(lines), inside);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![
            keys.hint("back", theme),
            keys.hint_as("open", "go there", theme),
            keys.hint("ask-again", theme),
        ]
    }
}

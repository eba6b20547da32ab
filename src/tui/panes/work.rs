//! What is being worked on, how fast it goes, what waits for whom; and how to stop one of it, or all.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use crate::tui::effect::Effect;
use crate::tui::jobs::Kind;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup::{self, FRAME};
use crate::words::{bytes, counted, grouped, wrap};

use super::{bind, moved};

const PLACE: Place = Place("work");
/// Columns of the widest list.
const WIDTH: usize = 90;

/// The keys that open it, and that stop work.
pub(super) const KEYS: &[Binding] = &[
    bind(
        Place::EVERYWHERE,
        "work",
        &[Key::letter('W')],
        Action::Run(open),
        Group::Look,
        ("work", "what is being worked on, and how fast; ^x stops it"),
    ),
    bind(
        Place::EVERYWHERE,
        "stop",
        &[Key::ctrl('x')],
        Action::Run(stop),
        Group::Do,
        (
            "stop",
            "stop all that is being loaded and worked out; in the list of work, what the cursor is on",
        ),
    ),
];

/// What a line of the list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Loading,
    Job(Kind),
}

/// The list; what it shows is the model's, since that changes.
#[derive(Debug, Default)]
struct WorkList {
    cursor: usize,
}

fn open(model: &mut Model) -> Vec<Effect> {
    model.toggle(WorkList::default());
    Vec::new()
}

/// Stops everything, or what the list has under its cursor.
fn stop(model: &mut Model) -> Vec<Effect> {
    let works = works(model);
    let chosen: Vec<Work> = match model.top().filter(|pane| pane.place() == PLACE) {
        Some(list) => works.get(list.cursor(model)).copied().into_iter().collect(),
        None => works,
    };
    if chosen.is_empty() {
        model.notice = Some("nothing is being loaded or worked out".to_owned());
        return Vec::new();
    }
    let mut effects = Vec::new();
    for work in chosen {
        match work {
            Work::Job(kind) => model.jobs.cancel(kind),
            Work::Loading => {
                effects.push(Effect::StopLoading);
                // What is on the screen is not asked for again by itself: somebody said stop.
                let stopped = model.wanted.drain().map(|(question, _)| question);
                model.settled.extend(stopped);
                model.pending.clear();
            }
        }
    }
    model.notice = Some("stopped; r asks again for a row, L for everything".to_owned());
    effects
}

fn works(model: &Model) -> Vec<Work> {
    let progress = &model.progress;
    let is_loading = progress.in_flight + progress.queued > 0;
    let loading = is_loading.then_some(Work::Loading);
    let jobs = model.jobs.running().map(|(kind, _)| Work::Job(kind));
    loading.into_iter().chain(jobs).collect()
}

/// A line for each work.
fn lines(model: &Model) -> Vec<String> {
    let progress = &model.progress;
    let of_job = |kind: Kind| {
        let mut running = model.jobs.running();
        let count = running.find(|(one, _)| *one == kind);
        let count = count.map_or(0, |(_, count)| count);
        match count {
            0 | 1 => kind.words().to_owned(),
            count => format!("{}: {count}", kind.words()),
        }
    };
    let works = works(model).into_iter();
    works
        .map(|work| match work {
            Work::Loading => format!(
                "loading: {} of {} questions answered, {} being asked",
                grouped(progress.done),
                grouped(progress.done + progress.in_flight + progress.queued),
                progress.in_flight
            ),
            Work::Job(kind) => of_job(kind),
        })
        .collect()
}

/// What was done so far, and what is waited for.
fn foot(model: &Model) -> Vec<String> {
    let progress = &model.progress;
    let requests = usize::try_from(progress.requests).unwrap_or(usize::MAX);
    let mut foot = vec![format!(
        "{} so far, {}; @ lists them",
        counted(requests, "request", "requests"),
        bytes(progress.bytes)
    )];
    foot.extend(progress.waiting.as_ref().map(|(host, until)| {
        let left = until.saturating_duration_since(std::time::Instant::now());
        format!("{host} asks us to wait, {} s left", left.as_secs())
    }));
    foot.extend(progress.allowance.as_ref().map(|(host, allowance)| {
        let (left, all) = (grouped(allowance.remaining), grouped(allowance.limit));
        format!("{host} lets us ask {left} more of {all} times")
    }));
    foot
}

impl Pane for WorkList {
    fn place(&self) -> Place {
        PLACE
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape | Verb::Back | Verb::Quit | Verb::Open => return Flow::CLOSE,
            _ => self.cursor = moved(self.cursor, works(model).len(), 10, verb),
        }
        Flow::STAY
    }

    fn rows(&self, model: &Model) -> Vec<String> {
        lines(model)
    }

    fn cursor(&self, model: &Model) -> usize {
        self.cursor.min(works(model).len().saturating_sub(1))
    }

    fn put_cursor(&mut self, _: &mut Model, row: usize) {
        self.cursor = row;
    }

    fn row_at(&self, model: &Model, at: Position) -> Option<usize> {
        let rows = lines(model).len();
        let height = rows.max(1) + 1 + foot(model).len() + FRAME.1;
        popup::row_at(popup::screen(model), height, at.y).filter(|row| *row < rows)
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let room = popup::room(area, WIDTH);
        let cursor = self.cursor(model);
        let works = lines(model).into_iter().enumerate();
        let mut lines: Vec<Line<'_>> = works
            .map(|(number, words)| {
                let style = if number == cursor {
                    theme.cursor(true)
                } else {
                    theme.text()
                };
                Line::styled(format!("{words:room$}"), style)
            })
            .collect();
        if lines.is_empty() {
            lines.push(Line::raw("nothing: all that was asked for is here"));
        }
        lines.push(Line::default());
        for words in foot(model) {
            lines.extend(
                wrap(&words, room)
                    .into_iter()
                    .map(|words| Line::styled(words, theme.dim())),
            );
        }
        let size = (room + FRAME.0, lines.len() + FRAME.1);
        popup::draw_box(model, frame, area, " Work ", lines, size);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![keys.hint("stop", theme), keys.hint("back", theme)]
    }
}

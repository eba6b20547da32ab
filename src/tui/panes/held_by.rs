//! Who holds the row under the cursor, path by path.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::graph::EdgeKind;
use crate::insight::outline::{self, RowPath, What};
use crate::tui::details::{self, path_in_words};
use crate::tui::effect::Effect;
use crate::tui::history;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup::{self, FRAME};
use crate::words::{fit, wrap};

use super::{bind, moved};

const PLACE: Place = Place("used by");
/// How many paths are told.
const PATHS: usize = 40;
/// Rows that a page key moves by.
const PAGE: usize = 10;

/// The keys that open it, and what a referrer is about.
pub(super) const KEYS: &[Binding] = &[
    bind(
        Place::BROWSE,
        "used-by",
        &[Key::letter('U')],
        Action::Run(open),
        Group::Look,
        ("used by", "who holds this, path by path"),
    ),
    bind(
        PLACE,
        "used-by",
        &[Key::letter('U')],
        Action::Verb(Verb::Escape),
        Group::Look,
        ("back", ""),
    ),
    bind(
        Place::BROWSE,
        "subject",
        &[Key::letter('O')],
        Action::Run(to_subject),
        Group::Look,
        ("subject", "to what this referrer is about"),
    ),
];

/// Who holds something.
#[derive(Clone, Debug)]
struct HeldBy {
    /// What it is about.
    title: String,
    /// Each path in words, and its row.
    paths: Vec<(String, Option<RowPath>)>,
    /// The chosen one.
    cursor: usize,
}

fn open(model: &mut Model) -> Vec<Effect> {
    let selected = model.tree.selected();
    let node = selected.and_then(|line| details::subject_of(&line.entry));
    let Some(node) = node else {
        model.notice = Some(held_by_nothing(model).to_owned());
        return Vec::new();
    };
    let paths = model.known.graph.paths(node, PATHS);
    let then = model.theme.then();
    let in_words = |steps: &Vec<_>| {
        let row = outline::along(&model.known.graph, model.tree.roots(), steps);
        let words = path_in_words(&model.known.graph, &model.known.content, steps, then);
        (words, row)
    };
    let paths: Vec<_> = paths.iter().map(in_words).collect();
    if paths.is_empty() {
        model.notice = Some("nothing that is known holds this".to_owned());
        return Vec::new();
    }
    let title = model.details.title.clone();
    model.show(HeldBy {
        title,
        paths,
        cursor: 0,
    });
    Vec::new()
}

/// Why nobody can be told who holds the row.
fn held_by_nothing(model: &Model) -> &'static str {
    match model.tree.selected().map(|line| &line.entry.what) {
        Some(What::Registry(_)) => "nothing holds a registry",
        Some(What::Repository(_)) => "only its registry holds a repository",
        Some(What::Tags(_)) => "it is not known yet what this tag names",
        Some(What::Pending(_)) => "nothing is known of this yet",
        Some(What::Fold { .. }) => "this row is a heading: nothing holds it",
        _ => "there is nothing here",
    }
}

fn to_subject(model: &mut Model) -> Vec<Effect> {
    let node = model.tree.selected().and_then(|line| line.entry.object());
    let edges = node
        .map(|node| model.known.graph.outgoing(node))
        .unwrap_or_default();
    let subject = edges.iter().find(|edge| edge.kind == EdgeKind::Subject);
    match subject {
        Some(edge) => history::go_to(model, edge.to),
        None => model.notice = Some("this is about nothing else".to_owned()),
    }
    Vec::new()
}

impl Pane for HeldBy {
    fn place(&self) -> Place {
        PLACE
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape | Verb::Back | Verb::Quit => Flow::CLOSE,
            Verb::Open => {
                let chosen = self.paths.get(self.cursor);
                if let Some(path) = chosen.and_then(|(_, path)| path.clone()) {
                    return Flow::Leave(path);
                }
                model.notice = Some("no root of this screen leads there".to_owned());
                Flow::CLOSE
            }
            _ => {
                self.cursor = moved(self.cursor, self.paths.len(), PAGE, verb);
                Flow::STAY
            }
        }
    }

    fn rows(&self, _: &Model) -> Vec<String> {
        self.paths.iter().map(|(words, _)| words.clone()).collect()
    }

    fn cursor(&self, _: &Model) -> usize {
        self.cursor
    }

    fn put_cursor(&mut self, _: &mut Model, row: usize) {
        self.cursor = row;
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let room = popup::room(area, 98);
        let mut lines = Vec::new();
        let mut shown_to = 0;
        for (number, (words, _)) in self.paths.iter().enumerate() {
            let style = if number == self.cursor {
                theme.cursor(true)
            } else {
                theme.text()
            };
            // What goes on below its first line stands a little to the right.
            for (piece, words) in wrap(words, room.saturating_sub(2)).into_iter().enumerate() {
                let indent = if piece == 0 { "" } else { "  " };
                lines.push(Line::styled(format!("{indent}{words}"), style));
            }
            if number == self.cursor {
                shown_to = lines.len();
            }
        }
        let height = lines.len() + FRAME.1;
        let first = shown_to.saturating_sub(popup::rows(area));
        let lines = lines.split_off(first);
        let paths = match self.paths.len() {
            1 => "1 path".to_owned(),
            count => format!("{count} paths, the shortest first"),
        };
        let title = format!(" {} is held by {paths} ", self.title);
        let title = fit(&title, room, theme.more());
        popup::draw_box(model, frame, area, &title, lines, (room + FRAME.0, height));
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let keys = &model.keys;
        vec![
            keys.hint_as("open", "go there", model.theme),
            keys.hint("back", model.theme),
        ]
    }
}

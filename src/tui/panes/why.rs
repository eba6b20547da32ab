//! Why something is kept: a sentence, the paths, what names it, who shares it, and the rule.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::oci::{Digest, Origin};
use crate::tui::effect::Effect;
use crate::tui::impact::{Part, Query, Reasons, Request};
use crate::tui::jobs::{Job, Kind};
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::tui::popup;
use crate::words::{counted, fit, fit_middle, wrap};

use super::{bind, impact, moved};

const PLACE: Place = Place("why");
/// Rows that a page key moves by.
const PAGE: usize = 10;
/// Columns of the names.
const NAME: usize = 13;
/// At most so many that share it are told.
const SHARED: usize = 6;

/// The key that opens it over the tree; over the impact it is the impact's.
pub(super) const KEYS: &[Binding] = &[
    bind(
        Place::BROWSE,
        "why",
        &[Key::letter('w')],
        Action::Run(of_row),
        Group::Look,
        ("why", "why this is kept, by the rules of the registry"),
    ),
    bind(
        PLACE,
        "why",
        &[Key::letter('w')],
        Action::Verb(Verb::Escape),
        Group::Look,
        ("back", ""),
    ),
];

/// Why something is kept.
#[derive(Clone, Debug, Default)]
pub struct WhyState {
    /// The request whose answer is awaited or shown.
    pub ticket: u64,
    /// Whose registry.
    pub origin: Option<Origin>,
    /// What it is about.
    pub about: Option<(String, Digest)>,
    /// The answer, or why there is none; nothing while it is awaited.
    pub shown: Option<Result<Arc<Reasons>, String>>,
    /// The path under the cursor.
    pub cursor: usize,
}

impl WhyState {
    fn reasons(&self) -> Option<&Arc<Reasons>> {
        self.shown.as_ref()?.as_ref().ok()
    }
}

/// The pane; what it shows is the model's [`WhyState`], since answers come later.
#[derive(Debug)]
struct WhyPane;

impl Pane for WhyPane {
    fn place(&self) -> Place {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Panes
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape | Verb::Back | Verb::Quit => Flow::CLOSE,
            Verb::Open => {
                let reasons = model.why.reasons();
                let way = reasons.and_then(|reasons| reasons.paths.get(model.why.cursor));
                let place = way.map(|way| way.place.clone());
                match model.why.origin.clone().zip(place) {
                    Some((origin, place)) => impact::leave_to(model, &origin, &place),
                    None => Flow::STAY,
                }
            }
            _ => {
                let paths = model.why.reasons().map_or(0, |reasons| reasons.paths.len());
                model.why.cursor = moved(model.why.cursor, paths, PAGE, verb);
                Flow::STAY
            }
        }
    }

    fn rows(&self, model: &Model) -> Vec<String> {
        let paths = model.why.reasons().map(|reasons| reasons.paths.iter());
        let paths = paths.into_iter().flatten();
        paths.map(|path| path.words.clone()).collect()
    }

    fn cursor(&self, model: &Model) -> usize {
        model.why.cursor
    }

    fn put_cursor(&mut self, model: &mut Model, row: usize) {
        model.why.cursor = row;
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let title = " Why is this kept ".to_owned();
        let inside = popup::draw_pane(model, frame, area, title, String::new());
        let room = usize::from(inside.width);
        let lines = match &model.why.shown {
            None => vec![Line::styled(
                format!("{} working it out", theme.more()),
                theme.dim(),
            )],
            Some(Err(words)) => wrap(words, room)
                .into_iter()
                .map(|line| Line::styled(line, theme.bad()))
                .collect(),
            Some(Ok(reasons)) => lines(model, reasons, room, usize::from(inside.height)),
        };
        frame.render_widget(Paragraph::new(lines), inside);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![
            keys.hint("back", theme),
            keys.hint_as("open", "go there", theme),
            Hint::new("j k", "path"),
        ]
    }
}

/// Why is the row under the cursor kept, as things are.
fn of_row(model: &mut Model) -> Vec<Effect> {
    let node = model.tree.selected().and_then(|line| line.entry.object());
    let place = node.and_then(|node| {
        let repository = model.known.graph.repository_of(node)?;
        Some((
            repository.origin.clone(),
            repository.path.as_str().to_owned(),
            model.known.graph.digest_of(node)?,
        ))
    });
    let Some((origin, repository, digest)) = place else {
        model.notice =
            Some("manifests and blobs are kept by something; this row is neither".to_owned());
        return Vec::new();
    };
    let mut parts = model.impact.parts.iter();
    let part = parts.find(|part| part.origin == origin);
    let rules = part.map(|part| part.rules.clone());
    let part = Part {
        rules: rules.unwrap_or_default(),
        ..Part::of(origin)
    };
    ask(model, part, (repository, digest), true)
}

/// Why does the line of the impact stay, or go, once all is done.
pub(super) fn of_item(model: &mut Model) -> Vec<Effect> {
    let state = &model.impact;
    let Some((part, place)) = state.part().cloned().zip(state.selected()) else {
        model.notice = Some(
            "tags, manifests and blobs are kept by something; this line is about none of them"
                .to_owned(),
        );
        return Vec::new();
    };
    let node = impact::find(&model.known.graph, &part.origin, &place);
    let target = node.and_then(|node| model.known.graph.digest_of(model.known.graph.target(node)?));
    let Some(digest) = place.digest.or(target) else {
        model.notice = Some("it is not known what this tag names".to_owned());
        return Vec::new();
    };
    let about = (place.repository, digest);
    ask(model, part, about, false)
}

fn ask(model: &mut Model, part: Part, about: (String, Digest), is_fresh: bool) -> Vec<Effect> {
    let ticket = model.jobs.begin(Kind::Why);
    model.why = WhyState {
        ticket: ticket.number,
        origin: Some(part.origin.clone()),
        about: Some(about.clone()),
        ..WhyState::default()
    };
    if model.place() != PLACE {
        model.show(WhyPane);
    }
    let (repository, digest) = about;
    let request = Request {
        part,
        other_registries: Vec::new(),
        query: Query::Why { repository, digest },
        is_fresh,
    };
    vec![Effect::Work(ticket, Job::Impact(request))]
}

fn lines<'a>(model: &Model, reasons: &Reasons, room: usize, rows: usize) -> Vec<Line<'a>> {
    let theme = model.theme;
    let mut lines: Vec<Line<'a>> = wrap(&reasons.title, room)
        .into_iter()
        .map(|line| Line::styled(line, theme.strong()))
        .collect();
    let below = below(model, reasons, room);
    let space = rows.saturating_sub(lines.len() + below.len()).max(1);
    let cursor = model.why.cursor;
    let start = cursor
        .saturating_sub(space / 2)
        .min(reasons.paths.len().saturating_sub(space));
    let shown = reasons.paths.iter().enumerate().skip(start).take(space);
    for (number, way) in shown {
        let words = theme.plain_path(&way.words);
        let words = fit_middle(&words, room.saturating_sub(2), theme.more());
        let line = Line::from(format!("  {words}"));
        lines.push(if number == cursor {
            line.patch_style(theme.cursor(true))
        } else {
            line
        });
    }
    lines.extend(below);
    lines
}

fn below<'a>(model: &Model, reasons: &Reasons, room: usize) -> Vec<Line<'a>> {
    let theme = model.theme;
    let mut lines = vec![Line::default()];
    let mut field = |name: &str, value: &str, style| {
        let pieces = wrap(value, room.saturating_sub(NAME).max(16));
        for (number, piece) in pieces.into_iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("{name:NAME$}"), theme.dim()),
                Span::styled(piece, style),
            ]));
        }
    };
    field("named by", &reasons.references, theme.text());
    for (number, place) in reasons.shared_with.iter().take(SHARED).enumerate() {
        let name = if number == 0 { "shared with" } else { "" };
        let place = fit(place, room.saturating_sub(NAME), theme.more());
        field(name, &place, theme.text());
    }
    if reasons.shared_with.len() > SHARED {
        let more = reasons.shared_with.len() - SHARED;
        let words = format!("and {}", counted(more, "more", "more"));
        field("", &words, theme.dim());
    }
    field("under", &reasons.rules, theme.text());
    field("", &reasons.keeping, theme.text());
    if reasons.is_partial {
        let words = "not all of the registry is seen; more may keep it than is told here";
        field("partial view", words, theme.warning());
    }
    lines
}

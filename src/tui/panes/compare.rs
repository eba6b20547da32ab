//! What differs between the two images that are marked.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::content::{Content, Parts};
use crate::graph::{Graph, NodeId};
use crate::insight::account::Section;
use crate::insight::attached::attached;
use crate::insight::cells::Readings;
use crate::insight::diff::{diff, in_words};
use crate::insight::freshness::Version;
use crate::insight::image::{Image, image, parts_of};
use crate::oci::Digest;
use crate::oci::purpose::DocumentKinds;
use crate::session::Known;
use crate::tui::effect::Effect;
use crate::tui::jobs::{Job, Kind};
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::tui::popup;
use crate::words::fit;

use super::tabs::section_lines;
use super::{bind, moved};

const PLACE: Place = Place("difference");

/// The keys that open it, and turn it round.
pub(super) const KEYS: &[Binding] = &[
    bind(
        Place::BROWSE,
        "compare",
        &[Key::letter('c')],
        Action::Run(open),
        Group::Look,
        (
            "compare",
            "what differs between the two images that are marked",
        ),
    ),
    bind(
        PLACE,
        "compare",
        &[Key::letter('c')],
        Action::Run(turn),
        Group::Look,
        ("turn", ""),
    ),
];

/// The images that are compared, and what differs.
#[derive(Clone, Debug, Default)]
pub struct ComparisonState {
    sides: Option<(NodeId, NodeId)>,
    /// Whether the pane lies on the screen.
    is_shown: bool,
    /// What was known when it was worked out last.
    made_of: Option<u64>,
    sections: Arc<Vec<Section>>,
    scroll: usize,
}

/// What is compared, away from the screen's thread.
#[derive(Clone)]
pub struct Comparison(Arc<Compared>);

/// Two images, and the manifests and configs of both.
struct Compared {
    parts: Vec<(Digest, Parts)>,
    images: (Image, Image),
}

impl std::fmt::Debug for Comparison {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (a, b) = &self.0.images;
        write!(to, "{} and {}", a.digest, b.digest)
    }
}

impl PartialEq for Comparison {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Comparison {
    /// Compares them.
    pub fn run(&self) -> Vec<Section> {
        let content = Content::from_parts(self.0.parts.iter().cloned());
        let (a, b) = &self.0.images;
        in_words(&diff(&content, a, b))
    }
}

/// The pane.
#[derive(Debug)]
struct Compare;

fn open(model: &mut Model) -> Vec<Effect> {
    let graph = &model.known.graph;
    let mut marked: Vec<(Vec<u64>, NodeId)> = Vec::new();
    for node in &model.marked {
        let manifest = graph.target(*node).unwrap_or(*node);
        if !graph.kind(manifest).is_manifest() {
            continue;
        }
        // A row has several tags; the one with the most numbers tells its version.
        let version = version(graph, *node);
        match marked.iter_mut().find(|(_, before)| *before == manifest) {
            Some((before, _)) if before.len() < version.len() => *before = version,
            Some(_) => {}
            None => marked.push((version, manifest)),
        }
    }
    marked.sort();
    let [(_, a), (_, b)] = marked.as_slice() else {
        model.notice = Some(match marked.len() {
            0 => "mark two images with space: c compares them".to_owned(),
            1 => "mark another image with space: c compares the two".to_owned(),
            count => format!("{count} images are marked: c compares two"),
        });
        return Vec::new();
    };
    model.comparison = ComparisonState {
        sides: Some((*a, *b)),
        ..ComparisonState::default()
    };
    model.show(Compare);
    Vec::new()
}

/// The numbers of a tag's version, by which the older image stands first.
fn version(graph: &Graph, tag: NodeId) -> Vec<u64> {
    let name = graph.tag_name(tag);
    let version = name.and_then(|name| Version::parse(name.as_str()));
    version.map_or_else(Vec::new, |version| version.numbers().to_vec())
}

/// The other one first.
fn turn(model: &mut Model) -> Vec<Effect> {
    let state = &mut model.comparison;
    state.sides = state.sides.map(|(a, b)| (b, a));
    state.made_of = None;
    Vec::new()
}

impl ComparisonState {
    /// The images, while they are compared.
    pub fn sides(&self) -> Vec<NodeId> {
        let sides = self.sides.filter(|_| self.is_shown);
        sides.map_or_else(Vec::new, |(a, b)| vec![a, b])
    }
}

/// Has it worked out anew where something became known.
pub fn settle(model: &mut Model) -> Vec<Effect> {
    model.comparison.is_shown = model.has(PLACE);
    if !model.comparison.is_shown {
        return Vec::new();
    }
    let made_of = Some(model.known.version());
    let Some((a, b)) = model
        .comparison
        .sides
        .filter(|_| model.comparison.made_of != made_of)
    else {
        return Vec::new();
    };
    model.comparison.made_of = made_of;
    let (Some(one), Some(other)) = (of(&model.known, a), of(&model.known, b)) else {
        return Vec::new();
    };
    let content = &model.known.content;
    let manifests = one.parts.iter().chain(&other.parts).map(|part| part.digest);
    let manifests: Vec<Digest> = manifests.collect();
    let configs = manifests.iter().filter_map(|digest| {
        let manifest = content.manifest(digest)?;
        Some(manifest.config.as_ref()?.digest)
    });
    let parts = content.parts(manifests.iter().copied().chain(configs));
    let comparison = Comparison(Arc::new(Compared {
        parts,
        images: (one, other),
    }));
    let ticket = model.jobs.begin(Kind::Compare);
    vec![Effect::Work(ticket, Job::Compare(comparison))]
}

/// Takes in what differs.
pub fn compared(model: &mut Model, sections: Vec<Section>) {
    model.comparison.sections = Arc::new(sections);
}

/// An image as far as it is known; none where its manifest was not read.
fn of(known: &Known, node: NodeId) -> Option<Image> {
    let (graph, content) = (&known.graph, &known.content);
    let mut readings = Readings::new();
    for part in parts_of(graph, content, node) {
        for one in attached(graph, content, part, DocumentKinds::ALL).documents {
            if let Some(reading) = content.reading(&one.blob.digest) {
                readings.insert(one.blob.digest, reading);
            }
        }
    }
    image(graph, content, &readings, node)
}

/// Two images by their names.
fn title(model: &Model) -> String {
    let graph = &model.known.graph;
    let name = |node| super::package::image_name(graph, node);
    let sides = model.comparison.sides;
    sides.map_or(String::new(), |(a, b)| {
        format!(" {} {} {} ", name(a), model.theme.then().trim(), name(b))
    })
}

fn lines(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let sections = &model.comparison.sections;
    if sections.is_empty() {
        let words = format!("comparing {}", model.theme.more());
        return vec![Line::styled(words, model.theme.dim())];
    }
    section_lines(sections, columns, model.theme)
}

impl Pane for Compare {
    fn place(&self) -> Place {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Panes
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        if matches!(verb, Verb::Escape | Verb::Back | Verb::Quit) {
            return Flow::CLOSE;
        }
        // Its frame and the bars take four rows and as many columns.
        let rows = usize::from(model.size.1.saturating_sub(4)).max(1);
        let columns = usize::from(model.size.0.saturating_sub(4));
        let count = lines(model, columns).len();
        let scroll = moved(model.comparison.scroll, count, rows, verb);
        model.comparison.scroll = scroll.min(count.saturating_sub(rows));
        Flow::STAY
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let room = usize::from(area.width.saturating_sub(4));
        let title = fit(&title(model), room, model.theme.more());
        let inside = popup::draw_pane(model, frame, area, title, String::new());
        let lines = lines(model, usize::from(inside.width)).into_iter();
        let lines = lines
            .skip(model.comparison.scroll)
            .take(usize::from(inside.height));
        frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), inside);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![
            Hint::new("j k", "more"),
            keys.hint_as("compare", "the other first", theme),
            keys.hint("back", theme),
        ]
    }
}

//! The impact of what is marked: the verdict, and below it a box for each question that one has next.

mod draw;
mod head;
pub(super) mod plan;
pub(super) mod policies;
mod rows;
mod subjects;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::graph::{Graph, NodeId};
use crate::insight::impact::Action as Deed;
use crate::insight::outline::What;
use crate::oci::{Address, Origin, Repository};
use crate::tui::document_plan;
use crate::tui::effect::Effect;
use crate::tui::history;
use crate::tui::impact::{Impact, Part, Place, Query, Reply, Request, Rules};
use crate::tui::jobs::{Job, Kind};
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place as KeyPlace, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};

use super::{bind, moved, why};

pub(super) use draw::style;
pub use rows::Section;
use rows::{Row, rows};
use subjects::Subjects;

const PLACE: KeyPlace = KeyPlace("impact");
/// Rows that a page key moves by.
const PAGE: usize = 10;

const fn here(
    name: &'static str,
    keys: &'static [Key],
    run: fn(&mut Model) -> Vec<Effect>,
    (verb, help): (&'static str, &'static str),
) -> Binding {
    let action = Action::Run(run);
    bind(PLACE, name, keys, action, Group::Impact, (verb, help))
}

/// The key that opens it, and those that mean something in it alone.
pub(super) const KEYS: &[Binding] = &[
    bind(
        KeyPlace::BROWSE,
        "impact",
        &[Key::letter('x'), Key::letter('D')],
        Action::Run(open),
        Group::Do,
        (
            "impact",
            "what deleting the marked rows, or this one, would do; nothing is deleted",
        ),
    ),
    bind(
        PLACE,
        "impact",
        &[Key::letter('x'), Key::letter('D')],
        Action::Verb(Verb::Escape),
        Group::Impact,
        ("back", ""),
    ),
    bind(
        KeyPlace::BROWSE,
        "collection",
        &[Key::letter('X')],
        Action::Run(collection),
        Group::Do,
        (
            "collection",
            "what the next garbage collection of this registry removes by itself",
        ),
    ),
    here("why", &[Key::letter('w')], why::of_item, ("why", "")),
    here(
        "policy",
        &[Key::letter('p')],
        policies::take,
        ("policy", "by other rules"),
    ),
    here(
        "write-out",
        &[Key::letter('e')],
        plan::open,
        (
            "write as commands",
            "the deletions as commands of other programs, in a safe order; nothing is run",
        ),
    ),
    here(
        "difference",
        &[Key::letter('d')],
        policies::compare,
        (
            "difference to another policy",
            "what differs under another policy; again: no difference",
        ),
    ),
    here(
        "deletion",
        &[Key::letter('t')],
        switch_deletion,
        (
            "deletion on/off",
            "say that deletion is off in the registry's configuration, or on, and see what differs",
        ),
    ),
    here(
        "next-registry",
        &[Key::letter('}')],
        next_registry,
        (
            "next registry",
            "the next registry that something is marked on",
        ),
    ),
    here(
        "previous-registry",
        &[Key::letter('{')],
        previous_registry,
        ("registry before", "the registry before"),
    ),
];

/// The impact of what is marked, and what is being looked at in it.
#[derive(Clone, Debug, Default)]
pub struct ImpactState {
    /// The request whose answer is awaited or shown.
    pub ticket: u64,
    /// Whether it is awaited.
    pub is_waiting: bool,
    /// What would be done, registry by registry.
    pub parts: Vec<Part>,
    /// The one that is shown; of the others there are totals.
    pub at: usize,
    /// The rules to compare with.
    pub other: Option<Rules>,
    /// The last answer, or why there is none.
    pub shown: Option<Result<Arc<Impact>, String>>,
    /// The box that is shown.
    pub section: Section,
    /// The row of it under the cursor.
    pub cursor: usize,
    /// The first line of that row that is shown, where it has more lines than the list.
    pub line: usize,
    /// Whether blobs are told one by one.
    pub has_blobs: bool,
    /// The tags of the row that it was opened on, of which some are meant; empty where it was opened otherwise.
    pub tags: Vec<NodeId>,
    /// What would be deleted.
    pub meant: Vec<NodeId>,
}

impl ImpactState {
    /// What would be done on the registry that is shown.
    pub fn part(&self) -> Option<&Part> {
        self.parts.get(self.at)
    }

    /// The answer, if there is one.
    pub fn impact(&self) -> Option<&Arc<Impact>> {
        self.shown.as_ref()?.as_ref().ok()
    }

    /// The rows of the box that is shown.
    fn rows(&self) -> Vec<Row<'_>> {
        let impact = self.impact();
        impact
            .map(|impact| rows(impact, self.section, self.has_blobs))
            .unwrap_or_default()
    }

    /// What the row under the cursor is about, if it is about one thing.
    pub fn selected(&self) -> Option<Place> {
        self.rows().get(self.cursor)?.place().cloned()
    }

    /// Whether this would be deleted.
    fn is_meant(&self, node: NodeId) -> bool {
        self.meant.contains(&node)
    }

    /// Shows another box, from its beginning.
    fn turn_to(&mut self, section: Section) {
        self.section = section;
        (self.cursor, self.line) = (0, 0);
        self.skip_heading();
    }

    /// A heading is no row to stand on first.
    fn skip_heading(&mut self) {
        let rows = self.rows();
        if matches!(rows.get(self.cursor), Some(Row::Repository(_))) && rows.len() > 1 {
            self.cursor += 1;
        }
    }

    /// The box so many further on, around the end.
    fn turn(&mut self, step: usize) {
        let Some(sections) = self.impact().map(|impact| Section::of(impact)) else {
            return;
        };
        let at = sections.iter().position(|one| *one == self.section);
        let next = sections.get((at.unwrap_or(0) + step) % sections.len().max(1));
        self.turn_to(next.copied().unwrap_or_default());
    }
}

/// The pane; what it shows is the model's [`ImpactState`], since answers come later.
#[derive(Debug)]
struct ImpactPane;

impl Pane for ImpactPane {
    fn place(&self) -> KeyPlace {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Panes
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape | Verb::Back | Verb::Quit => return Flow::CLOSE,
            Verb::Open => return go_to(model),
            Verb::NextPane | Verb::NextTab => model.impact.turn(1),
            Verb::PreviousTab => {
                let sections = model
                    .impact
                    .impact()
                    .map(|impact| Section::of(impact).len());
                model.impact.turn(sections.unwrap_or(1).saturating_sub(1));
            }
            Verb::Tab(number) => {
                let sections = model.impact.impact().map(|impact| Section::of(impact));
                let section = sections.and_then(|sections| sections.get(usize::from(number)));
                if let Some(section) = section.copied() {
                    model.impact.turn_to(section);
                }
            }
            Verb::Mark => return Flow::Stay(other_tag(model)),
            _ => step(model, verb),
        }
        Flow::STAY
    }

    fn rows(&self, model: &Model) -> Vec<String> {
        let rows = model.impact.rows();
        let lines = rows.iter().map(|row| draw::in_words(model, row));
        lines.collect()
    }

    fn cursor(&self, model: &Model) -> usize {
        model.impact.cursor
    }

    fn put_cursor(&mut self, model: &mut Model, row: usize) {
        (model.impact.cursor, model.impact.line) = (row, 0);
    }

    fn row_at(&self, model: &Model, at: Position) -> Option<usize> {
        draw::row_at(model, at)
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        draw::draw(model, frame, area);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        let mut hints = vec![
            keys.hint("back", theme),
            keys.hint_as("open", "go to", theme),
            keys.hint("why", theme),
        ];
        if model.impact.tags.len() > 1 {
            hints.push(keys.hint_as("mark", "other tag", theme));
        }
        hints.extend(["policy", "write-out"].map(|name| keys.hint(name, theme)));
        hints.push(match model.impact.other {
            Some(_) => keys.hint_as("difference", "no difference", theme),
            None => keys.hint("difference", theme),
        });
        hints.push(keys.hint("deletion", theme));
        if model.impact.parts.len() > 1 {
            hints.extend(["next-registry", "previous-registry"].map(|name| keys.hint(name, theme)));
        }
        hints
    }
}

/// Opens the impact of what is marked, else of what the row under the cursor stands for.
fn open(model: &mut Model) -> Vec<Effect> {
    if !model.marked.is_empty() {
        let marked = model.marked.iter().copied().collect();
        return show(model, Vec::new(), marked);
    }
    match subjects::of_row(model) {
        Ok(Subjects::Tags(tags)) => {
            let first = tags.first().copied().into_iter().collect();
            show(model, tags, first)
        }
        Ok(Subjects::All(nodes)) => show(model, Vec::new(), nodes),
        Err(words) => {
            model.notice = Some(words.to_owned());
            Vec::new()
        }
    }
}

/// Opens the impact of nothing: what the next garbage collection removes.
fn collection(model: &mut Model) -> Vec<Effect> {
    show(model, Vec::new(), Vec::new())
}

/// Opens the impact of deleting what is meant.
fn show(model: &mut Model, tags: Vec<NodeId>, meant: Vec<NodeId>) -> Vec<Effect> {
    let (parts, at) = parts_of(model, &meant);
    if parts.is_empty() {
        model.notice = Some(if meant.is_empty() {
            "there is no registry here".to_owned()
        } else {
            "what is meant is not there any more".to_owned()
        });
        return Vec::new();
    }
    model.impact = ImpactState {
        parts,
        at,
        tags,
        meant,
        ..ImpactState::default()
    };
    model.show(ImpactPane);
    let mut effects = ask(model, true);
    effects.extend(document_plan::of_charts(model));
    effects
}

/// The deletions, registry by registry, and which of these is looked at. What was chosen for a registry holds for as long
/// as it has a part.
fn parts_of(model: &Model, meant: &[NodeId]) -> (Vec<Part>, usize) {
    let here = origin_here(model);
    let mut parts: Vec<Part> = Vec::new();
    for node in meant {
        let origin = model.known.graph.view(*node).origin;
        let Some((origin, action)) = origin.zip(deletion(&model.known.graph, *node)) else {
            continue;
        };
        match parts.iter_mut().find(|part| part.origin == *origin) {
            Some(part) => part.actions.push(action),
            None => parts.push(Part {
                actions: vec![action],
                ..Part::of(origin.clone())
            }),
        }
    }
    if let (true, Some(here)) = (meant.is_empty(), &here) {
        parts.push(Part::of(here.clone()));
    }
    for part in &mut parts {
        let mut before = model.impact.parts.iter();
        if let Some(known) = before.find(|known| known.origin == part.origin) {
            part.rules.clone_from(&known.rules);
        }
    }
    let at = parts
        .iter()
        .position(|part| Some(&part.origin) == here.as_ref());
    (parts, at.unwrap_or_default())
}

/// Of the tags of one image the next alone, and after the last all of them.
fn other_tag(model: &mut Model) -> Vec<Effect> {
    let state = &model.impact;
    let tags = state.tags.clone();
    if tags.len() < 2 {
        model.notice = Some("the image has no other tag".to_owned());
        return Vec::new();
    }
    let next = match state.meant.as_slice() {
        [only] => tags
            .iter()
            .position(|tag| tag == only)
            .map_or(0, |at| at + 1),
        _ => 0,
    };
    let meant = match tags.get(next) {
        Some(tag) => vec![*tag],
        None => tags,
    };
    let (parts, at) = parts_of(model, &meant);
    model.impact.meant = meant;
    (model.impact.parts, model.impact.at) = (parts, at);
    ask(model, false)
}

/// The registry of the row under the cursor, else of the first root.
pub(super) fn origin_here(model: &Model) -> Option<Origin> {
    let node = model
        .tree
        .selected()
        .and_then(|line| match line.entry.what {
            What::Fold { of, .. } => Some(of),
            _ => line.entry.node(),
        });
    let here = node.and_then(|node| model.known.graph.view(node).origin.cloned());
    here.or_else(|| match model.tree.roots().first()? {
        Address::Registry(origin) => Some(origin.clone()),
        Address::Repository(repository)
        | Address::Tag(repository, _)
        | Address::Object(repository, _) => Some(repository.origin.clone()),
    })
}

/// The deletion of a tag or manifest that is there.
fn deletion(graph: &Graph, node: NodeId) -> Option<Deed> {
    let repository = graph.repository_of(node)?.path.as_str().to_owned();
    if graph.is_gone(node) || graph.tag_name(node).is_some() && graph.is_tag_absent(node) {
        return None;
    }
    match (graph.tag_name(node), graph.digest_of(node)) {
        (Some(tag), _) => Some(Deed::DeleteTag {
            repository,
            tag: tag.as_str().to_owned(),
        }),
        (None, Some(digest)) => Some(Deed::DeleteManifest { repository, digest }),
        (None, None) => None,
    }
}

/// Asks for the impact under the chosen policies.
pub(super) fn ask(model: &mut Model, is_fresh: bool) -> Vec<Effect> {
    let pane = &mut model.impact;
    let mut other_registries = pane.parts.clone();
    if pane.at >= other_registries.len() {
        return Vec::new();
    }
    let part = other_registries.remove(pane.at);
    let ticket = model.jobs.begin(Kind::Impact);
    pane.ticket = ticket.number;
    pane.is_waiting = true;
    let request = Request {
        part,
        other_registries,
        query: Query::Impact(pane.other.clone()),
        is_fresh,
    };
    vec![Effect::Work(ticket, Job::Impact(request))]
}

/// Something became known that the impact depends on: where it is looked at, it is asked for again.
pub fn impact_again(model: &mut Model) -> Vec<Effect> {
    if model.has(PLACE) {
        ask(model, false)
    } else {
        Vec::new()
    }
}

/// An answer came; one that nobody waits for any more is dropped.
pub fn replied(model: &mut Model, ticket: u64, told: Reply) {
    match told {
        Reply::Impact(impact) if ticket == model.impact.ticket => shown(model, impact),
        Reply::Failed(words) if ticket == model.impact.ticket => {
            model.impact.is_waiting = false;
            model.impact.shown = Some(Err(words));
        }
        Reply::Why(reasons) if ticket == model.why.ticket => model.why.shown = Some(Ok(reasons)),
        Reply::Failed(words) if ticket == model.why.ticket => model.why.shown = Some(Err(words)),
        _ => {}
    }
}

fn shown(model: &mut Model, impact: Arc<Impact>) {
    let affected = impact.affected.iter();
    let affected = affected.filter_map(|(origin, place, marker)| {
        Some((find(&model.known.graph, origin, place)?, *marker))
    });
    model.affected = affected.collect();
    let pane = &mut model.impact;
    pane.is_waiting = false;
    let first = Section::first(&impact);
    let has_other = |impact: &Arc<Impact>| impact.other.is_some();
    let is_new = pane.impact().map(has_other) != Some(has_other(&impact));
    pane.shown = Some(Ok(impact));
    if is_new {
        pane.turn_to(first);
    } else {
        pane.cursor = pane.cursor.min(pane.rows().len().saturating_sub(1));
    }
}

/// The node at a place.
pub(super) fn find(graph: &Graph, origin: &Origin, place: &Place) -> Option<NodeId> {
    let repository = Repository::new(origin, place.repository.as_str());
    match (&place.tag, &place.digest) {
        (Some(tag), _) => graph.tag(&repository, tag),
        (None, Some(digest)) => graph.object(&repository, digest),
        (None, None) => None,
    }
}

/// Says of the registry that deletion is off, or the other way round, and shows what that changes.
fn switch_deletion(model: &mut Model) -> Vec<Effect> {
    let pane = &mut model.impact;
    if pane.impact().is_none() {
        return Vec::new();
    }
    let at = pane.at;
    if let Some(part) = pane.parts.get_mut(at) {
        let before = part.rules.clone();
        part.rules.deletion = Some(before.deletion == Some(false));
        pane.other = Some(before);
    }
    ask(model, false)
}

/// To another registry that has marks, so many further on.
fn turn(model: &mut Model, step: usize) -> Vec<Effect> {
    let pane = &mut model.impact;
    if pane.parts.len() < 2 {
        model.notice = Some("all that is marked is on this registry".to_owned());
        return Vec::new();
    }
    pane.at = (pane.at + step) % pane.parts.len();
    pane.other = None;
    pane.cursor = 0;
    // Another registry, another first question.
    pane.shown = None;
    ask(model, false)
}

/// Moves the cursor; within a sentence that is longer than the list by lines.
fn step(model: &mut Model, verb: Verb) {
    let (room, height) = draw::room_of_list(model);
    let most = |model: &Model| draw::lines_of_cursor(model, room).saturating_sub(height.max(1));
    let line = model.impact.line;
    match verb {
        Verb::Down if line < most(model) => model.impact.line += 1,
        Verb::Up if line > 0 => model.impact.line -= 1,
        _ => {
            let rows = model.impact.rows().len();
            let before = model.impact.cursor;
            model.impact.cursor = moved(before, rows, PAGE, verb);
            if model.impact.cursor != before {
                let is_up = model.impact.cursor < before && verb == Verb::Up;
                model.impact.line = if is_up { most(model) } else { 0 };
            }
        }
    }
}

/// To the row of what the cursor is on; blobs that are told together are told one by one.
fn go_to(model: &mut Model) -> Flow {
    let state = &model.impact;
    let is_blobs = matches!(state.rows().get(state.cursor), Some(Row::Blobs(..)));
    let place = state.selected();
    let origin = state.part().map(|part| part.origin.clone());
    if is_blobs {
        model.impact.has_blobs = true;
    } else if let Some((origin, place)) = origin.zip(place) {
        return leave_to(model, &origin, &place);
    } else if state.impact().is_some() {
        model.notice = Some("this line leads nowhere".to_owned());
    }
    Flow::STAY
}

/// Leaves for the row at a place; stays where there is none.
pub(super) fn leave_to(model: &mut Model, origin: &Origin, place: &Place) -> Flow {
    let path =
        find(&model.known.graph, origin, place).and_then(|node| history::path_to(model, node));
    if let Some(path) = path {
        return Flow::Leave(path);
    }
    model.notice = Some("that is not on this screen: it was not read".to_owned());
    Flow::STAY
}

fn next_registry(model: &mut Model) -> Vec<Effect> {
    turn(model, 1)
}

fn previous_registry(model: &mut Model) -> Vec<Effect> {
    let last = model.impact.parts.len().saturating_sub(1);
    turn(model, last)
}

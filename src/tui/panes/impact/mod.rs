//! The impact of what is marked: totals that stay, below them the list that scrolls.

mod draw;
pub(super) mod plan;
pub(super) mod policies;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::graph::{Graph, NodeId};
use crate::insight::impact::Action as Deed;
use crate::insight::outline::What;
use crate::oci::{Address, Origin, Repository};
use crate::tui::effect::Effect;
use crate::tui::history;
use crate::tui::impact::{Impact, Item, Line, Part, Place, Request, Rules, Told, Wish};
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place as KeyPlace, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};

use super::browse::marks;
use super::{bind, moved, why};

pub(super) use draw::style;

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
    /// The line under the cursor.
    pub cursor: usize,
    /// Whether the totals have all the room, where they do not fit above the list.
    pub is_totals: bool,
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

    /// The line under the cursor, if it is about something.
    pub fn selected(&self) -> Option<&Item> {
        match self.impact()?.lines.get(self.cursor)? {
            Line::Item(item) => Some(item),
            Line::Repository(_) => None,
        }
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
            Verb::NextPane => model.impact.is_totals = !model.impact.is_totals,
            _ => {
                let lines = model.impact.impact().map_or(0, |impact| impact.lines.len());
                model.impact.cursor = moved(model.impact.cursor, lines, PAGE, verb);
            }
        }
        Flow::STAY
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

/// Opens the impact of what is marked, else of the row under the cursor, else of the next collection.
fn open(model: &mut Model) -> Vec<Effect> {
    let nodes: Vec<NodeId> = if model.marked.is_empty() {
        markable(model)
    } else {
        model.marked.iter().copied().collect()
    };
    let mut parts = std::mem::take(&mut model.impact.parts);
    let here = origin_here(model);
    let mut new: Vec<Part> = Vec::new();
    for node in &nodes {
        let origin = model.known.graph.view(*node).origin;
        let Some((origin, action)) = origin.zip(deletion(&model.known.graph, *node)) else {
            continue;
        };
        match new.iter_mut().find(|part| part.origin == *origin) {
            Some(part) => part.actions.push(action),
            None => new.push(Part {
                actions: vec![action],
                ..Part::of(origin.clone())
            }),
        }
    }
    if let (true, Some(here)) = (new.is_empty(), &here) {
        new.push(Part::of(here.clone()));
    }
    if new.is_empty() {
        model.notice = Some("there is no registry here".to_owned());
        return Vec::new();
    }
    // What was chosen for a registry holds for as long as it has a part.
    for part in &mut new {
        if let Some(known) = parts.iter_mut().find(|known| known.origin == part.origin) {
            part.rules = std::mem::take(&mut known.rules);
        }
    }
    let at = new
        .iter()
        .position(|part| Some(&part.origin) == here.as_ref());
    model.impact = ImpactState {
        parts: new,
        at: at.unwrap_or_default(),
        ..ImpactState::default()
    };
    model.show(ImpactPane);
    ask(model, true)
}

/// The tags or the manifest of the row under the cursor.
fn markable(model: &Model) -> Vec<NodeId> {
    let line = model.tree.selected();
    line.map(|line| marks::markable(&model.known.graph, line))
        .unwrap_or_default()
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
    model.ticket += 1;
    let pane = &mut model.impact;
    let mut beside = pane.parts.clone();
    if pane.at >= beside.len() {
        return Vec::new();
    }
    let part = beside.remove(pane.at);
    pane.ticket = model.ticket;
    pane.is_waiting = true;
    vec![Effect::Foretell(Request {
        ticket: pane.ticket,
        part,
        beside,
        wish: Wish::Impact(pane.other.clone()),
        is_fresh,
    })]
}

/// An answer came; one that nobody waits for any more is dropped.
pub fn replied(model: &mut Model, ticket: u64, told: Told) {
    match told {
        Told::Impact(impact) if ticket == model.impact.ticket => shown(model, impact),
        Told::Failed(words) if ticket == model.impact.ticket => {
            model.impact.is_waiting = false;
            model.impact.shown = Some(Err(words));
        }
        Told::Why(reasons) if ticket == model.why.ticket => model.why.shown = Some(Ok(reasons)),
        Told::Failed(words) if ticket == model.why.ticket => model.why.shown = Some(Err(words)),
        _ => {}
    }
}

fn shown(model: &mut Model, impact: Arc<Impact>) {
    let affected = impact.doomed.iter();
    let affected = affected.filter_map(|(origin, place, sign)| {
        Some((find(&model.known.graph, origin, place)?, *sign))
    });
    model.affected = affected.collect();
    let pane = &mut model.impact;
    pane.is_waiting = false;
    // The first line is a heading.
    let last = impact.lines.len().saturating_sub(1);
    pane.cursor = pane.cursor.max(1).min(last);
    pane.shown = Some(Ok(impact));
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
    ask(model, false)
}

/// To the row of the line under the cursor.
fn go_to(model: &mut Model) -> Flow {
    let state = &model.impact;
    let place = state.selected().map(|item| item.place.clone());
    let origin = state.part().map(|part| part.origin.clone());
    if let Some((origin, place)) = origin.zip(place) {
        return leave_to(model, &origin, &place);
    }
    if state
        .impact()
        .is_some_and(|impact| !impact.lines.is_empty())
    {
        model.notice = Some("this line is a heading".to_owned());
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

//! The impact of what is marked: asking for it, and its keys.

use std::sync::Arc;

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use crate::graph::{Graph, NodeId};
use crate::insight::impact::Action as Deed;
use crate::insight::outline::What;
use crate::oci::{Address, Origin, Repository};
use crate::tui::effect::Effect;
use crate::tui::impact::plan::{TOOLS, Tool, name};
use crate::tui::impact::{Impact, Line, Part, Place, Request, Rules, Told, Wish};
use crate::tui::keymap::{self, Action, ImpactAction};
use crate::tui::model::{Mode, Model};
use crate::tui::pane::{ImpactPane, Over};

use super::{history, mark, why};

/// Rows that a page key moves by.
const PAGE: usize = 10;

/// Opens the impact of what is marked, else of the row under the cursor, else of the next collection.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
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
    model.impact = ImpactPane {
        is_open: true,
        parts: new,
        at: at.unwrap_or_default(),
        ..ImpactPane::default()
    };
    model.mode = Mode::Impact;
    ask(model, true)
}

/// The tags or the manifest of the row under the cursor.
fn markable(model: &Model) -> Vec<NodeId> {
    let line = model.tree.selected();
    line.map(|line| mark::markable(&model.known.graph, line))
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
fn ask(model: &mut Model, is_fresh: bool) -> Vec<Effect> {
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
pub(super) fn told(model: &mut Model, ticket: u64, told: Told) {
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
    let doomed = impact.doomed.iter();
    let doomed = doomed.filter_map(|(origin, place, sign)| {
        Some((find(&model.known.graph, origin, place)?, *sign))
    });
    model.doomed = doomed.collect();
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

pub(super) fn pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    match model.impact.over {
        Over::Policies { cursor, is_other } => return policies(model, cursor, is_other, key),
        Over::Plan(tool, scroll) => return plan(model, tool, scroll, key),
        Over::Nothing => {}
    }
    match keymap::impact_action(key) {
        Some(ImpactAction::Policy) => choose(model, false),
        Some(ImpactAction::Difference) => {
            if model.impact.other.take().is_some() {
                return ask(model, false);
            }
            choose(model, true);
        }
        Some(ImpactAction::Deletion) => return switch_deletion(model),
        Some(ImpactAction::Commands) => write(model),
        Some(ImpactAction::NextRegistry) => return turn(model, 1),
        Some(ImpactAction::PreviousRegistry) => {
            return turn(model, model.impact.parts.len().saturating_sub(1));
        }
        None => match keymap::action(key) {
            Some(Action::Back | Action::Quit | Action::Impact) => {
                model.impact.is_open = false;
                model.mode = Mode::Browse;
            }
            Some(Action::Why) => return why::of_item(model),
            Some(Action::Open) => go_to(model),
            Some(Action::NextPane) => model.impact.is_totals = !model.impact.is_totals,
            Some(Action::Help) => model.mode = Mode::Help(0),
            Some(Action::Log) => model.mode = Mode::Log(0),
            Some(Action::Redraw) => return vec![Effect::Redraw],
            Some(action) => {
                let lines = model.impact.impact().map_or(0, |impact| impact.lines.len());
                model.impact.cursor = moved(model.impact.cursor, lines, action);
            }
            None => {}
        },
    }
    Vec::new()
}

/// Where a cursor goes among so many lines.
pub(super) fn moved(cursor: usize, lines: usize, action: Action) -> usize {
    let last = lines.saturating_sub(1);
    let cursor = match action {
        Action::Up => cursor.saturating_sub(1),
        Action::Down => cursor.saturating_add(1),
        Action::PageUp => cursor.saturating_sub(PAGE),
        Action::PageDown => cursor.saturating_add(PAGE),
        Action::First => 0,
        Action::Last => last,
        _ => cursor,
    };
    cursor.min(last)
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

fn choose(model: &mut Model, is_other: bool) {
    if model.impact.impact().is_some() {
        // To compare with the policy itself tells nothing: the next one is offered.
        let cursor = usize::from(is_other);
        model.impact.over = Over::Policies { cursor, is_other };
    }
}

fn policies(model: &mut Model, cursor: usize, is_other: bool, key: KeyEvent) -> Vec<Effect> {
    let Some(impact) = model.impact.impact().cloned() else {
        model.impact.over = Over::Nothing;
        return Vec::new();
    };
    match keymap::action(key) {
        Some(Action::Back | Action::Quit) => model.impact.over = Over::Nothing,
        Some(Action::Open | Action::Mark) => {
            model.impact.over = Over::Nothing;
            let Some(choice) = impact.choices.get(cursor) else {
                return Vec::new();
            };
            let pane = &mut model.impact;
            let at = pane.at;
            if let Some(part) = pane.parts.get_mut(at) {
                let taken = Rules {
                    policy: Some(choice.name.clone()),
                    deletion: part.rules.deletion,
                };
                if is_other {
                    pane.other = Some(taken);
                } else {
                    part.rules = taken;
                }
            }
            return ask(model, false);
        }
        Some(action) => {
            let cursor = moved(cursor, impact.choices.len(), action);
            model.impact.over = Over::Policies { cursor, is_other };
        }
        None if matches!(
            keymap::impact_action(key),
            Some(ImpactAction::Policy | ImpactAction::Difference)
        ) =>
        {
            let cursor = (cursor + 1) % impact.choices.len().max(1);
            model.impact.over = Over::Policies { cursor, is_other };
        }
        None => {}
    }
    Vec::new()
}

fn write(model: &mut Model) {
    match model.impact.impact() {
        Some(impact) if !impact.plan.is_empty() => {
            model.impact.over = Over::Plan(Tool::Regctl, 0);
        }
        Some(_) => {
            model.notice =
                Some("nothing is to be deleted, so there is nothing to write".to_owned());
        }
        None => {}
    }
}

fn plan(model: &mut Model, tool: Tool, scroll: usize, key: KeyEvent) -> Vec<Effect> {
    let Some(impact) = model.impact.impact().cloned() else {
        model.impact.over = Over::Nothing;
        return Vec::new();
    };
    let lines = impact.plan.lines(tool);
    let turned = |step: usize| {
        let at = TOOLS.iter().position(|other| *other == tool).unwrap_or(0);
        let next = TOOLS.get((at + step) % TOOLS.len());
        Over::Plan(next.copied().unwrap_or(tool), 0)
    };
    match keymap::action(key) {
        Some(Action::Back | Action::Quit)
            if !matches!(key.code, KeyCode::Char('h') | KeyCode::Left) =>
        {
            model.impact.over = Over::Nothing;
        }
        Some(Action::NextPane | Action::NextTab | Action::Open) => model.impact.over = turned(1),
        Some(Action::PreviousTab | Action::Back) => {
            model.impact.over = turned(TOOLS.len() - 1);
        }
        Some(Action::Copy) => {
            model.notice = Some(format!(
                "copied {} commands, if the terminal allows it; nothing was run",
                name(tool)
            ));
            return vec![Effect::Copy(lines.join("\n") + "\n")];
        }
        Some(action) => {
            model.impact.over = Over::Plan(tool, moved(scroll, lines.len(), action));
        }
        None if keymap::impact_action(key) == Some(ImpactAction::Commands) => {
            model.impact.over = turned(1);
        }
        None => {}
    }
    Vec::new()
}

/// To the row of the line under the cursor.
fn go_to(model: &mut Model) {
    let pane = &model.impact;
    let place = pane.selected().map(|item| item.place.clone());
    let origin = pane.part().map(|part| part.origin.clone());
    let Some((origin, place)) = origin.zip(place) else {
        if let Some(Line::Repository(_)) = pane
            .impact()
            .and_then(|impact| impact.lines.get(pane.cursor))
        {
            model.notice = Some("this line is a heading".to_owned());
        }
        return;
    };
    leave_to(model, &origin, &place);
}

/// Leaves for the row at a place; stays where there is none.
pub(super) fn leave_to(model: &mut Model, origin: &Origin, place: &Place) {
    match find(&model.known.graph, origin, place) {
        Some(node) => {
            model.impact.is_open = false;
            model.mode = Mode::Browse;
            history::go_to(model, node);
        }
        None => model.notice = Some("that is not on this screen: it was not read".to_owned()),
    }
}

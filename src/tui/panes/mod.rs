//! The panes: one file each, with what it remembers, its keys, what they do, how it is drawn and what the bottom line
//! says.
//!
//! # A pane more
//! 1. Its file: a type that is a `Pane`, and `pub const KEYS: &[Binding]`, which has the key that
//!    opens it (in [`Place::BROWSE`](super::keys::Place::BROWSE), or everywhere) and those that mean something in it
//!    alone.
//! 2. A line in [`TABLE`] below. From there come the keys, the bottom line, the help and the README's list; a test
//!    fails where a key would mean two things.
//!
//! # A tab of the details more
//! 1. Its file under `tabs/`: a type that is a `TabPage`. It gets the `Model`
//!    and reads what is known there: the row under the cursor (`model.tree.selected()`), the graph, documents and
//!    readings by digest (`model.known.content`). It answers how many things it has (`None`: no tab), how many lines those
//!    take at a width, and some of these lines. It is called for every frame, so it asks for nothing that costs more
//!    than what is seen; what costs more is worked out once, in `settle`, and kept in the model by what it was made of
//!    (graph version, digest, reading), as `Raw` is.
//! 2. A line in the list of `tabs/mod.rs`, which is also the order of the tabs.
//!
//! What takes longer than a millisecond is work for the worker: `settle` gives an `Effect`
//! that asks for it with a ticket, `app` hands it on, the answer comes back as a
//! `Message`, and `update` keeps it if its ticket is the newest of its kind. What has to be
//! asked of a registry is an `Effect::Want`; `fetch_plan` does so for what is on the screen.
//!
//! Keys of a tab stand in its file too: `pub const KEYS` with the tab's own `Place`, which
//! `TabPage::place` names; they hold while the details have the focus and the tab is shown.

mod browse;
mod common;
pub mod compare;
mod copy;
mod filter;
mod find_in_list;
mod go_to;
mod held_by;
mod help;
mod home;
mod impact;
mod links;
mod load_all;
mod log;
mod neighbours;
mod notices;
mod package;
mod problems;
pub mod tabs;
mod typing;
mod verify;
mod why;
mod work;
mod write_out;

use std::ops::Range;

use ratatui::Frame;
use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::count;
use super::effect::Effect;
use super::history;
use super::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use super::layout::Layout;
use super::model::Model;
use super::pane::{Flow, Pane};
use crate::words::width;

pub use home::{Home, Opening, opened};
pub use impact::{ImpactState, Section, impact_again, replied};
pub use load_all::LoadAll;
pub use log::Log;
pub use notices::Notices;
pub use why::WhyState;

/// Every key of the program.
pub const TABLE: &[&[Binding]] = &[
    common::KEYS,
    browse::KEYS,
    held_by::KEYS,
    tabs::packages::KEYS,
    compare::KEYS,
    neighbours::KEYS,
    why::KEYS,
    filter::KEYS,
    go_to::KEYS,
    links::KEYS,
    impact::KEYS,
    impact::policies::KEYS,
    impact::plan::KEYS,
    copy::KEYS,
    verify::KEYS,
    write_out::KEYS,
    load_all::KEYS,
    problems::KEYS,
    home::KEYS,
    log::KEYS,
    work::KEYS,
    help::KEYS,
];

/// Characters that are taken from the clipboard at most: a reference with its digest and some more.
const PASTED: usize = 1_000;

const fn bind(
    place: Place,
    name: &'static str,
    keys: &'static [Key],
    action: Action,
    group: Group,
    (verb, help): (&'static str, &'static str),
) -> Binding {
    Binding {
        name,
        place,
        keys,
        action,
        group,
        verb,
        help,
    }
}

/// A key was pressed: the pane on top has it, else tree and details.
pub fn pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    model.notice = None;
    let is_interrupt =
        key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    if is_interrupt {
        return vec![Effect::Quit];
    }
    if count::takes(model, key) {
        return Vec::new();
    }
    let effects = act_on(model, key);
    model.count = None;
    effects
}

/// What a key does that belongs to no count.
fn act_on(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let takes_letters = model.top().is_some_and(Pane::takes_letters);
    let shared = if takes_letters {
        Place::TYPING
    } else {
        Place::EVERYWHERE
    };
    let of_tab = tabs::place(model).and_then(|place| model.keys.action_in(place, key));
    match of_tab.or_else(|| model.keys.action(model.place(), shared, key)) {
        Some(Action::Run(run)) => run(model),
        Some(Action::Verb(verb)) => act(model, verb),
        None => with_top(model, |pane, model| pane.key(model, key)).unwrap_or_default(),
    }
}

/// What the pane on top, or the tree with its details, makes of a verb.
fn act(model: &mut Model, verb: Verb) -> Vec<Effect> {
    if count::moves(model, verb) {
        return Vec::new();
    }
    let effects = with_top(model, |pane, model| pane.act(model, verb));
    effects.unwrap_or_else(|| browse::act(model, verb))
}

/// The mouse was used.
pub fn moused(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let is_click = event.kind == MouseEventKind::Down(MouseButton::Left);
    if is_click && event.row == Layout::of(model).bottom.y {
        // What stands on the bottom line does what its key does.
        let hint = hint_at(model, event.column);
        let key = hint.and_then(|hint| model.keys.written(&hint.key, model.theme));
        return key.map_or_else(Vec::new, |key| pressed(model, key));
    }
    let effects = with_top(model, |pane, model| pane.mouse(model, event));
    if effects.is_none() {
        browse::moused(model, event);
    }
    effects.unwrap_or_default()
}

/// Text from the clipboard goes into whatever is being typed, elsewhere it is no keys. Only its first line, and of that
/// no more than a person types: it is no use to a name, and each character of it costs.
pub fn pasted(model: &mut Model, text: &str) {
    let line = text.lines().next().unwrap_or_default();
    let characters = line.chars().filter(|character| !character.is_control());
    let text: String = characters.take(PASTED).collect();
    with_top(model, |pane, model| {
        pane.paste(model, &text);
        Flow::STAY
    });
}

/// Lets the pane on top do something; none where there is no pane. What it puts on top lies over it.
fn with_top(
    model: &mut Model,
    act: impl FnOnce(&mut dyn Pane, &mut Model) -> Flow,
) -> Option<Vec<Effect>> {
    let mut pane = model.panes.pop()?;
    let at = model.panes.len();
    let flow = act(&mut *pane, model);
    let at = at.min(model.panes.len());
    Some(match flow {
        Flow::Stay(effects) => {
            model.panes.insert(at, pane);
            effects
        }
        Flow::Close(effects) => effects,
        Flow::Leave(path) => {
            model.panes.insert(at, pane);
            history::go_along(model, &path);
            Vec::new()
        }
    })
}

/// Draws tree and details.
pub fn draw_browse(model: &Model, frame: &mut Frame<'_>) {
    browse::draw(model, frame);
}

/// The next keys, for the bottom line.
pub fn hints(model: &Model) -> Vec<Hint> {
    model
        .top()
        .map_or_else(|| browse::hints(model), |pane| pane.hints(model))
}

/// The hints that the bottom line has room for, each with the columns that it takes.
pub fn placed_hints(model: &Model, columns: u16) -> Vec<(Range<usize>, Hint)> {
    let mut used = 1;
    let hints = hints(model).into_iter();
    let placed = hints.map(|hint| {
        let start = used;
        used += width(&hint.key) + 1 + width(&hint.verb) + 3;
        (start..used - 3, hint)
    });
    let most = usize::from(columns);
    placed.take_while(|(at, _)| at.end <= most).collect()
}

/// The key that the bottom line tells at a column.
fn hint_at(model: &Model, column: u16) -> Option<Hint> {
    let is_told = model.notice.is_none() && model.top().and_then(Pane::typed).is_none();
    let mut placed = placed_hints(model, model.size.0).into_iter();
    let at = usize::from(column);
    let found = placed.find(|(columns, _)| columns.contains(&at));
    found.filter(|_| is_told).map(|(_, hint)| hint)
}

/// Where a cursor goes among so many lines, a page being so many of them.
fn moved(cursor: usize, lines: usize, page: usize, verb: Verb) -> usize {
    let last = lines.saturating_sub(1);
    let cursor = match verb {
        Verb::Up => cursor.saturating_sub(1),
        Verb::Down => cursor.saturating_add(1),
        Verb::PageUp => cursor.saturating_sub(page),
        Verb::PageDown => cursor.saturating_add(page),
        Verb::First => 0,
        Verb::Last => last,
        _ => cursor,
    };
    cursor.min(last)
}

#[cfg(test)]
mod key_tests;

//! The packages of the image: a table that is sorted by a column and filtered while somebody types.

mod draw;
mod find;

use std::ops::Range;
use std::sync::Arc;

use ratatui::text::Line;

use crate::evidence::Words;
use crate::insight::package_table::{Column, PackageTable};
use crate::oci::Digest;
use crate::tui::effect::Effect;
use crate::tui::jobs::{Job, Kind};
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::panes::{bind, moved, package};

use super::TabPage;

pub(in crate::tui::panes) use draw::name as whole_name;
pub(in crate::tui::panes) use find::open as find;

const PLACE: Place = Place("packages");

/// The keys of the table.
pub(in crate::tui::panes) const KEYS: &[Binding] = &[
    bind(
        PLACE,
        "sort",
        &[Key::letter('s')],
        Action::Run(sort),
        Group::Look,
        ("sort", ""),
    ),
    bind(
        PLACE,
        "reverse",
        &[Key::letter('S')],
        Action::Run(reverse),
        Group::Look,
        ("reverse", "in Packages: the other way round"),
    ),
    bind(
        PLACE,
        "repeated",
        &[Key::letter('#')],
        Action::Run(repeated),
        Group::Look,
        (
            "repeated",
            "in Packages: only those that stand several times in one document",
        ),
    ),
];

/// The packages of the row under the cursor.
#[derive(Clone, Debug, Default)]
pub struct PackagesState {
    /// The documents that it is made of, with what they are called.
    made_of: Vec<(Digest, String)>,
    /// None while it is being made.
    table: Option<Arc<PackageTable>>,
    column: Column,
    is_descending: bool,
    is_repeated_only: bool,
    filter: String,
    words: Words,
    /// The rows that are shown, in order.
    shown: Vec<u32>,
    cursor: usize,
}

/// The tab.
pub(super) struct Packages;

impl TabPage for Packages {
    fn title(&self) -> &'static str {
        "Packages"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        Some(model.attached.counts().packages).filter(|count| *count > 0)
    }

    fn len(&self, model: &Model, columns: usize) -> usize {
        let head = draw::head_rows(Layout::of(model).details_rows(), columns);
        head + model.packages.shown.len()
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        draw::lines(&model.packages, model.theme, columns, rows)
    }

    /// Has the table made where other documents are here.
    fn settle(&self, model: &mut Model) -> Vec<Effect> {
        let bills = model.attached.bills();
        let is_same = bills.len() == model.packages.made_of.len()
            && bills
                .iter()
                .zip(&model.packages.made_of)
                .all(|(bill, (digest, label))| bill.digest == *digest && bill.label == *label);
        if is_same {
            keep_in_view(model);
            return Vec::new();
        }
        let made_of = bills.iter().map(|bill| (bill.digest, bill.label.clone()));
        model.packages = PackagesState {
            made_of: made_of.collect(),
            column: model.packages.column,
            is_descending: model.packages.is_descending,
            ..PackagesState::default()
        };
        let ticket = model.jobs.begin(Kind::Tabulate);
        vec![Effect::Work(ticket, Job::Tabulate(bills))]
    }

    fn place(&self) -> Option<Place> {
        Some(PLACE)
    }

    fn act(&self, model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
        match verb {
            Verb::Open => package::open(model),
            Verb::Escape if !model.packages.filter.is_empty() => set_filter(model, ""),
            Verb::Up | Verb::Down | Verb::PageUp | Verb::PageDown | Verb::First | Verb::Last => {
                let page = page(model);
                let state = &mut model.packages;
                state.cursor = moved(state.cursor, state.shown.len(), page, verb);
                keep_in_view(model);
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![
            keys.hint_as("open", "all of it", theme),
            keys.hint("find", theme),
            keys.hint("sort", theme),
            keys.hint("repeated", theme),
        ]
    }
}

/// Whether the table has the keys.
pub(in crate::tui::panes) fn has_focus(model: &Model) -> bool {
    super::place(model) == Some(PLACE)
}

/// Takes a table in.
pub fn tabulated(model: &mut Model, table: Arc<PackageTable>) {
    model.packages.table = Some(table);
    model.packages.look();
}

impl PackagesState {
    /// The row under the cursor, and what it is a row of.
    pub(in crate::tui::panes) fn current(&self) -> Option<(&Arc<PackageTable>, usize)> {
        let row = self.shown.get(self.cursor)?;
        Some((self.table.as_ref()?, usize::try_from(*row).ok()?))
    }

    /// Works out anew which rows are shown; the cursor stays on its package where that is still there.
    fn look(&mut self) {
        let Some(table) = &self.table else {
            self.shown = Vec::new();
            return;
        };
        let before = self.shown.get(self.cursor).copied();
        let order = (self.column, self.is_descending);
        self.shown = table.shown(order, &self.words, self.is_repeated_only);
        let at = before.and_then(|row| self.shown.iter().position(|one| *one == row));
        self.cursor = at.unwrap_or(0);
    }
}

fn set_filter(model: &mut Model, filter: &str) {
    let state = &mut model.packages;
    if state.filter != filter {
        filter.clone_into(&mut state.filter);
        state.words = Words::new(filter);
        state.look();
    }
    keep_in_view(model);
}

fn sort(model: &mut Model) -> Vec<Effect> {
    let state = &mut model.packages;
    state.column = state.column.next();
    state.is_descending = false;
    state.look();
    keep_in_view(model);
    Vec::new()
}

fn reverse(model: &mut Model) -> Vec<Effect> {
    let state = &mut model.packages;
    state.is_descending = !state.is_descending;
    state.look();
    keep_in_view(model);
    Vec::new()
}

fn repeated(model: &mut Model) -> Vec<Effect> {
    let state = &mut model.packages;
    let is_any = state.table.as_ref().is_some_and(|table| {
        let found = table.repeated();
        found.versions + found.doubles > 0
    });
    if !is_any && !state.is_repeated_only {
        model.notice = Some("no package stands several times in one document".to_owned());
        return Vec::new();
    }
    state.is_repeated_only = !state.is_repeated_only;
    state.look();
    keep_in_view(model);
    Vec::new()
}

/// Rows of packages that are seen.
fn page(model: &Model) -> usize {
    let layout = Layout::of(model);
    let rows = layout.details_rows();
    let head = draw::head_rows(rows, layout.details_columns());
    rows.saturating_sub(head).max(1)
}

/// Scrolls so far that the cursor's row is seen.
fn keep_in_view(model: &mut Model) {
    let page = page(model);
    let cursor = model.packages.cursor;
    let least = (cursor + 1).saturating_sub(page);
    model.scroll = model.scroll.clamp(least, cursor.max(least));
}

//! The second stage: which manifests a repository goes on answering for, where that is decided before marking.

use std::sync::Arc;

use super::scratch::Scratch;
use super::state::State;
use super::{database, release};
use crate::insight::impact::inventory::{FOREIGN, NONE, ROW, Row};
use crate::insight::impact::policy::{
    ChildEdge, DanglingReferrer, DerivedTags, KnobName, Roots, SubjectEdge,
};

/// Drops rows as the policy says, again and again until none goes. `O(rounds · (V + E))` of the manifests of
/// `repository`; one round is enough unless referrers go without their subject.
pub(in crate::insight::impact) fn settle_rows(
    state: &mut State,
    repository: u32,
    scratch: &mut Scratch,
) {
    let rules = Arc::clone(&state.rules);
    if rules.has_database() {
        database::collect_rows(state, repository);
        return;
    }
    if rules.is_zot_release() {
        if release::settle_rows(state, repository) && rules.drop_index_without_children {
            drop_stale(state, repository, scratch);
        }
        return;
    }
    if !rules.rows_follow_marks() && is_selective(state) {
        Settling::new(state, repository, scratch).run();
    }
    if rules.drop_index_without_children {
        drop_stale(state, repository, scratch);
    }
}

/// Whether the policy drops any rows at all.
fn is_selective(state: &State) -> bool {
    let rules = Arc::clone(&state.rules);
    let by_dangling = matches!(
        rules.dangling,
        DanglingReferrer::CollectAll | DanglingReferrer::CollectUntagged
    );
    rules.roots == Roots::TaggedRows || by_dangling || rules.derived != DerivedTags::Ordinary
}

struct Settling<'s> {
    state: &'s mut State,
    repository: u32,
    scratch: &'s mut Scratch,
    /// Subject → rows whose tag belongs to it, sorted.
    derived: Vec<(u32, u32)>,
    /// Objects that went for want of their subject, sorted.
    removed: Vec<u32>,
    /// Places of rows whose tag went for want of the digest in its name, sorted.
    dropped: Vec<u32>,
}

impl<'s> Settling<'s> {
    fn new(state: &'s mut State, repository: u32, scratch: &'s mut Scratch) -> Self {
        let mut derived: Vec<(u32, u32)> = Vec::new();
        for (place, row) in (0u32..).zip(state.rows[repository as usize].iter()) {
            if let Some((subject, kind)) = state.derived(row)
                && state.rules.is_derived(kind)
            {
                derived.push((subject, place));
            }
        }
        derived.sort_unstable();
        Self {
            state,
            repository,
            scratch,
            derived,
            removed: Vec::new(),
            dropped: Vec::new(),
        }
    }

    fn run(mut self) {
        let rows = Arc::clone(&self.state.rows[self.repository as usize]);
        loop {
            self.scratch.enter(self.state, self.repository);
            self.close(&rows);
            if self.state.rules.dangling != DanglingReferrer::CollectAll
                || !self.remove_dangling(&rows)
            {
                break;
            }
        }
        self.keep_live(&rows);
    }

    /// Visits everything that a root reaches.
    fn close(&mut self, rows: &[Row]) {
        self.scratch.stack.clear();
        for (place, row) in (0u32..).zip(rows) {
            if self.is_root(place, row) {
                self.reach(row.object);
            }
        }
        while let Some(object) = self.scratch.stack.pop() {
            self.expand(rows, object);
        }
    }

    fn is_root(&self, place: u32, row: &Row) -> bool {
        let rules = Arc::clone(&self.state.rules);
        if self.is_removed(row.object) {
            return false;
        }
        if rules.roots == Roots::AllRows || row.tag != NONE && !self.is_owned(place, row) {
            return true;
        }
        let Some(subject) = self.state.subject(row.object) else {
            return false;
        };
        match rules.subject_edge {
            SubjectEdge::PinsReferrer | SubjectEdge::PinsSubject => true,
            SubjectEdge::LivesWithSubject if !self.scratch.has_row(subject) => {
                self.state.consult(KnobName::dangling_referrer);
                rules.dangling == DanglingReferrer::Keep
            }
            SubjectEdge::LivesWithSubject | SubjectEdge::Ignored => false,
        }
    }

    /// Whether the tag of `row` keeps nothing by itself, since it belongs to the digest in its name. zot asks whether
    /// that has a row, and a tag whose digest has one is a tag like any other: so it may itself hold what it speaks of.
    fn is_owned(&self, place: u32, row: &Row) -> bool {
        let is_derived = self
            .state
            .derived(row)
            .is_some_and(|(_, kind)| self.state.rules.is_derived(kind));
        let is_by_row = self.state.rules.dangling == DanglingReferrer::CollectAll;
        is_derived && (!is_by_row || self.dropped.binary_search(&place).is_ok())
    }

    fn is_removed(&self, object: u32) -> bool {
        !self.removed.is_empty() && self.removed.binary_search(&object).is_ok()
    }

    fn reach(&mut self, object: u32) {
        if self.scratch.visit(object) {
            self.scratch.stack.push(object);
        }
    }

    fn expand(&mut self, rows: &[Row], object: u32) {
        let rules = Arc::clone(&self.state.rules);
        let inventory = Arc::clone(&self.state.inventory);
        if rules.child_keeps_row
            && self.state.kind(object).has_children()
            && self.scratch.has_bytes(object)
        {
            if rules.child_edge == ChildEdge::BelowTagged {
                // One level: what is kept so keeps no rows itself.
                for child in inventory.edges.of(object) {
                    let is_oci_index = self.state.kind(*child).has_children()
                        && !inventory.dockers.contains(child);
                    if !is_oci_index && self.scratch.has_row(*child) {
                        self.scratch.visit(*child);
                    }
                }
                return;
            }
            let by_content = rules.child_edge == ChildEdge::Deep;
            for child in inventory.edges.of(object) {
                if by_content || self.scratch.has_row(*child) {
                    self.reach(*child);
                }
            }
        }
        let is_row = self.scratch.has_row(object) && !self.is_removed(object);
        if !is_row {
            return;
        }
        match rules.subject_edge {
            SubjectEdge::LivesWithSubject => {
                for referrer in inventory.referrers.of(object) {
                    if self.scratch.has_row(*referrer) {
                        self.reach(*referrer);
                    }
                }
            }
            SubjectEdge::PinsSubject => {
                if let Some(subject) = self.state.subject(object) {
                    self.reach(subject);
                }
            }
            SubjectEdge::Ignored | SubjectEdge::PinsReferrer => {}
        }
        let first = self
            .derived
            .partition_point(|(subject, _)| *subject < object);
        for place in first..self.derived.len() {
            let (subject, row) = self.derived[place];
            if subject != object {
                break;
            }
            self.reach(rows[row as usize].object);
        }
    }

    /// Whether the repository goes on answering for `object`.
    fn is_live_row(&self, object: u32) -> bool {
        object != NONE
            && self.scratch.is_visited(object)
            && self.scratch.has_row(object)
            && !self.is_removed(object)
    }

    /// zot, `deleteReferrers`: a manifest whose subject has no row goes, with its tags, even from a live index.
    fn remove_dangling(&mut self, rows: &[Row]) -> bool {
        let dangles = |row: &&Row| {
            let subject = self.state.subject(row.object);
            !self.is_removed(row.object)
                && subject.is_some_and(|subject| !self.is_live_row(subject))
        };
        let mut going: Vec<u32> = rows.iter().filter(dangles).map(|row| row.object).collect();
        let lost = self.derived.iter().filter(|(subject, place)| {
            !self.is_live_row(*subject) && self.dropped.binary_search(place).is_err()
        });
        let lost: Vec<u32> = lost.map(|(_, place)| *place).collect();
        let is_any = !going.is_empty() || !lost.is_empty();
        if is_any {
            self.state.consult(KnobName::dangling_referrer);
        }
        self.removed.append(&mut going);
        self.removed.sort_unstable();
        self.removed.dedup();
        self.dropped.extend(lost);
        self.dropped.sort_unstable();
        is_any
    }

    /// Rows that stay, in their order; a manifest that lost its last tag and stays has an untagged row.
    fn keep_live(self, rows: &[Row]) {
        let mut kept: Vec<Row> = Vec::with_capacity(rows.len());
        let mut bare: Vec<u32> = Vec::new();
        for row in rows {
            let is_dangling_tag = row.tag != NONE && !self.scratch.has_row(row.object);
            if is_dangling_tag && !self.is_removed(row.object) {
                kept.push(*row);
            } else if self.is_live_row(row.object) {
                let owner = self
                    .state
                    .derived(row)
                    .filter(|(_, kind)| self.state.rules.is_derived(*kind));
                if owner.is_none_or(|(subject, _)| self.is_live_row(subject)) {
                    kept.push(*row);
                } else {
                    self.state.consult(KnobName::derived_tags);
                    bare.push(row.object);
                }
            } else {
                if self.state.derived(row).is_some() {
                    self.state.consult(KnobName::derived_tags);
                }
                self.state.clear(self.repository, row.object, ROW);
            }
        }
        bare.sort_unstable();
        bare.dedup();
        if !bare.is_empty() {
            let mut having: Vec<u32> = kept.iter().map(|row| row.object).collect();
            having.sort_unstable();
            bare.retain(|object| having.binary_search(object).is_err());
            kept.extend(bare.into_iter().map(|object| Row {
                object,
                tag: NONE,
                lists_for: NONE,
            }));
        }
        if kept != rows {
            *self.state.rows_mut(self.repository) = kept;
        }
    }
}

/// zot, `removeStaleManifestEntries`: rows without data go, those of a media type that it does not know, and indexes of
/// which every child's data is gone.
fn drop_stale(state: &mut State, repository: u32, scratch: &mut Scratch) {
    scratch.enter(state, repository);
    let is_stale = |row: &Row| {
        let is_blob =
            |object: u32| !state.kind(object).is_manifest() && state.has_bytes(repository, object);
        let has = |object: u32| scratch.has_bytes(object) || is_blob(object);
        let children = if state.kind(row.object).has_children() {
            state.edges(row.object)
        } else {
            &[]
        };
        let is_foreign =
            !state.rules.is_zot_release() && state.flags_of(repository, row.object) & FOREIGN != 0;
        is_foreign
            || !has(row.object)
            || !children.is_empty() && !children.iter().any(|child| has(*child))
    };
    let mut going: Vec<u32> = state.rows[repository as usize]
        .iter()
        .filter(|row| is_stale(row))
        .map(|row| row.object)
        .collect();
    if going.is_empty() {
        return;
    }
    state.consult(KnobName::drop_index_without_children);
    going.sort_unstable();
    state
        .rows_mut(repository)
        .retain(|row| going.binary_search(&row.object).is_err());
    for object in going {
        state.clear(repository, object, ROW);
    }
}

//! The collector of zot up to 2.1.20, the release that people run: it differs from the main line by the order in which
//! it looks at rows and blobs, and by what it gives up over. `pkg/storage/gc` of v2.1.20.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::scratch::Scratch;
use super::state::State;
use crate::insight::impact::inventory::{BYTES, LINK, NONE, ROW, Row};
use crate::insight::impact::policy::{DanglingReferrer, KnobName, Roots};

/// What the registry's log says when it gives up.
const ABORT: &str = "manifest not found";

/// A removal that the registry cannot do, which ends the collection of the repository.
struct Abort;

/// Drops rows as the policy says. Whether the collection of the repository goes on; if not, nothing was written.
pub(in crate::insight::impact) fn settle_rows(state: &mut State, repository: u32) -> bool {
    let mut settling = Settling::new(state, repository);
    let mut changed = false;
    loop {
        let mut any = false;
        if settling.state.rules.dangling == DanglingReferrer::CollectAll {
            let Ok(removed) = settling.remove_dangling() else {
                state.aborted.insert(repository, ABORT.to_owned());
                return false;
            };
            any = removed;
        }
        if settling.state.rules.roots == Roots::TaggedRows {
            any |= settling.remove_untagged();
        }
        if !any {
            break;
        }
        changed = true;
    }
    let (rows, removed) = (settling.rows, settling.removed);
    if changed {
        for object in removed {
            state.clear(repository, object, ROW);
        }
        *state.rows_mut(repository) = rows;
    }
    true
}

struct Settling<'s> {
    state: &'s State,
    repository: u32,
    rows: Vec<Row>,
    /// How many rows each manifest has.
    counts: HashMap<u32, usize>,
    removed: Vec<u32>,
}

/// The rows, or what an index lists, while they are walked.
struct Level {
    entries: Vec<Row>,
    next: usize,
    any: bool,
}

impl<'s> Settling<'s> {
    fn new(state: &'s State, repository: u32) -> Self {
        let rows = state.rows[repository as usize].to_vec();
        let mut counts = HashMap::new();
        for row in &rows {
            *counts.entry(row.object).or_default() += 1;
        }
        Self {
            state,
            repository,
            rows,
            counts,
            removed: Vec::new(),
        }
    }

    /// `removeIndexReferrers`: rows in their order, and within each index that stays its children, depth first. Returns
    /// whether anything went.
    fn remove_dangling(&mut self) -> Result<bool, Abort> {
        // Indexes that were looked into, with how much had been removed by then: until more is, they need no second look,
        // however many lists name them.
        let mut clean: HashMap<u32, usize> = HashMap::new();
        let mut levels = vec![Level {
            entries: self.rows.clone(),
            next: 0,
            any: false,
        }];
        while let Some(level) = levels.last_mut() {
            let Some(entry) = level.entries.get(level.next).copied() else {
                let any = level.any;
                levels.pop();
                match levels.last_mut() {
                    Some(above) => above.any |= any,
                    None => return Ok(any),
                }
                continue;
            };
            level.next += 1;
            let is_there = self.state.has_bytes(self.repository, entry.object)
                && self.state.kind(entry.object).is_manifest();
            if !is_there {
                continue;
            }
            let is_removed = self.remove_referrer(&entry)?;
            let is_index = self.state.kind(entry.object).has_children();
            if let Some(level) = levels.last_mut() {
                level.any |= is_removed;
                if is_removed && is_index {
                    // The walk of this level ends where an index goes.
                    level.next = level.entries.len();
                }
            }
            if is_removed || !is_index {
                continue;
            }
            if clean.insert(entry.object, self.removed.len()) != Some(self.removed.len()) {
                let children = self.state.edges(entry.object).iter();
                let entries = children.map(|child| Row {
                    object: *child,
                    tag: NONE,
                    lists_for: NONE,
                });
                levels.push(Level {
                    entries: entries.collect(),
                    next: 0,
                    any: false,
                });
            }
        }
        Ok(false)
    }

    /// `removeReferrer`: for want of a subject, and then once more for want of the digest in its tag.
    fn remove_referrer(&mut self, entry: &Row) -> Result<bool, Abort> {
        let mut is_removed = false;
        if let Some(subject) = self.state.subject(entry.object)
            && !self.has_row(subject)
        {
            self.state.consult(KnobName::dangling_referrer);
            is_removed = self.remove_by_digest(entry.object)?;
        }
        if let Some((subject, kind)) = self.state.derived(entry)
            && self.state.rules.is_derived(kind)
            && !self.has_row(subject)
        {
            self.state.consult(KnobName::derived_tags);
            is_removed = self.remove_by_digest(entry.object)?;
        }
        Ok(is_removed)
    }

    fn has_row(&self, object: u32) -> bool {
        self.counts.get(&object).is_some_and(|count| *count > 0)
    }

    fn remove_by_digest(&mut self, object: u32) -> Result<bool, Abort> {
        match self.counts.get(&object).copied().unwrap_or(0) {
            0 => Err(Abort),
            1 => {
                self.counts.remove(&object);
                self.rows.retain(|row| row.object != object);
                self.removed.push(object);
                Ok(true)
            }
            // Several tags: a conflict, which it takes for nothing to do.
            _ => Ok(false),
        }
    }

    /// `removeUntaggedManifests`: what no index lists, deep, and what has no subject.
    fn remove_untagged(&mut self) -> bool {
        let mut listed: HashSet<u32> = HashSet::new();
        let mut stack: Vec<u32> = self.rows.iter().map(|row| row.object).collect();
        let mut seen: HashSet<u32> = HashSet::new();
        while let Some(object) = stack.pop() {
            let is_index = self.state.kind(object).has_children();
            if is_index && self.state.has_bytes(self.repository, object) && seen.insert(object) {
                for child in self.state.edges(object) {
                    listed.insert(*child);
                    stack.push(*child);
                }
            }
        }
        let stays = |row: &Row| {
            row.tag != NONE
                || listed.contains(&row.object)
                || self.state.subject(row.object).is_some()
        };
        let (kept, gone): (Vec<Row>, Vec<Row>) = self.rows.iter().partition(|row| stays(row));
        self.rows = kept;
        for row in &gone {
            self.counts.remove(&row.object);
            self.removed.push(row.object);
        }
        !gone.is_empty()
    }
}

/// Marks one level below each row, and deletes blobs in the order of their digests until it comes upon one that is
/// reached and not marked. `O(V + E)` of the repository.
pub(in crate::insight::impact) fn sweep(state: &mut State, repository: u32, scratch: &mut Scratch) {
    scratch.enter(state, repository);
    mark(state, repository, scratch);
    reach(state, repository, scratch);
    let inventory = Arc::clone(&state.inventory);
    let range = inventory.repository_objects.range(repository);
    let mut members: Vec<usize> = range
        .filter(|member| state.flags[*member] & BYTES != 0)
        .collect();
    let object_of = |member: &usize| inventory.repository_objects.targets[*member];
    members.sort_unstable_by_key(|member| inventory.digest_rank[object_of(member) as usize]);
    for member in members {
        let object = object_of(&member);
        if scratch.is_marked(object) {
            continue;
        }
        if scratch.is_visited(object) {
            state.aborted.insert(repository, ABORT.to_owned());
            return;
        }
        state.flags[member] &= !(BYTES | LINK);
    }
}

fn mark(state: &State, repository: u32, scratch: &mut Scratch) {
    for row in state.rows[repository as usize].iter() {
        scratch.mark(row.object);
        for named in state.edges(row.object) {
            scratch.mark(*named);
        }
        if let Some(subject) = state.subject(row.object) {
            scratch.mark(subject);
        }
    }
}

/// Visits what `IsBlobReferenced` finds from any row: by content, deep, through OCI's media types only.
fn reach(state: &State, repository: u32, scratch: &mut Scratch) {
    let is_known = |object: u32| !state.inventory.dockers.contains(&object);
    scratch.stack.clear();
    for row in state.rows[repository as usize].iter() {
        if is_known(row.object) && scratch.visit(row.object) {
            scratch.stack.push(row.object);
        }
    }
    while let Some(object) = scratch.stack.pop() {
        let is_index = state.kind(object).has_children();
        if is_index && !state.has_bytes(repository, object) {
            continue;
        }
        for named in state.edges(object) {
            if is_index && !is_known(*named) {
                continue;
            }
            if scratch.visit(*named) && is_index {
                scratch.stack.push(*named);
            }
        }
    }
}

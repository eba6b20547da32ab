//! Makes the rows of an inventory those that the registry of the policy at hand would have, whichever registry they were
//! read from: a person compares policies, and a client sees no rows at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::api::layout;
use super::state::State;
use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::view::Rows;
use crate::insight::impact::inventory::{ABSORBED, BYTES, CONVERTS, LINK, NONE, ROW, Row};

/// `O(rows + children)`; nothing where the rows are already as they should be.
pub(in crate::insight::impact) fn normalize_rows(state: &mut State) {
    let repositories = 0u32..u32::try_from(state.inventory.repository_count()).unwrap_or(NONE);
    let as_layouts = state.inventory.view.rows == Rows::Layouts;
    for repository in repositories {
        match (state.rules.keeps_lists(), as_layouts) {
            (true, false) => absorb(state, repository),
            // What olareg does when it opens a layout.
            (true, true) => {
                if !state.inventory.converted[repository as usize] {
                    convert(state, repository);
                }
                layout::ingest(state, repository);
            }
            (false, _) => forget_lists(state, repository),
        }
    }
}

/// What olareg makes of fallback tags when it first opens a layout (`indexIngest`): the index becomes the list of its
/// subject where it says just what such a list would; else lists are written from the referrers themselves, and the
/// index stays without its tag.
fn convert(state: &mut State, repository: u32) {
    let is_list = |row: &Row| {
        let derived = state.derived(row);
        derived.is_some_and(|(_, kind)| kind == DerivedKind::Fallback)
            && state.has_bytes(repository, row.object)
    };
    let rows = Arc::clone(&state.rows[repository as usize]);
    let tagged: Vec<Row> = rows.iter().filter(|row| is_list(row)).copied().collect();
    let mut written: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in tagged {
        let members = state.edges(row.object).to_vec();
        let there = members
            .iter()
            .filter(|member| state.has_bytes(repository, **member));
        let pairs: Vec<(u32, u32)> = there
            .filter_map(|member| Some((state.subject(*member)?, *member)))
            .collect();
        let subject = pairs.first().map(|(subject, _)| *subject);
        let known = subject.and_then(|subject| state.list_for(repository, subject));
        let is_whole = state.flags_of(repository, row.object) & CONVERTS != 0
            && known.is_none_or(|known| known == row.object);
        if let Some(lists_for) = subject.filter(|_| is_whole) {
            layout::list(state, repository, row.object, lists_for);
        } else {
            for (subject, member) in pairs {
                written.entry(subject).or_default().push(member);
            }
            layout::remove_tag(state, repository, row.object, row.tag);
        }
    }
    for (subject, mut members) in written {
        if let Some(known) = state.list_for(repository, subject) {
            members.extend_from_slice(state.edges(known));
        }
        let mut seen = Vec::new();
        members.retain(|member| {
            !seen.contains(member) && {
                seen.push(*member);
                true
            }
        });
        let list = state.write_list(members);
        layout::list(state, repository, list, subject);
    }
}

/// As if every manifest had been pushed to olareg: untagged children and referrers are no rows, subjects have lists.
fn absorb(state: &mut State, repository: u32) {
    let inventory = Arc::clone(&state.inventory);
    let rows = Arc::clone(&state.rows[repository as usize]);
    let mut held: Vec<u32> = Vec::new();
    let mut referring: Vec<(u32, u32)> = Vec::new();
    for row in rows.iter() {
        if state.kind(row.object).has_children() {
            held.extend_from_slice(inventory.edges.of(row.object));
        }
        if let Some(subject) = state.subject(row.object) {
            referring.push((subject, row.object));
            held.push(row.object);
        }
    }
    if held.is_empty() {
        return;
    }
    held.sort_unstable();
    let is_absorbed = |row: &Row| {
        row.tag == NONE && row.lists_for == NONE && held.binary_search(&row.object).is_ok()
    };
    for row in rows.iter().filter(|row| is_absorbed(row)) {
        state.clear(repository, row.object, ROW);
        state.set(repository, row.object, ABSORBED);
    }
    state.rows_mut(repository).retain(|row| !is_absorbed(row));
    referring.sort_unstable();
    referring.dedup();
    for group in referring.chunk_by(|a, b| a.0 == b.0) {
        let members: Vec<u32> = group.iter().map(|(_, referrer)| *referrer).collect();
        let list = state.new_list(members);
        let lists_for = group.first().map_or(NONE, |(subject, _)| *subject);
        state.rows_mut(repository).push(Row {
            object: list,
            tag: NONE,
            lists_for,
        });
    }
}

/// Other registries have no lists of referrers: what is left of them are blobs that nothing names.
fn forget_lists(state: &mut State, repository: u32) {
    let rows = Arc::clone(&state.rows[repository as usize]);
    let inventory = Arc::clone(&state.inventory);
    let lists: Vec<u32> = rows
        .iter()
        .filter(|row| row.lists_for != NONE)
        .map(|row| row.object)
        .collect();
    if lists.is_empty() {
        return;
    }
    let mut kept: Vec<Row> = rows
        .iter()
        .filter(|row| row.lists_for == NONE)
        .copied()
        .collect();
    for list in lists {
        state.clear(repository, list, ROW);
        for referrer in inventory.edges.of(list) {
            let flags = state.flags_of(repository, *referrer);
            if flags & ROW == 0 && flags & (BYTES | LINK) != 0 {
                state.set(repository, *referrer, ROW);
                kept.push(Row {
                    object: *referrer,
                    tag: NONE,
                    lists_for: NONE,
                });
            }
        }
    }
    *state.rows_mut(repository) = kept;
}

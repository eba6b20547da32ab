//! olareg's `index.json`: an ordered list of rows, from which an index takes ("absorbs") its untagged children, and in
//! which each subject has a row for the list of its referrers. Follows `types/manifest.go` and `referrer.go` of 0.2.2.

use std::sync::Arc;

use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::{ABSORBED, BYTES, NONE, ROW, Row};
use crate::insight::impact::policy::KnobName;
use crate::insight::impact::request::action::Reply;

/// Adds a pushed manifest, and lists it with its subject.
pub(super) fn push(state: &mut State, repository: u32, object: u32, tag: Option<u32>) {
    let children: Vec<u32> = if state.kind(object).has_children() {
        state.edges(object).to_vec()
    } else {
        Vec::new()
    };
    if tag.is_some() {
        state.ever_tagged[repository as usize] = true;
    }
    add(
        state,
        repository,
        Row {
            object,
            tag: tag.unwrap_or(NONE),
            lists_for: NONE,
        },
        &children,
    );
    if let Some(subject) = state.subject(object) {
        let mut listed = state
            .list_for(repository, subject)
            .map_or(Vec::new(), |list| state.edges(list).to_vec());
        if !listed.contains(&object) {
            listed.push(object);
        }
        let list = intern_list(state, repository, &listed);
        add(
            state,
            repository,
            Row {
                object: list,
                tag: NONE,
                lists_for: subject,
            },
            &listed,
        );
    }
}

/// Takes a tag away, and its manifest from the list of its subject.
pub(super) fn delete_tag(state: &mut State, repository: u32, tag: u32) -> Reply {
    let Some(object) = state.rows[repository as usize]
        .iter()
        .find(|row| row.tag == tag)
        .map(|row| row.object)
    else {
        return Reply::NOT_FOUND;
    };
    unlist(state, repository, object);
    remove_tag(state, repository, object, tag);
    Reply::ACCEPTED
}

/// Takes a manifest away with its tags, and from the list of its subject.
pub(super) fn delete_manifest(state: &mut State, repository: u32, object: u32) -> Reply {
    unlist(state, repository, object);
    remove_digest(state, repository, object);
    Reply::ACCEPTED
}

/// `referrerDelete`: the subject's list is written anew without `object`; it stays even when it is empty.
fn unlist(state: &mut State, repository: u32, object: u32) {
    if !state.has_bytes(repository, object) {
        return;
    }
    let Some(subject) = state.subject(object) else {
        return;
    };
    let Some(old) = state.list_for(repository, subject) else {
        return;
    };
    state.consult(KnobName::delete_unlists_referrer);
    let listed: Vec<u32> = state
        .edges(old)
        .iter()
        .copied()
        .filter(|listed| *listed != object)
        .collect();
    let list = intern_list(state, repository, &listed);
    add(
        state,
        repository,
        Row {
            object: list,
            tag: NONE,
            lists_for: subject,
        },
        &[],
    );
}

/// The list with this content: equal lists are one object, as their digests would be.
fn intern_list(state: &mut State, repository: u32, listed: &[u32]) -> u32 {
    let lists = state.rows[repository as usize]
        .iter()
        .filter(|row| row.lists_for != NONE)
        .map(|row| row.object);
    if let Some(known) = lists.into_iter().find(|list| state.edges(*list) == listed) {
        return known;
    }
    state.write_list(listed.to_vec())
}

/// `Index.AddDesc`.
fn add(state: &mut State, repository: u32, new: Row, children: &[u32]) {
    displace(state, repository, new);
    state.clear(repository, new.object, ABSORBED);
    for child in children {
        let plain = |row: &Row| row.object == *child && row.tag == NONE && row.lists_for == NONE;
        let rows = state.rows_mut(repository);
        if let Some(place) = rows.iter().position(plain) {
            rows.swap_remove(place);
            refresh(state, repository, *child);
            state.set(repository, *child, ABSORBED);
        }
    }
    state.set(repository, new.object, ROW);
    let rows = state.rows_mut(repository);
    let is_plain = new.tag == NONE && new.lists_for == NONE;
    let fits = |row: &Row| {
        row.object == new.object
            && (is_plain
                || (new.tag == NONE || row.tag == NONE || row.tag == new.tag)
                    && (new.lists_for == NONE
                        || row.lists_for == NONE
                        || row.lists_for == new.lists_for))
    };
    match rows.iter_mut().find(|row| fits(row)) {
        Some(_) if is_plain => {}
        Some(row) => *row = new,
        None => rows.push(new),
    }
}

/// The first part of `AddDesc`: another digest's tag of the same name loses it, another list for the subject goes.
fn displace(state: &mut State, repository: u32, new: Row) {
    if new.tag == NONE && new.lists_for == NONE {
        return;
    }
    let mut place = state.rows[repository as usize].len();
    while place > 0 {
        place -= 1;
        let Some(row) = state.rows[repository as usize].get(place).copied() else {
            continue;
        };
        if row.object == new.object {
            continue;
        }
        if new.tag != NONE && row.tag == new.tag {
            remove_tag(state, repository, row.object, new.tag);
            place = place.min(state.rows[repository as usize].len());
        } else if new.lists_for != NONE && row.lists_for == new.lists_for {
            state.rows_mut(repository).swap_remove(place);
            refresh(state, repository, row.object);
        }
    }
}

/// Makes `list` the list of the referrers of `subject`.
pub(in crate::insight::impact) fn list(
    state: &mut State,
    repository: u32,
    list: u32,
    subject: u32,
) {
    let row = Row {
        object: list,
        tag: NONE,
        lists_for: subject,
    };
    add(state, repository, row, &[]);
}

/// `Index.RmDesc` with a tag: one untagged row is left.
pub(in crate::insight::impact) fn remove_tag(
    state: &mut State,
    repository: u32,
    object: u32,
    tag: u32,
) {
    let rows = state.rows_mut(repository);
    let mut is_found = false;
    for place in (0..rows.len()).rev() {
        let Some(row) = rows.get(place).copied().filter(|row| row.object == object) else {
            continue;
        };
        if is_found && (row.tag == tag || (row.tag == NONE && row.lists_for == NONE)) {
            rows.swap_remove(place);
        } else if row.tag == tag {
            rows[place].tag = NONE;
        }
        is_found = true;
    }
}

/// `Index.RmDesc` with a digest alone: every row and child entry of it goes.
pub(in crate::insight::impact) fn remove_digest(state: &mut State, repository: u32, object: u32) {
    let rows = state.rows_mut(repository);
    for place in (0..rows.len()).rev() {
        if rows[place].object == object {
            rows.swap_remove(place);
        }
    }
    state.clear(repository, object, ROW | ABSORBED);
}

fn refresh(state: &mut State, repository: u32, object: u32) {
    if !state.has_row_entry(repository, object) {
        state.clear(repository, object, ROW);
    }
}

/// What a restart does (`indexIngest`): everything that the rows hold below them answers again, where its data is there.
pub(in crate::insight::impact) fn ingest(state: &mut State, repository: u32) {
    let inventory = Arc::clone(&state.inventory);
    for member in inventory.repository_objects.range(repository) {
        state.flags[member] &= !ABSORBED;
    }
    let rows = Arc::clone(&state.rows[repository as usize]);
    let mut queue: Vec<u32> = rows
        .iter()
        .map(|row| row.object)
        .filter(|object| state.kind(*object).has_children())
        .collect();
    let mut next = 0;
    while let Some(index) = queue.get(next).copied() {
        next += 1;
        if !state.has_bytes(repository, index) {
            continue;
        }
        for child in state.edges(index).to_vec() {
            let flags = state.flags_of(repository, child);
            if flags & (ROW | ABSORBED) == 0 {
                state.set(repository, child, ABSORBED);
                if state.kind(child).has_children() && flags & BYTES != 0 {
                    queue.push(child);
                }
            }
        }
    }
}

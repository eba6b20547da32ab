//! What a registry does when a manifest is pushed: the half of a moved tag.

use std::sync::Arc;

use crate::insight::impact::engine::state::State;
use crate::insight::impact::engine::{counting, database};
use crate::insight::impact::inventory::{
    BYTES, LINK, NONE, ObjectId, ObjectKind, ROW, RepositoryId, Row,
};
use crate::insight::impact::policy::quirk::Quirk;
use crate::insight::impact::policy::{Collector, Guard, KnobName, Retag, Scope};
use crate::insight::impact::request::action::Reply;

use super::layout;

/// Pushes a manifest that is there under a tag, and nothing that it names: refused where a blob of it is missing.
pub(super) fn repeat(state: &mut State, repository: u32, object: u32, tag: &str) -> Reply {
    let serves = |blob: &u32| {
        let member = state.inventory.member(repository, *blob);
        let foreign = &state.inventory.foreign_layers;
        foreign.contains(&(object, *blob))
            || member.is_some_and(|member| state.holding_serves(member, *blob))
    };
    if !state.kind(object).has_children() && !state.edges(object).iter().all(serves) {
        return Reply::refused(400);
    }
    push(state, repository, object, Some(tag))
}

/// Pushes `object` with the blobs that it names.
pub(super) fn push(state: &mut State, repository: u32, object: u32, tag: Option<&str>) -> Reply {
    if state.kind(object).has_children() && misses_a_child(state, repository, object) {
        state.consult(KnobName::accept_sparse_index);
        if !state.rules.accept_sparse_index {
            return Reply::refused(if misses_only_waiting(state, repository, object) {
                404
            } else {
                400
            });
        }
    }
    if let Some(reply) = declines_subject(state, repository, object) {
        upload_blobs(state, repository, object);
        return reply;
    }
    let tag = tag.map(|name| state.intern_tag(name));
    if state.rules.has_database() && state.flags_of(repository, object) & ROW == 0 {
        state
            .born
            .push((RepositoryId(repository), ObjectId(object)));
    }
    upload(state, repository, object);
    if state.rules.keeps_lists() {
        layout::push(state, repository, object, tag);
        return Reply::CREATED;
    }
    // It names what it names before the tag leaves what it named.
    state.set(repository, object, ROW);
    if let Some(tag) = tag {
        state.ever_tagged[repository as usize] = true;
        let rows = &state.rows[repository as usize];
        match rows.iter().find(|row| row.tag == tag).map(|row| row.object) {
            Some(old) if old == object => return Reply::CREATED,
            Some(old) => leave(state, repository, tag, old, object),
            None => {}
        }
        let rows = state.rows_mut(repository);
        rows.retain(|row| row.object != object || row.tag != NONE);
        let row = Row {
            object,
            tag,
            lists_for: NONE,
        };
        rows.push(row);
        database::record(state, repository, &row);
    } else if !state.has_row_entry(repository, object) {
        state.rows_mut(repository).push(Row {
            object,
            tag: NONE,
            lists_for: NONE,
        });
    }
    Reply::CREATED
}

fn misses_a_child(state: &State, repository: u32, index: u32) -> bool {
    state
        .edges(index)
        .iter()
        .any(|child| match state.rules.store_scope {
            Scope::Global => !state.answers(repository, *child),
            Scope::Repository => !state.has_bytes(repository, *child),
        })
}

/// Harbor: whether the bytes of each missing child still wait for the collector in this repository.
fn misses_only_waiting(state: &State, repository: u32, index: u32) -> bool {
    state.rules.has(Quirk::WaitingChildrenNotFound)
        && state.edges(index).iter().all(|child| {
            let waits = state.flags_of(repository, *child) & BYTES != 0
                && state.has_bytes(repository, *child);
            waits || state.answers(repository, *child)
        })
}

/// What the registry says to a referrer whose subject it does not take.
fn declines_subject(state: &State, repository: u32, object: u32) -> Option<Reply> {
    let subject = state.subject(object)?;
    if state.kind(object).has_children() {
        return None;
    }
    if let Guard::Refuse(status) = state.rules.index_as_subject
        && state.kind(subject).has_children()
    {
        state.consult(KnobName::index_as_subject);
        return Some(Reply::refused(status));
    }
    if let Guard::Refuse(status) = state.rules.missing_subject
        && !state.answers(repository, subject)
    {
        state.consult(KnobName::missing_subject);
        return Some(Reply::refused(status));
    }
    None
}

fn upload(state: &mut State, repository: u32, object: u32) {
    upload_blobs(state, repository, object);
    state.set(repository, object, BYTES);
}

/// What is there even where the manifest is then declined.
fn upload_blobs(state: &mut State, repository: u32, object: u32) {
    if !state.kind(object).has_children() {
        let inventory = Arc::clone(&state.inventory);
        for blob in inventory.edges.of(object) {
            state.set(repository, *blob, BYTES | LINK);
        }
    }
}

/// Takes `tag` from `old`, which it named until now, as this registry does.
fn leave(state: &mut State, repository: u32, tag: u32, old: u32, new: u32) {
    state.consult(KnobName::retag);
    if state.rules.retag == Retag::KeepRow {
        super::untag(state, repository, tag);
        if state.rules.collector == Collector::Counting {
            counting::dropped(state, repository, old);
        }
        return;
    }
    state.rows_mut(repository).retain(|row| row.tag != tag);
    if !state.has_row_entry(repository, old) {
        state.clear(repository, old, ROW);
    }
    let are_indexes = is_known_index(state, old) && is_known_index(state, new);
    if state.rules.retag == Retag::DropRowAndPrivateChildren && are_indexes {
        prune_private_children(state, repository, old, new);
    }
}

/// Whether the registry knows the media type of a manifest here: zot up to 2.1.20 forgets Docker's.
fn is_known(state: &State, object: u32) -> bool {
    !state.rules.has(Quirk::OciTypesOnly) || !state.inventory.dockers.contains(&object)
}

fn is_known_index(state: &State, object: u32) -> bool {
    state.kind(object) == ObjectKind::Index && is_known(state, object)
}

/// zot, `PruneImageManifestsFromIndex`: untagged images that only the old index listed stop answering.
fn prune_private_children(state: &mut State, repository: u32, old: u32, new: u32) {
    let inventory = Arc::clone(&state.inventory);
    let mentions = |index: u32, child: u32| {
        inventory
            .edges
            .of(index)
            .iter()
            .filter(|other| **other == child)
            .count()
    };
    let rows = &state.rows[repository as usize];
    let mut others: Vec<u32> = rows
        .iter()
        .map(|row| row.object)
        .filter(|object| is_known_index(state, *object))
        .collect();
    others.push(new);
    let is_private = |child: u32| {
        // It counts mentions rather than indexes, so a child that is listed twice is never private.
        let count: usize = mentions(old, child)
            + others
                .iter()
                .map(|index| mentions(*index, child))
                .sum::<usize>();
        count == 1
    };
    let children = inventory.edges.of(old).iter().copied();
    let pruned: Vec<u32> = children
        .filter(|child| !state.kind(*child).has_children() && is_known(state, *child))
        .filter(|child| is_private(*child))
        .collect();
    for child in pruned {
        state
            .rows_mut(repository)
            .retain(|row| row.object != child || row.tag != NONE);
        if !state.has_row_entry(repository, child) {
            state.clear(repository, child, ROW);
        }
    }
}

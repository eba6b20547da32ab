//! Naive reference counting: a manifest goes when the number of tags, indexes and referrers that name it drops to zero.
//!
//! What is born with a count of zero is never looked at, and what keeps each other's count up is never freed; that is
//! the point of having it.

use std::sync::Arc;

use super::api;
use super::state::State;
use crate::insight::impact::inventory::{BYTES, LINK, NONE, ObjectId, ROW};

/// How many tags, indexes and referrers of `repository` name `object`.
pub(in crate::insight::impact) fn count(state: &State, repository: u32, object: u32) -> usize {
    let inventory = Arc::clone(&state.inventory);
    let has_row = |other: &&u32| state.flags_of(repository, **other) & ROW != 0;
    let tags = state.rows[repository as usize]
        .iter()
        .filter(|row| row.object == object && row.tag != NONE)
        .count();
    let parents = inventory
        .parents
        .of(object)
        .iter()
        .filter(|parent| state.kind(**parent).has_children());
    tags + parents.filter(has_row).count()
        + inventory
            .referrers
            .of(object)
            .iter()
            .filter(has_row)
            .count()
}

/// Looks at `object` after something ceased to name it.
pub(in crate::insight::impact) fn dropped(state: &mut State, repository: u32, object: u32) {
    if state.flags_of(repository, object) & ROW != 0 && count(state, repository, object) == 0 {
        api::remove(state, repository, object);
    }
}

/// Looks at what killed manifests named, and so on, until no count drops any more. `O(what goes)`.
pub(in crate::insight::impact) fn propagate(state: &mut State) {
    while let Some((repository, object)) = state.killed.get(state.settled).copied() {
        state.settled += 1;
        let (repository, object) = (repository.0, object.0);
        let inventory = Arc::clone(&state.inventory);
        if state.kind(object).has_children() {
            for child in inventory.edges.of(object) {
                dropped(state, repository, *child);
            }
        }
        if let Some(subject) = state.subject(object) {
            dropped(state, repository, subject);
        }
    }
}

/// Frees what only killed manifests named. `O(V + E)`, once for any number of actions.
pub(in crate::insight::impact) fn settle(state: &mut State) {
    if state.killed.is_empty() {
        return;
    }
    state.settled = 0;
    let inventory = Arc::clone(&state.inventory);
    let mut candidates = fixedbitset::FixedBitSet::with_capacity(inventory.object_count());
    for (_, ObjectId(object)) in std::mem::take(&mut state.killed) {
        candidates.insert(object as usize);
        if !state.kind(object).has_children() {
            candidates.extend(inventory.edges.of(object).iter().map(|blob| *blob as usize));
        }
    }
    for (object, flags) in inventory
        .repository_objects
        .targets
        .iter()
        .zip(&state.flags)
    {
        if flags & ROW != 0 {
            candidates.remove(*object as usize);
            if !state.kind(*object).has_children() {
                for blob in inventory.edges.of(*object) {
                    candidates.remove(*blob as usize);
                }
            }
        }
    }
    for object in candidates.ones() {
        if state.stored.contains(object) {
            state.stored.remove(object);
        }
    }
    for (object, flags) in inventory
        .repository_objects
        .targets
        .iter()
        .zip(&mut state.flags)
    {
        if candidates.contains(*object as usize) {
            *flags &= !(BYTES | LINK);
        }
    }
}

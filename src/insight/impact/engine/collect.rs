//! One run of a registry's collector: rows, marks, sweep.

use std::sync::Arc;

use super::api::layout;
use super::counting;
use super::damage;
use super::live;
use super::mark;
use super::release;
use super::retention;
use super::scratch::Scratch;
use super::state::State;
use crate::insight::impact::inventory::{ABSORBED, BYTES, Frozen, LINK, NONE, ROW, Row};
use crate::insight::impact::policy::quirk::Quirk;
use crate::insight::impact::policy::{Collector, KnobName, Roots, Scope};

/// Runs the collector over the repositories in `only`, or all. Returns why it gave up, if it did.
///
/// Cost: `O(V + E)` of the repositories that are looked at.
pub(in crate::insight::impact) fn collect(
    state: &mut State,
    only: Option<&[u32]>,
) -> Option<String> {
    match state.rules.collector {
        Collector::None => return None,
        Collector::Counting => {
            counting::settle(state);
            return None;
        }
        Collector::Offline | Collector::Periodic | Collector::OnEvent | Collector::Immediate => {}
    }
    if let Some(reason) = damage::aborts(state) {
        return Some(reason);
    }
    // What the run would leave as it was, should it come upon something that it cannot read.
    let before = state.is_damaged().then(|| state.clone());
    let all: Vec<u32>;
    let repositories = if let Some(only) = only {
        only
    } else {
        all = seen(state);
        &all
    };
    let mut scratch = Scratch::new(state);
    let repositories = &thawed(state, repositories, &mut scratch);
    decide_rows(state, repositories, &mut scratch);
    let mut cut: Vec<usize> = Vec::new();
    let early = state.rules.has(Quirk::LinkPruneEarly);
    let per_repository = state.rules.store_scope == Scope::Repository;
    for repository in repositories {
        if state.rules.is_zot_release() {
            if !state.aborted.contains_key(repository) {
                release::sweep(state, *repository, &mut scratch);
            }
            continue;
        }
        mark::mark_repository(state, *repository, &mut scratch);
        if state.rules.prune_layer_links && early {
            cut.extend(unmarked_links(state, *repository, |object| {
                scratch.is_marked(object)
            }));
        }
        if per_repository {
            sweep_repository(state, *repository, &scratch);
        }
    }
    if let (Some(before), Some((object, reason))) = (&before, scratch.unread.take()) {
        state.clone_results_of(before);
        let digest = state.inventory.digests[object as usize];
        return Some(format!(
            "failed to retrieve manifest for digest {digest}: {reason}"
        ));
    }
    if !per_repository {
        if state.rules.prune_layer_links && !early {
            for repository in repositories {
                cut.extend(unmarked_links(state, *repository, |object| {
                    scratch.was_marked(object)
                }));
            }
        }
        drop_unmarked_rows(state, repositories, &scratch);
        // It lists the blobs only after it has removed manifests.
        if let Some(before) = &before
            && let Some(reason) = damage::aborts_late(before, state)
        {
            return Some(reason);
        }
        sweep_store(state, &scratch);
    }
    if !cut.is_empty() {
        state.consult(KnobName::prune_layer_links);
    }
    for member in cut {
        state.flags[member] &= !LINK;
    }
    if state.rules.has(Quirk::ChildResurrectsOnRestart) {
        for repository in repositories {
            layout::ingest(state, *repository);
        }
    }
    None
}

/// The first passes: which tags and manifests go.
fn decide_rows(state: &mut State, repositories: &[u32], scratch: &mut Scratch) {
    state.aborted.clear();
    for repository in repositories {
        let is_at_risk = state.rules.is_zot_release();
        let rows = is_at_risk.then(|| Arc::clone(&state.rows[*repository as usize]));
        retention::take_tags(state, *repository);
        live::settle_rows(state, *repository, scratch);
        if let Some(rows) = rows.filter(|_| state.aborted.contains_key(repository)) {
            // Nothing is written of what was decided.
            state.rows[*repository as usize] = rows;
        }
    }
}

/// Those of `repositories` that can be collected. What the others have is kept: nobody knows what they hold.
fn thawed(state: &State, repositories: &[u32], scratch: &mut Scratch) -> Vec<u32> {
    let is_frozen = |repository: u32| match state.inventory.frozen[repository as usize] {
        Frozen::No => false,
        Frozen::ByManifest => !state.rules.keeps_lists(),
        Frozen::ByIndex => true,
    };
    let mut thawed = Vec::with_capacity(repositories.len());
    for repository in repositories {
        if is_frozen(*repository) {
            let held = state.inventory.repository_objects.of(*repository);
            for object in held {
                scratch.mark(*object);
            }
        } else {
            thawed.push(*repository);
        }
    }
    thawed
}

/// The repositories that a collector of everything looks at.
fn seen(state: &State) -> Vec<u32> {
    let hides = state.rules.has(Quirk::RepositoryWithoutLayersUnseen);
    let without = &state.inventory.without_layers;
    let all = (0u32..).zip(without);
    all.filter(|(_, without)| !(hides && **without))
        .map(|(repository, _)| repository)
        .collect()
}

/// Links of `repository` to blobs that are there and not marked.
fn unmarked_links(state: &State, repository: u32, is_marked: impl Fn(u32) -> bool) -> Vec<usize> {
    let range = state.inventory.repository_objects.range(repository);
    range
        .filter(|member| {
            let object = state.inventory.repository_objects.targets[*member];
            state.flags[*member] & LINK != 0
                && state.member_has_bytes(*member, object)
                && !is_marked(object)
        })
        .collect()
}

/// Frees what is not marked from the store of one repository; where rows follow marks, those go too.
fn sweep_repository(state: &mut State, repository: u32, scratch: &Scratch) {
    let inventory = Arc::clone(&state.inventory);
    let rows_follow = state.rules.rows_follow_marks();
    for member in inventory.repository_objects.range(repository) {
        if !scratch.is_marked(inventory.repository_objects.targets[member]) {
            state.flags[member] &= if rows_follow {
                !(BYTES | LINK | ROW | ABSORBED)
            } else {
                !(BYTES | LINK)
            };
        }
    }
    if rows_follow
        && state.rows[repository as usize]
            .iter()
            .any(|row| !scratch.is_marked(row.object))
    {
        state
            .rows_mut(repository)
            .retain(|row| scratch.is_marked(row.object));
    }
}

/// distribution 3 with `-m`, `unmarkReferencedManifest`: untagged manifests that no repository marked.
fn drop_unmarked_rows(state: &mut State, repositories: &[u32], scratch: &Scratch) {
    if !state.rules.rows_follow_marks() || state.rules.roots != Roots::TaggedRows {
        return;
    }
    for repository in repositories {
        if state.rules.has(Quirk::NeverTaggedRepositoryStripped)
            && !state.ever_tagged[*repository as usize]
        {
            continue;
        }
        let goes = |row: &Row| {
            row.tag == NONE
                && !scratch.was_marked(row.object)
                && state.stored.contains(row.object as usize)
        };
        let mut going: Vec<u32> = state.rows[*repository as usize]
            .iter()
            .filter(|row| goes(row))
            .map(|row| row.object)
            .collect();
        if going.is_empty() {
            continue;
        }
        going.sort_unstable();
        for object in &going {
            state.clear(*repository, *object, ROW);
        }
        state
            .rows_mut(*repository)
            .retain(|row| row.tag != NONE || going.binary_search(&row.object).is_err());
    }
}

/// Frees what is not marked from the one store of all repositories. `O(V)`.
fn sweep_store(state: &mut State, scratch: &Scratch) {
    let unmarked: Vec<usize> = state
        .stored
        .ones()
        .filter(|object| u32::try_from(*object).is_ok_and(|object| !scratch.was_marked(object)))
        .collect();
    for object in unmarked {
        state.stored.remove(object);
    }
    if state.rules.has(Quirk::WaitingChildrenNotFound) {
        let inventory = Arc::clone(&state.inventory);
        for (object, flags) in inventory
            .repository_objects
            .targets
            .iter()
            .zip(&mut state.flags)
        {
            if !state.stored.contains(*object as usize) {
                *flags &= !BYTES;
            }
        }
    }
}

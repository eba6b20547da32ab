//! The third stage: everything that the roots of one repository hold is marked.

use super::scratch::Scratch;
use super::state::State;
use crate::insight::impact::inventory::NONE;
use crate::insight::impact::policy::quirk::Quirk;
use crate::insight::impact::policy::{ChildEdge, DanglingReferrer, Roots};

/// Marks from the roots of `repository`. `O(V + E)` of what they hold.
pub(in crate::insight::impact) fn mark_repository(
    state: &State,
    repository: u32,
    scratch: &mut Scratch,
) {
    scratch.enter(state, repository);
    scratch.stack.clear();
    if state.rules.keeps_lists() {
        mark_with_lists(state, repository, scratch);
        return;
    }
    // Where marks decide on rows, only tags are roots; otherwise what should not be one has gone already.
    let only_tagged = state.rules.rows_follow_marks() && state.rules.roots == Roots::TaggedRows;
    let has_memo = state.rules.has(Quirk::MemoAcrossRepositories);
    let is_damaged = state.is_damaged();
    for row in state.rows[repository as usize].iter() {
        if (row.tag != NONE || !only_tagged)
            && scratch.has_row(row.object)
            && scratch.visit(row.object)
        {
            scratch.mark(row.object);
            scratch.stack.push(row.object);
        }
        // One at a time, in order: what an earlier root marked is what a later one may skip.
        while let Some(object) = scratch.stack.pop() {
            if is_damaged && let Some(reason) = state.unreadable(object) {
                scratch
                    .unread
                    .get_or_insert_with(|| (object, reason.to_owned()));
            }
            expand(state, object, scratch, has_memo);
        }
    }
}

fn expand(state: &State, object: u32, scratch: &mut Scratch, has_memo: bool) {
    let edges = state.edges(object);
    if state.rules.has(Quirk::SubjectBytesMarked)
        && !state.kind(object).has_children()
        && let Some(subject) = state.subject(object)
    {
        scratch.mark(subject);
    }
    let follow = if state.kind(object).has_children() {
        state.rules.child_edge
    } else if state.rules.child_edge == ChildEdge::DeepWithRow {
        // distribution 3 looks for a manifest behind every descriptor, layers too.
        ChildEdge::DeepWithRow
    } else {
        ChildEdge::BytesOnly
    };
    match follow {
        ChildEdge::BytesOnly | ChildEdge::BelowTagged => {
            for to in edges {
                scratch.mark(*to);
            }
        }
        ChildEdge::Deep => {
            for to in edges {
                scratch.mark(*to);
                if scratch.has_bytes(*to) && scratch.visit(*to) {
                    scratch.stack.push(*to);
                }
            }
        }
        ChildEdge::DeepWithRow => {
            for to in edges {
                if has_memo && scratch.is_marked(*to) {
                    continue;
                }
                scratch.mark(*to);
                if scratch.has_row(*to) && scratch.visit(*to) {
                    scratch.stack.push(*to);
                }
            }
        }
        ChildEdge::RowOnly => {
            for to in edges {
                if scratch.has_row(*to) {
                    scratch.mark(*to);
                    if scratch.visit(*to) {
                        scratch.stack.push(*to);
                    }
                }
            }
        }
    }
}

/// olareg, `repoGarbageCollect`: the last row first, lists of referrers only with their subject, one set for all.
fn mark_with_lists(state: &State, repository: u32, scratch: &mut Scratch) {
    let mut lists: Vec<(u32, u32)> = Vec::new();
    let mut stack = std::mem::take(&mut scratch.stack);
    for row in state.rows[repository as usize].iter() {
        let mut is_root = row.tag != NONE || state.rules.roots != Roots::TaggedRows;
        if row.lists_for != NONE {
            // The list's fate is its subject's, as long as the subject's data is there.
            if state.has_bytes(repository, row.lists_for) {
                lists.push((row.lists_for, row.object));
                is_root = false;
            } else if state.rules.dangling != DanglingReferrer::CollectUntagged {
                is_root = true;
            }
        }
        if is_root {
            stack.push(row.object);
        }
    }
    lists.sort_unstable();
    let shadows = state.rules.has(Quirk::BlobMarkShadowsManifest);
    while let Some(object) = stack.pop() {
        let is_done = if shadows {
            scratch.is_marked(object)
        } else {
            scratch.is_visited(object)
        };
        if is_done || !is_stored(state, repository, object, scratch) {
            continue;
        }
        scratch.mark(object);
        scratch.visit(object);
        if state.kind(object).has_children() {
            stack.extend_from_slice(state.edges(object));
        } else {
            state
                .edges(object)
                .iter()
                .for_each(|blob| scratch.mark(*blob));
        }
        let first = lists.partition_point(|(subject, _)| *subject < object);
        stack.extend(
            lists[first..]
                .iter()
                .take_while(|(subject, _)| *subject == object)
                .map(|(_, list)| *list),
        );
    }
    scratch.stack = stack;
}

fn is_stored(state: &State, repository: u32, object: u32, scratch: &Scratch) -> bool {
    scratch.has_bytes(object)
        || !state.kind(object).is_manifest() && state.has_bytes(repository, object)
}

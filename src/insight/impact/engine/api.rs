//! The first stage: what a registry does at once when it is asked to delete or to take a manifest.
//!
//! Rows of most registries are a set, kept here; olareg's are an ordered list with habits of its own, see [`layout`].

mod guard;
pub(in crate::insight::impact) mod layout;
mod push;

use std::sync::Arc;

use super::counting;
use super::database;
use super::state::State;
use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::view::Unseen;
use crate::insight::impact::inventory::{
    ABSORBED, BYTES, LINK, NONE, ObjectId, ROW, RepositoryId, Row,
};
use crate::insight::impact::policy::quirk::Quirk;
use crate::insight::impact::policy::{
    Cascade, Collector, Deletion, DigestDelete, Guard, KnobName, Scope, TagDelete,
};
use crate::insight::impact::request::action::{Action, ActionResult, Reply};

/// Changes `state` as the registry would and says what it answers.
///
/// Cost: a scan of the rows of one repository, and of what the manifest names.
pub(in crate::insight::impact) fn apply(state: &mut State, action: &Action) -> Reply {
    let reply = match answer(state, action) {
        reply if reply.status == Reply::NOT_FOUND.status && is_left_out(state, action) => {
            Reply::NOT_ASKED
        }
        reply => reply,
    };
    let is_deletion = matches!(
        action,
        Action::DeleteTag { .. } | Action::DeleteManifest { .. }
    );
    if is_deletion && matches!(state.rules.deletion, Deletion::Option(_)) {
        state
            .assumes_deletion
            .set(state.assumes_deletion.get() || reply.result == ActionResult::Accepted);
    }
    counting::propagate(state);
    if reply.result == ActionResult::Accepted && is_by_unknown_rules(state, action) {
        return Reply { status: 0, ..reply };
    }
    reply
}

/// Whether nobody has established how the registry takes such an action: then no status can be told.
fn is_by_unknown_rules(state: &State, action: &Action) -> bool {
    match action {
        Action::DeleteTag { .. } => state.rules.is_unknown(KnobName::tag_delete),
        Action::DeleteManifest { .. } => state.rules.is_unknown(KnobName::digest_delete),
        Action::MoveTag { .. } | Action::Push { .. } | Action::Upload { .. } => false,
    }
}

/// Whether what `action` is about was never asked for, so that nobody can say that it is not there.
fn is_left_out(state: &State, action: &Action) -> bool {
    let inventory = &state.inventory;
    let reference = match action {
        Action::DeleteTag { tag, .. } => tag.clone(),
        Action::DeleteManifest { digest, .. }
        | Action::MoveTag { digest, .. }
        | Action::Push { digest, .. }
        | Action::Upload { digest, .. } => digest.to_string(),
    };
    let asked = (action.repository().into(), reference.into());
    if inventory.answered_missing.contains(&asked) {
        return false;
    }
    let Some(id) = inventory.repository(action.repository()) else {
        let blind = &inventory.view.blind;
        return blind.contains(&Unseen::OtherRepositories);
    };
    if !inventory.tags_unseen[id.0 as usize] {
        return false;
    }
    match action {
        Action::DeleteTag { tag, .. } => !inventory.tags(id).any(|(known, _)| known == tag),
        Action::DeleteManifest { digest, .. } | Action::MoveTag { digest, .. } => {
            let object = inventory.object(digest);
            object.is_none_or(|object| inventory.member(id.0, object.0).is_none())
        }
        Action::Push { .. } | Action::Upload { .. } => false,
    }
}

fn answer(state: &mut State, action: &Action) -> Reply {
    if let (Action::DeleteTag { .. } | Action::DeleteManifest { .. }, Deletion::Off(status)) =
        (action, state.rules.deletion)
    {
        return Reply::refused(status);
    }
    if let (Action::DeleteTag { .. }, TagDelete::Unsupported(status)) =
        (action, state.rules.tag_delete)
    {
        // It declines before it looks.
        state.consult(KnobName::tag_delete);
        return Reply::refused(status);
    }
    let Some(repository) = state.inventory.repository(action.repository()) else {
        return if state.rules.has(Quirk::UnknownRepositoryDeclined) {
            Reply::refused(400)
        } else {
            Reply::NOT_FOUND
        };
    };
    let object_of = |digest| state.inventory.object(digest).map(|id| id.0);
    match action {
        Action::DeleteTag { tag, .. } => delete_tag(state, repository.0, tag),
        Action::DeleteManifest { digest, .. } => match object_of(digest) {
            Some(object) => delete_manifest(state, repository.0, object),
            None => Reply::NOT_FOUND,
        },
        Action::MoveTag { tag, digest, .. } => match object_of(digest) {
            // Whoever moves a tag reads the manifest first: what does not answer cannot be pushed again.
            Some(object) if state.answers(repository.0, object) => {
                push::repeat(state, repository.0, object, tag)
            }
            _ => Reply::NOT_FOUND,
        },
        Action::Push { digest, tag, .. } => match object_of(digest) {
            Some(object) => push::push(state, repository.0, object, tag.as_deref()),
            None => Reply::NOT_FOUND,
        },
        Action::Upload { digest, .. } => match object_of(digest) {
            Some(object) => {
                state.set(repository.0, object, BYTES | LINK);
                Reply::CREATED
            }
            None => Reply::NOT_FOUND,
        },
    }
}

fn delete_tag(state: &mut State, repository: u32, name: &str) -> Reply {
    state.consult(KnobName::tag_delete);
    let Some(tag) = state.tag_number(name) else {
        return Reply::NOT_FOUND;
    };
    if state.rules.keeps_lists() {
        return layout::delete_tag(state, repository, tag);
    }
    if let Some(reply) = declines_last_tag(state, repository, tag) {
        return reply;
    }
    let Some(object) = untag(state, repository, tag) else {
        return Reply::NOT_FOUND;
    };
    if state.rules.collector == Collector::Counting {
        counting::dropped(state, repository, object);
    }
    expire_siblings(state, repository, object);
    Reply::ACCEPTED
}

/// Where the image goes with its last tag, what protects children protects it too.
fn declines_last_tag(state: &State, repository: u32, tag: u32) -> Option<Reply> {
    if state.rules.tag_delete != TagDelete::DropRow {
        return None;
    }
    let rows = state.rows[repository as usize].iter();
    let object = rows.clone().find(|row| row.tag == tag)?.object;
    if rows.filter(|row| row.object == object).count() > 1
        || !guard::is_listed(state, repository, object)
    {
        return None;
    }
    state.consult(KnobName::guard_child);
    match state.rules.guard_child {
        Guard::Refuse(status) => Some(Reply::refused(status)),
        Guard::None => None,
    }
}

/// Quay, `_expire_cosign_sibling_tags`: cosign's tags for a manifest go with its last own tag.
fn expire_siblings(state: &mut State, repository: u32, object: u32) {
    if !state.rules.has(Quirk::ExpiresSiblingTags) {
        return;
    }
    let rows = Arc::clone(&state.rows[repository as usize]);
    let has_own = rows
        .iter()
        .any(|row| row.object == object && row.tag != NONE && state.derived(row).is_none());
    if has_own {
        return;
    }
    for row in rows.iter() {
        if let Some((subject, kind)) = state.derived(row)
            && subject == object
            && kind != DerivedKind::Fallback
        {
            untag(state, repository, row.tag);
        }
    }
}

/// Takes a tag away; the last one leaves an untagged row behind. Returns what it named.
pub(in crate::insight::impact) fn untag(
    state: &mut State,
    repository: u32,
    tag: u32,
) -> Option<u32> {
    let rows = &state.rows[repository as usize];
    let place = rows.iter().position(|row| row.tag == tag)?;
    let object = rows[place].object;
    let is_last = rows.iter().filter(|row| row.object == object).count() == 1;
    let is_row = state.flags_of(repository, object) & ROW != 0;
    let drops = state.rules.tag_delete == TagDelete::DropRow;
    let is_ordered = state.rules.is_zot_release();
    let rows = state.rows_mut(repository);
    if is_last && is_row && !drops {
        rows[place].tag = NONE;
        if is_ordered {
            // The row without its tag is written anew, at the end.
            let row = rows.remove(place);
            rows.push(row);
        }
    } else if is_ordered {
        rows.remove(place);
    } else {
        rows.swap_remove(place);
    }
    if is_last && drops {
        state.clear(repository, object, ROW);
    }
    Some(object)
}

fn delete_manifest(state: &mut State, repository: u32, object: u32) -> Reply {
    state.consult(KnobName::digest_delete);
    if let DigestDelete::Unsupported(status) = state.rules.digest_delete {
        return Reply::refused(status);
    }
    if !state.answers(repository, object) {
        return Reply::NOT_FOUND;
    }
    if state.rules.keeps_lists() {
        return layout::delete_manifest(state, repository, object);
    }
    let tags = guard::tags(state, repository, object);
    if tags > 0 {
        state.consult(KnobName::guard_tagged);
        if let Guard::Refuse(status) = state.rules.guard_tagged {
            return Reply::refused(status);
        }
    }
    if tags > 1 {
        state.consult(KnobName::guard_multi_tag);
        if let Guard::Refuse(status) = state.rules.guard_multi_tag {
            return Reply::refused(status);
        }
    }
    if guard::is_listed(state, repository, object) {
        state.consult(KnobName::guard_child);
        if let Guard::Refuse(status) = state.rules.guard_child {
            return Reply::refused(status);
        }
        // What the index goes on keeping of it decides on what comes back.
        state.consult(KnobName::child_edge);
    }
    match state.rules.digest_delete {
        DigestDelete::TagsOnly => expire_tags(state, repository, object),
        DigestDelete::KeyOnly => {
            state.clear(repository, object, ROW);
            state
                .rows_mut(repository)
                .retain(|row| row.object != object || row.tag != NONE);
            Reply::ACCEPTED
        }
        _ if state.rules.has_database() => {
            consult_attached(state, repository, object);
            match database::delete(state, repository, object) {
                Ok(()) => Reply::ACCEPTED,
                Err(status) => Reply::refused(status),
            }
        }
        _ => {
            consult_attached(state, repository, object);
            remove(state, repository, object);
            cascade(state, repository, object);
            Reply::ACCEPTED
        }
    }
}

/// Quay: deleting by digest is expiring the tags, and what has none is not found.
fn expire_tags(state: &mut State, repository: u32, object: u32) -> Reply {
    if !state.rows[repository as usize]
        .iter()
        .any(|row| row.object == object && row.tag != NONE)
    {
        return Reply::NOT_FOUND;
    }
    let rows = state.rows_mut(repository);
    rows.retain(|row| row.object != object);
    rows.push(Row {
        object,
        tag: NONE,
        lists_for: NONE,
    });
    expire_siblings(state, repository, object);
    Reply::ACCEPTED
}

/// Takes a manifest and its tags away.
pub(in crate::insight::impact) fn remove(state: &mut State, repository: u32, object: u32) {
    state
        .rows_mut(repository)
        .retain(|row| row.object != object);
    let bits = if state.rules.has(Quirk::LayerLinkAnswers) {
        ROW | ABSORBED | LINK
    } else {
        ROW | ABSORBED
    };
    state.clear(repository, object, bits);
    if state.rules.drops_content_now
        && state.rules.store_scope == Scope::Repository
        && let Some(member) = state.inventory.member(repository, object)
        && state.flags[member] & BYTES != 0
    {
        state.flags[member] &= !BYTES;
        state.consult(KnobName::delete_drops_content_now);
        state
            .dropped
            .push((u32::try_from(member).unwrap_or(NONE), object));
    }
    if state.rules.collector == Collector::Counting {
        state
            .killed
            .push((RepositoryId(repository), ObjectId(object)));
    }
}

/// Notes knobs that decide on what was attached to a manifest that goes.
fn consult_attached(state: &State, repository: u32, object: u32) {
    if state
        .inventory
        .referrers
        .of(object)
        .iter()
        .any(|referrer| state.answers(repository, *referrer))
    {
        state.consult(KnobName::dangling_referrer);
    }
    let is_for = |row: &Row| {
        state
            .derived(row)
            .is_some_and(|(subject, _)| subject == object)
    };
    if state.rules.weighs_derived_tags() && state.rows[repository as usize].iter().any(is_for) {
        state.consult(KnobName::derived_tags);
    }
}

/// Takes along what the registry's database deletes with a manifest. `O(what goes)`.
fn cascade(state: &mut State, repository: u32, object: u32) {
    let takes_children = state.rules.cascade == Cascade::ReferrersAndChildren;
    let mut queue = vec![object];
    while let Some(gone) = queue.pop() {
        let inventory = Arc::clone(&state.inventory);
        let referrers = inventory.referrers.of(gone).iter().copied();
        let referrers: Vec<u32> = referrers
            .filter(|referrer| state.answers(repository, *referrer))
            .collect();
        if !referrers.is_empty() {
            state.consult(KnobName::delete_cascade);
        }
        if state.rules.cascade == Cascade::None {
            return;
        }
        for referrer in referrers {
            remove(state, repository, referrer);
            queue.push(referrer);
        }
        if takes_children && state.kind(gone).has_children() {
            for child in inventory.edges.of(gone) {
                let is_tagged = state.rows[repository as usize]
                    .iter()
                    .any(|row| row.object == *child && row.tag != NONE);
                if !is_tagged
                    && state.answers(repository, *child)
                    && !guard::is_listed(state, repository, *child)
                {
                    state.consult(KnobName::delete_cascade);
                    remove(state, repository, *child);
                    queue.push(*child);
                }
            }
        }
    }
}

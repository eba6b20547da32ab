//! What two moments of a simulation differ in, in numbers; words come later.

use std::cell::OnceCell;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::tag_index::TagIndex;
use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::{NONE, ObjectId, ObjectKind, RepositoryId};
use crate::insight::impact::policy::{DigestDelete, ReferrersApi, Scope};

/// What is there before and not after.
#[derive(Clone, Debug, Default)]
pub(in crate::insight::impact) struct Difference {
    /// Holdings whose manifest no longer answers: repository, holding, object.
    pub(in crate::insight::impact) manifests: Vec<(RepositoryId, usize, ObjectId)>,
    /// Repository, number of the tag, what it named.
    pub(in crate::insight::impact) tags: Vec<(RepositoryId, u32, ObjectId)>,
    /// Repository or nothing for the one store, holding or [`usize::MAX`], object.
    pub(in crate::insight::impact) objects: Vec<(Option<RepositoryId>, usize, ObjectId)>,
    /// Repository, referrer, subject.
    pub(in crate::insight::impact) unlisted: Vec<(RepositoryId, ObjectId, ObjectId)>,
    /// Repository, referrer, subject.
    pub(in crate::insight::impact) dangling: Vec<(RepositoryId, ObjectId, ObjectId)>,
    /// Repository, manifest, what it misses.
    pub(in crate::insight::impact) broken: Vec<(RepositoryId, ObjectId, Vec<ObjectId>)>,
}

/// Compares. `O(V)`, and `O(E)` of the repositories that lost something.
pub(in crate::insight::impact) fn difference(before: &State, after: &State) -> Difference {
    let mut found = Difference::default();
    let inventory = Arc::clone(&before.inventory);
    let is_global = before.rules.store_scope == Scope::Global;
    let mut gone = if is_global {
        before.stored.clone()
    } else {
        FixedBitSet::new()
    };
    if is_global {
        gone.difference_with(&after.stored);
        found.objects.extend(
            gone.ones().filter_map(|object| {
                Some((None, usize::MAX, ObjectId(u32::try_from(object).ok()?)))
            }),
        );
    }
    let mut lost_here = FixedBitSet::with_capacity(inventory.object_count());
    let mut lost: Vec<u32> = Vec::new();
    for (repository, _) in inventory.repositories() {
        let repository = repository.0;
        let has_rows = |state: &State| !state.rows[repository as usize].is_empty();
        let same_rows = Arc::ptr_eq(
            &before.rows[repository as usize],
            &after.rows[repository as usize],
        );
        let manifests = found.manifests.len();
        lost.clear();
        for member in inventory.repository_objects.range(repository) {
            let object = inventory.repository_objects.targets[member];
            let same_bytes = !is_global || !gone.contains(object as usize);
            if before.flags[member] == after.flags[member]
                && same_bytes
                && has_rows(before) == has_rows(after)
            {
                continue;
            }
            let answered = before.holding_answers(repository, member, object);
            let answers = after.holding_answers(repository, member, object);
            if answered && !answers && inventory.kinds[object as usize] != ObjectKind::ReferrersList
            {
                found
                    .manifests
                    .push((RepositoryId(repository), member, ObjectId(object)));
            }
            if !is_global
                && before.member_has_bytes(member, object)
                && !after.member_has_bytes(member, object)
            {
                found
                    .objects
                    .push((Some(RepositoryId(repository)), member, ObjectId(object)));
            }
            let served = answered || before.holding_serves(member, object);
            if served && !answers && !after.holding_serves(member, object) {
                lost.push(object);
            }
        }
        if !same_rows || found.manifests.len() != manifests {
            tags(before, after, repository, manifests, &mut found);
        }
        if !same_rows && before.rules.referrers_api == ReferrersApi::Lists {
            unlisted(before, after, repository, &mut found);
        }
        if !lost.is_empty() {
            broken(after, repository, &lost, &mut lost_here, &mut found);
        }
        dangling(after, manifests, &mut found);
    }
    found
}

/// Tags that answered and do not, and what a fallback tag that goes or moves no longer lists. `first` is where the manifests of
/// `repository` begin in what was found.
fn tags(before: &State, after: &State, repository: u32, first: usize, found: &mut Difference) {
    let gone: Vec<u32> = found.manifests[first..]
        .iter()
        .map(|(_, _, object)| object.0)
        .collect();
    let by_key = before.rules.digest_delete == DigestDelete::KeyOnly;
    let kept = &after.rows[repository as usize];
    let index = OnceCell::new();
    let mut next = 0;
    for row in before.rows[repository as usize].iter() {
        // Most collectors only leave rows out, so that what is kept comes in the same order.
        let is_next = kept.get(next) == Some(row);
        next += usize::from(is_next);
        if row.tag == NONE || is_next && !by_key && gone.binary_search(&row.object).is_err() {
            continue;
        }
        let tags = index.get_or_init(|| TagIndex::of(after, repository));
        let now = tags.tagged(after, row.tag);
        if now == Some(row.object) || !before.answers_by_tag(repository, row.object) {
            continue;
        }
        if now.is_none() {
            found
                .tags
                .push((RepositoryId(repository), row.tag, ObjectId(row.object)));
        }
        // Without the API the fallback tag is the list.
        if before.rules.referrers_api == ReferrersApi::None
            && let Some((subject, DerivedKind::Fallback)) = before.derived(row)
        {
            let listed = now.map_or(&[][..], |now| after.edges(now));
            let members = before
                .edges(row.object)
                .iter()
                .filter(|member| after.answers(repository, **member) && !listed.contains(member));
            found.unlisted.extend(members.map(|member| {
                (
                    RepositoryId(repository),
                    ObjectId(*member),
                    ObjectId(subject),
                )
            }));
        }
    }
}

/// Members of lists that stay and are on none any more. `O(rows · log rows)`.
fn unlisted(before: &State, after: &State, repository: u32, found: &mut Difference) {
    let lists = |state: &State| {
        let rows = state.rows[repository as usize]
            .iter()
            .filter(|row| row.lists_for != NONE);
        let mut lists: Vec<(u32, u32)> = rows.map(|row| (row.lists_for, row.object)).collect();
        lists.sort_unstable();
        lists
    };
    let now = lists(after);
    for (subject, list) in lists(before) {
        let place = now.partition_point(|(of, _)| *of < subject);
        let still = now
            .get(place)
            .filter(|(of, _)| *of == subject)
            .map(|(_, list)| *list);
        if still == Some(list) {
            continue;
        }
        let members = still.map_or(&[][..], |list| after.edges(list));
        for member in before.edges(list) {
            if !members.contains(member) && after.answers(repository, *member) {
                found.unlisted.push((
                    RepositoryId(repository),
                    ObjectId(*member),
                    ObjectId(subject),
                ));
            }
        }
    }
}

/// Referrers, by `subject` or by the name of their tag, of the manifests from `first` on.
fn dangling(after: &State, first: usize, found: &mut Difference) {
    let inventory = Arc::clone(&after.inventory);
    let gone = found.manifests.get(first..).unwrap_or_default();
    let Some((at, _, _)) = gone.first().copied() else {
        return;
    };
    let repository = at.0;
    let mut subjects: Vec<u32> = gone.iter().map(|(_, _, object)| object.0).collect();
    subjects.sort_unstable();
    for subject in &subjects {
        for referrer in inventory.referrers.of(*subject) {
            if after.answers(repository, *referrer) {
                found
                    .dangling
                    .push((at, ObjectId(*referrer), ObjectId(*subject)));
            }
        }
    }
    for row in after.rows[repository as usize].iter() {
        if let Some((subject, kind)) = after.derived(row)
            && kind != DerivedKind::Fallback
            && subjects.binary_search(&subject).is_ok()
            && after.answers(repository, row.object)
        {
            found
                .dangling
                .push((at, ObjectId(row.object), ObjectId(subject)));
        }
    }
}

/// Manifests that stay and name something of `lost`, which are those of `lost_here`.
fn broken(
    after: &State,
    repository: u32,
    lost: &[u32],
    lost_here: &mut FixedBitSet,
    found: &mut Difference,
) {
    let inventory = Arc::clone(&after.inventory);
    let manifests = inventory.repository_manifests.of(repository);
    let holders: usize = lost
        .iter()
        .map(|object| inventory.parents.of(*object).len())
        .sum();
    let mut check = |member: usize, object: u32, missing: &[u32]| {
        let is_list = inventory.kinds[object as usize] == ObjectKind::ReferrersList;
        if !missing.is_empty() && !is_list && after.holding_answers(repository, member, object) {
            let missing = missing.iter().map(|id| ObjectId(*id)).collect();
            found
                .broken
                .push((RepositoryId(repository), ObjectId(object), missing));
        }
    };
    let mut missing: Vec<u32> = Vec::new();
    if holders < manifests.len() {
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(holders);
        for object in lost {
            pairs.extend(
                inventory
                    .parents
                    .of(*object)
                    .iter()
                    .map(|holder| (*holder, *object)),
            );
        }
        pairs.sort_unstable();
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            missing.clear();
            missing.extend(group.iter().map(|(_, object)| *object));
            let holder = group.first().map_or(NONE, |(holder, _)| *holder);
            if let Some(member) = inventory.member(repository, holder) {
                check(member, holder, &missing);
            }
        }
        return;
    }
    // Something that very many manifests of other repositories name: better to look at this one's.
    lost_here.extend(lost.iter().map(|object| *object as usize));
    for member in manifests {
        let object = inventory.repository_objects.targets[*member as usize];
        missing.clear();
        missing.extend(
            inventory
                .edges
                .of(object)
                .iter()
                .filter(|to| lost_here.contains(**to as usize)),
        );
        missing.sort_unstable();
        missing.dedup();
        check(*member as usize, object, &missing);
    }
    for object in lost {
        lost_here.remove(*object as usize);
    }
}

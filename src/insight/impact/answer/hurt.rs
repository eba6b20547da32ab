//! Which consumers a deletion hurts.

use super::{Cause, Effect, HurtConsumer};
use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::{ObjectId, RepositoryId};
use crate::insight::impact::request::consumer::{Consumer, PulledBy};

/// What the reference resolves to in `state`. `O(rows of the repository)`.
pub(in crate::insight::impact) fn resolve(
    state: &State,
    consumer: &Consumer,
) -> Option<(RepositoryId, ObjectId)> {
    let repository = state.inventory.repository(&consumer.repository)?;
    let object = match &consumer.by {
        PulledBy::Tag(name) => ObjectId(state.tagged(repository.0, state.tag_number(name)?)?),
        PulledBy::Digest(digest) => {
            let object = state.inventory.object(digest)?;
            state.answers(repository.0, object.0).then_some(object)?
        }
    };
    Some((repository, object))
}

/// Those of `consumers` that are hurt; `acted` is what they resolve to before the collection. `broken` are (repository, manifest) pairs, sorted.
pub(in crate::insight::impact) fn hurt(
    consumers: &[Consumer],
    acted: &[Option<(RepositoryId, ObjectId)>],
    [initial, last]: [&State; 2],
    broken: &[(RepositoryId, ObjectId)],
    cause: Cause,
) -> Vec<HurtConsumer> {
    let effect_on = |consumer: &Consumer, acted: &Option<(RepositoryId, ObjectId)>| {
        if goes_itself(last, consumer) {
            return None;
        }
        let before = resolve(initial, consumer)?;
        if acted.is_none() {
            return Some(Effect::PullFailsAtOnce);
        }
        let Some(after) = resolve(last, consumer) else {
            return Some(Effect::PullFailsAfterCollection);
        };
        if is_broken(last, after, broken) {
            return Some(Effect::PullIsIncomplete);
        }
        (after != before).then_some(Effect::ChangesAtNextRestart)
    };
    let mut hurt: Vec<HurtConsumer> = consumers
        .iter()
        .zip(acted)
        .filter_map(|(consumer, acted)| {
            let effect = effect_on(consumer, acted)?;
            Some(HurtConsumer {
                consumer: consumer.name.clone(),
                reference: consumer.reference.clone(),
                effect,
                cause,
            })
        })
        .collect();
    hurt.sort();
    hurt.dedup();
    hurt
}

fn goes_itself(last: &State, consumer: &Consumer) -> bool {
    consumer
        .itself
        .as_ref()
        .is_some_and(|(repository, digest)| {
            let repository = last.inventory.repository(repository);
            let place = repository.zip(last.inventory.object(digest));
            place.is_some_and(|(repository, object)| !last.answers(repository.0, object.0))
        })
}

/// Whether a manifest or one below it lacks something.
fn is_broken(
    state: &State,
    (repository, object): (RepositoryId, ObjectId),
    broken: &[(RepositoryId, ObjectId)],
) -> bool {
    let mut seen = vec![object];
    let mut next = 0;
    while let Some(object) = seen.get(next).copied() {
        next += 1;
        if broken.binary_search(&(repository, object)).is_ok() {
            return true;
        }
        if state.kind(object.0).has_children() {
            for child in state.edges(object.0) {
                let child = ObjectId(*child);
                if state.kind(child.0).is_manifest() && !seen.contains(&child) {
                    seen.push(child);
                }
            }
        }
    }
    false
}

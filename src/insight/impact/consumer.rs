//! Who uses what: consumers that a deletion could hurt.

use crate::oci::Digest;

use crate::insight::impact::answer::{Effect, HurtConsumer};
use crate::insight::impact::state::State;

/// Somebody who pulls from the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Who, for people: a pod, a service, a line of a file.
    pub name: String,
    /// The reference as the consumer writes it.
    pub reference: String,
    /// The repository that it means, by its name in the inventory.
    pub repository: String,
    /// By tag or by digest; the digest wins where a reference has both, as it does for clients.
    pub by: PulledBy,
    /// The manifest that the consumer is itself (a chart), by repository and digest: one that goes too is not hurt.
    pub itself: Option<(String, Digest)>,
}

/// How a consumer names an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PulledBy {
    /// By tag.
    Tag(String),
    /// By digest.
    Digest(Digest),
}

/// What the reference resolves to in `state`. `O(rows of the repository)`.
pub(super) fn resolve(state: &State, consumer: &Consumer) -> Option<(u32, u32)> {
    let repository = state.inventory.repository(&consumer.repository)?.0;
    let object = match &consumer.by {
        PulledBy::Tag(name) => state.tagged(repository, state.tag_number(name)?)?,
        PulledBy::Digest(digest) => {
            let object = state.inventory.object(digest)?.0;
            state.answers(repository, object).then_some(object)?
        }
    };
    Some((repository, object))
}

/// Those of `consumers` that are hurt; `acted` is what they resolve to before the collection. `broken` are (repository, manifest) pairs, sorted.
pub(super) fn hurt(
    consumers: &[Consumer],
    acted: &[Option<(u32, u32)>],
    [initial, last]: [&State; 2],
    broken: &[(u32, u32)],
) -> Vec<HurtConsumer> {
    let effect_on = |consumer: &Consumer, acted: &Option<(u32, u32)>| {
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
fn is_broken(state: &State, (repository, object): (u32, u32), broken: &[(u32, u32)]) -> bool {
    let mut seen = vec![object];
    let mut next = 0;
    while let Some(object) = seen.get(next).copied() {
        next += 1;
        if broken.binary_search(&(repository, object)).is_ok() {
            return true;
        }
        if state.kind(object).has_children() {
            for child in state.edges(object) {
                if state.kind(*child).is_manifest() && !seen.contains(child) {
                    seen.push(*child);
                }
            }
        }
    }
    false
}

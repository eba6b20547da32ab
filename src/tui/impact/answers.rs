//! What the impact service knows, as answers that the screen shows. Knows no thread and no screen.

use std::collections::HashSet;
use std::sync::Arc;

use crate::insight::impact::{Answer, OptionAnswer, Simulator};
use crate::oci::{Digest, Origin};
use crate::session::impact::{ImpactService, RegistryState, Rules};

use super::document::{self, Asked, Impact};
use super::other_registries::OtherRegistry;
use super::reasons::{PATHS, Reasons};
use super::{Part, Query, Reply, Request};

/// The answer; nothing where it is not wanted any more, which is looked at between the steps.
///
/// Cost: `O(V + E)` to gather where something changed, as much for each policy and for the answer, of each registry.
pub fn answer(
    service: &mut ImpactService,
    request: &Request,
    is_wanted: &dyn Fn() -> bool,
) -> Option<Reply> {
    let part = &request.part;
    if let Err(words) = service.gather(&part.origin, request.is_fresh) {
        return Some(Reply::Failed(words));
    }
    if !is_wanted() {
        return None;
    }
    match &request.query {
        Query::Why { repository, digest } => why(service, part, (repository, digest), is_wanted),
        Query::Impact(other) => {
            let origins = request.other_registries.iter().map(|part| &part.origin);
            let origins: HashSet<&Origin> = origins.chain([&part.origin]).collect();
            service.keep_only(&origins);
            let mut others = Vec::new();
            for part in &request.other_registries {
                others.push(on_other_registry(service, part, request.is_fresh));
                if !is_wanted() {
                    return None;
                }
            }
            impact(service, part, other.as_ref(), &others, is_wanted)
        }
    }
}

fn why(
    service: &mut ImpactService,
    part: &Part,
    (repository, digest): (&str, &Digest),
    is_wanted: &dyn Fn() -> bool,
) -> Option<Reply> {
    let (registry, graph) = service.registry(&part.origin)?;
    let simulator = registry.simulator(&part.rules)?;
    if !is_wanted() {
        return None;
    }
    let Some(why) = simulator.why(digest, &part.actions, PATHS) else {
        let words = format!("{digest} is not in what was read of {}", part.origin);
        return Some(Reply::Failed(words));
    };
    let place = (&part.origin, repository);
    let seen = (registry.is_partial(), !part.actions.is_empty());
    let reasons = Reasons::new(&why, &simulator, graph, place, seen);
    Some(Reply::Why(Arc::new(reasons)))
}

fn impact(
    service: &mut ImpactService,
    part: &Part,
    other: Option<&Rules>,
    other_registries: &[OtherRegistry],
    is_wanted: &dyn Fn() -> bool,
) -> Option<Reply> {
    let uses = service.terms().uses.clone();
    let (registry, graph) = service.registry(&part.origin)?;
    let simulator = registry.simulator(&part.rules)?;
    let consumers = registry.consumers(&uses).consumers;
    let answer = simulator.simulate(&part.actions, &consumers);
    if !is_wanted() {
        return None;
    }
    let options = other_options(registry, part, &simulator, &answer);
    let other = other.and_then(|other| registry.simulator(other));
    let other = other.map(|other| {
        let answer = other.simulate(&part.actions, &consumers);
        (other, answer)
    });
    let asked = Asked {
        origin: &part.origin,
        actions: &part.actions,
        graph,
        recognised: &registry.recognised,
        gaps: &registry.input.gaps,
        options: &options,
        uploads: &registry.input.uploads,
        own: &registry.own,
        other_registries,
    };
    let other = other
        .as_ref()
        .map(|(simulator, answer)| (&**simulator, answer));
    let impact = Impact::new(&asked, (&simulator, &answer), other);
    Some(Reply::Impact(Arc::new(impact)))
}

/// What other options of the registry would do, by simulators that are kept for the next selection.
fn other_options(
    registry: &mut RegistryState,
    part: &Part,
    simulator: &Simulator,
    answer: &Answer,
) -> Vec<OptionAnswer> {
    let options = simulator.policy().other_options().iter();
    options
        .filter_map(|option| {
            let rules = Rules {
                policy: Some(option.policy.to_owned()),
                deletion: part.rules.deletion,
            };
            let there = registry.simulator(&rules)?.simulate(&part.actions, &[]);
            OptionAnswer::of(*option, answer, &there)
        })
        .collect()
}

/// What would be done on another registry does there.
fn on_other_registry(service: &mut ImpactService, part: &Part, is_fresh: bool) -> OtherRegistry {
    let uses = service.terms().uses.clone();
    let answer = service.gather(&part.origin, is_fresh).and_then(|()| {
        let gone = || "its policy is not there any more".to_owned();
        let (registry, graph) = service.registry(&part.origin).ok_or_else(gone)?;
        let simulator = registry.simulator(&part.rules).ok_or_else(gone)?;
        let consumers = registry.consumers(&uses).consumers;
        let answer = simulator.simulate(&part.actions, &consumers);
        let affected = document::affected(graph, &part.origin, &simulator, &answer);
        Ok((answer, affected))
    });
    OtherRegistry {
        origin: part.origin.clone(),
        answer,
    }
}

#[cfg(test)]
mod tests;

//! Answers: what actions do, compared with what the next collection does without them.

use std::collections::HashSet;
use std::sync::Arc;

use crate::oci::Digest;

use super::difference::{Difference, difference};
use super::hurt;
use super::report::Report;
use super::{Answer, Cause, HurtConsumer};
use crate::insight::impact::engine::api;
use crate::insight::impact::engine::collect;
use crate::insight::impact::engine::counting;
use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::{Inventory, ObjectId, RepositoryId};
use crate::insight::impact::policy::quirk::Quirk;
use crate::insight::impact::policy::rules::Rules;
use crate::insight::impact::policy::{Collector, Policy, Scope};
use crate::insight::impact::request::action::{Action, ActionResult, Reply};
use crate::insight::impact::request::consumer::Consumer;

/// One inventory under one policy, with the next collection run once: from here each change of a selection is one
/// simulation. Share it between threads behind an `Arc`; it does not change.
#[derive(Clone)]
pub struct Simulator {
    pub(in crate::insight::impact) policy: Policy,
    pub(in crate::insight::impact) initial: State,
    /// After a collection without any action.
    pub(in crate::insight::impact) base: State,
    base_aborted: Option<String>,
}

/// A simulation that ran to its end.
pub(in crate::insight::impact) struct Run {
    pub(in crate::insight::impact) replies: Vec<Reply>,
    /// What each consumer got before the collection.
    acted: Vec<Option<(RepositoryId, ObjectId)>>,
    /// Manifests that accepted actions name and that did not answer before the collection.
    pub(in crate::insight::impact) silenced: Vec<(RepositoryId, ObjectId)>,
    pub(in crate::insight::impact) last: State,
    pub(in crate::insight::impact) aborted: Option<String>,
}

impl Simulator {
    /// Runs the collection without actions. `O(V + E)`.
    pub fn new(inventory: Arc<Inventory>, policy: Policy) -> Self {
        let rules = Rules::of(&policy, inventory.view.rows);
        let initial = State::new(inventory, Arc::new(rules));
        let mut base = initial.clone();
        let base_aborted = collect::collect(&mut base, None).or_else(|| base.aborted_words());
        Self {
            policy,
            initial,
            base,
            base_aborted,
        }
    }

    /// What it is about.
    pub fn inventory(&self) -> &Inventory {
        &self.initial.inventory
    }

    /// The policy in force.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What `actions` do, in their order, and whom of `consumers` it hurts.
    ///
    /// Cost: `O(V + E)`; under a policy whose repositories are collected on their own, of those that an action touches.
    pub fn simulate(&self, actions: &[Action], consumers: &[Consumer]) -> Answer {
        let run = self.run(actions, consumers);
        let found = difference(&self.initial, &run.last);
        let hurt = self.hurt(consumers, &run, &found, actions.is_empty());
        Report {
            simulator: self,
            run: &run,
            found: &found,
            actions,
        }
        .answer(hurt)
    }

    /// Who is hurt, and whether the next collection does that without any action.
    fn hurt(
        &self,
        consumers: &[Consumer],
        run: &Run,
        found: &Difference,
        is_bare: bool,
    ) -> Vec<HurtConsumer> {
        let states = [&self.initial, &run.last];
        let cause = if is_bare {
            Cause::Anyway
        } else {
            Cause::Collateral
        };
        let mut hurt = hurt::hurt(consumers, &run.acted, states, &broken(found), cause);
        if is_bare || hurt.is_empty() {
            return hurt;
        }
        let unacted = consumers.iter();
        let unacted: Vec<_> = unacted
            .map(|consumer| hurt::resolve(&self.initial, consumer))
            .collect();
        let states = [&self.initial, &self.base];
        let found = difference(&self.initial, &self.base);
        let anyway = hurt::hurt(consumers, &unacted, states, &broken(&found), Cause::Anyway);
        let key = |one: &HurtConsumer| (one.consumer.clone(), one.reference.clone(), one.effect);
        let anyway: HashSet<_> = anyway.iter().map(key).collect();
        for one in &mut hurt {
            if anyway.contains(&key(one)) {
                one.cause = Cause::Anyway;
            }
        }
        hurt
    }

    /// Does the actions and collects.
    pub(in crate::insight::impact) fn run(
        &self,
        actions: &[Action],
        consumers: &[Consumer],
    ) -> Run {
        let mut last = self.initial.clone();
        let replies: Vec<Reply> = actions
            .iter()
            .map(|action| api::apply(&mut last, action))
            .collect();
        counting::settle(&mut last);
        let acted = consumers
            .iter()
            .map(|consumer| hurt::resolve(&last, consumer))
            .collect();
        let silenced = self.silenced(actions, &replies, &last);
        if !replies
            .iter()
            .any(|reply| reply.result == ActionResult::Accepted)
        {
            let aborted = self.base_aborted.clone();
            last.clone_results_of(&self.base);
            return Run {
                replies,
                acted,
                silenced,
                last,
                aborted,
            };
        }
        let touched = self.touched(actions);
        let aborted = collect::collect(&mut last, touched.as_deref());
        if let Some(touched) = touched {
            self.take_rest_from_base(&mut last, &touched);
        }
        let aborted = aborted.or_else(|| last.aborted_words());
        Run {
            replies,
            acted,
            silenced,
            last,
            aborted,
        }
    }

    fn silenced(
        &self,
        actions: &[Action],
        replies: &[Reply],
        acted: &State,
    ) -> Vec<(RepositoryId, ObjectId)> {
        if !self.initial.rules.has(Quirk::ChildResurrectsOnRestart) {
            return Vec::new();
        }
        let named = actions.iter().zip(replies).filter_map(|(action, reply)| {
            let Action::DeleteManifest { repository, digest } = action else {
                return None;
            };
            let place = self.inventory().repository(repository)?;
            let object = self.inventory().object(digest)?;
            let is_done = reply.result == ActionResult::Accepted;
            (is_done && !acted.answers(place.0, object.0)).then_some((place, object))
        });
        named.collect()
    }

    /// The repositories that have to be collected anew, where they can be told from the rest.
    fn touched(&self, actions: &[Action]) -> Option<Vec<u32>> {
        let rules = &self.initial.rules;
        let is_separate =
            rules.mark_scope == Scope::Repository && rules.store_scope == Scope::Repository;
        if !is_separate
            || rules.has(Quirk::NeverTaggedRepositoryAborts)
            || rules.collector == Collector::Counting
        {
            return None;
        }
        let mut touched: Vec<u32> = actions
            .iter()
            .filter_map(|action| Some(self.inventory().repository(action.repository())?.0))
            .collect();
        touched.sort_unstable();
        touched.dedup();
        Some(touched)
    }

    fn take_rest_from_base(&self, last: &mut State, touched: &[u32]) {
        let inventory = Arc::clone(&last.inventory);
        for (repository, _) in inventory.repositories() {
            if touched.binary_search(&repository.0).is_err() {
                let range = inventory.repository_objects.range(repository.0);
                last.rows[repository.0 as usize] =
                    Arc::clone(&self.base.rows[repository.0 as usize]);
                last.flags[range.clone()].copy_from_slice(&self.base.flags[range]);
                if let Some(reason) = self.base.aborted.get(&repository.0) {
                    last.aborted.insert(repository.0, reason.clone());
                }
            }
        }
    }

    /// What the next collection frees by itself, in numbers; for tests and for screens that count.
    pub fn without_actions(&self) -> Answer {
        self.simulate(&[], &[])
    }

    pub(in crate::insight::impact) fn digest(&self, object: u32) -> Digest {
        self.inventory().digests[object as usize]
    }
}

/// What breaks: repository and manifest, sorted.
fn broken(found: &Difference) -> Vec<(RepositoryId, ObjectId)> {
    let broken = found.broken.iter();
    let mut broken: Vec<_> = broken.map(|(at, object, _)| (*at, *object)).collect();
    broken.sort_unstable();
    broken
}

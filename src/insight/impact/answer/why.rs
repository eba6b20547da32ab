//! Why something is kept, or by whose action it goes.

mod references;
mod ways;

use std::collections::{HashMap, HashSet};

use crate::oci::Digest;

use super::simulate::{Run, Simulator};
use crate::insight::impact::engine::api;
use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::ObjectId;
use crate::insight::impact::request::action::{Action, ActionResult};

use references::count;
use ways::Ways;

pub use references::References;

/// One root that keeps an object, and the way from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBy {
    /// `repository:tag`, or `repository@digest` for a manifest that is kept without one.
    pub root: String,
    /// From what the root names to the object, both included.
    pub path: Vec<Digest>,
}

/// The answer to "why is this kept?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The name of the policy.
    pub policy: String,
    /// What is asked about.
    pub digest: Digest,
    /// Whether its bytes are in some store after the actions and the next collection.
    pub kept: bool,
    /// The roots that keep it then, the shortest way first.
    pub by: Vec<KeptBy>,
    /// The actions that together freed it; none where it goes anyway.
    pub freed_by: Vec<String>,
    /// All manifests that name it, or repositories that have it, as `repository@digest`.
    pub shared_with: Vec<String>,
    /// Counts, once the actions are done and before the collection.
    pub references: References,
    /// Of a manifest: whether any repository answers for its digest once all is done. Its bytes may be kept all the same.
    pub answers: Option<bool>,
    /// Why the collector gives up, if it does: then nothing that is stored goes.
    pub aborted: Option<String>,
}

impl Simulator {
    /// Why `digest` is kept, or freed, once `actions` are done and the collector ran; at most `limit` ways.
    ///
    /// Cost: one simulation, and what holds the object.
    pub fn why(&self, digest: &Digest, actions: &[Action], limit: usize) -> Option<Why> {
        let ObjectId(object) = self.inventory().object(digest)?;
        let run = self.run(actions, &[]);
        let is_stored = |state: &State| {
            self.inventory()
                .repositories()
                .any(|(id, _)| holds(state, id.0, object) && state.has_bytes(id.0, object))
        };
        let mut by = Vec::new();
        for (repository, _) in self.inventory().repositories() {
            if holds(&run.last, repository.0, object) && run.last.has_bytes(repository.0, object) {
                Ways {
                    state: &run.last,
                    repository: repository.0,
                }
                .collect(object, &mut by);
            }
        }
        by.sort_by(|a, b| (a.path.len(), &a.root).cmp(&(b.path.len(), &b.root)));
        by.truncate(limit);
        let is_freed = is_stored(&self.initial) && !is_stored(&run.last);
        let freed_by = if is_freed && is_stored(&self.base) {
            self.freed_by(object, actions, &run)
        } else {
            Vec::new()
        };
        Some(Why {
            policy: self.policy.name.clone(),
            digest: *digest,
            kept: is_stored(&run.last),
            by,
            freed_by,
            shared_with: self.shared_with(object),
            references: count(&self.acted(actions), object),
            answers: self.initial.kind(object).is_manifest().then(|| {
                let mut repositories = self.inventory().repositories();
                repositories.any(|(id, _)| run.last.answers(id.0, object))
            }),
            aborted: run.aborted,
        })
    }

    /// What there is once `actions` are done, before anything is collected.
    fn acted(&self, actions: &[Action]) -> State {
        let mut acted = self.initial.clone();
        for action in actions {
            api::apply(&mut acted, action);
        }
        acted
    }

    /// Accepted actions whose target held `object` at the start.
    fn freed_by(&self, object: u32, actions: &[Action], run: &Run) -> Vec<String> {
        let mut ancestors: HashMap<u32, HashSet<u32>> = HashMap::new();
        let mut freed_by = Vec::new();
        for (action, reply) in actions.iter().zip(&run.replies) {
            let Some(repository) = self.inventory().repository(action.repository()) else {
                continue;
            };
            let target = match action {
                Action::DeleteTag { tag, .. } | Action::MoveTag { tag, .. } => self
                    .initial
                    .tag_number(tag)
                    .and_then(|tag| self.initial.tagged(repository.0, tag)),
                Action::DeleteManifest { digest, .. } => {
                    self.inventory().object(digest).map(|id| id.0)
                }
                Action::Push { .. } | Action::Upload { .. } => None,
            };
            let held = ancestors.entry(repository.0).or_insert_with(|| {
                Ways {
                    state: &self.initial,
                    repository: repository.0,
                }
                .ancestors(object)
            });
            if reply.result == ActionResult::Accepted
                && target.is_some_and(|target| held.contains(&target))
            {
                freed_by.push(action.to_string());
            }
        }
        freed_by
    }

    fn repositories_of(&self, object: u32) -> usize {
        let repositories = self.inventory().repositories();
        repositories
            .filter(|(id, _)| self.initial.answers(id.0, object))
            .count()
    }

    fn shared_with(&self, object: u32) -> Vec<String> {
        let mut shared: Vec<String> = Vec::new();
        for (repository, name) in self.inventory().repositories() {
            let mut share = |of: u32| {
                if self.initial.answers(repository.0, of) {
                    shared.push(format!("{name}@{}", self.digest(of)));
                }
            };
            self.inventory()
                .parents
                .of(object)
                .iter()
                .for_each(|holder| share(*holder));
            // A manifest is not shared with itself, but with the other repositories that have it.
            let is_shared =
                self.initial.kind(object).is_manifest() && self.repositories_of(object) > 1;
            if is_shared {
                share(object);
            }
        }
        shared.sort_unstable();
        shared.dedup();
        shared
    }
}

fn holds(state: &State, repository: u32, object: u32) -> bool {
    state.inventory.member(repository, object).is_some()
}

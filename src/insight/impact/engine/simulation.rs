//! A registry that exists only in memory: actions and collections one after the other, and what it then has.

use std::sync::Arc;

use super::api;
use super::collect;
use super::counting;
use super::database;
use super::state::State;
use crate::insight::impact::inventory::{Inventory, ObjectId, RepositoryId};
use crate::insight::impact::policy::rules::Rules;
use crate::insight::impact::policy::{Collector, Policy, ReferrersApi, Scope};
use crate::insight::impact::request::action::{Action, Reply};

/// The rules of one policy over one inventory, from which any number of simulations start.
#[derive(Clone, Debug)]
pub struct Laboratory {
    inventory: Arc<Inventory>,
    rules: Arc<Rules>,
}

impl Laboratory {
    /// `inventory` under `policy`.
    pub fn new(inventory: Arc<Inventory>, policy: &Policy) -> Self {
        Self {
            rules: Arc::new(Rules::of(policy, inventory.view.rows)),
            inventory,
        }
    }

    /// A registry as the inventory shows it. Cost: a copy of one byte a holding.
    pub fn simulation(&self) -> Simulation {
        Simulation {
            state: State::new(Arc::clone(&self.inventory), Arc::clone(&self.rules)),
        }
    }
}

/// One registry, changing.
#[derive(Clone)]
pub struct Simulation {
    state: State,
}

impl Simulation {
    /// Does one action. Cost: a scan of the rows of its repository.
    pub fn apply(&mut self, action: &Action) -> Reply {
        api::apply(&mut self.state, action)
    }

    /// Runs the collector once; where the registry restarts for that, restarts it. Returns why it gave up, if it did.
    pub fn collect(&mut self) -> Option<String> {
        let reason = collect::collect(&mut self.state, None);
        reason.or_else(|| self.state.aborted_words())
    }

    /// Lets deletions that free by themselves (counting) take effect, without a collector.
    pub fn settle(&mut self) {
        if self.state.rules.collector == Collector::Counting {
            counting::settle(&mut self.state);
        }
    }

    /// Whether GET of a manifest by digest succeeds.
    pub fn is_addressable(&self, repository: RepositoryId, object: ObjectId) -> bool {
        self.state.answers(repository.0, object.0)
    }

    /// What GET of a tag answers with.
    pub fn tagged(&self, repository: RepositoryId, tag: &str) -> Option<ObjectId> {
        self.state
            .tagged(repository.0, self.state.tag_number(tag)?)
            .map(ObjectId)
    }

    /// Whether the data of `object` is in the store: that of `repository`, or the one of all.
    pub fn is_stored(&self, repository: RepositoryId, object: ObjectId) -> bool {
        self.state.has_bytes(repository.0, object.0)
    }

    /// Whether the registry has one store for all repositories.
    pub fn has_one_store(&self) -> bool {
        self.state.rules.store_scope == Scope::Global
    }

    /// Whether GET of a blob succeeds.
    pub fn serves_blob(&self, repository: RepositoryId, object: ObjectId) -> bool {
        let member = self.state.inventory.member(repository.0, object.0);
        member.is_some_and(|member| self.state.holding_serves(member, object.0))
    }

    /// What the referrers API lists for `subject`, by ascending id.
    pub fn referrers(&self, repository: RepositoryId, subject: ObjectId) -> Vec<ObjectId> {
        let mut listed = listed(&self.state, repository.0, subject.0);
        listed.sort_unstable();
        listed.into_iter().map(ObjectId).collect()
    }
}

/// What the referrers API lists, in no order.
pub(in crate::insight::impact) fn listed(state: &State, repository: u32, subject: u32) -> Vec<u32> {
    match state.rules.referrers_api {
        ReferrersApi::None => Vec::new(),
        ReferrersApi::Scan if state.rules.has_database() => {
            database::referrers(state, repository, subject)
        }
        ReferrersApi::Scan => {
            let referrers = state.inventory.referrers.of(subject).iter().copied();
            referrers
                .filter(|referrer| state.answers(repository, *referrer))
                .collect()
        }
        ReferrersApi::Lists => state
            .list_for(repository, subject)
            .map_or(Vec::new(), |list| state.edges(list).to_vec()),
    }
}

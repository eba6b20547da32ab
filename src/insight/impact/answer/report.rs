//! From numbers to the document: digests, names, causes, times, sums.

mod basis;
mod times;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::difference::Difference;
use super::leak;
use super::partial::{Errs, Partial};
use super::simulate::{Run, Simulator};
use super::tag_index::TagIndex;
use super::{
    ActionAnswer, Answer, BrokenManifest, Cause, FreedObject, GoneManifest, GoneTag, HurtConsumer,
    Referrer,
};
use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::view::Unseen;
use crate::insight::impact::inventory::{BYTES, NONE, ObjectId, RepositoryId};
use crate::insight::impact::policy::{ReferrersApi, Scope, TagDelete};
use crate::insight::impact::request::action::{Action, ActionResult};

use times::Times;

/// Everything that an answer is made from.
pub(in crate::insight::impact) struct Report<'a> {
    pub(in crate::insight::impact) simulator: &'a Simulator,
    pub(in crate::insight::impact) run: &'a Run,
    pub(in crate::insight::impact) found: &'a Difference,
    pub(in crate::insight::impact) actions: &'a [Action],
}

impl Report<'_> {
    pub(in crate::insight::impact) fn answer(&self, in_use: Vec<HurtConsumer>) -> Answer {
        let objects_freed = self.objects();
        let sum = |only_by_actions: bool| {
            let counted = objects_freed
                .iter()
                .filter(|freed| !only_by_actions || freed.cause != Cause::Anyway);
            counted.map(|freed| freed.size).fold(0, u64::saturating_add)
        };
        let mut blind = self.simulator.inventory().view.blind.clone();
        blind.sort_unstable();
        blind.dedup();
        let rules = &self.simulator.initial.rules;
        let mut reasons: Vec<Partial> = blind.iter().map(|what| what.under(rules)).collect();
        reasons.extend(self.may_refuse(&blind));
        let lists = self.fallback_lists();
        let unlisted =
            self.referrers(
                &self.found.unlisted,
                |base, at, referrer, subject| match lists.get(&(at, subject)) {
                    Some(list) => !base.edges(list.0).contains(&referrer.0),
                    None => {
                        !crate::insight::impact::engine::simulation::listed(base, at.0, subject.0)
                            .contains(&referrer.0)
                    }
                },
            );
        Answer {
            policy: self.simulator.policy.name.clone(),
            evidence: self.evidence(),
            when_evidence: self.simulator.policy.knobs.weakest_of_times(),
            assumed: self.assumed(),
            actions: self.action_answers(),
            manifests_gone: self.manifests(),
            tags_gone: self.tags(),
            freed_bytes: sum(false),
            freed_bytes_by_actions: sum(true),
            freed_bytes_on_disk: self.on_disk(),
            objects_freed,
            unlisted,
            dangling_referrers: self.referrers(&self.found.dangling, |base, at, _, subject| {
                !base.answers(at.0, subject.0)
            }),
            broken: self.broken(),
            away_until_restart: self.away(),
            in_use,
            aborted: self.run.aborted.clone(),
            partial_view: !reasons.is_empty(),
            partial_reasons: reasons,
            unknown: self.unknown(),
            leaked: leak::leaked(&self.run.last),
        }
    }

    /// Where indexes are not seen and the policy protects what they list: that the registry may decline.
    fn may_refuse(&self, blind: &[Unseen]) -> Option<Partial> {
        let rules = &self.simulator.initial.rules;
        let is_blind = blind.iter().any(|what| {
            let hides = [
                Unseen::UntaggedManifests,
                Unseen::SomeTags,
                Unseen::SomeManifests,
            ];
            hides.contains(what)
        });
        let pairs = self.actions.iter().zip(&self.run.replies);
        let mut deletions = pairs.filter(|(action, reply)| {
            let is_by_digest = matches!(action, Action::DeleteManifest { .. });
            let drops = rules.tag_delete == TagDelete::DropRow;
            let is_by_last_tag = drops && matches!(action, Action::DeleteTag { .. });
            reply.result == ActionResult::Accepted && (is_by_digest || is_by_last_tag)
        });
        (is_blind && rules.refuses_by_what_is_unseen() && deletions.next().is_some()).then_some(
            Partial {
                what: Unseen::UntaggedManifests,
                words: "an index that is not seen may list what is deleted, and then this registry refuses",
                errs: Errs::Less,
            },
        )
    }

    /// Without the API, in the repositories where something is no longer listed: repository and subject, and what its
    /// fallback tag names if nothing is done.
    fn fallback_lists(&self) -> HashMap<(RepositoryId, ObjectId), ObjectId> {
        let base = &self.simulator.base;
        let mut lists = HashMap::new();
        if base.rules.referrers_api != ReferrersApi::None {
            return lists;
        }
        let mut places: Vec<RepositoryId> =
            self.found.unlisted.iter().map(|(at, _, _)| *at).collect();
        places.dedup();
        for at in places {
            for row in base.rows[at.0 as usize].iter() {
                if let Some((subject, DerivedKind::Fallback)) = base.derived(row)
                    && base.answers_by_tag(at.0, row.object)
                {
                    lists.insert((at, ObjectId(subject)), ObjectId(row.object));
                }
            }
        }
        lists
    }

    fn action_answers(&self) -> Vec<ActionAnswer> {
        let pairs = self.actions.iter().zip(&self.run.replies);
        let answer =
            |(action, reply): (&Action, &crate::insight::impact::request::action::Reply)| {
                let (reference, to) = match action {
                    Action::MoveTag {
                        repository,
                        tag,
                        digest,
                    } => (format!("{repository}:{tag}"), Some(*digest)),
                    other => (other.to_string(), None),
                };
                ActionAnswer {
                    action: action.word(),
                    reference,
                    to,
                    result: reply.result,
                    status: reply.status,
                }
            };
        pairs.map(answer).collect()
    }

    /// Of the one store of all repositories `*`.
    fn name(&self, repository: Option<RepositoryId>) -> Arc<str> {
        match repository {
            Some(id) => Arc::from(self.simulator.inventory().repository_name(id)),
            None => Arc::from("*"),
        }
    }

    /// One name a repository, shared by all its lines.
    fn names<T: Copy + Eq + Hash + Into<Option<RepositoryId>>>(
        &self,
        repositories: impl Iterator<Item = T>,
    ) -> HashMap<T, Arc<str>> {
        let mut names = HashMap::new();
        for repository in repositories {
            names
                .entry(repository)
                .or_insert_with(|| self.name(repository.into()));
        }
        names
    }

    /// By repository name, then digest; the one store first. Sorts numbers instead of texts.
    fn in_order<T: Copy + Into<Option<RepositoryId>>>(
        &self,
        found: &[(T, usize, ObjectId)],
    ) -> Vec<(T, usize, ObjectId)> {
        let inventory = self.simulator.inventory();
        let key = |(at, _, object): &(T, usize, ObjectId)| {
            let at: Option<RepositoryId> = (*at).into();
            let rank = at.and_then(|at| inventory.name_rank.get(at.0 as usize));
            let name = rank.map_or(0, |rank| u64::from(*rank) + 1);
            name << 32 | u64::from(inventory.digest_rank[object.0 as usize])
        };
        let mut ordered = found.to_vec();
        ordered.sort_unstable_by_key(key);
        ordered
    }

    /// Manifests that accepted actions name: repository and object, sorted.
    fn named_manifests(&self) -> Vec<(RepositoryId, ObjectId)> {
        let inventory = self.simulator.inventory();
        let mut named: Vec<(RepositoryId, ObjectId)> = self
            .accepted()
            .filter_map(|action| match action {
                Action::DeleteManifest { repository, digest } => {
                    Some((inventory.repository(repository)?, inventory.object(digest)?))
                }
                _ => None,
            })
            .collect();
        named.sort_unstable();
        named
    }

    fn accepted(&self) -> impl Iterator<Item = &Action> {
        let pairs = self.actions.iter().zip(&self.run.replies);
        pairs
            .filter(|(_, reply)| reply.result == ActionResult::Accepted)
            .map(|(action, _)| action)
    }

    fn manifests(&self) -> Vec<GoneManifest> {
        let named = self.named_manifests();
        let inventory = self.simulator.inventory();
        let places = self.names(self.found.manifests.iter().map(|(at, _, _)| *at));
        self.in_order(&self.found.manifests)
            .iter()
            .map(|(at, member, object)| GoneManifest {
                repository: Arc::clone(&places[at]),
                digest: *inventory.digest(*object),
                size: inventory.size(*object),
                cause: if named.binary_search(&(*at, *object)).is_ok() {
                    Cause::Named
                } else {
                    by_base(!self.simulator.base.holding_answers(at.0, *member, object.0))
                },
            })
            .collect()
    }

    /// What was silenced and answers in the end.
    fn away(&self) -> Vec<GoneManifest> {
        let silenced = self.run.silenced.iter();
        let back = silenced.filter(|(at, object)| self.run.last.answers(at.0, object.0));
        let mut away: Vec<GoneManifest> = back
            .map(|(at, object)| GoneManifest {
                repository: self.name(Some(*at)),
                digest: *self.simulator.inventory().digest(*object),
                size: self.simulator.inventory().size(*object),
                cause: Cause::Named,
            })
            .collect();
        away.sort_unstable();
        away.dedup();
        away
    }

    fn tags(&self) -> Vec<GoneTag> {
        let inventory = self.simulator.inventory();
        let named: Vec<(RepositoryId, &str)> = self
            .accepted()
            .filter_map(|action| match action {
                Action::DeleteTag { repository, tag } => {
                    Some((inventory.repository(repository)?, tag.as_str()))
                }
                _ => None,
            })
            .collect();
        let mut named = named;
        named.sort_unstable();
        let places = self.names(self.found.tags.iter().map(|(at, _, _)| *at));
        let mut base: HashMap<RepositoryId, TagIndex> = HashMap::new();
        for (at, _, _) in &self.found.tags {
            base.entry(*at)
                .or_insert_with(|| TagIndex::of(&self.simulator.base, at.0));
        }
        let mut gone: Vec<GoneTag> = self
            .found
            .tags
            .iter()
            .map(|(at, tag, _)| {
                let name = self.simulator.initial.tag_name(*tag);
                let cause = if named.binary_search(&(*at, name)).is_ok() {
                    Cause::Named
                } else {
                    by_base(base[at].tagged(&self.simulator.base, *tag).is_none())
                };
                GoneTag {
                    repository: Arc::clone(&places[at]),
                    tag: name.to_owned(),
                    cause,
                }
            })
            .collect();
        gone.sort_unstable();
        gone
    }

    fn objects(&self) -> Vec<FreedObject> {
        let inventory = self.simulator.inventory();
        let base = &self.simulator.base;
        // In a store of its own only what was named there; in the one of all, wherever it was named.
        let named = self.named_manifests();
        let mut named_anywhere: Vec<ObjectId> = named.iter().map(|(_, object)| *object).collect();
        named_anywhere.sort_unstable();
        let is_named = |at: Option<RepositoryId>, object: ObjectId| match at {
            None => named_anywhere.binary_search(&object).is_ok(),
            Some(at) => named.binary_search(&(at, object)).is_ok(),
        };
        let places = self.names(self.found.objects.iter().map(|(at, _, _)| *at));
        let times = Times::of(&self.run.last);
        self.in_order(&self.found.objects)
            .iter()
            .map(|(at, member, object)| {
                let is_freed_anyway = if at.is_none() {
                    !base.stored.contains(object.0 as usize)
                } else {
                    base.flags[*member] & BYTES == 0
                };
                FreedObject {
                    scope: Arc::clone(&places[at]),
                    digest: *inventory.digest(*object),
                    size: inventory.size(*object),
                    when: times.when(*member, object.0),
                    cause: if is_freed_anyway {
                        Cause::Anyway
                    } else if is_named(*at, *object) {
                        Cause::Named
                    } else {
                        Cause::Collateral
                    },
                }
            })
            .collect()
    }

    /// What the disk gives back: linked bytes once, with the last link.
    fn on_disk(&self) -> Option<u64> {
        let inventory = self.simulator.inventory();
        if !inventory.view.is_storage {
            return None;
        }
        let is_linked = self.simulator.initial.rules.store_scope == Scope::Repository
            && !inventory.inodes.is_empty();
        let mut links: HashMap<u32, (u32, u64)> = HashMap::new();
        let mut bytes = 0u64;
        for (_, member, object) in &self.found.objects {
            let inode = if is_linked {
                inventory.inodes.get(*member).copied().unwrap_or(NONE)
            } else {
                NONE
            };
            if inode == NONE {
                bytes = bytes.saturating_add(inventory.size(*object));
            } else {
                links.entry(inode).or_insert((0, inventory.size(*object))).0 += 1;
            }
        }
        let is_last = |inode: &u32, freed: u32| {
            inventory
                .inode_links
                .get(inode)
                .is_none_or(|all| *all == freed)
        };
        let shared = links
            .iter()
            .filter(|(inode, (freed, _))| is_last(inode, *freed))
            .map(|(_, (_, size))| *size);
        Some(shared.fold(bytes, u64::saturating_add))
    }

    fn referrers(
        &self,
        found: &[(RepositoryId, ObjectId, ObjectId)],
        in_base: impl Fn(&State, RepositoryId, ObjectId, ObjectId) -> bool,
    ) -> Vec<Referrer> {
        let (base, inventory) = (&self.simulator.base, self.simulator.inventory());
        let places = self.names(found.iter().map(|(at, _, _)| *at));
        let mut referrers: Vec<Referrer> = found
            .iter()
            .filter(|(_, _, subject)| subject.0 != NONE)
            .map(|(at, referrer, subject)| Referrer {
                repository: Arc::clone(&places[at]),
                digest: *inventory.digest(*referrer),
                subject: *inventory.digest(*subject),
                cause: by_base(
                    base.answers(at.0, referrer.0) && in_base(base, *at, *referrer, *subject),
                ),
            })
            .collect();
        referrers.sort_unstable();
        referrers.dedup();
        referrers
    }

    fn broken(&self) -> Vec<BrokenManifest> {
        let (base, inventory) = (&self.simulator.base, self.simulator.inventory());
        let is_missing = |at: RepositoryId, object: ObjectId| {
            let member = inventory.member(at.0, object.0);
            !member.is_some_and(|member| {
                base.holding_answers(at.0, member, object.0)
                    || base.holding_serves(member, object.0)
            })
        };
        let places = self.names(self.found.broken.iter().map(|(at, _, _)| *at));
        let mut broken: Vec<BrokenManifest> = self
            .found
            .broken
            .iter()
            .map(|(at, object, missing)| BrokenManifest {
                repository: Arc::clone(&places[at]),
                digest: *inventory.digest(*object),
                missing: {
                    let mut missing: Vec<_> = missing
                        .iter()
                        .map(|object| *inventory.digest(*object))
                        .collect();
                    missing.sort_unstable();
                    missing
                },
                cause: by_base(
                    base.answers(at.0, object.0)
                        && missing.iter().all(|missing| is_missing(*at, *missing)),
                ),
            })
            .collect();
        broken.sort_unstable();
        broken
    }
}

const fn by_base(is_so_anyway: bool) -> Cause {
    if is_so_anyway {
        Cause::Anyway
    } else {
        Cause::Collateral
    }
}

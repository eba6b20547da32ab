//! Why something is kept, or by whose action it goes.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::Serialize;

use crate::oci::Digest;

use super::action::{Action, ActionResult};
use super::api;
use super::derived::DerivedKind;
use super::foretell::{Foreteller, Run};
use super::inventory::{Inventory, NONE, ObjectId, ROW, Row};
use super::policy::{ChildEdge, Collector, DanglingReferrer, Roots, SubjectEdge};
use super::state::State;

/// One root that keeps an object, and the way from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptBy {
    /// `repository:tag`, or `repository@digest` for a manifest that is kept without one.
    pub root: String,
    /// From what the root names to the object, both included.
    pub path: Vec<Digest>,
}

/// How often an object is named, by kind; in each repository on its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct References {
    /// By indexes, as a child.
    pub child: u32,
    /// By images, as their config.
    pub config: u32,
    /// By images and artifacts, as a layer.
    pub layer: u32,
    /// By referrers, as their subject.
    pub subject: u32,
    /// By tags.
    pub tag: u32,
}

/// The answer to "why is this kept?".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// 1.
    pub schema: u32,
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

impl Foreteller {
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
            schema: 1,
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
    state.inventory.holding(repository, object).is_some()
}

/// Counts of what names `object`, at one moment.
fn count(state: &State, object: u32) -> References {
    let inventory = &state.inventory;
    let mut counts = References::default();
    for (repository, _) in inventory.repositories() {
        for holder in inventory
            .parents
            .of(object)
            .iter()
            .filter(|holder| state.answers(repository.0, **holder))
        {
            count_edges(inventory, *holder, object, &mut counts);
        }
        let referrers = inventory.referrers.of(object).iter();
        counts.subject += length(
            referrers
                .filter(|referrer| state.answers(repository.0, **referrer))
                .count(),
        );
        let rows = state.rows[repository.0 as usize].iter();
        counts.tag += length(
            rows.filter(|row| row.object == object && row.tag != NONE)
                .count(),
        );
    }
    counts
}

fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn count_edges(inventory: &Inventory, holder: u32, object: u32, counts: &mut References) {
    let is_index = inventory.kinds[holder as usize].has_children();
    for (place, _) in inventory
        .edges
        .of(holder)
        .iter()
        .enumerate()
        .filter(|(_, to)| **to == object)
    {
        let counter = match (
            is_index,
            place == 0 && inventory.has_config[holder as usize],
        ) {
            (true, _) => &mut counts.child,
            (false, true) => &mut counts.config,
            (false, false) => &mut counts.layer,
        };
        *counter += 1;
    }
}

impl Inventory {
    /// How often each object is named, in one pass over everything. `O(V + E)`; 20 bytes an object.
    pub fn reference_counts(&self) -> Vec<References> {
        let mut counts = vec![References::default(); self.object_count()];
        for (repository, _) in self.repositories() {
            for manifest in self.manifests(repository) {
                let is_index = self.kinds[manifest.0 as usize].has_children();
                for (place, to) in self.edges.of(manifest.0).iter().enumerate() {
                    let counts = &mut counts[*to as usize];
                    match (is_index, place == 0 && self.has_config[manifest.0 as usize]) {
                        (true, _) => counts.child += 1,
                        (false, true) => counts.config += 1,
                        (false, false) => counts.layer += 1,
                    }
                }
                if let Some(subject) = counts.get_mut(self.subjects[manifest.0 as usize] as usize) {
                    subject.subject += 1;
                }
            }
            for (_, object) in self.tags(repository) {
                counts[object.0 as usize].tag += 1;
            }
        }
        counts
    }
}

/// A walk from an object up to what keeps it, within one repository.
struct Ways<'a> {
    state: &'a State,
    repository: u32,
}

impl Ways<'_> {
    /// Breadth first, so that the first way to a root is a shortest one.
    fn collect(&self, object: u32, by: &mut Vec<KeptBy>) {
        let mut next: HashMap<u32, u32> = HashMap::from([(object, NONE)]);
        let mut queue = VecDeque::from([object]);
        let inventory = &self.state.inventory;
        let name = inventory
            .repositories
            .get(self.repository as usize)
            .map_or("", AsRef::as_ref);
        while let Some(at) = queue.pop_front() {
            for row in self.roots(at) {
                let root = if row.tag == NONE {
                    format!("{name}@{}", inventory.digests[at as usize])
                } else {
                    format!("{name}:{}", self.state.tag_name(row.tag))
                };
                let mut path = Vec::new();
                let mut step = at;
                while step != NONE {
                    path.push(inventory.digests[step as usize]);
                    step = next.get(&step).copied().unwrap_or(NONE);
                }
                by.push(KeptBy { root, path });
            }
            // distribution 2.8 keeps what a root names and nothing below it.
            if self.state.rules.child_edge == ChildEdge::BytesOnly && at != object {
                continue;
            }
            for above in self.above(at) {
                next.entry(above).or_insert_with(|| {
                    queue.push_back(above);
                    at
                });
            }
        }
    }

    /// Everything that holds `object`, itself included.
    fn ancestors(&self, object: u32) -> HashSet<u32> {
        let mut found = HashSet::from([object]);
        let mut queue = vec![object];
        while let Some(at) = queue.pop() {
            queue.extend(
                self.above(at)
                    .into_iter()
                    .filter(|above| found.insert(*above)),
            );
        }
        found
    }

    /// What keeps `object` if it is kept itself.
    fn above(&self, object: u32) -> Vec<u32> {
        let inventory = &self.state.inventory;
        let rules = &self.state.rules;
        let needs_row = matches!(
            rules.child_edge,
            ChildEdge::DeepWithRow | ChildEdge::RowOnly
        );
        let keeps = |holder: &u32| {
            // A list of referrers is machinery: the way goes from the subject to the referrer.
            let is_list =
                self.state.rules.keeps_lists() && self.state.list_for_any(self.repository, *holder);
            !is_list
                && self.state.has_bytes(self.repository, *holder)
                && (!needs_row || self.state.answers(self.repository, *holder))
        };
        let mut above: Vec<u32> = inventory
            .parents
            .of(object)
            .iter()
            .copied()
            .filter(|holder| keeps(holder))
            .collect();
        match rules.subject_edge {
            SubjectEdge::LivesWithSubject => {
                above.extend(
                    self.state
                        .subject(object)
                        .filter(|subject| self.state.answers(self.repository, *subject)),
                );
            }
            SubjectEdge::PinsSubject => above.extend(
                inventory
                    .referrers
                    .of(object)
                    .iter()
                    .copied()
                    .filter(|r| self.is_row(*r)),
            ),
            SubjectEdge::Ignored | SubjectEdge::PinsReferrer => {}
        }
        for row in self.state.rows[self.repository as usize]
            .iter()
            .filter(|row| row.object == object)
        {
            above.extend(
                self.owner(row)
                    .map(|(subject, _)| subject)
                    .filter(|subject| self.is_row(*subject)),
            );
        }
        above
    }

    fn is_row(&self, object: u32) -> bool {
        object != NONE && self.state.flags_of(self.repository, object) & ROW != 0
    }

    /// The subject that a row's tag belongs to, under this policy.
    fn owner(&self, row: &Row) -> Option<(u32, DerivedKind)> {
        self.state
            .derived(row)
            .filter(|(_, kind)| self.state.rules.is_derived(*kind))
    }

    /// The rows of `object` that keep it by themselves.
    fn roots(&self, object: u32) -> Vec<Row> {
        let rules = &self.state.rules;
        let is_root = |row: &&Row| {
            if row.object != object || row.lists_for != NONE {
                return false;
            }
            if row.tag != NONE {
                return self.owner(row).is_none();
            }
            let keeps_all = matches!(rules.collector, Collector::None | Collector::Counting);
            if rules.roots != Roots::TaggedRows || keeps_all {
                return true;
            }
            let Some(subject) = self.state.subject(object) else {
                return false;
            };
            match rules.subject_edge {
                SubjectEdge::PinsReferrer | SubjectEdge::PinsSubject => true,
                SubjectEdge::LivesWithSubject => {
                    rules.dangling == DanglingReferrer::Keep && !self.is_row(subject)
                }
                SubjectEdge::Ignored => false,
            }
        };
        let mut roots: Vec<Row> = self.state.rows[self.repository as usize]
            .iter()
            .filter(is_root)
            .copied()
            .collect();
        roots.dedup();
        roots
    }
}

//! The ways from what is kept up to the roots that keep it.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::{NONE, ROW, Row};
use crate::insight::impact::policy::{ChildEdge, Collector, DanglingReferrer, Roots, SubjectEdge};

use super::KeptBy;

/// A walk from an object up to what keeps it, within one repository.
pub(super) struct Ways<'a> {
    pub(super) state: &'a State,
    pub(super) repository: u32,
}

impl Ways<'_> {
    /// Breadth first, so that the first way to a root is a shortest one.
    pub(super) fn collect(&self, object: u32, by: &mut Vec<KeptBy>) {
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
    pub(super) fn ancestors(&self, object: u32) -> HashSet<u32> {
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

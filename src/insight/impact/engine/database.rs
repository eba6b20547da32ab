//! Registries that keep their manifests in a database: a deletion takes referrers and children along as its rules say,
//! and the collector deletes by the same rules as a person. Harbor (`deleteDeeply`) and GitLab (foreign keys).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::state::State;
use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::{LINK, NONE, ObjectId, ObjectKind, ROW, RepositoryId, Row};
use crate::insight::impact::policy::{
    Cascade, DerivedTags, KnobName, ListedReferrer, ManifestBytes, Roots, SubjectEdge, SubjectField,
};

/// Records the signatures that tags of the inventory name, where the registry keeps such records.
pub(in crate::insight::impact) fn record_all(state: &mut State) {
    if state.rules.derived != DerivedTags::SignaturesWhenPushed {
        return;
    }
    for repository in 0u32..u32::try_from(state.rows.len()).unwrap_or(NONE) {
        for row in Arc::clone(&state.rows[repository as usize]).iter() {
            record(state, repository, row);
        }
    }
}

/// Records a signature when it is pushed under its tag; the record outlives the tag.
pub(in crate::insight::impact) fn record(state: &mut State, repository: u32, row: &Row) {
    if state.rules.derived != DerivedTags::SignaturesWhenPushed
        || !state.inventory.signatures.contains(&row.object)
    {
        return;
    }
    if let Some((subject, DerivedKind::Signature)) = state.derived(row) {
        let entry = (
            RepositoryId(repository),
            ObjectId(subject),
            ObjectId(row.object),
        );
        if !state.recorded.contains(&entry) {
            state.recorded.push(entry);
        }
    }
}

/// The referrers of `object` that the repository answers for.
pub(in crate::insight::impact) fn referrers(
    state: &State,
    repository: u32,
    object: u32,
) -> Vec<u32> {
    let by_subject = state.inventory.referrers.of(object).iter().copied();
    let counts = |referrer: &u32| {
        state.rules.subject_field == SubjectField::All || !state.kind(*referrer).has_children()
    };
    let by_record = state.recorded.iter();
    let by_record = by_record.filter(|(at, subject, _)| at.0 == repository && subject.0 == object);
    let mut referrers: Vec<u32> = by_subject
        .filter(counts)
        .chain(by_record.map(|(_, _, signature)| signature.0))
        .filter(|referrer| state.flags_of(repository, *referrer) & ROW != 0)
        .collect();
    referrers.sort_unstable();
    referrers.dedup();
    referrers
}

/// Whether a record is of the signature `object`.
fn is_signature(
    repository: u32,
    object: u32,
) -> impl Fn(&(RepositoryId, ObjectId, ObjectId)) -> bool {
    move |(at, _, signature)| at.0 == repository && signature.0 == object
}

/// Whether `object` is anybody's referrer, whether or not that is there.
fn is_referrer(state: &State, repository: u32, object: u32) -> bool {
    let by_subject = state.subject(object).is_some()
        && (state.rules.subject_field == SubjectField::All || !state.kind(object).has_children());
    by_subject || state.recorded.iter().any(is_signature(repository, object))
}

/// Deletes a manifest with all that goes along; nothing where the registry declines, with its status.
pub(in crate::insight::impact) fn delete(
    state: &mut State,
    repository: u32,
    object: u32,
) -> Result<(), u16> {
    let mut run = Deleting::new(state, repository);
    let result = run.delete(object);
    let gone = run.finish();
    for object in gone {
        if drop_row_bytes(state, object) {
            state.dropped.push((NONE, object));
        }
    }
    result
}

/// The collector's part before blobs: whatever no tag names and no index lists is deleted by the same rules, the newest
/// first, until nothing more goes. What a rule refuses stays.
pub(in crate::insight::impact) fn collect_rows(state: &mut State, repository: u32) {
    if state.rules.roots != Roots::TaggedRows {
        return;
    }
    let births: HashMap<u32, usize> = state
        .born
        .iter()
        .enumerate()
        .filter(|(_, (at, _))| at.0 == repository)
        .map(|(place, (_, object))| (object.0, place + 1))
        .collect();
    loop {
        let mut run = Deleting::new(state, repository);
        let mut candidates = run.candidates();
        // Where nobody saw the order, indexes count as newer: then more goes, and a person is warned.
        candidates.sort_by_key(|object| {
            let birth = births.get(object).copied().unwrap_or(0);
            let is_index = run.state.kind(*object).has_children();
            std::cmp::Reverse((birth, is_index))
        });
        for candidate in candidates {
            if run.is_there(candidate) {
                // What is declined now is looked at again in the next round.
                let _ = run.delete(candidate);
            }
        }
        let gone = run.finish();
        if gone.is_empty() {
            return;
        }
        for object in gone {
            drop_row_bytes(state, object);
        }
    }
}

/// Where the bytes are in the rows: they go with the last one. Whether they did.
fn drop_row_bytes(state: &mut State, object: u32) -> bool {
    if state.rules.manifest_bytes != ManifestBytes::Row || !state.stored.contains(object as usize) {
        return false;
    }
    let parents = state.inventory.parents.of(object).iter();
    let images: Vec<u32> = parents
        .copied()
        .filter(|parent| !state.kind(*parent).has_children())
        .collect();
    let mut repositories = state.inventory.repositories();
    let keeps = |repository: u32| {
        let has_row = |object: &u32| state.flags_of(repository, *object) & ROW != 0;
        // What was uploaded as a blob too, or is some image's layer, is stored as one.
        state.flags_of(repository, object) & (ROW | LINK) != 0 || images.iter().any(has_row)
    };
    if repositories.any(|(id, _)| keeps(id.0)) {
        return false;
    }
    state.stored.remove(object as usize);
    true
}

/// What is left to do of a deletion.
enum Task {
    /// Look at a referrer.
    Referrer(u32),
    /// Forget that the first lists the second, and look at that.
    Child(u32, u32),
    /// Take it away.
    Remove(u32),
}

struct Deleting<'s> {
    state: &'s mut State,
    repository: u32,
    tagged: HashSet<u32>,
    /// Entries of indexes that were deleted ahead of their index.
    cut: HashSet<(u32, u32)>,
    /// What is being deleted or was: nothing is begun twice, whatever names what.
    begun: HashSet<u32>,
    gone: Vec<u32>,
}

impl<'s> Deleting<'s> {
    fn new(state: &'s mut State, repository: u32) -> Self {
        let rows = state.rows[repository as usize].iter();
        let tagged = rows.filter(|row| row.tag != NONE).map(|row| row.object);
        Self {
            tagged: tagged.collect(),
            state,
            repository,
            cut: HashSet::new(),
            begun: HashSet::new(),
            gone: Vec::new(),
        }
    }

    fn candidates(&self) -> Vec<u32> {
        let pins = self.state.rules.subject_edge == SubjectEdge::PinsReferrer;
        let rows = self.state.rows[self.repository as usize].iter();
        let untagged = rows.filter(|row| row.tag == NONE).map(|row| row.object);
        untagged
            .filter(|object| self.is_there(*object) && !self.is_listed(*object))
            .filter(|object| !(pins && is_referrer(self.state, self.repository, *object)))
            .collect()
    }

    fn is_there(&self, object: u32) -> bool {
        self.state.flags_of(self.repository, object) & ROW != 0
    }

    /// Whether an index that has a row lists `object`.
    fn is_listed(&self, object: u32) -> bool {
        let parents = self.state.inventory.parents.of(object).iter();
        let mut indexes = parents.filter(|parent| self.state.kind(**parent) == ObjectKind::Index);
        indexes.any(|parent| self.is_there(*parent) && !self.cut.contains(&(*parent, object)))
    }

    fn delete(&mut self, object: u32) -> Result<(), u16> {
        match self.state.rules.listed_referrer {
            ListedReferrer::Refuses(status) => self.delete_by_keys(object, status),
            ListedReferrer::Goes | ListedReferrer::Stays => {
                self.delete_deeply(object);
                Ok(())
            }
        }
    }

    /// GitLab: the row and, by foreign key, its referrers to any depth; nothing where an index lists one of them.
    fn delete_by_keys(&mut self, object: u32, status: u16) -> Result<(), u16> {
        let mut going = vec![object];
        let mut seen: HashSet<u32> = going.iter().copied().collect();
        let mut next = 0;
        while let Some(object) = going.get(next).copied() {
            next += 1;
            if next > 1 {
                self.state.consult(KnobName::delete_cascade);
            }
            if self.is_listed(object) {
                self.state.consult(KnobName::listed_referrer);
                return Err(status);
            }
            if self.state.rules.cascade != Cascade::None {
                let referrers = referrers(self.state, self.repository, object);
                going.extend(referrers.into_iter().filter(|object| seen.insert(*object)));
            }
        }
        for object in going {
            self.remove(object);
        }
        Ok(())
    }

    /// Harbor: referrers first, then children that neither a tag nor another index holds, each with its own.
    fn delete_deeply(&mut self, object: u32) {
        let mut tasks = Vec::new();
        self.begin(object, &mut tasks);
        while let Some(task) = tasks.pop() {
            match task {
                Task::Referrer(referrer) => {
                    let stays = self.is_listed(referrer)
                        && self.state.rules.listed_referrer == ListedReferrer::Stays;
                    self.state.consult(KnobName::delete_cascade);
                    if stays {
                        self.state.consult(KnobName::listed_referrer);
                    } else {
                        self.begin(referrer, &mut tasks);
                    }
                }
                Task::Child(parent, child) => {
                    self.cut.insert((parent, child));
                    if !self.tagged.contains(&child) && !self.is_listed(child) {
                        self.state.consult(KnobName::delete_cascade);
                        self.begin(child, &mut tasks);
                    }
                }
                Task::Remove(object) => self.remove(object),
            }
        }
    }

    fn begin(&mut self, object: u32, tasks: &mut Vec<Task>) {
        if !self.is_there(object) || !self.begun.insert(object) {
            return;
        }
        self.forget(object);
        tasks.push(Task::Remove(object));
        if self.state.rules.cascade == Cascade::ReferrersAndChildren
            && self.state.kind(object).has_children()
        {
            let inventory = Arc::clone(&self.state.inventory);
            let children = inventory.edges.of(object).iter().rev();
            tasks.extend(children.map(|child| Task::Child(object, *child)));
        }
        if self.state.rules.cascade != Cascade::None {
            let referrers = referrers(self.state, self.repository, object);
            tasks.extend(referrers.into_iter().rev().map(Task::Referrer));
        }
    }

    fn forget(&mut self, object: u32) {
        let repository = self.repository;
        let is_it = is_signature(repository, object);
        self.state.recorded.retain(|entry| !is_it(entry));
    }

    fn remove(&mut self, object: u32) {
        if self.is_there(object) {
            self.forget(object);
            self.state.clear(self.repository, object, ROW);
            self.gone.push(object);
        }
    }

    /// Takes the rows and tags of what went, all at once.
    fn finish(self) -> Vec<u32> {
        if !self.gone.is_empty() {
            let gone: HashSet<u32> = self.gone.iter().copied().collect();
            let rows = self.state.rows_mut(self.repository);
            rows.retain(|row| !gone.contains(&row.object));
        }
        self.gone
    }
}

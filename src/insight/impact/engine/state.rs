//! What a registry has at one moment of a simulation: the inventory and what changed since.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::{database, normalize_rows};
use crate::insight::impact::inventory::derived::{DerivedKind, derived_from};
use crate::insight::impact::inventory::{
    ABSORBED, BYTES, Inventory, LINK, NONE, ObjectId, ObjectKind, ROW, RepositoryId, Row,
};
use crate::insight::impact::policy::quirk::Quirk;
use crate::insight::impact::policy::rules::Rules;
use crate::insight::impact::policy::{DigestDelete, KnobName, Scope};

/// A changeable copy: cheap to clone, since repositories that did not change share their rows.
#[derive(Clone)]
pub(in crate::insight::impact) struct State {
    pub(in crate::insight::impact) inventory: Arc<Inventory>,
    pub(in crate::insight::impact) rules: Arc<Rules>,
    pub(in crate::insight::impact) rows: Vec<Arc<Vec<Row>>>,
    /// One a holding.
    pub(in crate::insight::impact) flags: Vec<u8>,
    /// The one store of all repositories, where there is one.
    pub(in crate::insight::impact) stored: FixedBitSet,
    pub(in crate::insight::impact) ever_tagged: Vec<bool>,
    /// Lists of referrers that the simulated registry wrote: objects after those of the inventory.
    pub(in crate::insight::impact) lists: Vec<Vec<u32>>,
    pub(in crate::insight::impact) new_tags: Vec<Box<str>>,
    /// For each of those: the object whose digest it has in it ([`NONE`]: nobody has it), and what for.
    new_derived: Vec<Option<(u32, DerivedKind)>>,
    /// Manifests that counters killed, whose content is still to be looked at.
    pub(in crate::insight::impact) killed: Vec<(RepositoryId, ObjectId)>,
    /// How many of those were looked at for what they named.
    pub(in crate::insight::impact) settled: usize,
    /// Bytes that left before any collection: holding or [`NONE`], object.
    pub(in crate::insight::impact) dropped: Vec<(u32, u32)>,
    /// Knobs that something depended on, as bits.
    consulted: Cell<u64>,
    /// Signatures that were recorded when they were pushed: repository, subject ([`NONE`]: nobody has it), signature.
    pub(in crate::insight::impact) recorded: Vec<(RepositoryId, ObjectId, ObjectId)>,
    /// Manifests in the order in which they were first pushed in this simulation: repository, manifest.
    pub(in crate::insight::impact) born: Vec<(RepositoryId, ObjectId)>,
    /// Why the collector gave up in a repository, where that does not end the whole run.
    pub(in crate::insight::impact) aborted: BTreeMap<u32, String>,
    /// Whether something was accepted that an option of the configuration decides on.
    pub(in crate::insight::impact) assumes_deletion: Cell<bool>,
    /// Whether there were tags that rules of the configuration could take.
    pub(in crate::insight::impact) assumes_no_retention: Cell<bool>,
}

impl State {
    pub(in crate::insight::impact) fn new(inventory: Arc<Inventory>, rules: Arc<Rules>) -> Self {
        let mut stored = FixedBitSet::with_capacity(inventory.object_count());
        for (object, flags) in inventory
            .repository_objects
            .targets
            .iter()
            .zip(&inventory.flags)
        {
            if flags & BYTES != 0 {
                stored.insert(*object as usize);
            }
        }
        stored.extend(inventory.unlinked.iter().map(|object| *object as usize));
        let mut state = Self {
            rows: inventory.rows.clone(),
            flags: inventory.flags.clone(),
            stored,
            ever_tagged: inventory.ever_tagged.clone(),
            inventory,
            rules,
            lists: Vec::new(),
            new_tags: Vec::new(),
            new_derived: Vec::new(),
            killed: Vec::new(),
            settled: 0,
            dropped: Vec::new(),
            consulted: Cell::new(0),
            recorded: Vec::new(),
            born: Vec::new(),
            aborted: BTreeMap::new(),
            assumes_deletion: Cell::new(false),
            assumes_no_retention: Cell::new(false),
        };
        normalize_rows::normalize_rows(&mut state);
        database::record_all(&mut state);
        state
    }

    /// A list of referrers of the registry's own making; equal ones are one object, as their digests would be.
    pub(in crate::insight::impact) fn write_list(&mut self, members: Vec<u32>) -> u32 {
        let known = self.lists.iter().position(|list| *list == members);
        match known {
            Some(place) => self.list_number(place),
            None => self.new_list(members),
        }
    }

    /// A list that is known to be like no other.
    pub(in crate::insight::impact) fn new_list(&mut self, members: Vec<u32>) -> u32 {
        self.lists.push(members);
        self.list_number(self.lists.len() - 1)
    }

    fn list_number(&self, place: usize) -> u32 {
        u32::try_from(self.inventory.object_count() + place).unwrap_or(NONE)
    }

    /// Becomes what `other` came to, without forgetting what was consulted on the way here.
    pub(in crate::insight::impact) fn clone_results_of(&mut self, other: &Self) {
        let consulted = self.consulted.get() | other.consulted.get();
        let assumes = self.assumes_deletion.get() || other.assumes_deletion.get();
        self.clone_from(other);
        self.consulted.set(consulted);
        self.assumes_deletion.set(assumes);
    }

    /// Where and why the collector gave up, for repositories that it gave up on one by one.
    pub(in crate::insight::impact) fn aborted_words(&self) -> Option<String> {
        let words = self.aborted.iter().map(|(repository, reason)| {
            let name = &self.inventory.repositories[*repository as usize];
            format!("{name}: {reason}")
        });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// Notes that what follows depends on `name`.
    pub(in crate::insight::impact) fn consult(&self, name: KnobName) {
        self.consulted.set(self.consulted.get() | 1 << name as u64);
    }

    /// The knobs that something depended on, known or not.
    pub(in crate::insight::impact) fn consulted(&self) -> impl Iterator<Item = KnobName> {
        let bits = self.consulted.get();
        KnobName::ALL
            .iter()
            .copied()
            .filter(move |name| bits & (1 << *name as u64) != 0)
    }

    /// How many objects there are, with the lists that the simulation wrote.
    pub(in crate::insight::impact) fn object_count(&self) -> usize {
        self.inventory.object_count() + self.lists.len()
    }

    #[inline]
    pub(in crate::insight::impact) fn kind(&self, object: u32) -> ObjectKind {
        self.inventory
            .kinds
            .get(object as usize)
            .copied()
            .unwrap_or(ObjectKind::ReferrersList)
    }

    /// What a manifest names, in order.
    #[inline]
    pub(in crate::insight::impact) fn edges(&self, object: u32) -> &[u32] {
        let known = self.inventory.object_count();
        if (object as usize) < known {
            self.inventory.edges.of(object)
        } else {
            self.lists
                .get(object as usize - known)
                .map_or(&[], Vec::as_slice)
        }
    }

    pub(in crate::insight::impact) fn subject(&self, object: u32) -> Option<u32> {
        self.inventory
            .subjects
            .get(object as usize)
            .copied()
            .filter(|subject| *subject != NONE)
    }

    #[inline]
    pub(in crate::insight::impact) fn flags_of(&self, repository: u32, object: u32) -> u8 {
        self.inventory
            .member(repository, object)
            .map_or(0, |member| self.flags[member])
    }

    pub(in crate::insight::impact) fn set(&mut self, repository: u32, object: u32, bits: u8) {
        if let Some(member) = self.inventory.member(repository, object) {
            self.flags[member] |= bits;
        }
        if bits & BYTES != 0 && (object as usize) < self.stored.len() {
            self.stored.insert(object as usize);
        }
    }

    pub(in crate::insight::impact) fn clear(&mut self, repository: u32, object: u32, bits: u8) {
        if let Some(member) = self.inventory.member(repository, object) {
            self.flags[member] &= !bits;
        }
    }

    /// Whether the data of a holding is there.
    #[inline]
    pub(in crate::insight::impact) fn member_has_bytes(&self, member: usize, object: u32) -> bool {
        match self.rules.store_scope {
            Scope::Global => self.stored.contains(object as usize),
            Scope::Repository => self.flags[member] & BYTES != 0,
        }
    }

    /// Whether the data of `object` is there as `repository` sees it.
    #[inline]
    pub(in crate::insight::impact) fn has_bytes(&self, repository: u32, object: u32) -> bool {
        if object as usize >= self.inventory.object_count() {
            return true;
        }
        match self.rules.store_scope {
            Scope::Global => self.stored.contains(object as usize),
            Scope::Repository => self.flags_of(repository, object) & BYTES != 0,
        }
    }

    /// The bits of which one is enough for a manifest to be found by digest.
    pub(in crate::insight::impact) fn answering_bits(&self) -> u8 {
        if self.rules.has(Quirk::LayerLinkAnswers) {
            ROW | ABSORBED | LINK
        } else {
            ROW | ABSORBED
        }
    }

    /// Whether the repository answers for a holding as a manifest.
    #[inline]
    pub(in crate::insight::impact) fn holding_answers(
        &self,
        repository: u32,
        member: usize,
        object: u32,
    ) -> bool {
        self.flags[member] & self.answering_bits() != 0
            && self.kind(object).is_manifest()
            && self.member_has_bytes(member, object)
            && !(self.rules.keeps_lists() && self.rows[repository as usize].is_empty())
    }

    /// Whether GET of the manifest by digest succeeds.
    pub(in crate::insight::impact) fn answers(&self, repository: u32, object: u32) -> bool {
        self.inventory
            .member(repository, object)
            .is_some_and(|member| self.holding_answers(repository, member, object))
    }

    /// Whether the repository serves a holding as a blob.
    #[inline]
    pub(in crate::insight::impact) fn holding_serves(&self, member: usize, object: u32) -> bool {
        let bits = match self.rules.store_scope {
            Scope::Global => LINK,
            Scope::Repository => BYTES,
        };
        self.flags[member] & bits != 0 && self.member_has_bytes(member, object)
    }

    /// Whether GET of `tag` succeeds, and with what.
    pub(in crate::insight::impact) fn tagged(&self, repository: u32, tag: u32) -> Option<u32> {
        let row = self.rows[repository as usize]
            .iter()
            .find(|row| row.tag == tag && tag != NONE)?;
        self.answers_by_tag(repository, row.object)
            .then_some(row.object)
    }

    /// Whether GET of a tag that names `object` succeeds.
    pub(in crate::insight::impact) fn answers_by_tag(&self, repository: u32, object: u32) -> bool {
        match self.rules.digest_delete {
            DigestDelete::KeyOnly => self.has_bytes(repository, object),
            _ => self.answers(repository, object),
        }
    }

    pub(in crate::insight::impact) fn rows_mut(&mut self, repository: u32) -> &mut Vec<Row> {
        Arc::make_mut(&mut self.rows[repository as usize])
    }

    /// Whether any row of `repository` is for `object`.
    pub(in crate::insight::impact) fn has_row_entry(&self, repository: u32, object: u32) -> bool {
        self.rows[repository as usize]
            .iter()
            .any(|row| row.object == object)
    }

    /// The number of a tag's name, if anything has it.
    pub(in crate::insight::impact) fn tag_number(&self, name: &str) -> Option<u32> {
        self.inventory.tag_numbers.get(name).copied().or_else(|| {
            let place = self
                .new_tags
                .iter()
                .position(|known| known.as_ref() == name)?;
            u32::try_from(self.inventory.tag_names.len() + place).ok()
        })
    }

    /// The number of a tag's name, given out if need be.
    pub(in crate::insight::impact) fn intern_tag(&mut self, name: &str) -> u32 {
        self.tag_number(name).unwrap_or_else(|| {
            self.new_tags.push(name.into());
            let object = |digest| self.inventory.object(&digest).map_or(NONE, |id| id.0);
            self.new_derived
                .push(derived_from(name).map(|(digest, kind)| (object(digest), kind)));
            u32::try_from(self.inventory.tag_names.len() + self.new_tags.len() - 1).unwrap_or(NONE)
        })
    }

    /// The name of a tag.
    pub(in crate::insight::impact) fn tag_name(&self, number: u32) -> &str {
        let known = self.inventory.tag_names.len();
        let number = number as usize;
        self.inventory
            .tag_names
            .get(number)
            .or_else(|| self.new_tags.get(number.wrapping_sub(known)))
            .map_or("", AsRef::as_ref)
    }

    /// The digest that the tag of `row` has in its name, and what for; a fallback tag only where it names an index.
    pub(in crate::insight::impact) fn derived(&self, row: &Row) -> Option<(u32, DerivedKind)> {
        let known = self.inventory.derived.len();
        let tag = row.tag as usize;
        let derived = self
            .inventory
            .derived
            .get(tag)
            .or_else(|| self.new_derived.get(tag.wrapping_sub(known)))
            .copied()??;
        (derived.1 != DerivedKind::Fallback || self.kind(row.object) == ObjectKind::Index)
            .then_some(derived)
    }

    /// The list of referrers that `repository` keeps for `subject`, if it keeps one.
    pub(in crate::insight::impact) fn list_for(
        &self,
        repository: u32,
        subject: u32,
    ) -> Option<u32> {
        self.rows[repository as usize]
            .iter()
            .find(|row| row.lists_for == subject)
            .map(|row| row.object)
    }

    /// Whether `object` is a list of referrers of `repository`.
    pub(in crate::insight::impact) fn list_for_any(&self, repository: u32, object: u32) -> bool {
        self.rows[repository as usize]
            .iter()
            .any(|row| row.object == object && row.lists_for != NONE)
    }
}

//! Working memory of a collection: stamps instead of sets, so that a new repository costs nothing to start on.

use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::state::State;
use crate::insight::impact::inventory::{BYTES, ROW};
use crate::insight::impact::policy::Scope;

/// Stamps, one an object each. 8 to 12 bytes an object.
pub(in crate::insight::impact) struct Scratch {
    /// Whether repositories share their marks: then a bit an object, which stays in the processor's cache.
    is_shared: bool,
    shared: FixedBitSet,
    marks: Vec<u32>,
    visited: Vec<u32>,
    /// For the manifests of the repository at hand: whether their data is there, and whether they answer. Lists that the
    /// simulation wrote have no place here: they do both.
    present: Vec<u32>,
    mark: u32,
    visit: u32,
    pub(in crate::insight::impact) stack: Vec<u32>,
    /// The first manifest that was to be followed and cannot be read, and why.
    pub(in crate::insight::impact) unread: Option<(u32, String)>,
}

impl Scratch {
    pub(in crate::insight::impact) fn new(state: &State) -> Self {
        let count = state.object_count();
        let is_shared = state.rules.mark_scope == Scope::Global;
        Self {
            is_shared,
            shared: FixedBitSet::with_capacity(if is_shared { count } else { 0 }),
            marks: vec![0; if is_shared { 0 } else { count }],
            visited: vec![0; count],
            present: vec![0; state.inventory.object_count()],
            mark: 1,
            visit: 0,
            stack: Vec::new(),
            unread: None,
        }
    }

    /// Starts on a repository: notes which manifests it has. `O(its manifests)`.
    pub(in crate::insight::impact) fn enter(&mut self, state: &State, repository: u32) {
        self.visit += 1;
        self.mark += 1;
        let inventory = Arc::clone(&state.inventory);
        let is_global = state.rules.store_scope == Scope::Global;
        for member in inventory.repository_manifests.of(repository) {
            let member = *member as usize;
            let object = inventory.repository_objects.targets[member] as usize;
            let flags = state.flags[member];
            let has_bytes = if is_global {
                state.stored.contains(object)
            } else {
                flags & BYTES != 0
            };
            if has_bytes {
                self.present[object] = self.visit * 2 + u32::from(flags & ROW != 0);
            }
        }
    }

    #[inline]
    pub(in crate::insight::impact) fn is_marked(&self, object: u32) -> bool {
        if self.is_shared {
            self.shared.contains(object as usize)
        } else {
            self.marks[object as usize] == self.mark
        }
    }

    /// Whether any repository marked it in this run.
    #[inline]
    pub(in crate::insight::impact) fn was_marked(&self, object: u32) -> bool {
        if self.is_shared {
            self.shared.contains(object as usize)
        } else {
            self.marks[object as usize] != 0
        }
    }

    #[inline]
    pub(in crate::insight::impact) fn mark(&mut self, object: u32) {
        if self.is_shared {
            self.shared.insert(object as usize);
        } else {
            self.marks[object as usize] = self.mark;
        }
    }

    #[inline]
    pub(in crate::insight::impact) fn is_visited(&self, object: u32) -> bool {
        self.visited[object as usize] == self.visit
    }

    /// Whether this is the first visit.
    #[inline]
    pub(in crate::insight::impact) fn visit(&mut self, object: u32) -> bool {
        let is_first = self.visited[object as usize] != self.visit;
        self.visited[object as usize] = self.visit;
        is_first
    }

    /// Whether the data of a manifest is there.
    #[inline]
    pub(in crate::insight::impact) fn has_bytes(&self, object: u32) -> bool {
        self.present
            .get(object as usize)
            .is_none_or(|stamp| stamp >> 1 == self.visit)
    }

    /// Whether the repository answers for a manifest.
    #[inline]
    pub(in crate::insight::impact) fn has_row(&self, object: u32) -> bool {
        self.present
            .get(object as usize)
            .is_none_or(|stamp| *stamp == self.visit * 2 + 1)
    }
}

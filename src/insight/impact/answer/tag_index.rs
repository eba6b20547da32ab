//! The tags of one repository, to be asked for many at once.

use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::NONE;

/// Number of the tag → what it names, sorted. `O(rows · log rows)` to make.
pub(in crate::insight::impact) struct TagIndex {
    repository: u32,
    tags: Vec<(u32, u32)>,
}

impl TagIndex {
    pub(in crate::insight::impact) fn of(state: &State, repository: u32) -> Self {
        let rows = state.rows[repository as usize]
            .iter()
            .filter(|row| row.tag != NONE);
        let mut tags: Vec<(u32, u32)> = rows.map(|row| (row.tag, row.object)).collect();
        tags.sort_unstable();
        Self { repository, tags }
    }

    /// What GET of `tag` answers with in `state`, which the index was made of. `O(log rows)`.
    pub(in crate::insight::impact) fn tagged(&self, state: &State, tag: u32) -> Option<u32> {
        let place = self.tags.partition_point(|(known, _)| *known < tag);
        let (_, object) = self
            .tags
            .get(place)
            .copied()
            .filter(|(known, _)| *known == tag)?;
        state
            .answers_by_tag(self.repository, object)
            .then_some(object)
    }
}

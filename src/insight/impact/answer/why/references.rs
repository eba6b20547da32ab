//! How often something is named.

use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::{Inventory, NONE};

/// How often an object is named, by kind; in each repository on its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// Counts of what names `object`, at one moment.
pub(super) fn count(state: &State, object: u32) -> References {
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

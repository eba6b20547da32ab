//! What reference counting never frees: manifests that no tag reaches and whose count is not zero, and those that were
//! born with a count of zero and so never looked at.

use std::sync::Arc;

use super::LeakedManifest;
use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::{NONE, ROW};
use crate::insight::impact::policy::Collector;

/// The leaked manifests, by repository and digest; none unless the policy counts. `O(V + E)`.
pub(in crate::insight::impact) fn leaked(state: &State) -> Vec<LeakedManifest> {
    if state.rules.collector != Collector::Counting {
        return Vec::new();
    }
    let mut leaked = Vec::new();
    for (repository, name) in state.inventory.repositories() {
        let reached = reached(state, repository.0);
        for member in state.inventory.repository_objects.range(repository.0) {
            let object = state.inventory.repository_objects.targets[member];
            if state.flags[member] & ROW != 0 && !reached.contains(object as usize) {
                leaked.push(LeakedManifest {
                    repository: Arc::from(name),
                    digest: state.inventory.digests[object as usize],
                    kept_by: kept_by(state, repository.0, object),
                });
            }
        }
    }
    leaked.sort_unstable();
    leaked
}

/// What tags reach: through indexes downwards, and from subjects to their referrers.
fn reached(state: &State, repository: u32) -> fixedbitset::FixedBitSet {
    let mut reached = fixedbitset::FixedBitSet::with_capacity(state.inventory.object_count());
    let tagged = state.rows[repository as usize]
        .iter()
        .filter(|row| row.tag != NONE);
    let mut stack: Vec<u32> = tagged.map(|row| row.object).collect();
    while let Some(object) = stack.pop() {
        if reached.put(object as usize) {
            continue;
        }
        if state.kind(object).has_children() {
            stack.extend_from_slice(state.inventory.edges.of(object));
        }
        stack.extend_from_slice(state.inventory.referrers.of(object));
    }
    reached
}

fn kept_by(state: &State, repository: u32, object: u32) -> Vec<crate::oci::Digest> {
    let inventory = &state.inventory;
    let parents = inventory
        .parents
        .of(object)
        .iter()
        .filter(|parent| state.kind(**parent).has_children());
    let holders = parents.chain(inventory.referrers.of(object));
    let mut kept: Vec<_> = holders
        .filter(|holder| state.flags_of(repository, **holder) & ROW != 0)
        .map(|holder| inventory.digests[*holder as usize])
        .collect();
    kept.sort_unstable();
    kept.dedup();
    kept
}

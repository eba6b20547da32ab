//! Conditions on which a registry declines to delete by digest.

use crate::insight::impact::engine::state::State;
use crate::insight::impact::inventory::{NONE, ObjectKind, ROW};
use crate::insight::impact::policy::quirk::Quirk;

/// How many tags name `object`.
pub(super) fn tags(state: &State, repository: u32, object: u32) -> usize {
    state.rows[repository as usize]
        .iter()
        .filter(|row| row.object == object && row.tag != NONE)
        .count()
}

/// Whether an index that the repository answers for holds `object`: as a child, as a child's child and so on, or as a
/// layer of one of those. `O(ancestors · log held)`.
pub(super) fn is_listed(state: &State, repository: u32, object: u32) -> bool {
    let is_direct = state.rules.has(Quirk::DirectParentsOnly);
    let is_known =
        |of: u32| !state.rules.has(Quirk::OciTypesOnly) || !state.inventory.dockers.contains(&of);
    if !is_known(object) {
        return false;
    }
    let parents = |of: u32| {
        let known = (of as usize) < state.inventory.object_count();
        let parents = if known {
            state.inventory.parents.of(of)
        } else {
            &[]
        };
        parents
            .iter()
            .copied()
            .filter(|parent| *parent != object && state.has_bytes(repository, *parent))
            .filter(|parent| is_known(*parent))
    };
    let mut seen: Vec<u32> = Vec::new();
    let mut queue: Vec<u32> = parents(object).collect();
    while let Some(parent) = queue.pop() {
        if seen.contains(&parent) {
            continue;
        }
        seen.push(parent);
        if state.kind(parent) == ObjectKind::Index {
            if state.flags_of(repository, parent) & ROW != 0 {
                return true;
            }
            if is_direct {
                continue;
            }
            queue.extend(parents(parent));
        } else if !is_direct {
            // A manifest that lists this as a layer counts only where an index holds it.
            queue.extend(parents(parent).filter(|above| state.kind(*above) == ObjectKind::Index));
        }
    }
    false
}

//! Where a run of the collector ends over what it cannot read.

use super::state::State;
use crate::insight::impact::inventory::damage::Damage;
use crate::insight::impact::inventory::{Inventory, ObjectId, ROW, RepositoryId, is_row};
use crate::insight::impact::policy::Roots;
use crate::insight::impact::policy::quirk::Quirk;

impl State {
    /// Whether there is anything over which the collector of this policy may give up.
    pub(in crate::insight::impact) fn is_damaged(&self) -> bool {
        self.rules.has(Quirk::UnreadableAborts) && !self.inventory.damages.is_empty()
    }

    /// Why the collector cannot read the manifest `object`, if it cannot.
    pub(in crate::insight::impact) fn unreadable(&self, object: u32) -> Option<&str> {
        let unreadable = self.inventory.damages.unreadable.get(&object)?;
        if self.rules.has(Quirk::Schema1Unread) {
            unreadable.by_3.as_deref()
        } else {
            unreadable.by_2.as_deref()
        }
    }
}

/// Why a run ends before anything goes, as far as names, links and folders tell; the first reason in the order of the
/// walk. distribution 2.8 with `-m`: also a repository that has manifests and never had a tag; distribution 3: also one
/// that never had a layer.
pub(in crate::insight::impact) fn aborts(state: &State) -> Option<String> {
    if let Some(reason) = &state.inventory.damages.walk
        && state.is_damaged()
    {
        return Some(reason.clone());
    }
    let repositories = state.inventory.repositories();
    repositories.into_iter().find_map(|(id, name)| {
        let is_without = state.inventory.without_layers[id.0 as usize];
        let is_unseen = is_without && state.rules.has(Quirk::RepositoryWithoutLayersUnseen);
        if is_unseen {
            return None;
        }
        let by_links = state
            .is_damaged()
            .then(|| by_links(state, id, name))
            .flatten();
        let never_tagged = state.rules.has(Quirk::NeverTaggedRepositoryAborts)
            && !state.ever_tagged[id.0 as usize]
            && manifest_of(state, id).is_some();
        if by_links.is_some() {
            by_links
        } else if never_tagged {
            Some(format!(
                "failed to retrieve tags unknown repository name={name}"
            ))
        } else {
            let aborts = is_without && state.rules.has(Quirk::RepositoryWithoutLayersAborts);
            let place = "/docker/registry/v2/repositories";
            aborts.then(|| format!("Path not found: {place}/{name}/_layers"))
        }
    })
}

fn by_links(state: &State, id: RepositoryId, name: &str) -> Option<String> {
    let damages = state.inventory.damages.repositories.get(&id.0)?;
    damages.iter().find_map(|damage| match damage {
        Damage::Name(reason) => Some(format!("failed to parse repo name {name}: {reason}")),
        Damage::Revision(reason) => Some(reason.clone()),
        Damage::Tag(reason) if state.rules.roots == Roots::TaggedRows => {
            // Tags are read for each manifest, so of a repository without one they are not.
            let digest = state.inventory.digests[manifest_of(state, id)? as usize];
            Some(format!(
                "failed to retrieve tags for digest {digest}: {reason}"
            ))
        }
        Damage::Layer(reason) if state.rules.prune_layer_links => Some(reason.clone()),
        Damage::Tag(_) | Damage::Layer(_) | Damage::Twice(_) => None,
    })
}

/// Why a run ends while it removes manifests, or before it frees blobs: `state` has no manifest any more that should
/// go. What the walk had not come to yet is put back.
pub(in crate::insight::impact) fn aborts_late(before: &State, state: &mut State) -> Option<String> {
    let damages = &before.inventory.damages;
    let mut deleted_twice: Vec<(u32, u32)> = Vec::new();
    for (repository, damages) in &damages.repositories {
        for damage in damages {
            if let Damage::Twice(ObjectId(object)) = damage {
                let had = before.flags_of(*repository, *object) & ROW != 0;
                if had && state.flags_of(*repository, *object) & ROW == 0 {
                    deleted_twice.push((*repository, *object));
                }
            }
        }
    }
    if let Some((culprit, object)) = deleted_twice.into_iter().min() {
        for (id, _) in before.inventory.repositories().skip(culprit as usize + 1) {
            let range = before.inventory.repository_objects.range(id.0);
            state.rows[id.0 as usize] = before.rows[id.0 as usize].clone();
            state.flags[range.clone()].copy_from_slice(&before.flags[range]);
        }
        let digest = before.inventory.digests[object as usize];
        return Some(format!(
            "failed to delete manifest {digest}: Path not found"
        ));
    }
    let reason = damages.blobs.as_ref()?;
    Some(format!("error enumerating blobs: {reason}"))
}

/// A manifest that the collector meets in a repository.
fn manifest_of(state: &State, id: RepositoryId) -> Option<u32> {
    let inventory: &Inventory = &state.inventory;
    let mut members = inventory.repository_objects.range(id.0);
    let member = members.find(|member| {
        let object = inventory.repository_objects.targets[*member];
        is_row(state.flags[*member]) && state.member_has_bytes(*member, object)
    })?;
    Some(inventory.repository_objects.targets[member])
}

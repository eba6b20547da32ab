//! What was said, put in order: from numbers as they were given out to the arrays of an [`Inventory`].

use std::collections::HashMap;
use std::sync::Arc;

use super::{InventoryBuilder, InventoryError};
use crate::insight::impact::inventory::damage::Damages;
use crate::insight::impact::inventory::{ASSUMED, Csr, Inventory, NONE, ObjectKind, walk_key};

impl InventoryBuilder {
    /// The inventory. Cost: `O(n log n)` in what was said.
    ///
    /// # Errors
    /// [`InventoryError::TooLarge`] where 32 bits are not enough.
    pub fn build(mut self) -> Result<Inventory, InventoryError> {
        let count = self.digests.len();
        let order = self.walk_order();
        let edges = self.edges()?;
        let (subjects, kinds, has_config) = self.columns();
        let mut referring: Vec<(u32, u32)> = (0u32..)
            .zip(&subjects)
            .filter(|(_, subject)| **subject != NONE)
            .map(|(id, subject)| (*subject, id))
            .collect();
        referring.sort_unstable();
        let (repository_objects, flags) = self.repository_objects(&order)?;
        let repository_manifests = repository_manifests(&repository_objects, &kinds);
        let mut by_digest: Vec<u32> = (0u32..).take(count).collect();
        by_digest
            .sort_unstable_by(|a, b| self.digests[*a as usize].cmp(&self.digests[*b as usize]));
        let mut by_name: Vec<u32> = (0u32..).take(order.len()).collect();
        by_name.sort_by_key(|new| &self.repositories[order[*new as usize] as usize]);
        let mut inventory = Inventory {
            repositories: order
                .iter()
                .map(|old| self.repositories[*old as usize].clone())
                .collect(),
            ever_tagged: order
                .iter()
                .map(|old| self.ever_tagged[*old as usize])
                .collect(),
            frozen: order.iter().map(|old| self.frozen[*old as usize]).collect(),
            converted: order
                .iter()
                .map(|old| self.converted[*old as usize])
                .collect(),
            tags_unseen: order
                .iter()
                .map(|old| self.tags_unseen[*old as usize])
                .collect(),
            answered_missing: self.answered_missing,
            without_layers: order
                .iter()
                .map(|old| self.without_layers[*old as usize])
                .collect(),
            rows: order
                .iter()
                .map(|old| Arc::new(std::mem::take(&mut self.rows[*old as usize])))
                .collect(),
            parents: edges.reversed(),
            referrers: Csr::from_sorted(count, &referring),
            digests: self.digests,
            sizes: self.sizes,
            kinds,
            has_config,
            subjects,
            dockers: self.dockers,
            platforms: self.platforms,
            roles: self.roles,
            signatures: self.signatures,
            edges,
            repository_manifests,
            repository_objects,
            flags,
            inodes: Vec::new(),
            inode_links: self.inode_links,
            tag_names: self.tag_names,
            tag_numbers: self.tag_numbers,
            derived: self.derived,
            unlinked: self.unlinked,
            foreign_layers: self.foreign_layers,
            damages: in_order(self.damages, &order),
            digest_rank: places(&by_digest),
            by_digest,
            name_rank: places(&by_name),
            view: self.view,
        };
        if self.is_too_large {
            return Err(InventoryError::TooLarge);
        }
        set_inodes(&mut inventory, &order, &self.inodes);
        Ok(inventory)
    }

    /// Old numbers of repositories in the order of a walk over the storage: by components, not by characters.
    fn walk_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0u32..).take(self.repositories.len()).collect();
        let key = |id: &u32| walk_key(&self.repositories[*id as usize]);
        order.sort_by(|a, b| key(a).cmp(key(b)));
        order
    }

    fn edges(&self) -> Result<Csr, InventoryError> {
        let all = self
            .contents
            .iter()
            .flatten()
            .map(|content| content.edges.len())
            .sum();
        let mut csr = Csr {
            offsets: Vec::with_capacity(self.contents.len() + 1),
            targets: Vec::with_capacity(all),
        };
        csr.offsets.push(0);
        for content in &self.contents {
            csr.targets.extend(
                content
                    .iter()
                    .flat_map(|content| content.edges.iter().copied()),
            );
            csr.offsets
                .push(u32::try_from(csr.targets.len()).map_err(|_| InventoryError::TooLarge)?);
        }
        Ok(csr)
    }

    fn columns(&self) -> (Vec<u32>, Vec<ObjectKind>, Vec<bool>) {
        let contents = || self.contents.iter().map(Option::as_ref);
        (
            contents()
                .map(|content| content.map_or(NONE, |content| content.subject))
                .collect(),
            contents()
                .map(|content| content.map_or(ObjectKind::Blob, |content| content.kind))
                .collect(),
            contents()
                .map(|content| content.is_some_and(|content| content.has_config))
                .collect(),
        )
    }

    fn repository_objects(&mut self, order: &[u32]) -> Result<(Csr, Vec<u8>), InventoryError> {
        let place = places(order);
        for (repository, _, _) in &mut self.held {
            *repository = place[*repository as usize];
        }
        self.held.sort_unstable();
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(self.held.len());
        let mut flags: Vec<u8> = Vec::with_capacity(self.held.len());
        for (repository, object, bits) in self.held.drain(..) {
            if pairs.last() == Some(&(repository, object)) {
                if let Some(last) = flags.last_mut() {
                    // What was seen outweighs what was concluded.
                    let seen = (*last | bits) & !ASSUMED;
                    *last = if *last & bits & ASSUMED != 0 {
                        seen | ASSUMED
                    } else {
                        seen
                    };
                }
            } else {
                pairs.push((repository, object));
                flags.push(bits);
            }
        }
        u32::try_from(pairs.len()).map_err(|_| InventoryError::TooLarge)?;
        Ok((Csr::from_sorted(order.len(), &pairs), flags))
    }
}

/// Repository → holdings that are manifests.
fn repository_manifests(repository_objects: &Csr, kinds: &[ObjectKind]) -> Csr {
    let mut found = Csr {
        offsets: vec![0],
        targets: Vec::new(),
    };
    for range in repository_objects.offsets.windows(2) {
        let all = (range[0]..range[1]).filter(|member| {
            kinds[repository_objects.targets[*member as usize] as usize].is_manifest()
        });
        found.targets.extend(all);
        // There are no more of them than there are holdings, whose number fits.
        found
            .offsets
            .push(u32::try_from(found.targets.len()).unwrap_or(NONE));
    }
    found
}

/// The same, with the repositories' new numbers.
fn in_order(damages: Damages, order: &[u32]) -> Damages {
    let place = places(order);
    let repositories = damages.repositories.into_iter();
    Damages {
        repositories: repositories
            .map(|(old, damages)| (place[old as usize], damages))
            .collect(),
        ..damages
    }
}

/// From old numbers to new ones.
fn places(order: &[u32]) -> Vec<u32> {
    let mut place = vec![0u32; order.len()];
    for (new, old) in (0u32..).zip(order) {
        place[*old as usize] = new;
    }
    place
}

fn set_inodes(inventory: &mut Inventory, order: &[u32], said: &[(u32, u32, u32)]) {
    if said.is_empty() {
        return;
    }
    inventory.inodes = vec![NONE; inventory.flags.len()];
    let place = places(order);
    let mut seen: HashMap<u32, u32> = HashMap::new();
    for (repository, object, inode) in said {
        if let Some(member) = inventory.member(place[*repository as usize], *object) {
            inventory.inodes[member] = *inode;
            *seen.entry(*inode).or_insert(0) += 1;
        }
    }
    for (inode, count) in seen {
        let links = inventory.inode_links.entry(inode).or_insert(count);
        *links = count.max(*links);
    }
}

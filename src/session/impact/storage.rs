//! What a registry's own storage has for the impact: nothing is hidden there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::insight::impact::{
    Charts, Damage, Frozen, InventoryBuilder, InventoryError, ObjectKind, RepositoryId, Rows,
    StoredAs, Unseen, Uploads, View,
};
use crate::oci::{Descriptor, Digest, RemoteText, media_type};
use crate::source::local::FileIdentity;
use crate::source::storage::{LinkDamage, RepositoryView, StorageKind, StorageView};

use super::{ImpactInput, content_of};

/// olareg's mark on an `index.json` whose fallback tags it has turned into lists.
const CONVERTED: &str = "org.olareg.referrer.convert";

/// Whether registries know a row's media type.
fn is_known(media_type: &str) -> bool {
    matches!(
        media_type,
        media_type::OCI_MANIFEST
            | media_type::OCI_INDEX
            | media_type::DOCKER_MANIFEST
            | media_type::DOCKER_LIST
    )
}

/// The stock of a storage. Cost: `O(n log n)` in what is there.
pub fn of_storage(view: &StorageView) -> Result<ImpactInput, InventoryError> {
    let mut gaps = view.problems.clone();
    gaps.extend(
        view.unread
            .iter()
            .map(|(digest, absence)| format!("{digest}: {}", absence.reason.as_str())),
    );
    Ok(ImpactInput {
        inventory: Arc::new(builder_of_storage(view).build()?),
        gaps,
        charts: charts(view),
        uploads: Uploads::default(),
    })
}

/// Charts that name images, as far as their manifests tell.
fn charts(view: &StorageView) -> Charts {
    let mut charts = Charts::default();
    for one in &view.repositories {
        let revisions = one.revisions.iter().map(|revision| revision.digest);
        let rows = one.rows.iter().map(|row| row.descriptor.digest);
        for digest in revisions.chain(rows) {
            if let Some(manifest) = view.manifests.get(&digest) {
                charts.take(one.name.as_str(), manifest);
            }
        }
    }
    charts
}

/// The same, before it is closed: for simulations that push what is not there yet.
pub fn builder_of_storage(view: &StorageView) -> InventoryBuilder {
    let mut seen = View::storage(match view.kind {
        StorageKind::Distribution => Rows::Known,
        StorageKind::Layouts(_) => Rows::Layouts,
    });
    if !view.unread.is_empty() {
        seen.blind.push(Unseen::SomeManifests);
    }
    if !view.problems.is_empty() {
        seen.blind.push(Unseen::SomeFiles);
    }
    let mut taking = Taking {
        builder: InventoryBuilder::new(seen),
        view,
        inodes: HashMap::new(),
    };
    taking.manifests();
    match view.kind {
        StorageKind::Distribution => taking.tree(),
        StorageKind::Layouts(_) => taking.layouts(),
    }
    taking.builder
}

struct Taking<'a> {
    builder: InventoryBuilder,
    view: &'a StorageView,
    inodes: HashMap<FileIdentity, u32>,
}

impl Taking<'_> {
    fn manifests(&mut self) {
        let rows = self.view.repositories.iter().flat_map(|one| &one.rows);
        let lists: HashSet<Digest> = rows
            .filter(|row| row.olareg_subject().is_some())
            .map(|row| row.descriptor.digest)
            .collect();
        for (digest, manifest) in &self.view.manifests {
            let id = self.builder.object(*digest, manifest.size());
            let mut content = content_of(&mut self.builder, manifest);
            if lists.contains(digest) && content.kind == ObjectKind::Index {
                content.kind = ObjectKind::ReferrersList;
            }
            self.builder.manifest(id, &content);
        }
        for (digest, manifest) in &self.view.misfiled {
            let id = self.builder.object(*digest, manifest.size());
            let content = content_of(&mut self.builder, manifest);
            self.builder.manifest(id, &content);
        }
    }

    /// What distribution's collector stumbles over.
    fn damages(&mut self, one: &RepositoryView, repository: RepositoryId) {
        let LinkDamage {
            name,
            revisions,
            twice,
            tags,
            layers,
        } = one.damage.clone();
        // The release that reads these links finds repositories by their `_manifests`.
        let layers = layers.filter(|_| one.has_manifests_folder);
        let damages = [
            name.map(Damage::Name),
            revisions.map(Damage::Revision),
            tags.map(Damage::Tag),
            layers.map(Damage::Layer),
        ];
        for damage in damages.into_iter().flatten() {
            self.builder.damaged(repository, damage);
        }
        for digest in twice {
            let id = self.builder.object(digest, 0);
            self.builder.damaged(repository, Damage::Twice(id));
        }
    }

    /// distribution's tree: links by repository into one store.
    fn tree(&mut self) {
        let view = self.view;
        let mut sizes: HashMap<Digest, u64> = HashMap::new();
        for blob in &view.blobs {
            let id = self.builder.object(blob.digest, blob.size);
            self.builder.unlinked(id);
            sizes.insert(blob.digest, blob.size);
        }
        for (digest, why) in &view.unreadable {
            let id = self.builder.object(*digest, 0);
            self.builder.unreadable(id, why.clone());
        }
        if let Some(reason) = &view.walk_damage {
            self.builder.walk_damaged(reason.clone());
        }
        if let Some(reason) = &view.blob_damage {
            self.builder.blobs_damaged(reason.clone());
        }
        for one in &view.repositories {
            let repository = self.builder.repository(one.name.as_str());
            self.damages(one, repository);
            if one.has_tags_folder {
                self.builder.ever_tagged(repository);
            }
            if one.has_manifests_folder && !one.has_layers_folder {
                self.builder.without_layers(repository);
            }
            let mut answering = HashSet::new();
            for revision in &one.revisions {
                let id = self.builder.object(revision.digest, 0);
                if revision.has_data {
                    self.builder.hold(repository, id, StoredAs::Manifest);
                }
                answering.insert(revision.digest);
            }
            for digest in &one.layer_links {
                let id = self.builder.object(*digest, 0);
                let held = if sizes.contains_key(digest) {
                    StoredAs::Blob
                } else {
                    StoredAs::LinkWithoutData
                };
                self.builder.hold(repository, id, held);
            }
            self.tags(one, repository, &answering);
        }
    }

    /// A tag keeps its revision; what no tag names has a row without one.
    fn tags(
        &mut self,
        one: &RepositoryView,
        repository: RepositoryId,
        answering: &HashSet<Digest>,
    ) {
        let mut tagged = HashSet::new();
        for tag in &one.tags {
            let Some(digest) = tag.digest else { continue };
            let id = self.builder.object(digest, 0);
            if answering.contains(&digest) {
                self.builder.row(repository, id, Some(tag.name.as_str()));
            } else {
                self.builder.dangling_tag(repository, id, tag.name.as_str());
            }
            tagged.insert(digest);
        }
        for revision in one
            .revisions
            .iter()
            .filter(|revision| !tagged.contains(&revision.digest))
        {
            let id = self.builder.object(revision.digest, 0);
            self.builder.row(repository, id, None);
        }
    }

    /// A layout a repository, each with a store of its own.
    fn layouts(&mut self) {
        let view = self.view;
        for one in &view.repositories {
            let repository = self.builder.repository(one.name.as_str());
            self.blobs(one, repository);
            self.freeze(one, repository);
            if one
                .annotations
                .get(CONVERTED)
                .is_some_and(|value| value.as_str() == "true")
            {
                self.builder.converted(repository);
            }
            for row in &one.rows {
                let id = self
                    .builder
                    .object(row.descriptor.digest, row.descriptor.size.unwrap_or(0));
                if let Some(subject) = row.olareg_subject() {
                    let subject = self.builder.object(subject, 0);
                    self.builder.referrers_row(repository, subject, id);
                } else {
                    let tag = row.tag.as_ref().map(RemoteText::as_str);
                    self.builder.row(repository, id, tag);
                    if !is_known(row.descriptor.media_type.as_str()) {
                        self.builder.foreign_row(repository, id);
                    }
                    if self.is_list(&row.descriptor) {
                        self.builder.convertible(repository, id);
                    }
                }
            }
        }
    }

    /// Where nobody knows what a repository holds, nothing of it is predicted to go.
    fn freeze(&mut self, one: &RepositoryView, repository: RepositoryId) {
        if one.unread.is_some() {
            self.builder.frozen(repository, Frozen::ByIndex);
        }
        if self.view.unread.is_empty() {
            return;
        }
        let mut seen: HashSet<Digest> = HashSet::new();
        let mut queue: Vec<Digest> = one.rows.iter().map(|row| row.descriptor.digest).collect();
        while let Some(digest) = queue.pop() {
            if !seen.insert(digest) {
                continue;
            }
            if self.view.unread.contains_key(&digest) {
                self.builder.frozen(repository, Frozen::ByManifest);
            }
            if let Some(manifest) = self.view.manifests.get(&digest) {
                queue.extend(manifest.manifests.iter().map(|child| child.digest));
            }
        }
    }

    /// Whether an index says of its manifests what olareg's own list of referrers would (`indexValidReferrer`).
    fn is_list(&self, row: &Descriptor) -> bool {
        let index = self.view.manifests.get(&row.digest);
        let index = index.filter(|_| row.media_type.as_str() == media_type::OCI_INDEX);
        let mut subject = None;
        index.is_some_and(|index| {
            index.manifests.iter().all(|member| {
                let Some(referrer) = self.view.manifests.get(&member.digest) else {
                    return false;
                };
                let of = referrer.subject.as_ref().map(|subject| subject.digest);
                let is_same = of.is_some() && *subject.get_or_insert(of) == of;
                let listed = referrer.as_descriptor();
                is_same
                    && member.media_type == listed.media_type
                    && member.size == listed.size
                    && member.artifact_type == listed.artifact_type
                    && member.annotations == listed.annotations
            })
        })
    }

    fn blobs(&mut self, one: &RepositoryView, repository: RepositoryId) {
        for blob in &one.blobs {
            let id = self.builder.object(blob.digest, blob.size);
            let is_manifest = self.view.manifests.contains_key(&blob.digest);
            let held = if is_manifest {
                StoredAs::DataOnly
            } else {
                StoredAs::Blob
            };
            self.builder.hold(repository, id, held);
            if let Some(identity) = blob.identity {
                let next = u32::try_from(self.inodes.len()).unwrap_or(u32::MAX);
                let inode = *self.inodes.entry(identity).or_insert(next);
                self.builder.inode(repository, id, inode, identity.links);
            }
        }
    }
}

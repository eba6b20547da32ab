//! `apply`: one fact into the graph.

use crate::oci::purpose::{self, buildkit_subject};
use crate::oci::tag::{DigestTag, DigestTagKind};
use crate::oci::{
    Absence, Address, Asked, Body, Descriptor, Digest, Form, FoundBy, ImageConfig, Manifest,
    Origin, Page, Question, RemoteText, Repository, media_type,
};

use super::descriptions::Implied;
use super::edge::EdgeKind;
use super::fact::{Fact, Stamp};
use super::node::{NodeId, NodeKind, NodeState, Trust};
use super::store::Graph;

impl Graph {
    /// Takes a fact in.
    ///
    /// Total (no fact fails), idempotent, and independent of the order of facts: two graphs that were given the same
    /// set of facts are equal. Cost: `O(1)` for most facts, `O(n)` in what a list or a manifest names.
    pub fn apply(&mut self, fact: &Fact) {
        self.version += 1;
        let stamp = fact.stamp;
        let (question, by) = (&fact.answer.question, fact.answer.by);
        match (&question.at, &fact.answer.body) {
            (_, Body::Failed(absence)) => self.failed(question, by, absence, stamp),
            (Address::Registry(origin), Body::Catalog(page)) => {
                self.catalog_listed(origin, page, by.unwrap_or(FoundBy::Catalog), fact);
            }
            (Address::Repository(repository), Body::Tags(page)) => {
                self.tags_listed(repository, page, by.unwrap_or(FoundBy::TagsList), fact);
            }
            (Address::Repository(repository), Body::Contents { manifests, blobs }) => {
                self.contents_listed(repository, manifests, blobs, stamp);
            }
            (Address::Tag(repository, tag), Body::Target(target)) => {
                self.tag_resolved(repository, tag, target, by.unwrap_or(FoundBy::Tag), stamp);
            }
            (Address::Object(repository, _), Body::Manifest(manifest)) => {
                self.manifest_read(repository, manifest, stamp);
            }
            (Address::Object(repository, digest), Body::Config(config)) => {
                self.config_read(repository, digest, config, stamp);
            }
            (Address::Object(repository, digest), Body::Document(bytes)) => {
                let node = self.object_node(repository, digest);
                self.own_bytes(node, Asked::Document, bytes.len() as u64, stamp);
            }
            // What they are is told by the failure that follows; how many they are is certain.
            (Address::Object(repository, digest), Body::Bytes(bytes)) => {
                let node = self.object_node(repository, digest);
                if let Some(node) = self.node_mut(node) {
                    node.claim_size(Some(bytes.len() as u64), Trust::Own);
                }
            }
            (Address::Object(repository, subject), Body::Referrers(page)) => {
                let by = by.unwrap_or(FoundBy::ReferrersApi);
                self.referrers_listed(repository, subject, page, by, fact);
            }
            // An answer to another question than it says; no source gives such a one.
            _ => {}
        }
    }

    fn config_read(
        &mut self,
        repository: &Repository,
        digest: &Digest,
        config: &ImageConfig,
        stamp: Stamp,
    ) {
        let node = self.object_node(repository, digest);
        self.own_bytes(node, Asked::Config, config.bytes.len() as u64, stamp);
        if !config.platform.is_unknown() {
            let platform = RemoteText::from(config.platform.exact());
            self.claim_platform(node, &platform, Trust::Own);
        }
    }

    fn catalog_listed(
        &mut self,
        origin: &Origin,
        page: &Page<RemoteText>,
        by: FoundBy,
        fact: &Fact,
    ) {
        let registry = self.registry_node(origin);
        for path in &page.items {
            let repository = self.repository_node(&Repository::new(origin, path.clone()));
            self.link(registry, repository, EdgeKind::Contains, by, 0);
            let listed = self.catalogued.entry(repository).or_default();
            *listed = (*listed).max(fact.asked);
        }
        self.page(
            registry,
            (Asked::Catalog, None),
            fact,
            page.number,
            page.is_last,
        );
    }

    fn tags_listed(
        &mut self,
        repository: &Repository,
        page: &Page<RemoteText>,
        by: FoundBy,
        fact: &Fact,
    ) {
        let holder = self.repository_node(repository);
        for name in &page.items {
            let tag = self.tag_node(repository, name);
            self.link(holder, tag, EdgeKind::Contains, by, 0);
            let register = self.tags.entry(tag).or_default();
            register.listed = register.listed.max(Some(fact.asked));
        }
        self.page(holder, (Asked::Tags, None), fact, page.number, page.is_last);
    }

    fn contents_listed(
        &mut self,
        repository: &Repository,
        manifests: &[Descriptor],
        blobs: &[Descriptor],
        stamp: Stamp,
    ) {
        let holder = self.repository_node(repository);
        for descriptor in manifests {
            self.described(repository, descriptor, Implied::Manifest);
        }
        for descriptor in blobs {
            self.described(repository, descriptor, Implied::Blob);
        }
        self.register(holder, Asked::Contents).succeed(stamp);
    }

    fn referrers_listed(
        &mut self,
        repository: &Repository,
        subject: &Digest,
        page: &Page<Descriptor>,
        by: FoundBy,
        fact: &Fact,
    ) {
        let subject = self.object_node(repository, subject);
        self.be_at_least_manifest(subject);
        for descriptor in &page.items {
            let referrer = self.described(repository, descriptor, Implied::Referrer);
            let edge = self.link(referrer, subject, EdgeKind::Subject, by, 0);
            self.note_listed(edge, by, fact.asked);
        }
        self.page(
            subject,
            (Asked::Referrers, Some(by)),
            fact,
            page.number,
            page.is_last,
        );
    }

    fn page(
        &mut self,
        node: NodeId,
        (asked, by): (Asked, Option<FoundBy>),
        fact: &Fact,
        number: u32,
        is_last: bool,
    ) {
        self.register_by(node, asked, by).succeed(fact.stamp);
        self.listings
            .entry((node, asked, by))
            .or_default()
            .page(fact.asked, number, is_last);
    }

    fn failed(
        &mut self,
        question: &Question,
        by: Option<FoundBy>,
        absence: &Absence,
        stamp: Stamp,
    ) {
        let node = match &question.at {
            Address::Registry(origin) => self.registry_node(origin),
            Address::Repository(repository) => self.repository_node(repository),
            Address::Tag(repository, name) => self.tag_node(repository, name),
            Address::Object(repository, digest) => {
                let node = self.object_node(repository, digest);
                if matches!(question.what, Asked::Manifest | Asked::Referrers) {
                    self.be_at_least_manifest(node);
                }
                node
            }
        };
        // That a digest was asked for instead of all is of no account for what is known of the tag.
        let asked = match question.what {
            Asked::TargetDigest => Asked::Target,
            asked => asked,
        };
        // Only referrers are asked for in several ways, each with a register of its own.
        let by = by.filter(|_| asked == Asked::Referrers);
        self.register_by(node, asked, by).fail(stamp, absence);
        if asked.is_content() {
            self.refresh_state(node);
        }
    }

    /// An object's own bytes were read: a success beats any failure, because content by digest cannot change.
    fn own_bytes(&mut self, node: NodeId, asked: Asked, size: u64, stamp: Stamp) {
        self.register(node, asked).succeed(stamp);
        if let Some(node) = self.node_mut(node) {
            node.state = NodeState::Loaded;
            node.claim_size(Some(size), Trust::Own);
        }
    }

    /// The state of an object whose bytes could not be had: that of the last failure.
    fn refresh_state(&mut self, id: NodeId) {
        let reads = [Asked::Manifest, Asked::Config, Asked::Document]
            .map(|asked| self.registers.get(&(id, asked, None)));
        let failures = reads
            .into_iter()
            .flatten()
            .filter_map(|register| register.failure.as_ref());
        let last = failures
            .max()
            .map(|(_, absence)| NodeState::from(absence.kind));
        if let (Some(state), Some(node)) = (last, self.node_mut(id))
            && node.state != NodeState::Loaded
        {
            node.state = state;
        }
    }

    fn tag_resolved(
        &mut self,
        repository: &Repository,
        name: &RemoteText,
        target: &Descriptor,
        by: FoundBy,
        stamp: Stamp,
    ) {
        let holder = self.repository_node(repository);
        let tag = self.tag_node(repository, name);
        // A tag that answers is held by its repository, whether or not a list said so.
        self.link(holder, tag, EdgeKind::Contains, by, 0);
        let manifest = self.described(repository, target, Implied::Manifest);
        self.link(tag, manifest, EdgeKind::Names, by, 0);
        self.register(tag, Asked::Target).succeed(stamp);
        let register = self.tags.entry(tag).or_default();
        match register
            .named
            .iter_mut()
            .find(|(_, node)| *node == manifest)
        {
            Some((last, _)) => *last = (*last).max(stamp),
            None => register.named.push((stamp, manifest)),
        }
        if let Some(digest_tag) = DigestTag::parse(name.as_str()) {
            self.digest_tag_names(repository, &digest_tag, manifest);
        }
    }

    /// A tag with a digest in its name names `manifest`: cosign's tags and other digest tags make it a referrer, the
    /// fallback tag makes referrers of its entries.
    fn digest_tag_names(&mut self, repository: &Repository, tag: &DigestTag, manifest: NodeId) {
        let way = match &tag.kind {
            DigestTagKind::Fallback => {
                for child in self.raw_targets(manifest, EdgeKind::Child) {
                    self.fallback_claims(repository, tag, child);
                }
                return;
            }
            DigestTagKind::Cosign => FoundBy::CosignTag,
            DigestTagKind::Other(suffix) => {
                if *suffix == purpose::SOURCE_SUFFIX {
                    self.sources.insert(manifest);
                }
                FoundBy::DigestTag
            }
        };
        if let Some(subject) = tag.subject() {
            let subject = self.object_node(repository, &subject);
            self.be_at_least_manifest(subject);
            self.link(manifest, subject, EdgeKind::Subject, way, 0);
        }
    }

    /// An entry of a fallback index claims to refer to the tag's subject. Where the name has only a part of the
    /// digest, the entry's own subject must say the rest.
    fn fallback_claims(&mut self, repository: &Repository, tag: &DigestTag, referrer: NodeId) {
        let subject = if let Some(subject) = tag.subject() {
            self.object_node(repository, &subject)
        } else {
            let own = self.own_subject(referrer);
            let own = own.filter(|own| {
                self.digest_of(*own)
                    .is_some_and(|digest| tag.is_about(&digest))
            });
            let Some(subject) = own else { return };
            subject
        };
        self.be_at_least_manifest(subject);
        self.link(
            referrer,
            subject,
            EdgeKind::Subject,
            FoundBy::FallbackTag,
            0,
        );
    }

    fn manifest_read(&mut self, repository: &Repository, manifest: &Manifest, stamp: Stamp) {
        let id = self.object_node(repository, &manifest.digest);
        let asked = self.registers.get(&(id, Asked::Manifest, None));
        let was_read = asked.is_some_and(|register| register.success.is_some());
        self.own_bytes(id, Asked::Manifest, manifest.size(), stamp);
        if let Some(what) = &manifest.unread_part {
            self.unread_parts.insert(id, what.to_string().into());
        }
        let purpose = self.purpose_number(purpose::of_manifest(manifest));
        let media_type = self.texts.text_id(Some(&manifest.media_type));
        let artifact_type = self.texts.text_id(own_artifact_type(manifest).as_ref());
        let before = self.node(id).map(|node| (node.kind, node.media_type));
        if let Some(node) = self.node_mut(id) {
            node.trust = Trust::Own;
            node.kind = kind_of_form(manifest.form);
            node.media_type = media_type;
            node.artifact_type = artifact_type;
            node.purpose = purpose;
        }
        let platform = manifest.own_image().map(|image| &image.platform);
        if let Some(platform) = platform.filter(|platform| !platform.is_unknown()) {
            self.claim_platform(id, &RemoteText::from(platform.exact()), Trust::Own);
        }
        // Ten thousand tags of one manifest bring it ten thousand times, each time to as many holders.
        if was_read && before == Some((kind_of_form(manifest.form), media_type)) {
            return;
        }
        if let Some(config) = &manifest.config {
            let node = self.described(repository, config, Implied::Blob);
            self.link(id, node, EdgeKind::Config, FoundBy::Descriptor, 0);
        }
        for (position, layer) in manifest.layers.readable() {
            let node = self.described(repository, layer, Implied::Blob);
            self.link(id, node, EdgeKind::Layer, FoundBy::Descriptor, position);
        }
        for (position, entry) in manifest.manifests.readable() {
            let node = self.described(repository, entry, Implied::Manifest);
            self.link(id, node, EdgeKind::Child, FoundBy::Descriptor, position);
            if let Some(subject) = buildkit_subject(entry) {
                let subject = self.object_node(repository, &subject);
                self.be_at_least_manifest(subject);
                self.link(
                    node,
                    subject,
                    EdgeKind::Subject,
                    FoundBy::BuildkitAnnotation,
                    0,
                );
            }
        }
        if let Some(subject) = &manifest.subject {
            let node = self.described(repository, subject, Implied::Manifest);
            self.link(id, node, EdgeKind::Subject, FoundBy::Subject, 0);
        }
        self.fallback_indexes_changed(repository, id);
    }

    /// A manifest was read: if a fallback tag ever named it, its entries are claims; if it is an entry of an index
    /// that a fallback tag ever named, what it says of itself completes the claim.
    fn fallback_indexes_changed(&mut self, repository: &Repository, read: NodeId) {
        for tag in self.fallback_tags_of(read) {
            for child in self.raw_targets(read, EdgeKind::Child) {
                self.fallback_claims(repository, &tag, child);
            }
        }
        for index in self.raw_sources(read, EdgeKind::Child) {
            for tag in self
                .fallback_tags_of(index)
                .into_iter()
                .filter(|tag| tag.subject().is_none())
            {
                self.fallback_claims(repository, &tag, read);
            }
        }
    }

    /// The fallback tags that ever named a manifest.
    fn fallback_tags_of(&self, manifest: NodeId) -> Vec<DigestTag> {
        let tags = self.raw_sources(manifest, EdgeKind::Names).into_iter();
        let names = tags.filter_map(|tag| self.texts.text(self.node(tag)?.text));
        let tags = names.filter_map(|name| DigestTag::parse(name.as_str()));
        tags.filter(|tag| tag.kind == DigestTagKind::Fallback)
            .collect()
    }

    /// A registry that is known only because it was named as a target.
    pub fn touch_registry(&mut self, origin: &Origin) -> NodeId {
        self.registry_node(origin)
    }

    /// A repository that is known only because it was named as a target.
    pub fn touch_repository(&mut self, repository: &Repository) -> NodeId {
        self.repository_node(repository)
    }
}

/// The artifact type by which tools list a manifest: its own, or its config's media type unless that only says that it
/// is an image, or nothing.
fn own_artifact_type(manifest: &Manifest) -> Option<RemoteText> {
    manifest.listed_artifact_type().filter(|listed| {
        manifest.artifact_type.as_ref() == Some(listed)
            || !media_type::is_image_config(listed.as_str()) && *listed != media_type::OCI_EMPTY
    })
}

fn kind_of_form(form: Form) -> NodeKind {
    match form {
        Form::Image | Form::Schema1 | Form::Unknown => NodeKind::Manifest,
        Form::Index => NodeKind::Index,
        Form::Artifact => NodeKind::Artifact,
    }
}

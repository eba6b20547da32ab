//! The images of the shown part of a graph, and the evidence that is attached to anything in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fixedbitset::FixedBitSet;
use jiff::Timestamp;

use crate::content::Content;
use crate::evidence::signature::{
    self, EnvelopeForm, Evidence, Kind, MAX_EVIDENCE, Report, Subject, Trust,
};
use crate::graph::{EdgeKind, FoundBySet, Graph, NodeId, NodeKind};
use crate::oci::purpose::{buildkit_subject, of_descriptor};
use crate::oci::tag::DigestTag;
use crate::oci::{Descriptor, Digest, Manifest, RemoteText, Repository, Role, media_type};

const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";
const NOTATION: &str = "application/vnd.cncf.notary.signature";
const CHART: &str = "application/vnd.cncf.helm.chart.content";
const HELM: &str = "application/vnd.cncf.helm.chart.provenance";

/// Something that the target's tags lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its node.
    pub node: NodeId,
    /// Where it is.
    pub repository: Repository,
    /// Its digest.
    pub digest: Digest,
    /// The tags that name it.
    pub tags: Vec<RemoteText>,
    /// Its platform; an index has none.
    pub platform: Option<RemoteText>,
    /// The indexes that name it by digest, whose signatures cover it.
    pub indexes: Vec<Digest>,
}

/// A layer that is evidence about something. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Where it is.
    pub repository: Repository,
    /// The manifest that carries it; none where it lies beside the registry.
    pub manifest: Option<Digest>,
    /// Which of its layers.
    pub layer: u32,
    /// The digest of the layer.
    pub blob: Digest,
    /// What the manifest is attached to.
    pub subject: Option<Digest>,
    /// The platform of what it is attached to.
    pub platform: Option<RemoteText>,
    /// How it was found.
    pub found_by: FoundBySet,
    form: Form,
    carrier: Option<Arc<Manifest>>,
    bytes: Option<Arc<[u8]>>,
    /// Why the bytes are not here.
    missing: Option<RemoteText>,
    /// Why it is not known what there is.
    unread: Option<RemoteText>,
    subject_manifest: Option<Arc<Manifest>>,
    is_beyond: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    CosignSignature,
    CosignAttestation,
    Bundle,
    Notation(Option<EnvelopeForm>),
    Helm,
    SimpleSigning,
}

/// What was found in a part of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Images, by repository, then tag, an index before its platforms.
    pub images: Vec<Image>,
    /// Evidence, by manifest, then layer.
    pub evidence: Vec<Attached>,
}

impl Collected {
    /// Adds what was found in another part of the same graph, each thing once.
    pub fn add(&mut self, other: Self) {
        for image in other.images {
            match self.images.iter_mut().find(|one| one.node == image.node) {
                Some(known) => {
                    let tags = image.tags.into_iter();
                    let new = tags.filter(|tag| !known.tags.contains(tag));
                    let new: Vec<_> = new.collect();
                    known.tags.extend(new);
                }
                None => self.images.push(image),
            }
        }
        let known: std::collections::HashSet<_> =
            (self.evidence.iter().map(Attached::place)).collect();
        let new = other.evidence.into_iter();
        let new: Vec<_> = new.filter(|one| !known.contains(&one.place())).collect();
        self.evidence.extend(new);
    }
}

impl Attached {
    /// Where it lies: a layer, of the manifest that carries it, about what.
    fn place(&self) -> (Repository, Option<Digest>, u32, Option<Digest>) {
        (
            self.repository.clone(),
            self.manifest,
            self.layer,
            self.subject,
        )
    }

    /// Its form.
    pub const fn kind(&self) -> Kind {
        match self.form {
            Form::CosignSignature => Kind::CosignSignature,
            Form::CosignAttestation => Kind::CosignAttestation,
            Form::Bundle => Kind::SigstoreBundle,
            Form::Notation(_) => Kind::Notation,
            Form::Helm => Kind::HelmProvenance,
            Form::SimpleSigning => Kind::SimpleSigning,
        }
    }

    /// Reads and checks it. Costs about a millisecond.
    pub fn verify(&self, trust: &Trust, now: Timestamp) -> Report {
        if self.is_beyond {
            let why = format!("more than {MAX_EVIDENCE} pieces of evidence; this one is not read");
            return signature::unreadable(self.kind(), &why);
        }
        let Some(bytes) = &self.bytes else {
            if let Some(why) = &self.unread {
                return signature::unread(self.kind(), why.as_str());
            }
            return match &self.missing {
                Some(why) => signature::unreadable(self.kind(), why.as_str()),
                None => signature::unread(self.kind(), "its layer was not read"),
            };
        };
        let subject = self.subject_of();
        let none = crate::oci::Annotations::new();
        let carrier = self.carrier.as_ref();
        let layer = carrier.and_then(|carrier| carrier.layers.at(self.layer));
        let annotations = layer.map_or(&none, |layer| &layer.annotations);
        let evidence = match self.form {
            Form::CosignSignature => Evidence::CosignSignature(bytes, annotations),
            Form::CosignAttestation => Evidence::CosignAttestation(bytes, annotations),
            Form::Bundle => {
                Evidence::Bundle(bytes, carrier.map_or(&none, |carrier| &carrier.annotations))
            }
            Form::Notation(Some(form)) => Evidence::Notation(bytes, form),
            Form::Notation(None) => {
                return signature::unreadable(Kind::Notation, "an envelope of another type");
            }
            Form::Helm => Evidence::HelmProvenance(bytes),
            Form::SimpleSigning => Evidence::SimpleSigning(bytes),
        };
        signature::verify(evidence, subject.as_ref(), trust, now)
    }

    /// A signature of simple signing that lies beside the registry, the `place`th of an image
    /// (containers/image, `docs/signature-protocols.md`).
    pub fn beside(image: &Image, content: &Content, place: u32, bytes: Vec<u8>) -> Self {
        Self {
            repository: image.repository.clone(),
            manifest: None,
            layer: place,
            blob: Digest::of(&bytes),
            subject: Some(image.digest),
            platform: image.platform.clone(),
            found_by: FoundBySet::default(),
            form: Form::SimpleSigning,
            carrier: None,
            bytes: Some(bytes.into()),
            missing: None,
            unread: None,
            subject_manifest: content.manifest(&image.digest),
            is_beyond: false,
        }
    }

    /// What lies beside an image and could not be read.
    pub fn unread_beside(image: &Image, content: &Content, reason: &str) -> Self {
        let why = format!("the signatures that the registry keeps could not be read: {reason}");
        Self {
            bytes: None,
            unread: Some(why.into()),
            ..Self::beside(image, content, 0, Vec::new())
        }
    }

    fn subject_of(&self) -> Option<Subject> {
        if self.form == Form::Helm {
            // A chart's provenance speaks of its archive, which is a layer beside it.
            let chart = self.subject_manifest.as_ref()?;
            let archive = chart
                .layers
                .readable()
                .map(|(_, layer)| layer)
                .find(|layer| layer.media_type.as_str().starts_with(CHART))?;
            return Some(Subject::of_digest(archive.digest));
        }
        if let Some(manifest) = &self.subject_manifest {
            let size = manifest.bytes.len() as u64;
            let subject = Subject::of_bytes(&manifest.bytes);
            return Some(subject.with_descriptor(manifest.media_type.as_str(), size));
        }
        self.subject.map(Subject::of_digest)
    }
}

/// Collects images and evidence of the part of `graph` that is `shown`. `root` is the manifest that a person named by
/// its digest: an image whatever it is; `first` is the tag that they named it by. Cost: `O(n log n)` in what is shown.
pub fn collect(
    graph: &Graph,
    content: &Content,
    shown: &FixedBitSet,
    root: Option<NodeId>,
    first: Option<&RemoteText>,
) -> Collected {
    let mut images: BTreeMap<NodeId, Image> = BTreeMap::new();
    let mut order = Vec::new();
    for (node, tag) in begin(graph, shown, root) {
        add_image(graph, content, node, None, &mut images, &mut order);
        if let (Some(tag), Some(image)) = (tag, images.get_mut(&node))
            && !image.tags.contains(&tag)
        {
            let is_first = first == Some(&tag);
            let place = if is_first { 0 } else { image.tags.len() };
            image.tags.insert(place, tag);
        }
    }
    let images = order
        .iter()
        .filter_map(|node| images.remove(node))
        .collect();
    Collected {
        images,
        evidence: evidence(graph, content, shown),
    }
}

/// Where images begin: what tags name, in order, and what a person named.
fn begin(
    graph: &Graph,
    shown: &FixedBitSet,
    root: Option<NodeId>,
) -> Vec<(NodeId, Option<RemoteText>)> {
    let mut tags: Vec<(Repository, RemoteText, NodeId)> = graph
        .nodes()
        .filter(|id| shown.contains(id.index()) && graph.kind(*id) == NodeKind::Tag)
        .filter_map(|id| {
            let name = graph.tag_name(id)?.clone();
            let target = graph.target(id)?;
            let is_machinery = DigestTag::parse(name.as_str()).is_some();
            let is_there = !is_machinery && !graph.is_gone(id);
            is_there.then(|| Some((graph.repository_of(id)?.clone(), name, target)))?
        })
        .filter(|(_, _, target)| is_image(graph, *target))
        .collect();
    tags.sort();
    let mut begin: Vec<_> = root.map(|root| (root, None)).into_iter().collect();
    let is_untagged = tags.is_empty();
    begin.extend(
        tags.into_iter()
            .map(|(_, name, target)| (target, Some(name))),
    );
    if is_untagged && root.is_none() {
        begin.extend(loose(graph, shown).into_iter().map(|node| (node, None)));
    }
    if let Some(root) = root {
        // Other tags are there only for what they name beside it.
        begin.retain(|(node, _)| *node == root);
    }
    begin
}

/// Where nothing is tagged, as in what `cosign save` writes: the images that nothing names.
fn loose(graph: &Graph, shown: &FixedBitSet) -> Vec<NodeId> {
    let mut found: Vec<(Option<Digest>, NodeId)> = graph
        .nodes()
        .filter(|id| shown.contains(id.index()))
        .filter(|id| {
            matches!(graph.kind(*id), NodeKind::Index | NodeKind::Manifest)
                && graph
                    .purpose(*id)
                    .is_some_and(|found| found.role == Role::Image)
                && is_image(graph, *id)
                && graph.incoming_of(*id, EdgeKind::Child).next().is_none()
        })
        .map(|id| (graph.digest_of(id), id))
        .collect();
    found.sort();
    found.into_iter().map(|(_, id)| id).collect()
}

/// Whether what a tag names is an image, and not there to say something of others.
fn is_image(graph: &Graph, node: NodeId) -> bool {
    let is_referrer = graph
        .outgoing(node)
        .iter()
        .any(|edge| edge.kind == EdgeKind::Subject);
    let role = graph.purpose(node).map(|purpose| purpose.role);
    !is_referrer && !matches!(role, Some(Role::Signature | Role::Attestation))
}

/// Adds a manifest and, of an index, what it names. An attestation manifest among its entries is none.
fn add_image(
    graph: &Graph,
    content: &Content,
    node: NodeId,
    index: Option<&[Digest]>,
    images: &mut BTreeMap<NodeId, Image>,
    order: &mut Vec<NodeId>,
) {
    let (Some(digest), Some(repository)) = (graph.digest_of(node), graph.repository_of(node))
    else {
        return;
    };
    let above = index.unwrap_or_default();
    if above.contains(&digest) {
        return;
    }
    if let Some(known) = images.get_mut(&node) {
        for index in above {
            if !known.indexes.contains(index) {
                known.indexes.push(*index);
            }
        }
    } else {
        let view = graph.view(node);
        images.insert(
            node,
            Image {
                node,
                repository: repository.clone(),
                digest,
                tags: Vec::new(),
                platform: view.platform.cloned(),
                indexes: above.to_vec(),
            },
        );
        order.push(node);
    }
    let manifest = content.manifest(&digest);
    let path: Vec<Digest> = above.iter().copied().chain([digest]).collect();
    for edge in graph.outgoing(node) {
        if edge.kind != EdgeKind::Child {
            continue;
        }
        let entry = manifest
            .as_ref()
            .and_then(|manifest| manifest.manifests.at(edge.position).cloned());
        let is_attestation = entry
            .as_ref()
            .is_some_and(|entry| buildkit_subject(entry).is_some());
        if !is_attestation && is_image_entry(graph, edge.to, entry.as_ref()) {
            add_image(graph, content, edge.to, Some(&path), images, order);
        }
    }
}

fn is_image_entry(graph: &Graph, node: NodeId, entry: Option<&Descriptor>) -> bool {
    let role = graph
        .purpose(node)
        .or_else(|| entry.map(of_descriptor))
        .map(|purpose| purpose.role);
    !matches!(role, Some(Role::Signature | Role::Attestation))
}

/// The evidence in what is shown, by manifest and layer.
fn evidence(graph: &Graph, content: &Content, shown: &FixedBitSet) -> Vec<Attached> {
    let mut nodes: Vec<(Digest, NodeId)> = graph
        .nodes()
        .filter(|id| shown.contains(id.index()))
        .filter_map(|id| Some((graph.digest_of(id)?, id)))
        .collect();
    nodes.sort();
    let mut carried = Carried::default();
    for (digest, node) in nodes {
        carried.add(graph, content, node, &digest);
    }
    carried.found
}

/// The evidence about one manifest: what is attached to it, and to the indexes that name it. Cost: `O(r log r)` in its
/// referrers.
pub fn collect_about(graph: &Graph, content: &Content, node: NodeId) -> Collected {
    let (Some(digest), Some(repository)) = (graph.digest_of(node), graph.repository_of(node))
    else {
        return Collected::default();
    };
    let mut indexes: Vec<(NodeId, Digest)> = graph
        .incoming_of(node, EdgeKind::Child)
        .filter_map(|edge| Some((edge.from, graph.digest_of(edge.from)?)))
        .collect();
    indexes.sort();
    let about: Vec<NodeId> = std::iter::once(node)
        .chain(indexes.iter().map(|(index, _)| *index))
        .collect();
    let mut carriers: BTreeSet<(Digest, NodeId)> = about
        .iter()
        .flat_map(|subject| graph.referrers(*subject))
        .filter_map(|edge| Some((graph.digest_of(edge.from)?, edge.from)))
        .collect();
    carriers.insert((digest, node));
    let mut carried = Carried::default();
    for (digest, node) in carriers {
        carried.add(graph, content, node, &digest);
    }
    Collected {
        images: vec![Image {
            node,
            repository: repository.clone(),
            digest,
            tags: Vec::new(),
            platform: graph.view(node).platform.cloned(),
            indexes: indexes.into_iter().map(|(_, digest)| digest).collect(),
        }],
        evidence: carried.found,
    }
}

/// The evidence about an image whose index and platforms are `parts`, by manifest and layer. Cost: `O(r log r)` in
/// their referrers.
pub fn collect_of(graph: &Graph, content: &Content, parts: &[NodeId]) -> Vec<Attached> {
    let digests: BTreeSet<Digest> = parts
        .iter()
        .filter_map(|part| graph.digest_of(*part))
        .collect();
    let carriers: BTreeSet<(Digest, NodeId)> = parts
        .iter()
        .flat_map(|part| graph.referrers(*part))
        .map(|edge| edge.from)
        .chain(parts.iter().copied())
        .filter_map(|node| Some((graph.digest_of(node)?, node)))
        .collect();
    let mut carried = Carried::default();
    for (digest, node) in carriers {
        carried.add(graph, content, node, &digest);
    }
    let is_of = |attached: &Attached| {
        attached
            .subject
            .is_some_and(|subject| digests.contains(&subject))
    };
    carried.found.retain(is_of);
    carried.found
}

/// Evidence as it is found, and how much of it there is about each thing.
#[derive(Default)]
struct Carried {
    found: Vec<Attached>,
    counts: BTreeMap<Option<Digest>, usize>,
}

impl Carried {
    /// Adds the evidence that a manifest carries.
    fn add(&mut self, graph: &Graph, content: &Content, node: NodeId, digest: &Digest) {
        let Some(manifest) = content.manifest(digest) else {
            return;
        };
        let layers: Vec<(u32, Form)> = manifest
            .layers
            .readable()
            .filter_map(|(place, layer)| Some((place, form_of(&manifest, layer)?)))
            .collect();
        if layers.is_empty() {
            return;
        }
        let mut subjects: BTreeMap<(Option<Digest>, NodeId), FoundBySet> = graph
            .outgoing(node)
            .into_iter()
            .filter(|edge| edge.kind == EdgeKind::Subject)
            .map(|edge| ((graph.digest_of(edge.to), edge.to), edge.found_by))
            .collect();
        if subjects.is_empty() {
            // Evidence within what it is about: a chart's own signature.
            let is_own = layers.iter().all(|(_, form)| *form == Form::Helm);
            subjects.insert((is_own.then_some(*digest), node), FoundBySet::default());
        }
        for ((subject, subject_node), found_by) in subjects {
            for (place, form) in &layers {
                self.add_layer(
                    graph,
                    content,
                    (node, &manifest),
                    (*place, *form),
                    (subject, subject_node, found_by),
                );
            }
        }
    }

    fn add_layer(
        &mut self,
        graph: &Graph,
        content: &Content,
        (node, manifest): (NodeId, &Arc<Manifest>),
        (place, form): (u32, Form),
        (subject, subject_node, found_by): (Option<Digest>, NodeId, FoundBySet),
    ) {
        let (Some(layer), Some(repository)) =
            (manifest.layers.at(place), graph.repository_of(node))
        else {
            return;
        };
        let count = self.counts.entry(subject).or_default();
        *count += 1;
        let bytes = content.document(&layer.digest);
        let missing = match &bytes {
            Some(_) => None,
            None => why_missing(graph, node, layer),
        };
        self.found.push(Attached {
            repository: repository.clone(),
            manifest: Some(manifest.digest),
            layer: place,
            blob: layer.digest,
            subject,
            platform: graph.view(subject_node).platform.cloned(),
            found_by,
            form,
            carrier: Some(manifest.clone()),
            bytes,
            missing,
            unread: None,
            subject_manifest: subject.and_then(|subject| content.manifest(&subject)),
            is_beyond: *count > MAX_EVIDENCE,
        });
    }
}

/// Why the bytes of a layer could not be had, if they were asked for.
fn why_missing(graph: &Graph, node: NodeId, layer: &Descriptor) -> Option<RemoteText> {
    graph
        .repository_of(node)
        .and_then(|repository| graph.object(repository, &layer.digest))
        .and_then(|blob| graph.absence(blob))
        .map(|absence| format!("its layer could not be read: {}", absence.reason.as_str()).into())
}

/// What a layer of a manifest is, if it is evidence.
fn form_of(manifest: &Manifest, layer: &Descriptor) -> Option<Form> {
    let layer_type = media_type::essence(layer.media_type.as_str());
    let is_notation = manifest
        .artifact_type
        .as_ref()
        .is_some_and(|found| *found == NOTATION)
        || manifest
            .config
            .as_ref()
            .is_some_and(|config| config.media_type == *NOTATION);
    if is_notation {
        return Some(Form::Notation(match &*layer_type {
            "application/jose+json" => Some(EnvelopeForm::Jws),
            "application/cose" => Some(EnvelopeForm::Cose),
            _ => None,
        }));
    }
    if layer_type == SIMPLE_SIGNING {
        Some(Form::CosignSignature)
    } else if layer_type == DSSE || layer_type.ends_with("+dsse") {
        Some(Form::CosignAttestation)
    } else if layer_type.starts_with(BUNDLE) {
        Some(Form::Bundle)
    } else if layer_type.starts_with(HELM) {
        Some(Form::Helm)
    } else {
        None
    }
}

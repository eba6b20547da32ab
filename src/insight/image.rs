//! What one image is: its platforms, what it says of itself, and what is attached to each part of it.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::content::Content;
use crate::evidence::Reading;
use crate::evidence::chart::{ChartImage, StatedBy, images_of_annotations};
use crate::graph::{EdgeKind, Graph, NodeId, NodeKind, NodeState};
use crate::oci::purpose::{self, DocumentKinds};
use crate::oci::tag::DigestTag;
use crate::oci::{
    Address, Descriptor, Digest, Manifest, Origin, RemoteText, Repository, Role, Target,
};

use super::attached::{Attached, AttachedDocuments, attached};
use super::cells::{Cells, Readings, cells};
use super::identity::{Sources, Stated, VendorValue, identity, vendor_values};
use super::marks;
use super::outline::{content_size, image_config};

/// What a target names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// An image for several platforms.
    Index,
    /// An image for one platform.
    Image,
    /// A Helm chart.
    Chart,
    /// Anything else that somebody pushed.
    Artifact,
}

impl ImageKind {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Image => "image",
            Self::Chart => "chart",
            Self::Artifact => "artifact",
        }
    }
}

/// A part of an image that evidence may be attached to: the index itself, or a platform.
#[derive(Clone, Debug)]
pub struct Part {
    /// The platform; none: the index itself, or what has no platform.
    pub platform: Option<RemoteText>,
    /// Its manifest.
    pub node: NodeId,
    /// The digest of that.
    pub digest: Digest,
    /// Bytes of it and of all that it names, where they are known.
    pub bytes: Option<u64>,
    /// How many layers it has, where it was read; an index has none.
    pub layers: Option<usize>,
    /// What evidence is attached to it.
    pub cells: Cells,
    /// The documents that are attached to it.
    pub attached: AttachedDocuments,
}

/// An attached document that was read, and where it stands.
#[derive(Clone, Debug)]
pub struct ReadDocument {
    /// The document and what carries it.
    pub attached: Attached,
    /// The digest of the manifest that carries it.
    pub carrier: Option<Digest>,
    /// The part that it is attached to.
    pub subject: Digest,
    /// The platform of that part.
    pub platform: Option<RemoteText>,
    /// What it says.
    pub reading: Arc<Reading>,
}

/// An image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its manifest.
    pub node: NodeId,
    /// The digest of that.
    pub digest: Digest,
    /// What it is.
    pub kind: ImageKind,
    /// The tag that it was asked for by, if it was.
    pub asked_as: Option<RemoteText>,
    /// The tags that name it, sorted; tags that tools make are left out.
    pub tags: Vec<RemoteText>,
    /// The index itself, if it is one, then its platforms in its order.
    pub parts: Vec<Part>,
    /// Whether platforms were left out because they were not asked for.
    pub is_partial: bool,
    /// What it says that it is, part by part.
    pub identity: Vec<Stated>,
    /// What vendors say under keys of their own.
    pub vendor: Vec<VendorValue>,
    /// What attached documents say, part by part.
    pub documents: Vec<ReadDocument>,
    /// Of a chart, the images that it names.
    pub named: Vec<NamedImage>,
}

/// An image that a chart names.
#[derive(Clone, Debug)]
pub struct NamedImage {
    /// The reference, and what names it.
    pub image: ChartImage,
    /// Where that is.
    pub at: Option<Address>,
    /// What is known of it; none: it is elsewhere, or was not read.
    pub found: Option<Box<Image>>,
}

impl NamedImage {
    /// Whether nothing says that it is an image, and it only looks like one.
    pub const fn is_guess(&self) -> bool {
        matches!(self.image.stated_by, StatedBy::Values(_))
    }
}

/// Where an image is that a reference names; without a tag, at `latest`, as those mean it who install a chart.
fn address_of(reference: &str) -> Option<Address> {
    let Ok(Target::Repository(target)) = Target::parse(reference, None) else {
        return None;
    };
    let repository = Repository::new(&Origin::new(target.host.as_str()), target.path.as_str());
    Some(match (&target.digest, &target.tag) {
        (Some(digest), _) => Address::Object(repository, *digest),
        (None, Some(tag)) => Address::Tag(repository, tag.as_str().into()),
        (None, None) => Address::Tag(repository, "latest".into()),
    })
}

/// The images that a chart names: those of its annotations first, then those that its values seem to name; each once.
fn named(manifest: &Manifest, documents: &[ReadDocument]) -> Vec<NamedImage> {
    let annotation = |key: &str| {
        let mut all = manifest.annotations.iter();
        all.find(|(known, _)| known.as_str() == key)
            .map(|(_, value)| value.as_str())
    };
    let charts = documents.iter().filter_map(|read| read.reading.chart());
    let of_charts = charts.flat_map(|chart| chart.images.clone());
    let mut images: Vec<ChartImage> = images_of_annotations(annotation);
    images.extend(of_charts);
    images.sort_by_key(|image| matches!(image.stated_by, StatedBy::Values(_)));
    let mut seen = HashSet::new();
    images.retain(|image| seen.insert(image.reference.clone()));
    let images = images.into_iter().map(|image| NamedImage {
        at: address_of(image.reference.as_str()),
        found: None,
        image,
    });
    images.collect()
}

/// Bytes of all that these manifests name, what several name once; none where a part is not known. `O(V + E)`.
fn closure_bytes(graph: &Graph, roots: &[NodeId]) -> Option<u64> {
    let reached = graph.reachable(roots.iter().copied());
    let mut seen = HashSet::new();
    let mut sum: u64 = 0;
    for node in graph.nodes().filter(|node| reached.contains(node.index())) {
        let Some(digest) = graph.digest_of(node) else {
            continue;
        };
        if seen.insert(digest) {
            sum = sum.checked_add(graph.view(node).size?)?;
        }
    }
    Some(sum)
}

/// A platform of an index, or an image alone, before anything is looked up.
struct Place {
    platform: Option<RemoteText>,
    node: NodeId,
    descriptor: Option<Descriptor>,
}

/// The images that a repository's tags lead to, or that a tag names, or a manifest itself: each once, in the order of
/// their digests. Evidence that stands under tags of its own is none. A repository without such tags, as the layouts of
/// many tools are, has what nothing leads to. `O(n log n)` in the tags; where there are none, in all nodes.
pub fn images_of(graph: &Graph, root: NodeId) -> Vec<NodeId> {
    let mut found: Vec<NodeId> = match graph.kind(root) {
        NodeKind::Registry => {
            let repositories = graph.outgoing(root).into_iter();
            repositories
                .flat_map(|edge| in_repository(graph, edge.to))
                .collect()
        }
        NodeKind::Repository => in_repository(graph, root),
        NodeKind::Tag => graph.target(root).into_iter().collect(),
        _ => vec![root],
    };
    found.sort_by_cached_key(|node| {
        let place = graph.repository_of(*node);
        let place = place.map_or(String::new(), ToString::to_string);
        (place, graph.digest_of(*node))
    });
    found.dedup();
    found
}

fn in_repository(graph: &Graph, repository: NodeId) -> Vec<NodeId> {
    let tags = graph.outgoing(repository).into_iter();
    let named = tags.filter_map(|edge| {
        let is_evidence = |name: &RemoteText| DigestTag::parse(name.as_str()).is_some();
        let is_named = graph
            .tag_name(edge.to)
            .is_some_and(|name| !is_evidence(name));
        let target = graph.target(edge.to)?;
        (is_named && !graph.is_gone(edge.to)).then_some(target)
    });
    let named: Vec<NodeId> = named.collect();
    if !named.is_empty() {
        return named;
    }
    let place = graph.repository_of(repository);
    let is_root = |node: &NodeId| {
        let is_listed = |kind| graph.incoming(*node).iter().any(|edge| edge.kind == kind);
        let refers = graph
            .outgoing(*node)
            .iter()
            .any(|edge| edge.kind == EdgeKind::Subject);
        graph.kind(*node).is_manifest()
            && graph.repository_of(*node) == place
            && graph.state(*node) == NodeState::Loaded
            && marks::wants_evidence(graph, *node)
            && !is_listed(EdgeKind::Child)
            && !is_listed(EdgeKind::Names)
            && !refers
    };
    graph.nodes().filter(is_root).collect()
}

/// The parts of an image whose documents have to be read before [`image`] can tell of them.
pub fn parts_of(graph: &Graph, content: &Content, node: NodeId) -> Vec<NodeId> {
    let mut nodes = vec![node];
    nodes.extend(
        places(graph, content, node)
            .into_iter()
            .map(|place| place.node),
    );
    nodes.dedup();
    nodes
}

/// Puts together what is known of the image whose manifest is `node`. `O(d log d)` in its documents.
///
/// None: it was not read.
pub fn image(graph: &Graph, content: &Content, readings: &Readings, node: NodeId) -> Option<Image> {
    let digest = graph.digest_of(node)?;
    let manifest = content.manifest(&digest)?;
    let kind = kind_of(graph, node);
    let index = (kind == ImageKind::Index).then_some(&manifest);
    let mut image = Image {
        node,
        digest,
        kind,
        asked_as: None,
        tags: tags(graph, node),
        parts: Vec::new(),
        is_partial: false,
        identity: Vec::new(),
        vendor: Vec::new(),
        documents: Vec::new(),
        named: Vec::new(),
    };
    let mut all = Vec::new();
    if index.is_some() || kind != ImageKind::Image {
        let itself = Place {
            platform: None,
            node,
            descriptor: None,
        };
        all.push(itself);
    }
    all.extend(places(graph, content, node));
    for place in all {
        image.add(graph, content, readings, place, index.map(|index| &**index));
    }
    if kind == ImageKind::Chart {
        image.named = named(&manifest, &image.documents);
    }
    Some(image)
}

impl Image {
    /// Leaves the platforms that `wanted` (`os/arch[/variant]`) asks for, and the index itself.
    pub fn keep_platform(&mut self, wanted: &str) {
        let is_wanted = |platform: &Option<RemoteText>| {
            let Some(platform) = platform else {
                return true;
            };
            let rest = platform.as_str().strip_prefix(wanted);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        };
        let before = self.parts.len();
        self.parts.retain(|part| is_wanted(&part.platform));
        self.is_partial |= self.parts.len() < before;
        self.identity.retain(|one| is_wanted(&one.platform));
        self.vendor.retain(|one| is_wanted(&one.platform));
        self.documents.retain(|one| is_wanted(&one.platform));
    }

    /// Bytes of a chart and of all the images that it certainly names, what several of them have once; none where one is
    /// elsewhere or a part is not known. `O(V + E)`.
    pub fn collection_bytes(&self, graph: &Graph) -> Option<u64> {
        let certain = self.named.iter().filter(|one| !one.is_guess());
        let found = certain.map(|one| Some(one.found.as_ref()?.node));
        let mut roots = found.collect::<Option<Vec<_>>>()?;
        roots.push(self.node);
        closure_bytes(graph, &roots)
    }

    /// Its parts that are platforms: all but the index itself.
    pub fn platforms(&self) -> impl Iterator<Item = &Part> {
        let is_platform = |part: &&Part| {
            self.kind == ImageKind::Image || self.kind == ImageKind::Index && part.node != self.node
        };
        self.parts.iter().filter(is_platform)
    }

    fn add(
        &mut self,
        graph: &Graph,
        content: &Content,
        readings: &Readings,
        place: Place,
        index: Option<&Manifest>,
    ) {
        let Some(digest) = graph.digest_of(place.node) else {
            return;
        };
        let is_index = index.is_some_and(|index| index.digest == digest);
        let manifest = content.manifest(&digest).filter(|_| !is_index);
        let attached = attached(graph, content, place.node, DocumentKinds::ALL);
        let documents = read(
            graph,
            &attached,
            readings,
            (digest, place.platform.as_ref()),
        );
        let config = manifest.as_ref().and_then(|manifest| {
            let digest = manifest
                .config
                .as_ref()
                .map_or(manifest.digest, |one| one.digest);
            Some((digest, image_config(content, manifest)?))
        });
        let said = documents.iter();
        let said = said.map(|one| (one.attached.blob.digest, &*one.reading));
        let sources = Sources {
            platform: place.platform.clone(),
            manifest: manifest.as_deref(),
            descriptor: place.descriptor.as_ref(),
            index,
            config: config.as_ref().map(|(digest, config)| (*digest, &**config)),
            documents: said.collect(),
        };
        self.identity.extend(identity(&sources));
        self.vendor.extend(vendor_values(&sources));
        self.parts.push(Part {
            platform: place.platform,
            node: place.node,
            digest,
            bytes: content_size(graph, place.node),
            layers: manifest.as_ref().map(|manifest| manifest.layers.len()),
            cells: cells(graph, place.node, &attached, readings),
            attached,
        });
        self.documents.extend(documents);
    }
}

/// The attached documents of a part that were read. A document that a manifest carries twice is told once.
fn read(
    graph: &Graph,
    attached: &AttachedDocuments,
    readings: &Readings,
    (subject, platform): (Digest, Option<&RemoteText>),
) -> Vec<ReadDocument> {
    let mut seen = HashSet::new();
    let documents = attached.documents.iter();
    let documents = documents.filter(|one| seen.insert((one.carrier, one.blob.digest)));
    documents
        .filter_map(|one| {
            Some(ReadDocument {
                attached: one.clone(),
                carrier: graph.digest_of(one.carrier),
                subject,
                platform: platform.cloned(),
                reading: readings.get(&one.blob.digest)?.clone(),
            })
        })
        .collect()
}

fn kind_of(graph: &Graph, node: NodeId) -> ImageKind {
    let role = graph.purpose(node).map(|purpose| purpose.role);
    match (graph.kind(node), role) {
        (_, Some(Role::Chart)) => ImageKind::Chart,
        (NodeKind::Index, _) => ImageKind::Index,
        (NodeKind::Manifest, None | Some(Role::Image | Role::Source)) => ImageKind::Image,
        _ => ImageKind::Artifact,
    }
}

/// The tags that name a manifest, without those that tools make.
fn tags(graph: &Graph, node: NodeId) -> Vec<RemoteText> {
    let edges = graph.incoming(node).into_iter();
    let names = edges
        .filter(|edge| edge.kind == EdgeKind::Names && !graph.is_gone(edge.from))
        .filter_map(|edge| graph.tag_name(edge.from).cloned())
        .filter(|name| DigestTag::parse(name.as_str()).is_none());
    let names: BTreeSet<RemoteText> = names.collect();
    names.into_iter().collect()
}

/// The platforms of an image: what its index lists apart from attestations, or itself.
fn places(graph: &Graph, content: &Content, node: NodeId) -> Vec<Place> {
    let digest = graph.digest_of(node);
    let Some(manifest) = digest.and_then(|digest| content.manifest(&digest)) else {
        return Vec::new();
    };
    match kind_of(graph, node) {
        ImageKind::Index => listed(graph, content, node, &manifest),
        ImageKind::Image => vec![Place {
            platform: platform_of(content, &manifest),
            node,
            descriptor: None,
        }],
        ImageKind::Chart | ImageKind::Artifact => Vec::new(),
    }
}

fn listed(graph: &Graph, content: &Content, node: NodeId, index: &Manifest) -> Vec<Place> {
    let Some(repository) = graph.repository_of(node) else {
        return Vec::new();
    };
    let mut seen = HashSet::new();
    let mut places = Vec::new();
    for entry in &index.manifests {
        let is_image = purpose::of_descriptor(entry).role == Role::Image;
        let Some(node) = graph.object(repository, &entry.digest).filter(|_| is_image) else {
            continue;
        };
        let role = graph.purpose(node).map(|purpose| purpose.role);
        if role.is_some_and(|role| role != Role::Image) {
            continue;
        }
        let stated = entry.platform.as_ref();
        if stated.is_some_and(crate::oci::Platform::is_unknown)
            && graph.kind(node) != NodeKind::Index
        {
            continue;
        }
        let own = || {
            let manifest = content.manifest(&entry.digest)?;
            platform_of(content, &manifest)
        };
        let platform = stated.map(|platform| platform.exact().into()).or_else(own);
        if seen.insert((node, platform.clone())) {
            places.push(Place {
                platform,
                node,
                descriptor: Some(entry.clone()),
            });
        }
    }
    places
}

/// What an image's config says that it runs on.
fn platform_of(content: &Content, manifest: &Manifest) -> Option<RemoteText> {
    let config = image_config(content, manifest)?;
    let platform = &config.platform;
    (!platform.is_unknown()).then(|| platform.exact().into())
}

//! What each image stands on, by all evidence, and which of it is believed.

use std::collections::HashMap;
use std::sync::Arc;

use crate::content::Content;
use crate::graph::{Graph, NodeId, NodeKind};
use crate::insight::outline::{Documents, image_config};
use crate::oci::{Digest, ImageConfig, Repository};

use super::annotations::{self, Stated};
use super::history;
use super::images::{PlatformImage, images};
use super::layers::{LayerIndex, Layered};
use super::provenance;
use super::reference::BaseName;

/// How a base was found, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BaseEvidence {
    /// The image says so.
    Annotation,
    /// The account of its build says so.
    Provenance,
    /// Its first layers are all the layers of an image that was loaded.
    LayerPrefix,
    /// Its history looks as if the base ended there. A guess.
    History,
}

impl BaseEvidence {
    /// As programs read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Annotation => "base-annotation",
            Self::Provenance => "provenance",
            Self::LayerPrefix => "layer-prefix",
            Self::History => "history",
        }
    }

    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Annotation => "annotation",
            Self::Provenance => "provenance",
            Self::LayerPrefix => "layers",
            Self::History => "history, a guess",
        }
    }
}

/// One base, by one kind of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// What it is called: as it is written, or by the most specific tag of the loaded image.
    pub reference: Option<String>,
    /// Where that leads.
    pub name: Option<BaseName>,
    /// Its digests as stated: of an index, of a platform's manifest, or of both.
    pub digests: Vec<Digest>,
    /// How it was found.
    pub evidence: BaseEvidence,
    /// Where it is said, for an annotation.
    pub place: Option<&'static str>,
    /// How many layers it has, where all of them are the first of the image.
    pub shared_layers: Option<usize>,
    /// The loaded image that it is, as its place in [`Lineage::images`].
    pub image: Option<usize>,
}

/// What an image stands on.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// All that was found, the most trusted first.
    pub bases: Vec<Base>,
    /// The one that is believed, as its place among them.
    pub base: Option<usize>,
    /// Where evidence contradicts itself, in sentences.
    pub conflicts: Vec<String>,
}

impl Standing {
    /// The base that is believed.
    pub fn base(&self) -> Option<&Base> {
        self.bases.get(self.base?)
    }
}

/// Images and what they stand on.
pub struct Lineage {
    /// All images that were loaded.
    pub images: Vec<PlatformImage>,
    /// What each stands on.
    pub standings: Vec<Standing>,
    /// Whether each is of what was asked about, and not only a possible base.
    pub is_asked: Vec<bool>,
}

impl Lineage {
    /// What the images below `asked` stand on, by what they say and by the layers of all images below `asked` and
    /// `others`. Cost: proportional to the layers of all images and to their provenance.
    pub fn of(graph: &Graph, content: &Content, asked: &[NodeId], others: &[NodeId]) -> Self {
        let own = images(graph, content, asked.iter().copied());
        let own: std::collections::HashSet<NodeId> = own.iter().map(|image| image.node).collect();
        let images = images(graph, content, asked.iter().chain(others).copied());
        let layered = images.iter().map(|image| Layered {
            diff_ids: image.diff_ids(),
            config: image.config.as_deref(),
        });
        let index = LayerIndex::new(layered.collect());
        let finder = Finder {
            graph,
            content,
            images: &images,
            index: &index,
            by_digest: by_digest(graph, &images),
        };
        let standings = (0..images.len())
            .map(|place| finder.standing(place))
            .collect();
        let is_asked = images
            .iter()
            .map(|image| own.contains(&image.node))
            .collect();
        Self {
            images,
            standings,
            is_asked,
        }
    }

    /// The bases of an image, of its base, and so on, nearest first, as far as they are loaded.
    pub fn chain(&self, place: usize) -> Vec<&Base> {
        let mut chain = Vec::new();
        let mut seen = vec![place];
        let mut at = Some(place);
        while let Some(base) = at.and_then(|at| self.standings.get(at)?.base()) {
            chain.push(base);
            at = base.image.filter(|image| !seen.contains(image));
            seen.extend(at);
        }
        chain
    }

    /// The images that stand on one, directly.
    pub fn derived(&self, place: usize) -> impl Iterator<Item = usize> {
        let standings = self.standings.iter().enumerate();
        standings.filter_map(move |(other, standing)| {
            (standing.base()?.image == Some(place) && other != place).then_some(other)
        })
    }

    /// How an image is called: by its most telling tag, else by its digest.
    pub fn reference(&self, place: usize) -> String {
        self.images.get(place).map(reference).unwrap_or_default()
    }
}

fn by_digest(graph: &Graph, images: &[PlatformImage]) -> HashMap<Digest, Vec<usize>> {
    let mut places: HashMap<Digest, Vec<usize>> = HashMap::new();
    for (place, image) in images.iter().enumerate() {
        let index = image.index.and_then(|index| graph.digest_of(index));
        for digest in [Some(image.digest), index].into_iter().flatten() {
            places.entry(digest).or_default().push(place);
        }
    }
    places
}

fn reference(image: &PlatformImage) -> String {
    let most = image.tags.iter().max_by_key(|tag| {
        let digits = tag.as_str().bytes().filter(u8::is_ascii_digit).count();
        (digits, tag.as_str().len())
    });
    match most {
        Some(tag) => format!("{}:{}", image.repository, tag.as_str()),
        None => format!("{}@{}", image.repository, image.digest),
    }
}

/// The config of an image by its digest or by that of an index which has it for a platform, as far as it was read.
pub(super) fn config_of(
    graph: &Graph,
    documents: &dyn Documents,
    repository: &Repository,
    digest: &Digest,
    platform: Option<&str>,
) -> Option<Arc<ImageConfig>> {
    let node = graph.object(repository, digest)?;
    let manifest = platform_manifest(graph, documents, node, platform)?;
    let manifest = documents.manifest(&manifest)?;
    image_config(documents, &manifest)
}

/// The manifest of a platform: the digest itself, or what an index that was read has for the platform.
pub(super) fn platform_manifest(
    graph: &Graph,
    documents: &dyn Documents,
    node: NodeId,
    platform: Option<&str>,
) -> Option<Digest> {
    let digest = graph.digest_of(node)?;
    if graph.kind(node) != NodeKind::Index {
        return Some(digest);
    }
    let index = documents.manifest(&digest)?;
    let wanted = plain(platform?);
    let mut entries = index.manifests.iter();
    let entry = entries.find(|entry| {
        let platform = entry.platform.as_ref();
        platform.is_some_and(|platform| plain(&platform.exact()) == wanted)
    })?;
    Some(entry.digest)
}

/// A platform without the variant that goes without saying.
fn plain(platform: &str) -> &str {
    platform
        .strip_suffix("/v8")
        .filter(|rest| rest.ends_with("arm64"))
        .unwrap_or(platform)
}

/// Finds what one image after the other stands on.
struct Finder<'a> {
    graph: &'a Graph,
    content: &'a Content,
    images: &'a [PlatformImage],
    index: &'a LayerIndex<'a>,
    /// The places of images by their digest and by that of their index.
    by_digest: HashMap<Digest, Vec<usize>>,
}

impl Finder<'_> {
    fn standing(&self, place: usize) -> Standing {
        let Some(image) = self.images.get(place) else {
            return Standing::default();
        };
        let mut conflicts = Vec::new();
        let mut bases = self.annotated(image, &mut conflicts);
        let annotated = bases.len();
        bases.extend(self.built_with(image));
        let named = bases.len();
        for base in &mut bases {
            self.find_layers(image, base);
        }
        bases.extend(self.by_layers(place, image, &bases));
        if bases.is_empty() {
            bases.extend(guess(image));
        }
        let base = self.choose(image, &bases, annotated, named, &mut conflicts);
        Standing {
            bases,
            base,
            conflicts,
        }
    }

    /// What the image says: one base for each name, with all digests that are given for it.
    fn annotated(&self, image: &PlatformImage, conflicts: &mut Vec<String>) -> Vec<Base> {
        let mut bases: Vec<Base> = Vec::new();
        for Stated {
            place,
            name,
            digest,
        } in annotations::stated(self.graph, self.content, image)
        {
            let written = name.map(|name| name.as_str().to_owned());
            let known = bases.iter_mut().find(|base| {
                written.is_none() || base.reference.is_none() || base.reference == written
            });
            if let Some(base) = known {
                if base.reference.is_none() && written.is_some() {
                    base.name = written.as_deref().map(|name| self.name(name, image));
                    base.reference = written;
                }
                if let Some(digest) = digest.filter(|digest| !base.digests.contains(digest)) {
                    base.digests.push(digest);
                }
                continue;
            }
            if let (Some(first), Some(written)) = (bases.first(), &written) {
                let named = first.reference.as_deref().unwrap_or("another");
                let by = first.place.unwrap_or("manifest");
                conflicts.push(format!("the {by} names {named}, the {place} {written}"));
            }
            bases.push(Base {
                name: written.as_deref().map(|name| self.name(name, image)),
                reference: written,
                digests: digest.into_iter().collect(),
                evidence: BaseEvidence::Annotation,
                place: Some(place),
                shared_layers: None,
                image: None,
            });
        }
        bases
    }

    fn name(&self, written: &str, image: &PlatformImage) -> BaseName {
        let is_here = |repository: &Repository| self.graph.repository(repository).is_some();
        BaseName::parse(written, &image.repository, &is_here)
    }

    fn built_with(&self, image: &PlatformImage) -> Vec<Base> {
        let bytes = |digest: &Digest| self.content.document(digest);
        let materials = provenance::built_with(self.graph, &bytes, image);
        let materials = materials.into_iter().filter(|material| !material.is_tool());
        let bases = materials.map(|material| Base {
            name: Some(self.name(&material.reference, image)),
            reference: Some(material.reference),
            digests: material.digest.into_iter().collect(),
            evidence: BaseEvidence::Provenance,
            place: None,
            shared_layers: None,
            image: None,
        });
        bases.collect()
    }

    /// Which loaded image a named base is, and how many layers it has in common with what stands on it.
    fn find_layers(&self, image: &PlatformImage, base: &mut Base) {
        let loaded = base.digests.iter().find_map(|digest| {
            let places = self.by_digest.get(digest)?.iter().copied();
            let mut others = places.filter_map(|place| Some((place, self.images.get(place)?)));
            let found = others.find(|(_, other)| {
                other.node != image.node
                    && (other.digest == *digest || other.platform == image.platform)
            });
            found.map(|(place, _)| place)
        });
        base.image = loaded;
        if let Some(layers) = self.layers_of(image, base) {
            let is_prefix = image.diff_ids().starts_with(&layers.diff_ids);
            base.shared_layers = Some(if is_prefix { layers.diff_ids.len() } else { 0 });
        }
    }

    /// The config of a named base, as it was when the image was built.
    fn layers_of(&self, image: &PlatformImage, base: &Base) -> Option<Arc<ImageConfig>> {
        if let Some(loaded) = base.image.and_then(|loaded| self.images.get(loaded)) {
            return loaded.config.clone();
        }
        let repository = match base.name.as_ref()? {
            BaseName::Tag(named) => &named.repository,
            BaseName::Repository(repository) => repository,
            BaseName::Scratch | BaseName::Unreadable(_) => return None,
        };
        let platform = image.platform.as_deref();
        let mut digests = base.digests.iter();
        digests.find_map(|digest| config_of(self.graph, self.content, repository, digest, platform))
    }

    /// The loaded images whose layers the image begins with. Of several with equal layers those that something names
    /// come first, then those of other repositories.
    fn by_layers(&self, place: usize, image: &PlatformImage, named: &[Base]) -> Vec<Base> {
        let mut found = self.index.longest(place, |other| {
            let other = self.images.get(other);
            other.is_some_and(|other| other.platform == image.platform && other.node != image.node)
        });
        found.sort_by_cached_key(|(other, _)| {
            let other = self.images.get(*other);
            let is_named = named.iter().any(|base| {
                base.image
                    .is_some_and(|image| found_is(self.images, image, other))
            });
            let is_own = other.is_some_and(|other| other.repository == image.repository);
            (
                !is_named,
                is_own,
                other.is_none_or(|other| other.tags.is_empty()),
                other.map(reference),
            )
        });
        let bases = found.into_iter().filter_map(|(other, layers)| {
            let base = self.images.get(other)?;
            let index = base.index.and_then(|index| self.graph.digest_of(index));
            Some(Base {
                reference: Some(reference(base)),
                name: None,
                digests: [Some(base.digest), index].into_iter().flatten().collect(),
                evidence: BaseEvidence::LayerPrefix,
                place: None,
                shared_layers: Some(layers),
                image: Some(other),
            })
        });
        bases.collect()
    }

    /// Which base is believed.
    fn choose(
        &self,
        image: &PlatformImage,
        bases: &[Base],
        annotated: usize,
        named: usize,
        conflicts: &mut Vec<String>,
    ) -> Option<usize> {
        let layered = (named < bases.len()).then_some(named);
        let longest = layered.and_then(|place| bases.get(place));
        let told = match (annotated, named.saturating_sub(annotated)) {
            (0, 0) => return layered.or((!bases.is_empty()).then_some(0)),
            (0, 1) => Some(0),
            // The layers tell which of several went into the image, and not only into its build.
            (0, _) => {
                let built = bases.iter().take(named).enumerate();
                let held =
                    built.filter(|(_, base)| base.shared_layers.is_some_and(|shared| shared > 0));
                held.max_by_key(|(place, base)| (base.shared_layers, std::cmp::Reverse(*place)))
                    .map(|(place, _)| place)
            }
            (_, _) => Some(0),
        };
        let Some(told) = told else {
            return layered;
        };
        let base = bases.get(told)?;
        Self::tell_provenance(
            base,
            bases.get(annotated..named).unwrap_or_default(),
            conflicts,
        );
        let Some(longest) = longest else {
            let is_other = base.shared_layers == Some(0) && !image.diff_ids().is_empty();
            if is_other {
                let name = base.reference.as_deref().unwrap_or("the base");
                conflicts.push(format!("its first layers are not those of {name}"));
            }
            return Some(told);
        };
        if is_same(base, longest) {
            return Some(told);
        }
        let is_leaked = longest
            .image
            .is_some_and(|image| self.says_the_same(image, base));
        let is_longer = base
            .shared_layers
            .is_some_and(|shared| Some(shared) < longest.shared_layers);
        if is_leaked || is_longer {
            let by = base.evidence.words();
            let name = base.reference.as_deref().unwrap_or("another base");
            let layers = longest.reference.as_deref().unwrap_or_default();
            conflicts.push(format!(
                "by {by} it stands on {name}, by layers on {layers}"
            ));
            return layered;
        }
        Some(told)
    }

    /// Whether a loaded image names the same base: then what stands on it has the annotation from there.
    fn says_the_same(&self, loaded: usize, base: &Base) -> bool {
        let Some(image) = self.images.get(loaded) else {
            return false;
        };
        let mut ignored = Vec::new();
        let own = self.annotated(image, &mut ignored);
        base.evidence == BaseEvidence::Annotation
            && own
                .first()
                .is_some_and(|own| own.reference == base.reference && own.digests == base.digests)
    }

    /// Tells where provenance knows nothing of the base that an annotation names.
    fn tell_provenance(base: &Base, built: &[Base], conflicts: &mut Vec<String>) {
        if base.evidence != BaseEvidence::Annotation || built.is_empty() {
            return;
        }
        let is_known = built
            .iter()
            .any(|other| is_same(base, other) || is_same_repository(base, other));
        if !is_known {
            let names = built.iter().filter_map(|base| base.reference.as_deref());
            let names = names.collect::<Vec<_>>().join(", ");
            let name = base.reference.as_deref().unwrap_or("another base");
            conflicts.push(format!("the annotation names {name}, provenance {names}"));
        }
    }
}

fn found_is(images: &[PlatformImage], place: usize, other: Option<&PlatformImage>) -> bool {
    match (images.get(place), other) {
        (Some(one), Some(other)) => one.node == other.node,
        _ => false,
    }
}

/// Whether two pieces of evidence speak of one image.
fn is_same(one: &Base, other: &Base) -> bool {
    (one.image.is_some() && one.image == other.image)
        || one
            .digests
            .iter()
            .any(|digest| other.digests.contains(digest))
        || (one.reference.is_some() && one.reference == other.reference)
}

fn is_same_repository(one: &Base, other: &Base) -> bool {
    let repository = |base: &Base| match base.name.clone()? {
        BaseName::Tag(named) => Some(named.repository),
        BaseName::Repository(repository) => Some(repository),
        BaseName::Scratch | BaseName::Unreadable(_) => None,
    };
    repository(one).is_some() && repository(one) == repository(other)
}

/// What the history suggests.
fn guess(image: &PlatformImage) -> Option<Base> {
    let layers = history::base_layers(image.config.as_deref()?)?;
    Some(Base {
        reference: None,
        name: None,
        digests: Vec::new(),
        evidence: BaseEvidence::History,
        place: None,
        shared_layers: Some(layers),
        image: None,
    })
}

//! What differs between two images: layers, packages, configuration, identity and evidence, platform by platform.
//!
//! ```text
//! image a ─┬─ the index itself ──────────────┬─ identity, evidence
//! image b ─┘  each platform, paired by name ─┴─ and layers, packages, configuration
//! ```

mod packages;
mod settings;
mod words;

use std::collections::{HashMap, HashSet};

use crate::content::Content;
use crate::oci::{Digest, Manifest, RemoteText};

use super::cells::Cells;
use super::identity::Field;
use super::image::{Image, ImageKind, Part};

pub use packages::{ChangedPackage, Compared, OnePackage, PackageDifference, Way};
pub use settings::Setting;
pub use words::in_words;

/// What differs between two images.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Whether nothing differs: the same bytes, with the same kinds of evidence.
    pub is_same: bool,
    /// The platforms that both have, in the first one's order; of what has no platforms, itself.
    pub pairs: Vec<Pair>,
    /// The platforms that only the first has.
    pub only_a: Vec<(Option<RemoteText>, Digest)>,
    /// The platforms that only the second has.
    pub only_b: Vec<(Option<RemoteText>, Digest)>,
    /// Fields of which another value stands.
    pub identity: Vec<IdentityDifference>,
    /// What evidence each part has, the same or not.
    pub evidence: Vec<EvidenceDifference>,
    /// Bytes of all that is compared; none where a part is not known.
    pub bytes: (Option<u64>, Option<u64>),
}

/// One platform of both.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The platform; none: what has none.
    pub platform: Option<RemoteText>,
    /// The manifests.
    pub digests: (Digest, Digest),
    /// Bytes of each and of all that it names.
    pub bytes: (Option<u64>, Option<u64>),
    /// The layers.
    pub layers: LayerDifference,
    /// The packages.
    pub packages: PackageDifference,
    /// The settings of the configs that differ; none where one of them was not read.
    pub settings: Option<Vec<Setting>>,
}

/// Layers, each once, the base first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerDifference {
    /// Those that both have.
    pub shared: Vec<Digest>,
    /// Those that only the first has.
    pub only_a: Vec<Digest>,
    /// Those that only the second has.
    pub only_b: Vec<Digest>,
    /// Of those that only one has: the same files, compressed in another way.
    pub recompressed: Vec<(Digest, Digest)>,
}

/// A field of which another value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityDifference {
    /// The platform; none: the index itself, or what has no platform.
    pub platform: Option<RemoteText>,
    /// The field.
    pub field: Field,
    /// What stands on each side.
    pub values: (Option<RemoteText>, Option<RemoteText>),
}

/// What evidence a part has on each side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceDifference {
    /// The platform; none: the index itself, or what has no platform.
    pub platform: Option<RemoteText>,
    /// The cells; none where that side has no such part.
    pub cells: (Option<Cells>, Option<Cells>),
}

/// A part of both, or of one.
struct Parts<'i> {
    platform: Option<RemoteText>,
    a: Option<&'i Part>,
    b: Option<&'i Part>,
    /// Whether it is an index itself, which has no layers of its own.
    is_index: bool,
}

/// What differs between two images. `O(n log n)` in their packages and settings.
pub fn diff(content: &Content, a: &Image, b: &Image) -> Difference {
    let paired = paired(a, b);
    let mut found = Difference {
        is_same: true,
        ..Difference::default()
    };
    for parts in &paired {
        found.evidence(parts);
        match (parts.a, parts.b) {
            (Some(one), Some(other)) => {
                // Of an index of which only some platforms are asked for, its own bytes say nothing of them.
                let is_partial = parts.is_index && (a.is_partial || b.is_partial);
                found.is_same &= is_partial || one.digest == other.digest;
                found.identity(a, b, one, other);
                if !parts.is_index {
                    let pair = pair(content, (a, one), (b, other), parts.platform.as_ref());
                    found.pairs.push(pair);
                }
            }
            (Some(one), None) => found.only_a.push((parts.platform.clone(), one.digest)),
            (None, Some(other)) => found.only_b.push((parts.platform.clone(), other.digest)),
            (None, None) => {}
        }
    }
    found.is_same &= found.only_a.is_empty()
        && found.only_b.is_empty()
        && found.evidence.iter().all(|one| one.cells.0 == one.cells.1);
    found.bytes = (
        whole(a, &paired, |parts| parts.a),
        whole(b, &paired, |parts| parts.b),
    );
    found
}

impl Difference {
    fn evidence(&mut self, parts: &Parts<'_>) {
        let cells = |part: Option<&Part>| part.map(|part| part.cells);
        self.evidence.push(EvidenceDifference {
            platform: parts.platform.clone(),
            cells: (cells(parts.a), cells(parts.b)),
        });
    }

    fn identity(&mut self, a: &Image, b: &Image, one: &Part, other: &Part) {
        let standing = |image: &Image, part: &Part, field: Field| {
            let mut stated = image.identity.iter();
            stated
                .find(|stated| {
                    stated.stands && stated.field == field && stated.platform == part.platform
                })
                .map(|stated| stated.value.clone())
        };
        for field in Field::ALL {
            let values = (standing(a, one, field), standing(b, other, field));
            if values.0 != values.1 {
                self.identity.push(IdentityDifference {
                    platform: one.platform.clone(),
                    field,
                    values,
                });
            }
        }
    }
}

/// Bytes of what is compared of an image. Of a whole index what its platforms share counts once.
fn whole<'i>(
    image: &Image,
    paired: &[Parts<'i>],
    side: impl Fn(&Parts<'i>) -> Option<&'i Part>,
) -> Option<u64> {
    let index = paired.iter().find(|parts| parts.is_index);
    if let Some(index) = index.and_then(&side).filter(|_| !image.is_partial) {
        return index.bytes;
    }
    let platforms = paired.iter().filter(|parts| !parts.is_index);
    platforms.filter_map(side).map(|part| part.bytes).sum()
}

/// The parts of two images, put together: an index with an index, platforms by their names, two images that have one
/// platform each with one another whatever they are for.
fn paired<'i>(a: &'i Image, b: &'i Image) -> Vec<Parts<'i>> {
    let mut paired = Vec::new();
    let itself = |image: &'i Image| {
        let mut parts = image.parts.iter();
        parts.find(|part| part.node == image.node && image.kind == ImageKind::Index)
    };
    if let (Some(one), Some(other)) = (itself(a), itself(b)) {
        paired.push(Parts {
            platform: None,
            a: Some(one),
            b: Some(other),
            is_index: true,
        });
    }
    let rest = |image: &'i Image| {
        let parts = image.parts.iter();
        parts.filter(move |part| image.kind != ImageKind::Index || part.node != image.node)
    };
    let mut others: Vec<&Part> = rest(b).collect();
    let ones: Vec<&Part> = rest(a).collect();
    let are_alone = a.kind != ImageKind::Index && b.kind != ImageKind::Index;
    for one in ones {
        let at = others
            .iter()
            .position(|other| other.platform == one.platform)
            .or_else(|| others.iter().position(|other| is_same_platform(one, other)))
            .or_else(|| (are_alone && !others.is_empty()).then_some(0));
        paired.push(Parts {
            platform: one.platform.clone(),
            a: Some(one),
            b: at.map(|at| others.remove(at)),
            is_index: false,
        });
    }
    paired.extend(others.into_iter().map(|other| Parts {
        platform: other.platform.clone(),
        a: None,
        b: Some(other),
        is_index: false,
    }));
    paired
}

/// Whether two names of platforms mean the same: arm64 is v8 unless it says otherwise.
fn is_same_platform(one: &Part, other: &Part) -> bool {
    let plain = |part: &Part| {
        let name = part.platform.as_ref()?.as_str();
        Some(name.replace("/arm64/v8", "/arm64"))
    };
    plain(one) == plain(other)
}

fn pair(
    content: &Content,
    (a, one): (&Image, &Part),
    (b, other): (&Image, &Part),
    platform: Option<&RemoteText>,
) -> Pair {
    let manifests = (
        content.manifest(&one.digest),
        content.manifest(&other.digest),
    );
    let (layers, settings) = match (&manifests.0, &manifests.1) {
        (Some(one), Some(other)) => (
            layers(content, one, other),
            settings::settings(content, one, other),
        ),
        _ => (LayerDifference::default(), None),
    };
    Pair {
        platform: platform.cloned(),
        digests: (one.digest, other.digest),
        bytes: (one.bytes, other.bytes),
        layers,
        packages: packages::packages((a, one), (b, other)),
        settings,
    }
}

fn layers(content: &Content, a: &Manifest, b: &Manifest) -> LayerDifference {
    let of = |manifest: &Manifest| {
        let mut seen = HashSet::new();
        let digests = manifest.layers.iter().map(|layer| layer.digest);
        digests
            .filter(|digest| seen.insert(*digest))
            .collect::<Vec<_>>()
    };
    let (ones, others) = (of(a), of(b));
    let (in_a, in_b): (HashSet<_>, HashSet<_>) = (
        ones.iter().copied().collect(),
        others.iter().copied().collect(),
    );
    let only_a: Vec<_> = ones
        .iter()
        .copied()
        .filter(|one| !in_b.contains(one))
        .collect();
    let only_b: Vec<_> = others
        .into_iter()
        .filter(|one| !in_a.contains(one))
        .collect();
    let (unpacked_a, unpacked_b) = (unpacked(content, a), unpacked(content, b));
    let recompressed = only_a.iter().filter_map(|one| {
        let files = unpacked_a.get(one)?;
        let other = only_b
            .iter()
            .find(|other| unpacked_b.get(other) == Some(files))?;
        Some((*one, *other))
    });
    LayerDifference {
        recompressed: recompressed.collect(),
        shared: ones.into_iter().filter(|one| in_b.contains(one)).collect(),
        only_a,
        only_b,
    }
}

/// The digests of the layers before they were compressed, where the config says as many as there are layers.
fn unpacked(content: &Content, manifest: &Manifest) -> HashMap<Digest, RemoteText> {
    let config = super::outline::image_config(content, manifest);
    let Some(config) = config.filter(|one| one.diff_ids.len() == manifest.layers.len()) else {
        return HashMap::new();
    };
    let layers = manifest.layers.iter().map(|layer| layer.digest);
    layers.zip(config.diff_ids.iter().cloned()).collect()
}

//! The document of `regscope diff --format json`.

use std::collections::HashSet;
use std::hash::Hash;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::graph::Graph;
use crate::insight::cells::{Cells, Kind};
use crate::insight::diff::{
    ChangedPackage, Compared, Difference, EvidenceDifference, LayerDifference, OnePackage,
    PackageDifference, Pair, Setting,
};
use crate::insight::image::Image;
use crate::oci::{Digest, RemoteText};

use super::document::CoveragePart;
use super::inspect::called;

/// What differs between two images.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffDocument<'a> {
    /// 1.
    schema: u32,
    /// The first target, as it was written.
    a: &'a str,
    /// The second target, as it was written.
    b: &'a str,
    /// Whether nothing differs: the same bytes, with the same kinds of evidence.
    same: bool,
    /// The two images.
    images: Both<ImagePart>,
    /// Of several platforms those of all of them, each once.
    layers: LayersPart,
    /// Of several platforms those of all of them, each once.
    packages: PackagesPart,
    /// Settings that differ; of several platforms those of all of them.
    config: Vec<SettingPart>,
    /// Fields of which another value stands.
    identity: Vec<IdentityPart>,
    /// Bytes of all that is compared.
    bytes: Both<Option<u64>>,
    /// The platforms of both, or the images themselves, where they have none.
    platforms: Vec<PlatformPart>,
    /// What evidence there is.
    evidence: EvidencePart,
    coverage: CoveragePart,
}

/// A value of each side.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Both<T> {
    a: T,
    b: T,
}

/// An image that is compared.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct ImagePart {
    /// `repository:tag`, or `repository@digest` where no tag names it.
    reference: String,
    #[schemars(with = "String")]
    digest: Digest,
    /// `index`, `image`, `artifact` or `chart`.
    kind: &'static str,
}

/// Layers, the base first.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
struct LayersPart {
    #[schemars(with = "Vec<String>")]
    shared: Vec<Digest>,
    #[schemars(with = "Vec<String>")]
    only_a: Vec<Digest>,
    #[schemars(with = "Vec<String>")]
    only_b: Vec<Digest>,
    /// Of those that only one has: the same files, compressed in another way.
    recompressed: Vec<RecompressedPart>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
struct RecompressedPart {
    #[schemars(with = "String")]
    a: Digest,
    #[schemars(with = "String")]
    b: Digest,
}

/// Packages, by the bills of materials.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct PackagesPart {
    added: Vec<PackagePart>,
    removed: Vec<PackagePart>,
    changed: Vec<ChangedPart>,
    /// The documents that were compared, or why none were.
    compared: ComparedPart,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
struct PackagePart {
    /// As written, with CycloneDX's group before it.
    #[schemars(with = "String")]
    name: RemoteText,
    /// The package URL's type, else the document's own.
    #[serde(rename = "type")]
    #[schemars(with = "Option<String>")]
    ecosystem: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    version: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    purl: Option<RemoteText>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
struct ChangedPart {
    #[schemars(with = "String")]
    name: RemoteText,
    #[serde(rename = "type")]
    #[schemars(with = "Option<String>")]
    ecosystem: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    from: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    to: Option<RemoteText>,
    /// `newer`, `older`, or `other` where the type has no order, or both mean the same.
    change: &'static str,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum ComparedPart {
    /// The digests of the documents; of several platforms, platform by platform.
    Documents {
        #[schemars(with = "Vec<String>")]
        a: Vec<Digest>,
        #[schemars(with = "Vec<String>")]
        b: Vec<Digest>,
        /// Whether one tool made those of both sides in one format; what another tool finds differs by itself.
        alike: bool,
    },
    /// Why nothing was compared.
    Reason(String),
}

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
struct SettingPart {
    /// `Env.PATH`, `Labels.KEY`, `User`, `history[2].created_by`.
    path: String,
    /// Null where the first does not have it.
    a: Value,
    /// Null where the second does not have it.
    b: Value,
}

#[derive(Debug, Serialize, JsonSchema)]
struct IdentityPart {
    /// Null for the index itself, and what has no platform.
    #[schemars(with = "Option<String>")]
    platform: Option<RemoteText>,
    field: &'static str,
    #[schemars(with = "Option<String>")]
    a: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    b: Option<RemoteText>,
}

/// A platform, and what differs in it.
#[derive(Debug, Serialize, JsonSchema)]
struct PlatformPart {
    #[schemars(with = "Option<String>")]
    platform: Option<RemoteText>,
    /// Null where only the second has it.
    #[schemars(with = "Option<String>")]
    a: Option<Digest>,
    /// Null where only the first has it.
    #[schemars(with = "Option<String>")]
    b: Option<Digest>,
    /// Null where only one has it.
    difference: Option<PairPart>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PairPart {
    layers: LayersPart,
    packages: PackagesPart,
    /// Null where a config was not read.
    config: Option<Vec<SettingPart>>,
    bytes: Both<Option<u64>>,
}

/// What evidence there is: of the index itself and of each platform.
#[derive(Debug, Serialize, JsonSchema)]
struct EvidencePart {
    /// Whether it is the same.
    same: bool,
    rows: Vec<EvidenceRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EvidenceRow {
    /// Null for the index itself, and what has no platform.
    #[schemars(with = "Option<String>")]
    platform: Option<RemoteText>,
    /// Null where the first has no such part.
    a: Option<CellsPart>,
    /// Null where the second has no such part.
    b: Option<CellsPart>,
}

/// Each is `none`, `present`, `verified`, `failed`, `unread` or `unsupported`.
#[derive(Debug, Serialize, JsonSchema)]
struct CellsPart {
    signature: &'static str,
    sbom: &'static str,
    provenance: &'static str,
    vex: &'static str,
}

/// The document of what differs between two images, and the targets that named them.
pub fn document<'a>(
    graph: &Graph,
    (a, one): (&'a str, &Image),
    (b, other): (&'a str, &Image),
    found: &Difference,
    coverage: CoveragePart,
) -> DiffDocument<'a> {
    let image = |image: &Image| ImagePart {
        reference: called(graph, image),
        digest: image.digest,
        kind: image.kind.name(),
    };
    let evidence = EvidencePart {
        same: found.evidence.iter().all(|one| one.cells.0 == one.cells.1),
        rows: found.evidence.iter().map(row).collect(),
    };
    DiffDocument {
        schema: 1,
        a,
        b,
        same: found.is_same,
        images: Both {
            a: image(one),
            b: image(other),
        },
        layers: all_layers(&found.pairs),
        packages: all_packages(&found.pairs),
        config: all_settings(&found.pairs),
        identity: found
            .identity
            .iter()
            .map(|one| IdentityPart {
                platform: one.platform.clone(),
                field: one.field.name(),
                a: one.values.0.clone(),
                b: one.values.1.clone(),
            })
            .collect(),
        bytes: both(found.bytes),
        platforms: platforms(found),
        evidence,
        coverage,
    }
}

const fn both((a, b): (Option<u64>, Option<u64>)) -> Both<Option<u64>> {
    Both { a, b }
}

fn platforms(found: &Difference) -> Vec<PlatformPart> {
    let pairs = found.pairs.iter().map(|pair| PlatformPart {
        platform: pair.platform.clone(),
        a: Some(pair.digests.0),
        b: Some(pair.digests.1),
        difference: Some(PairPart {
            layers: layers(&pair.layers),
            packages: packages(&pair.packages),
            config: pair
                .settings
                .as_ref()
                .map(|settings| settings.iter().map(setting).collect()),
            bytes: both(pair.bytes),
        }),
    });
    let alone = |platform: &Option<RemoteText>, a, b| PlatformPart {
        platform: platform.clone(),
        a,
        b,
        difference: None,
    };
    let only_a = found.only_a.iter();
    let only_a = only_a.map(|(platform, digest)| alone(platform, Some(*digest), None));
    let only_b = found.only_b.iter();
    let only_b = only_b.map(|(platform, digest)| alone(platform, None, Some(*digest)));
    pairs.chain(only_a).chain(only_b).collect()
}

fn layers(found: &LayerDifference) -> LayersPart {
    let recompressed = found.recompressed.iter();
    LayersPart {
        shared: found.shared.clone(),
        only_a: found.only_a.clone(),
        only_b: found.only_b.clone(),
        recompressed: recompressed
            .map(|(a, b)| RecompressedPart { a: *a, b: *b })
            .collect(),
    }
}

fn packages(found: &PackageDifference) -> PackagesPart {
    PackagesPart {
        added: found.added.iter().map(package).collect(),
        removed: found.removed.iter().map(package).collect(),
        changed: found.changed.iter().map(changed).collect(),
        compared: match &found.compared {
            Compared::Documents { digests, is_alike } => ComparedPart::Documents {
                a: vec![digests.0],
                b: vec![digests.1],
                alike: *is_alike,
            },
            Compared::Not(reason) => ComparedPart::Reason((*reason).to_owned()),
        },
    }
}

fn package(one: &OnePackage) -> PackagePart {
    PackagePart {
        name: one.name.clone(),
        ecosystem: one.ecosystem.clone(),
        version: one.version.clone(),
        purl: one.purl.clone(),
    }
}

fn changed(one: &ChangedPackage) -> ChangedPart {
    ChangedPart {
        name: one.name.clone(),
        ecosystem: one.ecosystem.clone(),
        from: one.versions.0.clone(),
        to: one.versions.1.clone(),
        change: one.way.name(),
    }
}

fn setting(one: &Setting) -> SettingPart {
    SettingPart {
        path: one.path.clone(),
        a: one.values.0.clone().unwrap_or_default(),
        b: one.values.1.clone().unwrap_or_default(),
    }
}

fn row(one: &EvidenceDifference) -> EvidenceRow {
    let cells = |cells: Option<Cells>| {
        let cells = cells?;
        let cell = |kind| cells.of(kind).name();
        Some(CellsPart {
            signature: cell(Kind::Signature),
            sbom: cell(Kind::Sbom),
            provenance: cell(Kind::Provenance),
            vex: cell(Kind::Vex),
        })
    };
    EvidenceRow {
        platform: one.platform.clone(),
        a: cells(one.cells.0),
        b: cells(one.cells.1),
    }
}

/// Adds what is not there yet.
fn add<T: Clone + Eq + Hash>(all: &mut Vec<T>, more: Vec<T>) {
    let seen: HashSet<T> = all.iter().cloned().collect();
    all.extend(more.into_iter().filter(|one| !seen.contains(one)));
}

/// A layer that one platform of both has is shared, whatever another has.
fn all_layers(pairs: &[Pair]) -> LayersPart {
    let mut all = LayersPart::default();
    for pair in pairs {
        let part = layers(&pair.layers);
        add(&mut all.shared, part.shared);
        add(&mut all.only_a, part.only_a);
        add(&mut all.only_b, part.only_b);
        add(&mut all.recompressed, part.recompressed);
    }
    let shared = all.shared.clone();
    all.only_a.retain(|digest| !shared.contains(digest));
    all.only_b.retain(|digest| !shared.contains(digest));
    all
}

fn all_packages(pairs: &[Pair]) -> PackagesPart {
    if let [pair] = pairs {
        return packages(&pair.packages);
    }
    let mut all = PackagesPart {
        added: Vec::new(),
        removed: Vec::new(),
        changed: Vec::new(),
        compared: ComparedPart::Reason("no platform is in both".to_owned()),
    };
    let mut digests = (Vec::new(), Vec::new());
    let mut are_alike = true;
    for pair in pairs {
        let part = packages(&pair.packages);
        add(&mut all.added, part.added);
        add(&mut all.removed, part.removed);
        add(&mut all.changed, part.changed);
        match part.compared {
            ComparedPart::Documents { a, b, alike } => {
                digests.0.extend(a);
                digests.1.extend(b);
                are_alike &= alike;
            }
            reason @ ComparedPart::Reason(_) => all.compared = reason,
        }
    }
    if !digests.0.is_empty() {
        all.compared = ComparedPart::Documents {
            a: digests.0,
            b: digests.1,
            alike: are_alike,
        };
    }
    all
}

fn all_settings(pairs: &[Pair]) -> Vec<SettingPart> {
    let mut all = Vec::new();
    for settings in pairs.iter().filter_map(|pair| pair.settings.as_ref()) {
        for part in settings.iter().map(setting) {
            // A person sets dozens of them.
            if !all.contains(&part) {
                all.push(part);
            }
        }
    }
    all
}

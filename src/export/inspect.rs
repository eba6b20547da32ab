//! The document of `regscope inspect --format json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::evidence::chart::StatedBy;
use crate::evidence::provenance::{Material, Provenance};
use crate::evidence::vex::{Vex, VexStatement};
use crate::graph::Graph;
use crate::insight::cells::Kind;
use crate::insight::identity::{Stated, VendorValue};
use crate::insight::image::{Image, ImageKind, NamedImage, Part, ReadDocument};
use crate::oci::{Digest, RemoteText};

use super::document::{CoveragePart, DocumentPart, reference};

/// What one or several images are.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InspectDocument<'a> {
    /// 1.
    schema: u32,
    /// As it was written.
    target: &'a str,
    /// The images that the target names.
    images: Vec<ImagePart>,
    /// What was asked, and what could not be known.
    coverage: CoveragePart,
}

/// An image.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImagePart {
    /// `repository:tag`, or `repository@digest` where no tag names it.
    reference: String,
    repository: String,
    #[schemars(with = "String")]
    digest: Digest,
    /// The tags that name it; those that tools make are left out.
    #[schemars(with = "Vec<String>")]
    tags: Vec<RemoteText>,
    /// `index`, `image`, `artifact` or `chart`.
    kind: &'static str,
    platforms: Vec<PlatformPart>,
    identity: Vec<IdentityPart>,
    /// What vendors say under keys of their own.
    vendor: Vec<VendorPart>,
    evidence: Vec<EvidencePart>,
    provenance: Vec<ProvenancePart>,
    vex: Vec<VexPart>,
    statements: Vec<StatementPart>,
    /// Signatures and signed attestations, as `verify` tells them.
    #[schemars(with = "Vec<super::verify::EvidencePart<'static>>")]
    signatures: Vec<Value>,
    /// What is inferred, not found: the images that a chart names.
    inferred: Vec<InferredPart>,
    /// Of a chart, what its images come to; null of anything else.
    collection: Option<CollectionPart>,
}

/// Something that one thing says of another.
#[derive(Debug, Serialize, JsonSchema)]
struct InferredPart {
    #[schemars(with = "String")]
    from: Digest,
    /// The reference, as written.
    #[schemars(with = "String")]
    to: RemoteText,
    /// `names-image`.
    relation: &'static str,
    /// `chart`.
    evidence: &'static str,
    /// The annotation that names it, or the place in the values that seems to.
    #[schemars(with = "String")]
    detail: RemoteText,
    /// Whether it is a guess: a value that looks like an image.
    guess: bool,
}

/// The images of a chart.
#[derive(Debug, Serialize, JsonSchema)]
struct CollectionPart {
    images: Vec<CollectedPart>,
    /// Bytes of the chart and of all its images, what several of them have once; null where an image is elsewhere or a
    /// part is not known.
    bytes: Option<u64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CollectedPart {
    /// As written.
    #[schemars(with = "String")]
    reference: RemoteText,
    /// Null where the image is elsewhere, or was not found.
    #[schemars(with = "Option<String>")]
    digest: Option<Digest>,
    /// Of its index and each of its platforms.
    evidence: Vec<EvidencePart>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PlatformPart {
    #[schemars(with = "Option<String>")]
    platform: Option<RemoteText>,
    #[schemars(with = "String")]
    digest: Digest,
    /// Of the manifest and of all that it names; null where a part is not known.
    bytes: Option<u64>,
    /// How many layers it has; null where it was not read.
    layers: Option<usize>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct IdentityPart {
    /// Null for the index itself, and what has no platform.
    #[schemars(with = "Option<String>")]
    platform: Option<RemoteText>,
    field: &'static str,
    #[schemars(with = "String")]
    value: RemoteText,
    /// `manifest`, `descriptor`, `index`, `config-label`, `config` or `document`.
    origin: &'static str,
    #[schemars(with = "String")]
    key: RemoteText,
    /// The digest of the object that says it.
    #[schemars(with = "String")]
    of: Digest,
    /// Whether it is the one that counts.
    stands: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct VendorPart {
    #[schemars(with = "Option<String>")]
    platform: Option<RemoteText>,
    #[schemars(with = "String")]
    key: RemoteText,
    #[schemars(with = "String")]
    value: RemoteText,
    origin: &'static str,
}

/// What is attached to one digest: each kind is `none`, `present`, `verified`, `failed`, `unread` or `unsupported`.
#[derive(Debug, Serialize, JsonSchema)]
struct EvidencePart {
    /// Null for the index itself, and what has no platform.
    #[schemars(with = "Option<String>")]
    platform: Option<RemoteText>,
    #[schemars(with = "String")]
    digest: Digest,
    signature: &'static str,
    sbom: &'static str,
    provenance: &'static str,
    vex: &'static str,
}

/// How something was built, as its builder says.
#[derive(Debug, Serialize, JsonSchema)]
struct ProvenancePart {
    document: DocumentPart,
    #[schemars(with = "String")]
    predicate_type: RemoteText,
    #[schemars(with = "Option<String>")]
    builder: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    build_type: Option<RemoteText>,
    /// As written.
    #[schemars(with = "Option<String>")]
    source: Option<RemoteText>,
    #[serde(rename = "ref")]
    #[schemars(with = "Option<String>")]
    reference: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    revision: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    entry_point: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    invocation: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    started: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    finished: Option<RemoteText>,
    reproducible: Option<bool>,
    materials: Vec<MaterialPart>,
    /// As the document has them.
    parameters: Value,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MaterialPart {
    #[schemars(with = "Option<String>")]
    uri: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    name: Option<RemoteText>,
    /// Hashes by algorithm.
    #[schemars(with = "BTreeMap<String, String>")]
    digest: BTreeMap<RemoteText, RemoteText>,
    is_image: bool,
}

/// What is said of vulnerabilities.
#[derive(Debug, Serialize, JsonSchema)]
struct VexPart {
    document: DocumentPart,
    format: &'static str,
    #[schemars(with = "Option<String>")]
    author: Option<RemoteText>,
    #[schemars(with = "Option<String>")]
    created: Option<RemoteText>,
    statements: Vec<VexStatementPart>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct VexStatementPart {
    #[schemars(with = "String")]
    vulnerability: RemoteText,
    #[schemars(with = "Vec<String>")]
    aliases: Vec<RemoteText>,
    /// `affected`, `not_affected`, `fixed` or `under_investigation`.
    status: &'static str,
    #[schemars(with = "Option<String>")]
    justification: Option<RemoteText>,
    products: Vec<ProductPart>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ProductPart {
    #[schemars(with = "String")]
    id: RemoteText,
    #[schemars(with = "Vec<String>")]
    subcomponents: Vec<RemoteText>,
    /// Whether it is what the document is attached to; null where it has no digest.
    this: Option<bool>,
}

/// An in-toto statement.
#[derive(Debug, Serialize, JsonSchema)]
struct StatementPart {
    document: DocumentPart,
    #[schemars(with = "String")]
    predicate_type: RemoteText,
    /// Whether it speaks of what it is attached to.
    subject_matches: bool,
}

/// The document of these images.
pub const fn document(
    target: &str,
    images: Vec<ImagePart>,
    coverage: CoveragePart,
) -> InspectDocument<'_> {
    InspectDocument {
        schema: 1,
        target,
        images,
        coverage,
    }
}

/// How an image is called: by the tag that it was asked for by, by its first tag, or by its digest.
pub fn called(graph: &Graph, image: &Image) -> String {
    let itself = reference(graph, image.node);
    let tag = image.asked_as.as_ref().or(image.tags.first());
    match (tag, itself.rsplit_once('@')) {
        (Some(tag), Some((place, _))) => format!("{place}:{}", tag.as_str()),
        _ => itself,
    }
}

/// What is told of one image.
///
/// `signatures` are those of [`super::verify::evidence`].
pub fn part(graph: &Graph, image: &Image, signatures: Vec<Value>) -> ImagePart {
    let repository = graph.repository_of(image.node);
    let repository = repository.map(super::tree::shown_path);
    let documents = || image.documents.iter();
    ImagePart {
        reference: called(graph, image),
        repository: repository.map_or(String::new(), |path| path.as_str().to_owned()),
        digest: image.digest,
        tags: image.tags.clone(),
        kind: image.kind.name(),
        platforms: image.platforms().map(platform).collect(),
        identity: image.identity.iter().map(identity).collect(),
        vendor: image.vendor.iter().map(vendor).collect(),
        evidence: image.parts.iter().map(evidence).collect(),
        provenance: documents()
            .filter_map(|read| Some(provenance(read, read.reading.provenance()?)))
            .collect(),
        vex: documents()
            .filter_map(|read| vex(read, read.reading.vex()?))
            .collect(),
        statements: documents().filter_map(statement).collect(),
        signatures,
        inferred: image.named.iter().map(|one| inferred(image, one)).collect(),
        collection: collection(graph, image),
    }
}

fn inferred(image: &Image, named: &NamedImage) -> InferredPart {
    let (detail, guess) = match &named.image.stated_by {
        StatedBy::Annotation(key) => ((*key).into(), false),
        StatedBy::Values(place) => (place.clone(), true),
    };
    InferredPart {
        from: image.digest,
        to: named.image.reference.clone(),
        relation: "names-image",
        evidence: "chart",
        detail,
        guess,
    }
}

fn collection(graph: &Graph, image: &Image) -> Option<CollectionPart> {
    if image.kind != ImageKind::Chart {
        return None;
    }
    let certain = image.named.iter().filter(|one| !one.is_guess());
    let images = certain.map(|one| {
        let found = one.found.as_deref();
        let parts = found.map_or(&[][..], |found| found.parts.as_slice());
        CollectedPart {
            reference: one.image.reference.clone(),
            digest: found.map(|found| found.digest),
            evidence: parts.iter().map(evidence).collect(),
        }
    });
    Some(CollectionPart {
        images: images.collect(),
        bytes: image.collection_bytes(graph),
    })
}

fn platform(part: &Part) -> PlatformPart {
    PlatformPart {
        platform: part.platform.clone(),
        digest: part.digest,
        bytes: part.bytes,
        layers: part.layers,
    }
}

fn identity(stated: &Stated) -> IdentityPart {
    IdentityPart {
        platform: stated.platform.clone(),
        field: stated.field.name(),
        value: stated.value.clone(),
        origin: stated.origin.name(),
        key: stated.key.clone(),
        of: stated.of,
        stands: stated.stands,
    }
}

fn vendor(value: &VendorValue) -> VendorPart {
    VendorPart {
        platform: value.platform.clone(),
        key: value.key.clone(),
        value: value.value.clone(),
        origin: value.origin.name(),
    }
}

fn evidence(part: &Part) -> EvidencePart {
    let cell = |kind| part.cells.of(kind).name();
    EvidencePart {
        platform: part.platform.clone(),
        digest: part.digest,
        signature: cell(Kind::Signature),
        sbom: cell(Kind::Sbom),
        provenance: cell(Kind::Provenance),
        vex: cell(Kind::Vex),
    }
}

fn provenance(read: &ReadDocument, said: &Provenance) -> ProvenancePart {
    let parameters = said.parameters.as_ref();
    let parameters = parameters.and_then(|text| serde_json::from_str(text).ok());
    ProvenancePart {
        document: read.into(),
        predicate_type: said.predicate_type.clone(),
        builder: said.builder.clone(),
        build_type: said.build_type.clone(),
        source: said.source.clone(),
        reference: said.reference.clone(),
        revision: said.revision.clone(),
        entry_point: said.entry_point.clone(),
        invocation: said.invocation.clone(),
        started: said.started.clone(),
        finished: said.finished.clone(),
        reproducible: said.reproducible,
        materials: said.materials.iter().map(material).collect(),
        parameters: parameters.unwrap_or_default(),
    }
}

fn material(one: &Material) -> MaterialPart {
    MaterialPart {
        uri: one.uri.clone(),
        name: one.name.clone(),
        digest: one.digest.clone(),
        is_image: one.is_image(),
    }
}

/// A bill of materials that says nothing of vulnerabilities is no VEX.
fn vex(read: &ReadDocument, said: &Vex) -> Option<VexPart> {
    if read.reading.sbom().is_some() && said.statements.is_empty() {
        return None;
    }
    Some(VexPart {
        document: read.into(),
        format: said.format.name(),
        author: said.author.clone(),
        created: said.created.clone(),
        statements: said
            .statements
            .iter()
            .map(|one| vex_statement(one, &read.subject))
            .collect(),
    })
}

fn vex_statement(said: &VexStatement, subject: &Digest) -> VexStatementPart {
    let products = said.products.iter().map(|product| ProductPart {
        id: product.id.clone(),
        subcomponents: product.subcomponents.clone(),
        this: (!product.digests.is_empty()).then(|| product.digests.contains(subject)),
    });
    VexStatementPart {
        vulnerability: said.vulnerability.clone(),
        aliases: said.aliases.clone(),
        status: said.status.name(),
        justification: said.justification.clone(),
        products: products.collect(),
    }
}

fn statement(read: &ReadDocument) -> Option<StatementPart> {
    let said = read.reading.statement.as_ref()?;
    Some(StatementPart {
        document: read.into(),
        predicate_type: said.predicate_type.clone(),
        subject_matches: said.matches(&read.subject),
    })
}

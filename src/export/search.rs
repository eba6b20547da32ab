//! The document of `regscope search --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::sbom::Package;
use crate::oci::{Digest, RemoteText};

use super::document::{CoveragePart, DocumentPart};
use super::package::{PackagePart, package_part};

/// What was found in bills of materials and VEX.
#[derive(Serialize, JsonSchema)]
pub struct SearchDocument<'a> {
    /// 1.
    schema: u32,
    /// By repository, digest, and the document's order.
    matches: Vec<MatchPart<'a>>,
    searched: Searched,
    coverage: CoveragePart,
}

/// One package of one image, or one statement about it.
#[derive(Serialize, JsonSchema)]
struct MatchPart<'a> {
    /// The package; of a statement what it is about.
    package: PackagePart<'a>,
    /// What is said of the vulnerability that was asked for; null of a package.
    vulnerability: Option<VulnerabilityPart>,
    document: DocumentPart,
    image: ImagePart,
    /// The tags that lead to the image.
    #[schemars(with = "Vec<String>")]
    tags: Vec<RemoteText>,
}

/// What is said of a vulnerability.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VulnerabilityPart {
    /// As written.
    #[schemars(with = "String")]
    pub id: RemoteText,
    /// `affected`, `not_affected`, `fixed` or `under_investigation`.
    pub status: &'static str,
    /// Why, as written.
    #[schemars(with = "Option<String>")]
    pub justification: Option<RemoteText>,
}

/// What a document is attached to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ImagePart {
    /// Its repository, as the target shows it.
    #[schemars(with = "String")]
    pub repository: RemoteText,
    /// Its manifest.
    #[schemars(with = "String")]
    pub digest: Digest,
    /// Its platform.
    #[schemars(with = "Option<String>")]
    pub platform: Option<RemoteText>,
}

/// How much was searched.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Searched {
    /// Images for one platform.
    pub images: usize,
    /// Documents that were searched.
    pub documents: usize,
    /// Images of which neither they nor an index of theirs has a bill of materials.
    pub without_sbom: usize,
}

/// One thing that was found, before it is written.
pub struct Match<'a> {
    /// The package, or what a statement is about.
    pub package: &'a Package,
    /// What is said.
    pub vulnerability: Option<VulnerabilityPart>,
    /// Where.
    pub document: DocumentPart,
    /// In what.
    pub image: ImagePart,
    /// The tags that lead to it.
    pub tags: Vec<RemoteText>,
}

/// The document of what was found.
pub fn document(
    matches: Vec<Match<'_>>,
    searched: Searched,
    coverage: CoveragePart,
) -> SearchDocument<'_> {
    let matches = matches.into_iter().map(|found| MatchPart {
        package: package_part(found.package),
        vulnerability: found.vulnerability,
        document: found.document,
        image: found.image,
        tags: found.tags,
    });
    SearchDocument {
        schema: 1,
        matches: matches.collect(),
        searched,
        coverage,
    }
}

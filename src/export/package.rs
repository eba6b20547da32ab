//! A package, as several documents have it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::sbom::Package;
use crate::oci::RemoteText;

/// A package, or a component.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PackagePart<'a> {
    /// As written.
    #[schemars(with = "String")]
    name: &'a RemoteText,
    /// CycloneDX's group.
    #[schemars(with = "Option<String>")]
    group: Option<&'a RemoteText>,
    /// As written.
    #[schemars(with = "Option<String>")]
    version: Option<&'a RemoteText>,
    /// The package URL, as written.
    #[schemars(with = "Option<String>")]
    purl: Option<&'a RemoteText>,
    /// The package URL's type, else the document's own.
    #[serde(rename = "type")]
    #[schemars(with = "Option<String>")]
    ecosystem: Option<&'a RemoteText>,
    /// CycloneDX's component type.
    #[schemars(with = "Option<String>")]
    kind: Option<&'a RemoteText>,
    /// As written, without doubles, the declared before the concluded.
    #[schemars(with = "Vec<String>")]
    licenses: &'a [RemoteText],
    /// Who supplies it.
    #[schemars(with = "Option<String>")]
    supplier: Option<&'a RemoteText>,
    /// By the lower-case name of the algorithm, without dashes.
    #[schemars(with = "BTreeMap<String, String>")]
    hashes: BTreeMap<&'a str, &'a RemoteText>,
    /// The names of the components that it is in, the outermost first.
    #[schemars(with = "Vec<String>")]
    within: &'a [RemoteText],
}

/// The part for a package.
pub fn package_part(package: &Package) -> PackagePart<'_> {
    let hashes = package.hashes.iter();
    PackagePart {
        name: &package.name,
        group: package.group.as_ref(),
        version: package.version.as_ref(),
        purl: package.purl.as_ref(),
        ecosystem: package.ecosystem.as_ref(),
        kind: package.kind.as_ref(),
        licenses: &package.licenses,
        supplier: package.supplier.as_ref(),
        hashes: hashes
            .map(|(algorithm, hash)| (algorithm.as_str(), hash))
            .collect(),
        within: &package.within,
    }
}

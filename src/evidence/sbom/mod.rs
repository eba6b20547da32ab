//! Bills of materials: one model over SPDX, `CycloneDX`, Syft and Tern.
//!
//! Each reader gives packages in the document's order, through one `builder`, so that what a package is called, how its
//! licences are chosen and what it depends on mean the same whatever the document was written in.

mod about;
mod builder;
mod cyclonedx;
mod cyclonedx_vex;
mod dependencies;
mod package;
mod spdx2;
mod spdx3;
mod spdx3_licenses;
mod syft;
pub(super) mod tag_value;
mod tern;

pub use about::About;
pub(super) use about::{digest_of, digests_of_purl};
pub use dependencies::{Dependencies, Link, ROOT};
pub(crate) use package::purl_type;
pub use package::{Hashes, Package};

pub(super) use cyclonedx::{CycloneDx, SKIPPED as CYCLONEDX_SKIPPED};
pub(super) use spdx2::{SKIPPED as SPDX2_SKIPPED, Spdx2};
pub(super) use spdx3::{SKIPPED as SPDX3_SKIPPED, Spdx3};
pub(super) use syft::{SKIPPED as SYFT_SKIPPED, Syft};
pub(super) use tern::read as read_tern;

use super::vex::Vex;
use crate::oci::RemoteText;

/// The format of a document and its version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// SPDX, with `2.3`, `3.0`.
    Spdx(RemoteText),
    /// `CycloneDX`, with `1.6`.
    CycloneDx(RemoteText),
    /// Syft's own, with the version of its schema, such as `16.0`.
    Syft(RemoteText),
    /// Tern's own, which has no version.
    Tern,
}

impl Format {
    /// The name in JSON, such as `spdx-2.3`.
    pub fn name(&self) -> RemoteText {
        let (name, version) = match self {
            Self::Spdx(version) => ("spdx", version),
            Self::CycloneDx(version) => ("cyclonedx", version),
            Self::Syft(version) => ("syft", version),
            Self::Tern => return "tern".into(),
        };
        if version.is_empty() {
            return name.into();
        }
        format!("{name}-{}", version.as_str()).into()
    }

    /// The name for people, such as `SPDX 2.3`.
    pub fn title(&self) -> String {
        match self {
            Self::Spdx(version) => format!("SPDX {version}"),
            Self::CycloneDx(version) => format!("CycloneDX {version}"),
            Self::Syft(version) => format!("Syft {version}"),
            Self::Tern => "Tern".to_owned(),
        }
    }
}

/// What a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// JSON, also JSON-LD.
    Json,
    /// XML.
    Xml,
    /// SPDX tag-value.
    TagValue,
    /// YAML.
    Yaml,
    /// RDF in XML.
    Rdf,
}

impl Encoding {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
            Self::TagValue => "tag-value",
            Self::Yaml => "yaml",
            Self::Rdf => "rdf",
        }
    }
}

/// A bill of materials.
#[derive(Clone, Debug, PartialEq)]
pub struct Sbom {
    /// Its format.
    pub format: Format,
    /// What it is written in.
    pub encoding: Encoding,
    /// The document's own name; SPDX alone has one.
    pub name: Option<RemoteText>,
    /// What identifies the document: a namespace or a serial number.
    pub id: Option<RemoteText>,
    /// When it was made, as written.
    pub created: Option<RemoteText>,
    /// What made it, each as `name version` or as written.
    pub tools: Vec<RemoteText>,
    /// What it describes, where that is exactly one thing.
    pub about: Option<About>,
    /// The packages, in the document's order.
    pub packages: Vec<Package>,
    /// How many files it lists apart from packages.
    pub files: usize,
    /// How many relationships it states, of every kind.
    pub relationships: usize,
    /// How many vulnerabilities it lists.
    pub vulnerabilities: usize,
    /// What depends on what.
    pub dependencies: Dependencies,
    /// What it says of vulnerabilities, where it says something.
    pub vex: Option<Vex>,
}

impl Sbom {
    /// Whether it is a document of vulnerabilities alone, which is no bill of materials.
    pub fn is_vulnerabilities_only(&self) -> bool {
        self.packages.is_empty() && self.vulnerabilities > 0
    }

    /// Bytes in memory, estimated.
    pub(super) fn weight(&self) -> usize {
        let packages: usize = self.packages.iter().map(Package::weight).sum();
        let vex = self.vex.as_ref().map_or(0, Vex::weight);
        size_of::<Self>() + packages + self.dependencies.weight() + vex
    }
}

#[cfg(test)]
mod tests;

//! SPDX 2.x in JSON, YAML and XML, which share one shape (spdx.github.io/spdx-spec/v2.3); what it means for the other two
//! encodings as well.

use std::collections::BTreeSet;

use super::builder::{Builder, Licenses, Stated};
use super::dependencies::Link;
use super::{About, Encoding, Format, Package, Sbom};
use crate::evidence::Limits;
use crate::evidence::problems::{Placed, Problems};
use crate::evidence::tree::json::{Fields, Wanted, feed};
use crate::evidence::tree::{At, Kind};
use crate::oci::RemoteText;

/// Fields that say nothing of what is asked here, and are many of a document's bytes.
pub(in crate::evidence) const SKIPPED: &[&str] = &[
    "annotations",
    "attributionTexts",
    "comment",
    "copyrightText",
    "description",
    "fileContributors",
    "hasFiles",
    "licenseComments",
    "licenseInfoFromFiles",
    "licenseInfoInFiles",
    "noticeText",
    "packageVerificationCode",
    "sourceInfo",
    "summary",
];

/// Reads a document, whatever it is written in.
pub(in crate::evidence) struct Spdx2<'l> {
    pub(super) builder: Builder<'l>,
    document: Option<RemoteText>,
    /// Identifiers of what the document describes.
    described: BTreeSet<RemoteText>,
}

impl<'l> Spdx2<'l> {
    /// Begins a document.
    pub(in crate::evidence) fn new(encoding: Encoding, limits: &'l Limits) -> Self {
        Self {
            builder: Builder::new(Format::Spdx("".into()), encoding, limits),
            document: None,
            described: BTreeSet::new(),
        }
    }

    /// The document.
    pub(in crate::evidence) fn finish(mut self) -> (Sbom, Problems) {
        if self.builder.sbom.format == Format::Spdx("".into()) {
            self.builder.problems.note("spdxVersion", "is missing");
        }
        let described = self.described.iter();
        let mut described: Vec<u32> = described
            .filter_map(|id| self.builder.package_of(id.as_str()))
            .collect();
        described.sort_unstable();
        described.dedup();
        if let [only] = described.as_slice()
            && let Some(package) = self.builder.sbom.packages.get(*only as usize)
        {
            self.builder.sbom.about = Some(About::of(package));
        }
        self.builder.finish()
    }

    /// Takes `SPDX-2.3`.
    pub(super) fn version(&mut self, at: impl Placed, text: &str) {
        let version = text.trim().strip_prefix("SPDX-");
        if version.is_none() {
            self.builder
                .problems
                .at(at, format!("is no version of SPDX: {text}"));
        }
        self.builder.sbom.format = Format::Spdx(version.unwrap_or_default().into());
    }

    /// Takes a creator: `Tool: syft-1.0`; persons and organisations are no tools.
    pub(super) fn creator(&mut self, text: &str) {
        if let Some(tool) = text.trim().strip_prefix("Tool:") {
            self.builder.sbom.tools.push(tool.trim().into());
        }
    }

    /// Takes the document's own identifier.
    pub(super) fn document(&mut self, id: &str) {
        self.document = Some(id.into());
    }

    /// Takes an identifier that the document says it describes.
    pub(super) fn describes(&mut self, id: &str) {
        self.described.insert(id.into());
    }

    /// Takes a relationship of two identifiers (clause 11 of the specification).
    pub(super) fn relationship(&mut self, from: &str, kind: &str, to: &str) {
        use Link::{Contains, DependsOn};
        self.builder.sbom.relationships += 1;
        let document = self
            .document
            .as_ref()
            .map_or("SPDXRef-DOCUMENT", RemoteText::as_str);
        let kind = kind.to_ascii_uppercase().replace('-', "_");
        match kind.as_str() {
            "DESCRIBES" if from == document => self.describes(to),
            "DESCRIBED_BY" if to == document => self.describes(from),
            "DEPENDS_ON" | "STATIC_LINK" | "DYNAMIC_LINK" | "HAS_PREREQUISITE" => {
                self.builder.link(from, to, DependsOn);
            }
            "CONTAINS" => self.builder.link(from, to, Contains),
            "CONTAINED_BY" => self.builder.link(to, from, Contains),
            "DEPENDENCY_OF" | "PREREQUISITE_FOR" => self.builder.link(to, from, DependsOn),
            kind if kind.ends_with("_DEPENDENCY_OF") => self.builder.link(to, from, DependsOn),
            _ => {}
        }
    }

    /// Takes an external reference of a package (clause 7.21); the first package URL counts.
    pub(super) fn external(package: &mut Package, kind: &str, locator: &str) {
        let kind = kind.rsplit('/').next().unwrap_or(kind);
        if kind.eq_ignore_ascii_case("purl") && package.purl.is_none() && !locator.is_empty() {
            package.purl = Some(locator.into());
        }
    }

    /// Takes a supplier, as written.
    pub(super) fn supplier(&mut self, package: &mut Package, text: &str) {
        let text = text.trim();
        if !matches!(text, "" | "NOASSERTION" | "NONE") {
            package.supplier = Some(self.builder.shared(text));
        }
    }

    /// Ends a package.
    pub(super) fn package(&mut self, at: impl Placed, mut package: Package, licenses: Licenses) {
        if package.name.is_empty() {
            self.builder.problems.at(at, "has no name");
        }
        package.licenses = Builder::licenses(licenses);
        package.ecosystem = self.builder.ecosystem(package.purl.as_ref(), None);
        self.builder.push(at, package);
    }

    fn read_package(&mut self, at: At<'_>) {
        // The oldest JSON has an object around each.
        let at = at.get("Package").unwrap_or(at);
        if at.kind() != Kind::Object {
            self.builder.problems.at(at, "is no package");
            return;
        }
        let (mut package, mut licenses) = (Package::default(), Licenses::default());
        for field in at.fields() {
            match field.key() {
                "checksums" => self.checksums(field, &mut package),
                "externalRefs" => {
                    for reference in field.items() {
                        let text = |key| reference.get(key).and_then(At::text).unwrap_or_default();
                        Self::external(
                            &mut package,
                            text("referenceType"),
                            text("referenceLocator"),
                        );
                    }
                }
                "SPDXID" | "name" | "versionInfo" | "supplier" | "licenseDeclared"
                | "licenseConcluded" => {
                    if let Some(text) = self.builder.problems.text_of(field) {
                        self.text_of_package(&mut package, &mut licenses, field.key(), text);
                    }
                }
                _ => {}
            }
        }
        self.package(at, package, licenses);
    }

    fn text_of_package(
        &mut self,
        package: &mut Package,
        licenses: &mut Licenses,
        key: &str,
        text: &str,
    ) {
        let filled = || (!text.is_empty()).then(|| RemoteText::from(text));
        match key {
            "SPDXID" => package.id = filled(),
            "name" => package.name = text.into(),
            "versionInfo" => package.version = filled(),
            "supplier" => self.supplier(package, text),
            "licenseDeclared" => self.builder.license(licenses, Stated::Declared, text),
            _ => self.builder.license(licenses, Stated::Concluded, text),
        }
    }

    fn checksums(&mut self, at: At<'_>, package: &mut Package) {
        for checksum in at.items() {
            let text = |key| checksum.get(key).and_then(At::text);
            match (text("algorithm"), text("checksumValue")) {
                (Some(algorithm), Some(hash)) => {
                    // In RDF and what comes of it the algorithm is a term: `checksumAlgorithm_sha1`.
                    let name = algorithm
                        .rsplit("checksumAlgorithm_")
                        .next()
                        .unwrap_or(algorithm);
                    self.builder.hash(&mut package.hashes, name, hash);
                }
                _ => self.builder.problems.at(checksum, "is no checksum"),
            }
        }
    }

    fn creation(&mut self, at: At<'_>) {
        self.builder.sbom.created = self.builder.text(at, "created");
        // A text in the place of a list: what Tern writes.
        for creator in at.list("creators") {
            if let Some(text) = self.builder.problems.text_of(creator) {
                self.creator(text);
            }
        }
    }
}

impl Fields for Spdx2<'_> {
    fn wanted(&self, key: &str) -> Wanted {
        match key {
            "packages" => Wanted::Items("packages"),
            "relationships" => Wanted::Items("relationships"),
            "files" => Wanted::Count("files"),
            "SPDXID" | "spdxVersion" | "specVersion" | "name" | "documentNamespace"
            | "namespace" | "creationInfo" | "documentDescribes" | "Document" => Wanted::Whole,
            _ => Wanted::Nothing,
        }
    }

    fn field(&mut self, key: &str, value: At<'_>) {
        match key {
            "Document" => feed(value, self),
            "creationInfo" => self.creation(value),
            "documentDescribes" => {
                for described in value.items() {
                    match described.get("Package") {
                        Some(_) => self.read_package(described),
                        None => {
                            if let Some(id) = self.builder.problems.text_of(described) {
                                self.describes(id);
                            }
                        }
                    }
                }
            }
            "SPDXID" | "spdxVersion" | "specVersion" | "name" | "documentNamespace"
            | "namespace" => {
                let Some(text) = self.builder.problems.text_of(value) else {
                    return;
                };
                match key {
                    "SPDXID" => self.document(text),
                    "spdxVersion" | "specVersion" => self.version(value, text),
                    "name" => self.builder.sbom.name = Some(text.into()),
                    _ => self.builder.sbom.id = Some(text.into()),
                }
            }
            _ if value.kind() == Kind::Null => {}
            _ => self.builder.problems.at(value, "is no list"),
        }
    }

    fn item(&mut self, key: &'static str, _: usize, item: At<'_>) {
        if key == "packages" {
            self.read_package(item);
            return;
        }
        let item = item.get("Relationship").unwrap_or(item);
        let text = |key| item.get(key).and_then(At::text);
        let ends = (
            text("spdxElementId"),
            text("relationshipType"),
            text("relatedSpdxElement"),
        );
        if let (Some(from), Some(kind), Some(to)) = ends {
            self.relationship(from, kind, to);
        } else {
            self.builder.sbom.relationships += 1;
            self.builder
                .problems
                .at(item, "is no relationship of two elements");
        }
    }

    fn count(&mut self, key: &'static str, count: usize) {
        if key == "files" {
            self.builder.sbom.files += count;
        }
    }
}

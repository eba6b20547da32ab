//! SPDX 3 in JSON-LD: elements in any order, linked by identifiers (spdx.github.io/spdx-spec/v3.0.1).

use std::collections::{BTreeSet, HashMap};

use super::builder::{Builder, Stated};
use super::dependencies::Link;
use super::spdx3_licenses::License;
use super::{About, Encoding, Format, Package, Sbom};
use crate::evidence::Limits;
use crate::evidence::problems::Problems;
use crate::evidence::tree::json::{Fields, Wanted};
use crate::evidence::tree::{At, Kind};
use crate::oci::RemoteText;

/// Fields that say nothing of what is asked here.
pub(in crate::evidence) const SKIPPED: &[&str] = &[
    "comment",
    "description",
    "summary",
    "software_copyrightText",
    "extension",
    "expandedlicensing_licenseText",
    "simplelicensing_licenseText",
];

/// Reads a document element by element, and links them when all were seen.
pub(in crate::evidence) struct Spdx3<'l> {
    pub(super) builder: Builder<'l>,
    pub(super) licenses: HashMap<RemoteText, License>,
    /// Package, who says it, licence.
    pub(super) licensed: Vec<(RemoteText, Stated, RemoteText)>,
    names: HashMap<RemoteText, RemoteText>,
    suppliers: Vec<(u32, RemoteText)>,
    /// The document and its bills of materials: what they have at their root.
    roots: Vec<(RemoteText, Vec<RemoteText>)>,
    document: Option<RemoteText>,
    described: Vec<(RemoteText, RemoteText)>,
    context: String,
    elements: usize,
}

/// The part of a type or a term after its profile: `Package` of `software_Package`, and of the whole address.
pub(super) fn local(text: &str) -> &str {
    text.rsplit(['_', '/', '#', ':']).next().unwrap_or(text)
}

/// The identifier of an element, or of one that stands in the place of an identifier.
pub(super) fn reference(at: At<'_>) -> Option<&str> {
    at.text().or_else(|| id(at))
}

pub(super) fn id(at: At<'_>) -> Option<&str> {
    at.get("spdxId")
        .or_else(|| at.get("@id"))
        .and_then(At::text)
}

fn kind(at: At<'_>) -> Option<&str> {
    let kind = at.get("type").or_else(|| at.get("@type"))?;
    kind.items().find_map(At::text).map(local)
}

/// A field under its name with its profile, or without.
pub(super) fn field<'t>(at: At<'t>, profile: &str, name: &str) -> Option<At<'t>> {
    let full = format!("{profile}_{name}");
    at.fields()
        .find(|field| field.key() == full || field.key() == name)
}

pub(super) fn field_text<'t>(at: At<'t>, profile: &str, name: &str) -> Option<&'t str> {
    field(at, profile, name)?
        .text()
        .filter(|text| !text.is_empty())
}

impl<'l> Spdx3<'l> {
    /// Begins a document.
    pub(in crate::evidence) fn new(limits: &'l Limits) -> Self {
        Self {
            builder: Builder::new(Format::Spdx("".into()), Encoding::Json, limits),
            licenses: HashMap::new(),
            licensed: Vec::new(),
            names: HashMap::new(),
            suppliers: Vec::new(),
            roots: Vec::new(),
            document: None,
            described: Vec::new(),
            context: String::new(),
            elements: 0,
        }
    }

    /// The document; none where it has no element of SPDX.
    pub(in crate::evidence) fn finish(mut self) -> Option<(Sbom, Problems)> {
        if self.elements == 0 && !self.context.contains("spdx") {
            return None;
        }
        if self.builder.sbom.format == Format::Spdx("".into()) {
            let version = self
                .context
                .split("rdf/")
                .nth(1)
                .and_then(|rest| rest.split('/').next());
            let version = version.unwrap_or_default().to_owned();
            self.version(&version);
        }
        self.link_licenses();
        for (number, supplier) in std::mem::take(&mut self.suppliers) {
            let name = self.names.get(&supplier).cloned();
            if let Some(package) = self.builder.sbom.packages.get_mut(number as usize) {
                package.supplier = name;
            }
        }
        self.find_about();
        Some(self.builder.finish())
    }

    /// The described are the roots of the document, and the roots of what is its root.
    fn find_about(&mut self) {
        let mut described: BTreeSet<u32> = BTreeSet::new();
        for (holder, roots) in &self.roots {
            let relations = self.described.iter().filter(|(from, _)| from == holder);
            let relations = relations.map(|(_, to)| to);
            for id in roots.iter().chain(relations) {
                described.extend(self.builder.package_of(id.as_str()));
            }
        }
        let mut described = described.into_iter();
        if let (Some(only), None) = (described.next(), described.next())
            && let Some(package) = self.builder.sbom.packages.get(only as usize)
        {
            self.builder.sbom.about = Some(About::of(package));
        }
    }

    fn version(&mut self, text: &str) {
        let short: Vec<&str> = text.splitn(3, '.').take(2).collect();
        self.builder.sbom.format = Format::Spdx(short.join(".").into());
    }

    pub(super) fn element(&mut self, at: At<'_>, depth: usize) {
        let Some(kind) = kind(at) else {
            if at.kind() != Kind::Object {
                self.builder.problems.at(at, "is no element");
            }
            return;
        };
        if depth > 4 {
            return;
        }
        self.elements += 1;
        match kind {
            "Package" | "AIPackage" | "DatasetPackage" => self.package(at),
            "File" => self.builder.sbom.files += 1,
            "Vulnerability" => self.builder.sbom.vulnerabilities += 1,
            "SpdxDocument" | "Sbom" | "Bom" | "Bundle" => self.collection(at, kind),
            "CreationInfo" => self.creation(at),
            "Tool" => {
                if let Some(name) = field_text(at, "core", "name") {
                    self.builder.sbom.tools.push(name.into());
                }
            }
            "Person" | "Organization" | "Agent" | "SoftwareAgent" => {
                if let (Some(id), Some(name)) = (id(at), field_text(at, "core", "name")) {
                    self.names.insert(id.into(), name.into());
                }
            }
            _ if kind.ends_with("Relationship") => self.relationship(at, depth),
            _ => self.license(at, kind, depth),
        }
    }

    fn collection(&mut self, at: At<'_>, kind: &str) {
        let id = id(at).unwrap_or_default();
        if kind == "SpdxDocument" {
            self.builder.sbom.name = self.builder.text(at, "name");
            self.builder.sbom.id = Some(id.into());
            self.document = Some(id.into());
        }
        let roots = at.list("rootElement").filter_map(reference);
        self.roots
            .push((id.into(), roots.map(RemoteText::from).collect()));
        if let Some(creation) = at
            .get("creationInfo")
            .filter(|at| at.kind() == Kind::Object)
        {
            self.creation(creation);
        }
    }

    fn creation(&mut self, at: At<'_>) {
        if self.builder.sbom.created.is_none() {
            self.builder.sbom.created = self.builder.text(at, "created");
        }
        if let Some(version) = at.get("specVersion").and_then(At::text) {
            self.version(version);
        }
    }

    fn package(&mut self, at: At<'_>) {
        let builder = &mut self.builder;
        let mut package = Package {
            id: id(at).map(RemoteText::from),
            name: builder.problems.text(at, "name").unwrap_or_default().into(),
            version: field_text(at, "software", "packageVersion").map(RemoteText::from),
            purl: field_text(at, "software", "packageUrl").map(RemoteText::from),
            ..Package::default()
        };
        if package.name.is_empty() {
            builder.problems.at(at, "has no name");
        }
        for identifier in at.list("externalIdentifier") {
            let text = |key| identifier.get(key).and_then(At::text);
            let kind = text("externalIdentifierType").map(local);
            if package.purl.is_none()
                && kind.is_some_and(|kind| matches!(kind, "packageUrl" | "purl"))
            {
                package.purl = text("identifier").map(RemoteText::from);
            }
        }
        for hash in at.list("verifiedUsing") {
            let text = |key| hash.get(key).and_then(At::text);
            // A verification code is of the files in the package.
            if kind(hash).is_some_and(|kind| kind != "Hash") {
                continue;
            }
            if let (Some(algorithm), Some(value)) = (text("algorithm"), text("hashValue")) {
                builder.hash(&mut package.hashes, local_algorithm(algorithm), value);
            }
        }
        package.ecosystem = builder.ecosystem(package.purl.as_ref(), None);
        let number = builder.push(at, package);
        for supplier in at.list("suppliedBy") {
            if supplier.kind() == Kind::Object {
                self.element(supplier, 3);
            }
            if let (Some(number), Some(supplier)) = (number, reference(supplier)) {
                self.suppliers.push((number, supplier.into()));
            }
        }
    }

    fn relationship(&mut self, at: At<'_>, depth: usize) {
        use Link::{Contains, DependsOn};
        self.builder.sbom.relationships += 1;
        let kind = at.get("relationshipType").and_then(At::text).map(local);
        let from = at.get("from");
        let (Some(kind), Some(from)) = (kind, from.and_then(reference)) else {
            self.builder
                .problems
                .at(at, "is no relationship of two elements");
            return;
        };
        for to in at.list("to") {
            if to.kind() == Kind::Object {
                self.element(to, depth + 1);
            }
            let Some(to) = reference(to) else { continue };
            let mut licensed = |stated| self.licensed.push((from.into(), stated, to.into()));
            match kind {
                "hasDeclaredLicense" => licensed(Stated::Declared),
                "hasConcludedLicense" => licensed(Stated::Concluded),
                "describes" => self.described.push((from.into(), to.into())),
                "contains" => self.builder.link(from, to, Contains),
                "dependsOn"
                | "hasDynamicLink"
                | "hasStaticLink"
                | "hasOptionalDependency"
                | "hasProvidedDependency"
                | "hasPrerequisite" => self.builder.link(from, to, DependsOn),
                _ => {}
            }
        }
    }
}

/// `sha256` of `sha256` and of its address.
fn local_algorithm(text: &str) -> &str {
    text.rsplit(['/', '#', ':']).next().unwrap_or(text)
}

impl Fields for Spdx3<'_> {
    fn wanted(&self, key: &str) -> Wanted {
        match key {
            "@graph" => Wanted::Items("@graph"),
            "@context" => Wanted::Whole,
            _ => Wanted::Nothing,
        }
    }

    fn field(&mut self, key: &str, value: At<'_>) {
        match key {
            "@context" => {
                let context = value.items().find_map(At::text);
                context.unwrap_or_default().clone_into(&mut self.context);
            }
            // A graph of one element.
            _ if value.kind() == Kind::Object => self.element(value, 0),
            _ => self.builder.problems.at(value, "is no list"),
        }
    }

    fn item(&mut self, _: &'static str, _: usize, item: At<'_>) {
        self.element(item, 0);
    }
}

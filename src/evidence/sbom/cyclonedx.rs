//! `CycloneDX` 1.0 to 1.7, JSON and XML (cyclonedx.org, "Specification Overview").

use std::sync::Arc;

use super::builder::{Builder, Licenses, Stated};
use super::cyclonedx_vex;
use super::dependencies::{Link, ROOT};
use super::{About, Encoding, Format, Package, Sbom};
use crate::evidence::Limits;
use crate::evidence::problems::Problems;
use crate::evidence::tree::At;
use crate::evidence::tree::json::{Fields, Wanted};
use crate::evidence::vex::VexStatement;
use crate::oci::RemoteText;

/// Fields of components that say nothing of what is asked here, and are most of a document's bytes.
pub(in crate::evidence) const SKIPPED: &[&str] = &[
    "properties",
    "externalReferences",
    "evidence",
    "pedigree",
    "releaseNotes",
    "signature",
    "swid",
    "modelCard",
    "cryptoProperties",
    "data",
    "description",
    "copyright",
    "ratings",
    "cwes",
    "author",
    "publisher",
    "cpe",
    "mime-type",
    "omniborId",
    "swhid",
    "tags",
];

/// Reads a document field by field.
pub(in crate::evidence) struct CycloneDx<'l> {
    builder: Builder<'l>,
    vex: Vec<VexStatement>,
    author: Option<RemoteText>,
    has_format: bool,
}

impl<'l> CycloneDx<'l> {
    /// Begins a document; in XML the version is that of the namespace.
    pub(in crate::evidence) fn new(encoding: Encoding, version: &str, limits: &'l Limits) -> Self {
        let format = Format::CycloneDx(version.into());
        Self {
            builder: Builder::new(format, encoding, limits),
            vex: Vec::new(),
            author: None,
            has_format: encoding == Encoding::Xml,
        }
    }

    /// The document.
    pub(in crate::evidence) fn finish(mut self) -> (Sbom, Problems) {
        if !self.has_format {
            let what = "is missing: a CycloneDX document says so";
            self.builder.problems.note("bomFormat", what);
        }
        if self.builder.sbom.format == Format::CycloneDx("".into()) {
            self.builder.problems.note("specVersion", "is missing");
        }
        let statements = std::mem::take(&mut self.vex);
        let author = self.author.take();
        let (mut sbom, problems) = self.builder.finish();
        sbom.vex = cyclonedx_vex::finish(statements, author, &sbom);
        (sbom, problems)
    }

    fn metadata(&mut self, at: At<'_>) {
        let builder = &mut self.builder;
        builder.sbom.created = builder.text(at, "timestamp");
        self.author = at.list("authors").find_map(|author| {
            let name = author.get("name").and_then(At::text)?;
            Some(name.into())
        });
        let supplier = at
            .get("supplier")
            .or(at.get("manufacturer"))
            .or(at.get("manufacture"));
        if self.author.is_none() {
            self.author = supplier.and_then(name_of).map(RemoteText::from);
        }
        if let Some(tools) = at.get("tools") {
            self.tools(tools);
        }
        if let Some(component) = at.get("component") {
            let package = self.package(component, &Arc::default());
            if let Some(id) = &package.id {
                self.builder.own(component, id.as_str(), ROOT);
            }
            self.builder.sbom.about = Some(About::of(&package));
            self.nested(component, &package);
        }
    }

    /// Tools: a list of them, or since 1.5 an object with components and services.
    fn tools(&mut self, tools: At<'_>) {
        let grouped = [tools.get("components"), tools.get("services")];
        let is_grouped = grouped.iter().any(Option::is_some);
        let grouped = grouped.into_iter().flatten().flat_map(At::items);
        let plain = tools.items().filter(|_| !is_grouped);
        for tool in grouped.chain(plain) {
            let name = name_of(tool).or_else(|| tool.text());
            let Some(name) = name else { continue };
            let text = match tool.get("version").and_then(At::scalar) {
                Some(version) if !version.is_empty() => format!("{name} {version}"),
                _ => name.to_owned(),
            };
            self.builder.sbom.tools.push(text.into());
        }
    }

    /// A component, and those in it.
    fn component(&mut self, at: At<'_>, within: &Arc<[RemoteText]>) {
        if at.is_wrapped() && at.key() != "component" {
            return;
        }
        let package = self.package(at, within);
        let holder = Package {
            name: package.name.clone(),
            within: package.within.clone(),
            id: package.id.clone(),
            ..Package::default()
        };
        self.builder.push(at, package);
        self.nested(at, &holder);
    }

    /// The components in a component.
    fn nested(&mut self, at: At<'_>, holder: &Package) {
        let mut inner = at.list("components").peekable();
        if inner.peek().is_none() {
            return;
        }
        let path = holder.within.iter().chain([&holder.name]).cloned();
        let path: Arc<[RemoteText]> = path.collect();
        for child in inner {
            if let (Some(id), Some(child)) = (&holder.id, child.get("bom-ref").and_then(At::text)) {
                self.builder.link(id.as_str(), child, Link::Contains);
            }
            self.component(child, &path);
        }
    }

    fn package(&mut self, at: At<'_>, within: &Arc<[RemoteText]>) -> Package {
        let builder = &mut self.builder;
        let mut package = Package {
            within: within.clone(),
            ..Package::default()
        };
        let mut licenses = Licenses::default();
        // One walk, because a look-up is a walk.
        for field in at.fields() {
            let place = match field.key() {
                "name" => {
                    package.name = builder.problems.text_of(field).unwrap_or_default().into();
                    continue;
                }
                "hashes" => {
                    for hash in field.items() {
                        self::hash(builder, hash, &mut package);
                    }
                    continue;
                }
                "licenses" => {
                    for choice in field.items() {
                        license_choice(builder, choice, &mut licenses);
                    }
                    continue;
                }
                "supplier" => {
                    let name = name_of(field).or(field.text());
                    package.supplier = name.map(|name| builder.shared(name));
                    continue;
                }
                "bom-ref" => &mut package.id,
                "group" => &mut package.group,
                "version" => &mut package.version,
                "purl" => &mut package.purl,
                "type" => &mut package.kind,
                _ => continue,
            };
            let text = builder
                .problems
                .text_of(field)
                .filter(|text| !text.is_empty());
            let is_shared = matches!(field.key(), "group" | "type");
            *place = text.map(|text| {
                if is_shared {
                    builder.shared(text)
                } else {
                    text.into()
                }
            });
        }
        if package.name.is_empty() {
            builder.problems.at(at, "has no name");
        }
        package.licenses = Builder::licenses(licenses);
        package.ecosystem = builder.ecosystem(package.purl.as_ref(), None);
        package
    }

    fn dependency(&mut self, at: At<'_>) {
        let Some(from) = at.get("ref").and_then(At::text) else {
            self.builder.problems.at(at, "has no ref");
            return;
        };
        let wrapped = at.is_wrapped();
        let plain = at
            .list("dependsOn")
            .chain(at.list("provides"))
            .filter(|_| !wrapped);
        let nested = at
            .fields()
            .filter(|field| wrapped && matches!(field.key(), "dependency" | "provides"));
        for to in plain.chain(nested) {
            let to = to.get("ref").and_then(At::text).or(to.text());
            if let Some(to) = to {
                self.builder.sbom.relationships += 1;
                self.builder.link(from, to, Link::DependsOn);
            }
        }
    }
}

impl Fields for CycloneDx<'_> {
    fn wanted(&self, key: &str) -> Wanted {
        match key {
            "components" => Wanted::Items("components"),
            "dependencies" => Wanted::Items("dependencies"),
            "vulnerabilities" => Wanted::Items("vulnerabilities"),
            "bomFormat" | "specVersion" | "serialNumber" | "metadata" => Wanted::Whole,
            _ => Wanted::Nothing,
        }
    }

    fn field(&mut self, key: &str, value: At<'_>) {
        match key {
            "bomFormat" => {
                self.has_format = true;
                let text = self.builder.problems.text_of(value).unwrap_or_default();
                if text != "CycloneDX" {
                    self.builder
                        .problems
                        .at(value, format!("is {text}, not CycloneDX"));
                }
            }
            "specVersion" => {
                let text = self.builder.problems.text_of(value).unwrap_or_default();
                self.builder.sbom.format = Format::CycloneDx(text.into());
            }
            "serialNumber" => {
                self.builder.sbom.id = self.builder.problems.text_of(value).map(RemoteText::from);
            }
            "metadata" => self.metadata(value),
            _ if value.kind() == crate::evidence::tree::Kind::Null => {}
            _ => self.builder.problems.at(value, "is no list"),
        }
    }

    fn item(&mut self, key: &'static str, _: usize, item: At<'_>) {
        match key {
            "components" => self.component(item, &Arc::default()),
            "dependencies" if !item.is_wrapped() || item.key() == "dependency" => {
                self.dependency(item);
            }
            "vulnerabilities" if !item.is_wrapped() || item.key() == "vulnerability" => {
                self.builder.sbom.vulnerabilities += 1;
                self.vex
                    .extend(cyclonedx_vex::statement(item, &mut self.builder.problems));
            }
            _ => {}
        }
    }
}

fn name_of(at: At<'_>) -> Option<&str> {
    at.get("name")
        .and_then(At::text)
        .filter(|name| !name.is_empty())
}

fn hash(builder: &mut Builder<'_>, at: At<'_>, package: &mut Package) {
    let hash = at.get("content").and_then(At::text).or_else(|| at.text());
    match (at.get("alg").and_then(At::text), hash) {
        (Some(algorithm), Some(hash)) => builder.hash(&mut package.hashes, algorithm, hash),
        _ => builder.problems.at(at, "is no hash"),
    }
}

/// One of `licenses`: a licence or an expression.
fn license_choice(builder: &mut Builder<'_>, at: At<'_>, licenses: &mut Licenses) {
    match at.key() {
        "license" if at.is_wrapped() => license(builder, at, licenses),
        "expression" if at.is_wrapped() => {
            expression(builder, at.text(), at, licenses);
        }
        // Since 1.7 the expression is an attribute of it.
        "expression-detailed" => {
            expression(
                builder,
                at.get("expression").and_then(At::text),
                at,
                licenses,
            );
        }
        _ => {
            let text = at.get("expression").and_then(At::text);
            if let Some(inner) = at.get("license") {
                license(builder, inner, licenses);
                if text.is_some() {
                    builder
                        .problems
                        .at(at, "has both a license and an expression");
                }
            }
            expression(builder, text.or_else(|| at.text()), at, licenses);
        }
    }
}

fn license(builder: &mut Builder<'_>, at: At<'_>, licenses: &mut Licenses) {
    let text = |key| {
        at.get(key)
            .and_then(At::text)
            .filter(|text| !text.is_empty())
    };
    let license = text("id").or(text("name")).or(at.text());
    expression(builder, license, at, licenses);
    if license.is_none() {
        builder.problems.at(at, "has neither an id nor a name");
    }
}

fn expression(builder: &mut Builder<'_>, text: Option<&str>, at: At<'_>, licenses: &mut Licenses) {
    let acknowledgement = at.get("acknowledgement").and_then(At::text);
    let stated = match acknowledgement {
        Some("concluded") => Stated::Concluded,
        _ => Stated::Declared,
    };
    if let Some(text) = text {
        builder.license(licenses, stated, text);
    }
}

//! Syft's own JSON, of every version of its schema.

use super::builder::{Builder, Licenses, Stated};
use super::dependencies::{Link, ROOT};
use super::{About, Encoding, Format, Package, Sbom};
use crate::evidence::Limits;
use crate::evidence::problems::Problems;
use crate::evidence::tree::json::{Fields, Wanted};
use crate::evidence::tree::{At, Kind};
use crate::oci::RemoteText;

/// Fields that say nothing of what is asked here, and are most of a document's bytes.
pub(in crate::evidence) const SKIPPED: &[&str] = &[
    "locations",
    "cpes",
    "metadata",
    "foundBy",
    "language",
    "metadataType",
];

/// Reads a document field by field.
pub(in crate::evidence) struct Syft<'l> {
    builder: Builder<'l>,
    /// Whether anything says that this is Syft's: `artifacts` alone is a word like others.
    is_certain: bool,
}

impl<'l> Syft<'l> {
    /// Begins a document.
    pub(in crate::evidence) fn new(limits: &'l Limits) -> Self {
        Self {
            builder: Builder::new(Format::Syft("".into()), Encoding::Json, limits),
            is_certain: false,
        }
    }

    /// The document; none where it is none of Syft's.
    pub(in crate::evidence) fn finish(self) -> Option<(Sbom, Problems)> {
        self.is_certain.then(|| self.builder.finish())
    }

    fn artifact(&mut self, at: At<'_>) {
        let builder = &mut self.builder;
        if at.kind() != Kind::Object {
            builder.problems.at(at, "is no package");
            return;
        }
        let mut licenses = Licenses::default();
        for license in at.list("licenses") {
            // Until schema 8 a licence is a text.
            let text = |key| {
                license
                    .get(key)
                    .and_then(At::text)
                    .filter(|text| !text.is_empty())
            };
            let written = license.text().or(text("value")).or(text("spdxExpression"));
            let stated = match text("type") {
                Some("concluded") => Stated::Concluded,
                _ => Stated::Declared,
            };
            if let Some(written) = written {
                builder.license(&mut licenses, stated, written);
            }
        }
        let purl = builder.text(at, "purl");
        let own = builder.problems.text(at, "type");
        let package = Package {
            id: builder.text(at, "id"),
            name: builder.problems.text(at, "name").unwrap_or_default().into(),
            version: builder.text(at, "version"),
            ecosystem: builder.ecosystem(purl.as_ref(), own),
            licenses: Builder::licenses(licenses),
            purl,
            ..Package::default()
        };
        if package.name.is_empty() {
            builder.problems.at(at, "has no name");
        }
        builder.push(at, package);
    }

    fn relationship(&mut self, at: At<'_>) {
        self.builder.sbom.relationships += 1;
        let text = |key| at.get(key).and_then(At::text);
        let (Some(parent), Some(child), Some(kind)) = (text("parent"), text("child"), text("type"))
        else {
            self.builder
                .problems
                .at(at, "is no relationship of two things");
            return;
        };
        match kind {
            "contains" => self.builder.link(parent, child, Link::Contains),
            // The parent is what is needed.
            "dependency-of" => self.builder.link(child, parent, Link::DependsOn),
            _ => {}
        }
    }

    /// What was looked at: an image, a folder or a file.
    fn source(&mut self, at: At<'_>) {
        // Until schema 7 there is a target, and it may be a mere path.
        let details = at.get("metadata").or(at.get("target")).unwrap_or(at);
        let text = |at: At<'_>, key: &str| {
            let text = at
                .get(key)
                .and_then(At::text)
                .filter(|text| !text.is_empty());
            text.map(RemoteText::from)
        };
        let name = text(at, "name")
            .or_else(|| text(details, "userInput"))
            .or_else(|| text(details, "path"))
            .or_else(|| details.text().map(RemoteText::from));
        let mut about = About {
            id: text(at, "id"),
            name: name.unwrap_or_default(),
            version: text(at, "version"),
            ..About::default()
        };
        let single = ["manifestDigest", "imageID"]
            .into_iter()
            .filter_map(|key| details.get(key));
        for digest in single
            .chain(details.list("repoDigests"))
            .filter_map(At::text)
        {
            about.add_digest(digest);
        }
        if let Some(id) = &about.id {
            self.builder.own(at, id.as_str(), ROOT);
        }
        if !about.name.is_empty() {
            self.builder.sbom.about = Some(about);
        }
    }

    fn descriptor(&mut self, at: At<'_>) {
        let name = at.get("name").and_then(At::text).unwrap_or_default();
        self.is_certain |= !name.is_empty();
        let tool = match at.get("version").and_then(At::text) {
            Some(version) => format!("{name} {version}"),
            None => name.to_owned(),
        };
        self.builder.sbom.tools.push(tool.into());
        self.builder.sbom.created = self.builder.text(at, "timestamp");
    }
}

impl Fields for Syft<'_> {
    fn wanted(&self, key: &str) -> Wanted {
        match key {
            "artifacts" => Wanted::Items("artifacts"),
            "artifactRelationships" => Wanted::Items("artifactRelationships"),
            "files" => Wanted::Count("files"),
            "source" | "descriptor" | "schema" => Wanted::Whole,
            _ => Wanted::Nothing,
        }
    }

    fn field(&mut self, key: &str, value: At<'_>) {
        match key {
            "source" => self.source(value),
            "descriptor" => self.descriptor(value),
            "schema" => {
                let version = value
                    .get("version")
                    .and_then(At::scalar)
                    .unwrap_or_default();
                let url = value.get("url").and_then(At::text).unwrap_or_default();
                self.is_certain |= url.contains("syft");
                let short: Vec<&str> = version.splitn(3, '.').take(2).collect();
                self.builder.sbom.format = Format::Syft(short.join(".").into());
            }
            _ if value.kind() == Kind::Null => {}
            _ => self.builder.problems.at(value, "is no list"),
        }
    }

    fn item(&mut self, key: &'static str, _: usize, item: At<'_>) {
        if key == "artifacts" {
            self.artifact(item);
        } else {
            self.is_certain = true;
            self.relationship(item);
        }
    }

    fn count(&mut self, _: &'static str, count: usize) {
        self.builder.sbom.files += count;
    }
}

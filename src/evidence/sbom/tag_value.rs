//! SPDX 2.x as tags and values, one a line (clause 4.4 and annex F of the specification).

use super::builder::{Licenses, Stated};
use super::spdx2::Spdx2;
use super::{Encoding, Package, Sbom};
use crate::evidence::Limits;
use crate::evidence::problems::{Line, Problems};

/// Whether `text` has the first tag of such a document, whatever stands before it: comments, headings, empty lines.
pub(in crate::evidence) fn is_it(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("SPDXVersion:") || line.starts_with("PackageName:")
    })
}

/// Reads a document. Cost: `O(n)`.
pub(in crate::evidence) fn read(text: &str, limits: &Limits) -> (Sbom, Problems) {
    let mut reader = Reader {
        spdx: Spdx2::new(Encoding::TagValue, limits),
        section: Section::Document,
    };
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let at = Line(number + 1);
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let Some((tag, value)) = trimmed.split_once(':') else {
            reader
                .spdx
                .builder
                .problems
                .at(at, "is no tag with a value");
            continue;
        };
        let mut value = value.trim().to_owned();
        if let Some(begun) = value.strip_prefix("<text>") {
            value = match begun.split_once("</text>") {
                Some((text, _)) => text.to_owned(),
                None => rest_of_text(begun, &mut lines),
            };
        }
        reader.tag(at, tag.trim(), &value);
    }
    reader.end_section();
    reader.spdx.finish()
}

/// A text of several lines, up to the line that ends it.
fn rest_of_text<'t>(begun: &str, lines: &mut impl Iterator<Item = (usize, &'t str)>) -> String {
    let mut text = begun.to_owned();
    for (_, line) in lines {
        text.push('\n');
        match line.split_once("</text>") {
            Some((last, _)) => {
                text.push_str(last);
                break;
            }
            None => text.push_str(line),
        }
    }
    text
}

enum Section {
    Document,
    /// With the line that it began at.
    Package(Line, Box<Package>, Licenses),
    /// A file, a snippet, a licence: nothing of it is kept.
    Other,
}

struct Reader<'l> {
    spdx: Spdx2<'l>,
    section: Section,
}

impl Reader<'_> {
    fn end_section(&mut self) {
        if let Section::Package(at, package, licenses) =
            std::mem::replace(&mut self.section, Section::Other)
        {
            self.spdx.package(at, *package, licenses);
        }
    }

    fn tag(&mut self, at: Line, tag: &str, value: &str) {
        match tag {
            "PackageName" => {
                self.end_section();
                let package = Package {
                    name: value.into(),
                    ..Package::default()
                };
                self.section = Section::Package(at, Box::new(package), Licenses::default());
            }
            "FileName" => {
                self.end_section();
                self.spdx.builder.sbom.files += 1;
            }
            "SnippetSPDXID" | "SnippetSPDXIdentifier" | "LicenseID" => self.end_section(),
            "SPDXVersion" => self.spdx.version(at, value),
            "DocumentName" => self.spdx.builder.sbom.name = Some(value.into()),
            "DocumentNamespace" => self.spdx.builder.sbom.id = Some(value.into()),
            "Creator" => self.spdx.creator(value),
            "Created" => self.spdx.builder.sbom.created = Some(value.into()),
            "Relationship" => self.relationship(at, value),
            _ => self.tag_of_section(at, tag, value),
        }
    }

    fn relationship(&mut self, at: Line, value: &str) {
        let mut words = value.split_whitespace();
        let ends = (words.next(), words.next(), words.next());
        if let (Some(from), Some(kind), Some(to)) = ends {
            self.spdx.relationship(from, kind, to);
        } else {
            self.spdx.builder.sbom.relationships += 1;
            let what = "is no relationship of two elements";
            self.spdx.builder.problems.at(at, what);
        }
    }

    fn tag_of_section(&mut self, at: Line, tag: &str, value: &str) {
        let (package, licenses) = match &mut self.section {
            Section::Document => {
                if tag == "SPDXID" {
                    self.spdx.document(value);
                }
                return;
            }
            Section::Other => return,
            Section::Package(_, package, licenses) => (package, licenses),
        };
        match tag {
            "SPDXID" => package.id = Some(value.into()),
            "PackageVersion" if !value.is_empty() => package.version = Some(value.into()),
            "PackageSupplier" => self.spdx.supplier(package, value),
            "PackageLicenseDeclared" => {
                self.spdx.builder.license(licenses, Stated::Declared, value);
            }
            "PackageLicenseConcluded" => {
                self.spdx
                    .builder
                    .license(licenses, Stated::Concluded, value);
            }
            "PackageChecksum" => match value.split_once(':') {
                Some((algorithm, hash)) => {
                    self.spdx
                        .builder
                        .hash(&mut package.hashes, algorithm.trim(), hash);
                }
                None => self.spdx.builder.problems.at(at, "is no checksum"),
            },
            "ExternalRef" => {
                let mut words = value.split_whitespace().skip(1);
                match (words.next(), words.next()) {
                    (Some(kind), Some(locator)) => Spdx2::external(package, kind, locator),
                    _ => self
                        .spdx
                        .builder
                        .problems
                        .at(at, "is no external reference"),
                }
            }
            _ => {}
        }
    }
}

//! The document of `regscope sbom --format json`.

use std::cell::RefCell;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

use crate::evidence::Reading;
use crate::evidence::sbom::{Package, Sbom};
use crate::graph::Graph;
use crate::insight::bills::{self, Placed};
use crate::insight::coverage::Coverage;
use crate::oci::{Digest, RemoteText};

use super::document::{CoveragePart, DocumentPart, HolePart, ProblemPart};
use super::package::{PackagePart, package_part};
use super::tree::shown_path;

/// Bills of materials.
#[derive(Serialize, JsonSchema)]
pub struct SbomDocument<'a> {
    /// 1.
    schema: u32,
    /// The target, as written.
    target: &'a str,
    /// By repository, subject and carrier.
    #[schemars(with = "Vec<Bill<'static>>")]
    documents: Bills<'a>,
    coverage: CoveragePart,
}

/// Gives the reading of each document again: more documents than fit in memory are written one after the other.
pub type Read<'a> = Box<dyn FnMut(&Placed) -> Option<Arc<Reading>> + 'a>;

/// Documents that are read as they are written.
struct Bills<'a> {
    placed: &'a [Placed],
    read: RefCell<Read<'a>>,
    /// A file's, which is attached to nothing.
    file: Option<&'a Reading>,
}

/// One bill of materials.
#[derive(Serialize, JsonSchema)]
struct Bill<'a> {
    document: DocumentPart,
    /// `spdx-2.3`, `cyclonedx-1.6`, `syft-16.0`, `tern`.
    #[schemars(with = "String")]
    format: RemoteText,
    /// `json`, `xml`, `tag-value`, `yaml` or `rdf`.
    encoding: &'static str,
    /// The document's own name.
    #[schemars(with = "Option<String>")]
    name: Option<&'a RemoteText>,
    /// When it was made, as written.
    #[schemars(with = "Option<String>")]
    created: Option<&'a RemoteText>,
    /// What made it.
    #[schemars(with = "Vec<String>")]
    tools: &'a [RemoteText],
    /// What it describes, where that is one thing.
    about: Option<AboutPart<'a>>,
    /// Whether a digest that it gives for that is of what it is attached to; null where it gives none.
    about_matches: Option<bool>,
    /// In the document's order.
    #[schemars(with = "Vec<PackagePart<'static>>")]
    packages: Packages<'a>,
    /// How many files it lists.
    files: usize,
    /// How many relationships it states.
    relationships: usize,
    /// How many vulnerabilities it lists.
    vulnerabilities: usize,
}

#[derive(Serialize, JsonSchema)]
struct AboutPart<'a> {
    #[schemars(with = "String")]
    name: &'a RemoteText,
    #[schemars(with = "Option<String>")]
    version: Option<&'a RemoteText>,
    /// The first digest that it gives.
    #[schemars(with = "Option<String>")]
    digest: Option<Digest>,
    /// What that digest is, seen from what the document is attached to.
    is: Option<&'static str>,
}

struct Packages<'a>(&'a [Package]);

impl Serialize for Packages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(package_part))
    }
}

impl Serialize for Bills<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        if let Some(reading) = self.file
            && let Some(sbom) = reading.sbom()
        {
            list.serialize_element(&bill(None, reading, sbom))?;
        }
        for placed in self.placed {
            let reading = (self.read.borrow_mut())(placed);
            if let Some(reading) = reading
                && let Some(sbom) = reading.sbom()
            {
                list.serialize_element(&bill(Some(placed), &reading, sbom))?;
            }
        }
        list.end()
    }
}

fn bill<'a>(placed: Option<&Placed>, reading: &Reading, sbom: &'a Sbom) -> Bill<'a> {
    let about = sbom.about.as_ref();
    let is = about.and_then(|about| bills::described_is(about, placed?));
    let matches = about.and_then(|about| {
        placed?;
        bills::describes_its_subject(about, is)
    });
    Bill {
        document: document_part(placed, reading),
        format: sbom.format.name(),
        encoding: sbom.encoding.name(),
        name: sbom.name.as_ref(),
        created: sbom.created.as_ref(),
        tools: &sbom.tools,
        about: about.map(|about| AboutPart {
            name: &about.name,
            version: about.version.as_ref(),
            digest: about.digests.first().copied(),
            is: is.map(bills::DescribedIs::name),
        }),
        about_matches: matches,
        packages: Packages(&sbom.packages),
        files: sbom.files,
        relationships: sbom.relationships,
        vulnerabilities: sbom.vulnerabilities,
    }
}

/// The document of what is attached to a target. `read` gives what a document says, once for each of `placed`.
pub fn document<'a>(
    target: &'a str,
    placed: &'a [Placed],
    coverage: CoveragePart,
    read: Read<'a>,
) -> SbomDocument<'a> {
    SbomDocument {
        schema: 1,
        target,
        documents: Bills {
            placed,
            read: RefCell::new(read),
            file: None,
        },
        coverage,
    }
}

/// The document of a file that is attached to nothing.
pub fn document_of_file<'a>(target: &'a str, reading: &'a Reading) -> SbomDocument<'a> {
    SbomDocument {
        schema: 1,
        target,
        documents: Bills {
            placed: &[],
            read: RefCell::new(Box::new(|_| None)),
            file: Some(reading),
        },
        coverage: CoveragePart::new(&Graph::new(), &Coverage::default(), Vec::new()),
    }
}

/// A document and where it stands; `placed` is none of a file.
pub fn document_part(placed: Option<&Placed>, reading: &Reading) -> DocumentPart {
    let wrappers = reading.wrapped_in.iter();
    let part = DocumentPart {
        blob: None,
        manifest: None,
        subject: None,
        platform: None,
        found_by: Vec::new(),
        wrapped_in: wrappers.map(|wrapper| wrapper.name()).collect(),
        problems: reading.problems.iter().map(ProblemPart::from).collect(),
    };
    match placed {
        Some(placed) => part.at(placed),
        None => part,
    }
}

/// The hole that a document leaves whose bytes make no sense.
pub fn unreadable_part(placed: &Placed, reading: &Reading) -> HolePart {
    let reason = reading.problems.first().map_or_else(
        || "it is no document of any kind that is known".to_owned(),
        ToString::to_string,
    );
    HolePart {
        node: format!(
            "{}@{}",
            shown_path(&placed.repository).as_str(),
            placed.blob
        ),
        what: "document",
        state: "invalid",
        reason: reason.into(),
    }
}

//! What reading a document gives.

use std::sync::Arc;

use super::chart::Chart;
use super::provenance::Provenance;
use super::sbom::Sbom;
use super::statement::Statement;
use super::vex::Vex;
use crate::oci::RemoteText;
use crate::oci::json::Problem;

/// What carries a document says of it; each empty where it says nothing. Nothing is believed because of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Label<'a> {
    /// The media type of the blob.
    pub media_type: &'a str,
    /// The artifact type of the manifest that carries it.
    pub artifact_type: &'a str,
    /// The predicate type that an annotation states.
    pub predicate_type: &'a str,
}

/// How much of a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that a compressed document may unpack to.
    pub unpacked: usize,
    /// Values of a document that is held in memory as a whole while it is read.
    pub values: usize,
    /// Packages, relationships, statements: entries of each kind of one document.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unpacked: 256 << 20,
            values: 4_000_000,
            entries: 1_000_000,
        }
    }
}

/// What a document was wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wrapper {
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// Base64 of either alphabet, where the whole document is that.
    Base64,
    /// A text in JSON that is itself a document.
    JsonText,
    /// A sigstore bundle.
    SigstoreBundle,
    /// A DSSE envelope.
    Dsse,
    /// An in-toto statement.
    InToto,
    /// What cosign makes of a file that is no predicate: `{"Data": …, "Timestamp": …}`.
    CosignPredicate,
}

impl Wrapper {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Base64 => "base64",
            Self::JsonText => "json-string",
            Self::SigstoreBundle => "sigstore-bundle",
            Self::Dsse => "dsse",
            Self::InToto => "in-toto",
            Self::CosignPredicate => "cosign-predicate",
        }
    }
}

/// What a document is, once everything around it was taken off.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A bill of materials.
    Sbom(Box<Sbom>),
    /// How something was built.
    Provenance(Box<Provenance>),
    /// Statements about vulnerabilities.
    Vex(Box<Vex>),
    /// A Helm chart.
    Chart(Box<Chart>),
    /// A signature of something that stands elsewhere; its checks are another reader's.
    Signature(SignatureForm),
    /// Something that is known by its name at most.
    Other(Other),
}

/// The form of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignatureForm {
    /// A sigstore bundle over a message.
    BundleMessage,
    /// A statement of predicate `https://sigstore.dev/cosign/sign/v1`: what cosign 3 signs images with.
    CosignStatement,
    /// What cosign and containers/image sign: a JSON payload with `critical`.
    SimpleSigning,
    /// A Notation envelope in JSON.
    NotationJws,
    /// A clear-signed text, as Helm's provenance files are.
    PgpText,
}

/// A document that is not read further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// What it is: the predicate type of a statement, else what kind of document it is, in a few words.
    pub name: RemoteText,
    /// What it says in short: names and texts.
    pub facts: Vec<(&'static str, RemoteText)>,
    /// Whether its bytes make no sense at all, so that it could have been anything.
    pub is_unreadable: bool,
    /// The text, where it is short enough to be held; else [`super::innermost`] gives it from the bytes.
    pub raw: Option<Arc<str>>,
}

/// A document that was read, as far as it could be.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it was wrapped in, the outermost first.
    pub wrapped_in: Vec<Wrapper>,
    /// The statement that it stood in.
    pub statement: Option<Statement>,
    /// What it is.
    pub body: Body,
    /// What is wrong with it, each with its place: a JSON path or a line.
    pub problems: Vec<Problem>,
    /// Bytes in memory, estimated.
    pub weight: usize,
}

impl Reading {
    /// Whether nothing could be made of the bytes: a hole in what is known.
    pub fn is_unreadable(&self) -> bool {
        matches!(&self.body, Body::Other(other) if other.is_unreadable)
    }

    /// The bill of materials, if it is one.
    pub fn sbom(&self) -> Option<&Sbom> {
        match &self.body {
            Body::Sbom(sbom) => Some(sbom),
            _ => None,
        }
    }

    /// The account of a build, if it is one.
    pub fn provenance(&self) -> Option<&Provenance> {
        match &self.body {
            Body::Provenance(provenance) => Some(provenance),
            _ => None,
        }
    }

    /// What it says of vulnerabilities, if it does: alone, or in a bill of materials.
    pub fn vex(&self) -> Option<&Vex> {
        match &self.body {
            Body::Vex(vex) => Some(vex),
            Body::Sbom(sbom) => sbom.vex.as_ref(),
            _ => None,
        }
    }

    /// The chart, if it is one.
    pub fn chart(&self) -> Option<&Chart> {
        match &self.body {
            Body::Chart(chart) => Some(chart),
            _ => None,
        }
    }
}

//! What is said of vulnerabilities: `OpenVEX`, `CycloneDX` and CSAF in one model.

pub(super) mod csaf;
pub(super) mod openvex;

use super::sbom::digest_of;
use super::statement::{Statement, Subject};
use crate::oci::{Digest, RemoteText};

/// The format of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VexFormat {
    /// `OpenVEX` 0.0.1.
    OpenVex001,
    /// `OpenVEX` 0.2.0.
    OpenVex020,
    /// A `CycloneDX` document with vulnerabilities.
    CycloneDx,
    /// CSAF 2.0 and later.
    Csaf,
}

impl VexFormat {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenVex001 => "openvex-0.0.1",
            Self::OpenVex020 => "openvex-0.2.0",
            Self::CycloneDx => "cyclonedx-vex",
            Self::Csaf => "csaf",
        }
    }
}

/// A document of statements about vulnerabilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vex {
    /// Its format.
    pub format: VexFormat,
    /// What identifies the document.
    pub id: Option<RemoteText>,
    /// Who wrote it.
    pub author: Option<RemoteText>,
    /// When it was made, as written.
    pub created: Option<RemoteText>,
    /// The statements, in the document's order.
    pub statements: Vec<VexStatement>,
}

/// What is said of one vulnerability and some products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VexStatement {
    /// The vulnerability's identifier, as written.
    pub vulnerability: RemoteText,
    /// Other identifiers of it.
    pub aliases: Vec<RemoteText>,
    /// What is said.
    pub status: VexStatus,
    /// Why, as written: a keyword of the format.
    pub justification: Option<RemoteText>,
    /// Words about it: an impact statement or an analysis in detail.
    pub detail: Option<RemoteText>,
    /// What to do about it.
    pub action: Option<RemoteText>,
    /// What it is said of; empty where a statement speaks of whatever its document is attached to.
    pub products: Vec<VexProduct>,
}

/// The status of a vulnerability in a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VexStatus {
    /// The product is affected.
    Affected,
    /// It is not.
    NotAffected,
    /// It was, and is no longer.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl VexStatus {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }
}

/// Something that a statement is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VexProduct {
    /// Its identifier, as written: mostly a package URL.
    pub id: RemoteText,
    /// Package URLs and names that it is also known by.
    pub known_as: Vec<RemoteText>,
    /// The digests that it gives.
    pub digests: Vec<Digest>,
    /// Parts of it that the vulnerability is in, as written.
    pub subcomponents: Vec<RemoteText>,
}

impl VexProduct {
    fn of_subject(subject: &Subject) -> Self {
        let hashes = subject.digests.iter();
        let digests = hashes
            .filter_map(|(name, hash)| digest_of(&format!("{}:{}", name.as_str(), hash.as_str())));
        let digests: Vec<Digest> = digests.collect();
        let first = digests.first().map(ToString::to_string).unwrap_or_default();
        Self {
            id: subject.name.clone().unwrap_or_else(|| first.into()),
            digests,
            ..Self::default()
        }
    }

    /// Whether it is the content `digest`: true or false where it gives digests, none where it gives none.
    pub fn is(&self, digest: &Digest) -> Option<bool> {
        (!self.digests.is_empty()).then(|| self.digests.contains(digest))
    }
}

impl Vex {
    /// Gives statements without products those that the in-toto statement speaks of: a document that is attached to an
    /// image need not name it again (`OpenVEX`, `ATTESTING.md`).
    pub(super) fn inherit(&mut self, statement: &Statement) {
        let products: Vec<VexProduct> = statement
            .subjects
            .iter()
            .map(VexProduct::of_subject)
            .collect();
        for one in self
            .statements
            .iter_mut()
            .filter(|one| one.products.is_empty())
        {
            one.products.clone_from(&products);
        }
    }

    pub(super) fn weight(&self) -> usize {
        let statements = self.statements.iter().map(|statement| {
            let products = statement.products.iter();
            let products = products.map(|product| {
                size_of::<VexProduct>()
                    + 256
                    + (product.subcomponents.len() + product.known_as.len()) * 96
            });
            size_of::<VexStatement>() + 256 + statement.aliases.len() * 48 + products.sum::<usize>()
        });
        256 + statements.sum::<usize>()
    }
}

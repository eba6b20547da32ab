//! What evidence a manifest has, kind by kind: a cell is never more certain than what was asked.

use std::collections::HashMap;
use std::sync::Arc;

use crate::evidence::{Body, Reading};
use crate::graph::{Graph, NodeId};
use crate::oci::{Asked, Digest, Role};

use super::attached::{Attached, AttachedDocuments};
use super::marks::{self, Mark};

/// What documents say, by the digest of their bytes.
pub type Readings = HashMap<Digest, Arc<Reading>>;

/// What is known of one kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// Every way was asked, and there is none.
    None,
    /// It is there, and nobody verified it.
    Present,
    /// This run verified it, against trust that was given.
    Verified,
    /// It contradicts the trust that was given.
    Failed,
    /// It could not be known.
    Unread,
    /// The registry has no way to tell.
    Unsupported,
}

impl Cell {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Present => "present",
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Unread => "unread",
            Self::Unsupported => "unsupported",
        }
    }
}

/// A kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A signature of the manifest.
    Signature,
    /// A bill of materials.
    Sbom,
    /// An account of a build.
    Provenance,
    /// Statements about vulnerabilities.
    Vex,
}

impl Kind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Signature, Self::Sbom, Self::Provenance, Self::Vex];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Sbom => "sbom",
            Self::Provenance => "provenance",
            Self::Vex => "vex",
        }
    }

    /// What a document labelled like this may be, where it cannot be read.
    fn of_role(role: Role) -> &'static [Self] {
        match role {
            Role::Signature => &[Self::Signature],
            Role::Sbom => &[Self::Sbom],
            Role::Provenance => &[Self::Provenance],
            Role::Vex => &[Self::Vex],
            // An attestation, an image that refers to something, or what nobody knows: it could be any of them.
            Role::Attestation | Role::Other | Role::Image => &Self::ALL,
            Role::Chart | Role::Source => &[],
        }
    }

    /// What a document is that was read. A bill of materials may speak of vulnerabilities too; one that lists nothing
    /// else is none.
    pub fn of_reading(reading: &Reading) -> Vec<Self> {
        match &reading.body {
            Body::Sbom(sbom) => {
                let has_vex = sbom
                    .vex
                    .as_ref()
                    .is_some_and(|vex| !vex.statements.is_empty());
                let bill = (!sbom.is_vulnerabilities_only()).then_some(Self::Sbom);
                let vex = has_vex.then_some(Self::Vex);
                bill.into_iter().chain(vex).collect()
            }
            Body::Provenance(_) => vec![Self::Provenance],
            Body::Vex(_) => vec![Self::Vex],
            Body::Signature(_) => vec![Self::Signature],
            Body::Chart(_) | Body::Other(_) => Vec::new(),
        }
    }
}

/// The cells of one manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Signatures of the manifest.
    pub signature: Cell,
    /// Bills of materials.
    pub sbom: Cell,
    /// Accounts of its build.
    pub provenance: Cell,
    /// Statements about vulnerabilities.
    pub vex: Cell,
}

impl Cells {
    const fn all(cell: Cell) -> Self {
        Self {
            signature: cell,
            sbom: cell,
            provenance: cell,
            vex: cell,
        }
    }

    /// The cell of a kind.
    pub const fn of(&self, kind: Kind) -> Cell {
        match kind {
            Kind::Signature => self.signature,
            Kind::Sbom => self.sbom,
            Kind::Provenance => self.provenance,
            Kind::Vex => self.vex,
        }
    }

    /// Sets the cell of a kind: what a verification came to, say.
    pub const fn set(&mut self, kind: Kind, cell: Cell) {
        match kind {
            Kind::Signature => self.signature = cell,
            Kind::Sbom => self.sbom = cell,
            Kind::Provenance => self.provenance = cell,
            Kind::Vex => self.vex = cell,
        }
    }

    /// Notes that a kind is there, or that it cannot be known whether it is; what is there stays.
    fn note(&mut self, kind: Kind, cell: Cell) {
        if self.of(kind) != Cell::Present {
            self.set(kind, cell);
        }
    }
}

/// What evidence is attached to one manifest itself; what is attached to its platforms, or to its evidence, does not
/// count. `O(d)` in its documents.
///
/// None of a kind is said only where every way of asking was answered: the referrers, and the list of tags, by which
/// older tools attach.
pub fn cells(
    graph: &Graph,
    manifest: NodeId,
    attached: &AttachedDocuments,
    readings: &Readings,
) -> Cells {
    let mut cells = Cells::all(unfound(graph, manifest));
    for document in &attached.documents {
        let reading = readings.get(&document.blob.digest);
        match reading.filter(|reading| !reading.is_unreadable()) {
            Some(reading) => {
                for kind in Kind::of_reading(reading) {
                    cells.note(kind, Cell::Present);
                }
            }
            None if is_cose_signature(document) && reading.is_some() => {
                cells.note(Kind::Signature, Cell::Present);
            }
            None => {
                for kind in Kind::of_role(document.role) {
                    cells.note(*kind, Cell::Unread);
                }
            }
        }
    }
    for carrier in &attached.unread {
        let role = graph
            .purpose(*carrier)
            .map_or(Role::Other, |found| found.role);
        for kind in Kind::of_role(role) {
            cells.note(*kind, Cell::Unread);
        }
    }
    cells
}

/// Whether a document is a Notation envelope in COSE, which is no text: its label, and that its bytes came, are what is
/// known of it without verifying it.
pub fn is_cose_signature(document: &Attached) -> bool {
    document.role == Role::Signature && document.blob.media_type.as_str() == "application/cose"
}

/// What is to be said of a kind that was not found.
fn unfound(graph: &Graph, manifest: NodeId) -> Cell {
    let repository = graph
        .repository_of(manifest)
        .and_then(|repository| graph.repository(repository));
    let has_tags = repository.is_some_and(|node| graph.is_complete(node, Asked::Tags));
    match marks::asked(graph, manifest) {
        Mark::None if has_tags => Cell::None,
        Mark::Unsupported => Cell::Unsupported,
        _ => Cell::Unread,
    }
}

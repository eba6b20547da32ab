//! What verifying came to, put into the cells of an image: `verified` and `failed` beside `present` and `none`.

use super::collect::Attached;
use super::verdict::together;
use crate::evidence::signature::{Report, Verdict, What};
use crate::insight::cells::{Cell, Kind};
use crate::insight::image::{Image, ReadDocument};
use crate::oci::Digest;

/// Sets the cells of kinds of which a piece of evidence was verified, or failed, against trust that was given. A signed
/// attestation speaks for the kind of what it states. `reports` has one for each of `evidence`. Cost: parts × evidence ×
/// documents.
pub fn mark(image: &mut Image, evidence: &[Attached], reports: &[Report]) {
    for part in &mut image.parts {
        for kind in Kind::ALL {
            let verdicts: Vec<Verdict> = evidence
                .iter()
                .zip(reports)
                .filter(|(attached, _)| attached.subject == Some(part.digest))
                .filter(|(attached, report)| match report.what {
                    What::Signature => kind == Kind::Signature,
                    What::Attestation => {
                        states(&image.documents, &part.digest, &attached.blob, kind)
                    }
                })
                .map(|(_, report)| report.verdict)
                .collect();
            match together(&verdicts, false) {
                Some(Verdict::Verified) => part.cells.set(kind, Cell::Verified),
                Some(Verdict::Failed) => part.cells.set(kind, Cell::Failed),
                Some(Verdict::Unverified) | None => {}
            }
        }
    }
}

/// Whether a document that is attached to `subject` is of this kind.
fn states(documents: &[ReadDocument], subject: &Digest, blob: &Digest, kind: Kind) -> bool {
    documents
        .iter()
        .filter(|read| read.subject == *subject && read.attached.blob.digest == *blob)
        .any(|read| Kind::of_reading(&read.reading).contains(&kind))
}

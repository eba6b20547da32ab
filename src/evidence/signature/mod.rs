//! Signatures and attestations: reading every form of them, and checking each by itself.
//!
//! Bytes, a subject, trust and the time go in, and a [`Report`] comes out: what the evidence says, what came of each
//! check, and a verdict. Nothing is fetched, nothing is trusted that nobody gave, and whatever is unreadable is a
//! failed check `parse`. The cryptography is that of kept libraries; only what they are asked is decided here.

mod bundle;
mod certificate;
mod chain;
mod checks;
mod cosign;
mod encoding;
pub mod file;
mod fulcio;
mod judge;
mod key;
mod log;
mod model;
mod notation;
mod openpgp;
mod proofs;
mod sct;
mod signed;
mod subject;
mod timestamp;
mod trust;

use jiff::Timestamp;

use crate::oci::Annotations;

pub use certificate::Certificate;
pub use key::{KeyError, KeyKind, PublicKey};
pub use model::{
    Action, CertificateView, Check, CheckName, Kind, LogView, Outcome, Report, TimeSource, Verdict,
    What,
};
pub use notation::{EnvelopeForm, NotationTrust, StoreFile};
pub use subject::Subject;
pub use trust::{
    Authority, Log, NamedKey, Pattern, Publicity, Required, TimestampAuthority, Trust, TrustError,
    TrustKind, TrustSource,
};

/// The most pieces of evidence that are checked of one image.
pub const MAX_EVIDENCE: usize = 100;

/// A piece of evidence as it is stored.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'a> {
    /// A layer of cosign's signature manifest, and the layer's annotations.
    CosignSignature(&'a [u8], &'a Annotations),
    /// A layer of cosign's attestation manifest, and the layer's annotations.
    CosignAttestation(&'a [u8], &'a Annotations),
    /// A sigstore bundle, and the annotations of the manifest that carries it.
    Bundle(&'a [u8], &'a Annotations),
    /// A Notation envelope.
    Notation(&'a [u8], EnvelopeForm),
    /// Red Hat's simple signing.
    SimpleSigning(&'a [u8]),
    /// Helm's provenance.
    HelmProvenance(&'a [u8]),
}

impl Evidence<'_> {
    /// Its form.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::CosignSignature(..) => Kind::CosignSignature,
            Self::CosignAttestation(..) => Kind::CosignAttestation,
            Self::Bundle(..) => Kind::SigstoreBundle,
            Self::Notation(..) => Kind::Notation,
            Self::SimpleSigning(_) => Kind::SimpleSigning,
            Self::HelmProvenance(_) => Kind::HelmProvenance,
        }
    }
}

/// Reads and checks a piece of evidence about `subject`. `now` is the time at which a certificate is judged that
/// nothing proves a time for.
pub fn verify(
    evidence: Evidence<'_>,
    subject: Option<&Subject>,
    trust: &Trust,
    now: Timestamp,
) -> Report {
    let read = match evidence {
        Evidence::CosignSignature(bytes, annotations) => cosign::signature(bytes, annotations),
        Evidence::CosignAttestation(bytes, annotations) => cosign::attestation(bytes, annotations),
        Evidence::Bundle(bytes, annotations) => bundle::read(bytes, annotations),
        Evidence::Notation(bytes, form) => {
            return match notation::read(form, bytes) {
                Ok(envelope) => notation::judge(&envelope, subject, trust, now),
                Err(error) => unreadable(Kind::Notation, &error),
            };
        }
        Evidence::SimpleSigning(bytes) => {
            return openpgp::simple_signing(bytes, subject)
                .unwrap_or_else(|error| unreadable(Kind::SimpleSigning, &error));
        }
        Evidence::HelmProvenance(bytes) => {
            return openpgp::provenance(bytes, subject)
                .unwrap_or_else(|error| unreadable(Kind::HelmProvenance, &error));
        }
    };
    match read {
        Ok(signed) => judge::judge(&signed, subject, trust, now),
        Err(error) => unreadable(evidence.kind(), &error),
    }
}

/// The report of evidence that cannot be read.
pub fn unreadable(kind: Kind, error: &str) -> Report {
    let mut checks = checks::Checks::default();
    checks.failed(CheckName::Parse, error);
    of_nothing(kind, checks)
}

/// The report of evidence that was not read yet, or was left unasked.
pub fn unread(kind: Kind, why: &str) -> Report {
    let mut checks = checks::Checks::default();
    checks.not_checked(CheckName::Parse, why);
    checks.miss(why);
    of_nothing(kind, checks)
}

fn of_nothing(kind: Kind, checks: checks::Checks) -> Report {
    let what = match kind {
        Kind::CosignAttestation => What::Attestation,
        _ => What::Signature,
    };
    Report::bare(kind, what, checks.conclude())
}

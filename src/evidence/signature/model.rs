//! What a piece of evidence says, and what came of checking it: the words that the command line, the programs' document
//! and the screen share.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::oci::RemoteText;

/// The form in which somebody signed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A layer of cosign's `.sig` tag, or of its OCI 1.1 mode (`cosign/specs/SIGNATURE_SPEC.md`).
    CosignSignature,
    /// A layer of cosign's `.att` tag (`cosign/specs/ATTESTATION_SPEC.md`).
    CosignAttestation,
    /// A sigstore bundle, version 0.1 to 0.3 (`protobuf-specs`, `sigstore_bundle.proto`).
    SigstoreBundle,
    /// A Notary Project signature, in JWS or COSE.
    Notation,
    /// Red Hat's simple signing: an `OpenPGP` message.
    SimpleSigning,
    /// Helm's `.prov`: an `OpenPGP` clear-signed text.
    HelmProvenance,
}

impl Kind {
    /// The name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CosignSignature => "cosign-signature",
            Self::CosignAttestation => "cosign-attestation",
            Self::SigstoreBundle => "sigstore-bundle",
            Self::Notation => "notation",
            Self::SimpleSigning => "simple-signing",
            Self::HelmProvenance => "helm-provenance",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::CosignSignature => "cosign signature",
            Self::CosignAttestation => "cosign attestation",
            Self::SigstoreBundle => "sigstore bundle",
            Self::Notation => "Notation signature",
            Self::SimpleSigning => "simple signing",
            Self::HelmProvenance => "Helm provenance",
        }
    }
}

/// Whether a piece of evidence signs the image itself or a statement about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// It signs the image. A bundle of predicate `https://sigstore.dev/cosign/sign/v1` does.
    Signature,
    /// It signs what somebody states about the image.
    Attestation,
}

impl What {
    /// The name for programs and people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Attestation => "attestation",
        }
    }
}

/// One question that is asked of a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CheckName {
    /// Can it be read at all?
    Parse,
    /// Does it speak of the subject that it is attached to?
    SubjectDigest,
    /// Is the signature over the exact bytes right?
    Signature,
    /// Does the certificate lead to a root that was given?
    CertificateChain,
    /// Was the certificate valid when it was used?
    CertificateValidity,
    /// Did a certificate transparency log promise to list the certificate (RFC 6962)?
    Sct,
    /// Is the signature's entry in the log, and is the entry about this signature?
    LogInclusion,
    /// Did the log promise to list the entry?
    LogPromise,
    /// Is the token of the timestamp authority right (RFC 3161)?
    Timestamp,
    /// Has the signature's own time run out?
    Expiry,
    /// Is the signer the one that was asked for?
    Identity,
    /// Was the certificate called back? Never looked up.
    Revocation,
    /// Are the annotations the ones that were asked for?
    Annotations,
}

impl CheckName {
    /// The name for programs and people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::SubjectDigest => "subject-digest",
            Self::Signature => "signature",
            Self::CertificateChain => "certificate-chain",
            Self::CertificateValidity => "certificate-validity",
            Self::Sct => "sct",
            Self::LogInclusion => "log-inclusion",
            Self::LogPromise => "log-promise",
            Self::Timestamp => "timestamp",
            Self::Expiry => "expiry",
            Self::Identity => "identity",
            Self::Revocation => "revocation",
            Self::Annotations => "annotations",
        }
    }
}

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// Nobody could tell, or nobody asked.
    NotChecked,
}

impl Outcome {
    /// The name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotChecked => "not-checked",
        }
    }
}

/// What a Notation trust policy does with the result of a check
/// (Notary Project, `trust-store-trust-policy.md`, "Signature Verification details").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A failure decides.
    Enforce,
    /// A failure is only told.
    Log,
    /// Nobody asks.
    Skip,
}

impl Action {
    /// The name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Log => "log",
            Self::Skip => "skip",
        }
    }
}

/// One check, its result, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was asked.
    pub name: CheckName,
    /// What came of it.
    pub outcome: Outcome,
    /// What the trust policy does with it; every check decides where there is no policy.
    pub action: Option<Action>,
    /// Why, in a few words.
    pub detail: RemoteText,
}

/// What is to be thought of a piece of evidence after all checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// All that the given trust asks for passed.
    Verified,
    /// It contradicts itself, its log entry, its subject, or trust that speaks of it.
    Failed,
    /// Nothing contradicts, and trust is missing.
    Unverified,
}

impl Verdict {
    /// The name for programs and people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Failed => "failed",
            Self::Unverified => "unverified",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who says when something was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeSource {
    /// A transparency log, by a promise that was checked.
    Log,
    /// A timestamp authority, by a token that was checked.
    TimestampAuthority,
    /// A signing authority of Notation whose store the policy trusts to say it (`signing-scheme.md`).
    SigningAuthority,
    /// Only the signer, or something that was not checked.
    Claim,
}

impl TimeSource {
    /// The name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::TimestampAuthority => "timestamp-authority",
            Self::SigningAuthority => "signing-authority",
            Self::Claim => "claim",
        }
    }

    /// Who it is, for people, after the time itself.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Log => "by the log",
            Self::TimestampAuthority => "by the timestamp authority",
            Self::SigningAuthority => "by the signing authority",
            Self::Claim => "which nothing proves",
        }
    }
}

/// A certificate as people look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateView {
    /// The distinguished name (RFC 4514); empty in Fulcio's certificates.
    pub subject: RemoteText,
    /// The distinguished name of who issued it.
    pub issuer: RemoteText,
    /// The serial number in hex.
    pub serial: String,
    /// The alternative names of the subject: addresses, URIs, names, `OtherName`s that are text.
    pub sans: Vec<RemoteText>,
    /// The first moment of its validity.
    pub not_before: Option<Timestamp>,
    /// The last moment of its validity.
    pub not_after: Option<Timestamp>,
    /// SHA-256 of the certificate, in hex.
    pub fingerprint: String,
    /// SHA-256 of its public key (SPKI), in hex.
    pub key: String,
    /// What kind of key, as in `ECDSA P-256`.
    pub algorithm: String,
    /// Fulcio's extensions by name, then others that are text.
    pub extensions: Vec<(String, RemoteText)>,
}

/// The entry of a transparency log that came with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogView {
    /// The log's id in hex.
    pub id: String,
    /// The index in the whole log, over all its shards.
    pub index: Option<u64>,
    /// When the log says that it took the entry in.
    pub time: Option<Timestamp>,
    /// The kind and version of the entry, as in `hashedrekord 0.0.1`.
    pub kind: RemoteText,
}

/// What one piece of evidence says, and what came of every check.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its form.
    pub kind: Kind,
    /// What it signs.
    pub what: What,
    /// The predicate type of its statement.
    pub predicate_type: Option<RemoteText>,
    /// Every check that applies to it, in the order of [`CheckName`].
    pub checks: Vec<Check>,
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// Why it is not verified: the checks that failed, or what is missing. Empty where it is verified.
    pub why: RemoteText,
    /// Against what it was verified, and what there was of log and time.
    pub verified_against: Option<RemoteText>,
    /// Who signed: an identity of the certificate, or the name of the key.
    pub signer: Option<RemoteText>,
    /// Who vouches for the signer: the OIDC issuer, or who issued the certificate.
    pub issuer: Option<RemoteText>,
    /// SHA-256 of the public key (SPKI), in hex.
    pub key: Option<String>,
    /// When it was signed.
    pub signed_at: Option<(Timestamp, TimeSource)>,
    /// The certificate that signed, then those that came with it.
    pub certificates: Vec<CertificateView>,
    /// The log entry.
    pub log: Option<LogView>,
    /// The digests that it claims to be about, as `alg:hex`.
    pub subjects: Vec<RemoteText>,
    /// What it claims, as it stands there.
    pub claims: Map<String, Value>,
    /// The annotations that are signed.
    pub annotations: Vec<(RemoteText, RemoteText)>,
}

impl Report {
    /// A report that tells the kind, the checks and the verdict that they came to, and nothing else yet.
    pub(super) fn bare(
        kind: Kind,
        what: What,
        (checks, verdict, why): (Vec<Check>, Verdict, RemoteText),
    ) -> Self {
        Self {
            kind,
            what,
            predicate_type: None,
            checks,
            verdict,
            why,
            verified_against: None,
            signer: None,
            issuer: None,
            key: None,
            signed_at: None,
            certificates: Vec::new(),
            log: None,
            subjects: Vec::new(),
            claims: Map::new(),
            annotations: Vec::new(),
        }
    }

    /// The result of the check `name`, if it applies.
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// The headline, and when it was signed as far as anything tells.
    pub fn told(&self) -> String {
        self.signed_at.map_or_else(
            || self.headline(),
            |(time, by)| format!("{}; signed {time}, {}", self.headline(), by.words()),
        )
    }

    /// One sentence about the verdict: verified against X; failed at Y; not verified because Z.
    pub fn headline(&self) -> String {
        match self.verdict {
            Verdict::Verified => format!(
                "verified against {}",
                self.verified_against
                    .as_ref()
                    .map_or_else(String::new, |against| against.shown().into_owned())
            ),
            Verdict::Failed => format!("failed at {}", self.why.shown()),
            Verdict::Unverified => format!("not verified: {}", self.why.shown()),
        }
    }
}

//! What both forms of an envelope hold (`specifications/signature-specification.md`).

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::oci::{Algorithm, Digest, RemoteText};

use super::super::certificate::Certificate;
use super::super::encoding::{object, strict_json, text};
use super::super::key::{KeyKind, Scheme};
use super::super::signed::texts;

/// The type of the payload.
pub(super) const PAYLOAD_TYPE: &str = "application/vnd.cncf.notary.payload.v1+json";
/// The headers whose meaning is known, under `io.cncf.notary.`; any other critical one refuses the envelope.
const KNOWN: [&str; 6] = [
    "signingScheme",
    "signingTime",
    "authenticSigningTime",
    "expiry",
    "verificationPlugin",
    "verificationPluginMinVersion",
];
/// Before the names of Notary's headers.
pub(super) const PREFIX: &str = "io.cncf.notary.";
/// The most certificates of one envelope.
const MAX_CERTIFICATES: usize = 32;

/// Who may say when something was signed (`signing-scheme.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum SigningScheme {
    /// `notary.x509`: the signer says it, and a timestamp authority proves it.
    X509,
    /// `notary.x509.signingAuthority`: an authority signs for others.
    SigningAuthority,
}

/// A Notation signature, as it was read.
pub(in super::super) struct Envelope {
    pub scheme: SigningScheme,
    pub signing_time: Option<Timestamp>,
    pub expiry: Option<Timestamp>,
    pub plugin: Option<String>,
    pub agent: Option<String>,
    /// The certificate that signed first, the root last.
    pub certificates: Vec<Certificate>,
    pub token: Option<Vec<u8>>,
    pub algorithm: EnvelopeAlgorithm,
    /// The bytes that were signed.
    pub message: Vec<u8>,
    pub signature: Vec<u8>,
    pub target: Target,
    pub claims: Map<String, Value>,
}

/// What was signed: the descriptor of an artifact.
pub(in super::super) struct Target {
    pub media_type: String,
    pub digest: Digest,
    pub size: u64,
    pub annotations: Vec<(RemoteText, RemoteText)>,
}

/// The algorithms that the specification allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum EnvelopeAlgorithm {
    Pss(Algorithm),
    Ecdsa(Algorithm),
}

impl EnvelopeAlgorithm {
    /// How to check it, where it goes with the key: each length of key has one hash.
    pub(in super::super) fn scheme_for(self, key: KeyKind) -> Option<Scheme> {
        use Algorithm::{Sha256, Sha384, Sha512};
        match (self, key) {
            (Self::Pss(hash), KeyKind::Rsa(_)) => Some(Scheme::Pss(hash)),
            (Self::Ecdsa(Sha256), KeyKind::P256)
            | (Self::Ecdsa(Sha384), KeyKind::P384)
            | (Self::Ecdsa(Sha512), KeyKind::P521) => Some(Scheme::EcdsaFixed),
            _ => None,
        }
    }
}

/// The headers that are signed, as either form gives them.
pub(super) struct Headers {
    pub content_type: Option<String>,
    pub critical: Vec<String>,
    pub scheme: Option<String>,
    pub signing_time: Option<Timestamp>,
    pub authentic_time: Option<Timestamp>,
    pub expiry: Option<Timestamp>,
    pub plugin: Option<String>,
}

impl Headers {
    /// Checks them as the specification wants them, and gives the scheme and the time of signing.
    pub(super) fn check(&self) -> Result<(SigningScheme, Option<Timestamp>), String> {
        if self.content_type.as_deref() != Some(PAYLOAD_TYPE) {
            return Err(format!(
                "a payload of the type {}",
                self.content_type.as_deref().unwrap_or("nothing")
            ));
        }
        for name in &self.critical {
            let is_known = name
                .strip_prefix(PREFIX)
                .is_some_and(|name| KNOWN.contains(&name));
            if !is_known {
                return Err(format!("the critical header {name}, which is not known"));
            }
        }
        let is_critical = |name: &str| {
            self.critical
                .iter()
                .any(|found| found.strip_prefix(PREFIX) == Some(name))
        };
        let scheme = match self.scheme.as_deref() {
            Some("notary.x509") => SigningScheme::X509,
            Some("notary.x509.signingAuthority") => SigningScheme::SigningAuthority,
            Some(other) => return Err(format!("the signing scheme {other}")),
            None => return Err("no signing scheme".to_owned()),
        };
        if !is_critical("signingScheme") {
            return Err("a signing scheme that is not critical".to_owned());
        }
        if self.expiry.is_some() && !is_critical("expiry") {
            return Err("an expiry that is not critical".to_owned());
        }
        let time = match scheme {
            SigningScheme::X509 => {
                if self.authentic_time.is_some() {
                    return Err("an authentic time under the scheme notary.x509".to_owned());
                }
                self.signing_time
            }
            SigningScheme::SigningAuthority => {
                if self.authentic_time.is_none() || !is_critical("authenticSigningTime") {
                    return Err("a signing authority that does not say when it signed".to_owned());
                }
                self.authentic_time
            }
        };
        if let (Some(signed), Some(expiry)) = (time, self.expiry)
            && expiry <= signed
        {
            return Err("an expiry before it was signed".to_owned());
        }
        Ok((scheme, time))
    }
}

/// Reads the payload. Gives the descriptor, and the claims as they stand there.
pub(super) fn target_of(payload: &[u8]) -> Result<(Target, Map<String, Value>), String> {
    let json = strict_json(payload).map_err(|error| format!("the payload: {error}"))?;
    let target = object(&json, "targetArtifact")?.ok_or("a payload about nothing")?;
    let digest = text(target, "digest")?.ok_or("a target without a digest")?;
    let size = target
        .get("size")
        .and_then(Value::as_u64)
        .ok_or("a target without a size")?;
    let read = Target {
        media_type: text(target, "mediaType")?.unwrap_or_default().to_owned(),
        digest: digest
            .parse()
            .map_err(|error| format!("the target's digest: {error}"))?,
        size,
        annotations: object(target, "annotations")?
            .map(texts)
            .unwrap_or_default(),
    };
    Ok((read, json))
}

/// Reads the certificates of an envelope.
pub(super) fn certificates_of(chain: &[Vec<u8>]) -> Result<Vec<Certificate>, String> {
    if chain.is_empty() {
        return Err("an envelope without a certificate".to_owned());
    }
    if chain.len() > MAX_CERTIFICATES {
        return Err(format!(
            "{} certificates; at most {MAX_CERTIFICATES} are read",
            chain.len()
        ));
    }
    chain.iter().map(|der| Certificate::from_der(der)).collect()
}

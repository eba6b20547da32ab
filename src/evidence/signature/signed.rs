//! One signature of sigstore's tools, decoded: what was signed, by what, and what came with it. The three forms (cosign's
//! layers, bundles) become this, and are judged alike.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::oci::{Algorithm, Digest, RemoteText};

use super::certificate::Certificate;
use super::encoding::{base64, list, object, strict_json, text};
use super::log::LogEntry;
use super::model::{Kind, What};

/// The predicate type by which cosign 3 signs an image: a signature, no attestation.
pub(super) const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
/// The type of payload that is an in-toto statement.
pub(super) const IN_TOTO: &str = "application/vnd.in-toto+json";

/// Digests of one thing by the name of their algorithm, in lower-case hex.
pub(super) type DigestSet = BTreeMap<String, String>;

/// A piece of evidence that was read.
pub(super) struct Signed {
    pub kind: Kind,
    pub what: What,
    pub predicate_type: Option<String>,
    pub content: Content,
    /// The signatures over it; a bundle has exactly one.
    pub signatures: Vec<Vec<u8>>,
    /// The certificate that signed, then those that came with it.
    pub certificates: Vec<Certificate>,
    /// What names the key where no certificate does.
    pub hint: Option<String>,
    pub entries: Vec<LogEntry>,
    /// Whether each entry must have a proof, as bundles from 0.2 on must.
    pub wants_proof: bool,
    /// Tokens of timestamp authorities.
    pub tokens: Vec<Vec<u8>>,
    /// The digests that it claims to be about.
    pub subjects: Vec<DigestSet>,
    pub claims: Map<String, Value>,
    pub annotations: Vec<(RemoteText, RemoteText)>,
    /// What is said about it where it is stored, and is not so.
    pub contradiction: Option<String>,
    /// The bytes of the whole document.
    pub raw: Vec<u8>,
}

/// What was signed.
pub(super) enum Content {
    /// These bytes: cosign's payload.
    Payload(Vec<u8>),
    /// The artifact itself, of which the bundle may say the digest.
    Artifact(Option<Digest>),
    /// A DSSE envelope.
    Envelope {
        payload_type: String,
        payload: Vec<u8>,
    },
}

impl Content {
    /// The bytes that were signed, where they are known.
    pub(super) fn message(&self) -> Option<Vec<u8>> {
        match self {
            Self::Payload(payload) => Some(payload.clone()),
            Self::Artifact(_) => None,
            Self::Envelope {
                payload_type,
                payload,
            } => Some(sigstore_types::pae(payload_type, payload)),
        }
    }
}

/// What a statement says of its subjects (in-toto attestation framework, `spec/v1/statement.md`).
pub(super) struct Statement {
    pub predicate_type: String,
    pub subjects: Vec<DigestSet>,
    pub claims: Map<String, Value>,
    pub annotations: Vec<(RemoteText, RemoteText)>,
}

impl Statement {
    /// Reads the payload of an envelope.
    pub(super) fn read(payload_type: &str, payload: &[u8]) -> Result<Self, String> {
        if payload_type != IN_TOTO {
            return Err(format!(
                "an envelope of the type {payload_type}, which is no statement"
            ));
        }
        let statement = strict_json(payload).map_err(|error| format!("the statement: {error}"))?;
        match text(&statement, "_type")? {
            Some("https://in-toto.io/Statement/v0.1" | "https://in-toto.io/Statement/v1") => {}
            Some(other) => return Err(format!("a statement of the unknown type {other}")),
            None => return Err("a statement that does not say its type".to_owned()),
        }
        let predicate_type = statement
            .get("predicateType")
            .and_then(Value::as_str)
            .filter(|found| !found.is_empty())
            .ok_or("a statement without a predicate type")?
            .to_owned();
        let mut subjects = Vec::new();
        let mut annotations = Vec::new();
        for subject in list(&statement, "subject")? {
            let subject = subject
                .as_object()
                .ok_or("a subject of the statement is not an object")?;
            subjects.push(digest_set(subject)?);
            if let Some(found) = object(subject, "annotations")? {
                annotations.extend(texts(found));
            }
        }
        if subjects.is_empty() {
            return Err("a statement about nothing".to_owned());
        }
        let mut claims = Map::new();
        for name in ["_type", "predicateType", "subject"] {
            if let Some(value) = statement.get(name) {
                claims.insert(name.to_owned(), value.clone());
            }
        }
        Ok(Self {
            predicate_type,
            subjects,
            claims,
            annotations,
        })
    }

    /// What it signs: a statement of cosign's own predicate signs the image.
    pub(super) fn what(&self) -> What {
        if self.predicate_type == COSIGN_SIGN {
            What::Signature
        } else {
            What::Attestation
        }
    }
}

/// The members of an object that are texts, numbers or switches, as texts.
pub(super) fn texts(object: &Map<String, Value>) -> Vec<(RemoteText, RemoteText)> {
    object
        .iter()
        .filter_map(|(key, value)| {
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(switch) => switch.to_string(),
                _ => return None,
            };
            Some((key.as_str().into(), value.into()))
        })
        .collect()
}

fn digest_set(subject: &Map<String, Value>) -> Result<DigestSet, String> {
    let digests = object(subject, "digest")?.ok_or("a subject without a digest")?;
    let set: DigestSet = digests
        .iter()
        .filter_map(|(name, value)| {
            let value = value.as_str()?;
            Some((name.clone(), value.to_ascii_lowercase()))
        })
        .collect();
    if set.is_empty() {
        return Err("a subject without a digest".to_owned());
    }
    Ok(set)
}

/// A DSSE envelope (`secure-systems-lab/dsse`, `envelope.md`).
pub(super) struct Envelope {
    pub payload_type: String,
    pub payload: Vec<u8>,
    pub signatures: Vec<Vec<u8>>,
}

impl Envelope {
    /// Reads an envelope. The payload and the signatures are base64 of either alphabet.
    pub(super) fn read(envelope: &Map<String, Value>) -> Result<Self, String> {
        let payload_type = text(envelope, "payloadType")?
            .ok_or("an envelope that does not say its type")?
            .to_owned();
        let payload = text(envelope, "payload")?.ok_or("an envelope without a payload")?;
        let payload = base64(payload).map_err(|error| format!("the payload: {error}"))?;
        let signatures = list(envelope, "signatures")?
            .iter()
            .map(|signature| {
                let signature = signature
                    .as_object()
                    .ok_or("a signature of the envelope is not an object")?;
                let sig = text(signature, "sig")?.ok_or("an empty signature")?;
                let sig = base64(sig).map_err(|error| format!("the signature: {error}"))?;
                if sig.is_empty() {
                    return Err("an empty signature".to_owned());
                }
                Ok(sig)
            })
            .collect::<Result<Vec<_>, String>>()?;
        if signatures.is_empty() {
            return Err("an envelope that nobody signed".to_owned());
        }
        Ok(Self {
            payload_type,
            payload,
            signatures,
        })
    }
}

/// A digest as `alg:hex`, put into a set.
pub(super) fn one_digest(text: &str) -> Result<DigestSet, String> {
    let (algorithm, hex) = text
        .split_once(':')
        .ok_or_else(|| format!("{text} is no digest"))?;
    if let Some(known) = Algorithm::from_name(algorithm)
        && (hex.len() != known.length() * 2 || !hex.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        return Err(format!("{text} is no digest"));
    }
    Ok(DigestSet::from([(
        algorithm.to_owned(),
        hex.to_ascii_lowercase(),
    )]))
}

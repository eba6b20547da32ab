//! The layers of cosign's tags and of its OCI 1.1 mode (`cosign/specs/SIGNATURE_SPEC.md`, `ATTESTATION_SPEC.md`). What
//! was signed is the layer; the rest stands in its annotations.

use serde_json::{Map, Value};

use crate::oci::{Annotations, RemoteText};

use super::certificate::Certificate;
use super::encoding::{bytes, member, object, standard_base64, strict_json, text};
use super::log::LogEntry;
use super::model::{Kind, What};
use super::signed::{Content, DigestSet, Envelope, Signed, Statement, one_digest, texts};

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const LOG_BUNDLE: &str = "dev.sigstore.cosign/bundle";
const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";
/// Where the specification's prose puts what the tools put under `dev.sigstore.cosign`.
const PREFIXES: [&str; 2] = ["dev.sigstore.cosign/", "dev.cosignproject.cosign/"];
/// What the payload of a signature says it is.
const TYPES: [&str; 2] = [
    "cosign container image signature",
    super::signed::COSIGN_SIGN,
];

fn annotation<'a>(annotations: &'a Annotations, key: &str) -> Option<&'a str> {
    annotations
        .get(key)
        .map(RemoteText::as_str)
        .filter(|value| !value.is_empty())
}

/// An object with its keys in lower case, as the tools, which are written in Go, read them: old ones, and the
/// specification's own example, write capitals.
fn folded(object: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut folded = Map::new();
    for (key, value) in object {
        if folded
            .insert(key.to_ascii_lowercase(), value.clone())
            .is_some()
        {
            return Err(format!("the key {key} stands twice in one object"));
        }
    }
    Ok(folded)
}

/// Reads a layer `application/vnd.dev.cosign.simplesigning.v1+json`.
pub(super) fn signature(payload: &[u8], annotations: &Annotations) -> Result<Signed, String> {
    let signature = annotation(annotations, SIGNATURE).ok_or("a layer without a signature")?;
    let signature =
        standard_base64(signature).map_err(|error| format!("the signature: {error}"))?;
    if signature.is_empty() {
        return Err("an empty signature".to_owned());
    }
    let payload_json = strict_json(payload).map_err(|error| format!("the payload: {error}"))?;
    let payload_members = folded(&payload_json)?;
    let critical = object(&payload_members, "critical")?.ok_or("a payload that is no signature")?;
    let critical = folded(critical)?;
    match text(&critical, "type")? {
        Some(found) if TYPES.contains(&found) => {}
        Some(other) => return Err(format!("a payload of the unknown type {other}")),
        None => return Err("a payload that does not say its type".to_owned()),
    }
    let image = object(&critical, "image")?.ok_or("a payload about nothing")?;
    let image = folded(image)?;
    let digest = text(&image, "docker-manifest-digest")?.ok_or("a payload about nothing")?;
    let subjects = vec![one_digest(digest)?];
    let optional = match member(&payload_members, "optional") {
        Some(Value::Object(optional)) => texts(optional),
        Some(_) => return Err("the payload's annotations are unreadable".to_owned()),
        None => Vec::new(),
    };
    let signed = Signed {
        kind: Kind::CosignSignature,
        what: What::Signature,
        predicate_type: None,
        content: Content::Payload(payload.to_vec()),
        signatures: vec![signature],
        certificates: Vec::new(),
        hint: None,
        entries: Vec::new(),
        wants_proof: false,
        tokens: Vec::new(),
        subjects,
        claims: payload_json,
        annotations: optional,
        contradiction: None,
        raw: payload.to_vec(),
    };
    with_material(signed, annotations)
}

/// Reads a layer `application/vnd.dsse.envelope.v1+json`.
pub(super) fn attestation(layer: &[u8], annotations: &Annotations) -> Result<Signed, String> {
    let envelope = Envelope::read(&strict_json(layer)?)?;
    let statement = Statement::read(&envelope.payload_type, &envelope.payload)?;
    let contradiction = annotation(annotations, "predicateType")
        .filter(|said| *said != statement.predicate_type)
        .map(|said| format!("the layer is said to be {said}"));
    let signed = Signed {
        kind: Kind::CosignAttestation,
        what: statement.what(),
        predicate_type: Some(statement.predicate_type),
        content: Content::Envelope {
            payload_type: envelope.payload_type,
            payload: envelope.payload,
        },
        signatures: envelope.signatures,
        certificates: Vec::new(),
        hint: None,
        entries: Vec::new(),
        wants_proof: false,
        tokens: Vec::new(),
        subjects: statement.subjects as Vec<DigestSet>,
        claims: statement.claims,
        annotations: statement.annotations,
        contradiction,
        raw: layer.to_vec(),
    };
    with_material(signed, annotations)
}

/// Adds the certificates, the log entry and the timestamp that stand in the annotations.
fn with_material(mut signed: Signed, annotations: &Annotations) -> Result<Signed, String> {
    let under = |name: &str| {
        PREFIXES
            .iter()
            .find_map(|prefix| annotation(annotations, &format!("{prefix}{name}")))
    };
    if let Some(pem) = under("certificate") {
        let mut certificates = Certificate::read_all(pem.as_bytes())?;
        if certificates.is_empty() {
            return Err("an empty certificate".to_owned());
        }
        if let Some(chain) = under("chain") {
            certificates.extend(Certificate::read_all(chain.as_bytes())?);
        }
        signed.certificates = certificates;
    }
    if let Some(bundle) = annotation(annotations, LOG_BUNDLE) {
        signed.entries.push(LogEntry::of_cosign(bundle.as_bytes())?);
    }
    if let Some(json) = annotation(annotations, TIMESTAMP) {
        let json = strict_json(json.as_bytes())?;
        if let Some(token) = bytes(&json, "SignedRFC3161Timestamp")? {
            signed.tokens.push(token);
        }
    }
    Ok(signed)
}

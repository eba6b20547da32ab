//! Sigstore bundles, versions 0.1 to 0.3 (`protobuf-specs`, `sigstore_bundle.proto`), read leniently where protobuf's
//! JSON is lenient. How deep, how long and how often is bounded.

use serde_json::{Map, Value};

use crate::oci::{Annotations, Digest, RemoteText};

use super::certificate::Certificate;
use super::encoding::{bytes, list, object, strict_json, text};
use super::log::{LogEntry, proto_algorithm};
use super::model::{Kind, What};
use super::signed::{Content, Envelope, Signed, Statement};

/// The most log entries, timestamps or certificates of one bundle.
const MAX_MATERIAL: usize = 32;

/// The version of a bundle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    V01,
    V02,
    V03,
}

fn version(bundle: &Map<String, Value>) -> Result<Version, String> {
    match text(bundle, "mediaType")? {
        Some("application/vnd.dev.sigstore.bundle+json;version=0.1") => Ok(Version::V01),
        Some("application/vnd.dev.sigstore.bundle+json;version=0.2") => Ok(Version::V02),
        Some(
            "application/vnd.dev.sigstore.bundle+json;version=0.3"
            | "application/vnd.dev.sigstore.bundle.v0.3+json",
        ) => Ok(Version::V03),
        Some(other) => Err(format!("a bundle of the unknown version {other}")),
        None => Err("a bundle that does not say its version".to_owned()),
    }
}

/// Reads a bundle. `annotations` are those of the manifest that carries it.
pub(super) fn read(bytes_of_bundle: &[u8], annotations: &Annotations) -> Result<Signed, String> {
    let bundle = strict_json(bytes_of_bundle)?;
    let version = version(&bundle)?;
    let material = object(&bundle, "verificationMaterial")?
        .ok_or("a bundle without what it is verified by")?;
    let (certificates, hint) = signer(material, version)?;
    let entries = list(material, "tlogEntries")?;
    bounded("log entries", entries.len())?;
    let entries = entries
        .iter()
        .map(|entry| {
            entry
                .as_object()
                .ok_or_else(|| "a log entry is not an object".to_owned())
                .and_then(LogEntry::of_bundle)
        })
        .collect::<Result<Vec<_>, _>>()?;
    if version == Version::V01 && entries.iter().any(|entry| entry.promise.is_none()) {
        return Err("a log entry of a bundle 0.1 without a promise".to_owned());
    }
    let tokens = tokens(material)?;
    let mut signed = Signed {
        kind: Kind::SigstoreBundle,
        what: What::Signature,
        predicate_type: None,
        content: Content::Artifact(None),
        signatures: Vec::new(),
        certificates,
        hint,
        entries,
        wants_proof: version > Version::V01,
        tokens,
        subjects: Vec::new(),
        claims: Map::new(),
        annotations: Vec::new(),
        contradiction: None,
        raw: bytes_of_bundle.to_vec(),
    };
    match (
        object(&bundle, "messageSignature")?,
        object(&bundle, "dsseEnvelope")?,
    ) {
        (Some(message), None) => with_message(&mut signed, message)?,
        (None, Some(envelope)) => with_envelope(&mut signed, envelope)?,
        (Some(_), Some(_)) => return Err("a bundle with two contents".to_owned()),
        (None, None) => return Err("a bundle without a signature".to_owned()),
    }
    signed.contradiction = contradiction(&signed, annotations);
    Ok(signed)
}

fn bounded(what: &str, count: usize) -> Result<(), String> {
    if count > MAX_MATERIAL {
        return Err(format!("{count} {what}; at most {MAX_MATERIAL} are read"));
    }
    Ok(())
}

/// The certificates, or the hint that names the key.
fn signer(
    material: &Map<String, Value>,
    version: Version,
) -> Result<(Vec<Certificate>, Option<String>), String> {
    let single = object(material, "certificate")?;
    let chain = object(material, "x509CertificateChain")?;
    let key = object(material, "publicKey")?;
    let certificate = |entry: &Map<String, Value>| {
        let der = bytes(entry, "rawBytes")?.ok_or("an empty certificate")?;
        Certificate::from_der(&der)
    };
    match (single, chain, key) {
        (Some(single), None, None) => Ok((vec![certificate(single)?], None)),
        (None, Some(_), None) if version == Version::V03 => {
            Err("a bundle 0.3 with a chain of certificates".to_owned())
        }
        (None, Some(chain), None) => {
            let entries = list(chain, "certificates")?;
            bounded("certificates", entries.len())?;
            let certificates = entries
                .iter()
                .map(|entry| {
                    entry
                        .as_object()
                        .ok_or_else(|| "a certificate is not an object".to_owned())
                        .and_then(certificate)
                })
                .collect::<Result<Vec<_>, _>>()?;
            if certificates.is_empty() {
                return Err("a chain without a certificate".to_owned());
            }
            Ok((certificates, None))
        }
        (None, None, Some(key)) => {
            let hint = text(key, "hint")?.unwrap_or_default().to_owned();
            Ok((Vec::new(), Some(hint)))
        }
        (None, None, None) => Err("a bundle with neither certificate nor key".to_owned()),
        _ => Err("a bundle with several signers".to_owned()),
    }
}

fn tokens(material: &Map<String, Value>) -> Result<Vec<Vec<u8>>, String> {
    let Some(data) = object(material, "timestampVerificationData")? else {
        return Ok(Vec::new());
    };
    let tokens = list(data, "rfc3161Timestamps")?;
    bounded("timestamps", tokens.len())?;
    tokens
        .iter()
        .map(|token| {
            let token = token.as_object().ok_or("a timestamp is not an object")?;
            bytes(token, "signedTimestamp")?
                .filter(|token| !token.is_empty())
                .ok_or_else(|| "an empty timestamp".to_owned())
        })
        .collect()
}

fn with_message(signed: &mut Signed, message: &Map<String, Value>) -> Result<(), String> {
    let signature = bytes(message, "signature")?
        .filter(|signature| !signature.is_empty())
        .ok_or("an empty signature")?;
    signed.signatures.push(signature);
    if let Some(claim) = object(message, "messageDigest")? {
        let algorithm = proto_algorithm(claim)?;
        let value = bytes(claim, "digest")?.ok_or("an empty digest")?;
        let digest = Digest::from_bytes(algorithm, &value).ok_or("a digest of the wrong length")?;
        signed.subjects.push(
            [(algorithm.name().to_owned(), digest.encoded())]
                .into_iter()
                .collect(),
        );
        signed.content = Content::Artifact(Some(digest));
        signed.claims.insert(
            "messageDigest".to_owned(),
            Value::String(digest.to_string()),
        );
    }
    Ok(())
}

fn with_envelope(signed: &mut Signed, envelope: &Map<String, Value>) -> Result<(), String> {
    let envelope = Envelope::read(envelope)?;
    if envelope.signatures.len() != 1 {
        return Err(format!(
            "an envelope with {} signatures; in a bundle it has one",
            envelope.signatures.len()
        ));
    }
    let statement = Statement::read(&envelope.payload_type, &envelope.payload)?;
    signed.what = statement.what();
    signed.predicate_type = Some(statement.predicate_type);
    signed.subjects = statement.subjects;
    signed.claims = statement.claims;
    signed.annotations = statement.annotations;
    signed.signatures = envelope.signatures;
    signed.content = Content::Envelope {
        payload_type: envelope.payload_type,
        payload: envelope.payload,
    };
    Ok(())
}

/// What the manifest says of the bundle and is not so.
fn contradiction(signed: &Signed, annotations: &Annotations) -> Option<String> {
    let said = |key: &str| annotations.get(key).map(RemoteText::as_str);
    let content = match signed.content {
        Content::Envelope { .. } => "dsse-envelope",
        _ => "message-signature",
    };
    if let Some(said) = said("dev.sigstore.bundle.content").filter(|said| *said != content) {
        return Some(format!("the bundle is said to be a {said}"));
    }
    said("dev.sigstore.bundle.predicateType")
        .filter(|said| Some(*said) != signed.predicate_type.as_deref())
        .map(|said| format!("the bundle is said to state {said}"))
}

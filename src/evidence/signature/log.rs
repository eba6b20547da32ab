//! Entries of sigstore's transparency log: the promise to list them, the proof that they are listed, and whether they
//! are about this signature. Without the last, an entry of something else could lend its time (CVE-2022-36056).

use jiff::Timestamp;
use serde_json::{Map, Value};
use sigstore_crypto::Checkpoint;
use sigstore_types::Sha256Hash;

use crate::oci::Algorithm;

use super::encoding::{base64, bytes, list, number, object, strict_json, text};
use super::key::{Message, PublicKey};
use super::model::LogView;
use super::trust::{Log, Trust};

/// An entry as it came with a signature.
pub(super) struct LogEntry {
    pub index: Option<u64>,
    /// The log's id: SHA-256 of its key, or what a newer log calls itself.
    pub log: Vec<u8>,
    pub kind: String,
    pub version: String,
    pub time: Option<Timestamp>,
    pub promise: Option<Vec<u8>>,
    pub proof: Option<Proof>,
    /// The canonical body, as it was logged.
    pub body: Vec<u8>,
    /// The body, parsed.
    pub content: Map<String, Value>,
}

/// The proof that an entry is in the log's tree (RFC 9162, section 2.1.3).
pub(super) struct Proof {
    pub index: u64,
    pub size: u64,
    pub root: Vec<u8>,
    pub hashes: Vec<Sha256Hash>,
    pub checkpoint: Option<String>,
}

impl LogEntry {
    /// Reads an entry of a bundle (`sigstore_rekor.proto`, `TransparencyLogEntry`).
    pub(super) fn of_bundle(entry: &Map<String, Value>) -> Result<Self, String> {
        let body = bytes(entry, "canonicalizedBody")?.ok_or("a log entry without its body")?;
        let names = object(entry, "kindVersion")?;
        let log = object(entry, "logId")?
            .map(|id| bytes(id, "keyId"))
            .transpose()?
            .flatten()
            .ok_or("a log entry that does not say which log")?;
        let promise = object(entry, "inclusionPromise")?
            .map(|promise| bytes(promise, "signedEntryTimestamp"))
            .transpose()?
            .flatten()
            .filter(|promise| !promise.is_empty());
        let proof = object(entry, "inclusionProof")?
            .map(Proof::read)
            .transpose()?;
        let mut read = Self::of_body(body)?;
        if let Some(names) = names {
            let kind = text(names, "kind")?.unwrap_or_default();
            let version = text(names, "version")?.unwrap_or_default();
            if kind != read.kind || version != read.version {
                return Err(format!(
                    "a log entry is said to be {kind} {version} and is {} {}",
                    read.kind, read.version
                ));
            }
        }
        // Protobuf leaves out what is 0.
        read.index = Some(number(entry, "logIndex")?.unwrap_or(0));
        read.time = time(entry, "integratedTime")?;
        Ok(Self {
            log,
            promise,
            proof,
            ..read
        })
    }

    /// Reads the JSON of cosign's annotation `dev.sigstore.cosign/bundle`.
    pub(super) fn of_cosign(json: &[u8]) -> Result<Self, String> {
        let bundle = strict_json(json)?;
        let payload = object(&bundle, "Payload")?.ok_or("a log bundle without its payload")?;
        let body = bytes(payload, "body")?.ok_or("a log bundle without its body")?;
        let read = Self::of_body(body)?;
        let log = text(payload, "logID")?
            .map(|id| hex::decode(id).map_err(|error| format!("logID is not hex: {error}")))
            .transpose()?
            .ok_or("a log bundle that does not say which log")?;
        Ok(Self {
            index: number(payload, "logIndex")?,
            time: time(payload, "integratedTime")?,
            promise: bytes(&bundle, "SignedEntryTimestamp")?.filter(|set| !set.is_empty()),
            log,
            ..read
        })
    }

    fn of_body(body: Vec<u8>) -> Result<Self, String> {
        let content = strict_json(&body).map_err(|error| format!("a log entry's body: {error}"))?;
        Ok(Self {
            index: None,
            log: Vec::new(),
            kind: text(&content, "kind")?.unwrap_or_default().to_owned(),
            version: text(&content, "apiVersion")?.unwrap_or_default().to_owned(),
            time: None,
            promise: None,
            proof: None,
            body,
            content,
        })
    }

    /// What of it people look at.
    pub(super) fn view(&self) -> LogView {
        LogView {
            id: hex::encode(&self.log),
            index: self.index,
            time: self.time,
            kind: format!("{} {}", self.kind, self.version).into(),
        }
    }

    /// Whether both are the same place of the same log.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.log == other.log && self.index == other.index && self.body == other.body
    }

    /// Whether it is of the log that has no times of its own (Rekor 2).
    pub(super) fn is_tiled(&self) -> bool {
        matches!(self.kind.as_str(), "hashedrekord" | "dsse") && self.version == "0.0.2"
    }

    /// The log that it names, if that was given.
    pub(super) fn trusted<'a>(&self, trust: &'a Trust) -> Option<&'a Log> {
        trust.logs.iter().find(|log| log.id == self.log)
    }

    /// Checks the promise with the key of `log`. `Ok` proves the time of the entry.
    pub(super) fn check_promise(&self, log: &Log, now: Timestamp) -> Result<Timestamp, String> {
        use base64::Engine as _;
        let promise = self.promise.as_ref().ok_or("there is no promise")?;
        let time = self.time.ok_or("the promise has no time")?;
        if time > now {
            return Err(format!("the entry is of the future: {time}"));
        }
        if !log.covers(time) {
            return Err(format!("the log's key was not in use at {time}"));
        }
        let message = format!(
            r#"{{"body":"{}","integratedTime":{},"logID":"{}","logIndex":{}}}"#,
            base64::engine::general_purpose::STANDARD.encode(&self.body),
            time.as_second(),
            hex::encode(&self.log),
            self.index.unwrap_or(0),
        );
        log.key
            .verify_sigstore(Message::Bytes(message.as_bytes()), promise)
            .map(|()| time)
            .map_err(|_| "the log's promise is not signed by the log".to_owned())
    }

    /// Whether the body hashes up to the root that the proof names. Needs no trust.
    pub(super) fn check_path(&self, proof: &Proof) -> Result<(), String> {
        let (index, size, root) = if self.is_tiled() {
            // What the proof repeats of the entry and of the checkpoint may be left out.
            let checkpoint = proof.checkpoint()?;
            let index = self.index.unwrap_or(proof.index);
            if proof.index != index && proof.index != 0 {
                return Err("the proof is of another index".to_owned());
            }
            if !proof.root.is_empty() || proof.size != 0 {
                proof.agrees_with(&checkpoint)?;
            }
            (index, checkpoint.tree_size(), *checkpoint.root_hash())
        } else {
            let root = Sha256Hash::try_from(proof.root.as_slice())
                .map_err(|_| "the proof's root is no hash".to_owned())?;
            (proof.index, proof.size, root)
        };
        let leaf = sigstore_merkle::hash_leaf(&self.body);
        sigstore_merkle::verify_inclusion_proof(&leaf, index, size, &proof.hashes, &root)
            .map_err(|error| format!("the entry is not in the tree: {error}"))
    }

    /// Whether one of the given logs signed the checkpoint of the proof. `None`: none that was given could have.
    pub(super) fn check_checkpoint<'a>(
        &self,
        proof: &Proof,
        trust: &'a Trust,
        now: Timestamp,
    ) -> Option<Result<&'a Log, String>> {
        let checkpoint = match proof.checkpoint() {
            Ok(checkpoint) => checkpoint,
            Err(error) => return Some(Err(error)),
        };
        if !self.is_tiled()
            && let Err(error) = proof.agrees_with(&checkpoint)
        {
            return Some(Err(error));
        }
        let mut is_hinted = false;
        for signature in checkpoint.signatures() {
            for log in &trust.logs {
                let hint = log.id.get(..4);
                if hint != Some(signature.key_id.as_slice()) || !log.has_started(now) {
                    continue;
                }
                is_hinted = true;
                let message = Message::Bytes(checkpoint.signed_data());
                if log
                    .key
                    .verify_sigstore(message, signature.signature.as_bytes())
                    .is_ok()
                {
                    if log.id != self.log {
                        let why = "the entry is said to be of another log than its checkpoint";
                        return Some(Err(why.to_owned()));
                    }
                    return Some(Ok(log));
                }
            }
        }
        if is_hinted || self.trusted(trust).is_some() {
            return Some(Err("the checkpoint is not signed by the log".to_owned()));
        }
        None
    }
}

impl Proof {
    fn read(proof: &Map<String, Value>) -> Result<Self, String> {
        let hashes = list(proof, "hashes")?
            .iter()
            .map(|hash| {
                let hash = base64(hash.as_str().ok_or("a hash of the proof is not a text")?)?;
                Sha256Hash::try_from(hash.as_slice())
                    .map_err(|_| "a hash of the proof has the wrong length".to_owned())
            })
            .collect::<Result<_, String>>()?;
        let checkpoint = object(proof, "checkpoint")?
            .map(|checkpoint| text(checkpoint, "envelope"))
            .transpose()?
            .flatten()
            .map(str::to_owned);
        Ok(Self {
            index: number(proof, "logIndex")?.unwrap_or(0),
            size: number(proof, "treeSize")?.unwrap_or(0),
            root: bytes(proof, "rootHash")?.unwrap_or_default(),
            hashes,
            checkpoint,
        })
    }

    /// Whether the checkpoint is of the tree that the proof is of.
    fn agrees_with(&self, checkpoint: &Checkpoint) -> Result<(), String> {
        if checkpoint.root_hash().as_bytes().as_slice() != self.root {
            return Err("the checkpoint has another root".to_owned());
        }
        if checkpoint.tree_size() != self.size {
            return Err("the checkpoint has another size".to_owned());
        }
        Ok(())
    }

    fn checkpoint(&self) -> Result<Checkpoint, String> {
        let text = self
            .checkpoint
            .as_deref()
            .ok_or("the proof has no checkpoint")?;
        Checkpoint::from_text(text)
            .map_err(|error| format!("the checkpoint is unreadable: {error}"))
    }
}

fn time(parent: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, String> {
    number(parent, name)?
        .filter(|&seconds| seconds != 0)
        .map(|seconds| {
            i64::try_from(seconds)
                .ok()
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .ok_or_else(|| format!("{name} is out of range"))
        })
        .transpose()
}

/// What a log entry has to be about.
pub(super) struct Bound<'a> {
    /// The signatures, one of which the entry holds.
    pub signatures: &'a [Vec<u8>],
    /// The digest of what was signed under an algorithm, if it is known.
    pub digest: &'a dyn Fn(Algorithm) -> Option<Vec<u8>>,
    /// The payload of the envelope under an algorithm, and its type.
    pub envelope: Option<Envelope<'a>>,
    /// The certificate that signed, in DER.
    pub certificate: Option<&'a [u8]>,
    /// The key that signed, if it is known.
    pub key: Option<&'a PublicKey>,
}

/// The envelope that was signed.
pub(super) struct Envelope<'a> {
    pub payload: &'a [u8],
    pub payload_type: &'a str,
    /// The bytes of the whole document, as it is stored.
    pub raw: &'a [u8],
}

/// Whether `entry` is about this signature. An error says in what it is not.
pub(super) fn check_binding(entry: &LogEntry, bound: &Bound<'_>) -> Result<(), String> {
    let spec = object(&entry.content, "spec")?.ok_or("the log entry says nothing")?;
    match (entry.kind.as_str(), entry.version.as_str()) {
        ("hashedrekord" | "rekord", "0.0.1") => hashed_1(spec, bound),
        ("hashedrekord", "0.0.2") => {
            let inner = object(spec, "hashedRekordV002")?.ok_or("the log entry says nothing")?;
            hashed_2(inner, bound)
        }
        ("dsse", "0.0.1") => dsse_1(spec, bound),
        ("dsse", "0.0.2") => {
            let inner = object(spec, "dsseV002")?.ok_or("the log entry says nothing")?;
            dsse_2(inner, bound)
        }
        ("intoto", "0.0.1") => intoto_1(spec, bound),
        ("intoto", "0.0.2") => intoto_2(spec, bound),
        (kind, version) => Err(format!("a log entry of the kind {kind} {version}")),
    }
}

fn hashed_1(spec: &Map<String, Value>, bound: &Bound<'_>) -> Result<(), String> {
    let hash = object(spec, "data")?
        .map(|data| object(data, "hash"))
        .transpose()?
        .flatten()
        .ok_or("the log entry has no hash")?;
    let (algorithm, value) = hex_hash(hash)?;
    same_message(bound, algorithm, &value)?;
    let signature = object(spec, "signature")?.ok_or("the log entry has no signature")?;
    let content = bytes(signature, "content")?.ok_or("the log entry has no signature")?;
    same_signature(bound, &content)?;
    let key = object(signature, "publicKey")?
        .map(|key| bytes(key, "content"))
        .transpose()?
        .flatten()
        .ok_or("the log entry has no key")?;
    same_pem(bound, &key)
}

fn hashed_2(spec: &Map<String, Value>, bound: &Bound<'_>) -> Result<(), String> {
    let data = object(spec, "data")?.ok_or("the log entry has no hash")?;
    let (algorithm, value) = proto_hash(data)?;
    same_message(bound, algorithm, &value)?;
    let signature = object(spec, "signature")?.ok_or("the log entry has no signature")?;
    let content = bytes(signature, "content")?.ok_or("the log entry has no signature")?;
    same_signature(bound, &content)?;
    same_verifier(bound, signature)
}

fn dsse_1(spec: &Map<String, Value>, bound: &Bound<'_>) -> Result<(), String> {
    let hash = object(spec, "payloadHash")?.ok_or("the log entry has no hash")?;
    let (algorithm, value) = hex_hash(hash)?;
    same_payload(bound, algorithm, &value)?;
    let signature = only(spec)?;
    let content = bytes(signature, "signature")?.ok_or("the log entry has no signature")?;
    same_signature(bound, &content)?;
    let verifier = bytes(signature, "verifier")?.ok_or("the log entry has no key")?;
    same_pem(bound, &verifier)
}

fn dsse_2(spec: &Map<String, Value>, bound: &Bound<'_>) -> Result<(), String> {
    let hash = object(spec, "payloadHash")?.ok_or("the log entry has no hash")?;
    let (algorithm, value) = proto_hash(hash)?;
    same_payload(bound, algorithm, &value)?;
    let signature = only(spec)?;
    let content = bytes(signature, "content")?.ok_or("the log entry has no signature")?;
    same_signature(bound, &content)?;
    same_verifier(bound, signature)
}

/// The oldest form does not hold the signature; it hashes the envelope as it was sent, or its payload.
fn intoto_1(spec: &Map<String, Value>, bound: &Bound<'_>) -> Result<(), String> {
    let content = object(spec, "content")?.ok_or("the log entry has no hash")?;
    if let Some(hash) = object(content, "payloadHash")? {
        let (algorithm, value) = hex_hash(hash)?;
        same_payload(bound, algorithm, &value)?;
    } else {
        let hash = object(content, "hash")?.ok_or("the log entry has no hash")?;
        let (algorithm, value) = hex_hash(hash)?;
        let raw = bound.envelope.as_ref().map(|envelope| envelope.raw);
        if raw.map(|raw| digest(algorithm, raw)) != Some(value) {
            return Err("the log entry is about another envelope".to_owned());
        }
    }
    let key = bytes(spec, "publicKey")?.ok_or("the log entry has no key")?;
    same_pem(bound, &key)
}

fn intoto_2(spec: &Map<String, Value>, bound: &Bound<'_>) -> Result<(), String> {
    let content = object(spec, "content")?.ok_or("the log entry has no hash")?;
    let hash = object(content, "payloadHash")?.ok_or("the log entry has no hash")?;
    let (algorithm, value) = hex_hash(hash)?;
    same_payload(bound, algorithm, &value)?;
    let envelope = object(content, "envelope")?.ok_or("the log entry has no envelope")?;
    let payload_type = text(envelope, "payloadType")?.unwrap_or_default();
    if bound.envelope.as_ref().map(|own| own.payload_type) != Some(payload_type) {
        return Err("the log entry is about another type of payload".to_owned());
    }
    let signature = only(envelope)?;
    // The signature is in base64 twice.
    let once = bytes(signature, "sig")?.ok_or("the log entry has no signature")?;
    let twice = std::str::from_utf8(&once)
        .ok()
        .and_then(|text| base64(text).ok())
        .ok_or("the log entry's signature is unreadable")?;
    same_signature(bound, &twice)?;
    let key = bytes(signature, "publicKey")?.ok_or("the log entry has no key")?;
    same_pem(bound, &key)
}

/// The only signature of an entry.
fn only(parent: &Map<String, Value>) -> Result<&Map<String, Value>, String> {
    match list(parent, "signatures")? {
        [Value::Object(signature)] => Ok(signature),
        [_] => Err("the log entry's signature is unreadable".to_owned()),
        several => Err(format!("the log entry has {} signatures", several.len())),
    }
}

fn hex_hash(hash: &Map<String, Value>) -> Result<(Algorithm, Vec<u8>), String> {
    let name = text(hash, "algorithm")?.unwrap_or_default();
    let algorithm =
        Algorithm::from_name(name).ok_or_else(|| format!("the log entry hashes with {name}"))?;
    let value = text(hash, "value")?.unwrap_or_default();
    let value = hex::decode(value).map_err(|_| "the log entry's hash is not hex".to_owned())?;
    Ok((algorithm, value))
}

fn proto_hash(hash: &Map<String, Value>) -> Result<(Algorithm, Vec<u8>), String> {
    let algorithm = proto_algorithm(hash)?;
    let value = bytes(hash, "digest")?.ok_or("the log entry has no hash")?;
    Ok((algorithm, value))
}

/// The member `algorithm`, by protobuf's name or number (`sigstore_common.proto`, `HashAlgorithm`).
pub(super) fn proto_algorithm(hash: &Map<String, Value>) -> Result<Algorithm, String> {
    match hash.get("algorithm") {
        Some(Value::String(name)) => match name.as_str() {
            "SHA2_256" => Some(Algorithm::Sha256),
            "SHA2_384" => Some(Algorithm::Sha384),
            "SHA2_512" => Some(Algorithm::Sha512),
            _ => None,
        },
        Some(Value::Number(number)) => match number.as_u64() {
            Some(1) => Some(Algorithm::Sha256),
            Some(2) => Some(Algorithm::Sha384),
            Some(3) => Some(Algorithm::Sha512),
            _ => None,
        },
        _ => None,
    }
    .ok_or_else(|| "a hash under an algorithm that nobody here knows".to_owned())
}

fn digest(algorithm: Algorithm, content: &[u8]) -> Vec<u8> {
    crate::oci::Digest::of_with(algorithm, content)
        .as_bytes()
        .to_vec()
}

fn same_message(bound: &Bound<'_>, algorithm: Algorithm, value: &[u8]) -> Result<(), String> {
    match (bound.digest)(algorithm) {
        Some(own) if own == value => Ok(()),
        Some(_) => Err("the log entry is about something else".to_owned()),
        None => Err(format!(
            "the log entry names what was signed by {}, which is not known of it",
            algorithm.name()
        )),
    }
}

fn same_payload(bound: &Bound<'_>, algorithm: Algorithm, value: &[u8]) -> Result<(), String> {
    let envelope = bound
        .envelope
        .as_ref()
        .ok_or("the log entry is about an envelope, and this is none")?;
    if digest(algorithm, envelope.payload) == value {
        Ok(())
    } else {
        Err("the log entry is about another payload".to_owned())
    }
}

fn same_signature(bound: &Bound<'_>, logged: &[u8]) -> Result<(), String> {
    if bound.signatures.iter().any(|own| own == logged) {
        Ok(())
    } else {
        Err("the log entry is about another signature".to_owned())
    }
}

/// Whether PEM in a log entry is the certificate or the key that signed.
fn same_pem(bound: &Bound<'_>, pem: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(pem).map_err(|_| "the log entry's key is unreadable")?;
    let blocks = super::encoding::pem_blocks(text)?;
    let block = blocks.first().ok_or("the log entry's key is unreadable")?;
    if block.label == "CERTIFICATE" {
        same_certificate(bound, &block.content)
    } else {
        let key = PublicKey::read(pem).map_err(|error| format!("the log entry's key: {error}"))?;
        same_key(bound, &key)
    }
}

/// Whether the verifier in an entry of the newer log is the certificate or the key that signed.
fn same_verifier(bound: &Bound<'_>, signature: &Map<String, Value>) -> Result<(), String> {
    let verifier = object(signature, "verifier")?.ok_or("the log entry has no key")?;
    if let Some(certificate) = object(verifier, "x509Certificate")? {
        let der = bytes(certificate, "rawBytes")?.ok_or("the log entry's certificate is empty")?;
        return same_certificate(bound, &der);
    }
    let key = object(verifier, "publicKey")?.ok_or("the log entry has no key")?;
    let der = bytes(key, "rawBytes")?.ok_or("the log entry's key is empty")?;
    let key =
        PublicKey::from_spki(&der).map_err(|error| format!("the log entry's key: {error}"))?;
    same_key(bound, &key)
}

fn same_certificate(bound: &Bound<'_>, der: &[u8]) -> Result<(), String> {
    match bound.certificate {
        Some(own) if own == der => Ok(()),
        Some(_) => Err("the log entry is about another certificate".to_owned()),
        None => {
            let certificate = super::certificate::Certificate::from_der(der)?;
            same_key(bound, certificate.key())
        }
    }
}

fn same_key(bound: &Bound<'_>, key: &PublicKey) -> Result<(), String> {
    match bound.key {
        Some(own) if own == key => Ok(()),
        Some(_) => Err("the log entry is about another key".to_owned()),
        // Which key signed is not known, so nothing contradicts.
        None => Ok(()),
    }
}

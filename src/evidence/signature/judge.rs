//! The checks of what sigstore's tools sign, one by one, and the verdict (`docs/interface.md`, `verify`).

use jiff::Timestamp;

use crate::oci::Algorithm;

use super::certificate::Certificate;
use super::checks::Checks;
use super::fulcio::{Authorised, check_certificate};
use super::key::{KeyKind, Message, PublicKey, SignatureError};
use super::log::{Bound, Envelope, check_binding};
use super::model::{CheckName, Outcome, Report, TimeSource};
use super::signed::{Content, Signed};
use super::subject::{Comparison, Subject};
use super::timestamp::Token;
use super::trust::{NamedKey, Publicity, TimestampAuthority, Trust};

/// A moment that something proves, and what.
pub(super) struct ProvenTime {
    pub time: Timestamp,
    pub source: TimeSource,
    /// The log or the authority.
    pub by: String,
}

/// What there was of logs and timestamps.
#[derive(Default)]
pub(super) struct Proofs {
    pub times: Vec<ProvenTime>,
    /// The logs that proved or promised to list it.
    pub logs: Vec<String>,
    /// Why something that says a time does not prove it.
    pub unproven: Option<&'static str>,
}

/// What says a time is of a log or an authority that was not given.
const UNKNOWN: &str = "when it signed is told by a log or an authority that was not given";
/// What says a time did not pass its own check.
const REFUTED: &str = "what tells when it signed does not hold";

/// Judges one signature.
pub(super) fn judge(
    signed: &Signed,
    subject: Option<&Subject>,
    trust: &Trust,
    now: Timestamp,
) -> Report {
    let mut checks = Checks::default();
    checks.passed(CheckName::Parse, "");
    check_subject(&mut checks, signed, subject);
    let by = check_signature(&mut checks, signed, subject, trust);
    let mut proofs = Proofs::default();
    check_log(&mut checks, &mut proofs, signed, subject, trust, by, now);
    check_timestamps(&mut checks, &mut proofs, signed, trust);
    let of_time = [
        CheckName::LogInclusion,
        CheckName::LogPromise,
        CheckName::Timestamp,
    ];
    if of_time
        .iter()
        .any(|&name| checks.outcome(name) == Some(Outcome::Failed))
    {
        proofs.unproven = Some(REFUTED);
    }
    let authorised = match (by, signed.certificates.first()) {
        (None, Some(_)) => check_certificate(&mut checks, signed, trust, &proofs, now),
        _ => None,
    };
    require(&mut checks, trust, &proofs, authorised.as_ref());
    check_annotations(&mut checks, signed, trust);
    report(signed, checks, by, &proofs, authorised.as_ref())
}

/// Whether it speaks of the subject.
fn check_subject(checks: &mut Checks, signed: &Signed, subject: Option<&Subject>) {
    let name = CheckName::SubjectDigest;
    let Some(subject) = subject else {
        checks.not_checked(name, "no artifact was given");
        checks.miss("no artifact was given that it could be about");
        return;
    };
    if signed.subjects.is_empty() {
        // The signature over the artifact itself says it.
        checks.passed(name, "the signature is over the artifact itself");
        return;
    }
    match subject.compare_any(&signed.subjects) {
        Comparison::Same => checks.passed(name, subject.title()),
        Comparison::Different => {
            let claimed = signed
                .subjects
                .first()
                .and_then(|set| set.iter().next())
                .map_or_else(String::new, |(name, hex)| format!("{name}:{hex}"));
            checks.failed(
                name,
                format!("it is about {claimed}, not about {}", subject.title()),
            );
        }
        Comparison::Incomparable => {
            checks.not_checked(name, "it names its subject by another kind of digest");
            checks.miss("it names its subject by a digest that is not known of it");
        }
    }
}

/// Whether a key that was given, or the certificate's, made the signature. Gives the key that was given.
fn check_signature<'a>(
    checks: &mut Checks,
    signed: &Signed,
    subject: Option<&Subject>,
    trust: &'a Trust,
) -> Option<&'a NamedKey> {
    let name = CheckName::Signature;
    let mut obstacle = None;
    for named in &trust.keys {
        match verify(signed, subject, &named.key) {
            Ok(()) => {
                checks.passed(name, format!("by the key {}", named.name));
                return Some(named);
            }
            Err(SignatureError::Cannot(why)) => obstacle = Some(why),
            Err(SignatureError::Wrong) => {}
        }
    }
    if let Some(leaf) = signed.certificates.first() {
        match verify(signed, subject, leaf.key()) {
            Ok(()) => checks.passed(name, "by the certificate's key"),
            Err(SignatureError::Wrong) => {
                checks.failed(name, "it is not by the certificate's key over these bytes");
            }
            Err(SignatureError::Cannot(why)) => {
                checks.miss(why.clone());
                checks.not_checked(name, why);
            }
        }
        return None;
    }
    if let Some(named) = trust
        .keys
        .iter()
        .find(|named| is_hinted(signed, &named.key))
        && obstacle.is_none()
    {
        checks.failed(
            name,
            format!(
                "it names the key {}, which did not sign these bytes",
                named.name
            ),
        );
    } else if let Some(why) = obstacle {
        checks.miss(why.clone());
        checks.not_checked(name, why);
    } else if !signed.signatures.iter().any(|bytes| is_plausible(bytes)) {
        checks.failed(name, "no key can have made it: it is no signature at all");
    } else {
        let why = match trust.keys.len() {
            0 => "it was made with a key, and no key was given".to_owned(),
            1 => "not by the key that was given".to_owned(),
            count => format!("not by any of the {count} keys"),
        };
        checks.miss(why.clone());
        checks.not_checked(name, why);
    }
    None
}

/// Whether one of the signatures is by `key`.
fn verify(
    signed: &Signed,
    subject: Option<&Subject>,
    key: &PublicKey,
) -> Result<(), SignatureError> {
    let mut last = SignatureError::Wrong;
    for signature in &signed.signatures {
        match verify_one(signed, subject, key, signature) {
            Ok(()) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn verify_one(
    signed: &Signed,
    subject: Option<&Subject>,
    key: &PublicKey,
    signature: &[u8],
) -> Result<(), SignatureError> {
    if let Some(message) = signed.content.message() {
        return key.verify_sigstore(Message::Bytes(&message), signature);
    }
    if let Some(bytes) = subject.and_then(Subject::bytes) {
        return key.verify_sigstore(Message::Bytes(bytes), signature);
    }
    if key.kind() == KeyKind::Ed25519 {
        return Err(SignatureError::Cannot(
            "an Ed25519 signature needs the artifact itself".to_owned(),
        ));
    }
    let claimed = match &signed.content {
        Content::Artifact(Some(digest)) => Some(digest),
        _ => None,
    };
    let mut last = SignatureError::Cannot("no digest of what was signed is known".to_owned());
    // Where the artifact is known, what the bundle says of it was compared before.
    for digest in subject
        .map_or(&[][..], Subject::digests)
        .iter()
        .chain(claimed)
    {
        match key.verify_sigstore(Message::Digest(digest), signature) {
            Ok(()) => return Ok(()),
            Err(SignatureError::Wrong) => last = SignatureError::Wrong,
            Err(SignatureError::Cannot(_)) => {}
        }
    }
    Err(last)
}

/// Whether the hint of a bundle names `key`: cosign writes base64 of the SHA-256 of its SPKI.
fn is_hinted(signed: &Signed, key: &PublicKey) -> bool {
    signed
        .hint
        .as_deref()
        .is_some_and(|hint| hint_fingerprint(hint).as_deref() == Some(&*key.fingerprint()))
}

/// The fingerprint that a hint is, in hex, if it is one.
fn hint_fingerprint(hint: &str) -> Option<String> {
    let bytes = hex::decode(hint)
        .or_else(|_| super::encoding::base64(hint).map_err(|_| ()))
        .ok()?;
    (bytes.len() == 32).then(|| hex::encode(bytes))
}

/// Whether bytes could be a signature of any kind: a DER sequence of two numbers, or of the length of Ed25519 or RSA.
fn is_plausible(signature: &[u8]) -> bool {
    use x509_cert::der::asn1::UintRef;
    use x509_cert::der::{Decode, Reader, SliceReader};
    let is_pair = || {
        let mut reader = SliceReader::new(signature).ok()?;
        reader
            .sequence(|inner| {
                UintRef::decode(inner)?;
                UintRef::decode(inner)
            })
            .ok()?;
        reader.finish(()).ok()
    };
    signature.len() == 64 || signature.len() >= 256 || is_pair().is_some()
}

/// Whether the log entries are about this signature, and are listed where they say.
fn check_log(
    checks: &mut Checks,
    proofs: &mut Proofs,
    signed: &Signed,
    subject: Option<&Subject>,
    trust: &Trust,
    by: Option<&NamedKey>,
    now: Timestamp,
) {
    let inclusion = CheckName::LogInclusion;
    if signed.entries.is_empty() {
        checks.not_checked(inclusion, "it has no log entry");
        return;
    }
    let leaf = signed.certificates.first().filter(|_| by.is_none());
    let digest = |algorithm| message_digest(signed, subject, algorithm);
    let bound = Bound {
        signatures: &signed.signatures,
        digest: &digest,
        envelope: match &signed.content {
            Content::Envelope {
                payload_type,
                payload,
            } => Some(Envelope {
                payload,
                payload_type,
                raw: &signed.raw,
            }),
            _ => None,
        },
        certificate: leaf.map(Certificate::der),
        key: by
            .map(|named| &named.key)
            .or_else(|| leaf.map(Certificate::key)),
    };
    let mut results = Vec::new();
    for entry in &signed.entries {
        if let Err(error) = check_binding(entry, &bound) {
            checks.failed(inclusion, error);
            return;
        }
        match &entry.proof {
            None if signed.wants_proof => {
                checks.failed(inclusion, "a bundle of this version has to have the proof");
                return;
            }
            None => results.push(Err("it has no proof, only a promise".to_owned())),
            Some(proof) => {
                if let Err(error) = entry.check_path(proof) {
                    checks.failed(inclusion, error);
                    return;
                }
                match entry.check_checkpoint(proof, trust, now) {
                    Some(Ok(log)) => {
                        proofs.logs.push(log.name.clone());
                        results.push(Ok(log.name.clone()));
                    }
                    Some(Err(error)) => {
                        checks.failed(inclusion, error);
                        return;
                    }
                    None => results.push(Err(format!(
                        "no key was given for the log {}",
                        hex::encode(&entry.log)
                    ))),
                }
            }
        }
    }
    match results.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(logs) => checks.passed(inclusion, logs.join(", ")),
        Err(why) => checks.not_checked(inclusion, why),
    }
    check_promises(checks, proofs, signed, trust, now);
}

fn check_promises(
    checks: &mut Checks,
    proofs: &mut Proofs,
    signed: &Signed,
    trust: &Trust,
    now: Timestamp,
) {
    let name = CheckName::LogPromise;
    let mut outcome = None;
    for entry in signed
        .entries
        .iter()
        .filter(|entry| entry.promise.is_some())
    {
        let Some(log) = entry.trusted(trust) else {
            proofs.unproven = Some(UNKNOWN);
            outcome = Some(Err(format!(
                "no key was given for the log {}",
                hex::encode(&entry.log)
            )));
            continue;
        };
        match entry.check_promise(log, now) {
            Ok(time) => {
                if !proofs.logs.contains(&log.name) {
                    proofs.logs.push(log.name.clone());
                }
                proofs.times.push(ProvenTime {
                    time,
                    source: TimeSource::Log,
                    by: log.name.clone(),
                });
                outcome.get_or_insert(Ok(format!("{} at {time}", log.name)));
            }
            Err(error) => {
                checks.failed(name, error);
                return;
            }
        }
    }
    match outcome {
        Some(Ok(detail)) => checks.passed(name, detail),
        Some(Err(why)) => checks.not_checked(name, why),
        None => {}
    }
}

/// The digest of what was signed, as far as it is known.
fn message_digest(
    signed: &Signed,
    subject: Option<&Subject>,
    algorithm: Algorithm,
) -> Option<Vec<u8>> {
    if let Some(message) = signed.content.message() {
        return Some(
            crate::oci::Digest::of_with(algorithm, &message)
                .as_bytes()
                .to_vec(),
        );
    }
    let known = subject.and_then(|subject| subject.digest(algorithm));
    let claimed = match &signed.content {
        Content::Artifact(Some(digest)) if digest.algorithm() == algorithm => Some(digest),
        _ => None,
    };
    known.or(claimed).map(|digest| digest.as_bytes().to_vec())
}

/// Whether the tokens of timestamp authorities hold.
fn check_timestamps(checks: &mut Checks, proofs: &mut Proofs, signed: &Signed, trust: &Trust) {
    let name = CheckName::Timestamp;
    let Some(signature) = signed
        .signatures
        .first()
        .filter(|_| !signed.tokens.is_empty())
    else {
        return;
    };
    let mut outcome: Option<Result<String, String>> = None;
    for der in &signed.tokens {
        let token = match Token::read(der) {
            Ok(token) => token,
            Err(error) => {
                checks.failed(name, error);
                return;
            }
        };
        if !token.is_about(signature) {
            checks.failed(name, "the timestamp is about another signature");
            return;
        }
        match check_token(&token, trust) {
            Some(Ok(authority)) => {
                let time = token.time;
                proofs.times.push(ProvenTime {
                    time,
                    source: TimeSource::TimestampAuthority,
                    by: authority.name.clone(),
                });
                outcome.get_or_insert(Ok(format!("{} at {time}", authority.name)));
            }
            Some(Err(error)) => {
                checks.failed(name, error);
                return;
            }
            None => {
                proofs.unproven = Some(UNKNOWN);
                outcome.get_or_insert(Err("by an authority that was not given".to_owned()));
            }
        }
    }
    match outcome {
        Some(Ok(detail)) => checks.passed(name, detail),
        Some(Err(why)) => checks.not_checked(name, why),
        None => {}
    }
}

/// Which authority made a token. `None`: none that was given.
pub(super) fn check_token<'a>(
    token: &Token,
    trust: &'a Trust,
) -> Option<Result<&'a TimestampAuthority, String>> {
    let mut result = None;
    for authority in &trust.timestamp_authorities {
        match check_authority(token, authority) {
            Some(Ok(())) => return Some(Ok(authority)),
            Some(Err(error)) => result = Some(Err(error)),
            None => {}
        }
    }
    result
}

/// Whether `authority` made a token at a time at which it was in use. `None`: it is not its.
fn check_authority(token: &Token, authority: &TimestampAuthority) -> Option<Result<(), String>> {
    let first = authority.certificates.first()?;
    let signer = if token.names(first) {
        first
    } else if first.is_authority() {
        // The root was given without the certificate that signs; the token brings it.
        token
            .certificates
            .iter()
            .find(|certificate| token.names(certificate))
            .filter(|certificate| {
                authority
                    .certificates
                    .iter()
                    .any(|anchor| anchor.subject() == certificate.issuer())
            })?
    } else {
        return None;
    };
    Some(check_signer(token, authority, signer))
}

fn check_signer(
    token: &Token,
    authority: &TimestampAuthority,
    signer: &Certificate,
) -> Result<(), String> {
    token.is_signed_by(signer)?;
    let anchors: Vec<&Certificate> = authority.certificates.last().into_iter().collect();
    let intermediates: Vec<&Certificate> = authority.certificates.iter().collect();
    super::chain::verify_chain(
        signer,
        &intermediates,
        &anchors,
        super::chain::Usage::TimeStamping,
        token.time,
    )
    .map_err(|error| format!("the authority's certificate at {}: {error:?}", token.time))?;
    if authority
        .window
        .is_some_and(|window| !window.contains(token.time))
    {
        return Err(format!(
            "{} was not in use at {}",
            authority.name, token.time
        ));
    }
    Ok(())
}

/// What was asked for besides, and what the trust itself asks for.
fn require(
    checks: &mut Checks,
    trust: &Trust,
    proofs: &Proofs,
    authorised: Option<&Authorised<'_>>,
) {
    let wants_log = authorised.is_some_and(|found| found.authority.wants_log);
    if (trust.required.log || wants_log) && proofs.logs.is_empty() {
        checks.miss("no log that was given lists it");
    }
    if trust.required.timestamp
        && !proofs
            .times
            .iter()
            .any(|proven| proven.source == TimeSource::TimestampAuthority)
    {
        checks.miss("no timestamp authority that was given stamped it");
    }
    if trust.required.sct && checks.outcome(CheckName::Sct) != Some(Outcome::Passed) {
        checks.miss("no certificate transparency log that was given promised to list it");
    }
}

/// Whether the annotations that were asked for are signed, and what is said of it where it is stored is so.
fn check_annotations(checks: &mut Checks, signed: &Signed, trust: &Trust) {
    let name = CheckName::Annotations;
    if let Some(contradiction) = &signed.contradiction {
        checks.failed(name, contradiction.as_str());
        return;
    }
    let missing = trust.annotations.iter().find(|(key, value)| {
        !signed
            .annotations
            .iter()
            .any(|(found, said)| found.as_str() == key && said.as_str() == value)
    });
    match missing {
        _ if trust.annotations.is_empty() => checks.not_checked(name, "none was asked for"),
        Some((key, value)) => checks.failed(name, format!("{key}={value} is not signed")),
        None => checks.passed(name, ""),
    }
}

fn report(
    signed: &Signed,
    checks: Checks,
    by: Option<&NamedKey>,
    proofs: &Proofs,
    authorised: Option<&Authorised<'_>>,
) -> Report {
    let (checks, verdict, why) = checks.conclude();
    let leaf = signed.certificates.first();
    let verified_against = (verdict == super::model::Verdict::Verified).then(|| {
        let mut parts = Vec::new();
        if let Some(named) = by {
            parts.push(format!("key {}", named.name));
        } else if let Some(found) = authorised {
            parts.push(match found.authority.publicity {
                Publicity::Public => format!("{}, {}", found.authority.name, found.identity),
                Publicity::Private => format!("{} for {}", found.authority.name, found.identity),
            });
        }
        if proofs.logs.is_empty() {
            parts.push("no log".to_owned());
        } else {
            parts.push(format!("log {}", proofs.logs.join(", ")));
        }
        if let Some(proven) = proofs
            .times
            .iter()
            .find(|proven| proven.source == TimeSource::TimestampAuthority)
        {
            parts.push(format!("time by {}", proven.by));
        }
        parts.join(", ")
    });
    let claimed = signed.entries.iter().find_map(|entry| entry.time);
    let signed_at = proofs
        .times
        .iter()
        .min_by_key(|proven| proven.time)
        .map(|proven| (proven.time, proven.source))
        .or_else(|| claimed.map(|time| (time, TimeSource::Claim)));
    Report {
        kind: signed.kind,
        what: signed.what,
        predicate_type: signed.predicate_type.as_deref().map(Into::into),
        checks,
        verdict,
        why,
        verified_against: verified_against.map(Into::into),
        signer: by
            .map(|named| named.name.as_str().into())
            .or_else(|| leaf.and_then(|leaf| leaf.sans().first().map(|san| san.as_str().into())))
            .or_else(|| {
                leaf.map(Certificate::subject)
                    .filter(|subject| !subject.is_empty())
                    .map(Into::into)
            }),
        issuer: leaf.filter(|_| by.is_none()).map(|leaf| {
            leaf.oidc_issuer()
                .map_or_else(|| leaf.issuer(), str::to_owned)
                .into()
        }),
        key: by
            .map(|named| named.key.fingerprint())
            .or_else(|| leaf.map(|leaf| leaf.key().fingerprint()))
            .or_else(|| signed.hint.as_deref().and_then(hint_fingerprint)),
        signed_at,
        certificates: signed.certificates.iter().map(Certificate::view).collect(),
        log: signed.entries.first().map(super::log::LogEntry::view),
        subjects: signed
            .subjects
            .iter()
            .flat_map(|set| set.iter())
            .map(|(algorithm, hex)| format!("{algorithm}:{hex}").into())
            .collect(),
        claims: signed.claims.clone(),
        annotations: signed.annotations.clone(),
    }
}

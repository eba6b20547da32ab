//! The checks of what sigstore's tools sign, one by one, and the verdict (`docs/interface.md`, `verify`).

use jiff::Timestamp;

use super::certificate::Certificate;
use super::checks::Checks;
use super::fulcio::{Authorised, check_certificate};
use super::key::{KeyKind, Message, PublicKey, SignatureError};
use super::model::{CheckName, Outcome, Report, TimeSource, Verdict};
use super::proofs::Proofs;
use super::signed::{Content, Signed};
use super::subject::{Comparison, Subject};
use super::trust::{NamedKey, Publicity, Trust};

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
    let proofs = Proofs::check(&mut checks, signed, subject, trust, by, now);
    let authorised = match (by, signed.certificates.first()) {
        (None, Some(_)) => check_certificate(&mut checks, signed, trust, &proofs, now),
        _ => None,
    };
    require(&mut checks, trust, &proofs, authorised.as_ref());
    match &signed.contradiction {
        Some(contradiction) => checks.failed(CheckName::Annotations, contradiction.as_str()),
        None => checks.annotations(&signed.annotations, &trust.annotations),
    }
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
    if trust.required.timestamp && proofs.stamped().is_none() {
        checks.miss("no timestamp authority that was given stamped it");
    }
    if trust.required.sct && checks.outcome(CheckName::Sct) != Some(Outcome::Passed) {
        checks.miss("no certificate transparency log that was given promised to list it");
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
    let verified_against = (verdict == Verdict::Verified).then(|| {
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
        if let Some(proven) = proofs.stamped() {
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
        predicate_type: signed.predicate_type.as_deref().map(Into::into),
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
        ..Report::bare(signed.kind, signed.what, (checks, verdict, why))
    }
}

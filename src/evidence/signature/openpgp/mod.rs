//! What is signed with `OpenPGP` (RFC 9580): Red Hat's simple signing, and Helm's provenance. What it claims is compared
//! with what it is attached to, and what its signature says of itself is shown; the signature itself is not checked, and
//! said to be so.

mod packets;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::checks::Checks;
use super::encoding::{object, standard_base64, strict_json, text};
use super::model::{CheckName, Kind, Report, TimeSource, What};
use super::signed::{DigestSet, one_digest, texts};
use super::subject::{Comparison, Subject};
use packets::Named;

/// The start of a clear-signed text (RFC 9580, section 7).
const CLEAR_SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";
/// Why no signature of this kind is verified.
const UNCHECKED: &str = "OpenPGP signatures are not checked here: their keys are no part of the trust that regscope \
                         knows; gpg --verify or skopeo standalone-verify does it";

/// Judges a chart's provenance: what it says of the chart's archive, which is `subject`.
pub(super) fn provenance(bytes: &[u8], subject: Option<&Subject>) -> Result<Report, String> {
    let all = std::str::from_utf8(bytes).map_err(|_| "a provenance that is no text")?;
    let (_, rest) = all
        .split_once(CLEAR_SIGNED)
        .ok_or("a provenance that nobody signed")?;
    let (signed, armour) = rest
        .split_once(SIGNATURE)
        .ok_or("a provenance without its signature")?;
    let (armour, _) = armour
        .split_once(END)
        .ok_or("a provenance whose signature is cut short")?;
    let named = armoured(armour).map_err(|error| format!("the signature: {error}"))?;
    let mut claims = Map::new();
    let mut files = BTreeMap::new();
    let mut subjects = Vec::new();
    for line in signed.lines() {
        let Some((name, value)) = line.trim().rsplit_once(": ") else {
            continue;
        };
        if value.starts_with("sha256:") {
            subjects.push(one_digest(value).map_err(|error| format!("{name}: {error}"))?);
            files.insert(name.to_owned(), Value::from(value));
        } else if matches!(name, "name" | "version" | "appVersion" | "apiVersion") {
            claims.insert(name.to_owned(), Value::from(value));
        }
    }
    claims.insert("files".to_owned(), files.into_iter().collect());
    let checks = compared(subject, &subjects);
    Ok(report(
        Kind::HelmProvenance,
        checks,
        claims,
        &subjects,
        named,
    ))
}

/// What the signature in an armour says of itself: base64, after headers and before a checksum.
fn armoured(armour: &str) -> Result<Option<Named>, String> {
    // Headers end with an empty line; without one there are none.
    let body = armour
        .replace("\r\n", "\n")
        .split_once("\n\n")
        .map_or_else(|| armour.to_owned(), |(_, body)| body.to_owned());
    let body: String = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('='))
        .collect();
    let bytes = standard_base64(&body)?;
    Ok(packets::open(&bytes).signatures.into_iter().next())
}

/// Judges a signature of Red Hat's simple signing about `subject`.
pub(super) fn simple_signing(bytes: &[u8], subject: Option<&Subject>) -> Result<Report, String> {
    let opened = packets::open(bytes);
    let payload = opened.text.ok_or("not a signed message")?;
    let claims = strict_json(&payload).map_err(|error| format!("the payload: {error}"))?;
    let critical = object(&claims, "critical")?.ok_or("a payload that is no signature")?;
    if text(critical, "type")? != Some("atomic container signature") {
        return Err("a payload of an unknown type".to_owned());
    }
    let known = ["type", "image", "identity"];
    if let Some(other) = critical.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("the critical member {other}, which is not known"));
    }
    let digest = object(critical, "image")?
        .map(|image| text(image, "docker-manifest-digest"))
        .transpose()?
        .flatten()
        .ok_or("a payload about nothing")?;
    let claimed = [one_digest(digest)?];
    let checks = compared(subject, &claimed);
    let named = opened.signatures.into_iter().next();
    Ok(report(Kind::SimpleSigning, checks, claims, &claimed, named))
}

/// Whether it speaks of the subject; its signature stays unchecked.
fn compared(subject: Option<&Subject>, claimed: &[DigestSet]) -> Checks {
    let name = CheckName::SubjectDigest;
    let mut checks = Checks::default();
    checks.passed(CheckName::Parse, "");
    match subject.map(|subject| (subject.compare_any(claimed), subject)) {
        None => checks.not_checked(name, "no artifact was given"),
        Some((Comparison::Same, subject)) => checks.passed(name, subject.title()),
        Some((Comparison::Different, subject)) => {
            let first = claimed.first().and_then(|set| set.iter().next());
            let about = first.map_or_else(
                || "nothing".to_owned(),
                |(algorithm, hex)| format!("{algorithm}:{hex}"),
            );
            checks.failed(
                name,
                format!("it is about {about}, not about {}", subject.title()),
            );
        }
        Some((Comparison::Incomparable, _)) => {
            checks.not_checked(name, "it names its subject by another kind of digest");
        }
    }
    checks.not_checked(CheckName::Signature, UNCHECKED);
    checks.miss(UNCHECKED);
    checks
}

fn report(
    kind: Kind,
    checks: Checks,
    claims: Map<String, Value>,
    subjects: &[DigestSet],
    named: Option<Named>,
) -> Report {
    let named = named.unwrap_or_default();
    let annotations = match claims.get("optional") {
        Some(Value::Object(optional)) => texts(optional),
        _ => Vec::new(),
    };
    let key = named.key.map(|key| format!("OpenPGP key {key}"));
    let signer = match (named.user, key) {
        (Some(user), Some(key)) => Some(format!("{user}, {key}")),
        (user, key) => user.or(key),
    };
    Report {
        signer: signer.map(Into::into),
        signed_at: named.time.map(|time| (time, TimeSource::Claim)),
        subjects: subjects
            .iter()
            .flat_map(|set| set.iter())
            .map(|(algorithm, hex)| format!("{algorithm}:{hex}").into())
            .collect(),
        claims,
        annotations,
        ..Report::bare(kind, What::Signature, checks.conclude())
    }
}

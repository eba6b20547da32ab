//! What is signed with `OpenPGP` (RFC 9580): Red Hat's simple signing, and Helm's provenance. It is recognised and shown;
//! its signature is not checked, and said to be so.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::checks::Checks;
use super::encoding::{object, strict_json, text};
use super::model::{CheckName, Kind, Report, What};
use super::signed::{DigestSet, one_digest, texts};
use super::subject::{Comparison, Subject};

/// The start of a clear-signed text (RFC 9580, section 7).
const CLEAR_SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
/// The most bytes of claims that a compressed message may unpack to.
const MAX_UNPACKED: u64 = 1 << 20;

/// Judges a chart's provenance: what it says of the chart's archive is shown.
pub(super) fn provenance(bytes: &[u8]) -> Result<Report, String> {
    let all = std::str::from_utf8(bytes).map_err(|_| "a provenance that is no text")?;
    let (_, rest) = all
        .split_once(CLEAR_SIGNED)
        .ok_or("a provenance that nobody signed")?;
    let (signed, armour) = rest
        .split_once(SIGNATURE)
        .ok_or("a provenance without its signature")?;
    if !armour.contains("-----END PGP SIGNATURE-----") {
        return Err("a provenance whose signature is cut short".to_owned());
    }
    let mut claims = Map::new();
    let mut files = BTreeMap::new();
    for line in signed.lines() {
        let Some((name, value)) = line.trim().rsplit_once(": ") else {
            continue;
        };
        if value.starts_with("sha256:") {
            files.insert(name.to_owned(), Value::from(value));
        } else if matches!(name, "name" | "version" | "appVersion" | "apiVersion") {
            claims.insert(name.to_owned(), Value::from(value));
        }
    }
    claims.insert("files".to_owned(), files.into_iter().collect());
    let mut checks = Checks::default();
    checks.passed(CheckName::Parse, "");
    checks.not_checked(
        CheckName::SubjectDigest,
        "it names the chart's archive, not its manifest",
    );
    unchecked(&mut checks);
    Ok(report(Kind::HelmProvenance, checks, claims, &[]))
}

/// Judges a signature of Red Hat's simple signing about `subject`.
pub(super) fn simple_signing(bytes: &[u8], subject: Option<&Subject>) -> Result<Report, String> {
    let payload = literal(bytes, 0).ok_or("not a signed message")?;
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
    let claimed = one_digest(digest)?;
    let mut checks = Checks::default();
    checks.passed(CheckName::Parse, "");
    match subject.map(|subject| (subject.compare(&claimed), subject)) {
        None => {
            checks.not_checked(CheckName::SubjectDigest, "no artifact was given");
        }
        Some((Comparison::Same, subject)) => {
            checks.passed(CheckName::SubjectDigest, subject.title());
        }
        Some((Comparison::Different, subject)) => checks.failed(
            CheckName::SubjectDigest,
            format!("it is about {digest}, not about {}", subject.title()),
        ),
        Some((Comparison::Incomparable, _)) => checks.not_checked(
            CheckName::SubjectDigest,
            "it names its subject by another kind of digest",
        ),
    }
    unchecked(&mut checks);
    Ok(report(Kind::SimpleSigning, checks, claims, &[claimed]))
}

fn unchecked(checks: &mut Checks) {
    let why = "OpenPGP is not checked";
    checks.not_checked(CheckName::Signature, why);
    checks.miss(why);
}

fn report(
    kind: Kind,
    checks: Checks,
    claims: Map<String, Value>,
    subjects: &[DigestSet],
) -> Report {
    let (checks, verdict, why) = checks.conclude();
    let annotations = match claims.get("optional") {
        Some(Value::Object(optional)) => texts(optional),
        _ => Vec::new(),
    };
    Report {
        kind,
        what: What::Signature,
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
        subjects: subjects
            .iter()
            .flat_map(|set| set.iter())
            .map(|(algorithm, hex)| format!("{algorithm}:{hex}").into())
            .collect(),
        claims,
        annotations,
    }
}

/// The text within a signed message: the literal packet, also where it is compressed once.
fn literal(mut bytes: &[u8], depth: u8) -> Option<Vec<u8>> {
    while let Some((tag, body, rest)) = packet(bytes) {
        match tag {
            // Literal data: its format, a file's name, a time, the text.
            11 => {
                let (_, named) = body.split_first()?;
                let (&length, named) = named.split_first()?;
                return named.get(usize::from(length) + 4..).map(<[u8]>::to_vec);
            }
            8 if depth == 0 => {
                let (&algorithm, packed) = body.split_first()?;
                return literal(&unpack(algorithm, packed)?, 1);
            }
            _ => bytes = rest,
        }
    }
    None
}

fn unpack(algorithm: u8, packed: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut out = Vec::new();
    match algorithm {
        0 => out.extend_from_slice(packed),
        1 => {
            let reader = flate2::read::DeflateDecoder::new(packed);
            reader.take(MAX_UNPACKED).read_to_end(&mut out).ok()?;
        }
        2 => {
            let reader = flate2::read::ZlibDecoder::new(packed);
            reader.take(MAX_UNPACKED).read_to_end(&mut out).ok()?;
        }
        _ => return None,
    }
    Some(out)
}

/// The first packet: its tag, its body, and what follows (RFC 9580, section 4.2).
fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    if head & 0x80 == 0 {
        return None;
    }
    let wide = |digits: &[u8]| {
        digits
            .iter()
            .fold(0_usize, |length, &digit| length << 8 | usize::from(digit))
    };
    let (tag, length, rest) = if head & 0x40 == 0 {
        let tag = (head >> 2) & 0x0f;
        match head & 3 {
            // Until the end.
            3 => return Some((tag, rest, &[])),
            size => {
                let (digits, rest) = rest.split_at_checked(1 << size)?;
                (tag, wide(digits), rest)
            }
        }
    } else {
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=191 => (usize::from(first), rest),
            192..=223 => {
                let (&second, rest) = rest.split_first()?;
                let length = ((usize::from(first) - 192) << 8) + usize::from(second) + 192;
                (length, rest)
            }
            255 => {
                let (digits, rest) = rest.split_at_checked(4)?;
                (wide(digits), rest)
            }
            // In pieces: not of messages this short.
            _ => return None,
        };
        (head & 0x3f, length, rest)
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((tag, body, rest))
}

//! Each byte that matters, changed one by one: what must see it sees it, by name.
//!
//! A run without the ignored tests changes some bytes of each part of each fixture, the ignored ones every byte, and
//! those of the collection of others.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use regscope::evidence::signature::{CheckName, Outcome, Report, Trust, Verdict};
use regscope::oci::Annotations;
use serde_json::Value;

use super::fixtures::{FIXTURES, Fixture, check_about, fixture, outcome, subject};

use CheckName::{
    CertificateChain, LogInclusion, LogPromise, Parse, Signature, SubjectDigest, Timestamp,
};

/// A part of a signature: where it is, its bytes, and the checks one of which has to see a change.
struct Part {
    place: Place,
    bytes: Vec<u8>,
    guardians: &'static [CheckName],
}

#[derive(Clone)]
enum Place {
    /// The evidence itself.
    Evidence,
    /// A text of the evidence's JSON, in base64.
    Encoded(String),
    /// A text of the evidence's JSON as it is.
    Text(String),
    /// An annotation as it is.
    Annotation(String),
    /// An annotation that is base64.
    EncodedAnnotation(String),
    /// A text in base64 in the JSON of an annotation.
    InAnnotation(String, String),
}

impl Place {
    fn name(&self) -> String {
        match self {
            Self::Evidence => "evidence".to_owned(),
            Self::Encoded(path) | Self::Text(path) => path.clone(),
            Self::Annotation(key) | Self::EncodedAnnotation(key) => key.clone(),
            Self::InAnnotation(key, path) => format!("{key}{path}"),
        }
    }

    /// The evidence and the annotations with other bytes in this place.
    fn put(&self, fixture: &Fixture, bytes: &[u8]) -> (Vec<u8>, Annotations) {
        let mut annotations = fixture.annotations.clone();
        let mut set = |key: &str, value: String| {
            annotations.insert(key.into(), value.into());
        };
        let evidence = match self {
            Self::Evidence => bytes.to_vec(),
            Self::Encoded(path) => replaced(fixture.json(), path, STANDARD.encode(bytes)),
            Self::Text(path) => replaced(
                fixture.json(),
                path,
                String::from_utf8_lossy(bytes).into_owned(),
            ),
            Self::Annotation(key) => {
                set(key, String::from_utf8_lossy(bytes).into_owned());
                fixture.evidence.clone()
            }
            Self::EncodedAnnotation(key) => {
                set(key, STANDARD.encode(bytes));
                fixture.evidence.clone()
            }
            Self::InAnnotation(key, path) => {
                let json = annotation_json(fixture, key);
                let json = replaced(json, path, STANDARD.encode(bytes));
                set(key, String::from_utf8(json).unwrap());
                fixture.evidence.clone()
            }
        };
        (evidence, annotations)
    }
}

fn replaced(mut json: Value, path: &str, text: String) -> Vec<u8> {
    *json.pointer_mut(path).unwrap() = text.into();
    serde_json::to_vec(&json).unwrap()
}

fn annotation_json(fixture: &Fixture, key: &str) -> Value {
    let text = fixture.annotations.get(key).unwrap();
    serde_json::from_str(text.as_str()).unwrap()
}

/// Every text in JSON that is base64 of something, by its path.
fn encoded(value: &Value, path: &str, found: &mut Vec<(String, Vec<u8>)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                encoded(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                encoded(value, &format!("{path}/{place}"), found);
            }
        }
        Value::String(text) if text.len() >= 40 => {
            let text: String = text.split_ascii_whitespace().collect();
            let bytes = STANDARD.decode(&text).or_else(|_| URL_SAFE.decode(&text));
            found.extend(bytes.ok().map(|bytes| (path.to_owned(), bytes)));
        }
        _ => {}
    }
}

/// What has to see a change of a part of a bundle, of an envelope or of cosign's annotations. None: nobody signs it.
fn guardians(path: &str) -> Option<&'static [CheckName]> {
    let ends = |end: &str| {
        let plain = path.to_ascii_lowercase().replace('_', "");
        plain.ends_with(end)
    };
    Some(
        if ends("certificates/1/rawbytes") || ends("publickey/hint") {
            // The authority's certificate comes along and is not what is trusted; a hint only helps to find the key.
            return None;
        } else if ends("signedentrytimestamp") {
            &[LogPromise, Parse]
        } else if ends("canonicalizedbody") || path.contains("nclusion") || ends("/body") {
            &[LogInclusion, Parse]
        } else if ends("keyid") || ends("logid") {
            &[LogInclusion, LogPromise, Parse]
        } else if ends("digest/digest") {
            &[SubjectDigest, Parse]
        } else if ends("signedtimestamp") {
            &[Timestamp, Parse]
        } else if ends("/signature") || ends("/sig") || ends("payload") {
            &[Signature, SubjectDigest, LogInclusion, Timestamp, Parse]
        } else if ends("rawbytes") || path.contains("x5c") {
            &[CertificateChain, Signature, LogInclusion, Parse]
        } else {
            &[Parse]
        },
    )
}

const SIGNED: &[CheckName] = &[Signature, SubjectDigest, LogInclusion, Parse];
const OF_CERTIFICATE: &[CheckName] = &[CertificateChain, Signature, LogInclusion, Parse];
const OF_NOTATION: &[CheckName] = &[CertificateChain, Signature, SubjectDigest, Parse];

fn parts(fixture: &Fixture) -> Vec<Part> {
    match fixture.kind.as_str() {
        "sigstore-bundle" => of_bundle(fixture),
        "cosign-signature" | "cosign-attestation" => of_cosign(fixture),
        "notation-jws" => of_jws(fixture),
        _ => vec![Part {
            place: Place::Evidence,
            bytes: fixture.evidence.clone(),
            guardians: OF_NOTATION,
        }],
    }
}

fn of_bundle(fixture: &Fixture) -> Vec<Part> {
    let json = fixture.json();
    let mut found = Vec::new();
    encoded(&json, "", &mut found);
    let mut parts: Vec<Part> = found
        .into_iter()
        .filter_map(|(path, bytes)| {
            Some(Part {
                guardians: guardians(&path)?,
                place: Place::Encoded(path),
                bytes,
            })
        })
        .collect();
    let checkpoint = "/verificationMaterial/tlogEntries/0/inclusionProof/checkpoint/envelope";
    if let Some(text) = json.pointer(checkpoint).and_then(Value::as_str) {
        parts.push(Part {
            place: Place::Text(checkpoint.to_owned()),
            bytes: text.as_bytes().to_vec(),
            guardians: &[LogInclusion, Parse],
        });
    }
    parts
}

fn of_cosign(fixture: &Fixture) -> Vec<Part> {
    let mut parts = Vec::new();
    if fixture.kind == "cosign-signature" {
        parts.push(Part {
            place: Place::Evidence,
            bytes: fixture.evidence.clone(),
            guardians: SIGNED,
        });
    } else {
        parts.extend(of_bundle(fixture));
    }
    for (key, value) in &fixture.annotations {
        let (key, value) = (key.as_str().to_owned(), value.as_str());
        if key.ends_with("/signature") && !value.is_empty() {
            let compact: String = value.split_ascii_whitespace().collect();
            parts.push(Part {
                place: Place::EncodedAnnotation(key),
                bytes: STANDARD.decode(compact).unwrap(),
                guardians: SIGNED,
            });
        } else if key.ends_with("/certificate") {
            parts.push(Part {
                place: Place::Annotation(key),
                bytes: value.trim_end().as_bytes().to_vec(),
                guardians: OF_CERTIFICATE,
            });
        } else if key.ends_with("/bundle") {
            let mut found = Vec::new();
            encoded(&annotation_json(fixture, &key), "", &mut found);
            parts.extend(found.into_iter().map(|(path, bytes)| Part {
                guardians: guardians(&path).unwrap(),
                place: Place::InAnnotation(key.clone(), path),
                bytes,
            }));
        }
    }
    parts
}

fn of_jws(fixture: &Fixture) -> Vec<Part> {
    let json = fixture.json();
    let mut parts: Vec<Part> = ["/payload", "/protected", "/signature"]
        .into_iter()
        .map(|path| Part {
            place: Place::Text(path.to_owned()),
            bytes: json.pointer(path).unwrap().as_str().unwrap().into(),
            guardians: OF_NOTATION,
        })
        .collect();
    for (place, certificate) in json["header"]["x5c"].as_array().unwrap().iter().enumerate() {
        parts.push(Part {
            place: Place::Encoded(format!("/header/x5c/{place}")),
            bytes: super::fixtures::decoded(certificate),
            guardians: OF_NOTATION,
        });
    }
    parts
}

/// Bytes that nobody signs, within parts that are signed.
fn is_nobodys(part: &Part, place: usize) -> bool {
    let found = |needle: &[u8]| {
        let mut windows = part.bytes.windows(needle.len());
        windows.position(|window| window == needle)
    };
    match &part.place {
        // The header that names the tool: its name, and its length before it.
        Place::Evidence => found(b"io.cncf.notary.signingAgent").is_some_and(|start| {
            (start - 2..start + b"io.cncf.notary.signingAgent".len() + 11).contains(&place)
        }),
        // Between the text of a checkpoint and its signature stands a name, by which nobody is found.
        Place::Text(path) if path.ends_with("envelope") => {
            let (Some(text), Some(end)) = (
                found(b"\n\n"),
                part.bytes.iter().rposition(|&byte| byte == b' '),
            ) else {
                return false;
            };
            place > text && place <= end || place + 1 == part.bytes.len()
        }
        // The frame of PEM holds nothing; a letter's unused bits at its end are not read.
        Place::Annotation(_) => {
            let body_end = part.bytes.len() - b"-----END CERTIFICATE-----".len();
            place < b"-----BEGIN CERTIFICATE-----".len() || place + 6 >= body_end
        }
        _ => false,
    }
}

/// Changes every `step`th byte of every part. Gives how many were changed.
fn change_each(fixture: &Fixture, trust: &Trust, step: usize) -> usize {
    let mut changes = 0;
    for part in parts(fixture) {
        for place in (0..part.bytes.len()).step_by(step) {
            if is_nobodys(&part, place) {
                continue;
            }
            let mut bytes = part.bytes.clone();
            bytes[place] = match &part.place {
                Place::Text(_) | Place::Annotation(_) if bytes[place] == b'A' => b'B',
                Place::Text(_) | Place::Annotation(_) => b'A',
                _ => bytes[place] ^ 1,
            };
            let (evidence, annotations) = part.place.put(fixture, &bytes);
            let report = check_about(
                &fixture.kind,
                &evidence,
                &annotations,
                trust,
                Some(&subject()),
            );
            let mut at = format!("{}: {}, byte {place}", fixture.name, part.place.name());
            write!(at, ": {}", report.headline()).unwrap();
            seen(&part, &report, &at);
            changes += 1;
        }
    }
    changes
}

/// Of a timestamp some bytes are nobody's: an accuracy, a certificate that is known anyway. Where the token still says
/// what it said, it is verified; where it names another authority, it counts for nothing.
fn seen(part: &Part, report: &Report, at: &str) {
    if part.guardians == [Timestamp, Parse] && report.verdict == Verdict::Verified {
        let against = report.verified_against.as_ref().unwrap().as_str();
        let is_counted = against.contains("time by");
        let is_passed = outcome(report, Timestamp) == Some(Outcome::Passed);
        assert_eq!(is_counted, is_passed, "{at}");
        return;
    }
    assert_ne!(report.verdict, Verdict::Verified, "{at}");
    let mut guardians = part.guardians.iter();
    assert!(
        guardians.any(|guardian| outcome(report, *guardian) != Some(Outcome::Passed)),
        "{at}"
    );
}

#[test]
fn some_changed_bytes_of_each_part_of_every_signature_are_seen_by_name() {
    let mut changes = 0;
    for fixture in &FIXTURES.all {
        // A prime, so that the places differ from part to part.
        changes += change_each(fixture, &fixture.trust(), 41);
    }
    assert!(changes > 1_000, "{changes}");
}

#[test]
fn each_changed_byte_of_one_short_signature_is_seen_by_name() {
    let fixture = fixture("cosign signature, p256");
    let changes = change_each(fixture, &fixture.trust(), 1);
    assert!(changes > 200, "{changes}");
}

#[test]
#[ignore = "takes minutes; .ci/run has it"]
fn each_changed_byte_of_every_signature_is_seen_by_name() {
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                for fixture in FIXTURES.all.iter().skip(half).step_by(2) {
                    change_each(fixture, &fixture.trust(), 1);
                }
            });
        }
    });
}

#[test]
fn a_changed_number_of_a_log_entry_is_seen_by_name() {
    let fixture = fixture("keyless bundle of a message");
    let entry = "/verificationMaterial/tlogEntries/0";
    for (path, guardian) in [
        ("/logIndex", LogPromise),
        ("/integratedTime", LogPromise),
        ("/inclusionProof/logIndex", LogInclusion),
        ("/inclusionProof/treeSize", LogInclusion),
    ] {
        let path = format!("{entry}{path}");
        let number: u64 = fixture
            .json()
            .pointer(&path)
            .unwrap()
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        for other in [number - 1, number + 1, number * 2 + 7] {
            let evidence = replaced(fixture.json(), &path, other.to_string());
            let report = fixture.with(&evidence, &fixture.trust());
            assert_eq!(
                outcome(&report, guardian),
                Some(Outcome::Failed),
                "{path}: {other}"
            );
            assert_eq!(report.verdict, Verdict::Failed, "{path}: {other}");
        }
    }
}

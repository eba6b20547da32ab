//! What is malformed is a failed check `parse`, with a reason, whatever it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regscope::evidence::signature::{CheckName, Outcome, Report, Verdict, file, verify};
use regscope::oci::Annotations;
use serde_json::{Value, json};

use super::fixtures::{FIXTURES, check_about, failed, fixture, now, outcome, subject, trust};

fn told(kind: &str, evidence: &[u8], annotations: &Annotations) -> Report {
    check_about(
        kind,
        evidence,
        annotations,
        &trust("p256"),
        Some(&subject()),
    )
}

#[track_caller]
fn is_refused(name: &str, report: &Report) {
    assert_eq!(failed(report), ["parse"], "{name}: {}", report.headline());
    assert_eq!(report.verdict, Verdict::Failed, "{name}");
    let parse = report.check(CheckName::Parse).unwrap();
    assert!(!parse.detail.is_empty(), "{name}");
}

/// A good bundle with one thing in it replaced, or taken away by `null`.
fn bundle_with(name: &str, path: &str, value: Value) -> Vec<u8> {
    let mut bundle = fixture(name).json();
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = bundle.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        parent => parent[key] = value,
    }
    serde_json::to_vec(&bundle).unwrap()
}

const MESSAGE: &str = "keyless bundle of a message";
const STATEMENT: &str = "bundle of a statement, p256";
const ENTRY: &str = "/verificationMaterial/tlogEntries/0";

#[test]
fn a_bundle_in_which_one_thing_is_malformed_is_a_failed_parse() {
    let certificate = "/verificationMaterial/certificate/rawBytes";
    let many = |one: Value, count: usize| Value::Array(vec![one; count]);
    let entry = fixture(MESSAGE).json().pointer(ENTRY).unwrap().clone();
    let sig = json!({"sig": "AAAA"});
    let in_entry = |path: &str| format!("{ENTRY}{path}");
    let cases: Vec<(&str, &str, String, Value)> = vec![
        ("no version", MESSAGE, "/mediaType".into(), Value::Null),
        ("a version of the future", MESSAGE, "/mediaType".into(), json!("application/vnd.dev.sigstore.bundle+json;version=9.9")),
        ("a version that is no text", MESSAGE, "/mediaType".into(), json!(3)),
        ("no material", MESSAGE, "/verificationMaterial".into(), Value::Null),
        ("a list for material", MESSAGE, "/verificationMaterial".into(), json!([])),
        ("an empty certificate", MESSAGE, certificate.into(), json!("")),
        ("a certificate cut short", MESSAGE, certificate.into(), json!("MIIB")),
        ("a certificate with something after it", MESSAGE, certificate.into(), {
            let mut der = STANDARD.decode(fixture(MESSAGE).json().pointer(certificate).unwrap().as_str().unwrap()).unwrap();
            der.push(0);
            STANDARD.encode(der).into()
        }),
        ("a certificate of endless length", MESSAGE, certificate.into(), STANDARD.encode([0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1, 2]).into()),
        ("DER of indefinite length", MESSAGE, certificate.into(), STANDARD.encode([0x30, 0x80, 0, 0]).into()),
        ("DER that is nested without end", MESSAGE, certificate.into(), STANDARD.encode(nested_der(200)).into()),
        ("two signers", MESSAGE, "/verificationMaterial/publicKey".into(), json!({"hint": "x"})),
        ("a chain in a bundle 0.3", STATEMENT, "/verificationMaterial".into(), json!({"x509CertificateChain": {"certificates": []}})),
        ("no signer", STATEMENT, "/verificationMaterial".into(), json!({})),
        ("a hint that is no text", STATEMENT, "/verificationMaterial/publicKey/hint".into(), json!(1)),
        ("two contents", MESSAGE, "/dsseEnvelope".into(), fixture(STATEMENT).json()["dsseEnvelope"].clone()),
        ("no content", MESSAGE, "/messageSignature".into(), Value::Null),
        ("an empty signature", MESSAGE, "/messageSignature/signature".into(), json!("")),
        ("a signature in two alphabets", MESSAGE, "/messageSignature/signature".into(), json!("a-b/")),
        ("a signature that is no base64", MESSAGE, "/messageSignature/signature".into(), json!("ab!d")),
        ("a hash that nobody knows", MESSAGE, "/messageSignature/messageDigest/algorithm".into(), json!("MD5")),
        ("a hash of number 99", MESSAGE, "/messageSignature/messageDigest/algorithm".into(), json!(99)),
        ("a digest of the wrong length", MESSAGE, "/messageSignature/messageDigest/digest".into(), json!("AAAA")),
        ("two signatures", STATEMENT, "/dsseEnvelope/signatures".into(), many(sig, 2)),
        ("no signature", STATEMENT, "/dsseEnvelope/signatures".into(), json!([])),
        ("a signature that is no object", STATEMENT, "/dsseEnvelope/signatures".into(), json!(["AAAA"])),
        ("an empty signature of an envelope", STATEMENT, "/dsseEnvelope/signatures/0/sig".into(), json!("")),
        ("no payload", STATEMENT, "/dsseEnvelope/payload".into(), Value::Null),
        ("a payload that is no statement", STATEMENT, "/dsseEnvelope/payload".into(), json!("e30=")),
        ("a payload that is no JSON", STATEMENT, "/dsseEnvelope/payload".into(), json!("AAAA")),
        ("a payload of another type", STATEMENT, "/dsseEnvelope/payloadType".into(), json!("text/plain")),
        ("a statement of an unknown type", STATEMENT, "/dsseEnvelope/payload".into(), STANDARD.encode(r#"{"_type":"https://in-toto.io/Statement/v9","subject":[{"digest":{"sha256":"00"}}],"predicateType":"x"}"#).into()),
        ("a statement about nothing", STATEMENT, "/dsseEnvelope/payload".into(), STANDARD.encode(r#"{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"x"}"#).into()),
        ("a subject without a digest", STATEMENT, "/dsseEnvelope/payload".into(), STANDARD.encode(r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"x"}],"predicateType":"x"}"#).into()),
        ("a statement with a key twice", STATEMENT, "/dsseEnvelope/payload".into(), STANDARD.encode(r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"00","sha256":"11"}}],"predicateType":"x"}"#).into()),
        ("a negative index", MESSAGE, in_entry("/logIndex"), json!("-1")),
        ("a negative index as a number", MESSAGE, in_entry("/logIndex"), json!(-1)),
        ("an index out of range", MESSAGE, in_entry("/logIndex"), json!("99999999999999999999")),
        ("an index with a fraction", MESSAGE, in_entry("/logIndex"), json!(1.5)),
        ("a time out of range", MESSAGE, in_entry("/integratedTime"), json!("9223372036854775807")),
        ("a negative size", MESSAGE, in_entry("/inclusionProof/treeSize"), json!("-3")),
        ("an entry without a body", MESSAGE, in_entry("/canonicalizedBody"), Value::Null),
        ("an entry whose body is no JSON", MESSAGE, in_entry("/canonicalizedBody"), json!("AAAA")),
        ("an entry of no log", MESSAGE, in_entry("/logId"), Value::Null),
        ("an entry that is no object", MESSAGE, ENTRY.into(), json!("x")),
        ("an entry that is said to be of another kind", MESSAGE, in_entry("/kindVersion/kind"), json!("dsse")),
        ("a hash of the wrong length", MESSAGE, in_entry("/inclusionProof/hashes"), json!(["AAAA"])),
        ("hashes that are no list", MESSAGE, in_entry("/inclusionProof/hashes"), json!({})),
        ("too many entries", MESSAGE, "/verificationMaterial/tlogEntries".into(), many(entry, 33)),
        ("an empty timestamp", MESSAGE, "/verificationMaterial/timestampVerificationData".into(), json!({"rfc3161Timestamps": [{"signedTimestamp": ""}]})),
        ("too many timestamps", MESSAGE, "/verificationMaterial/timestampVerificationData".into(), json!({"rfc3161Timestamps": many(json!({"signedTimestamp": "AAAA"}), 33)})),
        ("JSON that is nested without end", MESSAGE, "/x".into(), (0..70).fold(json!(0), |inner, _| json!([inner]))),
    ];
    for (name, good, path, value) in cases {
        let evidence = bundle_with(good, &path, value);
        is_refused(
            name,
            &told("sigstore-bundle", &evidence, &Annotations::new()),
        );
    }
}

/// Sequences within sequences, whose lengths are right.
fn nested_der(depth: usize) -> Vec<u8> {
    (0..depth).fold(Vec::new(), |inner, _| {
        let mut outer = vec![0x30, 0x82];
        outer.extend_from_slice(&u16::try_from(inner.len()).unwrap().to_be_bytes());
        outer.extend(inner);
        outer
    })
}

#[test]
fn a_timestamp_that_is_malformed_fails_by_name() {
    let name = "bundle with a timestamp";
    let path =
        "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
    let good = fixture(name).json();
    let token = STANDARD
        .decode(good.pointer(path).unwrap().as_str().unwrap())
        .unwrap();
    let refused = [0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02];
    for (what, der) in [
        ("no DER", vec![1, 2, 3]),
        ("cut short", token[..token.len() / 2].to_vec()),
        ("something after it", [token.as_slice(), &[0]].concat()),
        ("nested without end", nested_der(200)),
        ("not granted", refused.to_vec()),
        ("no token", vec![0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00]),
    ] {
        let evidence = bundle_with(name, path, STANDARD.encode(der).into());
        let report = fixture(name).with(&evidence, &fixture(name).trust());
        assert_eq!(
            failed(&report),
            ["timestamp"],
            "{what}: {}",
            report.headline()
        );
    }
}

#[test]
fn what_is_no_json_object_or_no_evidence_is_a_failed_parse() {
    for (name, evidence) in [
        ("nothing", ""),
        ("a list", "[]"),
        ("a text", "\"x\""),
        ("an empty object", "{}"),
        ("a key twice", r#"{"mediaType":"a","mediaType":"b"}"#),
        ("cut short", r#"{"mediaType":"#),
        ("a number without end", r#"{"mediaType":1e999}"#),
        ("no UTF-8", "{\"mediaType\":\"\u{fffd}"),
    ] {
        for kind in ["sigstore-bundle", "cosign-attestation", "notation-jws"] {
            is_refused(name, &told(kind, evidence.as_bytes(), &Annotations::new()));
        }
    }
}

#[test]
fn cosigns_layer_in_which_one_thing_is_malformed_is_a_failed_parse() {
    let good = fixture("keyless cosign signature");
    let payload = String::from_utf8(good.evidence.clone()).unwrap();
    let is_told = |name: &str, payload: &str, key: &str, value: Option<&str>| {
        let mut annotations = good.annotations.clone();
        match value {
            Some(value) => annotations.insert(key.into(), value.into()),
            None => annotations.remove(key),
        };
        is_refused(
            name,
            &told("cosign-signature", payload.as_bytes(), &annotations),
        );
    };
    let signature = "dev.cosignproject.cosign/signature";
    let certificate = "dev.sigstore.cosign/certificate";
    let bundle = "dev.sigstore.cosign/bundle";
    is_told("no signature", &payload, signature, None);
    is_told("URL-safe base64", &payload, signature, Some("-_-_"));
    is_told("no base64", &payload, signature, Some("a!"));
    is_told(
        "no certificate in the PEM",
        &payload,
        certificate,
        Some("x"),
    );
    let empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----";
    is_told("an empty certificate", &payload, certificate, Some(empty));
    let open = "-----BEGIN CERTIFICATE-----\nMIIB";
    is_told("PEM without an end", &payload, certificate, Some(open));
    is_told("a log bundle that is none", &payload, bundle, Some("{}"));
    is_told(
        "a log bundle of no log",
        &payload,
        bundle,
        Some(r#"{"Payload":{"body":"e30="}}"#),
    );
    let id =
        r#"{"SignedEntryTimestamp":"AA==","Payload":{"body":"e30=","logIndex":-1,"logID":"00"}}"#;
    is_told("a negative index", &payload, bundle, Some(id));
    for (name, from, to) in [
        (
            "another type",
            "cosign container image signature",
            "something",
        ),
        ("no type", "\"type\"", "\"kind\""),
        ("no digest", "docker-manifest-digest", "digest"),
        ("a digest that is none", "sha256:", "sha256-"),
        ("a digest of the wrong length", "sha256:", "sha256:0"),
        ("no image", "\"image\"", "\"picture\""),
        ("annotations that are none", r#"{"commit":"abc"}"#, "[]"),
    ] {
        let payload = payload.replace(from, to);
        is_told(name, &payload, "nothing", None);
    }
}

#[test]
fn a_notation_envelope_in_which_one_thing_is_malformed_is_a_failed_parse() {
    let name = "Notation JWS, p256";
    for (what, path, value) in [
        ("no payload", "/payload", Value::Null),
        ("an empty payload", "/payload", json!("")),
        ("padding", "/payload", json!("e30=")),
        ("a payload about nothing", "/payload", json!("e30")),
        ("no headers", "/protected", Value::Null),
        ("headers of the other alphabet", "/protected", json!("+/+/")),
        ("no signature", "/signature", json!("")),
        ("no certificates", "/header/x5c", json!([])),
        ("certificates that are no list", "/header/x5c", json!("x")),
        ("a certificate that is no text", "/header/x5c", json!([1])),
        ("an empty certificate", "/header/x5c", json!([""])),
        (
            "a certificate that is no base64",
            "/header/x5c",
            json!(["MI-_"]),
        ),
        (
            "too many certificates",
            "/header/x5c",
            Value::Array(vec![json!("MIIB"); 40]),
        ),
        ("a header that is none", "/header", json!([])),
        (
            "a timestamp that is no text",
            "/header/io.cncf.notary.timestampSignature",
            json!(1),
        ),
    ] {
        let evidence = bundle_with(name, path, value);
        is_refused(what, &told("notation-jws", &evidence, &Annotations::new()));
    }
}

#[test]
fn cbor_that_is_none_or_a_bomb_is_a_failed_parse() {
    let deep = [&[0xd2_u8][..], &[0x81; 4096]].concat();
    let endless = [&[0xd2_u8][..], &[0x9f; 4096]].concat();
    let tags = [0xd2_u8; 4096];
    let bombs: [(&str, &[u8]); 12] = [
        ("nothing", b""),
        ("a tag of nothing", b"\xd2"),
        (
            "more than there can be",
            b"\xd2\x84\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        ),
        (
            "a text of 2^63 bytes",
            b"\xd2\x84\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        ),
        (
            "a map of 2^64 pairs",
            b"\xd2\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        ),
        ("nested", &deep),
        ("nested without end", &endless),
        ("tags of tags", &tags),
        (
            "no certificate",
            b"\xd2\x84\x43\xa1\x01\x26\xa0\x41\x00\x40",
        ),
        ("no tag", b"\x84\x43\xa1\x01\x26\xa0\x41\x00\x40"),
        ("two parts", b"\xd2\x82\x40\xa0"),
        ("a reserved length", b"\xd2\x9c"),
    ];
    for (name, bomb) in bombs {
        is_refused(name, &told("notation-cose", bomb, &Annotations::new()));
    }
}

#[test]
fn openpgp_that_is_none_or_a_bomb_is_a_failed_parse() {
    let packed: Vec<u8> = {
        use std::io::Write as _;
        let mut packer =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![0xcb; 64 << 20]).unwrap();
        packer.finish().unwrap()
    };
    let bomb = [&[0xa3, 0x01][..], &packed].concat();
    for (name, bytes) in [
        ("nothing", &b""[..]),
        ("a text", b"hello"),
        ("a packet cut short", b"\xcb\x50b"),
        ("pieces without end", &[0xcb, 0xe0, 0xe0, 0xe0]),
        ("a bomb", &bomb),
        ("no JSON in it", b"\xcb\x07b\0\0\0\0\0x"),
    ] {
        is_refused(name, &told("simple-signing", bytes, &Annotations::new()));
    }
    let good = FIXTURES
        .openpgp
        .iter()
        .find(|one| one.kind == "helm-provenance")
        .unwrap();
    let good = std::str::from_utf8(&good.evidence).unwrap();
    for (name, from, to) in [
        ("nobody signed it", "-----BEGIN PGP SIGNED MESSAGE-----", ""),
        ("its signature is gone", "-----BEGIN PGP SIGNATURE-----", ""),
        (
            "its signature is cut short",
            "-----END PGP SIGNATURE-----",
            "",
        ),
        ("its signature is no base64", "\n\niH", "\n\n!!"),
        ("a digest of the wrong length", "sha256:", "sha256:0"),
    ] {
        let provenance = good.replacen(from, to, 1);
        assert_ne!(provenance, good, "{name}");
        is_refused(
            name,
            &told(
                "helm-provenance",
                provenance.as_bytes(),
                &Annotations::new(),
            ),
        );
    }
}

#[test]
fn whatever_is_cut_short_is_told_and_nothing_panics() {
    for fixture in &FIXTURES.all {
        let trust = fixture.trust();
        let length = fixture.evidence.len();
        for end in (0..length).step_by(1 + length / 50) {
            let report = fixture.with(&fixture.evidence[..end], &trust);
            let parse = outcome(&report, CheckName::Parse);
            assert_eq!(
                parse,
                Some(Outcome::Failed),
                "{} cut at {end}",
                fixture.name
            );
        }
    }
}

#[test]
fn a_file_is_what_stands_in_it() {
    let none = Annotations::new();
    let kinds = |bytes: &[u8]| -> Vec<&'static str> {
        let pieces = file::pieces(bytes, &none);
        pieces.iter().map(|piece| piece.kind().name()).collect()
    };
    for fixture in FIXTURES.all.iter().chain(&FIXTURES.openpgp) {
        let expected = match fixture.kind.as_str() {
            "notation-jws" | "notation-cose" => "notation",
            // Cosign's layers come with annotations, and are no files.
            "cosign-signature" | "cosign-attestation" => continue,
            kind => kind,
        };
        assert_eq!(kinds(&fixture.evidence), [expected], "{}", fixture.name);
    }
    let bundle = &fixture(MESSAGE).evidence;
    let two = [bundle.as_slice(), b"\n", bundle].concat();
    assert_eq!(kinds(&two), ["sigstore-bundle", "sigstore-bundle"]);
    assert_eq!(kinds(b""), ["sigstore-bundle"]);
    for piece in file::pieces(&[0x9f; 100], &none) {
        let report = verify(piece, None, &trust("p256"), now());
        is_refused("CBOR", &report);
    }
}

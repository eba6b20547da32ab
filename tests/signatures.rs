//! Signatures of every kind, made for these tests by `signatures/make_fixtures.py`: each is verified, and each byte that
//! matters is changed, one by one. The collections of others are in `corpus.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    reason = "a test stops where its ground is not as it thinks"
)]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use regscope::evidence::signature::{
    CheckName, EnvelopeForm, Evidence, NotationTrust, Outcome, Pattern, Report, StoreFile, Subject,
    Trust, Verdict, verify,
};
use regscope::oci::Annotations;
use serde_json::Value;

struct Fixture {
    name: String,
    kind: String,
    evidence: Vec<u8>,
    annotations: Annotations,
    trust: String,
}

struct Fixtures {
    manifest: Vec<u8>,
    document: Value,
    all: Vec<Fixture>,
}

static FIXTURES: LazyLock<Fixtures> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(include_str!("signatures/fixtures.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = document["fixtures"].as_array().unwrap();
    let all = all
        .iter()
        .map(|fixture| Fixture {
            name: text(&fixture["name"]),
            kind: text(&fixture["kind"]),
            evidence: STANDARD.decode(text(&fixture["evidence"])).unwrap(),
            annotations: fixture["annotations"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(key, value)| (key.as_str().into(), text(value).into()))
                .collect(),
            trust: text(&fixture["trust"]),
        })
        .collect();
    Fixtures {
        manifest: STANDARD.decode(text(&document["manifest"])).unwrap(),
        all,
        document,
    }
});

fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

fn text(name: &str) -> &'static str {
    FIXTURES.document[name].as_str().unwrap()
}

fn notation() -> NotationTrust {
    let policy = r#"{"version":"1.0","trustPolicies":[{"name":"ours","registryScopes":["*"],
        "signatureVerification":{"level":"strict"},"trustStores":["ca:ours"],
        "trustedIdentities":["x509.subject: C=NL, ST=NH, O=regscope\\, tests"]}]}"#;
    let store = StoreFile {
        kind: "ca".to_owned(),
        store: "ours".to_owned(),
        name: "root.pem".to_owned(),
        content: text("notation_root").as_bytes().to_vec(),
    };
    NotationTrust::read(policy.as_bytes(), &[store], "r.example/team/app").unwrap()
}

/// What the maker of a fixture trusts.
fn trust(name: &str) -> Trust {
    let mut trust = Trust::default();
    let root = text("trusted_root").as_bytes();
    match name {
        "keyless" => {
            trust.add_trusted_root("root.json", root).unwrap();
            trust.identity = Some(Pattern::exact(text("identity")).unwrap());
            trust.issuer = Some(Pattern::exact(text("issuer")).unwrap());
        }
        "notation" => trust.notation = Some(notation()),
        "timestamp" => {
            trust.add_trusted_root("root.json", root).unwrap();
            add_key(&mut trust, "p256");
            trust.required.timestamp = true;
        }
        key => add_key(&mut trust, key),
    }
    trust
}

fn add_key(trust: &mut Trust, name: &str) {
    let key = FIXTURES.document["keys"][name].as_str().unwrap();
    trust.add_key(name, key.as_bytes()).unwrap();
}

fn subject() -> Subject {
    Subject::of_bytes(&FIXTURES.manifest).with_descriptor(
        "application/vnd.oci.image.manifest.v1+json",
        FIXTURES.manifest.len() as u64,
    )
}

fn check(kind: &str, evidence: &[u8], annotations: &Annotations, trust: &Trust) -> Report {
    check_about(kind, evidence, annotations, trust, Some(&subject()))
}

fn check_about(
    kind: &str,
    evidence: &[u8],
    annotations: &Annotations,
    trust: &Trust,
    subject: Option<&Subject>,
) -> Report {
    let evidence = match kind {
        "cosign-signature" => Evidence::CosignSignature(evidence, annotations),
        "cosign-attestation" => Evidence::CosignAttestation(evidence, annotations),
        "sigstore-bundle" => Evidence::Bundle(evidence, annotations),
        "notation-jws" => Evidence::Notation(evidence, EnvelopeForm::Jws),
        "notation-cose" => Evidence::Notation(evidence, EnvelopeForm::Cose),
        other => panic!("a fixture of the kind {other}"),
    };
    verify(evidence, subject, trust, now())
}

fn fixture(name: &str) -> &'static Fixture {
    FIXTURES
        .all
        .iter()
        .find(|fixture| fixture.name == name)
        .unwrap()
}

fn outcome(report: &Report, name: CheckName) -> Option<Outcome> {
    report.check(name).map(|check| check.outcome)
}

#[test]
fn every_kind_of_signature_is_verified_against_what_its_maker_trusts() {
    for fixture in &FIXTURES.all {
        let trust = trust(&fixture.trust);
        let report = check(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &trust,
        );
        assert_eq!(
            report.verdict,
            Verdict::Verified,
            "{}: {}",
            fixture.name,
            report.headline()
        );
        assert!(report.signer.is_some(), "{}", fixture.name);
        assert!(report.key.is_some(), "{}", fixture.name);
    }
}

#[test]
fn nothing_is_verified_against_trust_that_nobody_gave() {
    for fixture in &FIXTURES.all {
        let nobody = Trust::default();
        let report = check(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &nobody,
        );
        assert_eq!(
            report.verdict,
            Verdict::Unverified,
            "{}: {}",
            fixture.name,
            report.headline()
        );
        assert!(!report.why.is_empty(), "{}", fixture.name);
    }
}

#[test]
fn a_signature_by_another_key_or_authority_is_unverified_and_not_failed() {
    for fixture in &FIXTURES.all {
        let mut other = Trust::default();
        add_key(
            &mut other,
            if fixture.trust == "p384" {
                "p256"
            } else {
                "p384"
            },
        );
        if fixture.trust == "p384" || fixture.name.contains("p384") {
            continue;
        }
        other.add_built_in().unwrap();
        other.identity = Some(Pattern::exact(text("identity")).unwrap());
        other.issuer = Some(Pattern::exact(text("issuer")).unwrap());
        let report = check(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &other,
        );
        assert_eq!(
            report.verdict,
            Verdict::Unverified,
            "{}: {}",
            fixture.name,
            report.headline()
        );
    }
}

#[test]
fn a_good_signature_of_something_else_fails_at_the_subject() {
    let other = Subject::of_bytes(b"something else");
    for fixture in &FIXTURES.all {
        let trust = trust(&fixture.trust);
        let report = check_about(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &trust,
            Some(&other),
        );
        assert_eq!(report.verdict, Verdict::Failed, "{}", fixture.name);
        assert_eq!(
            outcome(&report, CheckName::SubjectDigest),
            Some(Outcome::Failed),
            "{}: {}",
            fixture.name,
            report.headline()
        );
    }
}

#[test]
fn a_file_without_an_artifact_is_unverified() {
    for fixture in &FIXTURES.all {
        let trust = trust(&fixture.trust);
        let report = check_about(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &trust,
            None,
        );
        assert_eq!(report.verdict, Verdict::Unverified, "{}", fixture.name);
    }
}

#[test]
fn without_an_identity_only_an_identity_is_missing() {
    let fixture = fixture("keyless bundle of a message");
    let mut trust = trust("keyless");
    trust.identity = None;
    trust.issuer = None;
    let report = check(
        &fixture.kind,
        &fixture.evidence,
        &fixture.annotations,
        &trust,
    );
    assert_eq!(report.verdict, Verdict::Unverified);
    let why = report.why.as_str();
    assert!(why.starts_with("only an identity is missing"), "{why}");
    assert!(why.contains(text("identity")), "{why}");
}

#[test]
fn another_identity_or_issuer_fails_by_name() {
    let fixture = fixture("keyless bundle of a message");
    for (identity, issuer) in [
        ("https://other.example", text("issuer")),
        (text("identity"), "https://other.example"),
    ] {
        let mut trust = trust("keyless");
        trust.identity = Some(Pattern::exact(identity).unwrap());
        trust.issuer = Some(Pattern::exact(issuer).unwrap());
        let report = check(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &trust,
        );
        assert_eq!(outcome(&report, CheckName::Identity), Some(Outcome::Failed));
        assert_eq!(report.verdict, Verdict::Failed);
    }
}

#[test]
fn what_is_asked_for_besides_has_to_be_there() {
    let fixture = fixture("bundle of a message, p256");
    for what in ["log", "sct", "timestamp"] {
        let mut trust = trust("p256");
        trust.required.log = what == "log";
        trust.required.sct = what == "sct";
        trust.required.timestamp = what == "timestamp";
        let report = check(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &trust,
        );
        assert_eq!(report.verdict, Verdict::Unverified, "{what}");
    }
}

#[test]
fn annotations_that_are_asked_for_are_signed() {
    for (name, key, value, holds) in [
        ("cosign signature, p256", "commit", "abc", true),
        ("cosign signature, p256", "commit", "abd", false),
        ("Notation JWS, p256", "build", "7", true),
        ("Notation COSE, p256", "build", "8", false),
    ] {
        let fixture = fixture(name);
        let mut trust = trust(&fixture.trust);
        trust.annotations = vec![(key.to_owned(), value.to_owned())];
        let report = check(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &trust,
        );
        assert_eq!(report.verdict == Verdict::Verified, holds, "{name}");
    }
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
            if let Ok(bytes) = STANDARD.decode(text) {
                found.push((path.to_owned(), bytes));
            }
        }
        _ => {}
    }
}

/// Which check has to fail where a part of a bundle is changed; `None` where another may be the first to see it.
fn guardian(path: &str) -> Option<&'static [CheckName]> {
    use CheckName::{CertificateChain, LogInclusion, LogPromise, Parse, Signature, SubjectDigest};
    Some(if path.ends_with("signedEntryTimestamp") {
        &[LogPromise, Parse]
    } else if path.ends_with("canonicalizedBody") || path.contains("inclusionProof") {
        &[LogInclusion, Parse]
    } else if path.ends_with("keyId") {
        &[LogInclusion, LogPromise, Parse]
    } else if path.ends_with("messageDigest/digest") {
        &[SubjectDigest, Parse]
    } else if path.ends_with("/signature") || path.ends_with("/sig") || path.ends_with("payload") {
        &[Signature, SubjectDigest, LogInclusion, Parse]
    } else if path.contains("ertificate") && path.ends_with("rawBytes") {
        &[CertificateChain, Signature, LogInclusion, Parse]
    } else {
        return None;
    })
}

#[test]
fn each_byte_of_a_keyless_bundle_that_is_changed_fails_by_name() {
    // Of one each byte, of the others every seventh: what they have in common is the same.
    for (name, step) in [
        ("keyless bundle of a message", 1),
        ("keyless bundle, log entry intoto 0.0.2", 7),
        ("keyless bundle 0.1 without a proof", 7),
    ] {
        let fixture = fixture(name);
        let trust = trust(&fixture.trust);
        let bundle: Value = serde_json::from_slice(&fixture.evidence).unwrap();
        let mut parts = Vec::new();
        encoded(&bundle, "", &mut parts);
        assert!(parts.len() >= 4, "{name}");
        for (path, bytes) in parts {
            // The authority's own certificate comes with the bundle and is not what is trusted.
            if path.ends_with("certificates/1/rawBytes") {
                continue;
            }
            for place in (0..bytes.len()).step_by(step) {
                let mut changed = bytes.clone();
                changed[place] ^= 1;
                let mut bundle = bundle.clone();
                *bundle.pointer_mut(&path).unwrap() = STANDARD.encode(changed).into();
                let evidence = serde_json::to_vec(&bundle).unwrap();
                let report = check(&fixture.kind, &evidence, &fixture.annotations, &trust);
                let at = format!("{name}: {path}, byte {place}: {}", report.headline());
                assert_ne!(report.verdict, Verdict::Verified, "{at}");
                if let Some(guardians) = guardian(&path) {
                    assert!(
                        guardians.iter().any(|guardian| {
                            outcome(&report, *guardian) != Some(Outcome::Passed)
                        }),
                        "{at}"
                    );
                }
            }
        }
    }
}

#[test]
fn each_changed_byte_of_what_a_key_signed_is_not_verified() {
    for fixture in &FIXTURES.all {
        if !fixture.name.starts_with("cosign signature") {
            continue;
        }
        let trust = trust(&fixture.trust);
        for place in 0..fixture.evidence.len() {
            let mut evidence = fixture.evidence.clone();
            evidence[place] ^= 1;
            let report = check(&fixture.kind, &evidence, &fixture.annotations, &trust);
            assert_ne!(
                report.verdict,
                Verdict::Verified,
                "{}, byte {place}",
                fixture.name
            );
        }
    }
}

#[test]
fn each_changed_byte_of_a_notation_envelope_in_cose_is_not_verified() {
    for fixture in &FIXTURES.all {
        if fixture.kind != "notation-cose" {
            continue;
        }
        let trust = trust(&fixture.trust);
        let agent = b"io.cncf.notary.signingAgent";
        let unsigned = fixture
            .evidence
            .windows(agent.len())
            .position(|window| window == agent)
            .unwrap();
        // The header that nobody signs names the tool: its name, and its length before it.
        let unsigned = unsigned - 2..unsigned + agent.len() + "fixtures/1".len() + 1;
        for place in 0..fixture.evidence.len() {
            if unsigned.contains(&place) {
                continue;
            }
            let mut evidence = fixture.evidence.clone();
            evidence[place] ^= 1;
            let report = check(&fixture.kind, &evidence, &fixture.annotations, &trust);
            assert_ne!(
                report.verdict,
                Verdict::Verified,
                "{}, byte {place}: {}",
                fixture.name,
                report.headline()
            );
        }
    }
}

#[test]
fn each_changed_character_of_a_signed_part_of_jws_fails() {
    for fixture in &FIXTURES.all {
        if fixture.kind != "notation-jws" {
            continue;
        }
        let trust = trust(&fixture.trust);
        let envelope: Value = serde_json::from_slice(&fixture.evidence).unwrap();
        for part in ["payload", "protected", "signature"] {
            let signed = envelope[part].as_str().unwrap();
            for place in 0..signed.len() {
                let mut bytes = signed.as_bytes().to_vec();
                bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
                let mut changed = envelope.clone();
                changed[part] = String::from_utf8(bytes).unwrap().into();
                let evidence = serde_json::to_vec(&changed).unwrap();
                let report = check(&fixture.kind, &evidence, &fixture.annotations, &trust);
                assert_eq!(
                    report.verdict,
                    Verdict::Failed,
                    "{}, {part} {place}",
                    fixture.name
                );
            }
        }
    }
}

#[test]
fn a_timestamp_of_another_signature_fails_by_name() {
    let fixture = fixture("bundle with a timestamp");
    let trust = trust(&fixture.trust);
    let bundle: Value = serde_json::from_slice(&fixture.evidence).unwrap();
    let path =
        "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
    let token = STANDARD
        .decode(bundle.pointer(path).unwrap().as_str().unwrap())
        .unwrap();
    for place in 0..token.len() {
        let mut changed = token.clone();
        changed[place] ^= 1;
        let mut bundle = bundle.clone();
        *bundle.pointer_mut(path).unwrap() = STANDARD.encode(changed).into();
        let evidence = serde_json::to_vec(&bundle).unwrap();
        // Some bytes are nobody's: an accuracy, a certificate that is known anyway. None may break anything.
        let report = check(&fixture.kind, &evidence, &fixture.annotations, &trust);
        let stamped = outcome(&report, CheckName::Timestamp);
        assert_eq!(
            report.verdict == Verdict::Verified,
            stamped == Some(Outcome::Passed),
            "byte {place}"
        );
    }
    // The signature that was stamped is another.
    let other = FIXTURES
        .all
        .iter()
        .find(|fixture| fixture.name == "bundle of a message, p256")
        .unwrap();
    let other: Value = serde_json::from_slice(&other.evidence).unwrap();
    let mut mixed = bundle.clone();
    mixed["messageSignature"] = other["messageSignature"].clone();
    let evidence = serde_json::to_vec(&mixed).unwrap();
    let report = check(&fixture.kind, &evidence, &fixture.annotations, &trust);
    assert_eq!(
        outcome(&report, CheckName::Timestamp),
        Some(Outcome::Failed)
    );
}

#[test]
fn an_entry_of_another_signature_lends_no_time() {
    let one = fixture("keyless bundle of a message");
    let other = fixture("keyless bundle, log entry intoto 0.0.2");
    let mut swapped: Value = serde_json::from_slice(&one.evidence).unwrap();
    let donor: Value = serde_json::from_slice(&other.evidence).unwrap();
    swapped["verificationMaterial"]["tlogEntries"] =
        donor["verificationMaterial"]["tlogEntries"].clone();
    let evidence = serde_json::to_vec(&swapped).unwrap();
    let report = check(&one.kind, &evidence, &one.annotations, &trust("keyless"));
    assert_eq!(
        outcome(&report, CheckName::LogInclusion),
        Some(Outcome::Failed)
    );
    assert_eq!(report.verdict, Verdict::Failed);
}

/// Bundles that are wrong in one way each.
#[expect(clippy::too_many_lines, reason = "a table")]
fn malformed_bundles() -> Vec<(&'static str, String)> {
    let statement = STANDARD.encode("{}");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
    vec![
        ("nothing", String::new()),
        ("no object", "[]".to_owned()),
        (
            "too deep",
            format!(r#"{{"mediaType":"{bundle}","x":{deep}}}"#),
        ),
        (
            "a key twice",
            r#"{"mediaType":"a","mediaType":"b"}"#.to_owned(),
        ),
        ("no version", "{}".to_owned()),
        (
            "a version of the future",
            r#"{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=9.9"}"#.to_owned(),
        ),
        (
            "an empty certificate",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"certificate":{{"rawBytes":""}}}},"messageSignature":{{"signature":"AAAA"}}}}"#
            ),
        ),
        (
            "a certificate cut short",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"certificate":{{"rawBytes":"MIIB"}}}},"messageSignature":{{"signature":"AAAA"}}}}"#
            ),
        ),
        (
            "no signer",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{}},"messageSignature":{{"signature":"AAAA"}}}}"#
            ),
        ),
        (
            "two signers",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"publicKey":{{}},"certificate":{{"rawBytes":"AA=="}}}},"messageSignature":{{"signature":"AAAA"}}}}"#
            ),
        ),
        (
            "an empty signature",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"publicKey":{{}}}},"messageSignature":{{"signature":""}}}}"#
            ),
        ),
        (
            "base64 in two alphabets",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"publicKey":{{}}}},"messageSignature":{{"signature":"a-b/"}}}}"#
            ),
        ),
        (
            "two signatures",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"publicKey":{{}}}},"dsseEnvelope":{{"payloadType":"application/vnd.in-toto+json","payload":"{statement}","signatures":[{{"sig":"AAAA"}},{{"sig":"AAAA"}}]}}}}"#
            ),
        ),
        (
            "no statement",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"publicKey":{{}}}},"dsseEnvelope":{{"payloadType":"application/vnd.in-toto+json","payload":"{statement}","signatures":[{{"sig":"AAAA"}}]}}}}"#
            ),
        ),
        (
            "a negative index",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"publicKey":{{}},"tlogEntries":[{{"logIndex":"-1","logId":{{"keyId":"AAAA"}},"canonicalizedBody":"{statement}"}}]}},"messageSignature":{{"signature":"AAAA"}}}}"#
            ),
        ),
        (
            "a number out of range",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"publicKey":{{}},"tlogEntries":[{{"logIndex":"99999999999999999999","logId":{{"keyId":"AAAA"}},"canonicalizedBody":"{statement}"}}]}},"messageSignature":{{"signature":"AAAA"}}}}"#
            ),
        ),
        (
            "an unknown hash",
            format!(
                r#"{{"mediaType":"{bundle}","verificationMaterial":{{"publicKey":{{}}}},"messageSignature":{{"messageDigest":{{"algorithm":"MD5","digest":"AAAA"}},"signature":"AAAA"}}}}"#
            ),
        ),
    ]
}

#[test]
fn malformed_evidence_is_a_failed_parse() {
    for (name, evidence) in malformed_bundles() {
        let report = check(
            "sigstore-bundle",
            evidence.as_bytes(),
            &Annotations::new(),
            &trust("p256"),
        );
        assert_eq!(
            outcome(&report, CheckName::Parse),
            Some(Outcome::Failed),
            "{name}"
        );
        assert_eq!(report.verdict, Verdict::Failed, "{name}");
    }
    let bombs: [&[u8]; 6] = [
        b"",
        b"\xd2",
        b"\xd2\x84\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        &[0x81; 4096],
        &[0x9f; 4096],
        b"\xd2\x84\x43\xa1\x01\x26\xa0\x41\x00\x40",
    ];
    for bomb in bombs {
        let report = check(
            "notation-cose",
            bomb,
            &Annotations::new(),
            &trust("notation"),
        );
        assert_eq!(outcome(&report, CheckName::Parse), Some(Outcome::Failed));
    }
}

#[test]
fn whatever_is_cut_short_is_told_and_nothing_panics() {
    for fixture in &FIXTURES.all {
        let trust = trust(&fixture.trust);
        let length = fixture.evidence.len();
        for end in (0..length).step_by(1 + length / 200) {
            let report = check(
                &fixture.kind,
                &fixture.evidence[..end],
                &fixture.annotations,
                &trust,
            );
            assert_eq!(
                outcome(&report, CheckName::Parse),
                Some(Outcome::Failed),
                "{} cut at {end}",
                fixture.name
            );
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, ..Default::default() })]

    /// Whatever bytes come, a report comes, and none of them is verified.
    #[test]
    fn no_bytes_panic_and_none_are_verified(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        signature in "\\PC{0,60}",
    ) {
        let trust = trust("p256");
        let annotations: Annotations = [(
            "dev.cosignproject.cosign/signature".into(),
            signature.as_str().into(),
        )]
        .into_iter()
        .collect();
        for kind in [
            "cosign-signature",
            "cosign-attestation",
            "sigstore-bundle",
            "notation-jws",
            "notation-cose",
        ] {
            let report = check(kind, &bytes, &annotations, &trust);
            proptest::prop_assert_ne!(report.verdict, Verdict::Verified);
        }
        for opaque in [Evidence::SimpleSigning(&bytes), Evidence::HelmProvenance(&bytes)] {
            let report = verify(opaque, Some(&subject()), &trust, now());
            proptest::prop_assert_ne!(report.verdict, Verdict::Verified);
        }
    }

    /// A good signature of which a piece was replaced by whatever: no panic, and verified only where nothing that
    /// matters was hit, so that what it says is what it said.
    #[test]
    fn a_damaged_signature_says_nothing_else_where_it_is_verified(
        which in proptest::num::usize::ANY,
        place in proptest::num::usize::ANY,
        piece in proptest::collection::vec(proptest::num::u8::ANY, 1..12),
    ) {
        let fixture = &FIXTURES.all[which % FIXTURES.all.len()];
        let trust = trust(&fixture.trust);
        let whole = check(&fixture.kind, &fixture.evidence, &fixture.annotations, &trust);
        let mut evidence = fixture.evidence.clone();
        let start = place % evidence.len();
        for (place, byte) in (start..evidence.len()).zip(piece) {
            evidence[place] = byte;
        }
        let report = check(&fixture.kind, &evidence, &fixture.annotations, &trust);
        if report.verdict == Verdict::Verified {
            proptest::prop_assert_eq!(report.subjects, whole.subjects);
            proptest::prop_assert_eq!(report.predicate_type, whole.predicate_type);
            proptest::prop_assert_eq!(report.key, whole.key);
        }
    }
}

#[test]
fn fulcios_extensions_are_read_by_name() {
    let report = {
        let fixture = fixture("keyless bundle of a message");
        check(
            &fixture.kind,
            &fixture.evidence,
            &fixture.annotations,
            &trust("keyless"),
        )
    };
    let extension = |name: &str| {
        let extensions = &report.certificates.first().unwrap().extensions;
        let found = extensions.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str().to_owned())
    };
    assert_eq!(extension("issuer").as_deref(), Some(text("issuer")));
    assert_eq!(extension("issuer-v2").as_deref(), Some(text("issuer")));
    let long = extension("source-repository-uri").unwrap();
    assert!(
        long.len() > 128 && long[..19] == *"https://ci.example/",
        "{long}"
    );
    assert_eq!(report.log.as_ref().unwrap().index, Some(101));
}

/// A signed message as `OpenPGP` packs it, without the signature: its literal packet.
fn pgp_message(payload: &str) -> Vec<u8> {
    let mut body = vec![b'b', 0, 0, 0, 0, 0];
    body.extend_from_slice(payload.as_bytes());
    let mut packet = vec![0xcb, 0xff];
    packet.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
    packet.extend(body);
    packet
}

#[test]
fn simple_signing_is_shown_and_its_signature_said_to_be_unchecked() {
    let digest = regscope::oci::Digest::of(&FIXTURES.manifest);
    let payload = |kind: &str, more: &str| {
        format!(
            r#"{{"critical":{{"type":"{kind}","image":{{"docker-manifest-digest":"{digest}"}},"identity":{{"docker-reference":"r/a:1"}}{more}}},"optional":{{"creator":"somebody"}}}}"#
        )
    };
    let check = |payload: &str| {
        let message = pgp_message(payload);
        verify(
            Evidence::SimpleSigning(&message),
            Some(&subject()),
            &trust("p256"),
            now(),
        )
    };
    let report = check(&payload("atomic container signature", ""));
    assert_eq!(report.verdict, Verdict::Unverified);
    assert_eq!(
        outcome(&report, CheckName::SubjectDigest),
        Some(Outcome::Passed)
    );
    assert_eq!(
        outcome(&report, CheckName::Signature),
        Some(Outcome::NotChecked)
    );
    assert_eq!(report.annotations[0].1.as_str(), "somebody");
    let unknown = check(&payload("something else", ""));
    assert_eq!(outcome(&unknown, CheckName::Parse), Some(Outcome::Failed));
    let critical = check(&payload("atomic container signature", r#","new":1"#));
    assert_eq!(outcome(&critical, CheckName::Parse), Some(Outcome::Failed));
}

/// The collection of others, where a run has it.
fn corpus() -> std::path::PathBuf {
    std::env::var_os("REGSCOPE_CORPUS")
        .expect("REGSCOPE_CORPUS names the collection")
        .into()
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_bundle_of_the_collection_is_what_its_name_says() {
    let corpus = corpus();
    let mut seen = 0;
    for folder in std::fs::read_dir(corpus.join("bundles")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        seen += 1;
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let or = |file: &str, other: &str| {
            let own = folder.join(file);
            let path = if own.exists() {
                own
            } else {
                corpus.join(other)
            };
            std::fs::read(path).unwrap()
        };
        let mut trust = Trust::default();
        let root = or("trusted_root.json", "trust/trusted-root-public-good.json");
        trust.add_trusted_root("root.json", &root).unwrap();
        if folder.join("key.pub").exists() {
            let key = or("key.pub", "");
            trust.add_key("key.pub", &key).unwrap();
        } else {
            let repository =
                "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon";
            let identity = format!(
                "{repository}/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
            );
            trust.identity = Some(Pattern::exact(&identity).unwrap());
            let issuer = "https://token.actions.githubusercontent.com";
            trust.issuer = Some(Pattern::exact(issuer).unwrap());
        }
        let artifact = or("artifact", "bundles/a.txt");
        let report = check_about(
            "sigstore-bundle",
            &or("bundle.sigstore.json", ""),
            &Annotations::new(),
            &trust,
            Some(&Subject::of_bytes(&artifact)),
        );
        assert_eq!(
            report.verdict == Verdict::Verified,
            !name.ends_with("_fail"),
            "{name}: {}",
            report.headline()
        );
    }
    assert!(seen >= 14, "{seen}");
}

/// What `verify --format json` prints of a target of the collection, and its exit code.
fn printed(target: &str, more: &[&str]) -> (Option<i32>, Value) {
    let output = assert_cmd::Command::cargo_bin("regscope")
        .unwrap()
        .args(["verify", target, "--format", "json", "--no-cache"])
        .args(more)
        .output()
        .unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), document)
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn the_signatures_that_real_tools_made_are_verified_by_their_key() {
    let corpus = corpus();
    let at = |path: &str| corpus.join(path).display().to_string();
    let key = at("real/dev.pub");
    for (tag, is_verified) in [("1.4.0", true), ("1.4.1", true), ("2.0.0", false)] {
        let target = format!("oci:{}:{tag}", at("real/storage/zot/team/app"));
        let (code, document) = printed(&target, &["--key", &key]);
        assert_eq!(code, Some(i32::from(!is_verified)), "{tag}");
        let images = document["images"].as_array().unwrap();
        assert_eq!(images.len(), 3, "{tag}: an index and two platforms");
        for image in images {
            let verdict = if is_verified {
                "verified"
            } else {
                "unverified"
            };
            assert_eq!(image["verdict"], verdict, "{tag}: {image}");
        }
    }
    // A platform's attestation says nothing of the other platform, nor of the index.
    let target = format!("oci:{}:1.4.1", at("real/storage/zot/team/app"));
    let (code, document) = printed(&target, &["--key", &key, "--type", "spdxjson"]);
    assert_eq!(code, Some(1));
    for image in document["images"].as_array().unwrap() {
        let is_amd = image["platform"] == "linux/amd64";
        assert_eq!(image["verdict"] == "verified", is_amd, "{image}");
    }
}

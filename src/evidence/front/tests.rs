//! Unwrapping, and what is no document.

use super::*;
use crate::evidence::read;

fn reading(bytes: &[u8]) -> Reading {
    read(bytes, &Label::default(), &Limits::default())
}

fn problems(reading: &Reading) -> Vec<String> {
    reading.problems.iter().map(ToString::to_string).collect()
}

fn encoded(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

const CHART: &str = r#"{"apiVersion":"v2","name":"web","version":"1.2.3","appVersion":"9"}"#;

fn statement(predicate_type: &str, predicate: &str) -> String {
    let subject = format!(
        r#"[{{"name":"x","digest":{{"sha256":"{}"}}}}]"#,
        "ab".repeat(32)
    );
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":{subject},"predicateType":"{predicate_type}","predicate":{predicate}}}"#
    )
}

fn envelope(payload: &str) -> String {
    format!(
        r#"{{"payloadType":"application/vnd.in-toto+json","payload":"{}","signatures":[]}}"#,
        encoded(payload)
    )
}

#[test]
fn what_a_document_is_wrapped_in_is_taken_off_and_told() {
    use Wrapper::{Base64, Dsse, Gzip, InToto, JsonText, SigstoreBundle};
    let statement = statement("https://example.org/x/v1", r#"{"a":1}"#);
    let dsse = envelope(&statement);
    let bundle = format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","dsseEnvelope":{dsse}}}"#
    );
    let json_text = serde_json::to_string(&statement).unwrap();
    for (document, wrapped_in) in [
        (statement.clone().into_bytes(), vec![InToto]),
        (dsse.clone().into_bytes(), vec![Dsse, InToto]),
        (
            bundle.clone().into_bytes(),
            vec![SigstoreBundle, Dsse, InToto],
        ),
        (encoded(&dsse).into_bytes(), vec![Base64, Dsse, InToto]),
        (
            encoded(&dsse)
                .replace('+', "-")
                .replace('/', "_")
                .into_bytes(),
            vec![Base64, Dsse, InToto],
        ),
        (json_text.into_bytes(), vec![JsonText, InToto]),
        (
            gzip(bundle.as_bytes()),
            vec![Gzip, SigstoreBundle, Dsse, InToto],
        ),
    ] {
        let read = reading(&document);
        assert_eq!(read.wrapped_in, wrapped_in);
        assert_eq!(problems(&read), [""; 0]);
        let Body::Other(other) = &read.body else {
            panic!("{:?}", read.body)
        };
        assert_eq!(other.name, "https://example.org/x/v1");
        assert_eq!(other.raw.as_deref(), Some(r#"{"a":1}"#));
        let subject = format!("sha256:{}", "ab".repeat(32)).parse().unwrap();
        assert!(read.statement.as_ref().unwrap().matches(&subject));
        let inner = innermost(&document, &Limits::default()).unwrap();
        assert_eq!(inner, statement);
    }
}

#[test]
fn a_predicate_may_be_a_text_or_a_file_that_cosign_wrapped() {
    let text = serde_json::to_string(CHART).unwrap();
    for (predicate, wrapper) in [
        (text.clone(), Wrapper::JsonText),
        (
            format!(r#"{{"Data":{text},"Timestamp":"2024-01-01T00:00:00Z"}}"#),
            Wrapper::CosignPredicate,
        ),
        (
            format!(r#"{{"Data":{CHART},"Timestamp":""}}"#),
            Wrapper::CosignPredicate,
        ),
        (
            format!(r#"{{"Timestamp":"","Data":"{}"}}"#, encoded(CHART)),
            Wrapper::CosignPredicate,
        ),
    ] {
        let read =
            reading(statement("https://cosign.sigstore.dev/attestation/v1", &predicate).as_bytes());
        assert_eq!(
            read.wrapped_in.get(..2),
            Some(&[Wrapper::InToto, wrapper][..])
        );
        assert_eq!(
            read.chart().unwrap().name.as_ref().unwrap().as_str(),
            "web",
            "{predicate}"
        );
    }
}

#[test]
fn a_trailing_comma_in_an_envelope_is_told_with_its_line() {
    let document = envelope(&statement(
        "t",
        r#"{"a":[1,
        2,
    ]}"#,
    ))
    .replace("[]}", "[],\n}");
    let read = reading(document.as_bytes());
    assert_eq!(read.wrapped_in, [Wrapper::Dsse, Wrapper::InToto]);
    let told = problems(&read);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("line 1: a comma"), "{told:?}");
    assert!(told[1].starts_with("line 2: a comma"), "{told:?}");
}

#[test]
fn a_label_that_disagrees_is_told() {
    let label = Label {
        predicate_type: "https://spdx.dev/Document",
        ..Label::default()
    };
    let read = read(
        statement("https://slsa.dev/x", "{}").as_bytes(),
        &label,
        &Limits::default(),
    );
    assert_eq!(
        problems(&read),
        [
            "predicateType: is labelled https://spdx.dev/Document, and its predicate type is https://slsa.dev/x"
        ]
    );
}

#[test]
fn bytes_that_mean_nothing_are_unreadable_and_never_panic() {
    let deep = "[".repeat(100_000);
    let nested = (0..20).fold(CHART.to_owned(), |text, _| encoded(&text));
    for bytes in [
        &b""[..],
        b" \n",
        b"{",
        b"{\"payloadType\":1}",
        b"{\"payload\":\"!\",\"signatures\":[]}",
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd",
        b"\x28\xb5\x2f\xfd\x00\x01",
        b"\xd2\x84\x43\xa1\x01\x26\xa0\x00\x00\x00",
        deep.as_bytes(),
        nested.as_bytes(),
    ] {
        let read = reading(bytes);
        assert!(!read.problems.is_empty(), "{bytes:?}");
    }
    let bomb = gzip(&vec![b' '; 3 << 20]);
    let limits = Limits {
        unpacked: 1 << 20,
        ..Limits::default()
    };
    let bomb = read(&bomb, &Label::default(), &limits);
    assert!(bomb.is_unreadable());
    assert_eq!(problems(&bomb), ["unpacks to more than 1048576 bytes"]);
}

#[test]
fn signatures_are_named() {
    use SignatureForm::{BundleMessage, CosignStatement, NotationJws, PgpText, SimpleSigning};
    let bundle =
        r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","messageSignature":{}}"#;
    for (text, form) in [
        (bundle.to_owned(), BundleMessage),
        (
            statement("https://sigstore.dev/cosign/sign/v1", "{}"),
            CosignStatement,
        ),
        (
            r#"{"critical":{},"optional":null}"#.to_owned(),
            SimpleSigning,
        ),
        (
            r#"{"payload":"","protected":"","header":{},"signature":""}"#.to_owned(),
            NotationJws,
        ),
        ("-----BEGIN PGP SIGNED MESSAGE-----\n".to_owned(), PgpText),
    ] {
        assert_eq!(
            reading(text.as_bytes()).body,
            Body::Signature(form),
            "{text}"
        );
    }
}

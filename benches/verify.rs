//! How long it takes to verify a thousand signatures of a repository, on two threads.
//!
//! `cargo bench --bench verify`. Half of them are keyless (certificate, promise of a certificate log, log entry), a
//! quarter are made with a key, a quarter are Notation's. The numbers stand in `ARCHITECTURE.md`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "its input is its own")]

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regscope::evidence::signature::{
    EnvelopeForm, Evidence, NotationTrust, Pattern, StoreFile, Subject, Trust, Verdict, verify,
};
use regscope::oci::Annotations;
use serde_json::Value;

const SIGNATURES: usize = 1_000;

struct Piece {
    kind: String,
    evidence: Vec<u8>,
    annotations: Annotations,
}

fn trust(document: &Value) -> Trust {
    let text = |name: &str| document[name].as_str().unwrap();
    let mut trust = Trust::default();
    let root = text("trusted_root").as_bytes();
    trust.add_trusted_root("root.json", root).unwrap();
    let key = document["keys"]["p256"].as_str().unwrap();
    trust.add_key("p256", key.as_bytes()).unwrap();
    trust.identity = Some(Pattern::exact(text("identity")).unwrap());
    trust.issuer = Some(Pattern::exact(text("issuer")).unwrap());
    let policy = br#"{"version":"1.0","trustPolicies":[{"name":"ours","registryScopes":["*"],"signatureVerification":{"level":"strict"},"trustStores":["ca:ours"],"trustedIdentities":["*"]}]}"#;
    let store = StoreFile {
        kind: "ca".to_owned(),
        store: "ours".to_owned(),
        name: "root.pem".to_owned(),
        content: text("notation_root").as_bytes().to_vec(),
    };
    trust.notation = Some(NotationTrust::read(policy, &[store], "r/a").unwrap());
    trust
}

fn pieces(document: &Value) -> Vec<Piece> {
    let names = [
        "keyless bundle of a message",
        "cosign signature, p256",
        "keyless cosign signature",
        "Notation COSE, p256",
    ];
    let fixtures = document["fixtures"].as_array().unwrap();
    names
        .iter()
        .map(|name| {
            let fixture = fixtures
                .iter()
                .find(|fixture| fixture["name"] == *name)
                .unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            Piece {
                kind: text(&fixture["kind"]),
                evidence: STANDARD.decode(text(&fixture["evidence"])).unwrap(),
                annotations: fixture["annotations"]
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(key, value)| (key.as_str().into(), text(value).into()))
                    .collect(),
            }
        })
        .collect()
}

fn main() {
    let document: Value =
        serde_json::from_str(include_str!("../tests/signatures/fixtures.json")).unwrap();
    let trust = trust(&document);
    let pieces = pieces(&document);
    let manifest = STANDARD
        .decode(document["manifest"].as_str().unwrap())
        .unwrap();
    let subject = Subject::of_bytes(&manifest).with_descriptor(
        "application/vnd.oci.image.manifest.v1+json",
        manifest.len() as u64,
    );
    let now = "2026-11-27T12:00:00Z".parse().unwrap();
    let began = Instant::now();
    let verified: usize = std::thread::scope(|scope| {
        let work = |start: usize| {
            let (pieces, trust, subject) = (&pieces, &trust, &subject);
            scope.spawn(move || {
                (start..SIGNATURES)
                    .step_by(2)
                    .filter(|number| {
                        let piece = &pieces[(number / 2) % pieces.len()];
                        let evidence = match piece.kind.as_str() {
                            "cosign-signature" => {
                                Evidence::CosignSignature(&piece.evidence, &piece.annotations)
                            }
                            "sigstore-bundle" => {
                                Evidence::Bundle(&piece.evidence, &piece.annotations)
                            }
                            _ => Evidence::Notation(&piece.evidence, EnvelopeForm::Cose),
                        };
                        let report = verify(evidence, Some(subject), trust, now);
                        report.verdict == Verdict::Verified
                    })
                    .count()
            })
        };
        let threads = [work(0), work(1)];
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    println!(
        "{verified} of {SIGNATURES} signatures verified in {:.0} ms on two threads",
        began.elapsed().as_secs_f64() * 1000.0
    );
    assert_eq!(verified, SIGNATURES);
}

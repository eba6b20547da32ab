//! The program itself, over layouts that are signed here: which images are verified by which evidence, and what the
//! configuration makes of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::fixtures::FIXTURES;
use super::support::binary::{Ran, regscope, run};
use super::support::folder::{Folder, IMAGE, annotated, digest};

const SIMPLE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
const SPDX: &str = "https://spdx.dev/Document";

/// A layout, and a key that signs in it.
struct Signed {
    folder: Folder,
    key: SigningKey,
}

impl Signed {
    fn new() -> Self {
        Self {
            folder: Folder::new(),
            key: SigningKey::from_bytes(&[7; 32]),
        }
    }

    /// The file of the public key.
    fn key_file(&self) -> String {
        let path = self.folder.path().join("dev.pub");
        let pem = self.key.verifying_key().to_public_key_pem(LineEnding::LF);
        std::fs::write(&path, pem.unwrap()).unwrap();
        path.display().to_string()
    }

    /// An image for a platform, as an entry of an index.
    fn platform(&self, architecture: &str) -> Value {
        let mut image = self.folder.image(architecture);
        image["platform"] = json!({"architecture": architecture, "os": "linux"});
        image
    }

    /// Cosign's layer that says that `about` is signed. `by` signs it.
    fn layer(&self, about: &Value, by: &SigningKey) -> Value {
        let payload = json!({
            "critical": {
                "identity": {"docker-reference": ""},
                "image": {"docker-manifest-digest": digest(about)},
                "type": "cosign container image signature",
            },
            "optional": null,
        })
        .to_string();
        let signature = STANDARD.encode(by.sign(payload.as_bytes()).to_bytes());
        let layer = self.folder.blob(SIMPLE, payload.as_bytes());
        annotated(
            &layer,
            &[("dev.cosignproject.cosign/signature", &signature)],
        )
    }

    /// Puts layers under cosign's tag of `subject`.
    fn cosign_tag(&mut self, subject: &Value, layers: &[Value]) {
        let config = self
            .folder
            .blob("application/vnd.oci.image.config.v1+json", b"{}");
        let manifest = self.folder.document(&json!({
            "schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": layers,
        }));
        let tag = format!("{}.sig", digest(subject).replace(':', "-"));
        self.folder.tag(&tag, &manifest);
    }

    /// Attaches a bundle in which it is stated of `about` what `predicate` says.
    fn bundle(&mut self, subject: &Value, about: &Value, predicate: &str, content: &Value) {
        let hex = digest(about).replace("sha256:", "");
        let payload = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": "app", "digest": {"sha256": hex}}],
            "predicateType": predicate,
            "predicate": content,
        })
        .to_string();
        let kind = "application/vnd.in-toto+json";
        let message = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
        let sig = STANDARD.encode(self.key.sign(message.as_bytes()).to_bytes());
        let bundle = json!({
            "mediaType": BUNDLE,
            "verificationMaterial": {"publicKey": {"hint": ""}},
            "dsseEnvelope": {
                "payload": STANDARD.encode(&payload), "payloadType": kind, "signatures": [{"sig": sig}],
            },
        });
        let layer = self.folder.blob(BUNDLE, bundle.to_string().as_bytes());
        let empty = self.folder.blob("application/vnd.oci.empty.v1+json", b"{}");
        let manifest = self.folder.document(&json!({
            "schemaVersion": 2, "mediaType": IMAGE, "artifactType": BUNDLE,
            "config": empty, "layers": [layer], "subject": subject,
        }));
        self.folder.row(&manifest, &[]);
    }

    fn verify(&self, more: &[&str]) -> Ran {
        let (target, key) = (format!("{}:1", self.folder.target()), self.key_file());
        let mut arguments = vec!["verify", &target, "--key", &key, "--format", "json"];
        arguments.extend(more);
        run(regscope().args(arguments))
    }
}

/// The verdict of each image: of its platform, the verdict, how much verifies it and how much failed beside.
fn verdicts(document: &Value) -> Vec<(String, String, usize, usize)> {
    let images = document["images"].as_array().unwrap().iter();
    images
        .map(|image| {
            let count = |name: &str| image[name].as_array().unwrap().len();
            (
                image["platform"].as_str().unwrap_or("-").to_owned(),
                image["verdict"].as_str().unwrap().to_owned(),
                count("by"),
                count("also_failed"),
            )
        })
        .collect()
}

fn row(platform: &str, verdict: &str, by: usize, failed: usize) -> (String, String, usize, usize) {
    (platform.to_owned(), verdict.to_owned(), by, failed)
}

#[test]
fn a_signature_of_one_platform_verifies_neither_the_other_nor_the_index() {
    let mut made = Signed::new();
    let (amd, arm) = (made.platform("amd64"), made.platform("arm64"));
    let index = made.folder.index(&[amd.clone(), arm]);
    made.folder.tag("1", &index);
    let layer = made.layer(&amd, &made.key);
    made.cosign_tag(&amd, &[layer]);
    let ran = made.verify(&[]);
    assert_eq!(ran.code, 1);
    let expected = [
        row("-", "unverified", 0, 0),
        row("linux/amd64", "verified", 1, 0),
        row("linux/arm64", "unverified", 0, 0),
    ];
    assert_eq!(verdicts(&ran.json()), expected);
}

#[test]
fn a_signature_of_the_index_covers_what_it_names_and_says_so() {
    let mut made = Signed::new();
    let entries = [made.platform("amd64"), made.platform("arm64")];
    let index = made.folder.index(&entries);
    made.folder.tag("1", &index);
    made.bundle(&index, &index, SIGN, &json!({}));
    let ran = made.verify(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let document = ran.json();
    for image in document["images"].as_array().unwrap() {
        assert_eq!(image["verdict"], "verified");
        assert_eq!(image["by"][0]["subject"], digest(&index));
    }
}

#[test]
fn a_well_signed_lie_about_another_image_fails_whatever_it_is_attached_to() {
    let mut made = Signed::new();
    let (amd, arm) = (made.platform("amd64"), made.platform("arm64"));
    let index = made.folder.index(&[amd.clone(), arm.clone()]);
    made.folder.tag("1", &index);
    // What was signed of one platform is attached to the other, and to the index.
    made.bundle(&arm, &amd, SIGN, &json!({}));
    let layer = made.layer(&amd, &made.key);
    made.cosign_tag(&index, &[layer]);
    let ran = made.verify(&[]);
    assert_eq!(ran.code, 1);
    let document = ran.json();
    for image in document["images"].as_array().unwrap() {
        assert_eq!(image["verdict"], "failed", "{image}");
    }
    for evidence in document["evidence"].as_array().unwrap() {
        assert!(
            evidence["reason"]
                .as_str()
                .unwrap()
                .starts_with("subject-digest: ")
        );
    }
}

#[test]
fn two_layers_that_are_one_blob_are_two_signatures() {
    let mut made = Signed::new();
    let image = made.folder.image("one");
    made.folder.tag("1", &image);
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let layers = [made.layer(&image, &stranger), made.layer(&image, &made.key)];
    assert_eq!(digest(&layers[0]), digest(&layers[1]));
    made.cosign_tag(&image, &layers);
    let ran = made.verify(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    let document = ran.json();
    let evidence = document["evidence"].as_array().unwrap();
    let told: Vec<_> = evidence
        .iter()
        .map(|one| {
            (
                one["document"]["layer"].as_u64().unwrap(),
                one["verdict"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [(0, "unverified"), (1, "verified")]);
    assert_eq!(made.verify(&["--all"]).code, 1);
}

#[test]
fn what_failed_beside_a_good_signature_is_told_and_decides_only_with_all() {
    let mut made = Signed::new();
    let (image, other) = (made.folder.image("one"), made.folder.image("two"));
    made.folder.tag("1", &image);
    let layers = [made.layer(&image, &made.key), made.layer(&other, &made.key)];
    made.cosign_tag(&image, &layers);
    let ran = made.verify(&[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(
        verdicts(&ran.json()),
        [row("linux/amd64", "verified", 1, 1)]
    );
    assert!(
        ran.err
            .contains("another signature failed at subject-digest"),
        "{}",
        ran.err
    );
    assert_eq!(made.verify(&["--all"]).code, 1);
}

#[test]
fn an_attestation_verifies_an_image_only_where_its_type_is_asked_for() {
    let mut made = Signed::new();
    let image = made.folder.image("one");
    made.folder.tag("1", &image);
    made.bundle(&image, &image, SPDX, &json!({"spdxVersion": "SPDX-2.3"}));
    assert_eq!(made.verify(&[]).code, 1);
    assert_eq!(made.verify(&["--type", "spdxjson"]).code, 0);
    assert_eq!(made.verify(&["--type", "openvex"]).code, 1);
    assert_eq!(made.verify(&["--type", "what"]).code, 2);
}

#[test]
fn no_evidence_is_exit_1() {
    let mut made = Signed::new();
    let image = made.folder.image("one");
    made.folder.tag("1", &image);
    assert_eq!(made.verify(&[]).code, 1);
}

#[test]
fn inspect_says_verified_only_of_what_the_configuration_trusts() {
    let mut made = Signed::new();
    let image = made.folder.image("one");
    made.folder.tag("1", &image);
    let sbom = json!({"spdxVersion": "SPDX-2.3", "name": "app", "packages": [{"name": "musl", "SPDXID": "SPDXRef-1"}]});
    made.bundle(&image, &image, SPDX, &sbom);
    made.bundle(&image, &image, SIGN, &json!({}));
    let key = made.key_file();
    let stranger = made.folder.path().join("other.pub");
    let other = SigningKey::from_bytes(&[9; 32]).verifying_key();
    std::fs::write(&stranger, other.to_public_key_pem(LineEnding::LF).unwrap()).unwrap();
    let inspect = |key: &str, format: &str| {
        let config = made.folder.path().join("config.toml");
        std::fs::write(&config, format!("[[trust]]\nkeys = ['{key}']\n")).unwrap();
        let target = format!("{}:1", made.folder.target());
        let config = config.display().to_string();
        let arguments = ["inspect", &target, "--config", &config, "--format", format];
        run(regscope().args(arguments))
    };
    let cells = |ran: &Ran| {
        let cells = &ran.json()["images"][0]["evidence"][0];
        ["signature", "sbom", "vex"].map(|kind| cells[kind].as_str().unwrap().to_owned())
    };
    let ran = inspect(&key, "json");
    assert_eq!(cells(&ran), ["verified", "verified", "none"]);
    let document = ran.json();
    let signatures = document["images"][0]["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 2);
    for signature in signatures {
        assert_eq!(signature["verdict"], "verified");
        assert_eq!(signature["verified_against"], "key dev.pub, no log");
    }
    let ran = inspect(&key, "text");
    assert!(
        ran.out.contains("verified against key dev.pub, no log"),
        "{}",
        ran.out
    );
    // By a key that was not given: it is there, and that is all.
    let ran = inspect(&stranger.display().to_string(), "json");
    assert_eq!(cells(&ran), ["present", "present", "none"]);
    // Trust that cannot be read is an error, and never left out.
    assert_eq!(inspect("/nowhere.pub", "json").code, 2);
}

#[test]
fn the_provenance_of_a_chart_is_compared_with_its_archive() {
    let mut made = Signed::new();
    let good = FIXTURES
        .openpgp
        .iter()
        .find(|one| one.name == "provenance of a chart");
    let lie = FIXTURES
        .openpgp
        .iter()
        .find(|one| one.name == "provenance of another chart");
    for (tag, provenance, result) in [("1", good, "passed"), ("2", lie, "failed")] {
        let archive = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
        // The fixtures are about the bytes of their manifest; here these are the archive.
        let chart = made.folder.document(&json!({
            "schemaVersion": 2, "mediaType": IMAGE,
            "config": made.folder.blob("application/vnd.cncf.helm.config.v1+json", b"{}"),
            "layers": [
                made.folder.blob(archive, &FIXTURES.manifest),
                made.folder.blob("application/vnd.cncf.helm.chart.provenance.v1.prov", &provenance.unwrap().evidence),
            ],
        }));
        made.folder.tag(tag, &chart);
        let target = format!("{}:{tag}", made.folder.target());
        let ran = run(regscope().args(["verify", &target, "--format", "json"]));
        let document = ran.json();
        let evidence = &document["evidence"][0];
        assert_eq!(evidence["kind"], "helm-provenance");
        let checks = evidence["checks"].as_array().unwrap();
        let subject = checks
            .iter()
            .find(|check| check["check"] == "subject-digest")
            .unwrap();
        assert_eq!(subject["result"], result, "{evidence}");
        assert_eq!(ran.code, 1);
    }
}

/// A registry of one image, `team/app:1`, that answers `GET` and `HEAD` and keeps signatures beside it: what it is asked
/// for them is the body, `None` an error.
fn registry(announces: bool, stored: Option<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while reader.read_line(&mut head).unwrap_or(0) > 2 {}
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let digest = regscope::oci::Digest::of(&FIXTURES.manifest).to_string();
            let (status, kind, body) = match path.as_str() {
                "/v2/" => ("200 OK", "application/json", b"{}".to_vec()),
                "/v2/team/app/manifests/1" => ("200 OK", IMAGE, FIXTURES.manifest.clone()),
                path if path.ends_with(&digest) && path.contains("/manifests/") => {
                    ("200 OK", IMAGE, FIXTURES.manifest.clone())
                }
                path if path.starts_with("/v2/team/app/tags/list") => (
                    "200 OK",
                    "application/json",
                    br#"{"name":"team/app","tags":["1"]}"#.to_vec(),
                ),
                path if path == format!("/extensions/v2/team/app/signatures/{digest}") => {
                    match &stored {
                        Some(stored) => ("200 OK", "application/json", stored.clone().into_bytes()),
                        None => ("403 Forbidden", "application/json", b"{}".to_vec()),
                    }
                }
                _ => ("404 Not Found", "application/json", b"{}".to_vec()),
            };
            log.lock().unwrap().push(path);
            let says = if announces {
                "X-Registry-Supports-Signatures: 1\r\n"
            } else {
                ""
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nDocker-Content-Digest: {digest}\r\n{says}Connection: close\r\nContent-Length: {length}\r\n\r\n"
            );
            // A client that goes away is no matter of this test.
            let _ = stream.write_all(answer.as_bytes());
            if !head.starts_with("HEAD") {
                let _ = stream.write_all(&body);
            }
        }
    });
    (host, asked)
}

#[test]
fn signatures_that_a_registry_announces_to_keep_are_asked_for_and_told() {
    let message = FIXTURES
        .openpgp
        .iter()
        .find(|one| one.name == "simple signing, packed");
    let content = STANDARD.encode(&message.unwrap().evidence);
    let list = json!({"signatures": [
        {"schemaVersion": 2, "name": "x@1", "type": "atomic", "content": content},
        {"schemaVersion": 2, "name": "x@2", "type": "of the future", "content": ""},
    ]});
    let verify = |host: &str| {
        let target = format!("{host}/team/app:1");
        run(regscope().args(["verify", &target, "--format", "json", "--plain-http"]))
    };
    let (host, _) = registry(true, Some(list.to_string()));
    let ran = verify(&host);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let document = ran.json();
    let evidence = document["evidence"].as_array().unwrap();
    assert_eq!(evidence.len(), 1, "{document}");
    assert_eq!(evidence[0]["kind"], "simple-signing");
    assert_eq!(evidence[0]["verdict"], "unverified");
    let checks = evidence[0]["checks"].as_array().unwrap();
    assert_eq!(checks[1]["check"], "subject-digest");
    assert_eq!(checks[1]["result"], "passed");
    // Who says nothing of signatures is not asked for any.
    let (host, asked) = registry(false, Some(list.to_string()));
    assert_eq!(verify(&host).json()["evidence"], json!([]));
    let asked = asked.lock().unwrap();
    assert!(
        !asked.iter().any(|path| path.starts_with("/extensions")),
        "{asked:?}"
    );
    // What could not be read is not called none.
    for wrong in [
        None,
        Some("{".to_owned()),
        Some(r#"{"signatures":[{"type":"atomic","content":"!"}]}"#.to_owned()),
    ] {
        let (host, _) = registry(true, wrong);
        let ran = verify(&host);
        assert_eq!(ran.code, 1);
        let reason = ran.json()["evidence"][0]["reason"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(reason.contains("could not be read"), "{reason}");
    }
}

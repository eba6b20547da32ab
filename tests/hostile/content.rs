//! Manifests, configs and documents that are not what they should be.

use std::time::Duration;

use regscope::oci::{AbsenceKind, Answer, Body, Digest, Manifest, Question};
use serde_json::json;

use crate::support::content::{INDEX, MANIFEST, image_json};
use crate::support::{Fault, TestRegistry};
use crate::{Case, Sees};

const TAG: &str = "/v2/app/manifests/1";

fn tag(registry: &TestRegistry) -> Question {
    Question::tag(registry.repository("app"), "1".into())
}

/// The question for the tag, which is answered so.
fn answered(registry: &TestRegistry, fault: Fault) -> Question {
    registry.tagged_image("app", "1");
    registry.fault(TAG, fault);
    tag(registry)
}

/// The question for the tag of this document.
fn document(registry: &TestRegistry, media_type: &str, text: &str) -> Question {
    let manifest = registry.manifest("app", media_type, text);
    registry.tag("app", "1", &manifest);
    tag(registry)
}

fn manifest(answers: &[Answer]) -> &Manifest {
    match answers.last() {
        Some(Answer {
            body: Body::Manifest(manifest),
            ..
        }) => manifest,
        other => panic!("{other:?}"),
    }
}

fn blob(registry: &TestRegistry, fault: Fault) -> Digest {
    let digest = registry.blob("app", b"{}");
    registry.fault(&format!("/v2/app/blobs/{digest}"), fault);
    digest
}

pub(crate) fn cases() -> Vec<Case> {
    [wrong(), large(), odd(), broken_text()]
        .into_iter()
        .flatten()
        .collect()
}

fn wrong() -> Vec<Case> {
    const WRONG: &str = "the content does not have its digest: expected sha256:";
    vec![
        Case::fails(
            "wrong digest by digest",
            AbsenceKind::Invalid,
            WRONG,
            |registry| {
                let digest = registry.tagged_image("app", "1").digest;
                registry.put(
                    "app",
                    &digest.to_string(),
                    MANIFEST,
                    b"{\"schemaVersion\":2}",
                );
                Question::manifest(registry.repository("app"), digest)
            },
        ),
        Case::fails(
            "wrong digest by tag",
            AbsenceKind::Invalid,
            WRONG,
            |registry| {
                let digest = registry.tagged_image("app", "1").digest;
                registry.put(
                    "app",
                    &digest.to_string(),
                    MANIFEST,
                    b"{\"schemaVersion\":2}",
                );
                tag(registry)
            },
        ),
        Case::fails(
            "one byte more than the digest has",
            AbsenceKind::Invalid,
            WRONG,
            |registry| {
                let digest = registry.tagged_image("app", "1").digest;
                let bytes = image_json("1").0.to_string() + " ";
                registry.put("app", &digest.to_string(), MANIFEST, bytes.as_bytes());
                Question::manifest(registry.repository("app"), digest)
            },
        ),
        Case::fails(
            "wrong digest of a config",
            AbsenceKind::Invalid,
            WRONG,
            |registry| {
                Question::config(
                    registry.repository("app"),
                    blob(registry, Fault::body("{\"os\":\"evil\"}")),
                )
            },
        ),
        Case::fails(
            "wrong digest of a document",
            AbsenceKind::Invalid,
            WRONG,
            |registry| {
                Question::document(
                    registry.repository("app"),
                    blob(registry, Fault::body("evil")),
                )
            },
        ),
        Case::fails(
            "wrong digest that claims a signature",
            AbsenceKind::Invalid,
            WRONG,
            |registry| {
                let digest = registry.tagged_image("app", "1").digest;
                registry.put(
                    "app",
                    &digest.to_string(),
                    MANIFEST,
                    b"{\"signatures\":[{}],\"layers\":[],\"config\":{}}",
                );
                Question::manifest(registry.repository("app"), digest)
            },
        ),
        Case::fails(
            "a digest with ../ in the header",
            AbsenceKind::Invalid,
            "as its digest: ",
            |registry| {
                answered(
                    registry,
                    Fault::with_header("Docker-Content-Digest", "sha256:../../../etc/passwd"),
                )
            },
        ),
        Case::fails(
            "a digest that is no text in the header",
            AbsenceKind::Invalid,
            "as its digest: ",
            |registry| {
                answered(
                    registry,
                    Fault::with_header("Docker-Content-Digest", "sha256:\u{e9}\u{e9}"),
                )
            },
        ),
        Case::new(
            "a digest of an unknown algorithm in the header",
            |registry| {
                answered(
                    registry,
                    Fault::with_header("Docker-Content-Digest", "blake9:00"),
                )
            },
            Sees::Reads(|answers| manifest(answers).layers.len() == 1),
        ),
        Case::fails(
            "a tag that names nothing",
            AbsenceKind::Missing,
            "manifest unknown",
            |registry| {
                registry.image("app", "x");
                tag(registry)
            },
        ),
        Case::fails(
            "a config that is no JSON",
            AbsenceKind::Invalid,
            "the config cannot be read: not JSON",
            |registry| {
                let digest = registry.blob("app", b"not JSON");
                Question::config(registry.repository("app"), digest)
            },
        ),
        Case::fails(
            "a blob that is not there",
            AbsenceKind::Missing,
            "blob unknown",
            |registry| {
                registry.image("app", "x");
                Question::document(registry.repository("app"), Digest::of(b"nobody has this"))
            },
        ),
    ]
}

fn large() -> Vec<Case> {
    const LIMIT: &str = "the manifest is larger than 64 KiB (setting limits.manifest_bytes)";
    vec![
        Case::fails(
            "200 MB of manifest, stated",
            AbsenceKind::TooLarge,
            LIMIT,
            |registry| answered(registry, Fault::truncated("{", 200_000_000)),
        ),
        Case::fails(
            "a manifest without an end",
            AbsenceKind::TooLarge,
            LIMIT,
            |registry| answered(registry, Fault::endless("[".repeat(4096))),
        ),
        Case::fails(
            "an index with 100,000 children",
            AbsenceKind::TooLarge,
            LIMIT,
            |registry| {
                let entry = json!({"mediaType": MANIFEST, "digest": Digest::of(b"x").to_string(), "size": 1});
                let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": vec![entry; 100_000]});
                document(registry, INDEX, &index.to_string())
            },
        ),
        Case::fails(
            "a document without an end",
            AbsenceKind::TooLarge,
            "the document is larger than 64 KiB (setting limits.document_bytes)",
            |registry| {
                Question::document(
                    registry.repository("app"),
                    blob(registry, Fault::endless("x".repeat(4096))),
                )
            },
        ),
        Case::fails(
            "a config without an end",
            AbsenceKind::TooLarge,
            "the config is larger than 64 KiB (setting limits.manifest_bytes)",
            |registry| {
                Question::config(
                    registry.repository("app"),
                    blob(registry, Fault::endless("x".repeat(4096))),
                )
            },
        ),
        Case::fails(
            "a manifest byte by byte",
            AbsenceKind::Failed,
            "was not there within",
            |registry| {
                answered(
                    registry,
                    Fault::dripping(" ".repeat(4096), Duration::from_millis(50)),
                )
            },
        ),
        Case::fails(
            "a manifest that stops",
            AbsenceKind::Failed,
            "nothing more came for 1 s (--timeout)",
            |registry| answered(registry, Fault::stalled("{")),
        ),
        Case::fails(
            "a compressed manifest",
            AbsenceKind::Invalid,
            "compressed (gzip), which was not asked",
            |registry| answered(registry, Fault::with_header("Content-Encoding", "gzip")),
        ),
        Case::fails(
            "a compressed list",
            AbsenceKind::Invalid,
            "compressed (zstd), which was not asked",
            |registry| {
                registry.tagged_image("app", "1");
                registry.fault(
                    "/v2/app/tags/list",
                    Fault::with_header("Content-Encoding", "zstd"),
                );
                Question::tags(registry.repository("app"))
            },
        ),
    ]
}

fn odd() -> Vec<Case> {
    vec![
        Case::new(
            "a manifest given as another type",
            |registry| document(registry, "text/html", &image_json("1").0.to_string()),
            Sees::Reads(|answers| manifest(answers).media_type.as_str() == MANIFEST),
        ),
        Case::new(
            "an image given as an index",
            |registry| document(registry, INDEX, &image_json("1").0.to_string()),
            Sees::Reads(|answers| !manifest(answers).problems.is_empty()),
        ),
        Case::new(
            "an index that is an image too",
            |registry| {
                let mut both = image_json("1").0;
                both["manifests"] = json!([]);
                document(registry, MANIFEST, &both.to_string())
            },
            Sees::Reads(|answers| {
                manifest(answers).problems[0]
                    .what
                    .as_str()
                    .contains("CVE-2021-41190")
            }),
        ),
        Case::new(
            "JSON keys that stand twice",
            |registry| {
                document(
                    registry,
                    MANIFEST,
                    r#"{"schemaVersion":2,"layers":[],"layers":[],"config":{}}"#,
                )
            },
            Sees::Reads(|answers| {
                manifest(answers)
                    .problems
                    .iter()
                    .any(|problem| problem.place.as_str() == "layers")
            }),
        ),
        Case::new(
            "sizes beyond 64 bits and below zero",
            |registry| {
                let digest = Digest::of(b"x");
                let layer = |size: &str| {
                    format!(r#"{{"mediaType":"x","digest":"{digest}","size":{size}}}"#)
                };
                let layers = [
                    layer("99999999999999999999999999"),
                    layer("-1"),
                    layer("1e300"),
                ];
                document(
                    registry,
                    MANIFEST,
                    &format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, layers.join(",")),
                )
            },
            Sees::Reads(|answers| {
                manifest(answers)
                    .layers
                    .iter()
                    .all(|layer| layer.size.is_none())
            }),
        ),
        Case::new(
            "digests in a manifest that are paths",
            |registry| {
                let text = r#"{"schemaVersion":2,"layers":[{"mediaType":"x","digest":"sha256:../../x","size":1}]}"#;
                document(registry, MANIFEST, text)
            },
            Sees::Reads(|answers| {
                manifest(answers).layers.is_empty() && !manifest(answers).problems.is_empty()
            }),
        ),
        Case::new(
            "escape sequences in annotations",
            |registry| {
                let mut image = image_json("1").0;
                image["annotations"] =
                    json!({"\u{1b}]0;evil\u{7}": "\u{202e}gpj\u{200b}\u{1b}[2J"});
                document(registry, MANIFEST, &image.to_string())
            },
            Sees::Reads(|answers| {
                let (key, value) = manifest(answers).annotations.iter().next().unwrap();
                key.as_str().starts_with('\u{1b}')
                    && !format!("{key}{value}").contains(['\u{1b}', '\u{202e}', '\u{200b}'])
            }),
        ),
        Case::new(
            "a manifest that is its own subject",
            |registry| {
                // No manifest can name its own digest; one can be listed as its own referrer.
                let image = registry.tagged_image("app", "1");
                let entry = crate::support::content::described(&image);
                let body = json!({"manifests": [entry]}).to_string();
                registry.fault(
                    "/v2/app/referrers/*",
                    Fault::body(body).header("Content-Type", INDEX),
                );
                Question::referrers(registry.repository("app"), image.digest)
            },
            Sees::Reads(|answers| crate::entries(answers) == 1),
        ),
        Case::new(
            "a byte-order mark before a manifest",
            |registry| {
                document(
                    registry,
                    MANIFEST,
                    &format!("\u{feff}{}", image_json("1").0),
                )
            },
            Sees::Reads(|answers| manifest(answers).layers.len() == 1),
        ),
    ]
}

fn broken_text() -> Vec<Case> {
    const UNREADABLE: &str = "the manifest cannot be read: not";
    vec![
        Case::fails(
            "a page of a captive portal",
            AbsenceKind::Invalid,
            "a page for people, not a manifest; this may be no registry",
            |registry| {
                answered(
                    registry,
                    Fault::body("<html>Log in to the hotel's network")
                        .header("Content-Type", "text/html"),
                )
            },
        ),
        Case::fails(
            "an empty manifest",
            AbsenceKind::Invalid,
            UNREADABLE,
            |registry| answered(registry, Fault::body("")),
        ),
        Case::fails(
            "a manifest that is a list",
            AbsenceKind::Invalid,
            "not a JSON object",
            |registry| document(registry, MANIFEST, "[]"),
        ),
        Case::fails(
            "two manifests in one",
            AbsenceKind::Invalid,
            UNREADABLE,
            |registry| document(registry, MANIFEST, "{}{}"),
        ),
        Case::fails(
            "half a manifest",
            AbsenceKind::Invalid,
            UNREADABLE,
            |registry| document(registry, MANIFEST, "{\"schemaVersion\":2,\"layers\":[{"),
        ),
        Case::fails(
            "JSON 20,000 deep",
            AbsenceKind::Invalid,
            UNREADABLE,
            |registry| {
                let text = format!("{{\"x\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
                document(registry, MANIFEST, &text)
            },
        ),
        Case::fails(
            "text that is not UTF-8",
            AbsenceKind::Invalid,
            UNREADABLE,
            |registry| {
                answered(
                    registry,
                    Fault::body(b"{\"mediaType\":\"\xff\xfe\"}".to_vec()),
                )
            },
        ),
        Case::fails(
            "content type with escape sequences",
            AbsenceKind::Invalid,
            UNREADABLE,
            |registry| {
                answered(
                    registry,
                    Fault::body("x").header("Content-Type", "text/\u{9b}31mred\u{202e}"),
                )
            },
        ),
    ]
}

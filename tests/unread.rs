//! Nothing is called none that was not read, and nothing is asked that needs no asking: the program on a registry and on
//! folders that are as public reports tell.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its ground is not as it thinks"
)]

#[path = "support/binary.rs"]
mod binary;
#[path = "support/folder.rs"]
mod folder;
#[path = "support/independent.rs"]
mod independent;
mod support;

use base64::Engine as _;
use binary::{Ran, regscope, regscope_with, run};
use folder::{Folder, IMAGE, digest};
use serde_json::{Value, json};
use support::content::{INDEX, described};
use support::{Fault, TestRegistry};

/// Runs the program while the registry, which is in this process, answers.
async fn ran(arguments: &[&str]) -> Ran {
    let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
    tokio::task::spawn_blocking(move || run(regscope().args(arguments)))
        .await
        .unwrap()
}

async fn tree(registry: &TestRegistry, place: &str, more: &[&str]) -> (Ran, Value) {
    let target = format!("{}/{place}", registry.host());
    let arguments = [&["tree", &target, "--no-cache", "--format", "json"], more].concat();
    let ran = ran(&arguments).await;
    let document = serde_json::from_str(&ran.out).unwrap_or_default();
    (ran, document)
}

/// The state of the node with this digest.
fn state(document: &Value, digest: &str) -> Option<String> {
    let mut nodes = document["nodes"].as_array()?.iter();
    let node = nodes.find(|node| node["digest"] == digest)?;
    node["state"].as_str().map(str::to_owned)
}

fn holes(document: &Value) -> Vec<String> {
    let holes = document["coverage"]["holes"].as_array();
    holes.into_iter().flatten().map(Value::to_string).collect()
}

/// A list of referrers that a registry makes up.
fn list(rows: &[Value]) -> String {
    json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}).to_string()
}

#[tokio::test]
async fn a_referrer_that_a_list_does_not_describe_is_read_under_whatever_type_the_list_comes() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let signature = registry.referrer("app", &image, "application/vnd.cncf.notary.signature", "a");
    let path = format!("/v2/app/referrers/{}", image.digest);
    let other = format!("/v2/app/referrers/{}", signature.digest);
    for stated in [
        "application/vnd.oci.empty.v1+json",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    ] {
        let mut row = described(&signature);
        row["artifactType"] = stated.into();
        registry.heal();
        registry.fault(
            &path,
            Fault::body(list(&[row])).header("Content-Type", "text/plain"),
        );
        registry.fault(&other, Fault::body(list(&[])).header("Content-Type", INDEX));
        let (ran, document) = tree(&registry, "app:1", &[]).await;
        assert_eq!(ran.code, 0, "{}", ran.err);
        let read = state(&document, &signature.digest.to_string());
        assert_eq!(read.as_deref(), Some("loaded"), "{stated}");
    }
    registry.heal();
    registry.fault(
        &path,
        Fault::body("<html>no list</html>").header("Content-Type", "text/html"),
    );
    let (_, document) = tree(&registry, "app:1", &[]).await;
    assert_eq!(state(&document, &signature.digest.to_string()), None);
}

#[tokio::test]
async fn a_listed_referrer_that_is_gone_is_a_hole() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let gone = format!("sha256:{}", "e".repeat(64));
    let row = json!({"mediaType": IMAGE, "digest": gone, "size": 9, "artifactType": "application/vnd.cncf.notary.signature"});
    let path = format!("/v2/app/referrers/{}", image.digest);
    registry.fault(
        &path,
        Fault::body(list(&[row])).header("Content-Type", INDEX),
    );
    let (ran, document) = tree(&registry, "app:1", &["--full"]).await;
    assert_eq!(ran.code, 4);
    assert!(
        holes(&document)
            .iter()
            .any(|hole| hole.contains("\"missing\"")),
        "{:?}",
        holes(&document)
    );
}

#[tokio::test]
async fn an_entry_of_an_index_that_cannot_be_read_is_a_hole() {
    let registry = TestRegistry::start().await;
    let image = registry.image("app", "child");
    let broken = json!({"mediaType": IMAGE, "digest": "sha256:zz", "size": 3});
    let entries = [
        json!([described(&image), broken]),
        Value::Null,
        json!("none"),
    ];
    for (number, entries) in entries.into_iter().enumerate() {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
        let index = registry.manifest("app", INDEX, &index.to_string());
        registry.tag("app", "1", &index);
        let (ran, document) = tree(&registry, "app:1", &[]).await;
        assert_eq!(ran.code, 4, "{number}: {}", ran.err);
        assert!(
            holes(&document)[0].contains("manifests"),
            "{:?}",
            holes(&document)
        );
    }
}

#[tokio::test]
async fn the_other_names_of_a_tag_are_asked_of_all_or_said_not_to_be() {
    let registry = TestRegistry::start().await;
    let images = ["a", "b"].map(|name| registry.image("app", name));
    let index = registry.index("app", &images);
    let other = registry.image("app", "other");
    registry.tag("app", "main", &index);
    for number in 0..300 {
        registry.tag(
            "app",
            &format!("t{number}"),
            if number % 100 == 50 { &index } else { &other },
        );
    }
    for note in ["one", "two", "three"] {
        registry.referrer("app", &index, "application/spdx+json", note);
    }
    let (ran, document) = tree(&registry, "app:main", &[]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(document["coverage"]["not_asked"][0]["count"], 300);
    assert!(ran.err.contains("--aliases"), "{}", ran.err);
    assert!(registry.requests() <= 12, "{}", registry.requests());
    registry.forget_requests();
    let (_, document) = tree(&registry, "app:main", &["--aliases"]).await;
    let tags = document["nodes"].as_array().unwrap().iter();
    assert_eq!(tags.filter(|node| node["kind"] == "tag").count(), 4);
    registry.forget_requests();
    let (ran, _) = tree(&registry, "app:none", &[]).await;
    assert_eq!(ran.code, 3);
    assert!(registry.requests() <= 5, "{}", registry.requests());
}

#[tokio::test]
async fn a_second_run_asks_a_head_a_tag_and_within_an_age_nothing() {
    let registry = TestRegistry::start().await;
    for number in 0..6 {
        registry.tagged_image("app", &number.to_string());
    }
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let target = format!("{}/app", registry.host());
    let again = |more: &'static [&'static str]| {
        let (target, cache) = (target.clone(), cache.clone());
        tokio::task::spawn_blocking(move || {
            let mut command = regscope();
            command
                .env("XDG_CACHE_HOME", cache)
                .args(["tree", &target, "--format", "json"]);
            run(command.args(more))
        })
    };
    let first = again(&[]).await.unwrap();
    assert_eq!(first.code, 0, "{}", first.err);
    registry.forget_requests();
    let second = again(&[]).await.unwrap();
    assert_eq!(second.out, first.out);
    let seen = registry.seen();
    let of_manifests = seen
        .iter()
        .filter(|seen| seen.request.path().contains("/manifests/"));
    let methods: Vec<_> = of_manifests
        .map(|seen| seen.request.method.clone())
        .collect();
    assert_eq!(methods, ["HEAD"; 6]);
    registry.forget_requests();
    let third = again(&["--max-age", "1h"]).await.unwrap();
    assert_eq!((third.out == first.out, registry.requests()), (true, 0));
}

#[tokio::test]
async fn an_impact_reads_no_config_unless_dates_are_asked_for() {
    let registry = TestRegistry::start().await;
    for number in 0..5 {
        registry.tagged_image("app", &number.to_string());
    }
    let target = format!("{}/app", registry.host());
    let asked = [
        "impact",
        &target,
        "--no-cache",
        "--policy",
        "distribution-3",
        "--deletion",
        "on",
        "--delete",
        "app:1",
    ];
    let ran = ran(&asked).await;
    assert!(ran.code <= 4 && ran.out.contains("app"), "{}", ran.err);
    assert_eq!(registry.count("blob"), 0);
}

#[test]
fn rows_of_a_layout_that_cannot_be_read_are_a_hole_and_content_in_a_row_is_content() {
    let mut folder = Folder::new();
    let image = folder.image("good");
    folder.tag("good", &image);
    folder.row(
        &json!({"mediaType": IMAGE, "digest": "sha256:zz", "size": 3}),
        &[],
    );
    let ran = regscope_with(&["tree", &folder.target(), "--format", "json"]);
    assert_eq!((ran.code, holes(&ran.json()).len()), (4, 1), "{}", ran.out);

    let mut folder = Folder::new();
    let mut image = folder.image("embedded");
    let file = folder.file(&digest(&image));
    let bytes = std::fs::read(&file).unwrap();
    image["data"] = base64::engine::general_purpose::STANDARD
        .encode(bytes)
        .into();
    folder.tag("1", &image);
    std::fs::remove_file(file).unwrap();
    let ran = regscope_with(&["tree", &folder.target(), "--format", "json"]);
    assert_eq!(
        state(&ran.json(), &digest(&image)).as_deref(),
        Some("loaded"),
        "{}",
        ran.err
    );
}

#[test]
fn a_digest_is_taken_as_it_is_printed_and_a_reference_with_the_host_it_is_shown_under() {
    let ran = regscope_with(&[
        "impact",
        "demo",
        "--format",
        "json",
        "--delete",
        "registry.example.com/team/app:1.3.2",
    ]);
    assert_eq!(
        ran.json()["actions"][0]["result"],
        regscope_with(&[
            "impact",
            "demo",
            "--format",
            "json",
            "--delete",
            "team/app:1.3.2"
        ])
        .json()["actions"][0]["result"]
    );
    let document = regscope_with(&["tree", "demo", "--format", "json"]).json();
    let nodes = document["nodes"].as_array().unwrap();
    let index = nodes.iter().find(|node| node["kind"] == "index").unwrap();
    let whole = index["digest"].as_str().unwrap();
    let printed: String = whole.chars().take(19).collect();
    let ran = regscope_with(&["impact", "demo", "--format", "json", "--why", &printed]);
    assert_eq!(ran.json()["digest"], whole, "{}", ran.err);
}

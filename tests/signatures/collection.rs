//! The collections of others, where a run has them (`REGSCOPE_CORPUS`).

use regscope::evidence::signature::{Pattern, Subject, Trust, Verdict};
use regscope::oci::Annotations;
use serde_json::Value;

use super::fixtures::check_about;

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

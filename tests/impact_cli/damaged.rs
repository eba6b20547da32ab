//! Storages of distribution that something went wrong with. What is expected here is what the collectors of 2.8.2 and
//! 3.1.1 do; `tests/gc_live` asks them.

use std::fs;
use std::path::{Path, PathBuf};

use regscope::oci::Digest;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::binary::regscope_with;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const PRESETS: [&str; 4] = [
    "distribution-2.8",
    "distribution-2.8-delete-untagged",
    "distribution-3",
    "distribution-3-delete-untagged",
];

/// A storage with `r/a:v1`, an image of one layer, and a blob that nothing names.
struct Stored {
    folder: TempDir,
    good: Digest,
    lone: Digest,
}

impl Stored {
    fn new() -> Self {
        let mut stored = Self {
            folder: tempfile::tempdir().unwrap(),
            good: Digest::of(b""),
            lone: Digest::of(b"lone"),
        };
        stored.blob(b"lone");
        let layer = stored.layer(b"layer of good");
        stored.good = stored.tagged(&image(&layer), "v1");
        stored
    }

    fn tree(&self) -> PathBuf {
        self.folder.path().join("docker/registry/v2")
    }

    fn repository(&self) -> PathBuf {
        self.tree().join("repositories/r/a")
    }

    fn blob(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        put(&self.data(&digest), bytes);
        digest
    }

    fn data(&self, digest: &Digest) -> PathBuf {
        let hex = digest.encoded();
        let (shard, _) = hex.split_at(2);
        self.tree().join(format!("blobs/sha256/{shard}/{hex}/data"))
    }

    fn link(&self, inner: &str, digest: &Digest) -> PathBuf {
        let place = format!("{inner}/sha256/{}/link", digest.encoded());
        self.repository().join(place)
    }

    fn layer(&self, bytes: &[u8]) -> Digest {
        let digest = self.blob(bytes);
        put(
            &self.link("_layers", &digest),
            digest.to_string().as_bytes(),
        );
        digest
    }

    fn untagged(&self, document: &str) -> Digest {
        let digest = self.blob(document.as_bytes());
        let link = self.link("_manifests/revisions", &digest);
        put(&link, digest.to_string().as_bytes());
        digest
    }

    fn tagged(&self, document: &str, tag: &str) -> Digest {
        let digest = self.untagged(document);
        let link = format!("_manifests/tags/{tag}/current/link");
        put(&self.repository().join(link), digest.to_string().as_bytes());
        digest
    }

    fn asked(&self, policy: &str) -> (Value, i32) {
        let target = format!("storage:{}", self.folder.path().display());
        let ran = regscope_with(&["impact", &target, "--policy", policy, "--format", "json"]);
        (ran.json(), ran.code)
    }

    /// Under which presets the collector gives up; where it does nothing is freed.
    fn aborts(&self) -> [bool; 4] {
        PRESETS.map(|policy| {
            let (answer, _) = self.asked(policy);
            let aborts = !answer["aborted"].is_null();
            let freed = answer["objects_freed"].as_array().unwrap();
            assert!(!aborts || freed.is_empty(), "{policy}: {answer}");
            assert!(
                aborts
                    || freed
                        .iter()
                        .any(|one| one["digest"] == self.lone.to_string())
            );
            aborts
        })
    }

    fn freed(&self, policy: &str) -> Vec<String> {
        let (answer, _) = self.asked(policy);
        let freed = answer["objects_freed"].as_array().unwrap().iter();
        freed
            .map(|one| one["digest"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn put(place: &Path, bytes: &[u8]) {
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, bytes).unwrap();
}

fn image(layer: &Digest) -> String {
    let layers = json!([{"mediaType": "x", "digest": layer, "size": 1}]);
    json!({"schemaVersion": 2, "mediaType": IMAGE, "layers": layers}).to_string()
}

#[test]
fn a_manifest_that_the_collector_cannot_read_ends_its_run_where_it_is_met() {
    let all = [true; 4];
    let only_3 = [false, false, true, true];
    let none = [false; 4];
    let unknown = r#"{"schemaVersion":2,"mediaType":"application/x-foo","layers":[]}"#;
    let artifact = r#"{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[]}"#;
    let bare = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;
    for (document, expected) in [
        (unknown, all),
        (artifact, all),
        (r#"{"schemaVersion":1,"name":"r/a","fsLayers":[]}"#, only_3),
        (r#"{"schemaVersion":2,"#, all),
        ("", all),
        (bare, none),
    ] {
        let stored = Stored::new();
        stored.tagged(document, "x");
        assert_eq!(stored.aborts(), expected, "{document}");
    }
    // What is deleted for want of a tag is not read.
    let stored = Stored::new();
    stored.untagged(unknown);
    assert_eq!(stored.aborts(), [true, false, true, false]);
    let (answer, code) = stored.asked("distribution-3");
    let words = answer["aborted"].as_str().unwrap();
    assert!(
        words.starts_with("failed to retrieve manifest for digest sha256:"),
        "{words}"
    );
    assert_eq!((code, &answer["freed_bytes"]), (0, &json!(0)));
}

#[test]
fn links_that_say_no_digest_end_the_run_of_those_who_read_them() {
    let of = |damage: &dyn Fn(&Stored)| {
        let stored = Stored::new();
        damage(&stored);
        stored.aborts()
    };
    let revision = |stored: &Stored| {
        put(
            &stored.link("_manifests/revisions", &stored.good),
            b"garbage",
        );
    };
    assert_eq!(of(&revision), [true; 4]);
    let line_end = |stored: &Stored| {
        let text = format!("{}\n", stored.good);
        put(
            &stored.link("_manifests/revisions", &stored.good),
            text.as_bytes(),
        );
    };
    assert_eq!(of(&line_end), [true; 4]);
    let tag = |stored: &Stored| {
        put(
            &stored.repository().join("_manifests/tags/x/current/link"),
            b"",
        );
    };
    assert_eq!(of(&tag), [false, true, false, true]);
    let layer = |stored: &Stored| put(&stored.link("_layers", &stored.lone), b"");
    assert_eq!(of(&layer), [false, false, true, true]);
    let data = |stored: &Stored| put(&stored.tree().join("blobs/sha256/zz/garbage/data"), b"x");
    assert_eq!(of(&data), [true; 4]);
    let name = |stored: &Stored| {
        let upper = stored.tree().join("repositories/Upper");
        fs::create_dir_all(upper.join("_layers")).unwrap();
        fs::create_dir_all(upper.join("_manifests")).unwrap();
    };
    assert_eq!(of(&name), [true; 4]);
}

#[test]
fn a_link_counts_by_what_it_says() {
    let stored = Stored::new();
    let layer = stored.layer(b"layer of other");
    let other = stored.tagged(&image(&layer), "x");
    let link = stored.link("_manifests/revisions", &other);
    put(&link, stored.good.to_string().as_bytes());
    for policy in PRESETS {
        let freed = stored.freed(policy);
        let goes = |digest: &Digest| freed.contains(&digest.to_string());
        assert!(
            goes(&other) && goes(&layer) && !goes(&stored.good),
            "{policy}"
        );
    }
}

#[test]
fn a_document_holds_what_it_names_whatever_digest_it_lies_under() {
    let stored = Stored::new();
    let [own, others] = [stored.layer(b"own"), stored.layer(b"other's")];
    let misfiled = stored.tagged(&image(&own), "x");
    put(&stored.data(&misfiled), image(&others).as_bytes());
    for policy in PRESETS {
        let freed = stored.freed(policy);
        let goes = |digest: &Digest| freed.contains(&digest.to_string());
        assert!(goes(&own) && !goes(&others) && !goes(&misfiled), "{policy}");
    }
}

#[test]
fn keys_count_in_any_case_as_they_do_for_the_registry() {
    let stored = Stored::new();
    let [config, layer] = [stored.layer(b"{}"), stored.layer(b"layer")];
    let document = format!(
        r#"{{"SchemaVersion":2,"MediaType":"{IMAGE}","Config":{{"Digest":"{config}"}},"LAYERS":[{{"digest":"{layer}"}}]}}"#
    );
    stored.tagged(&document, "x");
    for policy in PRESETS {
        assert_eq!(stored.freed(policy), [stored.lone.to_string()], "{policy}");
    }
}

#[test]
fn of_a_layout_whose_rows_cannot_be_read_nothing_is_foretold_to_go() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        let at = folder.path().join(name);
        put(&at.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#);
        put(
            &at.join("blobs/sha256").join(Digest::of(b"x").encoded()),
            b"x",
        );
        fs::create_dir_all(at.join(".uploads")).unwrap();
    }
    put(
        &folder.path().join("a/index.json"),
        br#"{"schemaVersion":2,"manifests":[]}"#,
    );
    put(&folder.path().join("b/index.json"), b"{bad");
    let target = format!("storage:{}", folder.path().display());
    for policy in ["zot", "olareg", "unknown", "ideal"] {
        let ran = regscope_with(&["impact", &target, "--policy", policy, "--format", "json"]);
        let answer = ran.json();
        let scopes: Vec<&Value> = answer["objects_freed"].as_array().unwrap().iter().collect();
        assert!(
            scopes.iter().all(|freed| freed["scope"] == "a"),
            "{policy}: {answer}"
        );
        assert_eq!(ran.code, 4);
    }
}

#[test]
#[cfg(unix)]
fn the_disk_gives_nothing_back_of_a_file_that_has_another_name_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (storage, outside) = (folder.path().join("storage"), folder.path().join("outside"));
    put(
        &storage.join("a/oci-layout"),
        br#"{"imageLayoutVersion":"1.0.0"}"#,
    );
    put(
        &storage.join("a/index.json"),
        br#"{"schemaVersion":2,"manifests":[]}"#,
    );
    let blob = storage
        .join("a/blobs/sha256")
        .join(Digest::of(b"12345").encoded());
    put(&blob, b"12345");
    let target = format!("storage:{}", storage.display());
    let asked = || {
        let ran = regscope_with(&["impact", &target, "--policy", "zot", "--format", "json"]);
        let answer = ran.json();
        (
            answer["freed_bytes"].clone(),
            answer["freed_bytes_on_disk"].clone(),
        )
    };
    assert_eq!(asked(), (json!(5), json!(5)));
    fs::hard_link(&blob, &outside).unwrap();
    assert_eq!(asked(), (json!(5), json!(0)));
}

#[test]
fn a_storage_without_repositories_or_without_blobs_ends_the_run_and_hides_nothing() {
    let stored = Stored::new();
    fs::remove_dir_all(stored.tree().join("repositories")).unwrap();
    assert_eq!(stored.aborts(), [true; 4]);
    let (answer, code) = stored.asked("distribution-3");
    let place = "Path not found: /docker/registry/v2/repositories";
    assert_eq!((&answer["aborted"], code), (&json!(place), 0));
    // Nothing is hidden: who collects otherwise takes the manifest, its layer and the blob that nothing names.
    assert_eq!(stored.freed("ideal").len(), 3);
    let tree = format!("storage:{}", stored.tree().display());
    let ran = regscope_with(&["impact", &tree, "--policy", "distribution-2.8"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains(place), "{}", ran.out);

    let stored = Stored::new();
    fs::remove_dir_all(stored.tree().join("blobs")).unwrap();
    for policy in PRESETS {
        let (answer, _) = stored.asked(policy);
        let reason = "error enumerating blobs: Path not found: /docker/registry/v2/blobs";
        assert_eq!(answer["aborted"], reason, "{policy}");
    }
    let neither = tempfile::tempdir().unwrap();
    fs::create_dir_all(neither.path().join("blobs")).unwrap();
    let target = format!("storage:{}", neither.path().display());
    assert_eq!(
        regscope_with(&["impact", &target]).code,
        3,
        "that may be anything"
    );
}

//! `regscope stale` and `regscope updates` on a real registry, Debian's docker-registry.
//!
//! `cargo test --test stale -- --include-ignored`

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows these in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod independent;
    pub mod servers;
}

use serde_json::{Value, json};
use support::binary::{Ran, regscope_with};
use support::independent::digest_of;
use support::servers::{Connection, Program, Server};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A registry that images are pushed to.
struct Registry {
    server: Server,
    connection: Connection,
}

/// A descriptor of bytes.
fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest_of("sha256", bytes), "size": bytes.len()})
}

impl Registry {
    fn new() -> Self {
        let server = Server::start(Program::DockerRegistry);
        let connection = server.connect();
        Self { server, connection }
    }

    fn named(&self, name: &str) -> String {
        format!("{}/{name}", self.server.host())
    }

    fn blob(&mut self, repository: &str, media_type: &str, bytes: &[u8]) -> Value {
        let descriptor = descriptor(media_type, bytes);
        let digest = descriptor["digest"].as_str().unwrap().to_owned();
        self.connection.put_blob(repository, &digest, bytes);
        descriptor
    }

    /// Pushes a manifest under a tag, or by its digest where `tag` is empty.
    fn manifest(
        &mut self,
        repository: &str,
        tag: &str,
        media_type: &str,
        document: &Value,
    ) -> Value {
        let text = document.to_string();
        let descriptor = descriptor(media_type, text.as_bytes());
        let digest = descriptor["digest"].as_str().unwrap().to_owned();
        let tag = if tag.is_empty() { &digest } else { tag };
        self.connection
            .put_manifest(repository, tag, media_type, &text);
        descriptor
    }

    /// Pushes an image of these layers, made on a day of June.
    fn image(
        &mut self,
        repository: &str,
        tag: &str,
        layers: &[&str],
        day: u8,
        annotations: Value,
    ) -> Value {
        let diff_ids: Vec<_> = layers
            .iter()
            .map(|layer| digest_of("sha256", layer.as_bytes()))
            .collect();
        let config = json!({
            "os": "linux",
            "architecture": "amd64",
            "created": format!("2026-06-{day:02}T00:00:00Z"),
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        let config = self.blob(
            repository,
            "application/vnd.oci.image.config.v1+json",
            config.to_string().as_bytes(),
        );
        let mut entries = Vec::new();
        for layer in layers {
            entries.push(self.blob(
                repository,
                "application/vnd.oci.image.layer.v1.tar",
                layer.as_bytes(),
            ));
        }
        let mut document =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": entries});
        if !annotations.is_null() {
            document["annotations"] = annotations;
        }
        self.manifest(repository, tag, MANIFEST, &document)
    }

    /// Pushes an index of an image and, as BuildKit attaches it, an account of its build.
    fn built(&mut self, repository: &str, tag: &str, image: &Value, materials: &[(&str, &Value)]) {
        let materials: Vec<_> = materials
            .iter()
            .map(|(uri, base)| {
                let digest = base["digest"]
                    .as_str()
                    .unwrap()
                    .trim_start_matches("sha256:");
                json!({"uri": uri, "digest": {"sha256": digest}})
            })
            .collect();
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": "https://slsa.dev/provenance/v0.2",
            "subject": [],
            "predicate": {"builder": {"id": ""}, "buildType": "https://mobyproject.org/buildkit@v1", "materials": materials},
        });
        let mut layer = self.blob(
            repository,
            "application/vnd.in-toto+json",
            statement.to_string().as_bytes(),
        );
        layer["annotations"] =
            json!({"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"});
        let config = self.blob(
            repository,
            "application/vnd.oci.image.config.v1+json",
            b"{\"os\":\"unknown\",\"architecture\":\"unknown\"}",
        );
        let attestation =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]});
        let mut attestation = self.manifest(repository, "", MANIFEST, &attestation);
        attestation["platform"] = json!({"os": "unknown", "architecture": "unknown"});
        attestation["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image["digest"],
        });
        let mut entry = image.clone();
        entry["platform"] = json!({"os": "linux", "architecture": "amd64"});
        let index =
            json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry, attestation]});
        self.manifest(repository, tag, INDEX, &index);
    }

    /// Annotations that name a base.
    fn on(&self, name: &str, base: &Value) -> Value {
        json!({
            "org.opencontainers.image.base.name": self.named(name),
            "org.opencontainers.image.base.digest": base["digest"],
        })
    }
}

/// The only image of an answer.
fn only(ran: &Ran) -> Value {
    let document = ran.json();
    let images = document["images"].as_array().unwrap();
    assert_eq!(images.len(), 1, "{document:#}");
    images[0].clone()
}

fn stale(arguments: &[&str]) -> Ran {
    let all = [&["stale"], arguments, &["--format", "json", "--no-cache"]].concat();
    regscope_with(&all)
}

#[test]
#[ignore = "needs docker-registry"]
fn a_base_that_moves_makes_stale_by_annotation() {
    let mut registry = Registry::new();
    let base = registry.image("base", "1", &["a", "b"], 1, Value::Null);
    let annotations = registry.on("base:1", &base);
    registry.image("app", "1.0", &["a", "b", "c"], 2, annotations);
    let target = registry.named("app:1.0");
    let fresh = stale(&[&target]);
    assert_eq!(fresh.code, 0, "{}", fresh.err);
    let row = only(&fresh);
    assert_eq!(
        (&row["verdict"], &row["base"]["found_by"]),
        (&json!("fresh"), &json!("base-annotation"))
    );
    assert_eq!(row["current_digest"], base["digest"]);

    let moved = registry.image("base", "1", &["a", "b2", "b3"], 11, Value::Null);
    let ran = stale(&[&target]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let row = only(&ran);
    assert_eq!(
        (&row["verdict"], &row["causes"]),
        (&json!("stale"), &json!(["moved"]))
    );
    assert_eq!(row["current_digest"], moved["digest"]);
    assert_eq!(
        (&row["behind"]["days"], &row["behind"]["layers"]),
        (&json!(10), &json!(2))
    );
}

#[test]
#[ignore = "needs docker-registry"]
fn a_base_that_moves_makes_stale_by_layers_alone() {
    let mut registry = Registry::new();
    registry.image("base", "1.0.1", &["a", "b"], 1, Value::Null);
    registry.image("base", "1", &["a", "b"], 1, Value::Null);
    registry.image("app", "1.0", &["a", "b", "c"], 2, Value::Null);
    let (target, bases) = (registry.named("app:1.0"), registry.named("base"));
    let row = only(&stale(&[&target, "--bases", &bases]));
    assert_eq!(
        (&row["verdict"], &row["base"]["found_by"]),
        (&json!("fresh"), &json!("layer-prefix"))
    );
    assert_eq!(row["base"]["shared_layers"], 2);
    assert_eq!(row["base"]["reference"], registry.named("base:1.0.1"));

    registry.image("base", "1.0.2", &["a", "b2"], 11, Value::Null);
    let ran = stale(&[&target, "--bases", &bases]);
    assert_eq!(
        (ran.code, &only(&ran)["causes"]),
        (0, &json!(["newer-release"]))
    );
    let ran = stale(&[&target, "--bases", &bases, "--newer"]);
    let row = only(&ran);
    assert_eq!(
        (ran.code, &row["verdict"], &row["newer"]),
        (1, &json!("stale"), &json!("1.0.2"))
    );

    // A name without a digest: the layers tell.
    let name = json!({"org.opencontainers.image.base.name": registry.named("base:1")});
    registry.image("app", "2.0", &["a", "b", "d"], 3, name);
    let target = registry.named("app:2.0");
    assert_eq!(only(&stale(&[&target]))["verdict"], "fresh");
    registry.image("base", "1", &["a", "b2"], 11, Value::Null);
    let row = only(&stale(&[&target]));
    assert_eq!(
        (&row["verdict"], &row["causes"]),
        (&json!("stale"), &json!(["moved"]))
    );
}

#[test]
#[ignore = "needs docker-registry"]
fn a_base_that_moves_makes_stale_by_provenance_and_a_build_stage_is_none() {
    let mut registry = Registry::new();
    let base = registry.image("base", "1", &["a", "b"], 1, Value::Null);
    let builder = registry.image("builder", "1", &["x", "y"], 1, Value::Null);
    let image = registry.image("app", "plain", &["a", "b", "c"], 2, Value::Null);
    let host = registry.server.host().replace(':', "%3A");
    let (first, second) = (
        format!("pkg:docker/{host}/builder@1?platform=linux%2Famd64"),
        format!("pkg:docker/{host}/base@1?platform=linux%2Famd64"),
    );
    registry.built(
        "app",
        "1.0",
        &image,
        &[(&first, &builder), (&second, &base)],
    );
    let target = registry.named("app:1.0");
    let row = only(&stale(&[&target]));
    assert_eq!(
        (&row["verdict"], &row["base"]["found_by"]),
        (&json!("fresh"), &json!("provenance")),
        "{row:#}"
    );
    assert_eq!(row["base"]["reference"], registry.named("base:1"));
    assert_eq!(row["bases"].as_array().unwrap().len(), 2);

    registry.image("base", "1", &["a", "b2"], 11, Value::Null);
    let ran = stale(&[&target]);
    let row = only(&ran);
    assert_eq!(
        (ran.code, &row["verdict"], &row["causes"]),
        (1, &json!("stale"), &json!(["moved"]))
    );
}

#[test]
#[ignore = "needs docker-registry"]
fn where_evidence_contradicts_itself_longer_layers_win_and_it_is_told() {
    let mut registry = Registry::new();
    let grand = registry.image("grand", "1", &["a"], 1, Value::Null);
    let annotations = registry.on("grand:1", &grand);
    // The base hands its own annotation on to what is built upon it.
    registry.image("base", "1", &["a", "b"], 1, annotations.clone());
    registry.image("app", "1.0", &["a", "b", "c"], 2, annotations);
    let (target, bases) = (registry.named("app:1.0"), registry.named("base"));
    let row = only(&stale(&[&target, "--bases", &bases]));
    assert_eq!(row["base"]["found_by"], "layer-prefix");
    assert_eq!(row["base"]["reference"], registry.named("base:1"));
    assert_eq!(row["conflicts"].as_array().unwrap().len(), 1, "{row:#}");
    assert_eq!(row["chain"][0]["reference"], registry.named("grand:1"));
    assert_eq!(row["bases"][0]["found_by"], "base-annotation");
}

#[test]
#[ignore = "needs docker-registry"]
fn what_is_gone_is_stale_and_what_cannot_be_seen_is_unknown() {
    let mut registry = Registry::new();
    let base = registry.image("base", "1", &["a"], 1, Value::Null);
    for (tag, name) in [("gone", "base:9"), ("unseen", "nowhere:1")] {
        let annotations = registry.on(name, &base);
        registry.image("app", tag, &["a", tag], 2, annotations);
    }
    registry.image(
        "app",
        "scratch",
        &["z"],
        2,
        json!({"org.opencontainers.image.base.name": "scratch"}),
    );
    let ran = stale(&[&registry.named("app:gone")]);
    assert_eq!((ran.code, &only(&ran)["causes"]), (1, &json!(["gone"])));
    let ran = stale(&[&registry.named("app:unseen")]);
    assert_eq!(
        (ran.code, &only(&ran)["verdict"]),
        (4, &json!("unknown")),
        "{}",
        ran.out
    );
    assert_eq!(ran.json()["coverage"]["complete"], false);
    let ran = stale(&[&registry.named("app:scratch")]);
    assert_eq!((ran.code, &only(&ran)["verdict"]), (0, &json!("fresh")));
}

#[test]
#[ignore = "needs docker-registry"]
fn a_base_is_asked_for_once_however_many_stand_on_it() {
    let mut registry = Registry::new();
    let base = registry.image("base", "1", &["a"], 1, Value::Null);
    for number in 0..20 {
        let annotations = registry.on("base:1", &base);
        let (tag, layer) = (format!("1.{number}"), format!("layer {number}"));
        registry.image("app", &tag, &["a", &layer], 2, annotations);
    }
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let ran = stale(&[&registry.named("app"), "--log", log.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()["images"].as_array().unwrap().len(), 20);
    let log = std::fs::read_to_string(log).unwrap();
    let about_base: Vec<_> = log
        .lines()
        .filter(|line| line.contains("/v2/base/"))
        .collect();
    assert_eq!(about_base.len(), 1, "{about_base:#?}");
    assert!(about_base[0].contains("HEAD"), "{about_base:?}");
}

#[test]
#[ignore = "needs docker-registry"]
fn updates_offers_what_can_be_pulled_and_says_which_platforms_it_lacks() {
    let mut registry = Registry::new();
    let amd64 = registry.image("app", "1.0.0", &["a"], 1, Value::Null);
    registry.image("app", "latest", &["a"], 1, Value::Null);
    registry.image("app", "1.0.1-alpine", &["d"], 1, Value::Null);
    let index = |image: &Value, architectures: &[&str]| {
        let entries: Vec<_> = architectures
            .iter()
            .map(|architecture| {
                let mut entry = image.clone();
                entry["platform"] = json!({"os": "linux", "architecture": architecture});
                entry
            })
            .collect();
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
    };
    registry.manifest("app", "1.0.1", INDEX, &index(&amd64, &["amd64", "arm64"]));
    registry.manifest("app", "1.1.0", INDEX, &index(&amd64, &["amd64"]));
    registry.manifest("app", "2.0.0-rc.1", INDEX, &index(&amd64, &["s390x"]));
    let target = registry.named("app:1.0.1");
    let ran = regscope_with(&[
        "updates",
        &target,
        "--format",
        "json",
        "--no-cache",
        "--fail-on",
        "minor",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let document = ran.json();
    let row = &document["candidates"][0];
    assert_eq!(
        (&row["patch"], &row["minor"], &row["major"]),
        (&Value::Null, &json!("1.1.0"), &Value::Null)
    );
    assert_eq!(row["lacks_platforms"], json!({"1.1.0": ["linux/arm64"]}));
    let latest = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["tag"] == "latest")
        .unwrap();
    assert_eq!(
        (&latest["kind"], &latest["release"]),
        (&json!("rolling"), &json!("1.0.0"))
    );
    let ran = regscope_with(&["updates", &target, "--no-cache", "--fail-on", "major"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = regscope_with(&["updates", &registry.named("app:9"), "--no-cache"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    let ran = regscope_with(&["updates", &target, "--range", "newest", "--no-cache"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

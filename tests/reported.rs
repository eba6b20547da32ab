//! Situations that people reported of other tools, and what is right here: what an archive, a layout, a storage or a
//! registry really has is shown, or said not to be known.

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

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use binary::{Ran, regscope, regscope_with, run};
use folder::{CONFIG, Folder, IMAGE, LAYER, digest};
use serde_json::{Value, json};
use support::content::INDEX;
use support::registry::{Access, Options};
use support::{Fault, TestRegistry};

const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// Runs `tree` as JSON while the registry, which is in this process, answers.
async fn tree(registry: &TestRegistry, place: &str, environment: &[(&str, &str)]) -> Ran {
    let target = format!("{}/{place}", registry.host());
    let mut command = regscope();
    command.args(["tree", &target, "--no-cache", "--format", "json"]);
    command.envs(environment.iter().copied());
    tokio::task::spawn_blocking(move || run(&mut command))
        .await
        .unwrap()
}

fn names(document: &Value, kind: &str) -> BTreeSet<String> {
    let nodes = document["nodes"].as_array().into_iter().flatten();
    let nodes = nodes.filter(|node| node["kind"] == kind);
    let names = nodes.map(|node| node["name"].as_str().unwrap_or_default().to_owned());
    names.collect()
}

fn has(document: &Value, digest: &str) -> bool {
    let mut nodes = document["nodes"].as_array().into_iter().flatten();
    nodes.any(|node| node["digest"] == digest)
}

fn holes(document: &Value) -> String {
    document["coverage"]["holes"].to_string()
}

/// A tar file of a layout's files, with `index` in place of its index, and `manifest.json` beside it.
fn saved(folder: &Folder, index: &Value, images: &Value, to: &Path) {
    let mut archive = tar::Builder::new(std::fs::File::create(to).unwrap());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, bytes).unwrap();
    };
    add("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
    add("index.json", index.to_string().as_bytes());
    add("manifest.json", images.to_string().as_bytes());
    for entry in std::fs::read_dir(folder.path().join("blobs/sha256")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        add(&format!("blobs/sha256/{name}"), &bytes);
    }
    archive.finish().unwrap();
}

/// What `docker save` writes of an image in `manifest.json`.
fn docker_entry(folder: &Folder, image: &Value, tags: &[&str]) -> Value {
    let document = std::fs::read(folder.file(&digest(image))).unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    let file = |blob: &Value| format!("blobs/{}", digest(blob).replace(':', "/"));
    let layers = document["layers"].as_array().unwrap().iter().map(file);
    let layers: Vec<_> = layers.collect();
    json!({"Config": file(&document["config"]), "RepoTags": tags, "Layers": layers})
}

fn config_of(folder: &Folder, image: &Value) -> String {
    let document = std::fs::read(folder.file(&digest(image))).unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    digest(&document["config"])
}

/// An image whose config is its own.
fn image(folder: &Folder, content: &str) -> Value {
    let config = json!({"architecture": "amd64", "os": "linux", "author": content,
        "rootfs": {"type": "layers", "diff_ids": ["sha256:".to_owned() + &"0".repeat(64)]}});
    let config = folder.blob(CONFIG, config.to_string().as_bytes());
    let layer = folder.blob(LAYER, content.as_bytes());
    folder.document(
        &json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer]}),
    )
}

#[test]
fn all_that_either_list_of_a_docker_archive_names_is_shown() {
    let folder = Folder::new();
    let (one, other) = (image(&folder, "one"), image(&folder, "other"));
    let entry = |image: &Value, tags: &[&str]| docker_entry(&folder, image, tags);
    let both = json!([entry(&one, &["one:1"]), entry(&other, &["other:1"])]);
    let file = tempfile::NamedTempFile::new().unwrap();
    for rows in [Value::Null, json!([]), json!([one])] {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows});
        saved(&folder, &index, &both, file.path());
        for target in ["", "docker-archive:"] {
            let target = format!("{target}{}", file.path().display());
            let document = regscope_with(&["tree", &target, "--format", "json"]).json();
            for image in [&one, &other] {
                assert!(
                    has(&document, &config_of(&folder, image)),
                    "{rows} {target}"
                );
            }
        }
    }
    // The config of one is not in the file.
    let mut lost = entry(&other, &["lost:1"]);
    lost["Config"] = "missing.json".into();
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [one]});
    saved(
        &folder,
        &index,
        &json!([entry(&one, &["one:1"]), lost]),
        file.path(),
    );
    let target = file.path().display().to_string();
    let ran = regscope_with(&["tree", &target, "--format", "json"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(holes(&ran.json()).contains("missing.json"), "{}", ran.out);
}

#[test]
fn a_platform_is_asked_for_as_it_is_printed() {
    let mut folder = Folder::new();
    let versions = ["10.0.17763.4974", "10.0.20348.2031"];
    let rows = versions.map(|version| {
        let mut row = image(&folder, version);
        row["platform"] = json!({"os": "windows", "architecture": "amd64", "os.version": version});
        row
    });
    let index =
        folder.document(&json!({"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": rows}));
    folder.tag("win", &index);
    let mut arm = image(&folder, "arm");
    arm["platform"] = json!({"os": "linux", "architecture": "arm64", "variant": "v8"});
    let index = folder.index(&[arm.clone()]);
    folder.tag("arm", &index);
    let loaded = |tag: &str, platform: &str| {
        let target = format!("{}:{tag}", folder.target());
        let ran = regscope_with(&["tree", &target, "--platform", platform, "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let document = ran.json();
        let nodes = document["nodes"].as_array().unwrap().iter();
        let loaded = nodes.filter(|node| node["kind"] == "manifest" && node["state"] == "loaded");
        let digests = loaded.map(|node| node["digest"].as_str().unwrap().to_owned());
        digests.collect::<Vec<_>>()
    };
    let text = regscope_with(&["tree", &format!("{}:win", folder.target())]).out;
    for (version, row) in versions.iter().zip(&rows) {
        let printed = format!("windows/amd64:{version}");
        assert!(text.contains(&printed), "{text}");
        assert_eq!(loaded("win", &printed), [digest(row)]);
    }
    for written in ["linux/arm64", "linux/arm64/v8"] {
        assert_eq!(loaded("arm", written), [digest(&arm)], "{written}");
    }
}

#[test]
fn a_layer_that_is_kept_elsewhere_is_told_apart_and_not_summed() {
    let mut folder = Folder::new();
    let foreign = json!({"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "size": 1_661_063_074, "digest": format!("sha256:{}", "2".repeat(64)), "urls": ["https://layers.example/base"]});
    let own = folder.blob(LAYER, b"own");
    let config = folder.blob(
        CONFIG,
        br#"{"os":"windows","architecture":"amd64","os.version":"10.0.1.2"}"#,
    );
    let mut made = folder.document(
        &json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config,
        "layers": [foreign, own]}),
    );
    // An empty platform says nothing; the config does.
    made["platform"] = json!({});
    let index = folder.index(&[made]);
    folder.tag("1", &index);
    let ran = regscope_with(&["tree", &folder.target(), "--full"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("kept elsewhere"), "{}", ran.out);
    assert!(ran.out.contains("windows/amd64"), "{}", ran.out);
    let row = ran.out.lines().find(|line| line.contains("image")).unwrap();
    assert!(!row.contains("GB") && !row.contains("GiB"), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_no_missing_thing_and_a_link_that_leads_out_is_named_so() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::os::unix::process::CommandExt as _;
    let root = tempfile::tempdir().unwrap();
    let place = root
        .path()
        .join("docker/registry/v2/repositories/app/_manifests");
    let hex = "1".repeat(64);
    for (name, bytes) in [
        (
            format!("revisions/sha256/{hex}/link"),
            format!("sha256:{hex}"),
        ),
        ("tags/1/current/link".to_owned(), format!("sha256:{hex}")),
    ] {
        let path = place.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    std::fs::create_dir_all(root.path().join("docker/registry/v2/blobs/sha256")).unwrap();
    let closed = place.join("revisions");
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&closed, 0);
    set(root.path(), 0o755);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_regscope"));
    let target = format!("storage:{}", root.path().display());
    command.args(["tree", &target, "--no-cache", "--format", "json"]);
    // Root may read everything; whoever else runs the tests may not.
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let output = command.env("HOME", "/dev/null").output().unwrap();
    set(&closed, 0o755);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{told}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        holes(&document).contains("\"forbidden\""),
        "{}",
        holes(&document)
    );
    assert!(
        !holes(&document).contains("\"missing\""),
        "{}",
        holes(&document)
    );

    let mut folder = Folder::new();
    let outside = tempfile::NamedTempFile::new().unwrap();
    let image = image(&folder, "linked");
    folder.tag("1", &image);
    let file = folder.file(&digest(&image));
    std::fs::rename(&file, outside.path()).unwrap();
    symlink(outside.path(), &file).unwrap();
    let ran = regscope_with(&["tree", &folder.target(), "--format", "json"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(
        holes(&ran.json()).contains("outside its folder"),
        "{}",
        holes(&ran.json())
    );
}

#[test]
fn a_small_archive_that_swells_ends_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.tar.gz");
    let packed = flate2::write::GzEncoder::new(
        std::fs::File::create(&file).unwrap(),
        flate2::Compression::fast(),
    );
    let mut archive = tar::Builder::new(packed);
    let mut header = tar::Header::new_ustar();
    let zeros = format!("[{}0]", "0,".repeat(16 << 20));
    header.set_size(zeros.len() as u64);
    archive
        .append_data(&mut header, "manifest.json", zeros.as_bytes())
        .unwrap();
    archive
        .into_inner()
        .unwrap()
        .finish()
        .unwrap()
        .flush()
        .unwrap();
    // Within a gigabyte and a half of addresses, of which the threads' stacks are a part.
    let line = format!(
        "ulimit -v 1500000; exec {} tree {}",
        env!("CARGO_BIN_EXE_regscope"),
        file.display()
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &line])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("manifest.json"), "{told}");
}

#[test]
fn advice_is_taken_by_the_program_that_gives_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "some notes\n").unwrap();
    let ran = regscope_with(&["tree", file.to_str().unwrap()]);
    assert_eq!(ran.code, 3);
    assert!(!ran.err.contains("snapshot:"), "{}", ran.err);
}

#[tokio::test]
async fn next_pages_on_an_inner_host_are_asked_of_the_registrys_own_address() {
    let registry = TestRegistry::with(Options {
        page_size: 2,
        ..Options::default()
    })
    .await;
    for number in 0..5 {
        registry.tagged_image("app", &format!("t{number}"));
    }
    for inner in ["http://core:8080", "https://127.0.0.1:1/prefix"] {
        registry.heal();
        let page = |names: &[&str]| json!({"name": "app", "tags": names}).to_string();
        let link = format!("<{inner}/v2/app/tags/list?last=t1&n=2>; rel=\"next\"");
        registry.fault(
            "/v2/app/tags/list",
            Fault::body(page(&["t0", "t1"]))
                .header("Content-Type", "application/json")
                .header("Link", &link)
                .times(1),
        );
        let ran = tree(&registry, "app", &[]).await;
        assert_eq!(ran.code, 0, "{inner}: {}", ran.err);
        assert_eq!(names(&ran.json(), "tag").len(), 5, "{inner}");
    }
}

#[tokio::test]
async fn what_googles_list_says_beside_the_tags_is_known() {
    let registry = TestRegistry::start().await;
    let tagged = registry.tagged_image("app", "v1");
    let untagged = registry.image("app", "untagged");
    let row = |tags: &[&str]| {
        json!({"imageSizeBytes": "900", "mediaType": IMAGE, "tag": tags,
        "timeCreatedMs": "1760000000000", "timeUploadedMs": "1763000000000"})
    };
    let list = json!({"child": [], "name": "app", "tags": ["v1"], "manifest": {
        tagged.digest.to_string(): row(&["v1"]), untagged.digest.to_string(): row(&[])}});
    registry.fault(
        "/v2/app/tags/list",
        Fault::body(list.to_string()).header("Content-Type", "application/json"),
    );
    let ran = tree(&registry, "app", &[]).await;
    assert!(
        has(&ran.json(), &untagged.digest.to_string()),
        "{}",
        ran.out
    );
}

#[tokio::test]
async fn a_repository_of_the_catalog_that_has_no_tags_any_more_is_gone_and_no_failure() {
    let registry = TestRegistry::start().await;
    registry.tagged_image("a", "1");
    registry.image("b/aborted", "never tagged");
    let gone = json!({"errors": [{"code": "NAME_UNKNOWN", "message": "repository name not known to registry"}]});
    let missing = Fault::body(gone.to_string()).header("Content-Type", "application/json");
    registry.fault(
        "/v2/b/aborted/tags/list",
        Fault {
            status: Some(404),
            ..missing
        },
    );
    let ran = tree(&registry, "", &[]).await;
    assert_eq!(ran.code, 0, "{}{}", holes(&ran.json()), ran.err);
    let document = ran.json();
    let nodes = document["nodes"].as_array().unwrap();
    let aborted = nodes
        .iter()
        .find(|node| node["name"] == "b/aborted")
        .unwrap();
    assert_eq!(aborted["gone"], true, "{aborted}");
}

#[tokio::test]
async fn credentials_in_the_environment_are_used() {
    let registry = TestRegistry::with(Options {
        auth: Access::Basic("robot", "secret"),
        ..Options::default()
    })
    .await;
    registry.tagged_image("app", "1");
    let login = base64::engine::general_purpose::STANDARD.encode("robot:secret");
    let config = json!({"auths": {registry.host().as_str(): {"auth": login}}}).to_string();
    assert_eq!(tree(&registry, "app:1", &[]).await.code, 3);
    let ran = tree(&registry, "app:1", &[("DOCKER_AUTH_CONFIG", &config)]).await;
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[tokio::test]
async fn an_sbom_that_is_invalid_marks_neither_its_platform_nor_its_tag_as_there() {
    let registry = TestRegistry::start().await;
    let image = registry.image("app", "amd64");
    let index = registry.index("app", std::slice::from_ref(&image));
    registry.tag("app", "1", &index);
    let sbom = registry.referrer("app", &image, "application/spdx+json", "a bill");
    let path = format!("/v2/app/manifests/{}", sbom.digest);
    registry.fault(&path, Fault::body("{ }").header("Content-Type", IMAGE));
    let target = format!("{}/app:1", registry.host());
    let ran = tokio::task::spawn_blocking(move || {
        regscope_with(&["tree", &target, "--no-cache", "--full"])
    })
    .await
    .unwrap();
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(
        !ran.out.contains("●B") && !ran.out.contains("◐b"),
        "{}",
        ran.out
    );
    let rows = ran.out.lines().filter(|line| line.contains("·  !"));
    assert_eq!(rows.count(), 2, "{}", ran.out);
}

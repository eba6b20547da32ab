//! One small collection of our own, in every form in which this program reads one: the same graph comes out of each. What
//! the large collections of others test at length, a clone tests here of everything once.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod folder;
    pub mod independent;
}

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::binary::{differences, shown, tree};
use support::folder::{Folder, REF_NAME, digest, tag_of};
use support::independent::{self, Reading};

/// An index of two platforms under two tags, with evidence in the ways that a registry has: a subject, a fallback tag, a
/// tag of cosign's, an attestation of BuildKit's; and a chart beside it.
fn collection() -> Folder {
    let mut folder = Folder::new();
    let (amd, arm) = (folder.image("amd64"), folder.image("arm64"));
    let attestation = support::folder::annotated(
        &folder.image("provenance"),
        &[
            ("vnd.docker.reference.type", "attestation-manifest"),
            ("vnd.docker.reference.digest", &digest(&amd)),
        ],
    );
    let index = folder.index(&[amd.clone(), arm, attestation]);
    folder.tag("1.0", &index);
    folder.tag("latest", &index);
    let sbom = folder.referrer(&amd, "application/spdx+json");
    folder.tag(&tag_of(&amd), &folder.index(&[sbom]));
    folder.tag(
        &format!("{}.sig", tag_of(&index)),
        &folder.image("signature"),
    );
    let chart = folder.document(&json!({
        "schemaVersion": 2, "mediaType": support::folder::IMAGE,
        "config": folder.blob("application/vnd.cncf.helm.config.v1+json", br#"{"name":"app","version":"0.1.0"}"#),
        "layers": [folder.blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", b"a chart")],
    }));
    folder.tag("chart-0.1.0", &chart);
    folder
}

/// Every file of a layout, by its path in it.
fn files(layout: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![layout.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(layout).unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn archive(layout: &Path) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files(layout) {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    archive.into_inner().unwrap()
}

fn written(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// The layout as distribution keeps a repository: content for all, links for what the repository has.
fn distribution(layout: &Path, root: &Path) {
    let top = root.join("docker/registry/v2");
    let repository = top.join("repositories/team/app");
    for (name, bytes) in files(layout) {
        let Some(hex) = name
            .strip_prefix("blobs/sha256")
            .ok()
            .and_then(Path::to_str)
        else {
            continue;
        };
        let (start, _) = hex.split_at(2);
        written(
            &top.join(format!("blobs/sha256/{start}/{hex}/data")),
            &bytes,
        );
        let is_manifest = serde_json::from_slice::<Value>(&bytes)
            .is_ok_and(|document| document.get("schemaVersion").is_some());
        let place = if is_manifest {
            "_manifests/revisions"
        } else {
            "_layers"
        };
        let link = repository.join(place).join("sha256").join(hex).join("link");
        written(&link, format!("sha256:{hex}").as_bytes());
    }
    let index = std::fs::read(layout.join("index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    for row in index["manifests"].as_array().unwrap() {
        let tag = row["annotations"][REF_NAME].as_str().unwrap();
        let link = repository
            .join("_manifests/tags")
            .join(tag)
            .join("current/link");
        written(&link, digest(row).as_bytes());
    }
}

/// What is the same wherever the collection lies: what is there, and what belongs to what.
fn common(reading: &Reading) -> (BTreeSet<&String>, BTreeSet<&(String, String, String)>) {
    (
        reading.nodes.keys().collect(),
        reading.edges.keys().collect(),
    )
}

#[test]
fn one_collection_is_the_same_graph_from_every_form() {
    let folder = collection();
    let layout = folder.path();
    let expected = independent::read(&layout);
    let read = |target: &str, repository: &str| shown(&tree(target, &[]), repository);
    let wrong = |reading: &Reading| differences(&expected, reading).join("\n");
    let target = folder.target();
    assert_eq!(wrong(&read(&target, &target)), "", "a layout");

    let elsewhere = tempfile::tempdir().unwrap();
    let plain = archive(&layout);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&plain).unwrap();
    let packed = packed.finish().unwrap();
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut tight = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    tight.write_all(&plain).unwrap();
    let tight = tight.finish().unwrap();
    for (name, bytes) in [
        ("a.tar", &plain),
        ("a.tar.gz", &packed),
        ("a.tar.xz", &tight),
    ] {
        let file = elsewhere.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let archive = format!("oci-archive:{}", file.display());
        assert_eq!(wrong(&read(&archive, &archive)), "", "{name}");
        // One image of it by its name is what the layout has under that name.
        let of_layout = shown(&tree(&format!("{target}:1.0"), &[]), &target);
        for one in [format!("{archive}:1.0"), format!("{}:1.0", file.display())] {
            let document = tree(&one, &[]);
            let named: Vec<_> = document["nodes"].as_array().unwrap().iter().collect();
            let origin = named[0]["registry"].as_str().unwrap();
            let of_archive = shown(&document, origin);
            assert_eq!(differences(&of_layout, &of_archive), [""; 0], "{one}");
        }
    }

    let zot = elsewhere.path().join("zot");
    for (name, bytes) in files(&layout) {
        written(&zot.join("team/app").join(name), &bytes);
    }
    let storage = elsewhere.path().join("distribution");
    distribution(&layout, &storage);
    for place in [zot, storage] {
        let target = format!("storage:{}", place.display());
        let reading = read(&target, "team/app");
        assert_eq!(common(&reading), common(&expected), "{target}");
    }
}

#[test]
fn the_collection_has_something_of_everything() {
    let folder = collection();
    let reading = independent::read(&folder.path());
    let kinds: BTreeSet<&str> = reading
        .edges
        .keys()
        .map(|(_, _, kind)| kind.as_str())
        .collect();
    for kind in ["names", "child", "config", "layer", "subject"] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let subjects = reading
        .edges
        .keys()
        .filter(|(_, _, kind)| kind == "subject");
    assert!(subjects.count() >= 3, "{:?}", reading.edges);
    assert!(reading.holes.is_empty(), "{:?}", reading.holes);
}

//! Every layout and manifest of the corpus, against an independent reading of the files and against what other tools
//! said of them.
//!
//! Runs where `REGSCOPE_CORPUS` names the corpus, and says that it did not where it does not.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "clippy allows these in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod folder;
    pub mod independent;
}

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::binary::{differences, regscope_with, shown, tree};
use support::folder::{CONFIG, Folder, IMAGE, INDEX, REF_NAME, annotated, digest, tag_of};
use support::independent;

/// The corpus, if this run has one.
fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("REGSCOPE_CORPUS").map(PathBuf::from);
    if path.is_none() {
        println!("skipped: set REGSCOPE_CORPUS");
    }
    path
}

/// Every folder below `folder` that is a layout, sorted.
fn layouts(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    if entries.iter().any(|entry| entry.ends_with("index.json")) {
        found.push(folder.to_owned());
        return;
    }
    for entry in entries.into_iter().filter(|entry| entry.is_dir()) {
        layouts(&entry, found);
    }
}

/// Every layout, with how many nodes and edges it has.
const COUNTS: &[(&str, usize, usize)] = &[
    ("layouts/docker-attest/containerd-subject-layout", 8, 8),
    ("layouts/docker-attest/no-provenance-index", 14, 16),
    ("layouts/docker-attest/unsigned-index", 16, 18),
    (
        "layouts/go-containerregistry/test_gc_image_unknown_mediatype",
        2,
        0,
    ),
    ("layouts/go-containerregistry/test_gc_index", 9, 10),
    ("layouts/go-containerregistry/test_index", 13, 14),
    ("layouts/go-containerregistry/test_index_media_type", 4, 2),
    ("layouts/go-containerregistry/test_index_one_image", 4, 2),
    ("layouts/notation/e2e-valid-signature", 9, 10),
    ("layouts/oras/artifacts", 42, 63),
    ("layouts/oras/blobs", 1, 0),
    ("layouts/oras/images", 24, 28),
    ("layouts/slsa-verifier/container_workflow_dispatch", 20, 19),
    ("real/layouts/cosign-save", 15, 17),
    ("real/layouts/crane", 8, 8),
    ("real/layouts/oras", 43, 59),
    ("real/layouts/regctl", 54, 77),
    ("real/layouts/skopeo", 9, 10),
    ("real/storage/zot/charts/app-chart", 5, 4),
    ("real/storage/zot/team/app", 78, 108),
    ("real/storage/zot/team/base", 16, 18),
];

#[test]
fn every_layout_is_shown_as_an_independent_reading_finds_it() {
    let Some(corpus) = corpus() else { return };
    let mut folders = Vec::new();
    for part in ["layouts", "real/layouts", "real/storage/zot"] {
        layouts(&corpus.join(part), &mut folders);
    }
    let mut wrong = Vec::new();
    let mut counts = Vec::new();
    for folder in &folders {
        let name = folder.strip_prefix(&corpus).unwrap().to_str().unwrap();
        let target = format!("oci:{}", folder.display());
        let expected = independent::read(folder);
        let actual = shown(&tree(&target, &[]), &target);
        counts.push((name, actual.nodes.len(), actual.edges.len()));
        wrong.extend(
            differences(&expected, &actual)
                .iter()
                .map(|line| format!("{name}: {line}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(counts, COUNTS);
}

/// One way in which every kind of edge that no layout of the corpus has is found, and every kind of hole.
#[test]
fn what_no_layout_of_the_corpus_has_is_shown_as_an_independent_reading_finds_it() {
    let mut folder = Folder::new();
    let image = folder.image("one");
    let other = folder.image("two");
    folder.tag("1.0", &image);
    folder.tag("not a tag", &image);
    folder.tag("1.0", &other);
    // A referrers list, one of whose entries says something else of itself, and one that is not there.
    let sbom = folder.referrer(&image, "application/spdx+json");
    let liar = folder.referrer(&other, "application/spdx+json");
    let gone = folder.referrer(&image, "application/vnd.example.gone");
    std::fs::remove_file(folder.file(&digest(&gone))).unwrap();
    folder.tag(
        &tag_of(&image),
        &folder.index(&[sbom.clone(), liar.clone(), gone.clone()]),
    );
    // cosign's tags, other digest tags, and one for a subject that is not there.
    folder.tag(
        &format!("{}.att", tag_of(&image)),
        &folder.image("attestation"),
    );
    folder.tag(&format!("{}.src", tag_of(&image)), &folder.image("sources"));
    folder.tag(
        &format!("sha256-{}.sig", "0".repeat(64)),
        &folder.image("signature"),
    );
    // The rows of containerd, and of olareg's lists.
    let attached = folder.image("attached");
    folder.row(
        &attached,
        &[("io.containerd.manifest.subject", &digest(&image))],
    );
    let listed = folder.image("listed");
    folder.row(
        &folder.index(&[listed]),
        &[("org.olareg.referrer.subject", &digest(&image))],
    );
    // The rows of `cosign save`.
    let saved = folder.image("saved");
    folder.row(
        &saved,
        &[
            ("kind", "dev.cosignproject.cosign/image"),
            (REF_NAME, "saved"),
        ],
    );
    folder.row(
        &folder.image("its signature"),
        &[
            ("kind", "dev.cosignproject.cosign/sigs"),
            (REF_NAME, "saved"),
        ],
    );
    // BuildKit's attestation manifests: one for an entry, one for what is nowhere; and an entry of another type.
    let buildkit = |kind: &str, subject: &str, content: &str| {
        let attestation = folder.image(content);
        annotated(
            &attestation,
            &[
                ("vnd.docker.reference.type", kind),
                ("vnd.docker.reference.digest", subject),
            ],
        )
    };
    let built = folder.index(&[
        other.clone(),
        buildkit("attestation-manifest", &digest(&other), "provenance"),
        buildkit(
            "attestation-manifest",
            &format!("sha256:{}", "1".repeat(64)),
            "of nothing",
        ),
        buildkit("something-else", &digest(&other), "else"),
    ]);
    folder.tag("built", &built);
    // A subject by the name that it had in a draft, an artifact manifest, a sha512 whose referrers tag is cut.
    folder.document(&json!({"schemaVersion": 2, "mediaType": IMAGE, "config": image, "layers": [], "refers": other}));
    let artifact = "application/vnd.oci.artifact.manifest.v1+json";
    folder.document(&json!({"mediaType": artifact, "artifactType": "x/y", "blobs": [folder.blob("text/plain", b"note")], "subject": sbom}));
    let long = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []});
    let long = folder.blob_with("sha512", INDEX, long.to_string().as_bytes());
    folder.tag("long", &long);
    let of_long = folder.referrer(&long, "application/vnd.example.long");
    let cut: String = tag_of(&long).chars().take("sha512-".len() + 64).collect();
    folder.tag(&cut, &folder.index(&[of_long, sbom]));
    // An index that lists itself in a circle of subjects, a child that is not there, one that is no manifest, one whose
    // content is not what its name says, and a config that is no JSON.
    let absent =
        json!({"mediaType": IMAGE, "digest": format!("sha256:{}", "2".repeat(64)), "size": 7});
    let no_json = folder.blob(IMAGE, b"no manifest");
    let broken = folder.image("broken");
    std::fs::write(folder.file(&digest(&broken)), "something else").unwrap();
    let config = folder.blob(CONFIG, b"no config");
    let odd = folder.document(
        &json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [absent]}),
    );
    let empty: Value =
        folder.document(&json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": null}));
    folder.tag("odd", &folder.index(&[absent, no_json, broken, odd, empty]));

    let expected = independent::read(&folder.path());
    let ran = regscope_with(&["tree", &folder.target(), "--format", "json"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    let actual = shown(&ran.json(), &folder.target());
    let wrong = differences(&expected, &actual);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let ways: BTreeSet<&str> = actual
        .edges
        .values()
        .flatten()
        .map(String::as_str)
        .collect();
    let every = [
        "buildkit-annotation",
        "containerd-annotation",
        "cosign-save",
        "cosign-tag",
        "descriptor",
        "digest-tag",
        "fallback-tag",
        "manifest-scan",
        "olareg-row",
        "subject",
        "tag",
        "tags-list",
    ];
    assert_eq!(ways, BTreeSet::from(every));
    let refuted = (digest(&liar), digest(&image), "subject".to_owned());
    assert!(
        !actual.edges.contains_key(&refuted),
        "a claim that the referrer denies"
    );
    let unread = (digest(&gone), digest(&image), "subject".to_owned());
    assert!(
        actual.edges.contains_key(&unread),
        "a claim that nothing denies"
    );
    assert_eq!(actual.holes.len(), 5, "{:?}", actual.holes);
}

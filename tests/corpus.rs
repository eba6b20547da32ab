//! Every layout and manifest of the corpus, against an independent reading of the files and against what other tools
//! said of them.
//!
//! `REGSCOPE_CORPUS=… cargo test --test corpus -- --include-ignored`. What needs no corpus is tested without.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows these in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod corpus;
    pub mod folder;
    pub mod independent;
    pub mod said;
}

#[path = "evidence_of_corpus/mod.rs"]
mod evidence;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regscope::oci::{Digest, Form, Manifest};
use serde_json::{Value, json};
use support::binary::{differences, regscope_with, shown, tree};
use support::corpus::corpus;
use support::folder::{
    ARTIFACT, CONFIG, Folder, IMAGE, INDEX, LAYER, REF_NAME, annotated, digest, tag_of,
};
use support::{independent, said};

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
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_layout_is_shown_as_an_independent_reading_finds_it() {
    let corpus = corpus();
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

fn rows_that_relate(folder: &mut Folder, image: &Value) {
    // The rows of containerd, and of olareg's lists.
    let attached = folder.image("attached");
    folder.row(
        &attached,
        &[("io.containerd.manifest.subject", &digest(image))],
    );
    let listed = folder.image("listed");
    folder.row(
        &folder.index(&[listed]),
        &[("org.olareg.referrer.subject", &digest(image))],
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
}

fn attestations_of_buildkit(folder: &mut Folder, other: &Value) {
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
        buildkit("attestation-manifest", &digest(other), "provenance"),
        buildkit(
            "attestation-manifest",
            &format!("sha256:{}", "1".repeat(64)),
            "of nothing",
        ),
        buildkit("something-else", &digest(other), "else"),
    ]);
    folder.tag("built", &built);
}

fn unusual_subjects(folder: &mut Folder, other: &Value, sbom: &Value) {
    // A subject by the name that it had in a draft, an artifact manifest, a sha512 whose referrers tag is cut.
    folder.document(&json!({"schemaVersion": 2, "mediaType": IMAGE, "config": other, "layers": [], "refers": other}));
    folder.document(&json!({"mediaType": ARTIFACT, "artifactType": "x/y", "blobs": [folder.blob("text/plain", b"note")], "subject": sbom}));
    let long = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []});
    let long = folder.blob_with("sha512", INDEX, long.to_string().as_bytes());
    folder.tag("long", &long);
    let of_long = folder.referrer(&long, "application/vnd.example.long");
    let cut: String = tag_of(&long).chars().take("sha512-".len() + 64).collect();
    folder.tag(&cut, &folder.index(&[of_long, sbom.clone()]));
    // An index whose subject is its own child.
    let own =
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [other], "subject": other});
    folder.document(&own);
}

fn what_cannot_be_read(folder: &mut Folder) {
    // A child that is not there, one that is no manifest, one whose
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
    rows_that_relate(&mut folder, &image);
    attestations_of_buildkit(&mut folder, &other);
    unusual_subjects(&mut folder, &other, &sbom);
    what_cannot_be_read(&mut folder);

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
    assert_eq!(actual.holes.len(), 6, "{:?}", actual.holes);
}

/// Layouts that nobody would write, the same ones in every run.
#[test]
fn layouts_by_chance_are_shown_as_an_independent_reading_finds_them() {
    for seed in 1..=60 {
        let folder = Chance(seed).folder();
        let expected = independent::read(&folder.path());
        let ran = regscope_with(&["tree", &folder.target(), "--format", "json"]);
        let wrong = differences(&expected, &shown(&ran.json(), &folder.target()));
        let index = std::fs::read_to_string(folder.path().join("index.json")).unwrap();
        assert!(
            wrong.is_empty(),
            "seed {seed}\n{}\n{index}",
            wrong.join("\n")
        );
        assert_eq!(
            ran.code,
            if expected.holes.is_empty() { 0 } else { 4 },
            "seed {seed}"
        );
    }
}

/// Numbers that look random (Knuth's linear congruential generator).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn some<'a>(&mut self, of: &'a [Value]) -> &'a Value {
        &of[self.below(of.len())]
    }

    fn several(&mut self, of: &[Value], most: usize) -> Vec<Value> {
        (0..self.below(most + 1))
            .map(|_| self.some(of).clone())
            .collect()
    }

    fn folder(&mut self) -> Folder {
        let mut folder = Folder::new();
        let blobs: Vec<_> = (0..6)
            .map(|number| {
                let media_type = [LAYER, CONFIG, "", "text/plain"][self.below(4)];
                folder.blob(media_type, format!("[{number}]").as_bytes())
            })
            .collect();
        let nowhere =
            json!({"mediaType": IMAGE, "digest": format!("sha256:{}", "3".repeat(64)), "size": 3});
        let mut manifests = vec![nowhere];
        for number in 0..3 + self.below(9) {
            let manifest = self.manifest(&folder, &blobs, &manifests, number);
            manifests.push(manifest);
        }
        for _ in 0..=self.below(7) {
            self.row(&mut folder, &manifests);
        }
        for lost in [blobs, manifests].concat() {
            let file = folder.file(&digest(&lost));
            match self.below(12) {
                0 if file.exists() => std::fs::remove_file(file).unwrap(),
                1 if file.exists() => std::fs::write(file, "damaged").unwrap(),
                _ => {}
            }
        }
        folder
    }

    fn manifest(
        &mut self,
        folder: &Folder,
        blobs: &[Value],
        before: &[Value],
        number: usize,
    ) -> Value {
        let mut document = match self.below(5) {
            0 => {
                json!({"mediaType": ARTIFACT, "artifactType": "x/y", "blobs": self.several(blobs, 3)})
            }
            1 | 2 => json!({"mediaType": INDEX, "manifests": self.several(before, 4)}),
            _ => {
                json!({"mediaType": IMAGE, "config": self.some(blobs), "layers": self.several(blobs, 3)})
            }
        };
        document["schemaVersion"] = json!(2);
        document["annotations"]["number"] = json!(number.to_string());
        if self.one_in(3) {
            let key = ["subject", "refers", "reference"][self.below(3)];
            document[key] = self.some(before).clone();
        }
        if self.one_in(3) && document["manifests"].is_array() {
            let about = digest(self.some(before));
            let marks = [
                ("vnd.docker.reference.type", "attestation-manifest"),
                ("vnd.docker.reference.digest", &about),
            ];
            let entry = annotated(self.some(before), &marks);
            document["manifests"].as_array_mut().unwrap().push(entry);
        }
        if self.one_in(4) {
            document.as_object_mut().unwrap().remove("mediaType");
        }
        let text = document.to_string();
        let algorithm = ["sha256", "sha256", "sha256", "sha384", "sha512"][self.below(5)];
        let media_type =
            document["mediaType"]
                .as_str()
                .unwrap_or(if document["manifests"].is_array() {
                    INDEX
                } else {
                    IMAGE
                });
        let media_type = if document["blobs"].is_array() {
            ARTIFACT
        } else {
            media_type
        };
        folder.blob_with(algorithm, media_type, text.as_bytes())
    }

    fn row(&mut self, folder: &mut Folder, manifests: &[Value]) {
        let named = self.some(manifests).clone();
        let about = self.some(manifests);
        let stem: String = tag_of(about).chars().take("sha256-".len() + 64).collect();
        match self.below(8) {
            0 => folder.row(&named, &[]),
            1 => folder.tag(&stem, &named),
            2 => folder.tag(&format!("{stem}.sig"), &named),
            3 => folder.tag(&format!("{stem}.other"), &named),
            4 => folder.row(
                &named,
                &[("io.containerd.manifest.subject", &digest(about))],
            ),
            5 => folder.row(
                &named,
                &[("org.opencontainers.image.referrer.subject", &digest(about))],
            ),
            number => folder.tag(&format!("tag-{}", number * self.below(2)), &named),
        }
    }
}

type What = (Form, usize, usize, bool);

/// What a manifest of the corpus is: its form, how many entries and layers it has, and whether something is wrong.
const MANIFESTS: &[(&str, Option<What>)] = &[
    ("non-json.manifest.json", None),
    // Its `data` is not what its digests name.
    (
        "oci1.index.everything.json",
        Some((Form::Index, 1, 0, true)),
    ),
    (
        "oci1.index.zstd-selection.json",
        Some((Form::Index, 6, 0, false)),
    ),
    (
        "oci1.index.zstd-selection2.json",
        Some((Form::Index, 10, 0, false)),
    ),
    ("oci1index.json", Some((Form::Index, 3, 0, false))),
    ("ocilist-variants.json", Some((Form::Index, 6, 0, false))),
    // An empty digest in the config: old tools write it for "none".
    ("ociv1.artifact.json", Some((Form::Image, 0, 0, false))),
    ("ociv1.image.index.json", Some((Form::Index, 2, 0, false))),
    ("ociv1.manifest.json", Some((Form::Image, 0, 3, false))),
    (
        "ociv1nomime.artifact.json",
        Some((Form::Image, 0, 0, false)),
    ),
    (
        "ociv1nomime.image.index.json",
        Some((Form::Index, 2, 0, false)),
    ),
    (
        "ociv1nomime.manifest.json",
        Some((Form::Image, 0, 3, false)),
    ),
    (
        "schema2list-variants.json",
        Some((Form::Index, 4, 0, false)),
    ),
    ("schema2list.json", Some((Form::Index, 7, 0, false))),
    (
        "unknown-version.manifest.json",
        Some((Form::Unknown, 0, 0, false)),
    ),
    ("v2list.everything.json", Some((Form::Index, 1, 0, false))),
    ("v2list.manifest.json", Some((Form::Index, 5, 0, false))),
    (
        "v2s1-invalid-signatures.manifest.json",
        Some((Form::Schema1, 0, 0, true)),
    ),
    (
        "v2s1-unsigned.manifest.json",
        Some((Form::Schema1, 0, 3, false)),
    ),
    // A signed one is told to be unchecked.
    ("v2s1.manifest.json", Some((Form::Schema1, 0, 3, true))),
    ("v2s2.manifest.json", Some((Form::Image, 0, 3, false))),
    ("v2s2nomime.manifest.json", Some((Form::Image, 0, 0, false))),
];

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_manifest_is_read_as_what_it_is() {
    let corpus = corpus();
    let files = std::fs::read_dir(corpus.join("manifests/containers-image")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = files.iter().map(|file| {
        let bytes = std::fs::read(file).unwrap();
        let manifest = Manifest::parse(Digest::of(&bytes), bytes.into(), "").ok();
        let what = manifest.map(|it| {
            (
                it.form,
                it.manifests.len(),
                it.layers.len(),
                !it.problems.is_empty(),
            )
        });
        (file.file_name().unwrap().to_str().unwrap(), what)
    });
    assert_eq!(read.collect::<Vec<_>>(), MANIFESTS);
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn what_regctl_and_oras_show_is_shown() {
    let corpus = corpus();
    let claims = said::read(&corpus.join("real/said"));
    // The collection as it was when they were asked, whole, and the parts of it that tools took away. In a part only
    // those claims can be shown of which both ends are there.
    let parts = [
        ("storage/zot/team/app", true, 58),
        ("layouts/regctl", false, 30),
        ("layouts/oras", false, 30),
        ("layouts/cosign-save", false, 3),
        ("layouts/crane", false, 2),
        ("layouts/skopeo", false, 2),
    ];
    for (name, is_whole, least) in parts {
        let folder = corpus.join("real").join(name);
        let target = format!("oci:{}", folder.display());
        let document = tree(&target, &[]);
        let is_there =
            |digest: &str| is_whole || folder.join("blobs").join(digest.replace(':', "/")).exists();
        let checked = said::hold(&claims, &document, &target, is_there, is_whole);
        println!("{name}: {checked} claims of other tools hold");
        assert!(
            checked >= least,
            "{name}: only {checked} claims could be checked"
        );
    }
}

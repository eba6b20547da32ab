//! Every document of the corpus: what it is, and how many packages, statements and problems it has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regscope::evidence::license;
use regscope::evidence::sbom::{Encoding, Sbom};
use regscope::evidence::{Body, Label, Limits, Reading, read};

use crate::support::binary::regscope_with;
use crate::support::corpus::corpus;

/// Every file below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn reading(path: &Path) -> Reading {
    let bytes = std::fs::read(path).unwrap();
    read(&bytes, &Label::default(), &Limits::default())
}

fn sbom(path: &Path) -> Sbom {
    let reading = reading(path);
    let sbom = reading.sbom().cloned();
    sbom.unwrap_or_else(|| panic!("{}: {:?}", path.display(), reading.problems))
}

/// What a family of documents comes to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    documents: usize,
    packages: usize,
    versions: usize,
    purls: usize,
    licenses: usize,
    relationships: usize,
    vulnerabilities: usize,
    with_problems: usize,
}

impl Sum {
    fn add(&mut self, reading: &Reading, sbom: &Sbom) {
        let having = |has: &dyn Fn(&regscope::evidence::sbom::Package) -> bool| {
            sbom.packages.iter().filter(|one| has(one)).count()
        };
        self.documents += 1;
        self.packages += sbom.packages.len();
        self.versions += having(&|one| one.version.is_some());
        self.purls += having(&|one| one.purl.is_some());
        self.licenses += having(&|one| !one.licenses.is_empty());
        self.relationships += sbom.relationships;
        self.vulnerabilities += sbom.vulnerabilities;
        self.with_problems += usize::from(!reading.problems.is_empty());
    }

    const fn told(&self) -> [usize; 8] {
        [
            self.documents,
            self.packages,
            self.versions,
            self.purls,
            self.licenses,
            self.relationships,
            self.vulnerabilities,
            self.with_problems,
        ]
    }
}

/// By folder and encoding: documents, packages, those with a version, with a package URL, with a licence, relationships,
/// vulnerabilities, and documents with problems. Names, versions, package URLs and licences of all of them were compared
/// once with a reading by another program.
const SUMS: &[(&str, [usize; 8])] = &[
    ("cyclonedx-1.4 json", [51, 55, 53, 7, 9, 6, 1, 5]),
    ("cyclonedx-1.4 xml", [55, 71, 69, 30, 26, 5, 1, 3]),
    ("cyclonedx-1.5 json", [58, 60, 58, 7, 11, 13, 2, 5]),
    ("cyclonedx-1.5 xml", [62, 76, 74, 30, 28, 12, 2, 3]),
    ("spdx/example1/spdx2.2 tag-value", [1, 1, 0, 0, 1, 4, 0, 0]),
    ("spdx/example1/spdx3.0 json", [1, 1, 0, 0, 1, 15, 0, 0]),
    ("spdx/example2/spdx2.2 tag-value", [2, 2, 0, 0, 2, 5, 0, 0]),
    ("spdx/example3/spdx2.2 tag-value", [2, 2, 0, 0, 2, 7, 0, 0]),
    ("spdx/example3/spdx3.0 json", [2, 2, 0, 0, 2, 26, 0, 0]),
    ("spdx/example4/spdx2.2 tag-value", [2, 4, 0, 0, 2, 11, 0, 0]),
    ("spdx/example4/spdx3.0 json", [2, 4, 0, 0, 2, 36, 0, 0]),
    ("spdx/example5/spdx2.2 tag-value", [2, 2, 0, 0, 2, 5, 0, 0]),
    ("spdx/example5/spdx3.0 json", [2, 2, 0, 0, 2, 18, 0, 0]),
    ("spdx/example7/spdx2.2 json", [4, 7, 2, 0, 1, 5, 0, 0]),
    ("spdx/example7/spdx3.0 json", [4, 4, 1, 0, 0, 4, 0, 0]),
    ("syft/cyclonedx-json json", [9, 9, 9, 6, 0, 0, 0, 0]),
    ("syft/cyclonedx-xml xml", [8, 8, 8, 8, 0, 0, 0, 0]),
    ("syft/spdx-json json", [3, 5, 4, 2, 1, 8, 0, 0]),
    ("syft/spdx-tag-value tag-value", [3, 6, 6, 3, 0, 9, 0, 0]),
    ("syft/syft-json json", [1, 1, 1, 1, 0, 2, 0, 0]),
    ("tern json", [3, 110, 109, 36, 108, 38, 0, 0]),
    ("tern tag-value", [1, 38, 37, 0, 36, 38, 0, 0]),
];

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_bill_of_materials_has_what_was_counted_in_it() {
    let corpus = corpus().join("sbom");
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for path in files(&corpus) {
        let folder = path.parent().unwrap().strip_prefix(&corpus).unwrap();
        let reading = reading(&path);
        let Some(sbom) = reading.sbom() else {
            // CycloneDX as the text of protobuf, which nobody attaches, is named and not read.
            assert!(
                path.extension().is_some_and(|end| end == "textproto"),
                "{}",
                path.display()
            );
            continue;
        };
        let name = format!("{} {}", folder.display(), sbom.encoding.name());
        sums.entry(name).or_default().add(&reading, sbom);
    }
    let told: Vec<_> = sums
        .iter()
        .map(|(name, sum)| (name.as_str(), sum.told()))
        .collect();
    assert_eq!(told, SUMS);
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn valid_cyclonedx_is_read_whole_and_invalid_gives_a_problem_or_is_read() {
    let mut counts = (0, 0, 0);
    for version in ["1.4", "1.5"] {
        let folder = corpus().join(format!("sbom/cyclonedx-{version}"));
        for path in files(&folder) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.extension().is_some_and(|end| end == "textproto") {
                continue;
            }
            let reading = reading(&path);
            if name.starts_with("valid") {
                assert_eq!(reading.problems, [], "{name}");
                let sbom = sbom(&path);
                assert_eq!(
                    sbom.format.name(),
                    *format!("cyclonedx-{version}"),
                    "{name}"
                );
                assert_eq!(
                    sbom.encoding == Encoding::Xml,
                    path.extension().is_some_and(|end| end == "xml"),
                    "{name}"
                );
                counts.0 += 1;
            } else {
                let is_read = reading.sbom().is_some();
                assert!(is_read || !reading.problems.is_empty(), "{name}");
                counts.1 += 1;
                counts.2 += usize::from(!reading.problems.is_empty());
            }
        }
    }
    assert_eq!(
        counts,
        (134, 92, 16),
        "valid, invalid, and those of them with problems"
    );
}

/// Name and version of each package, and the licences that it names in alphabetical order.
fn packages(path: &Path) -> BTreeSet<(String, String, Vec<String>)> {
    let packages = sbom(path).packages;
    let packages = packages.iter().map(|one| {
        let version = one.version.as_ref().map_or("", |version| version.as_str());
        // The order of an expression's parts, and its parentheses, differ between the three.
        let mut licenses: Vec<_> = one
            .licenses
            .iter()
            .flat_map(|one| license::names(one.as_str()))
            .collect();
        licenses.sort();
        (one.name.as_str().to_owned(), version.to_owned(), licenses)
    });
    packages.collect()
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn one_content_in_three_formats_has_the_same_packages() {
    let corpus = corpus();
    let mut compared = 0;
    for path in files(&corpus.join("sbom/spdx")) {
        let text = path.to_string_lossy().into_owned();
        let other = text.replace("/spdx2.2/", "/spdx3.0/");
        let other = match other.strip_suffix(".spdx.json") {
            Some(start) => format!("{start}.spdx3.json"),
            None => other.replace(".spdx", ".json"),
        };
        // The seventh example has files in 3.0 where it has packages in 2.2.
        let is_other = text.contains("/example7/");
        if other == text || is_other || !Path::new(&other).exists() {
            continue;
        }
        assert_eq!(packages(&path), packages(Path::new(&other)), "{text}");
        compared += 1;
    }
    assert_eq!(compared, 7);
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn vex_of_every_version_says_what_was_counted_in_it() {
    let mut told = Vec::new();
    for path in files(&corpus().join("vex")) {
        let reading = reading(&path);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let said = reading.vex().map(|vex| {
            let products: usize = vex.statements.iter().map(|one| one.products.len()).sum();
            (vex.format.name(), vex.statements.len(), products)
        });
        told.push((name, said.unwrap_or(("none", 0, 0)), reading.problems.len()));
    }
    let told: Vec<_> = told
        .iter()
        .map(|(name, said, problems)| (name.as_str(), *said, *problems))
        .collect();
    let expected = [
        ("csaf.json", ("csaf", 1, 1), 0),
        ("v0.0.1-noversion.json", ("openvex-0.0.1", 1, 2), 0),
        ("v0.0.1.json", ("openvex-0.0.1", 1, 2), 0),
        ("v0.2.0.json", ("openvex-0.2.0", 5, 5), 0),
        ("v001-1.vex.json", ("openvex-0.0.1", 1, 1), 0),
        ("v001-2.vex.json", ("openvex-0.0.1", 1, 1), 0),
        ("v020-1.vex.json", ("openvex-0.2.0", 1, 1), 0),
        ("v020-2.vex.json", ("openvex-0.2.0", 1, 1), 0),
        ("vex.yaml", ("openvex-0.2.0", 2, 0), 0),
    ];
    assert_eq!(told, expected);
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_bundle_is_what_it_holds() {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for path in files(&corpus().join("bundles")) {
        let reading = reading(&path);
        let kind = match &reading.body {
            Body::Signature(form) => format!("{form:?}"),
            Body::Provenance(_) => "provenance".to_owned(),
            Body::Other(other) => other.name.to_string(),
            _ => "something else".to_owned(),
        };
        let wrapped: Vec<_> = reading.wrapped_in.iter().map(|one| one.name()).collect();
        *kinds
            .entry(format!("{kind} in {}", wrapped.join("+")))
            .or_default() += 1;
    }
    let told: Vec<_> = kinds
        .iter()
        .map(|(kind, count)| (kind.as_str(), *count))
        .collect();
    let expected = [
        ("BundleMessage in sigstore-bundle", 10),
        ("JSON in ", 3),
        ("a sigstore bundle in sigstore-bundle", 1),
        ("a text in ", 5),
        ("provenance in sigstore-bundle+dsse+in-toto", 3),
    ];
    assert_eq!(told, expected);
}

/// Layouts of the corpus, and of each what `inspect` tells: images, cells that are present, accounts of builds,
/// statements, and problems with documents.
const INSPECTED: &[(&str, [usize; 5])] = &[
    (
        "layouts/docker-attest/containerd-subject-layout",
        [1, 1, 0, 1, 0],
    ),
    ("layouts/docker-attest/no-provenance-index", [1, 2, 0, 2, 0]),
    ("layouts/docker-attest/unsigned-index", [1, 4, 2, 4, 0]),
    (
        "layouts/go-containerregistry/test_gc_image_unknown_mediatype",
        [0, 0, 0, 0, 0],
    ),
    (
        "layouts/go-containerregistry/test_gc_index",
        [3, 0, 0, 0, 0],
    ),
    ("layouts/go-containerregistry/test_index", [4, 0, 0, 0, 0]),
    (
        "layouts/go-containerregistry/test_index_media_type",
        [1, 0, 0, 0, 0],
    ),
    (
        "layouts/go-containerregistry/test_index_one_image",
        [1, 0, 0, 0, 0],
    ),
    ("layouts/notation/e2e-valid-signature", [1, 1, 0, 0, 0]),
    ("layouts/oras/artifacts", [7, 0, 0, 0, 0]),
    ("layouts/oras/blobs", [0, 0, 0, 0, 0]),
    ("layouts/oras/images", [7, 0, 0, 0, 0]),
    (
        "layouts/slsa-verifier/container_workflow_dispatch",
        [1, 2, 2, 2, 0],
    ),
    ("real/layouts/cosign-save", [1, 1, 0, 0, 0]),
    ("real/layouts/crane", [1, 0, 0, 0, 0]),
    ("real/layouts/oras", [2, 7, 1, 4, 0]),
    ("real/layouts/regctl", [2, 8, 1, 2, 0]),
    ("real/layouts/skopeo", [1, 0, 0, 0, 0]),
    ("real/storage/zot/charts/app-chart", [1, 0, 0, 0, 0]),
    ("real/storage/zot/team/app", [4, 10, 2, 6, 0]),
    ("real/storage/zot/team/base", [2, 0, 0, 0, 0]),
];

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_layout_is_inspected_with_its_evidence() {
    let corpus = corpus();
    let mut folders = Vec::new();
    for part in ["layouts", "real/layouts", "real/storage/zot"] {
        super::layouts(&corpus.join(part), &mut folders);
    }
    let mut told = Vec::new();
    for folder in &folders {
        let name = folder
            .strip_prefix(&corpus)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let ran = regscope_with(&[
            "inspect",
            &format!("oci:{}", folder.display()),
            "--format",
            "json",
        ]);
        assert!(matches!(ran.code, 0 | 4), "{name}: {}", ran.err);
        let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let mut counts = [0; 5];
        for image in document["images"].as_array().unwrap() {
            counts[0] += 1;
            for row in image["evidence"].as_array().unwrap() {
                let kinds = ["signature", "sbom", "provenance", "vex"];
                counts[1] += kinds.iter().filter(|kind| row[**kind] == "present").count();
            }
            counts[2] += image["provenance"].as_array().unwrap().len();
            let statements = image["statements"].as_array().unwrap();
            counts[3] += statements.len();
            let problems = statements
                .iter()
                .map(|one| one["document"]["problems"].as_array().unwrap().len());
            counts[4] += problems.sum::<usize>();
        }
        let text = regscope_with(&["inspect", &format!("oci:{}", folder.display())]).out;
        assert!(
            text.contains("evidence") || counts[0] == 0,
            "{name}: {text}"
        );
        told.push((name, counts));
    }
    let told: Vec<_> = told
        .iter()
        .map(|(name, counts)| (name.as_str(), *counts))
        .collect();
    assert_eq!(told, INSPECTED);
}

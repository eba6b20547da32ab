//! `inspect`, `sbom`, `search` and `diff` on layouts of our own: what they print, and how they end.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod folder;
    pub mod independent;
}

use serde_json::{Value, json};
use support::binary::{Ran, regscope_with};
use support::folder::{CONFIG, Folder, IMAGE, LAYER, annotated, digest};

const SPDX: &str = "text/spdx+json";

/// An image whose layers have these contents, for a platform, with these settings.
fn image(folder: &Folder, platform: (&str, &str), layers: &[&str], settings: &Value) -> Value {
    let diff_ids: Vec<_> = layers
        .iter()
        .map(|layer| format!("sha256:{layer}"))
        .collect();
    let config = json!({"os": platform.0, "architecture": platform.1, "config": settings,
        "rootfs": {"type": "layers", "diff_ids": diff_ids}});
    let config = folder.blob(CONFIG, config.to_string().as_bytes());
    let layers: Vec<_> = layers
        .iter()
        .map(|layer| folder.blob(LAYER, layer.as_bytes()))
        .collect();
    folder.document(
        &json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": layers}),
    )
}

/// An SPDX document of packages by package URL.
fn spdx(purls: &[&str]) -> Value {
    let packages = purls.iter().enumerate().map(|(number, purl)| {
        let (path, version) = purl.rsplit_once('@').unwrap();
        json!({"SPDXID": format!("SPDXRef-{number}"), "name": path.rsplit('/').next().unwrap(), "versionInfo": version,
            "licenseDeclared": "MIT", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]})
    });
    json!({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "example",
        "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: example-1"]},
        "packages": packages.collect::<Vec<_>>()})
}

/// Attaches a document.
fn attach(folder: &mut Folder, subject: &Value, media_type: &str, document: &[u8]) -> Value {
    let blob = folder.blob(media_type, document);
    let empty = folder.blob("application/vnd.oci.empty.v1+json", b"{}");
    let referrer = folder.document(&json!({
        "schemaVersion": 2, "mediaType": IMAGE, "artifactType": media_type,
        "config": empty, "layers": [blob], "subject": subject,
    }));
    folder.row(&referrer, &[]);
    blob
}

/// Two versions of an image: `1` and `2`.
fn two() -> Folder {
    let mut folder = Folder::new();
    let first = image(
        &folder,
        ("linux", "amd64"),
        &["base", "old"],
        &json!({"Env": ["PATH=/bin", "A=1", "B=same"], "Labels": {"org.opencontainers.image.version": "1"}, "User": "root"}),
    );
    let second = image(
        &folder,
        ("linux", "amd64"),
        &["base", "new", "more"],
        &json!({"Env": ["PATH=/bin:/usr/bin", "B=same", "C="], "Labels": {"org.opencontainers.image.version": "2"},
            "Cmd": ["run", "it"], "ExposedPorts": {"80/tcp": {}}}),
    );
    folder.tag("1", &first);
    folder.tag("2", &second);
    let old = spdx(&[
        "pkg:deb/debian/curl@7.9",
        "pkg:deb/debian/gone@1",
        "pkg:pypi/two@1.0rc1",
        "pkg:npm/both@1.0.0",
        "pkg:npm/both@2.0.0",
        "pkg:generic/odd@b",
    ]);
    let new = spdx(&[
        "pkg:deb/debian/curl@7.10",
        "pkg:deb/debian/come@1",
        "pkg:pypi/two@1.0",
        "pkg:npm/both@1.0.0",
        "pkg:npm/both@10.0.0",
        "pkg:generic/odd@a",
    ]);
    attach(&mut folder, &first, SPDX, old.to_string().as_bytes());
    attach(&mut folder, &second, SPDX, new.to_string().as_bytes());
    folder
}

fn at(folder: &Folder, tag: &str) -> String {
    format!("{}:{tag}", folder.target())
}

fn diff(a: &str, b: &str, more: &[&str]) -> (Ran, Value) {
    let ran = regscope_with(&[&["diff", a, b, "--format", "json"], more].concat());
    let document = serde_json::from_str(&ran.out).unwrap_or_default();
    (ran, document)
}

#[test]
fn packages_are_paired_by_type_and_name_and_ordered_by_the_rules_of_the_type() {
    let folder = two();
    let (ran, document) = diff(&at(&folder, "1"), &at(&folder, "2"), &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let packages = &document["packages"];
    let names = |list: &Value| {
        let list = list.as_array().unwrap().iter();
        list.map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&packages["added"]), ["come"]);
    assert_eq!(names(&packages["removed"]), ["gone"]);
    let changed = packages["changed"].as_array().unwrap().iter();
    let changed: Vec<_> = changed
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap();
            [text("name"), text("from"), text("to"), text("change")]
        })
        .collect();
    assert_eq!(
        changed,
        [
            ["curl", "7.9", "7.10", "newer"],
            ["odd", "b", "a", "other"],
            ["both", "2.0.0", "10.0.0", "newer"],
            ["two", "1.0rc1", "1.0", "newer"],
        ]
    );
    assert_eq!(packages["compared"]["alike"], true);
    let back = diff(&at(&folder, "2"), &at(&folder, "1"), &[]).1;
    assert_eq!(back["packages"]["changed"][0]["change"], "older");
}

#[test]
fn settings_are_compared_path_by_path_and_layers_by_digest() {
    let folder = two();
    let document = diff(&at(&folder, "1"), &at(&folder, "2"), &[]).1;
    let config = document["config"].as_array().unwrap();
    let config: Vec<_> = config
        .iter()
        .map(|one| (one["path"].as_str().unwrap(), &one["a"], &one["b"]))
        .collect();
    let null = Value::Null;
    assert_eq!(
        config,
        [
            ("Cmd", &null, &json!(["run", "it"])),
            ("Env.A", &json!("1"), &null),
            ("Env.C", &null, &json!("")),
            ("Env.PATH", &json!("/bin"), &json!("/bin:/usr/bin")),
            ("ExposedPorts.80/tcp", &null, &json!({})),
            (
                "Labels.org.opencontainers.image.version",
                &json!("1"),
                &json!("2")
            ),
            ("User", &json!("root"), &null),
        ]
    );
    let layers = &document["layers"];
    let count = |key: &str| layers[key].as_array().unwrap().len();
    assert_eq!(
        [count("shared"), count("only_a"), count("only_b")],
        [1, 1, 2]
    );
    let identity = document["identity"].as_array().unwrap();
    assert_eq!(identity.len(), 1);
    assert_eq!(identity[0]["field"], "version");
    assert_eq!(document["evidence"]["same"], true);
}

#[test]
fn the_same_image_is_the_same_and_lost_evidence_is_a_difference() {
    let folder = two();
    let (ran, document) = diff(&at(&folder, "1"), &at(&folder, "1"), &[]);
    assert_eq!(
        (ran.code, &document["same"]),
        (0, &json!(true)),
        "{}",
        ran.err
    );
    // The same bytes elsewhere, without what was attached to them.
    let mut copy = Folder::new();
    let first = image(
        &copy,
        ("linux", "amd64"),
        &["base", "old"],
        &json!({"Env": ["PATH=/bin", "A=1", "B=same"], "Labels": {"org.opencontainers.image.version": "1"}, "User": "root"}),
    );
    copy.tag("1", &first);
    let (ran, document) = diff(&at(&folder, "1"), &at(&copy, "1"), &[]);
    assert_eq!(
        (ran.code, &document["same"]),
        (1, &json!(false)),
        "{}",
        ran.err
    );
    let row = &document["evidence"]["rows"][0];
    assert_eq!(
        (&row["a"]["sbom"], &row["b"]["sbom"]),
        (&json!("present"), &json!("none"))
    );
    assert_eq!(document["platforms"][0]["a"], document["platforms"][0]["b"]);
    let text = regscope_with(&["diff", &at(&folder, "1"), &at(&copy, "1")]).out;
    assert!(
        text.contains("sbom of linux/amd64  present → none"),
        "{text}"
    );
}

#[test]
fn platforms_are_compared_by_name_and_one_can_be_chosen() {
    let mut folder = Folder::new();
    let entry = |folder: &Folder, architecture: &str, layer: &str| {
        let mut image = image(folder, ("linux", architecture), &[layer], &json!({}));
        image["platform"] = json!({"os": "linux", "architecture": architecture});
        image
    };
    let (amd, arm) = (
        entry(&folder, "amd64", "same"),
        entry(&folder, "arm64", "old"),
    );
    let first = folder.index(&[amd.clone(), arm, entry(&folder, "s390x", "z")]);
    let mut arm = entry(&folder, "arm64", "new");
    arm["platform"]["variant"] = json!("v8");
    let second = folder.index(&[arm, amd.clone(), entry(&folder, "riscv64", "r")]);
    folder.tag("1", &first);
    folder.tag("2", &second);
    let (ran, document) = diff(&at(&folder, "1"), &at(&folder, "2"), &[]);
    assert_eq!(ran.code, 1);
    let platforms = document["platforms"].as_array().unwrap();
    let told: Vec<_> = platforms
        .iter()
        .map(|one| {
            let sides = [one["a"].is_string(), one["b"].is_string()];
            (
                one["platform"].as_str().unwrap(),
                sides,
                one["a"] == one["b"],
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("linux/amd64", [true, true], true),
            ("linux/arm64", [true, true], false),
            ("linux/s390x", [true, false], false),
            ("linux/riscv64", [false, true], false),
        ]
    );
    let (ran, document) = diff(
        &at(&folder, "1"),
        &at(&folder, "2"),
        &["--platform", "linux/amd64"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(document["platforms"][0]["a"], json!(digest(&amd)));
    let (ran, _) = diff(
        &at(&folder, "1"),
        &at(&folder, "2"),
        &["--platform", "linux/s390x"],
    );
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no platform linux/s390x"), "{}", ran.err);
}

#[test]
fn what_cannot_be_compared_says_why_and_how_it_ends() {
    let folder = two();
    let one = at(&folder, "1");
    for (a, b, code, says) in [
        (
            one.as_str(),
            folder.target().as_str(),
            2,
            "name it, as in 1, 2",
        ),
        (&one, &at(&folder, "no"), 3, "there are 1, 2"),
        (&one, "/no/such/folder", 3, "/no/such/folder"),
    ] {
        let ran = regscope_with(&["diff", a, b]);
        assert_eq!(ran.code, code, "{b}: {}", ran.err);
        assert!(ran.err.contains(says), "{b}: {}", ran.err);
        assert_eq!(ran.out, "");
    }
    let within = |a: &str, b: &str| {
        let ran = regscope_with(&["diff", "--in", &folder.target(), a, b]);
        (ran.code, ran.err)
    };
    assert_eq!(within("1", ":1").0, 0);
    assert_eq!(within("1", "2").0, 1);
    let (code, words) = within("1", "other/place:2");
    assert_eq!(code, 2, "{words}");
    assert!(words.contains("as the target shows them"), "{words}");
    // A document that cannot be read is a hole, and not the answer to what differs.
    let mut folder = two();
    let image = image(&folder, ("linux", "amd64"), &["base"], &json!({}));
    folder.tag("3", &image);
    attach(&mut folder, &image, SPDX, b"\x00\x01\xff no document");
    let (ran, document) = diff(&at(&folder, "3"), &at(&folder, "3"), &[]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert_eq!(document["coverage"]["complete"], false);
}

#[test]
fn layers_that_were_compressed_anew_have_the_same_files() {
    let mut folder = Folder::new();
    let config = |folder: &Folder, layer: &str| {
        let config = json!({"os": "linux", "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", "a".repeat(64))]}});
        let config = folder.blob(CONFIG, config.to_string().as_bytes());
        let layer = folder.blob(LAYER, layer.as_bytes());
        folder.document(
            &json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer]}),
        )
    };
    let (gzip, zstd) = (config(&folder, "gzip"), config(&folder, "zstd"));
    folder.tag("1", &gzip);
    folder.tag("2", &zstd);
    let document = diff(&at(&folder, "1"), &at(&folder, "2"), &[]).1;
    let recompressed = &document["layers"]["recompressed"];
    assert_eq!(recompressed[0]["a"], document["layers"]["only_a"][0]);
    assert_eq!(recompressed[0]["b"], document["layers"]["only_b"][0]);
}

#[test]
fn a_bill_of_materials_is_printed_in_three_ways_and_as_a_document() {
    let folder = two();
    let target = at(&folder, "1");
    let summary = regscope_with(&["sbom", &target]);
    assert_eq!(summary.code, 0, "{}", summary.err);
    assert!(summary.out.contains("6 packages"), "{}", summary.out);
    let packages = regscope_with(&["sbom", &target, "--packages"]).out;
    assert!(
        packages
            .lines()
            .any(|line| line.contains("curl") && line.contains("7.9"))
    );
    let licenses = regscope_with(&["sbom", &target, "--licenses"]).out;
    assert!(licenses.contains("MIT"), "{licenses}");
    let document = regscope_with(&["sbom", &target, "--format", "json"]).json();
    let bill = &document["documents"][0];
    assert_eq!(bill["format"], "spdx-2.3");
    assert_eq!(bill["packages"][0]["purl"], "pkg:deb/debian/curl@7.9");
    // Nothing attached is an answer.
    let mut empty = Folder::new();
    let image = image(&empty, ("linux", "amd64"), &["base"], &json!({}));
    empty.tag("1", &image);
    let ran = regscope_with(&["sbom", &at(&empty, "1"), "--format", "json"]);
    assert_eq!((ran.code, &ran.json()["documents"]), (0, &json!([])));
}

#[test]
fn a_file_that_is_attached_to_nothing_is_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bill.json");
    std::fs::write(&path, spdx(&["pkg:npm/a@1"]).to_string()).unwrap();
    let path = path.to_str().unwrap();
    let document = regscope_with(&["sbom", path, "--format", "json"]).json();
    assert_eq!(document["documents"][0]["packages"][0]["name"], "a");
    assert_eq!(document["documents"][0]["document"]["blob"], Value::Null);
    std::fs::write(path, "{\"a\":1}").unwrap();
    let ran = regscope_with(&["sbom", path]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("is no bill of materials"), "{}", ran.err);
}

#[test]
fn packages_are_searched_by_name_range_and_licence() {
    let folder = two();
    let target = folder.target();
    let search = |arguments: &[&str]| {
        let ran = regscope_with(&[&["search", &target, "--format", "json"], arguments].concat());
        let document: Value = serde_json::from_str(&ran.out).unwrap_or_default();
        let matches = document["matches"].as_array().map_or(0, Vec::len);
        (ran.code, matches)
    };
    for (arguments, expected) in [
        (&["--package", "curl"][..], (0, 2)),
        (&["--package", "curl@<7.10"], (0, 1)),
        (&["--package", "pkg:deb/debian/curl"], (0, 2)),
        (&["--package", "c*"], (0, 3)),
        (&["--license", "MIT"], (0, 12)),
        (&["--package", "curl", "--license", "GPL-2.0-only"], (1, 0)),
        (&["--package", "nobody"], (1, 0)),
        (&["--vulnerability", "CVE-2026-1"], (1, 0)),
    ] {
        assert_eq!(search(arguments), expected, "{arguments:?}");
    }
    assert_eq!(regscope_with(&["search", &target]).code, 2);
    // What could not be read may have it.
    let mut folder = two();
    let image = image(&folder, ("linux", "amd64"), &["base"], &json!({}));
    folder.tag("3", &image);
    attach(&mut folder, &image, SPDX, b"\x00\x01\xff no document");
    let ran = regscope_with(&["search", &folder.target(), "--package", "nobody"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
}

#[test]
fn an_image_tells_its_identity_and_its_evidence() {
    let mut folder = two();
    let image = image(
        &folder,
        ("linux", "amd64"),
        &["base"],
        &json!({"Labels": {"org.opencontainers.image.licenses": "MIT"}}),
    );
    let mut entry = annotated(
        &image,
        &[("org.opencontainers.image.licenses", "Apache-2.0")],
    );
    entry["platform"] = json!({"os": "linux", "architecture": "amd64"});
    let index = folder.index(&[entry]);
    folder.tag("3", &index);
    let vex = json!({"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/1", "author": "a", "timestamp": "2026-01-01T00:00:00Z",
        "version": 1, "statements": [{"vulnerability": {"name": "CVE-2026-1"}, "status": "not_affected", "justification": "component_not_present"}]});
    attach(
        &mut folder,
        &image,
        "application/vex+json",
        vex.to_string().as_bytes(),
    );
    let ran = regscope_with(&["inspect", &at(&folder, "3"), "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let document = ran.json();
    let image = &document["images"][0];
    let licences: Vec<_> = image["identity"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["field"] == "licenses")
        .map(|one| {
            (
                one["value"].as_str().unwrap(),
                one["origin"].as_str().unwrap(),
                one["stands"] == true,
            )
        })
        .collect();
    assert_eq!(
        licences,
        [
            ("Apache-2.0", "descriptor", true),
            ("MIT", "config-label", false)
        ]
    );
    assert_eq!(image["evidence"][0]["vex"], "none");
    assert_eq!(image["evidence"][1]["vex"], "present");
    assert_eq!(image["vex"][0]["statements"][0]["status"], "not_affected");
    let text = regscope_with(&["inspect", &at(&folder, "3")]).out;
    for words in ["Apache-2.0", "differs: MIT", "CVE-2026-1", "not affected"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_chart_tells_of_the_images_that_it_names_and_of_their_evidence() {
    let document =
        regscope_with(&["inspect", "demo", "--tags", "0.4.0", "--format", "json"]).json();
    let images = document["images"].as_array().unwrap();
    let chart = images
        .iter()
        .find(|image| image["kind"] == "chart")
        .unwrap();
    let inferred = &chart["inferred"][0];
    assert_eq!(inferred["relation"], "names-image");
    assert_eq!(inferred["to"], "registry.example.com/team/app:1.4.1");
    assert_eq!(inferred["guess"], false);
    let collection = &chart["collection"];
    let app = &collection["images"][0];
    assert!(app["digest"].is_string());
    assert_eq!(app["evidence"][0]["provenance"], "present");
    // The other stands on another registry, which nobody asked for.
    assert_eq!(collection["images"][1]["digest"], Value::Null);
    assert_eq!(collection["bytes"], Value::Null);
}

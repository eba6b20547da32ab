//! What the overview says, as text.

use crate::insight::outline::fixture::{World, read, repository};
use crate::insight::outline::{Outline, look_up, path_to};
use crate::oci::{Absence, AbsenceKind, Address, Answer, Descriptor, Digest, FoundBy, Question};
use crate::tui::tree::Tree;
use std::fmt::Write as _;

use super::{Details, Tone};

/// The details of the row of a tag, or of what a digest begins.
fn details(world: &World, name: &str) -> Details {
    let (graph, content) = (world.graph(), world.content());
    let roots = vec![Address::Repository(repository())];
    let node = look_up(&graph, name).unwrap();
    let path = path_to(&graph, &roots, node).unwrap();
    let mut tree = Tree::new(roots);
    tree.refresh((&graph, &content), 40, crate::tui::tree::Rows::Newest);
    assert!(tree.reveal(&graph, &path));
    let entry = tree.selected().map(|line| line.entry.clone());
    let mut details = Details::default();
    details.refresh(&graph, &content, &Outline::new(), entry.as_ref());
    details
}

/// The overview of that row.
fn overview(world: &World, name: &str) -> String {
    let mut text = String::new();
    for field in &details(world, name).fields {
        let sign = match field.tone {
            Tone::Conflict => "!",
            Tone::Hole => "?",
            _ => "",
        };
        let remark = if field.note.is_empty() {
            String::new()
        } else {
            format!(" ({})", field.note)
        };
        let line = format!("{:12}{sign}{}{remark}", field.name, field.value);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[test]
fn an_index_tells_its_tags_its_size_and_its_evidence() {
    insta::assert_snapshot!(overview(&World::usual(), "1.4.1"));
}

#[test]
fn labels_and_annotations_that_disagree_are_both_told() {
    let mut world = World::usual();
    let plain = world.image("1.0", "amd64", "2026-01-02T10:00:00Z");
    let json = String::from_utf8(plain.bytes.to_vec()).unwrap();
    let json = json.replace(
        r#""annotations":{"org.opencontainers.image.version":"1.0"}"#,
        r#""annotations":{"org.opencontainers.image.version":"9.9","x.y":"z"},"layers":[]"#,
    );
    let other = read(&json);
    world.manifest(&other);
    world.tag("1.0", &other);
    let text = overview(&world, "1.0");
    assert!(
        text.contains("version     9.9 (manifest annotation)"),
        "{text}"
    );
    assert!(text.contains("            !1.0 (config label)"), "{text}");
    assert!(
        text.contains("x.y         z (manifest annotation)"),
        "{text}"
    );
    assert!(text.contains("problems    !"), "{text}");
}

#[test]
fn a_layer_that_cannot_be_read_keeps_its_place_and_the_others_their_steps() {
    let mut world = World::default();
    let image = world.image("1.0", "amd64", "2026-01-02T10:00:00Z");
    let json = String::from_utf8(image.bytes.to_vec()).unwrap();
    let base = image.layers.first().unwrap().digest.to_string();
    let broken = read(&json.replace(&base, "sha256:zz"));
    world.manifest(&broken);
    world.tag("1.0", &broken);
    let layers = details(&world, "1.0").layers;
    let told: Vec<_> = layers
        .iter()
        .map(|layer| (layer.number, layer.history.as_str(), layer.problem.as_str()))
        .collect();
    let why = "its digest cannot be read: a sha256 digest has 64 lower-case hex digits";
    assert_eq!(
        told,
        [
            (Some(1), "ADD base.tar /", why),
            (None, "ENV A=1", ""),
            (Some(2), "RUN make install 1.0", ""),
            (Some(3), "COPY app /usr/bin/ # amd64", ""),
        ]
    );
}

#[test]
fn a_manifest_that_is_none_says_so_once_and_shows_its_bytes() {
    let mut world = World::default();
    let bytes = b"no JSON at all";
    let digest = Digest::of(bytes);
    world.tags(&["1.0"]);
    world.fact(Answer::target(
        repository(),
        "1.0".into(),
        Descriptor::new("", digest, bytes.len() as u64),
        FoundBy::Tag,
    ));
    world.fact(Answer::bytes(repository(), digest, bytes.as_slice().into()));
    let absence = Absence::new(AbsenceKind::Invalid, "is no manifest: it is not JSON");
    world.failed(Question::manifest(repository(), digest), None, absence);
    let text = overview(&world, "1.0");
    assert_eq!(text.matches("it is not JSON").count(), 1, "{text}");
    assert!(
        text.contains("state       ?invalid (is no manifest"),
        "{text}"
    );
    assert!(text.contains("size        14 B"), "{text}");
    assert_eq!(details(&world, "1.0").document, Some(digest));
    assert_eq!(
        world.content().document(&digest).as_deref(),
        Some(&bytes[..])
    );
}

#[test]
fn what_a_manifest_says_of_a_blob_is_told_of_the_blob() {
    let mut world = World::default();
    let (file, foreign) = (Digest::of(b"file"), Digest::of(b"foreign"));
    let manifest = read(&format!(
        r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[
        {{"mediaType":"text/plain","digest":"{file}","size":4,"urls":["https://example.com/f"],
        "annotations":{{"org.opencontainers.image.title":"hello.txt","x.y":"z"}}}},
        {{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"{foreign}","size":7,
        "urls":["https://mcr.example/y"]}}]}}"#
    ));
    world.manifest(&manifest);
    world.tag("1.0", &manifest);
    let text = overview(&world, &file.to_string());
    let source = "(descriptor in the manifest)";
    assert!(
        text.contains(&format!("title       hello.txt {source}")),
        "{text}"
    );
    assert!(text.contains(&format!("x.y         z {source}")), "{text}");
    assert!(
        text.contains("content     also at https://example.com/f"),
        "{text}"
    );
    let text = overview(&world, &foreign.to_string());
    let elsewhere = "fetched elsewhere, not from the registry: https://mcr.example/y";
    assert!(text.contains(&format!("content     {elsewhere}")), "{text}");
    let layers = details(&world, "1.0").layers;
    let told = |layer: &super::Layer| (layer.title.clone(), layer.elsewhere.clone());
    let told: Vec<_> = layers.iter().map(told).collect();
    assert_eq!(
        told,
        [
            (
                "hello.txt".to_owned(),
                "also at https://example.com/f".to_owned()
            ),
            (String::new(), elsewhere.to_owned()),
        ]
    );
}

#[test]
fn an_image_of_schema_1_has_platform_date_labels_and_steps() {
    let step = |command: &str| {
        format!(
            r#"{{"os":"linux","architecture":"amd64","created":"2016-03-03T11:29:44Z",
            "config":{{"Labels":{{"org.opencontainers.image.version":"7"}}}},
            "container_config":{{"Cmd":["/bin/sh","-c","{command}"]}}}}"#
        )
    };
    let layer = |content: &[u8]| serde_json::json!({"blobSum": Digest::of(content).to_string()});
    let document = serde_json::json!({
        "schemaVersion": 1,
        "architecture": "amd64",
        "fsLayers": [layer(b"2"), layer(b"1"), layer(b"1")],
        "history": [
            {"v1Compatibility": step("make install")},
            {"v1Compatibility": step("#(nop) ENV a=b")},
            {"v1Compatibility": step("#(nop) ADD file:1 in /")},
        ],
    });
    let manifest = read(&document.to_string());
    let mut world = World::default();
    world.manifest(&manifest);
    world.tag("1.0", &manifest);
    let text = overview(&world, "1.0");
    for line in [
        "platform    linux/amd64",
        "created     2016-03-03 11:29 UTC",
        "version     7 (config label)",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let layers = details(&world, "1.0").layers;
    let told: Vec<_> = layers
        .iter()
        .map(|layer| (layer.number, layer.history.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some(1), "ADD file:1 in /"),
            (Some(2), "ENV a=b"),
            (Some(3), "make install"),
        ]
    );
}

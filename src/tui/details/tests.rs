//! What the overview says, as text.

use std::fmt::Write as _;

use crate::graph::NodeKey;
use crate::insight::outline::fixture::{World, read, repository};
use crate::insight::outline::{Outline, look_up, path_to};
use crate::tui::tree::Tree;

use super::{Details, Tone};

/// The overview of the row of a tag, or of what a digest begins.
fn overview(world: &World, name: &str) -> String {
    let (graph, content) = (world.graph(), world.content());
    let roots = vec![NodeKey::Repository(repository())];
    let node = look_up(&graph, name).unwrap();
    let path = path_to(&graph, &roots, node).unwrap();
    let mut tree = Tree::new(roots);
    tree.refresh((&graph, &content), 40, crate::tui::tree::Rows::Newest);
    assert!(tree.reveal(&graph, &path));
    let entry = tree.selected().map(|line| line.entry.clone());
    let mut details = Details::default();
    details.refresh(&graph, &content, &Outline::new(), entry.as_ref());
    let mut text = String::new();
    for field in &details.fields {
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

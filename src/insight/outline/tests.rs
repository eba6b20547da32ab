//! The tree as text, row by row.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::graph::Graph;
use crate::insight::marks::{Mark, Marks};
use crate::oci::tag::fallback_tag;
use crate::oci::{Absence, AbsenceKind, Address, Digest, FoundBy, Manifest, Question};

use super::fixture::{World, descriptor, read, repository};
use super::{Documents, Entry, Outline, Presence, look_up, path_to};

fn drawn(graph: &Graph, documents: &dyn Documents, depth: usize) -> String {
    let outline = Outline::new();
    let mut text = String::new();
    let roots = outline.roots(graph, &[Address::Repository(repository())]);
    for root in roots {
        draw(&outline, graph, documents, &root, depth, 0, &mut text);
    }
    text
}

fn draw(
    outline: &Outline,
    graph: &Graph,
    documents: &dyn Documents,
    entry: &Entry,
    depth: usize,
    level: usize,
    text: &mut String,
) {
    let row = outline.describe(graph, documents, entry);
    let _ = write!(text, "{}{}", "  ".repeat(level), row.label);
    for also in &row.also {
        let _ = write!(text, " = {also}");
    }
    for part in [row.kind.word(), row.description.as_str()] {
        if !part.is_empty() {
            let _ = write!(text, " | {part}");
        }
    }
    if let Some(size) = row.size {
        let _ = write!(text, " | {size} B");
    }
    if let Some(created) = row.created {
        let _ = write!(text, " | {}", created.strftime("%F"));
    }
    if let Some(marks) = row.marks {
        let letters = marks
            .letters()
            .map(|(mark, letter)| format!("{}{letter}", mark.symbol(false)));
        let _ = write!(text, " | {}", letters.concat().trim_end());
    }
    if row.presence == Presence::Repeated {
        let _ = write!(text, " | met above");
    }
    if let Some(state) = row.state {
        let _ = write!(text, " | {}", state.words());
    }
    text.push('\n');
    if depth > level {
        for child in outline.children(graph, entry) {
            draw(outline, graph, documents, &child, depth, level + 1, text);
        }
    }
}

#[test]
fn a_repository_is_lines_of_versions_and_what_stands_below() {
    let world = World::usual();
    insta::assert_snapshot!(drawn(&world.graph(), &world.content(), 5));
}

#[test]
fn what_is_met_again_on_a_path_has_no_children() {
    let mut world = World::default();
    let image = world.image("a", "amd64", "");
    let looped = read(&format!(
        r#"{{"mediaType":"{}","manifests":[{}],"subject":{}}}"#,
        crate::oci::media_type::OCI_INDEX,
        descriptor(&image, ""),
        descriptor(&image, ""),
    ));
    world.manifest(&looped);
    world.tag("1.0", &looped);
    let text = drawn(&world.graph(), &(), 9);
    assert!(text.contains("met above"), "{text}");
    assert!(text.lines().count() < 20, "{text}");
}

#[test]
fn a_tag_that_was_not_asked_stands_alone_and_says_so() {
    let mut world = World::default();
    world.tags(&["1.0", "latest"]);
    let text = drawn(&world.graph(), &(), 2);
    assert_eq!(
        text,
        "127.0.0.1:5000/team/app | repository | 2 tags\n  \
         1.0 | tag | not asked\n    what the tag names: not asked | not asked\n  \
         latest | tag | not asked\n    what the tag names: not asked | not asked\n"
    );
}

#[test]
fn none_is_said_only_of_what_was_listed_to_its_end() {
    let mut world = World::default();
    let image = world.image("a", "amd64", "");
    let asked = |world: &World| {
        let graph = world.graph();
        let node = graph.object(&repository(), &image.digest).unwrap();
        crate::insight::marks::of_manifest(&graph, &(), node)
    };
    assert_eq!(asked(&world), Marks::all(Mark::NotAsked));
    let question = Question::referrers(repository(), image.digest);
    let unsupported = Absence::new(AbsenceKind::Unsupported, "no such API");
    world.failed(question.clone(), Some(FoundBy::ReferrersApi), unsupported);
    assert_eq!(asked(&world), Marks::all(Mark::Unsupported));
    let limited = Absence::new(AbsenceKind::RateLimited, "429");
    world.failed(question, Some(FoundBy::FallbackTag), limited);
    assert_eq!(asked(&world), Marks::all(Mark::RateLimited));
    world.referrers(&image, &[]);
    assert_eq!(asked(&world), Marks::all(Mark::None));
}

#[test]
fn every_row_is_found_from_its_node_and_by_its_name() {
    let world = World::usual();
    let graph = world.graph();
    let roots = [Address::Repository(repository())];
    let outline = Outline::new();
    let mut waiting = outline.roots(&graph, &roots);
    let mut seen = 0;
    while let Some(entry) = waiting.pop() {
        waiting.extend(outline.children(&graph, &entry));
        if let Some(node) = entry.object() {
            let path = path_to(&graph, &roots, node).unwrap();
            assert_eq!(path.node(), Some(node), "{path:?}");
            seen += 1;
        }
    }
    assert!(seen > 20);
    let digest = look_up(&graph, "team/app:1.3").and_then(|tag| graph.target(tag));
    let digest = digest.and_then(|node| graph.digest_of(node)).unwrap();
    let found = look_up(&graph, &digest.short()).unwrap();
    assert_eq!(graph.digest_of(found), Some(digest));
}

#[test]
fn ten_thousand_tags_are_grouped_and_none_is_lost() {
    let graph = World::long(10_000).graph();
    let outline = Outline::new();
    let roots = outline.roots(&graph, &[Address::Repository(repository())]);
    let lines = outline.children(&graph, &roots[0]);
    let rows: usize = lines
        .iter()
        .map(|line| outline.children(&graph, line).len())
        .sum();
    assert_eq!(rows, 10_000);
    assert!(lines.len() * 10 < rows, "{} headings", lines.len());
}

#[test]
fn a_long_catalog_is_folded_by_namespace_and_a_short_one_is_not() {
    let rows = |count: usize| {
        let mut world = World::default();
        let paths: Vec<String> = (0..count)
            .map(|number| format!("n{}/{number}", number % 3))
            .collect();
        world.catalog(&paths.iter().map(String::as_str).collect::<Vec<_>>());
        let graph = world.graph();
        let outline = Outline::new();
        let key = Address::Registry(repository().origin);
        let root = outline.roots(&graph, &[key]).remove(0);
        outline.children(&graph, &root).len()
    };
    assert_eq!((rows(12), rows(60)), (12, 3));
}

/// A registry where a fallback tag tells of a referrer whose subject was deleted.
fn with_a_gone_subject() -> (World, Arc<Manifest>, Arc<Manifest>) {
    let mut world = World::default();
    let (image, gone) = (
        world.image("1.0", "amd64", ""),
        read(
            r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","config":null,"layers":[]}"#,
        ),
    );
    let note = world.referrer(&gone, "text/plain", "");
    let index = world.index(&[(&note, "unknown")]);
    let fallback = fallback_tag(&gone.digest);
    world.tags(&["1.0", &fallback]);
    world.tag("1.0", &image);
    world.tag(&fallback, &index);
    let absence = Absence::new(AbsenceKind::Missing, "404 Not Found");
    world.failed(Question::manifest(repository(), gone.digest), None, absence);
    (world, gone, note)
}

#[test]
fn a_subject_that_is_gone_stands_in_the_tree_of_a_registry_too() {
    let (world, gone, note) = with_a_gone_subject();
    let graph = world.graph();
    let text = drawn(&graph, &world.content(), 4);
    let (_, below) = text
        .split_once("subjects that are gone (1) | their referrers are still here")
        .unwrap_or_else(|| panic!("{text}"));
    assert!(below.contains(&gone.digest.short()), "{text}");
    assert!(below.contains("artifact | referrer"), "{text}");
    assert!(!text.contains("untagged"), "{text}");
    let roots = [Address::Repository(repository())];
    let referrer = graph.object(&repository(), &note.digest).unwrap();
    assert!(path_to(&graph, &roots, referrer).is_some());
    // One that is there after all, and that no tag leads to.
    let mut world = world;
    world.manifest(&gone);
    let text = drawn(&world.graph(), &world.content(), 4);
    assert!(text.contains("untagged (1)"), "{text}");
    assert!(!text.contains("subjects that are gone"), "{text}");
}

#[test]
fn what_a_tag_named_before_stands_where_no_tag_that_was_read_leads() {
    let mut world = World::default();
    let (old, new) = (
        world.image("1.0", "amd64", ""),
        world.image("1.1", "amd64", ""),
    );
    world.tags(&["latest"]);
    world.tag("latest", &old);
    let text = drawn(&world.graph(), &world.content(), 2);
    assert!(!text.contains("untagged"), "{text}");
    world.tag("latest", &new);
    let text = drawn(&world.graph(), &world.content(), 2);
    assert!(
        text.contains("untagged (1) | no tag that was read leads here"),
        "{text}"
    );
    assert!(text.contains(&old.digest.short()), "{text}");
}

#[test]
fn an_index_tells_every_platform_of_a_manifest_and_calls_none_what_is_none() {
    let mut world = World::default();
    let image = world.image("1.0", "amd64", "");
    let twice = world.index(&[(&image, "amd64"), (&image, "arm64")]);
    let bundle = |title: &str| {
        read(&format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"text/plain",
            "layers":[],"annotations":{{"title":"{title}"}}}}"#
        ))
    };
    let (one, two) = (bundle("1"), bundle("2"));
    world.manifest(&one);
    world.manifest(&two);
    let bundles = read(&format!(
        r#"{{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{},{}]}}"#,
        descriptor(&one, ""),
        descriptor(&two, ""),
    ));
    world.manifest(&bundles);
    world.tag("twice", &twice);
    world.tag("bundles", &bundles);
    let text = drawn(&world.graph(), &world.content(), 2);
    assert!(text.contains("twice | index | 2 platforms"), "{text}");
    assert!(text.contains("linux/amd64, linux/arm64 | image"), "{text}");
    assert!(text.contains("bundles | index | 2 manifests"), "{text}");
    assert!(!text.contains("1 platform"), "{text}");
}

#[test]
fn layers_are_counted_as_the_document_has_them() {
    let layer = |content: &str| {
        let digest = Digest::of(content.as_bytes());
        format!(r#"{{"mediaType":"x/y","digest":"{digest}","size":4}}"#)
    };
    let (one, two) = (layer("one"), layer("two"));
    let manifest = |layers: &[&str]| {
        let layers = layers.join(",");
        read(&format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":2}},
            "layers":[{layers}]}}"#,
            Digest::of(b"{}")
        ))
    };
    let broken = r#"{"mediaType":"x/y","digest":"sha256:zz","size":4}"#;
    let mut world = World::default();
    for (name, layers) in [
        ("repeats", [&*one, &two, &one]),
        ("broken", [broken, &two, &one]),
    ] {
        let manifest = manifest(&layers);
        world.manifest(&manifest);
        world.tag(name, &manifest);
    }
    let text = drawn(&world.graph(), &world.content(), 3);
    for name in ["repeats", "broken"] {
        assert!(
            text.contains(&format!("{name} | image | 3 layers")),
            "{text}"
        );
    }
    assert_eq!(text.matches("    layers (3)").count(), 2, "{text}");
    assert!(text.contains("      layers 1, 3 | x/y"), "{text}");
    assert_eq!(text.matches("      layer 2 |").count(), 2, "{text}");
    assert_eq!(text.matches("      layer 3 |").count(), 1, "{text}");
}

#[test]
fn a_listed_tag_that_is_not_there_is_not_there_and_one_that_answered_once_is_gone() {
    let mut world = World::default();
    let image = world.image("1.0", "amd64", "");
    world.tags(&["listed", "answered"]);
    world.tag("answered", &image);
    for name in ["listed", "answered"] {
        let question = Question::tag(repository(), name.into());
        world.failed(question, None, Absence::new(AbsenceKind::Missing, "404"));
    }
    let state = |world: &World, name: &str| {
        let graph = world.graph();
        let outline = Outline::new();
        let roots = outline.roots(&graph, &[Address::Repository(repository())]);
        let rows = outline.children(&graph, &roots[0]).into_iter();
        let rows = rows.map(|entry| outline.describe(&graph, &(), &entry));
        let row = rows.into_iter().find(|row| row.label == name).unwrap();
        (row.presence, row.state)
    };
    let not_there = (Presence::Here, Some(Mark::Missing));
    assert_eq!(state(&world, "listed"), not_there);
    assert_eq!(state(&world, "answered"), (Presence::Gone, None));
    world.tags(&["answered"]);
    assert_eq!(state(&world, "listed"), (Presence::Gone, None));
    assert_eq!(state(&world, "answered"), not_there);
}

#[test]
fn a_node_is_held_just_where_something_stands_above_it() {
    let graph = World::usual().graph();
    let mut counts = [0, 0];
    for node in graph.nodes() {
        let is_held = graph.is_held(node);
        assert_eq!(is_held, !graph.above(node).is_empty(), "{node:?}");
        counts[usize::from(is_held)] += 1;
    }
    assert!(counts[0] > 0 && counts[1] > 0, "{counts:?}");
}

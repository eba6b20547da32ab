//! Releases, aliases, variants, platforms, layers, bases and labels.

use std::collections::BTreeMap;

use regscope::oci::{Digest, Form, Role, media_type, purpose};

use super::{Asker, said};

const APP: &str = "team/app";
const BASE: &str = "team/base";
const BASE_NAME: &str = "org.opencontainers.image.base.name";
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";
const VERSION: &str = "org.opencontainers.image.version";

#[test]
fn aliases_name_one_digest() {
    let asker = Asker::new();
    let mut groups: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for tag in asker.tags(APP) {
        let digest = asker.tag(APP, tag.as_str()).digest;
        groups
            .entry(digest)
            .or_default()
            .push(tag.as_str().to_owned());
    }
    for aliases in [
        &["1", "1.4", "1.4.1", "latest"][..],
        &["1.4-alpine", "1.4.1-alpine", "alpine"],
        &["1.3", "1.3.2"],
        &["1.3-alpine", "1.3.2-alpine"],
        &["1.2", "1.2.1"],
        &["2", "2.0", "2.0.0"],
        &["2.0-alpine", "2.0.0-alpine"],
        &["edge", "sha-1a2b3c4"],
        &["2.0.0-rc.1"],
        &["nightly"],
        &["1.4.0"],
    ] {
        assert!(
            groups.values().any(|group| group == aliases),
            "{aliases:?} in {groups:?}"
        );
    }
    let named = |names: &[&str]| {
        let first = asker.tag(BASE, names[0]).digest;
        assert!(
            names
                .iter()
                .all(|name| asker.tag(BASE, name).digest == first)
        );
        first
    };
    assert_ne!(named(&["3.0.1"]), named(&["3.0.2", "3.0"]));
    named(&["3.1.0", "3.1", "3", "latest"]);
}

#[test]
fn indexes_have_two_platforms_with_config_history_and_layers() {
    let asker = Asker::new();
    for (path, tag) in [
        (APP, "1.2.0"),
        (APP, "1.4.1"),
        (APP, "1.4.1-alpine"),
        (BASE, "3.0.2"),
    ] {
        let index = asker.tag(path, tag);
        assert_eq!(
            (index.form, index.media_type.as_str()),
            (Form::Index, media_type::OCI_INDEX)
        );
        let platforms: Vec<_> = index
            .manifests
            .iter()
            .map(|m| m.platform.as_ref().unwrap().exact())
            .collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
        for architecture in ["amd64", "arm64"] {
            let image = asker.platform(path, tag, architecture);
            let config = asker.config(path, &image);
            assert_eq!(config.problems, []);
            assert_eq!(config.platform.architecture, *architecture);
            let full = config
                .history
                .iter()
                .filter(|step| !step.is_empty_layer)
                .count();
            assert_eq!(
                (full, config.diff_ids.len()),
                (image.layers.len(), image.layers.len())
            );
            assert!(config.history.len() > full);
            assert_eq!(purpose::of_manifest(&image).role, Role::Image);
        }
    }
    // 1.4.0 has no Alpine variant for arm64; a nightly build has no index at all.
    assert_eq!(asker.tag(APP, "1.4.0-alpine").manifests.len(), 1);
    assert_eq!(asker.tag(APP, "nightly").form, Form::Image);
    let size = asker.platform(APP, "1.4.1", "amd64").content_size();
    assert!((40_000_000..80_000_000).contains(&size), "{size}");
}

#[test]
fn layers_are_shared_with_the_base_between_releases_variants_and_platforms() {
    let asker = Asker::new();
    let layers = |tag: &str, architecture: &str| -> Vec<_> {
        let image = asker.platform(APP, tag, architecture);
        image.layers.iter().map(|layer| layer.digest).collect()
    };
    let shared = |a: &[Digest], b: &[Digest]| a.iter().filter(|layer| b.contains(layer)).count();
    let newest = layers("1.4.1", "amd64");
    assert_eq!(newest.len(), 5);
    // The certificates and the web files.
    assert_eq!(shared(&newest, &layers("1.4.1", "arm64")), 2);
    // The web files; the base was another one.
    assert_eq!(shared(&newest, &layers("1.4.0", "amd64")), 1);
    // The program and the web files.
    assert_eq!(shared(&newest, &layers("1.4.1-alpine", "amd64")), 2);
    assert_eq!(
        shared(&layers("1.3.1", "amd64"), &layers("1.3.2", "amd64")),
        4
    );
}

#[test]
fn the_diff_ids_and_the_history_of_the_base_are_a_prefix() {
    let asker = Asker::new();
    for (app, base) in [
        ("1.2.0", "3.0.1"),
        ("1.3.2", "3.0.1"),
        ("1.4.0", "3.0.2"),
        ("1.4.1", "3.1.0"),
    ] {
        for architecture in ["amd64", "arm64"] {
            let above = asker.config(APP, &asker.platform(APP, app, architecture));
            let below = asker.config(BASE, &asker.platform(BASE, base, architecture));
            assert!(
                above.diff_ids.starts_with(&below.diff_ids),
                "{app} {architecture}"
            );
            assert!(
                above.history.starts_with(&below.history),
                "{app} {architecture}"
            );
            assert!(above.diff_ids.len() > below.diff_ids.len());
        }
    }
}

#[test]
fn what_stands_on_3_0_as_it_was_is_stale() {
    let asker = Asker::new();
    let (old, now) = (
        asker.tag(BASE, "3.0.1").digest,
        asker.tag(BASE, "3.0").digest,
    );
    assert_ne!(old, now);
    let noted = |tag: &str| {
        let image = asker.platform(APP, tag, "amd64");
        let (name, digest) = (
            said(&image.annotations, BASE_NAME),
            said(&image.annotations, BASE_DIGEST),
        );
        (name.to_owned(), digest.to_owned())
    };
    let base = |tag: &str| format!("registry.example.com/team/base:{tag}");
    // The new major stands on the oldest base, noted by the index.
    assert_eq!(noted("2.0.0"), (base("3.0"), old.to_string()));
    // 1.3 too, noted by the platform.
    let platform = asker.platform(BASE, "3.0.1", "amd64").digest;
    assert_eq!(noted("1.3.2"), (base("3.0"), platform.to_string()));
    // 1.4.0 is fresh on 3.0, 1.4.1 on 3.
    assert_eq!(noted("1.4.0"), (base("3.0"), now.to_string()));
    assert_eq!(
        noted("1.4.1"),
        (base("3"), asker.tag(BASE, "3").digest.to_string())
    );
    // 1.2 says nothing, and the base of the Alpine variant is in another registry.
    assert_eq!(noted("1.2.1"), (String::new(), String::new()));
    assert_eq!(noted("1.4.1-alpine").0, "docker.io/library/alpine:3.22");
}

#[test]
fn labels_identify_the_app_and_once_the_annotation_contradicts() {
    let asker = Asker::new();
    let stated = |tag: &str| {
        let image = asker.platform(APP, tag, "amd64");
        let config = asker.config(APP, &image);
        let annotation = said(&image.annotations, VERSION).to_owned();
        (said(&config.labels, VERSION).to_owned(), annotation)
    };
    assert_eq!(stated("1.4.1"), ("1.4.1".to_owned(), "3.1.0".to_owned()));
    assert_eq!(stated("1.4.0"), ("1.4.0".to_owned(), "1.4.0".to_owned()));
    let image = asker.platform(APP, "1.4.1", "amd64");
    let labels = &asker.config(APP, &image).labels;
    assert_eq!(
        said(labels, "org.opencontainers.image.licenses"),
        "Apache-2.0 AND MIT"
    );
    assert_eq!(
        said(labels, "org.opencontainers.image.source"),
        "https://git.example.com/team/app"
    );
    let edge = asker.config(APP, &asker.platform(APP, "sha-1a2b3c4", "arm64"));
    assert!(said(&edge.labels, "org.opencontainers.image.revision").starts_with("1a2b3c4"));
    let old = asker.config(APP, &asker.platform(APP, "1.2.0", "amd64"));
    assert_eq!(said(&old.labels, "org.label-schema.version"), "1.2.0");
}

#[test]
fn other_things_than_images_are_there() {
    let asker = Asker::new();
    let of = |path: &str, tag: &str| {
        let found = purpose::of_manifest(&asker.tag(path, tag));
        (found.role, found.format)
    };
    assert_eq!(of("charts/app-chart", "0.4.0"), (Role::Chart, "Helm"));
    assert_eq!(
        of("plugins/rate-limit", "0.2.0"),
        (Role::Other, "Wasm module")
    );
    assert_eq!(of("models/support-triage", "1.1"), (Role::Other, "model"));
    let image = asker.platform(APP, "1.3.2", "amd64");
    let source = format!("{}.src", regscope::oci::tag::fallback_tag(&image.digest));
    assert_eq!(of(APP, &source), (Role::Source, "source image"));
    let outer = asker.tag("team/toolbox", "2026.1");
    let inner = asker
        .manifest("team/toolbox", outer.manifests[0].digest)
        .unwrap();
    assert_eq!((outer.form, inner.form), (Form::Index, Form::Index));
    assert_eq!(inner.manifests.len(), 2);
}

#[test]
fn the_legacy_repository_has_every_form_of_docker() {
    let asker = Asker::new();
    let path = "legacy/worker";
    assert_eq!(asker.tag(path, "0.9").media_type, media_type::DOCKER_LIST);
    assert_eq!(
        asker.tag(path, "0.8.0").media_type,
        media_type::DOCKER_MANIFEST
    );
    let oldest = asker.tag(path, "0.1");
    assert_eq!(oldest.form, Form::Schema1);
    assert_eq!((oldest.layers.len(), oldest.problems.len()), (2, 0));
}

//! What the worker makes of facts.

use crate::insight::impact::Action;
use crate::insight::outline::fixture::{World, read, repository};
use crate::oci::{Digest, media_type};
use crate::session::impact::Target;
use crate::tui::impact::{Impact, Line};

use super::*;

fn told_of(service: &mut ImpactService, actions: Vec<Action>) -> Arc<Impact> {
    let request = Request {
        part: Part {
            origin: repository().origin,
            actions,
            rules: Rules {
                policy: Some("distribution-3-delete-untagged".to_owned()),
                deletion: Some(true),
            },
        },
        other_registries: Vec::new(),
        query: Query::Impact(None),
        is_fresh: true,
    };
    match answer(service, &request, &|| true) {
        Some(Reply::Impact(impact)) => impact,
        other => panic!("{other:?}"),
    }
}

fn untag(tag: &str) -> Vec<Action> {
    vec![Action::DeleteTag {
        repository: repository().path.as_str().to_owned(),
        tag: tag.to_owned(),
    }]
}

#[test]
fn a_layer_that_is_elsewhere_does_not_come_back() {
    let layer = |name: &str, media: &str, more: &str| {
        let digest = Digest::of(name.as_bytes());
        format!(r#"{{"mediaType":"{media}","digest":"{digest}","size":1000{more}}}"#)
    };
    let image = read(&format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{},{}]}}"#,
        media_type::OCI_MANIFEST,
        layer("config", "application/vnd.oci.image.config.v1+json", ""),
        layer("own", "application/vnd.oci.image.layer.v1.tar+gzip", ""),
        layer(
            "windows",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            r#","urls":["https://mirror.example/windows"]"#
        ),
    ));
    let mut world = World::default();
    world.tags(&["1"]);
    world.tag("1", &image);
    world.manifest(&image);
    let mut service = ImpactService::default();
    service.learn(&world.facts);
    let impact = told_of(&mut service, untag("1"));
    let told = |name: &str| {
        let mut lines = impact.lines.iter();
        lines.any(|line| match line {
            Line::Item(item) => item.place.digest == Some(Digest::of(name.as_bytes())),
            Line::Repository(_) => false,
        })
    };
    assert!(told("own") && told("config"));
    assert!(!told("windows"), "the registry never had it");
}

#[test]
fn a_chart_whose_config_alone_names_an_image_is_hurt_and_one_unread_is_told() {
    let config = br#"{"annotations":{"helm.sh/images":"- image: 127.0.0.1:5000/team/app:1\n"}}"#;
    let mut world = World::default();
    let image = world.image("app", "amd64", "2026-01-01T00:00:00Z");
    let chart = chart(config);
    world.tags(&["1", "chart"]);
    for (tag, manifest) in [("1", &image), ("chart", &chart)] {
        world.tag(tag, manifest);
        world.manifest(manifest);
    }
    let origin = repository().origin;
    let mut service = ImpactService::default();
    service.open(Target {
        origin: origin.clone(),
        written: origin.to_string(),
        kind: crate::oci::OriginKind::Registry,
        source: None,
    });
    service.learn(&world.facts);
    let told = |service: &mut ImpactService| {
        let impact = told_of(service, untag("1"));
        let totals = impact.totals.iter().map(|total| total.words.clone());
        totals.collect::<Vec<_>>().join("\n")
    };
    let unread = told(&mut service);
    assert!(
        unread.contains("the config of 1 chart, which may name images"),
        "{unread}"
    );
    let label = crate::evidence::Label {
        media_type: crate::insight::impact::CHART_CONFIG,
        ..crate::evidence::Label::default()
    };
    let reading = crate::evidence::read(config, &label, &crate::evidence::Limits::default());
    service.learn_reading(Digest::of(config), &Arc::new(reading));
    let read = told(&mut service);
    assert!(
        read.contains("chart team/app chart (helm.sh/images) uses"),
        "{read}"
    );
    assert!(!read.contains("the config of"), "{read}");
}

fn chart(config: &[u8]) -> Arc<crate::oci::Manifest> {
    read(&format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","layers":[],"config":{{"mediaType":
        "application/vnd.cncf.helm.config.v1+json","digest":"{}","size":{}}}}}"#,
        media_type::OCI_MANIFEST,
        Digest::of(config),
        config.len()
    ))
}

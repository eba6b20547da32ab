//! What the worker makes of facts.

use crate::insight::impact::Action;
use crate::insight::outline::fixture::{World, read, repository};
use crate::oci::{Address, Answer, Asked, Digest, Question, media_type};
use crate::source::{Answers, BoxFuture, Locality, Source};
use crate::tui::impact::{Impact, Line};

use super::*;

fn impact(desk: &mut Desk, actions: Vec<Action>) -> Arc<Impact> {
    let request = Request {
        ticket: 1,
        part: Part {
            origin: repository().origin,
            actions,
            rules: Rules {
                policy: Some("distribution-3-delete-untagged".to_owned()),
                deletion: Some(true),
            },
        },
        beside: Vec::new(),
        wish: Wish::Impact(None),
        is_fresh: true,
    };
    match desk.answer(&request, &|| true) {
        Some(Told::Impact(impact)) => impact,
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
    let mut desk = Desk::default();
    desk.learn(&world.facts);
    let impact = impact(&mut desk, untag("1"));
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

/// A registry that has one document.
struct Shop(Origin, &'static [u8]);

impl Source for Shop {
    fn origin(&self) -> &Origin {
        &self.0
    }

    fn locality(&self) -> Locality {
        Locality::Remote
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Question {
                at: Address::Object(repository, digest),
                what: Asked::Document,
            } = question
            {
                let answer = Answer::document(repository.clone(), *digest, self.1.into());
                answers.give(answer).await;
            }
        })
    }
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let origin = repository().origin;
    let told = |source: Option<Arc<dyn Source>>| {
        let mut desk = Desk::new(Terms::default(), Some(runtime.handle().clone()));
        desk.open(Target {
            origin: origin.clone(),
            written: origin.to_string(),
            is_registry: true,
            source,
        });
        desk.learn(&world.facts);
        let impact = impact(&mut desk, untag("1"));
        let totals = impact.totals.iter().map(|total| total.words.clone());
        totals.collect::<Vec<_>>().join("\n")
    };
    let read = told(Some(Arc::new(Shop(origin.clone(), config))));
    assert!(
        read.contains("chart team/app chart (helm.sh/images) uses"),
        "{read}"
    );
    assert!(!read.contains("the config of"), "{read}");
    let unread = told(None);
    assert!(
        unread.contains("the config of 1 chart, which may name images"),
        "{unread}"
    );
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

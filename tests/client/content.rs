//! Tags, manifests, configs and documents.

use std::time::{Duration, Instant};

use regscope::oci::{
    AbsenceKind, Address, Answer, Body, Descriptor, Digest, Form, Question, RemoteText,
};
use regscope::source::registry::{Registry, RequestKind, Settings};
use regscope::source::{Limits, Urgency};

use crate::failure;
use crate::support::content::MANIFEST;
use crate::support::{Fault, Options, TestRegistry, ask, image_json};

#[tokio::test]
async fn a_tag_is_resolved_and_read_by_one_request() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("team/app", "1.0");
    let repository = registry.repository("team/app");
    let answers = ask(
        &registry.client(),
        Question::tag(repository.clone(), "1.0".into()),
    )
    .await;
    let [
        Answer {
            question:
                Question {
                    at: Address::Tag(_, tag),
                    ..
                },
            body: Body::Target(target),
            ..
        },
        Answer {
            question:
                Question {
                    at: Address::Object(read_in, _),
                    ..
                },
            body: Body::Manifest(manifest),
            ..
        },
    ] = answers.as_slice()
    else {
        panic!("{answers:?}")
    };
    assert_eq!((tag.as_str(), &**target), ("1.0", &image));
    assert_eq!(
        (manifest.digest, manifest.form, read_in),
        (image.digest, Form::Image, &repository)
    );
    assert_eq!(registry.requests(), 1);
}

#[tokio::test]
async fn what_is_fetched_by_digest_is_read_and_hashed() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let repository = registry.repository("app");
    let client = registry.client();
    let answers = ask(
        &client,
        Question::manifest(repository.clone(), image.digest),
    )
    .await;
    let [
        Answer {
            body: Body::Manifest(manifest),
            ..
        },
    ] = answers.as_slice()
    else {
        panic!("{answers:?}")
    };
    let config = manifest.config.clone().unwrap();
    let answers = ask(&client, Question::config(repository.clone(), config.digest)).await;
    let [
        Answer {
            question:
                Question {
                    at: Address::Object(_, digest),
                    ..
                },
            body: Body::Config(read),
            ..
        },
    ] = answers.as_slice()
    else {
        panic!("{answers:?}")
    };
    assert_eq!(
        (*digest, read.labels["name"].as_str()),
        (config.digest, "1")
    );
    let answers = ask(
        &client,
        Question::document(repository, manifest.layers[0].digest),
    )
    .await;
    let [
        Answer {
            body: Body::Document(bytes),
            ..
        },
    ] = answers.as_slice()
    else {
        panic!("{answers:?}")
    };
    assert_eq!(&**bytes, b"layer of 1");
    assert_eq!(client.log().requests_of(RequestKind::Manifest), 1);
    assert_eq!(client.log().requests(), registry.requests() as u64);
}

#[tokio::test]
async fn content_with_another_digest_is_refused_by_tag_by_digest_and_as_a_blob() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let repository = registry.repository("app");
    let other = image_json("other").0.to_string();
    registry.put("app", &image.digest.to_string(), MANIFEST, other.as_bytes());
    let blob = registry.blob("app", b"good");
    registry.fault(&format!("/v2/app/blobs/{blob}"), Fault::body("evil"));
    let client = registry.client();
    for question in [
        Question::tag(repository.clone(), "1".into()),
        Question::manifest(repository.clone(), image.digest),
        Question::config(repository.clone(), blob),
        Question::document(repository, blob),
    ] {
        let (kind, reason) = failure(&ask(&client, question).await);
        assert_eq!(kind, AbsenceKind::Invalid);
        assert!(
            reason.starts_with("the content does not have its digest: expected sha256:"),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn a_manifest_that_is_none_comes_with_its_bytes_and_its_tag_is_answered() {
    let registry = TestRegistry::start().await;
    let bytes = b"hello, no JSON";
    let digest = Digest::of(bytes);
    registry.put("app", &digest.to_string(), MANIFEST, bytes);
    let target = Descriptor::new(MANIFEST, digest, bytes.len() as u64);
    registry.tag("app", "1", &target);
    let (client, repository) = (registry.client(), registry.repository("app"));
    let by_digest = Question::manifest(repository.clone(), digest);
    let answers = ask(&client, Question::tag(repository.clone(), "1".into())).await;
    let [
        Answer {
            body: Body::Target(named),
            ..
        },
        Answer {
            body: Body::Bytes(read),
            ..
        },
        Answer {
            question,
            body: Body::Failed(_),
            ..
        },
    ] = answers.as_slice()
    else {
        panic!("{answers:?}")
    };
    assert_eq!((&**named, &**read), (&target, &bytes[..]));
    assert_eq!(question, &by_digest);
    let answers = ask(&client, by_digest).await;
    assert!(
        matches!(
            answers.as_slice(),
            [
                Answer {
                    body: Body::Bytes(_),
                    ..
                },
                Answer {
                    body: Body::Failed(_),
                    ..
                }
            ]
        ),
        "{answers:?}"
    );
    let (kind, reason) = failure(&answers);
    assert_eq!(kind, AbsenceKind::Invalid);
    assert!(
        reason.starts_with("the manifest cannot be read: not JSON"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_tag_without_the_digests_header_is_named_by_its_content() {
    let registry = TestRegistry::with(Options {
        sends_digest: false,
        ..Options::default()
    })
    .await;
    let image = registry.tagged_image("app", "1");
    let answers = ask(
        &registry.client(),
        Question::tag(registry.repository("app"), "1".into()),
    )
    .await;
    assert!(
        matches!(&answers[0], Answer { body: Body::Target(target), .. } if target.digest == image.digest),
        "{answers:?}"
    );
}

#[tokio::test]
async fn the_digest_alone_needs_no_pull_and_a_pull_only_where_head_does_not_say_it() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let (client, repository) = (registry.client(), registry.repository("app"));
    assert_eq!(
        client.head_tag(&repository, &"1".into()).await.unwrap(),
        image
    );
    assert_eq!(registry.seen()[0].request.method, "HEAD");
    assert_eq!(registry.requests(), 1);
    let (kind, _) = {
        let absence = client.head_tag(&repository, &"2".into()).await.unwrap_err();
        (absence.kind, absence.reason)
    };
    assert_eq!(kind, AbsenceKind::Missing);
    registry.fault("/v2/app/manifests/1", Fault::status(405).times(1));
    assert_eq!(
        client
            .head_tag(&repository, &"1".into())
            .await
            .unwrap()
            .digest,
        image.digest
    );

    let silent = TestRegistry::with(Options {
        sends_digest: false,
        ..Options::default()
    })
    .await;
    silent.tagged_image("app", "1");
    let target = silent
        .client()
        .head_tag(&silent.repository("app"), &"1".into())
        .await
        .unwrap();
    assert_eq!(target, image);
    let methods: Vec<String> = silent
        .seen()
        .iter()
        .map(|seen| seen.request.method.clone())
        .collect();
    assert_eq!(methods, ["HEAD", "GET"]);
}

#[tokio::test]
async fn names_outside_the_grammar_are_never_requested() {
    let registry = TestRegistry::start().await;
    let client = registry.client();
    let digest = Digest::of(b"x");
    for path in [
        "../etc", "App", "a//b", "a?b", "a b", "", "a/../b", "a%2e%2e",
    ] {
        let repository = registry.repository(path);
        for question in [
            Question::tags(repository.clone()),
            Question::tag(repository.clone(), "1".into()),
            Question::manifest(repository.clone(), digest),
            Question::referrers(repository, digest),
        ] {
            let (kind, reason) = failure(&ask(&client, question).await);
            assert_eq!(kind, AbsenceKind::Invalid);
            assert!(reason.contains("is no valid repository name"), "{reason}");
        }
    }
    for tag in ["../x", "a/b", "\u{1b}[31m", ".x", ""] {
        let (kind, reason) = failure(
            &ask(
                &client,
                Question::tag(registry.repository("app"), tag.into()),
            )
            .await,
        );
        assert_eq!(kind, AbsenceKind::Invalid);
        assert!(
            reason.contains("is no valid tag") && !reason.contains('\u{1b}'),
            "{reason}"
        );
        assert!(
            client
                .head_tag(&registry.repository("app"), &RemoteText::from(tag))
                .await
                .is_err()
        );
    }
    assert_eq!(registry.requests(), 0);
}

#[tokio::test]
async fn what_only_a_local_source_knows_is_unsupported_and_other_registries_are_not_asked() {
    let registry = TestRegistry::start().await;
    let (kind, _) = failure(
        &ask(
            &registry.client(),
            Question::contents(registry.repository("app")),
        )
        .await,
    );
    assert_eq!(kind, AbsenceKind::Unsupported);
    let elsewhere =
        regscope::oci::Repository::new(&regscope::oci::Origin::new("other.example"), "app");
    let (kind, reason) = failure(&ask(&registry.client(), Question::tags(elsewhere)).await);
    assert_eq!(kind, AbsenceKind::Invalid);
    assert!(reason.contains("another registry"), "{reason}");
    assert_eq!(registry.requests(), 0);
}

#[tokio::test]
async fn sizes_are_limited_whether_or_not_they_are_stated() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let limits = Limits {
        manifest_bytes: 300,
        document_bytes: 8,
        ..registry.settings().limits
    };
    let client = Registry::new(Settings {
        limits,
        ..registry.settings()
    })
    .unwrap();
    let repository = registry.repository("app");
    let manifest = Question::manifest(repository.clone(), image.digest);
    let (kind, reason) = failure(&ask(&client, manifest.clone()).await);
    assert_eq!(kind, AbsenceKind::TooLarge);
    assert_eq!(
        reason,
        "the manifest is larger than 300 bytes (setting limits.manifest_bytes)"
    );
    registry.fault("/v2/app/manifests/*", Fault::endless("x".repeat(100)));
    assert_eq!(failure(&ask(&client, manifest).await), (kind, reason));
    let blob = registry.blob("app", b"more than eight");
    let (kind, reason) = failure(&ask(&client, Question::document(repository, blob)).await);
    assert_eq!(
        (kind, reason.as_str()),
        (
            AbsenceKind::TooLarge,
            "the document is larger than 8 bytes (setting limits.document_bytes)"
        )
    );
}

#[tokio::test]
async fn time_is_limited_without_a_byte_and_as_a_whole_and_neither_is_tried_again() {
    let registry = TestRegistry::start().await;
    let limits = Limits {
        idle: Duration::from_millis(100),
        whole: Duration::from_millis(250),
        connect: Duration::from_millis(100),
        ..registry.settings().limits
    };
    let client = Registry::new(Settings {
        limits,
        ..registry.settings()
    })
    .unwrap();
    let question = || Question::manifest(registry.repository("app"), Digest::of(b"x"));
    for (fault, expected) in [
        (Fault::silent(), "no answer came within 100 ms (--timeout)"),
        (
            Fault::stalled("{"),
            "nothing more came for 100 ms (--timeout)",
        ),
        (
            Fault::dripping("x".repeat(1000), Duration::from_millis(20)),
            "the answer was not there within 250 ms (setting limits.whole)",
        ),
    ] {
        registry.heal();
        registry.forget_requests();
        registry.fault("/v2/app/manifests/*", fault);
        let started = Instant::now();
        let (kind, reason) = failure(&ask(&client, question()).await);
        assert_eq!((kind, reason.as_str()), (AbsenceKind::Failed, expected));
        assert!(started.elapsed() < Duration::from_secs(2));
        assert_eq!(registry.requests(), 1);
    }
}

#[tokio::test]
async fn a_signed_manifest_of_schema_1_is_believed_and_nothing_that_only_claims_to_be_one() {
    let registry = TestRegistry::start().await;
    let digest = Digest::of(b"the payload, which is not the document");
    let media_type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    let signed = r#"{"schemaVersion":1,"name":"app","tag":"1","fsLayers":[],"history":[],"signatures":[{"x":1}]}"#;
    let unsigned =
        r#"{"schemaVersion":1,"name":"app","tag":"1","fsLayers":[],"history":[],"signatures":[]}"#;
    let image = r#"{"schemaVersion":2,"config":{},"layers":[],"signatures":[{"x":1}],
        "mediaType":"application/vnd.oci.image.manifest.v1+json"}"#;
    for (document, is_believed) in [(signed, true), (unsigned, false), (image, false)] {
        registry.put("app", &digest.to_string(), media_type, document.as_bytes());
        registry.tag("app", "1", &Descriptor::of(digest));
        for question in [
            Question::manifest(registry.repository("app"), digest),
            Question::tag(registry.repository("app"), "1".into()),
        ] {
            let answers = ask(&registry.client(), question).await;
            let is_read = answers
                .iter()
                .any(|answer| matches!(answer.body, Body::Manifest(_)));
            assert_eq!(is_read, is_believed, "{document}");
        }
    }
}

#[tokio::test]
async fn the_digest_of_a_tag_is_a_question_of_its_own() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let client = registry.client();
    let answers = ask(
        &client,
        Question::tag_digest(registry.repository("app"), "1".into()),
    )
    .await;
    assert!(
        matches!(answers.as_slice(), [Answer { body: Body::Target(target), .. }] if **target == image),
        "{answers:?}"
    );
    let (kind, _) = failure(
        &ask(
            &client,
            Question::tag_digest(registry.repository("app"), "../x".into()),
        )
        .await,
    );
    assert_eq!(kind, AbsenceKind::Invalid);
    assert_eq!(registry.requests(), 1);
}

#[tokio::test]
async fn whether_content_is_still_there_needs_only_its_head() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let (client, repository) = (registry.client(), registry.repository("app"));
    assert_eq!(
        client
            .head_content(
                &Question::manifest(repository.clone(), image.digest),
                Urgency::Background
            )
            .await,
        Ok(())
    );
    let gone = client
        .head_content(
            &Question::document(repository.clone(), image.digest),
            Urgency::Background,
        )
        .await
        .unwrap_err();
    assert_eq!(gone.kind, AbsenceKind::Missing);
    assert!(
        client
            .head_content(&Question::tags(repository), Urgency::Background)
            .await
            .is_err()
    );
    let methods: Vec<String> = registry
        .seen()
        .iter()
        .map(|seen| seen.request.method.clone())
        .collect();
    assert_eq!(methods, ["HEAD", "HEAD"]);
}

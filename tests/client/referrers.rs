//! Referrers by every way.

use regscope::oci::tag::fallback_tag;
use regscope::oci::{AbsenceKind, Answer, Body, Descriptor, FoundBy, Question};
use regscope::source::registry::Registry;

use crate::support::content::{INDEX, described};
use crate::support::{Fault, Options, TestRegistry, ask};
use crate::{failures, is_complete};

/// The digests that were listed by a way.
fn listed(answers: &[Answer], way: FoundBy) -> Option<Vec<String>> {
    let mut pages = answers
        .iter()
        .filter_map(|answer| match (answer.by, &answer.body) {
            (by, Body::Referrers(page)) if by == Some(way) => Some(&page.items),
            _ => None,
        });
    let first = pages.next()?;
    Some(
        first
            .iter()
            .chain(pages.flatten())
            .map(|item| item.digest.to_string())
            .collect(),
    )
}

fn digests(descriptors: &[Descriptor]) -> Vec<String> {
    let mut digests: Vec<String> = descriptors
        .iter()
        .map(|descriptor| descriptor.digest.to_string())
        .collect();
    digests.sort();
    digests
}

async fn no_api() -> TestRegistry {
    TestRegistry::with(Options {
        has_referrers_api: false,
        ..Options::default()
    })
    .await
}

async fn referrers(
    client: &Registry,
    registry: &TestRegistry,
    subject: &Descriptor,
) -> Vec<Answer> {
    ask(
        client,
        Question::referrers(registry.repository("app"), subject.digest),
    )
    .await
}

#[tokio::test]
async fn the_api_lists_them_as_it_describes_them() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let all = [
        registry.referrer("app", &image, "text/a", "one"),
        registry.referrer("app", &image, "text/b", "two"),
    ];
    let answers = referrers(&registry.client(), &registry, &image).await;
    assert_eq!(listed(&answers, FoundBy::ReferrersApi), Some(digests(&all)));
    assert!(is_complete(&answers) && failures(&answers).is_empty());
    let Answer {
        body: Body::Referrers(page),
        ..
    } = &answers[0]
    else {
        panic!("{answers:?}")
    };
    assert!(
        page.items
            .iter()
            .all(|item| item.artifact_type.is_some() && item.annotation("note").is_some())
    );
    let nobody = registry.image("app", "2");
    let answers = referrers(&registry.client(), &registry, &nobody).await;
    assert_eq!(listed(&answers, FoundBy::ReferrersApi), Some(vec![]));
    assert_eq!(registry.count("tag"), 0);
}

#[tokio::test]
async fn the_api_is_read_page_by_page_and_an_unasked_filter_is_told() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let one = registry.referrer("app", &image, "text/a", "one");
    let two = registry.referrer("app", &image, "text/b", "two");
    let path = format!("/v2/app/referrers/{}", image.digest);
    let page = |entry: &Descriptor| {
        serde_json::json!({"schemaVersion": 2, "manifests": [described(entry)]}).to_string()
    };
    registry.fault(&path, Fault::body(page(&two)).header("Content-Type", INDEX));
    let first = Fault::body(page(&one))
        .header("Content-Type", INDEX)
        .header("Link", &format!("<{path}?p=2>; rel=next"));
    registry.fault(&path, first.times(1));
    let answers = referrers(&registry.client(), &registry, &image).await;
    let mut found = listed(&answers, FoundBy::ReferrersApi).unwrap();
    found.sort();
    assert_eq!(found, digests(&[one, two]));
    assert!(is_complete(&answers));
    registry.heal();
    registry.fault(
        &path,
        Fault::with_header("OCI-Filters-Applied", "artifactType"),
    );
    let answers = referrers(&registry.client(), &registry, &image).await;
    let failed = failures(&answers);
    assert_eq!(
        (failed[0].0, failed[0].1),
        (Some(FoundBy::ReferrersApi), AbsenceKind::CutShort)
    );
    assert!(
        failed[0].2.contains("filtered the list by `artifactType`"),
        "{failed:?}"
    );
}

#[tokio::test]
async fn the_fallback_tag_is_asked_where_there_is_no_api() {
    for fault in [
        Fault::status(400),
        Fault::status(404),
        Fault::status(405),
        Fault::status(406),
        Fault::body("{\"manifests\":[]}").header("Content-Type", "application/json"),
        Fault::body("<html>").header("Content-Type", "text/html"),
    ] {
        let registry = TestRegistry::start().await;
        let image = registry.tagged_image("app", "1");
        let one = registry.referrer("app", &image, "text/a", "one");
        registry.fallback_tag("app", &image, std::slice::from_ref(&one));
        registry.fault("/v2/app/referrers/*", fault.clone());
        let answers = referrers(&registry.client(), &registry, &image).await;
        assert_eq!(
            listed(&answers, FoundBy::FallbackTag),
            Some(digests(&[one])),
            "{fault:?}"
        );
        let failed = failures(&answers);
        assert_eq!(failed.len(), 1);
        assert_eq!(
            (failed[0].0, failed[0].1),
            (Some(FoundBy::ReferrersApi), AbsenceKind::Unsupported)
        );
    }
}

#[tokio::test]
async fn a_refusal_is_never_shown_as_no_referrers() {
    for (status, kind) in [
        (401, AbsenceKind::Forbidden),
        (403, AbsenceKind::Forbidden),
        (429, AbsenceKind::RateLimited),
        (500, AbsenceKind::Failed),
    ] {
        let registry = TestRegistry::start().await;
        let image = registry.tagged_image("app", "1");
        registry.fault("/v2/app/referrers/*", Fault::status(status));
        let answers = referrers(&registry.client(), &registry, &image).await;
        assert_eq!(failures(&answers)[0].1, kind);
        assert_eq!(listed(&answers, FoundBy::FallbackTag), None);
        registry.heal();
        registry.fault("/v2/app/referrers/*", Fault::status(404));
        registry.fault("/v2/app/manifests/*", Fault::status(status));
        let answers = referrers(&registry.client(), &registry, &image).await;
        let failed = failures(&answers);
        assert_eq!(
            (failed[1].0, failed[1].1),
            (Some(FoundBy::FallbackTag), kind)
        );
        assert_eq!(listed(&answers, FoundBy::FallbackTag), None);
    }
}

#[tokio::test]
async fn a_repository_that_lacks_the_api_for_a_digest_that_it_holds_is_not_asked_again() {
    let registry = no_api().await;
    let image = registry.tagged_image("app", "1");
    let other = registry.tagged_image("app", "2");
    let client = registry.client();
    // Nobody knows yet that the repository holds the image.
    referrers(&client, &registry, &image).await;
    ask(
        &client,
        Question::tag(registry.repository("app"), "1".into()),
    )
    .await;
    referrers(&client, &registry, &image).await;
    assert_eq!(registry.count("referrers"), 2);
    let answers = referrers(&client, &registry, &other).await;
    assert_eq!(registry.count("referrers"), 2);
    assert_eq!(failures(&answers)[0].1, AbsenceKind::Unsupported);
    assert_eq!(listed(&answers, FoundBy::FallbackTag), Some(vec![]));
}

#[tokio::test]
async fn a_fallback_tag_is_read_once_for_the_two_that_ask_for_it_and_anew_for_a_third() {
    let registry = no_api().await;
    let image = registry.tagged_image("app", "1");
    let one = registry.referrer("app", &image, "text/a", "one");
    registry.fallback_tag("app", &image, std::slice::from_ref(&one));
    let name = format!("sha256-{}", image.digest.to_string().split_at(7).1);
    let tag = Question::tag(registry.repository("app"), name.into());
    let expected = Some(digests(&[one]));
    for is_tag_first in [true, false] {
        let client = registry.client();
        registry.forget_requests();
        if is_tag_first {
            ask(&client, tag.clone()).await;
        }
        let answers = referrers(&client, &registry, &image).await;
        assert_eq!(listed(&answers, FoundBy::FallbackTag), expected);
        if !is_tag_first {
            let answers = ask(&client, tag.clone()).await;
            assert!(matches!(
                answers.as_slice(),
                [
                    Answer {
                        body: Body::Target(_),
                        ..
                    },
                    Answer {
                        body: Body::Manifest(_),
                        ..
                    }
                ]
            ));
        }
        assert_eq!(registry.count("tag"), 1, "{is_tag_first}");
        let answers = referrers(&client, &registry, &image).await;
        assert_eq!(listed(&answers, FoundBy::FallbackTag), expected);
        assert_eq!(registry.count("tag"), 2);
    }
}

#[tokio::test]
async fn one_subject_that_is_refused_does_not_speak_for_the_others() {
    let registry = TestRegistry::start().await;
    let images = ["1", "2", "3"].map(|tag| registry.tagged_image("app", tag));
    let referrer = registry.referrer("app", &images[1], "text/a", "one");
    let client = registry.client();
    for tag in ["1", "2", "3"] {
        let tag = Question::tag(registry.repository("app"), tag.into());
        ask(&client, tag).await;
    }
    registry.fault(
        &format!("/v2/app/referrers/{}", images[0].digest),
        Fault::status(400),
    );
    referrers(&client, &registry, &images[0]).await;
    let answers = referrers(&client, &registry, &images[1]).await;
    assert_eq!(
        listed(&answers, FoundBy::ReferrersApi),
        Some(digests(&[referrer]))
    );
    // Two of them do, where none was answered.
    let client = registry.client();
    for tag in ["1", "2", "3"] {
        let tag = Question::tag(registry.repository("app"), tag.into());
        ask(&client, tag).await;
    }
    registry.fault("/v2/app/referrers/*", Fault::status(400));
    registry.forget_requests();
    for image in &images {
        referrers(&client, &registry, image).await;
    }
    assert_eq!(registry.count("referrers"), 2);
}

#[tokio::test]
async fn a_fallback_tag_that_is_in_no_complete_list_is_not_asked_for() {
    let registry = no_api().await;
    let image = registry.tagged_image("app", "1");
    let other = registry.tagged_image("app", "2");
    let one = registry.referrer("app", &image, "text/a", "one");
    registry.fallback_tag("app", &image, std::slice::from_ref(&one));
    let client = registry.client();
    ask(&client, Question::tags(registry.repository("app"))).await;
    let answers = referrers(&client, &registry, &other).await;
    assert_eq!(listed(&answers, FoundBy::FallbackTag), Some(vec![]));
    assert_eq!(registry.count("tag"), 0);
    let answers = referrers(&client, &registry, &image).await;
    assert_eq!(
        listed(&answers, FoundBy::FallbackTag),
        Some(digests(&[one]))
    );
    assert_eq!(registry.count("tag"), 1);
}

#[tokio::test]
async fn a_referrers_tag_that_names_no_index_is_told() {
    let registry = no_api().await;
    let image = registry.tagged_image("app", "1");
    registry.tag("app", &fallback_tag(&image.digest), &image);
    let answers = referrers(&registry.client(), &registry, &image).await;
    let failed = failures(&answers);
    assert_eq!(
        (failed[1].0, failed[1].1),
        (Some(FoundBy::FallbackTag), AbsenceKind::Invalid)
    );
    assert!(failed[1].2.contains("names no index"), "{failed:?}");
}

#[tokio::test]
async fn the_api_of_oras_is_asked_where_it_is_announced_and_nowhere_else() {
    let registry = no_api().await;
    let image = registry.tagged_image("app", "1");
    let one = registry.referrer("app", &image, "text/a", "one");
    let body = serde_json::json!({"referrers": [described(&one)]}).to_string();
    registry.fault(
        "/v2/app/_oras/*",
        Fault::body(body).header("Content-Type", "application/json"),
    );
    let client = registry.client();
    referrers(&client, &registry, &image).await;
    assert_eq!(registry.count("oras"), 0);
    registry.fault(
        "/v2/app/manifests/1",
        Fault::with_header("ORAS-Api-Version", "oras/1.0"),
    );
    ask(
        &client,
        Question::tag(registry.repository("app"), "1".into()),
    )
    .await;
    let answers = referrers(&client, &registry, &image).await;
    assert_eq!(listed(&answers, FoundBy::OrasApi), Some(digests(&[one])));
    let seen = registry.seen();
    let asked = seen.iter().find(|seen| seen.kind == "oras").unwrap();
    assert_eq!(
        asked.request.query("digest"),
        Some(image.digest.to_string())
    );
}

#[tokio::test]
async fn entries_that_are_no_descriptors_leave_the_others() {
    let registry = TestRegistry::start().await;
    let image = registry.tagged_image("app", "1");
    let one = registry.referrer("app", &image, "text/a", "one");
    let mut bad = described(&one);
    bad["digest"] = "sha256:../../etc/passwd".into();
    let body =
        serde_json::json!({"manifests": [bad, 7, described(&one), described(&one)]}).to_string();
    registry.fault(
        "/v2/app/referrers/*",
        Fault::body(body).header("Content-Type", INDEX),
    );
    let answers = referrers(&registry.client(), &registry, &image).await;
    assert_eq!(
        listed(&answers, FoundBy::ReferrersApi),
        Some(digests(&[one]))
    );
    let failed = failures(&answers);
    assert!(
        failed[0].2.starts_with(
            "2 entries of the list were left out: the first is no descriptor: digest: "
        ),
        "{failed:?}"
    );
}

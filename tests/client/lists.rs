//! The catalog and the list of tags.

use regscope::oci::{AbsenceKind, Answer, Body, Question};
use regscope::source::Limits;
use regscope::source::registry::{Registry, Settings};

use crate::support::server::{Request, Response};
use crate::support::{Fault, Options, TestRegistry, ask};
use crate::{failure, is_complete, names};

async fn with_tags(options: Options, count: usize) -> (TestRegistry, Vec<String>) {
    let registry = TestRegistry::with(options).await;
    let image = registry.image("app", "x");
    let tags: Vec<String> = (0..count).map(|number| format!("t{number:05}")).collect();
    for tag in &tags {
        registry.tag("app", tag, &image);
    }
    (registry, tags)
}

fn client(registry: &TestRegistry, page_size: usize) -> Registry {
    Registry::new(Settings {
        page_size,
        ..registry.settings()
    })
    .unwrap()
}

async fn tags(registry: &TestRegistry, page_size: usize) -> Vec<Answer> {
    ask(
        &client(registry, page_size),
        Question::tags(registry.repository("app")),
    )
    .await
}

#[tokio::test]
async fn lists_are_read_to_the_end_whatever_the_registry_can() {
    for sends_link in [true, false] {
        for (honours_n, honours_last) in [(true, true), (false, true), (false, false)] {
            for count in [0, 1, 9, 10, 11, 20, 25] {
                let page_size = if honours_n || sends_link && honours_last {
                    10
                } else {
                    1_000
                };
                let options = Options {
                    page_size,
                    honours_n,
                    honours_last,
                    sends_link,
                    ..Options::default()
                };
                let (registry, expected) = with_tags(options.clone(), count).await;
                let answers = tags(&registry, 10).await;
                assert_eq!(names(&answers), expected, "{options:?} {count}");
                assert!(is_complete(&answers), "{options:?} {count}");
            }
        }
    }
}

#[tokio::test]
async fn pages_come_one_by_one_and_count_from_zero() {
    let (registry, _) = with_tags(Options::default(), 25).await;
    let answers = tags(&registry, 10).await;
    let pages: Vec<(u32, usize, bool)> = answers
        .iter()
        .map(|answer| match answer {
            Answer {
                body: Body::Tags(page),
                ..
            } => (page.number, page.items.len(), page.is_last),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(pages, [(0, 10, false), (1, 10, false), (2, 5, true)]);
    assert_eq!(registry.requests(), 3);
}

#[tokio::test]
async fn the_same_page_again_without_a_next_one_is_told() {
    let options = Options {
        sends_link: false,
        honours_last: false,
        ..Options::default()
    };
    let (registry, expected) = with_tags(options, 25).await;
    let answers = tags(&registry, 10).await;
    assert_eq!(names(&answers), expected[..10]);
    let (kind, reason) = failure(&answers);
    assert_eq!(kind, AbsenceKind::CutShort);
    assert!(reason.contains("the same page again"), "{reason}");
}

#[tokio::test]
async fn smaller_pages_are_asked_for_where_large_ones_are_refused() {
    for status in [400, 413] {
        for refusals in [1, 2, 3, 4] {
            let (registry, expected) = with_tags(
                Options {
                    page_size: 100,
                    ..Options::default()
                },
                250,
            )
            .await;
            registry.fault("/v2/app/tags/list", Fault::status(status).times(refusals));
            let answers = tags(&registry, 1_000).await;
            assert_eq!(names(&answers), expected);
            assert!(is_complete(&answers));
            let sizes: Vec<Option<String>> = registry
                .seen()
                .iter()
                .map(|seen| seen.request.query("n"))
                .collect();
            let tried = ["1000", "100", "50", "10"].map(|size| Some(size.to_owned()));
            let tried = [tried.as_slice(), &[None]].concat();
            assert_eq!(sizes[..=refusals as usize], tried[..=refusals as usize]);
        }
    }
}

/// A registry that gives pages of at most `most` by `last`, without `Link`, and refuses larger ones; the second page
/// and later ones only up to `later`.
fn refusing(count: usize, most: usize, later: usize) -> Fault {
    Fault::made(move |request: &Request| {
        let last = request.query("last");
        let size = request.query("n").and_then(|size| size.parse().ok());
        let most = if last.is_some() { later } else { most };
        let Some(size) = size.filter(|size: &usize| *size <= most) else {
            return Response::new(413, "application/json", "");
        };
        let names = (0..count).map(|number| format!("t{number:05}"));
        let rest = names.filter(|name| last.as_ref().is_none_or(|last| name > last));
        let page: Vec<String> = rest.take(size).collect();
        let body = serde_json::json!({"name": "app", "tags": page}).to_string();
        Response::new(200, "application/json", body)
    })
}

#[tokio::test]
async fn a_page_size_that_is_taken_is_found_and_remembered() {
    for (most, later, asked) in [(50, 50, "50"), (1_000, 100, "100"), (10, 10, "10")] {
        let registry = TestRegistry::start().await;
        for app in ["app", "other"] {
            registry.fault(
                &format!("/v2/{app}/tags/list"),
                refusing(1_025, most, later),
            );
        }
        let client = client(&registry, 1_000);
        let answers = ask(&client, Question::tags(registry.repository("app"))).await;
        assert_eq!(names(&answers).len(), 1_025, "{most} {later}");
        assert!(is_complete(&answers));
        registry.forget_requests();
        let answers = ask(&client, Question::tags(registry.repository("other"))).await;
        assert_eq!(names(&answers).len(), 1_025);
        let first = registry.seen()[0].request.query("n");
        assert_eq!(first.as_deref(), Some(asked));
    }
}

#[tokio::test]
async fn what_follows_a_short_page_is_unknown_where_asking_for_it_fails() {
    for (fault, kind) in [
        (Fault::status(500), AbsenceKind::CutShort),
        (Fault::status(403), AbsenceKind::CutShort),
        (
            Fault::body("<html>Sign in</html>").header("Content-Type", "text/html"),
            AbsenceKind::CutShort,
        ),
    ] {
        let options = Options {
            page_size: 50,
            sends_link: false,
            ..Options::default()
        };
        let (registry, _) = with_tags(options, 200).await;
        registry.fault("/v2/app/tags/list?n=1000&last=t00049", fault);
        let answers = tags(&registry, 1_000).await;
        assert_eq!(names(&answers).len(), 50);
        assert!(!is_complete(&answers));
        assert_eq!(failure(&answers).0, kind, "{answers:?}");
    }
}

#[tokio::test]
async fn a_list_that_is_none_is_not_the_start_of_one() {
    let registry = TestRegistry::start().await;
    for tags in [r#"{"v1":1}"#, r#""v1""#, "7"] {
        registry.heal();
        registry.fault(
            "/v2/app/tags/list",
            Fault::body(format!(r#"{{"tags":{tags}}}"#)),
        );
        let answers = self::tags(&registry, 1_000).await;
        assert_eq!(failure(&answers).0, AbsenceKind::Invalid, "{answers:?}");
    }
}

#[tokio::test]
async fn a_tag_twice_in_a_list_is_one_tag_and_odd_lists_are_read() {
    let (registry, _) = with_tags(Options::default(), 1).await;
    let path = "/v2/app/tags/list";
    for (body, expected) in [
        (r#"{"name":"app","tags":["a","b","a"]}"#, vec!["a", "b"]),
        (r#"{"name":"app","tags":null}"#, vec![]),
        (r#"{"tags":[]}"#, vec![]),
        ("\u{feff}{\"tags\":[\"a\\u001b\"]}", vec!["a\u{1b}"]),
    ] {
        registry.heal();
        registry.fault(path, Fault::body(body));
        let answers = tags(&registry, 1_000).await;
        assert_eq!(names(&answers), expected, "{body}");
        assert!(is_complete(&answers), "{body}");
    }
}

#[tokio::test]
async fn a_link_is_followed_on_the_own_origin_alone_and_never_in_a_circle() {
    let elsewhere = TestRegistry::start().await;
    let (registry, expected) = with_tags(Options::default(), 3).await;
    let path = "/v2/app/tags/list";
    let absolute = format!(
        "<{}{path}?n=2&last=t00001>; rel=\"next\"",
        registry.address()
    );
    registry.fault(
        path,
        Fault::body(r#"{"tags":["t00000","t00001"]}"#)
            .header("Link", &absolute)
            .times(1),
    );
    let answers = tags(&registry, 2).await;
    assert_eq!(names(&answers), expected);
    assert!(is_complete(&answers));
    for (link, words) in [
        (
            format!("<{}{path}>; rel=next", elsewhere.address()),
            "not on the registry's own address",
        ),
        (
            "<file:///etc/passwd>; rel=next".to_owned(),
            "not on the registry's own address",
        ),
        (
            format!("<{path}?n=2>; rel=next"),
            "lead back to one that was read",
        ),
    ] {
        registry.heal();
        registry.fault(
            path,
            Fault::body(r#"{"tags":["t00000"]}"#).header("Link", &link),
        );
        let answers = tags(&registry, 2).await;
        assert_eq!(names(&answers), ["t00000"]);
        let (kind, reason) = failure(&answers);
        assert_eq!(kind, AbsenceKind::CutShort);
        assert!(reason.contains(words), "{reason}");
    }
    assert_eq!(elsewhere.requests(), 0);
}

#[tokio::test]
async fn pages_entries_and_bytes_are_limited_and_what_was_read_is_kept() {
    let (registry, expected) = with_tags(Options::default(), 100).await;
    let base = registry.settings().limits;
    let cases = [
        (
            Limits {
                pages: 3,
                ..base.clone()
            },
            30,
            "more than 3 pages (setting limits.pages)",
        ),
        (
            Limits {
                list_entries: 25,
                ..base.clone()
            },
            25,
            "more than 25 entries (setting limits.list_entries)",
        ),
        (
            Limits {
                list_bytes: 250,
                ..base
            },
            30,
            "larger than 250 bytes (setting limits.list_bytes)",
        ),
    ];
    for (limits, count, words) in cases {
        let client = Registry::new(Settings {
            limits,
            page_size: 10,
            ..registry.settings()
        })
        .unwrap();
        let answers = ask(&client, Question::tags(registry.repository("app"))).await;
        assert_eq!(names(&answers), expected[..count], "{words}");
        let (kind, reason) = failure(&answers);
        assert_eq!(kind, AbsenceKind::CutShort);
        assert!(reason.contains(words), "{reason}");
    }
}

#[tokio::test]
async fn a_page_that_is_too_large_gives_its_start() {
    let (registry, expected) = with_tags(Options::default(), 100).await;
    let limits = Limits {
        list_bytes: 200,
        ..registry.settings().limits
    };
    let client = Registry::new(Settings {
        limits,
        ..registry.settings()
    })
    .unwrap();
    let answers = ask(&client, Question::tags(registry.repository("app"))).await;
    let names = names(&answers);
    assert!(
        names.len() > 10 && names[..] == expected[..names.len()],
        "{names:?}"
    );
    let (kind, reason) = failure(&answers);
    assert_eq!(kind, AbsenceKind::CutShort);
    assert!(reason.contains("larger than 200 bytes"), "{reason}");
}

#[tokio::test]
async fn a_failure_after_pages_leaves_the_pages() {
    let (registry, expected) = with_tags(Options::default(), 30).await;
    let path = "/v2/app/tags/list";
    registry.fault(path, Fault::error(500, "UNKNOWN", "disk on fire"));
    let first = r#"{"tags":["t00000","t00001"]}"#;
    registry.fault(
        path,
        Fault::body(first)
            .header("Link", &format!("<{path}?n=2&last=t00001>; rel=next"))
            .times(1),
    );
    let answers = tags(&registry, 2).await;
    assert_eq!(names(&answers), expected[..2]);
    let (kind, reason) = failure(&answers);
    assert_eq!(kind, AbsenceKind::CutShort);
    assert!(reason.contains("disk on fire"), "{reason}");
}

#[tokio::test]
async fn a_catalog_is_listed_or_its_absence_says_what_to_write() {
    let registry = TestRegistry::start().await;
    for name in ["a", "b/c", "d"] {
        registry.image(name, "x");
    }
    let catalog = || Question::catalog(registry.origin());
    let answers = ask(&client(&registry, 2), catalog()).await;
    assert_eq!(names(&answers), ["a", "b/c", "d"]);
    assert!(is_complete(&answers));
    for (status, expected) in [
        (404, AbsenceKind::Unsupported),
        (405, AbsenceKind::Unsupported),
        (401, AbsenceKind::Forbidden),
        (403, AbsenceKind::Forbidden),
    ] {
        registry.heal();
        registry.fault(
            "/v2/_catalog",
            Fault::error(status, "DENIED", "not for you"),
        );
        let (kind, reason) = failure(&ask(&registry.client(), catalog()).await);
        assert_eq!(kind, expected, "{status}");
        assert!(
            reason.contains("name a repository, as in 127.0.0.1:")
                && reason.contains("not for you"),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_missing_with_the_registrys_own_words() {
    let registry = TestRegistry::start().await;
    let (kind, reason) = failure(
        &ask(
            &registry.client(),
            Question::tags(registry.repository("none")),
        )
        .await,
    );
    assert_eq!(kind, AbsenceKind::Missing);
    assert_eq!(
        reason,
        "the registry does not have it (404: repository name not known to registry)"
    );
}

/// A registry with repositories of so many tags, its answers to `last` counted.
async fn with_repositories(options: Options, counts: &[usize]) -> (TestRegistry, Vec<Question>) {
    let registry = TestRegistry::with(options).await;
    let mut questions = Vec::new();
    for (number, count) in counts.iter().enumerate() {
        let name = format!("r{number}");
        let image = registry.image(&name, "x");
        for tag in 0..*count {
            registry.tag(&name, &format!("t{tag:05}"), &image);
        }
        questions.push(Question::tags(registry.repository(&name)));
    }
    (registry, questions)
}

#[tokio::test]
async fn a_registry_is_asked_once_whether_its_short_pages_are_whole_and_not_for_every_list() {
    let counts = [3, 2, 3, 1, 2, 3, 8, 5, 8, 2];
    let (registry, questions) = with_repositories(Options::default(), &counts).await;
    let client = client(&registry, 1_000);
    for (question, count) in questions.into_iter().zip(counts) {
        let answers = ask(&client, question).await;
        assert_eq!(names(&answers).len(), count);
        assert!(is_complete(&answers));
    }
    let more = registry.requests() - counts.len();
    assert!(more <= 2, "{more} more requests than lists");
}

#[tokio::test]
async fn a_registry_that_names_its_next_pages_is_believed_where_it_names_none() {
    let (registry, questions) = with_repositories(Options::default(), &[25, 9, 10, 8]).await;
    let client = client(&registry, 10);
    for question in questions {
        assert!(is_complete(&ask(&client, question).await));
    }
    // Three pages; one page; one that is full, and what follows it; one page.
    assert_eq!(registry.requests(), 3 + 1 + 2 + 1);
}

#[tokio::test]
async fn pages_that_are_cut_short_without_a_word_are_read_to_the_end_in_every_list() {
    let options = Options {
        page_size: 10,
        sends_link: false,
        ..Options::default()
    };
    let counts = [4, 10, 11, 25, 40, 3, 10, 39];
    read_whole(options, &counts).await;
    // A repository that has just as many tags as a page can have comes first.
    for page_size in [25, 64, 100] {
        let options = Options {
            page_size,
            sends_link: false,
            ..Options::default()
        };
        read_whole(options, &[page_size, page_size * 2 + 10]).await;
    }
}

async fn read_whole(options: Options, counts: &[usize]) {
    let (registry, questions) = with_repositories(options, counts).await;
    let client = client(&registry, 1_000);
    for (question, count) in questions.into_iter().zip(counts) {
        let answers = ask(&client, question).await;
        assert_eq!(names(&answers).len(), *count);
        assert!(is_complete(&answers), "{count}");
    }
}

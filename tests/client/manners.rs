//! Retries, waits, pace, the log, and what a dead registry looks like.

use std::sync::Arc;
use std::time::{Duration, Instant};

use regscope::oci::{AbsenceKind, Body, Question};
use regscope::source::registry::{
    Concurrency, Outcome, RateLimit, Registry, RequestKind, Settings,
};
use regscope::source::{Limits, Locality, Source, Urgency};

use crate::support::{Fault, Options, TestRegistry, ask, ask_as};
use crate::{failure, failures};

fn tag(registry: &TestRegistry) -> Question {
    Question::tag(registry.repository("app"), "1".into())
}

async fn registry() -> TestRegistry {
    let registry = TestRegistry::start().await;
    registry.tagged_image("app", "1");
    registry
}

#[tokio::test]
async fn what_passes_is_tried_again_and_four_times_at_most() {
    for fault in [
        Fault::status(500),
        Fault::status(502),
        Fault::status(503),
        Fault::status(429),
        Fault::raw(""),
        Fault::raw("HTTP/1.1 200 OK\r\nContent-Le"),
        Fault::truncated("{", 100),
    ] {
        let registry = registry().await;
        registry.fault("/v2/app/manifests/1", fault.clone().times(3));
        let client = registry.client();
        let answers = ask(&client, tag(&registry)).await;
        assert!(failures(&answers).is_empty(), "{fault:?}: {answers:?}");
        assert_eq!(
            (registry.requests(), client.log().retries()),
            (4, 3),
            "{fault:?}"
        );
        registry.forget_requests();
        registry.fault("/v2/app/manifests/1", fault.clone());
        let (kind, reason) = failure(&ask(&client, tag(&registry)).await);
        assert!(
            matches!(kind, AbsenceKind::Failed | AbsenceKind::RateLimited),
            "{fault:?}: {reason}"
        );
        assert_eq!(registry.requests(), 4, "{fault:?}");
    }
}

#[tokio::test]
async fn what_would_not_change_is_not_tried_again() {
    for status in [400, 401, 403, 404, 405, 418, 501] {
        let registry = registry().await;
        registry.fault("/v2/app/manifests/1", Fault::status(status));
        failure(&ask(&registry.client(), tag(&registry)).await);
        assert_eq!(registry.requests(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_wait_that_is_asked_for_holds_the_whole_host_back() {
    let registry = registry().await;
    registry.tagged_image("other", "1");
    let limits = Limits {
        host_wait: Duration::from_secs(5),
        ..registry.settings().limits
    };
    let client = Registry::new(Settings {
        limits,
        ..registry.settings()
    })
    .unwrap();
    registry.fault(
        "/v2/app/manifests/1",
        Fault::status(429).header("Retry-After", "1").times(1),
    );
    let started = Instant::now();
    let other = async {
        while client.held_until().is_none() {
            tokio::task::yield_now().await;
        }
        ask(
            &client,
            Question::tag(registry.repository("other"), "1".into()),
        )
        .await
    };
    let (first, second) = tokio::join!(ask(&client, tag(&registry)), other);
    assert!(failures(&first).is_empty() && failures(&second).is_empty());
    assert!(started.elapsed() >= Duration::from_millis(990));
    assert_eq!(client.held_until(), None);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_with_its_time_and_nothing_more_is_sent() {
    for wait in [
        "3600",
        "99999999999999999999",
        "Fri, 31 Dec 2088 23:59:59 GMT",
    ] {
        for status in [429, 503] {
            let registry = registry().await;
            registry.fault(
                "/v2/app/manifests/1",
                Fault::status(status).header("Retry-After", wait).times(1),
            );
            let client = registry.client();
            let started = Instant::now();
            for _ in 0..3 {
                let (kind, reason) = failure(&ask(&client, tag(&registry)).await);
                assert_eq!(kind, AbsenceKind::RateLimited);
                assert!(
                    reason.contains("asks to be left alone for ") && reason.contains(" UTC)"),
                    "{reason}"
                );
            }
            assert!(started.elapsed() < Duration::from_secs(1));
            assert_eq!(registry.requests(), 1);
            assert!(client.held_until().is_some());
        }
    }
}

#[tokio::test]
async fn what_is_left_of_a_limit_can_be_read() {
    let registry = registry().await;
    let client = registry.client();
    assert_eq!(client.rate_limit(), None);
    let fault = Fault::with_header("RateLimit-Limit", "100;w=21600")
        .header("RateLimit-Remaining", "76;w=21600");
    registry.fault("/v2/app/manifests/1", fault);
    ask(&client, tag(&registry)).await;
    let expected = RateLimit {
        limit: 100,
        remaining: 76,
        window: Some(Duration::from_secs(21_600)),
    };
    assert_eq!(client.rate_limit(), Some(expected));
}

#[tokio::test]
async fn a_dead_registry_is_told_at_once_and_a_name_that_is_none_too() {
    let registry = registry().await;
    let (client, question) = (registry.client(), tag(&registry));
    drop(registry);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let started = Instant::now();
    let (kind, reason) = failure(&ask(&client, question).await);
    assert_eq!(kind, AbsenceKind::Failed);
    assert!(
        reason.starts_with("nothing listens at 127.0.0.1:"),
        "{reason}"
    );
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn every_request_says_who_asks_and_accepts_every_kind_of_manifest() {
    let registry = registry().await;
    ask(&registry.client(), tag(&registry)).await;
    let seen = registry.seen();
    assert!(
        seen[0]
            .header("user-agent")
            .unwrap()
            .starts_with("regscope/")
    );
    let accept = seen[0].header("accept").unwrap();
    assert!(
        accept.contains("oci.image.index")
            && accept.contains("manifest.list.v2")
            && !accept.contains('*')
    );
    assert_eq!(seen[0].header("accept-encoding"), Some("identity"));
    assert_eq!(seen[0].header("referer"), None);
}

#[tokio::test]
async fn the_log_has_every_exchange_with_its_try() {
    let registry = registry().await;
    registry.fault("/v2/app/manifests/1", Fault::status(500).times(1));
    let client = registry.client();
    ask(&client, tag(&registry)).await;
    let entries = client.log().entries();
    let lines: Vec<(RequestKind, u32, Outcome)> = entries
        .iter()
        .map(|entry| (entry.kind, entry.attempt, entry.outcome.clone()))
        .collect();
    assert_eq!(
        lines,
        [
            (RequestKind::Tag, 1, Outcome::Status(500)),
            (RequestKind::Tag, 2, Outcome::Status(200))
        ]
    );
    assert!(entries[1].bytes > 100 && client.log().bytes() >= entries[1].bytes);
    assert_eq!(client.log().in_flight(), 0);
}

#[tokio::test]
async fn a_fixed_number_of_requests_is_under_way_and_what_is_looked_at_goes_first() {
    let options = Options {
        delay: Duration::from_millis(30),
        ..Options::default()
    };
    let registry = TestRegistry::with(options).await;
    registry.tagged_image("app", "1");
    let concurrency = Concurrency::Fixed(2.try_into().unwrap());
    let client = Arc::new(
        Registry::new(Settings {
            concurrency,
            ..registry.settings()
        })
        .unwrap(),
    );
    // The first request of all finds out what the registry wants; then they come together.
    ask(&*client, tag(&registry)).await;
    registry.forget_requests();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (client, question) = (Arc::clone(&client), tag(&registry));
        tasks.spawn(async move { ask(&*client, question).await });
    }
    while registry.requests() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.log().in_flight(), 2);
    // Whoever asks may ask for more than that, so that a slot is used as soon as it is free.
    assert!(client.width() > client.concurrency());
    registry.tagged_image("looked", "1");
    let looked = Question::tag(registry.repository("looked"), "1".into());
    ask_as(&*client, looked, Urgency::Looking).await;
    let before = registry
        .seen()
        .iter()
        .position(|seen| seen.request.path().contains("looked"))
        .unwrap();
    assert!(before <= 4, "{before}");
    while tasks.join_next().await.is_some() {}
    assert_eq!(registry.requests(), 9);
}

#[tokio::test]
async fn auto_asks_more_at_once_while_answers_come_quickly() {
    let registry = TestRegistry::with(Options {
        // Long against what a busy machine adds, so that answers come as quickly as before.
        delay: Duration::from_millis(200),
        ..Options::default()
    })
    .await;
    registry.tagged_image("app", "1");
    let client = Arc::new(registry.client());
    assert_eq!(client.concurrency(), 4);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let (client, question) = (Arc::clone(&client), tag(&registry));
        tasks.spawn(async move { ask(&*client, question).await });
    }
    let mut most = 0;
    while tasks.join_next().await.is_some() {
        most = most.max(client.concurrency());
    }
    assert!(most > 8, "{most}");
}

#[tokio::test]
async fn dropping_a_question_ends_its_requests() {
    let registry = registry().await;
    registry.fault("/v2/app/manifests/1", Fault::silent());
    let client = registry.client();
    let asking = ask(&client, tag(&registry));
    assert!(
        tokio::time::timeout(Duration::from_millis(50), asking)
            .await
            .is_err()
    );
    assert_eq!(client.log().in_flight(), 0);
    assert_eq!(client.log().entries()[0].outcome, Outcome::Abandoned);
    registry.heal();
    assert!(matches!(
        ask(&client, tag(&registry)).await[0].body,
        Body::Target(_)
    ));
    assert_eq!(client.locality(), Locality::Loopback);
}

#[tokio::test]
async fn registries_that_share_a_log_count_their_own_traffic() {
    let (one, two) = (registry().await, registry().await);
    let first = one.client();
    let second = Registry::new(Settings {
        log: Arc::clone(first.log()),
        ..two.settings()
    })
    .unwrap();
    ask(&first, tag(&one)).await;
    ask(
        &first,
        Question::tag_digest(one.repository("app"), "1".into()),
    )
    .await;
    ask(&second, tag(&two)).await;
    assert_eq!(
        (first.traffic().requests, second.traffic().requests),
        (2, 1)
    );
    assert_eq!(first.log().requests(), 3);
    assert_eq!(
        first.traffic().bytes + second.traffic().bytes,
        first.log().bytes()
    );
}

#[tokio::test]
async fn a_host_without_an_answer_is_given_up_when_the_sentence_says() {
    // Whatever is waited for: a connection's TLS, the head of an answer, the rest of a head.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.push(stream);
        }
    });
    let host = regscope::oci::target::Host::parse(&format!("127.0.0.1:{port}")).unwrap();
    for (is_plain, connect) in [(true, 5_000), (false, 5_000), (false, 400), (true, 400)] {
        let mut settings = Settings::new(host.clone());
        settings.limits.idle = Duration::from_millis(400);
        settings.limits.connect = Duration::from_millis(connect);
        settings.tls.plain_http = is_plain;
        let client = Registry::new(settings).unwrap();
        let question = Question::tags(regscope::oci::Repository::new(client.origin(), "app"));
        let started = Instant::now();
        let (kind, reason) = failure(&ask(&client, question).await);
        let took = started.elapsed();
        assert_eq!(kind, AbsenceKind::Failed);
        assert_eq!(reason, "no answer came within 400 ms (--timeout)");
        assert!(
            took >= Duration::from_millis(390) && took < Duration::from_millis(650),
            "{is_plain} {connect}: {took:?}"
        );
    }
    silent.abort();
}

/// Answers the first request for every tag with this status, and the second one well.
fn refused_once(registry: &TestRegistry, tags: usize, status: u16) -> Vec<Question> {
    let image = registry.image("app", "x");
    (0..tags)
        .map(|number| {
            let tag = format!("t{number}");
            registry.tag("app", &tag, &image);
            let path = format!("/v2/app/manifests/{tag}");
            registry.fault(&path, Fault::status(status).times(1));
            Question::tag(registry.repository("app"), tag.as_str().into())
        })
        .collect()
}

#[tokio::test]
async fn a_command_waits_for_a_host_no_longer_than_its_limit_however_often_it_is_let_in() {
    let registry = registry().await;
    let questions = refused_once(&registry, 60, 429);
    let client = |host_wait| {
        Registry::new(Settings {
            limits: Limits {
                retry_wait: Duration::from_millis(40),
                host_wait: Duration::from_millis(host_wait),
                ..registry.settings().limits
            },
            ..registry.settings()
        })
        .unwrap()
    };
    // One after the other, so that each is refused, waits, and is let in: 60 waits of 20 ms or more.
    let impatient = client(200);
    let started = Instant::now();
    let mut limited = 0;
    for question in &questions {
        let failures = failures(&ask(&impatient, question.clone()).await);
        if let [(_, kind, reason)] = failures.as_slice() {
            assert_eq!(*kind, AbsenceKind::RateLimited);
            assert!(
                reason
                    .contains("more than 200 ms in all (setting limits.host_wait): ask again at "),
                "{reason}"
            );
            limited += 1;
        }
    }
    assert!(limited > 30, "{limited}");
    assert!(started.elapsed() < Duration::from_secs(1));
    // Whoever looks waits as long as the host likes, each time for a short while.
    registry.heal();
    let questions = refused_once(&registry, 12, 429);
    let patient = client(200);
    for question in questions {
        let answers = ask_as(&patient, question, Urgency::Looking).await;
        assert!(failures(&answers).is_empty(), "{answers:?}");
    }
}

#[tokio::test]
async fn a_dead_host_is_asked_a_few_times_and_then_left_alone() {
    // One that takes connections and says nothing, and one that is gone.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = gone.local_addr().unwrap();
    for at in [silent, gone] {
        let host = regscope::oci::target::Host::parse(&at.to_string()).unwrap();
        let mut settings = Settings::new(host);
        settings.limits.idle = Duration::from_millis(100);
        settings.tls.plain_http = true;
        let client = Registry::new(settings).unwrap();
        let started = Instant::now();
        let mut reasons = Vec::new();
        for number in 0..40 {
            let path = format!("app{number}");
            let question = Question::tags(regscope::oci::Repository::new(
                client.origin(),
                path.as_str(),
            ));
            reasons.push(failure(&ask(&client, question).await).1);
        }
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{:?}",
            started.elapsed()
        );
        assert_eq!(client.log().requests(), 5, "{reasons:?}");
        let alone = reasons.iter().skip(5);
        let words = "after 5 requests without an answer";
        assert!(
            alone.clone().all(|reason| reason.contains(words)),
            "{reasons:?}"
        );
        assert!(
            alone.clone().all(|reason| reason.contains("ask again")),
            "{reasons:?}"
        );
    }
}

#[tokio::test]
async fn a_host_of_which_nothing_works_is_soon_not_tried_again() {
    let registry = registry().await;
    registry.fault("/v2/app/*", Fault::status(500));
    let limits = Limits {
        retry_wait: Duration::from_millis(40),
        host_wait: Duration::from_millis(200),
        ..registry.settings().limits
    };
    let client = Registry::new(Settings {
        limits,
        ..registry.settings()
    })
    .unwrap();
    let started = Instant::now();
    for _ in 0..50 {
        failure(&ask(&client, tag(&registry)).await);
    }
    assert!(started.elapsed() < Duration::from_millis(1_500));
    assert!(registry.requests() < 30, "{}", registry.requests());
}

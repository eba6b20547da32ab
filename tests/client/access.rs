//! Who is let in, and where credentials go: nowhere else.

use std::sync::Arc;

use regscope::oci::{AbsenceKind, Question};
use regscope::source::Source as _;
use regscope::source::registry::{CredentialSource, Registry, Settings};

use crate::support::certificates::client_files;
use crate::support::{Access, Fault, Options, TestRegistry, TokenServer, ask};
use crate::{failure, failures};

async fn with(auth: Access) -> TestRegistry {
    let registry = TestRegistry::with(Options {
        auth,
        ..Options::default()
    })
    .await;
    registry.tagged_image("app", "1");
    registry.tagged_image("other", "1");
    registry
}

fn token(server: TokenServer) -> Access {
    Access::Token(server)
}

fn tag(registry: &TestRegistry) -> Question {
    Question::tag(registry.repository("app"), "1".into())
}

fn with_file(registry: &TestRegistry, json: &serde_json::Value) -> (Registry, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    std::fs::write(&file, json.to_string()).unwrap();
    let credentials = CredentialSource::Files(vec![file]);
    (
        Registry::new(Settings {
            credentials,
            ..registry.settings()
        })
        .unwrap(),
        folder,
    )
}

#[tokio::test]
async fn basic_is_used_once_it_is_asked_for_and_remembered() {
    let registry = with(Access::Basic("me", "pw")).await;
    let client = registry.client_as("me", "pw");
    for _ in 0..3 {
        assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
    }
    assert_eq!(registry.requests(), 4);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_tried_again() {
    let registry = with(Access::Basic("me", "pw")).await;
    let (kind, reason) = failure(&ask(&registry.client_as("me", "hunter2"), tag(&registry)).await);
    assert_eq!(kind, AbsenceKind::Forbidden);
    assert_eq!(
        reason,
        "the registry answered 401: authentication required; it does not take the credentials of me that were given: \
         log in again"
    );
    assert_eq!(registry.requests(), 2);
    let (kind, reason) = failure(&ask(&registry.client(), tag(&registry)).await);
    assert_eq!(kind, AbsenceKind::Forbidden);
    assert!(
        reason.contains("log in with `docker login` or --username"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_registry_without_authentication_costs_no_request_more() {
    let registry = with(Access::Open).await;
    let client = registry.client_as("me", "pw");
    for _ in 0..5 {
        ask(&client, tag(&registry)).await;
    }
    assert_eq!(registry.requests(), 5);
    assert!(
        registry
            .seen()
            .iter()
            .all(|seen| seen.header("authorization").is_none())
    );
}

#[tokio::test]
async fn one_token_is_fetched_for_one_scope_however_many_wait() {
    let registry = with(token(TokenServer::default())).await;
    let client = Arc::new(registry.client());
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let repository = registry.repository(if number % 2 == 0 { "app" } else { "other" });
        let client = Arc::clone(&client);
        tasks.spawn(async move {
            failures(&ask(&*client, Question::tag(repository, "1".into())).await)
        });
    }
    while let Some(failures) = tasks.join_next().await {
        assert_eq!(failures.unwrap(), []);
    }
    assert_eq!(registry.count("token"), 2);
    assert_eq!(registry.requests(), 20 + 2 + 1);
    assert!(failures(&ask(&*client, Question::catalog(registry.origin())).await).is_empty());
    let scopes: Vec<Option<String>> = registry
        .seen()
        .iter()
        .filter(|seen| seen.kind == "token")
        .map(|seen| seen.request.query("scope"))
        .collect();
    assert_eq!(
        scopes.last().unwrap().as_deref(),
        Some("registry:catalog:*")
    );
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_once() {
    let registry = with(token(TokenServer {
        uses: 1,
        ..TokenServer::default()
    }))
    .await;
    let client = registry.client();
    for _ in 0..3 {
        assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
    }
    assert_eq!(registry.count("token"), 3);
    let refusing = with(token(TokenServer {
        uses: 0,
        ..TokenServer::default()
    }))
    .await;
    let (kind, _) = failure(&ask(&refusing.client(), tag(&refusing)).await);
    assert_eq!(kind, AbsenceKind::Forbidden);
    assert_eq!((refusing.count("token"), refusing.count("tag")), (1, 2));
}

#[tokio::test]
async fn a_token_that_ends_at_once_serves_the_request_that_asked_for_it() {
    let registry = with(token(TokenServer {
        expires_in: Some(0),
        ..TokenServer::default()
    }))
    .await;
    let client = registry.client();
    for _ in 0..3 {
        assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
    }
    assert_eq!(registry.count("token"), 3);
}

#[tokio::test]
async fn a_password_goes_to_the_token_server_and_its_refusal_reaches_the_person() {
    let server = TokenServer {
        user: Some(("me", "pw")),
        ..TokenServer::default()
    };
    let registry = with(token(server)).await;
    assert!(failures(&ask(&registry.client_as("me", "pw"), tag(&registry)).await).is_empty());
    registry.forget_requests();
    let client = registry.client_as("me", "hunter2");
    for _ in 0..5 {
        let (kind, reason) = failure(&ask(&client, tag(&registry)).await);
        assert_eq!(kind, AbsenceKind::Forbidden);
        assert!(
            reason.contains("incorrect username or password"),
            "{reason}"
        );
        assert!(!reason.contains("hunter2"));
    }
    assert_eq!(registry.count("token"), 1);
    let log: Vec<String> = client
        .log()
        .entries()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(!log.join("\n").contains("hunter2"));
}

#[tokio::test]
async fn an_identity_token_is_changed_into_a_token_by_post() {
    let server = TokenServer {
        user: Some(("me", "refresh-me")),
        ..TokenServer::default()
    };
    let registry = with(token(server)).await;
    let host = registry.host();
    let json = serde_json::json!({"auths": {host.as_str(): {"identitytoken": "refresh-me"}}});
    let (client, _folder) = with_file(&registry, &json);
    assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
    let seen = registry.seen();
    let asked = seen.iter().find(|seen| seen.kind == "token").unwrap();
    assert_eq!(asked.request.method, "POST");
    assert_eq!(
        asked.request.form("grant_type").as_deref(),
        Some("refresh_token")
    );
    assert_eq!(
        asked.request.form("scope").as_deref(),
        Some("repository:app:pull")
    );
    assert_eq!(asked.header("authorization"), None);
}

#[tokio::test]
async fn a_post_is_not_tried_again() {
    for status in [429, 500, 503] {
        let registry = with(token(TokenServer::default())).await;
        let host = registry.host();
        let json = serde_json::json!({"auths": {host.as_str(): {"identitytoken": "refresh-me"}}});
        let (client, _folder) = with_file(&registry, &json);
        registry.fault("/token", Fault::status(status).times(1));
        assert!(!failures(&ask(&client, tag(&registry)).await).is_empty());
        assert_eq!(registry.count("token"), 1, "{status}");
    }
}

#[tokio::test]
async fn an_empty_name_of_a_helper_is_no_helper() {
    let registry = with(Access::Basic("me", "pw")).await;
    let host = registry.host();
    let json = serde_json::json!({
        "credHelpers": {host.as_str(): ""},
        "auths": {host.as_str(): {"auth": "bWU6cHc="}},
    });
    let (client, _folder) = with_file(&registry, &json);
    assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
}

#[tokio::test]
async fn credentials_of_files_are_found_by_host_and_by_path() {
    let registry = with(Access::Basic("me", "pw")).await;
    let host = registry.host();
    let right = serde_json::json!({"auth": "bWU6cHc="});
    let wrong = serde_json::json!({"username": "x", "password": "y"});
    let (client, _folder) = with_file(
        &registry,
        &serde_json::json!({"auths": {host.as_str(): right}}),
    );
    assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
    let by_path =
        serde_json::json!({"auths": {host.as_str(): wrong, format!("{host}/app"): right}});
    let (client, _folder) = with_file(&registry, &by_path);
    assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
    let (client, _folder) = with_file(
        &registry,
        &serde_json::json!({"auths": {"other.example": right}}),
    );
    assert_eq!(
        failure(&ask(&client, tag(&registry)).await).0,
        AbsenceKind::Forbidden
    );
}

#[tokio::test]
async fn a_helper_that_cannot_be_run_is_told_when_the_registry_refuses() {
    let registry = with(Access::Basic("me", "pw")).await;
    let json = serde_json::json!({"credsStore": "no-such-helper-here"});
    let (client, _folder) = with_file(&registry, &json);
    let (kind, reason) = failure(&ask(&client, tag(&registry)).await);
    assert_eq!(kind, AbsenceKind::Forbidden);
    assert!(
        reason.contains("docker-credential-no-such-helper-here cannot be run"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_redirect_to_another_origin_gets_nothing_of_ours() {
    let elsewhere = TestRegistry::start().await;
    let registry = with(Access::Basic("me", "pw")).await;
    let blob = registry.blob("app", b"content");
    elsewhere.blob("app", b"content");
    let path = format!("/v2/app/blobs/{blob}");
    let document = Question::document(registry.repository("app"), blob);
    let client = registry.client_as("me", "pw");
    ask(&client, tag(&registry)).await;
    registry.fault(
        &path,
        Fault::redirect(format!("{}{path}?sig=s3cret", elsewhere.address())),
    );
    assert!(failures(&ask(&client, document.clone()).await).is_empty());
    let seen = elsewhere.seen();
    assert_eq!(seen.len(), 1);
    for header in ["authorization", "referer", "cookie"] {
        assert_eq!(seen[0].header(header), None);
    }
    let log: Vec<String> = client
        .log()
        .entries()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(!log.join("\n").contains("s3cret"), "{log:?}");
    // There and back again: the way is somebody else's, so nothing is sent on the last leg either.
    registry.forget_requests();
    elsewhere.fault(
        &path,
        Fault::redirect(format!("{}{path}?back", registry.address())),
    );
    failures(&ask(&client, document).await);
    let back = registry
        .seen()
        .into_iter()
        .find(|seen| seen.request.target.ends_with("?back"))
        .unwrap();
    assert_eq!(back.header("authorization"), None);
}

#[tokio::test]
async fn a_redirect_on_the_own_origin_keeps_what_is_needed() {
    let registry = with(Access::Basic("me", "pw")).await;
    let blob = registry.blob("app", b"content");
    registry.blob("other", b"content");
    registry.fault(
        &format!("/v2/app/blobs/{blob}"),
        Fault::redirect(format!("/v2/other/blobs/{blob}")),
    );
    let client = registry.client_as("me", "pw");
    assert!(
        failures(
            &ask(
                &client,
                Question::document(registry.repository("app"), blob)
            )
            .await
        )
        .is_empty()
    );
}

#[tokio::test]
async fn another_origin_cannot_ask_for_credentials() {
    let elsewhere = TestRegistry::start().await;
    let registry = with(Access::Open).await;
    let blob = registry.blob("app", b"content");
    let path = format!("/v2/app/blobs/{blob}");
    registry.fault(
        &path,
        Fault::redirect(format!("{}/steal", elsewhere.address())),
    );
    elsewhere.fault(
        "/steal",
        Fault::status(401).header("WWW-Authenticate", "Basic realm=x"),
    );
    let client = registry.client_as("me", "pw");
    let (kind, _) = failure(
        &ask(
            &client,
            Question::document(registry.repository("app"), blob),
        )
        .await,
    );
    assert_eq!(kind, AbsenceKind::Forbidden);
    assert_eq!(elsewhere.requests(), 1);
    assert!(elsewhere.seen()[0].header("authorization").is_none());
}

#[tokio::test]
async fn a_token_realm_that_is_not_safe_gets_nothing() {
    for realm in [
        "http://registry.example/token",
        "ftp://127.0.0.1/token",
        "http://u:p@127.0.0.1/token",
        "http://",
    ] {
        let server = TokenServer {
            realm: realm.to_owned(),
            ..TokenServer::default()
        };
        let registry = with(token(server)).await;
        let (kind, reason) = failure(&ask(&registry.client_as("me", "pw"), tag(&registry)).await);
        assert_eq!(kind, AbsenceKind::Forbidden, "{realm}");
        assert!(
            reason.contains("names a token server that is not asked"),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn tls_needs_an_authority_that_is_trusted() {
    let registry = TestRegistry::with(Options {
        is_tls: true,
        ..Options::default()
    })
    .await;
    registry.tagged_image("app", "1");
    assert!(failures(&ask(&registry.client(), tag(&registry)).await).is_empty());
    // Without the authority: the port is seen to speak TLS, and is not believed.
    let mut settings = registry.settings();
    settings.tls.ca_file = None;
    let (kind, reason) =
        failure(&ask(&Registry::new(settings.clone()).unwrap(), tag(&registry)).await);
    assert_eq!(kind, AbsenceKind::Failed);
    assert!(
        reason.contains("is not trusted: give its authority with --ca-file"),
        "{reason}"
    );
    settings.tls.skip_verification = true;
    let client = Registry::new(settings).unwrap();
    assert!(client.skips_verification());
    assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
}

#[tokio::test]
async fn a_redirect_never_leaves_tls() {
    let plain = TestRegistry::start().await;
    let registry = TestRegistry::with(Options {
        is_tls: true,
        ..Options::default()
    })
    .await;
    let blob = registry.blob("app", b"content");
    plain.blob("app", b"content");
    let path = format!("/v2/app/blobs/{blob}");
    registry.fault(&path, Fault::redirect(format!("{}{path}", plain.address())));
    let document = Question::document(registry.repository("app"), blob);
    let (kind, reason) = failure(&ask(&registry.client(), document).await);
    assert_eq!(kind, AbsenceKind::Failed);
    assert!(reason.contains("from TLS to plain HTTP"), "{reason}");
    assert_eq!(plain.requests(), 0);
}

#[tokio::test]
async fn a_plain_registry_on_this_machine_is_found_to_be_one() {
    let registry = with(Access::Open).await;
    let mut settings = registry.settings();
    settings.tls.plain_http = false;
    let client = Registry::new(settings).unwrap();
    assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
    assert_eq!(registry.requests(), 1);
}

#[tokio::test]
async fn a_client_certificate_goes_to_the_registry_and_to_nobody_else() {
    let wanting = Options {
        is_tls: true,
        wants_certificate: true,
        ..Options::default()
    };
    let registry = TestRegistry::with(wanting.clone()).await;
    let elsewhere = TestRegistry::with(wanting).await;
    registry.tagged_image("app", "1");
    let (kind, reason) = failure(&ask(&registry.client(), tag(&registry)).await);
    assert_eq!(kind, AbsenceKind::Failed);
    assert!(
        reason.contains("does not take the client's certificate, or wants one"),
        "{reason}"
    );
    let mut settings = registry.settings();
    let (certificate, key) = client_files();
    (settings.tls.certificate, settings.tls.key) = (Some(certificate), Some(key));
    let client = Registry::new(settings).unwrap();
    assert!(failures(&ask(&client, tag(&registry)).await).is_empty());
    registry.fault(
        "/v2/app/manifests/1",
        Fault::redirect(format!("{}/x", elsewhere.address())),
    );
    let (_, reason) = failure(&ask(&client, tag(&registry)).await);
    assert!(
        reason.contains("does not take the client's certificate, or wants one"),
        "{reason}"
    );
    assert_eq!(elsewhere.requests(), 0);
}

#[tokio::test]
async fn what_another_host_does_after_a_redirect_is_not_blamed_on_the_registry() {
    let elsewhere = TestRegistry::start().await;
    let registry = with(Access::Open).await;
    let place = format!("the registry redirects to {}", elsewhere.host());
    registry.fault(
        "/v2/app/*",
        Fault::redirect(format!("{}/there", elsewhere.address())),
    );
    for (fault, expected, words) in [
        (
            Fault::status(403),
            AbsenceKind::Forbidden,
            ", which does not allow it (403)",
        ),
        (
            Fault::status(401),
            AbsenceKind::Forbidden,
            "no credentials are sent there",
        ),
        (
            Fault::status(404),
            AbsenceKind::Missing,
            ", which does not have it (404)",
        ),
        (
            Fault::status(429),
            AbsenceKind::RateLimited,
            "asked too often (429)",
        ),
        (
            Fault::status(429).header("Retry-After", "3600"),
            AbsenceKind::RateLimited,
            "asked too often (429)",
        ),
        (Fault::status(500), AbsenceKind::Failed, "after 4 tries"),
        (
            Fault::raw(""),
            AbsenceKind::Failed,
            ": the connection broke: ",
        ),
        (
            Fault::silent(),
            AbsenceKind::Failed,
            ": no answer came within",
        ),
        (
            Fault::body("<html>"),
            AbsenceKind::Invalid,
            "a page for people",
        ),
    ] {
        elsewhere.heal();
        elsewhere.fault("/there", fault.clone());
        let client = registry.client();
        for question in [tag(&registry), Question::tags(registry.repository("app"))] {
            let (kind, reason) = failure(&ask(&client, question).await);
            assert_eq!(kind, expected, "{fault:?}: {reason}");
            assert!(
                reason.starts_with(&place) && reason.contains(words),
                "{fault:?}: {reason}"
            );
        }
        // The registry itself has not asked for anything.
        assert_eq!(client.held_until(), None, "{fault:?}");
    }
}

#[tokio::test]
async fn a_redirect_that_is_refused_stands_in_the_log_as_refused() {
    let registry = with(Access::Open).await;
    for (to, words) in [
        ("file:///etc/passwd", "no http or https address"),
        ("/v2/app/manifests/1", "in a circle"),
    ] {
        registry.fault("/v2/app/manifests/1", Fault::redirect(to));
        let client = registry.client();
        failure(&ask(&client, tag(&registry)).await);
        let last = client.log().entries().last().unwrap().to_string();
        assert!(last.contains(words), "{last}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_certificate_of_another_name_is_no_matter_of_its_authority() {
    let listener = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = crate::support::certificates::acceptor(false);
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let host = regscope::oci::target::Host::parse(&format!("127.0.0.2:{port}")).unwrap();
    let mut settings = Settings::new(host);
    settings.tls.ca_file = Some(crate::support::certificates::ca_file());
    let client = Registry::new(settings).unwrap();
    let question = Question::tags(regscope::oci::Repository::new(client.origin(), "app"));
    let (_, reason) = failure(&ask(&client, question).await);
    assert!(
        reason.contains("is for another name") && !reason.contains("--ca-file"),
        "{reason}"
    );
    server.abort();
}

/// A port of this machine that hands every connection to `serve`, with its number.
async fn port_that(
    serve: impl Fn(usize, tokio::net::TcpStream) -> tokio::task::JoinHandle<()> + Send + 'static,
) -> (u16, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let mut number = 0;
        while let Ok((stream, _)) = listener.accept().await {
            serve(number, stream);
            number += 1;
        }
    });
    (port, task)
}

fn asking(port: u16, change: impl FnOnce(&mut Settings)) -> (Registry, Question) {
    let host = regscope::oci::target::Host::parse(&format!("127.0.0.1:{port}")).unwrap();
    let mut settings = Settings::new(host);
    settings.limits = crate::support::quick_limits();
    change(&mut settings);
    let client = Registry::new(settings).unwrap();
    let question = Question::tags(regscope::oci::Repository::new(client.origin(), "app"));
    (client, question)
}

#[tokio::test]
async fn a_host_that_hangs_up_on_a_greeting_may_still_speak_tls_or_plain_http() {
    use tokio::io::AsyncWriteExt as _;
    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\n{\"tags\":[\"one\"]}";
    for is_tls in [true, false] {
        let acceptor = crate::support::certificates::acceptor(false);
        let (port, server) = port_that(move |number, mut stream| {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut head = [0; 4096];
                if number == 0 {
                    // Reads the greeting and says nothing.
                    let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut head).await;
                } else if is_tls {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut head).await;
                    let _ = stream.write_all(ANSWER).await;
                    let _ = stream.shutdown().await;
                } else {
                    let count = tokio::io::AsyncReadExt::read(&mut stream, &mut head).await;
                    if head.starts_with(b"GET") && count.is_ok() {
                        let _ = stream.write_all(ANSWER).await;
                    }
                }
            })
        })
        .await;
        let (client, question) = asking(port, |settings| settings.tls.skip_verification = true);
        let answers = ask(&client, question).await;
        assert!(failures(&answers).is_empty(), "{is_tls}: {answers:?}");
        server.abort();
    }
}

#[tokio::test]
async fn a_host_that_hangs_up_after_the_handshake_may_want_a_certificate() {
    let acceptor = crate::support::certificates::acceptor(false);
    let (port, server) = port_that(move |_, stream| {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // Without a word of TLS: the connection is dropped.
            let _ = acceptor.accept(stream).await;
        })
    })
    .await;
    let (client, question) = asking(port, |settings| {
        settings.tls.ca_file = Some(crate::support::certificates::ca_file());
    });
    let (_, reason) = failure(&ask(&client, question).await);
    assert!(
        reason.contains("give it with --cert and --cert-key") && !reason.contains("docs.rs"),
        "{reason}"
    );
    server.abort();
}

//! Proxies from the environment, which only a process of its own can have.

use std::process::{Command, Output};

use crate::support::server::{Request, Response};
use crate::support::{Fault, TestRegistry};

/// `tree` on a host to which only a proxy leads.
async fn through_a_proxy(
    target: &'static str,
    (variable, proxy): (&'static str, String),
    more: &'static [&'static str],
) -> Output {
    let by_proxy = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regscope"));
        command.env_clear().env("HOME", "/home/nobody-at-all");
        command.env(variable, proxy);
        command.args(["tree", target, "--no-cache"]).args(more);
        if variable == "HTTP_PROXY" {
            command.arg("--plain-http");
        }
        command.output().unwrap()
    };
    tokio::task::spawn_blocking(by_proxy).await.unwrap()
}

#[tokio::test]
async fn a_proxy_from_the_environment_is_used_and_its_faults_are_its_own() {
    // What a registry in this process is asked in absolute form, it answers like a proxy before it.
    let registry = TestRegistry::start().await;
    let image = registry.image("app", "one");
    registry.tag("app", "1.0", &image);
    let at = registry.host();
    let proxy = format!("http://name:secret@{at}");
    let plain = "registry.test:5000/app";
    let ran = through_a_proxy(plain, ("HTTP_PROXY", proxy.clone()), &[]).await;
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&ran.stdout).contains("1.0"));

    registry.fault("/v2/app/tags/list", Fault::status(407));
    registry.fault("registry.test:443", Fault::status(502));
    registry.fault("locked.test:443", Fault::status(407));
    let nowhere = "http://127.0.0.1:1".to_owned();
    let unreached = "the proxy 127.0.0.1:1 cannot be reached: check HTTP";
    for (target, by, expected) in [
        (
            plain,
            ("HTTP_PROXY", proxy.clone()),
            format!("the proxy {at} wants a name and a password (407): write them into HTTP_PROXY"),
        ),
        (
            plain,
            ("HTTP_PROXY", nowhere.clone()),
            format!("{unreached}_PROXY"),
        ),
        (
            "registry.test/app",
            ("HTTPS_PROXY", nowhere.clone()),
            format!("{unreached}S_PROXY"),
        ),
        (
            "registry.test/app",
            ("ALL_PROXY", nowhere),
            "the proxy 127.0.0.1:1 cannot be reached: check ALL_PROXY".to_owned(),
        ),
        (
            "registry.test/app",
            ("HTTPS_PROXY", proxy.clone()),
            format!("the proxy {at} does not lead to registry.test: check HTTPS_PROXY"),
        ),
        (
            "locked.test/app",
            ("HTTPS_PROXY", proxy),
            format!(
                "the proxy {at} wants a name and a password (407): write them into HTTPS_PROXY"
            ),
        ),
    ] {
        let ran = through_a_proxy(target, by, &[]).await;
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(3), "{said}");
        assert!(said.contains(&expected), "{expected}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[tokio::test]
async fn a_registry_elsewhere_does_not_lead_to_this_machine_by_a_proxy_either() {
    let registry = TestRegistry::start().await;
    let store = TestRegistry::start().await;
    let image = registry.image("app", "one");
    registry.tag("app", "1.0", &image);
    store.image("app", "one");
    let host = store.host();
    let elsewhere = Fault::made(move |request: &Request| {
        let place = format!("http://{host}{}", request.target);
        Response::new(307, "text/plain", "").header("Location", &place)
    });
    registry.fault("/v2/app/blobs/*", elsewhere);
    let proxy = ("HTTP_PROXY", format!("http://{}", registry.host()));
    let ran = through_a_proxy("registry.test:5000/app", proxy, &["--full"]).await;
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(4), "{said}");
    assert_eq!(store.count("blob"), 0, "it is told, and not followed");
}

//! Our reading of references against oci-client's: where they agree, and where they differ by design.

use oci_client::Reference;
use regscope::oci::Target;

/// `registry repository tag digest` as we read it.
fn ours(text: &str) -> Option<String> {
    match Target::parse(text, None).ok()? {
        Target::Repository(target) => {
            let digest = target.digest.map(|digest| digest.to_string());
            let tag = target.tag.unwrap_or_default();
            Some(format!(
                "{} {} {} {}",
                target.host,
                target.path,
                tag,
                digest.unwrap_or_default()
            ))
        }
        _ => None,
    }
}

/// The same as oci-client reads it. It names Docker Hub's index rather than the Hub, and makes `latest` of no tag.
fn theirs(text: &str) -> Option<String> {
    let reference: Reference = text.parse().ok()?;
    let registry = match reference.registry() {
        "docker.io" | "index.docker.io" => "docker.io",
        other => other,
    };
    let tag = reference.tag().unwrap_or_default();
    Some(format!(
        "{registry} {} {tag} {}",
        reference.repository(),
        reference.digest().unwrap_or_default()
    ))
}

const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

#[test]
fn references_are_read_as_oci_client_reads_them() {
    for text in [
        "alpine:3.20",
        "node:22",
        "team/app:1.2",
        "docker.io/library/node:22",
        "docker.io/node:22",
        "ghcr.io/team/app:1.2",
        "ghcr.io/a/b/c/d:latest",
        "localhost:5000/app:1",
        "localhost/app:1",
        "127.0.0.1:5000/team/app:1",
        "registry:5000/app:1",
        "ghcr.io:443/app:_x-Y.1",
        &format!("ghcr.io/app@{DIGEST}"),
        &format!("ghcr.io/app:1@{DIGEST}"),
        &format!("alpine@{DIGEST}"),
    ] {
        assert_eq!(ours(text), theirs(text), "{text}");
        assert!(ours(text).is_some(), "{text}");
    }
    for text in [
        "",
        "ghcr.io/App:1",
        "ghcr.io//a:1",
        "ghcr.io/a:b c",
        "ghcr.io/a@sha256:12",
        "ghcr.io/a:",
        "-a/b:1",
    ] {
        assert_eq!((ours(text), theirs(text)), (None, None), "{text}");
    }
}

#[test]
fn references_are_read_differently_where_that_is_meant() {
    let digest = DIGEST;
    // No tag stays no tag: a repository is a target of its own.
    assert_eq!(ours("ghcr.io/team/app").unwrap(), "ghcr.io team/app  ");
    assert_eq!(
        theirs("ghcr.io/team/app").unwrap(),
        "ghcr.io team/app latest "
    );
    // IPv6 addresses are hosts.
    assert_eq!(ours("[::1]:5000/app:1").unwrap(), "[::1]:5000 app 1 ");
    assert_eq!(theirs("[::1]:5000/app:1"), None);
    // Host names have no case.
    assert_eq!(ours("GHCR.io/app:1").unwrap(), "ghcr.io app 1 ");
    assert_eq!(theirs("GHCR.io/app:1").unwrap(), "GHCR.io app 1 ");
    // A host alone is a registry, not an image of Docker Hub.
    assert_eq!(ours("ghcr.io"), None);
    assert_eq!(
        theirs("ghcr.io").unwrap(),
        "docker.io library/ghcr.io latest "
    );
    // A digest without a name is nothing.
    assert_eq!(
        (ours(&format!("@{digest}")), theirs(&format!("@{digest}"))),
        (None, None)
    );
}

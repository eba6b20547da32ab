//! References as oci-client reads them: a second opinion on what this program takes from a person.

use oci_client::Reference;
use proptest::prelude::*;
use regscope::oci::Target;
use regscope::oci::target::RepositoryTarget;

/// What this program reads, where that is a repository of a registry.
fn ours(written: &str) -> Option<RepositoryTarget> {
    match Target::parse(written, None) {
        Ok(Target::Repository(target)) => Some(target),
        _ => None,
    }
}

/// That both read the same.
fn agrees(written: &str) -> Result<(), String> {
    let Some(ours) = ours(written) else {
        return Err(format!("{written}: no repository to us"));
    };
    let theirs: Reference = written
        .parse()
        .map_err(|error| format!("{written}: {error} to oci-client"))?;
    let host = ours.host.as_str();
    if host != theirs.registry() {
        return Err(format!("{written}: {host} and {}", theirs.registry()));
    }
    let name = ours.path.as_str();
    if name != theirs.repository() {
        return Err(format!("{written}: {name} and {}", theirs.repository()));
    }
    let digest = ours.digest.map(|digest| digest.to_string());
    if digest.as_deref() != theirs.digest() {
        return Err(format!("{written}: {digest:?} and {:?}", theirs.digest()));
    }
    let tag = ours.tag.as_deref();
    // Where nobody names a tag, oci-client says `latest`, and we look at all of the repository.
    let theirs = theirs
        .tag()
        .filter(|tag| ours.tag.is_some() || *tag != "latest");
    if tag != theirs {
        return Err(format!("{written}: {tag:?} and {theirs:?}"));
    }
    Ok(())
}

#[test]
fn what_people_write_is_read_alike() {
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    for written in [
        "alpine",
        "alpine:3.20",
        "library/alpine:3.20",
        "team/app",
        "docker.io/library/alpine:3.20",
        "docker.io/team/app:1",
        "ghcr.io/team/app:v1.2.3-rc.1",
        "localhost/app:1",
        "localhost:5000/team/app",
        "127.0.0.1:5000/app:latest",
        "registry.example.com/a/b/c/d:x_y.z-1",
        &format!("registry.example.com/team/app@{digest}"),
        &format!("registry.example.com/team/app:1.0@{digest}"),
        &format!("alpine@{digest}"),
    ] {
        agrees(written).unwrap();
    }
}

proptest! {
    #[test]
    fn what_follows_the_grammar_is_read_alike(
        host in "([a-z][a-z0-9]{0,8}\\.){1,2}[a-z]{2,4}(:[1-9][0-9]{0,3})?",
        path in "[a-z0-9]{1,8}([._-][a-z0-9]{1,6})?(/[a-z0-9]{1,8}(__[a-z0-9]{1,4})?){0,3}",
        tag in proptest::option::of("[A-Za-z0-9_][A-Za-z0-9._-]{0,20}"),
        digest in proptest::option::of("sha256:[0-9a-f]{64}"),
    ) {
        let mut written = format!("{host}/{path}");
        if let Some(tag) = tag {
            written.push(':');
            written.push_str(&tag);
        }
        if let Some(digest) = digest {
            written.push('@');
            written.push_str(&digest);
        }
        prop_assert_eq!(agrees(&written), Ok(()));
    }
}

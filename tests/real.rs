//! Real registries: docker-registry 2.8, distribution 3 and ferro-oci-server, with the collection of the corpus.
//!
//! `REGSCOPE_CORPUS=… cargo test --test real -- --include-ignored`

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows these in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod corpus;
    pub mod independent;
    pub mod said;
    pub mod servers;
}

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::binary::{Ran, differences, regscope, regscope_with, run, shown, tree};
use support::corpus::corpus;
use support::independent::{Reading, digest_of};
use support::said;
use support::servers::{Options, Program, Server, dying_after, tool};

const REPOSITORIES: [&str; 3] = ["charts/app-chart", "team/app", "team/base"];

/// The collection.
fn collection() -> PathBuf {
    corpus().join("real")
}

fn filled(program: Program, real: &Path) -> Server {
    let server = Server::start(program);
    server.push(&real.join("storage/zot"), &[]);
    server
}

/// A reading as every source must give it: without fallback tags and their indexes, without what no tag and no referrer
/// leads to, and without how it was found.
fn comparable(reading: &Reading) -> Reading {
    let is_fallback = |key: &str| key.starts_with(":sha256-") && !key.contains('.');
    let fallback: BTreeSet<&String> = reading
        .nodes
        .keys()
        .filter(|key| is_fallback(key))
        .collect();
    let named = |kind: &str, from: &str| {
        let edges = reading
            .edges
            .keys()
            .filter(move |(other, _, found)| other == from && found == kind);
        edges.map(|(_, to, _)| to).collect::<Vec<_>>()
    };
    let indexes: BTreeSet<&String> = fallback
        .iter()
        .flat_map(|tag| named("names", tag))
        .collect();
    let mut reached: BTreeSet<String> = BTreeSet::from([String::new()]);
    loop {
        let before = reached.len();
        for (from, to, kind) in reading
            .edges
            .keys()
            .filter(|(_, to, _)| !fallback.contains(to) && !indexes.contains(to))
        {
            if reached.contains(from) && !indexes.contains(from) {
                reached.insert(to.clone());
            }
            if kind == "subject" && reached.contains(to) {
                reached.insert(from.clone());
            }
        }
        if reached.len() == before {
            break;
        }
    }
    let nodes = reading
        .nodes
        .iter()
        .filter(|(key, _)| reached.contains(*key));
    let edges = reading
        .edges
        .keys()
        .filter(|(from, to, _)| reached.contains(from) && reached.contains(to));
    Reading {
        nodes: nodes
            .map(|(key, node)| (key.clone(), node.clone()))
            .collect(),
        edges: edges.map(|edge| (edge.clone(), BTreeSet::new())).collect(),
        ..Reading::default()
    }
}

/// The ways in which edges of one kind were found.
fn ways(reading: &Reading, kind: &str) -> BTreeSet<String> {
    reading
        .edges
        .iter()
        .filter(|((_, _, found), _)| found == kind)
        .flat_map(|(_, ways)| ways.clone())
        .collect()
}

fn texts(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// What the tree of a registry must show of the collection.
fn shows_the_collection(program: Program) {
    let real = collection();
    let server = filled(program, &real);
    let document = tree(&server.host(), &["--full"]);
    let nodes = document["nodes"].as_array().unwrap();
    let repositories = nodes
        .iter()
        .filter(|node| node["kind"] == "repository")
        .map(|node| node["name"].as_str().unwrap());
    assert_eq!(repositories.collect::<Vec<_>>(), REPOSITORIES);

    let mut wrong = Vec::new();
    for repository in REPOSITORIES {
        let folder = format!(
            "oci:{}",
            real.join("storage/zot").join(repository).display()
        );
        let expected = comparable(&shown(&tree(&folder, &["--full"]), &folder));
        let actual = comparable(&shown(&document, repository));
        wrong.extend(
            differences(&expected, &actual)
                .iter()
                .map(|line| format!("{repository}: {line}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let claims = said::read(&real.join("said"));
    let checked = said::hold(&claims, &document, "team/app", |_| true, false);
    assert!(
        checked >= 47,
        "only {checked} claims of other tools could be checked"
    );

    found_as_it_should_be(program, &app_of(&document));
    shows_the_same_without_configs(&server, &app_of(&document));
}

fn app_of(document: &Value) -> Reading {
    shown(document, "team/app")
}

fn found_as_it_should_be(program: Program, app: &Reading) {
    // The collection brings a few referrers tags of its own, which ferro has beside its lists.
    let list = if program == Program::Ferro {
        "referrers-api"
    } else {
        "fallback-tag"
    };
    assert_eq!(
        ways(app, "subject"),
        texts(&["cosign-tag", "fallback-tag", list, "subject"])
    );
    assert_eq!(ways(app, "names"), texts(&["tag"]));
    assert_eq!(ways(app, "child"), texts(&["descriptor"]));
    for (edge, ways) in &app.edges {
        let is_listed = ways.contains("subject") && ways.contains(list);
        assert!(
            edge.2 != "subject" || is_listed || *ways == texts(&["cosign-tag"]),
            "{edge:?}: {ways:?}"
        );
    }
}

fn shows_the_same_without_configs(server: &Server, app: &Reading) {
    // Without --full no config is read, and referrers stay as their list describes them: the same edges all the same.
    let target = format!("{}/team/app", server.host());
    let quick = shown(&tree(&target, &[]), "team/app");
    let subjects = |reading: &Reading| {
        let edges = reading
            .edges
            .keys()
            .filter(|(_, _, kind)| kind == "subject");
        edges.cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(subjects(&quick), subjects(app));
    assert!(
        quick
            .nodes
            .values()
            .filter(|node| node.kind == "blob")
            .all(|node| node.state == "not-asked")
    );
    let text = regscope_with(&["tree", &target]);
    assert_eq!(text.code, 0, "{}", text.err);
    for words in [
        "1.4.1",
        "linux/arm64",
        "notation",
        "SPDX",
        "CycloneDX",
        "cosign",
    ] {
        assert!(
            text.out.contains(words),
            "`{words}` is not in:\n{}",
            text.out
        );
    }
}

#[test]
#[ignore = "needs real registries on PATH, and the collection that REGSCOPE_CORPUS names"]
fn docker_registry_shows_the_collection() {
    shows_the_collection(Program::DockerRegistry);
}

#[test]
#[ignore = "needs real registries on PATH, and the collection that REGSCOPE_CORPUS names"]
fn distribution_shows_the_collection() {
    shows_the_collection(Program::Distribution);
}

#[test]
#[ignore = "needs real registries on PATH, and the collection that REGSCOPE_CORPUS names"]
fn ferro_shows_the_collection() {
    shows_the_collection(Program::Ferro);
}

#[test]
#[ignore = "needs real registries on PATH, and the collection that REGSCOPE_CORPUS names"]
fn a_repository_a_tag_and_a_digest_are_targets() {
    let real = collection();
    let server = filled(Program::DockerRegistry, &real);
    let host = server.host();
    let base = tree(&format!("{host}/team/base"), &[]);
    let repositories: BTreeSet<_> = base["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["repository"].as_str())
        .collect();
    assert_eq!(repositories, BTreeSet::from([Some("team/base")]));

    // A tag comes with its aliases, and with the digest tags of what lies below it.
    let tag = shown(&tree(&format!("{host}/team/app:1.4.0"), &[]), "team/app");
    let tags: BTreeSet<&str> = tag
        .nodes
        .keys()
        .filter_map(|key| key.strip_prefix(':'))
        .collect();
    let people = tags
        .iter()
        .copied()
        .filter(|tag| !tag.starts_with("sha256-"));
    assert_eq!(people.collect::<Vec<_>>(), ["1.3.9", "1.4.0"]);
    let signature = "sha256-769c89599e81b5eab3a44a0109a9a88da9ccadfd22880d2ab9f13279a198fc26.sig";
    let attestation = "sha256-cd40378469b7c3e557f8776ec36f9b0c702971a9458f37d4ffa3252339acf0f6.att";
    assert!(
        tags.contains(signature) && tags.contains(attestation),
        "{tags:?}"
    );

    let index = tag
        .edges
        .keys()
        .find(|(from, _, _)| from == ":1.4.0")
        .unwrap()
        .1
        .clone();
    let digest = shown(&tree(&format!("{host}/team/app@{index}"), &[]), "team/app");
    let below = |reading: &Reading| {
        reading
            .edges
            .keys()
            .filter(|(from, _, _)| !from.starts_with(':') && !from.is_empty())
            .cloned()
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(below(&digest), below(&tag));

    for (target, says) in [
        (format!("{host}/team/nothing"), "team/nothing"),
        (format!("{host}/team/app:no-such-tag"), "no-such-tag"),
        (
            format!("{host}/team/app@sha256:{}", "0".repeat(64)),
            "000000",
        ),
    ] {
        let ran = regscope_with(&["tree", &target]);
        assert_eq!(ran.code, 3, "{target}: {}{}", ran.out, ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert!(
            ran.err.contains(says),
            "{target}: `{says}` is not in: {}",
            ran.err
        );
    }
}

fn refused(ran: &Ran, says: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    for words in says {
        assert!(ran.err.contains(words), "`{words}` is not in: {}", ran.err);
    }
    assert!(!ran.err.contains("not-the-password"), "{}", ran.err);
}

#[test]
#[ignore = "needs real registries on PATH, and the collection that REGSCOPE_CORPUS names"]
fn a_password_opens_a_registry() {
    let real = collection();
    let folder = tempfile::tempdir().unwrap();
    let line = tool(
        "htpasswd",
        &["-Bbn", "somebody", "the password"],
        folder.path(),
    );
    let file = folder.path().join("htpasswd");
    std::fs::write(&file, line).unwrap();
    let server = Server::start_with(
        Program::DockerRegistry,
        &Options {
            htpasswd: Some(file),
            tls: None,
        },
    );
    server.push(
        &real.join("storage/zot"),
        &["--user", "somebody:the password"],
    );
    let (host, base) = (server.host(), format!("{}/team/base", server.host()));

    refused(
        &regscope_with(&["tree", &base]),
        &["authentication required", "log in", "--username"],
    );
    // The catalog is refused too: a repository may be open.
    refused(&regscope_with(&["tree", &host]), &["name a repository"]);

    let with_password = |target: &str, password: &str| {
        let mut command = regscope();
        command.args([
            "tree",
            target,
            "--format",
            "json",
            "--username",
            "somebody",
            "--password-stdin",
        ]);
        run(command.write_stdin(format!("{password}\n")))
    };
    refused(
        &with_password(&base, "not-the-password"),
        &["authentication"],
    );
    let open = with_password(&host, "the password");
    assert_eq!(open.code, 0, "{}", open.err);
    assert_eq!(shown(&open.json(), "team/base").nodes.len(), 16);

    // What `docker login` leaves behind.
    let auth = "c29tZWJvZHk6dGhlIHBhc3N3b3Jk";
    std::fs::write(
        folder.path().join("config.json"),
        format!(r#"{{"auths":{{"{host}":{{"auth":"{auth}"}}}}}}"#),
    )
    .unwrap();
    let ran = run(regscope()
        .args(["tree", &base, "--format", "json"])
        .env("DOCKER_CONFIG", folder.path()));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(shown(&ran.json(), "team/base").nodes.len(), 16);
}

/// An authority, and a certificate of it for 127.0.0.1.
fn certificates(folder: &Path) {
    let openssl =
        |arguments: &str| tool("openssl", &arguments.split(' ').collect::<Vec<_>>(), folder);
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=regscope-test-ca",
    );
    openssl(
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=regscope-test",
    );
    std::fs::write(folder.join("extensions"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile extensions",
    );
}

#[test]
#[ignore = "needs real registries on PATH, and the collection that REGSCOPE_CORPUS names"]
fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let real = collection();
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let at = |name: &str| folder.path().join(name);
    let tls = Some((at("server.pem"), at("server.key")));
    let server = Server::start_with(
        Program::DockerRegistry,
        &Options {
            htpasswd: None,
            tls,
        },
    );
    let authority = at("ca.pem").display().to_string();
    server.push(&real.join("storage/zot"), &["--cacert", &authority]);
    let target = format!("{}/team/base", server.host());

    let document = tree(&target, &["--ca-file", &authority]);
    assert_eq!(shown(&document, "team/base").nodes.len(), 16);
    refused(
        &regscope_with(&["tree", &target]),
        &["certificate", "--ca-file"],
    );
    let other = at("server.pem").display().to_string();
    refused(
        &regscope_with(&["tree", &target, "--ca-file", &other]),
        &["certificate"],
    );
}

#[test]
#[ignore = "needs real registries on PATH, and the collection that REGSCOPE_CORPUS names"]
fn a_registry_that_dies_leaves_what_was_loaded() {
    let real = collection();
    let whole = {
        let server = filled(Program::DockerRegistry, &real);
        shown(
            &tree(&format!("{}/team/app", server.host()), &["--full"]),
            "team/app",
        )
    };
    // One request after the other, and many at once, of which those that are under way are lost.
    for (requests, at_once, least) in [(8, "1", 4), (30, "1", 10), (40, "8", 1)] {
        let port = dying_after(requests, filled(Program::DockerRegistry, &real));
        let target = format!("127.0.0.1:{port}/team/app");
        let ran = regscope_with(&[
            "tree",
            &target,
            "--full",
            "--format",
            "json",
            "--concurrency",
            at_once,
        ]);
        assert_eq!((ran.code, ran.err.as_str()), (4, ""), "after {requests}");
        let document = ran.json();
        let rest = shown(&document, "team/app");
        let count = |state: &str| {
            rest.nodes
                .values()
                .filter(|node| node.state == state)
                .count()
        };
        assert!(
            count("loaded") >= least,
            "after {requests}: {:?}",
            rest.nodes
        );
        assert!(count("failed") >= 1, "after {requests}: {:?}", rest.nodes);
        // Nothing is shown that is not there.
        assert!(rest.nodes.keys().all(|key| whole.nodes.contains_key(key)));
        assert!(rest.edges.keys().all(|edge| whole.edges.contains_key(edge)));
        for hole in document["coverage"]["holes"].as_array().unwrap() {
            let reason = hole["reason"].as_str().unwrap();
            assert_eq!(hole["state"], "failed", "{hole}");
            assert!(
                reason.contains("connection") || reason.contains("nothing listens"),
                "{hole}"
            );
        }
        // Every tag that was listed and not read is a hole.
        let failed = rest.nodes.iter().filter(|(_, node)| node.state == "failed");
        assert!(
            failed
                .clone()
                .all(|(key, _)| rest.holes.contains(&(key.clone(), "failed".to_owned())))
        );
    }
}

#[test]
#[ignore = "needs real registries on PATH"]
fn thousands_of_tags_are_listed() {
    let server = Server::start(Program::Ferro);
    let mut connection = server.connect();
    let config = "{}";
    let digest = digest_of("sha256", config.as_bytes());
    connection.put_blob("many/tags", &digest, config.as_bytes());
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{media_type}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{digest}","size":2}},"layers":[]}}"#
    );
    let count = 2_500;
    for number in 0..count {
        connection.put_manifest("many/tags", &format!("v{number}"), media_type, &manifest);
    }
    let target = format!("{}/many/tags", server.host());
    let listed = tree(&target, &["--depth", "0"]);
    let tags = |document: &Value| {
        shown(document, "many/tags")
            .nodes
            .values()
            .filter(|node| node.kind == "tag")
            .count()
    };
    assert_eq!(tags(&listed), 0, "--depth 0 asks for nothing");
    assert_eq!(tags(&tree(&target, &["--depth", "1"])), count);
    let all = tree(&target, &[]);
    assert_eq!(tags(&all), count);
    // One manifest, whatever the number of its names.
    assert_eq!(shown(&all, "many/tags").nodes.len(), 1 + count + 2);
}

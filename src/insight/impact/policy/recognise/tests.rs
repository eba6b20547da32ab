//! What fingerprints are taken for.

use super::*;

fn fingerprint(
    place: FingerprintPlace,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Fingerprint {
    Fingerprint {
        place,
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

fn of_host(host: &str) -> String {
    let fingerprints = Fingerprints {
        host: Some(host.to_owned()),
        ..Fingerprints::default()
    };
    recognise(&fingerprints).policy.name
}

fn of_answers(answers: Vec<Fingerprint>) -> String {
    let fingerprints = Fingerprints {
        host: Some("127.0.0.1:5000".to_owned()),
        answers,
        ..Fingerprints::default()
    };
    recognise(&fingerprints).policy.name
}

#[test]
fn a_zot_of_another_release_is_told_and_an_older_one_deletes_tags_as_it_did() {
    let of = |release: &str| {
        let body = format!(r#"{{"distSpecVersion":"1.1.1","releaseTag":"{release}"}}"#);
        let answers = vec![fingerprint(
            FingerprintPlace::ZotManagement,
            200,
            &[],
            &body,
        )];
        let host = Some("127.0.0.1:5000".to_owned());
        let chosen = recognise(&Fingerprints {
            host,
            answers,
            ..Fingerprints::default()
        });
        let drops =
            chosen.policy.knobs.tag_delete == Knob::Known(TagDelete::DropRow, Evidence::Source);
        (
            drops,
            chosen.policy.evidence,
            chosen.reason.contains("2.1.20"),
        )
    };
    assert_eq!(of("v2.0.4"), (true, Evidence::Source, true));
    assert_eq!(of("v2.1.6"), (true, Evidence::Source, true));
    assert_eq!(of("v2.1.7"), (false, Evidence::Ran, true));
    assert_eq!(of("v2.10.0"), (false, Evidence::Ran, true));
    let (drops, evidence, _) = of("v2.1.20");
    assert_eq!((drops, evidence), (false, Evidence::Ran));
}

#[test]
fn folders_of_layouts_could_be_zots_or_olaregs_and_the_example_is_like_zot() {
    let storage = Some(StorageSign::Layouts);
    let chosen = recognise(&Fingerprints {
        storage,
        ..Fingerprints::default()
    });
    let is_offered = |name: &&str| name.starts_with("zot") || name.starts_with("olareg");
    assert!(chosen.others.len() == 9 && chosen.others.iter().all(is_offered));
    let example = recognise(&Fingerprints {
        is_example: true,
        ..Fingerprints::default()
    });
    assert_eq!(example.policy.name, "zot");
}

#[test]
fn hosts_tell() {
    for (host, policy) in [
        ("team.azurecr.io", "acr"),
        ("123456789012.dkr.ecr.eu-central-1.amazonaws.com", "ecr"),
        ("quay.io", "quay"),
        ("registry.gitlab.com", "gitlab"),
        ("docker.io", "docker-hub"),
        ("ghcr.io", "ghcr"),
        ("europe-docker.pkg.dev", "gar"),
        ("notquay.io", UNKNOWN),
        ("azurecr.io.example.com", UNKNOWN),
        ("127.0.0.1:5000", UNKNOWN),
    ] {
        assert_eq!(of_host(host), policy, "{host}");
    }
}

#[test]
fn storages_tell() {
    for (storage, policy) in [
        (StorageSign::Distribution, "distribution-3"),
        (StorageSign::Zot, "zot-2.1.20"),
        (StorageSign::Olareg, "olareg"),
        (StorageSign::Layouts, UNKNOWN),
    ] {
        let fingerprints = Fingerprints {
            storage: Some(storage),
            ..Fingerprints::default()
        };
        assert_eq!(recognise(&fingerprints).policy.name, policy);
    }
}

/// As Debian's docker-registry 2.8.2 and distribution 3.1.1 were seen to answer on loopback.
#[test]
fn distribution_is_told_by_what_it_lacks_and_its_release_by_a_character_set() {
    const LIKE: (&str, &str) = ("docker-distribution-api-version", "registry/2.0");
    let nowhere = || {
        let headers = [LIKE, ("content-type", "text/plain; charset=utf-8")];
        fingerprint(
            FingerprintPlace::Referrers,
            404,
            &headers,
            "404 page not found\n",
        )
    };
    let base = |kind: &str| {
        fingerprint(
            FingerprintPlace::Base,
            200,
            &[LIKE, ("content-type", kind)],
            "{}",
        )
    };
    let of = |kind: &str| of_answers(vec![base(kind), nowhere()]);
    assert_eq!(of("application/json; charset=utf-8"), "distribution-2.8");
    assert_eq!(of("application/json"), "distribution-3");
    assert_eq!(of("text/html"), "distribution-3");
    let empty = fingerprint(
        FingerprintPlace::Referrers,
        200,
        &[LIKE],
        "{\"manifests\":[]}",
    );
    let others = of_answers(vec![base("application/json"), empty]);
    assert_eq!(
        others, UNKNOWN,
        "olareg and zot send distribution's header too"
    );
    assert_eq!(of_answers(vec![base("application/json")]), UNKNOWN);
}

#[test]
fn gitlab_says_whether_it_has_a_database() {
    let of = |headers: &[(&str, &str)]| {
        let named = [&[("gitlab-container-registry-version", "3.86.0")], headers].concat();
        of_answers(vec![fingerprint(FingerprintPlace::Base, 200, &named, "{}")])
    };
    let has = "gitlab-container-registry-database-enabled";
    assert_eq!(of(&[(has, "true")]), "gitlab");
    assert_eq!(of(&[(has, "false")]), "gitlab-offline");
    assert_eq!(of(&[]), "gitlab");
}

#[test]
fn places_of_their_own_tell() {
    for (place, body, policy) in [
        (
            FingerprintPlace::ZotManagement,
            r#"{"distSpecVersion":"1.1.1","releaseTag":"v2.1.20","binaryType":"x"}"#,
            "zot-2.1.20",
        ),
        (
            FingerprintPlace::Extensions,
            r#"{"extensions":[{"name":"_zot","url":"x","endpoints":[]}]}"#,
            "zot-2.1.20",
        ),
        (
            FingerprintPlace::HarborInfo,
            r#"{"auth_mode":"db_auth","harbor_version":"v2.12.0"}"#,
            "harbor",
        ),
        (
            FingerprintPlace::QuayHealth,
            r#"{"data":{"services":{"auth":true}},"status_code":200}"#,
            "quay",
        ),
        (FingerprintPlace::QuayHealth, "{}", UNKNOWN),
        (FingerprintPlace::HarborInfo, "<html>", UNKNOWN),
        (FingerprintPlace::ZotManagement, "[]", UNKNOWN),
    ] {
        assert_eq!(
            of_answers(vec![fingerprint(place, 200, &[], body)]),
            policy,
            "{body}"
        );
        assert_eq!(
            of_answers(vec![fingerprint(place, 404, &[], body)]),
            UNKNOWN,
            "{body}"
        );
    }
    let gitlab = [("gitlab-container-registry-version", "4.0.0")];
    assert_eq!(
        of_answers(vec![fingerprint(FingerprintPlace::Base, 401, &gitlab, "")]),
        "gitlab"
    );
}

//! What stands, and what stays beside it.

use std::sync::Arc;

use super::*;
use crate::insight::outline::fixture::read;

fn config(json: &str) -> ImageConfig {
    ImageConfig::parse(Arc::from(json.as_bytes())).unwrap()
}

fn stated(sources: &Sources<'_>) -> Vec<(&'static str, String, &'static str, bool)> {
    let stated = identity(sources).into_iter();
    stated
        .map(|one| {
            let (field, origin) = (one.field.name(), one.origin.name());
            (field, one.value.as_str().to_owned(), origin, one.stands)
        })
        .collect()
}

#[test]
fn the_first_of_the_order_stands_and_what_contradicts_it_stays() {
    let manifest = read(
        r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],
        "annotations":{"org.opencontainers.image.version":"1.4.1"}}"#,
    );
    let index = read(
        r#"{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],
        "annotations":{"org.opencontainers.image.title":"app","org.opencontainers.image.version":"1.4"}}"#,
    );
    let mut entry = Descriptor::new(
        "application/vnd.oci.image.manifest.v1+json",
        manifest.digest,
        1,
    );
    entry
        .annotations
        .insert("org.opencontainers.image.revision".into(), "abc".into());
    let config = config(
        r#"{"created":"2026-01-02T03:04:05Z","author":"somebody","config":{"Labels":{
        "org.opencontainers.image.version":"1.4.0","org.label-schema.version":"1.3",
        "org.label-schema.vcs-ref":"def","org.label-schema.usage":"docker run it","version":"9"}}}"#,
    );
    let told = stated(&Sources {
        platform: Some("linux/amd64".into()),
        manifest: Some(&manifest),
        descriptor: Some(&entry),
        index: Some(&index),
        config: Some((Digest::of(b"config"), &config)),
        documents: Vec::new(),
    });
    let expected = [
        ("title", "app", "index", true),
        ("version", "1.4.1", "manifest", true),
        ("version", "1.4", "index", false),
        ("version", "1.4.0", "config-label", false),
        ("version", "1.3", "config-label", false),
        ("revision", "abc", "descriptor", true),
        ("revision", "def", "config-label", false),
        ("authors", "somebody", "config", true),
        ("created", "2026-01-02T03:04:05Z", "config", true),
    ];
    let expected =
        expected.map(|(field, value, origin, stands)| (field, value.to_owned(), origin, stands));
    assert_eq!(told, expected);
}

#[test]
fn a_date_that_stands_for_none_is_none_in_any_offset() {
    for text in [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "1970-01-01T00:00:00Z",
        "1970-01-01T08:00:00+08:00",
        "1969-12-31T19:00:00-05:00",
        "1980-01-01T00:00:01Z",
        "1980-01-01T08:00:01+08:00",
    ] {
        assert_eq!(read_date(text), None, "{text}");
        assert!(fields::is_no_date(text), "{text}");
    }
    for text in ["1980-01-01T00:00:00Z", "2025-12-01T08:30:00+08:00"] {
        assert!(read_date(text).is_some(), "{text}");
    }
    assert!(
        !fields::is_no_date("yesterday"),
        "it is a text that somebody wrote"
    );
}

#[test]
fn the_labels_of_red_hat_are_theirs_and_no_identity() {
    let config = config(
        r#"{"config":{"Labels":{"com.redhat.component":"ubi9-container","name":"ubi9","version":"9.4",
        "release":"1","mine":"x"}}}"#,
    );
    let sources = Sources {
        config: Some((Digest::of(b"config"), &config)),
        ..Sources::default()
    };
    assert_eq!(identity(&sources), []);
    let values = vendor_values(&sources);
    let keys: Vec<_> = values.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys, ["com.redhat.component", "name", "release", "version"]);
}

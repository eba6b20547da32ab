//! Provenance of each version, and BuildKit's.

use super::*;
use crate::evidence::{Body, Label, Limits};

fn provenance(predicate_type: &str, predicate: &str) -> Provenance {
    let subject = format!(
        r#"[{{"name":"a","digest":{{"sha256":"{}"}}}}]"#,
        "ab".repeat(32)
    );
    let text = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v0.1","subject":{subject},"predicateType":"{predicate_type}","predicate":{predicate}}}"#
    );
    let reading = crate::evidence::read(text.as_bytes(), &Label::default(), &Limits::default());
    assert_eq!(reading.problems, []);
    let Body::Provenance(provenance) = reading.body else {
        panic!("{:?}", reading.body)
    };
    assert_eq!(provenance.predicate_type, predicate_type);
    *provenance
}

/// Builder, build type, source, reference, revision, entry point, invocation, begin and end.
fn told(provenance: &Provenance) -> [&str; 9] {
    [
        &provenance.builder,
        &provenance.build_type,
        &provenance.source,
        &provenance.reference,
        &provenance.revision,
        &provenance.entry_point,
        &provenance.invocation,
        &provenance.started,
        &provenance.finished,
    ]
    .map(|text| text.as_ref().map_or("-", RemoteText::as_str))
}

#[test]
fn version_0_1_says_by_a_number_what_the_source_is() {
    let read = provenance(
        "https://slsa.dev/provenance/v0.1",
        r#"{"builder":{"id":"b"},"recipe":{"type":"t","definedInMaterial":1,"entryPoint":"e","arguments":{"a":1}},
        "metadata":{"buildInvocationId":"i","buildStartedOn":"s","buildFinishedOn":"f","reproducible":false},
        "materials":[{"uri":"pkg:docker/x"},{"uri":"git+https://x/y@refs/heads/main","digest":{"sha1":"c"}}]}"#,
    );
    let source = "git+https://x/y@refs/heads/main";
    assert_eq!(
        told(&read),
        ["b", "t", source, "refs/heads/main", "c", "e", "i", "s", "f"]
    );
    assert_eq!(read.reproducible, Some(false));
    assert_eq!(read.parameters.as_deref(), Some(r#"{"a":1}"#));
    assert!(read.materials[0].is_image() && !read.materials[1].is_image());
}

#[test]
fn version_0_2_of_github_is_read() {
    let read = provenance(
        "https://slsa.dev/provenance/v0.2",
        r#"{"builder":{"id":"b"},"buildType":"t","invocation":{"configSource":{"uri":"git+https://x/y@refs/tags/v1",
        "digest":{"sha1":"c"},"entryPoint":".github/workflows/r.yml"},"parameters":{"x":["y",true,null,1.5]}},
        "metadata":{"buildInvocationID":"i","buildStartedOn":"s"},"materials":[{"uri":"docker-pullable://a@sha256:b"}]}"#,
    );
    let source = "git+https://x/y@refs/tags/v1";
    let expected = [
        "b",
        "t",
        source,
        "refs/tags/v1",
        "c",
        ".github/workflows/r.yml",
        "i",
        "s",
        "-",
    ];
    assert_eq!(told(&read), expected);
    assert_eq!(
        read.parameters.as_deref(),
        Some(r#"{"x":["y",true,null,1.5]}"#)
    );
    assert!(read.materials[0].is_image());
}

#[test]
fn buildkit_s_fields_are_read_in_both_versions() {
    let old = provenance(
        "https://slsa.dev/provenance/v0.2",
        r#"{"builder":{"id":""},"buildType":"https://mobyproject.org/buildkit@v1","invocation":{"configSource":{"entryPoint":"Dockerfile"}},
        "metadata":{"buildInvocationID":"i","https://mobyproject.org/buildkit@v1#metadata":{"vcs":{"source":"https://x/y.git","revision":"c"}}}}"#,
    );
    let moby = "https://mobyproject.org/buildkit@v1";
    let expected = [
        "",
        moby,
        "https://x/y.git",
        "-",
        "c",
        "Dockerfile",
        "i",
        "-",
        "-",
    ];
    assert_eq!(told(&old), expected);
    let new = provenance(
        "https://slsa.dev/provenance/v1",
        r#"{"buildDefinition":{"buildType":"t","externalParameters":{"configSource":{"uri":"https://x/y.git#main:sub","digest":{"sha1":"c"},"path":"Dockerfile"}},
        "resolvedDependencies":[{"uri":"pkg:docker/alpine@3?platform=linux%2Famd64","digest":{"sha256":"d"}}]},
        "runDetails":{"builder":{"id":"b"},"metadata":{"invocationID":"i","startedOn":"s","finishedOn":"f","buildkit_reproducible":true}}}"#,
    );
    let expected = [
        "b",
        "t",
        "https://x/y.git#main:sub",
        "main",
        "c",
        "Dockerfile",
        "i",
        "s",
        "f",
    ];
    assert_eq!(told(&new), expected);
    assert_eq!(new.reproducible, Some(true));
    let digest: Vec<_> = new.materials[0].digest.iter().collect();
    assert_eq!(digest, [(&"sha256".into(), &"d".into())]);
}

#[test]
fn version_1_of_github_has_its_revision_among_what_it_depends_on() {
    let read = provenance(
        "https://slsa.dev/provenance/v1",
        r#"{"buildDefinition":{"buildType":"t","externalParameters":{"workflow":{"ref":"refs/heads/main","repository":"https://github.com/x/y","path":".github/w.yml"}},
        "resolvedDependencies":[{"uri":"git+https://github.com/other/z@refs/heads/main","digest":{"gitCommit":"no"}},
          {"uri":"git+https://github.com/x/y@refs/heads/main","name":"source","digest":{"gitCommit":"c"}}]},
        "runDetails":{"builder":{"id":"b"},"metadata":{"invocationId":"i"}}}"#,
    );
    let source = "https://github.com/x/y";
    let expected = [
        "b",
        "t",
        source,
        "refs/heads/main",
        "c",
        ".github/w.yml",
        "i",
        "-",
        "-",
    ];
    assert_eq!(told(&read), expected);
    assert_eq!(read.materials[1].name.as_ref().unwrap(), &"source");
}

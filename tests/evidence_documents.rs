//! Documents that readers get wrong, each with what is right; and documents that chance has damaged.
//!
//! Fresh damage for some time: `REGSCOPE_FUZZ_SECONDS=600 cargo test --release --test evidence_documents`, with
//! `REGSCOPE_CORPUS` over other people's documents too.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

#[path = "evidence_documents/damage.rs"]
mod damage;

use regscope::evidence::{Label, Limits, Reading, read};
use regscope::oci::{Digest, RemoteText};

fn reading(text: &str) -> Reading {
    read(text.as_bytes(), &Label::default(), &Limits::default())
}

/// Name, version and licences of each package.
fn packages(reading: &Reading) -> Vec<String> {
    let sbom = reading
        .sbom()
        .unwrap_or_else(|| panic!("{:?}", reading.problems));
    let packages = sbom.packages.iter().map(|one| {
        let version = one.version.as_ref().map_or("-", |version| version.as_str());
        let licenses: Vec<_> = one.licenses.iter().map(RemoteText::as_str).collect();
        format!("{} {version} [{}]", one.name.as_str(), licenses.join("; "))
    });
    packages.collect()
}

fn problems(reading: &Reading) -> Vec<String> {
    reading.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn utf_16_that_calls_itself_utf_8_is_read_in_both_orders() {
    let xml = r#"<?xml version="1.0" encoding="UTF-8"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component type="library"><name>ä</name><version>1</version></component></components></bom>"#;
    let json = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","name":"ä","version":"1"}]}"#;
    for text in [xml, json] {
        for (mark, order) in [
            ([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ([0xfe, 0xff], u16::to_be_bytes),
        ] {
            let units = text.encode_utf16().flat_map(order);
            let bytes: Vec<u8> = mark.into_iter().chain(units).collect();
            let reading = read(&bytes, &Label::default(), &Limits::default());
            assert_eq!(packages(&reading), ["ä 1 []"]);
        }
    }
}

#[test]
fn comments_and_headings_may_stand_before_the_first_tag() {
    let text = "# An SBOM\n\n## Document Information\n# by hand\nSPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\n\n##### Package: a\n\nPackageName: a\nSPDXID: SPDXRef-a\nPackageVersion: 1\nPackageLicenseDeclared: MIT\n";
    assert_eq!(packages(&reading(text)), ["a 1 [MIT]"]);
}

#[test]
fn a_trailing_comma_is_a_problem_with_its_line_and_the_packages_are_there() {
    let text = "{\n\"bomFormat\": \"CycloneDX\",\n\"specVersion\": \"1.5\",\n\"components\": [\n{\"type\": \"library\", \"name\": \"a\"},\n]\n}";
    let reading = reading(text);
    assert_eq!(packages(&reading), ["a - []"]);
    let problems = problems(&reading);
    assert!(
        problems.iter().any(|one| one.starts_with("line ")),
        "{problems:?}"
    );
}

#[test]
fn a_licence_may_be_an_attribute_of_an_expression() {
    let text = r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.7"><components><component type="library"><name>a</name><licenses><expression-detailed expression="MIT OR Apache-2.0"><details><bom-ref>x</bom-ref></details></expression-detailed></licenses></component></components></bom>"#;
    assert_eq!(packages(&reading(text)), ["a - [MIT OR Apache-2.0]"]);
}

#[test]
fn the_version_is_what_the_document_says_wherever_it_lies() {
    let text = |version: &str| {
        format!(
            r#"{{"bomFormat":"CycloneDX","specVersion":"{version}","components":[{{"type":"library","name":"a"}}]}}"#
        )
    };
    for version in ["1.2", "1.6", "1.7", "2.0"] {
        let reading = reading(&text(version));
        let format = reading.sbom().unwrap().format.name();
        assert_eq!(format, *format!("cyclonedx-{version}"));
        assert_eq!(packages(&reading), ["a - []"]);
    }
}

#[test]
fn spdx_3_may_link_before_it_says_what() {
    let text = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
        {"type":"Relationship","spdxId":"r1","from":"p1","to":["l1"],"relationshipType":"hasDeclaredLicense","creationInfo":"_:c"},
        {"type":"Relationship","spdxId":"r2","from":"p1","to":["p2"],"relationshipType":"dependsOn","creationInfo":"_:c"},
        {"type":"simplelicensing_LicenseExpression","spdxId":"l1","simplelicensing_licenseExpression":"MIT","creationInfo":"_:c"},
        {"type":"software_Package","spdxId":"p1","name":"a","software_packageVersion":"1","creationInfo":"_:c"},
        {"type":"software_Package","spdxId":"p2","name":"b","creationInfo":"_:c"},
        {"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1","created":"2026-01-01T00:00:00Z","createdBy":["x"]}]}"#;
    let reading = reading(text);
    assert_eq!(packages(&reading), ["a 1 [MIT]", "b - []"]);
    let dependents = reading.sbom().unwrap().dependencies.dependents(1);
    assert_eq!(dependents.map(|(from, _)| from).collect::<Vec<_>>(), [0]);
}

#[test]
fn a_component_that_stands_twice_is_there_twice_and_told() {
    let text = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","bom-ref":"x","name":"a","version":"1"},{"type":"library","bom-ref":"x","name":"a","version":"1"}]}"#;
    let reading = reading(text);
    assert_eq!(packages(&reading), ["a 1 []", "a 1 []"]);
    assert!(!reading.problems.is_empty());
}

#[test]
fn a_time_in_another_zone_stays_as_it_is_written() {
    let text = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"timestamp":"2026-01-01T08:00:00+08:00"},"components":[{"type":"library","name":"a"}]}"#;
    let reading = reading(text);
    assert_eq!(reading.problems, []);
    let created = reading.sbom().unwrap().created.clone().unwrap();
    assert_eq!(created, "2026-01-01T08:00:00+08:00");
}

#[test]
fn a_digest_may_have_its_prefix_twice() {
    let hash = "ab".repeat(32);
    let text = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{{"component":{{"type":"container","name":"app","version":"sha256:sha256:{hash}"}}}},"components":[{{"type":"library","name":"a"}}]}}"#
    );
    let digest: Digest = format!("sha256:{hash}").parse().unwrap();
    let reading = reading(&text);
    assert_eq!(
        reading.sbom().unwrap().about.as_ref().unwrap().digests,
        [digest]
    );
}

#[test]
fn a_predicate_of_another_subject_is_read_and_does_not_match() {
    let (own, other) = (Digest::of(b"own"), Digest::of(b"other"));
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"own","digest":{{"sha256":"{}"}}}}],"predicateType":"https://cyclonedx.org/bom","predicate":{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{{"type":"library","name":"a"}}]}}}}"#,
        other.encoded()
    );
    let reading = reading(&statement);
    assert_eq!(packages(&reading), ["a - []"]);
    let statement = reading.statement.as_ref().unwrap();
    // By the digest alone: the name is what anybody writes.
    assert!(statement.matches(&other) && !statement.matches(&own));
}

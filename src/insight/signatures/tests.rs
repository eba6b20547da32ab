use super::predicate_of;

#[test]
fn the_short_names_of_cosign_are_predicate_types() {
    assert_eq!(
        predicate_of("slsaprovenance1").as_deref(),
        Some("https://slsa.dev/provenance/v1")
    );
    assert_eq!(
        predicate_of("https://example.com/x").as_deref(),
        Some("https://example.com/x")
    );
    assert_eq!(predicate_of("whatever"), None);
}

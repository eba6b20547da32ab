//! What predicates are called, and what those say that have no reader of their own.

use super::tree::At;
use crate::oci::RemoteText;

/// How predicate types begin, and what a person calls them; the first that fits counts.
const TITLES: [(&str, &str); 22] = [
    ("https://slsa.dev/provenance/", "SLSA provenance"),
    (
        "https://slsa.dev/verification_summary/",
        "verification summary",
    ),
    ("https://spdx.dev/Document", "SPDX"),
    ("https://cyclonedx.org/vex", "CycloneDX VEX"),
    ("https://cyclonedx.org/", "CycloneDX"),
    ("https://openvex.dev/ns", "OpenVEX"),
    ("text/vex", "OpenVEX"),
    ("https://sigstore.dev/cosign/sign/", "cosign signature"),
    (
        "https://cosign.sigstore.dev/attestation/vuln/",
        "vulnerability scan",
    ),
    (
        "https://cosign.sigstore.dev/attestation/",
        "cosign attestation",
    ),
    ("https://in-toto.io/attestation/test-result/", "test result"),
    (
        "https://in-toto.io/attestation/vulns/",
        "vulnerability scan",
    ),
    ("https://in-toto.io/attestation/release/", "release"),
    (
        "https://in-toto.io/attestation/runtime-trace/",
        "runtime trace",
    ),
    ("https://in-toto.io/attestation/scai/", "attribute report"),
    (
        "https://in-toto.io/attestation/svr/",
        "simple verification result",
    ),
    ("https://in-toto.io/attestation/reference/", "reference"),
    ("https://in-toto.io/attestation/link/", "in-toto link"),
    ("https://in-toto.io/Link/", "in-toto link"),
    ("https://in-toto.io/Provenance/", "in-toto provenance"),
    ("https://in-toto.io/Layout/", "in-toto layout"),
    ("https://docker.com/", "Docker attestation"),
];

/// What a person calls a predicate; none where only its type can be shown.
pub fn title(predicate_type: &str) -> Option<&'static str> {
    let mut titles = TITLES
        .iter()
        .filter(|(start, _)| predicate_type.starts_with(start));
    titles.next().map(|(_, title)| *title)
}

/// Fields of predicates without a reader of their own: the path in the predicate, and what a person calls it.
const FACTS: [(&str, &[&str]); 14] = [
    ("verifier", &["verifier", "id"]),
    ("result", &["verificationResult"]),
    ("levels", &["verifiedLevels"]),
    ("policy", &["policy", "uri"]),
    ("time", &["timeVerified"]),
    ("result", &["result"]),
    ("passed", &["passedTests"]),
    ("warned", &["warnedTests"]),
    ("failed", &["failedTests"]),
    ("scanner", &["scanner", "uri"]),
    ("scanned", &["metadata", "scanFinishedOn"]),
    ("release", &["purl"]),
    ("verifier", &["verifier", "name"]),
    ("properties", &["properties"]),
];

/// The facts of a predicate that has no reader of its own: names and texts, in a fixed order.
pub(super) fn facts(root: At<'_>) -> Vec<(&'static str, RemoteText)> {
    let mut facts = Vec::new();
    for (name, path) in FACTS {
        let mut at = Some(root);
        for key in path {
            at = at.and_then(|at| at.get(key));
        }
        let texts: Vec<&str> = at
            .into_iter()
            .flat_map(At::items)
            .filter_map(At::scalar)
            .collect();
        if !texts.is_empty() {
            facts.push((name, texts.join(", ").into()));
        }
    }
    facts
}

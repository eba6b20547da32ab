//! `OpenVEX` 0.0.1 and 0.2.0 (openvex/spec, `OPENVEX-SPEC.md`).

use super::{Vex, VexFormat, VexProduct, VexStatement, VexStatus};
use crate::evidence::problems::Problems;
use crate::evidence::sbom::{digest_of, digests_of_purl};
use crate::evidence::tree::{At, Kind};
use crate::oci::RemoteText;

/// Reads a document.
pub(in crate::evidence) fn read(root: At<'_>, cap: usize, problems: &mut Problems) -> Vex {
    let mut statements = Vec::new();
    for at in root.list("statements") {
        if statements.len() >= cap {
            problems.at(at, "more statements than are read");
            break;
        }
        statements.extend(statement(at, problems));
    }
    if root.get("statements").is_none() {
        problems.note("statements", "is missing");
    }
    Vex {
        format: format(root),
        id: text(root, "@id").or_else(|| text(root, "id")),
        author: text(root, "author"),
        created: text(root, "timestamp"),
        statements,
    }
}

fn text(at: At<'_>, key: &str) -> Option<RemoteText> {
    let text = at
        .get(key)
        .and_then(At::scalar)
        .filter(|text| !text.is_empty());
    text.map(RemoteText::from)
}

/// The version that `@context` states, else that of the document's shape: what 0.2.0 made objects were texts before.
fn format(root: At<'_>) -> VexFormat {
    let context = root
        .get("@context")
        .into_iter()
        .flat_map(At::items)
        .find_map(At::text);
    let stated = context
        .and_then(|context| context.rsplit_once("/v"))
        .map(|(_, version)| version);
    match stated {
        Some(version) if version.starts_with("0.0.") => return VexFormat::OpenVex001,
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            return VexFormat::OpenVex020;
        }
        _ => {}
    }
    let is_text = |at: Option<At<'_>>| at.is_some_and(|at| at.kind() == Kind::Text);
    let has_texts = root.list("statements").any(|statement| {
        is_text(statement.get("vulnerability")) || is_text(statement.list("products").next())
    });
    if has_texts || is_text(root.get("version")) {
        VexFormat::OpenVex001
    } else {
        VexFormat::OpenVex020
    }
}

fn statement(at: At<'_>, problems: &mut Problems) -> Option<VexStatement> {
    let vulnerability = at.get("vulnerability");
    let name = vulnerability.and_then(|at| match at.kind() {
        Kind::Object => text(at, "name").or_else(|| text(at, "@id")),
        _ => at
            .scalar()
            .filter(|text| !text.is_empty())
            .map(RemoteText::from),
    });
    let Some(name) = name else {
        problems.at(at, "names no vulnerability");
        return None;
    };
    let stated = at.get("status").and_then(At::text).unwrap_or_default();
    let Some(status) = status(stated) else {
        problems.at(at, format!("has no status that is known: {stated}"));
        return None;
    };
    let aliases = vulnerability.into_iter().flat_map(|at| at.list("aliases"));
    let aliases = aliases.filter_map(At::text).map(RemoteText::from).collect();
    // Until 0.2.0 parts stood beside the products.
    let shared: Vec<RemoteText> = at.list("subcomponents").filter_map(name_of).collect();
    let products = at
        .list("products")
        .filter_map(|at| product(at, &shared))
        .collect();
    Some(VexStatement {
        vulnerability: name,
        aliases,
        status,
        justification: text(at, "justification"),
        detail: text(at, "impact_statement").or_else(|| text(at, "status_notes")),
        action: text(at, "action_statement"),
        products,
    })
}

fn status(text: &str) -> Option<VexStatus> {
    Some(match text {
        "affected" => VexStatus::Affected,
        "not_affected" => VexStatus::NotAffected,
        "fixed" => VexStatus::Fixed,
        "under_investigation" => VexStatus::UnderInvestigation,
        _ => return None,
    })
}

/// What a product or a part is called: its identifier, else its package URL.
fn name_of(at: At<'_>) -> Option<RemoteText> {
    let identifiers = at.get("identifiers");
    let name = at.text().map(RemoteText::from);
    name.or_else(|| text(at, "@id"))
        .or_else(|| text(identifiers?, "purl"))
        .or_else(|| {
            identifiers?
                .fields()
                .find_map(At::text)
                .map(RemoteText::from)
        })
}

fn product(at: At<'_>, shared: &[RemoteText]) -> Option<VexProduct> {
    let id = name_of(at)?;
    let mut digests = digests_of_purl(id.as_str());
    digests.extend(digest_of(id.as_str()));
    let identifiers = at.get("identifiers").into_iter().flat_map(At::fields);
    let known_as: Vec<RemoteText> = identifiers
        .filter_map(At::text)
        .filter(|text| id != **text)
        .map(RemoteText::from)
        .collect();
    for known in &known_as {
        digests.extend(digests_of_purl(known.as_str()));
    }
    for hash in at.get("hashes").into_iter().flat_map(At::fields) {
        let algorithm = hash.key().replace('-', "");
        let text = hash.text().unwrap_or_default();
        digests.extend(digest_of(&format!("{algorithm}:{text}")));
    }
    digests.sort_unstable();
    digests.dedup();
    let own = at.list("subcomponents").filter_map(name_of);
    Some(VexProduct {
        id,
        known_as,
        digests,
        subcomponents: own.chain(shared.iter().cloned()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Label, Limits, Reading, read};

    fn vex(text: &str) -> (Vex, Reading) {
        let reading = read(text.as_bytes(), &Label::default(), &Limits::default());
        (reading.vex().unwrap().clone(), reading)
    }

    #[test]
    fn both_versions_are_read_and_told_apart() {
        let hash = "ab".repeat(32);
        let old = r#"{"@context":"https://openvex.dev/ns","@id":"d","author":"Ann","timestamp":"2023-01-01T00:00:00Z","version":"1",
            "statements":[{"vulnerability":"CVE-1","products":["pkg:apk/git@1","pkg:oci/app@sha256:HASH"],"subcomponents":["pkg:apk/z@1"],
            "status":"not_affected","justification":"component_not_present","impact_statement":"because"},
            {"vulnerability":"CVE-2","status":"sleeping"},{"status":"fixed"}]}"#;
        let (old, reading) = vex(&old.replace("HASH", &hash));
        assert_eq!(old.format, VexFormat::OpenVex001);
        assert_eq!(old.author.as_ref().unwrap(), &"Ann");
        let [one] = old.statements.as_slice() else {
            panic!("{old:?}")
        };
        assert_eq!(one.status, VexStatus::NotAffected);
        assert_eq!(
            one.justification.as_ref().unwrap(),
            &"component_not_present"
        );
        assert_eq!(one.products[0].subcomponents, ["pkg:apk/z@1"]);
        let digest = format!("sha256:{hash}").parse().unwrap();
        assert_eq!(
            one.products
                .iter()
                .map(|product| product.is(&digest))
                .collect::<Vec<_>>(),
            [None, Some(true)]
        );
        let told: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "statements[1]: has no status that is known: sleeping",
                "statements[2]: names no vulnerability"
            ]
        );

        let new = r#"{"@context":["https://openvex.dev/ns"],"author":"Ann","version":2,"statements":[{"vulnerability":{"name":"CVE-1","aliases":["GHSA-1"]},
            "products":[{"@id":"app","identifiers":{"purl":"pkg:oci/app"},"hashes":{"sha-256":"HASH"},"subcomponents":[{"@id":"pkg:apk/z"}]}],"status":"fixed"}]}"#;
        let (new, _) = vex(&new.replace("HASH", &hash));
        assert_eq!(new.format, VexFormat::OpenVex020);
        let [one] = new.statements.as_slice() else {
            panic!("{new:?}")
        };
        assert_eq!(one.aliases, ["GHSA-1"]);
        assert_eq!(one.products[0].known_as, ["pkg:oci/app"]);
        assert_eq!(one.products[0].is(&digest), Some(true));
        assert_eq!(one.products[0].subcomponents, ["pkg:apk/z"]);
    }

    #[test]
    fn products_that_are_missing_are_the_subject_of_the_statement() {
        let hash = "ab".repeat(32);
        let text = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"app","digest":{"sha256":"HASH"}}],
            "predicateType":"https://openvex.dev/ns/v0.2.0","predicate":{"@context":"https://openvex.dev/ns/v0.2.0","author":"Ann",
            "statements":[{"vulnerability":{"name":"CVE-1"},"status":"affected"}]}}"#;
        let (vex, _) = vex(&text.replace("HASH", &hash));
        let product = &vex.statements[0].products[0];
        assert_eq!(product.id, "app");
        assert_eq!(
            product.is(&format!("sha256:{hash}").parse().unwrap()),
            Some(true)
        );
    }

    #[test]
    fn yaml_is_read_too() {
        let text =
            "---\nauthor: Ann\nstatements:\n- vulnerability: {name: CVE-1}\n  status: affected\n";
        let (vex, _) = vex(text);
        assert_eq!(vex.format, VexFormat::OpenVex020);
        assert_eq!(vex.statements.len(), 1);
    }
}

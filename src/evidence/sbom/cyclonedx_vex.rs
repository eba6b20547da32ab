//! The `vulnerabilities` of a `CycloneDX` document.

use super::Sbom;
use super::about::{digest_of, digests_of_purl};
use crate::evidence::problems::Problems;
use crate::evidence::tree::At;
use crate::evidence::vex::{Vex, VexFormat, VexProduct, VexStatement, VexStatus};
use crate::oci::RemoteText;

/// What a vulnerability's analysis says; none where there is no analysis with a state.
pub(super) fn statement(at: At<'_>, problems: &mut Problems) -> Option<VexStatement> {
    let text = |at: At<'_>, key: &str| {
        let text = at
            .get(key)
            .and_then(At::scalar)
            .filter(|text| !text.is_empty());
        text.map(RemoteText::from)
    };
    let analysis = at.get("analysis");
    let state = analysis.and_then(|analysis| analysis.get("state"))?;
    let status = match state.text().unwrap_or_default() {
        "exploitable" => VexStatus::Affected,
        "in_triage" => VexStatus::UnderInvestigation,
        "resolved" | "resolved_with_pedigree" => VexStatus::Fixed,
        "not_affected" | "false_positive" => VexStatus::NotAffected,
        other => {
            problems.at(state, format!("is no state of an analysis: {other}"));
            return None;
        }
    };
    let analysis = analysis?;
    let Some(vulnerability) = text(at, "id") else {
        problems.at(at, "has no id");
        return None;
    };
    let aliases = at
        .list("references")
        .filter(|item| !item.is_wrapped() || item.key() == "reference");
    let aliases = aliases.filter_map(|reference| text(reference, "id"));
    let mut known: Vec<RemoteText> = Vec::new();
    for alias in aliases {
        if alias != vulnerability && !known.contains(&alias) {
            known.push(alias);
        }
    }
    Some(VexStatement {
        aliases: known,
        status,
        justification: text(analysis, "justification"),
        detail: text(analysis, "detail"),
        action: text(at, "recommendation"),
        products: affects(at).collect(),
        vulnerability,
    })
}

/// What is affected: `affects[].ref` in JSON, `<affects><target><ref>` in XML.
fn affects(at: At<'_>) -> impl Iterator<Item = VexProduct> {
    at.list("affects").filter_map(|target| {
        let id = target
            .get("ref")
            .and_then(At::text)
            .or_else(|| target.text())?;
        Some(VexProduct {
            id: id.into(),
            ..VexProduct::default()
        })
    })
}

/// The statements as a document; products that are components of it are known by their package URLs and digests.
pub(super) fn finish(
    mut statements: Vec<VexStatement>,
    author: Option<RemoteText>,
    sbom: &Sbom,
) -> Option<Vex> {
    if statements.is_empty() {
        return None;
    }
    let ids = sbom
        .packages
        .iter()
        .filter_map(|package| Some((package.id.as_ref()?.as_str(), package)));
    let packages: std::collections::HashMap<&str, _> = ids.collect();
    for product in statements
        .iter_mut()
        .flat_map(|statement| &mut statement.products)
    {
        let id = product.id.as_str();
        // A BOM-Link names a document and then what is in it.
        let local = match id.strip_prefix("urn:cdx:") {
            Some(link) => link.split_once('#').map_or("", |(_, local)| local),
            None => id,
        };
        product.digests = digests_of_purl(local);
        product.digests.extend(digest_of(local));
        if let Some(package) = packages.get(local) {
            let purl = package.purl.as_ref();
            product.digests.extend(
                purl.into_iter()
                    .flat_map(|purl| digests_of_purl(purl.as_str())),
            );
            product.known_as.extend(purl.cloned());
            product.known_as.push(package.name.clone());
        } else if let Some(about) = &sbom.about
            && about.id.as_ref().is_some_and(|id| id.as_str() == local)
        {
            product.digests.extend_from_slice(&about.digests);
            product.known_as.extend(about.purl.clone());
            product.known_as.push(about.name.clone());
        }
        product.digests.sort_unstable();
        product.digests.dedup();
    }
    Some(Vex {
        format: VexFormat::CycloneDx,
        id: sbom.id.clone(),
        author,
        created: sbom.created.clone(),
        statements,
    })
}

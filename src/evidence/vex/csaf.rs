//! CSAF 2.0 and later, as far as it says which product is affected by what (docs.oasis-open.org/csaf, section 3.2).

use std::collections::BTreeMap;

use super::{Vex, VexFormat, VexProduct, VexStatement, VexStatus};
use crate::evidence::problems::Problems;
use crate::evidence::sbom::{digest_of, digests_of_purl};
use crate::evidence::tree::At;
use crate::oci::RemoteText;

/// The lists of `product_status`, and what they mean.
const STATUSES: [(&str, VexStatus); 7] = [
    ("known_affected", VexStatus::Affected),
    ("first_affected", VexStatus::Affected),
    ("last_affected", VexStatus::Affected),
    ("known_not_affected", VexStatus::NotAffected),
    ("fixed", VexStatus::Fixed),
    ("first_fixed", VexStatus::Fixed),
    ("under_investigation", VexStatus::UnderInvestigation),
];

/// Branches of a product tree stand in one another at most so deep.
const DEPTH: usize = 64;

/// Reads a document; none where it is none of CSAF's.
pub(in crate::evidence) fn read(root: At<'_>, cap: usize, problems: &mut Problems) -> Option<Vex> {
    let document = root.get("document")?;
    document
        .get("csaf_version")
        .or_else(|| document.get("tracking"))?;
    let tracking = document.get("tracking");
    let tree = root.get("product_tree");
    let products = tree.map(products).unwrap_or_default();
    let mut statements = Vec::new();
    for at in root.list("vulnerabilities") {
        if statements.len() >= cap {
            problems.at(at, "more vulnerabilities than are read");
            break;
        }
        vulnerability(at, &products, tree, &mut statements, problems);
    }
    let date = |key| tracking.and_then(|at| text(at, key));
    Some(Vex {
        format: VexFormat::Csaf,
        id: tracking.and_then(|at| text(at, "id")),
        author: document.get("publisher").and_then(|at| text(at, "name")),
        created: date("current_release_date").or_else(|| date("initial_release_date")),
        statements,
    })
}

fn text(at: At<'_>, key: &str) -> Option<RemoteText> {
    let text = at
        .get(key)
        .and_then(At::text)
        .filter(|text| !text.is_empty());
    text.map(RemoteText::from)
}

type Products<'t> = BTreeMap<&'t str, VexProduct>;

/// Every product that the tree defines: in its branches, in a list, and as one that is a part of another.
fn products(tree: At<'_>) -> Products<'_> {
    let mut products = Products::new();
    let mut open: Vec<(At<'_>, usize)> = vec![(tree, 0)];
    while let Some((at, depth)) = open.pop() {
        let here = at
            .get("product")
            .into_iter()
            .chain(at.list("full_product_names"));
        for product in here {
            define(product, &mut products);
        }
        if depth < DEPTH {
            open.extend(at.list("branches").map(|branch| (branch, depth + 1)));
        }
    }
    for relation in tree.list("relationships") {
        let get = |key| relation.get(key).and_then(At::text);
        let Some(whole) = relation.get("full_product_name") else {
            continue;
        };
        let part = get("product_reference")
            .and_then(|id| products.get(id))
            .cloned();
        let holder = get("relates_to_product_reference")
            .and_then(|id| products.get(id))
            .cloned();
        let Some(id) = define(whole, &mut products) else {
            continue;
        };
        if let Some(product) = products.get_mut(id) {
            if let Some(part) = part {
                let name = part.known_as.into_iter().next().unwrap_or(part.id);
                product.subcomponents.push(name);
            }
            if let Some(holder) = holder {
                product.digests.extend(holder.digests);
                product.known_as.extend(holder.known_as);
            }
        }
    }
    products
}

fn define<'t>(at: At<'t>, products: &mut Products<'t>) -> Option<&'t str> {
    let id = at.get("product_id").and_then(At::text)?;
    let mut product = VexProduct {
        id: id.into(),
        ..VexProduct::default()
    };
    if let Some(helper) = at.get("product_identification_helper") {
        let purls = helper.get("purl").into_iter().chain(helper.list("purls"));
        for purl in purls.filter_map(At::text) {
            product.digests.extend(digests_of_purl(purl));
            product.known_as.push(purl.into());
        }
        for hash in helper
            .list("hashes")
            .flat_map(|hashes| hashes.list("file_hashes"))
        {
            let part = |key| hash.get(key).and_then(At::text).unwrap_or_default();
            let algorithm = part("algorithm").replace('-', "");
            product
                .digests
                .extend(digest_of(&format!("{algorithm}:{}", part("value"))));
        }
    }
    product.known_as.extend(text(at, "name"));
    products.insert(id, product);
    Some(id)
}

/// The products of a group.
fn group<'t>(tree: Option<At<'t>>, id: &str) -> Vec<&'t str> {
    let groups = tree
        .into_iter()
        .flat_map(|tree| tree.list("product_groups"));
    let mut group = groups.filter(|group| group.get("group_id").and_then(At::text) == Some(id));
    let products = group
        .next()
        .into_iter()
        .flat_map(|group| group.list("product_ids"));
    products.filter_map(At::text).collect()
}

/// Whether an entry speaks of a product, by its identifier or by a group; one that names nothing speaks of all.
fn speaks_of(entry: At<'_>, tree: Option<At<'_>>, product: &str) -> bool {
    let mut named = entry
        .list("product_ids")
        .chain(entry.list("group_ids"))
        .peekable();
    if named.peek().is_none() {
        return true;
    }
    entry
        .list("product_ids")
        .any(|id| id.text() == Some(product))
        || entry
            .list("group_ids")
            .filter_map(At::text)
            .any(|id| group(tree, id).contains(&product))
}

fn vulnerability(
    at: At<'_>,
    products: &Products<'_>,
    tree: Option<At<'_>>,
    statements: &mut Vec<VexStatement>,
    problems: &mut Problems,
) {
    let ids: Vec<RemoteText> = at.list("ids").filter_map(|id| text(id, "text")).collect();
    let name = text(at, "cve")
        .or_else(|| ids.first().cloned())
        .or_else(|| text(at, "title"));
    let Some(name) = name else {
        problems.at(at, "names no vulnerability");
        return;
    };
    let Some(lists) = at.get("product_status") else {
        return;
    };
    for (key, status) in STATUSES {
        // What is said why may differ from product to product.
        let mut by_reason: Vec<(Reason, Vec<VexProduct>)> = Vec::new();
        for entry in lists.list(key) {
            let Some(id) = entry.text() else { continue };
            let known = products.get(id).cloned();
            if known.is_none() {
                problems.at(entry, format!("is no product of the tree: {id}"));
            }
            let product = known.unwrap_or_else(|| VexProduct {
                id: id.into(),
                ..VexProduct::default()
            });
            let reason = Reason::of(at, tree, id);
            match by_reason.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, products)) => products.push(product),
                None => by_reason.push((reason, vec![product])),
            }
        }
        for (reason, products) in by_reason {
            statements.push(VexStatement {
                vulnerability: name.clone(),
                aliases: ids.iter().filter(|id| **id != name).cloned().collect(),
                status,
                justification: reason.flag,
                detail: reason.impact,
                action: reason.remediation,
                products,
            });
        }
    }
}

/// Why a status holds, and what to do.
#[derive(PartialEq, Eq)]
struct Reason {
    flag: Option<RemoteText>,
    impact: Option<RemoteText>,
    remediation: Option<RemoteText>,
}

impl Reason {
    fn of(at: At<'_>, tree: Option<At<'_>>, product: &str) -> Self {
        let first = |list: &'static str, key: &str, category: Option<&str>| {
            let mut entries = at.list(list).filter(|entry| {
                let stated = entry.get("category").and_then(At::text);
                (category.is_none() || stated == category) && speaks_of(*entry, tree, product)
            });
            entries.next().and_then(|entry| text(entry, key))
        };
        Self {
            flag: first("flags", "label", None),
            impact: first("threats", "details", Some("impact")),
            remediation: first("remediations", "details", None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Label, Limits, read};

    #[test]
    fn every_status_of_every_product_is_a_statement() {
        let hash = "ab".repeat(32);
        let text = r#"{"document":{"category":"csaf_vex","csaf_version":"2.0","publisher":{"name":"Example"},
            "tracking":{"id":"E-1","initial_release_date":"2022-01-01T00:00:00Z","current_release_date":"2023-01-01T00:00:00Z"}},
            "product_tree":{"branches":[{"branches":[{"product":{"product_id":"P1","name":"App","product_identification_helper":{"purl":"pkg:oci/app@sha256:HASH"}}}]},
              {"product":{"product_id":"P2","name":"Lib","product_identification_helper":{"purl":"pkg:rpm/lib@1"}}}],
             "relationships":[{"product_reference":"P2","relates_to_product_reference":"P1","full_product_name":{"product_id":"P1:P2","name":"Lib in App"}}],
             "product_groups":[{"group_id":"G","product_ids":["P2"]}]},
            "vulnerabilities":[{"cve":"CVE-1","ids":[{"text":"GHSA-1"}],
              "product_status":{"known_not_affected":["P1","P2"],"fixed":["P1:P2"],"under_investigation":["P9"]},
              "flags":[{"label":"component_not_present","group_ids":["G"]}],
              "threats":[{"category":"impact","details":"because","product_ids":["P1"]}],
              "remediations":[{"category":"vendor_fix","details":"update","product_ids":["P1:P2"]}]},
              {"product_status":{}}]}"#;
        let read = read(
            text.replace("HASH", &hash).as_bytes(),
            &Label::default(),
            &Limits::default(),
        );
        let vex = read.vex().unwrap();
        assert_eq!(vex.author.as_ref().unwrap(), &"Example");
        assert_eq!(vex.created.as_ref().unwrap(), &"2023-01-01T00:00:00Z");
        let told: Vec<String> = vex
            .statements
            .iter()
            .map(|one| {
                let products: Vec<&str> = one
                    .products
                    .iter()
                    .map(|product| product.id.as_str())
                    .collect();
                let text = |text: &Option<RemoteText>| {
                    text.as_ref().map_or("-".to_owned(), ToString::to_string)
                };
                format!(
                    "{} {} {} {} {} {}",
                    one.vulnerability,
                    one.status.name(),
                    products.join(","),
                    text(&one.justification),
                    text(&one.detail),
                    text(&one.action)
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "CVE-1 not_affected P1 - because -",
                "CVE-1 not_affected P2 component_not_present - -",
                "CVE-1 fixed P1:P2 - - update",
                "CVE-1 under_investigation P9 - - -",
            ]
        );
        let part = &vex.statements[2].products[0];
        assert_eq!(part.subcomponents, ["pkg:rpm/lib@1"]);
        assert_eq!(
            part.is(&format!("sha256:{hash}").parse().unwrap()),
            Some(true)
        );
        let problems: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "vulnerabilities[0].product_status.under_investigation[0]: is no product of the tree: P9",
                "vulnerabilities[1]: names no vulnerability",
            ]
        );
    }
}

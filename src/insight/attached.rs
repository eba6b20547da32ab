//! What is attached to a manifest: the documents that say something of it, and what carries each.

use std::collections::HashSet;

use crate::content::Content;
use crate::graph::{Graph, NodeId};
use crate::oci::purpose::{self, DocumentKinds};
use crate::oci::{Descriptor, Digest, FoundBy, Role};

/// A document that is attached to something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The manifest that carries it: a referrer, or the manifest itself where that is a chart.
    pub carrier: NodeId,
    /// The document, as the carrier describes it.
    pub blob: Descriptor,
    /// What it is for, by its labels.
    pub role: Role,
    /// How the carrier was found; empty where it is the manifest itself.
    pub found_by: Vec<FoundBy>,
}

/// What is attached to one manifest, as far as the manifests that carry it are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachedDocuments {
    /// The documents, carrier by carrier in the order of their digests, and in the order in which each names them.
    pub documents: Vec<Attached>,
    /// What refers to the manifest and was not read, or cannot be: what it carries is not known.
    pub unread: Vec<NodeId>,
}

/// The documents of these kinds that are attached to `subject`, whatever way the referrer was found; of a chart, its own
/// too. Cost: `O(r log r)` in the referrers.
pub fn attached(
    graph: &Graph,
    content: &Content,
    subject: NodeId,
    kinds: DocumentKinds,
) -> AttachedDocuments {
    let mut found = AttachedDocuments::default();
    let mut add = |carrier: NodeId, found_by: Vec<FoundBy>, is_attached: bool| {
        let digest = graph.digest_of(carrier);
        match digest.and_then(|digest| content.manifest(&digest)) {
            Some(manifest) => {
                for (blob, role) in purpose::documents(&manifest, kinds, is_attached) {
                    found.documents.push(Attached {
                        carrier,
                        blob: blob.clone(),
                        role,
                        found_by: found_by.clone(),
                    });
                }
            }
            None => found.unread.push(carrier),
        }
    };
    let mut edges: Vec<(Option<Digest>, NodeId, Vec<FoundBy>)> = graph
        .referrers(subject)
        .into_iter()
        .map(|edge| {
            let ways = FoundBy::ALL.into_iter();
            let ways = ways.filter(|way| edge.found_by.contains(*way)).collect();
            (graph.digest_of(edge.from), edge.from, ways)
        })
        .collect();
    edges.sort_unstable_by_key(|(digest, ..)| *digest);
    let mut seen = HashSet::new();
    for (_, carrier, ways) in edges {
        if seen.insert(carrier) {
            add(carrier, ways, true);
        }
    }
    if graph.purpose(subject).map(|purpose| purpose.role) == Some(Role::Chart) {
        add(subject, Vec::new(), false);
    }
    found
}

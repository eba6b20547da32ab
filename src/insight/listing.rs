//! The tags of a repository, and the platforms of images, as the graph has them.

use std::collections::BTreeSet;

use crate::graph::{EdgeKind, Graph, NodeId, NodeKind};
use crate::insight::freshness::Listed;
use crate::insight::outline::{self, Documents, image_config};
use crate::oci::Digest;

/// The tags of a repository that are there, by name. Cost: `O(n log n)` in their number.
pub fn tags(graph: &Graph, repository: NodeId) -> Vec<Listed<'_>> {
    let edges = graph.outgoing(repository).into_iter();
    let tags = edges.filter(|edge| edge.kind == EdgeKind::Contains && !graph.is_gone(edge.to));
    let mut tags: Vec<_> = tags
        .filter_map(|edge| {
            Some(Listed {
                name: graph.tag_name(edge.to)?.as_str(),
                image: image(graph, edge.to),
                has_moved: graph.has_moved(edge.to),
            })
        })
        .collect();
    tags.sort_unstable_by_key(|listed| listed.name);
    tags
}

/// What a tag names, where that is known.
pub fn image(graph: &Graph, tag: NodeId) -> Option<Digest> {
    graph.target(tag).and_then(|target| graph.digest_of(target))
}

/// The platforms that an image is there for; none where that is not known. Cost: proportional to its manifests.
pub fn platforms(
    graph: &Graph,
    documents: &dyn Documents,
    image: NodeId,
) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    if graph.kind(image) == NodeKind::Index {
        for (edge, _) in graph.below(image) {
            if edge.kind == EdgeKind::Child {
                found.extend(outline::platforms(graph, documents, &edge));
            }
        }
    } else {
        let manifest = documents.manifest(&graph.digest_of(image)?)?;
        let config = image_config(documents, &manifest)?;
        found.insert(config.platform.to_string());
    }
    let found: BTreeSet<_> = found.iter().map(|platform| plain(platform)).collect();
    (!found.is_empty()).then_some(found)
}

/// A platform without the variant that its architecture always has, and without the version of its system.
fn plain(platform: &str) -> String {
    let platform = platform.split(':').next().unwrap_or_default();
    match platform {
        "linux/arm64/v8" => "linux/arm64".to_owned(),
        "linux/amd64/v1" => "linux/amd64".to_owned(),
        _ => platform.to_owned(),
    }
}

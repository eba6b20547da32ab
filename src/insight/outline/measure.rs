//! How large something is with all that belongs to it, and when it was made.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::graph::{EdgeKind, Graph, NodeId, NodeKind};
use crate::oci::media_type::is_foreign_layer;

use super::{Documents, image_config, manifest};

/// How deep index within index is looked into for sizes and dates.
const DEPTH: u32 = 4;

/// Bytes of a manifest and of all that it names, each blob once; of a blob, its own. Absent where a part is not known.
/// Cost: `O(d)` in what stands below.
pub fn content_size(graph: &Graph, node: NodeId) -> Option<u64> {
    let mut seen = HashSet::new();
    add_size(graph, node, &mut seen, DEPTH)
}

fn add_size(graph: &Graph, node: NodeId, seen: &mut HashSet<NodeId>, depth: u32) -> Option<u64> {
    if !seen.insert(node) {
        return Some(0);
    }
    let own = graph.view(node).size;
    if graph.kind(node) == NodeKind::Blob {
        // It is not here, and whoever deletes the image gets nothing back for it.
        return if is_kept_elsewhere(graph, node) {
            Some(0)
        } else {
            own
        };
    }
    if graph.state(node) != crate::graph::NodeState::Loaded || depth == 0 {
        return None;
    }
    let mut sum = own?;
    for blob in manifest::blobs(graph, node) {
        sum = sum.checked_add(add_size(graph, blob, seen, depth - 1)?)?;
    }
    for edge in graph.outgoing(node) {
        if edge.kind == EdgeKind::Child {
            sum = sum.checked_add(add_size(graph, edge.to, seen, depth - 1)?)?;
        }
    }
    Some(sum)
}

/// Whether a layer is not in the registry but where its descriptor says (Windows' base layers).
pub fn is_kept_elsewhere(graph: &Graph, node: NodeId) -> bool {
    let media_type = graph.view(node).media_type;
    media_type.is_some_and(|media_type| is_foreign_layer(media_type.as_str()))
}

/// When something was made, as the publisher states it: the annotation, else the config, else the newest below.
/// Dates before 2000 stand for "unknown" and are none.
pub fn created(graph: &Graph, documents: &dyn Documents, node: NodeId) -> Option<Timestamp> {
    created_within(graph, documents, (node, DEPTH), &mut HashSet::new())
}

fn created_within(
    graph: &Graph,
    documents: &dyn Documents,
    (node, depth): (NodeId, u32),
    seen: &mut HashSet<NodeId>,
) -> Option<Timestamp> {
    // A hundred indexes that list each other have a hundred million ways down.
    if !seen.insert(node) {
        return None;
    }
    let digest = graph.digest_of(node)?;
    if graph.kind(node) == NodeKind::Blob {
        return read_date(documents.config(&digest)?.created.as_ref()?.as_str());
    }
    let manifest = documents.manifest(&digest)?;
    let annotation = manifest.annotations.get("org.opencontainers.image.created");
    let stated = annotation.and_then(|text| read_date(text.as_str()));
    let config = || {
        let config = image_config(documents, &manifest)?;
        read_date(config.created.as_ref()?.as_str())
    };
    let below = || {
        let edges = graph.outgoing(node).into_iter();
        edges
            .filter(|edge| edge.kind == EdgeKind::Child && depth > 0)
            .filter_map(|edge| created_within(graph, documents, (edge.to, depth - 1), seen))
            .max()
    };
    stated.or_else(config).or_else(below)
}

/// A date as a publisher states it; none before 2000, which stands for "unknown".
pub fn read_date(text: &str) -> Option<Timestamp> {
    /// 2000-01-01, before any container.
    const FIRST: i64 = 946_684_800;
    let date: Timestamp = text.parse().ok()?;
    (date.as_second() >= FIRST).then_some(date)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use crate::content::Content;
    use crate::oci::{Digest, ImageConfig, Manifest};

    use super::super::fixture::{World, descriptor, read, repository};
    use super::*;

    /// Documents, and how often one was asked for.
    struct Counted(Content, Cell<usize>);

    impl Documents for Counted {
        fn manifest(&self, digest: &Digest) -> Option<Arc<Manifest>> {
            self.1.set(self.1.get() + 1);
            Documents::manifest(&self.0, digest)
        }

        fn config(&self, digest: &Digest) -> Option<Arc<ImageConfig>> {
            Documents::config(&self.0, digest)
        }
    }

    #[test]
    fn what_many_indexes_list_is_looked_at_once() {
        const WIDTH: usize = 10;
        let mut world = World::default();
        let mut below: Vec<Arc<Manifest>> = Vec::new();
        for level in 0..DEPTH {
            let listed: Vec<_> = below.iter().map(|one| descriptor(one, "")).collect();
            let listed = listed.join(",");
            let index = |number: usize| {
                read(&format!(
                    r#"{{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{listed}],
                    "annotations":{{"number":"{level} {number}"}}}}"#
                ))
            };
            below = (0..WIDTH).map(index).collect();
            for index in &below {
                world.manifest(index);
            }
        }
        let graph = world.graph();
        let documents = Counted(world.content(), Cell::new(0));
        let top = below.first().unwrap();
        let node = graph.object(&repository(), &top.digest).unwrap();
        assert_eq!(created(&graph, &documents, node), None);
        assert_eq!(documents.1.get(), 1 + WIDTH * 3);
        assert!(content_size(&graph, node).is_some());
    }
}

//! What stands under a manifest: platforms, referrers, config, layers.

use std::collections::HashSet;

use crate::graph::{EdgeKind, EdgeView, Graph, NodeId, NodeState};
use crate::oci::Asked;

use super::{Entry, Fold, RowPath, Segment, What, is_blob, note, object};

/// The rows under a manifest.
pub(super) fn children(graph: &Graph, path: &RowPath, manifest: NodeId) -> Vec<Entry> {
    let below = graph.below(manifest);
    let of_kind = |kind| below.iter().filter(move |(edge, _)| edge.kind == kind);
    let platforms = platforms(graph, &below);
    let mut rows: Vec<_> = platforms
        .into_iter()
        .chain(of_kind(EdgeKind::Subject).copied())
        .chain(of_kind(EdgeKind::Config).copied())
        .map(|(edge, node)| object(path, edge, node))
        .collect();
    let layers = of_kind(EdgeKind::Layer).count();
    if layers > 1 {
        rows.push(Entry {
            path: path.child(Segment::Fold(Fold::Layers), None),
            what: What::Fold {
                fold: Fold::Layers,
                of: manifest,
                count: layers,
                told: Vec::new(),
            },
        });
    } else {
        rows.extend(of_kind(EdgeKind::Layer).map(|(edge, node)| object(path, *edge, *node)));
    }
    if graph.state(manifest) != NodeState::Loaded && graph.kind(manifest).is_manifest() {
        rows.insert(0, note(path, manifest, Asked::Manifest));
    }
    rows
}

/// The rows under the heading of a manifest's layers.
pub(super) fn layers(graph: &Graph, path: &RowPath, manifest: NodeId) -> Vec<Entry> {
    let edges = graph.outgoing(manifest).into_iter();
    edges
        .filter(|edge| edge.kind == EdgeKind::Layer)
        .map(|edge| object(path, edge, edge.to))
        .collect()
}

/// What an index lists, without those entries that are about another entry: they stand under that one.
pub(super) fn platforms(graph: &Graph, below: &[(EdgeView, NodeId)]) -> Vec<(EdgeView, NodeId)> {
    let children = below
        .iter()
        .filter(|(edge, _)| edge.kind == EdgeKind::Child);
    let listed: HashSet<NodeId> = children.clone().map(|(_, node)| *node).collect();
    let is_about_another = |node: NodeId| {
        graph.outgoing(node).iter().any(|edge| {
            edge.kind == EdgeKind::Subject && edge.to != node && listed.contains(&edge.to)
        })
    };
    children
        .filter(|(_, node)| !is_about_another(*node))
        .copied()
        .collect()
}

/// Config and layers of a manifest, each once.
pub(super) fn blobs(graph: &Graph, manifest: NodeId) -> impl Iterator<Item = NodeId> {
    let edges = graph.outgoing(manifest).into_iter();
    edges
        .filter(|edge| {
            matches!(edge.kind, EdgeKind::Config | EdgeKind::Layer) && is_blob(graph, edge, edge.to)
        })
        .map(|edge| edge.to)
        .collect::<HashSet<_>>()
        .into_iter()
}

//! What a document lists, told by the document itself where it is at hand: a graph has one edge between two nodes, and a
//! list may have one digest several times.

use std::sync::Arc;

use crate::graph::{EdgeKind, EdgeView, Graph, NodeId};
use crate::oci::{Descriptor, Entries, Manifest, Platform};
use crate::words::counted;

use super::{Documents, manifest};

/// At most so many places of one layer are told: a manifest of schema 1 has its empty layer at every second.
const PLACES_TOLD: usize = 4;

/// What the holder of an edge says of the config or the entries that it leads to.
pub struct Described {
    holder: Arc<Manifest>,
    kind: EdgeKind,
    /// Places in the list; of a config none.
    places: Vec<u32>,
}

impl Described {
    /// The descriptors over an edge; absent where the document is not at hand.
    pub fn of(graph: &Graph, documents: &dyn Documents, edge: &EdgeView) -> Option<Self> {
        let kind = edge.kind;
        if !matches!(kind, EdgeKind::Child | EdgeKind::Config | EdgeKind::Layer) {
            return None;
        }
        let holder = documents.manifest(&graph.digest_of(edge.from)?)?;
        let digest = graph.digest_of(edge.to)?;
        let places = match list_of(&holder, kind) {
            Some(list) => {
                let is_there = list.at(edge.position).map(|entry| entry.digest) == Some(digest);
                is_there.then(|| list.places_of(edge.position).collect())?
            }
            None => Vec::new(),
        };
        Some(Self {
            holder,
            kind,
            places,
        })
    }

    /// The descriptors, in the order of the list.
    pub fn descriptors(&self) -> impl Iterator<Item = &Descriptor> {
        let list = list_of(&self.holder, self.kind);
        let config = self.holder.config.iter().filter(move |_| list.is_none());
        let places = self.places.iter();
        config.chain(places.filter_map(move |place| list?.at(*place)))
    }
}

fn list_of(holder: &Manifest, kind: EdgeKind) -> Option<&Entries> {
    match kind {
        EdgeKind::Child => Some(&holder.manifests),
        EdgeKind::Layer => Some(&holder.layers),
        _ => None,
    }
}

/// Every platform for which an index names what an edge leads to; where it says none, the one that is known of it.
pub fn platforms(graph: &Graph, documents: &dyn Documents, edge: &EdgeView) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if let Some(described) = Described::of(graph, documents, edge) {
        let stated = described
            .descriptors()
            .filter_map(|entry| entry.platform.as_ref());
        for name in stated
            .filter(|platform| !platform.is_unknown())
            .map(Platform::to_string)
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        let known = graph.view(edge.to).platform;
        names.extend(
            known
                .filter(|name| *name != "unknown/unknown")
                .map(ToString::to_string),
        );
    }
    names
}

/// What an index lists, in words: platforms, and manifests that state none.
pub(super) fn index_in_words(graph: &Graph, documents: &dyn Documents, index: NodeId) -> String {
    let below = graph.below(index);
    let (mut named, mut bare) = (0, 0);
    for (edge, _) in manifest::platforms(graph, &below) {
        match platforms(graph, documents, &edge).len() {
            0 => bare += 1,
            count => named += count,
        }
    }
    let named = (named > 0).then(|| counted(named, "platform", "platforms"));
    let bare = (bare > 0).then(|| counted(bare, "manifest", "manifests"));
    named.into_iter().chain(bare).collect::<Vec<_>>().join(", ")
}

/// How many layers a manifest has: repeated ones, and those that cannot be read, are layers.
pub(super) fn layer_count(graph: &Graph, documents: &dyn Documents, node: NodeId) -> usize {
    let document = graph
        .digest_of(node)
        .and_then(|digest| documents.manifest(&digest));
    document.map_or_else(
        || {
            let edges = graph.outgoing(node).into_iter();
            edges.filter(|edge| edge.kind == EdgeKind::Layer).count()
        },
        |document| document.layers.total(),
    )
}

/// `layer 2`; of one that stands several times in its manifest, `layers 1, 3`.
pub fn layer_label(graph: &Graph, documents: &dyn Documents, edge: &EdgeView) -> String {
    let places = Described::of(graph, documents, edge).map(|described| described.places);
    let places = places.unwrap_or_else(|| vec![edge.position]);
    let told = places.iter().take(PLACES_TOLD);
    let told: Vec<_> = told
        .map(|place| (u64::from(*place) + 1).to_string())
        .collect();
    match (told.as_slice(), places.len() - told.len()) {
        ([only], 0) => format!("layer {only}"),
        (_, 0) => format!("layers {}", told.join(", ")),
        (_, more) => format!("layers {} and {more} more", told.join(", ")),
    }
}

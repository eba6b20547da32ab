//! Every annotation and label, with where each came from, and where they disagree.

use std::collections::BTreeMap;

use crate::content::Content;
use crate::graph::{EdgeKind, EdgeView, Graph, NodeId};
use crate::insight::outline::{Described, image_config};
use crate::oci::{Annotations, RemoteText};

use super::{Field, Tone};

/// Keys that everybody uses are told without this.
const COMMON: &str = "org.opencontainers.image.";

/// The annotations of a manifest, those that the holder over `edge` has for it, and the labels of its config.
pub(super) fn fields(
    graph: &Graph,
    content: &Content,
    node: NodeId,
    edge: Option<&EdgeView>,
) -> Vec<Field> {
    let manifest = graph
        .digest_of(node)
        .and_then(|digest| content.manifest(&digest));
    let mut found: BTreeMap<RemoteText, Vec<(RemoteText, &'static str)>> = BTreeMap::new();
    let mut add = |annotations: &Annotations, source: &'static str| {
        for (key, value) in annotations {
            found
                .entry(key.clone())
                .or_default()
                .push((value.clone(), source));
        }
    };
    if let Some(manifest) = &manifest {
        let source = if graph.kind(node) == crate::graph::NodeKind::Index {
            "index annotation"
        } else {
            "manifest annotation"
        };
        add(&manifest.annotations, source);
        if let Some(config) = image_config(content, manifest) {
            add(&config.labels, "config label");
        }
    }
    let described = edge.and_then(|edge| Some((edge, Described::of(graph, content, edge)?)));
    if let Some((edge, described)) = &described {
        let source = match edge.kind {
            EdgeKind::Child => "entry in the index",
            _ => "descriptor in the manifest",
        };
        for descriptor in described.descriptors() {
            add(&descriptor.annotations, source);
        }
    }
    // The common keys first, then the rest by name.
    let (common, rest): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|(key, _)| key.as_str().starts_with(COMMON));
    let all = common.into_iter().chain(rest);
    all.flat_map(|(key, values)| of_key(&key, values)).collect()
}

/// The lines of one key: values that agree are one line, and the first one is followed by those that do not.
fn of_key(key: &RemoteText, values: Vec<(RemoteText, &'static str)>) -> Vec<Field> {
    let mut distinct: Vec<(RemoteText, Vec<&'static str>)> = Vec::new();
    for (value, source) in values {
        match distinct.iter_mut().find(|(other, _)| *other == value) {
            // One blob may stand in a manifest several times, and be described alike.
            Some((_, sources)) if sources.contains(&source) => {}
            Some((_, sources)) => sources.push(source),
            None => distinct.push((value, vec![source])),
        }
    }
    let shown = key.to_string();
    let name = shown.strip_prefix(COMMON).unwrap_or(&shown);
    let lines = distinct.into_iter().enumerate();
    lines
        .map(|(index, (value, sources))| {
            let (name, tone) = match index {
                0 => (name, Tone::Plain),
                _ => ("", Tone::Conflict),
            };
            let value = crate::oci::remote_text::clean(value.as_str()).into_owned();
            Field::new(name, value)
                .noted(sources.join(", "))
                .toned(tone)
        })
        .collect()
}

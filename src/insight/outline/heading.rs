//! The row of a heading: how many stand below it, and which.

use std::collections::BTreeSet;

use crate::graph::{EdgeKind, Graph, NodeId};
use crate::words::counted;

use super::listed::layer_count;
use super::row::{Presence, Row};
use super::{Documents, Fold};

/// How many endings of digest tags a heading tells.
const SUFFIXES_TOLD: usize = 6;

pub(super) fn of_fold(
    graph: &Graph,
    documents: &dyn Documents,
    fold: &Fold,
    (of, count): (NodeId, usize),
) -> Row {
    let (label, description) = match fold {
        Fold::Namespace(namespace) => (
            format!("{namespace}/"),
            counted(count, "repository", "repositories"),
        ),
        Fold::Line(line) => (line.to_string(), counted(count, "version", "versions")),
        Fold::NoVersion => (format!("no version ({count})"), String::new()),
        Fold::DigestTags => (
            format!("digest tags ({count})"),
            digest_tag_suffixes(graph, of),
        ),
        Fold::Untagged => (
            format!("untagged ({count})"),
            if graph.has_listed_contents(of) {
                "no tag leads here".to_owned()
            } else {
                "no tag that was read leads here".to_owned()
            },
        ),
        Fold::GoneSubjects => (
            format!("subjects that are gone ({count})"),
            "their referrers are still here".to_owned(),
        ),
        Fold::Unreferenced => (
            format!("unreferenced blobs ({count})"),
            "no manifest names them".to_owned(),
        ),
        Fold::Layers => {
            let edges = graph.outgoing(of).into_iter();
            let sizes = edges
                .filter(|edge| edge.kind == EdgeKind::Layer)
                .map(|edge| graph.view(edge.to).size);
            return Row {
                label: format!("layers ({})", layer_count(graph, documents, of)),
                size: sizes.sum(),
                presence: Presence::Heading,
                ..Row::default()
            };
        }
    };
    Row {
        label,
        description,
        presence: Presence::Heading,
        ..Row::default()
    }
}

/// The endings of a repository's digest tags, each once.
fn digest_tag_suffixes(graph: &Graph, repository: NodeId) -> String {
    let mut suffixes = BTreeSet::new();
    for edge in graph.outgoing(repository) {
        let Some(name) = graph.tag_name(edge.to) else {
            continue;
        };
        if crate::oci::tag::DigestTag::parse(name.as_str()).is_none() {
            continue;
        }
        let shown = name.to_string();
        // `sha256-…` alone is the referrers tag schema.
        let suffix = match shown.split_once('.') {
            Some((_, suffix)) => format!(".{suffix}"),
            None => shown
                .split_once('-')
                .map_or(shown.clone(), |(name, _)| format!("{name}-*")),
        };
        suffixes.insert(suffix);
    }
    let told: Vec<&str> = suffixes
        .iter()
        .map(String::as_str)
        .take(SUFFIXES_TOLD)
        .collect();
    match suffixes.len().saturating_sub(SUFFIXES_TOLD) {
        0 => told.join(" "),
        more => format!("{} and {more} more", told.join(" ")),
    }
}

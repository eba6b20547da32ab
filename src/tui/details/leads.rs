//! What leads to a node: the shortest paths, and the tags.

use crate::content::Content;
use crate::graph::{EdgeKind, Graph, NodeId, Step};
use crate::insight::freshness::Version;

use super::{Field, Tone, path_in_words};

/// Paths that are told; `U` has more.
const PATHS: usize = 3;
/// Paths that are looked at for distinct ones and for tags.
const PATHS_LOOKED_AT: usize = 40;
/// Names of tags that are told.
const TAGS: usize = 12;

/// The shortest paths to a node. Those that differ only in the name of their tag are one: `kept by` has the names.
pub(super) fn paths(graph: &Graph, content: &Content, node: NodeId) -> Vec<Field> {
    let paths = graph.paths(node, PATHS_LOOKED_AT);
    if paths.is_empty() {
        return vec![Field::new("found by", "nothing leads here from a tag").toned(Tone::Hole)];
    }
    let after_tag = |steps: &[Step]| {
        let steps = steps
            .iter()
            .filter(|step| !matches!(step.kind, EdgeKind::Contains | EdgeKind::Names));
        steps.map(|step| step.id).collect::<Vec<_>>()
    };
    let detail = |steps: &[Step]| {
        let named = steps.iter().find(|step| step.kind == EdgeKind::Names);
        let tag = named.and_then(|step| graph.tag_name(step.from));
        let version = tag.and_then(|tag| Version::parse(tag.as_str()));
        version.map_or(0, |version| version.numbers().len())
    };
    let mut distinct: Vec<&Vec<Step>> = Vec::new();
    for steps in &paths {
        match distinct
            .iter_mut()
            .find(|before| after_tag(before) == after_tag(steps))
        {
            // The tag with the most numbers is the most specific one.
            Some(before) if detail(before) < detail(steps) => *before = steps,
            Some(_) => {}
            None => distinct.push(steps),
        }
    }
    let lines: Vec<_> = distinct
        .into_iter()
        .map(|steps| path_in_words(graph, content, steps, " › "))
        .collect();
    let more = lines.len().saturating_sub(PATHS);
    let mut fields: Vec<_> = lines
        .into_iter()
        .take(PATHS)
        .enumerate()
        .map(|(index, words)| Field::new(if index == 0 { "found by" } else { "" }, words))
        .collect();
    if more > 0 {
        fields.push(Field::new("", format!("and {more} more; U shows them")));
    }
    fields
}

/// The tags that lead to a node.
pub(super) fn kept_by(graph: &Graph, node: NodeId) -> Option<Field> {
    let mut tags: Vec<String> = Vec::new();
    for steps in graph.paths(node, PATHS_LOOKED_AT) {
        let named = steps.iter().find(|step| step.kind == EdgeKind::Names);
        let tag = named
            .and_then(|step| graph.tag_name(step.from))
            .map(ToString::to_string);
        tags.extend(tag.filter(|tag| !tags.contains(tag)));
    }
    // By what they say, not by when they were heard of: the most specific first.
    let detail = |tag: &str| Version::parse(tag).map_or(0, |version| version.numbers().len());
    tags.sort_by(|one, other| (detail(other), one).cmp(&(detail(one), other)));
    let more = tags.len().saturating_sub(TAGS);
    tags.truncate(TAGS);
    let mut words = tags.join(", ");
    if more > 0 {
        words = format!("{words} and {more} more");
    }
    (!words.is_empty()).then(|| Field::new("kept by", words))
}

//! The overview: from what identifies the thing to what is wrong with it.

use std::collections::HashSet;

use crate::content::Content;
use crate::graph::{EdgeKind, EdgeView, Graph, NodeId, NodeKind, NodeState};
use crate::insight;
use crate::insight::marks::Mark;
use crate::insight::outline::{self, Entry, Fold, Outline, Row, What, short_media_type};
use crate::oci::{Absence, AbsenceKind, Asked, RemoteText};
use crate::words::{bytes, counted, grouped};

use super::{Field, Tone, annotations, evidence, layers, leads, subjects};

/// Tags of one manifest that are told: more than a person reads, and few enough to be laid out in every frame.
const ALIASES: usize = 200;

/// The title of the pane.
pub(super) fn title(row: &Row) -> String {
    match row.kind.word() {
        "" => row.label.clone(),
        kind => format!("{}  {kind}", row.label),
    }
}

pub(super) fn fields(
    graph: &Graph,
    content: &Content,
    outline: &Outline,
    entry: &Entry,
    row: &Row,
) -> Vec<Field> {
    match &entry.what {
        What::Pending(_) => vec![Field::new("state", "nothing is known yet")],
        What::Registry(node) => of_registry(graph, *node),
        What::Repository(node) => of_repository(graph, outline, *node),
        What::Fold { fold, of, .. } => of_fold(graph, fold, *of, row),
        What::Note(node, asked) => of_note(graph, *node, *asked, row),
        What::Tags(tags) => {
            let mut fields = of_tags(graph, tags);
            if let Some(node) = entry.path.node() {
                fields.push(Field::gap());
                fields.extend(of_object(graph, content, node, None, row));
            }
            fields
        }
        What::Object {
            node,
            edge,
            is_repeat,
        } => {
            let mut fields = of_object(graph, content, *node, edge.as_ref(), row);
            if *is_repeat {
                let words =
                    "it stands on the path to this row already, so nothing is shown under it";
                fields.insert(0, Field::new("again", words));
            }
            fields
        }
    }
}

fn of_registry(graph: &Graph, node: NodeId) -> Vec<Field> {
    let view = graph.view(node);
    let mut fields = vec![Field::new(
        "registry",
        view.origin.map(ToString::to_string).unwrap_or_default(),
    )];
    let told = outline::repositories_told(graph, node);
    fields.push(listed(graph, node, Asked::Catalog, &told));
    fields
}

fn of_repository(graph: &Graph, outline: &Outline, node: NodeId) -> Vec<Field> {
    let view = graph.view(node);
    let (_, lines) = outline.tag_counts(graph, node);
    let mut fields = vec![
        Field::new(
            "repository",
            view.repository.map(ToString::to_string).unwrap_or_default(),
        ),
        listed(graph, node, Asked::Tags, &outline.tags_told(graph, node)),
    ];
    if lines > 0 {
        fields.push(Field::new("versions", counted(lines, "line", "lines")));
    }
    if view.is_gone {
        let words = "it was in the catalog and is not any more";
        fields.push(Field::new("gone", words).toned(Tone::Hole));
    }
    fields
}

/// The line of a list: what it has, which is empty where nothing is known of it, and how sure that is.
fn listed(graph: &Graph, node: NodeId, asked: Asked, found: &str) -> Field {
    let register = graph.asked(node, asked);
    match register.and_then(|register| register.standing_failure()) {
        Some(absence) => {
            let before = if found.is_empty() { "" } else { "; " };
            let value = format!(
                "{found}{before}{} ({}), r asks again",
                absence.kind.name(),
                absence.reason
            );
            Field::new("lists", value).toned(Tone::Hole)
        }
        None if register.is_none() => {
            Field::new("lists", "not asked; open it to ask").toned(Tone::Hole)
        }
        None if graph.is_complete(node, asked) => Field::new("lists", found),
        None if found.is_empty() => Field::new("lists", "loading").toned(Tone::Hole),
        None => Field::new("lists", format!("{found} so far")).toned(Tone::Hole),
    }
}

fn of_fold(graph: &Graph, fold: &Fold, of: NodeId, row: &Row) -> Vec<Field> {
    let words = match fold {
        Fold::Namespace(_) => "repositories whose paths begin alike",
        Fold::Line(_) => "versions that share their first two numbers, the newest first",
        Fold::NoVersion => "tags that state no version: words, dates, hashes of commits",
        Fold::DigestTags => {
            "tags with a digest in their name: referrers of registries without the API, \
             and what cosign and others keep that way. What they name stands under what it is about, too"
        }
        Fold::Untagged if !graph.has_listed_contents(of) => {
            "manifests that others are about, or that a tag named before, and that no tag, index or \
             subject that was read leads to. A registry's API does not list these: a tag that was not \
             read may lead there"
        }
        Fold::Untagged => {
            "manifests that the repository holds and that no tag, index or subject leads to. \
             A registry's API does not list these"
        }
        Fold::GoneSubjects => {
            "manifests that were deleted, while what was said about them was not: signatures, \
             SBOMs and the like that are about nothing any more"
        }
        Fold::Unreferenced => "blobs that the repository holds and no manifest names",
        Fold::Layers => "the layers, base first",
    };
    let mut fields = vec![Field::new("", words)];
    if !row.description.is_empty() {
        fields.push(Field::new("has", row.description.clone()));
    }
    fields.extend(
        row.also
            .first()
            .map(|newest| Field::new("", newest.clone())),
    );
    if let Some(size) = row.size {
        fields.push(Field::new("size", bytes(size)));
    }
    fields
}

fn of_note(graph: &Graph, node: NodeId, asked: Asked, row: &Row) -> Vec<Field> {
    let mut fields = vec![Field::new("", row.label.clone())];
    let state = row.state.filter(|mark| *mark != Mark::None);
    if let Some(mark) = state {
        fields.push(Field::new("state", mark.words()).toned(Tone::Hole));
    }
    if matches!(asked, Asked::Catalog) && graph.absence(node).is_some() {
        let words = "many registries have no catalog, or show it to few: name a repository, as in HOST/team/app; \
                     enter asks for one";
        fields.push(Field::new("instead", words));
    }
    if state.is_some() {
        fields.push(Field::new("", "r asks again"));
    }
    fields
}

fn of_tags(graph: &Graph, tags: &[NodeId]) -> Vec<Field> {
    let more = tags.len().saturating_sub(ALIASES);
    let tags = tags.get(..tags.len() - more).unwrap_or_default();
    let names = tags.iter().filter_map(|tag| graph.tag_name(*tag));
    let names: Vec<_> = names.map(ToString::to_string).collect();
    let name = if names.len() == 1 { "tag" } else { "tags" };
    let mut told = names.join(", ");
    if more > 0 {
        told = format!("{told} and {} more", grouped(more as u64));
    }
    let mut fields = vec![Field::new(name, told)];
    for tag in tags {
        let history = graph.history(*tag);
        let shown = graph
            .tag_name(*tag)
            .map(ToString::to_string)
            .unwrap_or_default();
        if history.len() > 1 {
            let before = history
                .iter()
                .skip(1)
                .filter_map(|naming| graph.digest_of(naming.manifest));
            let before: Vec<_> = before.map(|digest| digest.short()).collect();
            fields.push(Field::new(
                "moved",
                format!("{shown} named {} before", before.join(", ")),
            ));
        }
        if graph.is_gone(*tag) {
            let why = graph.absence(*tag).filter(|absence| is_missing(absence));
            let why = why.map(|absence| format!(" ({}), r asks again", absence.reason));
            let words = format!(
                "{shown} was there and is not any more{}",
                why.unwrap_or_default()
            );
            fields.push(Field::new("gone", words).toned(Tone::Hole));
        }
    }
    // What could not be read of the manifest that they name is its own state, told below.
    let is_told = |tag: NodeId, absence: &Absence| graph.is_gone(tag) && is_missing(absence);
    let first = tags.first().copied();
    let absence = first.and_then(|tag| Some((tag, graph.absence(tag)?)));
    if let Some((_, absence)) = absence.filter(|(tag, absence)| !is_told(*tag, absence)) {
        let words = format!("{} ({}), r asks again", absence.kind.name(), absence.reason);
        fields.push(Field::new("asking", words).toned(Tone::Hole));
    }
    fields
}

fn is_missing(absence: &Absence) -> bool {
    absence.kind == AbsenceKind::Missing
}

fn of_object(
    graph: &Graph,
    content: &Content,
    node: NodeId,
    edge: Option<&EdgeView>,
    row: &Row,
) -> Vec<Field> {
    let mut fields = Vec::new();
    fields.extend(state(graph, node));
    fields.extend(problems(graph, content, node));
    let mut block = |title: &str, lines: Vec<Field>| {
        if !lines.is_empty() {
            if !fields.is_empty() {
                fields.push(Field::gap());
            }
            fields.push(Field::block(title));
            fields.extend(lines);
        }
    };
    block("MADE OF", made_of(graph, content, node, edge, row));
    block("KNOWN", evidence::fields(graph, content, node));
    block("IF DELETED", if_deleted(graph, node));
    block("WHERE", identity(graph, content, node, edge));
    fields
}

/// What it is: size, platform, date, what runs, and all that its makers state.
fn made_of(
    graph: &Graph,
    content: &Content,
    node: NodeId,
    edge: Option<&EdgeView>,
    row: &Row,
) -> Vec<Field> {
    let mut fields: Vec<Field> = size(graph, node, row).into_iter().collect();
    let platforms = match edge {
        Some(edge) if edge.kind == EdgeKind::Child => outline::platforms(graph, content, edge),
        _ => plain(graph.view(node).platform)
            .map(|platform| platform.to_string())
            .into_iter()
            .collect(),
    };
    if !platforms.is_empty() {
        fields.push(Field::new("platform", platforms.join(", ")));
    }
    if let Some(created) = row.created {
        let date = created.strftime("%Y-%m-%d %H:%M UTC").to_string();
        fields.push(Field::new("created", date).noted("stated by the publisher"));
    }
    fields.extend(layers::elsewhere_of(graph, content, edge));
    fields.extend(subjects::fields(graph, node));
    fields.extend(runs(graph, content, node));
    fields.extend(annotations::fields(graph, content, node, edge));
    fields
}

/// What stands in the way of a deletion, before the rules of the registry are asked.
fn if_deleted(graph: &Graph, node: NodeId) -> Vec<Field> {
    let mut fields: Vec<Field> = leads::kept_by(graph, node).into_iter().collect();
    if graph.kind(node).is_manifest() {
        let words = "x tells what would go, break or stay by the rules of the registry";
        fields.push(Field::new("", words).toned(Tone::Faint));
    }
    fields
}

/// What it goes by, and how it was found.
fn identity(graph: &Graph, content: &Content, node: NodeId, edge: Option<&EdgeView>) -> Vec<Field> {
    let view = graph.view(node);
    let mut fields = Vec::new();
    if let Some(digest) = view.digest {
        fields.push(Field::new("digest", digest.to_string()));
    }
    if let Some(media_type) = plain(view.media_type) {
        fields.push(media_type_field("media type", &media_type));
    }
    if let Some(artifact_type) = plain(view.artifact_type) {
        fields.push(Field::new("artifact", artifact_type.to_string()));
    }
    fields.extend(leads::paths(graph, content, node));
    if let Some(edge) = edge {
        let ways: Vec<_> = edge.found_by.iter().map(evidence::way_in_words).collect();
        fields.push(Field::new("told by", ways.join(", ")));
    }
    fields
}

/// A text that says something.
fn plain(text: Option<&RemoteText>) -> Option<RemoteText> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn media_type_field(name: &str, media_type: &RemoteText) -> Field {
    let (short, exact) = (short_media_type(media_type), media_type.to_string());
    if exact.ends_with(&short) {
        Field::new(name, exact)
    } else {
        Field::new(name, short).noted(exact)
    }
}

fn size(graph: &Graph, node: NodeId, row: &Row) -> Option<Field> {
    let own = graph.view(node).size?;
    if graph.kind(node) == NodeKind::Blob {
        let holders = graph.holders(node);
        let count = holders.layers + holders.configs;
        let shared = if count > 1 {
            format!(", in {count} manifests")
        } else {
            String::new()
        };
        return Some(Field::new("size", format!("{}{shared}", bytes(own))));
    }
    let mut words = bytes(own);
    if let Some(all) = row.size.filter(|all| *all != own) {
        words = format!("{words}, with all that it names {}", bytes(all));
        let shared = shared_bytes(graph, node);
        if shared > 0 {
            words = format!("{words}, of it {} shared with others", bytes(shared));
        }
    }
    Some(Field::new("size", words))
}

/// Bytes of layers below a manifest that manifests elsewhere have too.
fn shared_bytes(graph: &Graph, node: NodeId) -> u64 {
    let edges = graph.outgoing(node);
    let children = edges
        .iter()
        .filter(|edge| edge.kind == EdgeKind::Child)
        .map(|edge| edge.to);
    let inside: HashSet<NodeId> = children.chain([node]).collect();
    let layers: HashSet<NodeId> = inside
        .iter()
        .flat_map(|manifest| graph.outgoing(*manifest))
        .filter(|edge| edge.kind == EdgeKind::Layer)
        .map(|edge| edge.to)
        .collect();
    let is_shared = |layer: &NodeId| {
        let holders = [EdgeKind::Layer, EdgeKind::Config].into_iter();
        holders
            .flat_map(|kind| graph.incoming_of(*layer, kind))
            .any(|edge| !inside.contains(&edge.from))
    };
    let sizes = layers
        .into_iter()
        .filter(is_shared)
        .filter_map(|layer| graph.view(layer).size);
    sizes.fold(0, u64::saturating_add)
}

fn state(graph: &Graph, node: NodeId) -> Option<Field> {
    let field = match (graph.state(node), graph.absence(node)) {
        (NodeState::Loaded, _) => return None,
        (NodeState::NotAsked, None) if graph.kind(node) == NodeKind::Blob => return None,
        (NodeState::NotAsked, None) => Field::new("state", "not read yet"),
        (state, None) => Field::new("state", state.name()),
        (state, Some(absence)) => Field::new(
            "state",
            format!("{} ({}), r asks again", state.name(), absence.reason),
        ),
    };
    Some(field.toned(Tone::Hole))
}

/// What an image does when it is started.
fn runs(graph: &Graph, content: &Content, node: NodeId) -> Vec<Field> {
    let manifest = graph
        .digest_of(node)
        .and_then(|digest| content.manifest(&digest));
    let config = manifest.and_then(|manifest| outline::image_config(content, &manifest));
    let Some(config) = config else {
        return Vec::new();
    };
    let words: Vec<_> = config
        .entrypoint
        .iter()
        .chain(&config.cmd)
        .map(ToString::to_string)
        .collect();
    let mut fields = Vec::new();
    if !words.is_empty() {
        fields.push(Field::new("runs", words.join(" ")));
    }
    if let Some(user) = &config.user {
        fields.push(Field::new("as user", user.to_string()));
    }
    fields
}

/// What is wrong with the documents.
fn problems(graph: &Graph, content: &Content, node: NodeId) -> Vec<Field> {
    let digest = graph.digest_of(node);
    let manifest = digest.and_then(|digest| content.manifest(&digest));
    let config = digest
        .and_then(|digest| content.config(&digest))
        .or_else(|| {
            let descriptor = manifest.as_ref()?.config.as_ref()?;
            content.config(&descriptor.digest)
        });
    let mut problems: Vec<String> = Vec::new();
    if manifest.is_some() {
        let found = insight::problems::problems(graph, content, node);
        problems.extend(found.iter().map(ToString::to_string));
    }
    if let Some(config) = &config {
        problems.extend(
            config
                .problems
                .iter()
                .map(|problem| format!("config: {problem}")),
        );
    }
    let lines = problems.into_iter().enumerate();
    lines
        .map(|(index, problem)| {
            let name = if index == 0 { "problems" } else { "" };
            Field::new(name, problem).toned(Tone::Conflict)
        })
        .collect()
}

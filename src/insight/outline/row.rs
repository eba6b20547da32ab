//! One row with all that is shown of it.

use jiff::Timestamp;

use crate::graph::{EdgeKind, EdgeView, FoundBySet, Graph, NodeId, NodeKind};
use crate::insight::marks::{self, Mark, Marks};
use crate::oci::tag::{DigestTag, DigestTagKind};
use crate::oci::{Absence, AbsenceKind, Address, Asked, RemoteText, Role, media_type};
use crate::words::counted;

use super::heading::of_fold;
use super::listed::{self, Described};
use super::measure::{content_size, created};
use super::{Documents, Entry, Fold, What, manifest, short_media_type, thing};

/// A row of the tree. All texts are cleaned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What it is called.
    pub label: String,
    /// Further names of the same: of tags, the other tags; of a line, its newest version.
    pub also: Vec<String>,
    /// What kind of thing it is.
    pub kind: RowKind,
    /// The rest that is worth a look: number of platforms, format.
    pub description: String,
    /// Bytes, with everything that belongs to it counted once; absent where not all of it is known.
    pub size: Option<u64>,
    /// When it was made, as the publisher states.
    pub created: Option<Timestamp>,
    /// What is attached to it; absent for what nothing is attached to.
    pub marks: Option<Marks>,
    /// What is not known of its own bytes.
    pub state: Option<Mark>,
    /// Why its bytes could not be had.
    pub absence: Option<Absence>,
    /// How it stands here.
    pub presence: Presence,
    /// Whether it can be opened.
    pub has_children: bool,
    /// How it was found here.
    pub found_by: FoundBySet,
}

/// What kind of thing a row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowKind {
    /// A blob, a heading or a note: what it is stands in its label.
    #[default]
    Unnamed,
    /// A registry.
    Registry,
    /// A repository.
    Repository,
    /// A tag of which it is not known what it names.
    Tag,
    /// What refers to what it stands under.
    Referrer,
    /// A manifest, in one word.
    Thing(&'static str),
}

impl RowKind {
    /// The kind in one word; empty where it needs none.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unnamed => "",
            Self::Registry => "registry",
            Self::Repository => "repository",
            Self::Tag => "tag",
            Self::Referrer => "referrer",
            Self::Thing(word) => word,
        }
    }
}

/// How a row stands in the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    #[default]
    Here,
    /// It was there and is gone.
    Gone,
    /// It stands on the path already, so that nothing is shown under it.
    Repeated,
    /// It is a heading.
    Heading,
    /// It says why nothing stands here.
    Note,
}

pub(super) fn describe(
    graph: &Graph,
    documents: &dyn Documents,
    entry: &Entry,
    names_told: usize,
) -> Row {
    match &entry.what {
        What::Pending(key) => pending(key),
        What::Registry(node) => Row {
            label: graph
                .view(*node)
                .origin
                .map(ToString::to_string)
                .unwrap_or_default(),
            kind: RowKind::Registry,
            ..of_node(graph, *node)
        },
        What::Repository(node) => repository(graph, entry, *node),
        What::Tags(tags) => of_tags(graph, documents, entry, (tags, names_told)),
        What::Object {
            node,
            edge,
            is_repeat,
        } => {
            let mut row = of_object(graph, documents, *node);
            row.label = label(graph, documents, *node, edge.as_ref());
            row.found_by = edge.map(|edge| edge.found_by).unwrap_or_default();
            if let Some(stated) = stated_here(graph, documents, entry) {
                row.description = stated;
            }
            if *is_repeat {
                row.presence = Presence::Repeated;
            }
            if edge.is_some_and(|edge| edge.kind == EdgeKind::Subject) {
                row.kind = RowKind::Referrer;
            }
            row
        }
        What::Fold {
            fold,
            of,
            count,
            told,
        } => {
            let mut row = of_fold(graph, documents, fold, (*of, *count));
            if let Fold::Line(_) = fold {
                let newest = told.first().and_then(|tag| graph.target(*tag));
                row.created = newest.and_then(|target| created(graph, documents, target));
            }
            if row.description.is_empty() {
                row.description = names(graph, told);
            }
            if let (Fold::Line(_), [newest]) = (fold, told.as_slice()) {
                row.also = vec![format!("newest {}", names(graph, &[*newest]))];
            }
            row
        }
        What::Note(node, asked) => of_note(graph, *node, *asked),
    }
}

fn gone(graph: &Graph, node: NodeId) -> Presence {
    if graph.is_gone(node) {
        Presence::Gone
    } else {
        Presence::Here
    }
}

fn names(graph: &Graph, tags: &[NodeId]) -> String {
    let names = tags.iter().filter_map(|tag| graph.tag_name(*tag));
    names
        .map(|name| name.spelled().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// `214 tags`, and with a `+` where the list is not known to its end; of a list of which nothing is known, nothing: a
/// list that failed or was not asked for is not an empty one.
pub(super) fn list_count(
    graph: &Graph,
    (node, asked): (NodeId, Asked),
    count: usize,
    (one, many): (&str, &str),
) -> String {
    match (count, graph.is_complete(node, asked)) {
        (0, false) => String::new(),
        (_, true) => counted(count, one, many),
        (_, false) => format!("{count}+ {many}"),
    }
}

fn pending(key: &crate::oci::Address) -> Row {
    let label = match key {
        Address::Registry(origin) => origin.to_string(),
        Address::Repository(repository) => repository.to_string(),
        Address::Tag(repository, tag) => format!("{repository}:{tag}"),
        Address::Object(repository, digest) => format!("{repository}@{}", digest.short()),
    };
    Row {
        label,
        state: Some(Mark::NotAsked),
        ..Row::default()
    }
}

fn of_node(graph: &Graph, node: NodeId) -> Row {
    Row {
        state: marks::of_state(graph, node),
        absence: graph.absence(node).cloned(),
        presence: gone(graph, node),
        ..Row::default()
    }
}

fn repository(graph: &Graph, entry: &Entry, node: NodeId) -> Row {
    let is_root = entry.path.parent().is_none();
    let repository = graph.repository_of(node);
    let label = repository.map(|repository| {
        if is_root || repository.path.is_empty() {
            repository.to_string()
        } else {
            repository.path.spelled().into_owned()
        }
    });
    Row {
        label: label.unwrap_or_default(),
        kind: RowKind::Repository,
        ..of_node(graph, node)
    }
}

fn of_tags(
    graph: &Graph,
    documents: &dyn Documents,
    entry: &Entry,
    (tags, names_told): (&[NodeId], usize),
) -> Row {
    let name = |tag: &NodeId| {
        graph
            .tag_name(*tag)
            .map(|name| name.spelled().into_owned())
            .unwrap_or_default()
    };
    let first = tags.first().copied();
    let mut row = match (entry.path.node(), first) {
        (Some(target), _) => of_object(graph, documents, target),
        (None, Some(tag)) => Row {
            kind: RowKind::Tag,
            ..of_node(graph, tag)
        },
        (None, None) => Row::default(),
    };
    let label = first.as_ref().map(name).unwrap_or_default();
    let is_root_with_place = entry.path.parent().is_none();
    row.label = match first.and_then(|tag| graph.repository_of(tag)) {
        Some(repository) if is_root_with_place => format!("{repository}:{label}"),
        _ => label,
    };
    row.also = tags.iter().skip(1).take(names_told).map(name).collect();
    row.presence = first.map(|tag| gone(graph, tag)).unwrap_or_default();
    // "1.4.1, but asking again failed just now."
    if let Some(absence) = first.and_then(|tag| graph.absence(tag)) {
        let is_told = row.presence == Presence::Gone && absence.kind == AbsenceKind::Missing;
        row.state = (!is_told).then(|| absence.kind.into());
        row.absence = Some(absence.clone());
    }
    row
}

fn of_object(graph: &Graph, documents: &dyn Documents, node: NodeId) -> Row {
    let kind = graph.kind(node);
    let mut row = Row {
        kind: RowKind::Thing(thing(graph, node)),
        description: description(graph, documents, node),
        size: content_size(graph, node),
        created: created(graph, documents, node),
        ..of_node(graph, node)
    };
    if kind == NodeKind::Blob {
        row.kind = RowKind::Unnamed;
        // Nobody asks for the bytes of a layer; that is no hole.
        row.state = row.absence.as_ref().map(|absence| absence.kind.into());
    } else if marks::wants_evidence(graph, node) {
        row.marks = Some(marks::of_manifest(graph, documents, node));
    }
    row
}

/// What the manifest above says that a blob is. Another manifest may say otherwise of the same bytes: `{}` is the
/// config of everything.
fn stated_here(graph: &Graph, documents: &dyn Documents, entry: &Entry) -> Option<String> {
    let What::Object {
        node,
        edge: Some(edge),
        ..
    } = &entry.what
    else {
        return None;
    };
    if graph.kind(*node) != NodeKind::Blob {
        return None;
    }
    let described = Described::of(graph, documents, edge)?;
    let first = described.descriptors().next()?;
    Some(blob_in_words(Some(&first.media_type)))
}

/// A blob's media type, where it says something.
fn blob_in_words(media_type: Option<&RemoteText>) -> String {
    let is_plain =
        |text: &&RemoteText| !text.is_empty() && !media_type::is_image_config(text.as_str());
    media_type
        .filter(is_plain)
        .map(short_media_type)
        .unwrap_or_default()
}

/// Whether a tag of the referrers tag schema names an index: then it lists referrers, not platforms.
fn is_fallback_index(graph: &Graph, index: NodeId) -> bool {
    graph
        .incoming_of(index, EdgeKind::Names)
        .filter_map(|edge| DigestTag::parse(graph.tag_name(edge.from)?.as_str()))
        .any(|tag| tag.kind == DigestTagKind::Fallback)
}

fn label(
    graph: &Graph,
    documents: &dyn Documents,
    node: NodeId,
    edge: Option<&EdgeView>,
) -> String {
    let view = graph.view(node);
    let short = || view.digest.map(|digest| digest.short()).unwrap_or_default();
    let Some(edge) = edge else { return short() };
    match edge.kind {
        EdgeKind::Config => "config".to_owned(),
        EdgeKind::Layer if view.kind == NodeKind::Blob => {
            listed::layer_label(graph, documents, edge)
        }
        EdgeKind::Subject => match view.purpose {
            Some(purpose) if !matches!(purpose.role, Role::Other | Role::Image) => {
                purpose.role.name().to_owned()
            }
            _ => "artifact".to_owned(),
        },
        EdgeKind::Child => {
            let platforms = listed::platforms(graph, documents, edge);
            match view.purpose {
                _ if !platforms.is_empty() => platforms.join(", "),
                Some(purpose) if purpose.role != Role::Image => thing(graph, node).to_owned(),
                _ => short(),
            }
        }
        _ => short(),
    }
}

fn description(graph: &Graph, documents: &dyn Documents, node: NodeId) -> String {
    let view = graph.view(node);
    let format = view
        .purpose
        .map(|purpose| purpose.format)
        .unwrap_or_default();
    let role = view.purpose.map(|purpose| purpose.role);
    match view.kind {
        NodeKind::Index if role.is_none_or(|role| role == Role::Image) => {
            if is_fallback_index(graph, node) {
                let below = graph.below(node);
                let listed = manifest::platforms(graph, &below).len();
                counted_if_any(listed, "referrer", "referrers")
            } else {
                listed::index_in_words(graph, documents, node)
            }
        }
        NodeKind::Manifest if role.is_none_or(|role| role == Role::Image) => {
            let layers = listed::layer_count(graph, documents, node);
            counted_if_any(layers, "layer", "layers")
        }
        NodeKind::Blob => blob_in_words(view.media_type),
        _ if !format.is_empty() => format.to_owned(),
        _ => view
            .artifact_type
            .filter(|_| role.is_none_or(|role| role == Role::Other))
            .map(short_media_type)
            .unwrap_or_default(),
    }
}

fn of_note(graph: &Graph, node: NodeId, asked: Asked) -> Row {
    let what = match asked {
        Asked::Catalog => "the catalog",
        Asked::Tags => "the tags",
        Asked::Target => "what the tag names",
        _ => "the manifest",
    };
    let register = graph.asked(node, asked);
    let failure = register.and_then(|register| register.standing_failure());
    let was_answered = register.is_some_and(|register| register.success.is_some());
    let (label, state) = match failure {
        Some(absence) => (
            format!("{what}: {}", absence.reason),
            Some(absence.kind.into()),
        ),
        None if !was_answered => (format!("{what}: not asked"), Some(Mark::NotAsked)),
        None if !graph.is_complete(node, asked) => {
            (format!("{what}: more is coming"), Some(Mark::Loading))
        }
        None => {
            let empty = match asked {
                Asked::Catalog => "the catalog is empty",
                _ => "there are no tags",
            };
            (empty.to_owned(), Some(Mark::None))
        }
    };
    Row {
        label,
        state,
        absence: failure.cloned(),
        presence: Presence::Note,
        ..Row::default()
    }
}

fn counted_if_any(count: usize, one: &str, many: &str) -> String {
    if count == 0 {
        String::new()
    } else {
        counted(count, one, many)
    }
}

//! What can be copied from a row.

use crate::graph::{Graph, NodeId};
use crate::insight::outline::What;
use crate::oci::tag::{is_valid_repository, is_valid_tag};
use crate::oci::{Repository, Role};
use crate::tui::model::Model;

/// One thing to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    /// The key that takes it.
    pub(super) letter: char,
    /// What it is.
    pub(super) what: &'static str,
    /// The text.
    pub(super) text: String,
}

/// What the row under the cursor offers.
///
/// References and commands are offered only where repository and tag keep to the specification's grammar: what is
/// pasted into a shell must not be what a stranger named their repository.
pub(super) fn offers(model: &Model) -> Vec<Copied> {
    let Some(line) = model.tree.selected() else {
        return Vec::new();
    };
    let graph = &model.known.graph;
    let tag = match &line.entry.what {
        What::Tags(tags) => tags.first().copied(),
        _ => None,
    };
    let object = line.entry.object();
    let mut offers = Vec::new();
    let mut offer = |letter, what, text: Option<String>| {
        offers.extend(text.map(|text| Copied { letter, what, text }));
    };
    let digest = object.and_then(|node| graph.digest_of(node));
    offer('d', "digest", digest.map(|digest| digest.to_string()));
    let name = tag
        .and_then(|tag| graph.tag_name(tag))
        .filter(|name| is_valid_tag(name.as_str()));
    offer('t', "tag", name.map(|name| name.as_str().to_owned()));
    let place = tag.or(object).or_else(|| line.entry.node());
    let repository = place
        .and_then(|node| graph.repository_of(node))
        .filter(|repository| is_plain(repository));
    let reference = repository.and_then(|repository| reference(graph, repository, tag, object));
    offer('r', "reference", reference.clone());
    let pull = reference
        .zip(object)
        .and_then(|(reference, node)| pull(graph, &reference, node));
    offer('p', "pull command", pull);
    let json = model
        .details
        .document
        .and_then(|digest| model.known.content.document(&digest));
    let json = json.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    offer('j', "document", json);
    offers
}

fn is_plain(repository: &Repository) -> bool {
    let is_host = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'[' | b']')
    };
    is_valid_repository(repository.path.as_str())
        && repository.origin.0.as_str().bytes().all(is_host)
}

fn reference(
    graph: &Graph,
    repository: &Repository,
    tag: Option<NodeId>,
    object: Option<NodeId>,
) -> Option<String> {
    let name = tag
        .and_then(|tag| graph.tag_name(tag))
        .filter(|name| is_valid_tag(name.as_str()));
    match (name, object.and_then(|node| graph.digest_of(node))) {
        (Some(name), _) => Some(format!("{repository}:{name}")),
        (None, Some(digest)) => Some(format!("{repository}@{digest}")),
        (None, None) if tag.is_none() => Some(repository.to_string()),
        (None, None) => None,
    }
}

fn pull(graph: &Graph, reference: &str, node: NodeId) -> Option<String> {
    if !graph.kind(node).is_manifest() {
        return None;
    }
    let role = graph.purpose(node).map(|purpose| purpose.role);
    Some(match role {
        Some(Role::Image) => format!("docker pull {reference}"),
        Some(Role::Chart) => match reference.rsplit_once(':') {
            Some((place, version)) if !version.contains('/') && !reference.contains('@') => {
                // Helm writes the '+' of a version as '_' in its tag.
                format!(
                    "helm pull oci://{place} --version {}",
                    version.replace('_', "+")
                )
            }
            _ => format!("oras pull {reference}"),
        },
        _ => format!("oras pull {reference}"),
    })
}

//! What can be copied from a row.

use crate::graph::{Graph, NodeId};
use crate::insight::outline::What;
use crate::oci::tag::{is_valid_repository, is_valid_tag};
use crate::oci::{Digest, Repository, Role};
use crate::tui::model::Model;
use crate::tui::panes::tabs::commands;

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
        .as_ref()
        .zip(object)
        .and_then(|(reference, node)| pull(graph, reference, node));
    offer('p', "pull command", pull);
    let place = repository.zip(object).zip(reference.as_deref());
    for (letter, what, line) in place.map_or_else(Vec::new, |((repository, node), reference)| {
        Shown::new(graph, repository, node, reference).lines()
    }) {
        offer(letter, what, Some(line));
    }
    for (letter, line) in ('1'..='9').zip(commands(model, is_plain)) {
        offer(letter, "verify", Some(line));
    }
    let json = model
        .details
        .document
        .and_then(|digest| model.known.content.document(&digest));
    let json = json.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    offer('j', "document", json);
    offers
}

/// What the lines of other tools that show a row are made of.
struct Shown<'a> {
    /// The repository, as it is written.
    repository: String,
    /// The row's reference, by tag where it has one.
    reference: &'a str,
    digest: Option<Digest>,
    is_manifest: bool,
    /// The host, where it speaks HTTP without TLS.
    plain: Option<String>,
}

impl<'a> Shown<'a> {
    fn new(graph: &Graph, repository: &Repository, node: NodeId, reference: &'a str) -> Self {
        let host = repository.origin.0.as_str();
        let is_loopback = ["localhost", "127.", "[::1]"]
            .iter()
            .any(|start| host.starts_with(start));
        Self {
            repository: repository.to_string(),
            reference,
            digest: graph.digest_of(node),
            is_manifest: graph.kind(node).is_manifest(),
            plain: is_loopback.then(|| host.to_owned()),
        }
    }

    /// The line of each tool that shows the same thing; of a blob, the one that fetches it.
    fn lines(&self) -> Vec<(char, &'static str, String)> {
        let reference = self.reference;
        let flag = |flag: &str| {
            let is_plain = self.plain.is_some();
            if is_plain {
                format!(" {flag}")
            } else {
                String::new()
            }
        };
        let (oras, crane) = (flag("--plain-http"), flag("--insecure"));
        let cosign = flag("--allow-http-registry");
        let regctl = self.plain.as_ref();
        let regctl = regctl.map_or_else(String::new, |host| {
            format!(" --host reg={host},tls=disabled")
        });
        if self.is_manifest {
            return vec![
                ('o', "oras", format!("oras discover{oras} {reference}")),
                (
                    'g',
                    "regctl",
                    format!("regctl{regctl} manifest get {reference}"),
                ),
                ('c', "crane", format!("crane{crane} manifest {reference}")),
                ('s', "cosign", format!("cosign tree{cosign} {reference}")),
            ];
        }
        let Some(digest) = self.digest else {
            return Vec::new();
        };
        let repository = &self.repository;
        vec![
            (
                'o',
                "oras",
                format!("oras blob fetch{oras} --output - {repository}@{digest}"),
            ),
            (
                'g',
                "regctl",
                format!("regctl{regctl} blob get {repository} {digest}"),
            ),
            (
                'c',
                "crane",
                format!("crane{crane} blob {repository}@{digest}"),
            ),
        ]
    }
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

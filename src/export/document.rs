//! What documents for programs have in common: an attached document and where it stands, and what could not be known.

use schemars::JsonSchema;
use serde::Serialize;

use crate::graph::{Graph, NodeId};
use crate::insight::bills::Placed;
use crate::insight::coverage::Coverage;
use crate::insight::image::ReadDocument;
use crate::oci::json::Problem;
use crate::oci::{Digest, RemoteText};

/// An attached document: its bytes, what carries it, what it is attached to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DocumentPart {
    /// The digest of its bytes; null for a file.
    #[schemars(with = "Option<String>")]
    pub blob: Option<Digest>,
    /// The manifest that carries it; null for a file.
    #[schemars(with = "Option<String>")]
    pub manifest: Option<Digest>,
    /// The manifest that it is attached to; null for a file.
    #[schemars(with = "Option<String>")]
    pub subject: Option<Digest>,
    /// The platform of that, as `os/arch[/variant]`; null where it is an index or has none.
    #[schemars(with = "Option<String>")]
    pub platform: Option<RemoteText>,
    /// The ways in which what carries it was found.
    pub found_by: Vec<&'static str>,
    /// What it was wrapped in, the outermost first.
    pub wrapped_in: Vec<&'static str>,
    /// What is wrong with it, each with its place: a JSON path or a line.
    pub problems: Vec<ProblemPart>,
}

impl DocumentPart {
    /// The same document, where it stands.
    #[must_use]
    pub fn at(self, placed: &Placed) -> Self {
        Self {
            blob: Some(placed.blob),
            manifest: Some(placed.manifest),
            subject: Some(placed.subject_digest),
            platform: placed.platform.clone(),
            found_by: placed.found_by.iter().map(|way| way.name()).collect(),
            ..self
        }
    }
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProblemPart {
    /// Where: a JSON path or a line.
    #[schemars(with = "String")]
    pub place: RemoteText,
    /// What.
    #[schemars(with = "String")]
    pub problem: RemoteText,
}

impl From<&Problem> for ProblemPart {
    fn from(problem: &Problem) -> Self {
        Self {
            place: problem.place.clone(),
            problem: problem.what.clone(),
        }
    }
}

impl From<&ReadDocument> for DocumentPart {
    fn from(read: &ReadDocument) -> Self {
        Self {
            blob: Some(read.attached.blob.digest),
            manifest: read.carrier,
            subject: Some(read.subject),
            platform: read.platform.clone(),
            found_by: read
                .attached
                .found_by
                .iter()
                .map(|way| way.name())
                .collect(),
            wrapped_in: read
                .reading
                .wrapped_in
                .iter()
                .map(|one| one.name())
                .collect(),
            problems: read
                .reading
                .problems
                .iter()
                .map(ProblemPart::from)
                .collect(),
        }
    }
}

/// What was asked, and what could not be known. Nodes are named as references: `repository:tag`, `repository@digest`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CoveragePart {
    /// Whether nothing that was asked stayed unknown.
    complete: bool,
    /// Lists that were asked for.
    asked: Vec<AskedPart>,
    /// What was asked and could not be known.
    holes: Vec<HolePart>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
struct AskedPart {
    node: String,
    /// `catalog`, `tags` or `referrers`.
    what: &'static str,
    /// `some`, `none` or `unsupported`.
    answer: &'static str,
    by: Vec<&'static str>,
}

/// Something that could not be known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct HolePart {
    /// What it is about, as a reference.
    pub node: String,
    /// `catalog`, `tags`, `manifest`, `config`, `referrers` or `document`.
    pub what: &'static str,
    /// What kept it away.
    pub state: &'static str,
    /// Why, for a person.
    #[schemars(with = "String")]
    pub reason: RemoteText,
}

impl CoveragePart {
    /// What is known of a graph's questions, and more holes: documents that came and could not be read.
    pub fn new(graph: &Graph, known: &Coverage, more: Vec<HolePart>) -> Self {
        let asked = known.asked.iter().map(|answered| AskedPart {
            node: reference(graph, answered.node),
            what: answered.what.name(),
            answer: answered.outcome.name(),
            by: answered.by.iter().map(|way| way.name()).collect(),
        });
        let holes = known.holes.iter().map(|hole| HolePart {
            node: reference(graph, hole.node),
            what: hole.what.name(),
            state: hole.kind.name(),
            reason: hole.reason.clone(),
        });
        let mut asked: Vec<_> = asked.collect();
        let mut holes: Vec<_> = holes.chain(more).collect();
        asked.sort();
        holes.sort();
        holes.dedup();
        Self {
            complete: holes.is_empty(),
            asked,
            holes,
        }
    }

    /// Whether nothing that was asked stayed unknown.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// What could not be known.
    pub fn holes(&self) -> &[HolePart] {
        &self.holes
    }
}

/// A node as a reference: `repository:tag`, `repository@digest`, a repository's path, a registry's host. Exact, as the
/// target shows it.
pub fn reference(graph: &Graph, node: NodeId) -> String {
    let view = graph.view(node);
    let place = view.repository.map(super::tree::shown_path);
    let place = place.map_or("", RemoteText::as_str);
    match (view.tag, view.digest) {
        (Some(tag), _) => format!("{place}:{}", tag.as_str()),
        (None, Some(digest)) => format!("{place}@{digest}"),
        (None, None) if !place.is_empty() => place.to_owned(),
        (None, None) => view
            .origin
            .map_or(String::new(), |origin| origin.0.as_str().to_owned()),
    }
}

//! Why something is kept, as it is shown.

use crate::graph::{EdgeKind, Graph};
use crate::insight::impact::{KeptBy, References, Simulator, Why};
use crate::oci::remote_text::clean;
use crate::oci::{Digest, Origin};
use crate::words::{bytes, counted};

use super::document::{self, Place};
use super::names::Names;

/// Paths that are told of why something is kept.
pub(super) const PATHS: usize = 1_000;

/// One path that keeps something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// From the root down.
    pub words: String,
    /// Where it begins.
    pub place: Place,
}

/// Why something is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasons {
    /// One sentence.
    pub title: String,
    /// The paths that keep it, the shortest first.
    pub paths: Vec<Path>,
    /// How often it is named, by kind.
    pub references: String,
    /// Who shares it, beside what it was asked about.
    pub shared_with: Vec<String>,
    /// Whose rules these are.
    pub rules: String,
    /// The rule of keeping in one sentence.
    pub keeping: String,
    /// Whether not everything could be seen.
    pub is_partial: bool,
}

impl Reasons {
    pub(super) fn new(
        why: &Why,
        simulator: &Simulator,
        graph: &Graph,
        (origin, repository): (&Origin, &str),
        (is_partial, has_actions): (bool, bool),
    ) -> Self {
        let names = Names { graph, origin };
        let once = if has_actions {
            ", once these deletions are done"
        } else {
            ""
        };
        let object = simulator.inventory().object(&why.digest);
        let size = object.map_or(0, |id| simulator.inventory().size(id));
        let mut title = format!(
            "{}, {}, {}",
            names.name(repository, &why.digest, "blob"),
            bytes(size),
            verdict(why)
        );
        if !why.kept && !why.freed_by.is_empty() {
            title = format!("{title} {}", why.freed_by.join(", "));
        }
        if why.kept && why.answers == Some(false) {
            title.push_str("; no repository answers for its digest");
        }
        title.push_str(once);
        // What was asked about comes first, then the shortest.
        let mut by: Vec<&KeptBy> = why.by.iter().collect();
        by.sort_by_key(|by| (by.path.len(), place_of(by).repository != repository));
        let paths = by.into_iter().map(|by| path(names, by)).collect();
        let mut shared_with: Vec<String> = why
            .shared_with
            .iter()
            .map(|place| shared(names, place))
            .collect();
        if shared_with.len() < 2 {
            shared_with.clear();
        }
        Self {
            title: clean(&title).into_owned(),
            paths,
            references: references(why.references),
            shared_with,
            rules: document::rules(simulator, simulator.policy().evidence),
            keeping: simulator.policy().keeping(),
            is_partial,
        }
    }
}

fn verdict(why: &Why) -> String {
    match (why.kept, why.by.len()) {
        (true, 0) if why.aborted.is_some() => {
            "stays, since the collector gives up; nothing that is seen leads to it".to_owned()
        }
        (true, 0) => "is kept, and nothing that is seen leads to it".to_owned(),
        (true, 1) => "is kept by one path".to_owned(),
        (true, count) => format!(
            "is kept by {}{}, the shortest first",
            if count >= PATHS { "at least " } else { "" },
            counted(count, "path", "paths")
        ),
        (false, _) if why.freed_by.is_empty() => {
            "is kept by nothing: the next collection takes it".to_owned()
        }
        (false, _) => "goes because of".to_owned(),
    }
}

/// Where a path begins: `repository:tag`, or `repository@digest`.
fn place_of(by: &KeptBy) -> Place {
    let first = by.path.first().copied();
    if let Some((repository, _)) = by.root.split_once('@') {
        return Place {
            repository: repository.to_owned(),
            tag: None,
            digest: first,
        };
    }
    let (repository, tag) = by.root.rsplit_once(':').unwrap_or((&by.root, ""));
    Place {
        repository: repository.to_owned(),
        tag: Some(tag.to_owned()).filter(|tag| !tag.is_empty()),
        digest: first,
    }
}

fn path(names: Names<'_>, by: &KeptBy) -> Path {
    let place = place_of(by);
    let mut words = vec![match &place.tag {
        Some(tag) => format!("{}:{tag}", place.repository),
        None => format!("{} without a tag", place.repository),
    }];
    let mut above: Option<&Digest> = None;
    for digest in &by.path {
        words.push(match above {
            Some(holder) => step(names, &place.repository, holder, digest),
            None => names.kind(&place.repository, digest, "manifest"),
        });
        above = Some(digest);
    }
    Path {
        words: clean(&words.join(" › ")).into_owned(),
        place,
    }
}

/// What something is to its holder: `platform linux/amd64`, `layer 1`.
fn step(names: Names<'_>, repository: &str, holder: &Digest, held: &Digest) -> String {
    let nodes = names
        .node(repository, holder)
        .zip(names.node(repository, held));
    let Some((from, to)) = nodes else {
        return names.kind(repository, held, "blob");
    };
    let edges = names.graph.outgoing(from);
    let edge = edges.iter().find(|edge| edge.to == to);
    match edge.map(|edge| (edge.kind, edge.position)) {
        Some((EdgeKind::Layer, position)) if !names.graph.kind(to).is_manifest() => {
            format!("layer {}", position + 1)
        }
        Some((EdgeKind::Config, _)) => "config".to_owned(),
        Some((EdgeKind::Subject, _)) => {
            format!("subject {}", names.kind(repository, held, "manifest"))
        }
        _ => names.kind(repository, held, "blob"),
    }
}

/// `repository@digest`, with what it is.
fn shared(names: Names<'_>, place: &str) -> String {
    let (repository, digest) = place.rsplit_once('@').unwrap_or((place, ""));
    let words = match digest.parse::<Digest>() {
        Ok(digest) => format!(
            "{repository}  {}",
            names.name(repository, &digest, "manifest")
        ),
        Err(_) => place.to_owned(),
    };
    clean(&words).into_owned()
}

fn references(counts: References) -> String {
    let counts = [
        (counts.tag, "tag", "tags"),
        (counts.child, "index", "indexes"),
        (counts.config, "image as config", "images as config"),
        (counts.layer, "manifest as layer", "manifests as layer"),
        (counts.subject, "referrer", "referrers"),
    ];
    let named = counts.into_iter().filter(|(count, ..)| *count > 0);
    let named: Vec<_> = named
        .map(|(count, one, many)| counted(count as usize, one, many))
        .collect();
    if named.is_empty() {
        "nothing".to_owned()
    } else {
        named.join(", ")
    }
}

//! What is known of the row under the cursor, in words and in an order that a person reads.

mod annotations;
mod evidence;
mod folds;
mod json;
mod layers;
mod leads;
mod overview;
mod remembered;
mod subjects;
mod updates;

#[cfg(test)]
mod tests;

use crate::content::Content;
use crate::graph::{Graph, NodeId, NodeKind, NodeState};
use crate::insight::outline::{self, Entry, Outline, RowPath, What};
use crate::oci::Digest;

pub use evidence::way_in_words;
pub use folds::Folds;
pub use json::indented;
pub use layers::Layer;
pub use updates::in_words as offers_in_words;

/// Everything that the details show.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// When this session began, in milliseconds since 1970: what is older was remembered.
    pub session: u64,
    /// The row and the version of the graph that this was made of.
    made_of: Option<(RowPath, u64)>,
    /// What the pane is about.
    pub title: String,
    /// The overview, line by line.
    pub fields: Vec<Field>,
    /// The layers, base first.
    pub layers: Vec<Layer>,
    /// Whose document the raw tab shows.
    pub document: Option<Digest>,
}

/// One line of the overview, or several where its value is long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// What it is; empty where the line belongs to the one above.
    pub name: String,
    /// The value.
    pub value: String,
    /// Where it came from, or what is to be said about it.
    pub note: String,
    /// How it is to be taken.
    pub tone: Tone,
}

/// How a line is to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// Two sources disagree.
    Conflict,
    /// Something is not known.
    Hole,
    /// The heading of a block.
    Block,
    /// An empty line.
    Gap,
    /// What a key does, for who does not know it.
    Faint,
}

impl Field {
    /// A plain line.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            ..Self::default()
        }
    }

    /// The same, with a remark.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The same, to be taken otherwise.
    #[must_use]
    pub fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// The heading of a block.
    pub fn block(title: impl Into<String>) -> Self {
        Self::new(title, "").toned(Tone::Block)
    }

    /// An empty line.
    pub fn gap() -> Self {
        Self::default().toned(Tone::Gap)
    }
}

impl Details {
    /// Brings the details up to date with a row; true where it is another row than before.
    pub fn refresh(
        &mut self,
        graph: &Graph,
        content: &Content,
        outline: &Outline,
        entry: Option<&Entry>,
    ) -> bool {
        let Some(entry) = entry else {
            let was_something = self.made_of.is_some();
            *self = Self {
                session: self.session,
                ..Self::default()
            };
            return was_something;
        };
        let made_of = Some((entry.path.clone(), graph.version()));
        if self.made_of == made_of {
            return false;
        }
        let is_other = self.made_of.as_ref().map(|(path, _)| path) != Some(&entry.path);
        let row = outline.describe(graph, content, entry);
        let mut fields = overview::fields(graph, content, outline, entry, &row);
        fields.extend(remembered::fields(graph, entry, self.session));
        *self = Self {
            session: self.session,
            made_of,
            title: overview::title(&row),
            fields,
            layers: entry
                .object()
                .map(|node| layers::of_manifest(graph, content, node))
                .unwrap_or_default(),
            document: entry
                .object()
                .and_then(|node| document(graph, content, node)),
        };
        is_other
    }
}

fn document(graph: &Graph, content: &Content, node: NodeId) -> Option<Digest> {
    let digest = graph.digest_of(node)?;
    content.document(&digest).map(|_| digest)
}

/// The manifest or blob that a row is about, if it is one that can be asked for.
pub fn subject_of(entry: &Entry) -> Option<NodeId> {
    match &entry.what {
        What::Note(node, _) => Some(*node),
        _ => entry.object(),
    }
}

/// A path of the graph in words, from the root down. One that begins at a manifest, because no tag leads there, says at
/// which.
pub fn path_in_words(
    graph: &Graph,
    content: &Content,
    steps: &[crate::graph::Step],
    then: &str,
) -> String {
    use crate::graph::EdgeKind;
    let top = steps.first().map(crate::graph::holder_end);
    let begin = top.and_then(|top| {
        let digest = graph.digest_of(top)?.short();
        Some(match graph.state(top) {
            NodeState::Loaded => format!("{} {digest}", outline::thing(graph, top)),
            state => format!("{digest} ({})", state.name()),
        })
    });
    let words = steps.iter().filter_map(|step| match step.kind {
        EdgeKind::Contains => {
            let tag = graph.tag_name(step.to).map(|tag| format!("tag {tag}"));
            let repository = || graph.repository_of(step.to).map(ToString::to_string);
            tag.or_else(repository)
        }
        EdgeKind::Names => Some(outline::thing(graph, step.to).to_owned()),
        EdgeKind::Child => {
            let platforms = outline::platforms(graph, content, step);
            Some(match platforms.as_slice() {
                [] => "entry".to_owned(),
                [only] => format!("platform {only}"),
                several => format!("platforms {}", several.join(", ")),
            })
        }
        EdgeKind::Config => Some("config".to_owned()),
        EdgeKind::Layer if graph.kind(step.to) == NodeKind::Blob => {
            Some(outline::layer_label(graph, content, step))
        }
        EdgeKind::Layer => Some("layer".to_owned()),
        EdgeKind::Subject => Some(format!("{} of it", outline::thing(graph, step.from))),
    });
    begin
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join(then)
}

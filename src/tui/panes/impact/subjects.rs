//! What a row stands for when its deletion is asked about.

use crate::graph::{EdgeKind, Graph, NodeId, NodeKind};
use crate::insight::outline::{Entry, What};
use crate::tui::model::Model;

/// What would be deleted.
pub(super) enum Subjects {
    /// The tags of one image, the one that is meant first.
    Tags(Vec<NodeId>),
    /// All of these.
    All(Vec<NodeId>),
}

/// What the row under the cursor stands for: of an image's row its tags, one of which is meant; of a heading, repository
/// or registry every tag in it. Else why it stands for nothing that can be deleted.
pub(super) fn of_row(model: &Model) -> Result<Subjects, &'static str> {
    let Some(line) = model.tree.selected() else {
        return Err("there is nothing here");
    };
    let graph = &model.known.graph;
    let nodes = match &line.entry.what {
        What::Tags(tags) => return Ok(Subjects::Tags(meant_first(model, tags))),
        What::Object { node, .. } if graph.kind(*node).is_manifest() => vec![*node],
        What::Object { .. } => {
            return Err("a blob is deleted with what names it; w tells what keeps this one");
        }
        What::Pending(_) | What::Note(..) => return Err("nothing is known of this row yet"),
        What::Registry(_) | What::Repository(_) | What::Fold { .. } => {
            let mut nodes = Vec::new();
            below(model, &line.entry, &mut nodes);
            nodes
        }
    };
    if nodes.is_empty() {
        return Err("no tag or manifest is known in here; X is about the next collection");
    }
    Ok(Subjects::All(nodes))
}

/// The tag that was gone to comes first, else they stand as in the row.
fn meant_first(model: &Model, tags: &[NodeId]) -> Vec<NodeId> {
    let mut tags = tags.to_vec();
    let at = model
        .sought
        .and_then(|sought| tags.iter().position(|tag| *tag == sought));
    if let Some(at) = at {
        let meant = tags.remove(at);
        tags.insert(0, meant);
    }
    tags
}

fn below(model: &Model, entry: &Entry, nodes: &mut Vec<NodeId>) {
    let graph = &model.known.graph;
    match &entry.what {
        What::Tags(tags) => nodes.extend(tags.iter().copied()),
        What::Repository(node) => nodes.extend(tags_in(graph, *node)),
        What::Registry(node) => {
            let repositories = graph.outgoing(*node).into_iter();
            let repositories = repositories.filter(|edge| edge.kind == EdgeKind::Contains);
            nodes.extend(repositories.flat_map(|edge| tags_in(graph, edge.to)));
        }
        What::Fold { .. } => {
            for child in model.tree.outline().children(graph, entry) {
                below(model, &child, nodes);
            }
        }
        What::Object { node, .. } if graph.kind(*node).is_manifest() => nodes.push(*node),
        What::Object { .. } | What::Pending(_) | What::Note(..) => {}
    }
}

/// The tags of a repository that are there.
fn tags_in(graph: &Graph, repository: NodeId) -> Vec<NodeId> {
    let edges = graph.outgoing(repository).into_iter();
    let tags = edges
        .filter(|edge| edge.kind == EdgeKind::Contains)
        .map(|edge| edge.to);
    tags.filter(|node| graph.kind(*node) == NodeKind::Tag && !graph.is_tag_absent(*node))
        .collect()
}

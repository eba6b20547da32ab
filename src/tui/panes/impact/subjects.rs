//! What a row stands for when its deletion is asked about.

use crate::graph::NodeId;
use crate::insight::outline::What;
use crate::tui::model::Model;
use crate::tui::panes::browse::marks;

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
            marks::below(model, &line.entry)
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

//! What of all that is being loaded goes first: what the rows on the screen show.

use crate::graph::{EdgeKind, Graph, NodeId, NodeState};
use crate::insight::marks::{self, Mark};
use crate::insight::outline::What;
use crate::oci::tag::is_valid_tag;
use crate::oci::{Asked, Question};
use crate::tui::effect::Effect;
use crate::tui::model::Model;
use crate::tui::tree::Line;

/// So many manifests of an index are looked at: the platforms of an image.
const CHILDREN: usize = 16;

/// Tells the crawl what is on the screen, where that changed. It asks for nothing: a registry beyond this machine is
/// not asked for every manifest that scrolls by.
pub(super) fn settle(model: &mut Model) -> Option<Effect> {
    if model.progress.is_idle {
        return None;
    }
    let mut preferred = Vec::new();
    for line in model.tree.window() {
        of_line(&model.known.graph, line, &mut preferred);
    }
    if preferred == model.preferred {
        return None;
    }
    model.preferred.clone_from(&preferred);
    Some(Effect::Prefer(preferred))
}

fn of_line(graph: &Graph, line: &Line, preferred: &mut Vec<Question>) {
    if let What::Tags(tags) = &line.entry.what
        && let Some(tag) = tags.first()
        && let (Some(repository), Some(name)) = (graph.repository_of(*tag), graph.tag_name(*tag))
    {
        let is_unread = line
            .entry
            .object()
            .is_none_or(|node| graph.state(node) == NodeState::NotAsked);
        if is_unread && is_valid_tag(name.as_str()) {
            preferred.push(Question::tag(repository.clone(), name.clone()));
        }
    }
    let Some(node) = line.entry.object() else {
        return;
    };
    of_manifest(graph, node, preferred);
    let edges = graph.outgoing(node).into_iter();
    let children = edges.filter(|edge| edge.kind == EdgeKind::Child);
    for child in children.take(CHILDREN) {
        of_manifest(graph, child.to, preferred);
    }
}

/// The questions about a manifest whose answers a row shows: its bytes, and who refers to it.
fn of_manifest(graph: &Graph, node: NodeId, preferred: &mut Vec<Question>) {
    let (Some(repository), Some(digest)) = (graph.repository_of(node), graph.digest_of(node))
    else {
        return;
    };
    if !graph.kind(node).is_manifest() {
        return;
    }
    if graph.asked(node, Asked::Manifest).is_none() {
        preferred.push(Question::manifest(repository.clone(), digest));
    }
    if marks::asked(graph, node) == Mark::NotAsked {
        preferred.push(Question::referrers(repository.clone(), digest));
    }
}

//! What a referrer is about.

use crate::graph::{EdgeKind, Graph, NodeId, NodeState};

use super::{Field, Tone};

/// What a referrer is about, and whether that is there.
pub(super) fn fields(graph: &Graph, node: NodeId) -> Vec<Field> {
    let edges = graph.outgoing(node).into_iter();
    let subjects = edges.filter(|edge| edge.kind == EdgeKind::Subject);
    let told = subjects.filter_map(|edge| {
        let field = Field::new("subject", graph.digest_of(edge.to)?.to_string());
        let reason = graph.absence(edge.to).map(|absence| &absence.reason);
        Some(match (graph.state(edge.to), reason) {
            (NodeState::Loaded, _) => field.noted("O goes there"),
            (NodeState::NotAsked, _) => field.noted("not read yet; O goes there"),
            (state, reason) => {
                let reason = reason.map(|reason| format!(" ({reason})"));
                let words = format!("{}{}", state.name(), reason.unwrap_or_default());
                field
                    .noted(format!("{words}; O goes there"))
                    .toned(Tone::Hole)
            }
        })
    });
    told.collect()
}

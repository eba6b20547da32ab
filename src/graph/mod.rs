//! The graph: everything that is known, as nodes that stay and edges that say how they were found.
//!
//! It is built from [`Fact`]s alone, by [`Graph::apply`], which is total, idempotent and independent of order. To keep
//! it so, the graph only ever adds: nodes, edges with every way in which they were *ever* found, and registers that
//! keep the highest stamp. What *holds now* is worked out when it is asked for.

mod apply;
mod descriptions;
mod edge;
mod fact;
mod intern;
mod node;
mod register;
mod store;
mod validity;
mod view;
mod walk;

#[cfg(test)]
mod laws;

pub use edge::{EdgeId, EdgeKind, EdgeView, FoundBySet};
pub use fact::{Fact, Stamp};
pub use node::{NodeId, NodeKind, NodeState};
pub use register::Register;
pub use store::Graph;
pub use view::{Naming, NodeView};
pub use walk::{Holders, Step, holder_end};

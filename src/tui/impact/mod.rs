//! What a deletion does, for the screen: asked by a key, worked out on a thread of its own, shown as a pane.
//!
//! ```text
//! update ─▶ Effect::Learn(facts) ──────┐
//!           Effect::Work(ticket, job) ─┴─▶ jobs: session::impact::ImpactService ─▶ answers ─▶ Impact │ Reasons
//! update ◀─────────────── Message::Worked(ticket, …) ◀──────────────────────────────────────────────┘
//! ```
//!
//! The worker applies the same facts to graphs of its own, so the screen's thread copies nothing and waits for nothing.

mod answers;
mod compare;
mod document;
mod names;
mod other_registries;
pub mod plan;
mod reasons;
mod totals;

use std::sync::Arc;

use crate::insight::impact::Action;
use crate::oci::{Digest, Origin};
pub use crate::session::impact::{Rules, Target, Terms};

pub use answers::answer;
pub use document::{Affected, Choice, Impact, Item, ItemKind, Line, Marker, Place, Topic, Total};
pub use reasons::{Path, Reasons};

/// What would be done on one registry, and by whose rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub origin: Origin,
    /// What would be done there.
    pub actions: Vec<Action>,
    /// By whose rules.
    pub rules: Rules,
}

impl Part {
    /// A registry as it is, by the rules that are recognised.
    pub fn of(origin: Origin) -> Self {
        Self {
            origin,
            actions: Vec::new(),
            rules: Rules::default(),
        }
    }
}

/// What is asked of the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What would be done.
    pub part: Part,
    /// What would be done on other registries, of which totals are told.
    pub other_registries: Vec<Part>,
    /// What is to be known.
    pub query: Query,
    /// Whether files are to be read anew.
    pub is_fresh: bool,
}

/// What is to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// What the actions do; and what differs under other rules.
    Impact(Option<Rules>),
    /// Why this is kept.
    Why {
        /// Where.
        repository: String,
        /// What.
        digest: Digest,
    },
}

/// What the worker tells.
#[derive(Clone, Debug)]
pub enum Reply {
    /// What the actions do.
    Impact(Arc<Impact>),
    /// Why something is kept.
    Why(Arc<Reasons>),
    /// Nothing, for this reason.
    Failed(String),
}

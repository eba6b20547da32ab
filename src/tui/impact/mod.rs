//! What a deletion does, for the screen: asked by a key, worked out on a thread of its own, shown as a pane.
//!
//! ```text
//! update ─▶ Effect::Learn(facts) ─┐                 ┌▶ stock ─▶ Foreteller ─▶ answer ─▶ Impact │ Reasons
//!           Effect::Foretell(…) ──┴─▶ worker: Desk ─┘                                     │
//! update ◀─────────────── Message::Foretold(ticket, …) ◀─────────────────────────────────┘
//! ```
//!
//! The worker applies the same facts to graphs of its own, so the screen's thread copies nothing and waits for nothing.

mod beside;
mod compare;
mod desk;
mod document;
mod names;
pub mod plan;
mod reasons;
mod shelf;
mod totals;
mod verdict;
mod worker;

use std::sync::Arc;

use crate::insight::impact::Action;
use crate::oci::{Digest, Origin};
use crate::session::Opened;
use crate::source::Source;

pub use desk::{Desk, Terms};
pub use document::{Choice, Doomed, Impact, Item, ItemKind, Line, Place, Sign, Topic, Total};
pub use reasons::{Reasons, Way};
pub use verdict::Verdict;
pub use worker::Worker;

/// A target of the screen, as far as it tells by whose rules it deletes.
#[derive(Clone)]
pub struct Target {
    /// The name of its graph.
    pub origin: Origin,
    /// As a person wrote it.
    pub written: String,
    /// Whether it is a registry that requests are sent to.
    pub is_registry: bool,
    /// Who answers for it.
    pub source: Option<Arc<dyn Source>>,
}

impl Target {
    /// What an opened target tells.
    pub fn of(opened: &Opened) -> Self {
        Self {
            origin: opened.root.origin().clone(),
            written: opened.title.clone(),
            is_registry: opened.is_remembered,
            source: Some(opened.source.clone()),
        }
    }
}

/// By whose rules, as a person chose them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The name of the policy; none: the one that is recognised.
    pub policy: Option<String>,
    /// Whether deletion is switched on, where the person has said so.
    pub deletion: Option<bool>,
}

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
    /// Which request it is; the answer has it too.
    pub ticket: u64,
    /// What would be done.
    pub part: Part,
    /// What would be done on other registries, of which totals are told.
    pub beside: Vec<Part>,
    /// What is to be known.
    pub wish: Wish,
    /// Whether files are to be read anew.
    pub is_fresh: bool,
}

/// What is to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
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
pub enum Told {
    /// What the actions do.
    Impact(Arc<Impact>),
    /// Why something is kept.
    Why(Arc<Reasons>),
    /// Nothing, for this reason.
    Failed(String),
}

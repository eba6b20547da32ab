//! What a deletion takes with it, by the rules of the registry at hand.
//!
//! ```text
//! actions ─▶ api: what it does at once ─▶ live: which manifests go on answering ─▶ mark ─▶ sweep
//!            (Inventory + Policy)                          collect
//! ```

mod action;
mod api;
mod builder;
mod collect;
mod counting;
mod custom;
mod inventory;
mod knob;
mod live;
mod mark;
mod policy;
mod presets;
mod quirk;
mod rules;
mod scratch;
mod simulation;
mod state;
mod view;

pub use action::{Action, ActionResult, Reply};
pub use builder::{Held, InventoryBuilder, InventoryError, ManifestContent};
pub use custom::PolicyError;
pub use inventory::{DerivedKind, Inventory, ObjectId, ObjectKind, RepositoryId};
pub use knob::{Evidence, Knob};
pub use policy::{
    Cascade, ChildEdge, Collector, DanglingReferrer, DerivedTags, DigestDelete, Guard, KnobName,
    Knobs, Policy, ReferrersApi, Retag, Roots, Scope, Seconds, SubjectEdge, TagDelete,
};
pub use presets::{NAMES, preset, presets};
pub use quirk::{Quirk, Quirks};
pub use simulation::{Laboratory, Simulation};
pub use view::{Blind, View};

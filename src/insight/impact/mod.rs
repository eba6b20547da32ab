//! What a deletion takes with it, by the rules of the registry at hand.
//!
//! ```text
//! actions ─▶ api: what it does at once ─▶ live: which manifests go on answering ─▶ mark ─▶ sweep
//!            (Inventory + Policy)                          collect
//! ```

mod answer;
mod difference;
mod engine;
mod foretell;
mod hurt;
mod inventory;
mod leak;
mod listing;
mod partial;
mod plan;
mod policy;
mod report;
mod request;
mod tag_index;
mod why;
mod words;

pub use answer::{
    ActionAnswer, Answer, BrokenManifest, Cause, Effect, FreedObject, GoneManifest, GoneTag,
    HurtConsumer, LeakedManifest, Referrer, When,
};
pub use engine::simulation::{Laboratory, Simulation};
pub use foretell::Foreteller;
pub use inventory::builder::{Held, InventoryBuilder, InventoryError, ManifestContent};
pub use inventory::damage::Damage;
pub use inventory::derived::DerivedKind;
pub use inventory::view::{Blind, Rows, View};
pub use inventory::{Frozen, Inventory, ObjectId, ObjectKind, RepositoryId};
pub use listing::{Line, Reason, Subject, listing};
pub use partial::{Errs, Partial};
pub use plan::{Planner, Step, Tool};
pub use policy::custom::PolicyError;
pub use policy::knob::{Evidence, Knob};
pub use policy::presets::{NAMES, preset, presets};
pub use policy::quirk::{Quirk, Quirks};
pub use policy::recognise::{Recognised, Signs, StorageSign, UNKNOWN, recognise, unknown_policy};
pub use policy::retention::{KeptTags, TagPattern, TagRetention};
pub use policy::{
    Cascade, ChildEdge, Collector, DanglingReferrer, Deletion, DerivedTags, DigestDelete, Guard,
    KnobName, Knobs, Policy, ReferrersApi, Retag, Roots, Scope, Seconds, SubjectEdge, TagDelete,
};
pub use request::action::{Action, ActionResult, Reply};
pub use request::choose::{Candidate, Chosen, Rules as ChoosingRules, choose};
pub use request::consumer::{Consumer, PulledBy};
pub use request::in_use::{Charts, InUseError, Matched, Use, in_use, matched};
pub use request::select::{SelectError, Selector, is_pattern};
pub use why::{KeptBy, References, Why};

#[cfg(test)]
mod tests;

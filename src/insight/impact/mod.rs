//! What a deletion takes with it, by the rules of the registry at hand.
//!
//! ```text
//! inventory: what the registry has ─┐
//! policy: what it does ─────────────┼─▶ engine: what happens ─▶ answer: what that means, in words and as a plan
//! request: what is asked of it ─────┘
//! ```
//!
//! Imports go to the left only: the inventory knows nothing of the rest, the policy and the request know the inventory,
//! the engine those three, the answer all. `tests/architecture.rs` holds it.

mod answer;
mod engine;
mod inventory;
mod policy;
mod request;

pub use answer::listing::{Line, Reason, Subject, listing};
pub use answer::names::Names;
pub use answer::options::OptionAnswer;
pub use answer::partial::{Errs, Partial};
pub use answer::plan::{Planner, Step, Tool};
pub use answer::sentences::{Sentence, Telling, Topic, Weight, sentences};
pub use answer::simulate::Simulator;
pub use answer::verdict::Verdict;
pub use answer::why::{KeptBy, References, Why};
pub use answer::{
    ActionAnswer, Answer, BrokenManifest, Cause, Effect, FreedObject, GoneManifest, GoneTag,
    HurtConsumer, LeakedManifest, Referrer, When,
};
pub use engine::simulation::{Laboratory, Simulation};
pub use inventory::builder::{InventoryBuilder, InventoryError, ManifestContent, StoredAs};
pub use inventory::damage::Damage;
pub use inventory::derived::DerivedKind;
pub use inventory::uploads::Uploads;
pub use inventory::view::{Rows, Unseen, View};
pub use inventory::{Frozen, Inventory, ObjectId, ObjectKind, RepositoryId};
pub use policy::custom::PolicyError;
pub use policy::knob::{Evidence, Knob};
pub use policy::operation::OtherOption;
pub use policy::presets::{NAMES, preset, presets};
pub use policy::quirk::{Quirk, Quirks};
pub use policy::recognise::{
    Fingerprints, Recognised, StorageSign, UNKNOWN, recognise, unknown_policy,
};
pub use policy::retention::{KeptTags, TagPattern, TagRetention};
pub use policy::{
    Cascade, ChildEdge, Collector, DanglingReferrer, Deletion, DerivedTags, DigestDelete, Guard,
    KnobName, Knobs, ListedReferrer, ManifestBytes, Policy, ReferrersApi, Retag, Roots, Scope,
    Seconds, SubjectEdge, SubjectField, TagDelete,
};
pub use request::action::{Action, ActionResult, Reply};
pub use request::choose::{Candidate, Chosen, Rules as ChoosingRules, choose};
pub use request::consumer::{Consumer, PulledBy};
pub use request::in_use::{CHART_CONFIG, Charts, InUseError, Matched, Use, in_use, matched};
pub use request::select::{SelectError, Selector, is_pattern};

#[cfg(test)]
mod tests;

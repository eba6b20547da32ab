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
//!
//! # Embedding it
//! Nothing here reads, asks or waits: whoever has a list of what a registry holds can have it answered, a registry for
//! its own collector or another client for its "delete" button. What is needed, in this order:
//!
//! 1. an [`InventoryBuilder`]: repositories, objects with their sizes, what each manifest names, rows and tags; with the
//!    [`View`] it was seen through, for an answer says in which direction it errs for what was not seen;
//! 2. a [`Policy`]: a [`preset`], one of your own (deserialized, with `from = "zot"`), or what [`recognise`] makes of a
//!    registry's fingerprints;
//! 3. a [`Simulator`] of both, which runs the next collection once, then any number of selections of [`Action`]s, each
//!    `O(V + E)`, from any thread;
//! 4. the [`Answer`]: as data, as [`sentences`] with a [`Verdict`], line by line as [`listing`], or as commands of other
//!    tools by a [`Planner`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use regscope::insight::impact::{
//!     Action, InventoryBuilder, ManifestContent, ObjectKind, Rows, Simulator, StoredAs, Telling, Verdict, View, preset,
//!     sentences,
//! };
//! use regscope::oci::Digest;
//!
//! // One repository of a storage that was read whole: an index with one image, and a tag.
//! let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
//! let team = builder.repository("team/app");
//! let mut object = |name: &str, size| builder.object(Digest::of(name.as_bytes()), size);
//! let (index, image, config, layer) =
//!     (object("index", 500), object("image", 400), object("config", 1_000), object("layer", 40_000_000));
//! builder.manifest(index, &ManifestContent { kind: ObjectKind::Index, children: vec![image], ..Default::default() });
//! builder.manifest(
//!     image,
//!     &ManifestContent { kind: ObjectKind::Image, config: Some(config), layers: vec![layer], ..Default::default() },
//! );
//! builder.platform(image, "linux/arm64");
//! for manifest in [index, image] {
//!     builder.hold(team, manifest, StoredAs::Manifest);
//! }
//! for blob in [config, layer] {
//!     builder.hold(team, blob, StoredAs::Blob);
//! }
//! builder.row(team, index, Some("1.3"));
//! builder.row(team, image, None);
//! let inventory = Arc::new(builder.build()?);
//!
//! // What a cleaner does that takes what has no tag, on two registries.
//! let untagged = Action::DeleteManifest { repository: "team/app".to_owned(), digest: Digest::of(b"image") };
//! let mut verdicts = Vec::new();
//! for name in ["distribution-3", "zot"] {
//!     let policy = preset(name).ok_or("no such preset")?;
//!     let simulator = Simulator::new(Arc::clone(&inventory), policy);
//!     let answer = simulator.simulate(std::slice::from_ref(&untagged), &[]);
//!     let told = sentences(&Telling::new(&simulator, &answer));
//!     let verdict = Verdict::of(&answer, simulator.policy());
//!     verdicts.push((verdict, verdict.says(&answer, &told)));
//! }
//! assert_eq!(verdicts[0].0, Verdict::NotSafe);
//! assert!(verdicts[0].1.starts_with("team/app:1.3 will not pull on linux/arm64"));
//! // zot refuses to take what an index lists.
//! assert_eq!(verdicts[1].0, Verdict::Refused);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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

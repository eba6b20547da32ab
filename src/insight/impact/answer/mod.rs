//! What an action, or the next collection, does to a registry. `export::impact` makes the document for programs of it.

pub(in crate::insight::impact) mod difference;
pub(in crate::insight::impact) mod hurt;
pub(in crate::insight::impact) mod leak;
pub(in crate::insight::impact) mod listing;
pub(in crate::insight::impact) mod names;
pub(in crate::insight::impact) mod options;
pub(in crate::insight::impact) mod partial;
pub(in crate::insight::impact) mod plan;
pub(in crate::insight::impact) mod report;
pub(in crate::insight::impact) mod sentences;
pub(in crate::insight::impact) mod simulate;
pub(in crate::insight::impact) mod tag_index;
pub(in crate::insight::impact) mod verdict;
pub(in crate::insight::impact) mod why;
pub(in crate::insight::impact) mod words;

use std::sync::Arc;

use crate::oci::Digest;

use crate::insight::impact::inventory::view::Unseen;
use crate::insight::impact::policy::knob::Evidence;
use crate::insight::impact::request::action::ActionResult;
use partial::{Errs, Partial};

/// Why something goes or breaks. Ordered from what a person asked for to what happens anyhow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// An action names it.
    Named,
    /// It goes along with what an action names.
    Collateral,
    /// The next collection takes it without any action.
    Anyway,
}

/// When bytes leave the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// With the action.
    AtOnce,
    /// With the next run of the collector.
    NextCollection,
    /// With the first run after the registry's grace period.
    AfterGrace,
    /// Nobody knows when, nor whether anything collects.
    Unknown,
}

/// What the registry says to one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionAnswer {
    /// `delete-tag`, `delete-manifest`, `move-tag` (`push` and `upload` in simulations).
    pub action: &'static str,
    /// `repository:tag` or `repository@digest`.
    pub reference: String,
    /// What a moved tag names then.
    pub to: Option<Digest>,
    /// How it is taken.
    pub result: ActionResult,
    /// The HTTP status; 0 where nobody can tell.
    pub status: u16,
}

impl ActionAnswer {
    /// How it is taken, short enough for the end of a line: `accepted (202)`, `refused (405)`.
    pub fn words(&self) -> String {
        self.with_status(match self.result {
            ActionResult::Accepted => "accepted",
            ActionResult::Refused => "refused",
            ActionResult::NotFound => "not found",
            ActionResult::NotAsked => "not known: what was read of the target stops short of it",
        })
    }

    /// The same as a sentence of its own.
    pub fn sentence(&self) -> String {
        let how = self.with_status(match self.result {
            ActionResult::Accepted => "the registry accepts that",
            ActionResult::Refused => "the registry refuses that",
            ActionResult::NotFound => "the registry has no such thing",
            ActionResult::NotAsked => "what was read of the target stops short of it",
        });
        format!("{}: {how}", self.reference)
    }

    fn with_status(&self, how: &str) -> String {
        match self.status {
            0 => how.to_owned(),
            status => format!("{how} ({status})"),
        }
    }
}

/// A manifest that its repository no longer answers for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoneManifest {
    /// Where.
    pub repository: Arc<str>,
    /// Which.
    pub digest: Digest,
    /// Its own bytes.
    pub size: u64,
    /// Why.
    pub cause: Cause,
}

/// A tag that names nothing any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoneTag {
    /// Where.
    pub repository: Arc<str>,
    /// Which.
    pub tag: String,
    /// Why.
    pub cause: Cause,
}

/// An object whose bytes leave a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FreedObject {
    /// `*` for the one store of all repositories, else the repository whose store it is.
    pub scope: Arc<str>,
    /// Which.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
    /// When.
    pub when: When,
    /// Why.
    pub cause: Cause,
}

/// A referrer that stays while something about its subject does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referrer {
    /// Where.
    pub repository: Arc<str>,
    /// The referrer.
    pub digest: Digest,
    /// Its subject.
    pub subject: Digest,
    /// Why.
    pub cause: Cause,
}

/// A manifest that stays and lacks something that it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokenManifest {
    /// Where.
    pub repository: Arc<str>,
    /// Which.
    pub digest: Digest,
    /// What it names and the repository no longer has.
    pub missing: Vec<Digest>,
    /// Why.
    pub cause: Cause,
}

/// How somebody who uses a reference is hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Pulls fail as soon as the actions are done; what runs fails where it has to pull again.
    PullFailsAtOnce,
    /// Pulls fail once the collector ran.
    PullFailsAfterCollection,
    /// Pulls find the manifest and not all that it names.
    PullIsIncomplete,
    /// The tag answers with something else: what runs changes at its next restart.
    ChangesAtNextRestart,
}

/// A consumer that is hurt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HurtConsumer {
    /// Who.
    pub consumer: String,
    /// What it names, as it names it.
    pub reference: String,
    /// How.
    pub effect: Effect,
    /// By what.
    pub cause: Cause,
}

/// What some actions, or none, do to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The name of the policy.
    pub policy: String,
    /// What it stands on.
    pub evidence: Evidence,
    /// What the times stand on at which bytes come back.
    pub when_evidence: Evidence,
    /// The actions in their order.
    pub actions: Vec<ActionAnswer>,
    /// By repository and digest.
    pub manifests_gone: Vec<GoneManifest>,
    /// By repository and name.
    pub tags_gone: Vec<GoneTag>,
    /// By scope and digest.
    pub objects_freed: Vec<FreedObject>,
    /// Each object once a store.
    pub freed_bytes: u64,
    /// Of those, what is not `anyway`.
    pub freed_bytes_by_actions: u64,
    /// What the disk gives back; none where the storage is not seen.
    pub freed_bytes_on_disk: Option<u64>,
    /// Referrers that stay and are no longer listed.
    pub unlisted: Vec<Referrer>,
    /// Referrers that stay without their subject.
    pub dangling_referrers: Vec<Referrer>,
    /// Manifests that stay without something that they name.
    pub broken: Vec<BrokenManifest>,
    /// Manifests that stop answering with the actions and answer again once the registry is started anew.
    pub away_until_restart: Vec<GoneManifest>,
    /// Consumers that are hurt.
    pub in_use: Vec<HurtConsumer>,
    /// Why the collector gives up, if it does.
    pub aborted: Option<String>,
    /// Whether something could not be seen.
    pub partial_view: bool,
    /// What, and how the answer errs for it.
    pub partial_reasons: Vec<Partial>,
    /// What was taken for granted that an option of the registry decides, a sentence each.
    pub assumed: Vec<String>,
    /// Knobs that nobody has established and that matter here.
    pub unknown: Vec<&'static str>,
    /// Under reference counting: manifests that no tag reaches and whose count keeps them for ever.
    pub leaked: Vec<LeakedManifest>,
}

impl Answer {
    /// What stands before a number of bytes: how what was not seen makes it err. What no manifest names is no matter of
    /// the actions.
    pub fn at_most(&self) -> &'static str {
        let is_told =
            |reason: &&Partial| self.actions.is_empty() || reason.what != Unseen::UnreferencedBlobs;
        let errs = self.partial_reasons.iter().filter(is_told);
        let errs = errs.map(|reason| reason.errs);
        let (less, more) = errs.fold((false, false), |(less, more), errs| {
            (
                less || matches!(errs, Errs::Less | Errs::Both),
                more || matches!(errs, Errs::More | Errs::Both),
            )
        });
        match (less, more) {
            (true, true) => "about ",
            (true, false) => "at most ",
            (false, true) => "at least ",
            (false, false) => "",
        }
    }
}

/// A manifest that counters keep though nobody can reach it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeakedManifest {
    /// Where.
    pub repository: Arc<str>,
    /// Which.
    pub digest: Digest,
    /// What keeps its count up; empty where it was never looked at.
    pub kept_by: Vec<Digest>,
}

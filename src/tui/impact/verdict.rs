//! The answer in two words: whether it is safe.

use crate::insight::impact::{ActionResult, Answer, Cause, Policy, UNKNOWN};

use super::document::Marker;

/// Whether it is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing that stays breaks, as far as it was read.
    Safe,
    /// Something that stays breaks, or somebody who uses it is hurt.
    NotSafe,
    /// The registry takes none of it.
    Refused,
    /// Nothing goes because of it.
    NothingHappens,
    /// What decides is not known.
    CannotTell,
}

impl Verdict {
    /// The verdict on an answer under a policy.
    pub(super) fn of(answer: &Answer, policy: &Policy) -> Self {
        let is_by_nobody = answer.actions.is_empty();
        let counts = |cause: Cause| is_by_nobody || cause != Cause::Anyway;
        let breaks = answer.broken.iter().any(|broken| counts(broken.cause));
        if breaks || !answer.in_use.is_empty() || answer.aborted.is_some() {
            return Self::NotSafe;
        }
        let results = || answer.actions.iter().map(|action| action.result);
        if results().any(|result| result == ActionResult::NotAsked) || policy.name == UNKNOWN {
            return Self::CannotTell;
        }
        if !is_by_nobody && results().all(|result| result != ActionResult::Accepted) {
            return Self::Refused;
        }
        let goes = answer.tags_gone.iter().any(|gone| counts(gone.cause))
            || answer.manifests_gone.iter().any(|gone| counts(gone.cause))
            || answer.objects_freed.iter().any(|freed| counts(freed.cause));
        if goes {
            Self::Safe
        } else {
            Self::NothingHappens
        }
    }

    /// In capitals.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Safe => "SAFE",
            Self::NotSafe => "NOT SAFE",
            Self::Refused => "REFUSED",
            Self::NothingHappens => "NOTHING HAPPENS",
            Self::CannotTell => "CANNOT TELL",
        }
    }

    /// How it is to be taken.
    pub const fn marker(self) -> Marker {
        match self {
            Self::Safe => Marker::Stays,
            Self::NotSafe | Self::Refused => Marker::Danger,
            Self::NothingHappens => Marker::Plain,
            Self::CannotTell => Marker::Unknown,
        }
    }
}

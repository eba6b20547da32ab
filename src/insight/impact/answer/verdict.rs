//! The answer in two words, for a person who reads nothing else: whether it is safe.

use super::sentences::{BREAKS, IN_USE, Sentence, Topic, Weight};
use super::{Answer, Cause};
use crate::insight::impact::policy::Policy;
use crate::insight::impact::policy::recognise::UNKNOWN;
use crate::insight::impact::request::action::ActionResult;

/// Whether it is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing that stays breaks, as far as it was read.
    Safe,
    /// Something that stays breaks, or somebody who uses it is hurt.
    NotSafe,
    /// The registry takes none of it.
    Refused,
    /// The collector gives up.
    GivesUp,
    /// Nothing goes because of it.
    NothingHappens,
    /// What decides is not known.
    CannotTell,
}

impl Verdict {
    /// The verdict on an answer under a policy.
    pub fn of(answer: &Answer, policy: &Policy) -> Self {
        let is_by_nobody = answer.actions.is_empty();
        let counts = |cause: Cause| is_by_nobody || cause != Cause::Anyway;
        let results = || answer.actions.iter().map(|action| action.result);
        let is_any = |result| results().any(|one| one == result);
        if answer.breaks_something_that_stays() {
            Self::NotSafe
        } else if answer.is_refused() {
            Self::Refused
        } else if answer.aborted.is_some() {
            Self::GivesUp
        } else if is_any(ActionResult::NotAsked) || policy.name == UNKNOWN {
            Self::CannotTell
        } else if answer.tags_gone.iter().any(|gone| counts(gone.cause))
            || answer.manifests_gone.iter().any(|gone| counts(gone.cause))
            || answer.objects_freed.iter().any(|freed| counts(freed.cause))
            || answer
                .actions
                .iter()
                .any(|action| action.to.is_some() && action.result == ActionResult::Accepted)
        {
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
            Self::GivesUp => "GIVES UP",
            Self::NothingHappens => "NOTHING HAPPENS",
            Self::CannotTell => "CANNOT TELL",
        }
    }

    /// What stands beside it: of what is not safe the first thing that breaks, as `told` has it; of what is safe the first
    /// thing that one would want to know all the same; and how many more there are.
    pub fn says(self, answer: &Answer, told: &[Sentence]) -> String {
        let is_danger =
            |one: &&Sentence| one.topic == Topic::Danger && one.weight == Weight::Danger;
        let is_break = |one: &Sentence| matches!(one.name, IN_USE | BREAKS);
        let is_told = |one: &&Sentence| match self {
            Self::NotSafe => is_break(one),
            // What does not break is still nothing that one wants to find out afterwards.
            Self::Safe => !is_break(one),
            _ => false,
        };
        let mut dangers = told.iter().filter(is_danger).filter(is_told);
        let Some(first) = dangers.next() else {
            return self.sentence(answer);
        };
        let more = match dangers.count() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        match self {
            Self::Safe => format!("{}, but {}{more}", self.sentence(answer), first.words),
            _ => format!("{}{more}", first.words),
        }
    }

    /// What that means for `answer`, where nothing that is told of it says more.
    pub fn sentence(self, answer: &Answer) -> String {
        let is_by_nobody = answer.actions.is_empty();
        match self {
            Self::Safe => {
                let by = if is_by_nobody {
                    "because of it"
                } else {
                    "because of this"
                };
                let seen = if answer.partial_view {
                    ", as far as it was seen"
                } else {
                    ""
                };
                format!("nothing that stays will break {by}{seen}")
            }
            Self::NotSafe => "something that stays will break".to_owned(),
            Self::Refused => "the registry refuses all of it, so nothing is done".to_owned(),
            Self::GivesUp => match &answer.aborted {
                Some(reason) => format!("the collector ends with an error: {reason}"),
                None => "the collector ends with an error".to_owned(),
            },
            Self::NothingHappens if is_by_nobody => {
                "the next collection finds nothing to take".to_owned()
            }
            Self::NothingHappens => {
                let mut results = answer.actions.iter().map(|action| action.result);
                if results.all(|result| result == ActionResult::NotFound) {
                    "nothing of it is there".to_owned()
                } else {
                    "nothing goes because of this".to_owned()
                }
            }
            Self::CannotTell => {
                "what decides was not read, or nobody has established it".to_owned()
            }
        }
    }
}

impl Answer {
    /// Whether a manifest or a consumer that stays is hurt: by the actions, or, where none is asked, by the collection.
    pub fn breaks_something_that_stays(&self) -> bool {
        let counts = |cause: Cause| self.actions.is_empty() || cause != Cause::Anyway;
        self.broken.iter().any(|broken| counts(broken.cause))
            || self.in_use.iter().any(|hurt| counts(hurt.cause))
    }

    /// Whether something was asked and all of it is refused.
    pub fn is_refused(&self) -> bool {
        let mut results = self.actions.iter().map(|action| action.result);
        !self.actions.is_empty() && results.all(|result| result == ActionResult::Refused)
    }
}

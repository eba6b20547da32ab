//! What the same actions would do with another option of the same registry.

use super::Answer;
use super::simulate::Simulator;
use crate::insight::impact::policy::operation::OtherOption;
use crate::insight::impact::request::action::Action;
use crate::words::{bytes, counted};

/// What another option would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionAnswer {
    /// Which.
    pub option: OtherOption,
    /// Manifests that go with it and not without.
    pub manifests: usize,
    /// Bytes that come back with it and not without.
    pub bytes: u64,
    /// Manifests that stay with it and go without.
    pub manifests_fewer: usize,
    /// Bytes that stay with it and come back without.
    pub bytes_fewer: u64,
    /// Whether something that stays would break with it that does not without.
    pub breaks: bool,
    /// Why the collector would give up with it, if it does only then.
    pub aborted: Option<String>,
}

impl OptionAnswer {
    /// What `there`, the answer with another option, has other than `here`; nothing where both are the same.
    pub fn of(option: OtherOption, here: &Answer, there: &Answer) -> Option<Self> {
        let surplus = |one: &Answer, other: &Answer| {
            // Both are in one order: by repository and digest.
            let mut rest = other.manifests_gone.iter().peekable();
            let mut count = 0;
            for gone in &one.manifests_gone {
                let key = (&gone.repository, &gone.digest);
                while rest
                    .next_if(|known| (&known.repository, &known.digest) < key)
                    .is_some()
                {}
                count += usize::from(
                    rest.peek()
                        .is_none_or(|known| (&known.repository, &known.digest) != key),
                );
            }
            count
        };
        let is_only_there = here.aborted.is_none();
        let found = Self {
            option,
            manifests: surplus(there, here),
            bytes: there.freed_bytes.saturating_sub(here.freed_bytes),
            manifests_fewer: surplus(here, there),
            bytes_fewer: here.freed_bytes.saturating_sub(there.freed_bytes),
            breaks: there.breaks_something_that_stays() && !here.breaks_something_that_stays(),
            aborted: there.aborted.clone().filter(|_| is_only_there),
        };
        let is_same = found.manifests + found.manifests_fewer == 0
            && found.bytes == found.bytes_fewer
            && found.aborted.is_none();
        (!is_same).then_some(found)
    }

    /// In one sentence, without what it is about at the beginning: "with `…` 41 manifests more would go".
    pub fn words(&self) -> String {
        let option = self.option.words;
        if let Some(reason) = &self.aborted {
            return format!("{option} the collector would give up: {reason}");
        }
        let manifests = |count| counted(count, "manifest", "manifests");
        let mut parts = Vec::new();
        if self.manifests > 0 {
            parts.push(format!("{} more would go", manifests(self.manifests)));
        }
        if self.manifests_fewer > 0 {
            let fewer = manifests(self.manifests_fewer);
            parts.push(format!("{fewer} fewer would go"));
        }
        if self.bytes > 0 {
            parts.push(format!("{} more would come back", bytes(self.bytes)));
        }
        if self.bytes_fewer > 0 {
            parts.push(format!("{} less would come back", bytes(self.bytes_fewer)));
        }
        let breaks = if self.breaks {
            "; and something that stays would break"
        } else {
            ""
        };
        format!("{option} {}{breaks}", parts.join(", "))
    }
}

impl Simulator {
    /// What `actions`, which do what `answer` says, would do with each other option of the registry; only those that
    /// change something.
    ///
    /// Cost: two simulations for each option.
    pub fn other_options(&self, actions: &[Action], answer: &Answer) -> Vec<OptionAnswer> {
        let options = self.policy.other_options().iter();
        options
            .filter_map(|option| {
                let policy = self.policy.with_option(*option)?;
                let inventory = std::sync::Arc::clone(&self.initial.inventory);
                let other = Self::new(inventory, policy).simulate(actions, &[]);
                OptionAnswer::of(*option, answer, &other)
            })
            .collect()
    }
}

//! Registers: what was answered last to a question that can be asked again, and what failed last.

use std::collections::BTreeMap;

use crate::oci::Absence;

use super::NodeId;
use super::fact::Stamp;

/// The last success and the last failure of one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    /// When it was last answered.
    pub success: Option<Stamp>,
    /// When it last failed, and why.
    pub failure: Option<(Stamp, Absence)>,
}

impl Register {
    pub(super) fn succeed(&mut self, stamp: Stamp) {
        self.success = self.success.max(Some(stamp));
    }

    /// The highest stamp wins; of equal ones the greater absence, so that the order does not matter.
    pub(super) fn fail(&mut self, stamp: Stamp, absence: &Absence) {
        let is_newer = self
            .failure
            .as_ref()
            .is_none_or(|(before, old)| (before, old) < (&stamp, absence));
        if is_newer {
            self.failure = Some((stamp, absence.clone()));
        }
    }

    /// The failure, if it is the last word.
    pub fn standing_failure(&self) -> Option<&Absence> {
        let (stamp, absence) = self.failure.as_ref()?;
        (self.success < Some(*stamp)).then_some(absence)
    }
}

/// Which pages of which listings of one list are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Listings {
    /// When the newest complete listing was asked for.
    complete: Option<Stamp>,
    /// Listings that are newer than it and not complete.
    open: BTreeMap<Stamp, Listing>,
}

#[derive(Clone, Debug, Default)]
struct Listing {
    pages: std::collections::BTreeSet<u32>,
    last: Option<u32>,
}

impl Listings {
    /// Takes a page in.
    pub(super) fn page(&mut self, asked: Stamp, number: u32, is_last: bool) {
        if self.complete >= Some(asked) {
            return;
        }
        let listing = self.open.entry(asked).or_default();
        listing.pages.insert(number);
        if is_last {
            // A listing that ends twice is a lie; the first end is the one that can be reached at all.
            listing.last = Some(listing.last.map_or(number, |last| last.min(number)));
        }
        let is_complete = listing.last.is_some_and(|last| {
            // Pages are a set of numbers from 0, so the count tells whether all are there.
            listing.pages.range(..=last).count() as u64 == u64::from(last) + 1
        });
        if is_complete {
            self.complete = Some(asked);
            self.open = self.open.split_off(&asked);
            self.open.remove(&asked);
        }
    }

    /// When the newest complete listing was asked for.
    pub(super) fn complete(&self) -> Option<Stamp> {
        self.complete
    }

    /// Whether something that was last listed at `listed` is missing from the newest complete listing.
    pub(super) fn is_gone(&self, listed: Option<Stamp>) -> bool {
        self.complete
            .is_some_and(|complete| listed < Some(complete))
    }
}

/// What a tag names, now and before.
#[derive(Clone, Debug, Default)]
pub(super) struct TagRegister {
    /// When the tag was last on a list.
    pub(super) listed: Option<Stamp>,
    /// Everything that it was ever seen to name, oldest first, each with the last time.
    pub(super) named: Vec<(Stamp, NodeId)>,
}

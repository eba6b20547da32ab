//! Work in the background: what takes longer than a frame is a job of a kind, done by a worker, answered by a message.
//!
//! ```text
//! update ─▶ Jobs::begin(kind) ─▶ Effect::Work(ticket, job) ─▶ Workers ─▶ Message::Worked(ticket, done) ─▶ update
//! ```
//!
//! A kind of job more is: a [`Kind`], with how its tickets count; a variant of [`Job`] with what it needs; an arm where
//! `worker` does it; a variant of [`Done`], and what `update` makes of that. `update` asks [`Jobs::take`] whether an
//! answer is still wanted: of most kinds the newest alone is.

mod worker;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evidence::{Reading, SearchText};
use crate::insight::account::Section;
use crate::insight::package_table::{Bill, PackageTable};
use crate::oci::Digest;
use crate::session::Unread;

use super::impact::{Reply, Request};
use super::panes::compare::Comparison;
use super::panes::tabs::{Account, Telling, Verification, Verified};
use super::verifying::{ViewVerification, ViewVerified};

pub use worker::Workers;
#[cfg(test)]
pub(super) use worker::alone;

/// The kinds of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// A document is indented.
    Format,
    /// A document is read.
    Read,
    /// What a deletion does is worked out.
    Impact,
    /// Why something is kept is worked out.
    Why,
    /// The signatures of the row under the cursor are verified.
    Verify,
    /// Those of all that is in view are.
    VerifyView,
    /// Packages are put into a table.
    Tabulate,
    /// Documents are unwrapped.
    Unwrap,
    /// An account of an image is put together.
    Tell,
    /// Two images are compared.
    Compare,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Format,
        Self::Read,
        Self::Impact,
        Self::Why,
        Self::Verify,
        Self::VerifyView,
        Self::Tabulate,
        Self::Unwrap,
        Self::Tell,
        Self::Compare,
    ];

    /// What is being done, for the top line.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Format => "formatting",
            Self::Read => "reading documents",
            Self::Impact => "working out the impact",
            Self::Why => "working out why",
            Self::Verify | Self::VerifyView => "verifying",
            Self::Tabulate => "sorting packages",
            Self::Unwrap => "unwrapping documents",
            Self::Tell => "putting together",
            Self::Compare => "comparing",
        }
    }

    /// Which answers are wanted.
    const fn wanted(self) -> Wanted {
        match self {
            Self::Read => Wanted::Each,
            Self::Format
            | Self::Impact
            | Self::Why
            | Self::Verify
            | Self::VerifyView
            | Self::Tabulate
            | Self::Unwrap
            | Self::Tell
            | Self::Compare => Wanted::Newest,
        }
    }
}

/// Which answers of a kind are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// A new job replaces those before it.
    Newest,
    /// Each job is for itself.
    Each,
}

/// Which job of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket {
    /// The kind.
    pub kind: Kind,
    /// Counts within all kinds, from 1.
    pub number: u64,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// Indent these bytes.
    Format(Digest, Arc<[u8]>),
    /// Read this document.
    Read(Unread),
    /// Work out an impact, or why something is kept.
    Impact(Request),
    /// Verify signatures.
    Verify(Box<Verification>),
    /// Verify those of several images.
    VerifyView(Box<ViewVerification>),
    /// Put the packages of these documents into a table.
    Tabulate(Vec<Bill>),
    /// Take what these documents are wrapped in off, and indent what is left.
    Unwrap(Vec<(Digest, Arc<[u8]>)>),
    /// Put an account of an image together.
    Tell(Telling),
    /// Compare two images.
    Compare(Comparison),
}

/// What came of a job.
#[derive(Clone, Debug)]
pub enum Done {
    /// The lines of a document.
    Formatted(Digest, Arc<Vec<String>>),
    /// What a document says, and the same as a text that is searched.
    Read(Digest, Arc<Reading>, Arc<SearchText>),
    /// The packages of an image.
    Tabulated(Arc<PackageTable>),
    /// The innermost documents of these, line by line.
    Unwrapped(Vec<(Digest, Arc<Vec<String>>)>),
    /// An account of an image.
    Account(Account),
    /// What differs between two images.
    Compared(Vec<Section>),

    /// An answer about deletion.
    Impact(Reply),
    /// What came of verifying.
    Verified(Verified),
    /// The same of several images.
    ViewVerified(ViewVerified),
}

/// What is being worked on, as the screen knows it. Knows no thread.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    last: u64,
    open: BTreeSet<Ticket>,
}

impl Jobs {
    /// A ticket for a job; where the newest alone counts, those before are not waited for any more.
    pub fn begin(&mut self, kind: Kind) -> Ticket {
        if kind.wanted() == Wanted::Newest {
            self.cancel(kind);
        }
        self.last += 1;
        let ticket = Ticket {
            kind,
            number: self.last,
        };
        self.open.insert(ticket);
        ticket
    }

    /// Waits for no job of this kind any more.
    pub fn cancel(&mut self, kind: Kind) {
        self.open.retain(|ticket| ticket.kind != kind);
    }

    /// Whether the answer with this ticket is wanted; once.
    pub fn take(&mut self, ticket: Ticket) -> bool {
        self.open.remove(&ticket)
    }

    /// Whether a job of this kind is waited for.
    pub fn is_busy(&self, kind: Kind) -> bool {
        self.open.iter().any(|ticket| ticket.kind == kind)
    }

    /// What is being worked on, and how many jobs of it, for the top line.
    pub fn running(&self) -> impl Iterator<Item = (Kind, usize)> {
        Kind::ALL.into_iter().filter_map(|kind| {
            let of_kind = self.open.iter().filter(|ticket| ticket.kind == kind);
            Some((kind, of_kind.count())).filter(|(_, count)| *count > 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_one_kind_is_wanted_though_another_kind_was_asked_since() {
        let mut jobs = Jobs::default();
        let impact = jobs.begin(Kind::Impact);
        let why = jobs.begin(Kind::Why);
        assert!(jobs.take(impact) && jobs.take(why));
        assert!(!jobs.take(impact), "an answer comes once");
    }

    #[test]
    fn of_most_kinds_the_newest_answer_alone_is_wanted_and_each_document_that_is_read() {
        let mut jobs = Jobs::default();
        let (old, new) = (jobs.begin(Kind::Impact), jobs.begin(Kind::Impact));
        assert!(!jobs.take(old) && jobs.take(new));
        let (one, two) = (jobs.begin(Kind::Read), jobs.begin(Kind::Read));
        assert_eq!(jobs.running().collect::<Vec<_>>(), [(Kind::Read, 2)]);
        assert!(jobs.take(one) && jobs.take(two));
        jobs.begin(Kind::Format);
        jobs.cancel(Kind::Format);
        assert!(!jobs.is_busy(Kind::Format));
    }
}

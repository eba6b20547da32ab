//! Facts: answers with the moment at which they were given.

use serde::{Deserialize, Serialize};

use crate::oci::Answer;

/// A moment: which session, and the how-manieth answer in it. Given once and saved with the fact, so that facts of
/// several sessions keep their order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Stamp {
    /// When the session began, in milliseconds since 1970.
    pub session: u64,
    /// Counts within the session, from 1.
    pub sequence: u64,
}

/// One answer that a source gave to one question, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When the answer was given.
    pub stamp: Stamp,
    /// When the question was asked: the same for every page of one listing.
    pub asked: Stamp,
    /// The answer.
    pub answer: Answer,
}

//! `regscope impact` for people.

use crate::insight::impact::{Answer, Foreteller, Recognised, Why};

/// The answer in words.
pub(super) fn answer(_teller: &Foreteller, answer: &Answer, _chosen: &Recognised) -> String {
    format!("{answer:#?}")
}

/// The reason in words.
pub(super) fn why(_teller: &Foreteller, why: &Why) -> String {
    format!("{why:#?}")
}

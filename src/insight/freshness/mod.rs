//! What is out of date: versions in the names of tags, and what is newer.
//!
//! [`Tags::read`] tells what each tag of a repository is and which are names of one release; [`Tags::judge`] what a tag
//! is to the one in use, and why; [`Tags::candidates`] what there is to change to.

mod candidates;
mod conventions;
mod lines;
mod number;
mod order;
mod parse;
mod pieces;
mod range;
mod rest;
mod tags;
mod verdict;
mod version;

pub use candidates::Candidates;
pub use lines::Lines;
pub use order::natural;
pub use pieces::Pieces;
pub use range::{Range, RangeError};
pub use tags::{Kind, Listed, Tag, Tags};
pub use verdict::{Judgement, Level, Verdict};
pub use version::{Line, Scheme, Stage, Version};

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;

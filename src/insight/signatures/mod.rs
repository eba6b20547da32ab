//! Which evidence is attached to which image, and what it makes of it: the images that a target leads to, every
//! signature and attestation found for them, and a verdict an image (`docs/interface.md`, `verify`, "Of images").

mod collect;
mod mark;
mod verdict;

#[cfg(test)]
mod tests;

pub use collect::{Attached, Collected, Image, collect, collect_about, collect_of};
pub use mark::mark;
pub use verdict::{Demand, ImageVerdict, judge_images, predicate_of};

//! What images stand on: bases by every kind of evidence, kept apart, and whether they have moved.
//!
//! ```text
//! graph ─▶ images ─▶ bases: annotations · provenance · layers · history ─▶ resolved now ─▶ verdict
//! ```
//!
//! Nothing is asked for here. [`Lineage::of`] tells which tags must be resolved (`named_bases`); once they are in
//! the graph, [`Lineage::judge`] tells what has become of them.

mod annotations;
mod bases;
mod history;
mod images;
mod layers;
mod provenance;
mod reference;
mod verdict;

pub use bases::{Base, BaseEvidence, Lineage, Standing};
pub use images::{PlatformImage, images};
pub use layers::{LayerIndex, Layered};
pub use reference::{BaseName, NamedBase};
pub use verdict::{Behind, Cause, Judged, Verdict};

#[cfg(test)]
mod tests;

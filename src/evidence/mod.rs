//! What attached documents say: bytes in, a value and a list of problems out.
//!
//! One front door, [`read`], recognises a document by what stands in it, never by what it is labelled as, takes off
//! whatever it is wrapped in, and hands it to its reader. Every reader takes what it can: a document that is partly
//! wrong gives what it has, each problem with its place. No input panics; nothing is fetched, and nothing is verified
//! here but in `signature`.
//!
//! Adding a kind of document: a line in `recognise`, a reader, and a variant of [`Body`].

pub mod chart;
mod compression;
mod front;
mod label;
pub mod license;
pub mod predicate;
mod problems;
pub mod provenance;
mod reading;
mod recognise;
pub mod sbom;
mod search_text;
pub mod signature;
pub mod statement;
mod text;
mod tree;
pub mod vex;

pub use front::{innermost, read};
pub use reading::{Body, Label, Limits, Other, Reading, SignatureForm, Wrapper};
pub use search_text::{SearchText, Words};

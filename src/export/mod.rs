//! Documents for programs: each is made here, from types of its own, and has a JSON Schema.
//!
//! # How a document is added
//!
//! 1. A file here, `export/NAME.rs`, with a type that derives `Serialize` and `JsonSchema` and a function that makes it
//!    from what `insight` says. Its types are its own: no type of another room derives `Serialize` for it, so that a
//!    rename elsewhere cannot break a program that reads the document. A digest or a text from outside is a field with
//!    `#[schemars(with = "String")]` (or `"Option<String>"`); a word that is one of several is an enum with
//!    `#[serde(rename_all = "kebab-case")]`. The doc comments of its fields become the schema's descriptions: they speak
//!    to who reads the document. A field that may be missing has `#[serde(skip_serializing_if = …)]`; every other one
//!    is always there, if need be null.
//! 2. A line in [`DOCUMENTS`], and `cargo run --example schemas`, which writes `assets/schema/NAME.json`.
//! 3. A line in `GOLDEN` of `tests/documents.rs` with a command that prints it, and
//!    `REGSCOPE_BLESS=1 cargo test --test documents`, which writes `tests/documents/NAME.json`. Read it.
//! 4. Its fields in `README.md`.
//!
//! `tests/documents.rs` fails where a schema is not the committed one, where a golden document is not what the program
//! prints, and where it does not satisfy its schema.

pub mod diff;
pub mod document;
pub mod impact;
pub mod inspect;
pub mod package;
pub mod plan;
pub mod policies;
pub mod sbom;
mod schema;
pub mod search;
pub mod stale;
pub mod tree;
pub mod updates;
mod uploads;
pub mod verify;
pub mod why;

pub use schema::Documented;

/// Every document that has a schema.
pub const DOCUMENTS: &[Documented] = &[
    Documented::of::<tree::TreeDocument<'static>>("tree"),
    Documented::of::<impact::ImpactDocument<'static>>("impact"),
    Documented::of::<inspect::InspectDocument<'static>>("inspect"),
    Documented::of::<why::WhyDocument<'static>>("impact-why"),
    Documented::of::<plan::PlanDocument<'static>>("impact-commands"),
    Documented::of::<policies::PoliciesDocument>("policies"),
    Documented::of::<stale::StaleDocument>("stale"),
    Documented::of::<updates::UpdatesDocument<'static>>("updates"),
    Documented::of::<verify::VerifyDocument<'static>>("verify"),
    Documented::of::<sbom::SbomDocument<'static>>("sbom"),
    Documented::of::<search::SearchDocument<'static>>("search"),
    Documented::of::<diff::DiffDocument<'static>>("diff"),
];

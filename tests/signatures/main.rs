//! Signatures of every kind, made for these tests by `make_fixtures.py`: each is verified, each well-made lie fails where
//! it lies, each byte that matters is changed, one by one, and whatever is malformed is told. The collections of others
//! are in `collection`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    reason = "a test stops where its ground is not as it thinks"
)]

mod changed;
mod collection;
mod fixtures;
mod forms;
mod images;
mod malformed;
mod random;

#[path = "../support"]
mod support {
    pub mod binary;
    pub mod folder;
    pub mod independent;
}

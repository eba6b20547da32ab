//! regscope: what a container registry really holds, as one graph.
//!
//! Data moves one way: `source` → `crawl` → `graph` → `insight` → the screen and the command line; see `ARCHITECTURE.md`.

pub mod content;
pub mod graph;
pub mod insight;
pub mod oci;
pub mod source;

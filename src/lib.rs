//! regscope: what a container registry really holds, as one graph.
//!
//! Data moves one way: `source` → `crawl` → `graph` → `insight` → `tui`, `cli` and `export`; see `ARCHITECTURE.md`.

pub mod cli;
pub mod config;
pub mod content;
pub mod crawl;
pub mod evidence;
pub mod export;
pub mod graph;
pub mod insight;
pub mod oci;
pub mod session;
pub mod source;
pub mod tui;
pub mod words;

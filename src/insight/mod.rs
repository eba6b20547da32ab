//! What the graph means: pure functions over it, without I/O and without a clock.

pub mod account;
pub mod attached;
pub mod bills;
pub mod cells;
pub mod coverage;
pub mod diff;
pub mod freshness;
pub mod identity;
pub mod image;
pub mod impact;
pub mod lineage;
pub mod listing;
pub mod marks;
pub mod outline;
pub mod package_table;
pub mod package_version;
pub mod problems;
pub mod purl;
pub mod search;
pub mod signatures;

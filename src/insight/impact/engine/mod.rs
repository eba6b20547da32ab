//! The rules at work: what an action does at once, what the next collection takes.
//!
//! ```text
//! actions ─▶ api: what it does at once ─▶ live: which manifests go on answering ─▶ mark ─▶ sweep
//!            (Inventory + Policy)                          collect
//! ```

pub(in crate::insight::impact) mod api;
pub(in crate::insight::impact) mod collect;
pub(in crate::insight::impact) mod counting;
pub(in crate::insight::impact) mod damage;
pub(in crate::insight::impact) mod database;
pub(in crate::insight::impact) mod live;
pub(in crate::insight::impact) mod mark;
pub(in crate::insight::impact) mod normalize_rows;
pub(in crate::insight::impact) mod release;
pub(in crate::insight::impact) mod retention;
pub(in crate::insight::impact) mod scratch;
pub(in crate::insight::impact) mod simulation;
pub(in crate::insight::impact) mod state;

//! What is asked: the actions, how they are chosen, and who uses what.

pub(in crate::insight::impact) mod action;
pub(in crate::insight::impact) mod choose;
pub(in crate::insight::impact) mod consumer;
pub(in crate::insight::impact) mod in_use;
pub(in crate::insight::impact) mod select;

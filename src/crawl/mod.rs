//! What to ask, in which order, how many at once; and what the answers ask for next.
//!
//! A [`Crawl`] runs beside whoever started it: it asks [`Source`](crate::source::Source)s, stamps their answers into
//! [`Fact`](crate::graph::Fact)s, and follows up as its [`Plan`] says. It keeps no graph.

mod asking;
mod budget;
mod failures;
mod follow;
mod handle;
mod memory;
mod plan;
mod queue;
mod scheduler;
mod task;

pub use handle::{Crawl, Event, Progress};
pub use plan::{Plan, Reach, TagFilter, Urgency, check_pattern};

//! A session: targets become sources and roots, and answers become a graph.
//!
//! The one place that knows which source a target needs. The command line runs a session to its end; the screen takes
//! it apart and steers the crawl itself.

pub mod impact;
mod journal;
mod known;
mod open;
mod place;
mod reading;
mod recent;
mod run;
pub mod stale;
pub mod updates;

pub use journal::Journal;
pub use known::Known;
pub use open::{Network, OpenError, Opened, open};
pub use reading::{Unread, limits_of};
pub use recent::Recent;
pub use run::{Ended, Session, now, recall};

//! The screen, in the manner of Elm: a [`Model`](model::Model), messages that change it, a view that draws it.
//!
//! ```text
//! terminal, crawl, signals ─▶ Message ─▶ update(&mut Model) ─▶ Effect ─▶ app does it
//!                                             │
//!                                           settle ─▶ view::draw(&Model)
//! ```
//!
//! What a deletion would do is worked out on a thread of its own ([`impact`]) and shown over the panes.

pub mod app;
mod bars;
mod bounded;
mod copying;
mod count;
mod crash;
pub mod details;
mod document_plan;
pub mod effect;
mod fetch_plan;
pub mod history;
pub mod impact;
mod inbox;
pub mod jobs;
pub mod keys;
pub mod layout;
mod links;
pub mod message;
pub mod model;
mod pace;
pub mod pane;
pub mod panes;
mod popup;
mod preferred;
mod repository_question;
pub mod terminal;
pub mod theme;
pub mod tree;
pub mod update;
mod verifying;
pub mod view;
mod written;

#[cfg(test)]
mod evidence_screens;
#[cfg(test)]
mod pane_screens;
#[cfg(test)]
mod screens;
#[cfg(test)]
mod signature_screens;

pub use app::{Opener, Recaller, Rememberer, Setup, run};
pub use impact::{Target, Terms};
pub use keys::Keymap;
pub use model::{Pin, Remember, Suggestion};
pub use panes::TABLE;
pub use panes::tabs::is_tab;

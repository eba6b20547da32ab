//! What the screen wants done. `update` only says so; `app` does it.

use std::sync::Arc;

use crate::crawl::{Reach, Urgency};
use crate::graph::Fact;
use crate::oci::{Address, Digest, Question};

use super::impact::Request;

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask for something.
    Want(Question, Urgency, Reach),
    /// Of what is wanted, this goes first; it replaces what went first before.
    Prefer(Vec<Question>),
    /// Take a wish back.
    Unwant(Question),
    /// Ask again.
    Again(Question),
    /// Ask again for what stands as failed there.
    AgainFailed(Option<Address>),
    /// Load everything; these are what was not asked for.
    LoadAll(Vec<Question>),
    /// Put a text on the clipboard.
    Copy(String),
    /// Indent a document, away from the screen's thread.
    Format(Digest, Arc<[u8]>),
    /// Open a target.
    Open(String),
    /// Tell the worker what is known now.
    Learn(Vec<Fact>),
    /// Ask the worker.
    Foretell(Request),
    /// Mouse on or off.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}

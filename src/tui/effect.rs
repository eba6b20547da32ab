//! What the screen wants done. `update` only says so; `app` does it.

use std::sync::Arc;

use crate::crawl::{Reach, Urgency};
use crate::evidence::Reading;
use crate::graph::Fact;
use crate::oci::{Address, Digest, Question};

use super::jobs::{Job, Ticket};
use super::model::Remember;

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
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
    /// Write a text to a new file.
    Write(String, String),
    /// Open an address of the web in the person's browser.
    Browse(String),
    /// Let the shell have the terminal until it calls back.
    Suspend,
    /// Note something of a target for the first screen.
    Remember(String, Remember),
    /// Ask for nothing more of what is being loaded.
    StopLoading,
    /// Open a target.
    Open(String),
    /// Tell the worker what is known now.
    Learn(Vec<Fact>),
    /// Tell the workers what a document says.
    LearnReading(Digest, Arc<Reading>),
    /// Do a job, away from the screen's thread.
    Work(Ticket, Job),
    /// Mouse on or off.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}

//! What can happen to the screen.

use ratatui::crossterm::event::{KeyEvent, MouseEvent};

use crate::crawl::Event;
use crate::graph::Fact;
use crate::oci::Address;

use super::jobs::{Done, Ticket};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Pressed(KeyEvent),
    /// The mouse was used.
    Moused(MouseEvent),
    /// Text was pasted.
    Pasted(String),
    /// The terminal has another size: columns, rows.
    Resized(u16, u16),
    /// The crawl said something.
    Crawled(Event),
    /// What earlier sessions found out about a repository that was opened.
    Recalled(Vec<Fact>),
    /// A target was opened, or could not be, in words.
    Opened(Result<Address, String>),
    /// A worker did this job.
    Worked(Ticket, Done),
    /// Something outside was done, or could not be: a sentence for the person.
    Noticed(String),
    /// The terminal is gone.
    Ended,
}

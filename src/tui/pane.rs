//! The panes that lie over tree and details: the impact, the reasons why something is kept.

use std::sync::Arc;

use crate::oci::{Digest, Origin};

use super::impact::plan::Tool;
use super::impact::{Impact, Item, Line, Part, Reasons, Rules};

/// The impact of what is marked, and what is being looked at in it.
#[derive(Clone, Debug, Default)]
pub struct ImpactPane {
    /// Whether it is what the keys go to, or lies under what they go to.
    pub is_open: bool,
    /// The request whose answer is awaited or shown.
    pub ticket: u64,
    /// Whether it is awaited.
    pub is_waiting: bool,
    /// What would be done, registry by registry.
    pub parts: Vec<Part>,
    /// The one that is shown; of the others there are totals.
    pub at: usize,
    /// The rules to compare with.
    pub other: Option<Rules>,
    /// The last answer, or why there is none.
    pub shown: Option<Result<Arc<Impact>, String>>,
    /// The line under the cursor.
    pub cursor: usize,
    /// Whether the totals have all the room, where they do not fit above the list.
    pub is_totals: bool,
    /// What lies over it.
    pub over: Over,
}

/// What lies over the impact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    /// Nothing.
    #[default]
    Nothing,
    /// The policies, one of which is chosen.
    Policies {
        /// The row under the cursor.
        cursor: usize,
        /// Whether it is to be compared with, rather than taken.
        is_other: bool,
    },
    /// The plan, as commands of one program.
    Plan(Tool, usize),
}

impl ImpactPane {
    /// What would be done on the registry that is shown.
    pub fn part(&self) -> Option<&Part> {
        self.parts.get(self.at)
    }

    /// The answer, if there is one.
    pub fn impact(&self) -> Option<&Arc<Impact>> {
        self.shown.as_ref()?.as_ref().ok()
    }

    /// The line under the cursor, if it is about something.
    pub fn selected(&self) -> Option<&Item> {
        match self.impact()?.lines.get(self.cursor)? {
            Line::Item(item) => Some(item),
            Line::Repository(_) => None,
        }
    }
}

/// Why something is kept.
#[derive(Clone, Debug, Default)]
pub struct WhyPane {
    /// The request whose answer is awaited or shown.
    pub ticket: u64,
    /// Whose registry.
    pub origin: Option<Origin>,
    /// What it is about.
    pub about: Option<(String, Digest)>,
    /// The answer, or why there is none; nothing while it is awaited.
    pub shown: Option<Result<Arc<Reasons>, String>>,
    /// The path under the cursor.
    pub cursor: usize,
}

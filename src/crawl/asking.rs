//! What the scheduler knows of a question: who wants it, how, and how far it is.

use tokio::task::AbortHandle;

use crate::graph::Stamp;

use super::plan::{Reach, Urgency};

/// How a question is wanted: its level below the root, how far to go on from it, and how soon.
pub(super) type How = (u32, Reach, Urgency);

/// A question's life.
pub(super) struct Asking {
    pub(super) urgency: Urgency,
    pub(super) reach: Reach,
    /// Levels below the root.
    pub(super) level: u32,
    /// How many want it.
    pub(super) askers: u32,
    /// Whether somebody wants to know it anew.
    pub(super) is_again: bool,
    pub(super) stage: Stage,
}

pub(super) enum Stage {
    Waiting,
    /// Since when it is asked, which tells this asking from earlier ones, and how to end it.
    Running(Stamp, AbortHandle),
    Done,
}

impl Asking {
    /// A question that somebody wants and nobody asked yet.
    pub(super) fn new((level, reach, urgency): How, stage: Stage) -> Self {
        Self {
            urgency,
            reach,
            level,
            askers: 1,
            is_again: false,
            stage,
        }
    }

    pub(super) fn how(&self) -> How {
        (self.level, self.reach, self.urgency)
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }
}

//! What is known: the one place that answers of sources come to, for the command line, the screen and the impact.
//!
//! ```text
//! crawl ─▶ facts ─▶ Known::take ─▶ graph · content · notes
//! ```

use crate::content::Content;
use crate::graph::{Fact, Graph};
use crate::oci::Address;

use super::stock::Notes;

/// Everything that is known, and the documents behind it.
#[derive(Default)]
pub struct Known {
    /// What there is, and what names what.
    pub graph: Graph,
    /// Documents by digest, under a cap.
    pub content: Content,
    /// What documents say that the impact needs, also where they were dropped.
    notes: Option<Notes>,
}

impl Known {
    /// Takes notes on documents as they pass, for the impact. That reads each manifest once more.
    pub fn with_notes() -> Self {
        Self {
            notes: Some(Notes::default()),
            ..Self::default()
        }
    }

    /// As [`Known::with_notes`], and keeps no documents: for who shares a process with somebody that does.
    pub fn notes_alone() -> Self {
        Self {
            content: Content::new(0),
            ..Self::with_notes()
        }
    }

    /// Takes facts in: the only way in which anything becomes known. Facts may come in any order, and again.
    ///
    /// Cost: that of [`Graph::apply`], and where notes are taken one reading of each manifest.
    pub fn take(&mut self, facts: &[Fact]) {
        for fact in facts {
            self.graph.apply(fact);
            self.content.take(&fact.answer);
            if let Some(notes) = &mut self.notes {
                notes.take(&fact.answer);
            }
        }
    }

    /// What documents said, as far as it was noted.
    pub fn notes(&self) -> Option<&Notes> {
        self.notes.as_ref()
    }

    /// The same, to note what was asked beside the crawl.
    pub fn notes_mut(&mut self) -> Option<&mut Notes> {
        self.notes.as_mut()
    }

    /// Where a person begins is known from the start, whatever becomes of it. Gives what stands for it at first: a tag
    /// or manifest is shown once it is found.
    pub fn begin_at(&mut self, root: &Address) {
        match root {
            Address::Registry(origin) => self.graph.touch_registry(origin),
            Address::Repository(repository)
            | Address::Tag(repository, _)
            | Address::Object(repository, _) => self.graph.touch_repository(repository),
        };
    }
}

//! A walk over folders that ends.

use std::path::Path;

use crate::source::Limits;
use crate::source::local::files::{Entry, Root};

/// Why a link is a problem.
pub(super) const LINKED: &str = "is a link, and links between folders are not followed";

/// At most so many problems of one walk are told.
const PROBLEMS_TOLD: usize = 100;

/// What a list of folders gave, and what of it could not be read.
#[derive(Clone, Debug)]
pub(crate) struct Found<T> {
    /// What was found, in the order in which the registry itself walks.
    pub(crate) items: Vec<T>,
    /// What could not be read, each a fragment with its place.
    pub(crate) problems: Vec<String>,
    /// Why the registry's own collector would give up here, if it would.
    pub(crate) damage: Option<String>,
    /// What was found more than once.
    pub(crate) twice: Vec<T>,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            problems: Vec::new(),
            damage: None,
            twice: Vec::new(),
        }
    }
}

/// A walk over folders, within limits.
pub(super) struct Walk<'a> {
    limits: &'a Limits,
    /// How many folders may still be entered.
    visits: usize,
    /// How many repositories are wanted.
    pub(super) wanted: usize,
    /// What was found.
    pub(super) found: Found<String>,
    is_cut: bool,
}

impl<'a> Walk<'a> {
    /// A walk that enters at most `visits` folders.
    pub(super) fn new(limits: &'a Limits, visits: usize) -> Self {
        Self {
            limits,
            visits,
            wanted: limits.list_entries,
            found: Found::default(),
            is_cut: false,
        }
    }

    /// The entries of `folder`, if the walk may enter it and they can be read.
    pub(super) fn enter(&mut self, root: &Root, folder: &Path, depth: usize) -> Option<Vec<Entry>> {
        if self.found.items.len() >= self.wanted || self.visits == 0 {
            if !self.is_cut {
                self.is_cut = true;
                self.problem(
                    folder,
                    "and what follows is more than is read (setting limits.list_entries)",
                );
            }
            return None;
        }
        if depth > self.limits.depth {
            self.problem(folder, "is deeper than is read (setting limits.depth)");
            return None;
        }
        self.visits -= 1;
        match root.entries(folder) {
            Ok(entries) => Some(entries),
            Err(error) => {
                self.problem(folder, &format!("it {error}"));
                None
            }
        }
    }

    /// Notes a problem with `place`.
    pub(super) fn problem(&mut self, place: &Path, what: &str) {
        if self.found.problems.len() < PROBLEMS_TOLD {
            self.found
                .problems
                .push(format!("{}: {what}", place.display()));
        }
    }
}

//! The tree as the screen has it: rows, a cursor, what is open, and the window that is shown.
//!
//! It flattens what is open by itself, when the graph, the expansion or the filter changed, and hands out only the
//! rows of the window. That a widget draws them is a secret of `view/tree.rs`.

mod cursor;
mod opening;
mod rows;
mod search;
mod sort;

use std::collections::HashMap;

use crate::content::Content;
use crate::graph::Graph;
use crate::insight::outline::{Entry, Found, Needle, Outline, RowPath};
use crate::oci::Address;

pub use sort::Sort;

/// One row that could be shown.
#[derive(Clone, Debug)]
pub struct Line {
    /// What stands there.
    pub entry: Entry,
    /// How deep it stands.
    pub depth: usize,
    /// Whether what is below it follows.
    pub is_open: bool,
}

/// Rows, cursor and expansion.
pub struct Tree {
    /// Held: a frame while ten thousand tags arrive must not group them all.
    outline: Outline,
    roots: Vec<Address>,
    lines: Vec<Line>,
    cursor: usize,
    offset: usize,
    height: usize,
    /// What the person opened or closed; what is not here opens by itself or not.
    chosen: HashMap<RowPath, bool>,
    /// Whether rows open by themselves.
    is_folded: bool,
    sort: Sort,
    /// Of what is sorted by; none: it must be looked up.
    weights: Option<sort::Weights>,
    filter: String,
    /// The same, taken apart.
    needle: Needle,
    /// What it found, whether it is open or not.
    found: Found,
    /// Whether the person has put the cursor anywhere; before that it stays at the top, whatever comes in above.
    is_placed: bool,
    /// The graph's version of which the lines are; none: something else changed.
    built: Option<u64>,
    /// Whether a tag was opened of which it was not known what it names.
    has_chosen_tag: bool,
}

/// How new rows have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// As new as the graph.
    Newest,
    /// As they were when they were made last, with what the person opened or closed since.
    AsTheyAre,
}

impl Tree {
    /// A tree over roots.
    pub fn new(roots: Vec<Address>) -> Self {
        Self {
            outline: Outline::held(),
            roots,
            lines: Vec::new(),
            cursor: 0,
            offset: 0,
            height: 0,
            chosen: HashMap::new(),
            is_folded: false,
            sort: Sort::default(),
            weights: None,
            filter: String::new(),
            needle: Needle::default(),
            found: Found::default(),
            is_placed: false,
            built: None,
            has_chosen_tag: false,
        }
    }

    /// Adds a root, and puts the cursor there.
    pub fn add_root(&mut self, graph: &Graph, root: &Address) {
        if !self.roots.contains(root) {
            self.roots.push(root.clone());
        }
        self.built = None;
        let path = RowPath::root(root.clone(), graph.find(root));
        self.rebuild(graph, &());
        self.put_cursor(&path);
    }

    /// Takes all roots away.
    pub fn forget_roots(&mut self) {
        self.roots.clear();
        self.lines.clear();
        (self.cursor, self.offset) = (0, 0);
        self.is_placed = false;
        self.built = None;
    }

    /// The roots.
    pub fn roots(&self) -> &[Address] {
        &self.roots
    }

    /// The rows, all that could be scrolled to.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The rows of the window.
    pub fn window(&self) -> &[Line] {
        self.lines_from(self.offset, self.height)
    }

    /// The rows of the window, and as many behind it.
    pub fn window_and_next(&self) -> &[Line] {
        self.lines_from(self.offset, self.height * 2)
    }

    fn lines_from(&self, start: usize, count: usize) -> &[Line] {
        let end = start.saturating_add(count).min(self.lines.len());
        self.lines.get(start.min(end)..end).unwrap_or_default()
    }

    /// Number of the first row of the window.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Number of the row under the cursor.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Line> {
        self.lines.get(self.cursor)
    }

    /// The projection, for what rows show.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// What the tree is filtered by, taken apart.
    pub fn needle(&self) -> &Needle {
        &self.needle
    }

    /// How many things were found of all that is known, shown or not.
    pub fn found(&self) -> usize {
        self.found.nodes.len()
    }

    /// What the tree is filtered by; empty where it is not.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Brings the rows up to date; the cursor stays on its row, and the row where it is on the screen.
    ///
    /// Cost: nothing where nothing changed. Else `O(n)` in what is open, and for [`Rows::Newest`] `O(n log n)` in the tags
    /// of the repositories that can be seen.
    pub fn refresh(&mut self, (graph, content): (&Graph, &Content), height: usize, rows: Rows) {
        let is_due = match rows {
            Rows::Newest => self.built != Some(graph.version()),
            Rows::AsTheyAre => self.built.is_none(),
        };
        if is_due && (rows == Rows::Newest || self.weights.is_none()) {
            self.weigh(graph, content);
        }
        match rows {
            Rows::Newest if is_due => self.rebuild(graph, content),
            Rows::AsTheyAre if is_due => self.build(graph, content),
            _ => {}
        }
        self.height = height;
        self.follow();
    }
}

#[cfg(test)]
mod tests;

//! The filter, and the search from row to row.

use crate::graph::Graph;
use crate::insight::outline::Needle;

use super::Tree;

impl Tree {
    /// Filters by a text.
    pub fn set_filter(&mut self, filter: &str) {
        let filter = filter.to_lowercase();
        if filter != self.filter {
            self.needle = Needle::new(&filter);
            self.filter = filter;
            self.built = None;
        }
    }

    /// Shows all rows again. The cursor stays on its row, and all that leads there is opened.
    pub fn clear_filter(&mut self, graph: &Graph) {
        if self.filter.is_empty() {
            return;
        }
        match self.selected().map(|line| line.entry.path.clone()) {
            Some(path) => {
                self.reveal(graph, &path);
            }
            None => self.set_filter(""),
        }
    }

    /// The next row that was found, from the cursor on, around the end.
    pub fn next_match(&mut self, is_forward: bool) -> bool {
        let count = self.lines.len();
        let row_at = |step: usize| {
            if is_forward {
                (self.cursor + step) % count
            } else {
                (self.cursor + count - step) % count
            }
        };
        let is_match = |row: &usize| {
            let line = self.lines.get(*row);
            line.is_some_and(|line| self.is_found(&line.entry))
        };
        let found = (1..=count).map(row_at).find(is_match);
        if let Some(row) = found {
            self.select(row);
        }
        found.is_some()
    }
}

//! What a person opens and closes.

use std::collections::VecDeque;

use crate::graph::Graph;
use crate::insight::outline::{self, RowPath, What};

use super::Tree;

/// Rows that one key opens at most: a whole registry, unfolded, is nothing that anybody reads.
pub(super) const UNFOLDED_MOST: usize = 5_000;

impl Tree {
    /// Opens or closes the row under the cursor.
    pub fn set_open(&mut self, is_open: bool) {
        let Some(path) = self.selected().map(|line| line.entry.path.clone()) else {
            return;
        };
        self.is_placed = true;
        self.choose(path, is_open);
        self.built = None;
    }

    /// Folds everything. The cursor goes to the row that is left of its path.
    pub fn fold_all(&mut self) {
        self.chosen.clear();
        self.is_folded = true;
        self.built = None;
    }

    /// Opens what is known below the selected row, level by level. Gives how many rows that opened.
    pub fn unfold_below(&mut self, graph: &Graph) -> usize {
        let Some(line) = self.selected() else {
            return 0;
        };
        let mut waiting = VecDeque::from([line.entry.clone()]);
        let mut opened = 0;
        while let Some(entry) = waiting.pop_front() {
            if opened >= UNFOLDED_MOST {
                break;
            }
            let children = self.outline.children(graph, &entry);
            if !children.is_empty() {
                self.choose(entry.path, true);
                opened += children.len();
                waiting.extend(children);
            }
        }
        self.built = None;
        opened
    }

    /// Opens all that leads to a row and puts the cursor there. False where the row is not in the tree.
    pub fn reveal(&mut self, graph: &Graph, path: &RowPath) -> bool {
        self.set_filter("");
        let mut steps: Vec<RowPath> = path.ancestry().cloned().collect();
        steps.reverse();
        for pair in steps.windows(2) {
            let [above, below] = pair else { continue };
            self.choose(above.clone(), true);
            self.open_heading_over(graph, above, below);
        }
        self.rebuild(graph, &());
        self.put_cursor(path)
    }

    /// Opens the heading under `above` that `below` stands under, if there is one.
    fn open_heading_over(&mut self, graph: &Graph, above: &RowPath, below: &RowPath) {
        self.rebuild(graph, &());
        let roots = self.outline.roots(graph, &self.roots);
        let lines = self.lines.iter().map(|line| &line.entry);
        let holder = lines
            .chain(&roots)
            .find(|entry| entry.path == *above)
            .cloned();
        let Some(holder) = holder else { return };
        let children = self.outline.children(graph, &holder);
        if children.iter().any(|child| child.path == *below) {
            return;
        }
        for child in children {
            let is_heading = matches!(child.what, What::Fold { .. });
            if is_heading
                && self
                    .outline
                    .children(graph, &child)
                    .iter()
                    .any(|row| row.path == *below)
            {
                self.choose(child.path, true);
                return;
            }
        }
    }

    pub(super) fn choose(&mut self, path: RowPath, is_open: bool) {
        self.has_chosen_tag |= matches!(path.segment(), outline::Segment::Tag(_));
        self.chosen.insert(path, is_open);
    }
}

//! Making the rows: what is open, flattened, and the cursor found again.

use std::collections::HashSet;

use crate::graph::{Graph, NodeId};
use crate::insight::outline::{self, Documents, Entry, Fold, RowPath, What};

use super::{Line, Tree};

impl Tree {
    pub(super) fn rebuild(&mut self, graph: &Graph, documents: &dyn Documents) {
        self.outline.renew(graph);
        self.build(graph, documents);
    }

    pub(super) fn build(&mut self, graph: &Graph, documents: &dyn Documents) {
        let before = self.selected().cloned();
        let on_screen = self.cursor.saturating_sub(self.offset);
        self.found = outline::search(graph, documents, &self.needle);
        let mut lines = Vec::with_capacity(self.lines.len());
        let roots = self.outline.roots(graph, &self.roots);
        // A single place needs no row of its own: its name stands above the tree.
        let single = match roots.as_slice() {
            [root] => match root.what {
                What::Registry(_) | What::Repository(_) => Some(root.clone()),
                _ => None,
            },
            _ => None,
        };
        let top = match &single {
            Some(root) => self.outline.children(graph, root),
            None => roots,
        };
        self.flatten(graph, top, 0, single.is_some(), &mut lines);
        self.lines = lines;
        self.built = Some(graph.version());
        if let Some(before) = before.filter(|_| self.is_placed) {
            self.cursor = self.find_again(&before).unwrap_or(self.cursor);
            self.offset = self.cursor.saturating_sub(on_screen);
        }
        self.cursor = self.cursor.min(self.lines.len().saturating_sub(1));
    }

    fn flatten(
        &self,
        graph: &Graph,
        entries: Vec<Entry>,
        depth: usize,
        is_top: bool,
        lines: &mut Vec<Line>,
    ) -> bool {
        let mut has_any = false;
        let mut is_first_line = true;
        for entry in self.in_order(entries) {
            let is_line = matches!(
                entry.what,
                What::Fold {
                    fold: Fold::Line(_),
                    ..
                }
            );
            let opens = !self.is_folded
                && (entry.path.parent().is_none() || (is_top && is_line && is_first_line));
            is_first_line &= !is_line;
            has_any |= self.flatten_one(graph, entry, depth, opens, lines);
        }
        has_any
    }

    /// Adds a row and what is open below it. Of a filtered tree only rows that match, and those that lead to them.
    fn flatten_one(
        &self,
        graph: &Graph,
        entry: Entry,
        depth: usize,
        opens: bool,
        lines: &mut Vec<Line>,
    ) -> bool {
        let mut is_open = self.is_open(&entry, opens);
        if self.filter.is_empty() {
            let children = if is_open {
                self.outline.children(graph, &entry)
            } else {
                Vec::new()
            };
            let is_top = matches!(entry.what, What::Repository(_));
            lines.push(Line {
                entry,
                depth,
                is_open,
            });
            self.flatten(graph, children, depth + 1, is_top, lines);
            return true;
        }
        // What leads to a match opens while the filter stands.
        is_open |= matches!(entry.what, What::Fold { .. })
            || entry
                .node()
                .is_some_and(|node| self.found.leading.contains(&node));
        let is_match = self.is_found(&entry);
        let start = lines.len();
        let children = if is_open {
            self.outline.children(graph, &entry)
        } else {
            Vec::new()
        };
        lines.push(Line {
            entry,
            depth,
            is_open: false,
        });
        let has_below = self.flatten(graph, children, depth + 1, false, lines);
        if let Some(line) = lines.get_mut(start) {
            line.is_open = has_below;
        }
        if !is_match && !has_below {
            lines.truncate(start);
        }
        is_match || has_below
    }

    /// Whether what a row stands for was found.
    pub(super) fn is_found(&self, entry: &Entry) -> bool {
        let nodes = &self.found.nodes;
        match &entry.what {
            What::Pending(_) | What::Fold { .. } => false,
            What::Registry(node) | What::Repository(node) | What::Note(node, _) => {
                nodes.contains(node)
            }
            What::Tags(tags) => {
                tags.iter().any(|tag| nodes.contains(tag))
                    || entry.path.node().is_some_and(|node| nodes.contains(&node))
            }
            What::Object { node, .. } => nodes.contains(node),
        }
    }

    fn is_open(&self, entry: &Entry, opens: bool) -> bool {
        if let Some(chosen) = self.chosen.get(&entry.path) {
            return *chosen;
        }
        // A tag that was opened before it was known what it names stays open.
        let parent = entry.path.parent();
        let was_open = |tag: &crate::graph::NodeId| {
            let before = parent.map(|parent| parent.child(outline::Segment::Tag(*tag), None));
            before.and_then(|path| self.chosen.get(&path).copied())
        };
        match &entry.what {
            What::Tags(tags) if self.has_chosen_tag => {
                tags.iter().take(8).find_map(was_open).unwrap_or(opens)
            }
            _ => opens,
        }
    }

    /// Where a row is now: itself, the row of the same tag, or the nearest row that it stood under.
    fn find_again(&self, before: &Line) -> Option<usize> {
        let at = |path: &RowPath| self.lines.iter().position(|line| line.entry.path == *path);
        if let Some(found) = at(&before.entry.path) {
            return Some(found);
        }
        if let What::Tags(tags) = &before.entry.what {
            // One manifest may have ten thousand tags, and so may the repository.
            let tags: HashSet<NodeId> = tags.iter().copied().collect();
            let same = |line: &Line| match &line.entry.what {
                What::Tags(others) => others.iter().any(|tag| tags.contains(tag)),
                _ => false,
            };
            if let Some(found) = self.lines.iter().position(same) {
                return Some(found);
            }
        }
        before.entry.path.ancestry().skip(1).find_map(at)
    }
}

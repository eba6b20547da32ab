//! The tree as the screen has it: rows, a cursor, what is open, and the window that is shown.
//!
//! It flattens what is open by itself, when the graph, the expansion or the filter changed, and hands out only the
//! rows of the window. That a widget draws them is a secret of `view/tree.rs`.

use std::collections::{HashMap, HashSet};

use crate::graph::{Graph, NodeId, NodeKey};
use crate::insight::outline::{self, Entry, Fold, Outline, RowPath, What};

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

/// Rows that one key opens at most: a whole registry, unfolded, is nothing that anybody reads.
const UNFOLDED_MOST: usize = 5_000;

/// Rows, cursor and expansion.
pub struct Tree {
    /// Held: a frame while ten thousand tags arrive must not group them all.
    outline: Outline,
    roots: Vec<NodeKey>,
    lines: Vec<Line>,
    cursor: usize,
    offset: usize,
    height: usize,
    /// What the person opened or closed; what is not here opens by itself or not.
    chosen: HashMap<RowPath, bool>,
    /// Whether rows open by themselves.
    is_folded: bool,
    filter: String,
    /// What leads to rows that match the filter, whether it is open or not.
    leading: HashSet<NodeId>,
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
    pub fn new(roots: Vec<NodeKey>) -> Self {
        Self {
            outline: Outline::held(),
            roots,
            lines: Vec::new(),
            cursor: 0,
            offset: 0,
            height: 0,
            chosen: HashMap::new(),
            is_folded: false,
            filter: String::new(),
            leading: HashSet::new(),
            is_placed: false,
            built: None,
            has_chosen_tag: false,
        }
    }

    /// Adds a root, and puts the cursor there.
    pub fn add_root(&mut self, graph: &Graph, root: &NodeKey) {
        if !self.roots.contains(root) {
            self.roots.push(root.clone());
        }
        self.built = None;
        let path = RowPath::root(root.clone(), graph.find(root));
        self.rebuild(graph);
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
    pub fn roots(&self) -> &[NodeKey] {
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

    /// What the tree is filtered by; empty where it is not.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Filters by a text.
    pub fn set_filter(&mut self, filter: &str) {
        let filter = filter.to_lowercase();
        if filter != self.filter {
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

    /// Brings the rows up to date; the cursor stays on its row, and the row where it is on the screen.
    ///
    /// Cost: nothing where nothing changed. Else `O(n)` in what is open, and for [`Rows::Newest`] `O(n log n)` in the tags
    /// of the repositories that can be seen.
    pub fn refresh(&mut self, graph: &Graph, height: usize, rows: Rows) {
        let is_due = match rows {
            Rows::Newest => self.built != Some(graph.version()),
            Rows::AsTheyAre => self.built.is_none(),
        };
        match rows {
            Rows::Newest if is_due => self.rebuild(graph),
            Rows::AsTheyAre if is_due => self.build(graph),
            _ => {}
        }
        self.height = height;
        self.follow();
    }

    fn rebuild(&mut self, graph: &Graph) {
        self.outline.renew(graph);
        self.build(graph);
    }

    fn build(&mut self, graph: &Graph) {
        let before = self.selected().cloned();
        let on_screen = self.cursor.saturating_sub(self.offset);
        self.leading = outline::leading_to(graph, &self.filter);
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
        for entry in entries {
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
                .is_some_and(|node| self.leading.contains(&node));
        let is_match = outline::matches(graph, &entry, &self.filter);
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

    /// Moves the window so that the cursor is in it.
    fn follow(&mut self) {
        let last_start = self.lines.len().saturating_sub(self.height);
        let lowest = (self.cursor + 1).saturating_sub(self.height);
        self.offset = self
            .offset
            .clamp(lowest.min(self.cursor), self.cursor.max(lowest))
            .min(last_start);
    }

    /// Moves the cursor by rows; it stops at the ends.
    pub fn move_by(&mut self, rows: isize) {
        self.is_placed = true;
        let last = self.lines.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(rows).min(last);
        self.pin();
        self.follow();
    }

    /// A heading that opened by itself stays open once the cursor is under it.
    fn pin(&mut self) {
        let Some(depth) = self.selected().map(|line| line.depth) else {
            return;
        };
        let above = self.lines.get(..self.cursor).unwrap_or_default();
        let heading = above.iter().rfind(|line| line.depth < depth);
        if let Some(path) = heading.map(|line| line.entry.path.clone())
            && self.filter.is_empty()
        {
            self.choose(path, true);
        }
    }

    fn choose(&mut self, path: RowPath, is_open: bool) {
        self.has_chosen_tag |= matches!(path.segment(), outline::Segment::Tag(_));
        self.chosen.insert(path, is_open);
    }

    /// Moves the cursor by pages.
    pub fn page(&mut self, pages: isize) {
        let rows = isize::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(isize::MAX);
        self.move_by(rows.saturating_mul(pages));
    }

    /// Puts the cursor on a row by its number.
    pub fn select(&mut self, row: usize) {
        self.is_placed = true;
        self.cursor = row.min(self.lines.len().saturating_sub(1));
        self.pin();
        self.follow();
    }

    /// Moves the window, and the cursor only where it would leave the window.
    pub fn scroll(&mut self, rows: isize) {
        self.is_placed = true;
        let last_start = self.lines.len().saturating_sub(self.height);
        self.offset = self.offset.saturating_add_signed(rows).min(last_start);
        let end = self.offset + self.height.saturating_sub(1);
        self.cursor = self.cursor.clamp(self.offset, end.max(self.offset));
        self.cursor = self.cursor.min(self.lines.len().saturating_sub(1));
    }

    /// Opens or closes the row under the cursor.
    pub fn set_open(&mut self, is_open: bool) {
        let Some(path) = self.selected().map(|line| line.entry.path.clone()) else {
            return;
        };
        self.is_placed = true;
        self.choose(path, is_open);
        self.built = None;
    }

    /// Puts the cursor on the row that the selected one stands under; false where there is none.
    pub fn to_holder(&mut self) -> bool {
        let depth = self.selected().map_or(0, |line| line.depth);
        let above = self.lines.get(..self.cursor).unwrap_or_default();
        match above.iter().rposition(|line| line.depth < depth) {
            Some(row) => {
                self.select(row);
                true
            }
            None => false,
        }
    }

    /// Puts the cursor on the first row below the selected one, if it is open.
    pub fn into_first(&mut self) {
        let depth = self.selected().map_or(0, |line| line.depth);
        let next = self.lines.get(self.cursor + 1);
        if next.is_some_and(|line| line.depth > depth) {
            self.move_by(1);
        }
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
        let mut waiting = std::collections::VecDeque::from([line.entry.clone()]);
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
        self.rebuild(graph);
        self.put_cursor(path)
    }

    /// Opens the heading under `above` that `below` stands under, if there is one.
    fn open_heading_over(&mut self, graph: &Graph, above: &RowPath, below: &RowPath) {
        self.rebuild(graph);
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

    fn put_cursor(&mut self, path: &RowPath) -> bool {
        let found = self.lines.iter().position(|line| line.entry.path == *path);
        if let Some(row) = found {
            self.select(row);
        }
        found.is_some()
    }

    /// The next row that matches `text`, from the cursor on, around the end.
    pub fn next_match(&mut self, graph: &Graph, text: &str, is_forward: bool) -> bool {
        let text = text.to_lowercase();
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
            line.is_some_and(|line| outline::matches(graph, &line.entry, &text))
        };
        let found = (1..=count).map(row_at).find(is_match);
        if let Some(row) = found {
            self.select(row);
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::insight::outline::fixture::{World, repository};

    use super::*;

    fn tree(graph: &Graph) -> Tree {
        let mut tree = Tree::new(vec![NodeKey::Repository(repository())]);
        tree.refresh(graph, 10, Rows::Newest);
        tree
    }

    fn selected(tree: &Tree, graph: &Graph) -> String {
        let entry = tree.selected().unwrap().entry.clone();
        tree.outline().describe(graph, &(), &entry).label
    }

    #[test]
    fn the_newest_line_opens_by_itself_and_the_cursor_moves_between_its_ends() {
        let graph = World::usual().graph();
        let mut tree = tree(&graph);
        assert_eq!(selected(&tree, &graph), "1.4");
        tree.move_by(1);
        assert_eq!(selected(&tree, &graph), "1.4.1");
        tree.move_by(-5);
        assert_eq!(tree.cursor(), 0);
        tree.move_by(100);
        assert_eq!(selected(&tree, &graph), "digest tags (2)");
    }

    #[test]
    fn the_cursor_stays_on_its_row_while_tags_arrive_and_find_their_aliases() {
        let world = World::usual();
        let mut graph = Graph::new();
        let is_tags = |fact: &&crate::graph::Fact| {
            matches!(fact.answer, crate::oci::Answer::TagsListed { .. })
        };
        world
            .facts
            .iter()
            .filter(is_tags)
            .for_each(|fact| graph.apply(fact));
        let mut tree = tree(&graph);
        let row = outline::look_up(&graph, "latest").unwrap();
        let path = outline::path_to(&graph, tree.roots(), row).unwrap();
        assert!(tree.reveal(&graph, &path));
        assert_eq!(selected(&tree, &graph), "latest");
        for fact in &world.facts {
            graph.apply(fact);
            tree.refresh(&graph, 10, Rows::Newest);
        }
        assert_eq!(selected(&tree, &graph), "1.4.1");
    }

    #[test]
    fn the_cursor_stays_at_the_top_until_the_person_moves_it() {
        let world = World::usual();
        let mut graph = Graph::new();
        let mut tree = tree(&graph);
        for fact in &world.facts {
            graph.apply(fact);
            tree.refresh(&graph, 10, Rows::Newest);
        }
        assert_eq!(tree.cursor(), 0);
        assert_eq!(selected(&tree, &graph), "1.4");
    }

    #[test]
    fn a_filter_leaves_what_matches_and_what_leads_there() {
        let graph = World::usual().graph();
        let mut tree = tree(&graph);
        tree.set_filter("NIGHT");
        tree.refresh(&graph, 10, Rows::Newest);
        assert_eq!(tree.lines().len(), 2);
        tree.move_by(1);
        assert_eq!(selected(&tree, &graph), "nightly");
        tree.clear_filter(&graph);
        tree.refresh(&graph, 10, Rows::Newest);
        assert!(tree.lines().len() > 4);
        assert_eq!(selected(&tree, &graph), "nightly");
    }

    #[test]
    fn every_node_can_be_gone_to() {
        let graph = World::usual().graph();
        let mut tree = tree(&graph);
        for node in graph.nodes() {
            if let Some(path) = outline::path_to(&graph, tree.roots(), node) {
                let is_root = path.parent().is_none();
                assert!(tree.reveal(&graph, &path) || is_root, "{path:?}");
            }
        }
        assert!(tree.unfold_below(&graph) < UNFOLDED_MOST * 2);
    }

    #[test]
    fn folding_all_leaves_the_cursor_on_what_is_left_of_its_path() {
        let graph = World::usual().graph();
        let mut tree = tree(&graph);
        tree.move_by(1);
        tree.set_open(true);
        tree.refresh(&graph, 10, Rows::Newest);
        tree.move_by(1);
        tree.fold_all();
        tree.refresh(&graph, 10, Rows::Newest);
        assert!(tree.lines().iter().all(|line| line.depth == 0));
        assert!(tree.cursor() < tree.lines().len());
    }
}

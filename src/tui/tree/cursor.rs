//! The cursor, and the window that follows it.

use crate::insight::outline::RowPath;

use super::Tree;

impl Tree {
    /// Moves the window so that the cursor is in it.
    pub(super) fn follow(&mut self) {
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

    /// Number of the row with this path, if it is shown or can be scrolled to. Cost: `O(n)`.
    pub fn row_of(&self, path: &RowPath) -> Option<usize> {
        self.lines.iter().position(|line| line.entry.path == *path)
    }

    pub(super) fn put_cursor(&mut self, path: &RowPath) -> bool {
        let found = self.row_of(path);
        if let Some(row) = found {
            self.select(row);
        }
        found.is_some()
    }
}

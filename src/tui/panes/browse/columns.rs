//! The columns of the tree, and which of them fit.

use crate::tui::tree::Sort;

/// Columns that the label keeps before others drop.
const LABEL: usize = 26;
pub(super) const KIND: usize = 11;
pub(super) const DESCRIPTION: usize = 16;
pub(super) const SIZE: usize = 9;
pub(super) const AGE: usize = 7;
pub(super) const EVIDENCE: usize = 13;

/// Which columns fit. They drop in this order: age, size, kind with description, evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// Columns of the label.
    pub(super) label: usize,
    dropped: u8,
}

impl Columns {
    pub(super) fn fitting(room: usize) -> Self {
        let mut columns = Self {
            label: 0,
            dropped: 0,
        };
        while columns.dropped < 4 {
            // The evidence stays where a short label fits beside it.
            let label = if columns.has_words() {
                LABEL
            } else {
                LABEL / 2
            };
            if room >= columns.taken() + label {
                break;
            }
            columns.dropped += 1;
        }
        columns.label = room.saturating_sub(columns.taken());
        columns
    }

    pub(super) fn has_age(self) -> bool {
        self.dropped < 1
    }

    pub(super) fn has_size(self) -> bool {
        self.dropped < 2
    }

    pub(super) fn has_words(self) -> bool {
        self.dropped < 3
    }

    pub(super) fn has_evidence(self) -> bool {
        self.dropped < 4
    }

    /// What rows are sorted by where the head at a column is clicked; none where that head sorts nothing.
    pub(super) fn sort_at(self, column: usize) -> Option<Sort> {
        let words = if self.has_words() {
            KIND + DESCRIPTION
        } else {
            0
        };
        let size = if self.has_size() { SIZE } else { 0 };
        let age = if self.has_age() { AGE } else { 0 };
        let ends = [
            (self.label, Some(Sort::Version)),
            (words, None),
            (size, Some(Sort::Size)),
            (age, Some(Sort::Date)),
        ];
        let mut end = 0;
        ends.into_iter().find_map(|(columns, sort)| {
            end += columns;
            (column < end).then_some(sort)
        })?
    }

    fn taken(self) -> usize {
        let count = |is_there: bool, columns: usize| if is_there { columns } else { 0 };
        count(self.has_words(), KIND + DESCRIPTION)
            + count(self.has_size(), SIZE)
            + count(self.has_age(), AGE)
            + count(self.has_evidence(), EVIDENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_sorts_by_its_column() {
        let columns = Columns::fitting(86);
        let at = |column| columns.sort_at(column);
        assert_eq!(at(0), Some(Sort::Version));
        assert_eq!(at(columns.label), None, "kind");
        assert_eq!(at(columns.label + KIND + DESCRIPTION), Some(Sort::Size));
        assert_eq!(at(86 - EVIDENCE - 1), Some(Sort::Date));
        assert_eq!(at(85), None, "evidence");
        // Where columns were dropped, nothing stands in their place.
        assert_eq!(Columns::fitting(38).sort_at(37), None);
    }

    #[test]
    fn columns_drop_age_size_words_and_evidence_last() {
        let flags = |room| {
            let columns = Columns::fitting(room);
            (
                columns.has_age(),
                columns.has_size(),
                columns.has_words(),
                columns.has_evidence(),
            )
        };
        assert_eq!(flags(86), (true, true, true, true));
        assert_eq!(flags(77), (false, true, true, true));
        assert_eq!(flags(70), (false, false, true, true));
        assert_eq!(flags(50), (false, false, false, true));
        assert_eq!(flags(38), (false, false, false, true));
        assert_eq!(flags(20), (false, false, false, false));
    }
}

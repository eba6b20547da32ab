//! The columns of `regscope tree`.
//!
//! ```text
//! ├ 1.4.1 = 1.4 = latest     index     2 platforms    41.2 MB  2026-01-02  ●S ●B ●P ·
//! name                       kind      description       size  date        tail
//! ```
//!
//! Off a terminal equal trees print equal bytes, whatever the screen is; on one, columns drop as they do on the screen.

use crate::words::{fit, fit_name, width, wrap};

/// A line before the columns are aligned.
pub(super) enum Line {
    /// A row with its columns.
    Row(Cells),
    /// A heading: its name runs over the columns beside it.
    Heading(Cells),
    /// A sentence, which has the line to itself.
    Words {
        /// What stands before it.
        lead: String,
        /// What stands before its further lines.
        below: String,
        /// The sentence.
        words: String,
    },
}

/// What stands in the columns of one line.
#[derive(Default)]
pub(super) struct Cells {
    /// The branches of the tree.
    pub(super) lead: String,
    pub(super) name: String,
    /// Further names, with what stands between them.
    pub(super) also: String,
    pub(super) kind: String,
    pub(super) description: String,
    pub(super) size: String,
    pub(super) date: String,
    pub(super) tail: String,
}

impl Cells {
    /// The name with its branches and what it is called besides, within `room` columns where that is told.
    fn named(&self, room: Option<usize>, more: &str) -> String {
        let Self {
            lead, name, also, ..
        } = self;
        let room = room.unwrap_or(usize::MAX);
        let name = fit_name(name, room.saturating_sub(width(lead)), more);
        fit(&format!("{lead}{name}{also}"), room, more)
    }
}

/// The widest that names push the other columns to the right; a longer one pushes those of its own row.
const NAME_MOST: usize = 44;
/// What is kept of a description: media types go on and on.
const DESCRIPTION_MOST: usize = 26;
/// What is kept of it before other columns drop: as much as on the screen.
const DESCRIPTION_LEAST: usize = 16;
/// Columns that names keep before others drop.
const NAME_LEAST: usize = 26;
/// Columns that the evidence of a row takes.
const EVIDENCE: usize = 11;
/// The narrowest terminal that is fitted; the screen needs as many.
const WIDTH_LEAST: usize = 40;
/// Columns between two columns.
const GAP: usize = 2;

/// How wide each column is; one that is not shown has none.
#[derive(Debug, PartialEq, Eq)]
struct Widths {
    name: usize,
    kind: usize,
    description: usize,
    size: usize,
    date: usize,
}

impl Widths {
    /// As wide as the rows need.
    fn natural(lines: &[Line]) -> Self {
        let rows = || {
            lines.iter().filter_map(|line| match line {
                Line::Row(cells) => Some(cells),
                _ => None,
            })
        };
        let with_headings = || {
            lines.iter().filter_map(|line| match line {
                Line::Row(cells) | Line::Heading(cells) => Some(cells),
                Line::Words { .. } => None,
            })
        };
        let most = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or_default();
        Self {
            name: most(&mut rows().map(|cells| width(&cells.named(None, "")))).min(NAME_MOST),
            kind: most(&mut rows().map(|cells| width(&cells.kind))),
            description: most(&mut rows().map(|cells| width(&cells.description)))
                .min(DESCRIPTION_MOST),
            size: most(&mut with_headings().map(|cells| width(&cells.size))),
            date: most(&mut with_headings().map(|cells| width(&cells.date))),
        }
    }

    /// Within `room` columns. They drop as on the screen: date, size, kind with description.
    fn fitting(mut self, room: usize) -> Self {
        let least = self.name.min(NAME_LEAST);
        let drops: [fn(&mut Self); 4] = [
            |widths| widths.description = widths.description.min(DESCRIPTION_LEAST),
            |widths| widths.date = 0,
            |widths| widths.size = 0,
            |widths| (widths.kind, widths.description) = (0, 0),
        ];
        for drop in drops {
            if least + self.beside_name() <= room {
                break;
            }
            drop(&mut self);
        }
        self.name = self.name.min(room.saturating_sub(self.beside_name()));
        self
    }

    /// The columns that the text of a heading runs over.
    fn of_heading(&self) -> usize {
        let over = [self.kind, self.description].into_iter();
        let over = over.filter(|width| *width > 0);
        self.name + over.map(|width| width + GAP).sum::<usize>()
    }

    /// Columns that stand beside the names, the evidence among them.
    fn beside_name(&self) -> usize {
        let shown = [self.kind, self.description, self.size, self.date, EVIDENCE];
        let shown = shown.into_iter().filter(|width| *width > 0);
        shown.map(|width| width + GAP).sum()
    }
}

/// The lines as text: within `width` columns, where that is told. Cost: `O(n)`.
pub(super) fn aligned(lines: &[Line], width: Option<usize>, more: &str) -> String {
    let room = width.map(|width| width.max(WIDTH_LEAST));
    let natural = Widths::natural(lines);
    let widths = match room {
        Some(room) => natural.fitting(room),
        None => natural,
    };
    let mut text = String::new();
    for line in lines {
        match line {
            Line::Row(cells) => {
                let row = row(cells, &widths, room.map(|_| widths.name), more);
                text.push_str(&room.map_or(row.clone(), |room| fit(&row, room, more)));
            }
            Line::Heading(cells) => {
                let row = row(cells, &widths, room.map(|_| widths.of_heading()), more);
                text.push_str(&room.map_or(row.clone(), |room| fit(&row, room, more)));
            }
            Line::Words { lead, below, words } => {
                text.push_str(&sentence((lead, below), words, room));
            }
        }
        text.push('\n');
    }
    text
}

/// One row; its name within `name_room` columns, where that is told.
fn row(cells: &Cells, widths: &Widths, name_room: Option<usize>, more: &str) -> String {
    let mut out = cells.named(name_room, more);
    let description = fit(&cells.description, widths.description, more);
    // Sizes are read from their end.
    let size = format!(
        "{}{}",
        " ".repeat(widths.size.saturating_sub(width(&cells.size))),
        cells.size
    );
    let mut start = widths.name;
    for (cell, columns) in [
        (&cells.kind, widths.kind),
        (&description, widths.description),
        (&size, widths.size),
        (&cells.date, widths.date),
    ] {
        if columns > 0 {
            put(&mut out, cell, start + GAP);
            start += GAP + columns;
        }
    }
    put(&mut out, &cells.tail, start + GAP);
    out.truncate(out.trim_end().len());
    out
}

/// Puts a cell where its column begins, or behind what runs over that.
fn put(out: &mut String, cell: &str, start: usize) {
    if cell.trim_start().is_empty() {
        return;
    }
    let used = width(out);
    if used + GAP <= start {
        out.push_str(&" ".repeat(start - used));
        out.push_str(cell);
    } else {
        out.push_str(&" ".repeat(GAP));
        out.push_str(cell.trim_start());
    }
}

/// A sentence: one line, or on a terminal as many as it needs.
fn sentence((lead, below): (&str, &str), words: &str, room: Option<usize>) -> String {
    let Some(room) = room else {
        return format!("{lead}{words}");
    };
    let pieces = wrap(words, room.saturating_sub(width(below)).max(1));
    format!("{lead}{}", pieces.join(&format!("\n{below}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str) -> Line {
        Line::Row(Cells {
            lead: "├ ".to_owned(),
            name: name.to_owned(),
            also: String::new(),
            kind: "index".to_owned(),
            description: "2 platforms".to_owned(),
            size: "41.2 MB".to_owned(),
            date: "2026-01-02".to_owned(),
            tail: "●S ●B ●P ·".to_owned(),
        })
    }

    fn lines() -> Vec<Line> {
        vec![
            tag("1.4.1"),
            tag(&"long-".repeat(12)),
            Line::Words {
                lead: "│ ├ ".to_owned(),
                below: "│ │   ".to_owned(),
                words: format!("! {}", "there is a reason ".repeat(9).trim_end()),
            },
            Line::Heading(Cells {
                name: "├ 1.3".to_owned(),
                also: "  newest 1.3.9 · 12 versions".to_owned(),
                date: "2026-01-02".to_owned(),
                ..Cells::default()
            }),
            tag("1.2"),
        ]
    }

    #[test]
    fn a_long_name_pushes_its_own_row_and_a_sentence_none() {
        let text = aligned(&lines(), None, "…");
        let shown: Vec<&str> = text.lines().collect();
        let row = format!(
            "{:46}index  2 platforms  41.2 MB  2026-01-02  ●S ●B ●P ·",
            "├ 1.4.1"
        );
        assert_eq!(shown.first(), Some(&row.as_str()));
        assert!(shown[1].contains("long-long-  index"), "{text}");
        assert!(
            shown[2].ends_with("a reason"),
            "nothing is left out: {text}"
        );
        let at = |line: &str, word: &str| width(line.split_once(word).unwrap().0);
        assert_eq!(at(shown[0], "2026"), at(shown[3], "2026"), "{text}");
        assert_eq!(shown[4], row.replace("1.4.1", "1.2  "));
    }

    #[test]
    fn on_a_terminal_every_line_fits_and_columns_drop_as_on_the_screen() {
        for room in [40, 60, 80, 100, 160] {
            let text = aligned(&lines(), Some(room), "…");
            for line in text.lines() {
                assert!(width(line) <= room, "{room}: {line}");
            }
            let has = |words| text.contains(words);
            assert!(has("●S ●B ●P ·") && has("1.4.1") && has("reason"), "{text}");
            let shown = (has("2026-01-02"), has("41.2 MB"), has("2 platforms"));
            let expected = match room {
                40 => (false, false, false),
                60 => (false, false, true),
                _ => (true, true, true),
            };
            assert_eq!(shown, expected, "{room}: {text}");
        }
    }
}

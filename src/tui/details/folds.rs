//! Which lines of an indented document are shown: blocks can be closed, one line standing for each.

use std::collections::BTreeSet;

/// What is closed of a document, and the line under the cursor.
///
/// Lines are those of [`indented`](super::indented): a block begins with a line that ends in a bracket, and ends with the
/// next line of the same indent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    /// The lines that are shown, by their numbers in the document.
    shown: Vec<usize>,
    closed: BTreeSet<usize>,
    /// The cursor, as a number among the shown lines.
    pub cursor: usize,
}

impl Folds {
    /// Everything open, the cursor on the first line.
    pub fn all_open(lines: usize) -> Self {
        Self {
            shown: (0..lines).collect(),
            ..Self::default()
        }
    }

    /// How many lines are shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The line of the document that is the `at`th of those shown, and whether it stands for a block.
    pub fn line(&self, at: usize) -> Option<(usize, bool)> {
        let line = *self.shown.get(at)?;
        Some((line, self.closed.contains(&line)))
    }

    /// The line under the cursor.
    pub fn current(&self) -> Option<usize> {
        self.shown.get(self.cursor).copied()
    }

    /// Opens or closes the block that begins under the cursor; false where none does. Cost: that of all lines.
    pub fn turn(&mut self, lines: &[String]) -> bool {
        let Some(line) = self.current().filter(|line| begins(lines, *line)) else {
            return false;
        };
        if !self.closed.remove(&line) {
            self.closed.insert(line);
        }
        self.lay_out(lines);
        true
    }

    /// Closes the block that the line under the cursor begins or stands in, and puts the cursor on its first line; false
    /// where it is in none. Cost: that of all lines.
    pub fn close(&mut self, lines: &[String]) -> bool {
        let Some(line) = self.current() else {
            return false;
        };
        let is_open_block = begins(lines, line) && !self.closed.contains(&line);
        let block = if is_open_block {
            Some(line)
        } else {
            let depth = indent(lines, line);
            let mut above = (0..line).rev();
            above.find(|at| begins(lines, *at) && indent(lines, *at) < depth)
        };
        let Some(block) = block else {
            return false;
        };
        self.closed.insert(block);
        self.lay_out(lines);
        self.cursor = self.shown.partition_point(|line| *line < block);
        true
    }

    fn lay_out(&mut self, lines: &[String]) {
        self.shown.clear();
        let mut line = 0;
        while line < lines.len() {
            self.shown.push(line);
            line = if self.closed.contains(&line) {
                end(lines, line) + 1
            } else {
                line + 1
            };
        }
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
    }
}

fn indent(lines: &[String], line: usize) -> usize {
    let text = lines.get(line).map_or("", String::as_str);
    text.len() - text.trim_start_matches(' ').len()
}

/// Whether a block begins on a line: in an indented document nothing else ends in an open bracket but a string, which
/// ends in its quote.
fn begins(lines: &[String], line: usize) -> bool {
    let is_open = |text: &String| text.ends_with(['{', '[']);
    lines.get(line).is_some_and(is_open) && indent(lines, line + 1) > indent(lines, line)
}

/// The last line of a block.
fn end(lines: &[String], start: usize) -> usize {
    let depth = indent(lines, start);
    let mut below = start + 1..lines.len();
    let is_end = |line: &usize| indent(lines, *line) <= depth;
    below.find(is_end).unwrap_or(lines.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::super::indented;
    use super::*;

    fn shown(folds: &Folds, lines: &[String]) -> String {
        let at = 0..folds.len();
        let numbers = at.filter_map(|at| folds.line(at));
        let texts = numbers.map(|(line, is_closed)| {
            let mark = if is_closed { "…" } else { "" };
            format!("{}{mark}", lines[line].trim())
        });
        texts.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn a_block_closes_to_its_first_line_and_opens_again() {
        let lines = indented(br#"{"a":{"b":[1,2]},"c":"{"}"#);
        let mut folds = Folds::all_open(lines.len());
        assert_eq!(
            shown(&folds, &lines),
            "{|\"a\": {|\"b\": [|1,|2|]|},|\"c\": \"{\"|}"
        );
        folds.cursor = 1;
        assert!(folds.turn(&lines));
        assert_eq!(shown(&folds, &lines), "{|\"a\": {…|\"c\": \"{\"|}");
        assert!(folds.turn(&lines));
        // From within: the innermost first, then what that is in.
        folds.cursor = 3;
        assert!(folds.close(&lines));
        assert_eq!(
            shown(&folds, &lines),
            "{|\"a\": {|\"b\": […|},|\"c\": \"{\"|}"
        );
        assert_eq!(folds.cursor, 2);
        assert!(folds.close(&lines));
        assert!(folds.close(&lines));
        assert_eq!(shown(&folds, &lines), "{…");
        assert!(!folds.close(&lines), "nothing is around it");
    }

    #[test]
    fn what_begins_no_block_does_not_turn() {
        let lines = indented(br#"{"c":"x {"}"#);
        let mut folds = Folds::all_open(lines.len());
        folds.cursor = 1;
        assert!(!folds.turn(&lines));
        assert!(!Folds::all_open(0).turn(&[]));
    }
}

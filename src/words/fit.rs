//! Texts that fit: widths as the terminal counts them.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::oci::tag;

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Whether a text takes more than so many columns. Cost: `O(room)`, however long the text is.
fn is_wider(text: &str, room: usize) -> bool {
    let mut used = 0;
    text.graphemes(true).any(|grapheme| {
        used += width(grapheme);
        used > room
    })
}

/// `text` cut at its end to `room` columns, with a mark where something was cut.
pub fn fit(text: &str, room: usize, more: &str) -> String {
    if !is_wider(text, room) {
        return text.to_owned();
    }
    let mut cut = head(text, room.saturating_sub(width(more)));
    if room >= width(more) {
        cut.push_str(more);
    }
    cut
}

/// `text` cut in its middle: the end of a digest tag says what it is.
pub fn fit_middle(text: &str, room: usize, more: &str) -> String {
    const TAIL: usize = 5;
    if !is_wider(text, room) || room < TAIL * 3 {
        return fit(text, room, more);
    }
    let mut last: Vec<&str> = text.graphemes(true).rev().take(TAIL).collect();
    last.reverse();
    let tail = last.concat();
    let room = room.saturating_sub(width(&tail) + width(more));
    format!("{}{more}{tail}", head(text, room))
}

/// A tag's name, or another, cut to `room` columns; of a digest tag what identifies it, however much room there is.
pub fn fit_name(name: &str, room: usize, more: &str) -> String {
    match tag::short(name, room, more) {
        Some(short) => fit_middle(&short, room, more),
        None => fit_middle(name, room, more),
    }
}

/// As much of the beginning of `text` as fits `room` columns.
pub fn head(text: &str, room: usize) -> String {
    let mut taken = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used > room {
            break;
        }
        taken.push_str(grapheme);
    }
    taken
}

/// `text` in pieces of at most `room` columns, cut at spaces where there are any in the last third.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    let room = room.max(1);
    while is_wider(rest, room) {
        let fitting = head(rest, room);
        let space = fitting.rfind(' ').filter(|at| *at > fitting.len() * 2 / 3);
        let end = match space {
            Some(at) => at,
            None if fitting.is_empty() => rest.chars().next().map_or(rest.len(), char::len_utf8),
            None => fitting.len(),
        };
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        lines.push(line.to_owned());
        rest = after.trim_start_matches(' ');
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_so_and_keeps_its_end_where_that_matters() {
        assert_eq!(fit("latest", 6, "…"), "latest");
        assert_eq!(fit("latest", 4, "…"), "lat…");
        assert_eq!(
            fit_middle("sha256-0123456789abcdef.sig", 18, "…"),
            "sha256-01234…f.sig"
        );
        assert_eq!(fit("日本語", 5, "…"), "日本…");
        assert_eq!(fit("abc", 0, "…"), "");
    }

    #[test]
    fn wrapping_prefers_spaces_and_loses_nothing() {
        let long = "word ".repeat(20_000);
        assert_eq!(wrap(&long, 9).len(), 10_000);
        let marks = format!("e{}", "\u{301}".repeat(1_000));
        assert_eq!(wrap(&marks, 9), [marks.as_str()]);
        assert_eq!(fit(&marks, 9, "…"), marks);
        assert_eq!(wrap("one two three", 9), ["one two", "three"]);
        assert_eq!(wrap("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("日本", 1), ["日", "本"]);
    }
}

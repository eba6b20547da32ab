//! Parts of a tag's name that stand together, or that something else parts.

use std::fmt;
use std::hash::{Hash, Hasher};

/// How many pieces there may be.
const PIECES: usize = 3;

/// Up to three pieces of a tag's name, for a variant that a build number parts in two: they are told as one text with
/// a `-` between.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pieces<'a> {
    whole: &'a str,
    /// From and to, by bytes. No piece begins a tag, so that one which ends at 0 is none.
    spans: [(u16, u16); PIECES],
}

impl<'a> Pieces<'a> {
    /// None yet of a tag.
    pub(super) fn of(whole: &'a str) -> Self {
        Self {
            whole,
            spans: Default::default(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        matches!(self.spans, [(_, 0), ..])
    }

    /// The pieces, in order.
    fn pieces(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let whole = self.whole;
        let spans = self.spans.into_iter().take_while(|(_, end)| *end > 0);
        spans.filter_map(move |(start, end)| whole.get(usize::from(start)..usize::from(end)))
    }

    /// The first piece; all of it, where nothing parts it.
    pub fn first(&self) -> &'a str {
        self.pieces().next().unwrap_or_default()
    }

    /// What stands between dashes, in order.
    pub fn words(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.pieces().flat_map(|piece| piece.split('-'))
    }

    /// How many bytes its text has.
    pub fn length(&self) -> usize {
        let with_dash = self.pieces().map(|piece| piece.len() + 1).sum::<usize>();
        with_dash.saturating_sub(1)
    }

    /// Takes in what stands from `start` to `end`. Where that follows the last piece, or there is no place left, the
    /// last piece reaches on.
    pub(super) fn push(&mut self, start: usize, end: usize) {
        let (Ok(start), Ok(end)) = (u16::try_from(start), u16::try_from(end)) else {
            return;
        };
        let free = self.spans.iter().position(|(_, end)| *end == 0);
        let last = free.unwrap_or(PIECES).checked_sub(1);
        if let Some(last) = last.and_then(|last| self.spans.get_mut(last))
            && (free.is_none() || last.1.saturating_add(1) == start)
        {
            last.1 = end;
        } else if let Some(free) = free.and_then(|free| self.spans.get_mut(free)) {
            *free = (start, end);
        }
    }
}

impl PartialEq for Pieces<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.spans, other.spans) {
            // Nearly all have one piece at most.
            ([_, (_, 0), _], [_, (_, 0), _]) => self.pieces().next() == other.pieces().next(),
            _ => self.words().eq(other.words()),
        }
    }
}

impl Eq for Pieces<'_> {}

impl Hash for Pieces<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for word in self.words() {
            word.hash(state);
        }
    }
}

impl fmt::Display for Pieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, piece) in self.pieces().enumerate() {
            if place > 0 {
                f.write_str("-")?;
            }
            f.write_str(piece)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_that_follow_each_other_are_one_and_others_are_told_with_a_dash() {
        let text = "1-ab-r1-cd.0-ef-r2-gh";
        let mut pieces = Pieces::of(text);
        assert!(pieces.is_empty() && pieces.length() == 0);
        for (start, end) in [(2, 4), (8, 10), (13, 15)] {
            pieces.push(start, end);
        }
        assert_eq!(pieces.to_string(), "ab-cd-ef");
        assert_eq!(pieces.length(), 8);
        pieces.push(16, 18);
        assert_eq!(pieces.to_string(), "ab-cd-ef-r2");
        pieces.push(19, 21);
        assert_eq!(pieces.to_string(), "ab-cd-ef-r2-gh");
        let mut same = Pieces::of("ab-cd-ef-r2-gh");
        same.push(0, 14);
        assert_eq!(pieces, same);
    }
}

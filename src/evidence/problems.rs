//! What is wrong with a document that was read all the same.

use super::tree::{At, SyntaxError};
use crate::oci::json::{Problem, Reader};

/// Something that stands at a place of a document.
pub(crate) trait Placed: Copy {
    /// A JSON path or a line.
    fn place(self) -> String;
}

impl Placed for At<'_> {
    fn place(self) -> String {
        At::place(self)
    }
}

/// A line, from 1.
#[derive(Clone, Copy)]
pub(crate) struct Line(pub(crate) usize);

impl Placed for Line {
    fn place(self) -> String {
        format!("line {}", self.0)
    }
}

/// Notes problems with their places; at most a few dozen of one document.
#[derive(Default)]
pub(crate) struct Problems(Reader);

impl Problems {
    /// Notes a problem at a place, a JSON path or a line.
    pub(crate) fn note(&mut self, place: &str, what: impl Into<String>) {
        self.0.note(place, what);
    }

    /// Notes a problem of a value or a line.
    pub(crate) fn at(&mut self, at: impl Placed, what: impl Into<String>) {
        // Finding a place takes as long as the document is, and a hostile one is wrong everywhere.
        let place = if self.0.is_full() {
            String::new()
        } else {
            at.place()
        };
        self.0.note(&place, what);
    }

    /// Notes what keeps a document from being read to its end.
    pub(crate) fn syntax(&mut self, error: &SyntaxError) {
        self.0.note(&error.place(), error.what.as_str());
    }

    /// Adds what is wrong with a part.
    pub(crate) fn append(&mut self, other: Self) {
        for problem in other.0.problems {
            if !self.0.is_full() {
                self.0.note(problem.place.as_str(), problem.what.as_str());
            }
        }
    }

    /// Whether nothing is wrong.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.problems.is_empty()
    }

    /// The problems, in the order in which they were found.
    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.0.problems
    }

    /// The text of the field `key`; a field that is no text is a problem, a number is taken as it is written.
    pub(crate) fn text<'t>(&mut self, object: At<'t>, key: &str) -> Option<&'t str> {
        self.text_of(object.get(key)?)
    }

    /// The text that a value is; see [`Self::text`].
    pub(crate) fn text_of<'t>(&mut self, at: At<'t>) -> Option<&'t str> {
        use super::tree::Kind;
        if at.kind() == Kind::Null {
            return None;
        }
        if let Some(text) = at.text() {
            return Some(text);
        }
        self.at(at, "is no text");
        at.scalar()
    }
}

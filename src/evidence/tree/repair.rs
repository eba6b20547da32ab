//! JSON that is nearly JSON: trailing commas, comments, an end that is missing.

use std::fmt::Write as _;

use super::SyntaxError;

/// What is read in the place of a document that is not quite JSON, and what was changed, each at its line.
pub(crate) struct Repaired {
    /// JSON, if nothing else is wrong.
    pub(crate) text: String,
    /// What was changed.
    pub(crate) changes: Vec<SyntaxError>,
}

/// At most so many changes are told.
const CHANGES_TOLD: usize = 8;

/// `text` without trailing commas and comments, with control characters escaped, numbers that are none (`NaN`, and
/// those beyond what computers reckon with) as null, and with whatever it left open closed after the last value that is
/// complete; none where there is nothing to mend.
///
/// Cost: `O(n)`.
pub(crate) fn repair(text: &str) -> Option<Repaired> {
    let mut mender = Mender {
        out: String::with_capacity(text.len()),
        changes: Vec::new(),
        line: 1,
        open: Vec::new(),
        safe: (0, 0),
        comma: None,
    };
    mender.run(text);
    (!mender.changes.is_empty()).then_some(Repaired {
        text: mender.out,
        changes: mender.changes,
    })
}

struct Mender {
    out: String,
    changes: Vec<SyntaxError>,
    line: usize,
    /// What closes what is open.
    open: Vec<char>,
    /// Where the last complete value ended, and how much was open then.
    safe: (usize, usize),
    /// Where a comma stands after which nothing but spaces came, and its line.
    comma: Option<(usize, usize)>,
}

impl Mender {
    fn change(&mut self, what: &str) {
        self.change_at(self.line, what);
    }

    fn change_at(&mut self, line: usize, what: &str) {
        if self.changes.len() < CHANGES_TOLD {
            self.changes.push(SyntaxError::new(line, what));
        }
    }

    fn run(&mut self, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => self.string(rest),
                '/' if rest.starts_with("//") || rest.starts_with("/*") => self.comment(rest),
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '+' | '.' => self.word(rest),
                _ => {
                    self.sign(first);
                    first.len_utf8()
                }
            };
            rest = rest.get(length..).unwrap_or_default();
            // After the outermost value nothing is read.
            if self.open.is_empty() && self.safe.0 > 0 {
                break;
            }
        }
        if self.open.is_empty() {
            self.out.push_str(rest);
        } else {
            self.change("the document ends before it is complete");
            self.out.truncate(self.safe.0);
            self.open.truncate(self.safe.1);
            self.out.extend(self.open.drain(..).rev());
        }
    }

    fn sign(&mut self, sign: char) {
        match sign {
            '{' | '[' => {
                self.comma = None;
                self.open.push(if sign == '{' { '}' } else { ']' });
                self.out.push(sign);
                self.safe = (self.out.len(), self.open.len());
                return;
            }
            '}' | ']' => {
                if let Some((at, line)) = self.comma.take() {
                    self.change_at(line, "a comma stands before the end of a list or object");
                    self.out.replace_range(at..=at, " ");
                }
                self.out.push(sign);
                if self.open.last() == Some(&sign) {
                    self.open.pop();
                }
                self.safe = (self.out.len(), self.open.len());
                return;
            }
            ',' => {
                self.safe = (self.out.len(), self.open.len());
                self.comma = Some((self.out.len(), self.line));
            }
            '\n' => self.line += 1,
            ' ' | '\t' | '\r' => {}
            '\u{feff}' | '\u{a0}' => {
                self.change("a character that is no space stands between values");
                self.out.push(' ');
                return;
            }
            _ => self.comma = None,
        }
        self.out.push(sign);
    }

    /// A string; returns how long it is.
    fn string(&mut self, rest: &str) -> usize {
        self.comma = None;
        let mut characters = rest.char_indices().skip(1);
        self.out.push('"');
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.out.push('"');
                    return at + 1;
                }
                '\\' => {
                    self.out.push('\\');
                    if let Some((_, escaped)) = characters.next() {
                        self.out.push(escaped);
                    }
                }
                '\u{0}'..='\u{1f}' => {
                    self.change("a control character stands in a text");
                    self.line += usize::from(character == '\n');
                    let _ = write!(self.out, "\\u{:04x}", u32::from(character));
                }
                _ => self.out.push(character),
            }
        }
        rest.len()
    }

    fn comment(&mut self, rest: &str) -> usize {
        self.change("a comment, which JSON does not have");
        let (length, body) = if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            (length, "")
        } else {
            let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
            (length, rest.get(..length).unwrap_or_default())
        };
        self.line += body.matches('\n').count();
        length
    }

    /// A number or a name.
    fn word(&mut self, rest: &str) -> usize {
        self.comma = None;
        let is_of_word =
            |character: &char| character.is_ascii_alphanumeric() || "+-._".contains(*character);
        let length: usize = rest
            .chars()
            .take_while(is_of_word)
            .map(char::len_utf8)
            .sum();
        let word = rest.get(..length).unwrap_or_default();
        let is_name = matches!(word, "true" | "false" | "null");
        let number = word.parse::<f64>();
        if is_name || number.as_ref().is_ok_and(|number| number.is_finite()) {
            self.out.push_str(word);
        } else if number.is_ok() || matches!(word, "undefined" | "None") {
            self.change("a number that is none, read as null");
            self.out.push_str("null");
        } else {
            self.out.push_str(word);
        }
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> Option<(String, Vec<(usize, String)>)> {
        let repaired = repair(text)?;
        let changes = repaired.changes.into_iter();
        Some((
            repaired.text,
            changes.map(|change| (change.line, change.what)).collect(),
        ))
    }

    #[test]
    fn json_is_left_as_it_is() {
        for text in [
            r#"{"a":[1,2.5e3,"b,}",{"c":null}],"d":"//"}"#,
            "[]",
            "\"x\"",
            "",
        ] {
            assert_eq!(mended(text), None, "{text}");
        }
    }

    #[test]
    fn a_trailing_comma_is_told_with_its_line() {
        let (text, changes) = mended("{\n\"a\": [1,\n2 ,\n],\n}").unwrap();
        assert_eq!(text, "{\n\"a\": [1,\n2  \n] \n}");
        let lines: Vec<usize> = changes.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn what_is_cut_off_keeps_what_is_complete() {
        for (cut, whole) in [
            (r#"{"a":[{"b":1},{"c":"#, r#"{"a":[{"b":1},{}]}"#),
            (r#"{"a":"x","b":"y"#, r#"{"a":"x"}"#),
            (r#"{"a":1,"b"#, r#"{"a":1}"#),
            ("[1,[2,3", "[1,[2]]"),
            ("{", "{}"),
        ] {
            let (text, changes) = mended(cut).unwrap();
            assert_eq!(text, whole);
            assert_eq!(changes.len(), 1);
        }
    }

    #[test]
    fn comments_control_characters_and_no_numbers_are_mended() {
        let (text, changes) =
            mended("{/* a\n*/\"a\":\"x\ty\", // b\n\"b\":NaN,\"c\":1e999}").unwrap();
        assert_eq!(text, "{\"a\":\"x\\u0009y\", \n\"b\":null,\"c\":null}");
        let lines: Vec<usize> = changes.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 2, 2, 3, 3]);
    }
}

//! Standard output: JSON for programs, text for people.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::oci::remote_text::{clean, escape_json, spell_lines};

use super::fail::Failure;

/// Prints a document as indented JSON, with every character that could harm a terminal as an escape. It is written as
/// it is made: the document of a large registry is larger than its graph.
pub(super) fn json(document: &impl Serialize) -> Result<(), Failure> {
    let mut out = Escaped::new(io::BufWriter::new(io::stdout().lock()));
    let written = serde_json::to_writer_pretty(&mut out, document)
        .map_err(io::Error::from)
        .and_then(|()| out.finish());
    settle(written)
}

/// Writes JSON text on, with what could harm a terminal as escapes. A character may come in two pieces.
struct Escaped<W> {
    inner: W,
    /// The start of a character whose rest has not come.
    pending: Vec<u8>,
}

impl<W: io::Write> Escaped<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            pending: Vec::new(),
        }
    }

    /// Ends the document with a line feed.
    fn finish(mut self) -> io::Result<()> {
        self.inner.write_all(b"\n")?;
        self.inner.flush()
    }
}

impl<W: io::Write> io::Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let whole = if self.pending.is_empty() {
            std::borrow::Cow::Borrowed(bytes)
        } else {
            std::borrow::Cow::Owned([&self.pending, bytes].concat())
        };
        let end = match std::str::from_utf8(&whole) {
            Ok(_) => whole.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        let (text, rest) = whole.split_at(end);
        let text = std::str::from_utf8(text).map_err(io::Error::other)?;
        self.inner.write_all(escape_json(text).as_bytes())?;
        self.pending = rest.to_vec();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What writing to standard output came to. A closed pipe is no error: whoever read had enough.
fn settle(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::internal(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Prints what is ours to the last character, and a line feed: a script, whose tabs and escapes count.
pub(super) fn verbatim(text: &str) -> Result<(), Failure> {
    settle(write_line(text))
}

fn write_line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Prints text and a line feed. Nothing but line feeds can move a terminal's cursor, whatever was put into the text.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    settle(write_line(&spell_lines(text)))
}

/// Tells a person something beside the answer, on standard error.
pub(super) fn say(words: &str) {
    // Whoever does not read it has the answer all the same.
    let _ = writeln!(io::stderr(), "regscope: {}", clean(words));
}

/// Columns of the terminal that standard output is; none where it is something else, or a terminal that does not say.
pub(super) fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (columns, _) = ratatui::crossterm::terminal::size().ok()?;
    (columns > 0).then_some(usize::from(columns))
}

/// A size for people, as the screen writes it.
pub(super) fn size(bytes: u64) -> String {
    crate::words::bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_escaped_wherever_it_is_cut() {
        let text = "{\"a\":\"x\u{202e}é\u{e0041}\"}";
        for size in 1..=text.len() {
            let mut out = Vec::new();
            let mut escaped = Escaped::new(&mut out);
            for piece in text.as_bytes().chunks(size) {
                escaped.write_all(piece).unwrap();
            }
            escaped.finish().unwrap();
            let expected = "{\"a\":\"x\\u202eé\\udb40\\udc41\"}\n";
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{size}");
        }
    }
}

//! Standard output: JSON for programs, text for people.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::oci::remote_text::{clean, escape_json};

use super::fail::Failure;

/// Prints a document as indented JSON, with every character that could harm a terminal as an escape.
pub(super) fn json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::internal(format!("cannot write the document: {error}")))?;
    print(&escape_json(&text))
}

/// Prints text and a line feed. A closed pipe is no error: whoever read had enough.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::internal(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Tells a person something beside the answer, on standard error.
pub(super) fn say(words: &str) {
    // Whoever does not read it has the answer all the same.
    let _ = writeln!(io::stderr(), "regscope: {}", clean(words));
}

/// A size for people, as the screen writes it.
pub(super) fn size(bytes: u64) -> String {
    crate::tui::text::bytes(bytes)
}

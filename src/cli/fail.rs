//! Where errors become words and exit codes.

use std::io::Write as _;
use std::process::ExitCode;

use crate::oci::remote_text::clean;
use crate::session::OpenError;

/// Done, and the answer is "no".
pub(super) const BREAKS: u8 = 1;
/// Wrong usage.
pub(super) const USAGE: u8 = 2;
/// The target could not be read at all.
pub(super) const UNREADABLE: u8 = 3;
/// Read in part.
pub(super) const PARTIAL: u8 = 4;
/// Ended by Ctrl-C.
pub(super) const INTERRUPTED: u8 = 130;

/// Why a command ended without its answer, in words, with its exit code.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    words: String,
}

impl Failure {
    pub(super) fn new(code: u8, words: impl Into<String>) -> Self {
        Self {
            code,
            words: words.into(),
        }
    }

    pub(super) fn usage(words: impl Into<String>) -> Self {
        Self::new(USAGE, words)
    }

    /// Our own fault.
    pub(super) fn internal(words: impl Into<String>) -> Self {
        Self::new(UNREADABLE, words)
    }

    /// Says it on standard error and gives the exit code.
    pub(super) fn report(&self) -> ExitCode {
        // Standard error may be closed; then nobody is there to tell.
        let _ = writeln!(std::io::stderr(), "regscope: {}", clean(&self.words));
        ExitCode::from(self.code)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::new(
            if error.is_usage() { USAGE } else { UNREADABLE },
            error.to_string(),
        )
    }
}

//! How far a command is, on standard error, and Ctrl-C.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::crawl::Progress;

/// A line that is written over and over; only where standard error is a terminal.
pub(super) struct Line {
    is_terminal: bool,
    shown_at: Option<Instant>,
}

/// How often the line changes: fast enough to look alive, slow enough to read.
const EVERY: Duration = Duration::from_millis(100);

impl Line {
    pub(super) fn new() -> Self {
        Self {
            is_terminal: std::io::stderr().is_terminal(),
            shown_at: None,
        }
    }

    /// Shows how far it is, unless that was shown just now.
    pub(super) fn show(&mut self, progress: &Progress) {
        if !self.is_terminal || self.shown_at.is_some_and(|shown| shown.elapsed() < EVERY) {
            return;
        }
        self.shown_at = Some(Instant::now());
        let mut text = format!(
            "{} answered · {} to go · {} requests",
            progress.done,
            progress.queued + progress.in_flight,
            progress.requests
        );
        if let Some((host, until)) = &progress.waiting {
            let seconds = until.saturating_duration_since(Instant::now()).as_secs();
            let _ = write!(text, " · {host} asks to wait {seconds} s (Ctrl-C gives up)");
        }
        self.write(&format!("\r\x1b[K{text}"));
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if self.shown_at.take().is_some() {
            self.write("\r\x1b[K");
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "only a line that may be shown is written"
    )]
    fn write(&self, text: &str) {
        let mut err = std::io::stderr();
        // A line that cannot be shown is no reason to stop.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}

/// Ends when the person presses Ctrl-C.
pub(super) async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the signal ends the program by itself.
        std::future::pending::<()>().await;
    }
}

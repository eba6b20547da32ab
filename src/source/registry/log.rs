//! The request log: what was asked, what came back, how long it took.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use url::Url;

use super::origin::url_for_log;
use super::secret::blanked;

/// What a request was for; the counters are by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// A page of the catalog.
    Catalog,
    /// A page of the list of tags.
    Tags,
    /// A manifest by tag, whole.
    Tag,
    /// The digest of a tag alone, by `HEAD`.
    TagDigest,
    /// A manifest by digest.
    Manifest,
    /// A config.
    Config,
    /// An attached document.
    Document,
    /// A page of the referrers API.
    Referrers,
    /// A referrers tag.
    FallbackTag,
    /// A token.
    Token,
    /// A place that tells which registry it is.
    Fingerprint,
}

impl RequestKind {
    /// Every kind, in the order of the counters.
    pub const ALL: [Self; 11] = [
        Self::Catalog,
        Self::Tags,
        Self::Tag,
        Self::TagDigest,
        Self::Manifest,
        Self::Config,
        Self::Document,
        Self::Referrers,
        Self::FallbackTag,
        Self::Token,
        Self::Fingerprint,
    ];

    /// The name in counts and in the benchmark's table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Tags => "tags",
            Self::Tag => "tag",
            Self::TagDigest => "tag-digest",
            Self::Manifest => "manifest",
            Self::Config => "config",
            Self::Document => "document",
            Self::Referrers => "referrers",
            Self::FallbackTag => "fallback-tag",
            Self::Token => "token",
            Self::Fingerprint => "fingerprint",
        }
    }
}

/// One exchange with a server: each redirect and each try is one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When it began.
    pub at: Timestamp,
    /// What it was for.
    pub kind: RequestKind,
    /// `GET`, `HEAD` or `POST`.
    pub method: &'static str,
    /// The address without secrets.
    pub url: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Bytes of the body that were read.
    pub bytes: u64,
    /// From the start to the last byte.
    pub took: Duration,
    /// Which try of the same request it was, from 1.
    pub attempt: u32,
}

/// What came of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer with this status.
    Status(u16),
    /// No answer, for this reason.
    Error(String),
    /// Nobody wanted the answer any more, or its time had run out.
    Abandoned,
    /// The answer was in the cache, and nothing was sent.
    Cached,
}

impl fmt::Display for LogEntry {
    /// One line without an end: time, method, address, status, bytes, milliseconds, and which try it was if not the
    /// first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} ",
            self.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
            self.method,
            self.url
        )?;
        match &self.outcome {
            Outcome::Status(status) => write!(f, "{status}")?,
            Outcome::Error(error) => write!(f, "error ({error})")?,
            Outcome::Abandoned => f.write_str("abandoned")?,
            Outcome::Cached => f.write_str("cached")?,
        }
        write!(f, " {} bytes {} ms", self.bytes, self.took.as_millis())?;
        if self.attempt > 1 {
            write!(f, " try {}", self.attempt)?;
        }
        Ok(())
    }
}

/// Numbers that the screen reads on every frame; none of them needs a lock.
#[derive(Debug, Default)]
struct Counters {
    by_kind: [AtomicU64; RequestKind::ALL.len()],
    bytes: AtomicU64,
    in_flight: AtomicU64,
    retries: AtomicU64,
    cached: AtomicU64,
}

/// The last exchanges, counts of all, and a place to write every line to.
pub struct RequestLog {
    counters: Counters,
    ring: Mutex<VecDeque<LogEntry>>,
    sink: Option<Mutex<Box<dyn Write + Send>>>,
}

/// How many entries are kept for the pane: more than anybody scrolls, about 300 kB.
const KEPT: usize = 1_000;

impl Default for RequestLog {
    fn default() -> Self {
        Self::new(None)
    }
}

impl RequestLog {
    /// An empty log, which writes every line to `sink` too.
    pub fn new(sink: Option<Box<dyn Write + Send>>) -> Self {
        Self {
            counters: Counters::default(),
            ring: Mutex::default(),
            sink: sink.map(Mutex::new),
        }
    }

    /// How many requests of this kind were sent. No lock.
    pub fn requests_of(&self, kind: RequestKind) -> u64 {
        self.counter_of(kind).load(Ordering::Relaxed)
    }

    /// How many requests were sent in all. No lock.
    pub fn requests(&self) -> u64 {
        self.counters
            .by_kind
            .iter()
            .map(|count| count.load(Ordering::Relaxed))
            .sum()
    }

    /// Bytes of bodies that were read. No lock.
    pub fn bytes(&self) -> u64 {
        self.counters.bytes.load(Ordering::Relaxed)
    }

    /// Requests that are under way. No lock.
    pub fn in_flight(&self) -> u64 {
        self.counters.in_flight.load(Ordering::Relaxed)
    }

    /// Requests that were another try. No lock.
    pub fn retries(&self) -> u64 {
        self.counters.retries.load(Ordering::Relaxed)
    }

    /// Answers that came from the cache. No lock.
    pub fn cached(&self) -> u64 {
        self.counters.cached.load(Ordering::Relaxed)
    }

    /// The last entries, oldest first; at most 1,000.
    pub fn entries(&self) -> Vec<LogEntry> {
        self.ring
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    /// Notes an answer that a cache gave in place of the registry.
    pub fn note_cached(&self, kind: RequestKind, url: &Url, bytes: u64) {
        self.counters.cached.fetch_add(1, Ordering::Relaxed);
        self.keep(LogEntry {
            at: Timestamp::now(),
            kind,
            method: "GET",
            url: url_for_log(url),
            outcome: Outcome::Cached,
            bytes,
            took: Duration::ZERO,
            attempt: 1,
        });
    }

    /// Begins an exchange. What is returned notes it when dropped, whatever became of it.
    pub(super) fn begin(
        &self,
        kind: RequestKind,
        method: &'static str,
        url: &Url,
        attempt: u32,
    ) -> Pending<'_> {
        self.counter_of(kind).fetch_add(1, Ordering::Relaxed);
        self.counters.in_flight.fetch_add(1, Ordering::Relaxed);
        if attempt > 1 {
            self.counters.retries.fetch_add(1, Ordering::Relaxed);
        }
        let entry = LogEntry {
            at: Timestamp::now(),
            kind,
            method,
            url: url_for_log(url),
            outcome: Outcome::Abandoned,
            bytes: 0,
            took: Duration::ZERO,
            attempt,
        };
        Pending {
            log: self,
            entry: Some(entry),
            started: Instant::now(),
        }
    }

    fn counter_of(&self, kind: RequestKind) -> &AtomicU64 {
        let [
            catalog,
            tags,
            tag,
            tag_digest,
            manifest,
            config,
            document,
            referrers,
            fallback_tag,
            token,
            fingerprint,
        ] = &self.counters.by_kind;
        match kind {
            RequestKind::Catalog => catalog,
            RequestKind::Tags => tags,
            RequestKind::Tag => tag,
            RequestKind::TagDigest => tag_digest,
            RequestKind::Manifest => manifest,
            RequestKind::Config => config,
            RequestKind::Document => document,
            RequestKind::Referrers => referrers,
            RequestKind::FallbackTag => fallback_tag,
            RequestKind::Token => token,
            RequestKind::Fingerprint => fingerprint,
        }
    }

    fn keep(&self, mut entry: LogEntry) {
        if let Cow::Owned(url) = blanked(&entry.url) {
            entry.url = url;
        }
        if let Some(sink) = &self.sink {
            let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
            // A full disk must not end the work that is being logged.
            let _ = writeln!(sink, "{entry}").and_then(|()| sink.flush());
        }
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() >= KEPT {
            ring.pop_front();
        }
        ring.push_back(entry);
    }
}

impl fmt::Debug for RequestLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestLog")
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

/// An exchange under way.
pub(super) struct Pending<'a> {
    log: &'a RequestLog,
    entry: Option<LogEntry>,
    started: Instant,
}

impl Pending<'_> {
    /// The answer's head arrived.
    pub(super) fn answered(&mut self, status: u16) {
        if let Some(entry) = &mut self.entry {
            entry.outcome = Outcome::Status(status);
        }
    }

    /// A piece of the body arrived.
    pub(super) fn read(&mut self, bytes: usize) {
        if let Some(entry) = &mut self.entry {
            entry.bytes = entry.bytes.saturating_add(bytes as u64);
        }
        self.log
            .counters
            .bytes
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// It failed.
    pub(super) fn failed(&mut self, error: &impl fmt::Display) {
        if let Some(entry) = &mut self.entry {
            entry.outcome = Outcome::Error(
                crate::oci::remote_text::clean(&blanked(&error.to_string())).into_owned(),
            );
        }
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.log.counters.in_flight.fetch_sub(1, Ordering::Relaxed);
        if let Some(mut entry) = self.entry.take() {
            entry.took = self.started.elapsed();
            self.log.keep(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_exchange_is_a_line_and_a_count() {
        let sink = Sink::default();
        let log = RequestLog::new(Some(Box::new(sink.clone())));
        let url = Url::parse("http://r.example/v2/a/tags/list?n=5&token=s3cret").unwrap();
        let mut pending = log.begin(RequestKind::Tags, "GET", &url, 2);
        assert_eq!(log.in_flight(), 1);
        pending.answered(200);
        pending.read(12);
        drop(pending);
        drop(log.begin(RequestKind::Manifest, "GET", &url, 1));
        let written = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert!(
            lines[0]
                .contains("GET http://r.example/v2/a/tags/list?n=5&token=redacted 200 12 bytes"),
            "{written}"
        );
        assert!(lines[0].ends_with("ms try 2"), "{written}");
        assert!(lines[1].contains(" abandoned "), "{written}");
        assert!(!written.contains("s3cret"));
        assert_eq!(
            (
                log.requests(),
                log.requests_of(RequestKind::Tags),
                log.retries()
            ),
            (2, 1, 1)
        );
        assert_eq!((log.in_flight(), log.bytes()), (0, 12));
        for _ in 0..2 * KEPT {
            drop(log.begin(RequestKind::Tags, "GET", &url, 1));
        }
        assert_eq!(log.entries().len(), KEPT);
    }
}

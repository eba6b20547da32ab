//! The way of documents: from bytes that came to what they say, off the thread that draws.
//!
//! ```text
//! crawl ─▶ DocumentRead ─▶ Known::take ─▶ Known::unread ─▶ Unread::read (any thread) ─▶ Known::read ─▶ content
//!                 ▲                                                                        │
//!                 └───────── asked again, from the cache's bytes, where it fell out ◀──────┘
//! ```
//!
//! A plan says which documents a crawl asks for ([`Plan::documents`](crate::crawl::Plan)); the screen asks for those of
//! what is looked at. Each digest is asked for once and read once, however many manifests carry it.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::evidence::{self, Label, Reading};
use crate::oci::Digest;
use crate::source;

/// A document that came and was not read yet. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which.
    pub digest: Digest,
    bytes: Arc<[u8]>,
    label: Stated,
}

/// The types that the manifest which carries a document states of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) media: String,
    pub(super) artifact: String,
    pub(super) predicate: String,
}

impl Unread {
    pub(super) const fn new(digest: Digest, bytes: Arc<[u8]>, label: Stated) -> Self {
        Self {
            digest,
            bytes,
            label,
        }
    }

    /// Bytes of it.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Reads it. Pure, and takes its time: a second for some 40 MB. Not for the screen's thread.
    pub fn read(&self, limits: &source::Limits) -> Arc<Reading> {
        let label = Label {
            media_type: &self.label.media,
            artifact_type: &self.label.artifact,
            predicate_type: &self.label.predicate,
        };
        Arc::new(evidence::read(&self.bytes, &label, &limits_of(limits)))
    }
}

/// How much of a document is read, by the limits of the program.
pub fn limits_of(limits: &source::Limits) -> evidence::Limits {
    evidence::Limits {
        unpacked: usize::try_from(limits.decompressed_bytes).unwrap_or(usize::MAX),
        ..evidence::Limits::default()
    }
}

/// So many documents are read at once: reading is work for processors, of which there are few.
const READERS: usize = 2;
/// So many may wait to be read before no more is taken in: each may have megabytes.
const WAITING: usize = 8;

/// Reads documents on the threads for what blocks. Needs a tokio runtime.
pub(super) struct Readers {
    limits: source::Limits,
    waiting: VecDeque<Unread>,
    reading: JoinSet<(Digest, Arc<Reading>)>,
}

impl Readers {
    pub(super) fn new(limits: source::Limits) -> Self {
        Self {
            limits,
            waiting: VecDeque::new(),
            reading: JoinSet::new(),
        }
    }

    pub(super) fn add(&mut self, unread: impl IntoIterator<Item = Unread>) {
        self.waiting.extend(unread);
        self.begin();
    }

    fn begin(&mut self) {
        while self.reading.len() < READERS
            && let Some(unread) = self.waiting.pop_front()
        {
            let limits = self.limits.clone();
            self.reading
                .spawn_blocking(move || (unread.digest, unread.read(&limits)));
        }
    }

    /// Whether there is room for more.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < WAITING
    }

    /// Whether nothing is being read, and nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.reading.is_empty() && self.waiting.is_empty()
    }

    /// The next document that was read; never, where none is. Nothing is lost where this is dropped before its end.
    pub(super) async fn next(&mut self) -> (Digest, Arc<Reading>) {
        while let Some(read) = self.reading.join_next().await {
            self.begin();
            // A reader that panicked is a fault of ours: the document is as if it had not come.
            if let Ok(read) = read {
                return read;
            }
        }
        std::future::pending().await
    }

    /// Reads one document.
    pub(super) async fn read(&self, unread: Unread) -> Option<Arc<Reading>> {
        let limits = self.limits.clone();
        let read = tokio::task::spawn_blocking(move || unread.read(&limits));
        read.await.ok()
    }
}

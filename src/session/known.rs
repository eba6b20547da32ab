//! What is known: the one place that answers of sources come to, for the command line, the screen and the impact.
//!
//! ```text
//! crawl ──▶ facts ────▶ Known::take ─▶ graph · content · notes
//! workers ─▶ readings ─▶ Known::read ─▶ content
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::content::Content;
use crate::evidence::Reading;
use crate::graph::{Fact, Graph};
use crate::oci::purpose::{self, DocumentKinds};
use crate::oci::{Address, Answer, Body, Digest, Manifest};

use super::impact::Notes;
use super::reading::{Stated, Unread};

/// Everything that is known, and the documents behind it.
#[derive(Default)]
pub struct Known {
    /// What there is, and what names what.
    pub graph: Graph,
    /// Documents by digest, under a cap.
    pub content: Content,
    /// What documents say that the impact needs, also where they were dropped.
    notes: Option<Notes>,
    documents: ToRead,
    /// How many readings came.
    readings: u64,
}

/// The documents that came and were not read.
#[derive(Default)]
struct ToRead {
    /// Whether nobody reads any.
    is_closed: bool,
    labels: HashMap<Digest, Stated>,
    waiting: Vec<Unread>,
    /// Those that wait, or are being read.
    pending: HashSet<Digest>,
}

impl Known {
    /// Takes notes on documents as they pass, for the impact. That reads each manifest once more.
    pub fn with_notes() -> Self {
        Self {
            notes: Some(Notes::default()),
            ..Self::default()
        }
    }

    /// As [`Known::with_notes`], and keeps no documents: for who shares a process with somebody that does.
    pub fn notes_alone() -> Self {
        Self {
            content: Content::new(0),
            documents: ToRead {
                is_closed: true,
                ..ToRead::default()
            },
            ..Self::with_notes()
        }
    }

    /// Takes facts in: the only way in which anything becomes known. Facts may come in any order, and again.
    ///
    /// Cost: that of [`Graph::apply`], and where notes are taken one reading of each manifest.
    pub fn take(&mut self, facts: &[Fact]) {
        for fact in facts {
            self.graph.apply(fact);
            self.content.take(&fact.answer);
            if let Some(notes) = &mut self.notes {
                notes.take(&fact.answer);
            }
            if !self.documents.is_closed {
                self.documents.take(&fact.answer, &self.content);
            }
        }
    }

    /// The documents that came and are to be read, each once: whoever calls reads them ([`Unread::read`]), on another
    /// thread, and hands what they say to [`Known::read`].
    pub fn unread(&mut self) -> Vec<Unread> {
        std::mem::take(&mut self.documents.waiting)
    }

    /// Whether a document came and was not read yet.
    pub fn is_to_be_read(&self, digest: &Digest) -> bool {
        self.documents.pending.contains(digest)
    }

    /// A document whose bytes are here, to be read again: what it said fell out of the content.
    pub fn read_again(&mut self, digest: &Digest) -> Option<Unread> {
        let bytes = self.content.document(digest)?;
        self.documents.pending.insert(*digest);
        Some(self.to_read_again(digest, bytes))
    }

    /// How many documents came and were not read yet.
    pub fn unread_count(&self) -> usize {
        self.documents.pending.len()
    }

    /// A document that is to be read again, because what it said fell out of the content.
    pub fn to_read_again(&self, digest: &Digest, bytes: Arc<[u8]>) -> Unread {
        Unread::new(*digest, bytes, self.documents.label(digest))
    }

    /// Takes in what a document says.
    pub fn read(&mut self, digest: Digest, reading: Arc<Reading>) {
        self.documents.pending.remove(&digest);
        self.readings += 1;
        if let Some(notes) = &mut self.notes {
            notes.read(&digest, &reading);
        }
        self.content.put_reading(digest, reading);
    }

    /// What documents said, as far as it was noted.
    pub fn notes(&self) -> Option<&Notes> {
        self.notes.as_ref()
    }

    /// Goes up with everything that becomes known.
    pub fn version(&self) -> u64 {
        self.graph.version() + self.readings
    }

    /// Where a person begins is known from the start, whatever becomes of it. Gives what stands for it at first: a tag
    /// or manifest is shown once it is found.
    pub fn begin_at(&mut self, root: &Address) {
        match root {
            Address::Registry(origin) => self.graph.touch_registry(origin),
            Address::Repository(repository)
            | Address::Tag(repository, _)
            | Address::Object(repository, _) => self.graph.touch_repository(repository),
        };
    }
}

impl ToRead {
    fn take(&mut self, answer: &Answer, content: &Content) {
        match (&answer.question.at, &answer.body) {
            (_, Body::Manifest(manifest)) => self.describe(manifest),
            (Address::Object(_, digest), Body::Document(bytes))
                if content.reading(digest).is_none() && self.pending.insert(*digest) =>
            {
                let unread = Unread::new(*digest, bytes.clone(), self.label(digest));
                self.waiting.push(unread);
            }
            _ => {}
        }
    }

    /// What a manifest says of the documents that it carries; the first that carries one counts.
    fn describe(&mut self, manifest: &Manifest) {
        let artifact_type = manifest.artifact_type.as_ref();
        for (blob, _) in purpose::documents(manifest, DocumentKinds::ALL, true) {
            let predicate_type = purpose::predicate_type(&blob.annotations)
                .or_else(|| purpose::predicate_type(&manifest.annotations));
            let stated = || Stated {
                media: blob.media_type.as_str().to_owned(),
                artifact: artifact_type.map_or(String::new(), |one| one.as_str().to_owned()),
                predicate: predicate_type.map_or(String::new(), |one| one.as_str().to_owned()),
            };
            self.labels.entry(blob.digest).or_insert_with(stated);
        }
    }

    fn label(&self, digest: &Digest) -> Stated {
        self.labels.get(digest).cloned().unwrap_or_default()
    }
}

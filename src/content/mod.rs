//! Bytes, their parsed form and what was read in them, by digest: kept once, whoever has them, under a memory cap.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::evidence::{Reading, SearchText, Words};
use crate::oci::json::Problem;
use crate::oci::{Address, Answer, Body, Digest, ImageConfig, Manifest};

/// What is kept of one digest.
#[derive(Default)]
struct Entry {
    manifest: Option<Arc<Manifest>>,
    config: Option<Arc<ImageConfig>>,
    document: Option<Arc<[u8]>>,
    reading: Option<Arc<Reading>>,
    /// What it weighs in memory, estimated.
    weight: usize,
    /// When it was last looked at, in looks.
    used: Cell<u64>,
}

impl Entry {
    fn weigh(&self) -> usize {
        let manifest = self.manifest.as_ref().map_or(0, |one| one.weight());
        let config = self.config.as_ref();
        let config = config.map_or(0, |one| one.weight());
        let document = self.document.as_ref().map_or(0, |bytes| bytes.len());
        let reading = self.reading.as_ref().map_or(0, |one| one.weight);
        manifest + config + document + reading
    }

    /// Whether it tells what else there is: such entries are small, and go last.
    fn is_structure(&self) -> bool {
        self.manifest.is_some() || self.config.is_some()
    }
}

/// What is kept of one digest.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    manifest: Option<Arc<Manifest>>,
    config: Option<Arc<ImageConfig>>,
    document: Option<Arc<[u8]>>,
}

/// Manifests, configs, documents and what they say, by digest.
///
/// Holds at most `cap` bytes, estimated; documents go before manifests and configs, and of each what was used longest
/// ago first. It comes back when it is asked again.
/// Look-ups cost one hash.
pub struct Content {
    entries: HashMap<Digest, Entry>,
    weight: usize,
    cap: usize,
    looks: Cell<u64>,
    texts: Texts,
}

/// What documents say, as texts that are searched. They stay where their documents fall out.
#[derive(Default)]
struct Texts {
    by_digest: HashMap<Digest, Arc<SearchText>>,
    weight: usize,
    /// Documents for whose text there was no room.
    left_out: usize,
}

/// Bytes that all texts take at most: those of some two million packages.
const TEXTS: usize = 192 * 1024 * 1024;

/// The cap that fits beside a graph of a million nodes on a small machine.
pub const DEFAULT_CAP: usize = 256 * 1024 * 1024;

impl Default for Content {
    fn default() -> Self {
        Self::new(DEFAULT_CAP)
    }
}

impl Content {
    /// An empty store that holds at most `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self {
            entries: HashMap::new(),
            weight: 0,
            cap,
            looks: Cell::new(0),
            texts: Texts::default(),
        }
    }

    /// Remembers what an answer carries.
    pub fn take(&mut self, answer: &Answer) {
        match (&answer.question.at, &answer.body) {
            (_, Body::Manifest(manifest)) => {
                self.put(manifest.digest, |entry| {
                    entry.manifest = Some(manifest.clone());
                });
            }
            (Address::Object(_, digest), Body::Config(config)) => {
                self.put(*digest, |entry| {
                    entry.config = Some(config.clone());
                });
            }
            (Address::Object(_, digest), Body::Document(bytes) | Body::Bytes(bytes)) => {
                self.put(*digest, |entry| {
                    entry.document = Some(bytes.clone());
                });
            }
            _ => {}
        }
    }

    /// What is kept of some digests, to look at it on another thread.
    pub fn parts(&self, digests: impl IntoIterator<Item = Digest>) -> Vec<(Digest, Parts)> {
        let parts = digests.into_iter().filter_map(|digest| {
            let entry = self.look(&digest)?;
            let parts = Parts {
                manifest: entry.manifest.clone(),
                config: entry.config.clone(),
                document: entry.document.clone(),
            };
            Some((digest, parts))
        });
        parts.collect()
    }

    /// A store that has what was taken out of another.
    pub fn from_parts(parts: impl IntoIterator<Item = (Digest, Parts)>) -> Self {
        let mut content = Self::new(usize::MAX);
        for (digest, parts) in parts {
            content.put(digest, |entry| {
                entry.manifest = parts.manifest;
                entry.config = parts.config;
                entry.document = parts.document;
            });
        }
        content
    }

    /// Remembers what was read in a document.
    pub fn put_reading(&mut self, digest: Digest, reading: Arc<Reading>) {
        self.put(digest, |entry| entry.reading = Some(reading));
    }

    /// Remembers what a document says as a text that is searched, as long as there is room for it.
    pub fn put_text(&mut self, digest: Digest, text: Arc<SearchText>) {
        if text.is_empty() || self.texts.by_digest.contains_key(&digest) {
            return;
        }
        let weight = self.texts.weight + text.weight();
        if weight > TEXTS {
            self.texts.left_out += 1;
            return;
        }
        self.texts.weight = weight;
        self.texts.by_digest.insert(digest, text);
    }

    /// The documents that are searched, in no order.
    pub fn texts(&self) -> impl Iterator<Item = (&Digest, &Arc<SearchText>)> {
        self.texts.by_digest.iter()
    }

    /// How many documents were read for whose text there was no room.
    pub const fn texts_left_out(&self) -> usize {
        self.texts.left_out
    }

    /// The documents that name a package, or a vulnerability, in which all `words` stand. Cost: a pass over all texts.
    pub fn naming(&self, words: &Words) -> Vec<Digest> {
        let texts = self.texts().filter(|(_, text)| text.names(words));
        texts.map(|(digest, _)| *digest).collect()
    }

    /// What was read in a document, if it is here.
    pub fn reading(&self, digest: &Digest) -> Option<Arc<Reading>> {
        self.look(digest)?.reading.clone()
    }

    /// A manifest, if it is here.
    pub fn manifest(&self, digest: &Digest) -> Option<Arc<Manifest>> {
        self.look(digest)?.manifest.clone()
    }

    /// An image configuration, if it is here.
    pub fn config(&self, digest: &Digest) -> Option<Arc<ImageConfig>> {
        self.look(digest)?.config.clone()
    }

    /// The exact bytes of anything that was read, if they are here.
    pub fn document(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        let entry = self.look(digest)?;
        let manifest = || {
            entry
                .manifest
                .as_ref()
                .map(|manifest| manifest.bytes.clone())
        };
        let config = || entry.config.as_ref().map(|config| config.bytes.clone());
        entry.document.clone().or_else(manifest).or_else(config)
    }

    /// What is wrong with a document that was read, as far as it is still here.
    pub fn problems(&self, digest: &Digest) -> Vec<Problem> {
        let Some(entry) = self.entries.get(digest) else {
            return Vec::new();
        };
        let manifest = entry
            .manifest
            .as_ref()
            .map(|manifest| manifest.problems.clone());
        let config = entry.config.as_ref().map(|config| config.problems.clone());
        let reading = || Some(entry.reading.as_ref()?.problems.clone());
        manifest.or(config).or_else(reading).unwrap_or_default()
    }

    /// Bytes held, estimated.
    pub fn weight(&self) -> usize {
        self.weight
    }

    fn look(&self, digest: &Digest) -> Option<&Entry> {
        let entry = self.entries.get(digest)?;
        self.looks.set(self.looks.get() + 1);
        entry.used.set(self.looks.get());
        Some(entry)
    }

    fn put(&mut self, digest: Digest, set: impl FnOnce(&mut Entry)) {
        if self.cap == 0 {
            return;
        }
        self.looks.set(self.looks.get() + 1);
        let entry = self.entries.entry(digest).or_default();
        set(entry);
        entry.used.set(self.looks.get());
        let before = std::mem::replace(&mut entry.weight, 0);
        entry.weight = entry.weigh();
        self.weight = self.weight - before + entry.weight;
        if self.weight > self.cap {
            self.shrink();
        }
    }

    /// Drops documents, then the rest, what was used longest ago first, until a tenth of the cap is free, so that it is not done at every put.
    fn shrink(&mut self) {
        let mut by_use: Vec<_> = self
            .entries
            .iter()
            .map(|(digest, entry)| {
                let turn = (entry.is_structure(), entry.used.get());
                (turn, *digest, entry.weight)
            })
            .collect();
        by_use.sort_unstable_by_key(|(turn, ..)| *turn);
        for (_, digest, weight) in by_use {
            if self.weight <= self.cap - self.cap / 10 {
                break;
            }
            self.entries.remove(&digest);
            self.weight -= weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::{Origin, Repository};

    fn read(bytes: &[u8]) -> Answer {
        let repository = Repository::new(&Origin::new("r"), "a");
        Answer::document(repository, Digest::of(bytes), bytes.into())
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut content = Content::new(100);
        let documents: Vec<Vec<u8>> = (0..4).map(|n| vec![n; 30]).collect();
        for document in documents.iter().take(3) {
            content.take(&read(document));
        }
        assert!(content.document(&Digest::of(&documents[0])).is_some());
        content.take(&read(&documents[3]));
        assert!(
            content.document(&Digest::of(&documents[0])).is_some(),
            "it was looked at"
        );
        assert!(content.document(&Digest::of(&documents[1])).is_none());
        assert!(content.weight() <= 100);
    }

    #[test]
    fn documents_go_before_what_tells_of_them() {
        let mut content = Content::new(40_000);
        let json = br#"{"schemaVersion":2,"layers":[],"config":{"mediaType":"a/b","size":1,
            "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}"#;
        let manifest = Manifest::parse(Digest::of(json), json.as_slice().into(), "").unwrap();
        let place = Repository::new(&Origin::new("r"), "a");
        content.take(&Answer::manifest(place, manifest.into()));
        for number in 0..9 {
            content.take(&read(&[number; 10_000]));
        }
        assert!(content.manifest(&Digest::of(json)).is_some());
        assert!(content.weight() <= 40_000);
    }
}

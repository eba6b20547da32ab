//! In-toto statements: who is spoken of, and of what kind what is said is (in-toto attestation, `spec/v1/statement.md`).

use std::collections::BTreeMap;

use super::problems::Problems;
use super::tree::At;
use crate::oci::{Digest, RemoteText};

/// A statement without its predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `_type`, as written.
    pub form: RemoteText,
    /// What it speaks of.
    pub subjects: Vec<Subject>,
    /// The predicate type, as written; empty where there is none.
    pub predicate_type: RemoteText,
}

/// What a statement speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name, if it has one. Nothing follows from it.
    pub name: Option<RemoteText>,
    /// Hashes by algorithm.
    pub digests: BTreeMap<RemoteText, RemoteText>,
}

impl Subject {
    /// Whether one of its hashes is `digest`.
    pub fn is(&self, digest: &Digest) -> bool {
        let found = self.digests.get(digest.algorithm().name());
        found.is_some_and(|hash| is_hash_of(hash.as_str(), digest))
    }
}

/// Whether `text` is the hash of `digest`; some tools write `sha256:` before it again.
pub(super) fn is_hash_of(text: &str, digest: &Digest) -> bool {
    let mut text = text.trim();
    let name = digest.algorithm().name();
    while let Some((before, rest)) = text.split_once(':')
        && before.eq_ignore_ascii_case(name)
    {
        text = rest;
    }
    text.eq_ignore_ascii_case(&digest.encoded())
}

impl Statement {
    /// Whether it speaks of `digest`: by a hash, never by a name (statement.md, "subject").
    pub fn matches(&self, digest: &Digest) -> bool {
        self.subjects.iter().any(|subject| subject.is(digest))
    }

    /// Reads the fields of a statement, the predicate apart.
    pub(super) fn read(
        form: &str,
        subjects: Option<At<'_>>,
        predicate_type: &str,
        cap: usize,
        problems: &mut Problems,
    ) -> Self {
        let mut read = Vec::new();
        for at in subjects.into_iter().flat_map(At::items) {
            if read.len() >= cap {
                problems.at(at, "more subjects than are read");
                break;
            }
            read.push(subject(at, problems));
        }
        if read.is_empty() {
            problems.note("subject", "names nothing that the statement speaks of");
        }
        Self {
            form: form.into(),
            subjects: read,
            predicate_type: predicate_type.into(),
        }
    }

    pub(super) fn weight(&self) -> usize {
        let texts = self.subjects.iter().map(|subject| {
            let digests = subject.digests.iter();
            let digests =
                digests.map(|(name, hash)| name.as_str().len() + hash.as_str().len() + 64);
            let name = subject.name.as_ref().map_or(0, |name| name.as_str().len());
            64 + name + digests.sum::<usize>()
        });
        128 + texts.sum::<usize>()
    }
}

fn subject(at: At<'_>, problems: &mut Problems) -> Subject {
    let name = problems.text(at, "name").filter(|name| !name.is_empty());
    let mut digests = BTreeMap::new();
    for hash in at.get("digest").into_iter().flat_map(At::fields) {
        if let Some(text) = problems.text_of(hash) {
            digests.insert(hash.key().to_ascii_lowercase().into(), text.into());
        }
    }
    if digests.is_empty() {
        problems.at(at, "has no digest");
    }
    Subject {
        name: name.map(RemoteText::from),
        digests,
    }
}

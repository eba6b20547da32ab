//! Indexes under referrers tags, of which two questions ask: what the tag names, and who refers to its subject.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::oci::tag::{DigestTag, DigestTagKind};
use crate::oci::{Manifest, RemoteText, Repository};
use crate::source::Urgency;

/// Bytes that are held at most, estimated. What is more is asked for twice.
const HELD: usize = 16 * 1024 * 1024;

/// What one of the two questions has read, for the other one: each is handed out once, and not after a while. Somebody
/// who looks at a row, or asks again, gets what is there now.
#[derive(Default)]
pub(super) struct Fallbacks(Mutex<Held>);

#[derive(Default)]
struct Held {
    read: HashMap<(RemoteText, RemoteText), (Instant, Arc<Manifest>)>,
    weight: usize,
}

impl Fallbacks {
    /// Keeps what `tag` names, if it is a referrers tag.
    pub(super) fn keep(&self, repository: &Repository, tag: &str, manifest: &Arc<Manifest>) {
        let is_fallback =
            DigestTag::parse(tag).is_some_and(|tag| tag.kind == DigestTagKind::Fallback);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let weight = held.weight.saturating_add(manifest.weight());
        if !is_fallback || weight > HELD {
            return;
        }
        let key = (repository.path.clone(), tag.into());
        let before = held.read.insert(key, (Instant::now(), manifest.clone()));
        held.weight = weight - before.map_or(0, |(_, manifest)| manifest.weight());
    }

    /// What `tag` named when the other question was answered, if that is no longer ago than `most`.
    pub(super) fn take(
        &self,
        repository: &Repository,
        tag: &str,
        most: Duration,
        urgency: Urgency,
    ) -> Option<Arc<Manifest>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (repository.path.clone(), tag.into());
        let (read, manifest) = held.read.remove(&key)?;
        held.weight -= manifest.weight();
        let is_recent = read.elapsed() <= most && urgency != Urgency::Looking;
        is_recent.then_some(manifest)
    }
}

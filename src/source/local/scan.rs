//! A look at every manifest of a store, for those with a subject (`docs/formats.md`, `manifest-scan`).

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::oci::{Absence, Descriptor, Digest, Form, Manifest};

use super::content::{self, Content};

/// What a look at every manifest found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The manifests, sorted by digest.
    pub(crate) manifests: Vec<Scanned>,
    /// Positions in `manifests` by subject.
    by_subject: HashMap<Digest, Vec<usize>>,
    /// What might have been a manifest and could not be read.
    pub(crate) unread: Vec<(Option<Digest>, Absence)>,
}

/// One manifest that a scan met.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    /// The manifest, described as a referrers list must.
    pub(crate) descriptor: Descriptor,
    /// What it refers to.
    pub(crate) subject: Option<Digest>,
}

impl Scan {
    /// Looks at `candidates`, and of them at those that start like JSON and have at most `limit` bytes; those in
    /// `declared` are manifests whatever their form, others only if their form is known. Absent if `stop` was set.
    ///
    /// Content over the limit is passed over: no registry takes a manifest of that size.
    ///
    /// Cost: opens every candidate; reads, hashes and parses those that start like JSON.
    pub(crate) fn of(
        content: &dyn Content,
        candidates: impl IntoIterator<Item = Digest>,
        declared: &BTreeSet<Digest>,
        limit: u64,
        stop: &Stop,
    ) -> Option<Self> {
        let mut scan = Self::default();
        for digest in candidates {
            if stop.is_set() {
                return None;
            }
            match content::read_if_object(content, &digest, limit) {
                Ok(None) => {}
                Ok(Some(bytes)) => {
                    // What starts like JSON and is none, a document cut short among it, is no manifest.
                    if let Ok(manifest) = Manifest::parse(digest, bytes, "")
                        && (manifest.form != Form::Unknown || declared.contains(&digest))
                    {
                        scan.take(&manifest);
                    }
                }
                Err(absence) => scan.unread.push((Some(digest), absence)),
            }
        }
        Some(scan)
    }

    fn take(&mut self, manifest: &Manifest) {
        let subject = manifest.subject.as_ref().map(|subject| subject.digest);
        if let Some(subject) = subject {
            let position = self.manifests.len();
            self.by_subject.entry(subject).or_default().push(position);
        }
        self.manifests.push(Scanned {
            descriptor: manifest.as_descriptor(),
            subject,
        });
    }

    /// The manifests whose subject is `subject`, sorted by digest.
    pub(crate) fn referrers(&self, subject: &Digest) -> Vec<Descriptor> {
        let positions = self.by_subject.get(subject).map_or(&[][..], Vec::as_slice);
        let found = positions
            .iter()
            .filter_map(|position| self.manifests.get(*position));
        found.map(|scanned| scanned.descriptor.clone()).collect()
    }

    /// Why the scan does not know all, if it does not.
    pub(crate) fn gap(&self) -> Option<String> {
        let (digest, absence) = self.unread.first()?;
        let place = digest.map_or_else(String::new, |digest| format!("{} ", digest.short()));
        let more = match self.unread.len() {
            1 => String::new(),
            count => format!(", and {} more like it", count - 1),
        };
        let reason = absence.reason.as_str();
        Some(format!(
            "a blob that may refer to it could not be read: {place}({reason}){more}"
        ))
    }
}

/// A scan that is made when it is first needed, by one of those who need it.
#[derive(Debug, Default)]
pub(crate) struct LazyScan {
    kept: Mutex<Option<Arc<Scan>>>,
    was_asked: AtomicBool,
}

impl LazyScan {
    /// The scan; `make` makes it where there is none yet. Absent if `make` was stopped.
    pub(crate) fn get(&self, make: impl FnOnce() -> Option<Scan>) -> Option<Arc<Scan>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            *kept = make().map(Arc::new);
        }
        kept.clone()
    }

    /// Forgets the scan, unless this is the first time that the holdings are asked for: asking again is how a person
    /// sees what has changed in the store.
    pub(crate) fn forget_if_asked_again(&self) {
        if self.was_asked.swap(true, Ordering::Relaxed) {
            self.forget();
        }
    }

    /// Forgets the scan, because the store has changed.
    pub(crate) fn forget(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Tells blocking work that nobody wants its result any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Whether to stop.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Says to stop.
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

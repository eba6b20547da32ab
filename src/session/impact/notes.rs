//! What documents say beyond the edges of a graph, as far as the impact needs it: noted as they pass, since documents are
//! dropped when there are too many, and the screen's worker has none.

use std::collections::HashMap;

use crate::evidence::Reading;
use crate::insight::impact::Charts;
use crate::oci::distribution::{self, Unreadable};
use crate::oci::{Address, Answer, Body, Digest, Manifest};

use super::is_foreign;

/// Notes on the documents of one registry; nothing is noted of most of them.
#[derive(Debug, Default)]
pub struct Notes {
    manifests: HashMap<Digest, Note>,
    charts: Charts,
}

/// What was noted of a manifest.
#[derive(Debug, Default)]
pub(super) struct Note {
    /// Layers that a registry need not have.
    pub(super) foreign: Vec<Digest>,
    /// Why distribution's collector cannot read it.
    pub(super) unreadable: Unreadable,
}

impl Notes {
    /// Notes what an answer carries. `O(n)` in the document.
    pub fn take(&mut self, answer: &Answer) {
        if let (Address::Object(repository, _), Body::Manifest(manifest)) =
            (&answer.question.at, &answer.body)
        {
            self.charts.take(repository.path.as_str(), manifest);
            self.manifest(manifest);
        }
    }

    /// Notes what was read in a document.
    pub fn read(&mut self, digest: &Digest, reading: &Reading) {
        self.charts.read(digest, reading);
    }

    fn manifest(&mut self, manifest: &Manifest) {
        let foreign = manifest.layers.iter().filter(|layer| is_foreign(layer));
        let note = Note {
            foreign: foreign.map(|layer| layer.digest).collect(),
            unreadable: distribution::unreadable(&manifest.bytes),
        };
        if !note.foreign.is_empty() || !note.unreadable.is_empty() {
            self.manifests.insert(manifest.digest, note);
        }
    }

    /// The charts among them.
    pub const fn charts(&self) -> &Charts {
        &self.charts
    }

    pub(super) fn of(&self, digest: &Digest) -> Option<&Note> {
        self.manifests.get(digest)
    }
}

//! Content by digest in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::oci::{Absence, AbsenceKind, Digest};
use crate::source::local::content::{Blob, Content, Listing, Opened};

use super::unpacked::{Kept, Unpacked};

/// The blobs of an archive: what was kept of it, and the sizes of the rest.
#[derive(Debug, Default)]
pub(super) struct Memory(BTreeMap<Digest, Kept>);

impl Memory {
    /// The blobs of the layout in `unpacked`: `blobs/<algorithm>/<hex>`.
    pub(super) fn of_layout(unpacked: &Unpacked) -> Self {
        let mut blobs = BTreeMap::new();
        for (name, kept) in &unpacked.files {
            let digest = name
                .strip_prefix("blobs/")
                .and_then(|rest| rest.split_once('/'))
                .and_then(|(algorithm, hex)| format!("{algorithm}:{hex}").parse().ok());
            if let Some(digest) = digest {
                blobs.insert(digest, kept.clone());
            }
        }
        Self(blobs)
    }

    /// Adds content under its own digest, and tells it.
    pub(super) fn add(&mut self, bytes: Arc<[u8]>) -> Digest {
        let digest = Digest::of(&bytes);
        self.0.insert(digest, Kept::Bytes(bytes));
        digest
    }
}

impl Content for Memory {
    fn open(&self, digest: &Digest) -> Result<Opened, Absence> {
        match self.0.get(digest) {
            Some(Kept::Bytes(bytes)) => Ok(Opened::of_bytes(Arc::clone(bytes))),
            Some(Kept::Size(size)) => Err(Absence::new(
                AbsenceKind::TooLarge,
                format!(
                    "has {size} bytes, more than is kept of an archive: unpack it and read the folder"
                ),
            )),
            None => Err(Absence::new(AbsenceKind::Missing, "is not in the archive")),
        }
    }

    fn list(&self) -> Listing {
        let blobs = self.0.iter().map(|(digest, kept)| Blob {
            digest: *digest,
            size: kept.size(),
            identity: None,
        });
        Listing {
            blobs: blobs.collect(),
            problems: Vec::new(),
        }
    }
}

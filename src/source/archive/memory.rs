//! Content by digest in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::oci::{Absence, AbsenceKind, Digest};
use crate::source::local::content::{Blob, Content, Listing, Opened};

use super::unpacked::{Kept, Unpacked};

/// The blobs of an archive: what was kept of it, and the sizes of the rest.
#[derive(Debug, Default)]
pub(super) struct Memory {
    blobs: BTreeMap<Digest, Kept>,
    /// What is named and not there, with the file that should have it.
    missing: BTreeMap<Digest, String>,
}

impl Memory {
    /// The blobs of the layout in `unpacked`: `blobs/<algorithm>/<hex>`.
    pub(super) fn of_layout(unpacked: &Unpacked) -> Self {
        let mut blobs = BTreeMap::new();
        for (name, kept) in &unpacked.files {
            let digest = digest_of(name);
            if let Some(digest) = digest {
                blobs.insert(digest, kept.clone());
            }
        }
        // Some tools write a blob twice as a link; links are followed inside the archive.
        for name in unpacked.link_names() {
            let digest = digest_of(name).filter(|digest| !blobs.contains_key(digest));
            if let Some((digest, kept)) = digest.zip(unpacked.file(name)) {
                blobs.insert(digest, kept.clone());
            }
        }
        Self {
            blobs,
            missing: BTreeMap::new(),
        }
    }

    /// Says that content is named, and where the archive should have it and has not.
    pub(super) fn lacks(&mut self, digest: Digest, name: &str) {
        self.missing.insert(digest, name.to_owned());
    }

    /// Adds content under its own digest, and tells it.
    pub(super) fn add(&mut self, bytes: Arc<[u8]>) -> Digest {
        let digest = Digest::of(&bytes);
        self.blobs.insert(digest, Kept::Bytes(bytes));
        digest
    }
}

/// The digest that a file of a layout is stored under.
fn digest_of(name: &str) -> Option<Digest> {
    let (algorithm, hex) = name.strip_prefix("blobs/")?.split_once('/')?;
    format!("{algorithm}:{hex}").parse().ok()
}

impl Content for Memory {
    fn open(&self, digest: &Digest) -> Result<Opened, Absence> {
        match self.blobs.get(digest) {
            Some(Kept::Bytes(bytes)) => Ok(Opened::of_bytes(Arc::clone(bytes))),
            Some(Kept::Size(size)) => Err(Absence::new(
                AbsenceKind::TooLarge,
                format!(
                    "has {size} bytes, more than is kept of an archive: unpack it and read the folder"
                ),
            )),
            None => Err(Absence::new(
                AbsenceKind::Missing,
                match self.missing.get(digest) {
                    Some(name) => format!("is not in the archive, which names `{name}` for it"),
                    None => "is not in the archive".to_owned(),
                },
            )),
        }
    }

    fn missing(&self) -> Vec<Digest> {
        let missing = self.missing.keys().copied();
        missing
            .filter(|digest| !self.blobs.contains_key(digest))
            .collect()
    }

    fn list(&self) -> Listing {
        let blobs = self.blobs.iter().map(|(digest, kept)| Blob {
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

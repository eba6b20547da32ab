//! The archive of the example registry, unpacked in memory.
//!
//! ```text
//! registry.json           repositories: tags, manifests, blobs, lists of referrers (see `Holding`)
//! blobs/sha256/HEX        manifests, configs, documents and lists of referrers, once each
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Cursor, Read};
use std::ops::Range;

use serde::Deserialize;

use crate::oci::{Descriptor, Digest};

/// Why the example could not be unpacked. Follows "failed to open the example:".
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The archive is damaged.
    #[error("the archive in the program is damaged: {0}")]
    Archive(#[from] io::Error),
    /// The list of repositories is damaged.
    #[error("the list of repositories in the program is damaged: {0}")]
    Listing(#[from] serde_json::Error),
}

/// The most that an archive may unpack to: ten times what the example has.
const UNPACKED_BYTES: u64 = 16 * 1024 * 1024;

/// The name of the list of repositories.
const LISTING: &str = "registry.json";

/// The unpacked archive: one buffer, and where each content is in it.
pub(super) struct Archive {
    unpacked: Vec<u8>,
    contents: HashMap<Digest, Range<usize>>,
    repositories: BTreeMap<String, RepositoryContents>,
}

/// What one repository holds.
#[derive(Deserialize)]
pub(super) struct RepositoryContents {
    /// What its tags name.
    pub(super) tags: BTreeMap<String, Digest>,
    /// Its manifests, tagged or not, by digest.
    pub(super) manifests: Vec<HeldManifest>,
    /// The blobs whose bytes are here: configs and documents, no layers.
    pub(super) blobs: BTreeSet<Digest>,
    /// What the referrers API answers: the digest of an index by subject. Absent where there is no such API.
    pub(super) referrers: Option<BTreeMap<Digest, Digest>>,
}

/// A manifest in a repository, as the registry noted it when it was pushed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeldManifest {
    pub(super) digest: Digest,
    pub(super) media_type: String,
    pub(super) size: u64,
}

impl HeldManifest {
    pub(super) fn as_descriptor(&self) -> Descriptor {
        Descriptor::new(self.media_type.as_str(), self.digest, self.size)
    }
}

impl RepositoryContents {
    pub(super) fn manifest(&self, digest: &Digest) -> Option<&HeldManifest> {
        self.manifests.iter().find(|held| held.digest == *digest)
    }
}

impl Archive {
    pub(super) fn unpack(packed: &[u8]) -> Result<Self, DemoError> {
        let mut unpacked = Vec::with_capacity(packed.len().saturating_mul(8));
        flate2::read::GzDecoder::new(packed)
            .take(UNPACKED_BYTES)
            .read_to_end(&mut unpacked)?;
        let mut contents = HashMap::new();
        let mut listing = None;
        for entry in tar::Archive::new(Cursor::new(&unpacked)).entries()? {
            let entry = entry?;
            let damaged = || io::Error::from(io::ErrorKind::InvalidData);
            let start = usize::try_from(entry.raw_file_position()).map_err(|_| damaged())?;
            let length = usize::try_from(entry.size()).map_err(|_| damaged())?;
            let range = start..start.checked_add(length).ok_or_else(damaged)?;
            let path = entry.path_bytes();
            let name = std::str::from_utf8(&path).map_err(|_| damaged())?;
            if name == LISTING {
                listing = Some(range);
            } else {
                let digest = name.strip_prefix("blobs/").map(|d| d.replace('/', ":"));
                let digest = digest.and_then(|d| d.parse().ok()).ok_or_else(damaged)?;
                contents.insert(digest, range);
            }
        }
        let listing = listing.and_then(|range| unpacked.get(range));
        let repositories = serde_json::from_slice(listing.unwrap_or_default())?;
        Ok(Self {
            unpacked,
            contents,
            repositories,
        })
    }

    /// The bytes that are kept under this digest, unchecked.
    pub(super) fn content(&self, digest: &Digest) -> Option<&[u8]> {
        self.unpacked.get(self.contents.get(digest)?.clone())
    }

    pub(super) fn contents(&self, path: &str) -> Option<&RepositoryContents> {
        self.repositories.get(path)
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.repositories.keys().map(String::as_str)
    }
}

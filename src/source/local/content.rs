//! Content by digest, wherever it lies: in the blobs of a layout, in an archive, in a registry's store.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;

use crate::oci::{Absence, AbsenceKind, Algorithm, Digest};
use crate::source::limits::Bound;

use super::files::{self, FileError, Root};

/// One blob of a store, by its name; its content was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Blob {
    /// The digest that it is stored under.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its file, where it is one and the system tells.
    pub identity: Option<FileIdentity>,
}

/// What tells whether two names are one file on the disk: registries share blobs between repositories by hard links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileIdentity {
    /// The file system.
    pub device: u64,
    /// The file in it.
    pub inode: u64,
    /// How many names it has on the disk, inside the storage or outside.
    pub links: u64,
}

/// The blobs of a store, and what could not be listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    /// The blobs, sorted by digest.
    pub(crate) blobs: Vec<Blob>,
    /// What could not be listed, each a fragment with its place.
    pub(crate) problems: Vec<String>,
}

/// Content that is about to be read.
pub(crate) struct Opened {
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Its bytes.
    pub(crate) reader: Box<dyn Read>,
}

impl Opened {
    /// Content in memory.
    pub(crate) fn of_bytes(bytes: Arc<[u8]>) -> Self {
        Self {
            size: bytes.len() as u64,
            reader: Box::new(Cursor::new(bytes)),
        }
    }
}

/// A store of content by digest. Nothing is believed by its name: see [`read`].
pub(crate) trait Content: Send + Sync {
    /// Opens what is stored under `digest`, unchecked. A file that is no regular file is never opened.
    fn open(&self, digest: &Digest) -> Result<Opened, Absence>;

    /// Every blob.
    fn list(&self) -> Listing;

    /// What is known to be named and not there, where a store knows that without being asked.
    fn missing(&self) -> Vec<Digest> {
        Vec::new()
    }
}

/// Reads what `digest` names, at most `limit` bytes, and checks that it has that digest.
///
/// Cost: one read and one hash of the content; content over the limit is not read.
pub(crate) fn read(
    content: &dyn Content,
    digest: &Digest,
    limit: impl Into<Bound>,
) -> Result<Arc<[u8]>, Absence> {
    let opened = content.open(digest)?;
    let bytes = files::read_to_limit(opened.reader, opened.size, limit)
        .map_err(|error| error.absence("its content"))?;
    check(digest, bytes)
}

/// Like [`read`], but only if the content starts as a JSON object does and is within `limit`: what cannot be a
/// manifest is not read.
pub(crate) fn read_if_object(
    content: &dyn Content,
    digest: &Digest,
    limit: impl Into<Bound>,
) -> Result<Option<Arc<[u8]>>, Absence> {
    let limit = limit.into();
    let mut opened = content.open(digest)?;
    if opened.size > limit.bytes {
        return Ok(None);
    }
    let failed = |error: FileError| error.absence("its content");
    let mut start = Vec::with_capacity(PEEK);
    (&mut opened.reader)
        .take(PEEK as u64)
        .read_to_end(&mut start)
        .map_err(|error| failed(error.into()))?;
    if !starts_object(&start) {
        return Ok(None);
    }
    let whole = Cursor::new(start).chain(opened.reader);
    let bytes = files::read_to_limit(whole, opened.size, limit).map_err(failed)?;
    check(digest, bytes).map(Some)
}

/// How much of a blob is looked at to tell whether it is an object: a sector, of which no more than white space stands
/// before the brace in what any tool writes.
const PEEK: usize = 512;

/// Whether JSON that begins with `start` is an object.
pub(crate) fn starts_object(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    start.trim_ascii_start().first() == Some(&b'{')
}

fn check(digest: &Digest, bytes: Vec<u8>) -> Result<Arc<[u8]>, Absence> {
    let actual = Digest::of_with(digest.algorithm(), &bytes);
    if actual == *digest {
        Ok(bytes.into())
    } else {
        let reason = format!("its content has another digest, {actual}");
        Err(Absence::new(AbsenceKind::Invalid, reason))
    }
}

/// The blobs of an OCI image layout (image-spec, `image-layout.md`, "Blobs"): `blobs/<algorithm>/<hex>`.
#[derive(Debug)]
pub(crate) struct LayoutBlobs {
    root: Root,
    /// Where the layout lies in the root; empty for the root itself.
    folder: PathBuf,
}

impl LayoutBlobs {
    /// The blobs of the layout at `folder` in `root`.
    pub(crate) fn new(root: Root, folder: impl Into<PathBuf>) -> Self {
        Self {
            root,
            folder: folder.into(),
        }
    }

    fn list_algorithm(&self, algorithm: Algorithm, listing: &mut Listing) {
        let folder = self.folder.join("blobs").join(algorithm.name());
        let names = match self.root.names(&folder) {
            Ok(names) => names.names,
            Err(FileError::Missing) => return,
            Err(error) => {
                listing
                    .problems
                    .push(format!("{}: it {error}", folder.display()));
                return;
            }
        };
        for name in names {
            let Ok(digest) = Digest::from_str(&format!("{}:{name}", algorithm.name())) else {
                continue;
            };
            match self.root.resolve(&folder.join(&name)) {
                Ok((_, metadata)) if metadata.is_file() => listing.blobs.push(Blob {
                    digest,
                    size: metadata.len(),
                    #[cfg(unix)]
                    identity: Some(files::identity(&metadata)),
                    #[cfg(not(unix))]
                    identity: None,
                }),
                // A folder or a pipe under a blob's name holds no content that anybody could miss.
                Ok(_) => {}
                Err(error) => listing.problems.push(format!("{digest}: it {error}")),
            }
        }
    }
}

impl Content for LayoutBlobs {
    fn open(&self, digest: &Digest) -> Result<Opened, Absence> {
        let path = self.folder.join(blob_path(digest));
        let (file, size) = self
            .root
            .open_file(&path)
            .map_err(|error| error.absence("its file"))?;
        Ok(Opened {
            size,
            reader: Box::new(file),
        })
    }

    fn list(&self) -> Listing {
        let mut listing = Listing::default();
        for algorithm in [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512] {
            self.list_algorithm(algorithm, &mut listing);
        }
        listing
    }
}

/// `blobs/<algorithm>/<hex>`.
pub(crate) fn blob_path(digest: &Digest) -> PathBuf {
    Path::new("blobs")
        .join(digest.algorithm().name())
        .join(digest.encoded())
}

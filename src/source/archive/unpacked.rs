//! A tar file, read once as a stream: what is small enough is kept, of the rest the size.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};
use std::path::Path;
use std::sync::Arc;

use crate::source::Limits;
use crate::source::layout::{INDEX, MARK};
use crate::source::local::error::OpenError;
use crate::source::local::files;

use super::compression::{self, Frames, HEAD, Looks};
use super::gauge::{Gauge, Metered};

/// `docker save`'s list of images.
pub(super) const DOCKER_INDEX: &str = "manifest.json";

/// Room for an archive in memory, in bytes: enough for the manifests, configs and documents of some thousand images.
const ROOM: Room = Room {
    content: 192 * 1024 * 1024,
    packed: 96 * 1024 * 1024,
    names: 64 * 1024 * 1024,
};

/// What an entry costs beside its name and content.
const ENTRY_BYTES: u64 = 128;

/// How much of an archive may still be kept in memory, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    /// Content of files. The lists of images have room of their own: they may stand last.
    pub(super) content: u64,
    /// The part of it that compressed files and tar files may take: most are layers that nobody asks for, and what
    /// comes after them must have room too.
    pub(super) packed: u64,
    /// Names.
    pub(super) names: u64,
}

/// One file of an archive.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// Its content.
    Bytes(Arc<[u8]>),
    /// Its size alone: it is large, or there was no more room.
    Size(u64),
}

impl Kept {
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Size(size) => *size,
        }
    }
}

/// The files of an archive by their names, without `./` and `/` before them. Where a name stands twice the last one
/// counts, as it does when the archive is unpacked.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    pub(super) files: HashMap<String, Kept>,
    /// What links point to, inside the archive.
    links: HashMap<String, String>,
    room: Room,
}

impl Unpacked {
    /// Reads the archive at `path`: plain, gzip, zstd or xz.
    ///
    /// Errors: not there, not readable, no tar file, cut short, more than `limits` or [`ROOM`] allow. Cost: one
    /// pass over the file.
    pub(super) fn read(path: &Path, limits: &Limits) -> Result<Self, OpenError> {
        Self::read_within(path, limits, ROOM)
    }

    /// The same with another room.
    pub(super) fn read_within(path: &Path, limits: &Limits, room: Room) -> Result<Self, OpenError> {
        let hint = "name a tar file";
        let (mut file, size) =
            files::open_file(path).map_err(|error| OpenError::of_file(path, &error, hint))?;
        let failed = |error: io::Error| {
            OpenError::unlike(path, format!("cannot be read as an archive: {error}"))
        };
        let mut head = Vec::with_capacity(HEAD);
        (&mut file)
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .map_err(failed)?;
        file.rewind().map_err(failed)?;
        let most = limits
            .decompressed_bytes
            .max(size.saturating_mul(limits.decompression_ratio));
        let (reader, most) =
            decompressed(file, &head, size, most).map_err(|what| OpenError::unlike(path, what))?;
        let gauge = Gauge::new(most);
        let metered = Metered::new(reader, &gauge);
        let mut unpacked = Self {
            room,
            ..Self::default()
        };
        unpacked
            .take_all(metered, &gauge, limits)
            .map_err(|error| OpenError::unlike(path, gauge.explain(&error)))?;
        Ok(unpacked)
    }

    fn take_all(&mut self, metered: Metered, gauge: &Gauge, limits: &Limits) -> io::Result<()> {
        let mut archive = tar::Archive::new(metered);
        let mut entries = archive.entries()?;
        let mut count = 0_usize;
        let mut unread = 0;
        loop {
            gauge.before_header(unread);
            let Some(entry) = entries.next() else {
                return Ok(());
            };
            let mut entry = entry?;
            gauge.inside_entry();
            count += 1;
            if count > limits.list_entries {
                return Err(io::Error::other(format!(
                    "it has more than {} entries (setting limits.list_entries)",
                    limits.list_entries
                )));
            }
            // Its zeros are not in the archive: reading them would end never, and no tool writes images so.
            if entry.header().entry_type().is_gnu_sparse() {
                unread = entry.header().entry_size()?;
                continue;
            }
            unread = 0;
            self.take(&mut entry, limits)?;
        }
    }

    /// Takes one entry, and reads it to its end.
    fn take(&mut self, entry: &mut tar::Entry<'_, Metered>, limits: &Limits) -> io::Result<()> {
        let size = entry.size();
        let kind = entry.header().entry_type();
        let name = text(&entry.path_bytes()).and_then(|name| inside("", &name));
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return drain(entry, size);
        };
        if kind.is_symlink() || kind.is_hard_link() {
            let target = entry.link_name_bytes().and_then(|target| text(&target));
            let folder = match name.rsplit_once('/') {
                Some((folder, _)) if kind.is_symlink() => folder,
                _ => "",
            };
            if let Some(target) = target.and_then(|target| inside(folder, &target)) {
                self.pay(name.len() as u64 + target.len() as u64)?;
                self.links.insert(name, target);
            }
            return drain(entry, size);
        }
        if !kind.is_file() && !kind.is_contiguous() {
            return drain(entry, size);
        }
        self.pay(name.len() as u64)?;
        let mut head = Vec::with_capacity(HEAD);
        entry.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let kept = if self.admits(&name, size, &head, limits) {
            let mut bytes = head;
            entry.read_to_end(&mut bytes)?;
            if bytes.len() as u64 != size {
                return Err(cut_short());
            }
            Kept::Bytes(bytes.into())
        } else {
            drain(entry, size.saturating_sub(head.len() as u64))?;
            Kept::Size(size)
        };
        self.links.remove(&name);
        self.files.insert(name, kept);
        Ok(())
    }

    /// Whether the content of a file is kept: what may be a manifest, a config or a document, while there is room.
    /// Takes the room.
    fn admits(&mut self, name: &str, size: u64, head: &[u8], limits: &Limits) -> bool {
        if matches!(name, INDEX | DOCKER_INDEX | MARK) {
            return size <= limits.list_bytes;
        }
        // Layers are compressed or tar files; a document that is, a chart for one, is a small blob of a layout.
        let is_packed = compression::looks(head) != Looks::Other;
        let (is_wanted, room) = if is_packed {
            // Some tools keep blobs under other names, to which those in `blobs/` are links that may come later.
            let is_wanted = size <= limits.manifest_bytes;
            (is_wanted, self.room.packed.min(self.room.content))
        } else {
            let most = limits.manifest_bytes.max(limits.document_bytes);
            (size <= most, self.room.content)
        };
        if !is_wanted || size > room {
            return false;
        }
        self.room.content -= size;
        if is_packed {
            self.room.packed -= size;
        }
        true
    }

    /// Takes the room that an entry's name needs.
    fn pay(&mut self, bytes: u64) -> io::Result<()> {
        let bytes = bytes.saturating_add(ENTRY_BYTES);
        self.room.names = self.room.names.checked_sub(bytes).ok_or_else(|| {
            io::Error::other(
                "the names of its entries need more memory than is given to an archive",
            )
        })?;
        Ok(())
    }

    /// The names that are links.
    pub(super) fn link_names(&self) -> impl Iterator<Item = &str> {
        self.links.keys().map(String::as_str)
    }

    /// The file of this name, links followed.
    pub(super) fn file(&self, name: &str) -> Option<&Kept> {
        let mut name = inside("", name)?;
        // More links in a row than any system follows are a circle.
        for _ in 0..40 {
            if let Some(kept) = self.files.get(&name) {
                return Some(kept);
            }
            name = self.links.get(&name)?.clone();
        }
        None
    }

    /// The content of the file of this name. Errors: a fragment that follows the archive's path.
    pub(super) fn content(&self, name: &str) -> Result<&Arc<[u8]>, String> {
        match self.file(name) {
            Some(Kept::Bytes(bytes)) => Ok(bytes),
            Some(Kept::Size(size)) => {
                Err(format!("has a `{name}` of {size} bytes, more than is read"))
            }
            None => Err(format!("has no file `{name}`")),
        }
    }
}

/// `name` seen from `folder`, without `.` and `..`; absent where it leads out of the archive.
fn inside(folder: &str, name: &str) -> Option<String> {
    let folder = if name.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_owned()).ok()
}

/// Reads the rest of an entry, which must be all there.
fn drain(entry: &mut impl Read, size: u64) -> io::Result<()> {
    if io::copy(entry, &mut io::sink())? == size {
        Ok(())
    } else {
        Err(cut_short())
    }
}

fn cut_short() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

/// The bytes of the tar file, and how many there may be. Errors: a fragment that follows the path.
fn decompressed(
    file: File,
    head: &[u8],
    size: u64,
    most: u64,
) -> Result<(Box<dyn Read>, u64), String> {
    let file = BufReader::with_capacity(128 * 1024, file);
    match compression::looks(head) {
        Looks::Tar => Ok((Box::new(file), size)),
        Looks::Gzip => Ok((Box::new(flate2::bufread::MultiGzDecoder::new(file)), most)),
        Looks::Zstd => Ok((Box::new(Frames::new(file)), most)),
        Looks::Xz => Ok((Box::new(compression::xz(file)), most)),
        Looks::Unread(format) => Err(format!(
            "is compressed with {format}, which is not read here: decompress it first"
        )),
        Looks::Other => Err("is no tar file, plain or compressed with gzip, zstd or xz".to_owned()),
    }
}

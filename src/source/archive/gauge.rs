//! Bounds on what is read of an archive, below the reader of tar files, which has none of its own: it reads names and
//! attributes into memory whatever their size.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Bytes that stand before an entry: its header, long names and extended attributes. Real ones have a few thousand.
const HEADER_BYTES: u64 = 1024 * 1024;

/// How much was read, and how much may be.
pub(super) struct Gauge {
    left: Cell<u64>,
    most: u64,
    /// Bytes that may still be read before the next entry; no bound inside one.
    before_entry: Cell<Option<u64>>,
    tripped: Cell<Option<Trip>>,
}

/// Which bound was met.
#[derive(Clone, Copy)]
enum Trip {
    Total,
    Header,
}

impl Gauge {
    /// A gauge for `most` bytes.
    pub(super) fn new(most: u64) -> Rc<Self> {
        Rc::new(Self {
            left: Cell::new(most),
            most,
            before_entry: Cell::new(None),
            tripped: Cell::new(None),
        })
    }

    /// Before the next entry is looked for, of the last of which `unread` bytes were left.
    pub(super) fn before_header(&self, unread: u64) {
        let bound = HEADER_BYTES.saturating_add(unread);
        self.before_entry.set(Some(bound));
    }

    /// Inside an entry.
    pub(super) fn inside_entry(&self) {
        self.before_entry.set(None);
    }

    /// How many bytes may be read now.
    fn allowed(&self) -> io::Result<u64> {
        let before_entry = self.before_entry.get().unwrap_or(u64::MAX);
        if before_entry == 0 {
            return self.trip(Trip::Header);
        }
        // One more than is left: a file of just that size must be able to end.
        let left = self.left.get().saturating_add(1);
        Ok(left.min(before_entry))
    }

    fn took(&self, count: u64) -> io::Result<()> {
        if let Some(bound) = self.before_entry.get() {
            self.before_entry.set(Some(bound.saturating_sub(count)));
        }
        match self.left.get().checked_sub(count) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => self.trip(Trip::Total).map(drop),
        }
    }

    fn trip(&self, trip: Trip) -> io::Result<u64> {
        self.tripped.set(Some(trip));
        Err(io::Error::other("a limit was met"))
    }

    /// What went wrong, as a fragment that follows the archive's path.
    pub(super) fn explain(&self, error: &io::Error) -> String {
        match (self.tripped.get(), error.kind()) {
            (Some(Trip::Total), _) => format!(
                "decompresses to more than {} bytes (setting limits.decompressed_bytes): decompress it yourself if you trust it",
                self.most
            ),
            (Some(Trip::Header), _) => format!(
                "is no archive that can be read: an entry has names or attributes of more than {HEADER_BYTES} bytes"
            ),
            (None, io::ErrorKind::UnexpectedEof) => {
                "ends in the middle of an entry: copy or download it again".to_owned()
            }
            (None, _) => format!("is a broken archive: {error}; copy or download it again"),
        }
    }
}

/// A reader that keeps to a [`Gauge`].
pub(super) struct Metered {
    inner: Box<dyn Read>,
    gauge: Rc<Gauge>,
}

impl Metered {
    pub(super) fn new(inner: Box<dyn Read>, gauge: &Rc<Gauge>) -> Self {
        Self {
            inner,
            gauge: Rc::clone(gauge),
        }
    }
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let allowed = usize::try_from(self.gauge.allowed()?).unwrap_or(usize::MAX);
        let length = buffer.len().min(allowed);
        let Some(buffer) = buffer.get_mut(..length) else {
            return Ok(0);
        };
        let count = self.inner.read(buffer)?;
        self.gauge.took(count as u64)?;
        Ok(count)
    }
}

//! How much of a body is read, and how much room in memory all of them get.

use std::sync::{Arc, LazyLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::RequestError;
use super::log::RequestKind;
use crate::source::Limits;

/// How much of a body is read.
#[derive(Clone, Copy)]
pub(super) struct BodyLimit {
    /// The limit.
    pub(super) bytes: u64,
    what: &'static str,
    setting: &'static str,
    /// Whether the start of a body that is too large is of use.
    pub(super) keeps_start: bool,
    /// Units of [`ROOM`]: what parsing such a body may take in memory.
    room: u32,
}

impl BodyLimit {
    pub(super) fn of(kind: RequestKind, limits: &Limits) -> Self {
        match kind {
            RequestKind::Catalog | RequestKind::Tags | RequestKind::Referrers => Self {
                bytes: limits.list_bytes,
                what: "the list",
                setting: "limits.list_bytes",
                keeps_start: true,
                room: 64,
            },
            RequestKind::Document => Self {
                bytes: limits.document_bytes,
                what: "the document",
                setting: "limits.document_bytes",
                keeps_start: false,
                room: 32,
            },
            RequestKind::Fingerprint => Self {
                bytes: ERROR_BYTES,
                what: "the answer",
                setting: "",
                keeps_start: true,
                room: 1,
            },
            RequestKind::Token => Self {
                bytes: ERROR_BYTES,
                what: "the token server's answer",
                setting: "",
                keeps_start: false,
                room: 1,
            },
            RequestKind::Config => Self {
                bytes: limits.manifest_bytes,
                what: "the config",
                setting: "limits.manifest_bytes",
                keeps_start: false,
                room: 16,
            },
            RequestKind::Tag
            | RequestKind::TagDigest
            | RequestKind::Manifest
            | RequestKind::FallbackTag => Self {
                bytes: limits.manifest_bytes,
                what: "the manifest",
                setting: "limits.manifest_bytes",
                keeps_start: false,
                room: 16,
            },
        }
    }

    /// Waits until there is room for such a body, of which `bytes` are there, and for what is made of it.
    pub(super) async fn make_room(self, room: &mut Room, bytes: usize) {
        let units = if bytes <= SMALL_BODY {
            return;
        } else if bytes <= UNIT_BODY {
            1
        } else {
            self.room
        };
        if room.units >= units {
            return;
        }
        // Given back before more is waited for: bodies that each hold a little would wait for each other.
        *room = Room::default();
        // The semaphore is never closed, so there is always a permit.
        let permit = Arc::clone(&ROOM).acquire_many_owned(units).await.ok();
        *room = Room { units, permit };
    }

    /// The body is larger.
    pub(super) fn exceeded(self) -> RequestError {
        RequestError::TooLarge {
            what: self.what,
            limit: self.bytes,
            setting: self.setting,
        }
    }
}

/// What is read of the body of an error, and of a token server's answer: room for a long explanation and a long token.
pub(super) const ERROR_BYTES: u64 = 256 * 1024;

/// Room in memory that a body has, until it is dropped.
#[derive(Default)]
pub(super) struct Room {
    units: u32,
    permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// What is held, for whoever keeps it longer than the body.
    pub(super) fn into_permit(self) -> Option<OwnedSemaphorePermit> {
        self.permit
    }
}

/// Bodies up to this size are read without asking for room: with 128 requests at once they take 50 MB, parsed.
const SMALL_BODY: usize = 16 * 1024;

/// Bodies up to this size take one unit, whatever they are.
const UNIT_BODY: usize = 512 * 1024;

/// Room in memory for all bodies that are not small, shared by all registries. Parsed, a body can take 24 times its
/// size, so a unit stands for 12 MB; with these 64 one list (32 MiB), two documents or four manifests (4 MiB) are read
/// and parsed at once, so that whatever servers send stays below 900 MB.
static ROOM: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(64)));

//! Uploads of a storage, as documents have them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::insight::impact::Uploads;

/// Uploads that were begun and never finished.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct UploadsDocument {
    count: u64,
    bytes: u64,
    /// Since the youngest was last written to; null where the files do not tell.
    youngest_seconds: Option<u64>,
    /// Since the oldest was.
    oldest_seconds: Option<u64>,
}

impl UploadsDocument {
    /// None where there are none.
    pub(super) fn of(uploads: &Uploads) -> Option<Self> {
        (uploads.count > 0).then_some(Self {
            count: uploads.count,
            bytes: uploads.bytes,
            youngest_seconds: uploads.youngest,
            oldest_seconds: uploads.oldest,
        })
    }
}

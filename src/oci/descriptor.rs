//! Descriptors (image-spec, `descriptor.md`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Digest, Platform, RemoteText};

/// Annotations or labels: sorted, exact.
pub type Annotations = BTreeMap<RemoteText, RemoteText>;

/// How one document names another: by media type, digest and size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Media type of the content; empty where the document left it out.
    pub media_type: RemoteText,
    /// Digest of the content.
    pub digest: Digest,
    /// Size of the content in bytes; absent where it was left out, negative or no whole number.
    pub size: Option<u64>,
    /// Where the content runs; on entries of an index.
    pub platform: Option<Platform>,
    /// Type of the artifact; on entries of an index, and (cosign 3) on config descriptors.
    pub artifact_type: Option<RemoteText>,
    /// Annotations of the entry.
    pub annotations: Annotations,
    /// The content itself, inline, decoded from base64.
    pub data: Option<Arc<[u8]>>,
    /// Other places that have the content.
    pub urls: Vec<RemoteText>,
}

impl Descriptor {
    /// A descriptor that says only what every descriptor must.
    pub fn new(media_type: impl Into<RemoteText>, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            size: Some(size),
            ..Self::of(digest)
        }
    }

    /// A descriptor of which only the digest is known.
    pub fn of(digest: Digest) -> Self {
        Self {
            media_type: RemoteText::default(),
            digest,
            size: None,
            platform: None,
            artifact_type: None,
            annotations: Annotations::new(),
            data: None,
            urls: Vec::new(),
        }
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&RemoteText> {
        self.annotations.get(key)
    }
}

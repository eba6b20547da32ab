//! Descriptors (image-spec, `descriptor.md`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Digest, Platform, RemoteText, saved};

/// Annotations or labels: sorted, exact.
pub type Annotations = BTreeMap<RemoteText, RemoteText>;

/// How one document names another: by media type, digest and size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// Media type of the content; empty where the document left it out.
    #[serde(default, skip_serializing_if = "RemoteText::is_empty")]
    pub media_type: RemoteText,
    /// Digest of the content.
    pub digest: Digest,
    /// Size of the content in bytes; absent where it was left out, negative or no whole number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Where the content runs; on entries of an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Type of the artifact; on entries of an index, and (cosign 3) on config descriptors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<RemoteText>,
    /// Annotations of the entry.
    #[serde(default, skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// The content itself, inline, decoded from base64.
    #[serde(
        default,
        with = "saved::optional_bytes",
        skip_serializing_if = "Option::is_none"
    )]
    pub data: Option<Arc<[u8]>>,
    /// Other places that have the content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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

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

    /// What it weighs in memory, in bytes, roughly.
    pub fn weight(&self) -> usize {
        let texts = std::iter::once(&self.media_type)
            .chain(&self.artifact_type)
            .chain(&self.urls);
        let data = self.data.as_ref().map_or(0, |data| data.len());
        let platform = self.platform.as_ref().map_or(0, Platform::weight);
        size_of::<Self>()
            + texts.map(text_weight).sum::<usize>()
            + data
            + platform
            + weight_of(&self.annotations)
    }

    /// Bytes of the texts by which a node is known: its types and its platform.
    pub fn text_bytes(&self) -> usize {
        let artifact_type = self.artifact_type.as_ref();
        self.media_type.as_str().len()
            + artifact_type.map_or(0, |text| text.as_str().len())
            + self.platform.as_ref().map_or(0, Platform::text_bytes)
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&RemoteText> {
        self.annotations.get(key)
    }
}

/// What annotations weigh in memory, in bytes, roughly.
pub(super) fn weight_of(annotations: &Annotations) -> usize {
    /// A node of a map, which has room for eleven entries and is two thirds full where there are many: a map of one entry
    /// takes as much.
    const NODE: usize = 384;
    let texts = annotations
        .iter()
        .map(|(key, value)| text_weight(key) + text_weight(value));
    annotations.len().div_ceil(7) * NODE + texts.sum::<usize>()
}

/// A text by itself on the heap: its bytes, two counts, and what the allocator adds.
pub(super) fn text_weight(text: &RemoteText) -> usize {
    const EACH: usize = 32;
    EACH + text.as_str().len()
}

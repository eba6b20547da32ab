//! Platforms (image-spec, `image-index.md`, property `platform`).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::RemoteText;

/// What an image runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// Operating system, a `GOOS` value.
    pub os: RemoteText,
    /// CPU architecture, a `GOARCH` value.
    pub architecture: RemoteText,
    /// Variant of the CPU, such as `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<RemoteText>,
    /// Version of the operating system; Windows images have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<RemoteText>,
    /// Features of the operating system that the image needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<RemoteText>,
}

impl Platform {
    /// Whether this is the `unknown/unknown` that BuildKit gives to attestation manifests.
    pub fn is_unknown(&self) -> bool {
        let unknown = |text: &RemoteText| text.is_empty() || *text == "unknown";
        unknown(&self.os) && unknown(&self.architecture)
    }

    /// Whether this platform is what `wanted` (`os`, `os/arch` or `os/arch/variant`) asks for.
    pub fn is_matched_by(&self, wanted: &str) -> bool {
        let mut parts = wanted.split('/');
        let is_same = |have: &str, want: Option<&str>| want.is_none_or(|want| want == have);
        is_same(self.os.as_str(), parts.next())
            && is_same(self.architecture.as_str(), parts.next())
            && is_same(
                self.variant.as_ref().map_or("", RemoteText::as_str),
                parts.next(),
            )
    }

    fn texts(&self) -> impl Iterator<Item = &RemoteText> {
        [&self.os, &self.architecture]
            .into_iter()
            .chain(&self.variant)
            .chain(&self.os_version)
            .chain(&self.os_features)
    }

    /// Bytes of all its texts.
    pub(super) fn text_bytes(&self) -> usize {
        self.texts().map(|text| text.as_str().len()).sum()
    }

    /// What its texts weigh in memory, in bytes, roughly.
    pub(super) fn weight(&self) -> usize {
        self.texts().map(super::descriptor::text_weight).sum()
    }

    /// `os/arch[/variant]` exactly, for keys and JSON.
    pub fn exact(&self) -> String {
        let mut text = format!("{}/{}", self.os.as_str(), self.architecture.as_str());
        if let Some(variant) = self.variant.as_ref().filter(|v| !v.is_empty()) {
            text.push('/');
            text.push_str(variant.as_str());
        }
        if let Some(version) = self.os_version.as_ref().filter(|v| !v.is_empty()) {
            text.push(':');
            text.push_str(version.as_str());
        }
        text
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&super::remote_text::clean(&self.exact()))
    }
}

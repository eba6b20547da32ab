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

    /// Whether this platform is what `wanted` asks for: `os[/architecture[/variant]][:version]`, as platforms are printed
    /// here, or in another spelling that containerd takes for the same (`linux/aarch64`, `linux/arm64/v8`). What is not
    /// written may be anything; of a version its beginning is enough (`10.0.20348`).
    pub fn is_matched_by(&self, wanted: &str) -> bool {
        let (wanted, version) = match wanted.split_once(':') {
            Some((wanted, version)) => (wanted, Some(version)),
            None => (wanted, None),
        };
        let mut parts = wanted.split('/');
        let (os, architecture, variant) = (parts.next(), parts.next(), parts.next());
        let own_variant = self.variant.as_ref().map_or("", RemoteText::as_str);
        let own = normal_cpu(self.architecture.as_str(), own_variant);
        let is_cpu = architecture.is_none_or(|architecture| {
            let wanted = normal_cpu(architecture, variant.unwrap_or_default());
            // `armhf` says which variant it is; `arm` alone does not.
            let has_variant = variant.is_some() || wanted.0 != architecture && !wanted.1.is_empty();
            wanted.0 == own.0 && (!has_variant || wanted.1 == own.1)
        });
        let own_version = self.os_version.as_ref().map_or("", RemoteText::as_str);
        let is_version = version.is_none_or(|version| {
            own_version
                .strip_prefix(version)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        os.is_none_or(|os| normal_os(os) == normal_os(self.os.as_str())) && is_cpu && is_version
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

/// A CPU as containerd normalizes it (`platforms/database.go`): one name for each, and no variant where it goes without
/// saying. 32-bit ARM is `v7` where nothing else is said.
fn normal_cpu<'a>(architecture: &'a str, variant: &'a str) -> (&'a str, &'a str) {
    match (architecture, variant) {
        ("i386" | "i486" | "i586" | "i686" | "x86", _) => ("386", ""),
        ("amd64" | "x86_64" | "x86-64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64", variant) => ("amd64", variant),
        ("arm64" | "aarch64", "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64", variant) => ("arm64", variant),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        other => other,
    }
}

fn normal_os(os: &str) -> &str {
    match os {
        "macos" => "darwin",
        other => other,
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&super::remote_text::clean(&self.exact()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_asked_for_as_it_is_printed_or_in_another_spelling_of_the_same() {
        let platform = |text: &str| {
            let (text, version) = text
                .split_once(':')
                .map_or((text, None), |(a, b)| (a, Some(b)));
            let mut parts = text.split('/').map(RemoteText::from);
            Platform {
                os: parts.next().unwrap(),
                architecture: parts.next().unwrap(),
                variant: parts.next(),
                os_version: version.map(RemoteText::from),
                os_features: Vec::new(),
            }
        };
        for (have, wanted, is_same) in [
            (
                "windows/amd64:10.0.20348.2031",
                "windows/amd64:10.0.20348.2031",
                true,
            ),
            (
                "windows/amd64:10.0.20348.2031",
                "windows/amd64:10.0.20348",
                true,
            ),
            ("windows/amd64:10.0.20348.2031", "windows/amd64", true),
            (
                "windows/amd64:10.0.20348.2031",
                "windows/amd64:10.0.2034",
                false,
            ),
            (
                "windows/amd64:10.0.17763.4974",
                "windows/amd64:10.0.20348.2031",
                false,
            ),
            ("windows/amd64", "windows/amd64:10.0.20348.2031", false),
            ("linux/arm64", "linux/arm64/v8", true),
            ("linux/arm64/v8", "linux/aarch64", true),
            ("linux/arm64/v9", "linux/arm64/v8", false),
            ("linux/amd64", "linux/x86_64/v1", true),
            ("linux/amd64/v3", "linux/amd64", true),
            ("linux/amd64", "linux/amd64/v3", false),
            ("linux/arm/v7", "linux/armhf", true),
            ("linux/arm", "linux/arm/v7", true),
            ("linux/arm/v6", "linux/arm", true),
            ("linux/arm/v6", "linux/armhf", false),
            ("darwin/arm64", "macos/arm64", true),
            ("linux/386", "linux/i386", true),
            ("linux/amd64", "linux", true),
            ("linux/amd64", "windows/amd64", false),
        ] {
            assert_eq!(
                platform(have).is_matched_by(wanted),
                is_same,
                "{have} by {wanted}"
            );
        }
    }
}

//! Package URLs, as far as they are compared (purl-spec).

use crate::evidence::sbom::purl_type;

use super::package_version::compare;

/// The parts of a package URL that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purl {
    /// The type, lower-case.
    pub kind: String,
    /// Namespace and name, without percent-encoding; lower-case where the type does not tell case apart.
    pub path: String,
    /// The version.
    pub version: Option<String>,
    /// Qualifiers, with lower-case keys.
    pub qualifiers: Vec<(String, String)>,
}

/// Percent-encoding taken off; what is not UTF-8 then stays as it is.
pub fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        let escaped = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let (b'%', Some(escaped)) = (byte, escaped) {
            out.push(escaped);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

impl Purl {
    /// Leniently: a package URL need not be canonical to be meant.
    pub fn parse(text: &str) -> Option<Self> {
        let kind = purl_type(text)?;
        let (_, rest) = text.split_once(':')?;
        let rest = rest.trim_start_matches('/');
        let rest = rest.split('#').next()?;
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let (_, path) = rest.split_once('/')?;
        let (path, version) = match path.rsplit_once('@') {
            Some((before, version)) if !before.is_empty() && !before.ends_with('/') => {
                (before, Some(decoded(version)))
            }
            _ => (path, None),
        };
        let path = decoded(path.trim_matches('/'));
        // PyPI and GitHub do not tell case apart, and PyPI neither dashes (purl-spec, "Known types").
        let path = match kind.as_str() {
            "pypi" => path.to_ascii_lowercase().replace('_', "-"),
            "github" | "bitbucket" | "composer" | "deb" | "apk" => path.to_ascii_lowercase(),
            _ => path,
        };
        let qualifiers = qualifiers
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        let qualifiers = qualifiers.map(|(key, value)| (key.to_ascii_lowercase(), decoded(value)));
        (!path.is_empty()).then(|| Self {
            kind,
            path,
            version,
            qualifiers: qualifiers.collect(),
        })
    }

    /// Whether `other` is what this names: qualifiers and a version that are left out here may be anything there.
    pub fn takes(&self, other: &Self) -> bool {
        let has_version = self.version.as_ref().is_none_or(|wanted| {
            let version = other.version.as_deref();
            version.is_some_and(|version| {
                version == wanted
                    || compare(&self.kind, version, wanted) == Some(std::cmp::Ordering::Equal)
            })
        });
        let has_qualifiers = self
            .qualifiers
            .iter()
            .all(|pair| other.qualifiers.contains(pair));
        self.kind == other.kind && self.path == other.path && has_version && has_qualifiers
    }
}

//! What a bill of materials describes.

use super::package::Hashes;
use crate::oci::{Digest, RemoteText};

/// The one thing that a document describes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What the document calls it within itself.
    pub id: Option<RemoteText>,
    /// Its name.
    pub name: RemoteText,
    /// Its version, as written.
    pub version: Option<RemoteText>,
    /// Its package URL, as written.
    pub purl: Option<RemoteText>,
    /// `CycloneDX`'s component type.
    pub kind: Option<RemoteText>,
    /// The digests that it gives for itself: in the package URL's version or `digest` qualifier, or as the version. Its
    /// hashes are none of these: they are of files.
    pub digests: Vec<Digest>,
    /// Its hashes.
    pub hashes: Hashes,
}

impl About {
    /// Adds the digests that `version` and `purl` give.
    pub(super) fn find_digests(&mut self) {
        if let Some(version) = &self.version {
            self.digests.extend(digest_of(version.as_str()));
        }
        if let Some(purl) = &self.purl {
            self.digests.extend(digests_of_purl(purl.as_str()));
        }
        self.dedup();
    }

    /// Adds a digest that stands in `text`.
    pub(super) fn add_digest(&mut self, text: &str) {
        let text = text.rsplit('@').next().unwrap_or(text);
        self.digests.extend(digest_of(text));
        self.dedup();
    }

    fn dedup(&mut self) {
        let mut seen = Vec::new();
        self.digests.retain(|digest| {
            let is_new = !seen.contains(digest);
            seen.push(*digest);
            is_new
        });
    }
}

/// The digest that `text` is; some tools write the algorithm twice, or percent-encode the colon.
pub(crate) fn digest_of(text: &str) -> Option<Digest> {
    let text = text.trim().replace("%3A", ":").replace("%3a", ":");
    let (mut algorithm, mut rest) = text.split_once(':')?;
    while let Some((again, after)) = rest.split_once(':') {
        if !again.eq_ignore_ascii_case(algorithm) {
            return None;
        }
        (algorithm, rest) = (again, after);
    }
    let digest = format!(
        "{}:{}",
        algorithm.to_ascii_lowercase(),
        rest.to_ascii_lowercase()
    );
    digest.parse().ok()
}

/// The digests in the version and in the `digest` and `checksum` qualifiers of a package URL.
pub(crate) fn digests_of_purl(purl: &str) -> Vec<Digest> {
    let before = purl.split('#').next().unwrap_or_default();
    let (path, qualifiers) = before.split_once('?').unwrap_or((before, ""));
    let version = path.rsplit_once('@').map(|(_, version)| version);
    let qualifiers = qualifiers.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.eq_ignore_ascii_case("digest").then_some(value)
    });
    version
        .into_iter()
        .chain(qualifiers)
        .filter_map(digest_of)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_stands_in_several_places() {
        let hash = "ab".repeat(32);
        let digest: Digest = format!("sha256:{hash}").parse().unwrap();
        for purl in [
            format!("pkg:oci/app@sha256%3A{hash}?repository_url=r.example/app&tag=1"),
            format!("pkg:docker/app@sha256:{hash}"),
            format!("pkg:docker/app@1?digest=sha256:{hash}&platform=linux%2Famd64"),
        ] {
            assert_eq!(digests_of_purl(&purl), [digest], "{purl}");
        }
        assert_eq!(digests_of_purl("pkg:docker/app@1.2?x=y#sub@z"), []);
        assert_eq!(
            digest_of(&format!("sha256:sha256:{}", hash.to_uppercase())),
            Some(digest)
        );
        for none in ["1.2", "sha256:ab", "sha256:md5:ab", ":", ""] {
            assert_eq!(digest_of(none), None, "{none}");
        }
    }
}

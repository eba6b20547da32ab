//! A package of a bill of materials.

use std::sync::Arc;

use crate::oci::RemoteText;

/// Hashes, each with the lower-case name of its algorithm without dashes, in the document's order.
pub type Hashes = Vec<(RemoteText, RemoteText)>;

/// A package, or a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// What the document calls it within itself: an SPDX identifier or a `bom-ref`.
    pub id: Option<RemoteText>,
    /// Its name, as written.
    pub name: RemoteText,
    /// `CycloneDX`'s group, as written.
    pub group: Option<RemoteText>,
    /// Its version, as written.
    pub version: Option<RemoteText>,
    /// Its package URL, as written.
    pub purl: Option<RemoteText>,
    /// The package URL's type, else what the document itself calls the kind of package.
    pub ecosystem: Option<RemoteText>,
    /// `CycloneDX`'s component type.
    pub kind: Option<RemoteText>,
    /// Licences as written, without doubles, the declared before the concluded.
    pub licenses: Vec<RemoteText>,
    /// Who supplies it.
    pub supplier: Option<RemoteText>,
    /// Its hashes.
    pub hashes: Hashes,
    /// The names of the components that it is in, the outermost first.
    pub within: Arc<[RemoteText]>,
}

impl Package {
    /// The name of the package URL; none where there is no package URL that can be read.
    pub fn purl_name(&self) -> Option<&str> {
        purl_name(self.purl.as_ref()?.as_str())
    }

    /// Bytes in memory, estimated: shared texts are counted where they stand.
    pub(crate) fn weight(&self) -> usize {
        // A text costs its bytes and its counters; licences, types and suppliers are shared.
        let text =
            |text: &Option<RemoteText>| text.as_ref().map_or(0, |text| text.as_str().len() + 24);
        let hashes = self.hashes.iter().map(|(_, hash)| hash.as_str().len() + 56);
        size_of::<Self>()
            + self.name.as_str().len()
            + 24
            + text(&self.id)
            + text(&self.version)
            + text(&self.purl)
            + self.licenses.len() * size_of::<RemoteText>()
            + hashes.sum::<usize>()
    }
}

/// The part of a package URL before its version, qualifiers and subpath, and that part's type; the scheme in any case
/// (purl-spec, "rules for each component").
fn split(purl: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = purl.trim().split_once(':')?;
    if !scheme.eq_ignore_ascii_case("pkg") {
        return None;
    }
    let rest = rest.trim_start_matches('/');
    let rest = rest.split(['#', '?']).next()?;
    let (kind, path) = rest.split_once('/')?;
    // A scope of npm is encoded as %40, so an @ begins the version; the last, where somebody did not encode it.
    let path = match path.rsplit_once('@') {
        Some((before, _)) if !before.is_empty() && !before.ends_with('/') => before,
        _ => path,
    };
    (!kind.is_empty()).then_some((kind, path))
}

/// The type of a package URL; none where it is no package URL.
pub(super) fn purl_type_as_written(purl: &str) -> Option<&str> {
    split(purl).map(|(kind, _)| kind)
}

/// The type of a package URL, lower-case; none where it is no package URL.
pub(crate) fn purl_type(purl: &str) -> Option<String> {
    split(purl).map(|(kind, _)| kind.to_ascii_lowercase())
}

fn purl_name(purl: &str) -> Option<&str> {
    let (_, path) = split(purl)?;
    path.trim_end_matches('/').rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_url_has_a_type_and_a_name() {
        for (purl, kind, name) in [
            ("pkg:golang/github.com/a/b@v1.2", "golang", "b"),
            ("PKG:NPM/%40scope/name@1?x=y", "npm", "name"),
            ("pkg:npm/@scope/name", "npm", "name"),
            ("pkg://deb/debian/curl", "deb", "curl"),
            ("pkg:docker/a@sha256:ab?repository_url=x/y@z", "docker", "a"),
            ("pkg:generic/a#sub/path", "generic", "a"),
        ] {
            assert_eq!(purl_type(purl).as_deref(), Some(kind), "{purl}");
            assert_eq!(purl_name(purl), Some(name), "{purl}");
        }
        for none in ["", "pkg:", "npm/a", "http://a/b", "pkg:/a", "pkg:a"] {
            assert_eq!(purl_type(none), None, "{none}");
        }
    }
}

//! Tags whose name has a digest in it: cosign's, and the fallback of the referrers API.

use crate::oci::{Algorithm, Digest};

/// A tag whose name has a digest in it, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivedKind {
    /// `.sig`.
    Signature,
    /// `.att`.
    Attestation,
    /// `.sbom`.
    Sbom,
    /// The fallback tag of the referrers API (distribution-spec, "Referrers Tag Schema").
    Fallback,
}

impl DerivedKind {
    /// What the tag names, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Attestation => "attestation",
            Self::Sbom => "SBOM",
            Self::Fallback => "list of referrers",
        }
    }
}

/// The digest in a tag's name, and what the tag is for; only for `sha256`, since longer ones are cut off.
pub(in crate::insight::impact) fn derived_from(name: &str) -> Option<(Digest, DerivedKind)> {
    let rest = name.strip_prefix("sha256-")?;
    let (encoded, kind) = match rest.split_once('.') {
        None => (rest, DerivedKind::Fallback),
        Some((encoded, "sig")) => (encoded, DerivedKind::Signature),
        Some((encoded, "att")) => (encoded, DerivedKind::Attestation),
        Some((encoded, "sbom")) => (encoded, DerivedKind::Sbom),
        Some(_) => return None,
    };
    let hash = hex::decode(encoded).ok()?;
    Digest::from_bytes(Algorithm::Sha256, &hash).map(|digest| (digest, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_with_a_digest_in_its_name_is_recognised() {
        let digest = Digest::of(b"x");
        let of = |suffix: &str| derived_from(&format!("sha256-{}{suffix}", digest.encoded()));
        assert_eq!(of(".sig"), Some((digest, DerivedKind::Signature)));
        assert_eq!(of(".sbom"), Some((digest, DerivedKind::Sbom)));
        assert_eq!(of(""), Some((digest, DerivedKind::Fallback)));
        assert_eq!(of(".tar"), None);
        assert_eq!(derived_from("sha256-abc"), None);
        assert_eq!(derived_from("latest"), None);
    }
}

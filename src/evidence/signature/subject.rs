//! What a piece of evidence is held against: the image that it is attached to, or an artifact.

use crate::oci::{Algorithm, Digest};

use super::signed::DigestSet;

/// The thing that was signed, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    digests: Vec<Digest>,
    bytes: Option<Vec<u8>>,
    /// The media type and the size of an image, which Notation signs as well.
    pub(super) descriptor: Option<(String, u64)>,
}

/// What comparing a claim with a subject came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Same,
    Different,
    /// No algorithm that both are known by.
    Incomparable,
}

impl Subject {
    /// Something of which only a digest is known.
    pub fn of_digest(digest: Digest) -> Self {
        Self {
            digests: vec![digest],
            ..Self::default()
        }
    }

    /// Something whose bytes are at hand.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let all = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];
        Self {
            digests: all
                .iter()
                .map(|&algorithm| Digest::of_with(algorithm, bytes))
                .collect(),
            bytes: Some(bytes.to_vec()),
            descriptor: None,
        }
    }

    /// Adds what its descriptor says: media type and size.
    #[must_use]
    pub fn with_descriptor(mut self, media_type: &str, size: u64) -> Self {
        self.descriptor = Some((media_type.to_owned(), size));
        self
    }

    /// The bytes, if they are at hand.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// Every digest that is known.
    pub(super) fn digests(&self) -> &[Digest] {
        &self.digests
    }

    /// The digest under `algorithm`, if it is known.
    pub(super) fn digest(&self, algorithm: Algorithm) -> Option<&Digest> {
        self.digests
            .iter()
            .find(|digest| digest.algorithm() == algorithm)
    }

    /// Compares a set of digests with it: one has to be the same, and none may differ.
    pub(super) fn compare(&self, claimed: &DigestSet) -> Comparison {
        let mut result = Comparison::Incomparable;
        for digest in &self.digests {
            if let Some(hex) = claimed.get(digest.algorithm().name()) {
                if *hex != digest.encoded() {
                    return Comparison::Different;
                }
                result = Comparison::Same;
            }
        }
        result
    }

    /// Compares several sets, any of which may be about it.
    pub(super) fn compare_any(&self, claimed: &[DigestSet]) -> Comparison {
        let mut result = Comparison::Different;
        for set in claimed {
            match self.compare(set) {
                Comparison::Same => return Comparison::Same,
                Comparison::Incomparable => result = Comparison::Incomparable,
                Comparison::Different => {}
            }
        }
        result
    }

    /// What people call it.
    pub(super) fn title(&self) -> String {
        self.digests
            .first()
            .map_or_else(|| "nothing".to_owned(), Digest::short)
    }
}

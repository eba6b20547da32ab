//! Content digests (image-spec, `descriptor.md`, "Digests").

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A hash algorithm that this tool can compute, and so can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// `sha256`, the one that every registry supports.
    Sha256,
    /// `sha384`, unregistered in the image-spec but used by a few clients.
    Sha384,
    /// `sha512`, registered in the image-spec.
    Sha512,
}

impl Algorithm {
    /// The name before the colon.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Length of the hash in bytes.
    pub const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The algorithm with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// Why a text is not a [`Digest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// There is no `algorithm:encoded` pair.
    #[error("a digest is written algorithm:hex")]
    Shape,
    /// The algorithm is none of ours.
    #[error("the digest algorithm is not sha256, sha384 or sha512")]
    Algorithm,
    /// The encoded part has the wrong length or a character that is not lower-case hex.
    #[error("a {0} digest has {1} lower-case hex digits")]
    Encoded(&'static str, usize),
}

/// The name of some content: algorithm and hash, parsed once.
///
/// 65 bytes, `Copy`. Ordered by algorithm, then bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    algorithm: Algorithm,
    bytes: [u8; 64],
}

impl Digest {
    /// The digest of `content` under sha256.
    pub fn of(content: &[u8]) -> Self {
        Self::of_with(Algorithm::Sha256, content)
    }

    /// The digest of `content` under `algorithm`.
    pub fn of_with(algorithm: Algorithm, content: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(content);
        hasher.finish()
    }

    /// A digest from a hash of the right length.
    pub fn from_bytes(algorithm: Algorithm, hash: &[u8]) -> Option<Self> {
        if hash.len() != algorithm.length() {
            return None;
        }
        let mut bytes = [0; 64];
        bytes.get_mut(..hash.len())?.copy_from_slice(hash);
        Some(Self { algorithm, bytes })
    }

    /// Whether `content` has this digest. Cost: one hash of `content`.
    pub fn matches(&self, content: &[u8]) -> bool {
        Self::of_with(self.algorithm, content) == *self
    }

    /// The algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.algorithm.length()).0
    }

    /// The hash in lower-case hex.
    pub fn encoded(&self) -> String {
        hex::encode(self.as_bytes())
    }

    /// Algorithm and the first twelve hex digits, for people: enough to tell digests apart on one screen.
    pub fn short(&self) -> String {
        let (head, _) = self.bytes.split_at(6);
        format!("{}:{}", self.algorithm.name(), hex::encode(head))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm.name())?;
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (name, encoded) = text.split_once(':').ok_or(DigestError::Shape)?;
        let algorithm = Algorithm::from_name(name).ok_or(DigestError::Algorithm)?;
        let wrong = DigestError::Encoded(algorithm.name(), algorithm.length() * 2);
        if encoded.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(wrong);
        }
        let hash = hex::decode(encoded).map_err(|_| wrong)?;
        Self::from_bytes(algorithm, &hash).ok_or(wrong)
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A digest in the making, for content that arrives in pieces.
pub struct Hasher(Inner);

enum Inner {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// An empty hasher for `algorithm`.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha256 => Inner::Sha256(Sha256::new()),
            Algorithm::Sha384 => Inner::Sha384(Sha384::new()),
            Algorithm::Sha512 => Inner::Sha512(Sha512::new()),
        })
    }

    /// Takes the next piece in.
    pub fn update(&mut self, piece: &[u8]) {
        match &mut self.0 {
            Inner::Sha256(hasher) => hasher.update(piece),
            Inner::Sha384(hasher) => hasher.update(piece),
            Inner::Sha512(hasher) => hasher.update(piece),
        }
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        let mut bytes = [0; 64];
        let (algorithm, hash): (_, &[u8]) = match self.0 {
            Inner::Sha256(hasher) => (Algorithm::Sha256, &hasher.finalize()),
            Inner::Sha384(hasher) => (Algorithm::Sha384, &hasher.finalize()),
            Inner::Sha512(hasher) => (Algorithm::Sha512, &hasher.finalize()),
        };
        for (to, from) in bytes.iter_mut().zip(hash) {
            *to = *from;
        }
        Digest { algorithm, bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_reads_what_it_writes() {
        for algorithm in [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512] {
            let digest = Digest::of_with(algorithm, b"abc");
            assert_eq!(digest.to_string().parse(), Ok(digest));
            assert!(digest.matches(b"abc") && !digest.matches(b"abd"));
        }
    }

    #[test]
    fn the_empty_json_object_has_the_digest_that_the_specification_states() {
        let stated = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(Digest::of(b"{}").to_string(), stated);
        assert_eq!(Digest::of(b"{}").short(), "sha256:44136fa355b3");
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for text in [
            "",
            "sha256",
            "sha256:",
            "md5:d41d8cd98f00b204e9800998ecf8427e",
            "sha256:../../etc/passwd",
            "sha256:44136FA355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "sha512:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "sha256:é4136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        ] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}

//! Public keys, and the check of a signature with one. The cryptography is aws-lc's.

use aws_lc_rs::digest as hashing;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA384_ASN1,
    ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1,
    ECDSA_P521_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};
use x509_cert::der::asn1::{BitStringRef, ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Encode, Reader, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::oci::{Algorithm, Digest};

use super::encoding::{der_is_bounded, pem_blocks};

/// The longest RSA key that is read, in bits.
const MAX_RSA_BITS: usize = 16_384;
/// The lengths of RSA keys that aws-lc checks signatures with.
const CHECKED_RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ED25519_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Why something is no public key that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is a private key.
    #[error("this is a private key; give its public key")]
    Private,
    /// There is no key in it.
    #[error("there is no public key in it")]
    None,
    /// There are several keys in it.
    #[error("there is more than one key in it")]
    Several,
    /// It cannot be read.
    #[error("not a public key: {0}")]
    Unreadable(String),
    /// It is a key of a kind that nobody here can use.
    #[error("{0}")]
    Unsupported(String),
}

/// What kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// ECDSA over NIST P-256.
    P256,
    /// ECDSA over NIST P-384.
    P384,
    /// ECDSA over NIST P-521.
    P521,
    /// RSA with a modulus of so many bits.
    Rsa(usize),
    /// Ed25519.
    Ed25519,
}

impl KeyKind {
    /// What people call it.
    pub fn title(self) -> String {
        match self {
            Self::P256 => "ECDSA P-256".to_owned(),
            Self::P384 => "ECDSA P-384".to_owned(),
            Self::P521 => "ECDSA P-521".to_owned(),
            Self::Rsa(bits) => format!("RSA {bits}"),
            Self::Ed25519 => "Ed25519".to_owned(),
        }
    }
}

/// How a signature is made with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// ECDSA, written as a DER sequence; the curve is the key's.
    Ecdsa(Algorithm),
    /// ECDSA, written as r and s side by side (JOSE, COSE); the hash goes with the curve.
    EcdsaFixed,
    /// RSA with PKCS #1 v1.5.
    Pkcs1(Algorithm),
    /// RSA-PSS.
    Pss(Algorithm),
    /// Ed25519 over the message itself.
    Ed25519,
}

/// What was signed.
#[derive(Clone, Copy)]
pub(super) enum Message<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// Bytes of which only this digest is known.
    Digest(&'a Digest),
}

/// What came of checking a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignatureError {
    /// The signature is not by this key over this message.
    Wrong,
    /// It cannot be told, and why.
    Cannot(String),
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    /// The bits of the key itself: a point, a PKCS #1 key, 32 bytes.
    bits: Vec<u8>,
    spki: Vec<u8>,
}

impl PublicKey {
    /// Reads a key in PEM (`PUBLIC KEY`, or PKCS #1's `RSA PUBLIC KEY`) or DER (SPKI).
    pub fn read(file: &[u8]) -> Result<Self, KeyError> {
        let Some(text) = std::str::from_utf8(file)
            .ok()
            .filter(|text| text.contains("-----BEGIN "))
        else {
            return Self::from_spki(file);
        };
        let blocks = pem_blocks(text).map_err(KeyError::Unreadable)?;
        if blocks.iter().any(|block| block.label.contains("PRIVATE")) {
            return Err(KeyError::Private);
        }
        let keys: Vec<_> = blocks
            .iter()
            .filter(|block| block.label.ends_with("PUBLIC KEY"))
            .collect();
        match keys.as_slice() {
            [] => Err(KeyError::None),
            [key] if key.label == "RSA PUBLIC KEY" => Self::from_pkcs1(&key.content),
            [key] => Self::from_spki(&key.content),
            _ => Err(KeyError::Several),
        }
    }

    /// Reads a `SubjectPublicKeyInfo` in DER (RFC 5280, section 4.1).
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let unreadable = |error: x509_cert::der::Error| KeyError::Unreadable(error.to_string());
        if !der_is_bounded(der) {
            return Err(KeyError::Unreadable("not DER".to_owned()));
        }
        let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(unreadable)?;
        let bits = whole_bits(&spki.subject_public_key)?;
        let kind = match spki.algorithm.oid {
            EC => match spki.algorithm.parameters_oid() {
                Ok(P256) => KeyKind::P256,
                Ok(P384) => KeyKind::P384,
                Ok(P521) => KeyKind::P521,
                Ok(curve) => {
                    return Err(KeyError::Unsupported(format!("a key on the curve {curve}")));
                }
                Err(error) => return Err(KeyError::Unreadable(error.to_string())),
            },
            RSA => KeyKind::Rsa(rsa_bits(bits)?),
            ED25519_KEY if bits.len() == 32 => KeyKind::Ed25519,
            ED25519_KEY => {
                return Err(KeyError::Unreadable(
                    "an Ed25519 key has 32 bytes".to_owned(),
                ));
            }
            other => return Err(KeyError::Unsupported(format!("a key of the kind {other}"))),
        };
        Ok(Self {
            kind,
            bits: bits.to_vec(),
            spki: der.to_vec(),
        })
    }

    /// Reads a PKCS #1 `RSAPublicKey` in DER (RFC 8017, appendix A.1.1).
    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        rsa_bits(der)?;
        let wrap = || -> x509_cert::der::Result<Vec<u8>> {
            use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo};
            let spki = SubjectPublicKeyInfo {
                algorithm: AlgorithmIdentifierRef {
                    oid: RSA,
                    parameters: Some(x509_cert::der::asn1::AnyRef::NULL),
                },
                subject_public_key: BitStringRef::from_bytes(der)?,
            };
            spki.to_der()
        };
        Self::from_spki(&wrap().map_err(|error| KeyError::Unreadable(error.to_string()))?)
    }

    /// What kind of key it is.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key in DER (SPKI).
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the key's SPKI, in hex.
    pub fn fingerprint(&self) -> String {
        Digest::of(&self.spki).encoded()
    }

    /// The ways in which sigstore's tools sign with this key, the likeliest first.
    pub(super) const fn sigstore_schemes(&self) -> &'static [Scheme] {
        use Algorithm::{Sha256, Sha384, Sha512};
        match self.kind {
            KeyKind::P256 => &[Scheme::Ecdsa(Sha256)],
            KeyKind::P384 => &[Scheme::Ecdsa(Sha384), Scheme::Ecdsa(Sha256)],
            KeyKind::P521 => &[Scheme::Ecdsa(Sha512), Scheme::Ecdsa(Sha256)],
            KeyKind::Rsa(_) => &[Scheme::Pkcs1(Sha256), Scheme::Pss(Sha256)],
            KeyKind::Ed25519 => &[Scheme::Ed25519],
        }
    }

    /// Checks `signature` over `message` in every way in which sigstore's tools sign with this key.
    pub(super) fn verify_sigstore(
        &self,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let mut last = SignatureError::Wrong;
        for &scheme in self.sigstore_schemes() {
            match self.verify(scheme, message, signature) {
                Ok(()) => return Ok(()),
                Err(SignatureError::Wrong) if matches!(last, SignatureError::Cannot(_)) => {
                    last = SignatureError::Wrong;
                }
                Err(SignatureError::Wrong) => {}
                // A digest under another hash says nothing where the right one was tried.
                Err(cannot) => {
                    if scheme == self.sigstore_schemes()[0] {
                        last = cannot;
                    }
                }
            }
        }
        Err(last)
    }

    /// Checks `signature` over `message` under `scheme`.
    pub(super) fn verify(
        &self,
        scheme: Scheme,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        if let KeyKind::Rsa(bits) = self.kind
            && !CHECKED_RSA_BITS.contains(&bits)
        {
            return Err(SignatureError::Cannot(format!(
                "an RSA key of {bits} bits; signatures of 2048 to 8192 bits are checked"
            )));
        }
        let algorithm = self.algorithm(scheme)?;
        let key = UnparsedPublicKey::new(algorithm, &self.bits);
        let outcome = match message {
            Message::Bytes(bytes) => key.verify(bytes, signature),
            Message::Digest(digest) => {
                let hash = self.hash_of(scheme);
                if hash != Some(digest.algorithm()) {
                    return Err(SignatureError::Cannot(
                        "only another digest of what was signed is known".to_owned(),
                    ));
                }
                let imported = hashing::Digest::import_less_safe(
                    digest.as_bytes(),
                    hash_algorithm(digest.algorithm()),
                )
                .map_err(|_| SignatureError::Cannot("the digest is too short".to_owned()))?;
                key.verify_digest(&imported, signature)
            }
        };
        outcome.map_err(|_| SignatureError::Wrong)
    }

    /// The hash that `scheme` uses with this key, where it uses one beforehand.
    const fn hash_of(&self, scheme: Scheme) -> Option<Algorithm> {
        match (scheme, self.kind) {
            (Scheme::Ecdsa(hash) | Scheme::Pkcs1(hash) | Scheme::Pss(hash), _) => Some(hash),
            (Scheme::EcdsaFixed, KeyKind::P384) => Some(Algorithm::Sha384),
            (Scheme::EcdsaFixed, KeyKind::P521) => Some(Algorithm::Sha512),
            (Scheme::EcdsaFixed, _) => Some(Algorithm::Sha256),
            (Scheme::Ed25519, _) => None,
        }
    }

    fn algorithm(
        &self,
        scheme: Scheme,
    ) -> Result<&'static dyn VerificationAlgorithm, SignatureError> {
        use Algorithm::{Sha256, Sha384, Sha512};
        use KeyKind::{Ed25519 as Ed, P256 as C256, P384 as C384, P521 as C521};
        if let KeyKind::Rsa(bits) = self.kind
            && !(2048..=8192).contains(&bits)
        {
            return Err(SignatureError::Cannot(format!(
                "an RSA key of {bits} bits; 2048 to 8192 can be checked"
            )));
        }
        Ok(match (scheme, self.kind) {
            (Scheme::Ecdsa(Sha256), C256) => &ECDSA_P256_SHA256_ASN1,
            (Scheme::Ecdsa(Sha384), C256) => &ECDSA_P256_SHA384_ASN1,
            (Scheme::Ecdsa(Sha512), C256) => &ECDSA_P256_SHA512_ASN1,
            (Scheme::Ecdsa(Sha256), C384) => &ECDSA_P384_SHA256_ASN1,
            (Scheme::Ecdsa(Sha384), C384) => &ECDSA_P384_SHA384_ASN1,
            (Scheme::Ecdsa(Sha512), C384) => &ECDSA_P384_SHA512_ASN1,
            (Scheme::Ecdsa(Sha256), C521) => &ECDSA_P521_SHA256_ASN1,
            (Scheme::Ecdsa(Sha384), C521) => &ECDSA_P521_SHA384_ASN1,
            (Scheme::Ecdsa(Sha512), C521) => &ECDSA_P521_SHA512_ASN1,
            (Scheme::EcdsaFixed, C256) => &ECDSA_P256_SHA256_FIXED,
            (Scheme::EcdsaFixed, C384) => &ECDSA_P384_SHA384_FIXED,
            (Scheme::EcdsaFixed, C521) => &ECDSA_P521_SHA512_FIXED,
            (Scheme::Pkcs1(Sha256), KeyKind::Rsa(_)) => &RSA_PKCS1_2048_8192_SHA256,
            (Scheme::Pkcs1(Sha384), KeyKind::Rsa(_)) => &RSA_PKCS1_2048_8192_SHA384,
            (Scheme::Pkcs1(Sha512), KeyKind::Rsa(_)) => &RSA_PKCS1_2048_8192_SHA512,
            (Scheme::Pss(Sha256), KeyKind::Rsa(_)) => &RSA_PSS_2048_8192_SHA256,
            (Scheme::Pss(Sha384), KeyKind::Rsa(_)) => &RSA_PSS_2048_8192_SHA384,
            (Scheme::Pss(Sha512), KeyKind::Rsa(_)) => &RSA_PSS_2048_8192_SHA512,
            (Scheme::Ed25519, Ed) => &ED25519,
            _ => return Err(SignatureError::Wrong),
        })
    }
}

const fn hash_algorithm(algorithm: Algorithm) -> &'static hashing::Algorithm {
    match algorithm {
        Algorithm::Sha256 => &hashing::SHA256,
        Algorithm::Sha384 => &hashing::SHA384,
        Algorithm::Sha512 => &hashing::SHA512,
    }
}

fn whole_bits<'a>(bits: &BitStringRef<'a>) -> Result<&'a [u8], KeyError> {
    bits.as_bytes()
        .ok_or_else(|| KeyError::Unreadable("the key does not end at a whole byte".to_owned()))
}

/// The length of the modulus of a PKCS #1 key.
fn rsa_bits(der: &[u8]) -> Result<usize, KeyError> {
    let unreadable = |error: x509_cert::der::Error| KeyError::Unreadable(error.to_string());
    let mut reader = SliceReader::new(der).map_err(unreadable)?;
    let bits = reader
        .sequence(|inner| {
            let modulus = UintRef::decode(inner)?;
            let _exponent = UintRef::decode(inner)?;
            let bytes = modulus.as_bytes();
            let leading = bytes
                .first()
                .map_or(0, |first| first.leading_zeros() as usize);
            Ok((bytes.len() * 8).saturating_sub(leading))
        })
        .map_err(unreadable)?;
    reader.finish(()).map_err(unreadable)?;
    if bits > MAX_RSA_BITS {
        return Err(KeyError::Unsupported(format!(
            "an RSA key of {bits} bits; the longest that is read has {MAX_RSA_BITS}"
        )));
    }
    Ok(bits)
}

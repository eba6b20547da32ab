//! Signed certificate timestamps: the promise of a certificate transparency log, embedded in the certificate
//! (RFC 6962, section 3).

use jiff::Timestamp;
use x509_cert::der::Decode;
use x509_cert::der::Encode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{SignedCertificateTimestamp, SignedCertificateTimestampList};

use crate::oci::{Algorithm, Digest};

use super::certificate::Certificate;
use super::key::{KeyKind, Message, PublicKey, Scheme};

const EMBEDDED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2");

/// One promise.
pub(super) struct Sct {
    /// The log that made it.
    pub log: [u8; 32],
    /// When.
    pub time: Timestamp,
    hash: Algorithm,
    is_rsa: bool,
    signature: Vec<u8>,
    signed_before: Vec<u8>,
    extensions: Vec<u8>,
}

impl Sct {
    /// Whether `key` made this promise about `certificate`, issued by `issuer` (SPKI).
    pub(super) fn verify(&self, certificate: &Certificate, issuer: &[u8], key: &PublicKey) -> bool {
        let Some(message) = self.message(certificate, issuer) else {
            return false;
        };
        let scheme = match (key.kind(), self.is_rsa) {
            (KeyKind::Rsa(_), true) => Scheme::Pkcs1(self.hash),
            (KeyKind::P256 | KeyKind::P384 | KeyKind::P521, false) => Scheme::Ecdsa(self.hash),
            _ => return false,
        };
        key.verify(scheme, Message::Bytes(&message), &self.signature)
            .is_ok()
    }

    /// The `digitally-signed` structure for a precertificate (RFC 6962, section 3.2).
    fn message(&self, certificate: &Certificate, issuer: &[u8]) -> Option<Vec<u8>> {
        let mut tbs = certificate.parsed().tbs_certificate.clone();
        tbs.extensions = tbs.extensions.map(|extensions| {
            extensions
                .into_iter()
                .filter(|extension| extension.extn_id != EMBEDDED)
                .collect()
        });
        let tbs = tbs.to_der().ok()?;
        let length = u32::try_from(tbs.len()).ok()?.to_be_bytes();
        let mut message = self.signed_before.clone();
        message.extend_from_slice(Digest::of(issuer).as_bytes());
        message.extend_from_slice(length.get(1..)?);
        message.extend_from_slice(&tbs);
        message.extend_from_slice(&u16::try_from(self.extensions.len()).ok()?.to_be_bytes());
        message.extend_from_slice(&self.extensions);
        Some(message)
    }
}

/// The promises that are embedded in a certificate.
pub(super) fn embedded(certificate: &Certificate) -> Result<Vec<Sct>, String> {
    let Some((value, _)) = certificate.extension(EMBEDDED) else {
        return Ok(Vec::new());
    };
    let list = SignedCertificateTimestampList::from_der(value)
        .map_err(|error| format!("the list of timestamps is unreadable: {error}"))?;
    let serialized = list
        .parse_timestamps()
        .map_err(|error| format!("the list of timestamps is unreadable: {error:?}"))?;
    serialized
        .iter()
        .map(|one| {
            one.parse_timestamp()
                .map_err(|error| format!("a certificate timestamp is unreadable: {error:?}"))
                .and_then(|sct| read(&sct))
        })
        .collect()
}

fn read(sct: &SignedCertificateTimestamp) -> Result<Sct, String> {
    use x509_cert::ext::pkix::sct::{HashAlgorithm, SignatureAlgorithm};
    let algorithm = &sct.signature.algorithm;
    let hash = match algorithm.hash {
        HashAlgorithm::Sha256 => Algorithm::Sha256,
        HashAlgorithm::Sha384 => Algorithm::Sha384,
        HashAlgorithm::Sha512 => Algorithm::Sha512,
        _ => return Err("a certificate timestamp under another hash".to_owned()),
    };
    let is_rsa = match algorithm.signature {
        SignatureAlgorithm::Rsa => true,
        SignatureAlgorithm::Ecdsa => false,
        _ => return Err("a certificate timestamp with another kind of signature".to_owned()),
    };
    let time = i64::try_from(sct.timestamp)
        .ok()
        .and_then(|time| Timestamp::from_millisecond(time).ok())
        .ok_or("a certificate timestamp out of range")?;
    // Version 1, type certificate_timestamp, the time, type precert_entry.
    let mut signed_before = vec![0, 0];
    signed_before.extend_from_slice(&sct.timestamp.to_be_bytes());
    signed_before.extend_from_slice(&[0, 1]);
    Ok(Sct {
        log: sct.log_id.key_id,
        time,
        hash,
        is_rsa,
        signature: sct.signature.signature.as_slice().to_vec(),
        signed_before,
        extensions: sct.extensions.as_slice().to_vec(),
    })
}

//! Tokens of timestamp authorities (RFC 3161): a time over the hash of a signature, signed in CMS (RFC 5652).

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use jiff::Timestamp;
use x509_cert::der::asn1::{ObjectIdentifier, OctetStringRef};
use x509_cert::der::{AnyRef, Decode, Encode, Reader, SliceReader, Tag, Tagged};
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::oci::{Algorithm, Digest};

use super::certificate::Certificate;
use super::encoding::der_is_bounded;
use super::key::{KeyKind, Message, Scheme};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// A token that was read.
pub(super) struct Token {
    /// The time that it says.
    pub time: Timestamp,
    /// The certificates that came with it.
    pub certificates: Vec<Certificate>,
    imprint: Digest,
    signer: SignerInfo,
    content: Vec<u8>,
}

impl Token {
    /// Reads a `TimeStampResp` or a `TimeStampToken` in DER.
    pub(super) fn read(der: &[u8]) -> Result<Self, String> {
        if !der_is_bounded(der) {
            return Err("a timestamp that is not DER, or nested too deep".to_owned());
        }
        let unreadable =
            |error: x509_cert::der::Error| format!("a timestamp is unreadable: {error}");
        let token = token_of(der)?;
        let info = ContentInfo::from_der(token).map_err(unreadable)?;
        if info.content_type != SIGNED_DATA {
            return Err("a timestamp that is not signed data".to_owned());
        }
        let data = info.content.to_der().map_err(unreadable)?;
        let data = SignedData::from_der(&data).map_err(unreadable)?;
        if data.encap_content_info.econtent_type != TST_INFO {
            return Err("signed data that is not a timestamp".to_owned());
        }
        let content = data
            .encap_content_info
            .econtent
            .as_ref()
            .ok_or("a timestamp without content")?
            .value()
            .to_vec();
        let (imprint, time) = info_of(&content)?;
        let mut signers = data.signer_infos.0.iter();
        let signer = signers
            .next()
            .ok_or("a timestamp that nobody signed")?
            .clone();
        if signers.next().is_some() {
            return Err("a timestamp with two signers".to_owned());
        }
        let certificates = data
            .certificates
            .iter()
            .flat_map(|set| set.0.iter())
            .filter_map(|choice| match choice {
                CertificateChoices::Certificate(certificate) => certificate
                    .to_der()
                    .ok()
                    .and_then(|der| Certificate::from_der(&der).ok()),
                CertificateChoices::Other(_) => None,
            })
            .collect();
        Ok(Self {
            time,
            certificates,
            imprint,
            signer,
            content,
        })
    }

    /// Whether it is about these bytes.
    pub(super) fn is_about(&self, signature: &[u8]) -> bool {
        Digest::of_with(self.imprint.algorithm(), signature) == self.imprint
    }

    /// Whether `certificate` is the one that the token names as its signer.
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match &self.signer.sid {
            SignerIdentifier::IssuerAndSerialNumber(name) => {
                let tbs = &certificate.parsed().tbs_certificate;
                tbs.issuer == name.issuer && tbs.serial_number == name.serial_number
            }
            SignerIdentifier::SubjectKeyIdentifier(id) => certificate
                .extension(SUBJECT_KEY_ID)
                .and_then(|(value, _)| SubjectKeyIdentifier::from_der(value).ok())
                .is_some_and(|found| found == *id),
        }
    }

    /// Whether the key of `certificate` signed it (RFC 5652, section 5.4).
    pub(super) fn is_signed_by(&self, certificate: &Certificate) -> Result<(), String> {
        let attributes = self
            .signer
            .signed_attrs
            .as_ref()
            .ok_or("the timestamp has no signed attributes")?;
        let hash = hash(&self.signer.digest_alg.oid).ok_or("another hash")?;
        let one = |id: ObjectIdentifier| {
            let mut found = attributes.iter().filter(|attribute| attribute.oid == id);
            match (found.next(), found.next()) {
                (Some(attribute), None) if attribute.values.len() == 1 => attribute
                    .values
                    .get(0)
                    .and_then(|value| value.to_der().ok()),
                _ => None,
            }
        };
        let content_type = one(CONTENT_TYPE).ok_or("the timestamp does not say its type")?;
        if ObjectIdentifier::from_der(&content_type) != Ok(TST_INFO) {
            return Err("the timestamp was signed as something else".to_owned());
        }
        let digest = one(MESSAGE_DIGEST).ok_or("the timestamp has no digest of its content")?;
        let digest = OctetStringRef::from_der(&digest)
            .map_err(|error| format!("the timestamp's digest is unreadable: {error}"))?;
        if Digest::of_with(hash, &self.content).as_bytes() != digest.as_bytes() {
            return Err("the timestamp's content is not what was signed".to_owned());
        }
        let message = attributes.to_der().map_err(|error| error.to_string())?;
        let scheme = match certificate.key().kind() {
            KeyKind::Rsa(_) if self.signer.signature_algorithm.oid == RSA_PSS => Scheme::Pss(hash),
            KeyKind::Rsa(_) => Scheme::Pkcs1(hash),
            KeyKind::Ed25519 => Scheme::Ed25519,
            _ => Scheme::Ecdsa(hash),
        };
        certificate
            .key()
            .verify(
                scheme,
                Message::Bytes(&message),
                self.signer.signature.as_bytes(),
            )
            .map_err(|_| "the authority's signature is wrong".to_owned())
    }
}

/// The token within a response that was granted, or the token itself.
fn token_of(der: &[u8]) -> Result<&[u8], String> {
    let wrong = |error: x509_cert::der::Error| format!("a timestamp is unreadable: {error}");
    let outer = AnyRef::from_der(der).map_err(wrong)?;
    if outer.tag() != Tag::Sequence {
        return Err("a timestamp that is no sequence".to_owned());
    }
    let mut reader = SliceReader::new(outer.value()).map_err(wrong)?;
    // A response begins with its status, which is a sequence; a token with its type.
    if reader.peek_header().map_err(wrong)?.tag != Tag::Sequence {
        return Ok(der);
    }
    let status = AnyRef::decode(&mut reader).map_err(wrong)?;
    let mut inner = SliceReader::new(status.value()).map_err(wrong)?;
    let status = u8::decode(&mut inner).map_err(wrong)?;
    if status > 1 {
        return Err("a timestamp that was not granted".to_owned());
    }
    if reader.is_finished() {
        return Err("a response without a timestamp".to_owned());
    }
    let token = reader.tlv_bytes().map_err(wrong)?;
    if !reader.is_finished() {
        return Err("a timestamp with something after it".to_owned());
    }
    Ok(token)
}

/// What is stamped and when (RFC 3161, section 2.4.2).
fn info_of(der: &[u8]) -> Result<(Digest, Timestamp), String> {
    let wrong = |error: x509_cert::der::Error| format!("a timestamp is unreadable: {error}");
    let outer = AnyRef::from_der(der).map_err(wrong)?;
    let mut reader = SliceReader::new(outer.value()).map_err(wrong)?;
    let _version = AnyRef::decode(&mut reader).map_err(wrong)?;
    let _policy = ObjectIdentifier::decode(&mut reader).map_err(wrong)?;
    let imprint = AnyRef::decode(&mut reader).map_err(wrong)?;
    let _serial = AnyRef::decode(&mut reader).map_err(wrong)?;
    let time = AnyRef::decode(&mut reader).map_err(wrong)?;
    let mut imprint = SliceReader::new(imprint.value()).map_err(wrong)?;
    let algorithm = AnyRef::decode(&mut imprint).map_err(wrong)?;
    let hashed = OctetStringRef::decode(&mut imprint).map_err(wrong)?;
    let mut algorithm = SliceReader::new(algorithm.value()).map_err(wrong)?;
    let id = ObjectIdentifier::decode(&mut algorithm).map_err(wrong)?;
    let hash = hash(&id).ok_or_else(|| format!("a timestamp over the hash {id}"))?;
    let digest = Digest::from_bytes(hash, hashed.as_bytes())
        .ok_or("a timestamp over a hash of the wrong length")?;
    if time.tag() != Tag::GeneralizedTime {
        return Err("a timestamp without a time".to_owned());
    }
    Ok((digest, generalized_time(time.value())?))
}

/// Reads `YYYYMMDDHHMMSS[.fff]Z`; what is below a second is dropped.
fn generalized_time(text: &[u8]) -> Result<Timestamp, String> {
    let wrong = || "a timestamp's time is unreadable".to_owned();
    let text = std::str::from_utf8(text).map_err(|_| wrong())?;
    let digits = text.strip_suffix('Z').ok_or_else(wrong)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !is_number(whole) || !is_number(fraction) {
        return Err(wrong());
    }
    let part = |from: usize, to: usize| whole.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    )
    .parse()
    .map_err(|_| wrong())
}

fn hash(id: &ObjectIdentifier) -> Option<Algorithm> {
    match *id {
        SHA256 => Some(Algorithm::Sha256),
        SHA384 => Some(Algorithm::Sha384),
        SHA512 => Some(Algorithm::Sha512),
        _ => None,
    }
}

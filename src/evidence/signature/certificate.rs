//! X.509 certificates: what they say, and what of it is Fulcio's (`fulcio/docs/oid-info.md`).

use jiff::Timestamp;
use x509_cert::Certificate as X509;
use x509_cert::der::asn1::{ObjectIdentifier, Utf8StringRef};
use x509_cert::der::{Decode, Encode, Tag, Tagged};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::time::Time;

use crate::oci::{Digest, RemoteText};

use super::encoding::{der_is_bounded, pem_blocks};
use super::key::PublicKey;
use super::model::CertificateView;

const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const CRL_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
const AUTHORITY_ACCESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
/// Fulcio's arc; its extensions are numbered below.
const FULCIO: &str = "1.3.6.1.4.1.57264.1.";

/// The names of Fulcio's extensions by their number.
const FULCIO_NAMES: &[(u8, &str)] = &[
    (1, "issuer"),
    (2, "github-workflow-trigger"),
    (3, "github-workflow-sha"),
    (4, "github-workflow-name"),
    (5, "github-workflow-repository"),
    (6, "github-workflow-ref"),
    (7, "other-name"),
    (8, "issuer-v2"),
    (9, "build-signer-uri"),
    (10, "build-signer-digest"),
    (11, "runner-environment"),
    (12, "source-repository-uri"),
    (13, "source-repository-digest"),
    (14, "source-repository-ref"),
    (15, "source-repository-identifier"),
    (16, "source-repository-owner-uri"),
    (17, "source-repository-owner-identifier"),
    (18, "build-config-uri"),
    (19, "build-config-digest"),
    (20, "build-trigger"),
    (21, "run-invocation-uri"),
    (22, "source-repository-visibility-at-signing"),
    (23, "deployment-environment"),
    (24, "token-subject"),
];

/// A certificate that was read.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: X509,
    key: PublicKey,
    sans: Vec<String>,
    extensions: Vec<(u8, String)>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Certificate {
    /// Reads a certificate in DER. An error says what cannot be read of it.
    pub fn from_der(der: &[u8]) -> Result<Self, String> {
        if der.is_empty() {
            return Err("an empty certificate".to_owned());
        }
        if !der_is_bounded(der) {
            return Err("a certificate that is not DER, or nested too deep".to_owned());
        }
        let wrong = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
        let parsed =
            X509::from_der(der).map_err(|error| wrong("a certificate is unreadable", &error))?;
        let tbs = &parsed.tbs_certificate;
        let spki = tbs
            .subject_public_key_info
            .to_der()
            .map_err(|error| wrong("its key is unreadable", &error))?;
        let key =
            PublicKey::from_spki(&spki).map_err(|error| wrong("a certificate's key", &error))?;
        let sans = alternative_names(&parsed)?;
        let extensions = fulcio_extensions(&parsed)?;
        let not_before = timestamp(&tbs.validity.not_before)?;
        let not_after = timestamp(&tbs.validity.not_after)?;
        Ok(Self {
            der: der.to_vec(),
            key,
            sans,
            extensions,
            not_before,
            not_after,
            parsed,
        })
    }

    /// Reads every certificate of a PEM text, or the one of a DER file.
    pub fn read_all(file: &[u8]) -> Result<Vec<Self>, String> {
        match std::str::from_utf8(file) {
            Ok(text) if text.contains("-----BEGIN ") => {
                let blocks = pem_blocks(text)?;
                if blocks.iter().any(|block| block.label.contains("PRIVATE")) {
                    return Err("it has a private key in it".to_owned());
                }
                blocks
                    .iter()
                    .filter(|block| block.label == "CERTIFICATE")
                    .map(|block| Self::from_der(&block.content))
                    .collect()
            }
            _ => Self::from_der(file).map(|certificate| vec![certificate]),
        }
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate, parsed.
    pub(super) const fn parsed(&self) -> &X509 {
        &self.parsed
    }

    /// Its public key.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The alternative names of its subject.
    pub fn sans(&self) -> &[String] {
        &self.sans
    }

    /// The distinguished name of its subject (RFC 4514).
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate.subject.to_string()
    }

    /// The distinguished name of its issuer (RFC 4514).
    pub fn issuer(&self) -> String {
        self.parsed.tbs_certificate.issuer.to_string()
    }

    /// The first moment of its validity.
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last moment of its validity.
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether `time` is within its validity, both ends included.
    pub fn is_valid_at(&self, time: Timestamp) -> bool {
        self.not_before <= time && time <= self.not_after
    }

    /// The OIDC issuer that Fulcio wrote down: `.1.8`, or in old certificates `.1.1`.
    pub fn oidc_issuer(&self) -> Option<&str> {
        self.fulcio(8).or_else(|| self.fulcio(1))
    }

    /// Fulcio's extension with this number.
    fn fulcio(&self, number: u8) -> Option<&str> {
        self.extensions
            .iter()
            .find(|(found, _)| *found == number)
            .map(|(_, value)| value.as_str())
    }

    /// The identifier of the key that issued it.
    pub(super) fn authority_key_id(&self) -> Option<Vec<u8>> {
        let (value, _) = self.extension(AUTHORITY_KEY_ID)?;
        let id = AuthorityKeyIdentifier::from_der(value).ok()?;
        Some(id.key_identifier?.as_bytes().to_vec())
    }

    /// The identifier of its own key.
    pub(super) fn subject_key_id(&self) -> Option<Vec<u8>> {
        let (value, _) = self.extension(SUBJECT_KEY_ID)?;
        let id = SubjectKeyIdentifier::from_der(value).ok()?;
        Some(id.0.as_bytes().to_vec())
    }

    /// Whether it says that it issued itself.
    pub fn is_self_issued(&self) -> bool {
        self.parsed.tbs_certificate.subject == self.parsed.tbs_certificate.issuer
    }

    /// The content of the extension `id`, and whether it is critical.
    pub(super) fn extension(&self, id: ObjectIdentifier) -> Option<(&[u8], bool)> {
        let extensions = self.parsed.tbs_certificate.extensions.as_ref()?;
        extensions
            .iter()
            .find(|extension| extension.extn_id == id)
            .map(|extension| (extension.extn_value.as_bytes(), extension.critical))
    }

    /// Whether the extended key usage allows to sign code; `None` where it has none.
    pub(super) fn signs_code(&self) -> Option<bool> {
        self.allows(CODE_SIGNING)
    }

    /// Whether the extended key usage allows `purpose`; `None` where it has none.
    pub(super) fn allows(&self, purpose: ObjectIdentifier) -> Option<bool> {
        let (value, _) = self.extension(EXTENDED_KEY_USAGE)?;
        Some(ExtendedKeyUsage::from_der(value).is_ok_and(|usage| usage.0.contains(&purpose)))
    }

    /// Whether the key usage is there and has `usage`.
    pub(super) fn has_key_usage(&self, usage: KeyUsages) -> bool {
        self.extension(KEY_USAGE).is_some_and(|(value, _)| {
            KeyUsage::from_der(value).is_ok_and(|found| found.0.contains(usage))
        })
    }

    /// Whether it is an authority's: basic constraints say so.
    pub(super) fn is_authority(&self) -> bool {
        self.extension(BASIC_CONSTRAINTS).is_some_and(|(value, _)| {
            x509_cert::ext::pkix::BasicConstraints::from_der(value).is_ok_and(|found| found.ca)
        })
    }

    /// Whether it names where one could ask if it was called back (OCSP or CRL).
    pub(super) fn names_revocation(&self) -> bool {
        self.extension(CRL_POINTS).is_some() || self.extension(AUTHORITY_ACCESS).is_some()
    }

    /// What of it people look at.
    pub fn view(&self) -> CertificateView {
        let tbs = &self.parsed.tbs_certificate;
        CertificateView {
            subject: self.subject().into(),
            issuer: self.issuer().into(),
            serial: hex::encode(tbs.serial_number.as_bytes()),
            sans: self.sans.iter().map(|san| san.as_str().into()).collect(),
            not_before: Some(self.not_before),
            not_after: Some(self.not_after),
            fingerprint: Digest::of(&self.der).encoded(),
            key: self.key.fingerprint(),
            algorithm: self.key.kind().title(),
            extensions: self
                .extensions
                .iter()
                .map(|(number, value)| (fulcio_name(*number), RemoteText::from(value.as_str())))
                .collect(),
        }
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

/// The name of Fulcio's extension with this number.
fn fulcio_name(number: u8) -> String {
    FULCIO_NAMES
        .iter()
        .find(|(known, _)| *known == number)
        .map_or_else(
            || format!("{FULCIO}{number}"),
            |(_, name)| (*name).to_owned(),
        )
}

fn timestamp(time: &Time) -> Result<Timestamp, String> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| "a certificate's validity is out of range".to_owned())
}

/// The subject's alternative names: addresses, URIs, DNS names, IP addresses, and other names that are text.
fn alternative_names(certificate: &X509) -> Result<Vec<String>, String> {
    let Some(extension) = extension_once(certificate, SUBJECT_ALT_NAME)? else {
        return Ok(Vec::new());
    };
    let names = SubjectAltName::from_der(extension)
        .map_err(|error| format!("a certificate's alternative names are unreadable: {error}"))?;
    Ok(names
        .0
        .iter()
        .filter_map(|name| match name {
            GeneralName::Rfc822Name(text)
            | GeneralName::UniformResourceIdentifier(text)
            | GeneralName::DnsName(text) => Some(text.to_string()),
            GeneralName::IpAddress(bytes) => address(bytes.as_bytes()),
            GeneralName::OtherName(other) => {
                let value = &other.value;
                match value.tag() {
                    Tag::Utf8String | Tag::Ia5String | Tag::PrintableString => {
                        std::str::from_utf8(value.value()).ok().map(str::to_owned)
                    }
                    _ => None,
                }
            }
            GeneralName::DirectoryName(name) => Some(name.to_string()),
            _ => None,
        })
        .collect())
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    let sixteen = <[u8; 16]>::try_from(bytes).ok()?;
    Some(std::net::Ipv6Addr::from(sixteen).to_string())
}

/// The content of an extension that may stand once.
fn extension_once(certificate: &X509, id: ObjectIdentifier) -> Result<Option<&[u8]>, String> {
    let mut found = certificate
        .tbs_certificate
        .extensions
        .iter()
        .flatten()
        .filter(|extension| extension.extn_id == id);
    let first = found.next();
    if found.next().is_some() {
        return Err(format!("a certificate has the extension {id} twice"));
    }
    Ok(first.map(|extension| extension.extn_value.as_bytes()))
}

/// Fulcio's extensions by number, in order: `.1` to `.6` are raw text, the later ones a DER string.
fn fulcio_extensions(certificate: &X509) -> Result<Vec<(u8, String)>, String> {
    let mut found: Vec<(u8, String)> = Vec::new();
    for extension in certificate.tbs_certificate.extensions.iter().flatten() {
        let id = extension.extn_id.to_string();
        let Some(number) = id
            .strip_prefix(FULCIO)
            .and_then(|rest| rest.parse::<u8>().ok())
        else {
            continue;
        };
        if found.iter().any(|(seen, _)| *seen == number) {
            return Err(format!("a certificate has the extension {id} twice"));
        }
        let bytes = extension.extn_value.as_bytes();
        let raw = || std::str::from_utf8(bytes).ok().map(str::to_owned);
        let der = || {
            Utf8StringRef::from_der(bytes)
                .ok()
                .map(|text| text.as_str().to_owned())
        };
        let value = match number {
            // Some authorities write even these in DER.
            1..=6 => der().or_else(raw),
            _ => der(),
        };
        match value {
            Some(value) => found.push((number, value)),
            None if matches!(number, 1 | 8) => {
                return Err(format!(
                    "a certificate's {} is unreadable",
                    fulcio_name(number)
                ));
            }
            None => {}
        }
    }
    found.sort_by_key(|(number, _)| *number);
    Ok(found)
}

//! From a certificate to a root that somebody gave. The path is built and checked by webpki.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::der::asn1::{Any, ObjectIdentifier};
use x509_cert::der::{Encode, Tag};

use super::certificate::Certificate;

/// What a certificate has to be for (RFC 5280, section 4.2.1.12).
#[derive(Clone, Copy, Debug)]
pub(super) enum Usage {
    /// Signing code.
    CodeSigning,
    /// Signing code, where the certificate names any purpose.
    CodeSigningIfAny,
    /// Stamping times.
    TimeStamping,
}

static CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
static TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

impl Usage {
    /// The purpose, and whether the certificate itself has to name it. Those above it are held to it where they name
    /// any.
    const fn purpose(self) -> (&'static ObjectIdentifier, bool) {
        match self {
            Self::CodeSigning => (&CODE_SIGNING, true),
            Self::CodeSigningIfAny => (&CODE_SIGNING, false),
            Self::TimeStamping => (&TIME_STAMPING, true),
        }
    }
}

/// Why there is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ChainError {
    /// None of the anchors issued it.
    UnknownAuthority,
    /// A certificate of the path is not valid at that time.
    Time(String),
    /// The path is wrong.
    Wrong(String),
}

/// Whether `leaf` says by key identifiers (RFC 5280, section 4.2.1.1) that none of these issued it, whatever their names.
fn is_of_another_key(leaf: &Certificate, issuers: &[&Certificate]) -> bool {
    let Some(wanted) = leaf.authority_key_id() else {
        return false;
    };
    !issuers
        .iter()
        .any(|issuer| issuer.subject_key_id().is_none_or(|found| found == wanted))
}

/// Builds a path from `leaf` over `intermediates` to one of `anchors` that holds at `time`, for the purpose `usage`.
/// Gives the SPKI of who issued the leaf.
pub(super) fn verify_chain(
    leaf: &Certificate,
    intermediates: &[&Certificate],
    anchors: &[&Certificate],
    usage: Usage,
    time: Timestamp,
) -> Result<Vec<u8>, ChainError> {
    let wrong = |error: webpki::Error| ChainError::Wrong(error.to_string());
    let (purpose, is_required) = usage.purpose();
    if is_required && leaf.allows(*purpose) != Some(true) {
        return Err(ChainError::Wrong(
            "the certificate is not for this purpose".to_owned(),
        ));
    }
    let issuers: Vec<&Certificate> = anchors.iter().chain(intermediates).copied().collect();
    if is_of_another_key(leaf, &issuers) {
        return Err(ChainError::UnknownAuthority);
    }
    let anchors_der: Vec<CertificateDer<'_>> = anchors
        .iter()
        .map(|anchor| CertificateDer::from(anchor.der()))
        .collect();
    let anchors: Vec<TrustAnchor<'_>> = anchors_der
        .iter()
        .filter_map(|anchor| webpki::anchor_from_trusted_cert(anchor).ok())
        .collect();
    let intermediates: Vec<CertificateDer<'_>> = intermediates
        .iter()
        .map(|certificate| CertificateDer::from(certificate.der()))
        .collect();
    let der = CertificateDer::from(leaf.der());
    let entity = EndEntityCert::try_from(&der).map_err(wrong)?;
    let seconds = u64::try_from(time.as_second())
        .map_err(|_| ChainError::Time("a time before 1970".to_owned()))?;
    let path = entity
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &intermediates,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            KeyUsage::required_if_present(purpose.as_bytes()),
            None,
            None,
        )
        .map_err(|error| match error {
            webpki::Error::UnknownIssuer => ChainError::UnknownAuthority,
            webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
                ChainError::Time(error.to_string())
            }
            other => wrong(other),
        })?;
    let issuer = match path.intermediate_certificates().next() {
        Some(issuer) => issuer.subject_public_key_info().as_ref().to_vec(),
        // webpki keeps the content of an anchor's key without its outer tag.
        None => Any::new(
            Tag::Sequence,
            path.anchor().subject_public_key_info.as_ref(),
        )
        .and_then(|any| any.to_der())
        .map_err(|error| ChainError::Wrong(error.to_string()))?,
    };
    Ok(issuer)
}

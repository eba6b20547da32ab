//! Envelopes in COSE (`signature-envelope-cose.md`): a tagged `COSE_Sign1` of RFC 9052.

use coset::cbor::value::Value;
use coset::{
    CoseSign1, Label, RegisteredLabel, RegisteredLabelWithPrivate, TaggedCborSerializable, iana,
};
use jiff::Timestamp;

use crate::oci::Algorithm;

use super::super::encoding::MAX_NESTING;
use super::envelope::{Envelope, EnvelopeAlgorithm, Headers, PREFIX, certificates_of, target_of};

/// The label of the certificates (RFC 9360).
const X5CHAIN: i64 = 33;

pub(super) fn read(bytes: &[u8]) -> Result<Envelope, String> {
    if !is_bounded(bytes) {
        return Err("CBOR that is cut short, or nested too deep".to_owned());
    }
    let sign = CoseSign1::from_tagged_slice(bytes)
        .map_err(|error| format!("not a signature in COSE: {error}"))?;
    let headers = &sign.protected.header;
    let algorithm = match headers.alg {
        Some(RegisteredLabelWithPrivate::Assigned(algorithm)) => allowed(algorithm)?,
        Some(_) => return Err("an algorithm that is not known".to_owned()),
        None => return Err("an envelope that does not say its algorithm".to_owned()),
    };
    let content_type = match &headers.content_type {
        Some(RegisteredLabel::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let signed = Headers {
        content_type,
        critical: critical(&headers.crit)?,
        scheme: text(&headers.rest, "signingScheme")?,
        signing_time: time(&headers.rest, "signingTime")?,
        authentic_time: time(&headers.rest, "authenticSigningTime")?,
        expiry: time(&headers.rest, "expiry")?,
        plugin: text(&headers.rest, "verificationPlugin")?,
    };
    for name in &signed.critical {
        let is_there = headers
            .rest
            .iter()
            .any(|(label, _)| *label == Label::Text(name.clone()));
        if !is_there {
            return Err(format!("the critical header {name} is missing"));
        }
    }
    let (scheme, signing_time) = signed.check()?;
    let unsigned = &sign.unprotected.rest;
    let payload = sign
        .payload
        .as_ref()
        .ok_or("an envelope without its payload")?;
    let (target, claims) = target_of(payload)?;
    if sign.signature.is_empty() {
        return Err("an empty signature".to_owned());
    }
    Ok(Envelope {
        scheme,
        signing_time,
        expiry: signed.expiry,
        plugin: signed.plugin,
        agent: text(unsigned, "signingAgent")?,
        certificates: certificates_of(&chain(unsigned)?)?,
        token: match find(unsigned, "timestampSignature") {
            None => None,
            Some(Value::Bytes(token)) => Some(token.clone()),
            Some(_) => return Err("a timestamp that is no bytes".to_owned()),
        },
        algorithm,
        message: sign.tbs_data(&[]),
        signature: sign.signature.clone(),
        target,
        claims,
    })
}

fn allowed(algorithm: iana::Algorithm) -> Result<EnvelopeAlgorithm, String> {
    use Algorithm::{Sha256, Sha384, Sha512};
    Ok(match algorithm {
        iana::Algorithm::PS256 => EnvelopeAlgorithm::Pss(Sha256),
        iana::Algorithm::PS384 => EnvelopeAlgorithm::Pss(Sha384),
        iana::Algorithm::PS512 => EnvelopeAlgorithm::Pss(Sha512),
        iana::Algorithm::ES256 => EnvelopeAlgorithm::Ecdsa(Sha256),
        iana::Algorithm::ES384 => EnvelopeAlgorithm::Ecdsa(Sha384),
        iana::Algorithm::ES512 => EnvelopeAlgorithm::Ecdsa(Sha512),
        other => return Err(format!("the algorithm {other:?}")),
    })
}

/// The names of critical headers. Those that COSE itself numbers are read by everybody.
fn critical(
    labels: &[RegisteredLabelWithPrivate<iana::HeaderParameter>],
) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for label in labels {
        match label {
            RegisteredLabelWithPrivate::Text(name) => names.push(name.clone()),
            RegisteredLabelWithPrivate::Assigned(
                iana::HeaderParameter::Alg
                | iana::HeaderParameter::Crit
                | iana::HeaderParameter::ContentType,
            ) => {}
            other => return Err(format!("the critical header {other:?}, which is not known")),
        }
    }
    Ok(names)
}

fn find<'a>(headers: &'a [(Label, Value)], name: &str) -> Option<&'a Value> {
    let name = format!("{PREFIX}{name}");
    headers
        .iter()
        .find(|(label, _)| matches!(label, Label::Text(found) if *found == name))
        .map(|(_, value)| value)
}

fn text(headers: &[(Label, Value)], name: &str) -> Result<Option<String>, String> {
    match find(headers, name) {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("the header {name} is not a text")),
    }
}

/// A time: tag 1, seconds since 1970.
fn time(headers: &[(Label, Value)], name: &str) -> Result<Option<Timestamp>, String> {
    let wrong = || format!("the header {name} is not a time");
    let Some(value) = find(headers, name) else {
        return Ok(None);
    };
    let Value::Tag(1, inner) = value else {
        return Err(wrong());
    };
    let Value::Integer(seconds) = **inner else {
        return Err(wrong());
    };
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map(Some)
        .ok_or_else(wrong)
}

fn chain(headers: &[(Label, Value)]) -> Result<Vec<Vec<u8>>, String> {
    let wrong = || "the certificates are no bytes".to_owned();
    let value = headers
        .iter()
        .find(|(label, _)| *label == Label::Int(X5CHAIN))
        .map(|(_, value)| value);
    match value {
        None => Ok(Vec::new()),
        Some(Value::Bytes(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(several)) => several
            .iter()
            .map(|entry| entry.as_bytes().cloned().ok_or_else(wrong))
            .collect(),
        Some(_) => Err(wrong()),
    }
}

/// Whether CBOR is one whole value, nested at most 64 levels deep, whose lengths are within what is there.
fn is_bounded(bytes: &[u8]) -> bool {
    // How many values are still to come on each level; `None` until the level is closed.
    let mut open: Vec<Option<u64>> = vec![Some(1)];
    let mut rest = bytes;
    while let Some(level) = open.last_mut() {
        match level {
            Some(0) => {
                open.pop();
                continue;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let Some((&head, after)) = rest.split_first() else {
            return false;
        };
        rest = after;
        if head == 0xff {
            if open.pop() != Some(None) {
                return false;
            }
            continue;
        }
        let info = head & 0x1f;
        let argument = match info {
            0..=23 => Some(u64::from(info)),
            24..=27 => {
                let Some((digits, after)) = rest.split_at_checked(1 << (info - 24)) else {
                    return false;
                };
                rest = after;
                Some(digits.iter().fold(0, |n, &digit| n << 8 | u64::from(digit)))
            }
            31 => None,
            _ => return false,
        };
        let inner = match (head >> 5, argument) {
            (2 | 3, Some(length)) => {
                let Some((_, after)) = usize::try_from(length)
                    .ok()
                    .and_then(|length| rest.split_at_checked(length))
                else {
                    return false;
                };
                rest = after;
                continue;
            }
            (4, Some(count)) => Some(count),
            (5, Some(pairs)) => pairs.checked_mul(2).or(Some(u64::MAX)),
            (6, Some(_)) => Some(1),
            (2..=5, None) => None,
            (_, Some(_)) => continue,
            (_, None) => return false,
        };
        if open.len() >= MAX_NESTING {
            return false;
        }
        open.push(inner);
    }
    rest.is_empty()
}

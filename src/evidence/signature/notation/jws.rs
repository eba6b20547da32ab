//! Envelopes in JWS (`signature-envelope-jws.md`): the flattened JSON form of RFC 7515.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::oci::Algorithm;

use super::super::encoding::{jose_base64, list, object, standard_base64, strict_json, text};
use super::envelope::{Envelope, EnvelopeAlgorithm, Headers, PREFIX, certificates_of, target_of};

pub(super) fn read(bytes: &[u8]) -> Result<Envelope, String> {
    let envelope = strict_json(bytes)?;
    let part = |name: &str| {
        text(&envelope, name)?
            .filter(|part| !part.is_empty())
            .ok_or_else(|| format!("an envelope without its {name}"))
    };
    let (payload, protected) = (part("payload")?, part("protected")?);
    let signature =
        jose_base64(part("signature")?).map_err(|error| format!("the signature: {error}"))?;
    let headers = jose_base64(protected).map_err(|error| format!("the headers: {error}"))?;
    let headers = strict_json(&headers).map_err(|error| format!("the headers: {error}"))?;
    let content = jose_base64(payload).map_err(|error| format!("the payload: {error}"))?;
    let algorithm = algorithm(text(&headers, "alg")?.unwrap_or_default())?;
    let signed = Headers {
        content_type: text(&headers, "cty")?.map(str::to_owned),
        critical: critical(&headers)?,
        scheme: notary(&headers, "signingScheme")?,
        signing_time: time(&headers, "signingTime")?,
        authentic_time: time(&headers, "authenticSigningTime")?,
        expiry: time(&headers, "expiry")?,
        plugin: notary(&headers, "verificationPlugin")?,
    };
    let (scheme, signing_time) = signed.check()?;
    let unsigned = object(&envelope, "header")?.ok_or("an envelope without its header")?;
    let chain = list(unsigned, "x5c")?
        .iter()
        .map(|entry| {
            let entry = entry.as_str().ok_or("a certificate is not a text")?;
            standard_base64(entry).map_err(|error| format!("a certificate: {error}"))
        })
        .collect::<Result<Vec<_>, String>>()?;
    let token = notary(unsigned, "timestampSignature")?
        .map(|token| standard_base64(&token).map_err(|error| format!("the timestamp: {error}")))
        .transpose()?;
    let (target, claims) = target_of(&content)?;
    Ok(Envelope {
        scheme,
        signing_time,
        expiry: signed.expiry,
        plugin: signed.plugin,
        agent: notary(unsigned, "signingAgent")?,
        certificates: certificates_of(&chain)?,
        token,
        algorithm,
        message: format!("{protected}.{payload}").into_bytes(),
        signature,
        target,
        claims,
    })
}

fn algorithm(name: &str) -> Result<EnvelopeAlgorithm, String> {
    use Algorithm::{Sha256, Sha384, Sha512};
    Ok(match name {
        "PS256" => EnvelopeAlgorithm::Pss(Sha256),
        "PS384" => EnvelopeAlgorithm::Pss(Sha384),
        "PS512" => EnvelopeAlgorithm::Pss(Sha512),
        "ES256" => EnvelopeAlgorithm::Ecdsa(Sha256),
        "ES384" => EnvelopeAlgorithm::Ecdsa(Sha384),
        "ES512" => EnvelopeAlgorithm::Ecdsa(Sha512),
        other => return Err(format!("the algorithm {other}")),
    })
}

/// The names of the headers that must be understood; each has to be there.
fn critical(headers: &Map<String, Value>) -> Result<Vec<String>, String> {
    list(headers, "crit")?
        .iter()
        .map(|name| {
            let name = name.as_str().ok_or("a critical header without a name")?;
            if !headers.contains_key(name) {
                return Err(format!("the critical header {name} is missing"));
            }
            Ok(name.to_owned())
        })
        .collect()
}

fn notary(headers: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match headers.get(&format!("{PREFIX}{name}")) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("the header {name} is not a text")),
    }
}

fn time(headers: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, String> {
    notary(headers, name)?
        .map(|text| {
            text.parse()
                .map_err(|_| format!("the header {name} is not a time"))
        })
        .transpose()
}

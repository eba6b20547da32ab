//! What proves when something was signed, and that it is listed: entries of transparency logs, and the tokens of
//! timestamp authorities.

use jiff::Timestamp;

use crate::oci::Algorithm;

use super::certificate::Certificate;
use super::chain::{Usage, verify_chain};
use super::checks::Checks;
use super::log::{Bound, Envelope, LogEntry, check_binding};
use super::model::{CheckName, Outcome, TimeSource};
use super::signed::{Content, Signed};
use super::subject::Subject;
use super::timestamp::Token;
use super::trust::{NamedKey, TimestampAuthority, Trust};

/// A moment that something proves, and what.
pub(super) struct ProvenTime {
    pub time: Timestamp,
    pub source: TimeSource,
    /// The log or the authority.
    pub by: String,
}

/// What there was of logs and timestamps.
#[derive(Default)]
pub(super) struct Proofs {
    pub times: Vec<ProvenTime>,
    /// The logs that proved or promised to list it.
    pub logs: Vec<String>,
    /// Why something that says a time does not prove it.
    pub unproven: Option<&'static str>,
}

/// What says a time is of a log or an authority that was not given.
const UNKNOWN: &str = "when it signed is told by a log or an authority that was not given";
/// What says a time did not pass its own check.
const REFUTED: &str = "what tells when it signed does not hold";

impl Proofs {
    /// Checks the log entries and the tokens that came with a signature, and gathers what they prove. `by` is the key
    /// that signed, if it was given.
    pub(super) fn check(
        checks: &mut Checks,
        signed: &Signed,
        subject: Option<&Subject>,
        trust: &Trust,
        by: Option<&NamedKey>,
        now: Timestamp,
    ) -> Self {
        let mut proofs = Self::default();
        check_log(checks, &mut proofs, signed, subject, trust, by, now);
        check_timestamps(checks, &mut proofs, signed, trust);
        let of_time = [
            CheckName::LogInclusion,
            CheckName::LogPromise,
            CheckName::Timestamp,
        ];
        if of_time
            .iter()
            .any(|&name| checks.outcome(name) == Some(Outcome::Failed))
        {
            proofs.unproven = Some(REFUTED);
        }
        proofs
    }

    /// Whether a timestamp authority that was given proves a time.
    pub(super) fn stamped(&self) -> Option<&ProvenTime> {
        self.times
            .iter()
            .find(|proven| proven.source == TimeSource::TimestampAuthority)
    }
}

/// Whether the log entries are about this signature, and are listed where they say.
fn check_log(
    checks: &mut Checks,
    proofs: &mut Proofs,
    signed: &Signed,
    subject: Option<&Subject>,
    trust: &Trust,
    by: Option<&NamedKey>,
    now: Timestamp,
) {
    let inclusion = CheckName::LogInclusion;
    if signed.entries.is_empty() {
        checks.not_checked(inclusion, "it has no log entry");
        return;
    }
    if has_twice(&signed.entries, LogEntry::is_same) {
        checks.failed(inclusion, "the same log entry stands twice");
        return;
    }
    let leaf = signed.certificates.first().filter(|_| by.is_none());
    let digest = |algorithm| message_digest(signed, subject, algorithm);
    let bound = Bound {
        signatures: &signed.signatures,
        digest: &digest,
        envelope: match &signed.content {
            Content::Envelope {
                payload_type,
                payload,
            } => Some(Envelope {
                payload,
                payload_type,
                raw: &signed.raw,
            }),
            _ => None,
        },
        certificate: leaf.map(Certificate::der),
        key: by
            .map(|named| &named.key)
            .or_else(|| leaf.map(Certificate::key)),
    };
    let mut results = Vec::new();
    for entry in &signed.entries {
        if let Err(error) = check_binding(entry, &bound) {
            checks.failed(inclusion, error);
            return;
        }
        match &entry.proof {
            None if signed.wants_proof => {
                checks.failed(inclusion, "a bundle of this version has to have the proof");
                return;
            }
            None => results.push(Err("it has no proof, only a promise".to_owned())),
            Some(proof) => {
                if let Err(error) = entry.check_path(proof) {
                    checks.failed(inclusion, error);
                    return;
                }
                if proof.checkpoint.is_none() && !signed.wants_proof {
                    // Bundles of 0.1 may have one that nobody signed; only the promise counts then.
                    results.push(Err("its proof is not signed by a log".to_owned()));
                    continue;
                }
                match entry.check_checkpoint(proof, trust, now) {
                    Some(Ok(log)) => {
                        proofs.logs.push(log.name.clone());
                        results.push(Ok(log.name.clone()));
                    }
                    Some(Err(error)) => {
                        checks.failed(inclusion, error);
                        return;
                    }
                    None => results.push(Err(format!(
                        "no key was given for the log {}",
                        hex::encode(&entry.log)
                    ))),
                }
            }
        }
    }
    match results.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(logs) => checks.passed(inclusion, logs.join(", ")),
        Err(why) => checks.not_checked(inclusion, why),
    }
    check_promises(checks, proofs, signed, trust, now);
}

fn check_promises(
    checks: &mut Checks,
    proofs: &mut Proofs,
    signed: &Signed,
    trust: &Trust,
    now: Timestamp,
) {
    let name = CheckName::LogPromise;
    let mut outcome = None;
    for entry in signed
        .entries
        .iter()
        .filter(|entry| entry.promise.is_some())
    {
        let Some(log) = entry.trusted(trust) else {
            proofs.unproven = Some(UNKNOWN);
            outcome = Some(Err(format!(
                "no key was given for the log {}",
                hex::encode(&entry.log)
            )));
            continue;
        };
        match entry.check_promise(log, now) {
            Ok(time) => {
                if !proofs.logs.contains(&log.name) {
                    proofs.logs.push(log.name.clone());
                }
                proofs.times.push(ProvenTime {
                    time,
                    source: TimeSource::Log,
                    by: log.name.clone(),
                });
                outcome.get_or_insert(Ok(format!("{} at {time}", log.name)));
            }
            Err(error) => {
                checks.failed(name, error);
                return;
            }
        }
    }
    match outcome {
        Some(Ok(detail)) => checks.passed(name, detail),
        Some(Err(why)) => checks.not_checked(name, why),
        None => {}
    }
}

/// Whether one thing stands twice in a short list: twice the same proof would count as two.
fn has_twice<T>(list: &[T], is_same: impl Fn(&T, &T) -> bool) -> bool {
    list.iter()
        .enumerate()
        .any(|(place, one)| list.iter().skip(place + 1).any(|other| is_same(one, other)))
}

/// The digest of what was signed, as far as it is known.
fn message_digest(
    signed: &Signed,
    subject: Option<&Subject>,
    algorithm: Algorithm,
) -> Option<Vec<u8>> {
    if let Some(message) = signed.content.message() {
        return Some(
            crate::oci::Digest::of_with(algorithm, &message)
                .as_bytes()
                .to_vec(),
        );
    }
    let known = subject.and_then(|subject| subject.digest(algorithm));
    let claimed = match &signed.content {
        Content::Artifact(Some(digest)) if digest.algorithm() == algorithm => Some(digest),
        _ => None,
    };
    known.or(claimed).map(|digest| digest.as_bytes().to_vec())
}

/// Whether the tokens of timestamp authorities hold.
fn check_timestamps(checks: &mut Checks, proofs: &mut Proofs, signed: &Signed, trust: &Trust) {
    let name = CheckName::Timestamp;
    let Some(signature) = signed
        .signatures
        .first()
        .filter(|_| !signed.tokens.is_empty())
    else {
        return;
    };
    if has_twice(&signed.tokens, Vec::eq) {
        checks.failed(name, "the same timestamp stands twice");
        return;
    }
    let mut outcome: Option<Result<String, String>> = None;
    for der in &signed.tokens {
        let token = match Token::read(der) {
            Ok(token) => token,
            Err(error) => {
                checks.failed(name, error);
                return;
            }
        };
        if !token.is_about(signature) {
            checks.failed(name, "the timestamp is about another signature");
            return;
        }
        match check_token(&token, trust) {
            Some(Ok(authority)) => {
                let time = token.time;
                proofs.times.push(ProvenTime {
                    time,
                    source: TimeSource::TimestampAuthority,
                    by: authority.name.clone(),
                });
                outcome.get_or_insert(Ok(format!("{} at {time}", authority.name)));
            }
            Some(Err(error)) => {
                checks.failed(name, error);
                return;
            }
            None => {
                proofs.unproven = Some(UNKNOWN);
                outcome.get_or_insert(Err("by an authority that was not given".to_owned()));
            }
        }
    }
    match outcome {
        Some(Ok(detail)) => checks.passed(name, detail),
        Some(Err(why)) => checks.not_checked(name, why),
        None => {}
    }
}

/// Which authority made a token. `None`: none that was given.
fn check_token<'a>(
    token: &Token,
    trust: &'a Trust,
) -> Option<Result<&'a TimestampAuthority, String>> {
    let mut result = None;
    for authority in &trust.timestamp_authorities {
        match check_authority(token, authority) {
            Some(Ok(())) => return Some(Ok(authority)),
            Some(Err(error)) => result = Some(Err(error)),
            None => {}
        }
    }
    result
}

/// Whether `authority` made a token at a time at which it was in use. `None`: it is not its.
fn check_authority(token: &Token, authority: &TimestampAuthority) -> Option<Result<(), String>> {
    let first = authority.certificates.first()?;
    let signer = if token.names(first) {
        first
    } else if first.is_authority() {
        // The root was given without the certificate that signs; the token brings it.
        token
            .certificates
            .iter()
            .find(|certificate| token.names(certificate))
            .filter(|certificate| {
                authority
                    .certificates
                    .iter()
                    .any(|anchor| anchor.subject() == certificate.issuer())
            })?
    } else {
        return None;
    };
    Some(check_signer(token, authority, signer))
}

fn check_signer(
    token: &Token,
    authority: &TimestampAuthority,
    signer: &Certificate,
) -> Result<(), String> {
    token.is_signed_by(signer)?;
    let anchors: Vec<&Certificate> = authority.certificates.last().into_iter().collect();
    let intermediates: Vec<&Certificate> = authority.certificates.iter().collect();
    verify_chain(
        signer,
        &intermediates,
        &anchors,
        Usage::TimeStamping,
        token.time,
    )
    .map_err(|error| format!("the authority's certificate at {}: {error:?}", token.time))?;
    if authority
        .window
        .is_some_and(|window| !window.contains(token.time))
    {
        return Err(format!(
            "{} was not in use at {}",
            authority.name, token.time
        ));
    }
    Ok(())
}

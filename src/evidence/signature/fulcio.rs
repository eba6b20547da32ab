//! The checks of a certificate that signed for sigstore's tools: its authority, its time, the promise of a certificate
//! transparency log, and whose it is.

use jiff::Timestamp;

use super::certificate::Certificate;
use super::chain::{ChainError, Usage, verify_chain};
use super::checks::Checks;
use super::model::CheckName;
use super::proofs::Proofs;
use super::sct;
use super::signed::Signed;
use super::trust::{Authority, Pattern, Publicity, Trust};

/// The authority that vouches for a certificate, and the identity that was matched.
pub(super) struct Authorised<'a> {
    pub authority: &'a Authority,
    pub identity: String,
}

/// Checks the certificate that signed. Gives the authority that issued it, if it was given.
pub(super) fn check_certificate<'a>(
    checks: &mut Checks,
    signed: &Signed,
    trust: &'a Trust,
    proofs: &Proofs,
    now: Timestamp,
) -> Option<Authorised<'a>> {
    let (leaf, rest) = signed.certificates.split_first()?;
    let times: Vec<Timestamp> = if proofs.times.is_empty() {
        vec![now]
    } else {
        proofs.times.iter().map(|proven| proven.time).collect()
    };
    let found = check_chain(checks, leaf, rest, trust, &times);
    check_validity(checks, leaf, proofs, now, found.is_some());
    check_revocation(checks, leaf);
    let (authority, issuer) = found?;
    check_sct(checks, leaf, authority, &issuer, trust);
    let identity = check_identity(checks, leaf, authority, trust);
    Some(Authorised {
        authority,
        identity: identity.unwrap_or_default(),
    })
}

/// Finds the authority that issued `leaf`. Gives the SPKI of who signed it as well.
fn check_chain<'a>(
    checks: &mut Checks,
    leaf: &Certificate,
    rest: &[Certificate],
    trust: &'a Trust,
    times: &[Timestamp],
) -> Option<(&'a Authority, Vec<u8>)> {
    let name = CheckName::CertificateChain;
    let mut wrong: Option<String> = None;
    for authority in &trust.authorities {
        let anchors: Vec<&Certificate> = authority.anchors.iter().collect();
        let intermediates: Vec<&Certificate> =
            rest.iter().chain(&authority.intermediates).collect();
        let at = |time| verify_chain(leaf, &intermediates, &anchors, Usage::CodeSigning, time);
        // The path is one question, the time another: it is also tried at the certificate's own first moment.
        let mut tried = times.iter().map(|&time| at(time));
        let result = match tried.find(Result::is_err) {
            Some(Err(ChainError::Time(_))) => at(leaf.not_before()),
            Some(error) => error,
            None => at(*times.first().unwrap_or(&leaf.not_before())),
        };
        match result {
            Ok(issuer) => {
                if let Some(window) = authority.window
                    && let Some(time) = times.iter().find(|&&time| !window.contains(time))
                {
                    wrong = Some(format!("{} was not in use at {time}", authority.name));
                    continue;
                }
                checks.passed(name, authority.name.as_str());
                return Some((authority, issuer));
            }
            Err(ChainError::UnknownAuthority) => {}
            Err(ChainError::Wrong(error) | ChainError::Time(error)) => wrong = Some(error),
        }
    }
    if let Some(error) = wrong {
        checks.failed(name, error);
    } else if trust.authorities.is_empty() {
        checks.not_checked(name, "no authority was given");
        checks.miss("no authority was given");
    } else {
        let why = format!("issued by {}, which was not given", leaf.issuer());
        checks.miss(why.clone());
        checks.not_checked(name, why);
    }
    None
}

/// Whether the certificate was valid at every time that is proven; where none is, now.
fn check_validity(
    checks: &mut Checks,
    leaf: &Certificate,
    proofs: &Proofs,
    now: Timestamp,
    is_issued: bool,
) {
    let name = CheckName::CertificateValidity;
    let span = format!("valid {} to {}", leaf.not_before(), leaf.not_after());
    if let Some(outside) = proofs
        .times
        .iter()
        .find(|proven| !leaf.is_valid_at(proven.time))
    {
        checks.failed(
            name,
            format!("{span}, and used at {} by {}", outside.time, outside.by),
        );
    } else if let Some(proven) = proofs.times.first() {
        checks.passed(name, format!("at {} by {}", proven.time, proven.by));
    } else if leaf.is_valid_at(now) {
        checks.passed(name, "now; nothing proves when it signed");
    } else if let Some(why) = proofs.unproven {
        checks.miss(why);
        checks.not_checked(name, format!("{span}; {why}"));
    } else if is_issued {
        checks.failed(name, format!("{span}; nothing proves when it signed"));
    } else {
        checks.not_checked(name, format!("{span}; nothing proves when it signed"));
    }
}

fn check_revocation(checks: &mut Checks, leaf: &Certificate) {
    if leaf.names_revocation() {
        checks.not_checked(CheckName::Revocation, "needs the network");
    }
}

/// Whether a certificate transparency log that was given promised to list it.
fn check_sct(
    checks: &mut Checks,
    leaf: &Certificate,
    authority: &Authority,
    issuer: &[u8],
    trust: &Trust,
) {
    let name = CheckName::Sct;
    let promises = match sct::embedded(leaf) {
        Ok(promises) => promises,
        Err(error) => {
            checks.failed(name, error);
            return;
        }
    };
    if promises.is_empty() {
        if authority.wants_sct {
            checks.failed(
                name,
                "the certificate has none, and its authority's logs are known",
            );
        } else {
            checks.not_checked(name, "the certificate has none");
        }
        return;
    }
    let mut unknown = None;
    for promise in &promises {
        match trust.ct_logs.iter().find(|log| log.id == promise.log) {
            None => unknown = Some(hex::encode(promise.log)),
            Some(log) if !log.covers(promise.time) => {
                checks.failed(
                    name,
                    format!("{} was not in use at {}", log.name, promise.time),
                );
                return;
            }
            Some(log) if promise.verify(leaf, issuer, &log.key) => {
                checks.passed(name, format!("{} at {}", log.name, promise.time));
                return;
            }
            Some(log) => {
                checks.failed(name, format!("it is not signed by {}", log.name));
                return;
            }
        }
    }
    if let Some(log) = unknown {
        let why = format!("no key was given for the certificate log {log}");
        if authority.wants_sct {
            checks.miss(why.clone());
        }
        checks.not_checked(name, why);
    }
}

/// Whether it is the identity that was asked for, vouched for by the issuer that was asked for.
fn check_identity(
    checks: &mut Checks,
    leaf: &Certificate,
    authority: &Authority,
    trust: &Trust,
) -> Option<String> {
    let name = CheckName::Identity;
    let issuer = leaf.oidc_issuer();
    let Some(wanted) = &trust.identity else {
        let who = leaf
            .sans()
            .first()
            .map_or_else(|| leaf.subject(), Clone::clone);
        checks.not_checked(name, "no identity was given");
        if checks.has_failed() || checks.is_missing() {
            checks.miss("no identity was given");
        } else {
            checks.miss(format!(
                "only an identity is missing: it is signed by {who}{}",
                issuer.map_or_else(String::new, |issuer| format!(", says {issuer}"))
            ));
        }
        return None;
    };
    let Some(identity) = leaf.sans().iter().find(|san| wanted.matches(san)) else {
        checks.failed(
            name,
            format!(
                "it is signed by {}, not by {}",
                leaf.sans().join(", "),
                wanted.as_str()
            ),
        );
        return None;
    };
    match &trust.issuer {
        Some(wanted) if !issuer.is_some_and(|issuer| wanted.matches(issuer)) => {
            checks.failed(
                name,
                format!(
                    "{identity} is vouched for by {}, not by {}",
                    issuer.unwrap_or("nobody"),
                    Pattern::as_str(wanted)
                ),
            );
            None
        }
        None if authority.publicity == Publicity::Public => {
            checks.not_checked(name, "no issuer of the identity was given");
            checks.miss("who vouches for the identity was not asked for");
            None
        }
        _ => {
            checks.passed(name, identity.as_str());
            Some(identity.clone())
        }
    }
}

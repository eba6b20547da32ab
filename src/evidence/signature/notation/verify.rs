//! The checks of a Notation signature, each with the action of the policy that applies.

use jiff::Timestamp;
use x509_cert::ext::pkix::KeyUsages;

use super::super::certificate::Certificate;
use super::super::chain::{ChainError, Usage, verify_chain};
use super::super::checks::Checks;
use super::super::key::{Message, SignatureError};
use super::super::model::{Action, CheckName, Kind, Outcome, Report, TimeSource, Verdict, What};
use super::super::subject::{Comparison, Subject};
use super::super::timestamp::Token;
use super::super::trust::Trust;
use super::distinguished_name;
use super::envelope::{Envelope, SigningScheme};
use super::policy::{Identity, NotationTrust, Policy};

/// When it was signed, as somebody says whom the policy trusts to say it.
struct Stamped {
    time: Timestamp,
    source: TimeSource,
    by: String,
}

/// Judges one envelope.
pub(in super::super) fn judge(
    envelope: &Envelope,
    subject: Option<&Subject>,
    trust: &Trust,
    now: Timestamp,
) -> Report {
    let mut checks = Checks::default();
    checks.passed(CheckName::Parse, "");
    check_subject(&mut checks, envelope, subject);
    check_signature(&mut checks, envelope);
    let policy = trust
        .notation
        .as_ref()
        .and_then(|notation| Some((notation, notation.policy()?)));
    let chain = check_chain(&mut checks, envelope, policy);
    let stamped = check_timestamp(&mut checks, envelope, policy, now)
        .or_else(|| authentic_time(envelope, chain));
    check_validity(
        &mut checks,
        envelope,
        stamped.as_ref(),
        chain.is_some(),
        now,
    );
    check_expiry(&mut checks, envelope, now);
    check_identity(&mut checks, envelope, policy.map(|(_, policy)| policy));
    check_revocation(&mut checks, envelope, policy.map(|(_, policy)| policy));
    checks.annotations(&envelope.target.annotations, &trust.annotations);
    match policy {
        Some((_, policy)) => {
            checks.act(|name| policy.action(name));
            if policy.skips() {
                checks.miss(format!("the policy {} skips it", policy.name));
            }
        }
        None => checks.miss(match &trust.notation {
            None => "no Notation configuration was given".to_owned(),
            Some(notation) => format!("no policy is for {}", notation.scope()),
        }),
    }
    for needed in [CheckName::CertificateChain, CheckName::Identity] {
        if policy.is_some_and(|(_, policy)| !policy.skips())
            && checks.outcome(needed) != Some(Outcome::Passed)
        {
            checks.miss(format!("{} did not pass", needed.name()));
        }
    }
    if let Some(plugin) = &envelope.plugin {
        checks.miss(format!("it asks for the plugin {plugin}, which is not run"));
    }
    report(
        envelope,
        checks,
        policy.map(|(_, policy)| policy),
        chain,
        stamped,
    )
}

fn check_subject(checks: &mut Checks, envelope: &Envelope, subject: Option<&Subject>) {
    let name = CheckName::SubjectDigest;
    let target = &envelope.target;
    let Some(subject) = subject else {
        checks.not_checked(name, "no artifact was given");
        checks.miss("no artifact was given that it could be about");
        return;
    };
    let claimed = [(
        target.digest.algorithm().name().to_owned(),
        target.digest.encoded(),
    )]
    .into_iter()
    .collect();
    match subject.compare(&claimed) {
        Comparison::Same => {}
        Comparison::Different => {
            checks.failed(
                name,
                format!(
                    "it is about {}, not about {}",
                    target.digest,
                    subject.title()
                ),
            );
            return;
        }
        Comparison::Incomparable => {
            checks.not_checked(name, "it names its subject by another kind of digest");
            checks.miss("it names its subject by a digest that is not known of it");
            return;
        }
    }
    match &subject.descriptor {
        Some((_, size)) if *size != target.size => checks.failed(
            name,
            format!("it is about {} bytes, and there are {size}", target.size),
        ),
        Some((media_type, _)) if *media_type != target.media_type => checks.failed(
            name,
            format!(
                "it is about a {}, and this is a {media_type}",
                target.media_type
            ),
        ),
        _ => checks.passed(name, subject.title()),
    }
}

fn check_signature(checks: &mut Checks, envelope: &Envelope) {
    let name = CheckName::Signature;
    let Some(leaf) = envelope.certificates.first() else {
        return;
    };
    let Some(scheme) = envelope.algorithm.scheme_for(leaf.key().kind()) else {
        checks.failed(
            name,
            format!(
                "its algorithm does not go with {}",
                leaf.key().kind().title()
            ),
        );
        return;
    };
    let message = Message::Bytes(&envelope.message);
    match leaf.key().verify(scheme, message, &envelope.signature) {
        Ok(()) => checks.passed(name, "by the certificate's key"),
        Err(SignatureError::Wrong) => {
            checks.failed(name, "it is not by the certificate's key over these bytes");
        }
        Err(SignatureError::Cannot(why)) => {
            checks.miss(why.clone());
            checks.not_checked(name, why);
        }
    }
}

/// Whether the certificates are a chain, and one of them is in a store of the policy. Gives the store.
fn check_chain<'a>(
    checks: &mut Checks,
    envelope: &Envelope,
    policy: Option<(&'a NotationTrust, &'a Policy)>,
) -> Option<&'a str> {
    let name = CheckName::CertificateChain;
    if let Err(error) = is_chain(&envelope.certificates) {
        checks.failed(name, error);
        return None;
    }
    let Some((notation, policy)) = policy else {
        checks.not_checked(name, "no trust store was given");
        return None;
    };
    let kind = match envelope.scheme {
        SigningScheme::X509 => "ca",
        SigningScheme::SigningAuthority => "signingAuthority",
    };
    let trusted = notation.certificates(policy, kind);
    let found = trusted
        .iter()
        .find(|(_, trusted)| envelope.certificates.contains(trusted));
    match found {
        Some((store, certificate)) => {
            checks.passed(name, format!("{} in {store}", certificate.subject()));
            Some(store)
        }
        None if policy.skips() => {
            checks.not_checked(name, "the policy skips it");
            None
        }
        None => {
            checks.not_checked(name, "none of its certificates is in a trust store");
            checks.miss("none of its certificates is in a trust store");
            None
        }
    }
}

/// Whether each certificate was issued by the next, the last by itself, and all are what they are used as
/// (`signature-specification.md`, "Certificate requirements").
fn is_chain(certificates: &[Certificate]) -> Result<(), String> {
    let (leaf, rest) = certificates
        .split_first()
        .ok_or("an envelope without a certificate")?;
    let root = certificates.last().unwrap_or(leaf);
    if !root.is_self_issued() {
        return Err("the chain does not end in a root".to_owned());
    }
    for pair in certificates.windows(2) {
        if let [issued, issuer] = pair
            && issued.issuer() != issuer.subject()
        {
            return Err("the chain is out of order".to_owned());
        }
    }
    if leaf.is_authority() {
        return Err("an authority's certificate signed".to_owned());
    }
    if !leaf.has_key_usage(KeyUsages::DigitalSignature) {
        return Err("the certificate is not for signing".to_owned());
    }
    if leaf.signs_code() == Some(false) {
        return Err("the certificate is not for signing code".to_owned());
    }
    let intermediates: Vec<&Certificate> = rest.iter().collect();
    let latest = certificates
        .iter()
        .map(Certificate::not_before)
        .max()
        .unwrap_or(leaf.not_before());
    verify_chain(
        leaf,
        &intermediates,
        &[root],
        Usage::CodeSigningIfAny,
        latest,
    )
    .map(|_| ())
    .map_err(|error| match error {
        ChainError::UnknownAuthority => "the chain is broken".to_owned(),
        ChainError::Time(error) => format!("the chain was never valid as a whole: {error}"),
        ChainError::Wrong(error) => error,
    })
}

/// Whether a timestamp authority of the policy proves when it was signed.
fn check_timestamp(
    checks: &mut Checks,
    envelope: &Envelope,
    policy: Option<(&NotationTrust, &Policy)>,
    now: Timestamp,
) -> Option<Stamped> {
    let name = CheckName::Timestamp;
    let authorities = policy.map_or_else(Vec::new, |(notation, policy)| {
        notation.certificates(policy, "tsa")
    });
    let is_over = envelope
        .certificates
        .iter()
        .any(|certificate| !certificate.is_valid_at(now));
    let wants_none =
        policy.is_some_and(|(_, policy)| policy.timestamp_only_after_expiry) && !is_over;
    let Some(der) = &envelope.token else {
        if !authorities.is_empty() && !wants_none && envelope.scheme == SigningScheme::X509 {
            checks.failed(name, "the policy asks for a timestamp, and it has none");
        } else {
            checks.not_checked(name, "it has none");
        }
        return None;
    };
    let token = match Token::read(der) {
        Ok(token) => token,
        Err(error) => {
            checks.failed(name, error);
            return None;
        }
    };
    if !token.is_about(&envelope.signature) {
        checks.failed(name, "the timestamp is about another signature");
        return None;
    }
    if wants_none || authorities.is_empty() {
        checks.not_checked(
            name,
            if wants_none {
                "the certificate is still valid"
            } else {
                "by an authority that was not given"
            },
        );
        return None;
    }
    match signer_of(&token, &authorities) {
        Ok(signer) => {
            checks.passed(name, format!("{signer} at {}", token.time));
            Some(Stamped {
                time: token.time,
                source: TimeSource::TimestampAuthority,
                by: signer,
            })
        }
        Err(error) => {
            checks.failed(name, error);
            None
        }
    }
}

/// The time that a signing authority says, where the policy trusts its store: it signs for others, and answers for the
/// time (`signing-scheme.md`, `notary.x509.signingAuthority`).
fn authentic_time(envelope: &Envelope, store: Option<&str>) -> Option<Stamped> {
    let store = store.filter(|_| envelope.scheme == SigningScheme::SigningAuthority)?;
    Some(Stamped {
        time: envelope.signing_time?,
        source: TimeSource::SigningAuthority,
        by: store.to_owned(),
    })
}

fn signer_of(token: &Token, authorities: &[(&str, &Certificate)]) -> Result<String, String> {
    let anchors: Vec<&Certificate> = authorities.iter().map(|(_, found)| *found).collect();
    let signer = token
        .certificates
        .iter()
        .chain(anchors.iter().copied())
        .find(|certificate| token.names(certificate))
        .ok_or("the timestamp's own certificate is not there")?;
    token.is_signed_by(signer)?;
    let intermediates: Vec<&Certificate> = token.certificates.iter().collect();
    verify_chain(
        signer,
        &intermediates,
        &anchors,
        Usage::TimeStamping,
        token.time,
    )
    .map_err(|error| match error {
        ChainError::UnknownAuthority => "by an authority that was not given".to_owned(),
        ChainError::Time(error) | ChainError::Wrong(error) => error,
    })?;
    Ok(signer.subject())
}

fn check_validity(
    checks: &mut Checks,
    envelope: &Envelope,
    stamped: Option<&Stamped>,
    is_trusted: bool,
    now: Timestamp,
) {
    let name = CheckName::CertificateValidity;
    let time = stamped.map_or(now, |stamped| stamped.time);
    let by = stamped.map_or_else(
        || "now; nothing proves when it signed".to_owned(),
        |stamped| format!("at {time} by {}", stamped.by),
    );
    let outside = envelope
        .certificates
        .iter()
        .find(|certificate| !certificate.is_valid_at(time));
    match outside {
        None => checks.passed(name, by),
        Some(certificate) => {
            let detail = format!(
                "{}: valid {} to {}; judged {by}",
                certificate.subject(),
                certificate.not_before(),
                certificate.not_after()
            );
            // Where nobody was trusted to issue it, its time contradicts nothing.
            if is_trusted || stamped.is_some() {
                checks.failed(name, detail);
            } else {
                checks.not_checked(name, detail);
            }
        }
    }
}

fn check_expiry(checks: &mut Checks, envelope: &Envelope, now: Timestamp) {
    let name = CheckName::Expiry;
    match envelope.expiry {
        None => checks.not_checked(name, "it has none"),
        Some(expiry) if now > expiry => checks.failed(name, format!("it ran out at {expiry}")),
        Some(expiry) => checks.passed(name, format!("until {expiry}")),
    }
}

fn check_identity(checks: &mut Checks, envelope: &Envelope, policy: Option<&Policy>) {
    let name = CheckName::Identity;
    let (Some(policy), Some(leaf)) = (policy, envelope.certificates.first()) else {
        checks.not_checked(name, "no identity was given");
        return;
    };
    if policy.skips() {
        checks.not_checked(name, "the policy skips it");
        return;
    }
    let subject = &leaf.parsed().tbs_certificate.subject;
    let found = distinguished_name::of_certificate(subject);
    let matched = policy.identities.iter().find(|identity| match identity {
        Identity::Any => true,
        Identity::Subject(wanted, _) => found
            .as_ref()
            .is_some_and(|found| distinguished_name::contains(found, wanted)),
    });
    match matched {
        Some(Identity::Any) => checks.passed(name, "the policy trusts whoever the store does"),
        Some(Identity::Subject(_, name_of)) => checks.passed(name, name_of.as_str()),
        None => checks.failed(
            name,
            format!("{subject} is none of those that the policy trusts"),
        ),
    }
}

/// Never looked up; in the way only where the policy enforces it and the certificates say where to ask.
fn check_revocation(checks: &mut Checks, envelope: &Envelope, policy: Option<&Policy>) {
    let name = CheckName::Revocation;
    let names_it = envelope
        .certificates
        .iter()
        .any(Certificate::names_revocation);
    if !names_it {
        checks.not_checked(name, "its certificates do not say where to ask");
        return;
    }
    checks.not_checked(name, "needs the network");
    if policy.is_some_and(|policy| policy.action(name) == Action::Enforce) {
        checks.miss("the policy enforces revocation, which needs the network");
    }
}

fn report(
    envelope: &Envelope,
    checks: Checks,
    policy: Option<&Policy>,
    store: Option<&str>,
    stamped: Option<Stamped>,
) -> Report {
    let (checks, verdict, why) = checks.conclude();
    let leaf = envelope.certificates.first();
    let verified_against = (verdict == Verdict::Verified).then(|| {
        let time = stamped.as_ref().map_or_else(
            || "no timestamp".to_owned(),
            |stamped| format!("time by {}", stamped.by),
        );
        format!(
            "policy {}, {}, {time}",
            policy.map_or("", |policy| policy.name.as_str()),
            store.unwrap_or_default()
        )
    });
    let mut claims = envelope.claims.clone();
    let mut claim = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            claims.insert(key.to_owned(), value.into());
        }
    };
    claim(
        "signingTime",
        envelope.signing_time.map(|time| time.to_string()),
    );
    claim("expiry", envelope.expiry.map(|time| time.to_string()));
    claim("signingAgent", envelope.agent.clone());
    claim(
        "signingScheme",
        Some(
            match envelope.scheme {
                SigningScheme::X509 => "notary.x509",
                SigningScheme::SigningAuthority => "notary.x509.signingAuthority",
            }
            .to_owned(),
        ),
    );
    Report {
        verified_against: verified_against.map(Into::into),
        signer: leaf.map(|leaf| leaf.subject().into()),
        issuer: leaf.map(|leaf| leaf.issuer().into()),
        key: leaf.map(|leaf| leaf.key().fingerprint()),
        signed_at: stamped
            .map(|stamped| (stamped.time, stamped.source))
            .or_else(|| envelope.signing_time.map(|time| (time, TimeSource::Claim))),
        certificates: envelope
            .certificates
            .iter()
            .map(Certificate::view)
            .collect(),
        subjects: vec![envelope.target.digest.to_string().into()],
        claims,
        annotations: envelope.target.annotations.clone(),
        ..Report::bare(Kind::Notation, What::Signature, (checks, verdict, why))
    }
}

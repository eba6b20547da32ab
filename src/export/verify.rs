//! The document of `regscope verify --format json` (`schema` 1).

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::evidence::signature::{
    Action, CertificateView, Check, LogView, Report, Trust, TrustSource, Verdict,
};
use crate::graph::Graph;
use crate::insight::coverage::Coverage;
use crate::insight::signatures::{Attached, Image, ImageVerdict};
use crate::oci::{Digest, FoundBy, RemoteText};

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifyDocument<'a> {
    schema: u32,
    /// The target as it was written.
    target: &'a str,
    /// What was trusted, in the order in which it was given.
    trust: Vec<TrustLine<'a>>,
    /// Every piece of evidence that was found, by manifest, then layer, then place in it.
    evidence: Vec<EvidencePart<'a>>,
    /// What the target's tags lead to: images, an index before its platforms. None where a file was checked.
    images: Vec<ImageLine<'a>>,
    coverage: CoverageLine,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TrustLine<'a> {
    /// `key`, `certificate-roots`, `trusted-root`, `built-in` or `notation`.
    source: &'static str,
    name: &'a str,
    /// SHA-256 of the key's SPKI, or of the file, in hex.
    digest: &'a str,
    /// The newest moment from which something in it is in use: what came into use later it does not cover.
    newest: Option<String>,
}

/// One piece of evidence, as `verify` and `inspect` tell it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EvidencePart<'a> {
    /// `cosign-signature`, `cosign-attestation`, `sigstore-bundle`, `notation`, `simple-signing` or `helm-provenance`.
    kind: &'static str,
    /// `signature` or `attestation`.
    what: &'static str,
    document: DocumentLine<'a>,
    #[schemars(with = "Option<String>")]
    predicate_type: Option<&'a RemoteText>,
    checks: Vec<CheckLine<'a>>,
    /// `verified`, `failed` or `unverified`.
    verdict: &'static str,
    /// Why it is not verified, for a person.
    #[schemars(with = "Option<String>")]
    reason: Option<&'a RemoteText>,
    /// Against what it was verified, and what there was of log and time.
    #[schemars(with = "Option<String>")]
    verified_against: Option<&'a RemoteText>,
    #[schemars(with = "Option<String>")]
    signer: Option<&'a RemoteText>,
    #[schemars(with = "Option<String>")]
    issuer: Option<&'a RemoteText>,
    /// SHA-256 of the key's SPKI, in hex.
    key: Option<&'a str>,
    signed_at: Option<String>,
    /// `log`, `timestamp-authority` or `claim`.
    signed_at_by: Option<&'static str>,
    certificate: Option<CertificateLine<'a>>,
    /// The certificates that came with it, after the one that signed.
    chain: Vec<CertificateLine<'a>>,
    log: Option<LogLine<'a>>,
    /// What it claims, as it stands there.
    claims: &'a Map<String, Value>,
    /// The annotations that are signed.
    #[schemars(with = "BTreeMap<String, String>")]
    annotations: BTreeMap<&'a RemoteText, &'a RemoteText>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DocumentLine<'a> {
    /// The digest of the bytes; null for a file.
    #[schemars(with = "Option<String>")]
    blob: Option<Digest>,
    /// The manifest that carries it; null where it lies beside the registry.
    #[schemars(with = "Option<String>")]
    manifest: Option<Digest>,
    /// Its place among the layers of that manifest, or among the lines of a file.
    layer: usize,
    /// The manifest that it is attached to.
    #[schemars(with = "Option<String>")]
    subject: Option<Digest>,
    #[schemars(with = "Option<String>")]
    platform: Option<&'a RemoteText>,
    found_by: Vec<&'static str>,
    wrapped_in: Vec<&'static str>,
    problems: Vec<ProblemLine>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ProblemLine {
    place: String,
    #[schemars(with = "String")]
    problem: RemoteText,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CheckLine<'a> {
    check: &'static str,
    /// `passed`, `failed` or `not-checked`.
    result: &'static str,
    /// Of Notation's policy: `enforce`, `log` or `skip`.
    action: Option<&'static str>,
    #[schemars(with = "String")]
    detail: &'a RemoteText,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CertificateLine<'a> {
    #[schemars(with = "String")]
    subject: &'a RemoteText,
    #[schemars(with = "String")]
    issuer: &'a RemoteText,
    serial: &'a str,
    #[schemars(with = "Vec<String>")]
    sans: &'a [RemoteText],
    not_before: Option<String>,
    not_after: Option<String>,
    /// SHA-256 of the certificate, in hex.
    fingerprint: &'a str,
    /// SHA-256 of its key's SPKI, in hex.
    key: &'a str,
    algorithm: &'a str,
    /// Fulcio's extensions by name.
    #[schemars(with = "BTreeMap<String, String>")]
    extensions: BTreeMap<&'a str, &'a RemoteText>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LogLine<'a> {
    id: &'a str,
    /// The index in the whole log.
    index: Option<u64>,
    time: Option<String>,
    #[schemars(with = "String")]
    kind: &'a RemoteText,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ImageLine<'a> {
    reference: String,
    #[schemars(with = "String")]
    repository: &'a RemoteText,
    #[schemars(with = "String")]
    digest: Digest,
    #[schemars(with = "Vec<String>")]
    tags: &'a [RemoteText],
    #[schemars(with = "Option<String>")]
    platform: Option<&'a RemoteText>,
    /// Of its signatures; null where it has none.
    signature: Option<&'static str>,
    /// Of its attestations; null where it has none.
    attestation: Option<&'static str>,
    verdict: &'static str,
    /// The evidence that verifies it.
    by: Vec<EvidenceLine>,
    /// The evidence that failed beside it.
    also_failed: Vec<EvidenceLine>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EvidenceLine {
    /// Its place in `evidence`.
    evidence: usize,
    /// The manifest that carries it.
    #[schemars(with = "Option<String>")]
    manifest: Option<Digest>,
    /// What it is attached to: the image, or an index that names it.
    #[schemars(with = "Option<String>")]
    subject: Option<Digest>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct CoverageLine {
    complete: bool,
    holes: Vec<HoleLine>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct HoleLine {
    /// What it is about: a digest, a tag, or a repository.
    node: String,
    what: &'static str,
    state: &'static str,
    #[schemars(with = "String")]
    reason: RemoteText,
}

/// The document of images and their evidence. `reports` has one for each of `attached`.
pub fn of_target<'a>(
    target: &'a str,
    trust: &'a Trust,
    attached: &'a [Attached],
    reports: &'a [Report],
    images: &'a [ImageVerdict<'a>],
    coverage: (&Graph, &Coverage),
) -> VerifyDocument<'a> {
    let evidence = evidence(attached, reports);
    let at = |place: &usize| EvidenceLine {
        evidence: *place,
        manifest: attached.get(*place).and_then(|attached| attached.manifest),
        subject: attached.get(*place).and_then(|attached| attached.subject),
    };
    VerifyDocument {
        schema: 1,
        target,
        trust: trust.sources.iter().map(source).collect(),
        evidence,
        images: images
            .iter()
            .map(|found| {
                let image: &Image = found.image;
                ImageLine {
                    reference: image.reference(),
                    repository: &image.repository.path,
                    digest: image.digest,
                    tags: &image.tags,
                    platform: image.platform.as_ref(),
                    signature: found.signature.map(Verdict::name),
                    attestation: found.attestation.map(Verdict::name),
                    verdict: found.verdict.name(),
                    by: found.by.iter().map(at).collect(),
                    also_failed: found.also_failed.iter().map(at).collect(),
                }
            })
            .collect(),
        coverage: coverage_line(coverage.0, coverage.1),
    }
}

/// Pieces of evidence with what came of checking them. `reports` has one for each of `attached`.
pub fn evidence<'a>(attached: &'a [Attached], reports: &'a [Report]) -> Vec<EvidencePart<'a>> {
    attached
        .iter()
        .zip(reports)
        .map(|(attached, report)| {
            piece(
                report,
                DocumentLine {
                    blob: Some(attached.blob),
                    manifest: attached.manifest,
                    layer: attached.layer as usize,
                    subject: attached.subject,
                    platform: attached.platform.as_ref(),
                    found_by: attached.found_by.iter().map(FoundBy::name).collect(),
                    wrapped_in: wrapped_in(report),
                    problems: problems(report),
                },
            )
        })
        .collect()
}

/// The document of a file's evidence.
pub fn of_file<'a>(
    target: &'a str,
    trust: &'a Trust,
    subject: Option<Digest>,
    reports: &'a [Report],
) -> VerifyDocument<'a> {
    VerifyDocument {
        schema: 1,
        target,
        trust: trust.sources.iter().map(source).collect(),
        evidence: reports
            .iter()
            .enumerate()
            .map(|(place, report)| {
                piece(
                    report,
                    DocumentLine {
                        blob: None,
                        manifest: None,
                        layer: place,
                        subject,
                        platform: None,
                        found_by: Vec::new(),
                        wrapped_in: wrapped_in(report),
                        problems: problems(report),
                    },
                )
            })
            .collect(),
        images: Vec::new(),
        coverage: CoverageLine {
            complete: true,
            holes: Vec::new(),
        },
    }
}

fn source(source: &TrustSource) -> TrustLine<'_> {
    TrustLine {
        source: source.kind.name(),
        name: &source.name,
        digest: &source.digest,
        newest: source.newest.map(time),
    }
}

/// RFC 3339 in UTC.
fn time(time: Timestamp) -> String {
    time.to_string()
}

fn piece<'a>(report: &'a Report, document: DocumentLine<'a>) -> EvidencePart<'a> {
    let mut certificates = report.certificates.iter().map(certificate);
    EvidencePart {
        kind: report.kind.name(),
        what: report.what.name(),
        document,
        predicate_type: report.predicate_type.as_ref(),
        checks: report.checks.iter().map(check).collect(),
        verdict: report.verdict.name(),
        reason: Some(&report.why).filter(|why| !why.is_empty()),
        verified_against: report.verified_against.as_ref(),
        signer: report.signer.as_ref(),
        issuer: report.issuer.as_ref(),
        key: report.key.as_deref(),
        signed_at: report.signed_at.map(|(at, _)| time(at)),
        signed_at_by: report.signed_at.map(|(_, by)| by.name()),
        certificate: certificates.next(),
        chain: certificates.collect(),
        log: report.log.as_ref().map(log),
        claims: &report.claims,
        annotations: report
            .annotations
            .iter()
            .map(|(key, value)| (key, value))
            .collect(),
    }
}

fn check(check: &Check) -> CheckLine<'_> {
    CheckLine {
        check: check.name.name(),
        result: check.outcome.name(),
        action: check.action.map(Action::name),
        detail: &check.detail,
    }
}

fn certificate(view: &CertificateView) -> CertificateLine<'_> {
    CertificateLine {
        subject: &view.subject,
        issuer: &view.issuer,
        serial: &view.serial,
        sans: &view.sans,
        not_before: view.not_before.map(time),
        not_after: view.not_after.map(time),
        fingerprint: &view.fingerprint,
        key: &view.key,
        algorithm: &view.algorithm,
        extensions: view
            .extensions
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect(),
    }
}

fn log(view: &LogView) -> LogLine<'_> {
    LogLine {
        id: &view.id,
        index: view.index,
        time: view.time.map(time),
        kind: &view.kind,
    }
}

fn wrapped_in(report: &Report) -> Vec<&'static str> {
    use crate::evidence::signature::Kind;
    let has_statement = report.predicate_type.is_some();
    match report.kind {
        Kind::SigstoreBundle if has_statement => vec!["sigstore-bundle", "dsse", "in-toto"],
        Kind::SigstoreBundle => vec!["sigstore-bundle"],
        Kind::CosignAttestation => vec!["dsse", "in-toto"],
        _ => Vec::new(),
    }
}

/// What cannot be read is a problem of the document as well.
fn problems(report: &Report) -> Vec<ProblemLine> {
    use crate::evidence::signature::{CheckName, Outcome};
    report
        .check(CheckName::Parse)
        .filter(|check| check.outcome == Outcome::Failed)
        .map(|check| ProblemLine {
            place: String::new(),
            problem: check.detail.clone(),
        })
        .into_iter()
        .collect()
}

fn coverage_line(graph: &Graph, coverage: &Coverage) -> CoverageLine {
    let name = |node| {
        let tag = graph.tag_name(node).map(|tag| tag.as_str().to_owned());
        graph
            .digest_of(node)
            .map(|digest| digest.to_string())
            .or(tag)
            .or_else(|| {
                graph
                    .repository_of(node)
                    .map(|repository| repository.path.as_str().to_owned())
            })
            .unwrap_or_default()
    };
    let mut holes: Vec<HoleLine> = coverage
        .holes
        .iter()
        .map(|hole| HoleLine {
            node: name(hole.node),
            what: hole.what.name(),
            state: hole.kind.name(),
            reason: hole.reason.clone(),
        })
        .collect();
    holes.sort_by(|a, b| (&a.node, a.what, &a.reason).cmp(&(&b.node, b.what, &b.reason)));
    CoverageLine {
        complete: coverage.is_complete(),
        holes,
    }
}

//! The signatures and attestations of an image: the verdict of each first, then its checks one a line, then what it
//! says, its certificates as a tree, and the line that verifies it elsewhere.

use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::text::{Line, Span};

use crate::config::TrustRule;
use crate::evidence::signature::{
    Action, CertificateView, Kind as Form, Outcome, Report, Trust, Verdict, What,
};
use crate::graph::{EdgeKind, NodeId};
use crate::insight::signatures::{Collected, collect_about};
use crate::oci::{Digest, Repository, Role};
use crate::tui::effect::Effect;
use crate::tui::jobs::{Job, Kind};
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::tui::verifying::{self, trust_of, verdict_of};
use crate::words::wrap;

use super::TabPage;

/// Columns of the names of checks and values.
const NAME: usize = 22;

/// What is known of the signatures of the row under the cursor.
#[derive(Clone, Debug, Default)]
pub struct SignaturesState {
    /// What the person trusts, by repository.
    pub rules: Arc<[TrustRule]>,
    made_of: Option<(NodeId, Option<Digest>, u64)>,
    collected: Arc<Collected>,
    answer: Option<Arc<Verified>>,
}

/// What is to be verified, and against what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    node: NodeId,
    collected: Arc<Collected>,
    rules: Arc<[TrustRule]>,
    now: Timestamp,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Verified {
    node: NodeId,
    reports: Vec<Report>,
    /// Why what is configured cannot be used, if it cannot.
    obstacle: Option<String>,
    is_configured: bool,
}

impl Verification {
    /// Reads what is configured and checks every piece of evidence. Takes a millisecond each; not for the screen's
    /// thread.
    pub fn run(&self) -> Verified {
        let repository = self.collected.images.first().map(|image| &image.repository);
        let (trust, obstacle) = repository.map_or_else(
            || (Trust::default(), None),
            |repository| trust_of(&self.rules, repository),
        );
        Verified {
            node: self.node,
            reports: self
                .collected
                .evidence
                .iter()
                .map(|attached| attached.verify(&trust, self.now))
                .collect(),
            is_configured: obstacle.is_some()
                || !trust.keys.is_empty()
                || trust.identity.is_some()
                || trust.notation.is_some(),
            obstacle,
        }
    }
}

/// The tab.
pub(super) struct Signatures;

impl TabPage for Signatures {
    fn title(&self) -> &'static str {
        "Signatures"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        let (node, _) = subject(model)?;
        let is_made = model
            .signatures
            .made_of
            .is_some_and(|(of, _, _)| of == node);
        Some(if is_made {
            model.signatures.collected.evidence.len()
        } else {
            0
        })
    }

    fn len(&self, model: &Model, columns: usize) -> usize {
        told(model, columns).len()
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        let lines = told(model, columns).into_iter();
        lines.skip(rows.start).take(rows.len()).collect()
    }

    /// Collects the evidence anew where something became known, and has it verified where it is other evidence.
    fn settle(&self, model: &mut Model) -> Vec<Effect> {
        let Some((node, carrier)) = subject(model) else {
            return Vec::new();
        };
        let made_of = Some((node, carrier, model.known.version()));
        if model.signatures.made_of == made_of {
            return Vec::new();
        }
        let mut collected = collect_about(&model.known.graph, &model.known.content, node);
        if carrier.is_some() {
            collected.evidence.retain(|one| one.manifest == carrier);
        }
        let is_of = |(of, by, _): (NodeId, Option<Digest>, u64)| (of, by) == (node, carrier);
        let is_same =
            model.signatures.made_of.is_some_and(is_of) && *model.signatures.collected == collected;
        model.signatures.made_of = made_of;
        if is_same {
            return Vec::new();
        }
        model.signatures.collected = Arc::new(collected);
        let ticket = model.jobs.begin(Kind::Verify);
        let verification = Verification {
            node,
            collected: model.signatures.collected.clone(),
            rules: model.signatures.rules.clone(),
            now: model.now,
        };
        vec![Effect::Work(ticket, Job::Verify(Box::new(verification)))]
    }
}

/// Takes an answer in. One about all that is attached to an image is its mark in the tree as well.
pub fn verified(model: &mut Model, answer: Verified) {
    let state = &model.signatures;
    let is_whole = state
        .made_of
        .is_some_and(|(node, carrier, _)| node == answer.node && carrier.is_none());
    if is_whole && state.collected.evidence.len() == answer.reports.len() {
        let verdict = verdict_of(&state.collected, &answer.reports);
        if let Some(verdict) = verdict {
            verifying::note(model, answer.node, verdict);
        }
    }
    model.signatures.answer = Some(Arc::new(answer));
}

/// What the row under the cursor is about: an image to which, or to whose index, something is attached that may be
/// signed; of a row that carries such a thing, what that is attached to, and its digest.
fn subject(model: &Model) -> Option<(NodeId, Option<Digest>)> {
    let node = model.tree.selected()?.entry.object()?;
    let graph = &model.known.graph;
    let may_be_signed = |carrier: NodeId| {
        let role = graph.purpose(carrier).map(|purpose| purpose.role);
        matches!(role, Some(Role::Signature | Role::Attestation))
    };
    if !crate::insight::marks::wants_evidence(graph, node) {
        let edges = graph.outgoing(node);
        let subject = edges.iter().find(|edge| edge.kind == EdgeKind::Subject)?.to;
        let digest = graph.digest_of(node)?;
        return may_be_signed(node).then_some((subject, Some(digest)));
    }
    let is_signed = |subject: NodeId| {
        let mut edges = graph.incoming_of(subject, EdgeKind::Subject);
        edges.any(|edge| may_be_signed(edge.from))
    };
    let mut indexes = graph
        .incoming_of(node, EdgeKind::Child)
        .map(|edge| edge.from);
    (is_signed(node) || indexes.any(is_signed)).then_some((node, None))
}

/// The evidence of the row under the cursor with what came of verifying it; none where that is not known yet.
fn answered(model: &Model) -> Option<(&Collected, &Verified)> {
    let state = &model.signatures;
    let (node, carrier) = subject(model)?;
    let (of, by, _) = state.made_of?;
    let answer = state.answer.as_deref()?;
    let is_its = (of, by) == (node, carrier)
        && answer.node == node
        && answer.reports.len() == state.collected.evidence.len();
    is_its.then_some((&state.collected, answer))
}

/// The line by which its own tool verifies each signature of the row under the cursor, and what it is.
///
/// `is_plain` says whether a repository may stand in a line for a shell.
pub(in crate::tui) fn commands(
    model: &Model,
    is_plain: impl Fn(&Repository) -> bool,
) -> Vec<String> {
    let Some((collected, answer)) = answered(model) else {
        return Vec::new();
    };
    let mut lines: Vec<String> = Vec::new();
    for (attached, report) in collected.evidence.iter().zip(&answer.reports) {
        let subject = attached.subject.filter(|_| is_plain(&attached.repository));
        let line = subject.map(|subject| command(report, &attached.repository, &subject));
        lines.extend(line.filter(|line| !lines.contains(line)));
    }
    lines
}

fn told(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let mut page = Page {
        lines: Vec::new(),
        columns,
        theme,
    };
    let Some((collected, answer)) = answered(model) else {
        page.say("", &format!("verifying {}", theme.more()), Tone::Dim);
        return page.lines;
    };
    if let Some(obstacle) = &answer.obstacle {
        page.say("", &format!("nothing is trusted: {obstacle}"), Tone::Bad);
    } else if !answer.is_configured {
        let words = "nothing is verified against trust that nobody gave: [[trust]] in the configuration gives it";
        page.say("", words, Tone::Dim);
    }
    for (attached, report) in collected.evidence.iter().zip(&answer.reports) {
        if !page.lines.is_empty() {
            page.lines.push(Line::default());
        }
        page.report(report);
        if let Some(subject) = attached.subject {
            let line = command(report, &attached.repository, &subject);
            page.say("elsewhere", &line, Tone::Dim);
        }
    }
    page.lines
}

#[derive(Clone, Copy)]
enum Tone {
    Plain,
    Dim,
    Good,
    Bad,
    Heading,
}

struct Page {
    lines: Vec<Line<'static>>,
    columns: usize,
    theme: Theme,
}

impl Page {
    fn say(&mut self, name: &str, words: &str, tone: Tone) {
        let words = crate::oci::remote_text::clean(words);
        let style = match tone {
            Tone::Plain => self.theme.text(),
            Tone::Dim => self.theme.dim(),
            Tone::Good => self.theme.good(),
            Tone::Bad => self.theme.bad(),
            Tone::Heading => self.theme.heading(),
        };
        let column = if name.is_empty() { 0 } else { NAME };
        let room = self.columns.saturating_sub(column).max(16);
        for (number, piece) in wrap(&words, room).into_iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            let mut spans = Vec::new();
            if column > 0 {
                spans.push(Span::styled(format!("{name:column$}"), self.theme.dim()));
            }
            spans.push(Span::styled(piece, style));
            self.lines.push(Line::from(spans));
        }
    }

    fn report(&mut self, report: &Report) {
        let title = match &report.predicate_type {
            Some(predicate) => format!("{}, {}", report.kind.title(), predicate.shown()),
            None => report.kind.title().to_owned(),
        };
        self.say("", &title, Tone::Heading);
        let tone = match report.verdict {
            Verdict::Verified => Tone::Good,
            Verdict::Failed => Tone::Bad,
            Verdict::Unverified => Tone::Plain,
        };
        self.say("", &report.told(), tone);
        for check in &report.checks {
            let (mark, tone) = match (check.outcome, self.theme.is_ascii()) {
                (Outcome::Passed, false) => ("✓", Tone::Plain),
                (Outcome::Passed, true) => ("+", Tone::Plain),
                (Outcome::Failed, false) => ("✗", Tone::Bad),
                (Outcome::Failed, true) => ("x", Tone::Bad),
                (Outcome::NotChecked, false) => ("·", Tone::Dim),
                (Outcome::NotChecked, true) => (".", Tone::Dim),
            };
            let action = match check.action {
                Some(Action::Log) => " (only logged)",
                Some(Action::Skip) => " (skipped)",
                _ => "",
            };
            let words = format!("{}{action}", check.detail.as_str());
            self.say(&format!("{mark} {}", check.name.name()), &words, tone);
        }
        self.decoded(report);
        for (depth, certificate) in report.certificates.iter().enumerate() {
            self.certificate(depth, certificate);
        }
    }

    /// A certificate below the one that it issued.
    fn certificate(&mut self, depth: usize, certificate: &CertificateView) {
        let heading = if depth == 0 {
            "certificate"
        } else {
            "issued by"
        };
        let name = if certificate.subject.is_empty() {
            certificate.sans.first().unwrap_or(&certificate.subject)
        } else {
            &certificate.subject
        };
        let indent = "  ".repeat(depth);
        self.say(heading, &format!("{indent}{}", name.as_str()), Tone::Plain);
        if let (Some(start), Some(end)) = (certificate.not_before, certificate.not_after) {
            let words = format!("{indent}{start} to {end}");
            self.say("  valid", &words, Tone::Dim);
        }
        let key = format!("{indent}{}, {}", certificate.algorithm, certificate.key);
        self.say("  its key", &key, Tone::Dim);
        for (name, value) in &certificate.extensions {
            let words = format!("{indent}{}", value.as_str());
            self.say(&format!("  {name}"), &words, Tone::Dim);
        }
    }

    fn decoded(&mut self, report: &Report) {
        let mut say = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                self.say(name, &value, Tone::Plain);
            }
        };
        let text = |text: &crate::oci::RemoteText| text.as_str().to_owned();
        say("signer", report.signer.as_ref().map(text));
        say("issuer", report.issuer.as_ref().map(text));
        say("key", report.key.clone());
        say(
            "signed",
            report
                .signed_at
                .map(|(time, by)| format!("{time}, {}", by.words())),
        );
        say(
            "log entry",
            report.log.as_ref().map(|log| match log.index {
                Some(index) => format!("{index} in {}, {}", log.id, log.kind.as_str()),
                None => format!("in {}, {}", log.id, log.kind.as_str()),
            }),
        );
        let subjects = report.subjects.iter().map(text);
        let subjects = subjects.collect::<Vec<_>>().join(", ");
        say("about", Some(subjects).filter(|words| !words.is_empty()));
        for (key, value) in &report.annotations {
            say(key.as_str(), Some(text(value)));
        }
    }
}

/// The line by which the tool that made a signature verifies it: of what is verified, with what it was verified by. What
/// stands in capitals is the person's.
fn command(report: &Report, repository: &Repository, subject: &Digest) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let reference = quoted(&format!("{repository}@{subject}"));
    let host = repository.origin.0.as_str();
    let is_loopback = ["localhost", "127.", "[::1]"]
        .iter()
        .any(|start| host.starts_with(start));
    let plain = |flag: &'static str| if is_loopback { flag } else { "" };
    match report.kind {
        Form::Notation => {
            let flag = plain("--insecure-registry ");
            return format!("notation verify {flag}{reference}");
        }
        Form::SimpleSigning => {
            return format!("skopeo standalone-verify MANIFEST {reference} FINGERPRINT SIGNATURE");
        }
        Form::HelmProvenance => {
            return format!("helm pull --verify oci://{repository} --version VERSION");
        }
        Form::CosignSignature | Form::CosignAttestation | Form::SigstoreBundle => {}
    }
    let mut line = match (report.what, &report.predicate_type) {
        (What::Attestation, Some(predicate)) => format!(
            "cosign verify-attestation --type {}",
            quoted(predicate.as_str())
        ),
        _ => "cosign verify".to_owned(),
    };
    match (&report.signer, &report.issuer) {
        (Some(signer), Some(issuer)) if !report.certificates.is_empty() => {
            line.push_str(" --certificate-identity ");
            line.push_str(&quoted(signer.as_str()));
            line.push_str(" --certificate-oidc-issuer ");
            line.push_str(&quoted(issuer.as_str()));
        }
        (Some(key), _) => {
            line.push_str(" --key ");
            line.push_str(&quoted(key.as_str()));
        }
        _ => line.push_str(" --key KEY.pub"),
    }
    if report.certificates.is_empty() && report.log.is_none() {
        line.push_str(" --insecure-ignore-tlog=true");
    }
    line.push_str(plain(" --allow-http-registry"));
    format!("{line} {reference}")
}

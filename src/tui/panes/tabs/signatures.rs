//! The signatures and attestations of an image: the verdict of each first, then its checks one a line, then what it
//! says, its certificates as a tree, and the line that verifies it elsewhere.

use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::text::{Line, Span};

use crate::config::TrustRule;
use crate::evidence::signature::{Action, Kind as Form, Outcome, Report, Trust, Verdict, What};
use crate::graph::NodeId;
use crate::insight::signatures::{Collected, collect_about};
use crate::oci::{Repository, Role};
use crate::tui::effect::Effect;
use crate::tui::jobs::{Job, Kind};
use crate::tui::model::{Focus, Model};
use crate::tui::theme::Theme;
use crate::words::wrap;

use super::{Tab, TabPage, choose};

/// Columns of the names of checks and values.
const NAME: usize = 22;

/// What is known of the signatures of the row under the cursor.
#[derive(Clone, Debug, Default)]
pub struct SignaturesState {
    /// What the person trusts, by repository.
    pub rules: Arc<[TrustRule]>,
    made_of: Option<(NodeId, u64)>,
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
        let found = repository.and_then(|repository| self.rule(repository));
        let (trust, obstacle) = match found {
            None => (built_in(), None),
            Some(Ok(trust)) => (trust, None),
            Some(Err(error)) => (Trust::default(), Some(error)),
        };
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

    fn rule(&self, repository: &Repository) -> Option<Result<Trust, String>> {
        let registry = repository.origin.to_string();
        let path = repository.path.as_str();
        let rule = self
            .rules
            .iter()
            .find(|rule| rule.is_for(&registry, path))?;
        Some(
            rule.read(&registry, path)
                .map_err(|error| error.to_string()),
        )
    }
}

/// Without trust of the person's own everything is read all the same; the built-in root tells what only an identity is
/// missing for.
fn built_in() -> Trust {
    let mut trust = Trust::default();
    // It is tested with the program; if it were damaged, nothing would be verified.
    let _ = trust.add_built_in();
    trust
}

/// The tab.
pub(super) struct Signatures;

impl TabPage for Signatures {
    fn title(&self) -> &'static str {
        "Signatures"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        let node = subject(model)?;
        let is_made = model.signatures.made_of.is_some_and(|(of, _)| of == node);
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
        let Some(node) = subject(model) else {
            return Vec::new();
        };
        let made_of = Some((node, model.known.version()));
        if model.signatures.made_of == made_of {
            return Vec::new();
        }
        let collected = collect_about(&model.known.graph, &model.known.content, node);
        let is_same = model.signatures.made_of.is_some_and(|(of, _)| of == node)
            && *model.signatures.collected == collected;
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

/// Takes an answer in.
pub fn verified(model: &mut Model, answer: Verified) {
    model.signatures.answer = Some(Arc::new(answer));
}

/// To the signatures of the row, and back from them.
pub(in crate::tui::panes) fn toggle(model: &mut Model) -> Vec<Effect> {
    if subject(model).is_none() {
        model.notice = Some("no signature of this row is known".to_owned());
    } else if model.shown_tab() == Tab::Signatures {
        choose(model, Tab::Overview);
        model.focus = Focus::Tree;
    } else {
        choose(model, Tab::Signatures);
        model.focus = Focus::Details;
    }
    Vec::new()
}

/// The manifest of the row under the cursor, where something that may be signed is attached to it or to its index.
fn subject(model: &Model) -> Option<NodeId> {
    use crate::graph::EdgeKind;
    let node = model.tree.selected()?.entry.object()?;
    let graph = &model.known.graph;
    if !crate::insight::marks::wants_evidence(graph, node) {
        return None;
    }
    let is_signed = |subject: NodeId| {
        graph.incoming_of(subject, EdgeKind::Subject).any(|edge| {
            let role = graph.purpose(edge.from).map(|purpose| purpose.role);
            matches!(role, Some(Role::Signature | Role::Attestation))
        })
    };
    let mut indexes = graph
        .incoming_of(node, EdgeKind::Child)
        .map(|edge| edge.from);
    (is_signed(node) || indexes.any(is_signed)).then_some(node)
}

fn told(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let state = &model.signatures;
    let mut page = Page {
        lines: Vec::new(),
        columns,
        theme,
    };
    let node = state.made_of.map(|(node, _)| node);
    let answer = state.answer.as_ref().filter(|answer| {
        Some(answer.node) == node && answer.reports.len() == state.collected.evidence.len()
    });
    let Some(answer) = answer else {
        page.say("", &format!("verifying {}", theme.more()), Tone::Dim);
        return page.lines;
    };
    if let Some(obstacle) = &answer.obstacle {
        page.say("", &format!("nothing is trusted: {obstacle}"), Tone::Bad);
    } else if !answer.is_configured {
        let words = "nothing is verified against trust that nobody gave: [[trust]] in the configuration gives it";
        page.say("", words, Tone::Dim);
    }
    for (attached, report) in state.collected.evidence.iter().zip(&answer.reports) {
        page.lines.push(Line::default());
        page.report(report);
        if let Some(subject) = attached.subject {
            let reference = format!(
                "{}/{}@{subject}",
                attached.repository.origin, attached.repository.path
            );
            page.say("elsewhere", &command(report, &reference), Tone::Dim);
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
        self.say("", &report.headline(), tone);
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
            let name = if certificate.subject.is_empty() {
                certificate.sans.first().unwrap_or(&certificate.subject)
            } else {
                &certificate.subject
            };
            let words = format!("{}{}", "  ".repeat(depth), name.as_str());
            self.say(
                if depth == 0 { "certificates" } else { " " },
                &words,
                Tone::Plain,
            );
            for (name, value) in &certificate.extensions {
                self.say(&format!("  {name}"), value.as_str(), Tone::Dim);
            }
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
                Some(index) => format!("{index} in {}", log.id),
                None => log.id.clone(),
            }),
        );
        for (key, value) in &report.annotations {
            say(key.as_str(), Some(text(value)));
        }
    }
}

/// The line by which the tool that made a signature verifies it.
fn command(report: &Report, reference: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    if report.kind == Form::Notation {
        return format!("notation verify {}", quoted(reference));
    }
    if !matches!(
        report.kind,
        Form::CosignSignature | Form::CosignAttestation | Form::SigstoreBundle
    ) {
        return "gpg --verify".to_owned();
    }
    let line = match (report.what, &report.predicate_type) {
        (What::Attestation, Some(predicate)) => format!(
            "cosign verify-attestation --type {}",
            quoted(predicate.as_str())
        ),
        _ => "cosign verify".to_owned(),
    };
    let who = match (&report.signer, &report.issuer) {
        (Some(signer), Some(issuer)) if !report.certificates.is_empty() => format!(
            "--certificate-identity {} --certificate-oidc-issuer {}",
            quoted(signer.as_str()),
            quoted(issuer.as_str())
        ),
        (Some(key), _) => format!("--key {}", quoted(key.as_str())),
        _ => "--key KEY.pub".to_owned(),
    };
    format!("{line} {who} {}", quoted(reference))
}

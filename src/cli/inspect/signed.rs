//! The signatures of an image, held against what the configuration trusts.

use jiff::Timestamp;
use serde_json::Value;

use crate::config::{Config, TrustFiles};
use crate::evidence::signature::Report;
use crate::export::verify::evidence;
use crate::insight::account::{Line, Section, Tone};
use crate::insight::image::Image;
use crate::insight::signatures::{Attached, collect_of, mark};
use crate::oci::remote_text::clean;
use crate::session::Session;

use super::super::fail::Failure;
use super::text;

/// The evidence about an image, and what came of checking it.
pub(super) struct Signed {
    evidence: Vec<Attached>,
    reports: Vec<Report>,
}

/// Checks what is signed about an image, and marks its cells where trust is configured for its repository. Without,
/// everything is read all the same, and nothing is verified.
pub(super) fn verify(
    session: &Session,
    image: &mut Image,
    config: &Config,
) -> Result<Signed, Failure> {
    let graph = &session.known.graph;
    let unusable = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let configured = graph
        .repository_of(image.node)
        .map(|place| config.trust_for(&place.origin.to_string(), place.path.as_str()))
        .transpose()
        .map_err(|error| unusable(&error))?
        .flatten();
    let is_configured = configured.is_some();
    let trust = match configured {
        Some(trust) => trust,
        None => {
            TrustFiles::default()
                .read(&str::to_owned)
                .map_err(|error| unusable(&error))?
                .trust
        }
    };
    let parts: Vec<_> = image.parts.iter().map(|part| part.node).collect();
    let evidence = collect_of(graph, &session.known.content, &parts);
    let now = Timestamp::now();
    let reports: Vec<Report> = evidence
        .iter()
        .map(|attached| attached.verify(&trust, now))
        .collect();
    if is_configured {
        mark(image, &evidence, &reports);
    }
    Ok(Signed { evidence, reports })
}

impl Signed {
    /// As they stand in the document for programs.
    pub(super) fn parts(&self) -> Result<Vec<Value>, Failure> {
        let parts = evidence(&self.evidence, &self.reports);
        parts
            .iter()
            .map(serde_json::to_value)
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::usage(error.to_string()))
    }

    /// For people: what each is worth, against what, and by what time.
    pub(super) fn section(&self) -> Option<String> {
        if self.reports.is_empty() {
            return None;
        }
        let lines = self.evidence.iter().zip(&self.reports);
        let lines = lines.map(|(attached, report)| {
            let of = match (&attached.platform, attached.subject) {
                (Some(platform), _) => platform.to_string(),
                (None, Some(subject)) => subject.short(),
                (None, None) => String::new(),
            };
            let kind = match &report.predicate_type {
                Some(predicate) => format!("{}, {predicate}", report.kind.title()),
                None => report.kind.title().to_owned(),
            };
            Line {
                name: clean(&of).into_owned(),
                words: clean(&format!("{kind}: {}", report.told())).into_owned(),
                tone: Tone::Plain,
            }
        });
        Some(text::page(&[Section {
            heading: "signatures".to_owned(),
            lines: lines.collect(),
        }]))
    }
}

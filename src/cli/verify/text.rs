//! What `verify` prints for people: a table of images, then each piece of evidence, check by check.

use std::fmt::Write as _;

use crate::evidence::signature::{Outcome, Report, Trust, TrustKind, Verdict};
use crate::insight::signatures::{Collected, ImageVerdict};
use crate::words;

/// Images, then their evidence, then what was trusted.
pub(super) fn of_target(
    trust: &Trust,
    collected: &Collected,
    reports: &[Report],
    images: &[ImageVerdict<'_>],
) -> String {
    let mut out = String::new();
    table(&mut out, images);
    for (attached, report) in collected.evidence.iter().zip(reports) {
        let about = attached
            .subject
            .map_or_else(|| "nothing".to_owned(), |subject| subject.short());
        let platform = attached
            .platform
            .as_ref()
            .map_or_else(String::new, |platform| format!(" {}", platform.shown()));
        let _ = writeln!(
            out,
            "\n{} {} about {about}{platform}",
            title(report),
            attached.manifest.map_or_else(
                || "beside the registry".to_owned(),
                |manifest| format!("in {}", manifest.short())
            )
        );
        evidence(&mut out, report);
    }
    if collected.evidence.is_empty() {
        out.push_str("\nNo signature and no attestation was found.\n");
    }
    trusted(&mut out, trust);
    out.trim_end().to_owned()
}

/// The evidence of a file, then what was trusted.
pub(super) fn of_file(trust: &Trust, reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        let _ = writeln!(out, "{}", title(report));
        evidence(&mut out, report);
        out.push('\n');
    }
    trusted(&mut out, trust);
    out.trim_end().to_owned()
}

fn table(out: &mut String, images: &[ImageVerdict<'_>]) {
    let none = |verdict: Option<Verdict>| verdict.map_or("none", Verdict::name);
    let rows: Vec<[String; 5]> = std::iter::once(
        ["IMAGE", "PLATFORM", "SIGNATURE", "ATTESTATION", "VERDICT"].map(str::to_owned),
    )
    .chain(images.iter().map(|found| {
        let image = found.image;
        let indent = if image.indexes.is_empty() { "" } else { "  " };
        [
            format!("{indent}{}", image.reference()),
            image
                .platform
                .as_ref()
                .map_or_else(|| "-".to_owned(), |platform| platform.shown().into_owned()),
            none(found.signature).to_owned(),
            none(found.attestation).to_owned(),
            found.verdict.name().to_owned(),
        ]
    }))
    .collect();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| words::width(cell))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            let gap = width.saturating_sub(words::width(cell)) + 2;
            line.extend(std::iter::repeat_n(' ', gap));
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn title(report: &Report) -> String {
    match &report.predicate_type {
        Some(predicate) => format!(
            "{} ({}, {})",
            report.kind.title(),
            report.what.name(),
            predicate.shown()
        ),
        None => report.kind.title().to_owned(),
    }
}

fn evidence(out: &mut String, report: &Report) {
    let _ = writeln!(out, "  {}", report.headline());
    let mut say = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "    {label:<10} {value}");
        }
    };
    say(
        "signer",
        report.signer.as_ref().map(|text| text.shown().into_owned()),
    );
    say(
        "issuer",
        report.issuer.as_ref().map(|text| text.shown().into_owned()),
    );
    say(
        "key",
        report.key.as_ref().map(|key| format!("sha256 {key}")),
    );
    say(
        "signed",
        report
            .signed_at
            .map(|(time, by)| format!("{time}, {}", by.words())),
    );
    say(
        "log entry",
        report.log.as_ref().map(|log| {
            let index = log
                .index
                .map_or_else(|| "?".to_owned(), |index| index.to_string());
            format!(
                "{index} in {} ({})",
                log.id.get(..16).unwrap_or(&log.id),
                log.kind.shown()
            )
        }),
    );
    if let Some(certificate) = report.certificates.first() {
        for (name, value) in &certificate.extensions {
            say(name, Some(value.shown().into_owned()));
        }
    }
    for check in &report.checks {
        let mark = match check.outcome {
            Outcome::Passed => "✓",
            Outcome::Failed => "✗",
            Outcome::NotChecked => "·",
        };
        let action = check
            .action
            .map_or_else(String::new, |action| format!(" [{}]", action.name()));
        let line = format!(
            "  {mark} {:<20} {}{action}",
            check.name.name(),
            check.detail.shown()
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn trusted(out: &mut String, trust: &Trust) {
    out.push_str("\nTrusted:\n");
    for source in &trust.sources {
        let newest = match (source.kind, source.newest) {
            (TrustKind::BuiltIn, Some(newest)) => format!(
                ", as of {newest}: what came into use later is not covered, --trusted-root brings it"
            ),
            (_, Some(newest)) => format!(", newest part in use from {newest}"),
            (_, None) => String::new(),
        };
        let _ = writeln!(out, "  {} {}{newest}", source.kind.name(), source.name);
    }
}

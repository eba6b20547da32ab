//! `regscope stale`: what images stand on, and whether that has moved.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::export::stale::{ImageRow, StaleDocument, VerdictWord, document};
use crate::insight::impact::Use;
use crate::insight::lineage::PlatformImage;
use crate::oci::remote_text::clean;
use crate::oci::target::RepositoryTarget;
use crate::session::stale::{StaleQuestion, StaleSession, gather};
use crate::session::{Opened, open};

use super::arguments::{Common, Format};
use super::fail::{BREAKS, Failure, INTERRUPTED, PARTIAL, UNREADABLE};
use super::{impact, output, progress};

/// What `stale` is asked.
#[derive(Debug, Args)]
pub(super) struct StaleArguments {
    /// Images: a tag, a repository, or more.
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    /// Where bases may be that no image names: found by their layers; again and again.
    #[arg(long, value_name = "TARGET")]
    bases: Vec<String>,
    /// Count an image as stale where its base has a newer version of the same line.
    #[arg(long)]
    newer: bool,
    /// What runs, one reference a line, or what kubectl, Compose, docker or crictl print: stale images that run come
    /// first.
    #[arg(long, value_name = "FILE")]
    in_use: Vec<PathBuf>,
}

/// Tells what stands on something old.
pub(super) async fn run(arguments: &StaleArguments, common: &Common) -> Result<ExitCode, Failure> {
    let uses = impact::uses(&arguments.in_use)?;
    let limits = common.limits()?;
    let network = common.network()?;
    let open_all = |written: &[String]| -> Result<Vec<Opened>, Failure> {
        let opened = written
            .iter()
            .map(|written| open(written, &network, &limits));
        Ok(opened.collect::<Result<_, _>>()?)
    };
    let question = StaleQuestion {
        targets: open_all(&arguments.targets)?,
        bases: open_all(&arguments.bases)?,
        is_newer_wanted: arguments.newer,
    };
    let mut line = progress::Line::new();
    let plan = common.plan(&limits);
    let gathered = gather(
        question,
        &network,
        &limits,
        plan,
        common.cache(),
        progress::interrupted,
        |progress| line.show(progress),
    )
    .await;
    line.clear();
    let Some(mut gathered) = gathered else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    gathered.session.save();
    refuse_unreadable(&gathered)?;
    let known = &gathered.session.known;
    let mut document = document(
        &known.graph,
        &known.content,
        &gathered.lineage,
        &gathered.roots,
        arguments.newer,
        |place| {
            let image = gathered.lineage.images.get(place);
            image
                .map(|image| users(image, &gathered, &uses))
                .unwrap_or_default()
        },
    );
    if !uses.is_empty() {
        // What is stale and runs comes first.
        let rank = |row: &ImageRow| (row.verdict != VerdictWord::Stale, row.in_use.is_empty());
        document.images.sort_by_key(rank);
    }
    match common.format {
        Format::Json => output::json(&document)?,
        Format::Text => output::print(&text(&document))?,
    }
    let is_stale = document
        .images
        .iter()
        .any(|row| row.verdict == VerdictWord::Stale);
    Ok(match (is_stale, document.coverage.complete) {
        (true, _) => ExitCode::from(BREAKS),
        (false, false) => ExitCode::from(PARTIAL),
        (false, true) => ExitCode::SUCCESS,
    })
}

/// A target of which nothing could be read is an error.
fn refuse_unreadable(gathered: &StaleSession) -> Result<(), Failure> {
    for (title, root) in &gathered.targets {
        if let Some(words) = gathered.session.unreadable(root) {
            let is_told = words.contains(title.as_str());
            let words = if is_told {
                words
            } else {
                format!("{title}: {words}")
            };
            return Err(Failure::new(UNREADABLE, words));
        }
    }
    Ok(())
}

/// Who runs an image: whoever names one of its tags, or its digest or that of its index.
fn users(image: &PlatformImage, gathered: &StaleSession, uses: &[Use]) -> Vec<String> {
    let graph = &gathered.session.known.graph;
    let index = image.index.and_then(|index| graph.digest_of(index));
    let mut found: Vec<String> = uses
        .iter()
        .filter(|used| {
            let Ok(target) = RepositoryTarget::parse(&used.reference) else {
                return false;
            };
            let origin = image.repository.origin.0.as_str();
            let is_host =
                origin == target.host.as_str() || origin.contains(':') && !origin.contains('.');
            let is_repository = image.repository.path == *target.path.as_str() && is_host;
            let is_image = match (&target.digest, &target.tag) {
                (Some(digest), _) => *digest == image.digest || Some(*digest) == index,
                (None, Some(tag)) => image.tags.iter().any(|own| own.as_str() == tag),
                (None, None) => image.tags.iter().any(|own| *own == "latest"),
            };
            is_repository && is_image
        })
        .map(|used| used.consumer.clone())
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The answer for people: the stale ones first.
fn text(document: &StaleDocument) -> String {
    let mut rows: Vec<&ImageRow> = document.images.iter().collect();
    rows.sort_by_key(|row| (row.verdict, row.in_use.is_empty()));
    let mut text = String::new();
    for row in &rows {
        let verdict = match row.verdict {
            VerdictWord::Stale => "stale",
            VerdictWord::Unknown => "unknown",
            VerdictWord::Fresh => "fresh",
        };
        let platform = row.platform.as_deref().unwrap_or("");
        let _ = writeln!(
            text,
            "{verdict:8} {} {}",
            clean(&row.reference),
            clean(platform)
        );
        let _ = writeln!(text, "         {}{}", clean(&row.reason), behind(row));
        if let Some(base) = &row.base {
            let name = base.reference.as_deref().unwrap_or("without a name");
            let layers = match base.shared_layers {
                Some(0) | None => String::new(),
                Some(1) => ", 1 layer".to_owned(),
                Some(count) => format!(", {count} layers"),
            };
            let by = found_by(base.found_by);
            let _ = writeln!(text, "         base {} by {by}{layers}", clean(name));
        }
        for conflict in &row.conflicts {
            let _ = writeln!(text, "         but {}", clean(conflict));
        }
        if let Some(newer) = &row.newer {
            let _ = writeln!(
                text,
                "         the base has a newer version: {}",
                clean(newer)
            );
        }
        for user in &row.in_use {
            let _ = writeln!(text, "         runs in {}", clean(user));
        }
    }
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    let _ = write!(
        text,
        "\n{} images: {} stale, {} fresh, {} unknown",
        rows.len(),
        count(VerdictWord::Stale),
        count(VerdictWord::Fresh),
        count(VerdictWord::Unknown),
    );
    text
}

fn found_by(word: crate::export::stale::FoundByWord) -> &'static str {
    use crate::export::stale::FoundByWord;
    match word {
        FoundByWord::BaseAnnotation => "annotation",
        FoundByWord::Provenance => "provenance",
        FoundByWord::LayerPrefix => "layers",
        FoundByWord::History => "history, which is a guess",
    }
}

/// How far a row is behind, in words.
fn behind(row: &ImageRow) -> String {
    let plural = |count: usize, one: &str| {
        if count == 1 {
            format!("1 {one}")
        } else {
            format!("{count} {one}s")
        }
    };
    let days = row.behind.days.and_then(|days| usize::try_from(days).ok());
    let parts = [
        days.map(|days| plural(days, "day")),
        row.behind.layers.map(|layers| plural(layers, "new layer")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

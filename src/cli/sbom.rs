//! `regscope sbom`.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::evidence::{self, Body, Label, Reading};
use crate::export::document::{CoveragePart, HolePart};
use crate::export::sbom::{self as document, unreadable_part};
use crate::insight::bills::{self, Placed};
use crate::insight::coverage::{self, Coverage};
use crate::oci::Digest;
use crate::oci::purpose::DocumentKinds;
use crate::session::{Session, limits_of};

use super::arguments::{Common, Format};
use super::crawled::{self, Crawled, Wanted};
use super::fail::{Failure, UNREADABLE};
use super::{output, sbom_text};

/// What `sbom` is asked.
#[derive(Debug, Args)]
pub(super) struct SbomArguments {
    /// What to look at; or one file.
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    /// Sum up by licence and family of licences.
    #[arg(long, conflicts_with = "packages")]
    licenses: bool,
    /// Print one line a package.
    #[arg(long)]
    packages: bool,
}

/// What is printed for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Where each document stands, and counts.
    Summary,
    /// Licences and their families.
    Licenses,
    /// One line a package.
    Packages,
}

impl SbomArguments {
    fn shown(&self) -> Shown {
        match (self.licenses, self.packages) {
            (true, _) => Shown::Licenses,
            (false, true) => Shown::Packages,
            (false, false) => Shown::Summary,
        }
    }
}

/// Prints the bills of materials that are attached to a target, or that a file is.
pub(super) async fn run(arguments: &SbomArguments, common: &Common) -> Result<ExitCode, Failure> {
    for target in &arguments.targets {
        let Some(reading) = of_file(target, common)? else {
            continue;
        };
        if arguments.targets.len() > 1 {
            let words = format!("{target} is a file: name one file, or targets that are none");
            return Err(Failure::usage(words));
        }
        return file(target, &reading, arguments.shown(), common.format);
    }
    let seen = Arc::new(Mutex::new(Seen::default()));
    let listener = {
        let seen = seen.clone();
        move |digest: Digest, reading: &Arc<Reading>| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.take(digest, reading);
        }
    };
    let wanted = Wanted::of(&arguments.targets, common, DocumentKinds::SBOM)?;
    let crawled = crawled::run(wanted, common, listener).await?;
    let Crawled::Done(mut read) = crawled else {
        return Ok(crawled::interrupted());
    };
    let (graph, content) = (&read.session.known.graph, &read.session.known.content);
    let is_shown = |node: crate::graph::NodeId| read.shown.contains(node.index());
    let all = bills::placed(graph, content, is_shown, DocumentKinds::SBOM);
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let holes = seen.holes(&all);
    let bills: Vec<Placed> = all
        .into_iter()
        .filter(|one| seen.bills.contains(&one.blob))
        .collect();
    let known = coverage::coverage(graph, is_shown);
    let is_complete = known.is_complete() && holes.is_empty();
    print(
        &mut read.session,
        &read.title,
        &bills,
        (&known, holes),
        arguments.shown(),
        common.format,
    )?;
    Ok(read.code(is_complete))
}

/// What documents turned out to be, without the documents.
#[derive(Default)]
struct Seen {
    bills: HashSet<Digest>,
    /// Those whose bytes make no sense.
    unreadable: HashMap<Digest, Arc<Reading>>,
}

impl Seen {
    fn take(&mut self, digest: Digest, reading: &Arc<Reading>) {
        match &reading.body {
            Body::Sbom(_) => {
                self.bills.insert(digest);
            }
            _ if reading.is_unreadable() => {
                self.unreadable.insert(digest, reading.clone());
            }
            _ => {}
        }
    }

    /// The documents that could be bills of materials, for all that can be read of them.
    fn holes(&self, placed: &[Placed]) -> Vec<HolePart> {
        let unreadable = placed
            .iter()
            .filter_map(|placed| Some(unreadable_part(placed, self.unreadable.get(&placed.blob)?)));
        unreadable.collect()
    }
}

fn print(
    session: &mut Session,
    target: &str,
    placed: &[Placed],
    (known, holes): (&Coverage, Vec<HolePart>),
    shown: Shown,
    format: Format,
) -> Result<(), Failure> {
    let coverage = CoveragePart::new(&session.known.graph, known, holes);
    // What fell out of memory comes back from the cache's bytes, one document after the other.
    let mut reader = crawled::reader(session);
    match format {
        Format::Json => {
            let read = Box::new(move |placed: &Placed| reader(placed));
            output::json(&document::document(target, placed, coverage, read))
        }
        Format::Text => {
            let mut page = sbom_text::Page::new(shown, output::terminal_width());
            for one in placed {
                if let Some(reading) = reader(one) {
                    page.add(Some(one), &reading);
                }
            }
            output::print(&page.end())?;
            for hole in crawled::in_words(&coverage) {
                output::say(&hole);
            }
            Ok(())
        }
    }
}

/// How a file's name ends that is a document rather than a name of Docker's.
const ENDS: [&str; 10] = [
    ".json", ".xml", ".spdx", ".yaml", ".yml", ".rdf", ".sbom", ".cdx", ".txt", ".tag",
];

/// What a file says, where the target is one and no archive.
fn of_file(target: &str, common: &Common) -> Result<Option<Reading>, Failure> {
    let is_path = ["/", "./", "../", "~"]
        .iter()
        .any(|start| target.starts_with(start));
    let is_named = ENDS
        .iter()
        .any(|end| target.to_ascii_lowercase().ends_with(end));
    let path = Path::new(target);
    if !(is_path || is_named) || !path.is_file() {
        return Ok(None);
    }
    let limits = common.limits()?;
    let failed = |error: std::io::Error| Failure::new(UNREADABLE, format!("{target}: {error}"));
    let size = path.metadata().map_err(failed)?.len();
    if size > limits.decompressed_bytes {
        return Ok(None);
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let reading = evidence::read(&bytes, &Label::default(), &limits_of(&limits));
    // An image's archive is a target like others.
    let is_archive = matches!(&reading.body, Body::Other(other) if other.name == "an archive")
        || !is_named && reading.sbom().is_none() && !starts_like_text(&bytes);
    if is_archive {
        return Ok(None);
    }
    Ok(Some(reading))
}

fn starts_like_text(bytes: &[u8]) -> bool {
    bytes.iter().take(64).all(|byte| *byte >= 9)
}

fn file(
    target: &str,
    reading: &Reading,
    shown: Shown,
    format: Format,
) -> Result<ExitCode, Failure> {
    if reading.sbom().is_none() {
        let what = match &reading.body {
            Body::Other(other) => other.name.to_string(),
            Body::Vex(_) => "statements about vulnerabilities".to_owned(),
            Body::Provenance(_) => "provenance".to_owned(),
            Body::Chart(_) => "a Helm chart".to_owned(),
            _ => "a signature".to_owned(),
        };
        let why = reading
            .problems
            .first()
            .map(|problem| format!(": {problem}"));
        let words = format!(
            "{target} is no bill of materials, but {what}{}",
            why.unwrap_or_default()
        );
        return Err(Failure::new(UNREADABLE, words));
    }
    match format {
        Format::Json => output::json(&document::document_of_file(target, reading))?,
        Format::Text => {
            let mut page = sbom_text::Page::new(shown, output::terminal_width());
            page.add(None, reading);
            output::print(&page.end())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

//! `regscope verify FILE`: evidence that is attached to nothing.

use std::path::PathBuf;
use std::process::ExitCode;

use jiff::Timestamp;

use crate::evidence::signature::{Report, Subject, Trust, Verdict, file, verify};
use crate::export::verify as document;
use crate::insight::signatures::Demand;
use crate::oci::{Annotations, Digest};
use crate::source::local::files::read_named;

use super::super::arguments::Format;
use super::super::fail::{BREAKS, Failure, UNREADABLE};
use super::super::output;
use super::{VerifyArguments, text};

/// The file that is meant, where one is: with `--artifact` always, else where a target is a file that could hold evidence
/// and is no archive.
///
/// Errors: it is not the only target.
pub(super) fn is_meant(arguments: &VerifyArguments) -> Result<Option<PathBuf>, Failure> {
    let could_be = |target: &&String| {
        let path = std::path::Path::new(target);
        let start = path.is_file().then(|| first_byte(path)).flatten();
        arguments.artifact.is_some() || matches!(start, Some(b'{' | 0xd2))
    };
    let found = arguments.targets.iter().find(could_be);
    match found {
        Some(target) if arguments.targets.len() > 1 => Err(Failure::usage(format!(
            "{target} is to be read as a file: name one file, or targets that are none"
        ))),
        found => Ok(found.map(PathBuf::from)),
    }
}

fn first_byte(path: &std::path::Path) -> Option<u8> {
    use std::io::Read as _;
    let mut start = [0; 64];
    let length = std::fs::File::open(path).ok()?.read(&mut start).ok()?;
    start.get(..length)?.trim_ascii_start().first().copied()
}

/// Checks what the file holds.
pub(super) fn run(
    arguments: &VerifyArguments,
    path: &std::path::Path,
    trust: &Trust,
    demand: &Demand,
    format: Format,
    now: Timestamp,
) -> Result<ExitCode, Failure> {
    /// A file of bundles is no longer than this.
    const LIMIT: u64 = 256 << 20;
    let bytes = read_named(path, LIMIT)
        .map_err(|error| Failure::new(UNREADABLE, format!("{} {error}", path.display())))?;
    let (subject, digest) = subject(arguments.artifact.as_deref())?;
    let none = Annotations::new();
    let reports: Vec<Report> = file::pieces(&bytes, &none)
        .into_iter()
        .map(|piece| verify(piece, subject.as_ref(), trust, now))
        .collect();
    match format {
        Format::Json => output::json(&document::of_file(
            &path.display().to_string(),
            trust,
            digest,
            &reports,
        ))?,
        Format::Text => output::print(&text::of_file(trust, &reports))?,
    }
    let asked: Vec<&Report> = reports
        .iter()
        .filter(|report| match &demand.predicate_type {
            None => true,
            Some(wanted) => report
                .predicate_type
                .as_ref()
                .is_some_and(|found| found.as_str() == wanted),
        })
        .collect();
    let is_verified = !asked.is_empty()
        && asked
            .iter()
            .all(|report| report.verdict == Verdict::Verified);
    Ok(if is_verified {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(BREAKS)
    })
}

/// Bytes of an artifact that are held, because some signatures are of the bytes themselves; of a larger one a digest can be
/// given.
const ARTIFACT: u64 = 256 << 20;

/// What the evidence has to be about. A digest is written with its algorithm; what is none is a file.
fn subject(artifact: Option<&str>) -> Result<(Option<Subject>, Option<Digest>), Failure> {
    let Some(artifact) = artifact else {
        return Ok((None, None));
    };
    if let Ok(digest) = artifact.parse::<Digest>() {
        return Ok((Some(Subject::of_digest(digest)), Some(digest)));
    }
    let bytes = read_named(std::path::Path::new(artifact), ARTIFACT).map_err(|error| {
        Failure::usage(format!(
            "--artifact {artifact} {error}; name a file, or write a digest as sha256:HEX"
        ))
    })?;
    Ok((Some(Subject::of_bytes(&bytes)), Some(Digest::of(&bytes))))
}

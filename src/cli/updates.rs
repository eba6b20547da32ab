//! `regscope updates`: newer tags of the same variant.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::export::updates::{CandidateRow, RepositoryTags, UpdatesDocument, document};
use crate::insight::coverage;
use crate::insight::freshness::{Range, Tags};
use crate::insight::listing;
use crate::oci::Address;
use crate::oci::remote_text::clean;
use crate::session::open;
use crate::session::updates::{Gathered, gather};

use super::arguments::{Common, Format};
use super::fail::{BREAKS, Failure, INTERRUPTED, PARTIAL, UNREADABLE};
use super::{output, progress};

/// What `updates` is asked.
#[derive(Debug, Args)]
pub(super) struct UpdatesArguments {
    /// A tag, or a repository for all of its release lines.
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    /// Also tell the newest within a range: ^1.2, ~1.4, ">=22.04, <24".
    #[arg(long, value_name = "RANGE")]
    range: Option<String>,
    /// End with 1 where there is something newer of this level; again and again.
    #[arg(long, value_name = "LEVEL", value_enum)]
    fail_on: Vec<LevelName>,
}

/// A level, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LevelName {
    /// Within the same minor version.
    Patch,
    /// Within the same major version.
    Minor,
    /// Beyond it.
    Major,
}

/// Tells what is newer.
pub(super) async fn run(
    arguments: &UpdatesArguments,
    common: &Common,
) -> Result<ExitCode, Failure> {
    let range = arguments.range.as_deref().map(Range::parse).transpose();
    let range = range.map_err(|error| {
        Failure::usage(format!(
            "--range {error}; write one as in ^1.2 or \">=22.04, <24\""
        ))
    })?;
    let limits = common.limits()?;
    let network = common.network()?;
    let opened = arguments.targets.iter();
    let opened = opened
        .map(|written| open(written, &network, &limits))
        .collect::<Result<Vec<_>, _>>()?;
    let mut line = progress::Line::new();
    let gathered = gather(
        opened,
        common.plan(&limits),
        common.cache(),
        range.as_ref(),
        progress::interrupted,
        |progress| line.show(progress),
    )
    .await;
    line.clear();
    let Some(mut gathered) = gathered else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    gathered.session.save();
    let target = arguments.targets.join(" ");
    let document = answer(&gathered, &target, range.as_ref(), common)?;
    match common.format {
        Format::Json => output::json(&document)?,
        Format::Text => output::print(&text(&document, common.is_full()))?,
    }
    let is_met = arguments.fail_on.iter().any(|level| {
        let mut rows = document.candidates.iter();
        rows.any(|row| level.of(row).is_some())
    });
    let known = coverage::coverage(&gathered.session.known.graph, |_| true);
    Ok(match (is_met, known.is_complete()) {
        (true, _) => ExitCode::from(BREAKS),
        (false, false) => ExitCode::from(PARTIAL),
        (false, true) => ExitCode::SUCCESS,
    })
}

impl LevelName {
    fn of<'a>(self, row: &CandidateRow<'a>) -> Option<&'a str> {
        match self {
            Self::Patch => row.patch,
            Self::Minor => row.minor,
            Self::Major => row.major,
        }
    }
}

/// What is known of all targets. Errors: one of them could not be read at all, or is no tag of anything.
fn answer<'a>(
    gathered: &'a Gathered,
    target: &'a str,
    range: Option<&Range>,
    common: &Common,
) -> Result<UpdatesDocument<'a>, Failure> {
    let known = &gathered.session.known;
    let mut document = document(target);
    for subject in &gathered.subjects {
        let title = &subject.title;
        if let Some(words) = gathered.session.unreadable(&subject.root) {
            let is_told = words.contains(title.as_str());
            let words = if is_told {
                words
            } else {
                format!("{title}: {words}")
            };
            return Err(Failure::new(UNREADABLE, words));
        }
        for (node, repository) in gathered.repositories(subject) {
            let listed = gathered.listed(subject, node, &common.tags());
            let tags = Tags::read(&listed);
            let current = gathered.current(subject, &tags);
            if current.is_none() && matches!(subject.root, Address::Tag(..) | Address::Object(..)) {
                let words = format!("{title}: no tag names it; name one of the repository");
                return Err(Failure::new(UNREADABLE, words));
            }
            let platforms = |place: usize| {
                let image = tags.get(place)?.listed.image?;
                let image = known.graph.object(&repository, &image)?;
                listing::platforms(&known.graph, &known.content, image)
            };
            let path = known.graph.repository_of(node);
            document.push(&RepositoryTags {
                path: path.map_or("", |repository| repository.path.as_str()),
                tags: &tags,
                current,
                range,
                platforms: &platforms,
            });
        }
    }
    Ok(document)
}

/// The answer for people: what is offered, and in full what every tag is.
fn text(document: &UpdatesDocument<'_>, is_full: bool) -> String {
    let mut text = String::new();
    let has_several = document
        .candidates
        .windows(2)
        .any(|rows| matches!(rows, [one, other] if one.repository != other.repository));
    for row in &document.candidates {
        let repository = if has_several && !row.repository.is_empty() {
            format!("{}:", clean(row.repository))
        } else {
            String::new()
        };
        let _ = writeln!(text, "{repository}{}", clean(row.tag));
        match no_version(document, row) {
            Some(words) => {
                let _ = writeln!(text, "  {words}");
            }
            None => offers(&mut text, row),
        }
    }
    if document.candidates.is_empty() {
        text.push_str("no tag states a version\n");
    }
    if is_full {
        text.push('\n');
        let longest = document.tags.iter().map(|row| row.tag.len()).max();
        let width = longest.unwrap_or_default().min(40);
        for row in &document.tags {
            let tag = clean(row.tag);
            let _ = writeln!(
                text,
                "{tag:width$}  {:15}  {}",
                row.verdict.name(),
                clean(&row.reason)
            );
        }
    } else {
        text.push_str(&counts(document));
    }
    text.truncate(text.trim_end().len());
    text
}

/// Why there is nothing to compare a tag by, if there is nothing: it states no version.
fn no_version(document: &UpdatesDocument<'_>, row: &CandidateRow<'_>) -> Option<String> {
    let mut tags = document.tags.iter();
    let tag = tags.find(|tag| tag.tag == row.tag && tag.repository == row.repository)?;
    if tag.version.is_some() {
        return None;
    }
    let named = tag.release.filter(|release| *release != row.tag);
    Some(match named {
        Some(release) => format!("states no version; its image is {} as well", clean(release)),
        None => "states no version".to_owned(),
    })
}

/// The lines of what one tag could be changed to.
fn offers(text: &mut String, row: &CandidateRow<'_>) {
    let levels = [
        ("patch", row.patch),
        ("minor", row.minor),
        ("major", row.major),
        ("in range", row.in_range),
    ];
    let variants = row.variants.iter().map(|tag| ("variant", Some(*tag)));
    let mut is_nothing = true;
    for (level, tag) in levels.into_iter().chain(variants) {
        let Some(tag) = tag else {
            continue;
        };
        is_nothing = false;
        let _ = write!(text, "  {level:8}  {}", clean(tag));
        if let Some(lacking) = row.lacks_platforms.get(tag) {
            let _ = write!(text, "  not for {}", clean(&lacking.join(", ")));
        }
        text.push('\n');
    }
    if is_nothing {
        text.push_str("  nothing newer\n");
    }
}

/// How many tags there are of each verdict.
fn counts(document: &UpdatesDocument<'_>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in &document.tags {
        let name = row.verdict.name();
        match counts.iter_mut().find(|(verdict, _)| *verdict == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let words = counts
        .iter()
        .map(|(verdict, count)| format!("{count} {verdict}"));
    let words = words.collect::<Vec<_>>().join(", ");
    format!(
        "\n{} tags: {words}; --full has each with its reason\n",
        document.tags.len()
    )
}

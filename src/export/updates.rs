//! The document of `regscope updates --format json` (`schema` 1).

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::insight::freshness::{Candidates, Kind, Lines, Range, Tags, Verdict, Version};

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UpdatesDocument<'a> {
    schema: u32,
    target: &'a str,
    /// One for the tag in question, or one for each release line and variant of a repository.
    pub candidates: Vec<CandidateRow<'a>>,
    /// Every tag, by name.
    pub tags: Vec<TagRow<'a>>,
}

/// What there is to change to from one tag.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CandidateRow<'a> {
    /// The repository's path; empty for one that has no name.
    pub repository: &'a str,
    /// The tag.
    pub tag: &'a str,
    /// The newest within the same minor version.
    pub patch: Option<&'a str>,
    /// The newest beyond it, within the same major version.
    pub minor: Option<&'a str>,
    /// The newest beyond the same major version.
    pub major: Option<&'a str>,
    /// The newest within the range that was asked for.
    pub in_range: Option<&'a str>,
    /// Tags of the same version in a newer version of the variant.
    pub variants: Vec<&'a str>,
    /// Platforms of the tag that what is offered is not there for, by what is offered.
    pub lacks_platforms: BTreeMap<&'a str, Vec<String>>,
}

/// What one tag is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TagRow<'a> {
    /// The repository's path.
    pub repository: &'a str,
    /// The tag.
    pub tag: &'a str,
    /// What its name is.
    pub kind: KindWord,
    /// The numbers as they are written.
    pub version: Option<&'a str>,
    /// The variant.
    pub suffix: Option<String>,
    /// What numbers a build of one version.
    pub build: Option<String>,
    /// How many numbers there are.
    pub precision: Option<usize>,
    /// Whether it is no release.
    pub is_prerelease: bool,
    /// Whether it goes on to name what comes.
    pub moves: bool,
    /// Other names of the same image.
    pub aliases: Vec<&'a str>,
    /// The most specific name of the image.
    pub release: Option<&'a str>,
    /// What it is to the tag in question, or to the newest of its line.
    pub verdict: VerdictWord,
    /// Why.
    pub reason: String,
}

/// The tags of one repository and what is asked about them.
pub struct RepositoryTags<'t, 'a> {
    /// Its path.
    pub path: &'a str,
    /// Its tags.
    pub tags: &'t Tags<'a>,
    /// The tag in question, if it is one.
    pub current: Option<usize>,
    /// The range that was asked for.
    pub range: Option<&'t Range>,
    /// The platforms of the image that a tag names, where they are known.
    pub platforms: &'t dyn Fn(usize) -> Option<BTreeSet<String>>,
}

/// Begins a document without tags.
pub fn document(target: &str) -> UpdatesDocument<'_> {
    UpdatesDocument {
        schema: 1,
        target,
        candidates: Vec::new(),
        tags: Vec::new(),
    }
}

impl<'a> UpdatesDocument<'a> {
    /// Takes in a repository. Cost: `O(n)` for one tag, else `O(lines × n)` within a variant.
    pub fn push(&mut self, repository: &RepositoryTags<'_, 'a>) {
        let tags = repository.tags;
        let lines = Lines::of(tags);
        let rows = match repository.current {
            Some(current) => vec![tags.candidates(current, repository.range)],
            None => lines.candidates(tags, repository.range),
        };
        let rows = rows.iter().map(|row| repository.candidate_row(row));
        self.candidates.extend(rows);
        let tags = (0..tags.all().len()).filter_map(|place| repository.tag_row(&lines, place));
        self.tags.extend(tags);
    }
}

impl<'a> RepositoryTags<'_, 'a> {
    fn name(&self, place: usize) -> Option<&'a str> {
        Some(self.tags.get(place)?.listed.name)
    }

    fn candidate_row(&self, row: &Candidates) -> CandidateRow<'a> {
        let name = |place: Option<usize>| place.and_then(|place| self.name(place));
        CandidateRow {
            repository: self.path,
            tag: self.name(row.current).unwrap_or_default(),
            patch: name(row.patch),
            minor: name(row.minor),
            major: name(row.major),
            in_range: name(row.in_range),
            variants: row
                .variants
                .iter()
                .filter_map(|place| self.name(*place))
                .collect(),
            lacks_platforms: self.lacks_platforms(row),
        }
    }

    fn lacks_platforms(&self, row: &Candidates) -> BTreeMap<&'a str, Vec<String>> {
        let Some(wanted) = (self.platforms)(row.current) else {
            return BTreeMap::new();
        };
        let offered = row.offered().into_iter().filter_map(|place| {
            let there = (self.platforms)(place)?;
            let lacking: Vec<_> = wanted.difference(&there).cloned().collect();
            (!lacking.is_empty()).then_some((self.name(place)?, lacking))
        });
        offered.collect()
    }

    fn tag_row(&self, lines: &Lines<'a>, place: usize) -> Option<TagRow<'a>> {
        let tag = self.tags.get(place)?;
        let version = tag.version.as_ref();
        let against = self
            .current
            .or_else(|| lines.newest_of(self.tags, place))
            .unwrap_or(place);
        let judged = self.tags.judge(against, place, self.range)?;
        // Of a repository no tag is in question; one that states no version is no line's newest either.
        let is_alone = self.current.is_none() && version.is_none();
        let (verdict, reason) = if is_alone {
            (Verdict::NotAVersion, tag.to_string())
        } else {
            (judged.verdict, judged.to_string())
        };
        Some(TagRow {
            repository: self.path,
            tag: tag.listed.name,
            kind: tag.kind.into(),
            version: version.map(Version::written),
            suffix: version
                .map(Version::suffix)
                .filter(|suffix| !suffix.is_empty())
                .map(|suffix| suffix.to_string()),
            build: version
                .map(Version::build)
                .filter(|build| !build.is_empty())
                .map(|build| build.to_string()),
            precision: version.map(Version::precision),
            is_prerelease: version.is_some_and(Version::is_prerelease),
            moves: tag.moves,
            aliases: self
                .tags
                .aliases(place)
                .map(|alias| alias.listed.name)
                .collect(),
            release: self.tags.release(place).and_then(|place| self.name(place)),
            verdict: verdict.into(),
            reason,
        })
    }
}

/// What a tag's name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindWord {
    /// A version.
    Version,
    /// A version that tells when it was made.
    Calendar,
    /// A word: it names whatever its publisher lets it name.
    Rolling,
    /// It has another manifest's digest in it.
    Digest,
    /// The hash of a commit.
    Hash,
    /// Anything else.
    Other,
}

impl From<Kind> for KindWord {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Version => Self::Version,
            Kind::Calendar => Self::Calendar,
            Kind::Rolling => Self::Rolling,
            Kind::Digest => Self::Digest,
            Kind::Hash => Self::Hash,
            Kind::Other => Self::Other,
        }
    }
}

/// What a tag is to the one in question. Of several that fit, the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// It is the one in question.
    Current,
    /// It names the same image, or states the same version.
    Same,
    /// It states no version.
    NotAVersion,
    /// It counts by something else.
    OtherScheme,
    /// It is another variant.
    OtherVariant,
    /// It says more or less than the one in question does.
    OtherPrecision,
    /// It is no release.
    PreRelease,
    /// It is not in the range that was asked for.
    OutsideRange,
    /// It is newer.
    Newer,
    /// It is older.
    Older,
    /// The one in question states no version to compare with.
    Unknown,
}

impl From<Verdict> for VerdictWord {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Current => Self::Current,
            Verdict::Same => Self::Same,
            Verdict::NotAVersion => Self::NotAVersion,
            Verdict::OtherScheme => Self::OtherScheme,
            Verdict::OtherVariant => Self::OtherVariant,
            Verdict::OtherPrecision => Self::OtherPrecision,
            Verdict::PreRelease => Self::PreRelease,
            Verdict::OutsideRange => Self::OutsideRange,
            Verdict::Newer => Self::Newer,
            Verdict::Older => Self::Older,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

impl VerdictWord {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Same => "same",
            Self::NotAVersion => "not-a-version",
            Self::OtherScheme => "other-scheme",
            Self::OtherVariant => "other-variant",
            Self::OtherPrecision => "other-precision",
            Self::PreRelease => "pre-release",
            Self::OutsideRange => "outside-range",
            Self::Newer => "newer",
            Self::Older => "older",
            Self::Unknown => "unknown",
        }
    }
}

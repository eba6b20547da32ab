//! A version as a tag states it, and the order of versions.

use std::cmp::Ordering;
use std::fmt;

use super::conventions::Conventions;
use super::number::{Class, is_hash};
use super::order::{natural, pre_releases};
use super::parse::{Name, read};
use super::pieces::Pieces;

/// How many numbers a version may have; more is something else, such as an address.
pub(super) const NUMBERS: usize = 8;

/// Before, at or after the release that the numbers name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// An announcement of it: `rc1`.
    Before,
    /// The release.
    Release,
    /// Commits upon it, as `git describe` counts them: `1.2.3-14-gabc1234`. Not released either.
    After,
}

/// What kind of numbers a version counts by. A scheme is never left for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scheme {
    /// What the first number is.
    pub(super) first: Class,
    /// What a later one is that is no plain number, and its place.
    pub(super) later: Option<(u8, Class)>,
    /// How it is written beyond that.
    pub(super) form: Form,
}

/// How numbers are written where they alone do not tell the scheme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// Parted by dots.
    #[default]
    Dots,
    /// `2024-01-15`, and with the time where it is so.
    DashedDay,
    /// `2024-01-15T10-11-12Z`.
    DashedTime,
    /// `24.04`: year and month in two digits each.
    YearAndMonth,
    /// `8u502`: an update of a version.
    Update,
    /// A bare number that no version of the repository continues: the number of a run.
    Counter,
}

impl Scheme {
    /// Whether it tells when something was made.
    pub fn is_calendar(self) -> bool {
        self.first.is_date()
            || matches!(
                self.form,
                Form::DashedDay | Form::DashedTime | Form::YearAndMonth
            )
    }

    /// Whether how many numbers there are tells nothing of how precise a version is: `20240115` and `20240115.1`.
    pub(super) fn is_any_precision(self) -> bool {
        matches!(self.first, Class::Day | Class::Time(_))
    }
}

/// In words, to follow "counts by".
impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.form, self.first, self.later) {
            (Form::Counter, ..) => "the number of a run",
            (Form::Update, ..) => "updates",
            (Form::YearAndMonth, ..) => "year and month",
            (Form::DashedDay, ..) | (Form::Dots, Class::Day, _) => "days",
            (Form::DashedTime, ..) | (Form::Dots, Class::Time(_), _) => "times",
            (Form::Dots, Class::Year, _) => "years",
            (Form::Dots, Class::Long, _) => "a long number",
            (Form::Dots, Class::Plain, None) => "versions",
            (Form::Dots, Class::Plain, Some(_)) => "a version with a date in it",
        })
    }
}

/// A version, borrowed from the tag that it was read from.
///
/// ```text
/// release- 8.6.1 -rc.2 -903 -alpine3.20
/// └──┬───┘ └─┬─┘ └─┬──┘ └┬┘ └───┬─────┘
/// prefix  numbers  pre  build  suffix
/// ```
///
/// Versions are ordered by their numbers, where a missing number stands above any (`1.4` is the newest `1.4.x`); then
/// by stage, pre-release and build, hashes left out; then by suffix, where none stands above any, by prefix and by
/// their text. Only a version with the same text is equal.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    pub(super) text: &'a str,
    pub(super) prefix: &'a str,
    pub(super) written: &'a str,
    pub(super) numbers: [u64; NUMBERS],
    pub(super) length: usize,
    pub(super) scheme: Scheme,
    pub(super) stage: Stage,
    pub(super) pre_release: &'a str,
    pub(super) build: Pieces<'a>,
    pub(super) suffix: Pieces<'a>,
}

/// The first two numbers of a version: the line that patches belong to. The second is missing from a floating `1`.
///
/// Ordered like versions: `1` stands above `1.9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: Option<u64>,
}

impl<'a> Version<'a> {
    /// The version that a tag's name states, for a list by versions; absent where it states none, and where it states
    /// a day. What the other tags of the repository tell is left out. Cost: one pass, no allocation.
    pub fn parse(tag: &'a str) -> Option<Self> {
        match read(tag, &Conventions::default()) {
            Name::Version(version)
                if !version.scheme.is_any_precision()
                    && !matches!(version.scheme.form, Form::DashedDay | Form::DashedTime) =>
            {
                Some(version)
            }
            _ => None,
        }
    }

    /// The tag that states it.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// What stands before the numbers, its separator included: `v`, `release-`.
    pub fn prefix(&self) -> &'a str {
        self.prefix
    }

    /// The numbers as they are written: `22.04`, `8u502`, `3.11-7.3.21`.
    pub fn written(&self) -> &'a str {
        self.written
    }

    /// The numbers, at least one.
    pub fn numbers(&self) -> &[u64] {
        self.numbers.split_at(self.length.min(NUMBERS)).0
    }

    /// How many numbers are written. `8u502` are two, though the update counts as the third.
    pub fn precision(&self) -> usize {
        let is_update = self.scheme.form == Form::Update;
        self.length.saturating_sub(usize::from(is_update))
    }

    /// By what it counts.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Before, at or after the release.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// What names the pre-release: `rc.2`; empty for a release.
    pub fn pre_release(&self) -> &'a str {
        self.pre_release
    }

    /// What numbers a build of one version: `ls209`, `r39`, a hash.
    pub fn build(&self) -> Pieces<'a> {
        self.build
    }

    /// The variant, without the `-` before it: `alpine3.20`.
    pub fn suffix(&self) -> Pieces<'a> {
        self.suffix
    }

    /// The line that it belongs to.
    pub fn line(&self) -> Line {
        let mut numbers = self.numbers().iter();
        Line {
            major: numbers.next().copied().unwrap_or_default(),
            minor: numbers.next().copied(),
        }
    }

    /// Whether it announces a release, or counts commits upon one, rather than being one.
    pub fn is_prerelease(&self) -> bool {
        self.stage != Stage::Release
    }

    /// The prefix without a `v`, which says nothing: `controller-v1.2` and `controller-1.2` are of one kind.
    pub fn family(&self) -> &'a str {
        self.prefix.strip_suffix(['v', 'V']).unwrap_or(self.prefix)
    }

    /// Whether both are the same variant of what the repository holds.
    pub fn is_same_variant(&self, other: &Self) -> bool {
        self.suffix == other.suffix && self.family() == other.family()
    }

    /// Which of two is newer by what their names say, whatever their variant. A hash says nothing.
    pub fn precedence(&self, other: &Self) -> Ordering {
        by_numbers(self.numbers(), other.numbers()).then_with(|| self.within_numbers(other))
    }

    fn within_numbers(&self, other: &Self) -> Ordering {
        (self.stage.cmp(&other.stage))
            .then_with(|| pre_releases(self.pre_release, other.pre_release))
            .then_with(|| builds(self.build, other.build))
    }

    /// Most specific first: more numbers, then the longer variant, then the newer. For the names of one manifest.
    pub fn by_detail(&self, other: &Self) -> Ordering {
        (other.length.cmp(&self.length))
            .then_with(|| self.suffix.is_empty().cmp(&other.suffix.is_empty()))
            .then_with(|| other.suffix.length().cmp(&self.suffix.length()))
            .then_with(|| other.cmp(self))
    }
}

impl PartialEq for Version<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Version<'_> {}

impl std::hash::Hash for Version<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.precedence(other)
            .then_with(|| self.suffix.is_empty().cmp(&other.suffix.is_empty()))
            .then_with(|| texts(other.suffix, self.suffix))
            .then_with(|| natural(self.prefix, other.prefix))
            .then_with(|| self.text.cmp(other.text))
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Line {
    fn cmp(&self, other: &Self) -> Ordering {
        let minor = |line: &Self| line.minor.map_or((1, 0), |minor| (0, minor));
        (self.major, minor(self)).cmp(&(other.major, minor(other)))
    }
}

impl PartialOrd for Line {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            Some(minor) => write!(f, "{}.{minor}", self.major),
            None => write!(f, "{}", self.major),
        }
    }
}

/// No number from here on is one that versions float above.
const FIRST_DAY: u64 = 19_900_101;

fn by_numbers(one: &[u64], other: &[u64]) -> Ordering {
    let differing = one.iter().zip(other).find(|(one, other)| one != other);
    match differing {
        Some((one, other)) => one.cmp(other),
        // A second number behind a day counts what was made on it.
        None if one.first().is_some_and(|first| *first >= FIRST_DAY) => one.len().cmp(&other.len()),
        // The shorter one floats above all that it is a prefix of.
        None => other.len().cmp(&one.len()),
    }
}

/// Builds of one version, without the hashes in them.
fn builds(one: Pieces<'_>, other: Pieces<'_>) -> Ordering {
    fn counted(build: Pieces<'_>) -> impl Iterator<Item = &str> {
        build
            .words()
            .filter(|word| !is_hash(word) && !word.strip_prefix('g').is_some_and(is_hash))
    }
    by_words(counted(one), counted(other))
}

/// By words, each in natural order.
fn texts(one: Pieces<'_>, other: Pieces<'_>) -> Ordering {
    by_words(one.words(), other.words())
}

fn by_words<'a>(
    one: impl Iterator<Item = &'a str>,
    mut other: impl Iterator<Item = &'a str>,
) -> Ordering {
    for word in one {
        let Some(against) = other.next() else {
            return Ordering::Greater;
        };
        let order = natural(word, against);
        if order.is_ne() {
            return order;
        }
    }
    match other.next() {
        Some(_) => Ordering::Less,
        None => Ordering::Equal,
    }
}

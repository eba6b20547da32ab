//! What each tag is to the one that is in use, with the reason in words.

use std::cmp::Ordering;
use std::fmt;

use super::parse::Unreadable;
use super::range::Range;
use super::tags::{Kind, Tag, Tags};
use super::version::{Stage, Version};

/// What a tag is to the current one. Of several that fit, the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// It is the current one.
    Current,
    /// It names the same image, or states the same version.
    Same,
    /// It states no version.
    NotAVersion,
    /// It counts by something else.
    OtherScheme,
    /// It is another variant.
    OtherVariant,
    /// It says more or less than the current one does.
    OtherPrecision,
    /// It is no release.
    PreRelease,
    /// It is not in the range that was asked for.
    OutsideRange,
    /// It is newer.
    Newer,
    /// It is older.
    Older,
    /// The current one states no version to compare with.
    Unknown,
}

impl Verdict {
    /// As programs read it.
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

/// How far a newer version is from the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The first two numbers are the same.
    Patch,
    /// The first number is the same.
    Minor,
    /// The first number differs.
    Major,
}

impl Level {
    /// As programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// How far `other` is from `version`.
    pub fn between(version: &Version<'_>, other: &Version<'_>) -> Self {
        let (one, other) = (version.line(), other.line());
        match (one.major == other.major, one.minor == other.minor) {
            (true, true) => Self::Patch,
            (true, false) => Self::Minor,
            (false, _) => Self::Major,
        }
    }
}

/// A verdict, and in its [`fmt::Display`] the reason for it.
#[derive(Clone, Copy, Debug)]
pub struct Judgement<'t, 'a> {
    /// The verdict.
    pub verdict: Verdict,
    tag: &'t Tag<'a>,
    current: &'t Tag<'a>,
    is_same_image: bool,
    /// The scheme's tag that `latest` stands on, where this tag is of another scheme than the current one.
    latest: Option<&'t str>,
    range: Option<&'t Range>,
}

impl<'a> Tags<'a> {
    /// What the tag at `place` is to the one at `current`. None where there is no such tag. Cost: proportional to the
    /// length of the names.
    pub fn judge<'t>(
        &'t self,
        current: usize,
        place: usize,
        range: Option<&'t Range>,
    ) -> Option<Judgement<'t, 'a>> {
        let (now, tag) = (self.get(current)?, self.get(place)?);
        let is_same_image = self.is_same_image(current, place);
        let verdict = if current == place {
            Verdict::Current
        } else {
            verdict(now, tag, is_same_image, range)
        };
        let latest = (verdict == Verdict::OtherScheme)
            .then(|| self.latest_of_scheme(tag))
            .flatten();
        Some(Judgement {
            verdict,
            tag,
            current: now,
            is_same_image,
            latest,
            range,
        })
    }

    /// The name that `latest` has in the scheme of a tag.
    fn latest_of_scheme(&self, tag: &Tag<'_>) -> Option<&'a str> {
        let latest = self.latest()?;
        let mut names = self.aliases(latest);
        let scheme = |tag: &Tag<'_>| tag.version.map(|version| version.scheme());
        let name = names.find(|name| scheme(name) == scheme(tag))?;
        Some(name.listed.name)
    }
}

/// What `tag` is to the current one, which it is not itself.
fn verdict(
    current: &Tag<'_>,
    tag: &Tag<'_>,
    is_same_image: bool,
    range: Option<&Range>,
) -> Verdict {
    let (Some(now), Some(version)) = (&current.version, &tag.version) else {
        return match (is_same_image, tag.version.is_some()) {
            (true, _) => Verdict::Same,
            (false, false) => Verdict::NotAVersion,
            (false, true) => Verdict::Unknown,
        };
    };
    let is_scheme = now.scheme() == version.scheme();
    let is_variant = now.is_same_variant(version);
    let is_precision = is_same_precision(current, tag);
    let order = version.precedence(now);
    // An alias can lie: where both can be compared, their numbers decide.
    let is_comparable = is_scheme && is_variant && is_precision;
    let differ = now.numbers() != version.numbers();
    if (is_same_image && !(is_comparable && differ)) || (is_comparable && order.is_eq()) {
        return Verdict::Same;
    }
    if !is_scheme {
        Verdict::OtherScheme
    } else if !is_variant {
        Verdict::OtherVariant
    } else if !is_precision {
        Verdict::OtherPrecision
    } else if version.is_prerelease() && !is_own_line(now, version) {
        Verdict::PreRelease
    } else if range.is_some_and(|range| !range.matches(version)) {
        Verdict::OutsideRange
    } else if order == Ordering::Greater {
        Verdict::Newer
    } else {
        Verdict::Older
    }
}

/// Whether a pre-release is one of the line that the current one, a pre-release too, is of.
fn is_own_line(now: &Version<'_>, version: &Version<'_>) -> bool {
    now.is_prerelease() && now.line() == version.line()
}

/// Whether both say as much: as many numbers, and neither leaves out a build or the number of a pre-release that the
/// other tells.
fn is_same_precision(one: &Tag<'_>, other: &Tag<'_>) -> bool {
    let (Some(a), Some(b)) = (&one.version, &other.version) else {
        return false;
    };
    let has_number =
        |version: &Version<'_>| version.pre_release().bytes().any(|b| b.is_ascii_digit());
    let leaves_out = |less: &Tag<'_>, least: &Version<'_>, more: &Version<'_>| {
        (less.is_without_build && !more.build().is_empty())
            || (less.is_without_pre_number
                && least.stage() == Stage::Before
                && more.stage() == Stage::Before
                && has_number(more))
    };
    (a.length == b.length || a.scheme().is_any_precision())
        && !leaves_out(one, a, b)
        && !leaves_out(other, b, a)
}

impl fmt::Display for Judgement<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.verdict, &self.current.version, &self.tag.version) {
            (Verdict::Current, ..) => f.write_str("the tag in question"),
            (Verdict::Same, ..) if self.is_same_image => f.write_str("names the same image"),
            (Verdict::Same, ..) => f.write_str("states the same version"),
            (Verdict::NotAVersion, ..) => write!(f, "{}", self.tag),
            (Verdict::Unknown, ..) | (_, None, _) | (_, _, None) => {
                let name = self.current.listed.name;
                write!(f, "{name} states no version to compare with")
            }
            (Verdict::OtherScheme, Some(now), Some(version)) => {
                let (now, version) = (now.scheme(), version.scheme());
                write!(f, "counts by {version}, not by {now}")?;
                match self.latest {
                    Some(name) if name == self.tag.listed.name => {
                        f.write_str("; latest stands on it")
                    }
                    Some(name) => write!(f, "; latest stands on {name}"),
                    None => Ok(()),
                }
            }
            (Verdict::OtherVariant, Some(now), Some(version)) => other_variant(f, now, version),
            (Verdict::OtherPrecision, Some(now), Some(version)) => {
                other_precision(f, self.tag, now, version)
            }
            (Verdict::PreRelease, Some(now), Some(version)) => match version.stage() {
                Stage::After => f.write_str("commits upon a release, not released"),
                _ if now.is_prerelease() => {
                    write!(f, "a pre-release of another line ({})", version.line())
                }
                _ => f.write_str("a pre-release"),
            },
            (Verdict::OutsideRange, ..) => match self.range {
                Some(range) => write!(f, "not within {range}"),
                None => f.write_str("not within the range"),
            },
            (Verdict::Newer, Some(now), Some(version)) => {
                let level = Level::between(now, version).name();
                if now.numbers() == version.numbers() {
                    match (now.is_prerelease(), version.is_prerelease()) {
                        (true, false) => f.write_str("the release of it")?,
                        (_, true) => f.write_str("a later pre-release")?,
                        (false, false) => f.write_str("a newer build")?,
                    }
                } else {
                    write!(f, "a newer {level} version")?;
                }
                if self.is_same_image {
                    f.write_str("; names the same image all the same")?;
                }
                Ok(())
            }
            (Verdict::Older, ..) if self.is_same_image => {
                f.write_str("an older version; names the same image all the same")
            }
            (Verdict::Older, ..) => f.write_str("an older version"),
        }
    }
}

/// What a tag is, by itself: for one without a version why it has none.
impl fmt::Display for Tag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.kind, self.unreadable) {
            (Kind::Version, _) => "a version",
            (Kind::Calendar, _) => "a version by date",
            (Kind::Rolling, _) => "a word, no version",
            (Kind::Digest, _) => "belongs to another manifest, whose digest it has",
            (Kind::Hash, _) => "the hash of a commit, which has no order",
            (_, Some(Unreadable::TooLong)) => "a number too long for a version",
            (_, Some(Unreadable::TooMany)) => "more numbers than a version has",
            (_, Some(Unreadable::Change)) => "the number of a proposed change",
            _ => "written in no way that is known of versions",
        })
    }
}

fn other_variant(
    f: &mut fmt::Formatter<'_>,
    now: &Version<'_>,
    version: &Version<'_>,
) -> fmt::Result {
    if now.family() == version.family() {
        let (now, version) = (now.suffix(), version.suffix());
        return match (now.is_empty(), version.is_empty()) {
            (true, _) => write!(f, "the variant {version}"),
            (_, true) => write!(f, "not the variant {now}"),
            (false, false) => write!(f, "the variant {version}, not {now}"),
        };
    }
    match (now.family(), version.family()) {
        (now, "") => write!(f, "does not begin with {now}"),
        ("", version) => write!(f, "begins with {version}"),
        (now, version) => write!(f, "begins with {version}, not with {now}"),
    }
}

fn other_precision(
    f: &mut fmt::Formatter<'_>,
    tag: &Tag<'_>,
    now: &Version<'_>,
    version: &Version<'_>,
) -> fmt::Result {
    let (wanted, count) = (now.precision(), version.precision());
    let moves = if tag.moves { ", and moves" } else { "" };
    if wanted != count {
        let numbers = if count == 1 { "number" } else { "numbers" };
        write!(f, "states {count} {numbers}, not {wanted}{moves}")
    } else if tag.is_without_build {
        write!(f, "leaves out the build{moves}")
    } else if tag.is_without_pre_number {
        write!(f, "leaves out the number of the pre-release{moves}")
    } else {
        f.write_str("tells more than the tag in question, which moves")
    }
}

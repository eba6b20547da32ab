//! Reads a tag's name.
//!
//! ```text
//! tag     prefix? numbers rest
//! prefix  words, each with `-`, `.` or `_` behind it, and a `v` or another word for versions
//! numbers 1.2.3   2024-01-15   8u502   3.11-7.3.21
//! rest    what follows, parted by dashes: pre-release, builds, words of the variant
//! ```

use super::conventions::Conventions;
use super::number::{Class, is_day, is_digits, is_hash, is_within, is_year};
use super::pieces::Pieces;
use super::rest::Rest;
use super::version::{Form, NUMBERS, Scheme, Stage, Version};
use crate::oci::tag::DigestTag;

/// What a tag's name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most names are versions, and a box for each would cost more"
)]
pub(super) enum Name<'a> {
    /// It states a version.
    Version(Version<'a>),
    /// It is of words.
    Word,
    /// It has the digest of another manifest in it.
    Digest,
    /// It has the hash of a commit in it and no version.
    Hash,
    /// It is none of these.
    Other(Unreadable),
}

/// Why a name is nothing that can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// A number has more digits than a version's number can.
    TooLong,
    /// There are more numbers than a version has.
    TooMany,
    /// It numbers a proposed change: `pr-12`.
    Change,
    /// It is written in no way that is known.
    Form,
}

/// No tag of a registry is longer (distribution-spec, "Pulling manifests"); names within layouts can be.
const LONGEST: usize = 1024;

/// Words that say only that a version follows, directly before its first number.
const VERSION_WORDS: [&str; 9] = [
    "v", "r", "ver", "version", "rel", "release", "rev", "build", "b",
];
/// Words before the number of a change that was proposed.
const CHANGE_WORDS: [&str; 7] = ["pr", "pull", "mr", "merge", "issue", "refs", "change"];

/// Reads a tag's name. Cost: one pass, no allocation.
pub(super) fn read<'a>(text: &'a str, conventions: &Conventions<'_>) -> Name<'a> {
    let is_written = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte);
    if text.is_empty() || text.len() > LONGEST || !text.bytes().all(is_written) {
        return Name::Other(Unreadable::Form);
    }
    if text.starts_with("sha") && DigestTag::parse(text).is_some() {
        return Name::Digest;
    }
    if is_hash(text) {
        return Name::Hash;
    }
    let Some(start) = numbers_start(text) else {
        return word(text);
    };
    let (prefix, behind) = text.split_at_checked(start).unwrap_or((text, ""));
    let mut first = behind.split(['-', '_', '.', '+']);
    if first.next().is_some_and(is_hash) {
        return Name::Hash;
    }
    let words = prefix.split(['-', '.', '_']);
    if !prefix.is_empty()
        && words.clone().any(|word| {
            CHANGE_WORDS
                .iter()
                .any(|change| word.eq_ignore_ascii_case(change))
        })
    {
        return Name::Other(Unreadable::Change);
    }
    let (numbers, end) = match numbers(text, start) {
        Ok(read) => read,
        Err(why) => return Name::Other(why),
    };
    let version = Version {
        text,
        prefix,
        written: text.get(start..end).unwrap_or_default(),
        numbers: numbers.values,
        length: numbers.length,
        scheme: numbers.scheme,
        stage: Stage::Release,
        pre_release: "",
        build: Pieces::of(text),
        suffix: Pieces::of(text),
    };
    let version = Rest::read(version, end, conventions);
    version.map_or(Name::Other(Unreadable::Form), |version| {
        Name::Version(with_months(version, conventions))
    })
}

/// A name without a version.
fn word(text: &str) -> Name<'_> {
    let last = text.rsplit(['-', '.', '_']).next().unwrap_or_default();
    let is_word = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    if text.contains(['-', '.', '_']) && is_hash(last) {
        Name::Hash
    } else if is_word {
        Name::Word
    } else {
        Name::Other(Unreadable::Form)
    }
}

/// Where the first number begins that a version can begin with: at the start, or behind words with a separator each,
/// or behind a word for versions. A number at the end of another word belongs to that: `jdk25`, `alpine3.24`.
fn numbers_start(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let behind = text.get(at..)?;
        let letters = behind.bytes().position(|byte| !byte.is_ascii_alphabetic());
        let letters = letters.unwrap_or(behind.len());
        let (word, after) = behind.split_at_checked(letters)?;
        let is_number = after
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit());
        if is_number && (word.is_empty() || is_version_word(word, after)) {
            return Some(at + letters);
        }
        if word.is_empty() {
            return None;
        }
        // The whole of what a dash ends is one word: `php8.3`. A dot ends a word that has no number: `RELEASE.2024`.
        let is_end = |byte: u8| matches!(byte, b'-' | b'_') || (byte == b'.' && !is_number);
        let separator = after.bytes().position(is_end)?;
        at += letters + separator + 1;
    }
}

/// Whether a word directly before a number says only that this is a version.
fn is_version_word(word: &str, after: &str) -> bool {
    match word {
        // Builds are numbered so, and architectures and betas named.
        "b" | "B" | "r" | "R" => after.bytes().all(|byte| byte.is_ascii_digit()),
        _ => VERSION_WORDS
            .iter()
            .any(|version| word.eq_ignore_ascii_case(version)),
    }
}

/// The numbers that a version begins with.
pub(super) struct Numbers {
    pub(super) values: [u64; NUMBERS],
    pub(super) length: usize,
    pub(super) scheme: Scheme,
}

impl Numbers {
    fn push(&mut self, digits: &str) -> Result<(), Unreadable> {
        let number = digits.parse().map_err(|_| Unreadable::TooLong)?;
        let place = self.values.get_mut(self.length);
        *place.ok_or(Unreadable::TooMany)? = number;
        let class = Class::of(digits, self.length);
        if self.length == 0 {
            self.scheme.first = class;
        } else if class != Class::Plain && self.scheme.later.is_none() {
            self.scheme.later = Some((u8::try_from(self.length).unwrap_or(u8::MAX), class));
        }
        self.length += 1;
        Ok(())
    }
}

/// The numbers from `start` on, and where they end.
fn numbers(text: &str, start: usize) -> Result<(Numbers, usize), Unreadable> {
    let mut numbers = Numbers {
        values: [0; NUMBERS],
        length: 0,
        scheme: Scheme::default(),
    };
    let behind = text.get(start..).unwrap_or_default();
    if let Some(length) = dashed(behind, &mut numbers)? {
        return Ok((numbers, start + length));
    }
    let mut at = 0;
    loop {
        let digits = digits(behind, at);
        numbers.push(digits)?;
        at += digits.len();
        let next = at + 1;
        let is_dot = behind.get(at..next) == Some(".");
        if !is_dot || self::digits(behind, next).is_empty() {
            break;
        }
        at = next;
    }
    let is_months = |text: &str| {
        matches!(text.split_once('.'), Some((year, month))
            if year.len() == 2 && month.len() == 2
                && is_within(Some(year), 10, 39) && month.starts_with('0')
                && is_within(Some(month), 1, 12))
    };
    if behind.get(..at).is_some_and(is_months) {
        numbers.scheme.form = Form::YearAndMonth;
    }
    // `8u502`: an update of a version, which counts as its third number.
    let update = behind.get(at..).unwrap_or_default();
    if numbers.length == 1
        && let Some(update) = update.strip_prefix(['u', 'U'])
        && let digits = digits(update, 0)
        && !digits.is_empty()
    {
        numbers.scheme.form = Form::Update;
        numbers.push("0")?;
        numbers.push(digits)?;
        at += 1 + digits.len();
    }
    Ok((numbers, start + at))
}

/// The run of digits at a place of a text.
fn digits(text: &str, at: usize) -> &str {
    let behind = text.get(at..).unwrap_or_default();
    let end = behind.bytes().position(|byte| !byte.is_ascii_digit());
    behind
        .get(..end.unwrap_or(behind.len()))
        .unwrap_or_default()
}

/// `2024-01`, `2024-01-15` and `2024-01-15T10-11-12Z`: how long it is, if it is one.
fn dashed(text: &str, numbers: &mut Numbers) -> Result<Option<usize>, Unreadable> {
    let is_end = |at: usize| {
        let next = text.as_bytes().get(at);
        next.is_none_or(|byte| !byte.is_ascii_digit())
    };
    let separator = text.as_bytes().get(4).copied();
    let is_month = is_year(text.get(..4))
        && matches!(separator, Some(b'-' | b'_'))
        && is_within(text.get(5..7), 1, 12)
        && is_end(7);
    if !is_month {
        return Ok(None);
    }
    numbers.scheme.form = Form::DashedDay;
    numbers.push(text.get(..4).unwrap_or_default())?;
    numbers.push(text.get(5..7).unwrap_or_default())?;
    let is_day = text.as_bytes().get(7).copied() == separator
        && is_within(text.get(8..10), 1, 31)
        && is_end(10);
    if !is_day {
        // What is behind is a number that follows neither: no day.
        let is_more = separator == text.as_bytes().get(7).copied() && !is_end(8);
        if is_more {
            *numbers = Numbers {
                values: [0; NUMBERS],
                length: 0,
                scheme: Scheme::default(),
            };
            return Ok(None);
        }
        return Ok(Some(7));
    }
    numbers.push(text.get(8..10).unwrap_or_default())?;
    let Some(time) = text.get(11..).filter(|_| {
        let separator = text.as_bytes().get(10);
        matches!(separator, Some(b'T' | b't' | b'-' | b'_'))
    }) else {
        return Ok(Some(10));
    };
    Ok(Some(match clock(time) {
        Some((parts, length)) => {
            numbers.scheme.form = Form::DashedTime;
            for part in parts {
                numbers.push(part)?;
            }
            11 + length
        }
        None => 10,
    }))
}

/// `10-11-12Z`, `101112` and `1011`: hours, minutes and seconds, and how long it is.
fn clock(text: &str) -> Option<([&str; 3], usize)> {
    let digits = digits(text, 0).len();
    let (parts, length) = match digits {
        2 => {
            let is_parted = |at: usize| matches!(text.as_bytes().get(at), Some(b'-' | b'_' | b'.'));
            let parts = [text.get(..2)?, text.get(3..5)?, text.get(6..8)?];
            (is_parted(2) && is_parted(5)).then_some((parts, 8))?
        }
        4 => ([text.get(..2)?, text.get(2..4)?, "0"], 4),
        6 => ([text.get(..2)?, text.get(2..4)?, text.get(4..6)?], 6),
        _ => return None,
    };
    let [hours, minutes, seconds] = parts;
    let is_time = is_within(Some(hours), 0, 23)
        && is_within(Some(minutes), 0, 59)
        && is_within(Some(seconds), 0, 60);
    let zone = usize::from(matches!(text.as_bytes().get(length), Some(b'Z' | b'z')));
    is_time.then_some((parts, length + zone))
}

/// Where a sibling shows that versions are months, `24.10` is one as well.
fn with_months<'a>(mut version: Version<'a>, conventions: &Conventions<'_>) -> Version<'a> {
    let is_two = |text: &str| text.len() == 2 && is_digits(text);
    if conventions.has_months
        && version.scheme == Scheme::default()
        && let Some((year, month)) = version.written.split_once('.')
        && is_two(year)
        && is_two(month)
        && is_within(Some(year), 10, 39)
        && is_within(Some(month), 1, 12)
    {
        version.scheme.form = Form::YearAndMonth;
    }
    version
}

/// Whether a text is a day or a time that numbers a build, wherever it stands.
pub(super) fn is_dated(text: &str) -> bool {
    is_day(text) || (text.len() >= 12 && super::number::is_time(text))
}

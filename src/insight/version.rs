//! Versions in the names of tags, read in the manner of Renovate's `docker` versioning.
//!
//! ```text
//! v 1.4.1 rc2 -alpine3.20     a leading v is dropped; the first '-' ends the version
//!   └─┬─┘ └┬┘  └───┬────┘
//! numbers  │    variant       what follows the first '-', compared as text
//!      prerelease             letters (and digits after them) that follow the numbers without a '-'
//! ```
//!
//! Hashes and dates are no versions, and neither is a number that does not fit: what cannot be compared is not guessed.

use std::cmp::Ordering;
use std::fmt;

/// How many numbers a version may have; more is something else, such as an address.
const NUMBERS: usize = 6;

/// A version, borrowed from the tag that it was read from.
///
/// Ordered as Renovate orders them: by numbers, where a missing number stands above any (`1.4` is the newest `1.4.x`);
/// then a release above its prereleases; then by variant, where none stands above any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version<'a> {
    numbers: [u64; NUMBERS],
    length: usize,
    prerelease: &'a str,
    build: &'a str,
    variant: &'a str,
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
    /// The version that a tag's name states; absent where it states none. Cost: one pass, no allocation.
    pub fn parse(tag: &'a str) -> Option<Self> {
        if is_hash(tag) || is_date(tag) {
            return None;
        }
        let text = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
        let (version, variant) = text.split_once('-').unwrap_or((text, ""));
        // Helm writes the '+' of build metadata as '_', because a tag cannot have it.
        let (version, build) = version.split_once('_').unwrap_or((version, ""));
        let end = version
            .bytes()
            .position(|byte| !byte.is_ascii_digit() && byte != b'.')
            .unwrap_or(version.len());
        let (numbers, prerelease) = version.split_at_checked(end)?;
        let is_word = prerelease.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_word {
            return None;
        }
        let mut parsed = [0; NUMBERS];
        let mut length = 0;
        for number in numbers.split('.') {
            *parsed.get_mut(length)? = number.parse().ok()?;
            length += 1;
        }
        Some(Self {
            numbers: parsed,
            length,
            prerelease,
            build,
            variant,
        })
    }

    /// The numbers, at least one.
    pub fn numbers(&self) -> &[u64] {
        self.numbers.split_at(self.length.min(NUMBERS)).0
    }

    /// What follows the first `-`: `alpine3.20`; empty where nothing does.
    pub fn variant(&self) -> &'a str {
        self.variant
    }

    /// The line that it belongs to.
    pub fn line(&self) -> Line {
        let mut numbers = self.numbers().iter();
        Line {
            major: numbers.next().copied().unwrap_or_default(),
            minor: numbers.next().copied(),
        }
    }

    /// Whether it announces a release rather than being one: letters after the numbers, or a variant that begins with
    /// a word that semantic versions use for this.
    pub fn is_prerelease(&self) -> bool {
        const WORDS: [&str; 9] = [
            "alpha", "beta", "rc", "pre", "preview", "dev", "snapshot", "nightly", "canary",
        ];
        let word_end = |byte: u8| !byte.is_ascii_alphabetic();
        let end = self.variant.bytes().position(word_end);
        let word = self.variant.get(..end.unwrap_or(self.variant.len()));
        let word = word.unwrap_or_default().to_ascii_lowercase();
        !self.prerelease.is_empty() || WORDS.contains(&word.as_str())
    }

    /// Most specific first: more numbers, then the longer variant, then the newer. For the names of one manifest.
    pub fn by_detail(&self, other: &Self) -> Ordering {
        let has_variant = |version: &Self| !version.variant.is_empty();
        (other.length.cmp(&self.length))
            .then_with(|| has_variant(self).cmp(&has_variant(other)))
            .then_with(|| other.variant.len().cmp(&self.variant.len()))
            .then_with(|| other.cmp(self))
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        by_numbers(self.numbers(), other.numbers())
            .then_with(|| by_release(self.prerelease, other.prerelease))
            .then_with(|| natural(self.build, other.build))
            .then_with(|| natural(other.variant, self.variant))
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

fn by_numbers(one: &[u64], other: &[u64]) -> Ordering {
    let differing = one.iter().zip(other).find(|(one, other)| one != other);
    match differing {
        Some((one, other)) => one.cmp(other),
        // The shorter one floats above all that it is a prefix of.
        None => other.len().cmp(&one.len()),
    }
}

fn by_release(one: &str, other: &str) -> Ordering {
    match (one.is_empty(), other.is_empty()) {
        (false, false) => natural(one, other),
        (one, other) => one.cmp(&other),
    }
}

/// Compares texts so that `rc10` follows `rc9`; texts that are equal so are compared exactly, so that the order is
/// total.
pub fn natural(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one.as_bytes(), other.as_bytes());
    loop {
        match (left, right) {
            ([], []) => return one.cmp(other),
            ([], _) => return Ordering::Less,
            (_, []) => return Ordering::Greater,
            ([a, ..], [b, ..]) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let (a, after_a) = digits(left);
                let (b, after_b) = digits(right);
                let order = a.len().cmp(&b.len()).then_with(|| a.cmp(b));
                if order.is_ne() {
                    return order;
                }
                (left, right) = (after_a, after_b);
            }
            ([a, after_a @ ..], [b, after_b @ ..]) => {
                let order = a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
                if order.is_ne() {
                    return order;
                }
                (left, right) = (after_a, after_b);
            }
        }
    }
}

/// The digits that a text begins with, without leading zeros, and what follows them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    let (mut number, rest) = text.split_at(end.unwrap_or(text.len()));
    while let [b'0', shorter @ ..] = number {
        number = shorter;
    }
    (number, rest)
}

/// Whether this is the hash of a commit: 7 to 40 hex digits, not all of them decimal (Renovate's `commitHashPattern`).
fn is_hash(tag: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (7..=40).contains(&tag.len())
        && tag.bytes().all(is_hex)
        && !tag.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a name begins with a day: `20260102`, with the time behind it or not, or `2026-01-02`.
fn is_date(tag: &str) -> bool {
    let end = |text: &str| text.bytes().position(|byte| !byte.is_ascii_digit());
    let number = tag.split_at_checked(end(tag).unwrap_or(tag.len()));
    let Some((digits, rest)) = number else {
        return false;
    };
    let is_day = |month: Option<&str>, day: Option<&str>| {
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u8>().ok());
        number(month).is_some_and(|month| (1..=12).contains(&month))
            && number(day).is_some_and(|day| (1..=31).contains(&day))
    };
    let is_year =
        |text: Option<&str>| text.is_some_and(|year| matches!(year.get(..2), Some("19" | "20")));
    match digits.len() {
        8 | 10 | 12 | 14 if !rest.starts_with('.') => {
            is_year(digits.get(..4)) && is_day(digits.get(4..6), digits.get(6..8))
        }
        4 if rest.starts_with('-') => {
            let mut parts = tag.split(['-', 'T', '_']).skip(1);
            let is_two = |part: &&str| part.len() == 2;
            is_year(Some(digits))
                && is_day(parts.next().filter(is_two), parts.next().filter(is_two))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_read_as_renovate_reads_them() {
        for (tag, numbers, variant) in [
            ("1", &[1][..], ""),
            ("v1.4.1", &[1, 4, 1], ""),
            ("22.04", &[22, 4], ""),
            ("2026.01.15", &[2026, 1, 15], ""),
            ("3.20-alpine3.20", &[3, 20], "alpine3.20"),
            ("1.2.3-ls212", &[1, 2, 3], "ls212"),
            ("3.13.0rc2-slim-bookworm", &[3, 13, 0], "slim-bookworm"),
            ("0.3.0_build.5", &[0, 3, 0], ""),
            ("120.0.6099.109", &[120, 0, 6099, 109], ""),
            ("8u345-jre", &[8], "jre"),
        ] {
            let version = Version::parse(tag).unwrap();
            assert_eq!(
                (version.numbers(), version.variant()),
                (numbers, variant),
                "{tag}"
            );
        }
    }

    #[test]
    fn hashes_dates_words_and_what_overflows_are_no_versions() {
        for tag in [
            "",
            "latest",
            "alpine",
            "sha-1a2b3c4",
            "1a2b3c4",
            "20260102",
            "202601021504",
            "20260102-slim",
            "2026-01-02",
            "2026-01-02T10",
            "1..2",
            ".1",
            "1.",
            "99999999999999999999",
            "1.2.3.4.5.6.7",
            "1.2~3",
            "-",
            "v",
        ] {
            assert_eq!(Version::parse(tag), None, "{tag}");
        }
    }

    #[test]
    fn newer_is_greater_and_floating_is_greatest() {
        let ordered = [
            "1.2.0rc1",
            "1.2.0rc10",
            "1.2.0",
            "1.2.10",
            "1.2",
            "1.10.0-slim",
            "1.10.0-alpine",
            "1.10.0",
            "1",
            "2.0.0",
        ];
        for pair in ordered.windows(2) {
            let parse = |tag: &'static str| Version::parse(tag).unwrap();
            assert!(parse(pair[0]) < parse(pair[1]), "{pair:?}");
        }
        assert!(Version::parse("1.2.0rc1").unwrap().is_prerelease());
        assert!(Version::parse("1.2.0-beta.2").unwrap().is_prerelease());
        assert!(!Version::parse("1.2.0-bookworm").unwrap().is_prerelease());
    }

    #[test]
    fn the_most_specific_name_comes_first() {
        let mut names = ["1", "1.4", "1.3.9", "1.4.0"];
        names.sort_by(|a, b| {
            Version::parse(a)
                .unwrap()
                .by_detail(&Version::parse(b).unwrap())
        });
        assert_eq!(names, ["1.4.0", "1.3.9", "1.4", "1"]);
    }

    #[test]
    fn lines_float_above_their_minors() {
        let line = |tag| Version::parse(tag).unwrap().line();
        assert!(
            line("1") > line("1.9.3") && line("1.10.0") > line("1.9.9") && line("2.0") > line("1")
        );
        assert_eq!(line("v1.4.1-slim").to_string(), "1.4");
    }

    fn tag() -> impl Strategy<Value = String> {
        prop_oneof![
            "v?[0-3](\\.[0-9]{1,2}){0,3}(rc[0-9]{1,2})?(_b[0-9])?(-(alpine|slim|rc)[0-9.]{0,3})?",
            "[a-zA-Z0-9._-]{0,20}",
            "\\PC{0,20}",
        ]
    }

    proptest! {
        #[test]
        fn the_order_is_total(tags in prop::collection::vec(tag(), 3)) {
            let versions: Vec<_> = tags.iter().filter_map(|tag| Version::parse(tag)).collect();
            for a in &versions {
                for b in &versions {
                    prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
                    prop_assert_eq!(a.by_detail(b), b.by_detail(a).reverse());
                    for c in &versions {
                        prop_assert!(!(a <= b && b <= c) || a <= c);
                        prop_assert!(natural(a.variant(), b.variant()).is_gt()
                            || natural(b.variant(), c.variant()).is_gt()
                            || natural(a.variant(), c.variant()).is_le());
                    }
                }
            }
        }

        #[test]
        fn a_version_belongs_to_the_line_of_its_first_two_numbers(major in 0..50u64, minor in 0..50u64, patch in 0..50u64) {
            let tag = format!("v{major}.{minor}.{patch}-x");
            let version = Version::parse(&tag).unwrap();
            prop_assert_eq!(version.line(), Line { major, minor: Some(minor) });
            let older = format!("{major}.{minor}.{patch}");
            prop_assert!(Version::parse(&older).unwrap() > version);
        }
    }
}

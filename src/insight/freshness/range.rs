//! Which versions are wanted: `--range`.

use std::fmt;

use semver::{BuildMetadata, Prerelease, VersionReq};

use super::version::{Stage, Version};

/// A requirement as Cargo writes it, for versions as tags write them: of two numbers and of more, with a `v`, with
/// leading zeros.
#[derive(Clone, Debug)]
pub struct Range {
    written: String,
    /// One of them suffices.
    alternatives: Vec<VersionReq>,
}

/// Why a text is no range; it follows "the range".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// `semver` says why.
    #[error("`{comparator}` cannot be read: {reason}")]
    Comparator {
        /// Which part.
        comparator: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Range {
    /// Reads `^1.2`, `>=22.04, <24`, `~v1.4`, `1.x || 2.x`. A version alone is `^`.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let alternatives = text.split("||").map(requirement);
        Ok(Self {
            written: text.trim().to_owned(),
            alternatives: alternatives.collect::<Result<_, _>>()?,
        })
    }

    /// Whether a version is within. Of more than three numbers the first three count. A pre-release is within only
    /// where the range names one of the same three numbers.
    pub fn matches(&self, version: &Version<'_>) -> bool {
        let number = |place: usize| version.numbers().get(place).copied().unwrap_or_default();
        let pre = match version.stage() {
            Stage::Before => pre_release(version.pre_release()),
            Stage::Release | Stage::After => Prerelease::EMPTY,
        };
        let version = semver::Version {
            major: number(0),
            minor: number(1),
            patch: number(2),
            pre,
            build: BuildMetadata::EMPTY,
        };
        let mut alternatives = self.alternatives.iter();
        alternatives.any(|requirement| requirement.matches(&version))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// The pre-release as Semantic Versioning writes it. What it cannot have is left out.
fn pre_release(text: &str) -> Prerelease {
    let text: String = text
        .chars()
        .map(|c| if c == '_' || c == '+' { '-' } else { c })
        .collect();
    let without_zeros = text.split('.').map(|identifier| {
        let is_number = identifier.bytes().all(|byte| byte.is_ascii_digit());
        let shorter = identifier.trim_start_matches('0');
        match (is_number, shorter.is_empty()) {
            (true, true) => "0",
            (true, false) => shorter,
            (false, _) => identifier,
        }
    });
    let text = without_zeros.collect::<Vec<_>>().join(".");
    Prerelease::new(&text)
        .or_else(|_| Prerelease::new("pre"))
        .unwrap_or(Prerelease::EMPTY)
}

/// Comparators that must all hold, parted by commas, or by spaces as npm does.
fn requirement(text: &str) -> Result<VersionReq, RangeError> {
    if text.trim().is_empty() {
        return Err(RangeError::Empty);
    }
    let mut comparators: Vec<String> = Vec::new();
    for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
        let is_operator = |text: &str| text.bytes().all(|byte| b"<>=^~".contains(&byte));
        match comparators.last_mut() {
            // `>= 1.2`, where a space parts the operator from its version.
            Some(last) if is_operator(last) => last.push_str(part),
            _ => comparators.push(part.to_owned()),
        }
    }
    let comparators: Vec<String> = comparators.iter().map(|part| plain(part)).collect();
    let requirement = comparators.join(", ");
    VersionReq::parse(&requirement).map_err(|error| RangeError::Comparator {
        comparator: text.trim().to_owned(),
        reason: error.to_string(),
    })
}

/// A comparator without a `v` and without leading zeros.
fn plain(comparator: &str) -> String {
    let start = comparator.find(|c: char| !"<>=^~".contains(c));
    let (operator, version) = comparator
        .split_at_checked(start.unwrap_or(comparator.len()))
        .unwrap_or((comparator, ""));
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let (numbers, pre) = match version.find(['-', '+']) {
        Some(at) => version.split_at_checked(at).unwrap_or((version, "")),
        None => (version, ""),
    };
    let numbers = numbers.split('.').map(|number| {
        let shorter = number.trim_start_matches('0');
        if shorter.is_empty() && !number.is_empty() {
            "0"
        } else {
            shorter
        }
    });
    format!("{operator}{}{pre}", numbers.collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::freshness::conventions::Conventions;
    use crate::insight::freshness::parse::{Name, read};

    fn is_within(range: &str, tag: &str) -> bool {
        let Name::Version(version) = read(tag, &Conventions::default()) else {
            panic!("{tag} is no version");
        };
        Range::parse(range).unwrap().matches(&version)
    }

    #[test]
    fn a_range_is_for_versions_as_tags_write_them() {
        for (range, within, without) in [
            (
                "^1.2",
                &["1.2", "v1.9.3", "1.2.0-alpine"][..],
                &["1.1.9", "2.0", "1.3.0-rc1"][..],
            ),
            ("~1.4", &["1.4", "1.4.9"], &["1.5", "1"]),
            ("v1.4", &["v1.5.0"], &["v2.0.0"]),
            (">=22.04, <24", &["22.04", "23.10"], &["20.04", "24.04"]),
            (">=22.04 <24.10", &["24.04"], &["24.10"]),
            (">= 2024.01", &["2024.1", "2024.12.3"], &["2023.12"]),
            (">=20240101", &["20240115"], &["20231231"]),
            ("1 || 3", &["1.9", "3.0.1"], &["2.0"]),
            ("1.x", &["1.9"], &["2.0"]),
            ("*", &["9.9.9"], &["9.9.9-rc1"]),
            (
                "^1.43.3",
                &["1.43.3.10861-07dfddaeb"],
                &["1.42.0.1-07dfddaeb"],
            ),
            (">=1.3.0-rc.1", &["1.3.0-rc.2", "1.3.0"], &["1.3.0-beta.1"]),
        ] {
            for tag in within {
                assert!(is_within(range, tag), "{tag} within {range}");
            }
            for tag in without {
                assert!(!is_within(range, tag), "{tag} not within {range}");
            }
        }
    }

    #[test]
    fn what_is_no_range_says_why() {
        assert_eq!(Range::parse(" ").unwrap_err(), RangeError::Empty);
        assert_eq!(Range::parse("1 ||").unwrap_err(), RangeError::Empty);
        for text in ["latest", "^", ">=1.2.3.4", "1.2.99999999999999999999"] {
            let error = Range::parse(text).unwrap_err().to_string();
            assert!(
                error.contains(text) && error.contains("cannot be read"),
                "{error}"
            );
        }
    }
}

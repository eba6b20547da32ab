//! Alpine's packages (apk-tools, `apk-package(5)`, "pkgver").

use std::cmp::Ordering;

use super::compare_digits;

/// The numbers, the letter, the suffixes and the build of a version.
struct Version<'a> {
    numbers: Vec<&'a str>,
    letter: Option<char>,
    suffixes: Vec<(i8, &'a str)>,
    build: &'a str,
}

/// Suffixes before the release have a place below zero, those after it above.
const SUFFIXES: [(&str, i8); 10] = [
    ("alpha", -4),
    ("beta", -3),
    ("pre", -2),
    ("rc", -1),
    ("cvs", 1),
    ("svn", 2),
    ("git", 3),
    ("hg", 4),
    ("p", 5),
    ("r", 6),
];

fn parse(version: &str) -> Version<'_> {
    let version = version.trim();
    let (version, build) = match version.rsplit_once("-r") {
        Some((version, build))
            if !build.is_empty() && build.bytes().all(|b| b.is_ascii_digit()) =>
        {
            (version, build)
        }
        _ => (version, "0"),
    };
    let mut parts = version.split('_');
    let head = parts
        .next()
        .unwrap_or_default()
        .split('~')
        .next()
        .unwrap_or_default();
    let letter = head.chars().next_back().filter(char::is_ascii_alphabetic);
    let numbers = head.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffixes = parts.map(|part| {
        let digits = part.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let name = part.strip_suffix(digits).unwrap_or(part);
        let place = SUFFIXES.iter().find(|(known, _)| *known == name);
        (place.map_or(0, |(_, place)| *place), digits)
    });
    Version {
        numbers: numbers.split('.').collect(),
        letter,
        suffixes: suffixes.collect(),
        build,
    }
}

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (parse(one), parse(other));
    compare_numbers(&one.numbers, &other.numbers)
        .then_with(|| one.letter.cmp(&other.letter))
        .then_with(|| compare_suffixes(&one.suffixes, &other.suffixes))
        .then_with(|| compare_digits(one.build, other.build))
}

fn compare_numbers(one: &[&str], other: &[&str]) -> Ordering {
    for (place, (left, right)) in one.iter().zip(other).enumerate() {
        // A number with a leading zero is a fraction, but for the first.
        let is_fraction = place > 0 && (left.starts_with('0') || right.starts_with('0'));
        let order = if is_fraction {
            left.cmp(right)
        } else {
            compare_digits(left, right)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

fn compare_suffixes(one: &[(i8, &str)], other: &[(i8, &str)]) -> Ordering {
    for place in 0..one.len().max(other.len()) {
        let (left, left_digits) = one.get(place).copied().unwrap_or((0, ""));
        let (right, right_digits) = other.get(place).copied().unwrap_or((0, ""));
        let order = left
            .cmp(&right)
            .then_with(|| compare_digits(left_digits, right_digits));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

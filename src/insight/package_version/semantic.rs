//! Semantic Versioning 2.0, clause 11, for versions that need not have three numbers.

use std::cmp::Ordering;

use super::compare_digits;

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    numbers(one.0, other.0).then_with(|| match (one.1, other.1) {
        (None, None) => Ordering::Equal,
        // A pre-release comes before its release.
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => identifiers(one, other),
    })
}

/// The numbers, and the pre-release; what is built differently is the same version.
fn parts(version: &str) -> (&str, Option<&str>) {
    let version = version.trim();
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let version = version.split('+').next().unwrap_or_default();
    match version.split_once('-') {
        Some((numbers, rest)) => (numbers, Some(rest)),
        None => match version.find(|c: char| c.is_ascii_alphabetic()) {
            // `1.0rc1`, without its dash.
            Some(at) => {
                let (numbers, rest) = version.split_at_checked(at).unwrap_or((version, ""));
                (numbers.trim_end_matches(['.', '_']), Some(rest))
            }
            None => (version, None),
        },
    }
}

fn numbers(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.split('.'), other.split('.'));
    loop {
        let (left, right) = (one.next(), other.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        let order = identifier(left.unwrap_or("0"), right.unwrap_or("0"));
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn identifiers(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.split('.'), other.split('.'));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => {
                let order = identifier(left, right);
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

/// Numbers come before words.
fn identifier(one: &str, other: &str) -> Ordering {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(one), is_number(other)) {
        (true, true) => compare_digits(one, other),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => one.cmp(other),
    }
}

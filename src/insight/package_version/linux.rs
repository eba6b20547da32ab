//! Debian (deb-version(7)) and RPM (rpm-version(7)), which are alike.

use std::cmp::Ordering;

use super::compare_digits;

/// Epoch, upstream version, revision.
fn deb_parts(version: &str) -> (&str, &str, &str) {
    let version = version.trim();
    let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    (epoch, upstream, revision)
}

pub(super) fn compare_deb(one: &str, other: &str) -> Ordering {
    let (one, other) = (deb_parts(one), deb_parts(other));
    compare_digits(one.0, other.0)
        .then_with(|| compare_deb_part(one.1, other.1))
        .then_with(|| compare_deb_part(one.2, other.2))
}

/// The run of what is no digit at the start, and the rest.
fn split_run(text: &str, is_of_run: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !is_of_run(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn compare_deb_part(mut one: &str, mut other: &str) -> Ordering {
    let is_word = |c: char| !c.is_ascii_digit();
    while !one.is_empty() || !other.is_empty() {
        let (left, left_rest) = split_run(one, is_word);
        let (right, right_rest) = split_run(other, is_word);
        let order = compare_deb_words(left, right);
        if order != Ordering::Equal {
            return order;
        }
        let (left, left_rest) = split_run(left_rest, |c| c.is_ascii_digit());
        let (right, right_rest) = split_run(right_rest, |c| c.is_ascii_digit());
        let order = compare_digits(left, right);
        if order != Ordering::Equal {
            return order;
        }
        (one, other) = (left_rest, right_rest);
    }
    Ordering::Equal
}

/// Letters before other signs, `~` before the end.
fn compare_deb_words(one: &str, other: &str) -> Ordering {
    let weight = |c: Option<char>| match c {
        Some('~') => (0, 0),
        None => (1, 0),
        Some(c) if c.is_ascii_alphabetic() => (2, u32::from(c)),
        Some(c) => (3, u32::from(c)),
    };
    let (mut one, mut other) = (one.chars(), other.chars());
    loop {
        let (left, right) = (one.next(), other.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        let order = weight(left).cmp(&weight(right));
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Epoch, version and release; a release that only one of two has does not count.
pub(super) fn compare_rpm(one: &str, other: &str) -> Ordering {
    let parts = |version: &str| {
        let version = version.trim().to_owned();
        let (epoch, rest) = match version.split_once(':') {
            Some((epoch, rest)) => (epoch.to_owned(), rest.to_owned()),
            None => ("0".to_owned(), version),
        };
        match rest.split_once('-') {
            Some((version, release)) => (epoch, version.to_owned(), Some(release.to_owned())),
            None => (epoch, rest, None),
        }
    };
    let (one, other) = (parts(one), parts(other));
    compare_digits(&one.0, &other.0)
        .then_with(|| compare_rpm_part(&one.1, &other.1))
        .then_with(|| match (&one.2, &other.2) {
            (Some(left), Some(right)) => compare_rpm_part(left, right),
            _ => Ordering::Equal,
        })
}

/// `rpmvercmp`.
fn compare_rpm_part(mut one: &str, mut other: &str) -> Ordering {
    let is_separator = |c: char| !c.is_ascii_alphanumeric() && c != '~' && c != '^';
    loop {
        one = one.trim_start_matches(is_separator);
        other = other.trim_start_matches(is_separator);
        // A tilde comes before everything, a caret after the end and before everything else.
        match (one.starts_with('~'), other.starts_with('~')) {
            (true, true) => {
                (one, other) = (rest(one), rest(other));
                continue;
            }
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        match (one.starts_with('^'), other.starts_with('^')) {
            (true, true) => {
                (one, other) = (rest(one), rest(other));
                continue;
            }
            (true, false) if other.is_empty() => return Ordering::Greater,
            (false, true) if one.is_empty() => return Ordering::Less,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        if one.is_empty() || other.is_empty() {
            return one.len().cmp(&other.len());
        }
        let is_number = one.starts_with(|c: char| c.is_ascii_digit());
        let of_kind = |c: char| {
            if is_number {
                c.is_ascii_digit()
            } else {
                c.is_ascii_alphabetic()
            }
        };
        let (left, left_rest) = split_run(one, of_kind);
        let (right, right_rest) = split_run(other, of_kind);
        if right.is_empty() {
            // Numbers are newer than words.
            return if is_number {
                Ordering::Greater
            } else {
                Ordering::Less
            };
        }
        let order = if is_number {
            compare_digits(left, right)
        } else {
            left.cmp(right)
        };
        if order != Ordering::Equal {
            return order;
        }
        (one, other) = (left_rest, right_rest);
    }
}

fn rest(text: &str) -> &str {
    let mut characters = text.chars();
    characters.next();
    characters.as_str()
}

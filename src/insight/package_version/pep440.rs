//! Python's versions (packaging.python.org, "Version specifiers"; PEP 440).

use std::cmp::Ordering;

use super::compare_digits;

/// A version, taken apart. Words are places: development releases before pre-releases before the release before what
/// comes after it.
#[derive(Debug, Default)]
struct Version {
    epoch: String,
    release: Vec<String>,
    /// `a`, `b` or `rc` and its number.
    pre: Option<(u8, String)>,
    post: Option<String>,
    dev: Option<String>,
    local: Vec<String>,
}

fn parse(text: &str) -> Version {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    let (public, local) = text.split_once('+').unwrap_or((text, ""));
    let (epoch, public) = public.split_once('!').unwrap_or(("0", public));
    let end = public
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(public.len());
    let (release, mut rest) = public.split_at_checked(end).unwrap_or((public, ""));
    let mut version = Version {
        epoch: epoch.to_owned(),
        release: release
            .split('.')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        local: local
            .split(['.', '-', '_'])
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        ..Version::default()
    };
    loop {
        let is_dashed = rest.starts_with('-');
        rest = rest.trim_start_matches(['.', '-', '_']);
        if rest.is_empty() {
            return version;
        }
        let word = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(word).unwrap_or((rest, ""));
        let after = after.trim_start_matches(['.', '-', '_']);
        let digits = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        let (number, after) = after.split_at_checked(digits).unwrap_or((after, ""));
        let number = if number.is_empty() { "0" } else { number }.to_owned();
        match word {
            "a" | "alpha" => version.pre = Some((0, number)),
            "b" | "beta" => version.pre = Some((1, number)),
            "c" | "rc" | "pre" | "preview" => version.pre = Some((2, number)),
            "post" | "rev" | "r" => version.post = Some(number),
            "dev" => version.dev = Some(number),
            "" if is_dashed => version.post = Some(number),
            _ => return version,
        }
        if after.len() == rest.len() {
            return version;
        }
        rest = after;
    }
}

fn compare_release(one: &[String], other: &[String]) -> Ordering {
    for place in 0..one.len().max(other.len()) {
        let part = |list: &[String]| list.get(place).cloned().unwrap_or_default();
        let order = compare_digits(&part(one), &part(other));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (parse(one), parse(other));
    // A development release of nothing else comes before every pre-release.
    let stage = |version: &Version| match (&version.pre, &version.post, &version.dev) {
        (None, None, Some(_)) => (0, String::new()),
        (Some((kind, number)), ..) => (1 + kind, number.clone()),
        _ => (9, String::new()),
    };
    let (left, right) = (stage(&one), stage(&other));
    compare_digits(&one.epoch, &other.epoch)
        .then_with(|| compare_release(&one.release, &other.release))
        .then_with(|| left.0.cmp(&right.0))
        .then_with(|| compare_digits(&left.1, &right.1))
        .then_with(|| compare_optional(one.post.as_deref(), other.post.as_deref()))
        // Without `dev` comes after with it.
        .then_with(|| match (&one.dev, &other.dev) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(left), Some(right)) => compare_digits(left, right),
        })
        .then_with(|| compare_local(&one.local, &other.local))
}

fn compare_optional(one: Option<&str>, other: Option<&str>) -> Ordering {
    match (one, other) {
        (Some(left), Some(right)) => compare_digits(left, right),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

/// Numbers come after words here, and more parts after fewer.
fn compare_local(one: &[String], other: &[String]) -> Ordering {
    for (left, right) in one.iter().zip(other) {
        let is_number = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
        let order = match (is_number(left), is_number(right)) {
            (true, true) => compare_digits(left, right),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => left.cmp(right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

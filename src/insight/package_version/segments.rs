//! Ruby's gems (`Gem::Version`), and versions that are nothing but numbers.

use std::cmp::Ordering;

use super::compare_digits;

/// Runs of digits and runs of letters; a dash begins a pre-release.
fn segments(version: &str) -> Vec<String> {
    let version = version.trim().replace('-', ".pre.");
    let mut segments: Vec<String> = Vec::new();
    for part in version.split('.') {
        let mut before = None;
        for character in part.chars().filter(char::is_ascii_alphanumeric) {
            let is_digit = character.is_ascii_digit();
            match segments.last_mut().filter(|_| before == Some(is_digit)) {
                Some(last) => last.push(character),
                None => segments.push(character.to_string()),
            }
            before = Some(is_digit);
        }
    }
    // Zeros at the end say nothing.
    while segments
        .last()
        .is_some_and(|last| last.bytes().all(|byte| byte == b'0'))
    {
        segments.pop();
    }
    segments
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn compare_gem(one: &str, other: &str) -> Ordering {
    let (one, other) = (segments(one), segments(other));
    for place in 0..one.len().max(other.len()) {
        let part = |list: &[String]| list.get(place).cloned().unwrap_or_else(|| "0".to_owned());
        let (left, right) = (part(&one), part(&other));
        // Letters are pre-releases: they come before numbers.
        let order = match (is_number(&left), is_number(&right)) {
            (true, true) => compare_digits(&left, &right),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => left.cmp(&right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

pub(super) fn compare_numbers(one: &str, other: &str) -> Ordering {
    let part = |c: char| !c.is_ascii_digit();
    let (mut one, mut other) = (one.split(part), other.split(part));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) => {
                let order = compare_digits(left, right);
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

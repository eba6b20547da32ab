//! How texts within versions follow each other.

use std::cmp::Ordering;

/// Compares texts so that `rc10` follows `rc9`; texts that are equal so are compared exactly, so that the order is
/// total.
pub fn natural(one: &str, other: &str) -> Ordering {
    by_numbers_and_letters(one, other).then_with(|| one.cmp(other))
}

/// As [`natural`], but `RC1` and `rc1`, and `01` and `1`, are equal.
pub(super) fn by_numbers_and_letters(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one.as_bytes(), other.as_bytes());
    loop {
        match (left, right) {
            ([], []) => return Ordering::Equal,
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

/// Compares what follows the numbers of two pre-releases, identifier by identifier as Semantic Versioning (item 11)
/// does: numbers below words, the shorter list first. Where its letter would put `rc10` before `rc9`, numbers within
/// a word count too, and `rc1`, `RC.1` and `rc-1` are one.
pub(super) fn pre_releases(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one, other);
    loop {
        match (identifier(left), identifier(right)) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some((a, after_a)), Some((b, after_b))) => {
                let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                let order = is_number(b)
                    .cmp(&is_number(a))
                    .then_with(|| by_numbers_and_letters(spelled_out(a), spelled_out(b)));
                if order.is_ne() {
                    return order;
                }
                (left, right) = (after_a, after_b);
            }
        }
    }
}

/// The first run of digits or of letters, and what follows it; absent where there is none.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(['.', '-', '_', '+']);
    let first = text.bytes().next()?;
    let is_end = |byte: u8| {
        matches!(byte, b'.' | b'-' | b'_' | b'+') || byte.is_ascii_digit() != first.is_ascii_digit()
    };
    text.split_at_checked(text.bytes().position(is_end).unwrap_or(text.len()))
}

/// `a1` is an alpha and `b1` a beta, as Python writes them.
fn spelled_out(word: &str) -> &str {
    match word {
        "a" | "A" => "alpha",
        "b" | "B" => "beta",
        "c" | "C" | "cr" | "CR" => "rc",
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pre_releases_follow_semantic_versioning_and_what_people_mean() {
        let ordered = [
            "alpha",
            "alpha.1",
            "alpha.beta",
            "b1",
            "beta.2",
            "beta.11",
            "rc.1",
            "RC2",
            "rc-9",
            "rc10",
        ];
        for (place, one) in ordered.iter().enumerate() {
            for other in ordered.iter().skip(place + 1) {
                assert_eq!(pre_releases(one, other), Ordering::Less, "{one} {other}");
            }
        }
        assert_eq!(pre_releases("RC1", "rc.1"), Ordering::Equal);
    }
}

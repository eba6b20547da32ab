//! What a single number in a tag is: a part of a version, a year, a day, a time, or a counter.

/// What a number is by its digits and its place. Two versions whose numbers differ in this are of two schemes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// A part of a version.
    #[default]
    Plain,
    /// `2024`, where a year can stand.
    Year,
    /// `20240115`.
    Day,
    /// `202401151504` and `20240115150405`, by how many digits there are; also `2024011515`.
    Time(u8),
    /// A time of a machine or the number of a run: nine digits and more.
    Long,
}

/// From this year on a number is taken for a year; containers are younger, what is packed in them is not.
const FIRST_YEAR: u64 = 1990;
/// The last one.
const LAST_YEAR: u64 = 2099;

impl Class {
    /// The class of `digits` at `place` of a version, counted from 0.
    pub(super) fn of(digits: &str, place: usize) -> Self {
        match digits.len() {
            4 => match (place, digits.parse::<u64>()) {
                (0, Ok(year)) if (FIRST_YEAR..=LAST_YEAR).contains(&year) => Self::Year,
                // `1.2024.1` is a year; a minor version that counts that far is rare.
                (1, Ok(year)) if (2015..=2039).contains(&year) => Self::Year,
                _ => Self::Plain,
            },
            8 if is_day(digits) => Self::Day,
            10 | 12 | 14 if is_time(digits) => Self::Time(digits.len().try_into().unwrap_or(0)),
            length if length >= 9 => Self::Long,
            _ => Self::Plain,
        }
    }

    /// Whether the number tells when something was made.
    pub(super) fn is_date(self) -> bool {
        matches!(self, Self::Year | Self::Day | Self::Time(_))
    }
}

/// Whether this is a day as `20240115`.
pub(super) fn is_day(digits: &str) -> bool {
    digits.len() == 8
        && is_year(digits.get(..4))
        && is_within(digits.get(4..6), 1, 12)
        && is_within(digits.get(6..8), 1, 31)
}

/// Whether this is a day with its hour, and minutes and seconds where there are more digits.
pub(super) fn is_time(digits: &str) -> bool {
    let is_below = |range: std::ops::Range<usize>, most| {
        range.end > digits.len() || is_within(digits.get(range), 0, most)
    };
    matches!(digits.len(), 10 | 12 | 14)
        && digits.get(..8).is_some_and(is_day)
        && is_below(8..10, 23)
        && is_below(10..12, 59)
        && is_below(12..14, 60)
}

/// Whether these four digits are a year.
pub(super) fn is_year(digits: Option<&str>) -> bool {
    digits.is_some_and(|digits| digits.len() == 4) && is_within(digits, FIRST_YEAR, LAST_YEAR)
}

/// Whether a text is a number of decimal digits from `least` to `most`.
pub(super) fn is_within(digits: Option<&str>, least: u64, most: u64) -> bool {
    let number = digits.filter(|digits| is_digits(digits));
    number
        .and_then(|digits| digits.parse().ok())
        .is_some_and(|number: u64| (least..=most).contains(&number))
}

/// Whether a text is of decimal digits, and not empty.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is the hash of a commit as tools cut it: 7 to 40 hex digits in lower case, not all of them decimal
/// and not all of them letters; a full digest too.
pub(super) fn is_hash(text: &str) -> bool {
    (matches!(text.len(), 7..=40) || text.len() == 64)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && !is_digits(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_date_only_where_it_can_be_one() {
        for (digits, place, class) in [
            ("3", 0, Class::Plain),
            ("2024", 0, Class::Year),
            ("2024", 1, Class::Year),
            ("2024", 2, Class::Plain),
            ("1809", 0, Class::Plain),
            ("20240115", 0, Class::Day),
            ("20231001", 1, Class::Day),
            ("20241301", 0, Class::Plain),
            ("202401151504", 0, Class::Time(12)),
            ("20240115150405", 0, Class::Time(14)),
            ("20240115250405", 0, Class::Long),
            ("9876543210", 0, Class::Long),
            ("10861", 3, Class::Plain),
        ] {
            assert_eq!(Class::of(digits, place), class, "{digits} at {place}");
        }
    }

    #[test]
    fn a_word_and_a_number_are_no_hashes() {
        for hash in ["1a2b3c4", "07dfddaeb", "cb3ebc72d"] {
            assert!(is_hash(hash), "{hash}");
        }
        for other in [
            "1234567", "facade", "defaced", "1a2b3c", "1A2B3C4", "trixie7",
        ] {
            assert!(!is_hash(other), "{other}");
        }
    }
}

//! Ranges of versions, as a person writes them.

use std::cmp::Ordering;

use super::compare;

/// What a version must be, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range(Vec<(Operator, String)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// A comparator without a version.
    #[error("{0:?} has no version: write comparators joined by commas, as in >=1.2,<2")]
    NoVersion(String),
}

impl Range {
    /// Reads comparators `< <= > >= = == != ^ ~` joined by commas; a bare version is equal. `^1.2` is up to the next number
    /// that is not zero (`<2`), `~1.2` up to the next of the second (`<1.3`).
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let mut all = Vec::new();
        for part in text.split(',') {
            let part = part.trim();
            let signs = part
                .find(|c: char| !"<>=!^~".contains(c))
                .unwrap_or(part.len());
            let (sign, version) = part.split_at_checked(signs).unwrap_or((part, ""));
            let version = version.trim();
            if version.is_empty() {
                return Err(RangeError::NoVersion(part.to_owned()));
            }
            let operator = match sign {
                "<" => Operator::Less,
                "<=" => Operator::LessOrEqual,
                ">" => Operator::Greater,
                ">=" => Operator::GreaterOrEqual,
                "!=" => Operator::NotEqual,
                "" | "=" | "==" => Operator::Equal,
                "^" | "~" => {
                    all.push((Operator::GreaterOrEqual, version.to_owned()));
                    all.push((Operator::Less, next(version, sign == "^")));
                    continue;
                }
                _ => return Err(RangeError::NoVersion(part.to_owned())),
            };
            all.push((operator, version.to_owned()));
        }
        Ok(Self(all))
    }

    /// Whether a version of a type of package is in the range. Of a type without rules only equality is known.
    pub fn has(&self, ecosystem: &str, version: &str) -> bool {
        self.0.iter().all(|(operator, bound)| {
            let order = compare(ecosystem, version, bound);
            match operator {
                Operator::Equal => order == Some(Ordering::Equal),
                Operator::NotEqual => order != Some(Ordering::Equal),
                Operator::Less => order == Some(Ordering::Less),
                Operator::Greater => order == Some(Ordering::Greater),
                Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                Operator::GreaterOrEqual => {
                    matches!(order, Some(Ordering::Greater | Ordering::Equal))
                }
            }
        })
    }
}

/// The first version beyond what `^` or `~` means.
fn next(version: &str, is_caret: bool) -> String {
    let prefix = if version.starts_with('v') { "v" } else { "" };
    let numbers = version.trim_start_matches('v');
    let end = numbers
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(numbers.len());
    let numbers = numbers.get(..end).unwrap_or_default();
    let mut parts: Vec<u64> = numbers
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect();
    let place = if is_caret {
        // Without any number that is not zero, the last that is written.
        parts
            .iter()
            .position(|part| *part != 0)
            .unwrap_or(parts.len().saturating_sub(1))
    } else {
        1.min(parts.len().saturating_sub(1))
    };
    for (number, part) in parts.iter_mut().enumerate() {
        match number.cmp(&place) {
            Ordering::Less => {}
            Ordering::Equal => *part = part.saturating_add(1),
            Ordering::Greater => *part = 0,
        }
    }
    let parts: Vec<String> = parts.iter().map(u64::to_string).collect();
    format!("{prefix}{}", parts.join("."))
}

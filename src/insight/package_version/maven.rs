//! Maven's `ComparableVersion` (maven.apache.org, "Version Order Specification").

use std::cmp::Ordering;

use super::compare_digits;

/// A part of a version with what stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    is_dashed: bool,
    text: String,
}

impl Token {
    fn is_number(&self) -> bool {
        self.text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Whether it says nothing at the end of a version.
    fn is_null(&self) -> bool {
        if self.is_number() {
            return self.text.bytes().all(|byte| byte == b'0');
        }
        qualifier(&self.text) == qualifier("")
    }
}

/// The place of a word; unknown ones come after all that are known, by their letters.
fn qualifier(text: &str) -> (u8, &str) {
    match text {
        "alpha" => (0, ""),
        "beta" => (1, ""),
        "milestone" => (2, ""),
        "rc" | "cr" => (3, ""),
        "snapshot" => (4, ""),
        "" | "ga" | "final" | "release" => (5, ""),
        "sp" => (6, ""),
        other => (7, other),
    }
}

fn tokens(version: &str) -> Vec<Token> {
    let version = version.trim().to_ascii_lowercase();
    let mut tokens: Vec<Token> = Vec::new();
    let (mut text, mut is_dashed) = (String::new(), false);
    let mut put = |text: &mut String, is_dashed: bool, is_before_digit: bool| {
        let word = std::mem::take(text);
        let word = match word.as_str() {
            "a" if is_before_digit => "alpha".to_owned(),
            "b" if is_before_digit => "beta".to_owned(),
            "m" if is_before_digit => "milestone".to_owned(),
            "" => "0".to_owned(),
            _ => word,
        };
        tokens.push(Token {
            is_dashed,
            text: word,
        });
    };
    for character in version.chars() {
        if matches!(character, '.' | '-' | '_') {
            put(&mut text, is_dashed, false);
            is_dashed = character != '.';
            continue;
        }
        let is_digit = character.is_ascii_digit();
        let was_digit = text.chars().next_back().map(|c| c.is_ascii_digit());
        if was_digit.is_some_and(|was| was != is_digit) {
            // From a digit to a letter and back is as good as a dash.
            put(&mut text, is_dashed, is_digit);
            is_dashed = true;
        }
        text.push(character);
    }
    put(&mut text, is_dashed, false);
    trim(tokens)
}

/// Takes out what says nothing: before each dash, and at the end.
fn trim(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::new();
    for token in tokens {
        if token.is_dashed {
            trim_end(&mut kept);
        }
        kept.push(token);
    }
    trim_end(&mut kept);
    kept
}

fn trim_end(kept: &mut Vec<Token>) {
    while kept.last().is_some_and(Token::is_null) && kept.len() > 1 {
        kept.pop();
    }
}

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (tokens(one), tokens(other));
    for place in 0..one.len().max(other.len()) {
        let order = match (one.get(place), other.get(place)) {
            (Some(left), Some(right)) => compare_tokens(left, right),
            (Some(left), None) => compare_tokens(left, &filler(left)),
            (None, Some(right)) => compare_tokens(&filler(right), right),
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// What stands in the place of a part that the shorter version does not have.
fn filler(of: &Token) -> Token {
    Token {
        is_dashed: of.is_dashed,
        text: if of.is_number() {
            "0".to_owned()
        } else {
            String::new()
        },
    }
}

fn compare_tokens(one: &Token, other: &Token) -> Ordering {
    // Word after a dot, word after a dash, number after a dash, number after a dot.
    let place = |token: &Token| match (token.is_number() && !token.text.is_empty(), token.is_dashed)
    {
        (false, false) => 0,
        (false, true) => 1,
        (true, true) => 2,
        (true, false) => 3,
    };
    let (left, right) = (place(one), place(other));
    if left != right && !(left < 2 && right < 2) {
        return left.cmp(&right);
    }
    if left >= 2 {
        return compare_digits(&one.text, &other.text);
    }
    qualifier(&one.text).cmp(&qualifier(&other.text))
}

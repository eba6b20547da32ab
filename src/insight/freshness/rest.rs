//! Reads what follows the numbers of a version: pre-release, builds, and the words of its variant.

use super::conventions::Conventions;
use super::number::{Class, is_digits, is_hash, is_within, is_year};
use super::parse::is_dated;
use super::version::{Form, Stage, Version};

/// Words of a pre-release wherever they stand.
const PRE_WORDS: [&str; 10] = [
    "alpha",
    "beta",
    "rc",
    "snapshot",
    "preview",
    "ea",
    "nightly",
    "canary",
    "pre",
    "prerelease",
];
/// Words of a pre-release directly behind the numbers.
const FIRST_PRE_WORDS: [&str; 10] = [
    "dev",
    "milestone",
    "next",
    "eap",
    "insiders",
    "insider",
    "experimental",
    "tp",
    "cr",
    "unstable",
];
/// Letters of a pre-release directly behind the numbers, where a number follows.
const PRE_LETTERS: [&str; 4] = ["a", "b", "m", "c"];
/// Words that number a build, where a number follows.
const BUILD_WORDS: [&str; 16] = [
    "ls", "r", "rev", "build", "p", "pl", "patch", "post", "hotfix", "fix", "sp", "eksbuild",
    "gke", "git", "ci", "bld",
];
/// Words before a hash or the number of a build, with a separator between.
const HASH_WORDS: [&str; 7] = ["sha", "git", "commit", "build", "rev", "g", "run"];
/// Words that say that a release is one.
const RELEASE_WORDS: [&str; 3] = ["final", "ga", "release"];
/// A number that is an architecture.
const ARCHITECTURES: [&str; 2] = ["386", "486"];

/// What is read so far.
pub(super) struct Rest<'a, 'c> {
    version: Version<'a>,
    conventions: &'c Conventions<'c>,
    /// Where what is not read begins: at a separator, or at letters directly behind the numbers.
    at: usize,
    /// Whether nothing of the variant stood yet.
    is_first: bool,
}

/// A piece between two separators.
#[derive(Clone, Copy)]
struct Piece<'a> {
    text: &'a str,
    start: usize,
    /// What stands before it; `None` for letters directly behind the numbers.
    separator: Option<u8>,
}

impl Piece<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

impl<'a, 'c> Rest<'a, 'c> {
    /// Reads what stands from `at` on. None: letters follow the numbers that say nothing that is known.
    pub(super) fn read(
        version: Version<'a>,
        at: usize,
        conventions: &'c Conventions<'c>,
    ) -> Option<Version<'a>> {
        let mut rest = Self {
            version,
            conventions,
            at,
            is_first: true,
        };
        while let Some(piece) = rest.piece(rest.at) {
            if !piece.text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
                return None;
            }
            rest.at = piece.end();
            let is_read = rest.second_version(piece)
                || rest.pre_release(piece)
                || rest.number(piece)
                || rest.build(piece)
                || rest.release_word(piece);
            if !is_read {
                if piece.separator.is_none() && !rest.is_attached_variant(piece) {
                    return None;
                }
                rest.variant(piece);
            }
        }
        Some(rest.version)
    }

    /// The piece at a place. Only directly behind the numbers do dots and underscores part pieces.
    fn piece(&self, at: usize) -> Option<Piece<'a>> {
        let behind = self.version.text.get(at..)?;
        let first = behind.bytes().next()?;
        let is_separator = matches!(first, b'-' | b'_' | b'.' | b'+');
        let start = at + usize::from(is_separator);
        let text = self.version.text.get(start..)?;
        let is_parted = !is_separator || matches!(first, b'_' | b'+');
        let is_end = |byte: u8| byte == b'-' || (is_parted && matches!(byte, b'_' | b'+'));
        let text = text.get(..text.bytes().position(is_end).unwrap_or(text.len()))?;
        Some(Piece {
            text,
            start,
            separator: is_separator.then_some(first),
        })
    }

    fn next(&self) -> Option<Piece<'a>> {
        self.piece(self.at)
    }

    /// Whether a piece stands directly behind the numbers.
    fn is_behind_numbers(&self, piece: Piece<'_>) -> bool {
        let end = self.version.prefix.len() + self.version.written.len();
        piece.start <= end + 1
    }

    /// `3.11-7.3.21`: a second version behind the first, whose line the first is.
    fn second_version(&mut self, piece: Piece<'a>) -> bool {
        let version = &mut self.version;
        let end = version.prefix.len() + version.written.len();
        let is_dotted = piece.text.contains('.') && piece.text.split('.').all(is_digits);
        let is_begun = || {
            let name = version.text.get(..piece.end());
            is_digits(piece.text)
                && name.is_some_and(|name| self.conventions.is_second_version(name))
        };
        if piece.separator != Some(b'-')
            || piece.start != end + 1
            || version.scheme.form != Form::Dots
            || version.written.contains('-')
            || !(is_dotted || is_begun())
        {
            return false;
        }
        let (mut numbers, mut length) = (version.numbers, version.length);
        for digits in piece.text.split('.') {
            let (Ok(number), Some(place)) = (digits.parse(), numbers.get_mut(length)) else {
                return false;
            };
            *place = number;
            length += 1;
        }
        let written = version.text.get(version.prefix.len()..piece.end());
        version.written = written.unwrap_or(version.written);
        (version.numbers, version.length) = (numbers, length);
        true
    }

    /// `rc1`, `-rc.1`, `b1`, `-M2`, `-ea-7`.
    fn pre_release(&mut self, piece: Piece<'a>) -> bool {
        if self.version.stage != Stage::Release {
            return false;
        }
        let letters = piece
            .text
            .bytes()
            .position(|byte| !byte.is_ascii_alphabetic());
        let (word, rest) = piece
            .text
            .split_at_checked(letters.unwrap_or(piece.text.len()))
            .unwrap_or_default();
        let is_one_of = |words: &[&str]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
        let is_first = self.is_first;
        let is_metadata = piece.separator == Some(b'_') && !is_one_of(&PRE_WORDS);
        let is_update = self.version.scheme.form == Form::Update;
        let has_number = rest
            .trim_start_matches('.')
            .starts_with(|c: char| c.is_ascii_digit());
        let is_known = is_one_of(&PRE_WORDS)
            || (is_first && is_one_of(&FIRST_PRE_WORDS))
            || (is_one_of(&["dev"]) && has_number)
            || (is_first && is_one_of(&PRE_LETTERS) && is_digits(rest) && !is_update);
        let is_variant = word.eq_ignore_ascii_case("dev")
            && rest.is_empty()
            && self.conventions.is_dev_a_variant;
        // `ea`, `m` and the like begin other words too, and those go on with letters.
        let is_end = rest.is_empty() || rest.starts_with(['.', '_']) || has_number;
        if !is_known || is_variant || is_metadata || !is_end {
            return false;
        }
        let mut end = piece.end();
        if rest.is_empty() {
            let mut joined = 0;
            while joined < 3
                && let Some(next) = self.next()
                && is_digits(next.text)
            {
                end = next.end();
                self.at = end;
                joined += 1;
            }
        }
        self.version.stage = Stage::Before;
        self.version.pre_release = self.version.text.get(piece.start..end).unwrap_or_default();
        true
    }

    /// A number by itself: how far `git describe` counted, a build, a day, or a part of the variant.
    fn number(&mut self, piece: Piece<'a>) -> bool {
        if !is_digits(piece.text) {
            return self.dashed_day(piece);
        }
        let next = self.next();
        let described = next.filter(|next| next.text.strip_prefix('g').is_some_and(is_hash));
        if let (Some(next), true) = (described, self.is_first) {
            self.version.build.push(piece.start, next.end());
            self.at = next.end();
            if self.version.stage == Stage::Release {
                self.version.stage = Stage::After;
            }
            if let Some(dirty) = self.next().filter(|piece| piece.text == "dirty") {
                self.version.build.push(dirty.start, dirty.end());
                self.at = dirty.end();
            }
            return true;
        }
        if self.dashed_day(piece) {
            return true;
        }
        let behind = self.version.text.get(piece.end()..).unwrap_or_default();
        let is_metadata = matches!(piece.separator, Some(b'_' | b'+'));
        let is_build = is_dated(piece.text)
            || (self.is_first
                && !self.conventions.is_variant(self.version.prefix, behind)
                && !ARCHITECTURES.contains(&piece.text)
                && (is_metadata
                    || self.version.length > 1
                    || self.version.scheme.first == Class::Day
                    || self.version.stage != Stage::Release));
        if is_build {
            self.version.build.push(piece.start, piece.end());
        }
        is_build
    }

    /// `-2024-01-15` behind a version.
    fn dashed_day(&mut self, piece: Piece<'a>) -> bool {
        if piece.separator.is_none() || !is_year(Some(piece.text)) {
            return false;
        }
        let month = self.next();
        let day = month.and_then(|month| self.piece(month.end()));
        let is_two = |piece: Option<Piece<'_>>, most| {
            piece.is_some_and(|piece| piece.text.len() == 2 && is_within(Some(piece.text), 1, most))
        };
        if let (true, true, Some(day)) = (is_two(month, 12), is_two(day, 31), day) {
            self.version.build.push(piece.start, day.end());
            self.at = day.end();
            return true;
        }
        false
    }

    /// `ls209`, `r39`, `b07`, `build.5`, `ce.0`, a hash.
    fn build(&mut self, piece: Piece<'a>) -> bool {
        let text = piece.text;
        let hash = text.strip_prefix('g').filter(|hash| is_hash(hash));
        if is_hash(text) || hash.is_some() {
            self.version.build.push(piece.start, piece.end());
            return true;
        }
        let letters = text.bytes().position(|byte| !byte.is_ascii_alphabetic());
        let (word, rest) = text
            .split_at_checked(letters.unwrap_or(text.len()))
            .unwrap_or_default();
        let is_one_of = |words: &[&str]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
        if let (true, Some(next)) = (rest.is_empty() && is_one_of(&HASH_WORDS), self.next())
            && (is_hash(next.text) || (is_digits(next.text) && !is_one_of(&["g"])))
        {
            self.version.build.push(piece.start, next.end());
            self.at = next.end();
            return true;
        }
        let number = rest.strip_prefix(['.', '_']).unwrap_or(rest);
        let is_number = !number.is_empty() && number.split('.').all(is_digits);
        let is_behind = self.is_behind_numbers(piece);
        let is_update = self.version.scheme.form == Form::Update;
        let is_metadata = is_behind && matches!(piece.separator, Some(b'_' | b'+'));
        let is_build = (is_number && is_one_of(&BUILD_WORDS))
            || (rest.starts_with('.') && is_one_of(&HASH_WORDS) && is_hash(number))
            || (is_number && is_one_of(&["b"]) && (is_update || is_metadata))
            || (is_number && is_one_of(&["v"]) && (is_metadata || is_dated(number)))
            || is_distribution_build(text)
            || (is_metadata && text.starts_with(|c: char| c.is_ascii_digit()))
            // `1.1.1w`, where a single letter counts patches.
            || (piece.separator.is_none()
                && self.version.length > 1
                && word.len() == 1
                && rest.is_empty());
        if is_build {
            self.version.build.push(piece.start, piece.end());
            return true;
        }
        // `-ce.0`: the number is that of a build of this variant.
        if piece.separator == Some(b'-') && rest.starts_with('.') && is_digits(number) {
            let end = piece.start + word.len();
            self.version.suffix.push(piece.start, end);
            self.version.build.push(end + 1, piece.end());
            self.is_first = false;
            return true;
        }
        false
    }

    /// `.Final` and the like say nothing more than the numbers.
    fn release_word(&mut self, piece: Piece<'a>) -> bool {
        let is_word = |one: &&str| piece.text.eq_ignore_ascii_case(one);
        self.is_behind_numbers(piece) && RELEASE_WORDS.iter().any(is_word)
    }

    /// Whether letters directly behind the numbers are a variant: behind several numbers they are taken so.
    fn is_attached_variant(&self, piece: Piece<'_>) -> bool {
        self.version.length > 1 && piece.text.len() > 1
    }

    fn variant(&mut self, piece: Piece<'a>) {
        self.version.suffix.push(piece.start, piece.end());
        self.is_first = false;
    }
}

/// Builds of distributions of Kubernetes: `k3s1`, `rke2r1`.
fn is_distribution_build(text: &str) -> bool {
    ["k3s", "rke2r", "k0s"].iter().any(|word| {
        let number = text.strip_prefix(word);
        number.is_some_and(|number| is_digits(number.trim_start_matches('.')))
    })
}

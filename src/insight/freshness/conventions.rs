//! What only the tags of a repository together tell of each.

use std::collections::HashSet;

use super::number::is_digits;
use super::version::{Form, Version};

/// How the tags of one repository are written, where one tag alone can be read in two ways.
#[derive(Clone, Debug, Default)]
pub(super) struct Conventions<'a> {
    /// `24.04` is a month of a year, and so is `24.10`.
    pub(super) has_months: bool,
    /// `-dev` is a variant, as `latest-dev` shows, and no pre-release.
    pub(super) is_dev_a_variant: bool,
    /// What stands before and behind a number that follows a single one: `4-22-trixie` shows that the 24 in
    /// `4.0.13-24-trixie` is no build.
    numbered_variants: HashSet<(&'a str, &'a str)>,
    /// Names up to the first number of a second version: `3.11-7.3.21` shows that the 7 in `3.11-7` is no build.
    second_versions: HashSet<&'a str>,
}

impl<'a> Conventions<'a> {
    /// Takes in what a version shows that was read by itself.
    pub(super) fn learn(&mut self, version: &Version<'a>) {
        self.has_months |= version.scheme.form == Form::YearAndMonth;
        if version.scheme.form != Form::Dots {
            return;
        }
        let end = version.prefix.len() + version.written.len();
        if let Some((first, second)) = version.written.split_once('-') {
            let number = second.find('.').unwrap_or(second.len());
            let end = version.prefix.len() + first.len() + 1 + number;
            self.second_versions.extend(version.text.get(..end));
        } else if version.length == 1
            && let Some((_, behind)) = version.text.get(end..).and_then(bare_number)
        {
            self.numbered_variants.insert((version.prefix, behind));
        }
    }

    /// Takes in a tag that is a word.
    pub(super) fn learn_word(&mut self, word: &str) {
        self.is_dev_a_variant |= word == "latest-dev";
    }

    /// Whether nothing was learned, so that every tag is what it is by itself.
    pub(super) fn is_empty(&self) -> bool {
        !self.has_months
            && !self.is_dev_a_variant
            && self.numbered_variants.is_empty()
            && self.second_versions.is_empty()
    }

    /// Whether the number behind the first version, with `behind` after it, is a part of the variant.
    pub(super) fn is_variant(&self, prefix: &str, behind: &str) -> bool {
        !self.numbered_variants.is_empty() && self.numbered_variants.contains(&(prefix, behind))
    }

    /// Whether a second version begins with the number at the end of `name`.
    pub(super) fn is_second_version(&self, name: &str) -> bool {
        !self.second_versions.is_empty() && self.second_versions.contains(name)
    }
}

/// A number that follows a `-` and ends at another, or with the tag; and what is behind it.
fn bare_number(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('-')?;
    let (number, behind) = text.split_at_checked(text.find('-').unwrap_or(text.len()))?;
    is_digits(number).then_some((number, behind))
}

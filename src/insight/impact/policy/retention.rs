//! Retention of tags: rules of a registry's configuration by which its collector takes tags that nobody deleted.
//!
//! zot's are told here (`keepTags`). Which there are stands in its configuration, where no client sees it: a person says
//! them, and until then an answer says that it takes them for absent.

use std::sync::Arc;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// Whether the collector takes tags by rules of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TagRetention {
    /// It has no such rules.
    #[default]
    None,
    /// Its configuration may have some, and has none as it comes. What is predicted is predicted for none, and an answer
    /// that stands on that says so.
    Option,
    /// Somebody who knows says that there are none.
    Off,
    /// There are these: for each repository the first entry that means it counts, and where none does every tag stays.
    Keep(Vec<KeptTags>),
}

/// Which tags stay in some repositories.
///
/// Rules that count or go by time cannot be said: they weigh when tags were pushed and pulled, which only the registry
/// knows. Who has such names the tags that stay. So does who runs zot with a metadata database: there tags stay that it
/// has no statistics of, whatever their names (`GetRetainedTagsFromMetaDB`); without one, a tag of cosign goes like any
/// other that no pattern matches, which is what was observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptTags {
    /// Which repositories, as globs in which `**` passes `/`.
    #[serde(default = "every_repository")]
    pub repositories: Vec<String>,
    /// Tags that match one of these stay, and every other goes; without any pattern all stay, as with zot.
    #[serde(default)]
    pub tags: Vec<TagPattern>,
}

fn every_repository() -> Vec<String> {
    vec!["**".to_owned()]
}

/// A regular expression that is searched for anywhere in a tag, as zot does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagPattern(Arc<Regex>);

impl TryFrom<String> for TagPattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Regex::new(&text).map(|regex| Self(Arc::new(regex)))
    }
}

impl From<TagPattern> for String {
    fn from(pattern: TagPattern) -> Self {
        pattern.0.as_str().to_owned()
    }
}

impl PartialEq for TagPattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for TagPattern {}

impl KeptTags {
    /// These tags, in every repository.
    pub fn everywhere(tags: Vec<TagPattern>) -> Self {
        Self {
            repositories: every_repository(),
            tags,
        }
    }

    pub(in crate::insight::impact) fn means(&self, repository: &str) -> bool {
        let mut globs = self.repositories.iter();
        globs.any(|glob| glob_match::glob_match(glob, repository))
    }

    pub(in crate::insight::impact) fn keeps(&self, tag: &str) -> bool {
        self.tags.is_empty() || self.tags.iter().any(|pattern| pattern.0.is_match(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Result<TagRetention, toml::de::Error> {
        #[derive(Deserialize)]
        struct Table {
            tag_retention: TagRetention,
        }
        toml::from_str::<Table>(text).map(|table| table.tag_retention)
    }

    #[test]
    fn rules_are_written_as_zot_means_them() {
        let text = "tag_retention = { keep = [{ repositories = ['prod/**'], tags = ['^v1'] }, { tags = [] }] }";
        let TagRetention::Keep(entries) = kept(text).unwrap() else {
            panic!("it says what is kept");
        };
        assert!(entries[0].means("prod/a/b") && !entries[0].means("dev/a"));
        assert!(entries[0].keeps("v1.2") && !entries[0].keeps("rev1"));
        assert!(entries[1].means("dev/a") && entries[1].keeps("anything"));
        assert_eq!(kept("tag_retention = 'off'").unwrap(), TagRetention::Off);
    }

    #[test]
    fn a_wrong_pattern_or_key_is_told() {
        let pattern = kept("tag_retention = { keep = [{ tags = ['('] }] }");
        assert!(pattern.unwrap_err().to_string().contains("unclosed group"));
        let key = kept("tag_retention = { keep = [{ patterns = ['a'] }] }");
        assert!(key.unwrap_err().to_string().contains("patterns"));
    }
}

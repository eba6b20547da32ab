//! What to crawl: roots, depth, filters, and how eager to be.

use crate::oci::purpose::DocumentKinds;

/// How pressing a question is. What the person looks at goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// The rest.
    Background,
    /// On the screen.
    Visible,
    /// Under the cursor, or asked for by a key.
    Looking,
}

/// How far the crawl goes on by itself from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Not at all.
    Itself,
    /// To everything below, as deep as the plan allows.
    Below,
}

/// What to crawl.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a bound of its own")]
pub struct Plan {
    /// Reads configs, and the manifests of referrers that a list only described.
    pub is_full: bool,
    /// Which attached documents are read, with the manifests of the referrers that carry them.
    pub documents: DocumentKinds,
    /// Bytes that an attached document may unpack to.
    pub unpacked_limit: u64,
    /// Reads no configs of images, even where it reads the rest.
    pub skips_configs: bool,
    /// How many levels below a root are asked for; a repository is one level below its registry, a tag one below its
    /// repository, a manifest one below its tag or index, a referrer one below its subject. None: as deep as the
    /// limits allow.
    pub depth: Option<u32>,
    /// Which tags.
    pub tags: TagFilter,
    /// Only this platform of an index, `os/arch[/variant]`.
    pub platform: Option<String>,
    /// Stops at lists on registries beyond loopback, for a screen that asks for what is visible.
    pub is_reserved: bool,
    /// Lists tags and asks for none of them: whoever runs the crawl wants some.
    pub is_list_only: bool,
    /// Asks which other tags name what a tag as target names, however many there are.
    pub is_aliases: bool,
    /// Asks nothing that is remembered, however old.
    pub is_offline: bool,
    /// For a program that wants to know what is: what is remembered is asked again, unless a session found it out that
    /// began at this moment (milliseconds since 1970) or later. None: for a screen, which shows what is remembered and
    /// asks again for what is looked at.
    pub fresh_since: Option<u64>,
    /// How deep index within index and referrer of referrer are followed.
    pub depth_limit: u32,
    /// How many entries are taken in, over everything.
    pub entry_limit: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            is_full: false,
            skips_configs: false,
            documents: DocumentKinds::NONE,
            unpacked_limit: 100_000_000,
            depth: None,
            tags: TagFilter::default(),
            platform: None,
            is_reserved: false,
            is_list_only: false,
            is_aliases: false,
            is_offline: false,
            fresh_since: None,
            depth_limit: 64,
            entry_limit: u64::MAX,
        }
    }
}

/// Which tags are wanted: globs, those with `!` exclude.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagFilter {
    /// A tag must match one of these, if there are any.
    include: Vec<String>,
    /// A tag must match none of these.
    exclude: Vec<String>,
}

/// Whether a pattern is one. Errors: brackets or braces that do not close, in words that follow the pattern.
pub fn check_pattern(pattern: &str) -> Result<(), &'static str> {
    let (mut braces, mut is_class, mut characters) = (0_u32, false, pattern.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.next().is_none() => return Err("ends in a backslash"),
            '\\' => {}
            ']' => is_class = false,
            _ if is_class => {}
            '[' => is_class = true,
            '{' => braces += 1,
            '}' => braces = braces.checked_sub(1).ok_or("has a } without a {")?,
            _ => {}
        }
    }
    match (is_class, braces) {
        (true, _) => Err("has a [ without a ]"),
        (_, 0) => Ok(()),
        _ => Err("has a { without a }"),
    }
}

impl TagFilter {
    /// A filter from patterns as a person writes them.
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Self {
        let mut filter = Self::default();
        for pattern in patterns {
            match pattern.as_ref().strip_prefix('!') {
                Some(excluded) => filter.exclude.push(excluded.to_owned()),
                None => filter.include.push(pattern.as_ref().to_owned()),
            }
        }
        filter
    }

    /// Whether every tag is wanted.
    pub fn is_open(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether a tag is wanted.
    pub fn takes(&self, tag: &str) -> bool {
        let matches = |pattern: &String| glob_match::glob_match(pattern, tag);
        (self.include.is_empty() || self.include.iter().any(matches))
            && !self.exclude.iter().any(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_is_none_is_told() {
        for pattern in ["1.*", "[0-9]*", "{a,b}", "!x", "a\\[", "[[]", ""] {
            assert_eq!(check_pattern(pattern), Ok(()), "{pattern}");
        }
        for pattern in ["[", "a[0-9", "{a", "a}", "\\"] {
            assert!(check_pattern(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn patterns_include_and_exclude() {
        let filter = TagFilter::new(["1.*", "latest", "!*-alpine"]);
        assert!(filter.takes("1.2") && filter.takes("latest"));
        assert!(!filter.takes("1.2-alpine") && !filter.takes("2.0"));
        assert!(TagFilter::default().takes("anything"));
    }
}

//! What a document says, as one text that is searched while somebody types.
//!
//! ```text
//! name ␟ type ␟ version ␟ package URL ␟ licences ␊        one line a package, in the document's order
//! CVE-2026-1 ␟ vex ␟ not_affected ␟ ␟ ␊                   and one a statement
//! ```

use std::fmt::Write as _;
use std::ops::Range;

use memchr::memmem;

use super::reading::Reading;
use super::sbom::Package;
use crate::oci::RemoteText;

/// Between two fields of a line.
const FIELD: char = '\u{1f}';

/// Lines in lower case, with where each ends. About 100 bytes a package.
#[derive(Clone, Debug, Default)]
pub struct SearchText {
    text: String,
    ends: Vec<u32>,
    /// How many of the lines are packages; the others are statements.
    packages: usize,
}

impl SearchText {
    /// The text of a document. `O(n)` in what it says.
    pub fn of(reading: &Reading) -> Self {
        let packages = reading.sbom().map(|sbom| sbom.packages.as_slice());
        let mut found = Self::of_packages(packages.into_iter().flatten());
        for statement in reading.vex().iter().flat_map(|vex| &vex.statements) {
            for name in std::iter::once(&statement.vulnerability).chain(&statement.aliases) {
                let status = statement.status.name();
                found.line(&[name.as_str(), "vex", status, "", ""]);
            }
        }
        found
    }

    /// The text of packages, in their order.
    pub fn of_packages<'p>(packages: impl IntoIterator<Item = &'p Package>) -> Self {
        let mut found = Self::default();
        let text = |text: &'p Option<RemoteText>| text.as_ref().map_or("", RemoteText::as_str);
        let mut name = String::new();
        let mut licenses = String::new();
        for package in packages {
            name.clear();
            if let Some(group) = package.group.as_ref().filter(|group| !group.is_empty()) {
                // Writing to a text does not fail.
                let _ = write!(name, "{}/", group.as_str());
            }
            name.push_str(package.name.as_str());
            licenses.clear();
            for license in &package.licenses {
                licenses.push_str(license.as_str());
                licenses.push(' ');
            }
            let (kind, version) = (text(&package.ecosystem), text(&package.version));
            found.line(&[&name, kind, version, text(&package.purl), &licenses]);
            found.packages += 1;
        }
        found
    }

    fn line(&mut self, fields: &[&str; 5]) {
        for (number, field) in fields.iter().enumerate() {
            if number > 0 {
                self.text.push(FIELD);
            }
            push_lower(&mut self.text, field);
        }
        self.text.push('\n');
        self.ends
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many of the lines are packages: the first ones.
    pub const fn packages(&self) -> usize {
        self.packages
    }

    /// Bytes in memory.
    pub fn weight(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    /// Gives back what was taken for growing.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// The numbers of the lines in which all `words` stand, in order. Words are in lower case; without any, all lines.
    /// Cost: one pass of a vectorised search for the longest word, and the other words in what that finds.
    pub fn find<'t>(&'t self, words: &'t Words) -> impl Iterator<Item = usize> + 't {
        let mut from = 0;
        let mut line = 0;
        std::iter::from_fn(move || {
            loop {
                let rest = self.text.as_bytes().get(from..)?;
                let at = match words.first() {
                    Some(finder) => from + finder.find(rest)?,
                    None if rest.is_empty() => return None,
                    None => from,
                };
                line = self.line_at(at, line);
                let range = self.range(line)?;
                from = range.end;
                let text = self.text.as_bytes().get(range)?;
                if words.rest().all(|word| word.find(text).is_some()) {
                    return Some(line);
                }
            }
        })
    }

    /// Whether all `words` stand in name, type and version of one package, or one statement's. Cost: that of
    /// [`find`](Self::find).
    pub fn names(&self, words: &Words) -> bool {
        self.find(words).any(|line| {
            let text = self.range(line).and_then(|range| self.text.get(range));
            let head = text.and_then(|text| {
                let (end, _) = text.match_indices(FIELD).nth(2)?;
                text.get(..end)
            });
            head.is_some_and(|head| {
                words
                    .0
                    .iter()
                    .all(|word| word.find(head.as_bytes()).is_some())
            })
        })
    }

    /// The lines of the packages that are called `name`, exactly but for their case, and are of this type.
    pub fn named<'t>(&'t self, name: &str, kind: &str) -> impl Iterator<Item = usize> + 't {
        let mut start = String::new();
        push_lower(&mut start, name);
        start.push(FIELD);
        push_lower(&mut start, kind);
        start.push(FIELD);
        let mut from = 0;
        let mut line = 0;
        let finder = memmem::Finder::new(start.as_bytes()).into_owned();
        std::iter::from_fn(move || {
            loop {
                let rest = self.text.as_bytes().get(from..)?;
                let at = from + finder.find(rest)?;
                line = self.line_at(at, line);
                let range = self.range(line)?;
                from = range.end;
                if range.start == at && line < self.packages {
                    return Some(line);
                }
            }
        })
    }

    /// The version of a package, in lower case.
    pub fn version(&self, line: usize) -> Option<String> {
        let text = self.text.get(self.range(line)?)?;
        text.split(FIELD).nth(2).map(str::to_owned)
    }

    /// The line that a place is in; `known` is a line before it.
    fn line_at(&self, at: usize, known: usize) -> usize {
        let ends = self.ends.get(known..).unwrap_or_default();
        // What is sought often stands in one of the next lines.
        for (step, end) in ends.iter().take(4).enumerate() {
            if usize::try_from(*end).is_ok_and(|end| at < end) {
                return known + step;
            }
        }
        known + ends.partition_point(|end| usize::try_from(*end).is_ok_and(|end| end <= at))
    }

    fn range(&self, line: usize) -> Option<Range<usize>> {
        let end = usize::try_from(*self.ends.get(line)?).ok()?;
        let before = line.checked_sub(1).and_then(|line| self.ends.get(line));
        let start = before.map_or(0, |start| usize::try_from(*start).unwrap_or(end));
        Some(start..end)
    }
}

/// Words that are sought, the longest first.
#[derive(Clone, Debug, Default)]
pub struct Words(Vec<memmem::Finder<'static>>);

impl Words {
    /// The words of what a person typed.
    pub fn new(text: &str) -> Self {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let words = words.iter();
        Self(
            words
                .map(|word| memmem::Finder::new(word.as_bytes()).into_owned())
                .collect(),
        )
    }

    /// Whether nothing is sought.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Characters of the longest word, in bytes.
    pub fn longest(&self) -> usize {
        self.first().map_or(0, |finder| finder.needle().len())
    }

    fn first(&self) -> Option<&memmem::Finder<'static>> {
        self.0.first()
    }

    fn rest(&self) -> impl Iterator<Item = &memmem::Finder<'static>> {
        self.0.iter().skip(1)
    }
}

/// Adds a field in lower case; what would end a field or a line is a space.
fn push_lower(text: &mut String, field: &str) {
    if field.is_ascii() {
        text.extend(field.bytes().map(|byte| match byte {
            b'\n' | 0x1f => ' ',
            byte => char::from(byte.to_ascii_lowercase()),
        }));
        return;
    }
    let lower = field.chars().flat_map(char::to_lowercase);
    text.extend(lower.map(|c| if c == '\n' || c == FIELD { ' ' } else { c }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> SearchText {
        let package = |name: &str, version: &str, license: &str| Package {
            name: name.into(),
            version: Some(version.into()),
            purl: Some(format!("pkg:npm/{name}@{version}").into()),
            ecosystem: Some("npm".into()),
            licenses: vec![license.into()],
            ..Package::default()
        };
        SearchText::of_packages(&[
            package("Left-Pad", "1.0.0", "MIT"),
            package("left", "2.0.0", "Apache-2.0"),
            package("strange\nname", "3", "MIT"),
            package("ÄÖ", "1.0.0", "MIT"),
        ])
    }

    fn found(words: &str) -> Vec<usize> {
        text().find(&Words::new(words)).collect()
    }

    #[test]
    fn all_words_stand_in_one_line_in_any_case() {
        assert_eq!(found(""), [0, 1, 2, 3]);
        assert_eq!(found("left"), [0, 1]);
        assert_eq!(found("LEFT mit"), [0]);
        assert_eq!(found("left 3"), [0_usize; 0]);
        assert_eq!(found("äö"), [3]);
        assert_eq!(found("strange"), [2]);
        assert_eq!(found("pkg:npm/left@2"), [1]);
        assert_eq!(found("apache"), [1]);
        let names = |words: &str| text().names(&Words::new(words));
        assert!(names("left npm 2.0") && !names("apache") && !names("pkg:npm"));
    }

    #[test]
    fn a_name_is_found_exactly() {
        let named = |name: &str, kind: &str| text().named(name, kind).collect::<Vec<_>>();
        assert_eq!(named("left", "npm"), [1]);
        assert_eq!(named("left-pad", "npm"), [0]);
        assert_eq!(named("left", "deb"), [0_usize; 0]);
        assert_eq!(named("pad", "npm"), [0_usize; 0]);
    }

    #[test]
    fn no_text_and_no_line_is_beyond_its_end() {
        let empty = SearchText::default();
        assert!(empty.is_empty() && empty.find(&Words::new("")).next().is_none());
        assert_eq!(empty.named("a", "b").next(), None);
    }
}

//! From what a person writes to actions: references, and patterns over what is there.

use std::collections::BTreeSet;

use crate::oci::Digest;

use super::action::Action;
use crate::insight::impact::inventory::{Inventory, RepositoryId};

/// Why a text names nothing that can be deleted or moved. Each says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// Neither a tag nor a digest.
    #[error(
        "`{0}` names no tag and no manifest: write REPOSITORY:TAG or REPOSITORY@DIGEST, as the target shows them"
    )]
    Shape(String),
    /// The part after the at sign is no digest.
    #[error("`{0}`: {1}")]
    Digest(String, crate::oci::DigestError),
    /// The beginning of several digests.
    #[error("`{0}` is the beginning of {1} digests here: write more of it")]
    Several(String, usize),
    /// A pattern that nothing fits.
    #[error("`{0}` matches nothing that the target has")]
    Nothing(String),
    /// A tag that moves needs a digest.
    #[error("`{0}` moves no tag: write REPOSITORY:TAG=DIGEST")]
    Move(String),
}

/// How references are read: relative to one target.
#[derive(Clone, Debug)]
pub struct Selector<'a> {
    inventory: &'a Inventory,
    /// The registry's host, which may stand in front.
    host: Option<String>,
    /// The only repository, whose name may be left out.
    only: Option<&'a str>,
}

/// One reference, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written<'a> {
    Tag(&'a str, &'a str),
    Digest(&'a str, &'a str),
}

impl<'a> Selector<'a> {
    /// References to what `inventory` has. `host` is the registry's own; `is_one` says that the target is one
    /// repository, so that its name may be left out.
    pub fn new(inventory: &'a Inventory, host: Option<&str>, is_one: bool) -> Self {
        let mut names = inventory.repositories().map(|(_, name)| name);
        let only = match (names.next(), names.next()) {
            (Some(name), None) if is_one || name.is_empty() => Some(name),
            _ => None,
        };
        Self {
            inventory,
            host: host.map(|host| format!("{host}/")),
            only,
        }
    }

    /// The deletions that `text` asks for: one for a reference, whether it is there or not; for a pattern one for each
    /// tag (or manifest) that it fits, by repository and name.
    ///
    /// Cost: for a pattern, a look at every tag (or manifest) of the repositories that it fits.
    pub fn deletions(&self, text: &str) -> Result<Vec<Action>, SelectError> {
        let written = self.read(text)?;
        let (Written::Tag(repository, name) | Written::Digest(repository, name)) = written;
        if is_pattern(repository) || is_pattern(name) {
            let mut found = self.fitting(written);
            if let Some(only) = self.only.filter(|_| found.is_empty()) {
                found = self.fitting(Written::Tag(only, text));
            }
            return if found.is_empty() {
                Err(SelectError::Nothing(text.to_owned()))
            } else {
                Ok(found)
            };
        }
        let repository = repository.to_owned();
        Ok(vec![match written {
            Written::Tag(_, tag) => Action::DeleteTag {
                repository,
                tag: tag.to_owned(),
            },
            Written::Digest(_, digest) => Action::DeleteManifest {
                repository,
                digest: self.whole(text, digest)?,
            },
        }])
    }

    /// The move that `TAG=DIGEST` asks for.
    pub fn moving(&self, text: &str) -> Result<Action, SelectError> {
        let no_move = || SelectError::Move(text.to_owned());
        let (tag, digest) = text.split_once('=').ok_or_else(no_move)?;
        let digest = self.whole(text, digest)?;
        match self.read(tag)? {
            Written::Tag(repository, tag) if !is_pattern(repository) && !is_pattern(tag) => {
                Ok(Action::MoveTag {
                    repository: repository.to_owned(),
                    tag: tag.to_owned(),
                    digest,
                })
            }
            _ => Err(no_move()),
        }
    }

    /// A digest as it is written: whole, or as much of it as is printed, if only one thing here begins so.
    fn whole(&self, text: &str, digest: &str) -> Result<Digest, SelectError> {
        /// Digits that are printed of a digest where there is no room for all.
        const LEAST: usize = 12;
        let error = match digest.parse() {
            Ok(digest) => return Ok(digest),
            Err(error) => error,
        };
        let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
        if digits.len() < LEAST || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(SelectError::Digest(text.to_owned(), error));
        }
        let begins = |whole: &Digest| {
            let whole = whole.to_string();
            whole.starts_with(digest)
                || whole
                    .split_once(':')
                    .is_some_and(|(_, encoded)| encoded.starts_with(digest))
        };
        let repositories = self.inventory.repositories().map(|(id, _)| id);
        let objects = repositories.flat_map(|id| {
            let manifests = self.inventory.manifests(id);
            manifests.chain(self.inventory.held(id))
        });
        let digests = objects.map(|object| *self.inventory.digest(object));
        let mut found: Vec<Digest> = digests.filter(begins).collect();
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [only] => Ok(*only),
            [] => Err(SelectError::Nothing(text.to_owned())),
            several => Err(SelectError::Several(text.to_owned(), several.len())),
        }
    }

    /// The digest that `text` means: itself, its beginning, that of a reference, or what a tag names.
    pub fn digest(&self, text: &str) -> Result<Digest, SelectError> {
        if let Ok(digest) = text.parse() {
            return Ok(digest);
        }
        // An algorithm is no repository that is here, so this is no tag.
        let is_tag = || {
            self.read(text).is_ok_and(|written| match written {
                Written::Tag(repository, tag) => self.has_tag(repository, tag),
                Written::Digest(..) => true,
            })
        };
        if !is_tag()
            && let Ok(digest) = self.whole(text, text)
        {
            return Ok(digest);
        }
        match self.read(text)? {
            Written::Digest(_, digest) => self.whole(text, digest),
            Written::Tag(repository, tag) => {
                let repository = self.inventory.repository(repository);
                let mut tags = repository
                    .into_iter()
                    .flat_map(|id| self.inventory.tags(id));
                tags.find(|(name, _)| *name == tag)
                    .map(|(_, object)| *self.inventory.digest(object))
                    .ok_or_else(|| SelectError::Nothing(text.to_owned()))
            }
        }
    }

    fn has_tag(&self, repository: &str, tag: &str) -> bool {
        let id = self.inventory.repository(repository);
        id.is_some_and(|id| self.inventory.tags(id).any(|(name, _)| name == tag))
    }

    fn read<'t>(&'t self, text: &'t str) -> Result<Written<'t>, SelectError> {
        let text_in_full = text;
        let host = self.host.as_deref();
        let text = host
            .and_then(|host| text.strip_prefix(host))
            .unwrap_or(text);
        let shape = || SelectError::Shape(text_in_full.to_owned());
        if let Some(written) = self.literal(text_in_full).or_else(|| self.literal(text)) {
            return Ok(written);
        }
        let written = if let Some((repository, digest)) = text.split_once('@') {
            // A tag beside a digest says nothing more.
            let repository = split_tag(repository).map_or(repository, |(repository, _)| repository);
            Written::Digest(repository, digest)
        } else {
            match (split_tag(text), self.only) {
                (Some((repository, tag)), _) => Written::Tag(repository, tag),
                (None, Some(only)) if text != only && !text.contains('/') => {
                    Written::Tag(only, text)
                }
                _ => return Err(shape()),
            }
        };
        match (written, self.only) {
            (Written::Tag("", tag), Some(only)) if !tag.is_empty() => Ok(Written::Tag(only, tag)),
            (Written::Digest("", digest), Some(only)) if !digest.is_empty() => {
                Ok(Written::Digest(only, digest))
            }
            (
                Written::Tag(_, "")
                | Written::Digest(_, "")
                | Written::Tag("", _)
                | Written::Digest("", _),
                _,
            ) => Err(shape()),
            _ => Ok(written),
        }
    }

    /// A tag of the only repository, whatever stands in its name: archives and layouts have tags that are whole
    /// references. With or without the repository's name before it.
    fn literal<'t>(&'t self, text: &'t str) -> Option<Written<'t>> {
        let only = self.only?;
        let id = self.inventory.repository(only)?;
        let after = text
            .strip_prefix(only)
            .and_then(|text| text.strip_prefix(':'));
        let mut names = [Some(text), after].into_iter().flatten();
        let has = |name: &&str| self.inventory.tags(id).any(|(tag, _)| tag == *name);
        names.find(has).map(|name| Written::Tag(only, name))
    }

    fn fitting(&self, written: Written<'_>) -> Vec<Action> {
        let (Written::Tag(places, names) | Written::Digest(places, names)) = written;
        let repositories = self.inventory.repositories();
        let mut fitting: Vec<(RepositoryId, &str)> = repositories
            .filter(|(_, name)| fits(places, name))
            .collect();
        fitting.sort_by_key(|(_, name)| *name);
        let mut found = Vec::new();
        for (id, repository) in fitting {
            match written {
                Written::Tag(..) => {
                    let tags = self.inventory.tags(id).map(|(name, _)| name);
                    let tags: BTreeSet<&str> = tags.filter(|tag| fits_tag(names, tag)).collect();
                    found.extend(tags.into_iter().map(|tag| Action::DeleteTag {
                        repository: repository.to_owned(),
                        tag: tag.to_owned(),
                    }));
                }
                Written::Digest(..) => {
                    let digests = self
                        .inventory
                        .manifests(id)
                        .map(|id| self.inventory.digest(id));
                    let digests: BTreeSet<&Digest> = digests
                        .filter(|digest| fits(names, &digest.to_string()))
                        .collect();
                    found.extend(digests.into_iter().map(|digest| Action::DeleteManifest {
                        repository: repository.to_owned(),
                        digest: *digest,
                    }));
                }
            }
        }
        found
    }
}

/// `REPOSITORY:TAG`; a colon before a slash is a port's.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))
}

/// Whether a text is a pattern: none of these characters may stand in a name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// As [`fits`], for names of tags: the slashes that those of archives have part nothing.
fn fits_tag(pattern: &str, name: &str) -> bool {
    let plain = |text: &str| text.replace('/', "\u{1}");
    fits(pattern, name) || fits(&plain(pattern), &plain(name))
}

fn fits(pattern: &str, name: &str) -> bool {
    if is_pattern(pattern) {
        glob_match::glob_match(pattern, name)
    } else {
        pattern == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::impact::inventory::builder::InventoryBuilder;
    use crate::insight::impact::inventory::view::{Rows, View};

    fn inventory(tags: &[(&str, &str)]) -> Inventory {
        let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
        for (repository, tag) in tags {
            let repository = builder.repository(repository);
            let object = builder.object(Digest::of(tag.as_bytes()), 1);
            builder.row(repository, object, Some(tag));
        }
        builder.build().unwrap()
    }

    fn found(selector: &Selector<'_>, text: &str) -> String {
        match selector.deletions(text) {
            Ok(actions) => actions
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn references_name_one_thing_and_patterns_what_they_fit() {
        let inventory = inventory(&[
            ("team/app", "1.3.0"),
            ("team/app", "1.3.1"),
            ("team/app", "2.0"),
            ("base", "1.3.0"),
        ]);
        let selector = Selector::new(&inventory, Some("127.0.0.1:5000"), false);
        let digest = Digest::of(b"x");
        for (text, expected) in [
            ("team/app:1.3.0", "team/app:1.3.0"),
            ("127.0.0.1:5000/team/app:2.0", "team/app:2.0"),
            ("team/app:no", "team/app:no"),
            ("team/app:1.3.*", "team/app:1.3.0 team/app:1.3.1"),
            ("**:1.3.0", "base:1.3.0 team/app:1.3.0"),
            ("*:1.3.0", "base:1.3.0"),
        ] {
            assert_eq!(found(&selector, text), expected, "{text}");
        }
        let by_digest = format!("base:1@{digest}");
        assert_eq!(found(&selector, &by_digest), format!("base@{digest}"));
        for text in [
            "team/app",
            "app:9.*",
            ":1.3.0",
            "1.3.0",
            "base@sha256:12",
            "base:",
        ] {
            assert!(found(&selector, text).starts_with("error"), "{text}");
        }
    }

    #[test]
    fn the_name_of_the_only_repository_may_be_left_out() {
        let inventory = inventory(&[("team/app", "1"), ("team/app", "2")]);
        let selector = Selector::new(&inventory, None, true);
        for (text, expected) in [
            ("1", "team/app:1"),
            (":1", "team/app:1"),
            ("*", "team/app:1 team/app:2"),
            ("team/app:1", "team/app:1"),
        ] {
            assert_eq!(found(&selector, text), expected, "{text}");
        }
        assert!(found(&selector, "team/app").starts_with("error"));
        let several = Selector::new(&inventory, None, false);
        assert!(found(&several, "1").starts_with("error"));
    }

    /// As archives and layouts have them.
    #[test]
    fn tags_that_are_whole_references_are_meant_as_the_target_shows_them() {
        let inventory = inventory(&[
            ("", "team/app:1"),
            ("", "team/app:2"),
            ("", "docker.io/library/nginx:1.27"),
        ]);
        let selector = Selector::new(&inventory, None, true);
        for (text, expected) in [
            ("team/app:1", ":team/app:1"),
            (":team/app:1", ":team/app:1"),
            (
                "docker.io/library/nginx:1.27",
                ":docker.io/library/nginx:1.27",
            ),
            ("team/app:*", ":team/app:1 :team/app:2"),
            ("*", ":docker.io/library/nginx:1.27 :team/app:1 :team/app:2"),
            ("*:1", ":team/app:1"),
        ] {
            assert_eq!(found(&selector, text), expected, "{text}");
        }
        assert_eq!(selector.digest("team/app:1"), Ok(Digest::of(b"team/app:1")));
        let digest = Digest::of(b"x");
        let moved = selector.moving(&format!("team/app:1={digest}")).unwrap();
        assert_eq!(moved.to_string(), format!(":team/app:1={digest}"));
    }

    #[test]
    fn a_tag_moves_to_a_digest() {
        let inventory = inventory(&[("app", "1")]);
        let selector = Selector::new(&inventory, None, false);
        let digest = Digest::of(b"x");
        let moved = selector.moving(&format!("app:1={digest}")).unwrap();
        assert_eq!(moved.to_string(), format!("app:1={digest}"));
        for text in ["app:1", "app:*=sha256:12", "app@sha256:1=2"] {
            assert!(selector.moving(text).is_err(), "{text}");
        }
        assert_eq!(selector.digest("app:1"), Ok(Digest::of(b"1")));
        assert_eq!(selector.digest(&digest.to_string()), Ok(digest));
    }
}

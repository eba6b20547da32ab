//! The tags of a repository: what each is, which are one release, and what names it.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::conventions::Conventions;
use super::number::{Class, is_hash};
use super::parse::{Name, Unreadable, read};
use super::version::{Form, Stage, Version};
use crate::oci::Digest;

/// A tag of a repository as it is listed.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it names; absent where that is not known.
    pub image: Option<Digest>,
    /// Whether it was seen to name something else before.
    pub has_moved: bool,
}

/// What a tag's name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A version.
    Version,
    /// A version that tells when it was made.
    Calendar,
    /// A word: it names whatever its publisher lets it name.
    Rolling,
    /// It has another manifest's digest in it.
    Digest,
    /// The hash of a commit.
    Hash,
    /// Anything else.
    Other,
}

/// A tag, and what it is among the others of its repository.
#[derive(Clone, Copy, Debug)]
pub struct Tag<'a> {
    /// As it is listed.
    pub listed: Listed<'a>,
    /// What its name is.
    pub kind: Kind,
    /// The version that it states, if it states one.
    pub version: Option<Version<'a>>,
    /// Whether it goes on to name what comes: a word, or a version that says less than another name of its image.
    pub moves: bool,
    pub(super) unreadable: Option<Unreadable>,
    /// Whether another name of its image tells the build that this one leaves out.
    pub(super) is_without_build: bool,
    /// Whether another name of its image tells the number of the pre-release that this one leaves out.
    pub(super) is_without_pre_number: bool,
    /// Which of the images it names.
    image: Option<u32>,
}

/// The tags of one repository.
#[derive(Clone, Debug, Default)]
pub struct Tags<'a> {
    tags: Vec<Tag<'a>>,
    /// The tags of each image, by name.
    images: Vec<Vec<u32>>,
}

impl<'a> Tags<'a> {
    /// Reads the tags of a repository. Their order stays. Cost: `O(n log n)` in the number of tags.
    pub fn read(listed: &[Listed<'a>]) -> Self {
        let names = names(listed);
        let mut tags: Vec<_> = listed
            .iter()
            .zip(names)
            .map(|(listed, name)| Tag::of(*listed, name))
            .collect();
        let images = images(&mut tags);
        let mut read = Self { tags, images };
        read.find_counters();
        read.find_movers();
        read
    }

    /// The tags, in the order in which they were listed.
    pub fn all(&self) -> &[Tag<'a>] {
        &self.tags
    }

    /// The tag at a place.
    pub fn get(&self, place: usize) -> Option<&Tag<'a>> {
        self.tags.get(place)
    }

    /// The place of the tag with a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.tags.iter().position(|tag| tag.listed.name == name)
    }

    /// The other names of a tag's image, by name. Tags with a digest in them are none.
    pub fn aliases(&self, place: usize) -> impl Iterator<Item = &Tag<'a>> {
        self.names_of(place)
            .filter(move |(other, _)| *other != place)
            .map(|(_, tag)| tag)
    }

    /// All names of a tag's image, with their places.
    fn names_of(&self, place: usize) -> impl Iterator<Item = (usize, &Tag<'a>)> {
        let image = self.tags.get(place).and_then(|tag| tag.image);
        let image = image.and_then(|image| self.images.get(image as usize));
        let places = image.map(Vec::as_slice).unwrap_or_default().iter();
        places.filter_map(|place| {
            let place = *place as usize;
            Some((place, self.tags.get(place)?))
        })
    }

    /// The most specific name of a tag's image: a version before anything else, then the one with the most numbers,
    /// then with the most words, then the first by bytes. The tag itself where its image is not known.
    pub fn release(&self, place: usize) -> Option<usize> {
        let names = self.names_of(place);
        let first = names.min_by_key(|(_, tag)| tag.specificity());
        first.map(|(place, _)| place).or_else(|| {
            let is_there = place < self.tags.len();
            is_there.then_some(place)
        })
    }

    /// Whether both name one image.
    pub fn is_same_image(&self, one: usize, other: usize) -> bool {
        let image = |place: usize| self.tags.get(place).and_then(|tag| tag.image);
        image(one).is_some() && image(one) == image(other)
    }

    /// A bare number far above every major version of its kind is that of a run, where no other tag continues it.
    fn find_counters(&mut self) {
        /// Nobody skips as many major versions.
        const GAP: u64 = 50;
        let mut majors: HashMap<&str, (u64, Vec<u64>)> = HashMap::new();
        for version in self.tags.iter().filter_map(|tag| tag.version) {
            if version.length > 1 && version.scheme.first == Class::Plain {
                let major = version.line().major;
                let (highest, continued) = majors.entry(version.family()).or_default();
                *highest = major.max(*highest);
                // Most tags repeat the major version of the one before.
                if continued.last() != Some(&major) {
                    continued.push(major);
                }
            }
        }
        for version in self.tags.iter_mut().filter_map(|tag| tag.version.as_mut()) {
            let is_bare = version.length == 1
                && version.scheme.first == Class::Plain
                && version.scheme.form == Form::Dots;
            let number = version.line().major;
            if is_bare
                && let Some((highest, continued)) = majors.get(version.family())
                && number > highest.saturating_add(GAP)
                && !continued.contains(&number)
            {
                version.scheme.form = Form::Counter;
            }
        }
    }

    /// Which tags say less than another name of their image.
    fn find_movers(&mut self) {
        for place in 0..self.tags.len() {
            let Some(tag) = self.tags.get(place).copied() else {
                continue;
            };
            let mut found = tag;
            found.moves |= tag.kind == Kind::Rolling || tag.listed.has_moved;
            if let Some(version) = tag.version {
                for other in self.aliases(place).filter_map(|other| other.version) {
                    found.moves |= is_longer(&version, &other);
                    let is_one = version.scheme == other.scheme
                        && version.numbers() == other.numbers()
                        && version.is_same_variant(&other);
                    let has_number = |version: &Version<'_>| {
                        let mut bytes = version.pre_release.bytes();
                        bytes.any(|byte| byte.is_ascii_digit())
                    };
                    found.is_without_build |=
                        is_one && version.build.is_empty() && !other.build.is_empty();
                    found.is_without_pre_number |= is_one
                        && version.stage == Stage::Before
                        && other.stage == Stage::Before
                        && !has_number(&version)
                        && has_number(&other);
                }
                found.moves |= found.is_without_build || found.is_without_pre_number;
            }
            if let Some(tag) = self.tags.get_mut(place) {
                *tag = found;
            }
        }
    }
}

/// Whether `other` begins with the numbers of `version` and has more.
fn is_longer(version: &Version<'_>, other: &Version<'_>) -> bool {
    other.length > version.length
        && other.numbers().starts_with(version.numbers())
        && version.family() == other.family()
}

/// What the names are, by themselves and then by what they tell of each other.
fn names<'a>(listed: &[Listed<'a>]) -> Vec<Name<'a>> {
    let mut conventions = Conventions::default();
    let alone = Conventions::default();
    let mut names: Vec<_> = listed
        .iter()
        .map(|listed| {
            let name = read(listed.name, &alone);
            match &name {
                Name::Version(version) => conventions.learn(version),
                Name::Word => conventions.learn_word(listed.name),
                _ => {}
            }
            name
        })
        .collect();
    if !conventions.is_empty() {
        for (name, listed) in names.iter_mut().zip(listed) {
            if matches!(name, Name::Version(_)) {
                *name = read(listed.name, &conventions);
            }
        }
    }
    names
}

/// Puts the tags of each image together.
fn images(tags: &mut [Tag<'_>]) -> Vec<Vec<u32>> {
    let mut images: Vec<Vec<u32>> = Vec::new();
    let mut by_digest: HashMap<Digest, u32> = HashMap::with_capacity(tags.len());
    for (place, tag) in (0..).zip(tags.iter_mut()) {
        let Some(digest) = tag.listed.image.filter(|_| tag.kind != Kind::Digest) else {
            continue;
        };
        let image = *by_digest.entry(digest).or_insert_with(|| {
            images.push(Vec::new());
            u32::try_from(images.len().saturating_sub(1)).unwrap_or(u32::MAX)
        });
        tag.image = Some(image);
        if let Some(places) = images.get_mut(image as usize) {
            places.push(place);
        }
    }
    for places in &mut images {
        let name = |place: &u32| tags.get(*place as usize).map(|tag| tag.listed.name);
        places.sort_unstable_by(|one, other| name(one).cmp(&name(other)));
    }
    images
}

impl<'a> Tag<'a> {
    fn of(listed: Listed<'a>, name: Name<'a>) -> Self {
        let (kind, version, unreadable) = match name {
            Name::Version(version) if version.scheme.is_calendar() => {
                (Kind::Calendar, Some(version), None)
            }
            Name::Version(version) => (Kind::Version, Some(version), None),
            Name::Word => (Kind::Rolling, None, None),
            Name::Digest => (Kind::Digest, None, None),
            Name::Hash => (Kind::Hash, None, None),
            Name::Other(why) => (Kind::Other, None, Some(why)),
        };
        Self {
            listed,
            kind,
            version,
            moves: false,
            unreadable,
            is_without_build: false,
            is_without_pre_number: false,
            image: None,
        }
    }

    /// What puts the most specific name first.
    fn specificity(&self) -> (bool, Reverse<usize>, Reverse<usize>, &'a str) {
        let name = self.listed.name;
        let words = name.split(['-', '_']).filter(|word| !is_hash(word));
        let (mut numbers, mut letters) = (0, 0);
        for word in words {
            let bytes = word.as_bytes();
            let groups = bytes.chunk_by(|a, b| kind_of(*a) == kind_of(*b));
            for group in groups {
                match group.first().map(|byte| kind_of(*byte)) {
                    Some(Byte::Digit) => numbers += 1,
                    // A `v` or a `u` is no word.
                    Some(Byte::Letter) if group.len() > 1 => letters += 1,
                    _ => {}
                }
            }
        }
        (
            self.version.is_none(),
            Reverse(numbers),
            Reverse(letters),
            name,
        )
    }
}

#[derive(PartialEq)]
enum Byte {
    Digit,
    Letter,
    Other,
}

fn kind_of(byte: u8) -> Byte {
    match byte {
        b'0'..=b'9' => Byte::Digit,
        b'a'..=b'z' | b'A'..=b'Z' => Byte::Letter,
        _ => Byte::Other,
    }
}

//! Release lines: what of each major and minor version, and of each variant, is the newest.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::candidates::Candidates;
use super::pieces::Pieces;
use super::range::Range;
use super::tags::{Tag, Tags};
use super::version::{Form, Scheme, Version};

/// The release lines of a repository, each with its newest tag.
#[derive(Clone, Debug, Default)]
pub struct Lines<'a> {
    newest: HashMap<LineKey<'a>, usize>,
    /// The newest line of each major version.
    majors: HashMap<(KindKey<'a>, u64), u64>,
}

/// What the tags of one variant and scheme share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct KindKey<'a> {
    family: &'a str,
    suffix: Pieces<'a>,
    scheme: Scheme,
}

/// What the tags of one release line and variant share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LineKey<'a> {
    kind: KindKey<'a>,
    /// Absent where every number is a line of its own: days, runs.
    line: Option<(u64, Option<u64>)>,
}

impl<'a> LineKey<'a> {
    fn of(version: &Version<'a>) -> Self {
        let scheme = version.scheme();
        let is_counted = scheme.is_any_precision()
            || matches!(
                scheme.form,
                Form::Counter | Form::DashedDay | Form::DashedTime
            );
        let line = version.line();
        Self {
            kind: KindKey {
                family: version.family(),
                suffix: version.suffix(),
                scheme,
            },
            line: (!is_counted).then_some((line.major, line.minor)),
        }
    }
}

impl<'a> Lines<'a> {
    /// The lines of these tags. Cost: one pass.
    pub fn of(tags: &Tags<'a>) -> Self {
        let mut lines = Self::default();
        for (place, tag) in tags.all().iter().enumerate() {
            let Some(version) = &tag.version else {
                continue;
            };
            let key = LineKey::of(version);
            if let Some((major, Some(minor))) = key.line {
                let newest = lines.majors.entry((key.kind, major)).or_insert(minor);
                *newest = minor.max(*newest);
            }
            let newest = lines.newest.entry(key).or_insert(place);
            let best = tags.get(*newest);
            if best.is_some_and(|best| newest_first(tag, best).is_lt()) {
                *newest = place;
            }
        }
        lines
    }

    /// The newest tag of the line and variant that a tag is of. `1` is of the newest line of `1`.
    pub fn newest_of(&self, tags: &Tags<'a>, place: usize) -> Option<usize> {
        let version = tags.get(place)?.version?;
        let mut key = LineKey::of(&version);
        if let Some((major, None)) = key.line
            && let Some(minor) = self.majors.get(&(key.kind, major))
        {
            key.line = Some((major, Some(*minor)));
        }
        self.newest.get(&key).copied()
    }

    /// The newest tag of each line and variant; by variant, the newest line first. Lines that only say less than
    /// others are left out.
    pub fn newest(&self, tags: &Tags<'a>) -> Vec<usize> {
        let is_floating = |key: &LineKey<'a>| {
            matches!(key.line, Some((major, None))
                if self.majors.contains_key(&(key.kind, major)))
        };
        let kept = self.newest.iter().filter(|(key, _)| !is_floating(key));
        let mut places: Vec<_> = kept.map(|(_, place)| *place).collect();
        places.sort_by(|one, other| by_variant_and_age(tags, *one, *other));
        places
    }

    /// What there is to change to from the newest tag of each line. Cost: `O(lines × tags)` within a variant.
    pub fn candidates(&self, tags: &Tags<'a>, range: Option<&Range>) -> Vec<Candidates> {
        // What is offered, and newer variants, have the scheme and the prefix of what they are offered to.
        let mut alike: HashMap<(&str, Scheme), Vec<usize>> = HashMap::new();
        for (place, tag) in tags.all().iter().enumerate() {
            if let Some(version) = &tag.version {
                let key = (version.family(), version.scheme());
                alike.entry(key).or_default().push(place);
            }
        }
        let places = self.newest(tags).into_iter();
        let candidates = places.map(|current| {
            let version = tags.get(current).and_then(|tag| tag.version);
            let key = version.map(|version| (version.family(), version.scheme()));
            let places = key.and_then(|key| alike.get(&key));
            let places = places.map(Vec::as_slice).unwrap_or_default();
            tags.candidates_among(current, places.iter().copied(), range)
        });
        candidates.collect()
    }
}

/// Without a prefix first, then by variant, the newest first in each.
fn by_variant_and_age(tags: &Tags<'_>, one: usize, other: usize) -> Ordering {
    let version = |place: usize| tags.get(place).and_then(|tag| tag.version);
    match (version(one), version(other)) {
        (Some(a), Some(b)) => (a.family().cmp(b.family()))
            .then_with(|| a.suffix().words().cmp(b.suffix().words()))
            .then_with(|| b.cmp(&a)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// A release before what is none, the more precise first, the newest first.
fn newest_first(one: &Tag<'_>, other: &Tag<'_>) -> Ordering {
    let (Some(a), Some(b)) = (&one.version, &other.version) else {
        return other.version.is_some().cmp(&one.version.is_some());
    };
    let precision = |version: &Version<'_>| {
        if version.scheme().is_any_precision() {
            0
        } else {
            version.numbers().len()
        }
    };
    (a.is_prerelease().cmp(&b.is_prerelease()))
        .then_with(|| precision(b).cmp(&precision(a)))
        .then_with(|| one.is_without_build.cmp(&other.is_without_build))
        .then_with(|| b.cmp(a))
}

//! What to change to: the newest of each level.

use std::cmp::Ordering;

use super::number::is_year;
use super::pieces::Pieces;
use super::range::Range;
use super::tags::Tags;
use super::verdict::{Level, Verdict};
use super::version::Version;

/// What there is to change to from one tag. All are places in the list of tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The tag in use.
    pub current: usize,
    /// The newest within the first two numbers.
    pub patch: Option<usize>,
    /// The newest within the first number and beyond the second.
    pub minor: Option<usize>,
    /// The newest beyond the first number.
    pub major: Option<usize>,
    /// The newest within the range that was asked for.
    pub in_range: Option<usize>,
    /// Tags of the same version whose variant has a newer version of its own, in the order of the list.
    pub variants: Vec<usize>,
}

impl Candidates {
    /// The candidate of a level.
    pub fn at(&self, level: Level) -> Option<usize> {
        match level {
            Level::Patch => self.patch,
            Level::Minor => self.minor,
            Level::Major => self.major,
        }
    }

    /// All that are offered, each once.
    pub fn offered(&self) -> Vec<usize> {
        let levels = [self.patch, self.minor, self.major, self.in_range];
        let mut offered: Vec<_> = levels.into_iter().flatten().collect();
        offered.extend(&self.variants);
        offered.sort_unstable();
        offered.dedup();
        offered
    }
}

impl Tags<'_> {
    /// The place of the tag `latest`.
    pub fn latest(&self) -> Option<usize> {
        self.find("latest")
    }

    /// What there is to change to from the tag at `current`; nothing where it states no version. Cost: proportional
    /// to the length of all names.
    pub fn candidates(&self, current: usize, range: Option<&Range>) -> Candidates {
        self.candidates_among(current, 0..self.all().len(), range)
    }

    /// As [`Tags::candidates`], from some places of the list.
    pub(super) fn candidates_among(
        &self,
        current: usize,
        places: impl IntoIterator<Item = usize>,
        range: Option<&Range>,
    ) -> Candidates {
        let mut found = Candidates {
            current,
            ..Candidates::default()
        };
        let Some(now) = self.get(current).and_then(|tag| tag.version) else {
            return found;
        };
        for place in places {
            let Some(version) = self.get(place).and_then(|tag| tag.version) else {
                continue;
            };
            if is_newer_variant(&now, &version) {
                found.variants.push(place);
            }
            let judged = self.judge(current, place, None);
            if judged.is_none_or(|judged| judged.verdict != Verdict::Newer) {
                continue;
            }
            let best = match Level::between(&now, &version) {
                Level::Patch => &mut found.patch,
                Level::Minor => &mut found.minor,
                Level::Major => &mut found.major,
            };
            self.keep_better(best, place, &now);
            if range.is_some_and(|range| range.matches(&version)) {
                self.keep_better(&mut found.in_range, place, &now);
            }
        }
        found
    }

    fn keep_better(&self, best: &mut Option<usize>, place: usize, now: &Version<'_>) {
        let version = |place: usize| self.get(place).and_then(|tag| tag.version);
        let is_better = match (best.and_then(version), version(place)) {
            (Some(best), Some(version)) => preferred(now, &best, &version).is_lt(),
            (None, _) => true,
            (_, None) => false,
        };
        if is_better {
            *best = Some(place);
        }
    }
}

/// Which of two is rather offered to `now`, which is the greater: the release, the newer, the one that is written as `now`
/// is, the newer build.
fn preferred(now: &Version<'_>, one: &Version<'_>, other: &Version<'_>) -> Ordering {
    let likeness = |version: &Version<'_>| {
        (
            version.build().is_empty() == now.build().is_empty(),
            version.prefix() == now.prefix(),
            version.precision() == now.precision(),
        )
    };
    (other.is_prerelease().cmp(&one.is_prerelease()))
        .then_with(|| one.numbers().cmp(other.numbers()))
        .then_with(|| likeness(one).cmp(&likeness(other)))
        .then_with(|| one.cmp(other))
}

/// Whether `other` is the same version in a variant that is newer by a number of its own: `alpine3.21` after
/// `alpine3.20`. A year follows no other number: `al2023` is not the successor of `al2`.
fn is_newer_variant(now: &Version<'_>, other: &Version<'_>) -> bool {
    now.numbers() == other.numbers()
        && now.scheme() == other.scheme()
        && now.stage() == other.stage()
        && now.pre_release() == other.pre_release()
        && now.family() == other.family()
        && now.suffix() != other.suffix()
        && suffix_order(now.suffix(), other.suffix()) == Some(Ordering::Less)
}

/// How two variants of the same words follow each other by the numbers in them; none where the words differ, or one
/// number rises while another falls.
fn suffix_order(one: Pieces<'_>, other: Pieces<'_>) -> Option<Ordering> {
    let (mut ones, mut others) = (one.words(), other.words());
    let mut order = Ordering::Equal;
    loop {
        let (one, other) = match (ones.next(), others.next()) {
            (None, None) => return Some(order),
            (Some(one), Some(other)) => (one, other),
            _ => return None,
        };
        let step = word_order(one, other)?;
        if order.is_ne() && step.is_ne() && order != step {
            return None;
        }
        order = order.then(step);
    }
}

/// The same of two words: letters must be equal, numbers decide.
fn word_order(one: &str, other: &str) -> Option<Ordering> {
    let runs = |text: &'_ str| {
        let is_digit = |c: char| c.is_ascii_digit();
        let mut runs = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c| is_digit(c) != is_digit(first));
            let (run, behind) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
            runs.push(run.to_owned());
            rest = behind;
        }
        Some(runs)
    };
    if one == other {
        return Some(Ordering::Equal);
    }
    let (ones, others) = (runs(one)?, runs(other)?);
    if ones.len() != others.len() {
        return None;
    }
    let mut order = Ordering::Equal;
    for (one, other) in ones.iter().zip(&others) {
        let numbers = (one.parse::<u64>(), other.parse::<u64>());
        match numbers {
            (Ok(a), Ok(b)) => {
                if is_year(Some(one)) != is_year(Some(other)) {
                    return None;
                }
                order = order.then(a.cmp(&b));
            }
            _ if one == other => {}
            _ => return None,
        }
    }
    Some(order)
}

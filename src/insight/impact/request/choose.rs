//! Choosing tags by rule: older than a date, and all but the newest ones.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::insight::freshness::{Version, natural};
use crate::oci::Digest;
use crate::oci::tag::DigestTag;

use super::action::Action;

/// A tag that a rule may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where.
    pub repository: String,
    /// Which.
    pub tag: String,
    /// What it names.
    pub digest: Digest,
    /// When that was made, as its publisher states it.
    pub created: Option<Timestamp>,
}

/// Which tags are chosen: those that every rule chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Those that were made before.
    pub older_than: Option<Timestamp>,
    /// All but so many of the newest, in each repository.
    pub keep_newest: Option<usize>,
}

/// What the rules came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Deletions, by repository and tag.
    pub actions: Vec<Action>,
    /// What a person should know of how it came to be, one sentence a repository and matter.
    pub remarks: Vec<String>,
}

/// Applies `rules` to `candidates`. Tags with a digest in their name are never chosen: they belong to what they speak
/// of. Cost: `O(n log n)`.
pub fn choose(candidates: &[Candidate], rules: Rules) -> Chosen {
    let mut chosen = Chosen::default();
    let mut repositories: BTreeMap<&str, Vec<&Candidate>> = BTreeMap::new();
    for candidate in candidates {
        if DigestTag::parse(&candidate.tag).is_none() {
            let repository = repositories.entry(&candidate.repository).or_default();
            repository.push(candidate);
        }
    }
    for (repository, all) in repositories {
        let mut tags = all.clone();
        if let Some(before) = rules.older_than {
            tags = older(repository, tags, before, &mut chosen.remarks);
        }
        if let Some(count) = rules.keep_newest {
            let surplus = surplus(repository, &all, count, &mut chosen.remarks);
            tags.retain(|candidate| surplus.contains(candidate.tag.as_str()));
        }
        let names: BTreeSet<&str> = tags
            .iter()
            .map(|candidate| candidate.tag.as_str())
            .collect();
        chosen
            .actions
            .extend(names.into_iter().map(|tag| Action::DeleteTag {
                repository: repository.to_owned(),
                tag: tag.to_owned(),
            }));
    }
    chosen
}

fn older<'a>(
    repository: &str,
    tags: Vec<&'a Candidate>,
    before: Timestamp,
    remarks: &mut Vec<String>,
) -> Vec<&'a Candidate> {
    let dateless = tags.iter().filter(|tag| tag.created.is_none()).count();
    if dateless > 0 {
        remarks.push(format!(
            "{repository}: {dateless} of {} tags state no date and are not chosen",
            tags.len()
        ));
    }
    let is_older = |tag: &&Candidate| tag.created.is_some_and(|created| created < before);
    tags.into_iter().filter(is_older).collect()
}

/// All but the `count` newest, by version where most tags are versions, else by date.
fn surplus<'a>(
    repository: &str,
    tags: &[&'a Candidate],
    count: usize,
    remarks: &mut Vec<String>,
) -> BTreeSet<&'a str> {
    let versions: Vec<(Version<'a>, &'a Candidate)> = tags
        .iter()
        .filter_map(|tag| Some((Version::parse(&tag.tag)?, *tag)))
        .collect();
    let others = tags.len() - versions.len();
    if !versions.is_empty() && versions.len() >= others {
        let also = match others {
            0 => String::new(),
            1 => "; 1 tag that is no version stays".to_owned(),
            _ => format!("; {others} tags that are no versions stay"),
        };
        let mut variants = Variants::new();
        for (version, tag) in versions {
            variants
                .entry(family(&version))
                .or_default()
                .push((version, tag));
        }
        let each = variants_in_words(&variants);
        remarks.push(format!(
            "{repository}: the newest {count} by version{each}{also}"
        ));
        return by_version(&variants, count);
    }
    let mut dated: Vec<(Timestamp, &'a Candidate)> = tags
        .iter()
        .filter_map(|tag| Some((tag.created?, *tag)))
        .collect();
    let dateless = tags.len() - dated.len();
    let also = match dateless {
        0 => String::new(),
        1 => "; 1 tag without a date stays".to_owned(),
        _ => format!("; {dateless} tags without a date stay"),
    };
    remarks.push(format!(
        "{repository}: the newest {count} by the date that their publisher states{also}"
    ));
    dated.sort_by_key(|(created, tag)| (Reverse(*created), tag.tag.as_str()));
    let mut kept: Vec<Digest> = Vec::new();
    let mut surplus = BTreeSet::new();
    for (_, tag) in dated {
        // Several tags of one manifest are one.
        if kept.contains(&tag.digest) {
            continue;
        }
        if kept.len() < count {
            kept.push(tag.digest);
        } else {
            surplus.insert(tag.tag.as_str());
        }
    }
    surplus
}

/// In each variant (`1.4-alpine` is of the variant `alpine`) by itself. A version that names fewer numbers than another
/// of which it is the beginning (`1.4` beside `1.4.1`) moves along, and is never chosen. What only announced a release
/// (`2.0.0-rc.1`) is no release to be kept in its place: it stays while it is newer than every release of its variant.
fn by_version<'a>(versions: &Variants<'a>, count: usize) -> BTreeSet<&'a str> {
    let mut surplus = BTreeSet::new();
    for all in versions.values() {
        let floats = |version: &Version<'_>| {
            let numbers = version.numbers();
            all.iter().any(|(other, _)| {
                other.numbers().len() > numbers.len() && other.numbers().starts_with(numbers)
            })
        };
        let fixed = all.iter().filter(|(version, _)| !floats(version));
        let (announced, released): (Vec<_>, Vec<_>) = fixed
            .copied()
            .partition(|(version, _)| version.is_prerelease());
        let newest = released.iter().map(|(version, _)| *version).max();
        if let Some(newest) = newest {
            let is_over = |(version, _): &&(Version<'_>, &Candidate)| *version < newest;
            let over = announced.iter().filter(is_over);
            surplus.extend(over.map(|(_, tag)| tag.tag.as_str()));
            surplus.extend(oldest(released, count));
        } else {
            surplus.extend(oldest(announced, count));
        }
    }
    surplus
}

/// All but the `count` newest; equal versions are one.
fn oldest<'a>(mut tags: Vec<(Version<'a>, &'a Candidate)>, count: usize) -> Vec<&'a str> {
    // Of what announces one release the last is the newest, though as variants none stands above another.
    let newest_first = |a: &Version<'_>, b: &Version<'_>| {
        if a.is_prerelease() && b.is_prerelease() && a.numbers() == b.numbers() {
            natural(b.suffix().first(), a.suffix().first()).then_with(|| b.cmp(a))
        } else {
            b.cmp(a)
        }
    };
    tags.sort_by(|(a, left), (b, right)| newest_first(a, b).then_with(|| left.tag.cmp(&right.tag)));
    let mut kept: Vec<Version<'_>> = Vec::new();
    let mut oldest = Vec::new();
    for (version, tag) in tags {
        if kept.last().is_some_and(|last| *last == version) {
            continue;
        }
        if kept.len() < count {
            kept.push(version);
        } else {
            oldest.push(tag.tag.as_str());
        }
    }
    oldest
}

/// Tags that are versions, by the word of their variant.
type Variants<'a> = BTreeMap<&'a str, Vec<(Version<'a>, &'a Candidate)>>;

/// At most so many variants are named.
const VARIANTS_NAMED: usize = 4;

/// Which variants there are, in words; nothing where there is one.
fn variants_in_words(variants: &Variants<'_>) -> String {
    if variants.len() < 2 {
        return String::new();
    }
    let names = variants.keys().take(VARIANTS_NAMED);
    let names: Vec<&str> = names
        .map(|name| if name.is_empty() { "plain" } else { name })
        .collect();
    let more = match variants.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(" of each variant ({}{more})", names.join(", "))
}

/// The word of a variant without its own version: `alpine` of `alpine3.20`.
fn family<'a>(version: &Version<'a>) -> &'a str {
    let variant = version.suffix().first();
    let end = variant.bytes().position(|byte| byte.is_ascii_digit());
    variant
        .get(..end.unwrap_or(variant.len()))
        .unwrap_or(variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str, day: i64) -> Candidate {
        Candidate {
            repository: "app".into(),
            tag: name.into(),
            digest: Digest::of(name.as_bytes()),
            created: (day > 0).then(|| Timestamp::from_second(day * 86_400).unwrap()),
        }
    }

    fn told(tags: &[Candidate], rules: Rules) -> (String, String) {
        let chosen = choose(tags, rules);
        let names: Vec<String> = chosen.actions.iter().map(ToString::to_string).collect();
        (names.join(" "), chosen.remarks.join(" | "))
    }

    fn keep(count: usize) -> Rules {
        Rules {
            keep_newest: Some(count),
            ..Rules::default()
        }
    }

    #[test]
    fn versions_are_kept_by_version_in_each_variant() {
        let names = [
            "1.2.0",
            "1.10.0",
            "1.9.0",
            "1.10",
            "1",
            "latest",
            "1.2.0-alpine3.19",
            "1.9.0-alpine3.20",
        ];
        let tags: Vec<Candidate> = names.iter().map(|name| tag(name, 0)).collect();
        let (chosen, remarks) = told(&tags, keep(1));
        assert_eq!(chosen, "app:1.2.0 app:1.2.0-alpine3.19 app:1.9.0");
        assert!(
            remarks.contains("by version") && remarks.contains("1 tag that is no version stays")
        );
        assert_eq!(told(&tags, keep(9)).0, "");
    }

    #[test]
    fn what_announced_a_release_is_kept_only_while_it_is_newer_and_variants_are_told() {
        let of = |names: &[&str]| names.iter().map(|name| tag(name, 0)).collect::<Vec<_>>();
        let tags = of(&["2.0.0", "2.0.0-rc.1", "1.9.0", "2.1.0-rc.1", "1.2.0-alpine"]);
        let (chosen, remarks) = told(&tags, keep(1));
        assert_eq!(chosen, "app:1.9.0 app:2.0.0-rc.1");
        assert!(
            remarks.contains("of each variant (plain, alpine)"),
            "{remarks}"
        );
        let only_announced = of(&["2.0.0-rc.1", "2.0.0-rc.2"]);
        assert_eq!(told(&only_announced, keep(1)).0, "app:2.0.0-rc.1");
    }

    #[test]
    fn other_tags_are_kept_by_date() {
        let tags = [
            tag("main", 3),
            tag("feature", 1),
            tag("fix", 2),
            tag("old", 0),
        ];
        let (chosen, remarks) = told(&tags, keep(1));
        assert_eq!(chosen, "app:feature app:fix");
        assert!(remarks.contains("date") && remarks.contains("1 tag without a date stays"));
    }

    #[test]
    fn what_is_older_goes_unless_it_is_among_the_newest() {
        let tags = [
            tag("1.0.0", 1),
            tag("1.1.0", 2),
            tag("1.2.0", 9),
            tag("1.3.0", 0),
        ];
        let rules = Rules {
            older_than: Timestamp::from_second(5 * 86_400).ok(),
            ..Rules::default()
        };
        assert_eq!(told(&tags, rules).0, "app:1.0.0 app:1.1.0");
        let both = Rules {
            keep_newest: Some(3),
            ..rules
        };
        assert_eq!(told(&tags, both).0, "app:1.0.0");
    }

    #[test]
    fn a_tag_that_speaks_of_a_digest_is_no_candidate() {
        let name = format!("sha256-{}.sig", Digest::of(b"x").encoded());
        assert_eq!(
            told(&[tag(&name, 1), tag("main", 2)], keep(0)).0,
            "app:main"
        );
    }
}

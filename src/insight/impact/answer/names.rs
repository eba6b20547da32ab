//! What breaks, dangles or is lost, in the names that people use: tags and platforms, and of what.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::oci::Digest;

use super::{Answer, BrokenManifest, Cause, Referrer};
use crate::insight::freshness::{Line, Version};
use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::{Inventory, ObjectId, RepositoryId};
use crate::insight::impact::request::action::ActionResult;

/// At most so many tags are named in one sentence.
const TAGS: usize = 4;
/// At most so many holders of a manifest are looked at.
const HOLDERS: usize = 1000;

/// Names for the manifests of one answer.
pub struct Names<'a> {
    inventory: &'a Inventory,
    tags_gone: HashSet<(&'a str, &'a str)>,
    manifests_gone: HashSet<(&'a str, &'a Digest)>,
    /// Tags by repository and manifest, of the repositories that were asked about.
    tags: HashMap<u32, HashMap<u32, Vec<&'a str>>>,
}

impl<'a> Names<'a> {
    /// Names for `answer` about `inventory`. `O(tags)` of the repositories in which something breaks, dangles or goes.
    pub fn new(inventory: &'a Inventory, answer: &'a Answer) -> Self {
        let mut places: BTreeSet<&str> = BTreeSet::new();
        places.extend(answer.broken.iter().map(|broken| &*broken.repository));
        let referrers = answer.dangling_referrers.iter().chain(&answer.unlisted);
        places.extend(referrers.map(|referrer| &*referrer.repository));
        places.extend(answer.manifests_gone.iter().map(|gone| &*gone.repository));
        places.extend(answer.tags_gone.iter().map(|gone| &*gone.repository));
        let refused = answer.actions.iter();
        let refused = refused.filter(|action| action.result == ActionResult::Refused);
        places.extend(refused.filter_map(|action| Some(action.reference.rsplit_once('@')?.0)));
        let mut tags = HashMap::new();
        for place in places
            .into_iter()
            .filter_map(|name| inventory.repository(name))
        {
            let mut here: HashMap<u32, Vec<&str>> = HashMap::new();
            for (tag, object) in inventory.tags(place) {
                here.entry(object.0).or_default().push(tag);
            }
            for tags in here.values_mut() {
                tags.sort_unstable();
            }
            tags.insert(place.0, here);
        }
        let gone = answer.tags_gone.iter();
        let manifests = answer.manifests_gone.iter();
        Self {
            inventory,
            tags_gone: gone.map(|gone| (&*gone.repository, &*gone.tag)).collect(),
            manifests_gone: manifests
                .map(|gone| (&*gone.repository, &gone.digest))
                .collect(),
            tags,
        }
    }

    /// The tags that stay and lead to a manifest, by name or through indexes, and the platform on the way.
    fn staying(
        &self,
        repository: RepositoryId,
        object: ObjectId,
    ) -> (Vec<&'a str>, Option<&'a str>) {
        let name = self.inventory.repository_name(repository);
        let mut found = self.leading(repository, object);
        found.retain(|tag| !self.tags_gone.contains(&(name, *tag)));
        (found, self.inventory.platform(object))
    }

    /// The tags that lead to a manifest, by name or through indexes, whether they stay or go.
    fn leading(&self, repository: RepositoryId, object: ObjectId) -> Vec<&'a str> {
        let here = self.tags.get(&repository.0);
        let mut found: Vec<&str> = Vec::new();
        let mut seen = HashSet::from([object.0]);
        let mut queue = vec![object.0];
        let mut next = 0;
        while let Some(at) = queue.get(next).copied().filter(|_| next < HOLDERS) {
            next += 1;
            found.extend(here.and_then(|tags| tags.get(&at)).into_iter().flatten());
            for parent in self.inventory.parents.of(at) {
                let is_here = self.inventory.member(repository.0, *parent).is_some();
                let is_index = self.inventory.kind(ObjectId(*parent)).has_children();
                if is_here && is_index && seen.insert(*parent) {
                    queue.push(*parent);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The names of `tags` in one phrase: `team/app:2.6 and :latest`.
    fn phrase(repository: &str, tags: &[&str]) -> String {
        let first = tags.iter().take(TAGS).enumerate();
        let mut names: Vec<String> = first
            .map(|(place, tag)| match place {
                0 => format!("{repository}:{tag}"),
                _ => format!(":{tag}"),
            })
            .collect();
        if tags.len() > TAGS {
            names.push(format!("{} more tags", tags.len() - TAGS));
        }
        and(&names)
    }

    /// "team/app:2.6 and :latest will not pull on linux/arm64 (sha256:… lacks sha256:…)".
    pub fn broken(&self, broken: &BrokenManifest) -> String {
        let missing = match broken.missing.as_slice() {
            [one] => one.short(),
            [one, rest @ ..] => format!("{} and {} more", one.short(), rest.len()),
            [] => "something".to_owned(),
        };
        let detail = format!("{} lacks {missing}", broken.digest.short());
        let place = self.inventory.repository(&broken.repository);
        let Some((place, object)) = place.zip(self.inventory.object(&broken.digest)) else {
            return format!("{}@{detail}", broken.repository);
        };
        let (tags, platform) = self.staying(place, object);
        let lost = broken
            .missing
            .iter()
            .filter_map(|digest| self.inventory.object(digest));
        let mut platforms: Vec<&str> = lost
            .filter_map(|lost| self.inventory.platform(lost))
            .collect();
        if platforms.is_empty() {
            platforms.extend(platform);
        }
        platforms.sort_unstable();
        platforms.dedup();
        let platforms: Vec<String> = platforms.into_iter().map(str::to_owned).collect();
        let on = if platforms.is_empty() {
            String::new()
        } else {
            format!(" on {}", and(&platforms))
        };
        if tags.is_empty() {
            return format!(
                "{}@{} stays without a tag and will not pull{on} (lacks {missing})",
                broken.repository,
                broken.digest.short()
            );
        }
        let (own, derived): (Vec<&str>, Vec<&str>) = tags
            .iter()
            .partition(|tag| self.inventory.derived_tag(tag).is_none());
        if let (true, Some((subject, kind))) = (
            own.is_empty(),
            derived
                .first()
                .and_then(|tag| self.inventory.derived_tag(tag)),
        ) {
            // Nobody pulls it by that name; it is what clients find the referrers by.
            let of = self.subject(&broken.repository, self.inventory.digest(subject));
            let lacks = match kind {
                DerivedKind::Fallback => "names what is gone",
                _ => "cannot be read whole any more",
            };
            return format!("the {} of {of} {lacks} ({detail})", kind.words());
        }
        let phrase = Self::phrase(&broken.repository, &own);
        format!("{phrase} will not pull{on} ({detail})")
    }

    /// Whether what breaks is something that people pull by a tag of theirs, rather than what speaks of it.
    pub fn is_pulled(&self, broken: &BrokenManifest) -> bool {
        let place = self.inventory.repository(&broken.repository);
        let place = place.zip(self.inventory.object(&broken.digest));
        place.is_some_and(|(place, object)| {
            let (tags, _) = self.staying(place, object);
            tags.iter()
                .any(|tag| self.inventory.derived_tag(tag).is_none())
        })
    }

    /// What a manifest is and of what: "the SBOM of team/app:1.3.2 linux/amd64".
    fn document(&self, repository: &str, digest: &Digest, subject: &Digest) -> String {
        let object = self.inventory.object(digest);
        let what = object.and_then(|object| self.inventory.role(object));
        format!(
            "the {} of {}",
            what.unwrap_or("referrer"),
            self.subject(repository, subject)
        )
    }

    fn subject(&self, repository: &str, subject: &Digest) -> String {
        let place = self.inventory.repository(repository);
        let Some((place, object)) = place.zip(self.inventory.object(subject)) else {
            return format!("{repository}@{}", subject.short());
        };
        let name = self.inventory.repository_name(place);
        let (staying, platform) = self.staying(place, object);
        let tags = if staying.is_empty() {
            self.leading(place, object)
        } else {
            staying
        };
        let platform = platform.map(|name| format!(" {name}")).unwrap_or_default();
        if tags.is_empty() {
            return format!("{name}@{}{platform}", subject.short());
        }
        format!("{}{platform}", Self::phrase(name, &tags))
    }

    /// A referrer that stays without its subject.
    pub fn dangling(&self, referrer: &Referrer) -> String {
        format!(
            "{} stays, and what it speaks of goes ({}@{})",
            self.document(&referrer.repository, &referrer.digest, &referrer.subject),
            referrer.repository,
            referrer.digest.short()
        )
    }

    /// A referrer that stays and is not listed any more.
    pub fn unlisted(&self, referrer: &Referrer) -> String {
        format!(
            "{} stays, and is no longer listed with it ({}@{})",
            self.document(&referrer.repository, &referrer.digest, &referrer.subject),
            referrer.repository,
            referrer.digest.short()
        )
    }

    /// What an object is: "image linux/amd64", "SBOM", else `word`.
    pub fn kind(&self, digest: &Digest, word: &str) -> String {
        let Some(object) = self.inventory.object(digest) else {
            return word.to_owned();
        };
        let word = self.inventory.role(object).unwrap_or(word);
        match self.inventory.platform(object) {
            Some(platform) => format!("{word} {platform}"),
            None => word.to_owned(),
        }
    }

    /// The index of the repository that lists a manifest, if one does: "the index of team/app:1.3".
    pub fn holder(&self, repository: &str, digest: &Digest) -> Option<String> {
        let place = self.inventory.repository(repository)?;
        let object = self.inventory.object(digest)?;
        let mut parents = self.inventory.parents.of(object.0).iter();
        let parent = parents.find(|parent| {
            self.inventory.member(place.0, **parent).is_some()
                && self.inventory.kind(ObjectId(**parent)).has_children()
        })?;
        let index = self.inventory.digest(ObjectId(*parent));
        Some(format!("the index of {}", self.subject(repository, index)))
    }

    /// A manifest by what it is: "team/app:1.3.2 linux/amd64", else by its digest.
    pub fn manifest(&self, repository: &str, digest: &Digest) -> String {
        self.subject(repository, digest)
    }

    /// Documents of tags that stay, lost to a rule or a collection that nobody asked to take them.
    pub fn losses(&self, answer: &Answer) -> Vec<Loss> {
        let mut losses: BTreeMap<String, Cause> = BTreeMap::new();
        let mut add = |words: Option<String>, cause: Cause| {
            if let Some(words) = words {
                let known = losses.entry(words).or_insert(cause);
                *known = (*known).min(cause);
            }
        };
        for gone in answer
            .manifests_gone
            .iter()
            .filter(|gone| gone.cause != Cause::Named)
        {
            let Some(object) = self.inventory.object(&gone.digest) else {
                continue;
            };
            let subject = self.inventory.subject_of(object);
            let loss = subject.and_then(|subject| self.loss(&gone.repository, object, subject));
            add(loss, gone.cause);
        }
        for gone in answer
            .tags_gone
            .iter()
            .filter(|gone| gone.cause != Cause::Named)
        {
            let Some((subject, kind)) = self.inventory.derived_tag(&gone.tag) else {
                continue;
            };
            add(
                self.loss_of(&gone.repository, kind.words(), subject),
                gone.cause,
            );
        }
        let mut losses: Vec<Loss> = losses
            .into_iter()
            .map(|(words, cause)| Loss { words, cause })
            .collect();
        losses.sort_by_key(|loss| loss.cause);
        losses
    }

    fn loss(&self, repository: &str, object: ObjectId, subject: ObjectId) -> Option<String> {
        let what = self.inventory.role(object).unwrap_or("referrer");
        self.loss_of(repository, what, subject)
    }

    fn loss_of(&self, repository: &str, what: &str, subject: ObjectId) -> Option<String> {
        let digest = self.inventory.digest(subject);
        if self.manifests_gone.contains(&(repository, digest)) {
            return None;
        }
        let place = self.inventory.repository(repository)?;
        let (tags, platform) = self.staying(place, subject);
        let is_any = !tags.is_empty();
        let platform = platform
            .map(|name| format!(" on {name}"))
            .unwrap_or_default();
        let verb = if tags.len() == 1 {
            "loses its"
        } else {
            "lose their"
        };
        is_any.then(|| {
            format!(
                "{} {verb} {what}{platform}",
                Self::phrase(repository, &tags)
            )
        })
    }

    /// Repositories of which no tag is left, with how many they had.
    pub fn emptied(&self, answer: &Answer) -> Vec<(String, usize)> {
        let mut gone: HashMap<&str, usize> = HashMap::new();
        for tag in &answer.tags_gone {
            *gone.entry(&*tag.repository).or_default() += 1;
        }
        let mut emptied: Vec<(String, usize)> = gone
            .into_iter()
            .filter(|(name, count)| {
                let place = self.inventory.repository(name);
                place.is_some_and(|place| self.inventory.tags(place).count() == *count)
            })
            .map(|(name, count)| (name.to_owned(), count))
            .collect();
        emptied.sort_unstable();
        emptied
    }

    /// Release lines (`1.3`) of which several tags go and none is left, in repositories of which something is: name,
    /// line, how many. Cost: a look at each tag of the repositories that lose several.
    pub fn lines_emptied(&self, answer: &Answer) -> Vec<(String, String, usize)> {
        let mut gone: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
        for tag in &answer.tags_gone {
            gone.entry(&*tag.repository).or_default().insert(&tag.tag);
        }
        let mut emptied = Vec::new();
        for (name, gone) in gone {
            let place = self.inventory.repository(name);
            let Some(place) = place.filter(|_| gone.len() > 1) else {
                continue;
            };
            let mut lines: BTreeMap<Line, (usize, usize)> = BTreeMap::new();
            let mut all = 0;
            for (tag, _) in self.inventory.tags(place) {
                all += 1;
                let version = Version::parse(tag).filter(|version| version.numbers().len() > 1);
                if let Some(version) = version {
                    let (has, lost) = lines.entry(version.line()).or_default();
                    *has += 1;
                    *lost += usize::from(gone.contains(tag));
                }
            }
            if all == gone.len() {
                continue;
            }
            let whole = lines.into_iter();
            let whole = whole.filter(|(_, (has, lost))| has == lost && *has > 1);
            emptied.extend(whole.map(|(line, (has, _))| (name.to_owned(), line.to_string(), has)));
        }
        emptied
    }
}

/// What tags that stay lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// "team/app:1.3.2 loses its SBOM".
    pub words: String,
    /// By what.
    pub cause: Cause,
}

/// `a`, `a and b`, `a, b and c`.
fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

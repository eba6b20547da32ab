//! What is known of repositories, kept from one run to the next: one file of facts a repository.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::graph::{Fact, Stamp};
use crate::oci::{
    AbsenceKind, Address, Answer, Asked, Body, Descriptor, Digest, FoundBy, Origin, RemoteText,
    Repository,
};
use crate::source::cache::Cache;

/// At most so many bytes of facts are read of one repository: some fifty thousand manifests.
const FACTS_BYTES: u64 = 256 * 1024 * 1024;

/// The facts of the repositories of a session, as they will be saved.
#[derive(Default)]
pub struct Journal {
    repositories: HashMap<Repository, Vec<Fact>>,
    changed: BTreeSet<Repository>,
    /// Those whose file was read.
    loaded: HashSet<Repository>,
    /// The registries whose facts are kept.
    origins: HashSet<Origin>,
    /// The session that is running; none where it does not matter.
    session: Option<u64>,
    /// What the new facts weigh in memory, estimated.
    weight: usize,
}

/// How much of new facts is held until it is saved. What is more is not remembered: the next run asks for it again.
const HELD: usize = 64 * 1024 * 1024;
/// What a fact weighs besides its document, and how many times its bytes a parsed config.
const FACT_WEIGHT: usize = 512;
const PARSED_WEIGHT: usize = 8;

impl Journal {
    /// A journal of the session that began then, in milliseconds since 1970.
    pub fn new(session: u64) -> Self {
        Self {
            session: Some(session),
            ..Self::default()
        }
    }

    /// From now on the facts of this registry are kept. Of files none are: they are read anew at no cost, and another
    /// registry may have the name that they go by.
    pub fn keep(&mut self, origin: &Origin) {
        self.origins.insert(origin.clone());
    }

    /// Whether the facts of this registry are kept.
    pub fn keeps(&self, origin: &Origin) -> bool {
        self.origins.contains(origin)
    }

    /// Reads what is remembered of a repository. A line that is damaged is as if it had never been written.
    ///
    /// Blocks. Cost: one file, parsed on two threads: opening is the moment at which a person waits.
    pub fn load(&mut self, cache: &Cache, repository: &Repository) -> Vec<Fact> {
        self.loaded.insert(repository.clone());
        let Some(bytes) = cache.facts(repository, FACTS_BYTES) else {
            return Vec::new();
        };
        let parse = |lines: &[u8]| -> Vec<Fact> {
            let lines = lines.split(|byte| *byte == b'\n');
            lines
                .filter_map(|line| serde_json::from_slice::<Fact>(checked(line)?).ok())
                .filter(|fact| place_of(&fact.answer).as_ref() == Some(repository))
                .collect()
        };
        let (first, second) = halves(&bytes);
        let mut facts = std::thread::scope(|scope| {
            let other = scope.spawn(|| parse(second));
            let mut facts = parse(first);
            facts.extend(other.join().unwrap_or_default());
            facts
        });
        if let Some(session) = self.session {
            put_before(&mut facts, session);
        }
        self.repositories
            .entry(repository.clone())
            .or_default()
            .extend(facts.iter().cloned());
        facts
    }

    /// Takes new facts in, of registries that are kept.
    pub fn take(&mut self, facts: &[Fact]) {
        for fact in facts {
            let weight = weight_of(&fact.answer);
            if self.weight.saturating_add(weight) > HELD {
                continue;
            }
            let place = place_of(&fact.answer);
            if let Some(repository) = place.filter(|place| self.keeps(&place.origin)) {
                self.weight += weight;
                if !self.changed.contains(&repository) {
                    self.changed.insert(repository.clone());
                }
                self.repositories
                    .entry(repository)
                    .or_default()
                    .push(fact.clone());
            }
        }
    }

    /// Whether a repository's file was read.
    pub fn has_loaded(&self, repository: &Repository) -> bool {
        self.loaded.contains(repository)
    }

    /// Writes what changed. Blocks. A cache that cannot be written is no error: the next run is slower.
    ///
    /// What earlier runs knew of a repository stays, also where this run never asked for it: a crawl that was
    /// interrupted must not leave less than it found.
    pub fn save(&mut self, cache: &Cache) {
        for repository in std::mem::take(&mut self.changed) {
            if !self.has_loaded(&repository) {
                self.load(cache, &repository);
            }
            let Some(facts) = self.repositories.get_mut(&repository) else {
                continue;
            };
            *facts = compact(std::mem::take(facts));
            let mut lines = Vec::new();
            for fact in facts.iter() {
                if let Ok(text) = serde_json::to_vec(fact) {
                    lines.extend(format!("{:08x} ", sum(&text)).bytes());
                    lines.extend(text);
                    lines.push(b'\n');
                }
            }
            let _ = cache.keep_facts(&repository, &lines);
        }
    }
}

/// What was saved was found out before `session`, whatever the clock said then: sessions that claim to be later are put
/// before it, and all keep their order. Otherwise a clock that once was ahead would win over every later answer.
fn put_before(facts: &mut [Fact], session: u64) {
    let sessions: BTreeSet<u64> = facts
        .iter()
        .flat_map(|fact| [fact.stamp.session, fact.asked.session])
        .collect();
    let mut moved = HashMap::new();
    let mut latest = session.saturating_sub(1);
    for claimed in sessions.into_iter().rev() {
        let put = claimed.min(latest);
        latest = put.saturating_sub(1);
        moved.insert(claimed, put);
    }
    for fact in facts {
        for stamp in [&mut fact.stamp, &mut fact.asked] {
            stamp.session = moved.get(&stamp.session).copied().unwrap_or(stamp.session);
        }
    }
}

/// Lines in two parts of about the same size.
fn halves(lines: &[u8]) -> (&[u8], &[u8]) {
    let (first, second) = lines.split_at(lines.len() / 2);
    let end_of_line = second.iter().position(|byte| *byte == b'\n');
    let rest = end_of_line.map_or(second.len(), |end| end + 1);
    lines.split_at(first.len() + rest)
}

/// A line's own sum, against what disks and people do to files. Not against malice: the folder is private.
fn sum(text: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(text);
    sum.sum()
}

/// The fact in a line, if the sum before it is its own.
fn checked(line: &[u8]) -> Option<&[u8]> {
    let (stated, text) = line.split_at_checked(9)?;
    let stated = std::str::from_utf8(stated).ok()?.strip_suffix(' ')?;
    let stated = u32::from_str_radix(stated, 16).ok()?;
    (stated == sum(text)).then_some(text)
}

fn weight_of(answer: &Answer) -> usize {
    let document = match &answer.body {
        Body::Manifest(manifest) => manifest.weight(),
        Body::Config(config) => config.bytes.len() * PARSED_WEIGHT,
        Body::Referrers(page) => page.items.iter().map(Descriptor::weight).sum(),
        _ => 0,
    };
    FACT_WEIGHT + document
}

/// The repository whose file a fact belongs to; a catalog's is the one with the empty path. Documents are content and
/// kept as such; failures are not worth remembering.
fn place_of(answer: &Answer) -> Option<Repository> {
    let is_kept = match &answer.body {
        Body::Catalog(_) => return Some(Repository::new(answer.origin(), "")),
        Body::Tags(_)
        | Body::Target(_)
        | Body::Manifest(_)
        | Body::Config(_)
        | Body::Referrers(_) => true,
        Body::Failed(absence) => {
            answer.question.what == Asked::Referrers && absence.kind == AbsenceKind::Unsupported
        }
        Body::Contents { .. } | Body::Document(_) | Body::Bytes(_) => false,
    };
    answer.repository().filter(|_| is_kept).cloned()
}

/// What two facts share when one of them says all that both say.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Catalog,
    Tags,
    Page(Box<Key>, u32),
    Named(RemoteText, Digest),
    Content(Digest),
    Referrers(Digest, Option<FoundBy>),
    Unsupported(Digest, Option<FoundBy>),
}

/// Drops what newer facts repeat: of each answer the last, of each list the last that is complete and what is newer.
fn compact(mut facts: Vec<Fact>) -> Vec<Fact> {
    facts.sort_by_key(|fact| fact.stamp);
    let mut complete: BTreeMap<Key, Stamp> = BTreeMap::new();
    for fact in &facts {
        if let Some((key, _, true)) = page_of(&fact.answer) {
            let asked = complete.entry(key).or_default();
            *asked = (*asked).max(fact.asked);
        }
    }
    let mut kept: BTreeMap<(Key, Stamp), Fact> = BTreeMap::new();
    for fact in facts {
        let (key, moment) = match page_of(&fact.answer) {
            Some((list, _, _)) if complete.get(&list).is_some_and(|asked| fact.asked < *asked) => {
                continue;
            }
            Some((list, number, _)) => (Key::Page(Box::new(list), number), fact.asked),
            None => match key_of(&fact.answer) {
                Some(key) => (key, Stamp::default()),
                None => continue,
            },
        };
        kept.insert((key, moment), fact);
    }
    let mut facts: Vec<Fact> = kept.into_values().collect();
    facts.sort_by_key(|fact| fact.stamp);
    facts
}

/// The list that an answer is a page of, its number, and whether it is the last.
fn page_of(answer: &Answer) -> Option<(Key, u32, bool)> {
    match (&answer.question.at, answer.by, &answer.body) {
        (_, _, Body::Catalog(page)) => Some((Key::Catalog, page.number, page.is_last)),
        (_, _, Body::Tags(page)) => Some((Key::Tags, page.number, page.is_last)),
        (Address::Object(_, subject), by, Body::Referrers(page)) => {
            Some((Key::Referrers(*subject, by), page.number, page.is_last))
        }
        _ => None,
    }
}

fn key_of(answer: &Answer) -> Option<Key> {
    match (
        &answer.question.at,
        answer.question.what,
        answer.by,
        &answer.body,
    ) {
        (Address::Tag(_, tag), _, _, Body::Target(target)) => {
            Some(Key::Named(tag.clone(), target.digest))
        }
        (_, _, _, Body::Manifest(manifest)) => Some(Key::Content(manifest.digest)),
        (Address::Object(_, digest), _, _, Body::Config(_)) => Some(Key::Content(*digest)),
        (Address::Object(_, digest), Asked::Referrers, by, Body::Failed(_)) => {
            Some(Key::Unsupported(*digest, by))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Page;

    #[test]
    fn lines_are_halved_between_two_of_them() {
        let halved = |lines: &'static str| {
            let (first, second) = halves(lines.as_bytes());
            (
                String::from_utf8(first.to_vec()).unwrap_or_default(),
                String::from_utf8(second.to_vec()).unwrap_or_default(),
            )
        };
        for (lines, first) in [
            ("", ""),
            ("\n", "\n"),
            ("ab", "ab"),
            ("ab\n", "ab\n"),
            ("a\nb\n", "a\nb\n"),
            ("a\nbc\nd\n", "a\nbc\n"),
            ("a\nb\nc\nd", "a\nb\n"),
        ] {
            let (left, right) = halved(lines);
            assert_eq!(
                (left.as_str(), left.clone() + &right),
                (first, lines.to_owned())
            );
        }
    }

    fn fact(sequence: u64, answer: Answer) -> Fact {
        let stamp = Stamp {
            session: 1,
            sequence,
        };
        Fact {
            stamp,
            asked: stamp,
            answer,
        }
    }

    #[test]
    fn what_was_found_out_comes_back_without_what_newer_facts_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), Cache::CAP);
        let repository = Repository::new(&Origin::new("r"), "a");
        let listed = |names: &[&str]| {
            Answer::tags(
                repository.clone(),
                Page::whole(names.iter().map(|name| (*name).into()).collect()),
                FoundBy::TagsList,
            )
        };
        let named = |content: &[u8]| {
            Answer::target(
                repository.clone(),
                "1".into(),
                Descriptor::new("", Digest::of(content), 1),
                FoundBy::Tag,
            )
        };
        let facts = [
            fact(1, listed(&["1", "2"])),
            fact(2, named(b"old")),
            fact(3, listed(&["1"])),
            fact(4, named(b"new")),
            fact(5, named(b"new")),
        ];
        let mut journal = Journal::default();
        journal.take(&facts);
        journal.save(&cache);
        assert_eq!(Journal::default().load(&cache, &repository), []);
        journal.keep(&repository.origin);
        journal.take(&facts);
        journal.save(&cache);
        let back = Journal::default().load(&cache, &repository);
        assert_eq!(back, [facts[1].clone(), facts[2].clone(), facts[4].clone()]);
        // The clock was ahead when the file was written: it was before this session all the same, and in that order.
        let behind = Journal::new(1).load(&cache, &repository);
        let sessions: Vec<_> = behind.iter().map(|fact| fact.stamp).collect();
        assert!(sessions.iter().all(|stamp| stamp.session == 0) && sessions.is_sorted());
        // A run that never looked at the file and found out one thing more.
        let mut other = Journal::default();
        other.keep(&repository.origin);
        other.take(&[fact(6, named(b"newest"))]);
        other.save(&cache);
        let back = Journal::default().load(&cache, &repository);
        assert_eq!(back.len(), 4, "{back:?}");
    }
}

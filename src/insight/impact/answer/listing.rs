//! An answer as a list for people: by repository, each line with its reason, and what stays although one might expect
//! it to go.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::oci::Digest;

use super::{Answer, Cause, When};
use crate::insight::impact::inventory::{Inventory, NONE, ObjectKind};

/// At most so many keepers of one object are named.
const KEEPERS_NAMED: usize = 3;

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A tag.
    Tag(String),
    /// A manifest or blob: what it is, and its digest.
    Object(&'static str, Digest),
}

/// Why it goes or stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An action names it.
    Named,
    /// The next collection takes it without any action.
    Anyway,
    /// What the tag names goes.
    ManifestGoes,
    /// No tag names it any more.
    NoTagLeft,
    /// All that held it goes: one of them, and how many more.
    HolderGoes(Digest, usize),
    /// Its subject goes.
    SubjectGoes(Digest),
    /// It goes along by the rules of the registry.
    Rules,
    /// These keep it, and so many more.
    KeptBy(Vec<String>, usize),
    /// Its bytes stay, though nothing that is seen names it.
    KeptByRules,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it goes; else it stays.
    pub goes: bool,
    /// What.
    pub subject: Subject,
    /// Its bytes; of a tag none.
    pub size: Option<u64>,
    /// When its bytes leave the store; none of a tag, and of what stays in the store.
    pub when: Option<When>,
    /// Why.
    pub reason: Reason,
    /// Of a manifest that goes and whose bytes stay: some of what keeps those.
    pub keepers: Vec<String>,
}

impl Line {
    /// Why, and what keeps bytes that stay.
    pub fn words(&self) -> String {
        match self.keepers.as_slice() {
            [] => self.reason.words(),
            keepers => format!("{}; kept by {}", self.reason.words(), keepers.join(", ")),
        }
    }
}

/// The lines of an answer about `inventory`, by repository; those of a store that all share, and of nobody's, under
/// `*`.
///
/// Cost: `O(V + E)`, and once more the lines.
pub fn listing(inventory: &Inventory, answer: &Answer) -> BTreeMap<String, Vec<Line>> {
    let lister = Lister::new(inventory, answer);
    let mut lines: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for (repository, line) in lister.lines() {
        lines.entry(repository).or_default().push(line);
    }
    lines
}

struct Lister<'a> {
    inventory: &'a Inventory,
    answer: &'a Answer,
    /// Manifests that no longer answer, by repository.
    gone: HashSet<(&'a str, u32)>,
    /// Bytes that leave, by scope.
    freed: HashMap<(&'a str, u32), When>,
    tags_gone: HashSet<(&'a str, &'a str)>,
    /// What tags name, in the repositories that lose something.
    named: HashMap<(&'a str, &'a str), u32>,
    /// What those tags name, by repository.
    tagged: HashSet<(&'a str, u32)>,
    /// What gone manifests name: by which digest first, and by how many.
    held: HashMap<u32, (Digest, usize)>,
}

impl<'a> Lister<'a> {
    fn new(inventory: &'a Inventory, answer: &'a Answer) -> Self {
        let id = |digest: &Digest| inventory.object(digest).map_or(NONE, |id| id.0);
        let manifests = answer.manifests_gone.iter();
        let objects = answer.objects_freed.iter();
        let gone: HashSet<(&str, u32)> = manifests
            .map(|gone| (gone.repository.as_ref(), id(&gone.digest)))
            .collect();
        let tags = answer.tags_gone.iter().map(|gone| gone.repository.as_ref());
        let places: BTreeSet<&str> = gone.iter().map(|(place, _)| *place).chain(tags).collect();
        let mut named = HashMap::new();
        for place in places {
            let repository = inventory.repository(place);
            let tags = repository.into_iter().flat_map(|id| inventory.tags(id));
            named.extend(tags.map(|(tag, object)| ((place, tag), object.0)));
        }
        Self {
            tagged: named
                .iter()
                .map(|((place, _), object)| (*place, *object))
                .collect(),
            named,
            held: held_by(inventory, &gone),
            gone,
            freed: objects
                .map(|freed| ((freed.scope.as_ref(), id(&freed.digest)), freed.when))
                .collect(),
            tags_gone: answer
                .tags_gone
                .iter()
                .map(|gone| (gone.repository.as_ref(), gone.tag.as_str()))
                .collect(),
            inventory,
            answer,
        }
    }

    fn lines(&self) -> Vec<(String, Line)> {
        let mut lines = self.tags();
        lines.extend(self.manifests());
        lines.extend(self.blobs());
        lines.extend(self.stays());
        lines
    }

    fn tags(&self) -> Vec<(String, Line)> {
        let line = |gone: &crate::insight::impact::answer::GoneTag| Line {
            goes: true,
            subject: Subject::Tag(gone.tag.clone()),
            size: None,
            when: None,
            reason: match gone.cause {
                Cause::Named => Reason::Named,
                Cause::Anyway => Reason::Anyway,
                Cause::Collateral => Reason::ManifestGoes,
            },
            keepers: Vec::new(),
        };
        let gone = self.answer.tags_gone.iter();
        gone.map(|gone| (gone.repository.to_string(), line(gone)))
            .collect()
    }

    fn manifests(&self) -> Vec<(String, Line)> {
        let mut lines = Vec::new();
        let is_freed = |repository: &str, object: u32| {
            let own = self.freed.get(&(repository, object));
            own.or_else(|| self.freed.get(&("*", object))).copied()
        };
        let kept = self.gone.iter();
        let kept = kept.filter(|(repository, object)| is_freed(repository, *object).is_none());
        let keepers = self.keepers(&kept.map(|(_, object)| *object).collect());
        for gone in &self.answer.manifests_gone {
            let Some(object) = self.inventory.object(&gone.digest) else {
                continue;
            };
            let when = is_freed(&gone.repository, object.0);
            let keepers = keepers.get(&object.0).filter(|_| when.is_none());
            let keepers = keepers.into_iter().flatten().take(KEEPERS_NAMED);
            let line = Line {
                goes: true,
                subject: self.subject(object.0),
                size: Some(gone.size),
                when,
                reason: match gone.cause {
                    Cause::Named => Reason::Named,
                    Cause::Anyway => Reason::Anyway,
                    Cause::Collateral => self.reason_to_go(&gone.repository, object.0),
                },
                keepers: keepers.cloned().collect(),
            };
            lines.push((gone.repository.to_string(), line));
        }
        lines
    }

    /// Bytes that go and are no manifest that was already told of.
    fn blobs(&self) -> Vec<(String, Line)> {
        let mut owner: HashMap<u32, &str> = HashMap::new();
        for gone in &self.answer.manifests_gone {
            if let Some(id) = self.inventory.object(&gone.digest) {
                for named in self.inventory.edges.of(id.0) {
                    owner.entry(*named).or_insert(&gone.repository);
                }
            }
        }
        let mut lines = Vec::new();
        let told: HashSet<u32> = self.gone.iter().map(|(_, object)| *object).collect();
        for freed in &self.answer.objects_freed {
            let Some(object) = self.inventory.object(&freed.digest) else {
                continue;
            };
            if told.contains(&object.0) {
                continue;
            }
            let place = match freed.scope.as_ref() {
                "*" => owner.get(&object.0).copied().unwrap_or("*"),
                repository => repository,
            };
            let line = Line {
                goes: true,
                subject: self.subject(object.0),
                size: Some(freed.size),
                when: Some(freed.when),
                reason: match freed.cause {
                    Cause::Named => Reason::Named,
                    Cause::Anyway => Reason::Anyway,
                    Cause::Collateral => self.holder_that_goes(object.0),
                },
                keepers: Vec::new(),
            };
            lines.push((place.to_owned(), line));
        }
        lines
    }

    /// What gone manifests and tags named, and what stays all the same.
    fn stays(&self) -> Vec<(String, Line)> {
        let mut expected: BTreeSet<(&str, u32)> = BTreeSet::new();
        for gone in &self.answer.manifests_gone {
            if let Some(id) = self
                .inventory
                .object(&gone.digest)
                .filter(|_| gone.cause != Cause::Anyway)
            {
                let named = self.inventory.edges.of(id.0).iter();
                expected.extend(named.map(|named| (gone.repository.as_ref(), *named)));
                expected.insert((&gone.repository, id.0));
            }
        }
        for gone in &self.answer.tags_gone {
            let named = self.named.get(&(&gone.repository, &gone.tag));
            expected.extend(named.map(|object| (gone.repository.as_ref(), *object)));
        }
        expected.retain(|(repository, object)| {
            // Of what goes as a manifest, the line that says so also says that its bytes stay.
            if self.gone.contains(&(*repository, *object)) {
                return false;
            }
            let is_freed = self.freed.contains_key(&(*repository, *object))
                || self.freed.contains_key(&("*", *object));
            let is_there = self
                .inventory
                .repository(repository)
                .is_some_and(|id| self.inventory.member(id.0, *object).is_some());
            !is_freed && is_there
        });
        let keepers = self.keepers(&expected.iter().map(|(_, object)| *object).collect());
        let line = |(repository, object): (&str, u32)| {
            let mut keepers = keepers.get(&object).cloned().unwrap_or_default();
            let all = keepers.len();
            keepers.truncate(KEEPERS_NAMED);
            let reason = if keepers.is_empty() {
                Reason::KeptByRules
            } else {
                Reason::KeptBy(keepers, all - all.min(KEEPERS_NAMED))
            };
            let line = Line {
                goes: false,
                subject: self.subject(object),
                size: Some(self.inventory.sizes[object as usize]),
                when: None,
                reason,
                keepers: Vec::new(),
            };
            (repository.to_owned(), line)
        };
        expected.into_iter().map(line).collect()
    }

    /// Who keeps each of `wanted`: tags by name, else manifests by digest. `O(V + E)`.
    fn keepers(&self, wanted: &HashSet<u32>) -> HashMap<u32, Vec<String>> {
        let mut keepers: HashMap<u32, Vec<String>> = HashMap::new();
        if wanted.is_empty() {
            return keepers;
        }
        for (repository, name) in self.inventory.repositories() {
            let mut names: HashMap<u32, Vec<&str>> = HashMap::new();
            for (tag, object) in self.inventory.tags(repository) {
                if !self.tags_gone.contains(&(name, tag)) {
                    names.entry(object.0).or_default().push(tag);
                }
            }
            for (object, tags) in &names {
                if wanted.contains(object) {
                    let roots = tags.iter().map(|tag| format!("{name}:{tag}"));
                    keepers.entry(*object).or_default().extend(roots);
                }
            }
            let manifests = self.inventory.manifests(repository);
            for manifest in manifests.filter(|id| !self.gone.contains(&(name, id.0))) {
                for held in self.inventory.edges.of(manifest.0) {
                    if !wanted.contains(held) {
                        continue;
                    }
                    let roots = self.roots_of(manifest.0, name, &names);
                    keepers.entry(*held).or_default().extend(roots);
                }
            }
        }
        for names in keepers.values_mut() {
            names.sort_by_key(|name| (name.contains('@'), name.clone()));
            names.dedup();
        }
        keepers
    }

    /// The tags above a manifest of `repository`, else the manifest itself. At most so many steps as there are parents.
    fn roots_of(
        &self,
        manifest: u32,
        repository: &str,
        names: &HashMap<u32, Vec<&str>>,
    ) -> Vec<String> {
        let (mut queue, mut seen) = (vec![manifest], HashSet::from([manifest]));
        let mut roots = Vec::new();
        while let Some(at) = queue.pop() {
            let tags = names.get(&at).into_iter().flatten();
            roots.extend(tags.map(|tag| format!("{repository}:{tag}")));
            let above = self.inventory.parents.of(at).iter().copied();
            let above = above.filter(|above| !self.gone.contains(&(repository, *above)));
            queue.extend(above.filter(|above| seen.insert(*above)));
        }
        if roots.is_empty() {
            let digest = self.inventory.digests[manifest as usize].short();
            roots.push(format!("{repository}@{digest}"));
        }
        roots
    }

    /// Why a manifest goes along.
    fn reason_to_go(&self, repository: &str, object: u32) -> Reason {
        let subject = self.inventory.subjects[object as usize];
        if subject != NONE && self.gone.contains(&(repository, subject)) {
            return Reason::SubjectGoes(self.inventory.digests[subject as usize]);
        }
        if self.tagged.contains(&(repository, object)) {
            return Reason::NoTagLeft;
        }
        self.holder_that_goes(object)
    }

    fn holder_that_goes(&self, object: u32) -> Reason {
        match self.held.get(&object) {
            Some((first, count)) => Reason::HolderGoes(*first, count - 1),
            None => Reason::Rules,
        }
    }

    fn subject(&self, object: u32) -> Subject {
        let word = match self.inventory.kinds[object as usize] {
            ObjectKind::Blob => "blob",
            ObjectKind::Index => "index",
            ObjectKind::ReferrersList => "list of referrers",
            ObjectKind::Image | ObjectKind::Artifact
                if self.inventory.subjects[object as usize] != NONE =>
            {
                "referrer"
            }
            ObjectKind::Image => "image",
            ObjectKind::Artifact => "artifact",
        };
        Subject::Object(word, self.inventory.digests[object as usize])
    }
}

/// What gone manifests name. `O(E)` of them.
fn held_by(inventory: &Inventory, gone: &HashSet<(&str, u32)>) -> HashMap<u32, (Digest, usize)> {
    let gone: BTreeSet<u32> = gone.iter().map(|(_, object)| *object).collect();
    let mut held: HashMap<u32, (Digest, usize)> = HashMap::new();
    for holder in gone.into_iter().filter(|holder| *holder != NONE) {
        let named: BTreeSet<u32> = inventory.edges.of(holder).iter().copied().collect();
        for object in named {
            let digest = inventory.digests[holder as usize];
            held.entry(object).or_insert((digest, 0)).1 += 1;
        }
    }
    held
}

impl Reason {
    /// For people, short enough for the end of a line.
    pub fn words(&self) -> String {
        match self {
            Self::Named => "named by you".to_owned(),
            Self::Anyway => "goes anyway".to_owned(),
            Self::ManifestGoes => "what it names goes".to_owned(),
            Self::NoTagLeft => "no tag is left".to_owned(),
            Self::HolderGoes(holder, 0) => format!("only {} held it", holder.short()),
            Self::HolderGoes(holder, more) => {
                format!("only {} and {more} more held it", holder.short())
            }
            Self::SubjectGoes(subject) => format!("its subject {} goes", subject.short()),
            Self::Rules => "by the rules of the registry".to_owned(),
            Self::KeptBy(keepers, 0) => keepers.join(", "),
            Self::KeptBy(keepers, more) => format!("{} and {more} more", keepers.join(", ")),
            Self::KeptByRules => "this registry keeps it".to_owned(),
        }
    }
}

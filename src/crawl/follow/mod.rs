//! What an answer asks for next.

mod documents;
mod tags;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::oci::purpose::{self, buildkit_subject};
use crate::oci::{
    Absence, AbsenceKind, Address, Answer, Asked, Body, Descriptor, Digest, Manifest, Question,
    RemoteText, Repository, media_type,
};
use crate::source::Locality;

use super::plan::{Plan, Reach};

/// A question, how far to go on from it, and its level below the root.
pub(super) type Next = (Question, Reach, u32);

/// What follows from an answer.
#[derive(Default)]
pub(super) struct Following {
    /// To be asked.
    pub(super) questions: Vec<Next>,
    /// Answered along with it.
    pub(super) known: Vec<Question>,
    /// Not asked, because of a limit.
    pub(super) refused: Vec<(Question, Absence)>,
}

/// How much of a repository is wanted.
#[derive(Default)]
struct Scope {
    /// Every tag that the filter takes.
    is_whole: bool,
    /// Whether nothing but its list is asked for without being told.
    is_reserved: bool,
    /// These tags, and whatever digest tags speak of what they lead to.
    tags: HashSet<RemoteText>,
    /// Level of the repository below its root.
    level: u32,
    /// Digest tags by the fallback tag that they begin with.
    digest_tags: HashMap<String, Vec<RemoteText>>,
    /// Manifests that are known, read or not, with their level.
    manifests: HashMap<Digest, u32>,
    /// Indexes under fallback tags: nobody refers to those.
    machinery: HashSet<Digest>,
    /// Indexes to which something else leads: somebody may refer to those, whatever tag they have besides.
    led_to: HashSet<Digest>,
    /// What lists of referrers have.
    attached: HashSet<Digest>,
    /// What tags were seen to name.
    named: HashMap<RemoteText, Digest>,
    /// Where the other names of a wanted tag may be.
    aliases: Aliases,
    /// Tags that were listed and not asked for, because the scope is reserved.
    unasked: Vec<RemoteText>,
    /// Tags that were listed while only a manifest or a tag of the repository was wanted: asked for once all of it is.
    passed_over: Vec<RemoteText>,
    /// Manifests that were read for themselves alone; what they name is asked for when somebody wants it.
    unfollowed: HashMap<Digest, Arc<Manifest>>,
}

/// Tags beside those wanted, of which some may name the same.
#[derive(Default)]
struct Aliases {
    /// Those that were listed, until it is known how many there are and that one wanted is there.
    others: Vec<RemoteText>,
    /// Whether the list of tags was read to its end.
    is_listed: bool,
    /// Whether asking costs nothing.
    is_free: bool,
}

/// So many tags besides the one wanted are all asked for their digest, to find its aliases: one HEAD each. Of more none
/// is asked without being told: some of them would be no answer.
const ALIASES_ASKED: usize = 250;

/// Keeps what following up needs to know: scopes, digest tags, subjects that nobody led to.
pub(super) struct Follower {
    plan: Plan,
    scopes: HashMap<Repository, Scope>,
    /// Subjects and such, asked when nothing else is left to do, because most are met on the way.
    late: Vec<Next>,
    seen_late: HashSet<Question>,
    /// Repositories that a catalog listed and nobody opened.
    unopened: Vec<Repository>,
}

impl Follower {
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            plan,
            scopes: HashMap::new(),
            late: Vec::new(),
            seen_late: HashSet::new(),
            unopened: Vec::new(),
        }
    }

    /// The first questions of a root.
    pub(super) fn begin(&mut self, root: &Address, locality: Locality) -> Vec<Next> {
        let is_reserved = self.plan.is_reserved && locality == Locality::Remote;
        match root {
            Address::Registry(origin) => {
                // A screen opens repositories one by one, even where requests cost nothing: there may be thousands.
                let goes_on = !self.plan.is_reserved || locality == Locality::Local;
                let catalog = (Question::catalog(origin.clone()), reach_of(goes_on), 0);
                // What the catalog lists is a level below.
                self.is_within(1).then_some(catalog).into_iter().collect()
            }
            Address::Repository(repository) => self.open(repository, 0, locality),
            Address::Tag(repository, tag) => {
                let scope = self.scope(repository);
                scope.tags.insert(tag.clone());
                scope.aliases.is_free = locality == Locality::Local;
                scope.is_reserved |= is_reserved;
                let tag = Question::tag(repository.clone(), tag.clone());
                let mut questions = vec![
                    (tag, Reach::Below, 0),
                    (Question::tags(repository.clone()), Reach::Below, 0),
                ];
                if locality == Locality::Local {
                    questions.push((Question::contents(repository.clone()), Reach::Below, 0));
                }
                questions
            }
            Address::Object(repository, digest) => {
                let tags = (Question::tags(repository.clone()), Reach::Below, 0);
                vec![
                    (
                        Question::manifest(repository.clone(), *digest),
                        Reach::Below,
                        0,
                    ),
                    tags,
                ]
            }
        }
    }

    /// The first questions of a repository that is wanted whole.
    fn open(&mut self, repository: &Repository, level: u32, locality: Locality) -> Vec<Next> {
        let is_list_only = self.plan.is_list_only;
        let is_reserved = is_list_only || (self.plan.is_reserved && locality == Locality::Remote);
        let scope = self.scope(repository);
        scope.is_whole = true;
        scope.is_reserved = is_reserved;
        scope.level = level;
        let mut questions = vec![(Question::tags(repository.clone()), Reach::Below, level)];
        // Whoever chooses tags does not ask for what no tag leads to; and what a tag leads to that was not chosen would
        // look as if none did.
        if locality == Locality::Local && self.plan.tags.is_open() && !is_list_only {
            questions.push((Question::contents(repository.clone()), Reach::Below, level));
        }
        // Its list may have been read already, for another target within it; it is not read a second time.
        questions.extend(self.take_passed_over(repository));
        questions.retain(|_| self.is_within(level + 1));
        questions
    }

    /// Lets everything that was reserved go on by itself: opens the repositories that nobody opened, and asks for the
    /// tags that nobody asked for.
    pub(super) fn load_all(&mut self) -> Vec<Next> {
        self.plan.is_reserved = false;
        let mut questions = Vec::new();
        for repository in std::mem::take(&mut self.unopened) {
            if !self.scopes.contains_key(&repository) {
                questions.extend(self.open(&repository, 1, Locality::Remote));
            }
        }
        for (repository, scope) in &mut self.scopes {
            scope.is_reserved = false;
            scope.is_whole = true;
            for tag in std::mem::take(&mut scope.unasked) {
                let question = Question::tag(repository.clone(), tag);
                questions.push((question, Reach::Below, scope.level + 1));
            }
        }
        questions
    }

    /// What a question that was answered for itself alone asks for, now that its surroundings are wanted.
    pub(super) fn widen(&mut self, question: &Question, level: u32) -> Vec<Next> {
        let mut following = Following::default();
        match (&question.at, question.what) {
            (Address::Tag(repository, tag), Asked::Target) => {
                if let Some(digest) = self.target(repository, tag) {
                    let manifest = Question::manifest(repository.clone(), digest);
                    following
                        .questions
                        .push((manifest, Reach::Below, level + 1));
                }
            }
            (Address::Object(repository, digest), Asked::Manifest) => {
                if let Some(manifest) = self.scope(repository).unfollowed.remove(digest) {
                    self.manifest_read(repository, &manifest, level, false, &mut following);
                }
            }
            _ => {}
        }
        following.questions
    }

    /// What a tag was seen to name.
    pub(super) fn target(&self, repository: &Repository, tag: &RemoteText) -> Option<Digest> {
        self.scopes.get(repository)?.named.get(tag).copied()
    }

    /// What waits until nothing else is left to do.
    pub(super) fn late(&mut self) -> Vec<Next> {
        std::mem::take(&mut self.late)
    }

    /// What follows from `answer` to `question`, which stands at `level`.
    pub(super) fn answered(
        &mut self,
        question: &Question,
        answer: &Answer,
        level: u32,
        reach: Reach,
        is_local: bool,
    ) -> Following {
        let mut following = Following::default();
        // A tag's manifest is one level below the tag.
        let manifest_level = if matches!(question.what, Asked::Target) {
            level + 1
        } else {
            level
        };
        match (&answer.question.at, &answer.body) {
            (Address::Repository(repository), Body::Tags(page)) => {
                self.tags_listed(repository, page, &mut following);
            }
            (Address::Tag(repository, tag), Body::Target(target)) => {
                self.tag_resolved(repository, tag, target, level, &mut following);
            }
            (Address::Object(repository, _), Body::Manifest(manifest)) => {
                following
                    .known
                    .push(Question::manifest(repository.clone(), manifest.digest));
                self.know(repository, manifest.digest, manifest_level, &mut following);
                if reach == Reach::Below {
                    self.manifest_read(
                        repository,
                        manifest,
                        manifest_level,
                        is_local,
                        &mut following,
                    );
                } else {
                    self.scope(repository)
                        .unfollowed
                        .insert(manifest.digest, manifest.clone());
                }
            }
            (Address::Registry(origin), Body::Catalog(page)) => {
                let repositories = page
                    .items
                    .iter()
                    .map(|path| Repository::new(origin, path.clone()));
                if reach == Reach::Below {
                    self.open_all(repositories, level + 1, is_local, &mut following);
                } else {
                    self.unopened.extend(repositories);
                }
            }
            _ if reach == Reach::Below => {
                self.more(answer, level, manifest_level, is_local, &mut following);
            }
            _ => {}
        }
        following
    }

    fn open_all(
        &mut self,
        repositories: impl Iterator<Item = Repository>,
        level: u32,
        is_local: bool,
        following: &mut Following,
    ) {
        let locality = if is_local {
            Locality::Local
        } else {
            Locality::Loopback
        };
        for repository in repositories {
            let questions = self.open(&repository, level, locality);
            following.questions.extend(questions);
        }
    }

    /// What follows from answers that matter only to whoever wants more than the question itself.
    fn more(
        &mut self,
        answer: &Answer,
        level: u32,
        manifest_level: u32,
        is_local: bool,
        following: &mut Following,
    ) {
        match (&answer.question.at, answer.question.what, &answer.body) {
            (Address::Repository(repository), _, Body::Contents { manifests, .. }) => {
                for descriptor in manifests {
                    self.want_manifest(repository, descriptor, level + 2, following);
                }
            }
            (Address::Object(repository, _), _, Body::Referrers(page)) => {
                for descriptor in &page.items {
                    self.referrer_listed(repository, descriptor, level + 1, is_local, following);
                }
            }
            (Address::Object(repository, digest), Asked::Manifest, Body::Failed(_)) if is_local => {
                self.unread(repository, *digest, manifest_level, following);
            }
            _ => {}
        }
    }

    /// Who refers to what cannot be read is asked at no cost in a folder; in a registry it is asked late.
    fn unread(
        &mut self,
        repository: &Repository,
        digest: Digest,
        level: u32,
        following: &mut Following,
    ) {
        self.want_referrers_unless_machinery(repository, digest, level + 1, true, following);
    }

    fn manifest_read(
        &mut self,
        repository: &Repository,
        manifest: &Manifest,
        level: u32,
        is_local: bool,
        following: &mut Following,
    ) {
        let entries: HashSet<_> = manifest
            .manifests
            .iter()
            .map(|entry| entry.digest)
            .collect();
        for entry in &manifest.manifests {
            let is_other = |wanted: &String| {
                entry
                    .platform
                    .as_ref()
                    .is_some_and(|have| !have.is_unknown() && !have.is_matched_by(wanted))
            };
            if !self.plan.platform.as_ref().is_some_and(is_other) {
                self.want_manifest(repository, entry, level + 1, following);
            }
            // Mostly an entry of the same index; the platform says whether that is wanted.
            let is_wanted =
                |subject: &Digest| self.plan.platform.is_none() || !entries.contains(subject);
            if let Some(subject) = buildkit_subject(entry).filter(is_wanted) {
                self.want_late(repository, subject, level + 1);
            }
        }
        self.want_referrers_unless_machinery(
            repository,
            manifest.digest,
            level + 1,
            is_local,
            following,
        );
        if let Some(subject) = &manifest.subject {
            self.want_late(repository, subject.digest, level);
        }
        self.want_documents(repository, manifest, level, following);
        if self.is_full(is_local)
            && let Some(config) = &manifest.config
            && !(self.plan.skips_configs && media_type::is_image_config(config.media_type.as_str()))
            && self.is_within(level + 1)
        {
            let question = if media_type::is_image_config(config.media_type.as_str()) {
                Question::config(repository.clone(), config.digest)
            } else {
                Question::document(repository.clone(), config.digest)
            };
            following
                .questions
                .push((question, Reach::Itself, level + 1));
        }
    }

    fn referrer_listed(
        &mut self,
        repository: &Repository,
        descriptor: &Descriptor,
        level: u32,
        is_local: bool,
        following: &mut Following,
    ) {
        self.scope(repository).attached.insert(descriptor.digest);
        if self.is_full(is_local)
            || self.may_carry_documents(descriptor)
            // What a list does not describe could be anything, a signature too.
            || purpose::is_vague(descriptor)
        {
            self.want_manifest(repository, descriptor, level, following);
        } else {
            self.know(repository, descriptor.digest, level, following);
        }
        self.want_referrers(repository, descriptor.digest, level + 1, following);
    }

    fn want_manifest(
        &mut self,
        repository: &Repository,
        descriptor: &Descriptor,
        level: u32,
        following: &mut Following,
    ) {
        let question = Question::manifest(repository.clone(), descriptor.digest);
        if level > self.plan.depth_limit {
            let limit = self.plan.depth_limit;
            let reason = format!(
                "not read: deeper than {limit} levels below the target (setting limits.depth)"
            );
            following
                .refused
                .push((question, Absence::new(AbsenceKind::TooLarge, reason)));
        } else if self.is_within(level) {
            self.know(repository, descriptor.digest, level, following);
            following.questions.push((question, Reach::Below, level));
            self.lead_to(repository, descriptor, level, following);
        }
    }

    /// Something other than a fallback tag leads to a manifest.
    fn lead_to(
        &mut self,
        repository: &Repository,
        descriptor: &Descriptor,
        level: u32,
        following: &mut Following,
    ) {
        let digest = descriptor.digest;
        let scope = self.scope(repository);
        if media_type::is_index(descriptor.media_type.as_str())
            && scope.led_to.insert(digest)
            && scope.machinery.contains(&digest)
        {
            self.want_referrers(repository, digest, level + 1, following);
        }
    }

    /// Saves the request for lists of referrers, to which nobody refers.
    fn want_referrers_unless_machinery(
        &mut self,
        repository: &Repository,
        digest: Digest,
        level: u32,
        is_local: bool,
        following: &mut Following,
    ) {
        let scope = self.scope(repository);
        let is_machinery = scope.machinery.contains(&digest) && !scope.led_to.contains(&digest);
        if is_local || !is_machinery {
            self.want_referrers(repository, digest, level, following);
        }
    }

    fn want_referrers(
        &mut self,
        repository: &Repository,
        subject: Digest,
        level: u32,
        following: &mut Following,
    ) {
        let question = Question::referrers(repository.clone(), subject);
        if level > self.plan.depth_limit {
            let limit = self.plan.depth_limit;
            let reason = format!(
                "not asked: deeper than {limit} levels below the target (setting limits.depth)"
            );
            following
                .refused
                .push((question, Absence::new(AbsenceKind::TooLarge, reason)));
        } else if self.is_within(level) {
            following
                .questions
                .push((question, Reach::Below, level - 1));
        }
    }

    /// A manifest that something refers to: asked for at the end, unless it was met by then. Who else refers to it is
    /// known without it, too.
    fn want_late(&mut self, repository: &Repository, subject: Digest, level: u32) {
        let manifest = Question::manifest(repository.clone(), subject);
        if self.is_within(level) && self.seen_late.insert(manifest.clone()) {
            self.late.push((manifest, Reach::Below, level));
            if self.is_within(level + 1) {
                let referrers = Question::referrers(repository.clone(), subject);
                self.late.push((referrers, Reach::Below, level));
            }
        }
    }

    fn is_full(&self, is_local: bool) -> bool {
        self.plan.is_full || is_local
    }

    fn is_within(&self, level: u32) -> bool {
        self.plan.depth.is_none_or(|depth| level <= depth)
    }

    fn scope(&mut self, repository: &Repository) -> &mut Scope {
        self.scopes.entry(repository.clone()).or_default()
    }
}

fn reach_of(is_below: bool) -> Reach {
    if is_below {
        Reach::Below
    } else {
        Reach::Itself
    }
}

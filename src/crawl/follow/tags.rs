//! What tags ask for next: of a repository's list which are wanted, and which speak of a digest that became known.

use crate::oci::tag::{DigestTag, DigestTagKind, fallback_tag};
use crate::oci::{Descriptor, Digest, Page, Question, RemoteText, Repository, media_type};

use super::super::plan::{Reach, TagFilter};
use super::{ALIASES_ASKED, Follower, Following, Next};

/// Whether a filter takes a tag. It speaks of what people tag: digest tags follow from what they lead to.
fn is_taken(filter: &TagFilter, name: &RemoteText, is_digest_tag: bool) -> bool {
    if is_digest_tag {
        filter.is_open()
    } else {
        filter.takes(name.as_str())
    }
}

impl Follower {
    pub(super) fn tag_resolved(
        &mut self,
        repository: &Repository,
        tag: &RemoteText,
        target: &Descriptor,
        level: u32,
        following: &mut Following,
    ) {
        self.know(repository, target.digest, level + 1, following);
        self.scope(repository)
            .named
            .insert(tag.clone(), target.digest);
        if let Some(digest_tag) = DigestTag::parse(tag.as_str()) {
            let is_list = digest_tag.kind == DigestTagKind::Fallback
                && media_type::is_index(target.media_type.as_str());
            if is_list {
                self.scope(repository).machinery.insert(target.digest);
            } else {
                self.lead_to(repository, target, level + 1, following);
            }
            if let Some(subject) = digest_tag.subject() {
                self.want_late(repository, subject, level + 1);
            }
        } else {
            self.lead_to(repository, target, level + 1, following);
        }
        let aliases = self.aliases(repository);
        following.questions.extend(aliases);
    }

    pub(super) fn tags_listed(
        &mut self,
        repository: &Repository,
        page: &Page<RemoteText>,
        following: &mut Following,
    ) {
        let filter = self.plan.tags.clone();
        let scope = self.scope(repository);
        let level = scope.level + 1;
        scope.aliases.is_listed |= page.is_last;
        for name in &page.items {
            let digest_tag = DigestTag::parse(name.as_str());
            if digest_tag.is_some() {
                let prefix = name
                    .as_str()
                    .split('.')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                scope
                    .digest_tags
                    .entry(prefix)
                    .or_default()
                    .push(name.clone());
            }
            let is_wanted = scope.is_whole && is_taken(&filter, name, digest_tag.is_some());
            if !scope.is_whole {
                scope.passed_over.push(name.clone());
            }
            if is_wanted && scope.is_reserved {
                scope.unasked.push(name.clone());
            } else if is_wanted {
                let question = Question::tag(repository.clone(), name.clone());
                following.questions.push((question, Reach::Below, level));
            } else if digest_tag.is_none() && !scope.tags.is_empty() && !scope.tags.contains(name) {
                scope.aliases.others.push(name.clone());
            }
        }
        let known: Vec<_> = scope
            .manifests
            .iter()
            .map(|(digest, level)| (*digest, *level))
            .collect();
        for (digest, level) in known {
            self.digest_tags_of(repository, &digest, level, following);
        }
        let aliases = self.aliases(repository);
        following.questions.extend(aliases);
        following
            .questions
            .retain(|(_, _, level)| self.is_within(*level));
    }

    /// The tags that were listed before all of the repository was wanted, as questions.
    pub(super) fn take_passed_over(&mut self, repository: &Repository) -> Vec<Next> {
        let filter = self.plan.tags.clone();
        let scope = self.scope(repository);
        let mut names = std::mem::take(&mut scope.passed_over);
        names.retain(|name| is_taken(&filter, name, DigestTag::parse(name.as_str()).is_some()));
        if scope.is_reserved {
            scope.unasked.append(&mut names);
        }
        let level = scope.level + 1;
        let asked = names.into_iter().map(|name| {
            let question = Question::tag(repository.clone(), name);
            (question, Reach::Below, level)
        });
        asked.collect()
    }

    /// What finds the other names of a tag that is wanted, once that tag is there and the list is whole.
    fn aliases(&mut self, repository: &Repository) -> Vec<Next> {
        let asks_all = self.plan.is_aliases;
        let scope = self.scope(repository);
        let is_there = || scope.tags.iter().any(|tag| scope.named.contains_key(tag));
        let is_few =
            scope.aliases.others.len() <= ALIASES_ASKED || asks_all || scope.aliases.is_free;
        if !scope.aliases.is_listed || !is_few || !is_there() {
            return Vec::new();
        }
        let level = scope.level + 1;
        let others = std::mem::take(&mut scope.aliases.others).into_iter();
        let others = others.map(|name| {
            let question = Question::tag_digest(repository.clone(), name);
            (question, Reach::Itself, level)
        });
        others
            .filter(|(_, _, level)| self.is_within(*level))
            .collect()
    }

    /// A digest became known in a repository: the tags that speak of it become interesting.
    pub(super) fn know(
        &mut self,
        repository: &Repository,
        digest: Digest,
        level: u32,
        following: &mut Following,
    ) {
        if self
            .scope(repository)
            .manifests
            .insert(digest, level)
            .is_none()
        {
            self.digest_tags_of(repository, &digest, level, following);
        }
    }

    fn digest_tags_of(
        &mut self,
        repository: &Repository,
        digest: &Digest,
        level: u32,
        following: &mut Following,
    ) {
        if !self.is_within(level + 1) {
            return;
        }
        let scope = self.scope(repository);
        for name in scope
            .digest_tags
            .get(&fallback_tag(digest))
            .into_iter()
            .flatten()
        {
            let question = Question::tag(repository.clone(), name.clone());
            following.questions.push((question, Reach::Below, level));
        }
    }
}

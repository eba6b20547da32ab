//! In which direction an answer errs for what an inventory could not see.

use crate::insight::impact::inventory::view::Unseen;
use crate::insight::impact::policy::quirk::Quirk;
use crate::insight::impact::policy::rules::Rules;
use crate::insight::impact::policy::{Collector, KnobName, Roots, Scope, SubjectEdge};

/// In which direction a number of bytes errs for what is not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errs {
    /// Fewer come back than is told.
    Less,
    /// More do.
    More,
    /// Either.
    Both,
    /// Neither.
    Neither,
}

/// What could not be seen, and what that means under the policy in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
    /// What.
    pub what: Unseen,
    /// One sentence: what is not seen, and how the answer errs for it.
    pub words: &'static str,
    /// In which direction.
    pub errs: Errs,
}

impl Unseen {
    /// What this means where `rules` hold.
    pub(in crate::insight::impact) fn under(self, rules: &Rules) -> Partial {
        let (errs, words) = match self {
            Self::UntaggedManifests => untagged(rules),
            Self::OtherRepositories => others(rules),
            Self::SomeTags => (
                Errs::Less,
                "some tags are not seen; where they name or share what goes, less comes back",
            ),
            Self::SomeManifests => (
                Errs::Both,
                "some manifests could not be read; what only they hold is missing from every list",
            ),
            Self::SomeReferrers => (
                Errs::Less,
                "some referrers are not seen; more may dangle, or go along, than is listed",
            ),
            Self::UnreferencedBlobs => (
                Errs::More,
                "blobs that nothing names are not seen; a collection may bring back more",
            ),
            Self::PresenceOfBlobs => (
                Errs::Less,
                "blobs were concluded from manifests; where one is missing, less comes back",
            ),
            Self::SomeFiles => (
                Errs::Both,
                "some files of the storage could not be read; what they keep may be missing from every list",
            ),
            Self::SomeSizes => (
                Errs::More,
                "the size of some blobs is not known; more comes back than is counted",
            ),
        };
        Partial {
            what: self,
            words,
            errs,
        }
    }
}

/// Untagged manifests hold what they name, or go themselves.
fn untagged(rules: &Rules) -> (Errs, &'static str) {
    let holds_all = rules.roots != Roots::TaggedRows
        || matches!(rules.collector, Collector::None | Collector::Counting);
    if rules.is_unknown(KnobName::collector) {
        return (
            Errs::Both,
            "untagged manifests are not seen; whether they go or hold blobs that they share with what goes is not known",
        );
    }
    if holds_all {
        return (
            Errs::Less,
            "untagged manifests are not seen; where they share blobs with what goes, less comes back",
        );
    }
    match rules.subject_edge {
        SubjectEdge::Ignored if rules.has(Quirk::NeverTaggedRepositoryAborts) => (
            Errs::More,
            "untagged manifests are not seen; the next collection takes them too, with what only they hold, so more \
             comes back; but where a repository has some and never had a tag, it gives up and nothing comes back",
        ),
        SubjectEdge::Ignored => (
            Errs::More,
            "untagged manifests are not seen; the next collection takes them too, with what only they hold, so more \
             comes back",
        ),
        SubjectEdge::PinsReferrer | SubjectEdge::PinsSubject => (
            Errs::Both,
            "untagged manifests are not seen; the next collection takes those without a subject, so more comes back, \
             and keeps those with one: where they share blobs with what goes, less does",
        ),
        SubjectEdge::LivesWithSubject => (
            Errs::Both,
            "untagged manifests are not seen; the next collection takes them too, so more comes back, but for referrers \
             of what stays: where they share blobs with what goes, less does",
        ),
    }
}

fn others(rules: &Rules) -> (Errs, &'static str) {
    if rules.store_scope == Scope::Repository {
        return (
            Errs::Neither,
            "other repositories are not seen; each has a store of its own, so nothing here depends on them",
        );
    }
    if rules.has(Quirk::NeverTaggedRepositoryAborts) {
        return (
            Errs::Less,
            "other repositories are not seen; where they share blobs with what goes, less comes back, and where one has \
             manifests and never had a tag, nothing does",
        );
    }
    (
        Errs::Less,
        "other repositories are not seen; where they share blobs with what goes, less comes back",
    )
}

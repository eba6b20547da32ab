//! One repository of distribution's tree, and what it answers.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::oci::{
    Absence, AbsenceKind, Address, Answer, Asked, Body, Descriptor, Digest, FoundBy, Question,
    RemoteText, Repository,
};
use crate::source::Limits;
use crate::source::local::content::{Content, Listing, Opened};
use crate::source::local::reply;
use crate::source::local::scan::{LazyScan, Scan, Stop};

use super::StoredRepository;
use super::tree::Tree;

/// A repository of links into a store that all repositories share.
pub(super) struct Linked {
    repository: Repository,
    content: LinkedContent,
    limits: Limits,
    scan: LazyScan,
}

impl Linked {
    pub(super) fn new(
        repository: Repository,
        tree: Tree,
        folder: PathBuf,
        limits: &Limits,
    ) -> Self {
        Self {
            repository,
            content: LinkedContent { tree, folder },
            limits: limits.clone(),
            scan: LazyScan::default(),
        }
    }

    fn tags(&self, question: &Question) -> Vec<Answer> {
        let found = self.content.tree.tags(&self.content.folder);
        let names = found.items.into_iter().map(RemoteText::from).collect();
        let gap = found.problems.into_iter().next();
        let (repository, by) = (&self.repository, FoundBy::StorageLink);
        reply::tags(question, repository, (names, gap), by, &self.limits)
    }

    fn tag(&self, question: &Question, tag: &RemoteText) -> Vec<Answer> {
        let digest = match self.content.tree.tag(&self.content.folder, tag.as_str()) {
            Ok(digest) => digest,
            Err(absence) => return vec![reply::failed(question.clone(), absence)],
        };
        let manifest = self.manifest(&digest);
        let target = match manifest.first() {
            Some(Answer {
                body: Body::Manifest(manifest),
                ..
            }) => Descriptor::new(manifest.media_type.clone(), digest, manifest.size()),
            _ => Descriptor::of(digest),
        };
        reply::tag(
            &self.repository,
            tag,
            target,
            FoundBy::StorageLink,
            manifest,
        )
    }

    fn manifest(&self, digest: &Digest) -> Vec<Answer> {
        reply::manifest(&self.repository, &self.content, digest, "", &self.limits)
    }

    fn holdings(&self, question: &Question, stop: &Stop) -> Vec<Answer> {
        self.scan.forget_if_asked_again();
        let Some(scan) = self.scan(stop) else {
            return Vec::new();
        };
        let tree = &self.content.tree;
        let (revisions, layers) = (
            tree.revisions(&self.content.folder),
            tree.layers(&self.content.folder),
        );
        let described = |digest: Digest| {
            let scanned = scan
                .manifests
                .binary_search_by_key(&digest, |scanned| scanned.descriptor.digest)
                .ok()
                .and_then(|position| scan.manifests.get(position));
            match scanned {
                Some(scanned) => scanned.descriptor.clone(),
                None => self.sized(digest),
            }
        };
        let listed = Answer::contents(
            self.repository.clone(),
            revisions
                .items
                .iter()
                .map(|digest| described(*digest))
                .collect(),
            layers
                .items
                .iter()
                .map(|digest| self.sized(*digest))
                .collect(),
        );
        let problems = revisions.problems.into_iter().chain(layers.problems);
        let gap = problems.chain(scan.gap()).next().map(|reason| {
            let absence = Absence::new(AbsenceKind::CutShort, reason);
            reply::failed(question.clone(), absence)
        });
        std::iter::once(listed).chain(gap).collect()
    }

    /// A descriptor with the size of the data; without one where the data is not there.
    fn sized(&self, digest: Digest) -> Descriptor {
        Descriptor {
            size: self.content.tree.blob(&digest).map(|blob| blob.size),
            ..Descriptor::of(digest)
        }
    }

    /// The scan of the revisions whose data is there. Absent if it was stopped.
    fn scan(&self, stop: &Stop) -> Option<Arc<Scan>> {
        self.scan.get(|| {
            let listing = self.content.list();
            let digests: BTreeSet<_> = listing.blobs.iter().map(|blob| blob.digest).collect();
            let limit = self.limits.manifest_bytes;
            let candidates = digests.iter().copied();
            let mut scan = Scan::of(&self.content, candidates, &digests, limit, stop)?;
            scan.manifests
                .sort_by_key(|scanned| scanned.descriptor.digest);
            let problems = listing.problems.into_iter();
            scan.unread
                .extend(problems.map(|problem| (None, Absence::new(AbsenceKind::Failed, problem))));
            Some(scan)
        })
    }
}

impl StoredRepository for Linked {
    fn answer(&self, question: &Question, stop: &Stop) -> Vec<Answer> {
        let (repository, limits) = (&self.repository, &self.limits);
        match (&question.at, question.what) {
            (_, Asked::Tags) => self.tags(question),
            (_, Asked::Contents) => self.holdings(question, stop),
            (Address::Tag(_, tag), Asked::Target | Asked::TargetDigest) => self.tag(question, tag),
            (Address::Object(_, digest), Asked::Manifest) => self.manifest(digest),
            (Address::Object(_, digest), Asked::Config) => {
                reply::config(repository, &self.content, digest, limits)
            }
            (Address::Object(_, digest), Asked::Document) => {
                vec![reply::document(repository, &self.content, digest, limits)]
            }
            (Address::Object(_, subject), Asked::Referrers) => match self.scan(stop) {
                Some(scan) => reply::scanned_referrers(repository, subject, &scan),
                None => Vec::new(),
            },
            (_, Asked::Catalog) => reply::no_repository(question),
            _ => vec![reply::failed(question.clone(), Absence::no_such_question())],
        }
    }
}

/// What one repository has links to.
struct LinkedContent {
    tree: Tree,
    folder: PathBuf,
}

impl Content for LinkedContent {
    fn open(&self, digest: &Digest) -> Result<Opened, Absence> {
        let is_linked = self
            .tree
            .is_linked(&self.folder, digest)
            .map_err(|error| error.absence("the repository's link to it"))?;
        if !is_linked {
            let reason = "the repository has no link to it";
            return Err(Absence::new(AbsenceKind::Missing, reason));
        }
        self.tree
            .open(digest)
            .map_err(|absence| match absence.kind {
                AbsenceKind::Missing => Absence::new(
                    AbsenceKind::Missing,
                    "the repository has a link to it, and its data is not in the store",
                ),
                _ => absence,
            })
    }

    /// The revisions whose data is there; links without data hide nothing that could be read.
    fn list(&self) -> Listing {
        let found = self.tree.revisions(&self.folder);
        Listing {
            blobs: found
                .items
                .iter()
                .filter_map(|digest| self.tree.blob(digest))
                .collect(),
            problems: found.problems,
        }
    }
}

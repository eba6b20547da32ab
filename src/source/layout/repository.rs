//! One repository that is kept as a layout keeps it, rows and blobs by digest, and what it answers.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::oci::json::Problem;
use crate::oci::{
    Absence, AbsenceKind, Address, Answer, Asked, Body, Descriptor, Digest, FoundBy, Manifest,
    Page, Question, RemoteText, Repository,
};
use crate::source::Limits;
use crate::source::local::content::Content;
use crate::source::local::reply;
use crate::source::local::scan::{LazyScan, Scan, Stop};

use super::rows::Rows;

/// Reads the rows again if their file has changed since the last time; absent if it has not.
pub(crate) type Reload = Box<dyn Fn() -> Result<Option<Rows>, Absence> + Send + Sync>;

/// Whose blobs are manifests, beyond the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every blob that is one: what a client's layout holds is there on purpose.
    EveryBlob,
    /// Rows and what they lead to: a registry answers for no other; the rest are blobs.
    Reachable,
}

/// A repository of rows and blobs.
pub(crate) struct LayoutRepository {
    repository: Repository,
    rows: Mutex<Arc<Rows>>,
    reload: Option<Reload>,
    note: Option<Problem>,
    content: Arc<dyn Content>,
    scope: Scope,
    limits: Limits,
    scan: LazyScan,
}

impl LayoutRepository {
    /// The repository with these rows and blobs.
    pub(crate) fn new(
        repository: Repository,
        rows: Rows,
        content: Arc<dyn Content>,
        scope: Scope,
        limits: &Limits,
    ) -> Self {
        Self {
            repository,
            rows: Mutex::new(Arc::new(rows)),
            reload: None,
            note: None,
            content,
            scope,
            limits: limits.clone(),
            scan: LazyScan::default(),
        }
    }

    /// The same, whose rows are read again when they have changed.
    pub(crate) fn reloading(mut self, reload: Reload) -> Self {
        self.reload = Some(reload);
        self
    }

    /// The same, of whose manifests every one has this problem.
    pub(crate) fn noting(mut self, note: Problem) -> Self {
        self.note = Some(note);
        self
    }

    fn rows(&self) -> Arc<Rows> {
        Arc::clone(&self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The tag that a row with this name has: its own, or the full name beside it.
    pub(crate) fn tag_of(&self, name: &RemoteText) -> Option<RemoteText> {
        self.rows().tag_of(name)
    }

    /// The rows as they are now.
    fn fresh_rows(&self) -> Result<Arc<Rows>, Absence> {
        let Some(reload) = &self.reload else {
            return Ok(self.rows());
        };
        let changed = reload()?;
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changed) = changed.filter(|changed| **rows != *changed) {
            *rows = Arc::new(changed);
            self.scan.forget();
        }
        Ok(Arc::clone(&rows))
    }

    /// Answers a question about this repository; there is at least one answer.
    pub(crate) fn answer(&self, question: &Question, stop: &Stop) -> Vec<Answer> {
        let (repository, content) = (&self.repository, &*self.content);
        match (&question.at, question.what) {
            (_, Asked::Tags) => self.tags(question),
            (_, Asked::Contents) => self.holdings(question, stop),
            (Address::Tag(_, tag), Asked::Target | Asked::TargetDigest) => self.tag(question, tag),
            (Address::Object(_, digest), Asked::Manifest) => self.manifest(digest),
            (Address::Object(_, digest), Asked::Config) => {
                reply::config(repository, content, digest, &self.limits)
            }
            (Address::Object(_, digest), Asked::Document) => {
                vec![reply::document(repository, content, digest, &self.limits)]
            }
            (Address::Object(_, subject), Asked::Referrers) => self.referrers(subject, stop),
            (_, Asked::Catalog) => reply::no_repository(question),
            _ => vec![reply::failed(question.clone(), Absence::no_such_question())],
        }
    }

    fn tags(&self, question: &Question) -> Vec<Answer> {
        let rows = match self.fresh_rows() {
            Ok(rows) => rows,
            Err(absence) => return vec![reply::failed(question.clone(), absence)],
        };
        let (repository, by) = (&self.repository, FoundBy::TagsList);
        reply::tags(question, repository, (rows.tags(), None), by, &self.limits)
    }

    fn tag(&self, question: &Question, tag: &RemoteText) -> Vec<Answer> {
        let rows = match self.fresh_rows() {
            Ok(rows) => rows,
            Err(absence) => return vec![reply::failed(question.clone(), absence)],
        };
        let Some(row) = rows.tagged(tag) else {
            let absence = match rows.unread_tags.get(tag) {
                Some(why) => Absence::new(AbsenceKind::Invalid, why.as_str()),
                None => Absence::new(AbsenceKind::Missing, "no row of index.json has this name"),
            };
            return vec![reply::failed(question.clone(), absence)];
        };
        let target = row.descriptor.clone();
        let manifest = self.manifest(&target.digest);
        reply::tag(&self.repository, tag, target, FoundBy::Tag, manifest)
    }

    fn manifest(&self, digest: &Digest) -> Vec<Answer> {
        let rows = self.rows();
        let row = rows.with_digest(digest);
        let hint = row.map_or("", |row| row.descriptor.media_type.as_str());
        let (repository, content) = (&self.repository, &*self.content);
        let mut answers = reply::manifest(repository, content, digest, hint, &self.limits);
        // A row may have its manifest with it; its digest was checked when the row was read.
        if let (
            [
                Answer {
                    body: Body::Failed(absence),
                    ..
                },
            ],
            Some(data),
        ) = (
            answers.as_slice(),
            row.and_then(|row| row.descriptor.data.clone()),
        ) && absence.kind == AbsenceKind::Missing
            && let Ok(manifest) = Manifest::parse(*digest, data, hint)
        {
            answers = vec![Answer::manifest(repository.clone(), Arc::new(manifest))];
        }
        if let (
            Some(Answer {
                body: Body::Manifest(manifest),
                ..
            }),
            Some(note),
        ) = (answers.first_mut(), &self.note)
        {
            Arc::make_mut(manifest).problems.push(note.clone());
        }
        answers
    }

    fn holdings(&self, question: &Question, stop: &Stop) -> Vec<Answer> {
        let rows = match self.fresh_rows() {
            Ok(rows) => rows,
            Err(absence) => return vec![reply::failed(question.clone(), absence)],
        };
        self.scan.forget_if_asked_again();
        let Some(scan) = self.scan(stop) else {
            return Vec::new();
        };
        let mut manifests = rows.untagged();
        let rest = scan
            .manifests
            .iter()
            .filter(|scanned| self.scope == Scope::Reachable || scanned.subject.is_some())
            .filter(|scanned| rows.with_digest(&scanned.descriptor.digest).is_none());
        manifests.extend(rest.map(|scanned| scanned.descriptor.clone()));
        let listed = Answer::contents(
            self.repository.clone(),
            manifests,
            self.loose_blobs(&rows, &scan),
        );
        let gap = scan.gap().map(|gap| (AbsenceKind::CutShort, gap));
        let unread = rows
            .problems
            .first()
            .map(|first| (AbsenceKind::Invalid, format!("index.json: {first}")));
        let failure = unread.or(gap).map(|(kind, reason)| {
            let absence = Absence::new(kind, reason);
            reply::failed(question.clone(), absence)
        });
        let missing = self.content.missing().into_iter().filter_map(|digest| {
            let absence = self.content.open(&digest).err()?;
            let question = Question::document(self.repository.clone(), digest);
            Some(reply::failed(question, absence))
        });
        let answers = std::iter::once(listed).chain(missing);
        answers.chain(failure).collect()
    }

    /// The blobs that are no manifests; of a client's layout none is told beyond what manifests name.
    fn loose_blobs(&self, rows: &Rows, scan: &Scan) -> Vec<Descriptor> {
        if self.scope == Scope::EveryBlob {
            return Vec::new();
        }
        let manifests: BTreeSet<_> = scan
            .manifests
            .iter()
            .map(|scanned| scanned.descriptor.digest)
            .chain(rows.rows.iter().map(|row| row.descriptor.digest))
            .collect();
        let blobs = self.content.list().blobs.into_iter();
        blobs
            .filter(|blob| !manifests.contains(&blob.digest))
            .map(|blob| Descriptor {
                size: Some(blob.size),
                ..Descriptor::of(blob.digest)
            })
            .collect()
    }

    fn referrers(&self, subject: &Digest, stop: &Stop) -> Vec<Answer> {
        let rows = self.rows();
        let Some(scan) = self.scan(stop) else {
            return Vec::new();
        };
        let mut answers = reply::scanned_referrers(&self.repository, subject, &scan);
        let listed = |items, by| {
            Answer::referrers(self.repository.clone(), *subject, Page::whole(items), by)
        };
        let failed = |by, absence| {
            Answer::failed(
                Question::referrers(self.repository.clone(), *subject),
                Some(by),
                absence,
            )
        };
        let containerd = rows.containerd_referrers(subject);
        if !containerd.is_empty() {
            answers.push(listed(containerd, FoundBy::ContainerdAnnotation));
        }
        let lists = rows.olareg_lists(subject);
        if !lists.is_empty() {
            let mut items = Vec::new();
            for list in &lists {
                match self.read(&list.digest) {
                    Ok(index) => items.extend(index.manifests),
                    Err(absence) => answers.push(failed(FoundBy::OlaregRow, absence)),
                }
            }
            answers.push(listed(items, FoundBy::OlaregRow));
        }
        let cosign = rows.cosign_attached(subject);
        if !cosign.is_empty() {
            answers.push(listed(cosign, FoundBy::CosignSave));
        }
        if rows.cosign_unclear > 0 && rows.is_cosign_image(subject) {
            let reason = "the layout has several images saved by cosign, and does not say to which \
                its signatures belong";
            let absence = Absence::new(AbsenceKind::Invalid, reason);
            answers.push(failed(FoundBy::CosignSave, absence));
        }
        answers
    }

    fn read(&self, digest: &Digest) -> Result<crate::oci::Manifest, Absence> {
        reply::read_manifest(&*self.content, digest, "", &self.limits)
    }

    /// The scan of the blobs that are in scope. Absent if it was stopped.
    fn scan(&self, stop: &Stop) -> Option<Arc<Scan>> {
        self.scan.get(|| {
            let rows = self.rows();
            let declared: BTreeSet<_> = rows.rows.iter().map(|row| row.descriptor.digest).collect();
            match self.scope {
                Scope::EveryBlob => self.scan_every_blob(&declared, stop),
                Scope::Reachable => {
                    let reachable = self.reachable(declared, stop)?;
                    // A row without its blob is told where its manifest is asked for; it hides no referrer.
                    let there = self.content.list().blobs.into_iter();
                    let there = there
                        .map(|blob| blob.digest)
                        .filter(|digest| reachable.contains(digest));
                    let limit = self.limits.manifest_bytes;
                    Scan::of(&*self.content, there, &reachable, limit, stop)
                }
            }
        })
    }

    fn scan_every_blob(&self, declared: &BTreeSet<Digest>, stop: &Stop) -> Option<Scan> {
        let listing = self.content.list();
        let limit = self.limits.manifest_bytes;
        let small = listing.blobs.iter().filter(|blob| blob.size <= limit);
        let candidates = small.map(|blob| blob.digest);
        let mut scan = Scan::of(&*self.content, candidates, declared, limit, stop)?;
        let problems = listing.problems.into_iter();
        scan.unread
            .extend(problems.map(|problem| (None, Absence::new(AbsenceKind::Failed, problem))));
        Some(scan)
    }

    /// `roots` and all that their indexes list, deep. Absent if it was stopped.
    fn reachable(&self, roots: BTreeSet<Digest>, stop: &Stop) -> Option<BTreeSet<Digest>> {
        let mut queue: VecDeque<_> = roots.iter().copied().collect();
        let mut reached = roots;
        while let Some(digest) = queue.pop_front() {
            if stop.is_set() {
                return None;
            }
            let Ok(manifest) = self.read(&digest) else {
                continue;
            };
            for child in manifest.manifests {
                if reached.insert(child.digest) {
                    queue.push_back(child.digest);
                }
            }
        }
        Some(reached)
    }
}

//! Every layout, archive and storage of the corpus, opened and counted.
//!
//! `REGSCOPE_CORPUS=… cargo test --test local_sources -- --include-ignored`

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows these in test functions, and not in their helpers"
)]

#[path = "support/corpus.rs"]
mod corpus;

use std::path::{Path, PathBuf};

use corpus::corpus;
use regscope::oci::{Address, Answer, Body, Digest, FoundBy, Question, RemoteText, Repository};
use regscope::source::archive::{Archive, ArchiveKind};
use regscope::source::layout::Layout;
use regscope::source::local::{Kind, recognise};
use regscope::source::storage::{Storage, StorageKind};
use regscope::source::{Answers, Limits, Source};

/// All answers to one question.
fn ask(source: &dyn Source, question: &Question) -> Vec<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (answers, mut receiver) = Answers::channel(64);
        let asking = async {
            source.ask(question, &answers).await;
            drop(answers);
        };
        let taking = async {
            let mut all = Vec::new();
            while let Some(answer) = receiver.recv().await {
                all.push(answer);
            }
            all
        };
        let ((), all) = tokio::join!(asking, taking);
        all
    })
}

/// What one repository was found to hold.
#[derive(Debug, Default)]
struct Counted {
    tags: usize,
    /// Manifests that were held, and blobs.
    held: (usize, usize),
    /// Manifests that were read, by way of tags, holdings and the children of indexes.
    read: Vec<Digest>,
    /// Pairs of subject and referrer, by way.
    referrers: Vec<(FoundBy, Digest, Digest)>,
    failures: Vec<String>,
}

impl Counted {
    fn of(source: &dyn Source, path: &str) -> Self {
        let repository = Repository::new(source.origin(), path);
        let mut counted = Self::default();
        let mut queue = Vec::new();
        for tag in counted.list(ask(source, &Question::tags(repository.clone()))) {
            counted.tags += 1;
            for answer in ask(source, &Question::tag(repository.clone(), tag)) {
                counted.take(answer, &mut queue);
            }
        }
        for answer in ask(source, &Question::contents(repository.clone())) {
            counted.take(answer, &mut queue);
        }
        while let Some(digest) = queue.pop() {
            if counted.read.contains(&digest) {
                continue;
            }
            for answer in ask(source, &Question::manifest(repository.clone(), digest)) {
                counted.take(answer, &mut queue);
            }
        }
        counted.read.sort_unstable();
        counted.read.dedup();
        for digest in counted.read.clone() {
            for answer in ask(source, &Question::referrers(repository.clone(), digest)) {
                counted.take(answer, &mut queue);
            }
        }
        counted
    }

    fn list(&mut self, answers: Vec<Answer>) -> Vec<RemoteText> {
        let mut tags = Vec::new();
        for answer in answers {
            match answer {
                Answer {
                    body: Body::Tags(page),
                    ..
                } => tags.extend(page.items),
                other => self.failures.push(format!("{other:?}")),
            }
        }
        tags
    }

    fn take(&mut self, answer: Answer, queue: &mut Vec<Digest>) {
        match answer {
            Answer {
                body: Body::Target(_),
                ..
            } => {}
            Answer {
                body: Body::Contents { manifests, blobs },
                ..
            } => {
                self.held = (manifests.len(), blobs.len());
                queue.extend(manifests.iter().map(|held| held.digest));
            }
            Answer {
                body: Body::Manifest(manifest),
                ..
            } => {
                self.read.push(manifest.digest);
                queue.extend(manifest.manifests.iter().map(|child| child.digest));
            }
            Answer {
                question:
                    Question {
                        at: Address::Object(_, subject),
                        ..
                    },
                by: Some(by),
                body: Body::Referrers(page),
            } => {
                assert!(page.is_last);
                let pairs = page.items.iter().map(|found| (by, subject, found.digest));
                self.referrers.extend(pairs);
            }
            Answer {
                body: Body::Failed(absence),
                ..
            } => self.failures.push(absence.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }

    fn found_by(&self, by: FoundBy) -> usize {
        let found = self.referrers.iter();
        found.filter(|(way, _, _)| *way == by).count()
    }

    /// Tags, held manifests, manifests read, referrers by the scan, failures.
    fn summary(&self) -> [usize; 5] {
        let scanned = self.found_by(FoundBy::ManifestScan);
        let failures = self.failures.len();
        [self.tags, self.held.0, self.read.len(), scanned, failures]
    }
}

fn layout(path: &Path) -> Layout {
    Layout::open(path, &Limits::default()).unwrap()
}

/// Tags, held manifests, manifests read, referrers by the scan, failures; referrers by the rows of `cosign save`. The
/// numbers are from a reading of the files that shares nothing with this crate.
const LAYOUTS: &[(&str, [usize; 5], usize)] = &[
    (
        "layouts/docker-attest/containerd-subject-layout",
        [1, 0, 3, 0, 0],
        0,
    ),
    (
        "layouts/docker-attest/no-provenance-index",
        [1, 0, 5, 0, 0],
        0,
    ),
    ("layouts/docker-attest/unsigned-index", [1, 0, 5, 0, 0], 0),
    // Its one row points to a blob that is not there.
    (
        "layouts/go-containerregistry/test_gc_image_unknown_mediatype",
        [0, 1, 0, 0, 1],
        0,
    ),
    (
        "layouts/go-containerregistry/test_gc_index",
        [3, 0, 3, 0, 0],
        0,
    ),
    (
        "layouts/go-containerregistry/test_index",
        [4, 0, 4, 0, 0],
        0,
    ),
    (
        "layouts/go-containerregistry/test_index_media_type",
        [0, 1, 1, 0, 0],
        0,
    ),
    (
        "layouts/go-containerregistry/test_index_one_image",
        [0, 1, 1, 0, 0],
        0,
    ),
    ("layouts/notation/e2e-valid-signature", [2, 1, 3, 1, 0], 0),
    ("layouts/oras/artifacts", [7, 13, 20, 8, 0], 0),
    ("layouts/oras/blobs", [0, 0, 0, 0, 0], 0),
    ("layouts/oras/images", [7, 0, 7, 0, 0], 0),
    (
        "layouts/slsa-verifier/container_workflow_dispatch",
        [0, 2, 4, 0, 0],
        1,
    ),
    ("real/layouts/cosign-save", [0, 4, 6, 2, 0], 1),
    ("real/layouts/crane", [0, 1, 3, 0, 0], 0),
    ("real/layouts/oras", [2, 17, 19, 13, 0], 0),
    ("real/layouts/regctl", [9, 9, 22, 9, 0], 0),
    ("real/layouts/skopeo", [1, 0, 3, 0, 0], 0),
];

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_layout_of_the_corpus_has_what_its_files_have() {
    let corpus = corpus();
    let mut opened = Vec::new();
    for (path, expected, by_cosign) in LAYOUTS {
        let counted = Counted::of(&layout(&corpus.join(path)), "");
        assert_eq!(counted.summary(), *expected, "{path}: {counted:#?}");
        let by_rows = counted.found_by(FoundBy::CosignSave);
        assert_eq!(by_rows, *by_cosign, "{path}: {counted:#?}");
        let kind = recognise(&corpus.join(path), &Limits::default());
        assert_eq!(kind, Ok(Kind::Layout), "{path}");
        opened.push(corpus.join(path));
    }
    assert_eq!(opened, all_layouts(&corpus), "a layout is not in the table");
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_archive_of_the_corpus_has_what_its_files_have() {
    let corpus = corpus();
    for (path, expected, tags) in [
        ("regctl-export.tar", [1, 0, 3, 0, 0], vec!["1.4.1"]),
        ("skopeo-base.tar", [1, 0, 3, 0, 0], vec!["3.0.2"]),
        (
            "skopeo-docker.tar",
            [1, 0, 1, 0, 0],
            vec!["docker.io/library/app:1.4.1"],
        ),
    ] {
        let path = corpus.join("real/layouts").join(path);
        assert_eq!(recognise(&path, &Limits::default()), Ok(Kind::Archive));
        let archive = Archive::open(&path, ArchiveKind::Either, &Limits::default()).unwrap();
        let counted = Counted::of(&archive, "");
        assert_eq!(counted.summary(), expected, "{path:?}: {counted:#?}");
        let question = Question::tags(Repository::new(archive.origin(), ""));
        let names = Counted::default().list(ask(&archive, &question));
        assert_eq!(names, tags, "{path:?}");
    }
}

/// A storage, and by repository: tags, held manifests, manifests read, referrers by the scan, failures; held blobs.
type StorageRow = (&'static str, &'static [(&'static str, [usize; 5], usize)]);

const STORAGES: &[StorageRow] = &[
    (
        "real/storage/distribution-2.8",
        &[
            ("charts/app-chart", [1, 1, 1, 0, 0], 2),
            ("team/app", [14, 52, 52, 15, 0], 32),
            ("team/base", [3, 6, 6, 0, 0], 6),
        ],
    ),
    (
        "real/storage/zot",
        &[
            ("charts/app-chart", [1, 0, 1, 0, 0], 2),
            ("team/app", [12, 22, 31, 15, 0], 40),
            ("team/base", [3, 4, 6, 0, 0], 6),
        ],
    ),
];

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_storage_of_the_corpus_has_what_its_files_have() {
    let corpus = corpus();
    for (path, repositories) in STORAGES {
        let storage = Storage::open(&corpus.join(path), &Limits::default()).unwrap();
        let refused = recognise(&corpus.join(path), &Limits::default()).unwrap_err();
        assert!(refused.to_string().contains("write storage:"), "{refused}");
        let question = Question::catalog(storage.origin().clone());
        let names = match &ask(&storage, &question)[..] {
            [
                Answer {
                    body: Body::Catalog(page),
                    ..
                },
            ] => page.items.clone(),
            other => panic!("{other:?}"),
        };
        let expected: Vec<_> = repositories.iter().map(|(name, _, _)| *name).collect();
        assert_eq!(names, expected, "{path}");
        for (name, expected, blobs) in *repositories {
            let counted = Counted::of(&storage, name);
            assert_eq!(counted.summary(), *expected, "{path} {name}: {counted:#?}");
            assert_eq!(counted.held.1, *blobs, "{path} {name}");
        }
    }
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn the_view_of_a_storage_has_every_blob_and_every_byte() {
    let corpus = corpus();
    let view = |name: &str| {
        let path = corpus.join("real/storage").join(name);
        Storage::open(&path, &Limits::default()).unwrap().view()
    };
    let tree = view("distribution-2.8");
    assert_eq!(tree.kind, StorageKind::Distribution);
    assert_eq!((tree.blobs.len(), tree.bytes()), (98, 585_660));
    assert_eq!((tree.manifests.len(), tree.unread.len()), (59, 0));
    let app = &tree.repositories[1];
    let history: usize = app.tags.iter().map(|tag| tag.history.len()).sum();
    assert_eq!((app.tags.len(), app.revisions.len(), history), (14, 52, 34));
    assert!(app.revisions.iter().all(|revision| revision.has_data));
    let layouts = view("zot");
    let counts: Vec<_> = layouts
        .repositories
        .iter()
        .map(|one| (one.rows.len(), one.tags.len(), one.blobs.len()))
        .collect();
    assert_eq!(counts, [(1, 1, 3), (34, 12, 71), (7, 3, 12)]);
    assert_eq!(layouts.bytes(), 6_196 + 553_782 + 5_624);
    assert!(tree.problems.is_empty() && layouts.problems.is_empty());
}

fn all_layouts(corpus: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut queue = vec![corpus.join("layouts"), corpus.join("real/layouts")];
    while let Some(folder) = queue.pop() {
        if folder.join("oci-layout").is_file() {
            found.push(folder);
            continue;
        }
        let entries = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().path());
        queue.extend(entries.filter(|path| path.is_dir()));
    }
    found.sort();
    found
}

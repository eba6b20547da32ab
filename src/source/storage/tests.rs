//! Storages that the tests make themselves.

use super::*;
use crate::oci::{Body, Descriptor, Digest};

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// A storage in the making.
struct Made(tempfile::TempDir);

impl Made {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn open(&self) -> Storage {
        Storage::open(self.0.path(), &Limits::default()).unwrap()
    }

    /// Data in distribution's store.
    fn data(&self, content: &str) -> Digest {
        let digest = Digest::of(content.as_bytes());
        let hex = digest.encoded();
        let shard: String = hex.chars().take(2).collect();
        self.write(
            &format!("docker/registry/v2/blobs/sha256/{shard}/{hex}/data"),
            content,
        );
        digest
    }

    /// A link in a repository of distribution: `inner` is `_layers` or `_manifests/revisions`.
    fn link(&self, repository: &str, inner: &str, digest: &Digest) {
        let hex = digest.encoded();
        let place =
            format!("docker/registry/v2/repositories/{repository}/{inner}/sha256/{hex}/link");
        self.write(&place, &digest.to_string());
    }

    fn revision(&self, repository: &str, digest: &Digest) {
        self.link(repository, "_manifests/revisions", digest);
    }

    fn tag(&self, repository: &str, tag: &str, digest: &Digest) {
        let tags = format!("docker/registry/v2/repositories/{repository}/_manifests/tags/{tag}");
        self.write(&format!("{tags}/current/link"), &digest.to_string());
        self.link(repository, &format!("_manifests/tags/{tag}/index"), digest);
    }

    /// A repository that is a layout, with these rows and blobs.
    fn layout(&self, name: &str, rows: &[String], blobs: &[&str]) {
        self.write(
            &format!("{name}/oci-layout"),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        );
        let index = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, rows.join(","));
        self.write(&format!("{name}/index.json"), &index);
        for blob in blobs {
            self.write(&blob_at(name, &Digest::of(blob.as_bytes())), blob);
        }
    }
}

fn blob_at(name: &str, digest: &Digest) -> String {
    format!("{name}/blobs/sha256/{}", digest.encoded())
}

/// An image manifest that says `note`, with an optional subject.
fn image(note: &str, subject: Option<&Digest>) -> String {
    let subject = subject.map_or(String::new(), |subject| {
        format!(r#","subject":{{"digest":"{subject}","size":1}}"#)
    });
    format!(
        r#"{{"mediaType":"{IMAGE}","layers":[],"config":{{}},"annotations":{{"note":"{note}"}}{subject}}}"#
    )
}

fn row(digest: &Digest, annotations: &str) -> String {
    format!(
        r#"{{"mediaType":"{IMAGE}","digest":"{digest}","size":1,"annotations":{{{annotations}}}}}"#
    )
}

fn ask(storage: &Storage, question: &Question) -> Vec<Answer> {
    storage.store.answer(question, &Stop::default())
}

fn catalog(storage: &Storage) -> Vec<RemoteText> {
    match &ask(storage, &Question::catalog(storage.origin().clone()))[..] {
        [
            Answer {
                by: Some(FoundBy::StorageLink),
                body: Body::Catalog(page),
                ..
            },
        ] => page.items.clone(),
        other => panic!("{other:?}"),
    }
}

fn referrers(storage: &Storage, path: &str, subject: Digest) -> Vec<Digest> {
    let repository = Repository::new(storage.origin(), path);
    match &ask(storage, &Question::referrers(repository, subject))[..] {
        [
            Answer {
                by: Some(FoundBy::ManifestScan),
                body: Body::Referrers(page),
                ..
            },
            ..,
        ] => page.items.iter().map(|found| found.digest).collect(),
        other => panic!("{other:?}"),
    }
}

fn held(storage: &Storage, path: &str) -> (Vec<Descriptor>, Vec<Descriptor>) {
    let repository = Repository::new(storage.origin(), path);
    match &ask(storage, &Question::contents(repository))[..] {
        [
            Answer {
                body: Body::Contents { manifests, blobs },
                ..
            },
        ] => (manifests.clone(), blobs.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn distribution_holds_untagged_manifests_layer_links_and_links_without_data() {
    let made = Made::new();
    let tagged = made.data(&image("tagged", None));
    let referrer = made.data(&image("referrer", Some(&tagged)));
    let gone = Digest::of(b"gone");
    let layer = made.data("layer");
    let loose = made.data("loose");
    made.tag("team/app", "1", &tagged);
    for digest in [&tagged, &referrer, &gone] {
        made.revision("team/app", digest);
    }
    made.link("team/app", "_layers", &layer);
    made.link("team/app", "_layers", &gone);
    made.write(
        "docker/registry/v2/repositories/team/app/_uploads/x/data",
        "half",
    );
    let storage = made.open();
    assert_eq!(catalog(&storage), ["team/app"]);
    let (manifests, blobs) = held(&storage, "team/app");
    assert_eq!((manifests.len(), blobs.len()), (3, 2));
    let sizes: Vec<_> = blobs.iter().map(|blob| blob.size.is_some()).collect();
    assert!(sizes.contains(&true) && sizes.contains(&false));
    assert_eq!(referrers(&storage, "team/app", tagged), [referrer]);
    let repository = Repository::new(storage.origin(), "team/app");
    let answers = ask(&storage, &Question::tag(repository.clone(), "1".into()));
    assert!(
        matches!(&answers[..], [Answer { by: Some(FoundBy::StorageLink), body: Body::Target(target), .. },
            Answer { body: Body::Manifest(_), .. }] if target.media_type == IMAGE && target.digest == tagged)
    );
    for (digest, part) in [(gone, "data is not in the store"), (loose, "no link to it")] {
        match &ask(&storage, &Question::manifest(repository.clone(), digest))[..] {
            [
                Answer {
                    body: Body::Failed(absence),
                    ..
                },
            ] => {
                assert_eq!(absence.kind, AbsenceKind::Missing);
                assert!(absence.reason.as_str().contains(part), "{absence:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    let view = storage.view();
    let one = &view.repositories[0];
    assert_eq!(
        (view.kind, view.problems.len()),
        (StorageKind::Distribution, 0)
    );
    assert_eq!(
        (one.uploads, one.has_tags_folder, one.has_layers_folder),
        (1, true, true)
    );
    assert_eq!(one.tags[0].history, [tagged]);
    let without: Vec<_> = one.revisions.iter().filter(|r| !r.has_data).collect();
    assert_eq!(
        without,
        [&Revision {
            digest: gone,
            has_data: false
        }]
    );
    assert_eq!((view.blobs.len(), view.manifests.len()), (4, 2));
    assert!(view.blobs.iter().any(|blob| blob.digest == loose));
    assert!(
        view.unread.is_empty(),
        "what nothing names as a manifest is none"
    );
    made.revision("team/app", &layer);
    let unread = made.open().view().unread;
    assert_eq!(
        unread.get(&layer).map(|absence| absence.kind),
        Some(AbsenceKind::Invalid)
    );
}

#[test]
fn repositories_come_in_the_order_of_distributions_walk() {
    let made = Made::new();
    made.data("x");
    for name in ["a-b", "a", "a/b", "a/1", "never-tagged"] {
        made.link(name, "_layers", &Digest::of(b"x"));
    }
    let storage = made.open();
    assert_eq!(
        catalog(&storage),
        ["a/1", "a", "a/b", "a-b", "never-tagged"]
    );
    assert!(!storage.view().repositories[4].has_tags_folder);
    let inner = made.0.path().join("docker/registry/v2");
    let inner = Storage::open(&inner, &Limits::default()).unwrap();
    assert_eq!(catalog(&inner).len(), 5);
}

#[test]
fn links_that_say_no_digest_are_told() {
    let made = Made::new();
    let a = made.data(&image("a", None));
    made.revision("r", &a);
    made.tag("r", "good", &a);
    made.write(
        "docker/registry/v2/repositories/r/_manifests/tags/bad/current/link",
        "nope",
    );
    let storage = made.open();
    let repository = Repository::new(storage.origin(), "r");
    let kind_of = |tag: &str| match &ask(&storage, &Question::tag(repository.clone(), tag.into()))[..]
    {
        [
            Answer {
                body: Body::Failed(absence),
                ..
            },
        ] => absence.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind_of("bad"), AbsenceKind::Invalid);
    assert_eq!(kind_of("none"), AbsenceKind::Missing);
    assert_eq!(kind_of("../good"), AbsenceKind::Missing);
    let view = storage.view();
    assert!(view.problems[0].contains("r:bad"), "{:?}", view.problems);
    for name in ["../r", "r/_manifests", "", "R/../r", "/r", "none"] {
        let other = Repository::new(storage.origin(), name);
        let answers = ask(&storage, &Question::tags(other));
        assert!(
            matches!(&answers[..], [Answer { body: Body::Failed(absence), .. }]
            if absence.kind == AbsenceKind::Missing),
            "{name}"
        );
    }
}

#[test]
fn a_folder_of_layouts_is_read_at_any_depth_with_blobs_that_nothing_names() {
    let made = Made::new();
    let (a, b) = (image("a", None), image("b", None));
    let child = image("child", None);
    let digest = |text: &str| Digest::of(text.as_bytes());
    let index = format!(
        r#"{{"manifests":[{{"digest":"{}","size":1}}]}}"#,
        digest(&child)
    );
    let old = image("old", Some(&digest(&a)));
    made.layout(
        "a",
        &[row(
            &digest(&a),
            r#""org.opencontainers.image.ref.name":"1""#,
        )],
        &[&a, &old],
    );
    made.layout(
        "a/b",
        &[row(&digest(&index), "")],
        &[&index, &child, &b, "layer"],
    );
    made.layout("a/blobs", &[], &[]);
    made.write("a/.uploads/one", "half");
    made.write("not/a/repository", "x");
    let storage = made.open();
    assert_eq!(catalog(&storage), ["a", "a/b", "a/blobs"]);
    let (manifests, blobs) = held(&storage, "a/b");
    let digests: Vec<_> = manifests.iter().map(|held| held.digest).collect();
    assert_eq!(digests, [digest(&index), digest(&child)]);
    assert_eq!(blobs.len(), 2, "a manifest without a row is a blob");
    let referrers_of_a = referrers(&storage, "a", digest(&a));
    assert_eq!(referrers_of_a, [], "the registry answers for rows alone");
    let view = storage.view();
    assert_eq!(view.kind, StorageKind::Layouts(LayoutWriter::Zot));
    let first = &view.repositories[0];
    assert_eq!(
        (first.uploads, first.blobs.len(), first.rows.len()),
        (1, 2, 1)
    );
    assert_eq!(first.tags[0].digest, Some(digest(&a)));
    assert!(view.manifests.contains_key(&digest(&old)));
}

#[test]
fn olaregs_rows_give_referrers_that_have_no_row() {
    let made = Made::new();
    let digest = |text: &str| Digest::of(text.as_bytes());
    let subject = image("subject", None);
    let referrer = image("referrer", Some(&digest(&subject)));
    let list = format!(
        r#"{{"manifests":[{{"digest":"{}","size":1}}]}}"#,
        digest(&referrer)
    );
    let mark = format!(r#""org.olareg.referrer.subject":"{}""#, digest(&subject));
    let rows = [row(&digest(&subject), ""), row(&digest(&list), &mark)];
    made.layout("r", &rows, &[&subject, &referrer, &list]);
    let storage = made.open();
    let repository = Repository::new(storage.origin(), "r");
    let answers = ask(&storage, &Question::referrers(repository, digest(&subject)));
    let ways: Vec<_> = answers
        .iter()
        .map(|answer| match answer {
            Answer {
                by: Some(by),
                body: Body::Referrers(page),
                ..
            } => (*by, page.items[0].digest),
            other => panic!("{other:?}"),
        })
        .collect();
    let referrer = digest(&referrer);
    assert_eq!(
        ways,
        [
            (FoundBy::ManifestScan, referrer),
            (FoundBy::OlaregRow, referrer)
        ]
    );
    assert_eq!(
        storage.view().kind,
        StorageKind::Layouts(LayoutWriter::Olareg)
    );
}

#[cfg(unix)]
#[test]
fn hard_links_between_repositories_are_one_file_on_the_disk() {
    let made = Made::new();
    made.layout("a", &[], &["shared"]);
    made.layout("b", &[], &["own"]);
    let shared = Digest::of(b"shared");
    let at = |name: &str| made.0.path().join(blob_at(name, &shared));
    std::fs::hard_link(at("a"), at("b")).unwrap();
    let view = made.open().view();
    assert_eq!((view.bytes(), view.bytes_on_disk()), (15, 9));
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_folders_in_place_of_files_neither_hang_nor_hide() {
    let made = Made::new();
    let a = made.data(&image("a", None));
    made.revision("r", &a);
    made.tag("r", "1", &a);
    let repositories = made.0.path().join("docker/registry/v2/repositories");
    std::os::unix::fs::symlink("..", repositories.join("r/loop")).unwrap();
    std::fs::create_dir_all(repositories.join("r/_manifests/tags/odd/current/link")).unwrap();
    let storage = made.open();
    let answers = ask(&storage, &Question::catalog(storage.origin().clone()));
    match &answers[..] {
        [
            Answer {
                body: Body::Catalog(page),
                ..
            },
            Answer {
                body: Body::Failed(absence),
                ..
            },
        ] => {
            assert!(!page.is_last && page.items == ["r"]);
            assert!(absence.reason.as_str().contains("r/loop"), "{absence:?}");
        }
        other => panic!("{other:?}"),
    }
    let repository = Repository::new(storage.origin(), "r");
    let answers = ask(&storage, &Question::tag(repository, "odd".into()));
    assert!(
        matches!(&answers[..], [Answer { body: Body::Failed(absence), .. }]
        if absence.kind == AbsenceKind::Invalid)
    );
    assert_eq!(storage.view().problems.len(), 2);
}

#[test]
fn what_is_no_storage_says_what_to_do() {
    let made = Made::new();
    let open = |path: &Path| {
        let opened = Storage::open(path, &Limits::default());
        opened.err().unwrap().to_string()
    };
    assert!(open(made.0.path()).contains("name the folder that the registry stores in"));
    assert!(open(&made.0.path().join("none")).contains("is not there"));
}

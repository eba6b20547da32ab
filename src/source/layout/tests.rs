//! Layouts that the tests make themselves.

use std::path::PathBuf;

use super::*;
use crate::oci::{Address, Body, Descriptor, Digest, Question, RemoteText};

/// A layout in the making.
struct Made {
    folder: tempfile::TempDir,
    rows: Vec<String>,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join(MARK),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        )
        .unwrap();
        std::fs::create_dir_all(folder.path().join("blobs/sha256")).unwrap();
        Self {
            folder,
            rows: Vec::new(),
        }
    }

    fn at(&self, digest: &Digest) -> PathBuf {
        self.folder
            .path()
            .join("blobs/sha256")
            .join(digest.encoded())
    }

    fn blob(&self, content: &str) -> Digest {
        let digest = Digest::of(content.as_bytes());
        std::fs::write(self.at(&digest), content).unwrap();
        digest
    }

    /// An image manifest that says `note`, with an optional subject.
    fn image(&self, note: &str, subject: Option<&Digest>) -> Digest {
        let subject = subject.map_or(String::new(), |subject| {
            format!(r#","subject":{{"digest":"{subject}","size":1,"mediaType":""}}"#)
        });
        let config = self.blob(r#"{"architecture":"amd64","os":"linux"}"#);
        self.blob(&format!(
            r#"{{"schemaVersion":2,"mediaType":"{IMAGE}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json",
            "digest":"{config}","size":37}},"layers":[],"annotations":{{"note":"{note}"}}{subject}}}"#
        ))
    }

    fn row(&mut self, digest: &Digest, annotations: &str) {
        self.row_of(IMAGE, digest, annotations);
    }

    fn row_of(&mut self, media_type: &str, digest: &Digest, annotations: &str) {
        self.rows.push(format!(
            r#"{{"mediaType":"{media_type}","digest":"{digest}","size":7,"annotations":{{{annotations}}}}}"#
        ));
    }

    fn write(&self) {
        let index = format!(
            r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
            self.rows.join(",")
        );
        std::fs::write(self.folder.path().join(INDEX), index).unwrap();
    }

    fn open(&self) -> Layout {
        self.write();
        Layout::open(self.folder.path(), &Limits::default()).unwrap()
    }
}

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

fn named(name: &str) -> String {
    format!(r#""{}":"{name}""#, rows::REF_NAME)
}

fn repository(layout: &Layout) -> Repository {
    Repository::new(layout.origin(), "")
}

fn ask(layout: &Layout, question: &Question) -> Vec<Answer> {
    layout.one.answer(question, &Stop::default())
}

fn tags(layout: &Layout) -> Vec<RemoteText> {
    match &ask(layout, &Question::tags(repository(layout)))[..] {
        [
            Answer {
                body: Body::Tags(page),
                ..
            },
        ] if page.is_last => page.items.clone(),
        other => panic!("{other:?}"),
    }
}

fn held(layout: &Layout) -> Vec<Digest> {
    match &ask(layout, &Question::contents(repository(layout)))[..] {
        [
            Answer {
                body: Body::Contents { manifests, blobs },
                ..
            },
        ] if blobs.is_empty() => manifests.iter().map(|held| held.digest).collect(),
        other => panic!("{other:?}"),
    }
}

fn referrers(layout: &Layout, subject: Digest) -> Vec<(FoundBy, Vec<Digest>)> {
    let digests = |items: &[Descriptor]| items.iter().map(|item| item.digest).collect();
    ask(layout, &Question::referrers(repository(layout), subject))
        .iter()
        .map(|answer| match answer {
            Answer {
                by: Some(by),
                body: Body::Referrers(page),
                ..
            } => (*by, digests(&page.items)),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn failure(answers: &[Answer]) -> (AbsenceKind, String) {
    match answers.last() {
        Some(Answer {
            body: Body::Failed(absence),
            ..
        }) => (absence.kind, absence.reason.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tags_are_exact_names_and_rows_without_one_are_held() {
    let mut made = Made::new();
    let (a, b, c) = (
        made.image("a", None),
        made.image("b", None),
        made.image("c", None),
    );
    made.row(&a, &named("docker.io/library/test-image:test"));
    made.row(&b, r#""io.containerd.image.name":"docker.io/x:1""#);
    made.row(&c, "");
    made.row(&c, "");
    let layout = made.open();
    assert_eq!(
        tags(&layout),
        ["docker.io/library/test-image:test", "docker.io/x:1"]
    );
    assert_eq!(held(&layout), [c]);
    let question = Question::tag(repository(&layout), "docker.io/x:1".into());
    match &ask(&layout, &question)[..] {
        [
            Answer {
                by: Some(FoundBy::Tag),
                body: Body::Target(target),
                ..
            },
            Answer {
                body: Body::Manifest(manifest),
                ..
            },
        ] => {
            assert_eq!((target.digest, manifest.digest), (b, b));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_that_share_a_name_go_by_their_full_names() {
    let mut made = Made::new();
    let (a, b, c) = (
        made.image("a", None),
        made.image("b", None),
        made.image("c", None),
    );
    made.row(
        &a,
        &format!(
            r#"{},"io.containerd.image.name":"docker.io/a:latest""#,
            named("latest")
        ),
    );
    made.row(
        &b,
        &format!(
            r#"{},"io.containerd.image.name":"docker.io/b:latest""#,
            named("latest")
        ),
    );
    made.row(&c, &named("latest"));
    let layout = made.open();
    let names = ["docker.io/a:latest", "docker.io/b:latest", "latest"];
    assert_eq!(tags(&layout), names);
    assert_eq!(held(&layout), []);
}

#[test]
fn a_referrer_without_a_row_is_found_by_the_scan_and_held() {
    let mut made = Made::new();
    let subject = made.image("subject", None);
    let referrer = made.image("referrer", Some(&subject));
    made.blob("{\"subject\":{\"digest\":\"nonsense");
    made.blob("no JSON at all");
    made.row(&subject, &named("1"));
    let layout = made.open();
    assert_eq!(
        referrers(&layout, subject),
        [(FoundBy::ManifestScan, vec![referrer])]
    );
    assert_eq!(
        referrers(&layout, referrer),
        [(FoundBy::ManifestScan, vec![])]
    );
    assert_eq!(held(&layout), [referrer]);
}

#[test]
fn every_annotation_of_rows_that_names_a_subject_is_its_own_way() {
    let mut made = Made::new();
    let subject = made.image("subject", None);
    let (one, two, three) = (
        made.image("1", None),
        made.image("2", None),
        made.image("3", None),
    );
    let list = made.blob(&format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{IMAGE}","digest":"{two}","size":1}}]}}"#
    ));
    made.row(&subject, r#""kind":"dev.cosignproject.cosign/image""#);
    made.row(
        &one,
        &format!(r#""io.containerd.manifest.subject":"{subject}""#),
    );
    made.row(
        &list,
        &format!(r#""org.olareg.referrer.subject":"{subject}""#),
    );
    made.row(&three, r#""kind":"dev.cosignproject.cosign/atts""#);
    let layout = made.open();
    let found = referrers(&layout, subject);
    assert_eq!(
        found,
        [
            (FoundBy::ManifestScan, vec![]),
            (FoundBy::ContainerdAnnotation, vec![one]),
            (FoundBy::OlaregRow, vec![two]),
            (FoundBy::CosignSave, vec![three]),
        ]
    );
}

#[test]
fn signatures_saved_beside_several_images_are_not_guessed_about() {
    let mut made = Made::new();
    let (a, b, sigs) = (
        made.image("a", None),
        made.image("b", None),
        made.image("s", None),
    );
    made.row(&a, r#""kind":"dev.cosignproject.cosign/image""#);
    made.row(&b, r#""kind":"dev.cosignproject.cosign/image""#);
    made.row(&sigs, r#""kind":"dev.cosignproject.cosign/sigs""#);
    let layout = made.open();
    let answers = ask(&layout, &Question::referrers(repository(&layout), a));
    assert!(failure(&answers).1.contains("several images"));
}

#[test]
fn a_blob_that_is_not_what_its_name_says_is_not_believed() {
    let mut made = Made::new();
    let good = made.image("good", None);
    let bad = made.image("bad", None);
    let gone = Digest::of(b"gone");
    let text = made.blob("not JSON");
    std::fs::write(made.at(&bad), r#"{"layers":[]}"#).unwrap();
    for (digest, name) in [
        (&good, "good"),
        (&bad, "bad"),
        (&gone, "gone"),
        (&text, "text"),
    ] {
        made.row_of("text/plain", digest, &named(name));
    }
    let layout = made.open();
    let ask_tag = |name: &str| ask(&layout, &Question::tag(repository(&layout), name.into()));
    assert!(matches!(
        &ask_tag("good")[..],
        [
            _,
            Answer {
                body: Body::Manifest(_),
                ..
            }
        ]
    ));
    for (name, kind, part) in [
        ("bad", AbsenceKind::Invalid, "another digest"),
        ("gone", AbsenceKind::Missing, "not there"),
        ("text", AbsenceKind::Invalid, "given as text/plain"),
    ] {
        let answers = ask_tag(name);
        assert!(matches!(answers[0].body, Body::Target(_)), "{name}");
        let (found, reason) = failure(&answers);
        assert!(
            found == kind && reason.contains(part),
            "{name}: {found:?} {reason}"
        );
    }
    let answers = ask(&layout, &Question::referrers(repository(&layout), good));
    assert_eq!(
        failure(&answers).0,
        AbsenceKind::CutShort,
        "a corrupt blob may have been a referrer"
    );
}

#[test]
fn a_row_that_cannot_be_read_is_told_and_the_others_count() {
    let mut made = Made::new();
    let a = made.image("a", None);
    made.row(&a, &named("a"));
    made.rows.push(format!(
        r#"{{"digest":"sha256:12","annotations":{{{}}}}}"#,
        named("b")
    ));
    made.rows.push("7".to_owned());
    let layout = made.open();
    assert_eq!(tags(&layout), ["a", "b"]);
    let answers = ask(&layout, &Question::tag(repository(&layout), "b".into()));
    assert_eq!(failure(&answers).0, AbsenceKind::Invalid);
    let answers = ask(&layout, &Question::contents(repository(&layout)));
    assert!(failure(&answers).1.contains("manifests[1].digest"));
}

#[test]
fn what_is_added_to_the_folder_is_seen_when_asked_again() {
    let mut made = Made::new();
    let a = made.image("a", None);
    made.row(&a, &named("a"));
    let layout = made.open();
    assert_eq!(referrers(&layout, a), [(FoundBy::ManifestScan, vec![])]);
    let b = made.image("b", Some(&a));
    made.row(&b, "");
    made.write();
    assert_eq!(held(&layout), [b]);
    assert_eq!(referrers(&layout, a), [(FoundBy::ManifestScan, vec![b])]);
    let c = made.image("c", Some(&a));
    assert_eq!(held(&layout), [b, c], "a blob without a row is seen too");
}

#[test]
fn what_is_no_layout_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let open = |path: &Path| {
        Layout::open(path, &Limits::default())
            .err()
            .unwrap()
            .to_string()
    };
    assert!(open(&path.join("none")).contains("is not there"));
    assert!(open(path).contains("no file `oci-layout`"));
    let write = |name: &str, content: &str| std::fs::write(path.join(name), content).unwrap();
    write(MARK, "nope");
    assert!(open(path).contains("is not JSON"));
    write(MARK, "{}");
    assert!(open(path).contains("no imageLayoutVersion"));
    write(MARK, r#"{"imageLayoutVersion":"2.0.0"}"#);
    assert!(open(path).contains("version 2.0.0"));
    write(MARK, r#"{"imageLayoutVersion":"1.0.0"}"#);
    assert!(open(path).contains("its index.json is not there"));
    write(INDEX, "<html>");
    assert!(open(path).contains("its index.json is not JSON"));
    let limits = Limits {
        list_bytes: 3,
        ..Limits::default()
    };
    let too_large = Layout::open(path, &limits).err().unwrap().to_string();
    assert!(too_large.contains("has 6 bytes"), "{too_large}");
    let file = open(&path.join(MARK));
    assert!(file.contains("no folder"), "{file}");
}

#[tokio::test]
async fn questions_are_answered_through_the_channel() {
    let mut made = Made::new();
    let a = made.image("a", None);
    made.row(&a, &named("a"));
    let layout = made.open();
    let (answers, mut receiver) = Answers::channel(8);
    layout
        .ask(&Question::catalog(layout.origin().clone()), &answers)
        .await;
    let config = Digest::of(br#"{"architecture":"amd64","os":"linux"}"#);
    layout
        .ask(&Question::config(repository(&layout), config), &answers)
        .await;
    layout
        .ask(&Question::document(repository(&layout), a), &answers)
        .await;
    let other = Repository::new(layout.origin(), "other");
    layout.ask(&Question::tags(other), &answers).await;
    drop(answers);
    let mut all = Vec::new();
    while let Some(answer) = receiver.recv().await {
        all.push(answer);
    }
    assert!(
        matches!(
            &all[..],
            [
                Answer { body: Body::Catalog(page), .. },
                Answer { body: Body::Config(_), .. },
                Answer { body: Body::Document(_), .. },
                Answer { body: Body::Failed(_), .. }
            ] if page.items == [""]
        ),
        "{all:?}"
    );
}

#[test]
fn a_manifest_or_config_that_is_none_comes_with_its_bytes() {
    let mut made = Made::new();
    let none = made.blob("hello, no JSON");
    made.row(&none, &named("a"));
    let layout = made.open();
    let repository = repository(&layout);
    let by_digest = Question::manifest(repository.clone(), none);
    let answers = ask(&layout, &Question::tag(repository.clone(), "a".into()));
    let [
        Answer {
            body: Body::Target(_),
            ..
        },
        Answer {
            body: Body::Bytes(bytes),
            ..
        },
        Answer {
            question,
            body: Body::Failed(_),
            ..
        },
    ] = answers.as_slice()
    else {
        panic!("{answers:?}")
    };
    assert_eq!((&**bytes, question), (&b"hello, no JSON"[..], &by_digest));
    for question in [by_digest, Question::config(repository, none)] {
        let answers = ask(&layout, &question);
        assert!(
            matches!(
                answers.as_slice(),
                [Answer { question: Question { at: Address::Object(_, digest), .. }, body: Body::Bytes(_), .. }, Answer { question: failed, body: Body::Failed(_), .. }]
                    if *digest == none && *failed == question
            ),
            "{answers:?}"
        );
    }
}

//! The example as a source: lists, absences, and the check of every digest.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use regscope::oci::tag::{DigestTag, fallback_tag, is_valid_repository, is_valid_tag};
use regscope::oci::{AbsenceKind, Answer, Body, Digest, FoundBy, Origin, Question, Role, purpose};
use regscope::source::demo::{Demo, DemoError};
use regscope::source::{Locality, Source};

use super::{Asker, repository};

#[test]
fn it_is_a_local_registry_with_seven_repositories() {
    let asker = Asker::new();
    assert_eq!(asker.0.locality(), Locality::Local);
    let paths = asker.catalog();
    assert_eq!(
        paths,
        [
            "charts/app-chart",
            "legacy/worker",
            "models/support-triage",
            "plugins/rate-limit",
            "team/app",
            "team/base",
            "team/toolbox"
        ]
    );
    for path in paths {
        assert!(is_valid_repository(path.as_str()));
        for tag in asker.tags(path.as_str()) {
            assert!(is_valid_tag(tag.as_str()), "{tag}");
            asker.tag(path.as_str(), tag.as_str());
        }
    }
}

#[test]
fn all_that_is_listed_can_be_read_but_one_damaged_document() {
    let asker = Asker::new();
    let mut damaged = Vec::new();
    for path in asker.catalog() {
        let path = path.as_str();
        for held in asker.holdings(path) {
            match asker.manifest(path, held.digest) {
                Ok(manifest) => {
                    assert_eq!(Some(manifest.size()), held.size);
                    assert_eq!(manifest.problems, [], "{path} {}", held.digest);
                }
                Err(absence) => damaged.push((path.to_owned(), held.digest, absence)),
            }
        }
    }
    let [(path, digest, absence)] = damaged.as_slice() else {
        panic!("{damaged:?}");
    };
    assert_eq!(path, "team/app");
    assert_eq!(absence.kind, AbsenceKind::Invalid);
    assert!(
        absence
            .reason
            .as_str()
            .contains("bytes arrived whose digest is sha256:"),
        "{absence:?}"
    );
    // It is the SBOM of 1.3.1, as the list of its referrers says.
    let image = asker.platform("team/app", "1.3.1", "amd64");
    let lists = asker.referrers("team/app", image.digest);
    let [(FoundBy::ReferrersApi, entries)] = lists.as_slice() else {
        panic!("{lists:?}");
    };
    assert_eq!(
        entries.iter().map(|e| e.digest).collect::<Vec<_>>(),
        [*digest]
    );
    assert_eq!(purpose::of_descriptor(&entries[0]).role, Role::Sbom);
}

/// What a person can reach without the list of holdings.
fn reachable(asker: &Asker, path: &str) -> BTreeSet<Digest> {
    let tags = asker.tags(path);
    let mut queue: VecDeque<Digest> = tags
        .iter()
        .map(|t| asker.tag(path, t.as_str()).digest)
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(digest) = queue.pop_front() {
        if !seen.insert(digest) {
            continue;
        }
        if let Ok(manifest) = asker.manifest(path, digest) {
            queue.extend(manifest.manifests.iter().map(|m| m.digest));
        }
        for (_, entries) in asker.referrers(path, digest) {
            queue.extend(entries.iter().map(|e| e.digest));
        }
    }
    seen
}

#[test]
fn what_edge_was_before_is_untagged_and_nothing_else_is() {
    let asker = Asker::new();
    for path in asker.catalog() {
        let path = path.as_str();
        let reachable = reachable(&asker, path);
        let held: BTreeSet<Digest> = asker.holdings(path).iter().map(|h| h.digest).collect();
        assert!(reachable.is_subset(&held), "{path}");
        let hidden: Vec<_> = held.difference(&reachable).collect();
        if path != "team/app" {
            assert!(hidden.is_empty(), "{path} {hidden:?}");
            continue;
        }
        // An index, its two images, and the signature of the index.
        assert_eq!(hidden.len(), 4);
        let read = hidden.iter().map(|d| asker.manifest(path, **d).unwrap());
        let index = read.filter(|m| m.manifests.len() == 2).collect::<Vec<_>>();
        assert_eq!(index.len(), 1);
        assert_ne!(index[0].digest, asker.tag(path, "edge").digest);
        let (_, signatures) = asker.referrers(path, index[0].digest).remove(0);
        assert!(hidden.contains(&&signatures[0].digest));
    }
}

#[test]
fn lists_of_referrers_say_what_their_manifests_say() {
    let asker = Asker::new();
    for path in asker.catalog().iter().filter(|p| **p != "legacy/worker") {
        let path = path.as_str();
        for held in asker.holdings(path) {
            for (by, entries) in asker.referrers(path, held.digest) {
                assert_eq!(by, FoundBy::ReferrersApi);
                for entry in entries {
                    let Ok(manifest) = asker.manifest(path, entry.digest) else {
                        continue;
                    };
                    assert_eq!(manifest.as_descriptor(), entry);
                    assert_eq!(manifest.subject.as_ref().unwrap().digest, held.digest);
                }
            }
        }
        let subjects = asker.holdings(path).into_iter().filter_map(|held| {
            Some((
                held.digest,
                asker.manifest(path, held.digest).ok()?.subject.clone()?,
            ))
        });
        for (referrer, subject) in subjects {
            let (_, listed) = asker.referrers(path, subject.digest).remove(0);
            assert!(
                listed.iter().any(|e| e.digest == referrer),
                "{path} {referrer}"
            );
        }
    }
}

#[test]
fn the_legacy_repository_has_fallback_tags_only() {
    let asker = Asker::new();
    let path = "legacy/worker";
    let image = asker.platform(path, "0.9.4", "amd64");
    let question = Question::referrers(repository(path), image.digest);
    let answers = asker.ask(&question);
    let [
        Answer {
            question: about,
            by: Some(FoundBy::ReferrersApi),
            body: Body::Failed(absence),
        },
        Answer {
            by: Some(FoundBy::FallbackTag),
            body: Body::Referrers(page),
            ..
        },
    ] = answers.as_slice()
    else {
        panic!("{answers:?}");
    };
    assert_eq!((about, absence.kind), (&question, AbsenceKind::Unsupported));
    // What the list claims is not what the manifest is.
    let [claim] = page.items.as_slice() else {
        panic!("{page:?}");
    };
    let manifest = asker.manifest(path, claim.digest).unwrap();
    assert_eq!(purpose::of_descriptor(claim).role, Role::Other);
    assert_eq!(purpose::of_manifest(&manifest).format, "CycloneDX");
    // Without a fallback tag the answer is "none".
    let other = asker.platform(path, "0.9.4", "arm64");
    assert_eq!(
        asker.referrers(path, other.digest),
        [(FoundBy::FallbackTag, Vec::new())]
    );
}

#[test]
fn a_fallback_tag_speaks_of_an_image_that_is_gone() {
    let asker = Asker::new();
    let path = "legacy/worker";
    let tags = asker.tags(path);
    let subjects = tags
        .iter()
        .filter_map(|t| DigestTag::parse(t.as_str())?.subject());
    let gone: Vec<Digest> = subjects
        .filter(|s| asker.manifest(path, *s).is_err())
        .collect();
    let [gone] = gone.as_slice() else {
        panic!("{gone:?}");
    };
    assert_eq!(
        asker.manifest(path, *gone).unwrap_err().kind,
        AbsenceKind::Missing
    );
    let list = asker.tag(path, &fallback_tag(gone));
    let referrer = asker.manifest(path, list.manifests[0].digest).unwrap();
    assert_eq!(referrer.subject.as_ref().unwrap().digest, *gone);
}

#[test]
fn what_is_not_there_is_missing_and_layers_are_not_carried() {
    let asker = Asker::new();
    let nothing = Digest::of(b"nothing");
    for question in [
        Question::catalog(Origin::new("registry.example.org")),
        Question::tags(repository("team/none")),
        Question::contents(repository("team/none")),
        Question::tag(repository("team/app"), "9.9".into()),
        Question::manifest(repository("team/app"), nothing),
        // Another repository's.
        Question::manifest(repository("team/app"), asker.tag("team/base", "3").digest),
        Question::config(repository("team/app"), nothing),
        Question::document(repository("team/app"), nothing),
        Question::referrers(repository("team/none"), nothing),
    ] {
        match asker.ask(&question).as_slice() {
            [
                Answer {
                    question: about,
                    body: Body::Failed(absence),
                    ..
                },
            ] => {
                assert_eq!((about, absence.kind), (&question, AbsenceKind::Missing));
            }
            other => panic!("{other:?}"),
        }
    }
    let image = asker.platform("team/app", "1.4.1", "amd64");
    for layer in &image.layers {
        let absence = asker.document("team/app", layer.digest).unwrap_err();
        assert_eq!(absence.kind, AbsenceKind::Unsupported);
    }
}

#[test]
fn a_damaged_archive_is_an_error() {
    for packed in [&b""[..], b"no gzip at all", &[0x1f, 0x8b, 8]] {
        assert!(Demo::from_archive(packed).is_err());
    }
    let mut empty = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut empty, &[0; 1024]).unwrap();
    let opened = Demo::from_archive(&empty.finish().unwrap());
    assert!(matches!(opened, Err(DemoError::Listing(_))));
}

#[test]
#[ignore = "a measurement: cargo test --release --example demo_registry it_opens -- --ignored --nocapture"]
fn it_opens_in_five_milliseconds() {
    let mut fastest = f64::MAX;
    for _ in 0..50 {
        let start = Instant::now();
        let demo = Demo::open().unwrap();
        fastest = fastest.min(start.elapsed().as_secs_f64() * 1000.0);
        drop(demo);
    }
    println!("{fastest:.3} ms");
    assert!(cfg!(debug_assertions) || fastest <= 5.0);
}

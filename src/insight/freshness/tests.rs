//! Tables of tags as they stand in registries.

use super::conventions::Conventions;
use super::parse::{Name, read};
use super::table_tests::{NAMES, REPOSITORIES};
use proptest::prelude::*;

use super::*;
use crate::oci::Digest;

/// `numbers|pre-release|build|suffix`, or what the name is else.
fn parts(tag: &str) -> String {
    match read(tag, &Conventions::default()) {
        Name::Version(version) => {
            let stage = match version.stage() {
                Stage::Before => version.pre_release(),
                Stage::Release => "",
                Stage::After => "after",
            };
            let prefix = version.prefix();
            let written = version.written();
            format!(
                "{prefix}|{written}|{stage}|{}|{}",
                version.build(),
                version.suffix()
            )
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn tags_are_read_as_their_publishers_mean_them() {
    let wrong: Vec<_> = NAMES
        .iter()
        .filter(|(tag, expected)| parts(tag) != *expected)
        .map(|(tag, expected)| format!("{tag}: {} and not {expected}", parts(tag)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The tags of a repository, one image a line, its names parted by spaces.
struct Repository {
    listed: Vec<(String, Digest)>,
}

impl Repository {
    fn of(images: &[&str]) -> Self {
        let listed = images.iter().flat_map(|names| {
            let image = Digest::of(names.as_bytes());
            names.split(' ').map(move |name| (name.to_owned(), image))
        });
        Self {
            listed: listed.collect(),
        }
    }

    fn listed(&self) -> Vec<Listed<'_>> {
        let listed = self.listed.iter().map(|(name, image)| Listed {
            name,
            image: Some(*image),
            has_moved: false,
        });
        listed.collect()
    }
}

/// `patch minor major variants…` of a tag, `-` where there is none.
fn offered(tags: &Tags<'_>, current: &str) -> String {
    let candidates = tags.candidates(tags.find(current).unwrap(), None);
    let name = |place: usize| tags.get(place).unwrap().listed.name;
    let levels = [candidates.patch, candidates.minor, candidates.major];
    let mut words = levels.map(|place| place.map_or("-", name)).join(" ");
    for variant in candidates.variants {
        words.push_str(" +");
        words.push_str(name(variant));
    }
    words
}

fn verdict(tags: &Tags<'_>, current: &str, tag: &str) -> (&'static str, String) {
    let place = |name: &str| tags.find(name).unwrap_or_else(|| panic!("{name}"));
    let judged = tags.judge(place(current), place(tag), None).unwrap();
    (judged.verdict.name(), judged.to_string())
}

#[test]
fn what_is_offered_is_of_the_same_kind_and_newer() {
    for (images, questions) in REPOSITORIES {
        let repository = Repository::of(images);
        let listed = repository.listed();
        let tags = Tags::read(&listed);
        for (current, expected) in *questions {
            assert_eq!(
                offered(&tags, current),
                *expected,
                "{current} of {images:?}"
            );
        }
    }
}

#[test]
fn every_tag_has_a_verdict_and_a_reason_in_words() {
    let hash = "0123456789abcdef".repeat(4);
    let digest_tag = format!("sha256-{hash}.sig");
    let repository = Repository::of(&[
        "1.4.0 1.4 1 stable",
        "1.4.2",
        "1.3.9",
        "1.5.0-rc.1",
        "1.4.0-alpine",
        "v1.4.0",
        "2",
        "20240115 latest",
        "2.0.0",
        "sha-1a2b3c4",
        "1.99999999999999999999.0",
        "pr-7",
        "1.4.1-3-gabcdef1",
        "release-1.5.0",
        &digest_tag,
        "1.3.1 1.9.9",
    ]);
    let listed = repository.listed();
    let tags = Tags::read(&listed);
    for (tag, expected, reason) in [
        ("1.4.0", "current", "the tag in question"),
        ("1.4", "same", "names the same image"),
        ("stable", "same", "names the same image"),
        ("v1.4.0", "same", "states the same version"),
        ("1.4.2", "newer", "a newer patch version"),
        ("2.0.0", "newer", "a newer major version"),
        ("1.3.9", "older", "an older version"),
        ("1.5.0-rc.1", "pre-release", "a pre-release"),
        (
            "1.4.1-3-gabcdef1",
            "pre-release",
            "commits upon a release, not released",
        ),
        ("1.4.0-alpine", "other-variant", "the variant alpine"),
        ("release-1.5.0", "other-variant", "begins with release-"),
        ("2", "other-precision", "states 1 number, not 3"),
        (
            "20240115",
            "other-scheme",
            "counts by days, not by versions; latest stands on it",
        ),
        ("latest", "not-a-version", "a word, no version"),
        (
            "sha-1a2b3c4",
            "not-a-version",
            "the hash of a commit, which has no order",
        ),
        (
            "1.99999999999999999999.0",
            "not-a-version",
            "a number too long for a version",
        ),
        ("pr-7", "not-a-version", "the number of a proposed change"),
        (
            &digest_tag,
            "not-a-version",
            "belongs to another manifest, whose digest it has",
        ),
    ] {
        assert_eq!(
            verdict(&tags, "1.4.0", tag),
            (expected, reason.to_owned()),
            "{tag}"
        );
    }
}

#[test]
fn numbers_decide_and_not_aliases_and_a_range_leaves_out() {
    let repository = Repository::of(&["1.4.0", "1.4.2", "2.0.0", "1.3.1 1.9.9", "latest"]);
    let listed = repository.listed();
    let tags = Tags::read(&listed);
    assert_eq!(verdict(&tags, "1.3.1", "1.9.9").0, "newer");
    assert_eq!(verdict(&tags, "latest", "1.4.0").0, "unknown");
    let range = Range::parse("~1.4").unwrap();
    let judge = |tag: &str| {
        let judged = tags
            .judge(
                tags.find("1.4.0").unwrap(),
                tags.find(tag).unwrap(),
                Some(&range),
            )
            .unwrap();
        (judged.verdict.name(), judged.to_string())
    };
    assert_eq!(
        judge("2.0.0"),
        ("outside-range", "not within ~1.4".to_owned())
    );
    assert_eq!(judge("1.4.2").0, "newer");
    let candidates = tags.candidates(tags.find("1.4.0").unwrap(), Some(&range));
    assert_eq!(candidates.in_range, tags.find("1.4.2"));
    assert_eq!(candidates.major, tags.find("2.0.0"));
}

#[test]
fn an_image_is_named_by_its_most_specific_tag_and_lesser_names_move() {
    for (names, release, moving) in [
        (
            "1.31.4 mainline 1 1.31 latest 1.31.4-trixie mainline-trixie",
            "1.31.4-trixie",
            "1 1.31 latest mainline mainline-trixie",
        ),
        (
            "8u502-b07-jdk-alpine-3.24 8-jdk-alpine-3.24 8u502-b07-jdk-alpine",
            "8u502-b07-jdk-alpine-3.24",
            "8-jdk-alpine-3.24",
        ),
        (
            "24.19.0-alpine 24-alpine 24.19.0-alpine3.24 krypton-alpine3.24",
            "24.19.0-alpine3.24",
            "24-alpine krypton-alpine3.24",
        ),
        ("22.04 jammy-20260810 jammy", "22.04", "jammy"),
        (
            "3.5-dev3 3.5-dev 3.5-dev3-trixie",
            "3.5-dev3-trixie",
            "3.5-dev",
        ),
        ("8.6-903 8.6 8", "8.6-903", "8 8.6"),
        ("1.2.3 sha-1a2b3c4 main", "1.2.3", "main"),
        ("v1.2.3 1.2.3", "1.2.3", ""),
        ("edge latest", "edge", "edge latest"),
    ] {
        let repository = Repository::of(&[names]);
        let listed = repository.listed();
        let tags = Tags::read(&listed);
        for place in 0..listed.len() {
            let found = tags.get(tags.release(place).unwrap()).unwrap();
            assert_eq!(found.listed.name, release, "{names}");
        }
        let mut found: Vec<_> = tags
            .all()
            .iter()
            .filter(|tag| tag.moves)
            .map(|tag| tag.listed.name)
            .collect();
        found.sort_unstable();
        assert_eq!(found.join(" "), moving, "{names}");
    }
}

#[test]
fn of_a_repository_the_newest_of_each_line_and_variant_is_told() {
    let repository = Repository::of(&[
        "1.30.3",
        "1.30.4 1.30",
        "1.31.4 1.31 1 latest",
        "1.31.4-alpine 1-alpine",
        "1.30.4-alpine",
        "20240115",
        "20240116",
        "2.0.0-rc.1",
        "main",
    ]);
    let listed = repository.listed();
    let tags = Tags::read(&listed);
    let lines = Lines::of(&tags);
    let newest: Vec<_> = lines
        .newest(&tags)
        .into_iter()
        .map(|place| listed[place].name)
        .collect();
    assert_eq!(
        newest,
        [
            "20240116",
            "2.0.0-rc.1",
            "1.31.4",
            "1.30.4",
            "1.31.4-alpine",
            "1.30.4-alpine"
        ]
    );
    let of = |name: &str| {
        lines
            .newest_of(&tags, tags.find(name).unwrap())
            .map(|place| listed[place].name)
    };
    assert_eq!(of("1.30.3"), Some("1.30.4"));
    assert_eq!(of("1"), Some("1.31.4"));
    assert_eq!(of("20240115"), Some("20240116"));
    assert_eq!(of("main"), None);
}

fn tag() -> impl Strategy<Value = String> {
    prop_oneof![
        "(v|release-|amd64-)?[0-3](\\.[0-9]{1,2}){0,4}(rc[0-9]{1,2}|b1|-M2|-SNAPSHOT)?(_b[0-9])?(-(alpine|slim|rc|r|ls)[0-9.]{0,3}){0,2}",
        "[0-9]{4,14}(\\.[0-9]{1,2})?(-[a-z]{1,6}[0-9]{0,2})?",
        "20[0-9]{2}-[01][0-9](-[0-3][0-9])?(T[0-9-]{0,8}Z)?",
        "[0-9]{1,2}u[0-9]{1,3}(-b[0-9]{2})?(-jdk)?",
        "[a-zA-Z0-9._-]{0,24}",
        "[0-9a-f]{5,12}",
        "\\PC{0,20}",
    ]
}

proptest! {
    #[test]
    fn the_order_of_versions_is_total_and_agrees_with_equality(texts in prop::collection::vec(tag(), 4)) {
        let version = |text| match read(text, &Conventions::default()) {
            Name::Version(version) => Some(version),
            _ => None,
        };
        let versions: Vec<Version<'_>> = texts.iter().filter_map(|text| version(text.as_str())).collect();
        for a in &versions {
            for b in &versions {
                prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
                prop_assert_eq!(a.cmp(b).is_eq(), a == b);
                prop_assert_eq!(a.by_detail(b), b.by_detail(a).reverse());
                for c in &versions {
                    prop_assert!(!(a <= b && b <= c) || a <= c, "{a:?} {b:?} {c:?}");
                    let is_before = |one: &Version<'_>, other: &Version<'_>| one.precedence(other).is_le();
                    prop_assert!(!(is_before(a, b) && is_before(b, c)) || is_before(a, c));
                }
            }
        }
    }

    #[test]
    fn what_is_offered_is_newer_of_the_same_variant_and_offered_back_to_nobody(
        texts in prop::collection::btree_set(tag(), 1..24),
    ) {
        let listed: Vec<_> = texts.iter().map(|name| Listed { name, image: Some(Digest::of(name.as_bytes())), has_moved: false }).collect();
        let tags = Tags::read(&listed);
        for (place, tag) in tags.all().iter().enumerate() {
            prop_assert!(!tag.to_string().is_empty());
            let candidates = tags.candidates(place, None);
            for offered in [candidates.patch, candidates.minor, candidates.major].into_iter().flatten() {
                let (now, version) = (tag.version.unwrap(), tags.get(offered).unwrap().version.unwrap());
                prop_assert!(now.is_same_variant(&version) && now.scheme() == version.scheme());
                prop_assert!(version.precedence(&now).is_gt());
                prop_assert!(now.is_prerelease() || !version.is_prerelease());
                let back = tags.judge(offered, place, None).unwrap();
                prop_assert!(back.verdict != Verdict::Newer, "{:?}", back);
            }
        }
    }

    #[test]
    fn strict_semantic_versions_are_ordered_as_semver_orders_them(
        one in "[0-3]\\.[0-3]\\.[0-3](-(alpha|beta|rc)(\\.(0|[1-9][0-9]?|x)){0,2})?",
        other in "[0-3]\\.[0-3]\\.[0-3](-(alpha|beta|rc)(\\.(0|[1-9][0-9]?|x)){0,2})?",
    ) {
        let semver = |text: &str| semver::Version::parse(text).unwrap();
        let (a, b) = (Version::parse(&one).unwrap(), Version::parse(&other).unwrap());
        prop_assert_eq!(a.precedence(&b), semver(&one).cmp_precedence(&semver(&other)));
    }
}

//! Tables of tags as they stand in registries.

use super::conventions::Conventions;
use super::parse::{Name, read};
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
            format!("{prefix}|{written}|{stage}|{}|{}", version.build(), version.suffix())
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn tags_are_read_as_their_publishers_mean_them() {
    let table = [
        // Plain, and with a prefix.
        ("3", "|3|||"),
        ("v1.4.1", "v|1.4.1|||"),
        ("1.43.3.10861", "|1.43.3.10861|||"),
        ("1.2.3.4.5", "|1.2.3.4.5|||"),
        ("release-1.2", "release-|1.2|||"),
        ("controller-v1.11.2", "controller-v|1.11.2|||"),
        ("r12", "r|12|||"),
        ("version-v25.2", "version-v|25.2|||"),
        ("amd64-v25.2-ls209", "amd64-v|25.2||ls209|"),
        ("arm64v8-1.2.3", "arm64v8-|1.2.3|||"),
        ("open-11.0.28_6-jdk", "open-|11.0.28||6|jdk"),
        ("cli-2.12.0-php8.4", "cli-|2.12.0|||php8.4"),
        ("ps-8.0.43-34", "ps-|8.0.43||34|"),
        // Calendars.
        ("20240115", "|20240115|||"),
        ("2024.01.15", "|2024.01.15|||"),
        ("2024-01-15", "|2024-01-15|||"),
        ("2024-01", "|2024-01|||"),
        ("RELEASE.2024-01-02T03-04-05Z", "RELEASE.|2024-01-02T03-04-05Z|||"),
        ("RELEASE.2024-01-02T03-04-05Z.hotfix.abc", "RELEASE.|2024-01-02T03-04-05Z|||hotfix.abc"),
        ("RELEASE.2024-01-02T03-04-05Z-cpuv1", "RELEASE.|2024-01-02T03-04-05Z|||cpuv1"),
        ("nightly-2024-01-15", "nightly-|2024-01-15|||"),
        ("nightly-20240115", "nightly-|20240115|||"),
        ("20240115-nightly", "|20240115|nightly||"),
        ("jammy-20260810", "jammy-|20260810|||"),
        ("bookworm-20260803-slim", "bookworm-|20260803|||slim"),
        ("resolute-20260811.1", "resolute-|20260811.1|||"),
        ("base-20250817.0.405639", "base-|20250817.0.405639|||"),
        ("rc-buggy-20260803", "rc-buggy-|20260803|||"),
        ("22.04", "|22.04|||"),
        ("2024.12.0b3", "|2024.12.0|b3||"),
        ("2022-CU14-ubuntu-22.04", "|2022|||CU14-ubuntu-22.04"),
        // Pre-releases.
        ("3.14.0rc2-slim", "|3.14.0|rc2||slim"),
        ("1.2.3-rc.1", "|1.2.3|rc.1||"),
        ("3.8.0b1", "|3.8.0|b1||"),
        ("18beta3-alpine3.22", "|18|beta3||alpine3.22"),
        ("2.0-M2", "|2.0|M2||"),
        ("1.0-SNAPSHOT", "|1.0|SNAPSHOT||"),
        ("28-ea-7", "|28|ea-7||"),
        ("28-ea-7-jdk-slim", "|28|ea-7||jdk-slim"),
        ("3.5-dev3", "|3.5|dev3||"),
        ("3.5-dev3-alpine", "|3.5|dev3||alpine"),
        ("8.5.9RC1-cli", "|8.5.9|RC1||cli"),
        ("13.0.1-ubi10-rc", "|13.0.1|rc||ubi10"),
        ("9.0.100-preview.7-alpine3.20", "|9.0.100|preview.7||alpine3.20"),
        ("4.0.0-beta.5-management-alpine", "|4.0.0|beta.5||management-alpine"),
        ("10.1.0.CR1", "|10.1.0|CR1||"),
        ("1.2.3.dev4", "|1.2.3|dev4||"),
        ("1.0.0-alpha.beta", "|1.0.0|alpha.beta||"),
        ("1.2.3-nightly.20240115", "|1.2.3|nightly.20240115||"),
        ("1.2.3-14-gabc1234", "|1.2.3|after|14-gabc1234|"),
        ("v1.2-3-g0abc1234-dirty", "v|1.2|after|3-g0abc1234-dirty|"),
        // Builds.
        ("v25.2-ls209", "v|25.2||ls209|"),
        ("1.43.3.10861-07dfddaeb", "|1.43.3.10861||07dfddaeb|"),
        ("8.6-903", "|8.6||903|"),
        ("8u492-b09", "|8u492||b09|"),
        ("8u492-al2023-jre", "|8u492|||al2023-jre"),
        ("8u502-b07-jdk-alpine-3.24", "|8u502||b07|jdk-alpine-3.24"),
        ("11.0.32_9-jdk-alpine-3.24", "|11.0.32||9|jdk-alpine-3.24"),
        ("open-21.0.4_7_openj9-0.46.1", "open-|21.0.4||7|openj9-0.46.1"),
        ("2.1.0-debian-12-r39", "|2.1.0||r39|debian-12"),
        ("7.7.1-1-ubi8", "|7.7.1||1|ubi8"),
        ("3.70.1-02-java11", "|3.70.1||02|java11"),
        ("8.0.43-34-centos", "|8.0.43||34|centos"),
        ("26.0.7-0", "|26.0.7||0|"),
        ("17.5.1-ce.0", "|17.5.1||0|ce"),
        ("v1.28.5-k3s1", "v|1.28.5||k3s1|"),
        ("v1.28.5-rke2r1", "v|1.28.5||rke2r1|"),
        ("1.30.1-gke.1234567", "|1.30.1||gke.1234567|"),
        ("0.3.0_build.5", "|0.3.0||build.5|"),
        ("4.6.3_v2.0.10-r0-ls300", "|4.6.3||v2.0.10-r0-ls300|"),
        ("1.2.3-20240115", "|1.2.3||20240115|"),
        ("1.2.3-alpine-202401151504", "|1.2.3||202401151504|alpine"),
        ("1.2.3-2024-01-15", "|1.2.3||2024-01-15|"),
        ("5.0-20250816", "|5.0||20250816|"),
        ("12-20250816-slim", "|12||20250816|slim"),
        ("1.2.3-sha-1a2b3c4", "|1.2.3||sha-1a2b3c4|"),
        ("1.2.3-build-77", "|1.2.3||build-77|"),
        ("3.12.4-r0-dev", "|3.12.4|dev|r0|"),
        ("1.1.1w", "|1.1.1||w|"),
        ("9.4.54.v20240208", "|9.4.54||v20240208|"),
        ("1.2.3-post1", "|1.2.3||post1|"),
        // Variants.
        ("3.19.1-alpine3.20", "|3.19.1|||alpine3.20"),
        ("1.2-bookworm-slim", "|1.2|||bookworm-slim"),
        ("2.4-jammy-full.s6-v0.88.0", "|2.4|||jammy-full.s6-v0.88.0"),
        ("3.9.11-eclipse-temurin-21", "|3.9.11|||eclipse-temurin-21"),
        ("1.18.4-otp-28-alpine", "|1.18.4|||otp-28-alpine"),
        ("4-22-trixie", "|4|||22-trixie"),
        ("2-with-sources", "|2|||with-sources"),
        ("2.16.0.Final-java17", "|2.16.0|||java17"),
        ("1.2.3-386", "|1.2.3|||386"),
        ("1.2.3_x86_64", "|1.2.3|||x86_64"),
        ("12.4.1-cudnn-devel-ubuntu22.04", "|12.4.1|||cudnn-devel-ubuntu22.04"),
        ("temurin-8-lein-2.11.2-bullseye", "temurin-|8|||lein-2.11.2-bullseye"),
        // Two versions.
        ("3.11-7.3.21-slim", "|3.11-7.3.21|||slim"),
        ("8.94-8.0.492-jdk-alpine3.23", "|8.94-8.0.492|||jdk-alpine3.23"),
        // No versions.
        ("latest", "Word"),
        ("jdk25", "Word"),
        ("alpine3.24", "Word"),
        ("php8.3-apache", "Word"),
        ("krypton-alpine3.24", "Word"),
        ("lts-ubi10", "Word"),
        ("ltsc2022", "Word"),
        ("main", "Word"),
        ("1a2b3c4", "Hash"),
        ("sha-1a2b3c4", "Hash"),
        ("main-1a2b3c4", "Hash"),
        ("pr-12", "Other(Change)"),
        ("7b", "Other(Form)"),
        ("7b-instruct-q4_0", "Other(Form)"),
        ("1.99999999999999999999.0", "Other(TooLong)"),
        ("99999999999999999999", "Other(TooLong)"),
        ("1.2.3.4.5.6.7.8.9", "Other(TooMany)"),
        ("1..2", "Other(Form)"),
        ("1.", "Other(Form)"),
        (".1", "Other(Form)"),
        ("-", "Other(Form)"),
        ("", "Other(Form)"),
        ("1.2~3", "Other(Form)"),
        ("ä1", "Other(Form)"),
    ];
    let wrong: Vec<_> = table
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
    for (images, questions) in [
        // Builds of one version.
        (&["v25.2-ls209 25.2", "v25.2-ls208", "v25.3-ls212 25.3 latest"][..],
         &[("v25.2-ls209", "- v25.3-ls212 -"), ("v25.2-ls208", "v25.2-ls209 v25.3-ls212 -"), ("25.2", "- 25.3 -")][..]),
        (&["1.43.3.10861-07dfddaeb", "1.43.3.10896-cb3ebc72d", "1.43.3.10861-f7dfddaea"],
         &[("1.43.3.10861-07dfddaeb", "1.43.3.10896-cb3ebc72d - -")]),
        (&["8.6-903 8.6 8", "8.6-754", "8.5-240"],
         &[("8.6-754", "8.6-903 - -"), ("8.5-240", "- 8.6-903 -"), ("8.6", "- - -"), ("8.6-903", "- - -")]),
        (&["2.1.0-debian-12-r39", "2.1.0-debian-12-r4", "2.1.0-debian-11-r99", "2.2.0-debian-12-r0", "2.1.0"],
         &[("2.1.0-debian-12-r4", "2.1.0-debian-12-r39 2.2.0-debian-12-r0 -"),
           ("2.1.0-debian-11-r99", "- - - +2.1.0-debian-12-r39 +2.1.0-debian-12-r4")]),
        (&["16.11.2-ce.1", "17.5.1-ce.0", "17.5.1-ee.0"], &[("16.11.2-ce.1", "- - 17.5.1-ce.0")]),
        // Two variants that only look alike.
        (&["8u492-al2023-jre", "8u492-al2-jre", "8u502-al2-jre", "8u502-b07-al2023-jre"],
         &[("8u492-al2023-jre", "8u502-b07-al2023-jre - -"), ("8u492-al2-jre", "8u502-al2-jre - -")]),
        (&["2", "2023", "2.0.20250818.2", "2023.8.20250818.0", "2023.9.20250901.0"],
         &[("2", "- - -"), ("2.0.20250818.2", "- - -"), ("2023.8.20250818.0", "- 2023.9.20250901.0 -")]),
        // Two versions in one name.
        (&["3.11-7.3.21-slim 3.11-7.3-slim 3.11-7-slim 3.11-slim", "3.11-7.3.20-slim", "2.7-7.3.21-slim", "3.11-7.3.22"],
         &[("3.11-7.3.20-slim", "3.11-7.3.21-slim - -"), ("2.7-7.3.21-slim", "- - 3.11-7.3.21-slim"),
           ("3.11-7-slim", "- - -"), ("3.11-slim", "- - -")]),
        (&["8.94-8.0.492-jdk-alpine3.23", "8.96-8.0.502-jdk-alpine3.23", "8.96-8.0.502-jdk"],
         &[("8.94-8.0.492-jdk-alpine3.23", "- 8.96-8.0.502-jdk-alpine3.23 -")]),
        // A number that is a variant, because a single one has it too.
        (&["4.0.13-24-trixie 4.0-24-trixie 4-24-trixie 4.0.13-24", "4.0.13-22-trixie 4-22-trixie", "4.0.12-22-trixie"],
         &[("4.0.12-22-trixie", "4.0.13-22-trixie - -"), ("4.0.13-22-trixie", "- - - +4.0.13-24-trixie")]),
        // Pre-releases.
        (&["28-ea-7", "28-ea-8", "27", "28-ea-10"], &[("28-ea-7", "28-ea-10 - -"), ("27", "- - -")]),
        (&["3.5-dev3", "3.5-dev10 3.5-dev", "3.4.1 3.4", "3.5-dev9"], &[("3.5-dev3", "3.5-dev10 - -"), ("3.4.1", "- - -"), ("3.4", "- - -")]),
        (&["8.5.9RC1-cli", "8.5.9RC2-cli", "8.5.8-cli", "8.5.10-cli"], &[("8.5.9RC1-cli", "8.5.10-cli - -"), ("8.5.8-cli", "8.5.10-cli - -")]),
        (&["1.5.0-rc1", "1.5.0", "1.5.1-rc1", "1.6.0", "1.7.0-rc1"], &[("1.5.0-rc1", "1.5.0 1.6.0 -"), ("1.5.0", "- 1.6.0 -")]),
        (&["1.2.3", "1.2.3-14-gabc1234", "1.2.4-rc1"], &[("1.2.3", "- - -"), ("1.2.3-14-gabc1234", "1.2.4-rc1 - -")]),
        (&["3.12 latest", "3.12-dev latest-dev", "3.13", "3.13-dev"], &[("3.12-dev", "- 3.13-dev -"), ("3.12", "- 3.13 -")]),
        // Schemes.
        (&["1.4.0", "1.20231001.0", "1.5.0", "1.20240101.0"], &[("1.4.0", "- 1.5.0 -"), ("1.20231001.0", "- 1.20240101.0 -")]),
        (&["1.2", "20240115 latest", "1.3"], &[("1.2", "- 1.3 -"), ("20240115", "- - -")]),
        (&["24.1", "2024.1", "24.2"], &[("24.1", "- 24.2 -")]),
        (&["3.2", "24.04", "24.10", "22.04"], &[("3.2", "- - -"), ("22.04", "- - 24.10"), ("24.04", "- 24.10 -")]),
        (&["12 12.3.1", "5123", "5124", "13 13.0.1"], &[("12", "- - 13"), ("5123", "- - 5124")]),
        (&["1.4.0", "1.1700000000.0", "1.99999999999999999999.0"], &[("1.4.0", "- - -")]),
        (&["42", "43", "latest"], &[("42", "- - 43")]),
        (&["noble-20260810", "noble-20260811.1", "jammy-20260812", "20260901"], &[("noble-20260810", "- - noble-20260811.1")]),
        (&["RELEASE.2024-01-02T03-04-05Z", "RELEASE.2024-02-02T03-04-05Z", "RELEASE.2024-03-02T03-04-05Z.fips"],
         &[("RELEASE.2024-01-02T03-04-05Z", "- RELEASE.2024-02-02T03-04-05Z -")]),
        // Words and what is like them.
        (&["jdk25", "jdk24", "24", "25"], &[("jdk24", "- - -"), ("24", "- - 25")]),
        (&["7b", "70b", "latest"], &[("7b", "- - -")]),
        (&["v1.2.3", "1.3.0", "v1.3.0", "release-1.4.0"], &[("v1.2.3", "- v1.3.0 -"), ("1.3.0", "- - -")]),
        (&["0.3.0_build.5", "0.3.0_build.10"], &[("0.3.0_build.5", "0.3.0_build.10 - -")]),
    ] {
        let repository = Repository::of(images);
        let listed = repository.listed();
        let tags = Tags::read(&listed);
        for (current, expected) in questions {
            assert_eq!(offered(&tags, current), *expected, "{current} of {images:?}");
        }
    }
}

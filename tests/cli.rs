//! The command line as `docs/interface.md` promises it: exit codes, one sentence for what is wrong, and the JSON of `tree`.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod folder;
    pub mod independent;
}

use std::collections::BTreeSet;
use std::io::Read as _;
use std::process::Stdio;

use serde_json::{Value, json};
use support::binary::{Ran, regscope_with, shown, tree};
use support::folder::{Folder, IMAGE, annotated, digest, tag_of};

/// The one sentence of a run that failed, without its prefix.
fn sentence(ran: &Ran) -> &str {
    assert_eq!(ran.out, "", "{}", ran.err);
    let line = ran.err.strip_suffix('\n').unwrap();
    assert!(
        !line.contains('\n') && !line.contains('\r'),
        "one line: {line}"
    );
    let sentence = line
        .strip_prefix("regscope: ")
        .unwrap_or_else(|| panic!("{line}"));
    assert_eq!(
        sentence
            .to_lowercase()
            .matches("name a repository")
            .count()
            .max(1),
        1,
        "said twice: {sentence}"
    );
    sentence
}

#[test]
fn what_cannot_be_read_is_one_sentence_with_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().display().to_string();
    let file = Folder::new();
    let no_archive = file.path().join("index.json").display().to_string();
    let broken = Folder::new();
    std::fs::write(broken.path().join("index.json"), "no json").unwrap();
    let newer = Folder::new();
    std::fs::write(
        newer.path().join("oci-layout"),
        r#"{"imageLayoutVersion":"2.0.0"}"#,
    )
    .unwrap();
    for (target, says) in [
        (
            "localhost:1",
            &["nothing listens at localhost:1", "check"][..],
        ),
        (
            "localhost:1/team/app",
            &["nothing listens at localhost:1", "check"],
        ),
        ("[::1]:1/team/app:1.0", &["[::1]:1", "check"]),
        (
            "no-such-host.invalid/app",
            &["no-such-host.invalid", "check"],
        ),
        ("/no/such/folder", &["/no/such/folder", "check the path"]),
        (&empty, &[&empty, "oci-layout", "storage:DIR"]),
        (
            &format!("oci:{empty}"),
            &[&empty, "oci-layout", "storage:DIR"],
        ),
        (&format!("storage:{empty}"), &[&empty, "name "]),
        (&no_archive, &[&no_archive, "name "]),
        (
            &broken.target(),
            &["index.json", "not JSON", "copy the layout again"],
        ),
        (&newer.target(), &["version 2.0.0", "copy it"]),
        (
            &format!("{}:no-such-tag", file.target()),
            &["no row of index.json has this name"],
        ),
    ] {
        let ran = regscope_with(&["tree", target, "--timeout", "5"]);
        let sentence = sentence(&ran);
        assert_eq!(ran.code, 3, "{target}: {sentence}");
        for words in says {
            assert!(
                sentence.contains(words),
                "{target}: `{words}` is not in: {sentence}"
            );
        }
    }
}

#[test]
fn a_host_that_is_not_there_is_not_told_to_name_a_repository() {
    let ran = regscope_with(&["tree", "localhost:1"]);
    assert!(
        !sentence(&ran).to_lowercase().contains("name a repository"),
        "{}",
        ran.err
    );
}

#[test]
fn wrong_usage_is_2_with_what_to_write_instead() {
    for (target, says) in [
        ("", "write a registry"),
        ("Upper/Case", "lower-case"),
        ("ghcr.io/a:b c", "is no tag"),
        ("ghcr.io/a@sha256:12", "is no digest"),
        ("host:99999/", "HOST:PORT"),
        ("oci:", "needs a path"),
    ] {
        let ran = regscope_with(&["tree", target]);
        assert_eq!(ran.code, 2, "{target}: {}", ran.err);
        assert!(sentence(&ran).contains(says), "{target}: {}", ran.err);
    }
    for arguments in [
        &["tree", "demo", "--nonsense"][..],
        &["tree"],
        &["tree", "demo", "--format", "yaml"],
        &["tree", "demo", "--depth", "deep"],
        &["tree", "demo", "--concurrency", "0"],
        &["tree", "localhost:1", "--username", "somebody"],
    ] {
        let ran = regscope_with(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(ran.err.contains("--help"), "{arguments:?}: {}", ran.err);
    }
    let missing = regscope_with(&["tree", "localhost:1", "--ca-file", "/no/such/ca.pem"]);
    assert!(
        sentence(&missing).contains("/no/such/ca.pem"),
        "{}",
        missing.err
    );
}

#[test]
fn what_is_meant_otherwise_than_written_is_said() {
    for (word, meant) in [("tre", "`tree`"), ("impct", "`impact`")] {
        let ran = regscope_with(&[word, "demo"]);
        assert_eq!(ran.code, 2, "{word}");
        assert!(sentence(&ran).contains(meant), "{word}: {}", ran.err);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("image.tar"), "").unwrap();
    std::fs::write(folder.path().join("app"), "").unwrap();
    for target in ["image.tar", "app", "app:1"] {
        let mut command = support::binary::regscope();
        command.current_dir(folder.path());
        let ran = support::binary::run(command.args(["tree", "--offline", target]));
        assert_eq!(ran.code, 2, "{target}: {}", ran.err);
        let both = [format!("./{target}"), format!("docker://{target}")];
        for way in &both {
            assert!(ran.err.contains(way), "{target}: {}", ran.err);
        }
    }
}

#[test]
fn every_command_takes_several_targets() {
    let (mut one, mut other) = (Folder::new(), Folder::new());
    for (folder, name) in [(&mut one, "one"), (&mut other, "other")] {
        let image = folder.image(name);
        folder.tag(name, &image);
    }
    let targets = [one.target(), format!("{}:other", other.target())];
    let [first, second] = targets.each_ref().map(String::as_str);
    let document = regscope_with(&["tree", first, second, "--format", "json"]).json();
    let nodes = document["nodes"].as_array().unwrap();
    let tags: BTreeSet<&str> = (nodes.iter())
        .filter(|node| node["kind"] == "tag")
        .filter_map(|node| node["name"].as_str())
        .collect();
    assert_eq!(tags, BTreeSet::from(["one", "other"]));
    assert_eq!(document["target"], format!("{first} {second}"));
    for command in [
        &["tree"][..],
        &["inspect"],
        &["updates"],
        &["stale"],
        &["sbom"],
        &["verify"],
        &["search", "--package", "none"],
    ] {
        let ran = regscope_with(&[command, &[first, second]].concat());
        assert!(ran.code <= 1, "{command:?}: {}", ran.err);
        let ran = regscope_with(&[command, &[first, "oci:/no/such/folder"]].concat());
        assert!(
            ran.err.contains("/no/such/folder"),
            "{command:?}: {}",
            ran.err
        );
        assert!(ran.code > 0, "{command:?}: {}", ran.out);
    }
    // One that cannot be read is told of, and the other is answered for.
    let nothing = format!("{first}:none");
    let ran = regscope_with(&["tree", &nothing, second]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(
        ran.out.contains("other") && ran.err.contains("none"),
        "{}",
        ran.err
    );
    let ran = regscope_with(&["impact", first, second]);
    assert_eq!(ran.code, 2);
    assert!(
        sentence(&ran).contains("run impact for each"),
        "{}",
        ran.err
    );
    let places = ["demo", "demo"];
    let same = regscope_with(&[&["impact", "--format", "json"], &places[..]].concat());
    let single = regscope_with(&["impact", "--format", "json", "demo"]);
    assert_eq!(same.json(), single.json());
}

#[test]
fn the_screen_without_a_terminal_is_2_with_the_line_that_prints() {
    for (arguments, line) in [
        (&["demo"][..], "regscope tree demo"),
        (
            &["localhost:1/team/app"],
            "regscope tree localhost:1/team/app",
        ),
        (&[], "regscope tree TARGET"),
    ] {
        let ran = regscope_with(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(sentence(&ran).ends_with(line), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = regscope_with(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for words in ["oci:DIR", "storage:DIR", "demo", "Exit codes", "tree"] {
        assert!(
            help.out.contains(words),
            "`{words}` is not in:\n{}",
            help.out
        );
    }
    let version = regscope_with(&["--version"]);
    assert_eq!(
        (version.code, version.out),
        (0, format!("regscope {}\n", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn what_is_broken_in_a_layout_is_a_hole_and_the_rest_is_shown() {
    let mut folder = Folder::new();
    let good = folder.image("good");
    folder.tag("good", &good);
    folder.tag("no-json", &folder.blob(IMAGE, b"this is no manifest"));
    let other = folder.image("other");
    std::fs::write(folder.file(&digest(&other)), "not what its name says").unwrap();
    folder.tag("other-content", &other);
    let gone = folder.image("gone");
    std::fs::remove_file(folder.file(&digest(&gone))).unwrap();
    folder.tag("gone", &gone);

    let ran = regscope_with(&["tree", &folder.target(), "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (4, ""));
    let document = ran.json();
    assert_eq!(document["coverage"]["complete"], false);
    let reading = shown(&document, &folder.target());
    assert_eq!(reading.nodes[&digest(&good)].state, "loaded");
    let mut holes: Vec<_> = document["coverage"]["holes"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    holes.retain(|hole| hole["what"] == "manifest");
    assert_eq!(holes.len(), 3, "{holes:?}");
    for (broken, state, reason) in [
        (
            digest(&folder.blob(IMAGE, b"this is no manifest")),
            "invalid",
            "not JSON",
        ),
        (digest(&other), "invalid", "another digest"),
        (digest(&gone), "missing", ""),
    ] {
        assert_eq!(reading.nodes[&broken].state, state);
        let nodes = document["nodes"].as_array().unwrap();
        let id = nodes.iter().find(|node| node["digest"] == *broken).unwrap()["id"].clone();
        let hole = holes.iter().find(|hole| hole["node"] == id).unwrap();
        assert_eq!(hole["state"], state);
        assert!(hole["reason"].as_str().unwrap().contains(reason), "{hole}");
    }

    let text = regscope_with(&["tree", &folder.target()]);
    assert_eq!(text.code, 4);
    for words in [
        "good",
        "no-json",
        "other-content",
        "gone",
        "not JSON",
        "another digest",
    ] {
        assert!(
            text.out.contains(words),
            "`{words}` is not in:\n{}",
            text.out
        );
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    // More than a pipe takes at once, so that writing must fail.
    let mut folder = Folder::new();
    let tags: Vec<_> = (0..500)
        .map(|number| (format!("tag-{number}"), folder.image(&number.to_string())))
        .collect();
    folder.tag_all(&tags);
    for format in ["json", "text"] {
        let whole = regscope_with(&["tree", &folder.target(), "--format", format]);
        assert!(
            whole.out.len() > 80_000,
            "{format}: {} bytes",
            whole.out.len()
        );
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_regscope"))
            .args(["tree", &folder.target(), "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut start = [0; 16];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut start).unwrap();
        drop(out);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "", "{format}");
        assert_eq!(ended.status.code(), Some(0), "{format}");
    }
}

#[test]
fn equal_input_gives_equal_bytes_without_colour_or_carriage_return() {
    for arguments in [
        &["tree", "demo", "--format", "json"][..],
        &["tree", "demo"],
        &["tree", "demo", "--full"],
    ] {
        let (first, second) = (regscope_with(arguments), regscope_with(arguments));
        assert_eq!(first.out, second.out, "{arguments:?}");
        assert_eq!(first.err, second.err, "{arguments:?}");
        assert!(
            !first.out.contains(['\u{1b}', '\r']) && !first.err.contains(['\u{1b}', '\r']),
            "{arguments:?}"
        );
        assert!(
            first.out.ends_with('\n') && !first.out.ends_with("\n\n"),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_glob_that_chooses_nothing_is_told_and_is_no_error() {
    let mut folder = Folder::new();
    let image = folder.image("one");
    folder.tag("1.0", &image);
    let ran = regscope_with(&["tree", &folder.target(), "--tags", "2.*"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err, "regscope: no tag matches --tags, of 1\n");
    let ran = regscope_with(&["tree", &folder.target(), "--tags", "1.*"]);
    assert_eq!(ran.err, "");
}

#[test]
fn a_platform_that_nothing_has_is_told_and_is_no_error() {
    // One document of the example is broken: 4, and for nothing else.
    let ran = regscope_with(&["tree", "demo", "--platform", "plan9/mips"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    let said =
        "regscope: no platform matches --platform plan9/mips; there are linux/amd64, linux/arm64\n";
    assert_eq!(ran.err, said);
    let ran = regscope_with(&["tree", "demo", "--platform", "linux/arm64"]);
    assert!(!ran.err.contains("--platform"), "{}", ran.err);
    // Without an index there is nothing to choose from.
    let mut folder = Folder::new();
    let image = folder.image("one");
    folder.tag("1.0", &image);
    let ran = regscope_with(&["tree", &folder.target(), "--platform", "plan9/mips"]);
    assert_eq!(ran.err, "");
}

#[test]
fn a_limit_is_moved_by_the_setting_that_its_error_names() {
    let mut folder = Folder::new();
    let image = folder.image("one");
    folder.tag("1.0", &image);
    let settings = tempfile::tempdir().unwrap();
    let file = settings.path().join("config.toml");
    std::fs::write(&file, "[limits]\nmanifest_bytes = 100\n").unwrap();
    let file = file.display().to_string();
    let target = folder.target();
    let small = regscope_with(&["tree", &target, "--config", &file, "--format", "json"]);
    assert_eq!(small.code, 4, "{}", small.err);
    let hole = &small.json()["coverage"]["holes"][0];
    assert_eq!(hole["state"], "too-large");
    let reason = hole["reason"].as_str().unwrap();
    assert!(reason.contains("limits.manifest_bytes"), "{reason}");
    assert_eq!(regscope_with(&["tree", &target]).code, 0);
    std::fs::write(&file, "[limits]\nmanifest_byte = 100\n").unwrap();
    let wrong = regscope_with(&["tree", &target, "--config", &file]);
    assert_eq!(wrong.code, 2);
    assert!(
        sentence(&wrong).contains("limits.manifest_byte"),
        "{}",
        wrong.err
    );
}

#[test]
fn a_layout_tag_that_cannot_be_read_is_an_error_as_in_a_registry() {
    let mut folder = Folder::new();
    let image = folder.image("one");
    let text = folder.blob(IMAGE, b"no manifest at all");
    folder.tag("1.0", &image);
    folder.tag("broken", &text);
    let target = |tag: &str| format!("{}:{tag}", folder.target());
    let broken = regscope_with(&["tree", &target("broken")]);
    assert_eq!(broken.code, 3, "{}", broken.err);
    assert!(sentence(&broken).contains("not JSON"), "{}", broken.err);
    let missing = regscope_with(&["tree", &target("2.0")]);
    assert_eq!(missing.code, 3);
    assert!(
        sentence(&missing).contains("there are 1.0, broken"),
        "{}",
        missing.err
    );
    // By digest, as the program itself writes it.
    let by_digest = format!("{}@{}", folder.target(), digest(&image));
    let document = tree(&by_digest, &[]);
    assert_eq!(document["nodes"].as_array().unwrap().len(), 4, "{document}");
    // A path takes a tag, too.
    let path = format!("{}:1.0", folder.path().display());
    let ran = regscope_with(&["tree", &path]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn one_reason_for_many_holes_is_one_line() {
    let mut folder = Folder::new();
    for number in 0..6 {
        let image = folder.image(&number.to_string());
        folder.tag(&format!("1.{number}"), &image);
    }
    // A blob that may be a manifest, and may not be read: nobody knows whom it refers to.
    let lost = folder.blob(IMAGE, b"{\"schemaVersion\":2}");
    std::fs::write(folder.file(&digest(&lost)), b"{\"schemaVersion\":3}").unwrap();
    let ran = regscope_with(&["tree", &folder.target()]);
    assert_eq!(ran.code, 4);
    let told: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| line.contains("referrers of"))
        .collect();
    assert_eq!(told.len(), 1, "{}", ran.out);
    assert!(told[0].contains(" more: "), "{}", told[0]);
}

#[test]
fn a_pattern_that_is_none_is_wrong_usage() {
    let ran = regscope_with(&["tree", "demo", "--tags", "1.[0"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("[ without a ]"), "{}", ran.err);
}

#[test]
fn a_command_that_is_to_come_is_not_taken_for_a_repository() {
    let ran = regscope_with(&["retention", "demo"]);
    assert_eq!(ran.code, 2);
    assert!(sentence(&ran).contains("no command `retention`"));
}

#[test]
fn what_was_not_chosen_is_not_untagged() {
    let ran = regscope_with(&["tree", "demo", "--tags", "1.4.*"]);
    assert!(!ran.out.contains("untagged"), "{}", ran.out);
    assert!(ran.out.contains("1.4.1"), "{}", ran.out);
}

#[test]
fn depth_counts_levels_below_the_target() {
    let kinds = |depth: &str| -> BTreeSet<String> {
        let document = tree("demo", &["--depth", depth]);
        let nodes = document["nodes"].as_array().unwrap().iter();
        nodes
            .map(|node| node["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let set = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(kinds("0"), set(&["registry"]));
    assert_eq!(kinds("1"), set(&["registry", "repository"]));
    assert!(kinds("2").contains("tag"));
}

#[test]
fn the_text_tells_apart_what_looks_alike() {
    let mut folder = Folder::new();
    let (one, other) = (folder.image("one"), folder.image("other"));
    folder.tag("1.0", &one);
    folder.tag("1.0\u{200b}", &other);
    // A list of referrers is no list of platforms.
    let referrer = folder.referrer(&one, "application/spdx+json");
    let list = folder.index(&[referrer]);
    folder.tag(&tag_of(&one), &list);
    let ran = regscope_with(&["tree", &folder.target()]);
    assert!(ran.out.contains("1.0<U+200B>"), "{}", ran.out);
    // `sha256-` and twelve digits of the hash.
    let short: String = tag_of(&one).chars().take(19).collect();
    let list = ran.out.lines().find(|line| line.contains(&short));
    assert!(list.unwrap().contains("1 referrer"), "{}", ran.out);
}

#[test]
fn tags_are_chosen_by_globs() {
    let mut folder = Folder::new();
    let (one, two, three) = (
        folder.image("one"),
        folder.image("two"),
        folder.image("three"),
    );
    folder.tag("1.0", &one);
    folder.tag("1.1-rc", &two);
    folder.tag("2.0", &three);
    folder.tag(&format!("{}.sig", tag_of(&one)), &folder.image("signature"));
    let names = |patterns: &[&str]| -> BTreeSet<String> {
        let document = tree(&folder.target(), patterns);
        let keys = shown(&document, &folder.target()).nodes.into_keys();
        keys.filter_map(|key| key.strip_prefix(':').map(str::to_owned))
            .collect()
    };
    let set = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let signature = format!("{}.sig", tag_of(&one));
    assert_eq!(names(&[]), set(&["1.0", "1.1-rc", "2.0", &signature]));
    // A digest tag follows from what it is about.
    assert_eq!(
        names(&["--tags", "1.*"]),
        set(&["1.0", "1.1-rc", &signature])
    );
    assert_eq!(
        names(&["--tags", "1.*", "--tags", "!*-rc"]),
        set(&["1.0", &signature])
    );
    assert_eq!(names(&["--tags", "2.0"]), set(&["2.0"]));
    let only = shown(
        &tree(&folder.target(), &["--tags", "2.0"]),
        &folder.target(),
    );
    assert!(
        only.nodes.contains_key(&digest(&three)) && !only.nodes.contains_key(&digest(&one)),
        "{:?}",
        only.nodes
    );
}

/// An index of two platforms, the second with an SBOM that only its manifest leads to.
fn two_platforms() -> (Folder, Value, Value) {
    let mut folder = Folder::new();
    let on = |manifest: &Value, architecture: &str| {
        let mut entry = manifest.clone();
        entry["platform"] = json!({"os": "linux", "architecture": architecture});
        entry
    };
    let (amd, arm) = (folder.image("amd"), folder.image("arm"));
    let index = folder.index(&[on(&amd, "amd64"), on(&arm, "arm64")]);
    folder.tag("1.0", &index);
    (folder, amd, arm)
}

#[test]
fn one_platform_leaves_the_others_unasked() {
    let (folder, amd, arm) = two_platforms();
    let document = tree(&folder.target(), &["--platform", "linux/arm64"]);
    let reading = shown(&document, &folder.target());
    assert_eq!(reading.nodes[&digest(&arm)].state, "loaded");
    assert_eq!(reading.nodes[&digest(&amd)].state, "not-asked");
}

#[test]
fn depth_leaves_what_is_deeper_unasked_and_that_is_not_in_part() {
    let (folder, amd, _) = two_platforms();
    let at = |depth: &str| {
        shown(
            &tree(&folder.target(), &["--depth", depth]),
            &folder.target(),
        )
    };
    let states = |depth: &str| {
        let reading = at(depth);
        let state = |key: &str| {
            reading
                .nodes
                .get(key)
                .map_or("absent".to_owned(), |node| node.state.clone())
        };
        let index = reading
            .edges
            .keys()
            .find(|(from, _, _)| from == ":1.0")
            .map(|(_, to, _)| state(to));
        (state(""), state(":1.0"), index, state(&digest(&amd)))
    };
    let expect = |tags: &str, tag: &str, index: Option<&str>, manifest: &str| {
        (
            tags.to_owned(),
            tag.to_owned(),
            index.map(str::to_owned),
            manifest.to_owned(),
        )
    };
    assert_eq!(states("0"), expect("not-asked", "absent", None, "absent"));
    assert_eq!(
        states("2"),
        expect("loaded", "loaded", Some("loaded"), "not-asked")
    );
    assert_eq!(
        states("9"),
        expect("loaded", "loaded", Some("loaded"), "loaded")
    );
}

#[test]
fn a_tag_of_a_layout_shows_its_part() {
    let mut folder = Folder::new();
    let (one, two) = (folder.image("one"), folder.image("two"));
    let sbom = folder.referrer(&one, "application/spdx+json");
    folder.tag("1.0", &one);
    folder.tag("latest", &one);
    folder.tag("2.0", &two);
    let signature = folder.image("signature");
    let name = format!("{}.sig", tag_of(&one));
    folder.tag(&name, &signature);
    let target = format!("{}:1.0", folder.target());
    let reading = shown(&tree(&target, &[]), &folder.target());
    for key in [
        ":1.0",
        ":latest",
        &format!(":{name}"),
        &digest(&one),
        &digest(&sbom),
        &digest(&signature),
    ] {
        assert!(
            reading.nodes.contains_key(key),
            "{key} is not in {:?}",
            reading.nodes.keys()
        );
    }
    for key in [":2.0", &digest(&two)] {
        assert!(!reading.nodes.contains_key(key), "{key}");
    }
}

#[test]
fn text_from_outside_cannot_reach_the_terminal() {
    let evil = "1.0\u{1b}[31m\u{202e}\u{200b}\u{7}\r\n\u{9b}x";
    let mut folder = Folder::new();
    let image = folder.image("one");
    folder.tag(evil, &image);
    let typed = folder.referrer(&image, "application/evil\u{1b}]0;title\u{7}");
    folder.row(
        &annotated(&typed, &[("org.opencontainers.image.title", evil)]),
        &[],
    );

    let json = regscope_with(&["tree", &folder.target(), "--format", "json"]);
    let is_safe = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{202e}' | '\u{200b}'));
    assert!(json.out.chars().all(is_safe), "{:?}", json.out);
    assert!(
        json.out
            .contains(r"1.0\u001b[31m\u202e\u200b\u0007\r\n\u009bx"),
        "{}",
        json.out
    );
    let document = json.json();
    let nodes = document["nodes"].as_array().unwrap();
    assert!(
        nodes.iter().any(|node| node["name"] == evil),
        "the exact name is kept"
    );

    let text = regscope_with(&["tree", &folder.target()]);
    assert!(text.out.chars().all(is_safe), "{:?}", text.out);
    assert!(text.out.contains("1.0"), "{}", text.out);
    let wrong = regscope_with(&["tree", &format!("ghcr.io/app:{evil}")]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.chars().all(is_safe), "{:?}", wrong.err);
}

#[test]
fn names_of_a_layout_may_have_colons_and_slashes() {
    let mut folder = Folder::new();
    let (one, two) = (folder.image("one"), folder.image("two"));
    folder.tag("registry.example.com/foo/bar:1.0", &one);
    folder.tag("2.0", &two);
    let path = folder.path().display().to_string();
    for target in [
        format!("oci:{path}:registry.example.com/foo/bar:1.0"),
        format!("{path}:registry.example.com/foo/bar:1.0"),
    ] {
        let text = regscope_with(&["tree", &target]);
        assert_eq!(text.code, 0, "{}", text.err);
        let document = tree(&target, &[]).to_string();
        assert!(document.contains(&digest(&one)), "{document}");
        assert!(
            !document.contains(&digest(&two)),
            "only that tag: {document}"
        );
    }
    let other = regscope_with(&["tree", &format!("{path}:2.0")]);
    assert_eq!(other.code, 0, "{}", other.err);
    let by_digest = regscope_with(&["tree", &format!("{path}@{}", digest(&two))]);
    assert_eq!(by_digest.code, 0, "{}", by_digest.err);
    // The longest folder that is there.
    let nested = tempfile::tempdir().unwrap();
    let at = |name: &str| nested.path().join(name);
    std::fs::create_dir(at("a")).unwrap();
    std::fs::rename(folder.path(), at("a:b")).unwrap();
    let longest = regscope_with(&["tree", &format!("oci:{}:2.0", at("a:b").display())]);
    assert_eq!(longest.code, 0, "{}", longest.err);
    std::fs::rename(at("a:b"), folder.path()).unwrap();
    // What fits nowhere says what is not there.
    let nowhere = format!("{}:example.com/x:1", at("nothing").display());
    for target in [nowhere.clone(), format!("oci:{nowhere}")] {
        let wrong = regscope_with(&["tree", &target]);
        assert_eq!(wrong.code, 3, "{}", wrong.err);
        assert!(sentence(&wrong).contains("nothing"), "{}", wrong.err);
    }
    let no_tag = regscope_with(&["tree", &format!("{path}:example.com/x:1")]);
    assert_eq!(no_tag.code, 3, "{}", no_tag.err);
    assert!(
        sentence(&no_tag).contains("example.com/x:1"),
        "{}",
        no_tag.err
    );
}

/// The allowed values of a field; a text otherwise.
fn assert_one_of(value: &Value, allowed: &[&str], what: &str) {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("{what} is {value}"));
    assert!(allowed.contains(&text), "{what} is `{text}`");
}

const STATES: [&str; 8] = [
    "loaded",
    "not-asked",
    "missing",
    "forbidden",
    "rate-limited",
    "too-large",
    "invalid",
    "failed",
];
const WAYS: [&str; 16] = [
    "catalog",
    "tags-list",
    "tag",
    "descriptor",
    "subject",
    "referrers-api",
    "oras-api",
    "fallback-tag",
    "cosign-tag",
    "digest-tag",
    "buildkit-annotation",
    "containerd-annotation",
    "olareg-row",
    "cosign-save",
    "manifest-scan",
    "storage-link",
];

#[test]
fn the_document_of_tree_has_every_field_that_the_interface_promises() {
    let ran = regscope_with(&["tree", "demo", "--format", "json"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (4, ""),
        "the example has one broken document"
    );
    let document = ran.json();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["target"], "demo");
    let nodes = document["nodes"].as_array().unwrap();
    for (number, node) in nodes.iter().enumerate() {
        shape_of_node(number, node);
    }
    let edges = document["edges"].as_array().unwrap();
    for edge in edges {
        shape_of_edge(edge, nodes);
    }
    let ends: Vec<_> = edges
        .iter()
        .map(|edge| (edge["from"].as_u64(), edge["to"].as_u64()))
        .collect();
    assert!(ends.is_sorted(), "edges are sorted");
    shape_of_coverage(&document["coverage"], nodes);
    assert_eq!(document["coverage"]["complete"], false);
    for inferred in document["inferred"].as_array().unwrap() {
        assert_one_of(&inferred["relation"], &["base", "names-image"], "relation");
        let evidence = [
            "base-annotation",
            "layer-prefix",
            "provenance",
            "history",
            "chart",
        ];
        assert_one_of(&inferred["evidence"], &evidence, "evidence");
        assert!(
            !inferred["from"].is_null()
                && !inferred["to"].is_null()
                && inferred.get("detail").is_some()
        );
    }
}

fn shape_of_node(number: usize, node: &Value) {
    assert_eq!(node["id"], number, "ids count the nodes");
    let kind = node["kind"].as_str().unwrap();
    let is_object = matches!(kind, "index" | "manifest" | "artifact" | "blob");
    assert!(
        is_object || matches!(kind, "registry" | "repository" | "tag"),
        "{kind}"
    );
    assert_eq!(node["registry"], "registry.example.com", "{node}");
    let is_read = node["state"] == "loaded" && is_object && kind != "blob";
    assert_eq!(node["annotations"].is_object(), is_read, "{node}");
    if node["role"] == "image" && is_read {
        let created = node["created"].as_str().unwrap();
        assert!(created.parse::<jiff::Timestamp>().is_ok(), "{node}");
    }
    for field in [
        "repository",
        "name",
        "digest",
        "media_type",
        "artifact_type",
        "role",
        "platform",
    ] {
        let value = node
            .get(field)
            .unwrap_or_else(|| panic!("{field} is not in {node}"));
        assert!(value.is_null() || value.is_string(), "{field}: {node}");
    }
    assert!(node["size"].is_null() || node["size"].is_u64(), "{node}");
    assert_eq!(node["name"].is_string(), !is_object, "{node}");
    assert_eq!(node["digest"].is_string(), is_object, "{node}");
    assert_eq!(node["repository"].is_null(), kind == "registry", "{node}");
    assert_one_of(&node["state"], &STATES, "state");
    if node["role"].is_string() {
        let roles = [
            "image",
            "attestation",
            "sbom",
            "signature",
            "provenance",
            "vex",
            "chart",
            "source",
            "other",
        ];
        assert_one_of(&node["role"], &roles, "role");
    }
    if node["state"] == "loaded" && is_object {
        assert!(node["size"].is_u64(), "{node}");
    }
}

fn shape_of_edge(edge: &Value, nodes: &[Value]) {
    let kind_of = |end: &str| {
        let id = usize::try_from(edge[end].as_u64().unwrap()).unwrap();
        nodes[id]["kind"].as_str().unwrap()
    };
    let is_manifest = |kind: &str| matches!(kind, "index" | "manifest" | "artifact");
    let (from, to) = (kind_of("from"), kind_of("to"));
    let is_right = match edge["kind"].as_str().unwrap() {
        "contains" => matches!(
            (from, to),
            ("registry", "repository") | ("repository", "tag")
        ),
        "names" => from == "tag" && is_manifest(to),
        "child" | "subject" => is_manifest(from) && is_manifest(to),
        "config" | "layer" => is_manifest(from) && to == "blob",
        _ => false,
    };
    assert!(is_right, "{edge} from {from} to {to}");
    let ways = edge["found_by"].as_array().unwrap();
    assert!(!ways.is_empty(), "{edge}");
    for way in ways {
        assert_one_of(way, &WAYS, "found_by");
    }
}

fn shape_of_coverage(coverage: &Value, nodes: &[Value]) {
    let is_node = |id: &Value| {
        id.as_u64()
            .is_some_and(|id| usize::try_from(id).is_ok_and(|id| id < nodes.len()))
    };
    for asked in coverage["asked"].as_array().unwrap() {
        assert!(is_node(&asked["node"]), "{asked}");
        assert_one_of(&asked["what"], &["catalog", "tags", "referrers"], "what");
        assert_one_of(&asked["answer"], &["some", "none", "unsupported"], "answer");
        for way in asked["by"].as_array().unwrap() {
            assert_one_of(way, &WAYS, "by");
        }
    }
    for hole in coverage["holes"].as_array().unwrap() {
        assert!(is_node(&hole["node"]), "{hole}");
        assert_one_of(
            &hole["what"],
            &[
                "catalog",
                "tags",
                "manifest",
                "config",
                "referrers",
                "document",
            ],
            "what",
        );
        let states = [
            "forbidden",
            "missing",
            "rate-limited",
            "too-large",
            "invalid",
            "failed",
            "cut-short",
        ];
        assert_one_of(&hole["state"], &states, "state");
        assert!(
            hole["reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty()),
            "{hole}"
        );
    }
    assert_eq!(
        coverage["complete"],
        coverage["holes"].as_array().unwrap().is_empty()
    );
}

#[test]
fn the_tree_as_text_keeps_to_a_width_that_can_be_read_and_is_the_same_each_time() {
    let text = regscope_with(&["tree", "demo"]).out;
    assert_eq!(text, regscope_with(&["tree", "demo"]).out);
    assert!(text.contains("├ sha256-75cbac286849….sig "), "{text}");
    let tree = text.split("\nnot known:").next().unwrap();
    let rows = || tree.lines().filter(|line| !line.contains("! "));
    // What follows ` by ` tells each way in which a referrer was found, and ends the line.
    let before_ways = |line: &str| line.split("  by ").next().unwrap().chars().count();
    let widest = rows().map(before_ways).max().unwrap();
    assert!(widest <= 140, "{widest}: {text}");
    let at = |line: &str| line.split("index  ").next().unwrap().chars().count();
    let indexes = rows().filter(|line| line.contains("  index  "));
    let starts: BTreeSet<usize> = indexes.map(at).collect();
    assert_eq!(starts.len(), 1, "one column: {text}");
}

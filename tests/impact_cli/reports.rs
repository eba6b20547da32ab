//! Questions out of public reports, each with the answer that would have helped.

use std::fs;

use super::binary::regscope_with;
use super::command::Stored;
use super::written::Format;

/// The lines that warn.
fn warnings(out: &str) -> Vec<&str> {
    out.lines().filter(|line| line.starts_with('!')).collect()
}

const DISTRIBUTION: [&str; 4] = ["--policy", "distribution-3", "--deletion", "on"];

#[test]
fn what_breaks_is_told_by_tag_and_the_plan_says_it_above_its_command() {
    let stored = Stored::new("12-del-child-of-tagged-index", "d3", Format::Distribution);
    let child = stored.at("r/a", "A");
    let asked = [&DISTRIBUTION[..], &["--delete", &child]].concat();
    let ran = stored.run(&asked);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.starts_with("NOT SAFE: "), "{}", ran.out);
    let breaks = warnings(&ran.out);
    let is_told = |line: &&str| line.contains("r/a:v1") && line.contains("will not pull");
    assert!(breaks.iter().any(is_told), "{}", ran.out);
    let plan = stored.run(&[&asked[..], &["--commands", "regctl"]].concat());
    assert_eq!(plan.code, 1);
    let lines: Vec<&str> = plan.out.lines().collect();
    let command = lines
        .iter()
        .position(|line| line.starts_with("regctl manifest delete"));
    let note = lines
        .iter()
        .position(|line| line.starts_with("# breaks: r/a:v1 "));
    assert!(note.is_some() && note < command, "{}", plan.out);
}

#[test]
fn a_collection_that_takes_the_platforms_of_a_live_tag_is_the_answer_no() {
    let stored = Stored::new("07-index-intact", "d2m", Format::Distribution);
    let ran = stored.run(&["--policy", "distribution-2.8-delete-untagged"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let breaks = warnings(&ran.out);
    assert!(
        breaks.iter().any(|line| line.contains("r/a:v1")),
        "{}",
        ran.out
    );
}

#[test]
fn a_request_that_is_refused_whole_is_the_answer_no() {
    let stored = Stored::new(
        "12-del-child-of-tagged-index",
        "gitlab",
        Format::Distribution,
    );
    let child = stored.at("r/a", "A");
    let ran = stored.run(&["--policy", "gitlab", "--delete", &child]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("refused (409)"), "{}", ran.out);
}

#[test]
fn an_upload_that_was_not_finished_is_told_with_its_size() {
    let stored = Stored::new("01-untag-last", "d3", Format::Distribution);
    let uploads = "docker/registry/v2/repositories/r/a/_uploads/5f0c";
    let folder = stored.folder.path().join(uploads);
    fs::create_dir_all(folder.join("hashstates/sha256")).unwrap();
    fs::write(folder.join("data"), vec![0; 5000]).unwrap();
    fs::write(folder.join("startedat"), "2026-01-01T00:00:00Z").unwrap();
    fs::write(folder.join("hashstates/sha256/0"), "state").unwrap();
    let ran = stored.run(&["--policy", "distribution-3"]);
    assert!(
        ran.out.contains("1 upload that was not finished: 5.0 kB"),
        "{}",
        ran.out
    );
    let document = stored
        .run(&["--policy", "distribution-3", "--format", "json"])
        .json();
    assert_eq!(document["uploads"]["count"], 1);
    assert_eq!(document["uploads"]["bytes"], 5000);
    assert!(document["uploads"]["oldest_seconds"].is_u64(), "{document}");
    // The tree of the storage has them as well.
    let target = format!("storage:{}", stored.folder.path().display());
    let tree = regscope_with(&["tree", &target]);
    let words = "1 upload that was not finished: 5.0 kB, written less than a day ago";
    assert!(tree.out.contains(words), "{}", tree.out);
    let document = regscope_with(&["tree", &target, "--format", "json"]).json();
    assert_eq!(document["uploads"]["bytes"], 5000);
}

#[test]
fn the_files_of_a_gitlab_with_a_database_are_no_ground_for_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let registry = folder.path().join("docker/registry");
    fs::create_dir_all(registry.join("v2/repositories")).unwrap();
    fs::create_dir_all(registry.join("v2/blobs")).unwrap();
    fs::create_dir_all(registry.join("lockfiles")).unwrap();
    fs::write(registry.join("lockfiles/database-in-use"), "").unwrap();
    let target = format!("storage:{}", folder.path().display());
    let ran = regscope_with(&["impact", &target]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.err.contains("database"), "{}", ran.err);
}

#[test]
fn a_storage_without_any_tag_may_be_harbors_and_the_answer_says_so() {
    let stored = Stored::new("01-untag-last", "d3", Format::Distribution);
    let asked = ["--policy", "distribution-3-delete-untagged"];
    let tagged = stored.run(&asked);
    assert!(!tagged.out.contains("Harbor"), "{}", tagged.out);
    let tags = "docker/registry/v2/repositories/r/a/_manifests/tags";
    fs::remove_dir_all(stored.folder.path().join(tags)).unwrap();
    let ran = stored.run(&asked);
    assert!(
        ran.out.contains("Harbor keeps them in its database"),
        "{}",
        ran.out
    );
}

#[test]
fn what_the_collector_needs_and_what_the_other_option_would_take_is_in_both_forms() {
    let stored = Stored::new("01-untag-last", "d3", Format::Distribution);
    let asked = [&DISTRIBUTION[..], &["--delete", "r/a:v1"]].concat();
    let ran = stored.run(&asked);
    let option = "with `garbage-collect --delete-untagged` (-m) 1 manifest more would go";
    assert!(ran.out.contains(option), "{}", ran.out);
    // Where nothing comes back nobody has to collect.
    assert!(!ran.out.contains("stop the registry"), "{}", ran.out);
    let document = stored
        .run(&[&asked[..], &["--format", "json"]].concat())
        .json();
    let needs = document["collector_needs"].as_str().unwrap();
    assert!(needs.contains("restart it afterwards"), "{needs}");
    let other = &document["other_options"][0];
    assert_eq!(other["policy"], "distribution-3-delete-untagged");
    assert_eq!(other["manifests_more"], 1);
    assert!(other["bytes_more"].as_u64().unwrap() > 0);
    let manifest = stored.at("r/a", "A");
    let ran = stored.run(&[&DISTRIBUTION[..], &["--delete", &manifest]].concat());
    let needs = "  needs      stop the registry or set it read-only";
    assert!(ran.out.contains(needs), "{}", ran.out);
}

#[test]
fn blobs_are_one_line_until_they_are_asked_for() {
    let stored = Stored::new("01-untag-last", "d3", Format::Distribution);
    let tag = "r/a:v1";
    let asked = [
        "--policy",
        "distribution-3-delete-untagged",
        "--deletion",
        "on",
        "--delete",
        tag,
    ];
    let blobs = |ran: &str| ran.lines().filter(|line| line.contains("− blob ")).count();
    let short = stored.run(&asked);
    assert!(short.out.contains("2 blobs"), "{}", short.out);
    assert_eq!(blobs(&short.out), 0, "{}", short.out);
    let long = stored.run(&[&asked[..], &["--verbose"]].concat());
    assert_eq!(blobs(&long.out), 2, "{}", long.out);
}

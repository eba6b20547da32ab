//! Questions that people ask in public reports, each with the whole text that answers it. The snapshots are there to be
//! read aloud: whoever changes a sentence reads them all.

use super::command::Stored;
use super::written::Format;

/// Asks about the storage of a graph and keeps what is printed, with the exit code.
fn ask(question: &str, (graph, key): (&str, &str), format: Format, arguments: &[&str]) {
    let stored = Stored::new(graph, key, format);
    let digests: Vec<String> = arguments.iter().map(|text| stored.spelled(text)).collect();
    let arguments: Vec<&str> = digests.iter().map(String::as_str).collect();
    let ran = stored.run(&arguments);
    let told = format!("{question}\n(exit {})\n\n{}", ran.code, ran.out);
    let name: String = question
        .to_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(9)
        .collect::<Vec<_>>()
        .join("-");
    insta::assert_snapshot!(name, told);
}

const IN_3: [&str; 4] = ["--policy", "distribution-3", "--deletion", "on"];

#[test]
fn a_cleaner_that_deletes_untagged_platforms() {
    ask(
        "My cleaner deletes manifests without a tag. Why do pulls of v1 fail on one platform now?",
        ("12-del-child-of-tagged-index", "d3"),
        Format::Distribution,
        &[&IN_3[..], &["--delete", "r/a@{A}"]].concat(),
    );
}

#[test]
fn the_same_where_the_registry_protects_them() {
    ask(
        "GitLab does not let me delete an untagged image. Why?",
        ("12-del-child-of-tagged-index", "gitlab"),
        Format::Distribution,
        &["--policy", "gitlab", "--delete", "r/a@{A}"],
    );
}

#[test]
fn garbage_collect_m_of_the_old_release() {
    ask(
        "I only ran garbage-collect -m. Why is my multi-platform image broken?",
        ("07-index-intact", "d2m"),
        Format::Distribution,
        &["--policy", "distribution-2.8-delete-untagged"],
    );
}

#[test]
fn a_signed_image_whose_tag_was_pushed_again() {
    ask(
        "I pushed v1 again. What becomes of the signature of the image before?",
        ("47-subject-retag", "d3m"),
        Format::Distribution,
        &["--policy", "distribution-3-delete-untagged"],
    );
}

#[test]
fn a_fallback_index_that_lists_what_has_lost_its_subject() {
    ask(
        "I delete a signed image by digest. What is left of its referrers?",
        ("28-fallback-tag", "d3"),
        Format::Distribution,
        &[&IN_3[..], &["--delete", "r/a@{S}"]].concat(),
    );
}

#[test]
fn orphans_that_are_there_already() {
    ask(
        "An upload died before its manifest. Does anything ever remove its layers?",
        ("35-orphan-blob", "d3"),
        Format::Distribution,
        &["--policy", "distribution-3"],
    );
}

#[test]
fn a_layer_that_another_repository_has() {
    ask(
        "I deleted a large image. Why did the disk get back so little?",
        ("30-cross-repo-layer", "d3"),
        Format::Distribution,
        &[&IN_3[..], &["--delete", "r/a@{A}", "--verbose"]].concat(),
    );
}

#[test]
fn one_of_two_tags() {
    ask(
        "I delete v1 of an image that is v2 as well. Is v2 safe?",
        ("02-two-tags-del-one", "zot"),
        Format::Zot,
        &["--policy", "zot", "--delete", "r/a:v1"],
    );
}

#[test]
fn a_tag_that_the_registry_cannot_delete() {
    ask(
        "How do I delete one tag of two on registry:2?",
        ("02-two-tags-del-one", "d2"),
        Format::Distribution,
        &[
            "--policy",
            "distribution-2.8",
            "--deletion",
            "on",
            "--delete",
            "r/a:v1",
        ],
    );
}

#[test]
fn the_tags_that_cosign_left() {
    ask(
        "I deleted an image and its sig, att and sbom tags are still there. What are they?",
        ("105-cosign-three-tags-del", "d3"),
        Format::Distribution,
        &[&IN_3[..], &["--delete", "r/a@{S}"]].concat(),
    );
}

#[test]
fn retention_that_knows_no_signatures() {
    ask(
        "My retention keeps tags that begin with v. Do my signatures survive?",
        ("26-cosign-sig-tag", "zot"),
        Format::Zot,
        &["--policy", "zot", "--keep-tags", "^v"],
    );
}

#[test]
fn a_repository_that_never_had_a_tag() {
    ask(
        "garbage-collect -m ends with an error and frees nothing. Why?",
        ("56-never-tagged-repo", "d2m"),
        Format::Distribution,
        &["--policy", "distribution-2.8-delete-untagged"],
    );
}

#[test]
fn referrers_that_only_a_fallback_tag_lists() {
    ask(
        "My registry has no referrers API. Does garbage-collect -m leave me my SBOMs?",
        ("29-fallback-live", "d2m"),
        Format::Distribution,
        &["--policy", "distribution-2.8-delete-untagged"],
    );
}

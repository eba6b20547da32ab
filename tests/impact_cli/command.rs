//! The command itself: documents, words, exit codes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::corpus::corpus;
use regscope::oci::Digest;
use serde_json::Value;
use tempfile::TempDir;

use super::binary::{Ran, regscope, regscope_with, run};
use super::golden::{Case, cases};
use super::written::{Format, write};

/// The storage of a graph as one registry keeps it.
pub(crate) struct Stored {
    pub(crate) folder: TempDir,
    case: Case,
}

impl Stored {
    pub(crate) fn new(name: &str, key: &str, format: Format) -> Self {
        let found = cases().into_iter().find(|case| case.name == name);
        let case = found.unwrap_or_else(|| panic!("no graph is called {name}"));
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), format, &case, &case.outcomes[key]);
        Self { folder, case }
    }

    fn target(&self) -> String {
        format!("storage:{}", self.folder.path().display())
    }

    /// `repository@digest` of an object.
    pub(crate) fn at(&self, repository: &str, object: &str) -> String {
        format!("{repository}@{}", self.case.objects[object].digest)
    }

    /// `r/a@{A}` with the digest of the object that the graph calls `A`.
    pub(crate) fn spelled(&self, text: &str) -> String {
        let objects = self.case.objects.iter();
        objects.fold(text.to_owned(), |text, (name, object)| {
            text.replace(&format!("{{{name}}}"), &object.digest.to_string())
        })
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        regscope_with(&[&["impact", &self.target()], arguments].concat())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--format", "json"]].concat());
        assert!(matches!(ran.code, 0 | 1), "{}", ran.err);
        ran.json()
    }
}

fn texts<'a>(list: &'a Value, key: &str) -> BTreeSet<&'a str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item[key].as_str().unwrap()).collect()
}

#[test]
fn the_document_says_what_the_real_registry_did() {
    for (name, key, policy, format, deletions) in [
        (
            "03-two-tags-del-digest",
            "d3m",
            "distribution-3-delete-untagged",
            Format::Distribution,
            &["A"][..],
        ),
        (
            "17-referrer-subject-del-digest",
            "olareg",
            "olareg",
            Format::Olareg,
            &["S"],
        ),
        (
            "17-referrer-subject-del-digest",
            "zot",
            "zot",
            Format::Zot,
            &["S"],
        ),
        ("09-index-del-digest", "zot", "zot", Format::Zot, &["I"]),
        (
            "38-cross-repo-dangling-child",
            "d3m",
            "distribution-3-delete-untagged",
            Format::Distribution,
            &["B"],
        ),
    ] {
        let stored = Stored::new(name, key, format);
        let mut arguments = vec!["--policy".to_owned(), policy.to_owned()];
        for object in deletions {
            arguments.extend(["--delete".to_owned(), stored.at("r/a", object)]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let document = stored.json(&arguments);
        assert_eq!(
            (&document["schema"], &document["policy"]),
            (&Value::from(1), &Value::from(policy))
        );
        assert_eq!(document["actions"][0]["action"], "delete-manifest");
        assert_eq!(document["actions"][0]["status"], 202);
        let outcome = &stored.case.outcomes[key];
        let removed = outcome.removed.values().flatten();
        let expected: BTreeSet<String> = removed
            .filter(|name| *name != "<registry-made>")
            .map(|name| stored.case.objects[name].digest.to_string())
            .collect();
        let known: BTreeSet<String> = stored
            .case
            .objects
            .values()
            .map(|object| object.digest.to_string())
            .collect();
        let mut freed = texts(&document["objects_freed"], "digest");
        freed.retain(|digest| known.contains(*digest));
        assert_eq!(
            freed,
            expected.iter().map(String::as_str).collect(),
            "{name} under {policy}"
        );
    }
}

#[test]
fn actions_happen_in_the_order_in_which_they_are_written() {
    let stored = Stored::new("02-two-tags-del-one", "zot", Format::Zot);
    let digest = stored.case.objects["A"].digest;
    let moved = format!("r/a:v1={digest}");
    let words = |arguments: &[&str]| {
        let document = stored.json(&[arguments, &["--policy", "zot"]].concat());
        let actions = document["actions"].as_array().unwrap().iter();
        let words = actions.map(|action| action["action"].as_str().unwrap().to_owned());
        (
            words.collect::<Vec<_>>(),
            document["tags_gone"].as_array().unwrap().len(),
        )
    };
    let (order, gone) = words(&["--delete", "r/a:v1", "--move", &moved]);
    assert_eq!(
        (order.join(" "), gone),
        ("delete-tag move-tag".to_owned(), 0)
    );
    let (order, gone) = words(&["--move", &moved, "--delete", "r/a:v1"]);
    assert_eq!(
        (order.join(" "), gone),
        ("move-tag delete-tag".to_owned(), 1)
    );
}

#[test]
fn exit_codes_are_those_of_the_interface() {
    let broken = Stored::new("12-del-child-of-tagged-index", "d3", Format::Distribution);
    let child = broken.at("r/a", "A");
    let policy = ["--policy", "distribution-3"];
    let code = |stored: &Stored, arguments: &[&str]| {
        let ran = stored.run(arguments);
        assert!(ran.code != 2 || ran.out.is_empty(), "{}", ran.out);
        (ran.code, ran.err)
    };
    assert_eq!(code(&broken, &policy).0, 0);
    assert_eq!(
        code(&broken, &[&policy[..], &["--delete", &child]].concat()).0,
        1
    );
    let missing = [&policy[..], &["--delete", "r/a:no", "--format", "json"]].concat();
    let ran = broken.run(&missing);
    assert_eq!(
        (ran.code, ran.json()["actions"][0]["result"].as_str()),
        (0, Some("not-found"))
    );
    for (arguments, word) in [
        (&["--delete", "r/a"][..], "REPOSITORY:TAG"),
        (&["--delete", "r/a:no*"], "matches nothing"),
        (&["--delete", "r/a@sha256:12"], "sha256"),
        (&["--move", "r/a:v1"], "TAG=DIGEST"),
        (&["--policy", "zott"], "regscope policies"),
        (&["--in-use", "/no/such/file"], "/no/such/file"),
        (&["--why", "r/a:no"], "r/a:no"),
        (&["--older-than", "soon"], "30d"),
        (&["--commands", "rm"], "regctl"),
    ] {
        let (code, said) = code(&broken, arguments);
        assert_eq!(code, 2, "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
    assert_eq!(
        regscope_with(&["impact", "storage:/no/such/folder"]).code,
        3
    );
    let data = broken.case.objects["I"].digest.encoded();
    let (shard, _) = data.split_at(2);
    let place = format!("docker/registry/v2/blobs/sha256/{shard}/{data}/data");
    fs::write(broken.folder.path().join(place), "{}").unwrap();
    let (damaged, said) = code(&broken, &policy);
    assert_eq!(damaged, 4, "{said}");
    assert!(said.contains(&data), "{said}");
}

#[test]
fn the_policy_is_recognised_and_said_on_standard_error() {
    for (key, format, policy) in [
        ("d3", Format::Distribution, "distribution-3"),
        ("zot", Format::Zot, "zot-2.1.20"),
        ("olareg", Format::Olareg, "olareg"),
    ] {
        let stored = Stored::new("01-untag-last", key, format);
        let ran = stored.run(&["--format", "json"]);
        assert_eq!(ran.json()["policy"], policy);
        assert!(
            ran.err.contains(&format!("policy {policy}: ")),
            "{}",
            ran.err
        );
    }
    let ran = regscope_with(&["impact", "demo", "--format", "json"]);
    assert_eq!(ran.json()["policy"], "zot", "as the screen takes it");
    assert_eq!(ran.json()["partial_view"], true);
}

#[test]
fn an_empty_list_of_references_is_no_question_about_the_next_collection() {
    let stored = Stored::new("01-untag-last", "zot", Format::Zot);
    let target = stored.target();
    let ran = run(regscope()
        .args(["impact", &target, "--delete", "-"])
        .write_stdin("# nothing\n\n"));
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.err.contains("standard input has no reference"),
        "{}",
        ran.err
    );
    let ran = stored.run(&["--delete", "nosuch:1"]);
    // zot declines what is in a repository that it does not have: all that was asked is refused.
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("nosuch:1 is nothing that the target has"),
        "{}",
        ran.err
    );
}

#[test]
fn what_the_chosen_depth_leaves_unasked_is_not_said_to_be_missing() {
    let asked = |more: &[&str]| {
        let deletions = ["--delete", "team/app:1.4.0", "--delete", "team/app:nosuch"];
        let arguments = [
            &["impact", "demo", "--format", "json"],
            &deletions[..],
            more,
        ]
        .concat();
        let answer = regscope_with(&arguments).json();
        let actions = answer["actions"].as_array().unwrap().clone();
        actions
            .iter()
            .map(|action| (action["result"].clone(), action["status"].clone()))
            .collect::<Vec<_>>()
    };
    let of = |result: &str, status: Value| (Value::from(result), status);
    let unasked = of("not-asked", Value::Null);
    assert_eq!(asked(&["--depth", "1"]), [unasked.clone(), unasked]);
    assert_eq!(
        asked(&[]),
        [of("accepted", 202.into()), of("not-found", 404.into())]
    );
}

#[test]
fn a_chart_of_the_target_that_names_an_image_is_told_unless_it_goes_too() {
    let hurt = |more: &[&str]| {
        let arguments = [
            &[
                "impact",
                "demo",
                "--format",
                "json",
                "--delete",
                "team/app:1.4.1",
            ],
            more,
        ];
        let ran = regscope_with(&arguments.concat());
        let answer = ran.json();
        let in_use = answer["in_use"].as_array().unwrap().clone();
        (
            in_use
                .iter()
                .map(|one| one["consumer"].to_string())
                .collect::<String>(),
            ran.code,
        )
    };
    let (told, code) = hurt(&[]);
    assert!(
        told.contains("charts/app-chart 0.4.0 (artifacthub.io/images)"),
        "{told}"
    );
    assert_eq!(code, 1);
    let (told, _) = hurt(&["--delete", "charts/app-chart:0.4.0"]);
    assert!(!told.contains("0.4.0"), "{told}");
}

#[test]
fn policies_as_text_have_every_knob_with_what_it_stands_on() {
    let text = regscope_with(&["policies"]).out;
    let blocks: Vec<&str> = text.split("\n\n").collect();
    let block = |name: &str| {
        let found = blocks
            .iter()
            .find(|block| block.starts_with(&format!("{name} ")));
        *found.unwrap_or_else(|| panic!("no {name} in {text}"))
    };
    let has = |name: &str, words: &[&str]| {
        let mut lines = block(name)
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.any(|line| line.starts_with(words))
    };
    assert!(has("zot", &["guard_child", "refuse", "405", "ran"]));
    assert!(has("zot", &["blob_grace", "3600", "source"]));
    assert!(has(
        "harbor",
        &["derived_tags", "signatures-when-pushed", "ran"]
    ));
    assert!(has("docker-hub", &["child_edge", "unknown", "nobody"]));
    assert!(has(
        "distribution-3",
        &["quirk", "unreadable-aborts", "ran"]
    ));
    assert!(has("ideal", &["roots", "tagged-rows", "idea"]));
    assert!(!block("reference-counting").contains("ran"));
}

#[test]
fn whether_deletion_is_switched_on_can_be_said() {
    let stored = Stored::new("01-untag-last", "d3", Format::Distribution);
    let manifest = stored.at("r/a", "A");
    let asked = |more: &[&str]| {
        stored.json(&[&["--policy", "distribution-3", "--delete", &manifest], more].concat())
    };
    let assumed = asked(&[]);
    assert_eq!(assumed["actions"][0]["status"], 202);
    assert!(
        assumed["assumed"][0]
            .as_str()
            .unwrap()
            .contains("refused (405)")
    );
    let off = asked(&["--deletion", "off"]);
    assert_eq!(
        (&off["actions"][0]["status"], &off["assumed"]),
        (&405.into(), &serde_json::json!([]))
    );
    let on = asked(&["--deletion", "on"]);
    assert_eq!(
        (&on["actions"][0]["status"], &on["assumed"]),
        (&202.into(), &serde_json::json!([]))
    );
}

#[test]
fn a_chart_in_a_storage_whose_config_alone_names_an_image_is_told() {
    let stored = Stored::new("02-two-tags-del-one", "zot", Format::Zot);
    let config = br#"{"name":"c","annotations":{"helm.sh/images":"- image: r.example/r/a:v1\n"}}"#;
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],
        "config":{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"{}","size":{}}}}}"#,
        Digest::of(config),
        config.len()
    );
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json",
        "digest":"{}","size":{},"annotations":{{"org.opencontainers.image.ref.name":"0.1"}}}}]}}"#,
        Digest::of(manifest.as_bytes()),
        manifest.len()
    );
    let layout = stored.folder.path().join("charts/c");
    fs::create_dir_all(layout.join("blobs/sha256")).unwrap();
    for content in [&config[..], manifest.as_bytes()] {
        let name = Digest::of(content).encoded();
        fs::write(layout.join("blobs/sha256").join(name), content).unwrap();
    }
    fs::write(layout.join("index.json"), index).unwrap();
    fs::write(
        layout.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )
    .unwrap();
    let answer = stored.json(&["--policy", "zot", "--delete", "r/a:v1"]);
    let hurt = texts(&answer["in_use"], "consumer");
    assert_eq!(
        hurt,
        BTreeSet::from(["chart charts/c 0.1 (helm.sh/images)"])
    );
}

#[test]
fn which_tags_retention_keeps_can_be_said() {
    let stored = Stored::new("02-two-tags-del-one", "zot", Format::Zot);
    let asked = |more: &[&str]| stored.json(&[&["--policy", "zot"], more].concat());
    let assumed = asked(&[]);
    assert!(assumed["assumed"][0].as_str().unwrap().contains("keepTags"));
    assert!(texts(&assumed["tags_gone"], "tag").is_empty());
    let told = asked(&["--keep-tags", "1$"]);
    assert_eq!(told["assumed"], serde_json::json!([]));
    assert_eq!(texts(&told["tags_gone"], "tag"), BTreeSet::from(["v2"]));
    assert_eq!(told["tags_gone"][0]["cause"], "anyway");
    let all = asked(&["--keep-tags", "."]);
    assert!(texts(&all["tags_gone"], "tag").is_empty() && all["assumed"] == told["assumed"]);
    for (policy, pattern, words) in [
        ("distribution-3", "v1", "no rules like those are known"),
        ("zot", "(", "unclosed group"),
    ] {
        let ran = stored.run(&["--policy", policy, "--keep-tags", pattern]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[test]
fn patterns_and_standard_input_choose_and_the_list_is_shown() {
    let stored = Stored::new("02-two-tags-del-one", "zot", Format::Zot);
    let target = stored.target();
    let arguments = [
        "impact", &target, "--policy", "zot", "--format", "json", "--delete",
    ];
    let ran = run(regscope()
        .args(arguments)
        .arg("-")
        .write_stdin("# both\nr/a:v1\n\nr/a:v2 # too\n"));
    let both = ["r/a:v1", "r/a:v2"].into_iter().collect();
    assert_eq!(
        texts(&ran.json()["actions"], "reference"),
        both,
        "{}",
        ran.err
    );
    let ran = run(regscope().args(arguments).arg("**:v?"));
    assert_eq!(texts(&ran.json()["actions"], "reference"), both);
    assert!(ran.err.contains("delete-tag r/a:v1"), "{}", ran.err);
    let ran = stored.run(&["--keep-newest", "1", "--format", "json", "--policy", "zot"]);
    assert_eq!(
        texts(&ran.json()["actions"], "reference"),
        ["r/a:v1"].into_iter().collect()
    );
    assert!(ran.err.contains("by version"), "{}", ran.err);
}

#[test]
fn why_tells_paths_and_who_freed_it() {
    let stored = Stored::new("08-index-del-tag", "zot", Format::Zot);
    let layer = stored.case.objects["L1"].digest.to_string();
    let kept = stored.json(&["--policy", "zot", "--why", &layer]);
    assert_eq!(kept["kept"], true);
    assert_eq!(kept["by"][0]["root"], "r/a:v1");
    assert_eq!(kept["by"][0]["path"].as_array().unwrap().len(), 3);
    assert_eq!(kept["references"]["layer"], 1);
    let freed = stored.json(&["--policy", "zot", "--why", &layer, "--delete", "r/a:v1"]);
    assert_eq!(
        (&freed["kept"], &freed["freed_by"][0]),
        (&Value::from(false), &Value::from("r/a:v1"))
    );
    let named = stored.json(&["--policy", "zot", "--why", "r/a:v1"]);
    assert_eq!(named["digest"], stored.case.objects["I"].digest.to_string());
    let words = stored.run(&["--policy", "zot", "--why", &layer]);
    assert!(
        words.out.contains("is kept by 1 path") && words.out.contains("r/a:v1 ›"),
        "{}",
        words.out
    );
}

#[test]
fn what_is_in_use_is_told_and_decides_the_exit_code() {
    let stored = Stored::new("02-two-tags-del-one", "zot", Format::Zot);
    let digest = stored.case.objects["A"].digest;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let used = |path: &str, deletion: &str| {
        let ran = stored.run(&[
            "--policy", "zot", "--delete", deletion, "--in-use", path, "--format", "json",
        ]);
        let document = ran.json();
        (ran.code, document["in_use"].as_array().unwrap().clone())
    };
    let lines = file("lines", "r.example/r/a:v1\nr.example/other:1\n");
    let (code, hurt) = used(&lines, "r/a:v1");
    assert_eq!((code, hurt.len()), (1, 1));
    assert_eq!(hurt[0]["effect"], "pull-fails-at-once");
    assert_eq!(used(&lines, "r/a:v2"), (0, Vec::new()));
    let pods = file(
        "pods.json",
        &format!(
            r#"{{"items":[{{"kind":"Pod","metadata":{{"name":"web","namespace":"default"}},"spec":{{"containers":
            [{{"name":"app","image":"r.example/r/a@{digest}"}}]}}}}]}}"#
        ),
    );
    let (code, hurt) = used(&pods, &format!("r/a@{digest}"));
    assert_eq!(
        (code, &hurt[0]["consumer"]),
        (1, &Value::from("pod default/web, container app"))
    );
    let compose = file("compose.yaml", "services:\n  web:\n    image: r/a:v2\n");
    let (code, hurt) = used(&compose, "r/a:v2");
    assert_eq!(
        (code, &hurt[0]["consumer"]),
        (1, &Value::from("service web"))
    );
    let wrong = file("wrong.json", "{\"a\":1}");
    let ran = stored.run(&["--in-use", &wrong]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("wrong.json") && ran.err.contains("Compose"),
        "{}",
        ran.err
    );
}

#[test]
fn policies_are_listed_with_their_knobs_and_own_ones_with_them() {
    let document = regscope_with(&["policies", "--format", "json"]).json();
    let names = texts(&document, "name");
    assert_eq!(document.as_array().unwrap().len(), 32);
    assert!(names.contains("distribution-2.8-delete-untagged") && names.contains("ideal"));
    for policy in document.as_array().unwrap() {
        for key in ["registry", "version", "evidence"] {
            assert!(policy[key].is_string(), "{policy}");
        }
        assert!(policy["knobs"]["roots"].is_object(), "{policy}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(
        &file,
        "[policies.ours]\nfrom = 'zot'\nguard_child = 'none'\n",
    )
    .unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let document = regscope_with(&[&["policies", "--format", "json"], &config[..]].concat()).json();
    assert!(texts(&document, "name").contains("ours"));
    let stored = Stored::new("12-del-child-of-tagged-index", "zot", Format::Zot);
    let child = stored.at("r/a", "A");
    let ours = [&["--policy", "ours", "--delete", &child], &config[..]].concat();
    assert_eq!(stored.json(&ours)["actions"][0]["result"], "accepted");
    assert_eq!(
        stored.json(&["--policy", "zot", "--delete", &child])["actions"][0]["status"],
        405
    );
    fs::write(&file, "[policies.ours]\nfrom = 'zot'\nguard_kid = 1\n").unwrap();
    let ran = stored.run(&ours);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("config.toml") && ran.err.contains("guard_kid"),
        "{}",
        ran.err
    );
}

#[test]
fn a_plan_is_commands_in_an_order_that_the_registry_takes() {
    let stored = Stored::new("12-del-child-of-tagged-index", "d2", Format::Distribution);
    let (child, index) = (stored.at("r/a", "A"), stored.at("r/a", "I"));
    let plan = |tool: &str, arguments: &[&str]| {
        let ran = stored.run(
            &[
                &["--policy", "distribution-2.8", "--commands", tool],
                arguments,
            ]
            .concat(),
        );
        let lines = ran.out.lines().filter(|line| !line.starts_with('#'));
        (
            lines.map(str::to_owned).collect::<Vec<_>>(),
            ran.out.clone(),
        )
    };
    let (lines, _) = plan("crane", &["--delete", &child, "--delete", &index]);
    assert_eq!(
        lines,
        [
            format!("crane delete REGISTRY/{index}"),
            format!("crane delete REGISTRY/{child}")
        ]
    );
    let (lines, text) = plan("regctl", &["--delete", "r/a:v1"]);
    assert_eq!(lines, ["regctl tag delete REGISTRY/r/a:v1"]);
    assert!(
        text.contains("empty manifest") && text.contains("garbage-collect"),
        "{text}"
    );
    let (lines, text) = plan("skopeo", &["--delete", "r/a:v1"]);
    assert_eq!(lines, [format!("skopeo delete docker://REGISTRY/{index}")]);
    assert!(text.contains("by its digest"), "{text}");
    let both = Stored::new("02-two-tags-del-one", "d2", Format::Distribution);
    let ran = both.run(&[
        "--policy",
        "distribution-2.8",
        "--commands",
        "crane",
        "--delete",
        "r/a:v1",
    ]);
    assert!(ran.out.contains("v2 would go with it"), "{}", ran.out);
}

#[test]
fn the_words_for_people() {
    let stored = Stored::new("17-referrer-subject-del-digest", "zot", Format::Zot);
    let ran = stored.run(&["--policy", "zot", "--delete", &stored.at("r/a", "S")]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

#[test]
#[ignore = "needs the collection that REGSCOPE_CORPUS names"]
fn every_preset_is_asked_about_everything_in_the_real_storages() {
    use regscope::insight::impact::{Action, Laboratory, Simulator, presets};
    use regscope::session::impact::of_storage;
    use regscope::source::{Limits, storage::Storage};

    let corpus = corpus();
    for name in ["distribution-2.8", "zot"] {
        let folder = corpus.join("real/storage").join(name);
        let view = Storage::open(Path::new(&folder), &Limits::default())
            .unwrap()
            .view();
        let stock = of_storage(&view).unwrap();
        let inventory = stock.inventory;
        let mut actions = Vec::new();
        for (id, repository) in inventory.repositories() {
            actions.extend(inventory.tags(id).map(|(tag, _)| Action::DeleteTag {
                repository: repository.to_owned(),
                tag: tag.to_owned(),
            }));
            actions.extend(inventory.held(id).map(|object| Action::DeleteManifest {
                repository: repository.to_owned(),
                digest: *inventory.digest(object),
            }));
        }
        assert!(actions.len() > 50, "{name}: only {} actions", actions.len());
        for policy in presets() {
            let laboratory = Laboratory::new(inventory.clone(), &policy);
            let simulator = Simulator::new(inventory.clone(), policy.clone());
            for action in &actions {
                let answer = simulator.simulate(std::slice::from_ref(action), &[]);
                let mut simulation = laboratory.simulation();
                let before = simulation.clone();
                simulation.apply(action);
                simulation.settle();
                simulation.collect();
                let scope_of = |repository: &str| {
                    if simulation.has_one_store() {
                        "*".to_owned()
                    } else {
                        repository.to_owned()
                    }
                };
                let (mut freed, mut all) = (BTreeSet::new(), BTreeSet::new());
                for (id, repository) in inventory.repositories() {
                    for object in inventory.held(id) {
                        let key = (scope_of(repository), inventory.digest(object).to_string());
                        if before.is_stored(id, object) {
                            all.insert(key.clone());
                            if !simulation.is_stored(id, object) {
                                freed.insert(key);
                            }
                        }
                    }
                }
                let told: BTreeSet<(String, String)> = answer
                    .objects_freed
                    .iter()
                    .map(|freed| (freed.scope.to_string(), freed.digest.to_string()))
                    .collect();
                let held: BTreeSet<_> = told.intersection(&all).cloned().collect();
                assert_eq!(held, freed, "{name}, {}, {action}", policy.name);
                let sum: u64 = answer.objects_freed.iter().map(|freed| freed.size).sum();
                assert_eq!(sum, answer.freed_bytes, "{name}, {}, {action}", policy.name);
            }
        }
    }
}

#[test]
fn referrers_that_the_depth_left_out_are_told_as_not_seen() {
    let reasons = |more: &[&str]| {
        let asked = [
            "impact",
            "demo",
            "--format",
            "json",
            "--delete",
            "team/app:*",
        ];
        let answer = regscope_with(&[&asked[..], more].concat()).json();
        answer["partial_reasons"].to_string()
    };
    let told = reasons(&["--depth", "3"]);
    assert!(told.contains("referrers"), "{told}");
    let told = reasons(&[]);
    assert!(!told.contains("referrers"), "{told}");
}

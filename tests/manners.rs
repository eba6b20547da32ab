//! What a person needs around the answers: the configuration in force, the manual, and completions.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

mod support {
    pub mod binary;
    pub mod independent;
}

use std::fs;

use support::binary::regscope_with;

#[test]
fn the_configuration_tells_where_each_value_is_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(
        &file,
        "pinned = ['demo']\n[limits]\nlist_bytes = '64 MiB'\npages = 7\n[policies.ours]\nfrom = 'zot'\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let ran = regscope_with(&["config", "--config", file, "--timeout", "90"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = |key: &str| {
        let begins = format!("{key} = ");
        let found = ran.out.lines().find(|line| line.starts_with(&begins));
        found.unwrap_or_else(|| panic!("no {key} in\n{}", ran.out))
    };
    assert!(ran.out.contains(file), "{}", ran.out);
    for (key, value, from) in [
        ("pinned", "[\"demo\"]", "from the file"),
        ("list_bytes", "\"64 MiB\"", "from the file"),
        ("pages", "7", "from the file"),
        ("idle", "90", "from the command line"),
        ("connect", "10", "as it comes"),
        ("whole", "90", "from the command line"),
        ("depth", "64", "as it comes"),
    ] {
        let line = line(key);
        assert!(
            line.starts_with(&format!("{key} = {value} ")) && line.ends_with(from),
            "{line}"
        );
    }
    assert!(ran.out.contains("[policies.ours]"), "{}", ran.out);
}

#[test]
fn the_configuration_that_is_printed_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.toml");
    fs::write(&empty, "").unwrap();
    let printed = regscope_with(&["config", "--config", empty.to_str().unwrap()]);
    let again = folder.path().join("again.toml");
    fs::write(&again, &printed.out).unwrap();
    let document = |file: &std::path::Path| {
        let file = file.to_str().unwrap();
        let document = regscope_with(&["config", "--config", file, "--format", "json"]).json();
        let settings = document["settings"].as_array().unwrap().clone();
        let values = settings
            .iter()
            .map(|one| (one["key"].clone(), one["value"].clone()));
        values.collect::<Vec<_>>()
    };
    assert_eq!(document(&empty), document(&again));
    assert_eq!(document(&empty).len(), 19);
}

#[test]
fn the_manual_and_the_completions_name_every_command() {
    let manual = regscope_with(&["man"]).out;
    let completions = regscope_with(&["completions", "bash"]).out;
    for command in ["tree", "impact", "policies", "cache", "config"] {
        assert!(
            manual.contains(&format!("regscope\\-{command}")),
            "{command}"
        );
        assert!(completions.contains(command), "{command}");
    }
    assert_eq!(regscope_with(&["completions", "cmd"]).code, 2);
}

#[test]
fn the_long_help_has_lines_that_work() {
    let help = regscope_with(&["--help"]).out;
    let lines: Vec<_> = help
        .lines()
        .filter_map(|line| line.strip_prefix("      regscope "))
        .collect();
    assert!(lines.len() >= 8, "{help}");
    // Those that name nothing outside of this machine are run as they stand.
    let tree = lines.iter().any(|line| line.starts_with("tree "));
    assert!(tree && lines.contains(&"demo"), "{lines:?}");
    for line in lines {
        let words: Vec<_> = line
            .split_whitespace()
            .take_while(|word| *word != "|")
            .collect();
        let words: Vec<_> = words.iter().map(|word| word.trim_matches('\'')).collect();
        let ran = regscope_with(&[&words[..], &["--timeout", "x"]].concat());
        // The one thing that is wrong with it is the flag that was put behind it.
        assert!(
            ran.code == 2 && ran.err.contains("--timeout"),
            "{line}: {}",
            ran.err
        );
    }
}

//! Holds the imports of `src/` to the rooms: data moves one way, and a room knows only what it may.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test stops where its ground is not as it thinks"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms of this crate a room may import; everything else fails. The table of `ARCHITECTURE.md`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("oci", &[]),
    ("content", &["oci"]),
    ("graph", &["oci"]),
    ("evidence", &["oci"]),
    ("insight", &["graph", "evidence", "content", "oci"]),
    ("source", &["oci"]),
    ("crawl", &["source", "graph", "content", "oci"]),
    ("export", &["content", "graph", "insight", "oci"]),
    (
        "session",
        &["source", "crawl", "graph", "content", "insight", "oci"],
    ),
    ("config", &["oci", "insight", "source"]),
    (
        "tui",
        &[
            "cli", "config", "content", "crawl", "evidence", "export", "graph", "insight", "oci",
            "session", "source",
        ],
    ),
    (
        "cli",
        &[
            "config", "content", "crawl", "evidence", "export", "graph", "insight", "oci",
            "session", "source", "tui",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// What the pure rooms must not name: I/O, time, tasks, the network.
const IMPURE: &[&str] = &[
    "tokio",
    "reqwest",
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::process",
    "std::env",
    "Instant::now",
    "SystemTime",
    "std::io",
    "crossterm",
    "ratatui",
    "std::thread",
];
const PURE: &[&str] = &["oci", "graph", "evidence", "insight", "content", "export"];

fn sources() -> Vec<(String, PathBuf, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path)
            {
                let inside = path.strip_prefix(&top).unwrap();
                let room = inside
                    .components()
                    .next()
                    .unwrap()
                    .as_os_str()
                    .to_string_lossy();
                let room = room.trim_end_matches(".rs").to_owned();
                let text = fs::read_to_string(&path).unwrap();
                files.push((room, path.clone(), code_of(&text)));
            }
        }
    }
    files
}

/// Whether a file is a module of tests or what only tests use.
fn is_test(path: &Path) -> bool {
    let stem = path.file_stem().unwrap().to_string_lossy();
    ["tests", "laws", "fixture"].contains(&&*stem) || stem.ends_with("_tests")
}

/// The text without comments and without the tests at its end.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rooms that a text names after `crate::` or, in the binary, `regscope::`, braces included.
fn imported(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for prefix in ["crate::", "regscope::"] {
        for (at, _) in code.match_indices(prefix) {
            let rest = &code[at + prefix.len()..];
            let names = match rest.strip_prefix('{') {
                Some(list) => list
                    .split('}')
                    .next()
                    .unwrap()
                    .split(',')
                    .map(str::trim)
                    .collect(),
                None => vec![rest],
            };
            for name in names {
                let end = name
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(name.len());
                rooms.push(name[..end].to_owned());
            }
        }
    }
    // A file in a room's root says `super::super`; that leaves the room too.
    rooms
}

#[test]
fn every_room_imports_only_what_it_may() {
    let allowed: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for (room, path, code) in sources() {
        let Some(allowed) = allowed.get(room.as_str()) else {
            wrong.push(format!(
                "{}: the room `{room}` is not in the table",
                path.display()
            ));
            continue;
        };
        for import in imported(&code) {
            if import != room && !allowed.contains(&import.as_str()) {
                wrong.push(format!(
                    "{}: `{room}` may not import `{import}`",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pure_rooms_do_no_io_and_read_no_clock() {
    let mut wrong = Vec::new();
    for (room, path, code) in sources() {
        if PURE.contains(&room.as_str()) {
            for name in IMPURE.iter().filter(|name| code.contains(**name)) {
                wrong.push(format!("{}: `{room}` names `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_crawl_knows_of_the_graph_only_its_facts() {
    for (room, path, code) in sources() {
        if room == "crawl" {
            assert!(!code.contains("graph::Graph"), "{}", path.display());
        }
    }
}

#[test]
fn every_room_is_named_in_the_architecture() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (room, path, _) in sources() {
        assert!(
            text.contains(&format!("`{room}")),
            "{} is in no room of ARCHITECTURE.md",
            path.display()
        );
    }
}

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
    ("content", &["evidence", "oci"]),
    ("graph", &["oci"]),
    ("evidence", &["oci"]),
    ("insight", &["graph", "evidence", "content", "oci", "words"]),
    ("source", &["oci"]),
    ("crawl", &["source", "graph", "content", "oci"]),
    (
        "export",
        &["content", "evidence", "graph", "insight", "oci", "words"],
    ),
    (
        "session",
        &[
            "source", "crawl", "graph", "content", "evidence", "insight", "oci", "words",
        ],
    ),
    ("config", &["oci", "evidence", "insight", "source"]),
    (
        "tui",
        &[
            "cli", "config", "content", "crawl", "evidence", "export", "graph", "insight", "oci",
            "session", "source", "words",
        ],
    ),
    (
        "cli",
        &[
            "config", "content", "crawl", "evidence", "export", "graph", "insight", "oci",
            "session", "source", "tui", "words",
        ],
    ),
    ("words", &["oci"]),
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
    // Reading from bytes in memory is none: gzip and tar are read so.
    "io::stdin",
    "io::stdout",
    "io::stderr",
    "crossterm",
    "ratatui",
    "std::thread",
];
const PURE: &[&str] = &[
    "oci", "graph", "evidence", "insight", "content", "export", "words",
];

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
    let is_in_tests = path
        .parent()
        .is_some_and(|folder| folder.ends_with("tests"));
    is_in_tests || ["tests", "laws", "fixture"].contains(&&*stem) || stem.ends_with("_tests")
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

/// Which rooms of the impact engine a room of it may import.
const IMPACT_MAY_IMPORT: &[(&str, &[&str])] = &[
    ("inventory", &[]),
    ("policy", &["inventory"]),
    ("request", &["inventory"]),
    ("engine", &["inventory", "policy", "request"]),
    ("answer", &["inventory", "policy", "request", "engine"]),
];

/// Every path that the `use` lines of a text import, groups taken apart: `use a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn imports_of(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for statement in code.split(';') {
        let text = statement.rsplit('\n').collect::<Vec<_>>();
        let begin = text.iter().position(|line| {
            let line = line.trim_start();
            line.starts_with("use ") || line.starts_with("pub use ") || line.contains(") use ")
        });
        let Some(begin) = begin else { continue };
        let whole: String = text[..=begin]
            .iter()
            .rev()
            .map(|line| line.trim())
            .collect();
        let tree = whole.split_once("use ").unwrap().1;
        let mut stack = vec![String::new()];
        let mut word = String::new();
        for c in tree.chars().filter(|c| !c.is_whitespace()).chain([',']) {
            match c {
                '{' => {
                    let prefix = format!("{}{word}", stack.last().unwrap());
                    stack.push(prefix);
                    word.clear();
                }
                ',' | '}' => {
                    if !word.is_empty() {
                        paths.push(format!("{}{word}", stack.last().unwrap()));
                        word.clear();
                    }
                    if c == '}' {
                        stack.pop();
                    }
                }
                _ => word.push(c),
            }
        }
    }
    paths
}

/// The room of the impact engine that a path names, from a file `depth` folders below `impact/`.
fn impact_room(path: &str, depth: usize) -> Option<String> {
    let rest = path
        .strip_prefix("crate::insight::impact::")
        .or_else(|| path.strip_prefix("regscope::insight::impact::"))
        .or_else(|| path.strip_prefix(&"super::".repeat(depth + 1)))?;
    Some(rest.split("::").next().unwrap().to_owned())
}

#[test]
fn the_rooms_of_the_impact_engine_import_in_one_direction() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/insight/impact");
    let allowed: BTreeMap<_, _> = IMPACT_MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (_, path, code) in sources() {
        let Ok(inside) = path.strip_prefix(&top) else {
            continue;
        };
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        if parts.len() == 1 {
            assert_eq!(parts[0], "mod.rs", "{} is in no room", path.display());
            continue;
        }
        let Some(allowed) = allowed.get(&*parts[0]) else {
            wrong.push(format!("{}: the room is not in the table", path.display()));
            continue;
        };
        // `super` of a folder's `mod.rs` is the folder above.
        let depth =
            parts.len() - 1 - usize::from(parts.last().is_some_and(|name| name == "mod.rs"));
        for import in imports_of(&code) {
            seen += 1;
            let Some(room) = impact_room(&import, depth) else {
                continue;
            };
            if room != parts[0] && !allowed.contains(&&*room) {
                wrong.push(format!(
                    "{}: `{}` may not import `{import}`",
                    path.display(),
                    parts[0]
                ));
            }
        }
    }
    assert!(seen > 100, "only {seen} imports were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_grouped_import_is_taken_apart() {
    let code = "use crate::insight::{impact::answer::{self, Answer}, marks};\nfn a() {}\npub(crate) use b::C;";
    let paths = imports_of(code);
    assert_eq!(
        paths,
        [
            "crate::insight::impact::answer::self",
            "crate::insight::impact::answer::Answer",
            "crate::insight::marks",
            "b::C"
        ]
    );
    assert_eq!(impact_room(&paths[1], 1).as_deref(), Some("answer"));
    assert_eq!(
        impact_room("super::super::policy::Guard", 1).as_deref(),
        Some("policy")
    );
    assert_eq!(impact_room("super::policy::Guard", 1), None);
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

/// What a part of the screen may not import: drawing and changing know panes, and panes know neither.
const SCREEN_MAY_NOT: &[(&str, &[&str])] = &[
    ("panes/", &["update", "view", "app"]),
    ("update/", &["view", "app"]),
    ("view.rs", &["update", "app"]),
    ("bars.rs", &["update", "view", "app"]),
    ("layout.rs", &["update", "view", "app", "panes", "pane"]),
    ("tree/", &["update", "view", "app", "panes", "model"]),
    ("details/", &["update", "view", "app", "panes", "model"]),
    ("theme.rs", &["update", "view", "app", "panes", "model"]),
    ("keys/", &["update", "view", "app", "panes"]),
];

#[test]
fn drawing_and_changing_the_screen_do_not_import_each_other() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui");
    let mut wrong = Vec::new();
    for (room, path, code) in sources() {
        let inside = path.strip_prefix(&top).unwrap_or(Path::new(""));
        let inside = inside.to_string_lossy();
        let rule = SCREEN_MAY_NOT
            .iter()
            .find(|(part, _)| inside.starts_with(part));
        let Some((_, refused)) = rule.filter(|_| room == "tui") else {
            continue;
        };
        let depth = inside.matches('/').count();
        for import in imports_of(&code) {
            // From the screen's own folder `super` is `crate::tui` as well.
            let up = "super::".repeat(depth + usize::from(!inside.ends_with("mod.rs")));
            let part = import
                .strip_prefix("crate::tui::")
                .or_else(|| import.strip_prefix(&up).filter(|_| !up.is_empty()));
            let part = part.and_then(|part| part.split("::").next());
            if part.is_some_and(|part| refused.contains(&part)) {
                wrong.push(format!("{inside}: may not import {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

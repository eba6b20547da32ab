//! The binary as a person or a program uses it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test file takes its part of this"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

use super::independent::{Key, Node, Reading, Ways};

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }
}

/// The binary, without anything of this machine: no proxies, no credentials, no cache.
pub fn regscope() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regscope"));
    command.env_clear().timeout(Duration::from_secs(120));
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("HOME", "/home/nobody-at-all")
        .env("XDG_CACHE_HOME", "/dev/null/no-cache");
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the binary with these arguments.
pub fn regscope_with(arguments: &[&str]) -> Ran {
    run(regscope().args(arguments))
}

/// The document of `tree TARGET --format json`, of a target that can be read whole.
pub fn tree(target: &str, more: &[&str]) -> Value {
    let ran = regscope_with(&[&["tree", target, "--format", "json"], more].concat());
    assert_eq!(ran.code, 0, "{target}: {}", ran.err);
    ran.json()
}

/// What a document shows of one repository.
pub fn shown(document: &Value, repository: &str) -> Reading {
    let mut reading = Reading::default();
    let mut keys: BTreeMap<u64, Key> = BTreeMap::new();
    for node in document["nodes"].as_array().unwrap() {
        let name = node["name"].as_str().unwrap_or_default();
        let key = match node["kind"].as_str().unwrap() {
            _ if node["repository"] != repository => continue,
            "repository" => String::new(),
            "tag" => format!(":{name}"),
            _ => node["digest"].as_str().unwrap().to_owned(),
        };
        let found = Node {
            kind: node["kind"].as_str().unwrap().to_owned(),
            size: node["size"].as_u64(),
            state: node["state"].as_str().unwrap().to_owned(),
        };
        keys.insert(node["id"].as_u64().unwrap(), key.clone());
        assert!(
            reading.nodes.insert(key.clone(), found).is_none(),
            "{key} stands twice"
        );
    }
    let key = |value: &Value| keys.get(&value.as_u64().unwrap()).cloned();
    for edge in document["edges"].as_array().unwrap() {
        if let (Some(from), Some(to)) = (key(&edge["from"]), key(&edge["to"])) {
            let ways: Ways = edge["found_by"]
                .as_array()
                .unwrap()
                .iter()
                .map(|way| way.as_str().unwrap().to_owned())
                .collect();
            let end = (from, to, edge["kind"].as_str().unwrap().to_owned());
            assert!(
                reading.edges.insert(end.clone(), ways).is_none(),
                "{end:?} stands twice"
            );
        }
    }
    for hole in document["coverage"]["holes"].as_array().unwrap() {
        if let Some(node) = key(&hole["node"]) {
            reading
                .holes
                .insert((node, hole["state"].as_str().unwrap().to_owned()));
        }
    }
    for asked in document["coverage"]["asked"].as_array().unwrap() {
        if let Some(node) = key(&asked["node"]).filter(|_| asked["what"] == "referrers") {
            reading.asked.insert(node, asked["answer"] == "some");
        }
    }
    reading
}

/// What one reading has and the other lacks, one line each.
pub fn differences(expected: &Reading, actual: &Reading) -> Vec<String> {
    let mut lines = Vec::new();
    compare("node", &expected.nodes, &actual.nodes, &mut lines);
    compare("edge", &expected.edges, &actual.edges, &mut lines);
    compare("referrers of", &expected.asked, &actual.asked, &mut lines);
    let holes = |reading: &Reading| reading.holes.iter().cloned().collect::<BTreeMap<_, _>>();
    compare("hole at", &holes(expected), &holes(actual), &mut lines);
    lines
}

fn compare<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &BTreeMap<K, V>,
    actual: &BTreeMap<K, V>,
    lines: &mut Vec<String>,
) {
    for (key, value) in expected {
        match actual.get(key) {
            None => lines.push(format!("{what} {key:?} is missing: {value:?}")),
            Some(other) if other != value => {
                lines.push(format!("{what} {key:?} is {other:?}, not {value:?}"));
            }
            Some(_) => {}
        }
    }
    for (key, value) in actual.iter().filter(|(key, _)| !expected.contains_key(key)) {
        lines.push(format!("{what} {key:?} is too many: {value:?}"));
    }
}

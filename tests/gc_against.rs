//! Fresh random graphs against a registry that is running, to hold a preset to it: whoever has a registry can check what
//! is predicted of it.
//!
//! ```text
//! cargo test --test gc_against -- --against zot=127.0.0.1:5000
//!     [--seeds 20 | --seeds 100-120]   how many graphs, or which
//!     [--collect COMMAND]              what collects; when it ends the registry serves again at the same port
//!     [--wait SECONDS]                 for a registry that collects by itself: how long until it has
//!     [--verbose]
//! ```
//!
//! Graphs are pushed over plain HTTP on this machine, into repositories of their own (`against-…/`), and stay there: use
//! a registry that you can throw away, for all of it is read. Deletion has to be switched on. `regscope impact` predicts
//! as a client, then the actions are done. How the registry takes each is compared; with `--collect` or `--wait` also
//! which manifests and tags are left then. Exit 1 where anything differs from what was predicted, but for what the
//! answer itself says that it cannot see.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    dead_code,
    unreachable_pub,
    reason = "a command that ends where its ground is not as it thinks; it takes its part of what gc_live is made of"
)]

#[path = "support/binary.rs"]
mod binary;
#[path = "gc_live/client.rs"]
mod client;
#[path = "gc_live/expected.rs"]
mod expected;
#[path = "gc_live/graph.rs"]
mod graph;
#[path = "gc_live/http.rs"]
mod http;
#[path = "support/independent.rs"]
mod independent;
#[path = "gc_live/perform.rs"]
mod perform;
#[path = "gc_live/random.rs"]
mod random;
#[path = "gc_live/seen.rs"]
mod seen;
#[path = "gc_live/simulate.rs"]
mod simulate;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use client::{Visible, misjudged};
use expected::Observed;
use graph::{Graph, Step};
use http::Http;
use perform::{Performer, Taken};
use seen::Seen;
use serde_json::{Value, json};

const USAGE: &str = "cargo test --test gc_against -- --against POLICY=127.0.0.1:PORT [--seeds N|FROM-TO] \
    [--collect COMMAND | --wait SECONDS] [--verbose]";

/// What was asked for.
#[derive(Default)]
struct Asked {
    policy: String,
    port: u16,
    seeds: Vec<u64>,
    collect: Option<String>,
    wait: Option<Duration>,
    is_verbose: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|word| word == "--against") {
        // `cargo test` runs every test file; this one needs a registry.
        println!("a registry to run against is needed: {USAGE}");
        println!("test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        return ExitCode::SUCCESS;
    }
    match asked(&arguments) {
        Ok(asked) => run(&asked),
        Err(words) => {
            eprintln!("{words}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn asked(arguments: &[String]) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let mut words = arguments.iter();
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let first = began.as_secs() % 1_000_000 * 1000;
    asked.seeds = (first..first + 20).collect();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let number = |text: &str| {
            let number = text.trim().parse::<u64>();
            number.map_err(|_| format!("`{text}` is no number"))
        };
        match word.as_str() {
            "--against" => {
                let text = value()?;
                let (policy, port) = text
                    .split_once("=127.0.0.1:")
                    .ok_or("--against takes POLICY=127.0.0.1:PORT, a registry on this machine")?;
                policy.clone_into(&mut asked.policy);
                asked.port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
            }
            "--seeds" => {
                let text = value()?;
                asked.seeds = match text.split_once('-') {
                    Some((from, to)) => (number(from)?..=number(to)?).collect(),
                    None => (first..first + number(text)?).collect(),
                };
            }
            "--collect" => asked.collect = Some(value()?.clone()),
            "--wait" => asked.wait = Some(Duration::from_secs(number(value()?)?)),
            "--verbose" => asked.is_verbose = true,
            // What `cargo test` adds, or CI gives to every test.
            "--include-ignored" | "--nocapture" => {}
            other => return Err(format!("{other} is no option")),
        }
    }
    Ok(asked)
}

fn run(asked: &Asked) -> ExitCode {
    let mut failed = Vec::new();
    for seed in &asked.seeds {
        let told = AssertUnwindSafe(|| one(asked, *seed));
        let wrong = catch_unwind(told).unwrap_or_else(|_| vec!["ended early, see above".into()]);
        if !wrong.is_empty() {
            println!("seed {seed}:\n  {}", wrong.join("\n  "));
            failed.push(*seed);
        }
    }
    let compared = if asked.collect.is_some() || asked.wait.is_some() {
        "how the actions were taken, and what was left after the collection"
    } else {
        "how the actions were taken alone (--collect or --wait compare what is left, too)"
    };
    let (all, bad) = (asked.seeds.len(), failed.len());
    println!("{} as {}: {compared}", asked.port, asked.policy);
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "test result: {word}. {} passed; {bad} failed; 0 ignored; 0 measured; 0 filtered out",
        all - bad
    );
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("seeds that differ: {failed:?}");
    ExitCode::FAILURE
}

/// The graph of a seed, in repositories that nobody else has.
fn graph_of(seed: u64) -> Graph {
    let mut graph = Graph::of(seed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    for name in &mut graph.repositories {
        *name = format!("against-{seed}-{}/{name}", now.as_millis() % 100_000_000);
    }
    // Nobody collects in between, and a blob that lost its link is nothing that every registry has.
    graph
        .history
        .retain(|step| !matches!(step, Step::Collect { .. } | Step::DeleteBlob { .. }));
    graph
}

/// Pushes, predicts, acts, collects, compares; returns what was predicted wrongly.
fn one(asked: &Asked, seed: u64) -> Vec<String> {
    let graph = &graph_of(seed);
    if asked.is_verbose {
        println!("{graph}");
    }
    let mut http = Http::connect(asked.port).unwrap();
    for step in &graph.history {
        let http = &mut http;
        Performer { graph, http }.prepare(step);
    }
    let nowhere = Path::new("/nowhere");
    let before = Seen::of(graph, &mut http, nowhere, true);
    let visible = Visible::of(graph, &before, &mut http);
    let target = format!("127.0.0.1:{}/", asked.port);
    let predicted = simulate::simulate(&target, &asked.policy, graph);
    if asked.is_verbose {
        println!("{}\n{}", predicted.line, predicted.said);
    }
    let mut http = Http::connect(asked.port).unwrap();
    let taken: Vec<Taken> = {
        let http = &mut http;
        let mut performer = Performer { graph, http };
        let actions = graph.actions.iter();
        actions.map(|step| performer.act(step)).collect()
    };
    let mut answer = predicted.answer;
    let is_collected = collect(asked);
    let after = if is_collected {
        let mut http = Http::connect(asked.port).unwrap();
        Seen::of(graph, &mut http, nowhere, true)
    } else {
        before.clone()
    };
    forget(&mut answer, is_collected);
    let observed = Observed {
        graph,
        before: &before,
        after: &after,
        // What would have gone without the actions nobody knows; causes are not compared.
        base: &after,
        taken: &taken,
        aborted: !answer["aborted"].is_null(),
    };
    misjudged(&observed, &visible, &answer, true)
}

/// Has the registry collected; false where nobody said how.
fn collect(asked: &Asked) -> bool {
    if let Some(command) = &asked.collect {
        let status = Command::new("sh").args(["-c", command]).status().unwrap();
        assert!(status.success(), "`{command}` failed");
    }
    if let Some(wait) = asked.wait {
        // It collects when it wants to: nothing that could be waited for tells.
        std::thread::sleep(wait);
    }
    asked.collect.is_some() || asked.wait.is_some()
}

/// Leaves out of an answer what nobody can see over HTTP: what is in the store; and without a collection what is left
/// after one. What other content of the registry goes was not done by this graph.
fn forget(answer: &mut Value, is_collected: bool) {
    answer["objects_freed"] = json!([]);
    let lists = [
        "manifests_gone",
        "tags_gone",
        "dangling_referrers",
        "unlisted",
        "broken",
    ];
    for list in lists {
        let rows = answer[list].as_array().cloned().unwrap_or_default();
        let is_ours = |row: &Value| {
            let name = row["repository"].as_str().unwrap_or_default();
            is_collected && name.starts_with("against-")
        };
        answer[list] = rows.into_iter().filter(is_ours).collect();
    }
}

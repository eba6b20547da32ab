//! Random graphs against the real collectors: pushed, deleted from, collected, and compared with what was predicted.
//!
//! Needs Debian's `docker-registry` 2.8 and distribution's `registry` 3 on PATH, so it runs where it is asked for:
//!
//! ```text
//! cargo test --test gc_live -- --include-ignored                                            seeds 1 to 50
//! REGSCOPE_GC_SEEDS=1000-2000 cargo test --release --test gc_live -- --include-ignored      those seeds
//! REGSCOPE_GC_SEEDS=200 cargo test --release --test gc_live -- --include-ignored            so many fresh ones
//! REGSCOPE_GC_SEED=17 cargo test --test gc_live -- --include-ignored --nocapture   one, with all there is to say
//! ```
//!
//! A graph is pushed once to each registry over plain HTTP. Its storage is copied before the actions, and predicted from;
//! a client predicts from the live registry. Then the actions are done, and copies are collected with and without
//! deletion of what is untagged, as is a copy from before the actions: that tells what goes `anyway`. What is left is
//! asked of the registry, started again. The real registry is always right.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "clippy allows the first two in test functions, and not in their helpers; the parts of a test are nobody's \
        interface"
)]

#[path = "support/binary.rs"]
mod binary;
#[path = "gc_live/client.rs"]
mod client;
#[path = "gc_live/damaged.rs"]
mod damaged;
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
#[path = "gc_live/server.rs"]
mod server;
#[path = "gc_live/simulate.rs"]
mod simulate;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use client::{Visible, misjudged};
use expected::{Observed, Outcome, differences, is_of_one_store, predicted, with_names};
use graph::{Graph, Step};
use perform::{Performer, Taken};
use seen::Seen;
use server::{DISTRIBUTION, DOCKER_REGISTRY, Program, Server};
use simulate::{Predicted, simulate};
use tempfile::TempDir;

#[test]
#[ignore = "needs real registries on PATH"]
fn docker_registry_2_8_does_what_was_foretold() {
    run(&DOCKER_REGISTRY);
}

#[test]
#[ignore = "needs real registries on PATH"]
fn distribution_3_does_what_was_foretold() {
    run(&DISTRIBUTION);
}

#[test]
#[ignore = "needs real registries on PATH"]
fn docker_registry_2_8_does_with_damaged_storages_what_was_foretold() {
    run_damaged(&DOCKER_REGISTRY);
}

#[test]
#[ignore = "needs real registries on PATH"]
fn distribution_3_does_with_damaged_storages_what_was_foretold() {
    run_damaged(&DISTRIBUTION);
}

/// How many storages are damaged where nothing says how many.
const DAMAGED: usize = 20;

/// Which seeds, and whether one is to be told of at length.
fn seeds() -> (Vec<u64>, bool) {
    let number = |text: &str| text.trim().parse::<u64>().unwrap();
    if let Ok(seed) = std::env::var("REGSCOPE_GC_SEED") {
        return (vec![number(&seed)], true);
    }
    let seeds = match std::env::var("REGSCOPE_GC_SEEDS") {
        Err(_) => (1..=50).collect(),
        Ok(said) => {
            let range = said.split_once('-').or_else(|| said.split_once(".."));
            if let Some((from, to)) = range {
                (number(from)..=number(to)).collect()
            } else {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                let from = now.as_secs() % 1_000_000 * 1000;
                (from..from + number(&said)).collect()
            }
        }
    };
    (seeds, false)
}

fn run(program: &Program) {
    program.is_installed().unwrap();
    let (seeds, is_verbose) = seeds();
    let began = Instant::now();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut failed = Vec::new();
    for seed in &seeds {
        // A registry that does something unheard of should cost one seed, not the run.
        let told = AssertUnwindSafe(|| one(program, *seed, is_verbose, &mut counts));
        let wrong = catch_unwind(told).unwrap_or_else(|_| vec!["ended early, see above".into()]);
        if !wrong.is_empty() {
            println!("{} seed {seed}:\n  {}", program.name, wrong.join("\n  "));
            failed.push(*seed);
        }
    }
    println!(
        "{}: {} graphs, {} ms each",
        program.name,
        seeds.len(),
        began.elapsed().as_millis() / u128::try_from(seeds.len().max(1)).unwrap()
    );
    for (what, count) in &counts {
        println!("  {count:5} {what}");
    }
    assert!(
        failed.is_empty(),
        "{} of {} graphs of {} were predicted wrongly: seeds {failed:?}; \
        REGSCOPE_GC_SEED={} cargo test --test gc_live -- --include-ignored --nocapture",
        failed.len(),
        seeds.len(),
        program.name,
        failed[0]
    );
}

/// Without a registry: storages are written out, damaged and collected.
fn run_damaged(program: &Program) {
    program.is_installed().unwrap();
    let (mut seeds, is_verbose) = seeds();
    if std::env::var_os("REGSCOPE_GC_SEEDS").is_none() {
        // Most of the time goes into copies; what these do not meet, a longer run has met.
        seeds.truncate(DAMAGED);
    }
    let mut failed = Vec::new();
    for seed in seeds {
        let wrong = damaged::judge(program, seed, is_verbose);
        if !wrong.is_empty() {
            println!("{} seed {seed}:\n  {}", program.name, wrong.join("\n  "));
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "{}: seeds {failed:?}", program.name);
}

/// One graph at one registry, from the first push to the last action.
struct Course<'a> {
    program: &'a Program,
    graph: &'a Graph,
    folder: TempDir,
    is_verbose: bool,
    /// Whether the registry is asked for what it has no link to, as well.
    asks_all: bool,
    before: Seen,
    visible: Visible,
    /// By a client, under each policy of the program.
    by_client: [Predicted; 2],
    taken: Vec<Taken>,
}

/// Pushes, predicts, acts, collects, compares; returns what was predicted wrongly.
fn one(
    program: &Program,
    seed: u64,
    is_verbose: bool,
    counts: &mut BTreeMap<String, usize>,
) -> Vec<String> {
    let graph = Graph::of(seed);
    if is_verbose {
        println!("{graph}");
    }
    let course = Course::run(
        program,
        &graph,
        is_verbose,
        is_verbose || seed.is_multiple_of(10),
    );
    let mut wrong = course.judge(false, counts);
    wrong.extend(course.judge(true, counts));
    wrong
}

impl<'a> Course<'a> {
    fn run(program: &'a Program, graph: &'a Graph, is_verbose: bool, asks_all: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let live = folder.path().join("live");
        let mut server = Server::start(program, &live);
        for step in &graph.history {
            if let Step::Collect { untagged } = step {
                server.stop();
                program.collect(&live, *untagged);
                server = Server::start(program, &live);
            } else {
                let http = &mut server.http;
                Performer { graph, http }.prepare(step);
            }
        }
        let before = Seen::of(graph, &mut server.http, &live, asks_all);
        let visible = Visible::of(graph, &before, &mut server.http);
        let target = format!("127.0.0.1:{}/", server.port);
        let by_client = program
            .policies
            .map(|policy| simulate(&target, policy, graph));
        server.stop();
        server::copy(&live, &folder.path().join("before"));

        let mut server = Server::start(program, &live);
        let http = &mut server.http;
        let mut performer = Performer { graph, http };
        let actions = graph.actions.iter();
        let taken = actions.map(|step| performer.act(step)).collect();
        server.stop();
        Self {
            program,
            graph,
            folder,
            is_verbose,
            asks_all,
            before,
            visible,
            by_client,
            taken,
        }
    }

    /// Collects, with `-m` if `untagged`, and compares.
    fn judge(&self, untagged: bool, counts: &mut BTreeMap<String, usize>) -> Vec<String> {
        let policy = self.program.policies[usize::from(untagged)];
        let (after, aborted) = self.collected("live", untagged);
        let base = if self.taken.iter().all(|taken| taken.result != "accepted") {
            after.clone()
        } else {
            self.collected("before", untagged).0
        };
        let observed = Observed {
            graph: self.graph,
            before: &self.before,
            after: &after,
            base: &base,
            taken: &self.taken,
            aborted,
        };
        let happened = observed.outcome();
        count(&happened, policy, counts);
        let target = format!("storage:{}", self.folder.path().join("before").display());
        let from_storage = simulate(&target, policy, self.graph);
        let from_outside = &self.by_client[usize::from(untagged)];
        if self.is_verbose {
            tell(self.graph, &happened, policy);
            for said in [&from_storage, from_outside] {
                println!("{}\n  exit {}: {}", said.line, said.code, said.said);
            }
        }
        let mut wrong = differences(self.graph, &happened, &predicted(&from_storage.answer));
        let mut lines = happened.lines.iter();
        // Without an action the collection itself is what was asked about.
        let is_asked = |cause: &str| self.graph.actions.is_empty() || cause != "anyway";
        let breaks = lines.any(|(line, cause)| line.contains(" lacks ") && is_asked(cause));
        let actions = from_storage.answer["actions"].as_array();
        let is_refused = actions.is_some_and(|actions| {
            !actions.is_empty() && actions.iter().all(|one| one["result"] == "refused")
        });
        let is_no = breaks || is_refused;
        if from_storage.code != i32::from(is_no) {
            wrong.push(format!(
                "exit {}, the answer is no: {is_no}",
                from_storage.code
            ));
        }
        for answer in [&from_storage.answer, &from_outside.answer] {
            if !is_of_one_store(answer) {
                wrong.push("bytes leave otherwise than from one store by a collector".to_owned());
            }
        }
        let missed = misjudged(&observed, &self.visible, &from_outside.answer, !untagged);
        let of_storage = wrong.iter().map(|line| ("from the storage", line));
        let all = of_storage.chain(missed.iter().map(|line| ("by a client", line)));
        all.map(|(whence, line)| format!("{policy} {whence}: {line}"))
            .collect()
    }

    /// A copy of a folder, collected, as the registry then shows it; and whether the collector gave up.
    fn collected(&self, from: &str, untagged: bool) -> (Seen, bool) {
        let to = self.folder.path().join(format!("{from}-collected"));
        if to.exists() {
            std::fs::remove_dir_all(&to).unwrap();
        }
        server::copy(&self.folder.path().join(from), &to);
        let said = self.program.collect(&to, untagged);
        assert!(
            said.is_ok || said.errors.contains("failed to garbage collect"),
            "{}",
            said.errors
        );
        let mut server = Server::start(self.program, &to);
        let seen = Seen::of(self.graph, &mut server.http, &to, self.asks_all);
        server.stop();
        (seen, !said.is_ok)
    }
}

fn count(happened: &Outcome, policy: &str, counts: &mut BTreeMap<String, usize>) {
    let mut add = |what: &str| *counts.entry(format!("{policy}: {what}")).or_default() += 1;
    for action in &happened.actions {
        add(action);
    }
    if happened.aborted {
        add("aborted");
    }
    for (line, cause) in &happened.lines {
        let word = ["goes", "frees", "dangles", "is not listed", "lacks"]
            .into_iter()
            .find(|word| line.contains(word));
        add(&format!("{} {cause}", word.unwrap_or_default()));
    }
}

fn tell(graph: &Graph, happened: &Outcome, policy: &str) {
    println!("{policy}: {:?}", happened.actions);
    for (line, cause) in &happened.lines {
        println!("  {} ({cause})", with_names(graph, line));
    }
    println!(
        "  {} bytes, {} by the actions; aborted: {}",
        happened.freed_bytes, happened.freed_bytes_by_actions, happened.aborted
    );
}

//! What commands ask a registry for, and what memory they take: the program itself, on a registry in this process.
//!
//! `cargo bench --bench commands`: repositories of 1,000 and of 10,000 tags, each an index of two platforms with three
//! referrers, as in `--bench crawl`. The numbers stand in `ARCHITECTURE.md`, and the benchmark fails where a bound that
//! stands there is not kept.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "its input is its own"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[path = "../tests/support/mod.rs"]
mod support;

use support::registry::{Options, TestRegistry};

/// Requests that the impact of one tag of 1,000 takes: each tag, platform and referrer, their lists of referrers, the list
/// of tags and what tells whose registry it is. (Aim: 9,100, without the manifests of referrers.)
const IMPACT_REQUESTS: usize = 12_010;
/// Megabytes that the impact of one tag of 10,000 may take.
const IMPACT_MEMORY: u64 = 400;
/// Requests that one tag may take, where the list of tags is one page.
const ONE_TAG_REQUESTS: usize = 12;
/// Tags on a page.
const PAGE: usize = 1_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let cache = tempfile::tempdir().unwrap();
    for tags in [1_000, 10_000] {
        let registry = runtime.block_on(filled(tags));
        let repository = format!("{}/team/app", registry.host());
        let tag = format!("{repository}:1.7.0");
        println!("{tags} tags");
        let measure =
            |name: &str, arguments: &[&str]| measured(&registry, cache.path(), name, arguments);
        let one = measure("one tag", &["tree", &tag, "--no-cache"]);
        let more_pages = tags / PAGE - 1;
        assert!(one.requests <= ONE_TAG_REQUESTS + more_pages, "{one:?}");
        if tags == 1_000 {
            measure("all, first run", &["tree", &repository]);
            let again = measure("all, second run", &["tree", &repository]);
            assert_eq!(again.read, 0, "{again:?}");
            let aged = measure(
                "all, within --max-age 1h",
                &["tree", &repository, "--max-age", "1h"],
            );
            assert!(aged.requests <= 2, "{aged:?}");
        }
        let rules = [
            "--no-cache",
            "--policy",
            "distribution-3-delete-untagged",
            "--deletion",
            "on",
        ];
        let deletion = ["impact", &repository, "--delete", "team/app:1.7.0"];
        let impact = measure("impact of one tag", &[&deletion[..], &rules].concat());
        if tags == 1_000 {
            assert!(impact.requests <= IMPACT_REQUESTS, "{impact:?}");
        } else {
            assert!(impact.memory <= IMPACT_MEMORY, "{impact:?}");
        }
    }
}

/// A registry with so many tags.
async fn filled(tags: usize) -> TestRegistry {
    let registry = TestRegistry::with(Options {
        page_size: PAGE,
        ..Options::default()
    })
    .await;
    for number in 0..tags {
        let images = ["amd64", "arm64"]
            .map(|platform| registry.image("team/app", &format!("{number} {platform}")));
        let index = registry.index("team/app", &images);
        for kind in [
            "application/spdx+json",
            "application/vnd.dev.sigstore.bundle.v0.3+json",
            "text/vex",
        ] {
            registry.referrer("team/app", &index, kind, &format!("{kind} of {number}"));
        }
        registry.tag("team/app", &format!("1.{number}.0"), &index);
    }
    registry
}

/// What a run took.
#[derive(Debug)]
struct Took {
    requests: usize,
    /// Manifests whose bytes came.
    read: usize,
    /// Megabytes at most.
    memory: u64,
}

fn measured(registry: &TestRegistry, cache: &Path, name: &str, arguments: &[&str]) -> Took {
    registry.forget_requests();
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_regscope"))
        .args(arguments)
        .env_clear()
        .env("HOME", cache)
        .env("XDG_CACHE_HOME", cache.join("cache"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut memory = 0;
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        memory = peak(child.id()).unwrap_or(memory).max(memory);
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = Took {
        requests: registry.requests(),
        read: manifests_read(registry),
        memory,
    };
    let time = start.elapsed().as_secs_f64();
    println!(
        "  {name:<26} {:>6} requests, {:>6} of them GETs of manifests  {memory:>4} MB  {time:>5.1} s  exit {}",
        took.requests,
        took.read,
        code.expect("it ended by itself")
    );
    took
}

/// How many manifests the registry was asked to send.
fn manifests_read(registry: &TestRegistry) -> usize {
    let seen = registry.seen();
    let read = seen
        .iter()
        .filter(|seen| seen.request.method == "GET" && seen.request.path().contains("/manifests/"));
    read.count()
}

/// The most memory that a process had so far, in megabytes, where the system tells.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024 / 1_000_000)
}

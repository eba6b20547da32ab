//! How long a large bill of materials takes to be read and what it takes in memory, beside `serde_json::Value`; and how
//! long a keystroke takes that is searched in a million packages.
//!
//! `cargo bench --bench evidence`. The documents are made by `bills.rs`. The numbers stand in `ARCHITECTURE.md`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "its input is its own")]

mod bills;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use regscope::evidence::{Label, Limits, Reading, SearchText, Words, read};

/// Components that make 42 MB.
const LARGE: usize = 30_000;
/// Documents, and packages of each, that are searched.
const MANY: (usize, usize) = (1_000, 1_000);
const RUNS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, what, file, ..] = arguments.as_slice()
        && what.starts_with("memory-of-")
    {
        memory(what, Path::new(file));
        return;
    }
    for (name, text) in [
        ("CycloneDX", bills::cyclonedx(LARGE)),
        ("SPDX", bills::spdx(LARGE)),
        ("Syft", bills::syft(LARGE)),
    ] {
        large(name, &text);
    }
    search();
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn reading(bytes: &[u8]) -> Reading {
    read(bytes, &Label::default(), &Limits::default())
}

fn large(name: &str, text: &str) {
    let bytes = text.as_bytes();
    let found = reading(bytes);
    assert_eq!(found.sbom().unwrap().packages.len(), LARGE);
    assert_eq!(found.problems, []);
    let own = median(|| {
        black_box(reading(black_box(bytes)));
    });
    let value = median(|| {
        let value: serde_json::Value = serde_json::from_slice(black_box(bytes)).unwrap();
        black_box(value);
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    let size = bytes.len();
    println!(
        "{name}, {} MB: {own:.1?}, serde_json::Value {value:.1?} ({:.2} of it)",
        size / 1_000_000,
        own.as_secs_f64() / value.as_secs_f64()
    );
    for what in ["memory-of-reading", "memory-of-value"] {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([what, file.to_str().unwrap()])
            .output()
            .unwrap();
        print!("  {}", String::from_utf8_lossy(&output.stdout));
    }
}

/// What reading takes beside the bytes of the document, in a process of its own.
fn memory(what: &str, file: &Path) {
    let bytes = std::fs::read(file).unwrap();
    let size = bytes.len();
    let before = status("VmRSS:");
    // Forgets the highest so far (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (kept, name): (Box<dyn std::any::Any>, _) = if what == "memory-of-reading" {
        (Box::new(reading(&bytes)), "reading")
    } else {
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        (Box::new(value), "serde_json::Value")
    };
    let (peak, after) = (status("VmHWM:") - before, status("VmRSS:") - before);
    let share = |kilobytes: u64| kilobytes * 1024 * 100 / size as u64;
    println!(
        "{name}: {} MB at most ({} % of the document), {} MB kept ({} %)",
        peak / 1000,
        share(peak),
        after / 1000,
        share(after)
    );
    drop(kept);
}

/// A line of `/proc/self/status`, in kB.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn search() {
    let (documents, packages) = MANY;
    let texts: Vec<SearchText> = (0..documents)
        .map(|document| {
            let text = bills::small(document, packages);
            let mut text = SearchText::of(&reading(text.as_bytes()));
            text.shrink();
            text
        })
        .collect();
    let weight: usize = texts.iter().map(SearchText::weight).sum();
    println!(
        "{documents} documents of {packages} packages: {} MB of text",
        weight / 1_000_000
    );
    // As somebody types, and the worst: words of which one stands nearly everywhere and the other nowhere.
    let typed = [
        "lef",
        "left-pad-77",
        "artifact-500990",
        "libexample 1.2.3",
        "example-tools nowhere",
    ];
    for typed in typed {
        let words = Words::new(typed);
        let mut found = 0;
        let time = median(|| {
            found = texts
                .iter()
                .filter(|text| text.names(black_box(&words)))
                .count();
        });
        println!("  {typed:?} is in {found} documents: {time:.1?}");
    }
}

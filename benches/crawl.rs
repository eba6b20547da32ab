//! How long a whole repository takes from a registry that is 20 ms away.
//!
//! `cargo bench --bench crawl`: 1,000 tags, each an index with two platforms and three referrers. The whole tree needs
//! 9,001 requests: the list, each tag, each platform, and the referrers of each index, platform and referrer. The
//! numbers stand in `ARCHITECTURE.md`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "its input is its own"
)]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use regscope::crawl::{Crawl, Event, Plan};
use regscope::graph::{Fact, Graph};
use regscope::oci::Address;
use regscope::session::{Journal, now};
use regscope::source::Source;
use regscope::source::cache::{Cache, Cached};
use regscope::source::registry::{Concurrency, Registry, RequestKind, Settings};

#[path = "../tests/support/mod.rs"]
mod support;

use support::registry::{Options, TestRegistry};

const TAGS: usize = 1_000;
const DELAY: Duration = Duration::from_millis(20);
const REQUESTS: u32 = 9_001;
const OPENINGS: usize = 21;

fn main() {
    // The registry has a thread of its own, so that its work is not taken for the client's waiting.
    let server = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let registry = server.block_on(filled());
    let client = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    println!("{TAGS} tags, {} ms away", DELAY.as_millis());
    for (name, concurrency) in [
        (
            "cold, 32 in flight",
            Concurrency::Fixed(NonZeroUsize::new(32).expect("it is 32")),
        ),
        ("cold, auto", Concurrency::Auto),
    ] {
        registry.forget_requests();
        let settings = Settings {
            concurrency,
            ..Settings::new(registry.host())
        };
        let client_of = Arc::new(Registry::new(settings).unwrap());
        let run = client.block_on(crawl(client_of.clone(), &registry, None));
        run.print(name, concurrency, &client_of);
    }
    second_opening(&client, &registry);
    println!(
        "most memory so far: {} MB (with the registry's own)",
        peak_memory() / 1_000_000
    );
}

/// A registry with the content that the measurement needs.
async fn filled() -> TestRegistry {
    let registry = TestRegistry::with(Options {
        delay: DELAY,
        page_size: 10_000,
        ..Options::default()
    })
    .await;
    for number in 0..TAGS {
        let images = [
            registry.image("team/app", &format!("{number} amd64")),
            registry.image("team/app", &format!("{number} arm64")),
        ];
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

struct Run {
    first_rows: Duration,
    whole: Duration,
    graph: Graph,
    journal: Journal,
}

impl Run {
    fn print(&self, name: &str, concurrency: Concurrency, client: &Registry) {
        let made = client.log().requests();
        let limit = |at_once: usize| DELAY * REQUESTS / u32::try_from(at_once).unwrap();
        let at_once = match concurrency {
            Concurrency::Fixed(at_once) => at_once.get(),
            Concurrency::Auto => client.concurrency(),
        };
        println!(
            "{name:<22} {:>5.2} s   first rows {:>3} ms   {made} requests   {:.2} × the limit at {at_once}   {} nodes",
            self.whole.as_secs_f64(),
            self.first_rows.as_millis(),
            self.whole.as_secs_f64() / limit(at_once).as_secs_f64(),
            self.graph.node_count(),
        );
        let kinds = [
            RequestKind::Tags,
            RequestKind::Tag,
            RequestKind::TagDigest,
            RequestKind::Manifest,
            RequestKind::Referrers,
        ];
        let told: Vec<_> = kinds
            .iter()
            .map(|kind| format!("{} {kind:?}", client.log().requests_of(*kind)))
            .collect();
        println!("    {}", told.join(", "));
    }
}

async fn crawl(source: Arc<dyn Source>, registry: &TestRegistry, earlier: Option<&Cache>) -> Run {
    let repository = registry.repository("team/app");
    let start = Instant::now();
    let (crawl, mut events) = Crawl::start(Plan::default(), now());
    let mut graph = Graph::new();
    let mut journal = Journal::default();
    journal.keep(&registry.origin());
    let mut first_rows = None;
    if let Some(cache) = earlier {
        let facts = opened(registry, cache, &mut journal, &mut graph);
        first_rows = Some(start.elapsed());
        crawl.remember(facts);
    }
    crawl.begin(vec![(source, Address::Repository(repository))]);
    while let Some(event) = events.recv().await {
        match event {
            Event::Facts(facts) => {
                journal.take(&facts);
                for fact in &facts {
                    graph.apply(fact);
                }
                if graph.node_count() > TAGS {
                    first_rows.get_or_insert(start.elapsed());
                }
            }
            Event::Progress(progress) if progress.is_idle => break,
            Event::Progress(_) => {}
        }
    }
    Run {
        first_rows: first_rows.unwrap_or_default(),
        whole: start.elapsed(),
        graph,
        journal,
    }
}

/// Reads what an earlier run kept, up to the full tree.
fn opened(
    registry: &TestRegistry,
    cache: &Cache,
    journal: &mut Journal,
    graph: &mut Graph,
) -> Vec<Fact> {
    journal.keep(&registry.origin());
    let facts = journal.load(cache, &registry.repository("team/app"));
    for fact in &facts {
        graph.apply(fact);
    }
    facts
}

/// How long reading takes, each time from the file into a new graph.
fn print_openings(registry: &TestRegistry, cache: &Cache) {
    let mut times: Vec<_> = (0..OPENINGS)
        .map(|_| {
            let (mut journal, mut graph) = (Journal::default(), Graph::new());
            let start = Instant::now();
            let facts = opened(registry, cache, &mut journal, &mut graph);
            (start.elapsed(), graph.node_count(), facts.len())
        })
        .collect();
    times.sort_unstable();
    let (median, nodes, facts) = times[OPENINGS / 2];
    let longest = times[OPENINGS - 1].0;
    println!(
        "{:<22} {:>5.0} ms to the full tree of {nodes} nodes from {facts} facts (median of {OPENINGS}; longest {:.0} ms)",
        "second opening",
        median.as_secs_f64() * 1e3,
        longest.as_secs_f64() * 1e3,
    );
}

fn second_opening(client: &tokio::runtime::Runtime, registry: &TestRegistry) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path(), Cache::CAP);
    let cached = || {
        let inner = Arc::new(Registry::new(Settings::new(registry.host())).unwrap());
        let limits = regscope::source::Limits::default();
        (
            Arc::new(Cached::new(inner.clone(), cache.clone(), limits)),
            inner,
        )
    };
    let (source, inner) = cached();
    let mut run = client.block_on(crawl(source, registry, None));
    run.print("cold, kept", Concurrency::Auto, &inner);
    run.journal.save(&cache);
    print_openings(registry, &cache);
    let (source, inner) = cached();
    let run = client.block_on(crawl(source, registry, Some(&cache)));
    run.print("    and its check", Concurrency::Auto, &inner);
}

/// The most memory that this process ever had, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| {
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    kilobytes.unwrap_or_default() * 1024
}

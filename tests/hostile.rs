//! Registries that are broken or mean: what the person sees, and that the rest of the registry is still there.
//!
//! Each case is a test by its own name: `cargo test --test hostile "wrong digest by tag"`.
//!
//! Each case arranges something in the repository `app`, asks one question, and states what comes of it. After that
//! the same client reads the repository `good`, which nothing is wrong with. Then the same trouble is met once more by
//! a crawl of both repositories: what the client said stands in the graph, and `good` is there from its tag to its layer.

#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "what a test cannot do without should end it, and a table is as long as it is"
)]

mod support;

#[path = "hostile/access.rs"]
mod access;
#[path = "hostile/content.rs"]
mod content;
#[path = "hostile/lists.rs"]
mod lists;
#[path = "hostile/transport.rs"]
mod transport;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Trial};
use regscope::crawl::{Crawl, Event, Plan, Reach, TagFilter, Urgency};
use regscope::graph::{EdgeKind, Graph, NodeState};
use regscope::insight::coverage::coverage;
use regscope::oci::remote_text::is_dangerous;
use regscope::oci::{AbsenceKind, Address, Answer, Body, Question};
use regscope::source::registry::{Registry, Settings};
use regscope::source::{Limits, Source};
use support::{Options, TestRegistry, ask};

/// One way to be broken or mean.
struct Case {
    name: &'static str,
    options: fn() -> Options,
    /// Credentials of the client.
    user: Option<(&'static str, &'static str)>,
    /// Makes the trouble, and the question that meets it.
    arrange: fn(&TestRegistry) -> Question,
    sees: Sees,
    /// Whether the whole host is held back after it, so that the rest is told to be rate-limited.
    holds_host: bool,
}

/// A registry with trouble in it, the question that meets it, and a client.
type Arranged = (TestRegistry, Question, Registry);

/// What the person sees.
enum Sees {
    /// Nothing but an absence of this kind, with these words; and what is absent, where it came and cannot be read.
    Fails(AbsenceKind, &'static str),
    /// So many entries of a list, and why there are no more.
    Partly(usize, AbsenceKind, &'static str),
    /// What this finds right; without any failure.
    Reads(fn(&[Answer]) -> bool),
    /// What this finds right, failures included.
    Shows(fn(&[Answer]) -> bool),
}

impl Case {
    fn new(name: &'static str, arrange: fn(&TestRegistry) -> Question, sees: Sees) -> Self {
        Self {
            name,
            options: Options::default,
            user: None,
            arrange,
            sees,
            holds_host: false,
        }
    }

    fn fails(
        name: &'static str,
        kind: AbsenceKind,
        words: &'static str,
        arrange: fn(&TestRegistry) -> Question,
    ) -> Self {
        Self::new(name, arrange, Sees::Fails(kind, words))
    }

    fn with(mut self, options: fn() -> Options) -> Self {
        self.options = options;
        self
    }

    fn for_user(mut self) -> Self {
        self.user = Some(("me", "hunter2"));
        self
    }

    fn holding_the_host(mut self) -> Self {
        self.holds_host = true;
        self
    }

    async fn run(&self) {
        // Each has a registry of its own, so that neither uses up the other's trouble; and both are arranged before
        // either is asked, since that blocks.
        let (one, other) = (self.arranged().await, self.arranged().await);
        self.ask_the_client(one).await;
        self.crawl(other).await;
    }

    /// A registry with the trouble in it, the question that meets it, and a client.
    async fn arranged(&self) -> Arranged {
        let registry = TestRegistry::with((self.options)()).await;
        registry.tagged_image("good", "1");
        // Some troubles are large, and take a while to make: others must not run out of time meanwhile.
        let question = tokio::task::block_in_place(|| (self.arrange)(&registry));
        let mut settings = Settings {
            limits: limits(),
            ..registry.settings()
        };
        if let Some((name, password)) = self.user {
            settings.credentials = support::credentials(name, password);
        }
        (registry, question, Registry::new(settings).unwrap())
    }

    /// The whole way: crawl, facts, graph.
    async fn crawl(&self, (registry, question, client): Arranged) {
        let name = self.name;
        // Of twenty thousand tags a hundred will do; and what a hundred thousand children are need not be asked.
        let plan = Plan {
            tags: TagFilter::new(["?", "??"]),
            depth: Some(2),
            ..Plan::default()
        };
        let (crawl, mut events) = Crawl::start(plan, 1);
        let good = registry.repository("good");
        let roots = [good.clone(), registry.repository("app")].map(Address::Repository);
        let client: Arc<dyn Source> = Arc::new(client);
        crawl.begin(
            roots
                .into_iter()
                .map(|root| (Arc::clone(&client), root))
                .collect(),
        );
        crawl.want(question, Urgency::Looking, Reach::Itself);
        let mut graph = Graph::new();
        let whole = async {
            while let Some(event) = events.recv().await {
                match event {
                    Event::Facts(facts) => facts.iter().for_each(|fact| graph.apply(fact)),
                    Event::Progress(progress) if progress.is_idle => break,
                    Event::Progress(_) => {}
                }
            }
        };
        let ended = tokio::time::timeout(Duration::from_secs(12), whole).await;
        assert!(ended.is_ok(), "{name}: the crawl does not end");
        if !self.holds_host {
            let tag = graph.tag(&good, "1").unwrap();
            let image = graph.target(tag).unwrap();
            assert_eq!(graph.state(image), NodeState::Loaded, "{name}");
            let layers = graph.outgoing(image);
            assert!(
                layers.iter().any(|edge| edge.kind == EdgeKind::Layer),
                "{name}: {layers:?}"
            );
        }
        if let Sees::Fails(kind, words) | Sees::Partly(_, kind, words) = self.sees {
            let told: Vec<_> = graph
                .questions()
                .filter_map(|(.., register)| register.standing_failure())
                .collect();
            assert!(
                told.iter()
                    .any(|absence| absence.kind == kind
                        && absence.reason.to_string().contains(words)),
                "{name}: not in the graph: {told:?}"
            );
            if matches!(kind, AbsenceKind::CutShort | AbsenceKind::Invalid) {
                let holes = coverage(&graph, |_| true).holes;
                assert!(
                    holes
                        .iter()
                        .any(|hole| hole.kind == kind && hole.reason.to_string().contains(words)),
                    "{name}: {holes:?}"
                );
            }
        }
    }

    /// One question to the client alone.
    async fn ask_the_client(&self, (registry, question, client): Arranged) {
        let started = Instant::now();
        let answers = ask(&client, question).await;
        let took = started.elapsed();
        self.check(&answers);
        assert!(
            took < Duration::from_secs(5),
            "{}: took {took:?}",
            self.name
        );
        let log: Vec<String> = client
            .log()
            .entries()
            .iter()
            .map(ToString::to_string)
            .collect();
        let log = log.join("\n");
        assert!(
            !log.contains("hunter2") && !format!("{answers:?}").contains("hunter2"),
            "{}: {log}",
            self.name
        );
        let rest = ask(
            &client,
            Question::tag(registry.repository("good"), "1".into()),
        )
        .await;
        let is_there = matches!(
            rest.last(),
            Some(Answer {
                body: Body::Manifest(_),
                ..
            })
        );
        assert_eq!(
            is_there, !self.holds_host,
            "{}: the rest: {rest:?}",
            self.name
        );
    }

    fn check(&self, answers: &[Answer]) {
        let name = self.name;
        let failures: Vec<_> = answers
            .iter()
            .filter_map(|answer| match &answer.body {
                Body::Failed(absence) => Some((absence.kind, absence.reason.to_string())),
                _ => None,
            })
            .collect();
        for (_, reason) in &failures {
            assert!(!reason.chars().any(is_dangerous), "{name}: {reason:?}");
            assert!(
                reason.chars().count() < 700,
                "{name}: {} characters: {reason}",
                reason.len()
            );
            assert!(
                !reason.ends_with('.') && !reason.starts_with(char::is_uppercase),
                "{name}: {reason}"
            );
        }
        let has = |kind: AbsenceKind, words: &str| {
            failures.len() == 1 && failures[0].0 == kind && failures[0].1.contains(words)
        };
        match self.sees {
            Sees::Fails(kind, words) => {
                assert!(has(kind, words), "{name}: {failures:?}");
                let unreadable = answers.iter().any(|a| matches!(a.body, Body::Bytes(_)));
                let of_it = |a: &&Answer| matches!(a.body, Body::Bytes(_) | Body::Target(_));
                let others = answers.iter().filter(|a| !(unreadable && of_it(a)));
                assert_eq!(others.count(), 1, "{name}: {answers:?}");
            }
            Sees::Partly(count, kind, words) => {
                assert!(has(kind, words), "{name}: {failures:?}");
                assert_eq!(entries(answers), count, "{name}");
            }
            Sees::Reads(is_right) => {
                assert_eq!(failures, [], "{name}");
                assert!(is_right(answers), "{name}: {answers:?}");
            }
            Sees::Shows(is_right) => assert!(is_right(answers), "{name}: {answers:?}"),
        }
    }
}

fn entries(answers: &[Answer]) -> usize {
    answers
        .iter()
        .map(|answer| match &answer.body {
            Body::Tags(page) | Body::Catalog(page) => page.items.len(),
            Body::Referrers(page) => page.items.len(),
            _ => 0,
        })
        .sum()
}

/// Limits that are met within a second.
fn limits() -> Limits {
    Limits {
        manifest_bytes: 64 * 1024,
        document_bytes: 64 * 1024,
        list_bytes: 1024 * 1024,
        list_entries: 800,
        pages: 120,
        ..support::quick_limits()
    }
}

/// Every case of the table.
fn cases() -> Vec<Case> {
    [
        content::cases(),
        lists::cases(),
        transport::cases(),
        access::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The table itself: a case that hides another would not be missed, nor would a part that is no longer taken in.
fn every_case_has_a_name_of_its_own() {
    let cases = cases();
    let names: HashSet<&str> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    assert!(cases.len() >= 60, "{} cases", cases.len());
}

/// Limits are milliseconds here, and a busy machine can break one by itself: what counts is whether a case fails when
/// nothing else runs. So all share this lock, and who fails takes it alone and tries once more.
static AT_ONCE: RwLock<()> = RwLock::new(());

fn run(case: &Case) {
    let once = || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(case.run());
    };
    let is_right = {
        let _shared = AT_ONCE.read().unwrap_or_else(PoisonError::into_inner);
        catch_unwind(AssertUnwindSafe(once)).is_ok()
    };
    if !is_right {
        let _alone = AT_ONCE.write().unwrap_or_else(PoisonError::into_inner);
        once();
    }
}

fn main() -> std::process::ExitCode {
    let mut arguments = Arguments::from_args();
    // They wait more than they work; but more at a time would meet time limits that are not their own.
    arguments.test_threads.get_or_insert(6);
    let mut trials = vec![Trial::test("every case has a name of its own", || {
        every_case_has_a_name_of_its_own();
        Ok(())
    })];
    trials.extend(cases().into_iter().map(|case| {
        Trial::test(case.name, move || {
            run(&case);
            Ok(())
        })
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

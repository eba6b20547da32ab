//! The crawl against a registry in this process: what it asks, what it does not ask, and what is left when things fail.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where its ground is not as it thinks"
)]

mod support;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use regscope::crawl::{Crawl, Event, Plan, Progress, Reach, TagFilter, Urgency};
use regscope::graph::{Fact, Graph, NodeKind, NodeState};
use regscope::insight::coverage::coverage;
use regscope::oci::purpose::DocumentKinds;
use regscope::oci::{AbsenceKind, Address, Answer, Body, Descriptor, Digest, Question, Repository};
use regscope::session::Journal;
use regscope::source::Source;
use regscope::source::cache::{Cache, Cached};
use regscope::source::registry::{Concurrency, Registry, RequestBudget, Settings};
use support::{Fault, Options, TestRegistry};
use tokio::sync::mpsc;

/// A crawl and what came out of it so far.
struct Watched {
    crawl: Crawl,
    events: mpsc::Receiver<Event>,
    graph: Graph,
    facts: Vec<Fact>,
    progress: Progress,
}

impl Watched {
    fn start(plan: Plan) -> Self {
        let (crawl, events) = Crawl::start(plan, 1);
        Self {
            crawl,
            events,
            graph: Graph::new(),
            facts: Vec::new(),
            progress: Progress::default(),
        }
    }

    /// A crawl of one repository, to its end.
    async fn of(plan: Plan, registry: &TestRegistry, path: &str) -> Self {
        let mut watched = Self::start(plan);
        let root = Address::Repository(registry.repository(path));
        watched
            .crawl
            .begin(vec![(Arc::new(registry.client()) as Arc<dyn Source>, root)]);
        watched.rest().await;
        watched
    }

    /// Waits until nothing is left to ask.
    async fn rest(&mut self) {
        self.until(|progress| progress.is_idle).await;
    }

    async fn until(&mut self, is_enough: impl Fn(&Progress) -> bool) {
        let wait = async {
            while let Some(event) = self.events.recv().await {
                match event {
                    Event::Facts(facts) => {
                        for fact in &facts {
                            self.graph.apply(fact);
                        }
                        self.facts.extend(facts);
                    }
                    Event::Progress(progress) => {
                        self.progress = progress;
                        if is_enough(&self.progress) {
                            return;
                        }
                    }
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .unwrap();
    }

    fn state(&self, repository: &Repository, tag: &str) -> NodeState {
        self.graph.state(self.graph.tag(repository, tag).unwrap())
    }
}

/// Three tags on two indexes with two platforms each, and an SBOM on one index.
async fn registry() -> TestRegistry {
    let registry = TestRegistry::start().await;
    for tag in ["1.0", "2.0"] {
        let images = [
            registry.image("app", &format!("{tag} a")),
            registry.image("app", &format!("{tag} b")),
        ];
        let index = registry.index("app", &images);
        registry.tag("app", tag, &index);
        if tag == "2.0" {
            registry.tag("app", "latest", &index);
            registry.referrer("app", &index, "application/spdx+json", "sbom");
        }
    }
    registry
}

#[tokio::test]
async fn one_digest_is_asked_for_once_however_many_tags_lead_to_it() {
    let registry = registry().await;
    let watched = Watched::of(Plan::default(), &registry, "app").await;
    assert_eq!(registry.count("tag"), 3);
    assert_eq!(
        registry.count("manifest"),
        4,
        "two platforms of two indexes; the SBOM was only described"
    );
    assert_eq!(
        registry.count("referrers"),
        7,
        "two indexes, four platforms, one referrer"
    );
    assert_eq!(watched.progress.failed, 0);
}

#[tokio::test]
async fn a_tag_whose_digest_is_known_is_read_by_its_digest_once_for_all_tags_that_name_it() {
    let registry = registry().await;
    let app = registry.repository("app");
    let mut watched = Watched::start(Plan {
        is_reserved: true,
        ..Plan::default()
    });
    let source: Arc<dyn Source> = Arc::new(registry.client());
    watched
        .crawl
        .begin(vec![(source, Address::Registry(registry.origin()))]);
    let tags = ["1.0", "2.0", "latest"];
    for tag in tags {
        let question = Question::tag_digest(app.clone(), tag.into());
        watched
            .crawl
            .want(question, Urgency::Visible, Reach::Itself);
    }
    watched
        .until(|progress| progress.is_idle && progress.done >= 4)
        .await;
    registry.forget_requests();
    let unasked = tags.map(|tag| Question::tag(app.clone(), tag.into()));
    watched.crawl.load_all(unasked.to_vec());
    watched
        .until(|progress| progress.is_idle && progress.done >= 12)
        .await;
    assert_eq!(registry.count("tag"), 0, "each tag was asked what it names");
    assert_eq!(
        registry.count("manifest"),
        6,
        "two indexes and their four platforms"
    );
    assert_eq!(watched.progress.failed, 0);
}

#[tokio::test]
async fn what_is_on_the_screen_goes_before_the_rest_that_is_loaded_and_asks_for_nothing_itself() {
    let registry = TestRegistry::start().await;
    for number in 0..60 {
        let image = registry.image("app", &number.to_string());
        registry.tag("app", &format!("1.{number:02}"), &image);
    }
    let app = registry.repository("app");
    let settings = Settings {
        concurrency: Concurrency::Fixed(NonZeroUsize::MIN),
        ..Settings::new(registry.host())
    };
    let source: Arc<dyn Source> = Arc::new(Registry::new(settings).unwrap());
    let mut watched = Watched::start(Plan::default());
    let seen = |tag: &str| Question::tag(app.clone(), tag.into());
    let elsewhere = Question::tag(registry.repository("other"), "1".into());
    watched
        .crawl
        .prefer(vec![seen("1.50"), elsewhere, seen("1.51")]);
    watched
        .crawl
        .begin(vec![(source, Address::Repository(app.clone()))]);
    watched.rest().await;
    let asked = registry.seen();
    let tags: Vec<_> = asked
        .iter()
        .filter_map(|seen| seen.request.target.strip_prefix("/v2/app/manifests/1."))
        .collect();
    assert_eq!(tags.len(), 60);
    // One more waits at the gate when the list comes.
    let first: Vec<_> = tags.iter().take(4).collect();
    assert!(
        first.contains(&&"50") && first.contains(&&"51"),
        "{first:?}"
    );
    assert!(
        asked
            .iter()
            .all(|seen| !seen.request.target.contains("other"))
    );
}

#[tokio::test]
async fn a_full_plan_reads_referrers_and_configs_too() {
    let registry = registry().await;
    let plan = Plan {
        is_full: true,
        ..Plan::default()
    };
    let watched = Watched::of(plan, &registry, "app").await;
    let unread = watched.graph.nodes().filter(|id| {
        watched.graph.kind(*id).is_manifest() && watched.graph.state(*id) != NodeState::Loaded
    });
    assert_eq!(unread.count(), 0);
    assert_eq!(registry.count("manifest"), 5);
}

#[tokio::test]
async fn depth_filters_and_platforms_bound_what_is_asked() {
    let registry = registry().await;
    let requests = async |plan: Plan| {
        registry.forget_requests();
        Watched::of(plan, &registry, "app").await;
        (
            registry.count("tag"),
            registry.count("manifest"),
            registry.count("referrers"),
        )
    };
    assert_eq!(
        requests(Plan {
            depth: Some(0),
            ..Plan::default()
        })
        .await,
        (0, 0, 0)
    );
    assert_eq!(
        requests(Plan {
            depth: Some(2),
            ..Plan::default()
        })
        .await,
        (3, 0, 0)
    );
    assert_eq!(
        requests(Plan {
            tags: TagFilter::new(["1.*"]),
            ..Plan::default()
        })
        .await,
        (1, 2, 3)
    );
    let platform = Some("linux/amd64".to_owned());
    assert_eq!(
        requests(Plan {
            platform,
            ..Plan::default()
        })
        .await,
        (3, 2, 5)
    );
}

#[tokio::test]
async fn a_list_of_tags_that_was_read_for_one_manifest_serves_whoever_wants_the_repository() {
    let registry = registry().await;
    let repository = registry.repository("app");
    let named = registry.tagged_image("other", "1");
    let object = Address::Object(repository.clone(), named.digest);
    let mut watched = Watched::start(Plan::default());
    let source: Arc<dyn Source> = Arc::new(registry.client());
    watched.crawl.begin(vec![(Arc::clone(&source), object)]);
    watched.rest().await;
    assert_eq!(registry.count("tag"), 0);
    let lists = registry.count("tags");
    let whole = Address::Repository(repository.clone());
    watched.crawl.begin(vec![(source, whole)]);
    watched.rest().await;
    for tag in ["1.0", "2.0", "latest"] {
        assert_eq!(watched.state(&repository, tag), NodeState::Loaded, "{tag}");
    }
    assert_eq!(registry.count("tag"), 3);
    assert_eq!(registry.count("tags"), lists);
}

#[tokio::test]
async fn a_failure_is_about_one_question_and_can_be_asked_again() {
    let registry = registry().await;
    registry.fault("/v2/app/manifests/1.0", Fault::status(403));
    let mut watched = Watched::of(Plan::default(), &registry, "app").await;
    let app = registry.repository("app");
    assert_eq!(watched.state(&app, "1.0"), NodeState::Forbidden);
    assert_eq!(watched.state(&app, "2.0"), NodeState::Loaded);
    registry.heal();
    watched
        .crawl
        .again(Question::tag(app.clone(), "1.0".into()));
    watched
        .until(|progress| progress.is_idle && progress.done >= 16)
        .await;
    assert_eq!(watched.state(&app, "1.0"), NodeState::Loaded);
}

#[tokio::test]
async fn what_failed_is_counted_while_it_is_failed_and_asked_again_with_what_is_below() {
    let registry = registry().await;
    for tag in ["1.0", "2.0", "latest"] {
        registry.fault(&format!("/v2/app/manifests/{tag}"), Fault::status(403));
    }
    let mut watched = Watched::of(Plan::default(), &registry, "app").await;
    let app = registry.repository("app");
    assert_eq!(watched.progress.failed, 3);
    // Still failing: they are not counted twice.
    let within = Some(Address::Repository(app.clone()));
    watched.crawl.again_failed(within.clone());
    watched.until(|progress| progress.failed == 0).await;
    watched.rest().await;
    assert_eq!(watched.progress.failed, 3);
    registry.heal();
    let elsewhere = Some(Address::Repository(registry.repository("other")));
    watched.crawl.again_failed(elsewhere);
    let one = Question::tag(app.clone(), "1.0".into());
    watched.crawl.again(one);
    watched.until(|progress| progress.failed == 2).await;
    watched.rest().await;
    assert_eq!(watched.state(&app, "2.0"), NodeState::Forbidden);
    watched.crawl.again_failed(within);
    watched.until(|progress| progress.failed == 0).await;
    watched.rest().await;
    for tag in ["1.0", "2.0", "latest"] {
        assert_eq!(watched.state(&app, tag), NodeState::Loaded);
    }
    assert_eq!(registry.count("referrers"), 7, "and all that is below");
}

#[tokio::test]
async fn loading_everything_asks_for_what_it_was_said_to_ask_for() {
    let registry = registry().await;
    let plan = Plan {
        is_reserved: true,
        ..Plan::default()
    };
    let app = registry.repository("app");
    let mut watched = Watched::start(plan);
    let root = Address::Tag(app.clone(), "1.0".into());
    let source: Arc<dyn Source> = Arc::new(registry.client());
    watched.crawl.begin(vec![(source, root)]);
    watched.rest().await;
    assert_ne!(watched.state(&app, "2.0"), NodeState::NotAsked, "an alias?");
    registry.forget_requests();
    let target = watched
        .graph
        .target(watched.graph.tag(&app, "2.0").unwrap());
    let digest = watched.graph.digest_of(target.unwrap()).unwrap();
    let unasked = vec![Question::manifest(app.clone(), digest)];
    watched.crawl.load_all(unasked);
    watched.rest().await;
    assert_eq!(registry.count("manifest"), 3, "an index and its platforms");
}

#[tokio::test]
async fn the_budget_of_requests_is_kept_and_every_question_that_it_leaves_out_is_a_hole() {
    // The list comes to its end only after its tags were asked for, or refused.
    let registry = registry().await;
    Watched::of(Plan::default(), &registry, "app").await;
    let needed = registry.requests();
    for limit in 1..needed {
        registry.forget_requests();
        let settings = Settings {
            budget: RequestBudget::of(limit as u64),
            ..Settings::new(registry.host())
        };
        let mut watched = Watched::start(Plan::default());
        let source: Arc<dyn Source> = Arc::new(Registry::new(settings).unwrap());
        let root = Address::Repository(registry.repository("app"));
        watched.crawl.begin(vec![(source, root)]);
        watched.rest().await;
        assert!(registry.requests() <= limit, "{}", registry.requests());
        let holes = coverage(&watched.graph, |_| true).holes;
        assert!(!holes.is_empty(), "{limit} of {needed}");
        for hole in &holes {
            assert_eq!(hole.kind, AbsenceKind::CutShort, "{hole:?}");
            assert!(hole.reason.as_str().contains("--max-requests"), "{hole:?}");
        }
        let graph = &watched.graph;
        let tags = graph
            .nodes()
            .filter(|node| graph.kind(*node) == NodeKind::Tag);
        let unasked = tags.filter(|node| graph.state(*node) == NodeState::NotAsked);
        assert_eq!(unasked.count(), 0, "{limit} of {needed}");
    }
}

#[tokio::test]
async fn what_memory_has_no_room_for_is_not_taken_in_and_said() {
    let registry = registry().await;
    let plan = Plan {
        entry_limit: 60,
        ..Plan::default()
    };
    let watched = Watched::of(plan, &registry, "app").await;
    let full = Watched::of(Plan::default(), &registry, "app").await;
    assert!(watched.graph.node_count() < full.graph.node_count());
    let told: Vec<_> = watched
        .graph
        .questions()
        .filter_map(|(.., register)| register.standing_failure())
        .collect();
    assert!(
        told.iter()
            .any(|absence| absence.reason.as_str().contains("limits.entries")),
        "{told:?}"
    );
    // What was taken in before stays.
    let app = registry.repository("app");
    assert_eq!(watched.state(&app, "1.0"), NodeState::Loaded);
}

#[tokio::test]
async fn the_last_asker_that_leaves_ends_the_request_and_cancelling_ends_all() {
    let registry = TestRegistry::with(Options {
        delay: Duration::from_secs(60),
        ..Options::default()
    })
    .await;
    let mut watched = Watched::start(Plan::default());
    let app = registry.repository("app");
    let source: Arc<dyn Source> = Arc::new(registry.client());
    watched
        .crawl
        .begin(vec![(source, Address::Repository(app.clone()))]);
    let tag = Question::tag(app, "1.0".into());
    watched
        .crawl
        .want(tag.clone(), Urgency::Looking, Reach::Below);
    watched
        .crawl
        .want(tag.clone(), Urgency::Visible, Reach::Itself);
    watched.until(|progress| progress.in_flight == 2).await;
    watched.crawl.unwant(tag.clone());
    watched.crawl.unwant(tag);
    watched.until(|progress| progress.in_flight == 1).await;
    watched.crawl.cancel_all();
    watched.rest().await;
    assert!(watched.facts.is_empty());
}

#[tokio::test]
async fn what_was_read_for_itself_goes_on_when_somebody_wants_more() {
    let registry = registry().await;
    let mut watched = Watched::start(Plan::default());
    let app = registry.repository("app");
    let source: Arc<dyn Source> = Arc::new(registry.client());
    watched
        .crawl
        .begin(vec![(source, Address::Registry(registry.origin()))]);
    watched.rest().await;
    registry.forget_requests();
    let mut alone = Watched::start(Plan {
        depth: Some(0),
        ..Plan::default()
    });
    let source: Arc<dyn Source> = Arc::new(registry.client());
    alone
        .crawl
        .begin(vec![(source, Address::Repository(app.clone()))]);
    let tag = Question::tag(app, "2.0".into());
    alone
        .crawl
        .want(tag.clone(), Urgency::Visible, Reach::Itself);
    alone
        .until(|progress| progress.is_idle && progress.done >= 1)
        .await;
    assert_eq!(registry.count("manifest"), 0);
}

/// Settings under which two runs of a command differ only in what is kept.
fn cached(registry: &TestRegistry, cache: &Cache) -> Arc<dyn Source> {
    let settings = Settings {
        concurrency: Concurrency::Fixed(NonZeroUsize::new(4).unwrap()),
        ..Settings::new(registry.host())
    };
    let limits = settings.limits.clone();
    Arc::new(Cached::new(
        Arc::new(Registry::new(settings).unwrap()),
        cache.clone(),
        limits,
    ))
}

#[tokio::test]
async fn what_is_remembered_is_checked_by_one_head_a_tag_and_a_moved_tag_is_read_anew() {
    let registry = registry().await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path(), Cache::CAP);
    let app = registry.repository("app");
    let mut first = Watched::start(Plan::default());
    first.crawl.begin(vec![(
        cached(&registry, &cache),
        Address::Repository(app.clone()),
    )]);
    first.rest().await;
    let mut journal = Journal::default();
    journal.keep(&registry.origin());
    journal.take(&first.facts);
    journal.save(&cache);

    let moved = registry.image("app", "moved");
    registry.tag("app", "1.0", &moved);
    registry.forget_requests();
    let facts = Journal::default().load(&cache, &app);
    let mut second = Watched::start(Plan::default());
    for fact in &facts {
        second.graph.apply(fact);
    }
    assert_eq!(
        second.graph.node_count(),
        first.graph.node_count(),
        "one file has the whole tree"
    );
    second.crawl.remember(facts);
    second.crawl.begin(vec![(
        cached(&registry, &cache),
        Address::Repository(app.clone()),
    )]);
    second.rest().await;
    let methods: Vec<_> = registry
        .seen()
        .into_iter()
        .filter(|seen| seen.kind == "tag")
        .map(|seen| seen.request.method)
        .collect();
    assert_eq!(methods, ["HEAD"; 3]);
    assert_eq!(
        registry.count("manifest"),
        1,
        "only what the moved tag names is new"
    );
    let tag = second.graph.tag(&app, "1.0").unwrap();
    assert_eq!(
        second.graph.digest_of(second.graph.target(tag).unwrap()),
        Some(moved.digest)
    );
    assert_eq!(second.graph.history(tag).len(), 2);
}

#[tokio::test]
async fn content_that_is_kept_is_proven_by_a_head_and_never_shown_where_it_is_gone() {
    let registry = registry().await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path(), Cache::CAP);
    let app = registry.repository("app");
    let image = registry.image("app", "1.0 a");
    let read = async || {
        let source = cached(&registry, &cache);
        support::ask(&*source, Question::manifest(app.clone(), image.digest)).await
    };
    assert!(matches!(
        read().await.as_slice(),
        [Answer {
            body: Body::Manifest(_),
            ..
        }]
    ));
    registry.forget_requests();
    assert!(matches!(
        read().await.as_slice(),
        [Answer {
            body: Body::Manifest(_),
            ..
        }]
    ));
    assert!(
        registry
            .seen()
            .iter()
            .all(|request| request.request.method == "HEAD"),
        "{:?}",
        registry.seen()
    );
    registry.fault(
        &format!("/v2/app/manifests/{}", image.digest),
        Fault::status(404),
    );
    assert!(matches!(
        read().await.as_slice(),
        [Answer {
            body: Body::Failed(_),
            ..
        }]
    ));
    // Some registries answer every HEAD with 404.
    registry.heal();
    registry.fault(
        &format!("/v2/app/manifests/{}", image.digest),
        Fault::status(404).times(1),
    );
    assert!(matches!(
        read().await.as_slice(),
        [Answer {
            body: Body::Manifest(_),
            ..
        }]
    ));
}

#[tokio::test]
async fn a_document_that_two_manifests_carry_is_asked_for_once_and_others_are_not() {
    let registry = TestRegistry::start().await;
    let (one, two) = (
        registry.tagged_image("app", "1"),
        registry.tagged_image("app", "2"),
    );
    let (sbom, vex) = (br#"{"bomFormat":"CycloneDX"}"#, br#"{"@context":"v"}"#);
    let attach = |subject: &Descriptor, artifact_type: &str, document: &[u8]| {
        registry.blob("app", document);
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": support::content::MANIFEST,
            "artifactType": artifact_type,
            "config": support::content::descriptor("application/vnd.oci.empty.v1+json", b"{}"),
            "layers": [support::content::descriptor(artifact_type, document)],
            "subject": support::content::described(subject),
        });
        registry.manifest("app", support::content::MANIFEST, &manifest.to_string());
    };
    for subject in [&one, &two] {
        attach(subject, "application/vnd.cyclonedx+json", sbom);
    }
    attach(&one, "application/vnd.openvex+json", vex);
    let plan = Plan {
        documents: DocumentKinds::SBOM,
        ..Plan::default()
    };
    let watched = Watched::of(plan, &registry, "app").await;
    let read = watched.facts.iter().filter_map(|fact| match &fact.answer {
        Answer {
            question:
                Question {
                    at: Address::Object(_, digest),
                    ..
                },
            body: Body::Document(_),
            ..
        } => Some(*digest),
        _ => None,
    });
    assert_eq!(read.collect::<Vec<_>>(), [Digest::of(sbom)]);
    assert_eq!(registry.count("blob"), 1);
    let lean = Watched::of(Plan::default(), &registry, "app").await;
    assert!(lean.progress.is_idle);
    assert_eq!(registry.count("blob"), 1, "nobody wanted one");
}

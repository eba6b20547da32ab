//! What a person reads from an answer, on registries small enough to know by heart.

use std::sync::Arc;

use crate::oci::Digest;

use super::*;

mod registries;

/// `app` has an index `v1` over two untagged images, whose subject has a signature, and `old`, an image on the same base.
struct Small {
    builder: InventoryBuilder,
}

fn digest(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

impl Small {
    fn new(view: View) -> Self {
        Self {
            builder: InventoryBuilder::new(view),
        }
    }

    fn image(
        &mut self,
        at: &str,
        name: &str,
        layers: &[&str],
        subject: Option<&str>,
        tag: Option<&str>,
    ) {
        let repository = self.builder.repository(at);
        let config = self.builder.object(digest(&format!("{name}.cfg")), 10);
        let layers: Vec<ObjectId> = layers
            .iter()
            .map(|layer| self.builder.object(digest(layer), 1000))
            .collect();
        for blob in layers.iter().chain([&config]) {
            self.builder.hold(repository, *blob, StoredAs::Blob);
        }
        let subject = subject.map(|subject| self.builder.object(digest(subject), 0));
        self.manifest(
            at,
            name,
            &ManifestContent {
                kind: ObjectKind::Image,
                config: Some(config),
                layers,
                subject,
                ..ManifestContent::default()
            },
            tag,
        );
    }

    fn index(&mut self, at: &str, name: &str, children: &[&str], tag: Option<&str>) {
        let children = children
            .iter()
            .map(|child| self.builder.object(digest(child), 0))
            .collect();
        self.manifest(
            at,
            name,
            &ManifestContent {
                kind: ObjectKind::Index,
                children,
                ..ManifestContent::default()
            },
            tag,
        );
    }

    fn manifest(&mut self, at: &str, name: &str, content: &ManifestContent, tag: Option<&str>) {
        let repository = self.builder.repository(at);
        let object = self.builder.object(digest(name), 100);
        self.builder.manifest(object, content);
        self.builder.hold(repository, object, StoredAs::Manifest);
        self.builder.row(repository, object, tag);
    }

    fn usual() -> Self {
        let mut small = Self::new(View::storage(Rows::Known));
        small.image("app", "amd64", &["base", "a"], None, None);
        small.image("app", "arm64", &["base", "b"], None, None);
        small.index("app", "index", &["amd64", "arm64"], Some("v1"));
        small.image("app", "signature", &["s"], Some("index"), None);
        small.image("app", "old", &["base", "o"], None, Some("v0"));
        small.image("app", "lost", &["l"], None, None);
        small
    }

    fn simulator(self, policy: &str) -> Simulator {
        Simulator::new(
            Arc::new(self.builder.build().unwrap()),
            preset(policy).unwrap(),
        )
    }
}

fn untag(tag: &str) -> Action {
    Action::DeleteTag {
        repository: "app".into(),
        tag: tag.into(),
    }
}

fn delete(name: &str) -> Action {
    Action::DeleteManifest {
        repository: "app".into(),
        digest: digest(name),
    }
}

fn causes(answer: &Answer) -> Vec<(Digest, Cause)> {
    let mut causes: Vec<_> = answer
        .manifests_gone
        .iter()
        .map(|gone| (gone.digest, gone.cause))
        .collect();
    causes.sort();
    causes
}

fn expected(of: &[(&str, Cause)]) -> Vec<(Digest, Cause)> {
    let mut causes: Vec<_> = of
        .iter()
        .map(|(name, cause)| (digest(name), *cause))
        .collect();
    causes.sort();
    causes
}

#[test]
fn the_document_has_the_fields_that_programs_were_promised() {
    let simulator = Small::usual().simulator("zot");
    let answer = simulator.simulate(&[untag("v1")], &[]);
    let telling = Telling::new(&simulator, &answer);
    let document = crate::export::impact::document(&telling, "it was asked for");
    let document = serde_json::to_value(document).unwrap();
    let mut keys: Vec<&str> = document
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    let mut promised = vec![
        "schema",
        "policy",
        "evidence",
        "actions",
        "manifests_gone",
        "tags_gone",
        "objects_freed",
        "freed_bytes",
        "freed_bytes_by_actions",
        "freed_bytes_on_disk",
        "unlisted",
        "dangling_referrers",
        "broken",
        "in_use",
        "aborted",
        "partial_view",
        "partial_reasons",
        "unknown",
        "when_evidence",
        "assumed",
        "away_until_restart",
        "policy_registry",
        "policy_version",
        "policy_reason",
        "verdict",
        "collector_needs",
        "other_options",
        "uploads",
    ];
    promised.sort_unstable();
    assert_eq!(keys, promised);
    let first = serde_json::json!({"action":"delete-tag","reference":"app:v1","result":"accepted","status":202});
    assert_eq!(document["actions"][0], first);
    assert_eq!(
        document["tags_gone"],
        serde_json::json!([{"repository":"app","tag":"v1","cause":"named"}])
    );
    assert_eq!(document["objects_freed"][0]["when"], "after-grace");
    assert_eq!(document["aborted"], serde_json::Value::Null);
}

#[test]
fn what_goes_anyway_is_told_from_what_the_actions_take() {
    let answer = Small::usual()
        .simulator("distribution-3-delete-untagged")
        .simulate(&[untag("v1")], &[]);
    let with = [
        ("amd64", Cause::Collateral),
        ("arm64", Cause::Collateral),
        ("index", Cause::Collateral),
        // This collector does not know referrers, and nobody ever tagged this one.
        ("signature", Cause::Anyway),
        ("lost", Cause::Anyway),
    ];
    assert_eq!(causes(&answer), expected(&with));
    assert_eq!(answer.tags_gone.first().unwrap().cause, Cause::Named);
    // Two manifests with config and layer each go anyway; the base stays with `old`.
    assert_eq!(
        answer.freed_bytes - answer.freed_bytes_by_actions,
        2 * (100 + 10 + 1000)
    );
    assert_eq!(answer.freed_bytes_by_actions, 100 + 2 * (100 + 10 + 1000));
    assert_eq!(answer.freed_bytes_on_disk, Some(answer.freed_bytes));
    assert!(
        answer
            .objects_freed
            .iter()
            .all(|freed| freed.when == When::NextCollection)
    );
}

#[test]
fn a_signature_dangles_where_nothing_takes_it_along() {
    let answer = Small::usual()
        .simulator("zot")
        .simulate(&[delete("index")], &[]);
    let dangling = answer.dangling_referrers.first().unwrap();
    assert_eq!(
        (dangling.digest, dangling.subject),
        (digest("signature"), digest("index"))
    );
    let freed = answer
        .objects_freed
        .iter()
        .find(|freed| freed.digest == digest("index"))
        .unwrap();
    assert_eq!((freed.when, freed.cause), (When::AtOnce, Cause::Named));
    let answer = Small::usual()
        .simulator("zot-delete-referrers")
        .simulate(&[delete("index")], &[]);
    assert!(answer.dangling_referrers.is_empty());
}

#[test]
fn an_index_that_loses_a_child_is_broken_and_the_release_says_so_without_any_action() {
    let answer = Small::usual()
        .simulator("distribution-3")
        .simulate(&[delete("arm64")], &[]);
    let broken = answer.broken.first().unwrap();
    assert_eq!(
        (broken.digest, broken.cause),
        (digest("index"), Cause::Collateral)
    );
    assert_eq!(broken.missing, [digest("arm64")]);
    assert!(answer.breaks_something_that_stays());
    let answer = Small::usual()
        .simulator("distribution-2.8-delete-untagged")
        .without_actions();
    assert_eq!(answer.broken.first().unwrap().cause, Cause::Anyway);
    // Nobody asked for anything: what the collection breaks is the answer.
    assert!(answer.breaks_something_that_stays());
}

#[test]
fn a_refusal_has_its_status_and_frees_nothing() {
    let answer = Small::usual()
        .simulator("zot")
        .simulate(&[delete("arm64"), untag("none")], &[]);
    let told: Vec<_> = answer
        .actions
        .iter()
        .map(|action| (action.result, action.status))
        .collect();
    assert_eq!(
        told,
        [(ActionResult::Refused, 405), (ActionResult::NotFound, 404)]
    );
    assert_eq!(answer.freed_bytes_by_actions, 0);
}

#[test]
fn a_consumer_is_hurt_at_once_or_later_or_changes() {
    let consumer = |by: PulledBy| Consumer {
        name: "pod".into(),
        reference: "host/app".into(),
        repository: "app".into(),
        by,
        itself: None,
    };
    let tag = |name: &str| consumer(PulledBy::Tag(name.into()));
    let effects = |policy: &str, action: Action, consumer: Consumer| {
        let answer = Small::usual()
            .simulator(policy)
            .simulate(&[action], &[consumer]);
        answer.in_use.first().map(|hurt| hurt.effect)
    };
    let pinned = || consumer(PulledBy::Digest(digest("amd64")));
    assert_eq!(
        effects("zot", untag("v1"), tag("v1")),
        Some(Effect::PullFailsAtOnce)
    );
    assert_eq!(
        effects("zot", untag("v1"), pinned()),
        Some(Effect::PullFailsAfterCollection)
    );
    assert_eq!(effects("distribution-3", untag("v1"), pinned()), None);
    assert_eq!(
        effects("distribution-3", delete("arm64"), tag("v1")),
        Some(Effect::PullIsIncomplete)
    );
    let moved = Action::MoveTag {
        repository: "app".into(),
        tag: "v1".into(),
        digest: digest("old"),
    };
    assert_eq!(
        effects("distribution-3", moved, tag("v1")),
        Some(Effect::ChangesAtNextRestart)
    );
}

#[test]
fn counting_leaks_a_subject_and_its_referrer_and_says_which() {
    let answer = Small::usual()
        .simulator("reference-counting")
        .simulate(&[untag("v1")], &[]);
    assert!(answer.manifests_gone.is_empty());
    let index = answer
        .leaked
        .iter()
        .find(|leaked| leaked.digest == digest("index"))
        .unwrap();
    assert_eq!(index.kept_by, [digest("signature")]);
    assert!(
        answer
            .leaked
            .iter()
            .any(|leaked| leaked.digest == digest("signature"))
    );
}

#[test]
fn an_answer_names_the_knobs_that_nobody_established_where_they_matter() {
    let simulator = Small::usual().simulator("acr");
    assert!(
        simulator
            .simulate(&[delete("arm64")], &[])
            .unknown
            .contains(&"guard_child")
    );
    assert!(
        !simulator
            .simulate(&[untag("v0")], &[])
            .unknown
            .contains(&"guard_child")
    );
}

#[test]
fn why_gives_the_shortest_way_first_and_the_action_that_freed() {
    let simulator = Small::usual().simulator("zot");
    let why = simulator.why(&digest("base"), &[], 10).unwrap();
    let roots: Vec<(&str, usize)> = why
        .by
        .iter()
        .map(|kept| (kept.root.as_str(), kept.path.len()))
        .collect();
    assert_eq!(roots, [("app:v0", 2), ("app:v1", 3)]);
    assert_eq!((why.references.layer, why.references.child), (3, 0));
    assert_eq!(why.shared_with.len(), 3);
    let why = simulator
        .why(&digest("a"), &[untag("v0"), untag("v1")], 10)
        .unwrap();
    assert!(!why.kept && why.by.is_empty());
    assert_eq!(why.freed_by, ["app:v1"]);
    let why = simulator.why(&digest("signature"), &[], 10).unwrap();
    assert_eq!(
        why.by.first().unwrap().root,
        format!("app@{}", digest("signature"))
    );
}

#[test]
fn a_client_is_told_what_it_cannot_see() {
    let mut small = Small::new(View::client());
    small.image("app", "image", &["base"], None, Some("v1"));
    let answer = small.simulator("zot").simulate(&[untag("v1")], &[]);
    let is_told = |reason: &Partial| reason.what == Unseen::UntaggedManifests;
    assert!(answer.partial_view && answer.partial_reasons.iter().any(is_told));
    assert_eq!(answer.freed_bytes_on_disk, None);
}

#[test]
fn bytes_under_hard_links_come_back_with_the_last() {
    let disk = |actions: &[Action]| {
        let mut small = Small::new(View::storage(Rows::Layouts));
        small.image("app", "image", &["base"], None, Some("v1"));
        small.image("other", "image", &["base"], None, Some("v1"));
        let base = small.builder.object(digest("base"), 1000);
        for name in ["app", "other"] {
            let repository = small.builder.repository(name);
            small.builder.inode(repository, base, 7, 2);
        }
        let answer = small.simulator("zot").simulate(actions, &[]);
        (answer.freed_bytes, answer.freed_bytes_on_disk.unwrap())
    };
    let other = Action::DeleteTag {
        repository: "other".into(),
        tag: "v1".into(),
    };
    assert_eq!(disk(&[untag("v1")]), (1110, 110));
    assert_eq!(disk(&[untag("v1"), other]), (2220, 1220));
}

#[test]
fn a_removed_list_entry_is_unlisted_and_stays() {
    let mut small = Small::usual();
    small.image("app", "sbom", &["x"], Some("old"), Some("sbom"));
    let answer = small.simulator("olareg").simulate(&[untag("sbom")], &[]);
    assert_eq!(answer.unlisted.first().unwrap().digest, digest("sbom"));
    assert!(answer.manifests_gone.is_empty());
}

fn moved(tag: &str, name: &str) -> Action {
    Action::MoveTag {
        repository: "app".into(),
        tag: tag.into(),
        digest: digest(name),
    }
}

fn statuses(answer: &Answer) -> Vec<u16> {
    answer.actions.iter().map(|action| action.status).collect()
}

/// The four below were met by `tests/gc_live.rs`.
#[test]
fn a_tag_moves_only_to_what_its_repository_answers_for_and_has_whole() {
    let mut small = Small::usual();
    small.image("other", "elsewhere", &["base"], None, Some("1"));
    let repository = small.builder.repository("app");
    let config = small.builder.object(digest("config"), 10);
    let torn = small.builder.object(digest("torn layer"), 10);
    small.builder.hold(repository, config, StoredAs::Blob);
    small
        .builder
        .hold(repository, torn, StoredAs::LinkWithoutData);
    let content = ManifestContent {
        kind: ObjectKind::Image,
        config: Some(config),
        layers: vec![torn],
        ..ManifestContent::default()
    };
    small.manifest("app", "torn", &content, None);
    let simulator = small.simulator("distribution-3");
    let answer = simulator.simulate(
        &[
            moved("v0", "elsewhere"),
            moved("v0", "torn"),
            delete("lost"),
            moved("v0", "lost"),
            moved("v0", "index"),
        ],
        &[],
    );
    assert_eq!(statuses(&answer), [404, 400, 202, 404, 201]);
}

#[test]
fn a_repository_without_layers_ends_the_collection_of_3_and_is_not_seen_by_that_of_2_8() {
    let answer = |policy: &str| {
        let mut small = Small::usual();
        small.index("empty", "nothing", &[], Some("v1"));
        let repository = small.builder.repository("empty");
        small.builder.without_layers(repository);
        small.simulator(policy).simulate(&[], &[])
    };
    for policy in ["distribution-3", "distribution-3-delete-untagged"] {
        let answer = answer(policy);
        let reason = answer.aborted.unwrap_or_default();
        assert!(reason.ends_with("repositories/empty/_layers"), "{reason}");
        assert!(answer.objects_freed.is_empty(), "{policy}");
    }
    for policy in ["distribution-2.8", "distribution-2.8-delete-untagged"] {
        let answer = answer(policy);
        assert_eq!(answer.aborted, None, "{policy}");
        let gone = |name: &str| {
            let mut freed = answer.objects_freed.iter();
            freed.any(|freed| freed.digest == digest(name))
        };
        assert!(gone("nothing") && !gone("index"), "{policy}");
    }
}

#[test]
fn what_a_fallback_tag_no_longer_lists_is_unlisted_by_the_action_that_took_or_moved_it() {
    let fallback = format!("sha256-{}", digest("index").encoded());
    for action in [untag(&fallback), moved(&fallback, "other list")] {
        let mut small = Small::usual();
        small.index("app", "list", &["signature"], Some(&fallback));
        small.index("app", "other list", &["lost"], Some("v2"));
        let answer = small.simulator("distribution-3").simulate(&[action], &[]);
        let unlisted: Vec<_> = answer
            .unlisted
            .iter()
            .map(|one| (one.digest, one.subject, one.cause))
            .collect();
        assert_eq!(
            unlisted,
            [(digest("signature"), digest("index"), Cause::Collateral)]
        );
    }
}

#[test]
fn a_registry_that_deletes_no_tags_declines_before_it_looks() {
    let elsewhere = Action::DeleteTag {
        repository: "nowhere".into(),
        tag: "v1".into(),
    };
    let simulator = Small::usual().simulator("distribution-2.8");
    assert_eq!(
        statuses(&simulator.simulate(&[elsewhere, untag("no")], &[])),
        [400, 400]
    );
}

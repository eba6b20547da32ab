//! What single registries do, each on the smallest graph that shows it.

use super::*;
use crate::oci::distribution::Unreadable;

fn names(list: &[GoneManifest]) -> Vec<Digest> {
    list.iter().map(|gone| gone.digest).collect()
}

fn has(answer: &Answer, name: &str) -> bool {
    let mut gone = answer.manifests_gone.iter();
    gone.any(|gone| gone.digest == digest(name))
}

fn errs(answer: &Answer, what: Unseen) -> Errs {
    let mut reasons = answer.partial_reasons.iter();
    reasons.find(|reason| reason.what == what).unwrap().errs
}

fn layout() -> Small {
    Small::new(View::storage(Rows::Layouts))
}

#[test]
fn what_is_not_seen_errs_as_the_roots_of_the_policy_make_it() {
    let answer = |policy: &str, actions: &[Action]| {
        let mut small = Small::usual();
        small.builder.see(View::client());
        small.simulator(policy).simulate(actions, &[])
    };
    let untagged = Unseen::UntaggedManifests;
    for (policy, expected) in [
        ("distribution-3", Errs::Less),
        ("distribution-3-delete-untagged", Errs::More),
        ("distribution-2.8-delete-untagged", Errs::More),
        ("zot", Errs::Both),
        ("zot-keep-untagged", Errs::Less),
        ("olareg", Errs::Less),
        ("go-containerregistry", Errs::Less),
        ("reference-counting", Errs::Less),
    ] {
        assert_eq!(errs(&answer(policy, &[]), untagged), expected, "{policy}");
    }
    assert_eq!(
        errs(&answer("zot", &[]), Unseen::OtherRepositories),
        Errs::Neither
    );
    assert_eq!(
        answer("distribution-3", &[untag("v0")]).at_most(),
        "at most "
    );
    let both = answer("distribution-3-delete-untagged", &[untag("v0")]);
    assert_eq!(both.at_most(), "about ");
    let warned = answer("distribution-2.8-delete-untagged", &[]);
    let words = warned.partial_reasons.iter().map(|reason| reason.words);
    assert!(words.collect::<String>().contains("never had a tag"));
}

#[test]
fn whether_deletion_is_switched_on_is_assumed_and_told_and_can_be_said() {
    let answer = |deletion: Option<Deletion>| {
        let mut policy = preset("distribution-3").unwrap();
        if let Some(deletion) = deletion {
            policy.knobs.deletion = Knob::Known(deletion, Evidence::Documented);
        }
        let inventory = Arc::new(Small::usual().builder.build().unwrap());
        Simulator::new(inventory, policy).simulate(&[untag("v0"), delete("lost")], &[])
    };
    let assumed = answer(None);
    assert_eq!(statuses(&assumed), [202, 202]);
    assert!(assumed.assumed.iter().any(|words| words.contains("405")));
    let on = answer(Some(Deletion::On));
    assert!(on.assumed.is_empty() && statuses(&on) == [202, 202]);
    let off = answer(Some(Deletion::Off(405)));
    assert!(off.assumed.is_empty() && statuses(&off) == [405, 405]);
    assert!(off.tags_gone.is_empty());
}

#[test]
fn an_answer_stands_on_the_weakest_rule_that_it_uses() {
    let answer = |tag: &str| {
        let mut policy = preset("distribution-3").unwrap();
        policy.knobs.guard_tagged = Knob::Known(Guard::None, Evidence::Recalled);
        let inventory = Arc::new(Small::usual().builder.build().unwrap());
        Simulator::new(inventory, policy).simulate(&[delete(tag)], &[])
    };
    // What becomes of a tagged manifest is only recalled.
    assert_eq!(answer("old").evidence, Evidence::Recalled);
    assert_eq!(answer("lost").evidence, Evidence::Ran);
    let zot = Small::usual()
        .simulator("zot")
        .simulate(&[untag("v0")], &[]);
    assert_eq!(
        (zot.evidence, zot.when_evidence),
        (Evidence::Ran, Evidence::Source)
    );
}

#[test]
fn zot_drops_rows_of_a_media_type_that_it_does_not_know() {
    let mut small = layout();
    small.image("app", "good", &["a"], None, Some("v1"));
    small.image("app", "strange", &["b"], None, Some("x"));
    let repository = small.builder.repository("app");
    let strange = small.builder.object(digest("strange"), 100);
    small.builder.foreign_row(repository, strange);
    let inventory = Arc::new(small.builder.build().unwrap());
    let of = |policy: &str| {
        let simulator = Simulator::new(inventory.clone(), preset(policy).unwrap());
        simulator.without_actions()
    };
    assert_eq!(names(&of("zot").manifests_gone), [digest("strange")]);
    assert!(of("olareg").manifests_gone.is_empty());
}

#[test]
fn zot_declines_in_a_repository_that_it_does_not_have() {
    let elsewhere = Action::DeleteManifest {
        repository: "nowhere".into(),
        digest: digest("x"),
    };
    for (policy, status) in [("zot", 400), ("distribution-3", 404), ("olareg", 404)] {
        let answer = Small::usual()
            .simulator(policy)
            .simulate(std::slice::from_ref(&elsewhere), &[]);
        assert_eq!(statuses(&answer), [status], "{policy}");
    }
}

/// Seeds 578, 624, 717 and others of a model of zot.
#[test]
fn a_cosign_tag_may_itself_hold_the_row_that_keeps_it() {
    let tag = format!("sha256-{}.sig", digest("subject").encoded());
    let mut small = layout();
    small.image("app", "subject", &["a"], None, None);
    small.index("app", "around", &["subject"], Some(&tag));
    let kept = small.simulator("zot-delete-referrers").without_actions();
    assert!(kept.tags_gone.is_empty() && kept.manifests_gone.is_empty());
    let mut small = layout();
    small.image("app", "other", &["a"], None, Some(&tag));
    let gone = small.simulator("zot-delete-referrers").without_actions();
    assert_eq!(gone.tags_gone.first().unwrap().tag, tag);
}

#[test]
fn quay_expires_cosigns_tags_with_the_last_tag_even_where_the_manifest_stays() {
    let sibling = |suffix: &str| format!("sha256-{}{suffix}", digest("old").encoded());
    let answer = |actions: &[Action]| {
        let mut small = Small::usual();
        small.image("app", "old", &["base", "o"], None, Some("also"));
        small.image("app", "sig", &["s"], None, Some(&sibling(".sig")));
        // A referrer pins its subject there.
        small.image("app", "pin", &["p"], Some("old"), None);
        small.simulator("quay").simulate(actions, &[])
    };
    let tags = |answer: &Answer| {
        answer
            .tags_gone
            .iter()
            .map(|gone| gone.tag.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(tags(&answer(&[untag("v0")])), ["v0"]);
    let last = answer(&[untag("v0"), untag("also")]);
    assert_eq!(
        tags(&last),
        ["also".to_owned(), sibling(".sig"), "v0".to_owned()]
    );
    assert!(!has(&last, "old") && has(&last, "sig"));
    assert_eq!(tags(&answer(&[delete("old")])).len(), 3);
}

#[test]
fn what_is_named_in_one_store_is_collateral_in_another() {
    let mut small = layout();
    small.image("app", "a", &["l"], None, Some("v1"));
    small.image("other", "a", &["l"], None, Some("v1"));
    let elsewhere = Action::DeleteTag {
        repository: "other".into(),
        tag: "v1".into(),
    };
    let answer = small
        .simulator("zot")
        .simulate(&[delete("a"), elsewhere], &[]);
    let causes: Vec<_> = answer
        .objects_freed
        .iter()
        .filter(|freed| freed.digest == digest("a"))
        .map(|freed| (freed.scope.as_ref(), freed.cause))
        .collect();
    assert_eq!(
        causes,
        [("app", Cause::Named), ("other", Cause::Collateral)]
    );
}

#[test]
fn nothing_goes_in_a_repository_of_which_nobody_knows_what_it_holds() {
    let answer = |policy: &str, why: Frozen| {
        let mut small = layout();
        small.image("app", "a", &["l"], None, Some("v1"));
        let repository = small.builder.repository("unread");
        let blob = small.builder.object(digest("held by something"), 1000);
        small.builder.hold(repository, blob, StoredAs::Blob);
        small.builder.frozen(repository, why);
        small.simulator(policy).without_actions().freed_bytes
    };
    for policy in NAMES
        .into_iter()
        .chain([UNKNOWN])
        .filter(|name| *name != UNKNOWN)
    {
        assert_eq!(answer(policy, Frozen::ByIndex), 0, "{policy}");
    }
    assert_eq!(answer("zot", Frozen::ByManifest), 0);
    // It passes over what it cannot read, and frees what only that held.
    assert_eq!(answer("olareg", Frozen::ByManifest), 1000);
}

#[test]
fn olareg_takes_fallback_tags_of_a_foreign_layout_for_its_own_lists() {
    let fallback = format!("sha256-{}", digest("subject").encoded());
    let answer = |is_same: bool, is_converted: bool| {
        let mut small = layout();
        small.image("app", "subject", &["a"], None, Some("v1"));
        small.index("app", "list", &["referrer"], Some(&fallback));
        // Known only by the fallback tag: no row of its own.
        let repository = small.builder.repository("app");
        let config = small.builder.object(digest("c"), 10);
        let referrer = small.builder.object(digest("referrer"), 100);
        let subject = small.builder.object(digest("subject"), 0);
        let content = ManifestContent {
            kind: ObjectKind::Image,
            config: Some(config),
            subject: Some(subject),
            ..ManifestContent::default()
        };
        small.builder.manifest(referrer, &content);
        small.builder.hold(repository, referrer, StoredAs::DataOnly);
        small.builder.hold(repository, config, StoredAs::Blob);
        let list = small.builder.object(digest("list"), 0);
        if is_same {
            small.builder.convertible(repository, list);
        }
        if is_converted {
            small.builder.converted(repository);
        }
        small
            .simulator("olareg")
            .simulate(&[delete("subject")], &[])
    };
    let converted = answer(true, false);
    assert!(has(&converted, "referrer") && has(&converted, "list"));
    // What olareg pushed itself is a tag like any other.
    assert!(!has(&answer(true, true), "referrer"));
    // A list that says something else stays as an index without a tag, and holds what it lists.
    let rewritten = answer(false, false);
    assert!(!has(&rewritten, "list") && !has(&rewritten, "referrer"));
}

#[test]
fn a_child_that_olareg_deletes_is_away_until_it_restarts() {
    let mut small = layout();
    small.image("app", "amd64", &["a"], None, None);
    small.index("app", "index", &["amd64"], Some("v1"));
    let simulator = small.simulator("olareg");
    let answer = simulator.simulate(&[delete("amd64")], &[]);
    assert_eq!(names(&answer.away_until_restart), [digest("amd64")]);
    assert!(answer.manifests_gone.is_empty());
    let all = simulator.simulate(&[delete("index"), delete("amd64")], &[]);
    assert!(all.away_until_restart.is_empty());
}

#[test]
fn a_manifest_that_cannot_be_read_ends_the_collection_where_it_is_met() {
    let answer = |policy: &str, tag: Option<&str>, why: Unreadable| {
        let mut small = Small::usual();
        small.image("app", "strange", &["x"], None, tag);
        let strange = small.builder.object(digest("strange"), 100);
        small.builder.unreadable(strange, why);
        small.simulator(policy).simulate(&[untag("v1")], &[])
    };
    let both = || Unreadable::by_both("no reason");
    for policy in ["distribution-2.8", "distribution-3"] {
        let answer = answer(policy, None, both());
        assert!(
            answer
                .aborted
                .unwrap()
                .starts_with("failed to retrieve manifest")
        );
        assert!(answer.objects_freed.is_empty() && answer.broken.is_empty());
    }
    for policy in [
        "distribution-2.8-delete-untagged",
        "distribution-3-delete-untagged",
    ] {
        assert_eq!(
            answer(policy, None, both()).aborted,
            None,
            "{policy}: not met"
        );
        let met = answer(policy, Some("x"), both());
        assert!(met.aborted.is_some() && met.objects_freed.is_empty());
    }
    let schema1 = || Unreadable {
        by_2: None,
        by_3: Some("unrecognized manifest schema version 1".into()),
    };
    assert_eq!(answer("distribution-2.8", None, schema1()).aborted, None);
    assert!(answer("distribution-3", None, schema1()).aborted.is_some());
    assert_eq!(answer("harbor", None, both()).aborted, None);
}

#[test]
fn damaged_links_end_the_collection_of_those_who_read_them() {
    let aborts = |policy: &str, damage: Damage| {
        let mut small = Small::usual();
        let repository = small.builder.repository("app");
        small.builder.damaged(repository, damage);
        let answer = small.simulator(policy).without_actions();
        assert!(answer.aborted.is_none() || answer.objects_freed.is_empty());
        answer.aborted.is_some()
    };
    let reason = || "invalid checksum digest format".to_owned();
    for (policy, deletes, is_3) in [
        ("distribution-2.8", false, false),
        ("distribution-2.8-delete-untagged", true, false),
        ("distribution-3", false, true),
        ("distribution-3-delete-untagged", true, true),
    ] {
        assert!(aborts(policy, Damage::Name(reason())), "{policy}");
        assert!(aborts(policy, Damage::Revision(reason())), "{policy}");
        assert_eq!(aborts(policy, Damage::Tag(reason())), deletes, "{policy}");
        assert_eq!(aborts(policy, Damage::Layer(reason())), is_3, "{policy}");
        let mut small = Small::usual();
        let lost = small.builder.object(digest("lost"), 0);
        assert_eq!(aborts(policy, Damage::Twice(lost)), deletes, "{policy}");
    }
    // It removes manifests before it lists the blobs.
    let mut small = Small::usual();
    small.builder.blobs_damaged("x".into());
    let answer = small
        .simulator("distribution-3-delete-untagged")
        .without_actions();
    assert!(answer.aborted.is_some() && answer.objects_freed.is_empty());
    assert!(has(&answer, "lost"));
}

#[test]
fn what_was_left_unasked_is_not_said_to_be_missing() {
    let mut small = Small::usual();
    let repository = small.builder.repository("app");
    small.builder.tags_unseen(repository);
    // Whatever else was left out: of these the registry itself said that they are not there.
    small.builder.answered_missing("app", "v8");
    let missing = digest("y").to_string();
    small.builder.answered_missing("app", &missing);
    let asked = [
        untag("v0"),
        untag("v7"),
        delete("x"),
        untag("v8"),
        delete("y"),
    ];
    let simulator = small.simulator("zot");
    let answer = simulator.simulate(&asked, &[]);
    let results: Vec<_> = answer.actions.iter().map(|action| action.result).collect();
    let (unasked, missing) = (ActionResult::NotAsked, ActionResult::NotFound);
    assert_eq!(
        results,
        [ActionResult::Accepted, unasked, unasked, missing, missing]
    );
    let telling = Telling::new(&simulator, &answer);
    let document = crate::export::impact::document(&telling, "it was asked for");
    let document = serde_json::to_value(document).unwrap();
    assert_eq!(document["actions"][1]["status"], serde_json::Value::Null);
    assert_eq!(document["actions"][1]["result"], "not-asked");
}

#[test]
fn layouts_of_an_unknown_registry_are_stores_of_their_own() {
    let mut small = layout();
    small.image("app", "a", &["l"], None, Some("v1"));
    small.image("other", "a", &["l"], None, Some("v1"));
    let inventory = Arc::new(small.builder.build().unwrap());
    let answer = Simulator::new(inventory, unknown_policy()).simulate(&[untag("v1")], &[]);
    assert_eq!(answer.freed_bytes, 100 + 10 + 1000);
    assert!(
        answer
            .objects_freed
            .iter()
            .all(|freed| freed.when == When::Unknown)
    );
}

#[test]
fn why_tells_of_what_gives_up_and_of_what_no_longer_answers() {
    let mut small = Small::usual();
    small.image("other", "never", &["x"], None, None);
    let simulator = small.simulator("distribution-2.8-delete-untagged");
    let why = simulator.why(&digest("never"), &[], 9).unwrap();
    assert!(why.kept && why.by.is_empty() && why.aborted.is_some());

    let simulator = Small::usual().simulator("distribution-3");
    let why = simulator.why(&digest("old"), &[delete("old")], 9).unwrap();
    assert_eq!((why.references.tag, why.answers), (0, Some(false)));
    let why = simulator
        .why(&digest("amd64"), &[delete("amd64")], 9)
        .unwrap();
    assert!(
        why.kept && why.answers == Some(false),
        "its index keeps the bytes"
    );
    let why = simulator.why(&digest("old"), &[], 9).unwrap();
    assert_eq!((why.answers, why.shared_with.len()), (Some(true), 0));
}

#[test]
fn a_tag_moves_to_an_image_whose_foreign_layer_is_elsewhere() {
    let answer = |is_foreign: bool| {
        let mut small = Small::usual();
        let repository = small.builder.repository("app");
        let config = small.builder.object(digest("config"), 10);
        let layer = small.builder.object(digest("windows"), 10);
        small.builder.hold(repository, config, StoredAs::Blob);
        let content = ManifestContent {
            kind: ObjectKind::Image,
            config: Some(config),
            layers: vec![layer],
            ..ManifestContent::default()
        };
        small.manifest("app", "windows image", &content, None);
        let image = small.builder.object(digest("windows image"), 0);
        if is_foreign {
            small.builder.foreign_layer(image, layer);
        }
        let moves = [moved("v0", "windows image")];
        statuses(&small.simulator("distribution-3").simulate(&moves, &[]))
    };
    assert_eq!((answer(false), answer(true)), (vec![400], vec![201]));
}

#[test]
fn an_older_zot_leaves_nothing_of_a_tag() {
    let mut policy = preset("zot").unwrap();
    policy.knobs.tag_delete = Knob::Known(TagDelete::DropRow, Evidence::Source);
    let inventory = Arc::new(Small::usual().builder.build().unwrap());
    let simulator = Simulator::new(inventory, policy);
    let again = delete("old");
    assert_eq!(
        statuses(&simulator.simulate(&[untag("v0"), again], &[])),
        [202, 404]
    );
}

#[test]
fn a_manifest_whose_bytes_stay_is_told_of_once_with_what_keeps_them() {
    let mut small = Small::usual();
    small.image("other", "old", &["base", "o"], None, Some("v1"));
    let simulator = small.simulator("gitlab");
    let answer = simulator.simulate(&[delete("old")], &[]);
    let lines = &listing(simulator.inventory(), &answer)["app"];
    let is_old =
        |line: &&Line| matches!(&line.subject, Subject::Object(_, of) if *of == digest("old"));
    let told: Vec<&Line> = lines.iter().filter(is_old).collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].goes && told[0].words().contains("other:v1"),
        "{}",
        told[0].words()
    );
}

#[test]
fn retention_takes_the_tags_that_it_does_not_keep_and_what_only_they_hold() {
    let under = |retention: TagRetention, actions: &[Action]| {
        let mut policy = preset("zot").unwrap();
        policy.knobs.tag_retention = Knob::Known(retention, Evidence::Documented);
        let mut small = Small::usual();
        // A tag of cosign for an image that stays: no pattern of a person's tags matches it.
        let cosign = format!("{}.sig", digest("old").to_string().replace(':', "-"));
        small.image("app", "old.sig", &["sig"], None, Some(&cosign));
        let inventory = Arc::new(small.builder.build().unwrap());
        Simulator::new(inventory, policy).simulate(actions, &[])
    };
    let keep = |pattern: &str| {
        let pattern = TagPattern::try_from(pattern.to_owned()).unwrap();
        TagRetention::Keep(vec![KeptTags::everywhere(vec![pattern])])
    };
    let tags = |answer: &Answer| -> Vec<(String, Cause)> {
        let gone = answer.tags_gone.iter();
        gone.map(|gone| (gone.tag.clone(), gone.cause))
            .filter(|(tag, _)| tag.starts_with('v'))
            .collect()
    };
    let answer = under(keep("^v0$"), &[]);
    assert_eq!(tags(&answer), [("v1".to_owned(), Cause::Anyway)]);
    assert_eq!(answer.tags_gone.len(), 2, "and the tag of cosign");
    assert!(
        ["index", "amd64", "arm64", "old.sig"]
            .iter()
            .all(|name| has(&answer, name))
    );
    assert!(!has(&answer, "old") && answer.assumed.is_empty());
    assert_eq!(answer.evidence, Evidence::Documented);
    // What a person deletes beside it is theirs.
    let answer = under(keep("^v"), &[untag("v0")]);
    assert_eq!(tags(&answer), [("v0".to_owned(), Cause::Named)]);
    // Not told, none is taken for granted; told that there is none, nothing is.
    let assumed = under(TagRetention::Option, &[]);
    assert!(assumed.tags_gone.is_empty() && assumed.assumed[0].contains("keepTags"));
    let off = under(TagRetention::Off, &[]);
    assert!(off.tags_gone.is_empty() && off.assumed.is_empty());
    let mut policy = preset("zot").unwrap();
    policy.knobs.tag_retention = Knob::Unknown;
    let inventory = Arc::new(Small::usual().builder.build().unwrap());
    let unknown = Simulator::new(inventory, policy).without_actions();
    assert_eq!(unknown.unknown, ["tag_retention"]);
}

#[test]
fn a_manifest_that_retention_leaves_one_tag_is_no_untagged_one() {
    let mut small = Small::new(View::storage(Rows::Known));
    small.image("prod", "two", &["l"], None, Some("keep"));
    small.image("prod", "two", &["l"], None, Some("drop"));
    small.image("dev", "other", &["l"], None, Some("drop"));
    let mut policy = preset("zot").unwrap();
    let kept = KeptTags {
        repositories: vec!["prod".to_owned()],
        tags: vec![TagPattern::try_from("keep".to_owned()).unwrap()],
    };
    policy.knobs.tag_retention = Knob::Known(TagRetention::Keep(vec![kept]), Evidence::Documented);
    let inventory = Arc::new(small.builder.build().unwrap());
    let answer = Simulator::new(inventory, policy).without_actions();
    let gone: Vec<_> = answer
        .tags_gone
        .iter()
        .map(|gone| (&*gone.repository, &*gone.tag))
        .collect();
    assert_eq!(
        gone,
        [("prod", "drop")],
        "no entry means dev, so nothing goes there"
    );
    assert!(answer.manifests_gone.is_empty());
}

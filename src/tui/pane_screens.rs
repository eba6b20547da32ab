//! The panes over the built-in example.

use crate::crawl::{Event, Progress};
use crate::insight::outline::fixture::{World, repository};
use crate::oci::purpose::DocumentKinds;
use crate::oci::{Address, Repository};

use super::impact::{Target, Topic};
use super::message::Message;
use super::model::Trust;
use super::screens::{NOW, Screen};
use super::theme::Theme;

/// The built-in example, read to its end.
fn demo() -> (Vec<crate::graph::Fact>, Address) {
    read_demo(DocumentKinds::NONE)
}

/// The same with attached documents of these kinds.
pub(super) fn read_demo(documents: DocumentKinds) -> (Vec<crate::graph::Fact>, Address) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let network = crate::session::Network::default();
        let opened =
            crate::session::open("demo", &network, &crate::source::Limits::default()).unwrap();
        let root = opened.root.clone();
        let plan = crate::crawl::Plan {
            is_full: true,
            documents,
            ..crate::crawl::Plan::default()
        };
        let (crawl, mut events) = crate::crawl::Crawl::start(plan, 1);
        crawl.begin(vec![(opened.source, opened.root)]);
        let mut facts = Vec::new();
        while let Some(event) = events.recv().await {
            match event {
                Event::Facts(more) => facts.extend(more),
                Event::Progress(progress) if progress.is_idle => break,
                Event::Progress(_) => {}
            }
        }
        (facts, root)
    })
}

/// The built-in example, at a repository.
fn example(size: (u16, u16)) -> Screen {
    screen_of(demo(), size)
}

/// A screen at what was read of the example.
pub(super) fn screen_of(
    (facts, root): (Vec<crate::graph::Fact>, Address),
    size: (u16, u16),
) -> Screen {
    let mut screen = Screen::over(std::slice::from_ref(&root), &World { facts }, size);
    screen.service.open(Target {
        origin: root.origin().clone(),
        written: "demo".to_owned(),
        kind: crate::oci::OriginKind::Demo,
        source: None,
    });
    // A while after the newest image of the example.
    screen.model.now = "2026-02-01T12:00:00Z".parse().unwrap();
    screen
}

#[test]
fn the_impact_of_two_tags_at_160_by_45() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.4.1<Enter> :team/app:1.3.9<Enter> x");
    insta::assert_snapshot!("impact-160x45", screen.shown());
    screen.press("<Esc>");
    insta::assert_snapshot!("impact-affected-160x45", screen.shown());
}

#[test]
fn the_impact_of_a_tag_at_80_by_24() {
    let mut screen = example((80, 24));
    screen.press(":team/app:1.4.1<Enter>x");
    insta::assert_snapshot!("impact-80x24", screen.shown());
    screen.press("e");
    insta::assert_snapshot!("impact-plan-80x24", screen.shown());
}

#[test]
fn policies_are_chosen_and_compared() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.4.1<Enter>xp");
    insta::assert_snapshot!("impact-policies-160x45", screen.shown());
    screen.press("<Esc>djj<Enter>");
    insta::assert_snapshot!("impact-difference-160x45", screen.shown());
    screen.press("dp<Down><Enter>");
    assert_eq!(
        screen.model.impact.parts[0].rules.policy.as_deref(),
        Some("zot-delete-referrers")
    );
    assert!(screen.shown().contains("policy zot-delete-referrers"));
}

#[test]
fn deletion_is_switched_off_and_on_with_what_that_changes() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.4.1<Enter>xp<Down>");
    let choices = screen.model.impact.impact().unwrap().choices.clone();
    let at = choices.iter().position(|one| one.name == "distribution-3");
    screen
        .press(&"<Down>".repeat(at.unwrap() - 1))
        .press("<Enter>5");
    assert!(
        screen.shown().contains("deletion is switched on"),
        "{}",
        screen.shown()
    );
    screen.press("t");
    insta::assert_snapshot!("impact-deletion-off-160x45", screen.shown());
    screen.press("t");
    let shown = screen.shown();
    assert!(
        shown.contains("distribution-3 (3.1.1), deletion on,"),
        "{shown}"
    );
    assert!(
        shown.contains("compared with distribution-3, deletion off"),
        "{shown}"
    );
    assert!(!shown.contains("deletion is switched on"), "{shown}");
    screen.press("d");
    assert!(screen.model.impact.other.is_none());
    // It goes on being said of this registry, and where keys are told this one is.
    screen.press("<Esc>x");
    assert_eq!(screen.model.impact.parts[0].rules.deletion, Some(true));
    screen.press("?GGGG");
    assert!(
        screen.shown().contains("deletion is off in the"),
        "{}",
        screen.shown()
    );
}

#[test]
fn marks_on_two_registries_are_answered_together_and_shown_one_by_one() {
    let (mut facts, example) = demo();
    let usual = World::usual();
    facts.extend(usual.facts.iter().cloned());
    let other = repository();
    let roots = [example.clone(), Address::Repository(other.clone())];
    let mut screen = Screen::over(&roots, &World { facts }, (160, 45));
    let app = Repository::new(example.origin(), "team/app");
    for (repository, tag) in [(&app, "1.4.1"), (&app, "1.4"), (&other, "1.4")] {
        let node = screen.model.known.graph.tag(repository, tag).unwrap();
        screen.model.marked.insert(node);
    }
    screen.press("x");
    insta::assert_snapshot!("impact-two-registries-160x45", screen.shown());
    let tags = |screen: &Screen| -> Vec<String> {
        let signs = screen.model.affected.keys();
        let mut names: Vec<_> = signs
            .filter_map(|node| {
                let view = screen.model.known.graph.view(*node);
                let name = screen.model.known.graph.tag_name(*node)?;
                Some(format!("{} {}", view.origin?, name.as_str()))
            })
            .collect();
        names.sort();
        names
    };
    let both = tags(&screen);
    assert!(both.contains(&format!("{} 1.4", other.origin)), "{both:?}");
    assert!(
        both.contains(&format!("{} 1.4.1", example.origin())),
        "{both:?}"
    );
    // The third is the first that deletes by tag.
    screen.press("p<Down><Down><Down><Enter>}");
    let shown = screen.shown();
    assert!(
        shown.contains(&format!("on {} (2 of 2)", other.origin)),
        "{shown}"
    );
    assert!(shown.contains("together   2 registries: "), "{shown}");
    assert_eq!(tags(&screen), both);
    let rules: Vec<_> = screen
        .model
        .impact
        .parts
        .iter()
        .map(|part| part.rules.policy.is_some())
        .collect();
    assert_eq!(
        rules,
        [true, false],
        "what is chosen for one registry is not chosen for another"
    );
    screen.press("<Down><Enter>");
    assert!(screen.model.top().is_none());
}

#[test]
fn why_a_layer_is_kept() {
    let mut screen = example((160, 45));
    screen.press(":sha256:a12ec85de22b<Enter>w");
    insta::assert_snapshot!("why-160x45", screen.shown());
    screen.press("<Down><Enter>");
    assert!(screen.model.top().is_none());
    let mut screen = example((80, 24));
    screen.press(":sha256:a12ec85de22b<Enter>w");
    insta::assert_snapshot!("why-80x24", screen.shown());
}

#[test]
fn requests_are_listed_and_a_host_that_waits_or_limits_is_told() {
    use crate::source::Allowance;
    use crate::source::registry::{LogEntry, Outcome, RequestKind};
    let mut screen = Screen::of(&World::usual(), (120, 14));
    let entry = |status, attempt| LogEntry {
        at: jiff::Timestamp::from_second(NOW).unwrap(),
        kind: RequestKind::Manifest,
        method: "GET",
        url: "http://127.0.0.1:5000/v2/team/app/manifests/1.4.1?token=redacted".to_owned(),
        outcome: status,
        bytes: 1_234,
        took: std::time::Duration::from_millis(21),
        attempt,
    };
    screen.press("@");
    assert!(screen.shown().contains("nothing was sent"));
    screen.model.trust = Trust::Unverified;
    screen.model.log = vec![
        entry(Outcome::Status(429), 1),
        entry(Outcome::Status(200), 2),
        entry(Outcome::Error("connection reset".to_owned()), 1),
        entry(Outcome::Cached, 1),
    ];
    let progress = Progress {
        requests: 3,
        bytes: 3_702,
        allowance: Some((
            "127.0.0.1:5000".into(),
            Allowance {
                limit: 100,
                remaining: 87,
            },
        )),
        ..Progress::default()
    };
    screen.tell(Message::Crawled(Event::Progress(progress)));
    insta::assert_snapshot!("requests", screen.shown());
    screen.press("<Esc>");
    assert!(screen.model.top().is_none());
}

#[test]
fn an_impact_that_is_worked_out_while_one_looks_why_is_there_when_one_comes_back() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.4.1<Enter>D2");
    assert!(screen.shown().contains("NOT SAFE"), "{}", screen.shown());
    // Under other rules, and before their answer a question of another kind.
    screen.unanswered = Some(Vec::new());
    screen.press("tw");
    assert_eq!(screen.unanswered.as_ref().unwrap().len(), 2);
    screen.press("<Esc>");
    screen.answer_newest_first();
    let shown = screen.shown();
    assert!(
        shown.contains("deletion off") && shown.contains("REFUSED"),
        "{shown}"
    );
    assert!(!screen.model.impact.is_waiting);
}

#[test]
fn an_impact_that_comes_late_is_not_shown_over_a_newer_one() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.4.1<Enter>D");
    screen.unanswered = Some(Vec::new());
    // Off, on again: the answer for "off" comes last.
    screen.press("tt");
    screen.answer_newest_first();
    let shown = screen.shown();
    assert!(
        shown.contains("deletion on") && shown.contains("NOT SAFE"),
        "{shown}"
    );
    assert!(!shown.contains("REFUSED"), "{shown}");
}

#[test]
fn what_the_next_collection_removes_has_a_key_of_its_own() {
    let mut screen = example((80, 24));
    screen.press("gX");
    assert!(
        screen.shown().contains("Next garbage collection"),
        "{}",
        screen.shown()
    );
}

#[test]
fn a_heading_stands_for_its_tags_and_one_tag_of_several_can_be_meant() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.3<Enter>x");
    let meant = |screen: &Screen| screen.model.impact.parts[0].actions.clone();
    let delete = |tag: &str| crate::insight::impact::Action::DeleteTag {
        repository: "team/app".to_owned(),
        tag: tag.to_owned(),
    };
    assert_eq!(meant(&screen), [delete("1.3")], "the one that was gone to");
    assert!(screen.shown().contains("[x] 1.3   [ ] 1.3.2"));
    screen.press(" ");
    assert_eq!(meant(&screen), [delete("1.3.2")]);
    screen.press(" ");
    assert_eq!(meant(&screen), [delete("1.3"), delete("1.3.2")]);
    assert!(screen.shown().contains("NOT SAFE"), "{}", screen.shown());
    // The line of versions above it stands for all of them; a blob for nothing.
    screen.press("<Esc>kx");
    assert!(meant(&screen).len() > 3, "{:?}", meant(&screen));
    screen.press("<Esc>:sha256:a12ec85de22b<Enter>x");
    assert!(screen.model.top().is_none());
    assert!(
        screen
            .shown()
            .contains("a blob is deleted with what names it")
    );
}

#[test]
fn the_verdict_is_in_sight_and_every_sentence_can_be_reached_on_the_smallest_screen() {
    let mut screen = example((40, 12));
    screen.press(":team/app:1.3.2<Enter>x");
    let mut seen = String::new();
    let impact = screen.model.impact.impact().unwrap().clone();
    for number in 1..=5 {
        screen.press(&number.to_string());
        for _ in 0..60 {
            let shown = screen.shown();
            assert!(shown.contains("NOT SAFE"), "{shown}");
            seen.push_str(&shown);
            screen.press("j");
        }
    }
    for total in &impact.totals {
        let is_in_a_box = matches!(total.topic, Topic::Danger | Topic::NotKnown);
        let mut words = total.words.split(' ').filter(|word| word.len() < 8);
        assert!(
            !is_in_a_box || words.all(|word| seen.contains(word)),
            "{}",
            total.words
        );
    }
    insta::assert_snapshot!("impact-40x12", screen.press("1").shown());
}

#[test]
fn a_jump_out_of_the_impact_comes_back_to_it_as_it_was() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.3.1<Enter>x2jj");
    let before = screen.shown();
    for back in ["H", "<Esc>"] {
        screen.press("<Enter>");
        assert!(screen.model.top().is_none());
        screen.press(back);
        assert_eq!(screen.shown(), before);
    }
    // Help lies over it, and closes to it.
    screen.press("?<Esc>");
    assert_eq!(screen.shown(), before);
}

/// How each pane and tab is reached, from the example with one of its images under the cursor.
const WAYS: &[(&str, &str)] = &[
    ("browse", ""),
    ("details", "<Tab>"),
    ("raw", "2"),
    ("layers", "lj3"),
    ("find", "/spdx"),
    ("go-to", ":i"),
    ("impact", "x"),
    ("policies", "xp"),
    ("commands", "xe"),
    ("collection", "X"),
    ("why", "w"),
    ("used-by", "U"),
    ("neighbours", "M"),
    ("links", "f"),
    ("work", "W"),
    ("write-out", "E"),
    ("problems", "<C-p>"),
    ("requests", "@"),
    ("copy", "y"),
    ("load-all", "L"),
    ("verify", "V"),
    ("help", "?"),
    ("home", "o"),
];

#[test]
fn every_pane_fits_every_screen_and_needs_nothing_beyond_ascii() {
    for (width, height) in [(160, 45), (100, 30), (80, 24), (40, 12)] {
        for (name, keys) in WAYS {
            let mut screen = example((width, height));
            screen.press(":team/app:1.3.2<Enter>").press(keys);
            let shown = screen.shown();
            let lines: Vec<&str> = shown.lines().collect();
            assert_eq!(lines.len(), usize::from(height), "{name} at {width}");
            assert!(lines.iter().any(|line| !line.is_empty()), "{name}");
            if matches!(
                (width, *name),
                (100, "browse")
                    | (160, "neighbours")
                    | (40, "browse" | "details" | "problems" | "home" | "verify")
                    | (
                        80,
                        "problems" | "help" | "go-to" | "neighbours" | "links" | "work" | "verify"
                    )
            ) {
                insta::assert_snapshot!(format!("{name}-{width}x{height}"), shown);
            }
            screen.model.theme = Theme::new(false, true);
            let plain = screen.shown();
            assert!(plain.is_ascii(), "{name} at {width}: {plain}");
        }
    }
}

#[test]
fn the_neighbourhood_is_walked_to_both_sides_and_left_for_the_tree() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.3.2<Enter>M");
    let at_image = screen.shown();
    assert!(at_image.contains("lists"), "{at_image}");
    // To the first platform, and on to what holds it: the index again, or another.
    screen.press("l");
    let at_platform = screen.shown();
    assert_ne!(at_platform, at_image);
    assert!(at_platform.contains("config"), "{at_platform}");
    screen.press("hh");
    assert!(screen.shown().contains("lists"), "{}", screen.shown());
    screen.press("hhhhhhhh");
    assert!(
        screen.model.notice.is_some(),
        "a registry has nothing above it"
    );
    screen.press("l ");
    let shown = screen.shown();
    assert_eq!(screen.model.place().0, "tree and details", "{shown}");
    screen.press("H");
    assert_eq!(screen.model.place().0, "neighbours", "and back to it");
}

#[test]
fn each_box_of_the_impact_explains_its_word_where_there_is_room() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.3.2<Enter>x");
    for (key, words) in [
        ("2", "goes along with it because only that kept it"),
        ("4", "takes without these deletions too"),
    ] {
        screen.press(key);
        let shown = screen.shown();
        assert!(shown.contains(words), "{shown}");
    }
}

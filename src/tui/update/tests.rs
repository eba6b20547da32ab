//! What keys and answers change, and what they ask for.

use crate::crawl::{Event, Progress, Reach, TagFilter, Urgency};
use crate::insight::outline::fixture::{World, repository};
use crate::oci::{Address, Asked, Origin, Question};
use crate::tui::effect::Effect;
use crate::tui::jobs::{Done, Job, Kind, Ticket};
use crate::tui::message::Message;
use crate::tui::model::Focus;
use crate::tui::panes::Home;
use crate::tui::panes::tabs::Tab;
use crate::tui::screens::Screen;

fn tag(name: &str) -> Question {
    Question::tag(repository(), name.into())
}

fn digest_of(name: &str) -> Question {
    Question::tag_digest(repository(), name.into())
}

#[test]
fn what_is_visible_is_asked_for_and_what_is_looked_at_first() {
    let mut world = World::default();
    world.tags(&["2.0", "1.0", "latest"]);
    let screen = Screen::of(&world, (80, 24));
    assert_eq!(
        screen.effects.first(),
        Some(&Effect::Want(tag("2.0"), Urgency::Looking, Reach::Below))
    );
    for name in ["2.0", "1.0", "latest"] {
        let want = Effect::Want(digest_of(name), Urgency::Visible, Reach::Itself);
        assert!(screen.effects.contains(&want), "{name}");
    }
}

#[test]
fn what_is_not_looked_at_any_more_is_taken_back_and_asked_for_once() {
    let mut world = World::default();
    world.tags(&["2.0", "1.0"]);
    let mut screen = Screen::of(&world, (80, 24));
    screen.press("j");
    assert!(screen.effects.contains(&Effect::Unwant(tag("2.0"))));
    assert!(
        screen
            .effects
            .contains(&Effect::Want(tag("1.0"), Urgency::Looking, Reach::Below))
    );
    screen.press("?");
    assert_eq!(screen.effects, []);
}

#[test]
fn a_question_without_an_answer_is_not_asked_forever() {
    let mut world = World::default();
    world.tags(&["1.0"]);
    let mut screen = Screen::of(&world, (80, 24));
    let idle = Progress {
        is_idle: true,
        ..Progress::default()
    };
    screen.tell(Message::Crawled(Event::Progress(idle)));
    assert_eq!(screen.effects, []);
    screen.press("r");
    assert_eq!(screen.effects, [Effect::Again(tag("1.0"))]);
    screen.press("?<Esc>");
    assert_eq!(screen.effects, [], "what was asked again is not taken back");
}

#[test]
fn what_the_rows_on_the_screen_show_is_preferred_to_the_rest_that_loads() {
    let mut world = World::default();
    let image = world.image("x", "amd64", "2026-01-02T10:00:00Z");
    world.facts.clear();
    world.tags(&["1.0", "2.0"]);
    let mut screen = Screen::of(&world, (80, 24));
    screen.tell(Message::Crawled(Event::Progress(Progress::default())));
    assert_eq!(screen.model.preferred, [tag("2.0"), tag("1.0")]);
    world.facts.clear();
    world.tag("2.0", &image);
    screen.tell(Message::Crawled(Event::Facts(world.facts)));
    let manifest = Question::manifest(repository(), image.digest);
    let referrers = Question::referrers(repository(), image.digest);
    let preferred = vec![tag("2.0"), manifest, referrers, tag("1.0")];
    assert!(screen.effects.contains(&Effect::Prefer(preferred)));
}

#[test]
fn a_tag_outside_the_grammar_is_shown_and_never_asked_for() {
    let mut world = World::default();
    world.tags(&["../evil", "\u{202e}x"]);
    let mut screen = Screen::of(&world, (80, 24));
    assert_eq!(screen.effects, []);
    screen.press("r");
    assert_eq!(screen.effects, []);
    assert!(!screen.shown().contains('\u{202e}'));
}

#[test]
fn a_repository_is_asked_for_when_it_is_opened_and_not_before() {
    let mut world = World::default();
    world.catalog(&["team/app", "team/base"]);
    let root = Address::Registry(Origin::new("127.0.0.1:5000"));
    let mut screen = Screen::over(&[root], &world, (80, 24));
    assert_eq!(screen.effects, []);
    screen.press("j");
    assert_eq!(screen.effects, []);
    screen.press("k<Enter>");
    let want = Effect::Want(Question::tags(repository()), Urgency::Looking, Reach::Below);
    assert_eq!(screen.effects, [want]);
    assert!(screen.shown().contains("loading"), "{}", screen.shown());
}

#[test]
fn escape_goes_back_and_never_quits() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    screen.press("j<Enter>j<Tab>");
    assert_eq!(screen.model.focus, Focus::Details);
    screen.press("<Esc><Esc><Esc><Esc><Esc><Esc>");
    assert_eq!(screen.effects, []);
    assert_eq!(
        (screen.model.focus, screen.model.tree.cursor()),
        (Focus::Tree, 0)
    );
    screen.press("q");
    assert_eq!(screen.effects, [Effect::Quit]);
}

#[test]
fn raw_shows_the_document_and_a_large_one_is_indented_elsewhere() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    screen.press("j<Enter>jJ");
    assert_eq!(screen.model.shown_tab(), Tab::Raw);
    assert!(screen.shown().contains("\"schemaVersion\": 2"));
    let mut world = World::default();
    let long = "x".repeat(100_000);
    let image = world.image(&long, "amd64", "");
    world.tag("1.0", &image);
    let mut screen = Screen::of(&world, (160, 45));
    screen.press("jJ");
    let ordered = screen
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Work(_, Job::Format(digest, _)) if *digest == image.digest));
    assert!(ordered, "{:?}", screen.effects);
    assert!(screen.shown().contains("indenting"));
    let ticket = screen.effects.iter().find_map(|effect| match effect {
        Effect::Work(ticket, Job::Format(..)) => Some(*ticket),
        _ => None,
    });
    let lines = vec!["{ }".to_owned()].into();
    screen.tell(Message::Worked(
        ticket.unwrap(),
        Done::Formatted(image.digest, lines),
    ));
    assert!(screen.shown().contains("{ }"));
}

#[test]
fn finding_filters_while_typing_and_escape_keeps_the_row() {
    let mut screen = Screen::of(&World::usual(), (80, 24));
    screen.press("/night");
    assert_eq!(screen.model.tree.lines().len(), 2);
    screen.press("<Down><Enter>");
    screen.press("<Esc>");
    assert!(screen.model.tree.filter().is_empty());
    assert_eq!(screen.model.details.title, "nightly  tag");
}

#[test]
fn finding_looks_into_what_is_closed_and_opens_what_leads_there() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    assert!(!screen.shown().contains("spdx"));
    screen.press("/spdx");
    let labels: Vec<_> = {
        let tree = &screen.model.tree;
        let label = |line: &crate::tui::tree::Line| {
            let row = tree
                .outline()
                .describe(&screen.model.known.graph, &(), &line.entry);
            row.label
        };
        tree.lines().iter().map(label).collect()
    };
    assert_eq!(labels, ["1.4", "1.4.1", "linux/amd64", "sbom", "layer 1"]);
    screen.press("<Enter><Esc>");
    assert!(screen.model.tree.lines().len() < 10, "closed again");
    // A repository of a catalog that was opened, and closed again.
    let mut world = World::usual();
    world.catalog(&["team/app", "team/base"]);
    let root = Address::Registry(Origin::new("127.0.0.1:5000"));
    let mut screen = Screen::over(&[root], &world, (160, 45));
    screen.press("/night");
    assert!(screen.shown().contains("nightly"), "{}", screen.shown());
}

#[test]
fn escape_leads_from_a_mistyped_target_back_to_the_first_screen() {
    let mut screen = Screen::over(&[], &World::default(), (80, 24));
    screen.press("x<Enter>");
    let root = Address::Repository(repository());
    screen.tell(Message::Opened(Ok(root.clone())));
    screen.press("<Esc>");
    assert!(screen.model.top().is_none(), "it may still come");
    let absence = crate::oci::Absence::new(crate::oci::AbsenceKind::Missing, "no such repository");
    let mut world = World::default();
    world.failed(Question::tags(repository()), None, absence);
    screen.tell(Message::Crawled(Event::Facts(world.facts)));
    screen.press("<Esc>");
    assert!(screen.model.place() == Home::PLACE);
    assert_eq!(screen.model.tree.roots(), []);
    screen.press("<Esc>");
    assert!(screen.model.place() == Home::PLACE);
}

#[test]
fn another_target_is_opened_beside_the_first() {
    let mut screen = Screen::of(&World::usual(), (80, 24));
    screen.press("o<Esc>");
    assert!(screen.model.top().is_none());
    screen.press("odemo<Enter>");
    assert_eq!(screen.effects, [Effect::Open("demo".into())]);
    let origin = Origin::new("registry.example.com");
    screen.tell(Message::Opened(Ok(Address::Registry(origin))));
    assert_eq!(screen.model.tree.roots().len(), 2);
}

#[test]
fn going_to_a_digest_and_back() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    let node = crate::insight::outline::look_up(&screen.model.known.graph, "1.3.8").unwrap();
    let target = screen.model.known.graph.target(node).unwrap();
    let digest = screen.model.known.graph.digest_of(target).unwrap();
    screen.press(&format!(
        ":{}<Enter>",
        &digest.encoded().chars().take(8).collect::<String>()
    ));
    assert_eq!(screen.model.details.title, "1.3.8  image");
    screen.press("<BS>");
    assert_eq!(screen.model.tree.cursor(), 0);
    screen.press(":nothing-like-this<Enter>");
    assert!(
        screen
            .model
            .notice
            .as_deref()
            .unwrap_or_default()
            .contains("nothing that is loaded")
    );
}

#[test]
fn marks_count_tags_and_move_on() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    screen.press("j ");
    assert_eq!(screen.model.marked.len(), 3);
    assert!(screen.shown().contains("3 marked"));
    screen.press("k ");
    assert!(screen.model.marked.is_empty());
}

#[test]
fn copying_offers_only_what_a_shell_may_be_given() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    screen.press("jyr");
    assert_eq!(
        screen.effects,
        [Effect::Copy("127.0.0.1:5000/team/app:1.4.1".into())]
    );
    screen.press("yp");
    assert_eq!(
        screen.effects,
        [Effect::Copy(
            "docker pull 127.0.0.1:5000/team/app:1.4.1".into()
        )]
    );
    let mut world = World::default();
    world.tags(&["x;reboot"]);
    let mut screen = Screen::of(&world, (160, 45));
    screen.press("yr");
    assert_eq!(screen.effects, []);
}

#[test]
fn loading_everything_says_how_many_requests_that_is() {
    let mut world = World::default();
    world.tags(&["1.0", "2.0"]);
    let mut screen = Screen::of(&world, (80, 24));
    screen.press("L");
    assert!(screen.shown().contains("at least 2 requests"));
    screen.press("<Esc>");
    assert!(screen.model.is_reserved);
    screen.press("L<Enter>");
    let unasked = vec![tag("1.0"), tag("2.0")];
    assert!(screen.effects.contains(&Effect::LoadAll(unasked)));
}

#[test]
fn what_failed_is_counted_with_what_is_left_and_asked_for_again() {
    let mut screen = Screen::of(&World::usual(), (80, 24));
    let progress = Progress {
        failed: 10_000,
        ..Progress::default()
    };
    screen.tell(Message::Crawled(Event::Progress(progress)));
    screen.press("L");
    let shown = screen.shown();
    assert!(shown.contains("10,000 of them again"), "{shown}");
    screen.press("<Enter>");
    let again = Effect::AgainFailed(None);
    assert_eq!(screen.effects.first(), Some(&again));
}

#[test]
fn tags_that_are_filtered_out_are_not_left_to_load() {
    let mut world = World::default();
    world.tags(&["1.0", "2.0", "../evil"]);
    let mut screen = Screen::of(&world, (80, 24));
    screen.model.tags = TagFilter::new(["1.*"]);
    screen.press("L");
    assert!(screen.shown().contains("at least 1 request,"));
    screen.press("<Enter>");
    let unasked = vec![tag("1.0")];
    assert!(screen.effects.contains(&Effect::LoadAll(unasked)));
}

#[test]
fn asking_again_for_a_row_asks_for_what_failed_below_it() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    // Its list of referrers is forbidden for one platform.
    screen.press("jr");
    let referrers = |effect: &Effect| {
        matches!(
            effect,
            Effect::Again(Question {
                what: Asked::Referrers,
                ..
            })
        )
    };
    let asked = screen.effects.iter().filter(|one| referrers(one));
    assert_eq!(asked.count(), 2, "{:?}", screen.effects);
    screen.press("kr");
    let again = Effect::AgainFailed(Some(Address::Repository(repository())));
    assert_eq!(
        screen.effects,
        [again, Effect::Again(Question::tags(repository()))]
    );
}

#[test]
fn a_list_that_failed_has_no_number() {
    let absence = crate::oci::Absence::new(crate::oci::AbsenceKind::Failed, "connection refused");
    let origin = repository().origin;
    for (root, question) in [
        (
            Address::Repository(repository()),
            Question::tags(repository()),
        ),
        (Address::Registry(origin.clone()), Question::catalog(origin)),
    ] {
        let mut world = World::default();
        world.failed(question, None, absence.clone());
        for size in [(160, 45), (80, 24)] {
            let mut screen = Screen::over(std::slice::from_ref(&root), &world, size);
            let shown = screen.shown();
            assert!(
                !shown.contains("0 tags") && !shown.contains("0 rep"),
                "{shown}"
            );
            screen.press("<Tab>");
            let shown = screen.shown();
            assert!(
                !shown.contains("0 tags") && !shown.contains("0 rep"),
                "{shown}"
            );
        }
    }
    // Several roots have rows of their own, and details.
    let mut world = World::default();
    world.failed(Question::tags(repository()), None, absence);
    let other = Address::Registry(Origin::new("other.example.com"));
    let mut screen = Screen::over(
        &[Address::Repository(repository()), other],
        &world,
        (160, 45),
    );
    for key in ["g", "j", "j"] {
        let shown = screen.press(key).shown();
        assert!(
            !shown.contains("0 tags") && !shown.contains("0 rep"),
            "{shown}"
        );
    }
}

#[test]
fn the_subject_of_a_referrer_is_one_key_away() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    screen.press("j<Enter>j<Enter>j");
    assert_eq!(screen.model.details.title, "sbom  referrer");
    screen.press("O");
    assert_eq!(screen.model.details.title, "linux/amd64  image");
    screen.press("U");
    assert!(screen.shown().contains("is held by 3 paths"));
    screen.press("<Enter>");
    assert_eq!(screen.model.details.title, "linux/amd64  image");
}

#[test]
fn a_referrer_whose_subject_is_gone_tells_its_digest_and_leads_to_its_row() {
    use crate::insight::outline::fixture::read;
    let mut world = World::default();
    let gone = read(r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}"#);
    let note = world.referrer(&gone, "text/plain", "");
    let index = world.index(&[(&note, "unknown")]);
    let fallback = crate::oci::tag::fallback_tag(&gone.digest);
    world.tags(&[&fallback]);
    world.tag(&fallback, &index);
    let absence = crate::oci::Absence::new(crate::oci::AbsenceKind::Missing, "404 Not Found");
    world.failed(Question::manifest(repository(), gone.digest), None, absence);
    let mut screen = Screen::of(&world, (160, 45));
    screen.press("j<Enter>j<Enter>j");
    let details = &screen.model.details;
    let field = |name: &str| details.fields.iter().find(|field| field.name == name);
    let subject = field("subject").unwrap_or_else(|| panic!("{}", screen.shown()));
    assert_eq!(subject.value, gone.digest.to_string());
    assert_eq!(subject.note, "missing (404 Not Found); O goes there");
    let short = gone.digest.short();
    let found_by = field("found by").unwrap();
    assert_eq!(
        found_by.value,
        format!("{short} (missing) › artifact of it")
    );
    screen.press("O");
    let row = screen
        .model
        .tree
        .selected()
        .and_then(|line| line.entry.object());
    let row = row.and_then(|node| screen.model.known.graph.digest_of(node));
    assert_eq!(row, Some(gone.digest), "{}", screen.shown());
}

#[test]
fn a_failed_list_says_why_and_can_be_asked_again() {
    let mut world = World::default();
    let absence = crate::oci::Absence::new(crate::oci::AbsenceKind::Failed, "connection refused");
    world.failed(Question::tags(repository()), None, absence);
    let mut screen = Screen::of(&world, (100, 24));
    assert!(
        screen.shown().contains("the tags: connection refused"),
        "{}",
        screen.shown()
    );
    screen.press("r");
    assert_eq!(
        screen.effects,
        [
            Effect::AgainFailed(Some(Address::Repository(repository()))),
            Effect::Again(Question::tags(repository()))
        ]
    );
}

#[test]
fn an_impact_is_asked_for_what_is_marked_and_an_old_answer_is_dropped() {
    use crate::insight::impact::Action;
    use crate::tui::impact::Reply;
    let mut screen = Screen::of(&World::usual(), (80, 24));
    screen.press("j<Enter>jx");
    assert!(screen.model.place().0 == "impact");
    let first = screen.model.impact.ticket;
    assert!(matches!(
        screen.model.impact.parts[0].actions.as_slice(),
        [Action::DeleteManifest { .. }]
    ));
    screen.press("<Esc>k x");
    assert!(screen.model.impact.ticket > first);
    assert!(
        screen.model.impact.parts[0]
            .actions
            .iter()
            .all(|action| matches!(action, Action::DeleteTag { .. }))
    );
    let shown = screen.shown();
    let late = Ticket {
        kind: Kind::Impact,
        number: first,
    };
    screen.tell(Message::Worked(
        late,
        Done::Impact(Reply::Failed("too late".into())),
    ));
    assert_eq!(screen.shown(), shown);
    assert!(!screen.model.affected.is_empty());
    // Other marks: what was worked out was not about them.
    screen.press("<Esc> ");
    assert!(screen.model.affected.is_empty());
}

#[test]
fn why_of_a_row_that_nothing_keeps_says_so_and_the_next_collection_is_asked_for_by_its_key() {
    let mut screen = Screen::of(&World::usual(), (80, 24));
    screen.press("gw");
    assert!(screen.model.top().is_none());
    assert!(screen.model.notice.is_some());
    screen.press("X");
    assert_eq!(screen.model.impact.parts[0].actions, []);
    screen.press("e");
    assert!(screen.shown().contains("nothing is to be deleted"));
}

#[test]
fn what_an_earlier_session_found_out_is_told_as_remembered() {
    let mut screen = Screen::of(&World::usual(), (160, 50));
    assert!(!screen.shown().contains("remembered"));
    // The facts of this world are of the first millisecond.
    screen.model.details.session = 2;
    screen.press("j");
    assert!(screen.shown().contains("remembered"), "{}", screen.shown());
}

#[test]
fn documents_of_what_is_looked_at_are_asked_for_and_read_and_come_back_where_they_fell_out() {
    use crate::content::Content;
    use crate::graph::{Fact, Stamp};
    use crate::insight::outline::fixture::read;
    use crate::oci::{Answer, Digest, Page, media_type};
    let sbom = br#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[]}"#;
    let mut world = World::default();
    let image = world.image("app", "amd64", "2026-01-01T00:00:00Z");
    world.tags(&["1"]);
    world.tag("1", &image);
    world.manifest(&image);
    let carrier = read(&format!(
        r#"{{"schemaVersion":2,"mediaType":"{0}","artifactType":"application/vnd.cyclonedx+json",
        "config":{{"mediaType":"{1}","digest":"{2}","size":2}},
        "layers":[{{"mediaType":"application/vnd.cyclonedx+json","digest":"{3}","size":{4}}}],
        "subject":{{"mediaType":"{0}","digest":"{5}","size":1}}}}"#,
        media_type::OCI_MANIFEST,
        media_type::OCI_EMPTY,
        Digest::of(b"{}"),
        Digest::of(sbom),
        sbom.len(),
        image.digest,
    ));
    let fact = |sequence: u64, answer: Answer| {
        let stamp = Stamp {
            session: 9,
            sequence,
        };
        Fact {
            stamp,
            asked: stamp,
            answer,
        }
    };
    let mut described = crate::oci::Descriptor::new(media_type::OCI_MANIFEST, carrier.digest, 1);
    described.artifact_type = Some("application/vnd.cyclonedx+json".into());
    let mut screen = Screen::of(&world, (160, 45));
    screen.press("j");
    let list = Answer::referrers(
        repository(),
        image.digest,
        Page::whole(vec![described]),
        crate::oci::FoundBy::ReferrersApi,
    );
    screen.tell(Message::Crawled(Event::Facts(vec![fact(1, list)])));
    let asks = |screen: &Screen, question: &Question| {
        let mut effects = screen.effects.iter();
        effects.any(|effect| matches!(effect, Effect::Want(asked, Urgency::Looking, _) if asked == question))
    };
    let manifest = Question::manifest(repository(), carrier.digest);
    assert!(asks(&screen, &manifest), "{:?}", screen.effects);
    let answer = Answer::manifest(repository(), carrier.clone());
    screen.tell(Message::Crawled(Event::Facts(vec![fact(2, answer)])));
    let document = Question::document(repository(), Digest::of(sbom));
    assert!(asks(&screen, &document), "{:?}", screen.effects);
    let answer = Answer::document(repository(), Digest::of(sbom), sbom.as_slice().into());
    screen.tell(Message::Crawled(Event::Facts(vec![fact(3, answer)])));
    let content = &screen.model.known.content;
    assert!(content.reading(&Digest::of(sbom)).is_some());
    assert_eq!(screen.model.jobs.running().count(), 0);
    screen.model.tab = Tab::Evidence;
    screen.tell(Message::Resized(160, 45));
    let shown = screen.shown();
    assert!(shown.contains("bills of materials"), "{shown}");
    assert!(shown.contains("CycloneDX 1.5, 0 packages"), "{shown}");
    // All falls out: its manifest is there again, and the document is asked for once more.
    screen.model.known.content = Content::default();
    let answer = Answer::manifest(repository(), carrier);
    screen.tell(Message::Crawled(Event::Facts(vec![fact(4, answer)])));
    assert!(
        screen.effects.contains(&Effect::Again(document)),
        "{:?}",
        screen.effects
    );
}

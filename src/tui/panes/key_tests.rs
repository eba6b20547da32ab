//! What the keys of the table do that no other test presses.
use crate::insight::outline::fixture::{World, repository};
use crate::oci::{Address, Origin};
use crate::tui::effect::Effect;
use crate::tui::model::Focus;
use crate::tui::panes::tabs::Tab;
use crate::tui::screens::Screen;

fn usual() -> Screen {
    Screen::of(&World::usual(), (160, 45))
}

fn labels(screen: &Screen) -> Vec<String> {
    let model = &screen.model;
    let outline = model.tree.outline();
    let lines = model.tree.lines().iter();
    lines
        .map(|line| {
            outline
                .describe(&model.known.graph, &model.known.content, &line.entry)
                .label
        })
        .collect()
}

#[test]
fn a_digit_shows_the_tab_with_that_number() {
    let mut screen = usual();
    screen.press("j<Enter>j2");
    let shown = (screen.model.shown_tab(), screen.model.focus);
    assert_eq!(shown, (Tab::Raw, Focus::Details));
    screen.press("3");
    assert_eq!(screen.model.shown_tab(), Tab::Layers);
    screen.press("1");
    assert_eq!(screen.model.shown_tab(), Tab::Overview);
    screen.press("<Esc>kkk3");
    let notice = screen.model.notice.clone().unwrap_or_default();
    assert_eq!(notice, "this row has no tab Layers");
}

#[test]
fn the_other_pane_scrolls_and_the_cursor_stays() {
    let mut screen = Screen::of(&World::usual(), (120, 12));
    screen.press("j<Enter>j<S-Down><S-Down>");
    assert_eq!((screen.model.scroll, screen.model.tree.cursor()), (2, 2));
    screen.press("K");
    assert_eq!((screen.model.scroll, screen.model.tree.cursor()), (1, 2));
    screen.press("<Tab><S-Down>");
    assert_eq!(screen.model.tree.cursor(), 3);
}

#[test]
fn a_range_is_marked_at_its_end_and_escape_takes_back_what_was_begun_last() {
    let mut screen = usual();
    screen.press("jvjj");
    assert_eq!(screen.shown().matches('┃').count(), 3, "{}", screen.shown());
    assert!(screen.model.marked.is_empty());
    screen.press("v");
    let marked = screen.model.marked.len();
    assert!(marked > 3, "all names of two images: {marked}");
    assert!(!screen.shown().contains('┃'));
    // The same range loses its marks.
    screen.press("vkkv");
    assert!(screen.model.marked.is_empty());
    screen.press("jv<Esc>");
    assert_eq!(screen.model.range, None);
    screen.press(" <Esc>");
    assert!(screen.model.marked.is_empty());
    assert!(screen.shown().contains("taken away"), "{}", screen.shown());
}

#[test]
fn tags_are_sorted_by_version_date_and_size() {
    let mut world = World::default();
    let (small, large) = (
        world.image("s", "amd64", "2026-01-03T00:00:00Z"),
        world.image(&"large".repeat(40), "amd64", "2026-01-01T00:00:00Z"),
    );
    world.tags(&["3.0", "2.0", "1.0"]);
    world.tag("2.0", &large);
    world.tag("1.0", &small);
    let mut screen = Screen::of(&world, (160, 45));
    assert_eq!(labels(&screen), ["3.0", "2.0", "1.0"]);
    screen.press("s");
    assert_eq!(labels(&screen), ["1.0", "2.0", "3.0"], "not known: last");
    assert!(screen.shown().contains("by date"), "{}", screen.shown());
    screen.press("s");
    assert_eq!(labels(&screen), ["2.0", "1.0", "3.0"]);
    screen.press("s");
    assert_eq!(labels(&screen), ["3.0", "2.0", "1.0"]);
}

#[test]
fn jumps_are_gone_back_and_forward() {
    let mut screen = usual();
    screen.press(":1.3.8<Enter>");
    let there = screen.model.tree.cursor();
    for back in ["H", "<C-o>", "<BS>"] {
        screen.press(back);
        assert_eq!(screen.model.tree.cursor(), 0, "{back}");
        screen.press("<A-Right>");
        assert_eq!(screen.model.tree.cursor(), there);
    }
    screen.press("<A-Right>");
    assert!(screen.model.notice.is_some());
}

#[test]
fn the_panes_share_the_columns_as_the_person_wants() {
    let mut screen = usual();
    let width = |screen: &Screen| {
        let layout = crate::tui::layout::Layout::of(&screen.model);
        layout.tree.unwrap().width
    };
    let before = width(&screen);
    screen.press(">");
    assert!(width(&screen) > before);
    screen.press("<lt><lt>");
    assert!(width(&screen) < before);
    screen.press("+");
    assert!(screen.model.is_zoomed);
}

#[test]
fn other_names_of_keys_mean_the_same() {
    let mut screen = usual();
    screen.press("j<S-Right>");
    let open = screen.model.tree.lines().len();
    screen.press("<S-Left>");
    assert!(screen.model.tree.lines().len() < open);
    screen.press("R");
    let is_again = |effect: &Effect| matches!(effect, Effect::Again(_) | Effect::AgainFailed(_));
    assert!(screen.effects.iter().any(is_again), "{:?}", screen.effects);
    screen.press("D");
    assert!(screen.model.place().0 == "impact");
}

#[test]
fn the_name_of_a_tag_is_copied() {
    let mut screen = usual();
    screen.press("jyt");
    assert_eq!(screen.effects, [Effect::Copy("1.4.1".into())]);
}

#[test]
fn who_holds_a_repository_is_told_truly() {
    let mut world = World::default();
    world.catalog(&["team/app"]);
    let root = Address::Registry(Origin::new("127.0.0.1:5000"));
    let mut screen = Screen::over(&[root], &world, (80, 24));
    screen.press("U");
    let notice = screen.model.notice.clone().unwrap_or_default();
    assert_eq!(notice, "only its registry holds a repository");
    let mut world = World::default();
    world.tags(&["1.0"]);
    let mut screen = Screen::over(&[Address::Repository(repository())], &world, (80, 24));
    screen.press("U");
    let notice = screen.model.notice.clone().unwrap_or_default();
    assert_eq!(notice, "it is not known yet what this tag names");
}

#[test]
fn a_filter_that_leaves_nothing_says_so_and_which_key_takes_it_away() {
    for size in [(160, 45), (80, 24), (40, 12)] {
        let mut screen = Screen::of(&World::usual(), size);
        screen.press("/nothing-like-it");
        let words = |screen: &Screen| screen.shown().replace(['│', '\n'], " ");
        let said = words(&screen);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains("matches nothing-like-it; esc shows all"),
            "{}",
            screen.shown()
        );
        screen.press("<Enter>");
        assert!(screen.shown().contains("Nothing that is loaded"));
        screen.press("<Esc>");
        assert!(!screen.shown().contains("Nothing that is loaded"));
    }
}

#[test]
fn a_number_before_a_movement_counts_rows() {
    let mut screen = usual();
    screen.press("=");
    let rows = screen.model.tree.lines().len();
    assert!(rows > 6, "{rows}");
    screen.press("<A-5>j");
    assert_eq!(screen.model.tree.cursor(), 5);
    screen.press("<A-3>G");
    assert_eq!(screen.model.tree.cursor(), 2);
    screen.press("<A-1>00j");
    assert_eq!(screen.model.tree.cursor(), rows - 1);
    // What is no movement ends it, and a digit alone is a tab.
    screen.press("<A-3>wk");
    assert_eq!(screen.model.count, None);
}

#[test]
fn marks_are_inverted() {
    let mut screen = usual();
    screen.press("=*");
    let all = screen.model.marked.clone();
    assert!(all.len() > 2);
    screen.press("\\");
    assert!(screen.model.marked.is_empty());
    screen.press("ggj ");
    let some = screen.model.marked.clone();
    screen.press("\\");
    assert_eq!(&screen.model.marked | &some, all);
    assert!(screen.model.marked.is_disjoint(&some));
}

#[test]
fn what_is_shown_is_written_to_a_file_and_the_shell_gets_the_terminal() {
    let mut screen = usual();
    screen.press("=E<Enter>");
    let written = screen.effects.iter().find_map(|effect| match effect {
        Effect::Write(name, text) => Some((name.clone(), text.clone())),
        _ => None,
    });
    let (name, text) = written.unwrap();
    assert!(name.ends_with("-tree.txt"), "{name}");
    assert!(text.contains("1.4.1 = 1.4 = latest"), "{text}");
    assert_eq!(text.lines().count(), screen.model.tree.lines().len());
    screen.press("?E<Enter>");
    let page = screen.effects.iter().any(|effect| {
        matches!(effect, Effect::Write(_, text) if text.contains("alt-1") && text.contains("Marks"))
    });
    assert!(page, "all of the help, however small the screen is");
    screen.press("<C-z>");
    assert!(screen.effects.contains(&Effect::Suspend));
}

#[test]
fn what_is_newer_is_told_by_level_with_every_reason_and_within_a_range() {
    let mut world = World::default();
    for (name, platform) in [
        ("1.4.0", "a"),
        ("1.4.1", "b"),
        ("1.5.0", "c"),
        ("2.0.0", "d"),
        ("2.0.0-alpine", "e"),
        ("nightly", "f"),
    ] {
        let image = world.image(platform, "amd64", "");
        world.tag(name, &image);
    }
    let mut screen = Screen::of(&world, (160, 45));
    screen.press(":1.4.0<Enter>u");
    assert_eq!(screen.model.shown_tab(), Tab::Updates);
    let shown = screen.shown();
    for words in [
        "3 tags are newer than 1.4.0",
        "1.4.1 (patch)",
        "1.5.0 (minor)",
        "2.0.0 (major)",
        "other-variant",
        "not-a-version",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    screen.press("u~1.4<Enter>");
    let shown = screen.shown();
    assert!(shown.contains("1.4.1 (newest within ~1.4)"), "{shown}");
    assert!(shown.contains("outside-range"), "{shown}");
    screen.press("u<Esc>");
    assert!(!screen.shown().contains("outside-range"));
    // And in one line where a row is looked at.
    screen.press("1");
    let shown = screen.shown();
    assert!(shown.contains("OUT OF DATE"), "{shown}");
    assert!(shown.contains("u tells why"), "{shown}");
}

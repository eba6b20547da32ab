//! What is attached to images, on the screen over the built-in example.

use crate::crawl::{Event, Plan};
use crate::insight::outline::fixture::World;
use crate::oci::purpose::DocumentKinds;

use super::message::Message;
use super::screens::Screen;

/// The built-in example with all its documents, at `team/app`.
fn example(size: (u16, u16)) -> Screen {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (facts, root) = runtime.block_on(async {
        let network = crate::session::Network::default();
        let limits = crate::source::Limits::default();
        let opened = crate::session::open("demo", &network, &limits).unwrap();
        let root = opened.root.clone();
        let plan = Plan {
            is_full: true,
            documents: DocumentKinds::ALL,
            ..Plan::default()
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
    });
    let mut screen = Screen::over(std::slice::from_ref(&root), &World { facts }, size);
    screen.model.now = "2026-02-01T12:00:00Z".parse().unwrap();
    // Documents that came are read, and what follows from them is settled.
    screen.tell(Message::Resized(size.0, size.1));
    screen
}

/// The screen, in which the answers of the last message are settled.
fn shown(screen: &mut Screen) -> String {
    let size = screen.model.size;
    screen.tell(Message::Resized(size.0, size.1));
    screen.shown()
}

const SIZES: [(u16, u16); 3] = [(160, 45), (80, 24), (40, 12)];

fn at_each_size(name: &str, keys: &str) {
    for size in SIZES {
        let mut screen = example(size);
        screen.press(keys);
        insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), shown(&mut screen));
    }
}

#[test]
fn the_packages_of_an_image() {
    at_each_size("packages", ":team/app:1.4.1<Enter>6");
}

#[test]
fn the_packages_that_are_left_of_a_filter_sorted_by_licence() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.4.1<Enter>6/lib<Enter>sss");
    insta::assert_snapshot!("packages-filtered", shown(&mut screen));
    screen.press("<Esc>");
    assert!(shown(&mut screen).contains("all"), "escape shows all");
}

#[test]
fn all_of_a_package_with_the_way_to_it_and_the_images_that_have_it() {
    at_each_size("package", ":team/app:1.4.1<Enter>6/crypto<Enter><Enter>");
}

#[test]
fn how_an_image_was_built() {
    at_each_size("provenance", ":team/app:1.4.1<Enter>7");
}

#[test]
fn what_is_said_of_vulnerabilities() {
    at_each_size("vex", ":team/app:1.4.1<Enter>8");
}

#[test]
fn every_statement_as_it_is() {
    at_each_size("statements", ":team/app:1.4.1<Enter>9");
}

#[test]
fn two_marked_images_are_compared() {
    at_each_size("compare", ":team/app:1.4.1<Enter> :team/app:1.3.2<Enter> c");
}

#[test]
fn a_package_leads_to_another_image_and_back() {
    let mut screen = example((160, 45));
    screen.press(":team/app:1.4.1<Enter>6/crypto<Enter><Enter>G<Enter>");
    assert_eq!(screen.model.panes.len(), 0, "{}", screen.shown());
    screen.press("H");
    assert_eq!(screen.model.panes.len(), 1, "{}", screen.shown());
}

#[test]
fn the_filter_of_the_tree_finds_what_has_a_package() {
    let mut screen = example((160, 45));
    screen.press("/chi/v5<Enter>");
    let text = shown(&mut screen);
    assert!(text.contains("SPDX"), "{text}");
}

#[test]
fn tabs_are_there_only_where_they_have_something() {
    let mut screen = example((160, 45));
    screen.press(":plugins/rate-limit:0.2.0<Enter>");
    let text = shown(&mut screen);
    let tabs = text.lines().find(|line| line.contains("Overview")).unwrap();
    for tab in ["Packages", "Provenance", "VEX", "Statements"] {
        assert!(!tabs.contains(tab), "{tab}: {text}");
    }
}

//! The whole loop of the screen over a drawing in memory and typed keys: the real crawl of the built-in example.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tokio::sync::mpsc;

use regscope::crawl::{Crawl, Plan, TagFilter};
use regscope::session::{Network, open};
use regscope::source::Limits;
use regscope::tui::app::run_with;
use regscope::tui::theme::Theme;
use regscope::tui::{Keymap, Opener, Setup, TABLE, Target, Terms};

/// How long the loop may take for a script; a test that passes does not wait for it.
const DEADLINE: Duration = Duration::from_secs(20);

fn setup(targets: &[&str]) -> Setup {
    let (network, limits) = (Network::default(), Limits::default());
    let plan = Plan {
        is_reserved: true,
        ..Plan::default()
    };
    let (crawl, events) = Crawl::start(plan, 1);
    let opened: Vec<_> = targets
        .iter()
        .map(|target| open(target, &network, &limits).unwrap())
        .collect();
    let known = opened.iter().map(Target::of).collect();
    let roots = opened.iter().map(|target| target.root.clone()).collect();
    crawl.begin(
        opened
            .into_iter()
            .map(|target| (target.source, target.root))
            .collect(),
    );
    let by_name: Opener =
        Arc::new(move |target| open(target, &network, &limits).map_err(|error| error.to_string()));
    Setup {
        crawl,
        events,
        roots,
        graph_seed: Vec::new(),
        is_reserved: false,
        tags: TagFilter::default(),
        keys: Keymap::new(TABLE),
        remember: Arc::new(|_, _| ()),
        unremembered: Vec::new(),
        targets: known,
        suggestions: Vec::new(),
        trust: Vec::new(),
        unopened: Vec::new(),
        terms: Terms::default(),
        log: Arc::default(),
        session: 1,
        is_unverified: false,
        open: by_name,
        recall: Arc::new(|_| Vec::new()),
    }
}

/// The crawl's turn. The example answers at once; on a busy machine that takes a tenth of a second.
const TURN: Duration = Duration::from_millis(500);

/// Runs the loop: the keys of `script` are typed one after the other, a `…` waits until the crawl had its turn. Gives
/// the last frame.
fn played(targets: &[&str], script: &'static str) -> String {
    played_on(|| setup(targets), script)
}

/// The same, of a screen that is made so.
fn played_on(make: impl FnOnce() -> Setup, script: &'static str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let setup = make();
        let (keys, mut input) = mpsc::channel::<std::io::Result<Event>>(1);
        tokio::spawn(async move {
            for letter in script.chars() {
                if letter == '…' {
                    tokio::time::sleep(TURN).await;
                    continue;
                }
                let code = if letter == '\n' {
                    KeyCode::Enter
                } else {
                    KeyCode::Char(letter)
                };
                let key = KeyEvent::new(code, KeyModifiers::NONE);
                if keys.send(Ok(Event::Key(key))).await.is_err() {
                    return;
                }
            }
            // Frames are drawn at most every 10 ms; then the terminal is gone, which ends the loop.
            tokio::time::sleep(TURN).await;
        });
        let stream = futures_util::stream::poll_fn(move |context| input.poll_recv(context));
        let mut terminal = Terminal::new(TestBackend::new(120, 30)).unwrap();
        let looping = run_with(
            setup,
            Theme::default(),
            &mut terminal,
            stream,
            std::future::pending(),
        );
        tokio::time::timeout(DEADLINE, looping)
            .await
            .unwrap()
            .unwrap();
        terminal.backend().to_string()
    })
}

#[test]
fn the_example_is_walked_from_its_registry_to_a_document() {
    let frame = played(&["demo"], "…:team/app:1.4.1\nl…J…");
    assert!(frame.contains("linux/arm64"), "{frame}");
    assert!(frame.contains("\"schemaVersion\": 2"), "{frame}");
}

#[test]
fn a_target_is_opened_from_the_first_screen() {
    let frame = played(&[], "demo\n…");
    assert!(
        frame.contains("registry.example.com") && frame.contains("team/app"),
        "{frame}"
    );
}

#[test]
fn a_target_that_cannot_be_opened_is_told_and_the_others_are_there() {
    let make = || Setup {
        unopened: vec!["there is no folder nothere".to_owned()],
        ..setup(&["demo"])
    };
    let told = played_on(make, "…");
    assert!(told.contains("there is no folder nothere"), "{told}");
    let gone = played_on(make, "… …");
    assert!(
        !gone.contains("nothere") && gone.contains("27 tags"),
        "{gone}"
    );
}

#[test]
fn the_loop_ends_when_the_person_leaves() {
    let frame = played(&["demo"], "…q");
    assert!(frame.contains("27 tags"), "{frame}");
}

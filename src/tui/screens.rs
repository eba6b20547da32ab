//! The screen as a person sees it: a fixture, keys, a snapshot.

use std::collections::VecDeque;
use std::fmt::Write as _;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::{Color, Modifier};

use crate::crawl::{Event, Progress};
use crate::insight::outline::fixture::{World, repository};
use crate::oci::Address;
use crate::session::impact::ImpactService;

use super::effect::Effect;
use super::impact::{Request, Target, answer};
use super::jobs::{Done, Job, Ticket, alone};
use super::message::Message;
use super::model::{Model, Pin, Remember, Suggestion};
use super::theme::Theme;
use super::tree::Rows;
use super::update::{settle, update};
use super::view;

/// A screen without a terminal and without a crawl.
pub(super) struct Screen {
    pub(super) model: Model,
    pub(super) effects: Vec<Effect>,
    pub(super) service: ImpactService,
    /// Where the impact's worker is slow: what it was asked, until the test has it answer.
    pub(super) unanswered: Option<Vec<(Ticket, Request)>>,
}

/// `2026-01-05`, so that ages stay.
pub(super) const NOW: i64 = 1_767_600_000;

impl Screen {
    pub(super) fn of(world: &World, size: (u16, u16)) -> Self {
        Self::over(&[Address::Repository(repository())], world, size)
    }

    pub(super) fn over(roots: &[Address], world: &World, size: (u16, u16)) -> Self {
        let mut model = Model::new(roots, Theme::default(), size);
        model.now = jiff::Timestamp::from_second(NOW).unwrap();
        model.is_reserved = true;
        let mut screen = Self {
            model,
            effects: Vec::new(),
            service: ImpactService::default(),
            unanswered: None,
        };
        for root in roots {
            screen.service.open(Target {
                origin: root.origin().clone(),
                written: root.origin().to_string(),
                kind: crate::oci::OriginKind::Registry,
                source: None,
            });
        }
        screen.tell(Message::Crawled(Event::Facts(world.facts.clone())));
        screen
    }

    pub(super) fn tell(&mut self, message: Message) {
        let mut effects = update(&mut self.model, message);
        effects.extend(settle(&mut self.model, Rows::Newest));
        self.effects = Vec::new();
        let mut queue: VecDeque<Effect> = effects.into();
        while let Some(effect) = queue.pop_front() {
            match effect {
                Effect::Learn(facts) => self.service.learn(&facts),
                Effect::LearnReading(digest, reading) => {
                    self.service.learn_reading(digest, &reading);
                }
                Effect::Work(ticket, Job::Impact(request)) if self.unanswered.is_some() => {
                    self.unanswered
                        .get_or_insert_default()
                        .push((ticket, request));
                }
                // The worker, at once.
                Effect::Work(ticket, Job::Impact(request)) => {
                    let told = answer(&mut self.service, &request, &|| true).unwrap();
                    let message = Message::Worked(ticket, Done::Impact(told));
                    queue.extend(update(&mut self.model, message));
                }
                // The raw document is asked for in tests of its own.
                Effect::Work(ticket, job) if !matches!(job, Job::Format(..)) => {
                    let limits = crate::source::Limits::default();
                    if let Some(done) = alone(job, &limits) {
                        queue.extend(update(&mut self.model, Message::Worked(ticket, done)));
                    }
                }
                other => self.effects.push(other),
            }
        }
    }

    /// Has the slow worker answer what it was asked, the newest request first.
    pub(super) fn answer_newest_first(&mut self) {
        for (ticket, request) in self.unanswered.take().unwrap_or_default().into_iter().rev() {
            let told = answer(&mut self.service, &request, &|| true).unwrap();
            self.tell(Message::Worked(ticket, Done::Impact(told)));
        }
    }

    /// Presses keys: letters as they are, others as `<Enter>`, `<C-d>`.
    pub(super) fn press(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
            let event = if let Some((name, after)) = named {
                rest = after;
                key(name)
            } else {
                rest = rest.split_at(first.len_utf8()).1;
                KeyEvent::new(KeyCode::Char(first), KeyModifiers::NONE)
            };
            self.tell(Message::Pressed(event));
        }
        self
    }

    pub(super) fn buffer(&self) -> Buffer {
        let (width, height) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| view::draw(&self.model, frame))
            .unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text, and below each line that has any, its styles in words.
    pub(super) fn shown(&self) -> String {
        text(&self.buffer())
    }
}

fn key(name: &str) -> KeyEvent {
    let (code, modifiers) = match name {
        "Enter" => (KeyCode::Enter, KeyModifiers::NONE),
        "Esc" => (KeyCode::Esc, KeyModifiers::NONE),
        "Tab" => (KeyCode::Tab, KeyModifiers::NONE),
        "Down" => (KeyCode::Down, KeyModifiers::NONE),
        "Up" => (KeyCode::Up, KeyModifiers::NONE),
        "BS" => (KeyCode::Backspace, KeyModifiers::NONE),
        "lt" => (KeyCode::Char('<'), KeyModifiers::NONE),
        "S-Left" => (KeyCode::Left, KeyModifiers::SHIFT),
        "S-Right" => (KeyCode::Right, KeyModifiers::SHIFT),
        "S-Down" => (KeyCode::Down, KeyModifiers::SHIFT),
        "A-Right" => (KeyCode::Right, KeyModifiers::ALT),
        "Del" => (KeyCode::Delete, KeyModifiers::NONE),
        "C-k" => (KeyCode::Char('k'), KeyModifiers::CONTROL),
        "C-x" => (KeyCode::Char('x'), KeyModifiers::CONTROL),
        "A-1" => (KeyCode::Char('1'), KeyModifiers::ALT),
        "A-3" => (KeyCode::Char('3'), KeyModifiers::ALT),
        "A-5" => (KeyCode::Char('5'), KeyModifiers::ALT),
        "C-z" => (KeyCode::Char('z'), KeyModifiers::CONTROL),
        "C-o" => (KeyCode::Char('o'), KeyModifiers::CONTROL),
        "C-d" => (KeyCode::Char('d'), KeyModifiers::CONTROL),
        "C-p" => (KeyCode::Char('p'), KeyModifiers::CONTROL),
        "C-c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
        other => panic!("no such key: {other}"),
    };
    KeyEvent::new(code, modifiers)
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let line: String = (0..buffer.area.width)
            .map(|x| buffer[(x, y)].symbol())
            .collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The styles of one line, as runs: `reversed "1.4.1"`.
fn runs(buffer: &Buffer, y: u16) -> String {
    let mut runs: Vec<(String, String)> = Vec::new();
    for x in 0..buffer.area.width {
        let cell = &buffer[(x, y)];
        let mut style: Vec<String> = Vec::new();
        if cell.fg != Color::Reset {
            style.push(cell.fg.to_string().to_lowercase());
        }
        for (modifier, name) in [
            (Modifier::BOLD, "bold"),
            (Modifier::DIM, "dim"),
            (Modifier::REVERSED, "reversed"),
            (Modifier::UNDERLINED, "underlined"),
        ] {
            if cell.modifier.contains(modifier) {
                style.push(name.to_owned());
            }
        }
        let style = style.join(" ");
        match runs.last_mut() {
            Some((last, text)) if *last == style => text.push_str(cell.symbol()),
            _ => runs.push((style, cell.symbol().to_owned())),
        }
    }
    let mut text = String::new();
    for (style, part) in runs {
        if !style.is_empty() && !part.trim().is_empty() {
            let _ = writeln!(text, "{style}: {}", part.trim());
        }
    }
    text
}

#[test]
fn a_repository_at_160_by_45() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    screen.press("j<Enter>jl");
    insta::assert_snapshot!(screen.shown());
}

#[test]
fn a_repository_at_80_by_24() {
    let mut screen = Screen::of(&World::usual(), (80, 24));
    screen.press("j<Enter>");
    insta::assert_snapshot!(screen.shown());
}

#[test]
fn details_lie_over_the_tree_at_80_by_24() {
    let mut screen = Screen::of(&World::usual(), (80, 24));
    screen.press("j<Enter>j<Tab>");
    insta::assert_snapshot!(screen.shown());
}

#[test]
fn a_repository_at_40_by_12() {
    let mut screen = Screen::of(&World::usual(), (40, 12));
    screen.press("j<Enter>");
    insta::assert_snapshot!(screen.shown());
}

#[test]
fn a_terminal_that_is_too_small_is_told_so() {
    let screen = Screen::of(&World::usual(), (39, 11));
    assert!(
        screen.shown().contains("regscope needs 40 columns"),
        "{}",
        screen.shown()
    );
}

#[test]
fn the_raw_document_and_the_layers() {
    let mut screen = Screen::of(&World::usual(), (100, 30));
    screen.press("j<Enter>jJ");
    insta::assert_snapshot!("raw", screen.shown());
    screen.press("]");
    insta::assert_snapshot!("layers", screen.shown());
}

#[test]
fn a_row_without_signatures_has_no_tab_of_them() {
    let mut screen = Screen::of(&World::usual(), (160, 45));
    let text = screen.press("j5").shown();
    assert!(text.contains("this row has no tab Signatures"), "{text}");
}

#[test]
fn where_no_image_is_in_view_none_is_verified() {
    let mut screen = Screen::of(&World::default(), (160, 45));
    let text = screen.press("V").shown();
    assert!(text.contains("no image is in view"), "{text}");
}

#[test]
fn the_styles_of_a_row_tell_what_it_is() {
    let mut screen = Screen::of(&World::usual(), (100, 30));
    screen.press("j<Enter>");
    let buffer = screen.buffer();
    let styles = format!(
        "{}\n{}\n{}",
        runs(&buffer, 3),
        runs(&buffer, 4),
        runs(&buffer, 29)
    );
    insta::assert_snapshot!(styles);
}

#[test]
fn the_first_screen_says_what_this_is() {
    let mut screen = Screen::over(&[], &World::default(), (80, 24));
    insta::assert_snapshot!(screen.shown());
    screen.press("nowhere<Enter>");
    assert_eq!(screen.effects, [Effect::Open("nowhere".into())]);
    screen.tell(Message::Opened(Err(
        "there is no folder called nowhere".into()
    )));
    assert!(screen.shown().contains("no folder called nowhere"));
}

#[test]
fn the_first_screen_offers_what_is_pinned_and_what_was_opened_lately() {
    let mut screen = Screen::over(&[], &World::default(), (80, 24));
    let place = |target: &str, pin| Suggestion {
        target: target.to_owned(),
        pin,
    };
    screen.model.suggestions = vec![
        place("registry.example.com", Pin::Configured),
        place("oci:/home/me/images/app", Pin::Recent),
    ];
    screen.press("<Down><Down>");
    let shown = screen.shown();
    assert!(
        shown.contains("registry.example.com            pinned"),
        "{shown}"
    );
    assert!(shown.contains("│ oci:/home/me/images/app"), "{shown}");
    assert!(shown.contains("↑ ↓ choose"), "{shown}");
    screen.press("<Enter>");
    assert_eq!(
        screen.effects,
        [Effect::Open("oci:/home/me/images/app".into())]
    );
}

#[test]
fn a_target_is_kept_and_forgotten_on_the_first_screen() {
    let mut screen = Screen::over(&[], &World::default(), (80, 24));
    let place = |target: &str, pin| Suggestion {
        target: target.to_owned(),
        pin,
    };
    screen.model.suggestions = vec![
        place("a.example", Pin::Configured),
        place("b.example", Pin::Recent),
    ];
    screen.press("<Down><Del>");
    assert_eq!(
        screen.model.suggestions.len(),
        2,
        "that is the configuration's"
    );
    screen.press("<Down><C-k>");
    let kept = Effect::Remember("b.example".into(), Remember::Kept(true));
    assert_eq!(screen.effects, [kept]);
    assert!(screen.shown().contains("kept"));
    screen.press("<Del>");
    let forgotten = Effect::Remember("b.example".into(), Remember::Forgotten);
    assert_eq!(screen.effects.last(), Some(&forgotten));
    assert_eq!(screen.model.suggestions.len(), 1);
}

#[test]
fn work_is_listed_and_stopped_by_one_key() {
    let mut screen = Screen::of(&World::usual(), (80, 24));
    let progress = Progress {
        done: 5,
        in_flight: 2,
        queued: 100,
        ..Progress::default()
    };
    screen.tell(Message::Crawled(Event::Progress(progress)));
    screen.press("W");
    let shown = screen.shown();
    assert!(
        shown.contains("loading: 5 of 107 questions answered, 2 being asked"),
        "{shown}"
    );
    screen.press("<C-x>");
    assert!(screen.effects.contains(&Effect::StopLoading));
    assert!(
        screen.model.wanted.is_empty(),
        "and nothing on the screen asks again by itself"
    );
    screen.press("<Esc>");
    let again = screen
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Want(..)));
    assert_eq!(again.count(), 0);
}

#[test]
fn the_mouse_takes_rows_of_a_list_the_bottom_line_heads_and_the_split() {
    use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
    let mut screen = Screen::of(&World::usual(), (160, 45));
    let mouse = |screen: &mut Screen, kind, column, row| {
        let event = MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        };
        screen.tell(Message::Moused(event));
    };
    let down = MouseEventKind::Down(MouseButton::Left);
    // The head of the sizes.
    let top = screen.shown();
    let heads = top.lines().nth(1).unwrap();
    let at = heads.chars().collect::<Vec<_>>();
    let at = at
        .windows(4)
        .position(|part| part.iter().collect::<String>() == "SIZE")
        .unwrap();
    mouse(&mut screen, down, u16::try_from(at).unwrap(), 1);
    assert_eq!(screen.model.tree.sort(), crate::tui::tree::Sort::Size);
    let before = screen.model.split;
    let edge = crate::tui::layout::Layout::of(&screen.model)
        .details
        .unwrap()
        .x;
    mouse(&mut screen, down, edge, 10);
    mouse(
        &mut screen,
        MouseEventKind::Drag(MouseButton::Left),
        edge - 20,
        10,
    );
    mouse(
        &mut screen,
        MouseEventKind::Up(MouseButton::Left),
        edge - 20,
        10,
    );
    assert!(screen.model.split < before);
    // `? help` on the bottom line, once what was said there is read.
    screen.press("k");
    let bottom = screen.shown();
    let bottom = bottom.lines().nth(44).unwrap();
    let at = bottom.chars().position(|letter| letter == '?').unwrap();
    mouse(&mut screen, down, u16::try_from(at).unwrap(), 44);
    assert_eq!(screen.model.place().0, "help");
}

#[test]
fn a_list_is_searched_as_one_types_and_on() {
    let mut screen = Screen::of(&World::usual(), (80, 24));
    screen.press("?/alt-→<Enter>");
    let shown = screen.shown();
    assert!(
        shown.contains("to the view that was left by going back"),
        "{shown}"
    );
    screen.press("/nowhere at all<Enter>");
    assert_eq!(
        screen.model.place().0,
        "help",
        "what is not found changes nothing"
    );
}

#[test]
fn a_row_with_nothing_attached_has_as_many_marks_as_its_neighbours() {
    let mut world = World::default();
    let image = world.image("1.0", "amd64", "2026-01-02T10:00:00Z");
    world.tags(&["1.0"]);
    world.tag("1.0", &image);
    world.referrers(&image, &[]);
    let screen = Screen::of(&world, (100, 24));
    assert!(screen.shown().contains("·  ·  ·  ·"), "{}", screen.shown());
}

#[test]
fn the_help_has_every_key() {
    let mut screen = Screen::of(&World::usual(), (100, 96));
    screen.press("?");
    insta::assert_snapshot!(screen.shown());
}

#[test]
fn popups_lie_over_the_panes() {
    let mut screen = Screen::of(&World::usual(), (110, 24));
    screen.press("j<Enter>jjlU");
    insta::assert_snapshot!("used_by", screen.shown());
    screen.press("<Esc>y");
    insta::assert_snapshot!("copy", screen.shown());
    screen.press("<Esc>L");
    insta::assert_snapshot!("load_all", screen.shown());
}

#[test]
fn what_a_popup_says_is_all_there_on_the_smallest_screen() {
    let inside = |screen: &Screen| -> String {
        let shown = screen.shown();
        let words = shown.lines().flat_map(str::split_whitespace);
        let words = words.filter(|word| !word.starts_with(['│', '╭', '╰']));
        words.collect::<Vec<_>>().join(" ")
    };
    let mut screen = Screen::of(&World::usual(), (40, 12));
    screen.press("L");
    let words = inside(&screen);
    let said = "requests, more where indexes and referrers are found on the way. \
                Registries count them, and some limit them. ↵ load everything esc not now";
    assert!(words.contains(said), "{}", screen.shown());
    // A path that is longer than the box goes on below.
    screen.press("<Esc>j<Enter>jU");
    let words = inside(&screen);
    let path = "tag 1.4 › index › platform linux/amd64";
    assert!(words.contains(path), "{}", screen.shown());
    // Sentences that are longer than the box can be scrolled.
    let sentence =
        |target: &str| format!("{target}: there is {}no such folder", "really ".repeat(20));
    let sentences = vec![sentence("/one"), sentence("/two")];
    screen
        .model
        .show(crate::tui::panes::Notices::new(sentences));
    assert!(screen.shown().contains("/one"));
    assert!(
        !screen.shown().contains("key goes on"),
        "{}",
        screen.shown()
    );
    screen.press("jjjjjjjjjjjjjjjj");
    assert!(screen.shown().contains("key goes on"), "{}", screen.shown());
    screen.press(" ");
    assert!(!screen.shown().contains("key goes on"));
}

#[test]
fn without_unicode_and_without_colour_everything_is_there() {
    let mut screen = Screen::of(&World::usual(), (100, 16));
    screen.model.theme = Theme::new(false, true);
    screen.press("j<Enter>");
    let shown = screen.shown();
    // Paths in the details are remote text and may be anything; all of ours is ASCII.
    let tree: String = shown
        .lines()
        .flat_map(|line| line.chars().take(54).chain(['\n']))
        .collect();
    assert!(tree.is_ascii(), "{tree}");
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_going_on_stands_in_the_top_line() {
    let mut screen = Screen::of(&World::usual(), (120, 14));
    let progress = Progress {
        done: 400,
        failed: 2,
        in_flight: 32,
        queued: 80,
        requests: 1412,
        bytes: 2_100_000,
        ..Progress::default()
    };
    screen.tell(Message::Crawled(Event::Progress(progress)));
    insta::assert_snapshot!(screen.shown().lines().next().unwrap_or_default());
}

/// How long each takes is what `cargo bench --bench keys` measures.
#[test]
fn ten_thousand_tags_open_scroll_and_filter() {
    let world = World::long(10_000);
    let mut screen = Screen::of(&world, (160, 45));
    let mut place = |keys: &str| {
        screen.press(keys);
        let tree = &screen.model.tree;
        (tree.cursor(), tree.lines().len())
    };
    // 400 headings of 25 tags, the first of them opened at first.
    assert_eq!(place("-"), (0, 400));
    assert_eq!(place("<Enter>"), (0, 425));
    assert_eq!(place("j"), (1, 425));
    let (paged, _) = place("<C-d>");
    assert!((20..45).contains(&paged), "{paged}");
    assert_eq!(place("G"), (424, 425));
    let (_, found) = place("/1.2.3");
    assert!((2..100).contains(&found), "{found}");
    let (_, all) = place("<Esc>");
    assert!(all >= 425, "{all}");
}

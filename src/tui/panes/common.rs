//! The keys that hold in every pane, and those that hold wherever something is typed.

use ratatui::crossterm::event::KeyCode;

use crate::tui::effect::Effect;
use crate::tui::history;
use crate::tui::keys::{Action, Binding, Group, Key, Place, Verb};
use crate::tui::model::{Model, Mouse};

use super::bind;

const fn everywhere(
    name: &'static str,
    keys: &'static [Key],
    action: Action,
    group: Group,
    (verb, help): (&'static str, &'static str),
) -> Binding {
    bind(Place::EVERYWHERE, name, keys, action, group, (verb, help))
}

const fn typing(name: &'static str, keys: &'static [Key], verb: Verb) -> Binding {
    let action = Action::Verb(verb);
    bind(Place::TYPING, name, keys, action, Group::Move, (name, ""))
}

const fn tab(key: &'static [Key], number: u8, help: &'static str) -> Binding {
    let action = Action::Verb(Verb::Tab(number));
    everywhere("tab", key, action, Group::Look, ("tab", help))
}

/// What every pane understands, and what is the same in all of them.
pub(super) const KEYS: &[Binding] = &[
    everywhere(
        "down",
        &[Key::letter('j'), Key::plain(KeyCode::Down)],
        Action::Verb(Verb::Down),
        Group::Move,
        ("down", "one row down"),
    ),
    everywhere(
        "up",
        &[Key::letter('k'), Key::plain(KeyCode::Up)],
        Action::Verb(Verb::Up),
        Group::Move,
        ("up", "one row up"),
    ),
    everywhere(
        "page-down",
        &[Key::plain(KeyCode::PageDown), Key::ctrl('d')],
        Action::Verb(Verb::PageDown),
        Group::Move,
        ("page", "a page down"),
    ),
    everywhere(
        "page-up",
        &[Key::plain(KeyCode::PageUp), Key::ctrl('u')],
        Action::Verb(Verb::PageUp),
        Group::Move,
        ("page", "a page up"),
    ),
    everywhere(
        "first",
        &[Key::letter('g'), Key::plain(KeyCode::Home)],
        Action::Verb(Verb::First),
        Group::Move,
        ("first", "to the first row"),
    ),
    everywhere(
        "last",
        &[Key::letter('G'), Key::plain(KeyCode::End)],
        Action::Verb(Verb::Last),
        Group::Move,
        ("last", "to the last row"),
    ),
    everywhere(
        "count",
        &[Key::alt(KeyCode::Char('1'))],
        Action::Run(count),
        Group::Move,
        (
            "count",
            "begin a number for the next movement: alt-1 2 j is twelve rows down, alt-4 0 G the fortieth row",
        ),
    ),
    everywhere(
        "open",
        &[
            Key::plain(KeyCode::Enter),
            Key::letter('l'),
            Key::plain(KeyCode::Right),
        ],
        Action::Verb(Verb::Open),
        Group::Move,
        ("open", "open the row, then go into it; in a list, go there"),
    ),
    everywhere(
        "close",
        &[Key::letter('h'), Key::plain(KeyCode::Left)],
        Action::Verb(Verb::Back),
        Group::Move,
        ("close", "close the row, then go to what it stands under"),
    ),
    everywhere(
        "back",
        &[Key::plain(KeyCode::Esc)],
        Action::Verb(Verb::Escape),
        Group::Move,
        (
            "back",
            "away with what lies on top: a pane, a range, a filter, the marks; then close the row; never quits",
        ),
    ),
    everywhere(
        "return",
        &[
            Key::letter('H'),
            Key::plain(KeyCode::Backspace),
            Key::ctrl('o'),
        ],
        Action::Run(history::back),
        Group::Move,
        ("return", "back to the view where the last jump began"),
    ),
    everywhere(
        "forward",
        &[Key::alt(KeyCode::Right)],
        Action::Run(history::forward),
        Group::Move,
        ("forward", "to the view that was left by going back"),
    ),
    everywhere(
        "pane",
        &[Key::plain(KeyCode::Tab), Key::plain(KeyCode::BackTab)],
        Action::Verb(Verb::NextPane),
        Group::Look,
        ("pane", "the other pane"),
    ),
    everywhere(
        "next-tab",
        &[Key::letter(']')],
        Action::Verb(Verb::NextTab),
        Group::Look,
        ("tab", "the next tab"),
    ),
    everywhere(
        "previous-tab",
        &[Key::letter('[')],
        Action::Verb(Verb::PreviousTab),
        Group::Look,
        ("tab", "the tab before"),
    ),
    tab(&[Key::letter('1')], 0, "the tab with this number"),
    tab(&[Key::letter('2')], 1, ""),
    tab(&[Key::letter('3')], 2, ""),
    tab(&[Key::letter('4')], 3, ""),
    tab(&[Key::letter('5')], 4, ""),
    tab(&[Key::letter('6')], 5, ""),
    tab(&[Key::letter('7')], 6, ""),
    tab(&[Key::letter('8')], 7, ""),
    tab(&[Key::letter('9')], 8, ""),
    everywhere(
        "mark",
        &[Key::letter(' ')],
        Action::Verb(Verb::Mark),
        Group::Do,
        (
            "mark",
            "mark the row, or take its mark away; a heading stands for all tags in it",
        ),
    ),
    everywhere(
        "redraw",
        &[Key::ctrl('l')],
        Action::Run(redraw),
        Group::Do,
        ("redraw", "draw the screen anew"),
    ),
    everywhere(
        "suspend",
        &[Key::ctrl('z')],
        Action::Run(suspend),
        Group::Do,
        ("suspend", "to the shell; fg comes back"),
    ),
    everywhere(
        "mouse",
        &[Key::letter('m')],
        Action::Run(mouse),
        Group::Do,
        (
            "mouse",
            "mouse on or off, so that the terminal can select text",
        ),
    ),
    everywhere(
        "quit",
        &[Key::letter('q')],
        Action::Verb(Verb::Quit),
        Group::Do,
        ("quit", "leave; ^c does so wherever you are"),
    ),
    typing("back", &[Key::plain(KeyCode::Esc)], Verb::Escape),
    typing("open", &[Key::plain(KeyCode::Enter)], Verb::Open),
    typing("up", &[Key::plain(KeyCode::Up)], Verb::Up),
    typing("down", &[Key::plain(KeyCode::Down)], Verb::Down),
    typing("pane", &[Key::plain(KeyCode::Tab)], Verb::NextPane),
];

fn redraw(_: &mut Model) -> Vec<Effect> {
    vec![Effect::Redraw]
}

/// What the digits are for, where they are called by name.
fn count(model: &mut Model) -> Vec<Effect> {
    model.notice = Some("alt and a digit begin a number: alt-1 2 j is twelve rows down".to_owned());
    Vec::new()
}

fn suspend(_: &mut Model) -> Vec<Effect> {
    vec![Effect::Suspend]
}

fn mouse(model: &mut Model) -> Vec<Effect> {
    let (mouse, words) = match model.mouse {
        Mouse::Terminals => (Mouse::Ours, "the mouse works here again"),
        Mouse::Ours | Mouse::Splitting => (
            Mouse::Terminals,
            "the mouse selects text now; m takes it back",
        ),
    };
    model.mouse = mouse;
    model.notice = Some(words.to_owned());
    vec![Effect::Mouse(mouse == Mouse::Ours)]
}

//! The table of the keys.

use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::{Action, Binding, Group, ImpactAction, Key};

const fn letter(letter: char) -> Key {
    Key(KeyCode::Char(letter), KeyModifiers::NONE)
}

const fn ctrl(letter: char) -> Key {
    Key(KeyCode::Char(letter), KeyModifiers::CONTROL)
}

const fn shift(code: KeyCode) -> Key {
    Key(code, KeyModifiers::SHIFT)
}

const fn alt(code: KeyCode) -> Key {
    Key(code, KeyModifiers::ALT)
}

const fn plain(code: KeyCode) -> Key {
    Key(code, KeyModifiers::NONE)
}

const fn bind<A: Copy>(
    keys: &'static [Key],
    action: A,
    group: Group,
    verb: &'static str,
    help: &'static str,
) -> Binding<A> {
    Binding {
        keys,
        action,
        verb,
        help,
        group,
    }
}

/// Every key of the browse view.
pub const BINDINGS: &[Binding] = &[
    bind(
        &[letter('j'), plain(KeyCode::Down)],
        Action::Down,
        Group::Move,
        "down",
        "one row down",
    ),
    bind(
        &[letter('k'), plain(KeyCode::Up)],
        Action::Up,
        Group::Move,
        "up",
        "one row up",
    ),
    bind(
        &[plain(KeyCode::PageDown), ctrl('d')],
        Action::PageDown,
        Group::Move,
        "page",
        "a page down",
    ),
    bind(
        &[plain(KeyCode::PageUp), ctrl('u')],
        Action::PageUp,
        Group::Move,
        "page",
        "a page up",
    ),
    bind(
        &[letter('g'), plain(KeyCode::Home)],
        Action::First,
        Group::Move,
        "first",
        "to the first row",
    ),
    bind(
        &[letter('G'), plain(KeyCode::End)],
        Action::Last,
        Group::Move,
        "last",
        "to the last row",
    ),
    bind(
        &[plain(KeyCode::Enter), letter('l'), plain(KeyCode::Right)],
        Action::Open,
        Group::Move,
        "open",
        "open the row, then go into it",
    ),
    bind(
        &[plain(KeyCode::Esc), letter('h'), plain(KeyCode::Left)],
        Action::Back,
        Group::Move,
        "back",
        "close the row, then go to what it stands under; esc first clears a range, a filter, the marks; never quits",
    ),
    bind(
        &[letter('-'), shift(KeyCode::Left)],
        Action::FoldAll,
        Group::Move,
        "fold all",
        "fold everything",
    ),
    bind(
        &[letter('='), shift(KeyCode::Right)],
        Action::UnfoldBelow,
        Group::Move,
        "unfold",
        "open all that is known below the row",
    ),
    bind(
        &[letter('H'), plain(KeyCode::Backspace), ctrl('o')],
        Action::Return,
        Group::Move,
        "return",
        "back to where the last jump began",
    ),
    bind(
        &[alt(KeyCode::Right)],
        Action::Forward,
        Group::Move,
        "forward",
        "to where the cursor was before it went back",
    ),
    bind(
        &[plain(KeyCode::Tab), plain(KeyCode::BackTab)],
        Action::NextPane,
        Group::Look,
        "pane",
        "the other pane",
    ),
    bind(
        &[letter(']')],
        Action::NextTab,
        Group::Look,
        "tab",
        "the next tab of the details",
    ),
    bind(
        &[letter('[')],
        Action::PreviousTab,
        Group::Look,
        "tab",
        "the tab before",
    ),
    bind(
        &[letter('1'), letter('2'), letter('3')],
        Action::NumberedTab,
        Group::Look,
        "tab",
        "overview, raw document, layers",
    ),
    bind(
        &[letter('K'), shift(KeyCode::Up)],
        Action::OtherUp,
        Group::Look,
        "scroll",
        "the other pane one row up",
    ),
    bind(
        &[shift(KeyCode::Down)],
        Action::OtherDown,
        Group::Look,
        "scroll",
        "the other pane one row down",
    ),
    bind(
        &[letter('J')],
        Action::Raw,
        Group::Look,
        "raw",
        "the raw document, as JSON",
    ),
    bind(
        &[letter('z'), letter('+')],
        Action::Zoom,
        Group::Look,
        "zoom",
        "one pane over the whole screen, and back",
    ),
    bind(
        &[letter('<')],
        Action::Narrower,
        Group::Look,
        "narrower",
        "less room for the tree, more for the details",
    ),
    bind(
        &[letter('>')],
        Action::Wider,
        Group::Look,
        "wider",
        "more room for the tree, less for the details",
    ),
    bind(
        &[letter('s')],
        Action::Sort,
        Group::Look,
        "sort",
        "tags by version, by date, by size",
    ),
    bind(
        &[letter('U')],
        Action::UsedBy,
        Group::Look,
        "used by",
        "who holds this, path by path",
    ),
    bind(
        &[letter('w')],
        Action::Why,
        Group::Look,
        "why",
        "why this is kept, by the rules of the registry",
    ),
    bind(
        &[letter('O')],
        Action::Subject,
        Group::Look,
        "subject",
        "to what this referrer is about",
    ),
    bind(
        &[letter('/')],
        Action::Filter,
        Group::Find,
        "find",
        "show only rows that match, while you type",
    ),
    bind(
        &[letter('n')],
        Action::NextMatch,
        Group::Find,
        "next",
        "to the next match",
    ),
    bind(
        &[letter('N')],
        Action::PreviousMatch,
        Group::Find,
        "previous",
        "to the match before",
    ),
    bind(
        &[letter(':')],
        Action::GoTo,
        Group::Find,
        "go to",
        "to a tag, repository:tag, a repository, or the beginning of a digest",
    ),
    bind(
        &[letter(' ')],
        Action::Mark,
        Group::Do,
        "mark",
        "mark the row, or take its mark away",
    ),
    bind(
        &[letter('v')],
        Action::Range,
        Group::Do,
        "range",
        "begin a range here; v or space at its end marks it",
    ),
    bind(
        &[letter('x'), letter('D')],
        Action::Impact,
        Group::Do,
        "impact",
        "what deleting the marked rows, or this one, would do; nothing is deleted",
    ),
    bind(
        &[letter('y')],
        Action::Copy,
        Group::Do,
        "copy",
        "copy digest, tag, reference, pull command or JSON",
    ),
    bind(
        &[letter('r'), letter('R'), ctrl('r')],
        Action::Again,
        Group::Do,
        "ask again",
        "ask the registry again for this row",
    ),
    bind(
        &[letter('L')],
        Action::LoadAll,
        Group::Do,
        "load all",
        "load everything, after saying how many requests that is",
    ),
    bind(
        &[letter('o')],
        Action::Target,
        Group::Do,
        "other target",
        "open another target beside this one",
    ),
    bind(
        &[letter('@')],
        Action::Log,
        Group::Do,
        "requests",
        "the requests that were sent, the newest last",
    ),
    bind(
        &[letter('m')],
        Action::Mouse,
        Group::Do,
        "mouse",
        "mouse on or off, so that the terminal can select text",
    ),
    bind(
        &[ctrl('l')],
        Action::Redraw,
        Group::Do,
        "redraw",
        "draw the screen anew",
    ),
    bind(
        &[letter('?'), plain(KeyCode::F(1))],
        Action::Help,
        Group::Do,
        "help",
        "this help",
    ),
    bind(
        &[letter('q'), ctrl('c')],
        Action::Quit,
        Group::Do,
        "quit",
        "leave",
    ),
];

/// The keys of the impact that mean something there alone; they come before those of [`BINDINGS`].
pub const IMPACT: &[Binding<ImpactAction>] = &[
    bind(
        &[letter('p')],
        ImpactAction::Policy,
        Group::Impact,
        "policy",
        "by other rules",
    ),
    bind(
        &[letter('e')],
        ImpactAction::Commands,
        Group::Impact,
        "write as commands",
        "the deletions as commands of other programs, in a safe order; nothing is run",
    ),
    bind(
        &[letter('d')],
        ImpactAction::Difference,
        Group::Impact,
        "difference to another policy",
        "what differs under another policy; again: no difference",
    ),
    bind(
        &[letter('D')],
        ImpactAction::Deletion,
        Group::Impact,
        "deletion on/off",
        "say that deletion is off in the registry's configuration, or on, and see what differs",
    ),
    bind(
        &[letter(']')],
        ImpactAction::NextRegistry,
        Group::Impact,
        "next registry",
        "the next registry that something is marked on",
    ),
    bind(
        &[letter('[')],
        ImpactAction::PreviousRegistry,
        Group::Impact,
        "registry before",
        "the registry before",
    ),
];

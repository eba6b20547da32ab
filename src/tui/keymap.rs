//! Which key does what. The help and the bottom line are made from this table, so that they cannot lie.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::theme::Theme;

/// What a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Open the row, or go into it.
    Open,
    /// Close the row, or go to the one that it stands under; out of a pane; away with a popup.
    Back,
    /// Fold everything.
    FoldAll,
    /// Open all that is known below the row.
    UnfoldBelow,
    /// Mark the row.
    Mark,
    /// What deleting what is marked would do.
    Impact,
    /// Why this is kept.
    Why,
    /// The requests that were sent.
    Log,
    /// The other pane.
    NextPane,
    /// The next tab of the details.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// The raw document.
    Raw,
    /// One pane over the whole screen.
    Zoom,
    /// Who holds this.
    UsedBy,
    /// What this refers to.
    Subject,
    /// Back to where the cursor came from.
    Return,
    /// Filter the tree.
    Filter,
    /// The next match.
    NextMatch,
    /// The match before.
    PreviousMatch,
    /// Go to a name or digest.
    GoTo,
    /// Copy something.
    Copy,
    /// Ask again.
    Again,
    /// Load everything.
    LoadAll,
    /// Open another target.
    Target,
    /// Mouse on or off.
    Mouse,
    /// Draw the screen anew.
    Redraw,
    /// Help.
    Help,
    /// Leave.
    Quit,
}

/// What a key means in the impact alone; those of [`Action`] go on there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImpactAction {
    /// Other rules.
    Policy,
    /// Whether deletion is switched on.
    Deletion,
    /// What differs under other rules.
    Difference,
    /// The plan.
    Commands,
    /// The next registry that has marks.
    NextRegistry,
    /// The registry before.
    PreviousRegistry,
}

/// Where a key belongs in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Getting about.
    Move,
    /// Looking.
    Look,
    /// Finding.
    Find,
    /// Doing.
    Do,
    /// In the impact.
    Impact,
}

impl Group {
    /// All groups, in the order of the help.
    pub const ALL: [Self; 5] = [Self::Move, Self::Look, Self::Find, Self::Do, Self::Impact];

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Look => "Look",
            Self::Find => "Find",
            Self::Do => "Do",
            Self::Impact => "In the impact",
        }
    }
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(KeyCode, KeyModifiers);

/// Keys that mean the same.
#[derive(Clone, Copy, Debug)]
pub struct Binding<A = Action> {
    /// The keys; the first is the one that the bottom line names.
    pub keys: &'static [Key],
    /// What they mean.
    pub action: A,
    /// One verb for the bottom line.
    pub verb: &'static str,
    /// A sentence for the help.
    pub help: &'static str,
    /// Where it stands in the help.
    pub group: Group,
}

const fn letter(letter: char) -> Key {
    Key(KeyCode::Char(letter), KeyModifiers::NONE)
}

const fn ctrl(letter: char) -> Key {
    Key(KeyCode::Char(letter), KeyModifiers::CONTROL)
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
        "close the row, then go to what it stands under; clears a filter; never quits",
    ),
    bind(
        &[letter('-')],
        Action::FoldAll,
        Group::Move,
        "fold all",
        "fold everything",
    ),
    bind(
        &[letter('=')],
        Action::UnfoldBelow,
        Group::Move,
        "unfold",
        "open all that is known below the row",
    ),
    bind(
        &[plain(KeyCode::Backspace)],
        Action::Return,
        Group::Move,
        "return",
        "to where the last jump began",
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
        &[letter('J')],
        Action::Raw,
        Group::Look,
        "raw",
        "the raw document, as JSON",
    ),
    bind(
        &[letter('z')],
        Action::Zoom,
        Group::Look,
        "zoom",
        "one pane over the whole screen, and back",
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
        &[letter('x')],
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
        "copy digest, reference, pull command or JSON",
    ),
    bind(
        &[letter('r'), ctrl('r')],
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

/// What a key means.
pub fn action(event: KeyEvent) -> Option<Action> {
    meaning(BINDINGS, event)
}

/// What a key means in the impact alone.
pub fn impact_action(event: KeyEvent) -> Option<ImpactAction> {
    meaning(IMPACT, event)
}

fn meaning<A: Copy>(bindings: &[Binding<A>], event: KeyEvent) -> Option<A> {
    // A capital letter may come with or without the shift that made it.
    let modifiers = match event.code {
        KeyCode::Char(_) | KeyCode::BackTab => event.modifiers - KeyModifiers::SHIFT,
        _ => event.modifiers,
    };
    let key = Key(event.code, modifiers);
    let binding = bindings
        .iter()
        .find(|binding| binding.keys.contains(&key))?;
    Some(binding.action)
}

/// The binding of an action.
pub fn binding(action: Action) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.action == action)
}

impl Key {
    /// The key as it is written on keyboards and in help.
    pub fn name(self, theme: Theme) -> String {
        let [up, down, left, right, enter] = theme.arrows();
        let name = match self.0 {
            KeyCode::Char(' ') => "space".to_owned(),
            KeyCode::Char(letter) => letter.to_string(),
            KeyCode::Up => up.to_owned(),
            KeyCode::Down => down.to_owned(),
            KeyCode::Left => left.to_owned(),
            KeyCode::Right => right.to_owned(),
            KeyCode::Enter => enter.to_owned(),
            KeyCode::Esc => "esc".to_owned(),
            KeyCode::Tab => "tab".to_owned(),
            KeyCode::BackTab => "shift-tab".to_owned(),
            KeyCode::Backspace => "backspace".to_owned(),
            KeyCode::Home => "home".to_owned(),
            KeyCode::End => "end".to_owned(),
            KeyCode::PageUp => "pgup".to_owned(),
            KeyCode::PageDown => "pgdn".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            other => format!("{other:?}").to_lowercase(),
        };
        if self.1.contains(KeyModifiers::CONTROL) {
            format!("^{name}")
        } else {
            name
        }
    }
}

impl<A> Binding<A> {
    /// All its keys, for the help.
    pub fn names(&self, theme: Theme) -> String {
        let names: Vec<_> = self.keys.iter().map(|key| key.name(theme)).collect();
        names.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_and_every_action_has_a_key() {
        let mut keys = HashSet::new();
        let mut actions = HashSet::new();
        for binding in BINDINGS {
            assert!(actions.insert(binding.action), "{:?} twice", binding.action);
            for key in binding.keys {
                assert!(keys.insert(format!("{key:?}")), "{key:?} twice");
            }
        }
        let mut keys = HashSet::new();
        let mut actions = HashSet::new();
        for binding in IMPACT {
            assert!(actions.insert(binding.action), "{:?} twice", binding.action);
            for key in binding.keys {
                assert!(keys.insert(format!("{key:?}")), "{key:?} twice");
            }
        }
    }

    #[test]
    fn a_capital_letter_counts_with_and_without_shift() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let event = KeyEvent::new(KeyCode::Char('G'), modifiers);
            assert_eq!(action(event), Some(Action::Last));
        }
        let event = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(action(event), Some(Action::Quit));
    }
}

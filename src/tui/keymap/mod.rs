//! Which key does what. The help and the bottom line are made from this table, so that they cannot lie.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::theme::Theme;

mod bindings;

pub use bindings::{BINDINGS, IMPACT};

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
    /// Mark from here to where the cursor goes.
    Range,
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
    /// The tab of the details with the number of the key.
    NumberedTab,
    /// The raw document.
    Raw,
    /// One row up in the pane that the keys do not go to.
    OtherUp,
    /// One row down there.
    OtherDown,
    /// One pane over the whole screen.
    Zoom,
    /// Less room for the tree.
    Narrower,
    /// More room for the tree.
    Wider,
    /// In another order.
    Sort,
    /// Who holds this.
    UsedBy,
    /// What this refers to.
    Subject,
    /// Back to where the cursor came from.
    Return,
    /// To where it was before it went back.
    Forward,
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
        let with = |modifier| self.1.contains(modifier);
        if with(KeyModifiers::CONTROL) {
            format!("^{name}")
        } else if with(KeyModifiers::SHIFT) {
            format!("shift-{name}")
        } else if with(KeyModifiers::ALT) {
            format!("alt-{name}")
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

    #[test]
    fn the_keys_of_later_features_mean_nothing_else() {
        for key in ['u', 'E'] {
            let event = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
            assert_eq!(action(event), None, "{key}");
        }
        let event = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL);
        assert_eq!(action(event), None);
    }
}

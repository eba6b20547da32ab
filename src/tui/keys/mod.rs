//! Which key does what, where. The bottom line, the help, the README and a person's own keys all come from one table.
//!
//! Each pane brings its part of the table with it (`KEYS` of its file); [`panes::TABLE`](super::panes::TABLE) has all of
//! them. A [`Keymap`] is the table with the keys that hold in this run.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::effect::Effect;
use super::model::Model;
use super::theme::Theme;

/// Where a key means something: a pane, or one of the two tables that panes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place(pub &'static str);

impl Place {
    /// In every pane in which nothing is typed.
    pub const EVERYWHERE: Self = Self("everywhere");
    /// In every pane in which something is typed.
    pub const TYPING: Self = Self("while typing");
    /// In tree and details.
    pub const BROWSE: Self = Self("tree and details");
}

/// What every pane understands in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
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
    /// Open the row, go there, take it.
    Open,
    /// Close the row, or go to what it stands under.
    Back,
    /// Take back what lies on top.
    Escape,
    /// The other pane, the next way of showing, the next completion.
    NextPane,
    /// The next tab.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// The tab of this number, from 0.
    Tab(u8),
    /// Mark the row.
    Mark,
    /// Leave.
    Quit,
}

/// What a key does.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// What the pane that has the keys makes of it.
    Verb(Verb),
    /// The same, whatever pane it is.
    Run(fn(&mut Model) -> Vec<Effect>),
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
    /// In the impact and what lies over it.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub KeyCode, pub KeyModifiers);

/// Keys that mean the same in one place.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The name by which a person's file and `:` know it. The same name in two places is the same thing done there.
    pub name: &'static str,
    /// Where.
    pub place: Place,
    /// The keys; the first is the one that the bottom line names.
    pub keys: &'static [Key],
    /// What they do.
    pub action: Action,
    /// Where it stands in the help.
    pub group: Group,
    /// One verb for the bottom line.
    pub verb: &'static str,
    /// A sentence for the help; empty where another line of it says so already.
    pub help: &'static str,
}

/// A key of the bottom line, and what it does there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The key, as it is written.
    pub key: String,
    /// The verb.
    pub verb: String,
}

impl Hint {
    /// A key that is told in its own words.
    pub fn new(key: impl Into<String>, verb: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            verb: verb.into(),
        }
    }
}

/// The keys of this run.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<(&'static Binding, Vec<Key>)>,
}

impl Keymap {
    /// The keys as the program has them.
    pub fn new(table: &'static [&'static [Binding]]) -> Self {
        let bindings = table.iter().flat_map(|part| part.iter());
        Self {
            bindings: bindings
                .map(|binding| (binding, binding.keys.to_vec()))
                .collect(),
        }
    }

    /// What a key does in a place, `shared` being the table that the place shares with others.
    pub fn action(&self, place: Place, shared: Place, event: KeyEvent) -> Option<Action> {
        let key = Key::of(event);
        let in_place = |wanted: Place| {
            let mut bindings = self.bindings.iter();
            bindings.find(|(binding, keys)| binding.place == wanted && keys.contains(&key))
        };
        let (binding, _) = in_place(place).or_else(|| in_place(shared))?;
        Some(binding.action)
    }

    /// All bindings with their keys, in the order of the table.
    pub fn bindings(&self) -> impl Iterator<Item = (&'static Binding, &[Key])> {
        let bindings = self.bindings.iter();
        bindings.map(|(binding, keys)| (*binding, keys.as_slice()))
    }

    /// A key of the bottom line, by the name of what it does.
    pub fn hint(&self, name: &str, theme: Theme) -> Hint {
        let mut bindings = self.bindings.iter();
        let found = bindings.find(|(binding, keys)| binding.name == name && !keys.is_empty());
        debug_assert!(found.is_some(), "no key is called {name}");
        found.map_or_else(
            || Hint::new("", ""),
            |(binding, keys)| {
                let key = keys.first().map(|key| key.name(theme));
                Hint::new(key.unwrap_or_default(), binding.verb)
            },
        )
    }

    /// The same with another verb.
    pub fn hint_as(&self, name: &str, verb: &str, theme: Theme) -> Hint {
        Hint::new(self.hint(name, theme).key, verb)
    }
}

impl Key {
    /// A letter.
    pub const fn letter(letter: char) -> Self {
        Self(KeyCode::Char(letter), KeyModifiers::NONE)
    }

    /// A letter with control.
    pub const fn ctrl(letter: char) -> Self {
        Self(KeyCode::Char(letter), KeyModifiers::CONTROL)
    }

    /// Another key.
    pub const fn plain(code: KeyCode) -> Self {
        Self(code, KeyModifiers::NONE)
    }

    /// Another key with shift.
    pub const fn shift(code: KeyCode) -> Self {
        Self(code, KeyModifiers::SHIFT)
    }

    /// Another key with alt.
    pub const fn alt(code: KeyCode) -> Self {
        Self(code, KeyModifiers::ALT)
    }

    /// The key that was pressed. A capital letter may come with or without the shift that made it.
    pub fn of(event: KeyEvent) -> Self {
        let modifiers = match event.code {
            KeyCode::Char(_) | KeyCode::BackTab => event.modifiers - KeyModifiers::SHIFT,
            _ => event.modifiers,
        };
        Self(event.code, modifiers)
    }

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

#[cfg(test)]
mod tests;

//! Which key does what, where. The bottom line, the help, the README and a person's own keys all come from one table.
//!
//! Each pane brings its part of the table with it (`KEYS` of its file); [`panes::TABLE`](super::panes::TABLE) has all of
//! them. A [`Keymap`] is the table with the keys that hold in this run; a person's file may have chosen others.

use std::collections::{BTreeMap, HashMap};

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

/// The name of the keys that choose a tab by its number: digits alone, and no others.
const TAB: &str = "tab";

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

    /// The keys with those that a person chose instead, by the name of what they do; `is_tab` tells the places whose keys go
    /// before those of tree and details.
    ///
    /// Errors: a name or key that does not exist, or a key that would mean two things in one place; in words.
    pub fn chosen(
        table: &'static [&'static [Binding]],
        own: &BTreeMap<String, Vec<String>>,
        is_tab: impl Fn(Place) -> bool,
    ) -> Result<Self, String> {
        let mut keymap = Self::new(table);
        for (name, written) in own {
            let keys: Result<Vec<Key>, String> =
                written.iter().map(|key| Key::parse(key)).collect();
            let keys = keys.map_err(|reason| format!("`keys.{name}`: {reason}"))?;
            let is_meant = |binding: &Binding| {
                binding.name == name && binding.place != Place::TYPING && name != TAB
            };
            let meant = keymap.bindings.iter_mut();
            let meant: Vec<_> = meant.filter(|(binding, _)| is_meant(binding)).collect();
            if meant.is_empty() {
                return Err(format!(
                    "`keys.{name}`: nothing that has keys of its own is called so; `:` in the screen lists the names"
                ));
            }
            for (_, bound) in meant {
                bound.clone_from(&keys);
            }
        }
        keymap.refuse_conflicts(is_tab)?;
        Ok(keymap)
    }

    /// Whether every key means one thing in every place.
    fn refuse_conflicts(&self, is_tab: impl Fn(Place) -> bool) -> Result<(), String> {
        let mut meanings: HashMap<(Place, Key), &str> = HashMap::new();
        for (binding, keys) in &self.bindings {
            for key in keys {
                let before = meanings.insert((binding.place, *key), binding.name);
                let elsewhere = |place| meanings.get(&(place, *key)).copied();
                let other = match binding.place {
                    Place::EVERYWHERE | Place::TYPING => before,
                    _ => before.or_else(|| elsewhere(Place::EVERYWHERE)),
                };
                // A tab goes before tree and details, which must not lose a key by that.
                let hides = |place| elsewhere(place).filter(|other| *other != binding.name);
                let is_tab = is_tab(binding.place);
                let other = other.or_else(|| hides(Place::BROWSE).filter(|_| is_tab));
                if let Some(other) = other {
                    let key = key.name(Theme::new(false, false));
                    return Err(format!(
                        "the key {key} would mean both `{other}` and `{}` in {}",
                        binding.name, binding.place.0
                    ));
                }
            }
        }
        Ok(())
    }

    /// What a name stands for: one that means something in tree and details or everywhere.
    pub fn command(&self, name: &str) -> Option<Action> {
        let mut bindings = self.commands();
        let (binding, _) = bindings.find(|(binding, _)| binding.name == name)?;
        Some(binding.action)
    }

    /// What can be called by its name, each once.
    pub fn commands(&self) -> impl Iterator<Item = (&'static Binding, &[Key])> {
        let is_command = |binding: &Binding| {
            matches!(binding.place, Place::EVERYWHERE | Place::BROWSE) && !binding.help.is_empty()
        };
        self.bindings()
            .filter(move |(binding, _)| is_command(binding))
    }

    /// What a key does in a place, `shared` being the table that the place shares with others.
    pub fn action(&self, place: Place, shared: Place, event: KeyEvent) -> Option<Action> {
        self.action_in(place, event)
            .or_else(|| self.action_in(shared, event))
    }

    /// What a key does in a place of which nothing is shared.
    pub fn action_in(&self, place: Place, event: KeyEvent) -> Option<Action> {
        let key = Key::of(event);
        let mut bindings = self.bindings.iter();
        let (binding, _) =
            bindings.find(|(binding, keys)| binding.place == place && keys.contains(&key))?;
        Some(binding.action)
    }

    /// The key that is written so on the bottom line.
    pub fn written(&self, name: &str, theme: Theme) -> Option<KeyEvent> {
        let mut keys = self.bindings.iter().flat_map(|(_, keys)| keys);
        let Key(code, modifiers) = *keys.find(|key| key.name(theme) == name)?;
        Some(KeyEvent::new(code, modifiers))
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

    /// The key that is written so: `x`, `ctrl-x` or `^x`, `alt-left`, `enter`, `space`, `f5`. Errors in words.
    pub fn parse(written: &str) -> Result<Self, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = written;
        loop {
            let (modifier, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (KeyModifiers::CONTROL, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (KeyModifiers::ALT, after)
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (KeyModifiers::SHIFT, after)
            } else if let Some(after) = rest.strip_prefix('^').filter(|after| !after.is_empty()) {
                (KeyModifiers::CONTROL, after)
            } else {
                break;
            };
            modifiers |= modifier;
            rest = after;
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) => KeyCode::Char(letter),
            _ => named(rest).ok_or_else(|| {
                format!("{written} is no key; write x, ctrl-x, alt-left, enter, space or f5")
            })?,
        };
        Ok(Self(code, modifiers))
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

/// A key that has no letter.
fn named(name: &str) -> Option<KeyCode> {
    Some(match name {
        "space" => KeyCode::Char(' '),
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backspace" => KeyCode::Backspace,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "delete" => KeyCode::Delete,
        "insert" => KeyCode::Insert,
        _ => KeyCode::F(name.strip_prefix('f')?.parse().ok()?),
    })
}

#[cfg(test)]
mod tests;

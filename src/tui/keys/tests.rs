//! The table of keys.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::tui::panes::TABLE;
use crate::tui::panes::tabs::is_tab;

use super::{Action, Binding, Key, Keymap, Place, Verb};

fn all() -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().flat_map(|part| part.iter())
}

#[test]
fn no_key_means_two_things_in_one_place() {
    let places: HashSet<Place> = all().map(|binding| binding.place).collect();
    for place in places {
        let shares = |binding: &&Binding| {
            binding.place == place || (binding.place == Place::EVERYWHERE && place != Place::TYPING)
        };
        let mut keys = HashMap::new();
        for binding in all().filter(shares) {
            for key in binding.keys {
                let before = keys.insert(*key, binding.name);
                assert_eq!(before, None, "{key:?} in {place:?} is {} too", binding.name);
            }
        }
    }
}

#[test]
fn a_letter_means_one_thing_wherever_it_means_anything() {
    let mut meanings: HashMap<Key, &str> = HashMap::new();
    for binding in all().filter(|binding| binding.place != Place::TYPING) {
        for key in binding.keys {
            let known = meanings.entry(*key).or_insert(binding.name);
            assert_eq!(*known, binding.name, "{key:?}");
        }
    }
}

#[test]
fn a_name_is_one_thing_and_is_told_once_in_the_help() {
    let mut told = HashSet::new();
    for binding in all() {
        let is_told = !binding.help.is_empty();
        assert!(
            !is_told || told.insert(binding.name),
            "{} is told twice",
            binding.name
        );
        let is_plain = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        assert!(binding.name.chars().all(is_plain), "{}", binding.name);
    }
    for binding in all() {
        let is_told = told.contains(binding.name);
        assert!(is_told, "no line of the help tells {}", binding.name);
    }
}

#[test]
fn a_capital_letter_counts_with_and_without_shift() {
    let keys = Keymap::new(TABLE);
    for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
        let event = KeyEvent::new(KeyCode::Char('G'), modifiers);
        let action = keys.action(Place::BROWSE, Place::EVERYWHERE, event);
        assert!(matches!(action, Some(Action::Verb(Verb::Last))));
    }
}

#[test]
fn the_keys_of_later_features_mean_nothing_else() {
    let keys = Keymap::new(TABLE);
    for key in ['u', 'T'] {
        let event = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
        assert!(
            keys.action(Place::BROWSE, Place::EVERYWHERE, event)
                .is_none(),
            "{key}"
        );
    }
}

#[test]
fn a_persons_keys_replace_those_of_the_table_and_conflicts_are_refused() {
    let chosen = |name: &str, keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Keymap::chosen(TABLE, &[(name.to_owned(), keys)].into(), is_tab)
    };
    let does = |keymap: &Keymap, code, modifiers| {
        let event = KeyEvent::new(code, modifiers);
        keymap
            .action(Place::BROWSE, Place::EVERYWHERE, event)
            .is_some()
    };
    let keymap = chosen("impact", &["f5", "ctrl-x"]).unwrap();
    assert!(does(&keymap, KeyCode::F(5), KeyModifiers::NONE));
    assert!(does(&keymap, KeyCode::Char('x'), KeyModifiers::CONTROL));
    assert!(!does(&keymap, KeyCode::Char('x'), KeyModifiers::NONE));
    let theme = crate::tui::theme::Theme::default();
    assert_eq!(keymap.hint("impact", theme).key, "F5");
    for (name, key, words) in [
        ("impact", "w", "both `impact` and `why`"),
        ("down", "x", "both"),
        ("no-such-thing", "x", "is called so"),
        ("impact", "hyper-x", "is no key"),
        ("tab", "x", "is called so"),
    ] {
        let refused = chosen(name, &[key]).unwrap_err();
        let words = refused.contains(words) || refused.contains("both `why` and `impact`");
        assert!(words, "{refused}");
    }
}

/// The keys as the README lists them.
fn in_markdown() -> String {
    let theme = crate::tui::theme::Theme::new(false, false);
    let mut text = String::new();
    for group in super::Group::ALL {
        let _ = writeln!(text, "| {} | |\n|---|---|", group.title());
        for binding in all().filter(|one| one.group == group && !one.help.is_empty()) {
            let keys: Vec<_> = binding
                .keys
                .iter()
                .map(|key| format!("`{}`", key.name(theme)))
                .collect();
            let _ = writeln!(text, "| {} | {} |", keys.join(" "), binding.help);
        }
        text.push('\n');
    }
    text
}

#[test]
fn the_readme_has_the_keys_of_the_table() {
    const BEGIN: &str =
        "<!-- keys: from the table, by `UPDATE_README=1 cargo test --lib readme` -->\n";
    const END: &str = "<!-- keys end -->";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    let right = in_markdown();
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{right}{END}{after}")).unwrap();
    } else {
        assert_eq!(found, right);
    }
}

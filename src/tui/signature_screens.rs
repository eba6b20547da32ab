//! Signatures on the screen, over the built-in example, whose key is known.

use crate::config::Config;
use crate::insight::marks::Mark;
use crate::oci::purpose::DocumentKinds;

use super::pane_screens::{read_demo, screen_of};
use super::screens::Screen;
use super::theme::Theme;

/// The example with all its documents, where the key in this file is trusted.
fn trusting(key: &str, size: (u16, u16)) -> Screen {
    let mut screen = screen_of(read_demo(DocumentKinds::ALL), size);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, format!("[[trust]]\nkeys = ['{key}']\n")).unwrap();
    screen.model.signatures.rules = Config::load(Some(&path)).unwrap().trust.into();
    screen
}

fn own_key() -> String {
    format!(
        "{}/assets/demo-signing-key.pub.pem",
        env!("CARGO_MANIFEST_DIR")
    )
}

#[test]
fn what_is_in_view_is_verified_and_marked() {
    let mut screen = trusting(&own_key(), (160, 45));
    screen.press(":team/app:2.0.0<Enter>");
    assert!(
        !screen.shown().contains("✓S"),
        "not before it was asked for"
    );
    screen.press("V");
    let shown = screen.shown();
    assert!(shown.contains("✓S"), "{shown}");
    assert!(shown.contains("6 verified, 0 failed"), "{shown}");
    insta::assert_snapshot!("verified-160x45", shown);
    screen.model.theme = Theme::new(false, true);
    let plain = screen.shown();
    assert!(plain.contains("+S") && plain.is_ascii(), "{plain}");
}

#[test]
fn nothing_is_marked_as_verified_by_a_key_that_did_not_sign() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.pub");
    std::fs::write(
        &other,
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n",
    )
    .unwrap();
    let mut screen = trusting(&other.display().to_string(), (160, 45));
    screen.press(":team/app:2.0.0<Enter>V");
    let shown = screen.shown();
    assert!(shown.contains("0 verified, 0 failed, 6 signed"), "{shown}");
    assert!(!shown.contains("✓S") && !shown.contains("✗S"), "{shown}");
    // Trust that cannot be read is told, and never left out.
    let mut screen = trusting("/nowhere.pub", (160, 45));
    screen.press(":team/app:2.0.0<Enter>V");
    let shown = screen.shown();
    assert!(shown.contains("nothing is trusted"), "{shown}");
}

#[test]
fn a_signature_is_told_check_by_check_on_every_screen() {
    for (width, height) in [(160, 45), (80, 24), (40, 12)] {
        let mut screen = trusting(&own_key(), (width, height));
        screen.press(":team/app:2.0.0<Enter>5");
        let shown = screen.shown();
        insta::assert_snapshot!(format!("signatures-{width}x{height}"), shown);
        screen.model.theme = Theme::new(false, true);
        let plain = screen.shown();
        assert!(plain.is_ascii(), "{plain}");
        if width > 40 {
            assert!(plain.contains("verified against key"), "{plain}");
        }
    }
}

#[test]
fn the_line_that_verifies_a_signature_elsewhere_is_to_be_copied() {
    let mut screen = trusting(&own_key(), (160, 45));
    screen.press(":team/app:2.0.0<Enter>5y");
    let shown = screen.shown();
    assert!(shown.contains("1 verify"), "{shown}");
    screen.press("1");
    let copied = screen.effects.iter().find_map(|effect| match effect {
        super::effect::Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.unwrap();
    assert!(
        copied.starts_with("cosign verify --key 'demo-signing-key.pub.pem'")
            && copied.contains("team/app@sha256:"),
        "{copied}"
    );
}

#[test]
fn a_mark_says_verified_only_in_green() {
    let theme = Theme::default();
    assert_eq!(theme.mark(Mark::Verified), theme.good());
    for other in [Mark::Present, Mark::Partly, Mark::None, Mark::Refuted] {
        assert_ne!(theme.mark(other), theme.good(), "{other:?}");
    }
}

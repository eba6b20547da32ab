//! Text from outside.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// A text that came from a registry, a file or a person on the other side.
///
/// It keeps the exact string for requests, keys and comparisons ([`RemoteText::as_str`]), and shows itself cleaned:
/// its [`fmt::Display`] has no control characters, no escape sequences, no bidirectional controls, no zero-width or
/// tag characters, and no pile of combining marks. Serialised it is exact, such characters as `\u` escapes by the
/// writer (see [`escape_json`]).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RemoteText(Arc<str>);

impl RemoteText {
    /// The exact string. For requests and comparisons, never for a terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The string as it may stand on a terminal.
    pub fn shown(&self) -> Cow<'_, str> {
        clean(&self.0)
    }

    /// The string as it may stand on a terminal where it is a name: what [`Self::shown`] drops is spelt out, as in
    /// `1.2<U+200B>`, so that two names never look alike.
    pub fn spelled(&self) -> Cow<'_, str> {
        spell(&self.0)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<Arc<str>>> From<T> for RemoteText {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for RemoteText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown())
    }
}

impl fmt::Debug for RemoteText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl std::borrow::Borrow<str> for RemoteText {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for RemoteText {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for RemoteText {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl serde::Serialize for RemoteText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for RemoteText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

/// How many combining marks one character may carry before the rest is dropped: more than any script needs.
const MARKS_PER_CHARACTER: usize = 4;

/// `text` as it may stand on a terminal, in one line: what could move the cursor, change colours, reorder or hide
/// text is shown as `␛`-like pictures (controls) or dropped (invisible characters).
///
/// Cost: `O(n)`; a clean text is borrowed.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) && !has_pile(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut marks = 0;
    for character in text.chars() {
        if is_combining(character) {
            marks += 1;
            if marks > MARKS_PER_CHARACTER {
                continue;
            }
        } else {
            marks = 0;
        }
        match picture(character) {
            Some(picture) => shown.push(picture),
            None if is_dangerous(character) => {}
            None => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// `text` in one line that says all that is in it: what [`clean`] drops is spelt out as `<U+200B>`. For names from outside
/// wherever a line or a pair of quotes must end where we end it: notes, comments of commands, what is copied.
///
/// Cost: `O(n)`; a clean text is borrowed.
pub fn spell(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return clean(text);
    }
    let mut spelled = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_dangerous(character) && picture(character).is_none() {
            let _ = write!(spelled, "<U+{:04X}>", u32::from(character));
        } else {
            spelled.push(character);
        }
    }
    Cow::Owned(clean(&spelled).into_owned())
}

/// Like [`spell`], of a text of several lines that are ours: what stands between two line feeds is one line each.
pub fn spell_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_dangerous(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(spell).collect();
    Cow::Owned(lines.join("\n"))
}

/// Like [`clean`], but keeps line feeds, for documents of several lines. Tabs become spaces.
pub fn clean_lines(text: &str) -> String {
    text.lines()
        .map(|line| clean(&line.replace('\t', "    ")).into_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// `json` with every character that [`clean`] would touch as a `\u` escape. `json` must be valid JSON text, in which
/// such characters stand inside strings only; layout (line feeds and spaces) stays.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(|c| is_dangerous(c) && c != '\n') {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_dangerous(character) && character != '\n' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Whether a character must not reach a terminal as it is.
pub fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// The visible stand-in of a C0 control (Unicode block "Control Pictures"), or a mark for a C1 control.
fn picture(character: char) -> Option<char> {
    match character {
        '\0'..='\u{1F}' => char::from_u32(0x2400 + u32::from(character)),
        '\u{7F}' => Some('\u{2421}'),
        '\u{80}'..='\u{9F}' => Some('\u{FFFD}'),
        _ => None,
    }
}

fn is_combining(character: char) -> bool {
    matches!(character, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

fn has_pile(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if is_combining(c) { marks + 1 } else { 0 };
        marks > MARKS_PER_CHARACTER
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_drive_a_terminal_is_shown_as_a_picture_or_not_at_all() {
        let text = RemoteText::from("a\u{1b}[31mb\u{202e}c\u{200b}d\u{9b}e\r\nf\u{7f}");
        assert_eq!(text.to_string(), "a␛[31mbcd\u{fffd}e␍␊f␡");
        assert_eq!(
            text.as_str().len(),
            "a\u{1b}[31mb\u{202e}c\u{200b}d\u{9b}e\r\nf\u{7f}".len()
        );
    }

    #[test]
    fn names_that_differ_in_what_cannot_be_seen_do_not_look_alike() {
        let spelled = |text: &str| RemoteText::from(text).spelled().into_owned();
        assert_eq!(spelled("1.0"), "1.0");
        assert_eq!(spelled("1.0\u{200b}"), "1.0<U+200B>");
        assert_eq!(spelled("\u{e0041}1\u{1b}"), "<U+E0041>1␛");
    }

    #[test]
    fn plain_text_of_any_script_stays() {
        for text in ["1.2.3", "größe", "日本語", "e\u{301}", "ไทย"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn json_keeps_the_exact_text_as_escapes() {
        let exact = "x\u{202e}\u{9b}\u{e0041}y";
        let json = serde_json::to_string(exact).unwrap();
        let escaped = escape_json(&json);
        assert_eq!(escaped, "\"x\\u202e\\u009b\\udb40\\udc41y\"");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), exact);
    }

    #[test]
    fn a_pile_of_marks_is_cut() {
        let zalgo = format!("a{}b", "\u{301}".repeat(50));
        assert_eq!(clean(&zalgo).chars().count(), 2 + MARKS_PER_CHARACTER);
    }
}

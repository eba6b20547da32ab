//! Documents indented, without changing what they say.

use crate::oci::remote_text::{clean_lines, escape_json};

/// Characters of one shown line at most; a longer value goes on in the next.
const LINE: usize = 400;

/// `bytes` as lines: JSON indented by two, everything in its order and every number and string as it is written;
/// what could harm a terminal as `\u` escapes. What is no JSON is shown as text, or as its size. Cost: `O(n)`.
pub fn indented(bytes: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![format!("{} bytes that are no text", bytes.len())];
    };
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let shown = if is_json {
        escape_json(&indent(text)).into_owned()
    } else {
        clean_lines(text)
    };
    shown.lines().flat_map(broken).collect()
}

/// Valid JSON with new layout. Strings are copied as they are.
fn indent(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth: usize = 0;
    let mut in_string = false;
    let mut is_escaped = false;
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        if in_string {
            out.push(character);
            in_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            continue;
        }
        match character {
            '"' => {
                in_string = true;
                out.push('"');
            }
            '{' | '[' => {
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                out.push(character);
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            character if character.is_ascii_whitespace() => {}
            character => out.push(character),
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

fn broken(line: &str) -> Vec<String> {
    if line.len() <= LINE {
        return vec![line.to_owned()];
    }
    let characters: Vec<char> = line.chars().collect();
    characters
        .chunks(LINE)
        .map(|part| part.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_order_its_numbers_and_its_strings() {
        let lines = indented(br#"{"z":1e400,"a":[ ],"s":"{\"x\\",  "n":[1,{"k":null}]}"#);
        assert_eq!(
            lines.join("\n"),
            r#"{
  "z": 1e400,
  "a": [],
  "s": "{\"x\\",
  "n": [
    1,
    {
      "k": null
    }
  ]
}"#
        );
    }

    #[test]
    fn what_could_harm_a_terminal_is_escaped_and_what_is_no_json_is_text() {
        let lines = indented("{\"a\":\"\u{202e}x\"}".as_bytes());
        assert_eq!(lines.get(1).unwrap(), "  \"a\": \"\\u202ex\"");
        assert_eq!(
            indented(b"not\x1b[31m json\n\tx"),
            ["not␛[31m json", "    x"]
        );
        assert_eq!(indented(&[0xff, 0xfe]), ["2 bytes that are no text"]);
    }

    #[test]
    fn a_very_long_value_is_broken() {
        let json = format!("\"{}\"", "x".repeat(3 * LINE));
        assert_eq!(indented(json.as_bytes()).len(), 4);
    }
}

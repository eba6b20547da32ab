//! Bytes to text: UTF-8 with and without a byte-order mark, UTF-16 of both orders, Latin-1 where XML says so.

use std::borrow::Cow;

use super::problems::Problems;

/// The text of `bytes`; none where they are no text. What a document calls itself does not count against what it is:
/// tools write UTF-16 and leave "UTF-8" in the first line.
pub(super) fn decode<'a>(bytes: &'a [u8], problems: &mut Problems) -> Option<Cow<'a, str>> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return utf8(rest, problems);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Some(Cow::Owned(utf16(rest, u16::from_le_bytes, problems)));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Some(Cow::Owned(utf16(rest, u16::from_be_bytes, problems)));
    }
    match bytes {
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => {
            Some(Cow::Owned(utf16(bytes, u16::from_le_bytes, problems)))
        }
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => {
            Some(Cow::Owned(utf16(bytes, u16::from_be_bytes, problems)))
        }
        _ => utf8(bytes, problems),
    }
}

fn utf16(bytes: &[u8], order: fn([u8; 2]) -> u16, problems: &mut Problems) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        problems.note("", "is UTF-16 of an odd number of bytes");
    }
    let mut is_broken = false;
    let text = char::decode_utf16(pairs.iter().map(|pair| order(*pair)))
        .map(|character| {
            is_broken |= character.is_err();
            character.unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect();
    if is_broken {
        problems.note("", "is UTF-16 with halves of characters");
    }
    text
}

/// How much of a document is looked at for signs that it is no text.
const LOOKED_AT: usize = 4096;

fn utf8<'a>(bytes: &'a [u8], problems: &mut Problems) -> Option<Cow<'a, str>> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return (!is_binary(bytes)).then_some(text.into()),
        Err(error) => error,
    };
    if is_binary(bytes) {
        return None;
    }
    let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let is_latin = bytes
        .get(..200.min(bytes.len()))
        .map(String::from_utf8_lossy)
        .is_some_and(|head| {
            let head = head.to_ascii_lowercase();
            head.starts_with("<?xml")
                && (head.contains("iso-8859-1") || head.contains("windows-1252"))
        });
    if is_latin {
        return Some(bytes.iter().copied().map(char::from).collect());
    }
    problems.note(&format!("line {line}"), "is not UTF-8");
    Some(String::from_utf8_lossy(bytes))
}

fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..LOOKED_AT.min(bytes.len())).unwrap_or_default();
    let is_odd = |byte: &&u8| **byte < 9 || (14..32).contains(*byte);
    head.iter().filter(is_odd).count() * 10 > head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn a_text_is_read_in_every_encoding() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ä/>";
        let mut forms = vec![text.as_bytes().to_vec()];
        forms.push([b"\xef\xbb\xbf", text.as_bytes()].concat());
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            forms.push(wide(text, order));
            forms.push([order(0xfeff).to_vec(), wide(text, order)].concat());
        }
        for form in forms {
            let mut problems = Problems::default();
            assert_eq!(decode(&form, &mut problems).as_deref(), Some(text));
            assert!(problems.is_empty());
        }
    }

    #[test]
    fn what_is_nearly_text_is_told_with_its_line() {
        let mut problems = Problems::default();
        let text = decode(b"a\nb\xff", &mut problems).unwrap();
        assert_eq!(text, "a\nb\u{fffd}");
        assert_eq!(problems.into_vec()[0].to_string(), "line 2: is not UTF-8");
        assert_eq!(
            decode(&[0x84; 3], &mut Problems::default()).as_deref(),
            Some("\u{fffd}\u{fffd}\u{fffd}")
        );
        assert_eq!(decode(&[0xd2, 1, 2, 3, 0], &mut Problems::default()), None);
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><\xe4/>";
        assert!(
            decode(latin, &mut Problems::default())
                .unwrap()
                .ends_with("<ä/>")
        );
    }
}

//! Base64, PEM and JSON as they are found in signatures: lenient about line breaks and padding, strict about everything
//! that could be read in two ways.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use crate::oci::json::Json;

/// How deep JSON, DER and CBOR may be nested.
pub(super) const MAX_NESTING: usize = 64;

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
/// Keys and certificates in PEM are also read where unused bits of the last letter are set, as Go's tools do.
const PEM_ENGINE: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, CONFIG.with_decode_allow_trailing_bits(true));
const STANDARD_ENGINE: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const URL_ENGINE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);
const JOSE_ENGINE: GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Decodes base64 in the standard or in the URL-safe alphabet, as DSSE and protobuf's JSON allow; one text uses one of
/// them. Line breaks and blanks are skipped, padding may be missing.
pub(super) fn base64(text: &str) -> Result<Vec<u8>, String> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let is_url_safe = compact.contains(['-', '_']);
    if is_url_safe && compact.contains(['+', '/']) {
        return Err("base64 in two alphabets at once".to_owned());
    }
    let engine = if is_url_safe {
        &URL_ENGINE
    } else {
        &STANDARD_ENGINE
    };
    engine
        .decode(compact)
        .map_err(|error| format!("not base64: {error}"))
}

/// Decodes base64 in the standard alphabet only.
pub(super) fn standard_base64(text: &str) -> Result<Vec<u8>, String> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD_ENGINE
        .decode(compact)
        .map_err(|error| format!("not base64: {error}"))
}

/// Decodes base64url without padding, as JWS writes it (RFC 7515, section 2).
pub(super) fn jose_base64(text: &str) -> Result<Vec<u8>, String> {
    JOSE_ENGINE
        .decode(text)
        .map_err(|error| format!("not base64url: {error}"))
}

/// A block of a PEM text.
pub(super) struct PemBlock {
    /// The words after `BEGIN`.
    pub label: String,
    /// The decoded content.
    pub content: Vec<u8>,
}

/// The blocks of a PEM text (RFC 7468), whatever stands between them.
pub(super) fn pem_blocks(text: &str) -> Result<Vec<PemBlock>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(str::trim) {
        let begin = line
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.strip_suffix("-----"));
        let end = line
            .strip_prefix("-----END ")
            .and_then(|rest| rest.strip_suffix("-----"));
        match (begin, end, &mut open) {
            (Some(label), _, None) => open = Some((label.to_owned(), String::new())),
            (Some(_), _, Some(_)) => return Err("a PEM block begins within another".to_owned()),
            (_, Some(label), Some((opened, body))) => {
                if label != opened {
                    return Err("a PEM block ends under another name".to_owned());
                }
                blocks.push(PemBlock {
                    label: label.to_owned(),
                    content: PEM_ENGINE
                        .decode(body)
                        .map_err(|error| format!("not base64: {error}"))?,
                });
                open = None;
            }
            (_, Some(_), None) => return Err("a PEM block ends that never began".to_owned()),
            // Headers of old encrypted keys; such a block is refused by its label.
            (None, None, Some((_, body))) if !line.contains(':') => body.push_str(line),
            (None, None, _) => {}
        }
    }
    if open.is_some() {
        return Err("a PEM block has no end".to_owned());
    }
    Ok(blocks)
}

/// Parses a JSON object whose meaning is beyond doubt: no key stands twice in one object, no number is out of range,
/// nothing is nested deeper than 64 levels.
pub(super) fn strict_json(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    if json_depth(bytes) > MAX_NESTING {
        return Err(format!("JSON nested deeper than {MAX_NESTING} levels"));
    }
    let json = Json::parse(bytes).map_err(|error| error.to_string())?;
    if let Some(key) = json.duplicates.first() {
        return Err(format!("the key {key} stands twice in one object"));
    }
    if json.has_endless_numbers {
        return Err("a number is out of range".to_owned());
    }
    Ok(json.object)
}

/// How deep the brackets of a JSON text are nested, whether or not it is JSON.
fn json_depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_text, mut is_escaped) = (false, false);
    for &byte in bytes {
        if in_text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Whether DER is nested at most 64 levels deep and its lengths stay within what holds them. Texts and octet strings
/// are not looked into.
pub(super) fn der_is_bounded(bytes: &[u8]) -> bool {
    let mut open: Vec<&[u8]> = vec![bytes];
    while let Some(rest) = open.pop() {
        let Some((&tag, after_tag)) = rest.split_first() else {
            continue;
        };
        let Some((content, next)) = der_length(after_tag) else {
            return false;
        };
        open.push(next);
        // Bit 6: constructed.
        if tag & 0x20 != 0 {
            if open.len() > MAX_NESTING {
                return false;
            }
            open.push(content);
        }
    }
    true
}

/// Splits what follows a tag into the content and what comes after it.
fn der_length(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return rest.split_at_checked(usize::from(first));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    if digits.is_empty() || digits.len() > 4 {
        return None;
    }
    let length = digits
        .iter()
        .fold(0_usize, |length, &digit| length << 8 | usize::from(digit));
    rest.split_at_checked(length)
}

/// A member of an object under its name in camel case or, as protobuf's JSON allows, in snake case.
pub(super) fn member<'a>(object: &'a Map<String, Value>, camel: &str) -> Option<&'a Value> {
    let found = object.get(camel).or_else(|| {
        let mut snake = String::with_capacity(camel.len() + 4);
        for c in camel.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        object.get(&snake)
    });
    found.filter(|value| !value.is_null())
}

/// A member that is an object.
pub(super) fn object<'a>(
    parent: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, String> {
    match member(parent, name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(format!("{name} is not an object")),
    }
}

/// A member that is a list.
pub(super) fn list<'a>(parent: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], String> {
    match member(parent, name) {
        None => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(format!("{name} is not a list")),
    }
}

/// A member that is a text.
pub(super) fn text<'a>(
    parent: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, String> {
    match member(parent, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{name} is not a text")),
    }
}

/// A member that is a text in base64.
pub(super) fn bytes(parent: &Map<String, Value>, name: &str) -> Result<Option<Vec<u8>>, String> {
    text(parent, name)?
        .map(|text| base64(text).map_err(|error| format!("{name}: {error}")))
        .transpose()
}

/// A member that is a whole number from 0 on, written as a number or, as protobuf's JSON does, as a text.
pub(super) fn number(parent: &Map<String, Value>, name: &str) -> Result<Option<u64>, String> {
    let wrong = || format!("{name} is not a whole number from 0 to 9223372036854775807");
    let number = match member(parent, name) {
        None => return Ok(None),
        Some(Value::Number(number)) => number.as_u64().ok_or_else(wrong)?,
        Some(Value::String(text)) if text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse::<u64>().map_err(|_| wrong())?
        }
        Some(_) => return Err(wrong()),
    };
    if i64::try_from(number).is_err() {
        return Err(wrong());
    }
    Ok(Some(number))
}

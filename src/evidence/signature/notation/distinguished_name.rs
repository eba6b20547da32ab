//! Distinguished names as a trust policy writes them (RFC 4514), compared attribute by attribute.

use std::collections::BTreeMap;

use x509_cert::name::Name;

/// The attributes of a name, by their short name.
pub(super) type Attributes = BTreeMap<String, String>;

/// The attributes of a certificate's subject.
pub(super) fn of_certificate(name: &Name) -> Option<Attributes> {
    parse(&name.to_string())
}

/// Parses `C=US, ST=WA, O=…`: parts by commas, `\` before what is meant as it stands. An attribute that stands twice
/// makes the name ambiguous, so it is none.
pub(super) fn parse(text: &str) -> Option<Attributes> {
    let mut attributes = Attributes::new();
    for part in split(text) {
        let (name, value) = part.split_once('=')?;
        let name = match name.trim().to_ascii_uppercase().as_str() {
            "S" => "ST".to_owned(),
            "STREETADDRESS" => "STREET".to_owned(),
            other => other.to_owned(),
        };
        if name.is_empty() || attributes.insert(name, unescape(value.trim())).is_some() {
            return None;
        }
    }
    (!attributes.is_empty()).then_some(attributes)
}

/// Whether every attribute that is wanted is there with the same value.
pub(super) fn contains(found: &Attributes, wanted: &Attributes) -> bool {
    wanted
        .iter()
        .all(|(name, value)| found.get(name) == Some(value))
}

fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_escaped = false;
    for c in text.chars() {
        if !is_escaped && matches!(c, ',' | '+' | ';') {
            parts.push(String::new());
            continue;
        }
        is_escaped = !is_escaped && c == '\\';
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

/// Takes off the `\` of RFC 4514: before a character, or before two hex digits of a byte.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        if let Some((pair, after)) = rest.split_at_checked(2)
            && let Ok(decoded) = hex::decode(pair)
        {
            bytes.extend(decoded);
            rest = after;
        } else if let Some((&plain, after)) = rest.split_first() {
            bytes.push(plain);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

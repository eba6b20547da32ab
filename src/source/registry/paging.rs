//! Reading a page of a list.

use std::fmt;
use std::hash::Hash;

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::oci::json::{Json, Reader};
use crate::oci::{Descriptor, Digest, RemoteText};

/// Something that lists have entries of.
pub(super) trait Entry: Sized + Send + 'static {
    /// What makes two entries the same.
    type Key: Eq + Hash;

    /// Reads an entry. Errors: it cannot be one; a fragment that follows "it".
    fn read(raw: &str) -> Result<Self, String>;

    fn key(&self) -> Self::Key;
}

impl Entry for RemoteText {
    type Key = Self;

    fn read(raw: &str) -> Result<Self, String> {
        let text: String = serde_json::from_str(raw).map_err(|_| "is no text".to_owned())?;
        Ok(text.into())
    }

    fn key(&self) -> Self {
        self.clone()
    }
}

/// A descriptor that alone is larger than this is no descriptor: a whole manifest is at most four times as large.
const DESCRIPTOR_BYTES: usize = 1024 * 1024;

impl Entry for Descriptor {
    type Key = Digest;

    fn read(raw: &str) -> Result<Self, String> {
        if raw.len() > DESCRIPTOR_BYTES {
            return Err("is larger than 1 MiB".to_owned());
        }
        let json = Json::parse(raw.as_bytes()).map_err(|error| format!("is no object: {error}"))?;
        let mut reader = Reader::default();
        let descriptor = reader.descriptor(&json.object, "");
        descriptor.ok_or_else(|| match reader.problems.first() {
            None => "has no digest".to_owned(),
            Some(problem) => format!("is no descriptor: {problem}"),
        })
    }

    fn key(&self) -> Digest {
        self.digest
    }
}

/// What was read of a page.
pub(super) struct Entries<T> {
    /// The entries before the first error, if there is one.
    pub(super) items: Vec<T>,
    /// How many entries could not be read, and what is wrong with the first of them.
    pub(super) bad: Option<(usize, String)>,
    /// Whether the document has the list at all; null is an empty list.
    pub(super) is_there: bool,
    /// Whether the document has the list twice (RFC 8259, section 4: what that means is open); all of it is read.
    pub(super) is_twice: bool,
    /// Whether the list went on beyond `most`.
    pub(super) is_full: bool,
    /// Why the rest could not be read.
    pub(super) broken: Option<String>,
}

/// Reads the list under one of `keys` of a JSON object, entry by entry: no more memory than the entries, of which at
/// most `most` are kept. Cost: `O(n)`.
pub(super) fn read_entries<T: Entry>(
    body: &[u8],
    keys: &'static [&'static str],
    most: usize,
) -> Entries<T> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut entries = Entries {
        items: Vec::new(),
        bad: None,
        is_there: false,
        is_twice: false,
        is_full: false,
        broken: None,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = deserializer.deserialize_map(Document {
        keys,
        most,
        entries: &mut entries,
    });
    let result = read.and_then(|()| deserializer.end());
    if let Err(error) = result.map_err(|error| error.to_string())
        && !entries.is_full
    {
        entries.broken = Some(error);
    }
    entries
}

struct Document<'a, T> {
    keys: &'static [&'static str],
    most: usize,
    entries: &'a mut Entries<T>,
}

impl<'de, T: Entry> Visitor<'de> for Document<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object with a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if self.keys.contains(&key.as_str()) {
                self.entries.is_twice |= self.entries.is_there;
                self.entries.is_there = true;
                map.next_value_seed(List {
                    most: self.most,
                    entries: self.entries,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct List<'a, T> {
    most: usize,
    entries: &'a mut Entries<T>,
}

impl<'de, T: Entry> DeserializeSeed<'de> for List<'_, T> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Entry> Visitor<'de> for List<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or null")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<&RawValue>()? {
            if self.entries.items.len() >= self.most {
                self.entries.is_full = true;
                return Err(serde::de::Error::custom("full"));
            }
            match T::read(raw.get()) {
                Ok(item) => self.entries.items.push(item),
                Err(why) => match &mut self.entries.bad {
                    Some((count, _)) => *count += 1,
                    none => *none = Some((1, why)),
                },
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_of_a_list_is_read() {
        let read = |body: &str, most| {
            let entries = read_entries::<RemoteText>(body.as_bytes(), &["tags"], most);
            let items: Vec<String> = entries
                .items
                .iter()
                .map(|item| item.as_str().to_owned())
                .collect();
            (
                items.join(" "),
                entries.is_there,
                entries.bad.map(|(n, _)| n),
                entries.is_full,
                entries.broken.is_some(),
            )
        };
        let text = |text: &str| text.to_owned();
        assert_eq!(
            read(r#"{"name":"a","tags":["x","y"]}"#, 9),
            (text("x y"), true, None, false, false)
        );
        assert_eq!(
            read(r#"{"tags":null}"#, 9),
            (text(""), true, None, false, false)
        );
        assert_eq!(read("{}", 9), (text(""), false, None, false, false));
        assert_eq!(
            read(r#"{"tags":["x",1,{"a":[]},"y"]}"#, 9),
            (text("x y"), true, Some(2), false, false)
        );
        assert_eq!(
            read(r#"{"tags":["x","y","z"]}"#, 2),
            (text("x y"), true, None, true, false)
        );
        assert_eq!(
            read(r#"{"tags":["x","y"]}"#, 2),
            (text("x y"), true, None, false, false)
        );
        assert_eq!(
            read(r#"{"tags":["x","y"#, 9),
            (text("x"), true, None, false, true)
        );
        assert_eq!(
            read(r#"{"tags":"x"}"#, 9),
            (text(""), true, None, false, true)
        );
        assert!(read("[]", 9).4);
        assert!(read("{} x", 9).4);
        let deep = format!(
            r#"{{"x":{}1{},"tags":["x"]}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(read(&deep, 9).0, "x");
    }
}

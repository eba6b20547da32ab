//! A look at JSON without reading it: names, texts of fields, how long a list is.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::SyntaxError;
use super::json::{Key, syntax};

/// The names of the fields of an object and their values where these are texts, until `enough` says that it has seen
/// enough; whatever follows, also an error, is not looked at. None where `text` is no object.
pub(crate) fn peek(text: &str, enough: &mut dyn FnMut(&str, Option<&str>) -> bool) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut peek = Peek {
        enough,
        is_object: false,
    };
    let _ = deserializer.deserialize_any(&mut peek);
    peek.is_object
}

/// The fields of an object in their order, each with the text of its value; and what keeps the rest from being read.
pub(crate) fn raw_fields(text: &str) -> (Vec<(String, &str)>, Option<SyntaxError>) {
    let mut fields = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = deserializer
        .deserialize_map(RawFields(&mut fields))
        .and_then(|()| deserializer.end());
    (fields, read.err().map(|error| syntax(&error)))
}

struct RawFields<'f, 'a>(&'f mut Vec<(String, &'a str)>);

impl<'de> Visitor<'de> for RawFields<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let value: &RawValue = map.next_value()?;
            self.0.push((key, value.get()));
        }
        Ok(())
    }
}

/// How many items a list has; anything else has none.
pub(super) struct Counted(pub(super) usize);

impl<'de> serde::Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: &RawValue = serde::Deserialize::deserialize(deserializer)?;
        let mut counted = 0;
        let items =
            serde_json::Deserializer::from_str(text.get()).deserialize_seq(Counting(&mut counted));
        Ok(Self(if items.is_ok() { counted } else { 0 }))
    }
}

struct Counting<'c>(&'c mut usize);

impl<'de> Visitor<'de> for Counting<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {
            *self.0 += 1;
        }
        Ok(())
    }
}

struct Peek<'p> {
    enough: &'p mut dyn FnMut(&str, Option<&str>) -> bool,
    is_object: bool,
}

impl<'de> Visitor<'de> for &mut Peek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.is_object = true;
        while let Some(key) = map.next_key::<Key<'de>>()? {
            // Large values are seen by their name, before they are skipped.
            if (self.enough)(key.as_str(), None) {
                break;
            }
            let value: Glimpse<'_> = map.next_value()?;
            if let Some(value) = value.0
                && (self.enough)(key.as_str(), Some(value))
            {
                break;
            }
        }
        Ok(())
    }
}

/// A text without escapes, or nothing.
struct Glimpse<'a>(Option<&'a str>);

impl<'de> serde::Deserialize<'de> for Glimpse<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GlimpseVisitor)
    }
}

struct GlimpseVisitor;

impl<'de> Visitor<'de> for GlimpseVisitor {
    type Value = Glimpse<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Glimpse(Some(text)))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Glimpse(None))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Glimpse(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Glimpse(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Glimpse(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Glimpse(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Glimpse(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        // A context of JSON-LD or Open VEX is a list of addresses: the first text counts.
        let first = list.next_element::<First<'de>>()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Glimpse(first.and_then(|first| first.0)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Glimpse(None))
    }
}

/// The first item of a list, where it is a text.
struct First<'a>(Option<&'a str>);

impl<'de> serde::Deserialize<'de> for First<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: &RawValue = serde::Deserialize::deserialize(deserializer)?;
        let text = text.get();
        let inner = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        Ok(Self(inner))
    }
}

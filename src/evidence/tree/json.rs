//! JSON into trees: a whole document, or one item of a long list at a time.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::{At, Lists, Span, SyntaxError, Tree, Value};

/// What a reader wants of a field of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing.
    Nothing,
    /// Its value.
    Whole,
    /// Each item of the list that it is, and not the list: millions of items never stand in memory at once. The name
    /// is that of the field.
    Items(&'static str),
}

/// Takes the fields of a document as they are read.
pub(crate) trait Fields {
    /// What is wanted of the field `key`.
    fn wanted(&self, key: &str) -> Wanted;
    /// Takes the value of a field that is wanted whole, or that is no list of items.
    fn field(&mut self, key: &str, value: At<'_>);
    /// Takes the item `number` of the list `key`.
    fn item(&mut self, key: &'static str, number: usize, item: At<'_>);
}

/// Hands on the fields of the object that `text` is. What came before an error was handed on.
///
/// `skipped` are names of fields that are left out wherever they stand. Nesting over 128 levels is an error. Cost:
/// `O(n)` time, the memory of one item.
pub(crate) fn stream(
    text: &str,
    skipped: &'static [&'static str],
    cap: usize,
    fields: &mut dyn Fields,
) -> Result<(), SyntaxError> {
    let mut document = Document {
        tree: Tree::new(text, Lists::Plain, cap),
        skipped,
        fields,
        refused: None,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Top(&mut document).deserialize(&mut deserializer);
    let refused = document.refused.take();
    match (read.and_then(|()| deserializer.end()), refused) {
        (_, Some(refused)) => Err(refused),
        (read, None) => read.map_err(|error| syntax(&error)),
    }
}

/// The tree of a whole document, whatever it is. What came before an error is in it.
pub(crate) fn tree(text: &str, cap: usize) -> (Tree<'_>, Option<SyntaxError>) {
    let mut tree = Tree::new(text, Lists::Plain, cap);
    let mut refused = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Put {
        tree: &mut tree,
        skipped: &[],
        refused: &mut refused,
        key: Span::EMPTY,
    };
    let read = seed.deserialize(&mut deserializer);
    let read = read.and_then(|()| deserializer.end());
    tree.close_all();
    let error = refused.or_else(|| read.err().map(|error| syntax(&error)));
    (tree, error)
}

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

fn syntax(error: &serde_json::Error) -> SyntaxError {
    let text = error.to_string();
    // The line stands in the place.
    let what = text.split(" at line ").next().unwrap_or(&text);
    SyntaxError::new(error.line(), format!("is not JSON: {what}"))
}

struct Document<'t, 'a> {
    tree: Tree<'a>,
    skipped: &'static [&'static str],
    fields: &'t mut dyn Fields,
    refused: Option<SyntaxError>,
}

impl<'a> Document<'_, 'a> {
    fn put(&mut self) -> Put<'_, 'a> {
        Put {
            tree: &mut self.tree,
            skipped: self.skipped,
            refused: &mut self.refused,
            key: Span::EMPTY,
        }
    }
}

/// The object at the top.
struct Top<'d, 't, 'a>(&'d mut Document<'t, 'a>);

impl<'de> DeserializeSeed<'de> for Top<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let key = key.as_str();
            match self.0.fields.wanted(key) {
                Wanted::Nothing => {
                    map.next_value::<IgnoredAny>()?;
                }
                Wanted::Whole => {
                    self.0.tree.nodes.clear();
                    let own = self.0.tree.owned(key);
                    self.0.tree.prefix = ("", None);
                    // The root of the tree is an object with this one field, so that places begin with its name.
                    let put = self.0.tree.push(Span::EMPTY, Value::Object);
                    put.map_err(A::Error::custom)?;
                    let put = Put {
                        key: own,
                        ..self.0.put()
                    };
                    let read = map.next_value_seed(put);
                    self.0.tree.close_all();
                    let root = self.0.tree.root();
                    if let Some(value) = root.and_then(|root| root.fields().next()) {
                        self.0.fields.field(key, value);
                    }
                    read?;
                }
                Wanted::Items(name) => map.next_value_seed(Items(self.0, name))?,
            }
        }
        Ok(())
    }
}

/// A list at the top of the document, or what stands in its place.
struct Items<'d, 't, 'a>(&'d mut Document<'t, 'a>, &'static str);

impl<'de> DeserializeSeed<'de> for Items<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Items<'_, '_, '_> {
    /// Hands on what is no list, as the field that it is.
    fn other<E: serde::de::Error>(self, value: Value) -> Result<(), E> {
        self.0.tree.restart(self.1, 0);
        self.0.tree.prefix.1 = None;
        self.0.tree.push(Span::EMPTY, value).map_err(E::custom)?;
        if let Some(root) = self.0.tree.root() {
            self.0.fields.field(self.1, root);
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Items<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(document, key) = self;
        for number in 0.. {
            document.tree.restart(key, number);
            let read = list.next_element_seed(document.put());
            document.tree.close_all();
            if let Some(root) = document.tree.root() {
                document.fields.item(key, number, root);
            }
            if read?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self(document, key) = self;
        document.tree.restart(key, 0);
        document.tree.prefix.1 = None;
        let read = document.put().visit_map(map);
        document.tree.close_all();
        if let Some(root) = document.tree.root() {
            document.fields.field(key, root);
        }
        read
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.other(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.other(Value::Bool(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.0.tree.restart(self.1, 0);
        let span = self.0.tree.owned(text);
        self.0.tree.prefix = (self.1, None);
        let pushed = self.0.tree.push(Span::EMPTY, Value::Text(span));
        pushed.map_err(E::custom)?;
        if let Some(root) = self.0.tree.root() {
            self.0.fields.field(self.1, root);
        }
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.other(Value::Number(Span::EMPTY))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.other(Value::Number(Span::EMPTY))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.other(Value::Number(Span::EMPTY))
    }
}

/// Puts one value into a tree.
struct Put<'t, 'a> {
    tree: &'t mut Tree<'a>,
    skipped: &'static [&'static str],
    refused: &'t mut Option<SyntaxError>,
    key: Span,
}

impl Put<'_, '_> {
    fn push<E: serde::de::Error>(self, value: Value) -> Result<(), E> {
        self.tree.push(self.key, value).map_err(|error| {
            let custom = E::custom(&error);
            *self.refused = Some(error);
            custom
        })
    }

    fn number<E: serde::de::Error>(self, number: impl fmt::Display) -> Result<(), E> {
        let span = self.tree.owned(&number.to_string());
        self.push(Value::Number(span))
    }
}

impl<'de> DeserializeSeed<'de> for Put<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Put<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.push(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.push(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.number(value)
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<(), E> {
        let span = self.tree.borrowed(text);
        self.push(Value::Text(span))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let span = self.tree.owned(text);
        self.push(Value::Text(span))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self {
            tree,
            skipped,
            refused,
            key,
        } = self;
        let opening = Put {
            tree: &mut *tree,
            skipped,
            refused: &mut *refused,
            key,
        };
        opening.push(Value::List)?;
        loop {
            let next = Put {
                tree: &mut *tree,
                skipped,
                refused: &mut *refused,
                key: Span::EMPTY,
            };
            if list.next_element_seed(next)?.is_none() {
                break;
            }
        }
        tree.close();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self {
            tree,
            skipped,
            refused,
            key,
        } = self;
        let opening = Put {
            tree: &mut *tree,
            skipped,
            refused: &mut *refused,
            key,
        };
        opening.push(Value::Object)?;
        while let Some(key) = map.next_key::<Key<'de>>()? {
            if skipped.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let key = match key {
                Key::Borrowed(key) => tree.borrowed(key),
                Key::Owned(key) => tree.owned(&key),
            };
            map.next_value_seed(Put {
                tree: &mut *tree,
                skipped,
                refused: &mut *refused,
                key,
            })?;
        }
        tree.close();
        Ok(())
    }
}

/// A name of a field.
enum Key<'a> {
    Borrowed(&'a str),
    Owned(String),
}

impl Key<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(key) => key,
            Self::Owned(key) => key,
        }
    }
}

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
        Ok(Key::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
        Ok(Key::Owned(text.to_owned()))
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

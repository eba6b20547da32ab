//! JSON into trees: a whole document, or one item of a long list at a time.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::glimpse::Counted;
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
    /// How many items the list has, and none of them.
    Count(&'static str),
}

/// Takes the fields of a document as they are read.
pub(crate) trait Fields {
    /// What is wanted of the field `key`.
    fn wanted(&self, key: &str) -> Wanted;
    /// Takes the value of a field that is wanted whole, or that is no list of items.
    fn field(&mut self, key: &str, value: At<'_>);
    /// Takes the item `number` of the list `key`.
    fn item(&mut self, key: &'static str, number: usize, item: At<'_>);
    /// Takes how many items a list has that is only counted.
    fn count(&mut self, _key: &'static str, _count: usize) {}
}

/// Hands on the fields of a tree, as [`stream`] does those of a text.
pub(crate) fn feed(root: At<'_>, fields: &mut dyn Fields) {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for field in root.fields() {
        let (name, is_counted) = match fields.wanted(field.key()) {
            Wanted::Nothing => continue,
            Wanted::Whole => {
                fields.field(field.key(), field);
                continue;
            }
            Wanted::Items(name) => (name, false),
            Wanted::Count(name) => (name, true),
        };
        let known = counts.iter().position(|(known, _)| *known == name);
        let before = known.unwrap_or(counts.len());
        if known.is_none() {
            counts.push((name, 0));
        }
        for item in field.items() {
            let Some((_, count)) = counts.get_mut(before) else {
                break;
            };
            if !is_counted {
                fields.item(name, *count, item);
            }
            *count += 1;
        }
    }
    for (name, count) in counts {
        fields.count(name, count);
    }
}

/// Hands on the fields of the object that `text` is. What came before an error was handed on.
///
/// `skipped` are names of fields that are left out wherever they stand within items. Nesting over 128 levels is an error. Cost:
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

pub(super) fn syntax(error: &serde_json::Error) -> SyntaxError {
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
    fn put(&mut self, skipped: &'static [&'static str]) -> Put<'_, 'a> {
        Put {
            tree: &mut self.tree,
            skipped,
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
                        ..self.0.put(&[])
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
                Wanted::Count(name) => {
                    let count = map.next_value::<Counted>()?;
                    self.0.fields.count(name, count.0);
                }
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
            let read = list.next_element_seed(document.put(document.skipped));
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
        let read = document.put(document.skipped).visit_map(map);
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
pub(super) enum Key<'a> {
    Borrowed(&'a str),
    Owned(String),
}

impl Key<'_> {
    pub(super) fn as_str(&self) -> &str {
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

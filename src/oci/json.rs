//! Reading JSON that others wrote: lenient where the world is, strict where it must be.
//!
//! A [`Json`] is a document of which every duplicate key is known; a [`Reader`] walks it and notes a [`Problem`] at
//! its place instead of giving up.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::numbers::without_endless_numbers;
use super::{
    Annotations, Descriptor, Digest, DigestError, Entries, Platform, RemoteText, Unreadable,
};

/// Something in a document that is not as the specification wants it. The rest of the document was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Problem {
    /// Where in the document, as in `layers[2].digest`.
    pub place: RemoteText,
    /// What is wrong: a lower-case fragment.
    pub what: RemoteText,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}", self.what)
        } else {
            write!(f, "{}: {}", self.place, self.what)
        }
    }
}

/// Why bytes are no JSON object at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or nested deeper than 128 levels.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// JSON of which far more would have to be kept than it has bytes: no tool writes such.
    #[error(
        "JSON that would take more than {0} bytes of memory, which no document of its kind needs"
    )]
    TooMuch(usize),
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
}

/// A JSON object and the keys that stand in it twice. Where a key does, the last one counts, as in most readers.
pub struct Json {
    /// The object.
    pub object: Map<String, Value>,
    /// Keys that stand twice in one object.
    pub duplicates: Vec<String>,
    /// Whether it has numbers beyond what computers reckon with (RFC 8259, section 6); they are read as null.
    pub has_endless_numbers: bool,
}

impl Json {
    /// Parses `bytes`. A byte-order mark is skipped; invalid UTF-8 is an error. Nesting over 128 levels is an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match Self::read(bytes) {
            Err(error) => {
                // It may be JSON all the same.
                let endless = without_endless_numbers(bytes);
                let read = endless.map(|bytes| Self::read(&bytes));
                read.unwrap_or(Err(error)).map(|json| Self {
                    has_endless_numbers: true,
                    ..json
                })
            }
            read => read,
        }
    }

    /// The object, after what is odd about the document as a whole was noted.
    pub fn noted(self, reader: &mut Reader) -> Map<String, Value> {
        for key in &self.duplicates {
            reader.note(
                key,
                "stands twice in one object; readers disagree which one counts",
            );
        }
        if self.has_endless_numbers {
            reader.note(
                "",
                "has numbers that are out of range: they count as missing",
            );
        }
        self.object
    }

    fn read(bytes: &[u8]) -> Result<Self, JsonError> {
        let room = bytes.len().saturating_mul(TIMES).saturating_add(SLACK);
        match built(bytes, room)? {
            (Value::Object(object), duplicates) => Ok(Self {
                object,
                duplicates,
                has_endless_numbers: false,
            }),
            _ => Err(JsonError::NotAnObject),
        }
    }
}

/// How many times its own size a document may take when it is read; [`Json::parse`] gives up beyond that. An index of
/// real tools takes eight times its size, and millions of objects of one entry ninety.
const TIMES: usize = 12;
/// What it may take besides.
const SLACK: usize = 1024 * 1024;

/// Reads any JSON, as long as what is made of it takes no more than `room` bytes of memory.
///
/// Errors: no JSON, nested deeper than 128 levels, or too much. Cost: `O(n)`, and `room` at most.
pub fn value_within(bytes: &[u8], room: usize) -> Result<Value, JsonError> {
    built(bytes, room).map(|(value, _)| value)
}

fn built(bytes: &[u8], room: usize) -> Result<(Value, Vec<String>), JsonError> {
    let mut building = Building {
        duplicates: Vec::new(),
        left: Some(room),
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Seed(&mut building)
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    match read {
        Ok(value) => Ok((value, building.duplicates)),
        Err(_) if building.left.is_none() => Err(JsonError::TooMuch(room)),
        Err(error) => Err(JsonError::Syntax(error.to_string())),
    }
}

/// A document while it is read.
struct Building {
    /// Keys that stand twice in one object.
    duplicates: Vec<String>,
    /// How much more may be kept, in bytes; none when that was too little.
    left: Option<usize>,
}

/// What a value takes in a list, which grows by doubling, in the middle.
const VALUE: usize = size_of::<Value>() * 3 / 2;
/// What a text takes beside its characters.
const TEXT: usize = 32;
/// What the first entries of an object take: a node of the tree that it is.
const NODE: usize = 640;
/// How many entries a node has room for, and what each of those that follow takes.
const NODE_ENTRIES: usize = 11;
const ENTRY: usize = NODE / 6;

impl Building {
    /// Takes so many bytes of what is left.
    fn take<E: serde::de::Error>(&mut self, bytes: usize) -> Result<(), E> {
        self.left = self.left.and_then(|left| left.checked_sub(bytes));
        match self.left {
            Some(_) => Ok(()),
            None => Err(E::custom("too much")),
        }
    }
}

/// At most so many duplicate keys are told; a hostile document has millions.
const DUPLICATES_TOLD: usize = 8;

struct Seed<'a>(&'a mut Building);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.0.take(TEXT + value.len())?;
        Ok(value.into())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.0.take(TEXT + value.len())?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Seed(self.0))? {
            self.0.take(VALUE)?;
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.take(match object.len() {
                0 => NODE,
                1..NODE_ENTRIES => 0,
                _ => ENTRY,
            })?;
            self.0.take(TEXT + key.len())?;
            let value = entries.next_value_seed(Seed(self.0))?;
            let duplicates = &mut self.0.duplicates;
            let is_new = duplicates.len() < DUPLICATES_TOLD && !duplicates.contains(&key);
            if object.contains_key(&key) && is_new {
                duplicates.push(key.clone());
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// Gives the keys of `object` that differ from one of `names` only in case that name, as Go's reader takes them; every
/// registry and most tools of the field are written in Go. Returns those keys. An exact key wins over another spelling.
pub fn fold_case(object: &mut Map<String, Value>, names: &[&str]) -> Vec<String> {
    // Nearly all documents are spelled as they should be, and an index may have very many descriptors.
    let others = object.keys().filter(|key| !names.contains(&key.as_str()));
    let folded: Vec<(String, &str)> = others
        .filter_map(|key| {
            let name = names.iter().find(|name| key.eq_ignore_ascii_case(name))?;
            Some((key.clone(), *name))
        })
        .collect();
    for (other, name) in &folded {
        if let Some(value) = object.remove(other) {
            object.entry(*name).or_insert(value);
        }
    }
    folded.into_iter().map(|(other, _)| other).collect()
}

/// Walks a document and notes what is wrong with it.
#[derive(Default)]
pub struct Reader {
    /// What was wrong so far.
    pub problems: Vec<Problem>,
    /// The first part that should name something and cannot be read.
    pub unread: Option<Problem>,
}

/// At most so many texts of one list are kept: each takes many times its size, and none needs thousands.
const SMALL_THINGS: usize = 20_000;

/// At most so many problems are noted of one document; the last one says so.
const PROBLEMS_TOLD: usize = 32;

impl Reader {
    /// Whether no further problem is told.
    pub fn is_full(&self) -> bool {
        self.problems.len() > PROBLEMS_TOLD
    }

    /// Notes that a part which should name something cannot be read; the first is kept as such.
    pub fn note_unread(&mut self, place: &str, what: impl Into<String>) {
        let what = what.into();
        self.unread.get_or_insert_with(|| Problem {
            place: place.into(),
            what: what.as_str().into(),
        });
        self.note(place, what);
    }

    /// Notes a problem at `place`.
    pub fn note(&mut self, place: &str, what: impl Into<String>) {
        if self.problems.len() < PROBLEMS_TOLD {
            self.problems.push(Problem {
                place: place.into(),
                what: what.into().into(),
            });
        } else if self.problems.len() == PROBLEMS_TOLD {
            self.problems.push(Problem {
                place: "".into(),
                what: "more problems, not listed".into(),
            });
        }
    }

    /// A text; absent where it is missing, null or (noted) something else.
    pub fn text(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        place: &str,
    ) -> Option<RemoteText> {
        match object.get(key)? {
            Value::Null => None,
            Value::String(text) => Some(RemoteText::from(text.as_str())),
            _ => {
                self.note(&join(place, key), "is no text");
                None
            }
        }
    }

    /// A list; empty where it is missing, null or (noted) something else.
    pub fn list<'a>(
        &mut self,
        object: &'a Map<String, Value>,
        key: &str,
        place: &str,
    ) -> &'a [Value] {
        match object.get(key) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(values)) => values,
            Some(_) if place.is_empty() => {
                self.note_unread(key, "is no list");
                &[]
            }
            Some(_) => {
                self.note(&join(place, key), "is no list");
                &[]
            }
        }
    }

    /// An object; absent where it is missing, null or (noted) something else.
    pub fn object<'a>(
        &mut self,
        object: &'a Map<String, Value>,
        key: &str,
        place: &str,
    ) -> Option<&'a Map<String, Value>> {
        match object.get(key)? {
            Value::Null => None,
            Value::Object(inner) => Some(inner),
            _ if place.is_empty() => {
                self.note_unread(key, "is no object");
                None
            }
            _ => {
                self.note(&join(place, key), "is no object");
                None
            }
        }
    }

    /// The texts of a list; others are noted and left out.
    pub fn texts(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        place: &str,
    ) -> Vec<RemoteText> {
        let values = self.list(object, key, place);
        let values = self.within_bounds(values, &join(place, key));
        let mut texts = Vec::with_capacity(values.len());
        for (number, value) in values.iter().enumerate() {
            match value {
                Value::String(text) => texts.push(RemoteText::from(text.as_str())),
                _ => self.note(&format!("{}[{number}]", join(place, key)), "is no text"),
            }
        }
        texts
    }

    /// As much of a list of small things (texts, steps of a history) as any tool writes; that there is more is noted.
    pub fn within_bounds<'a>(&mut self, values: &'a [Value], place: &str) -> &'a [Value] {
        match values.get(..SMALL_THINGS) {
            Some(first) if first.len() < values.len() => {
                let words =
                    format!("has more than {SMALL_THINGS} entries; the others are left out");
                self.note(place, words);
                first
            }
            _ => values,
        }
    }

    /// A map of texts, as annotations and labels are; a null value is left out, another kind of value is noted.
    pub fn annotations(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        place: &str,
    ) -> Annotations {
        let Some(entries) = self.object(object, key, place) else {
            return Annotations::new();
        };
        let mut annotations = Annotations::new();
        for (name, value) in entries {
            match value {
                Value::String(text) => {
                    annotations.insert(name.as_str().into(), text.as_str().into());
                }
                Value::Null => {}
                _ => self.note(&join(&join(place, key), name), "is no text"),
            }
        }
        annotations
    }

    /// A size in bytes; negative and fractional sizes are noted.
    pub fn size(&mut self, object: &Map<String, Value>, key: &str, place: &str) -> Option<u64> {
        match object.get(key)? {
            Value::Null => None,
            Value::Number(number) => {
                let size = number.as_u64().filter(|size| i64::try_from(*size).is_ok());
                if size.is_none() {
                    self.note(
                        &join(place, key),
                        "is no size: it must be a whole number from 0 to 2^63-1",
                    );
                }
                size
            }
            _ => {
                self.note(&join(place, key), "is no number");
                None
            }
        }
    }

    /// The descriptors of a list; one without a digest that can be read is noted, and keeps its place.
    pub fn descriptors(&mut self, object: &Map<String, Value>, key: &str) -> Entries {
        let values = self.list(object, key, "").iter().enumerate();
        let entries = values.map(|(number, value)| {
            let place = format!("{key}[{number}]");
            let Value::Object(entry) = value else {
                self.note_unread(&place, Unreadable::NoDescriptor.to_string());
                return Err(Unreadable::NoDescriptor);
            };
            if !entry.contains_key("digest") {
                self.note_unread(&join(&place, "digest"), "is missing");
            }
            self.read_descriptor(entry, &place)
        });
        entries.collect()
    }

    /// A descriptor; absent (and noted) where its digest cannot be read.
    pub fn descriptor(&mut self, entry: &Map<String, Value>, place: &str) -> Option<Descriptor> {
        self.read_descriptor(entry, place).ok()
    }

    fn read_descriptor(
        &mut self,
        entry: &Map<String, Value>,
        place: &str,
    ) -> Result<Descriptor, Unreadable> {
        let digest = self.text(entry, "digest", place);
        if digest.is_none() && entry.contains_key("digest") {
            self.note_unread(&join(place, "digest"), "names nothing");
        }
        let digest = match digest.ok_or(Unreadable::NoDigest)?.as_str().parse() {
            Ok(digest) => digest,
            Err(error) => {
                self.note_unread(&join(place, "digest"), DigestError::to_string(&error));
                return Err(error.into());
            }
        };
        let data = self
            .text(entry, "data", place)
            .and_then(|text| self.data(&text, &digest, place));
        let platform = self.object(entry, "platform", place);
        if !entry.contains_key("size") {
            self.note(&join(place, "size"), "is missing");
        }
        Ok(Descriptor {
            media_type: self.text(entry, "mediaType", place).unwrap_or_default(),
            digest,
            size: self.size(entry, "size", place),
            // An empty object says nothing: then the config's platform is the image's.
            platform: platform
                .filter(|platform| !platform.is_empty())
                .map(|platform| self.platform(platform, &join(place, "platform"))),
            artifact_type: self
                .text(entry, "artifactType", place)
                .filter(|text| !text.is_empty()),
            annotations: self.annotations(entry, "annotations", place),
            data,
            urls: self.texts(entry, "urls", place),
        })
    }

    /// Inline content, believed only if it has the descriptor's digest.
    fn data(
        &mut self,
        text: &RemoteText,
        digest: &Digest,
        place: &str,
    ) -> Option<std::sync::Arc<[u8]>> {
        use base64::Engine as _;
        let decoded = base64::engine::general_purpose::STANDARD
            .decode(text.as_str())
            .ok();
        let content = decoded.filter(|bytes| digest.matches(bytes));
        if content.is_none() {
            self.note(
                &join(place, "data"),
                "is not the content that the digest names",
            );
        }
        content.map(Into::into)
    }

    /// A platform.
    pub fn platform(&mut self, object: &Map<String, Value>, place: &str) -> Platform {
        Platform {
            os: self.text(object, "os", place).unwrap_or_default(),
            architecture: self.text(object, "architecture", place).unwrap_or_default(),
            variant: self.text(object, "variant", place),
            os_version: self.text(object, "os.version", place),
            os_features: self.texts(object, "os.features", place),
        }
    }
}

fn join(place: &str, key: &str) -> String {
    if place.is_empty() {
        key.to_owned()
    } else {
        format!("{place}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_would_swell_is_given_up() {
        let many = |one: &str, count: usize| format!("{{\"a\":[{}]}}", vec![one; count].join(","));
        for one in ["{\"a\":1}", "[{\"a\":[]}]"] {
            let swelling = Json::parse(many(one, 400_000).as_bytes());
            assert!(matches!(swelling, Err(JsonError::TooMuch(_))), "{one}");
        }
        for one in ["0", "\"a\"", "{}", "\"some text of a usual length\""] {
            assert!(Json::parse(many(one, 10_000).as_bytes()).is_ok(), "{one}");
        }
        let descriptor = format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{}","size":1,"platform":{{"os":"linux","architecture":"amd64"}},"annotations":{{"a":"b"}}}}"#,
            "0".repeat(64)
        );
        assert!(Json::parse(many(&descriptor, 10_000).as_bytes()).is_ok());
        let list = format!("[{}]", vec!["0"; 100_000].join(","));
        assert!(value_within(list.as_bytes(), 1_000_000).is_err());
        assert!(value_within(list.as_bytes(), 10_000_000).is_ok());
    }

    #[test]
    fn duplicate_keys_are_known_and_the_last_one_counts() {
        let json = Json::parse(br#"{"a":1,"b":{"c":1,"c":2},"a":3}"#).unwrap();
        assert_eq!(json.duplicates, ["c", "a"]);
        assert_eq!(json.object["a"], 3);
    }

    #[test]
    fn a_number_without_end_leaves_the_rest_of_the_document() {
        let json = Json::parse(br#"{"x":1e999,"layers":[{"size":-1E400}],"y":2}"#).unwrap();
        assert!(json.has_endless_numbers);
        assert_eq!(json.object["x"], Value::Null);
        assert_eq!(json.object["y"], 2);
        let mut reader = Reader::default();
        json.noted(&mut reader);
        assert_eq!(reader.problems.len(), 1);
        assert!(Json::parse(br#"{"x":1e999"#).is_err());
    }

    #[test]
    fn what_is_no_json_object_is_an_error() {
        assert!(matches!(Json::parse(b"nope"), Err(JsonError::Syntax(_))));
        assert!(matches!(Json::parse(b"{} {}"), Err(JsonError::Syntax(_))));
        assert!(matches!(
            Json::parse(b"{\"a\":\"\xff\"}"),
            Err(JsonError::Syntax(_))
        ));
        assert!(matches!(Json::parse(b"[]"), Err(JsonError::NotAnObject)));
        let deep = [
            b"{\"a\":".repeat(10_000),
            b"1".to_vec(),
            b"}".repeat(10_000),
        ]
        .concat();
        assert!(matches!(Json::parse(&deep), Err(JsonError::Syntax(_))));
    }

    #[test]
    fn sizes_cannot_be_negative_fractional_or_beyond_63_bits() {
        for size in [
            "-1",
            "1.5",
            "1e30",
            "18446744073709551616",
            "9223372036854775808",
            "\"1\"",
        ] {
            let json = Json::parse(format!("{{\"size\":{size}}}").as_bytes()).unwrap();
            let mut reader = Reader::default();
            assert_eq!(reader.size(&json.object, "size", ""), None, "{size}");
            assert_eq!(reader.problems.len(), 1, "{size}");
        }
    }
}

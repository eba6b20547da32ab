//! JSON whose keys keep the order in which they were written, as documents of real tools have one. (A map of
//! `serde_json` has an order that depends on the features that other packages ask for, and digests would with it.)

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// A JSON value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Number(u64),
    Flag(bool),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// An object: `object! { "key" => value, … }`, in that order.
macro_rules! object {
    ($($key:expr => $value:expr),* $(,)?) => {
        $crate::json::Value::Object(vec![$(($key.to_string(), $crate::json::Value::from($value))),*])
    };
}

impl Value {
    /// The object with one more member at its end.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        if let Self::Object(members) = &mut self {
            members.push((key.to_owned(), value.into()));
        }
        self
    }

    /// The object with one more member, where there is a value.
    pub(crate) fn with_some(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// The document, on one line.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.len()))?;
                for value in list {
                    sequence.serialize_element(value)?;
                }
                sequence.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<regscope::oci::Digest> for Value {
    fn from(digest: regscope::oci::Digest) -> Self {
        Self::Text(digest.to_string())
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(list: [T; N]) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

/// Annotations or labels: pairs of texts, in their order.
pub(crate) type Pairs = Vec<(String, String)>;

/// Pairs from literals and values.
pub(crate) fn pairs<const N: usize>(list: [(&str, &str); N]) -> Pairs {
    list.map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
}

/// An object of texts; absent where there are none, as tools leave it out.
pub(crate) fn texts(pairs: &Pairs) -> Option<Value> {
    let members = pairs.iter().map(|(k, v)| (k.clone(), v.as_str().into()));
    (!pairs.is_empty()).then(|| Value::Object(members.collect()))
}

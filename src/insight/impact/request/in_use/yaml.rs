//! YAML as far as Compose files and manifests of Kubernetes use it, as JSON values. Scalars are texts.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use super::InUseError;

/// At most so many values, those counted again that an alias repeats: a file of a few lines may expand to gigabytes.
const VALUES: usize = 2_000_000;

/// At most so deep: as deep as JSON is read.
const DEPTH: usize = 128;

/// The documents of a YAML stream.
pub(super) fn documents(text: &str) -> Result<Vec<Value>, InUseError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| wrong(&error.to_string()))?;
        builder.take(event)?;
    }
    Ok(builder.documents)
}

fn wrong(what: &str) -> InUseError {
    InUseError::Yaml(what.to_owned())
}

#[derive(Default)]
struct Builder {
    documents: Vec<Value>,
    open: Vec<Open>,
    /// What anchors stand for, and how many values that is.
    anchors: HashMap<usize, (Value, usize)>,
    values: usize,
}

/// A list or mapping that has not ended.
struct Open {
    anchor: usize,
    /// How many values there were before it.
    before: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Value>),
    Mapping(Map<String, Value>, Option<String>),
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), InUseError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_null = style == ScalarStyle::Plain
                    && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let value = if is_null {
                    Value::Null
                } else {
                    Value::String(text.into_owned())
                };
                self.put(value, anchor, 1)
            }
            Event::Alias(anchor) => {
                let (value, count) = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or_else(|| wrong("an alias of something that is not finished"))?;
                self.put(value, 0, count)
            }
            Event::SequenceStart(anchor, _) => self.start(anchor, Kind::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.start(anchor, Kind::Mapping(Map::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn start(&mut self, anchor: usize, kind: Kind) -> Result<(), InUseError> {
        if self.open.len() >= DEPTH {
            return Err(wrong("it is nested too deep"));
        }
        self.open.push(Open {
            anchor,
            before: self.values,
            kind,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), InUseError> {
        let Some(open) = self.open.pop() else {
            return Err(wrong("something ends that never began"));
        };
        let count = self.values - open.before + 1;
        let value = match open.kind {
            Kind::List(items) => Value::Array(items),
            Kind::Mapping(mapping, _) => Value::Object(merged(mapping)),
        };
        self.values = open.before;
        self.put(value, open.anchor, count)
    }

    /// Puts a finished value of `count` values where it belongs.
    fn put(&mut self, value: Value, anchor: usize, count: usize) -> Result<(), InUseError> {
        self.values = self.values.saturating_add(count);
        if self.values > VALUES {
            return Err(wrong("it has too many values"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), count));
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.documents.push(value),
            Some(Kind::List(items)) => items.push(value),
            Some(Kind::Mapping(mapping, key)) => match key.take() {
                Some(key) => {
                    mapping.insert(key, value);
                }
                // A key that is no text names nothing that is looked for.
                None => *key = Some(value.as_str().unwrap_or_default().to_owned()),
            },
        }
        Ok(())
    }
}

/// A mapping with what its `<<` brings in, which yields to its own keys.
fn merged(mut mapping: Map<String, Value>) -> Map<String, Value> {
    let sources = match mapping.remove("<<") {
        Some(Value::Object(one)) => vec![Value::Object(one)],
        Some(Value::Array(several)) => several,
        _ => Vec::new(),
    };
    for source in sources {
        if let Value::Object(source) = source {
            for (key, value) in source {
                mapping.entry(key).or_insert(value);
            }
        }
    }
    mapping
}

//! How distribution reads what lies in its store: as Go's JSON reader does, and stopping at what that cannot read.
//!
//! Its collector gives up at the first manifest that it cannot read, and frees nothing: what it could not read decides
//! on a whole run. Follows `registry/storage/manifeststore.go` and the types of `manifest/` of 2.8.2 and 3.1.1.

use serde_json::{Map, Value};

use super::json::fold_case;
use super::media_type;

/// Documents of more bytes than this it does not read (`maxBlobGetSize`).
pub const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Why a release's collector cannot read a manifest; none where it can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// Why 2.8 cannot.
    pub by_2: Option<String>,
    /// Why 3 cannot: it does not know schema 1, and decodes `data`.
    pub by_3: Option<String>,
}

impl Unreadable {
    /// Neither release can read it, for this reason.
    pub fn by_both(reason: impl Into<String>) -> Self {
        let reason = Some(reason.into());
        Self {
            by_2: reason.clone(),
            by_3: reason,
        }
    }

    /// Whether each release can read it.
    pub const fn is_empty(&self) -> bool {
        self.by_2.is_none() && self.by_3.is_none()
    }
}

/// What keeps each release from reading a manifest of these bytes. `O(n)`.
pub fn unreadable(bytes: &[u8]) -> Unreadable {
    if bytes.len() as u64 > MOST_BYTES {
        return Unreadable::by_both("content is too large");
    }
    if bytes.trim_ascii().is_empty() {
        return Unreadable::by_both("unexpected end of JSON input");
    }
    // Go replaces what is no UTF-8, and does not know byte-order marks.
    let value = match serde_json::from_str(&String::from_utf8_lossy(bytes)) {
        Ok(value) => value,
        Err(error) => return Unreadable::by_both(format!("it is not JSON: {error}")),
    };
    let mut object = match value {
        Value::Object(object) => object,
        Value::Null => Map::new(),
        _ => return Unreadable::by_both("it is not a JSON object"),
    };
    fold_case(&mut object, &["schemaVersion", "mediaType"]);
    let version = match object.get("schemaVersion") {
        None | Some(Value::Null) => 0,
        Some(version) => match version.as_i64() {
            Some(version) => version,
            None => return Unreadable::by_both("schemaVersion is not a whole number"),
        },
    };
    let stated = match object.get("mediaType") {
        None | Some(Value::Null) => "",
        Some(Value::String(stated)) => stated.as_str(),
        Some(_) => return Unreadable::by_both("mediaType is not a text"),
    };
    let stated = stated.to_owned();
    match version {
        1 => Unreadable {
            by_2: check(&mut object, &[("fsLayers", Shape::FsLayers)]),
            by_3: Some("unrecognized manifest schema version 1".to_owned()),
        },
        2 => Unreadable {
            by_2: of_version_2(object.clone(), &stated, false),
            by_3: of_version_2(object, &stated, true),
        },
        other => Unreadable::by_both(format!("unrecognized manifest schema version {other}")),
    }
}

fn of_version_2(mut object: Map<String, Value>, stated: &str, has_data: bool) -> Option<String> {
    let image = [
        ("config", Shape::Descriptor { has_data }),
        ("layers", Shape::Descriptors { has_data }),
        ("annotations", Shape::Texts),
    ];
    let index = [
        ("manifests", Shape::Descriptors { has_data }),
        ("annotations", Shape::Texts),
    ];
    match stated {
        media_type::OCI_MANIFEST => check(&mut object, &image),
        // Docker's forms have no annotations, so whatever they are is passed over.
        media_type::DOCKER_MANIFEST => check(&mut object, &image[..2]),
        media_type::DOCKER_LIST => check(&mut object, &index[..1]),
        // 2.8 reads an OCI index as Docker's list.
        media_type::OCI_INDEX => check(&mut object, &index[..if has_data { 2 } else { 1 }]),
        "" => {
            // It tries an index first, and falls over one that it cannot read.
            let wrong = check(&mut object, &index[..if has_data { 2 } else { 1 }]);
            let is_index = object
                .get("manifests")
                .is_some_and(|value| !value.is_null());
            wrong.or_else(|| {
                if is_index {
                    None
                } else {
                    check(&mut object, &image)
                }
            })
        }
        other => Some(format!(
            "errors verifying manifest: unrecognized manifest content type {other}"
        )),
    }
}

/// What a field has to be; nothing and null are everywhere.
#[derive(Clone, Copy)]
enum Shape {
    Descriptor { has_data: bool },
    Descriptors { has_data: bool },
    Texts,
    FsLayers,
}

fn check(object: &mut Map<String, Value>, fields: &[(&str, Shape)]) -> Option<String> {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    fold_case(object, &names);
    fields.iter().find_map(|(name, shape)| {
        let value = object.get_mut(*name).filter(|value| !value.is_null())?;
        let fits = match shape {
            Shape::Descriptor { has_data } => is_descriptor(value, *has_data),
            Shape::Descriptors { has_data } => each(value, |entry| is_descriptor(entry, *has_data)),
            Shape::Texts => is_map_of_texts(value),
            Shape::FsLayers => each(value, |entry| {
                is_object_with(entry, &["blobSum"], |_, value| value.is_string())
            }),
        };
        (!fits).then(|| format!("{name} is not what it has to be"))
    })
}

fn each(list: &mut Value, fits: impl Fn(&mut Value) -> bool) -> bool {
    let entries = list.as_array_mut();
    entries.is_some_and(|entries| {
        entries
            .iter_mut()
            .all(|entry| entry.is_null() || fits(entry))
    })
}

fn is_map_of_texts(value: &Value) -> bool {
    let is_text = |value: &Value| value.is_string() || value.is_null();
    value
        .as_object()
        .is_some_and(|map| map.values().all(is_text))
}

fn is_object_with(
    value: &mut Value,
    names: &[&str],
    fits: impl Fn(&str, &mut Value) -> bool,
) -> bool {
    let Some(object) = value.as_object_mut() else {
        return false;
    };
    fold_case(object, names);
    names.iter().all(|name| {
        let value = object.get_mut(*name).filter(|value| !value.is_null());
        value.is_none_or(|value| fits(name, value))
    })
}

fn is_descriptor(value: &mut Value, has_data: bool) -> bool {
    const NAMES: [&str; 8] = [
        "mediaType",
        "size",
        "digest",
        "urls",
        "annotations",
        "platform",
        // Only 3 has these two.
        "data",
        "artifactType",
    ];
    let names = if has_data { &NAMES[..] } else { &NAMES[..6] };
    is_object_with(value, names, |name, value| match name {
        "size" => value.as_i64().is_some(),
        "urls" => each(value, |url| url.is_string()),
        "annotations" => is_map_of_texts(value),
        "platform" => is_platform(value),
        "data" => value.as_str().is_some_and(is_base64),
        _ => value.is_string(),
    })
}

fn is_platform(value: &mut Value) -> bool {
    let names = ["architecture", "os", "os.version", "os.features", "variant"];
    is_object_with(value, &names, |name, value| match name {
        "os.features" => each(value, |feature| feature.is_string()),
        _ => value.is_string(),
    })
}

/// Go skips line ends within.
fn is_base64(text: &str) -> bool {
    use base64::Engine as _;
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .is_ok()
}

/// Whether `name` can be a repository's (`reference.WithName`); the first part of several may be a host's.
pub fn is_repository_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let (first, rest) = parts.split_first().unwrap_or((&"", &[]));
    let is_first = is_component(first) || !rest.is_empty() && is_host(first);
    name.len() <= 255 && is_first && rest.iter().all(|part| is_component(part))
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn is_component(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let has_ends = part.starts_with(is_word) && part.ends_with(is_word);
    let mut between = part.split(is_word);
    has_ends
        && between.all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|b| b == b'-'))
}

fn is_host(first: &str) -> bool {
    let (name, port) = first.split_once(':').unwrap_or((first, "0"));
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let is_label = |label: &str| {
        label.starts_with(is_word)
            && label.ends_with(is_word)
            && label.chars().all(|c| is_word(c) || c == '-')
    };
    name.split('.').all(is_label) && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> (bool, bool) {
        let unreadable = unreadable(text.as_bytes());
        (unreadable.by_2.is_none(), unreadable.by_3.is_none())
    }

    /// Each as the collectors of 2.8.2 and 3.1.1 were seen to take it.
    #[test]
    fn each_release_reads_what_its_types_allow() {
        let image = r#""mediaType":"application/vnd.oci.image.manifest.v1+json""#;
        for (text, expected) in [
            (
                format!(
                    r#"{{"schemaVersion":2,{image},"config":{{"digest":"x","size":1}},"layers":[]}}"#
                ),
                (true, true),
            ),
            (
                format!(r#"{{"SchemaVersion":2,{image},"Config":{{"digest":"x"}}}}"#),
                (true, true),
            ),
            (
                format!(r#"{{"schemaVersion":2,{image},"layers":null,"config":null}}"#),
                (true, true),
            ),
            (
                format!(r#"{{"schemaVersion":2,{image},"layers":[null]}}"#),
                (true, true),
            ),
            (
                r#"{"schemaVersion":2,"config":{},"layers":[]}"#.to_owned(),
                (true, true),
            ),
            (
                r#"{"schemaVersion":2,"manifests":[]}"#.to_owned(),
                (true, true),
            ),
            (
                r#"{"schemaVersion":2,"manifests":{}}"#.to_owned(),
                (false, false),
            ),
            (
                format!(r#"{{"schemaVersion":2,{image},"layers":{{}}}}"#),
                (false, false),
            ),
            (
                format!(r#"{{"schemaVersion":2,{image},"config":{{"size":"1"}}}}"#),
                (false, false),
            ),
            (
                format!(r#"{{"schemaVersion":2,{image},"config":{{"size":1.5}}}}"#),
                (false, false),
            ),
            (
                format!(r#"{{"schemaVersion":2,{image},"config":{{"data":"?"}}}}"#),
                (true, false),
            ),
            (
                format!(r#"{{"schemaVersion":2,{image},"annotations":{{"a":1}}}}"#),
                (false, false),
            ),
            (
                format!(r#"{{"schemaVersion":"2",{image}}}"#),
                (false, false),
            ),
            (
                r#"{"schemaVersion":2,"mediaType":"application/x-foo"}"#.to_owned(),
                (false, false),
            ),
            (
                r#"{"schemaVersion":1,"fsLayers":[{"blobSum":"x"}]}"#.to_owned(),
                (true, false),
            ),
            (
                r#"{"mediaType":"application/vnd.oci.artifact.manifest.v1+json"}"#.to_owned(),
                (false, false),
            ),
            ("{\"schemaVersion\":2,".to_owned(), (false, false)),
            ("\u{feff}{\"schemaVersion\":2}".to_owned(), (false, false)),
            (String::new(), (false, false)),
            ("null".to_owned(), (false, false)),
            ("[]".to_owned(), (false, false)),
        ] {
            assert_eq!(reads(&text), expected, "{text}");
        }
    }

    #[test]
    fn names_are_those_that_a_registry_gives() {
        for name in ["a", "a/b", "a.b-c__d/e1", "a---b", "Host:5000/a", "R/a"] {
            assert!(is_repository_name(name), "{name}");
        }
        for name in ["", "R", "a/B", "a..b", "a/", "-a", "a_-b", "a___b", "H:/a"] {
            assert!(!is_repository_name(name), "{name}");
        }
        assert!(!is_repository_name(&"a".repeat(256)));
    }
}

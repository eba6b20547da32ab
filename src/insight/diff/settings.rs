//! The configuration of two images, path by path.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::content::Content;
use crate::oci::Manifest;
use crate::oci::json::value_within;

/// Bytes that a config may take in memory while it is compared.
const ROOM: usize = 64 * 1024 * 1024;
/// Objects within objects that are taken apart; what is below is one value.
const LEVELS: usize = 8;
/// The containers that an image was once made in, which say nothing of the image; and the layers, which are told apart.
const LEFT_OUT: [&str; 6] = [
    "rootfs",
    "container",
    "container_config",
    "id",
    "parent",
    "throwaway",
];

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Where it stands: `Env.PATH`, `Labels.KEY`, `User`, `history[2].created_by`. What stands in the config's `config`
    /// is without that name.
    pub path: String,
    /// What each side has.
    pub values: (Option<Value>, Option<Value>),
}

/// The settings that differ, by path; none where a config was not read. What is empty is as what is not there.
/// `O(n log n)` in both.
pub(super) fn settings(content: &Content, a: &Manifest, b: &Manifest) -> Option<Vec<Setting>> {
    let config = |manifest: &Manifest| manifest.config.as_ref().map(|config| config.digest);
    if config(a).is_some() && config(a) == config(b) {
        return Some(Vec::new());
    }
    let (mut ones, mut others) = (flat(content, a)?, flat(content, b)?);
    ones.retain(|path, value| {
        let is_same = others.get(path) == Some(value);
        if is_same {
            others.remove(path);
        }
        !is_same
    });
    let mut paths: Vec<String> = ones.keys().chain(others.keys()).cloned().collect();
    paths.sort_unstable();
    paths.dedup();
    let settings = paths.into_iter().map(|path| Setting {
        values: (ones.remove(&path), others.remove(&path)),
        path,
    });
    Some(settings.collect())
}

/// Every value of a config by its path; of a manifest without one, none.
fn flat(content: &Content, manifest: &Manifest) -> Option<BTreeMap<String, Value>> {
    let bytes = match (&manifest.config, manifest.own_image()) {
        (Some(config), _) => content.document(&config.digest)?,
        (None, Some(own)) => own.bytes.clone(),
        (None, None) => return Some(BTreeMap::new()),
    };
    let Value::Object(mut root) = value_within(&bytes, ROOM).ok()? else {
        return None;
    };
    let mut flat = BTreeMap::new();
    if let Some(Value::Object(mut settings)) = root.remove("config") {
        if let Some(Value::Array(lines)) = settings.remove("Env") {
            environment(lines, &mut flat);
        }
        object(settings, "", 0, &mut flat);
    }
    if let Some(Value::Array(steps)) = root.remove("history") {
        for (number, step) in steps.into_iter().enumerate() {
            value(step, format!("history[{number}]"), 0, &mut flat);
        }
    }
    root.retain(|key, _| !LEFT_OUT.contains(&key.as_str()));
    object(root, "", 0, &mut flat);
    Some(flat)
}

/// `KEY=value` lines by their keys; of one that stands twice the last counts.
fn environment(lines: Vec<Value>, flat: &mut BTreeMap<String, Value>) {
    for line in lines {
        let Value::String(line) = line else { continue };
        let (key, value) = line.split_once('=').unwrap_or((&line, ""));
        flat.insert(format!("Env.{key}"), Value::String(value.to_owned()));
    }
}

fn object(
    object: Map<String, Value>,
    path: &str,
    level: usize,
    flat: &mut BTreeMap<String, Value>,
) {
    for (key, inner) in object {
        let path = if path.is_empty() {
            key
        } else {
            format!("{path}.{key}")
        };
        value(inner, path, level, flat);
    }
}

fn value(inner: Value, path: String, level: usize, flat: &mut BTreeMap<String, Value>) {
    match inner {
        Value::Null => {}
        Value::String(text) if text.is_empty() && level == 0 => {}
        Value::Array(list) if list.is_empty() => {}
        Value::Object(inner) if !inner.is_empty() && level < LEVELS => {
            object(inner, &path, level + 1, flat);
        }
        // A port is an empty object, and a setting without any is none.
        Value::Object(inner) if inner.is_empty() && level == 0 => {}
        inner => {
            flat.insert(path, inner);
        }
    }
}

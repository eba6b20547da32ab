//! What `docker save` wrote before it wrote layouts: a config and layers by name, and no manifest.
//!
//! ```text
//! manifest.json       [{"Config":"<hex>.json","RepoTags":["app:1"],"Layers":["<id>/layer.tar"]}]
//! <hex>.json          the config
//! <id>/layer.tar      a layer, not compressed, or a link to one
//! ```
//!
//! From these a layout is made: each image gets a manifest with its config by digest and its layers by diff ID, which
//! are what it has in every registry that stores it uncompressed. The manifest's own digest is made up, and said to be.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::oci::json::{Problem, value_within};
use crate::oci::{Absence, Digest, ImageConfig, media_type};
use crate::source::Limits;
use crate::source::layout::INDEX;
use crate::source::layout::rows::{REF_NAME, Rows};
use crate::source::local::reply;

use super::memory::Memory;
use super::unpacked::{DOCKER_INDEX, Kept, Unpacked};

/// The media type of a layer that is not compressed.
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";

/// What a list of images may take in memory, in bytes: that of ten thousand images takes a third of it.
const IMAGES: usize = 64 * 1024 * 1024;

/// What is wrong with every manifest that is made here.
pub(super) fn note() -> Problem {
    Problem {
        place: "".into(),
        what: "made from a docker archive: the registry's manifest is not in it, so this digest is not the one that \
            the image has there, and its layers are named by their uncompressed content"
            .into(),
    }
}

/// Makes a layout of the images in `unpacked`. An image that cannot be read is a problem of the rows.
///
/// Errors: `manifest.json` is not there or no list; a fragment that follows the archive's path.
pub(super) fn as_layout(unpacked: &Unpacked, limits: &Limits) -> Result<(Rows, Memory), String> {
    let bytes = unpacked.content(DOCKER_INDEX)?;
    let images = value_within(bytes, IMAGES)
        .map_err(|error| format!("is a broken archive: its `{DOCKER_INDEX}` is {error}"))?;
    let Value::Array(images) = images else {
        return Err(format!(
            "is no docker archive: its `{DOCKER_INDEX}` is no list of images"
        ));
    };
    let mut memory = Memory::default();
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    for (number, image) in images.iter().enumerate() {
        match add_image(unpacked, image, &mut memory, limits) {
            Ok(row) => rows.extend(with_names(&row, image)),
            Err(problem) => problems.push(format!("{DOCKER_INDEX}: [{number}]: {problem}")),
        }
    }
    let index = json!({"schemaVersion": 2, "manifests": rows}).to_string();
    let mut rows =
        Rows::parse(index.as_bytes()).map_err(|error| format!("cannot be read: {error}"))?;
    rows.problems.extend(problems);
    Ok((rows, memory))
}

/// The rows of a layout, and of the images that only `manifest.json` beside it names: all that either names is shown, and
/// that they disagree is a problem of the rows.
///
/// Errors: `index.json` is no JSON.
pub(super) fn with_unlisted(
    unpacked: &Unpacked,
    rows: Rows,
    memory: &mut Memory,
    limits: &Limits,
) -> Result<Rows, Absence> {
    let images = unpacked.content(DOCKER_INDEX).ok();
    let images = images.and_then(|bytes| value_within(bytes, IMAGES).ok());
    let Some(Value::Array(images)) = images else {
        return Ok(rows);
    };
    let led_to = configs_of(&rows, memory, limits);
    let (mut added, mut problems) = (Vec::new(), Vec::new());
    for (number, image) in images.iter().enumerate() {
        let config = image.get("Config").and_then(Value::as_str);
        let config = config.and_then(|name| unpacked.content(name).ok());
        if config.is_some_and(|bytes| led_to.contains(&Digest::of(bytes))) {
            continue;
        }
        let place = format!("{DOCKER_INDEX}: [{number}]");
        match add_image(unpacked, image, memory, limits) {
            Ok(row) => {
                added.extend(with_names(&row, image));
                problems.push(format!(
                    "{place}: index.json does not lead to this image; its manifest was made here"
                ));
            }
            Err(problem) => problems.push(format!("{place}: {problem}")),
        }
    }
    if problems.is_empty() {
        return Ok(rows);
    }
    let index = unpacked.content(INDEX).ok();
    let index = index.and_then(|bytes| value_within(bytes, IMAGES).ok());
    let mut index = index.unwrap_or_default();
    if let Some(index) = index.as_object_mut() {
        let listed = index.entry("manifests").or_insert(Value::Null);
        match listed {
            Value::Array(listed) => listed.extend(added),
            other => *other = Value::Array(added),
        }
    }
    let mut all = crate::source::layout::parse_index(index.to_string().as_bytes())?;
    all.problems.extend(problems);
    Ok(all)
}

/// The configs of all images that rows lead to.
fn configs_of(rows: &Rows, memory: &Memory, limits: &Limits) -> BTreeSet<Digest> {
    let mut queue: Vec<Digest> = rows.rows.iter().map(|row| row.descriptor.digest).collect();
    let mut seen: BTreeSet<Digest> = queue.iter().copied().collect();
    let mut configs = BTreeSet::new();
    while let Some(digest) = queue.pop() {
        let Ok(manifest) = reply::read_manifest(memory, &digest, "", limits) else {
            continue;
        };
        configs.extend(manifest.config.map(|config| config.digest));
        for child in manifest.manifests {
            if seen.insert(child.digest) {
                queue.push(child.digest);
            }
        }
    }
    configs
}

/// The row once for each of the image's names, or once without any.
fn with_names(row: &Value, image: &Value) -> Vec<Value> {
    let tags = image.get("RepoTags").and_then(Value::as_array);
    let tags = tags.into_iter().flatten().filter_map(Value::as_str);
    let mut rows: Vec<_> = tags
        .map(|tag| {
            let mut row = row.clone();
            if let Some(row) = row.as_object_mut() {
                row.insert("annotations".to_owned(), json!({REF_NAME: tag}));
            }
            row
        })
        .collect();
    if rows.is_empty() {
        rows.push(row.clone());
    }
    rows
}

/// Makes the image's manifest, and keeps it and its config. Gives the row.
fn add_image(
    unpacked: &Unpacked,
    image: &Value,
    memory: &mut Memory,
    limits: &Limits,
) -> Result<Value, String> {
    let config_name = image
        .get("Config")
        .and_then(Value::as_str)
        .ok_or("the image names no config")?;
    let bytes = unpacked
        .content(config_name)
        .map_err(|what| format!("the archive {what}"))?;
    if bytes.len() as u64 > limits.manifest_bytes {
        return Err(format!("its config has {} bytes", bytes.len()));
    }
    let config = ImageConfig::parse(Arc::clone(bytes))
        .map_err(|error| format!("its config `{config_name}` is {error}"))?;
    let files = image.get("Layers").and_then(Value::as_array);
    let files: Vec<_> = files
        .into_iter()
        .flatten()
        .map(|name| name.as_str().and_then(|name| unpacked.file(name)))
        .collect();
    // Without a file for each there is no telling which is whose.
    let size_of = |number: usize| match files.get(number) {
        Some(Some(file)) if files.len() == config.diff_ids.len() => Some(Kept::size(file)),
        _ => None,
    };
    let layers: Vec<_> = config
        .diff_ids
        .iter()
        .enumerate()
        .map(|(number, diff_id)| {
            json!({"mediaType": LAYER, "digest": diff_id.as_str(), "size": size_of(number)})
        })
        .collect();
    let named = image.get("Layers").and_then(Value::as_array);
    let named = named.into_iter().flatten().map(Value::as_str);
    let pairs = config.diff_ids.iter().zip(named).zip(&files);
    for ((diff_id, name), file) in pairs.filter(|_| files.len() == config.diff_ids.len()) {
        if let (None, Ok(digest)) = (file, diff_id.as_str().parse()) {
            memory.lacks(digest, name.unwrap_or("no file"));
        }
    }
    let digest = memory.add(Arc::clone(bytes));
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": media_type::DOCKER_MANIFEST,
        "config": {
            "mediaType": media_type::DOCKER_CONFIG,
            "digest": digest.to_string(),
            "size": bytes.len(),
        },
        "layers": layers,
    });
    let bytes: Arc<[u8]> = manifest.to_string().into_bytes().into();
    let size = bytes.len();
    let digest = memory.add(bytes);
    Ok(json!({
        "mediaType": media_type::DOCKER_MANIFEST,
        "digest": digest.to_string(),
        "size": size,
    }))
}

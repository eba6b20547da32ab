//! Docker manifests of schema 1: layers and history in one document, signed or not.

use serde_json::{Map, Value};

use super::json::Reader;
use super::{Descriptor, Digest, Entries, RemoteText};

/// What only a schema 1 manifest has.
///
/// The digest of a signed one is over the signed payload, not over the document; it is not checked, and
/// [`Schema1::is_signed`] lets the screen say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema1 {
    /// `name`.
    pub name: Option<RemoteText>,
    /// `tag`.
    pub tag: Option<RemoteText>,
    /// `architecture`.
    pub architecture: Option<RemoteText>,
    /// The `v1Compatibility` texts, oldest first (the document has them newest first).
    pub history: Vec<RemoteText>,
    /// Whether it carries signatures.
    pub is_signed: bool,
}

/// The media type that registries give to the layers of schema 1.
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// The layers, base first; the document has them newest first.
pub(super) fn layers(reader: &mut Reader, object: &Map<String, Value>) -> Entries {
    let layers = reader.list(object, "fsLayers", "").iter().enumerate().rev();
    let layers = layers.map(|(number, layer)| {
        let sum = layer.get("blobSum").and_then(Value::as_str);
        match sum.unwrap_or_default().parse::<Digest>() {
            Ok(digest) => Ok(Descriptor {
                media_type: LAYER.into(),
                ..Descriptor::of(digest)
            }),
            Err(error) => {
                reader.note(&format!("fsLayers[{number}]"), error.to_string());
                Err(error.into())
            }
        }
    });
    layers.collect()
}

/// Reads the parts that only schema 1 has.
pub(super) fn read(reader: &mut Reader, object: &Map<String, Value>) -> Schema1 {
    let is_signed = !reader.list(object, "signatures", "").is_empty();
    if is_signed {
        reader.note(
            "signatures",
            "a signed manifest of schema 1: its digest is over the signed payload; neither it nor the signatures are \
             checked",
        );
    }
    let history = reader.list(object, "history", "").iter().rev();
    let history = history.filter_map(|entry| entry.get("v1Compatibility").and_then(Value::as_str));
    Schema1 {
        history: history.map(RemoteText::from).collect(),
        name: reader.text(object, "name", ""),
        tag: reader.text(object, "tag", ""),
        architecture: reader.text(object, "architecture", ""),
        is_signed,
    }
}

//! Docker manifests of schema 1: layers and history in one document, signed or not.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::config::HistoryEntry;
use super::json::{Json, Reader};
use super::{Descriptor, Digest, Entries, ImageConfig, RemoteText};

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
    /// What the newest `v1Compatibility` says of the image, with a step of the history for each layer. Absent where it
    /// cannot be read.
    pub image: Option<Arc<ImageConfig>>,
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
    let architecture = reader.text(object, "architecture", "");
    Schema1 {
        image: image(reader, object, architecture.as_ref()).map(Arc::new),
        name: reader.text(object, "name", ""),
        tag: reader.text(object, "tag", ""),
        architecture,
        is_signed,
    }
}

/// The image that the texts of the history describe: the document has them newest first, and the newest is what
/// became the config in schema 2.
fn image(
    reader: &mut Reader,
    object: &Map<String, Value>,
    architecture: Option<&RemoteText>,
) -> Option<ImageConfig> {
    let mut newest = None;
    let mut steps = Vec::new();
    for (number, entry) in reader.list(object, "history", "").iter().enumerate() {
        let place = format!("history[{number}].v1Compatibility");
        let text = entry.get("v1Compatibility").and_then(Value::as_str);
        let bytes = text.unwrap_or_default().as_bytes();
        match Json::parse(bytes) {
            Ok(json) => steps.push(step(reader, &json.object, &place)),
            Err(error) => {
                reader.note(&place, error.to_string());
                steps.push(HistoryEntry::default());
            }
        }
        if number == 0 {
            newest = ImageConfig::parse(bytes.into()).ok();
        }
    }
    let mut image = newest?;
    steps.reverse();
    image.history = steps;
    let platform = &mut image.platform;
    if let Some(architecture) = architecture.filter(|_| platform.architecture.is_empty()) {
        platform.architecture = architecture.clone();
    }
    // The oldest images do not state it.
    if platform.os.is_empty() {
        platform.os = "unknown".into();
    }
    Some(image)
}

/// One step. Each has a layer here, even one that changed nothing.
fn step(reader: &mut Reader, object: &Map<String, Value>, place: &str) -> HistoryEntry {
    let empty = Map::new();
    let container = reader.object(object, "container_config", place);
    let command = reader.texts(container.unwrap_or(&empty), "Cmd", place);
    let command: Vec<_> = command.iter().map(RemoteText::as_str).collect();
    HistoryEntry {
        created: reader.text(object, "created", place),
        created_by: (!command.is_empty()).then(|| command.join(" ").into()),
        comment: reader.text(object, "comment", place),
        is_empty_layer: false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Manifest;
    use super::*;

    #[test]
    fn the_history_is_the_image_that_it_describes() {
        let newest = r##"{"architecture":"arm","os":"linux","created":"2016-03-03T11:29:44Z",
            "config":{"Labels":{"a":"b"}},"container_config":{"Cmd":["/bin/sh","-c","#(nop) LABEL a=b"]},
            "throwaway":true}"##;
        let document = serde_json::json!({
            "schemaVersion": 1,
            "architecture": "amd64",
            "fsLayers": [{"blobSum": Digest::of(b"2").to_string()}, {"blobSum": "sha256:1"}],
            "history": [{"v1Compatibility": newest}, {"v1Compatibility": "no JSON"}],
        });
        let bytes: Arc<[u8]> = document.to_string().into_bytes().into();
        let manifest = Manifest::parse(Digest::of(&bytes), bytes, "").unwrap();
        let image = manifest.schema1.unwrap().image.unwrap();
        assert_eq!(image.platform.to_string(), "linux/arm");
        assert_eq!(
            image.created.as_ref().unwrap().as_str(),
            "2016-03-03T11:29:44Z"
        );
        assert_eq!(image.labels["a"].as_str(), "b");
        let [oldest, newest] = image.history.as_slice() else {
            panic!("{:?}", image.history)
        };
        assert_eq!(oldest.created_by, None);
        let command = newest.created_by.as_ref().unwrap().as_str();
        assert_eq!(command, "/bin/sh -c #(nop) LABEL a=b");
        assert_eq!(manifest.layers.total(), 2);
        let problems: Vec<_> = manifest.problems.iter().map(ToString::to_string).collect();
        assert!(
            problems
                .iter()
                .any(|problem| problem.starts_with("fsLayers[1]: "))
                && problems
                    .iter()
                    .any(|problem| problem.starts_with("history[1].v1Compatibility: not JSON")),
            "{problems:?}"
        );
    }
}

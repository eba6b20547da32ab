//! The layers of a manifest, with the step of the history that made each.

use crate::content::Content;
use crate::graph::{EdgeView, Graph, NodeId};
use crate::insight::outline::{Described, image_config, short_media_type};
use crate::oci::media_type::is_foreign_layer;
use crate::oci::{Descriptor, Form, ImageConfig, Manifest};

use super::Field;

/// The file name of a layer that is a file (ORAS, and image-spec, `annotations.md`).
const TITLE: &str = "org.opencontainers.image.title";

/// One layer, or one step that made none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// Its number from 1; a step that made no layer has none.
    pub number: Option<usize>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its media type, short.
    pub media_type: String,
    /// Its digest, short.
    pub digest: String,
    /// How many other manifests have it too.
    pub others: usize,
    /// The step that made it.
    pub history: String,
    /// The name of the file that it is, as its descriptor says.
    pub title: String,
    /// That it is fetched elsewhere, and where.
    pub elsewhere: String,
    /// Why its entry cannot be read.
    pub problem: String,
}

/// The layers of a manifest that was read, base first. Where the history fits, with the steps between them.
pub(super) fn of_manifest(graph: &Graph, content: &Content, node: NodeId) -> Vec<Layer> {
    let manifest = graph
        .digest_of(node)
        .and_then(|digest| content.manifest(&digest));
    let Some(manifest) = manifest.filter(|manifest| manifest.layers.total() > 0) else {
        return Vec::new();
    };
    let config = image_config(content, &manifest);
    let steps = config.map(|config| steps(&config)).unwrap_or_default();
    let layers = layers(graph, node, &manifest);
    let made: Vec<_> = steps.iter().filter(|(_, is_empty)| !is_empty).collect();
    if manifest.form == Form::Index || made.len() != layers.len() {
        return layers;
    }
    let mut layers = layers.into_iter();
    let with_steps = steps.into_iter().map(|(history, is_empty)| {
        let layer = if is_empty { None } else { layers.next() };
        Layer {
            history,
            ..layer.unwrap_or_default()
        }
    });
    with_steps.collect()
}

fn layers(graph: &Graph, node: NodeId, manifest: &Manifest) -> Vec<Layer> {
    let repository = graph.repository_of(node);
    let layers = manifest.layers.placed();
    layers
        .map(|(place, layer)| {
            let number = Some(place as usize + 1);
            let layer = match layer {
                Ok(layer) => layer,
                Err(why) => {
                    return Layer {
                        number,
                        problem: why.to_string(),
                        ..Layer::default()
                    };
                }
            };
            let blob = repository.and_then(|repository| graph.object(repository, &layer.digest));
            let holders = blob.map_or(0, |blob| graph.holders(blob).layers);
            Layer {
                number,
                size: layer.size,
                media_type: short_media_type(&layer.media_type),
                digest: layer.digest.short(),
                others: holders.saturating_sub(1),
                title: (layer.annotation(TITLE).map(ToString::to_string)).unwrap_or_default(),
                elsewhere: elsewhere(layer).unwrap_or_default(),
                ..Layer::default()
            }
        })
        .collect()
}

/// That content is fetched elsewhere, and where: of layers that registries may not distribute, and of whatever has other
/// places.
fn elsewhere(descriptor: &Descriptor) -> Option<String> {
    let urls: Vec<_> = descriptor.urls.iter().map(ToString::to_string).collect();
    let urls = urls.join(" ");
    if is_foreign_layer(descriptor.media_type.as_str()) {
        return Some(match urls.as_str() {
            "" => "fetched elsewhere, not from the registry; where is not said".to_owned(),
            urls => format!("fetched elsewhere, not from the registry: {urls}"),
        });
    }
    (!urls.is_empty()).then(|| format!("also at {urls}"))
}

/// That its holder says that it is fetched elsewhere, and where.
pub(super) fn elsewhere_of(
    graph: &Graph,
    content: &Content,
    edge: Option<&EdgeView>,
) -> Vec<Field> {
    let described = edge.and_then(|edge| Described::of(graph, content, edge));
    let mut told: Vec<String> = Vec::new();
    for descriptor in described.iter().flat_map(Described::descriptors) {
        told.extend(elsewhere(descriptor).filter(|words| !told.contains(words)));
    }
    let lines = told.into_iter().enumerate();
    lines
        .map(|(number, words)| {
            let name = if number == 0 { "content" } else { "" };
            Field::new(name, words).noted("descriptor in the manifest")
        })
        .collect()
}

/// The steps of a history in words, and whether each made no layer.
fn steps(config: &ImageConfig) -> Vec<(String, bool)> {
    let entries = config.history.iter();
    entries
        .map(|entry| {
            let text = entry.created_by.as_ref().or(entry.comment.as_ref());
            let text = text.map(ToString::to_string).unwrap_or_default();
            (without_shell(&text).to_owned(), entry.is_empty_layer)
        })
        .collect()
}

/// A step without the shell that ran it.
fn without_shell(step: &str) -> &str {
    let step = step.trim();
    let step = step.strip_prefix("/bin/sh -c ").unwrap_or(step);
    let step = step.strip_prefix("#(nop) ").unwrap_or(step);
    step.strip_suffix("# buildkit").unwrap_or(step).trim()
}

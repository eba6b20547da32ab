//! Helm charts name the images that they install: in annotations of `Chart.yaml`, which Helm copies into the manifest's.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::insight::impact::consumer::Consumer;
use crate::insight::impact::inventory::Inventory;
use crate::oci::{Annotations, Digest, Manifest};

use super::{Use, matched, yaml};

/// The annotations that list images, each a YAML list of `name` and `image`.
const KEYS: [&str; 2] = ["artifacthub.io/images", "helm.sh/images"];

/// The media type of a chart's config, which is its `Chart.yaml` as JSON.
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// The charts of a registry that say which images they install.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charts {
    /// Repository and digest → images, and the annotation that names each.
    found: BTreeMap<(String, Digest), Vec<(String, &'static str)>>,
}

impl Charts {
    /// Takes a manifest in; nothing where it is no chart, or names no images. `config` is the chart's config, where it
    /// was read.
    pub fn take(&mut self, repository: &str, manifest: &Manifest, config: Option<&[u8]>) {
        let is_chart = manifest
            .config
            .as_ref()
            .is_some_and(|config| config.media_type.as_str() == CONFIG);
        if !is_chart {
            return;
        }
        let mut images = of_annotations(&manifest.annotations);
        images.extend(config.map(of_config).unwrap_or_default());
        images.sort_unstable();
        images.dedup_by(|one, other| one.0 == other.0);
        if !images.is_empty() {
            let place = (repository.to_owned(), manifest.digest);
            self.found.insert(place, images);
        }
    }

    /// The charts as consumers of what `inventory` has; see [`matched`]. What they mean elsewhere is left out.
    ///
    /// Cost: as `matched`, and a look at the tags of the charts' repositories.
    pub fn consumers(&self, inventory: &Inventory, host: Option<&str>) -> Vec<Consumer> {
        let mut consumers = Vec::new();
        for ((repository, digest), images) in &self.found {
            let name = name(inventory, repository, digest);
            let stated = |(image, key): &(String, &'static str)| Use {
                consumer: format!("chart {name} ({key})"),
                reference: image.clone(),
            };
            let named: Vec<Use> = images.iter().map(stated).collect();
            let meant = matched(&named, inventory, host).consumers.into_iter();
            consumers.extend(meant.map(|consumer| Consumer {
                itself: Some((repository.clone(), *digest)),
                ..consumer
            }));
        }
        consumers
    }
}

/// `charts/app 1.2`, or by its digest where no tag names it.
fn name(inventory: &Inventory, repository: &str, digest: &Digest) -> String {
    let id = inventory.repository(repository);
    let tags = id.into_iter().flat_map(|id| inventory.tags(id));
    let mut tags: Vec<&str> = tags
        .filter(|(_, object)| inventory.digest(*object) == digest)
        .map(|(tag, _)| tag)
        .collect();
    tags.sort_unstable();
    match tags.first() {
        Some(tag) => format!("{repository} {tag}"),
        None => format!("{repository}@{}", digest.short()),
    }
}

fn of_annotations(annotations: &Annotations) -> Vec<(String, &'static str)> {
    let texts = KEYS.into_iter().filter_map(|key| {
        let text = annotations.get(key)?;
        Some((text.as_str(), key))
    });
    texts.flat_map(|(text, key)| images(text, key)).collect()
}

fn of_config(bytes: &[u8]) -> Vec<(String, &'static str)> {
    let chart: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let annotations = chart.get("annotations");
    let texts = KEYS.into_iter().filter_map(|key| {
        let text = annotations?.get(key)?.as_str()?;
        Some((text, key))
    });
    texts.flat_map(|(text, key)| images(text, key)).collect()
}

/// The images of a list; a text that is none names nothing.
fn images(text: &str, key: &'static str) -> Vec<(String, &'static str)> {
    let documents = yaml::documents(text).unwrap_or_default();
    let entries = documents.iter().filter_map(Value::as_array).flatten();
    let images = entries.filter_map(|entry| entry.get("image")?.as_str());
    images.map(|image| (image.to_owned(), key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::impact::builder::InventoryBuilder;
    use crate::insight::impact::consumer::PulledBy;
    use crate::insight::impact::view::{Rows, View};

    fn chart(annotations: &str) -> Manifest {
        let text = format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],
            "config":{{"mediaType":"{CONFIG}","digest":"{}","size":2}},"annotations":{annotations}}}"#,
            Digest::of(b"{}")
        );
        let bytes = text.into_bytes();
        Manifest::parse(Digest::of(&bytes), bytes.into(), "").unwrap()
    }

    #[test]
    fn a_chart_uses_the_images_that_its_annotations_name() {
        let of_manifest =
            chart(r#"{"artifacthub.io/images":"- name: app\n  image: r.example/team/app:1\n"}"#);
        let of_config = chart("{}");
        let config =
            br#"{"name":"c","annotations":{"helm.sh/images":"- {image: \"team/app:2\"}"}}"#;
        let mut charts = Charts::default();
        charts.take("charts/one", &of_manifest, None);
        charts.take("charts/two", &of_config, Some(config));
        charts.take("charts/three", &of_config, Some(b"no JSON"));
        let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
        let (app, one) = (
            builder.repository("team/app"),
            builder.repository("charts/one"),
        );
        let image = builder.object(Digest::of(b"image"), 1);
        builder.row(app, image, Some("1"));
        let itself = builder.object(of_manifest.digest, 1);
        builder.row(one, itself, Some("0.1"));
        let consumers = charts.consumers(&builder.build().unwrap(), None);
        let told: Vec<_> = consumers
            .iter()
            .map(|one| (one.name.clone(), one.by.clone()))
            .collect();
        let two = format!(
            "chart charts/two@{} (helm.sh/images)",
            of_config.digest.short()
        );
        assert_eq!(
            told,
            [
                (
                    "chart charts/one 0.1 (artifacthub.io/images)".to_owned(),
                    PulledBy::Tag("1".into())
                ),
                (two, PulledBy::Tag("2".into())),
            ]
        );
    }
}

//! Helm charts name the images that they install: in annotations of `Chart.yaml`, which Helm copies into the manifest's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::evidence::Reading;
use crate::evidence::chart::{self, ChartImage, StatedBy};
use crate::insight::impact::inventory::Inventory;
use crate::insight::impact::request::consumer::Consumer;
use crate::oci::{Annotations, Digest, Manifest};

use super::{Use, matched};

/// The media type of a chart's config, which is its `Chart.yaml` as JSON.
pub const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// An image, and the annotation that names it.
type Image = (String, &'static str);

/// A chart: the images that its manifest names, and the config that may name more.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chart {
    config: Digest,
    images: Vec<Image>,
    repositories: BTreeSet<String>,
}

/// The charts of a registry, and which images they say that they install.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charts {
    /// By the digest of the manifest.
    found: HashMap<Digest, Chart>,
    /// Their configs, and the images that each names once it was read.
    configs: HashMap<Digest, Option<Vec<Image>>>,
}

impl Charts {
    /// Takes a manifest in; nothing where it is no chart.
    pub fn take(&mut self, repository: &str, manifest: &Manifest) {
        let config = manifest.config.as_ref();
        let Some(config) = config.filter(|config| config.media_type.as_str() == CHART_CONFIG)
        else {
            return;
        };
        let chart = self.found.entry(manifest.digest).or_insert_with(|| Chart {
            config: config.digest,
            images: of_annotations(&manifest.annotations),
            repositories: BTreeSet::new(),
        });
        chart.repositories.insert(repository.to_owned());
        self.configs.entry(config.digest).or_default();
    }

    /// Takes in what a document says; nothing where it is not the config of a chart that was taken.
    pub fn read(&mut self, digest: &Digest, reading: &Reading) {
        if let Some(config) = self.configs.get_mut(digest) {
            let images = reading.chart().map(|chart| stated(&chart.images));
            config.get_or_insert_with(|| images.unwrap_or_default());
        }
    }

    /// Takes from `others` the chart `digest`, if it is one, as it stands in `repository`.
    pub fn take_from(&mut self, others: &Self, repository: &str, digest: &Digest) {
        let Some(chart) = others.found.get(digest) else {
            return;
        };
        let taken = self.found.entry(*digest).or_insert_with(|| Chart {
            repositories: BTreeSet::new(),
            ..chart.clone()
        });
        taken.repositories.insert(repository.to_owned());
        let images = others.configs.get(&chart.config).cloned();
        self.configs.insert(chart.config, images.flatten());
    }

    /// The configs that were not read, each with a repository that has it; sorted.
    pub fn unread(&self) -> BTreeMap<Digest, &str> {
        let unread = self.found.values();
        let unread = unread.filter(|chart| self.config(chart).is_none());
        let placed =
            unread.filter_map(|chart| Some((chart.config, chart.repositories.first()?.as_str())));
        placed.collect()
    }

    /// The charts as consumers of what `inventory` has; see [`matched`]. What they mean elsewhere is left out.
    ///
    /// Cost: as `matched`, and a look at the tags of the charts' repositories.
    pub fn consumers(&self, inventory: &Inventory, host: Option<&str>) -> Vec<Consumer> {
        let places = self.found.iter().flat_map(|(digest, chart)| {
            let repositories = chart.repositories.iter();
            repositories.map(move |repository| (repository, digest, chart))
        });
        let mut places: Vec<_> = places.collect();
        places.sort_unstable_by_key(|(repository, digest, _)| (*repository, *digest));
        let mut consumers = Vec::new();
        for (repository, digest, chart) in places {
            let images = self.images(chart);
            if images.is_empty() {
                continue;
            }
            let name = name(inventory, repository, digest);
            let used = |(image, key): &Image| Use {
                consumer: format!("chart {name} ({key})"),
                reference: image.clone(),
            };
            let named: Vec<Use> = images.iter().map(used).collect();
            let meant = matched(&named, inventory, host).consumers.into_iter();
            consumers.extend(meant.map(|consumer| Consumer {
                itself: Some((repository.clone(), *digest)),
                ..consumer
            }));
        }
        consumers
    }

    /// What a chart installs, each image once.
    fn images(&self, chart: &Chart) -> Vec<Image> {
        let mut images = chart.images.clone();
        images.extend(self.config(chart).into_iter().flatten().cloned());
        images.sort_unstable();
        images.dedup_by(|one, other| one.0 == other.0);
        images
    }

    fn config(&self, chart: &Chart) -> Option<&Vec<Image>> {
        self.configs.get(&chart.config)?.as_ref()
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

fn of_annotations(annotations: &Annotations) -> Vec<Image> {
    let text = |key: &str| annotations.get(key).map(crate::oci::RemoteText::as_str);
    stated(&chart::images_of_annotations(text))
}

/// Images that annotations state; what `values.yaml` looks like is a guess, and nobody is hurt by one.
fn stated(images: &[ChartImage]) -> Vec<Image> {
    let stated = images.iter().filter_map(|image| match image.stated_by {
        StatedBy::Annotation(key) => Some((image.reference.as_str().to_owned(), key)),
        StatedBy::Values(_) => None,
    });
    stated.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::impact::inventory::builder::InventoryBuilder;
    use crate::insight::impact::inventory::view::{Rows, View};
    use crate::insight::impact::request::consumer::PulledBy;

    fn chart(annotations: &str, config: &[u8]) -> Manifest {
        let text = format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],
            "config":{{"mediaType":"{CHART_CONFIG}","digest":"{}","size":2}},"annotations":{annotations}}}"#,
            Digest::of(config)
        );
        let bytes = text.into_bytes();
        Manifest::parse(Digest::of(&bytes), bytes.into(), "").unwrap()
    }

    fn reading(config: &[u8]) -> Reading {
        crate::evidence::read(
            config,
            &crate::evidence::Label {
                media_type: CHART_CONFIG,
                ..crate::evidence::Label::default()
            },
            &crate::evidence::Limits::default(),
        )
    }

    #[test]
    fn a_chart_uses_the_images_that_its_annotations_name() {
        let annotations =
            r#"{"artifacthub.io/images":"- name: app\n  image: r.example/team/app:1\n"}"#;
        let of_manifest = chart(annotations, b"{}");
        let config =
            br#"{"name":"c","annotations":{"helm.sh/images":"- {image: \"team/app:2\"}"}}"#;
        let of_config = chart("{}", config);
        let mut all = Charts::default();
        // What no chart names as its config is none.
        all.read(&Digest::of(config), &reading(config));
        all.take("charts/one", &of_manifest);
        all.take("charts/two", &of_config);
        all.take("charts/three", &chart("{}", b"no JSON"));
        assert_eq!(all.unread().len(), 3);
        for config in [&b"{}"[..], config, b"no JSON"] {
            all.read(&Digest::of(config), &reading(config));
        }
        assert_eq!(all.unread(), BTreeMap::new());
        let mut charts = Charts::default();
        charts.take_from(&all, "charts/one", &of_manifest.digest);
        charts.take_from(&all, "charts/two", &of_config.digest);
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

//! What an image says that it is: each value with where it stands, which of several stands, and what contradicts it.
//!
//! ```text
//! manifest ▸ its entry in the index ▸ the index ▸ labels of the config ▸ the config ▸ attached documents
//! ```
//!
//! Of each field and platform the first of this order stands; the others stay in the list, since a person wants to know
//! that an image contradicts itself. Nothing here is more than a claim of whoever made the image.

mod fields;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::evidence::Reading;
use crate::oci::{Annotations, Descriptor, Digest, ImageConfig, Manifest, RemoteText};

pub use fields::{Field, read_date};

/// Where a value stands, in the order in which they are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// An annotation of the image's manifest.
    Manifest,
    /// An annotation of its entry in a parent index.
    Descriptor,
    /// An annotation of the index.
    Index,
    /// A label in the config.
    ConfigLabel,
    /// A field of the config; of a chart, of `Chart.yaml`.
    Config,
    /// An attached document.
    Document,
}

impl Origin {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Descriptor => "descriptor",
            Self::Index => "index",
            Self::ConfigLabel => "config-label",
            Self::Config => "config",
            Self::Document => "document",
        }
    }
}

/// One value of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The platform that it is about; none: the index itself, or what has no platform.
    pub platform: Option<RemoteText>,
    /// The field.
    pub field: Field,
    /// The value, as written.
    pub value: RemoteText,
    /// Where it stands.
    pub origin: Origin,
    /// The key that it stands under there.
    pub key: RemoteText,
    /// The object that says it.
    pub of: Digest,
    /// Whether it is the one that counts.
    pub stands: bool,
}

/// Something that vendors say under keys of their own, which is no field of the identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorValue {
    /// The platform that it is about.
    pub platform: Option<RemoteText>,
    /// The key.
    pub key: RemoteText,
    /// The value, as written.
    pub value: RemoteText,
    /// Where it stands.
    pub origin: Origin,
}

/// All that is known of one platform of an image, or of the index itself.
#[derive(Clone, Debug, Default)]
pub struct Sources<'a> {
    /// The platform; none: the index itself, or what has no platform.
    pub platform: Option<RemoteText>,
    /// The manifest; none where the index itself is meant.
    pub manifest: Option<&'a Manifest>,
    /// Its entry in the parent index.
    pub descriptor: Option<&'a Descriptor>,
    /// The index: the parent, or itself.
    pub index: Option<&'a Manifest>,
    /// The config, with its digest.
    pub config: Option<(Digest, &'a ImageConfig)>,
    /// What attached documents say, each with the digest of its bytes.
    pub documents: Vec<(Digest, &'a Reading)>,
}

/// What an image, or an index, says that it is: sorted by field, then by origin. `O(n log n)` in what is stated.
pub fn identity(sources: &Sources<'_>) -> Vec<Stated> {
    let mut list = List::of(sources);
    if let Some(manifest) = sources.manifest {
        list.annotations(&manifest.annotations, Origin::Manifest, manifest.digest);
    }
    if let (Some(descriptor), Some(index)) = (sources.descriptor, sources.index) {
        list.annotations(&descriptor.annotations, Origin::Descriptor, index.digest);
    }
    if let Some(index) = sources.index {
        list.annotations(&index.annotations, Origin::Index, index.digest);
    }
    if let Some((digest, config)) = sources.config {
        list.annotations(&config.labels, Origin::ConfigLabel, digest);
        let created = config.created.as_ref();
        list.optional(Field::Created, created, Origin::Config, ("created", digest));
        let author = config.author.as_ref();
        list.optional(Field::Authors, author, Origin::Config, ("author", digest));
    }
    for (digest, reading) in &sources.documents {
        list.document(*digest, reading, sources.manifest);
    }
    list.settled()
}

/// What vendors say under keys of their own: Red Hat's labels, and what Docker's official images have on the entries of
/// their indexes.
pub fn vendor_values(sources: &Sources<'_>) -> Vec<VendorValue> {
    let manifest = sources
        .manifest
        .map(|one| (&one.annotations, Origin::Manifest));
    let descriptor = sources
        .descriptor
        .map(|one| (&one.annotations, Origin::Descriptor));
    let index = sources.index.map(|one| (&one.annotations, Origin::Index));
    let labels = sources
        .config
        .map(|(_, config)| (&config.labels, Origin::ConfigLabel));
    let is_red_hats = sources
        .config
        .is_some_and(|(_, config)| fields::is_of_red_hat(&config.labels));
    let all = [manifest, descriptor, index, labels].into_iter().flatten();
    let values = all.flat_map(|(annotations, origin)| {
        let stated = annotations.iter();
        let stated = stated.filter(move |(key, value)| {
            let is_label = origin == Origin::ConfigLabel && is_red_hats;
            fields::is_vendors(key.as_str(), is_label) && !value.is_empty()
        });
        stated.map(move |(key, value)| (key, value, origin))
    });
    values
        .map(|(key, value, origin)| VendorValue {
            platform: sources.platform.clone(),
            key: key.clone(),
            value: value.clone(),
            origin,
        })
        .collect()
}

/// The values that are collected.
struct List {
    platform: Option<RemoteText>,
    /// With their rank within an origin: a key of OCI goes before an older one.
    values: Vec<(u8, Stated)>,
}

impl List {
    fn of(sources: &Sources<'_>) -> Self {
        Self {
            platform: sources.platform.clone(),
            values: Vec::new(),
        }
    }

    fn add(
        &mut self,
        field: Field,
        value: &RemoteText,
        origin: Origin,
        (rank, key): (u8, &RemoteText),
        of: Digest,
    ) {
        let is_value = !value.as_str().trim().is_empty();
        if !is_value || field == Field::Created && fields::is_no_date(value.as_str()) {
            return;
        }
        let stated = Stated {
            platform: self.platform.clone(),
            field,
            value: value.clone(),
            origin,
            key: key.clone(),
            of,
            stands: false,
        };
        self.values.push((rank, stated));
    }

    fn optional(
        &mut self,
        field: Field,
        value: Option<&RemoteText>,
        origin: Origin,
        (key, of): (&str, Digest),
    ) {
        if let Some(value) = value {
            self.add(field, value, origin, (0, &key.into()), of);
        }
    }

    fn annotations(&mut self, annotations: &Annotations, origin: Origin, of: Digest) {
        for (key, value) in annotations {
            if let Some((field, rank)) = fields::of_key(key.as_str(), value.as_str()) {
                self.add(field, value, origin, (rank, key), of);
            }
        }
    }

    /// Of a document: where the source is from and what revision of it was built; of a chart, what `Chart.yaml` says.
    fn document(&mut self, of: Digest, reading: &Reading, manifest: Option<&Manifest>) {
        if let Some(provenance) = reading.provenance() {
            let (source, revision) = (provenance.source.as_ref(), provenance.revision.as_ref());
            self.optional(Field::Source, source, Origin::Document, ("source", of));
            self.optional(
                Field::Revision,
                revision,
                Origin::Document,
                ("revision", of),
            );
        }
        let Some(chart) = reading.chart() else { return };
        let config = manifest.and_then(|manifest| manifest.config.as_ref());
        let is_config = config.is_some_and(|config| config.digest == of);
        let origin = if is_config {
            Origin::Config
        } else {
            Origin::Document
        };
        let fields = [
            (Field::Title, chart.name.as_ref(), "name"),
            (Field::Version, chart.version.as_ref(), "version"),
            (
                Field::Description,
                chart.description.as_ref(),
                "description",
            ),
            (Field::Url, chart.home.as_ref(), "home"),
            (Field::Source, chart.sources.first(), "sources"),
        ];
        for (field, value, key) in fields {
            self.optional(field, value, origin, (key, of));
        }
        if !chart.maintainers.is_empty() {
            let names: Vec<_> = chart.maintainers.iter().map(RemoteText::as_str).collect();
            let names = RemoteText::from(names.join(", "));
            self.optional(Field::Authors, Some(&names), origin, ("maintainers", of));
        }
    }

    /// Sorted, without doubles, and of each field the first marked as the one that stands.
    fn settled(mut self) -> Vec<Stated> {
        self.values.sort_by(|(a_rank, a), (b_rank, b)| {
            let a = (a.field, a.origin, *a_rank, &a.key, &a.value);
            a.cmp(&(b.field, b.origin, *b_rank, &b.key, &b.value))
        });
        self.values.dedup();
        let mut seen = HashSet::new();
        let values = self.values.into_iter().map(|(_, mut stated)| {
            stated.stands = seen.insert(stated.field);
            stated
        });
        values.collect()
    }
}

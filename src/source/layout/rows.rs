//! The rows of a layout's `index.json` (image-spec, `image-layout.md`, "index.json file").

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::oci::json::{Json, JsonError, Reader};
use crate::oci::{Annotations, Descriptor, Digest, RemoteText};

/// The name that a row gives to its manifest.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The full name that containerd gives; Docker's `save` writes it beside [`REF_NAME`], which is then the tag alone.
pub const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// containerd's mark on a row that refers to another manifest.
pub const CONTAINERD_SUBJECT: &str = "io.containerd.manifest.subject";
/// olareg's marks on a row whose manifest is the list of the referrers of the digest that the mark names: what its
/// releases write, and what its test data has.
pub const OLAREG_SUBJECT: [&str; 2] = [
    "org.olareg.referrer.subject",
    "org.opencontainers.image.referrer.subject",
];
/// The mark by which `cosign save` says what a row is.
const COSIGN_KIND: &str = "kind";

/// What `cosign save` says a row is (cosign, `pkg/oci/layout`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CosignKind {
    /// The image that was saved.
    Image,
    /// Its signatures, attestations or SBOMs.
    Attached,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it points to, with its annotations.
    pub descriptor: Descriptor,
    /// The tag that it is, exact: a name outside the grammar of tags is a name all the same.
    pub tag: Option<RemoteText>,
}

impl Row {
    pub(crate) fn cosign_kind(&self) -> Option<CosignKind> {
        let kind = self.descriptor.annotation(COSIGN_KIND)?;
        match kind.as_str().strip_prefix("dev.cosignproject.cosign/")? {
            "image" | "imageIndex" => Some(CosignKind::Image),
            "sigs" | "atts" | "sboms" => Some(CosignKind::Attached),
            _ => None,
        }
    }

    /// The subject whose list of referrers this row's manifest is, by olareg.
    pub fn olareg_subject(&self) -> Option<Digest> {
        let mut keys = OLAREG_SUBJECT.iter();
        let subject = keys.find_map(|key| self.descriptor.annotation(key))?;
        subject.as_str().parse().ok()
    }
}

/// The rows of an `index.json`, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The rows that could be read.
    pub rows: Vec<Row>,
    /// The annotations of the index itself.
    pub annotations: Annotations,
    /// What could not be read, each a fragment with its place.
    pub problems: Vec<String>,
    /// The tags of rows whose digest could not be read, and why.
    pub unread_tags: BTreeMap<RemoteText, String>,
    by_tag: HashMap<RemoteText, usize>,
    by_digest: HashMap<Digest, usize>,
    by_containerd_subject: HashMap<Digest, Vec<usize>>,
    by_olareg_subject: HashMap<Digest, Vec<usize>>,
    cosign_attached: HashMap<Digest, Vec<usize>>,
    /// Rows of `cosign save` of which the image is not clear.
    pub(crate) cosign_unclear: usize,
}

impl Rows {
    /// Reads an `index.json`. A row without a digest that can be read is a problem, and the others count.
    ///
    /// Errors: the bytes are no JSON object. Cost: `O(n)`.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        let Json { mut object, .. } = Json::parse(bytes)?;
        let mut reader = Reader::default();
        reader.list(&object, "manifests", "");
        // Each goes when it was read: the values of a hundred thousand rows take more than all that is made of them.
        let values = match object.remove("manifests") {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        };
        let mut rows = Self {
            annotations: reader.annotations(&object, "annotations", ""),
            ..Self::default()
        };
        for (number, value) in values.into_iter().enumerate() {
            rows.read(&mut reader, &value, &format!("manifests[{number}]"));
        }
        rows.problems
            .extend(reader.problems.iter().map(ToString::to_string));
        rows.tell_names_apart();
        rows.attach_cosign();
        Ok(rows)
    }

    fn read(&mut self, reader: &mut Reader, value: &Value, place: &str) {
        let Some(entry) = value.as_object() else {
            return reader.note(place, "is no descriptor");
        };
        let known = reader.problems.len();
        let Some(descriptor) = reader.descriptor(entry, place) else {
            if reader.problems.len() == known {
                reader.note(place, "has no digest");
            }
            let annotations = Reader::default().annotations(entry, "annotations", "");
            if let Some(name) = annotations.get(REF_NAME) {
                let why = format!("its row in index.json, {place}, has no digest that can be read");
                self.unread_tags.insert(name.clone(), why);
            }
            return;
        };
        let position = self.rows.len();
        self.by_digest.entry(descriptor.digest).or_insert(position);
        let mut row = Row {
            descriptor,
            tag: None,
        };
        if let Some(text) = row.descriptor.annotation(CONTAINERD_SUBJECT) {
            match text.as_str().parse() {
                Ok(subject) => push(&mut self.by_containerd_subject, subject, position),
                Err(error) => reader.note(place, format!("{CONTAINERD_SUBJECT}: {error}")),
            }
        }
        if let Some(subject) = row.olareg_subject() {
            push(&mut self.by_olareg_subject, subject, position);
        }
        row.tag = self.name(&row, position);
        self.rows.push(row);
    }

    /// The tag of a row. Where two rows have one name the first is the tag, as most tools read it; the other goes by
    /// its containerd name, or by none.
    fn name(&mut self, row: &Row, position: usize) -> Option<RemoteText> {
        // Newer versions of `cosign save` give the image's name to what is attached to it too.
        if row.cosign_kind() == Some(CosignKind::Attached) {
            return None;
        }
        let names = [REF_NAME, CONTAINERD_NAME]
            .into_iter()
            .filter_map(|key| row.descriptor.annotation(key));
        for name in names.filter(|name| !name.is_empty()) {
            let Some(taken) = self.by_tag.get(name) else {
                self.by_tag.insert(name.clone(), position);
                return Some(name.clone());
            };
            let first = self.rows.get(*taken);
            // The same row twice is no second tag.
            if first.is_some_and(|first| first.descriptor.digest == row.descriptor.digest) {
                return None;
            }
        }
        None
    }

    /// Where several images share the short name that Docker's `save` gives (`latest` of two repositories), each that has
    /// a full name goes by it: the short one would be that of any of them.
    fn tell_names_apart(&mut self) {
        let mut short: HashMap<&RemoteText, Vec<usize>> = HashMap::new();
        for (position, row) in self.rows.iter().enumerate() {
            let is_attached = row.cosign_kind() == Some(CosignKind::Attached);
            if let Some(name) = row.descriptor.annotation(REF_NAME).filter(|_| !is_attached) {
                short.entry(name).or_default().push(position);
            }
        }
        let digest_of = |position: usize| self.rows.get(position).map(|row| row.descriptor.digest);
        let shared = short.into_values().filter(|positions| {
            let first = positions.first().copied().and_then(digest_of);
            positions
                .iter()
                .any(|position| digest_of(*position) != first)
        });
        let shared: Vec<usize> = shared.flatten().collect();
        for position in shared.iter().copied() {
            let Some(row) = self.rows.get_mut(position) else {
                continue;
            };
            let full = row.descriptor.annotation(CONTAINERD_NAME).cloned();
            let full = full.filter(|full| !full.is_empty() && row.tag.as_ref() != Some(full));
            let Some(full) = full.filter(|full| !self.by_tag.contains_key(full)) else {
                continue;
            };
            if let Some(before) = row.tag.replace(full.clone()) {
                self.by_tag.remove(&before);
            }
            self.by_tag.insert(full, position);
        }
        // The short name is free then for one that has no other.
        for position in shared {
            let Some(row) = self.rows.get_mut(position).filter(|row| row.tag.is_none()) else {
                continue;
            };
            let name = row.descriptor.annotation(REF_NAME).cloned();
            if let Some(name) = name.filter(|name| !self.by_tag.contains_key(name)) {
                self.by_tag.insert(name.clone(), position);
                row.tag = Some(name);
            }
        }
    }

    /// Says what the rows of `cosign save` are attached to: the image of the same name, or the only one.
    fn attach_cosign(&mut self) {
        let of_kind = |kind| {
            let rows = self.rows.iter().enumerate();
            rows.filter(move |(_, row)| row.cosign_kind() == Some(kind))
        };
        let mut attached: HashMap<Digest, Vec<usize>> = HashMap::new();
        let mut unclear = 0;
        for (position, row) in of_kind(CosignKind::Attached) {
            let name = row.descriptor.annotation(REF_NAME);
            let mut images = of_kind(CosignKind::Image)
                .map(|(_, image)| &image.descriptor)
                .filter(|image| name.is_none() || image.annotation(REF_NAME) == name);
            match (images.next(), images.next()) {
                (Some(image), None) => push(&mut attached, image.digest, position),
                _ => unclear += 1,
            }
        }
        self.cosign_attached = attached;
        self.cosign_unclear = unclear;
    }

    /// The tags, in the order of the rows, and those whose row could not be read.
    pub fn tags(&self) -> Vec<RemoteText> {
        let read = self.rows.iter().filter_map(|row| row.tag.clone());
        let unread = self.unread_tags.keys();
        let unread = unread.filter(|tag| !self.by_tag.contains_key(*tag));
        read.chain(unread.cloned()).collect()
    }

    /// The row that `tag` is.
    pub fn tagged(&self, tag: &RemoteText) -> Option<&Row> {
        self.rows.get(*self.by_tag.get(tag)?)
    }

    /// The tag of the row that goes by `name`: a tag, else the full name that Docker's `save` writes beside one, which may
    /// be written as Docker shortens it (`app:1` for `docker.io/library/app:1`). None where several rows could be meant.
    pub fn tag_of(&self, name: &RemoteText) -> Option<RemoteText> {
        if let Some(row) = self.tagged(name) {
            return row.tag.clone();
        }
        let long = ["", "docker.io/", "docker.io/library/"]
            .map(|start| format!("{start}{}", name.as_str()));
        let is_meant = |row: &&Row| {
            let full = row.descriptor.annotation(CONTAINERD_NAME);
            full.is_some_and(|full| {
                let untagged = full.as_str().strip_suffix(":latest");
                let mut long = long.iter().map(String::as_str);
                long.any(|long| full.as_str() == long || untagged == Some(long))
            })
        };
        let mut meant = self.rows.iter().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(row), None) => row.tag.clone(),
            _ => None,
        }
    }

    /// The first row with this digest.
    pub fn with_digest(&self, digest: &Digest) -> Option<&Row> {
        self.rows.get(*self.by_digest.get(digest)?)
    }

    /// What the rows without a tag point to, each digest once.
    pub fn untagged(&self) -> Vec<Descriptor> {
        let mut seen = std::collections::HashSet::new();
        let rows = self.rows.iter().filter(|row| row.tag.is_none());
        rows.filter(|row| seen.insert(row.descriptor.digest))
            .map(|row| row.descriptor.clone())
            .collect()
    }

    /// What rows say by containerd's annotation that they refer to `subject`.
    pub(crate) fn containerd_referrers(&self, subject: &Digest) -> Vec<Descriptor> {
        self.at(self.by_containerd_subject.get(subject))
    }

    /// The rows whose manifests are olareg's lists of the referrers of `subject`.
    pub(crate) fn olareg_lists(&self, subject: &Digest) -> Vec<Descriptor> {
        self.at(self.by_olareg_subject.get(subject))
    }

    /// What `cosign save` attached to `subject`.
    pub(crate) fn cosign_attached(&self, subject: &Digest) -> Vec<Descriptor> {
        self.at(self.cosign_attached.get(subject))
    }

    /// Whether `digest` is an image that `cosign save` saved.
    pub(crate) fn is_cosign_image(&self, digest: &Digest) -> bool {
        self.rows.iter().any(|row| {
            row.descriptor.digest == *digest && row.cosign_kind() == Some(CosignKind::Image)
        })
    }

    fn at(&self, positions: Option<&Vec<usize>>) -> Vec<Descriptor> {
        let positions = positions.into_iter().flatten();
        let rows = positions.filter_map(|position| self.rows.get(*position));
        rows.map(|row| row.descriptor.clone()).collect()
    }
}

fn push(map: &mut HashMap<Digest, Vec<usize>>, key: Digest, position: usize) {
    map.entry(key).or_default().push(position);
}

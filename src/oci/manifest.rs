//! Manifests of every form: OCI image and index, the withdrawn OCI artifact, the ORAS artifact, Docker schema 2 and
//! list, Docker schema 1, and those of unknown form.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::json::{Json, JsonError, Problem, Reader, fold_case};
use super::schema1::{self, Schema1};
use super::{Annotations, Descriptor, Digest, Entries, ImageConfig, RemoteText, media_type};

/// The shape of a manifest, whatever it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// OCI image manifest or Docker schema 2: config and layers.
    Image,
    /// OCI index or Docker list: manifests.
    Index,
    /// OCI artifact manifest (withdrawn) or ORAS artifact manifest: blobs.
    Artifact,
    /// Docker schema 1: layers and history in one document.
    Schema1,
    /// None of these; kept as it is.
    Unknown,
}

/// A manifest: what it names, what it says of itself, its exact bytes, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Digest of the bytes; what the manifest was asked by.
    pub digest: Digest,
    /// The exact bytes.
    pub bytes: Arc<[u8]>,
    /// Media type: the document's own, else what the answer or the descriptor said, else what its fields imply.
    pub media_type: RemoteText,
    /// Its shape.
    pub form: Form,
    /// `artifactType`.
    pub artifact_type: Option<RemoteText>,
    /// The config of an image.
    pub config: Option<Descriptor>,
    /// The layers of an image (base first), the blobs of an artifact.
    pub layers: Entries,
    /// The entries of an index.
    pub manifests: Entries,
    /// What it refers to: `subject`, or the older spellings `refers` and `reference`.
    pub subject: Option<Descriptor>,
    /// Its own annotations.
    pub annotations: Annotations,
    /// What only schema 1 has.
    pub schema1: Option<Schema1>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// The first of its parts that should name something and cannot be read: an entry of an index, a layer, the config,
    /// the subject. Something may be missing from what is known because of it.
    pub unread_part: Option<Problem>,
}

impl Manifest {
    /// Reads `bytes`, of which the caller has checked that `digest` is theirs (schema 1 has its own rule, see
    /// [`Schema1`]). `hint` is the media type of the answer or descriptor, and counts only where the document does
    /// not state one.
    ///
    /// Errors: the bytes are no JSON object. Everything else is read as far as it can be, with `problems`.
    /// Cost: `O(n)` in the size of the document.
    pub fn parse(digest: Digest, bytes: Arc<[u8]>, hint: &str) -> Result<Self, JsonError> {
        let mut reader = Reader::default();
        let mut object = Json::parse(&bytes)?.noted(&mut reader);
        for key in fold(&mut object) {
            reader.note(
                &key,
                "is spelled in another case; readers disagree whether it counts, registries read it",
            );
        }
        let stated = reader
            .text(&object, "mediaType", "")
            .filter(|text| !text.is_empty());
        let media_type = stated
            .clone()
            .unwrap_or_else(|| implied_media_type(&object, hint).into());
        if let Some(stated) = stated
            .as_ref()
            .filter(|stated| is_contradicted(stated.as_str(), hint))
        {
            reader.note(
                "mediaType",
                format!(
                    "says {}, but the manifest was given as {hint}",
                    stated.as_str()
                ),
            );
        }
        let form = form_of(&object, media_type.as_str());
        if object.contains_key("manifests")
            && (object.contains_key("layers") || object.contains_key("config"))
        {
            reader.note("", "has both manifests and layers or config: tools disagree on what it is (CVE-2021-41190)");
        }
        let subject = subject_of(&mut reader, &object);
        if form == Form::Index && object.get("manifests").is_none_or(Value::is_null) {
            reader.note_unread("manifests", "is null or missing");
        }
        let layers = match form {
            Form::Artifact => reader.descriptors(&object, "blobs"),
            Form::Schema1 => schema1::layers(&mut reader, &object),
            _ => reader.descriptors(&object, "layers"),
        };
        let schema1 = (form == Form::Schema1).then(|| schema1::read(&mut reader, &object));
        let config = reader.object(&object, "config", "");
        let config = config.and_then(|config| {
            // Custom artifacts of old tools have a config without a digest: nothing to name.
            let is_blank = config
                .get("digest")
                .and_then(Value::as_str)
                .is_some_and(str::is_empty);
            if is_blank {
                None
            } else {
                reader.descriptor(config, "config")
            }
        });
        Ok(Self {
            digest,
            artifact_type: reader
                .text(&object, "artifactType", "")
                .filter(|text| !text.is_empty()),
            manifests: reader.descriptors(&object, "manifests"),
            annotations: reader.annotations(&object, "annotations", ""),
            bytes,
            media_type,
            form,
            config,
            layers,
            subject,
            schema1,
            unread_part: reader.unread,
            problems: reader.problems,
        })
    }

    /// Size of the document in bytes.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// What it weighs in memory, in bytes, roughly: the document, and what was made of it. Cost: `O(n)` in its entries.
    pub fn weight(&self) -> usize {
        let descriptors = self.config.iter().chain(&self.subject);
        let descriptors = descriptors.map(Descriptor::weight).sum::<usize>()
            + self.layers.weight()
            + self.manifests.weight();
        let problems = self.problems.len() * 64;
        // The texts of its history are parsed, and say as much again.
        let history = self.schema1.as_ref().map_or(0, |_| self.bytes.len() * 4);
        self.bytes.len()
            + descriptors
            + super::descriptor::weight_of(&self.annotations)
            + problems
            + history
    }

    /// A descriptor of this manifest as a referrers list must describe it (distribution-spec, "Listing Referrers"):
    /// with `artifactType`, or of an image manifest without one its config's media type, and all annotations.
    pub fn as_descriptor(&self) -> Descriptor {
        Descriptor {
            artifact_type: self.listed_artifact_type(),
            annotations: self.annotations.clone(),
            ..Descriptor::new(self.media_type.clone(), self.digest, self.size())
        }
    }

    /// The artifact type under which a referrers list must show this manifest.
    pub fn listed_artifact_type(&self) -> Option<RemoteText> {
        let config_type = || {
            self.config
                .as_ref()
                .map(|c| c.media_type.clone())
                .filter(|t| !t.is_empty())
        };
        self.artifact_type
            .clone()
            .or_else(|| (self.form == Form::Image).then(config_type).flatten())
    }

    /// The image that the document itself describes; only schema 1 does.
    pub fn own_image(&self) -> Option<&Arc<ImageConfig>> {
        self.schema1.as_ref()?.image.as_ref()
    }

    /// Sum of the sizes of config and layers that are known, in bytes.
    pub fn content_size(&self) -> u64 {
        let sizes = self
            .config
            .iter()
            .chain(&self.layers)
            .filter_map(|d| d.size);
        sizes.fold(0, u64::saturating_add)
    }
}

/// What a manifest's fields are called.
const FIELDS: [&str; 10] = [
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "manifests",
    "blobs",
    "subject",
    "annotations",
    "fsLayers",
];

/// What a descriptor's fields are called.
const DESCRIPTOR_FIELDS: [&str; 8] = [
    "mediaType",
    "digest",
    "size",
    "urls",
    "annotations",
    "platform",
    "artifactType",
    "data",
];

/// Reads keys in any case, as Go does: what a registry's collector keeps must not be predicted to go. Returns those that
/// were spelled otherwise, with their place.
fn fold(object: &mut Map<String, Value>) -> Vec<String> {
    let mut folded = fold_case(object, &FIELDS);
    let mut descriptor = |value: &mut Value, place: &str| {
        if let Some(entry) = value.as_object_mut() {
            let keys = fold_case(entry, &DESCRIPTOR_FIELDS);
            folded.extend(keys.into_iter().map(|key| format!("{place}.{key}")));
        }
    };
    for name in ["config", "subject"] {
        if let Some(value) = object.get_mut(name) {
            descriptor(value, name);
        }
    }
    for name in ["layers", "manifests", "blobs"] {
        let entries = object.get_mut(name).and_then(Value::as_array_mut);
        for (number, entry) in entries.into_iter().flatten().enumerate() {
            descriptor(entry, &format!("{name}[{number}]"));
        }
    }
    folded
}

/// The subject, under its name or one of those that it had in drafts (image-spec pull requests 828, 934, 950).
fn subject_of(reader: &mut Reader, object: &Map<String, Value>) -> Option<Descriptor> {
    if object
        .get("subject")
        .is_some_and(|subject| !subject.is_object() && !subject.is_null())
    {
        reader.note_unread("subject", "is no object");
    }
    let key = ["subject", "refers", "reference"]
        .into_iter()
        .find(|key| object.get(*key).is_some_and(Value::is_object))?;
    let entry = reader.object(object, key, "")?;
    reader.descriptor(entry, key)
}

/// The form that the media type names, else the one that the fields show.
fn form_of(object: &Map<String, Value>, media_type: &str) -> Form {
    match media_type {
        media_type::OCI_MANIFEST | media_type::DOCKER_MANIFEST => Form::Image,
        media_type::OCI_INDEX | media_type::DOCKER_LIST => Form::Index,
        media_type::OCI_ARTIFACT | media_type::ORAS_ARTIFACT => Form::Artifact,
        media_type::DOCKER_SCHEMA1 | media_type::DOCKER_SCHEMA1_SIGNED => Form::Schema1,
        _ if object.contains_key("fsLayers") => Form::Schema1,
        // Null is nothing, as it is to Go.
        _ if object
            .get("manifests")
            .is_some_and(|value| !value.is_null()) =>
        {
            Form::Index
        }
        _ if object.contains_key("layers") && object.contains_key("config") => Form::Image,
        _ if object.contains_key("blobs") && object.contains_key("artifactType") => Form::Artifact,
        _ => Form::Unknown,
    }
}

/// The media type of a document that does not state one: what it was given as, if that is a manifest's, else what
/// its fields imply.
fn implied_media_type(object: &Map<String, Value>, hint: &str) -> String {
    let hint = media_type::essence(hint);
    if media_type::is_manifest(&hint) {
        return hint;
    }
    match form_of(object, "") {
        Form::Image => media_type::OCI_MANIFEST.to_owned(),
        Form::Index => media_type::OCI_INDEX.to_owned(),
        Form::Artifact => media_type::ORAS_ARTIFACT.to_owned(),
        Form::Schema1 if object.contains_key("signatures") => {
            media_type::DOCKER_SCHEMA1_SIGNED.to_owned()
        }
        Form::Schema1 => media_type::DOCKER_SCHEMA1.to_owned(),
        Form::Unknown => hint,
    }
}

/// Whether a document was given as another form than it says to be: a known way to fool tools.
fn is_contradicted(stated: &str, hint: &str) -> bool {
    let hint = media_type::essence(hint);
    media_type::is_manifest(&hint) && media_type::is_manifest(stated) && hint != stated
}

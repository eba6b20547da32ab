//! A registry in memory that things are pushed to, as clients do.

use std::collections::{BTreeMap, BTreeSet};

use regscope::oci::{Digest, media_type};

use crate::json::{Pairs, Value, texts};

/// The host in the names that documents give each other.
pub(crate) const HOST: &str = regscope::source::demo::ORIGIN;

/// How one document names another.
#[derive(Clone, Debug)]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    /// Operating system and architecture.
    pub(crate) platform: Option<(&'static str, &'static str)>,
    pub(crate) artifact_type: Option<String>,
    pub(crate) annotations: Pairs,
    /// The content itself, in base64.
    pub(crate) data: Option<&'static str>,
}

impl Descriptor {
    pub(crate) fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest,
            size,
            platform: None,
            artifact_type: None,
            annotations: Pairs::new(),
            data: None,
        }
    }

    /// A descriptor of content that exists nowhere: layers.
    pub(crate) fn of_layer(media_type: &str, name: &str, size: u64) -> Self {
        Self::new(media_type, digest_of_name(name), size)
    }

    pub(crate) fn with_annotations(mut self, annotations: Pairs) -> Self {
        self.annotations = annotations;
        self
    }

    /// Only what names the content, as a subject is written.
    pub(crate) fn plain(&self) -> Self {
        Self::new(&self.media_type, self.digest, self.size)
    }
}

impl From<&Descriptor> for Value {
    fn from(descriptor: &Descriptor) -> Self {
        let platform = descriptor
            .platform
            .map(|(os, architecture)| object! { "architecture" => architecture, "os" => os });
        object! {
            "mediaType" => descriptor.media_type.as_str(),
            "digest" => descriptor.digest,
            "size" => descriptor.size,
        }
        .with_some("data", descriptor.data)
        .with_some("annotations", texts(&descriptor.annotations))
        .with_some("platform", platform)
        .with_some("artifactType", descriptor.artifact_type.as_deref())
    }
}

impl From<Descriptor> for Value {
    fn from(descriptor: Descriptor) -> Self {
        Self::from(&descriptor)
    }
}

/// A digest for content that is only spoken of, made from a name for it.
pub(crate) fn digest_of_name(name: &str) -> Digest {
    Digest::of(format!("regscope demo: {name}").as_bytes())
}

/// All repositories, by path.
#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) repositories: BTreeMap<String, Repository>,
}

impl Registry {
    /// The repository with this path, empty at first, with a referrers API.
    pub(crate) fn repository(&mut self, path: &str) -> &mut Repository {
        self.repositories
            .entry(path.to_owned())
            .or_insert_with(|| Repository::new(path))
    }
}

/// One repository.
pub(crate) struct Repository {
    pub(crate) path: String,
    pub(crate) has_referrers_api: bool,
    pub(crate) tags: BTreeMap<String, Digest>,
    pub(crate) manifests: BTreeMap<Digest, (Descriptor, Vec<u8>)>,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
    /// What the referrers API lists, by subject, in the order of pushing.
    pub(crate) referrers: BTreeMap<Digest, Vec<Descriptor>>,
    /// Whose stored bytes were cut off by a failing disk.
    pub(crate) damaged: BTreeSet<Digest>,
}

impl Repository {
    fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            has_referrers_api: true,
            tags: BTreeMap::new(),
            manifests: BTreeMap::new(),
            blobs: BTreeMap::new(),
            referrers: BTreeMap::new(),
            damaged: BTreeSet::new(),
        }
    }

    /// The full name, as documents write it.
    pub(crate) fn name(&self) -> String {
        format!("{HOST}/{}", self.path)
    }

    /// Pushes a blob.
    pub(crate) fn push_blob(&mut self, media_type: &str, bytes: Vec<u8>) -> Descriptor {
        let digest = Digest::of(&bytes);
        let descriptor = Descriptor::new(media_type, digest, bytes.len() as u64);
        self.blobs.insert(digest, bytes);
        descriptor
    }

    /// Pushes the blob `{}`, which stands for "no config".
    pub(crate) fn push_empty(&mut self) -> Descriptor {
        self.push_blob(media_type::OCI_EMPTY, b"{}".to_vec())
    }

    /// Pushes a manifest of any form.
    pub(crate) fn push_manifest(&mut self, media_type: &str, body: &Value) -> Descriptor {
        let bytes = body.to_bytes();
        let digest = Digest::of(&bytes);
        let descriptor = Descriptor::new(media_type, digest, bytes.len() as u64);
        self.manifests.insert(digest, (descriptor.clone(), bytes));
        descriptor
    }

    /// Pushes an index.
    pub(crate) fn push_index(&mut self, entries: &[Descriptor], annotations: &Pairs) -> Descriptor {
        let entries: Vec<Value> = entries.iter().map(Value::from).collect();
        let body = object! {
            "schemaVersion" => 2_u64,
            "mediaType" => media_type::OCI_INDEX,
            "manifests" => entries,
        };
        let body = body.with_some("annotations", texts(annotations));
        self.push_manifest(media_type::OCI_INDEX, &body)
    }

    /// Pushes an artifact in an OCI image manifest. What has a subject is listed by the referrers API from then on.
    pub(crate) fn push_artifact(&mut self, artifact: Artifact) -> Descriptor {
        let layers: Vec<Value> = artifact.layers.iter().map(Value::from).collect();
        let body = object! {
            "schemaVersion" => 2_u64,
            "mediaType" => media_type::OCI_MANIFEST,
        };
        let body = body
            .with_some("artifactType", artifact.kind.as_deref())
            .with("config", &artifact.config)
            .with("layers", layers)
            .with_some("annotations", texts(&artifact.annotations))
            .with_some(
                "subject",
                artifact.subject.as_ref().map(|s| Value::from(s.plain())),
            );
        let pushed = self.push_manifest(media_type::OCI_MANIFEST, &body);
        if let Some(subject) = artifact.subject {
            let stated = artifact.kind;
            let mut entry = pushed.clone().with_annotations(artifact.annotations);
            entry.artifact_type = Some(stated.unwrap_or(artifact.config.media_type));
            self.referrers
                .entry(subject.digest)
                .or_default()
                .push(entry);
        }
        pushed
    }

    /// Lets a tag name a manifest.
    pub(crate) fn tag(&mut self, name: &str, manifest: &Descriptor) {
        self.tags.insert(name.to_owned(), manifest.digest);
    }

    /// Deletes a manifest by digest, and with it the tags that name it. Whatever refers to it stays.
    pub(crate) fn delete(&mut self, manifest: &Descriptor) {
        self.manifests.remove(&manifest.digest);
        self.tags.retain(|_, digest| *digest != manifest.digest);
    }
}

/// What an artifact's manifest says.
pub(crate) struct Artifact {
    /// `artifactType`
    pub(crate) kind: Option<String>,
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    pub(crate) annotations: Pairs,
    pub(crate) subject: Option<Descriptor>,
}

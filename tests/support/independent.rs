//! A reading of an OCI image layout that shares no code with the product: what `regscope tree` must show of a folder,
//! worked out from the files alone (image-spec 1.1, distribution-spec 1.1, `docs/formats.md`,
//! `docs/interface.md`).
//!
//! It is slow and simple on purpose: every file is read, every rule is one loop over everything.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test file takes its part of this"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A node by what makes it itself: nothing for the repository, `:TAG`, or a digest.
pub type Key = String;

/// The key of the repository.
pub const REPOSITORY: &str = "";

/// What is known of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// As `docs/interface.md` names it.
    pub kind: String,
    /// Bytes.
    pub size: Option<u64>,
    /// As `docs/interface.md` names it.
    pub state: String,
}

/// Ways in which an edge was found.
pub type Ways = BTreeSet<String>;

/// Nodes and edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Every node.
    pub nodes: BTreeMap<Key, Node>,
    /// Every edge, by its ends and its kind.
    pub edges: BTreeMap<(Key, Key, String), Ways>,
    /// What was asked and could not be known: the node, and its state.
    pub holes: BTreeSet<(Key, String)>,
    /// The manifests of which the referrers are known, with whether there are any.
    pub asked: BTreeMap<Key, bool>,
}

const REF_NAME: &str = "org.opencontainers.image.ref.name";
const INDEXES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
const IMAGES: [&str; 4] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
];
const ARTIFACTS: [&str; 2] = [
    "application/vnd.oci.artifact.manifest.v1+json",
    "application/vnd.cncf.oras.artifact.manifest.v1+json",
];
const OLAREG: [&str; 2] = [
    "org.olareg.referrer.subject",
    "org.opencontainers.image.referrer.subject",
];

/// The files of a layout.
#[derive(Default)]
struct Store {
    rows: Vec<Value>,
    /// Content by digest; nothing where the content has another digest than its name says.
    blobs: BTreeMap<String, Option<Vec<u8>>>,
}

impl Store {
    fn open(folder: &Path) -> Self {
        let index = std::fs::read(folder.join("index.json")).unwrap();
        let index: Value = serde_json::from_slice(&index).unwrap();
        let mut blobs = BTreeMap::new();
        for algorithm in ["sha256", "sha384", "sha512"] {
            let Ok(files) = std::fs::read_dir(folder.join("blobs").join(algorithm)) else {
                continue;
            };
            for file in files.map(Result::unwrap) {
                let digest = format!("{algorithm}:{}", file.file_name().to_str().unwrap());
                let bytes = std::fs::read(file.path()).unwrap();
                let is_right = digest_of(algorithm, &bytes) == digest;
                blobs.insert(digest, is_right.then_some(bytes));
            }
        }
        Self {
            rows: list(&index, "manifests"),
            blobs,
        }
    }

    /// The document with this digest, or the state of what has none.
    fn document(&self, digest: &str) -> Result<Map<String, Value>, &'static str> {
        let bytes = self.blobs.get(digest).ok_or("missing")?;
        let bytes = bytes.as_ref().ok_or("invalid")?;
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(document)) => Ok(document),
            _ => Err("invalid"),
        }
    }
}

/// The digest of `bytes`.
pub fn digest_of(algorithm: &str, bytes: &[u8]) -> String {
    let hash = match algorithm {
        "sha384" => Sha384::digest(bytes).to_vec(),
        "sha512" => Sha512::digest(bytes).to_vec(),
        _ => Sha256::digest(bytes).to_vec(),
    };
    let hex: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{algorithm}:{}", hex.concat())
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value[key].as_array().cloned().unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn annotation<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value["annotations"][key]
        .as_str()
        .filter(|text| !text.is_empty())
}

/// A digest that can be one.
fn digest(value: &Value) -> Option<String> {
    let text = value["digest"].as_str()?;
    is_digest(text).then(|| text.to_owned())
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else {
        return false;
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
}

/// What a descriptor or a document of this media type is, if the type says it.
fn kind_of_type(media_type: &str) -> Option<&'static str> {
    match media_type {
        _ if INDEXES.contains(&media_type) => Some("index"),
        _ if IMAGES.contains(&media_type) => Some("manifest"),
        _ if ARTIFACTS.contains(&media_type) => Some("artifact"),
        _ => None,
    }
}

/// What a document is: by its own media type, else by what a descriptor gave it as, else by its fields. `None` where
/// nothing tells that it is a manifest.
fn kind_of_document(document: &Map<String, Value>, given: &str) -> Option<&'static str> {
    let stated = document
        .get("mediaType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let has = |key| document.contains_key(key);
    kind_of_type(stated)
        .or_else(|| kind_of_type(given).filter(|_| stated.is_empty()))
        .or_else(|| {
            if has("manifests") {
                Some("index")
            } else if has("fsLayers") || has("layers") && has("config") {
                Some("manifest")
            } else if has("blobs") && has("artifactType") {
                Some("artifact")
            } else {
                None
            }
        })
}

/// The subject of a document, also under the names that it had in drafts.
fn subject(document: &Map<String, Value>) -> Option<Value> {
    let key = ["subject", "refers", "reference"]
        .into_iter()
        .find(|key| document.get(*key).is_some_and(Value::is_object))?;
    document
        .get(key)
        .cloned()
        .filter(|subject| digest(subject).is_some())
}

/// A tag's name with a digest in it: the digest (or the part of it that the name has room for) and the suffix.
fn digest_tag(name: &str) -> Option<(String, Option<String>)> {
    let (stem, suffix) = match name.split_once('.') {
        Some((stem, suffix)) => (stem, Some(suffix.to_owned())),
        None => (name, None),
    };
    let (algorithm, hex) = stem.split_once('-')?;
    let is_known = ["sha256", "sha384", "sha512"].contains(&algorithm);
    let is_cut = algorithm != "sha256"
        && hex.len() == 64
        && hex.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    let stem = format!("{algorithm}:{hex}");
    (is_known && (is_digest(&stem) || is_cut)).then_some((stem, suffix))
}

/// Works out what a layout holds.
pub fn read(folder: &Path) -> Reading {
    let mut reader = Reader {
        store: Store::open(folder),
        ..Reader::default()
    };
    reader.tags();
    reader.find_manifests();
    reader.name_everything();
    reader.relate_tags();
    reader.relate_rows();
    reader.finish()
}

#[derive(Default)]
struct Reader {
    store: Store,
    /// What each tag names.
    tags: BTreeMap<String, String>,
    /// Manifests that were read, with what they are.
    documents: BTreeMap<String, (Map<String, Value>, &'static str)>,
    /// Manifests that were asked for in vain, with their state.
    unread: BTreeMap<String, &'static str>,
    /// What descriptors say of what they name: kind (surest first), size.
    described: BTreeMap<String, Described>,
    reading: Reading,
}

#[derive(Default)]
struct Described {
    by_type: Option<&'static str>,
    is_manifest: bool,
    size: Option<u64>,
}

impl Reader {
    /// A row is a tag by its name; what `cosign save` attached has the name of its image and is none. Of two rows with
    /// one name the first is the tag, and the other goes by the name that containerd gave it.
    fn tags(&mut self) {
        for row in &self.store.rows {
            let Some(named) = digest(row) else { continue };
            let given = [REF_NAME, "io.containerd.image.name"]
                .into_iter()
                .filter_map(|key| annotation(row, key));
            let is_attached = matches!(cosign_kind(row), Some("sigs" | "atts" | "sboms"));
            let is_free = |name: &&str| self.tags.get(*name).is_none_or(|taken| *taken == named);
            if let Some(name) = given.filter(|_| !is_attached).find(is_free) {
                self.tags.insert(name.to_owned(), named);
            }
        }
    }

    /// Every manifest that a row names, that an index lists, that something refers to, or that refers to something.
    fn find_manifests(&mut self) {
        let mut wanted: BTreeSet<String> = self.store.rows.iter().filter_map(digest).collect();
        for name in self.tags.keys() {
            wanted.extend(
                digest_tag(name)
                    .map(|(subject, _)| subject)
                    .filter(|subject| is_digest(subject)),
            );
        }
        for blob in self.store.blobs.keys() {
            let document = self.store.document(blob);
            if let Ok(document) = document
                && kind_of_document(&document, "").is_some()
                && subject(&document).is_some()
            {
                wanted.insert(blob.clone());
            }
        }
        while let Some(next) = wanted.pop_first() {
            if self.documents.contains_key(&next) || self.unread.contains_key(&next) {
                continue;
            }
            match self.store.document(&next) {
                Err(state) => {
                    self.unread.insert(next, state);
                }
                Ok(document) => {
                    let children = list(&Value::Object(document.clone()), "manifests");
                    wanted.extend(children.iter().filter_map(digest));
                    wanted.extend(children.iter().filter_map(buildkit_subject));
                    wanted.extend(subject(&document).as_ref().and_then(digest));
                    let given = self
                        .store
                        .rows
                        .iter()
                        .find(|row| digest(row).as_deref() == Some(&next));
                    let given = given.map_or("", |row| text(row, "mediaType"));
                    let kind = kind_of_document(&document, given).unwrap_or("manifest");
                    self.documents.insert(next, (document, kind));
                }
            }
        }
    }

    fn name_everything(&mut self) {
        for row in self.store.rows.clone() {
            self.describe(&row, true);
        }
        for (from, (document, kind)) in self.documents.clone() {
            let document = Value::Object(document);
            let layers = if kind == "artifact" {
                "blobs"
            } else {
                "layers"
            };
            for child in list(&document, "manifests") {
                self.edge_to(&from, &child, "child", true);
                if let Some(subject) = buildkit_subject(&child) {
                    self.edge(
                        &digest(&child).unwrap(),
                        &subject,
                        "subject",
                        "buildkit-annotation",
                    );
                }
            }
            self.edge_to(&from, &document["config"], "config", false);
            for layer in list(&document, layers) {
                self.edge_to(&from, &layer, "layer", false);
            }
            for layer in list(&document, "fsLayers") {
                self.edge_to(
                    &from,
                    &serde_json::json!({"digest": layer["blobSum"]}),
                    "layer",
                    false,
                );
            }
            if let Some(subject) = subject(document.as_object().unwrap()) {
                self.edge_to(&from, &subject, "subject", true);
            }
        }
    }

    /// Notes what a descriptor says of what it names, and gives its digest.
    fn describe(&mut self, descriptor: &Value, is_manifest: bool) -> Option<String> {
        let to = digest(descriptor)?;
        let described = self.described.entry(to.clone()).or_default();
        described.is_manifest |= is_manifest;
        described.by_type = described
            .by_type
            .or(kind_of_type(text(descriptor, "mediaType")));
        described.size = described.size.max(descriptor["size"].as_u64());
        Some(to)
    }

    fn edge_to(&mut self, from: &str, descriptor: &Value, kind: &str, is_manifest: bool) {
        if let Some(to) = self.describe(descriptor, is_manifest) {
            if kind == "subject" {
                // It says so itself, and a look at every manifest shows it.
                self.edge(from, &to, kind, "subject");
                self.edge(from, &to, kind, "manifest-scan");
            } else {
                self.edge(from, &to, kind, "descriptor");
            }
        }
    }

    fn edge(&mut self, from: &str, to: &str, kind: &str, way: &str) {
        let key = (from.to_owned(), to.to_owned(), kind.to_owned());
        self.reading
            .edges
            .entry(key)
            .or_default()
            .insert(way.to_owned());
    }

    /// Tags are on the list of tags and answer for themselves; those with a digest in their name relate what they name
    /// to that digest.
    fn relate_tags(&mut self) {
        for (name, named) in self.tags.clone() {
            let tag = format!(":{name}");
            self.edge(REPOSITORY, &tag, "contains", "tags-list");
            self.edge(&tag, &named, "names", "tag");
            match digest_tag(&name) {
                Some((subject, None)) => self.fallback(&named, &subject),
                Some((subject, Some(suffix))) if is_digest(&subject) => {
                    let is_cosign = matches!(suffix.as_str(), "sig" | "att" | "sbom");
                    let way = if is_cosign {
                        "cosign-tag"
                    } else {
                        "digest-tag"
                    };
                    self.edge(&named, &subject, "subject", way);
                }
                _ => {}
            }
        }
    }

    /// The entries of a fallback tag's index claim to refer to `subject`, of which the name may have a part only. What
    /// the referrer itself says counts; where it cannot be read, the claim stands if the name is whole.
    fn fallback(&mut self, index: &str, stem: &str) {
        let Some((document, _)) = self.documents.get(index) else {
            return;
        };
        for entry in list(&Value::Object(document.clone()), "manifests") {
            let Some(referrer) = digest(&entry) else {
                continue;
            };
            let own = match self.documents.get(&referrer) {
                Some((document, _)) => subject(document).as_ref().and_then(digest),
                None => is_digest(stem).then(|| stem.to_owned()),
            };
            if let Some(own) = own.filter(|own| own.starts_with(stem)) {
                self.edge(&referrer, &own, "subject", "fallback-tag");
            }
        }
    }

    /// What the rows of `index.json` say by annotations.
    fn relate_rows(&mut self) {
        let rows = self.store.rows.clone();
        for row in &rows {
            let Some(referrer) = digest(row) else {
                continue;
            };
            if let Some(subject) =
                annotation(row, "io.containerd.manifest.subject").filter(|text| is_digest(text))
            {
                self.edge_to_known(&referrer, subject, "containerd-annotation");
            }
            let listed = OLAREG
                .iter()
                .find_map(|key| annotation(row, key))
                .filter(|text| is_digest(text));
            if let Some(subject) = listed
                && let Some((index, _)) = self.documents.get(&referrer)
            {
                for entry in list(&Value::Object(index.clone()), "manifests") {
                    self.edge_to_known(&digest(&entry).unwrap_or_default(), subject, "olareg-row");
                }
            }
            if matches!(cosign_kind(row), Some("sigs" | "atts" | "sboms")) {
                let name = annotation(row, REF_NAME);
                let images = rows
                    .iter()
                    .filter(|image| matches!(cosign_kind(image), Some("image" | "imageIndex")));
                let images: Vec<_> = images
                    .filter(|image| name.is_none() || annotation(image, REF_NAME) == name)
                    .collect();
                if let [image] = images[..] {
                    self.edge_to_known(
                        &referrer,
                        &digest(image).unwrap_or_default(),
                        "cosign-save",
                    );
                }
            }
        }
    }

    /// A row's claim holds for a subject that is somewhere in the layout's manifests.
    fn edge_to_known(&mut self, referrer: &str, subject: &str, way: &str) {
        let is_known = self.documents.contains_key(subject) || self.unread.contains_key(subject);
        if is_known && is_digest(referrer) {
            self.edge(referrer, subject, "subject", way);
        }
    }

    fn finish(mut self) -> Reading {
        let repository = Node {
            kind: "repository".into(),
            size: None,
            state: "loaded".into(),
        };
        self.reading.nodes.insert(REPOSITORY.into(), repository);
        for name in self.tags.keys() {
            let tag = Node {
                kind: "tag".into(),
                size: None,
                state: "loaded".into(),
            };
            self.reading.nodes.insert(format!(":{name}"), tag);
        }
        let ends = self
            .reading
            .edges
            .keys()
            .flat_map(|(from, to, _)| [from.clone(), to.clone()]);
        let mut digests: BTreeSet<String> = ends.filter(|key| is_digest(key)).collect();
        digests.extend(self.documents.keys().cloned());
        digests.extend(self.unread.keys().cloned());
        for digest in digests {
            let node = self.node(&digest);
            self.reading.nodes.insert(digest, node);
        }
        self.holes();
        self.asked();
        self.reading
    }

    fn node(&self, digest: &str) -> Node {
        let nothing = Described::default();
        let described = self.described.get(digest).unwrap_or(&nothing);
        let is_spoken_of = described.is_manifest || self.unread.contains_key(digest);
        let kind = match self.documents.get(digest) {
            Some((_, kind)) => kind,
            None => described
                .by_type
                .unwrap_or(if is_spoken_of { "manifest" } else { "blob" }),
        };
        // A layout's configs are read, its layers are not.
        let config = || {
            self.configs_with_types()
                .into_iter()
                .find(|(config, _)| config == digest)
        };
        let state = match (self.documents.contains_key(digest), self.unread.get(digest)) {
            (true, _) => "loaded",
            (false, Some(state)) => state,
            (false, None) => config().map_or("not-asked", |(_, media_type)| {
                self.config_state(digest, &media_type)
            }),
        };
        let own_size = self
            .store
            .blobs
            .get(digest)
            .and_then(Option::as_ref)
            .map(|bytes| bytes.len() as u64);
        Node {
            kind: kind.to_owned(),
            size: own_size.filter(|_| state == "loaded").or(described.size),
            state: state.to_owned(),
        }
    }

    /// The configs of all manifests that were read, with the types that these give them.
    fn configs_with_types(&self) -> Vec<(String, String)> {
        let configs = self
            .documents
            .values()
            .filter_map(|(document, _)| document.get("config"));
        configs
            .filter_map(|config| Some((digest(config)?, text(config, "mediaType").to_owned())))
            .collect()
    }

    /// An image's config is JSON; other configs are anything.
    fn config_state(&self, digest: &str, media_type: &str) -> &'static str {
        let is_image = matches!(
            media_type,
            "application/vnd.oci.image.config.v1+json"
                | "application/vnd.docker.container.image.v1+json"
        );
        match self.store.blobs.get(digest) {
            None => "missing",
            Some(None) => "invalid",
            Some(Some(_)) if is_image && self.store.document(digest).is_err() => "invalid",
            Some(Some(_)) => "loaded",
        }
    }

    /// What was asked for and is not known. That a subject is not there is known.
    fn holes(&mut self) {
        // An index without a list may have lost its platforms.
        for (digest, (document, _)) in &self.documents {
            let has_no_list = document.get("manifests").is_some_and(Value::is_null);
            if has_no_list && self.reading.nodes.contains_key(digest) {
                let hole = (digest.clone(), "invalid".to_owned());
                self.reading.holes.insert(hole);
            }
        }
        for (key, node) in &self.reading.nodes {
            let is_answered = matches!(node.state.as_str(), "loaded" | "not-asked");
            let is_held = self
                .reading
                .edges
                .keys()
                .any(|(_, to, kind)| to == key && kind != "subject");
            if !is_answered && (node.state != "missing" || is_held) {
                self.reading.holes.insert((key.clone(), node.state.clone()));
            }
        }
    }

    /// Who refers to a manifest is known of every one, read or not.
    fn asked(&mut self) {
        let subjects = self
            .reading
            .edges
            .keys()
            .filter(|(_, _, kind)| kind == "subject");
        let subjects: BTreeSet<&String> = subjects.map(|(_, to, _)| to).collect();
        let asked = self.documents.keys().chain(self.unread.keys());
        self.reading.asked = asked
            .map(|digest| (digest.clone(), subjects.contains(digest)))
            .collect();
    }
}

/// What `cosign save` says a row is.
fn cosign_kind(row: &Value) -> Option<&str> {
    annotation(row, "kind")?.strip_prefix("dev.cosignproject.cosign/")
}

/// The platform manifest that BuildKit's attestation manifest speaks of, by its entry in an index.
fn buildkit_subject(entry: &Value) -> Option<String> {
    if annotation(entry, "vnd.docker.reference.type") != Some("attestation-manifest")
        || digest(entry).is_none()
    {
        return None;
    }
    let keys = ["vnd.docker.reference.digest", "com.docker.reference.digest"];
    let subject = keys.into_iter().find_map(|key| annotation(entry, key))?;
    is_digest(subject).then(|| subject.to_owned())
}

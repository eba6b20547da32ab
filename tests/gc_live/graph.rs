//! Random graphs, and what is done with them: a history that leads to a storage, then the actions that are predicted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::random::Random;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_IMAGE: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// What the registries are asked to accept.
pub const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";

/// Sets of names whose order in a walk over folders matters: `a/1`, `a`, `a/b`, `a-b` are walked in this order.
const NAMES: &[&[&str]] = &[
    &["r/a", "r/b"],
    &["r/b", "r/a", "r/c"],
    &["a", "a/b"],
    &["a", "a/1", "a-b"],
    &["team/app", "team-x", "team/app/base"],
    &["z", "b/x", "a"],
];

const TAGS: &[&str] = &["1.0", "1.1", "2.0", "latest", "edge"];

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Blob,
    Image,
    Index,
}

/// Something that has a digest.
#[derive(Clone, Debug)]
pub struct Object {
    /// Short, for people: `L` layer, `C` config, `A` image, `I` index, `X` artifact, `F` list of a fallback tag.
    pub name: String,
    pub kind: Kind,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
    pub digest: String,
    /// An image's config and layers.
    pub blobs: Vec<usize>,
    /// An index's manifests.
    pub children: Vec<usize>,
    pub subject: Option<usize>,
}

impl Object {
    pub fn is_manifest(&self) -> bool {
        self.kind != Kind::Blob
    }
}

/// One thing that is done. Repositories and objects are numbers in the graph.
#[derive(Clone, Debug)]
pub enum Step {
    /// A blob alone.
    Upload {
        repository: usize,
        object: usize,
    },
    /// A manifest, and below it whatever the repository lacks.
    Push {
        repository: usize,
        object: usize,
        tag: Option<String>,
    },
    /// A manifest that the repository has, under a tag: read, then pushed as it is.
    Move {
        repository: usize,
        object: usize,
        tag: String,
    },
    DeleteTag {
        repository: usize,
        tag: String,
    },
    DeleteManifest {
        repository: usize,
        object: usize,
    },
    /// The link of a blob, which leaves its data.
    DeleteBlob {
        repository: usize,
        object: usize,
    },
    /// The registry is stopped, collects, and is started again.
    Collect {
        untagged: bool,
    },
}

/// A graph with its history and its actions.
#[derive(Debug, Default)]
pub struct Graph {
    pub repositories: Vec<String>,
    pub objects: Vec<Object>,
    pub history: Vec<Step>,
    /// Only `DeleteTag`, `DeleteManifest` and `Move`.
    pub actions: Vec<Step>,
}

impl Graph {
    /// The graph of a seed.
    pub fn of(seed: u64) -> Self {
        let mut maker = Maker {
            random: Random::new(seed),
            ..Maker::default()
        };
        maker.objects();
        maker.history();
        maker.actions();
        maker.graph
    }

    /// The object with this digest.
    pub fn with_digest(&self, digest: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.digest == digest)
    }

    /// Every tag that any step mentions, by repository.
    pub fn tags(&self) -> BTreeSet<(String, String)> {
        let steps = self.history.iter().chain(&self.actions);
        steps
            .filter_map(|step| match step {
                Step::Push {
                    repository,
                    tag: Some(tag),
                    ..
                }
                | Step::Move {
                    repository, tag, ..
                }
                | Step::DeleteTag { repository, tag } => {
                    Some((self.repositories[*repository].clone(), tag.clone()))
                }
                _ => None,
            })
            .collect()
    }

    /// One line for a step, as a person reads it.
    pub fn describe(&self, step: &Step) -> String {
        let object = |object: &usize| &self.objects[*object].name;
        let at = |repository: &usize| &self.repositories[*repository];
        match step {
            Step::Upload {
                repository,
                object: blob,
            } => format!("upload      {}@{}", at(repository), object(blob)),
            Step::Push {
                repository,
                object: manifest,
                tag: Some(tag),
            } => format!(
                "push        {}:{tag} = {}",
                at(repository),
                object(manifest)
            ),
            Step::Push {
                repository,
                object: manifest,
                tag: None,
            } => format!("push        {}@{}", at(repository), object(manifest)),
            Step::Move {
                repository,
                object: manifest,
                tag,
            } => format!(
                "move        {}:{tag} = {}",
                at(repository),
                object(manifest)
            ),
            Step::DeleteTag { repository, tag } => {
                format!("delete tag  {}:{tag}", at(repository))
            }
            Step::DeleteManifest {
                repository,
                object: manifest,
            } => format!("delete      {}@{}", at(repository), object(manifest)),
            Step::DeleteBlob {
                repository,
                object: blob,
            } => format!("delete blob {}@{}", at(repository), object(blob)),
            Step::Collect { untagged } => {
                format!("collect     {}", if *untagged { "-m" } else { "" })
            }
        }
    }
}

/// The graph as a person reads it.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |ids: &[usize]| -> String {
            let names: Vec<&str> = ids
                .iter()
                .map(|id| self.objects[*id].name.as_str())
                .collect();
            names.join(" ")
        };
        writeln!(f, "repositories: {}", self.repositories.join(", "))?;
        for object in &self.objects {
            write!(
                f,
                "{:4} {} {:5} bytes",
                object.name,
                object.digest,
                object.bytes.len()
            )?;
            match object.kind {
                Kind::Blob => writeln!(f)?,
                Kind::Image => write!(f, "  blobs: {}", names(&object.blobs))?,
                Kind::Index => write!(f, "  children: {}", names(&object.children))?,
            }
            if object.is_manifest() {
                let subject = object.subject.map(|id| names(&[id]));
                writeln!(
                    f,
                    "{}",
                    subject.map_or_else(String::new, |name| format!("  subject: {name}"))
                )?;
            }
        }
        writeln!(f, "history:")?;
        for step in &self.history {
            writeln!(f, "  {}", self.describe(step))?;
        }
        writeln!(f, "actions:")?;
        for step in &self.actions {
            writeln!(f, "  {}", self.describe(step))?;
        }
        Ok(())
    }
}

/// The digest of some bytes.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

struct Maker {
    random: Random,
    graph: Graph,
    layers: Vec<usize>,
    configs: Vec<usize>,
    images: Vec<usize>,
    indexes: Vec<usize>,
    artifacts: Vec<usize>,
    never_pushed: usize,
    /// What a repository may have, as far as the history says.
    held: BTreeMap<usize, BTreeSet<usize>>,
    tags: BTreeMap<usize, BTreeSet<String>>,
}

impl Default for Maker {
    fn default() -> Self {
        Self {
            random: Random::new(0),
            graph: Graph::default(),
            layers: Vec::new(),
            configs: Vec::new(),
            images: Vec::new(),
            indexes: Vec::new(),
            artifacts: Vec::new(),
            never_pushed: 0,
            held: BTreeMap::new(),
            tags: BTreeMap::new(),
        }
    }
}

impl Maker {
    fn add(&mut self, name: String, kind: Kind, media_type: &'static str, bytes: Vec<u8>) -> usize {
        self.graph.objects.push(Object {
            name,
            kind,
            media_type,
            digest: digest_of(&bytes),
            bytes,
            blobs: Vec::new(),
            children: Vec::new(),
            subject: None,
        });
        self.graph.objects.len() - 1
    }

    fn blob(&mut self, name: String) -> usize {
        let size = if self.random.chance(20) {
            self.random.between(1000, 9000)
        } else {
            self.random.between(12, 200)
        };
        // Sizes are added up in the end: different ones tell which object is missing from a sum.
        let text: String = format!("{name} {} ", self.random.below(1_000_000))
            .chars()
            .cycle()
            .take(size)
            .collect();
        let bytes = if name.starts_with('C') {
            json!({"architecture": "amd64", "os": "linux", "author": text,
                "rootfs": {"type": "layers", "diff_ids": []}})
            .to_string()
            .into_bytes()
        } else {
            text.into_bytes()
        };
        self.add(name, Kind::Blob, "application/octet-stream", bytes)
    }

    fn descriptor(&self, object: usize, media_type: &str) -> Value {
        let object = &self.graph.objects[object];
        json!({"mediaType": media_type, "digest": object.digest, "size": object.bytes.len()})
    }

    fn image(
        &mut self,
        name: String,
        config: usize,
        layers: &[usize],
        subject: Option<usize>,
    ) -> usize {
        let is_docker = subject.is_none() && self.random.chance(15);
        let (media_type, config_type, layer_type) = if is_docker {
            (
                DOCKER_IMAGE,
                "application/vnd.docker.container.image.v1+json",
                "application/vnd.docker.image.rootfs.diff.tar.gzip",
            )
        } else {
            (
                IMAGE,
                "application/vnd.oci.image.config.v1+json",
                "application/vnd.oci.image.layer.v1.tar+gzip",
            )
        };
        let rows: Vec<Value> = layers
            .iter()
            .map(|layer| {
                let is_manifest = self.graph.objects[*layer].is_manifest();
                self.descriptor(
                    *layer,
                    if is_manifest {
                        "application/octet-stream"
                    } else {
                        layer_type
                    },
                )
            })
            .collect();
        let mut document = json!({"schemaVersion": 2, "mediaType": media_type,
            "config": self.descriptor(config, config_type), "layers": rows, "annotations": {"name": name}});
        if let Some(subject) = subject {
            let media_type = self.graph.objects[subject].media_type;
            document["subject"] = self.descriptor(subject, media_type);
            document["artifactType"] = json!("application/vnd.example");
        }
        let id = self.add(
            name,
            Kind::Image,
            media_type,
            document.to_string().into_bytes(),
        );
        let object = &mut self.graph.objects[id];
        object.blobs.push(config);
        object.blobs.extend_from_slice(layers);
        object.subject = subject;
        id
    }

    fn index(&mut self, name: String, children: &[usize], subject: Option<usize>) -> usize {
        let is_docker = subject.is_none() && self.random.chance(15);
        let media_type = if is_docker { DOCKER_LIST } else { INDEX };
        let rows: Vec<Value> = children
            .iter()
            .map(|child| {
                let mut row = self.descriptor(*child, self.graph.objects[*child].media_type);
                row["platform"] = json!({"architecture": "amd64", "os": "linux"});
                row
            })
            .collect();
        let mut document = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": rows,
            "annotations": {"name": name}});
        if let Some(subject) = subject {
            document["subject"] = self.descriptor(subject, self.graph.objects[subject].media_type);
        }
        let id = self.add(
            name,
            Kind::Index,
            media_type,
            document.to_string().into_bytes(),
        );
        let object = &mut self.graph.objects[id];
        object.children.extend_from_slice(children);
        object.subject = subject;
        id
    }

    fn some_layers(&mut self, most: usize) -> Vec<usize> {
        let count = self.random.between(0, most);
        (0..count)
            .filter_map(|_| self.random.pick(&self.layers).copied())
            .collect()
    }

    fn objects(&mut self) {
        let names = NAMES[self.random.below(NAMES.len())];
        self.graph.repositories = names.iter().map(|name| (*name).to_owned()).collect();
        for number in 0..self.random.between(3, 7) {
            let layer = self.blob(format!("L{number}"));
            self.layers.push(layer);
        }
        for number in 0..self.random.between(1, 4) {
            let config = self.blob(format!("C{number}"));
            self.configs.push(config);
        }
        let empty = self.add(
            "E".into(),
            Kind::Blob,
            "application/vnd.oci.empty.v1+json",
            b"{}".to_vec(),
        );
        for number in 0..self.random.between(2, 6) {
            let config = *self.random.pick(&self.configs).unwrap();
            let layers = self.some_layers(3);
            let image = self.image(format!("A{number}"), config, &layers, None);
            self.images.push(image);
        }
        self.never_pushed = self.image("N".into(), empty, &[], None);
        for number in 0..self.random.between(0, 4) {
            let possible = [self.images.as_slice(), self.indexes.as_slice()].concat();
            let children: Vec<usize> = (0..self.random.between(0, 4))
                .filter_map(|_| self.random.pick(&possible).copied())
                .collect();
            let subject = self.random.chance(10).then(|| possible[0]);
            let index = self.index(format!("I{number}"), &children, subject);
            self.indexes.push(index);
        }
        for number in 0..self.random.between(0, 5) {
            let possible = [
                self.images.as_slice(),
                self.indexes.as_slice(),
                self.artifacts.as_slice(),
            ]
            .concat();
            let mut layers = self.some_layers(1);
            if self.random.chance(6) {
                layers.push(*self.random.pick(&possible).unwrap());
            }
            let subject = if self.random.chance(10) {
                self.never_pushed
            } else {
                *self.random.pick(&possible).unwrap()
            };
            let config = if self.random.chance(80) {
                empty
            } else {
                self.configs[0]
            };
            let artifact = self.image(format!("X{number}"), config, &layers, Some(subject));
            self.artifacts.push(artifact);
        }
    }

    fn everything(&self) -> Vec<usize> {
        [
            self.images.as_slice(),
            self.indexes.as_slice(),
            self.artifacts.as_slice(),
        ]
        .concat()
    }

    fn push(&mut self, repository: usize, object: usize, tag: Option<String>) {
        let mut queue = vec![object];
        while let Some(object) = queue.pop() {
            self.held.entry(repository).or_default().insert(object);
            queue.extend(&self.graph.objects[object].children);
        }
        self.tags
            .entry(repository)
            .or_default()
            .extend(tag.iter().cloned());
        self.graph.history.push(Step::Push {
            repository,
            object,
            tag,
        });
    }

    fn digest_tag(&self, subject: usize, suffix: &str) -> String {
        format!(
            "{}{suffix}",
            self.graph.objects[subject].digest.replace(':', "-")
        )
    }

    fn history(&mut self) {
        let everything = self.everything();
        for repository in 0..self.graph.repositories.len() {
            if self.random.chance(4) {
                continue;
            }
            let never_tagged = self.random.chance(7);
            for _ in 0..self.random.between(1, 6) {
                let object = *self.random.pick(&everything).unwrap();
                let tag = (!never_tagged && self.random.chance(60))
                    .then(|| (*self.random.pick(TAGS).unwrap()).to_owned());
                self.push(repository, object, tag);
                if !never_tagged {
                    self.attach(repository, object);
                }
                if self.random.chance(25) {
                    self.disturb(repository);
                }
            }
        }
        if self.random.chance(12) {
            let untagged = self.random.chance(60);
            self.graph.history.push(Step::Collect { untagged });
            for _ in 0..self.random.between(0, 3) {
                let repository = self.random.below(self.graph.repositories.len());
                let object = *self.random.pick(&everything).unwrap();
                self.push(repository, object, None);
                self.disturb(repository);
            }
        }
    }

    /// Referrers of what was just pushed, in the ways of registries that know none.
    fn attach(&mut self, repository: usize, object: usize) {
        let referrers: Vec<usize> = self
            .artifacts
            .iter()
            .copied()
            .filter(|artifact| self.graph.objects[*artifact].subject == Some(object))
            .collect();
        if !referrers.is_empty() && self.random.chance(60) {
            for referrer in &referrers {
                self.push(repository, *referrer, None);
                // Referrers of referrers.
                let name = format!("F{}", self.graph.objects.len());
                let list = self.index(name, &[*referrer], None);
                if self.random.chance(50) {
                    let tag = self.digest_tag(object, "");
                    self.push(repository, list, Some(tag));
                }
            }
            if self.random.chance(60) {
                let name = format!("F{}", self.graph.objects.len());
                let list = self.index(name, &referrers, None);
                let tag = self.digest_tag(object, "");
                self.push(repository, list, Some(tag));
            }
            if self.random.chance(40) {
                let referrer = referrers[0];
                self.attach(repository, referrer);
            }
        }
        if self.random.chance(15) {
            let suffix = *self.random.pick(&[".sig", ".att", ".sbom"]).unwrap();
            let possible = [self.images.as_slice(), self.artifacts.as_slice()].concat();
            let signature = *self.random.pick(&possible).unwrap();
            let tag = self.digest_tag(object, suffix);
            self.push(repository, signature, Some(tag));
        }
    }

    /// Something that happens to a repository before anybody asks.
    fn disturb(&mut self, repository: usize) {
        let held: Vec<usize> = self
            .held
            .get(&repository)
            .map(|held| held.iter().copied().collect())
            .unwrap_or_default();
        let step = match self.random.below(10) {
            0..=3 => self.random.pick(&held).map(|object| Step::DeleteManifest {
                repository,
                object: *object,
            }),
            4..=5 => self
                .some_tag(repository)
                .map(|tag| Step::DeleteTag { repository, tag }),
            6..=7 => {
                let tag = (*self.random.pick(TAGS).unwrap()).to_owned();
                let object = self.random.pick(&held).copied();
                object.map(|object| {
                    self.tags.entry(repository).or_default().insert(tag.clone());
                    Step::Move {
                        repository,
                        object,
                        tag,
                    }
                })
            }
            8 => {
                let object = *self.random.pick(&self.layers).unwrap();
                Some(Step::Upload { repository, object })
            }
            _ => {
                let object = *self.random.pick(&self.layers).unwrap();
                Some(Step::DeleteBlob { repository, object })
            }
        };
        self.graph.history.extend(step);
    }

    fn some_tag(&mut self, repository: usize) -> Option<String> {
        let tags: Vec<String> = self
            .tags
            .get(&repository)
            .map(|tags| tags.iter().cloned().collect())
            .unwrap_or_default();
        self.random.pick(&tags).cloned()
    }

    fn actions(&mut self) {
        let everything = self.everything();
        for _ in 0..self.random.between(0, 4) {
            let repository = self.random.below(self.graph.repositories.len());
            let held: Vec<usize> = self
                .held
                .get(&repository)
                .map(|held| held.iter().copied().collect())
                .unwrap_or_default();
            let any = *self.random.pick(&everything).unwrap();
            let object = match self.random.pick(&held) {
                Some(object) if self.random.chance(92) => *object,
                _ => any,
            };
            let step = match self.random.below(10) {
                0..=3 => Step::DeleteTag {
                    repository,
                    tag: self
                        .some_tag(repository)
                        .unwrap_or_else(|| "never".to_owned()),
                },
                4..=7 => Step::DeleteManifest { repository, object },
                _ => {
                    let known = self.some_tag(repository);
                    let fresh = (*self.random.pick(TAGS).unwrap()).to_owned();
                    let tag = known.filter(|_| self.random.chance(70)).unwrap_or(fresh);
                    Step::Move {
                        repository,
                        object,
                        tag,
                    }
                }
            };
            self.graph.actions.push(step);
        }
    }
}

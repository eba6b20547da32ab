//! Storages that something went wrong with: written without a registry, damaged by chance, and collected.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::graph::{Graph, Step};
use super::random::Random;
use super::seen::stored;
use super::server::{Program, copy};
use crate::binary::regscope_with;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// Compares what is predicted of one damaged storage, without and with `-m`; returns what was wrong.
pub fn judge(program: &Program, seed: u64, is_verbose: bool) -> Vec<String> {
    let graph = Graph::of(seed);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("damaged");
    let mut random = Random::new(seed ^ 0xDA_4A6E);
    let tree = Tree {
        root: root.join("docker/registry/v2"),
    };
    tree.write(&graph);
    let mut told = Vec::new();
    for _ in 0..random.between(1, 2) {
        told.push(tree.damage(&graph, &mut random));
    }
    let mut wrong = Vec::new();
    for untagged in [false, true] {
        let policy = program.policies[usize::from(untagged)];
        let target = format!("storage:{}", root.display());
        let ran = regscope_with(&["impact", &target, "--policy", policy, "--format", "json"]);
        let to = folder.path().join(format!("collected-{untagged}"));
        copy(&root, &to);
        let collected = program.collect(&to, untagged);
        let (before, after) = (stored(&root), stored(&to));
        let freed: BTreeSet<&str> = before
            .keys()
            .filter(|digest| !after.contains_key(*digest))
            .map(String::as_str)
            .collect();
        let answer = ran.json();
        let objects = answer["objects_freed"].as_array().unwrap();
        let predicted: BTreeSet<&str> = objects
            .iter()
            .map(|object| object["digest"].as_str().unwrap())
            .collect();
        if predicted != freed || answer["aborted"].is_null() != collected.is_ok {
            wrong.push(format!(
                "{policy}, {told:?}: predicted {predicted:?} and {}; really {freed:?} and {}",
                answer["aborted"], collected.errors
            ));
        }
        if is_verbose {
            println!("{policy}, {told:?}: {}", answer["aborted"]);
        }
    }
    wrong
}

/// distribution's folders.
struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Everything that the history of a graph pushes, as if nothing had been deleted in between.
    fn write(&self, graph: &Graph) {
        for repository in &graph.repositories {
            fs::create_dir_all(self.of(repository).join("_layers")).unwrap();
        }
        for step in &graph.history {
            match step {
                Step::Upload { repository, object } => {
                    let object = &graph.objects[*object];
                    self.put_data(&object.digest, &object.bytes);
                    self.link(&graph.repositories[*repository], "_layers", &object.digest);
                }
                Step::Push {
                    repository,
                    object,
                    tag,
                } => {
                    let repository = &graph.repositories[*repository];
                    self.push(graph, repository, *object);
                    if let Some(tag) = tag {
                        self.tag(repository, tag, &graph.objects[*object].digest);
                    }
                }
                _ => {}
            }
        }
    }

    fn push(&self, graph: &Graph, repository: &str, object: usize) {
        let pushed = &graph.objects[object];
        for blob in &pushed.blobs {
            let blob = &graph.objects[*blob];
            self.put_data(&blob.digest, &blob.bytes);
            self.link(repository, "_layers", &blob.digest);
        }
        for child in &pushed.children {
            self.push(graph, repository, *child);
        }
        self.put_data(&pushed.digest, &pushed.bytes);
        self.link(repository, "_manifests/revisions", &pushed.digest);
    }

    fn of(&self, repository: &str) -> PathBuf {
        self.root.join("repositories").join(repository)
    }

    fn data(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap();
        let (shard, _) = hex.split_at(2);
        self.root.join(format!("blobs/sha256/{shard}/{hex}/data"))
    }

    fn put_data(&self, digest: &str, bytes: &[u8]) {
        put(&self.data(digest), bytes);
    }

    fn link(&self, repository: &str, inner: &str, digest: &str) {
        let place = self.of(repository).join(inner);
        put(
            &place.join(digest.replace(':', "/")).join("link"),
            digest.as_bytes(),
        );
    }

    fn tag(&self, repository: &str, tag: &str, digest: &str) {
        let place = self.of(repository).join("_manifests/tags").join(tag);
        put(&place.join("current/link"), digest.as_bytes());
    }

    /// One thing that goes wrong; returns what.
    fn damage(&self, graph: &Graph, random: &mut Random) -> String {
        let repository = random.pick(&graph.repositories).unwrap().clone();
        let links = |inner: &str| links(&self.of(&repository).join(inner));
        let texts = [
            "",
            "garbage",
            "sha256:12",
            "md5:0123456789abcdef",
            "sha256:\n",
        ];
        let text = *random.pick(&texts).unwrap();
        let (name, place, content) = match random.below(12) {
            0..=2 => return self.strange_manifest(graph, &repository, random),
            3 => (
                "revision",
                random.pick(&links("_manifests/revisions")).cloned(),
                text,
            ),
            4 => ("tag", random.pick(&links("_manifests/tags")).cloned(), text),
            5 => ("layer", random.pick(&links("_layers")).cloned(), text),
            6 => {
                let all = links("_manifests/revisions");
                let other = random.pick(&all).map(|link| fs::read(link).unwrap());
                let Some((link, other)) = random.pick(&all).zip(other) else {
                    return String::new();
                };
                fs::write(link, other).unwrap();
                return "a revision names another".to_owned();
            }
            7 => {
                let names = ["zz/garbage/data", "data", "00/data"];
                let name = random.pick(&names).unwrap();
                let place = self.root.join("blobs/sha256").join(name);
                ("data", Some(place), "x")
            }
            8 => {
                let gone = [
                    "_layers",
                    "_manifests",
                    "_manifests/tags",
                    "_manifests/revisions",
                ];
                let mut gone: Vec<_> = gone
                    .iter()
                    .map(|one| self.of(&repository).join(one))
                    .collect();
                gone.extend(["repositories", "blobs"].map(|one| self.root.join(one)));
                let gone = random.pick(&gone).unwrap();
                let _ = fs::remove_dir_all(gone);
                return format!("no {}", gone.display());
            }
            9 => {
                let link = random.pick(&links("_manifests/revisions")).cloned();
                let digest = link
                    .as_deref()
                    .map(|link| fs::read_to_string(link).unwrap());
                let digest = digest.filter(|digest| self.data(digest).exists());
                if let Some(digest) = &digest {
                    fs::remove_file(self.data(digest)).unwrap();
                }
                return format!("no data of {digest:?}");
            }
            10 => {
                let name = random.pick(&["Upper", "a__b/-c", "Host/ok"]).unwrap();
                let digest = &graph
                    .objects
                    .iter()
                    .find(|o| o.is_manifest())
                    .unwrap()
                    .digest;
                self.link(name, "_manifests/revisions", digest);
                fs::create_dir_all(self.of(name).join("_layers")).unwrap();
                return format!("a repository {name}");
            }
            _ => return self.other_content(&links("_manifests/revisions"), random),
        };
        if let Some(place) = &place {
            put(place, content.as_bytes());
        }
        format!("{name} {place:?} says {content:?}")
    }

    /// The data of a manifest is that of another, or cut off.
    fn other_content(&self, links: &[PathBuf], random: &mut Random) -> String {
        let mut data = || {
            let link = fs::read_to_string(random.pick(links)?).unwrap();
            let is_there = link.starts_with("sha256:") && self.data(&link).exists();
            is_there.then(|| self.data(&link))
        };
        let (Some(to), Some(from)) = (data(), data()) else {
            return String::new();
        };
        let bytes = fs::read(&from).unwrap();
        let bytes = match random.below(3) {
            0 => &bytes[..bytes.len() / 2],
            1 => &[],
            _ => &bytes[..],
        };
        fs::write(&to, bytes).unwrap();
        format!(
            "{} has {} bytes of {}",
            to.display(),
            bytes.len(),
            from.display()
        )
    }

    /// A manifest that not every reader reads.
    fn strange_manifest(&self, graph: &Graph, repository: &str, random: &mut Random) -> String {
        let blobs: Vec<&str> = graph
            .objects
            .iter()
            .filter(|object| !object.is_manifest() && self.data(&object.digest).exists())
            .map(|object| object.digest.as_str())
            .collect();
        let lone = format!("lone {repository}");
        let lone_digest = sha256(lone.as_bytes());
        self.put_data(&lone_digest, lone.as_bytes());
        let layer = random.pick(&blobs).copied().unwrap_or(&lone_digest);
        let layer = if random.chance(50) {
            &lone_digest
        } else {
            layer
        };
        let of = |rest: &str| format!(r#"{{"schemaVersion":2,"mediaType":"{IMAGE}",{rest}}}"#);
        let named = format!(r#"{{"digest":"{layer}","size":1}}"#);
        let bodies = [
            r#"{"schemaVersion":2,"mediaType":"application/x-foo","layers":[]}"#.to_owned(),
            format!(
                r#"{{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[{named}]}}"#
            ),
            format!(r#"{{"schemaVersion":1,"fsLayers":[{{"blobSum":"{layer}"}}]}}"#),
            format!(r#"{{"schemaVersion":2,"config":{named},"layers":[]}}"#),
            format!(r#"{{"schemaVersion":2,"manifests":null,"layers":[{named}]}}"#),
            format!(r#"{{"schemaVersion":2,"manifests":[{named}],"layers":[]}}"#),
            format!(r#"{{"schemaVersion":2,"manifests":{{}},"layers":[{named}]}}"#),
            of(&format!(
                r#""Config":{named},"LAYERS":[{{"Digest":"{layer}"}}]"#
            )),
            of(&format!(r#""config":{named},"layers":null"#)),
            of(r#""config":{"size":"1"}"#),
            of(&format!(r#""layers":[{{"digest":"{layer}","data":"?"}}]"#)),
            of(&format!(
                r#""layers":[{{"digest":"{layer}","urls":["http://x/y"]}}]"#
            )),
            of(&format!(
                r#""layers":[{named},null,{{"digest":"not-one"}}]"#
            )),
            of(&format!(r#""layers":[{named}],"annotations":{{"a":null}}"#)),
            of(&format!(r#""layers":[{named}],"annotations":{{"a":7}}"#)),
            of(&format!(
                r#""layers":[{named}],"subject":7,"artifactType":8"#
            )),
            format!("\u{feff}{}", of(&format!(r#""layers":[{named}]"#))),
            "[]".to_owned(),
            "null".to_owned(),
            "{}".to_owned(),
        ];
        let body = random.pick(&bodies).unwrap();
        let digest = sha256(body.as_bytes());
        self.put_data(&digest, body.as_bytes());
        self.link(repository, "_manifests/revisions", &digest);
        let is_tagged = random.chance(70);
        if is_tagged {
            self.tag(repository, "strange", &digest);
        }
        format!("tagged: {is_tagged}, {body}")
    }
}

fn put(place: &Path, bytes: &[u8]) {
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, bytes).unwrap();
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// Every file called `link`, sorted.
fn links(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(links(&path));
        } else if path.ends_with("link") {
            found.push(path);
        }
    }
    found.sort();
    found
}

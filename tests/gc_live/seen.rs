//! What a registry has: asked of the registry itself, and read from its disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::graph::{ACCEPT, Graph};
use super::http::Http;

/// A repository and a digest.
pub type Place = (String, String);

/// What a registry answers for, and what lies in its store.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Manifests that answer by digest.
    pub manifests: BTreeSet<Place>,
    /// Blobs that are served.
    pub blobs: BTreeSet<Place>,
    /// Repository and tag, and the digest that it answers with.
    pub tags: BTreeMap<(String, String), String>,
    /// Digest and size of what is in the one store.
    pub stored: BTreeMap<String, u64>,
}

impl Seen {
    /// Asks for everything that the graph knows, in every repository. Unless it `asks_all`, what a repository has no
    /// link to is not asked for: it takes most of the time and is never there.
    pub fn of(graph: &Graph, http: &mut Http, root: &Path, asks_all: bool) -> Self {
        let mut seen = Self {
            stored: stored(root),
            ..Self::default()
        };
        for repository in &graph.repositories {
            for object in &graph.objects {
                if !asks_all && !is_linked(root, repository, &object.digest) {
                    continue;
                }
                let place = || (repository.clone(), object.digest.clone());
                let path = format!("/v2/{repository}/blobs/{}", object.digest);
                if http.call("HEAD", &path, &[], b"").status == 200 {
                    seen.blobs.insert(place());
                }
                let path = format!("/v2/{repository}/manifests/{}", object.digest);
                if object.is_manifest()
                    && http.call("HEAD", &path, &[("Accept", ACCEPT)], b"").status == 200
                {
                    seen.manifests.insert(place());
                }
            }
        }
        for (repository, tag) in graph.tags() {
            let path = format!("/v2/{repository}/manifests/{tag}");
            let reply = http.call("HEAD", &path, &[("Accept", ACCEPT)], b"");
            if reply.status == 200 {
                let digest = reply.header("docker-content-digest").unwrap().to_owned();
                seen.tags.insert((repository, tag), digest);
            }
        }
        seen
    }

    /// Whether a repository gives out something, be it as a manifest or as a blob.
    pub fn serves(&self, place: &Place) -> bool {
        self.manifests.contains(place) || self.blobs.contains(place)
    }
}

/// Whether a repository has a link, as a manifest or as a blob.
fn is_linked(root: &Path, repository: &str, digest: &str) -> bool {
    let folder = root
        .join("docker/registry/v2/repositories")
        .join(repository);
    let link = format!("{}/link", digest.replace(':', "/"));
    ["_manifests/revisions", "_layers"]
        .iter()
        .any(|inner| folder.join(inner).join(&link).exists())
}

/// The blobs on the disk.
pub fn stored(root: &Path) -> BTreeMap<String, u64> {
    let mut stored = BTreeMap::new();
    let Ok(shards) = fs::read_dir(root.join("docker/registry/v2/blobs/sha256")) else {
        return stored;
    };
    for shard in shards {
        // A damaged storage has files among its folders.
        for blob in fs::read_dir(shard.unwrap().path()).into_iter().flatten() {
            let blob = blob.unwrap();
            if let Ok(data) = fs::metadata(blob.path().join("data")) {
                let name = blob.file_name().into_string().unwrap();
                stored.insert(format!("sha256:{name}"), data.len());
            }
        }
    }
    stored
}

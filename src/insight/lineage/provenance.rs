//! Bases by provenance: the images that went into a build. Build stages and frontends are among them.

use crate::evidence;
use crate::evidence::provenance::Material;
use crate::graph::{EdgeKind, Graph, NodeId};
use crate::oci::purpose::Role;
use crate::oci::{Digest, RemoteText};

use super::images::PlatformImage;
use super::reference;

/// The bytes of attached documents.
pub(super) type DocumentBytes<'a> = dyn Fn(&Digest) -> Option<std::sync::Arc<[u8]>> + 'a;

/// An image that went into a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BuiltWith {
    /// What it is called.
    pub(super) reference: String,
    /// Its digest: of what the tag named when it was built.
    pub(super) digest: Option<Digest>,
}

/// Repositories that build and are never built upon.
const TOOLS: [&str; 3] = [
    "docker/dockerfile",
    "docker/buildkit-syft-scanner",
    "docker/dockerfile-upstream",
];

/// The images that the provenance of an image names, each once, in the order of the documents.
pub(super) fn built_with(
    graph: &Graph,
    bytes: &DocumentBytes<'_>,
    image: &PlatformImage,
) -> Vec<BuiltWith> {
    let mut found: Vec<BuiltWith> = Vec::new();
    for subject in [Some(image.node), image.index].into_iter().flatten() {
        for document in attached(graph, subject) {
            let Some(text) = bytes(&document.0) else {
                continue;
            };
            let label = evidence::Label {
                media_type: document.1.as_str(),
                ..evidence::Label::default()
            };
            let reading = evidence::read(&text, &label, &evidence::Limits::default());
            let Some(provenance) = reading.provenance() else {
                continue;
            };
            for material in provenance
                .materials
                .iter()
                .filter(|material| material.is_image())
            {
                let Some(one) = material
                    .uri
                    .as_ref()
                    .and_then(|uri| read(uri.as_str(), material))
                else {
                    continue;
                };
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        // What speaks of the platform itself comes first; the index's speaks of all platforms.
        if !found.is_empty() {
            break;
        }
    }
    found
}

impl BuiltWith {
    /// Whether it is a tool of the build and no base of anything.
    pub(super) fn is_tool(&self) -> bool {
        let path = self
            .reference
            .strip_prefix("docker.io/")
            .unwrap_or(&self.reference);
        let path = path.split(['@']).next().unwrap_or(path);
        let path = path.rsplit_once(':').map_or(path, |(path, _)| path);
        TOOLS.contains(&path)
    }
}

fn read(uri: &str, material: &Material) -> Option<BuiltWith> {
    let (reference, digest) = reference::of_purl(uri).or_else(|| {
        let name = ["docker-pullable://", "oci://", "docker://"]
            .iter()
            .find_map(|scheme| uri.strip_prefix(scheme))?;
        let digest = name.rsplit_once('@');
        let digest = digest.and_then(|(_, digest)| digest.parse().ok());
        Some((name.to_owned(), digest))
    })?;
    let stated = material.digest.get("sha256");
    let stated = stated.and_then(|hash| format!("sha256:{}", hash.as_str()).parse().ok());
    Some(BuiltWith {
        reference,
        digest: stated.or(digest),
    })
}

/// The blobs of what refers to a manifest and may be provenance, with their media types.
fn attached(graph: &Graph, subject: NodeId) -> Vec<(Digest, RemoteText)> {
    let mut found = Vec::new();
    for referrer in graph.referrers(subject) {
        let role = graph.purpose(referrer.from).map(|purpose| purpose.role);
        let is_other = role
            .is_some_and(|role| matches!(role, Role::Image | Role::Sbom | Role::Vex | Role::Chart));
        if is_other {
            continue;
        }
        for edge in graph.outgoing(referrer.from) {
            let digest = graph.digest_of(edge.to);
            if let (EdgeKind::Layer, Some(digest)) = (edge.kind, digest) {
                let media_type = graph.view(edge.to).media_type.cloned();
                found.push((digest, media_type.unwrap_or_default()));
            }
        }
    }
    found
}

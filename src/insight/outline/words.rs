//! What things are called, for people.

use crate::graph::{Graph, NodeId, NodeKind};
use crate::oci::{RemoteText, Role, media_type, remote_text};

/// What a manifest or blob is, in one word: `index`, `image`, `sbom`, `chart`, `layer` …
pub fn thing(graph: &Graph, node: NodeId) -> &'static str {
    match graph.kind(node) {
        NodeKind::Registry => "registry",
        NodeKind::Repository => "repository",
        NodeKind::Tag => "tag",
        NodeKind::Blob => "blob",
        kind => match graph.purpose(node).map(|purpose| purpose.role) {
            Some(Role::Image) | None if kind == NodeKind::Index => "index",
            None => "manifest",
            Some(Role::Other) => "artifact",
            Some(role) => role.name(),
        },
    }
}

/// A media type without what all of them have: `tar+gzip` for a layer, `OCI image manifest` for a manifest.
pub fn short_media_type(media_type: &RemoteText) -> String {
    let essence = media_type::essence(media_type.as_str());
    let known = match essence.as_str() {
        media_type::OCI_MANIFEST => "OCI image manifest",
        media_type::OCI_INDEX => "OCI image index",
        media_type::OCI_ARTIFACT => "OCI artifact manifest (withdrawn)",
        media_type::ORAS_ARTIFACT => "ORAS artifact manifest",
        media_type::DOCKER_MANIFEST => "Docker manifest, schema 2",
        media_type::DOCKER_LIST => "Docker manifest list",
        media_type::DOCKER_SCHEMA1 => "Docker manifest, schema 1",
        media_type::DOCKER_SCHEMA1_SIGNED => "Docker manifest, schema 1, signed",
        media_type::OCI_CONFIG => "OCI image config",
        media_type::DOCKER_CONFIG => "Docker image config",
        media_type::OCI_EMPTY => "empty",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let tail = essence.strip_prefix("application/").unwrap_or(&essence);
    let layers = [
        "vnd.oci.image.layer.nondistributable.v1.",
        "vnd.oci.image.layer.v1.",
        "vnd.docker.image.rootfs.foreign.diff.",
        "vnd.docker.image.rootfs.diff.",
    ];
    let tail = layers
        .iter()
        .find_map(|prefix| tail.strip_prefix(prefix))
        .unwrap_or(tail);
    let tail = match tail {
        "tar.gzip" => "tar+gzip",
        tail => tail,
    };
    remote_text::clean(tail).into_owned()
}

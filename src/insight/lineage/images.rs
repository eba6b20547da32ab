//! The images of a graph, one a platform.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::graph::{EdgeKind, Graph, NodeId, NodeKind, NodeState};
use crate::insight::outline::{Documents, image_config};
use crate::oci::purpose::Role;
use crate::oci::tag::DigestTag;
use crate::oci::{Digest, ImageConfig, Manifest, RemoteText, Repository};

/// One image for one platform.
#[derive(Clone, Debug)]
pub struct PlatformImage {
    /// Its manifest.
    pub node: NodeId,
    /// Its digest.
    pub digest: Digest,
    /// Where it is.
    pub repository: Repository,
    /// What it runs on, `os/arch[/variant]`; absent where nothing says so.
    pub platform: Option<String>,
    /// The index that names it, if one does.
    pub index: Option<NodeId>,
    /// The tags that lead to it, most of them by its index; by name.
    pub tags: Vec<RemoteText>,
    /// Its manifest, where it was read.
    pub manifest: Option<Arc<Manifest>>,
    /// Its config, where it was read.
    pub config: Option<Arc<ImageConfig>>,
}

impl PlatformImage {
    /// The digests of its uncompressed layers, base first; none where its config was not read.
    pub fn diff_ids(&self) -> &[RemoteText] {
        let config = self.config.as_deref();
        config
            .map(|config| config.diff_ids.as_slice())
            .unwrap_or_default()
    }
}

/// The images that `roots` lead to, in the order of their repositories, names and platforms. Attestations, artifacts and
/// what only refers to an image are none. Cost: proportional to what is below the roots.
pub fn images(
    graph: &Graph,
    documents: &dyn Documents,
    roots: impl IntoIterator<Item = NodeId>,
) -> Vec<PlatformImage> {
    let mut found: BTreeMap<NodeId, PlatformImage> = BTreeMap::new();
    let mut queue: Vec<(NodeId, Option<RemoteText>, Option<NodeId>)> =
        roots.into_iter().map(|root| (root, None, None)).collect();
    let mut seen = HashSet::new();
    while let Some((node, tag, index)) = queue.pop() {
        if !seen.insert((node, tag.clone())) {
            continue;
        }
        match graph.kind(node) {
            NodeKind::Registry | NodeKind::Repository => {
                let edges = graph.outgoing(node).into_iter();
                queue.extend(edges.map(|edge| (edge.to, None, None)));
            }
            NodeKind::Tag => {
                let name = graph.tag_name(node).cloned();
                let is_image = name
                    .as_ref()
                    .is_some_and(|name| DigestTag::parse(name.as_str()).is_none());
                if let Some(target) = graph
                    .target(node)
                    .filter(|_| is_image && !graph.is_gone(node))
                {
                    queue.push((target, name, None));
                }
            }
            NodeKind::Index => {
                let edges = graph.outgoing(node).into_iter();
                let children = edges.filter(|edge| edge.kind == EdgeKind::Child);
                queue.extend(children.map(|edge| (edge.to, tag.clone(), Some(node))));
            }
            kind if kind.is_manifest() => {
                if let Some(image) = found.get_mut(&node) {
                    image.tags.extend(tag);
                    image.index = image.index.or(index);
                } else if let Some(mut image) = image(graph, documents, node) {
                    image.tags.extend(tag);
                    image.index = index;
                    found.insert(node, image);
                }
            }
            _ => {}
        }
    }
    let mut images: Vec<_> = found.into_values().collect();
    for image in &mut images {
        image.tags.sort();
        image.tags.dedup();
    }
    images.sort_by(|one, other| {
        let key = |image: &PlatformImage| {
            (
                image.repository.clone(),
                image.tags.clone(),
                image.platform.clone(),
                image.digest,
            )
        };
        key(one).cmp(&key(other))
    });
    images
}

/// The image that a manifest is, if it is one.
fn image(graph: &Graph, documents: &dyn Documents, node: NodeId) -> Option<PlatformImage> {
    let role = graph.purpose(node).map(|purpose| purpose.role);
    if role.is_some_and(|role| role != Role::Image) {
        return None;
    }
    let digest = graph.digest_of(node)?;
    let manifest = documents.manifest(&digest);
    let view = graph.view(node);
    let is_attestation = view
        .platform
        .is_some_and(|platform| *platform == "unknown/unknown");
    let is_unread = view.state != NodeState::Loaded && view.state != NodeState::NotAsked;
    if is_attestation || (manifest.is_none() && is_unread && view.platform.is_none()) {
        return None;
    }
    let config = manifest
        .as_ref()
        .and_then(|manifest| image_config(documents, manifest));
    let stated = view.platform.map(|platform| platform.as_str().to_owned());
    let platform = stated.or_else(|| config.as_ref().map(|config| config.platform.exact()));
    Some(PlatformImage {
        node,
        digest,
        repository: graph.repository_of(node)?.clone(),
        platform,
        index: None,
        tags: Vec::new(),
        manifest,
        config,
    })
}

//! What the image itself says of its base (image-spec, `annotations.md`): on the manifest, on its entry in the index, on
//! the index, and as labels of the config.

use crate::graph::{Graph, NodeId};
use crate::insight::outline::Documents;
use crate::oci::{Annotations, Digest, RemoteText};

use super::images::PlatformImage;

const NAME: &str = "org.opencontainers.image.base.name";
const DIGEST: &str = "org.opencontainers.image.base.digest";

/// What one place says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stated {
    /// `manifest`, `descriptor`, `index` or `config label`.
    pub(super) place: &'static str,
    pub(super) name: Option<RemoteText>,
    pub(super) digest: Option<Digest>,
}

/// What each place says, the nearest first; places that say nothing are left out.
pub(super) fn stated(
    graph: &Graph,
    documents: &dyn Documents,
    image: &PlatformImage,
) -> Vec<Stated> {
    let mut all = Vec::new();
    let mut take = |place, annotations: &Annotations| {
        let text = |key: &str| {
            annotations
                .get(key)
                .filter(|text| !text.is_empty())
                .cloned()
        };
        let digest = text(DIGEST).and_then(|digest| digest.as_str().trim().parse().ok());
        let name = text(NAME);
        if name.is_some() || digest.is_some() {
            all.push(Stated {
                place,
                name,
                digest,
            });
        }
    };
    if let Some(manifest) = &image.manifest {
        take("manifest", &manifest.annotations);
    }
    if let Some(index) = image
        .index
        .and_then(|index| manifest_of(graph, documents, index))
    {
        for entry in index
            .manifests
            .iter()
            .filter(|entry| entry.digest == image.digest)
        {
            take("descriptor", &entry.annotations);
        }
        take("index", &index.annotations);
    }
    if let Some(config) = &image.config {
        take("config label", &config.labels);
    }
    all
}

fn manifest_of(
    graph: &Graph,
    documents: &dyn Documents,
    node: NodeId,
) -> Option<std::sync::Arc<crate::oci::Manifest>> {
    documents.manifest(&graph.digest_of(node)?)
}

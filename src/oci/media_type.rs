//! Media types that this tool reads, and the `Accept` list that every registry takes.

/// OCI image manifest (image-spec, `manifest.md`).
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI image index (image-spec, `image-index.md`).
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The OCI artifact manifest that release candidates of image-spec 1.1 had and the release withdrew.
pub const OCI_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
/// ORAS artifact manifest (artifacts-spec).
pub const ORAS_ARTIFACT: &str = "application/vnd.cncf.oras.artifact.manifest.v1+json";
/// Docker image manifest, schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker manifest, schema 1, unsigned.
pub const DOCKER_SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+json";
/// Docker manifest, schema 1, signed.
pub const DOCKER_SCHEMA1_SIGNED: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// OCI image configuration.
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// Docker image configuration.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// The content `{}`, which stands for "no config" or "no layer".
pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// What a request for a manifest accepts. Debian's docker-registry 2.8 refuses `*/*` for an index, so every type is
/// named, the common ones first.
pub const ACCEPT_MANIFEST: &str = "application/vnd.oci.image.index.v1+json, \
application/vnd.oci.image.manifest.v1+json, \
application/vnd.docker.distribution.manifest.list.v2+json, \
application/vnd.docker.distribution.manifest.v2+json, \
application/vnd.oci.artifact.manifest.v1+json, \
application/vnd.cncf.oras.artifact.manifest.v1+json, \
application/vnd.docker.distribution.manifest.v1+prettyjws, \
application/vnd.docker.distribution.manifest.v1+json";

/// `media_type` without parameters, in lower case: how media types compare (RFC 9110, section 8.3.1).
pub fn essence(media_type: &str) -> String {
    media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Whether a descriptor with this media type names an index or list.
pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_LIST)
}

/// Whether a descriptor with this media type names a manifest of any form, an index included.
pub fn is_manifest(media_type: &str) -> bool {
    is_index(media_type)
        || matches!(
            media_type,
            OCI_MANIFEST
                | DOCKER_MANIFEST
                | OCI_ARTIFACT
                | ORAS_ARTIFACT
                | DOCKER_SCHEMA1
                | DOCKER_SCHEMA1_SIGNED
        )
}

/// Whether a layer with this media type is not kept by registries, but fetched from where its descriptor says.
pub fn is_foreign_layer(media_type: &str) -> bool {
    media_type == "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
        || media_type.starts_with("application/vnd.oci.image.layer.nondistributable.v1.tar")
}

/// Whether this is the configuration of a runnable image.
pub fn is_image_config(media_type: &str) -> bool {
    matches!(media_type, OCI_CONFIG | DOCKER_CONFIG)
}

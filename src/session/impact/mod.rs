//! The impact of a deletion: what it is worked out from, and the service that answers for screen and command line.
//!
//! ```text
//! storage:DIR, oci:DIR ─ StorageView ─▶ storage ─┐
//! all others ─────────── Graph ───────▶ graph ───┴▶ InventoryBuilder ─▶ ImpactInput ─▶ RegistryState
//! ```

pub(super) mod asking;
mod dates;
mod gather;
mod graph;
mod notes;
mod registry_state;
mod service;
mod storage;
mod uploads;

use std::sync::Arc;

use crate::insight::impact::{
    Charts, Inventory, InventoryBuilder, ManifestContent, Matched, ObjectKind, Uploads, Use,
    matched,
};
use crate::oci::{Descriptor, Form, Manifest, Role, media_type, purpose};

pub use gather::{Basis, GatherError, Gathered, Wanted, gather, gather_folder, uploads_of};
pub use graph::input_of;
pub use notes::Notes;
pub use registry_state::{RegistryState, Rules};
pub use service::{ImpactService, Target, Terms};
pub use storage::{builder_of_storage, of_storage};

/// What a registry holds, as far as it could be seen.
#[derive(Clone, Debug)]
pub struct ImpactInput {
    /// The snapshot that impact is computed on.
    pub inventory: Arc<Inventory>,
    /// What was asked for and could not be read, each a fragment with its place. Where there is any, what is predicted
    /// is partial.
    pub gaps: Vec<String>,
    /// Charts that name images.
    pub charts: Charts,
    /// Uploads that were never finished, where a storage was read.
    pub uploads: Uploads,
}

impl ImpactInput {
    /// Who must not be hurt: those of `uses` that mean this registry, which references write as `host`, and its own
    /// charts. What else the uses mean stands in [`Matched`].
    pub fn consumers(&self, uses: &[Use], host: Option<&str>) -> Matched {
        let mut matched = matched(uses, &self.inventory, host);
        let charts = self.charts.consumers(&self.inventory, host);
        matched.consumers.extend(charts);
        matched
    }
}

/// Whether a registry takes a manifest with this layer though it does not have the layer.
fn is_foreign(layer: &Descriptor) -> bool {
    media_type::is_foreign_layer(layer.media_type.as_str()) && !layer.urls.is_empty()
}

/// What people call a document; none of images.
const fn role_words(role: Role) -> Option<&'static str> {
    match role {
        Role::Sbom => Some("SBOM"),
        Role::Vex => Some("VEX"),
        Role::Signature => Some("signature"),
        Role::Attestation => Some("attestation"),
        Role::Provenance => Some("provenance"),
        Role::Chart => Some("chart"),
        Role::Source => Some("source"),
        Role::Image | Role::Other => None,
    }
}

/// Whether a manifest's media type is Docker's: zot's release does not know those everywhere.
fn is_docker(media_type: &str) -> bool {
    matches!(
        media_type,
        media_type::DOCKER_MANIFEST | media_type::DOCKER_LIST
    )
}

/// Whether a layer is cosign's simple signing, by which Harbor knows a signature.
fn is_simple_signing(media_type: &str) -> bool {
    media_type == "application/vnd.dev.cosign.simplesigning.v1+json"
}

/// What a manifest names, in the builder's numbers.
fn content_of(builder: &mut InventoryBuilder, manifest: &Manifest) -> ManifestContent {
    let mut id = |descriptor: &Descriptor| {
        builder.object(descriptor.digest, descriptor.size.unwrap_or_default())
    };
    let kind = match manifest.form {
        Form::Image | Form::Schema1 => ObjectKind::Image,
        Form::Index => ObjectKind::Index,
        Form::Artifact | Form::Unknown => ObjectKind::Artifact,
    };
    let mut layers = manifest.layers.iter();
    let mut content = ManifestContent {
        kind,
        is_docker: is_docker(manifest.media_type.as_str()),
        is_signature: layers.any(|layer| is_simple_signing(layer.media_type.as_str())),
        ..ManifestContent::default()
    };
    if kind == ObjectKind::Index {
        content.children = manifest.manifests.iter().map(&mut id).collect();
    } else {
        content.config = manifest.config.as_ref().map(&mut id);
        content.layers = manifest.layers.iter().map(&mut id).collect();
    }
    for entry in &manifest.manifests {
        if let Some(platform) = entry
            .platform
            .as_ref()
            .filter(|platform| !platform.is_unknown())
        {
            let child = builder.object(entry.digest, entry.size.unwrap_or_default());
            builder.platform(child, &platform.to_string());
        }
    }
    if kind != ObjectKind::Index
        && let Some(role) = role_words(purpose::of_manifest(manifest).role)
    {
        let itself = builder.object(manifest.digest, manifest.size());
        builder.role(itself, role);
    }
    content.subject = manifest
        .subject
        .as_ref()
        .map(|subject| builder.object(subject.digest, subject.size.unwrap_or_default()));
    let itself = builder.object(manifest.digest, manifest.size());
    for layer in manifest.layers.iter().filter(|layer| is_foreign(layer)) {
        let layer = builder.object(layer.digest, layer.size.unwrap_or_default());
        builder.foreign_layer(itself, layer);
    }
    content
}

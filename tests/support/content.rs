//! Content for the registry, made as briefly as a test wants it.

use regscope::oci::{Descriptor, Digest};
use serde_json::{Value, json};

use super::registry::TestRegistry;

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A descriptor as JSON.
pub fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": Digest::of(bytes).to_string(), "size": bytes.len()})
}

/// A descriptor that was given, as JSON.
pub fn described(descriptor: &Descriptor) -> Value {
    json!({
        "mediaType": descriptor.media_type.as_str(),
        "digest": descriptor.digest.to_string(),
        "size": descriptor.size,
    })
}

/// An image manifest over a config that holds `name`, and one layer.
pub fn image_json(name: &str) -> (Value, Vec<u8>, Vec<u8>) {
    let config = json!({
        "os": "linux",
        "architecture": "amd64",
        "config": {"Labels": {"name": name}},
        "rootfs": {"type": "layers", "diff_ids": []},
        "history": [],
    });
    let config = config.to_string().into_bytes();
    let layer = format!("layer of {name}").into_bytes();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, &config),
        "layers": [descriptor(LAYER, &layer)],
    });
    (manifest, config, layer)
}

impl TestRegistry {
    /// Puts an image with its config and layer, without a tag.
    pub fn image(&self, repository: &str, name: &str) -> Descriptor {
        let (manifest, config, layer) = image_json(name);
        self.blob(repository, &config);
        self.blob(repository, &layer);
        self.manifest(repository, MANIFEST, &manifest.to_string())
    }

    /// Puts an image under a tag.
    pub fn tagged_image(&self, repository: &str, tag: &str) -> Descriptor {
        let image = self.image(repository, tag);
        self.tag(repository, tag, &image);
        image
    }

    /// Puts an index of these images as `linux/amd64`, `linux/arm64`, and so on.
    pub fn index(&self, repository: &str, images: &[Descriptor]) -> Descriptor {
        let architectures = ["amd64", "arm64", "s390x", "riscv64"].into_iter().cycle();
        let manifests: Vec<Value> = images
            .iter()
            .zip(architectures)
            .map(|(image, architecture)| {
                let mut entry = described(image);
                entry["platform"] = json!({"os": "linux", "architecture": architecture});
                entry
            })
            .collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.manifest(repository, INDEX, &index.to_string())
    }

    /// Puts a manifest that refers to `subject`. `note` makes it different from others.
    pub fn referrer(
        &self,
        repository: &str,
        subject: &Descriptor,
        artifact_type: &str,
        note: &str,
    ) -> Descriptor {
        self.blob(repository, b"{}");
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": artifact_type,
            "config": descriptor("application/vnd.oci.empty.v1+json", b"{}"),
            "layers": [descriptor("application/vnd.oci.empty.v1+json", b"{}")],
            "subject": described(subject),
            "annotations": {"note": note},
        });
        self.manifest(repository, MANIFEST, &manifest.to_string())
    }

    /// Lists `referrers` under the referrers tag of `subject`, as clients do where there is no API.
    pub fn fallback_tag(&self, repository: &str, subject: &Descriptor, referrers: &[Descriptor]) {
        let manifests: Vec<Value> = referrers.iter().map(described).collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        let index = self.manifest(repository, INDEX, &index.to_string());
        self.tag(
            repository,
            &regscope::oci::tag::fallback_tag(&subject.digest),
            &index,
        );
    }
}

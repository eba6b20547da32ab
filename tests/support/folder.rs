//! Layouts that a test makes.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test file takes its part of this"
)]

use std::path::PathBuf;

use serde_json::{Value, json};

use super::independent::digest_of;

pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A layout in a temporary folder, which goes with it.
pub struct Folder {
    folder: tempfile::TempDir,
    rows: Vec<Value>,
}

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("oci-layout"),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        )
        .unwrap();
        let made = Self {
            folder,
            rows: Vec::new(),
        };
        made.write_index();
        made
    }

    /// The target that names it.
    pub fn target(&self) -> String {
        format!("oci:{}", self.path().display())
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Stores content and gives a descriptor of it.
    pub fn blob(&self, media_type: &str, content: &[u8]) -> Value {
        self.blob_with("sha256", media_type, content)
    }

    /// The same, by another algorithm.
    pub fn blob_with(&self, algorithm: &str, media_type: &str, content: &[u8]) -> Value {
        let digest = digest_of(algorithm, content);
        let path = self.file(&digest);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        json!({"mediaType": media_type, "digest": digest, "size": content.len()})
    }

    /// The file of a blob.
    pub fn file(&self, digest: &str) -> PathBuf {
        self.path().join("blobs").join(digest.replace(':', "/"))
    }

    /// Stores a document under the media type that it states.
    pub fn document(&self, document: &Value) -> Value {
        let media_type = document["mediaType"].as_str().unwrap_or(IMAGE);
        self.blob(media_type, document.to_string().as_bytes())
    }

    /// Stores an image of one layer whose content is `content`.
    pub fn image(&self, content: &str) -> Value {
        let platform = json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}});
        let config = self.blob(CONFIG, platform.to_string().as_bytes());
        let layer = self.blob(LAYER, content.as_bytes());
        self.document(
            &json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer]}),
        )
    }

    /// Stores an artifact that refers to `subject`.
    pub fn referrer(&self, subject: &Value, artifact_type: &str) -> Value {
        let empty = self.blob("application/vnd.oci.empty.v1+json", b"{}");
        self.document(&json!({
            "schemaVersion": 2, "mediaType": IMAGE, "artifactType": artifact_type,
            "config": empty, "layers": [empty], "subject": subject,
        }))
    }

    /// Stores an index.
    pub fn index(&self, entries: &[Value]) -> Value {
        self.document(&json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}))
    }

    /// Adds a row to `index.json`.
    pub fn row(&mut self, descriptor: &Value, annotations: &[(&str, &str)]) {
        self.rows.push(annotated(descriptor, annotations));
        self.write_index();
    }

    /// Adds a tag.
    pub fn tag(&mut self, name: &str, descriptor: &Value) {
        self.row(descriptor, &[(REF_NAME, name)]);
    }

    /// Adds many tags.
    pub fn tag_all(&mut self, tags: &[(String, Value)]) {
        let rows = tags
            .iter()
            .map(|(name, descriptor)| annotated(descriptor, &[(REF_NAME, name)]));
        self.rows.extend(rows);
        self.write_index();
    }

    fn write_index(&self) {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": self.rows});
        std::fs::write(self.path().join("index.json"), index.to_string()).unwrap();
    }
}

/// A descriptor with annotations.
pub fn annotated(descriptor: &Value, annotations: &[(&str, &str)]) -> Value {
    let mut descriptor = descriptor.clone();
    for (key, value) in annotations {
        descriptor["annotations"][*key] = json!(value);
    }
    descriptor
}

/// The digest of a descriptor.
pub fn digest(descriptor: &Value) -> String {
    descriptor["digest"].as_str().unwrap().to_owned()
}

/// The digest of a descriptor as tags have it in their names.
pub fn tag_of(descriptor: &Value) -> String {
    digest(descriptor).replace(':', "-")
}

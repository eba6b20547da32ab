//! Images: layers that exist as descriptors, configs with history, manifests.

use regscope::oci::{Digest, media_type};

use crate::json::{Pairs, Value, texts};
use crate::registry::{Descriptor, Repository, digest_of_name};

/// The architectures that every image is built for.
pub(crate) const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// A layer, known by a name for its content: the same name is the same layer.
#[derive(Clone)]
pub(crate) struct Layer {
    name: String,
    size: u64,
}

impl Layer {
    /// A layer of about so many kilobytes; how many exactly depends on the name.
    pub(crate) fn new(name: &str, about_kilobytes: u64) -> Self {
        let hash = digest_of_name(name);
        let noise = hash
            .as_bytes()
            .iter()
            .fold(0, |sum: u64, byte| sum * 31 % 1_000_003 + u64::from(*byte));
        let size = about_kilobytes * 1000;
        Self {
            name: name.to_owned(),
            size: size - size / 20 + noise % (size / 10),
        }
    }

    fn diff_id(&self) -> Digest {
        digest_of_name(&format!("{}, uncompressed", self.name))
    }
}

/// One step of a build.
#[derive(Clone)]
pub(crate) struct Step {
    created: String,
    by: String,
    layer: Option<Layer>,
}

impl Step {
    pub(crate) fn layer(created: &str, by: &str, layer: Layer) -> Self {
        Self {
            created: created.to_owned(),
            by: format!("{by} # buildkit"),
            layer: Some(layer),
        }
    }

    /// A step that only changes the config.
    pub(crate) fn setting(created: &str, by: &str) -> Self {
        Self {
            created: created.to_owned(),
            by: by.to_owned(),
            layer: None,
        }
    }
}

/// Which media types an image is written with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    Oci,
    Docker,
}

/// An image for one platform, to be built.
pub(crate) struct Recipe {
    pub(crate) flavour: Flavour,
    pub(crate) architecture: &'static str,
    pub(crate) created: String,
    /// The base's steps, then its own.
    pub(crate) steps: Vec<Step>,
    pub(crate) labels: Pairs,
    pub(crate) annotations: Pairs,
    /// `Entrypoint` and others.
    pub(crate) settings: Vec<(&'static str, Value)>,
}

/// An image that was pushed.
#[derive(Clone)]
pub(crate) struct Built {
    pub(crate) architecture: &'static str,
    /// With its platform, as an index lists it.
    pub(crate) manifest: Descriptor,
    pub(crate) steps: Vec<Step>,
}

/// An index of images that was pushed.
#[derive(Clone)]
pub(crate) struct Release {
    pub(crate) version: String,
    pub(crate) index: Descriptor,
    pub(crate) images: Vec<Built>,
}

impl Release {
    /// The image for this architecture.
    pub(crate) fn image(&self, architecture: &str) -> &Built {
        let mut images = self.images.iter();
        images.find(|i| i.architecture == architecture).unwrap()
    }
}

impl Recipe {
    /// Pushes config and manifest; the layers are only named.
    pub(crate) fn push(self, repository: &mut Repository) -> Built {
        let (manifest_type, config_type, layer_type) = match self.flavour {
            Flavour::Oci => (media_type::OCI_MANIFEST, media_type::OCI_CONFIG, OCI_LAYER),
            Flavour::Docker => (
                media_type::DOCKER_MANIFEST,
                media_type::DOCKER_CONFIG,
                DOCKER_LAYER,
            ),
        };
        let config = repository.push_blob(config_type, self.config().to_bytes());
        let layers = self.steps.iter().filter_map(|step| step.layer.as_ref());
        let layers = layers
            .map(|layer| Value::from(Descriptor::of_layer(layer_type, &layer.name, layer.size)));
        let manifest = object! {
            "schemaVersion" => 2_u64,
            "mediaType" => manifest_type,
            "config" => &config,
            "layers" => layers.collect::<Vec<_>>(),
        };
        let manifest = manifest.with_some("annotations", texts(&self.annotations));
        let mut manifest = repository.push_manifest(manifest_type, &manifest);
        manifest.platform = Some(("linux", self.architecture));
        Built {
            architecture: self.architecture,
            manifest,
            steps: self.steps,
        }
    }

    fn config(&self) -> Value {
        let history = self.steps.iter().map(|step| {
            let entry = object! {
                "created" => step.created.as_str(),
                "created_by" => step.by.as_str(),
                "comment" => "buildkit.dockerfile.v0",
            };
            entry.with_some("empty_layer", step.layer.is_none().then_some(true))
        });
        let diff_ids = self.steps.iter().filter_map(|step| step.layer.as_ref());
        let diff_ids = diff_ids.map(|layer| Value::from(layer.diff_id()));
        let settings = self.settings.iter();
        let settings = settings.map(|(key, value)| ((*key).to_owned(), value.clone()));
        let settings = Value::Object(settings.collect());
        object! {
            "architecture" => self.architecture,
            "os" => "linux",
            "created" => self.created.as_str(),
            "config" => settings.with_some("Labels", texts(&self.labels)),
            "rootfs" => object! { "type" => "layers", "diff_ids" => diff_ids.collect::<Vec<_>>() },
            "history" => history.collect::<Vec<_>>(),
        }
    }
}

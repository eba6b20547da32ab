//! What a manifest is *for*: one table over artifact types, config and layer media types, and annotations.

mod documents;
mod table;

pub use documents::{DocumentKinds, documents};
use table::{BY_PREDICATE, BY_TYPE};

use super::{Annotations, Descriptor, Form, Manifest, RemoteText, media_type};

/// The role of a manifest in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// Something to run, for one platform or several.
    Image,
    /// Statements about an image that are none of the more specific roles, or several at once.
    Attestation,
    /// A bill of materials.
    Sbom,
    /// A signature.
    Signature,
    /// How an image was made.
    Provenance,
    /// Which vulnerabilities matter.
    Vex,
    /// A Helm chart.
    Chart,
    /// The sources of an image.
    Source,
    /// Anything else.
    Other,
}

impl Role {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Attestation => "attestation",
            Self::Sbom => "sbom",
            Self::Signature => "signature",
            Self::Provenance => "provenance",
            Self::Vex => "vex",
            Self::Chart => "chart",
            Self::Source => "source",
            Self::Other => "other",
        }
    }
}

/// A role and what a person calls the thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purpose {
    /// The role.
    pub role: Role,
    /// Format or tool, such as `SPDX` or `cosign bundle`; empty where the role says all.
    pub format: &'static str,
}

const fn purpose(role: Role, format: &'static str) -> Purpose {
    Purpose { role, format }
}

const IMAGE: Purpose = purpose(Role::Image, "");
const UNKNOWN: Purpose = purpose(Role::Other, "");

/// Keys under which a predicate type stands: on BuildKit's layers and Docker's hardened images, on the layers of newer
/// cosign `.att` manifests, and on sigstore bundles.
const PREDICATE_KEYS: [&str; 3] = [
    "in-toto.io/predicate-type",
    "predicateType",
    "dev.sigstore.bundle.predicateType",
];

/// The annotation by which BuildKit marks its attestation manifests in an index.
pub const BUILDKIT_TYPE: &str = "vnd.docker.reference.type";
/// The annotation that names the platform manifest of such an attestation manifest.
pub const BUILDKIT_SUBJECT: &str = "vnd.docker.reference.digest";
/// The older spelling of [`BUILDKIT_SUBJECT`] that buildx accepts.
pub const BUILDKIT_SUBJECT_OLD: &str = "com.docker.reference.digest";

/// The subject of BuildKit's attestation manifest, from its entry in the index. Entries with another reference type
/// are no attestations.
pub fn buildkit_subject(entry: &Descriptor) -> Option<super::Digest> {
    if *entry.annotation(BUILDKIT_TYPE)?.as_str() != *"attestation-manifest" {
        return None;
    }
    let subject = entry
        .annotation(BUILDKIT_SUBJECT)
        .or_else(|| entry.annotation(BUILDKIT_SUBJECT_OLD))?;
    subject.as_str().parse().ok()
}

/// The annotation by which Red Hat's tools mark a source image among the entries of an index, and its value. The
/// manifest itself looks like any other image.
const SOURCE_TYPE: (&str, &str) = ("com.redhat.image.type", "source");
/// How the annotations of a source image's layers begin (`BuildSourceImage`, layout.md).
const SOURCE_ARTIFACT: &str = "source.artifact.";
/// The suffix of the digest tag that Konflux gives a source image.
pub const SOURCE_SUFFIX: &str = "src";
/// The purpose of a source image.
pub const SOURCE_IMAGE: Purpose = purpose(Role::Source, "source image");

/// Whether a descriptor's annotations mark a source image.
pub fn is_source_image(descriptor: &Descriptor) -> bool {
    let (key, value) = SOURCE_TYPE;
    descriptor
        .annotation(key)
        .is_some_and(|stated| *stated == value)
}

/// The annotation by which a sigstore bundle's manifest says what is in the bundle, and the value for a signature over
/// the subject itself; otherwise it is a statement about it.
const BUNDLE_SIGNATURE: (&str, &str) = ("dev.sigstore.bundle.content", "message-signature");

fn by_bundle(annotations: &Annotations) -> Option<Purpose> {
    let (key, value) = BUNDLE_SIGNATURE;
    let stated = annotations.get(key)?;
    (*stated == value).then_some(purpose(Role::Signature, "cosign bundle"))
}

/// What a manifest that was read is for. Cost: one look at each layer's media type.
pub fn of_manifest(manifest: &Manifest) -> Purpose {
    let annotations = &manifest.annotations;
    if let Some(found) = by_predicate(annotations).or_else(|| by_bundle(annotations)) {
        return found;
    }
    if let Some(found) = manifest.artifact_type.as_ref().and_then(by_type) {
        return refine(found, manifest);
    }
    if let Some(config) = &manifest.config
        && let Some(found) = by_type(&config.media_type)
    {
        return refine(found, manifest);
    }
    if let Some(found) = by_layers(manifest) {
        return found;
    }
    match manifest.form {
        Form::Schema1 => IMAGE,
        Form::Index if manifest.artifact_type.is_none() => IMAGE,
        Form::Image if manifest.artifact_type.is_none() && has_image_config(manifest) => IMAGE,
        _ => UNKNOWN,
    }
}

/// What a manifest is for as far as a descriptor tells: its artifact type, its annotations, its media type.
pub fn of_descriptor(descriptor: &Descriptor) -> Purpose {
    if buildkit_subject(descriptor).is_some() {
        return purpose(Role::Attestation, "BuildKit");
    }
    if is_source_image(descriptor) {
        return SOURCE_IMAGE;
    }
    let annotations = &descriptor.annotations;
    if let Some(found) = by_predicate(annotations).or_else(|| by_bundle(annotations)) {
        return found;
    }
    match &descriptor.artifact_type {
        // Older go-containerregistry writes the config's media type here, which says nothing.
        Some(stated) if !is_meaningless(stated) => by_type(stated).unwrap_or(UNKNOWN),
        None if media_type::is_manifest(descriptor.media_type.as_str()) => IMAGE,
        _ => UNKNOWN,
    }
}

/// Whether a descriptor in a list of referrers leaves open which kind of evidence it is: it states no type, or the type of
/// an envelope that may hold any statement. Only the manifest itself tells then.
pub fn is_vague(descriptor: &Descriptor) -> bool {
    let annotations = &descriptor.annotations;
    by_predicate(annotations)
        .or_else(|| by_bundle(annotations))
        .is_none()
        && is_vague_type(descriptor.artifact_type.as_ref())
}

/// Whether an artifact type leaves that open.
pub fn is_vague_type(artifact_type: Option<&RemoteText>) -> bool {
    match artifact_type {
        Some(stated) if !is_meaningless(stated) => {
            by_type(stated).is_some_and(|found| found.role == Role::Attestation)
        }
        _ => true,
    }
}

/// Artifact types that only repeat a config's media type.
fn is_meaningless(artifact_type: &RemoteText) -> bool {
    *artifact_type == media_type::OCI_EMPTY || media_type::is_image_config(artifact_type.as_str())
}

/// What a single document is for, by its media type.
pub fn of_media_type(media_type: &RemoteText) -> Option<Purpose> {
    by_type(media_type)
}

fn by_type(stated: &RemoteText) -> Option<Purpose> {
    let essence = media_type::essence(stated.as_str());
    BY_TYPE
        .iter()
        .find(|(prefix, _)| essence.starts_with(prefix))
        .map(|(_, found)| *found)
}

/// The predicate type that annotations state, whatever key their tool gives it.
pub fn predicate_type(annotations: &Annotations) -> Option<&RemoteText> {
    PREDICATE_KEYS.iter().find_map(|key| annotations.get(*key))
}

fn by_predicate(annotations: &Annotations) -> Option<Purpose> {
    let stated = predicate_type(annotations)?;
    let known = BY_PREDICATE
        .iter()
        .find(|(prefix, _)| stated.as_str().starts_with(prefix));
    Some(known.map_or(purpose(Role::Attestation, "in-toto"), |(_, found)| *found))
}

/// A general purpose made more specific by what the layers say: a bundle or a BuildKit manifest whose layers all state
/// one predicate type is that predicate's.
fn refine(found: Purpose, manifest: &Manifest) -> Purpose {
    if found.role != Role::Attestation && found.format != "cosign" {
        return found;
    }
    match by_layers(manifest) {
        Some(inner) if inner.role != Role::Attestation => inner,
        _ => found,
    }
}

/// The purpose that all layers with a known one share; several different ones are an attestation.
fn by_layers(manifest: &Manifest) -> Option<Purpose> {
    let mut keys = (manifest.layers.iter()).flat_map(|layer| layer.annotations.keys());
    if keys.any(|key| key.as_str().starts_with(SOURCE_ARTIFACT)) {
        return Some(SOURCE_IMAGE);
    }
    let mut found: Option<Purpose> = None;
    for layer in &manifest.layers {
        let Some(one) = by_predicate(&layer.annotations).or_else(|| by_type(&layer.media_type))
        else {
            continue;
        };
        found = match found {
            None => Some(one),
            Some(before) if before == one => Some(one),
            Some(before) if before.role == one.role => Some(purpose(before.role, "")),
            Some(_) => return Some(purpose(Role::Attestation, "in-toto")),
        };
    }
    found
}

fn has_image_config(manifest: &Manifest) -> bool {
    manifest.config.as_ref().is_none_or(|config| {
        config.media_type.is_empty() || media_type::is_image_config(config.media_type.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;

    fn read(json: &str) -> Purpose {
        let bytes: std::sync::Arc<[u8]> = json.as_bytes().into();
        of_manifest(&Manifest::parse(Digest::of(&bytes), bytes, "").unwrap())
    }

    #[test]
    fn a_cosign_3_signature_is_a_signature_although_it_is_a_statement() {
        let found = read(
            r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json",
            "annotations":{"dev.sigstore.bundle.predicateType":"https://sigstore.dev/cosign/sign/v1"}}"#,
        );
        assert_eq!(
            (found.role, found.format),
            (Role::Signature, "cosign bundle")
        );
    }

    #[test]
    fn a_bundle_with_a_signature_over_the_subject_itself_is_a_signature() {
        let bundle = |content: &str| {
            read(&format!(
                r#"{{"artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json","layers":[],
                "annotations":{{"dev.sigstore.bundle.content":"{content}"}}}}"#
            ))
        };
        assert_eq!(bundle("message-signature").role, Role::Signature);
        assert_eq!(bundle("dsse-envelope").role, Role::Attestation);
    }

    #[test]
    fn a_source_image_is_known_by_its_row_or_by_any_annotation_of_its_layers() {
        let mut row = Descriptor::new(media_type::OCI_MANIFEST, Digest::of(b""), 1);
        row.annotations
            .insert("com.redhat.image.type".into(), "source".into());
        assert_eq!(of_descriptor(&row).role, Role::Source);
        let found = read(
            r#"{"config":{},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","size":1,
            "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "annotations":{"source.artifact.name":"bash"}}]}"#,
        );
        assert_eq!(found.role, Role::Source);
    }

    #[test]
    fn buildkit_layers_of_several_predicates_are_an_attestation() {
        let layer = |predicate: &str| {
            format!(
                r#"{{"mediaType":"application/vnd.in-toto+json","size":1,
                "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
                "annotations":{{"in-toto.io/predicate-type":"{predicate}"}}}}"#
            )
        };
        let manifest = |layers: &str| format!(r#"{{"config":{{}},"layers":[{layers}]}}"#);
        let (spdx, slsa) = (
            layer("https://spdx.dev/Document"),
            layer("https://slsa.dev/provenance/v0.2"),
        );
        assert_eq!(read(&manifest(&spdx)).role, Role::Sbom);
        assert_eq!(read(&manifest(&slsa)).format, "SLSA v0.2");
        assert_eq!(
            read(&manifest(&format!("{spdx},{slsa}"))).role,
            Role::Attestation
        );
    }

    #[test]
    fn a_descriptor_whose_artifact_type_repeats_a_config_type_says_nothing() {
        let mut descriptor = Descriptor::new(media_type::OCI_MANIFEST, Digest::of(b""), 1);
        assert_eq!(of_descriptor(&descriptor).role, Role::Image);
        descriptor.artifact_type = Some(media_type::OCI_CONFIG.into());
        assert_eq!(of_descriptor(&descriptor).role, Role::Other);
        descriptor.artifact_type = Some("application/vnd.cyclonedx+json; version=1.5".into());
        assert_eq!(of_descriptor(&descriptor).format, "CycloneDX");
    }
}

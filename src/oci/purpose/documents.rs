//! Which blobs of a manifest are documents about something, and which of those are wanted.

use super::{Role, by_predicate, by_type, of_manifest};
use crate::oci::{Descriptor, Form, Manifest, media_type};

/// The layer of a chart that holds its signature.
const CHART_PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance";

/// How the media types of packed folders end.
const PACKED: [&str; 4] = ["tar+gzip", "tar.gzip", "tar+zstd", "tar.zstd"];

/// Which attached documents are wanted, by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DocumentKinds(u8);

impl DocumentKinds {
    /// None.
    pub const NONE: Self = Self(0);
    /// Bills of materials.
    pub const SBOM: Self = Self(1);
    /// Signatures.
    pub const SIGNATURE: Self = Self(2);
    /// How images were made.
    pub const PROVENANCE: Self = Self(4);
    /// Which vulnerabilities matter.
    pub const VEX: Self = Self(8);
    /// Other statements.
    pub const STATEMENT: Self = Self(16);
    /// What Helm charts say of themselves.
    pub const CHART: Self = Self(32);
    /// All of them.
    pub const ALL: Self = Self(63);

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether none are wanted.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether a document for this is wanted. What is called an attestation, or nothing that is known, may be any kind of
    /// evidence: a bundle tells what it holds only when it is read.
    pub const fn takes(self, role: Role) -> bool {
        match role {
            Role::Sbom => self.has(Self::SBOM),
            Role::Signature => self.has(Self::SIGNATURE),
            Role::Provenance => self.has(Self::PROVENANCE),
            Role::Vex => self.has(Self::VEX),
            Role::Attestation | Role::Other => self.0 & !Self::CHART.0 != 0,
            Role::Chart => self.has(Self::CHART),
            Role::Image | Role::Source => false,
        }
    }
}

/// The blobs of a manifest that are documents of these kinds, each with what it is for, in the manifest's order. What is
/// attached to something (`is_attached`) without saying what it is may be one; otherwise it is content.
///
/// Recognised by labels alone, which may lie: what a document really is, `evidence` says. Cost: `O(layers)`.
pub fn documents(
    manifest: &Manifest,
    kinds: DocumentKinds,
    is_attached: bool,
) -> Vec<(&Descriptor, Role)> {
    if kinds.is_none() || manifest.form == Form::Index {
        return Vec::new();
    }
    let role = of_manifest(manifest).role;
    let is_evidence = match role {
        Role::Image | Role::Source => false,
        Role::Other => is_attached,
        _ => true,
    };
    if !is_evidence {
        return Vec::new();
    }
    let config = manifest.config.iter().filter(|_| role == Role::Chart);
    let config = config.map(|config| (config, Role::Chart));
    let layers = manifest.layers.iter().map(|layer| {
        let stated = by_predicate(&layer.annotations).or_else(|| by_type(&layer.media_type));
        let stated = stated.map(|found| found.role);
        let role = match stated {
            _ if layer.media_type.as_str().starts_with(CHART_PROVENANCE) => Role::Signature,
            // A manifest of signatures keeps its envelopes in layers of general types.
            Some(Role::Attestation | Role::Other | Role::Image) | None => role,
            Some(stated) => stated,
        };
        (layer, role)
    });
    // ORAS calls every file a layer that is a plain tar archive, and a folder one that is compressed: that is content.
    let is_content = |blob: &Descriptor| {
        let media_type = media_type::essence(blob.media_type.as_str());
        media_type::is_manifest(&media_type)
            || media_type == media_type::OCI_EMPTY
            || PACKED.iter().any(|end| media_type.ends_with(end)) && !media_type.contains("helm")
    };
    config
        .chain(layers)
        .filter(|(blob, role)| kinds.takes(*role) && !is_content(blob))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;

    fn found(json: &str, kinds: DocumentKinds, is_attached: bool) -> Vec<Role> {
        let bytes: std::sync::Arc<[u8]> = json.as_bytes().into();
        let manifest = Manifest::parse(Digest::of(&bytes), bytes, "").unwrap();
        let found = documents(&manifest, kinds, is_attached).into_iter();
        found.map(|(_, role)| role).collect()
    }

    fn blob(media_type: &str, more: &str) -> String {
        let digest = Digest::of(media_type.as_bytes());
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":3{more}}}"#)
    }

    fn manifest(artifact_type: &str, config: &str, layers: &[String]) -> String {
        format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "artifactType":"{artifact_type}","config":{},"layers":[{}]}}"#,
            blob(config, ""),
            layers.join(",")
        )
    }

    #[test]
    fn of_several_statements_those_of_the_wanted_kinds_are_documents() {
        let statement = |predicate: &str| {
            let more = format!(r#","annotations":{{"in-toto.io/predicate-type":"{predicate}"}}"#);
            blob("application/vnd.in-toto+json", &more)
        };
        let layers = [
            statement("https://spdx.dev/Document"),
            statement("https://slsa.dev/provenance/v1"),
        ];
        let attestation = manifest(
            "application/vnd.docker.attestation.manifest.v1+json",
            "application/vnd.oci.empty.v1+json",
            &layers,
        );
        let all = found(&attestation, DocumentKinds::ALL, true);
        assert_eq!(all, [Role::Sbom, Role::Provenance]);
        assert_eq!(found(&attestation, DocumentKinds::SBOM, true), [Role::Sbom]);
        assert_eq!(found(&attestation, DocumentKinds::NONE, true), []);
    }

    #[test]
    fn a_bundle_may_be_anything_until_it_is_read() {
        let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let bundle = manifest(
            bundle,
            "application/vnd.oci.empty.v1+json",
            &[blob(bundle, "")],
        );
        for kinds in [
            DocumentKinds::SBOM,
            DocumentKinds::SIGNATURE,
            DocumentKinds::VEX,
        ] {
            assert_eq!(found(&bundle, kinds, true), [Role::Attestation]);
        }
        assert_eq!(found(&bundle, DocumentKinds::CHART, true), []);
    }

    #[test]
    fn a_file_that_says_nothing_of_itself_is_a_document_where_it_is_attached() {
        let file = manifest(
            "application/vnd.example.thing",
            "application/vnd.oci.empty.v1+json",
            &[
                blob("application/vnd.oci.image.layer.v1.tar", ""),
                blob("application/vnd.oci.image.layer.v1.tar+gzip", ""),
            ],
        );
        assert_eq!(found(&file, DocumentKinds::ALL, true), [Role::Other]);
        assert_eq!(found(&file, DocumentKinds::ALL, false), []);
    }

    #[test]
    fn the_layers_of_an_image_are_no_documents_and_a_chart_is_its_config_and_archive() {
        let layer = blob("application/vnd.oci.image.layer.v1.tar", "");
        let image = manifest("", "application/vnd.oci.image.config.v1+json", &[layer]);
        assert_eq!(found(&image, DocumentKinds::ALL, true), []);
        let chart = manifest(
            "",
            "application/vnd.cncf.helm.config.v1+json",
            &[
                blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", ""),
                blob("application/vnd.cncf.helm.chart.provenance.v1.prov", ""),
            ],
        );
        let all = found(&chart, DocumentKinds::ALL, false);
        assert_eq!(all, [Role::Chart, Role::Chart, Role::Signature]);
    }
}

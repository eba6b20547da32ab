//! The table: what types and predicates are for.

use super::{Purpose, Role, purpose};

/// Media and artifact types, by prefix; the first that fits counts. In the order of `docs/formats.md`.
pub(super) const BY_TYPE: &[(&str, Purpose)] = &[
    (
        "application/vnd.dev.cosign.simplesigning.v1+json",
        purpose(Role::Signature, "cosign"),
    ),
    (
        "application/vnd.dev.cosign.artifact.sig.v1+json",
        purpose(Role::Signature, "cosign"),
    ),
    (
        "application/vnd.dev.cosign.artifact.sbom.v1+json",
        purpose(Role::Sbom, "cosign"),
    ),
    (
        "application/vnd.dev.sigstore.bundle",
        purpose(Role::Attestation, "sigstore bundle"),
    ),
    (
        "application/vnd.cncf.notary.signature",
        purpose(Role::Signature, "notation"),
    ),
    (
        "application/vnd.cncf.notary.v2.signature",
        purpose(Role::Signature, "notation"),
    ),
    (
        "application/vnd.docker.attestation.manifest.v1+json",
        purpose(Role::Attestation, "BuildKit"),
    ),
    ("application/spdx+json", purpose(Role::Sbom, "SPDX")),
    ("application/spdx", purpose(Role::Sbom, "SPDX")),
    ("text/spdx", purpose(Role::Sbom, "SPDX")),
    (
        "application/vnd.cyclonedx",
        purpose(Role::Sbom, "CycloneDX"),
    ),
    ("application/vnd.syft", purpose(Role::Sbom, "Syft")),
    (
        "application/vnd.goharbor.harbor.sbom.v1",
        purpose(Role::Sbom, "SPDX"),
    ),
    ("sbom/", purpose(Role::Sbom, "")),
    ("signature/", purpose(Role::Signature, "")),
    (
        "application/vnd.in-toto.spdx+dsse",
        purpose(Role::Sbom, "SPDX, in-toto"),
    ),
    (
        "application/vnd.in-toto.provenance+dsse",
        purpose(Role::Provenance, "SLSA, in-toto"),
    ),
    (
        "application/vnd.in-toto",
        purpose(Role::Attestation, "in-toto"),
    ),
    (
        "application/vnd.dsse.envelope.v1+json",
        purpose(Role::Attestation, "in-toto"),
    ),
    ("application/vnd.openvex", purpose(Role::Vex, "OpenVEX")),
    ("application/openvex", purpose(Role::Vex, "OpenVEX")),
    ("text/vex", purpose(Role::Vex, "OpenVEX")),
    ("application/csaf+json", purpose(Role::Vex, "CSAF")),
    (
        "application/vnd.cncf.helm.config.v1+json",
        purpose(Role::Chart, "Helm"),
    ),
    (
        "application/vnd.cncf.helm.chart",
        purpose(Role::Chart, "Helm"),
    ),
    (
        "application/vnd.cncf.flux",
        purpose(Role::Other, "Flux sources"),
    ),
    (
        "application/vnd.wasm.config",
        purpose(Role::Other, "Wasm module"),
    ),
    (
        "application/vnd.wasm.content.layer",
        purpose(Role::Other, "Wasm module"),
    ),
    ("application/wasm", purpose(Role::Other, "Wasm module")),
    (
        "application/vnd.cncf.openpolicyagent",
        purpose(Role::Other, "policy bundle"),
    ),
    (
        "application/vnd.sylabs.sif",
        purpose(Role::Other, "Singularity image"),
    ),
    (
        "application/vnd.sylabs.image",
        purpose(Role::Other, "OCI-SIF image"),
    ),
    (
        "appliciation/vnd.sylabs.sif",
        purpose(Role::Other, "Singularity image"),
    ),
    ("application/vnd.cncf.model.", purpose(Role::Other, "model")),
    ("application/vnd.docker.ai.", purpose(Role::Other, "model")),
    (
        "application/vnd.kitops.modelkit",
        purpose(Role::Other, "model kit"),
    ),
    (
        "application/vnd.ollama.image",
        purpose(Role::Other, "model"),
    ),
    (
        "application/vnd.diskimage.",
        purpose(Role::Other, "disk image"),
    ),
    (
        "application/vnd.aquasec.trivy",
        purpose(Role::Other, "Trivy database"),
    ),
    ("application/vnd.tuf.", purpose(Role::Other, "TUF metadata")),
];

/// Predicate types of in-toto statements, by prefix.
pub(super) const BY_PREDICATE: &[(&str, Purpose)] = &[
    // cosign 3 writes an image signature as a statement with an empty predicate of this type.
    (
        "https://sigstore.dev/cosign/sign/",
        purpose(Role::Signature, "cosign bundle"),
    ),
    (
        "https://slsa.dev/provenance/v0.1",
        purpose(Role::Provenance, "SLSA v0.1"),
    ),
    (
        "https://slsa.dev/provenance/v0.2",
        purpose(Role::Provenance, "SLSA v0.2"),
    ),
    (
        "https://slsa.dev/provenance/v1",
        purpose(Role::Provenance, "SLSA v1"),
    ),
    (
        "https://slsa.dev/provenance",
        purpose(Role::Provenance, "SLSA"),
    ),
    (
        "https://slsa.dev/verification_summary",
        purpose(Role::Attestation, "SLSA summary"),
    ),
    ("https://spdx.dev/Document", purpose(Role::Sbom, "SPDX")),
    (
        "https://cyclonedx.org/vex",
        purpose(Role::Vex, "CycloneDX VEX"),
    ),
    (
        "https://cyclonedx.org/bom",
        purpose(Role::Sbom, "CycloneDX"),
    ),
    ("https://cyclonedx.org", purpose(Role::Sbom, "CycloneDX")),
    ("https://syft.dev/bom", purpose(Role::Sbom, "Syft")),
    ("https://openvex.dev/ns", purpose(Role::Vex, "OpenVEX")),
    (
        "https://docs.oasis-open.org/csaf",
        purpose(Role::Vex, "CSAF"),
    ),
    (
        "https://cosign.sigstore.dev/attestation/vuln",
        purpose(Role::Attestation, "vulnerability scan"),
    ),
    (
        "https://in-toto.io/attestation/vulns",
        purpose(Role::Attestation, "vulnerability scan"),
    ),
    (
        "https://in-toto.io/attestation/test-result",
        purpose(Role::Attestation, "test result"),
    ),
    (
        "https://in-toto.io/attestation/link",
        purpose(Role::Provenance, "in-toto link"),
    ),
    (
        "https://in-toto.io/Link",
        purpose(Role::Provenance, "in-toto link"),
    ),
];

//! What is attached to images, in the forms that its tools give it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regscope::oci::{Digest, media_type};

use crate::json::{Pairs, Value, pairs};
use crate::key;
use crate::registry::{Artifact, Descriptor, Repository};

pub(crate) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
pub(crate) const STATEMENT: &str = "application/vnd.in-toto+json";
pub(crate) const SLSA: &str = "https://slsa.dev/provenance/v1";
pub(crate) const SPDX: &str = "https://spdx.dev/Document";
pub(crate) const OPENVEX: &str = "https://openvex.dev/ns/v0.2.0";
const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

/// How a single document is attached: `oras attach`.
pub(crate) struct Carrier<'a> {
    artifact_type: &'a str,
    created: &'a str,
}

impl<'a> Carrier<'a> {
    pub(crate) fn new(artifact_type: &'a str, created: &'a str) -> Self {
        Self {
            artifact_type,
            created,
        }
    }
}

/// Attaches a document as a referrer of `subject`.
pub(crate) fn attach(
    repository: &mut Repository,
    subject: &Descriptor,
    carrier: &Carrier,
    document: &Value,
) -> Descriptor {
    let file = match carrier.artifact_type {
        "application/spdx+json" => "sbom.spdx.json",
        _ => "sbom.cdx.json",
    };
    let layer = repository.push_blob(carrier.artifact_type, document.to_bytes());
    let layer = layer.with_annotations(pairs([("org.opencontainers.image.title", file)]));
    let config = repository.push_empty();
    repository.push_artifact(Artifact {
        kind: Some(carrier.artifact_type.to_owned()),
        config,
        layers: vec![layer],
        annotations: pairs([("org.opencontainers.image.created", carrier.created)]),
        subject: Some(subject.clone()),
    })
}

/// A cosign signature in its old form: a tag made from the digest of `subject`. What is signed is a claim about
/// `claimed`, which is the same in an honest signature.
pub(crate) fn tag_signature(
    repository: &mut Repository,
    subject: &Descriptor,
    claimed: &Descriptor,
) -> Descriptor {
    // cosign writes this payload with sorted keys.
    let payload = object! {
        "critical" => object! {
            "identity" => object! { "docker-reference" => repository.name() },
            "image" => object! { "docker-manifest-digest" => claimed.digest },
            "type" => "cosign container image signature",
        },
        "optional" => object! { "creator" => "ci.example.com" },
    };
    let payload = payload.to_bytes();
    let signature = key::sign(&payload);
    let layer = repository
        .push_blob("application/vnd.dev.cosign.simplesigning.v1+json", payload)
        .with_annotations(pairs([("dev.cosignproject.cosign/signature", &signature)]));
    let config = object! {
        "architecture" => "",
        "created" => "0001-01-01T00:00:00Z",
        "history" => [object! { "created" => "0001-01-01T00:00:00Z" }],
        "os" => "",
        "rootfs" => object! { "type" => "layers", "diff_ids" => [layer.digest] },
        "config" => object! {},
    };
    let config = repository.push_blob(media_type::OCI_CONFIG, config.to_bytes());
    let manifest = repository.push_artifact(Artifact {
        kind: None,
        config,
        layers: vec![layer],
        annotations: Pairs::new(),
        subject: None,
    });
    repository.tag(&digest_tag(&subject.digest, "sig"), &manifest);
    manifest
}

/// The tag that speaks of a digest, with a suffix.
pub(crate) fn digest_tag(digest: &Digest, suffix: &str) -> String {
    format!("{}.{suffix}", regscope::oci::tag::fallback_tag(digest))
}

/// An in-toto statement about `digest`.
pub(crate) fn statement(
    name: Option<&str>,
    digest: Digest,
    predicate_type: &str,
    predicate: Value,
) -> Value {
    let subject = object! {}
        .with_some("name", name)
        .with("digest", object! { "sha256" => digest.encoded() });
    object! {
        "_type" => "https://in-toto.io/Statement/v1",
        "subject" => [subject],
        "predicateType" => predicate_type,
        "predicate" => predicate,
    }
}

/// A cosign signature in its new form: a bundle as referrer.
pub(crate) fn bundle_signature(
    repository: &mut Repository,
    subject: &Descriptor,
    created: &str,
) -> Descriptor {
    let signed = statement(None, subject.digest, COSIGN_SIGN, object! {});
    bundle(repository, subject, created, COSIGN_SIGN, &signed)
}

/// A signed statement about `subject`, as a bundle and a referrer.
pub(crate) fn attestation(
    repository: &mut Repository,
    subject: &Descriptor,
    created: &str,
    predicate_type: &str,
    predicate: Value,
) -> Descriptor {
    let name = repository.name();
    let signed = statement(Some(&name), subject.digest, predicate_type, predicate);
    bundle(repository, subject, created, predicate_type, &signed)
}

fn bundle(
    repository: &mut Repository,
    subject: &Descriptor,
    created: &str,
    predicate_type: &str,
    signed: &Value,
) -> Descriptor {
    let payload = signed.to_bytes();
    // DSSE, "Signature Definition": the type of the payload is signed with it.
    let mut encoded =
        format!("DSSEv1 {} {STATEMENT} {} ", STATEMENT.len(), payload.len()).into_bytes();
    encoded.extend_from_slice(&payload);
    let document = object! {
        "mediaType" => BUNDLE,
        "verificationMaterial" => object! { "publicKey" => object! { "hint" => key::hint() } },
        "dsseEnvelope" => object! {
            "payload" => STANDARD.encode(&payload),
            "payloadType" => STATEMENT,
            "signatures" => [object! { "sig" => key::sign(&encoded) }],
        },
    };
    let layer = repository.push_blob(BUNDLE, document.to_bytes());
    let mut config = repository.push_empty();
    // cosign 3 writes it there too.
    config.artifact_type = Some(BUNDLE.to_owned());
    repository.push_artifact(Artifact {
        kind: Some(BUNDLE.to_owned()),
        config,
        layers: vec![layer],
        annotations: pairs([
            ("dev.sigstore.bundle.content", "dsse-envelope"),
            ("dev.sigstore.bundle.predicateType", predicate_type),
            ("org.opencontainers.image.created", created),
        ]),
        subject: Some(subject.clone()),
    })
}

//! SBOMs, signatures, provenance, VEX and charts; the signatures are checked with the key that is in the repository.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use regscope::oci::tag::{DigestTag, DigestTagKind};
use regscope::oci::{Digest, FoundBy, Manifest, Role, media_type, purpose};
use serde_json::Value;

use super::{Asker, said};

const APP: &str = "team/app";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

fn asset(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn is_signed(message: &[u8], signature: &str) -> bool {
    let key = VerifyingKey::from_public_key_pem(&asset("demo-signing-key.pub.pem")).unwrap();
    let signature = Signature::from_slice(&STANDARD.decode(signature).unwrap()).unwrap();
    key.verify_strict(message, &signature).is_ok()
}

fn document(asker: &Asker, path: &str, manifest: &Manifest, layer: usize) -> Value {
    let bytes = asker.document(path, manifest.layers[layer].digest).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The statement in a bundle, whose signature is good.
fn statement(asker: &Asker, path: &str, manifest: &Manifest) -> Value {
    let bundle = document(asker, path, manifest, 0);
    let envelope = &bundle["dsseEnvelope"];
    let payload = STANDARD
        .decode(envelope["payload"].as_str().unwrap())
        .unwrap();
    let kind = envelope["payloadType"].as_str().unwrap();
    let mut message = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    message.extend_from_slice(&payload);
    assert!(is_signed(
        &message,
        envelope["signatures"][0]["sig"].as_str().unwrap()
    ));
    serde_json::from_slice(&payload).unwrap()
}

fn subject_of(statement: &Value) -> String {
    format!(
        "sha256:{}",
        statement["subject"][0]["digest"]["sha256"]
            .as_str()
            .unwrap()
    )
}

#[test]
fn the_key_says_that_it_is_worthless() {
    let private = asset("demo-signing-key.pem");
    let public = asset("demo-signing-key.pub.pem");
    for text in [&private, &public] {
        assert!(text.starts_with("# THIS KEY IS WORTHLESS"));
    }
    let key = SigningKey::from_pkcs8_pem(&private).unwrap();
    let other = VerifyingKey::from_public_key_pem(&public).unwrap();
    assert_eq!(key.verifying_key(), other);
}

/// What the layer of a cosign tag claims, whose signature is good.
fn claimed(asker: &Asker, path: &str, subject: Digest) -> String {
    let tag = format!("{}.sig", regscope::oci::tag::fallback_tag(&subject));
    let manifest = asker.tag(path, &tag);
    assert_eq!(purpose::of_manifest(&manifest).role, Role::Signature);
    assert_eq!((&manifest.artifact_type, &manifest.subject), (&None, &None));
    let layer = &manifest.layers[0];
    let payload = asker.document(path, layer.digest).unwrap();
    assert!(is_signed(
        &payload,
        said(&layer.annotations, "dev.cosignproject.cosign/signature")
    ));
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    payload["critical"]["image"]["docker-manifest-digest"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn signatures_in_tags_are_good_and_one_is_about_another_image() {
    let asker = Asker::new();
    for (path, tag) in [
        (APP, "1.2.0"),
        (APP, "1.3.2"),
        (APP, "1.4.0"),
        ("team/base", "3.1.0"),
    ] {
        let subject = asker.tag(path, tag).digest;
        assert_eq!(claimed(&asker, path, subject), subject.to_string());
    }
    let copied = claimed(&asker, APP, asker.tag(APP, "1.2.1").digest);
    assert_eq!(copied, asker.tag(APP, "1.2.0").digest.to_string());
}

#[test]
fn one_signature_is_about_an_image_that_is_gone() {
    let asker = Asker::new();
    let tags = asker.tags(APP);
    let cosign = tags.iter().filter_map(|t| DigestTag::parse(t.as_str()));
    let cosign = cosign.filter(|t| t.kind == DigestTagKind::Cosign);
    let subjects = cosign.filter_map(|t| t.subject());
    let gone: Vec<Digest> = subjects
        .filter(|s| asker.manifest(APP, *s).is_err())
        .collect();
    assert_eq!(gone.len(), 1);
    assert_eq!(claimed(&asker, APP, gone[0]), gone[0].to_string());
}

#[test]
fn the_newest_release_has_a_signature_provenance_and_vex_as_bundles() {
    let asker = Asker::new();
    let subject = asker.tag(APP, "1.4.1").digest;
    let bundles = asker.attached(APP, subject, BUNDLE);
    let roles: Vec<_> = bundles
        .iter()
        .map(|b| purpose::of_manifest(b).role)
        .collect();
    assert_eq!(roles, [Role::Signature, Role::Provenance, Role::Vex]);
    let statements: Vec<_> = bundles.iter().map(|b| statement(&asker, APP, b)).collect();
    assert!(
        statements
            .iter()
            .all(|s| subject_of(s) == subject.to_string())
    );
    let [signature, provenance, vex] = statements.as_slice() else {
        panic!("{statements:?}");
    };
    assert_eq!(
        signature["predicateType"],
        "https://sigstore.dev/cosign/sign/v1"
    );
    let dependencies = &provenance["predicate"]["buildDefinition"]["resolvedDependencies"];
    let base = asker.tag("team/base", "3").digest.encoded();
    assert_eq!(dependencies[1]["digest"]["sha256"], base);
    let image = asker.platform(APP, "1.4.1", "amd64");
    let revision = said(&image.annotations, "org.opencontainers.image.revision");
    assert_eq!(dependencies[0]["digest"]["gitCommit"], revision);
    let verdicts = vex["predicate"]["statements"].as_array().unwrap();
    let verdicts: Vec<_> = verdicts
        .iter()
        .map(|s| s["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        verdicts,
        ["fixed", "not_affected", "affected", "under_investigation"]
    );
    // cosign 3 has the artifact type in a place of its own too.
    let config = bundles[0].config.as_ref().unwrap();
    assert!(config.artifact_type.as_ref().is_some_and(|t| *t == BUNDLE));
    assert_eq!(config.media_type, media_type::OCI_EMPTY);
}

#[test]
fn platforms_have_an_sbom_each_and_one_of_them_is_signed() {
    let asker = Asker::new();
    let amd64 = asker.platform(APP, "1.4.1", "amd64").digest;
    let found = asker.attached(APP, amd64, "application/spdx+json");
    let spdx = document(&asker, APP, &found[0], 0);
    assert_eq!(spdx["spdxVersion"], "SPDX-2.3");
    assert_eq!(
        spdx["packages"][0]["checksums"][0]["checksumValue"],
        amd64.encoded()
    );
    let packages = spdx["packages"].as_array().unwrap();
    assert!(packages.len() > 30);
    let ids: std::collections::BTreeSet<_> =
        packages.iter().map(|p| p["SPDXID"].as_str()).collect();
    assert_eq!(ids.len(), packages.len());
    // The signature is a referrer of the SBOM, which is a referrer of the image.
    let signatures = asker.attached(APP, found[0].digest, BUNDLE);
    assert_eq!(purpose::of_manifest(&signatures[0]).role, Role::Signature);
    let signed = statement(&asker, APP, &signatures[0]);
    assert_eq!(subject_of(&signed), found[0].digest.to_string());

    let arm64 = asker.platform(APP, "1.4.1", "arm64").digest;
    let found = asker.attached(APP, arm64, "application/vnd.cyclonedx+json");
    let cyclonedx = document(&asker, APP, &found[0], 0);
    assert_eq!(cyclonedx["bomFormat"], "CycloneDX");
    assert_eq!(
        cyclonedx["components"].as_array().unwrap().len(),
        packages.len() - 1
    );
}

#[test]
fn the_new_major_has_attestations_by_buildkit_in_its_index() {
    let asker = Asker::new();
    let index = asker.tag(APP, "2.0.0");
    let entries = index
        .manifests
        .iter()
        .filter(|e| e.platform.as_ref().unwrap().is_unknown());
    let mut count = 0;
    for entry in entries {
        let image = purpose::buildkit_subject(entry).unwrap();
        let manifest = asker.manifest(APP, entry.digest).unwrap();
        assert_eq!(manifest.subject.as_ref().unwrap().digest, image);
        // The same manifest is an entry of the index and a referrer.
        let (by, listed) = asker.referrers(APP, image).remove(0);
        assert_eq!(by, FoundBy::ReferrersApi);
        assert!(listed.iter().any(|e| e.digest == entry.digest));
        let types = [0, 1].map(|layer| document(&asker, APP, &manifest, layer));
        for statement in &types {
            assert_eq!(subject_of(statement), image.to_string());
        }
        let types = types
            .each_ref()
            .map(|s| s["predicateType"].as_str().unwrap());
        assert_eq!(
            types,
            [
                "https://spdx.dev/Document",
                "https://slsa.dev/provenance/v1"
            ]
        );
        assert_eq!(purpose::of_manifest(&manifest).role, Role::Attestation);
        let config = manifest.config.as_ref().unwrap();
        assert_eq!(config.data.as_deref(), Some(&b"{}"[..]));
        count += 1;
    }
    assert_eq!((count, index.manifests.len()), (2, 4));
    let signature = &asker.attached(APP, index.digest, BUNDLE)[0];
    assert_eq!(
        subject_of(&statement(&asker, APP, signature)),
        index.digest.to_string()
    );
}

#[test]
fn charts_name_releases_of_the_app() {
    let asker = Asker::new();
    let path = "charts/app-chart";
    assert_eq!(asker.tags(path), ["0.3.0", "0.4.0", "0.5.0-rc.1_build.7"]);
    for (tag, version, app) in [
        ("0.3.0", "0.3.0", "1.3.2"),
        ("0.4.0", "0.4.0", "1.4.1"),
        ("0.5.0-rc.1_build.7", "0.5.0-rc.1+build.7", "2.0.0"),
    ] {
        let chart = asker.tag(path, tag);
        let config = chart.config.as_ref().unwrap();
        let config: Value =
            serde_json::from_slice(&asker.document(path, config.digest).unwrap()).unwrap();
        assert_eq!(config["version"], version);
        let named = format!("registry.example.com/team/app:{app}");
        assert!(said(&chart.annotations, "artifacthub.io/images").contains(&named));
        asker.tag(APP, app);
        let archive = asker.document(path, chart.layers[0].digest).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&*archive));
        let mut files = Vec::new();
        for file in archive.entries().unwrap() {
            let mut file = file.unwrap();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut file, &mut text).unwrap();
            files.push((file.path().unwrap().display().to_string(), text));
        }
        assert_eq!(files[0].0, "app-chart/Chart.yaml");
        assert!(files[0].1.contains(&named), "{}", files[0].1);
        assert_eq!(files.len(), 3);
    }
    let signed = asker.tag(path, "0.4.0").digest;
    assert_eq!(asker.attached(path, signed, BUNDLE).len(), 1);
}

//! What is attached to `team/app`.

use regscope::oci::media_type;

use crate::app::Pushed;
use crate::base::Bases;
use crate::evidence::{self, Carrier, OPENVEX, SLSA, SPDX, STATEMENT};
use crate::image::{Built, Release};
use crate::json::{Pairs, Value, pairs};
use crate::packages;
use crate::registry::{Artifact, Descriptor, HOST, Repository};
use crate::sbom::{self, About};

/// Attaches everything, in the order in which it came to be.
pub(crate) fn build(repository: &mut Repository, bases: &Bases, releases: &mut [Pushed]) {
    old_signatures(repository, releases);
    boms(repository, releases);
    for pushed in &*releases {
        let is_signed = matches!(pushed.plan.version, "1.4.1" | "2.0.0-rc.1")
            || pushed.plan.version.starts_with("edge");
        if is_signed {
            evidence::bundle_signature(repository, &pushed.release.index, pushed.plan.created);
        }
        if let (true, Some(alpine)) = (is_signed, &pushed.alpine) {
            evidence::bundle_signature(repository, &alpine.index, pushed.plan.created);
        }
    }
    let newest = find(releases, "1.4.1");
    let index = &newest.release.index;
    let predicate = provenance(newest, &bases.release(newest.plan.base).index);
    evidence::attestation(repository, index, newest.plan.created, SLSA, predicate);
    let judged = "2026-01-16T13:20:00Z";
    evidence::attestation(repository, index, judged, OPENVEX, vex(index, judged));
    source_image(repository, find(releases, "1.3.2"));
    let major = releases
        .iter_mut()
        .find(|p| p.plan.version == "2.0.0")
        .unwrap();
    with_buildkit(repository, bases, major);
}

fn find<'a>(releases: &'a [Pushed], version: &str) -> &'a Pushed {
    releases.iter().find(|p| p.plan.version == version).unwrap()
}

/// Signatures in tags. 1.1.0 is deleted later, and its signature forgotten; that of 1.2.1 was copied from 1.2.0 and
/// is a good signature of something else.
fn old_signatures(repository: &mut Repository, releases: &[Pushed]) {
    for (version, claimed) in [
        ("1.1.0", "1.1.0"),
        ("1.2.0", "1.2.0"),
        ("1.2.1", "1.2.0"),
        ("1.3.2", "1.3.2"),
        ("1.4.0", "1.4.0"),
    ] {
        let subject = &find(releases, version).release.index;
        let claimed = &find(releases, claimed).release.index;
        evidence::tag_signature(repository, subject, claimed);
    }
}

fn about<'a>(repository: &Repository, pushed: &Pushed, image: &'a Built) -> About<'a> {
    About {
        name: "app",
        version: pushed.plan.version,
        reference: format!("{}:{}", repository.name(), pushed.plan.version),
        repository: repository.name(),
        digest: image.manifest.digest,
        architecture: image.architecture,
        created: pushed.plan.created,
    }
}

/// SBOMs of platforms: SPDX everywhere but on 1.4.1 for arm64, which has CycloneDX. The SPDX one of 1.4.1 is itself
/// signed. Of that of 1.3.1 half was lost.
fn boms(repository: &mut Repository, releases: &[Pushed]) {
    for (version, architecture) in [
        ("1.3.1", "amd64"),
        ("1.3.2", "amd64"),
        ("1.4.0", "amd64"),
        ("1.4.1", "amd64"),
        ("1.4.1", "arm64"),
    ] {
        let pushed = find(releases, version);
        let image = pushed.release.image(architecture);
        let about = about(repository, pushed, image);
        let packages = packages::of_app(version, pushed.plan.base);
        let created = pushed.plan.created;
        let (artifact_type, document) = match architecture {
            "arm64" => (
                "application/vnd.cyclonedx+json",
                sbom::cyclonedx(&about, &packages),
            ),
            _ => ("application/spdx+json", sbom::spdx(&about, &packages)),
        };
        let carrier = Carrier::new(artifact_type, created);
        let bom = evidence::attach(repository, &image.manifest, &carrier, &document);
        match (version, architecture) {
            ("1.4.1", "amd64") => {
                evidence::bundle_signature(repository, &bom, created);
            }
            ("1.3.1", _) => {
                repository.damaged.insert(bom.digest);
            }
            _ => {}
        }
    }
}

/// SLSA v1 by a CI service.
fn provenance(pushed: &Pushed, base: &Descriptor) -> Value {
    let plan = pushed.plan;
    let tag = format!("refs/tags/v{}", plan.version);
    let source = "https://git.example.com/team/app";
    object! {
        "buildDefinition" => object! {
            "buildType" => "https://ci.example.com/buildtypes/container/v1",
            "externalParameters" => object! {
                "workflow" => object! { "repository" => source, "ref" => tag.as_str(), "path" => ".ci/release.yaml" },
            },
            "internalParameters" => object! { "trigger" => "tag" },
            "resolvedDependencies" => [
                object! {
                    "uri" => format!("git+{source}@{tag}"),
                    "digest" => object! { "gitCommit" => plan.revision() },
                },
                object! {
                    "uri" => format!("pkg:docker/{HOST}/team/base@{}?digest={}", plan.base_tag, base.digest),
                    "digest" => object! { "sha256" => base.digest.encoded() },
                },
            ],
        },
        "runDetails" => object! {
            "builder" => object! { "id" => "https://ci.example.com/runners/linux@v3" },
            "metadata" => object! {
                "invocationId" => "https://ci.example.com/team/app/runs/4711",
                "startedOn" => "2026-01-14T09:21:30Z",
                "finishedOn" => plan.created,
            },
        },
    }
}

/// What the known vulnerabilities mean for 1.4.1.
fn vex(index: &Descriptor, judged: &str) -> Value {
    let product = |package: &str| {
        let digest = index.digest.to_string().replace(':', "%3A");
        object! {
            "@id" => format!("pkg:oci/app@{digest}?repository_url={HOST}/team/app"),
            "subcomponents" => [object! { "@id" => package }],
        }
    };
    let statement = |vulnerability: &str, package: &str, status: &str| {
        object! {
            "vulnerability" => object! { "name" => vulnerability },
            "products" => [product(package)],
            "status" => status,
        }
    };
    let crypto = "pkg:golang/golang.org/x/crypto@v0.33.0";
    object! {
        "@context" => OPENVEX,
        "@id" => "https://vex.example.com/team/app/1.4.1",
        "author" => "Example Team security",
        "timestamp" => judged,
        "version" => 1_u64,
        "statements" => [
            statement("CVE-2024-45337", crypto, "fixed"),
            statement("CVE-2025-22869", crypto, "not_affected")
                .with("justification", "vulnerable_code_not_in_execute_path")
                .with("impact_statement", "The app opens no SSH connections."),
            statement("CVE-2025-49794", "pkg:deb/debian/libxml2", "affected")
                .with("action_statement", "Do not import calendars from untrusted sources until 1.4.2."),
            statement("CVE-2025-4802", "pkg:deb/debian/libc6", "under_investigation"),
        ],
    }
}

/// The sources of 1.3.2, under a digest tag.
fn source_image(repository: &mut Repository, pushed: &Pushed) {
    let layer = |name: &str, license: &str, size| {
        let layer_type = "application/vnd.oci.image.layer.v1.tar";
        Descriptor::of_layer(layer_type, name, size).with_annotations(pairs([
            ("source.artifact.filename", name),
            ("source.artifact.license", license),
        ]))
    };
    let layers = vec![
        layer("app-1.3.2.tar.gz", "Apache-2.0 AND MIT", 1_834_496),
        layer("libxml2_2.9.14+dfsg.orig.tar.xz", "MIT", 2_363_904),
        layer("sqlite3_3.40.1.orig.tar.xz", "blessing", 6_925_824),
    ];
    let diff_ids: Vec<_> = layers.iter().map(|layer| layer.digest).collect();
    let config = object! {
        "architecture" => "amd64",
        "os" => "linux",
        "config" => object! {},
        "rootfs" => object! { "type" => "layers", "diff_ids" => diff_ids },
    };
    let config = repository.push_blob(media_type::OCI_CONFIG, config.to_bytes());
    let manifest = repository.push_artifact(Artifact {
        kind: None,
        config,
        layers,
        annotations: Pairs::new(),
        subject: None,
    });
    let image = pushed.release.image("amd64");
    repository.tag(
        &evidence::digest_tag(&image.manifest.digest, "src"),
        &manifest,
    );
}

/// Builds the index of a release again as BuildKit writes it, with an attestation manifest for every platform, and
/// signs that.
fn with_buildkit(repository: &mut Repository, bases: &Bases, pushed: &mut Pushed) {
    let base = &bases.release(pushed.plan.base).index;
    let mut entries: Vec<_> = pushed
        .release
        .images
        .iter()
        .map(|i| i.manifest.clone())
        .collect();
    for image in &pushed.release.images {
        let mut entry = buildkit_attestation(repository, pushed, image, base);
        entry.platform = Some(("unknown", "unknown"));
        entry.annotations = pairs([
            (
                "vnd.docker.reference.digest",
                &image.manifest.digest.to_string(),
            ),
            ("vnd.docker.reference.type", "attestation-manifest"),
        ]);
        entries.push(entry);
    }
    let plain = pushed.release.index.clone();
    let index = repository.push_index(&entries, &Pairs::new());
    for digest in repository.tags.values_mut().filter(|d| **d == plain.digest) {
        *digest = index.digest;
    }
    repository.delete(&plain);
    evidence::bundle_signature(repository, &index, pushed.plan.created);
    let images = pushed.release.images.clone();
    let version = pushed.release.version.clone();
    pushed.release = Release {
        version,
        index,
        images,
    };
}

fn buildkit_attestation(
    repository: &mut Repository,
    pushed: &Pushed,
    image: &Built,
    base: &Descriptor,
) -> Descriptor {
    let plan = pushed.plan;
    let platform = format!("linux%2F{}", image.architecture);
    let name = format!(
        "pkg:docker/{HOST}/team/app@{}?platform={platform}",
        plan.version
    );
    let bom = sbom::spdx(
        &about(repository, pushed, image),
        &packages::of_app(plan.version, plan.base),
    );
    let dependency = |reference: &str, digest: String| {
        object! {
            "uri" => format!("pkg:docker/{reference}?platform={platform}"),
            "digest" => object! { "sha256" => digest },
        }
    };
    let builder = crate::registry::digest_of_name("golang:1.25-bookworm").encoded();
    let provenance = object! {
        "buildDefinition" => object! {
            "buildType" => "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
            "externalParameters" => object! {
                "configSource" => object! { "path" => "Dockerfile" },
                "request" => object! {
                    "frontend" => "dockerfile.v0",
                    "args" => object! { "label:org.opencontainers.image.version" => plan.version },
                },
            },
            "internalParameters" => object! { "builderPlatform" => "linux/amd64" },
            // Every image of every stage, in no order: the one that the build ran in, and the base.
            "resolvedDependencies" => [
                dependency("golang@1.25-bookworm", builder),
                dependency(&format!("{HOST}/team/base@{}", plan.base_tag), base.digest.encoded()),
            ],
        },
        "runDetails" => object! {
            "builder" => object! { "id" => "" },
            "metadata" => object! {
                "invocationId" => "w8xq0c5n1r2y9k4t7m3z6b0aj",
                "startedOn" => "2026-01-20T14:29:02Z",
                "finishedOn" => plan.created,
            },
        },
    };
    let mut layers = Vec::new();
    for (predicate_type, predicate) in [(SPDX, bom), (SLSA, provenance)] {
        let digest = image.manifest.digest;
        let document = evidence::statement(Some(&name), digest, predicate_type, predicate);
        let layer = repository.push_blob(STATEMENT, document.to_bytes());
        layers.push(layer.with_annotations(pairs([("in-toto.io/predicate-type", predicate_type)])));
    }
    let mut config = repository.push_empty();
    config.data = Some("e30=");
    repository.push_artifact(Artifact {
        kind: Some("application/vnd.docker.attestation.manifest.v1+json".to_owned()),
        config,
        layers,
        annotations: Pairs::new(),
        subject: Some(image.manifest.clone()),
    })
}

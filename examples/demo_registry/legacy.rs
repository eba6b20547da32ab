//! `legacy/worker`: what an old registry served and old tools wrote. It has no referrers API, only fallback tags.

use regscope::oci::{media_type, tag};

use crate::evidence::{self, Carrier};
use crate::image::{ARCHITECTURES, Built, Flavour, Layer, Recipe, Step};
use crate::json::{Pairs, Value};
use crate::packages;
use crate::registry::{Descriptor, Registry, Repository, digest_of_name};
use crate::sbom::{self, About};

const PATH: &str = "legacy/worker";

/// Pushes everything of `legacy/worker`.
pub(crate) fn build(registry: &mut Registry) {
    let repository = registry.repository(PATH);
    repository.has_referrers_api = false;
    schema1(repository);
    let gone = image(repository, "0.7.0", "2023-02-14T12:00:00Z", "amd64");
    let single = image(repository, "0.8.0", "2024-03-04T12:00:00Z", "amd64");
    repository.tag("0.8.0", &single.manifest);
    let created = "2025-03-18T12:00:00Z";
    let images = ARCHITECTURES.map(|a| image(repository, "0.9.4", created, a));
    let entries: Vec<Value> = images.iter().map(|i| Value::from(&i.manifest)).collect();
    let list = object! {
        "schemaVersion" => 2_u64,
        "mediaType" => media_type::DOCKER_LIST,
        "manifests" => entries,
    };
    let list = repository.push_manifest(media_type::DOCKER_LIST, &list);
    for name in ["0.9.4", "0.9", "latest"] {
        repository.tag(name, &list);
    }
    let [newest, _] = &images;
    bom(repository, newest, "0.9.4", created);
    // 0.7.0 was deleted; its SBOM and the list that has it were forgotten.
    bom(repository, &gone, "0.7.0", "2023-02-14T12:00:00Z");
    repository.delete(&gone.manifest);
}

/// An image in Docker's first format, whose history holds its config.
fn schema1(repository: &mut Repository) {
    let (below, above) = (
        digest_of_name("worker 0.1 root"),
        digest_of_name("worker 0.1"),
    );
    let step = |id: &str, parent: Option<&str>, command: &str| {
        let said = object! { "id" => id }
            .with_some("parent", parent)
            .with("created", "2016-04-12T09:00:00Z")
            .with(
                "container_config",
                object! { "Cmd" => ["/bin/sh", "-c", command] },
            )
            .with("architecture", "amd64")
            .with("os", "linux");
        let said = String::from_utf8(said.to_bytes()).unwrap();
        object! { "v1Compatibility" => said }
    };
    let (first, second) = (below.encoded(), above.encoded());
    let manifest = object! {
        "schemaVersion" => 1_u64,
        "name" => PATH,
        "tag" => "0.1",
        "architecture" => "amd64",
        "fsLayers" => [object! { "blobSum" => above }, object! { "blobSum" => below }],
        "history" => [
            step(&second, Some(&first), "#(nop) COPY file:worker in /usr/bin/worker"),
            step(&first, None, "#(nop) ADD file:rootfs in /"),
        ],
    };
    let manifest = repository.push_manifest(media_type::DOCKER_SCHEMA1, &manifest);
    repository.tag("0.1", &manifest);
}

fn image(
    repository: &mut Repository,
    version: &str,
    created: &str,
    architecture: &'static str,
) -> Built {
    let layer = |what: &str, size| Layer::new(&format!("worker {what} {architecture}"), size);
    let recipe = Recipe {
        flavour: Flavour::Docker,
        architecture,
        created: created.to_owned(),
        steps: vec![
            Step::layer(created, "ADD rootfs.tar.xz /", layer("root", 52_000)),
            Step::layer(
                created,
                "COPY worker /usr/bin/worker",
                layer(version, 9_800),
            ),
            Step::setting(created, "CMD [\"worker\"]"),
        ],
        labels: Pairs::new(),
        annotations: Pairs::new(),
        settings: vec![("Cmd", ["worker"].into())],
    };
    recipe.push(repository)
}

/// An SBOM, and the fallback tag that its client had to write. It wrote the config's media type as artifact type, as
/// older versions of go-containerregistry do: what the list says is not what the manifest says.
fn bom(repository: &mut Repository, image: &Built, version: &str, created: &str) {
    let about = About {
        name: "worker",
        version,
        reference: format!("{}:{version}", repository.name()),
        repository: repository.name(),
        digest: image.manifest.digest,
        architecture: image.architecture,
        created,
    };
    let document = sbom::cyclonedx(&about, &packages::of_base("3.0.1"));
    let carrier = Carrier::new("application/vnd.cyclonedx+json", created);
    let bom: Descriptor = evidence::attach(repository, &image.manifest, &carrier, &document);
    let mut claim = bom;
    claim.artifact_type = Some(media_type::OCI_EMPTY.to_owned());
    let list = repository.push_index(&[claim], &Pairs::new());
    repository.tag(&tag::fallback_tag(&image.manifest.digest), &list);
}

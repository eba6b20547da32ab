//! What else registries hold: an index within an index, a Wasm module, a model.

use crate::image::{ARCHITECTURES, Flavour, Layer, Recipe, Step};
use crate::json::{Pairs, pairs};
use crate::registry::{Artifact, Descriptor, Registry, digest_of_name};

/// Pushes everything that is neither the app nor its chart.
pub(crate) fn build(registry: &mut Registry) {
    toolbox(registry);
    wasm(registry);
    model(registry);
}

/// `team/toolbox`: a collection whose first entry is an index of its own.
fn toolbox(registry: &mut Registry) {
    let repository = registry.repository("team/toolbox");
    let created = "2026-01-08T07:30:00Z";
    let mut push = |what: &str, size, architecture| {
        let layer = Layer::new(&format!("toolbox {what} {architecture}"), size);
        let recipe = Recipe {
            flavour: Flavour::Oci,
            architecture,
            created: created.to_owned(),
            steps: vec![Step::layer(created, &format!("COPY {what}/ /"), layer)],
            labels: pairs([("org.opencontainers.image.title", what)]),
            annotations: pairs([("org.opencontainers.image.title", what)]),
            settings: vec![("Cmd", ["/bin/sh"].into())],
        };
        recipe.push(repository).manifest
    };
    let tools = ARCHITECTURES.map(|architecture| push("tools", 31_000, architecture));
    let debug = push("debug", 88_000, "amd64");
    let inner = repository
        .push_index(
            &tools,
            &pairs([("org.opencontainers.image.title", "tools")]),
        )
        .with_annotations(pairs([("org.opencontainers.image.title", "tools")]));
    let outer = repository.push_index(&[inner, debug], &Pairs::new());
    repository.tag("2026.1", &outer);
    repository.tag("latest", &outer);
}

/// `plugins/rate-limit`: a Wasm module.
fn wasm(registry: &mut Registry) {
    let repository = registry.repository("plugins/rate-limit");
    let layer = Descriptor::of_layer("application/wasm", "rate-limit 0.2.0", 412_873);
    let config = object! {
        "created" => "2025-12-02T10:11:12Z",
        "architecture" => "wasm",
        "os" => "wasip2",
        "layerDigests" => [layer.digest],
        "component" => object! {
            "exports" => ["wasi:http/incoming-handler@0.2.0"],
            "imports" => ["wasi:clocks/monotonic-clock@0.2.0", "wasi:http/types@0.2.0"],
        },
    };
    let config = repository.push_blob("application/vnd.wasm.config.v0+json", config.to_bytes());
    let module = repository.push_artifact(Artifact {
        kind: None,
        config,
        layers: vec![layer],
        annotations: pairs([("org.opencontainers.image.version", "0.2.0")]),
        subject: None,
    });
    repository.tag("0.2.0", &module);
}

/// `models/support-triage`: a model in the format of CNCF's model specification.
fn model(registry: &mut Registry) {
    let repository = registry.repository("models/support-triage");
    let layer = |kind: &str, file: &str, size| {
        let media_type = format!("application/vnd.cncf.model.{kind}");
        Descriptor::of_layer(&media_type, file, size)
            .with_annotations(pairs([("org.cncf.model.filepath", file)]))
    };
    let layers = vec![
        layer(
            "weight.v1.raw",
            "model-00001-of-00002.safetensors",
            2_147_291_904,
        ),
        layer(
            "weight.v1.raw",
            "model-00002-of-00002.safetensors",
            1_038_090_240,
        ),
        layer("weight.config.v1.raw", "tokenizer.json", 9_085_657),
        layer("doc.v1.raw", "README.md", 5_120),
    ];
    let files: Vec<_> = layers
        .iter()
        .map(|layer| digest_of_name(&layer.digest.encoded()))
        .collect();
    let config = object! {
        "descriptor" => object! {
            "createdAt" => "2025-10-30T17:45:00Z",
            "name" => "support-triage",
            "version" => "1.1",
            "licenses" => ["Apache-2.0"],
        },
        "modelfs" => object! { "type" => "layers", "diffIds" => files },
        "config" => object! { "architecture" => "transformer", "format" => "safetensors", "paramSize" => "1.5b" },
    };
    let config = repository.push_blob(
        "application/vnd.cncf.model.config.v1+json",
        config.to_bytes(),
    );
    let model = repository.push_artifact(Artifact {
        kind: Some("application/vnd.cncf.model.manifest.v1+json".to_owned()),
        config,
        layers,
        annotations: pairs([("org.opencontainers.image.licenses", "Apache-2.0")]),
        subject: None,
    });
    repository.tag("1.1", &model);
    repository.tag("latest", &model);
}

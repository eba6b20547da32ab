//! `charts/app-chart`: Helm charts that name the app. Their archives are real and small.

use crate::evidence;
use crate::json::{Value, pairs};
use crate::registry::{Artifact, HOST, Registry, Repository};

const PATH: &str = "charts/app-chart";
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// Tag, version (a tag cannot have a plus sign), version of the app, date.
const CHARTS: [(&str, &str, &str, &str); 3] = [
    ("0.3.0", "0.3.0", "1.3.2", "2025-11-21T08:14:02Z"),
    ("0.4.0", "0.4.0", "1.4.1", "2026-01-15T08:40:37Z"),
    (
        "0.5.0-rc.1_build.7",
        "0.5.0-rc.1+build.7",
        "2.0.0",
        "2026-01-21T16:05:19Z",
    ),
];

/// Pushes everything of `charts/app-chart`.
pub(crate) fn build(registry: &mut Registry) {
    let repository = registry.repository(PATH);
    for (tag, version, app, created) in CHARTS {
        let chart = push(repository, version, app, created);
        repository.tag(tag, &chart);
        if tag == "0.4.0" {
            evidence::bundle_signature(repository, &chart, created);
        }
    }
}

fn push(
    repository: &mut Repository,
    version: &str,
    app: &str,
    created: &str,
) -> crate::registry::Descriptor {
    let images = format!(
        "- name: app\n  image: {HOST}/team/app:{app}\n- name: cache\n  image: docker.io/library/valkey:8.1\n"
    );
    let archive = archive(version, app, &images);
    let config = object! {
        "name" => "app-chart",
        "home" => "https://docs.example.com/app",
        "sources" => ["https://git.example.com/team/app-chart"],
        "version" => version,
        "description" => "Runs the app and its cache",
        "maintainers" => [object! { "name" => "Example Team", "email" => "team@example.com" }],
        "apiVersion" => "v2",
        "appVersion" => app,
        "annotations" => object! { "artifacthub.io/images" => images.as_str() },
        "type" => "application",
    };
    let config = repository.push_blob(CONFIG, Value::to_bytes(&config));
    let layer = repository.push_blob(CONTENT, archive);
    repository.push_artifact(Artifact {
        kind: None,
        config,
        layers: vec![layer],
        annotations: pairs([
            ("artifacthub.io/images", &images),
            (
                "org.opencontainers.image.authors",
                "Example Team (team@example.com)",
            ),
            ("org.opencontainers.image.created", created),
            (
                "org.opencontainers.image.description",
                "Runs the app and its cache",
            ),
            (
                "org.opencontainers.image.source",
                "https://git.example.com/team/app-chart",
            ),
            ("org.opencontainers.image.title", "app-chart"),
            (
                "org.opencontainers.image.url",
                "https://docs.example.com/app",
            ),
            ("org.opencontainers.image.version", version),
        ]),
        subject: None,
    })
}

/// The chart as `helm package` writes it.
fn archive(version: &str, app: &str, images: &str) -> Vec<u8> {
    let indented = format!("    {}\n", images.trim_end().replace('\n', "\n    "));
    let chart = format!(
        "apiVersion: v2\nname: app-chart\ndescription: Runs the app and its cache\ntype: application\n\
         version: {version}\nappVersion: \"{app}\"\nhome: https://docs.example.com/app\n\
         annotations:\n  artifacthub.io/images: |\n{indented}"
    );
    let values = format!(
        "image:\n  registry: {HOST}\n  repository: team/app\n  tag: \"\"  # the chart's appVersion\n\
         replicas: 2\ncache:\n  image: docker.io/library/valkey:8.1\n"
    );
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  \
         replicas: {{ .Values.replicas }}\n  template:\n    spec:\n      containers:\n      - name: app\n        \
         image: \"{{ .Values.image.registry }}/{{ .Values.image.repository }}:\
         {{ .Values.image.tag | default .Chart.AppVersion }}\"\n";
    let mut files = tar::Builder::new(Vec::new());
    for (name, text) in [
        ("app-chart/Chart.yaml", chart.as_str()),
        ("app-chart/values.yaml", &values),
        ("app-chart/templates/deployment.yaml", deployment),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        files
            .append_data(&mut header, name, text.as_bytes())
            .unwrap();
    }
    gzip(&files.into_inner().unwrap())
}

/// A gzip file that stores its content as it is (RFC 1951, section 3.2.4). Written by hand: its digest stands in
/// manifests, and must not change with the version of a compressor.
fn gzip(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    file.push(1);
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend_from_slice(content);
    file.extend(crc.sum().to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

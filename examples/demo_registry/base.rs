//! `team/base`: three releases, and tags that move from one to the next.

use crate::evidence::{self, Carrier};
use crate::image::{ARCHITECTURES, Flavour, Layer, Recipe, Release, Step};
use crate::json::{Pairs, pairs};
use crate::packages;
use crate::registry::{Registry, Repository};
use crate::sbom::{self, About};

const PATH: &str = "team/base";

struct Plan {
    version: &'static str,
    created: &'static str,
    revision: &'static str,
    tags: &'static [&'static str],
}

/// `3.0` named 3.0.1 until 3.0.2 came: what was built on `3.0` before stands on what it was then.
const PLANS: [Plan; 3] = [
    Plan {
        version: "3.0.1",
        created: "2025-05-20T06:00:11Z",
        revision: "5c0de9b1f7a24c6f8f3f8e02c4b7d1a95e6d3310",
        tags: &["3.0.1", "3.0", "3", "latest"],
    },
    Plan {
        version: "3.0.2",
        created: "2025-11-30T06:00:09Z",
        revision: "b81f2a6e0c9d4e7795ab31c7f0d2e84466a9c1fd",
        tags: &["3.0.2", "3.0", "3", "latest"],
    },
    Plan {
        version: "3.1.0",
        created: "2026-01-12T06:00:14Z",
        revision: "e47d0b93a51c4f0c8e2267f19bd8035a7c42ee08",
        tags: &["3.1.0", "3.1", "3", "latest"],
    },
];

/// The releases, oldest first.
pub(crate) struct Bases(Vec<Release>);

impl Bases {
    /// The release with this version.
    pub(crate) fn release(&self, version: &str) -> &Release {
        self.0.iter().find(|r| r.version == version).unwrap()
    }
}

/// Pushes everything of `team/base`.
pub(crate) fn build(registry: &mut Registry) -> Bases {
    let repository = registry.repository(PATH);
    let releases: Vec<Release> = PLANS.iter().map(|plan| push(repository, plan)).collect();
    for release in &releases {
        evidence::tag_signature(repository, &release.index, &release.index);
    }
    for (release, plan) in releases.iter().zip(&PLANS) {
        let image = release.image("amd64");
        let about = About {
            name: "base",
            version: plan.version,
            reference: format!("{}:{}", repository.name(), plan.version),
            repository: repository.name(),
            digest: image.manifest.digest,
            architecture: "amd64",
            created: plan.created,
        };
        let document = sbom::spdx(&about, &packages::of_base(plan.version));
        let carrier = Carrier::new("application/spdx+json", plan.created);
        evidence::attach(repository, &image.manifest, &carrier, &document);
    }
    Bases(releases)
}

fn push(repository: &mut Repository, plan: &Plan) -> Release {
    let images: Vec<_> = ARCHITECTURES
        .into_iter()
        .map(|architecture| {
            let recipe = Recipe {
                flavour: Flavour::Oci,
                architecture,
                created: plan.created.to_owned(),
                steps: steps(plan, architecture),
                labels: labels(plan),
                annotations: annotations(plan),
                settings: vec![
                    (
                        "Env",
                        ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"].into(),
                    ),
                    ("Cmd", ["/bin/sh"].into()),
                ],
            };
            recipe.push(repository)
        })
        .collect();
    let entries: Vec<_> = images.iter().map(|image| image.manifest.clone()).collect();
    let index = repository.push_index(&entries, &annotations(plan));
    for tag in plan.tags {
        repository.tag(tag, &index);
    }
    Release {
        version: plan.version.to_owned(),
        index,
        images,
    }
}

fn steps(plan: &Plan, architecture: &str) -> Vec<Step> {
    let rootfs = format!("base root file system {} {architecture}", plan.version);
    // Certificates are the same files on every architecture; they changed once in this time.
    let certificates = match plan.version {
        "3.1.0" => "certificates 2026-01",
        _ => "certificates 2025-04",
    };
    vec![
        Step::layer(
            plan.created,
            &format!("ADD rootfs-{architecture}.tar.xz /"),
            Layer::new(&rootfs, 28_200),
        ),
        Step::layer(
            plan.created,
            "COPY --link certificates/ /etc/ssl/certs/",
            Layer::new(certificates, 140),
        ),
        Step::setting(plan.created, "CMD [\"/bin/sh\"]"),
    ]
}

fn labels(plan: &Plan) -> Pairs {
    pairs([
        ("org.opencontainers.image.title", "base"),
        ("org.opencontainers.image.vendor", "Example Team"),
        (
            "org.opencontainers.image.licenses",
            "GPL-2.0-or-later AND MIT",
        ),
        (
            "org.opencontainers.image.source",
            "https://git.example.com/team/base",
        ),
        ("org.opencontainers.image.revision", plan.revision),
        ("org.opencontainers.image.version", plan.version),
    ])
}

fn annotations(plan: &Plan) -> Pairs {
    pairs([
        ("org.opencontainers.image.created", plan.created),
        ("org.opencontainers.image.title", "base"),
        ("org.opencontainers.image.version", plan.version),
        (
            "org.opencontainers.image.source",
            "https://git.example.com/team/base",
        ),
    ])
}

//! `team/app`: four version lines in two variants, and what is built every day. Its evidence is in `app_evidence.rs`.

use crate::app_evidence;
use crate::base::Bases;
use crate::image::{ARCHITECTURES, Built, Flavour, Layer, Recipe, Release, Step};
use crate::json::{Pairs, pairs};
use crate::registry::{Registry, Repository, digest_of_name};

pub(crate) const PATH: &str = "team/app";

/// What a manifest says of its base.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Noted {
    /// Nothing: only the layers tell.
    Nothing,
    /// Name, and the digest of the base's image for the same platform, as Docker's official images do.
    PlatformDigest,
    /// Name, and the digest of the base's index, as buildah does.
    IndexDigest,
}

/// One release to be built.
pub(crate) struct Plan {
    pub(crate) version: &'static str,
    pub(crate) created: &'static str,
    /// The release of `team/base` that it stands on.
    pub(crate) base: &'static str,
    /// The tag by which the build named its base.
    pub(crate) base_tag: &'static str,
    noted: Noted,
    tags: &'static [&'static str],
    /// Whether there is an Alpine variant, and for which architectures.
    alpine: &'static [&'static str],
    alpine_tags: &'static [&'static str],
}

const fn plan(version: &'static str, created: &'static str, tags: &'static [&'static str]) -> Plan {
    Plan {
        version,
        created,
        base: "3.0.1",
        base_tag: "3.0",
        noted: Noted::Nothing,
        tags,
        alpine: &[],
        alpine_tags: &[],
    }
}

/// Everything that was ever built, oldest first; what `edge` named before is untagged by the next.
const PLANS: [Plan; 13] = [
    plan("1.1.0", "2025-05-28T09:31:07Z", &["1.1.0", "1.1"]),
    plan("1.2.0", "2025-06-10T09:12:44Z", &["1.2.0"]),
    plan("1.2.1", "2025-08-05T08:55:20Z", &["1.2.1", "1.2"]),
    Plan {
        noted: Noted::PlatformDigest,
        ..plan("1.3.0", "2025-09-15T10:02:31Z", &["1.3.0"])
    },
    Plan {
        noted: Noted::PlatformDigest,
        ..plan("1.3.1", "2025-10-14T09:47:58Z", &["1.3.1"])
    },
    Plan {
        noted: Noted::PlatformDigest,
        alpine: &ARCHITECTURES,
        alpine_tags: &["1.3.2-alpine", "1.3-alpine"],
        ..plan("1.3.2", "2025-11-20T09:20:16Z", &["1.3.2", "1.3"])
    },
    Plan {
        base: "3.0.2",
        noted: Noted::IndexDigest,
        alpine: &["amd64"],
        alpine_tags: &["1.4.0-alpine"],
        ..plan("1.4.0", "2025-12-10T09:41:03Z", &["1.4.0"])
    },
    Plan {
        base: "3.1.0",
        base_tag: "3",
        noted: Noted::IndexDigest,
        alpine: &ARCHITECTURES,
        alpine_tags: &["1.4.1-alpine", "1.4-alpine", "alpine"],
        ..plan(
            "1.4.1",
            "2026-01-14T09:26:53Z",
            &["1.4.1", "1.4", "1", "latest"],
        )
    },
    Plan {
        noted: Noted::IndexDigest,
        ..plan("2.0.0-rc.1", "2025-11-25T15:08:40Z", &["2.0.0-rc.1"])
    },
    Plan {
        noted: Noted::IndexDigest,
        alpine: &ARCHITECTURES,
        alpine_tags: &["2.0.0-alpine", "2.0-alpine"],
        ..plan("2.0.0", "2026-01-20T14:33:12Z", &["2.0.0", "2.0", "2"])
    },
    Plan {
        base: "3.0.2",
        noted: Noted::IndexDigest,
        ..plan("edge 2026-01-11", "2026-01-11T03:00:25Z", &["edge"])
    },
    Plan {
        base: "3.1.0",
        base_tag: "3",
        noted: Noted::IndexDigest,
        ..plan(
            "edge 2026-01-28",
            "2026-01-28T03:00:22Z",
            &["edge", "sha-1a2b3c4"],
        )
    },
    Plan {
        base: "3.1.0",
        base_tag: "3",
        noted: Noted::IndexDigest,
        ..plan("nightly", "2026-01-29T02:30:18Z", &[])
    },
];

/// A release with its plan, and its variant.
pub(crate) struct Pushed {
    pub(crate) plan: &'static Plan,
    pub(crate) release: Release,
    pub(crate) alpine: Option<Release>,
}

impl Plan {
    fn is_version(&self) -> bool {
        self.version.starts_with(|c: char| c.is_ascii_digit())
    }

    /// The version as labels have it; builds of a branch have none.
    fn label(&self) -> &'static str {
        if self.is_version() {
            self.version
        } else {
            "0.0.0-dev"
        }
    }

    /// The commit.
    pub(crate) fn revision(&self) -> String {
        let hash = digest_of_name(&format!("commit of {}", self.version)).encoded();
        let rest: String = hash.chars().take(40).collect();
        match self.version {
            "edge 2026-01-28" => format!("1a2b3c4{}", rest.split_at(7).1),
            _ => rest,
        }
    }
}

/// Pushes everything of `team/app`.
pub(crate) fn build(registry: &mut Registry, bases: &Bases) {
    let repository = registry.repository(PATH);
    let mut releases = Vec::new();
    for plan in &PLANS {
        let base = bases.release(plan.base);
        let images = ARCHITECTURES.map(|a| push_plain(repository, plan, base, a));
        let release = push_release(repository, plan, &images);
        for tag in plan.tags {
            repository.tag(tag, &release.index);
        }
        let images: Vec<Built> = plan
            .alpine
            .iter()
            .map(|a| push_alpine(repository, plan, a))
            .collect();
        let alpine = (!images.is_empty()).then(|| push_release(repository, plan, &images));
        for tag in plan.alpine_tags {
            repository.tag(tag, &alpine.as_ref().unwrap().index);
        }
        releases.push(Pushed {
            plan,
            release,
            alpine,
        });
    }
    app_evidence::build(repository, bases, &mut releases);
    // A nightly build is for one platform and has no index.
    let nightly = &releases.last().unwrap().release;
    repository.tag("nightly", &nightly.image("amd64").manifest);
    repository.delete(&nightly.index);
    repository.delete(&nightly.image("arm64").manifest);
    // 1.1.0 was deleted; its signature was forgotten.
    let gone = &releases.first().unwrap().release;
    for manifest in gone.images.iter().map(|i| &i.manifest).chain([&gone.index]) {
        repository.delete(manifest);
    }
}

fn push_release(repository: &mut Repository, plan: &Plan, images: &[Built]) -> Release {
    let entries: Vec<_> = images.iter().map(|image| image.manifest.clone()).collect();
    Release {
        version: plan.version.to_owned(),
        index: repository.push_index(&entries, &Pairs::new()),
        images: images.to_vec(),
    }
}

fn push_plain(
    repository: &mut Repository,
    plan: &'static Plan,
    base: &Release,
    architecture: &'static str,
) -> Built {
    let below = base.image(architecture);
    let mut steps = below.steps.clone();
    let packages = format!("app packages on base {} {architecture}", plan.base);
    steps.push(Step::layer(
        plan.created,
        "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends libsqlite3-0 libxml2 \
         && rm -rf /var/lib/apt/lists/*",
        Layer::new(&packages, 4_900),
    ));
    steps.extend(own_steps(plan, architecture));
    let mut annotations = common(plan);
    let digest = match plan.noted {
        Noted::Nothing => None,
        Noted::PlatformDigest => Some(below.manifest.digest),
        Noted::IndexDigest => Some(base.index.digest),
    };
    if let Some(digest) = digest {
        let name = format!("{}/team/base:{}", crate::registry::HOST, plan.base_tag);
        annotations.extend(pairs([
            ("org.opencontainers.image.base.name", &name),
            ("org.opencontainers.image.base.digest", &digest.to_string()),
        ]));
    }
    // A build that copied the base's annotations: they say the base's version, the label says the app's.
    let stated = match plan.version {
        "1.4.1" => plan.base,
        _ => plan.label(),
    };
    annotations.extend(pairs([("org.opencontainers.image.version", stated)]));
    recipe(plan, architecture, steps, annotations).push(repository)
}

fn push_alpine(
    repository: &mut Repository,
    plan: &'static Plan,
    architecture: &'static str,
) -> Built {
    let alpine = format!("alpine 3.22 {architecture}");
    let mut steps = vec![
        Step::layer(
            "2025-07-15T11:31:46Z",
            &format!("ADD alpine-minirootfs-3.22.1-{architecture}.tar.gz /"),
            Layer::new(&alpine, 3_800),
        ),
        Step::setting("2025-07-15T11:31:46Z", "CMD [\"/bin/sh\"]"),
        Step::layer(
            plan.created,
            "RUN /bin/sh -c apk add --no-cache libxml2 sqlite-libs",
            Layer::new(&format!("app packages on {alpine}"), 1_900),
        ),
    ];
    steps.extend(own_steps(plan, architecture));
    let mut annotations = common(plan);
    let digest = digest_of_name("index of alpine 3.22").to_string();
    annotations.extend(pairs([
        (
            "org.opencontainers.image.base.name",
            "docker.io/library/alpine:3.22",
        ),
        ("org.opencontainers.image.base.digest", &digest),
        ("org.opencontainers.image.version", plan.label()),
    ]));
    recipe(plan, architecture, steps, annotations).push(repository)
}

/// The steps above the base and its packages. They are linked copies, so that both variants share their layers.
fn own_steps(plan: &Plan, architecture: &str) -> Vec<Step> {
    let line: String = plan.version.chars().take(3).collect();
    let assets = match line.as_str() {
        "1.1" | "1.2" => "web files of 1.2",
        "1.3" | "1.4" => "web files of 1.3",
        _ => "web files of 2.0",
    };
    let binary = format!("app {} {architecture}", plan.version);
    let megabytes = if line.starts_with('1') {
        17_400
    } else {
        21_300
    };
    vec![
        // The same files for every architecture, and for every release of a line.
        Step::layer(
            plan.created,
            "COPY --link --from=web /dist /srv/web",
            Layer::new(assets, 2_600),
        ),
        Step::layer(
            plan.created,
            "COPY --link --from=build /out/app /usr/local/bin/app",
            Layer::new(&binary, megabytes),
        ),
        Step::setting(plan.created, "EXPOSE [8080/tcp]"),
        Step::setting(plan.created, "USER 65532:65532"),
        Step::setting(plan.created, "ENTRYPOINT [\"/usr/local/bin/app\"]"),
        Step::setting(plan.created, "CMD [\"serve\"]"),
    ]
}

fn common(plan: &Plan) -> Pairs {
    pairs([
        ("org.opencontainers.image.created", plan.created),
        ("org.opencontainers.image.title", "app"),
        (
            "org.opencontainers.image.source",
            "https://git.example.com/team/app",
        ),
        ("org.opencontainers.image.revision", &plan.revision()),
    ])
}

fn labels(plan: &Plan) -> Pairs {
    let (revision, version) = (&plan.revision(), plan.label());
    if plan.version.starts_with("1.1") || plan.version.starts_with("1.2") {
        // The convention before OCI's.
        return pairs([
            ("org.label-schema.schema-version", "1.0"),
            ("org.label-schema.build-date", plan.created),
            ("org.label-schema.name", "app"),
            ("org.label-schema.vcs-ref", revision),
            (
                "org.label-schema.vcs-url",
                "https://git.example.com/team/app",
            ),
            ("org.label-schema.version", version),
        ]);
    }
    pairs([
        ("org.opencontainers.image.title", "app"),
        (
            "org.opencontainers.image.description",
            "Keeps the team's appointments",
        ),
        ("org.opencontainers.image.vendor", "Example Team"),
        ("org.opencontainers.image.licenses", "Apache-2.0 AND MIT"),
        (
            "org.opencontainers.image.source",
            "https://git.example.com/team/app",
        ),
        (
            "org.opencontainers.image.documentation",
            "https://docs.example.com/app",
        ),
        ("org.opencontainers.image.revision", revision),
        ("org.opencontainers.image.version", version),
    ])
}

fn recipe(plan: &Plan, architecture: &'static str, steps: Vec<Step>, annotations: Pairs) -> Recipe {
    let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    Recipe {
        flavour: Flavour::Oci,
        architecture,
        created: plan.created.to_owned(),
        steps,
        labels: labels(plan),
        annotations,
        settings: vec![
            ("User", "65532:65532".into()),
            ("ExposedPorts", object! { "8080/tcp" => object! {} }),
            ("Env", [path, "APP_WEB=/srv/web"].into()),
            ("Entrypoint", ["/usr/local/bin/app"].into()),
            ("Cmd", ["serve"].into()),
            ("WorkingDir", "/srv".into()),
        ],
    }
}

//! Which policy a registry most likely has, from signs that reading alone gives.

use super::knob::{Evidence, Knob};
use super::policy::{
    ChildEdge, Collector, DanglingReferrer, DerivedTags, Guard, Policy, Roots, SubjectEdge,
};
use super::presets::{self, preset};

/// What is known of a registry without asking anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Its host, with a port if there is one.
    pub host: Option<String>,
    /// Whose files a storage has.
    pub storage: Option<StorageSign>,
    /// Headers of its answer to `/v2/`, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Read-only places that only some registries have, and that answered.
    pub places: Vec<Place>,
}

/// Whose files a storage has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageSign {
    /// `docker/registry/v2`.
    Distribution,
    /// Layouts with zot's own files beside them.
    Zot,
    /// Layouts with olareg's rows.
    Olareg,
    /// Layouts, and nothing that tells whose.
    Layouts,
}

/// A place that only one kind of registry has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// zot: `/v2/_zot/ext/mgmt` or the list of extensions; with the release, where it says so.
    Zot(Option<String>),
    /// Harbor: `/api/v2.0/systeminfo`; with the release, where it says so.
    Harbor(Option<String>),
    /// GitLab's own API of its container registry: `/gitlab/v1/`.
    GitLab,
    /// Quay: `/health/instance` in its words.
    Quay,
}

/// A policy, why it was taken, and what else it could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The policy.
    pub policy: Policy,
    /// Why, in one sentence for people.
    pub reason: String,
    /// Presets that fit as well, or the same registry configured otherwise.
    pub others: Vec<&'static str>,
}

/// The name of the policy of a registry of which no rules are known.
pub const UNKNOWN: &str = "unknown";

/// Takes the preset that `signs` speak for. Options of the collector are never guessed: the default of the registry is
/// taken, and the others are named.
pub fn recognise(signs: &Signs) -> Recognised {
    by_storage(signs)
        .or_else(|| by_host(signs))
        .or_else(|| by_place(signs))
        .or_else(|| by_header(signs))
        .unwrap_or_else(|| {
            let what = signs.host.as_deref().map_or("this target", |host| host);
            unknown(&format!(
                "nothing tells what registry {what} is, so what is told is what can be reached from tags; whether and \
                 when bytes come back is not known"
            ))
        })
}

fn take(name: &'static str, reason: &str) -> Recognised {
    let Some(policy) = preset(name) else {
        return unknown(reason);
    };
    let family = |other: &&'static str| {
        *other != name && preset(other).is_some_and(|other| other.registry == policy.registry)
    };
    Recognised {
        others: presets::NAMES.into_iter().filter(family).collect(),
        reason: reason.to_owned(),
        policy,
    }
}

fn unknown(reason: &str) -> Recognised {
    Recognised {
        policy: unknown_policy(),
        reason: reason.to_owned(),
        others: presets::NAMES.to_vec(),
    }
}

const DISTRIBUTION: &str = "distribution says nowhere which release it is; 3 is assumed, with a collector that keeps \
                            what is untagged";

fn by_storage(signs: &Signs) -> Option<Recognised> {
    Some(match signs.storage? {
        StorageSign::Distribution => take(
            "distribution-3",
            &format!("the storage is distribution's; {DISTRIBUTION}"),
        ),
        StorageSign::Zot => take("zot", "the storage has zot's own files"),
        StorageSign::Olareg => take("olareg", "the storage has olareg's rows"),
        StorageSign::Layouts => unknown(
            "the layouts do not tell which registry keeps them, so what is told is what can be reached from tags",
        ),
    })
}

fn by_host(signs: &Signs) -> Option<Recognised> {
    let host = signs.host.as_deref()?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_below = |domain: &str| {
        name.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let of_host = |preset| Some(take(preset, &format!("the host is {host}")));
    let is_ecr =
        name.contains(".dkr.ecr.") && (is_below("amazonaws.com") || is_below("amazonaws.com.cn"));
    if is_below("azurecr.io") || is_below("azurecr.cn") || is_below("azurecr.us") {
        return of_host("acr");
    }
    if is_ecr {
        return of_host("ecr");
    }
    if name == "quay.io" {
        return of_host("quay");
    }
    if name == "registry.gitlab.com" {
        return of_host("gitlab");
    }
    let hosted = [
        ("docker.io", "Docker Hub"),
        ("ghcr.io", "GitHub's registry"),
        ("gcr.io", "Google's registry"),
        ("pkg.dev", "Google's Artifact Registry"),
    ];
    let (_, known_as) = hosted.into_iter().find(|(domain, _)| is_below(domain))?;
    Some(unknown(&format!(
        "{known_as} does not say how it collects, so what is told is what can be reached from tags; whether and when \
         bytes come back is not known"
    )))
}

fn by_place(signs: &Signs) -> Option<Recognised> {
    let place = signs.places.first()?;
    let said = |what: &str, release: &Option<String>| match release {
        Some(release) => format!("it says that it is {what} {release}"),
        None => format!("it answers as only {what} does"),
    };
    Some(match place {
        Place::Zot(release) => take("zot", &said("zot", release)),
        Place::Harbor(release) => take("harbor", &said("Harbor", release)),
        Place::GitLab => take("gitlab", "it answers GitLab's own API for registries"),
        Place::Quay => take("quay", "it answers as only Quay does"),
    })
}

fn by_header(signs: &Signs) -> Option<Recognised> {
    let header = |name: &str| {
        let found = signs.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.to_ascii_lowercase())
    };
    if header("gitlab-container-registry-version").is_some() {
        return Some(take("gitlab", "its headers name GitLab's registry"));
    }
    let server = header("server").unwrap_or_default();
    if server.contains("zot") {
        return Some(take("zot", "its headers name zot"));
    }
    if header("x-ms-correlation-request-id").is_some() {
        return Some(take("acr", "its headers are Azure's"));
    }
    if header("docker-distribution-api-version").is_some_and(|said| said == "registry/2.0") {
        return Some(take(
            "distribution-3",
            &format!(
                "its headers are those of distribution and of what is built on it; {DISTRIBUTION}"
            ),
        ));
    }
    None
}

/// The rules that remain where nobody has established any: what tags reach stays, and everything else may go at a time
/// that nobody knows.
pub fn unknown_policy() -> Policy {
    let assumed = Evidence::Recalled;
    let mut policy = Policy {
        name: UNKNOWN.to_owned(),
        registry: "not known".to_owned(),
        version: "not known".to_owned(),
        evidence: assumed,
        knobs: presets::common(assumed),
    };
    let knobs = &mut policy.knobs;
    knobs.roots = Knob::Known(Roots::TaggedRows, assumed);
    knobs.child_edge = Knob::Known(ChildEdge::DeepWithRow, assumed);
    knobs.subject_edge = Knob::Known(SubjectEdge::LivesWithSubject, assumed);
    knobs.derived_tags = Knob::Known(DerivedTags::Ordinary, assumed);
    knobs.dangling_referrer = Knob::Known(DanglingReferrer::CollectUntagged, assumed);
    knobs.tag_delete = Knob::Unknown;
    knobs.digest_delete = Knob::Unknown;
    knobs.guard_child = Knob::<Guard>::Unknown;
    knobs.guard_multi_tag = Knob::Unknown;
    knobs.delete_cascade = Knob::Unknown;
    knobs.retag = Knob::Unknown;
    knobs.collector = Knob::<Collector>::Unknown;
    knobs.row_grace = Knob::Unknown;
    knobs.blob_grace = Knob::Unknown;
    policy
}

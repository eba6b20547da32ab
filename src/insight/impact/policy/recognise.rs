//! Which policy a registry most likely has, from fingerprints that reading alone gives.

use serde_json::Value;

use crate::oci::fingerprint::{Fingerprint, FingerprintPlace};
use crate::oci::{Origin, OriginKind};

use super::knob::{Evidence, Knob};
use super::presets::{self, preset};
use super::{
    ChildEdge, Collector, DanglingReferrer, DerivedTags, Guard, Policy, Roots, Scope, SubjectEdge,
    TagDelete,
};

/// What is known of a registry by reading alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    /// Its host, with a port if there is one.
    pub host: Option<String>,
    /// Whose files a storage has.
    pub storage: Option<StorageSign>,
    /// Whether it is the example that comes with the tool.
    pub is_example: bool,
    /// What it answered in places that tell registries apart.
    pub answers: Vec<Fingerprint>,
}

impl Fingerprints {
    /// Those of a place by its kind and name alone.
    pub fn of(kind: OriginKind, origin: &Origin) -> Self {
        Self {
            host: kind.is_registry().then(|| origin.to_string()),
            is_example: kind == OriginKind::Demo,
            ..Self::default()
        }
    }

    /// Whether its host alone tells, so that nothing needs to be asked.
    pub fn is_told_by_host(&self) -> bool {
        by_host(self).is_some()
    }

    fn answer(&self, place: FingerprintPlace) -> Option<&Fingerprint> {
        self.answers
            .iter()
            .find(|fingerprint| fingerprint.place == place)
    }

    /// A JSON object that it answered with.
    fn document(&self, place: FingerprintPlace) -> Option<serde_json::Map<String, Value>> {
        let fingerprint = self
            .answer(place)
            .filter(|fingerprint| fingerprint.status == 200)?;
        serde_json::from_str(&fingerprint.body).ok()
    }
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

/// Takes the preset that `fingerprints` speak for. Options of the collector are never guessed: the default of the registry is
/// taken, and the others are named.
pub fn recognise(fingerprints: &Fingerprints) -> Recognised {
    by_example(fingerprints)
        .or_else(|| by_storage(fingerprints))
        .or_else(|| by_host(fingerprints))
        .or_else(|| by_place(fingerprints))
        .or_else(|| by_header(fingerprints))
        .unwrap_or_else(|| {
            let what = fingerprints.host.as_deref().map_or("this target", |host| host);
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
    let family =
        |other: &&'static str| *other != name && other.split('-').next() == name.split('-').next();
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

fn by_example(fingerprints: &Fingerprints) -> Option<Recognised> {
    fingerprints.is_example.then(|| {
        take(
            "zot",
            "the example is no real registry, so zot's rules stand in for its own",
        )
    })
}

const DISTRIBUTION: &str = "distribution says nowhere which release it is; 3 is assumed, with a collector that keeps \
                            what is untagged";

fn by_storage(fingerprints: &Fingerprints) -> Option<Recognised> {
    Some(match fingerprints.storage? {
        StorageSign::Distribution => take(
            "distribution-3",
            &format!("the storage is distribution's; {DISTRIBUTION}"),
        ),
        StorageSign::Zot => cautious_zot("the storage has zot's own files"),
        StorageSign::Olareg => take("olareg", "the storage has olareg's rows"),
        StorageSign::Layouts => Recognised {
            others: presets::NAMES
                .into_iter()
                .filter(|name| name.starts_with("zot") || name.starts_with("olareg"))
                .collect(),
            ..unknown(
                "the layouts do not tell which registry keeps them, so what is told is what can be reached from tags; \
                 if zot or olareg keeps them, say so",
            )
        },
    })
}

fn by_host(fingerprints: &Fingerprints) -> Option<Recognised> {
    let host = fingerprints.host.as_deref()?;
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
        ("docker.io", "docker-hub"),
        ("docker.com", "docker-hub"),
        ("ghcr.io", "ghcr"),
        ("gcr.io", "gar"),
        ("pkg.dev", "gar"),
        ("jfrog.io", "artifactory"),
        ("codeberg.org", "gitea"),
    ];
    let (_, preset) = hosted.into_iter().find(|(domain, _)| is_below(domain))?;
    of_host(preset)
}

/// Places that only one registry has.
fn by_place(fingerprints: &Fingerprints) -> Option<Recognised> {
    let said = |what: &str, release: Option<&Value>| {
        let release = release
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        match release {
            Some(release) => format!("it says that it is {what} {release}"),
            None => format!("it answers as only {what} does"),
        }
    };
    if let Some(said_of_itself) = fingerprints.document(FingerprintPlace::ZotManagement)
        && said_of_itself.contains_key("distSpecVersion")
    {
        let release = said_of_itself.get("releaseTag");
        return Some(zot_release(&said("zot", release), release));
    }
    let has_zot = |extensions: &Value| {
        let mut names = extensions.as_array().into_iter().flatten();
        names.any(|extension| extension.get("name").and_then(Value::as_str) == Some("_zot"))
    };
    if fingerprints
        .document(FingerprintPlace::Extensions)
        .is_some_and(|document| document.get("extensions").is_some_and(has_zot))
    {
        return Some(cautious_zot("it lists zot's own extension"));
    }
    if let Some(info) = fingerprints.document(FingerprintPlace::HarborInfo)
        && (info.contains_key("harbor_version") || info.contains_key("auth_mode"))
    {
        return Some(take("harbor", &said("Harbor", info.get("harbor_version"))));
    }
    let health = fingerprints.document(FingerprintPlace::QuayHealth)?;
    let is_quay = health
        .get("data")
        .is_some_and(|data| data.get("services").is_some());
    is_quay.then(|| take("quay", "it says that it is well as only Quay does"))
}

/// zot of a release that nothing tells: what people run frees no more than its main line, and may give up half-way.
fn cautious_zot(reason: &str) -> Recognised {
    let release = presets::ZOT_RELEASE;
    take(
        "zot-2.1.20",
        &format!(
            "{reason}; it does not say which release it is, and {release} is assumed: later ones (`--policy zot`) also free \
             the manifests of subjects that are gone, and do not give up at a child without a row"
        ),
    )
}

/// zot of the release that it names. Before 2.1.7 a deleted tag left nothing behind.
fn zot_release(reason: &str, release: Option<&Value>) -> Recognised {
    const FIRST_THAT_KEEPS: [u64; 3] = [2, 1, 7];
    let stated = release.and_then(Value::as_str).unwrap_or_default();
    let stated = stated.strip_prefix('v').unwrap_or(stated);
    if stated.is_empty() {
        return cautious_zot(reason);
    }
    if stated == presets::ZOT_RELEASE {
        return take("zot-2.1.20", reason);
    }
    let reason = format!("{reason}; the rules are those of {}", presets::ZOT_RELEASE);
    let numbers: Vec<u64> = stated
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|part| part.parse().ok())
        .take(3)
        .collect();
    let is_older = !numbers.is_empty() && numbers.as_slice() < FIRST_THAT_KEEPS.as_slice();
    if !is_older {
        return take(
            "zot-2.1.20",
            &format!("{reason}, and nobody compared the two"),
        );
    }
    let words =
        "but that a deleted tag leaves its manifest unaddressable at once, as it did before 2.1.7";
    let mut chosen = take("zot-2.1.20", &format!("{reason}, {words}"));
    chosen.policy.knobs.tag_delete = Knob::Known(TagDelete::DropRow, Evidence::Source);
    stated.clone_into(&mut chosen.policy.version);
    // Nobody ran that release.
    chosen.policy.evidence = chosen.policy.evidence.max(Evidence::Source);
    chosen
}

/// What `/v2/` answers, and that there is no referrers API at all.
fn by_header(fingerprints: &Fingerprints) -> Option<Recognised> {
    let base = fingerprints.answer(FingerprintPlace::Base)?;
    if base.header("gitlab-container-registry-version").is_some() {
        let has_database = base.header("gitlab-container-registry-database-enabled");
        return Some(
            match has_database.map(|value| value.trim().eq_ignore_ascii_case("true")) {
                Some(true) => take(
                    "gitlab",
                    "its headers name GitLab's registry, with its database",
                ),
                Some(false) => take(
                    "gitlab-offline",
                    "its headers name GitLab's registry, without a database; that its collector keeps what is untagged is \
                 assumed",
                ),
                None => take(
                    "gitlab",
                    "its headers name GitLab's registry; whether it has its database they do not say, and that it has is \
                 assumed",
                ),
            },
        );
    }
    if base.header("x-jfrog-version").is_some() || base.header("x-artifactory-id").is_some() {
        return Some(take("artifactory", "its headers are Artifactory's"));
    }
    if base
        .header("server")
        .is_some_and(|server| server.starts_with("Nexus/"))
    {
        return Some(take("nexus", "its headers name Nexus"));
    }
    if base.header("x-ms-correlation-request-id").is_some() {
        return Some(take("acr", "its headers are Azure's"));
    }
    // zot, olareg and others send this header too; but they have the referrers API, of which distribution's router
    // knows nothing, so that its answer is the Go library's and no error of a registry.
    let is_like = base.header("docker-distribution-api-version") == Some("registry/2.0");
    let referrers = fingerprints.answer(FingerprintPlace::Referrers)?;
    let has_no_place = referrers.status == 404
        && referrers
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/plain"))
        && referrers.body.trim() == "404 page not found";
    if !is_like || !has_no_place {
        return None;
    }
    // Observed: 2.8.2 states a character set of its JSON, 3.1.1 does not.
    let kind = base.header("content-type").unwrap_or_default();
    Some(match kind {
        "application/json; charset=utf-8" => take(
            "distribution-2.8",
            "it answers as distribution 2 does; that its collector keeps what is untagged is assumed",
        ),
        "application/json" => take(
            "distribution-3",
            "it answers as distribution 3 does; that its collector keeps what is untagged is assumed",
        ),
        _ => take(
            "distribution-3",
            &format!("it answers as distribution does; {DISTRIBUTION}"),
        ),
    })
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
        is_idea: false,
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
    knobs.mark_scope = Knob::<Scope>::Unknown;
    knobs.store_scope = Knob::Unknown;
    knobs.deletion = Knob::Unknown;
    knobs.row_grace = Knob::Unknown;
    knobs.blob_grace = Knob::Unknown;
    policy
}

#[cfg(test)]
mod tests;

//! Every graph of `golden/gc` under each configuration must end as the real registry was observed to end.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use regscope::insight::impact::{
    Action, ActionResult, Evidence, Inventory, InventoryBuilder, Knob, Laboratory, ManifestContent,
    ObjectId, ObjectKind, Policy, RepositoryId, Rows, Simulation, Simulator, StoredAs, View,
    preset,
};
use regscope::oci::Digest;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    objects: BTreeMap<String, Object>,
    pushes: Vec<Push>,
    actions: Vec<Vec<String>>,
    outcomes: BTreeMap<String, Outcome>,
    #[serde(default)]
    models: BTreeMap<String, Model>,
}

#[derive(Deserialize)]
struct Object {
    kind: String,
    size: u64,
    digest: Digest,
    raw: Option<String>,
}

#[derive(Deserialize)]
struct Push {
    repo: String,
    object: String,
    tag: Option<String>,
}

#[derive(Deserialize, PartialEq, Debug)]
struct Outcome {
    refused: Vec<(String, u16)>,
    addressable: BTreeSet<String>,
    tags: BTreeMap<String, Option<String>>,
    stored: Stores,
    removed: Stores,
    freed_bytes: u64,
    repo_blobs: BTreeSet<String>,
    referrers: Stores,
    aborted: Option<String>,
}

#[derive(Deserialize, PartialEq, Debug)]
struct Model {
    gone: BTreeSet<String>,
    removed: BTreeSet<String>,
    freed_bytes: u64,
}

#[derive(Deserialize)]
struct Raw {
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
    subject: Option<Descriptor>,
    #[serde(rename = "mediaType", default)]
    media_type: String,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: Digest,
    size: u64,
    #[serde(rename = "mediaType", default)]
    media_type: String,
}

/// An action as the outcomes name it.
struct Words<'a>(&'a [&'a str]);

impl std::fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "('{}')", self.0.join("', '"))
    }
}

/// Names by store, or by subject.
type Stores = BTreeMap<String, BTreeSet<String>>;

const CONFIGURATIONS: [(&str, &str); 20] = [
    ("d2", "distribution-2.8"),
    ("d2m", "distribution-2.8-delete-untagged"),
    ("d3", "distribution-3"),
    ("d3m", "distribution-3-delete-untagged"),
    ("zot", "zot"),
    ("zotref", "zot-delete-referrers"),
    ("zotkeep", "zot-keep-untagged"),
    ("zot2120", "zot-2.1.20"),
    ("zot2120ref", "zot-2.1.20-delete-referrers"),
    ("zot2120keep", "zot-2.1.20-keep-untagged"),
    ("harbor", "harbor"),
    ("harborkeep", "harbor-keep-untagged"),
    ("harborui", "harbor-portal"),
    ("harboruikeep", "harbor-portal-keep-untagged"),
    ("gitlab", "gitlab"),
    ("gitlaboff", "gitlab-offline"),
    ("gitlaboffm", "gitlab-offline-delete-untagged"),
    ("olareg", "olareg"),
    ("olaregU", "olareg-delete-untagged"),
    ("olaregUD", "olareg-delete-untagged-dangling"),
];

/// The configuration under which the golden outcomes were observed, where it is not the registry's default.
fn observed(name: &str) -> Policy {
    let mut policy = preset(name).unwrap();
    if name.starts_with("distribution-3") || name.starts_with("olareg") {
        policy.knobs.accept_sparse_index = Knob::Known(true, Evidence::Ran);
    }
    policy
}

fn content(builder: &mut InventoryBuilder, object: &Object, raw: &str) -> ManifestContent {
    let raw: Raw = serde_json::from_str(raw).unwrap();
    let mut id = |descriptor: &Descriptor| builder.object(descriptor.digest, descriptor.size);
    ManifestContent {
        is_docker: raw.media_type.contains("vnd.docker."),
        is_signature: raw
            .layers
            .iter()
            .any(|layer| layer.media_type.contains("cosign.simplesigning")),
        kind: if object.kind == "index" {
            ObjectKind::Index
        } else {
            ObjectKind::Image
        },
        config: raw.config.as_ref().map(&mut id),
        layers: raw.layers.iter().map(&mut id).collect(),
        children: raw.manifests.iter().map(&mut id).collect(),
        subject: raw
            .subject
            .as_ref()
            .map(|descriptor| builder.object(descriptor.digest, 0)),
    }
}

struct World<'a> {
    case: &'a Case,
    inventory: Arc<Inventory>,
    ids: BTreeMap<&'a str, ObjectId>,
    names: BTreeMap<ObjectId, &'a str>,
}

impl<'a> World<'a> {
    fn new(case: &'a Case) -> Self {
        let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
        let mut ids = BTreeMap::new();
        for (name, object) in &case.objects {
            ids.insert(name.as_str(), builder.object(object.digest, object.size));
        }
        for (name, object) in &case.objects {
            let Some(raw) = &object.raw else { continue };
            let content = content(&mut builder, object, raw);
            builder.manifest(ids[name.as_str()], &content);
        }
        let repositories: BTreeSet<&str> =
            case.pushes.iter().map(|push| push.repo.as_str()).collect();
        let acted: BTreeSet<&str> = case
            .actions
            .iter()
            .filter_map(|action| action.get(1))
            .map(String::as_str)
            .collect();
        for repository in repositories.union(&acted) {
            let repository = builder.repository(repository);
            for id in ids.values() {
                builder.hold(repository, *id, StoredAs::Absent);
            }
        }
        let inventory = Arc::new(builder.build().unwrap());
        let names = ids.iter().map(|(name, id)| (*id, *name)).collect();
        Self {
            case,
            inventory,
            ids,
            names,
        }
    }

    fn push(&self, repository: &str, object: &str, tag: Option<&String>) -> Action {
        let repository = repository.to_owned();
        let digest = self.case.objects[object].digest;
        match self.case.objects[object].kind.as_str() {
            "blob" => Action::Upload { repository, digest },
            _ => Action::Push {
                repository,
                digest,
                tag: tag.cloned(),
            },
        }
    }

    /// Does the pushes, then the actions; returns what was refused and what was stored in between.
    fn run(&self, simulation: &mut Simulation) -> (Vec<(String, u16)>, Stores, Option<String>) {
        let mut refused = Vec::new();
        let mut go = |simulation: &mut Simulation, action: &Action, words: String| {
            let reply = simulation.apply(action);
            if reply.result != ActionResult::Accepted {
                refused.push((words, reply.status));
            }
        };
        for push in &self.case.pushes {
            let words = format!(
                "push {}/{}@{}",
                push.repo,
                push.object,
                push.tag.as_deref().unwrap_or("None")
            );
            go(
                simulation,
                &self.push(&push.repo, &push.object, push.tag.as_ref()),
                words,
            );
        }
        simulation.settle();
        let before = self.stored(simulation);
        for action in &self.case.actions {
            let words: Vec<&str> = action.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["deltag", repository, tag] => {
                    let action = Action::DeleteTag {
                        repository: (*repository).into(),
                        tag: (*tag).into(),
                    };
                    go(
                        simulation,
                        &action,
                        format!("('deltag', '{repository}', '{tag}')"),
                    );
                }
                ["del", repository, object] => {
                    let digest = self.case.objects[*object].digest;
                    let action = Action::DeleteManifest {
                        repository: (*repository).into(),
                        digest,
                    };
                    go(
                        simulation,
                        &action,
                        format!("('del', '{repository}', '{object}')"),
                    );
                }
                ["push", repository, object, rest @ ..] => {
                    let tag = rest.first().map(|tag| (*tag).to_owned());
                    let words = format!("{}", Words(&words));
                    go(
                        simulation,
                        &self.push(repository, object, tag.as_ref()),
                        words,
                    );
                }
                ["gc"] => drop(simulation.collect()),
                other => panic!("{}: {other:?}", self.case.name),
            }
        }
        let aborted = simulation.collect();
        (refused, before, aborted)
    }

    fn repositories(&self) -> Vec<(RepositoryId, String)> {
        self.inventory
            .repositories()
            .map(|(id, name)| (id, name.to_owned()))
            .collect()
    }

    fn stored(&self, simulation: &Simulation) -> Stores {
        let mut stored: Stores = BTreeMap::new();
        for (repository, name) in self.repositories() {
            let scope = if simulation.has_one_store() {
                "*".to_owned()
            } else {
                name
            };
            let here = stored.entry(scope).or_default();
            here.extend(
                self.ids
                    .iter()
                    .filter(|(_, id)| simulation.is_stored(repository, **id))
                    .map(|(n, _)| (*n).to_owned()),
            );
        }
        stored
    }

    fn each(
        &self,
        is_blob: bool,
        holds: impl Fn(RepositoryId, ObjectId) -> bool,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (repository, name) in self.repositories() {
            for (object, id) in &self.ids {
                if (self.case.objects[*object].kind == "blob") == is_blob && holds(repository, *id)
                {
                    found.insert(format!("{name}@{object}"));
                }
            }
        }
        found
    }

    fn outcome(&self, policy: &Policy) -> Outcome {
        let laboratory = Laboratory::new(Arc::clone(&self.inventory), policy);
        let mut simulation = laboratory.simulation();
        let (refused, before, aborted) = self.run(&mut simulation);
        let after = self.stored(&simulation);
        let removed = difference(&before, &after);
        let mut tags = BTreeMap::new();
        let pushed = self
            .case
            .pushes
            .iter()
            .filter_map(|push| Some((push.repo.clone(), push.tag.clone()?)));
        let acted = self
            .case
            .actions
            .iter()
            .filter(|action| action[0] == "deltag" || action[0] == "push");
        let acted = acted.filter_map(|action| Some((action[1].clone(), action.last()?.clone())));
        for (repository, tag) in pushed.chain(acted) {
            let id = self.inventory.repository(&repository).unwrap();
            let object = simulation
                .tagged(id, &tag)
                .map(|id| self.names[&id].to_owned());
            tags.insert(format!("{repository}:{tag}"), object);
        }
        let mut referrers: Stores = BTreeMap::new();
        for (repository, name) in self.repositories() {
            for (object, id) in &self.ids {
                let listed = simulation.referrers(repository, *id);
                if !listed.is_empty() {
                    let listed = listed
                        .into_iter()
                        .map(|id| self.names[&id].to_owned())
                        .collect();
                    referrers.insert(format!("{name}@{object}"), listed);
                }
            }
        }
        Outcome {
            refused,
            // Only zot's outcomes tell it.
            aborted: aborted.filter(|_| policy.name.starts_with("zot")),
            addressable: self.each(false, |repository, id| {
                simulation.is_addressable(repository, id)
            }),
            tags,
            freed_bytes: removed
                .values()
                .flatten()
                .map(|name| self.case.objects[name].size)
                .sum(),
            stored: after
                .into_iter()
                .filter(|(_, names)| !names.is_empty())
                .collect(),
            removed,
            repo_blobs: self.each(true, |repository, id| {
                simulation.serves_blob(repository, id)
            }),
            referrers,
        }
    }

    fn model(&self, policy: &Policy) -> Model {
        let laboratory = Laboratory::new(Arc::clone(&self.inventory), policy);
        let mut simulation = laboratory.simulation();
        let (_, before, _) = self.run(&mut simulation);
        let removed = difference(&before, &self.stored(&simulation))
            .remove("*")
            .unwrap_or_default();
        let mut gone = BTreeSet::new();
        let pushed = self
            .case
            .pushes
            .iter()
            .map(|push| (push.repo.as_str(), push.object.as_str()));
        let acted = self
            .case
            .actions
            .iter()
            .filter(|action| action[0] == "push");
        for (repository, object) in
            pushed.chain(acted.map(|action| (action[1].as_str(), action[2].as_str())))
        {
            let id = self.inventory.repository(repository).unwrap();
            if self.case.objects[object].kind != "blob"
                && !simulation.is_addressable(id, self.ids[object])
            {
                gone.insert(if repository == "r/a" {
                    object.to_owned()
                } else {
                    format!("{repository}:{object}")
                });
            }
        }
        Model {
            freed_bytes: removed
                .iter()
                .map(|name| self.case.objects[name].size)
                .sum(),
            gone,
            removed,
        }
    }
}

fn difference(before: &Stores, after: &Stores) -> Stores {
    let gone =
        |(scope, names): (&String, &BTreeSet<String>)| (scope.clone(), names - &after[scope]);
    before.iter().map(gone).collect()
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/gc");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
        .collect()
}

/// Lists that olareg writes are no objects of the graph.
fn without_made(mut outcome: Outcome) -> Outcome {
    for names in outcome
        .stored
        .values_mut()
        .chain(outcome.removed.values_mut())
    {
        names.remove("<registry-made>");
    }
    outcome.stored.retain(|_, names| !names.is_empty());
    outcome
}

#[test]
fn every_graph_ends_as_the_real_registry_ended() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases() {
        let world = World::new(&case);
        for (key, name) in CONFIGURATIONS {
            let Some(expected) = case.outcomes.get(key) else {
                continue;
            };
            let found = world.outcome(&observed(name));
            let expected = without_made(Outcome {
                refused: expected.refused.clone(),
                addressable: expected.addressable.clone(),
                tags: expected.tags.clone(),
                stored: expected.stored.clone(),
                removed: expected.removed.clone(),
                freed_bytes: expected.freed_bytes,
                repo_blobs: expected.repo_blobs.clone(),
                referrers: expected.referrers.clone(),
                aborted: expected.aborted.clone(),
            });
            count += 1;
            if found != expected {
                wrong.push(format!(
                    "{} under {name}\n  expected {expected:?}\n  found    {found:?}",
                    case.name
                ));
            }
        }
    }
    assert!(count >= 990, "only {count} outcomes were compared");
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_two_ideas_end_as_their_models_ended() {
    let mut wrong = Vec::new();
    for case in cases() {
        let world = World::new(&case);
        for (key, name) in [
            ("model:refcount-naive", "reference-counting"),
            ("model:spec-ideal", "ideal"),
        ] {
            let found = world.model(&preset(name).unwrap());
            let Some(expected) = case.models.get(key) else {
                continue;
            };
            if found != *expected {
                wrong.push(format!(
                    "{} under {name}\n  expected {expected:?}\n  found    {found:?}",
                    case.name
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What a reader of the storage would say of a simulated registry; `None` where an action needs what is not there.
fn reread(world: &World<'_>, simulation: &Simulation) -> (Arc<Inventory>, Option<Vec<Action>>) {
    let case = world.case;
    let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
    let mut ids = BTreeMap::new();
    for (name, object) in &case.objects {
        ids.insert(name.as_str(), builder.object(object.digest, object.size));
    }
    for (name, object) in &case.objects {
        if let Some(raw) = &object.raw {
            let content = content(&mut builder, object, raw);
            builder.manifest(ids[name.as_str()], &content);
        }
    }
    for (repository, name) in world.repositories() {
        let at = builder.repository(&name);
        let tags: BTreeSet<&String> = case
            .pushes
            .iter()
            .filter(|push| push.repo == name)
            .filter_map(|push| push.tag.as_ref())
            .collect();
        for (object, id) in &world.ids {
            let is_manifest = case.objects[*object].kind != "blob";
            if simulation.serves_blob(repository, *id) {
                builder.hold(
                    at,
                    ids[object],
                    if is_manifest {
                        StoredAs::Manifest
                    } else {
                        StoredAs::Blob
                    },
                );
            }
            if !is_manifest || !simulation.is_addressable(repository, *id) {
                continue;
            }
            builder.hold(at, ids[object], StoredAs::Manifest);
            let named: Vec<_> = tags
                .iter()
                .filter(|tag| simulation.tagged(repository, tag) == Some(*id))
                .collect();
            if named.is_empty() {
                builder.row(at, ids[object], None);
            }
            for tag in named {
                builder.row(at, ids[object], Some(tag));
            }
        }
        if !tags.is_empty()
            && case
                .outcomes
                .values()
                .flat_map(|outcome| outcome.tags.keys())
                .any(|tag| tag.starts_with(&format!("{name}:")))
        {
            builder.ever_tagged(at);
        }
    }
    let actions = case.actions.iter().map(|action| {
        let words: Vec<&str> = action.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["deltag", repository, tag] => Some(Action::DeleteTag {
                repository: (*repository).into(),
                tag: (*tag).into(),
            }),
            ["del", repository, object] => Some(Action::DeleteManifest {
                repository: (*repository).into(),
                digest: case.objects[*object].digest,
            }),
            _ => None,
        }
    });
    (Arc::new(builder.build().unwrap()), actions.collect())
}

#[test]
fn what_is_foretold_from_the_storage_is_what_the_real_registry_did() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases() {
        let world = World::new(&case);
        for (key, name) in CONFIGURATIONS {
            if !case.outcomes.contains_key(key) {
                continue;
            }
            let policy = observed(name);
            let laboratory = Laboratory::new(Arc::clone(&world.inventory), &policy);
            let mut before = laboratory.simulation();
            for push in &case.pushes {
                before.apply(&world.push(&push.repo, &push.object, push.tag.as_ref()));
            }
            let (inventory, actions) = reread(&world, &before);
            // A refused push is in the case's history and not in the storage; whether a tag was tried is not seen there.
            let Some(actions) = actions.filter(|_| {
                case.outcomes[key]
                    .refused
                    .iter()
                    .all(|(words, _)| !words.starts_with("push"))
            }) else {
                continue;
            };
            // The order of olareg's and zot's rows is in their `index.json`, which nobody wrote here.
            if name.starts_with("olareg") && case.name.starts_with("45")
                || name.starts_with("zot-2.1.20") && case.name.starts_with("86")
            {
                continue;
            }
            count += 1;
            let answer = Simulator::new(inventory, policy).simulate(&actions, &[]);
            let named = |digest: &Digest| {
                case.objects
                    .iter()
                    .find(|(_, object)| object.digest == *digest)
                    .unwrap()
                    .0
                    .clone()
            };
            let mut freed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for object in &answer.objects_freed {
                freed
                    .entry(object.scope.to_string())
                    .or_default()
                    .insert(named(&object.digest));
            }
            let mut expected = case.outcomes[key].removed.clone();
            for names in expected.values_mut() {
                names.remove("<registry-made>");
            }
            expected.retain(|_, names| !names.is_empty());
            let gone: BTreeSet<String> = answer
                .manifests_gone
                .iter()
                .map(|gone| format!("{}@{}", gone.repository, named(&gone.digest)))
                .collect();
            let stays = world.each(false, |repository, id| {
                before.is_addressable(repository, id)
            });
            let left: BTreeSet<String> = &stays - &gone;
            if freed != expected
                || left != case.outcomes[key].addressable
                || answer.freed_bytes != case.outcomes[key].freed_bytes
            {
                wrong.push(format!(
                    "{} under {name}\n  expected {expected:?}\n  found    {freed:?}, gone {gone:?}",
                    case.name
                ));
            }
        }
    }
    assert!(count >= 300, "only {count} were compared");
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

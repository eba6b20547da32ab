//! Every graph of `golden/gc`, written out in the registry's own format, must be predicted as the real registry did it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use regscope::insight::impact::{
    Action, ActionResult, Answer, Evidence, Inventory, Knob, Laboratory, Policy, Simulation,
    Simulator, StoredAs, preset,
};
use regscope::oci::Digest;
use regscope::session::impact::{builder_of_storage, of_storage};
use regscope::source::Limits;
use regscope::source::storage::{Storage, StorageView};

use super::golden::{Case, Outcome, cases};
use super::written::{Format, write};

const CONFIGURATIONS: [(&str, &str, Format); 20] = [
    ("d2", "distribution-2.8", Format::Distribution),
    (
        "d2m",
        "distribution-2.8-delete-untagged",
        Format::Distribution,
    ),
    ("d3", "distribution-3", Format::Distribution),
    (
        "d3m",
        "distribution-3-delete-untagged",
        Format::Distribution,
    ),
    ("zot", "zot", Format::Zot),
    ("zotref", "zot-delete-referrers", Format::Zot),
    ("zotkeep", "zot-keep-untagged", Format::Zot),
    ("zot2120", "zot-2.1.20", Format::Zot),
    ("zot2120ref", "zot-2.1.20-delete-referrers", Format::Zot),
    ("zot2120keep", "zot-2.1.20-keep-untagged", Format::Zot),
    ("harbor", "harbor", Format::Distribution),
    ("harborkeep", "harbor-keep-untagged", Format::Distribution),
    ("harborui", "harbor-portal", Format::Distribution),
    (
        "harboruikeep",
        "harbor-portal-keep-untagged",
        Format::Distribution,
    ),
    ("gitlab", "gitlab", Format::Distribution),
    ("gitlaboff", "gitlab-offline", Format::Distribution),
    (
        "gitlaboffm",
        "gitlab-offline-delete-untagged",
        Format::Distribution,
    ),
    ("olareg", "olareg", Format::Olareg),
    ("olaregU", "olareg-delete-untagged", Format::Olareg),
    (
        "olaregUD",
        "olareg-delete-untagged-dangling",
        Format::Olareg,
    ),
];

/// What went, in the names of the graph.
#[derive(Debug, PartialEq, Eq)]
struct Gone {
    manifests: BTreeSet<String>,
    tags: BTreeSet<String>,
    objects: BTreeMap<String, BTreeSet<String>>,
    bytes: u64,
    refused: Vec<u16>,
}

/// What a storage serves before anything is done.
struct Before {
    manifests: BTreeSet<String>,
    tags: BTreeSet<String>,
}

impl Before {
    fn of(case: &Case, inventory: &Arc<Inventory>, policy: &Policy) -> Self {
        let simulation = Laboratory::new(Arc::clone(inventory), policy).simulation();
        let mut before = Self {
            manifests: BTreeSet::new(),
            tags: BTreeSet::new(),
        };
        for (repository, name) in inventory.repositories() {
            for manifest in inventory.held(repository) {
                if let Some(object) = case.named(inventory.digest(manifest))
                    && simulation.is_addressable(repository, manifest)
                {
                    before.manifests.insert(format!("{name}@{object}"));
                }
            }
            before.tags.extend(
                inventory
                    .tags(repository)
                    .map(|(tag, _)| format!("{name}:{tag}")),
            );
        }
        before
    }

    /// What the real registry took away.
    fn lost(&self, outcome: &Outcome) -> Gone {
        let mut objects = outcome.removed.clone();
        for names in objects.values_mut() {
            names.remove("<registry-made>");
        }
        objects.retain(|_, names| !names.is_empty());
        let is_named = |tag: &&String| outcome.tags.get(*tag).is_some_and(Option::is_some);
        Gone {
            manifests: &self.manifests - &outcome.addressable,
            tags: self
                .tags
                .iter()
                .filter(|tag| !is_named(tag))
                .cloned()
                .collect(),
            objects,
            bytes: outcome.freed_bytes,
            refused: statuses(outcome),
        }
    }
}

/// What the actions were refused with; pushes are in the storage's past.
fn statuses(outcome: &Outcome) -> Vec<u16> {
    let refused = outcome.refused.iter();
    refused
        .filter(|(words, _)| !words.starts_with("push"))
        .map(|(_, status)| *status)
        .collect()
}

/// What an answer says, without the lists that olareg itself writes.
fn told(case: &Case, answer: &Answer) -> Gone {
    let mut objects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut bytes = answer.freed_bytes;
    for freed in &answer.objects_freed {
        match case.named(&freed.digest) {
            Some(name) => {
                let here = objects.entry(freed.scope.to_string()).or_default();
                assert!(here.insert(name.to_owned()), "{}: {name} twice", case.name);
            }
            None => bytes -= freed.size,
        }
    }
    let named = |digest: &Digest| case.named(digest).unwrap_or("?").to_owned();
    let manifests = answer.manifests_gone.iter();
    let tags = answer.tags_gone.iter();
    Gone {
        manifests: manifests
            .map(|gone| format!("{}@{}", gone.repository, named(&gone.digest)))
            .collect(),
        tags: tags
            .map(|gone| format!("{}:{}", gone.repository, gone.tag))
            .collect(),
        objects,
        bytes,
        refused: answer
            .actions
            .iter()
            .filter(|action| action.result != ActionResult::Accepted)
            .map(|action| action.status)
            .collect(),
    }
}

fn view_of(folder: &Path) -> StorageView {
    Storage::open(folder, &Limits::default()).unwrap().view()
}

/// The actions as the command line has them; none where it has no such action.
fn actions(case: &Case) -> Option<Vec<Action>> {
    let one = |action: &Vec<String>| {
        let words: Vec<&str> = action.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["deltag", repository, tag] => Some(Action::DeleteTag {
                repository: (*repository).to_owned(),
                tag: (*tag).to_owned(),
            }),
            ["del", repository, object] => Some(Action::DeleteManifest {
                repository: (*repository).to_owned(),
                digest: case.objects[*object].digest,
            }),
            _ => None,
        }
    };
    case.actions.iter().map(one).collect()
}

/// Says what each manifest names: one that is pushed later is in no file yet.
fn describe(case: &Case, builder: &mut regscope::insight::impact::InventoryBuilder) {
    for (name, object) in &case.objects {
        if let Some(raw) = case.raw(name) {
            let id = builder.object(object.digest, object.size);
            let mut content = regscope::insight::impact::ManifestContent {
                kind: if raw.manifests.is_empty() {
                    regscope::insight::impact::ObjectKind::Image
                } else {
                    regscope::insight::impact::ObjectKind::Index
                },
                is_docker: raw.media_type.contains("vnd.docker."),
                is_signature: raw
                    .layers
                    .iter()
                    .any(|layer| layer.media_type.contains("cosign.simplesigning")),
                ..Default::default()
            };
            let mut of = |named: &super::golden::Named| builder.object(named.digest, 0);
            content.config = raw.config.as_ref().map(&mut of);
            content.layers = raw.layers.iter().map(&mut of).collect();
            content.children = raw.manifests.iter().map(&mut of).collect();
            content.subject = raw.subject.as_ref().map(&mut of);
            builder.manifest(id, &content);
        }
    }
}

/// Runs actions that the command line does not have on what was read from the storage.
fn simulated(case: &Case, view: &StorageView, policy: &Policy, outcome: &Outcome) -> [Gone; 2] {
    let mut builder = builder_of_storage(view);
    for repository in case.repositories() {
        let repository = builder.repository(repository);
        for object in case.objects.values() {
            let id = builder.object(object.digest, object.size);
            builder.hold(repository, id, StoredAs::Absent);
        }
    }
    describe(case, &mut builder);
    let inventory = Arc::new(builder.build().unwrap());
    let mut simulation = Laboratory::new(Arc::clone(&inventory), policy).simulation();
    let stored_before = stored(case, &inventory, &simulation);
    let before = Before::of(case, &inventory, policy);
    let mut refused = Vec::new();
    for action in &case.actions {
        let words: Vec<&str> = action.iter().map(String::as_str).collect();
        let action = match words.as_slice() {
            ["deltag", repository, tag] => Action::DeleteTag {
                repository: (*repository).to_owned(),
                tag: (*tag).to_owned(),
            },
            ["del", repository, object] => Action::DeleteManifest {
                repository: (*repository).to_owned(),
                digest: case.objects[*object].digest,
            },
            ["push", repository, object, tag @ ..] => Action::Push {
                repository: (*repository).to_owned(),
                digest: case.objects[*object].digest,
                tag: tag.first().map(|tag| (*tag).to_owned()),
            },
            ["gc"] => {
                simulation.collect();
                continue;
            }
            other => panic!("{}: {other:?}", case.name),
        };
        let reply = simulation.apply(&action);
        if reply.result != ActionResult::Accepted {
            refused.push(reply.status);
        }
    }
    simulation.collect();
    let after = stored(case, &inventory, &simulation);
    let mut objects: BTreeMap<String, BTreeSet<String>> = stored_before
        .iter()
        .map(|(scope, names)| (scope.clone(), names - &after[scope]))
        .collect();
    objects.retain(|_, names| !names.is_empty());
    let left = Before::after(case, &inventory, &simulation);
    let found = Gone {
        manifests: &before.manifests - &left.manifests,
        tags: &before.tags - &left.tags,
        bytes: objects
            .values()
            .flatten()
            .map(|name| case.objects[name].size)
            .sum(),
        objects,
        refused,
    };
    [before.lost(outcome), found]
}

impl Before {
    fn after(case: &Case, inventory: &Inventory, simulation: &Simulation) -> Self {
        let mut left = Self {
            manifests: BTreeSet::new(),
            tags: BTreeSet::new(),
        };
        for (repository, name) in inventory.repositories() {
            for manifest in inventory.held(repository) {
                if let Some(object) = case.named(inventory.digest(manifest))
                    && simulation.is_addressable(repository, manifest)
                {
                    left.manifests.insert(format!("{name}@{object}"));
                }
            }
            let tags = inventory.tags(repository);
            let tags = tags.filter(|(tag, _)| simulation.tagged(repository, tag).is_some());
            left.tags
                .extend(tags.map(|(tag, _)| format!("{name}:{tag}")));
        }
        left
    }
}

fn stored(
    case: &Case,
    inventory: &Inventory,
    simulation: &Simulation,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut stored: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (repository, name) in inventory.repositories() {
        let scope = if simulation.has_one_store() {
            "*"
        } else {
            name
        };
        let here = stored.entry(scope.to_owned()).or_default();
        for (name, object) in &case.objects {
            let id = inventory.object(&object.digest);
            if id.is_some_and(|id| simulation.is_stored(repository, id)) {
                here.insert(name.clone());
            }
        }
    }
    stored
}

/// What the storage must serve by the history alone: whatever was pushed, but what zot drops when its tag moves.
fn expected_before(case: &Case, outcome: &Outcome, format: Format) -> BTreeSet<String> {
    let mut served = BTreeSet::new();
    let mut tags: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for push in case.accepted(outcome) {
        if case.objects[&push.object].kind == "blob" {
            continue;
        }
        served.insert(format!("{}@{}", push.repo, push.object));
        if let Some(tag) = &push.tag
            && let Some(old) = tags.insert((&push.repo, tag), &push.object)
            && old != push.object
            && format == Format::Zot
        {
            served.remove(&format!("{}@{old}", push.repo));
        }
    }
    served
}

#[test]
fn every_graph_is_foretold_from_its_files_as_the_real_registry_did_it() {
    let (mut count, mut wrong) = (0, Vec::new());
    for case in cases() {
        for (key, name, format) in CONFIGURATIONS {
            let Some(outcome) = case.outcomes.get(key) else {
                continue;
            };
            let folder = tempfile::tempdir().unwrap();
            write(folder.path(), format, &case, outcome);
            let view = view_of(folder.path());
            let mut policy = preset(name).unwrap();
            if matches!(key, "d3" | "d3m" | "olareg" | "olaregU" | "olaregUD") {
                policy.knobs.accept_sparse_index = Knob::Known(true, Evidence::Ran);
            }
            let stock = of_storage(&view).unwrap();
            assert_eq!(stock.gaps, [""; 0], "{} under {name}", case.name);
            let before = Before::of(&case, &stock.inventory, &policy);
            assert_eq!(
                before.manifests,
                expected_before(&case, outcome, format),
                "{} under {name}: what is served before",
                case.name
            );
            let [expected, found] = match actions(&case) {
                Some(actions) => {
                    let answer = Simulator::new(stock.inventory, policy).simulate(&actions, &[]);
                    [before.lost(outcome), told(&case, &answer)]
                }
                None => simulated(&case, &view, &policy, outcome),
            };
            count += 1;
            if expected != found {
                wrong.push(format!(
                    "{} under {name}\n  expected {expected:?}\n  found    {found:?}",
                    case.name
                ));
            }
        }
    }
    assert!(count >= 990, "only {count} outcomes were compared");
    let words = wrong.join("\n");
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{words}",
        wrong.len()
    );
}

//! Laws that hold for every registry, whatever it holds, under every preset.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in test functions, and not in their helpers"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use regscope::insight::impact::{
    Action, ActionResult, Answer, ChildEdge, Guard, Inventory, InventoryBuilder, Knob, Laboratory,
    ManifestContent, ObjectId, ObjectKind, Policy, Quirk, RepositoryId, Rows, Simulation,
    Simulator, StoredAs, TagDelete, View, presets,
};
use regscope::oci::Digest;

const REPOSITORIES: [&str; 3] = ["a", "a/b", "b"];
const BLOBS: usize = 6;

/// One manifest of a random registry; numbers point at earlier ones, modulo how many there are.
#[derive(Clone, Debug)]
struct Recipe {
    is_index: bool,
    names: Vec<usize>,
    names_a_manifest_as_layer: bool,
    subject: Option<usize>,
    /// For each repository: whether it is there, and how many tags it has.
    places: [(bool, usize); 3],
    /// A tag with an earlier manifest's digest in its name, and its suffix.
    derived: Option<(usize, usize)>,
}

#[derive(Clone, Debug)]
enum Deed {
    DeleteTag(usize, usize),
    DeleteManifest(usize, usize),
    MoveTag(usize, usize, usize),
}

#[derive(Clone, Debug)]
struct World {
    recipes: Vec<Recipe>,
    orphan: bool,
    deeds: Vec<Deed>,
    extra_root: (usize, usize),
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let place = (prop::bool::weighted(0.6), 0usize..3);
    (
        prop::bool::weighted(0.35),
        prop::collection::vec(0usize..32, 0..4),
        prop::bool::weighted(0.1),
        prop::option::weighted(0.3, 0usize..32),
        [place.clone(), place.clone(), place],
        prop::option::weighted(0.15, (0usize..32, 0usize..4)),
    )
        .prop_map(
            |(is_index, names, names_a_manifest_as_layer, subject, places, derived)| Recipe {
                is_index,
                names,
                names_a_manifest_as_layer,
                subject,
                places,
                derived,
            },
        )
}

fn deed(only_tags: bool) -> impl Strategy<Value = Deed> {
    let kinds = if only_tags { 0usize..2 } else { 0usize..3 };
    (kinds, 0usize..3, 0usize..32, 0usize..32).prop_map(|(kind, at, what, to)| match kind {
        0 => Deed::DeleteTag(at, what),
        1 => Deed::MoveTag(at, what, to),
        _ => Deed::DeleteManifest(at, what),
    })
}

fn world(only_tags: bool) -> impl Strategy<Value = World> {
    let parts = (
        prop::collection::vec(recipe(), 1..12),
        any::<bool>(),
        prop::collection::vec(deed(only_tags), 0..5),
        (0usize..3, 0usize..32),
    );
    parts.prop_map(|(recipes, orphan, deeds, extra_root)| World {
        recipes,
        orphan,
        deeds,
        extra_root,
    })
}

impl World {
    fn digest(number: usize) -> Digest {
        Digest::of(format!("manifest {number}").as_bytes())
    }

    fn build(&self, with_extra_root: bool) -> Arc<Inventory> {
        let mut builder = InventoryBuilder::new(View::storage(Rows::Known));
        let at: Vec<RepositoryId> = REPOSITORIES
            .iter()
            .map(|name| builder.repository(name))
            .collect();
        let blobs: Vec<ObjectId> = (0..BLOBS)
            .map(|blob| builder.object(Digest::of(format!("blob {blob}").as_bytes()), 1 << blob))
            .collect();
        let manifests: Vec<ObjectId> = (0..self.recipes.len())
            .map(|number| builder.object(Self::digest(number), 1000 + number as u64))
            .collect();
        for (number, recipe) in self.recipes.iter().enumerate() {
            let earlier = |pick: usize| (number > 0).then(|| manifests[pick % number]);
            let mut content = ManifestContent {
                kind: if recipe.is_index {
                    ObjectKind::Index
                } else {
                    ObjectKind::Image
                },
                // A subject may also be a later manifest's number taken as one that nobody has.
                subject: recipe.subject.map(|pick| {
                    earlier(pick).unwrap_or_else(|| builder.object(Digest::of(b"never pushed"), 0))
                }),
                ..ManifestContent::default()
            };
            if recipe.is_index {
                content.children = recipe
                    .names
                    .iter()
                    .filter_map(|pick| earlier(*pick))
                    .collect();
            } else {
                content.config = Some(blobs[number % BLOBS]);
                content.layers = recipe
                    .names
                    .iter()
                    .map(|pick| blobs[pick % BLOBS])
                    .collect();
                content
                    .layers
                    .extend(earlier(number / 2).filter(|_| recipe.names_a_manifest_as_layer));
            }
            builder.manifest(manifests[number], &content);
            for (place, repository) in at.iter().enumerate() {
                let (is_there, tags) = recipe.places[place];
                if !is_there {
                    continue;
                }
                builder.hold(*repository, manifests[number], StoredAs::Manifest);
                for blob in content.config.iter().chain(&content.layers) {
                    builder.hold(*repository, *blob, StoredAs::Blob);
                }
                let mut names: Vec<String> =
                    (0..tags).map(|tag| format!("t{number}-{tag}")).collect();
                if let Some((subject, suffix)) = recipe.derived.filter(|_| number > 0) {
                    let suffix = [".sig", ".att", ".sbom", ""][suffix];
                    names.push(format!(
                        "sha256-{}{suffix}",
                        Self::digest(subject % number).encoded()
                    ));
                }
                if with_extra_root && self.extra() == (place, number) {
                    names.push("one-more".to_owned());
                }
                // Two manifests may want the same derived tag: the first has it.
                names.retain(|name| {
                    !name.starts_with("sha256-") || self.first_with(name, place) == Some(number)
                });
                if names.is_empty() {
                    builder.row(*repository, manifests[number], None);
                }
                for name in names {
                    builder.row(*repository, manifests[number], Some(&name));
                }
            }
        }
        if self.orphan {
            let orphan = builder.object(Digest::of(b"orphan"), 7);
            builder.hold(at[0], orphan, StoredAs::Blob);
        }
        Arc::new(builder.build().unwrap())
    }

    fn first_with(&self, tag: &str, place: usize) -> Option<usize> {
        (1..self.recipes.len()).find(|number| {
            let recipe = &self.recipes[*number];
            recipe.places[place].0
                && recipe.derived.is_some_and(|(subject, suffix)| {
                    let suffix = [".sig", ".att", ".sbom", ""][suffix];
                    format!(
                        "sha256-{}{suffix}",
                        Self::digest(subject % number).encoded()
                    ) == tag
                })
        })
    }

    fn extra(&self) -> (usize, usize) {
        (self.extra_root.0, self.extra_root.1 % self.recipes.len())
    }

    fn actions(&self, inventory: &Inventory) -> Vec<Action> {
        let tags = |at: usize| {
            let id = inventory.repository(REPOSITORIES[at]).unwrap();
            let mut tags: Vec<String> = inventory
                .tags(id)
                .map(|(name, _)| name.to_owned())
                .collect();
            tags.retain(|tag| tag != "one-more");
            tags.sort();
            tags
        };
        let pick = |at: usize, what: usize| {
            let tags = tags(at);
            (!tags.is_empty()).then(|| tags[what % tags.len()].clone())
        };
        let manifest = |what: usize| Self::digest(what % self.recipes.len());
        self.deeds
            .iter()
            .filter_map(|deed| match deed {
                Deed::DeleteTag(at, what) => Some(Action::DeleteTag {
                    repository: REPOSITORIES[*at].into(),
                    tag: pick(*at, *what)?,
                }),
                Deed::DeleteManifest(at, what) => Some(Action::DeleteManifest {
                    repository: REPOSITORIES[*at].into(),
                    digest: manifest(*what),
                }),
                Deed::MoveTag(at, what, to) => Some(Action::MoveTag {
                    repository: REPOSITORIES[*at].into(),
                    tag: pick(*at, *what)?,
                    digest: manifest(*to),
                }),
            })
            .collect()
    }
}

/// (scope, digest) of everything that is stored.
fn stored(inventory: &Inventory, simulation: &Simulation) -> BTreeSet<(String, Digest)> {
    let mut found = BTreeSet::new();
    for (repository, name) in inventory.repositories() {
        let scope = if simulation.has_one_store() {
            "*"
        } else {
            name
        };
        for object in inventory
            .held(repository)
            .filter(|object| simulation.is_stored(repository, *object))
        {
            found.insert((scope.to_owned(), *inventory.digest(object)));
        }
    }
    found
}

fn freed(answer: &Answer) -> BTreeSet<(String, Digest)> {
    answer
        .objects_freed
        .iter()
        .map(|freed| (freed.scope.to_string(), freed.digest))
        .collect()
}

/// Whether the policy has no bug of a release that takes what is held, and protects children where an image goes with
/// its last tag.
fn is_sound(policy: &Policy) -> bool {
    const HARMLESS: [Quirk; 2] = [Quirk::DirectParentsOnly, Quirk::WaitingChildrenNotFound];
    let drops = matches!(policy.knobs.tag_delete, Knob::Known(TagDelete::DropRow, _));
    let guards = matches!(policy.knobs.guard_child, Knob::Known(Guard::Refuse(_), _));
    let mut quirks = policy.knobs.quirks.iter();
    quirks.all(|quirk| HARMLESS.contains(&quirk))
        && (guards || !drops)
        && !matches!(
            policy.knobs.child_edge,
            Knob::Known(ChildEdge::BytesOnly, _)
        )
}

/// What a tag that is left reaches by children that answered at the start, as the repository had it.
fn reachable(
    inventory: &Inventory,
    start: &Simulation,
    end: &Simulation,
    world: &World,
) -> BTreeSet<(RepositoryId, Digest)> {
    let mut found = BTreeSet::new();
    for (repository, _) in inventory.repositories() {
        let names: Vec<&str> = inventory.tags(repository).map(|(name, _)| name).collect();
        let mut queue: Vec<ObjectId> = names
            .iter()
            .filter_map(|name| end.tagged(repository, name))
            .collect();
        while let Some(object) = queue.pop() {
            if !found.insert((repository, *inventory.digest(object))) {
                continue;
            }
            let number = (0..world.recipes.len())
                .find(|number| World::digest(*number) == *inventory.digest(object));
            let Some(recipe) = number.map(|number| (number, &world.recipes[number])) else {
                continue;
            };
            let (number, recipe) = recipe;
            if recipe.is_index {
                let children = recipe
                    .names
                    .iter()
                    .filter(|_| number > 0)
                    .map(|pick| World::digest(pick % number));
                let children = children.filter_map(|digest| inventory.object(&digest));
                queue.extend(children.filter(|child| start.is_addressable(repository, *child)));
            } else {
                let blob = |pick: usize| Digest::of(format!("blob {}", pick % BLOBS).as_bytes());
                found.insert((repository, blob(number)));
                found.extend(recipe.names.iter().map(|pick| (repository, blob(*pick))));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kept_and_freed_are_disjoint_and_complete(world in world(false)) {
        let inventory = world.build(false);
        let actions = world.actions(&inventory);
        for policy in presets() {
            let laboratory = Laboratory::new(Arc::clone(&inventory), &policy);
            let start = stored(&inventory, &laboratory.simulation());
            let mut simulation = laboratory.simulation();
            let replies: Vec<_> = actions.iter().map(|action| simulation.apply(action)).collect();
            simulation.settle();
            let is_aborted = simulation.collect();
            let kept = stored(&inventory, &simulation);
            let answer = Simulator::new(Arc::clone(&inventory), policy.clone()).simulate(&actions, &[]);
            let freed = freed(&answer);
            prop_assert_eq!(freed.len(), answer.objects_freed.len(), "{}: an object is freed twice", &policy.name);
            prop_assert!(freed.is_disjoint(&kept), "{}", &policy.name);
            let all: BTreeSet<_> = freed.union(&kept).cloned().collect();
            // Only an upload can put something into a store, and moving a tag uploads what its manifest names.
            prop_assert!(start.is_subset(&all), "{}", &policy.name);
            prop_assert!(freed.is_subset(&start), "{}", &policy.name);
            let bytes: u64 = answer.objects_freed.iter().map(|freed| freed.size).sum();
            prop_assert_eq!(bytes, answer.freed_bytes);
            prop_assert!(answer.freed_bytes_by_actions <= answer.freed_bytes);
            prop_assert_eq!(answer.aborted, is_aborted);
            for (told, reply) in answer.actions.iter().zip(replies) {
                prop_assert_eq!((told.result, told.status), (reply.result, reply.status));
            }
        }
    }

    #[test]
    fn nothing_that_a_surviving_tag_reaches_is_freed(world in world(true)) {
        let inventory = world.build(false);
        let actions = world.actions(&inventory);
        for policy in presets().into_iter().filter(is_sound) {
            let laboratory = Laboratory::new(Arc::clone(&inventory), &policy);
            let start = laboratory.simulation();
            let mut end = laboratory.simulation();
            for action in &actions {
                end.apply(action);
            }
            end.settle();
            end.collect();
            for (repository, digest) in reachable(&inventory, &start, &end, &world) {
                let object = inventory.object(&digest).unwrap();
                if start.is_stored(repository, object) {
                    prop_assert!(end.is_stored(repository, object), "{} freed {}", &policy.name, digest);
                }
            }
        }
    }

    #[test]
    fn one_more_root_never_frees_more(world in world(true)) {
        let (without, with) = (world.build(false), world.build(true));
        let actions: Vec<Action> = world.actions(&without);
        let actions: Vec<Action> = actions.into_iter().filter(|action| matches!(action, Action::DeleteTag { .. })).collect();
        for policy in presets().into_iter().filter(|policy| policy.knobs.quirks.is_empty()) {
            let name = policy.name.clone();
            let more = Simulator::new(Arc::clone(&with), policy.clone()).simulate(&actions, &[]);
            let fewer = Simulator::new(Arc::clone(&without), policy).simulate(&actions, &[]);
            prop_assert!(freed(&more).is_subset(&freed(&fewer)), "{}", name);
        }
    }

    #[test]
    fn foretelling_twice_gives_the_same(world in world(false)) {
        let inventory = world.build(false);
        let actions = world.actions(&inventory);
        for policy in presets() {
            let simulator = Simulator::new(Arc::clone(&inventory), policy.clone());
            let first = simulator.simulate(&actions, &[]);
            prop_assert_eq!(&first, &simulator.simulate(&actions, &[]));
            let again = Simulator::new(Arc::clone(&inventory), policy).simulate(&actions, &[]);
            prop_assert_eq!(first, again);
        }
    }

    #[test]
    fn actions_in_any_grouping_count_each_blob_once(world in world(false), cut in 0usize..6) {
        let inventory = world.build(false);
        let actions = world.actions(&inventory);
        let (first, second) = actions.split_at(cut.min(actions.len()));
        for policy in presets() {
            let laboratory = Laboratory::new(Arc::clone(&inventory), &policy);
            let start = stored(&inventory, &laboratory.simulation());
            let mut simulation = laboratory.simulation();
            for group in [first, second] {
                for action in group {
                    simulation.apply(action);
                }
                simulation.settle();
            }
            simulation.collect();
            let left = stored(&inventory, &simulation);
            let answer = Simulator::new(Arc::clone(&inventory), policy.clone()).simulate(&actions, &[]);
            let gone: BTreeSet<_> = start.difference(&left).cloned().collect();
            prop_assert_eq!(freed(&answer), gone, "{}", &policy.name);
        }
    }

    #[test]
    fn what_no_action_frees_is_freed_anyway(world in world(false)) {
        let inventory = world.build(false);
        let actions = world.actions(&inventory);
        for policy in presets() {
            let simulator = Simulator::new(Arc::clone(&inventory), policy.clone());
            let without = simulator.without_actions();
            prop_assert_eq!(without.freed_bytes_by_actions, 0, "{}", &policy.name);
            let with = simulator.simulate(&actions, &[]);
            if with.actions.iter().all(|action| action.result != ActionResult::Accepted) {
                prop_assert_eq!(with.freed_bytes_by_actions, 0, "{}", &policy.name);
                prop_assert_eq!(freed(&with), freed(&without), "{}", &policy.name);
            }
        }
    }

    #[test]
    fn what_is_kept_has_a_way_from_a_root_and_what_is_freed_has_none(world in world(false)) {
        let inventory = world.build(false);
        let actions = world.actions(&inventory);
        for policy in presets() {
            let simulator = Simulator::new(Arc::clone(&inventory), policy.clone());
            for number in 0..world.recipes.len() {
                let Some(why) = simulator.why(&World::digest(number), &actions, 50) else { continue };
                prop_assert!(why.kept || why.by.is_empty(), "{}: freed and yet kept by {:?}", &policy.name, why.by);
                prop_assert!(why.by.is_sorted_by_key(|kept| kept.path.len()), "{}", &policy.name);
                prop_assert!(!why.kept || why.freed_by.is_empty(), "{}", &policy.name);
            }
        }
    }
}

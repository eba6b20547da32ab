//! A plan as commands of other tools, in an order in which nothing is refused or lost that need not be. This program
//! itself changes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use crate::oci::Digest;
use crate::oci::remote_text::spell;
use crate::oci::tag::{is_valid_repository, is_valid_tag};

use super::names::Names;
use super::{Answer, BrokenManifest, Cause};
use crate::insight::impact::inventory::{Inventory, ObjectId, RepositoryId};
use crate::insight::impact::policy::knob::Knob;
use crate::insight::impact::policy::{Collector, Policy, TagDelete};
use crate::insight::impact::request::action::{Action, ActionResult};

/// A tool that can change registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// regclient's `regctl`.
    Regctl,
    /// `oras`.
    Oras,
    /// go-containerregistry's `crane`.
    Crane,
    /// `skopeo`.
    Skopeo,
}

impl Tool {
    /// Whether it deletes a tag alone; the others find out its digest and delete the manifest with all of its tags.
    const fn deletes_tags(self) -> bool {
        matches!(self, Self::Regctl | Self::Crane)
    }

    /// Whether it deletes a tag even where the registry cannot: by moving it to an empty manifest that it then deletes.
    const fn works_around(self) -> bool {
        matches!(self, Self::Regctl)
    }

    fn delete_tag(self, reference: &str) -> String {
        match self {
            Self::Regctl => format!("regctl tag delete {reference}"),
            Self::Crane => format!("crane delete {reference}"),
            Self::Oras => format!("oras manifest delete --force {reference}"),
            Self::Skopeo => format!("skopeo delete docker://{reference}"),
        }
    }

    fn delete_manifest(self, reference: &str) -> String {
        match self {
            Self::Regctl => format!("regctl manifest delete {reference}"),
            Self::Crane => format!("crane delete {reference}"),
            Self::Oras => format!("oras manifest delete --force {reference}"),
            Self::Skopeo => format!("skopeo delete docker://{reference}"),
        }
    }

    fn move_tag(self, repository: &str, tag: &str, digest: &Digest) -> String {
        let from = format!("{repository}@{digest}");
        match self {
            Self::Regctl => format!("regctl image copy {from} {repository}:{tag}"),
            Self::Crane => format!("crane tag {from} {tag}"),
            Self::Oras => format!("oras tag {from} {tag}"),
            Self::Skopeo => format!(
                "skopeo copy --all --preserve-digests docker://{from} docker://{repository}:{tag}"
            ),
        }
    }
}

/// One line of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to run; none where there is only something to know.
    pub command: Option<String>,
    /// What to know about it, in one line whatever the names in it hold.
    pub note: Option<String>,
}

/// As a shell reads it: the note as a comment above the command.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_first = true;
        if let Some(note) = &self.note {
            write!(f, "# {note}")?;
            is_first = false;
        }
        if let Some(command) = &self.command {
            if !is_first {
                writeln!(f)?;
            }
            f.write_str(command)?;
        }
        Ok(())
    }
}

/// What is known while a plan is made.
struct Known<'a> {
    /// The tags of each manifest, by repository.
    tags: HashMap<(RepositoryId, ObjectId), Vec<&'a str>>,
    /// The tags that are to go.
    doomed: BTreeSet<(&'a str, &'a str)>,
    /// What was already deleted by its digest.
    deleted: BTreeSet<(RepositoryId, ObjectId)>,
    /// Manifests that the answer says go: only those may a command take by digest.
    goes: HashSet<(&'a str, &'a Digest)>,
}

/// Everything that a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Planner<'a> {
    /// What there is.
    pub inventory: &'a Inventory,
    /// By whose rules.
    pub policy: &'a Policy,
    /// The registry's host, as references write it; none where only its storage was read.
    pub host: Option<&'a str>,
    /// With what.
    pub tool: Tool,
}

impl Planner<'_> {
    /// The commands for `actions`, of which `answer` says how they are taken.
    ///
    /// Order: tags move before anything goes, tags go before manifests, an index before what it lists (registries
    /// refuse to delete what an index lists), a referrer before its subject. Where one action undoes another the
    /// given order stays. Cost: `O(n log n)`, and a look at the tags of each repository.
    pub fn steps(&self, actions: &[Action], answer: &Answer) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.host.is_none() {
            steps.push(note("put the registry's host in place of REGISTRY"));
        }
        let mut ordered: Vec<(usize, &Action)> = actions.iter().enumerate().collect();
        if conflicts(actions) {
            steps.push(note(
                "some of these undo one another, so they stay in the order given",
            ));
        } else {
            ordered.sort_by_key(|(place, action)| (self.rank(action), *place));
        }
        let mut known = Known {
            tags: self.tags_by_manifest(),
            doomed: actions
                .iter()
                .filter_map(|action| match action {
                    Action::DeleteTag { repository, tag } => {
                        Some((repository.as_str(), tag.as_str()))
                    }
                    _ => None,
                })
                .collect(),
            deleted: BTreeSet::new(),
            goes: answer
                .manifests_gone
                .iter()
                .map(|gone| (&*gone.repository, &gone.digest))
                .collect(),
        };
        let names = Names::new(self.inventory, answer);
        let (by_command, others): (Vec<&BrokenManifest>, Vec<&BrokenManifest>) = answer
            .broken
            .iter()
            .filter(|broken| broken.cause != Cause::Anyway)
            .partition(|broken| actions.iter().any(|action| takes_from(action, broken)));
        steps.extend(others.into_iter().map(|broken| breaks(broken, &names)));
        for (place, action) in ordered {
            let broken = by_command
                .iter()
                .filter(|broken| takes_from(action, broken));
            steps.extend(broken.map(|broken| breaks(broken, &names)));
            let taken = answer.actions.get(place);
            match taken.map(|taken| taken.result) {
                Some(ActionResult::NotFound) => {
                    steps.push(note(&format!("{action} is not there")));
                }
                Some(ActionResult::Refused) if !self.is_worked_around(action) => {
                    let status = taken.map_or(0, |taken| taken.status);
                    let tool = self.instead(action, &mut known);
                    steps.extend(tool.unwrap_or_else(|| {
                        vec![note(&format!("{action} would be refused ({status})"))]
                    }));
                }
                _ => steps.extend(self.step(action, &mut known)),
            }
        }
        steps.extend(self.afterwards());
        steps
    }

    /// Lower goes first.
    fn rank(&self, action: &Action) -> (u8, i64) {
        match action {
            Action::DeleteManifest { repository, digest } => {
                let depth = self.depth(repository, digest);
                (2, depth)
            }
            Action::DeleteTag { .. } => (1, 0),
            _ => (0, 0),
        }
    }

    /// How far below an index, or above a referrer, a manifest is: deeper goes later.
    fn depth(&self, repository: &str, digest: &Digest) -> i64 {
        let (Some(place), Some(object)) = (
            self.inventory.repository(repository),
            self.inventory.object(digest),
        ) else {
            return 0;
        };
        let is_here = |other: u32| self.inventory.member(place.0, other).is_some();
        let mut depth = 0;
        let (mut level, mut seen) = (vec![object.0], BTreeSet::from([object.0]));
        loop {
            let mut next = Vec::new();
            for at in level {
                let above = self.inventory.parents.of(at).iter();
                let referrers = self.inventory.referrers.of(at).iter();
                let before = above.chain(referrers).copied();
                next.extend(before.filter(|other| is_here(*other) && seen.insert(*other)));
            }
            if next.is_empty() {
                return depth;
            }
            depth += 1;
            level = next;
        }
    }

    fn is_worked_around(&self, action: &Action) -> bool {
        matches!(action, Action::DeleteTag { .. }) && self.tool.works_around()
    }

    /// What tags each manifest has, by repository.
    fn tags_by_manifest(&self) -> HashMap<(RepositoryId, ObjectId), Vec<&str>> {
        let mut tags: HashMap<(RepositoryId, ObjectId), Vec<&str>> = HashMap::new();
        for (repository, _) in self.inventory.repositories() {
            for (tag, object) in self.inventory.tags(repository) {
                tags.entry((repository, object)).or_default().push(tag);
            }
        }
        tags
    }

    fn step(&self, action: &Action, known: &mut Known<'_>) -> Vec<Step> {
        let Some(repository) = self.place(action) else {
            return vec![note(&format!("{action} has a name that no tool takes"))];
        };
        match action {
            Action::DeleteTag { tag, .. } => {
                let unsupported = matches!(
                    self.policy.knobs.tag_delete,
                    Knob::Known(TagDelete::Unsupported(_), _)
                );
                let reference = format!("{repository}:{tag}");
                if !self.tool.deletes_tags() || (unsupported && !self.tool.works_around()) {
                    return self.instead(action, known).unwrap_or_default();
                }
                let command = self.tool.delete_tag(&reference);
                if unsupported {
                    let words = "this registry deletes no tags: regctl moves the tag to an empty manifest first, and \
                                 deletes that";
                    return vec![with_note(command, words)];
                }
                vec![plain(command)]
            }
            Action::DeleteManifest { digest, .. } => {
                vec![plain(
                    self.tool.delete_manifest(&format!("{repository}@{digest}")),
                )]
            }
            Action::MoveTag { tag, digest, .. } => {
                vec![plain(self.tool.move_tag(&repository, tag, digest))]
            }
            Action::Push { .. } | Action::Upload { .. } => {
                vec![note(&format!("{action} is no deletion"))]
            }
        }
    }

    /// Deletes a tag by the digest that it names, where no tag that is to stay would go with it.
    fn instead(&self, action: &Action, known: &mut Known<'_>) -> Option<Vec<Step>> {
        let Action::DeleteTag { repository, tag } = action else {
            return None;
        };
        let place = self.inventory.repository(repository)?;
        let mut tags = self.inventory.tags(place);
        let (_, object) = tags.find(|(name, _)| name == tag)?;
        let tags = known.tags.get(&(place, object)).into_iter().flatten();
        let staying: BTreeSet<&str> = tags
            .copied()
            .filter(|other| !known.doomed.contains(&(repository.as_str(), *other)))
            .collect();
        if !staying.is_empty() {
            let staying: Vec<&str> = staying.into_iter().collect();
            return Some(vec![note(&format!(
                "{action} cannot be deleted alone this way: {} would go with it; `regctl tag delete` can",
                staying.join(", ")
            ))]);
        }
        let digest = self.inventory.digest(object);
        if let Some(words) = self.stays(place, object, known) {
            return Some(vec![note(&format!(
                "{action} cannot be deleted alone this way: its manifest {} would go with it, and {words}; `regctl tag \
                 delete` can",
                digest.short()
            ))]);
        }
        if !known.deleted.insert((place, object)) {
            return Some(vec![note(&format!("{action} goes with the one above"))]);
        }
        let words = format!("{action} goes by its digest here, manifest and all");
        let repository = self.place(action)?;
        let command = self.tool.delete_manifest(&format!("{repository}@{digest}"));
        Some(vec![with_note(command, &words)])
    }

    /// Why a manifest must not go with the last of its tags: what stays lists it, or speaks of it.
    fn stays(&self, place: RepositoryId, object: ObjectId, known: &Known<'_>) -> Option<String> {
        let inventory = self.inventory;
        let repository = inventory.repository_name(place);
        let goes = |other: u32| {
            known
                .goes
                .contains(&(repository, &inventory.digests[other as usize]))
        };
        let is_here = |other: &&u32| inventory.member(place.0, **other).is_some();
        let staying = |holders: &[u32]| {
            holders
                .iter()
                .filter(is_here)
                .find(|at| !goes(**at))
                .copied()
        };
        if let Some(index) = staying(inventory.parents.of(object.0)) {
            let tags = known
                .tags
                .get(&(place, ObjectId(index)))
                .into_iter()
                .flatten();
            let tags: Vec<String> = tags.map(|tag| format!("{repository}:{tag}")).collect();
            let digest = inventory.digests[index as usize].short();
            return Some(match tags.as_slice() {
                [] => format!("an index that stays lists it ({digest})"),
                tags => format!("{} lists it ({digest})", tags.join(", ")),
            });
        }
        if let Some(referrer) = staying(inventory.referrers.of(object.0)) {
            let what = inventory.role(ObjectId(referrer)).unwrap_or("referrer");
            return Some(format!("its {what} stays"));
        }
        None
    }

    /// `host/repository`, if every name in the action is one that a shell and a registry take as it is.
    fn place(&self, action: &Action) -> Option<String> {
        let repository = action.repository();
        let tag = match action {
            Action::DeleteTag { tag, .. } | Action::MoveTag { tag, .. } => Some(tag),
            _ => None,
        };
        let is_valid = is_valid_repository(repository) && tag.is_none_or(|tag| is_valid_tag(tag));
        let host = self.host.unwrap_or("REGISTRY");
        is_valid.then(|| format!("{host}/{repository}"))
    }

    /// What brings the bytes back.
    fn afterwards(&self) -> Option<Step> {
        let words = match self.policy.knobs.collector {
            Knob::Known(Collector::Offline, _) if self.policy.registry == "distribution" => {
                let option = if self.policy.name.contains("delete-untagged") {
                    "--delete-untagged "
                } else {
                    ""
                };
                format!(
                    "bytes come back with the registry stopped, by: registry garbage-collect {option}CONFIG \
                     (docker-registry in Debian)"
                )
            }
            Knob::Known(Collector::Offline, _) => {
                "bytes come back when somebody runs the registry's collector".to_owned()
            }
            Knob::Known(Collector::None, _) => "nothing brings the bytes back".to_owned(),
            Knob::Unknown => "nobody knows when bytes come back".to_owned(),
            Knob::Known(..) => return None,
        };
        Some(note(&words))
    }
}

/// Whether an action deletes what a manifest that stays names.
fn takes_from(action: &Action, broken: &BrokenManifest) -> bool {
    matches!(action, Action::DeleteManifest { repository, digest }
        if **repository == *broken.repository && broken.missing.contains(digest))
}

/// What breaks, above the command that breaks it.
fn breaks(broken: &BrokenManifest, names: &Names<'_>) -> Step {
    note(&format!("breaks: {}", names.broken(broken)))
}

fn note(words: &str) -> Step {
    Step {
        command: None,
        note: Some(spell(words).into_owned()),
    }
}

fn plain(command: String) -> Step {
    Step {
        command: Some(command),
        note: None,
    }
}

fn with_note(command: String, words: &str) -> Step {
    Step {
        command: Some(command),
        note: Some(spell(words).into_owned()),
    }
}

/// Whether the result depends on the order: a tag that is deleted and moved, a manifest that is deleted and moved to.
fn conflicts(actions: &[Action]) -> bool {
    let moves = actions.iter().filter_map(|action| match action {
        Action::MoveTag {
            repository,
            tag,
            digest,
        } => Some((repository, tag, digest)),
        _ => None,
    });
    moves.into_iter().any(|(repository, tag, digest)| {
        actions.iter().any(|action| match action {
            Action::DeleteTag {
                repository: place,
                tag: other,
            } => place == repository && other == tag,
            Action::DeleteManifest {
                repository: place,
                digest: other,
            } => place == repository && other == digest,
            _ => false,
        })
    })
}

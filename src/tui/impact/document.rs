//! The impact as it is shown: totals, then a list by repository with a reason for each line. Texts are cleaned.

use std::cmp::Reverse;

use crate::graph::Graph;
use crate::insight::impact::{
    Action, Answer, Cause, Deletion, Evidence, Knob, Line as Listed, NAMES, OptionAnswer, Policy,
    Reason, Recognised, Simulator, Subject, UNKNOWN, Uploads, Verdict, listing, preset,
    unknown_policy,
};
use crate::oci::remote_text::clean;
use crate::oci::{Digest, Origin};
use crate::words::counted;

use super::names::{self, Names};
use super::other_registries::OtherRegistry;
use super::{compare, plan, totals};

/// What the answer is about.
pub(super) struct Asked<'a> {
    pub(super) origin: &'a Origin,
    pub(super) actions: &'a [Action],
    pub(super) graph: &'a Graph,
    pub(super) recognised: &'a Recognised,
    pub(super) gaps: &'a [String],
    pub(super) options: &'a [OptionAnswer],
    pub(super) uploads: &'a Uploads,
    pub(super) own: &'a [Policy],
    pub(super) other_registries: &'a [OtherRegistry],
}

/// What would go, or dangle, because of the actions, and on which registry.
pub type Affected = (Origin, Place, Marker);

/// What happens to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// It goes, as a person asked.
    Named,
    /// It goes along.
    Along,
    /// It goes without anybody's asking.
    Anyway,
    /// It stays.
    Stays,
    /// Something to be afraid of.
    Danger,
    /// Something is not known.
    Unknown,
    /// Nothing of that.
    Plain,
}

impl Marker {
    /// How a verdict is to be taken.
    pub const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Safe => Self::Stays,
            Verdict::NotSafe | Verdict::Refused | Verdict::GivesUp => Self::Danger,
            Verdict::NothingHappens => Self::Plain,
            Verdict::CannotTell => Self::Unknown,
        }
    }

    /// One character; with `is_ascii` one that every terminal has.
    pub const fn symbol(self, is_ascii: bool) -> &'static str {
        match self {
            Self::Named if is_ascii => "-",
            Self::Named => "−",
            Self::Along => "~",
            Self::Anyway if is_ascii => ".",
            Self::Anyway => "·",
            Self::Stays => "=",
            Self::Danger => "!",
            Self::Unknown => "?",
            Self::Plain => " ",
        }
    }
}

/// What a sentence of the answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// What comes back, and when.
    Back,
    /// How many go.
    Goes,
    /// What is done on other registries.
    Elsewhere,
    /// Something that frightens.
    Danger,
    /// Something that is not known.
    NotKnown,
    /// What the collector needs, and what it leaves.
    Collector,
    /// By whose rules.
    Rules,
}

/// A sentence of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// What it is about.
    pub topic: Topic,
    /// How it is to be taken.
    pub marker: Marker,
    /// What it is; empty where it belongs to the line above.
    pub name: &'static str,
    /// How much.
    pub words: String,
    /// The rest of it.
    pub more: String,
    /// What it is about, where that is one thing.
    pub place: Option<Place>,
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The repository.
    pub repository: String,
    /// The tag, if it is one.
    pub tag: Option<String>,
    /// The digest, if it is a manifest or blob.
    pub digest: Option<Digest>,
}

/// What a line of the list is, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// A tag.
    Tag,
    /// An index.
    Index,
    /// An image.
    Image,
    /// Another manifest.
    Manifest,
    /// A config, a layer, or whatever else has bytes and no fields.
    Blob,
}

/// One line of the list that is about something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// What happens to it.
    pub marker: Marker,
    /// What happens to it under the other policy, where one was asked for.
    pub other: Option<Marker>,
    /// What it is.
    pub name: String,
    /// Its bytes.
    pub size: Option<u64>,
    /// When they come back.
    pub when: String,
    /// Why.
    pub reason: String,
    /// Where it is.
    pub place: Place,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// What follows is in this repository.
    Repository(String),
    /// What happens to something.
    Item(Item),
}

/// A policy that can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// Whose rules it has, what they stand on, and why it is offered here.
    pub words: String,
}

/// The impact of some actions, or of the next collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// What was asked.
    pub title: String,
    /// By whose rules, and what those stand on.
    pub rules: String,
    /// The name of the policy.
    pub policy: String,
    /// What it is compared with: a policy, and what was said of it.
    pub other: Option<String>,
    /// Whether it is safe.
    pub verdict: Verdict,
    /// What stands beside that.
    pub says: String,
    /// What comes back, goes, breaks, is refused, is not known.
    pub totals: Vec<Total>,
    /// The list; where two policies are compared, only what differs.
    pub lines: Vec<Line>,
    /// What would go, or dangle, because of the actions.
    pub affected: Vec<Affected>,
    /// Policies that can be taken, the recognised one first.
    pub choices: Vec<Choice>,
    /// The actions as commands.
    pub plan: plan::Plan,
}

impl Impact {
    pub(super) fn new(
        asked: &Asked<'_>,
        (simulator, answer): (&Simulator, &Answer),
        other: Option<(&Simulator, &Answer)>,
    ) -> Self {
        let names = Names {
            graph: asked.graph,
            origin: asked.origin,
        };
        let all = lines(names, simulator, answer);
        let mut affected = affected_of(&all, asked.origin, answer);
        let other_registries = asked.other_registries.iter();
        let other_registries = other_registries.filter_map(|other| other.answer.as_ref().ok());
        affected.extend(other_registries.flat_map(|(_, affected)| affected.iter().cloned()));
        let lines = match other {
            Some((simulator, answer)) => {
                compare::difference(all, self::lines(names, simulator, answer))
            }
            None => all,
        };
        let told = totals::sentences_of(asked, (simulator, answer));
        let verdict = Verdict::of(answer, simulator.policy());
        Self {
            title: title(asked.actions),
            rules: rules(simulator, answer.evidence),
            policy: simulator.policy().name.clone(),
            other: other.map(|(simulator, _)| called(simulator.policy())),
            verdict,
            says: clean(&verdict.says(answer, &told)).into_owned(),
            totals: totals::of(asked, (simulator, answer), &told, other),
            lines,
            affected,
            choices: choices(asked.recognised, asked.own),
            plan: plan::Plan::new(asked.origin, answer, asked.actions, simulator),
        }
    }
}

/// What goes, or dangles, because of the actions of `answer`.
pub(super) fn affected(
    graph: &Graph,
    origin: &Origin,
    simulator: &Simulator,
    answer: &Answer,
) -> Vec<Affected> {
    let names = Names { graph, origin };
    affected_of(&lines(names, simulator, answer), origin, answer)
}

fn affected_of(lines: &[Line], origin: &Origin, answer: &Answer) -> Vec<Affected> {
    let dangling = answer.dangling_referrers.iter().chain(&answer.unlisted);
    let dangling = dangling.filter(|referrer| referrer.cause != Cause::Anyway);
    let dangling = dangling.map(|referrer| {
        let place = Place {
            repository: referrer.repository.to_string(),
            tag: None,
            digest: Some(referrer.digest),
        };
        (place, Marker::Danger)
    });
    let all = lines.iter().filter_map(affected_place).chain(dangling);
    all.map(|(place, marker)| (origin.clone(), place, marker))
        .collect()
}

/// What was asked: one thing by its name, several by their number and repository.
fn title(actions: &[Action]) -> String {
    if let [Action::DeleteTag { repository, tag }] = actions {
        return clean(&format!("Delete {repository}:{tag}")).into_owned();
    }
    let (mut tags, mut manifests) = (0, 0);
    let mut repositories = Vec::new();
    for action in actions {
        let repository = match action {
            Action::DeleteTag { repository, .. } => {
                tags += 1;
                repository
            }
            Action::DeleteManifest { repository, .. }
            | Action::MoveTag { repository, .. }
            | Action::Push { repository, .. }
            | Action::Upload { repository, .. } => {
                manifests += 1;
                repository
            }
        };
        if !repositories.contains(&repository) {
            repositories.push(repository);
        }
    }
    let mut parts = Vec::new();
    if tags > 0 {
        parts.push(counted(tags, "tag", "tags"));
    }
    if manifests > 0 {
        parts.push(counted(manifests, "manifest", "manifests"));
    }
    let of = match repositories.as_slice() {
        [] => return "Next garbage collection".to_owned(),
        [only] => format!(" of {}", names::repository(only)),
        several => format!(" of {} repositories", several.len()),
    };
    clean(&format!("Delete {}{of}", parts.join(" and "))).into_owned()
}

/// By whose rules, and what those stand on.
pub(super) fn rules(simulator: &Simulator, evidence: Evidence) -> String {
    let policy = simulator.policy();
    if policy.name == UNKNOWN {
        return "rules not known".to_owned();
    }
    format!(
        "policy {} ({}){}, {}",
        policy.name,
        policy.version,
        said_of_deletion(policy),
        policy.standing(evidence)
    )
}

/// What is said of the option that decides on deletion, behind a policy's name.
const fn said_of_deletion(policy: &Policy) -> &'static str {
    match policy.knobs.deletion {
        Knob::Known(Deletion::On, _) => ", deletion on",
        Knob::Known(Deletion::Off(_), _) => ", deletion off",
        _ => "",
    }
}

/// A policy by its name and what was said of it.
pub(super) fn called(policy: &Policy) -> String {
    format!("{}{}", policy.name, said_of_deletion(policy))
}

/// The policies in the order in which they are offered: the recognised one, what it could be as well, all others.
fn choices(recognised: &Recognised, own: &[Policy]) -> Vec<Choice> {
    let first = &recognised.policy.name;
    let words = |name: &str, why: &str| {
        let policy = if name == UNKNOWN {
            return format!("what tags reach; nothing else is known{why}");
        } else {
            preset(name).unwrap_or_else(unknown_policy)
        };
        let evidence = match policy.evidence {
            _ if policy.is_idea => "follows no registry",
            Evidence::Ran => "observed",
            Evidence::Source => "read in its source",
            Evidence::Documented => "documented",
            Evidence::Recalled => "recalled",
        };
        format!("{} {}, {evidence}{why}", policy.registry, policy.version)
    };
    let mut choices = vec![Choice {
        name: first.clone(),
        words: words(first, &format!("; {}", recognised.reason)),
    }];
    choices.extend(own.iter().map(|policy| Choice {
        name: clean(&policy.name).into_owned(),
        words: format!("yours; {}", policy.standing(policy.evidence)),
    }));
    let others = recognised.others.iter().copied();
    for name in others.chain(NAMES).chain([UNKNOWN]) {
        if choices.iter().all(|choice| choice.name != name) {
            choices.push(Choice {
                name: name.to_owned(),
                words: words(name, ""),
            });
        }
    }
    choices
}

fn lines(names: Names<'_>, simulator: &Simulator, answer: &Answer) -> Vec<Line> {
    let mut lines = Vec::new();
    for (repository, listed) in listing(simulator.inventory(), answer) {
        lines.push(Line::Repository(
            clean(names::repository(&repository)).into_owned(),
        ));
        let items = listed.iter();
        let mut items: Vec<_> = items
            .map(|line| item(names, simulator, &repository, line))
            .collect();
        items.sort_by_key(order);
        lines.extend(items.into_iter().map(Line::Item));
    }
    lines
}

/// What a person named comes first, then what goes along, then what stays, then what goes anyway; in each tags before
/// manifests before blobs, and of blobs the largest first.
fn order(item: &Item) -> (u8, ItemKind, Reverse<u64>) {
    let marker = match item.marker {
        Marker::Named => 0,
        Marker::Along => 1,
        Marker::Stays => 2,
        _ => 3,
    };
    let size = item.size.filter(|_| item.kind == ItemKind::Blob);
    (marker, item.kind, Reverse(size.unwrap_or_default()))
}

fn item(names: Names<'_>, simulator: &Simulator, repository: &str, line: &Listed) -> Item {
    let marker = match (line.goes, &line.reason) {
        (false, _) => Marker::Stays,
        (true, Reason::Named) => Marker::Named,
        (true, Reason::Anyway) => Marker::Anyway,
        (true, _) => Marker::Along,
    };
    let when = match (line.goes, line.when) {
        (true, Some(when)) => simulator.policy().when_in_short(when),
        (true, None) if line.size.is_some() => compare::BYTES_STAY.to_owned(),
        (true, None) => String::new(),
        (false, _) => "stays".to_owned(),
    };
    let name = match &line.subject {
        Subject::Tag(tag) => format!("tag {tag}"),
        Subject::Object(word, digest) => names.name(repository, digest, word),
    };
    let kind = match &line.subject {
        Subject::Tag(_) => ItemKind::Tag,
        Subject::Object(_, digest) => names.item_kind(repository, digest, simulator.inventory()),
    };
    Item {
        kind,
        marker,
        other: None,
        name: clean(&name).into_owned(),
        size: line.size,
        when,
        reason: clean(&reason(names, repository, &line.reason)).into_owned(),
        place: Place {
            repository: repository.to_owned(),
            tag: match &line.subject {
                Subject::Tag(tag) => Some(tag.clone()),
                Subject::Object(..) => None,
            },
            digest: match &line.subject {
                Subject::Tag(_) => None,
                Subject::Object(_, digest) => Some(*digest),
            },
        },
    }
}

/// The reason, with what the graph calls things.
fn reason(names: Names<'_>, repository: &str, reason: &Reason) -> String {
    match reason {
        Reason::HolderGoes(holder, 0) => {
            format!(
                "only {} held it",
                names.name(repository, holder, "manifest")
            )
        }
        Reason::SubjectGoes(subject) => {
            format!(
                "its subject goes: {}",
                names.name(repository, subject, "manifest")
            )
        }
        other => other.words(),
    }
}

/// What goes because of the actions.
fn affected_place(line: &Line) -> Option<(Place, Marker)> {
    match line {
        Line::Item(item) => match item.marker {
            Marker::Named | Marker::Along => Some((item.place.clone(), item.marker)),
            _ => None,
        },
        Line::Repository(_) => None,
    }
}

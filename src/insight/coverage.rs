//! What was asked, what the answer was, and what could not be known. "None" is an answer; a hole is none.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::graph::{EdgeKind, Graph, NodeId, NodeState, Register};
use crate::oci::tag::DigestTag;
use crate::oci::{Absence, AbsenceKind, Asked, FoundBy, RemoteText};

/// How a list-like question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// There is something.
    Some,
    /// It was asked, and there is nothing.
    None,
    /// There is no way to ask.
    Unsupported,
}

impl Outcome {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Some => "some",
            Self::None => "none",
            Self::Unsupported => "unsupported",
        }
    }
}

/// A question about a list that was asked and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The node that it was about.
    pub node: NodeId,
    /// The list that was asked for.
    pub what: Asked,
    /// The answer.
    pub outcome: Outcome,
    /// The ways of asking that answered.
    pub by: Vec<FoundBy>,
}

/// Something that was asked and could not be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The node that it is about.
    pub node: NodeId,
    /// What was asked of it.
    pub what: Asked,
    /// What kept it away.
    pub kind: AbsenceKind,
    /// Why, for a person.
    pub reason: RemoteText,
}

/// What is known of what was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Questions that were answered.
    pub asked: Vec<Answered>,
    /// Questions that could not be.
    pub holes: Vec<Gap>,
}

impl Coverage {
    /// Whether nothing that was asked stayed unknown.
    pub fn is_complete(&self) -> bool {
        self.holes.is_empty()
    }
}

/// The coverage of a graph, as far as `is_shown` nodes go. Sorted by node number. Cost: `O(n log n)` in the questions.
pub fn coverage(graph: &Graph, is_shown: impl Fn(NodeId) -> bool) -> Coverage {
    let mut coverage = Coverage::default();
    let mut referrers: BTreeMap<NodeId, Referrers> = BTreeMap::new();
    for (node, asked, by, register) in graph.questions().filter(|(node, ..)| is_shown(*node)) {
        match asked {
            Asked::Catalog => list(
                graph,
                node,
                asked,
                register,
                FoundBy::Catalog,
                &mut coverage,
            ),
            Asked::Tags => list(
                graph,
                node,
                asked,
                register,
                FoundBy::TagsList,
                &mut coverage,
            ),
            Asked::Referrers => {
                let entry = referrers.entry(node).or_default();
                entry.add(graph, node, by, register, &mut coverage.holes);
            }
            // Rows and entries that cannot be read: something may be there that is not shown.
            Asked::Contents => {
                let absence = register.standing_failure();
                let absence = absence.filter(|absence| absence.kind != AbsenceKind::Unsupported);
                coverage.holes.extend(absence.map(|absence| Gap {
                    node,
                    what: asked,
                    kind: absence.kind,
                    reason: absence.reason.clone(),
                }));
            }
            Asked::Target
            | Asked::TargetDigest
            | Asked::Manifest
            | Asked::Config
            | Asked::Document => {
                own_bytes(graph, node, asked, register, &mut coverage.holes);
            }
        }
    }
    for (node, what) in graph.unread_parts().filter(|(node, _)| is_shown(*node)) {
        coverage.holes.push(Gap {
            node,
            what: Asked::Manifest,
            kind: AbsenceKind::Invalid,
            reason: format!("a part of it cannot be read: {what}").into(),
        });
    }
    for (node, entry) in referrers {
        coverage.asked.extend(entry.answered(graph, node));
    }
    coverage
        .asked
        .sort_by_key(|answered| (answered.node, answered.what.name()));
    coverage.holes.sort_by(|a, b| {
        let key = |gap: &Gap| (gap.node, gap.what.name(), gap.kind);
        (key(a), &a.reason).cmp(&(key(b), &b.reason))
    });
    coverage.holes.dedup();
    coverage
}

/// How many other tags of its repository were not asked whether they name the same as `tag`.
pub fn unasked_aliases(graph: &Graph, tag: NodeId) -> u64 {
    let repository = graph
        .repository_of(tag)
        .and_then(|own| graph.repository(own));
    let edges = repository
        .map(|node| graph.outgoing(node))
        .unwrap_or_default();
    let others = edges.iter().filter(|edge| {
        let name = graph.tag_name(edge.to);
        edge.to != tag
            && graph.state(edge.to) == NodeState::NotAsked
            && name.is_some_and(|name| DigestTag::parse(name.as_str()).is_none())
    });
    others.count() as u64
}

/// How many places are named of what could not be read for one reason.
const PLACES_TOLD: usize = 3;

/// Holes in words, for a person: what has one reason is one line, however many places it concerns.
pub fn in_words<'a>(graph: &Graph, holes: impl IntoIterator<Item = &'a Gap>) -> Vec<String> {
    let mut groups: Vec<(&Gap, Vec<NodeId>)> = Vec::new();
    let mut by_reason: HashMap<(&str, AbsenceKind, &str), usize> = HashMap::new();
    for hole in holes {
        let key = (hole.what.name(), hole.kind, hole.reason.as_str());
        let at = *by_reason.entry(key).or_insert_with(|| {
            groups.push((hole, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, nodes)) = groups.get_mut(at) {
            nodes.push(hole.node);
        }
    }
    let line = |(hole, nodes): (&Gap, Vec<NodeId>)| {
        let told = nodes.iter().take(PLACES_TOLD);
        let told: Vec<String> = told.map(|node| place(graph, *node)).collect();
        let more = match nodes.len().saturating_sub(PLACES_TOLD) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!(
            "{} of {}{more}: {} ({})",
            hole.what.name(),
            told.join(", "),
            hole.reason,
            hole.kind.name()
        )
    };
    groups.into_iter().map(line).collect()
}

/// What a node is called, as a reference.
fn place(graph: &Graph, node: NodeId) -> String {
    let of = graph.view(node);
    let place = of
        .repository
        .map(ToString::to_string)
        .or(of.origin.map(ToString::to_string))
        .unwrap_or_default();
    match (of.tag, of.digest) {
        (Some(tag), _) => format!("{place}:{}", tag.spelled()),
        (None, Some(digest)) => format!("{place}@{digest}"),
        (None, None) => place,
    }
}

/// A catalog or a list of tags: answered, and perhaps cut short.
fn list(
    graph: &Graph,
    node: NodeId,
    asked: Asked,
    register: &Register,
    way: FoundBy,
    coverage: &mut Coverage,
) {
    let what = asked;
    let failure = register.standing_failure();
    if register.success.is_some() {
        let edges = graph.outgoing(node);
        let ways: BTreeSet<_> = edges.iter().flat_map(|edge| edge.found_by.iter()).collect();
        let has_items = edges.iter().any(|edge| !graph.is_gone(edge.to));
        let by = if ways.contains(&FoundBy::StorageLink) {
            FoundBy::StorageLink
        } else {
            way
        };
        let outcome = if has_items {
            Outcome::Some
        } else {
            Outcome::None
        };
        coverage.asked.push(Answered {
            node,
            what,
            outcome,
            by: vec![by],
        });
    }
    match failure {
        // A catalog may go on naming a repository of which only the name is left, after a push that was given up: it has
        // no tags, and that is an answer.
        Some(absence)
            if asked == Asked::Tags
                && absence.kind == AbsenceKind::Missing
                && register.success.is_none()
                && !graph.incoming(node).is_empty() =>
        {
            coverage.asked.push(Answered {
                node,
                what,
                outcome: Outcome::None,
                by: vec![way],
            });
        }
        Some(absence) if absence.kind == AbsenceKind::Unsupported => {
            coverage.asked.push(Answered {
                node,
                what,
                outcome: Outcome::Unsupported,
                by: Vec::new(),
            });
        }
        Some(absence) => {
            coverage.holes.push(Gap {
                node,
                what,
                kind: kind_of_hole(register, absence),
                reason: absence.reason.clone(),
            });
        }
        None if !graph.is_complete(node, asked) => coverage.holes.push(cut_short(node, what)),
        None => {}
    }
}

/// A failure after pages leaves a list that is cut short, whatever it was; but a list that was read to its end and has
/// entries that are none is an invalid one.
fn kind_of_hole(register: &Register, absence: &Absence) -> AbsenceKind {
    match absence.kind {
        AbsenceKind::Invalid => AbsenceKind::Invalid,
        _ if register.success.is_some() => AbsenceKind::CutShort,
        kind => kind,
    }
}

fn cut_short(node: NodeId, what: Asked) -> Gap {
    Gap {
        node,
        what,
        kind: AbsenceKind::CutShort,
        reason: "the list did not come to its end".into(),
    }
}

/// The ways in which the referrers of one manifest were asked for.
#[derive(Default)]
struct Referrers {
    by: BTreeSet<FoundBy>,
    is_unsupported: bool,
    has_hole: bool,
}

impl Referrers {
    fn add(
        &mut self,
        graph: &Graph,
        node: NodeId,
        way: Option<FoundBy>,
        register: &Register,
        holes: &mut Vec<Gap>,
    ) {
        if register.success.is_some() {
            self.by.extend(way);
            if !graph.is_complete_by(node, Asked::Referrers, way)
                && register.standing_failure().is_none()
            {
                self.has_hole = true;
                holes.push(cut_short(node, Asked::Referrers));
            }
        }
        match register.standing_failure() {
            Some(absence) if absence.kind == AbsenceKind::Unsupported => self.is_unsupported = true,
            Some(absence) => {
                self.has_hole = true;
                holes.push(Gap {
                    node,
                    what: Asked::Referrers,
                    kind: kind_of_hole(register, absence),
                    reason: absence.reason.clone(),
                });
            }
            None => {}
        }
    }

    /// The answer over all ways. Where one of several ways failed and the others found nothing, nothing is known, and
    /// there is no answer beside the hole.
    fn answered(self, graph: &Graph, node: NodeId) -> Option<Answered> {
        let by: Vec<_> = self.by.into_iter().collect();
        let has_items = !graph.referrers(node).is_empty();
        let outcome = match (has_items, by.is_empty()) {
            (true, _) => Outcome::Some,
            (false, false) if !self.has_hole => Outcome::None,
            (false, true) if self.is_unsupported && !self.has_hole => Outcome::Unsupported,
            _ => return None,
        };
        Some(Answered {
            node,
            what: Asked::Referrers,
            outcome,
            by,
        })
    }
}

/// Bytes that could not be had. A subject that is not there is no hole: the specification allows it, and we know it. A
/// referrer that a list names and that is not there is one.
fn own_bytes(graph: &Graph, node: NodeId, asked: Asked, register: &Register, holes: &mut Vec<Gap>) {
    let Some(absence) = register.standing_failure() else {
        return;
    };
    if graph.state(node) == NodeState::Loaded && asked != Asked::Target {
        return;
    }
    let is_known_gone = absence.kind == AbsenceKind::Missing
        && (graph.is_gone(node) && register.success.is_some()
            || !graph
                .incoming(node)
                .iter()
                .any(|edge| edge.kind != EdgeKind::Subject)
                && !is_listed_referrer(graph, node));
    if absence.kind != AbsenceKind::Unsupported && !is_known_gone {
        holes.push(Gap {
            node,
            what: asked,
            kind: absence.kind,
            reason: absence.reason.clone(),
        });
    }
}

/// Whether a list says that this refers to something: what is listed should be there.
fn is_listed_referrer(graph: &Graph, node: NodeId) -> bool {
    let edges = graph.outgoing(node);
    edges.iter().any(|edge| edge.kind == EdgeKind::Subject)
}

//! What the screen asks the crawl for: what is visible and one page ahead, and what the person looks at.

use std::collections::HashMap;

use crate::crawl::{Reach, Urgency};
use crate::graph::{EdgeKind, Graph, NodeId, NodeKind, NodeState};
use crate::insight::image::parts_of;
use crate::insight::marks::{self, Mark};
use crate::insight::outline::What;
use crate::oci::AbsenceKind::{Missing, Unsupported};
use crate::oci::tag::is_valid_tag;
use crate::oci::{Address, Answer, Asked, Body, FoundBy, Question, Role};
use crate::tui::document_plan;
use crate::tui::effect::Effect;
use crate::tui::model::Model;
use crate::tui::tree::Line;
use crate::tui::verifying;

/// Asks for what is needed and was not asked for, and takes back what is not needed any more.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    let mut needed: HashMap<Question, (Urgency, Reach)> = HashMap::new();
    let mut need = |question: Option<Question>, urgency: Urgency, reach: Reach| {
        let Some(question) = question else { return };
        let entry = needed.entry(question).or_insert((urgency, reach));
        *entry = (*entry).max((urgency, reach));
    };
    for line in model.tree.window_and_next() {
        visible(&model.known.graph, line, &mut need);
    }
    if let Some(line) = model.tree.selected() {
        selected(&model.known.graph, line, &mut need);
        if let Some(node) = line.entry.object() {
            for part in parts_of(&model.known.graph, &model.known.content, node) {
                document_plan::needed(&model.known, part, &mut need);
            }
        }
    }
    verifying::needs(model, &mut need);
    for node in comparison(model) {
        of_manifest(&model.known.graph, node, &mut need);
        document_plan::needed(&model.known, node, &mut need);
    }
    let mut effects = Vec::new();
    let gone: Vec<_> = model
        .wanted
        .keys()
        .filter(|question| !needed.contains_key(*question))
        .cloned()
        .collect();
    for question in gone {
        model.wanted.remove(&question);
        effects.push(Effect::Unwant(question));
    }
    for (question, (urgency, reach)) in needed {
        let before = model.wanted.get(&question).copied();
        let is_known = model.settled.contains(&question) || model.again.contains(&question);
        if is_known || before >= Some(urgency) {
            continue;
        }
        model.wanted.insert(question.clone(), urgency);
        effects.push(Effect::Want(question, urgency, reach));
    }
    let open = model.wanted.keys().chain(&model.again);
    model.pending = open
        .filter_map(|question| node_of(&model.known.graph, question))
        .collect();
    effects.sort_by_key(|effect| match effect {
        Effect::Want(_, urgency, _) => std::cmp::Reverse(Some(*urgency)),
        _ => std::cmp::Reverse(None),
    });
    effects
}

/// What a row that can be seen needs: what its tags name, by the cheapest way; of an open place, its list.
fn visible(graph: &Graph, line: &Line, need: &mut impl FnMut(Option<Question>, Urgency, Reach)) {
    match &line.entry.what {
        What::Tags(tags) => {
            for tag in tags.iter() {
                need(
                    tag_question(graph, *tag, Question::tag_digest),
                    Urgency::Visible,
                    Reach::Itself,
                );
            }
        }
        What::Fold { told, .. } => {
            for tag in told {
                need(
                    tag_question(graph, *tag, Question::tag_digest),
                    Urgency::Visible,
                    Reach::Itself,
                );
            }
        }
        What::Repository(node) if line.is_open => {
            need(list_question(graph, *node), Urgency::Looking, Reach::Below);
        }
        What::Registry(node) if line.is_open => {
            need(list_question(graph, *node), Urgency::Looking, Reach::Itself);
        }
        _ => {}
    }
}

/// What the row under the cursor needs: all that is below it, and what its details show. A repository is not opened
/// by looking at it.
fn selected(graph: &Graph, line: &Line, need: &mut impl FnMut(Option<Question>, Urgency, Reach)) {
    if let What::Tags(tags) = &line.entry.what
        && let Some(tag) = tags.first()
    {
        need(
            tag_question(graph, *tag, Question::tag),
            Urgency::Looking,
            Reach::Below,
        );
    }
    let Some(node) = line.entry.object() else {
        return;
    };
    of_manifest(graph, node, need);
}

/// The images that are being compared, and their platforms.
fn comparison(model: &Model) -> Vec<NodeId> {
    let known = &model.known;
    let sides = model.comparison.sides().into_iter();
    let parts = sides.flat_map(|node| parts_of(&known.graph, &known.content, node));
    parts.collect()
}

/// What a manifest needs that is looked at: itself, its referrers, its config.
fn of_manifest(
    graph: &Graph,
    node: NodeId,
    need: &mut impl FnMut(Option<Question>, Urgency, Reach),
) {
    let (Some(repository), Some(digest)) = (graph.repository_of(node), graph.digest_of(node))
    else {
        return;
    };
    if !graph.kind(node).is_manifest() {
        return;
    }
    if graph.state(node) == NodeState::NotAsked {
        let question = Question::manifest(repository.clone(), digest);
        need(Some(question), Urgency::Looking, Reach::Below);
    } else if marks::asked(graph, node) == Mark::NotAsked {
        let question = Question::referrers(repository.clone(), digest);
        need(Some(question), Urgency::Looking, Reach::Below);
    }
    let is_image = graph
        .purpose(node)
        .is_some_and(|purpose| purpose.role == Role::Image);
    let edges = graph.outgoing(node);
    let config = edges.iter().find(|edge| edge.kind == EdgeKind::Config);
    if let Some(config) = config.filter(|_| is_image && graph.kind(node) == NodeKind::Manifest)
        && graph.state(config.to) == NodeState::NotAsked
        && let Some(digest) = graph.digest_of(config.to)
    {
        let question = Question::config(repository.clone(), digest);
        need(Some(question), Urgency::Looking, Reach::Itself);
    }
}

fn tag_question(
    graph: &Graph,
    tag: NodeId,
    question: impl Fn(crate::oci::Repository, crate::oci::RemoteText) -> Question,
) -> Option<Question> {
    if graph.state(tag) != NodeState::NotAsked {
        return None;
    }
    let (repository, name) = (graph.repository_of(tag)?, graph.tag_name(tag)?);
    is_valid_tag(name.as_str()).then(|| question(repository.clone(), name.clone()))
}

fn list_question(graph: &Graph, node: NodeId) -> Option<Question> {
    if graph.state(node) != NodeState::NotAsked {
        return None;
    }
    match graph.kind(node) {
        NodeKind::Registry => Some(Question::catalog(graph.view(node).origin?.clone())),
        _ => Some(Question::tags(graph.repository_of(node)?.clone())),
    }
}

/// The node that a question is about.
fn node_of(graph: &Graph, question: &Question) -> Option<NodeId> {
    graph.find(&question.at)
}

/// An answer came: what asked for it waits no longer.
pub(super) fn answered(model: &mut Model, answer: &Answer) {
    let mut done = |question: &Question| {
        model.wanted.remove(question);
        model.again.remove(question);
    };
    let question = &answer.question;
    match (&question.at, &answer.body) {
        // The failure that follows ends the question.
        (_, Body::Bytes(_)) => {}
        // Whoever waits for the digest of a tag has it with the whole, and the other way round there is no more to come.
        (Address::Tag(repository, tag), _) => {
            done(&Question::tag(repository.clone(), tag.clone()));
            done(&Question::tag_digest(repository.clone(), tag.clone()));
        }
        _ => done(question),
    }
}

/// The questions that "ask again" means for a row.
pub(super) fn again(graph: &Graph, line: &Line) -> Vec<Question> {
    let object = |node: NodeId| {
        let (Some(repository), Some(digest)) = (graph.repository_of(node), graph.digest_of(node))
        else {
            return Vec::new();
        };
        if !graph.kind(node).is_manifest() {
            let was_asked = graph.asked(node, Asked::Config).is_some();
            return was_asked
                .then(|| Question::config(repository.clone(), digest))
                .into_iter()
                .collect();
        }
        let mut questions = Vec::new();
        if graph.state(node) != NodeState::Loaded {
            questions.push(Question::manifest(repository.clone(), digest));
        }
        questions.push(Question::referrers(repository.clone(), digest));
        questions
    };
    let place = |node: NodeId| -> Vec<Question> {
        let origin = graph.view(node).origin.cloned();
        match graph.kind(node) {
            NodeKind::Registry => origin.map(Question::catalog).into_iter().collect(),
            _ => graph
                .repository_of(node)
                .cloned()
                .map(Question::tags)
                .into_iter()
                .collect(),
        }
    };
    match &line.entry.what {
        What::Pending(_) => Vec::new(),
        What::Registry(node)
        | What::Repository(node)
        | What::Note(node, Asked::Catalog | Asked::Tags) => place(*node),
        What::Fold { of, .. } if graph.kind(*of).is_manifest() => object(*of),
        What::Fold { of, .. } => place(*of),
        What::Tags(tags) => {
            let tags = tags.iter().filter_map(|tag| {
                let (repository, name) = (graph.repository_of(*tag)?, graph.tag_name(*tag)?);
                is_valid_tag(name.as_str()).then(|| Question::tag(repository.clone(), name.clone()))
            });
            let mut questions: Vec<_> = tags.collect();
            questions.extend(line.entry.path.node().map(object).unwrap_or_default());
            questions
        }
        What::Note(node, Asked::Target) => {
            let (repository, name) = (graph.repository_of(*node), graph.tag_name(*node));
            let pair = repository
                .zip(name)
                .filter(|(_, name)| is_valid_tag(name.as_str()));
            pair.map(|(repository, name)| Question::tag(repository.clone(), name.clone()))
                .into_iter()
                .collect()
        }
        What::Object { node, .. } | What::Note(node, _) => object(*node),
    }
}

/// What loading everything takes besides what failed, as far as can be known: a question for each tag and manifest that
/// was not asked for, and how many lists were not, which the crawl knows by itself. Cost: `O(V)`.
pub(super) fn remaining(model: &Model) -> (Vec<Question>, u64) {
    let graph = &model.known.graph;
    let (mut unasked, mut lists) = (Vec::new(), 0);
    let is_wanted = |question: &Question| match (&question.at, question.what) {
        (Address::Tag(_, name), Asked::Target) => model.tags.takes(name.as_str()),
        _ => true,
    };
    for node in graph.nodes() {
        let question = match graph.kind(node) {
            NodeKind::Blob => None,
            _ if graph.state(node) != NodeState::NotAsked => None,
            NodeKind::Registry | NodeKind::Repository => {
                lists += 1;
                None
            }
            NodeKind::Tag => tag_question(graph, node, Question::tag),
            _ => manifest_question(graph, node),
        };
        unasked.extend(question.filter(is_wanted));
    }
    (unasked, lists)
}

fn manifest_question(graph: &Graph, node: NodeId) -> Option<Question> {
    let (repository, digest) = (graph.repository_of(node)?, graph.digest_of(node)?);
    Some(Question::manifest(repository.clone(), digest))
}

/// Where "ask again" of a row asks for all that failed: the place that the row stands for, if it stands for one.
pub(super) fn place_of(graph: &Graph, line: &Line) -> Option<Address> {
    let node = match &line.entry.what {
        What::Registry(node)
        | What::Repository(node)
        | What::Note(node, Asked::Catalog | Asked::Tags)
        | What::Fold { of: node, .. } => *node,
        _ => return None,
    };
    match graph.kind(node) {
        NodeKind::Registry => graph.view(node).origin.cloned().map(Address::Registry),
        NodeKind::Repository => graph.repository_of(node).cloned().map(Address::Repository),
        _ => None,
    }
}

/// The questions below a manifest that stand as failed. Cost: `O(V)`.
pub(super) fn failed_below(graph: &Graph, node: NodeId) -> Vec<Question> {
    let referrers = std::iter::once(None)
        .chain(FoundBy::ALL.into_iter().map(Some))
        .map(|by| (Asked::Referrers, by));
    let asked: Vec<_> = [Asked::Manifest, Asked::Config, Asked::Document]
        .into_iter()
        .map(|asked| (asked, None))
        .chain(referrers)
        .collect();
    let mut questions = Vec::new();
    let reached = graph.reachable([node]);
    for below in graph.nodes().filter(|one| reached.contains(one.index())) {
        let (Some(repository), Some(digest)) = (graph.repository_of(below), graph.digest_of(below))
        else {
            continue;
        };
        for (asked, by) in &asked {
            let failure = graph.asked_by(below, *asked, *by);
            let failure = failure.and_then(|register| register.standing_failure());
            let is_failed =
                failure.is_some_and(|absence| !matches!(absence.kind, Unsupported | Missing));
            if is_failed {
                let place = repository.clone();
                let question = Question {
                    at: Address::Object(place, digest),
                    what: *asked,
                };
                if !questions.contains(&question) {
                    questions.push(question);
                }
            }
        }
    }
    questions
}

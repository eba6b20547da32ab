//! The documents of what the person looks at: asked for, and read in the background.

use crate::crawl::{Reach, Urgency};
use crate::graph::{NodeId, NodeState};
use crate::insight::attached::{Attached, attached};
use crate::oci::purpose::DocumentKinds;
use crate::oci::{Question, Role};
use crate::session::Known;

use super::effect::Effect;
use super::jobs::{Job, Kind};
use super::model::Model;

/// At most so many documents of one manifest are asked for by looking at it.
const DOCUMENTS: usize = 64;
/// At most so many charts are asked which images they name, where an impact is looked at.
const CHARTS: usize = 100;

/// What the details of a manifest need of what is attached to it: the manifests that carry documents, and the
/// documents. Cost: `O(r log r)` in its referrers.
pub(super) fn needed(
    known: &Known,
    manifest: NodeId,
    need: &mut impl FnMut(Option<Question>, Urgency, Reach),
) {
    let graph = &known.graph;
    let Some(repository) = graph.repository_of(manifest) else {
        return;
    };
    let found = attached(graph, &known.content, manifest, DocumentKinds::ALL);
    for carrier in found.unread.iter().take(DOCUMENTS) {
        let may_carry = graph.purpose(*carrier).is_none_or(|purpose| {
            DocumentKinds::ALL.takes(purpose.role) || purpose.role == Role::Image
        });
        let digest = graph.digest_of(*carrier);
        let question = digest
            .filter(|_| may_carry && graph.state(*carrier) == NodeState::NotAsked)
            .map(|digest| Question::manifest(repository.clone(), digest));
        need(question, Urgency::Looking, Reach::Itself);
    }
    for document in found.documents.iter().take(DOCUMENTS) {
        let node = graph.object(repository, &document.blob.digest);
        let is_asked = node.is_some_and(|node| graph.state(node) != NodeState::NotAsked);
        let question = Question::document(repository.clone(), document.blob.digest);
        need(
            Some(question).filter(|_| !is_asked),
            Urgency::Looking,
            Reach::Itself,
        );
    }
}

/// What came and is to be read, as jobs.
pub(super) fn read(model: &mut Model) -> Vec<Effect> {
    let unread = model.known.unread();
    let jobs = unread.into_iter().map(|unread| {
        let ticket = model.jobs.begin(Kind::Read);
        Effect::Work(ticket, Job::Read(unread))
    });
    jobs.collect()
}

/// The documents of the row under the cursor that were read and fell out of the content: read again from their bytes,
/// or asked for again.
pub(super) fn again(model: &mut Model, manifest: NodeId) -> Vec<Effect> {
    let known = &model.known;
    let found = attached(&known.graph, &known.content, manifest, DocumentKinds::ALL);
    let repository = known.graph.repository_of(manifest).cloned();
    let Some(repository) = repository else {
        return Vec::new();
    };
    let is_lost = |one: &&Attached| {
        let digest = &one.blob.digest;
        let node = known.graph.object(&repository, digest);
        node.is_some_and(|node| known.graph.state(node) == NodeState::Loaded)
            && !known.is_to_be_read(digest)
            && known.content.reading(digest).is_none()
    };
    let lost: Vec<_> = found
        .documents
        .iter()
        .take(DOCUMENTS)
        .filter(is_lost)
        .collect();
    let lost: Vec<_> = lost.into_iter().map(|one| one.blob.digest).collect();
    let mut effects = Vec::new();
    for digest in lost {
        if let Some(unread) = model.known.read_again(&digest) {
            let ticket = model.jobs.begin(Kind::Read);
            effects.push(Effect::Work(ticket, Job::Read(unread)));
            continue;
        }
        let question = Question::document(repository.clone(), digest);
        if model.again.insert(question.clone()) {
            effects.push(Effect::Again(question));
        }
    }
    effects
}

/// Asks for the configs of charts that were read: they may name images that must not go.
pub(super) fn of_charts(model: &Model) -> Vec<Effect> {
    let graph = &model.known.graph;
    let charts = graph.nodes().filter(|node| {
        graph.kind(*node).is_manifest()
            && graph.purpose(*node).map(|purpose| purpose.role) == Some(Role::Chart)
    });
    let configs = charts.filter_map(|chart| {
        let manifest = model.known.content.manifest(&graph.digest_of(chart)?)?;
        let repository = graph.repository_of(chart)?;
        let config = graph.object(repository, &manifest.config.as_ref()?.digest)?;
        let question = Question::document(repository.clone(), graph.digest_of(config)?);
        (graph.state(config) == NodeState::NotAsked).then_some(question)
    });
    let ask = |question| Effect::Want(question, Urgency::Looking, Reach::Itself);
    configs.take(CHARTS).map(ask).collect()
}

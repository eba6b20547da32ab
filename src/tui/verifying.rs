//! Verifying what is in view: what that asks for, and the marks that come of it. A mark is of this run, of one digest in
//! one repository, and stands until the program ends: neither can become another.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::TrustRule;
use crate::crawl::{Reach, Urgency};
use crate::evidence::signature::{Report, Trust, Verdict};
use crate::graph::{NodeId, NodeState};
use crate::insight::marks::{self, Mark};
use crate::insight::outline::{What, image_platforms};
use crate::insight::signatures::{Collected, Demand, collect_about, judge_images};
use crate::oci::{Question, Repository};
use crate::session::Known;

use super::document_plan;
use super::effect::Effect;
use super::jobs::{Job, Kind};
use super::model::Model;

/// At most so many images are verified at once.
const IMAGES: usize = 200;

/// What is being verified, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Verifying {
    /// Images whose evidence is being asked for.
    waiting: Vec<NodeId>,
    verdicts: HashMap<NodeId, Verdict>,
}

/// Images with their evidence, to be verified away from the screen's thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewVerification {
    images: Vec<(NodeId, Collected)>,
    rules: Arc<[TrustRule]>,
    now: Timestamp,
}

/// What is to be thought of each image that has evidence.
#[derive(Clone, Debug, Default)]
pub struct ViewVerified {
    verdicts: Vec<(NodeId, Verdict)>,
    /// Trust that is configured and cannot be used.
    obstacle: Option<String>,
}

impl ViewVerification {
    /// Checks every piece of evidence. Takes about a millisecond each.
    pub fn run(&self) -> ViewVerified {
        let mut trusted: BTreeMap<&Repository, Trust> = BTreeMap::new();
        let mut answer = ViewVerified::default();
        for (node, collected) in &self.images {
            let Some(image) = collected.images.first() else {
                continue;
            };
            let trust = trusted.entry(&image.repository).or_insert_with(|| {
                let (trust, obstacle) = trust_of(&self.rules, &image.repository);
                answer.obstacle = answer.obstacle.take().or(obstacle);
                trust
            });
            let reports: Vec<Report> = collected
                .evidence
                .iter()
                .map(|attached| attached.verify(trust, self.now))
                .collect();
            let verdict = verdict_of(collected, &reports);
            answer
                .verdicts
                .extend(verdict.map(|verdict| (*node, verdict)));
        }
        answer
    }
}

/// What is trusted of a repository, and why what is configured for it cannot be used. Without a rule for it, everything
/// is read all the same, and the built-in root tells what only an identity is missing for.
pub(super) fn trust_of(rules: &[TrustRule], repository: &Repository) -> (Trust, Option<String>) {
    let registry = repository.origin.to_string();
    let path = repository.path.as_str();
    let rule = rules.iter().find(|rule| rule.is_for(&registry, path));
    match rule.map(|rule| rule.read(&registry, path)) {
        Some(Ok(trust)) => (trust, None),
        Some(Err(error)) => (Trust::default(), Some(error.to_string())),
        None => {
            let mut trust = Trust::default();
            // It is tested with the program; if it were damaged, nothing would be verified.
            let _ = trust.add_built_in();
            (trust, None)
        }
    }
}

/// The verdict on the signatures of the first image; none where it has none.
pub(super) fn verdict_of(collected: &Collected, reports: &[Report]) -> Option<Verdict> {
    let images = judge_images(collected, reports, &Demand::default());
    images.first()?.signature
}

/// The images of the rows in view, with the platforms of those that are indexes.
pub(super) fn in_view(model: &Model) -> Vec<NodeId> {
    let graph = &model.known.graph;
    let mut images: Vec<NodeId> = Vec::new();
    let mut seen = BTreeSet::new();
    for line in model.tree.window() {
        let is_row = matches!(line.entry.what, What::Tags(_) | What::Object { .. });
        let Some(node) = line.entry.object().filter(|_| is_row) else {
            continue;
        };
        if !graph.kind(node).is_manifest() || !marks::wants_evidence(graph, node) {
            continue;
        }
        let platforms = image_platforms(graph, node).into_iter();
        let fresh = std::iter::once(node).chain(platforms);
        images.extend(fresh.filter(|node| seen.insert(*node)));
    }
    images.truncate(IMAGES);
    images
}

/// What is to be asked for before `images` can be verified, as far as it is known now.
pub(super) fn left(model: &Model, images: &[NodeId]) -> usize {
    let mut questions = BTreeSet::new();
    for image in images {
        needed(&model.known, *image, &mut |question, _, _| {
            questions.extend(question);
        });
    }
    let open = questions
        .iter()
        .filter(|question| !model.settled.contains(*question));
    open.count()
}

/// Asks for the evidence of `images`, and verifies them when it came.
pub(super) fn begin(model: &mut Model, images: Vec<NodeId>) {
    model.verifying.waiting = images;
}

/// What the images that wait need: their manifests, their referrers and the documents of those.
pub(super) fn needs(model: &Model, need: &mut impl FnMut(Option<Question>, Urgency, Reach)) {
    for image in &model.verifying.waiting {
        needed(&model.known, *image, need);
    }
}

fn needed(known: &Known, image: NodeId, need: &mut impl FnMut(Option<Question>, Urgency, Reach)) {
    let graph = &known.graph;
    let (Some(repository), Some(digest)) = (graph.repository_of(image), graph.digest_of(image))
    else {
        return;
    };
    if graph.state(image) == NodeState::NotAsked {
        let question = Question::manifest(repository.clone(), digest);
        need(Some(question), Urgency::Looking, Reach::Below);
        return;
    }
    if matches!(marks::asked(graph, image), Mark::NotAsked | Mark::Loading) {
        let question = Question::referrers(repository.clone(), digest);
        need(Some(question), Urgency::Looking, Reach::Below);
    }
    document_plan::needed(known, image, need);
}

/// Has the images verified that wait, where nothing is left to be asked for.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    if model.verifying.waiting.is_empty() || left(model, &model.verifying.waiting) > 0 {
        return Vec::new();
    }
    let waiting = std::mem::take(&mut model.verifying.waiting);
    let (graph, content) = (&model.known.graph, &model.known.content);
    let images = waiting
        .into_iter()
        .map(|image| (image, collect_about(graph, content, image)))
        .collect();
    let job = ViewVerification {
        images,
        rules: model.signatures.rules.clone(),
        now: model.now,
    };
    let ticket = model.jobs.begin(Kind::VerifyView);
    vec![Effect::Work(ticket, Job::VerifyView(Box::new(job)))]
}

/// Takes verdicts in, and tells how many there are of each.
pub(super) fn verified(model: &mut Model, answer: ViewVerified) {
    let count = |wanted: Verdict| {
        let verdicts = answer.verdicts.iter();
        verdicts.filter(|(_, verdict)| *verdict == wanted).count()
    };
    let words = format!(
        "{} verified, {} failed, {} signed and not verified",
        count(Verdict::Verified),
        count(Verdict::Failed),
        count(Verdict::Unverified)
    );
    model.notice = Some(match answer.obstacle {
        Some(obstacle) => format!("{words}; nothing is trusted: {obstacle}"),
        None => words,
    });
    for (node, verdict) in answer.verdicts {
        note(model, node, verdict);
    }
}

/// Notes what an image was found to be.
pub(super) fn note(model: &mut Model, node: NodeId, verdict: Verdict) {
    model.verifying.verdicts.insert(node, verdict);
}

/// The mark of an image's signatures that were verified, or failed.
pub(super) fn mark(model: &Model, node: NodeId) -> Option<Mark> {
    match model.verifying.verdicts.get(&node)? {
        Verdict::Verified => Some(Mark::Verified),
        Verdict::Failed => Some(Mark::Refuted),
        Verdict::Unverified => None,
    }
}

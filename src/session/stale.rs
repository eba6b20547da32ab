//! What `stale` stands on: the images of targets, what could be their bases, and the bases' tags as they are now.
//!
//! It asks nobody but the registries of the targets, of `--bases`, and of the bases that the images themselves name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::crawl::{Plan, Progress};
use crate::graph::NodeId;
use crate::insight::lineage::Lineage;
use crate::oci::OriginKind;
use crate::oci::purpose::DocumentKinds;
use crate::oci::target::Host;
use crate::oci::{Address, Origin, Question};
use crate::source::cache::Cache;
use crate::source::{Limits, Source};

use super::open::registry;
use super::{Ended, Known, Network, Opened, Session};

/// How often new answers may lead to new questions: tag, index, manifest, config, for the old base and the new one.
const ROUNDS: usize = 12;

/// What is asked.
pub struct StaleQuestion {
    /// The targets.
    pub targets: Vec<Opened>,
    /// What else may be a base.
    pub bases: Vec<Opened>,
    /// Whether newer versions of the bases are looked for.
    pub is_newer_wanted: bool,
}

/// What was found out.
pub struct StaleSession {
    /// The session, with all that is known.
    pub session: Session,
    /// The images and what they stand on.
    pub lineage: Lineage,
    /// Where the targets lead, and their titles.
    pub targets: Vec<(String, Address)>,
    /// Nodes of the targets.
    pub roots: Vec<NodeId>,
}

/// Finds out what the images of the targets stand on and what has become of it. `None`: the person ended it. Needs a
/// tokio runtime.
pub async fn gather<Interrupt: Future<Output = ()>>(
    question: StaleQuestion,
    network: &Network,
    limits: &Limits,
    plan: Plan,
    cache: Option<Cache>,
    interrupt: impl Fn() -> Interrupt,
    mut watch: impl FnMut(&Progress),
) -> Option<StaleSession> {
    let mut sources: HashMap<Origin, Arc<dyn Source>> = HashMap::new();
    for opened in question.targets.iter().chain(&question.bases) {
        let origin = opened.source.origin().clone();
        sources
            .entry(origin)
            .or_insert_with(|| Arc::clone(&opened.source));
    }
    // The example names registries that are none.
    let is_example = question
        .targets
        .iter()
        .all(|opened| opened.kind() == OriginKind::Demo);
    let titled = question.targets.iter();
    let targets: Vec<_> = titled
        .map(|opened| (opened.title.clone(), opened.root.clone()))
        .collect();
    let bases: Vec<_> = question
        .bases
        .iter()
        .map(|opened| opened.root.clone())
        .collect();
    let plan = Plan {
        is_full: true,
        documents: plan.documents.and(DocumentKinds::PROVENANCE),
        ..plan
    };
    let opened = question.targets.into_iter().chain(question.bases);
    let mut session = Session::start(opened.collect(), plan, cache, Known::default());
    let mut asked: HashSet<Question> = HashSet::new();
    for _ in 0..ROUNDS {
        let ended = session.run(interrupt(), &mut watch).await;
        if ended == Ended::Interrupted {
            return None;
        }
        let known = &session.known;
        let lineage = lineage(&session, targets.iter().map(|(_, root)| root), &bases);
        let mut wanted = lineage.wanted(&known.graph, &known.content, question.is_newer_wanted);
        wanted.retain(|question| !asked.contains(question));
        for question in &wanted {
            let origin = question.origin();
            if !is_example
                && !sources.contains_key(origin)
                && let Ok(host) = Host::parse(&origin.to_string())
                && let Ok(source) = registry(&host, network, limits)
            {
                session.add_source(Arc::clone(&source));
                sources.insert(origin.clone(), source);
            }
        }
        asked.extend(wanted.iter().cloned());
        wanted.retain(|question| sources.contains_key(question.origin()));
        if wanted.is_empty() {
            break;
        }
        session.want(wanted);
    }
    let lineage = lineage(&session, targets.iter().map(|(_, root)| root), &bases);
    let roots = targets
        .iter()
        .filter_map(|(_, root)| session.root_node(root));
    let roots = roots.collect();
    Some(StaleSession {
        session,
        lineage,
        targets,
        roots,
    })
}

fn lineage<'a>(
    session: &Session,
    targets: impl Iterator<Item = &'a Address>,
    bases: &[Address],
) -> Lineage {
    let targets: Vec<_> = targets.filter_map(|root| session.root_node(root)).collect();
    let bases: Vec<_> = bases
        .iter()
        .filter_map(|root| session.root_node(root))
        .collect();
    let known = &session.known;
    Lineage::of(&known.graph, &known.content, &targets, &bases)
}

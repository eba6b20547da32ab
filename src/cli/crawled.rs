//! A crawl of all targets of a command that runs to its end, with the documents that the command needs.

use std::process::ExitCode;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use crate::evidence::Reading;
use crate::export::document::CoveragePart;
use crate::export::tree::{part_of, whole};
use crate::graph::{NodeId, NodeState};
use crate::insight::bills::Placed;
use crate::oci::purpose::DocumentKinds;
use crate::oci::{Address, Digest};
use crate::session::{Ended, Known, Opened, Session, open};

use super::arguments::Common;
use super::fail::{Failure, INTERRUPTED, PARTIAL, UNREADABLE};
use super::{output, progress, unmatched};

/// What a crawl came to.
pub(super) enum Crawled {
    /// All was asked.
    Done(Box<Read>),
    /// A person stopped it.
    Interrupted,
}

/// What was read of the targets.
pub(super) struct Read {
    pub(super) session: Session,
    /// The targets as they were written, parted by spaces.
    pub(super) title: String,
    /// The roots of the targets of which something could be read, in their order; each once, unless all are needed.
    pub(super) roots: Vec<Address>,
    /// What belongs to any of the targets.
    pub(super) shown: FixedBitSet,
    /// Whether of some targets nothing could be read; each was told of.
    pub(super) is_in_part: bool,
}

impl Read {
    /// The exit code of an answer that is not "no". `is_complete`: nothing that was asked stayed unknown.
    pub(super) fn code(&self, is_complete: bool) -> ExitCode {
        ExitCode::from(if is_complete && !self.is_in_part {
            0
        } else {
            PARTIAL
        })
    }

    /// What belongs to one of the roots. Cost: `O(V + E)`.
    pub(super) fn part(&self, root: &Address, common: &Common) -> FixedBitSet {
        let is_only = self.roots.len() == 1 && !self.is_in_part;
        belonging(&self.session, root, is_only, common)
    }
}

/// The exit code of a person's Ctrl-C.
pub(super) fn interrupted() -> ExitCode {
    ExitCode::from(INTERRUPTED)
}

/// What is crawled, and how much of it.
pub(super) struct Wanted {
    /// The targets as they were written, and what they are.
    pub(super) targets: Vec<(String, Opened)>,
    /// The kinds of documents that are read.
    pub(super) kinds: DocumentKinds,
    /// Whether configs are read, too.
    pub(super) is_full: bool,
    /// Whether there is no answer without each of the targets.
    pub(super) needs_all: bool,
    /// Why other targets could not be opened.
    pub(super) unopened: Vec<Failure>,
}

impl Wanted {
    /// Documents of these kinds, of all that can be read of targets.
    ///
    /// Errors: what is written is no target, or none of them can be opened.
    pub(super) fn of(
        targets: &[String],
        common: &Common,
        kinds: DocumentKinds,
    ) -> Result<Self, Failure> {
        let limits = common.limits()?;
        let network = common.network()?;
        let (mut opened, mut unopened) = (Vec::new(), Vec::new());
        for target in targets {
            match open(target, &network, &limits) {
                Ok(one) => opened.push((target.clone(), one)),
                Err(error) if error.is_usage() => return Err(error.into()),
                Err(error) => unopened.push(Failure::from(error)),
            }
        }
        match unopened.pop() {
            Some(failure) if opened.is_empty() => return Err(failure),
            failure => unopened.extend(failure),
        }
        Ok(Self {
            targets: opened,
            kinds,
            is_full: common.is_full(),
            needs_all: false,
            unopened,
        })
    }

    /// The same with configs.
    pub(super) fn full(self) -> Self {
        Self {
            is_full: true,
            ..self
        }
    }

    /// The same with configs, and with no answer unless each of the targets can be read.
    pub(super) fn whole(self) -> Self {
        Self {
            needs_all: true,
            ..self.full()
        }
    }
}

/// Crawls targets; `listener` hears of each document as it was read. Of several targets those that cannot be read are
/// told, and the rest is answered for.
///
/// Errors: nothing of any target could be read, or of one where all are needed.
pub(super) async fn run(
    wanted: Wanted,
    common: &Common,
    listener: impl FnMut(Digest, &Arc<Reading>) + Send + 'static,
) -> Result<Crawled, Failure> {
    let mut unopened = wanted.unopened;
    if wanted.needs_all && !unopened.is_empty() {
        return Err(unopened.swap_remove(0));
    }
    let limits = common.limits()?;
    let mut plan = common.plan(&limits);
    plan.documents = wanted.kinds;
    plan.is_full |= wanted.is_full;
    let (targets, opened): (Vec<_>, Vec<_>) = wanted.targets.into_iter().unzip();
    let mut session = Session::start(opened, plan, common.cache(), Known::default());
    session.on_reading(listener);
    let mut line = progress::Line::new();
    let ended = session
        .run(progress::interrupted(), |progress| line.show(progress))
        .await;
    line.clear();
    session.save();
    if ended == Ended::Interrupted {
        return Ok(Crawled::Interrupted);
    }
    let (roots, mut unreadable) = sorted_out(&session, &targets, wanted.needs_all);
    unreadable.extend(unopened.iter().map(ToString::to_string));
    if let Some(words) = unreadable.first() {
        if wanted.needs_all || roots.is_empty() {
            return Err(Failure::new(UNREADABLE, words.as_str()));
        }
        for words in &unreadable {
            output::say(words);
        }
    }
    for words in unmatched::told(&session, common) {
        output::say(&words);
    }
    let mut read = Read {
        shown: FixedBitSet::with_capacity(session.known.graph.node_count()),
        session,
        title: targets.join(" "),
        roots,
        is_in_part: !unreadable.is_empty(),
    };
    for root in &read.roots {
        let part = read.part(root, common);
        read.shown.union_with(&part);
    }
    // A target that cannot be read is a hole of the answer.
    let roots = read.session.roots.iter();
    for node in roots.filter_map(|root| read.session.root_node(root)) {
        read.shown.insert(node.index());
    }
    Ok(Crawled::Done(Box::new(read)))
}

/// The roots of which something could be read, and why nothing of the others could. `with_doubles`: as often as they were
/// written.
fn sorted_out(
    session: &Session,
    targets: &[String],
    with_doubles: bool,
) -> (Vec<Address>, Vec<String>) {
    let (mut roots, mut unreadable) = (Vec::new(), Vec::new());
    for (target, root) in targets.iter().zip(&session.roots) {
        match session.unreadable(root) {
            // Most reasons tell of a host or a file; what was wanted of it is told here.
            Some(words) if words.contains(target.as_str()) => unreadable.push(words),
            Some(words) => unreadable.push(format!("{target}: {words}")),
            None if with_doubles || !roots.contains(root) => roots.push(root.clone()),
            None => {}
        }
    }
    (roots, unreadable)
}

/// What belongs to a root. Where it is the only one, all that is known belongs to a registry or a repository.
fn belonging(session: &Session, root: &Address, is_only: bool, common: &Common) -> FixedBitSet {
    let graph = &session.known.graph;
    if let (Address::Tag(..) | Address::Object(..), Some(node)) = (root, session.root_node(root)) {
        return part_of(graph, node);
    }
    let mut shown = whole(graph);
    let filter = common.tags();
    for id in graph.nodes() {
        let is_unwanted = graph
            .tag_name(id)
            .is_some_and(|name| !filter.takes(name.as_str()));
        let is_left_out = is_unwanted && graph.state(id) == NodeState::NotAsked;
        if is_left_out || !is_only && !is_of(session, root, id) {
            shown.set(id.index(), false);
        }
    }
    shown
}

/// Whether a node is of this registry, or of this repository.
fn is_of(session: &Session, root: &Address, node: NodeId) -> bool {
    match (root, session.known.graph.repository_of(node)) {
        (Address::Registry(origin), Some(repository)) => repository.origin == *origin,
        (Address::Registry(_), None) => session.root_node(root) == Some(node),
        (_, repository) => root.repository() == repository,
    }
}

/// What gives each document of a session again: from memory, else from the cache's bytes or the source.
pub(super) fn reader(session: &mut Session) -> impl FnMut(&Placed) -> Option<Arc<Reading>> {
    let handle = tokio::runtime::Handle::current();
    move |placed: &Placed| {
        tokio::task::block_in_place(|| {
            handle.block_on(session.reading(&placed.repository, &placed.blob))
        })
    }
}

/// What could not be known, for people.
pub(super) fn in_words(coverage: &CoveragePart) -> Vec<String> {
    let holes = coverage.holes().iter();
    holes
        .map(|hole| format!("{}: {}: {}", hole.node, hole.what, hole.reason))
        .collect()
}

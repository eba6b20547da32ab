//! A crawl that a command runs to its end, with the documents that it needs.

use std::process::ExitCode;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use crate::evidence::Reading;
use crate::export::document::CoveragePart;
use crate::insight::bills::Placed;
use crate::oci::Digest;
use crate::oci::purpose::DocumentKinds;
use crate::session::{Ended, Known, OpenError, Opened, Session, open};

use super::arguments::Common;
use super::fail::{Failure, INTERRUPTED, UNREADABLE};
use super::{output, progress, tree, unmatched};

/// What a crawl came to.
pub(super) enum Crawled {
    /// All was asked; the session, and the part of the graph that was asked for.
    Done(Box<Session>, FixedBitSet),
    /// A person stopped it.
    Interrupted,
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
}

impl Wanted {
    /// Documents of these kinds, of all that can be read of targets.
    pub(super) fn of(
        targets: &[String],
        common: &Common,
        kinds: DocumentKinds,
    ) -> Result<Self, Failure> {
        let limits = common.limits()?;
        let network = common.network()?;
        let opened = targets
            .iter()
            .map(|target| Ok((target.clone(), open(target, &network, &limits)?)));
        Ok(Self {
            targets: opened.collect::<Result<_, OpenError>>()?,
            kinds,
            is_full: common.is_full(),
            needs_all: false,
        })
    }

    /// The same with configs, and with no answer unless each of the targets can be read.
    pub(super) fn whole(self) -> Self {
        Self {
            is_full: true,
            needs_all: true,
            ..self
        }
    }
}

/// Crawls targets; `listener` hears of each document as it was read.
pub(super) async fn run(
    wanted: Wanted,
    common: &Common,
    listener: impl FnMut(Digest, &Arc<Reading>) + Send + 'static,
) -> Result<Crawled, Failure> {
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
    let mut unreadable = Vec::new();
    let mut shown = FixedBitSet::new();
    for (target, root) in targets.iter().zip(session.roots.clone()) {
        match session.unreadable(&root) {
            // Most reasons tell of a host or a file; what was wanted of it is told here.
            Some(words) if words.contains(target.as_str()) => unreadable.push(words),
            Some(words) => unreadable.push(format!("{target}: {words}")),
            None => {
                let part = tree::shown(&session, &root, common);
                shown.grow(part.len());
                shown.union_with(&part);
            }
        }
    }
    // Of several targets, those that can be read are answered for.
    if let Some(words) = unreadable.first() {
        if wanted.needs_all || unreadable.len() == targets.len() {
            return Err(Failure::new(UNREADABLE, words.as_str()));
        }
        for words in &unreadable {
            output::say(words);
        }
        let graph = &session.known.graph;
        let roots = session.roots.iter().filter_map(|root| graph.find(root));
        for root in roots {
            shown.grow(root.index() + 1);
            shown.insert(root.index());
        }
    }
    for words in unmatched::told(&session, common) {
        output::say(&words);
    }
    Ok(Crawled::Done(Box::new(session), shown))
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

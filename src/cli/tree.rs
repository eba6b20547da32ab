//! `regscope tree`.

use std::process::ExitCode;

use crate::export::tree as document;
use crate::graph::NodeState;
use crate::insight::coverage;
use crate::oci::Address;
use crate::session::impact::uploads_of;
use crate::session::{Ended, Known, Session, open};
use fixedbitset::FixedBitSet;

use super::arguments::{Common, Format};
use super::fail::{Failure, INTERRUPTED, PARTIAL, UNREADABLE};
use super::{output, progress, tree_text, unmatched};

/// Prints the joined graph of one target.
pub(super) async fn run(target: &str, common: &Common) -> Result<ExitCode, Failure> {
    let limits = common.limits()?;
    let opened = open(target, &common.network()?, &limits)?;
    let mut session = Session::start(
        vec![opened],
        common.plan(&limits),
        common.cache(),
        Known::default(),
    );
    let mut line = progress::Line::new();
    let ended = session
        .run(progress::interrupted(), |progress| line.show(progress))
        .await;
    line.clear();
    session.save();
    if ended == Ended::Interrupted {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let Some(root) = session.roots.first().cloned() else {
        return Err(Failure::usage("no target"));
    };
    if let Some(words) = session.unreadable(&root) {
        // Most reasons tell of a host or a file; what was wanted of it is told here.
        let words = if words.contains(target) {
            words
        } else {
            format!("{target}: {words}")
        };
        return Err(Failure::new(UNREADABLE, words));
    }
    let shown = shown(&session, &root, common);
    if let Some(words) = unasked_aliases(&session, &root) {
        output::say(&words);
    }
    for words in unmatched::told(&session, common) {
        output::say(&words);
    }
    let uploads = uploads_of(target);
    match common.format {
        Format::Json => output::json(
            &document::document(
                &session.known.graph,
                &session.known.content,
                target,
                &shown,
                (session.root_node(&root)).filter(|_| matches!(root, Address::Tag(..))),
            )
            .with_uploads(&uploads),
        )?,
        Format::Text => {
            let manner = tree_text::Manner {
                is_full: common.is_full(),
                digests: if common.shows_digests() {
                    tree_text::Digests::All
                } else {
                    tree_text::Digests::Referrers
                },
                width: output::terminal_width(),
            };
            let mut text = tree_text::text(&session, &root, &shown, manner);
            if uploads.count > 0 {
                text = format!("{}\n\n{}", text.trim_end(), uploads.words());
            }
            output::print(&text)?;
        }
    }
    let known = coverage::coverage(&session.known.graph, |node| shown.contains(node.index()));
    Ok(if known.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(PARTIAL)
    })
}

/// Says that the other names of a tag were not looked for, where they were not.
fn unasked_aliases(session: &Session, root: &Address) -> Option<String> {
    let Address::Tag(repository, _) = root else {
        return None;
    };
    let count = coverage::unasked_aliases(&session.known.graph, session.root_node(root)?);
    (count > 0).then(|| {
        format!(
            "{count} other tags of {repository} were not asked whether they name the same (--aliases asks each)"
        )
    })
}

/// The part of the graph that was asked for.
pub(super) fn shown(session: &Session, root: &Address, common: &Common) -> FixedBitSet {
    if let (Address::Tag(..) | Address::Object(..), Some(node)) = (root, session.root_node(root)) {
        return document::part_of(&session.known.graph, node);
    }
    let mut shown = document::whole(&session.known.graph);
    let filter = common.tags();
    for id in session.known.graph.nodes() {
        let is_left_out = session
            .known
            .graph
            .tag_name(id)
            .is_some_and(|name| !filter.takes(name.as_str()));
        if is_left_out && session.known.graph.state(id) == NodeState::NotAsked {
            shown.set(id.index(), false);
        }
    }
    shown
}

//! Choices that chose nothing, where there was something to choose from: mostly a slip of the pen, and no error.

use std::collections::BTreeSet;

use crate::graph::NodeKind;
use crate::oci::Platform;
use crate::oci::tag::DigestTag;
use crate::session::Session;

use super::arguments::Common;

/// Platforms that are named, of those that could have been chosen.
const NAMED: usize = 6;

/// One sentence for each choice that chose nothing.
pub(super) fn told(session: &Session, common: &Common) -> Vec<String> {
    let platform = common.platform();
    let platform = platform.and_then(|wanted| no_platform(&platforms(session), wanted));
    no_tag(session, common)
        .into_iter()
        .chain(platform)
        .collect()
}

fn no_tag(session: &Session, common: &Common) -> Option<String> {
    let filter = common.tags();
    let names: Vec<_> = session
        .known
        .graph
        .nodes()
        .filter_map(|id| session.known.graph.tag_name(id))
        .filter(|name| DigestTag::parse(name.as_str()).is_none())
        .collect();
    let is_nothing = !filter.is_open()
        && !names.is_empty()
        && !names.iter().any(|name| filter.takes(name.as_str()));
    is_nothing.then(|| format!("no tag matches --tags, of {}", names.len()))
}

/// What the indexes that were read list. Cost: `O(E)`.
fn platforms(session: &Session) -> Vec<Platform> {
    let graph = &session.known.graph;
    let indexes = graph
        .nodes()
        .filter(|id| graph.kind(*id) == NodeKind::Index)
        .filter_map(|id| session.known.content.manifest(&graph.digest_of(id)?));
    indexes
        .flat_map(|index| index.manifests.clone())
        .filter_map(|entry| entry.platform)
        .filter(|platform| !platform.is_unknown())
        .collect()
}

fn no_platform(platforms: &[Platform], wanted: &str) -> Option<String> {
    let is_met = platforms
        .iter()
        .any(|platform| platform.is_matched_by(wanted));
    if is_met || platforms.is_empty() {
        return None;
    }
    let names: BTreeSet<String> = platforms.iter().map(ToString::to_string).collect();
    let mut told: Vec<_> = names.iter().take(NAMED).cloned().collect();
    if names.len() > NAMED {
        told.push(format!("{} more", names.len() - NAMED));
    }
    let told = told.join(", ");
    Some(format!(
        "no platform matches --platform {wanted}; there are {told}"
    ))
}

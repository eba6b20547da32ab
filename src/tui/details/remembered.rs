//! What an earlier session found out.

use crate::graph::{Graph, NodeId};
use crate::insight::outline::{Entry, What};
use crate::oci::{Asked, FoundBy};

use super::{Field, Tone};

/// What an earlier session found out and this one did not ask again. Content by its digest is none of that: it cannot
/// have changed.
pub(super) fn fields(graph: &Graph, entry: &Entry, session: u64) -> Vec<Field> {
    let mut asked: Vec<(NodeId, Asked, Option<FoundBy>, &str)> = Vec::new();
    match &entry.what {
        What::Registry(node) => asked.push((*node, Asked::Catalog, None, "the catalog")),
        What::Repository(node) => asked.push((*node, Asked::Tags, None, "the list of tags")),
        What::Tags(tags) => {
            asked.extend(
                tags.first()
                    .map(|tag| (*tag, Asked::Target, None, "what the tag names")),
            );
        }
        _ => {}
    }
    if let Some(node) = entry
        .object()
        .filter(|node| graph.kind(*node).is_manifest())
    {
        let ways = [
            FoundBy::ReferrersApi,
            FoundBy::OrasApi,
            FoundBy::FallbackTag,
        ];
        let ways = std::iter::once(None).chain(ways.into_iter().map(Some));
        asked.extend(ways.map(|way| (node, Asked::Referrers, way, "the list of referrers")));
    }
    let mut fields: Vec<Field> = Vec::new();
    for (node, question, way, words) in asked {
        let register = graph.asked_by(node, question, way);
        let stamp = register.and_then(|register| register.success);
        let Some(stamp) = stamp.filter(|stamp| stamp.session < session) else {
            continue;
        };
        let value = match moment(stamp.session) {
            Some(moment) => format!("{words}, from {moment}; r asks again"),
            None => format!("{words}; r asks again"),
        };
        if fields.iter().all(|field| field.value != value) {
            let name = if fields.is_empty() { "remembered" } else { "" };
            fields.push(Field::new(name, value).toned(Tone::Hole));
        }
    }
    if !fields.is_empty() {
        fields.insert(0, Field::gap());
    }
    fields
}

fn moment(milliseconds: u64) -> Option<String> {
    let milliseconds = i64::try_from(milliseconds).ok()?;
    let moment = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    Some(moment.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

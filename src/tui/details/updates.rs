//! Whether there is something newer than a tag, in one line.

use crate::graph::{Graph, NodeId};
use crate::insight::freshness::{Candidates, Level, Tags};
use crate::insight::listing;
use crate::oci::remote_text::clean;

use super::{Field, Tone};

/// Tags of a repository up to which this is worked out whenever something of it changes; beyond, `u` does it.
const TAGS: usize = 5_000;

/// What is newer than the first of these tags, which names the row. Cost: that of all tags of the repository.
pub(super) fn fields(graph: &Graph, tags: &[NodeId]) -> Vec<Field> {
    let Some(first) = tags.first().copied() else {
        return Vec::new();
    };
    let repository = graph.repository_of(first);
    let Some(place) = repository.and_then(|repository| graph.repository(repository)) else {
        return Vec::new();
    };
    let is_many = graph.outgoing(place).len() > TAGS;
    if is_many {
        return vec![Field::new("newer", "u works it out").toned(Tone::Faint)];
    }
    let listed = listing::tags(graph, place);
    let all = Tags::read(&listed);
    let name = graph.tag_name(first);
    let Some(current) = name.and_then(|name| all.find(name.as_str())) else {
        return Vec::new();
    };
    if all.get(current).is_none_or(|tag| tag.version.is_none()) {
        return vec![Field::new("newer", "it states no version").toned(Tone::Faint)];
    }
    let offered = in_words(&all, &all.candidates(current, None));
    let (words, note) = match offered.as_slice() {
        [] => (
            "nothing of its variant, among the tags that are listed".to_owned(),
            "",
        ),
        offered => (offered.join(", "), "u tells why"),
    };
    vec![Field::new("newer", words).noted(note)]
}

/// What there is to change to, level by level, in the order in which people ask.
pub fn in_words(tags: &Tags<'_>, found: &Candidates) -> Vec<String> {
    let name = |place: usize| {
        tags.get(place)
            .map(|tag| clean(tag.listed.name).into_owned())
    };
    let levels = [Level::Patch, Level::Minor, Level::Major].into_iter();
    let mut words: Vec<String> = levels
        .filter_map(|level| Some(format!("{} ({})", name(found.at(level)?)?, level.name())))
        .collect();
    let variants = found.variants.iter().filter_map(|place| name(*place));
    words.extend(variants.map(|name| format!("{name} (its variant)")));
    words
}

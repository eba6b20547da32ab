//! What a person types to find rows, and what it finds: words, each of which has to stand in something that is known of a
//! node.
//!
//! Names are matched fuzzily: the letters in their order, with few gaps. What has digits or signs in it, and everything
//! that is no name, has to stand there as it was typed, in any case.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::evidence::Words;
use crate::graph::{EdgeKind, Graph, NodeId, NodeKind, holder_end};
use crate::insight::marks;
use crate::oci::Digest;

use super::{Documents, image_config, short_media_type, thing};

/// Characters of the longest word from which on packages are looked through: two letters stand in every one.
const PACKAGE: usize = 3;
/// Letters from which on a word is matched fuzzily.
const FUZZY: usize = 3;

/// What a person typed.
pub struct Needle {
    words: Vec<Word>,
    /// The same words, for packages.
    packages: Words,
    matcher: RefCell<Matcher>,
}

struct Word {
    /// In lower case.
    text: String,
    /// How it is matched where it may be fuzzy, and the least that counts as found.
    fuzzy: Option<(Atom, u16)>,
}

impl Default for Needle {
    fn default() -> Self {
        Self::new("")
    }
}

impl fmt::Debug for Needle {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words.iter().map(|word| &word.text);
        to.debug_list().entries(words).finish()
    }
}

impl Needle {
    /// The words of a text.
    pub fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(Word::new);
        Self {
            words: words.collect(),
            packages: Words::new(text),
            matcher: RefCell::new(Matcher::new(Config::DEFAULT)),
        }
    }

    /// Whether nothing is sought, so that everything is found.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether all words stand in one name.
    pub fn is_in(&self, name: &str) -> bool {
        self.words.iter().all(|word| self.is_named(word, name))
    }

    /// The characters of a name that were found, by their place in it, in order. Empty where it has none of the words.
    pub fn hits(&self, name: &str) -> Vec<usize> {
        let mut hits = Vec::new();
        let mut buffer = Vec::new();
        for word in &self.words {
            let lower: Vec<char> = name.to_lowercase().chars().collect();
            let sought: Vec<char> = word.text.chars().collect();
            let at = lower
                .windows(sought.len())
                .position(|window| window == sought);
            if let Some(at) = at {
                hits.extend(at..at + sought.len());
            } else if let Some((atom, _)) =
                word.fuzzy.as_ref().filter(|_| self.is_named(word, name))
            {
                let mut places = Vec::new();
                let text = Utf32Str::new(name, &mut buffer);
                let found = atom.indices(text, &mut self.matcher.borrow_mut(), &mut places);
                if found.is_some() {
                    hits.extend(places.into_iter().filter_map(|at| usize::try_from(at).ok()));
                }
            }
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    }

    fn is_named(&self, word: &Word, name: &str) -> bool {
        if contains(name, &word.text) {
            return true;
        }
        let Some((atom, least)) = &word.fuzzy else {
            return false;
        };
        let mut buffer = Vec::new();
        let text = Utf32Str::new(name, &mut buffer);
        let score = atom.score(text, &mut self.matcher.borrow_mut());
        score.is_some_and(|score| score >= *least)
    }

    /// Whether a word stands in what is known of a node.
    fn is_of(&self, word: &Word, graph: &Graph, documents: &dyn Documents, node: NodeId) -> bool {
        let view = graph.view(node);
        match graph.kind(node) {
            NodeKind::Registry => view
                .origin
                .is_some_and(|origin| self.is_named(word, origin.0.as_str())),
            NodeKind::Repository => view
                .repository
                .is_some_and(|repository| self.is_named(word, repository.path.as_str())),
            NodeKind::Tag => {
                let Some(tag) = view.tag else { return false };
                let is_reference = word.text.contains(':');
                self.is_named(word, tag.as_str())
                    || is_reference
                        && view.repository.is_some_and(|repository| {
                            contains(&format!("{}:{tag}", repository.path), &word.text)
                        })
            }
            _ => is_of_object(word, graph, documents, node),
        }
    }
}

impl Word {
    fn new(text: &str) -> Self {
        let is_fuzzy = text.chars().count() >= FUZZY && text.chars().all(char::is_alphabetic);
        let fuzzy = is_fuzzy.then(|| {
            let (case, normal) = (CaseMatching::Ignore, Normalization::Smart);
            let atom = Atom::new(text, case, normal, AtomKind::Fuzzy, false);
            let letters = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
            // What letters in a row score, without what a gap after every third costs.
            let least = letters.saturating_mul(20).saturating_sub(4);
            let least = least.saturating_sub((letters / 3).saturating_mul(9));
            (atom, least)
        });
        Self {
            text: text.to_lowercase(),
            fuzzy,
        }
    }
}

/// What is known of a manifest or blob: its kind, format, platform, types, state, digest, annotations and labels.
fn is_of_object(word: &Word, graph: &Graph, documents: &dyn Documents, node: NodeId) -> bool {
    let has = |shown: &str| contains(shown, &word.text);
    let view = graph.view(node);
    let types = [view.media_type, view.artifact_type].into_iter().flatten();
    if has(thing(graph, node))
        || view.purpose.is_some_and(|purpose| has(purpose.format))
        || view.platform.is_some_and(|platform| has(platform.as_str()))
        || types
            .into_iter()
            .any(|text| has(text.as_str()) || has(&short_media_type(text)))
        || marks::of_state(graph, node).is_some_and(|mark| has(mark.words()))
        || has_digest(graph, node, &word.text)
    {
        return true;
    }
    let manifest = graph
        .digest_of(node)
        .and_then(|digest| documents.manifest(&digest));
    let Some(manifest) = manifest else {
        return false;
    };
    let has_either = |(key, value): (&_, &_)| {
        let (key, value): (&crate::oci::RemoteText, &crate::oci::RemoteText) = (key, value);
        has(key.as_str()) || has(value.as_str())
    };
    manifest.annotations.iter().any(has_either)
        || image_config(documents, &manifest)
            .is_some_and(|config| config.labels.iter().any(has_either))
}

/// What was found: the nodes themselves, and all that leads to them.
#[derive(Debug, Default)]
pub struct Found {
    /// What all words stand in.
    pub nodes: HashSet<NodeId>,
    /// What holds any of it.
    pub leading: HashSet<NodeId>,
}

/// Looks through all that is known. Nothing for an empty needle.
///
/// Cost: `O(V)` in nodes and in questions that failed, and `O(d)` in the holders of what is found.
pub fn search(graph: &Graph, documents: &dyn Documents, needle: &Needle) -> Found {
    let mut found = Found::default();
    if needle.is_empty() {
        return found;
    }
    // Why something could not be read is told in rows of its own, which are the node's.
    let mut failing: Vec<HashSet<NodeId>> = vec![HashSet::new(); needle.words.len()];
    for (node, _, _, register) in graph.questions() {
        let Some(absence) = register.standing_failure() else {
            continue;
        };
        for (word, nodes) in needle.words.iter().zip(&mut failing) {
            if contains(absence.kind.name(), &word.text)
                || contains(absence.reason.as_str(), &word.text)
            {
                nodes.insert(node);
            }
        }
    }
    let is_found = |node: &NodeId| {
        let mut words = needle.words.iter().zip(&failing);
        words.all(|(word, failing)| {
            failing.contains(node) || needle.is_of(word, graph, documents, *node)
        })
    };
    found.nodes = graph.nodes().filter(is_found).collect();
    if needle.packages.longest() >= PACKAGE {
        let naming = documents.naming(&needle.packages);
        let naming: HashSet<Digest> = naming.into_iter().collect();
        found.nodes.extend(carriers(graph, &naming));
    }
    let mut waiting: Vec<NodeId> = found.nodes.iter().copied().collect();
    while let Some(node) = waiting.pop() {
        for step in graph.above(node) {
            let holder = holder_end(&step);
            if found.leading.insert(holder) {
                waiting.push(holder);
            }
        }
    }
    found
}

/// The manifests that carry any of these documents. Cost: `O(V)`.
fn carriers<'g>(graph: &'g Graph, documents: &'g HashSet<Digest>) -> impl Iterator<Item = NodeId> {
    let none = documents.is_empty();
    let nodes = graph.nodes().filter(move |_| !none);
    let nodes = nodes.filter(|node| {
        let digest = graph.digest_of(*node);
        digest.is_some_and(|digest| documents.contains(&digest))
    });
    nodes.flat_map(|node| {
        let layers = graph.incoming_of(node, EdgeKind::Layer);
        layers.map(|edge| edge.from).collect::<Vec<_>>()
    })
}

/// Whether a text is the beginning of a node's digest; four digits at least.
fn has_digest(graph: &Graph, node: NodeId, text: &str) -> bool {
    let hex = text.split_once(':').map_or(text, |(_, hex)| hex);
    let is_hex = hex.len() >= 4 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex
        && graph
            .digest_of(node)
            .is_some_and(|digest| digest.encoded().starts_with(hex))
}

/// Whether `shown` contains `wanted`, which is in lower case; without allocating for plain text.
fn contains(shown: &str, wanted: &str) -> bool {
    if !shown.is_ascii() {
        return shown.to_lowercase().contains(wanted);
    }
    let (shown, wanted) = (shown.as_bytes(), wanted.as_bytes());
    wanted.is_empty()
        || shown
            .windows(wanted.len())
            .any(|window| window.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;
    use super::*;

    #[test]
    fn letters_in_their_order_find_a_name_and_versions_are_taken_literally() {
        let is_in = |text, name| Needle::new(text).is_in(name);
        assert!(is_in("lts", "latest"));
        assert!(is_in("alp", "1.4.1-alpine"));
        assert!(is_in("team app", "team/application"));
        assert!(!is_in("1.3", "1.4.13"));
        assert!(!is_in("latest", "1.4.1-alpine-test"));
        assert_eq!(Needle::new("lts").hits("latest"), [0, 2, 4]);
        assert_eq!(Needle::new("1.3").hits("v1.3.1"), [1, 2, 3]);
    }

    #[test]
    fn kinds_formats_annotations_and_states_are_found() {
        let world = World::usual();
        let (graph, content) = (world.graph(), world.content());
        let count = |text: &str| search(&graph, &content, &Needle::new(text)).nodes.len();
        for text in [
            "sbom",
            "SPDX",
            "forbidden",
            "Apache-2.0",
            "linux/arm64",
            "index",
        ] {
            assert!(count(text) > 0, "{text}");
        }
        assert_eq!(count("no-such-thing"), 0);
        assert!(count("sbom spdx") > 0);
        assert_eq!(count("sbom forbidden-fruit"), 0);
    }
}

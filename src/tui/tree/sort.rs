//! The order of the tags under one heading.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::content::Content;
use crate::graph::{Graph, NodeId, NodeKind};
use crate::insight::outline::{self, Entry, What};

use super::Tree;

/// What tags are sorted by. Rows of which that is not known stand last, in the order of versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest version first.
    #[default]
    Version,
    /// What was made last first.
    Date,
    /// The largest first.
    Size,
}

impl Sort {
    /// The order after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Version => Self::Date,
            Self::Date => Self::Size,
            Self::Size => Self::Version,
        }
    }

    /// The order in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Version => "by version",
            Self::Date => "by date",
            Self::Size => "by size",
        }
    }
}

/// What manifests weigh in an order, the heaviest first.
pub(super) type Weights = HashMap<NodeId, i128>;

impl Tree {
    /// What tags are sorted by.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Sorts by something else.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.weights = None;
        self.built = None;
    }

    /// Looks up what tags are sorted by. Cost: `O(V)`, and for the order of versions nothing.
    pub(super) fn weigh(&mut self, graph: &Graph, content: &Content) {
        let weight = |node| match self.sort {
            Sort::Version => None,
            Sort::Date => outline::created(graph, content, node)
                .map(|created| i128::from(created.as_second())),
            Sort::Size => outline::content_size(graph, node).map(i128::from),
        };
        let mut weights = Weights::new();
        if self.sort != Sort::Version {
            let tags = graph
                .nodes()
                .filter(|node| graph.kind(*node) == NodeKind::Tag);
            for target in tags.filter_map(|tag| graph.target(tag)) {
                if !weights.contains_key(&target)
                    && let Some(weight) = weight(target)
                {
                    weights.insert(target, weight);
                }
            }
        }
        self.weights = Some(weights);
    }

    /// Puts the rows of tags in order; what stands between them, headings above all, stays where it is.
    pub(super) fn in_order(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        let Some(weights) = self.weights.as_ref().filter(|weights| !weights.is_empty()) else {
            return entries;
        };
        let is_tags = |entry: &&Entry| matches!(entry.what, What::Tags(_));
        let mut sorted: Vec<Entry> = entries.iter().filter(is_tags).cloned().collect();
        sorted.sort_by_key(|entry| Reverse(entry.object().and_then(|node| weights.get(&node))));
        let places = entries.iter_mut().filter(|entry| is_tags(&&**entry));
        for (place, entry) in places.zip(sorted) {
            *place = entry;
        }
        entries
    }
}

//! The joined tree as rows: a projection of the graph that the screen and `regscope tree` share.
//!
//! ```text
//! registry
//! ├ repository
//! │ ├ line 1.4                          only where it has several rows, and there are several lines
//! │ │ ├ 1.4.1 = 1.4 = latest            the tags of one manifest are one row
//! │ │ │ ├ linux/amd64                   what an index lists; an attestation stands under the platform it is about
//! │ │ │ │ ├ sbom, signature …           referrers, and theirs
//! │ │ │ │ ├ config
//! │ │ │ │ └ layers (4)
//! │ ├ no version (3)
//! │ ├ digest tags (12)                  machinery, at the end and never gone
//! │ └ untagged (2)
//! └ namespace/ (40)                     only where a catalog is long
//! ```
//!
//! It is lazy: [`Outline::children`] gives cheap [`Entry`]s, [`Outline::describe`] makes a [`Row`] of the few that are
//! looked at. A node that stands on the path already is a row without children, so cycles end.

mod find;
mod heading;
mod listed;
mod manifest;
mod measure;
mod needle;
mod path;
mod repository;
mod row;
mod words;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::content::Content;
use crate::evidence::Words;
use crate::graph::{EdgeKind, EdgeView, Graph, NodeId, NodeKind, NodeState};
use crate::oci::{Address, Asked, Digest, ImageConfig, Manifest};

pub use find::{along, image_platforms, look_up, path_to};
pub use listed::{Described, layer_label, platforms};
pub use measure::{content_size, created, is_kept_elsewhere, read_date};
pub use needle::{Found, Needle, search};
pub use path::{Fold, RowPath, Segment};
pub use row::{Presence, Row, RowKind};
pub use words::{short_media_type, thing};

use repository::Grouping;

/// Where parsed documents come from. `()` has none.
pub trait Documents {
    /// A manifest, if it was read and is still here.
    fn manifest(&self, digest: &Digest) -> Option<Arc<Manifest>>;
    /// An image configuration, if it was read and is still here.
    fn config(&self, digest: &Digest) -> Option<Arc<ImageConfig>>;
    /// The documents that name a package, or a vulnerability, in which all words stand.
    fn naming(&self, _: &Words) -> Vec<Digest> {
        Vec::new()
    }
}

/// The configuration of an image: the one that its manifest names or, of schema 1, has in itself.
pub fn image_config(documents: &dyn Documents, manifest: &Manifest) -> Option<Arc<ImageConfig>> {
    let named = manifest.config.as_ref();
    let named = named.and_then(|config| documents.config(&config.digest));
    named.or_else(|| manifest.own_image().cloned())
}

impl Documents for () {
    fn manifest(&self, _: &Digest) -> Option<Arc<Manifest>> {
        None
    }

    fn config(&self, _: &Digest) -> Option<Arc<ImageConfig>> {
        None
    }
}

impl Documents for Content {
    fn manifest(&self, digest: &Digest) -> Option<Arc<Manifest>> {
        Self::manifest(self, digest)
    }

    fn config(&self, digest: &Digest) -> Option<Arc<ImageConfig>> {
        Self::config(self, digest)
    }

    fn naming(&self, words: &Words) -> Vec<Digest> {
        Self::naming(self, words)
    }
}

/// One line of the tree, before anything is looked up for it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its identity.
    pub path: RowPath,
    /// What stands there.
    pub what: What,
}

/// What stands on a line of the tree.
#[derive(Clone, Debug)]
pub enum What {
    /// A root of which nothing is known yet.
    Pending(Address),
    /// A registry.
    Registry(NodeId),
    /// A repository.
    Repository(NodeId),
    /// Tags of one manifest, the most specific first; or one tag of which it is not known what it names.
    Tags(Arc<[NodeId]>),
    /// A manifest or blob.
    Object {
        /// Which.
        node: NodeId,
        /// The edge over which it stands here.
        edge: Option<EdgeView>,
        /// Whether it stands on the path already: such a row has no children.
        is_repeat: bool,
    },
    /// A heading over part of what stands below `of`.
    Fold {
        /// Which part.
        fold: Fold,
        /// The registry, repository or manifest.
        of: NodeId,
        /// How many rows stand under it.
        count: usize,
        /// Tags worth telling beside it: the newest of a line, the first of those without a version.
        told: Vec<NodeId>,
    },
    /// Why nothing stands here, or not all: the answer to this question about this node.
    Note(NodeId, Asked),
}

impl Entry {
    /// The node that the row shows: of tags, what they name.
    pub fn node(&self) -> Option<NodeId> {
        match &self.what {
            What::Pending(_) | What::Fold { .. } => None,
            What::Registry(node)
            | What::Repository(node)
            | What::Note(node, _)
            | What::Object { node, .. } => Some(*node),
            What::Tags(tags) => self.path.node().or_else(|| tags.first().copied()),
        }
    }

    /// The manifest or blob that the row shows.
    pub fn object(&self) -> Option<NodeId> {
        match &self.what {
            What::Tags(_) => self.path.node(),
            What::Object { node, .. } => Some(*node),
            _ => None,
        }
    }

    /// Whether the row is about this tag.
    pub fn has_tag(&self, tag: NodeId) -> bool {
        matches!(&self.what, What::Tags(tags) if tags.contains(&tag))
    }
}

/// More names than fit beside a row of the widest screen: one manifest may have ten thousand.
const NAMES_ON_SCREEN: usize = 64;

/// The projection. Keeps how the tags of a repository are grouped for as long as the graph does not change; one that is
/// held keeps it until it is renewed.
pub struct Outline {
    groupings: RefCell<(u64, HashMap<NodeId, Rc<Grouping>>)>,
    is_held: bool,
    /// How many further names of a manifest its row tells.
    names_told: usize,
}

impl Default for Outline {
    fn default() -> Self {
        Self {
            groupings: RefCell::default(),
            is_held: false,
            names_told: usize::MAX,
        }
    }
}

impl Outline {
    /// A projection that has looked at nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A projection that groups tags anew only when it is told to, by [`Outline::renew`]: for a screen that must draw a
    /// frame however fast the graph grows. What a row tells of its node is never old; which rows there are may be.
    pub fn held() -> Self {
        Self {
            is_held: true,
            names_told: NAMES_ON_SCREEN,
            ..Self::default()
        }
    }

    /// Lets the groupings follow the graph.
    pub fn renew(&self, graph: &Graph) {
        let mut kept = self.groupings.borrow_mut();
        if kept.0 != graph.version() {
            *kept = (graph.version(), HashMap::new());
        }
    }

    /// The rows of roots, in their order.
    pub fn roots(&self, graph: &Graph, roots: &[Address]) -> Vec<Entry> {
        roots.iter().map(|root| self.root(graph, root)).collect()
    }

    fn root(&self, graph: &Graph, key: &Address) -> Entry {
        let Some(node) = graph.find(key) else {
            return Entry {
                path: RowPath::root(key.clone(), None),
                what: What::Pending(key.clone()),
            };
        };
        match key {
            Address::Registry(_) => Entry {
                path: RowPath::root(key.clone(), Some(node)),
                what: What::Registry(node),
            },
            Address::Repository(_) => Entry {
                path: RowPath::root(key.clone(), Some(node)),
                what: What::Repository(node),
            },
            Address::Tag(repository, _) => {
                let grouping = (graph.repository(repository)).map(|id| self.grouping(graph, id));
                let row = grouping.and_then(|grouping| grouping.tags_with(node));
                Entry {
                    path: RowPath::root(key.clone(), graph.target(node)),
                    what: What::Tags(row.unwrap_or_else(|| Arc::from([node]))),
                }
            }
            Address::Object(..) => Entry {
                path: RowPath::root(key.clone(), Some(node)),
                what: What::Object {
                    node,
                    edge: None,
                    is_repeat: false,
                },
            },
        }
    }

    /// What stands under a row. Cost: `O(d log d)` in what the node holds; headings of one repository share the work.
    pub fn children(&self, graph: &Graph, entry: &Entry) -> Vec<Entry> {
        match &entry.what {
            What::Pending(_)
            | What::Note(..)
            | What::Object {
                is_repeat: true, ..
            } => Vec::new(),
            What::Registry(node) => repository::of_registry(graph, &entry.path, *node),
            What::Repository(node) => {
                let grouping = self.grouping(graph, *node);
                grouping.rows(graph, &entry.path, *node)
            }
            What::Tags(tags) => match (entry.path.node(), tags.first()) {
                (Some(target), _) => manifest::children(graph, &entry.path, target),
                (None, Some(tag)) => vec![note(&entry.path, *tag, Asked::Target)],
                (None, None) => Vec::new(),
            },
            What::Object { node, .. } => manifest::children(graph, &entry.path, *node),
            What::Fold { fold, of, .. } => {
                let Some(parent) = entry.path.parent() else {
                    return Vec::new();
                };
                match fold {
                    Fold::Namespace(namespace) => {
                        repository::of_namespace(graph, parent, *of, namespace)
                    }
                    Fold::Layers => manifest::layers(graph, parent, *of),
                    _ => self.grouping(graph, *of).under(graph, parent, fold),
                }
            }
        }
    }

    /// Whether a row can be opened. Unknown is a yes: opening shows what is known, and asks for the rest.
    pub fn has_children(&self, graph: &Graph, entry: &Entry) -> bool {
        match &entry.what {
            What::Pending(_)
            | What::Note(..)
            | What::Object {
                is_repeat: true, ..
            } => false,
            What::Object { node, .. } => {
                let is_readable = graph.kind(*node).is_manifest();
                is_readable
                    && (graph.state(*node) != NodeState::Loaded || !graph.below(*node).is_empty())
            }
            _ => true,
        }
    }

    /// The row as it is shown. Cost: `O(d)` in what stands below; for the rows that are looked at.
    pub fn describe(&self, graph: &Graph, documents: &dyn Documents, entry: &Entry) -> Row {
        let mut row = row::describe(graph, documents, entry, self.names_told);
        row.has_children = self.has_children(graph, entry);
        if let What::Repository(node) = entry.what {
            row.description = self.tags_told(graph, node);
        }
        row
    }

    /// How many tags a repository has, in words; nothing where that is not known.
    pub fn tags_told(&self, graph: &Graph, repository: NodeId) -> String {
        let count = self.tag_counts(graph, repository).0;
        row::list_count(graph, (repository, Asked::Tags), count, ("tag", "tags"))
    }

    /// How many tags a repository has, machinery not counted, and how many lines of versions they form.
    pub fn tag_counts(&self, graph: &Graph, repository: NodeId) -> (usize, usize) {
        self.grouping(graph, repository).counts()
    }

    fn grouping(&self, graph: &Graph, repository: NodeId) -> Rc<Grouping> {
        if !self.is_held {
            self.renew(graph);
        }
        let mut kept = self.groupings.borrow_mut();
        let grouping = kept.1.entry(repository);
        grouping
            .or_insert_with(|| Rc::new(Grouping::of(graph, repository)))
            .clone()
    }
}

/// How many repositories a registry has, in words; nothing where that is not known.
pub fn repositories_told(graph: &Graph, registry: NodeId) -> String {
    let count = graph.outgoing(registry).len();
    let words = ("repository", "repositories");
    row::list_count(graph, (registry, Asked::Catalog), count, words)
}

fn note(parent: &RowPath, about: NodeId, asked: Asked) -> Entry {
    Entry {
        path: parent.child(Segment::Note(asked), None),
        what: What::Note(about, asked),
    }
}

/// The row of `node` over `edge`, under `parent`.
fn object(parent: &RowPath, edge: EdgeView, node: NodeId) -> Entry {
    Entry {
        what: What::Object {
            node,
            edge: Some(edge),
            is_repeat: parent.meets(node),
        },
        path: parent.child(Segment::Along(edge.id), Some(node)),
    }
}

/// Whether an edge leads to a manifest of any form that is read as one.
fn is_blob(graph: &Graph, edge: &EdgeView, node: NodeId) -> bool {
    matches!(edge.kind, EdgeKind::Config | EdgeKind::Layer) || graph.kind(node) == NodeKind::Blob
}

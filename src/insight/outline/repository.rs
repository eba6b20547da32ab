//! What stands under a registry and under a repository: the grouping of names.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::graph::{EdgeKind, Graph, NodeId, NodeKind, NodeState};
use crate::insight::freshness::{Line, Version, natural};
use crate::oci::tag::DigestTag;
use crate::oci::{Asked, RemoteText};

use super::{Entry, Fold, RowPath, Segment, What, note};

/// From this many repositories on, those that begin alike stand under a heading: fewer fit on a screen.
const LONG_CATALOG: usize = 30;
/// How many tags without a version are told beside their heading.
const NAMES_TOLD: usize = 6;

/// How the tags of one repository are grouped.
pub(super) struct Grouping {
    /// Newest line first, in each the newest version first.
    lines: Vec<(Line, Vec<TagRow>)>,
    unversioned: Vec<TagRow>,
    digest_tags: Vec<NodeId>,
    untagged: Vec<NodeId>,
    gone_subjects: Vec<NodeId>,
    unreferenced: Vec<NodeId>,
    tag_count: usize,
}

/// The tags of one manifest, the most specific first.
#[derive(Clone)]
struct TagRow {
    tags: Arc<[NodeId]>,
    target: Option<NodeId>,
    is_gone: bool,
    is_prerelease: bool,
}

/// A tag on its way into a [`Grouping`].
struct Named<'g> {
    tag: NodeId,
    name: &'g str,
    version: Option<Version<'g>>,
}

impl Grouping {
    /// Groups the tags of a repository. Cost: `O(n log n)` in the number of tags; where the source told what the
    /// repository holds, `O(V)` besides.
    pub(super) fn of(graph: &Graph, repository: NodeId) -> Self {
        let mut digest_tags = Vec::new();
        let mut rows: Vec<(Option<NodeId>, bool, Vec<Named<'_>>)> = Vec::new();
        let mut by_target: HashMap<NodeId, usize> = HashMap::new();
        let mut tag_count = 0;
        let mut moved = Vec::new();
        for edge in graph.outgoing(repository) {
            let tag = edge.to;
            let Some(name) = graph
                .tag_name(tag)
                .filter(|_| edge.kind == EdgeKind::Contains)
            else {
                continue;
            };
            if graph.has_moved(tag) {
                moved.push(tag);
            }
            if DigestTag::parse(name.as_str()).is_some() {
                digest_tags.push(tag);
                continue;
            }
            tag_count += 1;
            let name = name.as_str();
            let named = Named {
                tag,
                name,
                version: Version::parse(name),
            };
            let (target, is_gone) = (graph.target(tag), graph.is_gone(tag));
            match target.filter(|_| !is_gone) {
                Some(target) => {
                    let row = *by_target.entry(target).or_insert_with(|| {
                        rows.push((Some(target), false, Vec::new()));
                        rows.len() - 1
                    });
                    if let Some((.., tags)) = rows.get_mut(row) {
                        tags.push(named);
                    }
                }
                None => rows.push((target, is_gone, vec![named])),
            }
        }
        digest_tags.sort_by_cached_key(|tag| graph.tag_name(*tag));
        let (lines, unversioned) = into_lines(rows);
        let (manifests, unreferenced) = unheld(graph, repository, &moved);
        let (gone_subjects, untagged) = manifests
            .into_iter()
            .partition(|node| is_gone_subject(graph, *node));
        Self {
            lines,
            unversioned,
            digest_tags,
            untagged,
            gone_subjects,
            unreferenced,
            tag_count,
        }
    }

    /// The rows under the repository.
    pub(super) fn rows(&self, graph: &Graph, path: &RowPath, repository: NodeId) -> Vec<Entry> {
        let mut rows = Vec::new();
        let state = graph.state(repository);
        if self.tag_count == 0 || graph.absence(repository).is_some() || state != NodeState::Loaded
        {
            rows.push(note(path, repository, Asked::Tags));
        }
        let heading = |fold: Fold, count, told| Entry {
            path: path.child(Segment::Fold(fold.clone()), None),
            what: What::Fold {
                fold,
                of: repository,
                count,
                told,
            },
        };
        for (line, versions) in &self.lines {
            if versions.len() > 1 && self.lines.len() > 1 {
                let newest = versions.iter().find(|row| !row.is_prerelease);
                let newest = newest.or(versions.first()).and_then(|row| row.tags.first());
                rows.push(heading(
                    Fold::Line(*line),
                    versions.len(),
                    newest.copied().into_iter().collect(),
                ));
            } else {
                rows.extend(versions.iter().map(|row| row.entry(path)));
            }
        }
        if self.unversioned.len() > 1 && !self.lines.is_empty() {
            let first = self.unversioned.iter().take(NAMES_TOLD);
            let told = first.filter_map(|row| row.tags.first().copied()).collect();
            rows.push(heading(Fold::NoVersion, self.unversioned.len(), told));
        } else {
            rows.extend(self.unversioned.iter().map(|row| row.entry(path)));
        }
        for (fold, nodes) in [
            (Fold::DigestTags, &self.digest_tags),
            (Fold::Untagged, &self.untagged),
            (Fold::GoneSubjects, &self.gone_subjects),
            (Fold::Unreferenced, &self.unreferenced),
        ] {
            if !nodes.is_empty() {
                rows.push(heading(fold, nodes.len(), Vec::new()));
            }
        }
        rows
    }

    /// The rows under a heading; their paths do not have it.
    pub(super) fn under(&self, graph: &Graph, path: &RowPath, fold: &Fold) -> Vec<Entry> {
        let holding = |node: &NodeId| Entry {
            path: path.child(Segment::Holding(*node), Some(*node)),
            what: What::Object {
                node: *node,
                edge: None,
                is_repeat: false,
            },
        };
        match fold {
            Fold::Line(line) => {
                let found = self.lines.iter().find(|(other, _)| other == line);
                let rows = found.map(|(_, rows)| rows.as_slice()).unwrap_or_default();
                rows.iter().map(|row| row.entry(path)).collect()
            }
            Fold::NoVersion => self.unversioned.iter().map(|row| row.entry(path)).collect(),
            Fold::DigestTags => {
                let tags = self.digest_tags.iter();
                tags.map(|tag| Entry {
                    path: path.child(Segment::Tag(*tag), graph.target(*tag)),
                    what: What::Tags(Arc::from([*tag])),
                })
                .collect()
            }
            Fold::Untagged => self.untagged.iter().map(holding).collect(),
            Fold::GoneSubjects => self.gone_subjects.iter().map(holding).collect(),
            Fold::Unreferenced => self.unreferenced.iter().map(holding).collect(),
            Fold::Namespace(_) | Fold::Layers => Vec::new(),
        }
    }

    /// The tags that share a row with `tag`.
    pub(super) fn tags_with(&self, tag: NodeId) -> Option<Arc<[NodeId]>> {
        let rows = self.lines.iter().flat_map(|(_, rows)| rows);
        rows.chain(&self.unversioned)
            .find(|row| row.tags.contains(&tag))
            .map(|row| row.tags.clone())
    }

    /// How many tags, and in how many lines of versions.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.tag_count, self.lines.len())
    }
}

impl TagRow {
    fn entry(&self, path: &RowPath) -> Entry {
        let segment = match (self.target, self.tags.first()) {
            (Some(target), _) if !self.is_gone => Segment::Named(target),
            (_, Some(tag)) => Segment::Tag(*tag),
            (_, None) => Segment::Note(Asked::Tags),
        };
        Entry {
            path: path.child(segment, self.target),
            what: What::Tags(self.tags.clone()),
        }
    }
}

/// Sorts rows into lines by the most specific version among their tags, and into those without a version.
fn into_lines(
    rows: Vec<(Option<NodeId>, bool, Vec<Named<'_>>)>,
) -> (Vec<(Line, Vec<TagRow>)>, Vec<TagRow>) {
    let mut lines: BTreeMap<Reverse<Line>, Vec<(Version<'_>, TagRow)>> = BTreeMap::new();
    let mut unversioned = Vec::new();
    for (target, is_gone, mut tags) in rows {
        tags.sort_unstable_by(|one, other| match (&one.version, &other.version) {
            (Some(one), Some(other)) => one.by_detail(other),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => natural(one.name, other.name),
        });
        let row = TagRow {
            tags: tags.iter().map(|named| named.tag).collect(),
            target,
            is_gone,
            is_prerelease: tags
                .first()
                .and_then(|named| named.version)
                .is_some_and(|version| version.is_prerelease()),
        };
        match tags.first() {
            Some(Named {
                version: Some(version),
                ..
            }) => {
                let line = lines.entry(Reverse(version.line())).or_default();
                line.push((*version, row));
            }
            Some(named) => unversioned.push((named.name, row)),
            None => {}
        }
    }
    unversioned.sort_by(|(one, _), (other, _)| natural(one, other));
    let lines = lines.into_iter().map(|(Reverse(line), mut rows)| {
        rows.sort_by(|(one, _), (other, _)| other.cmp(one));
        (line, rows.into_iter().map(|(_, row)| row).collect())
    });
    (
        lines.collect(),
        unversioned.into_iter().map(|(_, row)| row).collect(),
    )
}

/// Manifests and blobs of a repository that nothing holds. A registry does not tell what it holds: there it is what
/// others are about, and what tags that `moved` named before.
fn unheld(graph: &Graph, repository: NodeId, moved: &[NodeId]) -> (Vec<NodeId>, Vec<NodeId>) {
    let mut objects: Vec<NodeId> = if graph.has_listed_contents(repository) {
        let place = graph.repository_of(repository);
        let is_object =
            |id: &NodeId| graph.kind(*id).is_manifest() || graph.kind(*id) == NodeKind::Blob;
        let nodes = graph.nodes();
        nodes
            .filter(|id| is_object(id) && graph.repository_of(*id) == place)
            .collect()
    } else {
        let before = moved.iter().flat_map(|tag| graph.history(*tag));
        let before: HashSet<_> = before.map(|naming| naming.manifest).collect();
        before
            .into_iter()
            .chain(graph.subjects_in(repository))
            .collect()
    };
    objects.retain(|id| !graph.is_held(*id));
    objects.sort_by_key(|id| graph.digest_of(*id));
    objects.dedup();
    objects
        .into_iter()
        .partition(|id| graph.kind(*id).is_manifest())
}

/// Whether a manifest is not there, and known only as what referrers are about.
fn is_gone_subject(graph: &Graph, node: NodeId) -> bool {
    let edges = graph.incoming(node);
    graph.state(node) == NodeState::Missing
        && edges.iter().any(|edge| edge.kind == EdgeKind::Subject)
}

/// The rows under a registry.
pub(super) fn of_registry(graph: &Graph, path: &RowPath, registry: NodeId) -> Vec<Entry> {
    let repositories = repositories(graph, registry);
    let is_long = repositories.len() > LONG_CATALOG;
    let mut rows = Vec::new();
    if repositories.is_empty() || graph.absence(registry).is_some() {
        rows.push(note(path, registry, Asked::Catalog));
    }
    for group in repositories.chunk_by(|(one, _), (other, _)| namespace(one) == namespace(other)) {
        match group {
            [(first, _), _, ..] if is_long => {
                let fold = Fold::Namespace(namespace(first).into());
                rows.push(Entry {
                    path: path.child(Segment::Fold(fold.clone()), None),
                    what: What::Fold {
                        fold,
                        of: registry,
                        count: group.len(),
                        told: Vec::new(),
                    },
                });
            }
            _ => rows.extend(group.iter().map(|(_, node)| repository_row(path, *node))),
        }
    }
    rows
}

/// The repositories of one namespace of a registry.
pub(super) fn of_namespace(
    graph: &Graph,
    path: &RowPath,
    registry: NodeId,
    wanted: &RemoteText,
) -> Vec<Entry> {
    repositories(graph, registry)
        .into_iter()
        .filter(|(name, _)| namespace(name) == wanted.as_str())
        .map(|(_, node)| repository_row(path, node))
        .collect()
}

fn repository_row(path: &RowPath, node: NodeId) -> Entry {
    Entry {
        path: path.child(Segment::Repository(node), Some(node)),
        what: What::Repository(node),
    }
}

/// The repositories of a registry, by path.
fn repositories(graph: &Graph, registry: NodeId) -> Vec<(&str, NodeId)> {
    let edges = graph.outgoing(registry).into_iter();
    let mut repositories: Vec<_> = edges
        .filter_map(|edge| Some((graph.repository_of(edge.to)?.path.as_str(), edge.to)))
        .collect();
    repositories.sort_unstable();
    repositories
}

fn namespace(path: &str) -> &str {
    path.split_once('/')
        .map_or(path, |(namespace, _)| namespace)
}

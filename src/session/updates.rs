//! What `updates` stands on: the tags of repositories, what they name, and the platforms of what is offered.
//!
//! It takes few questions: the list of tags; a `HEAD` for the tag in question, for what could be offered and for what may
//! be another name of the same image, 250 in all; then the manifests of what is offered.

use std::collections::BTreeSet;

use crate::crawl::{Plan, Progress, TagFilter};
use crate::graph::{NodeId, NodeKind};
use crate::insight::freshness::{Kind, Lines, Listed, Range, Tags};
use crate::insight::listing;
use crate::oci::{Address, Question, RemoteText, Repository};
use crate::source::Locality;
use crate::source::cache::Cache;

use super::{Ended, Known, Opened, Session};

/// How many tags of a registry are asked for what they name, beyond those that matter to what is offered.
const TAGS_ASKED: usize = 250;
/// How many images that are offered are asked for their platforms.
const IMAGES_ASKED: usize = 250;

/// What one target is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The target as it was written.
    pub title: String,
    /// Where it leads.
    pub root: Address,
    is_local: bool,
}

/// What was found out.
pub struct Gathered {
    /// The session, with all that is known.
    pub session: Session,
    /// The targets.
    pub subjects: Vec<Subject>,
}

impl Gathered {
    /// The repositories that a target leads to, by path.
    pub fn repositories(&self, subject: &Subject) -> Vec<(NodeId, Repository)> {
        let graph = &self.session.known.graph;
        if let Some(repository) = subject.root.repository() {
            let node = graph.repository(repository);
            return node
                .map(|node| (node, repository.clone()))
                .into_iter()
                .collect();
        }
        let nodes = graph.nodes();
        let nodes = nodes.filter(|node| graph.kind(*node) == NodeKind::Repository);
        let mut found: Vec<_> = nodes
            .filter_map(|node| Some((node, graph.repository_of(node)?.clone())))
            .filter(|(_, repository)| repository.origin == *subject.root.origin())
            .collect();
        found.sort_by(|(_, one), (_, other)| one.path.cmp(&other.path));
        found
    }

    /// The tags of a repository that `filter` takes, and the one in question.
    pub fn listed<'g>(
        &'g self,
        subject: &Subject,
        repository: NodeId,
        filter: &TagFilter,
    ) -> Vec<Listed<'g>> {
        let mut listed = listing::tags(&self.session.known.graph, repository);
        let wanted = match &subject.root {
            Address::Tag(_, tag) => Some(tag.as_str()),
            _ => None,
        };
        listed.retain(|tag| wanted == Some(tag.name) || filter.takes(tag.name));
        listed
    }

    /// The place of the tag in question: the tag that was named, or the most specific name of the image that was.
    pub fn current(&self, subject: &Subject, tags: &Tags<'_>) -> Option<usize> {
        match &subject.root {
            Address::Tag(_, tag) => tags.find(tag.as_str()),
            Address::Object(_, digest) => {
                let mut all = tags.all().iter();
                let place = all.position(|tag| tag.listed.image == Some(*digest))?;
                tags.release(place)
            }
            Address::Registry(_) | Address::Repository(_) => None,
        }
    }
}

/// Finds out what the tags of `opened` are. `None`: the person ended it. Needs a tokio runtime.
pub async fn gather<Interrupt: Future<Output = ()>>(
    opened: Vec<Opened>,
    plan: Plan,
    cache: Option<Cache>,
    range: Option<&Range>,
    interrupt: impl Fn() -> Interrupt,
    mut watch: impl FnMut(&Progress),
) -> Option<Gathered> {
    let filter = plan.tags.clone();
    let mut subjects = Vec::new();
    let mut roots = Vec::new();
    for mut target in opened {
        subjects.push(Subject {
            title: target.title.clone(),
            root: target.root.clone(),
            is_local: target.source.locality() == Locality::Local,
        });
        if let Some(repository) = target.root.repository() {
            target.root = Address::Repository(repository.clone());
        }
        roots.push(target);
    }
    let plan = Plan {
        is_list_only: true,
        is_full: false,
        depth: None,
        ..plan
    };
    let session = Session::start(roots, plan, cache, Known::default());
    let mut gathered = Gathered { session, subjects };
    let mut run = async |gathered: &mut Gathered| {
        let ended = gathered.session.run(interrupt(), &mut watch).await;
        (ended == Ended::Done).then_some(())
    };
    run(&mut gathered).await?;
    let wanted = gathered.tags_wanted(&filter, range);
    gathered.session.want(wanted);
    run(&mut gathered).await?;
    let wanted = gathered.manifests_wanted(&filter, range);
    gathered.session.want(wanted);
    run(&mut gathered).await?;
    let wanted = gathered.configs_wanted();
    gathered.session.want(wanted);
    run(&mut gathered).await?;
    Some(gathered)
}

impl Gathered {
    /// Which tags are asked for what they name.
    fn tags_wanted(&self, filter: &TagFilter, range: Option<&Range>) -> Vec<Question> {
        let mut wanted = Vec::new();
        for subject in &self.subjects {
            if let Address::Object(repository, digest) = &subject.root {
                wanted.push(Question::manifest(repository.clone(), *digest));
            }
            if let Address::Tag(repository, tag) = &subject.root {
                wanted.push(Question::tag_digest(repository.clone(), tag.clone()));
            }
            for (node, repository) in self.repositories(subject) {
                let listed = self.listed(subject, node, filter);
                let tags = Tags::read(&listed);
                let most = if subject.is_local {
                    usize::MAX
                } else {
                    TAGS_ASKED
                };
                let places = telling(&tags, self.current(subject, &tags), range, most);
                let names = places.into_iter().filter_map(|place| tags.get(place));
                wanted.extend(names.map(|tag| {
                    let name = RemoteText::from(tag.listed.name);
                    Question::tag_digest(repository.clone(), name)
                }));
            }
        }
        wanted
    }

    /// Of which images the manifest is read for its platforms: of what is offered, and of what it is offered to.
    fn manifests_wanted(&self, filter: &TagFilter, range: Option<&Range>) -> Vec<Question> {
        let mut wanted = Vec::new();
        for subject in &self.subjects {
            for (node, repository) in self.repositories(subject) {
                let listed = self.listed(subject, node, filter);
                let tags = Tags::read(&listed);
                let rows = match self.current(subject, &tags) {
                    Some(current) => vec![tags.candidates(current, range)],
                    None => Lines::of(&tags).candidates(&tags, range),
                };
                let places = rows.iter().filter_map(|row| {
                    let offered = row.offered();
                    (!offered.is_empty()).then_some((row.current, offered))
                });
                let places =
                    places.flat_map(|(current, offered)| [vec![current], offered].concat());
                let images = places.filter_map(|place| tags.get(place)?.listed.image);
                let images: BTreeSet<_> = images.collect();
                let most = if subject.is_local {
                    usize::MAX
                } else {
                    IMAGES_ASKED
                };
                let images = images.into_iter().take(most);
                wanted.extend(images.map(|image| Question::manifest(repository.clone(), image)));
            }
        }
        wanted
    }

    /// The configs of the images that are no index: they tell the platform.
    fn configs_wanted(&self) -> Vec<Question> {
        let known = &self.session.known;
        let nodes = known.graph.nodes();
        let images = nodes.filter(|node| known.graph.kind(*node) == NodeKind::Manifest);
        let configs = images.filter_map(|node| {
            let manifest = known.content.manifest(&known.graph.digest_of(node)?)?;
            let config = manifest.config.as_ref()?.digest;
            Some(Question::config(
                known.graph.repository_of(node)?.clone(),
                config,
            ))
        });
        configs.collect()
    }
}

/// Which tags tell the most when they are asked for what they name, at most `most` beyond those that are offered.
fn telling(
    tags: &Tags<'_>,
    current: Option<usize>,
    range: Option<&Range>,
    most: usize,
) -> Vec<usize> {
    let mut first: Vec<usize> = current.into_iter().chain(tags.latest()).collect();
    let rows = match current {
        Some(current) => vec![tags.candidates(current, range)],
        None => Lines::of(tags).candidates(tags, range),
    };
    for row in &rows {
        first.push(row.current);
        first.extend(row.offered());
    }
    first.sort_unstable();
    first.dedup();
    let now = current.and_then(|current| tags.get(current)?.version);
    let mut others: Vec<_> = (0..tags.all().len())
        .filter(|place| first.binary_search(place).is_err())
        .filter_map(|place| Some((place, tags.get(place)?)))
        .filter(|(_, tag)| tag.kind != Kind::Digest)
        .collect();
    // Other names of the image state its numbers, or fewer of them; words come next, the newest versions then.
    others.sort_by_cached_key(|(_, tag)| {
        let rank = match (now, tag.version) {
            (Some(now), Some(version)) if now.line().major == version.line().major => 0,
            (_, None) if tag.kind == Kind::Rolling => 1,
            (_, Some(_)) => 2,
            (_, None) => 3,
        };
        let age = tag
            .version
            .map(|version| std::cmp::Reverse(version.numbers().to_vec()));
        (rank, age)
    });
    let left = most.saturating_sub(first.len());
    first.extend(others.into_iter().take(left).map(|(place, _)| place));
    first
}

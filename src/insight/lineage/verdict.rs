//! What has become of a base: its tag is looked up as it is now.

use jiff::Timestamp;

use crate::content::Content;
use crate::graph::{Graph, NodeId, NodeKind};
use crate::insight::freshness::Tags;
use crate::insight::listing;
use crate::insight::outline::read_date;
use crate::oci::{Absence, AbsenceKind, Asked, Digest, ImageConfig, Question, Repository};

use super::bases::{Base, BaseEvidence, Lineage, config_of, platform_manifest};
use super::images::PlatformImage;
use super::reference::{BaseName, NamedBase};

/// Whether an image stands on what its base is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// It does not.
    Stale,
    /// It cannot be told.
    Unknown,
    /// It does.
    Fresh,
}

impl Verdict {
    /// As programs read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
        }
    }
}

/// What has become of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Its tag names another image.
    Moved,
    /// Its line has a newer version.
    NewerRelease,
    /// Its tag is not there any more.
    Gone,
}

impl Cause {
    /// As programs read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::NewerRelease => "newer-release",
            Self::Gone => "gone",
        }
    }
}

/// How far an image is behind its base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// Days between the base that it stands on and the base as it is now, as both state when they were made.
    pub days: Option<i64>,
    /// Layers of the new base that the old one does not have.
    pub layers: Option<usize>,
}

/// The verdict on one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// What has become of the base; also where that does not make the image stale.
    pub causes: Vec<Cause>,
    /// What the base's tag names now.
    pub current: Option<Digest>,
    /// How far behind it is.
    pub behind: Behind,
    /// Newer tags of the base's line.
    pub newer: Option<String>,
    /// Why, in a sentence.
    pub reason: String,
    /// What kept it from being known, where something was asked and could not be.
    pub hole: Option<AbsenceKind>,
}

impl Judged {
    fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            verdict,
            causes: Vec::new(),
            current: None,
            behind: Behind::default(),
            newer: None,
            reason: reason.into(),
            hole: None,
        }
    }

    fn hole(kind: AbsenceKind, reason: impl Into<String>) -> Self {
        Self {
            hole: Some(kind),
            ..Self::new(Verdict::Unknown, reason)
        }
    }

    fn because(cause: Cause, reason: impl Into<String>) -> Self {
        Self {
            causes: vec![cause],
            ..Self::new(Verdict::Stale, reason)
        }
    }
}

/// What a tag names now.
enum Resolved<'g> {
    Named(NodeId, Digest),
    Gone,
    /// It is missing, and so is the list that could say more.
    Unseen,
    Failed(&'g Absence),
    NotAsked,
}

impl Lineage {
    /// The tag that decides about an image: that of its base.
    pub fn named_base(&self, graph: &Graph, place: usize) -> Option<NamedBase> {
        let base = self.standings.get(place)?.base()?;
        match (&base.name, base.image) {
            (Some(BaseName::Tag(named)), _) => Some(named.clone()),
            (None, Some(image)) if base.evidence == BaseEvidence::LayerPrefix => {
                self.tag_of_loaded(graph, image)
            }
            _ => None,
        }
    }

    /// A tag by which a loaded base is known: one that was seen to name it and names something else now, because that is
    /// what an image is built from again; else its most specific one.
    fn tag_of_loaded(&self, graph: &Graph, image: usize) -> Option<NamedBase> {
        let image = self.images.get(image)?;
        let repository = graph.repository(&image.repository)?;
        let own = [Some(image.node), image.index];
        let moved = graph.outgoing(repository).into_iter().find(|edge| {
            let before = graph.history(edge.to);
            let is_before = before
                .iter()
                .skip(1)
                .any(|naming| own.contains(&Some(naming.manifest)));
            is_before && !own.contains(&graph.target(edge.to))
        });
        let tag = match moved {
            Some(edge) => graph.tag_name(edge.to).cloned(),
            None => image
                .tags
                .iter()
                .max_by_key(|tag| {
                    let digits = tag.as_str().bytes().filter(u8::is_ascii_digit).count();
                    (digits, tag.as_str().len())
                })
                .cloned(),
        };
        Some(NamedBase {
            repository: image.repository.clone(),
            tag: tag?,
        })
    }

    /// What must be asked next before the images can be judged; nothing once all is known that can be. Each question
    /// comes once, however many images stand on its answer. With `lists` the tags of each base's repository are wanted,
    /// for newer versions.
    pub fn wanted(&self, graph: &Graph, content: &Content, lists: bool) -> Vec<Question> {
        let mut wanted = Vec::new();
        for place in (0..self.images.len()).filter(|place| self.is_asked.get(*place) == Some(&true))
        {
            self.wanted_of(graph, content, place, lists, &mut wanted);
        }
        let mut seen = std::collections::HashSet::new();
        wanted.retain(|question| seen.insert(question.clone()));
        wanted
    }

    fn wanted_of(
        &self,
        graph: &Graph,
        content: &Content,
        place: usize,
        lists: bool,
        wanted: &mut Vec<Question>,
    ) {
        let (Some(image), Some(standing)) = (self.images.get(place), self.standings.get(place))
        else {
            return;
        };
        self.wanted_to_choose(graph, content, place, wanted);
        let (Some(named), Some(base)) = (self.named_base(graph, place), standing.base()) else {
            return;
        };
        let list = Question::tags(named.repository.clone());
        match resolve(graph, &named) {
            Resolved::NotAsked => {
                wanted.push(Question::tag_digest(
                    named.repository.clone(),
                    named.tag.clone(),
                ));
            }
            Resolved::Unseen => wanted.push(list.clone()),
            Resolved::Named(node, current) => {
                let is_fresh = base.digests.contains(&current);
                if !is_fresh {
                    let mut reader = Reader {
                        graph,
                        content,
                        wanted,
                    };
                    reader.config(&named.repository, node, image);
                    for digest in &base.digests {
                        reader.config_by_digest(&named.repository, digest, image);
                    }
                }
            }
            Resolved::Gone | Resolved::Failed(_) => {}
        }
        if lists && !matches!(resolve(graph, &named), Resolved::Failed(_)) {
            wanted.push(list);
        }
    }

    /// The layers of what several pieces of evidence name, where these contradict each other.
    fn wanted_to_choose(
        &self,
        graph: &Graph,
        content: &Content,
        place: usize,
        wanted: &mut Vec<Question>,
    ) {
        /// A build has few stages; a document can claim any number.
        const MOST: usize = 16;
        let (Some(image), Some(standing)) = (self.images.get(place), self.standings.get(place))
        else {
            return;
        };
        let named = standing.bases.iter().filter(|base| {
            matches!(
                base.evidence,
                BaseEvidence::Annotation | BaseEvidence::Provenance
            )
        });
        let has_layers = standing
            .bases
            .iter()
            .any(|base| base.evidence == BaseEvidence::LayerPrefix);
        let named: Vec<&Base> = named.collect();
        let built = named
            .iter()
            .filter(|base| base.evidence == BaseEvidence::Provenance);
        let is_open = built.count() == named.len() && named.len() > 1;
        if !(has_layers || is_open) {
            return;
        }
        let mut reader = Reader {
            graph,
            content,
            wanted,
        };
        for base in named
            .into_iter()
            .take(MOST)
            .filter(|base| base.shared_layers.is_none())
        {
            let repository = match &base.name {
                Some(BaseName::Tag(named)) => &named.repository,
                Some(BaseName::Repository(repository)) => repository,
                _ => continue,
            };
            for digest in &base.digests {
                reader.config_by_digest(repository, digest, image);
            }
        }
    }

    /// What has become of the base of an image. With `counts_newer` a newer version of the base's line makes it stale.
    pub fn judge(
        &self,
        graph: &Graph,
        content: &Content,
        place: usize,
        counts_newer: bool,
    ) -> Judged {
        let (Some(image), Some(standing)) = (self.images.get(place), self.standings.get(place))
        else {
            return Judged::new(Verdict::Unknown, "there is no such image");
        };
        let Some(base) = standing.base() else {
            return no_base(image, &standing.bases);
        };
        let Some(named) = self.named_base(graph, place) else {
            return self.unnamed(base);
        };
        let mut judged = judge_named(graph, content, image, base, &named);
        if let Some(newer) = newer_of_line(graph, &named) {
            judged.causes.push(Cause::NewerRelease);
            if counts_newer && judged.verdict == Verdict::Fresh {
                judged.verdict = Verdict::Stale;
                judged.reason = format!("{}:{newer} is newer", named.repository);
            }
            judged.newer = Some(newer);
        }
        judged
    }

    /// Of a base whose name leads to no tag.
    fn unnamed(&self, base: &Base) -> Judged {
        match &base.name {
            Some(BaseName::Scratch) => Judged::new(Verdict::Fresh, "it stands on nothing"),
            Some(BaseName::Unreadable(why)) => {
                let name = base.reference.as_deref().unwrap_or_default();
                Judged::new(
                    Verdict::Unknown,
                    format!("{name} cannot be looked up: {why}"),
                )
            }
            Some(BaseName::Repository(_)) => Judged::new(
                Verdict::Unknown,
                "the base is named by its digest alone, which cannot move",
            ),
            _ if base.evidence == BaseEvidence::History => Judged::new(
                Verdict::Unknown,
                "only its history suggests a base, and that has no name",
            ),
            _ => match base.image.and_then(|loaded| self.images.get(loaded)) {
                Some(loaded) if !loaded.tags.is_empty() => {
                    let mut judged = Judged::new(Verdict::Fresh, "a tag names the base");
                    judged.current = base.digests.first().copied();
                    judged
                }
                Some(_) => Judged::new(Verdict::Unknown, "no tag names the base now"),
                None => Judged::new(Verdict::Unknown, "the base has a digest and no name"),
            },
        }
    }
}

fn judge_named(
    graph: &Graph,
    content: &Content,
    image: &PlatformImage,
    base: &Base,
    named: &NamedBase,
) -> Judged {
    let name = format!("{}:{}", named.repository, named.tag);
    let (node, current) = match resolve(graph, named) {
        Resolved::Named(node, current) => (node, current),
        Resolved::Gone => {
            return Judged::because(Cause::Gone, format!("{name} is not there any more"));
        }
        Resolved::Unseen => {
            let reason = format!("{name} is not found, and neither is the list of its repository");
            return Judged::hole(AbsenceKind::Missing, reason);
        }
        Resolved::Failed(absence) => {
            let reason = format!("{name} could not be looked up: {}", absence.reason);
            return Judged::hole(absence.kind, reason);
        }
        Resolved::NotAsked => {
            return Judged::new(Verdict::Unknown, format!("{name} was not looked up"));
        }
    };
    let known = Known {
        graph,
        content,
        image,
        repository: &named.repository,
    };
    let mut judged = known.compare(base, &name, node, current);
    judged.current = Some(current);
    judged
}

/// What is needed to compare a base with what its tag names now.
struct Known<'a> {
    graph: &'a Graph,
    content: &'a Content,
    image: &'a PlatformImage,
    repository: &'a Repository,
}

impl Known<'_> {
    fn compare(&self, base: &Base, name: &str, node: NodeId, current: Digest) -> Judged {
        if base.digests.contains(&current) {
            return Judged::new(Verdict::Fresh, format!("{name} is what it stands on"));
        }
        let platform = self.image.platform.as_deref();
        let manifest = platform_manifest(self.graph, self.content, node, platform);
        if manifest.is_some_and(|manifest| base.digests.contains(&manifest)) {
            return Judged::new(
                Verdict::Fresh,
                format!("{name} is what it stands on, for this platform"),
            );
        }
        let old = base.digests.iter().find_map(|digest| {
            let node = self.graph.object(self.repository, digest)?;
            platform_manifest(self.graph, self.content, node, platform)
        });
        if old.is_some() && old == manifest {
            return Judged::new(
                Verdict::Fresh,
                format!("{name} has moved, but not for this platform"),
            );
        }
        let new = config_of(
            self.graph,
            self.content,
            self.repository,
            &current,
            platform,
        );
        if base.digests.is_empty() {
            return self.by_layers(name, new.as_deref());
        }
        let old = base.digests.iter().find_map(|digest| {
            config_of(self.graph, self.content, self.repository, digest, platform)
        });
        let mut judged = Judged::because(Cause::Moved, format!("{name} names another image now"));
        if let (Some(old), Some(new)) = (old, new) {
            judged.behind = behind(&old, &new);
        }
        judged
    }

    /// A name without a digest: the layers of what the tag names now must be the first of the image.
    fn by_layers(&self, name: &str, new: Option<&ImageConfig>) -> Judged {
        match new {
            Some(new) if self.image.config.is_some() => {
                if self.image.diff_ids().starts_with(&new.diff_ids) {
                    Judged::new(
                        Verdict::Fresh,
                        format!("it begins with the layers of {name}"),
                    )
                } else {
                    let reason = format!("it does not begin with the layers that {name} has now");
                    Judged::because(Cause::Moved, reason)
                }
            }
            _ => Judged::new(
                Verdict::Unknown,
                format!("no digest is stated, and the layers of {name} could not be compared"),
            ),
        }
    }
}

/// Wants what is missing on the way to a config.
struct Reader<'a> {
    graph: &'a Graph,
    content: &'a Content,
    wanted: &'a mut Vec<Question>,
}

impl Reader<'_> {
    fn config_by_digest(
        &mut self,
        repository: &Repository,
        digest: &Digest,
        image: &PlatformImage,
    ) {
        match self.graph.object(repository, digest) {
            Some(node) => self.config(repository, node, image),
            None => self
                .wanted
                .push(Question::manifest(repository.clone(), *digest)),
        }
    }

    fn config(&mut self, repository: &Repository, node: NodeId, image: &PlatformImage) {
        let Some(digest) = self.graph.digest_of(node) else {
            return;
        };
        let Some(manifest) = self.content.manifest(&digest) else {
            self.wanted
                .push(Question::manifest(repository.clone(), digest));
            return;
        };
        if self.graph.kind(node) == NodeKind::Index {
            let platform = image.platform.as_deref();
            let child = platform_manifest(self.graph, self.content, node, platform);
            if let Some(child) = child.filter(|child| *child != digest) {
                match self.graph.object(repository, &child) {
                    Some(node) if self.graph.kind(node) != NodeKind::Index => {
                        self.config(repository, node, image);
                    }
                    Some(_) => {}
                    None => self
                        .wanted
                        .push(Question::manifest(repository.clone(), child)),
                }
            }
            return;
        }
        if let Some(config) = &manifest.config
            && self.content.config(&config.digest).is_none()
        {
            self.wanted
                .push(Question::config(repository.clone(), config.digest));
        }
    }
}

fn no_base(image: &PlatformImage, bases: &[Base]) -> Judged {
    if bases.len() > 1 {
        return Judged::new(
            Verdict::Unknown,
            format!(
                "{} images went into its build, and nothing tells which it stands on",
                bases.len()
            ),
        );
    }
    if image.config.is_none() && image.manifest.is_none() {
        return Judged::hole(AbsenceKind::Failed, "it could not be read");
    }
    Judged::new(Verdict::Unknown, "nothing tells what it stands on")
}

fn resolve<'g>(graph: &'g Graph, named: &NamedBase) -> Resolved<'g> {
    let Some(tag) = graph.tag(&named.repository, named.tag.as_str()) else {
        return Resolved::NotAsked;
    };
    if let Some(absence) = graph.absence(tag) {
        if absence.kind != AbsenceKind::Missing {
            return Resolved::Failed(absence);
        }
        let repository = graph.repository(&named.repository);
        let is_listed =
            repository.is_some_and(|repository| graph.is_complete(repository, Asked::Tags));
        return if is_listed {
            Resolved::Gone
        } else {
            Resolved::Unseen
        };
    }
    if graph.is_gone(tag) {
        return Resolved::Gone;
    }
    let target = graph.target(tag);
    match target.and_then(|target| Some((target, graph.digest_of(target)?))) {
        Some((target, digest)) => Resolved::Named(target, digest),
        None => Resolved::NotAsked,
    }
}

/// How far `new` is from `old`.
fn behind(old: &ImageConfig, new: &ImageConfig) -> Behind {
    let created = |config: &ImageConfig| -> Option<Timestamp> {
        read_date(config.created.as_ref()?.as_str())
    };
    let seconds = created(old)
        .zip(created(new))
        .map(|(old, new)| new.as_second() - old.as_second());
    let added = new
        .diff_ids
        .iter()
        .filter(|layer| !old.diff_ids.contains(layer));
    Behind {
        days: seconds
            .filter(|seconds| *seconds >= 0)
            .map(|seconds| seconds / 86_400),
        layers: Some(added.count()),
    }
}

/// The newest tag of the line of a base, where its repository's tags are known and one is newer.
fn newer_of_line(graph: &Graph, named: &NamedBase) -> Option<String> {
    let repository = graph.repository(&named.repository)?;
    if !graph.is_complete(repository, Asked::Tags) {
        return None;
    }
    let listed = listing::tags(graph, repository);
    let tags = Tags::read(&listed);
    let candidates = tags.candidates(tags.find(named.tag.as_str())?, None);
    let newer = candidates.minor.or(candidates.patch)?;
    Some(tags.get(newer)?.listed.name.to_owned())
}

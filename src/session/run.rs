//! A session that runs by itself until nothing is left to ask.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use crate::crawl::{Crawl, Event, Plan, Progress, Reach, Urgency};
use crate::evidence::Reading;
use crate::graph::{Fact, NodeId, NodeState};
use crate::insight::attached::attached;
use crate::insight::cells::Readings;
use crate::oci::purpose::DocumentKinds;
use crate::oci::tag::DigestTag;
use crate::oci::{
    Absence, AbsenceKind, Address, Answer, Body, Digest, Manifest, Question, RemoteText, Repository,
};
use crate::source::cache::Cache;
use crate::source::{Limits, Source};

use super::impact::asking;
use super::reading::Readers;
use super::{Journal, Known, Opened};

/// What is known so far, and the crawl that finds out more.
pub struct Session {
    /// Everything that is known.
    pub known: Known,
    /// Where it began.
    pub roots: Vec<Address>,
    journal: Journal,
    cache: Option<Cache>,
    sources: Vec<Arc<dyn Source>>,
    readers: Readers,
    listener: Option<Listener>,
    crawl: Crawl,
    events: mpsc::Receiver<Event>,
    /// How far it was when it last told.
    progress: Progress,
}

/// Who hears of each document that was read.
type Listener = Box<dyn FnMut(Digest, &Arc<Reading>) + Send>;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is left to ask.
    Done,
    /// It was told to stop.
    Interrupted,
}

/// Milliseconds since 1970: the session of its stamps.
pub fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Session {
    /// Starts a session over targets that are open. Needs a tokio runtime.
    ///
    /// With a cache, what is found out is kept; and what is kept is believed where the plan is offline or takes answers
    /// of that age, else asked anew: a program that calls wants to know what is. Even then it is worth something: a tag
    /// that still names what it named costs one `HEAD`.
    pub fn start(opened: Vec<Opened>, plan: Plan, cache: Option<Cache>, mut known: Known) -> Self {
        let (is_offline, fresh_since) = (plan.is_offline, plan.fresh_since);
        let limits = Limits {
            decompressed_bytes: plan.unpacked_limit,
            ..Limits::default()
        };
        let session = now();
        let (crawl, events) = Crawl::start(plan, session);
        let mut journal = Journal::new(session);
        let mut roots = Vec::new();
        let mut begin = Vec::new();
        for target in opened {
            known.begin_at(&target.root);
            if target.kind().is_registry() && cache.is_some() {
                journal.keep(target.root.origin());
            }
            if let (Some(cache), true) = (&cache, target.kind().is_registry()) {
                let facts = recall(&mut journal, cache, &target.root, is_offline);
                let is_believed = |fact: &&Fact| {
                    is_offline || fresh_since.is_some_and(|since| fact.stamp.session >= since)
                };
                let believed: Vec<_> = facts.iter().filter(is_believed).cloned().collect();
                known.take(&believed);
                crawl.remember(facts);
            }
            roots.push(target.root.clone());
            begin.push((target.source, target.root));
        }
        let sources = begin.iter().map(|(source, _)| source.clone()).collect();
        crawl.begin(begin);
        Self {
            known,
            roots,
            journal,
            cache,
            sources,
            readers: Readers::new(limits),
            listener: None,
            crawl,
            events,
            progress: Progress::default(),
        }
    }

    /// Lets `listener` hear of each document as it was read, before it can fall out of the content: for an index over
    /// more documents than fit.
    pub fn on_reading(&mut self, listener: impl FnMut(Digest, &Arc<Reading>) + Send + 'static) {
        self.listener = Some(Box::new(listener));
    }

    /// Runs until nothing is left to ask, or `interrupt` ends. `watch` sees how far it is.
    pub async fn run(
        &mut self,
        interrupt: impl Future<Output = ()>,
        mut watch: impl FnMut(&Progress),
    ) -> Ended {
        tokio::pin!(interrupt);
        let mut is_closed = false;
        while !((is_closed || self.crawl.is_idle(&self.progress)) && self.readers.is_idle()) {
            let event = tokio::select! {
                biased;
                () = &mut interrupt => {
                    self.crawl.cancel_all();
                    return Ended::Interrupted;
                }
                (digest, reading) = self.readers.next() => {
                    if let Some(listener) = &mut self.listener {
                        listener(digest, &reading);
                    }
                    self.known.read(digest, reading);
                    continue;
                }
                event = self.events.recv(), if !is_closed && self.readers.has_room() => event,
            };
            match event {
                Some(Event::Facts(facts)) => {
                    self.journal.take(&facts);
                    self.known.take(&facts);
                    self.readers.add(self.known.unread());
                }
                Some(Event::Progress(progress)) => {
                    watch(&progress);
                    self.progress = progress;
                }
                None => is_closed = true,
            }
        }
        Ended::Done
    }

    /// Makes one more source known, for what is wanted of it.
    pub fn add_source(&self, source: Arc<dyn Source>) {
        self.crawl.add_source(source);
    }

    /// Wants answers that the plan does not lead to; they come with the next [`Session::run`].
    pub fn want(&self, questions: impl IntoIterator<Item = Question>) {
        for question in questions {
            self.crawl
                .want(question, Urgency::Background, Reach::Itself);
        }
    }

    /// Wants answers with all that is below what they are about; they come with the next [`Session::run`].
    pub fn want_below(&self, questions: impl IntoIterator<Item = Question>) {
        for question in questions {
            self.crawl.want(question, Urgency::Background, Reach::Below);
        }
    }

    /// What a document says. Where that fell out of the content it is read again, from the bytes that are here or in the
    /// cache; without either, its source is asked again.
    ///
    /// None: it cannot be had, for a reason that the graph has.
    pub async fn reading(
        &mut self,
        repository: &Repository,
        digest: &Digest,
    ) -> Option<Arc<Reading>> {
        if let Some(reading) = self.known.content.reading(digest) {
            return Some(reading);
        }
        let bytes = if let Some(bytes) = self.known.content.document(digest) {
            bytes
        } else {
            let question = Question::document(repository.clone(), *digest);
            let answers = self.ask_again(&question).await;
            answers.into_iter().find_map(|answer| match answer.body {
                Body::Document(bytes) => Some(bytes),
                _ => None,
            })?
        };
        let unread = self.known.to_read_again(digest, bytes);
        let reading = self.readers.read(unread).await?;
        self.known.read(*digest, reading.clone());
        Some(reading)
    }

    /// A manifest that was read, also where it fell out of the content.
    pub async fn manifest(
        &mut self,
        repository: &Repository,
        digest: &Digest,
    ) -> Option<Arc<Manifest>> {
        if let Some(manifest) = self.known.content.manifest(digest) {
            return Some(manifest);
        }
        let question = Question::manifest(repository.clone(), *digest);
        let answers = self.ask_again(&question).await;
        answers.into_iter().find_map(|answer| {
            self.known.content.take(&answer);
            match answer.body {
                Body::Manifest(manifest) => Some(manifest),
                _ => None,
            }
        })
    }

    /// What the documents say that are attached to these manifests, and are of these kinds: each that can be had, also
    /// where it fell out of the content. All of it is held at once, so it is asked for image by image.
    pub async fn readings(&mut self, manifests: &[NodeId], kinds: DocumentKinds) -> Readings {
        let mut readings = Readings::new();
        for node in manifests {
            let known = &self.known;
            let Some(repository) = known.graph.repository_of(*node).cloned() else {
                continue;
            };
            let mut found = attached(&known.graph, &known.content, *node, kinds);
            let carriers: Vec<_> = found
                .unread
                .iter()
                .filter_map(|one| known.graph.digest_of(*one))
                .collect();
            for carrier in &carriers {
                self.manifest(&repository, carrier).await;
            }
            if !carriers.is_empty() {
                found = attached(&self.known.graph, &self.known.content, *node, kinds);
            }
            for document in found.documents {
                let digest = document.blob.digest;
                if let Some(reading) = self.reading(&repository, &digest).await {
                    readings.insert(digest, reading);
                }
            }
        }
        readings
    }

    /// Asks for what was had before, unless it never was.
    async fn ask_again(&mut self, question: &Question) -> Vec<Answer> {
        let node = self.root_node(&question.at);
        let was_had = node.is_some_and(|node| self.known.graph.state(node) == NodeState::Loaded);
        let mut sources = self.sources.iter();
        let source = sources.find(|source| source.origin() == question.origin());
        let Some(source) = source.filter(|_| was_had).cloned() else {
            return Vec::new();
        };
        asking::ask(&*source, question).await
    }

    /// The signatures of an image that its source keeps beside it.
    ///
    /// Errors: it keeps some, and they could not be read.
    pub async fn signatures_beside(
        &self,
        repository: &Repository,
        digest: Digest,
    ) -> Result<Vec<Vec<u8>>, Absence> {
        let mut sources = self.sources.iter();
        match sources.find(|source| *source.origin() == repository.origin) {
            Some(source) => source.signatures(repository, digest).await,
            None => Ok(Vec::new()),
        }
    }

    /// Keeps what was found out for the next run. Blocks.
    pub fn save(&mut self) {
        if let Some(cache) = &self.cache {
            self.journal.save(cache);
        }
    }

    /// Why nothing of a root could be read, for a person, if nothing could. A tag whose manifest cannot be read is
    /// nothing, too.
    pub fn unreadable(&self, root: &Address) -> Option<String> {
        let Some(node) = self.root_node(root) else {
            return Some("the target was not found".to_owned());
        };
        let named = matches!(root, Address::Tag(..)).then(|| self.known.graph.target(node));
        let absence = self.unread(node).or_else(|| self.unread(named??))?;
        let reason = absence.reason.to_string();
        Some(match self.advice(root, absence.kind) {
            // A reason with a colon says what to do already.
            Some(advice) if !reason.contains(": ") || absence.kind == AbsenceKind::Missing => {
                format!("{reason}; {advice}")
            }
            _ => reason,
        })
    }

    /// Why the bytes of a node could not be had, if they were never had.
    fn unread(&self, node: NodeId) -> Option<&Absence> {
        let absence = self.known.graph.absence(node)?;
        (self.known.graph.state(node) != NodeState::Loaded).then_some(absence)
    }

    /// What to do about a root that cannot be read.
    fn advice(&self, root: &Address, kind: AbsenceKind) -> Option<String> {
        match (root, kind) {
            (Address::Tag(repository, tag), AbsenceKind::Missing) => {
                Some(self.other_tags(repository, tag))
            }
            (Address::Repository(repository), AbsenceKind::Missing) => Some(format!(
                "check the name, or see the catalog, where there is one: {}/",
                repository.origin
            )),
            (Address::Object(..), AbsenceKind::Missing) => {
                Some("check the digest, and that it is of this repository".to_owned())
            }
            (_, AbsenceKind::Invalid) => {
                Some("whoever pushed it can push it again, or name something else".to_owned())
            }
            _ => None,
        }
    }

    /// The tags that are there instead, as far as the list was read.
    fn other_tags(&self, repository: &Repository, tag: &RemoteText) -> String {
        const TOLD: usize = 5;
        let tags = self.known.graph.repository(repository).into_iter();
        let edges = tags.flat_map(|node| self.known.graph.outgoing(node));
        let mut names: Vec<_> = edges
            .filter_map(|edge| self.known.graph.tag_name(edge.to))
            .filter(|name| *name != tag && DigestTag::parse(name.as_str()).is_none())
            .collect();
        names.sort();
        let told = names.iter().take(TOLD).map(|name| name.spelled());
        let told = told.collect::<Vec<_>>().join(", ");
        match names.len() {
            0 => "check the name".to_owned(),
            count @ 1..=TOLD => format!("there {} {told}", if count == 1 { "is" } else { "are" }),
            count => format!("there are {told} and {} more", count - TOLD),
        }
    }

    /// The node of a root.
    pub fn root_node(&self, root: &Address) -> Option<NodeId> {
        self.known.graph.find(root)
    }
}

/// What earlier sessions found out about a root; of a registry that is not asked, about every repository of its
/// catalog too. Blocks.
pub fn recall(journal: &mut Journal, cache: &Cache, root: &Address, is_offline: bool) -> Vec<Fact> {
    let mut facts = Vec::new();
    for repository in remembered(root) {
        facts.extend(journal.load(cache, &repository));
    }
    if is_offline {
        let listed: BTreeSet<Repository> = facts
            .iter()
            .filter_map(|fact| match (&fact.answer.question.at, &fact.answer.body) {
                (Address::Registry(origin), Body::Catalog(page)) => Some((origin, page)),
                _ => None,
            })
            .flat_map(|(origin, page)| {
                page.items
                    .iter()
                    .map(|path| Repository::new(origin, path.clone()))
            })
            .collect();
        for repository in listed {
            facts.extend(journal.load(cache, &repository));
        }
    }
    facts
}

/// The files of facts that a root begins with.
fn remembered(root: &Address) -> Vec<Repository> {
    match root {
        Address::Registry(origin) => vec![Repository::new(origin, "")],
        Address::Repository(repository)
        | Address::Tag(repository, _)
        | Address::Object(repository, _) => {
            vec![repository.clone()]
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;

    use super::*;
    use crate::content::Content;
    use crate::session::{Network, open};

    /// The example, read with all its documents into content of this cap; and the documents in the order of reading.
    async fn example(cap: usize) -> (Session, Vec<Digest>) {
        let limits = Limits::default();
        let opened = open("demo", &Network::default(), &limits).unwrap();
        let plan = Plan {
            documents: DocumentKinds::ALL,
            ..Plan::default()
        };
        let mut known = Known::default();
        known.content = Content::new(cap);
        let mut session = Session::start(vec![opened], plan, None, known);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = heard.clone();
        session.on_reading(move |digest, _| hearing.lock().unwrap().push(digest));
        let ended = session.run(std::future::pending(), |_| ()).await;
        assert_eq!(ended, Ended::Done);
        let heard = heard.lock().unwrap().clone();
        (session, heard)
    }

    #[tokio::test]
    async fn a_document_is_read_once_whoever_carries_it() {
        let (session, heard) = example(crate::content::DEFAULT_CAP).await;
        let once: HashSet<_> = heard.iter().copied().collect();
        assert_eq!(once.len(), heard.len());
        assert!(heard.len() > 20, "{}", heard.len());
        assert_eq!(session.known.unread_count(), 0);
    }

    #[tokio::test]
    async fn what_a_document_said_comes_back_where_it_fell_out() {
        // A little less than the example has.
        let (mut session, heard) = example(800_000).await;
        let known = &session.known;
        let mut places = Vec::new();
        for node in known.graph.nodes() {
            let documents = attached(&known.graph, &known.content, node, DocumentKinds::ALL);
            let place = known.graph.repository_of(node);
            let digests = documents.documents.into_iter().map(|one| one.blob.digest);
            places.extend(digests.filter_map(|digest| Some((place?.clone(), digest))));
        }
        let is_here = |digest: &Digest| known.content.reading(digest).is_some();
        assert!(!heard.iter().all(is_here), "the cap is lower");
        assert!(places.len() > 20, "{}", places.len());
        for (place, digest) in places {
            assert!(heard.contains(&digest), "{digest} was heard of");
            assert!(session.reading(&place, &digest).await.is_some(), "{digest}");
        }
    }
}

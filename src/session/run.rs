//! A session that runs by itself until nothing is left to ask.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use crate::crawl::{Crawl, Event, Plan, Progress, Reach, Urgency};
use crate::graph::{Fact, NodeId, NodeState};
use crate::oci::tag::DigestTag;
use crate::oci::{Absence, AbsenceKind, Address, Body, Question, RemoteText, Repository};
use crate::source::cache::Cache;

use super::{Journal, Known, Opened};

/// What is known so far, and the crawl that finds out more.
pub struct Session {
    /// Everything that is known.
    pub known: Known,
    /// Where it began.
    pub roots: Vec<Address>,
    journal: Journal,
    cache: Option<Cache>,
    crawl: Crawl,
    events: mpsc::Receiver<Event>,
    /// How far it was when it last told.
    progress: Progress,
}

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
    /// With a cache, what is found out is kept; and what is kept is believed where the plan is offline, else asked
    /// anew: a program that calls wants to know what is.
    pub fn start(opened: Vec<Opened>, plan: Plan, cache: Option<Cache>, mut known: Known) -> Self {
        let is_offline = plan.is_offline;
        let (crawl, events) = Crawl::start(plan, now());
        let mut journal = Journal::default();
        let mut roots = Vec::new();
        let mut begin = Vec::new();
        for target in opened {
            known.begin_at(&target.root);
            if target.is_remembered && cache.is_some() {
                journal.keep(target.root.origin());
            }
            if let (Some(cache), true) = (&cache, target.is_remembered) {
                let facts = recall(&mut journal, cache, &target.root, is_offline);
                if is_offline {
                    known.take(&facts);
                    crawl.remember(facts);
                }
            }
            roots.push(target.root.clone());
            begin.push((target.source, target.root));
        }
        crawl.begin(begin);
        Self {
            known,
            roots,
            journal,
            cache,
            crawl,
            events,
            progress: Progress::default(),
        }
    }

    /// Runs until nothing is left to ask, or `interrupt` ends. `watch` sees how far it is.
    pub async fn run(
        &mut self,
        interrupt: impl Future<Output = ()>,
        mut watch: impl FnMut(&Progress),
    ) -> Ended {
        tokio::pin!(interrupt);
        while !self.crawl.is_idle(&self.progress) {
            let event = tokio::select! {
                biased;
                () = &mut interrupt => {
                    self.crawl.cancel_all();
                    return Ended::Interrupted;
                }
                event = self.events.recv() => event,
            };
            match event {
                Some(Event::Facts(facts)) => {
                    self.journal.take(&facts);
                    self.known.take(&facts);
                }
                Some(Event::Progress(progress)) => {
                    watch(&progress);
                    self.progress = progress;
                }
                None => break,
            }
        }
        Ended::Done
    }

    /// Wants answers that the plan does not lead to; they come with the next [`Session::run`].
    pub fn want(&self, questions: impl IntoIterator<Item = Question>) {
        for question in questions {
            self.crawl
                .want(question, Urgency::Background, Reach::Itself);
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

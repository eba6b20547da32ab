//! The scheduler: one task that decides what is asked next, and hands out stamps.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::graph::{Fact, Stamp};
use crate::oci::{Absence, AbsenceKind, Address, Answer, Asked, Body, Digest, Origin, Question};
use crate::source::MemoryPermit;
use crate::source::{Locality, Source};

use super::asking::{Asking, How, Stage};
use super::budget::Budget;
use super::failures::Failures;
use super::follow::Follower;
use super::handle::{Command, Event, Progress};
use super::memory::{Memory, Recall};
use super::plan::{Plan, Reach, Urgency};
use super::queue::{InFlight, Queues};
use super::task::{Message, ask};

/// Messages taken at once before facts are handed on: the screen draws after each batch.
const BATCH: usize = 256;
/// Bytes of manifests and configs in facts that are handed on at once, roughly: more is parsed text that waits.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Questions that are settled at once at most, before what came of it is handed on.
const SETTLED: usize = 4096;
/// One place in so many is kept for what the person looks at.
const KEPT_SHARE: usize = 8;

pub(super) struct Scheduler {
    session: u64,
    sequence: u64,
    events: mpsc::Sender<Event>,
    sources: HashMap<Origin, Arc<dyn Source>>,
    asked: HashMap<Question, Asking>,
    /// What goes before the rest when it is wanted: it is on the screen.
    preferred: HashSet<Question>,
    queues: Queues,
    in_flight: InFlight,
    follower: Follower,
    memory: Memory,
    messages: (mpsc::Sender<Message>, mpsc::Receiver<Message>),
    facts: Vec<Fact>,
    /// What `facts` weigh, roughly, and the memory that they take.
    weight: usize,
    memory_of_facts: MemoryPermit,
    budget: Budget,
    has_begun: bool,
    /// Whether a person looks on: only then places are kept for what they look at.
    is_watched: bool,
    waiting: u64,
    failures: Failures,
    /// Lists of which it was said that the budget is used up.
    refused: HashSet<Question>,
    reported: Progress,
    /// Orders that were followed.
    orders: u64,
}

impl Scheduler {
    pub(super) fn new(plan: Plan, session: u64, events: mpsc::Sender<Event>) -> Self {
        Self {
            session,
            sequence: 0,
            events,
            sources: HashMap::new(),
            asked: HashMap::new(),
            preferred: HashSet::new(),
            queues: Queues::default(),
            in_flight: InFlight::default(),
            refused: HashSet::new(),
            memory: Memory::new(plan.is_offline, plan.fresh_since),
            budget: Budget::new(plan.entry_limit),
            follower: Follower::new(plan),
            messages: mpsc::channel(BATCH),
            facts: Vec::new(),
            weight: 0,
            memory_of_facts: MemoryPermit::default(),
            has_begun: false,
            is_watched: false,
            waiting: 0,
            failures: Failures::default(),
            reported: Progress::default(),
            orders: 0,
        }
    }

    /// Runs until the handle is dropped or nobody reads events any more.
    pub(super) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Command>) {
        let mut is_more = false;
        loop {
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => break,
                },
                message = self.messages.1.recv() => {
                    if let Some(message) = message {
                        self.take(message);
                    }
                }
                () = std::future::ready(()), if is_more => {}
            }
            for _ in 0..BATCH {
                if self.weight > BATCH_BYTES {
                    break;
                }
                match (orders.try_recv(), self.messages.1.try_recv()) {
                    (Err(_), Err(_)) => break,
                    (order, message) => {
                        if let Ok(order) = order {
                            self.obey(order);
                        }
                        if let Ok(message) = message {
                            self.take(message);
                        }
                    }
                }
            }
            is_more = self.dispatch();
            if self.hand_on().await.is_err() {
                break;
            }
        }
        self.cancel_all();
    }

    fn obey(&mut self, command: Command) {
        self.orders += 1;
        match command {
            Command::Begin(roots) => {
                for (source, root) in roots {
                    // Several targets in one registry share one client: its pace, its tokens, its log.
                    self.sources
                        .entry(source.origin().clone())
                        .or_insert(source);
                    self.follow(&root);
                }
                self.has_begun = true;
            }
            Command::Source(source) => {
                let origin = source.origin().clone();
                self.sources.entry(origin).or_insert(source);
            }
            Command::Follow(root) => self.follow(&root),
            Command::Remember(facts) => self.memory.take(&facts),
            Command::Want {
                question,
                urgency,
                reach,
                is_again,
            } => {
                self.is_watched = true;
                if let (Address::Repository(repository), Asked::Tags, Reach::Below, false) =
                    (&question.at, question.what, reach, is_again)
                    && self.is_near(&question)
                {
                    // Where requests are free, opening a repository is wanting all of it.
                    self.follow(&Address::Repository(repository.clone()));
                }
                if is_again {
                    self.ask_again(&question, urgency, reach);
                } else {
                    let level = self.asked.get(&question).map_or(0, |asking| asking.level);
                    self.want(question, urgency, reach, level);
                }
            }
            Command::AgainFailed(within) => {
                self.is_watched = true;
                for question in self.failures.within(within.as_ref()) {
                    self.ask_again(&question, Urgency::Visible, Reach::Itself);
                }
            }
            Command::Unwant(question) => self.unwant(&question),
            Command::Prefer(questions) => self.prefer(questions),
            Command::CancelAll => self.cancel_all(),
            Command::LoadAll(unasked) => {
                let unasked = unasked.into_iter().map(|one| (one, Reach::Below, 0));
                let mut questions = self.follower.load_all();
                questions.extend(unasked);
                self.want_all(questions, Urgency::Background);
            }
        }
    }

    fn follow(&mut self, root: &Address) {
        let locality = self
            .sources
            .get(root.origin())
            .map_or(Locality::Remote, |source| source.locality());
        let questions = self.follower.begin(root, locality);
        self.want_all(questions, Urgency::Visible);
    }

    fn want_all(&mut self, questions: Vec<(Question, Reach, u32)>, urgency: Urgency) {
        for (question, reach, level) in questions {
            self.want(question, urgency, reach, level);
        }
    }

    fn prefer(&mut self, questions: Vec<Question>) {
        self.preferred.clear();
        for question in questions {
            if let Some(asking) = self.asked.get_mut(&question)
                && matches!(asking.stage, Stage::Waiting)
                && asking.urgency < Urgency::Visible
            {
                asking.urgency = Urgency::Visible;
                self.queues
                    .push(question.clone(), Urgency::Visible, asking.level);
            }
            self.preferred.insert(question);
        }
    }

    fn want(&mut self, question: Question, urgency: Urgency, reach: Reach, level: u32) {
        let urgency = if self.preferred.contains(&question) {
            urgency.max(Urgency::Visible)
        } else {
            urgency
        };
        if let Some(asking) = self.asked.get_mut(&question) {
            asking.askers += 1;
            let is_wider = reach > asking.reach;
            asking.reach = asking.reach.max(reach);
            asking.level = asking.level.min(level);
            match asking.stage {
                Stage::Waiting if urgency > asking.urgency => {
                    asking.urgency = urgency;
                    self.queues.push(question, urgency, level);
                }
                // It was answered when nobody wanted more; now somebody does.
                Stage::Done if is_wider => {
                    let questions = self.follower.widen(&question, level);
                    self.want_all(questions, urgency);
                }
                _ => {}
            }
            return;
        }
        let asking = Asking::new((level, reach, urgency), Stage::Waiting);
        self.asked.insert(question.clone(), asking);
        self.waiting += 1;
        self.queues.push(question, urgency, level);
    }

    /// Asks a question anew, at least as far as it was asked before.
    fn ask_again(&mut self, question: &Question, urgency: Urgency, reach: Reach) {
        let before = self.asked.get(question);
        let (level, reach) =
            before.map_or((0, reach), |asking| (asking.level, asking.reach.max(reach)));
        self.forget(question);
        self.want(question.clone(), urgency, reach, level);
        if let Some(asking) = self.asked.get_mut(question) {
            asking.is_again = true;
        }
    }

    /// Makes a question unasked, so that it is asked again.
    fn forget(&mut self, question: &Question) {
        self.failures.forget(question);
        match self.asked.remove(question).map(|asking| asking.stage) {
            Some(Stage::Running(_, task)) => {
                task.abort();
                self.in_flight.end(question.origin());
            }
            Some(Stage::Waiting) => self.waiting -= 1,
            Some(Stage::Done) | None => {}
        }
    }

    fn unwant(&mut self, question: &Question) {
        let Some(asking) = self.asked.get_mut(question) else {
            return;
        };
        asking.askers = asking.askers.saturating_sub(1);
        if asking.askers == 0 && !asking.is_done() {
            self.forget(question);
        }
    }

    fn cancel_all(&mut self) {
        let open: Vec<Question> = self
            .asked
            .iter()
            .filter(|(_, asking)| !asking.is_done())
            .map(|(question, _)| question.clone())
            .collect();
        for question in &open {
            self.forget(question);
        }
        self.queues.clear();
    }

    /// Whether a question is about something on this machine.
    fn is_near(&self, question: &Question) -> bool {
        let source = self.sources.get(question.origin());
        source.is_some_and(|source| source.locality() != Locality::Remote)
    }

    /// Takes what a source's task says.
    fn take(&mut self, message: Message) {
        let Some(asking) = self.asked.get_mut(&message.question) else {
            return;
        };
        let Stage::Running(since, _) = asking.stage else {
            return;
        };
        // What an earlier asking still had on its way is older than what is asked for now.
        if since != message.since {
            return;
        }
        let Some(answer) = message.answer else {
            asking.stage = Stage::Done;
            self.in_flight.end(message.question.origin());
            return;
        };
        let how = asking.how();
        self.memory_of_facts.join(message.memory);
        let answer = self.budget.admit(&message.question, answer);
        self.failures.take(&message.question, &answer);
        self.follow_up(&message.question, &answer, how, since);
        self.record(since, answer);
    }

    /// Asks for what an answer asks for.
    fn follow_up(&mut self, question: &Question, answer: &Answer, how: How, since: Stamp) {
        let (level, reach, urgency) = how;
        let source = self.sources.get(question.origin());
        let is_local = source.is_some_and(|source| source.locality() == Locality::Local);
        let follow = self
            .follower
            .answered(question, answer, level, reach, is_local);
        for (question, absence) in follow.refused {
            self.record(since, Answer::failed(question, None, absence));
        }
        for question in follow.known {
            self.mark_done(question, level);
        }
        if let (Asked::TargetDigest, Body::Target(target), Reach::Below) =
            (question.what, &answer.body, reach)
        {
            self.want_target(question, target.digest, how);
        }
        // What follows from something urgent is a little less so: the rest of the row that is looked at.
        let lower = if urgency == Urgency::Looking {
            Urgency::Visible
        } else {
            Urgency::Background
        };
        self.want_all(follow.questions, lower);
    }

    /// A question whose answer came with another's.
    fn mark_done(&mut self, question: Question, level: u32) {
        match self.asked.get_mut(&question) {
            Some(asking) if matches!(asking.stage, Stage::Waiting) => {
                asking.stage = Stage::Done;
                self.waiting -= 1;
            }
            Some(_) => {}
            None => {
                let how = (level, Reach::Itself, Urgency::Background);
                let asking = Asking::new(how, Stage::Done);
                self.asked.insert(question, asking);
            }
        }
    }

    fn record(&mut self, asked: Stamp, answer: Answer) {
        self.sequence += 1;
        let stamp = Stamp {
            session: self.session,
            sequence: self.sequence,
        };
        self.weight += bytes_of(&answer);
        self.facts.push(Fact {
            stamp,
            asked,
            answer,
        });
    }

    /// Starts as many questions as their sources like to have in flight.
    ///
    /// Gives true where it stopped early, so that facts are handed on in pieces however much is settled without asking.
    fn dispatch(&mut self) -> bool {
        for _ in 0..SETTLED {
            if self.queues.is_empty() && self.in_flight.total() == 0 {
                let late = self.follower.late();
                if late.is_empty() {
                    return false;
                }
                self.want_all(late, Urgency::Background);
            }
            let (sources, in_flight, is_watched) =
                (&self.sources, &self.in_flight, self.is_watched);
            let next = self.queues.pop(|origin, urgency| {
                let width = sources
                    .get(origin)
                    .map_or(1, |source| source.width().max(1));
                let kept = if is_watched && urgency != Urgency::Looking {
                    width / KEPT_SHARE
                } else {
                    0
                };
                in_flight.of(origin) < (width - kept).max(1)
            });
            let Some(question) = next else { return false };
            self.start(&question);
        }
        true
    }

    fn start(&mut self, question: &Question) {
        self.sequence += 1;
        let since = Stamp {
            session: self.session,
            sequence: self.sequence,
        };
        let Some(asking) = self.asked.get_mut(question) else {
            return;
        };
        if !matches!(asking.stage, Stage::Waiting) {
            return;
        }
        self.waiting -= 1;
        // Done, unless it is asked in the end.
        asking.stage = Stage::Done;
        let how = asking.how();
        if !asking.is_again && self.is_known(question, how, since) {
            return;
        }
        let Some(source) = self.sources.get(question.origin()).cloned() else {
            return;
        };
        if self.budget.is_used_up() {
            self.refuse(since, question);
            return;
        }
        let Some(asking) = self.asked.get_mut(question) else {
            return;
        };
        let sender = self.messages.0.clone();
        self.in_flight.start(question.origin());
        let shared = Arc::new(question.clone());
        let task = tokio::spawn(ask(source, shared, asking.urgency, since, sender));
        asking.stage = Stage::Running(since, task.abort_handle());
    }

    /// Whether a question need not be asked, because an earlier session or this one knows enough. What follows from
    /// what is known is wanted then.
    fn is_known(&mut self, question: &Question, how: How, since: Stamp) -> bool {
        let (level, reach, urgency) = how;
        match self.memory.recall(question, urgency) {
            Recall::Ask => {}
            Recall::Revalidate(instead) => {
                self.want(instead, urgency, reach, level);
                return true;
            }
            Recall::Known(answers) => {
                for answer in answers {
                    self.follow_up(question, &answer, how, since);
                    // A source gives a tag's manifest with its digest; what is remembered has each by itself.
                    if let Body::Target(target) = answer.body {
                        self.want_target(question, target.digest, how);
                    }
                }
                return true;
            }
        }
        let (Address::Tag(repository, tag), Asked::Target) = (&question.at, question.what) else {
            return false;
        };
        let by_head = Question::tag_digest(repository.clone(), tag.clone());
        let Some(digest) = self.follower.target(repository, tag) else {
            return false;
        };
        // A screen asked what the tag names while it was visible. A thousand tags may name one manifest.
        let is_known = self.asked.get(&by_head).is_some_and(Asking::is_done);
        if is_known {
            self.want_target(question, digest, how);
        }
        is_known
    }

    /// Wants the manifest that a tag names, as the tag was wanted.
    fn want_target(&mut self, question: &Question, digest: Digest, how: How) {
        let (level, reach, urgency) = how;
        if let Address::Tag(repository, _) = &question.at {
            let manifest = Question::manifest(repository.clone(), digest);
            self.want(manifest, urgency, reach, level + 1);
        }
    }

    /// Says once a repository that no more is asked, because memory is used up: it may have a million questions left.
    fn refuse(&mut self, since: Stamp, question: &Question) {
        let list = question
            .repository()
            .map_or(question.clone(), |repository| {
                Question::tags(repository.clone())
            });
        if self.refused.insert(list.clone()) {
            let absence = Absence::new(AbsenceKind::CutShort, self.budget.reason());
            self.record(since, Answer::failed(list, None, absence));
        }
    }

    /// Hands facts and progress on. Err: nobody reads any more.
    async fn hand_on(&mut self) -> Result<(), mpsc::error::SendError<Event>> {
        if !self.facts.is_empty() {
            let facts = std::mem::take(&mut self.facts);
            self.events.send(Event::Facts(facts)).await?;
            self.weight = 0;
            self.memory_of_facts = MemoryPermit::default();
        }
        let progress = self.progress();
        if progress != self.reported {
            self.reported = progress.clone();
            self.events.send(Event::Progress(progress)).await?;
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        let traffic: Vec<_> = self
            .sources
            .iter()
            .map(|(origin, source)| (origin, source.traffic()))
            .collect();
        let waiting = traffic
            .iter()
            .filter_map(|(origin, traffic)| Some((origin.0.clone(), traffic.waiting_until?)));
        let allowances = traffic
            .iter()
            .filter_map(|(origin, traffic)| Some((origin.0.clone(), traffic.allowance?)));
        let in_flight = self.in_flight.total() as u64;
        Progress {
            orders: self.orders,
            done: (self.asked.len() as u64).saturating_sub(in_flight + self.waiting),
            failed: self.failures.count(),
            in_flight,
            queued: self.waiting,
            requests: traffic.iter().map(|(_, traffic)| traffic.requests).sum(),
            bytes: traffic.iter().map(|(_, traffic)| traffic.bytes).sum(),
            waiting: waiting.max_by_key(|(_, until)| *until),
            allowance: allowances.min_by_key(|(_, allowance)| allowance.remaining),
            is_idle: self.has_begun && in_flight == 0 && self.waiting == 0,
        }
    }
}

/// Bytes of documents in an answer.
fn bytes_of(answer: &Answer) -> usize {
    match &answer.body {
        Body::Manifest(manifest) => manifest.bytes.len(),
        Body::Config(config) => config.bytes.len(),
        Body::Document(bytes) | Body::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::oci::{FoundBy, OriginKind, Page, Repository};
    use crate::source::{Answers, BoxFuture};

    use super::*;

    /// A registry that never answers by itself.
    struct Silent(Origin);

    impl Source for Silent {
        fn origin(&self) -> &Origin {
            &self.0
        }

        fn kind(&self) -> OriginKind {
            OriginKind::Registry
        }

        fn locality(&self) -> Locality {
            Locality::Loopback
        }

        fn ask<'a>(&'a self, _: &'a Question, _: &'a Answers) -> BoxFuture<'a, ()> {
            Box::pin(std::future::pending())
        }
    }

    fn running(scheduler: &Scheduler, question: &Question) -> Stamp {
        match scheduler.asked.get(question).map(|asking| &asking.stage) {
            Some(Stage::Running(since, _)) => *since,
            _ => panic!("it is not being asked"),
        }
    }

    #[tokio::test]
    async fn what_an_earlier_asking_had_on_its_way_is_of_no_account() {
        let (events, _receiver) = mpsc::channel(8);
        let mut scheduler = Scheduler::new(Plan::default(), 1, events);
        let origin = Origin::new("127.0.0.1:1");
        let repository = Repository::new(&origin, "app");
        let question = Question::tags(repository.clone());
        let root = Address::Repository(repository.clone());
        scheduler.obey(Command::Begin(vec![(Arc::new(Silent(origin)), root)]));
        scheduler.dispatch();
        let first = running(&scheduler, &question);
        scheduler.ask_again(&question, Urgency::Looking, Reach::Itself);
        scheduler.dispatch();
        let second = running(&scheduler, &question);
        assert_ne!(first, second);
        let tags = |name: &str| {
            let page = Page::whole(vec![name.into()]);
            Answer::tags(repository.clone(), page, FoundBy::TagsList)
        };
        let message = |since, answer| Message {
            question: Arc::new(question.clone()),
            since,
            answer,
            memory: MemoryPermit::default(),
        };
        scheduler.take(message(first, Some(tags("old"))));
        scheduler.take(message(first, None));
        assert!(scheduler.facts.is_empty(), "the old answer is dropped");
        assert_eq!(
            running(&scheduler, &question),
            second,
            "and its end ends nothing"
        );
        scheduler.take(message(second, Some(tags("new"))));
        assert_eq!(scheduler.facts.len(), 1);
        scheduler.cancel_all();
    }
}

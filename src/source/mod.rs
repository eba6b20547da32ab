//! Where bytes come from: registries, layouts, archives, a registry's own storage, the demo.
//!
//! A source answers [`Question`]s with [`Answer`]s. It knows neither the graph nor the screen.

pub mod archive;
pub mod cache;
pub mod demo;
pub mod layout;
pub mod limits;
pub mod local;
pub mod memory;
pub mod registry;
pub mod storage;

use std::future::Future;
use std::pin::Pin;

use tokio::sync::mpsc;

use crate::oci::fingerprint::Fingerprint;
use crate::oci::{
    Absence, AbsenceKind, Answer, Digest, FoundBy, Origin, OriginKind, Question, Repository,
};

pub use limits::Limits;
pub use memory::{LeftMemory, MemoryPermit};

/// A boxed future that may borrow.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that can be asked.
///
/// Every question ends with at least one answer or failure about it; a list may end with a failure after pages. A
/// source never panics on what it reads, and whatever it answers by digest has that digest.
pub trait Source: Send + Sync {
    /// Where its repositories live.
    fn origin(&self) -> &Origin;

    /// What kind of place that is.
    fn kind(&self) -> OriginKind;

    /// How near it is, which the crawl's manners depend on.
    fn locality(&self) -> Locality;

    /// How many questions it is well to have in flight now; a source that finds its pace by itself changes this.
    fn width(&self) -> usize {
        8
    }

    /// What it cost so far.
    fn traffic(&self) -> Traffic {
        Traffic::default()
    }

    /// Answers `question` into `answers`, in order, as urgently as they are waited for. Dropping the future cancels the work. Answers that nobody takes
    /// any more are dropped with it.
    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()>;

    /// What tells which registry it is, asked by reading alone. Sources that are no registry have no such fingerprints.
    fn fingerprints(&self) -> BoxFuture<'_, Vec<Fingerprint>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    /// Signatures of an image that are kept beside it and are no content of the repository. Sources that keep none have
    /// none.
    fn signatures<'a>(
        &'a self,
        _repository: &'a Repository,
        _digest: Digest,
    ) -> BoxFuture<'a, Result<Vec<Vec<u8>>, Absence>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// What a source cost so far. Local sources cost nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests made.
    pub requests: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Until when the host asks to be left alone.
    pub waiting_until: Option<std::time::Instant>,
    /// What the host says is left of its limit.
    pub allowance: Option<Allowance>,
}

/// What a host says is left of its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests in a window.
    pub limit: u64,
    /// Requests that are left in it.
    pub remaining: u64,
}

/// How near a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locality {
    /// Files or memory: asking costs nothing that anybody counts.
    Local,
    /// A registry on a loopback address.
    Loopback,
    /// A registry elsewhere: requests are counted there, and limited.
    Remote,
}

/// Who waits for an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// Nobody in particular.
    #[default]
    Background,
    /// A person looks at it now: it is next, and one slot in eight is kept for such.
    Looking,
}

/// Where a source puts the answers to one question: a bounded channel, so that a slow reader slows the source down; who
/// waits for them; and the memory that they take on their way.
#[derive(Clone)]
pub struct Answers {
    sender: mpsc::Sender<Answer>,
    urgency: Urgency,
    memory: LeftMemory,
}

impl Answers {
    /// A channel for answers that holds `capacity` of them, and that nobody in particular waits at.
    pub fn channel(capacity: usize) -> (Self, mpsc::Receiver<Answer>) {
        let (sender, receiver) = mpsc::channel(capacity);
        let answers = Self {
            sender,
            urgency: Urgency::Background,
            memory: LeftMemory::default(),
        };
        (answers, receiver)
    }

    /// The same for those who wait so.
    #[must_use]
    pub fn urgently(self, urgency: Urgency) -> Self {
        Self { urgency, ..self }
    }

    /// A channel in front of this one, for a source that asks another and looks at what passes: the same people wait, and
    /// the memory that is left is left here.
    pub fn in_front(&self, capacity: usize) -> (Self, mpsc::Receiver<Answer>) {
        let (sender, receiver) = mpsc::channel(capacity);
        let answers = Self {
            sender,
            urgency: self.urgency,
            memory: self.memory.clone(),
        };
        (answers, receiver)
    }

    /// Who waits.
    pub fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// Where memory is left for whoever takes the answers.
    pub fn memory(&self) -> &LeftMemory {
        &self.memory
    }

    /// Gives one answer; waits while the channel is full.
    pub async fn give(&self, answer: Answer) {
        // A closed channel means that nobody wants the answer: not an error.
        let _ = self.sender.send(answer).await;
    }

    /// Says that `question` could not be answered.
    pub async fn fail(&self, question: &Question, absence: Absence) {
        self.give(Answer::failed(question.clone(), None, absence))
            .await;
    }

    /// Says that one way of asking for referrers could not be used.
    pub async fn fail_by(&self, question: &Question, by: FoundBy, absence: Absence) {
        self.give(Answer::failed(question.clone(), Some(by), absence))
            .await;
    }

    /// Says that the source has no way to answer such a question.
    pub async fn unsupported(&self, question: &Question, reason: &str) {
        self.fail(question, Absence::new(AbsenceKind::Unsupported, reason))
            .await;
    }
}

//! The handle by which a crawl is steered, and what comes out of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::mpsc;

use crate::graph::Fact;
use crate::oci::{Address, Question, RemoteText};
use crate::source::{Allowance, Source};

use super::plan::{Plan, Reach, Urgency};
use super::scheduler::Scheduler;

/// A running crawl. Dropping it ends the crawl, and with it every request.
pub struct Crawl {
    commands: mpsc::UnboundedSender<Command>,
    /// How many orders were given.
    orders: AtomicU64,
}

/// An order to the scheduler.
pub(super) enum Command {
    Begin(Vec<(Arc<dyn Source>, Address)>),
    /// Makes a source known and asks it nothing yet.
    Source(Arc<dyn Source>),
    Follow(Address),
    Remember(Vec<Fact>),
    Want {
        question: Question,
        urgency: Urgency,
        reach: Reach,
        is_again: bool,
    },
    AgainFailed(Option<Address>),
    Unwant(Question),
    Prefer(Vec<Question>),
    CancelAll,
    LoadAll(Vec<Question>),
}

/// What comes out of a crawl.
#[derive(Clone, Debug)]
pub enum Event {
    /// Answers, in the order in which they came.
    Facts(Vec<Fact>),
    /// How far it is.
    Progress(Progress),
}

/// How far a crawl is, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Questions that are answered or failed now: one that is asked again is not among them.
    pub done: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// Questions being asked now.
    pub in_flight: u64,
    /// Questions waiting for their turn.
    pub queued: u64,
    /// Orders that it has followed.
    pub orders: u64,
    /// Requests made so far, over all sources.
    pub requests: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// A host that asks to be left alone, and until when.
    pub waiting: Option<(RemoteText, Instant)>,
    /// The host that says that the least is left of its limit, and how much.
    pub allowance: Option<(RemoteText, Allowance)>,
    /// Whether something was begun, nothing is being asked and nothing waits.
    pub is_idle: bool,
}

/// How many events may wait for a slow reader before the crawl slows down with it: few, because each may carry
/// megabytes.
const EVENTS: usize = 4;

impl Crawl {
    /// Starts a crawl on the current tokio runtime. `session` is its [`Stamp`](crate::graph::Stamp)'s session,
    /// milliseconds since 1970.
    pub fn start(plan: Plan, session: u64) -> (Self, mpsc::Receiver<Event>) {
        let (commands, orders) = mpsc::unbounded_channel();
        let (events, receiver) = mpsc::channel(EVENTS);
        tokio::spawn(Scheduler::new(plan, session, events).run(orders));
        let crawl = Self {
            commands,
            orders: AtomicU64::new(0),
        };
        (crawl, receiver)
    }

    /// Makes sources known and begins at their roots, all at once: the crawl is not idle before the last has begun.
    pub fn begin(&self, roots: Vec<(Arc<dyn Source>, Address)>) {
        self.order(Command::Begin(roots));
    }

    /// Tells what an earlier session found out. What cannot have changed is not asked again; a tag is asked for its
    /// digest alone; lists are asked again when they are on the screen.
    pub fn remember(&self, facts: Vec<Fact>) {
        self.order(Command::Remember(facts));
    }

    /// Makes one more source known, for questions that will be wanted of it.
    pub fn add_source(&self, source: Arc<dyn Source>) {
        self.order(Command::Source(source));
    }

    /// Begins at one more root of a source that is known.
    pub fn follow(&self, root: Address) {
        self.order(Command::Follow(root));
    }

    /// Asks for something, unless it was asked before; a higher urgency moves it forward. Every call adds an asker.
    pub fn want(&self, question: Question, urgency: Urgency, reach: Reach) {
        self.order(Command::Want {
            question,
            urgency,
            reach,
            is_again: false,
        });
    }

    /// Of what waits, and of what will be wanted, these go first: they are on the screen. They replace those before, and
    /// nobody is asked because of them.
    pub fn prefer(&self, questions: Vec<Question>) {
        self.order(Command::Prefer(questions));
    }

    /// Asks again, whether or not it was asked before.
    pub fn again(&self, question: Question) {
        self.order(Command::Want {
            question,
            urgency: Urgency::Looking,
            reach: Reach::Below,
            is_again: true,
        });
    }

    /// Asks again whatever stands as failed there (none: everywhere), each as far as it was asked before.
    pub fn again_failed(&self, within: Option<Address>) {
        self.order(Command::AgainFailed(within));
    }

    /// Takes one asker back; with the last one the request ends.
    pub fn unwant(&self, question: Question) {
        self.order(Command::Unwant(question));
    }

    /// Ends every request and forgets what waits.
    pub fn cancel_all(&self) {
        self.order(Command::CancelAll);
    }

    /// Lets a reserved plan go on by itself everywhere, and asks for `unasked` and what is below it, which the person was
    /// told would be asked for.
    pub fn load_all(&self, unasked: Vec<Question>) {
        self.order(Command::LoadAll(unasked));
    }

    /// Whether nothing is left to do of all that was ordered so far.
    pub fn is_idle(&self, progress: &Progress) -> bool {
        progress.is_idle && progress.orders >= self.orders.load(Ordering::Relaxed)
    }

    fn order(&self, command: Command) {
        self.orders.fetch_add(1, Ordering::Relaxed);
        // The scheduler ends only when this handle is gone.
        let _ = self.commands.send(command);
    }
}

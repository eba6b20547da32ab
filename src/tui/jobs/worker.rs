//! The threads on which jobs are done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::runtime::Handle;

use crate::evidence::{self, Reading, SearchText};
use crate::graph::Fact;
use crate::insight::package_table::PackageTable;
use crate::oci::Digest;
use crate::session::impact::{ImpactService, Target, Terms};
use crate::session::limits_of;
use crate::source::Limits;
use crate::tui::details;
use crate::tui::impact;
use crate::tui::message::Message;

use super::{Done, Job, Kind, Ticket, Wanted};

/// How many threads do what needs nothing but itself.
const POOL: usize = 2;

/// What the impact's thread is told.
enum Order {
    Learn(Vec<Fact>),
    LearnReading(Digest, Arc<Reading>),
    Open(Target),
    Answer(Ticket, Box<impact::Request>),
}

/// Threads that end when this is dropped: one with what the impact is worked out from, and a pool for what needs nothing
/// but itself.
///
/// Orders are never refused and never wait. Of kinds of which the newest job counts, older ones are given up between
/// their steps.
pub struct Workers {
    impact: mpsc::Sender<Order>,
    pool: mpsc::Sender<(Ticket, Job)>,
    newest: Arc<Newest>,
}

/// The newest ticket of each kind.
#[derive(Default)]
struct Newest([AtomicU64; Kind::ALL.len()]);

impl Newest {
    fn of(&self, kind: Kind) -> Option<&AtomicU64> {
        self.0.get(kind as usize)
    }

    fn begin(&self, ticket: Ticket) {
        if let Some(newest) = self.of(ticket.kind) {
            newest.fetch_max(ticket.number, Ordering::AcqRel);
        }
    }

    fn is_wanted(&self, ticket: Ticket) -> bool {
        let newest = self.of(ticket.kind);
        let newest = newest.map_or(0, |newest| newest.load(Ordering::Acquire));
        ticket.kind.wanted() == Wanted::Each || newest <= ticket.number
    }
}

impl Workers {
    /// Starts the threads; answers go to `results`.
    ///
    /// Errors: the system has no more threads.
    pub fn start(
        terms: Terms,
        results: &tokio::sync::mpsc::Sender<Message>,
    ) -> std::io::Result<Self> {
        let newest = Arc::new(Newest::default());
        let limits = terms.limits.clone();
        let (impact, orders) = mpsc::channel();
        let (runtime, wanted, answers) =
            (Handle::try_current().ok(), newest.clone(), results.clone());
        std::thread::Builder::new()
            .name("impact".to_owned())
            .spawn(move || {
                // Made here: what it keeps between answers stays on its thread.
                let mut service = ImpactService::new(terms, runtime);
                foresee(&mut service, &orders, &wanted, &answers);
            })?;
        let (pool, jobs) = mpsc::channel();
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..POOL {
            let (jobs, wanted, answers) = (jobs.clone(), newest.clone(), results.clone());
            let limits = limits.clone();
            std::thread::Builder::new()
                .name(format!("job {number}"))
                .spawn(move || work(&jobs, &limits, &wanted, &answers))?;
        }
        Ok(Self {
            impact,
            pool,
            newest,
        })
    }

    /// Passes facts on. What is sent to a thread that ended is lost, and so is the program's use for it.
    pub fn learn(&self, facts: Vec<Fact>) {
        let _ = self.impact.send(Order::Learn(facts));
    }

    /// Passes on what was read in a document.
    pub fn learn_reading(&self, digest: Digest, reading: Arc<Reading>) {
        let _ = self.impact.send(Order::LearnReading(digest, reading));
    }

    /// Passes a target on.
    pub fn open(&self, target: Target) {
        let _ = self.impact.send(Order::Open(target));
    }

    /// Does a job.
    pub fn begin(&self, ticket: Ticket, job: Job) {
        self.newest.begin(ticket);
        match job {
            Job::Impact(request) => {
                let _ = self.impact.send(Order::Answer(ticket, Box::new(request)));
            }
            job => {
                let _ = self.pool.send((ticket, job));
            }
        }
    }
}

fn foresee(
    service: &mut ImpactService,
    orders: &mpsc::Receiver<Order>,
    newest: &Newest,
    results: &tokio::sync::mpsc::Sender<Message>,
) {
    while let Ok(order) = orders.recv() {
        match order {
            Order::Learn(facts) => service.learn(&facts),
            Order::LearnReading(digest, reading) => service.learn_reading(digest, &reading),
            Order::Open(target) => service.open(target),
            Order::Answer(ticket, request) => {
                let is_wanted = || newest.is_wanted(ticket);
                if !is_wanted() {
                    continue;
                }
                let told = impact::answer(service, &request, &is_wanted);
                let message = told.map(|told| Message::Worked(ticket, Done::Impact(told)));
                // The screen ends before its workers do.
                if message.is_some_and(|message| results.blocking_send(message).is_err()) {
                    return;
                }
            }
        }
    }
}

/// A job that needs nothing but itself; none where it needs more.
pub(in crate::tui) fn alone(job: Job, limits: &Limits) -> Option<Done> {
    Some(match job {
        Job::Format(digest, bytes) => Done::Formatted(digest, Arc::new(details::indented(&bytes))),
        Job::Read(unread) => {
            let reading = unread.read(limits);
            let mut text = SearchText::of(&reading);
            text.shrink();
            Done::Read(unread.digest, reading, Arc::new(text))
        }
        Job::Verify(verification) => Done::Verified(verification.run()),
        Job::VerifyView(verification) => Done::ViewVerified(verification.run()),
        Job::Tabulate(bills) => Done::Tabulated(Arc::new(PackageTable::new(bills))),
        Job::Unwrap(documents) => {
            let limits = limits_of(limits);
            let lines = documents.into_iter().map(|(digest, bytes)| {
                let inner = evidence::innermost(&bytes, &limits);
                let lines = inner.map_or_else(Vec::new, |text| details::indented(text.as_bytes()));
                (digest, Arc::new(lines))
            });
            Done::Unwrapped(lines.collect())
        }
        Job::Tell(telling) => Done::Account(telling.run()),
        Job::Compare(comparison) => Done::Compared(comparison.run()),
        Job::Impact(_) => return None,
    })
}

fn work(
    jobs: &Mutex<mpsc::Receiver<(Ticket, Job)>>,
    limits: &Limits,
    newest: &Newest,
    results: &tokio::sync::mpsc::Sender<Message>,
) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((ticket, job)) = next else { return };
        if !newest.is_wanted(ticket) {
            continue;
        }
        let Some(done) = alone(job, limits) else {
            continue;
        };
        // The screen ends before its workers do.
        if results
            .blocking_send(Message::Worked(ticket, done))
            .is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::insight::outline::fixture::{World, repository};
    use crate::tui::impact::{Part, Query, Request};
    use crate::tui::jobs::Jobs;

    use super::*;

    fn request(query: Query) -> Job {
        Job::Impact(Request {
            part: Part::of(repository().origin),
            other_registries: Vec::new(),
            query,
            is_fresh: true,
        })
    }

    /// The tickets of what is answered, up to `last`.
    fn answered(last: Ticket, mut answers: tokio::sync::mpsc::Receiver<Message>) -> Vec<Ticket> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut answered = Vec::new();
            while answered.last() != Some(&last) {
                let next = tokio::time::timeout(Duration::from_secs(20), answers.recv()).await;
                let Some(Message::Worked(ticket, _)) = next.unwrap() else {
                    panic!("workers say nothing else");
                };
                answered.push(ticket);
            }
            answered
        })
    }

    #[test]
    fn of_many_requests_the_last_is_answered() {
        let (results, answers) = tokio::sync::mpsc::channel(64);
        let workers = Workers::start(Terms::default(), &results).unwrap();
        workers.learn(World::usual().facts);
        let mut jobs = Jobs::default();
        let tickets: Vec<_> = (0..50).map(|_| jobs.begin(Kind::Impact)).collect();
        for ticket in &tickets {
            workers.begin(*ticket, request(Query::Impact(None)));
        }
        let answered = answered(tickets[49], answers);
        assert!(answered.len() < 50, "{answered:?}");
    }

    #[test]
    fn why_does_not_take_the_place_of_an_impact_that_is_awaited() {
        let (results, answers) = tokio::sync::mpsc::channel(64);
        let workers = Workers::start(Terms::default(), &results).unwrap();
        let world = World::usual();
        workers.learn(world.facts.clone());
        let mut jobs = Jobs::default();
        let (impact, why) = (jobs.begin(Kind::Impact), jobs.begin(Kind::Why));
        // Both stand before the first is begun, as two keys in a row would have it.
        workers.newest.begin(impact);
        workers.newest.begin(why);
        workers.begin(impact, request(Query::Impact(None)));
        let about = Query::Why {
            repository: repository().path.as_str().to_owned(),
            digest: Digest::of(b"nothing that is there"),
        };
        workers.begin(why, request(about));
        assert_eq!(answered(why, answers), [impact, why]);
    }
}

//! The thread on which answers are worked out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use tokio::runtime::Handle;

use crate::graph::Fact;
use crate::tui::message::Message;

use super::{Desk, Request, Target, Terms};

/// What the thread is told.
enum Order {
    Learn(Vec<Fact>),
    Open(Target),
    Foretell(Request),
}

/// A thread with a [`Desk`]. It ends when this is dropped.
///
/// Orders are never refused and never wait: facts are applied as they come, and of requests only the newest is
/// answered.
pub struct Worker {
    orders: mpsc::Sender<Order>,
    newest: Arc<AtomicU64>,
}

impl Worker {
    /// Starts the thread; answers go to `results`.
    ///
    /// Errors: the system has no more threads.
    pub fn start(
        terms: Terms,
        results: tokio::sync::mpsc::Sender<Message>,
    ) -> std::io::Result<Self> {
        let (orders, receiver) = mpsc::channel();
        let newest = Arc::new(AtomicU64::new(0));
        let current = newest.clone();
        let runtime = Handle::try_current().ok();
        std::thread::Builder::new()
            .name("impact".to_owned())
            .spawn(move || {
                // Made here: what it keeps between answers stays on its thread.
                let desk = Desk::new(terms, runtime);
                work(desk, &receiver, &current, &results);
            })?;
        Ok(Self { orders, newest })
    }

    /// Passes facts on. What is sent to a thread that ended is lost, and so is the program's use for it.
    pub fn learn(&self, facts: Vec<Fact>) {
        let _ = self.orders.send(Order::Learn(facts));
    }

    /// Passes a target on.
    pub fn open(&self, target: Target) {
        let _ = self.orders.send(Order::Open(target));
    }

    /// Asks; what was asked before is not answered any more.
    pub fn foretell(&self, request: Request) {
        self.newest.store(request.ticket, Ordering::Release);
        let _ = self.orders.send(Order::Foretell(request));
    }
}

fn work(
    mut desk: Desk,
    orders: &mpsc::Receiver<Order>,
    newest: &AtomicU64,
    results: &tokio::sync::mpsc::Sender<Message>,
) {
    while let Ok(order) = orders.recv() {
        match order {
            Order::Learn(facts) => desk.learn(&facts),
            Order::Open(target) => desk.open(target),
            Order::Foretell(request) => {
                let is_wanted = || newest.load(Ordering::Acquire) == request.ticket;
                if !is_wanted() {
                    continue;
                }
                let told = desk.answer(&request, &is_wanted);
                let message = told.map(|told| Message::Foretold(request.ticket, told));
                // The screen ends before its workers do.
                if message.is_some_and(|message| results.blocking_send(message).is_err()) {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::insight::outline::fixture::{World, repository};
    use crate::tui::impact::{Part, Wish};

    use super::*;

    #[test]
    fn of_many_requests_the_last_is_answered() {
        let (results, mut answers) = tokio::sync::mpsc::channel(64);
        let worker = Worker::start(Terms::default(), results).unwrap();
        worker.learn(World::usual().facts);
        for ticket in 1..=50 {
            worker.foretell(Request {
                ticket,
                part: Part::of(repository().origin),
                beside: Vec::new(),
                wish: Wish::Impact(None),
                is_fresh: true,
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let answered = runtime.block_on(async {
            let mut answered = Vec::new();
            while answered.last() != Some(&50) {
                let next = tokio::time::timeout(Duration::from_secs(20), answers.recv()).await;
                let Some(Message::Foretold(ticket, _)) = next.unwrap() else {
                    panic!("the worker says nothing else");
                };
                answered.push(ticket);
            }
            answered
        });
        assert!(answered.len() < 50, "{answered:?}");
    }
}

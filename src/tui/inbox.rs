//! What waits for the screen, in pieces that leave room for a key between two of them.

use tokio::sync::mpsc;

use crate::crawl::Event;
use crate::graph::Fact;

use super::message::Message;

/// Facts that are handed out at once: less than a millisecond's work.
const PIECE: usize = 64;

/// Makes a message of facts.
type Made = fn(Vec<Fact>) -> Message;

/// The channels of the crawl and of the workers. Messages keep their order.
pub(super) struct Inbox {
    events: Option<mpsc::Receiver<Event>>,
    workers: mpsc::Receiver<Message>,
    /// What is left of a message with many facts, and which message it was.
    rest: Option<(std::vec::IntoIter<Fact>, Made)>,
}

impl Inbox {
    pub(super) fn new(events: mpsc::Receiver<Event>, workers: mpsc::Receiver<Message>) -> Self {
        Self {
            events: Some(events),
            workers,
            rest: None,
        }
    }

    /// The next message. Nothing is lost where this is dropped before its end.
    pub(super) async fn next(&mut self) -> Message {
        if let Some(piece) = self.piece() {
            return piece;
        }
        let Self {
            events, workers, ..
        } = self;
        let message = tokio::select! {
            biased;
            event = from_crawl(events) => Message::Crawled(event),
            Some(message) = workers.recv() => message,
            else => std::future::pending().await,
        };
        self.cut(message)
    }

    /// A message that is there already.
    pub(super) fn waiting(&mut self) -> Option<Message> {
        if let Some(piece) = self.piece() {
            return Some(piece);
        }
        let event = self
            .events
            .as_mut()
            .and_then(|events| events.try_recv().ok());
        let message = event
            .map(Message::Crawled)
            .or_else(|| self.workers.try_recv().ok())?;
        Some(self.cut(message))
    }

    fn piece(&mut self) -> Option<Message> {
        let (facts, made) = self.rest.as_mut()?;
        let piece: Vec<Fact> = facts.take(PIECE).collect();
        if piece.is_empty() {
            self.rest = None;
            return None;
        }
        Some(made(piece))
    }

    /// The message, or its first piece.
    fn cut(&mut self, message: Message) -> Message {
        let (facts, made): (_, Made) = match message {
            Message::Crawled(Event::Facts(facts)) if facts.len() > PIECE => {
                (facts, |facts| Message::Crawled(Event::Facts(facts)))
            }
            Message::Recalled(facts) if facts.len() > PIECE => (facts, Message::Recalled),
            whole => return whole,
        };
        let mut facts = facts.into_iter();
        let first = facts.by_ref().take(PIECE).collect();
        self.rest = Some((facts, made));
        made(first)
    }
}

async fn from_crawl(events: &mut Option<mpsc::Receiver<Event>>) -> Event {
    if let Some(receiver) = events {
        if let Some(event) = receiver.recv().await {
            return event;
        }
        *events = None;
    }
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use crate::crawl::Progress;
    use crate::insight::outline::fixture::World;

    use super::*;

    #[test]
    fn many_facts_come_in_pieces_and_nothing_overtakes_them() {
        let (sender, events) = mpsc::channel(4);
        let (_results, workers) = mpsc::channel(4);
        let facts = World::long(2_000).facts;
        sender.try_send(Event::Facts(facts.clone())).unwrap();
        sender
            .try_send(Event::Progress(Progress::default()))
            .unwrap();
        let mut inbox = Inbox::new(events, workers);
        let (mut taken, mut ended) = (Vec::new(), false);
        while let Some(message) = inbox.waiting() {
            assert!(!ended, "progress is told after the facts that it counts");
            match message {
                Message::Crawled(Event::Facts(piece)) => {
                    assert!(piece.len() <= PIECE);
                    taken.extend(piece);
                }
                _ => ended = true,
            }
        }
        assert!(ended && taken == facts);
    }
}

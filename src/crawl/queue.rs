//! What waits to be asked: by origin, so that hosts take turns; in each by urgency, then breadth first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use crate::oci::{Origin, Question};

use super::plan::Urgency;

/// An entry of one origin's heap: urgent first, then near the root, then in the order of arrival.
type Place = (Urgency, Reverse<u32>, Reverse<u64>);

/// Questions that wait, by origin. A question may stand in it twice, after its urgency rose; whoever takes it out
/// checks whether it still waits.
#[derive(Default)]
pub(super) struct Queues {
    by_origin: BTreeMap<Origin, BinaryHeap<(Place, Waiting)>>,
    arrivals: u64,
    /// The origin whose turn was last.
    last: Option<Origin>,
}

/// A question, ordered by nothing of its own.
pub(super) struct Waiting(pub(super) Question);

impl PartialEq for Waiting {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl Queues {
    /// Puts a question in its place.
    pub(super) fn push(&mut self, question: Question, urgency: Urgency, level: u32) {
        self.arrivals += 1;
        let place = (urgency, Reverse(level), Reverse(self.arrivals));
        self.by_origin
            .entry(question.origin().clone())
            .or_default()
            .push((place, Waiting(question)));
    }

    /// The next question of the next origin in turn that `may_ask`, given the origin and the question's urgency.
    pub(super) fn pop(&mut self, may_ask: impl Fn(&Origin, Urgency) -> bool) -> Option<Question> {
        let is_ready = |origin: &Origin, heap: &BinaryHeap<(Place, Waiting)>| {
            heap.peek()
                .is_some_and(|((urgency, ..), _)| may_ask(origin, *urgency))
        };
        let after = self.last.as_ref();
        let turn = self
            .by_origin
            .iter()
            .filter(|(origin, heap)| is_ready(origin, heap));
        let origin = turn
            .clone()
            .find(|(origin, _)| after.is_none_or(|last| *origin > last))
            .or_else(|| turn.clone().next())
            .map(|(origin, _)| origin.clone())?;
        let (_, Waiting(question)) = self.by_origin.get_mut(&origin)?.pop()?;
        self.last = Some(origin);
        Some(question)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.by_origin.clear();
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.by_origin.values().all(BinaryHeap::is_empty)
    }
}

/// Counts of questions in flight, by origin.
#[derive(Default)]
pub(super) struct InFlight(HashMap<Origin, usize>);

impl InFlight {
    pub(super) fn of(&self, origin: &Origin) -> usize {
        self.0.get(origin).copied().unwrap_or_default()
    }

    pub(super) fn start(&mut self, origin: &Origin) {
        *self.0.entry(origin.clone()).or_default() += 1;
    }

    pub(super) fn end(&mut self, origin: &Origin) {
        if let Some(count) = self.0.get_mut(origin) {
            *count = count.saturating_sub(1);
        }
    }

    pub(super) fn total(&self) -> usize {
        self.0.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Repository;

    #[test]
    fn the_urgent_goes_first_then_breadth_and_hosts_take_turns() {
        let mut queues = Queues::default();
        let tag = |host: &str, name: &str| {
            Question::tag(Repository::new(&Origin::new(host), "r"), name.into())
        };
        queues.push(tag("a", "deep"), Urgency::Background, 3);
        queues.push(tag("a", "shallow"), Urgency::Background, 1);
        queues.push(tag("a", "seen"), Urgency::Visible, 9);
        queues.push(tag("b", "other"), Urgency::Background, 1);
        let order: Vec<_> = std::iter::from_fn(|| queues.pop(|_, _| true)).collect();
        assert_eq!(
            order,
            [
                tag("a", "seen"),
                tag("b", "other"),
                tag("a", "shallow"),
                tag("a", "deep")
            ]
        );
    }
}

//! How many requests a host gets at once.
//!
//! A gate with a limit that moves: it opens while answers come as quickly as before, and halves when the host shows
//! that it is too much (429, 503, time-outs, rising delay).

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::source::Urgency;

/// What `--concurrency` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concurrency {
    /// Found out while asking: from 4 upwards, at most 32, on this machine 128.
    #[default]
    Auto,
    /// So many at once, whatever happens.
    Fixed(NonZeroUsize),
}

/// Where `auto` begins: polite everywhere.
const START: f64 = 4.0;
/// The most that a host elsewhere gets.
const MOST_REMOTE: f64 = 32.0;
/// The most that this machine gets.
const MOST_LOOPBACK: f64 = 128.0;
/// One slot in so many is kept for what a person looks at.
const KEPT_FOR_LOOKING: usize = 8;
/// For so long after a person looked, slots are kept: without a person, as in a command, all are used.
const LOOKS_FOR: Duration = Duration::from_secs(10);
/// Delay that is twice the best one and this much more is rising. Small delays vary by scheduling alone.
const DELAY_SLACK: Duration = Duration::from_millis(15);
/// The weight of the newest delay in the running mean.
const NEWEST: f64 = 0.1;

/// The gate of one host.
pub(super) struct ConcurrencyLimit {
    state: Mutex<State>,
    /// The limit once more, for the screen.
    shown: AtomicUsize,
}

struct State {
    limit: f64,
    most: f64,
    is_fixed: bool,
    /// Whether the limit still doubles each round; ends at the first sign of too much.
    is_starting: bool,
    in_flight: usize,
    looking: VecDeque<oneshot::Sender<Permit>>,
    background: VecDeque<oneshot::Sender<Permit>>,
    last_look: Option<Instant>,
    last_cut: Option<Instant>,
    best: Option<Duration>,
    mean: f64,
}

impl ConcurrencyLimit {
    pub(super) fn new(concurrency: Concurrency, is_loopback: bool) -> Arc<Self> {
        let most = if is_loopback {
            MOST_LOOPBACK
        } else {
            MOST_REMOTE
        };
        let (limit, is_fixed) = match concurrency {
            Concurrency::Auto => (START, false),
            // A number that no machine has sockets for does as well as one that is exact.
            Concurrency::Fixed(number) => (
                f64::from(u16::try_from(number.get()).unwrap_or(u16::MAX)),
                true,
            ),
        };
        let state = State {
            limit,
            most,
            is_fixed,
            is_starting: true,
            in_flight: 0,
            looking: VecDeque::new(),
            background: VecDeque::new(),
            last_look: None,
            last_cut: None,
            best: None,
            mean: 0.0,
        };
        let shown = AtomicUsize::new(state.slots());
        Arc::new(Self {
            state: Mutex::new(state),
            shown,
        })
    }

    /// How many requests the host gets at once now. No lock.
    pub(super) fn limit(&self) -> usize {
        self.shown.load(Ordering::Relaxed)
    }

    /// Waits for a slot. Dropping the future gives up the place in the queue.
    pub(super) async fn enter(self: &Arc<Self>, urgency: Urgency) -> Permit {
        let turn = {
            let mut state = self.state();
            let (sender, turn) = oneshot::channel();
            match urgency {
                Urgency::Looking => {
                    state.last_look = Some(Instant::now());
                    state.looking.push_back(sender);
                }
                Urgency::Background => state.background.push_back(sender),
            }
            turn
        };
        self.hand_out();
        match turn.await {
            Ok(permit) => permit,
            // Only a gate that is gone drops its queue, and it lives as long as whoever waits at it.
            Err(_) => Permit {
                pace: Arc::clone(self),
                entered: Instant::now(),
                is_counted: false,
            },
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free slots to those who wait, those first whom a person waits for.
    fn hand_out(self: &Arc<Self>) {
        loop {
            let (turn, permit) = {
                let mut state = self.state();
                let Some(turn) = state.next_turn() else { break };
                state.in_flight += 1;
                (
                    turn,
                    Permit {
                        pace: Arc::clone(self),
                        entered: Instant::now(),
                        is_counted: true,
                    },
                )
            };
            // Whoever gave up drops the permit, which frees the slot and hands it to the next.
            if let Err(unwanted) = turn.send(permit) {
                unwanted.forget();
                self.state().in_flight -= 1;
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        if state.is_fixed {
            return;
        }
        change(&mut state);
        self.shown.store(state.slots(), Ordering::Relaxed);
    }
}

impl State {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the limit is between 1 and 65,535"
    )]
    fn slots(&self) -> usize {
        self.limit.max(1.0) as usize
    }

    fn next_turn(&mut self) -> Option<oneshot::Sender<Permit>> {
        let slots = self.slots();
        if self.in_flight >= slots {
            return None;
        }
        if let Some(turn) = self.looking.pop_front() {
            return Some(turn);
        }
        let is_watched = self.last_look.is_some_and(|at| at.elapsed() < LOOKS_FOR);
        let kept = if is_watched {
            slots / KEPT_FOR_LOOKING
        } else {
            0
        };
        if self.in_flight + kept >= slots {
            return None;
        }
        self.background.pop_front()
    }

    /// A quick answer to a request that began at `entered`, after `delay`.
    fn answered(&mut self, entered: Instant, delay: Duration) {
        let best = self.best.map_or(delay, |best| best.min(delay));
        self.best = Some(best);
        let seconds = delay.as_secs_f64();
        self.mean = if self.mean == 0.0 {
            seconds
        } else {
            self.mean + NEWEST * (seconds - self.mean)
        };
        let bearable = best.saturating_mul(2).saturating_add(DELAY_SLACK);
        if self.mean > bearable.as_secs_f64() {
            self.cut(entered);
        } else if self.in_flight * 2 >= self.slots() {
            // Only a limit that is used is known to be borne.
            let step = if self.is_starting {
                1.0
            } else {
                1.0 / self.limit
            };
            self.limit = (self.limit + step).min(self.most);
        }
    }

    /// Halves the limit, once for all requests that were under way together.
    fn cut(&mut self, entered: Instant) {
        self.is_starting = false;
        if self.last_cut.is_some_and(|cut| entered < cut) {
            return;
        }
        self.last_cut = Some(Instant::now());
        self.limit = (self.limit / 2.0).max(1.0);
        // What is rising is measured anew, under the new limit.
        self.mean = 0.0;
    }
}

/// A slot, free again when dropped.
pub(super) struct Permit {
    pace: Arc<ConcurrencyLimit>,
    entered: Instant,
    is_counted: bool,
}

impl Permit {
    /// The host answered well, its first byte after `delay`.
    pub(super) fn answered(&self, delay: Duration) {
        self.pace
            .change(|state| state.answered(self.entered, delay));
    }

    /// The host showed that it is too much.
    pub(super) fn congested(&self) {
        self.pace.change(|state| state.cut(self.entered));
    }

    fn forget(mut self) {
        self.is_counted = false;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.is_counted {
            self.pace.state().in_flight -= 1;
            self.pace.hand_out();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(number: usize) -> Concurrency {
        Concurrency::Fixed(NonZeroUsize::new(number).unwrap())
    }

    async fn is_kept_waiting(pace: &Arc<ConcurrencyLimit>, urgency: Urgency) -> bool {
        tokio::time::timeout(Duration::from_millis(5), pace.enter(urgency))
            .await
            .is_err()
    }

    #[tokio::test]
    async fn no_more_enter_than_there_are_slots_and_a_freed_slot_goes_on() {
        let pace = ConcurrencyLimit::new(fixed(2), true);
        let first = pace.enter(Urgency::Background).await;
        let _second = pace.enter(Urgency::Background).await;
        assert!(is_kept_waiting(&pace, Urgency::Background).await);
        drop(first);
        let _third = pace.enter(Urgency::Background).await;
        assert!(is_kept_waiting(&pace, Urgency::Looking).await);
    }

    #[tokio::test]
    async fn a_slot_is_kept_for_whom_a_person_waits_for_but_only_while_a_person_looks() {
        let pace = ConcurrencyLimit::new(fixed(8), true);
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(pace.enter(Urgency::Background).await);
        }
        held.clear();
        drop(pace.enter(Urgency::Looking).await);
        for _ in 0..7 {
            held.push(pace.enter(Urgency::Background).await);
        }
        assert!(is_kept_waiting(&pace, Urgency::Background).await);
        held.push(pace.enter(Urgency::Looking).await);
    }

    #[tokio::test]
    async fn auto_rises_while_answers_are_quick_and_halves_once_for_one_crowd() {
        let pace = ConcurrencyLimit::new(Concurrency::Auto, true);
        let delay = Duration::from_millis(20);
        for _ in 0..8 {
            let mut crowd = Vec::new();
            for _ in 0..pace.limit() {
                crowd.push(pace.enter(Urgency::Background).await);
            }
            for permit in &crowd {
                permit.answered(delay);
            }
        }
        assert_eq!(pace.limit(), 128);
        let mut crowd = Vec::new();
        for _ in 0..128 {
            crowd.push(pace.enter(Urgency::Background).await);
        }
        for permit in crowd {
            permit.congested();
        }
        assert_eq!(pace.limit(), 64);
        for _ in 0..100 {
            pace.enter(Urgency::Background)
                .await
                .answered(Duration::from_millis(200));
        }
        assert!(pace.limit() < 16, "{}", pace.limit());
        assert!(ConcurrencyLimit::new(Concurrency::Auto, false).limit() == 4);
    }

    #[tokio::test]
    async fn a_host_elsewhere_never_gets_more_than_32() {
        let pace = ConcurrencyLimit::new(Concurrency::Auto, false);
        for _ in 0..10 {
            let mut crowd = Vec::new();
            for _ in 0..pace.limit() {
                crowd.push(pace.enter(Urgency::Background).await);
            }
            for permit in &crowd {
                permit.answered(Duration::from_millis(50));
            }
        }
        assert_eq!(pace.limit(), 32);
    }
}

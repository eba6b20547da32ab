//! Memory that an answer goes on taking after it was read, until somebody has taken it in.
//!
//! A source takes a permit before it reads something large. What becomes of it is often larger than its bytes, and may
//! wait on its way to the graph; so the permit goes with it: the source leaves it with the
//! [`Answers`](super::Answers) that it was given, and who takes an answer takes along what was left until then.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

/// Memory that is taken. Dropping it gives it back.
#[derive(Debug, Default)]
pub struct MemoryPermit {
    permits: Vec<OwnedSemaphorePermit>,
}

impl MemoryPermit {
    /// Takes on what another has.
    pub fn join(&mut self, other: Self) {
        self.permits.extend(other.permits);
    }
}

/// What was left for whoever takes the answers of one question. Cheap to clone: all clones are the same.
#[derive(Clone, Debug, Default)]
pub struct LeftMemory(Arc<Mutex<MemoryPermit>>);

impl LeftMemory {
    /// Leaves a permit for whoever takes the next answer.
    pub(super) fn leave(&self, permit: Option<OwnedSemaphorePermit>) {
        self.lock().permits.extend(permit);
    }

    /// Takes what was left so far.
    pub fn take(&self) -> MemoryPermit {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, MemoryPermit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    #[test]
    fn a_permit_goes_with_the_answer_and_comes_back_with_its_end() {
        let all = Arc::new(Semaphore::new(4));
        let take = || Arc::clone(&all).try_acquire_many_owned(2).ok();
        let left = LeftMemory::default();
        left.leave(take());
        let mut taken = left.take();
        assert_eq!(all.available_permits(), 2);
        taken.join(left.take());
        left.leave(take());
        drop(left);
        assert_eq!(all.available_permits(), 2, "what nobody took is given back");
        drop(taken);
        assert_eq!(all.available_permits(), 4);
    }
}

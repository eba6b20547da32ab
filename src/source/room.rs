//! Room in memory that an answer goes on taking after it was read, until somebody has taken it in.
//!
//! A source takes room before it reads something large. What becomes of it is often larger than its bytes, and may
//! wait on its way to the graph; so the room goes with it. Who asks the source opens a scope ([`keeping`]); what is
//! read in it leaves its room there (`keep`); who takes an answer takes the room along ([`kept`]).

use std::cell::RefCell;

use tokio::sync::OwnedSemaphorePermit;

tokio::task_local! {
    static KEPT: RefCell<Vec<OwnedSemaphorePermit>>;
}

/// Room that is taken. Dropping it gives it back.
#[derive(Debug, Default)]
pub struct Room {
    permits: Vec<OwnedSemaphorePermit>,
}

impl Room {
    /// Takes on what another has.
    pub fn join(&mut self, other: Self) {
        self.permits.extend(other.permits);
    }
}

/// Runs `future` as the scope in which room is kept; what nobody took of it is given back at the end.
pub async fn keeping<F: Future>(future: F) -> F::Output {
    KEPT.scope(RefCell::default(), future).await
}

/// Leaves room to whoever takes the answer; outside of a scope it is given back at once.
pub(crate) fn keep(permit: Option<OwnedSemaphorePermit>) {
    // An error here means that there is no scope: then nobody waits for the room to come with the answer.
    let _ = KEPT.try_with(|kept| kept.borrow_mut().extend(permit));
}

/// Takes the room that was kept in this scope so far.
pub fn kept() -> Room {
    let permits = KEPT.try_with(RefCell::take).unwrap_or_default();
    Room { permits }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn room_goes_with_the_answer_and_comes_back_with_its_end() {
        let all = Arc::new(Semaphore::new(4));
        let take = || Arc::clone(&all).try_acquire_many_owned(2).ok();
        keep(take());
        assert_eq!(all.available_permits(), 4, "nobody keeps it");
        let mut room = keeping(async {
            keep(take());
            kept()
        })
        .await;
        assert_eq!(all.available_permits(), 2);
        keeping(async { keep(take()) }).await;
        room.join(Room::default());
        assert_eq!(
            all.available_permits(),
            2,
            "left in the scope, and given back"
        );
        drop(room);
        assert_eq!(all.available_permits(), 4);
    }
}

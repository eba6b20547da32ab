//! How many requests may be sent in all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::RequestError;

/// A number of requests that is not exceeded, by all registries that share it. The default has no end.
///
/// Every request counts: pages, tokens, redirects that are followed, further tries.
#[derive(Clone, Debug, Default)]
pub struct RequestBudget(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    most: u64,
    made: AtomicU64,
}

impl RequestBudget {
    /// At most so many.
    pub fn of(most: u64) -> Self {
        Self(Some(Arc::new(Shared {
            most,
            made: AtomicU64::new(0),
        })))
    }

    /// One request more. Errors: that would be too many.
    pub(super) fn take(&self) -> Result<(), RequestError> {
        let Some(shared) = &self.0 else { return Ok(()) };
        let one_more = |made: u64| (made < shared.most).then_some(made + 1);
        let taken = shared
            .made
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.map(drop).map_err(|_| {
            RequestError::CutShort(format!(
                "the limit of {} requests was reached: allow more with --max-requests",
                shared.most
            ))
        })
    }
}

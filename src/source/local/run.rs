//! From blocking file work to answers.

use std::sync::Arc;

use crate::oci::{Absence, AbsenceKind, Answer, Question};
use crate::source::{Answers, BoxFuture};

use super::scan::Stop;

/// A source whose answers come from blocking file work.
pub(crate) trait Blocking: Send + Sync + 'static {
    /// Works the answers out, in order; there is at least one. May end early, with whatever, once `stop` is set.
    fn answer(&self, question: &Question, stop: &Stop) -> Vec<Answer>;
}

/// Asks `source` on a thread that may block. Dropping the future tells the work to stop.
pub(crate) fn ask<'a, S: Blocking>(
    source: &Arc<S>,
    question: &'a Question,
    answers: &'a Answers,
) -> BoxFuture<'a, ()> {
    let source = Arc::clone(source);
    Box::pin(async move {
        let stop = Stop::default();
        let _guard = StopOnDrop(stop.clone());
        let asked = question.clone();
        let work = tokio::task::spawn_blocking(move || source.answer(&asked, &stop));
        match work.await {
            Ok(list) => {
                for answer in list {
                    answers.give(answer).await;
                }
            }
            Err(error) => {
                let reason = format!("reading the files ended early: {error}");
                answers
                    .fail(question, Absence::new(AbsenceKind::Failed, reason))
                    .await;
            }
        }
    })
}

struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}

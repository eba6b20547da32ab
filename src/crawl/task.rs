//! The asking of one question: a source's answers on their way to the scheduler.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use crate::graph::Stamp;
use crate::oci::{Absence, AbsenceKind, Answer, Question};
use crate::source::{self, Answers, MemoryPermit, Source};

use super::plan::Urgency;

/// Answers that may wait between a source's task and the scheduler.
const ANSWERS: usize = 64;

/// What a source's task says.
pub(super) struct Message {
    pub(super) question: Arc<Question>,
    /// Which asking it belongs to.
    pub(super) since: Stamp,
    /// None: the question is done.
    pub(super) answer: Option<Answer>,
    /// What the answer takes of memory, until it is handed on.
    pub(super) memory: MemoryPermit,
}

/// Asks one question and passes its answers on; says so at the end, whatever happens.
pub(super) async fn ask(
    source: Arc<dyn Source>,
    question: Arc<Question>,
    urgency: Urgency,
    since: Stamp,
    messages: mpsc::Sender<Message>,
) {
    let (answers, mut receiver) = Answers::channel(ANSWERS);
    let answers = answers.urgently(match urgency {
        Urgency::Looking => source::Urgency::Looking,
        Urgency::Visible | Urgency::Background => source::Urgency::Background,
    });
    let memory = answers.memory().clone();
    let asking = async {
        let answers = answers;
        // A source must not panic on what it reads. If one does, that is one question's failure and nothing else's.
        let asking = AssertUnwindSafe(source.ask(&question, &answers)).catch_unwind();
        if asking.await.is_err() {
            let reason =
                "an error in regscope itself; please report it with the request log (--log FILE)";
            answers
                .fail(&question, Absence::new(AbsenceKind::Failed, reason))
                .await;
        }
    };
    let passing = async {
        while let Some(answer) = receiver.recv().await {
            let message = Message {
                question: question.clone(),
                since,
                answer: Some(answer),
                memory: memory.take(),
            };
            if messages.send(message).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(asking, passing);
    // The scheduler may be gone: then nobody waits for the end either.
    let _ = messages
        .send(Message {
            question,
            since,
            answer: None,
            memory: MemoryPermit::default(),
        })
        .await;
}

//! Single questions to a source, beside any crawl.

use std::time::Duration;

use futures_util::StreamExt as _;

use crate::insight::impact::Charts;
use crate::oci::{AbsenceKind, Address, Answer, Body, Digest, Origin, Question, Repository};
use crate::source::storage::Storage;
use crate::source::{Answers, Source};

/// How many answers may wait on their way.
const PASSING: usize = 8;

/// What `source` answers.
pub(super) async fn ask(source: &dyn Source, question: &Question) -> Vec<Answer> {
    let (answers, mut given) = Answers::channel(PASSING);
    let ask = async {
        let answers = answers;
        source.ask(question, &answers).await;
    };
    let take = async {
        let mut taken = Vec::new();
        while let Some(answer) = given.recv().await {
            taken.push(answer);
        }
        taken
    };
    tokio::join!(ask, take).1
}

/// What `source` answers to all of these within a time, as many at once as it takes.
pub async fn ask_all(source: &dyn Source, questions: &[Question], within: Duration) -> Vec<Answer> {
    let asked = futures_util::stream::iter(questions).map(|question| ask(source, question));
    let mut coming = Box::pin(asked.buffer_unordered(source.width().max(1)));
    let mut answers = Vec::new();
    let all = async {
        while let Some(more) = coming.next().await {
            answers.extend(more);
        }
    };
    // What is late is as if it had not been asked.
    let _ = tokio::time::timeout(within, all).await;
    answers
}

/// What asks for the config of a chart, which is no image config.
pub fn config_of_chart(origin: &Origin, repository: &str, config: Digest) -> Question {
    Question::document(Repository::new(origin, repository), config)
}

/// Reads the configs of charts out of a storage; returns what could not be read, in words. Blocks.
///
/// A config that is not there is damage of the chart and no gap of ours.
pub(super) fn read_charts(charts: &mut Charts, storage: &Storage) -> Vec<String> {
    let unread = charts.unread().into_iter();
    let asked: Vec<(Digest, Question)> = unread
        .map(|(digest, path)| (digest, config_of_chart(storage.origin(), path, digest)))
        .collect();
    let mut gaps = Vec::new();
    for (config, question) in asked {
        for answer in storage.answer(&question) {
            match (&answer.question.at, &answer.body) {
                (Address::Object(_, digest), Body::Document(bytes)) => {
                    charts.take_config(digest, bytes);
                }
                (_, Body::Failed(absence)) if absence.kind != AbsenceKind::Missing => {
                    let reason = absence.reason.as_str();
                    gaps.push(format!("config {config} of a chart: {reason}"));
                }
                _ => {}
            }
        }
    }
    gaps
}

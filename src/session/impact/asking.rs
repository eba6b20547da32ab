//! Single questions to a source, beside any crawl.

use crate::evidence::{self, Label};
use crate::insight::impact::{CHART_CONFIG, Charts};
use crate::oci::{AbsenceKind, Answer, Body, Digest, Question, Repository};
use crate::session::limits_of;
use crate::source::storage::Storage;
use crate::source::{Answers, Limits, Source};

/// How many answers may wait on their way.
const PASSING: usize = 8;

/// What `source` answers.
pub(in crate::session) async fn ask(source: &dyn Source, question: &Question) -> Vec<Answer> {
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

/// Reads the configs of charts out of a storage; returns what could not be read, in words. Blocks.
///
/// A config that is not there is damage of the chart and no gap of ours.
pub(super) fn read_charts(charts: &mut Charts, storage: &Storage, limits: &Limits) -> Vec<String> {
    let unread = charts.unread().into_iter();
    let asked: Vec<(Digest, Question)> = unread
        .map(|(digest, path)| {
            let repository = Repository::new(storage.origin(), path);
            (digest, Question::document(repository, digest))
        })
        .collect();
    let mut gaps = Vec::new();
    for (config, question) in asked {
        for answer in storage.answer(&question) {
            match &answer.body {
                Body::Document(bytes) => {
                    let label = Label {
                        media_type: CHART_CONFIG,
                        ..Label::default()
                    };
                    let reading = evidence::read(bytes, &label, &limits_of(limits));
                    charts.read(&config, &reading);
                }
                Body::Failed(absence) if absence.kind != AbsenceKind::Missing => {
                    let reason = absence.reason.as_str();
                    gaps.push(format!("config {config} of a chart: {reason}"));
                }
                _ => {}
            }
        }
    }
    gaps
}

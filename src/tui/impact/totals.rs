//! The sentences of the answer as the screen has them: those that the command line prints too, what is done on other
//! registries, and by whose rules.

use crate::insight::impact::{self as insight, Answer, Evidence, Simulator, Weight, sentences};
use crate::oci::remote_text::clean;
use crate::words::bytes;

use super::document::{Asked, Marker, Place, Topic, Total, called};
use super::other_registries;

pub(super) fn of(
    asked: &Asked<'_>,
    (simulator, answer): (&Simulator, &Answer),
    told: &[insight::Sentence],
    other: Option<(&Simulator, &Answer)>,
) -> Vec<Total> {
    let mut rows = Rows { rows: Vec::new() };
    let (back, rest): (Vec<_>, Vec<_>) = told
        .iter()
        .partition(|one| matches!(one.topic, insight::Topic::Back | insight::Topic::Goes));
    for sentence in back {
        rows.sentence(sentence);
    }
    if let Some((other, theirs)) = other {
        let words = format!("{} under {}", freed(theirs), called(other.policy()));
        let here = format!("{} here", freed(answer));
        rows.add(Topic::Back, "back", words, &here);
    }
    for (marker, name, words, more) in other_registries::told(asked.other_registries, answer) {
        rows.add(Topic::Elsewhere, name, words, &more);
        if let Some(last) = rows.rows.last_mut() {
            last.marker = marker;
        }
    }
    for sentence in rest {
        rows.sentence(sentence);
    }
    let is_recognised = asked.recognised.policy.name == simulator.policy().name;
    let why = if is_recognised {
        asked.recognised.reason.as_str()
    } else {
        "chosen by you"
    };
    rows.rules("rules", simulator, answer.evidence, why);
    if let Some((other, theirs)) = other {
        rows.rules("", other, theirs.evidence, "to compare with");
    }
    rows.rows
}

/// The sentences of an answer, with what other options would do as far as `options` says.
pub(super) fn sentences_of(
    asked: &Asked<'_>,
    (simulator, answer): (&Simulator, &Answer),
) -> Vec<insight::Sentence> {
    sentences(&insight::Telling {
        simulator,
        answer,
        options: asked.options,
        uploads: asked.uploads,
        gaps: asked.gaps,
    })
}

fn freed(answer: &Answer) -> String {
    bytes(answer.freed_bytes)
}

struct Rows {
    rows: Vec<Total>,
}

impl Rows {
    fn add(&mut self, topic: Topic, name: &'static str, words: impl Into<String>, more: &str) {
        self.rows.push(Total {
            topic,
            marker: Marker::Plain,
            name,
            words: clean(&words.into()).into_owned(),
            more: clean(more).into_owned(),
            place: None,
        });
    }

    fn sentence(&mut self, sentence: &insight::Sentence) {
        let topic = match sentence.topic {
            insight::Topic::Back => Topic::Back,
            insight::Topic::Goes => Topic::Goes,
            insight::Topic::Danger => Topic::Danger,
            insight::Topic::NotKnown => Topic::NotKnown,
            insight::Topic::Collector => Topic::Collector,
        };
        self.add(
            topic,
            sentence.name,
            sentence.words.as_str(),
            &sentence.more,
        );
        if let Some(last) = self.rows.last_mut() {
            last.marker = match sentence.weight {
                Weight::Plain => Marker::Plain,
                Weight::Danger => Marker::Danger,
                Weight::Anyway => Marker::Anyway,
                Weight::Unknown => Marker::Unknown,
            };
            let about = sentence.about.as_ref();
            last.place = about.map(|(repository, digest)| Place {
                repository: repository.clone(),
                tag: None,
                digest: Some(*digest),
            });
        }
    }

    /// Whose rules, what they stand on, why they were taken.
    fn rules(&mut self, name: &'static str, simulator: &Simulator, evidence: Evidence, why: &str) {
        let policy = simulator.policy();
        let words = format!("{}; {why}", policy.standing(evidence));
        self.add(Topic::Rules, name, called(policy), &words);
    }
}

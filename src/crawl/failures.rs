//! The questions whose last asking failed.

use std::collections::HashSet;

use crate::oci::{AbsenceKind, Address, Answer, Asked, Body, Question};

/// Questions that stand as failed: put in by an answer that says so, taken out by one that says otherwise or by being
/// asked again.
#[derive(Default)]
pub(super) struct Failures(HashSet<Question>);

impl Failures {
    /// Takes in what an answer to `question` says. A failure is of the question that it names: a tag that was resolved is
    /// answered, even where its manifest, which comes along, could not be read.
    pub(super) fn take(&mut self, question: &Question, answer: &Answer) {
        match &answer.body {
            // That something is not there, or cannot be asked for, is an answer.
            Body::Failed(absence) => {
                let is_answer = matches!(
                    absence.kind,
                    AbsenceKind::Unsupported | AbsenceKind::Missing
                );
                if !is_answer {
                    self.0.insert(answer.question.clone());
                }
            }
            // The whole of a tag has its digest in it; the digest alone does not stand for the whole.
            Body::Target(_) => {
                self.0.remove(question);
                self.forget(&Question {
                    at: answer.question.at.clone(),
                    what: Asked::TargetDigest,
                });
            }
            Body::Manifest(_) => self.forget(&answer.question),
            // Of a list a page may have come and another not.
            _ => {}
        }
    }

    /// A question is asked again, or not any more.
    pub(super) fn forget(&mut self, question: &Question) {
        self.0.remove(question);
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Those within a place, lists first: what a list has is asked for by itself if it was never asked before.
    pub(super) fn within(&self, place: Option<&Address>) -> Vec<Question> {
        let mut questions: Vec<_> = (self.0.iter())
            .filter(|question| place.is_none_or(|place| place.has(&question.at)))
            .cloned()
            .collect();
        questions.sort_by_key(|question| !matches!(question.what, Asked::Catalog | Asked::Tags));
        questions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::{Absence, Digest, Origin, Repository};

    #[test]
    fn a_manifest_that_fails_with_its_tag_and_by_itself_failed_once() {
        let repository = Repository::new(&Origin::new("r"), "a");
        let tag = Question::tag(repository.clone(), "1.0".into());
        let manifest = Question::manifest(repository, Digest::of(b"no JSON"));
        let failed = Answer::failed(
            manifest.clone(),
            None,
            Absence::new(AbsenceKind::Invalid, "is no manifest"),
        );
        let mut failures = Failures::default();
        failures.take(&tag, &failed);
        failures.take(&manifest, &failed);
        assert_eq!(failures.count(), 1);
        failures.forget(&manifest);
        assert_eq!(failures.count(), 0);
    }

    #[test]
    fn what_is_not_there_or_cannot_be_asked_is_an_answer_and_no_failure() {
        let question = Question::tags(Repository::new(&Origin::new("r"), "a"));
        let mut failures = Failures::default();
        for (kind, count) in [
            (AbsenceKind::Missing, 0),
            (AbsenceKind::Unsupported, 0),
            (AbsenceKind::Forbidden, 1),
        ] {
            let answer = Answer::failed(question.clone(), None, Absence::new(kind, "why"));
            failures.take(&question, &answer);
            assert_eq!(failures.count(), count, "{}", kind.name());
        }
    }
}

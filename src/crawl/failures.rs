//! The questions whose last asking failed.

use std::collections::HashSet;

use crate::oci::{AbsenceKind, Answer, Question};

use super::plan::Within;

/// Questions that stand as failed: put in by an answer that says so, taken out by one that says otherwise or by being
/// asked again.
#[derive(Default)]
pub(super) struct Failures(HashSet<Question>);

impl Failures {
    /// Takes in what an answer to `question` says.
    pub(super) fn take(&mut self, question: &Question, answer: &Answer) {
        match answer {
            // That something is not there, or cannot be asked for, is an answer.
            Answer::Failed { absence, .. } => {
                let is_answer = matches!(
                    absence.kind,
                    AbsenceKind::Unsupported | AbsenceKind::Missing
                );
                if !is_answer {
                    self.0.insert(question.clone());
                }
            }
            // The whole of a tag has its digest in it; the digest alone does not stand for the whole.
            Answer::TagResolved {
                repository, tag, ..
            } => {
                self.0.remove(question);
                self.forget(&Question::TagDigest(repository.clone(), tag.clone()));
            }
            Answer::ManifestRead {
                repository,
                manifest,
            } => self.forget(&Question::Manifest(repository.clone(), manifest.digest)),
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
    pub(super) fn within(&self, place: &Within) -> Vec<Question> {
        let mut questions: Vec<_> = (self.0.iter())
            .filter(|question| place.has(question))
            .cloned()
            .collect();
        questions
            .sort_by_key(|question| !matches!(question, Question::Catalog(_) | Question::Tags(_)));
        questions
    }
}

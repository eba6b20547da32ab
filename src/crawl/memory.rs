//! What an earlier session found out, and what of it need not be asked again.

use std::collections::HashMap;

use crate::graph::{Fact, Stamp};
use crate::oci::{Address, Answer, Asked, Body, Question};

use super::plan::Urgency;

/// What to do about a question.
pub(super) enum Recall {
    /// Ask it.
    Ask,
    /// Ask this instead, which is cheaper and tells whether what is remembered still holds.
    Revalidate(Question),
    /// It is known; these answers say what to ask next.
    Known(Vec<Answer>),
}

/// Remembered answers, by the question that they answer.
#[derive(Default)]
pub(super) struct Memory {
    is_offline: bool,
    fresh_since: Option<u64>,
    answers: HashMap<Question, (Stamp, Vec<Answer>)>,
}

impl Memory {
    pub(super) fn new(is_offline: bool, fresh_since: Option<u64>) -> Self {
        Self {
            is_offline,
            fresh_since,
            answers: HashMap::new(),
        }
    }

    /// Takes in what was found out earlier. Of a list asked several times, the newest asking counts.
    pub(super) fn take(&mut self, facts: &[Fact]) {
        for fact in facts {
            let Some(question) = question_of(&fact.answer) else {
                continue;
            };
            let is_stale = !self.is_offline && !self.is_fresh(fact.stamp);
            if is_stale && !matches!(fact.answer.body, Body::Target(_) | Body::Manifest(_)) {
                continue;
            }
            let (asked, answers) = self.answers.entry(question).or_default();
            let is_list = matches!(
                fact.answer.body,
                Body::Catalog(_) | Body::Tags(_) | Body::Referrers(_)
            );
            let moment = if is_list { fact.asked } else { fact.stamp };
            if moment > *asked {
                *asked = moment;
                answers.clear();
            }
            // Of a stale manifest it counts that there is one to compare with; it is asked for again.
            let is_mark = is_stale && matches!(fact.answer.body, Body::Manifest(_));
            if moment == *asked && !is_mark {
                answers.push(fact.answer.clone());
            }
        }
    }

    /// Whether an answer of then may be taken as it is; for a screen that is another question.
    fn is_fresh(&self, stamp: Stamp) -> bool {
        self.fresh_since.is_none_or(|since| stamp.session >= since)
    }

    /// What to do about a question of this urgency.
    pub(super) fn recall(&self, question: &Question, urgency: Urgency) -> Recall {
        let Some((moment, answers)) = self.answers.get(question) else {
            return Recall::Ask;
        };
        if self.fresh_since.is_some() && self.is_fresh(*moment) && !self.is_offline {
            return Recall::Known(answers.clone());
        }
        let is_screen = self.fresh_since.is_none();
        let is_fixed = question.what.is_content();
        let may_rest = urgency == Urgency::Background && matches!(question.what, Asked::Referrers);
        if self.is_offline || is_screen && (is_fixed || may_rest) {
            return Recall::Known(answers.clone());
        }
        match (&question.at, question.what) {
            (Address::Tag(repository, tag), Asked::Target) if self.knows_target(answers) => {
                Recall::Revalidate(Question::tag_digest(repository.clone(), tag.clone()))
            }
            _ => Recall::Ask,
        }
    }

    /// Whether the manifest that a tag named is remembered too: only then a digest alone is enough.
    fn knows_target(&self, answers: &[Answer]) -> bool {
        answers
            .iter()
            .any(|answer| match (&answer.question.at, &answer.body) {
                (Address::Tag(repository, _), Body::Target(target)) => self
                    .answers
                    .contains_key(&Question::manifest(repository.clone(), target.digest)),
                _ => false,
            })
    }
}

/// The question that an answer answers; failures are not remembered.
fn question_of(answer: &Answer) -> Option<Question> {
    match answer.body {
        Body::Failed(_) | Body::Bytes(_) => None,
        _ => Some(answer.question.clone()),
    }
}

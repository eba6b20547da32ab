//! How much a crawl may come to know: whatever servers send, there is an end to what is kept of it.

use crate::oci::{Absence, AbsenceKind, Answer, Question};

/// What an answer leaves behind in memory, beside the graph's own nodes: questions, registers, facts to be saved.
const OF_ANSWER: u64 = 4;
/// What a name, or something that is asked about in its turn, leaves behind.
const OF_ASKED: u64 = 4;
/// What a blob leaves behind: a node and an edge.
const OF_BLOB: u64 = 1;

/// The room that is left. It is counted in entries of the size of a blob's node and edge.
pub(super) struct Budget {
    limit: u64,
    left: u64,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, left: limit }
    }

    /// Whether there is no room for anything more.
    pub(super) fn is_used_up(&self) -> bool {
        self.left == 0
    }

    /// Takes an answer in, or says what stands in its place: there is no room for it.
    pub(super) fn admit(&mut self, question: &Question, answer: Answer) -> Answer {
        let weight = weight_of(&answer);
        if weight <= self.left {
            self.left -= weight;
            return answer;
        }
        self.left = 0;
        let by = match &answer {
            Answer::ReferrersListed { by, .. } => Some(*by),
            Answer::Failed { .. } => return answer,
            _ => None,
        };
        let kind = match question {
            Question::Manifest(..) | Question::Config(..) | Question::Document(..) => {
                AbsenceKind::TooLarge
            }
            _ => AbsenceKind::CutShort,
        };
        Answer::Failed {
            question: question.clone(),
            by,
            absence: Absence::new(kind, self.reason()),
        }
    }

    /// Why something was not taken in, or not asked for.
    pub(super) fn reason(&self) -> String {
        format!(
            "not everything was taken in: it is more than memory has room for, {} entries (setting limits.entries); \
             name less of it",
            self.limit
        )
    }
}

fn weight_of(answer: &Answer) -> u64 {
    let listed = |count: usize, each: u64| (count as u64).saturating_mul(each);
    let entries = match answer {
        Answer::CatalogListed { page, .. } | Answer::TagsListed { page, .. } => {
            listed(page.items.len(), OF_ASKED)
        }
        Answer::ReferrersListed { page, .. } => listed(page.items.len(), OF_ASKED),
        Answer::HoldingsListed {
            manifests, blobs, ..
        } => listed(manifests.len(), OF_ASKED) + listed(blobs.len(), OF_BLOB),
        Answer::ManifestRead { manifest, .. } => {
            listed(manifest.manifests.len(), OF_ASKED) + listed(manifest.layers.len(), OF_BLOB)
        }
        _ => 0,
    };
    entries.saturating_add(OF_ANSWER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::{FoundBy, Origin, Page, Repository};

    #[test]
    fn what_there_is_no_room_for_is_a_failure_and_then_nothing_fits() {
        let repository = Repository::new(&Origin::new("r"), "a");
        let question = Question::Tags(repository.clone());
        let page = |number: u32, count: usize| Answer::TagsListed {
            repository: repository.clone(),
            page: Page {
                number,
                is_last: false,
                items: (0..count).map(|n| n.to_string().into()).collect(),
            },
            by: FoundBy::TagsList,
        };
        let mut budget = Budget::new(100);
        assert_eq!(budget.admit(&question, page(0, 10)), page(0, 10));
        assert!(!budget.is_used_up());
        let Answer::Failed { absence, .. } = budget.admit(&question, page(1, 20)) else {
            panic!("it was taken in");
        };
        assert_eq!(absence.kind, AbsenceKind::CutShort);
        assert!(absence.reason.to_string().contains("limits.entries"));
        assert!(budget.is_used_up());
    }
}

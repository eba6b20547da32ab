//! How much a crawl may come to know: whatever servers send, there is an end to what is kept of it.

use crate::oci::{Absence, AbsenceKind, Answer, Asked, Body, Descriptor, Question, RemoteText};

/// What an answer leaves behind in memory, beside the graph's own nodes: questions, registers, facts to be saved.
const OF_ANSWER: u64 = 4;
/// What a name, or something that is asked about in its turn, leaves behind.
const OF_ASKED: u64 = 4;
/// What a blob leaves behind: a node and an edge.
const OF_BLOB: u64 = 1;

/// Texts up to so many bytes are part of what a node weighs: names, types and platforms as people write them.
const TEXT_OF_NODE: usize = 96;
/// So many bytes of longer texts weigh as much as an entry. They are held once by the graph and, where they are put
/// together anew, once more by whoever works beside it.
const TEXT_OF_ENTRY: usize = 64;

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
        let by = match (answer.by, &answer.body) {
            (by, Body::Referrers(_)) => by,
            (_, Body::Failed(_)) => return answer,
            _ => None,
        };
        let kind = match question.what {
            Asked::Manifest | Asked::Config | Asked::Document => AbsenceKind::TooLarge,
            _ => AbsenceKind::CutShort,
        };
        Answer::failed(question.clone(), by, Absence::new(kind, self.reason()))
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
    let named = |names: &[RemoteText]| {
        let lengths = names.iter().map(|name| name.as_str().len());
        listed(names.len(), OF_ASKED) + weight_of_texts(lengths)
    };
    let described = |descriptors: &[Descriptor], each: u64| {
        let lengths = descriptors.iter().map(Descriptor::text_bytes);
        listed(descriptors.len(), each) + weight_of_texts(lengths)
    };
    let entries = match &answer.body {
        Body::Catalog(page) | Body::Tags(page) => named(&page.items),
        Body::Referrers(page) => described(&page.items, OF_ASKED),
        Body::Contents { manifests, blobs } => {
            described(manifests, OF_ASKED) + described(blobs, OF_BLOB)
        }
        Body::Manifest(manifest) => {
            let own = [&manifest.media_type]
                .into_iter()
                .chain(&manifest.artifact_type);
            let own = own.map(|text| text.as_str().len());
            let one = manifest.config.as_slice().iter().chain(&manifest.subject);
            described(&manifest.manifests, OF_ASKED)
                + described(&manifest.layers, OF_BLOB)
                + weight_of_texts(own.chain(one.map(Descriptor::text_bytes)))
        }
        Body::Target(target) => weight_of_texts([target.text_bytes()].into_iter()),
        _ => 0,
    };
    entries.saturating_add(OF_ANSWER)
}

/// What texts of these lengths weigh beyond what their nodes do.
fn weight_of_texts(lengths: impl Iterator<Item = usize>) -> u64 {
    let long: usize = lengths
        .map(|length| length.saturating_sub(TEXT_OF_NODE))
        .sum();
    long.div_ceil(TEXT_OF_ENTRY) as u64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::oci::{Digest, FoundBy, Manifest, Origin, Page, Repository};

    #[test]
    fn what_there_is_no_room_for_is_a_failure_and_then_nothing_fits() {
        let repository = Repository::new(&Origin::new("r"), "a");
        let question = Question::tags(repository.clone());
        let page = |number: u32, count: usize| {
            Answer::tags(
                repository.clone(),
                Page {
                    number,
                    is_last: false,
                    items: (0..count).map(|n| n.to_string().into()).collect(),
                },
                FoundBy::TagsList,
            )
        };
        let mut budget = Budget::new(100);
        assert_eq!(budget.admit(&question, page(0, 10)), page(0, 10));
        assert!(!budget.is_used_up());
        let Answer {
            body: Body::Failed(absence),
            ..
        } = budget.admit(&question, page(1, 20))
        else {
            panic!("it was taken in");
        };
        assert_eq!(absence.kind, AbsenceKind::CutShort);
        assert!(absence.reason.to_string().contains("limits.entries"));
        assert!(budget.is_used_up());
    }

    #[test]
    fn long_texts_weigh_more_than_names_as_people_write_them() {
        let repository = Repository::new(&Origin::new("r"), "a");
        let tags = |length: usize| {
            Answer::tags(
                repository.clone(),
                Page::whole(vec!["x".repeat(length).into(); 10]),
                FoundBy::TagsList,
            )
        };
        assert_eq!(weight_of(&tags(8)), weight_of(&tags(TEXT_OF_NODE)));
        let long = TEXT_OF_NODE + 100 * TEXT_OF_ENTRY;
        assert_eq!(weight_of(&tags(long)), weight_of(&tags(8)) + 1_000);
        let index = |platform: &str| {
            let json = format!(
                r#"{{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":
                "application/vnd.oci.image.manifest.v1+json","digest":"{}","size":1,"platform":
                {{"os":"{platform}","architecture":"amd64"}}}}]}}"#,
                Digest::of(b"")
            );
            let bytes: Arc<[u8]> = json.as_bytes().into();
            let manifest = Manifest::parse(Digest::of(&bytes), bytes, "").unwrap();
            weight_of(&Answer::manifest(repository.clone(), Arc::new(manifest)))
        };
        assert!(index(&"x".repeat(6_400)) >= index("linux") + 99);
    }
}

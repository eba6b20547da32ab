//! When things were made, as their publishers state it: for choosing by age.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::insight::impact::Candidate;
use crate::insight::outline;
use crate::oci::{Body, Digest, Question, Repository};
use crate::source::Source as _;
use crate::source::storage::{Storage, StorageView};

use super::asking::ask;
use super::{Basis, Gathered};

/// How deep an index is followed to what it lists.
const DEPTH: u32 = 4;

impl Gathered {
    /// Every tag of the target, by repository and name. With `dates` each with its date, for which a storage's configs
    /// are read.
    ///
    /// Cost: `O(n log n)`, and one read a config.
    pub async fn candidates(&self, dates: bool) -> Vec<Candidate> {
        let inventory = &self.input.inventory;
        let mut candidates: Vec<Candidate> = inventory
            .repositories()
            .flat_map(|(id, name)| {
                inventory.tags(id).map(|(tag, object)| Candidate {
                    repository: name.to_owned(),
                    tag: tag.to_owned(),
                    digest: *inventory.digest(object),
                    created: None,
                })
            })
            .collect();
        candidates.sort_by(|a, b| (&a.repository, &a.tag).cmp(&(&b.repository, &b.tag)));
        if !dates {
            return candidates;
        }
        match &self.basis {
            Basis::Session(session) => {
                for candidate in &mut candidates {
                    let roots = session.roots.first();
                    let repository = roots
                        .map(|root| Repository::new(root.origin(), candidate.repository.as_str()));
                    let node = repository.and_then(|repository| {
                        session.known.graph.object(&repository, &candidate.digest)
                    });
                    candidate.created = node.and_then(|node| {
                        outline::created(&session.known.graph, &session.known.content, node)
                    });
                }
            }
            Basis::Storage(view, storage) => {
                let mut known: HashMap<Digest, Option<Timestamp>> = HashMap::new();
                for candidate in &mut candidates {
                    let created = match known.get(&candidate.digest) {
                        Some(created) => *created,
                        None => created_in(view, storage, candidate).await,
                    };
                    known.insert(candidate.digest, created);
                    candidate.created = created;
                }
            }
        }
        candidates
    }
}

/// The date of what a tag of a storage names: its annotation, else its config, else the newest below.
async fn created_in(
    view: &StorageView,
    storage: &Storage,
    candidate: &Candidate,
) -> Option<Timestamp> {
    let repository = Repository::new(storage.origin(), candidate.repository.as_str());
    let mut newest = None;
    let mut queue = vec![(candidate.digest, 0)];
    let mut seen = HashSet::new();
    while let Some((digest, depth)) = queue.pop() {
        let Some(manifest) = view.manifests.get(&digest).filter(|_| seen.insert(digest)) else {
            continue;
        };
        let annotation = manifest.annotations.get("org.opencontainers.image.created");
        let mut created = annotation.and_then(|text| outline::read_date(text.as_str()));
        if created.is_none()
            && let Some(config) = &manifest.config
        {
            created = created_by_config(storage, &repository, config.digest).await;
        }
        newest = newest.max(created);
        if created.is_none() && depth < DEPTH {
            queue.extend(
                manifest
                    .manifests
                    .iter()
                    .map(|child| (child.digest, depth + 1)),
            );
        }
    }
    newest
}

async fn created_by_config(
    storage: &Storage,
    repository: &Repository,
    config: Digest,
) -> Option<Timestamp> {
    let question = Question::config(repository.clone(), config);
    let answers = ask(storage, &question).await;
    let created = answers.into_iter().find_map(|answer| match &answer.body {
        Body::Config(config) => config.created.clone(),
        _ => None,
    });
    outline::read_date(created?.as_str())
}

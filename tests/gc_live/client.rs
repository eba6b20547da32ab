//! What a client predicts: it sees less than the storage shows, and may err only as it says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::expected::{Observed, Outcome, predicted, with_names};
use super::graph::{Graph, Object, Step};
use super::http::Http;
use super::seen::{Place, Seen};

/// What somebody sees who lists repositories and tags, and follows what they name.
#[derive(Debug, Default)]
pub struct Visible {
    repositories: BTreeSet<String>,
    manifests: BTreeSet<Place>,
    /// Digests of manifests, configs and layers.
    objects: BTreeSet<String>,
}

impl Visible {
    /// Asks for the catalog; the rest follows from what was `seen` of the same registry.
    pub fn of(graph: &Graph, seen: &Seen, http: &mut Http) -> Self {
        let catalog = http.call("GET", "/v2/_catalog?n=1000", &[], b"");
        let catalog: Value = serde_json::from_slice(&catalog.body).unwrap();
        let names = catalog["repositories"].as_array().cloned();
        let mut visible = Self {
            repositories: names
                .unwrap_or_default()
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
            ..Self::default()
        };
        for ((repository, _), digest) in &seen.tags {
            if visible.repositories.contains(repository) {
                visible.follow(graph, seen, &(repository.clone(), digest.clone()));
            }
        }
        visible
    }

    fn follow(&mut self, graph: &Graph, seen: &Seen, place: &Place) {
        // What an index lists and the repository does not answer for may lie in the store; no client can tell.
        if !seen.manifests.contains(place) || !self.manifests.insert(place.clone()) {
            return;
        }
        self.objects.insert(place.1.clone());
        let object = graph.with_digest(&place.1).unwrap();
        for blob in &object.blobs {
            self.objects.insert(graph.objects[*blob].digest.clone());
        }
        for child in &object.children {
            let child = graph.objects[*child].digest.clone();
            self.follow(graph, seen, &(place.0.clone(), child));
        }
    }
}

/// In what a client's answer errs otherwise than it says. `keeps_untagged` is whether untagged manifests keep what they
/// hold.
pub fn misjudged(
    observed: &Observed<'_>,
    visible: &Visible,
    answer: &Value,
    keeps_untagged: bool,
) -> Vec<String> {
    let said = predicted(answer);
    let mut check = Check {
        observed,
        visible,
        happened: observed.outcome(),
        keeps_untagged,
        may_refuse: answer["partial_reasons"]
            .to_string()
            .contains("then this registry refuses"),
        wrong: Vec::new(),
    };
    check.words(answer);
    if check.actions(&said) {
        check.lines(&said);
    }
    check
        .wrong
        .iter()
        .map(|line| with_names(observed.graph, line))
        .collect()
}

struct Check<'a> {
    observed: &'a Observed<'a>,
    visible: &'a Visible,
    happened: Outcome,
    keeps_untagged: bool,
    /// Whether the answer says that an index that is not seen may make the registry refuse.
    may_refuse: bool,
    wrong: Vec<String>,
}

impl Check<'_> {
    /// Says that it sees a part, which, and that it does not know the disk.
    fn words(&mut self, answer: &Value) {
        let reasons = answer["partial_reasons"].to_string();
        let named = [
            "untagged manifests are not seen",
            "blobs that nothing names",
            "concluded from manifests",
        ];
        if answer["partial_view"] != true
            || !named.iter().all(|part| reasons.contains(part))
            || !answer["freed_bytes_on_disk"].is_null()
        {
            self.wrong
                .push(format!("does not say what it cannot see: {reasons}"));
        }
    }

    /// Whether the actions were taken as predicted. Where they were not it must be for something that is not seen, and
    /// the rest has no ground.
    fn actions(&mut self, said: &Outcome) -> bool {
        let graph = self.observed.graph;
        let mut is_same = true;
        for (place, step) in graph.actions.iter().enumerate() {
            let (predicted, happened) = (&said.actions[place], &self.happened.actions[place]);
            if predicted == happened {
                continue;
            }
            is_same = false;
            // The answer says so where the policy protects what an index lists.
            let is_guarded = happened.contains(" refused ")
                && self.may_refuse
                && matches!(step, Step::DeleteManifest { .. } | Step::DeleteTag { .. });
            let is_hidden = is_guarded
                || match step {
                    Step::DeleteManifest { repository, object } => {
                        predicted.contains("not-found") && !self.sees(*repository, *object)
                    }
                    Step::Move {
                        repository, object, ..
                    } => {
                        // Not seen, or with something missing that was concluded to be there.
                        predicted.contains("not-found") && !self.sees(*repository, *object)
                            || happened.contains("refused 400") && self.lacks(*repository, *object)
                    }
                    // A tag of a repository that the catalog does not list.
                    Step::DeleteTag { repository, .. } => {
                        predicted.contains("not-found")
                            && !self
                                .visible
                                .repositories
                                .contains(&graph.repositories[*repository])
                    }
                    _ => false,
                };
            // What an earlier action did unforetold may decide on a later one.
            if !is_hidden && place == self.first_difference(said) {
                self.wrong.push(format!(
                    "`{}` predicted as {predicted}, it was {happened}",
                    graph.describe(step)
                ));
            }
        }
        is_same
    }

    fn first_difference(&self, said: &Outcome) -> usize {
        let pairs = said.actions.iter().zip(&self.happened.actions);
        pairs.take_while(|(a, b)| a == b).count()
    }

    fn sees(&self, repository: usize, object: usize) -> bool {
        let graph = self.observed.graph;
        let place = (
            graph.repositories[repository].clone(),
            graph.objects[object].digest.clone(),
        );
        self.visible.manifests.contains(&place)
    }

    fn lacks(&self, repository: usize, object: usize) -> bool {
        let graph = self.observed.graph;
        graph.objects[object].blobs.iter().any(|blob| {
            let place = (
                graph.repositories[repository].clone(),
                graph.objects[*blob].digest.clone(),
            );
            !self.observed.before.serves(&place)
        })
    }

    fn lines(&mut self, said: &Outcome) {
        let happened = std::mem::take(&mut self.happened.lines);
        for line in happened.keys() {
            if !said.lines.contains_key(line) && self.must_be_foretold(line, &said.lines) {
                self.wrong.push(format!("not predicted: {line}"));
            }
        }
        for line in said.lines.keys() {
            if !happened.contains_key(line) && !self.may_not_happen(line) {
                self.wrong.push(format!("did not happen: {line}"));
            }
        }
    }

    /// Of what is seen, all that goes is predicted.
    fn must_be_foretold(&self, line: &str, said: &BTreeMap<String, String>) -> bool {
        let words: Vec<&str> = line.split(' ').collect();
        let is_seen = |place: &str| {
            place.split_once('@').is_some_and(|(repository, digest)| {
                let place = (repository.to_owned(), digest.to_owned());
                self.visible.manifests.contains(&place)
            })
        };
        match words.as_slice() {
            ["manifest", place, "goes"] => is_seen(place),
            ["frees", digest, _] => self.visible.objects.contains(*digest),
            ["tag", place, "goes"] => {
                let repository = place.rsplit_once(':').unwrap().0;
                self.visible.repositories.contains(repository)
            }
            // What stays only because the collection ended early was predicted to go.
            _ if self.observed.aborted => false,
            // It may be predicted to lack what never was there, too, or to go.
            [place, "lacks", ..] => {
                let others = [format!("{place} lacks "), format!("manifest {place} goes")];
                let is_other = |line: &String| others.iter().any(|other| line.starts_with(other));
                is_seen(place) && !said.keys().any(is_other)
            }
            // Referrers are seen where a tag leads to them.
            [place, ..] => is_seen(place),
            [] => false,
        }
    }

    /// Less comes back where something is shared with what is not seen, or was not there; nothing at all where
    /// something unseen ends the collection.
    fn may_not_happen(&self, line: &str) -> bool {
        if self.observed.aborted {
            return true;
        }
        let words: Vec<&str> = line.split(' ').collect();
        let at = |place: &str, digest: &str| {
            let repository = place.split_once('@').unwrap().0;
            (repository.to_owned(), digest.to_owned())
        };
        match words.as_slice() {
            ["frees", digest, _] => self.may_stay(digest),
            ["manifest", place, "goes"] => {
                let digest = place.split_once('@').unwrap().1;
                self.may_answer(&at(place, digest))
            }
            [place, "dangles", "from", subject] => self.may_answer(&at(place, subject)),
            [place, "lacks", digests @ ..] => digests
                .iter()
                .any(|digest| self.may_stay(digest) || self.may_answer(&at(place, digest))),
            _ => false,
        }
    }

    /// Whether a manifest, or what was taken for a blob, may have been gone already; or may go on answering because
    /// something that is not seen has it as a layer (the link of a layer is enough).
    fn may_answer(&self, place: &Place) -> bool {
        let is_manifest = self
            .observed
            .graph
            .with_digest(&place.1)
            .unwrap()
            .is_manifest();
        !self.observed.before.serves(place)
            || is_manifest && self.observed.before.blobs.contains(place)
    }

    fn may_stay(&self, digest: &str) -> bool {
        !self.observed.before.stored.contains_key(digest) || self.held_unseen().contains(digest)
    }

    /// What manifests hold that are not seen: any untagged one where those keep what they hold, else those that a seen
    /// manifest lists as a layer, for distribution 3 follows that too.
    fn held_unseen(&self) -> BTreeSet<&str> {
        let graph = self.observed.graph;
        let mut queue: Vec<&Object> = self
            .observed
            .before
            .manifests
            .iter()
            .filter(|place| !self.visible.manifests.contains(*place))
            .filter(|place| self.keeps_untagged || self.visible.objects.contains(&place.1))
            .map(|place| graph.with_digest(&place.1).unwrap())
            .collect();
        let mut held = BTreeSet::new();
        while let Some(object) = queue.pop() {
            if held.insert(object.digest.as_str()) {
                let named = object.blobs.iter().chain(&object.children);
                queue.extend(named.map(|id| &graph.objects[*id]));
            }
        }
        held
    }
}

//! What really happened, in the words of the answer that predicts it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::graph::{Graph, Step};
use super::perform::Taken;
use super::seen::{Place, Seen};

/// Everything that was observed around some actions, under one way to collect.
pub struct Observed<'a> {
    pub graph: &'a Graph,
    pub before: &'a Seen,
    pub after: &'a Seen,
    /// After a collection without any action.
    pub base: &'a Seen,
    pub taken: &'a [Taken],
    /// Whether the collector gave up.
    pub aborted: bool,
}

/// Parts of the answer whose order does not matter, each with its cause: what it is, then why.
pub type Lines = BTreeMap<String, String>;

/// An answer, as far as it is compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub actions: Vec<String>,
    pub lines: Lines,
    pub freed_bytes: u64,
    pub freed_bytes_by_actions: u64,
    pub freed_bytes_on_disk: Option<u64>,
    pub aborted: bool,
}

impl Observed<'_> {
    /// The answer that would have been right.
    pub fn outcome(&self) -> Outcome {
        let mut lines = Lines::new();
        self.manifests(&mut lines);
        self.tags(&mut lines);
        self.referrers(&mut lines);
        self.broken(&mut lines);
        let (mut freed_bytes, mut by_actions) = (0, 0);
        for (digest, size) in self.freed() {
            let cause = self.cause_of_object(digest);
            freed_bytes += size;
            if cause != "anyway" {
                by_actions += size;
            }
            lines.insert(format!("frees {digest} {size}"), cause.to_owned());
        }
        Outcome {
            actions: self
                .taken
                .iter()
                .map(|taken| format!("{} {} {}", taken.action, taken.result, taken.status))
                .collect(),
            lines,
            freed_bytes,
            freed_bytes_by_actions: by_actions,
            freed_bytes_on_disk: Some(freed_bytes),
            aborted: self.aborted,
        }
    }

    /// What left the store.
    pub fn freed(&self) -> impl Iterator<Item = (&String, u64)> {
        let gone = self
            .before
            .stored
            .iter()
            .filter(|(digest, _)| !self.after.stored.contains_key(*digest));
        gone.map(|(digest, size)| (digest, *size))
    }

    /// Manifests that no longer answer.
    pub fn manifests_gone(&self) -> BTreeSet<&Place> {
        self.before
            .manifests
            .difference(&self.after.manifests)
            .collect()
    }

    fn accepted(&self) -> impl Iterator<Item = &Step> {
        let pairs = self.graph.actions.iter().zip(self.taken);
        pairs
            .filter(|(_, taken)| taken.result == "accepted")
            .map(|(step, _)| step)
    }

    fn named(&self) -> BTreeSet<Place> {
        self.accepted()
            .filter_map(|step| match step {
                Step::DeleteManifest { repository, object } => Some((
                    self.graph.repositories[*repository].clone(),
                    self.graph.objects[*object].digest.clone(),
                )),
                _ => None,
            })
            .collect()
    }

    fn cause_of_object(&self, digest: &str) -> &'static str {
        if !self.base.stored.contains_key(digest) {
            "anyway"
        } else if self.named().iter().any(|(_, named)| named == digest) {
            "named"
        } else {
            "collateral"
        }
    }

    fn manifests(&self, lines: &mut Lines) {
        let named = self.named();
        for place in self.manifests_gone() {
            let cause = if named.contains(place) {
                "named"
            } else {
                by_base(!self.base.manifests.contains(place))
            };
            lines.insert(
                format!("manifest {}@{} goes", place.0, place.1),
                cause.to_owned(),
            );
        }
    }

    fn tags(&self, lines: &mut Lines) {
        let named: BTreeSet<(String, String)> = self
            .accepted()
            .filter_map(|step| match step {
                Step::DeleteTag { repository, tag } => {
                    Some((self.graph.repositories[*repository].clone(), tag.clone()))
                }
                _ => None,
            })
            .collect();
        for place in self.before.tags.keys() {
            if !self.after.tags.contains_key(place) {
                let cause = if named.contains(place) {
                    "named"
                } else {
                    by_base(!self.base.tags.contains_key(place))
                };
                lines.insert(
                    format!("tag {}:{} goes", place.0, place.1),
                    cause.to_owned(),
                );
            }
        }
    }

    /// Subjects and referrers of `seen`: by `subject`, and by cosign's tags.
    fn pairs<'a>(&'a self, seen: &'a Seen) -> BTreeSet<(&'a str, &'a str, String)> {
        let mut pairs = BTreeSet::new();
        for (repository, digest) in &seen.manifests {
            let object = self.graph.with_digest(digest).unwrap();
            if let Some(subject) = object.subject {
                let subject = self.graph.objects[subject].digest.clone();
                pairs.insert((repository.as_str(), digest.as_str(), subject));
            }
        }
        for ((repository, tag), digest) in &seen.tags {
            if let Some((encoded, _)) = tag
                .strip_prefix("sha256-")
                .and_then(|rest| rest.split_once('.'))
            {
                pairs.insert((repository, digest, format!("sha256:{encoded}")));
            }
        }
        pairs
    }

    fn referrers(&self, lines: &mut Lines) {
        let is_gone = |seen: &Seen, repository: &str, digest: &str| {
            let place = (repository.to_owned(), digest.to_owned());
            self.before.manifests.contains(&place) && !seen.manifests.contains(&place)
        };
        for (repository, referrer, subject) in self.pairs(self.after) {
            if is_gone(self.after, repository, &subject) {
                let place = (repository.to_owned(), referrer.to_owned());
                let anyway = self.base.manifests.contains(&place)
                    && is_gone(self.base, repository, &subject);
                lines.insert(
                    format!("{repository}@{referrer} dangles from {subject}"),
                    by_base(anyway).to_owned(),
                );
            }
        }
        let listed = self.listed(self.before);
        for (repository, referrer, subject) in listed.difference(&self.listed(self.after)) {
            let place = (repository.clone(), referrer.clone());
            if self.after.manifests.contains(&place) {
                let row = (repository.clone(), referrer.clone(), subject.clone());
                let anyway =
                    self.base.manifests.contains(&place) && !self.listed(self.base).contains(&row);
                lines.insert(
                    format!("{repository}@{referrer} is not listed for {subject}"),
                    by_base(anyway).to_owned(),
                );
            }
        }
    }

    /// Repository, referrer, subject: what a client finds by fallback tags.
    fn listed(&self, seen: &Seen) -> BTreeSet<(String, String, String)> {
        let mut listed = BTreeSet::new();
        for ((repository, tag), digest) in &seen.tags {
            let Some(encoded) = tag
                .strip_prefix("sha256-")
                .filter(|rest| !rest.contains('.'))
            else {
                continue;
            };
            for child in &self.graph.with_digest(digest).unwrap().children {
                let child = self.graph.objects[*child].digest.clone();
                listed.insert((repository.clone(), child, format!("sha256:{encoded}")));
            }
        }
        listed
    }

    fn broken(&self, lines: &mut Lines) {
        for place in &self.after.manifests {
            let object = self.graph.with_digest(&place.1).unwrap();
            let named = object.blobs.iter().chain(&object.children);
            let missing: BTreeSet<Place> = named
                .map(|id| (place.0.clone(), self.graph.objects[*id].digest.clone()))
                .filter(|named| self.before.serves(named) && !self.after.serves(named))
                .collect();
            if !missing.is_empty() {
                let anyway = self.base.manifests.contains(place)
                    && missing.iter().all(|named| !self.base.serves(named));
                let digests: Vec<&str> = missing.iter().map(|named| named.1.as_str()).collect();
                lines.insert(
                    format!("{}@{} lacks {}", place.0, place.1, digests.join(" ")),
                    by_base(anyway).to_owned(),
                );
            }
        }
    }
}

const fn by_base(is_so_anyway: bool) -> &'static str {
    if is_so_anyway { "anyway" } else { "collateral" }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}

fn rows(answer: &Value, key: &str) -> Vec<Value> {
    answer[key].as_array().cloned().unwrap_or_default()
}

fn lines_of(answer: &Value) -> Lines {
    let rows = |key: &str| rows(answer, key);
    let mut lines = Lines::new();
    let mut add = |line: String, row: &Value| {
        let twice = lines.insert(line, text(&row["cause"]));
        assert!(twice.is_none(), "twice: {row}");
    };
    for row in rows("manifests_gone") {
        add(
            format!(
                "manifest {}@{} goes",
                text(&row["repository"]),
                text(&row["digest"])
            ),
            &row,
        );
    }
    for row in rows("tags_gone") {
        add(
            format!(
                "tag {}:{} goes",
                text(&row["repository"]),
                text(&row["tag"])
            ),
            &row,
        );
    }
    for row in rows("objects_freed") {
        // A registry with one store frees an object once.
        let scope = match &row["scope"] {
            Value::String(scope) if scope != "*" => format!(" in {scope}"),
            _ => String::new(),
        };
        add(
            format!("frees {} {}{scope}", text(&row["digest"]), row["size"]),
            &row,
        );
    }
    for (key, words) in [
        ("dangling_referrers", "dangles from"),
        ("unlisted", "is not listed for"),
    ] {
        for row in rows(key) {
            add(
                format!(
                    "{}@{} {words} {}",
                    text(&row["repository"]),
                    text(&row["digest"]),
                    text(&row["subject"])
                ),
                &row,
            );
        }
    }
    for row in rows("broken") {
        let missing: Vec<String> = row["missing"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        add(
            format!(
                "{}@{} lacks {}",
                text(&row["repository"]),
                text(&row["digest"]),
                missing.join(" ")
            ),
            &row,
        );
    }
    lines
}

/// What an answer predicts.
pub fn predicted(answer: &Value) -> Outcome {
    Outcome {
        actions: rows(answer, "actions")
            .iter()
            .map(|row| {
                format!(
                    "{} {} {}",
                    text(&row["action"]),
                    text(&row["result"]),
                    row["status"]
                )
            })
            .collect(),
        lines: lines_of(answer),
        freed_bytes: answer["freed_bytes"].as_u64().unwrap_or(u64::MAX),
        freed_bytes_by_actions: answer["freed_bytes_by_actions"]
            .as_u64()
            .unwrap_or(u64::MAX),
        freed_bytes_on_disk: answer["freed_bytes_on_disk"].as_u64(),
        aborted: !answer["aborted"].is_null(),
    }
}

/// Whether all that an answer frees leaves one store, with the next run of a collector.
pub fn is_of_one_store(answer: &Value) -> bool {
    let mut rows = rows(answer, "objects_freed").into_iter();
    rows.all(|row| row["scope"] == "*" && row["when"] == "next-collection")
}

/// What the two differ in, one line each, with the names of the graph instead of digests.
pub fn differences(graph: &Graph, happened: &Outcome, predicted: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    if happened.actions != predicted.actions {
        found.push(format!(
            "actions: predicted {:?}, happened {:?}",
            predicted.actions, happened.actions
        ));
    }
    for (line, cause) in &happened.lines {
        match predicted.lines.get(line) {
            None => found.push(format!("not predicted: {line} ({cause})")),
            Some(other) if other != cause => {
                found.push(format!("{line}: predicted as {other}, it is {cause}"));
            }
            Some(_) => {}
        }
    }
    for (line, cause) in &predicted.lines {
        if !happened.lines.contains_key(line) {
            found.push(format!("did not happen: {line} ({cause})"));
        }
    }
    let mut number = |what: &str, happened: String, predicted: String| {
        if happened != predicted {
            found.push(format!(
                "{what}: predicted {predicted}, happened {happened}"
            ));
        }
    };
    number(
        "freed_bytes",
        happened.freed_bytes.to_string(),
        predicted.freed_bytes.to_string(),
    );
    number(
        "freed_bytes_by_actions",
        happened.freed_bytes_by_actions.to_string(),
        predicted.freed_bytes_by_actions.to_string(),
    );
    number(
        "freed_bytes_on_disk",
        format!("{:?}", happened.freed_bytes_on_disk),
        format!("{:?}", predicted.freed_bytes_on_disk),
    );
    number(
        "aborted",
        happened.aborted.to_string(),
        predicted.aborted.to_string(),
    );
    found.iter().map(|line| with_names(graph, line)).collect()
}

/// A text with the names of the graph instead of digests.
pub fn with_names(graph: &Graph, text: &str) -> String {
    graph.objects.iter().fold(text.to_owned(), |text, object| {
        text.replace(&object.digest, &object.name)
    })
}

//! What is in use: references out of lists, Kubernetes, Compose, Docker and CRI, and whom of the registry they mean.

mod charts;
mod documents;
mod yaml;

use serde_json::Value;

use crate::oci::target::RepositoryTarget;

use crate::insight::impact::inventory::Inventory;
use crate::insight::impact::request::consumer::{Consumer, PulledBy};

pub use charts::{CHART_CONFIG, Charts};

/// One reference and who uses it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use {
    /// Who: a pod and its container, a service, a line.
    pub consumer: String,
    /// The reference as it is written.
    pub reference: String,
}

/// Why a text says nothing of what is in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InUseError {
    /// It starts like JSON and is none.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// It looks like YAML and is none that can be read.
    #[error("it is no YAML that can be read: {0}")]
    Yaml(String),
    /// It is a document, and none of the kinds that are known.
    #[error(
        "it is none of what can be read: references one a line, `kubectl get pods -A -o json`, a Compose file, \
         `docker ps --format json`, `docker inspect`, `crictl ps -o json`, `crictl images -o json`"
    )]
    Kind,
    /// A line is no reference.
    #[error("line {0}: `{1}` is no reference")]
    Line(usize, String),
}

/// What `text` says is in use, sorted, each once. Cost: `O(n)`.
///
/// Errors: the text is none of the kinds that are known.
pub fn in_use(text: &str) -> Result<Vec<Use>, InUseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.trim_start();
    let mut uses = if start.starts_with(['{', '[']) {
        documents::uses(&json(text)?)?
    } else if looks_like_yaml(text) {
        documents::uses(&yaml::documents(text)?)?
    } else {
        lines(text)?
    };
    uses.sort_unstable();
    uses.dedup();
    Ok(uses)
}

/// JSON documents one after the other, as `docker ps --format json` prints them.
fn json(text: &str) -> Result<Vec<Value>, InUseError> {
    serde_json::Deserializer::from_str(text)
        .into_iter::<Value>()
        .collect::<Result<_, _>>()
        .map_err(|error| InUseError::Json(error.to_string()))
}

/// Whether some line is `key:` or `key: value`, which no reference is.
fn looks_like_yaml(text: &str) -> bool {
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(line));
    lines.map(str::trim_end).any(|line| {
        line == "---" || line.ends_with(':') || line.contains(": ") || line.starts_with("- ")
    })
}

fn lines(text: &str) -> Result<Vec<Use>, InUseError> {
    let mut uses = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or(line).trim();
        if line.is_empty() {
            continue;
        }
        if line.contains(char::is_whitespace) || RepositoryTarget::parse(line).is_err() {
            return Err(InUseError::Line(number + 1, line.to_owned()));
        }
        uses.push(Use {
            consumer: format!("line {}", number + 1),
            reference: line.to_owned(),
        });
    }
    Ok(uses)
}

/// What of the uses means the registry at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Those that do.
    pub consumers: Vec<Consumer>,
    /// How many mean something else.
    pub elsewhere: usize,
    /// References that cannot be read, or whose variables nobody has set.
    pub unread: Vec<Use>,
}

/// Finds the repositories that `uses` mean. With a `host` (as references write it) only references to it count; a
/// storage has none, and there a repository is meant by a path that is its name, or ends with it.
///
/// Cost: `O(n log repositories)`.
pub fn matched(uses: &[Use], inventory: &Inventory, host: Option<&str>) -> Matched {
    let mut matched = Matched::default();
    for used in uses {
        let Ok(target) = RepositoryTarget::parse(&used.reference) else {
            matched.unread.push(used.clone());
            continue;
        };
        let repository = match host {
            Some(host) if target.host.as_str() != host => None,
            Some(_) => inventory
                .repository(&target.path)
                .map(|_| target.path.as_str()),
            None => suffix(inventory, &target.path),
        };
        let Some(repository) = repository else {
            matched.elsewhere += 1;
            continue;
        };
        matched.consumers.push(Consumer {
            name: used.consumer.clone(),
            reference: used.reference.clone(),
            repository: repository.to_owned(),
            by: match (target.digest, target.tag) {
                (Some(digest), _) => PulledBy::Digest(digest),
                (None, Some(tag)) => PulledBy::Tag(tag),
                (None, None) => PulledBy::Tag("latest".to_owned()),
            },
            itself: None,
        });
    }
    matched
}

/// The longest end of a path, in whole components, that is a repository.
fn suffix<'a>(inventory: &Inventory, path: &'a str) -> Option<&'a str> {
    let mut rest = path;
    loop {
        if inventory.repository(rest).is_some() {
            return Some(rest);
        }
        (_, rest) = rest.split_once('/')?;
    }
}

#[cfg(test)]
mod tests;

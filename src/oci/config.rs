//! Image configurations (image-spec, `config.md`).

use std::sync::Arc;

use super::descriptor::{text_weight, weight_of};
use super::json::{Json, JsonError, Problem, Reader};
use super::{Annotations, Platform, RemoteText};

/// The configuration of an image: platform, history, root file system, labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageConfig {
    /// The exact bytes.
    pub bytes: Arc<[u8]>,
    /// What the image runs on.
    pub platform: Platform,
    /// When it was made, as stated by the publisher.
    pub created: Option<RemoteText>,
    /// Who made it.
    pub author: Option<RemoteText>,
    /// Digests of the uncompressed layers, base first, as written.
    pub diff_ids: Vec<RemoteText>,
    /// How it was made, oldest step first.
    pub history: Vec<HistoryEntry>,
    /// Labels.
    pub labels: Annotations,
    /// Entry point and arguments.
    pub entrypoint: Vec<RemoteText>,
    /// Default arguments.
    pub cmd: Vec<RemoteText>,
    /// `KEY=value` lines.
    pub env: Vec<RemoteText>,
    /// User.
    pub user: Option<RemoteText>,
    /// Working directory.
    pub working_dir: Option<RemoteText>,
    /// Ports, as written.
    pub exposed_ports: Vec<RemoteText>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// One step of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When, as stated.
    pub created: Option<RemoteText>,
    /// The command.
    pub created_by: Option<RemoteText>,
    /// A remark.
    pub comment: Option<RemoteText>,
    /// Whether the step made no layer.
    pub is_empty_layer: bool,
}

impl ImageConfig {
    /// What it weighs in memory, in bytes, roughly: the document, and what was made of it. Cost: `O(n)` in its entries.
    pub fn weight(&self) -> usize {
        let steps = self.history.iter();
        let steps = steps.flat_map(|step| [&step.created, &step.created_by, &step.comment]);
        let texts = [
            &self.diff_ids,
            &self.entrypoint,
            &self.cmd,
            &self.env,
            &self.exposed_ports,
        ];
        let texts = texts.into_iter().flatten().chain(steps.flatten());
        let texts = texts.map(|text| size_of::<RemoteText>() + text_weight(text));
        self.bytes.len()
            + self.history.len() * size_of::<HistoryEntry>()
            + texts.sum::<usize>()
            + weight_of(&self.labels)
            + self.problems.len() * 64
    }

    /// Reads `bytes`. Errors: they are no JSON object. Cost: `O(n)`.
    pub fn parse(bytes: Arc<[u8]>) -> Result<Self, JsonError> {
        let mut reader = Reader::default();
        let object = Json::parse(&bytes)?.noted(&mut reader);
        let empty = serde_json::Map::new();
        let settings = reader.object(&object, "config", "").unwrap_or(&empty);
        let rootfs = reader.object(&object, "rootfs", "").unwrap_or(&empty);
        let mut history = Vec::new();
        let steps = reader.list(&object, "history", "");
        let steps = reader.within_bounds(steps, "history").iter();
        for (number, entry) in steps.enumerate() {
            let place = format!("history[{number}]");
            let Some(entry) = entry.as_object() else {
                reader.note(&place, "is no object");
                continue;
            };
            history.push(HistoryEntry {
                created: reader.text(entry, "created", &place),
                created_by: reader.text(entry, "created_by", &place),
                comment: reader.text(entry, "comment", &place),
                is_empty_layer: entry
                    .get("empty_layer")
                    .and_then(serde_json::Value::as_bool)
                    .unwrap_or_default(),
            });
        }
        let ports = reader.object(settings, "ExposedPorts", "config");
        Ok(Self {
            platform: reader.platform(&object, ""),
            created: reader
                .text(&object, "created", "")
                .filter(|text| !text.is_empty()),
            author: reader
                .text(&object, "author", "")
                .filter(|text| !text.is_empty()),
            diff_ids: reader.texts(rootfs, "diff_ids", "rootfs"),
            history,
            labels: reader.annotations(settings, "Labels", "config"),
            entrypoint: reader.texts(settings, "Entrypoint", "config"),
            cmd: reader.texts(settings, "Cmd", "config"),
            env: reader.texts(settings, "Env", "config"),
            user: reader
                .text(settings, "User", "config")
                .filter(|text| !text.is_empty()),
            working_dir: reader
                .text(settings, "WorkingDir", "config")
                .filter(|text| !text.is_empty()),
            exposed_ports: ports
                .map(|p| p.keys().map(|k| k.as_str().into()).collect())
                .unwrap_or_default(),
            bytes,
            problems: reader.problems,
        })
    }
}

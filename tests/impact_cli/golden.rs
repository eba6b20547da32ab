//! The graphs of `tests/golden/gc`, as their files have them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regscope::oci::Digest;
use serde::Deserialize;

/// One graph, what was done to it, and what the real registries held afterwards.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) pushes: Vec<Push>,
    pub(crate) actions: Vec<Vec<String>>,
    pub(crate) outcomes: BTreeMap<String, Outcome>,
}

#[derive(Deserialize)]
pub(crate) struct Object {
    pub(crate) kind: String,
    pub(crate) size: u64,
    pub(crate) digest: Digest,
    pub(crate) raw: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Push {
    pub(crate) repo: String,
    pub(crate) object: String,
    pub(crate) tag: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Outcome {
    pub(crate) refused: Vec<(String, u16)>,
    pub(crate) addressable: BTreeSet<String>,
    pub(crate) tags: BTreeMap<String, Option<String>>,
    pub(crate) removed: BTreeMap<String, BTreeSet<String>>,
    pub(crate) freed_bytes: u64,
}

/// What a manifest names, as far as writing it out needs it.
#[derive(Deserialize)]
pub(crate) struct Raw {
    #[serde(rename = "mediaType")]
    pub(crate) media_type: String,
    pub(crate) config: Option<Named>,
    #[serde(default)]
    pub(crate) layers: Vec<Named>,
    #[serde(default)]
    pub(crate) manifests: Vec<Named>,
    pub(crate) subject: Option<Named>,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) digest: Digest,
    #[serde(rename = "mediaType", default)]
    pub(crate) media_type: String,
}

impl Case {
    /// The bytes of an object: a manifest's own, a blob's its name and a bar, over and over.
    pub(crate) fn bytes(&self, object: &str) -> Vec<u8> {
        let known = &self.objects[object];
        let bytes: Vec<u8> = if let Some(raw) = &known.raw {
            raw.clone().into_bytes()
        } else {
            let size = usize::try_from(known.size).unwrap();
            format!("{object}|").bytes().cycle().take(size).collect()
        };
        assert_eq!(Digest::of(&bytes), known.digest, "{}: {object}", self.name);
        bytes
    }

    /// A manifest's own words; none of a blob.
    pub(crate) fn raw(&self, object: &str) -> Option<Raw> {
        let raw = self.objects[object].raw.as_ref()?;
        Some(serde_json::from_str(raw).unwrap())
    }

    /// The name of the object with this digest, if it is one of the graph.
    pub(crate) fn named(&self, digest: &Digest) -> Option<&str> {
        let mut objects = self.objects.iter();
        objects
            .find(|(_, object)| object.digest == *digest)
            .map(|(name, _)| name.as_str())
    }

    /// The pushes that the registry of `outcome` took.
    pub(crate) fn accepted<'a>(&'a self, outcome: &'a Outcome) -> impl Iterator<Item = &'a Push> {
        self.pushes.iter().filter(|push| {
            let tag = push.tag.as_deref().unwrap_or("None");
            let words = format!("push {}/{}@{tag}", push.repo, push.object);
            !outcome.refused.iter().any(|(refused, _)| *refused == words)
        })
    }

    /// The pushes that it declined: what they named is there, since it is uploaded first.
    pub(crate) fn declined<'a>(&'a self, outcome: &'a Outcome) -> impl Iterator<Item = &'a Push> {
        self.pushes.iter().filter(|push| {
            let tag = push.tag.as_deref().unwrap_or("None");
            let words = format!("push {}/{}@{tag}", push.repo, push.object);
            outcome.refused.iter().any(|(refused, _)| *refused == words)
        })
    }

    /// Every repository that is pushed to.
    pub(crate) fn repositories(&self) -> BTreeSet<&str> {
        let acted = self.actions.iter().filter_map(|action| action.get(1));
        let pushed = self.pushes.iter().map(|push| push.repo.as_str());
        pushed.chain(acted.map(String::as_str)).collect()
    }
}

/// All graphs, by name.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/gc");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
        .collect()
}

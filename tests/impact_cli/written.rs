//! Storages as registries write them, push by push.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use regscope::oci::Digest;
use serde_json::{Value, json};

use super::golden::{Case, Outcome, Push};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const REF_NAME: &str = "org.opencontainers.image.ref.name";
const OLAREG_SUBJECT: &str = "org.olareg.referrer.subject";

/// Whose format.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Distribution,
    Zot,
    Olareg,
}

/// Writes the storage in `folder` as it stood after the pushes that the registry took.
pub(crate) fn write(folder: &Path, format: Format, case: &Case, outcome: &Outcome) {
    match format {
        Format::Distribution => {
            let tree = folder.join("docker/registry/v2");
            for push in case.accepted(outcome) {
                distribution(&tree, case, push);
            }
            for push in case.declined(outcome) {
                blobs(&tree, case, push);
            }
        }
        Format::Zot | Format::Olareg => {
            let mut layouts: BTreeMap<&str, Layout<'_>> = BTreeMap::new();
            for push in case.accepted(outcome) {
                let layout = layouts
                    .entry(&push.repo)
                    .or_insert_with(|| Layout::new(folder.join(&push.repo), case, format));
                layout.push(push);
            }
            layouts.values().for_each(Layout::close);
        }
    }
}

fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// distribution, `registry/storage/paths.go`: a blob's data.
fn data(tree: &Path, case: &Case, object: &str) {
    let encoded = case.objects[object].digest.encoded();
    let (shard, _) = encoded.split_at(2);
    put(
        &tree.join(format!("blobs/sha256/{shard}/{encoded}/data")),
        &case.bytes(object),
    );
}

fn link(place: &Path, digest: &Digest) {
    put(&place.join("link"), digest.to_string().as_bytes());
}

/// What is uploaded ahead of a manifest, or a blob of its own.
fn blobs(tree: &Path, case: &Case, push: &Push) {
    let layers = tree
        .join("repositories")
        .join(&push.repo)
        .join("_layers/sha256");
    let upload = |object: &str| {
        data(tree, case, object);
        let digest = case.objects[object].digest;
        link(&layers.join(digest.encoded()), &digest);
    };
    let Some(raw) = case.raw(&push.object) else {
        return upload(&push.object);
    };
    for named in raw.config.iter().chain(&raw.layers) {
        upload(case.named(&named.digest).unwrap());
    }
}

fn distribution(tree: &Path, case: &Case, push: &Push) {
    blobs(tree, case, push);
    if case.raw(&push.object).is_none() {
        return;
    }
    data(tree, case, &push.object);
    let digest = case.objects[&push.object].digest;
    let encoded = digest.encoded();
    let manifests = tree
        .join("repositories")
        .join(&push.repo)
        .join("_manifests");
    link(
        &manifests.join(format!("revisions/sha256/{encoded}")),
        &digest,
    );
    if let Some(tag) = &push.tag {
        let tag = manifests.join("tags").join(tag);
        link(&tag.join(format!("index/sha256/{encoded}")), &digest);
        link(&tag.join("current"), &digest);
    }
}

/// One repository as zot or olareg keep it.
struct Layout<'a> {
    folder: PathBuf,
    case: &'a Case,
    format: Format,
    rows: Vec<Value>,
    /// olareg, by subject: what its list says.
    lists: BTreeMap<String, Vec<Value>>,
}

impl<'a> Layout<'a> {
    fn new(folder: PathBuf, case: &'a Case, format: Format) -> Self {
        put(
            &folder.join("oci-layout"),
            br#"{"imageLayoutVersion":"1.0.0"}"#,
        );
        fs::create_dir_all(folder.join("blobs/sha256")).unwrap();
        if format == Format::Zot {
            fs::create_dir_all(folder.join(".uploads")).unwrap();
        }
        Self {
            folder,
            case,
            format,
            rows: Vec::new(),
            lists: BTreeMap::new(),
        }
    }

    fn blob(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let place = format!("blobs/sha256/{}", digest.encoded());
        put(&self.folder.join(place), bytes);
        digest
    }

    fn push(&mut self, push: &Push) {
        let case = self.case;
        let bytes = case.bytes(&push.object);
        self.blob(&bytes);
        let Some(raw) = case.raw(&push.object) else {
            return;
        };
        for named in raw.config.iter().chain(&raw.layers) {
            self.blob(&case.bytes(case.named(&named.digest).unwrap()));
        }
        let mut row = json!({
            "mediaType": raw.media_type,
            "digest": case.objects[&push.object].digest.to_string(),
            "size": bytes.len(),
        });
        if self.format == Format::Zot {
            return self.push_to_zot(row, push.tag.as_deref());
        }
        if let Some(tag) = &push.tag {
            row["annotations"][REF_NAME] = json!(tag);
        }
        let children: Vec<String> = raw
            .manifests
            .iter()
            .map(|child| child.digest.to_string())
            .collect();
        self.add(row.clone(), &children);
        if let Some(subject) = raw.subject {
            row.as_object_mut().unwrap().remove("annotations");
            self.list(&subject.digest.to_string(), row);
        }
    }

    /// zot: a tag that moves drops the row that it had; the first tag takes the place of the row without one.
    fn push_to_zot(&mut self, mut row: Value, tag: Option<&str>) {
        let is_same = |other: &Value| other["digest"] == row["digest"];
        match tag {
            None if self.rows.iter().any(is_same) => {}
            None => self.rows.push(row),
            Some(tag) => {
                self.rows.retain(|other| {
                    name(other) != Some(tag) && !(is_same(other) && name(other).is_none())
                });
                row["annotations"][REF_NAME] = json!(tag);
                self.rows.push(row);
            }
        }
    }

    /// olareg 0.2.2, `Index.AddDesc`.
    fn add(&mut self, new: Value, children: &[String]) {
        let has = |row: &Value, key: &str| {
            new["annotations"][key].is_string()
                && row["annotations"][key] == new["annotations"][key]
        };
        for place in (0..self.rows.len()).rev() {
            if self.rows[place]["digest"] == new["digest"] {
                continue;
            }
            if has(&self.rows[place], REF_NAME) {
                self.rows[place]
                    .as_object_mut()
                    .unwrap()
                    .remove("annotations");
            } else if has(&self.rows[place], OLAREG_SUBJECT) {
                self.rows.swap_remove(place);
            }
        }
        for child in children {
            let plain = |row: &Value| row["digest"] == **child && row["annotations"].is_null();
            if let Some(place) = self.rows.iter().position(plain) {
                self.rows.swap_remove(place);
            }
        }
        let is_plain = new["annotations"].is_null();
        let fits = |row: &&mut Value| {
            row["digest"] == new["digest"]
                && (is_plain
                    || row["annotations"].is_null()
                    || row["annotations"] == new["annotations"])
        };
        match self.rows.iter_mut().find(fits) {
            Some(_) if is_plain => {}
            Some(row) => *row = new,
            None => self.rows.push(new),
        }
    }

    /// olareg 0.2.2, `referrerAdd`: the list is a blob of its own, with a row that names the subject.
    fn list(&mut self, subject: &str, referrer: Value) {
        let listed = self.lists.entry(subject.to_owned()).or_default();
        if !listed.contains(&referrer) {
            listed.push(referrer);
        }
        let children: Vec<String> = listed
            .iter()
            .map(|listed| listed["digest"].as_str().unwrap().to_owned())
            .collect();
        let list = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).to_string();
        let digest = self.blob(list.as_bytes());
        let row = json!({
            "mediaType": INDEX, "digest": digest.to_string(), "size": list.len(),
            "annotations": {OLAREG_SUBJECT: subject},
        });
        self.add(row, &children);
    }

    fn close(&self) {
        let mut index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": self.rows});
        if self.format == Format::Olareg {
            index["annotations"]["org.olareg.referrer.convert"] = json!("true");
        }
        put(
            &self.folder.join("index.json"),
            index.to_string().as_bytes(),
        );
    }
}

fn name(row: &Value) -> Option<&str> {
    row["annotations"][REF_NAME].as_str()
}

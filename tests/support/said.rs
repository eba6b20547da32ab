//! What `regctl artifact tree --digest-tags` and `oras discover --format json` said of the collection.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test file takes its part of this"
)]

use std::path::Path;

use serde_json::Value;

use super::binary::shown;

/// One thing that a tool showed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// An index lists a manifest, perhaps for a platform.
    Child {
        index: String,
        manifest: String,
        platform: Option<String>,
    },
    /// A manifest refers to another, as this type of artifact where the tool said it.
    Refers {
        referrer: String,
        subject: String,
        artifact_type: Option<String>,
    },
    /// A tag names a manifest.
    Names { tag: String, manifest: String },
    /// A manifest has this media type and this size.
    Is {
        manifest: String,
        media_type: String,
        size: u64,
    },
}

/// Every claim of every file in `folder`.
pub fn read(folder: &Path) -> Vec<Claim> {
    let mut claims = Vec::new();
    for file in std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
    {
        let text = std::fs::read_to_string(&file).unwrap();
        let before = claims.len();
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("txt") => regctl(&text, &mut claims),
            Some("json") => {
                let document: Value = serde_json::from_str(&text).unwrap();
                oras(&document, &mut claims);
            }
            _ => panic!("{} is not understood", file.display()),
        }
        assert!(claims.len() > before, "{} says nothing", file.display());
    }
    claims.sort();
    claims.dedup();
    claims
}

/// regctl's text is a tree by indentation: a digest, below it the headings `Children:` and `Referrers:`, below these
/// lists of the same.
fn regctl(text: &str, claims: &mut Vec<Claim>) {
    // The digests that the lines so far stand below, and the headings, each with its indentation.
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut headings: Vec<(usize, String)> = Vec::new();
    let mut tag = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        if let Some(reference) = line.strip_prefix("Ref: ") {
            reference.rsplit_once(':').unwrap().1.clone_into(&mut tag);
        } else if let Some(digest) = line.strip_prefix("Digest: ") {
            claims.push(Claim::Names {
                tag: tag.clone(),
                manifest: digest.to_owned(),
            });
            above.push((0, digest.to_owned()));
        } else if let Some(entry) = line.strip_prefix("- ") {
            // An entry's own headings stand two further in than its dash.
            above.retain(|(other, _)| *other <= indent.saturating_sub(2));
            headings.retain(|(other, _)| *other < indent);
            let holder = above.last().unwrap().1.clone();
            let heading = headings.last().unwrap().1.clone();
            let digest = entry_claims(entry, &heading, &holder, claims);
            above.push((indent + 2, digest));
        } else {
            let heading = line
                .strip_suffix(':')
                .unwrap_or_else(|| panic!("`{line}` is not understood"));
            headings.retain(|(other, _)| *other < indent);
            above.retain(|(other, _)| *other <= indent);
            headings.push((indent, heading.to_owned()));
        }
    }
}

/// The claims of `sha256:…`, `sha256:… [platform]` or `sha256:…: label`; gives the digest.
fn entry_claims(entry: &str, heading: &str, holder: &str, claims: &mut Vec<Claim>) -> String {
    let (digest, label) = match entry.split_once(' ') {
        Some((digest, label)) => (digest.trim_end_matches(':').to_owned(), Some(label)),
        None => (entry.to_owned(), None),
    };
    let platform = label.and_then(|label| label.strip_prefix('[')?.strip_suffix(']'));
    let digest_tag = label.filter(|label| label.starts_with("sha256-"));
    if let Some(tag) = digest_tag {
        claims.push(Claim::Names {
            tag: tag.to_owned(),
            manifest: digest.clone(),
        });
    }
    match heading {
        "Children" => claims.push(Claim::Child {
            index: holder.to_owned(),
            manifest: digest.clone(),
            platform: platform.map(str::to_owned),
        }),
        // The index of a fallback tag refers to nothing; regctl lists it beside what it lists.
        "Referrers" if digest_tag.is_some_and(|tag| !tag.contains('.')) => {}
        "Referrers" => claims.push(Claim::Refers {
            referrer: digest.clone(),
            subject: holder.to_owned(),
            artifact_type: label.filter(|_| digest_tag.is_none()).map(str::to_owned),
        }),
        _ => panic!("`{heading}` is not understood"),
    }
    digest
}

fn oras(document: &Value, claims: &mut Vec<Claim>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    claims.push(Claim::Is {
        manifest: text(&document["digest"]),
        media_type: text(&document["mediaType"]),
        size: document["size"].as_u64().unwrap(),
    });
    for referrer in document["referrers"].as_array().unwrap() {
        claims.push(Claim::Refers {
            referrer: text(&referrer["digest"]),
            subject: text(&document["digest"]),
            artifact_type: referrer["artifactType"].as_str().map(str::to_owned),
        });
        oras(referrer, claims);
    }
}

/// Checks every claim whose manifests are there (tags: where `with_tags` says so); gives how many those were.
pub fn hold(
    claims: &[Claim],
    document: &Value,
    repository: &str,
    is_there: impl Fn(&str) -> bool,
    with_tags: bool,
) -> usize {
    let reading = shown(document, repository);
    let nodes = document["nodes"].as_array().unwrap();
    let node = |digest: &str| {
        let found = nodes
            .iter()
            .find(|node| node["repository"] == repository && node["digest"] == digest);
        found.unwrap_or_else(|| panic!("{repository}: {digest} is not shown"))
    };
    let edge = |from: &str, to: &str, kind: &str| {
        let key = (from.to_owned(), to.to_owned(), kind.to_owned());
        assert!(
            reading.edges.contains_key(&key),
            "{repository}: {key:?} is not shown"
        );
    };
    // Who wrote the index of a fallback tag decides on its bytes.
    let is_own = |index: &str| {
        let is_fallback = |tag: &str| tag.starts_with("sha256-") && !tag.contains('.');
        let names = |claim: &Claim| matches!(claim, Claim::Names { tag, manifest } if is_fallback(tag) && manifest == index);
        claims.iter().any(names)
    };
    let mut checked = 0;
    for claim in claims {
        match claim {
            Claim::Child { index, .. } if !with_tags && is_own(index) => continue,
            Claim::Child {
                index,
                manifest,
                platform,
            } if is_there(index) && is_there(manifest) => {
                edge(index, manifest, "child");
                if let Some(platform) = platform {
                    assert_eq!(
                        node(manifest)["platform"],
                        platform.as_str(),
                        "{repository}: {manifest}"
                    );
                }
            }
            Claim::Refers {
                referrer,
                subject,
                artifact_type,
            } if is_there(referrer) && is_there(subject) => {
                edge(referrer, subject, "subject");
                if let Some(said) = artifact_type {
                    let own = node(referrer)["artifact_type"].as_str();
                    assert_eq!(own, Some(said.as_str()), "{repository}: {referrer}");
                }
            }
            Claim::Names { tag, manifest } if with_tags => {
                edge(&format!(":{tag}"), manifest, "names");
            }
            Claim::Is {
                manifest,
                media_type,
                size,
            } if is_there(manifest) => {
                assert_eq!(
                    node(manifest)["media_type"],
                    media_type.as_str(),
                    "{repository}: {manifest}"
                );
                assert_eq!(node(manifest)["size"], *size, "{repository}: {manifest}");
            }
            _ => continue,
        }
        checked += 1;
    }
    checked
}

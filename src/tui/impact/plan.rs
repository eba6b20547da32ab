//! The actions written as commands, in an order that is safe. Nothing here runs them.
//!
//! Tags first, then referrers before what they are about, then indexes before what they list: so nothing is refused
//! because something else still names it, and nothing is left that names what is gone.

use crate::graph::EdgeKind;
use crate::insight::impact::{Action, Answer, DigestDelete, Foreteller, Knob, TagDelete};
use crate::oci::tag::{is_valid_repository, is_valid_tag};
use crate::oci::{Digest, Origin};

use super::names::Names;

/// A program that deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// regclient's.
    Regctl,
    /// ORAS.
    Oras,
    /// go-containerregistry's.
    Crane,
    /// skopeo.
    Skopeo,
}

impl Tool {
    /// All of them, in the order in which they are offered: the first can delete a tag everywhere.
    pub const ALL: [Self; 4] = [Self::Regctl, Self::Oras, Self::Crane, Self::Skopeo];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regctl => "regctl",
            Self::Oras => "oras",
            Self::Crane => "crane",
            Self::Skopeo => "skopeo",
        }
    }

    fn delete_manifest(self, reference: &str) -> String {
        match self {
            Self::Regctl => format!("regctl manifest delete {reference}"),
            Self::Oras => format!("oras manifest delete --force {reference}"),
            Self::Crane => format!("crane delete {reference}"),
            Self::Skopeo => format!("skopeo delete docker://{reference}"),
        }
    }
}

/// What would be done, in a safe order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    host: String,
    steps: Vec<Step>,
    left_out: usize,
    can_delete_tags: bool,
    can_delete_digests: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    repository: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A tag; what it names; other tags of that which stay.
    Tag {
        tag: String,
        digest: Option<Digest>,
        others: Vec<String>,
    },
    Manifest(Digest),
}

/// Stands for the host of a registry whose storage alone is known.
const HOST: &str = "\"$REGISTRY\"";

impl Plan {
    pub(super) fn new(
        origin: &Origin,
        names: Names<'_>,
        answer: &Answer,
        actions: &[Action],
        teller: &Foreteller,
    ) -> Self {
        let host = origin.0.as_str();
        let knobs = &teller.policy().knobs;
        let mut steps: Vec<(u8, Step)> = Vec::new();
        for action in actions {
            let repository = action.repository().to_owned();
            match action {
                Action::DeleteTag { tag, .. } => {
                    let what = tag_of(answer, teller, &repository, tag);
                    steps.push((0, Step { repository, what }));
                }
                Action::DeleteManifest { digest, .. } => {
                    let rank = rank(names, &repository, digest);
                    let what = What::Manifest(*digest);
                    steps.push((rank, Step { repository, what }));
                }
                _ => {}
            }
        }
        steps.sort_by_key(|(rank, _)| *rank);
        let all = steps.len();
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(_, step)| step)
            .filter(is_writable)
            .collect();
        Self {
            host: if is_host(host) {
                host.to_owned()
            } else {
                HOST.to_owned()
            },
            left_out: all - steps.len(),
            steps,
            can_delete_tags: matches!(
                knobs.tag_delete,
                Knob::Known(TagDelete::Untag, _) | Knob::Unknown
            ),
            can_delete_digests: !matches!(
                knobs.digest_delete,
                Knob::Known(DigestDelete::Unsupported(_), _)
            ),
        }
    }

    /// Whether there is nothing to be done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The plan as a shell would take it, line by line.
    pub fn lines(&self, tool: Tool) -> Vec<String> {
        let mut lines = Vec::new();
        if self.host == HOST {
            lines.push("# REGISTRY is the host of the registry that keeps this storage".to_owned());
        }
        if self.left_out > 0 {
            lines.push(format!(
                "# left out: {} whose names no shell should be given",
                self.left_out
            ));
        }
        if !self.can_delete_digests {
            lines.push("# this registry refuses deletion by digest".to_owned());
        }
        for step in &self.steps {
            let place = format!("{}/{}", self.host, step.repository);
            match &step.what {
                What::Manifest(digest) => {
                    lines.push(tool.delete_manifest(&format!("{place}@{digest}")));
                }
                What::Tag {
                    tag,
                    digest,
                    others,
                } => {
                    lines.extend(self.delete_tag(tool, &place, tag, digest.as_ref(), others));
                }
            }
        }
        lines
    }

    fn delete_tag(
        &self,
        tool: Tool,
        place: &str,
        tag: &str,
        digest: Option<&Digest>,
        others: &[String],
    ) -> Vec<String> {
        match tool {
            // Where the registry refuses, it moves the tag to an empty manifest and deletes that.
            Tool::Regctl => vec![format!("regctl tag delete {place}:{tag}")],
            Tool::Crane if self.can_delete_tags => vec![format!("crane delete {place}:{tag}")],
            _ => {
                let name = tool.name();
                let Some(digest) = digest.filter(|_| others.is_empty()) else {
                    return vec![format!(
                        "# {place}:{tag}: {name} would delete the manifest, and {} other tags with it; use regctl",
                        others.len()
                    )];
                };
                vec![
                    format!("# {name} deletes the manifest that {tag} names, not only the tag"),
                    tool.delete_manifest(&format!("{place}@{digest}")),
                ]
            }
        }
    }
}

/// A tag, what it names, and which other tags of that stay.
fn tag_of(answer: &Answer, teller: &Foreteller, repository: &str, tag: &str) -> What {
    let inventory = teller.inventory();
    let tags = inventory
        .repository(repository)
        .into_iter()
        .flat_map(|id| inventory.tags(id));
    let tags: Vec<_> = tags.collect();
    let target = tags
        .iter()
        .find(|(name, _)| *name == tag)
        .map(|(_, target)| *target);
    let is_gone = |name: &str| {
        let gone = answer.tags_gone.iter();
        gone.into_iter()
            .any(|gone| &*gone.repository == repository && gone.tag == name)
    };
    let others = tags
        .iter()
        .filter(|(name, of)| Some(*of) == target && *name != tag && !is_gone(name))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    What::Tag {
        tag: tag.to_owned(),
        digest: target.map(|target| *inventory.digest(target)),
        others,
    }
}

/// Referrers before what they are about, indexes before what they list.
fn rank(names: Names<'_>, repository: &str, digest: &Digest) -> u8 {
    let Some(node) = names.node(repository, digest) else {
        return 3;
    };
    let edges = names.graph.outgoing(node);
    let has = |kind| edges.iter().any(|edge| edge.kind == kind);
    if has(EdgeKind::Subject) {
        1
    } else if has(EdgeKind::Child) {
        2
    } else {
        3
    }
}

/// What is pasted into a shell must not be what a stranger named their repository.
fn is_writable(step: &Step) -> bool {
    let is_valid = match &step.what {
        What::Tag { tag, .. } => is_valid_tag(tag),
        What::Manifest(_) => true,
    };
    is_valid && is_valid_repository(&step.repository)
}

fn is_host(host: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'[' | b']')
    };
    !host.is_empty()
        && !host.starts_with("storage:")
        && !host.starts_with("oci")
        && host.bytes().all(is_plain)
}

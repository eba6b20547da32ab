//! What a person may do to a registry, and what it answers.

use std::fmt;

use crate::oci::Digest;

/// One request that changes a registry. Only predicted, never sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Deletion of a tag by its name.
    DeleteTag {
        /// Where.
        repository: String,
        /// Which.
        tag: String,
    },
    /// Deletion of a manifest by its digest.
    DeleteManifest {
        /// Where.
        repository: String,
        /// Which.
        digest: Digest,
    },
    /// A tag is pushed again with a manifest that the repository has.
    MoveTag {
        /// Where.
        repository: String,
        /// Which.
        tag: String,
        /// To what.
        digest: Digest,
    },
    /// A manifest, and the blobs that it names, is pushed; under a tag or by digest.
    Push {
        /// Where.
        repository: String,
        /// What.
        digest: Digest,
        /// Under which tag.
        tag: Option<String>,
    },
    /// A blob is uploaded.
    Upload {
        /// Where.
        repository: String,
        /// What.
        digest: Digest,
    },
}

impl Action {
    /// The word for its kind in answers.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::DeleteTag { .. } => "delete-tag",
            Self::DeleteManifest { .. } => "delete-manifest",
            Self::MoveTag { .. } => "move-tag",
            Self::Push { .. } => "push",
            Self::Upload { .. } => "upload",
        }
    }

    /// Where it happens.
    pub fn repository(&self) -> &str {
        match self {
            Self::DeleteTag { repository, .. }
            | Self::DeleteManifest { repository, .. }
            | Self::MoveTag { repository, .. }
            | Self::Push { repository, .. }
            | Self::Upload { repository, .. } => repository,
        }
    }
}

/// What it is about, as a person writes it: `repository:tag` or `repository@digest`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeleteTag { repository, tag } => write!(f, "{repository}:{tag}"),
            Self::MoveTag {
                repository,
                tag,
                digest,
            }
            | Self::Push {
                repository,
                digest,
                tag: Some(tag),
            } => write!(f, "{repository}:{tag}={digest}"),
            Self::DeleteManifest { repository, digest }
            | Self::Push {
                repository,
                digest,
                tag: None,
            }
            | Self::Upload { repository, digest } => write!(f, "{repository}@{digest}"),
        }
    }
}

/// How a registry takes an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionResult {
    /// It does it.
    Accepted,
    /// It declines.
    Refused,
    /// It has no such thing.
    NotFound,
    /// Nobody asked whether it has such a thing: the bounds of the crawl left it out.
    NotAsked,
}

/// The answer to one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// How it is taken.
    pub result: ActionResult,
    /// The HTTP status; 0 where nobody can tell.
    pub status: u16,
}

impl Reply {
    /// 202, for deletions.
    pub(in crate::insight::impact) const ACCEPTED: Self = Self {
        result: ActionResult::Accepted,
        status: 202,
    };
    /// 201, for pushes.
    pub(in crate::insight::impact) const CREATED: Self = Self {
        result: ActionResult::Accepted,
        status: 201,
    };
    /// 404.
    pub(in crate::insight::impact) const NOT_FOUND: Self = Self {
        result: ActionResult::NotFound,
        status: 404,
    };

    /// What was left unasked.
    pub(in crate::insight::impact) const NOT_ASKED: Self = Self {
        result: ActionResult::NotAsked,
        status: 0,
    };

    /// Declined with this status.
    pub(in crate::insight::impact) const fn refused(status: u16) -> Self {
        Self {
            result: ActionResult::Refused,
            status,
        }
    }
}

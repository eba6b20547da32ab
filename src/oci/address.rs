//! Where things are: the one way of naming a registry, a repository, a tag, and a manifest or blob.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Digest, RemoteText};

/// Where repositories live: a registry's `host[:port]`, or the written target of a local source (`oci:DIR`,
/// `storage:DIR`, `demo` …).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin(pub RemoteText);

impl Origin {
    /// An origin with this name.
    pub fn new(name: &str) -> Self {
        Self(RemoteText::from(name))
    }
}

/// What kind of place an origin is. What follows from it (whether it is asked over the network, whether it has files that
/// a collection is predicted from) is decided by this and never by how its name begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OriginKind {
    /// A registry, whether it is asked or what is remembered of it is read.
    Registry,
    /// An OCI image layout in a folder.
    Layout,
    /// A layout or Docker's own form in a tar file.
    Archive,
    /// The files of a registry.
    Storage,
    /// The built-in example.
    Demo,
    /// What an earlier run wrote down.
    Snapshot,
}

impl OriginKind {
    /// Whether requests are sent there: then what is found out is worth remembering, and what is remembered may be old.
    pub const fn is_registry(self) -> bool {
        matches!(self, Self::Registry)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A repository: the same path in two origins is two repositories. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Repository {
    /// Where it lives.
    pub origin: Origin,
    /// Its path there, exact; empty where an origin is itself one repository, as a layout is.
    pub path: RemoteText,
}

impl Repository {
    /// The repository with this path.
    pub fn new(origin: &Origin, path: impl Into<RemoteText>) -> Self {
        Self {
            origin: origin.clone(),
            path: path.into(),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.origin.0.is_empty(), self.path.is_empty()) {
            (_, true) => write!(f, "{}", self.origin),
            (true, false) => write!(f, "{}", self.path),
            (false, false) => write!(f, "{}/{}", self.origin, self.path),
        }
    }
}

/// What a question is about, where a crawl begins, and what makes a node of the graph the one that it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Address {
    /// A registry, or whatever holds repositories.
    Registry(Origin),
    /// A repository.
    Repository(Repository),
    /// A tag of a repository.
    Tag(Repository, RemoteText),
    /// A manifest or blob in a repository.
    Object(Repository, Digest),
}

impl Address {
    /// The registry that it is in.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Registry(origin) => origin,
            Self::Repository(repository)
            | Self::Tag(repository, _)
            | Self::Object(repository, _) => &repository.origin,
        }
    }

    /// The repository that it is, or is in; a registry is in none.
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Registry(_) => None,
            Self::Repository(repository)
            | Self::Tag(repository, _)
            | Self::Object(repository, _) => Some(repository),
        }
    }

    /// Whether `other` is this, or stands below it: everything in a registry, or in a repository.
    pub fn has(&self, other: &Self) -> bool {
        match self {
            Self::Registry(origin) => other.origin() == origin,
            Self::Repository(repository) => other.repository() == Some(repository),
            Self::Tag(..) | Self::Object(..) => self == other,
        }
    }
}

//! What can be asked of a source, and what it can answer: the words that sources, the crawl and the graph share.
//!
//! They stand in this room because a source must be able to say them without knowing the graph.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Address, Descriptor, Digest, ImageConfig, Manifest, Origin, RemoteText, Repository, saved,
};

/// How an edge was found. The order is the one in which ways are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum FoundBy {
    /// The registry's catalog lists the repository.
    Catalog,
    /// The list of tags has the tag.
    TagsList,
    /// The tag was asked what it names.
    Tag,
    /// A manifest's descriptor names it.
    Descriptor,
    /// The referrer's own `subject` (or its older spellings).
    Subject,
    /// The referrers API of distribution-spec 1.1.
    ReferrersApi,
    /// The referrers API of ORAS' artifacts-spec.
    OrasApi,
    /// The referrers tag schema: an index under the tag `<algorithm>-<hex>`.
    FallbackTag,
    /// cosign's tags `<algorithm>-<hex>.sig`, `.att` and `.sbom`.
    CosignTag,
    /// Any other tag `<algorithm>-<hex>.<suffix>`.
    DigestTag,
    /// BuildKit's `vnd.docker.reference.digest` on an entry of an index.
    BuildkitAnnotation,
    /// containerd's `io.containerd.manifest.subject` on a row of a layout.
    ContainerdAnnotation,
    /// olareg's `org.olareg.referrer.subject` on a row of a layout.
    OlaregRow,
    /// The rows that `cosign save` marks with `kind`.
    CosignSave,
    /// A look at every manifest of a local store.
    ManifestScan,
    /// A link file in a registry's own storage.
    StorageLink,
}

impl FoundBy {
    /// Every way, in order.
    pub const ALL: [Self; 16] = [
        Self::Catalog,
        Self::TagsList,
        Self::Tag,
        Self::Descriptor,
        Self::Subject,
        Self::ReferrersApi,
        Self::OrasApi,
        Self::FallbackTag,
        Self::CosignTag,
        Self::DigestTag,
        Self::BuildkitAnnotation,
        Self::ContainerdAnnotation,
        Self::OlaregRow,
        Self::CosignSave,
        Self::ManifestScan,
        Self::StorageLink,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::TagsList => "tags-list",
            Self::Tag => "tag",
            Self::Descriptor => "descriptor",
            Self::Subject => "subject",
            Self::ReferrersApi => "referrers-api",
            Self::OrasApi => "oras-api",
            Self::FallbackTag => "fallback-tag",
            Self::CosignTag => "cosign-tag",
            Self::DigestTag => "digest-tag",
            Self::BuildkitAnnotation => "buildkit-annotation",
            Self::ContainerdAnnotation => "containerd-annotation",
            Self::OlaregRow => "olareg-row",
            Self::CosignSave => "cosign-save",
            Self::ManifestScan => "manifest-scan",
            Self::StorageLink => "storage-link",
        }
    }
}

/// Why something could not be had. "None" is no absence: an empty list is an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Absence {
    /// What kind of absence.
    pub kind: AbsenceKind,
    /// What happened, for a person: a lower-case fragment without a full stop. May quote the other side.
    pub reason: RemoteText,
}

impl Absence {
    /// An absence of this kind, for this reason.
    pub fn new(kind: AbsenceKind, reason: impl Into<RemoteText>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }
}

/// The kinds of [`Absence`], as `interface.md` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AbsenceKind {
    /// The source has no such way of asking; not a hole.
    Unsupported,
    /// It is not there.
    Missing,
    /// We may not see it.
    Forbidden,
    /// The host asked us to wait longer than we may.
    RateLimited,
    /// It is over one of our limits.
    TooLarge,
    /// It arrived and is not what it should be: wrong digest, no JSON.
    Invalid,
    /// A list that ended early, by one of our limits or by a failure after its first page.
    CutShort,
    /// Everything else that fails: no connection, a server's error, a time-out.
    Failed,
}

impl AbsenceKind {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::Missing => "missing",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate-limited",
            Self::TooLarge => "too-large",
            Self::Invalid => "invalid",
            Self::CutShort => "cut-short",
            Self::Failed => "failed",
        }
    }
}

/// One thing that a source can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Question {
    /// Which repositories are there?
    Catalog(Origin),
    /// Which tags has this repository?
    Tags(Repository),
    /// Which manifests (and, in a registry's own storage, blobs) does this repository hold, whether or not a tag
    /// leads there? Only local sources can say.
    Holdings(Repository),
    /// What does this tag name?
    Tag(Repository, RemoteText),
    /// What digest has this tag, without its manifest? A HEAD where there is one; answered by `TagResolved` alone.
    TagDigest(Repository, RemoteText),
    /// What is the manifest with this digest?
    Manifest(Repository, Digest),
    /// What is the image configuration with this digest?
    Config(Repository, Digest),
    /// What is the blob with this digest? For attached documents, not for layers.
    Document(Repository, Digest),
    /// Who refers to the manifest with this digest?
    Referrers(Repository, Digest),
}

impl Question {
    /// Whether it is about something in a registry or repository.
    pub fn is_within(&self, place: &Address) -> bool {
        match place {
            Address::Registry(origin) => self.origin() == origin,
            _ => self.repository() == place.repository(),
        }
    }

    /// The repository that the question is about; the catalog is about none.
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Catalog(_) => None,
            Self::Tags(repository)
            | Self::Holdings(repository)
            | Self::Tag(repository, _)
            | Self::TagDigest(repository, _)
            | Self::Manifest(repository, _)
            | Self::Config(repository, _)
            | Self::Document(repository, _)
            | Self::Referrers(repository, _) => Some(repository),
        }
    }

    /// Where the question is asked.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Catalog(origin) => origin,
            Self::Tags(repository)
            | Self::Holdings(repository)
            | Self::Tag(repository, _)
            | Self::TagDigest(repository, _)
            | Self::Manifest(repository, _)
            | Self::Config(repository, _)
            | Self::Document(repository, _)
            | Self::Referrers(repository, _) => &repository.origin,
        }
    }
}

/// One page of a list. Pages count from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// Its number.
    pub number: u32,
    /// Whether nothing follows.
    pub is_last: bool,
    /// What it lists, in the source's order.
    pub items: Vec<T>,
}

impl<T> Page<T> {
    /// A list that came whole.
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            number: 0,
            is_last: true,
            items,
        }
    }
}

/// One answer of a source. A question about a list is answered page by page; a failure may follow pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A page of the catalog.
    CatalogListed {
        /// Whose catalog.
        origin: Origin,
        /// Paths of repositories, exact, valid or not.
        page: Page<RemoteText>,
        /// `Catalog`, or `StorageLink` where folders were read.
        by: FoundBy,
    },
    /// A page of the list of tags.
    TagsListed {
        /// Whose tags.
        repository: Repository,
        /// Names of tags, exact, valid or not.
        page: Page<RemoteText>,
        /// `TagsList`, or `StorageLink` where link files were read.
        by: FoundBy,
    },
    /// What the repository holds, known without a tag.
    HoldingsListed {
        /// Who holds it.
        repository: Repository,
        /// The manifests.
        manifests: Vec<Descriptor>,
        /// The blobs; only a registry's own storage knows these.
        blobs: Vec<Descriptor>,
    },
    /// What a tag names.
    TagResolved {
        /// The tag's repository.
        repository: Repository,
        /// The tag's name.
        tag: RemoteText,
        /// What it names.
        target: Descriptor,
        /// `Tag`, or `StorageLink`.
        by: FoundBy,
    },
    /// A manifest was read, and its digest is right.
    ManifestRead {
        /// Where it was read.
        repository: Repository,
        /// The manifest.
        #[serde(with = "saved::manifest")]
        manifest: Arc<Manifest>,
    },
    /// An image configuration was read, and its digest is right.
    ConfigRead {
        /// Where it was read.
        repository: Repository,
        /// Its digest.
        digest: Digest,
        /// The configuration.
        #[serde(with = "saved::config")]
        config: Arc<ImageConfig>,
    },
    /// A document was read, and its digest is right.
    DocumentRead {
        /// Where it was read.
        repository: Repository,
        /// Its digest.
        digest: Digest,
        /// Its bytes.
        #[serde(with = "saved::bytes")]
        bytes: Arc<[u8]>,
    },
    /// Bytes were read and their digest is right; but they are no manifest or configuration, as the failure says that
    /// follows.
    BytesRead {
        /// Where they were read.
        repository: Repository,
        /// Their digest.
        digest: Digest,
        /// The bytes.
        #[serde(with = "saved::bytes")]
        bytes: Arc<[u8]>,
    },
    /// A page of the referrers of a subject, by one way of asking.
    ReferrersListed {
        /// Whose referrers.
        repository: Repository,
        /// The subject.
        subject: Digest,
        /// The referrers, as the list describes them.
        page: Page<Descriptor>,
        /// The way.
        by: FoundBy,
    },
    /// The question could not be answered, or not further.
    Failed {
        /// The question.
        question: Question,
        /// The way of asking that failed; for referrers, of which there are several ways.
        by: Option<FoundBy>,
        /// Why.
        absence: Absence,
    },
}

impl Answer {
    /// Whose answer it is.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::CatalogListed { origin, .. } => origin,
            Self::TagsListed { repository, .. }
            | Self::HoldingsListed { repository, .. }
            | Self::TagResolved { repository, .. }
            | Self::ManifestRead { repository, .. }
            | Self::ConfigRead { repository, .. }
            | Self::DocumentRead { repository, .. }
            | Self::BytesRead { repository, .. }
            | Self::ReferrersListed { repository, .. } => &repository.origin,
            Self::Failed { question, .. } => question.origin(),
        }
    }
}

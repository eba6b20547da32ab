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

    /// The answer to a question that none of [`Question`]'s functions makes: the tags of a digest, or such.
    pub fn no_such_question() -> Self {
        Self::new(
            AbsenceKind::Unsupported,
            "nothing can answer such a question",
        )
    }
}

/// The kinds of [`Absence`], as `docs/interface.md` names them.
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

/// What is asked about an address, and what a register of the graph is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Which repositories a registry has.
    Catalog,
    /// Which tags a repository has.
    Tags,
    /// Which manifests (and, in a registry's own storage, blobs) a repository has, whether or not a tag leads there.
    /// Only local sources can say.
    Contents,
    /// What a tag names, and the manifest itself.
    Target,
    /// The digest of what a tag names, without its manifest: a HEAD where there is one; answered as `Target` is.
    TargetDigest,
    /// The bytes of a manifest.
    Manifest,
    /// The bytes of an image configuration.
    Config,
    /// The bytes of another blob. For attached documents, not for layers.
    Document,
    /// Who refers to a manifest.
    Referrers,
}

impl Asked {
    /// The name in `coverage`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Tags => "tags",
            Self::Target | Self::TargetDigest | Self::Manifest | Self::Contents => "manifest",
            Self::Config => "config",
            Self::Document => "document",
            Self::Referrers => "referrers",
        }
    }

    /// Whether it is about bytes that have a digest, which cannot change.
    pub const fn is_content(self) -> bool {
        matches!(self, Self::Manifest | Self::Config | Self::Document)
    }
}

/// One thing that a source can be asked: what is wanted to be known, and of what.
///
/// The functions below make every question that has an answer; a source has none to any other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// What it is about.
    pub at: Address,
    /// What is asked.
    pub what: Asked,
}

impl Question {
    /// Which repositories are there?
    pub const fn catalog(origin: Origin) -> Self {
        Self {
            at: Address::Registry(origin),
            what: Asked::Catalog,
        }
    }

    /// Which tags has this repository?
    pub const fn tags(repository: Repository) -> Self {
        Self {
            at: Address::Repository(repository),
            what: Asked::Tags,
        }
    }

    /// What is in this repository, whether or not a tag leads there?
    pub const fn contents(repository: Repository) -> Self {
        Self {
            at: Address::Repository(repository),
            what: Asked::Contents,
        }
    }

    /// What does this tag name?
    pub const fn tag(repository: Repository, tag: RemoteText) -> Self {
        Self {
            at: Address::Tag(repository, tag),
            what: Asked::Target,
        }
    }

    /// What digest has this tag?
    pub const fn tag_digest(repository: Repository, tag: RemoteText) -> Self {
        Self {
            at: Address::Tag(repository, tag),
            what: Asked::TargetDigest,
        }
    }

    /// What is the manifest with this digest?
    pub const fn manifest(repository: Repository, digest: Digest) -> Self {
        Self::object(repository, digest, Asked::Manifest)
    }

    /// What is the image configuration with this digest?
    pub const fn config(repository: Repository, digest: Digest) -> Self {
        Self::object(repository, digest, Asked::Config)
    }

    /// What is the blob with this digest?
    pub const fn document(repository: Repository, digest: Digest) -> Self {
        Self::object(repository, digest, Asked::Document)
    }

    /// Who refers to the manifest with this digest?
    pub const fn referrers(repository: Repository, digest: Digest) -> Self {
        Self::object(repository, digest, Asked::Referrers)
    }

    const fn object(repository: Repository, digest: Digest, what: Asked) -> Self {
        Self {
            at: Address::Object(repository, digest),
            what,
        }
    }

    /// The repository that the question is about; the catalog is about none.
    pub fn repository(&self) -> Option<&Repository> {
        self.at.repository()
    }

    /// Where the question is asked.
    pub fn origin(&self) -> &Origin {
        self.at.origin()
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
pub struct Answer {
    /// The question that it answers. That is not always the one that was asked: with a tag comes its manifest.
    pub question: Question,
    /// How what it names was found: of lists and of what a tag names. Of referrers, of which there are several ways of
    /// asking, the way that succeeded or failed.
    pub by: Option<FoundBy>,
    /// What the answer is.
    pub body: Body,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// A page of the catalog: paths of repositories, exact, valid or not.
    Catalog(Page<RemoteText>),
    /// A page of the list of tags: names, exact, valid or not.
    Tags(Page<RemoteText>),
    /// What the repository has, known without a tag.
    Contents {
        /// The manifests.
        manifests: Vec<Descriptor>,
        /// The blobs; only a registry's own storage knows these.
        blobs: Vec<Descriptor>,
    },
    /// What a tag names.
    Target(Box<Descriptor>),
    /// A manifest was read, and its digest is right.
    Manifest(#[serde(with = "saved::manifest")] Arc<Manifest>),
    /// An image configuration was read, and its digest is right.
    Config(#[serde(with = "saved::config")] Arc<ImageConfig>),
    /// A document was read, and its digest is right.
    Document(#[serde(with = "saved::bytes")] Arc<[u8]>),
    /// Bytes were read and their digest is right; but they are no manifest or configuration, as the failure says that
    /// follows.
    Bytes(#[serde(with = "saved::bytes")] Arc<[u8]>),
    /// A page of the referrers of a subject, by one way of asking, as the list describes them.
    Referrers(Page<Descriptor>),
    /// The question could not be answered, or not further.
    Failed(Absence),
}

impl Answer {
    /// A page of the catalog, found by `Catalog`, or `StorageLink` where folders were read.
    pub const fn catalog(origin: Origin, page: Page<RemoteText>, by: FoundBy) -> Self {
        Self::found(Question::catalog(origin), by, Body::Catalog(page))
    }

    /// A page of the list of tags, found by `TagsList`, or `StorageLink` where link files were read.
    pub const fn tags(repository: Repository, page: Page<RemoteText>, by: FoundBy) -> Self {
        Self::found(Question::tags(repository), by, Body::Tags(page))
    }

    /// What a repository has, known without a tag.
    pub const fn contents(
        repository: Repository,
        manifests: Vec<Descriptor>,
        blobs: Vec<Descriptor>,
    ) -> Self {
        let body = Body::Contents { manifests, blobs };
        Self::plain(Question::contents(repository), body)
    }

    /// What a tag names, found by `Tag` or `StorageLink`.
    pub fn target(
        repository: Repository,
        tag: RemoteText,
        target: Descriptor,
        by: FoundBy,
    ) -> Self {
        Self::found(
            Question::tag(repository, tag),
            by,
            Body::Target(Box::new(target)),
        )
    }

    /// A manifest that was read.
    pub fn manifest(repository: Repository, manifest: Arc<Manifest>) -> Self {
        let question = Question::manifest(repository, manifest.digest);
        Self::plain(question, Body::Manifest(manifest))
    }

    /// An image configuration that was read.
    pub const fn config(repository: Repository, digest: Digest, config: Arc<ImageConfig>) -> Self {
        Self::plain(Question::config(repository, digest), Body::Config(config))
    }

    /// A document that was read.
    pub const fn document(repository: Repository, digest: Digest, bytes: Arc<[u8]>) -> Self {
        Self::plain(
            Question::document(repository, digest),
            Body::Document(bytes),
        )
    }

    /// Bytes that were read and are no manifest or configuration.
    pub const fn bytes(repository: Repository, digest: Digest, bytes: Arc<[u8]>) -> Self {
        Self::plain(Question::document(repository, digest), Body::Bytes(bytes))
    }

    /// A page of the referrers of `subject`.
    pub const fn referrers(
        repository: Repository,
        subject: Digest,
        page: Page<Descriptor>,
        by: FoundBy,
    ) -> Self {
        let question = Question::referrers(repository, subject);
        Self::found(question, by, Body::Referrers(page))
    }

    /// The question could not be answered, or not further; of referrers, by one way or (none) as a whole.
    pub const fn failed(question: Question, by: Option<FoundBy>, absence: Absence) -> Self {
        Self {
            question,
            by,
            body: Body::Failed(absence),
        }
    }

    const fn found(question: Question, by: FoundBy, body: Body) -> Self {
        Self {
            question,
            by: Some(by),
            body,
        }
    }

    const fn plain(question: Question, body: Body) -> Self {
        Self {
            question,
            by: None,
            body,
        }
    }

    /// Whose answer it is.
    pub fn origin(&self) -> &Origin {
        self.question.origin()
    }

    /// The repository that it is about; the catalog is about none.
    pub fn repository(&self) -> Option<&Repository> {
        self.question.repository()
    }
}

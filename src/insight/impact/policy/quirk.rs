//! Bugs and habits of one release that people meet because they run that release.

use serde::Deserialize;

/// One bug or habit; `docs/collectors.md` names the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// What one repository marked is not descended into by the next (distribution 3: layers of a live image are lost).
    MemoAcrossRepositories,
    /// An untagged manifest stays where any repository marked its digest.
    KeepUntaggedMarkedElsewhere,
    /// Links to blobs are judged by the marks at the time their repository was walked.
    LinkPruneEarly,
    /// A repository with manifests that never had a tag ends the whole collection with an error.
    NeverTaggedRepositoryAborts,
    /// The manifests of such a repository are neither marked nor removed: their bytes go, their links stay.
    NeverTaggedRepositoryStripped,
    /// A repository without any layer link, which holds nothing but indexes of nothing, ends the whole collection.
    RepositoryWithoutLayersAborts,
    /// The collector does not see such a repository: its bytes go, its tags and links stay.
    RepositoryWithoutLayersUnseen,
    /// A manifest that another lists as a layer is kept, and nothing below it.
    BlobMarkShadowsManifest,
    /// A child deleted by digest answers again after a restart.
    ChildResurrectsOnRestart,
    /// A manifest stays addressable exactly as long as its bytes are marked.
    RowSurvivesIfBytesMarked,
    /// A manifest that was uploaded as a blob too answers by digest through that link, and loses it on deletion.
    LayerLinkAnswers,
    /// A manifest, link or name that it cannot read ends the whole collection with an error.
    UnreadableAborts,
    /// Docker's schema 1 is among what it cannot read (distribution 3; what 2.8 stored may still be there).
    Schema1Unread,
    /// A deletion in a repository that it does not have is declined with 400 rather than not found.
    UnknownRepositoryDeclined,
    /// With the last tag of a manifest, the tags of cosign that have its digest in their name are expired.
    ExpiresSiblingTags,
    /// A referrer that stays keeps the bytes of its subject's manifest, and nothing below it.
    SubjectBytesMarked,
    /// A row marks what it names and nothing below; the sweep, in the order of digests, deletes what is neither marked nor
    /// reached from a row, and gives up at what is reached and not marked (zot up to 2.1.20).
    SweepAborts,
    /// Referrers without a subject are removed by digest while the rows and the children of indexes are walked: what has
    /// several tags stays for ever, what has no row ends the collection of its repository (zot up to 2.1.20).
    DanglingByDigest,
    /// Guards, moved tags and what the sweep reaches know OCI's media types only, so that children of Docker's lists lose
    /// their config and layers (zot up to 2.1.20).
    OciTypesOnly,
    /// A dry run of retention leaves rows alone and sweeps all the same (zot up to 2.1.20).
    DryRunSweeps,
    /// Only an index that has a row itself lists its children; what it holds deeper it does not.
    DirectParentsOnly,
    /// An index is declined with 404 rather than 400 while the bytes of its missing children still wait for the collector.
    WaitingChildrenNotFound,
}

impl Quirk {
    /// Every quirk.
    pub const ALL: [Self; 22] = [
        Self::MemoAcrossRepositories,
        Self::KeepUntaggedMarkedElsewhere,
        Self::LinkPruneEarly,
        Self::NeverTaggedRepositoryAborts,
        Self::NeverTaggedRepositoryStripped,
        Self::RepositoryWithoutLayersAborts,
        Self::RepositoryWithoutLayersUnseen,
        Self::BlobMarkShadowsManifest,
        Self::ChildResurrectsOnRestart,
        Self::RowSurvivesIfBytesMarked,
        Self::LayerLinkAnswers,
        Self::UnreadableAborts,
        Self::Schema1Unread,
        Self::UnknownRepositoryDeclined,
        Self::ExpiresSiblingTags,
        Self::SubjectBytesMarked,
        Self::SweepAborts,
        Self::DanglingByDigest,
        Self::OciTypesOnly,
        Self::DryRunSweeps,
        Self::DirectParentsOnly,
        Self::WaitingChildrenNotFound,
    ];

    /// The word for it in files and documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::MemoAcrossRepositories => "memo-across-repositories",
            Self::KeepUntaggedMarkedElsewhere => "keep-untagged-marked-elsewhere",
            Self::LinkPruneEarly => "link-prune-early",
            Self::NeverTaggedRepositoryAborts => "never-tagged-repository-aborts",
            Self::NeverTaggedRepositoryStripped => "never-tagged-repository-stripped",
            Self::RepositoryWithoutLayersAborts => "repository-without-layers-aborts",
            Self::RepositoryWithoutLayersUnseen => "repository-without-layers-unseen",
            Self::BlobMarkShadowsManifest => "blob-mark-shadows-manifest",
            Self::ChildResurrectsOnRestart => "child-resurrects-on-restart",
            Self::RowSurvivesIfBytesMarked => "row-survives-if-bytes-marked",
            Self::LayerLinkAnswers => "layer-link-answers",
            Self::UnreadableAborts => "unreadable-aborts",
            Self::Schema1Unread => "schema1-unread",
            Self::UnknownRepositoryDeclined => "unknown-repository-declined",
            Self::ExpiresSiblingTags => "expires-sibling-tags",
            Self::SubjectBytesMarked => "subject-bytes-marked",
            Self::SweepAborts => "sweep-aborts",
            Self::DanglingByDigest => "dangling-by-digest",
            Self::OciTypesOnly => "oci-types-only",
            Self::DryRunSweeps => "dry-run-sweeps",
            Self::DirectParentsOnly => "direct-parents-only",
            Self::WaitingChildrenNotFound => "waiting-children-not-found",
        }
    }
}

/// A set of quirks, as a list in documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks(u32);

impl Quirks {
    /// No quirk at all.
    pub const NONE: Self = Self(0);

    /// These.
    pub const fn of(quirks: &[Quirk]) -> Self {
        let mut bits = 0;
        let mut next = 0;
        while next < quirks.len() {
            bits |= 1 << quirks[next] as u32;
            next += 1;
        }
        Self(bits)
    }

    /// These and `others`.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether `quirk` is one of them.
    pub const fn has(self, quirk: Quirk) -> bool {
        self.0 & (1 << quirk as u32) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are set, in the order of [`Quirk::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.into_iter().filter(move |quirk| self.has(*quirk))
    }
}

impl<'de> Deserialize<'de> for Quirks {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&Vec::<Quirk>::deserialize(deserializer)?))
    }
}

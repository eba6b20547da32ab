//! How much of a registry an inventory shows.

/// What an inventory could not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unseen {
    /// Untagged manifests: a client is not told of them.
    UntaggedManifests,
    /// Repositories other than those that were asked for.
    OtherRepositories,
    /// Some tags of a repository: its list was cut short or not asked.
    SomeTags,
    /// Some manifests: they could not be read, so what they name is not known.
    SomeManifests,
    /// Some referrers: they were not asked, or refused.
    SomeReferrers,
    /// Blobs that nothing names.
    UnreferencedBlobs,
    /// Whether each blob is really there.
    PresenceOfBlobs,
    /// Some files of a storage: they could not be read.
    SomeFiles,
    /// The size of some blobs: nothing that was read states it.
    SomeSizes,
}

/// Whose rows an inventory has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// One a manifest that is known to answer: what a client sees, or distribution's revision links.
    #[default]
    Known,
    /// The lines of `index.json` of OCI layouts, in their order: what zot and olareg keep.
    Layouts,
}

/// How an inventory was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Whether it was read from the registry's own storage, so that sizes on the disk are known.
    pub is_storage: bool,
    /// Whose rows it has.
    pub rows: Rows,
    /// What could not be seen.
    pub blind: Vec<Unseen>,
}

impl View {
    /// Everything was seen, in the registry's own storage.
    pub const fn storage(rows: Rows) -> Self {
        Self {
            is_storage: true,
            rows,
            blind: Vec::new(),
        }
    }

    /// What a client sees at best: nothing that is untagged, no other repositories, no unreferenced blobs.
    pub fn client() -> Self {
        let blind = vec![
            Unseen::UntaggedManifests,
            Unseen::OtherRepositories,
            Unseen::UnreferencedBlobs,
            Unseen::PresenceOfBlobs,
        ];
        Self {
            is_storage: false,
            rows: Rows::Known,
            blind,
        }
    }
}

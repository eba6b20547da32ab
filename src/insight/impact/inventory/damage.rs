//! What a registry's collector stumbles over: it gives up at what it cannot read, before anything goes.

use std::collections::HashMap;

use crate::oci::distribution::Unreadable;

use super::ObjectId;

/// Something in a registry's storage that its collector cannot read, with the reason that it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A repository's name is none.
    Name(String),
    /// A link to a manifest says no digest.
    Revision(String),
    /// Several links name this manifest: the collector deletes it twice, and gives up over the second time.
    Twice(ObjectId),
    /// A tag's link says no digest: only a collector that deletes what is untagged reads those.
    Tag(String),
    /// A link to a blob says no digest: only a collector that removes such links reads them.
    Layer(String),
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(in crate::insight::impact) struct Damages {
    /// Repository → what is wrong there.
    pub(in crate::insight::impact) repositories: HashMap<u32, Vec<Damage>>,
    /// Object → why it cannot be read as a manifest.
    pub(in crate::insight::impact) unreadable: HashMap<u32, Unreadable>,
    /// Why the repositories cannot be walked.
    pub(in crate::insight::impact) walk: Option<String>,
    /// Why the blobs cannot be listed.
    pub(in crate::insight::impact) blobs: Option<String>,
}

impl Damages {
    pub(in crate::insight::impact) fn is_empty(&self) -> bool {
        let is_readable = self.repositories.is_empty() && self.unreadable.is_empty();
        is_readable && self.walk.is_none() && self.blobs.is_none()
    }
}

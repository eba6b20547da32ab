//! Who uses what: consumers that a deletion could hurt.

use crate::oci::Digest;

/// Somebody who pulls from the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Who, for people: a pod, a service, a line of a file.
    pub name: String,
    /// The reference as the consumer writes it.
    pub reference: String,
    /// The repository that it means, by its name in the inventory.
    pub repository: String,
    /// By tag or by digest; the digest wins where a reference has both, as it does for clients.
    pub by: PulledBy,
    /// The manifest that the consumer is itself (a chart), by repository and digest: one that goes too is not hurt.
    pub itself: Option<(String, Digest)>,
}

/// How a consumer names an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PulledBy {
    /// By tag.
    Tag(String),
    /// By digest.
    Digest(Digest),
}

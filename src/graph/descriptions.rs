//! What is claimed of a node, by itself and by others, and which claim counts.

use crate::oci::purpose;
use crate::oci::{Descriptor, Digest, Purpose, RemoteText, Repository, media_type};

use super::node::{NodeId, NodeKind, Trust};
use super::store::Graph;

impl Graph {
    /// The node that a descriptor speaks of, with what the descriptor says of it.
    pub(super) fn described(
        &mut self,
        repository: &Repository,
        descriptor: &Descriptor,
        implied: Implied,
    ) -> NodeId {
        let id = self.object_node(repository, &descriptor.digest);
        if purpose::is_source_image(descriptor) {
            self.sources.insert(id);
        }
        if let Some(node) = self.node_mut(id) {
            node.claim_size(descriptor.size, Trust::Described);
        }
        if let Some(platform) = &descriptor.platform {
            self.claim_platform(id, &RemoteText::from(platform.exact()), Trust::Described);
        }
        let is_typed = media_type::is_manifest(descriptor.media_type.as_str());
        let kind = match implied {
            _ if media_type::is_index(descriptor.media_type.as_str()) => NodeKind::Index,
            _ if is_artifact(descriptor.media_type.as_str()) => NodeKind::Artifact,
            _ if is_typed => NodeKind::Manifest,
            Implied::Manifest | Implied::Referrer => NodeKind::Manifest,
            Implied::Blob => NodeKind::Blob,
        };
        let trust = if is_typed {
            Trust::Described
        } else {
            Trust::Implied
        };
        let purpose = match kind {
            NodeKind::Blob => None,
            _ => Some(described_purpose(descriptor, implied)),
        };
        self.claim_kind(id, trust, kind, descriptor, purpose);
        id
    }

    /// Takes kind, types and purpose from a descriptor: the surer one; of equally sure ones the one that sorts last,
    /// so that the order does not matter.
    pub(super) fn claim_kind(
        &mut self,
        id: NodeId,
        trust: Trust,
        kind: NodeKind,
        descriptor: &Descriptor,
        purpose: Option<Purpose>,
    ) {
        let media_type = self.texts.text_id(Some(&descriptor.media_type));
        let artifact_type = self.texts.text_id(descriptor.artifact_type.as_ref());
        let purpose = purpose.map_or(0, |purpose| self.purpose_number(purpose));
        let Some(node) = self.node(id) else { return };
        if node.trust > trust || node.trust == Trust::Own {
            return;
        }
        let is_surer = node.trust < trust;
        let rank = |kind: NodeKind| {
            if kind == NodeKind::Blob {
                0
            } else {
                1 + kind as u8
            }
        };
        let pick = |old, new| {
            let (old_text, new_text) = (self.texts.text(old), self.texts.text(new));
            if is_surer || old_text < new_text {
                new
            } else {
                old
            }
        };
        let media_type = pick(node.media_type, media_type);
        let artifact_type = pick(node.artifact_type, artifact_type);
        let kind = if is_surer || rank(node.kind) < rank(kind) {
            kind
        } else {
            node.kind
        };
        let purpose = if is_surer || self.purpose_rank(node.purpose) < self.purpose_rank(purpose) {
            purpose
        } else {
            node.purpose
        };
        if let Some(node) = self.node_mut(id) {
            node.trust = trust;
            node.kind = kind;
            node.media_type = media_type;
            node.artifact_type = artifact_type;
            node.purpose = purpose;
        }
    }

    /// A node that others speak of as a manifest is one, whatever else is unknown.
    pub(super) fn be_at_least_manifest(&mut self, id: NodeId) {
        let descriptor = Descriptor::of(Digest::of(b""));
        self.claim_kind(id, Trust::Implied, NodeKind::Manifest, &descriptor, None);
    }

    pub(super) fn claim_platform(&mut self, id: NodeId, platform: &RemoteText, trust: Trust) {
        let text = self.texts.text_id(Some(platform));
        let Some(node) = self.node(id) else { return };
        let is_better = trust > node.platform_trust
            || (trust == node.platform_trust && self.texts.text(node.text) < Some(platform));
        if is_better && let Some(node) = self.node_mut(id) {
            node.text = text;
            node.platform_trust = trust;
        }
    }

    /// The number of a purpose; 0 is none.
    pub(super) fn purpose_number(&mut self, purpose: Purpose) -> u16 {
        u16::try_from(self.purposes.intern(&purpose) + 1).unwrap_or_default()
    }

    /// How much a purpose says: something specific beats an image beats nothing; the rest by name.
    fn purpose_rank(&self, number: u16) -> (u8, Option<Purpose>) {
        let purpose = u32::from(number)
            .checked_sub(1)
            .and_then(|number| self.purposes.get(number))
            .copied();
        let rank = match purpose.map(|purpose| purpose.role) {
            None => 0,
            Some(crate::oci::Role::Other) => 1,
            Some(crate::oci::Role::Image) => 2,
            Some(_) => 3,
        };
        (rank, purpose)
    }
}

/// What the place of a descriptor implies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Implied {
    Manifest,
    Referrer,
    Blob,
}

fn described_purpose(descriptor: &Descriptor, implied: Implied) -> Purpose {
    let found = purpose::of_descriptor(descriptor);
    if implied == Implied::Referrer
        && found.role == crate::oci::Role::Image
        && descriptor.artifact_type.is_none()
    {
        // A referrer whose list does not say what it is: not an image until it says so itself.
        return Purpose {
            role: crate::oci::Role::Other,
            format: "",
        };
    }
    found
}

fn is_artifact(media_type: &str) -> bool {
    matches!(
        media_type,
        media_type::OCI_ARTIFACT | media_type::ORAS_ARTIFACT
    )
}

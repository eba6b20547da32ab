//! Attached documents: the blobs of manifests that are there to say something of others.

use crate::crawl::plan::Reach;
use crate::oci::purpose::{self, Role};
use crate::oci::{Descriptor, Manifest, Question, Repository};

use super::{Follower, Following};

impl Follower {
    /// Whether a referrer that a list describes is read for the documents that it carries. Its description may say too
    /// little, so what might carry one is read.
    pub(super) fn may_carry_documents(&self, described: &Descriptor) -> bool {
        let role = match purpose::of_descriptor(described).role {
            // An image that refers to something is called one for want of a type.
            Role::Image => Role::Other,
            role => role,
        };
        self.plan.documents.takes(role)
    }

    /// Asks for the documents of a manifest that are wanted. They stand a level below it, and what they say leads
    /// nowhere by itself.
    pub(super) fn want_documents(
        &self,
        repository: &Repository,
        manifest: &Manifest,
        level: u32,
        following: &mut Following,
    ) {
        if !self.is_within(level + 1) {
            return;
        }
        let scope = self.scopes.get(repository);
        let is_listed = scope.is_some_and(|scope| scope.attached.contains(&manifest.digest));
        let is_attached = manifest.subject.is_some() || is_listed;
        for (blob, _) in purpose::documents(manifest, self.plan.documents, is_attached) {
            let question = Question::document(repository.clone(), blob.digest);
            following
                .questions
                .push((question, Reach::Itself, level + 1));
        }
    }
}

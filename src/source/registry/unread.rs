//! Content that came, has its digest, and is not what it should be.

use std::sync::Arc;

use super::error::RequestError;
use crate::oci::{Absence, Answer, Descriptor, Digest, Question, RemoteText, Repository};
use crate::source::Answers;

/// Why a manifest or a config was not read.
pub(super) enum Unread {
    /// It did not come, or came with another digest.
    Request(RequestError),
    /// It came, and cannot be read. Its bytes are what the raw view shows.
    Content(Box<Unreadable>),
}

/// Content that has its digest and cannot be read.
pub(super) struct Unreadable {
    pub(super) digest: Digest,
    pub(super) media_type: RemoteText,
    pub(super) bytes: Arc<[u8]>,
    pub(super) error: RequestError,
}

impl Unread {
    /// The error, without what came.
    pub(super) fn into_error(self) -> RequestError {
        match self {
            Self::Request(error) => error,
            Self::Content(unreadable) => unreadable.error,
        }
    }

    /// The absence to answer with, after the bytes if they came.
    pub(super) async fn tell(self, repository: &Repository, answers: &Answers) -> Absence {
        if let Self::Content(unreadable) = &self {
            unreadable.give_bytes(repository, answers).await;
        }
        self.into_error().absence()
    }
}

impl Unreadable {
    /// A descriptor of it, as far as the answer told.
    pub(super) fn as_descriptor(&self) -> Descriptor {
        let size = self.bytes.len() as u64;
        Descriptor::new(self.media_type.clone(), self.digest, size)
    }

    async fn give_bytes(&self, repository: &Repository, answers: &Answers) {
        let (repository, bytes) = (repository.clone(), Arc::clone(&self.bytes));
        let digest = self.digest;
        answers.give(Answer::bytes(repository, digest, bytes)).await;
    }

    /// Gives the bytes, and says that they are no manifest.
    pub(super) async fn give_as_manifest(&self, repository: &Repository, answers: &Answers) {
        self.give_bytes(repository, answers).await;
        let question = Question::manifest(repository.clone(), self.digest);
        answers.fail(&question, self.error.absence()).await;
    }
}

impl From<RequestError> for Unread {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

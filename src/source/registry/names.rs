//! What is asked for must be within the grammar: a name from outside is never put into an address as it is.

use crate::oci::tag::{is_valid_repository, is_valid_tag};
use crate::oci::{Address, Question, RemoteText};

/// A name that is shown and never requested.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NameError {
    /// A repository's.
    #[error("`{0}` is no valid repository name, so it is not asked for")]
    Repository(RemoteText),
    /// A tag's.
    #[error("`{0}` is no valid tag, so it is not asked for")]
    Tag(RemoteText),
}

/// Whether every name in `question` may be asked for (distribution-spec, "Pulling manifests").
pub(super) fn check(question: &Question) -> Result<(), NameError> {
    if let Some(repository) = question.repository()
        && !is_valid_repository(repository.path.as_str())
    {
        return Err(NameError::Repository(repository.path.clone()));
    }
    match &question.at {
        Address::Tag(_, tag) if !is_valid_tag(tag.as_str()) => Err(NameError::Tag(tag.clone())),
        _ => Ok(()),
    }
}

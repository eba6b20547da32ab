//! Why a local target could not be opened at all. Every message says what to do next.

use std::path::Path;

use super::files::FileError;
use crate::oci::RemoteText;

/// Why a local target could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is nothing at the path.
    #[error("`{0}` is not there: check the path")]
    NotThere(RemoteText),
    /// It is there and may not be read.
    #[error("`{0}` may not be read: run as a user who may, or change its permissions")]
    Forbidden(RemoteText),
    /// It is there and is not what the target says.
    #[error("`{path}` {what}")]
    Unlike {
        /// The path.
        path: RemoteText,
        /// What is wrong and what to do: follows the path, as in `is no folder: name the folder`.
        what: RemoteText,
    },
}

impl OpenError {
    /// An error about `path`; `what` follows the path in the sentence.
    pub(crate) fn unlike(path: &Path, what: impl Into<String>) -> Self {
        Self::Unlike {
            path: shown(path),
            what: what.into().into(),
        }
    }

    /// The error for a file or folder that could not be read; `hint` says what to do where the file is there.
    pub(crate) fn of_file(path: &Path, error: &FileError, hint: &str) -> Self {
        match error {
            FileError::Missing => Self::NotThere(shown(path)),
            FileError::Forbidden => Self::Forbidden(shown(path)),
            other => Self::unlike(path, format!("cannot be read: it {other}; {hint}")),
        }
    }
}

/// A path as text from outside: file names can hold anything.
pub(crate) fn shown(path: &Path) -> RemoteText {
    RemoteText::from(path.to_string_lossy().as_ref())
}

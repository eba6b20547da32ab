//! What the local sources share: files that are read within bounds, content by digest, the scan for subjects, and the
//! way from blocking file work to answers.

pub mod content;
pub mod error;
pub(crate) mod files;
pub mod recognise;
pub(crate) mod reply;
pub(crate) mod run;
pub(crate) mod scan;

pub use content::{Blob, FileIdentity};
pub use error::OpenError;
pub use recognise::{Kind, recognise};

//! The vocabulary that every other room shares: digests, references, descriptors, manifests, questions and answers.
//! No I/O.

pub mod address;
pub mod answer;
pub mod config;
pub mod descriptor;
pub mod digest;
pub mod distribution;
pub mod entries;
pub mod fingerprint;
pub mod json;
pub mod manifest;
pub mod media_type;
mod numbers;
pub mod platform;
pub mod purpose;
pub mod remote_text;
mod saved;
pub mod schema1;
pub mod tag;
pub mod target;

pub use address::{Address, Origin, OriginKind, Repository};
pub use answer::{Absence, AbsenceKind, Answer, Asked, Body, FoundBy, Page, Question};
pub use config::ImageConfig;
pub use descriptor::{Annotations, Descriptor};
pub use digest::{Algorithm, Digest, DigestError};
pub use entries::{Entries, Unreadable};
pub use manifest::{Form, Manifest};
pub use platform::Platform;
pub use purpose::{Purpose, Role};
pub use remote_text::RemoteText;
pub use target::{Target, TargetError};

//! The vocabulary that every other room shares: digests, references, descriptors, manifests. No I/O.

pub mod digest;
pub mod remote_text;

pub use digest::{Algorithm, Digest, DigestError};
pub use remote_text::RemoteText;

//! Notary Project signatures (`notaryproject/specifications`): envelopes in JWS and COSE, and their trust policies.

mod cose;
mod distinguished_name;
mod envelope;
mod jws;
mod policy;
mod verify;

pub use policy::{NotationTrust, StoreFile};

pub(super) use envelope::Envelope;
pub(super) use verify::judge;

/// The form of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvelopeForm {
    /// `application/jose+json`.
    Jws,
    /// `application/cose`.
    Cose,
}

/// Reads an envelope.
pub(super) fn read(form: EnvelopeForm, bytes: &[u8]) -> Result<Envelope, String> {
    match form {
        EnvelopeForm::Jws => jws::read(bytes),
        EnvelopeForm::Cose => cose::read(bytes),
    }
}

//! The key that signs in the example. It is made from a sentence that stands here, so it is worth nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey, EncodePublicKey, KeypairBytes};
use ed25519_dalek::{Signer, SigningKey};
use regscope::oci::Digest;

const WARNING: &str = "\
# THIS KEY IS WORTHLESS. Everybody has it: it signs the built-in example registry of regscope and nothing else.
# Never trust anything because it is signed with this key. examples/demo_registry/key.rs makes it.
";

fn signing_key() -> SigningKey {
    let seed = Digest::of(
        b"The example registry of regscope is signed with this sentence. It is worthless.",
    );
    SigningKey::from_bytes(seed.as_bytes().try_into().unwrap())
}

/// The private key, for the repository.
pub(crate) fn private_pem() -> String {
    // Without the public key (PKCS #8 version 1): older versions of OpenSSL do not read the other form.
    let pair = KeypairBytes {
        secret_key: signing_key().to_bytes(),
        public_key: None,
    };
    format!("{WARNING}{}", *pair.to_pkcs8_pem(LineEnding::LF).unwrap())
}

/// The public key, for the repository and for `verify --key`.
pub(crate) fn public_pem() -> String {
    let key = signing_key().verifying_key();
    format!(
        "{WARNING}{}",
        key.to_public_key_pem(LineEnding::LF).unwrap()
    )
}

/// How sigstore bundles name a public key: the hash of its DER form.
pub(crate) fn hint() -> String {
    let der = signing_key().verifying_key().to_public_key_der().unwrap();
    STANDARD.encode(Digest::of(der.as_bytes()).as_bytes())
}

/// A signature over `message`, in base64. Ed25519 has no chance in it: the same message has the same signature.
pub(crate) fn sign(message: &[u8]) -> String {
    STANDARD.encode(signing_key().sign(message).to_bytes())
}

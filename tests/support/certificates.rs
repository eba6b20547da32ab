//! The certificates of registries in tests. `tests/support/tls/make` made them; they say what they are, and end in a
//! hundred years.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/support/tls")
        .join(name)
}

/// The authority that signed the server's certificate.
pub fn ca_file() -> PathBuf {
    file("ca.pem")
}

/// The server's side of TLS, for `127.0.0.1` and `localhost`.
pub fn acceptor() -> TlsAcceptor {
    let certificates = CertificateDer::pem_file_iter(file("server.pem"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

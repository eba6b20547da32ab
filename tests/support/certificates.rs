//! The certificates of registries in tests. `tests/support/tls/make` made them; they say what they are, and end in a
//! hundred years.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/support/tls")
        .join(name)
}

/// The authority that signed the server's certificate.
pub fn ca_file() -> PathBuf {
    file("ca.pem")
}

/// A client's certificate of the same authority, and its key.
pub fn client_files() -> (PathBuf, PathBuf) {
    (file("client.pem"), file("client.key"))
}

/// The server's side of TLS, for `127.0.0.1` and `localhost`; with a certificate of the client where that is wanted.
pub fn acceptor(wants_certificate: bool) -> TlsAcceptor {
    let certificates = CertificateDer::pem_file_iter(file("server.pem"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let builder = if wants_certificate {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(ca_file()).unwrap())
            .unwrap();
        ServerConfig::builder()
            .with_client_cert_verifier(WebPkiClientVerifier::builder(roots.into()).build().unwrap())
    } else {
        ServerConfig::builder().with_no_client_auth()
    };
    TlsAcceptor::from(Arc::new(
        builder.with_single_cert(certificates, key).unwrap(),
    ))
}

//! How a registry is reached: TLS or plain HTTP, which roots are trusted, which certificate is shown, which proxy.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, ClientBuilder, Identity, redirect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::error::{RequestError, chain_in_words};
use super::origin::is_guarded;
use crate::oci::target::Host;
use crate::source::Limits;
use crate::source::local::files::read_own;

/// What is read of a file of certificates and keys: more than all authorities of a system.
const PEM_BYTES: u64 = 4 * 1024 * 1024;

/// What a person says about TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Certificates in PEM that are trusted beside the system's (`--ca-file`).
    pub ca_file: Option<PathBuf>,
    /// The client's certificate in PEM; its key may stand in the same file.
    pub certificate: Option<PathBuf>,
    /// The key of the client's certificate in PEM.
    pub key: Option<PathBuf>,
    /// Plain HTTP beyond this machine too (`--plain-http`).
    pub plain_http: bool,
    /// Believe whoever answers. The screen must keep showing this.
    pub skip_verification: bool,
}

/// Why a registry cannot even be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// A file cannot be read.
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, String),
    /// A file holds no certificates.
    #[error("{0} holds no certificate in PEM form: {1}")]
    Certificate(PathBuf, String),
    /// A file holds no key, or not the certificate's.
    #[error(
        "{0} holds no certificate and key in PEM form (give the key with its own option if it has its own file): {1}"
    )]
    Identity(PathBuf, String),
    /// The host makes no address.
    #[error("`{0}` is no host that can be reached")]
    Host(String),
}

/// The HTTP clients: one that knows the person (client certificate, skipped verification) for the registry's own
/// origin, one that knows nothing for everybody else. Made when first used, because reading the system's roots takes
/// longer than the first frame may.
pub(super) struct Clients {
    own: OnceLock<Client>,
    /// The same without roots, for plain HTTP.
    own_plain: OnceLock<Client>,
    other: OnceLock<Client>,
    other_near: OnceLock<Client>,
    roots: Vec<Certificate>,
    identity: Option<Identity>,
    skip_verification: bool,
    is_loopback: bool,
    user_agent: String,
    connect: Duration,
    header_bytes: u32,
}

impl Clients {
    /// Reads the files that `tls` names.
    pub(super) fn new(
        host: &Host,
        tls: &TlsSettings,
        limits: &Limits,
        user_agent: &str,
    ) -> Result<Self, SetupError> {
        let read = |path: &PathBuf| {
            read_own(path, PEM_BYTES)
                .map_err(|error| SetupError::Read(path.clone(), format!("it {error}")))
        };
        let roots = match &tls.ca_file {
            None => Vec::new(),
            Some(path) => {
                let wrong = |why: String| SetupError::Certificate(path.clone(), why);
                let roots = Certificate::from_pem_bundle(&read(path)?)
                    .map_err(|e| wrong(chain_in_words(&e)))?;
                if roots.is_empty() {
                    return Err(wrong("there is none in it".to_owned()));
                }
                roots
            }
        };
        let identity = match &tls.certificate {
            None => None,
            Some(path) => {
                let mut pem = read(path)?;
                if let Some(key) = &tls.key {
                    pem.push(b'\n');
                    pem.extend(read(key)?);
                }
                let wrong =
                    |e: reqwest::Error| SetupError::Identity(path.clone(), chain_in_words(&e));
                Some(Identity::from_pem(&pem).map_err(wrong)?)
            }
        };
        Ok(Self {
            own: OnceLock::new(),
            own_plain: OnceLock::new(),
            other: OnceLock::new(),
            other_near: OnceLock::new(),
            roots,
            identity,
            skip_verification: tls.skip_verification,
            is_loopback: host.is_loopback(),
            user_agent: user_agent.to_owned(),
            connect: limits.connect,
            header_bytes: u32::try_from(limits.header_bytes).unwrap_or(u32::MAX),
        })
    }

    /// The client for the registry's own origin, which is reached over TLS or not.
    pub(super) fn own(&self, is_tls: bool) -> Result<&Client, RequestError> {
        let cell = if is_tls { &self.own } else { &self.own_plain };
        made(cell, || {
            let mut builder = self
                .builder()
                .tls_danger_accept_invalid_certs(self.skip_verification);
            if let Some(identity) = &self.identity {
                builder = builder.identity(identity.clone());
            }
            // Reading the system's roots takes many milliseconds, of which plain HTTP has no use.
            if !is_tls {
                builder = builder.tls_certs_only(std::iter::empty());
            }
            // A proxy has nothing to do with this machine, whatever NO_PROXY forgets.
            if self.is_loopback {
                builder.no_proxy()
            } else {
                builder
            }
        })
    }

    /// Whether we show a certificate of our own.
    pub(super) fn has_identity(&self) -> bool {
        self.identity.is_some()
    }

    /// The client for every other origin, which is this machine or not.
    pub(super) fn other(&self, is_loopback: bool) -> Result<&Client, RequestError> {
        if is_loopback {
            made(&self.other_near, || self.builder().no_proxy())
        } else {
            made(&self.other, || {
                // A proxy looks names up itself, and its own may be near.
                if self.is_loopback || has_proxy() {
                    self.builder()
                } else {
                    self.builder().dns_resolver(Elsewhere)
                }
            })
        }
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder()
            .user_agent(&self.user_agent)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect)
            .http2_max_header_list_size(self.header_bytes)
            .tls_certs_merge(self.roots.iter().cloned())
    }
}

/// Looks up the names to which registries send us, without the addresses to which they may not: a name is as good as the
/// address that it stands for.
#[derive(Clone, Copy)]
struct Elsewhere;

impl Resolve for Elsewhere {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .iter()
                .copied()
                .filter(|address| !is_guarded(address.ip()))
                .collect();
            if allowed.is_empty() && !found.is_empty() {
                let words = "its name stands for an address of this machine, its network or its cloud, which is refused";
                return Err(std::io::Error::other(words).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether the environment names any proxy.
fn has_proxy() -> bool {
    [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ]
    .iter()
    .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn made(
    cell: &OnceLock<Client>,
    builder: impl FnOnce() -> ClientBuilder,
) -> Result<&Client, RequestError> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    let client = builder().build().map_err(|error| {
        RequestError::Local(format!("cannot set up TLS: {}", chain_in_words(&error)))
    })?;
    Ok(cell.get_or_init(|| client))
}

/// The start of a TLS handshake: whoever speaks TLS answers with a record of it, be it an alert. It offers TLS 1.2
/// with one common cipher and no extensions, which is the least that is a `ClientHello` (RFC 5246, section 7.4.1.2).
/// Its random bytes are line ends, so that an HTTP server sees a request that is complete, and wrong.
const CLIENT_HELLO: [u8; 50] = {
    let mut hello = *b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
    // Record: handshake, TLS 1.0 for the sake of old servers, 45 bytes; message: ClientHello, 41 bytes, TLS 1.2.
    let head = [0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3];
    let mut at = 0;
    while at < head.len() {
        hello[at] = head[at];
        at += 1;
    }
    // After 32 bytes of randomness: no session, one cipher (ECDHE-RSA-AES128-GCM-SHA256), no compression.
    let tail = [0, 0, 2, 0xc0, 0x2f, 1, 0];
    let mut at = 0;
    while at < tail.len() {
        hello[43 + at] = tail[at];
        at += 1;
    }
    hello
};

/// Whether the port answers TLS. For this machine only: elsewhere TLS is a must, and is not asked for.
///
/// A server that hangs up without a word may be either: one that would have nothing to do with such an old greeting, or
/// one that speaks plain HTTP and would not answer noise. A whole handshake tells, at the cost of a request.
pub(super) async fn answers_tls(host: &Host, limits: &Limits, clients: &Clients) -> bool {
    match greet(host, limits).await {
        Greeted::Tls => true,
        Greeted::Otherwise => false,
        Greeted::HungUp => shakes_hands(host, limits, clients).await,
    }
}

/// What came of a greeting in TLS.
enum Greeted {
    Tls,
    /// Something else came, or nothing for too long.
    Otherwise,
    /// The connection ended without a byte.
    HungUp,
}

async fn shakes_hands(host: &Host, limits: &Limits, clients: &Clients) -> bool {
    let Ok(client) = clients.own(true) else {
        return false;
    };
    let ask = client.head(format!("https://{host}/v2/")).send();
    match tokio::time::timeout(patience(limits), ask).await {
        Ok(Ok(_)) => true,
        // A certificate that is not trusted is one.
        Ok(Err(error)) => {
            let words = chain_in_words(&error).to_ascii_lowercase();
            !error.is_connect() || words.contains("certificate") || words.contains("alert")
        }
        Err(_) => false,
    }
}

/// A server that is silent for so long on the same machine speaks something else.
fn patience(limits: &Limits) -> Duration {
    limits
        .connect
        .min(limits.idle / 2)
        .min(Duration::from_secs(2))
}

async fn greet(host: &Host, limits: &Limits) -> Greeted {
    let port = host.port().unwrap_or(443);
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect((host.name(), port)).await?;
        stream.write_all(&CLIENT_HELLO).await?;
        let mut kind = [0; 1];
        stream.read_exact(&mut kind).await?;
        std::io::Result::Ok(kind)
    };
    match tokio::time::timeout(patience(limits), ask).await {
        // A handshake's record or an alert's (RFC 8446, section 5.1).
        Ok(Ok([0x15 | 0x16])) => Greeted::Tls,
        Ok(Err(error))
            if matches!(
                error.kind(),
                std::io::ErrorKind::UnexpectedEof
                    | std::io::ErrorKind::ConnectionReset
                    | std::io::ErrorKind::BrokenPipe
            ) =>
        {
            Greeted::HungUp
        }
        _ => Greeted::Otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hello_has_the_lengths_that_it_states() {
        let record = usize::from(CLIENT_HELLO[4]);
        let message = usize::from(CLIENT_HELLO[8]);
        assert_eq!(record + 5, CLIENT_HELLO.len());
        assert_eq!(message + 9, CLIENT_HELLO.len());
    }

    #[test]
    fn a_file_without_a_certificate_is_told_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "nothing").unwrap();
        let host = Host::parse("r.example").unwrap();
        let new = |tls: TlsSettings| {
            Clients::new(&host, &tls, &Limits::default(), "x")
                .err()
                .unwrap()
                .to_string()
        };
        let text = new(TlsSettings {
            ca_file: Some(file.clone()),
            ..TlsSettings::default()
        });
        assert!(text.contains("ca.pem holds no certificate"), "{text}");
        let text = new(TlsSettings {
            certificate: Some(file),
            ..TlsSettings::default()
        });
        assert!(text.contains("holds no certificate and key"), "{text}");
        let text = new(TlsSettings {
            ca_file: Some("/no/such".into()),
            ..TlsSettings::default()
        });
        assert!(text.starts_with("cannot read /no/such"), "{text}");
    }
}

//! What somebody trusts: keys, authorities, logs, identities. Nothing is verified against trust that nobody gave.

use jiff::Timestamp;
use regex::Regex;
use serde_json::{Map, Value};
use sigstore_trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TimeRange, TrustedRoot};

use crate::oci::Digest;

use super::certificate::Certificate;
use super::key::{KeyError, PublicKey};
use super::notation::NotationTrust;

/// Why trust cannot be used. It is the person's own mistake and never ignored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Certificates.
    #[error("certificates: {0}")]
    Certificates(String),
    /// A trusted root.
    #[error("not a trusted root: {0}")]
    Root(String),
    /// An expression.
    #[error("not a regular expression: {0}")]
    Expression(String),
    /// An identity or an issuer without a character.
    #[error("it is empty")]
    Empty,
    /// A Notation configuration.
    #[error("{0}")]
    Notation(String),
}

/// From where some trust comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrustKind {
    /// A public key.
    Key,
    /// Certificates of an authority of somebody's own.
    CertificateRoots,
    /// A `trusted_root.json`.
    TrustedRoot,
    /// The root of sigstore's public-good instance, as it is built in.
    BuiltIn,
    /// Notation's configuration.
    Notation,
}

impl TrustKind {
    /// The name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::CertificateRoots => "certificate-roots",
            Self::TrustedRoot => "trusted-root",
            Self::BuiltIn => "built-in",
            Self::Notation => "notation",
        }
    }
}

/// One thing that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustSource {
    /// What it is.
    pub kind: TrustKind,
    /// What it is called: the name of its file.
    pub name: String,
    /// SHA-256 of the key's SPKI, or of the file, in hex.
    pub digest: String,
    /// The newest moment from which something in it is in use: what came into use later it does not know.
    pub newest: Option<Timestamp>,
}

/// A public key and what it is called.
#[derive(Clone, Debug)]
pub struct NamedKey {
    /// What people call it.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// Whether everybody can get a certificate of an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publicity {
    /// Yes (Fulcio): only an identity and its issuer say whose signature it is.
    Public,
    /// No: an identity suffices.
    Private,
}

/// An authority that issues certificates.
#[derive(Clone, Debug)]
pub struct Authority {
    /// What people call it.
    pub name: String,
    /// Its certificates, each of which may end a path.
    pub anchors: Vec<Certificate>,
    /// Further certificates for building a path.
    pub intermediates: Vec<Certificate>,
    /// When it is in use.
    pub window: Option<TimeRange>,
    /// Who can get a certificate of it.
    pub publicity: Publicity,
    /// Whether the trust it came with knows certificate transparency logs, so that a promise of one is asked for.
    pub wants_sct: bool,
    /// Whether the trust it came with knows transparency logs, so that an entry of one is asked for.
    pub wants_log: bool,
}

/// A transparency log, or a certificate transparency log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Its id.
    pub id: Vec<u8>,
    /// Its address.
    pub name: String,
    /// Its key.
    pub key: PublicKey,
    /// When the key is in use.
    pub window: Option<TimeRange>,
}

impl Log {
    /// Whether its key is in use at `time`, both ends included.
    pub(super) fn covers(&self, time: Timestamp) -> bool {
        self.window.is_none_or(|window| window.contains(time))
    }

    /// Whether its key had come into use by `time`.
    pub(super) fn has_started(&self, time: Timestamp) -> bool {
        self.window.is_none_or(|window| window.has_started_by(time))
    }
}

/// A timestamp authority.
#[derive(Clone, Debug)]
pub struct TimestampAuthority {
    /// What people call it.
    pub name: String,
    /// Its certificates, the one that signs first and the root last.
    pub certificates: Vec<Certificate>,
    /// When it is in use.
    pub window: Option<TimeRange>,
}

/// How an identity or an issuer is asked for.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// This text.
    Exact(String),
    /// What this expression finds somewhere in it, as cosign does.
    Expression(Regex),
}

impl Pattern {
    /// Asks for exactly `text`.
    pub fn exact(text: &str) -> Result<Self, TrustError> {
        if text.is_empty() {
            return Err(TrustError::Empty);
        }
        Ok(Self::Exact(text.to_owned()))
    }

    /// Asks for what the expression `text` finds.
    pub fn expression(text: &str) -> Result<Self, TrustError> {
        if text.is_empty() {
            return Err(TrustError::Empty);
        }
        Regex::new(text)
            .map(Self::Expression)
            .map_err(|error| TrustError::Expression(error.to_string()))
    }

    /// Whether it is an expression that would also match within a longer text.
    pub fn is_unanchored(&self) -> bool {
        match self {
            Self::Exact(_) => false,
            Self::Expression(regex) => {
                let text = regex.as_str();
                !(text.starts_with('^') && text.ends_with('$'))
            }
        }
    }

    /// Whether `text` is what is asked for.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(wanted) => wanted == text,
            Self::Expression(regex) => regex.is_match(text),
        }
    }

    /// What is asked for, as it was written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Exact(text) => text,
            Self::Expression(regex) => regex.as_str(),
        }
    }
}

/// What has to be there besides a signature that holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Required {
    /// An entry of a log that was given.
    pub log: bool,
    /// A promise of a certificate transparency log that was given.
    pub sct: bool,
    /// A token of a timestamp authority that was given.
    pub timestamp: bool,
}

/// All that somebody trusts, and asks for.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Keys, any of which suffices.
    pub keys: Vec<NamedKey>,
    /// Authorities, any of which suffices.
    pub authorities: Vec<Authority>,
    /// Transparency logs.
    pub logs: Vec<Log>,
    /// Certificate transparency logs.
    pub ct_logs: Vec<Log>,
    /// Timestamp authorities.
    pub timestamp_authorities: Vec<TimestampAuthority>,
    /// Who has to have signed.
    pub identity: Option<Pattern>,
    /// Who has to vouch for the identity.
    pub issuer: Option<Pattern>,
    /// Annotations that have to be signed.
    pub annotations: Vec<(String, String)>,
    /// What has to be there.
    pub required: Required,
    /// Notation's policy.
    pub notation: Option<NotationTrust>,
    /// What was given, in order.
    pub sources: Vec<TrustSource>,
}

impl Trust {
    /// Adds a public key in PEM or DER.
    pub fn add_key(&mut self, name: &str, file: &[u8]) -> Result<(), TrustError> {
        let key = PublicKey::read(file)?;
        self.sources.push(TrustSource {
            kind: TrustKind::Key,
            name: name.to_owned(),
            digest: key.fingerprint(),
            newest: None,
        });
        self.keys.push(NamedKey {
            name: name.to_owned(),
            key,
        });
        Ok(())
    }

    /// Adds the certificates of an authority of somebody's own: roots in PEM, and intermediates of any.
    pub fn add_roots(
        &mut self,
        name: &str,
        roots: &[u8],
        intermediates: Option<&[u8]>,
    ) -> Result<(), TrustError> {
        let read = |file: &[u8]| Certificate::read_all(file).map_err(TrustError::Certificates);
        let anchors = read(roots)?;
        if anchors.is_empty() {
            return Err(TrustError::Certificates("there is none in it".to_owned()));
        }
        let intermediates = intermediates.map(read).transpose()?.unwrap_or_default();
        self.sources.push(TrustSource {
            kind: TrustKind::CertificateRoots,
            name: name.to_owned(),
            digest: Digest::of(roots).encoded(),
            newest: anchors.iter().map(Certificate::not_before).max(),
        });
        self.authorities.push(Authority {
            name: name.to_owned(),
            anchors,
            intermediates,
            window: None,
            publicity: Publicity::Private,
            wants_sct: false,
            wants_log: false,
        });
        Ok(())
    }

    /// Adds a `trusted_root.json` (`sigstore_trustroot.proto`).
    pub fn add_trusted_root(&mut self, name: &str, file: &[u8]) -> Result<(), TrustError> {
        self.add_root(TrustKind::TrustedRoot, name, file)
    }

    /// Adds the root of sigstore's public-good instance, as it is built in.
    pub fn add_built_in(&mut self) -> Result<(), TrustError> {
        self.add_root(
            TrustKind::BuiltIn,
            "sigstore public good",
            SIGSTORE_PRODUCTION_TRUSTED_ROOT.as_bytes(),
        )
    }

    fn add_root(&mut self, kind: TrustKind, name: &str, file: &[u8]) -> Result<(), TrustError> {
        let mut json = super::encoding::strict_json(file).map_err(TrustError::Root)?;
        written_out(&mut json);
        let root: TrustedRoot = serde_json::from_value(Value::Object(json))
            .map_err(|error| TrustError::Root(error.to_string()))?;
        let mut newest: Option<Timestamp> = None;
        let mut note = |window: Option<TimeRange>| {
            newest = newest.max(window.map(|window| window.start));
        };
        let (mut logs, mut ct_logs) = (Vec::new(), Vec::new());
        for log in &root.tlogs {
            note(log.public_key.valid_for);
            let id = log.log_id.key_id.as_bytes();
            let key = log.public_key.raw_bytes.as_bytes();
            let details = log.public_key.key_details.as_str();
            let window = log.public_key.valid_for;
            add_log(&mut logs, id, &log.base_url, (key, details), window)?;
        }
        for log in &root.ctlogs {
            note(log.public_key.valid_for);
            let id = log.log_id.key_id.as_bytes();
            let key = log.public_key.raw_bytes.as_bytes();
            let details = log.public_key.key_details.as_str();
            let window = log.public_key.valid_for;
            add_log(&mut ct_logs, id, &log.base_url, (key, details), window)?;
        }
        self.logs.append(&mut logs);
        self.ct_logs.append(&mut ct_logs);
        for authority in &root.certificate_authorities {
            note(authority.valid_for);
            self.authorities.push(Authority {
                name: named(authority.subject.common_name.as_ref(), &authority.uri),
                anchors: certificates(
                    authority
                        .cert_chain
                        .certificates
                        .iter()
                        .map(|entry| entry.raw_bytes.as_bytes()),
                )?,
                intermediates: Vec::new(),
                window: authority.valid_for,
                publicity: Publicity::Public,
                wants_sct: !root.ctlogs.is_empty(),
                wants_log: !root.tlogs.is_empty(),
            });
        }
        for authority in &root.timestamp_authorities {
            note(authority.valid_for);
            self.timestamp_authorities.push(TimestampAuthority {
                name: named(
                    authority.subject.common_name.as_ref(),
                    authority.uri.as_deref().unwrap_or("timestamp authority"),
                ),
                certificates: certificates(
                    authority
                        .cert_chain
                        .certificates
                        .iter()
                        .map(|entry| entry.raw_bytes.as_bytes()),
                )?,
                window: authority.valid_for,
            });
        }
        self.sources.push(TrustSource {
            kind,
            name: name.to_owned(),
            digest: Digest::of(file).encoded(),
            newest,
        });
        Ok(())
    }

    /// Whether it names any authority that everybody can get a certificate of, and was asked for on purpose.
    pub fn has_private_authority(&self) -> bool {
        self.authorities
            .iter()
            .any(|authority| authority.publicity == Publicity::Private)
    }
}

/// Writes out what protobuf's JSON leaves out because it is empty, and the reader of trusted roots asks for.
fn written_out(root: &mut Map<String, Value>) {
    let mut each = |list: &str, empty: &[(&str, &str)]| {
        let entries = root.get_mut(list).and_then(Value::as_array_mut);
        for entry in entries
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            for (name, value) in empty {
                entry.entry(*name).or_insert_with(|| (*value).into());
            }
            if let Some(key) = entry.get_mut("publicKey").and_then(Value::as_object_mut) {
                key.entry("rawBytes").or_insert_with(|| "".into());
                key.entry("keyDetails")
                    .or_insert_with(|| UNSPECIFIED.into());
            }
        }
    };
    let of_log = [("baseUrl", ""), ("hashAlgorithm", "SHA2_256")];
    each("tlogs", &of_log);
    each("ctlogs", &of_log);
    each("certificateAuthorities", &[("uri", "")]);
}

fn named(common_name: Option<&String>, address: &str) -> String {
    common_name
        .filter(|name| !name.is_empty())
        .map_or_else(|| address.to_owned(), |name| format!("{name} ({address})"))
}

/// What a trusted root writes where it does not say the kind of a key.
const UNSPECIFIED: &str = "PUBLIC_KEY_DETAILS_UNSPECIFIED";

/// Adds a log. A key of a kind that nobody here knows is left out: its entries are those of an unknown log.
fn add_log(
    logs: &mut Vec<Log>,
    id: &[u8],
    name: &str,
    (key, details): (&[u8], &str),
    window: Option<TimeRange>,
) -> Result<(), TrustError> {
    if window.is_some_and(|window| window.end.is_some_and(|end| end < window.start)) {
        return Err(TrustError::Root(format!("{name} ends before it starts")));
    }
    // A place that is kept for what older programs cannot read.
    if key.is_empty() && details.ends_with("UNSPECIFIED") {
        return Ok(());
    }
    let key = match PublicKey::from_spki(key).or_else(|_| PublicKey::from_pkcs1(key)) {
        Ok(key) => key,
        Err(KeyError::Unsupported(_)) => return Ok(()),
        Err(error) => return Err(TrustError::Root(format!("the key of {name}: {error}"))),
    };
    if logs.iter().any(|log| log.id == id) {
        return Err(TrustError::Root(format!(
            "two logs have the id {}",
            hex::encode(id)
        )));
    }
    logs.push(Log {
        id: id.to_vec(),
        name: name.to_owned(),
        key,
        window,
    });
    Ok(())
}

fn certificates<'a>(
    entries: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<Certificate>, TrustError> {
    let read = entries
        .map(|der| Certificate::from_der(der).map_err(TrustError::Root))
        .collect::<Result<Vec<_>, _>>()?;
    if read.is_empty() {
        return Err(TrustError::Root(
            "an authority has no certificate".to_owned(),
        ));
    }
    Ok(read)
}

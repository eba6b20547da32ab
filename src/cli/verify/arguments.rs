//! What may be written after `verify`. The names are those of `cosign` and `notation`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::evidence::signature::{
    NotationTrust, Pattern, Required, StoreFile, Trust, TrustError, TrustKind, TrustSource,
};
use crate::insight::signatures::{Demand, predicate_of};
use crate::oci::Digest;

use super::super::fail::Failure;
use super::super::output;

/// What `verify` takes.
#[derive(Debug, Args)]
pub(in super::super) struct VerifyArguments {
    /// What to look at; or a file with bundles or a Notation envelope.
    pub(super) target: String,
    /// What a file's evidence has to be about: a file, or a digest as ALGORITHM:HEX.
    #[arg(long, value_name = "FILE|DIGEST")]
    pub(super) artifact: Option<String>,
    /// A public key in PEM or DER; again and again, any of them suffices.
    #[arg(id = "public_key", long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// Who has to have signed: exactly this name of the certificate.
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "certificate_identity_regexp"
    )]
    certificate_identity: Option<String>,
    /// Who has to have signed, as an expression; without ^ and $ it also matches within a longer name.
    #[arg(long, value_name = "EXPRESSION")]
    certificate_identity_regexp: Option<String>,
    /// Who has to vouch for the signer: exactly this issuer.
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "certificate_oidc_issuer_regexp"
    )]
    certificate_oidc_issuer: Option<String>,
    /// Who has to vouch for the signer, as an expression.
    #[arg(long, value_name = "EXPRESSION")]
    certificate_oidc_issuer_regexp: Option<String>,
    /// The authorities and logs of a sigstore instance (`trusted_root.json`), instead of the built-in public-good ones.
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<PathBuf>,
    /// The roots of an authority of your own, in PEM.
    #[arg(long, value_name = "FILE")]
    ca_roots: Option<PathBuf>,
    /// Intermediate certificates of that authority, in PEM.
    #[arg(long, value_name = "FILE", requires = "ca_roots")]
    ca_intermediates: Option<PathBuf>,
    /// An annotation that has to be signed; again and again.
    #[arg(short = 'a', long = "annotations", value_name = "KEY=VALUE", value_parser = annotation)]
    annotations: Vec<(String, String)>,
    /// Ask for an attestation of this type instead of a signature: a URI, or cosign's short name.
    #[arg(long = "type", value_name = "PREDICATE")]
    predicate: Option<String>,
    /// Notation's configuration: trust policy and trust stores.
    #[arg(long, value_name = "DIR", requires = "scope")]
    notation_config: Option<PathBuf>,
    /// The repository whose Notation policy applies, as REGISTRY/REPOSITORY.
    #[arg(long, value_name = "REPOSITORY", requires = "notation_config")]
    scope: Option<String>,
    /// Ask for more than the trust itself does; again and again.
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    require: Vec<Requirement>,
    /// Ask that every piece of evidence about an image is good, not one.
    #[arg(long)]
    all: bool,
}

/// What may be asked for besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Requirement {
    /// An entry in a log that is trusted.
    Log,
    /// A promise of a certificate transparency log that is trusted.
    Sct,
    /// A token of a timestamp authority that is trusted.
    Timestamp,
}

fn annotation(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

impl VerifyArguments {
    /// What is asked of an image.
    pub(super) fn demand(&self) -> Result<Demand, Failure> {
        let predicate_type = self
            .predicate
            .as_deref()
            .map(|name| {
                predicate_of(name).ok_or_else(|| {
                    Failure::usage(format!(
                        "--type {name} is neither a URI nor one of cosign's names: custom, slsaprovenance, slsaprovenance02, slsaprovenance1, link, spdx, spdxjson, cyclonedx, vuln, openvex"
                    ))
                })
            })
            .transpose()?;
        Ok(Demand {
            predicate_type,
            is_all: self.all,
        })
    }

    /// What is trusted. Reads the files that are named, and nothing else.
    pub(super) fn trust(&self) -> Result<Trust, Failure> {
        let mut trust = Trust::default();
        for path in &self.keys {
            let file = read("--key", path)?;
            trust
                .add_key(&name_of(path), &file)
                .map_err(|error| unusable("--key", path, &error))?;
        }
        match &self.trusted_root {
            Some(path) => trust
                .add_trusted_root(&name_of(path), &read("--trusted-root", path)?)
                .map_err(|error| unusable("--trusted-root", path, &error))?,
            None => trust
                .add_built_in()
                .map_err(|error| Failure::internal(format!("the built-in root: {error}")))?,
        }
        if let Some(path) = &self.ca_roots {
            let intermediates = self
                .ca_intermediates
                .as_ref()
                .map(|path| read("--ca-intermediates", path))
                .transpose()?;
            trust
                .add_roots(
                    &name_of(path),
                    &read("--ca-roots", path)?,
                    intermediates.as_deref(),
                )
                .map_err(|error| unusable("--ca-roots", path, &error))?;
        }
        if let (Some(folder), Some(scope)) = (&self.notation_config, &self.scope) {
            let (notation, source) = notation(folder, scope)?;
            trust.notation = Some(notation);
            trust.sources.push(source);
        }
        self.add_identity(&mut trust)?;
        trust.annotations.clone_from(&self.annotations);
        let asks = |what| self.require.contains(&what);
        trust.required = Required {
            log: asks(Requirement::Log),
            sct: asks(Requirement::Sct),
            timestamp: asks(Requirement::Timestamp),
        };
        Ok(trust)
    }

    fn add_identity(&self, trust: &mut Trust) -> Result<(), Failure> {
        trust.identity = pattern(
            (
                "--certificate-identity",
                self.certificate_identity.as_deref(),
            ),
            (
                "--certificate-identity-regexp",
                self.certificate_identity_regexp.as_deref(),
            ),
        )?;
        trust.issuer = pattern(
            (
                "--certificate-oidc-issuer",
                self.certificate_oidc_issuer.as_deref(),
            ),
            (
                "--certificate-oidc-issuer-regexp",
                self.certificate_oidc_issuer_regexp.as_deref(),
            ),
        )?;
        match (&trust.identity, &trust.issuer) {
            (Some(_), None) if self.ca_roots.is_none() => Err(Failure::usage(
                "everybody can get a certificate of a public authority, so an identity alone says little; add --certificate-oidc-issuer",
            )),
            (None, Some(_)) => Err(Failure::usage(
                "an issuer alone vouches for all of its users; add --certificate-identity",
            )),
            _ => Ok(()),
        }
    }
}

/// An identity or an issuer, as one of two flags gives it.
fn pattern(
    exact: (&str, Option<&str>),
    expression: (&str, Option<&str>),
) -> Result<Option<Pattern>, Failure> {
    let wrong = |flag: &str, error: TrustError| Failure::usage(format!("{flag}: {error}"));
    if let (flag, Some(text)) = exact {
        return Pattern::exact(text)
            .map(Some)
            .map_err(|error| wrong(flag, error));
    }
    let (flag, Some(text)) = expression else {
        return Ok(None);
    };
    let pattern = Pattern::expression(text).map_err(|error| wrong(flag, error))?;
    if pattern.is_unanchored() {
        output::say(&format!(
            "{flag} {text} has no ^ and $, so it also matches within a longer name"
        ));
    }
    Ok(Some(pattern))
}

fn read(flag: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::usage(format!("{flag} {}: {error}", path.display())))
}

fn unusable(flag: &str, path: &Path, error: &TrustError) -> Failure {
    Failure::usage(format!("{flag} {}: {error}", path.display()))
}

/// What people call a file: its name.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Reads Notation's folder of configuration (`specifications`, `trust-store-trust-policy.md`, "File structure").
pub(in super::super) fn notation(
    folder: &Path,
    scope: &str,
) -> Result<(NotationTrust, TrustSource), Failure> {
    let flag = "--notation-config";
    let wrong = |what: &str| Failure::usage(format!("{flag} {}: {what}", folder.display()));
    if scope.is_empty() {
        return Err(Failure::usage("--scope: it is empty"));
    }
    let policy = ["trustpolicy.oci.json", "trustpolicy.json"]
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists())
        .ok_or_else(|| wrong("neither trustpolicy.oci.json nor trustpolicy.json is there"))?;
    let policy = read(flag, &policy)?;
    let mut files = Vec::new();
    for kind in ["ca", "signingAuthority", "tsa"] {
        for store in folders(&folder.join("truststore").join("x509").join(kind))? {
            for path in entries(&store)? {
                let file = StoreFile {
                    kind: kind.to_owned(),
                    store: name_of(&store),
                    name: path.display().to_string(),
                    content: read(flag, &path)?,
                };
                files.push(file);
            }
        }
    }
    let trust = NotationTrust::read(&policy, &files, scope)
        .map_err(|error| Failure::usage(format!("{flag} {}: {error}", folder.display())))?;
    let source = TrustSource {
        kind: TrustKind::Notation,
        name: folder.display().to_string(),
        digest: Digest::of(&policy).encoded(),
        newest: None,
    };
    Ok((trust, source))
}

/// The folders in a folder that may not be there, in order.
fn folders(parent: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !parent.exists() {
        return Ok(Vec::new());
    }
    let mut found = entries(parent)?;
    found.retain(|path| path.is_dir());
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let wrong = |error: std::io::Error| Failure::usage(format!("{}: {error}", folder.display()));
    let mut found = std::fs::read_dir(folder)
        .map_err(wrong)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    found.sort();
    Ok(found)
}

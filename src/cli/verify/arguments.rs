//! What may be written after `verify`. The names are those of `cosign` and `notation`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::TrustFiles;
use crate::evidence::signature::{Required, Trust};
use crate::insight::signatures::{Demand, predicate_of};

use super::super::fail::Failure;
use super::super::output;

/// What `verify` takes.
#[derive(Debug, Args)]
pub(in super::super) struct VerifyArguments {
    /// What to look at; or one file with bundles or a Notation envelope.
    #[arg(required = true, value_name = "TARGET")]
    pub(super) targets: Vec<String>,
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
    /// The folder in which signatures of simple signing lie beside a registry, as NAMES/NAME@ALGORITHM=HEX/signature-N.
    #[arg(long, value_name = "DIR")]
    pub(super) lookaside: Option<PathBuf>,
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
        let files = TrustFiles {
            keys: self.keys.clone(),
            certificate_identity: self.certificate_identity.clone(),
            certificate_identity_regexp: self.certificate_identity_regexp.clone(),
            certificate_oidc_issuer: self.certificate_oidc_issuer.clone(),
            certificate_oidc_issuer_regexp: self.certificate_oidc_issuer_regexp.clone(),
            trusted_root: self.trusted_root.clone(),
            ca_roots: self.ca_roots.clone(),
            ca_intermediates: self.ca_intermediates.clone(),
            notation_config: self.notation_config.clone(),
            scope: self.scope.clone(),
        };
        let read = files
            .read(&|key| format!("--{}", key.replace('_', "-")))
            .map_err(|error| Failure::usage(error.to_string()))?;
        for flag in &read.unanchored {
            output::say(&format!(
                "{flag} has no ^ and $, so it also matches within a longer name"
            ));
        }
        let mut trust = read.trust;
        trust.annotations.clone_from(&self.annotations);
        let asks = |what| self.require.contains(&what);
        trust.required = Required {
            log: asks(Requirement::Log),
            sct: asks(Requirement::Sct),
            timestamp: asks(Requirement::Timestamp),
        };
        Ok(trust)
    }
}

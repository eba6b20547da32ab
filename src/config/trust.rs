//! Trust as a person names it: files, identities, patterns. On the command line the names are flags, in the
//! configuration they are the keys of a `[[trust]]`.

use std::path::{Path, PathBuf};

use glob_match::glob_match;

use crate::evidence::signature::{
    NotationTrust, Pattern, StoreFile, Trust, TrustError, TrustKind, TrustSource,
};
use crate::oci::Digest;
use crate::source::local::files::read_named;

/// What is trusted, by the files that hold it. Nothing else is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustFiles {
    /// Public keys, any of which suffices.
    pub keys: Vec<PathBuf>,
    /// Who has to have signed.
    pub certificate_identity: Option<String>,
    /// The same, as an expression.
    pub certificate_identity_regexp: Option<String>,
    /// Who has to vouch for the signer.
    pub certificate_oidc_issuer: Option<String>,
    /// The same, as an expression.
    pub certificate_oidc_issuer_regexp: Option<String>,
    /// A `trusted_root.json`, instead of the built-in one.
    pub trusted_root: Option<PathBuf>,
    /// The roots of an authority of the person's own.
    pub ca_roots: Option<PathBuf>,
    /// Intermediate certificates of that authority.
    pub ca_intermediates: Option<PathBuf>,
    /// Notation's configuration.
    pub notation_config: Option<PathBuf>,
    /// The repository whose Notation policy applies.
    pub scope: Option<String>,
}

/// Trust for the repositories that two globs name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRule {
    registry: String,
    repository: String,
    files: TrustFiles,
}

/// Trust that cannot be used: which setting, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct UnusableTrust {
    /// The flag or the key.
    pub setting: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The trust that was read, and the expressions that also match within a longer name.
pub struct ReadTrust {
    /// What is trusted.
    pub trust: Trust,
    /// Settings whose expression has no `^` and `$`.
    pub unanchored: Vec<String>,
}

impl TrustFiles {
    /// Reads the files. `named` makes the name of a setting of its key, as in `--ca-roots` of `ca_roots`. Blocks.
    pub fn read(&self, named: &dyn Fn(&str) -> String) -> Result<ReadTrust, UnusableTrust> {
        let wrong = |key: &str, reason: String| UnusableTrust {
            setting: named(key),
            reason,
        };
        let file = |key: &str, path: &Path| read(path).map_err(|reason| wrong(key, reason));
        let unusable = |key: &str, path: &Path, error: &TrustError| {
            wrong(key, format!("{}: {error}", path.display()))
        };
        let mut trust = Trust::default();
        for path in &self.keys {
            let bytes = file("key", path)?;
            let added = trust.add_key(&name_of(path), &bytes);
            added.map_err(|error| unusable("key", path, &error))?;
        }
        match &self.trusted_root {
            Some(path) => {
                let bytes = file("trusted_root", path)?;
                let added = trust.add_trusted_root(&name_of(path), &bytes);
                added.map_err(|error| unusable("trusted_root", path, &error))?;
            }
            None => trust
                .add_built_in()
                .map_err(|error| wrong("trusted_root", error.to_string()))?,
        }
        if let Some(path) = &self.ca_roots {
            let intermediates = self.ca_intermediates.as_ref();
            let intermediates = intermediates.map(|path| file("ca_intermediates", path));
            let bytes = file("ca_roots", path)?;
            let added = trust.add_roots(
                &name_of(path),
                &bytes,
                intermediates.transpose()?.as_deref(),
            );
            added.map_err(|error| unusable("ca_roots", path, &error))?;
        }
        if let Some(folder) = &self.notation_config {
            let scope = self.scope.as_deref().unwrap_or_default();
            if scope.is_empty() {
                return Err(wrong("scope", "it is empty".to_owned()));
            }
            let (notation, source) = notation(folder, scope).map_err(|reason| {
                wrong("notation_config", format!("{}: {reason}", folder.display()))
            })?;
            trust.notation = Some(notation);
            trust.sources.push(source);
        }
        let unanchored = self.add_identity(&mut trust, named)?;
        Ok(ReadTrust { trust, unanchored })
    }

    fn add_identity(
        &self,
        trust: &mut Trust,
        named: &dyn Fn(&str) -> String,
    ) -> Result<Vec<String>, UnusableTrust> {
        let wrong = |key: &str, reason: String| UnusableTrust {
            setting: named(key),
            reason,
        };
        let mut unanchored = Vec::new();
        let mut pattern = |key: &str, exact: &Option<String>, expression: &Option<String>| {
            if let Some(text) = exact {
                let pattern = Pattern::exact(text);
                return pattern
                    .map(Some)
                    .map_err(|error| wrong(key, error.to_string()));
            }
            let Some(text) = expression else {
                return Ok(None);
            };
            let key = format!("{key}_regexp");
            let pattern =
                Pattern::expression(text).map_err(|error| wrong(&key, error.to_string()))?;
            if pattern.is_unanchored() {
                unanchored.push(named(&key));
            }
            Ok(Some(pattern))
        };
        trust.identity = pattern(
            "certificate_identity",
            &self.certificate_identity,
            &self.certificate_identity_regexp,
        )?;
        trust.issuer = pattern(
            "certificate_oidc_issuer",
            &self.certificate_oidc_issuer,
            &self.certificate_oidc_issuer_regexp,
        )?;
        match (&trust.identity, &trust.issuer) {
            (Some(_), None) if self.ca_roots.is_none() => Err(wrong(
                "certificate_identity",
                format!(
                    "everybody can get a certificate of a public authority, so an identity alone says little; add {}",
                    named("certificate_oidc_issuer")
                ),
            )),
            (None, Some(_)) => Err(wrong(
                "certificate_oidc_issuer",
                format!(
                    "an issuer alone vouches for all of its users; add {}",
                    named("certificate_identity")
                ),
            )),
            _ => Ok(unanchored),
        }
    }
}

impl TrustRule {
    /// Whether it is for this repository. `*` stays within a part of a path, `**` does not.
    pub fn is_for(&self, registry: &str, repository: &str) -> bool {
        glob_match(&self.registry, registry) && glob_match(&self.repository, repository)
    }

    /// Reads its files, for a repository that it is for. Blocks.
    pub fn read(&self, registry: &str, repository: &str) -> Result<Trust, UnusableTrust> {
        let mut files = self.files.clone();
        if files.scope.is_none() && files.notation_config.is_some() {
            files.scope = Some(format!("{registry}/{repository}"));
        }
        files
            .read(&|key| format!("`trust.{key}`"))
            .map(|read| read.trust)
    }

    /// Reads a `[[trust]]` of the configuration in `folder`, against which its paths are.
    pub(super) fn parse(value: &toml::Value, folder: &Path) -> Result<Self, String> {
        let table = value
            .as_table()
            .ok_or_else(|| "write tables, as [[trust]]".to_owned())?;
        let mut rule = Self {
            registry: "**".to_owned(),
            repository: "**".to_owned(),
            files: TrustFiles::default(),
        };
        let files = &mut rule.files;
        for (key, value) in table {
            let text = || {
                value
                    .as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| format!("{key}: write a text"))
            };
            let path = || text().map(|text| folder.join(text));
            match key.as_str() {
                "registry" => rule.registry = text()?,
                "repository" => rule.repository = text()?,
                "key" | "keys" => files.keys = paths(key, value, folder)?,
                "certificate_identity" => files.certificate_identity = Some(text()?),
                "certificate_identity_regexp" => files.certificate_identity_regexp = Some(text()?),
                "certificate_oidc_issuer" => files.certificate_oidc_issuer = Some(text()?),
                "certificate_oidc_issuer_regexp" => {
                    files.certificate_oidc_issuer_regexp = Some(text()?);
                }
                "trusted_root" => files.trusted_root = Some(path()?),
                "ca_roots" => files.ca_roots = Some(path()?),
                "ca_intermediates" => files.ca_intermediates = Some(path()?),
                "notation_config" => files.notation_config = Some(path()?),
                "scope" => files.scope = Some(text()?),
                other => return Err(format!("{other}: there is no such key")),
            }
        }
        Ok(rule)
    }
}

/// One path or several.
fn paths(key: &str, value: &toml::Value, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = || format!("{key}: write a path, or a list of them");
    let one = |value: &toml::Value| {
        value
            .as_str()
            .map(|text| folder.join(text))
            .ok_or_else(wrong)
    };
    match value {
        toml::Value::Array(list) => list.iter().map(one).collect(),
        other => one(other).map(|path| vec![path]),
    }
}

/// A file of trust: keys, certificates and policies have some kilobytes.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    const BYTES: u64 = 8 << 20;
    read_named(path, BYTES).map_err(|error| format!("{} {error}", path.display()))
}

/// What people call a file: its name.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Reads Notation's folder of configuration (`trust-store-trust-policy.md`).
fn notation(folder: &Path, scope: &str) -> Result<(NotationTrust, TrustSource), String> {
    let policy = ["trustpolicy.oci.json", "trustpolicy.json"]
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists())
        .ok_or("neither trustpolicy.oci.json nor trustpolicy.json is there")?;
    let policy = read(&policy)?;
    let mut files = Vec::new();
    for kind in ["ca", "signingAuthority", "tsa"] {
        let stores = folder.join("truststore").join("x509").join(kind);
        if !stores.exists() {
            continue;
        }
        for store in entries(&stores)?.iter().filter(|path| path.is_dir()) {
            for path in entries(store)?.iter().filter(|path| path.is_file()) {
                files.push(StoreFile {
                    kind: kind.to_owned(),
                    store: name_of(store),
                    name: path.display().to_string(),
                    content: read(path)?,
                });
            }
        }
    }
    let trust = NotationTrust::read(&policy, &files, scope).map_err(|error| error.to_string())?;
    let source = TrustSource {
        kind: TrustKind::Notation,
        name: folder.display().to_string(),
        digest: Digest::of(&policy).encoded(),
        newest: None,
    };
    Ok((trust, source))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = std::fs::read_dir(folder)
        .map_err(wrong)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    found.sort();
    Ok(found)
}

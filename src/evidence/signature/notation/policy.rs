//! Trust policies and trust stores (`trust-store-trust-policy.md`). A policy that cannot be followed is refused whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::certificate::Certificate;
use super::super::encoding::{list, object, strict_json, text};
use super::super::model::{Action, CheckName};
use super::super::trust::TrustError;
use super::distinguished_name::{self, Attributes};

/// A file of a trust store: `truststore/x509/TYPE/NAME/…`.
#[derive(Clone, Debug)]
pub struct StoreFile {
    /// `ca`, `signingAuthority` or `tsa`.
    pub kind: String,
    /// The name of the store.
    pub store: String,
    /// What people call the file.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// Notation's configuration: the policy that applies, and the stores that it names.
#[derive(Clone, Debug)]
pub struct NotationTrust {
    policies: Vec<Policy>,
    scope: String,
    stores: BTreeMap<String, Vec<Certificate>>,
}

/// One policy.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub name: String,
    scopes: Vec<String>,
    actions: Option<BTreeMap<Group, Action>>,
    /// `TYPE:NAME`.
    pub stores: Vec<String>,
    pub identities: Vec<Identity>,
    pub timestamp_only_after_expiry: bool,
}

/// Whom a policy trusts.
#[derive(Clone, Debug)]
pub(super) enum Identity {
    /// Whoever the stores vouch for.
    Any,
    /// Whose subject has these attributes.
    Subject(Attributes, String),
}

/// The five validations of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Integrity,
    Authenticity,
    AuthenticTimestamp,
    Expiry,
    Revocation,
}

impl Policy {
    /// Whether nobody asks.
    pub(super) const fn skips(&self) -> bool {
        self.actions.is_none()
    }

    /// What it does with the result of a check.
    pub(super) fn action(&self, check: CheckName) -> Action {
        let Some(actions) = &self.actions else {
            return Action::Skip;
        };
        let group = match check {
            CheckName::CertificateChain | CheckName::Identity => Group::Authenticity,
            CheckName::CertificateValidity | CheckName::Timestamp => Group::AuthenticTimestamp,
            CheckName::Expiry => Group::Expiry,
            CheckName::Revocation => Group::Revocation,
            _ => Group::Integrity,
        };
        actions.get(&group).copied().unwrap_or(Action::Enforce)
    }
}

impl NotationTrust {
    /// Reads a trust policy and the files of its stores, for the repository `scope` (`registry/repository`).
    pub fn read(policy: &[u8], files: &[StoreFile], scope: &str) -> Result<Self, TrustError> {
        let wrong = TrustError::Notation;
        let json = strict_json(policy).map_err(|error| wrong(format!("the policy: {error}")))?;
        if text(&json, "version").map_err(wrong)? != Some("1.0") {
            return Err(wrong("the policy is not of version 1.0".to_owned()));
        }
        let mut policies = Vec::new();
        for policy in list(&json, "trustPolicies").map_err(wrong)? {
            let policy = policy
                .as_object()
                .ok_or_else(|| wrong("a policy is not an object".to_owned()))?;
            policies.push(read_policy(policy).map_err(wrong)?);
        }
        if policies.is_empty() {
            return Err(wrong("there is no policy in it".to_owned()));
        }
        unambiguous(&policies).map_err(wrong)?;
        let mut stores: BTreeMap<String, Vec<Certificate>> = BTreeMap::new();
        for file in files {
            let certificates = Certificate::read_all(&file.content)
                .map_err(|error| wrong(format!("{}: {error}", file.name)))?;
            if certificates.is_empty() {
                return Err(wrong(format!("{}: no certificate in it", file.name)));
            }
            stores
                .entry(format!("{}:{}", file.kind, file.store))
                .or_default()
                .extend(certificates);
        }
        let missing = policies
            .iter()
            .flat_map(|policy| &policy.stores)
            .find(|store| !stores.contains_key(*store));
        if let Some(store) = missing {
            return Err(wrong(format!("the trust store {store} is not there")));
        }
        Ok(Self {
            policies,
            scope: scope.to_owned(),
            stores,
        })
    }

    /// The repository that it is asked about.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The policy for the repository: the one that names it, else the one for all.
    pub(super) fn policy(&self) -> Option<&Policy> {
        let naming = |scope: &str| {
            self.policies
                .iter()
                .find(|policy| policy.scopes.iter().any(|found| found == scope))
        };
        naming(&self.scope).or_else(|| naming("*"))
    }

    /// The certificates of the stores of one type that `policy` names, with the name of their store.
    pub(super) fn certificates<'a>(
        &'a self,
        policy: &'a Policy,
        kind: &str,
    ) -> Vec<(&'a str, &'a Certificate)> {
        policy
            .stores
            .iter()
            .filter(|store| {
                store
                    .split_once(':')
                    .is_some_and(|(found, _)| found == kind)
            })
            .filter_map(|store| Some((store.as_str(), self.stores.get(store)?)))
            .flat_map(|(store, certificates)| {
                certificates
                    .iter()
                    .map(move |certificate| (store, certificate))
            })
            .collect()
    }
}

/// No name twice, no scope in two policies.
fn unambiguous(policies: &[Policy]) -> Result<(), String> {
    let mut names = Vec::new();
    let mut scopes = Vec::new();
    for policy in policies {
        if names.contains(&&policy.name) {
            return Err(format!("two policies are called {}", policy.name));
        }
        names.push(&policy.name);
        for scope in &policy.scopes {
            if scopes.contains(&scope) {
                return Err(format!("two policies are for {scope}"));
            }
            scopes.push(scope);
        }
    }
    Ok(())
}

fn read_policy(policy: &Map<String, Value>) -> Result<Policy, String> {
    let name = text(policy, "name")?
        .filter(|name| !name.is_empty())
        .ok_or("a policy without a name")?
        .to_owned();
    let within = |error: String| format!("policy {name}: {error}");
    let scopes = names(policy, "registryScopes").map_err(within)?;
    if scopes.is_empty() {
        return Err(within("it is for no repository".to_owned()));
    }
    if scopes.len() > 1 && scopes.iter().any(|scope| scope == "*") {
        return Err(within("it is for all and for some".to_owned()));
    }
    let verification = object(policy, "signatureVerification")
        .map_err(within)?
        .ok_or_else(|| within("it has no level".to_owned()))?;
    let actions = actions(verification).map_err(within)?;
    let stores = names(policy, "trustStores").map_err(within)?;
    let identities = names(policy, "trustedIdentities").map_err(within)?;
    if actions.is_none() && !(stores.is_empty() && identities.is_empty()) {
        return Err(within("it skips, and has trust all the same".to_owned()));
    }
    if actions.is_some() && (stores.is_empty() || identities.is_empty()) {
        return Err(within("it has no trust".to_owned()));
    }
    for store in &stores {
        let is_known = store.split_once(':').is_some_and(|(kind, name)| {
            matches!(kind, "ca" | "signingAuthority" | "tsa") && !name.is_empty()
        });
        if !is_known {
            return Err(within(format!("{store} is no trust store")));
        }
    }
    let identities = read_identities(&identities).map_err(within)?;
    let timestamp_only_after_expiry = match text(verification, "verifyTimestamp").map_err(within)? {
        None | Some("always") => false,
        Some("afterCertExpiry") => true,
        Some(other) => return Err(within(format!("verifyTimestamp is {other}"))),
    };
    Ok(Policy {
        name,
        scopes,
        actions,
        stores,
        identities,
        timestamp_only_after_expiry,
    })
}

fn names(policy: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    list(policy, name)?
        .iter()
        .map(|entry| {
            entry
                .as_str()
                .filter(|entry| !entry.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| format!("an entry of {name} is not a text"))
        })
        .collect()
}

fn read_identities(texts: &[String]) -> Result<Vec<Identity>, String> {
    if texts.len() > 1 && texts.iter().any(|text| text == "*") {
        return Err("it trusts everybody and somebody".to_owned());
    }
    texts
        .iter()
        .map(|text| {
            if text == "*" {
                return Ok(Identity::Any);
            }
            let name = text
                .strip_prefix("x509.subject:")
                .ok_or_else(|| format!("{text} is no identity that is known"))?;
            let attributes = distinguished_name::parse(name)
                .ok_or_else(|| format!("{text} is no distinguished name"))?;
            if let Some(missing) = ["C", "ST", "O"]
                .iter()
                .find(|needed| !attributes.contains_key(**needed))
            {
                return Err(format!("{text} has no {missing}"));
            }
            Ok(Identity::Subject(attributes, name.trim().to_owned()))
        })
        .collect()
}

/// The actions of a level and what it overrides; `None` where it skips.
fn actions(verification: &Map<String, Value>) -> Result<Option<BTreeMap<Group, Action>>, String> {
    use Action::{Enforce, Log};
    let overrides = object(verification, "override")?;
    let level = text(verification, "level")?.unwrap_or_default();
    // Integrity, authenticity, authentic timestamp, expiry, revocation.
    let row = match level {
        "strict" => [Enforce, Enforce, Enforce, Enforce, Enforce],
        "permissive" => [Enforce, Enforce, Log, Log, Log],
        "audit" => [Enforce, Log, Log, Log, Log],
        "skip" if overrides.is_some_and(|overrides| !overrides.is_empty()) => {
            return Err("it skips, and overrides that".to_owned());
        }
        "skip" => return Ok(None),
        other => return Err(format!("its level is {other}")),
    };
    let groups = [
        Group::Integrity,
        Group::Authenticity,
        Group::AuthenticTimestamp,
        Group::Expiry,
        Group::Revocation,
    ];
    let mut actions: BTreeMap<Group, Action> = groups.into_iter().zip(row).collect();
    for (name, action) in overrides.into_iter().flatten() {
        let group = match name.as_str() {
            "authenticity" => Group::Authenticity,
            "authenticTimestamp" => Group::AuthenticTimestamp,
            "expiry" => Group::Expiry,
            "revocation" => Group::Revocation,
            other => return Err(format!("{other} cannot be overridden")),
        };
        let action = match action.as_str() {
            Some("enforce") => Action::Enforce,
            Some("log") => Action::Log,
            Some("skip") if group == Group::Revocation => Action::Skip,
            _ => return Err(format!("{name} cannot be overridden so")),
        };
        actions.insert(group, action);
    }
    Ok(Some(actions))
}

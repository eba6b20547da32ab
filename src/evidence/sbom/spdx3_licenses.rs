//! The licences of SPDX 3, which are elements like packages (profiles `SimpleLicensing` and `ExpandedLicensing`).

use std::collections::HashMap;

use super::builder::{Builder, Licenses};
use super::spdx3::{Spdx3, field, field_text, id, local, reference};
use crate::evidence::tree::{At, Kind};
use crate::oci::RemoteText;

/// What a licence is made of.
pub(super) enum License {
    /// A text: an expression, or the name of a licence.
    Text(RemoteText),
    /// Others, joined by a word.
    Set(Vec<RemoteText>, &'static str),
    /// Another one, and what comes after it.
    Suffixed(RemoteText, RemoteText),
    /// That nothing is known, or that there is none.
    Nothing,
}

impl Spdx3<'_> {
    /// Gives each package the licences that relationships name.
    pub(super) fn link_licenses(&mut self) {
        let mut by_package: HashMap<u32, Licenses> = HashMap::new();
        for (package, stated, license) in std::mem::take(&mut self.licensed) {
            let Some(number) = self.builder.package_of(package.as_str()) else {
                continue;
            };
            let text = self.license_text(&license, 0);
            let licenses = by_package.entry(number).or_default();
            self.builder.license(licenses, stated, &text);
        }
        for (number, licenses) in by_package {
            if let Some(package) = self.builder.sbom.packages.get_mut(number as usize) {
                package.licenses = Builder::licenses(licenses);
            }
        }
    }

    /// A licence as an expression; empty where it says that nothing is known.
    fn license_text(&self, id: &RemoteText, depth: usize) -> String {
        let last = local(id.as_str());
        match self.licenses.get(id) {
            // A licence that is made of itself.
            _ if depth > 8 => String::new(),
            Some(License::Text(text)) => text.as_str().to_owned(),
            Some(License::Nothing) => String::new(),
            Some(License::Suffixed(first, after)) => {
                format!("{}{}", self.license_text(first, depth + 1), after.as_str())
            }
            Some(License::Set(members, word)) => {
                let mut texts = Vec::new();
                for member in members {
                    let text = self.license_text(member, depth + 1);
                    let is_set = matches!(self.licenses.get(member), Some(License::Set(..)));
                    texts.push(if is_set { format!("({text})") } else { text });
                }
                texts.join(word)
            }
            None if last.starts_with("NoAssertion") || last.starts_with("None") => String::new(),
            // A licence of SPDX's list, by its address.
            None => id
                .as_str()
                .rsplit(['/', '#'])
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// Takes an element that is a licence, or nothing that is known.
    pub(super) fn license(&mut self, at: At<'_>, kind: &str, depth: usize) {
        let Some(own) = id(at).map(RemoteText::from) else {
            return;
        };
        let mut member = |name: &str| {
            let at = field(at, "expandedlicensing", name)?;
            for inner in at.items().filter(|inner| inner.kind() == Kind::Object) {
                self.element(inner, depth + 1);
            }
            Some(
                at.items()
                    .filter_map(reference)
                    .map(RemoteText::from)
                    .collect::<Vec<_>>(),
            )
        };
        let license = match kind {
            "LicenseExpression" => {
                let text = field_text(at, "simplelicensing", "licenseExpression");
                License::Text(text.unwrap_or_default().into())
            }
            "ConjunctiveLicenseSet" => License::Set(member("member").unwrap_or_default(), " AND "),
            "DisjunctiveLicenseSet" => License::Set(member("member").unwrap_or_default(), " OR "),
            "OrLaterOperator" => {
                let first = member("subjectLicense").unwrap_or_default();
                let Some(first) = first.into_iter().next() else {
                    return;
                };
                License::Suffixed(first, "+".into())
            }
            "WithAdditionOperator" => {
                let first = member("subjectExtendableLicense").unwrap_or_default();
                let addition = member("subjectAddition").unwrap_or_default();
                let (Some(first), Some(addition)) = (first.first().cloned(), addition.first())
                else {
                    return;
                };
                let name = addition
                    .as_str()
                    .rsplit(['/', '#'])
                    .next()
                    .unwrap_or_default();
                License::Suffixed(first, format!(" WITH {name}").into())
            }
            "ListedLicense" => {
                let last = own.as_str().rsplit(['/', '#']).next().unwrap_or_default();
                License::Text(last.into())
            }
            "CustomLicense" | "SimpleLicensingText" | "License" => {
                let name = field_text(at, "core", "name");
                let last = own.as_str().rsplit(['/', '#']).next().unwrap_or_default();
                License::Text(name.unwrap_or(last).into())
            }
            kind if kind.starts_with("NoAssertion") || kind.starts_with("None") => License::Nothing,
            "IndividualLicensingInfo" => {
                let name = field_text(at, "core", "name").unwrap_or(own.as_str());
                let is_nothing = name.contains("NoAssertion") || name.contains("None");
                if is_nothing {
                    License::Nothing
                } else {
                    License::Text(name.into())
                }
            }
            _ => return,
        };
        self.licenses.insert(own, license);
    }
}

//! The list of checks as it grows, and the verdict that follows from it.

use crate::oci::RemoteText;

use super::model::{Action, Check, CheckName, Outcome, Verdict};

/// The checks of one piece of evidence, and what is missing for it to be verified.
#[derive(Default)]
pub(super) struct Checks {
    checks: Vec<Check>,
    missing: Vec<String>,
}

impl Checks {
    pub(super) fn note(
        &mut self,
        name: CheckName,
        outcome: Outcome,
        detail: impl Into<RemoteText>,
    ) {
        self.checks.push(Check {
            name,
            outcome,
            action: None,
            detail: detail.into(),
        });
    }

    pub(super) fn passed(&mut self, name: CheckName, detail: impl Into<RemoteText>) {
        self.note(name, Outcome::Passed, detail);
    }

    pub(super) fn failed(&mut self, name: CheckName, detail: impl Into<RemoteText>) {
        self.note(name, Outcome::Failed, detail);
    }

    pub(super) fn not_checked(&mut self, name: CheckName, detail: impl Into<RemoteText>) {
        self.note(name, Outcome::NotChecked, detail);
    }

    /// Notes something without which nothing is verified.
    pub(super) fn miss(&mut self, what: impl Into<String>) {
        self.missing.push(what.into());
    }

    /// Whether the annotations that were asked for are among those that are signed.
    pub(super) fn annotations(
        &mut self,
        signed: &[(RemoteText, RemoteText)],
        wanted: &[(String, String)],
    ) {
        let name = CheckName::Annotations;
        let missing = wanted.iter().find(|(key, value)| {
            !signed
                .iter()
                .any(|(found, said)| found.as_str() == key && said.as_str() == value)
        });
        match missing {
            _ if wanted.is_empty() => self.not_checked(name, "none was asked for"),
            Some((key, value)) => self.failed(name, format!("{key}={value} is not signed")),
            None => self.passed(name, ""),
        }
    }

    /// Whether anything failed.
    pub(super) fn has_failed(&self) -> bool {
        self.checks
            .iter()
            .any(|check| check.outcome == Outcome::Failed)
    }

    /// Whether anything is missing.
    pub(super) fn is_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// What came of the check `name`.
    pub(super) fn outcome(&self, name: CheckName) -> Option<Outcome> {
        self.checks
            .iter()
            .find(|check| check.name == name)
            .map(|check| check.outcome)
    }

    /// Gives every check the action of a policy.
    pub(super) fn act(&mut self, action: impl Fn(CheckName) -> Action) {
        for check in &mut self.checks {
            check.action = Some(action(check.name));
        }
    }

    /// The checks in their order, the verdict, and why it is not verified.
    pub(super) fn conclude(mut self) -> (Vec<Check>, Verdict, RemoteText) {
        self.checks.sort_by_key(|check| check.name);
        let decides = |check: &&Check| {
            check.outcome == Outcome::Failed && matches!(check.action, None | Some(Action::Enforce))
        };
        let failed: Vec<String> = self
            .checks
            .iter()
            .filter(decides)
            .map(|check| format!("{}: {}", check.name.name(), check.detail.as_str()))
            .collect();
        let (verdict, why) = if !failed.is_empty() {
            (Verdict::Failed, failed.join("; "))
        } else if self.missing.is_empty() {
            (Verdict::Verified, String::new())
        } else {
            (Verdict::Unverified, self.missing.join("; "))
        };
        (self.checks, verdict, why.into())
    }
}

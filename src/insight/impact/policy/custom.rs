//! A person's own policy: a preset to start from, and what differs.
//!
//! ```toml
//! from = "zot"
//! name = "our-zot"
//! blob_grace = 86400
//! guard_child = "none"
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::knob::{Evidence, Knob};
use super::presets;
use super::retention::{KeptTags, TagRetention};
use super::{Deletion, Policy, SetError};

/// Why a table is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// `from` names no preset.
    #[error("there is no preset `{0}` to start from")]
    Preset(String),
    /// A key is no knob.
    #[error("there is no knob `{0}`")]
    Knob(String),
    /// A knob cannot have that value.
    #[error("the knob `{knob}` cannot be set: {reason}")]
    Value {
        /// Which knob.
        knob: String,
        /// What is wrong with the value.
        reason: String,
    },
    /// It has no retention of tags that anybody knows of.
    #[error(
        "what zot's retention keeps can be said of zot, and under the policy {0} no rules like those are known"
    )]
    Retention(String),
}

impl Policy {
    /// Writes into the policy what a person says of the option that decides on deletion; no stronger than a vendor's
    /// page where nobody has established it.
    pub fn switch_deletion(&mut self, is_on: bool) {
        // 405 is what every registry answers of which that was looked up.
        let status = match self.knobs.deletion {
            Knob::Known(Deletion::Option(status) | Deletion::Off(status), _) => status,
            _ => 405,
        };
        let said = if is_on {
            Deletion::On
        } else {
            Deletion::Off(status)
        };
        let evidence = self.knobs.deletion.evidence();
        self.knobs.deletion = Knob::Known(said, evidence.unwrap_or(Evidence::Documented));
    }

    /// Writes the retention that a person says of their registry into the policy.
    ///
    /// Errors: rules like zot's are not known of it.
    pub fn keep_tags(&mut self, kept: KeptTags) -> Result<(), PolicyError> {
        let evidence = match &self.knobs.tag_retention {
            Knob::Known(TagRetention::None, _) | Knob::Unknown => {
                return Err(PolicyError::Retention(self.name.clone()));
            }
            Knob::Known(_, evidence) => *evidence,
        };
        self.knobs.tag_retention = Knob::Known(TagRetention::Keep(vec![kept]), evidence);
        Ok(())
    }
}

#[derive(Deserialize)]
struct Table {
    from: String,
    name: Option<String>,
    registry: Option<String>,
    version: Option<String>,
    evidence: Option<Evidence>,
    #[serde(flatten)]
    knobs: BTreeMap<String, serde_json::Value>,
}

impl Table {
    fn into_policy(self) -> Result<Policy, PolicyError> {
        let mut policy =
            presets::preset(&self.from).ok_or_else(|| PolicyError::Preset(self.from.clone()))?;
        // What a person states about an own registry is their word: no stronger than a vendor's page.
        let stated = self.evidence.unwrap_or(Evidence::Documented);
        for (knob, value) in self.knobs {
            policy
                .knobs
                .set(&knob, value, stated)
                .map_err(|error| match error {
                    SetError::Name => PolicyError::Knob(knob.clone()),
                    SetError::Value(reason) => PolicyError::Value {
                        knob: knob.clone(),
                        reason,
                    },
                })?;
        }
        policy.evidence = policy.knobs.weakest([]).max(stated);
        policy.name = self
            .name
            .unwrap_or_else(|| format!("{} (own)", policy.name));
        policy.registry = self.registry.unwrap_or(policy.registry);
        policy.version = self.version.unwrap_or(policy.version);
        Ok(policy)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Table::deserialize(deserializer)?
            .into_policy()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::impact::policy::knob::Knob;
    use crate::insight::impact::policy::{Guard, Seconds};

    #[test]
    fn a_table_starts_from_a_preset_and_overrides_what_it_names() {
        let policy: Policy = toml::from_str(
            "from = 'zot'\nname = 'ours'\nblob_grace = 60\nguard_child = { refuse = 409 }",
        )
        .unwrap();
        assert_eq!(policy.name, "ours");
        assert_eq!(
            policy.knobs.blob_grace,
            Knob::Known(Seconds(60), Evidence::Documented)
        );
        assert_eq!(
            policy.knobs.guard_child,
            Knob::Known(Guard::Refuse(409), Evidence::Documented)
        );
        assert_eq!(policy.evidence, Evidence::Documented);
    }

    #[test]
    fn a_knob_can_be_made_unknown_and_quirks_replaced() {
        let policy: Policy = serde_json::from_str(
            r#"{"from":"distribution-3","retag":"unknown","quirks":["link-prune-early"]}"#,
        )
        .unwrap();
        assert_eq!(policy.knobs.retag, Knob::Unknown);
        assert_eq!(policy.knobs.quirks.iter().count(), 1);
    }

    #[test]
    fn an_error_names_the_knob() {
        for (text, word) in [
            ("from = 'zot'\nblob_grace = 'soon'", "blob_grace"),
            ("from = 'zot'\nblob_grease = 1", "blob_grease"),
            ("from = 'zott'", "zott"),
            ("from = 'zot'\nquirks = ['typo']", "quirks"),
        ] {
            let error = toml::from_str::<Policy>(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}

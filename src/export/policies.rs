//! The document of `regscope policies --format json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::insight::impact::{KnobName, Policy};

use super::impact::EvidenceWord;

/// The policies: presets and a person's own.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct PoliciesDocument(Vec<PolicyDocument>);

#[derive(Debug, Serialize, JsonSchema)]
struct PolicyDocument {
    name: String,
    /// Whose rules these are.
    registry: String,
    /// The release that they were taken from.
    version: String,
    /// The weakest evidence of the rules that every result under it stands on.
    evidence: EvidenceWord,
    /// Whether it is an idea of the literature, which no registry is known to follow.
    is_idea: bool,
    #[schemars(with = "BTreeMap<String, KnobDocument>")]
    knobs: Knobs,
}

/// In the order in which `regscope policies` prints them.
#[derive(Debug)]
struct Knobs(Vec<(&'static str, KnobDocument)>);

impl Serialize for Knobs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, knob) in &self.0 {
            map.serialize_entry(name, knob)?;
        }
        map.end()
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
enum KnobDocument {
    /// Established.
    Known {
        /// As a file with an own policy writes it.
        value: Value,
        evidence: EvidenceWord,
    },
    /// Of `quirks`: the bugs and habits that the release has.
    Quirks(Vec<Value>),
    /// The word `unknown`: nobody has established it.
    Unknown(&'static str),
}

/// The document of these policies.
pub fn document(policies: &[Policy]) -> PoliciesDocument {
    PoliciesDocument(policies.iter().map(policy).collect())
}

fn policy(policy: &Policy) -> PolicyDocument {
    let knob = |(name, value): (KnobName, Value)| {
        let knob = match policy.knobs.evidence(name) {
            Some(evidence) => KnobDocument::Known {
                value,
                evidence: evidence.into(),
            },
            None => KnobDocument::Unknown("unknown"),
        };
        (name.text(), knob)
    };
    let mut knobs: Vec<_> = policy.knobs.values().into_iter().map(knob).collect();
    let quirks = policy.knobs.quirks.iter().map(|quirk| quirk.word().into());
    knobs.push(("quirks", KnobDocument::Quirks(quirks.collect())));
    PolicyDocument {
        name: policy.name.clone(),
        registry: policy.registry.clone(),
        version: policy.version.clone(),
        evidence: policy.evidence.into(),
        is_idea: policy.is_idea,
        knobs: Knobs(knobs),
    }
}

//! What a registry holds, and the policies that it was looked at under.

use std::rc::Rc;

use crate::insight::impact::{
    Matched, Policy, Recognised, Simulator, UNKNOWN, Use, preset, unknown_policy,
};
use crate::oci::Origin;

use super::ImpactInput;

/// By whose rules, as a person chose them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The name of the policy; none: the one that is recognised.
    pub policy: Option<String>,
    /// Whether deletion is switched on, where the person has said so.
    pub deletion: Option<bool>,
}

/// What one registry holds, whose rules it goes by, and the simulators that were made of both.
pub struct RegistryState {
    /// Which.
    pub origin: Origin,
    /// The host that references to it are written with; files have none.
    pub host: Option<String>,
    /// What it holds.
    pub input: ImpactInput,
    /// Whose rules it goes by.
    pub recognised: Recognised,
    /// Policies of the person's own.
    pub own: Vec<Policy>,
    /// By the rules that were asked for.
    pub(super) simulators: Vec<(Rules, Rc<Simulator>)>,
    /// The version of the graph that it was gathered from.
    pub(super) version: u64,
}

impl RegistryState {
    /// Who must not be hurt: those of `uses` that mean this registry, and its own charts. What else the uses mean stands
    /// in [`Matched`].
    pub fn consumers(&self, uses: &[Use]) -> Matched {
        self.input.consumers(uses, self.host.as_deref())
    }

    /// Whether not everything could be seen.
    pub fn is_partial(&self) -> bool {
        !self.input.inventory.view().blind.is_empty() || !self.input.gaps.is_empty()
    }

    /// What the registry does under these rules; none where no policy has that name. Made once for all rules alike.
    pub fn simulator(&mut self, rules: &Rules) -> Option<Rc<Simulator>> {
        let mut known = self.simulators.iter();
        if let Some((_, known)) = known.find(|(known, _)| known == rules) {
            return Some(known.clone());
        }
        let mut policy = match &rules.policy {
            Some(name) => self.policy(name)?,
            None => self.recognised.policy.clone(),
        };
        if let Some(is_on) = rules.deletion {
            policy.switch_deletion(is_on);
        }
        let simulator = Rc::new(Simulator::new(self.input.inventory.clone(), policy));
        self.simulators.push((rules.clone(), simulator.clone()));
        Some(simulator)
    }

    fn policy(&self, name: &str) -> Option<Policy> {
        if self.recognised.policy.name == name {
            return Some(self.recognised.policy.clone());
        }
        if name == UNKNOWN {
            return Some(unknown_policy());
        }
        let own = self.own.iter().find(|policy| policy.name == name);
        own.cloned().or_else(|| preset(name))
    }
}

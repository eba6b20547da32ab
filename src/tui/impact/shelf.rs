//! What a registry holds, and the policies that it was looked at under.

use std::rc::Rc;

use crate::insight::impact::{
    Consumer, Foreteller, Policy, Recognised, UNKNOWN, Use, matched, preset, unknown_policy,
};
use crate::oci::Origin;
use crate::session::stock::Stock;

use super::Rules;

/// The stock of one registry, and the policies that were looked at.
pub(super) struct Shelf {
    pub(super) origin: Origin,
    pub(super) is_registry: bool,
    pub(super) version: u64,
    pub(super) stock: Stock,
    pub(super) recognised: Recognised,
    pub(super) own: Vec<Policy>,
    /// By the rules that were asked for.
    pub(super) tellers: Vec<(Rules, Rc<Foreteller>)>,
}

impl Shelf {
    /// Those of `uses` that mean this registry, and its own charts.
    pub(super) fn consumers(&self, uses: &[Use]) -> Vec<Consumer> {
        let origin = self.origin.to_string();
        // Files have no host, and there the path alone tells.
        let host = self.is_registry.then_some(origin.as_str());
        let inventory = &self.stock.inventory;
        let mut consumers = matched(uses, inventory, host).consumers;
        consumers.extend(self.stock.charts.consumers(inventory, host));
        consumers
    }

    pub(super) fn is_partial(&self) -> bool {
        !self.stock.inventory.view().blind.is_empty() || !self.stock.gaps.is_empty()
    }

    /// The stock under these rules.
    pub(super) fn teller(&mut self, rules: &Rules) -> Option<Rc<Foreteller>> {
        let mut known = self.tellers.iter();
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
        let teller = Rc::new(Foreteller::new(self.stock.inventory.clone(), policy));
        self.tellers.push((rules.clone(), teller.clone()));
        Some(teller)
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

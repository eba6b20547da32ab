//! What an answer stands on: evidence, what was taken for granted, what nobody has established.

use crate::insight::impact::inventory::view::Rows;
use crate::insight::impact::policy::knob::Evidence;
use crate::insight::impact::policy::{Deletion, KnobName};

use super::Report;

impl Report<'_> {
    fn consulted(&self) -> impl Iterator<Item = KnobName> {
        let by_actions = self.run.last.consulted();
        by_actions.chain(self.simulator.base.consulted())
    }

    /// The weakest evidence of what this answer stands on: who wrote an own policy vouches for all of it.
    pub(super) fn evidence(&self) -> Evidence {
        let policy = &self.simulator.policy;
        let stated = policy.evidence;
        policy.knobs.weakest(self.consulted()).max(stated)
    }

    pub(super) fn assumed(&self) -> Vec<String> {
        let is_taken_for_on = self.run.last.assumes_deletion.get();
        let mut assumed = Vec::new();
        if let Deletion::Option(status) = self.run.last.rules.deletion
            && is_taken_for_on
        {
            assumed.push(format!(
                "deletion is switched on in the registry's configuration; as it comes it is off, and every deletion \
                 refused ({status})"
            ));
        }
        if self.simulator.base.assumes_no_retention.get() {
            assumed.push(
                "no retention rules (`keepTags`) take tags, as it comes; where there are some, tags that they do not \
                 keep go as well"
                    .to_owned(),
            );
        }
        if self.has_tags_nowhere() {
            assumed.push(
                "the tags are in the storage's files, where no repository ever had one; Harbor keeps them in its \
                 database: if this is Harbor's storage, ask Harbor itself, for this answer takes all for untagged"
                    .to_owned(),
            );
        }
        assumed
    }

    /// Whether a storage as distribution keeps it has manifests and never had a tag anywhere.
    fn has_tags_nowhere(&self) -> bool {
        let inventory = self.simulator.inventory();
        let mut repositories = inventory.repositories();
        inventory.view.is_storage
            && inventory.view.rows == Rows::Known
            && inventory.ever_tagged.iter().all(|is_tagged| !is_tagged)
            && repositories.any(|(id, _)| inventory.manifests(id).next().is_some())
    }

    pub(super) fn unknown(&self) -> Vec<&'static str> {
        let knobs = &self.simulator.policy.knobs;
        let mut unknown: Vec<&str> = self
            .consulted()
            .filter(|name| knobs.is_unknown(*name))
            .map(KnobName::text)
            .collect();
        // Where nobody knows what collects, nobody knows when.
        if !self.found.objects.is_empty() && self.simulator.policy.knobs.collector.is_unknown() {
            unknown.push(KnobName::collector.text());
        }
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }
}

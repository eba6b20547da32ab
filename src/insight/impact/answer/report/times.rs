//! When bytes come back.

use crate::insight::impact::answer::When;
use crate::insight::impact::engine::state::State;
use crate::insight::impact::policy::{Collector, KnobName};

/// When objects go, under one policy.
pub(super) struct Times {
    dropped: Vec<(u32, u32)>,
    later: When,
}

impl Times {
    pub(super) fn of(last: &State) -> Self {
        let later = match last.rules.collector {
            _ if last.rules.is_unknown(KnobName::collector) => When::Unknown,
            Collector::Immediate | Collector::Counting => When::AtOnce,
            _ if last.rules.has_grace => When::AfterGrace,
            _ => When::NextCollection,
        };
        let mut dropped = last.dropped.clone();
        dropped.sort_unstable();
        Self { dropped, later }
    }

    pub(super) fn when(&self, member: usize, object: u32) -> When {
        let is_dropped = u32::try_from(member)
            .is_ok_and(|member| self.dropped.binary_search(&(member, object)).is_ok());
        if is_dropped { When::AtOnce } else { self.later }
    }
}

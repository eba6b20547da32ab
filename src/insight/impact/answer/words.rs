//! What a policy and an answer say, in words that the command line and the screen share.

use super::{Effect, When};
use crate::insight::impact::policy::knob::{Evidence, Knob};
use crate::insight::impact::policy::{ChildEdge, Collector, Policy, Roots, Seconds, SubjectEdge};

impl Evidence {
    /// How far a result can be trusted that stands on it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Ran => "observed on the real registry",
            Self::Source => "read in the registry's source, not observed",
            Self::Documented => "only documented, not observed",
            Self::Recalled => "recalled, not verified",
        }
    }
}

impl Effect {
    /// What happens to the consumer.
    pub const fn words(self) -> &'static str {
        match self {
            Self::PullFailsAtOnce => "pulls fail at once",
            Self::PullFailsAfterCollection => "pulls fail once the collector ran",
            Self::PullIsIncomplete => "pulls find the manifest, and not all that it names",
            Self::ChangesAtNextRestart => "gets something else at its next restart",
        }
    }
}

impl Policy {
    /// How far a result under it can be trusted that stands on `evidence`.
    pub const fn standing(&self, evidence: Evidence) -> &'static str {
        if self.is_idea {
            "an idea that no registry is known to follow"
        } else {
            evidence.sentence()
        }
    }

    /// The word for that where there is little room.
    pub const fn standing_in_short(&self) -> &'static str {
        if self.is_idea {
            "idea"
        } else {
            self.evidence.word()
        }
    }

    /// The rule of keeping in one sentence.
    pub fn keeping(&self) -> String {
        let knobs = &self.knobs;
        let roots = match knobs.roots.value_or_assumed() {
            Roots::AllRows => "every manifest is kept, tagged or not",
            Roots::AllButAbsorbed => {
                "every manifest is kept, but for what an index or a subject holds"
            }
            Roots::TaggedRows => "a tag keeps its manifest",
        };
        let child = match knobs.child_edge.value_or_assumed() {
            ChildEdge::BytesOnly => {
                "an index keeps the bytes of its manifests and nothing below them"
            }
            ChildEdge::Deep | ChildEdge::DeepWithRow | ChildEdge::RowOnly => {
                "an index keeps its manifests"
            }
            ChildEdge::BelowTagged => {
                "a tagged index keeps its images, and of an OCI index in it the bytes alone"
            }
        };
        let subject = match knobs.subject_edge.value_or_assumed() {
            SubjectEdge::Ignored => "`subject` keeps nothing",
            SubjectEdge::PinsReferrer => "a referrer is kept by itself, not by its subject",
            SubjectEdge::LivesWithSubject => "a referrer lives as long as its subject",
            SubjectEdge::PinsSubject => "a referrer is kept for ever and keeps its subject",
        };
        let is_unknown = matches!(knobs.roots, Knob::Unknown);
        let assumed = if is_unknown { " (assumed)" } else { "" };
        format!("{roots}{assumed}; {child}; a manifest keeps its blobs; {subject}")
    }

    /// When bytes come back that leave so.
    pub fn when(&self, when: When) -> String {
        let by = match self.knobs.collector {
            Knob::Unknown => return "nobody knows when".to_owned(),
            Knob::Known(collector, _) => match collector {
                Collector::None => "never: nothing collects",
                Collector::Offline => "when somebody runs the collector",
                Collector::Periodic => "by the registry itself, now and then",
                Collector::OnEvent => "by the registry itself, some time after",
                Collector::Immediate | Collector::Counting => "with the deletion",
            },
        };
        match when {
            When::AtOnce => "at once".to_owned(),
            When::Unknown => "nobody knows when".to_owned(),
            When::NextCollection => by.to_owned(),
            When::AfterGrace => match self.grace() {
                Some(grace) => format!("{grace} after, {by}"),
                None => format!("after a time that nobody has established, {by}"),
            },
        }
    }

    /// The same, short enough for a column.
    pub fn when_in_short(&self, when: When) -> String {
        match (when, self.knobs.collector) {
            (_, Knob::Unknown) | (When::Unknown, _) => "nobody knows when".to_owned(),
            (_, Knob::Known(Collector::None, _)) => "never".to_owned(),
            (When::AtOnce, _) => "at once".to_owned(),
            (When::NextCollection, _) => "next collection".to_owned(),
            (When::AfterGrace, _) => match self.grace() {
                Some(grace) => format!("{grace} after"),
                None => "some time after".to_owned(),
            },
        }
    }

    /// The longest time that has to pass, in words; none where it is not known.
    fn grace(&self) -> Option<String> {
        let knobs = &self.knobs;
        let mut longest = 0;
        for knob in [knobs.row_grace, knobs.blob_grace, knobs.tag_time_machine] {
            match knob {
                Knob::Known(Seconds(seconds), _) => longest = longest.max(seconds),
                Knob::Unknown => return None,
            }
        }
        Some(duration(longest))
    }
}

/// A time in the largest unit that fits: `2 weeks`, `an hour`, `90 seconds`.
fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str, &str); 5] = [
        (7 * 86_400, "a week", "weeks"),
        (86_400, "a day", "days"),
        (3_600, "an hour", "hours"),
        (60, "a minute", "minutes"),
        (1, "a second", "seconds"),
    ];
    for (unit, one, many) in UNITS {
        if seconds == unit {
            return one.to_owned();
        }
        if seconds > unit && seconds.is_multiple_of(unit) {
            return format!("{} {many}", seconds / unit);
        }
    }
    format!("{seconds} seconds")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::impact::policy::presets::preset;

    #[test]
    fn each_registry_says_when_bytes_come_back() {
        let when = |name: &str, when| preset(name).unwrap().when(when);
        assert_eq!(
            when("zot", When::AfterGrace),
            "an hour after, by the registry itself, now and then"
        );
        assert_eq!(
            when("distribution-3", When::NextCollection),
            "when somebody runs the collector"
        );
        assert_eq!(
            when("quay", When::AfterGrace),
            "2 weeks after, by the registry itself, now and then"
        );
        assert!(when("acr", When::AfterGrace).contains("nobody has established"));
    }
}

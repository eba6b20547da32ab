//! The sentences of the answer: what comes back, what goes, what frightens, what is not known.

use std::collections::BTreeMap;

use crate::insight::impact::{
    ActionResult, Answer, BrokenManifest, Cause, Evidence, FreedObject, ObjectKind, Referrer,
    Simulator, When,
};
use crate::oci::Digest;
use crate::oci::remote_text::clean;
use crate::words::{bytes, counted};

use super::document::{Asked, Marker, Place, Topic, Total, called};
use super::names::Names;
use super::other_registries;

pub(super) fn of(
    asked: &Asked<'_>,
    names: Names<'_>,
    (simulator, answer): (&Simulator, &Answer),
    other: Option<(&Simulator, &Answer)>,
) -> Vec<Total> {
    let mut rows = Rows {
        rows: Vec::new(),
        is_bare: answer.actions.is_empty(),
    };
    rows.comes_back(simulator, answer);
    if let Some((other, theirs)) = other {
        let words = format!("{} under {}", freed(theirs), called(other.policy()));
        rows.add(
            Topic::Back,
            "back",
            words,
            &format!("{} here", freed(answer)),
        );
    }
    rows.goes(simulator, answer);
    for (marker, name, words, more) in other_registries::told(asked.other_registries, answer) {
        rows.add(Topic::Elsewhere, name, words, &more);
        if let Some(last) = rows.rows.last_mut() {
            last.marker = marker;
        }
    }
    rows.breaks(names, answer);
    rows.referrers(names, answer);
    rows.refused(answer);
    rows.unknown(asked, answer);
    let is_recognised = asked.recognised.policy.name == simulator.policy().name;
    let why = if is_recognised {
        asked.recognised.reason.as_str()
    } else {
        "chosen by you"
    };
    rows.rules("rules", simulator, answer.evidence, why);
    if let Some((other, theirs)) = other {
        rows.rules("", other, theirs.evidence, "to compare with");
    }
    rows.rows
}

fn freed(answer: &Answer) -> String {
    bytes(answer.freed_bytes)
}

struct Rows {
    rows: Vec<Total>,
    /// Whether nobody asked for anything.
    is_bare: bool,
}

impl Rows {
    fn add(&mut self, topic: Topic, name: &'static str, words: impl Into<String>, more: &str) {
        let marker = match topic {
            Topic::Danger => Marker::Danger,
            Topic::NotKnown => Marker::Unknown,
            Topic::Back | Topic::Goes | Topic::Elsewhere | Topic::Rules => Marker::Plain,
        };
        self.rows.push(Total {
            topic,
            marker,
            name,
            words: clean(&words.into()).into_owned(),
            more: clean(more).into_owned(),
            place: None,
        });
    }

    /// Something that frightens, and what it is about.
    fn danger(&mut self, name: &'static str, words: String, place: Option<Place>) {
        self.add(Topic::Danger, name, words, "");
        if let Some(last) = self.rows.last_mut() {
            last.place = place;
        }
    }

    /// What was told last happens without these deletions too: it speaks against nobody.
    fn by(&mut self, cause: Cause) {
        if let Some(last) = self.rows.last_mut().filter(|_| !self.is_bare)
            && cause == Cause::Anyway
        {
            last.marker = Marker::Anyway;
        }
    }

    /// Whose rules, what they stand on, why they were taken.
    fn rules(&mut self, name: &'static str, simulator: &Simulator, evidence: Evidence, why: &str) {
        let policy = simulator.policy();
        let words = format!("{}; {why}", policy.standing(evidence));
        self.add(Topic::Rules, name, called(policy), &words);
    }

    /// What comes back by these deletions and when, then what comes back anyway.
    fn comes_back(&mut self, simulator: &Simulator, answer: &Answer) {
        let mut by_time: BTreeMap<When, u64> = BTreeMap::new();
        let is_told = |freed: &&FreedObject| self.is_bare || freed.cause != Cause::Anyway;
        for freed in answer.objects_freed.iter().filter(is_told) {
            let sum = by_time.entry(freed.when).or_default();
            *sum = sum.saturating_add(freed.size);
        }
        let by_this = if self.is_bare { "" } else { " by this" };
        if by_time.is_empty() {
            self.add(Topic::Back, "back", format!("nothing{by_this}"), "");
        }
        let at_most = answer.at_most();
        for (when, sum) in by_time {
            let words = format!("{at_most}{}{by_this}", bytes(sum));
            self.add(Topic::Back, "back", words, &simulator.policy().when(when));
        }
        let by_actions = answer.freed_bytes_by_actions;
        let anyway = answer.freed_bytes.saturating_sub(by_actions);
        if anyway > 0 && !self.is_bare {
            self.add(Topic::Back, "back", bytes(anyway), "comes back anyway");
        }
        let on_disk = answer
            .freed_bytes_on_disk
            .filter(|disk| *disk != answer.freed_bytes);
        if let Some(on_disk) = on_disk {
            let words = format!("{} on the disk", bytes(on_disk));
            self.add(
                Topic::Back,
                "back",
                words,
                "the rest is shared by hard links",
            );
        }
    }

    fn goes(&mut self, simulator: &Simulator, answer: &Answer) {
        let inventory = simulator.inventory();
        let is_blob = |digest: &Digest| {
            let object = inventory.object(digest);
            object.is_none_or(|id| inventory.kind(id) == ObjectKind::Blob)
        };
        let blobs = answer
            .objects_freed
            .iter()
            .filter(|freed| is_blob(&freed.digest));
        let words = [
            counted(answer.tags_gone.len(), "tag", "tags"),
            counted(answer.manifests_gone.len(), "manifest", "manifests"),
            counted(blobs.count(), "blob", "blobs"),
        ];
        let by = |cause: Cause| {
            let tags = answer
                .tags_gone
                .iter()
                .filter(|gone| gone.cause == cause)
                .count();
            let manifests = answer
                .manifests_gone
                .iter()
                .filter(|gone| gone.cause == cause);
            let parts = [
                (tags, "tag", "tags"),
                (manifests.count(), "manifest", "manifests"),
            ];
            let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
            let parts: Vec<_> = parts
                .map(|(count, one, many)| counted(count, one, many))
                .collect();
            parts.join(" and ")
        };
        let causes = [
            ("named by you", by(Cause::Named)),
            ("along with them", by(Cause::Collateral)),
            ("anyway", by(Cause::Anyway)),
        ];
        let causes = causes.into_iter().filter(|(_, words)| !words.is_empty());
        let causes: Vec<_> = causes
            .map(|(name, words)| format!("{name}: {words}"))
            .collect();
        self.add(Topic::Goes, "goes", words.join(", "), &causes.join("   "));
    }

    /// Who would fail to pull comes first: by tag and platform, as a person knows them.
    fn breaks(&mut self, names: Names<'_>, answer: &Answer) {
        for used in &answer.in_use {
            let words = format!(
                "{} uses {}: {}",
                used.consumer,
                used.reference,
                used.effect.words()
            );
            self.danger("in use", words, None);
        }
        let by_actions = |broken: &&BrokenManifest| broken.cause != Cause::Anyway;
        let (mine, others): (Vec<_>, Vec<_>) = answer.broken.iter().partition(by_actions);
        for broken in mine.into_iter().chain(others) {
            let place = manifest(&broken.repository, broken.digest);
            self.danger("breaks", breaks(names, broken), Some(place));
            self.by(broken.cause);
        }
        if let Some(reason) = &answer.aborted {
            self.danger("aborts", format!("the collector gives up: {reason}"), None);
        }
    }

    fn referrers(&mut self, names: Names<'_>, answer: &Answer) {
        let mut told = |name, referrers: &[Referrer], what: &str| {
            for referrer in referrers {
                let called = names.name(&referrer.repository, &referrer.digest, "referrer");
                let after = anyway(referrer.cause);
                let words = format!("{} {called}: {what}{after}", referrer.repository);
                let place = manifest(&referrer.repository, referrer.digest);
                self.danger(name, words, Some(place));
                self.by(referrer.cause);
            }
        };
        told(
            "dangles",
            &answer.dangling_referrers,
            "its subject goes, it stays",
        );
        told(
            "unlisted",
            &answer.unlisted,
            "it stays, and no list has it any more",
        );
        for away in &answer.away_until_restart {
            let name = names.name(&away.repository, &away.digest, "manifest");
            let words = "does not answer until the registry restarts, then does again";
            let words = format!("{} {name} {words}", away.repository);
            self.danger("away", words, Some(manifest(&away.repository, away.digest)));
        }
        for leaked in &answer.leaked {
            let name = names.name(&leaked.repository, &leaked.digest, "manifest");
            let words = "no tag reaches it, and its count keeps it";
            let words = format!("{} {name}: {words}", leaked.repository);
            let place = manifest(&leaked.repository, leaked.digest);
            self.danger("leaks", words, Some(place));
        }
    }

    fn refused(&mut self, answer: &Answer) {
        for action in &answer.actions {
            let how = match action.result {
                ActionResult::Accepted => continue,
                ActionResult::Refused => "the registry refuses that",
                ActionResult::NotFound => "the registry has no such thing",
                ActionResult::NotAsked => "what was read stops short of it",
            };
            let status = match action.status {
                0 => String::new(),
                status => format!(" ({status})"),
            };
            let words = format!("{}: {how}{status}", action.reference);
            self.danger("refused", words, None);
        }
    }

    fn unknown(&mut self, asked: &Asked<'_>, answer: &Answer) {
        let mut lines: Vec<String> = answer
            .partial_reasons
            .iter()
            .map(|reason| reason.words.to_owned())
            .collect();
        lines.extend(asked.gaps.iter().map(|gap| format!("not read: {gap}")));
        // All of what is not seen is told: each of them says in which direction the answer errs.
        for line in lines {
            self.add(Topic::NotKnown, "not seen", line, "");
        }
        for assumed in &answer.assumed {
            self.add(Topic::NotKnown, "assumed", assumed.clone(), "");
        }
        if !answer.unknown.is_empty() {
            let words = format!("{} of this registry", answer.unknown.join(", "));
            self.add(
                Topic::NotKnown,
                "not known",
                words,
                "nobody has established that, and the answer depends on it",
            );
        }
    }
}

/// Where a manifest is.
fn manifest(repository: &str, digest: Digest) -> Place {
    Place {
        repository: repository.to_owned(),
        tag: None,
        digest: Some(digest),
    }
}

/// Which tags will not pull on which platforms; of what no tag leads to, what it lacks.
fn breaks(names: Names<'_>, broken: &BrokenManifest) -> String {
    let repository = &broken.repository;
    let after = anyway(broken.cause);
    let missing = match broken.missing.as_slice() {
        [one] => names.name(repository, one, "blob"),
        many => counted(many.len(), "part", "parts"),
    };
    let tags = names.tags(repository, &broken.digest);
    if tags.is_empty() {
        let what = names.name(repository, &broken.digest, "manifest");
        return format!("{repository} {what} stays and lacks {missing}{after}");
    }
    let mut platforms: Vec<_> = (broken.missing.iter().chain([&broken.digest]))
        .filter_map(|digest| names.platform(repository, digest))
        .collect();
    platforms.sort();
    platforms.dedup();
    let on = match platforms.as_slice() {
        [] => String::new(),
        some => format!(" on {}", some.join(", ")),
    };
    let tags = match tags.as_slice() {
        [first, second, third, _, ..] => {
            let more = tags.len() - 3;
            format!("{first}, {second}, {third} and {more} more")
        }
        few => few.join(", "),
    };
    format!("{tags} will not pull{on}: {missing} is missing{after}")
}

const fn anyway(cause: Cause) -> &'static str {
    match cause {
        Cause::Anyway => ", without these deletions too",
        Cause::Named | Cause::Collateral => "",
    }
}

//! The lines above the list: what comes back, what goes, what frightens, what is not known.

use std::collections::BTreeMap;

use crate::insight::impact::{
    ActionResult, Answer, Cause, Evidence, Foreteller, ObjectKind, Referrer, When,
};
use crate::oci::Digest;
use crate::oci::remote_text::clean;
use crate::words::{bytes, counted};

use super::beside;
use super::document::{Asked, Sign, Total, called};
use super::names::Names;

/// At most so many lines of one kind are told.
const TOLD: usize = 3;

pub(super) fn of(
    asked: &Asked<'_>,
    names: Names<'_>,
    (teller, answer): (&Foreteller, &Answer),
    other: Option<(&Foreteller, &Answer)>,
) -> Vec<Total> {
    let mut rows = Rows {
        rows: Vec::new(),
        is_bare: answer.actions.is_empty(),
    };
    rows.comes_back(teller, answer);
    if let Some((other, theirs)) = other {
        let words = format!("{} under {}", freed(theirs), called(other.policy()));
        rows.add(Sign::Plain, "", words, &format!("{} here", freed(answer)));
    }
    rows.goes(teller, answer);
    for (sign, name, words, more) in beside::told(asked.beside, answer) {
        rows.add(sign, name, words, &more);
    }
    rows.breaks(names, answer);
    rows.referrers(names, answer);
    rows.refused(answer);
    rows.unknown(asked, answer);
    let is_recognised = asked.recognised.policy.name == teller.policy().name;
    let why = if is_recognised {
        asked.recognised.reason.as_str()
    } else {
        "chosen by you"
    };
    rows.rules("rules", teller, answer.evidence, why);
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
    fn add(&mut self, sign: Sign, name: &'static str, words: impl Into<String>, more: &str) {
        let more = clean(more).into_owned();
        let words = clean(&words.into()).into_owned();
        self.rows.push(Total {
            sign,
            name,
            words,
            more,
        });
    }

    /// Lines of one kind, of which only so many are told; `none` where there are none.
    fn kind(&mut self, sign: Sign, name: &'static str, lines: &[String], none: bool) {
        if lines.is_empty() && none {
            self.add(Sign::Plain, name, "none", "");
        }
        for (number, line) in lines.iter().take(TOLD).enumerate() {
            self.add(sign, if number == 0 { name } else { "" }, line.clone(), "");
        }
        if lines.len() > TOLD {
            self.add(sign, "", format!("and {} more", lines.len() - TOLD), "");
        }
    }

    /// Whose rules, what they stand on, why they were taken.
    fn rules(&mut self, name: &'static str, teller: &Foreteller, evidence: Evidence, why: &str) {
        let policy = teller.policy();
        let words = format!("{}; {why}", policy.standing(evidence));
        self.add(Sign::Plain, name, called(policy), &words);
    }

    fn comes_back(&mut self, teller: &Foreteller, answer: &Answer) {
        let mut by_time: BTreeMap<When, u64> = BTreeMap::new();
        for freed in &answer.objects_freed {
            let sum = by_time.entry(freed.when).or_default();
            *sum = sum.saturating_add(freed.size);
        }
        if by_time.is_empty() {
            self.add(Sign::Plain, "comes back", "nothing", "");
        }
        let at_most = answer.at_most();
        for (number, (when, sum)) in by_time.into_iter().enumerate() {
            let name = if number == 0 { "comes back" } else { "" };
            let words = format!("{at_most}{}", bytes(sum));
            self.add(Sign::Plain, name, words, &teller.policy().when(when));
        }
        let anyway = answer
            .freed_bytes
            .saturating_sub(answer.freed_bytes_by_actions);
        if anyway > 0 && !self.is_bare {
            let words = format!("{} of it", bytes(anyway));
            self.add(
                Sign::Anyway,
                "",
                words,
                "comes back anyway, without these deletions",
            );
        }
        let on_disk = answer
            .freed_bytes_on_disk
            .filter(|disk| *disk != answer.freed_bytes);
        if let Some(on_disk) = on_disk {
            self.add(
                Sign::Plain,
                "on the disk",
                bytes(on_disk),
                "the rest is shared by hard links",
            );
        }
    }

    fn goes(&mut self, teller: &Foreteller, answer: &Answer) {
        let inventory = teller.inventory();
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
        self.add(Sign::Plain, "goes", words.join(", "), &causes.join("   "));
    }

    fn breaks(&mut self, names: Names<'_>, answer: &Answer) {
        let broken = answer.broken.iter().map(|broken| {
            let what = names.name(&broken.repository, &broken.digest, "manifest");
            let missing = match broken.missing.as_slice() {
                [one] => names.name(&broken.repository, one, "blob"),
                many => counted(many.len(), "part", "parts"),
            };
            format!(
                "{} {what} stays and lacks {missing}{}",
                broken.repository,
                anyway(broken.cause)
            )
        });
        let used = answer.in_use.iter().map(|used| {
            format!(
                "{} uses {}: {}",
                used.consumer,
                used.reference,
                used.effect.words()
            )
        });
        let lines: Vec<_> = used.chain(broken).collect();
        self.kind(Sign::Danger, "breaks", &lines, true);
        if let Some(reason) = &answer.aborted {
            self.add(Sign::Danger, "aborts", "the collector gives up", reason);
        }
    }

    fn referrers(&mut self, names: Names<'_>, answer: &Answer) {
        let told = |referrers: &[Referrer], what: &str| -> Vec<String> {
            let line = |referrer: &Referrer| {
                let name = names.name(&referrer.repository, &referrer.digest, "referrer");
                format!(
                    "{} {name}: {what}{}",
                    referrer.repository,
                    anyway(referrer.cause)
                )
            };
            referrers.iter().map(line).collect()
        };
        let lines = told(&answer.dangling_referrers, "its subject goes, it stays");
        self.kind(Sign::Danger, "dangles", &lines, true);
        let away = answer.away_until_restart.iter().map(|away| {
            let name = names.name(&away.repository, &away.digest, "manifest");
            let words = "does not answer until the registry restarts, then does again";
            format!("{} {name} {words}", away.repository)
        });
        let away: Vec<_> = away.collect();
        self.kind(Sign::Danger, "away", &away, false);
        let lines = told(&answer.unlisted, "it stays, and no list has it any more");
        self.kind(Sign::Danger, "unlisted", &lines, false);
        let leaked: Vec<_> = answer
            .leaked
            .iter()
            .map(|leaked| {
                let name = names.name(&leaked.repository, &leaked.digest, "manifest");
                format!(
                    "{} {name}: no tag reaches it, and its count keeps it",
                    leaked.repository
                )
            })
            .collect();
        self.kind(Sign::Danger, "leaks", &leaked, false);
    }

    fn refused(&mut self, answer: &Answer) {
        let lines: Vec<_> = answer
            .actions
            .iter()
            .filter_map(|action| {
                let how = match action.result {
                    ActionResult::Accepted => return None,
                    ActionResult::Refused => "the registry refuses that",
                    ActionResult::NotFound => "the registry has no such thing",
                    ActionResult::NotAsked => {
                        return Some(format!(
                            "{}: what was read stops short of it",
                            action.reference
                        ));
                    }
                };
                Some(format!("{}: {how} ({})", action.reference, action.status))
            })
            .collect();
        self.kind(Sign::Danger, "refused", &lines, !self.is_bare);
    }

    fn unknown(&mut self, asked: &Asked<'_>, answer: &Answer) {
        let mut lines: Vec<String> = answer
            .partial_reasons
            .iter()
            .map(|reason| reason.words.to_owned())
            .collect();
        lines.extend(asked.gaps.iter().map(|gap| format!("not read: {gap}")));
        // All of what is not seen is told: each of them says in which direction the answer errs.
        for (number, line) in lines.iter().take(TOLD * 2).enumerate() {
            let name = if number == 0 { "partial view" } else { "" };
            self.add(Sign::Unknown, name, line.clone(), "");
        }
        if lines.len() > TOLD * 2 {
            self.add(
                Sign::Unknown,
                "",
                format!("and {} more", lines.len() - TOLD * 2),
                "",
            );
        }
        for assumed in &answer.assumed {
            self.add(Sign::Unknown, "assumed", assumed.clone(), "");
        }
        if !answer.unknown.is_empty() {
            let words = format!("{} of this registry", answer.unknown.join(", "));
            self.add(
                Sign::Unknown,
                "not known",
                words,
                "nobody has established that, and the answer depends on it",
            );
        }
    }
}

const fn anyway(cause: Cause) -> &'static str {
    match cause {
        Cause::Anyway => ", without these deletions too",
        Cause::Named | Cause::Collateral => "",
    }
}

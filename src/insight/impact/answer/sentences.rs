//! The answer in sentences, once for the screen and for what is printed: what comes back, what goes, what frightens, what
//! is not known, what the collector needs.

use std::collections::BTreeMap;

use super::names::Names;
use super::options::OptionAnswer;
use super::simulate::Simulator;
use super::{ActionAnswer, Answer, Cause, FreedObject, Referrer, When};
use crate::insight::impact::inventory::ObjectKind;
use crate::insight::impact::inventory::uploads::Uploads;
use crate::insight::impact::policy::{Deletion, TagDelete};
use crate::insight::impact::request::action::ActionResult;
use crate::oci::Digest;
use crate::words::{bytes, counted};

/// The name of what consumers lose.
pub(super) const IN_USE: &str = "in use";
/// The name of what does not pull any more.
pub(super) const BREAKS: &str = "breaks";

/// What a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// What comes back, and when.
    Back,
    /// How many go, and why.
    Goes,
    /// Something that frightens.
    Danger,
    /// Something that is not known.
    NotKnown,
    /// What the collector needs, what another option would do, what no collection takes.
    Collector,
}

/// How a sentence is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Nothing to be afraid of.
    Plain,
    /// Something to be afraid of.
    Danger,
    /// Something bad that happens without these actions too: it speaks against nobody.
    Anyway,
    /// Something is not known.
    Unknown,
}

/// One sentence. Texts from outside are in it as they came: whoever shows it cleans it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What it is about.
    pub topic: Topic,
    /// How it is to be taken.
    pub weight: Weight,
    /// A word or two for the kind of thing.
    pub name: &'static str,
    /// What there is to say.
    pub words: String,
    /// The rest of it, which may stand after a colon or a gap; empty where there is none.
    pub more: String,
    /// Repository and manifest, where it is about one.
    pub about: Option<(String, Digest)>,
}

/// What an answer is told from.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// Under which rules it was worked out.
    pub simulator: &'a Simulator,
    /// The answer.
    pub answer: &'a Answer,
    /// What other options would do, from [`Simulator::other_options`].
    pub options: &'a [OptionAnswer],
    /// Uploads that were never finished.
    pub uploads: &'a Uploads,
    /// What was asked for and could not be read.
    pub gaps: &'a [String],
}

/// None of them.
const NO_UPLOADS: &Uploads = &Uploads {
    count: 0,
    bytes: 0,
    youngest: None,
    oldest: None,
};

impl<'a> Telling<'a> {
    /// Of an answer alone.
    pub const fn new(simulator: &'a Simulator, answer: &'a Answer) -> Self {
        Self {
            simulator,
            answer,
            options: &[],
            uploads: NO_UPLOADS,
            gaps: &[],
        }
    }
}

/// The sentences of an answer; of a topic the weightiest first.
///
/// Cost: `O(n log n)` in what the answer has, and a look at the tags of each repository that it names.
pub fn sentences(telling: &Telling<'_>) -> Vec<Sentence> {
    let names = Names::new(telling.simulator.inventory(), telling.answer);
    let mut said = Saying {
        told: Vec::new(),
        is_bare: telling.answer.actions.is_empty(),
        answer: telling.answer,
    };
    said.comes_back(telling.simulator);
    said.goes(telling.simulator);
    said.breaks(&names);
    said.headlines(&names);
    said.referrers(&names);
    said.refused(telling.simulator, &names);
    said.not_known(telling.gaps);
    said.collector(telling);
    said.told
}

struct Saying<'a> {
    told: Vec<Sentence>,
    /// Whether nobody asked for anything.
    is_bare: bool,
    answer: &'a Answer,
}

impl Saying<'_> {
    fn add(&mut self, topic: Topic, name: &'static str, words: impl Into<String>, more: &str) {
        self.told.push(Sentence {
            topic,
            weight: match topic {
                Topic::Danger => Weight::Danger,
                Topic::NotKnown => Weight::Unknown,
                Topic::Back | Topic::Goes | Topic::Collector => Weight::Plain,
            },
            name,
            words: words.into(),
            more: more.to_owned(),
            about: None,
        });
    }

    /// Something that frightens, what it is about, and by what it happens.
    fn danger(
        &mut self,
        name: &'static str,
        words: String,
        about: Option<(&str, Digest)>,
        cause: Cause,
    ) {
        let is_anyway = cause == Cause::Anyway && !self.is_bare;
        let words = if is_anyway {
            format!("{words}, without these deletions too")
        } else {
            words
        };
        self.add(Topic::Danger, name, words, "");
        if let Some(last) = self.told.last_mut() {
            last.about = about.map(|(repository, digest)| (repository.to_owned(), digest));
            if is_anyway {
                last.weight = Weight::Anyway;
            }
        }
    }

    /// What comes back by these deletions and when, then what comes back anyway.
    fn comes_back(&mut self, simulator: &Simulator) {
        let answer = self.answer;
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
        let anyway = answer
            .freed_bytes
            .saturating_sub(answer.freed_bytes_by_actions);
        if anyway > 0 && !self.is_bare {
            self.add(Topic::Back, "back", bytes(anyway), "comes back anyway");
        }
        let on_disk = answer
            .freed_bytes_on_disk
            .filter(|disk| *disk != answer.freed_bytes);
        if let Some(on_disk) = on_disk {
            let words = format!("{} of all this on the disk", bytes(on_disk));
            let more = "the rest is shared by hard links";
            self.add(Topic::Back, "back", words, more);
        }
    }

    /// How many go, then for each cause how many, with what the word means.
    fn goes(&mut self, simulator: &Simulator) {
        let (inventory, answer) = (simulator.inventory(), self.answer);
        let is_blob = |digest: &Digest| {
            let object = inventory.object(digest);
            object.is_none_or(|id| inventory.kind(id) == ObjectKind::Blob)
        };
        let count = |is_counted: &dyn Fn(Cause) -> bool| {
            let tags = answer.tags_gone.iter().map(|gone| gone.cause);
            let manifests = answer.manifests_gone.iter().map(|gone| gone.cause);
            let blobs = answer.objects_freed.iter();
            let blobs = blobs.filter(|freed| is_blob(&freed.digest));
            let parts = [
                (tags.filter(|one| is_counted(*one)).count(), "tag", "tags"),
                (
                    manifests.filter(|one| is_counted(*one)).count(),
                    "manifest",
                    "manifests",
                ),
                (
                    blobs.filter(|freed| is_counted(freed.cause)).count(),
                    "blob",
                    "blobs",
                ),
            ];
            let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
            parts
                .map(|(count, one, many)| counted(count, one, many))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let all = count(&|_| true);
        if all.is_empty() {
            self.add(Topic::Goes, "goes", "nothing", "");
            return;
        }
        self.add(Topic::Goes, "goes", all, "");
        if self.is_bare {
            return;
        }
        for (cause, name, more) in [
            (Cause::Named, "  named", "what you asked for"),
            (
                Cause::Collateral,
                "  along",
                "goes along with it: only that kept it",
            ),
            (
                Cause::Anyway,
                "  anyway",
                "the next collection takes it, whether you do this or not",
            ),
        ] {
            let words = count(&|one| one == cause);
            if !words.is_empty() {
                self.add(Topic::Goes, name, words, more);
            }
        }
    }

    /// Who would fail to pull comes first: by tag and platform, as a person knows them.
    fn breaks(&mut self, names: &Names<'_>) {
        let answer = self.answer;
        let (mine, others): (Vec<_>, Vec<_>) = answer
            .in_use
            .iter()
            .partition(|hurt| hurt.cause != Cause::Anyway);
        for used in mine.into_iter().chain(others) {
            let (consumer, reference) = (&used.consumer, &used.reference);
            let words = format!("{consumer} uses {reference}: {}", used.effect.words());
            self.danger(IN_USE, words, None, used.cause);
        }
        let mut broken: Vec<_> = answer.broken.iter().collect();
        broken.sort_by_cached_key(|one| (one.cause == Cause::Anyway, !names.is_pulled(one)));
        for broken in broken {
            let about = Some((&*broken.repository, broken.digest));
            self.danger(BREAKS, names.broken(broken), about, broken.cause);
        }
        if let Some(reason) = &answer.aborted {
            let words = format!("the collector ends with an error: {reason}");
            self.danger("aborts", words, None, Cause::Named);
            if reason.starts_with("failed to retrieve tags") {
                let why = "that repository has manifests and never had a tag, where this release ends before it deletes \
                           anything";
                self.add(Topic::Collector, "why", why, "");
            }
        }
    }

    /// What a person would want to be told of a choice before all else: what a kept tag loses, what is left empty.
    fn headlines(&mut self, names: &Names<'_>) {
        for loss in names.losses(self.answer) {
            self.danger("loses", loss.words, None, loss.cause);
        }
        for (repository, count) in names.emptied(self.answer) {
            let left = "nothing is left of it that a name leads to";
            let words = match count {
                1 => format!("the only tag of {repository} goes: {left}"),
                _ => format!("every tag of {repository} goes, all {count}: {left}"),
            };
            self.danger("empties", words, None, Cause::Named);
        }
        for (repository, line, count) in names.lines_emptied(self.answer) {
            let words = format!("every tag of the line {line} of {repository} goes, all {count}");
            self.danger("empties", words, None, Cause::Named);
        }
        for tag in &self.answer.tags_gone {
            if tag.tag == "latest" {
                let (repository, why) = (&tag.repository, "who names no tag pulls that one");
                let words = format!("{repository}:latest goes: {why}");
                self.danger("latest", words, None, tag.cause);
            }
        }
    }

    fn referrers(&mut self, names: &Names<'_>) {
        let answer = self.answer;
        let about = |referrer: &Referrer| (referrer.repository.to_string(), referrer.digest);
        for referrer in &answer.dangling_referrers {
            let (repository, digest) = about(referrer);
            let words = names.dangling(referrer);
            self.danger(
                "dangles",
                words,
                Some((&repository, digest)),
                referrer.cause,
            );
        }
        for referrer in &answer.unlisted {
            let (repository, digest) = about(referrer);
            let words = names.unlisted(referrer);
            self.danger(
                "unlisted",
                words,
                Some((&repository, digest)),
                referrer.cause,
            );
        }
        for away in &answer.away_until_restart {
            let words = format!(
                "{} does not answer (404) until the registry restarts, and then does again: its bytes never go",
                names.manifest(&away.repository, &away.digest)
            );
            let about = Some((&*away.repository, away.digest));
            self.danger("away", words, about, Cause::Named);
        }
        for leaked in &answer.leaked {
            let words = format!(
                "{} can be reached by no tag, and its count keeps it for ever",
                names.manifest(&leaked.repository, &leaked.digest)
            );
            let about = Some((&*leaked.repository, leaked.digest));
            self.danger("leaks", words, about, Cause::Named);
        }
    }

    fn refused(&mut self, simulator: &Simulator, names: &Names<'_>) {
        for action in &self.answer.actions {
            let name = match action.result {
                ActionResult::Accepted => continue,
                ActionResult::Refused => "refused",
                ActionResult::NotFound => "not there",
                ActionResult::NotAsked => "not read",
            };
            let why = match action.result {
                ActionResult::Refused => refusal(action, simulator, names),
                _ => None,
            };
            let why = why.map(|why| format!(", for {why}")).unwrap_or_default();
            let words = format!("{}{why}", action.sentence());
            self.danger(name, words, None, Cause::Named);
        }
    }

    /// All of what is not seen is told: each of them says in which direction the answer errs.
    fn not_known(&mut self, gaps: &[String]) {
        for reason in &self.answer.partial_reasons {
            self.add(Topic::NotKnown, "not seen", reason.words, "");
        }
        for gap in gaps {
            self.add(Topic::NotKnown, "not read", gap.clone(), "");
        }
        for assumed in &self.answer.assumed {
            self.add(Topic::NotKnown, "assumed", assumed.clone(), "");
        }
        for knob in &self.answer.unknown {
            let words = format!(
                "nobody has established `{knob}` of this registry, and the answer depends on it"
            );
            self.add(Topic::NotKnown, "not known", words, "");
        }
    }

    fn collector(&mut self, telling: &Telling<'_>) {
        let policy = telling.simulator.policy();
        if let Some(needs) = policy.collector_needs()
            && !self.answer.objects_freed.is_empty()
        {
            self.add(Topic::Collector, "needs", needs, "");
        }
        for option in telling.options {
            self.add(Topic::Collector, "option", option.words(), "");
        }
        let uploads = telling.uploads;
        if uploads.count > 0 {
            let words = format!("{}; {}", uploads.words(), policy.upload_purge());
            self.add(Topic::Collector, "uploads", words, "");
        }
    }
}

/// Why the registry refuses that, where the rules or the inventory tell.
fn refusal(action: &ActionAnswer, simulator: &Simulator, names: &Names<'_>) -> Option<String> {
    let rules = &simulator.initial.rules;
    if matches!(rules.deletion, Deletion::Off(_)) {
        return Some("deletion is switched off there".to_owned());
    }
    if action.action == "delete-tag" && matches!(rules.tag_delete, TagDelete::Unsupported(_)) {
        let instead = "deleting its digest takes the manifest with all of its tags";
        return Some(format!("it deletes no tag alone; {instead}"));
    }
    let (repository, digest) = action.reference.rsplit_once('@')?;
    let holder = names.holder(repository, &digest.parse().ok()?)?;
    Some(format!("{holder} lists it"))
}

impl Uploads {
    /// How many there are, how much they take and how old they are.
    pub fn words(&self) -> String {
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let was = if count == 1 { "was" } else { "were" };
        let days = |seconds: u64| match seconds / 86_400 {
            0 => "less than a day".to_owned(),
            days => counted(usize::try_from(days).unwrap_or(usize::MAX), "day", "days"),
        };
        let age = match (self.youngest, self.oldest) {
            (Some(youngest), Some(oldest)) if days(youngest) != days(oldest) => {
                format!(", written {} to {} ago", days(youngest), days(oldest))
            }
            (_, Some(oldest)) => format!(", written {} ago", days(oldest)),
            _ => String::new(),
        };
        // While it is young it may be a push that goes on.
        let push = match self.youngest {
            Some(youngest) if youngest < 86_400 => {
                ", of which the young may be pushes that still go on"
            }
            _ => "",
        };
        format!(
            "{} that {was} not finished: {}{age}{push}",
            counted(count, "upload", "uploads"),
            bytes(self.bytes)
        )
    }
}

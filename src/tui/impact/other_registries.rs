//! What is marked on other registries than the one that is shown, in totals.

use crate::insight::impact::{ActionResult, Answer, Cause};
use crate::oci::Origin;
use crate::words::{bytes, counted};

use super::document::{Affected, Marker};

/// What would be done on another registry does there: the answer and what is affected, or why there is none.
pub(super) struct OtherRegistry {
    pub(super) origin: Origin,
    pub(super) answer: Result<(Answer, Vec<Affected>), String>,
}

/// Sign, name, words and the rest of each line: what is done on other registries, and all of it together; nothing where
/// there are none.
pub(super) fn told(
    other_registries: &[OtherRegistry],
    here: &Answer,
) -> Vec<(Marker, &'static str, String, String)> {
    let mut told = Vec::new();
    let mut all = vec![here];
    for (number, other) in other_registries.iter().enumerate() {
        let name = if number == 0 { "elsewhere" } else { "" };
        let place = other.origin.to_string();
        told.push(match &other.answer {
            Ok((answer, _)) => {
                all.push(answer);
                let harm = harm(&[answer]);
                let marker = if harm.is_empty() {
                    Marker::Plain
                } else {
                    Marker::Danger
                };
                (marker, name, place, sums(&[answer]) + &harm)
            }
            Err(words) => (Marker::Unknown, name, place, words.clone()),
        });
    }
    if !other_registries.is_empty() {
        let registries = counted(all.len(), "registry", "registries");
        told.push((
            Marker::Plain,
            "together",
            registries,
            sums(&all) + &harm(&all),
        ));
    }
    told
}

/// What goes and what comes back, in one line.
fn sums(answers: &[&Answer]) -> String {
    let sum = |of: fn(&Answer) -> usize| answers.iter().map(|answer| of(answer)).sum::<usize>();
    let freed = answers.iter().map(|answer| answer.freed_bytes);
    let freed = freed.fold(0, u64::saturating_add);
    let mut errs = answers.iter().map(|answer| answer.at_most());
    let first = errs.next().unwrap_or_default();
    let errs = if errs.all(|other| other == first) {
        first
    } else {
        "about "
    };
    let back = match freed {
        0 => "nothing comes back".to_owned(),
        freed => format!("{errs}{} come back", bytes(freed)),
    };
    format!(
        "{} and {} go, {back}",
        counted(sum(|answer| answer.tags_gone.len()), "tag", "tags"),
        counted(
            sum(|answer| answer.manifests_gone.len()),
            "manifest",
            "manifests"
        ),
    )
}

/// What of it frightens, each kind counted; empty where nothing does.
fn harm(answers: &[&Answer]) -> String {
    let is_refused = |answer: &Answer| {
        let actions = answer.actions.iter();
        actions
            .filter(|action| action.result != ActionResult::Accepted)
            .count()
    };
    let by_actions = |cause: Cause| usize::from(cause != Cause::Anyway);
    let mut told = Vec::new();
    let mut tell = |count: usize, words: &str| {
        if count > 0 {
            told.push(format!("; {words}: {count}"));
        }
    };
    let sum = |of: &dyn Fn(&Answer) -> usize| answers.iter().map(|answer| of(answer)).sum();
    tell(
        sum(&|answer| {
            let broken = answer.broken.iter().map(|broken| by_actions(broken.cause));
            broken.sum::<usize>() + answer.in_use.len()
        }),
        "breaks",
    );
    tell(
        sum(&|answer| {
            let dangling = answer.dangling_referrers.iter();
            dangling.map(|referrer| by_actions(referrer.cause)).sum()
        }),
        "dangles",
    );
    tell(sum(&is_refused), "refused");
    tell(
        sum(&|answer| usize::from(answer.aborted.is_some())),
        "aborts",
    );
    told.concat()
}

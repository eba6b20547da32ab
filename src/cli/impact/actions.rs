//! From what was written to actions: references, patterns, standard input, rules.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cli::fail::Failure;
use crate::insight::impact::{
    Action, Candidate, ChoosingRules, SelectError, Selector, choose, is_pattern,
};
use crate::session::impact::Gathered;
use crate::session::now;
use crate::source::demo::ORIGIN;

use super::arguments::{ImpactArguments, Step};
use super::say;

/// What is to be done, and whether a person should see it before the answer: it was not written out one by one.
pub(super) struct Wanted {
    pub(super) actions: Vec<Action>,
    pub(super) is_chosen: bool,
}

impl Wanted {
    /// Adds what was chosen and is not there yet.
    fn add(&mut self, chosen: Vec<Action>) {
        let known: HashSet<&Action> = self.actions.iter().collect();
        let new: Vec<Action> = chosen
            .into_iter()
            .filter(|action| !known.contains(action))
            .collect();
        self.actions.extend(new);
    }
}

/// The actions that were asked for, in order; what rules choose comes last.
///
/// Patterns beside a rule say what it chooses from; without any it chooses from all tags.
pub(super) async fn wanted(
    arguments: &ImpactArguments,
    gathered: &Gathered,
) -> Result<Wanted, Failure> {
    let rules = rules(arguments)?;
    let has_rules = rules != ChoosingRules::default();
    let selector = selector(gathered);
    let mut wanted = Wanted {
        actions: Vec::new(),
        is_chosen: has_rules,
    };
    let mut chosen_from: Vec<Action> = Vec::new();
    for step in &arguments.steps {
        let lines = match step {
            Step::Move(text) => {
                wanted
                    .actions
                    .push(selector.moving(text).map_err(|error| wrong(&error))?);
                continue;
            }
            Step::Delete(text) if text == "-" => {
                let lines = standard_input()?;
                if lines.is_empty() {
                    let words = "standard input has no reference to delete: write one a line";
                    return Err(Failure::usage(words.to_owned()));
                }
                lines
            }
            Step::Delete(text) => vec![text.clone()],
        };
        wanted.is_chosen |= lines.len() > 1;
        for line in lines {
            let deletions = selector.deletions(&line).map_err(|error| wrong(&error))?;
            wanted.is_chosen |= is_pattern(&line);
            say_if_unknown(&deletions, gathered);
            if has_rules && is_pattern(&line) {
                chosen_from.extend(deletions);
            } else if is_pattern(&line) {
                wanted.add(deletions);
            } else {
                wanted.actions.extend(deletions);
            }
        }
    }
    if has_rules {
        let from = (!chosen_from.is_empty()).then_some(chosen_from.as_slice());
        wanted.add(by_rules(rules, from, gathered).await);
    }
    Ok(wanted)
}

/// Says of a reference that was written out that nothing has it: a slip of the hand is answered like a question.
fn say_if_unknown(deletions: &[Action], gathered: &Gathered) {
    let [one] = deletions else { return };
    let inventory = &gathered.input.inventory;
    let id = inventory.repository(one.repository());
    let is_known = id.is_some_and(|id| match one {
        Action::DeleteTag { tag, .. } => inventory.tags(id).any(|(known, _)| known == tag),
        Action::DeleteManifest { digest, .. } => {
            let object = inventory.object(digest);
            object.is_some_and(|object| inventory.held(id).any(|held| held == object))
        }
        _ => true,
    });
    if !is_known {
        say(&format!(
            "{one} is nothing that the target has, as far as it was read"
        ));
    }
}

/// How references are read, relative to the target.
pub(super) fn selector(gathered: &Gathered) -> Selector<'_> {
    // The example is shown under a host's name, which the screen copies; an example has no rules of that host.
    let host = gathered.fingerprints.host.as_deref();
    let host = host.or(gathered.fingerprints.is_example.then_some(ORIGIN));
    Selector::new(&gathered.input.inventory, host, gathered.is_one)
}

pub(super) fn wrong(error: &SelectError) -> Failure {
    Failure::usage(error.to_string())
}

/// The references on standard input: one a line, `#` begins a comment.
fn standard_input() -> Result<Vec<String>, Failure> {
    let text = crate::cli::standard_input::text("references")?;
    let lines = text.lines().map(|line| {
        let (line, _) = line.split_once('#').unwrap_or((line, ""));
        line.trim().to_owned()
    });
    Ok(lines.filter(|line| !line.is_empty()).collect())
}

async fn by_rules(
    rules: ChoosingRules,
    from: Option<&[Action]>,
    gathered: &Gathered,
) -> Vec<Action> {
    let mut candidates: Vec<Candidate> = gathered.candidates(true).await;
    if let Some(from) = from {
        let meant: HashSet<(&str, &str)> = from
            .iter()
            .filter_map(|action| match action {
                Action::DeleteTag { repository, tag } => Some((repository.as_str(), tag.as_str())),
                _ => None,
            })
            .collect();
        candidates.retain(|one| meant.contains(&(one.repository.as_str(), one.tag.as_str())));
    }
    if let Some(before) = rules.older_than {
        say(&format!(
            "older than {}: by the date that the publisher stated in the image (its annotation, else its config), not by \
             when it was pushed; now is this machine's clock",
            before.strftime("%Y-%m-%d %H:%M UTC")
        ));
    }
    let chosen = choose(&candidates, rules);
    for remark in &chosen.remarks {
        say(remark);
    }
    say(&format!(
        "{} of {} tags are chosen",
        chosen.actions.len(),
        candidates.len()
    ));
    chosen.actions
}

fn rules(arguments: &ImpactArguments) -> Result<ChoosingRules, Failure> {
    let older_than = match &arguments.older_than {
        None => None,
        Some(text) => Some(moment(text, now()).ok_or_else(|| {
            Failure::usage(format!(
                "`{text}` is no age and no date: write 30d, 12h, 6w, 1y or 2026-01-31"
            ))
        })?),
    };
    Ok(ChoosingRules {
        older_than,
        keep_newest: arguments.keep_newest,
    })
}

/// The moment that `text` means: so long before `now` (in milliseconds since 1970), or a date.
fn moment(text: &str, now: u64) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    if let Ok(date) = text.parse::<Date>() {
        let midnight = date.to_datetime(jiff::civil::Time::midnight());
        return jiff::tz::TimeZone::UTC.to_timestamp(midnight).ok();
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits)?;
    let unit: i64 = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "mo" => 30 * 86_400,
        "y" => 365 * 86_400,
        _ => return None,
    };
    let age = count.parse::<i64>().ok()?.checked_mul(unit)?;
    let seconds = i64::try_from(now / 1000).ok()?;
    Timestamp::from_second(seconds.checked_sub(age)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_dates_are_moments() {
        // 2026-01-31T00:00:00Z
        let now = 1_769_817_600_000;
        for (text, expected) in [
            ("30d", "2026-01-01T00:00:00Z"),
            ("12h", "2026-01-30T12:00:00Z"),
            ("2w", "2026-01-17T00:00:00Z"),
            ("2025-06-01", "2025-06-01T00:00:00Z"),
            ("2025-06-01T10:00:00Z", "2025-06-01T10:00:00Z"),
        ] {
            assert_eq!(moment(text, now).unwrap().to_string(), expected);
        }
        for text in ["", "d", "30", "30x", "yesterday", "99999999999999999999d"] {
            assert_eq!(moment(text, now), None, "{text}");
        }
    }
}

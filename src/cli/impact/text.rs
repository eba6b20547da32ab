//! `regscope impact` for people: totals, then what frightens, then the list by repository with a reason for each line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::cli::output::size;
use crate::insight::impact::{
    ActionResult, Answer, Cause, Line, Names, Reason, Recognised, Simulator, Subject, UNKNOWN,
    When, Why, listing,
};
use crate::oci::Digest;
use crate::oci::remote_text::clean;
use crate::session::impact::Uploads;

/// At most so many lines of one kind are told; JSON has them all.
const LINES: usize = 40;

/// The answer in words.
pub(super) fn answer(simulator: &Simulator, answer: &Answer, chosen: &Recognised) -> String {
    let names = Names::new(simulator.inventory(), answer);
    let mut text = verdict(answer, chosen);
    text.push_str(&heading(answer, chosen));
    text.push_str(&totals(answer, chosen));
    text.push_str(&warnings(answer, &names));
    let lines = listing(simulator.inventory(), answer);
    for (repository, lines) in &lines {
        let name = match repository.as_str() {
            "*" => "in no repository",
            "" => "the layout",
            name => name,
        };
        let _ = writeln!(text, "\n{}", clean(name));
        text.push_str(&list(lines, chosen));
    }
    text.truncate(text.trim_end().len());
    text
}

/// The answer in one line, before everything else.
fn verdict(answer: &Answer, chosen: &Recognised) -> String {
    let by_nobody = answer.actions.is_empty();
    let counts = |cause: Cause| by_nobody || cause != Cause::Anyway;
    let breaks = answer
        .broken
        .iter()
        .filter(|broken| counts(broken.cause))
        .count();
    let results = |result| {
        answer
            .actions
            .iter()
            .filter(|action| action.result == result)
            .count()
    };
    let words = if breaks > 0 || !answer.in_use.is_empty() {
        "NO: something that stays will break; the lines with ! say what"
    } else if let Some(reason) = &answer.aborted {
        return format!("NO: the collector gives up ({})\n", clean(reason));
    } else if !by_nobody && results(ActionResult::Refused) == answer.actions.len() {
        "NO: the registry refuses all of it, so nothing is done"
    } else if results(ActionResult::NotAsked) > 0 || chosen.policy.name == UNKNOWN {
        "NOT KNOWN: what decides was not read, or nobody has established it"
    } else if !by_nobody && results(ActionResult::Accepted) == 0 {
        "NOTHING HAPPENS: nothing of it is there"
    } else if by_nobody {
        "YES: nothing that stays will break by it"
    } else {
        "YES: nothing that stays will break because of it"
    };
    format!("{words}\n")
}

fn heading(answer: &Answer, chosen: &Recognised) -> String {
    let policy = &chosen.policy;
    let what = match answer.actions.len() {
        0 if policy.name == UNKNOWN => "What no tag reaches".to_owned(),
        0 => "What the next collection removes".to_owned(),
        1 => "What this would do".to_owned(),
        count => format!("What these {count} actions would do"),
    };
    let mut text = if policy.name == UNKNOWN {
        format!("{what} · rules not known\n")
    } else {
        let mut evidence = policy.standing(answer.evidence).to_owned();
        if answer.when_evidence > answer.evidence && !policy.is_idea {
            let _ = write!(evidence, "; times {}", answer.when_evidence.sentence());
        }
        format!(
            "{what} · policy {} ({} {}), {evidence}\n",
            policy.name, policy.registry, policy.version
        )
    };
    for action in &answer.actions {
        let to = action.to.map(|to| format!("={to}")).unwrap_or_default();
        let result = match action.result {
            ActionResult::Accepted => format!("accepted{}", status(action.status)),
            ActionResult::Refused => format!("refused{}", status(action.status)),
            ActionResult::NotFound => format!("not found{}", status(action.status)),
            ActionResult::NotAsked => {
                "not known: what was read of the target stops short of it".to_owned()
            }
        };
        let _ = writeln!(
            text,
            "  {} {}{to}: {result}",
            action.action.replace('-', " "),
            clean(&action.reference)
        );
    }
    text
}

/// Uploads that were never finished: a sentence, where there are any.
pub(super) fn uploads(uploads: &Uploads) -> Option<String> {
    let days = |seconds: u64| match seconds / 86_400 {
        0 => "less than a day".to_owned(),
        days => counted(usize::try_from(days).unwrap_or(usize::MAX), "day"),
    };
    let age = match (uploads.youngest, uploads.oldest) {
        (Some(youngest), Some(oldest)) if days(youngest) != days(oldest) => {
            format!(", written {} to {} ago", days(youngest), days(oldest))
        }
        (_, Some(oldest)) => format!(", written {} ago", days(oldest)),
        _ => String::new(),
    };
    let count = usize::try_from(uploads.count).unwrap_or(usize::MAX);
    (count > 0).then(|| {
        format!(
            "{} that {} not finished: {}{age}; no collection takes them, the running registry purges what is a week old, if \
             its configuration says so (a push under way is among them while it is young)",
            counted(count, "upload"),
            if count == 1 { "was" } else { "were" },
            size(uploads.bytes)
        )
    })
}

/// A status in brackets; nothing where nobody knows it.
fn status(status: u16) -> String {
    match status {
        0 => String::new(),
        status => format!(" ({status})"),
    }
}

fn totals(answer: &Answer, chosen: &Recognised) -> String {
    let mut text = String::from("\n");
    let mut by_time: BTreeMap<When, u64> = BTreeMap::new();
    for freed in &answer.objects_freed {
        let bytes = by_time.entry(freed.when).or_default();
        *bytes = bytes.saturating_add(freed.size);
    }
    if by_time.is_empty() {
        row(&mut text, ' ', "comes back", "nothing");
    }
    let at_most = answer.at_most();
    if !answer.actions.is_empty() && answer.freed_bytes_by_actions != answer.freed_bytes {
        let words = format!(
            "{at_most}{}; all that comes back then, with what goes without it:",
            size(answer.freed_bytes_by_actions)
        );
        row(&mut text, ' ', "by this", &words);
    }
    for (when, bytes) in by_time {
        let when = chosen.policy.when(when);
        row(
            &mut text,
            ' ',
            "comes back",
            &format!("{at_most}{}   {when}", size(bytes)),
        );
    }
    let anyway = answer.freed_bytes - answer.freed_bytes_by_actions.min(answer.freed_bytes);
    if anyway > 0 && !answer.actions.is_empty() {
        let words = format!("{} of it without these actions", size(anyway));
        row(&mut text, ' ', "", &words);
    }
    if let Some(bytes) = answer
        .freed_bytes_on_disk
        .filter(|bytes| *bytes != answer.freed_bytes)
    {
        let words = format!("{}   the rest is shared by hard links", size(bytes));
        row(&mut text, ' ', "on the disk", &words);
    }
    row(&mut text, ' ', "goes", &goes(answer));
    let refused = answer.actions.iter();
    let refused = refused.filter(|action| action.result == ActionResult::Refused);
    match refused.count() {
        0 => {}
        count => row(&mut text, '!', "refused", &counted(count, "action")),
    }
    text
}

fn goes(answer: &Answer) -> String {
    let by = |cause: Cause| {
        let tags = answer.tags_gone.iter().filter(|gone| gone.cause == cause);
        let manifests = answer
            .manifests_gone
            .iter()
            .filter(|gone| gone.cause == cause);
        (tags.count(), manifests.count())
    };
    let words = |(tags, manifests): (usize, usize)| {
        let words: Vec<String> = [(tags, "tag"), (manifests, "manifest")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| counted(count, what))
            .collect();
        words.join(" and ")
    };
    let all = [
        counted(answer.tags_gone.len(), "tag"),
        counted(answer.manifests_gone.len(), "manifest"),
        counted(answer.objects_freed.len(), "stored object"),
    ];
    let mut text = all.join(", ");
    let parts: Vec<String> = [
        ("named by you", by(Cause::Named)),
        ("along with them", by(Cause::Collateral)),
        ("anyway", by(Cause::Anyway)),
    ]
    .into_iter()
    .filter(|(_, counts)| *counts != (0, 0))
    .map(|(what, counts)| format!("{what} {}", words(counts)))
    .collect();
    if !parts.is_empty() {
        let _ = write!(text, "   ({})", parts.join("; "));
    }
    text
}

/// What a person would want to be told before all else: nothing is left of a repository, `latest` goes.
fn headlines(text: &mut String, answer: &Answer, names: &Names<'_>) {
    for (repository, count) in names.emptied(answer) {
        let words = match count {
            1 => format!(
                "the only tag of {repository} goes: nothing is left of it that a name leads to"
            ),
            _ => format!(
                "every tag of {repository} goes, all {count}: nothing is left of it that a name leads to"
            ),
        };
        row(text, '!', "empties", &words);
    }
    for tag in answer.tags_gone.iter().filter(|gone| gone.tag == "latest") {
        let words = format!(
            "{}:latest goes: who names no tag pulls that one",
            tag.repository
        );
        row(text, '!', "latest", &words);
    }
}

/// What frightens.
fn warnings(answer: &Answer, names: &Names<'_>) -> String {
    let mut text = String::new();
    headlines(&mut text, answer, names);
    if let Some(reason) = &answer.aborted {
        row(
            &mut text,
            '!',
            "aborts",
            &format!("the collector gives up: {reason}"),
        );
    }
    let mut told = Told::default();
    for used in &answer.in_use {
        let words = format!(
            "{} uses {}: {}",
            used.consumer,
            used.reference,
            used.effect.words()
        );
        told.row(&mut text, '!', "hurts", &words);
    }
    for broken in &answer.broken {
        let words = format!("{}{}", names.broken(broken), anyway(answer, broken.cause));
        told.row(&mut text, '!', "breaks", &words);
    }
    for referrer in &answer.dangling_referrers {
        let words = format!(
            "{}{}",
            names.dangling(referrer),
            anyway(answer, referrer.cause)
        );
        told.row(&mut text, '!', "dangles", &words);
    }
    for referrer in &answer.unlisted {
        let words = format!(
            "{}{}",
            names.unlisted(referrer),
            anyway(answer, referrer.cause)
        );
        told.row(&mut text, '!', "unlisted", &words);
    }
    for loss in names.losses(answer) {
        told.row(&mut text, '!', "loses", &loss);
    }
    for away in &answer.away_until_restart {
        let words = format!(
            "{} does not answer (404) until the registry restarts, and then does again: its bytes never go",
            place(&away.repository, &away.digest)
        );
        told.row(&mut text, '!', "away", &words);
    }
    for leaked in &answer.leaked {
        let words = format!(
            "{} can be reached by no tag, and its count keeps it for ever",
            place(&leaked.repository, &leaked.digest)
        );
        told.row(&mut text, '!', "leaks", &words);
    }
    told.rest(&mut text);
    for reason in &answer.partial_reasons {
        row(&mut text, '~', "partial view", reason.words);
    }
    for assumed in &answer.assumed {
        row(&mut text, '?', "assumed", assumed);
    }
    for knob in &answer.unknown {
        let words = format!(
            "nobody has established `{knob}` of this registry, and the answer depends on it"
        );
        row(&mut text, '?', "not known", &words);
    }
    text
}

fn anyway(answer: &Answer, cause: Cause) -> &'static str {
    match cause {
        Cause::Anyway if answer.actions.is_empty() => "",
        Cause::Anyway => ", without these actions too",
        Cause::Named | Cause::Collateral => "",
    }
}

fn place(repository: &str, digest: &Digest) -> String {
    format!("{repository}@{}", digest.short())
}

/// Rows of one kind, of which only so many are told.
#[derive(Default)]
struct Told {
    counts: BTreeMap<&'static str, usize>,
}

impl Told {
    fn row(&mut self, text: &mut String, mark: char, what: &'static str, words: &str) {
        let count = self.counts.entry(what).or_default();
        *count += 1;
        if *count <= LINES {
            row(text, mark, what, words);
        }
    }

    fn rest(&self, text: &mut String) {
        for (what, count) in self.counts.iter().filter(|(_, count)| **count > LINES) {
            row(
                text,
                '!',
                what,
                &format!("and {} more; --format json tells all", count - LINES),
            );
        }
    }
}

fn row(text: &mut String, mark: char, what: &str, words: &str) {
    let _ = writeln!(text, "{mark} {what:13} {}", clean(words));
}

fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// The lines of one repository, aligned.
fn list(lines: &[Line], chosen: &Recognised) -> String {
    let rows: Vec<[String; 4]> = lines
        .iter()
        .take(LINES)
        .map(|line| {
            let what = match &line.subject {
                Subject::Tag(tag) => format!("tag {}", clean(tag)),
                Subject::Object(word, digest) => format!("{word} {}", digest.short()),
            };
            let when = match (line.goes, line.when) {
                (true, Some(when)) => chosen.policy.when_in_short(when),
                (true, None) if line.size.is_some() => "its bytes stay".to_owned(),
                (true, None) => String::new(),
                (false, _) => "stays".to_owned(),
            };
            let sign = if line.goes { '−' } else { '=' };
            [
                format!("{sign} {what}"),
                line.size.map(size).unwrap_or_default(),
                when,
                match line.reason {
                    Reason::Anyway if chosen.policy.name == UNKNOWN => {
                        "no tag that is seen reaches it".to_owned()
                    }
                    _ => line.words(),
                },
            ]
        })
        .collect();
    let width = |column: usize| {
        let widths = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|c| c.width());
        widths.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [what, bytes, when, reason] in &rows {
        let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
        let line = format!(
            "  {what}{}  {}{bytes}  {when}{}  {}",
            pad(what, widths[0]),
            pad(bytes, widths[1]),
            pad(when, widths[2]),
            clean(reason)
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if lines.len() > LINES {
        let more = lines.len() - LINES;
        let _ = writeln!(text, "  and {more} more; --format json tells all");
    }
    text
}

/// The reason in words.
pub(super) fn why(simulator: &Simulator, why: &Why) -> String {
    let inventory = simulator.inventory();
    let object = inventory.object(&why.digest);
    let bytes = object
        .map(|id| size(inventory.size(id)))
        .unwrap_or_default();
    let mut text = format!("{}, {bytes}, ", why.digest);
    match (why.kept, why.by.len()) {
        (true, 0) if why.aborted.is_some() => {
            text.push_str(
                "stays, since the collector gives up; nothing that is seen leads to it\n",
            );
        }
        (true, 0) => text.push_str("is kept, and nothing that is seen leads to it\n"),
        (true, 1) => text.push_str("is kept by 1 path:\n"),
        (true, count) => {
            let _ = writeln!(text, "is kept by {count} paths; the shortest first:");
        }
        (false, _) if why.freed_by.is_empty() => {
            text.push_str("goes with the next collection, without any action\n");
        }
        (false, _) => {
            let _ = writeln!(text, "goes because of {}", clean(&why.freed_by.join(", ")));
        }
    }
    for by in why.by.iter().take(LINES) {
        let path: Vec<String> = by.path.iter().map(Digest::short).collect();
        let _ = writeln!(text, "  {} › {}", clean(&by.root), path.join(" › "));
    }
    if why.by.len() > LINES {
        let _ = writeln!(text, "  and {} more", why.by.len() - LINES);
    }
    if why.kept && why.answers == Some(false) {
        let _ = writeln!(
            text,
            "addressable   no: its bytes are kept, and no repository answers for its digest"
        );
    }
    if let Some(reason) = &why.aborted {
        let _ = writeln!(text, "aborts        {}", clean(reason));
    }
    let counts = why.references;
    let counts = [
        (counts.tag, "tag", "tags"),
        (counts.child, "index", "indexes"),
        (counts.config, "image as config", "images as config"),
        (counts.layer, "manifest as layer", "manifests as layer"),
        (counts.subject, "referrer", "referrers"),
    ];
    let named: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if !named.is_empty() {
        let _ = writeln!(text, "named by      {}", named.join(", "));
    }
    if why.shared_with.len() > 1 {
        let _ = writeln!(
            text,
            "shared with   {} manifests or repositories:",
            why.shared_with.len()
        );
        for place in why.shared_with.iter().take(LINES) {
            let _ = writeln!(text, "  {}", clean(place));
        }
    }
    let _ = writeln!(
        text,
        "under         {}, {}",
        why.policy,
        simulator.policy().standing(simulator.policy().evidence)
    );
    let _ = write!(text, "              {}", simulator.policy().keeping());
    text
}

//! `regscope impact` for people: totals, then what frightens, then the list by repository with a reason for each line.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::cli::output::size;
use crate::insight::impact::{
    Answer, Line, Names, Reason, Recognised, Sentence, Simulator, Subject, Telling, Topic, UNKNOWN,
    Verdict, Weight, Why, listing, sentences,
};
use crate::oci::Digest;
use crate::oci::remote_text::clean;
use crate::words::counted;

/// At most so many lines of one kind are told; JSON has them all.
const LINES: usize = 40;

/// What is told, and how much of it.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) telling: Telling<'a>,
    pub(super) chosen: &'a Recognised,
    /// Blobs one by one.
    pub(super) is_verbose: bool,
}

/// The answer in words.
pub(super) fn answer(told: &Told<'_>) -> String {
    let (simulator, answer) = (told.telling.simulator, told.telling.answer);
    let sentences = sentences(&told.telling);
    let verdict = Verdict::of(answer, &told.chosen.policy);
    let says = verdict.says(answer, &sentences);
    let mut text = format!("{}: {}\n", verdict.words(), clean(&says));
    text.push_str(&heading(answer, told.chosen));
    text.push('\n');
    for topics in [
        &[Topic::Danger][..],
        &[Topic::Back, Topic::Goes],
        &[Topic::NotKnown, Topic::Collector],
    ] {
        text.push_str(&rows(&sentences, topics));
    }
    let names = Names::new(simulator.inventory(), answer);
    let lines = listing(simulator.inventory(), answer);
    for (repository, lines) in &lines {
        let name = match repository.as_str() {
            "*" => "in no repository",
            "" => "the layout",
            name => name,
        };
        let _ = writeln!(text, "\n{}", clean(name));
        text.push_str(&list(lines, told, &names));
    }
    text.truncate(text.trim_end().len());
    text
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
        let version = policy
            .version
            .strip_prefix(&format!("{} ", policy.registry));
        format!(
            "{what} · policy {} ({} {}), {evidence}\n",
            policy.name,
            policy.registry,
            version.unwrap_or(&policy.version)
        )
    };
    for action in answer.actions.iter().take(LINES) {
        let to = action.to.map(|to| format!("={to}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {} {}{to}: {}",
            action.action.replace('-', " "),
            clean(&action.reference),
            action.words()
        );
    }
    if answer.actions.len() > LINES {
        let more = answer.actions.len() - LINES;
        let _ = writeln!(text, "  and {more} more; --format json tells all");
    }
    text
}

/// The sentences about `topics`, of each kind only so many.
fn rows(sentences: &[Sentence], topics: &[Topic]) -> String {
    let mut text = String::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for sentence in sentences.iter().filter(|one| topics.contains(&one.topic)) {
        let count = counts.entry(sentence.name).or_default();
        *count += 1;
        if *count <= LINES {
            let words = match sentence.more.as_str() {
                "" => sentence.words.clone(),
                more => format!("{}   {more}", sentence.words),
            };
            row(&mut text, mark(sentence), sentence.name, &words);
        }
    }
    for (name, count) in counts.iter().filter(|(_, count)| **count > LINES) {
        let words = format!("and {} more; --format json tells all", count - LINES);
        row(&mut text, '!', name, &words);
    }
    text
}

const fn mark(sentence: &Sentence) -> char {
    match sentence.weight {
        Weight::Danger => '!',
        Weight::Anyway => '·',
        Weight::Unknown => '?',
        Weight::Plain => ' ',
    }
}

fn row(text: &mut String, mark: char, what: &str, words: &str) {
    let _ = writeln!(text, "{mark} {what:10} {}", clean(words));
}

/// The lines of one repository, aligned. Blobs are one line for each time at which they go, until they are asked for.
fn list(lines: &[Line], told: &Told<'_>, names: &Names<'_>) -> String {
    let is_together = |line: &&Line| !told.is_verbose && is_blob(line);
    let single: Vec<&Line> = lines.iter().filter(|line| !is_together(line)).collect();
    let mut rows: Vec<[String; 4]> = single
        .iter()
        .take(LINES)
        .map(|line| columns(line, told, names))
        .collect();
    rows.extend(blobs(lines.iter().filter(is_together), told));
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
    if single.len() > LINES {
        let more = single.len() - LINES;
        let _ = writeln!(text, "  and {more} more; --format json tells all");
    }
    text
}

fn is_blob(line: &Line) -> bool {
    matches!(&line.subject, Subject::Object("blob", _))
}

/// Blobs together: how many, how many bytes, and when those come back.
fn blobs<'a>(lines: impl Iterator<Item = &'a Line>, told: &Told<'_>) -> Vec<[String; 4]> {
    let mut groups: BTreeMap<(bool, Reverse<bool>, String), (usize, u64)> = BTreeMap::new();
    for line in lines {
        let is_anyway = line.reason == Reason::Anyway;
        let key = (!line.goes, Reverse(!is_anyway), when(line, told));
        let (count, sum) = groups.entry(key).or_default();
        *count += 1;
        *sum = sum.saturating_add(line.size.unwrap_or_default());
    }
    let rows = groups.into_iter();
    rows.map(|((stays, Reverse(is_mine), when), (count, sum))| {
        let sign = if stays { '=' } else { '−' };
        let reason = match (stays, is_mine) {
            (true, _) => "--verbose tells each, and what keeps it",
            (false, true) => "--verbose tells each",
            (false, false) => "anyway; --verbose tells each",
        };
        [
            format!("{sign} {}", counted(count, "blob", "blobs")),
            size(sum),
            when,
            reason.to_owned(),
        ]
    })
    .collect()
}

fn when(line: &Line, told: &Told<'_>) -> String {
    match (line.goes, line.when) {
        (true, Some(when)) => told.chosen.policy.when_in_short(when),
        (true, None) if line.size.is_some() => "its bytes stay".to_owned(),
        (true, None) => String::new(),
        (false, _) => "stays".to_owned(),
    }
}

fn columns(line: &Line, told: &Told<'_>, names: &Names<'_>) -> [String; 4] {
    let what = match &line.subject {
        Subject::Tag(tag) => format!("tag {}", clean(tag)),
        Subject::Object(word, digest) => {
            format!("{} {}", clean(&names.kind(digest, word)), digest.short())
        }
    };
    let sign = if line.goes { '−' } else { '=' };
    [
        format!("{sign} {what}"),
        line.size.map(size).unwrap_or_default(),
        when(line, told),
        match line.reason {
            Reason::Anyway if told.chosen.policy.name == UNKNOWN => {
                "no tag that is seen reaches it".to_owned()
            }
            _ => line.words(),
        },
    ]
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

//! The head of the impact: the verdict and what it stands on, at most five lines at any size. Whatever is cut here stands
//! whole in a box.

use ratatui::text::{Line, Span};

use crate::insight::impact::Verdict;
use crate::oci::remote_text::clean;
use crate::tui::impact::{Impact, Marker, Topic, Total};
use crate::tui::model::Model;
use crate::words::{counted, fit, grouped, width, wrap};

use super::draw::style;

/// Lines of the head at most.
const MOST: usize = 5;
/// Columns of the names.
const NAME: usize = 11;

pub(super) fn lines(
    model: &Model,
    impact: &Impact,
    room: usize,
    rows: usize,
) -> Vec<Line<'static>> {
    let most = MOST.min(rows.saturating_sub(2)).max(1);
    let mut rest = Vec::new();
    rest.extend(counts(model, impact, room));
    rest.extend(tags(model, room));
    rest.push(back(model, impact, room));
    rest.extend(elsewhere(model, impact, room));
    rest.truncate(most.saturating_sub(1));
    let mut lines = verdict(model, impact, room, most - rest.len());
    lines.extend(rest);
    lines
}

/// The verdict, and beside it the first thing that speaks against it.
fn verdict(model: &Model, impact: &Impact, room: usize, rows: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let verdict = impact.verdict;
    let marker = Marker::of(verdict);
    let style_of_verdict = style(theme, marker).patch(theme.strong());
    let (sentence, style_of_sentence) = match marker {
        Marker::Danger => (format!("! {}", impact.says), theme.bad()),
        Marker::Unknown => (impact.says.clone(), theme.warning()),
        _ => (impact.says.clone(), theme.text()),
    };
    let indent = NAME.max(width(verdict.words()) + 2);
    let pieces = wrap(&sentence, room.saturating_sub(indent).max(8));
    let is_cut = pieces.len() > rows;
    let mut lines = Vec::new();
    for (number, piece) in pieces.into_iter().take(rows).enumerate() {
        let name = if number == 0 { verdict.words() } else { "" };
        let piece = if is_cut && number + 1 == rows {
            fit(
                &format!("{piece}{}", " ".repeat(room)),
                room.saturating_sub(indent),
                theme.more(),
            )
        } else {
            piece
        };
        lines.push(Line::from(vec![
            Span::styled(format!("{name:indent$}"), style_of_verdict),
            Span::styled(piece, style_of_sentence),
        ]));
    }
    lines
}

fn of(impact: &Impact, topic: Topic) -> impl Iterator<Item = &Total> {
    impact.totals.iter().filter(move |one| one.topic == topic)
}

fn things(count: usize) -> String {
    counted(count, "thing", "things")
}

/// What else frightens, each kind counted, and how much is not known; none where the line of the verdict says it all.
fn counts(model: &Model, impact: &Impact, room: usize) -> Option<Line<'static>> {
    let theme = model.theme;
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for danger in of(impact, Topic::Danger).filter(|danger| danger.marker == Marker::Danger) {
        match kinds.iter_mut().find(|(name, _)| *name == danger.name) {
            Some((_, count)) => *count += 1,
            None => kinds.push((danger.name, 1)),
        }
    }
    let all: usize = kinds.iter().map(|(_, count)| count).sum();
    let not_known = of(impact, Topic::NotKnown).count();
    // What is not safe says the first thing beside the verdict.
    let is_said = impact.verdict == Verdict::NotSafe && all == 1;
    if not_known == 0 && (all == 0 || is_said) {
        return None;
    }
    let mut spans = vec![Span::raw(" ".repeat(NAME))];
    let mut used = NAME;
    for (name, count) in kinds {
        let words = format!("! {name} {}   ", grouped(count as u64));
        used += width(&words);
        spans.push(Span::styled(words, theme.bad()));
    }
    if not_known > 0 {
        let words = format!("? {} not known", things(not_known));
        let words = fit(&words, room.saturating_sub(used), theme.more());
        spans.push(Span::styled(words, theme.warning()));
    }
    Some(Line::from(spans))
}

fn back(model: &Model, impact: &Impact, room: usize) -> Line<'static> {
    let sentences = of(impact, Topic::Back).map(|total| match total.more.as_str() {
        "" => total.words.clone(),
        more => format!("{} {more}", total.words),
    });
    let sentences: Vec<_> = sentences.collect();
    named(model, "back", &sentences.join("   "), room)
}

/// The tags of the row, and which of them are meant; of several rows what is meant.
fn tags(model: &Model, room: usize) -> Option<Line<'static>> {
    let state = &model.impact;
    let names = |nodes: &[_]| -> Vec<String> {
        let names = nodes.iter().take(TOLD);
        let names = names.filter_map(|node| model.known.graph.tag_name(*node));
        names
            .map(|name| clean(name.as_str()).into_owned())
            .collect()
    };
    if state.tags.len() < 2 {
        let meant = names(&state.meant);
        return (meant.len() > 1).then(|| named(model, "tags", &meant.join("  "), room));
    }
    let is_meant = |node| state.is_meant(node);
    let boxes = state.tags.iter().take(TOLD).filter_map(|node| {
        let name = clean(model.known.graph.tag_name(*node)?.as_str()).into_owned();
        let cross = if is_meant(*node) { "x" } else { " " };
        Some(format!("[{cross}] {name}"))
    });
    let mut words = boxes.collect::<Vec<_>>().join("   ");
    if !state.tags.iter().all(|node| is_meant(*node)) {
        words.push_str("   while one stays, so does the image");
    }
    Some(named(model, "tags", &words, room))
}

/// Names that are told at most: more than fit a line.
const TOLD: usize = 60;

fn elsewhere(model: &Model, impact: &Impact, room: usize) -> Option<Line<'static>> {
    let together = of(impact, Topic::Elsewhere).last()?;
    let words = format!("{}: {}", together.words, together.more);
    Some(named(model, "together", &words, room))
}

fn named(model: &Model, name: &str, words: &str, room: usize) -> Line<'static> {
    let words = fit(words, room.saturating_sub(NAME), model.theme.more());
    Line::from(vec![
        Span::styled(format!("{name:NAME$}"), model.theme.dim()),
        Span::raw(words),
    ])
}

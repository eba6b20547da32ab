//! `regscope tree` for people: the joined tree as the screen shows it, all of it open.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::graph::NodeId;
use crate::insight::coverage;
use crate::insight::marks::Marks;
use crate::insight::outline::{
    Entry, Fold, Outline, Presence, Row, RowKind, What, is_kept_elsewhere,
};
use crate::insight::problems::problems;
use crate::oci::{Address, FoundBy};
use crate::session::Session;
use crate::words::fit_name;
use fixedbitset::FixedBitSet;

use super::output::size;
use super::tree_columns::{Cells, Line, aligned};

/// What stands for something that is left out.
const MORE: &str = "…";

/// The trees of roots. With `is_full` layers are told one by one; it fits `width` columns where there is a terminal that
/// has so many. Cost: `O(rows)`.
pub(super) fn text(
    session: &Session,
    roots: &[Address],
    shown: &FixedBitSet,
    Manner {
        is_full,
        digests,
        width,
    }: Manner,
) -> String {
    let mut writer = Writer {
        session,
        shown,
        is_full,
        digests,
        outline: Outline::new(),
        lines: Vec::new(),
        unfolded: HashSet::new(),
    };
    for entry in writer.outline.roots(&session.known.graph, roots) {
        writer.write(&entry, "", "");
    }
    let mut text = aligned(&writer.lines, width, MORE);
    text.push_str(&holes(session, shown));
    text.truncate(text.trim_end().len());
    text
}

/// How a tree is written.
pub(super) struct Manner {
    /// Layers one by one.
    pub(super) is_full: bool,
    /// Which rows tell the beginning of their digest.
    pub(super) digests: Digests,
    /// The columns of the terminal, where there is one.
    pub(super) width: Option<usize>,
}

/// Which rows tell the beginning of their digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Digests {
    /// Those of referrers: several are often called the same.
    Referrers,
    /// All that have one.
    All,
}

struct Writer<'a> {
    session: &'a Session,
    shown: &'a FixedBitSet,
    is_full: bool,
    digests: Digests,
    outline: Outline,
    lines: Vec<Line>,
    /// What stands with its children already. In a graph of a few dozen indexes the same may be reached over more paths
    /// than could ever be printed.
    unfolded: HashSet<NodeId>,
}

impl Writer<'_> {
    /// Writes a row and everything below it, where that does not stand above already. `lead` stands before the row, `below` before its children.
    fn write(&mut self, entry: &Entry, lead: &str, below: &str) {
        let mut row = self.outline.describe(
            &self.session.known.graph,
            &self.session.known.content,
            entry,
        );
        let mut children = self.outline.children(&self.session.known.graph, entry);
        children.retain(|child| {
            child
                .node()
                .is_none_or(|node| self.shown.contains(node.index()))
        });
        let own = self.own_words(entry, &row);
        let manifest = match &entry.what {
            What::Tags(_) | What::Object { .. } => entry.node().filter(|_| !children.is_empty()),
            _ => None,
        };
        if manifest.is_some_and(|node| !self.unfolded.insert(node)) {
            row.presence = Presence::Repeated;
            self.lines.push(line(lead, below, &row, &own));
            return;
        }
        self.lines.push(line(lead, below, &row, &own));
        let (graph, content) = (&self.session.known.graph, &self.session.known.content);
        let found = entry.node().map(|node| problems(graph, content, node));
        for problem in found.into_iter().flatten() {
            self.lines.push(Line::Words {
                lead: below.to_owned(),
                below: format!("{below}  "),
                words: format!("! {problem}"),
            });
        }
        let is_folded = matches!(
            entry.what,
            What::Fold {
                fold: Fold::Layers,
                ..
            }
        ) && !self.is_full;
        if is_folded {
            return;
        }
        let last = children.len().saturating_sub(1);
        for (number, child) in children.iter().enumerate() {
            let (branch, rest) = if number == last {
                ("└ ", "  ")
            } else {
                ("├ ", "│ ")
            };
            self.write(
                child,
                &format!("{below}{branch}"),
                &format!("{below}{rest}"),
            );
        }
    }
}

impl Writer<'_> {
    /// What a row tells of its own bytes: the beginning of its digest, and that they are not here.
    fn own_words(&self, entry: &Entry, row: &Row) -> Vec<String> {
        let graph = &self.session.known.graph;
        let Some(node) = entry.node() else {
            return Vec::new();
        };
        let is_told = (self.digests == Digests::All || row.kind == RowKind::Referrer)
            && row.presence != Presence::Note;
        let digest = graph.digest_of(node).filter(|_| is_told);
        let elsewhere = is_kept_elsewhere(graph, node)
            .then(|| "kept elsewhere, not in the registry".to_owned());
        let digest = digest.map(|digest| digest.short());
        digest.into_iter().chain(elsewhere).collect()
    }
}

fn line(lead: &str, below: &str, row: &Row, own: &[String]) -> Line {
    if row.presence == Presence::Note {
        let symbol = row.state.map(|mark| mark.symbol(false));
        return Line::Words {
            lead: lead.to_owned(),
            below: format!("{below}  "),
            words: format!("{} {}", symbol.unwrap_or("·"), row.label),
        };
    }
    let size = row.size.map(size).unwrap_or_default();
    let date = row
        .created
        .map(|created| created.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default();
    if row.presence == Presence::Heading {
        let beside = row.also.first().into_iter().chain([&row.description]);
        let beside: Vec<_> = beside.filter(|words| !words.is_empty()).cloned().collect();
        return Line::Heading(Cells {
            lead: lead.to_owned(),
            name: row.label.clone(),
            also: format!("  {}", beside.join(" · ")).trim_end().to_owned(),
            size,
            date,
            ..Cells::default()
        });
    }
    let mut also = String::new();
    for other in &row.also {
        let _ = write!(also, " = {}", fit_name(other, usize::MAX, MORE));
    }
    Line::Row(Cells {
        lead: lead.to_owned(),
        name: row.label.clone(),
        also,
        kind: row.kind.word().to_owned(),
        description: row.description.clone(),
        size,
        date,
        tail: tail(row, own),
    })
}

/// What no other column has to line up with: the evidence, what is not known of the row itself, and how it was found.
fn tail(row: &Row, own: &[String]) -> String {
    let state = match (row.presence, row.state) {
        (Presence::Gone, _) => "gone".to_owned(),
        (Presence::Repeated, _) => "as above".to_owned(),
        (_, Some(mark)) => mark.words().to_owned(),
        _ => String::new(),
    };
    let found_by: Vec<&str> = row.found_by.iter().map(FoundBy::name).collect();
    let found_by = if row.kind == RowKind::Referrer {
        format!("by {}", found_by.join(" + "))
    } else {
        String::new()
    };
    let marks = row.marks.map(marks).unwrap_or_default();
    let mut parts = vec![marks];
    parts.extend_from_slice(own);
    parts.extend([state, found_by]);
    parts.retain(|part| !part.is_empty());
    parts.join("  ")
}

/// The evidence marks, each with its letter.
fn marks(marks: Marks) -> String {
    let told = marks
        .letters()
        .map(|(mark, letter)| format!("{}{letter}", mark.symbol(false)));
    told.join(" ").trim_end().to_owned()
}

/// What could not be read, with the reasons.
fn holes(session: &Session, shown: &FixedBitSet) -> String {
    let known = coverage::coverage(&session.known.graph, |node| shown.contains(node.index()));
    if known.is_complete() {
        return String::new();
    }
    let mut text = String::from("\nnot known:\n");
    for line in coverage::in_words(&session.known.graph, &known.holes) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

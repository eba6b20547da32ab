//! `regscope tree` for people: the joined tree as the screen shows it, all of it open.

use std::fmt::Write as _;

use fixedbitset::FixedBitSet;
use unicode_width::UnicodeWidthStr as _;

use crate::crawl::Root;
use crate::graph::NodeKey;
use crate::insight::coverage;
use crate::insight::marks::Marks;
use crate::insight::outline::{Entry, Fold, Outline, Row, Standing, What};
use crate::oci::FoundBy;
use crate::session::Session;

use super::output::size;

/// A line before the columns are aligned.
struct Line {
    tree: String,
    columns: [String; 6],
}

/// The widest that the tree may push the other columns to the right; longer labels stick out.
const TREE_WIDTH: usize = 72;

/// The tree of a root. With `is_full` layers are told one by one. Cost: `O(rows)`.
pub(super) fn text(session: &Session, root: &Root, shown: &FixedBitSet, is_full: bool) -> String {
    let key = match root {
        Root::Registry(origin) => NodeKey::Registry(origin.clone()),
        Root::Repository(repository) => NodeKey::Repository(repository.clone()),
        Root::Tag(repository, tag) => NodeKey::Tag(repository.clone(), tag.clone()),
        Root::Manifest(repository, digest) => NodeKey::Object(repository.clone(), *digest),
    };
    let mut writer = Writer {
        session,
        shown,
        is_full,
        outline: Outline::new(),
        lines: Vec::new(),
    };
    for entry in writer.outline.roots(&session.graph, &[key]) {
        writer.write(&entry, "", "");
    }
    let mut text = aligned(&writer.lines);
    text.push_str(&holes(session, shown));
    text.truncate(text.trim_end().len());
    text
}

struct Writer<'a> {
    session: &'a Session,
    shown: &'a FixedBitSet,
    is_full: bool,
    outline: Outline,
    lines: Vec<Line>,
}

impl Writer<'_> {
    /// Writes a row and everything below it. `lead` stands before the row, `below` before its children.
    fn write(&mut self, entry: &Entry, lead: &str, below: &str) {
        let row = self
            .outline
            .describe(&self.session.graph, &self.session.content, entry);
        self.lines.push(line(lead, &row));
        let digest = entry
            .node()
            .and_then(|node| self.session.graph.digest_of(node));
        for problem in digest
            .map(|digest| self.session.content.problems(&digest))
            .unwrap_or_default()
        {
            self.lines.push(Line {
                tree: format!("{below}! {problem}"),
                columns: Default::default(),
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
        let mut children = self.outline.children(&self.session.graph, entry);
        children.retain(|child| {
            child
                .node()
                .is_none_or(|node| self.shown.contains(node.index()))
        });
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

fn line(lead: &str, row: &Row) -> Line {
    let mut tree = format!("{lead}{}", row.label);
    for name in &row.also {
        let _ = if row.standing == Standing::Heading {
            write!(tree, "  {name}")
        } else {
            write!(tree, " = {name}")
        };
    }
    let state = match (row.standing, row.state) {
        (Standing::Gone, _) => "gone".to_owned(),
        (Standing::Met, _) => "already above".to_owned(),
        (_, Some(mark)) => mark.words().to_owned(),
        _ => String::new(),
    };
    let found_by: Vec<&str> = row.found_by.iter().map(FoundBy::name).collect();
    Line {
        tree,
        columns: [
            row.kind.to_owned(),
            row.description.clone(),
            row.size.map(size).unwrap_or_default(),
            row.created
                .map(|created| created.strftime("%Y-%m-%d").to_string())
                .unwrap_or_default(),
            [row.marks.map(marks).unwrap_or_default(), state]
                .join(" ")
                .trim()
                .to_owned(),
            if row.kind == "referrer" {
                format!("by {}", found_by.join(" + "))
            } else {
                String::new()
            },
        ],
    }
}

/// The evidence marks, each with its letter.
fn marks(marks: Marks) -> String {
    let told = marks
        .letters()
        .map(|(mark, letter)| format!("{}{letter}", mark.symbol(false)));
    told.join(" ").trim_end().to_owned()
}

fn aligned(lines: &[Line]) -> String {
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
    let tree = width(&mut lines.iter().map(|line| line.tree.width())).min(TREE_WIDTH);
    let columns: [usize; 6] = std::array::from_fn(|n| {
        width(
            &mut lines
                .iter()
                .filter_map(|line| line.columns.get(n))
                .map(|c| c.width()),
        )
    });
    let mut text = String::new();
    for line in lines {
        let mut out = pad(&line.tree, tree);
        for (column, width) in line.columns.iter().zip(columns) {
            if width > 0 {
                out.push_str("  ");
                // Sizes are read from their end.
                let is_size =
                    column.ends_with('B') && column.starts_with(|c: char| c.is_ascii_digit());
                if is_size {
                    out.push_str(&" ".repeat(width - column.width()));
                    out.push_str(column);
                } else {
                    out.push_str(&pad(column, width));
                }
            }
        }
        text.push_str(out.trim_end());
        text.push('\n');
    }
    text
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// What could not be read, with the reasons.
fn holes(session: &Session, shown: &FixedBitSet) -> String {
    let known = coverage::coverage(&session.graph, |node| shown.contains(node.index()));
    if known.is_complete() {
        return String::new();
    }
    let mut text = String::from("\nnot known:\n");
    for line in coverage::in_words(&session.graph, &known.holes) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

//! Every in-toto statement as it is: what it is about, and its bytes without what they were wrapped in.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use ratatui::text::{Line, Span};

use crate::oci::Digest;
use crate::oci::remote_text::clean;
use crate::tui::effect::Effect;
use crate::tui::jobs::{Job, Kind};
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::{bytes, wrap};

use super::TabPage;
use super::attached::{AttachedDocument, MadeOf, label};
use super::raw::coloured;

/// Larger documents are not shown here: `J` on their row has them.
const LARGEST: usize = 256 * 1024;

/// The statements of the row under the cursor.
#[derive(Clone, Debug, Default)]
pub struct StatementsState {
    made_of: Option<MadeOf>,
    blocks: Vec<Block>,
    /// The innermost documents that were unwrapped.
    raw: HashMap<Digest, Arc<Vec<String>>>,
}

/// A statement: what is said of it, and its lines.
#[derive(Clone, Debug)]
struct Block {
    digest: Digest,
    head: Vec<(&'static str, String)>,
    /// Why its lines are not shown.
    missing: Option<String>,
}

/// The tab.
pub(super) struct Statements;

impl TabPage for Statements {
    fn title(&self) -> &'static str {
        "Statements"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        Some(model.attached.counts().statements).filter(|count| *count > 0)
    }

    /// A line that is wider than the pane goes on below and counts once.
    fn len(&self, model: &Model, _: usize) -> usize {
        let state = &model.statements;
        state.blocks.iter().map(|block| state.len(block)).sum()
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        let state = &model.statements;
        let mut lines = Vec::new();
        let mut before = 0;
        for block in &state.blocks {
            let len = state.len(block);
            let first = rows.start.saturating_sub(before);
            before += len;
            if first >= len {
                continue;
            }
            for at in first..len {
                lines.extend(state.line(block, at, columns, model.theme));
                if lines.len() >= rows.len() {
                    return lines;
                }
            }
        }
        lines
    }

    /// Has what came unwrapped, away from the screen's thread.
    fn settle(&self, model: &mut Model) -> Vec<Effect> {
        let made_of = model.attached.made_of();
        if model.statements.made_of == made_of {
            return Vec::new();
        }
        let content = &model.known.content;
        let documents = model.attached.documents().iter();
        let documents = documents.filter(|one| one.reading.statement.is_some());
        let mut blocks = Vec::new();
        let mut wrapped = Vec::new();
        for one in documents {
            let digest = one.attached.blob.digest;
            let found = content.document(&digest);
            let missing = match &found {
                None => Some("its bytes are no longer here; r on its row asks again".to_owned()),
                Some(found) if found.len() > LARGEST => {
                    let size = bytes(found.len() as u64);
                    Some(format!("{size}: J on its row shows all of it"))
                }
                Some(_) => None,
            };
            if missing.is_none() {
                wrapped.extend(found.map(|found| (digest, found)));
            }
            blocks.push(block(one, missing));
        }
        model.statements = StatementsState {
            made_of,
            blocks,
            raw: HashMap::new(),
        };
        let ticket = model.jobs.begin(Kind::Unwrap);
        vec![Effect::Work(ticket, Job::Unwrap(wrapped))]
    }
}

/// Takes in what was unwrapped.
pub fn unwrapped(model: &mut Model, documents: Vec<(Digest, Arc<Vec<String>>)>) {
    model.statements.raw.extend(documents);
}

fn block(one: &AttachedDocument, missing: Option<String>) -> Block {
    let mut head = Vec::new();
    if let Some(statement) = &one.reading.statement {
        let words = label(one, statement.predicate_type.as_str());
        head.push(("", clean(&words).into_owned()));
    }
    let wrapped: Vec<_> = one
        .reading
        .wrapped_in
        .iter()
        .map(|one| one.name())
        .collect();
    head.push(("document", one.attached.blob.digest.to_string()));
    if !wrapped.is_empty() {
        head.push(("wrapped in", wrapped.join(", ")));
    }
    let found_by: Vec<_> = one.attached.found_by.iter().map(|way| way.name()).collect();
    head.push(("found by", found_by.join(", ")));
    for problem in &one.reading.problems {
        head.push(("!", clean(&problem.to_string()).into_owned()));
    }
    Block {
        digest: one.attached.blob.digest,
        head,
        missing,
    }
}

impl StatementsState {
    fn raw(&self, block: &Block) -> &[String] {
        let raw = self.raw.get(&block.digest);
        raw.map_or(&[][..], |raw| raw.as_slice())
    }

    /// Its head, its lines or why there are none, and an empty one.
    fn len(&self, block: &Block) -> usize {
        block.head.len() + self.raw(block).len().max(1) + 1
    }

    fn line(&self, block: &Block, at: usize, columns: usize, theme: Theme) -> Vec<Line<'static>> {
        if let Some((name, words)) = block.head.get(at) {
            let style = match *name {
                "" => theme.heading(),
                "!" => theme.warning(),
                _ => theme.text(),
            };
            let name = if name.is_empty() {
                String::new()
            } else {
                format!("{name:12}")
            };
            let room = columns.saturating_sub(name.len()).max(16);
            let words = wrap(words, room).into_iter().enumerate();
            return words
                .map(|(number, words)| {
                    let name = if number == 0 {
                        name.clone()
                    } else {
                        " ".repeat(name.len())
                    };
                    Line::from(vec![
                        Span::styled(name, theme.dim()),
                        Span::styled(words, style),
                    ])
                })
                .collect();
        }
        let raw = self.raw(block);
        let at = at.saturating_sub(block.head.len());
        match (raw.get(at), at) {
            (Some(line), _) => {
                let pieces = wrap(line, columns.max(16)).into_iter();
                pieces.map(|piece| coloured(&piece, theme)).collect()
            }
            (None, 0) => {
                let words = block.missing.clone();
                let words = words.unwrap_or_else(|| format!("unwrapping {}", theme.more()));
                vec![Line::styled(words, theme.dim())]
            }
            _ => vec![Line::default()],
        }
    }
}

//! What is known of an image: what it says of itself, what evidence each part has, and what attached documents say; the
//! same account as `regscope inspect` prints.

use std::collections::HashMap;
use std::ops::Range;

use ratatui::text::{Line, Span};

use crate::graph::NodeId;
use crate::insight::account::{self, Section, Tone};
use crate::insight::attached::attached;
use crate::insight::cells::Readings;
use crate::insight::image::{image, parts_of};
use crate::oci::purpose::DocumentKinds;
use crate::session::Known;
use crate::tui::effect::Effect;
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::{width, wrap};

use super::TabPage;

/// The widest column of names.
const NAMES: usize = 24;

/// The account of the row under the cursor, and what it was made of.
#[derive(Clone, Debug, Default)]
pub struct EvidenceState {
    made_of: Option<(NodeId, u64)>,
    sections: Vec<Section>,
    /// How many documents were read for it.
    documents: usize,
}

/// The tab.
pub(super) struct Evidence;

impl TabPage for Evidence {
    fn title(&self) -> &'static str {
        "Evidence"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        let node = subject(model)?;
        let is_made = model.evidence.made_of.is_some_and(|(of, _)| of == node);
        Some(if is_made { model.evidence.documents } else { 0 })
    }

    fn len(&self, model: &Model, columns: usize) -> usize {
        lines(&model.evidence.sections, columns, model.theme).len()
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        let lines = lines(&model.evidence.sections, columns, model.theme);
        lines
            .into_iter()
            .skip(rows.start)
            .take(rows.len())
            .collect()
    }

    /// Puts the account together anew where something became known, and not for every frame.
    fn settle(&self, model: &mut Model) -> Vec<Effect> {
        let node = subject(model);
        let made_of = node.map(|node| (node, model.known.version()));
        if model.evidence.made_of == made_of {
            return Vec::new();
        }
        let told = node.and_then(|node| told(&model.known, node));
        let (sections, documents) = told.unwrap_or_default();
        model.evidence = EvidenceState {
            made_of,
            sections,
            documents,
        };
        Vec::new()
    }
}

/// The image that the row under the cursor is about: a manifest that evidence may be attached to.
fn subject(model: &Model) -> Option<NodeId> {
    let node = model.tree.selected()?.entry.object()?;
    let graph = &model.known.graph;
    let is_subject = crate::insight::marks::wants_evidence(graph, node);
    let digest = graph.digest_of(node)?;
    model.known.content.manifest(&digest)?;
    is_subject.then_some(node)
}

/// The account, as far as documents were read, and how many were.
fn told(known: &Known, node: NodeId) -> Option<(Vec<Section>, usize)> {
    let (graph, content) = (&known.graph, &known.content);
    let mut readings: Readings = HashMap::new();
    for part in parts_of(graph, content, node) {
        for one in attached(graph, content, part, DocumentKinds::ALL).documents {
            if let Some(reading) = content.reading(&one.blob.digest) {
                readings.insert(one.blob.digest, reading);
            }
        }
    }
    let image = image(graph, content, &readings, node)?;
    Some((account::account(&image), image.documents.len()))
}

fn lines(sections: &[Section], columns: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for section in sections {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(section.heading.clone(), theme.heading()));
        let names = section.lines.iter().map(|line| width(&line.name));
        let column = names.max().unwrap_or_default().min(NAMES) + 2;
        for line in &section.lines {
            let style = match line.tone {
                Tone::Plain => theme.text(),
                Tone::Warning => theme.warning(),
                Tone::Unknown => theme.dim(),
            };
            let room = columns.saturating_sub(column).max(16);
            for (number, piece) in wrap(&line.words, room).into_iter().enumerate() {
                let name = if number == 0 { line.name.as_str() } else { "" };
                let gap = column.saturating_sub(width(name)).max(1);
                lines.push(Line::from(vec![
                    Span::styled(format!("{name}{}", " ".repeat(gap)), theme.dim()),
                    Span::styled(piece, style),
                ]));
            }
        }
    }
    lines
}

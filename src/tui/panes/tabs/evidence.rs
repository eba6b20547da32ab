//! What is known of an image: what it says of itself, what evidence each part has, and what attached documents say; the
//! same account as `regscope inspect` prints.

use std::collections::HashMap;
use std::ops::Range;

use ratatui::text::Line;

use crate::graph::NodeId;
use crate::insight::account::{self, Section};
use crate::insight::attached::attached;
use crate::insight::cells::Readings;
use crate::insight::image::{image, parts_of};
use crate::oci::purpose::DocumentKinds;
use crate::session::Known;
use crate::tui::effect::Effect;
use crate::tui::model::Model;

use super::TabPage;
use super::sections::lines;

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

//! How the image was built, as its builders say: by whom, from what, when, with what.

use std::ops::Range;

use ratatui::text::Line;

use crate::tui::effect::Effect;
use crate::tui::model::Model;

use super::TabPage;
use super::attached::Page;
use super::sections;

/// The tab.
pub(super) struct Provenance;

impl TabPage for Provenance {
    fn title(&self) -> &'static str {
        "Provenance"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        Some(model.attached.counts().provenance).filter(|count| *count > 0)
    }

    fn len(&self, model: &Model, columns: usize) -> usize {
        model.provenance.len(columns, model.theme)
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        model.provenance.lines(columns, model.theme, rows)
    }

    fn settle(&self, model: &mut Model) -> Vec<Effect> {
        sections::settle(model, Page::Provenance)
    }
}

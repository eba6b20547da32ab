//! What is said of the image's vulnerabilities, and of which of its packages.

use std::ops::Range;

use ratatui::text::Line;

use crate::tui::effect::Effect;
use crate::tui::model::Model;

use super::TabPage;
use super::attached::Page;
use super::sections;

/// The tab.
pub(super) struct Vex;

impl TabPage for Vex {
    fn title(&self) -> &'static str {
        "VEX"
    }

    /// Statements, not documents: they are what a person counts.
    fn count(&self, model: &Model) -> Option<usize> {
        Some(model.attached.counts().vex).filter(|count| *count > 0)
    }

    fn len(&self, model: &Model, columns: usize) -> usize {
        model.vex.len(columns, model.theme)
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        model.vex.lines(columns, model.theme, rows)
    }

    fn settle(&self, model: &mut Model) -> Vec<Effect> {
        sections::settle(model, Page::Vex)
    }
}

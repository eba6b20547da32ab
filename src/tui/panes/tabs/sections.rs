//! Sections of lines, as a tab shows them: headings, names in a column, words that go on below.

use std::ops::Range;
use std::sync::Arc;

use ratatui::text::{Line, Span};

use crate::insight::account::{Section, Tone};
use crate::tui::effect::Effect;
use crate::tui::jobs::{Job, Kind};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::{width, wrap};

use super::attached::{Account, MadeOf, Page, telling};

/// The widest column of names.
const NAMES: usize = 24;
/// Columns below which no words are wrapped any narrower.
const WORDS: usize = 16;

/// An account, laid out for a width.
#[derive(Clone, Debug, Default)]
pub struct SectionsState {
    /// What is waited for, or here.
    asked: Option<MadeOf>,
    here: Option<MadeOf>,
    sections: Arc<Vec<Section>>,
    columns: usize,
    laid: Vec<Line<'static>>,
}

impl SectionsState {
    pub(super) fn len(&self, columns: usize, theme: Theme) -> usize {
        if columns == self.columns {
            self.laid.len()
        } else {
            lines(&self.sections, columns, theme).len()
        }
    }

    pub(super) fn lines(
        &self,
        columns: usize,
        theme: Theme,
        rows: Range<usize>,
    ) -> Vec<Line<'static>> {
        let take = |lines: &[Line<'static>]| {
            let lines = lines.iter().skip(rows.start).take(rows.len());
            lines.cloned().collect()
        };
        if columns == self.columns {
            take(&self.laid)
        } else {
            take(&lines(&self.sections, columns, theme))
        }
    }

    fn lay(&mut self, columns: usize, theme: Theme) {
        self.columns = columns;
        self.laid = lines(&self.sections, columns, theme);
    }
}

fn state(model: &mut Model, page: Page) -> &mut SectionsState {
    match page {
        Page::Provenance => &mut model.provenance,
        Page::Vex => &mut model.vex,
    }
}

/// Asks for an account where other documents are here, and lays it out where the width is another.
pub(super) fn settle(model: &mut Model, page: Page) -> Vec<Effect> {
    let columns = Layout::of(model).details_columns();
    let theme = model.theme;
    let made_of = model.attached.made_of();
    let state = state(model, page);
    if state.here != made_of && state.asked != made_of {
        state.asked = made_of;
        // What was told of another row is not shown below this one's title.
        if state.here.map(|(row, _)| row) != made_of.map(|(row, _)| row) {
            state.sections = Arc::default();
        }
        state.lay(columns, theme);
        return telling(model, page).map_or_else(Vec::new, |telling| {
            let ticket = model.jobs.begin(Kind::Tell);
            vec![Effect::Work(ticket, Job::Tell(telling))]
        });
    }
    if state.columns != columns {
        state.lay(columns, theme);
    }
    Vec::new()
}

/// Takes an account in.
pub fn told(model: &mut Model, told: Account) {
    let columns = Layout::of(model).details_columns();
    let theme = model.theme;
    let state = state(model, told.page);
    state.here = Some(told.made_of);
    state.asked = None;
    state.sections = Arc::new(told.sections);
    state.lay(columns, theme);
}

/// Sections, wrapped for a width.
pub(in crate::tui::panes) fn lines(
    sections: &[Section],
    columns: usize,
    theme: Theme,
) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for section in sections {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        for words in wrap(&section.heading, columns.max(WORDS)) {
            lines.push(Line::styled(words, theme.heading()));
        }
        let names = section.lines.iter().map(|line| width(&line.name));
        // On a narrow screen the words have half of it at least.
        let column = names.max().unwrap_or_default().min(NAMES).min(columns / 2) + 2;
        for line in &section.lines {
            let style = match line.tone {
                Tone::Plain => theme.text(),
                Tone::Warning => theme.warning(),
                Tone::Unknown => theme.dim(),
            };
            let room = columns.saturating_sub(column).max(WORDS);
            let is_long = width(&line.name) + 2 > column;
            if is_long {
                for name in wrap(&line.name, columns.max(WORDS)) {
                    lines.push(Line::styled(name, theme.dim()));
                }
            }
            for (number, piece) in wrap(&line.words, room).into_iter().enumerate() {
                let name = if number == 0 && !is_long {
                    line.name.as_str()
                } else {
                    ""
                };
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

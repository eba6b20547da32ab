//! The document as it is, indented.

use std::ops::Range;

use ratatui::text::{Line, Span};

use crate::tui::details;
use crate::tui::effect::Effect;
use crate::tui::jobs::{Job, Kind};
use crate::tui::model::{Focus, Model, Raw};
use crate::tui::theme::Theme;
use crate::words::wrap;

use super::{Tab, TabPage, choose};

/// Documents up to this size are indented at once; larger ones away from the screen's thread.
const SMALL: usize = 64 * 1024;

/// The document.
pub(super) struct RawPage;

impl TabPage for RawPage {
    fn title(&self) -> &'static str {
        "Raw"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        model.details.document.map(|_| 0)
    }

    /// A line that is wider than the pane goes on below and counts once.
    fn len(&self, model: &Model, _: usize) -> usize {
        match &model.raw {
            Raw::Ready(_, lines) => lines.len(),
            _ => 1,
        }
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        let Raw::Ready(_, lines) = &model.raw else {
            let words = format!("indenting the document {}", model.theme.more());
            return vec![Line::styled(words, model.theme.dim())];
        };
        let mut shown = Vec::with_capacity(rows.len());
        for line in lines.iter().skip(rows.start).take(rows.len()) {
            for piece in wrap(line, columns) {
                shown.push(coloured(&piece, model.theme));
            }
            if shown.len() >= rows.len() {
                break;
            }
        }
        shown
    }

    /// The document of the row: indented at once, or asked for.
    fn settle(&self, model: &mut Model) -> Vec<Effect> {
        if model.raw.digest() == model.details.document {
            return Vec::new();
        }
        let digest = model.details.document;
        let found =
            digest.and_then(|digest| Some((digest, model.known.content.document(&digest)?)));
        let Some((digest, bytes)) = found else {
            return Vec::new();
        };
        if bytes.len() <= SMALL {
            model.raw = Raw::Ready(digest, details::indented(&bytes).into());
            return Vec::new();
        }
        model.raw = Raw::Formatting(digest);
        let ticket = model.jobs.begin(Kind::Format);
        vec![Effect::Work(ticket, Job::Format(digest, bytes))]
    }
}

/// To the document, and back from it.
pub(in crate::tui::panes) fn toggle(model: &mut Model) -> Vec<Effect> {
    if model.details.document.is_none() {
        model.notice = Some("there is no document to show: it was not read".to_owned());
        return Vec::new();
    }
    if model.shown_tab() == Tab::Raw {
        choose(model, Tab::Overview);
        model.focus = Focus::Tree;
    } else {
        choose(model, Tab::Raw);
        model.focus = Focus::Details;
    }
    Vec::new()
}

/// A line of JSON: keys apart from values.
fn coloured(line: &str, theme: Theme) -> Line<'static> {
    let text = line.trim_start_matches(' ');
    let indent = " ".repeat(line.len() - text.len());
    let key = text
        .strip_prefix('"')
        .and_then(|rest| rest.split_once("\": "));
    match key {
        Some((key, value)) if !key.contains('"') => Line::from(vec![
            Span::raw(indent),
            Span::styled(format!("\"{key}\""), theme.heading()),
            Span::raw(": "),
            Span::raw(value.to_owned()),
        ]),
        _ => Line::from(vec![Span::raw(indent), Span::raw(text.to_owned())]),
    }
}

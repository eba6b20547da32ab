//! The document as it is, indented.

use std::ops::Range;

use ratatui::text::{Line, Span};

use crate::tui::details;
use crate::tui::effect::Effect;
use crate::tui::jobs::{Job, Kind};
use crate::tui::keys::{Hint, Verb};
use crate::tui::layout::Layout;
use crate::tui::links;
use crate::tui::model::{Focus, Model, Raw};
use crate::tui::theme::Theme;
use crate::words::wrap;

use super::super::moved;
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
            Raw::Ready(..) => model.folds.len(),
            _ => 1,
        }
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        let theme = model.theme;
        let Raw::Ready(_, lines) = &model.raw else {
            let words = format!("indenting the document {}", theme.more());
            return vec![Line::styled(words, theme.dim())];
        };
        let has_keys = model.focus == Focus::Details;
        let mut shown = Vec::new();
        let most = rows.len();
        for at in rows {
            let Some((line, is_closed)) = model.folds.line(at) else {
                break;
            };
            let text = lines.get(line).map_or("", String::as_str);
            let more = if is_closed { theme.more() } else { "" };
            let is_current = has_keys && at == model.folds.cursor;
            for piece in wrap(&format!("{text}{more}"), columns) {
                let line = coloured(&piece, theme);
                shown.push(if is_current {
                    line.style(theme.cursor(true))
                } else {
                    line
                });
            }
            if shown.len() >= most {
                break;
            }
        }
        shown
    }

    fn act(&self, model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
        let Raw::Ready(_, lines) = &model.raw else {
            return None;
        };
        let lines = lines.clone();
        match verb {
            Verb::Open => {
                if !model.folds.turn(&lines) {
                    let line = model.folds.current().and_then(|line| lines.get(line));
                    let found = line.map(|line| links::in_text(model, line));
                    if let Some(link) = found.into_iter().flatten().next() {
                        return Some(links::follow(model, &link));
                    }
                }
            }
            Verb::Back => {
                if !model.folds.close(&lines) {
                    return None;
                }
            }
            Verb::Up | Verb::Down | Verb::PageUp | Verb::PageDown | Verb::First | Verb::Last => {
                let page = Layout::of(model).details_rows().saturating_sub(1).max(1);
                model.folds.cursor = moved(model.folds.cursor, model.folds.len(), page, verb);
            }
            _ => return None,
        }
        keep_in_view(model);
        Some(Vec::new())
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![
            keys.hint_as("open", "fold, follow", theme),
            keys.hint_as("close", "fold", theme),
        ]
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
            model.show_raw(digest, details::indented(&bytes).into());
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

/// Scrolls so far that the cursor's line is seen.
fn keep_in_view(model: &mut Model) {
    let rows = Layout::of(model).details_rows().max(1);
    let cursor = model.folds.cursor;
    let least = (cursor + 1).saturating_sub(rows);
    model.scroll = model.scroll.clamp(least, cursor);
}

/// A line of JSON: keys, strings, numbers and words apart.
pub(super) fn coloured(line: &str, theme: Theme) -> Line<'static> {
    let text = line.trim_start_matches(' ');
    let mut spans = vec![Span::raw(" ".repeat(line.len() - text.len()))];
    let key = text
        .strip_prefix('"')
        .and_then(|rest| rest.split_once("\": "));
    let value = match key {
        Some((key, value)) if !key.contains('"') => {
            spans.push(Span::styled(format!("\"{key}\""), theme.heading()));
            spans.push(Span::raw(": "));
            value
        }
        _ => text,
    };
    let scalar = value.trim_end_matches([',', '{', '[']);
    let style = match scalar.bytes().next() {
        Some(b'"') => theme.text(),
        Some(b'0'..=b'9' | b'-') => theme.about(),
        Some(b't' | b'f' | b'n') if matches!(scalar, "true" | "false" | "null") => theme.about(),
        _ => theme.dim(),
    };
    spans.push(Span::styled(scalar.to_owned(), style));
    let rest = value.get(scalar.len()..).unwrap_or_default();
    spans.push(Span::styled(rest.to_owned(), theme.dim()));
    Line::from(spans)
}

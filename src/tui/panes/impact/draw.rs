//! The impact: totals that stay, below them the list that scrolls.
//!
//! ```text
//! ╭ What deleting 2 tags would do · policy zot (2.1.20), observed on the real registry ──╮
//! │   comes back    at most 18.4 MB   an hour after, by the registry itself              │
//! │ ! dangles       signature sha256:…: its subject goes, it stays                       │
//! ├──────────────────────────────────────────────────────────────────────────────────────┤
//! │ team/app                                                                             │
//! │ − tag 1.4.0                                              you                         │
//! │ ~ index sha256:b28baf11…       491 B    an hour after    no tag is left              │
//! ╰──────────────────────────────────────────────────────────────────────────── 2 / 14 ──╯
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::oci::remote_text::clean;
use crate::tui::impact::{Impact, Item, Line as Listed, Sign, Total};
use crate::tui::model::Model;
use crate::tui::popup;
use crate::tui::theme::Theme;
use crate::words::{bytes, fit, fit_middle, width, wrap};

use super::ImpactState;

/// Columns of the names of the totals.
const NAME: usize = 13;
/// Columns of sizes and times in the list.
const SIZE: usize = 9;
const WHEN: usize = 18;
/// From this many columns on, the list tells when bytes come back.
const WIDE: usize = 100;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let pane = &model.impact;
    let title = match (pane.impact(), pane.is_waiting) {
        (Some(impact), false) => title(theme, impact, &registry(pane), usize::from(area.width)),
        (Some(_), true) => format!(" {} working it out ", theme.more()),
        (None, _) => " Impact ".to_owned(),
    };
    let position = pane.impact().map(|impact| position(impact, pane.cursor));
    let inside = popup::draw_pane(model, frame, area, title, position.unwrap_or_default());
    match &pane.shown {
        None => {
            let words = format!("{} working it out", theme.more());
            frame.render_widget(Paragraph::new(Span::styled(words, theme.dim())), inside);
        }
        Some(Err(words)) => {
            let lines = wrap(words, usize::from(inside.width));
            let lines: Vec<_> = lines
                .into_iter()
                .map(|line| Line::styled(line, theme.bad()))
                .collect();
            frame.render_widget(Paragraph::new(lines), inside);
        }
        Some(Ok(impact)) => content(model, impact, frame, inside),
    }
}

/// Which of several registries is shown.
fn registry(pane: &ImpactState) -> String {
    match (pane.part(), pane.parts.len()) {
        (Some(part), 2..) => format!(
            " on {} ({} of {})",
            clean(&part.origin.to_string()),
            pane.at + 1,
            pane.parts.len()
        ),
        _ => String::new(),
    }
}

fn title(theme: Theme, impact: &Impact, registry: &str, room: usize) -> String {
    // The registry stands before the rules, so that it is there however narrow the screen is.
    let mut title = format!(" {}{registry}", impact.title);
    title = format!("{title}{}{}", theme.dot(), impact.rules);
    if let Some(other) = &impact.other {
        title = format!("{title}{}compared with {other}", theme.dot());
    }
    format!("{} ", fit(&title, room.saturating_sub(5), theme.more()))
}

fn position(impact: &Impact, cursor: usize) -> String {
    match impact.lines.len() {
        0 => String::new(),
        count => format!(" {} / {count} ", cursor.saturating_add(1).min(count)),
    }
}

fn content(model: &Model, impact: &Impact, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let room = usize::from(area.width);
    let mut lines: Vec<_> = impact
        .totals
        .iter()
        .flat_map(|total| totals(theme, total, room))
        .collect();
    // The list keeps a third of the pane, however much there is to be afraid of.
    let all = usize::from(area.height);
    let most = if model.impact.is_totals {
        all
    } else {
        (all * 3 / 5).max(1)
    };
    if lines.len() > most {
        let more = lines.len() + 1 - most;
        lines.truncate(most.saturating_sub(1));
        let words = format!("  {} {more} more lines; tab shows them", theme.more());
        lines.push(Line::styled(words, theme.warning()));
    }
    let line = if theme.is_ascii() { "-" } else { "─" };
    lines.push(Line::styled(line.repeat(room), theme.dim()));
    let above = lines.len();
    frame.render_widget(Paragraph::new(lines), area);
    let above = u16::try_from(above).unwrap_or(area.height).min(area.height);
    let below = Rect {
        y: area.y + above,
        height: area.height - above,
        ..area
    };
    list(model, impact, frame, below);
}

/// One of the totals: wrapped, since what frightens must not be cut.
fn totals<'a>(theme: Theme, total: &Total, room: usize) -> Vec<Line<'a>> {
    let value = room.saturating_sub(NAME + 2).max(16);
    let style = match total.sign {
        Sign::Danger => theme.bad(),
        Sign::Unknown => theme.warning(),
        _ => theme.text(),
    };
    let mut first = true;
    let mut head = |pieces: Vec<Span<'a>>| {
        let (sign, name) = if first {
            (total.sign.symbol(theme.is_ascii()), total.name)
        } else {
            (" ", "")
        };
        first = false;
        let mut spans = vec![
            Span::styled(format!("{sign} "), style),
            Span::styled(format!("{name:NAME$}"), theme.dim()),
        ];
        spans.extend(pieces);
        Line::from(spans)
    };
    if !total.more.is_empty() && width(&total.words) + width(&total.more) + 3 <= value {
        let column = 22
            .max(width(&total.words) + 3)
            .min(value - width(&total.more));
        let gap = column.saturating_sub(width(&total.words));
        return vec![head(vec![
            Span::styled(total.words.clone(), style.patch(theme.strong())),
            Span::raw(" ".repeat(gap)),
            Span::styled(total.more.clone(), style),
        ])];
    }
    let style_of_words = if total.more.is_empty() {
        style
    } else {
        style.patch(theme.strong())
    };
    let mut lines = Vec::new();
    for piece in wrap(&total.words, value) {
        lines.push(head(vec![Span::styled(piece, style_of_words)]));
    }
    if !total.more.is_empty() {
        for piece in wrap(&total.more, value) {
            lines.push(head(vec![Span::styled(piece, style)]));
        }
    }
    lines
}

fn list(model: &Model, impact: &Impact, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let (room, rows) = (usize::from(area.width), usize::from(area.height));
    if impact.lines.is_empty() {
        let words = if impact.other.is_some() {
            "both policies do the same"
        } else {
            "nothing goes"
        };
        frame.render_widget(Paragraph::new(Span::styled(words, theme.dim())), area);
        return;
    }
    let cursor = model.impact.cursor;
    let last_start = impact.lines.len().saturating_sub(rows);
    let start = cursor.saturating_sub(rows / 2).min(last_start);
    let shown = impact.lines.iter().enumerate().skip(start).take(rows);
    let lines: Vec<_> = shown
        .map(|(number, line)| {
            let drawn = match line {
                Listed::Repository(name) => {
                    Line::styled(fit(name, room, theme.more()), theme.heading())
                }
                Listed::Item(one) => item(theme, one, room),
            };
            if number == cursor {
                drawn.patch_style(theme.cursor(true))
            } else {
                drawn
            }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn item<'a>(theme: Theme, item: &Item, room: usize) -> Line<'a> {
    let ascii = theme.is_ascii();
    let is_wide = room >= WIDE;
    let sign = match item.other {
        None => item.sign.symbol(ascii).to_owned(),
        Some(other) => format!("{}{}", item.sign.symbol(ascii), other.symbol(ascii)),
    };
    let taken = 4 + SIZE + 2 + if is_wide { WHEN } else { 0 };
    let name_room = (room.saturating_sub(taken) * 9 / 20).max(12);
    let name = fit_middle(&item.name, name_room, theme.more());
    let size = item.size.map(bytes).unwrap_or_default();
    let gap = name_room.saturating_sub(width(&name));
    let mut spans = vec![
        Span::styled(format!("{sign:<4}"), style(theme, item.sign)),
        Span::styled(name, style(theme, item.sign)),
        Span::raw(" ".repeat(gap)),
        Span::raw(format!("{size:>SIZE$}  ")),
    ];
    if is_wide {
        let when = fit(&item.when, WHEN - 2, theme.more());
        let gap = WHEN.saturating_sub(width(&when));
        spans.push(Span::styled(when, theme.dim()));
        spans.push(Span::raw(" ".repeat(gap)));
    }
    let used = name_room + taken;
    let reason = fit(&item.reason, room.saturating_sub(used), theme.more());
    let gap = room.saturating_sub(used + width(&reason));
    spans.push(Span::raw(reason));
    spans.push(Span::raw(" ".repeat(gap)));
    Line::from(spans)
}

/// The style of what happens to something.
pub(in crate::tui::panes) fn style(theme: Theme, sign: Sign) -> Style {
    match sign {
        Sign::Named | Sign::Danger => theme.bad(),
        Sign::Along | Sign::Unknown => theme.warning(),
        Sign::Anyway => theme.dim(),
        Sign::Stays => theme.good(),
        Sign::Plain => theme.text(),
    }
}

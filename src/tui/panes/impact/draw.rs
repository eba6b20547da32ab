//! How the impact is drawn.
//!
//! ```text
//! ╭ Delete team/app:1.3.2 · policy zot (2.1.20), observed on the real registry ────────────╮
//! │ NOT SAFE   ! charts/app-chart 0.3.0 uses team/app:1.3.2: pulls fail at once           │
//! │            ! dangles 2   ? 5 things not known                                         │
//! │ tags       [x] 1.3.2   [ ] 1.3   while one stays, so does the image                   │
//! │ back       8.8 kB by this an hour after   40.7 MB comes back anyway                   │
//! │ 1 Breaks 1 │ 2 Goes 5 │ 3 Stays 8 │ 4 Anyway 7 │ 5 Not known 5 ───────────────────────│
//! │ ! in use      charts/app-chart 0.3.0 uses team/app:1.3.2: pulls fail at once          │
//! ╰─────────────────────────────────────────────────────────────────────────── 1 / 3 ─────╯
//! ```

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::oci::remote_text::clean;
use crate::tui::impact::{Impact, Item, Marker, Total};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::popup;
use crate::tui::theme::Theme;
use crate::words::{bytes, counted, fit, fit_middle, width, wrap};

use super::rows::{Row, Section};
use super::{ImpactState, head};

/// Columns of the names of sentences.
const NAME: usize = 11;
/// Columns of sizes and times in the list.
const SIZE: usize = 9;
const WHEN: usize = 18;
/// From this many columns on, the list tells when bytes come back.
const WIDE: usize = 100;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let state = &model.impact;
    let title = match (state.impact(), state.is_waiting) {
        (Some(impact), false) => title(theme, impact, &registry(state), usize::from(area.width)),
        (Some(_), true) => format!(" {} working it out ", theme.more()),
        (None, _) => " Impact ".to_owned(),
    };
    let count = state.rows().len();
    let position = match count {
        0 => String::new(),
        count => format!(" {} / {count} ", state.cursor.saturating_add(1).min(count)),
    };
    let inside = popup::draw_pane(model, frame, area, title, position);
    match &state.shown {
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
fn registry(state: &ImpactState) -> String {
    match (state.part(), state.parts.len()) {
        (Some(part), 2..) => format!(
            " on {} ({} of {})",
            clean(&part.origin.to_string()),
            state.at + 1,
            state.parts.len()
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

fn content(model: &Model, impact: &Impact, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let mut lines = head::lines(model, impact, room, usize::from(area.height));
    lines.push(boxes(model, impact, room));
    let above = u16::try_from(lines.len()).unwrap_or(area.height);
    let above = above.min(area.height);
    frame.render_widget(Paragraph::new(lines), area);
    let below = Rect {
        y: area.y + above,
        height: area.height - above,
        ..area
    };
    list(model, frame, below);
}

/// The line of the boxes, with what each has; where that is too wide, only the one that is shown has its name.
fn boxes(model: &Model, impact: &Impact, room: usize) -> Line<'static> {
    let theme = model.theme;
    let shown = model.impact.section;
    let label = |number: usize, section: Section, is_long: bool| {
        let count = section.count(impact);
        let name = if is_long || section == shown {
            format!(" {}", section.title())
        } else {
            String::new()
        };
        format!("{}{name} {count}", number + 1)
    };
    let sections = Section::of(impact);
    let labels = |is_long| -> Vec<String> {
        let sections = sections.iter().enumerate();
        sections
            .map(|(number, section)| label(number, *section, is_long))
            .collect()
    };
    let taken = |labels: &[String]| labels.iter().map(|label| width(label) + 3).sum::<usize>();
    let long = labels(true);
    let labels = if taken(&long) <= room {
        long
    } else {
        labels(false)
    };
    let left = room.saturating_sub(taken(&labels));
    let bar = if theme.is_ascii() { " | " } else { " │ " };
    let mut spans = Vec::new();
    for (section, label) in sections.iter().zip(labels) {
        let style = match section {
            _ if *section == shown => theme.key().underlined(),
            Section::Breaks if section.count(impact) > 0 => theme.bad(),
            _ => theme.dim(),
        };
        spans.push(Span::styled(label, style));
        spans.push(Span::styled(bar, theme.dim()));
    }
    let line = if theme.is_ascii() { "-" } else { "─" };
    spans.push(Span::styled(line.repeat(left), theme.dim()));
    Line::from(spans)
}

/// Columns and rows of the list.
pub(super) fn room_of_list(model: &Model) -> (usize, usize) {
    let area = Layout::of(model).panes();
    let room = usize::from(area.width).saturating_sub(4);
    let rows = usize::from(area.height).saturating_sub(2);
    let above = model
        .impact
        .impact()
        .map_or(0, |impact| head::lines(model, impact, room, rows).len() + 1);
    (room, rows.saturating_sub(above))
}

/// How many lines the row under the cursor takes.
pub(super) fn lines_of_cursor(model: &Model, room: usize) -> usize {
    let rows = model.impact.rows();
    of_row(model, rows.get(model.impact.cursor), room).len()
}

/// The first row of the list that is shown. Sentences take several lines, so rows are laid out from the cursor on, and
/// above it as far as there is room.
fn first_row(model: &Model, rows: &[Row<'_>], (room, height): (usize, usize)) -> usize {
    let cursor = model.impact.cursor.min(rows.len().saturating_sub(1));
    let mut start = cursor;
    let mut used = of_row(model, rows.get(cursor), room).len();
    while start > 0 {
        used += of_row(model, rows.get(start - 1), room).len();
        let after = rows.len() - cursor - 1;
        if used + after.min(height / 2) > height {
            break;
        }
        start -= 1;
    }
    start
}

/// Which row of the list stands at a place of the screen.
pub(super) fn row_at(model: &Model, at: Position) -> Option<usize> {
    let rows = model.impact.rows();
    let (room, height) = room_of_list(model);
    let area = Layout::of(model).panes();
    let foot = (area.y + area.height).checked_sub(1)?;
    let first = foot.checked_sub(u16::try_from(height).ok()?)?;
    let mut line = usize::from(at.y.checked_sub(first)?);
    let start = first_row(model, &rows, (room, height));
    if start == model.impact.cursor {
        line += model.impact.line;
    }
    let mut all = rows.iter().enumerate().skip(start);
    let (row, _) = all.find(|(_, row)| {
        let lines = of_row(model, Some(*row), room).len();
        let is_here = line < lines;
        line = line.saturating_sub(lines);
        is_here
    })?;
    (at.y < foot).then_some(row)
}

/// A row in words, on one line.
pub(super) fn in_words(model: &Model, row: &Row<'_>) -> String {
    let lines = of_row(model, Some(row), usize::from(u16::MAX));
    lines.iter().map(ToString::to_string).collect()
}

fn list(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let state = &model.impact;
    let (room, height) = (usize::from(area.width), usize::from(area.height));
    let rows = state.rows();
    if rows.is_empty() {
        let words = fit(state.section.nothing(), room, theme.more());
        frame.render_widget(Paragraph::new(Span::styled(words, theme.dim())), area);
        return;
    }
    let cursor = state.cursor.min(rows.len() - 1);
    let start = first_row(model, &rows, (room, height));
    let mut lines = Vec::new();
    for (number, row) in rows.iter().enumerate().skip(start) {
        if lines.len() >= height + state.line {
            break;
        }
        for line in of_row(model, Some(row), room) {
            lines.push(if number == cursor {
                filled(&line, room).patch_style(theme.cursor(true))
            } else {
                line
            });
        }
    }
    // Of a sentence that is longer than the list, what was scrolled to.
    let skipped = if start == cursor { state.line } else { 0 };
    let mut lines: Vec<_> = lines.into_iter().skip(skipped).take(height).collect();
    let explained = state.section.explained();
    if !explained.is_empty() && lines.len() + 2 <= height {
        lines.push(Line::default());
        lines.push(Line::styled(
            fit(explained, room, theme.more()),
            theme.dim(),
        ));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// The line as wide as the pane, each part of it in the colour of the bar, so that the cursor is one bar.
fn filled(line: &Line<'static>, room: usize) -> Line<'static> {
    let text: String = line.spans.iter().map(|span| &*span.content).collect();
    let gap = room.saturating_sub(width(&text));
    Line::raw(format!("{text}{}", " ".repeat(gap)))
}

fn of_row(model: &Model, row: Option<&Row<'_>>, room: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    match row {
        None => Vec::new(),
        Some(Row::Repository(name)) => {
            vec![Line::styled(fit(name, room, theme.more()), theme.heading())]
        }
        Some(Row::Item(one)) => vec![item(theme, one, room)],
        Some(Row::Blobs(count, sum)) => {
            let name = counted(*count, "blob", "blobs");
            let words = format!("    {name}, {}", bytes(*sum));
            vec![Line::from(vec![
                Span::raw(words),
                Span::styled(format!("   {} tells them", theme.arrows()[4]), theme.dim()),
            ])]
        }
        Some(Row::Sentence(total)) => sentence(theme, total, room),
    }
}

/// A sentence is wrapped: what frightens must not be cut.
fn sentence(theme: Theme, total: &Total, room: usize) -> Vec<Line<'static>> {
    let style = style(theme, total.marker);
    let marker = total.marker.symbol(theme.is_ascii());
    let indent = NAME + 2;
    let words = match total.more.as_str() {
        "" => total.words.clone(),
        more => format!("{}: {more}", total.words),
    };
    let pieces = wrap(&words, room.saturating_sub(indent).max(16));
    let lines = pieces.into_iter().enumerate();
    lines
        .map(|(number, piece)| {
            let (marker, name) = if number == 0 {
                (marker, total.name)
            } else {
                (" ", "")
            };
            Line::from(vec![
                Span::styled(format!("{marker} "), style),
                Span::styled(format!("{name:NAME$}"), theme.dim()),
                Span::styled(piece, style),
            ])
        })
        .collect()
}

fn item(theme: Theme, item: &Item, room: usize) -> Line<'static> {
    let ascii = theme.is_ascii();
    let is_wide = room >= WIDE;
    let marker = match item.other {
        None => item.marker.symbol(ascii).to_owned(),
        Some(other) => format!("{}{}", item.marker.symbol(ascii), other.symbol(ascii)),
    };
    let taken = 4 + SIZE + 2 + if is_wide { WHEN } else { 0 };
    let name_room = (room.saturating_sub(taken) * 9 / 20).max(12);
    let name = fit_middle(&item.name, name_room, theme.more());
    let size = item.size.map(bytes).unwrap_or_default();
    let gap = name_room.saturating_sub(width(&name));
    let mut spans = vec![
        Span::styled(format!("{marker:<4}"), style(theme, item.marker)),
        Span::styled(name, style(theme, item.marker)),
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
    spans.push(Span::raw(reason));
    Line::from(spans)
}

/// The style of what happens to something.
pub(in crate::tui::panes) fn style(theme: Theme, marker: Marker) -> Style {
    match marker {
        Marker::Named | Marker::Danger => theme.bad(),
        Marker::Along | Marker::Unknown => theme.warning(),
        Marker::Anyway => theme.dim(),
        Marker::Stays | Marker::Plain => theme.text(),
    }
}
